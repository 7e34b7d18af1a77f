"""The facts of a bundle. All that is shown of it, in whatever form, is made from these."""

import time
from typing import Any, Dict, List, NamedTuple, Optional, Tuple

from .. import fitness
from ..runtime import Refusal

Names = Tuple[str, ...]
BROKEN = "metadata-refused"  # the kind of warning about metadata that no maker writes
_MISTAKEN = ("project", "inline-metadata")  # and of those about settings, which may be refused
# Who runs it: mainspring, the bundle's own bootstrap, mainspring under another Python, the system, nobody.
ITSELF, BOOTSTRAP, ELSEWHERE, SYSTEM, REFUSED = "itself", "bootstrap", "elsewhere", "system", "refused"


class Maker(NamedTuple):
    """The tool that made a bundle. version: "" if it does not say."""

    name: str
    version: str = ""


class Script(NamedTuple):
    """A console script, what it calls, and the distribution that it belongs to ("" if to none)."""

    name: str
    entry: str
    distribution: str = ""


class Record(NamedTuple):
    """What comparing a distribution with its RECORD gave.

    checked: how many files have the hash that they should have. wrong: those with another one. missing: those that are
    not there. unlisted: those that are there, and that a wheel should list.
    """

    checked: int
    wrong: Names = ()
    missing: Names = ()
    unlisted: Names = ()

    @property
    def is_right(self) -> bool:
        """Whether all files are as they should be."""
        return not (self.wrong or self.missing or self.unlisted)


class Share(NamedTuple):
    """Files that belong together, by the folder that they are in."""

    name: str
    files: int
    size: int
    packed: int


class Distribution(NamedTuple):
    """A distribution: what its metadata say, and what it takes.

    licence: an SPDX expression, if it has one; else what it says in other words. folder: the member that its metadata
    are in. generator: what built the wheel. sizes in bytes, unpacked and packed. record: None if it was not compared.
    parts: the largest of its folders, the largest first; what is deeper than two folders is in the second one.
    """

    name: str
    version: str
    licence: str
    summary: str
    requires_python: str
    requires: Names
    tags: Names
    folder: str
    generator: str
    files: int
    size: int
    packed: int
    record: Optional[Record]
    parts: Tuple[Share, ...] = ()


class Native(NamedTuple):
    """A native module or library.

    tag: what its name says of the Python that it is for: `cpython-312-x86_64-linux-gnu`, `abi3`, or "". machine: the
    format and the processor that its first bytes name, as `ELF x86_64`; or "".
    """

    name: str
    size: int
    tag: str
    machine: str
    distribution: str


class Needs(NamedTuple):
    """What is asked of an interpreter.

    python: specifiers that must all hold. any_of: such, of which one must hold. tags: for each distribution that is not
    for all platforms, the tags of its wheels, of which one must fit. misfit: why this interpreter does not do; None if
    it does.
    """

    python: Names = ()
    any_of: Names = ()
    tags: Tuple[Names, ...] = ()
    misfit: Optional[str] = None


class Soundness(NamedTuple):
    """What the store would say of an archive. is_sound: None for what is no archive, or was not checked."""

    is_sound: Optional[bool] = None
    reason: str = ""
    hint: str = ""


class ReportWarning(NamedTuple):
    """Something to think about. kind: a word for programs. text: for people. names: of members."""

    kind: str
    text: str
    names: Names = ()


class Inline(NamedTuple):
    """What a script says in its metadata block (PEP 723)."""

    requires_python: str
    dependencies: Names
    text: str


class Project(NamedTuple):
    """What a pyproject.toml says. version: None if it is not static."""

    name: str
    version: Optional[str]
    dependencies: Names
    extras: Names
    groups: Names


class Member:
    """A file or a directory in a bundle.

    name: with slashes. size, packed: in bytes. method: how it is packed, a word. crc: its CRC-32, or None. mode: as a
    Unix has it, or None. digest: the SHA-256 of its content, b"" if it was not asked for. stamp: when it was written, in
    seconds, or as MS-DOS has it in an archive. inner: its path in a directory; in an archive, `archive.Member`.
    """

    __slots__ = ("crc", "digest", "inner", "is_directory", "method", "mode", "name", "packed", "size", "stamp")

    def __init__(
        self,
        name: str,
        size: int,
        packed: int,
        method: str,
        mode: Optional[int],
        stamp: float,
        is_directory: bool,
        crc: Optional[int] = None,
        inner: Any = None,
    ) -> None:
        self.name = name
        self.size = size
        self.packed = packed
        self.method = method
        self.mode = mode
        self.stamp = stamp
        self.is_directory = is_directory
        self.crc = crc
        self.digest = b""
        self.inner = inner

    @property
    def is_executable(self) -> bool:
        """Whether it is a file with an executable bit."""
        return not self.is_directory and bool((self.mode or 0) & 0o111)

    @property
    def modified(self) -> str:
        """When it was written, as `2024-05-06 07:08:09`; in an archive local time, nobody knows of where; "" if unknown."""
        return timed(self.stamp) if isinstance(self.inner, str) else _dated(int(self.stamp))

    def __repr__(self) -> str:
        return f"Member({self.name!r}, size={self.size})"


