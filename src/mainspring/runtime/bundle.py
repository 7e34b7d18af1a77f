"""Bundles: a directory or an archive with a `__main__` of its own."""

import os

import _frozen_importlib
import _frozen_importlib_external

from . import Refusal, bytecode, package, workers
from .program import MAIN, Program

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType
    from typing import Any, Optional

    from .classify import Target


def program(typed: str, target: "Target") -> Program:
    """Locate the `__main__` of target, a directory or an archive that was typed so.

    Raises Refusal when it has none. A package that cannot run by path becomes the program `python -m` runs.
    """
    spec = main_spec(target.finder)
    if spec is None or spec.loader is None or spec.submodule_search_locations is not None:
        raise no_main(typed, target.path_name)
    if package.is_needed(target, spec.origin):
        return package.program(target.path_name)
    spec.name = workers.travelling_name(spec.name, target.path_name)
    located = Program(target.kind, target.path_name, typed, target.path_name)
    located.finder = target.finder
    located.use_spec(spec)
    located.get_code = _code
    return located


def main_spec(finder: "Any") -> "Any":
    """Ask a path entry finder, and nobody else, for `__main__`; None when it has none.

    python asks all of sys.path and so may run some other `__main__` (gh-75221).
    """
    if isinstance(finder, _frozen_importlib_external.FileFinder):
        return _main_of_directory(finder) or finder.find_spec(MAIN)
    if hasattr(finder, "find_spec"):
        return finder.find_spec(MAIN)
    loader = finder.find_module(MAIN)  # zipimporter before 3.10
    return loader and _frozen_importlib.spec_from_loader(MAIN, loader)


def no_main(typed: str, full: str) -> Refusal:
    """Say as runpy does that a directory or archive has no `__main__`: exit status 1."""
    reason = f"can't find '__main__' module in {full!r}"
    return Refusal(typed, reason, status=1, words=reason)


def _main_of_directory(finder: "Any") -> "Any":
    # Asking the finder lists the directory. It would prefer a package of that name, then an extension
    # module; the first is looked for here, the second nobody has seen.
    here = _frozen_importlib_external._path_join(finder.path, MAIN)  # type: ignore[attr-defined]
    if os.path.isdir(here) or not os.path.isfile(here + ".py"):
        return None
    loader = _frozen_importlib_external.SourceFileLoader(MAIN, here + ".py")
    return _frozen_importlib_external.spec_from_file_location(MAIN, here + ".py", loader=loader)


def _code(located: Program) -> "CodeType":
    try:
        code: "Optional[CodeType]" = located.loader.get_code(MAIN)
    except ImportError:  # for which runpy has the words below, whatever the reason was
        bytecode.refuse_foreign(located.argv0, located.loader, located.file)
        code = None
    if code is None:
        raise no_main(located.argv0, located.path_name)
    return code
