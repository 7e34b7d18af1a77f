"""What is private to the user: where the store is, and files in it that nobody else can have written; to read undisturbed."""

import _imp
import _signal  # type: ignore[import-not-found]
import os
import stat
import sys

# Taken now, as the program may put others in their places.
from os import close, fstat, lstat, read
from os import open as open_file

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, List, Optional, Tuple

# Links are not followed, and pipes that somebody put there do not block.
READING = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
KEY = 0x696D6167  # of the checksums; it is a long of C, which has 32 bits on Windows
CHECKSUM = 8  # bytes of one
LARGEST = 2**23  # bytes of a file that is read at once, unless its reader says otherwise
# What PYTHONHASHSEED says; "" if the hashes of strings are others at every start.
SEED = "" if sys.flags.ignore_environment else os.environ.get("PYTHONHASHSEED", "").replace("random", "")
_SIGNALS = _signal.valid_signals() if hasattr(_signal, "pthread_sigmask") else None  # None on Windows
_settled: "List[Optional[str]]" = []  # the root, when that is settled


def checksum(data: "Any") -> bytes:
    """Give the eight bytes that tell data from what damage makes of it; fast, and no proof against malice."""
    return _imp.source_hash(KEY, data)


def sealed(head: bytes, body: bytes, key: int = KEY) -> bytes:
    """Give body with what stands before it in a file: head, which says what it is, and its checksum."""
    return head + _imp.source_hash(key, body) + body


def unsealed(head: bytes, data: bytes, key: int = KEY) -> "Optional[bytes]":
    """Give the body in data, if that is as `sealed` gave it for head; else None."""
    start = len(head) + CHECKSUM
    body = data[start:]
    return body if data[:start] == head + _imp.source_hash(key, body) else None


def build() -> str:
    """Give what tells this build of the interpreter from all others: marshal and sre are private formats."""
    return f"{sys.version}\0{sys.implementation.cache_tag}\0{sys.byteorder}\0"


def compiling() -> str:
    """Give what code depends on beside its text: the build, and `-O`.

    With a PYTHONHASHSEED, the order of constant sets can be relied on, so code is kept for each seed.
    """
    return f"{build()}{SEED}\0{sys.flags.optimize}\0"


def name_of(*texts: str) -> str:
    """Give a name for files that are for what texts tell alone."""
    return checksum("".join(texts).encode("utf-8", "surrogateescape")).hex()


def held_off(function: "Callable[..., Any]", *arguments: object) -> "Any":
    """Call function while this thread gets no signals; give what it gives. Those that come are delivered afterwards.

    For what is done for the program amid its run. What the program's handlers raise would end that, or be taken for an
    error of it: a TimeoutError is an OSError.
    """
    if _SIGNALS is None:
        return function(*arguments)
    before = _signal.pthread_sigmask(_signal.SIG_BLOCK, ())
    try:  # already here, as a handler is called, and may raise, once they are blocked
        _signal.pthread_sigmask(_signal.SIG_BLOCK, _SIGNALS)
        return function(*arguments)
    finally:
        _signal.pthread_sigmask(_signal.SIG_SETMASK, before)


def read_private(path: str, most: "Optional[int]" = None) -> "Optional[Tuple[bytes, os.stat_result]]":
    """Read a regular file that is this user's, that nobody else can write to, and no link: all, or up to most bytes.

    None when it is not there, not such a file, or, unless most is given, larger than LARGEST; raises nothing.
    """
    try:
        file = open_file(path, READING)
    except (OSError, ValueError):
        return None
    try:
        status = fstat(file)
        if not stat.S_ISREG(status.st_mode) or not is_ours(status):
            return None
        if most is None and status.st_size > LARGEST:
            return None
        size = status.st_size if most is None else min(most, status.st_size)
        data = read(file, size)
        while len(data) < size:  # no system gives more than two gigabytes at once
            more = read(file, size - len(data))
            if not more:
                break
            data += more
        return data, status
    except (OSError, MemoryError):  # damage may make a file seem huge
        return None
    finally:
        close(file)


def is_ours(status: os.stat_result) -> bool:
    """Tell whether what has this status is this user's, and nobody else can write to it."""
    return os.name == "nt" or (status.st_uid == os.geteuid() and not status.st_mode & 0o022)


def is_set(variable: str) -> bool:
    """Tell whether the user has set a variable of the environment that is a switch: to anything but nothing and 0."""
    return os.environ.get(variable, "0") not in ("", "0")


def root() -> "Optional[str]":
    """Give the store's directory, whether it exists or not; None when there is no place for one.

    Once a program runs, it is where it was (`settle`), whatever the program does to its environment.
    """
    return _settled[0] if _settled else _root()


def settle() -> None:
    """Keep the store where it is from now on."""
    _settled[:] = [_root()]


def _root() -> "Optional[str]":
    explicit = os.environ.get("MAINSPRING_CACHE_DIR")
    if explicit:
        try:
            return os.path.abspath(explicit)
        except OSError:  # the current directory is gone
            return None
    base = _user_cache()
    return os.path.join(base, "mainspring") if base is not None and os.path.isabs(base) else None


def is_private(directory: str) -> bool:
    """Tell whether directory exists, is this user's, and nobody else can write to it."""
    try:
        status = lstat(directory)
    except OSError:
        return False
    return stat.S_ISDIR(status.st_mode) and is_ours(status)


def _user_cache() -> "Optional[str]":
    if os.name == "nt":
        return os.environ.get("LOCALAPPDATA")
    home = os.environ.get("HOME")
    if sys.platform == "darwin":
        return home and os.path.join(home, "Library", "Caches")
    given = os.environ.get("XDG_CACHE_HOME", "")
    if os.path.isabs(given):  # the specification: a relative one is to be ignored
        return given
    return home and os.path.join(home, ".cache")
