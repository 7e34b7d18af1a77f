"""Warnings of one module, raised or ignored for a while, without a word, and without other threads noticing.

A filter for that module's name alone is put before all others, into the list that is there, and taken out again.
`warnings.catch_warnings` would put another list in its place, and lose what other threads change meanwhile.
"""

import sys

import _warnings

from . import interpreter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, List

_SUFFIX = ".py"


def speaker(file: str, module: str) -> str:
    """Give the name in which the compiler warns of the source file of module: before 3.15, it is not told the latter."""
    if sys.version_info >= (3, 15):
        return module
    return file[: -len(_SUFFIX)] if file.endswith(_SUFFIX) else file


class Raised:
    """While entered, what is warned of in a module's name is raised; the compiler makes a SyntaxError of it."""

    _ACTION = "error"

    def __init__(self, name: str) -> None:
        self._filter = (self._ACTION, None, Warning, name, 0)  # a plain string has to be the whole name

    def __enter__(self) -> None:
        self._filters = _filters()
        self._filters.insert(0, self._filter)

    def __exit__(self, *_: object) -> None:
        if self._filter in self._filters:
            self._filters.remove(self._filter)


class Ignored(Raised):
    """While entered, what is warned of in a module's name is not said."""

    _ACTION = "ignore"


def _filters() -> "List[Any]":
    """Give the filters that count here and now: since 3.14, each context may have some of its own."""
    by_context = getattr(interpreter.module("_py_warnings"), "_get_filters", None)
    if by_context is not None:
        return by_context()  # type: ignore[no-any-return]
    return getattr(interpreter.module("warnings"), "filters", _warnings.filters)
