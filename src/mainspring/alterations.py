"""Changes to `sys` for the time of a run, when the library runs a program: made on entering, undone on leaving."""

import os
import sys
import threading
from typing import TYPE_CHECKING, Any, Callable, List

if TYPE_CHECKING:
    from typing import TypeVar

    _Altered = TypeVar("_Altered", bound="Altered")

_MISSING = object()

# Held by whoever alters sys for the time of a run; re-entrant, so that runs may nest.
alteration_lock = threading.RLock()


def _renew_lock() -> None:
    """Have a lock that is free in a process that was forked off, unless by the thread that has it: no other one is there."""
    global alteration_lock
    if not alteration_lock._is_owned():  # type: ignore[attr-defined]
        alteration_lock = threading.RLock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_renew_lock)


class Altered:
    """While entered, an item of sys.modules, sys.argv or the like is value; afterwards it is what it was before.

    container gives the list or dictionary each time, because a program may put another in its place. A value
    of `Altered.NOTHING` takes the item away meanwhile.
    """

    NOTHING = _MISSING

    def __init__(self, container: "Callable[[], Any]", key: "Any", value: "Any") -> None:
        self._container = container
        self._key = key
        self._value = value
        self._saved: "List[Any]" = []

    def __enter__(self: "_Altered") -> "_Altered":
        if self._saved:
            raise RuntimeError("Already preserving saved value")
        container = self._container()
        try:
            self._saved.append(container[self._key])
        except LookupError:
            self._saved.append(_MISSING)
        self._put(self._value)
        return self

    def __exit__(self, *_: object) -> None:
        self._put(self._saved.pop())

    def _put(self, value: "Any") -> None:
        if value is _MISSING:
            self._take_away()
        else:
            self._container()[self._key] = value

    def _take_away(self) -> None:
        container = self._container()
        if self._key in container:  # the program may have done so
            del container[self._key]


class PathEntry:
    """While entered, `sys.path[0]` is path_name; afterwards one such entry is taken off, if there is one."""

    def __init__(self, path_name: str) -> None:
        self._path_name = path_name

    def __enter__(self) -> None:
        sys.path.insert(0, self._path_name)

    def __exit__(self, *_: object) -> None:
        if self._path_name in sys.path:
            sys.path.remove(self._path_name)
