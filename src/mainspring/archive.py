"""The strict reader of zip archives: what two readers could read differently is read by nobody.

An archive is validated as a whole before anything of it is executed or unpacked: where its records lie, what its
members are called, and, by unpacking each, what they hold. The format is PKWARE's APPNOTE.TXT; the readers that it
has to agree with are zipimport, zipfile, and those that read an archive from its beginning, as a stream.

It is on the path of a first start. So members of the common form are checked with a few comparisons of slices, and
names all at once; only what is unusual is looked at with care.
"""

from _struct import Struct

from .runtime import Refusal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from mmap import mmap
    from typing import Any, BinaryIO, Callable, Dict, Iterator, List, Optional, Sequence, Tuple, Union

    Data = Union[bytes, mmap]
    See = Callable[["Member", bytes], None]

STORED = 0
DEFLATED = 8
BZIP2 = 12
LZMA = 14

_LARGE = 256 * 2**20  # bytes; what is not read whole, but mapped
SIZE_LIMIT = 4 * 2**30  # bytes
RATIO_LIMIT = 200
RATIO_COUNTS_FROM = 64 * 2**20  # bytes

RAISE_LIMITS = "if you trust it, raise the limit with --max-size or --max-ratio"
_DAMAGED = "make the archive anew, or fetch it again"

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
_MAX16 = 0xFFFF
_MAX32 = 0xFFFFFFFF  # says that the ZIP64 field has the value

_ENCRYPTED = 1 << 0 | 1 << 6 | 1 << 13
_LEVEL = 1 << 1 | 1 << 2  # how hard the packer tried; for LZMA, bit 1 tells of an end marker
_DESCRIPTOR = 1 << 3
_PATCHED = 1 << 5
_UTF8 = 1 << 11
_UNUSUAL = _MAX16 & ~(_LEVEL | _UTF8)

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

_LONGEST_COMPONENT = 255  # bytes
_LONGEST_NAME = 1000  # bytes
_DEEPEST = 100
_LONGEST_SHOWN = 120
_RESERVED = frozenset(
    ["con", "prn", "aux", "nul", "conin$", "conout$"]
    + [device + digit for device in ("com", "lpt") for digit in "123456789\u00b9\u00b2\u00b3"]
)

_CHUNK = 2**20  # bytes unpacked at a time
_FEED = 2**16  # packed bytes handed to a decompressor at a time
_LZMA_MEMORY = 2**28  # bytes


class Limits:
    """How much an archive may unpack to.

    size: bytes, of all members together.
    ratio: how many times its packed size a member may have, if it unpacks to over 64 MiB.
    """

    __slots__ = ("ratio", "size")

    def __init__(self, size: int = SIZE_LIMIT, ratio: int = RATIO_LIMIT) -> None:
        self.size = size
        self.ratio = ratio


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


