"""The end of a process: its last garbage collections are spared where nobody could notice.

When it ends, the interpreter goes through all objects several times: a quarter of the time that a middling program
takes. `gc.freeze()` spares it that, but then garbage in cycles is never finalised. So the ordinary end is taken
whenever an object is alive whose end can be seen (with a `__del__`, an open file, a suspended generator, a weakref that
calls somebody), and whenever somebody watches the collector.
"""

import gc
import sys

import _io
import _weakref

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_MANY_MODULES = 100  # with fewer, looking around would cost as much as it spares
_HAS_GC = 1 << 14  # Py_TPFLAGS_HAVE_GC
_GENERATOR = type(_ for _ in ())
_BUILTIN = type(len)
_READERS = (_io.FileIO, _io.BufferedReader)
# These keep books of what is alive, and do so no longer at the end.
_BOOKKEEPERS = ("_weakrefset", "functools", "logging", "weakref")
_BOOKKEEPERS_IN_C = ("_destroy", "clear_locals")  # of _abc and _thread


def hasten() -> None:
    """Spare this process its last collections if that goes unnoticed; to be called when all else is done."""
    if len(sys.modules) >= _MANY_MODULES and not _is_watched() and not _is_noticed(gc.get_objects()):
        gc.freeze()


def _is_watched() -> bool:
    flags = sys.flags
    return bool(gc.callbacks or gc.get_debug() or gc.garbage or flags.verbose or flags.dev_mode or sys.warnoptions)


def _is_noticed(objects: "Any") -> bool:
    kinds = set(map(type, objects))
    suspects = {kind for kind in kinds if hasattr(kind, "__del__")}
    suspects -= {_io.BytesIO, _io.StringIO}
    suspects |= {kind for kind in kinds if issubclass(kind, (type, _weakref.ReferenceType))}
    return any(_is_seen(thing) for thing in objects if type(thing) in suspects)


def _is_seen(thing: "Any") -> bool:
    """Tell whether somebody might see whether thing, which is alive, is finalised or not."""
    if isinstance(thing, type):
        # Instances of such a class are unknown to the collector, and so to us.
        return not thing.__flags__ & _HAS_GC and hasattr(thing, "__del__")
    if isinstance(thing, _weakref.ReferenceType):
        return thing.__callback__ is not None and not _keeps_books(thing.__callback__)
    if type(thing) is _GENERATOR:
        is_suspended = thing.gi_frame is not None and thing.gi_frame.f_lasti >= 0
        return is_suspended and thing.gi_code.co_name != "<genexpr>"  # which has no `finally`
    if type(thing) in _READERS:
        return not thing.closed and thing.writable()
    return not _only_closes_what_it_reads(thing)


def _only_closes_what_it_reads(thing: "Any") -> bool:
    """Tell whether thing is an archive that is open for reading, as importlib leaves behind in its caches."""
    zipfile: "Any" = sys.modules.get("zipfile")
    archives: "Any" = getattr(zipfile, "ZipFile", None)
    kind = type(thing)
    return (
        isinstance(archives, type)
        and issubclass(kind, archives)
        and kind.__module__.partition(".")[0] == "zipfile"
        and kind.__del__ is archives.__del__
        and vars(thing).get("mode") == "r"
    )


def _keeps_books(callback: "Any") -> bool:
    if type(callback) is _BUILTIN:
        return callback.__module__ is None and callback.__name__ in _BOOKKEEPERS_IN_C
    return getattr(callback, "__module__", None) in _BOOKKEEPERS
