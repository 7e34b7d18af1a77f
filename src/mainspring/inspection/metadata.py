"""What the distributions in a bundle say of themselves: the files in their `.dist-info` or `.egg-info`.

The sources are the specifications of core metadata, of recording installed projects, and of wheels. Metadata are read
as importlib.metadata reads them; that a maker's own rules are stricter is for `gathering` to say.
"""

import csv
import posixpath
import re
from typing import Any, Dict, Iterator, List, Optional, Tuple

from packaging.metadata import parse_email

from ..makers.metadata import Source, scripts_of
from ..runtime import Refusal
from .contents import Contents
from .report import Member

# Where distributions are: at the root, where shiv and moonlit put them, in PEX, and in environments.
ROOT = re.compile(r"\.deps/[^/]+/|(lib/python[^/]+|Lib)/site-packages/|(payload\.zip/)?(site-packages/)?")
_FILES = {".dist-info": "METADATA", ".egg-info": "PKG-INFO"}
_MOST_ROWS = 1_000_000

Row = Tuple[str, str, str, bool]  # a member, the name of a hash, the hash, and whether it may lie outside of the bundle


class Info:
    """A distribution: what its metadata say, and what its files take, as both are being gathered.

    root: the folder that it was installed to. folder: that of its metadata, below it; both end in a slash. name,
    version: as that folder has them, until its metadata say them.
    """

    def __init__(self, root: str, folder: str) -> None:
        self.root = root
        self.folder = folder
        self.name, _, self.version = folder[len(root) : -1].rpartition(".")[0].partition("-")
        self.said: Any = {}
        self.wheel: Any = {}
        self.scripts: Dict[str, str] = {}
        self.rows: Optional[List[Row]] = None
        self.files = self.size = self.packed = 0
        self.parts: Dict[str, List[int]] = {}


def infos_in(contents: Contents) -> Iterator[Info]:
    """Give the distributions in contents, of which nothing is read yet."""
    folders = dict.fromkeys(
        member.name.rpartition("/")[0] for member in contents.members if "-info/" in member.name and "/" in member.name
    )
    for folder in folders:
        parent, slash, name = folder.rpartition("/")
        if name.endswith(tuple(_FILES)) and ROOT.fullmatch(parent + slash):
            yield Info(parent + slash, folder + "/")


def fill(contents: Contents, info: Info) -> List[str]:
    """Read the metadata of info; give the members that cannot be read, or are missing."""
    ending = info.folder[info.folder.rindex(".") : -1]
    failed: List[str] = []
    for name, take in (
        (_FILES[ending], _take_metadata),
        ("WHEEL", _take_wheel),
        ("RECORD", _take_record),
        ("entry_points.txt", _take_scripts),
    ):
        member = contents.by_name.get(info.folder + name)
        try:
            if member is not None:
                take(contents, info, member)
            elif name in _FILES.values():
                failed.append(info.folder + name)
        except (Refusal, ValueError, csv.Error):
            failed.append(member.name if member else name)
    return failed


def _headers(contents: Contents, member: Member) -> bytes:
    """Give the headers in a file, without the text that may follow them."""
    return contents.read(member).replace(b"\r\n", b"\n").partition(b"\n\n")[0] + b"\n\n"


def _take_metadata(contents: Contents, info: Info, member: Member) -> None:
    info.said = parse_email(_headers(contents, member))[0]
    name, version = info.said.get("name"), info.said.get("version")
    info.name, info.version = str(name or info.name), str(version or info.version)
    if not name or not version:
        raise ValueError(member.name)


def _take_wheel(contents: Contents, info: Info, member: Member) -> None:
    found: Dict[str, List[str]] = {}
    for line in _headers(contents, member).decode("utf-8", "replace").split("\n"):
        name, _, value = line.partition(":")
        found.setdefault(name.strip().lower(), []).append(value.strip())
    info.wheel = found


def _take_scripts(contents: Contents, info: Info, member: Member) -> None:
    duck: Any = contents  # what reads members of archives reads those of directories as well
    info.scripts = scripts_of(Source(duck, member))  # type: ignore[arg-type]


def _take_record(contents: Contents, info: Info, member: Member) -> None:
    lines = contents.read(member).decode("utf-8").splitlines()
    info.rows = []
    for row in csv.reader(lines[:_MOST_ROWS]):
        if len(row) >= 2 and row[0]:
            path = row[0]
            kind, _, value = row[1].partition("=")
            is_odd = "./" in path or "//" in path or "\\" in path
            name = _placed(info.root, path) if is_odd else info.root + path
            info.rows.append((name, kind, value, path.startswith("..")))


def _placed(root: str, path: str) -> str:
    """Give the member that a path in a RECORD means: scripts lie beside the packages if pip was told a target."""
    path = path.replace("\\", "/")
    while path.startswith("../"):
        path = path[3:]
    return root + (posixpath.normpath(path) if "." in path and ("./" in path or "//" in path) else path)
