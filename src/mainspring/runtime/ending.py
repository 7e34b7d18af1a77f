"""The end of a process: what python does there is spared where nobody could notice.

The garbage collector's last rounds are a quarter of the time of a middling program; to take the interpreter apart is a
twentieth of that of a small one. There are two ways to be quick. `gc.freeze()`: then garbage in cycles is never
finalised. Or the process exits at once, and nothing is. The ordinary end is taken whenever an object is alive whose end
can be seen (with a `__del__`, an open file, a suspended generator, a weakref that calls somebody), and whenever
somebody watches.
"""

import _imp
import _io
import _signal  # type: ignore[import-not-found]
import _warnings
import _weakref
import atexit
import gc
import os
import sys
from os import _exit  # the program may change os

from . import interpreter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Dict, List, NoReturn, Optional, Set, Tuple

_FEW_FROZEN = 1000  # objects; 3.12 itself freezes some hundred, `gc.freeze` thousands
HAS_GC = 1 << 14  # Py_TPFLAGS_HAVE_GC
_MANY_MODULES = 100  # with fewer, looking around would cost as much as it spares, unless the process exits then
Weakref: "Any" = _weakref.ReferenceType
PROXIES = {_weakref.ProxyType, _weakref.CallableProxyType}
callback_of: "Any" = Weakref.__callback__.__get__
# These read attributes of modules and classes without calling any code of the program's.
_dict_of_module: "Any" = vars(type(sys))["__dict__"].__get__
body_of: "Any" = vars(type)["__dict__"].__get__
bases_of: "Any" = vars(type)["__mro__"].__get__
_BUILTIN = type(len)
_MODULE = type(sys)
_FUNCTION = type(lambda: None)
# Most objects are of these kinds, which have no finalisers; subclasses are kinds of their own.
_closure: "Any" = (lambda cell: lambda: cell)(0).__closure__
_DESCRIPTORS = [type(vars(kind)[name]) for kind, name in ((int, "__add__"), (str, "join"), (_FUNCTION, "__code__"))]
_PLAIN = {tuple, dict, list, set, _FUNCTION, _BUILTIN, type(_closure[0]), *_DESCRIPTORS}
# Native code that is known to have nothing to do when the process exits: the standard library's, but for some.
_LIBRARY = os.path.join(interpreter.NATIVE_LIBRARY, "")
_NATIVE = tuple(_imp.extension_suffixes())
_DEEP = ("_ctypes", "_interpreters", "_tkinter", "_xxsubinterpreters")
_NO_MODULES = ("typing.io", "typing.re")  # classes that typing put there, before 3.13
# By these, somebody else sees or decides how the process ends.
_WATCHES = ("DYLD_INSERT_LIBRARIES", "LD_PRELOAD", "PYTHONINSPECT", "PYTHONMALLOCSTATS")
_is_last = False  # whether nothing was registered with atexit before what we register, so that this comes last
_is_over = False  # whether the program has ended
_process: "Optional[int]" = None  # the id of the process that may exit at once, if any may
_status: "Optional[int]" = None  # with which the process ends; None if that is not certain
_quiet: "Set[str]" = set()  # paths of native modules that have nothing to do at exit
_MARK = type(sys.implementation)  # a class with few objects, which the collector sees
_mark: object = None  # one of these, which shows that the program has not called `gc.freeze`
_at_exit: "List[Callable[[], None]]" = []


def namespace_of(module: object) -> "Dict[str, Any]":
    """Give the namespace of module, {} if it is none. Asking for an attribute instead would execute a lazy one."""
    is_module = issubclass(type(module), _MODULE)  # what it says of its own class does not count
    found: "Dict[str, Any]" = _dict_of_module(module) if is_module else {}
    return found


def note_end() -> None:
    """Remember that the program has ended, and that what is to be done at exit will be called for that reason."""
    global _is_over
    _is_over = True
    _register_again()


def _register_again() -> None:
    """Register what is to be done at exit with the atexit module of the program, too.

    Before 3.10, only what is registered with the module that was imported last is called.
    """
    theirs: "Any" = sys.modules.get("atexit")
    if sys.version_info < (3, 10) and theirs not in (None, atexit):
        theirs.register(_run_both, theirs)


