"""The ground floor: everything between the command line and the target's first line.

The order of a start: `command` reads the words, `classify` says what the target is, `locate` finds
its program, `executor` makes it the running `__main__`; `interpreter` is the only place that changes
`sys`, and `workers` lets child processes find what `__main__` defines. Nothing here imports upward, and
nothing is imported by name once the target is on `sys.path`.

What every start needs is loaded here from the bytecode that the import system keeps of it, without the import
system: its search and its checks would cost as much again as the modules themselves.
"""

import os
import sys

import _frozen_importlib
import _frozen_importlib_external
import marshal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType
    from typing import Optional

_PYC_HEADER = 16


class Refusal(Exception):
    """A target that will not be run, in the words the user gets to see.

    target: what the user named, as typed.
    reason: what is wrong with it; lower case, no full stop.
    hint: what to do about it, or None.
    status: the exit status of the command, the one python has where it has one.
    words: what python itself says, after its own name, where it has words for the case; otherwise None.
    """

    def __init__(
        self,
        target: str,
        reason: str,
        hint: "Optional[str]" = None,
        status: int = 2,
        words: "Optional[str]" = None,
    ) -> None:
        super().__init__(target, reason, hint, status, words)
        self.target = target
        self.reason = reason
        self.hint = hint
        self.status = status
        self.words = words

    def __str__(self) -> str:
        """Give the lines that the command prints, without python's name and without a line end."""
        line = self.words or f"mainspring: {_printable(self.target)}: {_printable(self.reason)}"
        return line if self.hint is None else f"{line}\nhint: {_printable(self.hint)}"


def _printable(text: str) -> str:
    """Replace control characters: what a hostile name holds must not reach the terminal as such."""
    return "".join(c if c.isprintable() or "\udc80" <= c <= "\udcff" else "\ufffd" for c in text)


def load(*names: str) -> None:
    """Import modules of this package by hand, where there is valid bytecode of them; leave the rest to import.

    A module must not come before one that it needs.
    """
    for name in names:
        if f"{__name__}.{name}" not in sys.modules:
            _load(name)


def _load(name: str) -> None:
    file = os.path.join(__path__[0], f"{name}.py")
    full_name = f"{__name__}.{name}"
    try:
        code = _valid_code(file, __spec__.cached.replace("__init__", name))  # type: ignore[union-attr]
    except (OSError, AttributeError, EOFError, ValueError, TypeError):
        return
    module = type(sys)(full_name)
    module.__file__ = file
    module.__package__ = __name__
    module.__loader__ = _frozen_importlib_external.SourceFileLoader(full_name, file)
    module.__spec__ = _frozen_importlib.ModuleSpec(full_name, module.__loader__, origin=file)
    module.__spec__.has_location = True
    sys.modules[full_name] = module
    exec(code, vars(module))
    globals()[name] = module


def _valid_code(file: str, cached: str) -> "CodeType":
    """Give the code in cached if the import system would take it for file (PEP 552); raise ValueError if not."""
    handle = os.open(cached, os.O_RDONLY | getattr(os, "O_BINARY", 0))
    try:
        data = os.read(handle, os.fstat(handle).st_size)
    finally:
        os.close(handle)
    status = os.stat(file)
    stamps = (0, int(status.st_mtime) & 0xFFFFFFFF, status.st_size & 0xFFFFFFFF)
    header = _frozen_importlib_external.MAGIC_NUMBER + b"".join(stamp.to_bytes(4, "little") for stamp in stamps)
    if data[:_PYC_HEADER] != header:
        raise ValueError("the bytecode is stale, or checked by other means")
    code: "CodeType" = marshal.loads(data[_PYC_HEADER:])
    return code


load("classify", "collector", "interpreter", "source", "image", "program", "store", "locate", "command", "executor")
