"""Which distribution each file in a bundle is of, by a RECORD, or else by its name; and how much each one takes."""

import re
from typing import Dict, Iterable, List, Optional

from .contents import Contents
from .metadata import Info
from .report import Member, Share

_OWN = re.compile(r"(\.deps/[^/]+/)")  # where pex puts each distribution by itself
_DEEPEST = 2  # folders of what is a part of a distribution


def owners_of(contents: Contents, infos: List[Info]) -> Dict[str, Info]:
    """Give the distribution of each member that belongs to one."""
    alone = {info.root: info for info in infos if _OWN.fullmatch(info.root)}
    owners: Dict[str, Info] = {}
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


def _owner(name: str, alone: Dict[str, Info], folders: Dict[str, Info]) -> Optional[Info]:
    matched = _OWN.match(name) if alone else None
    if matched is not None and matched.group(1) in alone:
        return alone[matched.group(1)]
    return folders.get(name.rpartition("/")[0] + "/") if "-info/" in name else None


def _packages(info: Info) -> Iterable[str]:
    return (info.name.replace("-", "_"), info.name.replace("-", "_").lower())


def _owner_by_package(name: str, packages: Dict[str, Info]) -> Optional[Info]:
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


def add_up(contents: Contents, owners: Dict[str, Info]) -> None:
    """Add to each distribution what its files take, together and by their folders."""
    for member in contents.members:
        owner = None if member.is_directory else owners.get(member.name)
        if owner is not None:
            owner.files += 1
            owner.size += member.size
            owner.packed += member.packed
            _add(owner.parts, _part(member.name, owner.root), member)


def without_owner(contents: Contents, owners: Dict[str, Info]) -> List[Share]:
    """Give what the files take that belong to no distribution, by the folders they are in, the largest first."""
    sums: Dict[str, List[int]] = {}
    for member in contents.members:
        if not member.is_directory and member.name not in owners:
            _add(sums, group(member.name), member)
    return shares(sums)


def _add(sums: Dict[str, List[int]], name: str, member: Member) -> None:
    each = sums.setdefault(name, [0, 0, 0])
    each[0] += 1
    each[1] += member.size
    each[2] += member.packed


def shares(sums: Dict[str, List[int]]) -> List[Share]:
    """Give what was added up, the largest first."""
    found = [Share(name, *each) for name, each in sums.items()]
    return sorted(found, key=lambda share: (-share.packed, share.name))


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
