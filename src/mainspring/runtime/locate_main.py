"""Directories and archives that are run for the first time: whether they have a `__main__`, and the program that it is."""

import _frozen_importlib_external

from . import bundle, kinds
from .program import MAIN, Program

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from . import classify


def program(typed: str, target: "classify.Target", needs_main: bool) -> Program:
    """Give the program in target, a directory or an archive that was typed so.

    Its `__main__` is known to be there, and is found when it is compiled, because zipimport compiles what it
    finds. Raises Refusal when there is no `__main__`, if it needs_main; if not, for something else is to start, it may
    be a bundle without one.
    """
    is_listed = isinstance(target.finder, _frozen_importlib_external.FileFinder)
    spec = bundle.main_of_directory(target.finder) if is_listed else None
    if needs_main and not (_is_runnable(spec) if is_listed else _archive_has_main(target.finder)):
        raise bundle.no_main(typed, target.path_name)
    kind = kinds.DIRECTORY if target.kind == kinds.DIRECTORY else kinds.ARCHIVE  # whoever made it
    located = Program(kind, target.path_name, typed, target.path_name, lambda located: bundle.main_code(located, spec))
    located.finder = target.finder
    return located


# Here a path entry finder, and nobody else, is asked for `__main__`. python asks all of sys.path, and so may run
# some other `__main__` (gh-75221).


def _archive_has_main(finder: "Any") -> bool:
    try:
        return not finder.is_package(MAIN)
    except ImportError:
        return False


def _is_runnable(spec: "Any") -> bool:
    return spec is not None and spec.loader is not None and spec.submodule_search_locations is None
