"""Temporary directories: a process makes one for itself, removes it when it ends, and sweeps away those of killed ones."""

import atexit
import os

from ..runtime import ending, files, private
from ..runtime.store import DAY
from . import keeper, locking, trees

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import List

_START = "mainspring-"  # how the names begin of those that take real files in the place of the store
_RANDOM = 8  # bytes, in the names


def places() -> "List[str]":
    """Give the directories that tempfile would try; it is not imported, as the program may have one of its own."""
    found = [os.environ.get(name, "") for name in ("TMPDIR", "TEMP", "TMP")]
    if os.name == "nt":
        found += [os.path.expandvars(r"%LOCALAPPDATA%\Temp"), r"C:\TEMP"]
    else:
        found += ["/tmp", "/var/tmp", "/dev/shm"]
    return [directory for directory in found if os.path.isabs(directory) and os.path.isdir(directory)]


def of_process() -> str:
    """Give a new directory of this process, one from which modules can be loaded if there is one. Raises OSError."""
    found = places()
    able = [base for base in found if not trees.is_noexec(base) and os.access(base, os.W_OK | os.X_OK)]
    for base in able or found:
        return made_in(base)
    raise FileNotFoundError("there is no temporary directory")


def made_in(base: str) -> str:
    """Give a new directory in base, which this process holds, and removes in the end.

    What killed processes left there is removed. Raises OSError.
    """
    sweep(base, _START)
    path = path_in(base, _START)
    os.mkdir(path, 0o700)
    remove_at_exit(path)
    trees.folder(path, base)
    files.hold(path)
    return path


def remove_at_exit(path: str) -> None:
    """Remove what will be at path when this process ends, as far as that can be done; not when a child of it does.

    What such a child still holds stays.
    """
    process = os.getpid()

    def remove() -> None:
        if os.getpid() != process:  # it is in a child that was forked off
            return
        ending.leave_signals()
        files.let_go()
        hold = locking.Hold(path)
        hold.release()
        if not hold.is_by_others:  # by such a child, which goes on; it is swept away later then
            trees.remove(path)

    atexit.register(remove)


def path_in(base: str, start: str) -> str:
    """Give a path in base at which there is nothing, for a directory that its process removes; start: how its name begins."""
    return os.path.join(base, start + os.urandom(_RANDOM).hex())


def sweep(base: str, start: str) -> None:
    """Remove from base what killed processes left at paths of `path_in`: directories of this user, which nobody holds.

    It must be a day old, or, where nothing tells who holds it (Windows), a month. Nothing that the user has called by a
    name that only begins so is touched. Raises nothing.
    """
    try:
        with os.scandir(base) as items:
            paths = [item.path for item in items if _is_ours(item.name, start)]
    except OSError:
        return
    for path in paths:
        if private.is_private(path) and trees.age(path) > DAY and _is_left(path):
            trees.remove(path)


def _is_left(path: str) -> bool:
    """Tell whether nobody holds the directory at path, as far as that can be told."""
    hold = locking.Hold(path)
    hold.release()
    return not hold.is_by_others and (not hold.is_unknown or trees.age(path) > keeper.UNUSED_DAYS * DAY)


def _is_ours(name: str, start: str) -> bool:
    rest = name[len(start) :]
    return name.startswith(start) and len(rest) == 2 * _RANDOM and not rest.strip("0123456789abcdef")