class Archive:
    """An archive that was checked; `check` makes it.

    members: in the order of the central directory.
    """

    __slots__ = ("_crc32", "_data", "_openers", "_typed", "members")

    def __init__(self, typed: str, data: "Data", members: "List[Member]") -> None:
        self.members = members
        self._typed = typed
        self._data = data
        self._crc32 = find_crc32()
        self._openers: "Dict[int, Callable[[Data, Member], Tuple[Any, bytes, int]]]" = {}

    def read(self, member: Member) -> bytes:
        """Give what member unpacks to; raise Refusal if that is not what the archive says of it."""
        try:
            if _is_small(member):
                return self._unpack(member)
            return b"".join(self._checked_pieces(member))
        except _Fault as fault:
            raise Refusal(self._typed, fault.reason, fault.hint) from None

    def pieces(self, member: Member) -> "Iterator[bytes]":
        """Give what member unpacks to bit by bit; raise Refusal, maybe at the end, if it is not what the archive says."""
        try:
            if _is_small(member):
                yield self._unpack(member)
            else:
                yield from self._checked_pieces(member)
        except _Fault as fault:
            raise Refusal(self._typed, fault.reason, fault.hint) from None

    def _check_contents(
        self, tick: "Optional[Callable[[int, int], None]]", sound: "Tuple[int, int]", see: "Optional[See]"
    ) -> None:
        total = sum([member.size for member in self.members])
        done = 0
        due = _CHUNK
        first, last = sound
        for member in self.members:
            if first <= member.start < last:
                done += member.size
            elif _is_small(member):
                content = self._unpack(member)
                done += member.size
                if see is not None:
                    see(member, content)
            else:
                for piece in self._checked_pieces(member):
                    done += len(piece)
                    if see is not None:
                        see(member, piece)
                    if tick is not None:
                        tick(done, total)
            if tick is not None and done >= due:
                tick(done, total)
                due = done + _CHUNK

    def _unpack(self, member: Member) -> bytes:
        """Unpack a small member at once."""
        start = member.start
        if member.method == STORED:
            content = self._data[start : start + member.packed]
        else:
            engine, head, start = self._open(member)
            packed = self._data[start : member.start + member.packed]
            content = _decompress(member, engine, head + packed, member.size + 1)
            _check_end(member, engine, bool(engine.unused_data), len(content))
        if len(content) != member.size or self._crc32(content) != member.crc:
            raise _mismatch(member, len(content))
        return content

    def _checked_pieces(self, member: Member) -> "Iterator[bytes]":
        """Unpack a large member bit by bit, never much more of it than it says it has."""
        crc = size = 0
        for piece in self._stored_pieces(member) if member.method == STORED else self._pieces(member):
            size += len(piece)
            crc = self._crc32(piece, crc)
            if size > member.size:
                break
            yield piece
        if size != member.size or crc != member.crc:
            raise _mismatch(member, size)

    def _stored_pieces(self, member: Member) -> "Iterator[bytes]":
        stop = member.start + member.packed
        for at in range(member.start, stop, _CHUNK):
            yield self._data[at : min(at + _CHUNK, stop)]

    def _pieces(self, member: Member) -> "Iterator[bytes]":
        engine, feed, at = self._open(member)
        stop = member.start + member.packed
        size = 0
        while not engine.eof:
            if not feed:
                feed = self._data[at : min(at + _FEED, stop)]
                at += len(feed)
            piece = _decompress(member, engine, feed, _CHUNK)
            feed = getattr(engine, "unconsumed_tail", b"")  # zlib hands it back, the others keep it
            size += len(piece)
            if piece:
                yield piece
            elif not feed and at >= stop:
                break
        _check_end(member, engine, bool(engine.unused_data) or at < stop, size)

    def _open(self, member: Member) -> "Tuple[Any, bytes, int]":
        """Give a decompressor, what to feed it first, and the offset of what to feed it then."""
        opener = self._openers.get(member.method)
        if opener is None:
            try:
                opener = self._openers[member.method] = _opener(member.method)
            except ImportError as error:
                raise _Fault(f"member {_quoted(member.name)} cannot be unpacked by this python: {error}") from None
        return opener(self._data, member)


def check(
    typed: str,
    data: "Data",
    limits: "Optional[Limits]" = None,
    tick: "Optional[Callable[[int, int], None]]" = None,
    sound: "Tuple[int, int]" = (0, 0),
    see: "Optional[See]" = None,
) -> Archive:
    """Validate the archive in data, from its end record to the checksum of every member, and give it.

    typed is what the user called it. tick, if given, is called now and then with the number of bytes unpacked so
    far and the number of all. sound: where a part of data begins and ends in which the contents of members were
    checked before; they are not unpacked. see, if given, is called with each member that is, and a piece of what it holds,
    as often as there are pieces. Raises Refusal for what is damaged, ambiguous, over the limits, or no archive.
    Nothing is written; of a large member only a part is in memory at any time.
    """
    try:
        archive = Archive(typed, data, _read_members(data))
        _check_limits(archive.members, limits or Limits())
        archive._check_contents(tick, sound, see)
    except _Fault as fault:
        raise Refusal(typed, fault.reason, fault.hint) from None
    return archive


class _Fault(Exception):
    """What is wrong with an archive: a Refusal that does not know yet what the user typed."""

    def __init__(self, reason: str, hint: "Optional[str]" = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.hint = hint


def _quoted(name: str) -> str:
    return repr(name) if len(name) <= _LONGEST_SHOWN else repr(name[:_LONGEST_SHOWN] + "...")


# What the members hold.


def content_of(file: "BinaryIO", size: int) -> "Data":
    """Give what file, which has that size, holds from its start on: mapped if it is large. Raises OSError."""
    if size <= _LARGE:
        return file.read()
    import mmap  # rarely is one as large

    return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)


