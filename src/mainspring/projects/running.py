"""Running: the plan for a project, or for a script with inline metadata, made when the store does not know it yet.

The plan says where the modules are, which layer goes with them, and what can be started. It becomes the layout of an
image, as that of a bundle does, so that later starts find it by the fingerprint of pyproject.toml or of the script.
"""

import os
import sys
import time
from _blake2 import blake2b
from typing import Any, Callable, Iterable, List, NamedTuple, Optional, Tuple

from .. import fitness, progress, pythons
from ..refusals import refused
from ..runtime import Refusal, command, files, kinds, private, store
from ..runtime import project as runtime_project
from ..runtime.program import Program
from ..runtime.warm import Warm
from ..storage import writer
from . import choices, dynamic_metadata, entries, inline, installers, layers, locks, regular_files, settings
from .settings import Project

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..runtime.layouts import Layout

_LARGEST = 2**26  # bytes of a script, or of a lock file


class Wanted(NamedTuple):
    """What a project, or a script with metadata, wants, before anything is done about it.

    project: what it says. bundle: its entry in the store. lock: the path of its lock file, if there is one. seen: when
    its identity was, in ns. own, counted, variables: what its build backend told and made, and by which files and variables, once it was asked
    (`dynamic_metadata`).
    """

    project: Project
    bundle: store.Bundle
    lock: Optional[str]
    seen: int
    own: layers.Layer = layers.NONE
    counted: Tuple[str, ...] = ()
    variables: Tuple[Tuple[str, Optional[str]], ...] = ()


class Expected(Warm):
    """A project as `start` would give it, or refuse it, for --explain: nothing is installed or made.

    wanted: what it wants. backend: the build backend that knows the rest, or "". All else is known only without one:
    extras, groups: those that are wanted. lines: its requirements, or those of the lock file. place: where they are to be
    installed; None if they are already, or if there are none. installer: the path of uv, "" for pip, or None if nothing
    is to be installed.
    """

    def __init__(self, asked: command.Command, wanted: Wanted) -> None:
        self.wanted = wanted
        self.backend = dynamic_metadata.asks(wanted.project)
        _see(asked, entries.surely_undecided, wanted.project)
        self.extras: List[str] = []
        self.groups: List[str] = []
        self.lines: List[str] = []
        self.place: Optional[str] = None
        self.installer: Optional[str] = None
        layer = layers.NONE if self.backend else self._expect(asked)
        own = layers.NONE if self.backend else dynamic_metadata.expected(wanted.project, asked.use_store)
        plan = _plan(wanted, layer, _path_of_metadata(wanted, own))
        if self.place is None and not self.backend:
            _see(asked, entries.missing, wanted.project, layer.directory)
        entry = files.Placed(wanted.bundle, layer.directory)
        super().__init__(entry, asked, None, files.WHOLE if layer.directory else "", layer.directory, plan)

    def _expect(self, asked: command.Command) -> layers.Layer:
        _see_before_installing(asked, self.wanted.project)
        self.extras, self.groups = _chosen(asked, self.wanted.project)
        requirements, lock = _requirements(asked, self.wanted)
        layer, self.place = layers.expected(requirements, lock, asked.use_store, self.wanted.project.name)
        self.lines = sorted(requirements if lock is None else lock.lines)
        self.installer = None if self.place is None else installers.wanted()
        return layer


def wanted(asked: command.Command, located: Program) -> Optional[Wanted]:
    """Say what the project or the script that asked names wants; None for a script without metadata.

    located: what it is. Raises Refusal for settings that cannot be used.
    """
    seen = time.time_ns()
    project, identity, content = _read(asked, located)
    if project is None:
        return None
    lock = _lock_path(project)
    root = private.root() if asked.use_store else None
    bundle = store.Bundle(root or "", _key_of(project, content, lock, asked), identity, project.file)
    return Wanted(project, bundle, lock, seen)


def elsewhere(asked: command.Command, wanted: Wanted) -> Optional[str]:
    """Give the path of the interpreter that has to run it; None if that can be this one. Raises Refusal if there is none."""
    text = wanted.project.requires_python
    needs = fitness.Needs((text,) if text else ())
    if not asked.python:
        return pythons.instead(needs, wanted.bundle.key, asked.target, asked.use_store)
    words = fitness.verdict(needs)
    if words is not None:
        raise Refusal(asked.target, words)
    return None


def completed(asked: command.Command, wanted: Wanted) -> Wanted:
    """Give wanted with what only the build backend knows, which is asked if need be.

    Raises Refusal if it cannot be, or if it is certain before that it would not start.
    """
    _see(asked, entries.surely_undecided, wanted.project)
    with progress.Bar(sys.stderr, "asking") as bar:
        known = dynamic_metadata.completed(wanted.project, asked.use_store, bar.say)
    return wanted._replace(**known._asdict())


