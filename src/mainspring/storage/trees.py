"""Trees of real files in the store, and what else is made in steps there: put in place, made anew, torn down.

Whatever is built or torn down lies meanwhile under a name of its own (`beside`) in a directory of ours on the same file
system, which is called scratch below: mostly the entry that it is of. So it appears at once or not at all, and the next one
who comes by can tell what a killed process left (`sweep`).
"""

import os
import stat
import time

from ..runtime import private
from . import keeper

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Callable, Iterable, List

_THREADS = 7  # beside the main one
_PAUSES = (0.01, 0.1, 0.5, 1.0)  # seconds
_LONGEST_ON_WINDOWS = 247  # characters of a directory's path; a file's may have twelve more
_FEW = 50  # files, for which a thread is not worth it


def beside(scratch: str) -> str:
    """Give a path in scratch at which there is nothing, for what is not ready or no longer wanted."""
    return os.path.join(scratch, f"files-{os.getpid()}-{os.urandom(6).hex()}.new")


def place(path: str, new: str, data: "Iterable[bytes]", mode: int, is_synced: bool = False) -> None:
    """Write data, in pieces, to a file that appears at path, with mode, whatever was there; by way of new, where we may write.

    Whoever wants many files synced does it afterwards. Raises OSError, and leaves nothing at new.
    """
    make(new, data, mode, is_synced)
    try:
        replace(new, path)
    except BaseException:
        remove(new)
        raise


def replace(new: str, path: str) -> None:
    """Move the file at new to path, in place of what is there; a directory can only be somebody's damage.

    Both are on one file system. Raises OSError, and what is at new stays there then.
    """
    try:
        os.replace(new, path)
    except OSError:  # Windows calls it by another name
        if os.path.isdir(path) and not os.path.islink(path):
            discard(path, os.path.dirname(new))
        elif os.name != "nt":
            raise
        _patiently(os.replace, new, path)


def _patiently(act: "Callable[[str, str], None]", path: str, target: str) -> None:
    """Call act, which moves what is at path to target; on Windows again, as long as it is denied.

    There it is while somebody has what is moved or replaced open: another start, a virus scanner, an indexer.
    """
    for pause in _PAUSES if os.name == "nt" else ():
        try:
            return act(path, target)
        except PermissionError:
            time.sleep(pause)
    return act(path, target)


def make(path: str, data: "Iterable[bytes]", mode: int, is_synced: bool = False) -> None:
    """Write data, in pieces, to a new file at path, with mode.

    Raises OSError, and what comes of data, and leaves nothing at path but what was there.
    """
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), mode)
    try:
        try:
            for piece in data:
                rest = memoryview(piece)
                while rest:
                    rest = rest[os.write(file, rest) :]
            see_mode(file, mode)
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


def see_mode(file: int, mode: int) -> None:
    """See that the open file, made with mode, has it: the umask may have taken some away. Raises OSError."""
    if os.name != "nt" and stat.S_IMODE(os.fstat(file).st_mode) != mode:
        os.fchmod(file, mode)


def new_folder(path: str) -> None:
    """Make the directory path for this user alone, whatever the umask is; what is there meanwhile stays. Raises OSError."""
    try:
        os.mkdir(path, 0o700)
    except FileExistsError:  # others may be at it, too
        return
    _open_to_user(path, os.lstat(path))


def _open_to_user(path: str, status: os.stat_result) -> None:
    if os.name != "nt" and status.st_mode & 0o700 != 0o700:
        os.chmod(path, 0o700)


def folder(path: str, scratch: str) -> None:
    """See that there is a directory at path in which this user alone can write; what is there instead is removed.

    Raises OSError.
    """
    try:
        status = os.lstat(path)
    except FileNotFoundError:
        status = None
    if status is not None and not (stat.S_ISDIR(status.st_mode) and private.is_ours(status)):
        discard(path, scratch)
        status = None
    if status is None:
        new_folder(path)
        status = os.lstat(path)
    _open_to_user(path, status)  # the umask of who else made it, or damage


def discard(path: str, scratch: str) -> None:
    """Remove what is at path, a tree perhaps; links are removed, not followed. It is gone at once or not at all.

    Raises OSError.
    """
    status = os.lstat(path)
    if os.name != "nt" and status.st_uid != os.geteuid():
        raise PermissionError(f"{path} is somebody else's")
    if stat.S_ISDIR(status.st_mode):
        os.chmod(path, 0o700)  # to move a directory elsewhere is to write in it, too
    doomed = beside(scratch)
    os.rename(path, doomed)
    remove(doomed)


def settle(tree: str, path: str, scratch: str) -> None:
    """Move the finished directory tree to path, at which there may be another one. Raises OSError."""
    if os.path.lexists(path):
        discard(path, scratch)
    _patiently(os.rename, tree, path)


def remove(path: str) -> None:
    """Remove what is at path, a tree perhaps, as far as that can be done; links are removed, not followed."""
    try:
        keeper.delete(path)
    except OSError:
        pass  # the next one who comes by tries again


def sweep(scratch: str, youngest: float) -> None:
    """Remove from scratch what killed processes left of trees; raise nothing.

    youngest: for how many seconds nobody must have touched it.
    """
    try:
        with os.scandir(scratch) as items:
            names = [item.name for item in items]
    except OSError:
        return
    for name in names:
        path = os.path.join(scratch, name)
        if name.startswith("files") and name.endswith(".new") and age(path) >= youngest:
            remove(path)


def age(path: str) -> float:
    """Give for how many seconds what is at path was not changed; 0 if that cannot be told."""
    try:
        return abs(time.time() - os.lstat(path).st_mtime)
    except OSError:
        return 0.0


def reason(error: OSError) -> str:
    """Say why something could not be made, in the system's words, but for a path that is too long for Windows.

    Of that, it says only that it is not there.
    """
    longest = max([len(name) for name in (error.filename, error.filename2) if isinstance(name, str)], default=0)
    if os.name == "nt" and isinstance(error, FileNotFoundError) and longest > _LONGEST_ON_WINDOWS:
        return f"a path would have {longest} characters, too many for Windows if LongPathsEnabled is not set"
    return str(error.strerror or error)


def is_noexec(directory: str) -> bool:
    """Tell whether directory lies where nothing can be loaded from, as far as the system tells."""
    try:
        return bool(os.statvfs(directory).f_flag & os.ST_NOEXEC)
    except (OSError, AttributeError):
        return False


def sync(paths: "List[str]") -> None:
    """See that the files at paths are on the disk; raise OSError.

    Several threads wait for it, as a disk can do much of it at once.
    """
    from .. import threads  # rarely is there so much to be synced

    threads.at_once(lambda path: _with_file(path, os.fsync), paths, min(_THREADS, len(paths) // _FEW))
    for path in paths[-1:]:
        _with_file(path, _empty_cache)


def _with_file(path: str, act: "Callable[[int], object]") -> None:
    flags = os.O_RDWR | getattr(os, "O_BINARY", 0) if os.name == "nt" else os.O_RDONLY | os.O_NOFOLLOW
    file = os.open(path, flags)
    try:
        act(file)
    finally:
        os.close(file)


def _empty_cache(file: int) -> None:
    """Have the drive that file is on write all that it has been given; only on macOS does fsync not see to that.

    There, what is written later, as a manifest, could be on the disk before. It takes long, but once is enough for all.
    """
    try:
        import fcntl  # rarely wanted, and not there on Windows

        fcntl.fcntl(file, vars(fcntl)["F_FULLFSYNC"])
    except (ImportError, KeyError, OSError):  # it is macOS' alone, and not all file systems there have it
        pass
