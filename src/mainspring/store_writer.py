"""The store's writer: the only module that writes to it, and only when a start found nothing there.

Files appear whole or not at all: written beside under a name of their own, renamed; the trees of real files, which have no
checksums of their own, are synced. Whatever goes wrong, the program runs without the store. When something was written,
the keeper may prune, at most once a day.
"""

import marshal
import os
import stat
import time

from . import store_keeper
from .holding import Hold
from .runtime import files, image, private, scripts, source, store

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType
    from typing import Callable, Dict, List, Optional

    from .runtime.program import Program

LARGEST_ENTRY = 4 * 2**20  # bytes
LARGEST_IMAGE = 128 * 2**20  # bytes
_DAY = 86400
TICK = 50_000_000  # ns; no clock of a file system is coarser, but for that of FAT
_THREADS = 7  # beside the main one
_FEW = 50  # files, for which a thread is not worth it
TAG = b"Signature: 8a477f597d28d172789f06886806bc55\n# A cache of mainspring; deleting it is safe.\n"


def keep(program: "Program", entry: scripts.Entry) -> None:
    """Compile program and keep its code at entry, if that can be done unseen; program then has its code.

    Text that does not compile, or warns when it does, is left alone, to be compiled where python would: its
    words are due at every start. Raises nothing; writes below the store's root only.
    """
    code = _quietly_compiled(program)
    if code is None:
        return
    program.use_code(code)
    body = marshal.dumps(code)
    if len(body) + len(entry.identity) > LARGEST_ENTRY:
        return
    try:
        prepare(entry.root, store.SCRIPTS)
        write(entry.path, entry.content(body))
        store_keeper.prune_daily(entry.root)
    except OSError:
        pass  # a store that cannot be written is no store


def put_image(root: str, path: str, index: bytes, blobs: "List[bytes]") -> None:
    """Write an image to path, which lies in the store at root: index, marshalled, and its blobs. Raises nothing."""
    size = len(index) + sum(map(len, blobs))
    if size <= LARGEST_IMAGE:
        put_file(root, path, image.head(index), *blobs)


def put_file(root: str, path: str, *parts: bytes) -> None:
    """Write parts to a file at path, which lies in a folder of the store at root. Raises nothing."""
    try:
        prepare(root, *os.path.relpath(os.path.dirname(path), root).split(os.sep))
        write(path, *parts)
        store_keeper.prune_daily(root)
    except OSError:
        pass  # as in keep


def put_sums(bundle: store.Bundle, sums: "Dict[str, int]") -> None:
    """Note the CRC-32 of each of bundle's real files, by name. Raises nothing."""
    put_file(bundle.root, bundle.sums_path(), private.sealed(store.SUMS_HEAD, marshal.dumps(sums, 4)))


def put_wish(bundle: store.Bundle, unpack: bool) -> None:
    """Note whether bundle is to be unpacked at every start. Raises nothing."""
    try:
        prepare(bundle.root, store.BUNDLES, bundle.key)
        if unpack:
            write(bundle.wish_path(), b"")
        else:
            os.unlink(bundle.wish_path())
    except OSError:
        pass  # as in keep, or there was none


def put_record(bundle: store.Bundle) -> None:
    """Note that the file with bundle's identity has its content. Raises nothing.

    A file that was changed just now might change once more without its time telling: it is not noted yet.
    """
    if not 0 < time.time_ns() - bundle.identity[-1] > TICK:
        return
    try:
        prepare(bundle.root, store.PATHS)
        write(store.record_path(bundle.root, bundle.identity), bundle.record())
        store_keeper.prune_daily(bundle.root)
    except OSError:
        pass  # as in keep


def link(directory: str, name: str) -> None:
    """Let the tree in directory be reached by name, too (`files.link_to`). Raises nothing."""
    path = files.link_to(directory, name)
    try:
        folder(os.path.dirname(path), directory)
        if not os.path.islink(path):
            os.symlink(os.pardir, path, target_is_directory=True)
    except OSError:
        pass  # as in keep


