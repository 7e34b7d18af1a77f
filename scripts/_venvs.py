"""The virtual environments of the scripts: made once for each interpreter, kept outside the tree, lent to one run at a time.

A virtual environment cannot be moved (its scripts name its path), so it is made in its place; the record written
last says that it is whole. One without its record, or with another one than is asked for, is thrown away.
"""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import IO, Dict, Iterator, List, Optional, Sequence, Tuple

from _pythons import Python, clean_environment, find

ROOT = Path(__file__).resolve().parent.parent
CACHE = "MAINSPRING_TEST_CACHE"

BACKEND = "flit_core==3.12.0"

_RECORD = "mainspring-requirements.json"
_INSTALLED = "mainspring-installed.txt"
# Environments whose pip installs for others, which need not have one then: by their use, the last that also installs for
# 3.8 and 3.9, and one for 3.15, on which that does not run.
_LENT_PIPS = {"pip": "pip==25.0.1", "newer-pip": "pip==26.3"}
_WITH_OWN_PIP = ("3.8",)  # whose tests are given no other

# What setuptools has run at each start of a Python beside it, which is a seventh of the time of most: only one keeps it.
_START_UP_CODE = "distutils-precedence.pth"
_WITH_START_UP_CODE = ("3.9",)


class SetupFailed(Exception):
    """A virtual environment could not be made; the text is all that the failing command said."""


