"""Where the central directory of an archive lies, by its end records, which can be read in one way only."""

from .fault import DAMAGED, Fault
from .records import (
    CENTRAL,
    CENTRAL_SIGNATURE,
    END,
    END64,
    END64_SIGNATURE,
    END_SIGNATURE,
    LOCATOR,
    LOCATOR_SIGNATURE,
    LONGEST_TAIL,
    MAX16,
    MAX32,
    has_signature,
    unpacked,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Tuple

    from .records import Data

_MOST = 1_000_000  # members: to read as many takes half a gigabyte, and ten seconds
_LONGEST_HEADER = CENTRAL.size + 3 * MAX16  # bytes of the directory, for one member
_LARGEST_DIRECTORY = 2**29  # bytes


def find(data: "Data") -> "Tuple[int, int, int, int]":
    """Give the number of members, where the directory begins and ends, and what is to be added to its offsets: a prefix.

    Raises Fault if the end records can be read in two ways, or say what cannot be.
    """
    at = data.rfind(END_SIGNATURE, max(0, len(data) - LONGEST_TAIL))
    if at < 0 or at + END.size > len(data):
        raise Fault("it has no end record: it is cut short, or no zip archive", DAMAGED)
    _, disk, first_disk, on_disk, count, size, offset, comment_length = unpacked(END, data, at)
    _check_tail(data, at + END.size, comment_length)
    stop = at
    narrow = (disk, first_disk, on_disk, count, size, offset)
    end64_offset = None
    if _has_end64(data, at):
        stop = at - LOCATOR.size - END64.size
        end64_offset, wide = _read_end64(data, stop)
        if any(low not in (high, MAX32 if i > 3 else MAX16) for i, (low, high) in enumerate(zip(narrow, wide))):
            raise Fault("its ZIP64 end record says other things than its end record")
        disk, first_disk, on_disk, count, size, offset = wide
    if disk or first_disk or on_disk != count:
        raise Fault("it is one part of an archive on several disks")
    if count > _MOST:
        raise Fault(f"it has {count:,} members, more than the {_MOST:,} that are read")
    if size > min(max(count, 1) * _LONGEST_HEADER, _LARGEST_DIRECTORY):
        raise Fault("its central directory is larger than that of so many members can be", DAMAGED)
    start = stop - size
    shift = start - offset
    if shift < 0:
        raise Fault("its central directory is not where the end record says", DAMAGED)
    if shift and data[offset : offset + 4] == CENTRAL_SIGNATURE:
        raise Fault("its end record can be read in two ways: there are two central directories")
    if end64_offset is not None:
        _check_locator(data, end64_offset, stop, shift)
    return count, start, stop, shift


def _check_tail(data: "Data", comment_start: int, comment_length: int) -> None:
    tail = data[comment_start:]  # no longer than the longest comment
    if len(tail) < comment_length:
        raise Fault("it is cut short: its comment is longer than what is left of the file", DAMAGED)
    if tail[comment_length:].strip(b"\0"):
        raise Fault("there are bytes after its end", DAMAGED)
    if has_signature(tail[:comment_length]):
        raise Fault("its comment holds parts of an archive")


def _has_end64(data: "Data", at: int) -> bool:
    # zipfile asks for the locator, zipimport for the record.
    end64 = at - LOCATOR.size - END64.size
    has_locator = at >= LOCATOR.size and data[at - 20 : at - 16] == LOCATOR_SIGNATURE
    return has_locator or (end64 >= 0 and data[end64 : end64 + 4] == END64_SIGNATURE)


def _read_end64(data: "Data", at: int) -> "Tuple[int, Tuple[int, ...]]":
    """Give the locator's offset, and what the ZIP64 end record at `at` says in place of the end record."""
    if at < 0 or data[at : at + 4] != END64_SIGNATURE:
        raise Fault("its ZIP64 end record is not right before the locator")
    signature, disk, offset, disks = unpacked(LOCATOR, data, at + END64.size)
    if signature != LOCATOR_SIGNATURE:
        raise Fault("its ZIP64 end record has no locator")
    if disk or disks > 1:
        raise Fault("it is one part of an archive on several disks")
    _, length, *wide = unpacked(END64, data, at)
    if length != END64.size - 12:
        raise Fault("its ZIP64 end record has extensible data, or another length than it should have")
    return offset, tuple(wide)


def _check_locator(data: "Data", offset: int, end64: int, shift: int) -> None:
    if offset + shift != end64 or (shift and data[offset : offset + 4] == END64_SIGNATURE):
        raise Fault("its ZIP64 locator points elsewhere")
