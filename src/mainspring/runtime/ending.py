"""The end of a process: the garbage collector is spared its last rounds where nobody could notice.

They are a quarter of the time of a middling program. Spared means `gc.freeze()`: then garbage in cycles is never
finalised, so the ordinary end is taken whenever an object is alive whose end can be seen (with a `__del__`, an open
file, a suspended generator, a weakref that calls somebody), and whenever somebody watches.
"""

import gc
import sys

import _io
import _weakref

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_HAS_GC = 1 << 14  # Py_TPFLAGS_HAVE_GC
_Weakref: "Any" = _weakref.ReferenceType
_GENERATOR = type(_ for _ in ())
_BUILTIN = type(len)
_FUNCTION = type(lambda: None)
_READERS = (_io.FileIO, _io.BufferedReader)
# These keep books of what is alive, and do so no longer at the end.
_BOOKKEEPERS = ("_weakrefset", "functools", "logging", "weakref")
_BOOKKEEPERS_IN_C = ("_destroy", "clear_locals")  # of _abc and _thread


def hasten() -> None:
    """Spare this process its last collections if that goes unnoticed; to be called when all else is done."""
    if _is_watched() or _is_unknown():
        return
    try:
        is_noticed = _is_noticed(gc.get_objects())
    except Exception:  # noqa: BLE001  an object of the program's, or a stream without its buffer
        is_noticed = True
    if not is_noticed:
        gc.freeze()


def _is_watched() -> bool:
    flags = sys.flags
    return bool(gc.callbacks or gc.get_debug() or gc.garbage or flags.verbose or flags.dev_mode or sys.warnoptions)


def _is_unknown() -> bool:
    """Tell whether there may be objects that have something to write or remove in the end, and do not show it.

    Databases, before sqlite3's connections got a finaliser in 3.13: a lost one leaves its log behind.
    """
    connection = getattr(sys.modules.get("_sqlite3"), "Connection", None)
    is_silent = connection is not None and not hasattr(connection, "__del__")
    return is_silent or "_dbm" in sys.modules or "_gdbm" in sys.modules


def _is_noticed(objects: "Any") -> bool:
    import itertools  # builtin, and wanted only here

    kinds = list(map(type, objects))  # once: most of the cost is to touch all objects
    suspects = {kind for kind in set(kinds) if hasattr(kind, "__del__") or issubclass(kind, (_Weakref, type))}
    suspects -= {_io.BytesIO, _io.StringIO}
    return any(map(_is_seen, itertools.compress(objects, map(suspects.__contains__, kinds))))


def _is_seen(thing: "Any") -> bool:
    """Tell whether somebody might see whether thing, which is alive, is finalised or not."""
    if isinstance(thing, _Weakref):
        return thing.__callback__ is not None and not _keeps_books(thing.__callback__)
    if isinstance(thing, type):
        # Instances of such a class are unknown to the collector, and so to us.
        return not thing.__flags__ & _HAS_GC and type(getattr(thing, "__del__", None)) is _FUNCTION
    if type(thing) is _GENERATOR:
        is_suspended = thing.gi_frame is not None and thing.gi_frame.f_lasti >= 0
        return is_suspended and thing.gi_code.co_name != "<genexpr>"  # which has no `finally`
    if type(thing) in _READERS:
        return not thing.closed and thing.writable() and not _is_standard(thing)
    if type(thing) in (_io.TextIOWrapper, _io.BufferedWriter):
        return not thing.closed and not _is_standard(thing)
    return not _only_closes_what_it_reads(thing)


def _is_standard(thing: "Any") -> bool:
    """Tell whether thing is a standard stream or part of one: the interpreter itself flushes these."""
    return any(thing in (stream, *_parts(stream)) for stream in (sys.__stdin__, sys.__stdout__, sys.__stderr__))


def _parts(stream: "Any") -> "Any":
    buffer = getattr(stream, "buffer", None)
    return buffer, getattr(buffer, "raw", None)


def _only_closes_what_it_reads(thing: "Any") -> bool:
    """Tell whether thing is an archive that is open for reading, as importlib leaves behind in its caches."""
    archives: "Any" = getattr(sys.modules.get("zipfile"), "ZipFile", None)
    kind = type(thing)
    return (
        isinstance(archives, type)
        and issubclass(kind, archives)
        and kind.__module__.partition(".")[0] == "zipfile"
        and getattr(kind, "__del__", None) is getattr(archives, "__del__", None)
        and vars(thing).get("mode") == "r"
    )


def _keeps_books(callback: "Any") -> bool:
    if type(callback) is _BUILTIN:
        return callback.__module__ is None and callback.__name__ in _BOOKKEEPERS_IN_C
    return getattr(callback, "__module__", None) in _BOOKKEEPERS
