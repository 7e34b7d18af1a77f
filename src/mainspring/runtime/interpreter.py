"""The interpreter's own state: the place that changes `sys`.

The process turns into the program's, for good. What the library changes for the time of a run is in `alterations`.
"""

import _frozen_importlib
import _frozen_importlib_external
import _thread
import builtins
import os
import sys

from . import at_once, collector, disguised, is_loaded, kinds, launch_context, loaded, private

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType, ModuleType, TracebackType
    from typing import Any, Callable, Dict, List, Optional, Set, Type

_MISSING = object()
_OWN_PACKAGE = __name__.partition(".")[0]
LIBRARY = os.path.dirname(os.__file__)  # the standard one
NATIVE_LIBRARY = os.path.join(*((sys.base_exec_prefix, "DLLs") if os.name == "nt" else (LIBRARY, "lib-dynload")))
_SITE_DIRECTORIES = ("site-packages", "dist-packages")
# For `start`, which calls them without a function of ours in between. Taken now: a debugger (pydevd) may put others in
# their places later, which warn of who calls them.
gettrace, settrace = sys.gettrace, sys.settrace
_own_modules: "Dict[str, ModuleType]" = {}  # those that were taken out of sys.modules
# The compiler loads it for a script with `\N{...}`, and goes on to use what is in it (`_PyUnicode_GetNameCAPI`).
_NAMES_OF_CHARACTERS = "unicodedata"
_kept: "List[ModuleType]" = []  # what must live on, though it was taken out of sys.modules
_RLock: "Any" = vars(_thread)["RLock"]
_locks: "Dict[int, Any]" = {}  # by process id: held while these are back in sys.modules
_PATIENCE = 1.0  # seconds
_optimized = f".opt-{sys.flags.optimize}" if sys.flags.optimize else ""
# How the name of a module's bytecode file ends; None where files can be named in more ways than one, and from 3.15 on,
# which asks for that only when the program does.
_is_late = bool(os.altsep) or sys.version_info >= (3, 15)
_BYTECODE = None if _is_late else f".{sys.implementation.cache_tag}{_optimized}.pyc"
_is_alone = [False]
_is_direct = [False]
_TOOLS = 6  # of `sys.monitoring`
_PathFinder: "Any" = _frozen_importlib_external.PathFinder


def this() -> "List[str]":
    """Give what tells this Python from others for its children: its prefix, and the tag of its bytecode."""
    return [sys.prefix, str(sys.implementation.cache_tag)]


def is_safe_path() -> bool:
    """Tell whether python keeps scripts' directories off sys.path: -I, and since 3.11 -P."""
    return bool(getattr(sys.flags, "safe_path", sys.flags.isolated))


def become(
    argv: "List[str]",
    orig_argv: "Optional[List[str]]",
    path_entry: "Optional[str]",
    load_runpy: "Optional[Callable[[], object]]",
) -> "Dict[str, Any]":
    """Turn this process into one that python started for a program; give the namespace of its `__main__`.

    `drop_launcher_path` was called. path_entry goes to the front of sys.path, what was loaded for the launcher's
    sake is forgotten, `__main__` is as empty as python's own. load_runpy is called for what python runs through
    runpy, which has that module loaded then. orig_argv None leaves `sys.orig_argv` as it is.

    What exists by then is taken out of the garbage collector's rounds (`gc.freeze`), if it is all python's own: that
    would not be freed before the end, and going through it once more there costs a twelfth of a short program.
    """
    _forget_launcher(keep_runpy=load_runpy is not None)
    if load_runpy is not None:
        load_runpy()  # as python does, but before the program could have one of its own
    if path_entry is not None:
        sys.path.insert(0, path_entry)
    sys.argv[:] = argv
    if orig_argv is not None and hasattr(sys, "orig_argv"):
        sys.orig_argv[:] = orig_argv
    if is_alone():
        collector.freeze()  # but not what follows: the program's namespace is to be collected in the end
    return _new_main()


def is_alone() -> bool:
    """Tell whether nothing but python itself was here before the program, and nothing else will be after it."""
    return _is_alone[0]


