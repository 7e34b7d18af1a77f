"""The store's writer: the only module that writes to it, and only when a start found nothing there.

Files appear whole or not at all: written beside under a name of their own, synced, renamed. Whatever goes wrong,
the program runs without the store. It prunes itself, at most once a day and only here, never on a warm start.
"""

import marshal
import os
import time

from .runtime import image, source, store

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType
    from typing import List, Optional, Tuple

    from .runtime.program import Program

UNUSED_DAYS = 30
LARGEST_STORE = 64 * 2**20  # bytes
LARGEST_ENTRY = 4 * 2**20  # bytes
LARGEST_IMAGE = 128 * 2**20  # bytes
_DAY = 86400
_HOUR = 3600
_TICK = 50_000_000  # ns; no clock of a file system is coarser, but for that of FAT
_TAG = b"Signature: 8a477f597d28d172789f06886806bc55\n# A cache of mainspring; deleting it is safe.\n"


def keep(program: "Program", entry: store.Entry) -> None:
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
        write(entry.path, entry.head(body) + body)
        _prune_daily(entry.root)
    except OSError:
        pass  # a store that cannot be written is no store


def put_image(bundle: store.Bundle, path: str, index: bytes, blobs: "List[bytes]") -> None:
    """Write an image of bundle to path: index, marshalled, and the blobs that it tells of. Raises nothing."""
    size = len(index) + sum(map(len, blobs))
    if size > LARGEST_IMAGE:
        return
    try:
        prepare(bundle.root, store.BUNDLES, os.path.join(store.BUNDLES, bundle.key))
        write(path, image.head(index), *blobs)
    except OSError:
        pass  # as in keep


def put_record(bundle: store.Bundle) -> None:
    """Note that the file with bundle's identity has its content. Raises nothing.

    A file that was changed just now might change once more without its time telling: it is not noted yet.
    """
    if not 0 < time.time_ns() - bundle.identity[-1] > _TICK:
        return
    try:
        prepare(bundle.root, store.PATHS)
        write(store.record_path(bundle.root, bundle.identity), bundle.record())
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
    """Make the store's directories where they are missing: root, and folders, relative to it, parents first.

    Raises OSError where the store is not to be used.
    """
    if not os.path.lexists(root):
        os.makedirs(root, mode=0o700, exist_ok=True)  # others may be at it, too
        write(os.path.join(root, "CACHEDIR.TAG"), _TAG)
    if not store.is_private(root):
        raise PermissionError(f"{root} is not private")
    for folder in folders:
        try:
            os.mkdir(os.path.join(root, folder), 0o700)
        except FileExistsError:
            pass


def write(path: str, *parts: bytes) -> None:
    """Write parts to a file that appears at path whole or not at all, private to its user; raise OSError."""
    beside = f"{path}.{os.getpid()}-{os.urandom(4).hex()}.new"
    file = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
    try:
        with open(file, "wb") as stream:
            stream.writelines(parts)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(beside, path)
    except BaseException:
        os.unlink(beside)
        raise


def _prune_daily(root: str) -> None:
    stamp = os.path.join(root, "pruned")
    try:
        due = abs(time.time() - os.stat(stamp).st_mtime) > _DAY
    except OSError:
        due = True
    if due:
        write(stamp, b"")
        prune(root)


def prune(root: str) -> None:
    """Remove entries unused for UNUSED_DAYS, what killed processes left, and the oldest beyond LARGEST_STORE.

    A running program has read its entry and needs it no more. Raises OSError when the store cannot be read.
    """
    now = time.time()
    kept: "List[Tuple[float, int, str]]" = []
    for item in os.scandir(os.path.join(root, store.SCRIPTS)):
        status = item.stat(follow_symlinks=False)
        lifetime = _HOUR if item.name.endswith(".new") else UNUSED_DAYS * _DAY
        if now - status.st_mtime > lifetime:
            os.unlink(item.path)
        else:
            kept.append((status.st_mtime, status.st_size, item.path))
    total = sum(size for _, size, _ in kept)
    for _, size, path in sorted(kept):
        if total <= LARGEST_STORE:
            return
        os.unlink(path)
        total -= size
