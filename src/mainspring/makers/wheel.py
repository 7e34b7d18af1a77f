"""Wheels: what one says of itself, what starts in it, and what it needs.

The source is the binary distribution format (packaging.python.org, formerly PEP 427). A wheel is not installed here:
its members become a tree of files as they are, and folders of that tree go on sys.path. So what only an installation
would put together, a package in several parts, is refused. Of `*.data`, all is left where it is, and what is among the
scripts can start: Python's here, other programs by the system.

It loads `packaging` and `email`, and is for targets that are wheels only.
"""

import copy
import re
from itertools import combinations

from packaging.utils import canonicalize_name

from ..runtime import kinds
from ..runtime.classify import MAINS
from ..wording import quoted
from .core_metadata import core
from .headers import headers, is_tag, single, sound_tags
from .metadata import DIST_INFO, ENTRY_POINTS, LARGEST, Source, console_scripts, script_name, scripts_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, Iterator, List, Optional, Set, Tuple

    from ..archive import Archive, Member
    from ..fitness import Needs
    from ..runtime.layouts import Layout


_WHEEL = "WHEEL"
_DATA = ".data"
_IMPORTED = ("purelib", "platlib")
_SCHEMES = (*_IMPORTED, "headers", "scripts", "data")
_SHEBANG = b"#!python"
_VERSION = re.compile(r"([0-9]{1,9})\.[0-9]{1,9}")


def layout(archive: "Archive", file_name: str) -> "Layout":
    """Give what there is to know of the wheel in archive, as plain data that marshal can keep.

    file_name: its file's name, which has the tags if the wheel does not say them.

    `runtime.layouts` says what it has. foreign is None, for a wheel has no code that starts it. needs has
    `requires_python`, a specifier or ""; `tags`, a list of (maybe compressed) tags; `requires_dist`, a list of
    requirements.

    Raises Refusal for a wheel that is of another major version than 1, is not whole, contradicts itself, says what
    cannot be read, or works only when it is installed.
    """
    wheel = _Wheel(archive)
    said = core(wheel.source("METADATA"))
    if not canonicalize_name(wheel.stem).startswith(canonicalize_name(said.name) + "-"):
        raise wheel.source("METADATA").refusal(f"has another Name than its folder: {quoted(said.name)}")
    wheel.source("RECORD")
    data = _data_folder(wheel)
    paths = _paths(wheel, data)
    _check_parts(wheel, paths)
    scripts, console = _scripts(wheel)
    files, programs = _files(wheel, data, scripts)
    return {
        "maker": kinds.WHEEL,
        "name": said.name,
        "version": said.version,
        "paths": paths,
        "scripts": scripts,
        "files": files,
        "programs": programs,
        "default": _default(said.name, (console or scripts, files, programs), _module(wheel, paths)),
        "foreign": None,
        "needs": {
            "requires_python": said.requires_python,
            "requires_dist": said.requires_dist,
            "tags": _tags(wheel, file_name),
        },
    }


def laid_out(archive: "Archive", programs: "Dict[str, str]") -> "Archive":
    """Give archive, a wheel, with those of its members that are programs as what the system can execute, as pip has it."""
    found = copy.copy(archive)
    names = set(programs.values())
    found.members = [_executable(member) if member.name in names else member for member in archive.members]
    return found


def _executable(member: "Member") -> "Member":
    found = copy.copy(member)
    found.is_executable = True
    return found


class _Wheel:
    """An archive that is a wheel.

    folder: the name of its `.dist-info`. stem: that without its ending. members: by their names, without folders.
    """

    def __init__(self, archive: "Archive") -> None:
        self.archive = archive
        self.members: "Dict[str, Member]" = {m.name: m for m in archive.members if not m.is_directory}
        folders = {name.partition("/")[0] for name in self.members if "/" in name}
        infos = sorted(folder for folder in folders if folder.endswith(DIST_INFO))
        if len(infos) != 1:
            words = f"its .dist-info folders are {len(infos)}, and a wheel has one: {', '.join(map(quoted, infos[:3]))}"
            raise archive.refusal(words.rstrip(": "))
        self.folder = infos[0]
        self.stem: str = self.folder[: -len(DIST_INFO)]

    def source(self, file: str) -> Source:
        """Give the file of that name in the `.dist-info`. Raises Refusal if there is none."""
        name = f"{self.folder}/{file}"
        if name not in self.members:
            raise self.archive.refusal(f"member {quoted(name)} is missing, and every wheel has one")
        return Source(self.archive, self.members[name])


# What WHEEL says.


def _tags(wheel: _Wheel, file_name: str) -> "List[str]":
    """Give the tags; by the way, see that all that WHEEL says can be."""
    source = wheel.source(_WHEEL)
    found = headers(source, ("wheel-version", "root-is-purelib", "tag"))
    version = single(source, found, "Wheel-Version")
    matched = _VERSION.fullmatch(version)
    if matched is None or int(matched.group(1)) != 1:
        raise source.refusal(f"has the Wheel-Version {quoted(version)}, and only 1 is known here")
    pure = single(source, found, "Root-Is-Purelib", "false").lower()
    if pure not in ("true", "false"):
        raise source.refusal(f"has a Root-Is-Purelib that is neither true nor false: {quoted(pure)}")
    return sound_tags(source, found["tag"]) or [_tag_of_name(source, file_name)]


def _tag_of_name(source: Source, file_name: str) -> str:
    stem, dot, ending = file_name.rpartition(".")
    parts = stem.split("-")
    tag = "-".join(parts[-3:])
    if ending != "whl" or len(parts) not in (5, 6) or not is_tag(tag):
        raise source.refusal(f"has no Tag, and the file's name has none either: {quoted(file_name)}")
    return tag


