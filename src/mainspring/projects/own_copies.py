"""Copies of a project that come with what it depends on, as that depends on the project: found, and taken away again."""

import csv
import os
from typing import Iterable, List, Set

from ..makers.metadata import DIST_INFO
from ..storage import trees
from .reading import normalized


def is_among(name: str, distributions: Iterable[str]) -> bool:
    """Tell whether a project of that name, "" for none, is among distributions, each `name-version`."""
    own = normalized(name) if name else ""
    return any(normalized(one.rpartition("-")[0]) == own for one in distributions)


def remove(name: str, tree: str) -> None:
    """Remove from the directory tree, which an installer has filled, all files of the project of that name.

    Raises OSError for a list of these that cannot be read.
    """
    for folder in sorted(os.listdir(tree)):
        if folder.endswith(DIST_INFO) and is_among(name, [folder[: -len(DIST_INFO)]]):
            paths = _recorded(tree, folder)
            for path in paths:
                trees.remove(path)
            trees.remove(os.path.join(tree, folder))
            _prune({os.path.dirname(path) for path in paths}, tree)


def _recorded(tree: str, folder: str) -> List[str]:
    """Give the paths of the files that a distribution has, of those in tree."""
    with open(os.path.join(tree, folder, "RECORD"), encoding="utf-8", newline="") as file:
        names = [row[0] for row in csv.reader(file) if row]
    found = []
    for name in names:
        path = os.path.normpath(os.path.join(tree, name))
        if not path.startswith(os.path.join(tree, "")):  # pip has moved it since
            path = os.path.join(tree, "bin", os.path.basename(name))
        found.append(path)
    return found


def _prune(folders: Set[str], tree: str) -> None:
    for folder in folders:
        while folder != tree and os.path.isdir(folder) and not os.listdir(folder):
            trees.remove(folder)
            folder = os.path.dirname(folder)
