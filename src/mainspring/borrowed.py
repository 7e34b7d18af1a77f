"""The library packaging, by which metadata are read, for a Python that has none: another Python may have sent us there."""

import os
import sys
from importlib import import_module
from importlib.util import find_spec, module_from_spec, spec_from_file_location

from .runtime import Refusal, interpreter

_NAME = "packaging"


def require_packaging(typed: str) -> None:
    """See that packaging can be imported: if need be from beside this package, from where nothing else is taken.

    Raises Refusal of the target that was typed so, if it is not there either.
    """
    if not has_packaging():
        hint = f"{sys.executable} -m pip install {_NAME}"
        raise Refusal(typed, f"its metadata cannot be read, as this Python has no {_NAME}", hint)


def has_packaging() -> bool:
    """Tell whether packaging can be imported, from beside this package if need be."""
    if find_spec(_NAME) is not None:
        return True
    place = os.path.join(os.path.dirname(os.path.dirname(__file__)), _NAME)
    return os.path.isdir(place) and _is_entered(place)


def _is_entered(place: str) -> bool:
    """Enter packaging from its directory; tell whether it is one for this Python."""
    spec = spec_from_file_location(_NAME, os.path.join(place, "__init__.py"), submodule_search_locations=[place])
    if spec is None or spec.loader is None:
        return False
    made = module_from_spec(spec)
    interpreter.enter_module(_NAME, made)
    try:
        spec.loader.exec_module(made)
        for name in ("requirements", "specifiers", "tags"):
            import_module(f"{_NAME}.{name}")
    except (ImportError, SyntaxError, TypeError, AttributeError):  # it is for a newer one
        interpreter.forget([name for name in interpreter.modules() if name.partition(".")[0] == _NAME])
        return False
    return True
