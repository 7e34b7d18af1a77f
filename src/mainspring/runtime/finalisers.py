"""Whether somebody might see that what is alive at the end of a process is never finalised (`ending`)."""

import _io
import gc
import os
import sys

from .ending import HAS_GC, PROXIES, Weakref, bases_of, body_of, callback_of, namespace_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Iterable

_GENERATOR = type(_ for _ in ())
_BUILTIN = type(len)
_FUNCTION = type(lambda: None)
_SLOT = type(vars(_FUNCTION)["__globals__"])
_READERS = (_io.FileIO, _io.BufferedReader)
# The finalisers of these, which the collector does not know, only close what the process has open.
_CLOSERS = ("_socket", "socket"), (os.name, "ScandirIterator")
# These keep books of what is alive, and do so no longer at the end.
_BOOKKEEPERS = {("_weakrefset", "_remove"), ("logging", "_removeHandlerRef"), ("weakref", "remove")}
_BOOKKEEPERS_IN_C = ("_destroy", "clear_locals", "_localdummy_destroyed")  # of _abc and _thread; the last before 3.13
_REMOVER = ("_ctypes", "DictRemover")  # the class of what takes a type of arrays out of ctypes' memory
_OF_PYBIND = "pybind11_builtins"  # the module of the classes of pybind11's own objects
_IN_C = type(vars(type)["__call__"])  # of methods that C gives to a class


def are_seen(things: "Iterable[Any]", kinds: "Iterable[type]") -> bool:
    """Tell whether the end of any of things can be seen, or of objects of kinds, classes with finalisers, that are not known."""
    return any(map(_is_seen, things)) or any(map(_hides_finalisers, kinds))


def _hides_finalisers(kind: "Any") -> bool:
    """Tell whether kind, which has a finaliser, is a class whose objects are unknown to the collector, and so to us."""
    return not kind.__flags__ & HAS_GC and (kind.__module__, kind.__name__) not in _CLOSERS


def _is_seen(thing: "Any") -> bool:
    """Tell whether somebody might see whether thing, which is alive, is finalised or not."""
    if type(thing) in PROXIES:  # first: such a thing says that it is what it stands for
        return not all(map(_keeps_books, gc.get_referents(thing)))
    if isinstance(thing, Weakref):
        return not (_keeps_books(callback_of(thing)) or _is_of_pybind(thing))
    if type(thing) is _GENERATOR:
        return _is_suspended(thing) and thing.gi_code.co_name != "<genexpr>"  # which has no `finally`
    if type(thing) in _READERS:
        return not thing.closed and thing.writable() and not _is_standard(thing)
    if type(thing) in (_io.TextIOWrapper, _io.BufferedWriter):
        return not thing.closed and not _is_standard(thing)
    return not (_only_closes_what_it_reads(thing) or _only_lets_go(type(thing)))


def _is_suspended(generator: "Any") -> bool:
    if hasattr(generator, "gi_suspended"):  # since 3.11
        return bool(generator.gi_suspended)
    return generator.gi_frame is not None and generator.gi_frame.f_lasti >= 0


def _is_standard(thing: "Any") -> bool:
    """Tell whether thing is a standard stream or part of one: the interpreter itself flushes these."""
    return any(thing in (stream, *_parts(stream)) for stream in (sys.__stdin__, sys.__stdout__, sys.__stderr__))


def _parts(stream: "Any") -> "Any":
    buffer = getattr(stream, "buffer", None)
    return buffer, getattr(buffer, "raw", None)


def _only_closes_what_it_reads(thing: "Any") -> bool:
    """Tell whether thing is an archive that is open for reading, as importlib leaves behind in its caches."""
    archives: "Any" = namespace_of(sys.modules.get("zipfile")).get("ZipFile")
    kind = type(thing)
    return (
        isinstance(archives, type)
        and issubclass(kind, archives)
        and kind.__module__.partition(".")[0] == "zipfile"
        and getattr(kind, "__del__", None) is getattr(archives, "__del__", None)
        and vars(thing).get("mode") == "r"
    )


class _Like:
    def many(self) -> None:  # a method: since 3.14, the flags of its code tell that
        self.it = None


def _only_lets_go(kind: type) -> bool:
    """Tell whether the finaliser of kind sets one plain attribute to None, and no more; what that lets go is looked at itself."""
    bodies = [body_of(base) for base in bases_of(kind)]
    finaliser: "Any" = _first(bodies, "__del__")
    if type(finaliser) is not _FUNCTION or _first(bodies, "__setattr__") is not vars(object)["__setattr__"]:
        return False
    code, like = finaliser.__code__, _Like.many.__code__
    is_like = all(
        getattr(code, part) == getattr(like, part) for part in ("co_code", "co_consts", "co_flags", "co_argcount")
    )
    return is_like and type(_first(bodies, code.co_names[0])) in (type(None), _SLOT)


def _first(bodies: "Iterable[Any]", name: str) -> "Any":
    """Give what the first of bodies, of classes, that has name has by it; None if none has."""
    return next((body[name] for body in bodies if name in body), None)


def _keeps_books(callback: "Any") -> bool:
    if type(callback) is _BUILTIN:
        return callback.__module__ is None and callback.__name__ in _BOOKKEEPERS_IN_C
    if type(callback) is _FUNCTION:
        return (callback.__module__, callback.__name__) in _BOOKKEEPERS
    kind = type(callback)
    if (kind.__module__, kind.__name__) == _REMOVER:
        return type(vars(kind).get("__call__")) is _IN_C
    return kind is namespace_of(sys.modules.get("weakref")).get("finalize")


def _is_of_pybind(weakref: "Any") -> bool:
    """Tell whether weakref is one by which pybind11 forgets what it knows of a class."""
    callback: "Any" = callback_of(weakref)
    owner = getattr(callback, "__self__", None) if type(callback) is _BUILTIN else None
    return type(owner).__module__ == _OF_PYBIND and isinstance(weakref(), type)
