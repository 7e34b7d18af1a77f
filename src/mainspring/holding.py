"""Holds on trees of real files, exclusive ones: who has one may take the tree away, for no running program uses it."""

import os
import sys

import _imp
from _frozen_importlib import BuiltinImporter, ModuleSpec
from _frozen_importlib_external import ExtensionFileLoader

from .store_contents import is_directory

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Optional


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
