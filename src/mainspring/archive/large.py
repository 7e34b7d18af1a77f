"""The content of a file that is too large for memory, read as it is needed.

It is not mapped: when a mapped file is cut in its place, whoever reads what is gone ends by a signal (mmap(2), SIGBUS).
"""

import os
from threading import Lock

from ..runtime import Refusal
from .fault import DAMAGED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import BinaryIO, Optional

_WINDOW = 2**17  # bytes read at a time, at least: directories and small members are asked for bit by bit
_SEARCHED = 2**20  # bytes searched at a time


class Large:
    """What a file holds, as far as it is asked for as of bytes: slices, a length, and searches.

    typed is what the user called the file, which has that size, and may be closed by who opened it. Everything raises
    OSError if it cannot be read, and Refusal if it has become shorter since. Several threads may ask at once.
    """

    __slots__ = ("_descriptor", "_lock", "_size", "_typed", "_window")

    def __init__(self, typed: str, file: "BinaryIO", size: int) -> None:
        self._typed = typed
        self._size = size
        self._window = (0, b"")  # where it begins, and what is there; replaced as one, for other threads
        self._lock = Lock()
        self._descriptor = os.dup(file.fileno())

    def __del__(self) -> None:
        try:
            os.close(self._descriptor)
        except AttributeError:  # there was none to be had
            pass

    def __len__(self) -> int:
        return self._size

    def __getitem__(self, part: slice) -> bytes:
        start, stop, _ = part.indices(self._size)
        if stop - start >= _WINDOW:
            return self._read(start, stop)
        at, window = self._window
        if start < at or stop > at + len(window):
            at, window = self._window = start, self._read(start, min(start + _WINDOW, self._size))
        return window[start - at : max(start, stop) - at]

    def find(self, what: bytes, start: int = 0, stop: "Optional[int]" = None) -> int:
        """Give where what begins first between start and stop; -1 if it is not there."""
        last = self._size if stop is None else min(stop, self._size)
        for at in range(start, last, _SEARCHED):
            found = self[at : min(at + _SEARCHED + len(what) - 1, last)].find(what)
            if found >= 0:
                return at + found
        return -1

    def rfind(self, what: bytes, start: int = 0) -> int:
        """Give where what begins last behind start; -1 if it is not there. All from there on is read at once."""
        found = self[start:].rfind(what)
        return found if found < 0 else start + found

    def _read(self, start: int, stop: int) -> bytes:
        pieces = []
        while start < stop:
            piece = self._read_at(start, stop - start)
            if not piece:
                raise Refusal(self._typed, "it became shorter while it was read", DAMAGED)
            pieces.append(piece)
            start += len(piece)
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def _read_at(self, start: int, most: int) -> bytes:
        if hasattr(os, "pread"):
            return os.pread(self._descriptor, most, start)
        with self._lock:  # Windows: the position is the file's, for all threads
            os.lseek(self._descriptor, start, os.SEEK_SET)
            return os.read(self._descriptor, most)