def find_crc32() -> "Callable[..., int]":
    """Give the function that computes checksums of members."""
    # When it is needed: most of what is refused is refused before. A python without zlib has binascii.
    try:
        from zlib import crc32
    except ImportError:
        from binascii import crc32
    return crc32


def _opener(method: int) -> "Callable[[Data, Member], Tuple[Any, bytes, int]]":
    """Give the function that opens members of this method; raise ImportError where this python lacks the module."""
    # On the first use: most archives need one of these at most. The Python halves of bz2 and lzma are not needed.
    if method == DEFLATED:
        from zlib import decompressobj

        return lambda data, member: (decompressobj(-15), b"", member.start)
    if method == BZIP2:
        from _bz2 import BZ2Decompressor

        return lambda data, member: (BZ2Decompressor(), b"", member.start)
    from _lzma import FORMAT_ALONE, LZMADecompressor

    return lambda data, member: (
        LZMADecompressor(FORMAT_ALONE, _LZMA_MEMORY),
        _lzma_head(data, member),
        member.start + 9,
    )


def _lzma_head(data: "Data", member: Member) -> bytes:
    """Make of the head of an LZMA member that of an LZMA file, which says where the stream ends."""
    head = data[member.start : member.start + min(9, member.packed)]
    if len(head) < 9 or head[2:4] != b"\x05\x00":
        raise _Fault(f"member {_quoted(member.name)} does not begin as LZMA data does", _DAMAGED)
    return head[4:] + (b"\xff" * 8 if member._marked else member.size.to_bytes(8, "little"))


def _is_small(member: Member) -> bool:
    return member.size <= _CHUNK and member.packed <= _CHUNK


def _decompress(member: Member, engine: "Any", data: bytes, most: int) -> bytes:
    try:
        piece: bytes = engine.decompress(data, most)
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001  zlib, bz2 and lzma have an exception each
        raise _Fault(f"member {_quoted(member.name)} cannot be unpacked: {error}", _DAMAGED) from None
    return piece


def _check_end(member: Member, engine: "Any", has_more: bool, size: int) -> None:
    if size > member.size:
        raise _mismatch(member, size)
    if not engine.eof:
        raise _Fault(f"member {_quoted(member.name)} is cut short", _DAMAGED)
    if has_more:
        raise _Fault(f"member {_quoted(member.name)} has bytes after the end of its packed data", _DAMAGED)


def _mismatch(member: Member, size: int) -> _Fault:
    name = _quoted(member.name)
    if size == member.size:
        return _Fault(f"member {name} is damaged: its checksum is wrong", _DAMAGED)
    word = "more" if size > member.size else "less"
    return _Fault(f"member {name} unpacks to {word} than the {member.size} bytes it says it has", _DAMAGED)


def _check_limits(members: "List[Member]", limits: Limits) -> None:
    """Compare the sizes that the archive declares with limits; what it holds will be held to them."""
    total = sum([member.size for member in members])
    if total > limits.size:
        raise _Fault(f"it unpacks to {total} bytes, more than the limit of {limits.size}", RAISE_LIMITS)
    if total <= RATIO_COUNTS_FROM:
        return
    for member in members:
        if member.size > RATIO_COUNTS_FROM and member.size > member.packed * limits.ratio:
            name = _quoted(member.name)
            raise _Fault(f"member {name} unpacks to more than {limits.ratio} times its packed size", RAISE_LIMITS)


# Where the records lie.


def _read_members(data: "Data") -> "List[Member]":
    count, start, stop, shift = _find_directory(data)
    walk = _Walk(data, data[start:stop], shift)
    walk.go()
    if len(walk.members) != count:
        raise _Fault(f"it says that it has {count} members, but lists {len(walk.members)}", _DAMAGED)
    names = _decode_names(walk.raw_names, walk.flags)
    for member, name in zip(walk.members, names):
        member.name = name
    first = _check_layout(data, walk, start)
    _check_prefix(data, first)
    _check_names(names)
    return walk.members


