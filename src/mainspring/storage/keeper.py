"""The store's keeper: it takes away what is old, too much, left over, or all of it.

Only what `contents` lists is touched, and whatever a running program holds is spared. All else may go at any
time: a program that has lost its entry goes on without it. What cannot be looked at or removed is passed over and
counted. Pruning happens by itself at most once a day, when something was written.
"""

import os
import stat
import time

from ..runtime.store import DAY, PATHS
from .contents import (
    BUNDLE,
    GONE,
    KINDS,
    LITTER,
    RECORD,
    Item,
    is_directory,
    is_folder,
    one_by_one,
    read_record,
    survey,
)
from .locking import Hold

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Callable, Dict, List, Optional

    from ..threads import Tick

UNUSED_DAYS = 30
LARGEST_STORE = 2 * 2**30  # bytes
_HOUR = 3600
STAMP = "pruned"


class Report:
    """What was removed, and what was not.

    now: when that is done, in seconds since 1970. removed: how many, by kind. freed: bytes. in_use: the paths of entries
    that running programs hold, or may hold. failed: how many things could not be looked at or removed.
    """

    __slots__ = ("failed", "freed", "in_use", "now", "removed")

    def __init__(self, now: "Optional[float]" = None) -> None:
        self.now = time.time() if now is None else now
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
    before: "Optional[float]" = None
    try:
        status = os.lstat(stamp)
        if stat.S_ISREG(status.st_mode) and not status.st_size:
            before = status.st_mtime
            if abs(time.time() - before) <= DAY:
                return
    except FileNotFoundError:
        pass
    # The program may have set its clock elsewhere, as tests do; that which dates files is the system's.
    now = _stamp(stamp)
    if before is None or abs(now - before) > DAY:
        prune(root, now=now)


def _stamp(path: str) -> float:
    """Make the file at path anew as of now; give when that is, as the system has it. Raises OSError."""
    if os.path.lexists(path) and not stat.S_ISREG(os.lstat(path).st_mode):
        delete(path)  # somebody's damage
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_NOFOLLOW", 0), 0o600))
    os.utime(path)
    return os.lstat(path).st_mtime


def prune(
    root: str,
    max_age: float = UNUSED_DAYS * DAY,
    max_size: int = LARGEST_STORE,
    now: "Optional[float]" = None,
) -> Report:
    """Remove what was not used for max_age seconds, litter, and the oldest as long as there are more than max_size bytes.

    now: the present, in seconds since 1970; None for what this process's clock says. The root is taken for private. Raises
    OSError when it cannot be listed.
    """
    report = Report(now)
    now = report.now
    kept: "List[Item]" = []
    for item in _listed(root, report):
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


def clear(root: str, tick: "Optional[Tick]" = None) -> Report:
    """Remove all that is not in use. The root is taken for private. Raises OSError when it cannot be listed.

    tick: called now and then with how many bytes were looked at, and with that of all.
    """
    report = Report()
    for item in one_by_one(_listed(root, report), tick):
        remove(item, report)
    for name in os.listdir(root):
        if is_folder(name) and name not in KINDS:
            try:
                os.rmdir(os.path.join(root, name))
            except OSError:
                pass  # not empty: it holds what is not ours, or what could not be removed
    return report


def forget_names(root: str, key: str) -> None:
    """Remove the records that lead to the bundle called key: under each of its names, it is looked at anew. Raises nothing."""
    folder = os.path.join(root, PATHS)
    try:
        for name in os.listdir(folder):
            known = read_record(os.path.join(folder, name))
            if known is not None and known[1] == key:
                os.unlink(os.path.join(folder, name))
    except OSError:
        pass  # there is no store, or others keep it so


def _listed(root: str, report: Report) -> "List[Item]":
    """Give what is in the store at root; what cannot be looked at counts as failed. Raises OSError."""
    unseen: "List[str]" = []
    items = survey(root, unseen)
    report.failed += len(unseen)
    return items


def _is_due(item: Item, now: float, max_age: float) -> bool:
    age = item.age(now)
    if item.kind == LITTER:
        return age > _HOUR or item.key.endswith(GONE)
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
    hold = Hold.on(item.path)
    try:
        if hold.is_by_others or (hold.is_unknown and item.age(report.now) < UNUSED_DAYS * DAY):
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
    if is_directory(path) and not path.endswith(GONE):
        gone = f"{path}.{os.getpid()}-{os.urandom(4).hex()}{GONE}"
        os.rename(path, gone)
        path = gone
    delete(path)


def delete(path: str) -> None:
    """Remove a file, a link, or a directory with all that is in it; go on as far as it goes, then raise OSError."""
    if not is_directory(path):
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
        if is_directory(path):
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
