"""What the tests share: processes in a clean environment, and targets made from a small dict."""

import os
import shutil
import struct
import subprocess
import sys
import time
import zipfile
from pathlib import Path
from typing import Any, Callable, Dict, List, Mapping, NamedTuple, Optional, Sequence, Union

import pytest

ROOT = Path(__file__).resolve().parent.parent
SOURCES = ROOT / "src" / "mainspring"
FIXTURES = ROOT / "fixtures"

PYTHON = [sys.executable]
MAINSPRING = [sys.executable, "-m", "mainspring"]

Files = Dict[str, Union[str, bytes]]


class Ended(NamedTuple):
    """How a process ended: its status (negative for a signal) and what it wrote."""

    status: int
    out: str
    err: str


def clean_environment() -> Dict[str, str]:
    """Give an environment without anything that steers python or mainspring, and with the test's own home."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PYTHON", "MAINSPRING", "PIP_", "VIRTUAL_ENV", "COVERAGE", "PYTEST", "XDG_"))
    }
    home = os.environ["HOME"]
    kept.update(
        HOME=home, USERPROFILE=home, LOCALAPPDATA=home, LC_ALL="C.UTF-8", NO_COLOR="1", TERM="dumb", COLUMNS="80"
    )
    return kept


def store_at_home() -> Path:
    """Give where the store of the test's own home is, if nothing names another place for it."""
    places = {"darwin": "Library/Caches", "win32": ""}
    return Path.home() / places.get(sys.platform, ".cache") / "mainspring"


def run(
    words: Sequence[str],
    cwd: Path,
    stdin: Union[str, bytes, None] = b"",
    env: Optional[Dict[str, str]] = None,
    timeout: float = 60,
) -> Ended:
    """Run a command in cwd, with the clean environment and the variables of env on top of it."""
    data = stdin.encode() if isinstance(stdin, str) else stdin
    done = subprocess.run(
        list(words),
        cwd=str(cwd),
        input=data,
        env={**clean_environment(), **(env or {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        timeout=timeout,
    )
    decode = lambda raw: raw.decode("utf-8", "backslashreplace").replace(os.linesep, "\n")  # noqa: E731
    return Ended(done.returncode, decode(done.stdout), decode(done.stderr))


def on_terminal(words: List[str], cwd: Path, term: str = "xterm-256color", env: Optional[Dict[str, str]] = None) -> str:
    """Give what a command writes to a terminal of 100 columns."""
    import fcntl
    import pty
    import termios

    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("4H", 40, 100, 0, 0))
    kept = {name: value for name, value in clean_environment().items() if name not in ("COLUMNS", "NO_COLOR")}
    process = subprocess.Popen(
        words, cwd=str(cwd), stdin=theirs, stdout=theirs, stderr=theirs, env={**kept, "TERM": term, **(env or {})}
    )
    os.close(theirs)
    written = b""
    while True:
        try:
            piece = os.read(ours, 2**16)
        except OSError:  # Linux's way to say that it is closed
            break
        if not piece:
            break
        written += piece
    os.close(ours)
    process.wait()
    return written.decode()


def powerless() -> List[str]:
    """Give words before a command that take root's power over files away from it."""
    if os.geteuid():
        return []
    setpriv = ["setpriv", "--bounding-set=-all", "--inh-caps=-all"]
    if not shutil.which("setpriv") or subprocess.run([*setpriv, "true"]).returncode:
        pytest.skip("nothing takes power from root here")
    return setpriv


def write_tree(directory: Path, files: Mapping[str, Any]) -> Path:
    """Write files, a dict of relative names and contents, below directory; give directory.

    What is neither text nor bytes makes itself (`cases.makers`).
    """
    for name, content in files.items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if hasattr(content, "make"):
            content.make(path)
        else:
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return directory


def until(happened: Callable[[], bool], seconds: float = 120) -> None:
    """Wait until that has happened; fail if it does not within so many seconds."""
    end = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < end, "that should have happened by now"
        time.sleep(0.05)


def until_settled() -> None:
    """Wait until a change of what was written just now would show in its time (`clocks`): only then is it remembered."""
    time.sleep(0.1)


def images(store: Path) -> List[int]:
    """Give what tells the images in a store from others: one that was written anew is another."""
    return sorted(path.stat().st_ino for path in store.glob("bundles-*/*/*.image"))


def write_zip(path: Path, files: Files, prefix: bytes = b"", deflated: bool = True, comment: bytes = b"") -> Path:
    """Write a zip archive with files as its members; give path."""
    method = zipfile.ZIP_DEFLATED if deflated else zipfile.ZIP_STORED
    if prefix:
        path.write_bytes(prefix)
    with zipfile.ZipFile(str(path), "a", method) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
        archive.comment = comment
    return path