def _find_directory(data: "Data") -> "Tuple[int, int, int, int]":
    """Give the number of members, where the directory begins and ends, and what its offsets lack."""
    at = data.rfind(_END_SIGNATURE, max(0, len(data) - _LONGEST_TAIL))
    if at < 0 or at + _END.size > len(data):
        raise _Fault("it has no end record: it is cut short, or no zip archive", _DAMAGED)
    _, disk, first_disk, on_disk, count, size, offset, comment_length = _END.unpack_from(data, at)
    _check_tail(data, at + _END.size, comment_length)
    stop = at
    narrow = (disk, first_disk, on_disk, count, size, offset)
    end64_offset = None
    if _has_end64(data, at):
        stop = at - _LOCATOR.size - _END64.size
        end64_offset, wide = _read_end64(data, stop)
        if any(low not in (high, _MAX32 if i > 3 else _MAX16) for i, (low, high) in enumerate(zip(narrow, wide))):
            raise _Fault("its ZIP64 end record says other things than its end record")
        disk, first_disk, on_disk, count, size, offset = wide
    if disk or first_disk or on_disk != count:
        raise _Fault("it is one part of an archive on several disks")
    start = stop - size
    shift = start - offset
    if shift < 0:
        raise _Fault("its central directory is not where the end record says", _DAMAGED)
    if shift and data[offset : offset + 4] == _CENTRAL_SIGNATURE:
        raise _Fault("its end record can be read in two ways: there are two central directories")
    if end64_offset is not None:
        _check_locator(data, end64_offset, stop, shift)
    return count, start, stop, shift


def _check_tail(data: "Data", comment_start: int, comment_length: int) -> None:
    tail = data[comment_start:]  # no longer than the longest comment
    if len(tail) < comment_length:
        raise _Fault("it is cut short: its comment is longer than what is left of the file", _DAMAGED)
    if tail[comment_length:].strip(b"\0"):
        raise _Fault("there are bytes after its end", _DAMAGED)
    if _has_signature(tail[:comment_length]):
        raise _Fault("its comment holds parts of an archive")


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
        raise _Fault("its ZIP64 end record is not right before the locator")
    signature, disk, offset, disks = _LOCATOR.unpack_from(data, at + _END64.size)
    if signature != _LOCATOR_SIGNATURE:
        raise _Fault("its ZIP64 end record has no locator")
    if disk or disks > 1:
        raise _Fault("it is one part of an archive on several disks")
    _, length, *wide = _END64.unpack_from(data, at)
    if length != _END64.size - 12:
        raise _Fault("its ZIP64 end record has extensible data, or another length than it should have")
    return offset, tuple(wide)


