"""The members of an archive: what its central directory and their own headers say of them, which is the same, one way only."""

from . import directory, gaps, names
from .fault import DAMAGED, Fault
from .records import (
    CENTRAL,
    CENTRAL_SIGNATURE,
    DEFLATED,
    DESCRIPTOR_SIGNATURE,
    LOCAL,
    LOCAL_SIGNATURE,
    MAX16,
    MAX32,
    METHODS,
    STORED,
    TAG,
    UNIX,
    ZIP64,
    Member,
    has_signature,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, List, Sequence, Tuple

    from .records import Data

_ENCRYPTED = 1 << 0 | 1 << 6 | 1 << 13
_LEVEL = 1 << 1 | 1 << 2  # how hard the packer tried; for LZMA, bit 1 tells of an end marker
_DESCRIPTOR = 1 << 3
_PATCHED = 1 << 5
_UNUSUAL = MAX16 & ~(_LEVEL | names.UTF8)

_NEEDED = 6  # where a central header says which version of the format a reader has to know, times ten
_NEWEST = 63  # the last one that zipfile knows, and that PKWARE has published
_PLAIN_METHODS = (STORED, DEFLATED)
_REGULAR = (0, 0o10)  # kinds of file by the uppermost four bits of a Unix mode; 0 is not said
_FOLDER = 0o4
_LINK = 0o12
_EXECUTABLE = 0o111 << 16
_UNICODE_PATH = 0x7075


def read(data: "Data", left_out: "Sequence[str]" = ()) -> "List[Member]":
    """Give the members of the archive in data, but for directories with names that are left out.

    Raises Fault for what is damaged, ambiguous or no archive.
    """
    count, start, stop, shift = directory.find(data)
    walk = _Walk(data, data[start:stop], shift)
    walk.go()
    if len(walk.members) != count:
        raise Fault(f"it says that it has {count} members, but lists {len(walk.members)}", DAMAGED)
    called = names.decoded(walk.raw_names, walk.flags)
    for member, name in zip(walk.members, called):
        member.name = name
    gaps.check(data, walk.members, walk.starts, walk.ends, start)
    if not left_out:
        names.check(called)
        return walk.members
    members = [member for member in walk.members if member.name not in left_out]
    names.check([member.name for member in members])
    return members


class _Walk:
    """A walk through the central directory, with a look at each member's local header.

    It fills five lists, with an item for each member: its name as it is written, its flags, what is known of it
    but for its name, and where its local header begins and its data, or the descriptor after them, end.
    """

    __slots__ = ("data", "directory", "ends", "flags", "members", "raw_names", "shift", "starts")

    def __init__(self, data: "Data", directory: bytes, shift: int) -> None:
        self.data = data
        self.directory = directory
        self.shift = shift
        self.raw_names: "List[bytes]" = []
        self.flags: "List[int]" = []
        self.members: "List[Member]" = []
        self.starts: "List[int]" = []
        self.ends: "List[int]" = []

    def go(self) -> None:
        """Take in members of the common form: files, and a local header that is the image of the central one."""
        data, directory, shift = self.data, self.directory, self.shift
        unpack, fixed = CENTRAL.unpack_from, CENTRAL.size
        last = len(directory) - fixed
        at = 0
        while at <= last:
            header = unpack(directory, at)
            signature, _, flags, method, crc, packed, size, length, extra, comment, disk, attributes, offset = header
            stop = at + fixed + length
            raw_name = directory[at + fixed : stop]
            here = offset + shift
            start = here + 30 + length
            if (
                data[here:start] != LOCAL_SIGNATURE + directory[at + 6 : at + 32] + raw_name
                or extra
                or comment
                or disk
                or flags & _UNUSUAL
                or directory[at + _NEEDED] > _NEWEST
                or method not in _PLAIN_METHODS
                or attributes >> 28 not in _REGULAR
                or raw_name[-1:] == b"/"
                or MAX32 in (packed, size, offset)
                or signature != CENTRAL_SIGNATURE
            ):
                at = self.take_with_care(at, header)
                continue
            member = Member("", method, packed, size, crc, start, False, attributes & _EXECUTABLE != 0)
            self.take(raw_name, flags, member, here, start + packed)
            at = stop
        if at != len(directory):
            raise Fault("its central directory is damaged", DAMAGED)

    def take(self, raw_name: bytes, flags: int, member: Member, start: int, end: int) -> None:
        """Enter a member into the lists."""
        self.raw_names.append(raw_name)
        self.flags.append(flags)
        self.members.append(member)
        self.starts.append(start)
        self.ends.append(end)

    def take_with_care(self, at: int, header: "Tuple[Any, ...]") -> int:
        """Take in the member whose central header, unpacked, is at `at`, whatever its form; give where the next one is."""
        signature, system, flags, method, crc, packed, size, length, extra, comment, disk, attributes, offset = header
        extra_start = at + CENTRAL.size + length
        stop: int = extra_start + extra + comment
        if signature != CENTRAL_SIGNATURE or stop > len(self.directory):
            raise Fault("its central directory is damaged", DAMAGED)
        raw_name = self.directory[at + CENTRAL.size : extra_start]
        name = names.for_message(raw_name, flags)
        is_directory = raw_name[-1:] == b"/"
        _check_form(name, self.directory[at + _NEEDED], flags, method, disk)
        _check_kind(name, system, attributes >> 28, is_directory)
        if has_signature(self.directory[extra_start + extra : stop]):
            raise Fault(f"the comment of member {name} holds parts of an archive")
        fields = _split_extra(name, self.directory[extra_start : extra_start + extra])
        _check_unicode_path(name, raw_name, flags, fields)
        size, packed, offset = _widen(name, fields, (size, packed, offset))
        if is_directory and (size or crc):
            raise Fault(f"member {name} is a directory, but holds data")
        is_executable = attributes & _EXECUTABLE != 0 and not is_directory
        member = Member(name, method, packed, size, crc, 0, is_directory, is_executable, flags & 2)
        here = offset + self.shift
        member.start, is_wide = self.compare_local(here, raw_name, flags, member)
        end = member.start + packed
        if flags & _DESCRIPTOR:
            end += self.measure_descriptor(member, end, is_wide)
        self.take(raw_name, flags, member, here, end)
        return stop

    def compare_local(self, here: int, raw_name: bytes, flags: int, member: Member) -> "Tuple[int, bool]":
        """Compare the local header at here with what the central one says; versions and times may differ.

        Give where member's data start, and whether the local header has ZIP64 sizes.
        """
        header = self.data[here : here + LOCAL.size]
        if header[:4] != LOCAL_SIGNATURE or len(header) < LOCAL.size:
            raise Fault(f"member {member.name} has no local header where the directory says", DAMAGED)
        _, local_flags, method, crc, packed, size, length, extra = LOCAL.unpack(header)
        extra_start = here + LOCAL.size + length
        if self.data[here + LOCAL.size : extra_start] != raw_name:
            raise Fault(f"member {member.name} has another name in its local header")
        if (local_flags ^ flags) & ~_LEVEL or method != member.method:
            raise Fault(f"member {member.name} has other flags or another method in its local header")
        start = extra_start + extra
        fields = _split_extra(member.name, self.data[extra_start:start])
        _check_unicode_path(member.name, raw_name, flags, fields)
        size, packed = _widen(member.name, fields, (size, packed))
        for local, central in ((crc, member.crc), (packed, member.packed), (size, member.size)):
            if local != central and (local or not flags & _DESCRIPTOR):
                raise Fault(f"member {member.name} has other sizes or another checksum in its local header")
        return start, ZIP64 in fields

    def measure_descriptor(self, member: Member, at: int, is_wide: bool) -> int:
        """Give the length of the data descriptor at `at`; raise Fault unless it says what the directory says."""
        is_wide = is_wide or member.packed >= MAX32 or member.size >= MAX32
        width = 8 if is_wide else 4
        sizes = member.packed.to_bytes(8, "little")[:width] + member.size.to_bytes(8, "little")[:width]
        expected = member.crc.to_bytes(4, "little") + sizes
        descriptor = self.data[at : at + 4 + len(expected)]
        if member.method == STORED and self.has_false_descriptor(member, at, width):
            raise Fault(f"member {member.name} can be read in two ways: a data descriptor stands amid its data")
        if descriptor == DESCRIPTOR_SIGNATURE + expected:
            return len(descriptor)
        if descriptor[: len(expected)] == expected:
            return len(expected)
        raise Fault(f"member {member.name} has no data descriptor, or one that says something else", DAMAGED)

    def has_false_descriptor(self, member: Member, stop: int, width: int) -> bool:
        """Tell whether a reader of streams, which has no size to go by, could take stored data to end early."""
        at = self.data.find(DESCRIPTOR_SIGNATURE, member.start, stop)
        while at >= 0:
            size = (at - member.start).to_bytes(8, "little")[:width]
            if self.data[at + 8 : at + 8 + width] == size:
                return True
            at = self.data.find(DESCRIPTOR_SIGNATURE, at + 1, stop)
        return False


def _check_form(name: str, needed: int, flags: int, method: int, disk: int) -> None:
    if needed > _NEWEST:
        raise Fault(f"member {name} needs a reader of version {needed / 10} of the format, and there is none")
    if flags & _ENCRYPTED:
        raise Fault(f"member {name} is encrypted")
    if flags & _PATCHED:
        raise Fault(f"member {name} is a patch")
    if method not in METHODS:
        raise Fault(f"member {name} is packed by an unknown method ({method})")
    if disk:
        raise Fault(f"member {name} is on another disk")


def _check_kind(name: str, system: int, kind: int, is_directory: bool) -> None:
    """See that a member is a file or a directory: by its mode, which says something if system is a Unix."""
    if kind == _LINK:
        raise Fault(f"member {name} is a symbolic link")
    if system not in UNIX:
        return
    if kind not in (*_REGULAR, _FOLDER):
        raise Fault(f"member {name} is a special file")
    if kind == _FOLDER and not is_directory:
        raise Fault(f"member {name} is a directory by its mode, but not by its name")


def _split_extra(name: str, extra: bytes) -> "Dict[int, bytes]":
    """Split the extra fields of a header, by their tags; NULs may fill up what is too short for a field."""
    fields: "Dict[int, bytes]" = {}
    at = 0
    while at + TAG.size <= len(extra):
        tag, length = TAG.unpack_from(extra, at)
        at += TAG.size + length
        if tag in fields and tag in (ZIP64, _UNICODE_PATH):
            raise Fault(f"member {name} has the same extra field twice")
        fields[tag] = extra[at - length : at]
    if at > len(extra) or extra[at:].strip(b"\0"):
        raise Fault(f"member {name} has extra fields that do not fit", DAMAGED)
    return fields


def _check_unicode_path(name: str, raw_name: bytes, flags: int, fields: "Dict[int, bytes]") -> None:
    # zipfile calls the member by that field, zipimport by its name.
    field = fields.get(_UNICODE_PATH)
    if field is None:
        return
    plain = raw_name.decode("utf-8" if flags & names.UTF8 else "cp437", "replace")
    if field[5:] != plain.encode():
        raise Fault(f"member {name} has another name in its Unicode path field")


def _widen(name: str, fields: "Dict[int, bytes]", values: "Tuple[int, ...]") -> "Sequence[int]":
    """Put what the ZIP64 field says in place of the values that did not fit their header."""
    wanted = values.count(MAX32)
    field = fields.get(ZIP64)
    if field is None:
        if wanted:
            raise Fault(f"member {name} lacks its ZIP64 sizes")
        return values
    numbers = [int.from_bytes(field[at : at + 8], "little") for at in range(0, len(field), 8)]
    if len(field) % 8 or (numbers != list(values[: len(numbers)]) if not wanted else len(numbers) != wanted):
        raise Fault(f"member {name} has a ZIP64 field that disagrees with its header")
    if not wanted:
        return values
    return [numbers.pop(0) if value == MAX32 else value for value in values]
