"""The request for a build: the settings of a project and the options put together, and seen to be possible."""

import os
import sys
import zipfile
from typing import Any, Callable, List, NamedTuple, Optional, Tuple

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from ..epoch import wanted_epoch
from ..makers import others
from ..projects import choices, dynamic_metadata, locks, own_wheel, settings, targets
from ..projects.reading import Mistakes
from ..projects.settings import Project
from ..projects.snapshots import Snapshot
from ..projects.tool_table import Settings
from ..refusals import refused
from ..runtime import Refusal
from ..runtime.classify import MAINS
from ..storage.builds import Kept
from . import installed
from .build_options import DEFAULT_SHEBANG, Options

_LONGEST_SHEBANG = 127  # the shortest limit of a system that is in use
_RELEASES = 100  # more micro releases than any version of Python has
_HEAD = 4  # bytes, in which a native program is known


class Wanted(NamedTuple):
    """What is to be built, of what: settings and options, put together.

    wheel: the project's own, if it was made already. output: the path of the bundle. extras, groups: normalized.
    requirements: all of them. lock: what takes their place. is_lasting: whether the same sources always give the same.
    """

    project: Project
    wheel: Optional[own_wheel.Wheel]
    output: str
    options: Options
    extras: Tuple[str, ...]
    groups: Tuple[str, ...]
    requirements: Tuple[str, ...]
    lock: Optional[locks.Lock]
    target: Optional[targets.Target]
    exclude: Tuple[str, ...]
    data: Tuple[str, ...]
    preamble: Optional[str]
    shebang: str
    compressed: bool
    reproducible: bool
    epoch: int
    is_lasting: bool


class _Trials:
    """Calls attempts one by one, and collects what they refuse, so that all that is wrong can be said at once."""

    def __init__(self) -> None:
        self._wrong: List[str] = []
        self._hint: Optional[str] = None

    def __call__(self, attempt: Callable[[], Any], instead: Any = None) -> Any:
        try:
            return attempt()
        except Mistakes as mistakes:
            self._wrong += mistakes.mistakes
        except Refusal as refusal:
            self._wrong.append(refusal.reason)
            self._hint = refusal.hint
        return instead

    def finish(self, and_besides: Optional[Callable[[], Any]] = None) -> None:
        """Raise what was wrong, if anything was.

        and_besides: tried only then, to say what is wrong with that, too. If all else is right it is not tried here, as
        the build may yet make what it does not find.
        """
        if self._wrong and and_besides is not None:
            self(and_besides)
        if self._wrong:
            raise Mistakes(self._wrong, self._hint if len(self._wrong) == 1 else None)


def read(directory: str, output: Optional[str], options: Options, typed: str, snapshot: Snapshot, kept: Kept) -> Wanted:
    """Read the settings of the project in directory, and put options in their place. Raises Mistakes for all at once.

    snapshot: of the project's files; kept: the store, for a project of which only its build backend knows all.
    """
    trial = _Trials()
    project = trial(lambda: settings.read(directory))
    own = Settings() if project is None else project.settings
    target = trial(lambda: targets.parse(options.get("python"), options.get("platform")))
    reproducible = _first(options.get("reproducible"), own.reproducible, True)
    shebang = options.get("shebang") or own.python or DEFAULT_SHEBANG
    preamble = _preamble(options.get("preamble"), directory, own.preamble)
    _check_files(trial, shebang, preamble, options.get("lock"))
    place = trial(lambda: _output(output) if output else "", "")
    epoch = trial(lambda: wanted_epoch(os.environ, reproducible), 0)
    if project is None or project.unknown:
        trial.finish()
    wheel = None
    if project.unknown:
        project, wheel = _told(project, snapshot, epoch, kept)
    extras = trial(lambda: choices.extras_of(project, options.get("extras") or ()), [])
    groups = trial(lambda: choices.groups_of(project, options.get("groups") or ()), [])
    trial(lambda: _check_python(project, target))
    trial.finish(lambda: installed.data_paths(project, [*own.data, *options.get("data", ())]))
    requirements = choices.requirements(project, extras, groups)
    lock = _lock(project, options, requirements, extras, groups, target, typed)
    return Wanted(
        project=project,
        wheel=wheel,
        output=place or _output(f"{project.name}.pyz"),
        options=options,
        extras=tuple(extras),
        groups=tuple(groups),
        requirements=tuple(requirements),
        lock=lock,
        target=target,
        exclude=(*own.exclude, *options.get("exclude", ())),
        data=(*own.data, *options.get("data", ())),
        preamble=preamble,
        shebang=shebang,
        compressed=_first(options.get("compressed"), own.compressed, True),
        reproducible=reproducible,
        epoch=epoch,
        is_lasting=reproducible and not any(Requirement(text).url for text in requirements),
    )


