"""The `__main__` of a bundle, which is a directory or an archive: its spec, its code, and the words where there is none."""

import _frozen_importlib
import _frozen_importlib_external
import os

from . import Refusal, interpreter, kinds, workers
from .program import MAIN

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType
    from typing import Any, Optional

    from .program import Program


def no_main(typed: str, full: str) -> Refusal:
    """Say as runpy does that a directory or archive has no `__main__`: exit status 1."""
    reason = f"can't find '__main__' module in {full!r}"
    return Refusal(typed, reason, status=1, words=reason)


def main_of_directory(finder: "Any") -> "Any":
    """Give the spec of the `__main__` that a directory's finder finds; None if there is none."""
    # Asking the finder lists the directory. It would prefer a package of that name, then an extension
    # module; the first is looked for here, the second nobody has seen. Where it may not be listed, it finds nothing.
    here = _frozen_importlib_external._path_join(finder.path, MAIN)  # type: ignore[attr-defined]
    if os.path.isdir(here) or not os.path.isfile(here + ".py") or not os.access(finder.path, os.R_OK):
        return finder.find_spec(MAIN)
    loader = _frozen_importlib_external.SourceFileLoader(MAIN, here + ".py")
    return _frozen_importlib_external.spec_from_file_location(MAIN, here + ".py", loader=loader)


def _main_of_archive(finder: "Any") -> "Any":
    if hasattr(finder, "find_spec"):
        return finder.find_spec(MAIN)
    if finder.find_module(MAIN) is None:
        return None
    return _frozen_importlib.spec_from_loader(MAIN, finder)  # zipimporter before 3.10


def main_spec(located: "Program") -> "Any":
    """Give the spec of the `__main__` of located, a directory or an archive; None if it has none."""
    is_listed = located.kind == kinds.DIRECTORY
    spec = main_of_directory(located.finder) if is_listed else _main_of_archive(located.finder)
    if spec is None:
        return None
    spec.name = workers.travelling_name(spec.name, located.path_name)
    return spec


def spec_for_workers() -> "Any":
    """Give a spec for what starts in an archive that has no `__main__`; by its name, workers find the native modules there."""
    return _frozen_importlib.ModuleSpec(workers.travelling_name(MAIN, None), None)


def main_code(located: "Program", spec: "Any") -> "CodeType":
    """Give the code of located's `__main__`, found by spec or, if that is None, by its finder; fills in the spec.

    Raises Refusal where there is none that can run, and what compiling raises.
    """
    loader = located.finder
    file: "Optional[str]" = None
    try:
        if spec is None and located.finder is not None:  # None: its directory was removed just now
            spec = _main_of_archive(located.finder)
        if spec is not None:
            loader, file = spec.loader, spec.origin
        found: "Optional[CodeType]" = None if spec is None else loader.get_code(MAIN)
    except ImportError:  # for which runpy has the words below, whatever the reason was
        if file is None or file == "<unknown>":  # the latter is importlib's word for what zipimport could not compile
            file = os.path.join(located.path_name, MAIN + ".pyc")
        interpreter.late("bytecode").refuse_foreign(located.argv0, loader, file)
        found = None
    except Exception as error:
        if type(error).__module__ != "zlib":  # whose error could be named only by importing it
            raise
        raise kinds.broken_archive(located.argv0, error) from None
    if found is None:
        raise no_main(located.argv0, kinds.absolute(located.argv0))
    spec.name = workers.travelling_name(spec.name, located.path_name)
    located.use_spec(spec)
    return found
