"""PEXes that are directories, read as if they were zipapps: packed ones, and loose ones.

In a packed one the distributions and pex's own modules are zip files, which are checked as any archive is. Neither
kind is trusted: nothing of them is executed here.
"""

import os
import stat
from _blake2 import blake2b

from .. import archive
from ..archive import RAISE_LIMITS, STORED, Archive, Limits, Member
from ..runtime import pex, pex_place, store
from . import pex as maker
from . import pex_handover
from .metadata import DIST_INFO, LARGEST
from .pex_files import Files
from .resolution import Unclear

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Dict, Iterable, Iterator, List, Tuple

    from ..runtime.layouts import Layout

    Tick = Callable[[int, int], None]

_OUTSIDE = f"{pex.DEPS}/"  # where the distributions are; what is not there is the user's code
_LEFT_OUT = ("../",)  # a directory that pex before 2.1.140 has put into every distribution's archive
_UNKNOWN = "it is a directory with a PEX-INFO, but not as pex makes them"


def read(place: str, typed: str, limits: Limits, tick: "Tick") -> "Tuple[Archive, str, Layout]":
    """Give the files of the PEX in the directory place, which was typed so, the hash of what counts, and its layout.

    The layout is that of `pex.layout`, and of a loose one has besides: place; roots, with nothing but place; and
    seen_files, the paths that it was read from, and the fingerprint of each. Raises Refusal and OSError.
    """
    if pex_place.is_packed(place):
        return _read_packed(place, typed, limits, tick)
    files = Loose(place, typed)
    layout = _layout(files)
    if not layout["foreign"]:
        files.see(_folders_that_count(layout, files))
        layout = {**layout, "place": place, "roots": [place], "seen_files": [[*seen] for seen in files.seen.items()]}
    info = next(files.read(member) for member in files.members if member.name == pex_place.PEX_INFO)
    return (
        files,
        blake2b(os.fsencode(place) + b"\0" + info, digest_size=store.KEY).hexdigest(),
        {**layout, "form": pex.LOOSE},
    )


def _read_packed(place: str, typed: str, limits: Limits, tick: "Tick") -> "Tuple[Archive, str, Layout]":
    try:
        files, key = packed(place, typed, limits, tick)
    except Unclear as unclear:
        key = blake2b(os.fsencode(place), digest_size=store.KEY).hexdigest()
        return Files(typed), key, pex_handover.layout(str(unclear))
    return files, key, {**_layout(files), "form": pex.PACKED}


def _layout(files: Files) -> "Layout":
    if not maker.is_pex(files):
        return pex_handover.layout(_UNKNOWN)
    return maker.layout(files)


def packed(place: str, typed: str, limits: Limits, tick: "Tick") -> "Tuple[Files, str]":
    """Give the files of the packed PEX in the directory place, which was typed so, and the hash of all of them.

    Raises Refusal for zip files in it that are not sound, Unclear for what pex may understand, and OSError.
    """
    found = Files(typed)
    digest = blake2b(digest_size=store.KEY)
    for path, status in sorted(pex_place.files_in(place)):
        name = _name(path, place)
        if stat.S_ISLNK(status.st_mode):
            raise Unclear(f"{name} in it is a link that leads nowhere")
        if not stat.S_ISREG(status.st_mode):
            raise found.refusal(f"{name} in it is no file")
        with open(path, "rb") as file:
            content = archive.content_of(typed, file, status.st_size)
        is_executable = bool(status.st_mode & 0o111)
        digest.update(repr((name, is_executable, len(content))).encode("utf-8", "surrogateescape"))
        for piece in archive.pieces_of(content):
            digest.update(piece)
        if name == pex.BOOTSTRAP or (name.startswith(_OUTSIDE) and name.count("/") == 1):
            inner = archive.check(os.path.join(typed, name), content, limits, tick, left_out=_LEFT_OUT)
            found.add_members(inner, f"{name}/")
        else:
            found.add_content(name, content[:], is_executable)
    _check_size(found, limits)
    _check_links(place)
    return found, digest.hexdigest()


