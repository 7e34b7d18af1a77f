"""The project's own wheel: made by its build backend, which alone knows what belongs into it, and kept.

As long as only files have changed that the last wheel holds as they are, they are put into that wheel instead: a backend
would copy them, in a second or so.
"""

import json
import os
import sys
from typing import Dict, Iterator, List, NamedTuple, Optional, Sequence, Tuple

from .. import archive
from ..storage.builds import Kept
from . import backends, build_inputs, toml, variables
from .backends import Backend
from .settings import FILE, Project
from .snapshots import Snapshot, State

_KIND = "wheel"


class Wheel(NamedTuple):
    """A wheel.

    name: of its file. members: their names and contents. executable: the names of those that are so.
    """

    name: str
    members: Dict[str, bytes]
    executable: Tuple[str, ...] = ()

    @property
    def is_pure(self) -> bool:
        """Whether it is for every interpreter and platform."""
        return self.name.endswith("-none-any.whl")


class Last(NamedTuple):
    """The last wheel of a project.

    states: of the project's files when it was made. origins: of members that hold such a file as it is, its name.
    """

    wheel: Wheel
    states: Dict[str, State]
    origins: Dict[str, str]


def own(project: Project, snapshot: Snapshot, epoch: int, kept: Kept) -> Wheel:
    """Give the wheel of project; snapshot: of its files, taken just before.

    epoch: SOURCE_DATE_EPOCH for the backend. kept: the store. Raises Refusal if it cannot be made.
    """
    backend = backends.of(project.directory)
    found = last(project, backend, kept)
    if found is not None:
        changed = snapshot.changed(found.states)
        if not changed:
            return found.wheel
        if _is_patchable(project, backend, changed, snapshot, found):
            wheel = _patched(found, changed, project.directory)
            _keep(project, backend, kept, snapshot, Last(wheel, snapshot.files, found.origins))
            return wheel
    return made(project, backend, snapshot, epoch, kept).wheel


def made(project: Project, backend: Backend, snapshot: Snapshot, epoch: int, kept: Kept) -> Last:
    """Have backend make the wheel of project anew, and keep it; else as `own`."""
    use_store = kept.root is not None
    wheel = backends.wheel(project.directory, backend, epoch, use_store, _opened)
    snapshot = snapshot.after(project.directory, backend.outputs)
    found = Last(wheel, snapshot.files, dict(_origins(wheel, snapshot, project)))
    _keep(project, backend, kept, snapshot, found)
    return found


# The last wheel.


def last(project: Project, backend: Backend, kept: Kept) -> Optional[Last]:
    """Give the last wheel of project that is kept; None if there is none."""
    found = kept.get(_KIND, depends_on(project, backend))
    if found is None:
        return None
    size = int.from_bytes(found[:8], "little")
    about = json.loads(bytes(found[8 : 8 + size]))
    at, members = 8 + size, {}
    for name, length in about["members"]:
        members[name] = bytes(found[at : at + length])
        at += length
    states = {name: tuple(state) for name, state in about["states"].items()}
    return Last(Wheel(about["name"], members, tuple(about["executable"])), states, about["origins"])


def depends_on(project: Project, backend: Backend) -> str:
    """Give all that the answers of backend for project depend on, but for files."""
    return json.dumps([project.directory, sys.version, backend, variables.found(os.environ)])


def _keep(project: Project, backend: Backend, kept: Kept, snapshot: Snapshot, found: Last) -> None:
    if not snapshot.is_settled:
        return
    about = {
        "name": found.wheel.name,
        "members": [[name, len(content)] for name, content in found.wheel.members.items()],
        "executable": found.wheel.executable,
        "states": found.states,
        "origins": found.origins,
    }
    head = json.dumps(about).encode()
    kept.put(_KIND, depends_on(project, backend), len(head).to_bytes(8, "little"), head, *found.wheel.members.values())


def _origins(wheel: Wheel, snapshot: Snapshot, project: Project) -> Iterator[Tuple[str, str]]:
    """Give the members of wheel that hold a file of the project as it is, each with the name of that file.

    A member below a root is looked for there first, and then, by its name and its content, anywhere.
    """
    by_size: Dict[Tuple[str, int], List[str]] = {}
    for name, state in snapshot.files.items():
        by_size.setdefault((name.rpartition("/")[2], state[0]), []).append(name)
    for member, content in wheel.members.items():
        if ".dist-info/" in member:
            continue
        places = [name for name in _in_roots(member, project) if name in snapshot.files]
        likely = by_size.get((member.rpartition("/")[2], len(content)), [])
        found = [name for name in places if _has(project.directory, name, content)][:1]
        if not found and (content or places):
            found = [name for name in likely if _has(project.directory, name, content)]
        if len(found) == 1:  # of several that are alike, nobody can tell which it is
            yield member, found[0]


def _in_roots(member: str, project: Project) -> Iterator[str]:
    for root in project.roots:
        inside = os.path.relpath(root, project.directory).replace(os.sep, "/")
        yield member if inside == "." else f"{inside}/{member}"


def _has(directory: str, name: str, content: bytes) -> bool:
    try:
        return os.path.getsize(os.path.join(directory, name)) == len(content) and _read(directory, name) == content
    except OSError:
        return False


def _is_patchable(project: Project, backend: Backend, changed: Sequence[str], snapshot: Snapshot, found: Last) -> bool:
    known = set(found.origins.values())
    if not backend.is_plain or not all(
        name in known and _has_same_mode(snapshot.files.get(name), found.states.get(name)) for name in changed
    ):
        return False
    data = toml.read_if_there(os.path.join(project.directory, FILE), FILE)
    is_static = "project" in data and not data["project"].get("dynamic")
    return is_static or not build_inputs.touch_metadata(project, backend, data, changed)


def _has_same_mode(now: Optional[State], then: Optional[State]) -> bool:
    return now is not None and then is not None and now[-1] == then[-1]


def _patched(found: Last, changed: Sequence[str], directory: str) -> Wheel:
    fresh = {member: _read(directory, name) for member, name in found.origins.items() if name in set(changed)}
    return found.wheel._replace(members={**found.wheel.members, **fresh})


def _read(directory: str, name: str) -> bytes:
    with open(os.path.join(directory, name), "rb") as file:
        return file.read()


def _opened(path: str) -> Wheel:
    """Give the wheel at path. Raises Refusal if it is no sound archive."""
    with open(path, "rb") as file:
        checked = archive.check(os.path.basename(path), file.read())
    files = [member for member in checked.members if not member.is_directory]
    members = {member.name: checked.read(member) for member in files}
    return Wheel(os.path.basename(path), members, tuple(member.name for member in files if member.is_executable))
