"""What is in the store: its items by kind, how large each is, when it was used, and what it says of itself.

Only names that the store itself gives count, and no link is followed. Nothing is changed.
"""

import marshal
import os
import stat

from .. import runtime
from ..runtime import private, scripts, store
from . import siphash

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Collection, Dict, Iterator, List, Optional, Tuple

    from ..threads import Tick

    Unseen = List[str]  # paths of what cannot be looked at

# What an item of the store is.
SCRIPT = "script"
BUNDLE = "bundle"
RECORD = "record"
FLOOR = "floor"  # the code of the ground floor itself
NOTE = "note"  # what is known of another interpreter
LAYER = "layer"  # what a project depends on, installed (`projects.layers`)
BUILD = "build"  # what makes the next build of a bundle short (`building`)
OTHER = "other"  # of another version's format
LITTER = "litter"
BUILDS = "builds-1"  # the folder of what is kept of builds, which no start reads
KINDS = {
    store.SCRIPTS: SCRIPT,
    store.PATHS: RECORD,
    store.BUNDLES: BUNDLE,
    store.NOTES: NOTE,
    store.LAYERS: LAYER,
    BUILDS: BUILD,
    runtime.FLOORS: FLOOR,
}
_FOLDERS = tuple(name.rpartition("-")[0] for name in KINDS)  # without the number of the format
IMAGE = ".image"
_NEW = ".new"
GONE = ".gone"
_LARGEST_HEAD = 2**16  # bytes of a script's entry in which it says whose it is
_LARGEST_ABOUT = 2**20  # bytes
_SHORTEST_NAME = 16
_REPARSE_POINT = 0x400  # Windows: a kind of link


class Item:
    """One thing in the store that is kept or removed as a whole.

    kind: SCRIPT, BUNDLE, RECORD, FLOOR, NOTE, LAYER, BUILD, OTHER or LITTER. path: a file, or an entry's directory.
    key: its name.
    size: in bytes. files: their number. used: when it was used last, in seconds since 1970.
    images: of a bundle, the paths of its images, and when each was used.
    records: of a bundle, what leads to it. litter: of a bundle or a layer, what killed processes left in it.
    """

    __slots__ = ("files", "images", "key", "kind", "litter", "path", "records", "size", "used")

    def __init__(self, kind: str, path: str, status: os.stat_result) -> None:
        self.kind = kind
        self.path = path
        self.key = os.path.basename(path)
        self.size = status.st_size
        self.files = 1
        self.used = status.st_mtime
        self.images: "Dict[str, float]" = {}
        self.records: "List[Item]" = []
        self.litter: "List[Item]" = []

    def age(self, now: float) -> float:
        """Give for how many seconds it was not used; a time in the future counts by how far away it is (`store.touch`)."""
        return abs(now - max([self.used, *(record.used for record in self.records)]))

    def total(self) -> int:
        """Give its size with that of its records, in bytes."""
        return self.size + sum(record.size for record in self.records)


def survey(root: str, unseen: "Optional[Unseen]" = None) -> "List[Item]":
    """Say what is in the store: bundles with their records, and records by themselves only if they lead nowhere.

    What cannot be looked at is noted in unseen. Raises OSError when root cannot be listed.
    """
    unseen = [] if unseen is None else unseen
    items = [item for folder in sorted(os.listdir(root)) for item in _items(root, folder, unseen)]
    bundles = {item.key: item for item in items if item.kind == BUNDLE}
    alone: "List[Item]" = []
    for item in items:
        known = read_record(item.path) if item.kind == RECORD else None
        if known is not None and known[1] in bundles:
            bundles[known[1]].records.append(item)
        else:
            alone.append(item)
    return alone


def foreign(root: str, of_root: "Collection[str]") -> "List[str]":
    """Give the paths of what lies in the root and in its folders under names that the store does not give.

    of_root: the names of the files that it has in the root. Raises OSError when root cannot be listed.
    """
    found = []
    for name in sorted(os.listdir(root)):
        path = os.path.join(root, name)
        if is_folder(name) and is_directory(path):
            names = [inner for inner in _listed(path, []) if not (_is_entry(inner) or _is_left_over(inner))]
            found += [os.path.join(path, inner) for inner in names]
        elif name not in KINDS and name not in of_root and not _is_left_over(name):
            found.append(path)
    return found


def one_by_one(items: "List[Item]", tick: "Optional[Tick]") -> "Iterator[Item]":
    """Give items one after the other; tick, if there is one, is told of how many bytes they were so far, and of all."""
    sizes = [item.total() for item in items]
    for number, item in enumerate(items, 1):
        yield item
        if tick is not None:
            tick(sum(sizes[:number]), sum(sizes))


def _items(root: str, folder: str, unseen: "Unseen") -> "Iterator[Item]":
    path = os.path.join(root, folder)
    has_items = is_folder(folder) and is_directory(path)
    names = _listed(path, unseen) if has_items else [folder] if _is_left_over(folder) else []
    path = path if has_items else root
    for name in names:
        if _is_entry(name) or _is_left_over(name):
            kind = LITTER if name.endswith((_NEW, GONE)) else KINDS.get(folder, OTHER)
            try:
                yield _measured(kind, os.path.join(path, name), unseen)
            except FileNotFoundError:
                pass  # somebody else was at it
            except OSError:
                unseen.append(os.path.join(path, name))


