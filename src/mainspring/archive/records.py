"""Where the records of an archive lie, and that what they say of its members can be read in one way only."""

from _struct import Struct

from . import names
from .fault import DAMAGED, Fault, quoted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, List, Sequence, Tuple, Union

    from .large import Large

    Data = Union[bytes, Large]

STORED = 0
DEFLATED = 8
BZIP2 = 12
LZMA = 14

_CENTRAL = Struct("<4sxB2xHH4xLLLHHHH2xLL")
_LOCAL = Struct("<4s2xHH4xLLLHH")
_END = Struct("<4s4HLLH")
_END64 = Struct("<4sQ4xLLQQQQ")
_LOCATOR = Struct("<4sLQL")
_TAG = Struct("<HH")

_CENTRAL_SIGNATURE = b"PK\x01\x02"
_LOCAL_SIGNATURE = b"PK\x03\x04"
_END_SIGNATURE = b"PK\x05\x06"
_END64_SIGNATURE = b"PK\x06\x06"
_LOCATOR_SIGNATURE = b"PK\x06\x07"
_DESCRIPTOR_SIGNATURE = b"PK\x07\x08"
_SIGNATURES = (_CENTRAL_SIGNATURE, _LOCAL_SIGNATURE, _END_SIGNATURE, _END64_SIGNATURE, _LOCATOR_SIGNATURE)

_LONGEST_TAIL = _END.size + 0xFFFF  # further from the end, zipimport does not look for the end record
_MOST = 1_000_000  # members: to read as many takes half a gigabyte, and ten seconds
_MAX16 = 0xFFFF
_LONGEST_HEADER = _CENTRAL.size + 3 * _MAX16  # bytes of the directory, for one member
_LARGEST_DIRECTORY = 2**29  # bytes
_MAX32 = 0xFFFFFFFF  # says that the ZIP64 field has the value

_ENCRYPTED = 1 << 0 | 1 << 6 | 1 << 13
_LEVEL = 1 << 1 | 1 << 2  # how hard the packer tried; for LZMA, bit 1 tells of an end marker
_DESCRIPTOR = 1 << 3
_PATCHED = 1 << 5
_UNUSUAL = _MAX16 & ~(_LEVEL | names.UTF8)

_METHODS = (STORED, DEFLATED, BZIP2, LZMA)
_PLAIN_METHODS = (STORED, DEFLATED)
_OTHER_METHODS = (*range(1, 7), 9, 10, 16, 18, 19, 20, *range(93, 100))  # that some reader knows
_UNIX = (3, 19)
_REGULAR = (0, 0o10)  # kinds of file by the uppermost four bits of a Unix mode; 0 is not said
_FOLDER = 0o4
_LINK = 0o12
_EXECUTABLE = 0o111 << 16

_ZIP64 = 0x0001
_UNICODE_PATH = 0x7075


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


def read(data: "Data", left_out: "Sequence[str]" = ()) -> "List[Member]":
    """Give the members of the archive in data, but for directories with names that are left out.

    Raises Fault for what is damaged, ambiguous or no archive.
    """
    count, start, stop, shift = _find_directory(data)
    walk = _Walk(data, data[start:stop], shift)
    walk.go()
    if len(walk.members) != count:
        raise Fault(f"it says that it has {count} members, but lists {len(walk.members)}", DAMAGED)
    called = names.decoded(walk.raw_names, walk.flags)
    for member, name in zip(walk.members, called):
        member.name = name
    first = _check_layout(data, walk, start)
    _check_prefix(data, first)
    if not left_out:
        names.check(called)
        return walk.members
    members = [member for member in walk.members if member.name not in left_out]
    names.check([member.name for member in members])
    return members


def _find_directory(data: "Data") -> "Tuple[int, int, int, int]":
    """Give the number of members, where the directory begins and ends, and what is to be added to its offsets: a prefix."""
    at = data.rfind(_END_SIGNATURE, max(0, len(data) - _LONGEST_TAIL))
    if at < 0 or at + _END.size > len(data):
        raise Fault("it has no end record: it is cut short, or no zip archive", DAMAGED)
    _, disk, first_disk, on_disk, count, size, offset, comment_length = _unpacked(_END, data, at)
    _check_tail(data, at + _END.size, comment_length)
    stop = at
    narrow = (disk, first_disk, on_disk, count, size, offset)
    end64_offset = None
    if _has_end64(data, at):
        stop = at - _LOCATOR.size - _END64.size
        end64_offset, wide = _read_end64(data, stop)
        if any(low not in (high, _MAX32 if i > 3 else _MAX16) for i, (low, high) in enumerate(zip(narrow, wide))):
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
    if shift and data[offset : offset + 4] == _CENTRAL_SIGNATURE:
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
    if _has_signature(tail[:comment_length]):
        raise Fault("its comment holds parts of an archive")


