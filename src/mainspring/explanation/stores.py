"""Whether the store can be used, and what keeps it from that: a start says nothing of it, and goes on without."""

import os
from typing import Optional

from ..runtime import private


def lack() -> Optional[str]:
    """Say why no start uses the store; None if one would."""
    root = private.root()
    if root is None:
        return "there is no place for it"
    if os.path.lexists(root) and not private.is_private(root):
        return f"{root} is no directory, or others own it or can write to it"
    return None


def not_used() -> str:
    """Say that it is not used, and why, unless that was asked for."""
    why = lack()
    return "not used" if why is None else f"not used: {why}"
