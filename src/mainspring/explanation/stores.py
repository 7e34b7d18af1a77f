"""Whether the store can be used, and what keeps it from that: a start says nothing of it, and goes on without."""

from typing import Any, Optional

from ..runtime import private
from ..storage import usability


def lack() -> Optional[str]:
    """Say why no start uses the store; None if one would."""
    root = private.root()
    if root is None:
        return "there is no place for it"
    found = usability.lack(root)
    return None if found is None else " ".join(found[:2])


def cold(entry: Any, comes_of_it: str) -> str:
    """Say that entry, which has a root and a path, is not in the store yet, and what comes of it; or that no store is used.

    And whether it will stay so.
    """
    if not entry.root or lack() is not None:
        return not_used()
    said = f"{entry.path}: cold{comes_of_it}"
    place = usability.closed(entry.root)
    return said if place is None else f"{said}; at every start, as {place} is no directory that can be written to"


def not_used() -> str:
    """Say that it is not used, and why, unless that was asked for."""
    why = lack()
    return "not used" if why is None else f"not used: {why}"
