"""The project's own wheel: made by its build backend, which alone knows what belongs into it, and kept.

The backend runs in a process of its own that sees what it requires, a layer, and nothing else (PEP 517, by way of
`pyproject_hooks`, as in pip and build). As long as only files have changed that the last wheel holds as they are, they
are put into that wheel instead: a backend would copy them, in a second or so.
"""

import json
import os
import subprocess
import sys
import tempfile
import warnings
from typing import Any, Dict, List, Mapping, NamedTuple, Optional, Sequence, Tuple

from .. import archive
from ..projects import layers, toml
from ..projects.settings import FILE, Mistakes, Project
from ..runtime import Refusal
from .inputs import Snapshot, State
from .kept import Kept

_KIND = "wheel"
_DEFAULT = "setuptools.build_meta:__legacy__"  # PEP 517
_LONGEST = 300  # characters of what a backend says
_OF_PYTHON = ("PYTHON", "__PYVENV", "VIRTUAL_ENV", "PIP_", "SETUPTOOLS_", "DIST_EXTRA_CONFIG", "MAINSPRING_")
# setuptools would leave directories in the project, and take into later wheels what it finds in them.
_ASIDE = "[build]\nbuild_base = {0}/build\n[bdist_wheel]\nbdist_dir = {0}/dist\n[egg_info]\negg_base = {0}\n"


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


class Backend(NamedTuple):
    """What the table `build-system` says.

    is_plain: whether a wheel holds the sources as they are, so far as its own settings tell.
    """

    requires: Tuple[str, ...]
    name: str
    path: Tuple[str, ...]
    is_plain: bool


def own(project: Project, typed: str, snapshot: Snapshot, epoch: int, kept: Kept) -> Wheel:
    """Give the wheel of project; snapshot: of its files, taken just before.

    epoch: SOURCE_DATE_EPOCH for the backend. kept: the store. Raises Refusal if it cannot be made.
    """
    backend = backend_of(project, typed)
    words = json.dumps([project.directory, sys.version, backend])
    last = _last(kept, words)
    if last is not None:
        wheel, states, origins = last
        changed = snapshot.changed(states)
        if not changed:
            return wheel
        if backend.is_plain and _is_patchable(changed, snapshot, states, origins):
            wheel = _patched(wheel, changed, origins, project.directory)
            _keep(kept, words, wheel, snapshot, origins)
            return wheel
    wheel = _built(project, typed, backend, epoch, kept.root is not None)
    _keep(kept, words, wheel, snapshot, _origins(wheel, snapshot, project))
    return wheel


def backend_of(project: Project, typed: str) -> Backend:
    """Give the build backend of project. Raises Mistakes for a table that PEP 518 does not allow."""
    data = toml.read(project.file, FILE, typed)
    table = data.get("build-system", {"requires": ["setuptools"]})
    if not isinstance(table, dict):
        raise Mistakes(typed, [f"{FILE}: build-system: expected a table"])
    wrong: List[str] = []
    requires, path = _texts(table, "requires", wrong), _texts(table, "backend-path", wrong)
    name = table.get("build-backend", _DEFAULT)
    if not isinstance(name, str):
        wrong.append(f"{FILE}: build-system.build-backend: expected a string")
    if wrong:
        raise Mistakes(typed, wrong)
    return Backend(requires, name, path, not path and _is_plain(project.directory, data, name))


def _texts(table: Mapping[str, Any], key: str, wrong: List[str]) -> Tuple[str, ...]:
    value = table.get(key, [])
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return tuple(value)
    wrong.append(f"{FILE}: build-system.{key}: expected a list of strings")
    return ()


def _is_plain(directory: str, data: Mapping[str, Any], name: str) -> bool:
    """Tell whether nothing of the project's own takes part in making a wheel: no program, no version from a source."""
    project, tool = data.get("project", {}), data.get("tool", {})
    if name.partition(":")[0].partition(".")[0] not in ("setuptools", "flit_core", "hatchling", "poetry", "uv_build"):
        return False
    hooks = tool.get("hatch", {}).get("build", {}) if isinstance(tool.get("hatch", {}), dict) else {}
    has_hooks = "hooks" in hooks or any("hooks" in target for target in hooks.get("targets", {}).values())
    is_dynamic = bool(project.get("dynamic"))
    return not (has_hooks or is_dynamic or os.path.exists(os.path.join(directory, "setup.py")))


# The last wheel.

_Last = Tuple[Wheel, Dict[str, State], Dict[str, str]]


def _last(kept: Kept, words: str) -> Optional[_Last]:
    found = kept.get(_KIND, words)
    if found is None:
        return None
    size = int.from_bytes(found[:8], "little")
    about = json.loads(bytes(found[8 : 8 + size]))
    at, members = 8 + size, {}
    for name, length in about["members"]:
        members[name] = bytes(found[at : at + length])
        at += length
    states = {name: tuple(state) for name, state in about["states"].items()}
    return Wheel(about["name"], members, tuple(about["executable"])), states, about["origins"]


