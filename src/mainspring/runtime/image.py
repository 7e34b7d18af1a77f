"""Images: one file of ready code objects with an index, from which modules are imported without looking for them.

The file: HEAD, the checksum of the index, its length, the index (marshalled), then the blobs. A blob is a marshalled
code object, and its place in the index tells where it lies and what its checksum is. So the file may be cut or
altered anywhere: what does not fit its checksum is not there.

Code that is wanted together lies together, in one blob with a list of it: what the modules have in common, names above
all, is read once then.
"""

import os
from marshal import loads

# Taken now, as the program may put others in their places.
from os import close, lseek, read
from os import open as open_file

from .private import CHECKSUM, READING, checksum, held_off, read_private

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Dict, List, Optional, Tuple, Union

    Blob = Tuple[int, int, bytes]  # where in the blobs, how long, its checksum
    Place = Union[Blob, Tuple[Blob, int]]  # the latter in a list, and where there

HEAD = b"mainspia"
LARGEST = 2**27  # bytes of an image
OF = "of"  # in the index, whose it is: what an image is called (`label_of`), what a manifest is for; no module is called so
LENGTH = 4  # bytes of that of the index
START = len(HEAD) + CHECKSUM + LENGTH  # of the index
_WINDOW = 0x10000  # how much is read at once: the blobs lie in the order in which they are wanted


class Image:
    """An image that was opened: its index is whole, its blobs are checked one by one when they are wanted.

    path: the file. index: what the writer put there, a dict. status: the file's, when it was opened.
    is_damaged: whether a blob was wanted and was not there, so that the image is to be made anew.
    alone: the blobs that were loaded by themselves.
    """

    __slots__ = ("_blobs", "_lists", "_window", "alone", "index", "is_damaged", "path", "status")

    def __init__(
        self, path: str, index: "Dict[str, Any]", blobs: int, rest: memoryview, status: os.stat_result
    ) -> None:
        self.path = path
        self.index = index
        self.status = status
        self.is_damaged = False
        self.alone: "List[Blob]" = []
        self._blobs = blobs  # where they begin in the file
        self._lists: "Dict[Blob, List[Any]]" = {}  # without what was taken from them
        # What was read last, and where in the blobs that begins.
        self._window = 0, rest

    def let_go(self) -> None:
        """Forget what was read last: nothing more will be wanted soon."""
        self._window = 0, memoryview(b"")

    def again(self) -> "Image":
        """Give the same image with a window of its own, for who reads another part of it meanwhile."""
        other = Image(self.path, self.index, self._blobs, memoryview(b""), self.status)
        other._window = self._window  # which may be all of it
        return other

    def hold(self, *others: "Optional[Image]") -> None:
        """Read all of it, for others that `again` gave as well: its file is about to be replaced, and more may be wanted."""
        everything = 0, memoryview(_read(self.path, self._blobs, self.status.st_size))
        for one in (self, *others):
            if one is not None:
                one._window = everything

    def blob(self, place: "Blob") -> "Optional[bytes]":
        """Give the blob at place; None when it cannot be read or is not what was written."""
        found: "Optional[bytes]" = self._with_blob(place, bytes)
        return found

    def load(self, place: "Place") -> "Any":
        """Give the object that was marshalled into the image at place, made anew each time; None when it is not there."""
        if len(place) == 2:  # of a list
            return self._part(*place)
        self.alone.append(place)
        return self._with_blob(place, loads)

    def table(self, name: str) -> "Any":
        """Give the object that the index has under name by its place; None when it has none, or that is not there."""
        place: "Optional[Blob]" = self.index.get(name)
        return None if place is None else self._with_blob(place, loads)

    def _part(self, blob: "Blob", number: int) -> "Any":
        parts = self._lists.get(blob)
        if parts is None or parts[number] is None:
            parts = self._with_blob(blob, loads)
            if parts is None:
                return None
            self._lists[blob] = parts
        part, parts[number] = parts[number], None
        return part

    def _with_blob(self, place: "Blob", use: "Callable[[Any], Any]") -> "Any":
        start, length, expected = place
        found = self._part_of_window(start, length)
        if len(found) != length or checksum(found) != expected:
            self.is_damaged = True
            return None
        return use(found)

    def _part_of_window(self, start: int, length: int) -> "Union[bytes, memoryview]":
        """Give length bytes from start on in the blobs, or fewer, of what was read last or is read now."""
        first, read = self._window
        if start < first or start + length > first + len(read):
            if length > _WINDOW:  # nothing else would be in what is kept
                return held_off(_read, self.path, self._blobs + start, length)  # type: ignore[no-any-return]
            first, read = start, memoryview(held_off(_read, self.path, self._blobs + start, _WINDOW))
            self._window = first, read
        return read[start - first : start - first + length]


def _read(path: str, start: int, length: int) -> bytes:
    """Give what is in the file at path from start on, up to length bytes; nothing if it cannot be read."""
    # Opened anew each time: a descriptor kept open would be seen by the program, and perhaps closed by it.
    try:
        file = open_file(path, READING)
        try:
            lseek(file, start, os.SEEK_SET)
            return read(file, length)
        finally:
            close(file)
    except Exception:  # noqa: BLE001  an audit hook of the program's may raise anything
        return b""


def open_image(path: str, first: int = _WINDOW) -> "Optional[Image]":
    """Open the image at path; None when there is none that is whole, private and of this format.

    first: how many bytes to read at once, the index and what follows it.
    """
    found = read_private(path, first)
    if found is None:
        return None
    data, status = found
    blobs = START + int.from_bytes(data[START - LENGTH : START], "little")
    if data[: len(HEAD)] != HEAD or blobs > min(status.st_size, LARGEST):
        return None
    if blobs > len(data):
        found = read_private(path, blobs)
        data = found[0] if found is not None else b""
    index = data[START:blobs]
    if checksum(index) != data[len(HEAD) : len(HEAD) + CHECKSUM]:
        return None
    return Image(path, loads(index), blobs, memoryview(data)[blobs:], status)


def open_own(path: str, first: int = _WINDOW) -> "Optional[Image]":
    """Open the image at path as `open_image` does; None, too, for another one that was put in its place."""
    found = open_image(path, first)
    return found if found is not None and found.index.get(OF) == label_of(path) else None


def label_of(path: str) -> str:
    """Give what the image at path says of itself: whose it is."""
    return os.sep.join(path.rsplit(os.sep, 2)[1:])


def head(index: bytes) -> bytes:
    """Give what stands before the blobs in an image with this index, marshalled: everything that is not a blob."""
    return HEAD + checksum(index) + len(index).to_bytes(LENGTH, "little") + index
