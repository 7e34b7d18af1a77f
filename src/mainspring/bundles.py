"""Bundles that the store does not know yet: checked, hashed, and given an entry."""

import os

from _blake2 import blake2b

from . import store_writer
from .runtime import store
from .runtime.warm import Warm

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Optional

    from .runtime.program import Program


def enter(located: "Program") -> "Optional[Warm]":
    """Give located, an archive, the store's help from its first start on; None where that cannot be.

    The store gets a record of where the file's content is kept, and the image when the program ends.
    """
    root = store.root()
    if root is None:
        return None
    with open(located.path_name, "rb") as file:
        identity = store.identity_of(os.fstat(file.fileno()))
        content = file.read()
    entry = store.Bundle(root, blake2b(content, digest_size=20).hexdigest(), identity, os.path.abspath(located.path_name))
    store_writer.put_record(entry)
    return Warm(entry, store.open_image(entry), located)
