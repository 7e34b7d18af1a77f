"""Handing the process over to another program: python itself, or one of the system's."""

import os
import sys

from . import Refusal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import List, Optional


def become_python(words: "List[str]", path: "Optional[str]" = None) -> int:
    """Hand the process over to python itself, started with words: to the interpreter at path, or this one.

    Does not return, but on Windows, where it gives the status with which to end.

    The first word is replaced by the interpreter's path: a bare `python` could lead it to another prefix.
    """
    words = [path or sys.executable, *words[1:]]
    return become(words[0], words)


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
