"""Modules that stand in sys.modules as if python had loaded them, but are found and executed only when they are looked into.

For an archive python loads runpy and what that imports: a fifth of the time of a short program. Programs rely on it
being there (`importlib.util` after a mere `import importlib`, for one), and hardly any needs it.
"""

import _frozen_importlib
import _frozen_importlib_external
import os
import sys

from . import interpreter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType
    from typing import Any, Iterable, List, Tuple

    Described = Tuple[str, str]  # a module's name, and how it is to be made

LATER = "later"
AT_ONCE = "at once"  # in C, and quickly done
ALIAS = "alias"  # what a module that is no package puts into sys.modules when it is executed: `typing.io`
_BuiltinImporter: "Any" = _frozen_importlib.BuiltinImporter
_Module: "Any" = type(sys)
namespace_of: "Any" = _Module.__dict__["__dict__"].__get__
# Which `importlib` makes submodules of its own when it is executed.
_BOOTSTRAP = {"importlib._bootstrap": _frozen_importlib, "importlib._bootstrap_external": _frozen_importlib_external}


class LazyModule(_Module):  # type: ignore[misc]
    """A module that is executed when anything is wanted of it, or put into it."""

    def __getattribute__(self, name: str) -> "Any":
        return loading().attribute(self, name)

    def __setattr__(self, name: str, value: "Any") -> None:
        loading().put(self, name, value)

    def __delattr__(self, name: str) -> None:
        loading().drop(self, name)


def loading() -> "Any":
    """Give what finds and executes such modules."""
    return interpreter.late("lazy_loading")


def enter(modules: "Iterable[Described]") -> None:
    """Let modules, parents first, stand in sys.modules, those that are not loaded yet."""
    before = interpreter.finders(), interpreter.path()
    for name, how in modules:
        if interpreter.module(name) is None:
            interpreter.enter_module(name, _renamed(name) if name in _BOOTSTRAP else _made(name, how, before))


def _renamed(name: str) -> "ModuleType":
    """Give the part of the import system that importlib, executed, makes a submodule of its own."""
    module = _BOOTSTRAP[name]
    file = f"{os.path.dirname(os.__file__)}{os.sep}{name.replace('.', os.sep)}.py"
    vars(module).update(__name__=name, __package__="importlib", __file__=file)
    return module


def _made(name: str, how: str, before: "Tuple[List[Any], List[str]]") -> "ModuleType":
    if how == AT_ONCE:
        built_in = _BuiltinImporter.find_spec(name)  # as a rule; then it need not be asked who else might have it
        return _frozen_importlib._load(built_in) if built_in else loading().loaded(name, before)  # type: ignore[attr-defined, no-any-return]
    module: "ModuleType" = _Module(name)
    namespace = namespace_of(module)
    namespace.clear()
    # What is needed to find it goes with it, out of sight: nobody sees this namespace before it is executed.
    namespace.update(__name__=name, __before__=before, __how__=how)
    module.__class__ = LazyModule
    return module