def is_started_directly() -> bool:
    """Tell whether nobody but python itself started us: no coverage tool, profiler or debugger."""
    return _is_direct[0]


def is_traced() -> bool:
    """Tell whether somebody traces, profiles or monitors what runs."""
    monitoring: "Any" = getattr(sys, "monitoring", None)
    has_tool = monitoring is not None and any([monitoring.get_tool(number) for number in range(_TOOLS)])
    return sys.gettrace() is not None or sys.getprofile() is not None or has_tool


def untraced(function: "Callable[..., Any]", *arguments: object) -> "Any":
    """Call function while no tracer and no profiler of the program looks on; give what it gives.

    Those that could not be set again, as cProfile's before 3.12, are left alone: they are no functions.
    """
    tracer, profiler = sys.gettrace(), sys.getprofile()
    if callable(tracer):
        settrace(None)
    if callable(profiler):
        sys.setprofile(None)
    try:
        return function(*arguments)
    finally:
        if callable(profiler):
            sys.setprofile(profiler)
        if callable(tracer):
            settrace(tracer)


def trace_again(tracer: "Any") -> None:
    """Set tracer, the program's, for what is still to come of it, but not for our frames, which end meanwhile."""
    frame: "Any" = sys._getframe()
    while frame is not None:
        frame.f_trace = None
        frame = frame.f_back
    settrace(tracer)


def import_runpy() -> "List[str]":
    """Load runpy, and give the names of all modules that were loaded with it, in the order in which that began."""
    before = set(sys.modules)
    import runpy as _  # noqa: F401  nowhere else is it wanted

    return sorted((name for name in sys.modules if name not in before), key=lambda name: name.count("."))


def note_bytecode(spec: "Any") -> None:
    """Say in spec, of a source file, where python would keep its bytecode: it takes many steps to find that (PEP 3147)."""
    if _BYTECODE is None or sys.pycache_prefix is not None or sys.implementation.cache_tag is None:
        return
    folder, _, name = spec.origin.rpartition(os.sep)
    if name.endswith(".py"):
        spec._cached = f"{folder}{os.sep}__pycache__{os.sep}{name[:-3]}{_BYTECODE}"


def module(name: str) -> "Any":
    """Give the module of that name if it is loaded, else None."""
    return sys.modules.get(name)


def modules() -> "Dict[str, ModuleType]":
    """Give what is loaded, by name."""
    return dict(sys.modules)


def forget(names: "List[str]") -> None:
    """Take modules out of sys.modules, and what they had put among the finders of all modules."""
    for name in names:
        sys.modules.pop(name, None)
    sys.meta_path[:] = [finder for finder in sys.meta_path if getattr(finder, "__module__", None) not in names]


def reset_hooks() -> None:
    """Let the interpreter show values and exceptions by itself, whatever site and its likes have set."""
    sys.displayhook, sys.excepthook = sys.__displayhook__, sys.__excepthook__


def enter_module(name: str, made: "ModuleType") -> None:
    """Put a module into sys.modules and into its parent, which is there."""
    sys.modules[name] = made
    parent, _, child = name.rpartition(".")
    if parent:
        type(sys).__setattr__(sys.modules[parent], child, made)  # not its own, which may have it executed (`lazy`)


def finders() -> "List[Any]":
    """Give a copy of sys.meta_path."""
    return list(sys.meta_path)


def path() -> "List[str]":
    """Give a copy of sys.path."""
    return list(sys.path)


def set_path(entries: "List[str]") -> None:
    """Let sys.path have entries."""
    sys.path[:] = entries


def place_of_site(entries: "List[str]") -> int:
    """Give where in entries, a sys.path, the first directory of installed packages is; behind all if there is none."""
    for index, entry in enumerate(entries):
        if os.path.splitext(os.path.basename(entry.rstrip(os.sep)))[0] in _SITE_DIRECTORIES:
            return index
    return len(entries)


