"""Regular expressions that modules compile when they are imported: their programs come from the image.

Compiling them anew is a tenth of the start of a middling program. The expression that comes out is the same object in
all respects; what warns is never kept.
"""

import _thread
from sys import _getframe, version_info  # the program may put others in their places

from . import collector

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType
    from typing import Any, Callable, Dict, Optional, Tuple

    from .image import Blob, Image

    Key = Tuple[str, object, int]  # "str" or "bytes", which may be equal in hash, the expression, and its flags


_DEBUG = 128  # of re's flags: what is compiled with it is shown


class Patterns:
    """The programs of regular expressions: from the image, and those that this run compiled.

    known: where they are in the image. fresh: by expression, what `_sre.compile` was given after it.
    """

    def __init__(self, image: "Optional[Image]") -> None:
        self.image = image.again() if image is not None else None
        self.known: "Dict[Key, Blob]" = {}
        self.fresh: "Dict[Key, Tuple[Any, ...]]" = {}

    def serve(self, compiler: "ModuleType") -> None:
        """From now on, let re's compiler, which was just loaded, take its programs from here."""
        if self.image is not None:
            self.known = self.image.table("patterns") or {}
        engine = vars(compiler)["_sre"]  # not imported here: there may be several of this module, and types of each
        recorder: "Any" = _Recorder(engine.__name__)
        recorder.__dict__.update(vars(engine), compile=self._record(engine.compile))
        vars(compiler).update(_sre=recorder)
        compiler.__class__ = _watched(self._looked_up(compiler, engine.compile))
        if version_info >= (3, 14):
            _have_class_asked(compiler)

    def _looked_up(self, compiler: "ModuleType", make: "Callable[..., Any]") -> "Callable[[ModuleType], Any]":
        """Give what answers for the compiler's function `compile` when it is looked up.

        `re._compile` looks it up to call it at once, so what it is about to compile stands in its frame. What is not
        known is compiled by the ordinary function without a frame of ours: warnings count frames, tracebacks show them.
        """
        ordinary = vars(compiler)["compile"]

        def looked_up(module: "ModuleType") -> "Any":
            present = vars(module)["compile"]
            caller = _getframe(1)
            if present is not ordinary or caller.f_code.co_name != "_compile" or not self.known:
                return present
            asked = caller.f_locals
            pattern, flags = asked.get("pattern"), asked.get("flags")
            is_kept = type(flags) is int and type(pattern) in (str, bytes)
            place = self.known.get((type(pattern).__name__, pattern, flags)) if is_kept else None  # type: ignore[arg-type]
            program = self.image.load(place) if self.image is not None and place is not None else None
            return present if program is None else lambda p, _: make(p, *program)

        return looked_up

    def _record(self, make: "Callable[..., Any]") -> "Callable[..., Any]":
        fresh = self.fresh

        def compile(pattern: "Any", *program: "Any") -> "Any":  # noqa: A001  as in _sre
            if collector.is_held_back() and type(pattern) in (str, bytes):
                flags = _getframe(1).f_locals.get("flags")  # those that were asked for, unlike those in program
                if type(flags) is int and not flags & _DEBUG:
                    fresh[type(pattern).__name__, pattern, flags] = program
            return make(pattern, *program)

        return compile


def _watched(looked_up: "Callable[[ModuleType], Any]") -> "Any":
    """Give a class for re's compiler, a module, in which looked_up answers for `compile`."""

    def put(module: "ModuleType", value: "Any") -> None:
        vars(module)["compile"] = value

    return type("module", (type(_thread),), {"__module__": "builtins", "compile": property(looked_up, put)})


def _have_class_asked(module: "ModuleType") -> None:
    """Have the interpreter ask the class of module for its attributes, also where the same code does so often.

    Since 3.14, it takes them from the dictionary then, whatever the class has (LOAD_ATTR_MODULE, Python/specialize.c); not
    from one that ever had a key that is no string.
    """
    names: "Any" = vars(module)
    names[None] = None
    del names[None]


class _Recorder(type(_thread)):  # type: ignore[misc]
    """What re's compiler takes for the module `_sre`."""
