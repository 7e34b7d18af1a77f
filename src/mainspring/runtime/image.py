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
    from typing import Any, Dict, Optional, Tuple

    Place = Tuple[int, int, bytes]  # where in the blobs, how long, its checksum

HEAD = b"mainspi2"
_LENGTH = 4
_START = len(HEAD) + CHECKSUM + _LENGTH
_WINDOW = 0xC000  # how much is read at once: the blobs lie in the order in which they are wanted


class Image:
    """An image that was opened: its index is whole, its blobs are checked one by one when they are wanted.

    path: the file. index: what the writer put there, a dict. status: the file's, when it was opened.
    is_damaged: whether a blob was wanted and was not there, so that the image is to be made anew.
    """

    __slots__ = ("_blobs", "_window", "index", "is_damaged", "path", "status")

    def __init__(self, path: str, index: "Dict[str, Any]", blobs: int, rest: bytes, status: os.stat_result) -> None:
        self.path = path
        self.index = index
        self.status = status
        self.is_damaged = False
        self._blobs = blobs  # where they begin in the file
        self._window = 0, memoryview(rest)  # where it begins in the blobs; replaced at once, for there may be threads

    def blob(self, place: "Place") -> "Optional[memoryview]":
        """Give the blob at place; None when it cannot be read or is not what was written."""
        start, length, expected = place
        first, window = self._window
        if start < first or start + length > first + len(window):
            first, window = self._window = self._moved(start, length)
        found = window[start - first : start - first + length]
        if len(found) == length and checksum(found) == expected:
            return found
        self.is_damaged = True
        return None

    def load(self, place: "Place") -> "Any":
        """Give the object that was marshalled into the blob at place; None when it is not there."""
        blob = self.blob(place)
        return None if blob is None else marshal.loads(blob)

    def _moved(self, start: int, length: int) -> "Tuple[int, memoryview]":
        # Opened anew each time: a descriptor kept open would be seen by the program, and perhaps closed by it.
        try:
            file = os.open(self.path, READING)
            try:
                os.lseek(file, self._blobs + start, os.SEEK_SET)
                return start, memoryview(os.read(file, max(length, _WINDOW)))
            finally:
                os.close(file)
        except OSError:
            return start, memoryview(b"")


def open_image(path: str) -> "Optional[Image]":
    """Open the image at path; None when there is none that is whole, private and of this format."""
    found = read_private(path, _WINDOW)
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
    return Image(path, marshal.loads(index), blobs, data[blobs:], status)


def head(index: bytes) -> bytes:
    """Give what stands before the blobs in an image with this index, marshalled: everything that is not a blob."""
    return HEAD + checksum(index) + len(index).to_bytes(_LENGTH, "little") + index