# Where things are.


def _data_folder(wheel: _Wheel) -> str:
    """Give the folder `*.data` with a slash at the end, or "". Raises Refusal for several, and unknown parts."""
    folders = {name.partition("/")[0] for name in wheel.members if "/" in name}
    found = sorted(folder for folder in folders if folder.endswith(_DATA))
    if not found:
        return ""
    if len(found) > 1 or canonicalize_name(found[0][: -len(_DATA)]) != canonicalize_name(wheel.stem):
        raise wheel.archive.refusal(f"it has .data folders that are not its own: {', '.join(map(quoted, found[:3]))}")
    for name in wheel.members:
        folder, _, rest = name.partition("/")
        if folder == found[0] and rest.partition("/")[0] not in _SCHEMES:
            raise wheel.archive.refusal(f"member {quoted(name)} is for no place that a wheel's files can go to")
    return f"{found[0]}/"


def _paths(wheel: _Wheel, data: str) -> "List[str]":
    folders = [f"{data}{scheme}" for scheme in _IMPORTED if data]
    return ["", *(folder for folder in folders if any(name.startswith(f"{folder}/") for name in wheel.members))]


def _check_parts(wheel: _Wheel, paths: "List[str]") -> None:
    """See that no package is in several of paths: python imports it from one of them only."""
    if len(paths) == 1:
        return
    trees = [_importable(wheel, path) for path in paths]
    for one, other in combinations(trees, 2):
        for name in sorted(set(one) & set(other)):
            if one[name] or other[name]:
                words = f"{quoted(name)} is in several parts, which only an installation puts together"
                raise wheel.archive.refusal(words, "install it, with pip for instance")


def _importable(wheel: _Wheel, path: str) -> "Dict[str, bool]":
    """Give the files and folders below path by their names there; with each, whether it must be in one place.

    That is so for files, and for folders that are packages, and not namespaces.
    """
    found: "Dict[str, bool]" = {}
    for name in _below(wheel, path):
        found[name] = True
        folder, _, file = name.rpartition("/")
        is_package = file.partition(".")[0] == "__init__"
        while folder:
            found[folder] = found.get(folder, False) or is_package
            folder, is_package = folder.rpartition("/")[0], False
    return found


def _below(wheel: _Wheel, path: str) -> "Iterator[str]":
    """Give the names below path of the files there; at the root, those that are not for an installer."""
    start = f"{path}/" if path else ""
    for name in wheel.members:
        top = name.partition("/")[0]
        if name.startswith(start) and (path or not top.endswith((DIST_INFO, _DATA))):
            yield name[len(start) :]


# What starts.


def _scripts(wheel: _Wheel) -> "Tuple[Dict[str, str], Dict[str, str]]":
    """Give all its scripts, and those among them that are console scripts."""
    if f"{wheel.folder}/{ENTRY_POINTS}" not in wheel.members:
        return {}, {}
    source = wheel.source(ENTRY_POINTS)
    return scripts_of(source), console_scripts(source)


def _files(wheel: _Wheel, data: str, scripts: "Dict[str, str]") -> "Tuple[Dict[str, str], Dict[str, str]]":
    """Give the wheel's files that an installation puts beside its console scripts: Python's, and other programs."""
    start = f"{data}scripts/"
    files: "Dict[str, str]" = {}
    programs: "Dict[str, str]" = {}
    for path, member in wheel.members.items():
        if not data or not path.startswith(start) or "/" in path[len(start) :]:
            continue
        name = script_name(Source(wheel.archive, member), path[len(start) :])
        if _is_python(wheel.archive, member):
            files[name] = path
        else:
            programs[_stem(name)] = path
    files = {name: path for name, path in files.items() if name not in scripts}
    return files, {name: path for name, path in programs.items() if name not in scripts and name not in files}


def _stem(name: str) -> str:
    return name[:-4] if name.lower().endswith(".exe") else name


def _is_python(archive: "Archive", member: "Member") -> bool:
    # Others are programs, which may be large; they are not unpacked for the sake of their first bytes.
    return member.size <= LARGEST and archive.read(member).startswith(_SHEBANG)


def _module(wheel: _Wheel, paths: "List[str]") -> str:
    found: "Set[str]" = set()
    for path in paths:
        for name in _below(wheel, path):
            folder, _, file = name.rpartition("/")
            if file in MAINS and folder.isidentifier():
                found.add(folder)
    return found.pop() if len(found) == 1 else ""


def _default(project: str, groups: "Tuple[Dict[str, str], ...]", module: str) -> str:
    """Choose what starts: the only script, the one called like the project, or the module."""
    for names in groups:
        if len(names) == 1:
            return next(iter(names))
        alike = [name for name in names if canonicalize_name(name) == canonicalize_name(project)]
        if len({names[name] for name in alike}) == 1:
            return alike[0]
    return module


# What it needs.


def verdict(needs: "Dict[str, Any]") -> "Optional[str]":
    """Say why this interpreter does not fit needs, which came from `layout`; None if it does."""
    from .. import fitness  # which looks at what this interpreter is; few starts need it

    return fitness.verdict(as_needs(needs))


def as_needs(needs: "Dict[str, Any]") -> "Needs":
    """Give what needs, which came from `layout`, ask of an interpreter."""
    from .. import fitness  # as above

    specifiers = (needs["requires_python"],) if needs["requires_python"] else ()
    return fitness.Needs(specifiers, tags=(frozenset(needs["tags"]),))