def _run_both(theirs: "Any") -> None:
    """Do what the program has registered, the last first, and then what we have; called as the last of its own."""
    theirs.unregister(_run_both)
    try:
        theirs._run_exitfuncs()
    except BaseException:  # noqa: BLE001, S110  it has been reported
        pass
    atexit._run_exitfuncs()


def expect_nothing_of(files: "List[str]") -> None:
    """Take it that the native modules at files have nothing to do when the process exits."""
    _quiet.update(files)


def leave_signals() -> None:
    """Let signals do what they do while python takes itself apart: none is handled in python, and Ctrl-C ends the process.

    As `_PySignal_Fini` does (Python/pylifecycle.c), once all has been called that is to be at exit. Nothing is done if
    there is more to come than what was registered since `begin`, or a program calls that itself.
    """
    if not (_is_last and _is_over):
        return
    for number in range(1, _signal.NSIG):
        if callable(_signal.getsignal(number)):
            _signal.signal(number, _signal.SIG_DFL)


def begin() -> None:
    """Have the end of this process be short, if that goes unnoticed. Called before others register with atexit."""
    global _process, _is_last
    _is_last = not atexit._ncallbacks()
    # With -i, what is typed at the prompt may decide the status; the flag is gone once that is over, since 3.14.
    _process = os.getpid() if _is_last and not sys.flags.inspect else None
    atexit.register(_hasten)  # what is registered first is called last


def at_exit(function: "Callable[[], None]") -> None:
    """Have function called at exit, after all that the program has registered."""
    _at_exit.append(function)
    atexit.register(_at_last, function)


def _at_last(function: "Callable[[], None]") -> None:
    try:
        leave_signals()
        function()
    except KeyboardInterrupt:  # which came just before
        pass


def forestall() -> None:
    """Do now what was to be done at exit: a tracer that the program has left on would see it there, and a debugger stop."""
    atexit.unregister(_hasten)
    atexit.unregister(_at_last)
    while _at_exit:
        _at_exit.pop()()


def look_from_here() -> None:
    """Leave a mark by which it shows in the end whether the program has called `gc.freeze` from here on."""
    global _mark
    _mark = _MARK()


def set_status(status: "Optional[int]") -> None:
    """Note the exit status of this process; None if it is not certain."""
    global _status
    _status = status


def _hasten() -> None:
    """Make the end short if that goes unnoticed; called when all else is done. May exit."""
    try:
        leave_signals()
        if interpreter.is_traced():
            return
        may_exit = _may_exit()
        if _is_watched() or _is_unknown() or not (may_exit or len(sys.modules) >= _MANY_MODULES):
            return
        things, kinds = _survivors()
        if not any([thing is _mark for thing in things]):
            return  # the program has frozen what was there, and what of that is to be finalised does not show
        things = [thing for thing in things if type(thing) is not _MARK]
        if (things or kinds) and interpreter.late("finalisers").are_seen(things, kinds):
            return
        if may_exit:
            _exit_at_once()
    except BaseException:  # noqa: BLE001  an object of the program's, an audit hook, a stream without its buffer
        return
    gc.freeze()


def _may_exit() -> bool:
    return (
        _status is not None
        and os.getpid() == _process  # not a child that was forked off, and nobody else has something to do at exit
        and interpreter.is_started_directly()
        # What site has had done may have left objects that somebody sees end: they must be among those we look at.
        and (interpreter.is_alone() or gc.get_freeze_count() < _FEW_FROZEN)
        and not any([name in os.environ for name in _WATCHES])
        and not _has_foreign(interpreter.modules())
    )


def _exit_at_once() -> None:
    streams = sys.stdout, sys.stderr, sys.__stdout__, sys.__stderr__
    if not all(map(_is_plain, streams)):
        return
    for stream in streams:
        if stream is not None and not stream.closed:
            stream.flush()  # if it cannot be, python will say so, and end with a status of its own
    _exit(_status or 0)  # POSIX takes the last eight bits of it, Windows all


def exit_without_a_prompt(status: int) -> "NoReturn":
    """End this process with status, once all that is to be at exit was done: under -i, python would prompt before that."""
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        try:
            if stream is not None:
                stream.flush()
        except (OSError, ValueError):  # nobody reads it any more, or it was closed
            pass
    _exit(status)


def _is_watched() -> bool:
    flags = sys.flags
    is_told = flags.verbose or flags.dev_mode or sys.warnoptions or _is_told_of_open_files()
    return bool(gc.callbacks or gc.get_debug() or gc.garbage or is_told or _is_written_down())


