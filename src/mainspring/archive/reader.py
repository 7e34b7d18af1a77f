"""The reader of archives: it checks one as a whole, and unpacks members, which must be what the archive says of them."""

from ..runtime import Refusal
from . import members, names
from .fault import DAMAGED, Fault, quoted
from .records import BZIP2, DEFLATED, STORED, Member

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, BinaryIO, Callable, Dict, Iterator, List, Optional, Sequence, Set, Tuple

    from .records import Data

    See = Callable[[Member, bytes], None]

_LARGE = 256 * 2**20  # bytes; what is not read whole
SIZE_LIMIT = 4 * 2**30  # bytes
RATIO_LIMIT = 200
RATIO_COUNTS_FROM = 64 * 2**20  # bytes

RAISE_LIMITS = "if you trust it, raise the limit with --max-size or --max-ratio"

_FOLDERS_EACH, _FOLDERS = 10, 1000  # how many there may be for each member, and besides

_CHUNK = 2**20  # bytes unpacked at a time
_FEED = 2**16  # packed bytes handed to a decompressor at a time
LARGE = 2**15  # bytes; of a member that is worth a thread
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


class Archive:
    """An archive that was checked; `check` makes it.

    typed: what the user called it. members: in the order of the central directory.
    """

    __slots__ = ("_crc32", "_data", "_openers", "members", "typed")

    def __init__(self, typed: str, data: "Data", members: "List[Member]") -> None:
        self.members = members
        self.typed = typed
        self._data = data
        self._crc32 = find_crc32()
        self._openers: "Dict[int, Callable[[Data, Member], Tuple[Any, bytes, int]]]" = {}

    def refusal(self, reason: str, hint: "Optional[str]" = None) -> Refusal:
        """Give the exception that refuses the archive for that reason."""
        return Refusal(self.typed, reason, hint)

    def native_members(self) -> "List[Member]":
        """Give the members that the system's loader might have to read (`names.is_native`), and what these need beside them."""
        if not any(names.is_native(member.name) for member in self.members):
            return []
        return [
            member for member in self.members if names.is_native(member.name) or names.goes_with_native(member.name)
        ]

    def read(self, member: Member) -> bytes:
        """Give what member unpacks to; raise Refusal if that is not what the archive says of it."""
        try:
            if _is_small(member):
                return self._unpack(member)
            return b"".join(self._checked_pieces(member))
        except Fault as fault:
            raise self.refusal(fault.reason, fault.hint) from None

    def pieces(self, member: Member) -> "Iterator[bytes]":
        """Give what member unpacks to bit by bit; raise Refusal, maybe at the end, if it is not what the archive says."""
        try:
            if _is_small(member):
                yield self._unpack(member)
            else:
                yield from self._checked_pieces(member)
        except Fault as fault:
            raise self.refusal(fault.reason, fault.hint) from None

    def _check_contents(
        self, tick: "Optional[Callable[[int, int], None]]", sound: "Tuple[int, int]", see: "Optional[See]"
    ) -> None:
        if see is None and sound == (0, 0) and self._are_right(tick):
            return
        # One after the other: of several faults, the first is told.
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

    def _are_right(self, tick: "Optional[Callable[[int, int], None]]") -> bool:
        """Unpack all in several threads, if there is enough for that; tell whether that was done, and nothing is wrong."""
        if not any(map(_is_worth_a_thread, self.members)):
            return False
        from .. import threads  # most archives have no such member

        tell = threads.counted(tick, sum([member.size for member in self.members]))

        def check_one(member: Member) -> None:
            for piece in [self._unpack(member)] if _is_small(member) else self._checked_pieces(member):
                tell(len(piece))

        try:
            threads.divided(check_one, self.members, _is_worth_a_thread)
        except Fault:
            return False
        tell(0)
        return True

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
                if not feed and at < stop:
                    break  # the file ends before, of one that is not sound
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
                raise Fault(f"member {quoted(member.name)} cannot be unpacked by this python: {error}") from None
        return opener(self._data, member)


