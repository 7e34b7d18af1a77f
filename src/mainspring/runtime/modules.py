"""Modules by name: what `python -m` runs (PEP 338), found by runpy's rules and reported in its words."""

import _frozen_importlib
import os
import sys

from . import Refusal, kinds, workers
from .program import MAIN, Program

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType
    from typing import Any, Callable, Dict, Optional, Tuple, Type


def unlocated(
    mod_name: str, path_entry: "Optional[str]", get_code: "Optional[Callable[[Program], CodeType]]" = None
) -> Program:
    """Give the program for a module's name before anything was looked for: `sys.argv[0]` is `-m`.

    Compiling it locates it, importing its parents: by `find`, or by get_code in its place.
    """
    program = Program(kinds.MODULE, mod_name, "-m", path_entry, get_code or find)
    program.loader = _frozen_importlib.BuiltinImporter
    program.file = None
    return program


def current_directory() -> "Optional[str]":
    """Give what python puts at `sys.path[0]` for -m: the current directory, None when that is gone."""
    try:
        return os.getcwd()
    except OSError:
        return None


def find(program: Program) -> "CodeType":
    """Locate an unlocated program's module: fill in its spec and argv0, give its code.

    Raises NothingToRun, in runpy's words, or whatever the import of a parent raises.
    """
    mod_name, spec, code = _details(program.path_name)
    use_spec(program, mod_name, spec)
    program.argv0 = spec.origin
    return code


def use_spec(program: Program, mod_name: str, spec: "Any") -> None:
    """Let program be the module mod_name of spec, in such a way that worker processes find what is in a `__main__`."""
    if mod_name.endswith("." + MAIN):
        spec.name = workers.travelling_name(mod_name, "")
    program.use_spec(spec)


def _details(mod_name: str) -> "Tuple[str, Any, CodeType]":
    pkg_name = mod_name.rpartition(".")[0]
    if pkg_name:
        _import_parent(pkg_name)
        if is_imported(mod_name):
            # A warning is due, which people know and filter by its place in runpy. So runpy gives it.
            import runpy  # loaded by python itself before any -m

            return runpy._get_module_details(mod_name, NothingToRun)  # type: ignore[attr-defined, no-any-return]
    return module_details(mod_name, NothingToRun)


class NothingToRun(Refusal):
    """There is no module of that name that could run; the words are runpy's."""

    def __init__(self, words: str) -> None:
        super().__init__("-m", words, status=1, words=words)


def module_details(
    mod_name: str, error: "Type[Exception]" = ImportError, name_errors: bool = False
) -> "Tuple[str, Any, CodeType]":
    """Give (mod_name, spec, code) for what `python -m mod_name` runs; a package stands for its `__main__`.

    Imports the parents. Raises error in runpy's words; with name_errors an ImportError carries the name, as
    it does in newer releases of runpy.
    """
    name = error_names(mod_name, error, name_errors)
    if mod_name.startswith("."):
        raise error("Relative module names not supported", **name)
    pkg_name = mod_name.rpartition(".")[0]
    if pkg_name:
        _import_parent(pkg_name)
        _warn_if_imported(mod_name, pkg_name)
    spec = find_spec(mod_name, error, name)
    if spec is None:
        raise error(f"No module named {mod_name}", **name)
    if spec.submodule_search_locations is not None:
        return _package_details(mod_name, error, name)
    return mod_name, spec, _module_code(mod_name, spec, error, name)


def error_names(mod_name: str, error: "Type[Exception]", wanted: bool) -> "Dict[str, str]":
    """Give the keywords with which to raise error: name=mod_name if wanted and it takes one, else none."""
    return {"name": mod_name} if wanted and issubclass(error, ImportError) else {}


def _import_parent(pkg_name: str) -> None:
    try:
        __import__(pkg_name)
    except ImportError as error:
        # A missing parent is reported by the search that follows; every other failure is the parent's own.
        missing = error.name
        if missing is None or (missing != pkg_name and not pkg_name.startswith(missing + ".")):
            raise


def _warn_if_imported(mod_name: str, pkg_name: str) -> None:
    if not is_imported(mod_name):
        return
    from warnings import warn_explicit  # rarely needed

    message = (
        f"{mod_name!r} found in sys.modules after import of package {pkg_name!r}, but prior to "
        f"execution of {mod_name!r}; this may result in unpredictable behaviour"
    )
    # As runpy's, because people filter it by that module's name.
    line = sys._getframe().f_lineno
    warn_explicit(message, RuntimeWarning, __file__, line, "runpy", globals().setdefault("__warningregistry__", {}))


def is_imported(mod_name: str) -> bool:
    """Tell whether a module, not a package, of that name has been imported already."""
    existing = sys.modules.get(mod_name)
    return existing is not None and not hasattr(existing, "__path__")


def find_spec(mod_name: str, error: "Type[Exception]", name: "Dict[str, str]") -> "Any":
    """Give the spec of a module as `importlib.util` finds it: of what is imported already, too; None if there is none.

    name: what `error_names` gives, to raise error with where the search fails.
    """
    import importlib.util  # runpy has loaded it before any -m

    try:
        return importlib.util.find_spec(mod_name)
    except (ImportError, AttributeError, TypeError, ValueError) as reason:
        words = f"Error while finding module specification for {mod_name!r} ({type(reason).__name__}: {reason})"
        if mod_name.endswith(".py") and sys.version_info >= (3, 9):
            words += f". Try using '{mod_name[:-3]}' instead of '{mod_name}' as the module name."
        raise error(words, **name) from reason


def _package_details(mod_name: str, error: "Type[Exception]", name: "Any") -> "Tuple[str, Any, CodeType]":
    if mod_name == MAIN or mod_name.endswith("." + MAIN):
        raise error("Cannot use package as __main__ module", **name)
    try:
        return module_details(f"{mod_name}.{MAIN}", error, bool(name))
    except error as reason:
        if mod_name not in sys.modules:
            raise
        words = f"{reason}; {mod_name!r} is a package and cannot be directly executed"
        raise error(words, **name)  # in the context of reason, as runpy does


def _module_code(mod_name: str, spec: "Any", error: "Type[Exception]", name: "Any") -> "CodeType":
    if spec.loader is None:
        raise error(f"{mod_name!r} is a namespace package and cannot be executed", **name)
    try:
        code: "Optional[CodeType]" = spec.loader.get_code(mod_name)
    except ImportError as reason:
        raise error(format(reason), **name) from reason
    if code is None:
        raise error(f"No code object available for {mod_name}", **name)
    return code
