"""The directory of a large archive, read as zipimport reads it, several times as fast.

zipimport reads the directory of every archive that it is asked about, before anything else happens, and takes 7 µs for
each member. Of archives of the usual form, the same is found here; all others are left to it, with its own words.
"""

import _frozen_importlib_external
import os
import sys
import zipimport

from .classify import END_RECORD

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import IO, Any, Dict, Iterable, Optional

_CENTRAL = "<4s4xHHHHLLLHHH8xL"
_CENTRAL_SIZE = 46  # bytes, without the name and what follows it
_LONGEST_ENTRY = _CENTRAL_SIZE + 3 * 0xFFFF
_CENTRAL_SIGNATURE = b"PK\x01\x02"
_END = "<8xHHLLH"
_END_SIZE = 22  # bytes, without the comment
_END64 = b"PK\x06\x06"
_ENDS64_SIZE = 56 + 20  # bytes, of the ZIP64 end record and its locator, which stand before the other
_ALL = 0xFFFFFFFF  # in the place of a number that is in a ZIP64 field
_UTF8 = 0x800
# A later release of 3.13 has directories that are no members, too, and so have older Pythons to which that was brought.
_HAS_FOLDERS = any(
    isinstance(constant, str) and "implicit directories" in constant
    for constant in zipimport._read_directory.__code__.co_consts  # type: ignore[attr-defined]
)


def remember(path_name: str, file: "IO[bytes]", size: int, tail: bytes) -> None:
    """Have zipimport know what it would read of the archive at path_name, unless that is for itself to say.

    file: the archive, open. size: its, in bytes. tail: its end, at least as much as may come after its directory.
    """
    known: "Dict[str, Any]" = zipimport._zip_directory_cache  # type: ignore[attr-defined]
    if path_name in known or sys.flags.verbose:  # then it says how much it read
        return
    found = _read(path_name, file, size, tail)
    if found is not None:
        known[path_name] = found


def _read(path_name: str, file: "IO[bytes]", size: int, tail: bytes) -> "Optional[Dict[str, Any]]":
    """Give, by name: the path, the method, the packed and unpacked size, where it begins, time, date, and checksum."""
    from _struct import unpack_from  # as zipimport does, when it has to

    end = tail.rfind(END_RECORD)
    if end < _ENDS64_SIZE or end + _END_SIZE > len(tail) or _END64 in tail:
        return None
    here, count, length, offset, comment = unpack_from(_END, tail, end)
    start = size - len(tail) + end - length
    if end + _END_SIZE + comment != len(tail) or not 0 <= offset <= start or length > count * _LONGEST_ENTRY:
        return None
    file.seek(start)
    members = _members(path_name, file.read(length), offset, start - offset)
    if members is None or not len(members) == count == here:  # not all readers ask for the same of both
        return None
    if _HAS_FOLDERS:
        _add_folders(members, list(members))
    return members


def _members(path_name: str, directory: bytes, last: int, shift: int) -> "Optional[Dict[str, Any]]":
    """Give the members that directory lists; None if it is not of the usual form.

    last: the offset by which all of them begin. shift: what offsets lack.
    """
    from _struct import Struct  # not for what comes from the image

    found: "Dict[str, Any]" = {}
    before = path_name + os.sep
    unpack = Struct(_CENTRAL).unpack_from
    at = 0
    while at + _CENTRAL_SIZE <= len(directory):
        begins, flags, method, time, date, crc, packed, size, length, extra, comment, offset = unpack(directory, at)
        at += _CENTRAL_SIZE
        raw_name = directory[at : at + length]
        at += length + extra + comment
        if (
            begins != _CENTRAL_SIGNATURE
            or offset > last
            or _ALL in (packed, size, offset)
            or not (flags & _UTF8 or raw_name.isascii())
            or raw_name[:1] in (b"", b"/")
        ):
            return None
        try:
            name = raw_name.decode()
            path = before + name
            if os.sep != "/":
                name = name.replace("/", os.sep)
                path = _frozen_importlib_external._path_join(path_name, name)  # type: ignore[attr-defined]
            elif path[-1] == "/":
                path = path.rstrip("/")
        except ValueError:  # it is no text; or Windows says that there is a null byte in it
            return None
        found[name] = (path, method, packed, size, offset + shift, time, date, crc)
    return found if at == len(directory) else None


def _add_folders(members: "Dict[str, Any]", names: "Iterable[str]") -> None:
    for name in names:
        folder = _folder(name)
        while folder and folder not in members:
            members[folder] = None
            folder = _folder(folder)


def _folder(name: str) -> str:
    """Give the directory in which the member name is, with a slash at its end; "" for the uppermost."""
    return name[: name.rstrip(os.sep).rfind(os.sep) + 1]
