"""The Pythons of this machine: which there are, which of them is meant, and which one a bundle can run on.

findpython knows where Pythons are; packaging knows versions and tags. What an interpreter is, it is asked itself, once:
the answer is kept in the store for as long as its file stays as it is. Environments are known by their paths and
names only: a version means an installed Python, and so does what a bundle needs.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import time
from typing import Any, Dict, FrozenSet, Iterable, Iterator, List, NamedTuple, Optional, Tuple

from . import probe, store_writer
from .runtime import Refusal, elsewhere, private, store

OLDEST = (3, 8)
_PATIENCE = 20  # seconds, for an interpreter to say what it is
_SHIMS = "shims"  # where version managers have programs that lead to another Python in each directory
_NAME = re.compile(r"[A-Za-z_][\w.+-]*")
_VERSION = re.compile(r"(?:python)?(\d+(?:\.\d+){0,2})(t?)", re.IGNORECASE)  # as a name, too: python3.12
_TICK = 50_000_000  # ns; as in store_writer
_CONSTRAINT = re.compile(r"\s*([A-Za-z]+)?\s*(\+t|\[free-threaded\])?\s*((?:[<>=!~].*)?)\s*", re.DOTALL)
_MOST_SHOWN = 3  # tags

Facts = Dict[str, Any]  # what `probe.facts` gives


class Interpreter(NamedTuple):
    """An interpreter.

    path: how it is started. version: three numbers. implementation: as in sys.implementation.name. is_final: whether it
    is a release. is_threaded: whether it was built without the lock of all threads. facts: all that it says of itself.
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


def find(wish: str, typed: str, use_store: bool = True) -> Interpreter:
    """Give the interpreter that wish means: a path, a version (`3`, `3.12`, `3.13t`), a specifier, or a name on PATH.

    This one, if it is one of those; of several installed ones the newest. typed is what the user wrote. The store
    remembers the choice if use_store is true. Raises Refusal if there is none that mainspring runs on.
    """
    if elsewhere.is_path(wish):
        found = _at_path(wish, typed, use_store)
    else:
        found = _by_name(wish, use_store) or _installed_for(wish, typed, use_store)
    if not found.can_run_us:
        reason = f"that is Python {found.word}, and mainspring needs CPython {_dotted(OLDEST)} or newer"
        raise Refusal(typed, reason, _installed_hint(use_store))
    if use_store and _is_lasting(wish):
        _remember(elsewhere.question(wish), found.path, None)
    return found


def fitting(needs: Needs, use_store: bool = True) -> Optional[Interpreter]:
    """Give the newest installed interpreter that meets needs, a release if there is one; None if there is none."""
    return next((python for python in installed(use_store) if _lack(needs, python) is None), None)


def instead(needs: Needs, key: str, typed: str, use_store: bool = True) -> Optional[str]:
    """Give the path of the interpreter to which a bundle with needs is to go; None if it can stay on this one.

    key: the hash of its content, for the store, which remembers the choice. Raises Refusal if there is none for it.
    """
    words = verdict(needs)
    if words is None:
        return None
    found = fitting(needs, use_store)
    if found is None:
        raise Refusal(typed, words, _installed_hint(use_store))
    if use_store:
        _remember(elsewhere.question_of_bundle(key), found.path, None)
    return found.path


def verdict(needs: Needs, python: Optional[Interpreter] = None) -> Optional[str]:
    """Say what keeps what has needs from running on python, or on this interpreter: words for a Refusal. None if nothing."""
    python = python or this()
    try:
        lack = _lack(needs, python)
    except ImportError:  # this Python need not have packaging: it was sent here, and whoever sent it has looked
        return None
    if lack is None:
        return None
    with_tags = f" ({_tag_word(python)})" if needs.tags else ""
    return f"it needs {lack}, and this is Python {python.word}{with_tags}"


def installed(use_store: bool = True) -> List[Interpreter]:
    """Give the installed interpreters on which mainspring runs, the best first: releases, the newest, the usual build."""
    found = [python for path in _places() for python in [_probed(path, use_store)] if python is not None]
    able = [python for python in found if python.can_run_us]
    return sorted(able, key=lambda python: (python.is_final, python.version, not python.is_threaded), reverse=True)


