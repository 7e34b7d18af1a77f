"""The place of the store, where there is none yet: whose it is."""

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Optional


def is_for_others(root: str) -> bool:
    """Tell whether root, where there is nothing yet, is for somebody else to make.

    Under sudo, HOME may be the user's. What the superuser makes there, the user could neither use nor remove.
    """
    return os.name != "nt" and os.geteuid() == 0 and owner(nearest(root)) not in (0, None)


def nearest(path: str) -> str:
    """Give the first of path and the directories above it that is there."""
    while not os.path.lexists(path) and os.path.dirname(path) != path:
        path = os.path.dirname(path)
    return path


def owner(path: str) -> "Optional[int]":
    """Give the id of the user whom what is at path belongs to; None if that cannot be told."""
    try:
        return os.stat(path).st_uid
    except OSError:
        return None
