"""What a bundle asks of an interpreter, and whether one meets that.

packaging knows versions and tags. What an interpreter says of itself is in `probe`; which there are, in `pythons`.
"""

import re
import sys
from typing import Any, Dict, FrozenSet, Iterator, List, NamedTuple, Optional, Tuple

from . import probe

OLDEST = (3, 8)
_CONSTRAINT = re.compile(r"([A-Za-z]+)?(?:\s*(\+t|\[free-threaded\]))?(?:\s*([<>=!~].*))?", re.DOTALL)
_LONGEST = 1000  # characters of a constraint
_MOST_SHOWN = 3  # tags

Facts = Dict[str, Any]  # what `probe.facts` gives


class Interpreter(NamedTuple):
    """An interpreter.

    path: how it is started. version: three numbers. implementation: as in sys.implementation.name. is_final: whether it
    is a release. is_threaded: whether it is free-threaded, built without the GIL. facts: all that it says of itself.
    """

    path: str
    version: Tuple[int, int, int]
    implementation: str
    is_final: bool
    is_threaded: bool
    facts: Facts

    @property
    def word(self) -> str:
        """What people call it: `3.13.0`, `3.13.0t`, `PyPy 3.10.14`."""
        name = "" if self.implementation == "cpython" else f"{_spelled(self.implementation)} "
        return f"{name}{self.number}{'t' if self.is_threaded else ''}"

    @property
    def number(self) -> str:
        """Its version, as text."""
        return ".".join(map(str, self.version))

    @property
    def can_run_us(self) -> bool:
        """Whether mainspring runs on it."""
        return self.implementation == "cpython" and self.version >= OLDEST


class Needs(NamedTuple):
    """What a bundle asks of an interpreter; all of it must be met.

    specifiers: what must all hold, as in Requires-Python (`>=3.9,<4`) or PEX's form (`CPython>=3.9,<4`).
    any_of: such, of which one must hold, as in PEX's interpreter_constraints; none if there are no such.
    tags: for each distribution with native modules, the tags of all its wheels in the bundle (`cp312-cp312-win_amd64`,
    or the short form of several), of which one must fit.
    """

    specifiers: Tuple[str, ...] = ()
    any_of: Tuple[str, ...] = ()
    tags: Tuple[FrozenSet[str], ...] = ()


def this() -> Interpreter:
    """Give the interpreter that this process is."""
    return interpreter(sys.executable, probe.facts())


def interpreter(path: str, facts: Facts) -> Interpreter:
    """Give what is started at path, by what it says of itself."""
    major, minor, micro, level, _ = facts["version"]
    return Interpreter(
        path, (major, minor, micro), facts["implementation"], level == "final", facts["threads"], dict(facts)
    )


def verdict(needs: Needs) -> Optional[str]:
    """Say why something with these needs cannot run on this interpreter, in words for a Refusal; None if it can."""
    python = this()
    try:
        missing = lack(needs, python)
    except ImportError:  # this Python need not have packaging: it was sent here, and whoever sent it has looked
        return None
    if missing is None:
        return None
    with_tags = f" ({_tag_word(python)})" if needs.tags else ""
    return f"it needs {missing}, and this is Python {python.word}{with_tags}"


class Constraint:
    """A constraint on interpreters: an implementation, perhaps, and a specifier of versions, perhaps.

    One that cannot be read asks for nothing, as pip has it for Requires-Python.
    """

    def __init__(self, text: str) -> None:
        from packaging.specifiers import InvalidSpecifier, SpecifierSet  # only where it is needed: it takes its time

        matched = _matched(text)
        name, threads, versions = matched.groups() if matched is not None else (None, None, None)
        self._implementation = (name or "").lower()
        self._needs_threads = threads is not None
        try:
            self._versions = SpecifierSet(versions or "")
        except InvalidSpecifier:
            self._versions = SpecifierSet()
        self.is_specific = bool(self._versions)

    def is_met_by(self, python: Interpreter, exact_build: bool = False) -> bool:
        """Tell whether python meets it; exact_build: a free-threaded one meets only what asks for that."""
        if self._implementation not in ("", "python", python.implementation):
            return False
        if self._needs_threads != python.is_threaded and (self._needs_threads or exact_build):
            return False
        return bool(self._versions.contains(python.number, prereleases=True))


