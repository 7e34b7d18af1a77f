"""Dynamic metadata, what only its build backend knows of a project: asked once, and kept while the files that count stay.

A backend that only copies modules is asked for metadata. One that may make modules, or take them from elsewhere, makes
a wheel. What it tells goes into a layer of the project's own, with the modules that are nowhere among the sources.
"""

import hashlib
import json
import os
from types import MappingProxyType
from typing import Any, Callable, Dict, Iterable, List, Mapping, NamedTuple, Optional, Tuple

from .. import epoch
from ..makers.metadata import ENTRY_POINTS
from ..runtime import Refusal, private, store
from ..storage.builds import Kept
from . import backends, build_inputs, dist_info, layers, overlay, own_wheel, settings, snapshots, static_metadata, toml
from .backends import Backend
from .settings import Project

_KIND = "metadata"
_GIT = ".git/"
_LEFT_OUT = ("RECORD", "WHEEL", "INSTALLER", "RECORD.jws")  # of a project that is not installed


class Completed(NamedTuple):
    """A project of which all is known.

    own: the layer with its metadata, and what was made for it; `layers.NONE` if it has none.
    counted: the paths of all that the answer depends on; variables: those of the environment, and their values.
    """

    project: Project
    own: layers.Layer
    counted: Tuple[str, ...]
    variables: Tuple[Tuple[str, Optional[str]], ...] = ()


class _Answer(NamedTuple):
    """What a backend told: the files of a `.dist-info`, what was made, the project's files that count, and its scripts."""

    files: Dict[str, bytes]
    made: overlay.Made
    names: List[str]
    scripts: Mapping[str, str] = MappingProxyType({})


def completed(project: Project, use_store: bool, tick: Callable[[str], None]) -> Completed:
    """Give project with what it does not say itself, to be run from its sources.

    use_store: whether answers are kept, and looked up. tick: called with what is being
    done. Raises Refusal if its backend cannot be asked, or tells what cannot be used.
    """
    backend = _asked(project)
    if backend is None:
        return _stated(project, use_store)
    tick(f"its build backend, {backend.shown}")
    answer = _answer(project, backend, snapshots.take(project.directory), Kept(use_store))
    whole = settings.completed(project, dist_info.table(answer.files), _shown(backend))._replace(files=answer.scripts)
    files = {name: data for name, data in answer.files.items() if name.rpartition("/")[2] not in _LEFT_OUT}
    plan = overlay.plan(answer.made, files, whole)
    own = layers.made(_key(project, plan), plan.fill, use_store=use_store)
    if answer.made and own.directory is not None:
        whole = whole._replace(roots=(own.directory, *whole.roots))
    paths = _paths(project, [name for name in answer.names if not name.startswith(_GIT)])
    if build_inputs.asks_git(backend, _data(project)):
        paths += snapshots.paths_of_git(project.directory)
    counted = dict.fromkeys([*paths, *_paths(project, settings.OLD_FILES), *plan.watched()])
    variables = build_inputs.variables_of(whole, backend, _data(project), os.environ)
    return Completed(whole, own, tuple(counted), tuple((name, os.environ.get(name)) for name in variables))


def _answer(project: Project, backend: Backend, snapshot: snapshots.Snapshot, kept: Kept) -> _Answer:
    """Give what backend tells of project; hatchling tells entry points only by a wheel."""
    if backend.is_maker:
        return _by_wheel(project, backend, snapshot, kept)
    answer = _by_metadata(project, backend, snapshot, kept)
    if any(name.endswith(f"/{ENTRY_POINTS}") for name in answer.files) or "name" in project.unknown:
        return answer
    if "scripts" in project.unknown:
        return _by_wheel(project, backend, snapshot, kept)
    stated = static_metadata.entry_points(project, _table(project))
    folders = {name.partition("/")[0] for name in answer.files if stated}
    files = {**answer.files, **{f"{folder}/{ENTRY_POINTS}": stated for folder in folders}}
    return answer._replace(files=files)


def _stated(project: Project, use_store: bool) -> Completed:
    """Give a project that says all itself; its metadata are left out where there is no place for them."""
    table = _stated_table(project)
    # Were one of these there, the backend would have to be asked.
    would_be_asked_for = _paths(project, backends.DECIDING) if project.roots else []
    if table is None:
        return Completed(project, layers.NONE, tuple(would_be_asked_for))
    plan = _plan_of_stated(project, table)
    readme = static_metadata.readme_of(project, table)
    try:
        own = layers.made(_key(project, plan), plan.fill, use_store=use_store)
    except Refusal:
        own = layers.NONE
    return Completed(project, own, (*would_be_asked_for, *([readme] if readme else [])))


