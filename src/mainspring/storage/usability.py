"""Why the store is not used, in words for people; a start says nothing of it."""

import os
import stat
from typing import Optional, Tuple

from ..runtime import private
from . import ownership

_ELSEWHERE = "set MAINSPRING_CACHE_DIR to a directory of your own"


def lack(root: str) -> Optional[Tuple[str, str, str]]:
    """Say why the store at root is not used: of which path, what that is, and what helps.

    None if it is used, or can be, for all that is known here.
    """
    try:
        status = os.lstat(root)
    except OSError:
        if not ownership.is_for_others(root):
            return None
        place = ownership.nearest(root)
        return (
            place,
            f"belongs to {_name(ownership.owner(place))}, and the store would be {_name(os.geteuid())}'s",
            _ELSEWHERE,
        )
    if not stat.S_ISDIR(status.st_mode):
        return root, "is no directory", "remove it"
    if private.is_ours(status):
        return None
    if status.st_uid != os.geteuid():
        return root, f"belongs to {_name(status.st_uid)}", f"have it removed, or {_ELSEWHERE}"
    return root, "can be written to by others", "chmod 700 it, or remove it"


def closed(root: str) -> Optional[str]:
    """Give the directory that keeps the store at root from being written, as there is no directory or it cannot be written to."""
    place = ownership.nearest(root)
    return None if os.path.isdir(place) and os.access(place, os.W_OK | os.X_OK) else place


def takes_more(root: Optional[str]) -> bool:
    """Tell whether the store at root, None for none, can take what it has not yet, for all that is known here."""
    return root is not None and lack(root) is None and closed(root) is None


def _name(user: Optional[int]) -> str:
    """Give the name of the user with that id, or the id where there is none."""
    try:
        import pwd  # for words alone, and not there on Windows

        return pwd.getpwuid(user or 0).pw_name
    except (ImportError, KeyError):
        return f"user {user}"
