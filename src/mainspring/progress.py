"""The progress of what keeps a program from starting: a line on the terminal, if it takes long."""

import os
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Optional, TextIO, TypeVar

    _Bar = TypeVar("_Bar", bound="Bar")

_PATIENCE = 1.0  # seconds
_PAUSE = 0.1
_WIDTH = 30
_NARROWEST = 5
_USUAL = 80  # columns of a terminal that does not say


class Bar:
    """A line that appears on stream, after one second and only on a terminal.

    It goes without a trace when what is being done has ended, or failed: a message must not stand behind half a line.
    stream: sys.stderr, which may be None. label: what is being done; plain ASCII.
    """

    __slots__ = ("_due", "_label", "_shown", "_stream")

    def __init__(self, stream: "Optional[TextIO]", label: str) -> None:
        self._due = time.monotonic() + _PATIENCE
        self._label = label
        self._shown = 0  # characters
        self._stream = stream

    def __enter__(self: "_Bar") -> "_Bar":
        return self

    def __exit__(self, *_: object) -> None:
        self.erase()

    def tick(self, done: int, total: int) -> None:
        """Show that done of total is done, unless that was shown just now. Raises nothing."""
        now = time.monotonic()
        if now >= self._due:
            self._due = now + _PAUSE
            self._put(_drawn(self._label, min(done / total, 1.0) if total > 0 else 1.0, self._room()))

    def say(self, words: str) -> None:
        """Show words, on what is being done, once it takes long. Raises nothing."""
        if time.monotonic() >= self._due:
            room = self._room()
            line = f"{self._label}: {words}"[:room]
            self._put(line.ljust(min(self._shown, room)))
            self._shown = max(self._shown, len(line))

    def erase(self) -> None:
        """Take the line away, if it is there. Raises nothing."""
        if self._shown:
            self._put(" " * self._shown)
            self._put("")

    def _room(self) -> int:
        """Give how many columns there are for a line; with one more, another might begin, and this one could not be erased."""
        try:
            columns = os.get_terminal_size(self._stream.fileno()).columns  # type: ignore[union-attr]
        except (AttributeError, OSError, ValueError):  # no stream, or no terminal
            columns = 0
        return (columns or _USUAL) - 1

    def _put(self, line: str) -> None:
        try:
            if self._stream is not None and self._stream.isatty():
                self._stream.write(f"\r{line}")
                self._stream.flush()
                self._shown = len(line)
        except (OSError, ValueError):
            pass  # a terminal that is gone has seen enough


def _drawn(label: str, part: float, room: int) -> str:
    """Give the line that shows part, from 0 to 1, in at most room columns; in few, only as a number."""
    width = min(_WIDTH, room - len(f"{label} [] 100%"))
    bar = f" [{'#' * int(part * width):<{width}}]" if width >= _NARROWEST else ""
    return f"{label}{bar} {int(part * 100):3}%"[:room]