class Report(NamedTuple):
    """What there is to know of a thing that has a path.

    path: as it was given. kind: script, bytecode, directory, package, project, archive, shiv, pex, wheel, executable or
    data. form: more of that, as `packed` for a PEX; or "". maker: the tool that made it, if it is known. size: in bytes.
    sha256: of the file, in hex; "" for a directory.
    entry, entry_kind: what starts, and whether that is a `module`, a `function`, a `script` (of a distribution), a
    `program` of the system's or a `file`; both "" if nothing does. runs: how mainspring runs it: `itself`, `bootstrap`
    (hands it over to the bundle's own), `elsewhere` (to another Python, if one that fits is installed), `system` (to the
    system), `refused`, or "" where that is not known; runs_reason: why not itself, unless needs says that.
    shebang: its first line without `#!`, or "". prefix: the number of bytes before an archive in its file. comment: that
    of the archive. build_id, built_at: what its maker says, or "".
    others: what belongs to no distribution. settings: what its maker wrote of how it is to run, as JSON had it. links: of
    a directory, `name -> where it leads`. written_by: the Python that wrote bytecode. python: this interpreter's version.
    """

    path: str
    kind: str
    size: int
    python: str
    form: str = ""
    maker: Optional[Maker] = None
    sha256: str = ""
    entry: str = ""
    entry_kind: str = ""
    scripts: Tuple[Script, ...] = ()
    runs: str = ""
    runs_reason: str = ""
    shebang: str = ""
    prefix: int = 0
    comment: str = ""
    build_id: str = ""
    built_at: str = ""
    needs: Needs = Needs()
    distributions: Tuple[Distribution, ...] = ()
    others: Tuple[Share, ...] = ()
    natives: Tuple[Native, ...] = ()
    members: Tuple[Member, ...] = ()
    soundness: Soundness = Soundness()
    warnings: Tuple[ReportWarning, ...] = ()
    settings: Dict[str, Any] = {}
    inline: Optional[Inline] = None
    project: Optional[Project] = None
    written_by: str = ""
    links: Tuple[str, ...] = ()

    @property
    def files(self) -> int:
        """The number of files in it."""
        return sum(not member.is_directory for member in self.members)

    @property
    def unpacked(self) -> int:
        """What its members come to when unpacked, in bytes."""
        return sum(member.size for member in self.members)

    @property
    def packed(self) -> int:
        """What its members come to as they are, in bytes."""
        return sum(member.packed for member in self.members)

    @property
    def compression(self) -> Dict[str, int]:
        """How many files are packed by each method."""
        found: Dict[str, int] = {}
        for member in self.members:
            if not member.is_directory:
                found[member.method] = found.get(member.method, 0) + 1
        return found

    @property
    def is_right(self) -> bool:
        """Whether it is whole: no unsound archive, no metadata that no maker writes or that are wrong, all hashes as recorded."""
        wrong = (BROKEN, *_MISTAKEN) if self.runs == REFUSED else (BROKEN,)
        if self.soundness.is_sound is False or any(warning.kind in wrong for warning in self.warnings):
            return False
        return all(one.record is None or one.record.is_right for one in self.distributions)

    def as_dict(self, with_members: bool = False) -> Dict[str, Any]:
        """Give the document that `mainspring inspect --json` prints; `inspection.document` says what it has."""
        from . import document  # one of several forms, of which most callers want one

        return document.document(self, with_members)

    def as_text(self) -> str:
        """Give the plain page, as `mainspring inspect` prints it into a file."""
        from . import page  # as above

        return page.plain(self)

    def as_sbom(self) -> str:
        """Give a bill of materials: CycloneDX, as JSON. Raises Refusal if the library for it is not installed."""
        from . import sbom  # as above

        return sbom.sbom(self)

    def __rich__(self) -> Any:
        """Give the page for a terminal: what rich prints for a report."""
        from . import terminal  # as above

        return terminal.rich(self)


def needs_of(python: List[str], any_of: List[str], tags: List[Names]) -> Needs:
    """Give what is asked of an interpreter, with the verdict of this one."""
    asked = fitness.Needs(tuple(python), tuple(any_of), tuple(map(frozenset, tags)))
    try:
        misfit = fitness.verdict(asked)
    except (Refusal, ValueError) as error:
        misfit = f"what it needs cannot be read: {error}"
    return Needs(asked.specifiers, asked.any_of, tuple(tags), misfit)


def timed(seconds: float) -> str:
    """Write a time as text, in UTC; "" for one that no calendar has."""
    try:
        return time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(seconds))
    except (OverflowError, ValueError, OSError):
        return ""


def _dated(stamp: int) -> str:
    """Write a time as MS-DOS has it as text; "" if there is none."""
    if not stamp:
        return ""
    day = f"{(stamp >> 25) + 1980:04}-{stamp >> 21 & 15:02}-{stamp >> 16 & 31:02}"
    return f"{day} {stamp >> 11 & 31:02}:{stamp >> 5 & 63:02}:{(stamp & 31) * 2:02}"
