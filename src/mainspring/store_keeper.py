"""The store's keeper: it knows what is there, and takes away what is old, too much, left over, or all of it.

Only names that the store itself gives are touched, no link is followed, and whatever a running program holds is
spared. All else may go at any time: a program that has lost its entry goes on without it. What cannot be looked at or
removed is passed over and counted. Pruning happens by itself at most once a day, when something was written.
"""

import marshal
import os
import stat
import sys
import time

import _imp
from _frozen_importlib import BuiltinImporter, ModuleSpec
from _frozen_importlib_external import ExtensionFileLoader

from . import runtime, siphash
from .runtime import private, scripts, store

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Dict, Iterator, List, Optional, Tuple

UNUSED_DAYS = 30
LARGEST_STORE = 2 * 2**30  # bytes
DAY = 86400
_HOUR = 3600

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
BUILDS = "builds-1"  # the folder of those; no start asks for it
_KINDS = {
    store.SCRIPTS: SCRIPT,
    store.PATHS: RECORD,
    store.BUNDLES: BUNDLE,
    store.NOTES: NOTE,
    store.LAYERS: LAYER,
    BUILDS: BUILD,
    runtime.FLOORS: FLOOR,
}
_FOLDERS = ("scripts", "paths", "bundles", "pythons", "floors", "builds", "layers")
STAMP = "pruned"
IMAGE = ".image"
_NEW = ".new"
_GONE = ".gone"
LENGTH = 4
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
        """Give for how many seconds it was not used; a time yet to come is as far away, as `store.touch` has it."""
        return abs(now - max([self.used, *(record.used for record in self.records)]))

    def total(self) -> int:
        """Give its size with that of its records, in bytes."""
        return self.size + sum(record.size for record in self.records)


class Report:
    """What was removed, and what was not.

    removed: how many, by kind. freed: bytes. in_use: the paths of entries that running programs hold, or may hold.
    failed: how many things could not be looked at or removed.
    """

    __slots__ = ("failed", "freed", "in_use", "removed")

    def __init__(self) -> None:
        self.removed: "Dict[str, int]" = {}
        self.freed = 0
        self.in_use: "List[str]" = []
        self.failed = 0

    def note(self, item: Item) -> None:
        """Count item as removed."""
        self.removed[item.kind] = self.removed.get(item.kind, 0) + 1
        self.freed += item.size


def prune_daily(root: str) -> None:
    """Prune the store if that was not done today, and note that it was; raises OSError when that cannot be noted."""
    stamp = os.path.join(root, STAMP)
    try:
        status = os.lstat(stamp)
        if stat.S_ISREG(status.st_mode) and not status.st_size and abs(time.time() - status.st_mtime) <= DAY:
            return
    except FileNotFoundError:
        pass
    _stamp(stamp)
    prune(root)


def _stamp(path: str) -> None:
    if os.path.lexists(path) and not stat.S_ISREG(os.lstat(path).st_mode):
        delete(path)  # somebody's damage
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_NOFOLLOW", 0), 0o600))
    os.utime(path)


def prune(root: str, max_age: float = UNUSED_DAYS * DAY, max_size: int = LARGEST_STORE) -> Report:
    """Remove what was not used for max_age seconds, litter, and the oldest as long as there are more than max_size bytes.

    The root is taken for private. Raises OSError when it cannot be listed.
    """
    report = Report()
    now = time.time()
    kept: "List[Item]" = []
    for item in survey(root, report):
        if _is_due(item, now, max_age):
            is_kept = not remove(item, report)
        else:
            is_kept = True
            _prune_inside(item, now, max_age, report)
        if is_kept and item.kind != LITTER:
            kept.append(item)
    total = sum(item.total() for item in kept)
    for item in sorted(kept, key=lambda item: -item.age(now)):
        if total <= max_size:
            break
        if item.path not in report.in_use and remove(item, report):
            total -= item.total()
    return report


def clear(root: str) -> Report:
    """Remove all that is not in use. The root is taken for private. Raises OSError when it cannot be listed."""
    report = Report()
    for item in survey(root, report):
        remove(item, report)
    for name in os.listdir(root):
        if _is_folder(name) and name not in _KINDS:
            try:
                os.rmdir(os.path.join(root, name))
            except OSError:
                pass  # not empty: it holds what is not ours, or what could not be removed
    return report


def survey(root: str, report: "Optional[Report]" = None) -> "List[Item]":
    """Say what is in the store: bundles with their records, and records by themselves only if they lead nowhere.

    What cannot be looked at is counted in report. Raises OSError when root cannot be listed.
    """
    report = report or Report()
    items = [item for folder in sorted(os.listdir(root)) for item in _items(root, folder, report)]
    bundles = {item.key: item for item in items if item.kind == BUNDLE}
    alone: "List[Item]" = []
    for item in items:
        known = read_record(item.path) if item.kind == RECORD else None
        if known is not None and known[1] in bundles:
            bundles[known[1]].records.append(item)
        else:
            alone.append(item)
    return alone


