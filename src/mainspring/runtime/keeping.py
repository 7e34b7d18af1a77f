"""When what a run has that its image lacks is kept: at its end, and amid it where there is much."""

import _thread
import os
from os import getpid  # taken now, as the program may put another in its place

from . import collector, interpreter, private

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Callable

_WORTH_SAVING = 2**18  # bytes of code, in a first run
_WORTH_SAVING_MORE = 2**15  # in a later one
_WORTH_SAVING_ALWAYS = 2**12  # in one after another that broke off


class Keeping:
    """When a run is to keep what it has; some programs never end, or are killed.

    save: keeps it, however long that takes. is_due: tells whether there is anything to be kept. hold: called before that
    is done amid the run, which may still want what stands there now.
    is_amid: whether the program has not come to its end yet, so that what is kept now may not be all.

    What a program that breaks off leaves unkept is news to its next run, for which less is enough; and for good if there
    is even less of it. So is_first tells whether there was a run before, and is_partial whether that broke off.
    """

    def __init__(
        self,
        save: "Callable[[], None]",
        is_due: "Callable[[], bool]",
        hold: "Callable[[], None]",
        is_first: bool,
        is_partial: bool,
    ) -> None:
        self.is_amid = True
        self._save = save
        self._is_due = is_due
        self._hold = hold
        self._times = 2 if is_partial else 4
        self._next = _WORTH_SAVING if is_first else _WORTH_SAVING_ALWAYS if is_partial else _WORTH_SAVING_MORE
        self._left = self._next
        self._process = getpid()
        self._was_amid_threads = False
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(before=self._note_threads, after_in_child=collector.collect_in_child)

    def keep(self) -> None:
        """Keep what is there now, without a word, a tracer of the program's that looks on, or a signal of its amid it."""
        # Where other threads were at it when this process was forked off, what they were importing stays locked for ever.
        if not (self._is_forked and self._was_amid_threads):
            private.held_off(self._keep_quietly)

    def keep_at_last(self) -> None:
        """Keep what is there in the end; not in forked processes: most are short, and there are many."""
        if not self._is_forked:
            self.is_amid = False
            self.keep()

    def note_news(self, size: int) -> None:
        """Take in that there are size bytes more of code to keep; all is kept now, if there are enough."""
        self._left -= size
        if self._left < 0:
            self._left = self._next = self._times * self._next
            private.held_off(self._hold)
            self.keep()

    def _keep_quietly(self) -> None:
        try:
            if self._is_due():
                interpreter.untraced(collector.without, self._save)
        except Exception:  # noqa: BLE001, S110  the program must not see it: it may have taken away what this takes
            pass

    def _note_threads(self) -> None:
        self._was_amid_threads = self._was_amid_threads or _thread._count() > 0

    @property
    def _is_forked(self) -> bool:
        """Whether this process was forked off from the one that was started."""
        return getpid() != self._process
