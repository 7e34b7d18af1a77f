"""The distributions in a bundle: what is known of each, and whether its files are as they are recorded."""

import base64
import re
from typing import Any, Dict, List, NamedTuple, Optional

from packaging.utils import canonicalize_name

from ..runtime import Refusal
from .contents import Contents
from .metadata import Info, fill, infos_in
from .owners import add_up, owners_of, shares, without_owner
from .report import Distribution, Member, Record, ReportWarning, Script, Share

_HASHES = ("sha256", "sha384", "sha512")
_NOT_RECORDED = ("RECORD", "RECORD.jws", "RECORD.p7s")
_PAYLOAD = "payload.zip/"  # where bundleup has all
_LONGEST = 500  # characters of a licence or a summary
_MOST_READ = 5000  # distributions whose metadata are read: it takes 0.1 ms for each
_TAG = re.compile(r"[\w.]+-[\w.]+-[\w.]+", re.ASCII)
_MOST_TAGS = 100
_MOST_PARTS = 10
_LICENCE = "License :: "
_UNSAID = ("", "UNKNOWN", "None")


class Found(NamedTuple):
    """What was found: the distributions, their scripts, the other files, whose each member is, and warnings."""

    distributions: List[Distribution]
    scripts: List[Script]
    others: List[Share]
    owners: Dict[str, str]
    warnings: List[ReportWarning]


def gather(contents: Contents, is_wheel: bool = False) -> Found:
    """Give the distributions in contents, in the order of their names, and all that comes with them.

    is_wheel: whether contents are one wheel, which has to list all of its files.
    """
    warnings: List[ReportWarning] = []
    infos = list(infos_in(contents))
    unreadable: List[str] = []
    for info in infos[:_MOST_READ]:
        unreadable += fill(contents, info)
    if len(infos) > _MOST_READ:
        words = f"{len(infos):,} distributions: the metadata of the first {_MOST_READ:,} were read, and of the others the names"
        warnings.append(ReportWarning("metadata", words))
    if unreadable:
        words = "metadata that are missing or cannot be read"
        warnings.append(ReportWarning("metadata", words, tuple(unreadable)))
    owners = owners_of(contents, infos)
    add_up(contents, owners)
    can_check = contents.soundness.is_sound is not False
    found = sorted(infos, key=lambda info: (canonicalize_name(info.name), info.version, info.folder))
    distributions = [_distribution(contents, info, can_check, is_wheel) for info in found]
    scripts = [Script(name, called, info.name) for info in found for name, called in sorted(info.scripts.items())]
    names = {member: info.name for member, info in owners.items()}
    return Found(distributions, scripts, without_owner(contents, owners), names, warnings)


def _distribution(contents: Contents, info: Info, can_check: bool, is_wheel: bool) -> Distribution:
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
        tuple(shares(info.parts)[:_MOST_PARTS]),
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


def _checked(contents: Contents, info: Info, is_wheel: bool) -> Record:
    """Compare the files of info with its RECORD."""
    count = 0
    wrong, missing = [], []
    for name, kind, value, is_outside in info.rows or ():
        member = contents.by_name.get(name)
        if not value or (member is None and is_outside):
            continue
        if member is None:
            if not _is_launcher(name, info) and not contents.is_unseen(name):
                missing.append(name)
        elif kind in _HASHES:
            if _hash(contents, member, kind) == value.rstrip("=").encode("ascii", "replace"):
                count += 1
            else:
                wrong.append(name)
    unlisted = _unlisted(contents, info) if is_wheel else []
    return Record(count, tuple(wrong), tuple(missing), tuple(unlisted))


def _is_launcher(name: str, info: Info) -> bool:
    """Tell whether name is of a program that the installer wrote for an entry point: bundleup leaves these out."""
    return info.root == _PAYLOAD and name.startswith((f"{_PAYLOAD}bin/", f"{_PAYLOAD}Scripts/"))


def _hash(contents: Contents, member: Member, kind: str) -> bytes:
    try:
        digest = contents.digest(member, kind)
    except Refusal:
        return b""
    return base64.urlsafe_b64encode(digest).rstrip(b"=")


def _unlisted(contents: Contents, info: Info) -> List[str]:
    listed = {name for name, *_ in info.rows or ()}
    listed.update(info.folder + name for name in _NOT_RECORDED)
    return [name for name in contents.by_name if name not in listed]