def process_pth_files(directory: str, is_last: bool = False) -> None:
    """Do what the .pth files in directory, which is on sys.path, say (`site`).

    What they add goes behind directory, or with is_last to the end.
    """
    import site  # loaded already, unless python was told not to

    last = sys.path[-1]  # what they name comes behind it; what their code inserts stays where that has put it
    site.addsitedir(directory)
    if is_last or last not in sys.path or directory not in sys.path:
        return
    behind = len(sys.path) - sys.path[::-1].index(last)
    added = sys.path[behind:]
    del sys.path[behind:]
    place = sys.path.index(directory) + 1
    sys.path[place:place] = added


def set_argv0(value: str) -> None:
    """Put value into `sys.argv[0]`."""
    sys.argv[0] = value


def remember_importer(path_name: str, finder: "Any") -> None:
    """Note in `sys.path_importer_cache` what the path hooks said of a target, as python does."""
    sys.path_importer_cache[path_name] = finder


def importer_of(path_name: str) -> "Any":
    """Give the path entry finder for path_name as the import system would: remembered, or asked for and remembered."""
    if path_name not in sys.path_importer_cache:
        sys.path_importer_cache[path_name] = kinds.find_importer(path_name)
    return sys.path_importer_cache[path_name]


def find_nothing_in(directory: str) -> None:
    """Have no modules looked for in directory, which has none: each import that goes past it would ask for its status."""
    finder = importer_of(directory)
    if finder is not None:
        vars(finder)["find_spec"] = _no_spec


def _no_spec(fullname: str, target: object = None) -> None:
    """Find nothing, as the `find_spec` of a finder."""


def is_first_hook(hook: object) -> bool:
    """Tell whether hook is the first that the import system asks for a path's finder (`sys.path_hooks`)."""
    return bool(sys.path_hooks) and sys.path_hooks[0] is hook


def remembered_importer(path_name: str) -> "Any":
    """Give what `sys.path_importer_cache` has for path_name; None also for nothing."""
    return sys.path_importer_cache.get(path_name)


def have_finders_shown(show: "Callable[[str, Any], Any]") -> None:
    """From now on, call show with a path and the finder that the path hooks give for it; what it gives is the finder.

    For the paths that the import system meets for the first time: `sys.path_importer_cache` has the others.
    """
    of_hooks = _PathFinder._path_hooks

    def path_hooks(path: str) -> "Any":
        return show(path, of_hooks(path))

    _PathFinder._path_hooks = staticmethod(disguised(path_hooks))


def library_directories() -> "List[str]":
    """Give the entries of sys.path that hold the standard library."""
    return [entry for entry in sys.path if entry in (LIBRARY, NATIVE_LIBRARY)]


def end_without_a_word() -> None:
    """Have python say nothing of the exception with which this process ends; after Ctrl-C it ends by the signal, all the same."""
    sys.excepthook = lambda *_: None


def from_library(function: "Callable[[], Any]") -> "Any":
    """Call function, which imports, with the standard library before all else on sys.path; give what it gives.

    What it imports then is forgotten, as the program might find its own by these names.
    """
    path, before = list(sys.path), set(sys.modules)
    library = library_directories()
    first = path.index(library[0]) if library else 0
    if not any([not entry or os.path.exists(entry) for entry in path[:first]]):  # but for the library's own zip
        return function()
    sys.path[:] = [*library, *(entry for entry in path if entry not in library)]
    try:
        return function()
    finally:
        sys.path[:] = path
        for name in set(sys.modules) - before:
            if name.partition(".")[0] != _OWN_PACKAGE:
                sys.modules.pop(name, None)


def _new_main() -> "Dict[str, Any]":
    """Put a new `__main__` in the launcher's place, with what the interpreter puts there, in its order.

    The launcher's frames go on with the old one, and so does the interpreter when it runs a console script: in
    the end it deletes `__file__` from that namespace, to which it has no reference of its own.
    """
    _keep_for_ever(sys.modules["__main__"])
    main = sys.modules["__main__"] = type(sys)("__main__")
    main.__loader__ = _frozen_importlib.BuiltinImporter
    namespace = vars(main)
    if sys.version_info < (3, 14):
        namespace["__annotations__"] = {}
    namespace["__builtins__"] = builtins
    return namespace


