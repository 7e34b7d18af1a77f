"""What requirements ask for and the running environment does not have, as `pip check` would see it."""

import importlib.metadata

from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from .. import pep508
from ..runtime import Refusal
from ..wording import quoted
from .core_metadata import tidied

TYPE_CHECKING = False
if TYPE_CHECKING:
    from importlib.metadata import Distribution
    from typing import Any, Dict, FrozenSet, List, Optional, Set, Tuple

    from packaging.requirements import Requirement


def missing(requires_dist: "List[str]", typed: str, own: str = "") -> "List[str]":
    """Give what is missing of requires_dist, and of what that requires in turn, in the running environment.

    requires_dist: requirements, whose markers are evaluated here. own: the name of the wheel itself, which is there.
    Each line is a requirement and, in brackets, what is there instead; they are in the order in which they were found.
    Broken metadata of what is installed count as saying nothing, as for `pip check`. Raises Refusal for a requirement
    of the wheel that cannot be read or evaluated.
    """
    search = _Search(own, requires_dist)
    for text in requires_dist:
        try:
            search.add(text, frozenset([""]))
        except ValueError as error:
            raise Refusal(typed, f"its Requires-Dist {quoted(text)} cannot be evaluated: {_words(error)}") from None
    search.go()
    return search.lines


def _words(error: BaseException) -> str:
    return str(error).partition("\n")[0][:200]


class _Search:
    """A walk along requirements, through what is installed.

    lines: what is missing.
    """

    def __init__(self, own: str, own_requires: "List[str]") -> None:
        self.lines: "List[str]" = []
        self._own = canonicalize_name(own)
        self._own_requires = own_requires
        self._left: "List[Tuple[Requirement, str]]" = []
        self._seen: "Set[Tuple[str, FrozenSet[str]]]" = set()
        self._installed: "Optional[Dict[str, Distribution]]" = None

    def add(self, text: str, extras: "FrozenSet[str]", by: str = "") -> None:
        """Take in a requirement, if its marker holds with one of extras; by is what requires it."""
        requirement = pep508.requirement(tidied(text))
        if any(pep508.holds(requirement.marker, {"extra": extra}) for extra in extras):
            self._left.append((requirement, by))

    def go(self) -> None:
        """Follow all requirements to their ends."""
        for requirement, by in self._left:  # it grows meanwhile
            name = canonicalize_name(requirement.name)
            if name == self._own:  # with its extras, perhaps
                self._follow(name, None, frozenset(requirement.extras))
                continue
            found = self._find(name)
            line = _lack(requirement, found)
            if line:
                self.lines += [line for line in [f"{line}, for {by}" if by else line] if line not in self.lines]
            elif found is not None:
                self._follow(name, found, frozenset(requirement.extras) | {""})

    def _follow(self, name: str, found: "Optional[Distribution]", extras: "FrozenSet[str]") -> None:
        """Take in what name requires with extras; found is where it is installed, None for the wheel itself."""
        if (name, extras) in self._seen:
            return
        self._seen.add((name, extras))
        for text in self._own_requires if found is None else _requires(found):
            try:
                self.add(text, extras, "" if found is None else name)
            except ValueError:
                continue

    def _find(self, name: str) -> "Optional[Distribution]":
        """Give the distribution that is installed by that normalised name."""
        try:
            found = importlib.metadata.distribution(name)
        except importlib.metadata.PackageNotFoundError:
            found = None
        except UnicodeDecodeError:  # since 3.15, which looks into it
            found = next(iter(importlib.metadata.Distribution.discover(name=name)), None)
        if found is not None and _version(found) is not None:
            return found
        # Before 3.10, and for names in files of old tools, it does not find all.
        if self._installed is None:
            self._installed = _all_installed()
        return self._installed.get(name)


def _all_installed() -> "Dict[str, Distribution]":
    found: "Dict[str, Distribution]" = {}
    for distribution in importlib.metadata.distributions():
        name = _header(distribution, "Name")
        if name:
            found.setdefault(canonicalize_name(name), distribution)
    return found


def _header(distribution: "Distribution", name: str) -> "Optional[str]":
    """Give a header of what is installed; None if there is none, "" if it cannot be read."""
    try:
        message: "Any" = distribution.metadata
        value: "Optional[str]" = message.get(name)
    except UnicodeDecodeError:
        return ""
    except Exception:  # noqa: BLE001  what removing a package left of it: each version has an error of its own
        return None
    return value


def _version(distribution: "Distribution") -> "Optional[str]":
    return _header(distribution, "Version")


def _requires(distribution: "Distribution") -> "List[str]":
    try:
        return list(distribution.requires or [])
    except Exception:  # noqa: BLE001  as above
        return []


def _lack(requirement: "Requirement", found: "Optional[Distribution]") -> str:
    """Say in what way requirement is not met by found; "" if it is, or if that cannot be told."""
    named = f"{requirement.name}{requirement.specifier}"
    version = None if found is None else _version(found)
    if version is None:
        return f"{named} (not installed)"
    if not version or _contains(requirement.specifier, version):
        return ""
    return f"{named} ({version} is installed)"


def _contains(specifier: SpecifierSet, version: str) -> bool:
    try:
        Version(version)
    except InvalidVersion:
        return not specifier
    return specifier.contains(version, prereleases=True)