def _check_files(trial: _Trials, shebang: str, preamble: Optional[str], lock: Optional[str]) -> None:
    trial(lambda: _check_shebang(shebang))
    trial(lambda: _check_preamble(preamble))
    trial(lambda: _check_lock(lock))


def _told(project: Project, snapshot: Snapshot, epoch: int, kept: Kept) -> Tuple[Project, own_wheel.Wheel]:
    """Give project with what only its build backend knows, and the wheel that says it."""
    wheel = own_wheel.own(project, snapshot, epoch, kept)
    return dynamic_metadata.by_wheel(project, wheel.members), wheel


def _output(name: str) -> str:
    """Give the path to write to, absolute: where the file called name is, or is to be, behind links.

    Raises Refusal for what cannot be written to, or would be lost.
    """
    path = os.path.abspath(name)
    path = os.path.realpath(path) if os.path.islink(path) else path
    _check_output(path)
    return path


def _first(*values: Optional[bool]) -> bool:
    return bool(next(value for value in values if value is not None))


def _preamble(asked: Optional[str], directory: str, own: Optional[str]) -> Optional[str]:
    """Give the path of the preamble: that which is asked for, or the project's own, in its directory; None for none."""
    if asked:
        return asked
    return None if own is None else os.path.join(directory, own)


def _check_python(project: Project, target: Optional[targets.Target]) -> None:
    version = ".".join(map(str, sys.version_info[:3]))
    # A target is any of its releases.
    versions = [version] if target is None else [f"{target.python}.{release}" for release in range(_RELEASES)]
    asked = SpecifierSet(project.requires_python)
    if not any(asked.contains(one, prereleases=True) for one in versions):
        found = f"this is Python {version}" if target is None else f"it is to be built for {target}"
        reason = f"it needs Python {project.requires_python}, and {found}"
        raise refused(reason, "start mainspring with another Python, or build for one with --python")


def _check_shebang(shebang: str) -> None:
    is_path = shebang.lstrip().startswith("/") or os.path.isabs(shebang)
    if not shebang.isprintable() or not is_path or len(shebang) > _LONGEST_SHEBANG:
        reason = (
            f"shebang: {shebang!r:.60} is none; expected a path, on a line of at most {_LONGEST_SHEBANG} characters"
        )
        raise refused(reason, "/usr/bin/env python3 finds Python nearly everywhere")


def _check_output(path: str) -> None:
    if os.path.isdir(path):
        raise refused(f"output: {path} is a directory; expected a file", "name one with -o")
    if not os.path.isdir(os.path.dirname(path)):
        raise refused(f"output: there is no directory {os.path.dirname(path)}", "make it first")
    if os.path.exists(path) and not _is_product(path):
        raise refused(f"output: {path} is there, and no bundle; it would be lost", "name another with -o, or remove it")


def _is_product(path: str) -> bool:
    """Tell whether the file at path may be written over: a build can have made it, or it is empty."""
    if not os.path.isfile(path):
        return False
    if os.path.getsize(path) == 0:
        return True
    try:
        with zipfile.ZipFile(path) as found:
            return any(name in found.namelist() for name in MAINS)
    except (OSError, ValueError, zipfile.BadZipFile, NotImplementedError):
        return False


def _check_lock(path: Optional[str]) -> None:
    if path is not None and not os.path.isfile(path):
        raise refused(f"lock: there is no file {path!r}", "name a pylock.toml, a uv.lock or a requirements.txt")


def _check_preamble(path: Optional[str]) -> None:
    if path is None:
        return
    if not os.path.isfile(path):
        raise refused(f"preamble: there is no file {path!r}")
    with open(path, "rb") as file:
        head = file.read(_HEAD)
    if not path.endswith(".py") and not head.startswith(b"#!") and others.executable(head) is None:
        reason = f"preamble: {path!r} is no program: its name does not end in .py, and it has no #! line"
        raise refused(reason, "shiv runs the former itself, and has the system run all else")


def _lock(
    project: Project,
    options: Options,
    requirements: List[str],
    extras: List[str],
    groups: List[str],
    target: Optional[targets.Target],
    typed: str,
) -> Optional[locks.Lock]:
    path = options.get("lock") or locks.find(project.directory)
    if path is None:
        choices.see_sources(project, requirements)
        return None
    path = os.path.abspath(path)
    return locks.read(path, typed, requirements, project.name, extras, groups, target) if requirements else None
