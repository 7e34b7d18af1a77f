"""Lock files: which distributions, of which content, a project is to have; resolved by others, enforced here.

All of them become the same thing: the lines of a requirements file with a hash for everything. Known are pylock.toml
(the specification of 2025), uv.lock (version 1), and a requirements.txt with hashes.
"""

import codecs
import os
import re
import sys
from typing import Any, Dict, Iterable, Iterator, List, NamedTuple, Optional, Sequence, Set, Tuple, Type

from packaging.markers import Marker, default_environment
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from .. import pep508
from ..refusals import refused
from ..runtime import Refusal
from ..wording import quoted, shortened
from . import regular_files, toml
from .reading import normalized
from .targets import Target

PYLOCK = "pylock.toml"
UV_LOCK = "uv.lock"
REQUIREMENTS = "requirements.txt"
NAMES = (PYLOCK, UV_LOCK, REQUIREMENTS)  # the first that is there counts
# What files begin with that Windows has written, and their encodings; one of the marks is the beginning of another.
_MARKS = (
    *((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32")),
    *((codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16")),
)
_LONGEST = 200  # characters of what is told of a lock file
_ANEW = "make the lock file anew, and try again"
_WITH_HASHES = "expected wheels, source distributions and archives"
_HASHES = "--hash="
_HASH = f" {_HASHES}"
# What uv writes of extras, groups and projects that exclude each other, and what it comes to.
_CONFLICTING = re.compile(r"""extra\s*([!=]=)\s*['"]((?:extra|group|project)-\d+-[^'"]*)['"]""")
_ALWAYS, _NEVER = "python_version >= '0'", "python_version < '0'"
_DIGEST = re.compile(r"[a-z0-9_]+:[0-9A-Za-z+/=_-]+")


class Lock(NamedTuple):
    """What a lock file asks for here.

    path: the file. lines: requirements with hashes, one for each distribution that is to be there.
    """

    path: str
    lines: Tuple[str, ...]


def find(directory: str) -> Optional[str]:
    """Give the path of the lock file in directory; None if there is none. A requirements.txt is one if it has hashes.

    Raises Refusal if that cannot be told.
    """
    for name in NAMES:
        path = os.path.join(directory, name)
        if os.path.isfile(path) and (name != REQUIREMENTS or _HASHES in _text(path)):
            return path
    return None


def read(
    path: str,
    typed: str,
    requirements: Iterable[str],
    own: str = "",
    extras: Sequence[str] = (),
    groups: Sequence[str] = (),
    target: Optional[Target] = None,
) -> Lock:
    """Read the lock file at path, for this interpreter, or for target.

    typed: what the user called the project. requirements: what it asks for, all of which the lock must know. own: its
    name. extras, groups: what is wanted of it, normalized. Raises Refusal for one that cannot be read, or does not fit.
    """
    asked = _Asked(os.path.basename(path), typed, normalized(own), extras, groups, target)
    locked = [_Locked(line, _parsed(line, asked)) for line in _lines(path, asked)]
    _check_known([one.requirement for one in locked], requirements, asked)
    return Lock(path, tuple(_for_target(locked, target)))


def beside(script: str) -> Optional[str]:
    """Give the path of the lock file of the script at a path; None if there is none."""
    path = f"{script}.lock"
    return path if os.path.isfile(path) else None


class _Asked(NamedTuple):
    """Which lock file is read, and what is wanted of it, as `read` has it; own is normalized."""

    name: str
    typed: str
    own: str
    extras: Sequence[str]
    groups: Sequence[str]
    target: Optional[Target]


class _Locked(NamedTuple):
    """A line of a lock, and the requirement in it."""

    line: str
    requirement: Requirement


def _lines(path: str, asked: _Asked) -> Iterable[str]:
    name = asked.name
    if name == REQUIREMENTS or (name not in NAMES and not name.endswith(".toml") and _HASHES in _text(path)):
        return _requirements(path, name)
    data = toml.read(path, name)
    return _pylock(data, asked) if "lock-version" in data else _uv_lock(data, asked)


def _environment(target: Optional[Target]) -> Dict[str, Any]:
    return dict(default_environment()) if target is None else target.environment()


def _for_target(locked: Iterable[_Locked], target: Optional[Target]) -> Iterator[str]:
    """Give the lines without the markers, those that hold on target; pip would look at this interpreter only."""
    for line, requirement in locked:
        _, separator, hashes = line.partition(_HASH)
        if target is None or requirement.marker is None:
            yield line
        elif _applies(requirement.marker, target):
            requirement.marker = None
            yield f"{requirement}{separator}{hashes}"


def _parsed(line: str, asked: _Asked) -> Requirement:
    text, *words = line.split(_HASH)
    if not all(map(_DIGEST.fullmatch, words)) or not text.isprintable():  # the installer would take the rest as options
        raise refused(f"{asked.name}: {quoted(text)} has more behind it than hashes, or is no line", _ANEW)
    try:
        return pep508.requirement(text)
    except ValueError:
        reason = f"{asked.name}: {_told(text)} is no requirement: expected names, versions and hashes"
        raise refused(reason, _ANEW) from None


def _check_known(locked: Iterable[Requirement], requirements: Iterable[str], asked: _Asked) -> None:
    """See that what is asked for here is in the lock, in a version that is asked for. Raises Refusal."""
    name, typed, target = asked.name, asked.typed, asked.target
    known = {normalized(one.name): one for one in locked if _applies(one.marker, target)}
    for requirement in map(Requirement, requirements):
        if not _applies(requirement.marker, target):
            continue
        found = known.get(normalized(requirement.name))
        if found is None:
            raise refused(f"{name} has no {_told(requirement.name)}, which {typed} asks for", _ANEW)
        version = _pinned(found)
        if version is not None and not requirement.specifier.contains(version, prereleases=True):
            found_here = _told(f"{requirement.name} {version}")
            reason = f"{name} has {found_here}, and {typed} asks for {_told(str(requirement.specifier))}"
            raise refused(reason, _ANEW)


def _pinned(requirement: Requirement) -> Optional[str]:
    """Give the version that requirement, a lock's, is about; None for what is at an address, or not pinned."""
    pinned = [one.version for one in requirement.specifier if one.operator in ("==", "===")]
    return pinned[0] if len(pinned) == 1 and not pinned[0].endswith(".*") else None


def _applies(marker: Optional[Marker], target: Optional[Target]) -> bool:
    try:
        return marker is None or pep508.holds(marker, _environment(target))
    except ValueError:
        return False


def _text(path: str) -> str:
    """Give what the lock file at path says, in the encoding that a mark at its beginning tells, as pip has it. Raises Refusal."""
    try:
        content = regular_files.content(path)
        encoding = next((name for mark, name in _MARKS if content.startswith(mark)), "utf-8")
        return content.decode(encoding, "replace").replace("\r\n", "\n")
    except OSError as error:
        name = os.path.basename(path)
        raise refused(f"{name} cannot be read ({error.strerror})", "see what is in its place") from None


# requirements.txt


def _requirements(path: str, name: str) -> Tuple[str, ...]:
    """Give the requirements of a file, each on one line with its hashes."""
    lines = []
    for line in _text(path).replace("\\\n", " ").splitlines():
        words = line.partition(" #")[0].split()
        if not words or words[0].startswith("#"):
            continue
        if words[0].startswith("-"):
            reason = f"{name} has {_told(words[0])}; expected requirements and their hashes only"
            raise refused(reason, "write what it stands for into the file itself")
        if not any(word.startswith(_HASHES) for word in words):
            raise refused(f"{name}: {_told(words[0])} has no hash, and others have; expected one for each", _ANEW)
        lines.append(" ".join(words))
    return tuple(lines)


# pylock.toml


def _pylock(data: Dict[str, Any], asked: _Asked) -> Iterator[str]:
    from packaging import pylock  # rarely wanted

    errors: Tuple[Type[Exception], ...] = (
        pylock.PylockValidationError,
        getattr(pylock, "PylockSelectError", ValueError),
        ValueError,
    )
    try:
        lock = pylock.Pylock.from_dict(data)
        target = asked.target
        where: Dict[str, Any] = {} if target is None else {"environment": target.environment(), "tags": target.tags()}
        # What it does not declare it may have all the same.
        extras = [extra for extra in asked.extras if extra in (lock.extras or ())]
        groups = [group for group in asked.groups if group in (lock.dependency_groups or ())]
        chosen = list(lock.select(extras=extras, dependency_groups=[*(lock.default_groups or ()), *groups], **where))
    except errors as error:
        why = _told(str(error).partition("\n")[0])
        raise refused(f"{asked.name}: {why}", _ANEW) from None
    for package, file in chosen:
        if package.directory is None or normalized(package.name) != asked.own:  # which is the project itself
            yield _pylock_line(package, file, asked)


def _pylock_line(package: Any, file: Any, asked: _Asked) -> str:
    """Give the line for a package of a pylock.toml, of which file was chosen. Raises Refusal for one without a hash."""
    if package.vcs is not None or package.directory is not None:
        raise _without_hash(package.name, asked)
    if package.archive is not None and package.archive.url is not None:
        return _line(package.name, "", package.archive.url, [dict(getattr(file, "hashes", {}))])
    if package.archive is not None or package.version is None:
        raise refused(f"{asked.name}: {package.name} has no version, and lies at no address", _WITH_HASHES)
    files = [*(package.wheels or ()), *([package.sdist] if package.sdist is not None else [])]
    return _line(package.name, str(package.version), None, [dict(one.hashes) for one in files])


def _without_hash(name: str, asked: _Asked) -> Refusal:
    reason = f"{asked.name}: {name} comes from a repository or a directory, which no hash can vouch for"
    return refused(reason, _WITH_HASHES)


def _line(name: str, version: str, url: Optional[str], hashes: Iterable[Dict[str, str]]) -> str:
    start = f"{name} @ {url}" if url else f"{name}=={version}"
    words = sorted({f"{_HASHES}{kind}:{digest}" for found in hashes for kind, digest in found.items()})
    return " ".join([start, *words])


def _told(text: str) -> str:
    """Give text of a lock file as it is told in a line."""
    return shortened(text, _LONGEST)


# uv.lock


def _uv_lock(data: Dict[str, Any], asked: _Asked) -> Iterator[str]:
    if data.get("version") != 1:
        raise refused(f"{asked.name}: it is of version {data.get('version')!r:.40}; expected 1")
    try:
        _check_python(data.get("requires-python", ""), asked)
        yield from _UvLock(data, asked).lines()
    except (KeyError, IndexError, TypeError, AttributeError, ValueError) as error:
        why = f": there is no {_told(str(error))}" if isinstance(error, KeyError) else ""
        raise refused(f"{asked.name}: it is not as uv writes it{why}", _ANEW) from None


def _check_python(text: str, asked: _Asked) -> None:
    """See that the lock is for this Python, by its requires-python: its markers leave out what that says. Raises Refusal."""
    here = ".".join(map(str, sys.version_info[:3]))
    if asked.target is None and not SpecifierSet(text).contains(here, prereleases=True):
        raise refused(f"{asked.name}: it is for Python {_told(text)}, and this is Python {here}", _ANEW)


class _UvLock:
    """A lock file of uv's: packages, and what each needs; for what is asked."""

    def __init__(self, data: Dict[str, Any], asked: _Asked) -> None:
        self._packages: Dict[str, List[Dict[str, Any]]] = {}
        for package in data["package"]:
            self._packages.setdefault(normalized(package["name"]), []).append(package)
        self._manifest = data.get("manifest", {}).get("requirements", [])
        self._asked = asked
        self._environment = _environment(asked.target)
        start = f"{len(asked.own)}-{asked.own}"
        extras = (f"extra-{start}-{extra}" for extra in asked.extras)
        groups = (f"group-{start}-{group}" for group in asked.groups)
        self._active = {f"project-{start}", *extras, *groups}

    def lines(self) -> Iterator[str]:
        """Give what the project needs with its extras and groups, or a script, which has no name."""
        left = list(self._roots())
        seen: Set[Tuple[str, str, str]] = set()
        written: Set[Tuple[str, str]] = set()
        while left:
            needed = left.pop(0)
            if not self._is_wanted(needed):
                continue
            package = self._package(needed)
            wanted = ["", *needed.get("extra", [])]
            for extra in wanted:
                key = package["name"], package.get("version", ""), extra
                if key not in seen:
                    seen.add(key)
                    optional = package.get("optional-dependencies", {})
                    left += optional.get(extra, []) if extra else package.get("dependencies", [])
            if key[:2] not in written and package["name"] != self._asked.own:
                written.add(key[:2])
                yield self._line(package)

    def _roots(self) -> Iterator[Dict[str, Any]]:
        own = self._asked.own
        if not own:
            yield from self._manifest
            return
        if own not in self._packages:
            raise refused(f"{self._asked.name} does not know the project {quoted(own)}", _ANEW)
        yield {"name": own, "extra": list(self._asked.extras)}
        known = {normalized(name): found for name, found in self._packages[own][0].get("dev-dependencies", {}).items()}
        for group in self._asked.groups:
            yield from known.get(group, [])

    def _is_wanted(self, needed: Dict[str, Any]) -> bool:
        marker = needed.get("marker")
        return marker is None or self._holds(marker)

    def _holds(self, text: str) -> bool:
        """Tell whether a marker of the lock's holds: some ask which of the extras are wanted that exclude each other."""

        def decided(match: "re.Match[str]") -> str:
            is_wanted = match.group(2) in self._active
            return _ALWAYS if is_wanted == (match.group(1) == "==") else _NEVER

        return pep508.holds(pep508.marker(_CONFLICTING.sub(decided, text)), self._environment)

    def _package(self, needed: Dict[str, Any]) -> Dict[str, Any]:
        several = self._packages[normalized(needed["name"])]
        fitting = [one for one in several if needed.get("version") in (None, one.get("version"))]
        if len(fitting) > 1:
            fitting = [one for one in fitting if self._is_for_here(one)]
        return fitting[0]

    def _is_for_here(self, package: Dict[str, Any]) -> bool:
        markers = package.get("resolution-markers", [])
        return not markers or any(map(self._holds, markers))

    def _line(self, package: Dict[str, Any]) -> str:
        source = package["source"]
        if "registry" not in source and "url" not in source:
            raise _without_hash(_told(package["name"]), self._asked)
        files = [*package.get("wheels", []), *([package["sdist"]] if "sdist" in package else [])]
        hashes = [dict([file["hash"].split(":", 1)]) for file in files]
        return _line(package["name"], package["version"], source.get("url"), hashes)