def _check_locator(data: "Data", offset: int, end64: int, shift: int) -> None:
    if offset + shift != end64 or (shift and data[offset : offset + 4] == _END64_SIGNATURE):
        raise _Fault("its ZIP64 locator points elsewhere")


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
            entry = unpack(directory, at)
            signature, _, flags, method, crc, packed, size, length, extra, comment, disk, attributes, offset = entry
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
                at = self.take_with_care(at, entry)
                continue
            member = Member("", method, packed, size, crc, start, False, attributes & _EXECUTABLE != 0)
            self.take(raw_name, flags, member, here, start + packed)
            at = stop
        if at != len(directory):
            raise _Fault("its central directory is damaged", _DAMAGED)

    def take(self, raw_name: bytes, flags: int, member: Member, start: int, end: int) -> None:
        """Enter a member into the lists."""
        self.raw_names.append(raw_name)
        self.flags.append(flags)
        self.members.append(member)
        self.starts.append(start)
        self.ends.append(end)

    def take_with_care(self, at: int, entry: "Tuple[Any, ...]") -> int:
        """Take in the member whose central header is at `at`, whatever its form; give where the next one is."""
        signature, system, flags, method, crc, packed, size, length, extra, comment, disk, attributes, offset = entry
        extra_start = at + _CENTRAL.size + length
        stop: int = extra_start + extra + comment
        if signature != _CENTRAL_SIGNATURE or stop > len(self.directory):
            raise _Fault("its central directory is damaged", _DAMAGED)
        raw_name = self.directory[at + _CENTRAL.size : extra_start]
        name = _decode_for_message(raw_name, flags)
        is_directory = raw_name[-1:] == b"/"
        _check_form(name, flags, method, disk)
        _check_kind(name, system, attributes >> 28, is_directory)
        if _has_signature(self.directory[extra_start + extra : stop]):
            raise _Fault(f"the comment of member {name} holds parts of an archive")
        fields = _split_extra(name, self.directory[extra_start : extra_start + extra])
        _check_unicode_path(name, raw_name, flags, fields)
        size, packed, offset = _widen(name, fields, (size, packed, offset))
        if is_directory and (size or crc):
            raise _Fault(f"member {name} is a directory, but holds data")
        is_executable = attributes & _EXECUTABLE != 0 and not is_directory
        member = Member(name, method, packed, size, crc, 0, is_directory, is_executable, flags & 2)
        here = offset + self.shift
        is_wide = self.compare_local(here, raw_name, flags, member)
        end = member.start + packed
        if flags & _DESCRIPTOR:
            end += self.measure_descriptor(member, end, is_wide)
        self.take(raw_name, flags, member, here, end)
        return stop

    def compare_local(self, here: int, raw_name: bytes, flags: int, member: Member) -> bool:
        """Compare the local header at here with what the central one says; say whether it has ZIP64 sizes.

        Versions and times may differ. Sets where member's data start.
        """
        header = self.data[here : here + _LOCAL.size]
        if header[:4] != _LOCAL_SIGNATURE or len(header) < _LOCAL.size:
            raise _Fault(f"member {member.name} has no local header where the directory says", _DAMAGED)
        _, local_flags, method, crc, packed, size, length, extra = _LOCAL.unpack(header)
        extra_start = here + _LOCAL.size + length
        if self.data[here + _LOCAL.size : extra_start] != raw_name:
            raise _Fault(f"member {member.name} has another name in its local header")
        if (local_flags ^ flags) & ~_LEVEL or method != member.method:
            raise _Fault(f"member {member.name} has other flags or another method in its local header")
        member.start = extra_start + extra
        fields = _split_extra(member.name, self.data[extra_start : member.start])
        _check_unicode_path(member.name, raw_name, flags, fields)
        size, packed = _widen(member.name, fields, (size, packed))
        for local, central in ((crc, member.crc), (packed, member.packed), (size, member.size)):
            if local != central and (local or not flags & _DESCRIPTOR):
                raise _Fault(f"member {member.name} has other sizes or another checksum in its local header")
        return _ZIP64 in fields

    def measure_descriptor(self, member: Member, at: int, is_wide: bool) -> int:
        """Give the length of the data descriptor at `at`; raise _Fault unless it says what the directory says."""
        is_wide = is_wide or member.packed >= _MAX32 or member.size >= _MAX32
        width = 8 if is_wide else 4
        sizes = member.packed.to_bytes(8, "little")[:width] + member.size.to_bytes(8, "little")[:width]
        expected = member.crc.to_bytes(4, "little") + sizes
        found = self.data[at : at + 4 + len(expected)]
        if member.method == STORED and self.has_false_descriptor(member, at, width):
            raise _Fault(f"member {member.name} can be read in two ways: a data descriptor stands amid its data")
        if found == _DESCRIPTOR_SIGNATURE + expected:
            return len(found)
        if found[: len(expected)] == expected:
            return len(expected)
        raise _Fault(f"member {member.name} has no data descriptor, or one that says something else", _DAMAGED)

    def has_false_descriptor(self, member: Member, stop: int, width: int) -> bool:
        """Tell whether a reader of streams, which has no size to go by, could take stored data to end early."""
        at = self.data.find(_DESCRIPTOR_SIGNATURE, member.start, stop)
        while at >= 0:
            size = (at - member.start).to_bytes(8, "little")[:width]
            if self.data[at + 8 : at + 8 + width] == size:
                return True
            at = self.data.find(_DESCRIPTOR_SIGNATURE, at + 1, stop)
        return False


def _decode_for_message(raw_name: bytes, flags: int) -> str:
    return _quoted(raw_name.decode("utf-8" if flags & _UTF8 else "cp437", "replace"))


def _check_form(name: str, flags: int, method: int, disk: int) -> None:
    if flags & _ENCRYPTED:
        raise _Fault(f"member {name} is encrypted")
    if flags & _PATCHED:
        raise _Fault(f"member {name} is a patch")
    if method not in _METHODS:
        raise _Fault(f"member {name} is packed by an unknown method ({method})")
    if disk:
        raise _Fault(f"member {name} is on another disk")


def _check_kind(name: str, system: int, kind: int, is_directory: bool) -> None:
    """See that a member is a file or a directory: by its mode, which says something if system is a Unix."""
    if kind == _LINK:
        raise _Fault(f"member {name} is a symbolic link")
    if system not in _UNIX:
        return
    if kind not in (*_REGULAR, _FOLDER):
        raise _Fault(f"member {name} is a special file")
    if kind == _FOLDER and not is_directory:
        raise _Fault(f"member {name} is a directory by its mode, but not by its name")