def start(asked: command.Command, wanted: Wanted) -> Warm:
    """Give what runs it, with its dependencies installed; `completed` gave wanted.

    Raises Refusal for dependencies that cannot be had, and if it is not plain what starts.
    """
    bundle = wanted.bundle
    if bundle.root:
        writer.put_record(bundle, wanted.seen)
    _see_before_installing(asked, wanted.project)
    requirements, lock = _requirements(asked, wanted)
    layer = _layer(asked, wanted.project.name, requirements, lock)
    plan = _plan(wanted, layer, _path_of_metadata(wanted, wanted.own))
    _see(asked, entries.missing, wanted.project, layer.directory)
    entry = files.Placed(bundle, layer.directory)
    image = store.open_image(entry) if bundle.root else None
    return Warm(entry, asked, image, files.WHOLE if layer.directory else "", layer.directory, plan)


def _read(asked: command.Command, located: Program) -> Tuple[Optional[Project], Any, bytes]:
    """Give what the project or the script says, its identity, which was taken before that, and the content of its file."""
    if located.kind == kinds.PROJECT:
        identity = runtime_project.identity(asked)
        project = settings.read(asked.target)
        return project, identity, _content(project.file)
    identity = store.fingerprint_at(located.path_name)
    content = _content(located.path_name)  # it may be another since it was located
    return inline.read(located.path_name, content), identity, content


def _lock_path(project: Project) -> Optional[str]:
    if project.roots:
        return locks.find(project.directory)
    return locks.beside(project.file)


def _key_of(project: Project, content: bytes, lock: Optional[str], asked: command.Command) -> str:
    made_of = [os.fsencode(project.file), content, b"" if lock is None else _content(lock)]
    return blake2b(repr([made_of, asked.extras, asked.groups]).encode(), digest_size=store.KEY).hexdigest()


def _content(path: str) -> bytes:
    try:
        return regular_files.content(path, _LARGEST)
    except OSError as error:
        raise refused(f"{os.path.basename(path)} cannot be read ({error.strerror})") from None


def _requirements(asked: command.Command, wanted: Wanted) -> Tuple[List[str], Optional[locks.Lock]]:
    """Give what is required, and what the lock file has for it, if there is one. Raises Refusal."""
    project, lock = wanted.project, wanted.lock
    extras, groups = _chosen(asked, project)
    texts = choices.requirements(project, extras, groups)
    if lock is None:
        choices.see_sources(project, texts)
        return texts, None
    return texts, locks.read(lock, asked.target, texts, project.name, extras, groups)


def _chosen(asked: command.Command, project: Project) -> Tuple[List[str], List[str]]:
    """Give the extras and the groups that are wanted, normalized. Raises Refusal for one that is not there."""
    return choices.extras_of(project, asked.extras), choices.groups_of(project, asked.groups)


def _layer(asked: command.Command, own: str, requirements: List[str], lock: Optional[locks.Lock]) -> layers.Layer:
    with progress.Bar(sys.stderr, "installing") as bar:
        return layers.ensure(requirements, lock=lock, use_store=asked.use_store, tick=bar.say, own=own)


# The plan


def _plan(wanted: Wanted, layer: layers.Layer, metadata: List[str]) -> "Layout":
    """Give what a start has to know: what `runtime.project` reads, and can be marshalled. metadata: what goes on sys.path."""
    project = wanted.project
    is_script = not project.roots
    candidates = (
        [f"{project.file}.lock"] if is_script else [os.path.join(project.directory, name) for name in locks.NAMES]
    )
    return {
        "maker": kinds.PROJECT,
        "is_script": is_script,
        "file": project.file,
        "roots": list(project.roots),
        "seen_paths": [[path, was_there] for path, was_there in project.seen],
        "locks": _fingerprints(candidates),
        "counted": [*_fingerprints([*project.also_read, *wanted.counted]), *map(list, layer.sources)],
        "variables": list(map(list, wanted.variables)),
        "layer": layer.key if layer.directory is not None else "",
        "own": wanted.own.key if wanted.own.directory is not None else "",
        "has_pth": layer.has_pth,
        "scripts": dict(project.scripts),
        "files": dict(project.files),
        "default": choices.default_entry(project),
        "metadata": metadata,
    }


def _fingerprints(paths: Iterable[str]) -> List[Any]:
    return [[path, store.fingerprint_at(path)] for path in paths]


def _see_before_installing(asked: command.Command, project: Project) -> None:
    _see(asked, entries.undecided, project)
    _see(asked, entries.surely_missing, project)


def _see(
    asked: command.Command, wrong: Callable[..., Optional[Refusal]], project: Project, *more: Optional[str]
) -> None:
    """Raise what wrong, of `entries`, says of what starts by default, unless something else is asked for."""
    refusal = None if asked.chooses or not project.roots else wrong(project, *more)
    if refusal is not None:
        raise refusal


def _path_of_metadata(wanted: Wanted, own: layers.Layer) -> List[str]:
    """Give where on `sys.path` importlib.metadata is to find the project, which is not installed: in its own layer.

    That is there already if there are modules in it, too. A script has none.
    """
    return [own.directory] if own.directory is not None and own.directory not in wanted.project.roots else []
