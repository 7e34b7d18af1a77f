"""The distributions in a bundle: what their metadata say, which files are theirs, and whether these are as recorded.

The sources are the specifications of core metadata, of recording installed projects, and of wheels. Metadata are read
as importlib.metadata reads them; that a maker's own rules are stricter is for `gathering` to say.
"""

import base64
import csv
import posixpath
import re
from typing import Any, Dict, Iterable, Iterator, List, NamedTuple, Optional, Tuple

from packaging.metadata import parse_email
from packaging.utils import canonicalize_name

from ..makers.metadata import Source, entry_points
from ..runtime import Refusal
from .contents import Contents
from .report import Distribution, Doubt, Member, Record, Script, Share

# Where distributions are: at the root, where shiv and moonlit put them, in PEX, and in environments.
ROOT = re.compile(r"\.deps/[^/]+/|(lib/python[^/]+|Lib)/site-packages/|(payload\.zip/)?(site-packages/)?")
_INFOS = {".dist-info": "METADATA", ".egg-info": "PKG-INFO"}
_OWN = re.compile(r"(\.deps/[^/]+/)")
_HASHES = ("sha256", "sha384", "sha512")
_NOT_RECORDED = ("RECORD", "RECORD.jws", "RECORD.p7s")
_PAYLOAD = "payload.zip/"  # where bundleup has all
_LONGEST = 500  # characters of a licence or a summary
_MOST_ROWS = 1_000_000
_MOST_READ = 5000  # distributions whose metadata are read: it takes 0.1 ms for each
_TAG = re.compile(r"[\w.]+-[\w.]+-[\w.]+", re.ASCII)
_MOST_TAGS = 100
_DEEPEST = 2  # folders of what is a part of a distribution
_MOST_PARTS = 10
_LICENCE = "License :: "
_UNSAID = ("", "UNKNOWN", "None")

Row = Tuple[str, str, str, bool]  # a member, the name of a hash, the hash, and whether it may lie outside of the bundle


class Found(NamedTuple):
    """What was found: the distributions, their scripts, the other files, whose each member is, and doubts."""

    distributions: List[Distribution]
    scripts: List[Script]
    others: List[Share]
    owners: Dict[str, str]
    doubts: List[Doubt]


