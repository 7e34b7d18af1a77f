"""The files of a PEX: read from a zipapp or a directory alike, and which of them are laid out to be run from.

pex's own modules stay in one archive there, as in a packed PEX. A program that imports them finds them, but hardly any
does, and a few hundred files would be looked at in each start.
"""

import io
import zipfile

from ..archive import STORED, Archive, Member, find_crc32
from ..runtime.pex import BOOTSTRAP

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Callable, Dict, Iterator

    Read = Callable[[], Iterator[bytes]]

_BOOTSTRAP = f"{BOOTSTRAP}/"
_OWN = f"{_BOOTSTRAP}pex/"
_INIT = f"{_OWN}__init__.py"
_ARCHIVE = f"{_BOOTSTRAP}pex.zip"
_INIT_ENDS = b"\n__path__ = [__path__[0] + '.zip/pex']\n"


class Files(Archive):
    """Members from several places, which were checked where they came from, as those of one archive."""

    __slots__ = ("_reads",)

    def __init__(self, typed: str) -> None:
        super().__init__(typed, b"", [])
        self._reads: "Dict[str, Read]" = {}

    def add(self, member: Member, read: "Read") -> None:
        """Let there be member, whose content read gives in pieces."""
        self.members.append(member)
        self._reads[member.name] = read

    def add_content(self, name: str, content: bytes, is_executable: bool = False) -> None:
        """Let there be a file called name with content."""
        size = len(content)
        self.add(
            Member(name, STORED, size, size, find_crc32()(content), 0, False, is_executable), lambda: iter([content])
        )

    def add_members(self, archive: Archive, folder: str = "") -> None:
        """Let there be the members of archive, below folder, which ends in a slash."""
        for member in archive.members:
            self.add(_renamed(member, folder + member.name), _reader(archive, member))

    def read(self, member: Member) -> bytes:
        """Give what member unpacks to; raises what reading it raises."""
        return b"".join(self._reads[member.name]())

    def pieces(self, member: Member) -> "Iterator[bytes]":
        """Give the same bit by bit."""
        return self._reads[member.name]()


def _renamed(member: Member, name: str) -> Member:
    kind = member.is_directory, member.is_executable
    return Member(name, member.method, member.packed, member.size, member.crc, member.start, *kind)


def _reader(archive: Archive, member: Member) -> "Read":
    return lambda: archive.pieces(member)


def laid_out(archive: Archive) -> Files:
    """Give what of archive, a PEX, is to become real files."""
    found = Files(archive.typed)
    members = {member.name: member for member in archive.members}
    own = {name: member for name, member in members.items() if name.startswith(_OWN)}
    if _INIT not in own or _ARCHIVE in members:  # it is of no pex that is known here
        own = {}
    for name, member in members.items():
        if name not in own:
            found.add(member, _reader(archive, member))
    if own:
        found.add_content(_INIT, archive.read(own[_INIT]) + _INIT_ENDS)
        found.add_content(_ARCHIVE, _zipped(archive, own))
    return found


def _zipped(archive: Archive, members: "Dict[str, Member]") -> bytes:
    """Give an archive with the files among members, the same for the same content."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as zipped:
        for name, member in members.items():
            if not member.is_directory:
                zipped.writestr(zipfile.ZipInfo(name[len(_BOOTSTRAP) :]), archive.read(member))
    return content.getvalue()