def _measured(kind: str, path: str, unseen: "Unseen") -> Item:
    """Give the item at path; raise OSError if it cannot be looked at."""
    item = Item(kind, path, os.lstat(path))
    if not is_directory(path):
        return item
    item.size = item.files = 0
    used = []
    for file, status in files_below(path, unseen):
        item.size += status.st_size
        item.files += 1
        if os.path.dirname(file) == path and not file.endswith(_NEW):
            used.append(status.st_mtime)
            if file.endswith(IMAGE):
                item.images[file] = status.st_mtime
    item.used = max(used, default=item.used)
    if kind in (BUNDLE, LAYER):
        item.litter = _litter(path, unseen)
    return item


def _litter(path: str, unseen: "Unseen") -> "List[Item]":
    """Give the directories and files that a killed process left in the entry at path, or a living one writes."""
    names = [os.path.join(path, name) for name in _listed(path, unseen) if name.endswith((_NEW, GONE))]
    return [Item(LITTER, name, os.lstat(name)) for name in names if os.path.lexists(name)]


def files_below(path: str, unseen: "Optional[Unseen]" = None) -> "Iterator[Tuple[str, os.stat_result]]":
    """Give all below path that is no directory, with its status, and follow no link; note in unseen what is not listed."""
    unseen = [] if unseen is None else unseen
    left = [path]
    while left:
        directory = left.pop()
        for name in _listed(directory, unseen):
            file = os.path.join(directory, name)
            try:
                status = os.lstat(file)
            except OSError:
                continue
            if _is_real_directory(status):
                left.append(file)
            else:
                yield file, status


def _listed(path: str, unseen: "Unseen") -> "List[str]":
    try:
        return sorted(os.listdir(path))
    except FileNotFoundError:
        return []
    except OSError:
        unseen.append(path)
        return []


def read_record(path: str) -> "Optional[Tuple[Any, ...]]":
    """Give what the record at path says: the identity of a file, the key of its content, the file's path, and more.

    None when there is no record that is whole, of this Python or another.
    """
    data = _content(path, store.LARGEST_RECORD)
    start = len(store.RECORD_HEAD) + private.CHECKSUM
    expected = data[len(store.RECORD_HEAD) : start]
    if not data.startswith(store.RECORD_HEAD) or siphash.which(private.KEY, data[start:], expected) is None:
        return None
    try:
        known: "Tuple[Any, ...]" = marshal.loads(data[start:])
    except (ValueError, EOFError, TypeError):
        return None
    return known


def read_script(path: str) -> "Optional[Tuple[str, str]]":
    """Give the script of the entry at path, and the version of Python that its code is for, as far as one can see."""
    data = _content(path, _LARGEST_HEAD)
    start = len(scripts.HEAD) + private.CHECKSUM + scripts.LENGTH
    fields = data[start:].split(b"\0", 6)
    if data[: len(scripts.HEAD)] != scripts.HEAD or len(fields) < 7:
        return None
    return os.fsdecode(fields[5]), fields[0].decode("ascii", "replace").partition(" ")[0]


def read_about(path: str) -> "Optional[Tuple[str, List[str]]]":
    """Give what is in the layer whose entry is at path, `name-version` of each, and the version of its Python."""
    data = _content(os.path.join(path, "about"), _LARGEST_ABOUT)
    start = len(store.ABOUT_HEAD) + private.CHECKSUM
    if siphash.which(private.KEY, data[start:], data[len(store.ABOUT_HEAD) : start]) is None:
        return None
    python, distributions, _ = marshal.loads(data[start:])
    return python, distributions


def _content(path: str, most: int) -> bytes:
    """Give what is in the file at path, up to most bytes: to hash it takes a second for a megabyte."""
    found = private.read_private(path, most)
    return found[0] if found is not None else b""


# What is ours, by name and by nature


def is_folder(name: str) -> bool:
    """Tell whether the store, in this version or another, gives this name to one of its folders."""
    word, _, number = name.rpartition("-")
    return word in _FOLDERS and number.isascii() and number.isdigit()


def _is_entry(name: str) -> bool:
    """Tell whether the store gives this name to something in a folder: a checksum, perhaps with a process's mark."""
    word, _, mark = name.partition(".")
    is_checksum = len(word) >= _SHORTEST_NAME and not word.strip("0123456789abcdef")
    return is_checksum and (not mark or name.endswith((_NEW, GONE)))


def _is_left_over(name: str) -> bool:
    """Tell whether the store gives this name to what is not ready yet, or being removed, beside its folders and entries."""
    return name.endswith(_NEW) and name.startswith(("CACHEDIR.TAG.", "files-"))


def is_directory(path: str) -> bool:
    """Tell whether path is a directory, and no link to one."""
    try:
        return _is_real_directory(os.lstat(path))
    except OSError:
        return False


def _is_real_directory(status: os.stat_result) -> bool:
    is_junction = getattr(status, "st_file_attributes", 0) & _REPARSE_POINT
    return stat.S_ISDIR(status.st_mode) and not is_junction
