"""What is inside of a target: the members of an archive, sound or not, or the files of a directory, in one form.

Reading is bounded: what hostile metadata claim to hold is read up to a limit only. In a directory, links are not
followed and only regular files are opened.
"""

import hashlib
import os
import stat
import zlib
from typing import TYPE_CHECKING, Any, BinaryIO, Callable, Dict, Iterator, List, Optional, Tuple

from .. import archive
from ..refusals import UNSAID, refused
from ..runtime import Refusal
from . import listing
from .report import Member, ReportWarning, Soundness

if TYPE_CHECKING:
    from ..archive.reader import See
    from ..archive.records import Data

    Tick = Callable[[int, int], None]

LARGEST = 8 * 2**20  # bytes of a member that is read whole
_LARGEST_INNER = 64 * 2**20  # of an archive that is in an archive
_BUDGET = 256 * 2**20  # of all that is read whole
_MOST_FILES = 200_000  # of a directory
_CHUNK = 2**20
_READ_WHOLE = 16 * 2**20
_PEX_LINK, _PEX_LINK_END = "pex", "__main__.py"  # which pex makes, and where it leads
_RECORD = b".dist-info/RECORD"  # in an archive's directory
_NOT_CONTENT = (".git", ".hg", ".svn")


class Contents:
    """The members of a target, and what they hold.

    members: in their order. by_name: the files, by their names; of several the last. soundness: what the strict reader
    says of it; archive: what it gave, or None. warnings: what was found on the way. comment: that of an archive, and
    prefix: the number of bytes before its first member. limits: for what archives may unpack to, None for the usual ones.
    links: in a directory, those that are not followed, by name, and where they lead. closed: its folders that cannot be
    read, each with a slash at its end. is_cut: whether it has more files than are looked at.
    """

    def __init__(self, members: List[Member], limits: Optional[archive.Limits] = None) -> None:
        self.members = members
        self.limits = limits
        self.soundness = Soundness()
        self.archive: Optional[archive.Archive] = None
        self.warnings: List[ReportWarning] = []
        self.comment = b""
        self.prefix = 0
        self.by_name: Dict[str, Member] = {}
        self.links: Dict[str, str] = {}
        self.closed: Dict[str, None] = {}
        self.is_cut = False
        self._source: Any = None
        self._nested: Dict[int, Contents] = {}
        self._digests: Dict[Tuple[int, str], bytes] = {}
        self._budget = _BUDGET
        self.index()

    def index(self) -> None:
        """Make by_name of members, which changed."""
        self.by_name = {member.name: member for member in self.members if not member.is_directory}

    def is_unseen(self, name: str) -> bool:
        """Tell whether a file of that name may be there, though it was not looked at: as or behind a link, for one."""
        parts = name.split("/")
        above = ["/".join(parts[:count]) for count in range(1, len(parts) + 1)]
        return self.is_cut or any(one in self.links or f"{one}/" in self.closed for one in above)

    def refusal(self, reason: str) -> Refusal:
        """Give the exception that refuses to look into the target for that reason."""
        return refused(reason)

    def read(self, member: Member, most: int = LARGEST) -> bytes:
        """Give what member holds. Raises Refusal if it is damaged, larger than most, or if too much was read already."""
        if member.size > most or member.size > self._budget:
            raise self.refusal(f"member {member.name[:120]!r} is too large to be looked into")
        self._budget -= member.size
        return b"".join(self.pieces(member))

    def pieces(self, member: Member) -> Iterator[bytes]:
        """Give what member holds bit by bit. Raises Refusal if it is damaged."""
        nested = self._nested.get(id(member))
        if nested is not None:
            return nested.pieces(member)
        if isinstance(member.inner, archive.Member):
            pieces: Iterator[bytes] = self._source.pieces(member.inner)
            return pieces
        return _pieces_of_file(member)

    def digest(self, member: Member, kind: str = "sha256") -> bytes:
        """Give the hash of what member holds; it is taken once. Raises Refusal if it is damaged."""
        known = member.digest if kind == "sha256" else self._digests.get((id(member), kind), b"")
        if known:
            return known
        engine, crc = hashlib.new(kind), 0
        for piece in self.pieces(member):
            engine.update(piece)
            crc = zlib.crc32(piece, crc)
        if member.crc is None:
            member.crc = crc  # an archive that is not sound has no other
        if kind == "sha256":
            member.digest = engine.digest()
        else:
            self._digests[id(member), kind] = engine.digest()
        return engine.digest()

    def mount(self, member: Member) -> None:
        """Put the members of the archive that member is after it, as if it were a folder."""
        if isinstance(member.inner, str):
            with open(member.inner, "rb") as file:
                data = content_of(file)
        else:
            data = self.read(member, _LARGEST_INNER)
        inner = from_archive(data, self.limits)
        if inner is None:
            return
        if not inner.soundness.is_sound:
            words = f"the archive in it, {member.name}, is not sound: {inner.soundness.reason}"
            self.warnings.append(ReportWarning("inner-archive", words, (member.name,)))
        for one in inner.members:
            one.name = f"{member.name}/{one.name}"
            self._nested[id(one)] = inner
        at = self.members.index(member)
        self.members[at : at + 1] = inner.members
        self.index()


