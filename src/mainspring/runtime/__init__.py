"""The ground floor: everything between the command line and the target's first line.

The order of a start (`start`): `command` reads the words; a bundle that the store knows is found there (`store`, `warm`), and
neither opened nor looked at; of all else, `classify` says what it is (`kinds`), and `locate` finds its program; `executor`
makes that the running `__main__`. `interpreter` is the only place that changes `sys`, `launch_context` tells who else is in the
process, and `workers` lets child processes find what `__main__` defines. Nothing here imports upward, and nothing is
imported by name once the target is on `sys.path`. CONTRIBUTING.md goes through a start step by step.

What every start needs is loaded here without the import system, whose search and checks would cost as much again as
the modules themselves: from one file in the store, as long as the sources are those that it was made of, or else from
the bytecode that the import system keeps.
"""

import _frozen_importlib
import _frozen_importlib_external
import _imp
import marshal
import os
import sys

# Taken now, as the program may put others in their places.
from os import close, fstat, read, stat
from os import open as open_file

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType
    from typing import Any, Callable, Dict, Optional, Tuple

    from .image import Blob, Image

_PYC_HEADER = 16
_FOLDER = os.path.join(__path__[0], "")


class Refusal(Exception):
    """A target that will not be run, in the words the user gets to see.

    target: what the user named, as typed.
    reason: what is wrong with it; lower case, no full stop.
    hint: what to do about it, or None.
    status: the exit status of the command, the one python has where it has one.
    words: what python itself says, after its own name, where it has words for the case; otherwise None.
    """

    def __init__(
        self,
        target: str,
        reason: str,
        hint: "Optional[str]" = None,
        status: int = 2,
        words: "Optional[str]" = None,
    ) -> None:
        super().__init__(target, reason, hint, status, words)
        self.target = target
        self.reason = reason
        self.hint = hint
        self.status = status
        self.words = words

    def __reduce__(self) -> "Any":
        """Go from one process to another as it is, whatever a subclass is made of."""
        import copyreg  # not at a start

        return copyreg.__newobj__, (type(self), *self.args), vars(self)  # type: ignore[attr-defined]

    def __str__(self) -> str:
        """Give the lines that the command prints, without python's name and without a line end."""
        line = self.words or f"mainspring: {printable(self.target)}: {printable(self.reason)}"
        return line if self.hint is None else f"{line}\nhint: {printable(self.hint)}"


def printable(text: str) -> str:
    """Replace control characters: what a hostile name holds must not reach the terminal as such."""
    return "".join(c if c.isprintable() or "\udc80" <= c <= "\udcff" else "\ufffd" for c in text)


def load(*names: str) -> None:
    """Load modules of this package without the import system, where there is valid code of them; leave the rest to that.

    A module must not come before one that it needs.
    """
    for name in names:
        if f"{__name__}.{name}" not in sys.modules:
            _load(name)


def is_loaded(name: str) -> bool:
    """Tell whether a module of this package was loaded, in sys.modules or not."""
    return name in globals()


def loaded(name: str) -> "Any":
    """Give a module of this package that few starts need; it is loaded now, unless it was before."""
    if not is_loaded(name):
        load(name)
    if not is_loaded(name):
        globals()[name] = _frozen_importlib._gcd_import(f"{__name__}.{name}")  # type: ignore[attr-defined]
    return globals()[name]


def _load(name: str) -> None:
    file = f"{_FOLDER}{name}.py"
    full_name = f"{__name__}.{name}"
    try:
        code = _code_in_floor(name, file) or code_of(name)
    except (OSError, AttributeError, EOFError, ValueError, TypeError):
        return
    module = type(sys)(full_name)
    module.__file__ = file
    module.__package__ = __name__
    sys.modules[full_name] = module
    try:
        exec(code, vars(module))
        globals()[name] = module
    except BaseException:  # a handler of a signal may raise at any time
        del sys.modules[full_name]
        raise


def code_of(name: str) -> "CodeType":
    """Give the code in the .pyc file of a module of this package, if the import system would take it (PEP 552).

    Raises OSError, ValueError and others if there is none.
    """
    file = f"{_FOLDER}{name}.py"
    folder, own = os.path.split(__spec__.cached or "")
    cached = os.path.join(folder, own.replace("__init__", name))
    code: "CodeType" = marshal.loads(bytecode_of(cached, stat(file)))
    _imp._fix_co_filename(code, file)  # type: ignore[attr-defined]  # the package may have moved since
    return code


