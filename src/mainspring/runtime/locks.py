"""The locks of modules: while there is but one thread, it is only noted that an import would have one.

The import system makes a lock for each module that it imports, takes it, and forgets it again: two or three hundredths of
the time of a program with many modules. Nobody else can want it before there is another thread. Whoever does want a lock
that is only noted makes it, held by who is noted; from there on all is as ever, deadlocks that are seen included. The
import system is `importlib/_bootstrap.py`, whose own lock manager is in the place of this one.
"""

import _frozen_importlib
import _thread
import sys
from _thread import get_ident

from . import disguise

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, List, Optional

    # The module's name, and then the lock that somebody made for it, or None if the import was over before.
    Note = List[Any]

_bootstrap: "Any" = _frozen_importlib
_count: "Any" = _thread._count
_ordinary: "Any" = _bootstrap._get_module_lock
_ordinary_manager: "Any" = _bootstrap._ModuleLockManager
_wait: "Any" = _bootstrap._lock_unlock_module
_notes: "List[Note]" = []  # of imports that are going on, the outermost first; changed by the main thread only
# A lock, made when it is wanted first: some programs look for all that there are, to have their own in their places.
_handing_over: "Dict[str, Any]" = {}
_main = get_ident()


def note() -> None:
    """From now on, note who would have the lock of a module, where that is enough. Called by the main thread."""
    if not hasattr(sys, "_is_gil_enabled") or sys._is_gil_enabled():  # what is noted relies on the one lock of all
        _bootstrap._ModuleLockManager = _manager
        _bootstrap._get_module_lock = _get_module_lock
        _bootstrap._lock_unlock_module = _lock_unlock_module


def _manager(name: str) -> "Any":
    """Give what has the lock of a module while entered, or would have it."""
    return _Noted(name) if _is_alone() else _ordinary_manager(name)


class _Noted:
    """Would have the lock of a module while entered, and has it if somebody else has one."""

    __slots__ = ("_lock", "_name", "_note")

    def __init__(self, name: str) -> None:
        self._name = name
        self._lock: "Any" = None
        self._note: "Optional[Note]" = None

    def __enter__(self) -> None:
        note: "Note" = [self._name]
        _notes.append(note)
        if not _bootstrap._module_locks:
            self._note = note
            return
        self._lock = _end(note)  # somebody has a lock, perhaps this one
        if self._lock is None:
            self._lock = _get_module_lock(self._name)
            self._lock.acquire()

    def __exit__(self, *_: object) -> None:
        lock = self._lock if self._note is None else _end(self._note)
        if lock is not None:
            lock.release()


def _is_alone() -> bool:
    """Tell whether this is the main thread, there is no other, and the program has not put anything in their place."""
    return not _count() and get_ident() == _main and _thread.get_ident is get_ident


def _end(note: "Note") -> "Any":
    """Take note away; give the lock that was made for it, if one was, which is held then."""
    if _notes[-1] is note:
        _notes.pop()
    else:  # a greenlet was switched to meanwhile
        _notes[:] = [other for other in _notes if other is not note]
    note.append(None)
    return note[1]  # whoever was the first to append


def _get_module_lock(name: str) -> "Any":
    """As importlib's; the lock is held by who is noted to have it."""
    lock = _ordinary(name)
    if _notes:
        # One that the same thread may take again: garbage that is collected meanwhile may import.
        with _handing_over.setdefault("lock", vars(_thread)["RLock"]()):
            for note in _notes[:]:
                if note[0] == name and len(note) == 1:
                    _hand_over(lock, note)
    return lock


def _lock_unlock_module(name: str) -> None:
    """As importlib's: wait for another thread that imports the module, if there can be one."""
    if _bootstrap._module_locks or not _is_alone():
        _wait(name)


def _hand_over(lock: "Any", note: "Note") -> None:
    """Let the main thread hold lock, as note says, unless it is through with it, or somebody else has it already."""
    owner = _name_of_main()
    with lock.lock:
        if lock.count and lock.owner != owner:
            return
        note.append(lock)
        if note[1] is not lock:
            return
        lock.owner = owner
        if isinstance(lock.count, int):  # before 3.12
            lock.count += 1
        else:
            lock.count.append(True)


def _name_of_main() -> int:
    """Give what the import system calls the main thread: what the program has put in the place of get_ident may say."""
    own: int = _thread.get_ident() if get_ident() == _main else _main
    return own


_names = ("_manager", "_is_alone", "_end", "_get_module_lock", "_lock_unlock_module", "_hand_over", "_name_of_main")
disguise(
    "importlib._bootstrap",
    *(_Noted.__init__, _Noted.__enter__, _Noted.__exit__),
    *map(globals().__getitem__, _names),
)