def _keep_for_ever(thing: object) -> None:
    # A circle through a code object: the garbage collector does not look into those, so it never comes apart.
    circle: "List[object]" = [thing]
    circle.append(_keep_for_ever.__code__.replace(co_consts=(*_keep_for_ever.__code__.co_consts, circle)))


def drop_launcher_path() -> None:
    """Take the launcher's own entry off sys.path: the current directory, or where its script lies.

    Nothing is imported from there then: the current directory may be that of something that is only looked at.
    """
    main = sys.modules["__main__"]
    sys.path_importer_cache.pop(vars(main).get("__file__", ""), None)
    run_as_bundle = main.__spec__ is not None and main.__spec__.name == "__main__"
    if run_as_bundle or not is_safe_path():
        entry = sys.path.pop(0)
        if entry not in sys.path:
            sys.path_importer_cache.pop(entry, None)


def _forget_launcher(keep_runpy: bool) -> None:
    """Remove from sys.modules what was loaded after the interpreter and site were done.

    The dictionary is in the order in which loading ended, so what a launcher needed stands behind site.
    """
    names = list(sys.modules)
    if "runpy" in names and names.index("runpy") < names.index("__main__"):
        names.remove("__main__")  # runpy has put it there anew: the launcher lies in an archive, as Windows' in an .exe
    last = launch_context.last_of_python(names)
    if keep_runpy and "runpy" in sys.modules:
        last = max(last, names.index("runpy"))
    directly = launch_context.is_only_python_above(own_directory())
    _is_direct[0] = directly
    _is_alone[0] = directly and launch_context.leaves_nothing(names[: last + 1])
    gone = [name for name in names[last + 1 :] if directly or name.partition(".")[0] == _OWN_PACKAGE]
    for name in gone:
        _forget(name, gone)
    if "re" in gone:  # the program would find two of each class of its modules
        _let_go_of("re")
        collector.collect()
    _forget_own_importers()
    lazy: "Set[str]" = getattr(sys, "lazy_modules", set())  # what was imported before `at_once` (3.15)
    lazy.difference_update([name for name in lazy if name.partition(".")[0] == _OWN_PACKAGE])


def _let_go_of(library: str) -> None:
    """Let all that has library, a module that was forgotten, go, so that it can be freed.

    That is a script that pip made before 25.1, and what of this package has read metadata: it is imported again where it
    is wanted.
    """
    vars(sys.modules["__main__"]).pop(library, None)
    for name in [name for name, module in _own_modules.items() if library in vars(module)]:
        parent, _, child = name.rpartition(".")
        if parent in _own_modules:
            vars(_own_modules[parent]).pop(child, None)
        del _own_modules[name]


def _forget_own_importers() -> None:
    for path in list(sys.path_importer_cache):
        if path.startswith(own_directory()):
            del sys.path_importer_cache[path]


def _forget(name: str, gone: "List[str]") -> None:
    """Take a module out of sys.modules, and out of its parent, unless that is gone, too: we go on with `os.path`."""
    module = sys.modules.pop(name)
    if name.partition(".")[0] == _OWN_PACKAGE:
        _own_modules[name] = module
    if name == _NAMES_OF_CHARACTERS:
        _kept.append(module)
    for place in vars(module).get("__path__", ()):
        sys.path_importer_cache.pop(place, None)
    parent, _, child = name.rpartition(".")
    if parent in sys.modules and parent not in gone and vars(sys.modules[parent]).get(child) is module:
        delattr(sys.modules[parent], child)


def own_directory() -> str:
    """Give the directory of this package."""
    return __file__.rpartition("runtime")[0][:-1]


def with_own_modules(function: "Callable[..., Any]", *arguments: object) -> "Any":
    """Call function while what was forgotten of this package is back in sys.modules, so that more of it can be imported.

    A program may have a package of the same name; its modules are put aside meanwhile. One thread at a time does that, or
    ours could stay. A process that was forked off has a lock of its own; and nobody waits for long, as who has the lock
    may import what the other is importing.
    """
    lock = _locks.setdefault(os.getpid(), _RLock())
    is_ours = lock.acquire(timeout=_PATIENCE)
    aside = _taken_modules()
    sys.modules.update(_own_modules)
    as_before = at_once()
    try:
        return function(*arguments)
    finally:
        as_before()
        hide_own_modules()
        sys.modules.update(aside)
        if is_ours:
            lock.release()