def _split_extra(name: str, extra: bytes) -> "Dict[int, bytes]":
    """Split the extra fields of a header, by their tags; NULs may fill up what is too short for a field."""
    fields: "Dict[int, bytes]" = {}
    at = 0
    while at + _TAG.size <= len(extra):
        tag, length = _TAG.unpack_from(extra, at)
        at += _TAG.size + length
        if tag in fields and tag in (_ZIP64, _UNICODE_PATH):
            raise _Fault(f"member {name} has the same extra field twice")
        fields[tag] = extra[at - length : at]
    if at > len(extra) or extra[at:].strip(b"\0"):
        raise _Fault(f"member {name} has extra fields that do not fit", _DAMAGED)
    return fields


def _check_unicode_path(name: str, raw_name: bytes, flags: int, fields: "Dict[int, bytes]") -> None:
    # zipfile calls the member by that field, zipimport by its name.
    field = fields.get(_UNICODE_PATH)
    if field is None:
        return
    plain = raw_name.decode("utf-8" if flags & _UTF8 else "cp437", "replace")
    if field[5:] != plain.encode():
        raise _Fault(f"member {name} has another name in its Unicode path field")


def _widen(name: str, fields: "Dict[int, bytes]", values: "Tuple[int, ...]") -> "Sequence[int]":
    """Put what the ZIP64 field says in place of the values that did not fit their header."""
    wanted = values.count(_MAX32)
    field = fields.get(_ZIP64)
    if field is None:
        if wanted:
            raise _Fault(f"member {name} lacks its ZIP64 sizes")
        return values
    numbers = [int.from_bytes(field[at : at + 8], "little") for at in range(0, len(field), 8)]
    if len(field) % 8 or (numbers != list(values[: len(numbers)]) if not wanted else len(numbers) != wanted):
        raise _Fault(f"member {name} has a ZIP64 field that disagrees with its header")
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
        name = _quoted(walk.members[index].name)
        if starts[index] < reached:
            raise _Fault(f"member {name} overlaps another one")
        if starts[index] > reached:
            raise _hidden(data, reached, f"before member {name}")
        reached = ends[index]
    if reached > directory:
        raise _Fault(f"member {name} overlaps the central directory")
    if reached < directory:
        raise _hidden(data, reached, "before the central directory")
    return first


def _hidden(data: "Data", at: int, where: str) -> _Fault:
    is_member = data[at : at + 4] == _LOCAL_SIGNATURE
    return _Fault(f"there is a hidden member {where}" if is_member else f"there are hidden bytes {where}")


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
                raise _Fault("there is another archive, or a part of one, before its first member")
            at = data.find(signature, at + 1, first)


def _looks_like_local(data: "Data", at: int, first: int) -> bool:
    if at + _LOCAL.size > first:
        return False
    _, _, method, _, _, _, length, extra = _LOCAL.unpack_from(data, at)
    return _can_be_member(method, length, at + _LOCAL.size + length + extra, first)


def _looks_like_central(data: "Data", at: int, first: int) -> bool:
    if at + _CENTRAL.size > first:
        return False
    _, _, _, method, _, _, _, length, extra, comment, *_ = _CENTRAL.unpack_from(data, at)
    return _can_be_member(method, length, at + _CENTRAL.size + length + extra + comment, first)


def _can_be_member(method: int, length: int, end: int, first: int) -> bool:
    return (method in _METHODS or method in _OTHER_METHODS) and length > 0 and end <= first


def _looks_like_end(data: "Data", at: int, first: int) -> bool:
    if at + _END.size > first:
        return False
    _, _, _, _, count, size, offset, _ = _END.unpack_from(data, at)
    if not count:
        return not size and bool(offset <= at)
    places = (offset, max(0, at - size))
    return any(data[place : place + 4] == _CENTRAL_SIGNATURE for place in places)


# What the members are called.


def _decode_names(raw_names: "List[bytes]", flags: "List[int]") -> "List[str]":
    """Decode names as zipimport does: by what their flags say."""
    together = b"\0".join(raw_names)
    if together.isascii() and together.count(b"\0") == len(raw_names) - 1:
        return together.decode("ascii").split("\0")
    return [_decode_name(raw_name, flag) for raw_name, flag in zip(raw_names, flags)]


