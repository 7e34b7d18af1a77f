"""Source text: compiled as the interpreter compiles a file, which is not quite what `compile` does.

The interpreter reads files with another tokenizer. It rejects text that is not in its declared encoding even in
comments, and has words of its own, which differ by version, for null bytes, wrong encodings and an early end.
"""

import _io  # from 3.14 on, python has not loaded io
import sys

from . import kinds

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType
    from typing import Any, Optional

    from .program import Program

_PIECE = 2**16  # bytes


def code_of(program: "Program") -> "CodeType":
    """Give the code object of program's source.

    Raises SyntaxError, or ValueError for null bytes on old versions.
    """
    source = program.source or b""
    _check_encoding(source, program.path_name)
    # dont_inherit: the features of this file are not the program's. 3.15 filters warnings by module.
    module = {"module": "__main__"} if sys.version_info >= (3, 15) else {}
    return compile(source, program.path_name, "exec", 0, True, **module)  # type: ignore[call-overload, no-any-return]


def read_and_compile(program: "Program") -> "CodeType":
    """Give the code of what standard input has, which becomes program's source."""
    with _io.FileIO(0, closefd=False) as file:
        program.source = text_of(file)
    return code_of(program)


def text_of(stream: "Any") -> bytes:
    """Give what stream, a binary file, has: to its end, or to a null byte, which no source may have.

    A device may have no end (/dev/zero); nor is all of what else is no text to be in memory.
    """
    read = getattr(stream, "read1", stream.read)  # not more than there is: a terminal says but once that it ends
    pieces = []
    while True:
        piece: bytes = read(_PIECE) or b""
        end = piece.find(b"\0") + 1
        pieces.append(piece[:end] if end else piece)
        if end or not piece:
            return b"".join(pieces)


def has_metadata(program: "Program") -> bool:
    """Tell whether program is a script that may say, in a comment, what it needs (PEP 723)."""
    return program.kind == kinds.SCRIPT and b"# /// script" in (program.source or b"")


def is_for_python_to_word(program: "Program", error: Exception) -> bool:
    """Tell whether python itself words error in another way, and can be asked: odd text in a file on disk.

    Nothing of the program has run when compiling fails, so python can start it anew.
    """
    if program.kind != kinds.SCRIPT:
        return False
    return not isinstance(error, SyntaxError) or _is_at_end(program, error) or not _is_plain(program.source or b"")


def _is_at_end(program: "Program", error: SyntaxError) -> bool:
    # Where a file ends too early, the position shown is another than where a string does.
    last = (program.source or b"").rstrip().count(b"\n") + 1
    return (error.lineno or 0) >= last and any(words in str(error.msg) for words in ("EOF", "indented block"))


def _is_plain(source: bytes) -> bool:
    return b"\0" not in source and not has_cookie(source) and _first_foreign_byte(source) is None


def has_cookie(source: bytes) -> bool:
    """Tell whether source may declare its encoding (PEP 263): cheap, and rather too often than too seldom."""
    return any(b"coding" in line for line in source.split(b"\n", 2)[:2])


def _first_foreign_byte(source: bytes) -> "Optional[int]":
    if source.isascii():
        return None
    try:
        source.decode("utf-8")
    except UnicodeDecodeError as error:
        return error.start
    return None


def _check_encoding(source: bytes, path_name: str) -> None:
    at = _first_foreign_byte(source)
    if at is None or has_cookie(source):
        return  # compile knows what a cookie asks for
    site = "peps.python.org" if sys.version_info >= (3, 11) else "python.org/dev/peps"
    scheme = "https" if sys.version_info >= (3, 9) else "http"
    line = source.count(b"\n", 0, at) + 1
    raise SyntaxError(
        f"Non-UTF-8 code starting with '\\x{source[at]:02x}' in file {path_name} on line {line}, "
        f"but no encoding declared; see {scheme}://{site}/pep-0263/ for details"
    )