def bytecode_of(cached: str, source: os.stat_result) -> bytes:
    """Give the marshalled code in the .pyc file at cached, if it was made of the source with that status (PEP 552).

    Raises ValueError if not, or if it is validated by a hash; and OSError.
    """
    handle = open_file(cached, os.O_RDONLY | getattr(os, "O_BINARY", 0))
    try:
        data = read(handle, fstat(handle).st_size)
    finally:
        close(handle)
    stamps = (0, int(source.st_mtime) & 0xFFFFFFFF, source.st_size & 0xFFFFFFFF)
    header = _frozen_importlib_external.MAGIC_NUMBER + b"".join(stamp.to_bytes(4, "little") for stamp in stamps)
    if data[:_PYC_HEADER] != header:
        raise ValueError("the bytecode is stale, or checked by other means")
    return data[_PYC_HEADER:]


def disguised(function: "Any", filename: str = "<frozen importlib._bootstrap_external>") -> "Any":
    """Label function's code as the import system's, filename, and give function.

    The interpreter leaves importlib's frames out of tracebacks; with ours among them, it would show them all.
    """
    function.__code__ = function.__code__.replace(co_filename=filename)
    return function


def disguise(module: str, *functions: "Any") -> None:
    """Let functions, all of one module of this package, pass for those of module, a frozen one of the import system's.

    Besides tracebacks, debuggers and modules that look for the one that imports them go by what frames have as globals.
    """
    for function in functions:
        disguised(function, f"<frozen {module}>")
    own = functions[0].__globals__
    own["__name__"] = module
    own.pop("__file__", None)  # by which trace knows a module


def at_once() -> "Callable[[], None]":
    """Turn lazy imports off (PEP 810), as our own modules need it; give what turns them on again, if they were on."""
    if not hasattr(sys, "set_lazy_imports"):  # before 3.15
        return _nothing
    system: "Any" = sys
    mode = system.get_lazy_imports()
    system.set_lazy_imports("normal")
    return lambda: system.set_lazy_imports(mode)


def _nothing() -> None:
    pass


def floor_path() -> "Optional[str]":
    """Give the path of the image in the store that has the code of this package; None without a store."""
    where = root()
    if where is None:
        return None
    return os.path.join(where, FLOORS, name_of(build(), __path__[0]))


def open_floor() -> "Optional[Image]":
    """Open the image in the store that has the code of this package; None when there is none that is whole. Raises nothing."""
    if is_set("MAINSPRING_NO_CACHE"):
        return None
    path = floor_path()
    if path is None or not is_private(os.path.dirname(os.path.dirname(path))):
        return None
    return open_own(path, _INDEX_OF_FLOOR)


def _code_in_floor(name: str, file: str) -> "Optional[CodeType]":
    when, size, place = floor.index.get(name, (0, 0, None)) if floor is not None else (0, 0, None)
    if floor is None or place is None:
        return None
    if stamp_of(stat(file)) != (when, size):
        floor.is_damaged = True
        return None
    if place not in _together:
        _together[place] = floor.load(place) or {}
    return _together[place].pop(name, None)


def changed(status: os.stat_result) -> int:
    """Give when the file with status was last changed, in ns: by ctime, which nobody can set back, but on Windows."""
    return status.st_mtime_ns if os.name == "nt" else status.st_ctime_ns


def stamp_of(status: os.stat_result) -> "Tuple[int, int]":
    """Give what shows whether a source of this package, which has status, was edited."""
    return changed(status), status.st_size


def is_floor_right() -> bool:
    """Tell whether the image of this package was there, undamaged, and made of the present sources."""
    return floor is not None and not floor.is_damaged


FLOORS = "floors-1"
# What every start needs, and what the start of a bundle needs that is in the store.
ALWAYS = (
    *("kinds", "collector", "launch_context", "interpreter", "ending", "program", "store", "command", "executor"),
    "start",
)
FOR_BUNDLES = ("workers", "bundle", "importer", "lazy", "library", "keeping", "warm")
# What locating anything else needs.
TO_LOCATE = ("classify", "source", "locate")
# What some need: scripts, those with real files or of some maker, large archives, and programs that import much, compile
# expressions, execute text or look into archives.
FOR_SOME = (
    *("options", "handover", *TO_LOCATE, "locate_main", "scripts", "files", "entry", "session", "shiv", "wheel"),
    *("project", "pex", "pex_start", "pex_place", "pex_variables", "patterns", "texts", "lookup", "modules"),
    *("worker_main", "finalisers", "lazy_loading", "zip_directory", "warning_filters", "constant_sets", "zip_modules"),
    *("spot_checks", "locks", "worker_modules", "hashing", "children"),
)
_INDEX_OF_FLOOR = 0x1000  # bytes that are read first, with the index in them; what follows is read as it is wanted
floor: "Optional[Image]" = None
_together: "Dict[Blob, Dict[str, CodeType]]" = {}  # code that lies in one blob, as it is wanted together

_as_before = at_once()
load("private", "image")
from .image import open_own  # noqa: E402  by these the rest is read
from .private import build, is_private, is_set, name_of, root  # noqa: E402

floor = open_floor()
load(*ALWAYS)
_as_before()
