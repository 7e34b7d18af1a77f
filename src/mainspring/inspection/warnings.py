"""Warnings, before a bundle is run or handed on: of what is missing, shadowed, writable, or contradicts itself."""

import os
import re
import shutil
import stat
import sys
from typing import Any, Dict, FrozenSet, Iterator, List, Sequence, Set

from packaging.utils import canonicalize_name

from .. import pep508
from ..runtime import kinds
from ..runtime.classify import MAINS
from .contents import Contents
from .report import Distribution, ReportWarning

_MODULE = re.compile(r"([A-Za-z_]\w*)(?:/__init__\.pyc?|\.pyc?|\.so|\.pyd|\.[\w-]+\.(?:so|pyd))", re.ASCII)
_ENV = "/usr/bin/env"
_PLAIN = r"[^\s=\"'$\\]"  # what env takes as it stands
_NAME_IN_ENV = re.compile(
    rf"{_ENV}\s+(?:(?:-S\s*|-[iv]\s+)*(?:\w+={_PLAIN}*\s+)*)((?!-){_PLAIN}+)(?!\S)"
)  # after options and variables
# What python has imported before any program, on all versions and systems; with what is built in.
_THERE_BEFORE = "_collections_abc abc codecs encodings genericpath io os site stat zipimport".split()
_SPECIAL_BITS = stat.S_ISUID | stat.S_ISGID
_PIP_LEAVES = frozenset(["pip", "setuptools", "wheel"])
_WITHOUT_MAIN = (kinds.WHEEL, kinds.PROJECT)  # they come behind the library on sys.path, too
_IN_AN_ENVIRONMENT = (*_WITHOUT_MAIN, kinds.DIRECTORY, kinds.PACKAGE)  # what they require may be there


def of_members(contents: Contents, kind: str) -> List[ReportWarning]:
    """Give the warnings about the members of a bundle of that kind."""
    found = []
    starts_itself = kind not in _WITHOUT_MAIN
    shadows = sorted(_shadows(contents) & _standard_library()) if starts_itself else []
    if shadows:
        words = f"these stand before the standard library's modules of the same name: {', '.join(shadows)}"
        found.append(ReportWarning("shadows-stdlib", words, tuple(shadows)))
    open_ones = tuple(member.name for member in contents.members if (member.mode or 0) & stat.S_IWOTH)
    if open_ones:
        found.append(ReportWarning("world-writable", "files or folders that everybody may write to", open_ones))
    special = tuple(m.name for m in contents.members if not m.is_directory and (m.mode or 0) & _SPECIAL_BITS)
    if special:
        found.append(ReportWarning("set-user-id", "files that run with the rights of their owner or group", special))
    has_main = any(name in contents.by_name or contents.is_unseen(name) for name in MAINS)
    if starts_itself and not has_main:
        found.append(ReportWarning("no-main", "it has no __main__, so python cannot run it"))
    return found


def _shadows(contents: Contents) -> Set[str]:
    """Give the modules at the root, which is the first entry of sys.path."""
    return {m.group(1) for m in map(_MODULE.fullmatch, contents.by_name) if m is not None}


def _standard_library() -> FrozenSet[str]:
    """Give the names of the standard library's modules, but for those before which nothing can stand."""
    known = getattr(sys, "stdlib_module_names", None)
    if known is None:  # before 3.10
        listed = (name.partition(".")[0] for name in os.listdir(os.path.dirname(os.__file__)))
        known = {*sys.builtin_module_names, *(name for name in listed if name.isidentifier())}
    return frozenset(known).difference(["__main__", "__pycache__"], sys.builtin_module_names, _THERE_BEFORE)


def of_distributions(distributions: Sequence[Distribution], kind: str) -> List[ReportWarning]:
    """Give the warnings about the distributions of a bundle of that kind."""
    found = []
    versions: Dict[str, List[str]] = {}
    for one in distributions:
        versions.setdefault(canonicalize_name(one.name), []).append(one.version)
    several = [f"{name} ({', '.join(sorted(set(have)))})" for name, have in versions.items() if len(set(have)) > 1]
    if several:
        found.append(ReportWarning("several-versions", f"several versions of {'; '.join(several)}", tuple(several)))
    records = [one.record for one in distributions if one.record is not None]
    for kind_of, words, field in (
        ("altered", "files that are not as their distribution recorded them", "wrong"),
        ("missing", "files that their distribution recorded, and that are not there", "missing"),
        ("unlisted", "files that the wheel does not list", "unlisted"),
    ):
        names = tuple(name for record in records for name in getattr(record, field))
        if names:
            found.append(ReportWarning(kind_of, words, names))
    lacking = [] if kind in _IN_AN_ENVIRONMENT else list(_lacking(distributions, versions))
    if lacking:
        words = f"not in it, though its distributions require it: {', '.join(lacking)}"
        found.append(ReportWarning("missing-requirement", words, tuple(lacking)))
    if not distributions and kind in (kinds.SHIV, kinds.PEX, kinds.WHEEL):
        found.append(
            ReportWarning("no-metadata", "it has no metadata of distributions, so nobody can tell what is in it")
        )
    return found


def _lacking(distributions: Sequence[Distribution], versions: Dict[str, Any]) -> Iterator[str]:
    """Give what distributions require here and have not, each once: `name (for which)`."""
    seen = set(versions) | _PIP_LEAVES
    for one in distributions:
        for text in one.requires:
            name = _wanted(text)
            if name and name not in seen:
                seen.add(name)
                yield f"{name} (for {one.name})"


def _wanted(text: str) -> str:
    """Give the name that a requirement wants on this interpreter, without extras; "" if none."""
    try:
        requirement = pep508.requirement(text)
        is_wanted = pep508.holds(requirement.marker, {"extra": ""})
    except ValueError:
        return ""
    if not is_wanted:
        return ""
    return str(canonicalize_name(requirement.name))


def of_shebang(shebang: str) -> List[ReportWarning]:
    """Give the warnings about the first line of a bundle."""
    matched = _NAME_IN_ENV.match(shebang)
    words = shebang.split()
    if os.name == "nt" or not words or (words[0] == _ENV and matched is None):
        return []
    name = matched.group(1) if matched else words[0]
    is_there = shutil.which(name) is not None if matched else os.path.exists(name)
    if is_there or not name.isprintable():
        return []
    return [ReportWarning("shebang", f"its first line names an interpreter that is not here: {name}", (name,))]


def of_file(mode: int) -> List[ReportWarning]:
    """Give the warnings about the file or directory itself, by its mode."""
    if os.name != "nt" and mode & stat.S_IWOTH and not mode & stat.S_ISVTX:
        return [ReportWarning("world-writable", "everybody may write to it")]
    return []
