"""The Pythons of this machine: which there are, which of them is meant, and which one a bundle can run on.

findpython knows where Pythons are. What an interpreter is, it is asked itself, once: the answer is kept in the store for
as long as its file stays as it is. Environments are known by their paths and names only: a version means an installed
Python, and so does what a bundle needs (`fitness`).
"""

import json
import os
import re
import shutil
import subprocess
import sys
from typing import Any, Dict, Iterable, Iterator, List, Optional, Tuple

from . import clocks, probe
from .fitness import OLDEST, Constraint, Facts, Interpreter, Needs, interpreter, lack, this, verdict
from .runtime import Refusal, elsewhere, private, store
from .storage import writer

_PATIENCE = 20  # seconds, for an interpreter to say what it is
_SHIMS = "shims"  # where version managers have programs that lead to another Python in each directory
_NAME = re.compile(r"[A-Za-z_][\w.+-]*")
_VERSION = re.compile(r"(?:python)?(\d{1,9}(?:\.\d{1,9}){0,2})(t?)", re.IGNORECASE)  # as a name, too: python3.12


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
    return next((python for python in installed(use_store) if lack(needs, python) is None), None)


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


def installed(use_store: bool = True) -> List[Interpreter]:
    """Give the installed interpreters on which mainspring runs, the best first: releases, the newest, the usual build."""
    found = [python for path in _places() for python in [_probed(path, use_store)] if python is not None]
    able = [python for python in found if python.can_run_us]
    return sorted(able, key=lambda python: (python.is_final, python.version, not python.is_threaded), reverse=True)


# Which one is meant


def _at_path(wish: str, typed: str, use_store: bool) -> Interpreter:
    path = _python_of(os.path.abspath(wish))
    if not os.path.exists(path):
        raise Refusal(typed, "there is no such file", _installed_hint(use_store))
    found = _probed(path, use_store)
    if found is None:
        raise Refusal(typed, "that does not run as a Python 3", _installed_hint(use_store))
    return found


def _python_of(path: str) -> str:
    """Give path, or the interpreter of the virtual environment that is there."""
    inner = os.path.join("Scripts", "python.exe") if os.name == "nt" else os.path.join("bin", "python")
    return os.path.join(path, inner) if os.path.exists(os.path.join(path, "pyvenv.cfg")) else path


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
    constraint = Constraint(wish if version is None else _constraint_of(*version.groups()))
    if constraint.is_specific:
        for python in _first_this(use_store):
            if python.can_run_us and constraint.is_met_by(python, exact_build=version is not None):
                return python
    raise Refusal(typed, "no such Python is installed", _installed_hint(use_store))


def _first_this(use_store: bool) -> Iterator[Interpreter]:
    yield this()
    yield from installed(use_store)  # each is started to be asked; not if this one will do


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
            # Their paths alone: whatever else findpython tells of one, it starts several processes for.
            yield from (str(python.executable) for python in _provided(provider))
        except (OSError, RuntimeError):
            pass  # a directory that cannot be read; or there is no home, in which it would be


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
    return None if facts is None else interpreter(path, facts)


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


def _remember(asked: str, path: str, answer: Any) -> None:
    """Have the store know path, and answer, for the question asked. Raises nothing.

    As with the records of bundles: a file that was changed just now might change once more without its time telling.
    """
    root = private.root()
    try:
        identity = store.identity_of(os.stat(path))
    except OSError:
        return
    if root is not None and not store.is_only_looked_at and clocks.is_settled(identity[-1]):
        writer.put_file(root, elsewhere.note_path(root, asked), elsewhere.note(asked, path, identity, answer))


def _dotted(version: Tuple[int, ...]) -> str:
    return ".".join(map(str, version))
