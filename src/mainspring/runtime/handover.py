"""Handing the process over to another program: python itself, or one of the system's."""

import os
import sys

from . import Refusal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import List, Optional

    from .warm import Warm


class Leaving(Refusal):
    """A target that this process does not run itself: another program is to take it over.

    target, reason: what, and why. path: that program's. command_line: its words.
    goes_on: whether it is mainspring under another Python, which then decides the rest.
    bundle: the bundle that was opened for it, if one was.
    """

    def __init__(
        self,
        target: str,
        reason: str,
        path: str,
        command_line: "List[str]",
        goes_on: bool = False,
        bundle: "Optional[Warm]" = None,
    ) -> None:
        super().__init__(target, reason)
        self.path = path
        self.command_line = command_line
        self.goes_on = goes_on
        self.bundle = bundle

    def leave(self) -> int:
        """Do it. Returns and raises as `become` does."""
        return become(self.path, self.command_line)


def become_python(words: "List[str]") -> int:
    """Hand the process over to python itself, started with words. Returns and raises as `become` does."""
    return become(sys.executable, of_python(words))


def of_python(words: "List[str]") -> "List[str]":
    """Give words, a command line of python's, with this interpreter's path: a bare `python` could lead elsewhere."""
    return [sys.executable, *words[1:]]


def become(path: str, words: "List[str]") -> int:
    """Hand the process over to the program at path, started with words.

    Does not return, but on Windows, where it gives the status with which to end. Raises Refusal if it cannot be started.
    """
    try:
        if os.name != "nt":
            os.execv(path, words)
        import subprocess  # cold: the process ends here; exec leaves the caller's shell waiting for the wrong process

        return subprocess.call(words, executable=path)
    except OSError as error:
        hint = f"chmod +x {path}" if isinstance(error, PermissionError) else None
        raise Refusal(words[0], f"it cannot be started: {error.strerror}", hint) from None


def is_interactive() -> bool:
    """Tell whether python would prompt for what it reads from standard input: on a terminal, and under -i."""
    return bool(sys.flags.interactive) or (sys.stdin is not None and sys.stdin.isatty())