def this() -> Interpreter:
    """Give the interpreter that this process is."""
    return _interpreter(sys.executable, probe.facts())


# Which one is meant


def _at_path(wish: str, typed: str, use_store: bool) -> Interpreter:
    path = os.path.abspath(wish)
    if not os.path.exists(path):
        raise Refusal(typed, "there is no such file", _installed_hint(use_store))
    found = _probed(path, use_store)
    if found is None:
        raise Refusal(typed, "that does not run as a Python 3", _installed_hint(use_store))
    return found


def _by_name(wish: str, use_store: bool) -> Optional[Interpreter]:
    """Give what a shell would start by the name wish, if it is a name, and of a Python."""
    path = shutil.which(wish) if _NAME.fullmatch(wish) else None
    if path is None:
        return None
    found = _probed(os.path.abspath(path), use_store and not _is_shim(path))
    if found is None or not _is_shim(path):
        return found
    return found._replace(path=found.facts["executable"])


def _installed_for(wish: str, typed: str, use_store: bool) -> Interpreter:
    version = _VERSION.fullmatch(wish)
    constraint = _Constraint(wish if version is None else _constraint_of(*version.groups()))
    if constraint.is_specific:
        for python in (this(), *installed(use_store)):
            if python.can_run_us and constraint.is_met_by(python, exact_build=version is not None):
                return python
    raise Refusal(typed, "no such Python is installed", _installed_hint(use_store))


def _constraint_of(number: str, threads: str) -> str:
    exact = number if number.count(".") == 2 else f"{number}.*"
    return f"CPython{'+t' if threads else ''}=={exact}"


def _installed_hint(use_store: bool) -> str:
    words = list(dict.fromkeys(python.word for python in installed(use_store)))
    return f"installed here: Python {', '.join(words)}" if words else "no Python that it runs on was found here"


def _is_lasting(wish: str) -> bool:
    """Tell whether wish leads to the same interpreter from every directory."""
    found = shutil.which(wish) if _NAME.fullmatch(wish) else None
    return found is None or (os.path.isabs(found) and not _is_shim(found))


# Where they are


def _places() -> List[str]:
    """Give the paths of all that seems to be an installed Python, each once, those on PATH first."""
    found: Dict[str, str] = {}
    for path in _candidates():
        if not _is_shim(path) and not _is_environment(path) and os.access(path, os.X_OK):
            path = os.path.realpath(path) if os.name != "nt" else path  # there, the store's are links to nowhere
            found.setdefault(os.path.normcase(path), path)
    return list(found.values())


def _candidates() -> Iterator[str]:
    from findpython.providers import ALL_PROVIDERS  # only where it is needed: a machine's Pythons are found once a day

    yield getattr(sys, "_base_executable", None) or sys.executable
    for provider in ALL_PROVIDERS.values():
        try:
            # What findpython knows more of them than their paths costs it several processes for each.
            yield from (str(python.executable) for python in _provided(provider))
        except OSError:
            pass  # a directory that cannot be read


def _provided(provider: Any) -> Iterable[Any]:
    made = provider.create()
    if made is None:
        return ()
    if hasattr(made, "paths"):  # a Python that lies in the current directory is not installed, whatever PATH says
        made.paths = [path for path in made.paths if path.is_absolute()]
    found: Iterable[Any] = made.find_pythons()
    return found


def _is_shim(path: str) -> bool:
    return os.path.basename(os.path.dirname(path)) == _SHIMS


def _is_environment(path: str) -> bool:
    """Tell whether path is the interpreter of a virtual environment (PEP 405)."""
    folder = os.path.dirname(path)
    return any(os.path.exists(os.path.join(place, "pyvenv.cfg")) for place in (folder, os.path.dirname(folder)))


# What they are