def _quietly_compiled(program: "Program") -> "Optional[CodeType]":
    # Not catch_warnings: it puts another list in the place of warnings.filters, and the interpreter, which
    # remembers the last list it saw, would go on with that one once this module's imports are forgotten.
    import warnings  # not for those who write when the program has ended

    said: "List[object]" = []
    filters, show = list(warnings.filters), warnings.showwarning
    warnings.simplefilter("always")
    warnings.showwarning = lambda *message, **_: said.append(message)
    try:
        code = source.code_of(program)
    except Exception:  # noqa: BLE001  the compiler's word on it comes later, in its place
        return None
    finally:
        warnings.filters[:] = filters  # type: ignore[index]
        warnings.showwarning = show
    return None if said else code


def prepare(root: str, *folders: str) -> None:
    """Make the store's directories where they are missing: root, and folders, the first in it, each next in the last.

    Raises OSError where the store is not to be used.
    """
    if not os.path.lexists(root):
        os.makedirs(root, mode=0o700, exist_ok=True)  # others may be at it, too
    if not private.is_private(root):
        raise PermissionError(f"{root} is not private")
    _tag(os.path.join(root, "CACHEDIR.TAG"))
    for count in range(len(folders)):
        folder(os.path.join(root, *folders[: count + 1]), root)


def _tag(path: str) -> None:
    found = private.read_private(path, len(TAG) + 1)
    if found is None or found[0] != TAG:
        write(path, TAG)


def write(path: str, *parts: bytes) -> None:
    """Write parts to a file that appears at path whole or not at all, private to its user; raise OSError.

    It is not synced: what a power cut makes of it does not fit its checksum.
    """
    beside = f"{path}.{os.getpid()}-{os.urandom(4).hex()}.new"
    file = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
    try:
        with open(file, "wb") as stream:
            stream.writelines(parts)
        try:
            os.replace(beside, path)
        except IsADirectoryError:  # somebody's damage
            discard(path, os.path.dirname(path))
            os.replace(beside, path)
    except BaseException:
        os.unlink(beside)
        raise


# What lies in a tree of real files. Whatever is built or torn down lies in the entry meanwhile, under a name of its own.


def beside(entry: str) -> str:
    """Give a path in the directory entry at which there is nothing, for what is not ready or no longer wanted."""
    return os.path.join(entry, f"files-{os.getpid()}-{os.urandom(6).hex()}.new")


def place(path: str, new: str, data: bytes, mode: int, is_synced: bool = False) -> None:
    """Write data to a file that appears at path, with mode, whatever was there but a directory; by way of new.

    Whoever wants many files synced does it afterwards. Raises OSError, and leaves nothing at new.
    """
    make(new, data, mode, is_synced)
    try:
        os.replace(new, path)
    except BaseException:
        remove(new)
        raise


def make(path: str, data: bytes, mode: int, is_synced: bool = False) -> None:
    """Write data to a new file at path, with mode. Raises OSError, and leaves nothing at path but what was there."""
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), mode)
    try:
        try:
            rest = memoryview(data)
            while rest:
                rest = rest[os.write(file, rest) :]
            if os.name != "nt" and stat.S_IMODE(os.fstat(file).st_mode) != mode:
                os.fchmod(file, mode)  # the umask took some away
            if is_synced:
                os.fsync(file)
        finally:
            os.close(file)
    except BaseException:
        remove(path)
        raise


def point(path: str, target: str) -> None:
    """Make a link at path, where there is nothing, to target, which is no part of the store. Raises OSError."""
    os.symlink(target, path, target_is_directory=os.path.isdir(target))


def folder(path: str, entry: str) -> None:
    """See that there is a directory at path in which this user alone can write; what is there instead is removed.

    entry: a directory of ours for what is torn down. Raises OSError.
    """
    try:
        status = os.lstat(path)
    except FileNotFoundError:
        status = None
    if status is not None and not (stat.S_ISDIR(status.st_mode) and private.is_ours(status)):
        discard(path, entry)
        status = None
    if status is None:
        try:
            os.mkdir(path, 0o700)
        except FileExistsError:
            pass  # others may be at it, too
        status = os.lstat(path)
    if os.name != "nt" and status.st_mode & 0o700 != 0o700:  # the umask again, or damage
        os.chmod(path, 0o700)


