"""Modules that stand in sys.modules as if python had loaded them, but are executed only when they are looked into.

For an archive python loads runpy and what that imports: a fifth of the time of a short program. Programs rely on it
being there (`importlib.util` after a mere `import importlib`, for one), and hardly any needs it.
"""

import sys

import _frozen_importlib
import _frozen_importlib_external
from _frozen_importlib_external import SourceFileLoader

from . import interpreter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType
    from typing import Any, Iterable, Set

_Module: "Any" = type(sys)
# Which `importlib` makes submodules of its own when it is executed.
_BOOTSTRAP = {"importlib._bootstrap": _frozen_importlib, "importlib._bootstrap_external": _frozen_importlib_external}
_executing: "Set[str]" = set()


class LazyModule(_Module):  # type: ignore[misc]
    """A module that is executed when something is wanted of it that is not there yet."""

    def __getattr__(self, name: str) -> "Any":
        fullname = _namespace(self)["__name__"]
        if not _ensure(self, fullname):
            raise AttributeError(f"module {fullname!r} has no attribute {name!r}")
        return getattr(self, name)

    def __dir__(self) -> "Any":
        _ensure(self, _namespace(self)["__name__"])
        return dir(self)

    @property
    def __dict__(self) -> "Any":  # type: ignore[override]
        """What `vars()` gives."""
        _ensure(self, _namespace(self)["__name__"])
        return _namespace(self)


class _Alias(_Module):  # type: ignore[misc]
    """In the place of what a module that is no package puts into sys.modules when it is executed: `typing.io`."""

    def __getattr__(self, name: str) -> "Any":
        fullname = _namespace(self)["__name__"]
        parent = fullname.rpartition(".")[0]
        _ensure(interpreter.module(parent), parent)
        real = interpreter.module(fullname)
        if real is self:
            raise AttributeError(f"module {fullname!r} has no attribute {name!r}")
        return getattr(real, name)


_namespace: "Any" = _Module.__dict__["__dict__"].__get__


def _ensure(module: LazyModule, fullname: str) -> bool:
    """Execute module, unless that was done; tell whether it is not just being done by this thread."""
    with _frozen_importlib._ModuleLockManager(fullname):  # type: ignore[attr-defined]
        if type(module) is LazyModule:
            if fullname in _executing:
                return False
            _execute(module, fullname)
    return True


def enter(names: "Iterable[str]") -> None:
    """Let the modules called names, parents first, stand in sys.modules, those that are not loaded yet."""
    for name in names:
        if interpreter.module(name) is None:
            interpreter.enter_module(name, _BOOTSTRAP.get(name) or _lazy(name))


def _lazy(name: str) -> "ModuleType":
    parent = interpreter.module(name.rpartition(".")[0])
    if parent is not None and parent.__spec__.submodule_search_locations is None:
        return _Alias(name)
    spec = _frozen_importlib.FrozenImporter.find_spec(name)  # most are frozen, and to ask everybody takes its time
    spec = spec or _frozen_importlib._find_spec(name, getattr(parent, "__path__", None))  # type: ignore[attr-defined]
    if spec.loader is not _frozen_importlib.FrozenImporter and type(spec.loader) is not SourceFileLoader:
        made: "ModuleType" = _frozen_importlib._load(spec)  # type: ignore[attr-defined]  # in C, and quickly done
        return made
    module: "ModuleType" = spec.loader.create_module(spec) or _Module(name)
    _frozen_importlib._init_module_attrs(spec, module)
    module.__class__ = LazyModule
    return module


def _execute(module: LazyModule, fullname: str) -> None:
    _executing.add(fullname)
    try:
        module.__spec__.loader.exec_module(module)
    finally:
        _executing.discard(fullname)
        module.__class__ = _Module