def content_of(file: BinaryIO) -> "Data":
    """Give what the open file holds: as bytes if it is small. Raises what `archive.content_of` raises."""
    return archive.content_of(UNSAID, file, os.fstat(file.fileno()).st_size, _READ_WHOLE)


class _Digests:
    """The hashes of members, taken while they are checked: what is small has to be unpacked once only."""

    def __init__(self) -> None:
        self.found: Dict[archive.Member, bytes] = {}
        self._large: Optional[archive.Member] = None
        self._engine = hashlib.sha256()

    def see(self, member: archive.Member, piece: bytes) -> None:
        """Take in a piece of what member holds."""
        if len(piece) == member.size:
            self.found[member] = hashlib.sha256(piece).digest()
            return
        if member is not self._large:
            self._large, self._engine = member, hashlib.sha256()
        self._engine.update(piece)
        self.found[member] = self._engine.digest()


def from_archive(
    data: "Data",
    limits: Optional[archive.Limits] = None,
    tick: "Optional[Tick]" = None,
    with_digests: bool = False,
) -> Optional[Contents]:
    """Give the contents of the archive in data, sound or not; None if it lists no members in any way.

    with_digests: whether the hashes of all members are wanted; they also are if they are to be compared with others.
    """
    place = listing.find(data)
    if place is None:
        return None
    if place.stop - place.start > listing.LARGEST:
        contents = Contents([], limits)
        words = f"its directory has more than {listing.LARGEST:,} bytes, and is not looked into"
        contents.soundness = Soundness(False, words)
        return contents
    digests = _Digests() if with_digests or _RECORD in data[place.start : place.stop] else None
    soundness, checked = judged(data, limits, tick, digests.see if digests is not None else None)
    if checked is not None:
        members, prefix = listing.of_sound(data, place, checked.members)
        if digests is not None:
            for member in members:
                member.digest = digests.found.get(member.inner, b"")
    else:
        members, prefix = listing.of_unsound(data, place)
    contents = Contents(members, limits)
    contents.soundness, contents.archive = soundness, checked
    contents.comment, contents.prefix = place.comment, prefix
    contents._source = checked or archive.Archive(UNSAID, data, [member.inner for member in members])
    return contents


def judged(
    data: "Data",
    limits: Optional[archive.Limits] = None,
    tick: "Optional[Tick]" = None,
    see: "Optional[See]" = None,
) -> "Tuple[Soundness, Optional[archive.Archive]]":
    """Give what the store would say of the archive in data, and the archive if it is sound."""
    try:
        return Soundness(True), archive.check(UNSAID, data, limits, tick, see=see)
    except Refusal as refusal:
        return Soundness(False, refusal.reason, refusal.hint or ""), None


