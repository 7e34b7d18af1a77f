"""PEXes that are directories, as a later start finds them: by the status of what is in them.

Of a packed one all files count, as it is laid out in the store. A loose one runs where it is: its modules are compared
one by one when they are imported, and here what its layout was read from.
"""

import os
import stat

from . import files, private, store

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Iterator, List, Optional, Tuple

    from .layouts import Layout

    Seen = List[List[Any]]  # paths, and the fingerprint of each, None for what is not there

PEX_INFO = "PEX-INFO"
BOOTSTRAP = ".bootstrap"
_CACHE = "__pycache__"


def is_packed(place: str) -> bool:
    """Tell whether the PEX in the directory place is a packed one."""
    return os.path.isfile(os.path.join(place, BOOTSTRAP))


def bundle_at(directory: str) -> "Optional[store.Bundle]":
    """Give the entry of the PEX that is the directory, if it is known, as it is now. Raises nothing."""
    root = private.root()
    if root is None or not private.is_private(root):
        return None
    try:
        return store.recorded(root, identity(os.path.abspath(directory)))
    except (OSError, ValueError):
        return None


def identity(place: str) -> "Any":
    """Give what tells the PEX in the directory place from others, and from what it was; its last part is a time.

    Raises OSError.
    """
    if not is_packed(place):
        info = os.path.join(place, PEX_INFO)
        return (place, *store.fingerprint_of(info, os.stat(info)))
    found = sorted((path, *store.fingerprint_of(path, status)) for path, status in files_in(place))
    return place, private.checksum(repr(found).encode("utf-8", "surrogateescape")).hex(), max(one[-1] for one in found)


def files_in(place: str) -> "Iterator[Tuple[str, os.stat_result]]":
    """Give the paths of all below the directory place that is no directory, and the status of each; links are followed.

    Bytecode that python keeps does not count, nor does what links to directories lead to; of a link that leads nowhere, it
    is its own status. Raises OSError.
    """
    left = [place]
    while left:
        with os.scandir(left.pop()) as items:
            for item in items:
                status = _status(item)
                if not stat.S_ISDIR(status.st_mode):
                    yield item.path, status
                elif item.name != _CACHE and not item.is_symlink():
                    left.append(item.path)


def _status(item: "os.DirEntry[str]") -> os.stat_result:
    try:
        return item.stat()
    except FileNotFoundError:
        return item.stat(follow_symlinks=False)


def opened(bundle: store.Bundle, layout: "Layout") -> "Optional[files.Placed]":
    """Give the entry of a loose PEX, if all that its layout was read from is as it was. Raises nothing."""
    seen: "Seen" = layout["seen_files"]
    return (
        files.Placed(bundle, layout["place"]) if all(store.fingerprint_at(path) == was for path, was in seen) else None
    )
