"""Regular expressions that modules compile when they are imported: their programs come from the image.

Compiling them anew is a tenth of the start of a middling program. The expression that comes out is the same object in
all respects; what warns is never kept.
"""

import _thread

from . import collector

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType
    from typing import Any, Callable, Dict, Optional, Tuple

    from .image import Image, Place

    Key = Tuple[object, int]  # the expression, a str or bytes, and its flags


class Patterns:
    """The programs of regular expressions: from the image, and those that this run compiled.

    known: where they are in the image. fresh: by expression, what `_sre.compile` was given after it.
    """

    def __init__(self, image: "Optional[Image]") -> None:
        self.image = image
        self.known: "Dict[Key, Place]" = {}
        self.fresh: "Dict[Key, Tuple[Any, ...]]" = {}
        self._flags: "Dict[int, int]" = {}  # by thread, those that were asked for

    def serve(self, compiler: "ModuleType") -> None:
        """From now on, let re's compiler, which was just loaded, take its programs from here."""
        if self.image is not None and self.image.index["patterns"] is not None:
            self.known = self.image.load(self.image.index["patterns"]) or {}
        engine = vars(compiler)["_sre"]  # not imported here: there may be several of this module, and types of each
        recorder: "Any" = _Recorder(engine.__name__)
        recorder.__dict__.update(vars(engine), compile=self._record(engine.compile))
        vars(compiler).update(_sre=recorder, compile=self._compile(vars(compiler)["compile"], engine.compile))

    def _compile(self, ordinary: "Callable[..., Any]", make: "Callable[..., Any]") -> "Callable[..., Any]":
        known, flags_of = self.known, self._flags

        def compile(p: "Any", flags: "Any" = 0) -> "Any":  # noqa: A001  as in re
            is_kept = type(flags) is int and type(p) in (str, bytes)
            place = known.get((p, flags)) if is_kept else None
            program = self.image.load(place) if self.image is not None and place is not None else None
            if program is not None:
                return make(p, *program)
            if not is_kept or not collector.is_held_back():
                return ordinary(p, flags)
            thread = _thread.get_ident()
            flags_of[thread] = flags
            try:
                return ordinary(p, flags)
            finally:
                flags_of.pop(thread, None)

        return compile

    def _record(self, make: "Callable[..., Any]") -> "Callable[..., Any]":
        fresh, flags_of = self.fresh, self._flags

        def compile(pattern: "Any", *program: "Any") -> "Any":  # noqa: A001  as in _sre
            flags = flags_of.get(_thread.get_ident())
            if flags is not None and pattern is not None:
                fresh[pattern, flags] = program
            return make(pattern, *program)

        return compile


class _Recorder(type(_thread)):  # type: ignore[misc]
    """What re's compiler takes for the module `_sre`."""