def from_above(upstairs: "Callable[[str], Any]", name: str) -> "Any":
    """Give the module of the floor above called name, which upstairs imports, now that the program runs."""
    found = _own_modules.get(f"{_OWN_PACKAGE}.{name}")
    return with_own_modules(upstairs, name) if found is None else found


def hide_own_modules() -> None:
    """Take what is loaded of this package out of sight; `with_own_modules` has it back."""
    _own_modules.update(_taken_modules())
    _forget_own_importers()


def late(name: str) -> "Any":
    """Import a module of the ground floor by its last name, now that the program runs; give it."""
    return loaded(name) if is_loaded(name) else private.held_off(with_own_modules, loaded, name)


def late_if_readable(name: str) -> "Any":
    """Give what `late` gives; None if that cannot be read, now that the program runs.

    It may be another user by now, or forbid it by an audit hook, or mainspring may have been replaced.
    """
    return loaded(name) if is_loaded(name) else private.held_off(_late_or_none, name)


def _late_or_none(name: str) -> "Any":
    try:
        return with_own_modules(loaded, name)
    except Exception:  # noqa: BLE001  an audit hook may raise anything
        return None


def whole(kept: "Any") -> "Optional[CodeType]":
    """Give the code that `constant_sets` has marshalled, with its sets as they were; None if that cannot be loaded."""
    reader = late_if_readable("constant_sets")
    code: "Optional[CodeType]" = None if reader is None else reader.restored(kept)
    return code


def _taken_modules() -> "Dict[str, ModuleType]":
    names = [name for name in list(sys.modules) if name.partition(".")[0] == _OWN_PACKAGE]
    return {name: sys.modules.pop(name) for name in names}


def have_last_word(traceback: "Optional[TracebackType]", is_silent: bool, after: "Callable[[], None]") -> None:
    """Have the program's exception reported without the runner's frames, through the program's own excepthook.

    The exception has to reach the interpreter, which alone knows how to end a process after it. So this, called at the
    last moment, takes the place of sys.excepthook; the interpreter calls that once, after it has set `sys.last_value`
    and the rest, and everything is put right before the real hook is called. is_silent: nothing is reported. after is
    called when that was done.
    """
    hook: "Any" = getattr(sys, "excepthook", _MISSING)

    def last_word(kind: "Type[BaseException]", value: BaseException, _: "Any") -> None:
        _put_back(hook, is_silent)
        if is_silent:
            return
        sys.last_traceback = traceback
        # Not by an assignment, which its class may forbid, as that of a frozen dataclass does.
        BaseException.with_traceback(value, traceback)
        if hook is _MISSING:
            _write("sys.excepthook is missing\n")
            sys.__excepthook__(kind, value, traceback)
        else:
            _call_hook(hook, kind, value, traceback)
        after()

    sys.excepthook = last_word


def _put_back(hook: "Any", is_silent: bool) -> None:
    if hook is _MISSING:
        del sys.excepthook
    else:
        sys.excepthook = hook
    if is_silent:
        for name in ("last_type", "last_value", "last_traceback", "last_exc"):
            vars(sys).pop(name, None)


def _call_hook(hook: "Any", kind: "Type[BaseException]", value: BaseException, own: "Optional[TracebackType]") -> None:
    try:
        hook(kind, value, own)
    except SystemExit:
        raise
    except BaseException as error:  # in the words of _PyErr_PrintEx, Python/pythonrun.c
        traceback = sys.exc_info()[2]
        traceback = traceback and traceback.tb_next
        BaseException.with_traceback(error, traceback)
        _write("Error in sys.excepthook:\n")
        sys.__excepthook__(type(error), error, traceback)
        _write("\nOriginal exception was:\n")
        sys.__excepthook__(kind, value, own)


def _write(words: str) -> None:
    stderr = getattr(sys, "stderr", None)
    if stderr is not None:
        stderr.write(words)