class _Info:
    """The metadata of a distribution, as they are being gathered.

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


def gather(contents: Contents, is_wheel: bool = False) -> Found:
    """Give the distributions in contents, in the order of their names, and all that comes with them.

    is_wheel: whether contents are one wheel, which has to list all of its files.
    """
    doubts: List[Doubt] = []
    infos = list(_infos(contents))
    unreadable: List[str] = []
    for info in infos[:_MOST_READ]:
        unreadable += _fill(contents, info)
    if len(infos) > _MOST_READ:
        words = f"{len(infos):,} distributions: the metadata of the first {_MOST_READ:,} were read, and of the others the names"
        doubts.append(Doubt("metadata", words))
    if unreadable:
        words = "metadata that are missing or cannot be read"
        doubts.append(Doubt("metadata", words, tuple(unreadable)))
    owners = _owners(contents, infos)
    others = _count(contents, owners)
    can_check = contents.soundness.is_sound is not False
    found = sorted(infos, key=lambda info: (canonicalize_name(info.name), info.version, info.folder))
    distributions = [_distribution(contents, info, can_check, is_wheel) for info in found]
    scripts = [Script(name, entry, info.name) for info in found for name, entry in sorted(info.scripts.items())]
    names = {member: info.name for member, info in owners.items()}
    return Found(distributions, scripts, others, names, doubts)


def _infos(contents: Contents) -> Iterator[_Info]:
    folders = dict.fromkeys(
        member.name.rpartition("/")[0] for member in contents.members if "-info/" in member.name and "/" in member.name
    )
    for folder in folders:
        parent, slash, name = folder.rpartition("/")
        if name.endswith(tuple(_INFOS)) and ROOT.fullmatch(parent + slash):
            yield _Info(parent + slash, folder + "/")


def _fill(contents: Contents, info: _Info) -> List[str]:
    """Read the metadata of info; give the members that cannot be read, or are missing."""
    ending = info.folder[info.folder.rindex(".") : -1]
    failed: List[str] = []
    for name, take in (
        (_INFOS[ending], _take_metadata),
        ("WHEEL", _take_wheel),
        ("RECORD", _take_record),
        ("entry_points.txt", _take_scripts),
    ):
        member = contents.by_name.get(info.folder + name)
        try:
            if member is not None:
                take(contents, info, member)
            elif name in _INFOS.values():
                failed.append(info.folder + name)
        except (Refusal, ValueError, csv.Error):
            failed.append(member.name if member else name)
    return failed


def _headers(contents: Contents, member: Member) -> bytes:
    """Give the headers in a file, without the text that may follow them."""
    return contents.read(member).replace(b"\r\n", b"\n").partition(b"\n\n")[0] + b"\n\n"


def _take_metadata(contents: Contents, info: _Info, member: Member) -> None:
    info.said = parse_email(_headers(contents, member))[0]
    name, version = info.said.get("name"), info.said.get("version")
    info.name, info.version = str(name or info.name), str(version or info.version)
    if not name or not version:
        raise ValueError(member.name)


def _take_wheel(contents: Contents, info: _Info, member: Member) -> None:
    found: Dict[str, List[str]] = {}
    for line in _headers(contents, member).decode("utf-8", "replace").split("\n"):
        name, _, value = line.partition(":")
        found.setdefault(name.strip().lower(), []).append(value.strip())
    info.wheel = found


def _take_scripts(contents: Contents, info: _Info, member: Member) -> None:
    duck: Any = contents  # what reads members of archives reads those of directories as well
    info.scripts = entry_points(Source(duck, member, contents.typed))  # type: ignore[arg-type]


def _take_record(contents: Contents, info: _Info, member: Member) -> None:
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


# Whose the files are.


def _owners(contents: Contents, infos: List[_Info]) -> Dict[str, _Info]:
    """Give the distribution of each member that belongs to one."""
    alone = {info.root: info for info in infos if _OWN.fullmatch(info.root)}
    owners: Dict[str, _Info] = {}
    for info in infos:
        for name, *_ in info.rows or ():
            if name in contents.by_name:
                owners.setdefault(name, info)
    folders = {info.folder: info for info in infos}
    packages = {info.root + package: info for info in infos if info.rows is None for package in _packages(info)}
    for member in contents.members:
        if member.is_directory or member.name in owners:
            continue
        owner = _owner(member.name, alone, folders) or _owner_by_package(member.name, packages)
        if owner is not None:
            owners[member.name] = owner
    for name in [name for name in contents.by_name if name.endswith(".pyc") and name not in owners]:
        owner = owners.get(_source_of(name))
        if owner is not None:
            owners[name] = owner
    return owners


def _owner(name: str, alone: Dict[str, _Info], folders: Dict[str, _Info]) -> Optional[_Info]:
    matched = _OWN.match(name) if alone else None
    if matched is not None and matched.group(1) in alone:
        return alone[matched.group(1)]
    return folders.get(name.rpartition("/")[0] + "/") if "-info/" in name else None


def _packages(info: _Info) -> Iterable[str]:
    return (info.name.replace("-", "_"), info.name.replace("-", "_").lower())


def _owner_by_package(name: str, packages: Dict[str, _Info]) -> Optional[_Info]:
    if not packages:
        return None
    parts = name.split("/")
    starts = ["/".join(parts[:length]) for length in range(1, min(len(parts), 4))]
    return next((packages[start] for start in starts if start in packages), None)


def _source_of(name: str) -> str:
    """Give the name of the source that bytecode was made of."""
    folder, _, file = name.rpartition("/")
    parent, slash, last = folder.rpartition("/")
    if last == "__pycache__":
        return f"{parent}{slash}{file.partition('.')[0]}.py"
    return name[:-1]


def _count(contents: Contents, owners: Dict[str, _Info]) -> List[Share]:
    """Add up what each distribution takes, and give what is left by the folders it is in, the largest first."""
    others: Dict[str, List[int]] = {}
    for member in contents.members:
        if member.is_directory:
            continue
        owner = owners.get(member.name)
        if owner is not None:
            owner.files += 1
            owner.size += member.size
            owner.packed += member.packed
            _add(owner.parts, _part(member.name, owner.root), member)
            continue
        _add(others, group(member.name), member)
    return _shares(others)


def _add(sums: Dict[str, List[int]], name: str, member: Member) -> None:
    found = sums.setdefault(name, [0, 0, 0])
    found[0] += 1
    found[1] += member.size
    found[2] += member.packed


def _shares(sums: Dict[str, List[int]]) -> List[Share]:
    """Give what was added up, the largest first."""
    shares = [Share(name, *found) for name, found in sums.items()]
    return sorted(shares, key=lambda share: (-share.packed, share.name))


def _part(name: str, root: str) -> str:
    """Give the folder of a member below the root of its distribution, two deep at most; "" for one at the root itself."""
    start = len(root) if name.startswith(root) else 0
    end = name.find("/", start) + 1
    for _ in range(_DEEPEST - 1):
        end = name.find("/", end) + 1 or end
    return name[start:end]


def group(name: str) -> str:
    """Give the folder by which files that belong to no distribution are counted."""
    first, slash, rest = name.partition("/")
    if first in ("site-packages", ".deps") and "/" in rest:
        return f"{first}/{rest.partition('/')[0]}/"
    return first + slash if slash else "(top level)"


# What there is to say of them.


def _distribution(contents: Contents, info: _Info, can_check: bool, is_wheel: bool) -> Distribution:
    said = info.said
    tags = [tag for tag in info.wheel.get("tag", ())[:_MOST_TAGS] if _TAG.fullmatch(tag)]
    return Distribution(
        info.name,
        info.version,
        licence(said),
        _short(said.get("summary")),
        _short(said.get("requires_python")),
        tuple(said.get("requires_dist", ())),
        tuple(tags),
        info.folder,
        (info.wheel.get("generator") or [""])[0],
        info.files,
        info.size,
        info.packed,
        _checked(contents, info, is_wheel) if can_check and info.rows is not None else None,
        tuple(_shares(info.parts)[:_MOST_PARTS]),
    )


def _short(text: Optional[str]) -> str:
    text = " ".join((text or "").split())
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."


def licence(said: Any) -> str:
    """Give the licence that metadata name: an expression, else a short word for it, else the classifiers."""
    expression = said.get("license_expression")
    if expression:
        return _short(expression)
    text = (said.get("license") or "").strip()
    classified = [name[len(_LICENCE) :] for name in said.get("classifiers", ()) if name.startswith(_LICENCE)]
    words = [name.rpartition(":: ")[2] for name in classified if name != "OSI Approved"]
    if text not in _UNSAID and "\n" not in text and len(text) <= 60:
        return _short(text)
    if words:
        return _short(" OR ".join(words))
    return _short(text.partition("\n")[0]) if text not in _UNSAID else ""


def _checked(contents: Contents, info: _Info, is_wheel: bool) -> Record:
    """Compare the files of info with its RECORD."""
    count = 0
    wrong, missing = [], []
    for name, kind, value, is_outside in info.rows or ():
        member = contents.by_name.get(name)
        if not value or (member is None and is_outside):
            continue
        if member is None:
            if not _is_launcher(name, info):
                missing.append(name)
        elif kind in _HASHES:
            if _hash(contents, member, kind) == value.rstrip("=").encode("ascii", "replace"):
                count += 1
            else:
                wrong.append(name)
    unlisted = _unlisted(contents, info) if is_wheel else []
    return Record(count, tuple(wrong), tuple(missing), tuple(unlisted))


def _is_launcher(name: str, info: _Info) -> bool:
    """Tell whether name is of a program that the installer wrote for an entry point: bundleup leaves these out."""
    return info.root == _PAYLOAD and name.startswith((f"{_PAYLOAD}bin/", f"{_PAYLOAD}Scripts/"))


def _hash(contents: Contents, member: Member, kind: str) -> bytes:
    try:
        digest = contents.digest(member, kind)
    except Refusal:
        return b""
    return base64.urlsafe_b64encode(digest).rstrip(b"=")


def _unlisted(contents: Contents, info: _Info) -> List[str]:
    listed = {name for name, *_ in info.rows or ()}
    listed.update(info.folder + name for name in _NOT_RECORDED)
    return [name for name in contents.by_name if name not in listed]