def _has_signature(comment: bytes) -> bool:
    return b"PK" in comment and any(signature in comment for signature in _SIGNATURES)


def _has_end64(data: "Data", at: int) -> bool:
    # zipfile asks for the locator, zipimport for the record.
    end64 = at - _LOCATOR.size - _END64.size
    has_locator = at >= _LOCATOR.size and data[at - 20 : at - 16] == _LOCATOR_SIGNATURE
    return has_locator or (end64 >= 0 and data[end64 : end64 + 4] == _END64_SIGNATURE)


def _read_end64(data: "Data", at: int) -> "Tuple[int, Tuple[int, ...]]":
    """Give the locator's offset, and what the ZIP64 end record at `at` says in place of the end record."""
    if at < 0 or data[at : at + 4] != _END64_SIGNATURE:
        raise Fault("its ZIP64 end record is not right before the locator")
    signature, disk, offset, disks = _unpacked(_LOCATOR, data, at + _END64.size)
    if signature != _LOCATOR_SIGNATURE:
        raise Fault("its ZIP64 end record has no locator")
    if disk or disks > 1:
        raise Fault("it is one part of an archive on several disks")
    _, length, *wide = _unpacked(_END64, data, at)
    if length != _END64.size - 12:
        raise Fault("its ZIP64 end record has extensible data, or another length than it should have")
    return offset, tuple(wide)


def _check_locator(data: "Data", offset: int, end64: int, shift: int) -> None:
    if offset + shift != end64 or (shift and data[offset : offset + 4] == _END64_SIGNATURE):
        raise Fault("its ZIP64 locator points elsewhere")


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
        unpack, fixed = _CENTRAL.unpack_from, _CENTRAL.size
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
                data[here:start] != _LOCAL_SIGNATURE + directory[at + 6 : at + 32] + raw_name
                or extra
                or comment
                or disk
                or flags & _UNUSUAL
                or method not in _PLAIN_METHODS
                or attributes >> 28 not in _REGULAR
                or raw_name[-1:] == b"/"
                or _MAX32 in (packed, size, offset)
                or signature != _CENTRAL_SIGNATURE
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
        extra_start = at + _CENTRAL.size + length
        stop: int = extra_start + extra + comment
        if signature != _CENTRAL_SIGNATURE or stop > len(self.directory):
            raise Fault("its central directory is damaged", DAMAGED)
        raw_name = self.directory[at + _CENTRAL.size : extra_start]
        name = names.for_message(raw_name, flags)
        is_directory = raw_name[-1:] == b"/"
        _check_form(name, flags, method, disk)
        _check_kind(name, system, attributes >> 28, is_directory)
        if _has_signature(self.directory[extra_start + extra : stop]):
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
        header = self.data[here : here + _LOCAL.size]
        if header[:4] != _LOCAL_SIGNATURE or len(header) < _LOCAL.size:
            raise Fault(f"member {member.name} has no local header where the directory says", DAMAGED)
        _, local_flags, method, crc, packed, size, length, extra = _LOCAL.unpack(header)
        extra_start = here + _LOCAL.size + length
        if self.data[here + _LOCAL.size : extra_start] != raw_name:
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
        return start, _ZIP64 in fields

    def measure_descriptor(self, member: Member, at: int, is_wide: bool) -> int:
        """Give the length of the data descriptor at `at`; raise Fault unless it says what the directory says."""
        is_wide = is_wide or member.packed >= _MAX32 or member.size >= _MAX32
        width = 8 if is_wide else 4
        sizes = member.packed.to_bytes(8, "little")[:width] + member.size.to_bytes(8, "little")[:width]
        expected = member.crc.to_bytes(4, "little") + sizes
        descriptor = self.data[at : at + 4 + len(expected)]
        if member.method == STORED and self.has_false_descriptor(member, at, width):
            raise Fault(f"member {member.name} can be read in two ways: a data descriptor stands amid its data")
        if descriptor == _DESCRIPTOR_SIGNATURE + expected:
            return len(descriptor)
        if descriptor[: len(expected)] == expected:
            return len(expected)
        raise Fault(f"member {member.name} has no data descriptor, or one that says something else", DAMAGED)

    def has_false_descriptor(self, member: Member, stop: int, width: int) -> bool:
        """Tell whether a reader of streams, which has no size to go by, could take stored data to end early."""
        at = self.data.find(_DESCRIPTOR_SIGNATURE, member.start, stop)
        while at >= 0:
            size = (at - member.start).to_bytes(8, "little")[:width]
            if self.data[at + 8 : at + 8 + width] == size:
                return True
            at = self.data.find(_DESCRIPTOR_SIGNATURE, at + 1, stop)
        return False


