"""Work on many things in several threads: where the system or a decompressor is at it, the interpreter is free for others.

They are the bare threads of `_thread`, of which `threading` and so the program see nothing; they end before it starts.
"""

import _thread
import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, List, Optional, Sequence

    Tick = Callable[[int, int], None]

_MOST = 3


def divided(act: "Callable[[Any], object]", items: "Sequence[Any]", is_large: "Callable[[Any], bool]") -> None:
    """Call act with each of items as `at_once` does: in more threads if they have a processor to themselves, but only
    with what is_large: with what is small, they would be in each other's way.
    """
    large = [item for item in items if is_large(item)]
    small = [item for item in items if not is_large(item)]
    spare = min((os.cpu_count() or 1) - 1, _MOST)
    at_once(act, large, min(spare, len(large)), small)


def at_once(act: "Callable[[Any], object]", items: "Sequence[Any]", number: int, own: "Sequence[Any]" = ()) -> None:
    """Call act with each of items, in this and number more threads; and with each of own, in this one, first.

    They have ended when this returns, or raises the first exception that act raised; then some items are left out.
    """
    shared = list(reversed(items))
    failures: "List[Exception]" = []

    def work(left: "List[Any]") -> None:
        try:
            while not failures:
                try:
                    item = left.pop()
                except IndexError:
                    return
                act(item)
        except Exception as error:  # noqa: BLE001  to be raised by who waits
            failures.append(error)

    running = [_start(lambda: work(shared)) for _ in range(number)]
    try:
        work(list(reversed(own)))
        work(shared)
    finally:  # also if this thread was interrupted
        shared.clear()
        for lock in running:
            lock.acquire()
    if failures:
        raise failures[0]


def _start(work: "Callable[[], None]") -> _thread.LockType:
    """Call work, which raises nothing, in a thread; give a lock that is free when it has ended."""
    ended = _thread.allocate_lock()
    ended.acquire()

    def run() -> None:
        try:
            work()
        finally:
            ended.release()

    try:
        _thread.start_new_thread(run, ())
    except RuntimeError:  # there are too many already
        ended.release()
    return ended


def counted(tick: "Optional[Tick]", total: int) -> "Callable[[int], None]":
    """Give what is to be called with the size of all that is done, in any thread; of it tick is told, in this one only.

    total: of all sizes. tick is called with what is done, and total.
    """
    sizes: "List[int]" = []
    done = 0
    here = _thread.get_ident()

    def tell(size: int) -> None:
        nonlocal done
        sizes.append(size)
        if tick is not None and _thread.get_ident() == here:
            while sizes:
                done += sizes.pop()
            tick(done, total)

    return tell
