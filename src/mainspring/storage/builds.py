"""What the store keeps of builds: sealed files, each at a name that comes from all that it depends on.

Without a store, nothing is found and nothing is kept. Damage counts as missing.
"""

import hashlib
import os
import sys
from typing import Any, BinaryIO, Iterable, Optional

from ..runtime import private, store
from . import contents, trees, writer

HEAD = b"mainspb1"
DIGEST = 20  # bytes
_PIECE = 2**20  # bytes


class Kept:
    """The part of the store that is for builds.

    root: the store, or None for none.
    """

    def __init__(self, use_store: bool = True) -> None:
        root = private.root() if use_store else None
        self.root: Optional[str] = root

    def place(self, kind: str, depends_on: str) -> Optional[str]:
        """Give the path for a thing of that kind; depends_on: all that it depends on, as text."""
        if self.root is None:
            return None
        name = f"{kind}\0{depends_on}".encode("utf-8", "surrogateescape")
        return os.path.join(self.root, contents.BUILDS, hashlib.blake2b(name, digest_size=DIGEST).hexdigest())

    def get(self, kind: str, depends_on: str) -> Optional[memoryview]:
        """Give what was put there; None if there is nothing that is whole, or no store that may be used."""
        path = self.place(kind, depends_on)
        if path is None or not private.is_private(str(self.root)):
            return None
        found = private.read_private(path, sys.maxsize)  # a bundle may be of any size
        body = unsealed(found[0]) if found is not None else None
        if found is not None and body is not None:
            store.touch(path, found[1])
        return body

    def put(self, kind: str, depends_on: str, *parts: Any) -> None:
        """Keep parts, which are bytes, as what `get` gives for the same kind and depends_on. Raises nothing."""
        path = self.place(kind, depends_on)
        if path is not None:
            writer.put_file(str(self.root), path, HEAD, _digest(parts), *parts)

    def forget(self, kind: str, depends_on: str) -> None:
        """Remove what was put there, as it turned out to be wrong. Raises nothing."""
        path = self.place(kind, depends_on)
        if path is not None:
            trees.remove(path)


def unsealed(data: bytes) -> Optional[memoryview]:
    """Give the body of the file that holds data; None if it is damaged."""
    start = len(HEAD) + DIGEST
    body = memoryview(data)[start:]
    return body if data[:start] == HEAD + _digest([body]) else None


def is_whole(file: BinaryIO) -> bool:
    """Tell whether the open file is as `put` wrote it. It is read bit by bit: one that has grown may be of any size."""
    start = file.read(len(HEAD) + DIGEST)
    return start == HEAD + _digest(iter(lambda: file.read(_PIECE), b""))


def _digest(parts: Iterable[Any]) -> bytes:
    digest = hashlib.blake2b(digest_size=DIGEST)
    for part in parts:
        digest.update(part)
    return digest.digest()