def _probed(path: str, use_store: bool) -> Optional[Interpreter]:
    """Give what is at path; None if it is no Python 3. The store's word is taken for it if use_store is true."""
    asked = f"facts\0{path}\0{_own_version()}"
    known = elsewhere.read_note(asked) if use_store else None
    facts: Optional[Facts] = known[1] if known is not None else _ask(path)
    if known is None and facts is not None and use_store:
        _remember(asked, path, facts)
    return None if facts is None else _interpreter(path, facts)


def _own_version() -> str:
    from . import __version__  # another one may ask for more

    return __version__


def _ask(path: str) -> Optional[Facts]:
    try:
        said = subprocess.run(
            [path, "-I", "-S", os.path.abspath(probe.__file__)],
            env={name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "__PYVENV"))},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=_PATIENCE,
            check=True,
        )
        facts: Facts = json.loads(said.stdout.decode("utf-8", "surrogateescape"))
    except (OSError, ValueError, subprocess.SubprocessError):
        return None
    return facts if isinstance(facts, dict) and set(probe.facts()) <= set(facts) else None


def _interpreter(path: str, facts: Facts) -> Interpreter:
    major, minor, micro, level, _ = facts["version"]
    return Interpreter(
        path, (major, minor, micro), facts["implementation"], level == "final", facts["threads"], dict(facts)
    )


def _remember(asked: str, path: str, answer: Any) -> None:
    """Have the store know path, and answer, for the question asked. Raises nothing.

    As with the records of bundles: a file that was changed just now might change once more without its time telling.
    """
    root = private.root()
    try:
        identity = store.identity_of(os.stat(path))
    except OSError:
        return
    if root is not None and not store.is_only_looked_at and 0 < time.time_ns() - identity[-1] > _TICK:
        store_writer.put_file(root, elsewhere.note_path(root, asked), elsewhere.note(asked, path, identity, answer))


# What they can run


class _Constraint:
    """A constraint on interpreters: an implementation, perhaps, and a specifier of versions, perhaps.

    One that nobody can read asks for nothing: pip has it so for Requires-Python.
    """

    def __init__(self, text: str) -> None:
        from packaging.specifiers import InvalidSpecifier, SpecifierSet  # see _candidates

        matched = _CONSTRAINT.fullmatch(text)
        name, threads, versions = matched.groups() if matched is not None else (None, None, "")
        self._implementation = (name or "").lower()
        self._needs_threads = threads is not None
        try:
            self._versions = SpecifierSet(versions)
        except InvalidSpecifier:
            self._versions = SpecifierSet()
        self.is_specific = bool(self._versions)

    def is_met_by(self, python: Interpreter, exact_build: bool = False) -> bool:
        """Tell whether python meets it; exact_build: one without the lock of all threads only if that was asked for."""
        if self._implementation not in ("", "python", python.implementation):
            return False
        if self._needs_threads != python.is_threaded and (self._needs_threads or exact_build):
            return False
        return bool(self._versions.contains(python.number, prereleases=True))


def is_constraint(text: str) -> bool:
    """Tell whether text has the form of a constraint on interpreters. Raises ValueError if its versions are none."""
    from packaging.specifiers import InvalidSpecifier, SpecifierSet  # see _candidates

    matched = _CONSTRAINT.fullmatch(text)
    try:
        SpecifierSet(matched.group(3) if matched is not None else "")
    except InvalidSpecifier as error:
        raise ValueError(str(error)) from None
    return matched is not None


def _lack(needs: Needs, python: Interpreter) -> Optional[str]:
    """Say what python lacks that needs ask for, in words that go on after `it needs`; None if it lacks nothing."""
    unmet = [text for text in needs.specifiers if not _Constraint(text).is_met_by(python)]
    lacks = [_worded(unmet, ", ")] if unmet else []
    if needs.any_of and not any(_Constraint(text).is_met_by(python) for text in needs.any_of):
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
    from packaging.tags import parse_tag  # see _candidates

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
    from packaging.tags import compatible_tags, cpython_tags  # see _candidates

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
    from packaging.tags import mac_platforms, platform_tags  # see _candidates

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


def _dotted(version: Tuple[int, ...]) -> str:
    return ".".join(map(str, version))
