"""The library that metadata are read with, where the Python that runs us has none: another one may have sent us there."""

import os
import sys
from importlib.util import find_spec, module_from_spec, spec_from_file_location

from .runtime import Refusal, interpreter

_NAME = "packaging"


def packaging(typed: str) -> None:
    """See that packaging can be imported: if need be, it is taken from beside this package, and nothing else from there.

    Raises Refusal of the target that was typed so, if it is not there either.
    """
    if find_spec(_NAME) is not None:
        return
    place = os.path.join(os.path.dirname(os.path.dirname(__file__)), _NAME)
    spec = spec_from_file_location(_NAME, os.path.join(place, "__init__.py"), submodule_search_locations=[place])
    if spec is None or spec.loader is None or not os.path.isdir(place):
        hint = f"{sys.executable} -m pip install {_NAME}"
        raise Refusal(typed, f"its metadata cannot be read, as this Python has no {_NAME}", hint)
    made = module_from_spec(spec)
    interpreter.enter_module(_NAME, made)
    spec.loader.exec_module(made)
