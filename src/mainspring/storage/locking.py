"""The store's locks: exclusive holds on trees of real files, and the lock of an entry that is being written.

Whoever has a hold may remove the tree, as no running program uses it (`files.hold`).
"""

import _imp
import os
import sys
import time
from _frozen_importlib import BuiltinImporter, ModuleSpec
from _frozen_importlib_external import ExtensionFileLoader

from .contents import is_directory

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Optional


class Hold:
    """An exclusive hold on a tree of real files, if there is one and nobody else has it; to be released.

    is_by_others: a running program holds it (`files.hold`). is_unknown: there is a tree, and locks do not work here.
    """

    __slots__ = ("_file", "is_by_others", "is_unknown")

    def __init__(self, tree: "Optional[str]") -> None:
        self._file = -1
        self.is_by_others = self.is_unknown = False
        if tree is None or not is_directory(tree):
            return
        fcntl = _fcntl()
        try:
            self._file = os.open(tree, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0))
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self.is_by_others = True
        except FileNotFoundError:
            pass
        except (OSError, AttributeError):  # no such module; or locks are not for directories, or not for this disk
            self.is_unknown = True

    @classmethod
    def on(cls, entry: str) -> "Hold":
        """Give a hold on the tree of what is at the path entry, which may have none."""
        return cls(os.path.join(entry, "files") if is_directory(entry) else None)

    def release(self) -> None:
        """Let others hold it."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1


def lock(path: str, seconds: float, is_done: "Callable[[], bool]") -> "Optional[int]":
    """Take the lock that is the file at path, and give its descriptor, to be closed; a killed process gives it back.

    None if there are no locks here, if it took more than seconds, or if somebody else has done what it is wanted
    for, of which is_done tells. Raises nothing. On Windows, a child does not have it, too.
    """
    try:
        take = _taker()
        flags = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
        file = os.open(path, os.O_RDWR | os.O_CREAT | flags, 0o600)
    except (OSError, ImportError):
        return None
    patience = time.monotonic() + seconds
    pause = 0.01
    while True:
        try:
            take(file)
            return file
        except (BlockingIOError, PermissionError):  # the latter is Windows' word for it
            if time.monotonic() < patience and not is_done():
                time.sleep(pause)
                pause = min(pause * 1.5, 0.2)
                continue
        except OSError:
            pass
        os.close(file)
        return None


def _taker() -> "Callable[[int], object]":
    """Give what locks a file, or raises OSError at once. Raises ImportError where there is no such thing."""
    try:
        from fcntl import LOCK_EX, LOCK_NB, flock  # when there is something to write

        return lambda file: flock(file, LOCK_EX | LOCK_NB)
    except ImportError:
        import msvcrt  # as above, on Windows

        system: "Any" = msvcrt
        return lambda file: system.locking(file, system.LK_NBLCK, 1)  # one byte, which need not be there


def _fcntl() -> "Any":
    """Give the module fcntl, None where there is none.

    It is loaded by hand: this may be called when a program has ended, and that may have an fcntl.py of its own.
    """
    if "fcntl" in sys.builtin_module_names:
        return _loaded(BuiltinImporter, "built-in")
    folder = os.path.join(os.path.dirname(os.__file__), "lib-dynload")
    for suffix in _imp.extension_suffixes():
        file = os.path.join(folder, f"fcntl{suffix}")
        if os.path.isfile(file):
            return _loaded(ExtensionFileLoader("fcntl", file), file)
    return None


def _loaded(loader: "Any", origin: str) -> "Any":
    spec = ModuleSpec("fcntl", loader, origin=origin)
    try:
        made = loader.create_module(spec)
        loader.exec_module(made)
    except ImportError:
        return None
    return made
