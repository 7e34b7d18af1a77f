"""The files, and variables, that the answers of a project's build backend depend on: when one changes, it is asked again."""

import os
import re
from typing import Any, Collection, Iterable, Iterator, List, Mapping, NamedTuple, Set

from . import regular_files, sources, variables
from .backends import Backend
from .reading import normalized
from .settings import Project

_OF_VERSIONS = ("scm", "vcs", "git", "version", "dunamai", "pbr")  # in the names of what asks git for the version
_PROSE = (".md", ".rst", ".po", ".pot")
_ASIDE = ("docs", "doc", "tests", "test", "testing", "examples", "example", "benchmarks", ".github", ".ci")
_DOTTED = re.compile(r"[^\W\d]\w*(?:\.[^\W\d]\w*)+")
_ASSIGNED = re.compile(rb"^(\w+)[ \t]*(?::[^=\n]*)?=[^=]", re.MULTILINE)


class Held(NamedTuple):
    """What a wheel of the project holds.

    tops: the names of its packages and modules. natives: those of its extension modules, as paths without their ends.
    origins: the names of the project's files that it holds as they are.
    """

    tops: Set[str]
    natives: Set[str]
    origins: Set[str]


def for_metadata(project: Project, backend: Backend, data: Mapping[str, Any], names: Collection[str]) -> List[str]:
    """Give those of names, files of project, on which metadata from backend may depend; data: its pyproject.toml."""
    named = set(_named(project, data))
    is_git_asked = asks_git(backend, data)

    def is_one(name: str) -> bool:
        if name.startswith(".git/"):
            return is_git_asked
        if name.endswith(_PROSE) or name in backend.outputs:
            return False
        return "/" not in name or name in named or name.startswith("requirements/") or _has_version(project, name)

    return sorted(filter(is_one, names))


def for_wheel(
    project: Project, backend: Backend, data: Mapping[str, Any], names: Iterable[str], held: Held
) -> List[str]:
    """Give those of names of which a wheel may have something made: not prose, not tests, not modules used as they are."""
    named = set(_named(project, data))
    is_git_asked = asks_git(backend, data)

    def is_one(name: str) -> bool:
        if name.startswith(".git/"):
            return is_git_asked
        top = name.partition("/")[0]
        if name.endswith(_PROSE) or name in backend.outputs or (top in _ASIDE and top not in held.tops):
            return False
        if not name.endswith(".py") or name in named:
            return True
        return not _is_used(name, project, held) or _has_version(project, name)

    return sorted(filter(is_one, names))


def _is_used(name: str, project: Project, held: Held) -> bool:
    """Tell whether the module in the file is used where it lies: nothing is made of it."""
    for start in _starts(project):
        inner = name[len(start) : -len(".py")]
        if name.startswith(start) and inner.partition("/")[0] in held.tops:
            return inner not in held.natives
    return name in held.origins


def touch_metadata(project: Project, backend: Backend, data: Mapping[str, Any], names: Collection[str]) -> bool:
    """Tell whether dynamic metadata may depend on one of names, of files that were changed."""
    if for_metadata(project, backend, data, names):
        return True
    inner = [name[len(start) :] for name in names for start in _starts(project) if name.startswith(start)]
    return any("/" not in name or (name.count("/") == 1 and name.endswith("/__init__.py")) for name in inner)


def asks_git(backend: Backend, data: Mapping[str, Any]) -> bool:
    """Tell whether the version that backend gives may depend on commits and tags; data: the project's pyproject.toml."""
    if sources.at(data, "tool", "pdm", "version", "source") == "scm":
        return True
    return any(word in text.lower() for text in backend.requires for word in _OF_VERSIONS)


def variables_of(project: Project, backend: Backend, data: Mapping[str, Any], environ: Mapping[str, str]) -> List[str]:
    """Give the names of variables by which backend may say something else of project, also of some that are not set.

    data: the project's pyproject.toml. environ: what is set.
    """
    names = [name for name, _ in variables.found(environ)]
    if backend.is_maker:
        names += variables.OF_COMPILERS
    if backend.is_maker or asks_git(backend, data):
        # The project's own programs may read any.
        readers = " ".join(backend.requires).lower()
        names += variables.saying_versions(normalized(project.name), readers, backend.is_maker)
    return list(dict.fromkeys(names))


def _has_version(project: Project, name: str) -> bool:
    """Tell whether the file is a module, of those where versions are written, and has one."""
    if "version" not in project.unknown or not name.endswith(".py"):
        return False
    if not any(name.startswith(start) and name[len(start) :].count("/") <= 1 for start in _starts(project)):
        return False
    try:
        text = regular_files.content(os.path.join(project.directory, name))
        return any(b"version" in assigned.lower() for assigned in _ASSIGNED.findall(text))
    except OSError:
        return True


def _starts(project: Project) -> Iterator[str]:
    """Give what the names of files in the roots begin with."""
    for root in project.roots:
        inside = os.path.relpath(root, project.directory).replace(os.sep, "/")
        yield "" if inside == "." else f"{inside}/"


def _named(project: Project, data: Mapping[str, Any]) -> Iterator[str]:
    """Give what the tables of tools may mean by their texts: files, and modules with an attribute."""
    for text in _texts(data.get("tool")):
        yield text
        if _DOTTED.fullmatch(text):
            words = text.split(".")
            for count in range(1, len(words)):
                path = "/".join(words[:count])
                for start in _starts(project):
                    yield from (f"{start}{path}.py", f"{start}{path}/__init__.py")


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, (dict, list)):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _texts(item)
