"""Running: the plan for a project, or for a script with inline metadata, made when the store does not know it yet.

The plan says where the modules are, which layer goes with them, and what can be started. It becomes the layout of an
image, as that of a bundle does, so that later starts find it by the identity of pyproject.toml or of the script.
"""

import os
import sys
from typing import Any, Callable, Dict, Iterable, List, Optional, Tuple

from _blake2 import blake2b

from .. import progress, pythons, store_writer, unpack
from ..runtime import Refusal, classify, command, files, private, store
from ..runtime import project as known
from ..runtime.entry import listed
from ..runtime.program import Program
from ..runtime.warm import Warm
from . import completing, inline, layers, locks, settings, sources
from .settings import Mistakes, Project

_KEY = 20  # bytes of the hash
_TOOLS = "tool.mainspring.entry"


def start(asked: command.Command, located: Program, go: Callable[[str], None]) -> Optional[Warm]:
    """Give what runs the project or the script that asked names, with its dependencies installed.

    located: what it is. go: called with the path of the interpreter that it needs, if it cannot run here; does not
    return. None for a script without metadata. Raises Refusal for settings that cannot be used, and dependencies that
    cannot be had.
    """
    project, identity = _read(asked, located)
    if project is None:
        return None
    lock = _lock_path(project)
    key = _key_of(project, lock, asked)
    root = private.root() if asked.use_store else None
    bundle = store.Bundle(root or "", key, identity, project.file)
    if root is not None:
        store_writer.put_record(bundle)
    _fit(project, key, asked, go)
    completed = _completed(project, asked)
    if "requires_python" in project.unknown:
        _fit(completed.project, key, asked, go)
    project = completed.project
    if not _is_decided(project, asked):
        raise known.undecided(asked.target, project.scripts)
    layer = _layer(project, lock, asked)
    plan = _plan(completed, lock, layer, bundle)
    _check_entry(plan, layer, project, asked)
    entry = known.Entry(bundle, layer.directory)
    image = store.open_image(entry) if root is not None else None
    return Warm(entry, asked, image, files.WHOLE if layer.directory else "", layer.directory, plan)


def _read(asked: command.Command, located: Program) -> Tuple[Optional[Project], Any]:
    if located.kind == classify.PROJECT:
        identity = known.identity(asked)
        return settings.read(asked.target, asked.target), identity
    project = inline.read(located.path_name, located.source or b"", asked.target)
    return project, known.file_identity(located.path_name)


def _lock_path(project: Project) -> Optional[str]:
    if project.roots:
        return locks.find(project.directory)
    path = f"{project.file}.lock"
    return path if os.path.isfile(path) else None


def _key_of(project: Project, lock: Optional[str], asked: command.Command) -> str:
    made_of = [os.fsencode(project.file), _content(project.file), b"" if lock is None else _content(lock)]
    return blake2b(repr([made_of, asked.extras, asked.groups]).encode(), digest_size=_KEY).hexdigest()


