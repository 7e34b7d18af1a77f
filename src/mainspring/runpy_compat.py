"""A stand-in for `runpy`, by name: the same functions, helpers included, on the shared executor.

pdb, trace, profile, debugpy and CPython's own tests use the helpers that begin with an underscore, so they are
here, with the signatures of the running interpreter's runpy. The rules are those of Lib/runpy.py (PEP 338,
366, 451), the differences between its versions included; what mainspring does better stands in `executor`.
"""

import os
import runpy
import sys
from io import open_code
from types import CodeType, ModuleType
from typing import Any, Dict, Optional, Tuple, Type, Union

from . import alterations
from .runtime import interpreter
from .runtime.modules import error_names, module_details

__all__ = ["run_module", "run_path"]

_Globals = Dict[str, Any]


# Releases of one minor version differ too, so the running interpreter's own runpy is asked.
_SIGNATURE = runpy._get_code_from_file.__code__.co_varnames  # type: ignore[attr-defined]
_NAMES_ERRORS = "issubclass" in runpy._get_module_details.__code__.co_names  # type: ignore[attr-defined]


class _TempModule(alterations.Altered):
    """While entered, `sys.modules[mod_name]` is a new module, `module`."""

    def __init__(self, mod_name: str) -> None:
        self.mod_name = mod_name
        self.module = ModuleType(mod_name)
        super().__init__(lambda: sys.modules, mod_name, self.module)

    def _take_away(self) -> None:
        if self.mod_name not in sys.modules:  # the program has done so, and that is what runpy says of it
            raise KeyError(self.mod_name)
        super()._take_away()


class _ModifiedArgv0(alterations.Altered):
    """While entered, `sys.argv[0]` is value."""

    def __init__(self, value: Any) -> None:
        self.value = value
        super().__init__(lambda: sys.argv, 0, value)

    def __enter__(self) -> "_ModifiedArgv0":
        sys.argv[0]  # as in runpy, there has to be one
        return super().__enter__()


class _Error(Exception):
    """What `_run_module_as_main` reports without a traceback."""


def _get_module_details(mod_name: str, error: Type[Exception] = ImportError) -> Tuple[str, Any, CodeType]:
    """Give (mod_name, spec, code) for what `python -m mod_name` runs; raises error when there is nothing."""
    if mod_name == "runpy" and vars(sys.modules.get(mod_name, sys)) is globals():
        # Standing in for runpy, this module is found by that name; its loader knows it by its own.
        spec: Any = __spec__
        return mod_name, spec, spec.loader.get_code(__name__)
    return module_details(mod_name, error, _NAMES_ERRORS)


def run_module(
    mod_name: str, init_globals: Optional[_Globals] = None, run_name: Optional[str] = None, alter_sys: bool = False
) -> _Globals:
    """Run a module by name without importing it; give its globals. See `runpy.run_module`."""
    mod_name, spec, code = _get_module_details(mod_name)
    run_name = mod_name if run_name is None else run_name
    if alter_sys:
        return _run_module_code(code, init_globals, run_name, spec)
    return _run_code(code, {}, init_globals, run_name, spec)


def run_path(
    path_name: Union[str, bytes, "os.PathLike[str]"],
    init_globals: Optional[_Globals] = None,
    run_name: Optional[str] = None,
) -> _Globals:
    """Run a script, a directory or an archive; give a copy of its globals. See `runpy.run_path`."""
    run_name = "<run_path>" if run_name is None else run_name
    pkg_name = run_name.rpartition(".")[0]
    importer = _get_importer(path_name)
    # Before 3.13 it is taken as it is given, and only str leads to a bundle.
    path: Any = path_name if _SIGNATURE[0] == "run_name" else os.fsdecode(path_name)
    if importer is None:
        code, path = _get_code(path, run_name)
        return _run_module_code(code, init_globals, run_name, pkg_name=pkg_name, script_name=path)
    with alterations.PathEntry(path):
        _, spec, code = _get_main_module_details()
        with _TempModule(run_name) as temporary, _ModifiedArgv0(path):
            return _run_code(code, vars(temporary.module), init_globals, run_name, spec, pkg_name).copy()


def _get_importer(path_name: Any) -> Any:
    from pkgutil import get_importer  # as runpy does, when it is called

    importer = get_importer(path_name)
    if sys.version_info < (3, 12) and type(importer).__module__ == "imp":  # imp.NullImporter
        return None
    return importer


def _run_code(
    code: CodeType,
    run_globals: _Globals,
    init_globals: Optional[_Globals] = None,
    mod_name: Optional[str] = None,
    mod_spec: Any = None,
    pkg_name: Optional[str] = None,
    script_name: Any = None,
) -> _Globals:
    """Execute code in run_globals, dressed for mod_spec or for a script; give run_globals."""
    if init_globals is not None:
        run_globals.update(init_globals)
    run_globals.update(_names(mod_name, mod_spec, pkg_name, script_name))
    exec(code, run_globals)
    return run_globals