def discard(path: str, entry: str) -> None:
    """Remove what is at path, a tree perhaps; links are removed, not followed. It is gone at once or not at all.

    entry: a directory of ours on the same file system. Raises OSError.
    """
    status = os.lstat(path)
    if os.name != "nt" and status.st_uid != os.geteuid():
        raise PermissionError(f"{path} is somebody else's")
    if stat.S_ISDIR(status.st_mode):
        os.chmod(path, 0o700)  # to move a directory elsewhere is to write in it, too
    doomed = beside(entry)
    os.rename(path, doomed)
    remove(doomed)


def settle(tree: str, path: str, entry: str) -> None:
    """Move the finished directory tree to path, at which there may be another one.

    entry: a directory of ours for that, on the same file system. Raises OSError.
    """
    if os.path.lexists(path):
        discard(path, entry)
    os.rename(tree, path)


def remove(path: str) -> None:
    """Remove what is at path, a tree perhaps, as far as that can be done; links are removed, not followed."""
    try:
        store_keeper.delete(path)
    except OSError:
        pass  # the next one who comes by tries again


def sweep(entry: str, youngest: float) -> None:
    """Remove from the directory entry what killed processes left of trees; raise nothing.

    youngest: for how many seconds nobody must have touched it.
    """
    try:
        with os.scandir(entry) as items:
            names = [item.name for item in items]
    except OSError:
        return
    for name in names:
        path = os.path.join(entry, name)
        if name.startswith("files") and name.endswith(".new") and _age(path) >= youngest:
            remove(path)


def sweep_temporary(base: str, start: str) -> None:
    """Remove from base the directories of this user whose names begin with start, if killed processes left them.

    That is so if they are a day old and nobody holds them. Raises nothing.
    """
    try:
        with os.scandir(base) as items:
            paths = [item.path for item in items if item.name.startswith(start)]
    except OSError:
        return
    for path in paths:
        if private.is_private(path) and _age(path) > _DAY and not is_held(path):
            remove(path)


def is_held(directory: str) -> bool:
    """Tell whether a running program holds directory (`files.hold`), or might, as there are no locks here."""
    hold = Hold(directory)
    hold.release()
    return hold.is_by_others or hold.is_unknown


def _age(path: str) -> float:
    try:
        return abs(time.time() - os.lstat(path).st_mtime)
    except OSError:
        return 0.0


def sync(paths: "List[str]") -> None:
    """See that the files at paths are on the disk; raise OSError.

    Several threads wait for it, as a disk can do much of it at once.
    """
    from . import threads  # rarely is there so much to be synced

    threads.at_once(_sync, paths, min(_THREADS, len(paths) // _FEW))


def _sync(path: str) -> None:
    flags = os.O_RDWR | getattr(os, "O_BINARY", 0) if os.name == "nt" else os.O_RDONLY | os.O_NOFOLLOW
    file = os.open(path, flags)
    try:
        os.fsync(file)
    finally:
        os.close(file)


def lock(path: str, seconds: float, is_done: "Callable[[], bool]") -> "Optional[int]":
    """Take the lock that is the file at path, and give its descriptor, to be closed; a killed process gives it back.

    None if there are no locks here, if it took more than seconds, or if somebody else has done what it is wanted
    for, of which is_done tells. Raises nothing.
    """
    try:
        # When there is something to write; there is none on Windows.
        from fcntl import LOCK_EX, LOCK_NB, flock

        file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK, 0o600)
    except (OSError, ImportError):
        return None
    patience = time.monotonic() + seconds
    pause = 0.01
    while True:
        try:
            flock(file, LOCK_EX | LOCK_NB)
            return file
        except BlockingIOError:
            if time.monotonic() < patience and not is_done():
                time.sleep(pause)
                pause = min(pause * 1.5, 0.2)
                continue
        except OSError:
            pass
        os.close(file)
        return None