def _check_form(name: str, flags: int, method: int, disk: int) -> None:
    if flags & _ENCRYPTED:
        raise Fault(f"member {name} is encrypted")
    if flags & _PATCHED:
        raise Fault(f"member {name} is a patch")
    if method not in _METHODS:
        raise Fault(f"member {name} is packed by an unknown method ({method})")
    if disk:
        raise Fault(f"member {name} is on another disk")


def _check_kind(name: str, system: int, kind: int, is_directory: bool) -> None:
    """See that a member is a file or a directory: by its mode, which says something if system is a Unix."""
    if kind == _LINK:
        raise Fault(f"member {name} is a symbolic link")
    if system not in _UNIX:
        return
    if kind not in (*_REGULAR, _FOLDER):
        raise Fault(f"member {name} is a special file")
    if kind == _FOLDER and not is_directory:
        raise Fault(f"member {name} is a directory by its mode, but not by its name")


def _split_extra(name: str, extra: bytes) -> "Dict[int, bytes]":
    """Split the extra fields of a header, by their tags; NULs may fill up what is too short for a field."""
    fields: "Dict[int, bytes]" = {}
    at = 0
    while at + _TAG.size <= len(extra):
        tag, length = _TAG.unpack_from(extra, at)
        at += _TAG.size + length
        if tag in fields and tag in (_ZIP64, _UNICODE_PATH):
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
    wanted = values.count(_MAX32)
    field = fields.get(_ZIP64)
    if field is None:
        if wanted:
            raise Fault(f"member {name} lacks its ZIP64 sizes")
        return values
    numbers = [int.from_bytes(field[at : at + 8], "little") for at in range(0, len(field), 8)]
    if len(field) % 8 or (numbers != list(values[: len(numbers)]) if not wanted else len(numbers) != wanted):
        raise Fault(f"member {name} has a ZIP64 field that disagrees with its header")
    if not wanted:
        return values
    return [numbers.pop(0) if value == _MAX32 else value for value in values]


def _check_layout(data: "Data", walk: _Walk, directory: int) -> int:
    """See that each member begins where another ends, up to the directory; give where the first begins."""
    starts, ends = walk.starts, walk.ends
    if starts and starts[1:] + [directory] == ends:
        return starts[0]
    order = sorted(range(len(starts)), key=starts.__getitem__)
    reached = first = starts[order[0]] if order else directory
    for index in order:
        name = quoted(walk.members[index].name)
        if starts[index] < reached:
            raise Fault(f"member {name} overlaps another one")
        if starts[index] > reached:
            raise _hidden(data, reached, f"before member {name}")
        reached = ends[index]
    if reached > directory:
        raise Fault(f"member {name} overlaps the central directory")
    if reached < directory:
        raise _hidden(data, reached, "before the central directory")
    return first


def _hidden(data: "Data", at: int, where: str) -> Fault:
    is_member = data[at : at + 4] == _LOCAL_SIGNATURE
    return Fault(f"there is a hidden member {where}" if is_member else f"there are hidden bytes {where}")


def _check_prefix(data: "Data", first: int) -> None:
    """See that what stands before the first member, which may be anything, is no archive or part of one.

    A launcher may well hold the signatures, for it looks for them; but not the rest of a header.
    """
    records = (
        (_LOCAL_SIGNATURE, _looks_like_local),
        (_CENTRAL_SIGNATURE, _looks_like_central),
        (_END_SIGNATURE, _looks_like_end),
    )
    for signature, looks_like_it in records:
        at = data.find(signature, 0, first)
        while at >= 0:
            if looks_like_it(data, at, first):
                raise Fault("there is another archive, or a part of one, before its first member")
            at = data.find(signature, at + 1, first)


def _looks_like_local(data: "Data", at: int, first: int) -> bool:
    if at + _LOCAL.size > first:
        return False
    _, _, method, _, _, _, length, extra = _unpacked(_LOCAL, data, at)
    return _can_be_member(method, length, at + _LOCAL.size + length + extra, first)


def _looks_like_central(data: "Data", at: int, first: int) -> bool:
    if at + _CENTRAL.size > first:
        return False
    _, _, _, method, _, _, _, length, extra, comment, *_ = _unpacked(_CENTRAL, data, at)
    return _can_be_member(method, length, at + _CENTRAL.size + length + extra + comment, first)


def _can_be_member(method: int, length: int, end: int, first: int) -> bool:
    return (method in _METHODS or method in _OTHER_METHODS) and length > 0 and end <= first


def _looks_like_end(data: "Data", at: int, first: int) -> bool:
    if at + _END.size > first:
        return False
    _, _, _, _, count, size, offset, _ = _unpacked(_END, data, at)
    if not count:
        return not size and bool(offset <= at)
    places = (offset, max(0, at - size))
    return any(data[place : place + 4] == _CENTRAL_SIGNATURE for place in places)


def _unpacked(form: Struct, data: "Data", at: int) -> "Tuple[Any, ...]":
    return form.unpack(data[at : at + form.size])
