"""The records of an archive, as PKWARE's APPNOTE.TXT has them, and what is known of a member once they are read."""

from _struct import Struct

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Tuple, Union

    from .large import Large

    Data = Union[bytes, Large]

STORED = 0
DEFLATED = 8
BZIP2 = 12
LZMA = 14

CENTRAL = Struct("<4sxB2xHH4xLLLHHHH2xLL")
LOCAL = Struct("<4s2xHH4xLLLHH")
END = Struct("<4s4HLLH")
END64 = Struct("<4sQ4xLLQQQQ")
LOCATOR = Struct("<4sLQL")
TAG = Struct("<HH")  # of an extra field, and its length

CENTRAL_SIGNATURE = b"PK\x01\x02"
LOCAL_SIGNATURE = b"PK\x03\x04"
END_SIGNATURE = b"PK\x05\x06"
END64_SIGNATURE = b"PK\x06\x06"
LOCATOR_SIGNATURE = b"PK\x06\x07"
DESCRIPTOR_SIGNATURE = b"PK\x07\x08"
_SIGNATURES = (CENTRAL_SIGNATURE, LOCAL_SIGNATURE, END_SIGNATURE, END64_SIGNATURE, LOCATOR_SIGNATURE)

LONGEST_TAIL = END.size + 0xFFFF  # further from the end, zipimport does not look for the end record
MAX16 = 0xFFFF
MAX32 = 0xFFFFFFFF  # says that the ZIP64 field has the value

METHODS = (STORED, DEFLATED, BZIP2, LZMA)
UNIX = (3, 19)  # the systems that wrote a mode, by their numbers

ZIP64 = 0x0001  # the tag of the field with what is too large for a header


class Member:
    """What is known of one member.

    name: with slashes; that of a directory ends in one.
    method: how it is packed: STORED, DEFLATED, BZIP2 or LZMA.
    packed: its size in the archive.
    size: its size when unpacked.
    crc: the CRC-32 of what it unpacks to.
    start: the offset of the packed data in the file.
    is_directory: whether it is a directory.
    is_executable: whether it is a file with an executable bit.
    """

    __slots__ = ("_marked", "crc", "is_directory", "is_executable", "method", "name", "packed", "size", "start")

    def __init__(
        self,
        name: str,
        method: int,
        packed: int,
        size: int,
        crc: int,
        start: int,
        is_directory: bool,
        is_executable: bool,
        marked: int = 0,
    ) -> None:
        self.name = name
        self.method = method
        self.packed = packed
        self.size = size
        self.crc = crc
        self.start = start
        self.is_directory = is_directory
        self.is_executable = is_executable
        self._marked = marked  # whether an LZMA stream has an end marker

    def __repr__(self) -> str:
        return f"Member({self.name!r}, size={self.size})"


def has_signature(comment: bytes) -> bool:
    """Tell whether a comment holds what a record begins with."""
    return b"PK" in comment and any(signature in comment for signature in _SIGNATURES)


def unpacked(form: Struct, data: "Data", at: int) -> "Tuple[Any, ...]":
    """Give the fields of the record of that form at `at`, where all of it is."""
    return form.unpack(data[at : at + form.size])