def from_directory(path: str, limits: Optional[archive.Limits] = None) -> Contents:
    """Give the contents of the directory at path; limits: for the archives in it. Raises OSError if it cannot be read at all."""
    walk = _Walk(path)
    walk.go()
    contents = Contents(walk.members, limits)
    if "PEX-INFO" in contents.by_name and walk.links.get(_PEX_LINK) == _PEX_LINK_END:
        del walk.links[_PEX_LINK]
        walk.odd.remove(_PEX_LINK)
    contents.links, contents.closed, contents.is_cut = walk.links, walk.closed, walk.is_cut
    if walk.odd:
        words = "there are links or special files in it, which were not looked at"
        contents.warnings.append(ReportWarning("links", words, tuple(walk.odd)))
    if walk.closed:
        contents.warnings.append(
            ReportWarning("unreadable", "there are folders in it that cannot be read", tuple(walk.closed))
        )
    if walk.is_cut:
        contents.warnings.append(
            ReportWarning("cut", f"it has more than {_MOST_FILES:,} files; the rest was not looked at")
        )
    return contents


class _Walk:
    """A walk through a directory, in the order of names."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.members: List[Member] = []
        self.odd: List[str] = []
        self.links: Dict[str, str] = {}
        self.closed: Dict[str, None] = {}
        self.is_cut = False

    def go(self) -> None:
        """Look at all that is there."""
        with os.scandir(self.path):
            pass  # that this works is the least
        left = [""]
        while left and not self.is_cut:
            folder = left.pop()
            try:
                with os.scandir(os.path.join(self.path, folder)) as found:
                    entries = sorted(self._limited(found), key=lambda entry: entry.name)
            except OSError:
                self.closed[folder] = None
                continue
            folders = [name for entry in entries for name in [self._take(entry, folder)] if name]
            left += reversed(folders)
        self.members.sort(key=lambda member: member.name)

    def _limited(self, found: "Iterator[os.DirEntry[str]]") -> "Iterator[os.DirEntry[str]]":
        for number, entry in enumerate(found, len(self.members)):
            if number >= _MOST_FILES:
                self.is_cut = True
                return
            yield entry

    def _take(self, entry: "os.DirEntry[str]", folder: str) -> str:
        """Take in what entry is; give its name if it is a folder to look into."""
        name = f"{folder}{entry.name}"
        try:
            status = entry.stat(follow_symlinks=False)
        except FileNotFoundError:  # it has gone meanwhile
            return ""
        except OSError:  # the names in a folder may be told, and no more
            self.closed[folder] = None
            return ""
        modified = status.st_mtime
        if stat.S_ISDIR(status.st_mode):
            if entry.name in _NOT_CONTENT:
                return ""
            self.members.append(Member(f"{name}/", 0, 0, "stored", _mode(status), modified, True))
            return f"{name}/"
        if not stat.S_ISREG(status.st_mode):
            self.odd.append(name)
            if stat.S_ISLNK(status.st_mode):
                self.links[name] = _end_of(os.path.join(self.path, name))
            return ""
        size = status.st_size
        self.members.append(
            Member(name, size, size, "stored", _mode(status), modified, False, None, os.path.join(self.path, name))
        )
        return ""


def _end_of(link: str) -> str:
    """Give what link says of where it leads, which opens nothing."""
    try:
        return os.readlink(link)
    except OSError:
        return "?"


def _mode(status: os.stat_result) -> Optional[int]:
    """Give the mode of a file; on Windows it has none, and what is told there allows everybody everything."""
    return None if os.name == "nt" else status.st_mode


def _pieces_of_file(member: Member) -> Iterator[bytes]:
    """Give the content of a file that was seen; it may be another thing by now."""
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    try:
        file = os.open(member.inner, flags)
        try:
            if not stat.S_ISREG(os.fstat(file).st_mode):
                raise refused(f"{member.name!r} is no file any more")
            left = member.size
            while left > 0:
                piece = os.read(file, min(left, _CHUNK))
                if not piece:
                    return
                left -= len(piece)
                yield piece
        finally:
            os.close(file)
    except OSError as error:
        raise refused(f"{member.name!r} cannot be read ({error.strerror})") from None
