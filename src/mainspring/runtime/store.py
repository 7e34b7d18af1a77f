"""The store, as a start reads it: the code of scripts that were compiled before.

A cache may be slow; it is never an error, and never wrong. An entry is one file that carries all it depends on
(the interpreter's build, the script's path and its whole text) and a checksum over that and the code, so whatever
was lost, cut or altered is a miss. A root that somebody else owns or can write to is not used. Nothing is
locked, and nothing here writes: that is `store_writer`, on the floor above.
"""

import os
import stat
import sys
import time

import _imp
import marshal

from . import classify, source

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType
    from typing import Optional

    from .program import Program

SCRIPTS = "scripts-1"  # the name of the folder; another number for another format
HEAD = b"mainspr1"
_HASH_KEY = 0x6D61696E737072
_CHECKSUM = 8
_LENGTH = 4
_DAY = 86400


class Entry:
    """The place in the store for one script's code.

    root: the store. path: the entry's file. identity: all that the code depends on, as bytes.
    """

    __slots__ = ("identity", "path", "root")

    def __init__(self, root: str, identity: bytes) -> None:
        self.root = root
        self.identity = identity
        self.path = os.path.join(root, SCRIPTS, _imp.source_hash(_HASH_KEY, identity).hex())

    def read(self) -> "Optional[CodeType]":
        """Give the code that is kept here; None when there is none, or none that can be trusted."""
        if not is_private(self.root):
            return None
        try:
            body = self._body()
            code = marshal.loads(body) if body else None
        except (OSError, ValueError, EOFError, TypeError):
            return None
        return code if isinstance(code, type(is_private.__code__)) else None

    def _body(self) -> "Optional[bytes]":
        file = os.open(self.path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0))
        try:
            status = os.fstat(file)
            data = os.read(file, status.st_size) if stat.S_ISREG(status.st_mode) else b""
        finally:
            os.close(file)
        start = len(HEAD) + _CHECKSUM + _LENGTH + len(self.identity)
        if data[:start] != self.head(data[start:]):
            return None
        if abs(time.time() - status.st_mtime) > _DAY:
            os.utime(self.path)  # the day of its last use, for pruning
        return data[start:]

    def head(self, body: bytes) -> bytes:
        """Give what stands before body in the entry's file: the format, a checksum, and the identity."""
        rest = len(self.identity).to_bytes(_LENGTH, "little") + self.identity
        return HEAD + _imp.source_hash(_HASH_KEY, rest + body) + rest


def entry_for(program: "Program") -> "Optional[Entry]":
    """Give the place for program's code, or None when the store is not to be used for it.

    Only plain scripts under plain options are kept: an option may change how text is compiled.
    """
    text = program.source or b""
    if program.kind != classify.SCRIPT or not text or source.has_cookie(text):
        return None
    if sys.flags.optimize or sys._xoptions or "PYTHONNODEBUGRANGES" in os.environ:
        return None
    where = root()
    if where is None:
        return None
    build = f"{sys.version}\0{sys.implementation.cache_tag}\0{sys.byteorder}\0"
    return Entry(where, build.encode() + os.fsencode(program.path_name) + b"\0" + text)


def root() -> "Optional[str]":
    """Give the store's directory, whether it exists or not; None when there is no place for one."""
    explicit = os.environ.get("MAINSPRING_CACHE_DIR")
    if explicit:
        return os.path.abspath(explicit)
    base = _user_cache()
    return os.path.join(base, "mainspring") if base is not None and os.path.isabs(base) else None


def is_private(directory: str) -> bool:
    """Tell whether directory exists, is this user's, and nobody else can write to it."""
    try:
        status = os.lstat(directory)
    except OSError:
        return False
    if not stat.S_ISDIR(status.st_mode):
        return False
    return os.name == "nt" or (status.st_uid == os.geteuid() and not status.st_mode & 0o022)


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
