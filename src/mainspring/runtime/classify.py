"""What a path names: a script, bytecode, a directory, an archive, a stream.

The classifier looks at the thing and not at its name, as python does: it asks for the file's status, and
opens what is a regular file, once. Pipes and devices can be read but once, so they are never opened to look.
The sources are `pymain_run_python` and `maybe_pyc_file` in CPython's Modules/main.c and Python/pythonrun.c.
"""

import _io  # from 3.14 on, python has not loaded io
import os
import stat
import zipimport

from . import Refusal, load, loaded
from .kinds import (
    ANEW,
    ARCHIVE,
    BYTECODE,
    DIRECTORY,
    EXECUTABLE,
    PACKAGE,
    PEX,
    PROJECT,
    SCRIPT,
    SHIV,
    STREAM,
    WHEEL,
    absolute,
    as_zipimport,
    broken_archive,
    cannot_open,
    find_importer,
    is_project,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import IO, Any, Collection, Dict, Optional, Tuple

_LOCAL_HEADER = b"PK\x03\x04"
END_RECORD = b"PK\x05\x06"
LONGEST_TAIL = 22 + 0xFFFF  # the end record and the longest comment that may follow it
_MAGIC_LENGTH = 16
# How the system's executables begin: those of Linux, Windows and macOS.
NATIVE = {
    b"\x7fELF": "ELF",
    b"MZ": "PE",
    b"\xcf\xfa\xed\xfe": "Mach-O",
    b"\xce\xfa\xed\xfe": "Mach-O",
    b"\xca\xfe\xba\xbe": "Mach-O",
}
XAR_SHEBANG = b"#!/usr/bin/env xarexec_fuse"
PYINSTALLER_COOKIE = b"MEI\x0c\x0b\x0a\x0b\x0e"  # behind what it packed
MAINS = ("__main__.py", "__main__.pyc")  # what starts in an archive, if it has one
_WHY = {
    WHEEL: "it is a zip archive with one .dist-info/WHEEL, and no __main__",
    PEX: "it is a zip archive with a PEX-INFO",
    SHIV: "it is a zip archive with an environment.json and shiv's _bootstrap",
    ARCHIVE: "it ends as a zip archive does",
}


class Target:
    """What the classifier found.

    kind: one of the words above.
    path_name: where it is, written as this python writes it in `__file__` and in messages.
    why: the observation that decided, for people.
    data: the file's bytes, where they had to be read to decide; otherwise None.
    finder: the path entry finder of a directory or an archive (PEP 302); otherwise None.
    """

    __slots__ = ("data", "finder", "kind", "path_name", "why")

    def __init__(
        self,
        kind: str,
        path_name: str,
        why: str,
        data: "Optional[bytes]" = None,
        finder: "Any" = None,
    ) -> None:
        self.kind = kind
        self.path_name = path_name
        self.why = why
        self.data = data
        self.finder = finder

    def __repr__(self) -> str:
        return f"Target(kind={self.kind!r}, path_name={self.path_name!r}, why={self.why!r})"


def classify(path_name: str) -> Target:
    """Say what the thing at path_name is.

    Raises Refusal where python could not open it either. Nothing is executed and nothing is changed.
    """
    full = absolute(path_name)
    try:
        mode = os.stat(full or os.curdir).st_mode
    except OSError as error:
        return _inside_an_archive(path_name, full, error)
    except ValueError as error:
        raise Refusal(path_name, str(error)) from None
    if stat.S_ISDIR(mode):
        return _classify_directory(full)
    if stat.S_ISREG(mode):
        return _classify_file(path_name, full)
    return Target(STREAM, full, "it is a pipe, a device or a socket")


def _classify_directory(full: str) -> Target:
    if is_project(full):
        return Target(PROJECT, full, "it is a directory with a pyproject.toml or a setup.py, and no __main__")
    if os.path.isfile(os.path.join(full, "__init__.py")):
        from . import package  # such directories are rarely run by path

        if package.has_relative_imports(os.path.join(full, "__main__.py")):
            return Target(
                PACKAGE, full, "it is a directory with an __init__.py, and its __main__.py has relative imports"
            )
    return Target(DIRECTORY, full, "it is a directory", finder=find_importer(full or os.getcwd()))


def _inside_an_archive(typed: str, full: str, error: OSError) -> Target:
    may_be = isinstance(error, NotADirectoryError) or os.name == "nt"  # which says only that it is not there
    finder = archive_importer(typed, full) if may_be else None
    if finder is None:
        raise cannot_open(typed, full, error)
    return Target(ARCHIVE, full, "it is a folder inside a zip archive", finder=finder)


def archive_importer(typed: str, full: str) -> "Any":
    """Give the path entry finder of an archive at full, typed so, or of a folder in one; None if there is none.

    Raises Refusal for one that zipimport starts to read and cannot, for which python shows what that raises.
    """
    try:
        return find_importer(full)
    except (EOFError, ValueError) as error:
        raise broken_archive(typed, error) from None


def _classify_file(typed: str, full: str) -> Target:
    try:
        with _io.open_code(full) as file:
            size = os.fstat(file.fileno()).st_size
            if size > LONGEST_TAIL:
                file.seek(size - LONGEST_TAIL)
            tail = file.read()
            if END_RECORD not in tail:
                return _classify_other(typed, full, file, size, tail)
            _remember(full, file, size, tail)
        # Not while it is open: there may be one descriptor left.
        finder = archive_importer(typed, full)
        if _has_main(finder):
            return Target(*_kind_of_archive(full, finder), finder=finder)
        with _io.open_code(full) as file:
            return _classify_other(typed, full, file, size, tail, finder)
    except OSError as error:
        raise cannot_open(typed, full, error) from None


def _classify_other(typed: str, full: str, file: "IO[bytes]", size: int, tail: bytes, finder: "Any" = None) -> Target:
    """Classify the file at full, open and with that size and end, which is no archive with a `__main__`; finder: of an archive."""
    maker = _native_maker(_head(file, size, tail), tail)
    if maker is not None:
        return Target(EXECUTABLE, full, f"it is a program of the system's that {maker} made")
    if finder is not None:
        return Target(*_kind_of_archive(full, finder), finder=finder)
    data = tail if size <= LONGEST_TAIL else _read_text(full, file)
    target = _classify_bytes(full, data)
    if target.kind == SCRIPT and b"\0" in data and (END_RECORD in tail or _begins_as_archive(data)):
        members = loaded("members")
        if members.has_unread_end(tail):
            raise Refusal(typed, f"the directory of this zip archive is {members.ZIP64}", members.NEWER)
        raise Refusal(typed, _broken_archive(full), ANEW)
    return target


def _remember(full: str, file: "IO[bytes]", size: int, tail: bytes) -> None:
    """Have zipimport know what is in a large file that may be an archive."""
    if size > len(tail):
        load("zip_directory")
        from . import zip_directory  # only for large ones

        zip_directory.remember(as_zipimport(full), file, size, tail)


def _names(finder: "Any") -> "Dict[str, Any]":
    names: "Dict[str, Any]" = zipimport._zip_directory_cache.get(finder.archive, {})  # type: ignore[attr-defined]
    return names


def _has_main(finder: "Any") -> bool:
    return finder is not None and any(name in _names(finder) for name in MAINS)


def _head(file: "IO[bytes]", size: int, tail: bytes) -> bytes:
    if size <= LONGEST_TAIL:
        return tail
    file.seek(0)
    return file.read(LONGEST_TAIL)


def _native_maker(head: bytes, tail: bytes) -> "Optional[str]":
    """Say who made a bundle that the system runs, not python; None for all other files."""
    if head.startswith(XAR_SHEBANG):
        return "xar"
    if not head.startswith(tuple(NATIVE)) or b"\0" not in head:
        return None
    if PYINSTALLER_COOKIE in tail:
        return "PyInstaller"
    return "science" if _ends_with_manifest(tail) else None


def _ends_with_manifest(tail: bytes) -> bool:
    """Tell whether a file ends as a scie does: with JSON of which the one key is `scie`."""
    text = tail.rstrip(b"\0\r\n ")
    if not text.endswith(b"}"):
        return False
    before, *others = text[text.rfind(b"\0") + 1 :].split(b'"scie"')
    for after in others:
        if before.rstrip().endswith(b"{") and after.lstrip()[:1] == b":":
            return True
        before = after
    return False


def _kind_of_archive(full: str, finder: "Any") -> "Tuple[str, str, str]":
    """Give the kind of an archive, its path, and what decided."""
    names: "Collection[str]" = _names(finder)
    kind = kind_by_names(names if os.sep == "/" else [name.replace(os.sep, "/") for name in names])
    return kind, full, _WHY[kind]


def kind_by_names(names: "Collection[str]") -> str:
    """Give the kind of an archive by the names of its members, with slashes.

    A bundle of shiv or pex looks like one by these; whether it starts as they do, the module of its maker tells.
    """
    if not any(name in names for name in MAINS):
        infos = [name for name in names if name.endswith(".dist-info/WHEEL") and name.count("/") == 1]
        return WHEEL if len(infos) == 1 else ARCHIVE
    if "PEX-INFO" in names:
        return PEX
    return SHIV if "environment.json" in names and "_bootstrap/__init__.py" in names else ARCHIVE


def _read_text(full: str, file: "IO[bytes]") -> bytes:
    """Read a large file whole, but of one that is plainly neither text nor bytecode of this Python only the beginning."""
    from _frozen_importlib_external import MAGIC_NUMBER  # of large files only

    file.seek(0)
    head = file.read(LONGEST_TAIL)
    is_bytecode = full.endswith(".pyc") or looks_like_bytecode(head)
    is_wanted = head.startswith(MAGIC_NUMBER) if is_bytecode else b"\0" not in head
    return head + file.read() if is_wanted else head


def _begins_as_archive(data: bytes) -> bool:
    start = data.find(b"\n") + 1 if data.startswith(b"#!") else 0
    return data.startswith(_LOCAL_HEADER, start)


def _broken_archive(full: str) -> str:
    # On the way to a refusal only; frozen into every interpreter, so nothing can stand in its place.
    from zipimport import ZipImportError, zipimporter

    try:
        zipimporter(full)
    except ZipImportError as error:
        words = error.msg.split(": ")[0]
        return "broken zip archive ({})".format("cut short" if words == "not a Zip file" else words)
    return "broken zip archive"


def _classify_bytes(full: str, data: bytes) -> Target:
    if full.endswith(".pyc"):
        return Target(BYTECODE, full, "its name ends in .pyc", data=data)
    if looks_like_bytecode(data):
        return Target(BYTECODE, full, "it begins as bytecode does", data=data)
    return Target(SCRIPT, full, "it is a file and no archive or bytecode", data=data)


def looks_like_bytecode(data: bytes) -> bool:
    """Tell whether data begins as the bytecode of some CPython does.

    python itself asks for its own magic number alone, and reads the bytecode of another version as source
    text full of null bytes. Such a header (PEP 552) has a carriage return, a line feed and null bytes.
    """
    header = data[:_MAGIC_LENGTH]
    return header[2:4] == b"\r\n" and b"\0" in header and header[1:2] in b"\x0b\x0c\x0d\x0e\x0f\xf2\xf3"
