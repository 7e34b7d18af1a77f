"""Images: one file of ready code objects with an index, from which modules are imported without looking for them.

The file: HEAD, the checksum of the index, its length, the index (marshalled), then the blobs. A blob is a marshalled
code object, and its place in the index tells where it lies and what its checksum is. So the file may be cut or
altered anywhere: what does not fit its checksum is not there.
"""

import os

import marshal

from .private import CHECKSUM, READING, checksum, read_private

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Dict, List, Optional, Tuple

    Place = Tuple[int, int, bytes]  # where in the blobs, how long, its checksum

HEAD = b"mainspi5"
_LENGTH = 4
_START = len(HEAD) + CHECKSUM + _LENGTH
_WINDOW = 0x10000  # how much is read at once: the blobs lie in the order in which they are wanted
_HAS_PREADV = hasattr(os, "preadv")  # not on Windows


class Image:
    """An image that was opened: its index is whole, its blobs are checked one by one when they are wanted.

    path: the file. index: what the writer put there, a dict. status: the file's, when it was opened.
    is_damaged: whether a blob was wanted and was not there, so that the image is to be made anew.
    """

    __slots__ = ("_blobs", "_windows", "index", "is_damaged", "path", "status")

    def __init__(
        self, path: str, index: "Dict[str, Any]", blobs: int, rest: memoryview, status: os.stat_result
    ) -> None:
        self.path = path
        self.index = index
        self.status = status
        self.is_damaged = False
        self._blobs = blobs  # where they begin in the file
        # What was read last, for whoever takes it off: threads do not share one.
        self._windows: "List[_Window]" = [_Window(0, rest)]

    def let_go(self) -> None:
        """Forget what was read last: nothing more will be wanted soon."""
        self._windows.clear()

    def again(self) -> "Image":
        """Give the same image for who reads in another part of it at the same time."""
        return Image(self.path, self.index, self._blobs, memoryview(b""), self.status)

    def blob(self, place: "Place") -> "Optional[bytes]":
        """Give the blob at place; None when it cannot be read or is not what was written."""
        found: "Optional[bytes]" = self._with_blob(place, bytes)
        return found

    def load(self, place: "Place") -> "Any":
        """Give the object that was marshalled into the blob at place; None when it is not there."""
        return self._with_blob(place, marshal.loads)

    def table(self, name: str) -> "Any":
        """Give the object that the index has under name by its place; None when it has none, or that is not there."""
        place: "Optional[Place]" = self.index[name]
        return None if place is None else self.load(place)

    def _with_blob(self, place: "Place", use: "Callable[[Any], Any]") -> "Any":
        window = self._windows.pop() if self._windows else _Window(0, memoryview(b""))
        found = window.part(*place[:2]) or window.moved(self.path, self._blobs, *place[:2])
        if len(found) != place[1] or checksum(found) != place[2]:
            self.is_damaged = True
            return None
        result = use(found)
        self._windows[:] = [window]
        return result


class _Window:
    """What of an image's blobs is in memory, which is used again when the window moves on."""

    __slots__ = ("_buffer", "_first", "_size")

    def __init__(self, first: int, read: memoryview) -> None:
        self._first = first  # where it begins in the blobs
        self._size = len(read)
        self._buffer = read

    def part(self, start: int, length: int) -> "Optional[memoryview]":
        """Give the blobs' bytes from start on; None unless all of them are here."""
        if start < self._first or start + length > self._first + self._size:
            return None
        return self._buffer[start - self._first : start - self._first + length]

    def moved(self, path: str, blobs: int, start: int, length: int) -> memoryview:
        """Read on from start in the blobs, which begin at blobs in the file at path; give length bytes of that, or fewer."""
        if self._buffer.readonly or len(self._buffer) < length:
            self._buffer = memoryview(bytearray(max(length, _WINDOW)))
        self._first, self._size = start, 0
        # Opened anew each time: a descriptor kept open would be seen by the program, and perhaps closed by it.
        try:
            file = os.open(path, READING)
            try:
                self._size = _read_into(file, self._buffer, blobs + start)
            finally:
                os.close(file)
        except OSError:
            pass  # nothing is here then
        return self._buffer[: min(length, self._size)]


def _read_into(file: int, buffer: memoryview, start: int) -> int:
    if _HAS_PREADV:
        return os.preadv(file, [buffer], start)
    os.lseek(file, start, os.SEEK_SET)
    data = os.read(file, len(buffer))
    buffer[: len(data)] = data
    return len(data)


def open_image(path: str, first: int = _WINDOW) -> "Optional[Image]":
    """Open the image at path; None when there is none that is whole, private and of this format.

    first: how many bytes to read at once, the index and what follows it.
    """
    found = read_private(path, first)
    if found is None:
        return None
    data, status = found
    blobs = _START + int.from_bytes(data[_START - _LENGTH : _START], "little")
    if data[: len(HEAD)] != HEAD or blobs > status.st_size:
        return None
    if blobs > len(data):
        found = read_private(path, blobs)
        data = found[0] if found is not None else b""
    index = data[_START:blobs]
    if checksum(index) != data[len(HEAD) : len(HEAD) + CHECKSUM]:
        return None
    return Image(path, marshal.loads(index), blobs, memoryview(data)[blobs:], status)


def head(index: bytes) -> bytes:
    """Give what stands before the blobs in an image with this index, marshalled: everything that is not a blob."""
    return HEAD + checksum(index) + len(index).to_bytes(_LENGTH, "little") + index
