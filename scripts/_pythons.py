"""The interpreters of this machine, and the environment to start them in.

An interpreter is known by the real path of its binary: links, pyenv's shims and virtual environments all lead to
the one Python behind them.
"""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Dict, Iterable, Iterator, List, NamedTuple, Optional

SUPPORTED = tuple(f"3.{minor}" for minor in range(8, 16))
NAMED_BY = "MAINSPRING_TEST_PYTHONS"

_PROBE = """\
import os, sys
print(sys.implementation.name)
print(sys.version.split()[0])
print(os.path.realpath(getattr(sys, "_base_executable", None) or sys.executable))
"""


class Python(NamedTuple):
    """A CPython: its version as `python --version` has it, and its binary."""

    version: str
    path: str

    @property
    def minor(self) -> str:
        """The version's first two numbers, `3.12`."""
        return ".".join(self.version.split(".")[:2])

    @property
    def order(self) -> List[int]:
        """What sorts versions as numbers."""
        return [int(number) for number in re.findall(r"\d+", self.version)]

    def is_a(self, asked: str) -> bool:
        """Tell whether asked, `3.12` or `3.12.1`, means this one."""
        return asked in (self.version, self.minor)


class NoPython(Exception):
    """An interpreter that was asked for by name is not there or does not run."""


def clean_environment(**more: str) -> Dict[str, str]:
    """Give this process's environment without anything that steers python, and with more."""
    steering = ("PYTHON", "VIRTUAL_ENV", "__PYVENV_LAUNCHER__")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(steering)}
    return {**kept, **more}


def find() -> List[Python]:
    """Give every supported CPython of this machine, oldest first; of equal versions, the first one found.

    Raises NoPython when one that the environment names does not run.
    """
    found: Dict[str, Python] = {}
    for python in (*_named(), *_probed(_in_pyenv()), *_probed(_on_path())):
        if python.minor in SUPPORTED:
            found.setdefault(python.version, python)
    return sorted(found.values(), key=lambda python: python.order)


def probe(path: str) -> Optional[Python]:
    """Ask the interpreter at path what it is; None when it does not run or is no CPython."""
    try:
        answer = subprocess.run(
            [path, "-I", "-S", "-c", _PROBE],
            env=clean_environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=60,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    lines = os.fsdecode(answer.stdout).splitlines()
    if answer.returncode != 0 or len(lines) != 3 or lines[0] != "cpython":
        return None
    return Python(lines[1], lines[2])


def require(path: str) -> Python:
    """Give the CPython at path; raises NoPython when there is none."""
    python = probe(path)
    if python is None:
        raise NoPython(f"{path!r} does not run, or is no CPython")
    return python


def pyenv_roots(environ: Dict[str, str], executable: str, base_prefix: str) -> List[Path]:
    """Give the directories in which pyenv may keep its versions; HOME need not be the one pyenv was installed in."""
    roots = [Path(environ["PYENV_ROOT"])] if environ.get("PYENV_ROOT") else []
    if environ.get("HOME"):
        roots.append(Path(environ["HOME"], ".pyenv"))
    for directory in _path_directories(environ):
        if directory.name == "shims":
            roots.append(directory.parent)
        if (directory / "pyenv").exists():
            roots.append((directory / "pyenv").resolve().parent.parent)
    for place in (Path(base_prefix), Path(os.path.realpath(executable))):
        roots += [parent.parent for parent in place.parents if parent.name == "versions"]
    return list(dict.fromkeys(roots))


def _named() -> Iterator[Python]:
    for path in filter(None, os.environ.get(NAMED_BY, "").split(os.pathsep)):
        try:
            yield require(path)
        except NoPython as error:
            raise NoPython(f"{NAMED_BY}: {error}") from None


def _probed(paths: Iterable[Path]) -> Iterator[Python]:
    for path in paths:
        python = probe(str(path))
        if python is not None:
            yield python


def _in_pyenv() -> Iterator[Path]:
    for root in pyenv_roots(dict(os.environ), sys.executable, sys.base_prefix):
        yield from sorted((root / "versions").glob("3.*/bin/python3"))


def _on_path() -> Iterator[Path]:
    # All of PATH, not only what a shell would start: started through one of pyenv's shims, this process has a
    # version's own directory before the system's. The shims themselves lead to versions that are found anyway.
    names = (*(f"python{version}" for version in SUPPORTED), "python3")
    for directory in _path_directories(dict(os.environ)):
        if directory.name != "shims":
            yield from (directory / name for name in names if os.access(str(directory / name), os.X_OK))


def _path_directories(environ: Dict[str, str]) -> List[Path]:
    return [Path(entry) for entry in environ.get("PATH", os.defpath).split(os.pathsep) if entry]
