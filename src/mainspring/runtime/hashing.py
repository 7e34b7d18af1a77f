"""What is known by its content, as on Windows: there, a status can stay as it was though the file is another.

So files are read and hashed at every start; but what the store knows need not be checked, or planned, again.
"""

import os
import stat

from . import private, store

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Iterable, Iterator, Optional

_CHUNK = 2**20


def bundle_at(path_name: str) -> "Optional[store.Bundle]":
    """Give the entry of the bundle, or the script, at path_name, if that file is known, and has the content by which it is.

    A bundle's is its entry's key. That of a script says what it needs, too, so the content is in the name of its record.
    Raises nothing.
    """
    where = private.root()
    if where is None or not private.is_private(where):
        return None
    try:
        if not stat.S_ISREG(os.stat(path_name).st_mode):  # a pipe can be opened once
            return None
        file = os.open(path_name, private.READING)
    except (OSError, ValueError):
        return None
    try:
        status = os.fstat(file)
        content = _hash_of(_pieces(file))
        found = store.recorded(where, store.identity_of(status))
        if found is not None and found.key == content:
            return found
        return store.recorded(where, _fingerprint(status, content))
    except OSError:
        return None
    finally:
        os.close(file)


def fingerprint_of(path_name: str, status: os.stat_result) -> "store.Fingerprint":
    """Give what tells what is at path_name, with status, from others, and from what it was: by its content, too.

    That of a directory is what is listed there. Its last part is a time.
    """
    return _fingerprint(status, _content_of(path_name, status.st_mode))


def _fingerprint(status: os.stat_result, content: str) -> "store.Fingerprint":
    return status.st_dev, status.st_ino, status.st_size, content, status.st_mtime_ns


def _content_of(path_name: str, mode: int) -> str:
    """Give the hash of what is in the file, or listed in the directory, at path_name; "" for what has no content to be read."""
    try:
        if stat.S_ISDIR(mode):
            return _hash_of([repr(sorted(os.listdir(path_name))).encode("utf-8", "surrogatepass")])
        file = os.open(path_name, private.READING) if stat.S_ISREG(mode) else None
    except OSError:
        return ""
    if file is None:
        return ""
    try:
        return _hash_of(_pieces(file))
    except OSError:
        return ""
    finally:
        os.close(file)


def _pieces(file: int) -> "Iterator[bytes]":
    """Give what is in file, from its beginning. Raises OSError."""
    data = os.read(file, _CHUNK)
    while data:
        yield data
        data = os.read(file, _CHUNK)


def _hash_of(pieces: "Iterable[bytes]") -> str:
    """Give the hash by which a content of pieces is called."""
    from _blake2 import blake2b  # not elsewhere: it is known by its status

    digest = blake2b(digest_size=store.KEY)
    for piece in pieces:
        digest.update(piece)
    return digest.hexdigest()