def _is_written_down() -> bool:
    """Tell whether python writes down for `perf` what runs: the last of it when the interpreter is taken apart."""
    return bool(getattr(sys, "is_stack_trampoline_active", bool)())  # since 3.12


def _is_told_of_open_files() -> bool:
    """Tell whether python may show a ResourceWarning when it closes a file; as a rule, it ignores these."""
    filters: "Any" = namespace_of(interpreter.module("warnings")).get("filters", _warnings.filters)
    for action, message, category, module, line in filters:
        if issubclass(ResourceWarning, category) and (action != "ignore" or not (message or module or line)):
            return bool(action != "ignore")
    return True


def _is_unknown() -> bool:
    """Tell whether databases may be open that are written when they are freed, and of which nothing shows here."""
    is_silent = any([not kind.__flags__ & HAS_GC for kind in _silent()])  # before 3.10
    return is_silent or "_dbm" in sys.modules or "_gdbm" in sys.modules


def _silent() -> "Set[type]":
    """Give the classes whose objects have something to write or remove in the end, and no finaliser that would say so.

    sqlite3's connections before 3.12: a lost one leaves its log behind.
    """
    connection: "Any" = namespace_of(sys.modules.get("_sqlite3")).get("Connection")
    if connection is None or hasattr(connection, "__del__"):
        return set()
    return {connection, *_subclasses(connection)}


def _has_foreign(modules: "Dict[str, Any]") -> bool:
    """Tell whether any of modules, by name, may have brought code that the system calls when the process exits."""
    present = [module for name, module in modules.items() if module is not None and name not in _NO_MODULES]
    if not (modules.keys().isdisjoint(_DEEP) and all([issubclass(kind, _MODULE) for kind in set(map(type, present))])):
        return True
    files = [namespace.get("__file__") for namespace in map(_dict_of_module, present)]
    native = [file for file in files if type(file) is str and file.endswith(_NATIVE)]
    return not all([file.startswith(_LIBRARY) or file in _quiet for file in native])


def _survivors() -> "Tuple[List[Any], Set[type]]":
    """Give what is alive and has a finaliser or, as weakrefs do, calls somebody, and the mark; and classes with a finaliser."""
    kind_of, plain = type, _PLAIN  # names of this function's own are found sooner, some hundred thousand times
    objects = [thing for thing in gc.get_objects() if kind_of(thing) not in plain]
    kinds = _finalised(_kinds_among(objects))
    weakrefs = {Weakref, *_subclasses(Weakref)}
    wanted = (kinds | weakrefs | PROXIES | _silent() | {_MARK}) - {_io.BytesIO, _io.StringIO}
    found = [thing for thing in objects if type(thing) in wanted]
    return [thing for thing in found if not (type(thing) in weakrefs or type(thing) in PROXIES) or _calls(thing)], kinds


def _calls(weakref: "Any") -> bool:
    """Tell whether a weakref or a proxy calls somebody; of a proxy, only the collector knows."""
    return bool(gc.get_referents(weakref)) if type(weakref) in PROXIES else callback_of(weakref) is not None


def _finalised(kinds: "Set[type]") -> "Set[type]":
    """Give those of kinds that have a finaliser of their own, and all classes that inherit it."""
    own = [kind for kind in kinds if "__del__" in body_of(kind)]
    return set(own).union(*map(_subclasses, own))


def _subclasses(kind: type) -> "Set[type]":
    found: "Set[type]" = set()
    level = {kind}
    while level:
        level = {child for parent in level for child in type.__subclasses__(parent)}
        found |= level
    return found


def _kinds_among(objects: "List[Any]") -> "Set[type]":
    """Give the classes of objects, and those that are among them, with their bases."""
    kinds = set(map(type, objects))
    metaclasses = {kind for kind in kinds if issubclass(kind, type)}
    kinds.update([thing for thing in objects if type(thing) in metaclasses])
    return kinds.union(*map(bases_of, kinds))


def _is_plain(stream: "Any") -> bool:
    """Tell whether nothing but python's own code writes what stream has not written yet."""
    if stream is None:
        return True
    return type(stream) is _io.TextIOWrapper and type(stream.buffer) in (_io.BufferedWriter, _io.FileIO)
