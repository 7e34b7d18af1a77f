"""What starts in a project unless something else is asked for: whether that is plain, and whether its module is there.

Some of it is certain before anything is made or installed, and is then said before.
"""

import os
import sys
from typing import Iterable, Iterator, Optional

from ..refusals import UNSAID
from ..runtime import Refusal
from ..runtime import project as runtime_project
from ..runtime.entry import listed
from ..wording import quoted
from . import backends, choices, settings, sources
from .reading import Mistakes
from .settings import Project

_KEY = "tool.mainspring.entry"


def undecided(project: Project) -> Optional[Refusal]:
    """Say that it is not plain what is to start in project; None if it is."""
    return None if choices.default_entry(project) else runtime_project.undecided(UNSAID, project.every_script)


def surely_undecided(project: Project) -> Optional[Refusal]:
    """As `undecided`, but None if what the build backend has to tell or to make might decide it."""
    if {"name", "scripts"}.intersection(project.unknown):
        return None
    may_be_a_module = not project.scripts and not _has_package_without_main(project)
    return None if may_be_a_module or backends.may_tell_files(project.directory) else undecided(project)


def _has_package_without_main(project: Project) -> bool:
    """Tell whether the package that is called as project is among its sources, and has nothing that could become a main."""
    names = sources.module_names(project.name)
    found = [path for path in _paths(project.roots, names) if _is_package(path)]
    return any(not any(name.startswith("__main__.") for name in os.listdir(path)) for path in found)


def missing(project: Project, installed: Optional[str]) -> Optional[Refusal]:
    """Say that what starts by default is no module of project, or of what it depends on; None if it is one, or if none does.

    installed: the directory with all that it depends on; None if that is nothing.
    """
    module = _module(project)
    places = [*project.roots, *([installed] if installed else []), *sys.path]
    if not module or module.partition(".")[0] in sys.builtin_module_names:
        return None
    if any(_is_module(place, module) for place in places):
        return None
    name = choices.default_entry(project)
    key = _KEY if name == project.settings.entry else f"project.scripts.{name}"
    own = [root for root in project.roots if root.startswith(project.directory)]
    expected = f"expected a module in {', '.join(_shown(root, project) for root in own)}"
    wrong = f"{settings.FILE}: {key}: there is no module {quoted(module)}; {expected}"
    others = {script: target for script, target in project.every_script.items() if script != name}
    return Mistakes([wrong], listed(others) if others else None)


def surely_missing(project: Project) -> Optional[Refusal]:
    """As `missing`, but None if what project depends on might have that module: not where it would be in a package of its own."""
    top = _module(project).partition(".")[0]
    is_own = bool(top) and any(_is_package(path) for path in _paths(project.roots, [top]))
    return missing(project, None) if is_own else None


def _module(project: Project) -> str:
    """Give the module that starts by default; "" for none, as for a script that is a file."""
    name = choices.default_entry(project)
    if name in project.files and name not in project.scripts:
        return ""
    return project.scripts.get(name, name).partition(":")[0]


def _paths(roots: Iterable[str], names: Iterable[str]) -> Iterator[str]:
    return (os.path.join(root, name) for root in roots for name in names)


def _is_package(path: str) -> bool:
    return os.path.isfile(os.path.join(path, "__init__.py"))


def _shown(root: str, project: Project) -> str:
    relative = os.path.relpath(root, project.directory)
    return "the project's directory" if relative == os.curdir else relative


def _is_module(place: str, module: str) -> bool:
    path = os.path.join(place, *module.split("."))
    folder, name = os.path.split(path)
    if os.path.isdir(path):
        return True
    try:
        return any(found.partition(".")[0] == name for found in os.listdir(folder))
    except (OSError, ValueError):  # the latter for a null byte
        return False