def check(
    typed: str,
    data: "Data",
    limits: "Optional[Limits]" = None,
    tick: "Optional[Callable[[int, int], None]]" = None,
    sound: "Tuple[int, int]" = (0, 0),
    see: "Optional[See]" = None,
    left_out: "Sequence[str]" = (),
) -> Archive:
    """Validate the archive in data, from its end record to the checksum of every member, and give it.

    typed is what the user called it. tick, if given, is called now and then with the number of bytes unpacked so
    far and the number of all. sound: where the part of data begins and ends whose members were checked before: these
    are not unpacked. see, if given, is called with each member that is, and a piece of what it holds,
    as often as there are pieces. left_out: the names of directories that are passed over as if they were not there. Raises
    Refusal for what is damaged, ambiguous, over the limits, or no archive. Nothing is written; of a large member only a
    part is in memory at any time.
    """
    try:
        archive = Archive(typed, data, members.read(data, left_out))
        _check_limits(archive.members, limits or Limits())
        archive._check_contents(tick, sound, see)
    except Fault as fault:
        raise Refusal(typed, fault.reason, fault.hint) from None
    return archive


def content_of(typed: str, file: "BinaryIO", size: int, most: int = _LARGE) -> "Data":
    """Give what file, which was typed so and has that size, holds from its start on; read as it is needed if over most.

    Raises OSError; what is read later, raises Refusal, too, if the file has become shorter.
    """
    if size <= most:
        return file.read()
    from . import large  # rarely is one as large

    return large.Large(typed, file, size)


def pieces_of(data: "Data") -> "Iterator[bytes]":
    """Give what data holds bit by bit. Raises what reading it raises."""
    if isinstance(data, bytes):
        yield data
        return
    for at in range(0, len(data), _CHUNK):
        yield data[at : at + _CHUNK]


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
        raise Fault(f"member {quoted(member.name)} does not begin as LZMA data does", DAMAGED)
    return head[4:] + (b"\xff" * 8 if member._marked else member.size.to_bytes(8, "little"))


def _is_small(member: Member) -> bool:
    return member.size <= _CHUNK and member.packed <= _CHUNK


def _is_worth_a_thread(member: Member) -> bool:
    return member.size > LARGE and member.method == DEFLATED


def _decompress(member: Member, engine: "Any", data: bytes, most: int) -> bytes:
    try:
        piece: bytes = engine.decompress(data, most)
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001  zlib, bz2 and lzma have an exception each
        raise Fault(f"member {quoted(member.name)} cannot be unpacked: {error}", DAMAGED) from None
    return piece


def _check_end(member: Member, engine: "Any", has_more: bool, size: int) -> None:
    if size > member.size:
        raise _mismatch(member, size)
    if not engine.eof:
        raise Fault(f"member {quoted(member.name)} is cut short", DAMAGED)
    if has_more:
        raise Fault(f"member {quoted(member.name)} has bytes after the end of its packed data", DAMAGED)


def _mismatch(member: Member, size: int) -> Fault:
    name = quoted(member.name)
    if size == member.size:
        return Fault(f"member {name} is damaged: its checksum is wrong", DAMAGED)
    word = "more" if size > member.size else "less"
    return Fault(f"member {name} unpacks to {word} than the {member.size} bytes it says it has", DAMAGED)


def _check_limits(members: "List[Member]", limits: Limits) -> None:
    """Compare the sizes that the archive declares with limits; what it holds will be held to them."""
    _check_folders(members)
    total = sum([member.size for member in members])
    if total > limits.size:
        raise Fault(f"it unpacks to {total} bytes, more than the limit of {limits.size}", RAISE_LIMITS)
    if total <= RATIO_COUNTS_FROM:
        return
    for member in members:
        if member.size > RATIO_COUNTS_FROM and member.size > member.packed * limits.ratio:
            name = quoted(member.name)
            raise Fault(f"member {name} unpacks to more than {limits.ratio} times its packed size", RAISE_LIMITS)


def _check_folders(members: "List[Member]") -> None:
    """See that the members do not lie so deep that there are far more folders than there is in them."""
    most = _FOLDERS_EACH * len(members) + _FOLDERS
    if sum([member.name.count("/") for member in members]) <= most:
        return
    folders: "Set[str]" = set()
    for member in members:
        folder = member.name.rpartition("/")[0]
        while folder and folder not in folders:
            folders.add(folder)
            folder = folder.rpartition("/")[0]
    if len(folders) > most:
        raise Fault(f"it unpacks to {len(folders)} folders, with {len(members)} members in them")