def _decode_name(raw_name: bytes, flags: int) -> str:
    try:
        return raw_name.decode("utf-8" if flags & _UTF8 else "cp437")
    except UnicodeDecodeError:
        raise _Fault(f"the name of member {_decode_for_message(raw_name, flags)} is not UTF-8") from None


def _check_names(names: "List[str]") -> None:
    """See that every name is a path that means the same everywhere, and that no two mean the same path."""
    if not names:
        return
    together = "\0".join(names) + "\0"
    # Each name becomes "/name/": a directory's own slash goes, so that two in a row are always too many.
    framed = "/" + together.replace("/\0", "\0").replace("\0", "/\0/")[:-2]
    is_ascii = framed.isascii()
    folded = framed.lower() if is_ascii else _fold(framed)
    suspects = names
    if together.count("\0") == len(names) and not _is_suspicious(framed, folded):
        longest = 2 * _DEEPEST if is_ascii else _LONGEST_COMPONENT // 4
        suspects = [name for name in names if len(name) > longest]
    for name in suspects:
        fault = _find_fault(name)
        if fault:
            raise _Fault(f"member {_quoted(name)} {fault}")
    _check_collisions(names, folded.split("\0"))


def _fold(text: str) -> str:
    # For names beyond ASCII only.
    from unicodedata import normalize

    return normalize("NFD", normalize("NFD", text).casefold())


def _is_suspicious(framed: str, folded: str) -> bool:
    """Tell whether one of the names may be at fault; sound ones may be under suspicion, too."""
    if not framed.replace("\0", "/").isprintable():
        return True
    if any(part in framed for part in ("//", "./", " /", "\\", ":")):
        return True
    words = folded.replace(".", "/").replace(" ", "/").split("/")
    return not _RESERVED.isdisjoint(words)


def _find_fault(name: str) -> "Optional[str]":
    """Say why name is not the same path everywhere, or None."""
    if not name:
        return "has no name"
    if not name.isprintable() and any(map(_is_unprintable, name)):
        return "has control or unprintable characters in its name"
    if "\\" in name:
        return "has a backslash in its name"
    if name[0] == "/":
        return "has an absolute path"
    components = name[: -1 if name[-1] == "/" else None].split("/")
    if ".." in components:
        return "leaves the archive"
    if len(components) > _DEEPEST or len(name.encode()) > _LONGEST_NAME:
        return "has a name that is too long or too deep"
    faults = map(_find_fault_of_component, components)
    return next(filter(None, faults), None)


def _is_unprintable(character: str) -> bool:
    if character.isprintable():
        return False
    # For names with characters that isprintable refuses only; it does refuse spaces other than that of ASCII.
    from unicodedata import category

    return category(character) != "Zs"


def _find_fault_of_component(component: str) -> "Optional[str]":
    if component in ("", "."):
        return "has an empty part, or a dot alone, in its path"
    if component[-1] in ". ":
        return "has a dot or a space at the end of a part of its path"
    if component[1:2] == ":" and component[0].isalpha():
        return "has a drive in its path"
    if component.partition(".")[0].partition(":")[0].rstrip(" ").lower() in _RESERVED:
        return "has a name that is reserved on Windows"
    if len(component.encode()) > _LONGEST_COMPONENT:
        return "has a name that is too long or too deep"
    return None


def _check_collisions(names: "List[str]", folded: "List[str]") -> None:
    """See that no member is another one, or a file where another needs a directory, once case does not count."""
    # In order, with a slash at the end, a path comes right before the first of those below it.
    order = sorted(folded)
    if not any(map(str.startswith, order[1:], order)):
        return
    pairs = sorted(zip(folded, names))
    for (path, name), (next_path, next_name) in zip(pairs, pairs[1:]):
        if name == next_name:
            raise _Fault(f"member {_quoted(name)} is there twice")
        if path == next_path:
            raise _Fault(
                f"members {_quoted(name)} and {_quoted(next_name)} are the same file, or differ only by case or Unicode form"
            )
        if name[-1] != "/" and next_path.startswith(path):
            raise _Fault(f"member {_quoted(name)} is a file, but {_quoted(next_name)} needs a directory there")
