"""Archives that are known by their content, as on Windows: there, a status can stay as it was though the file is another.

So the file is read and hashed at every start; but what the store knows need not be checked again.
"""

import os
import stat

from . import private, store

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Optional

_CHUNK = 2**20


def bundle_at(path_name: str) -> "Optional[store.Bundle]":
    """Give the entry of the bundle at path_name, if that file is known, and has the content by which it is. Raises nothing."""
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
        found = store.recorded(where, store.identity_of(os.fstat(file)))
        return found if found is not None and found.key == _hash_of(file) else None
    except OSError:
        return None
    finally:
        os.close(file)


def _hash_of(file: int) -> str:
    """Give the hash by which the content of file is called. Raises OSError."""
    from _blake2 import blake2b  # not elsewhere: it is known by its status

    digest = blake2b(digest_size=store.KEY)
    data = os.read(file, _CHUNK)
    while data:
        digest.update(data)
        data = os.read(file, _CHUNK)
    return digest.hexdigest()