def _name(path: str, place: str) -> str:
    return os.path.relpath(path, place).replace(os.sep, "/")


def _check_size(found: Files, limits: Limits) -> None:
    size = sum(member.size for member in found.members)
    if size > limits.size:
        reason = f"it unpacks to {size} bytes, more than the limit of {limits.size}"
        raise found.refusal(reason, RAISE_LIMITS)


def _check_links(place: str) -> None:
    """See that no folder is a link. Raises Unclear: pex makes an empty one of it."""
    for directory, folders, _ in os.walk(place):
        for name in folders:
            if os.path.islink(os.path.join(directory, name)):
                raise Unclear("it has a link to a directory")


class Loose(Files):
    """The files of a loose PEX, which stay where they are.

    seen: the paths that were looked at, and the fingerprint of each before that.
    """

    __slots__ = ("_folders", "_place", "seen")

    def __init__(self, place: str, typed: str) -> None:
        """Raises OSError."""
        super().__init__(typed)
        self._place = place
        self._folders: "Dict[str, Any]" = {}
        self.seen: "Dict[str, Any]" = {}
        for name, status in _walk(place):
            is_directory = stat.S_ISDIR(status.st_mode)
            size = 0 if is_directory else status.st_size
            kind = is_directory, bool(status.st_mode & 0o111)
            self.members.append(Member(f"{name}/" if is_directory else name, STORED, size, size, 0, 0, *kind))
            if is_directory:
                self._folders[name] = store.fingerprint_of(self._path_of(name), status)

    def read(self, member: Member) -> bytes:
        """Give what is in the file that member is. Raises OSError, and Refusal for what is no file, or a large one."""
        path = self._path_of(member.name)
        self.seen[path] = store.fingerprint_at(path)
        if not stat.S_ISREG(os.stat(path).st_mode):
            raise self.refusal(f"{member.name} in it is no file")
        if member.size > LARGEST:
            raise self.refusal(f"{member.name} in it has {member.size} bytes, more than the {LARGEST} that it may have")
        with open(path, "rb") as file:
            return file.read(member.size)

    def pieces(self, member: Member) -> "Iterator[bytes]":
        """Give the same, at once."""
        yield self.read(member)

    def see(self, names: "Iterable[str]") -> None:
        """Note that the folders with names were looked at, too, for what is in them; or that there are none."""
        for name in names:
            path = self._path_of(name)
            self.seen[path] = self._folders[name] if name in self._folders else store.fingerprint_at(path)

    def _path_of(self, name: str) -> str:
        return os.path.join(self._place, *name.split("/"))


def _walk(place: str) -> "List[Tuple[str, os.stat_result]]":
    """Give all that is below place, by its name with slashes, with its status; links are followed, but in no circle."""
    found = []
    seen = set()
    for directory, folders, names in os.walk(place, followlinks=True):
        status = os.stat(directory)
        if (status.st_dev, status.st_ino) in seen:
            folders.clear()
            continue
        seen.add((status.st_dev, status.st_ino))
        paths = [os.path.join(directory, name) for name in (*folders, *names)]
        found += [(_name(path, place), os.stat(path)) for path in paths if os.path.exists(path)]
    return found


def _folders_that_count(layout: "Layout", files: Archive) -> "List[str]":
    """Give the folders of a loose PEX whose layout would be another one if something was added to them."""
    depth = _OUTSIDE.count("/") + 1
    found = [path for path in layout["paths"] if path]
    for member in files.members:
        name = member.name.rstrip("/")
        if member.is_directory and name.startswith(_OUTSIDE) and _counts(name, name.count("/") - depth):
            found.append(name)
    return list(dict.fromkeys(found))


def _counts(name: str, depth: int) -> bool:
    """Tell whether a folder that is so deep below that of its distribution can hold metadata or scripts."""
    if depth < 0:
        return True
    return (depth == 0 and name.endswith((DIST_INFO, ".prefix"))) or (depth == 1 and "/.prefix/" in name)
