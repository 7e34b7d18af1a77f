"""Projects, as a later start finds them: the plan of the first one, and the layer with what they depend on."""

import os

import marshal

from . import private, store

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import List, Optional, Tuple

    About = Tuple[str, List[str], bool]  # the Python's version; what is installed; whether there are .pth files

ABOUT_HEAD = b"mainspl1"
SUMS_HEAD = b"mainspc1"


class Layer(store.Bundle):
    """The entry of a layer: what was installed together for one build of the interpreter (`projects.layers`)."""

    __slots__ = ()

    def __init__(self, root: str, key: str) -> None:
        super().__init__(root, key, (0, 0, 0, 0, 0), "")
        self.path = os.path.join(root, store.LAYERS, key)

    def about_path(self) -> str:
        """Give the path of the file that says what is in the layer; its time is that of the layer's last use."""
        return os.path.join(self.path, "about")

    def sums_path(self) -> str:
        """Give the path of the file with the CRC-32 of each of its files."""
        return os.path.join(self.path, "sums")

    def about(self) -> "Optional[About]":
        """Give what is in the layer; None if that cannot be told. It counts as used now. Raises nothing."""
        found = private.read_private(self.about_path())
        body = private.unsealed(ABOUT_HEAD, found[0]) if found is not None else None
        if found is None or body is None:
            return None
        store.touch(self.about_path(), found[1])
        about: "About" = marshal.loads(body)
        return about