def _content(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.read()


def _fit(project: Project, key: str, asked: command.Command, go: Callable[[str], None]) -> None:
    """See that this interpreter is one that project can run on, or go to one; raise Refusal if there is none."""
    needs = pythons.Needs((project.requires_python,) if project.requires_python else ())
    if asked.python:
        words = pythons.verdict(needs)
        if words is not None:
            raise Refusal(asked.target, words)
        return
    path = pythons.instead(needs, key, asked.target, asked.use_store)
    if path is not None:
        go(path)


def _completed(project: Project, asked: command.Command) -> completing.Completed:
    bar = progress.Bar(sys.stderr, "asking")
    try:
        return completing.completed(project, asked.target, asked.use_store, bar.say)
    finally:
        bar.erase()


def _layer(project: Project, lock: Optional[str], asked: command.Command) -> layers.Layer:
    extras = settings.extras_of(project, asked.target, [*project.settings.extras, *asked.extras])
    groups = settings.groups_of(project, asked.target, [*project.settings.groups, *asked.groups])
    wanted = settings.requirements(project, asked.target, extras, groups)
    read = None if lock is None else locks.read(lock, asked.target, wanted, project.name, extras, groups)
    bar = progress.Bar(sys.stderr, "installing")
    try:
        return layers.ensure(wanted, typed=asked.target, lock=read, use_store=asked.use_store, tick=bar.say)
    finally:
        bar.erase()


# The plan


def _plan(
    completed: completing.Completed, lock: Optional[str], layer: layers.Layer, bundle: store.Bundle
) -> Dict[str, Any]:
    """Give what a start has to know: what `runtime.project` reads, and can be marshalled."""
    project, own = completed.project, completed.own
    is_script = not project.roots
    candidates = (
        [f"{project.file}.lock"] if is_script else [os.path.join(project.directory, name) for name in locks.NAMES]
    )
    return {
        "maker": "project",
        "is_script": is_script,
        "roots": list(project.roots),
        "seen_paths": [[path, was_there] for path, was_there in project.seen],
        "locks": _identities(candidates),
        "counted": _identities([*project.also_read, *completed.counted]),
        "layer": layer.key if layer.directory is not None else "",
        "own": own.key if own.directory is not None else "",
        "has_pth": layer.has_pth,
        "scripts": dict(project.scripts),
        "default": _default(project),
        "metadata": [] if is_script else _metadata(project, own, bundle),
    }


def _identities(paths: Iterable[str]) -> List[Any]:
    return [[path, known.file_identity(path)] for path in paths]


def _default(project: Project) -> str:
    """Give what starts unless something else is asked for; "" if that is not plain."""
    if project.settings.entry is not None:
        return project.settings.entry
    if len(project.scripts) == 1:
        return next(iter(project.scripts))
    own = settings.normalized(project.name)
    named = [name for name in project.scripts if settings.normalized(name) == own]
    if named or project.scripts:
        return named[0] if named else ""
    module = sources.module_name(project.name)
    is_there = any(_is_runnable(os.path.join(root, module)) for root in project.roots)
    return module if is_there else ""


def _is_decided(project: Project, asked: command.Command) -> bool:
    return bool(asked.entry or asked.is_repl or not project.roots or _default(project))


def _is_runnable(path: str) -> bool:
    return os.path.isfile(f"{path}.py") or os.path.isfile(os.path.join(path, "__main__.py"))


def _check_entry(plan: Dict[str, Any], layer: layers.Layer, project: Project, asked: command.Command) -> None:
    """Raise Mistakes if what is to start by default is no module of the project, or of what it depends on."""
    name = plan["default"]
    if not name or asked.entry or asked.is_repl:
        return
    module = plan["scripts"].get(name, name).partition(":")[0]
    places = [*project.roots, *([layer.directory] if layer.directory else [])]
    if any(_is_module(place, module) for place in places):
        return
    key = _TOOLS if name == project.settings.entry else f"project.scripts.{name}"
    own = [root for root in project.roots if root.startswith(project.directory)]
    expected = f"expected a module in {', '.join(_shown(root, project) for root in own)}"
    wrong = f"{settings.FILE}: {key}: there is no module {module!r}; {expected}"
    raise Mistakes(asked.target, [wrong], listed(plan["scripts"]))


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
    except OSError:
        return False


def _metadata(project: Project, own: layers.Layer, bundle: store.Bundle) -> List[str]:
    """Write what importlib.metadata is to find of the project, which is not installed; give the directory's path.

    What its build backend told is written already, and on `sys.path` if there are modules with it.
    """
    if own.directory is not None:
        return [] if own.directory in project.roots else [own.directory]
    if project.version is None:
        return []
    name = f"{sources.module_name(settings.normalized(project.name))}-{project.version}.dist-info"
    headers = ["Metadata-Version: 2.1", f"Name: {project.name}", f"Version: {project.version}"]
    headers += [f"Requires-Dist: {text}" for text in project.dependencies]
    if project.requires_python:
        headers.append(f"Requires-Python: {project.requires_python}")
    scripts = [f"{script} = {target}" for script, target in project.scripts.items()]
    members = {
        "METADATA": "\n".join([*headers, "", ""]),
        "entry_points.txt": "\n".join(["[console_scripts]", *scripts, ""]),
    }
    if bundle.root:
        base = os.path.join(bundle.path, "metadata")
        for member, text in members.items():
            store_writer.put_file(bundle.root, os.path.join(base, name, member), text.encode())
        return [base]
    try:
        base = unpack.aside_of_process()
        store_writer.folder(os.path.join(base, name), base)
        for member, text in members.items():
            store_writer.place(os.path.join(base, name, member), store_writer.beside(base), text.encode(), 0o600)
    except OSError:
        return []  # as with a store that cannot be written
    return [base]