def _names(mod_name: Optional[str], spec: Any, pkg_name: Optional[str], script_name: Any) -> _Globals:
    package = spec.parent if spec is not None and pkg_name is None else pkg_name
    names = {
        "__name__": mod_name,
        "__file__": script_name if spec is None else spec.origin,
        "__cached__": None if spec is None else spec.cached,
        "__doc__": None,
        "__loader__": None if spec is None else spec.loader,
        "__package__": package,
        "__spec__": spec,
    }
    if sys.version_info >= (3, 15):
        del names["__cached__"]
    return names


def _run_module_code(
    code: CodeType,
    init_globals: Optional[_Globals] = None,
    mod_name: Any = None,
    mod_spec: Any = None,
    pkg_name: Optional[str] = None,
    script_name: Any = None,
) -> _Globals:
    """Execute code in a module of its own that stands in sys.modules meanwhile; give a copy of its globals."""
    name = script_name if mod_spec is None else mod_spec.origin
    with _TempModule(mod_name) as temporary, _ModifiedArgv0(name):
        run_globals = vars(temporary.module)
        _run_code(code, run_globals, init_globals, mod_name, mod_spec, pkg_name, script_name)
    # A copy, because the module's own may be cleared when the module goes away.
    return run_globals.copy()


def _run_module_as_main(mod_name: str, alter_argv: bool = True) -> _Globals:
    """Execute a module in the namespace of `__main__`, as the interpreter does for -m, directories and archives."""
    main: ModuleType = sys.modules["__main__"]
    try:
        if alter_argv or mod_name != "__main__":
            mod_name, spec, code = _get_module_details(mod_name, _Error)
        else:
            mod_name, spec, code = _get_main_module_details(_Error)
    except _Error as error:
        sys.exit(f"{sys.executable}: {error}")
    if alter_argv:
        interpreter.set_argv0(spec.origin)
    return _run_code(code, vars(main), None, "__main__", spec)


def _get_main_module_details(error: Type[Exception] = ImportError) -> Tuple[str, Any, CodeType]:
    """Give (mod_name, spec, code) of the `__main__` that sys.path leads to."""
    sys.modules["__main__"]  # as in runpy, there has to be one; and it would be found first
    with alterations.Altered(lambda: sys.modules, "__main__", alterations.Altered.NOTHING):
        try:
            return _get_module_details("__main__")
        except ImportError as reason:
            if "__main__" not in str(reason):
                raise
            words = f"can't find '__main__' module in {sys.path[0]!r}"
            raise error(words, **error_names("__main__", error, _NAMES_ERRORS)) from reason


def _code_from_file(path_name: Any, module: str) -> CodeType:
    from pkgutil import read_code  # as runpy does, when it is called

    full = os.path.abspath(os.fsdecode(path_name))
    with open_code(full) as file:
        code: Optional[CodeType] = read_code(file)
    if code is not None:
        return code
    with open_code(full) as file:
        source = file.read()
    if sys.version_info >= (3, 15):
        return compile(source, path_name, "exec", module=module)  # type: ignore[call-overload, no-any-return]
    return compile(source, path_name, "exec")


def _get_code(path: Any, run_name: str) -> Tuple[CodeType, Any]:
    """Call the helper below, which somebody may have replaced, as the running interpreter's runpy does."""
    helper: Any = _get_code_from_file
    if _SIGNATURE[:2] == ("fname", "module"):
        return helper(path, run_name), path
    found: Tuple[CodeType, Any] = (helper(path), path) if _SIGNATURE[0] == "fname" else helper(run_name, path)
    return found


if _SIGNATURE[:2] == ("fname", "module"):  # 3.15

    def _get_code_from_file(fname: str, module: str) -> CodeType:
        """Give the code in a file, source or bytecode."""
        return _code_from_file(fname, module)

elif _SIGNATURE[0] == "fname":  # 3.13

    def _get_code_from_file(fname: str) -> CodeType:  # type: ignore[misc]
        """Give the code in a file, source or bytecode."""
        return _code_from_file(fname, "")

else:

    def _get_code_from_file(run_name: str, fname: Any) -> Tuple[CodeType, Any]:  # type: ignore[misc]
        """Give (code, fname) for a file, source or bytecode."""
        return _code_from_file(fname, run_name), fname


if __name__ == "__main__":  # as `python -m runpy` has it
    if len(sys.argv) < 2:
        print("No module specified for execution", file=sys.stderr)
    else:
        del sys.argv[0]
        _run_module_as_main(sys.argv[0])