def _items(root: str, folder: str, report: Report) -> "Iterator[Item]":
    path = os.path.join(root, folder)
    is_folder = _is_folder(folder) and _is_directory(path)
    names = _listed(path, report) if is_folder else [folder] if _is_left_over(folder) else []
    path = path if is_folder else root
    for name in names:
        if _is_entry(name) or _is_left_over(name):
            kind = LITTER if name.endswith((_NEW, _GONE)) else _KINDS.get(folder, OTHER)
            try:
                yield _measured(kind, os.path.join(path, name), report)
            except FileNotFoundError:
                pass  # somebody else was at it
            except OSError:
                report.failed += 1


def _measured(kind: str, path: str, report: Report) -> Item:
    """Give the item at path; raise OSError if it cannot be looked at."""
    item = Item(kind, path, os.lstat(path))
    if not _is_directory(path):
        return item
    item.size = item.files = 0
    used = []
    for file, status in files_below(path, report):
        item.size += status.st_size
        item.files += 1
        if os.path.dirname(file) == path and not file.endswith(_NEW):
            used.append(status.st_mtime)
            if file.endswith(IMAGE):
                item.images[file] = status.st_mtime
    item.used = max(used, default=item.used)
    if kind in (BUNDLE, LAYER):
        item.litter = _litter(path, report)
    return item


def _litter(path: str, report: Report) -> "List[Item]":
    """Give the directories and files that a killed process left in the entry at path, or a living one writes."""
    names = [os.path.join(path, name) for name in _listed(path, report) if name.endswith((_NEW, _GONE))]
    return [Item(LITTER, name, os.lstat(name)) for name in names if os.path.lexists(name)]


def files_below(path: str, report: "Optional[Report]" = None) -> "Iterator[Tuple[str, os.stat_result]]":
    """Give all below path that is no directory, with its status, and follow no link."""
    left = [path]
    while left:
        directory = left.pop()
        for name in _listed(directory, report or Report()):
            file = os.path.join(directory, name)
            try:
                status = os.lstat(file)
            except OSError:
                continue
            if _is_real_directory(status):
                left.append(file)
            else:
                yield file, status


def _listed(path: str, report: Report) -> "List[str]":
    try:
        return sorted(os.listdir(path))
    except FileNotFoundError:
        return []
    except OSError:
        report.failed += 1
        return []


def read_record(path: str) -> "Optional[Tuple[Any, ...]]":
    """Give what the record at path says: the identity of a file, the key of its content, the file's path, and more.

    None when there is no record that is whole, of this Python or another.
    """
    data = _content(path)
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
    data = _content(path)
    start = len(scripts.HEAD) + private.CHECKSUM + LENGTH
    fields = data[start:].split(b"\0", 4)
    if data[: len(scripts.HEAD)] != scripts.HEAD or len(fields) < 5:
        return None
    return os.fsdecode(fields[3]), fields[0].decode("ascii", "replace").partition(" ")[0]


def read_about(path: str) -> "Optional[Tuple[str, List[str]]]":
    """Give what is in the layer whose entry is at path, `name-version` of each, and the version of its Python."""
    data = _content(os.path.join(path, "about"))
    start = len(store.ABOUT_HEAD) + private.CHECKSUM
    if siphash.which(private.KEY, data[start:], data[len(store.ABOUT_HEAD) : start]) is None:
        return None
    python, distributions, _ = marshal.loads(data[start:])
    return python, distributions


def _content(path: str) -> bytes:
    found = private.read_private(path)
    return found[0] if found is not None else b""


# What is ours, by name and by nature


def _is_folder(name: str) -> bool:
    """Tell whether the store, in this version or another, gives this name to one of its folders."""
    word, _, number = name.rpartition("-")
    return word in _FOLDERS and number.isascii() and number.isdigit()


def _is_entry(name: str) -> bool:
    """Tell whether the store gives this name to something in a folder: a checksum, perhaps with a process's mark."""
    word, _, mark = name.partition(".")
    is_checksum = len(word) >= _SHORTEST_NAME and not word.strip("0123456789abcdef")
    return is_checksum and (not mark or name.endswith((_NEW, _GONE)))


def _is_left_over(name: str) -> bool:
    """Tell whether the store gives this name to what is not ready yet, or being removed, beside its folders and entries."""
    return name.endswith(_NEW) and name.startswith(("CACHEDIR.TAG.", "files-"))


def _is_directory(path: str) -> bool:
    try:
        return _is_real_directory(os.lstat(path))
    except OSError:
        return False


def _is_real_directory(status: os.stat_result) -> bool:
    is_junction = getattr(status, "st_file_attributes", 0) & _REPARSE_POINT
    return stat.S_ISDIR(status.st_mode) and not is_junction


# Removing