def expected(project: Project, use_store: bool) -> layers.Layer:
    """Give the layer as `completed` would for a project that says all itself; nothing is made."""
    table = _stated_table(project)
    return layers.NONE if table is None else layers.unmade(_key(project, _plan_of_stated(project, table)), use_store)


def _stated_table(project: Project) -> Optional[Dict[str, Any]]:
    """Give the table `project` of a project that says all itself; None for a script, and without a version."""
    if not project.roots or project.version is None:
        return None
    return _table(project)


def _table(project: Project) -> Dict[str, Any]:
    table: Dict[str, Any] = _data(project).get("project", {})
    return table


def _plan_of_stated(project: Project, table: Dict[str, Any]) -> overlay.Plan:
    return overlay.plan({}, static_metadata.files(project, table), project)


def asks(project: Project) -> str:
    """Give the name of the build backend that knows more of project; "" if there is nothing to ask."""
    backend = _asked(project)
    return "" if backend is None else backend.shown


def _asked(project: Project) -> Optional[Backend]:
    if not project.roots:
        return None
    backend = backends.of(project.directory)
    return backend if project.unknown or backend.is_maker else None


def by_wheel(project: Project, members: Mapping[str, bytes]) -> Project:
    """Give project with what the members of its wheel say of it; else as `completed`."""
    backend = backends.of(project.directory)
    return settings.completed(project, dist_info.table(dist_info.files_in(members)), _shown(backend))


def _shown(backend: Backend) -> str:
    return f"what {backend.shown} tells"


def _key(project: Project, plan: "overlay.Plan") -> str:
    text = json.dumps([private.build(), project.directory, plan.words()])
    return hashlib.blake2b(text.encode("utf-8", "surrogateescape"), digest_size=store.KEY).hexdigest()


def _paths(project: Project, names: Iterable[str]) -> List[str]:
    return [os.path.join(project.directory, name) for name in names]


def _data(project: Project) -> Dict[str, Any]:
    return toml.read_if_there(os.path.join(project.directory, settings.FILE), settings.FILE)


# By metadata


def _by_metadata(project: Project, backend: Backend, snapshot: snapshots.Snapshot, kept: Kept) -> _Answer:
    names = build_inputs.for_metadata(project, backend, _data(project), snapshot.files)
    depends_on = own_wheel.depends_on(project, backend)
    states = {name: list(snapshot.files[name]) for name in names}
    found = _known(kept.get(_KIND, depends_on), states)
    if found is None:
        found = backends.metadata(project.directory, backend, epoch.DEFAULT, kept.root is not None)
        if snapshot.is_settled:
            texts = {name: data.decode("utf-8", "surrogateescape") for name, data in found.items()}
            kept.put(_KIND, depends_on, json.dumps([states, texts]).encode())
    return _Answer(found, {}, names)


def _known(kept: "Optional[memoryview]", states: Mapping[str, List[int]]) -> Optional[Dict[str, bytes]]:
    """Give the files that are kept, if they were told of a project whose files that count had states."""
    if kept is None:
        return None
    then, texts = json.loads(bytes(kept))
    return {name: text.encode("utf-8", "surrogateescape") for name, text in texts.items()} if then == states else None


# By a wheel


def _by_wheel(project: Project, backend: Backend, snapshot: snapshots.Snapshot, kept: Kept) -> _Answer:
    data = _data(project)
    found = own_wheel.last(project, backend, kept)
    if found is not None:
        changed = snapshot.changed(found.states)
        if build_inputs.for_wheel(project, backend, data, changed, overlay.held_by(found)):
            found = None
    if found is None:
        found = own_wheel.made(project, backend, snapshot, epoch.DEFAULT, kept)
    names = build_inputs.for_wheel(project, backend, data, snapshot.files, overlay.held_by(found))
    files = dist_info.files_in(found.wheel.members)
    folders = {os.path.dirname(name) for name in names if not name.startswith(_GIT)}
    scripts = overlay.scripts_of(project, found)
    return _Answer(files, overlay.made_of(project, found), [*names, *sorted(folders)], scripts)
