"""Lock files: which distributions, of which content, a project is to have; resolved by others, enforced here.

All of them become the same thing (`lock_lines`): the lines of a requirements file with a hash for everything. Known are
pylock.toml (`pylock`), uv.lock (`uv_lock`), and a requirements.txt with hashes (`hashed_requirements`).
"""

import os
import re
from typing import Iterable, Iterator, NamedTuple, Optional, Sequence, Tuple

from packaging.requirements import Requirement

from .. import pep508
from ..refusals import refused
from ..wording import quoted
from . import hashed_requirements, pylock, toml, uv_lock
from .lock_lines import ANEW, HASHES, Asked, text_of, told
from .reading import normalized
from .targets import Target

PYLOCK = "pylock.toml"
UV_LOCK = "uv.lock"
REQUIREMENTS = "requirements.txt"
NAMES = (PYLOCK, UV_LOCK, REQUIREMENTS)  # the first that is there counts
_HASH = f" {HASHES}"
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
        if os.path.isfile(path) and (name != REQUIREMENTS or HASHES in text_of(path)):
            return path
    return None


def beside(script: str) -> Optional[str]:
    """Give the path of the lock file of the script at a path; None if there is none."""
    path = f"{script}.lock"
    return path if os.path.isfile(path) else None


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
    asked = Asked(os.path.basename(path), typed, normalized(own), extras, groups, target)
    locked = [_Locked(line, _parsed(line, asked)) for line in _lines(path, asked)]
    _check_known([one.requirement for one in locked], requirements, asked)
    return Lock(path, tuple(_for_target(locked, asked)))


class _Locked(NamedTuple):
    """A line of a lock, and the requirement in it."""

    line: str
    requirement: Requirement


def _lines(path: str, asked: Asked) -> Iterable[str]:
    name = asked.name
    if name == REQUIREMENTS or (name not in NAMES and not name.endswith(".toml") and HASHES in text_of(path)):
        return hashed_requirements.lines(path, name)
    data = toml.read(path, name)
    return pylock.lines(data, asked) if "lock-version" in data else uv_lock.lines(data, asked)


def _parsed(line: str, asked: Asked) -> Requirement:
    text, *words = line.split(_HASH)
    if not all(map(_DIGEST.fullmatch, words)) or not text.isprintable():  # the installer would take the rest as options
        raise refused(f"{asked.name}: {quoted(text)} has more behind it than hashes, or is no line", ANEW)
    try:
        return pep508.requirement(text)
    except ValueError:
        reason = f"{asked.name}: {told(text)} is no requirement: expected names, versions and hashes"
        raise refused(reason, ANEW) from None


def _check_known(locked: Iterable[Requirement], requirements: Iterable[str], asked: Asked) -> None:
    """See that what is asked for here is in the lock, in a version that is asked for. Raises Refusal."""
    name, typed = asked.name, asked.typed
    known = {normalized(one.name): one for one in locked if asked.applies(one.marker)}
    for requirement in map(Requirement, requirements):
        if not asked.applies(requirement.marker):
            continue
        found = known.get(normalized(requirement.name))
        if found is None:
            raise refused(f"{name} has no {told(requirement.name)}, which {typed} asks for", ANEW)
        version = _pinned(found)
        if version is not None and not requirement.specifier.contains(version, prereleases=True):
            found_here = told(f"{requirement.name} {version}")
            reason = f"{name} has {found_here}, and {typed} asks for {told(str(requirement.specifier))}"
            raise refused(reason, ANEW)


def _pinned(requirement: Requirement) -> Optional[str]:
    """Give the version that requirement, a lock's, is about; None for what is at an address, or not pinned."""
    pinned = [one.version for one in requirement.specifier if one.operator in ("==", "===")]
    return pinned[0] if len(pinned) == 1 and not pinned[0].endswith(".*") else None


def _for_target(locked: Iterable[_Locked], asked: Asked) -> Iterator[str]:
    """Give the lines without the markers, those that hold on the target; pip would look at this interpreter only."""
    for line, requirement in locked:
        _, separator, hashes = line.partition(_HASH)
        if asked.target is None or requirement.marker is None:
            yield line
        elif asked.applies(requirement.marker):
            requirement.marker = None
            yield f"{requirement}{separator}{hashes}"
