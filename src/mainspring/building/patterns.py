"""Patterns of what a bundle is to do without."""

import fnmatch
from typing import Iterable


def is_excluded(name: str, patterns: Iterable[str]) -> bool:
    """Tell whether name, a path with slashes, or a folder that it is in, matches one of patterns, as `fnmatch` has it."""
    parts = name.split("/")
    folders = ["/".join(parts[: count + 1]) for count in range(len(parts))]
    return any(fnmatch.fnmatchcase(folder, pattern.rstrip("/")) for pattern in patterns for folder in folders)
