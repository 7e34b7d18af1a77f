"""The central directory of a zip archive, read as far as it goes: for archives that the strict reader refuses, too.

`archive.check` says whether an archive may be trusted, and stops at what is wrong with one that may not. Here, where nothing
is refused, one is only described: what a reader would list, and, for sound ones as well, the modes and times that a start
does not need. What the records look like, both have from `archive.records`.
"""

import struct
from typing import TYPE_CHECKING, List, NamedTuple, Optional

from .. import archive
from ..archive import records
from ..archive.names import UTF8
from ..archive.records import CENTRAL_SIGNATURE, END, END64, END_SIGNATURE, MAX32, TAG
from .report import Member

if TYPE_CHECKING:
    from typing import Tuple


LARGEST = 2**26  # bytes of a directory: half a million members
_CENTRAL = struct.Struct("<4sBBHHHHHLLLHHHHHLL")  # all of it: a start needs no versions and times
_LOCAL_LENGTHS = struct.Struct("<HH")
_WIDE = struct.Struct("<Q")
METHODS = {archive.STORED: "stored", archive.DEFLATED: "deflated", archive.BZIP2: "bzip2", archive.LZMA: "lzma"}


class Place(NamedTuple):
    """A central directory: where it begins and ends, what is to be added to offsets in it, and the archive's comment."""

    start: int
    stop: int
    shift: int
    comment: bytes


def find(data: "records.Data") -> Optional[Place]:
    """Give where the central directory in data is; None if there is none."""
    at = data.rfind(END_SIGNATURE, max(0, len(data) - records.LONGEST_TAIL))
    if at < 0 or at + END.size > len(data):
        return None
    size, offset, length = END.unpack(data[at : at + END.size])[5:]
    comment = data[at + END.size : at + END.size + length]
    end64 = at - 20 - END64.size
    stop = at
    if data[max(0, at - 20) : max(0, at - 16)] == records.LOCATOR_SIGNATURE and end64 >= 0:
        if data[end64 : end64 + 4] == records.END64_SIGNATURE:
            *_, size, offset = END64.unpack(data[end64 : at - 20])
            stop = end64
    start = stop - size
    if start < 0 or (size and data[start : start + 4] != CENTRAL_SIGNATURE):
        start = offset
    if size and data[start : start + 4] != CENTRAL_SIGNATURE:
        return None
    return Place(start, stop, start - offset, comment)


def of_sound(data: "records.Data", place: Place, checked: List[archive.Member]) -> "Tuple[List[Member], int]":
    """Give the members that the strict reader gave, with their modes and times, and where the first one begins."""
    directory = data[place.start : place.stop]
    found: List[Member] = []
    at, first = 0, place.start - place.shift
    unpack, words = _CENTRAL.unpack_from, METHODS
    for inner in checked:
        header = unpack(directory, at)
        at += _CENTRAL.size + header[11] + header[12] + header[13]
        attributes = header[16] >> 16
        mode = attributes if attributes and header[2] in records.UNIX else None
        stamp = header[7] << 16 | header[6]
        first = min(first, header[17])
        word = words[inner.method]
        found.append(
            Member(inner.name, inner.size, inner.packed, word, mode, stamp, inner.is_directory, inner.crc, inner)
        )
    return found, first + place.shift


def of_unsound(data: "records.Data", place: Place) -> "Tuple[List[Member], int]":
    """Give the members that the directory lists, as far as it can be read, and where the first one begins."""
    directory = data[place.start : place.stop]
    found: List[Member] = []
    at, first = 0, place.start
    while at + _CENTRAL.size <= len(directory):
        header = _CENTRAL.unpack_from(directory, at)
        if header[0] != CENTRAL_SIGNATURE:
            break
        name_at = at + _CENTRAL.size
        extra_at = name_at + header[11]
        at = extra_at + header[12] + header[13]
        member, offset = _member(header, directory[name_at:extra_at], directory[extra_at : extra_at + header[12]])
        here = max(0, offset + place.shift)
        first = min(first, here)
        lengths = data[here + 26 : here + 30]
        member.inner.start = here + 30 + sum(_LOCAL_LENGTHS.unpack(lengths)) if len(lengths) == 4 else len(data)
        found.append(member)
    return found, first


def _member(header: "Tuple[int, ...]", raw_name: bytes, extra: bytes) -> "Tuple[Member, int]":
    """Give the member that a central header describes, and the offset that it has."""
    _, _, system, _, flags, method, time, date, crc, packed, size, *_, attributes, offset = header
    if MAX32 in (size, packed, offset):
        size, packed, offset = _widened((size, packed, offset), extra)
    name = raw_name.decode("utf-8" if flags & UTF8 else "cp437", "replace")
    is_directory = raw_name[-1:] == b"/"
    mode = attributes >> 16 if system in records.UNIX and attributes >> 16 else None
    is_executable = not is_directory and bool((mode or 0) & 0o111)
    inner = archive.Member(name, method, packed, size, crc, 0, is_directory, is_executable, flags & 2)
    word = METHODS.get(method, f"method {method}")
    return Member(name, size, packed, word, mode, date << 16 | time, is_directory, crc, inner), offset


def _widened(values: "Tuple[int, ...]", extra: bytes) -> "Tuple[int, ...]":
    """Put what the ZIP64 field says in place of the values that did not fit."""
    at = 0
    while at + 4 <= len(extra):
        tag, length = TAG.unpack_from(extra, at)
        if tag == records.ZIP64:
            field = extra[at + 4 : at + 4 + length]
            numbers = [_WIDE.unpack_from(field, place)[0] for place in range(0, len(field) - 7, 8)]
            return tuple(numbers.pop(0) if value == MAX32 and numbers else value for value in values)
        at += 4 + length
    return values
