"""Text that the standard library makes and executes while modules are imported: its code comes from the image.

A dataclass and a named tuple are made by way of source text, and compiling that is a twelfth of the start of a program
with many. What cannot be compiled, and what warns, is never kept.
"""

from sys import _getframe  # the program may put another in its place

from . import collector

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType
    from typing import Any, Callable, Dict, Iterable, Optional, Tuple

    from .image import Blob, Image

    Key = Tuple[str, str]  # the text, and what it was given to: exec or eval


EXECUTORS: "Dict[str, Callable[..., Any]]" = {"exec": exec, "eval": eval}


class Texts:
    """The code of texts: from the image, and those that this run compiled.

    known: where code is in the image. fresh: the texts that it lacks, in order.
    """

    def __init__(self, image: "Optional[Image]") -> None:
        self.image = image.again() if image is not None else None
        self.known: "Dict[Key, Blob]" = self.image.table("texts") or {} if self.image is not None else {}
        self.fresh: "Dict[Key, None]" = {}

    def serve(self, maker: "ModuleType", names: "Iterable[str]") -> None:
        """From now on, let maker, which was just loaded, take the code of what it gives to names from here."""
        namespace = vars(maker)
        if "annotations" in namespace:
            return  # as a feature of __future__, it would count for the texts as well
        for name in names:
            namespace.setdefault(name, self._executor(name))

    def _executor(self, name: str) -> "Callable[..., Any]":
        ordinary = EXECUTORS[name]

        def execute(text: "Any", *scopes: "Any", **more: "Any") -> "Any":
            code = self._code(text, name) if type(text) is str else None
            if not scopes:
                caller = _getframe(1)
                scopes = caller.f_globals, caller.f_locals
            return ordinary(text if code is None else code, *scopes, **more)

        execute.__name__ = execute.__qualname__ = name
        return execute

    def _code(self, text: str, name: str) -> "Any":
        place = self.known.get((text, name))
        code = self.image.load(place) if self.image is not None and place is not None else None
        if code is None and collector.is_held_back():
            self.fresh[text, name] = None
        return code
