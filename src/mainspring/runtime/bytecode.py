"""Bytecode targets: the code in a `.pyc`, and the name of the Python that wrote one we cannot run."""

import _frozen_importlib_external
import marshal
import sys

from . import Refusal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType
    from typing import Any, Optional

    from .program import Program

_HEADER = 16  # magic number, flags, and two words of validation: PEP 552

# The first magic number of each Python, from the list in CPython's Include/internal/pycore_magic_number.h
# (until 3.13 in Lib/importlib/_bootstrap_external.py).
_FIRST_MAGIC = (
    (3000, "3.0"),
    (3141, "3.1"),
    (3160, "3.2"),
    (3190, "3.3"),
    (3250, "3.4"),
    (3320, "3.5"),
    (3360, "3.6"),
    (3390, "3.7"),
    (3400, "3.8"),
    (3420, "3.9"),
    (3430, "3.10"),
    (3450, "3.11"),
    (3500, "3.12"),
    (3550, "3.13"),
    (3600, "3.14"),
    (3650, "3.15"),
)
_FIRST_UNKNOWN = 3700
_PYTHON_2 = range(50428, 62300)


def code_of(program: "Program") -> "CodeType":
    """Give the code object in the source of a bytecode program.

    Raises Refusal when another Python wrote it; EOFError and RuntimeError in the interpreter's words when it
    is cut short or holds no code.
    """
    data = program.source or b""
    if len(data) >= 4 and data[:4] != _frozen_importlib_external.MAGIC_NUMBER:
        raise _foreign(program.argv0, data)
    if len(data) < 4 and sys.version_info < (3, 13):
        raise RuntimeError("Bad magic number in .pyc file")
    if len(data) < _HEADER:
        raise EOFError("EOF read where not expected")
    try:
        code = marshal.loads(data[_HEADER:])
    except Exception:  # noqa: BLE001  what is no bytecode may raise anything, a MemoryError for one
        code = None
    if not isinstance(code, type(code_of.__code__)):
        raise RuntimeError("Bad code object in .pyc file")
    return code


def refuse_foreign(target: str, loader: "Any", file: str) -> None:
    """Raise Refusal when loader has a file, a bundle's `__main__.pyc`, that another Python wrote.

    python says then that it "can't find '__main__' module".
    """
    try:
        data: bytes = loader.get_data(file)
    except (AttributeError, OSError):
        return
    if file.endswith(".pyc"):
        see_main(target, data)


def see_main(target: str, data: bytes) -> None:
    """Raise Refusal when another Python wrote data, the `__main__.pyc` of target."""
    if data[:4] != _frozen_importlib_external.MAGIC_NUMBER:
        raise _foreign(target, data, "__main__.pyc: ")


def written_by(data: bytes) -> "Optional[str]":
    """Name the Python that wrote data, such as "3.8"; None when that cannot be told."""
    magic = int.from_bytes(data[:2], "little")
    if magic in _PYTHON_2:
        return "2"
    if data[2:4] != b"\r\n" or not _FIRST_MAGIC[0][0] <= magic < _FIRST_UNKNOWN:
        return None
    return [version for first, version in _FIRST_MAGIC if first <= magic][-1]


def misfit(data: bytes) -> "Optional[str]":
    """Say of which Python the bytecode data is, if it is not this one's; None if it is."""
    if data[:4] == _frozen_importlib_external.MAGIC_NUMBER:
        return None
    writer = written_by(data)
    return "not bytecode of a known Python" if writer is None else f"bytecode of Python {writer}"


def _foreign(target: str, data: bytes, member: str = "") -> Refusal:
    writer = written_by(data)
    here = "{}.{}".format(*sys.version_info)
    if writer is None:
        return Refusal(target, f"{member}bad magic number in .pyc file: not bytecode of a known Python", status=1)
    if writer == here:  # a pre-release: the number changes until the first release candidate
        reason = f"{member}bad magic number in .pyc file: written by another build of Python {here}"
    else:
        reason = f"{member}bad magic number in .pyc file: written by Python {writer}, and this is Python {here}"
    return Refusal(target, reason, f"run it with Python {writer}, or compile its source anew", status=1)