class Venv:
    """A virtual environment: its directory, and the binaries in it."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.python = str(directory / "bin" / "python")

    def script(self, name: str) -> str:
        """Give the path of the console script of that name."""
        return str(self.directory / "bin" / name)

    def install(self, *words: str) -> None:
        """Run `pip install` for this environment: its own pip, or another one where it has none that works."""
        own = [self.python, "-m", "pip"]
        if _succeeds([*own, "--version"]):
            return run([*own, "install", "--quiet", *words])
        for use, pip in _LENT_PIPS.items():
            with borrowed(_lender_of_pip(), use, [pip]) as other:
                lent = [other.python, "-m", "pip", "--python", self.python]
                if _succeeds([*lent, "--version"]):
                    return run([*lent, "install", "--quiet", *words])
        raise SetupFailed(f"no pip of {', '.join(_LENT_PIPS.values())} runs on {self.python}")


@contextmanager
def borrowed(python: Python, use: str, requirements: Sequence[str], install: bool = False) -> Iterator[Venv]:
    """Lend a virtual environment of python with requirements in it, and with this checkout if install is true.

    Nobody else has it meanwhile: when another run has borrowed the first one, there is a second, and so on.
    Raises SetupFailed.
    """
    identity = hashlib.sha256(f"{python.path}\n{python.version}".encode()).hexdigest()[:10]
    directory, lock = _first_free(cache_directory(), f"{use}-{python.version}-{identity}")
    with lock:
        venv = Venv(directory)
        needed = [*requirements, BACKEND, *dependencies()] if install else list(requirements)
        _prepare(venv, python, needed, use in _LENT_PIPS, install)
        if install:
            _install_checkout(venv)
        yield venv


def cache_directory() -> Path:
    """Give the directory that holds the virtual environments, made if need be, private to its user."""
    directory = _cache_location()
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        directory.chmod(0o700)  # fails where it belongs to somebody else
    except OSError as error:
        raise SetupFailed(f"{error}\n{CACHE} can name another directory for the virtual environments") from None
    return directory


def run(words: Sequence[str], statuses: Sequence[int] = (0,), **variables: str) -> None:
    """Run a command in silence, with variables in its environment.

    Raises SetupFailed with all that it said unless it ends with one of statuses.
    """
    done = subprocess.run(
        list(words),
        env={**_environment(), **variables},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    if done.returncode not in statuses:
        said = done.stdout.decode("utf-8", "replace")
        raise SetupFailed(f"{' '.join(words)}\nended with status {done.returncode}:\n{said}")


@contextmanager
def alone_in(directory: Path) -> Iterator[None]:
    """Have directory for this process alone, and wait until it is so."""
    import fcntl  # as below

    lock = _lock(directory.with_name(f"{directory.name}.lock"))
    if lock is None:
        print(f"waiting for another run, which has {directory}", file=sys.stderr, flush=True)
        lock = directory.with_name(f"{directory.name}.lock").open("ab")
        fcntl.flock(lock, fcntl.LOCK_EX)
    with lock:
        yield


def dependencies() -> List[str]:
    """Give what the package depends on, building included, as pyproject.toml has it; 3.8 lacks tomllib to read it."""
    text = (ROOT / "pyproject.toml").read_text("utf-8")
    found = re.findall(r"^(?:dependencies|build) = \[(.*?)\]", text, re.MULTILINE | re.DOTALL)
    return [requirement for listed in found for requirement in re.findall(r'"(.*?)"', listed)]


def source_digest() -> str:
    """Give the hash of all that the installed package is made of."""
    digest = hashlib.sha256()
    sources = (path for path in (ROOT / "src").rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    for path in [ROOT / "pyproject.toml", *sorted(sources)]:
        content = path.read_bytes()
        digest.update(f"{path.relative_to(ROOT)}\n{len(content)}\n".encode())
        digest.update(content)
    return digest.hexdigest()


def _cache_location() -> Path:
    if os.environ.get(CACHE):
        return Path(os.environ[CACHE]).absolute()
    base = os.environ.get("XDG_CACHE_HOME", "")
    if not os.path.isabs(base):  # as the XDG specification has it
        base = os.path.join(_home(), ".cache")
    return Path(base).absolute() / "mainspring-test"


def _home() -> str:
    if os.environ.get("HOME"):
        return os.environ["HOME"]
    import pwd  # as fcntl below

    return pwd.getpwuid(os.getuid()).pw_dir


def _first_free(parent: Path, name: str) -> Tuple[Path, IO[bytes]]:
    number = 1
    while True:
        lock = _lock(parent / f"{name}-{number}.lock")
        if lock is not None:
            return parent / f"{name}-{number}", lock
        number += 1


def _lock(path: Path) -> Optional[IO[bytes]]:
    """Give the locked file, or None where another process (or thread) has it; closing unlocks, and so does dying."""
    import fcntl  # not on every system, and scripts/bench is to say so in its own words

    file = path.open("ab")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.close()
        return None
    return file


@lru_cache(maxsize=None)
def _lender_of_pip() -> Python:
    able = (python for python in reversed(find()) if _succeeds([python.path, "-I", "-m", "ensurepip", "--version"]))
    lender = next(able, None)
    if lender is None:
        raise SetupFailed("no Python of this machine can make a virtual environment with pip in it")
    return lender


def _prepare(venv: Venv, python: Python, requirements: List[str], needs_pip: bool, compiled: bool) -> None:
    record = venv.directory / _RECORD
    wanted = json.dumps([python.path, python.version, requirements])
    if _text(record) == wanted and os.access(venv.python, os.X_OK):
        return
    _make(venv, python, needs_pip)
    venv.install("--upgrade", *([] if compiled else ["--no-compile"]), *requirements)
    if python.minor not in _WITH_START_UP_CODE:
        for path in venv.directory.glob(f"lib/python*/site-packages/{_START_UP_CODE}"):
            path.unlink()
    _write(record, wanted)


def _make(venv: Venv, python: Python, needs_pip: bool) -> None:
    command = [python.path, "-m", "venv", str(venv.directory)]
    shutil.rmtree(str(venv.directory), ignore_errors=True)
    if not needs_pip and python.minor not in _WITH_OWN_PIP:  # to install pip takes most of the time
        return run([*command, "--without-pip"])
    try:
        run(command)
    except SetupFailed:  # Debian splits ensurepip off; that of a coming Python may be broken
        if needs_pip:
            raise
        shutil.rmtree(str(venv.directory), ignore_errors=True)
        run([*command, "--without-pip"])


def _install_checkout(venv: Venv) -> None:
    """Install the checkout as a user would, not editable and compiled, unless this very content is there."""
    record = venv.directory / _INSTALLED
    digest = source_digest()
    if _text(record) == digest:
        return
    _write(record, "")
    venv.install("--no-deps", "--no-build-isolation", "--force-reinstall", str(ROOT))
    _write(record, digest)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError:
        return ""


def _write(path: Path, text: str) -> None:
    beside = path.with_name(path.name + ".new")
    beside.write_text(text, encoding="utf-8")
    beside.replace(path)


def _succeeds(words: Sequence[str]) -> bool:
    quiet = subprocess.DEVNULL
    return subprocess.call(list(words), env=_environment(), stdin=quiet, stdout=quiet, stderr=quiet) == 0


def _environment() -> Dict[str, str]:
    return clean_environment(PIP_DISABLE_PIP_VERSION_CHECK="1", PIP_NO_INPUT="1", PIP_USER="0")
