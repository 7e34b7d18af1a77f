"""What comes of a module that stands in (`lazy`) when it is looked into: it is found and executed, as python would have."""

import _frozen_importlib
import _frozen_importlib_external
import sys

from . import interpreter
from .lazy import ALIAS, AT_ONCE, LATER, LazyModule, namespace_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType
    from typing import Any, Iterable, List, Set, Tuple

    from .lazy import Described

    Before = Tuple[List[Any], List[str]]  # the finders and the path by which python would have found the module

_Module: "Any" = type(sys)
_FrozenImporter: "Any" = _frozen_importlib.FrozenImporter
_PathFinder: "Any" = _frozen_importlib_external.PathFinder
_executing: "Set[str]" = set()


def described(names: "Iterable[str]") -> "List[Described]":
    """Say of modules that were just loaded, parents first, how `lazy.enter` is to make them; by name."""
    return [(name, _how(name)) for name in names]


def _how(name: str) -> str:
    parent = interpreter.module(name.rpartition(".")[0])
    if parent is not None and not hasattr(parent, "__path__"):
        return ALIAS
    loader = getattr(getattr(interpreter.module(name), "__spec__", None), "loader", None)
    is_python = loader is _FrozenImporter or type(loader) is _frozen_importlib_external.SourceFileLoader
    return LATER if is_python else AT_ONCE


def loaded(fullname: str, before: "Before") -> "ModuleType":
    """Give the module, found and executed now, and left in sys.modules."""
    return _frozen_importlib._load(_spec_of(fullname, before))  # type: ignore[attr-defined, no-any-return]


def attribute(module: "ModuleType", name: str) -> "Any":
    """Give what is called name in module, which is executed unless that was done, or is just being done by this thread."""
    awake = _awake(module, name)
    return _Module.__getattribute__(module, name) if awake is module else getattr(awake, name)


def put(module: "ModuleType", name: str, value: "Any") -> None:
    """Let value be what is called name in module, which is executed first, as it would put its own there later."""
    awake = _awake(module, name)
    if awake is module:
        _Module.__setattr__(module, name, value)
    else:
        setattr(awake, name, value)


def drop(module: "ModuleType", name: str) -> None:
    """Take away what is called name in module, which is executed first."""
    awake = _awake(module, name)
    if awake is module:
        _Module.__delattr__(module, name)
    else:
        delattr(awake, name)


def _awake(module: "ModuleType", name: str) -> "ModuleType":
    """Give module, executed, or else what its parent puts in its place, for what it has under name."""
    namespace = namespace_of(module)
    fullname = namespace["__name__"]
    if namespace.get("__how__") == ALIAS:
        return _of_parents(module, fullname, name)
    with _frozen_importlib._ModuleLockManager(fullname):  # type: ignore[attr-defined]
        if type(module) is LazyModule and fullname not in _executing:
            _execute(module, fullname)
    return module


def _of_parents(module: "ModuleType", fullname: str, name: str) -> "ModuleType":
    """Give what the parent of module puts in its place."""
    getattr(interpreter.module(fullname.rpartition(".")[0]), "__name__")  # noqa: B009  which executes it
    real: "ModuleType" = interpreter.module(fullname)
    if real is module:
        raise AttributeError(f"module {fullname!r} has no attribute {name!r}")
    return real


def _execute(module: "ModuleType", fullname: str) -> None:
    namespace = namespace_of(module)
    spec = _spec_of(fullname, namespace["__before__"])
    ours = {name: namespace.pop(name) for name in ("__before__", "__how__")}
    _executing.add(fullname)
    try:
        namespace.update(namespace_of(spec.loader.create_module(spec) or _Module(fullname)))
        _frozen_importlib._init_module_attrs(spec, module)
        spec.loader.exec_module(module)
        module.__class__ = _Module
    except BaseException:
        namespace.update(ours)  # for whoever tries again
        raise
    finally:
        _executing.discard(fullname)


def _spec_of(fullname: str, before: "Before") -> "Any":
    found = _FrozenImporter.find_spec(fullname)  # most are frozen, and to ask everybody takes its time
    if found is not None:
        return found
    finders, path = before
    parent = fullname.rpartition(".")[0]
    inside = interpreter.module(parent).__path__ if parent else None
    for finder in finders:
        found = finder.find_spec(fullname, path if finder is _PathFinder and not parent else inside)
        if found is not None:
            return found
    raise ModuleNotFoundError(f"No module named {fullname!r}", name=fullname)
