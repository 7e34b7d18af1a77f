"""mainspring runs anything that has a `__main__`, exactly as python would.

The house has two floors. `mainspring.runtime` is the ground floor: what happens between the command line and
the target's first line. Above it stand `executor` (the door for tool authors), `runpy_compat` (a stand-in for
`runpy`) and what the commands need; `__main__` is the front door.

The names below are the library, and the command. They load what they need when they are called, because this file is
read at every start of the command.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    import os
    from types import ModuleType
    from typing import Any, Dict, Optional, Union

    from .inspection.report import Report
    from .runtime import Refusal as Refusal
    from .runtime.classify import Target

__all__ = ["Refusal", "__version__", "build", "classify", "inspect", "main", "run_module", "run_path"]

__version__ = "0.1.0"


def run_path(
    path_name: "Union[str, bytes, os.PathLike[str]]",
    init_globals: "Optional[Dict[str, Any]]" = None,
    run_name: "Optional[str]" = None,
) -> "Dict[str, Any]":
    """Run a script, a directory or an archive; give a copy of its globals.

    Arguments, result, side effects and exceptions are those of `runpy.run_path` of the running interpreter:
    while it runs, `sys.argv[0]` and `sys.modules[run_name]` are the target's, and so is `sys.path[0]` for a
    directory or an archive; so it is not thread-safe. `mainspring.executor` is.
    """
    from . import runpy_compat  # not needed to start a program

    return runpy_compat.run_path(path_name, init_globals, run_name)


def run_module(
    mod_name: str,
    init_globals: "Optional[Dict[str, Any]]" = None,
    run_name: "Optional[str]" = None,
    alter_sys: bool = False,
) -> "Dict[str, Any]":
    """Run a module by name without importing it; give its globals.

    Arguments, result, side effects and exceptions are those of `runpy.run_module` of the running interpreter:
    with alter_sys, `sys.argv[0]` and `sys.modules[run_name]` are the module's while it runs, and the result is
    a copy; without, nothing of `sys` is changed.
    """
    from . import runpy_compat  # as above

    return runpy_compat.run_module(mod_name, init_globals, run_name, alter_sys)


def classify(path_name: "Union[str, bytes, os.PathLike[str]]") -> "Target":
    """Say what the thing at path_name is: the kind and what told; nothing is executed or changed.

    Raises `mainspring.Refusal` when there is nothing that python could open.
    """
    from os import fsdecode

    from .runtime.classify import classify as look  # as above

    return look(fsdecode(path_name))


def inspect(path_name: "Union[str, bytes, os.PathLike[str]]") -> "Report":
    """Say what is in the thing at path_name: a bundle of any maker, a directory, a script; nothing of it is executed.

    Raises `mainspring.Refusal` for what cannot be read. An archive that would be refused is described as far as
    it can be, with the reason as its soundness.
    """
    from os import fsdecode

    from .inspection import gathering  # as above

    return gathering.gather(fsdecode(path_name))


if TYPE_CHECKING:
    from .builder import build as build
else:

    def build(project, *arguments, **options):
        """Build a bundle of the project in a directory, checked and reproducible, as `mainspring build` does.

        Arguments, result and exceptions are those of `mainspring.builder.build`, where they are described.
        """
        from . import builder  # as above

        return builder.build(project, *arguments, **options)


def __getattr__(name: str) -> "Any":
    """Give `Refusal`, with which targets are refused, and the modules of the library; PEP 562, as above."""
    if name in ("executor", "runpy_compat"):
        return _module(name)
    if name != "Refusal":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from .runtime import Refusal as found  # as above

    return found


def main(exit_follows: bool = True) -> None:
    """Run the command, with the words in `sys.argv`; this process ends as the program ends.

    exit_follows tells that the caller, a console script, ends in `sys.exit()`.
    """
    import gc  # not for those who import the library

    collects = gc.isenabled()
    gc.disable()  # until the program begins: nothing of what a start makes is garbage
    _ground_floor().loaded("start").run(_module, exit_follows, collects)


def _ground_floor() -> "Any":
    """Give `mainspring.runtime`, imported by its place: to look for that takes as long again."""
    # These are loaded already, and no names of the library.
    import _frozen_importlib
    import _frozen_importlib_external
    import sys

    name = f"{__name__}.runtime"
    if name not in sys.modules and type(__spec__.loader) is _frozen_importlib_external.SourceFileLoader:
        directory = _frozen_importlib_external._path_join(__path__[0], "runtime")  # type: ignore[attr-defined]
        file = _frozen_importlib_external._path_join(directory, "__init__.py")  # type: ignore[attr-defined]
        spec = _frozen_importlib_external.spec_from_file_location(name, file, submodule_search_locations=[directory])
        globals()["runtime"] = _frozen_importlib._load(spec)  # type: ignore[attr-defined]
    return _module("runtime")


def _module(name: str) -> "ModuleType":
    """Give a module of this package by its name in it; `runtime` is handed this, and imports nothing above it by itself."""
    import _frozen_importlib  # as above

    module: "ModuleType" = _frozen_importlib._gcd_import(f"{__name__}.{name}")  # type: ignore[attr-defined]
    return module
