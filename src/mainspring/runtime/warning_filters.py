"""Warnings of one module, raised or ignored for a while, without a word, and without other threads noticing.

A filter for that module's name alone is put before all others, into the list that is there, and taken out again.
`warnings.catch_warnings` would put another list in its place, and lose what other threads change meanwhile.
"""

import _warnings
import sys

from . import interpreter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, List, Optional

_SUFFIX = ".py"
_REGISTRY = "__warningregistry__"  # what a module was warned of already


def speaker(file: str, module: str) -> str:
    """Give the name in which the compiler warns of the source file of module: before 3.15, it is not told the latter."""
    if sys.version_info >= (3, 15):
        return module
    return file[: -len(_SUFFIX)] if file.endswith(_SUFFIX) else file


class Raised:
    """While entered, what is warned of in a module's name is raised; the compiler makes a SyntaxError of it.

    caller: the namespace of the module that calls the compiler, if one does. In some releases (3.13.5 for one, of Debian 13)
    the compiler warns in its name, and once of the same in the same line, whatever the file (gh-131927).
    """

    _ACTION = "error"

    def __init__(self, name: str, caller: "Optional[Dict[str, Any]]" = None) -> None:
        self._caller = {} if caller is None else caller
        names = [name, *([] if caller is None else [caller["__name__"]])]
        self._own = [(self._ACTION, None, Warning, one, 0) for one in names]  # a plain string has to be the whole name

    def __enter__(self) -> None:
        self._registry = self._caller.pop(_REGISTRY, None)
        self._filters = _filters()
        self._filters[:0] = self._own

    def __exit__(self, *_: object) -> None:
        for one in self._own:
            if one in self._filters:
                self._filters.remove(one)
        if self._registry is not None:
            self._caller[_REGISTRY] = self._registry


class Ignored(Raised):
    """While entered, what is warned of in a module's name is not said."""

    _ACTION = "ignore"


def _filters() -> "List[Any]":
    """Give the filters that count here and now: since 3.14, each context may have some of its own."""
    by_context = getattr(interpreter.module("_py_warnings"), "_get_filters", None)
    if by_context is not None:
        return by_context()  # type: ignore[no-any-return]
    return getattr(interpreter.module("warnings"), "filters", _warnings.filters)
