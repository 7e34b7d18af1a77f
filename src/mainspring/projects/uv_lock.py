"""uv.lock, version 1: packages, and what each needs (https://docs.astral.sh/uv/concepts/projects/layout/#the-lockfile)."""

import re
import sys
from typing import Any, Dict, Iterator, List, Set, Tuple

from packaging.specifiers import SpecifierSet

from .. import pep508
from ..refusals import refused
from ..wording import quoted
from .lock_lines import ANEW, Asked, line, told, without_hash
from .reading import normalized

# What uv writes of extras, groups and projects that exclude each other, and what it comes to.
_CONFLICTING = re.compile(r"""extra\s*([!=]=)\s*['"]((?:extra|group|project)-\d+-[^'"]*)['"]""")
_ALWAYS, _NEVER = "python_version >= '0'", "python_version < '0'"


def lines(data: Dict[str, Any], asked: Asked) -> Iterator[str]:
    """Give what is to be installed, of the file that says data. Raises Refusal for one that is not as uv writes it, or does not fit."""
    if data.get("version") != 1:
        raise refused(f"{asked.name}: it is of version {data.get('version')!r:.40}; expected 1")
    try:
        _check_python(data.get("requires-python", ""), asked)
        yield from _UvLock(data, asked).lines()
    except (KeyError, IndexError, TypeError, AttributeError, ValueError) as error:
        why = f": there is no {told(str(error))}" if isinstance(error, KeyError) else ""
        raise refused(f"{asked.name}: it is not as uv writes it{why}", ANEW) from None


def _check_python(text: str, asked: Asked) -> None:
    """See that the lock is for this Python, by its requires-python: its markers leave out what that says. Raises Refusal."""
    here = ".".join(map(str, sys.version_info[:3]))
    if asked.target is None and not SpecifierSet(text).contains(here, prereleases=True):
        raise refused(f"{asked.name}: it is for Python {told(text)}, and this is Python {here}", ANEW)


class _UvLock:
    """A lock file of uv's: packages, and what each needs; for what is asked."""

    def __init__(self, data: Dict[str, Any], asked: Asked) -> None:
        self._packages: Dict[str, List[Dict[str, Any]]] = {}
        for package in data["package"]:
            self._packages.setdefault(normalized(package["name"]), []).append(package)
        self._manifest = data.get("manifest", {}).get("requirements", [])
        self._asked = asked
        self._environment = asked.environment()
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
            raise refused(f"{self._asked.name} does not know the project {quoted(own)}", ANEW)
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
            raise without_hash(told(package["name"]), self._asked)
        files = [*package.get("wheels", []), *([package["sdist"]] if "sdist" in package else [])]
        hashes = [dict([file["hash"].split(":", 1)]) for file in files]
        return line(package["name"], package["version"], source.get("url"), hashes)