def _keep(kept: Kept, words: str, wheel: Wheel, snapshot: Snapshot, origins: Dict[str, str]) -> None:
    if not snapshot.is_settled:
        return
    about = {
        "name": wheel.name,
        "members": [[name, len(content)] for name, content in wheel.members.items()],
        "executable": wheel.executable,
        "states": snapshot.files,
        "origins": origins,
    }
    head = json.dumps(about).encode()
    kept.put(_KIND, words, len(head).to_bytes(8, "little"), head, *wheel.members.values())


def _origins(wheel: Wheel, snapshot: Snapshot, project: Project) -> Dict[str, str]:
    """Give the files of the project, by name, that the wheel holds as they are: the name of each member."""
    found = {}
    for root in project.roots:
        inside = os.path.relpath(root, project.directory).replace(os.sep, "/")
        start = "" if inside == "." else f"{inside}/"
        for member, content in wheel.members.items():
            name = f"{start}{member}"
            if name in snapshot.files and ".dist-info/" not in member and snapshot.files[name][0] == len(content):
                if _read(project.directory, name) == content:
                    found[name] = member
    return found


def _is_patchable(
    changed: Sequence[str], snapshot: Snapshot, states: Mapping[str, State], origins: Mapping[str, str]
) -> bool:
    return all(name in origins and name in snapshot.files and name in states for name in changed)


def _patched(wheel: Wheel, changed: Sequence[str], origins: Mapping[str, str], directory: str) -> Wheel:
    members = {**wheel.members, **{origins[name]: _read(directory, name) for name in changed}}
    return wheel._replace(members=members)


def _read(directory: str, name: str) -> bytes:
    with open(os.path.join(directory, name), "rb") as file:
        return file.read()


# A new one.


def _built(project: Project, typed: str, backend: Backend, epoch: int, use_store: bool) -> Wheel:
    import pyproject_hooks  # not where the last wheel will do

    with tempfile.TemporaryDirectory(prefix="mainspring-wheel-") as work, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the backend's, which are for its user
        run = _Runner(work, epoch)
        caller = pyproject_hooks.BuildBackendHookCaller(
            project.directory,
            backend.name,
            backend_path=backend.path or None,
            runner=run,
            python_executable=sys.executable,
        )
        try:
            run.see(layers.ensure(backend.requires, typed=typed, use_store=use_store).directory)
            more = caller.get_requires_for_build_wheel()
            if more:
                run.see(layers.ensure([*backend.requires, *more], typed=typed, use_store=use_store).directory)
            name = caller.build_wheel(work)
        except subprocess.CalledProcessError as error:
            said = error.output.decode("utf-8", "replace")
            raise Refusal(typed, f"its build backend, {backend.name}, failed", _last_words(said)) from None
        except (pyproject_hooks.BackendUnavailable, pyproject_hooks.HookMissing) as error:
            raise Refusal(typed, f"its build backend, {backend.name}, cannot be used ({error})") from None
        return _opened(os.path.join(work, name), typed)


class _Runner:
    """What starts a hook of the backend: in silence, with what it requires and without what steers python."""

    def __init__(self, work: str, epoch: int) -> None:
        self._environment = {name: value for name, value in os.environ.items() if not name.startswith(_OF_PYTHON)}
        config = os.path.join(work, "aside.cfg")
        with open(config, "w", encoding="utf-8") as file:
            file.write(_ASIDE.format(work))
        own = {"SOURCE_DATE_EPOCH": str(epoch), "PYTHONDONTWRITEBYTECODE": "1", "PYTHONHASHSEED": "0"}
        self._environment.update(own, PYTHONNOUSERSITE="1", DIST_EXTRA_CONFIG=config)

    def see(self, directory: Optional[str]) -> None:
        """Let the hooks find what is installed in directory."""
        if directory is not None:
            path = os.path.join(directory, "bin") + os.pathsep + os.environ.get("PATH", os.defpath)
            self._environment.update(PYTHONPATH=directory, PATH=path)

    def __call__(
        self, cmd: Sequence[str], cwd: Optional[str] = None, extra_environ: Optional[Mapping[str, str]] = None
    ) -> None:
        """Run a hook; raises CalledProcessError with all that it said."""
        environment = {**self._environment, **(extra_environ or {})}
        # Without site: what is installed beside this interpreter is none of the backend's business.
        subprocess.run(
            [cmd[0], "-S", *cmd[1:]],
            cwd=cwd,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=True,
        )


def _last_words(said: str) -> str:
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    words = lines[-1] if lines else "it said nothing"
    return f"it says: {words[:_LONGEST]}"


def _opened(path: str, typed: str) -> Wheel:
    """Give the wheel at path. Raises Refusal if it is no sound archive."""
    with open(path, "rb") as file:
        checked = archive.check(os.path.basename(path), file.read())
    files = [member for member in checked.members if not member.is_directory]
    members = {member.name: checked.read(member) for member in files}
    return Wheel(os.path.basename(path), members, tuple(member.name for member in files if member.is_executable))
