"""The third-party libraries by which metadata are read, for a Python that lacks them.

They are pure Python. An interpreter that sends another one a target, where mainspring need not be, names the directories
of its own; the other imports them from there. packaging may also be beside this package, from where nothing else is taken.
"""

import _frozen_importlib
import _frozen_importlib_external
import os
import sys
from importlib import import_module
from importlib.machinery import PathFinder
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from typing import List

from .runtime import Refusal, interpreter

NAMES = ("packaging", "pyproject_hooks", "tomli")
_PACKAGING = "packaging"


def lent() -> str:
    """Give the directories of the libraries that this interpreter has, as one word; "" if it has none."""
    specs = [PathFinder.find_spec(name) for name in NAMES]
    found: List[str] = [os.path.dirname(spec.origin) for spec in specs if spec is not None and spec.origin]
    return os.pathsep.join(found)


def borrow(directories: str) -> None:
    """Import from directories, a word that `lent` gave, what this interpreter has not of its own. Raises nothing."""
    for directory in filter(None, directories.split(os.pathsep)):
        name = os.path.basename(directory)
        if name in NAMES and name not in sys.modules and PathFinder.find_spec(name) is None:
            try:
                spec = _frozen_importlib_external.spec_from_file_location(
                    name, os.path.join(directory, "__init__.py"), submodule_search_locations=[directory]
                )
                _frozen_importlib._load(spec)  # type: ignore[attr-defined]
            except Exception:  # noqa: BLE001, S112  it may be too new for this Python: then it lacks it
                continue


def require_packaging(typed: str) -> None:
    """See that packaging can be imported: if need be from beside this package, from where nothing else is taken.

    Raises Refusal of the target that was typed so, if it is not there either.
    """
    if not has_packaging():
        hint = f"{sys.executable} -m pip install {_PACKAGING}"
        raise Refusal(typed, f"its metadata cannot be read, as this Python has no {_PACKAGING}", hint)


def has_packaging() -> bool:
    """Tell whether packaging can be imported, from beside this package if need be."""
    if find_spec(_PACKAGING) is not None:
        return True
    place = os.path.join(os.path.dirname(os.path.dirname(__file__)), _PACKAGING)
    return os.path.isdir(place) and _is_entered(place)


def _is_entered(place: str) -> bool:
    """Enter packaging from its directory; tell whether it is one for this Python."""
    spec = spec_from_file_location(_PACKAGING, os.path.join(place, "__init__.py"), submodule_search_locations=[place])
    if spec is None or spec.loader is None:
        return False
    made = module_from_spec(spec)
    interpreter.enter_module(_PACKAGING, made)
    try:
        spec.loader.exec_module(made)
        for name in ("requirements", "specifiers", "tags"):
            import_module(f"{_PACKAGING}.{name}")
    except (ImportError, SyntaxError, TypeError, AttributeError):  # it is for a newer one
        interpreter.forget([name for name in interpreter.modules() if name.partition(".")[0] == _PACKAGING])
        return False
    return True
