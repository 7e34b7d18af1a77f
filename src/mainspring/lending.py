"""Lending: the libraries that an interpreter lacks when another one sends it a project, where mainspring need not be.

They are pure Python. Whoever sends names their directories; who is sent imports them from there, if it has none.
"""

import os
import sys
from importlib.machinery import PathFinder
from typing import List

import _frozen_importlib
import _frozen_importlib_external

NAMES = ("packaging", "pyproject_hooks", "tomli")


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
