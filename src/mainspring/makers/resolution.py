"""Which of the distributions in a PEX go on sys.path here, and in which order: pex resolves them at each start.

The source is `environment.py` of pex 2.105.2 (`PEXEnvironment.resolve`): from the requirements that the PEX was built
for, depth first, along what each distribution requires in turn, the best wheel for this interpreter of each project.
"""

import re
import sys

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.tags import parse_tag, sys_tags
from packaging.utils import canonicalize_name
from packaging.version import Version

from .. import pep508
from ..wording import quoted
from .core_metadata import tidied

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Dict, FrozenSet, Iterable, Iterator, List, Optional, Tuple

    from packaging.tags import Tag

    from .core_metadata import Core

    Key = Tuple[str, FrozenSet[str]]

_NAME = r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?"
_RENAMING = re.compile(rf"(?P<name>{_NAME})\s*=\s*(?P<requirement>{_NAME}.*)", re.DOTALL)


class Unclear(Exception):
    """Something that pex may understand, but that is not understood here; the words say what."""


class Distribution:
    """A distribution in the archive.

    folder: its name below `.deps`, a wheel's. core: what its METADATA says. project: its normalized name.
    version: as packaging has it. tags: those in its name. rank: how well it fits this interpreter, 0 best; None if its
    tags do not fit.
    """

    __slots__ = ("core", "folder", "project", "rank", "tags", "version")

    def __init__(self, folder: str, core: "Core", ranks: "Dict[Tag, int]") -> None:
        self.folder = folder
        self.core = core
        self.project: str = canonicalize_name(core.name)
        self.version = Version(core.version)
        self.tags = tags_of(folder)
        self.rank = min((ranks[tag] for tag in parse_tag(self.tags) if tag in ranks), default=None)

    @property
    def is_usable(self) -> bool:
        """Whether this interpreter can use it: its tags fit, and so does its Requires-Python."""
        return self.rank is not None and python_version() in SpecifierSet(self.core.requires_python)


def tags_of(folder: str) -> str:
    """Give the tags in the name of a wheel, as they are there. Raises Unclear if it has none."""
    parts = folder[: -len(".whl")].split("-")
    if not folder.endswith(".whl") or len(parts) not in (5, 6):
        raise Unclear(f"{quoted(folder)} is not named as a wheel")
    return "-".join(parts[-3:])


def ranks() -> "Dict[Tag, int]":
    """Give how well each tag that this interpreter supports fits it; 0 is best."""
    return {tag: rank for rank, tag in enumerate(sys_tags())}


def python_version() -> str:
    """Give the version of this interpreter; of an alpha of 3.15.0, that is 3.15.0, as pex has it."""
    return ".".join(map(str, sys.version_info[:3]))


class Resolution:
    """The distributions that requirements lead to.

    chosen: in order. missing: what was required, applies here, and is not there. asked: the projects that were required
    and apply here, whether they are there or not.
    """

    def __init__(
        self,
        distributions: "Iterable[Distribution]",
        requirements: "Iterable[str]",
        excluded: "Iterable[str]",
        overridden: "Iterable[str]",
    ) -> None:
        """Raises Unclear for requirements that cannot be read or evaluated."""
        self.chosen: "List[Distribution]" = []
        self.missing: "List[str]" = []
        self.asked: "Dict[str, None]" = {}
        self._found: "Dict[Key, None]" = {}
        self._usable: "Dict[str, List[Distribution]]" = {}
        for distribution in sorted(distributions, key=lambda one: one.version, reverse=True):
            if distribution.is_usable:
                self._usable.setdefault(distribution.project, []).append(distribution)
        for several in self._usable.values():
            several.sort(key=lambda one: one.rank or 0)
        self._excluded = [_parsed(text) for text in excluded]
        self._overridden = [_override(text) for text in overridden]
        self._resolve([_parsed(text) for text in requirements])

    def _resolve(self, requirements: "List[Requirement]") -> None:
        left: "List[Iterator[Requirement]]" = [iter(self._roots(requirements))]
        while left:
            requirement = next(left[-1], None)
            if requirement is None:
                left.pop()
                continue
            distribution = self._take(requirement)
            if distribution is not None:
                left.append(iter(self._required_by(distribution, requirement.extras)))

    def _roots(self, requirements: "List[Requirement]") -> "List[Requirement]":
        """Give one requirement for each project: that of the best distribution, with the extras of all."""
        by_project: "Dict[str, List[Requirement]]" = {}
        for requirement in requirements:
            if not self._is_excluded(requirement) and _applies(requirement, ()):
                by_project.setdefault(canonicalize_name(requirement.name), []).append(requirement)
        roots = []
        for project, several in by_project.items():
            # In the order of the distributions, and for each in that of the requirements.
            met = [one for found in self._usable.get(project, ()) for one in several if _meets(found, one)]
            root = met[0] if met else several[0]
            for one in met:
                root.extras |= one.extras
            roots.append(root)
        return roots

    def _take(self, requirement: Requirement) -> "Optional[Distribution]":
        """Choose what meets requirement; None if nothing does, or if that was done before."""
        if self._is_excluded(requirement):
            return None
        project = canonicalize_name(requirement.name)
        self.asked[project] = None
        extras = frozenset(requirement.extras)
        if any(project == known and extras <= with_extras for known, with_extras in self._found):
            return None
        found = next((one for one in self._usable.get(project, ()) if _meets(one, requirement)), None)
        if found is None:
            self.missing.append(f"{requirement.name}{requirement.specifier}")
            return None
        self._found[(project, extras)] = None
        if found not in self.chosen:
            self.chosen.append(found)
        return found

    def _required_by(self, distribution: Distribution, extras: "Iterable[str]") -> "List[Requirement]":
        required = [self._instead_of(_parsed(text)) for text in distribution.core.requires_dist]
        return [requirement for requirement in required if _applies(requirement, extras)]

    def _instead_of(self, requirement: Requirement) -> Requirement:
        project = canonicalize_name(requirement.name)
        found = [other for name, other in self._overridden if name == project and _applies(other, ())]
        if len(found) > 1:
            raise Unclear(f"it has several overrides of {quoted(project)}")
        return found[0] if found else requirement

    def _is_excluded(self, requirement: Requirement) -> bool:
        project = canonicalize_name(requirement.name)
        for excluded in self._excluded:
            if canonicalize_name(excluded.name) == project:
                if excluded.specifier:
                    raise Unclear(f"some versions of {quoted(project)} are excluded from it")
                return True
        return False


def _parsed(text: str) -> Requirement:
    try:
        return pep508.requirement(tidied(text))
    except ValueError:
        raise Unclear(f"it has a requirement that cannot be read: {quoted(text)}") from None


def _override(text: str) -> "Tuple[str, Requirement]":
    matched = _RENAMING.fullmatch(text)
    requirement = _parsed(matched.group("requirement") if matched else text)
    return canonicalize_name(matched.group("name") if matched else requirement.name), requirement


def _applies(requirement: Requirement, extras: "Iterable[str]") -> bool:
    try:
        # Without extras, an empty one: markers that ask for an extra do not hold then, and the others are not hindered.
        return any(pep508.holds(requirement.marker, {"extra": extra}) for extra in tuple(extras) or ("",))
    except ValueError:
        raise Unclear(f"it has a marker that cannot be evaluated: {quoted(str(requirement.marker))}") from None


def _meets(distribution: Distribution, requirement: Requirement) -> bool:
    return bool(requirement.specifier.contains(distribution.version, prereleases=True))