def _is_due(item: Item, now: float, max_age: float) -> bool:
    age = item.age(now)
    if item.kind == LITTER:
        return age > _HOUR or item.key.endswith(_GONE)
    is_nothing = item.kind == RECORD or (item.kind == BUNDLE and not item.files)  # it leads nowhere, or holds nothing
    return age > max_age or (is_nothing and age > _HOUR)


def _prune_inside(item: Item, now: float, max_age: float, report: Report) -> None:
    """Remove from an item that stays what does not: other Pythons' images, records of other places, litter."""
    for part in item.litter:
        if _is_due(part, now, max_age):
            remove(part, report)
    for record in list(item.records):
        if record.age(now) > max_age and remove(record, report):
            item.records.remove(record)
    for path, used in item.images.items():
        if abs(now - used) > max_age:
            try:
                size = os.lstat(path).st_size
                os.unlink(path)
            except OSError:
                report.failed += 1
            else:
                item.size -= size
                report.freed += size


def remove(item: Item, report: Report) -> bool:
    """Remove item with its records unless it is in use; tell whether it is gone, and note it in report."""
    hold = Hold.on(item)
    try:
        if hold.is_by_others or (hold.is_unknown and item.age(time.time()) < UNUSED_DAYS * DAY):
            report.in_use.append(item.path)
            return False
        _take_away(item.path)
    except FileNotFoundError:
        return True
    except OSError:
        report.failed += 1
        return False
    finally:
        hold.release()
    report.note(item)
    for record in item.records:
        remove(record, report)
    return True


def _take_away(path: str) -> None:
    """Remove what is at path so that nobody finds half of it; raise OSError if something is left."""
    if _is_directory(path) and not path.endswith(_GONE):
        gone = f"{path}.{os.getpid()}-{os.urandom(4).hex()}{_GONE}"
        os.rename(path, gone)
        path = gone
    delete(path)


def delete(path: str) -> None:
    """Remove a file, a link, or a directory with all that is in it; go on as far as it goes, then raise OSError."""
    if not _is_directory(path):
        return os.unlink(path)
    failures: "List[OSError]" = []
    directories = [path]
    for directory in directories:
        _attempt(lambda: _delete_files(directory, directories, failures), failures)  # noqa: B023  called at once
    for directory in reversed(directories):
        _attempt(lambda: os.rmdir(directory), failures)  # noqa: B023
    if failures:
        raise failures[0]
    return None


def _delete_files(directory: str, directories: "List[str]", failures: "List[OSError]") -> None:
    if not os.access(directory, os.R_OK | os.W_OK | os.X_OK):
        os.chmod(directory, 0o700)
    for name in os.listdir(directory):
        path = os.path.join(directory, name)
        if _is_directory(path):
            directories.append(path)
        else:
            _attempt(lambda: os.unlink(path), failures)  # noqa: B023


def _attempt(act: "Callable[[], None]", failures: "List[OSError]") -> None:
    try:
        act()
    except FileNotFoundError:
        pass  # somebody else was faster
    except OSError as error:
        failures.append(error)


class Hold:
    """An exclusive hold on a tree of real files, if there is one and nobody else has it; to be released.

    is_by_others: a running program holds it (`files.hold`). is_unknown: there is a tree, and locks do not work here.
    """

    __slots__ = ("_file", "is_by_others", "is_unknown")

    def __init__(self, tree: "Optional[str]") -> None:
        self._file = -1
        self.is_by_others = self.is_unknown = False
        if tree is None or not _is_directory(tree):
            return
        fcntl = _fcntl()
        try:
            self._file = os.open(tree, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0))
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self.is_by_others = True
        except FileNotFoundError:
            pass
        except (OSError, AttributeError):  # no such module; or locks are not for directories, or not for this disk
            self.is_unknown = True

    @classmethod
    def on(cls, item: Item) -> "Hold":
        """Give a hold on the tree of item, which may have none."""
        return cls(os.path.join(item.path, "files") if _is_directory(item.path) else None)

    def release(self) -> None:
        """Let others hold it."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1


def _fcntl() -> "Any":
    """Give the module fcntl, None where there is none.

    It is loaded by hand: this may be called when a program has ended, and that may have an fcntl.py of its own.
    """
    if "fcntl" in sys.builtin_module_names:
        return _loaded(BuiltinImporter, "built-in")
    folder = os.path.join(os.path.dirname(os.__file__), "lib-dynload")
    for suffix in _imp.extension_suffixes():
        file = os.path.join(folder, f"fcntl{suffix}")
        if os.path.isfile(file):
            return _loaded(ExtensionFileLoader("fcntl", file), file)
    return None


def _loaded(loader: "Any", origin: str) -> "Any":
    spec = ModuleSpec("fcntl", loader, origin=origin)
    try:
        made = loader.create_module(spec)
        loader.exec_module(made)
    except ImportError:
        return None
    return made
