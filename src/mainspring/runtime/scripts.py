"""The store's entries for the code of scripts.

An entry is one file that carries all it depends on (the interpreter's build, the script's path and its whole text) and
a checksum over that and the code.
"""

import _imp
import marshal
import os

from . import kinds, loaded, private, source, store

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType
    from typing import Optional

    from .program import Program

HEAD = b"mainspr3"
HASH_KEY = 0x6D737072
LENGTH = 4  # bytes of that of an identity


class Entry:
    """The place in the store for one script's code.

    root: the store. path: the entry's file. identity: all that the code depends on, as bytes.
    """

    __slots__ = ("identity", "path", "root")

    def __init__(self, root: str, identity: bytes) -> None:
        self.root = root
        self.identity = identity
        self.path = os.path.join(root, store.SCRIPTS, _imp.source_hash(HASH_KEY, identity).hex())

    def read(self) -> "Optional[CodeType]":
        """Give the code that is kept here; None when there is none, or none that can be trusted."""
        if not private.is_private(self.root):
            return None
        try:
            body = self._body()
            code = marshal.loads(body) if body else None
        except (ValueError, EOFError, TypeError):
            return None
        if isinstance(code, type(private.is_private.__code__)):
            return code
        return loaded("constant_sets").restored(code) if isinstance(code, tuple) else None

    def _body(self) -> "Optional[bytes]":
        found = private.read_private(self.path)
        if found is None:
            return None
        kept, own = private.unsealed(HEAD, found[0], HASH_KEY), self._own()
        if kept is None or not kept.startswith(own):
            return None
        store.touch(self.path, found[1])
        return kept[len(own) :]

    def content(self, body: bytes) -> bytes:
        """Give what stands in the entry's file with the code in body, marshalled."""
        return private.sealed(HEAD, self._own() + body, HASH_KEY)

    def _own(self) -> bytes:
        return len(self.identity).to_bytes(LENGTH, "little") + self.identity


def entry_for(program: "Program") -> "Optional[Entry]":
    """Give the place for program's code, or None when the store is not to be used for it.

    Only plain scripts under plain options are kept: an option may change how text is compiled.
    """
    text = program.source or b""
    if program.kind != kinds.SCRIPT or not text or source.has_cookie(text):
        return None
    if not store.is_plain():
        return None
    where = private.root()
    if where is None:
        return None
    return Entry(where, private.compiling().encode() + os.fsencode(program.path_name) + b"\0" + text)