def _matched(text: str) -> "Optional[re.Match[str]]":
    return _CONSTRAINT.fullmatch(text.strip()) if len(text) <= _LONGEST else None


def is_constraint(text: str) -> bool:
    """Tell whether text has the form of a constraint on interpreters. Raises ValueError if its versions are none."""
    from packaging.specifiers import InvalidSpecifier, SpecifierSet  # as above

    matched = _matched(text)
    try:
        SpecifierSet((matched.group(3) or "") if matched is not None else "")
    except InvalidSpecifier as error:
        raise ValueError(str(error)) from None
    return matched is not None


def lack(needs: Needs, python: Interpreter) -> Optional[str]:
    """Say what python lacks that needs ask for, in words that go on after `it needs`; None if it lacks nothing."""
    unmet = [text for text in needs.specifiers if not Constraint(text).is_met_by(python)]
    lacks = [_worded(unmet, ", ")] if unmet else []
    if needs.any_of and not any(Constraint(text).is_met_by(python) for text in needs.any_of):
        lacks.append(_worded(list(needs.any_of), " or "))
    foreign = _foreign_tags(needs, python)
    if foreign:
        lacks.append(_shortened(foreign))
    return " and ".join(lacks) or None


def _worded(constraints: List[str], between: str) -> str:
    words = between.join(dict.fromkeys(text.strip() for text in constraints))
    return words if words[:1].isalpha() else f"Python {words}"


def _foreign_tags(needs: Needs, python: Interpreter) -> List[str]:
    """Give the tags in needs of the distributions that have none for python."""
    if not needs.tags:
        return []
    from packaging.tags import parse_tag  # as for Constraint

    supported = frozenset(map(str, tags(python)))
    foreign: List[str] = []
    for choice in needs.tags:
        single = {str(tag) for text in choice for tag in parse_tag(text)}
        if not single & supported:
            foreign += sorted(choice)
    return list(dict.fromkeys(foreign))


def _shortened(found: List[str]) -> str:
    more = f" (+{len(found) - _MOST_SHOWN})" if len(found) > _MOST_SHOWN else ""
    return ", ".join(found[:_MOST_SHOWN]) + more


def tags(python: Interpreter) -> Iterator[Any]:
    """Give the tags of the wheels that python, a CPython, can use, the best first: `packaging.tags.Tag`."""
    from packaging.tags import compatible_tags, cpython_tags  # as for Constraint

    version = python.version[:2]
    name = f"cp{version[0]}{version[1]}"
    usual = f"{name}{'t' if python.is_threaded else ''}"
    abis = [f"{usual}d", usual] if python.facts["debug"] else [usual]
    platforms = _platforms(python)
    yield from cpython_tags(version, abis, platforms)
    yield from compatible_tags(version, name, platforms)


def _platforms(python: Interpreter) -> List[str]:
    """Give the platforms of wheels for python.

    packaging knows those of this process, and of any macOS. A Python that was built for another C library or another
    processor than this one is rare; for that, only the platform that it names itself is taken.
    """
    from packaging.tags import mac_platforms, platform_tags  # as for Constraint

    facts, own = python.facts, probe.facts()
    if all(facts[name] == own[name] for name in ("platform", "machine", "bits", "libc")):
        return list(platform_tags())
    if sys.platform == "darwin":
        import platform  # only there

        release = [int(number) for number in platform.mac_ver()[0].split(".")[:2]]
        return list(mac_platforms((release[0], release[1] if len(release) > 1 else 0), facts["machine"]))
    return [re.sub(r"[-.]", "_", facts["platform"])]


def _tag_word(python: Interpreter) -> str:
    platforms = _platforms(python)
    named = [name for name in platforms if name.startswith(("manylinux", "musllinux"))]  # these say most
    return f"{next(tags(python)).interpreter}-{(named or platforms)[0]}"


def _spelled(implementation: str) -> str:
    return {"pypy": "PyPy", "graalpy": "GraalPy"}.get(implementation, implementation)
