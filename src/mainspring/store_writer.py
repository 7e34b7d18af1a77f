"""The store's writer: the only module that writes to it, and only when a start found nothing there.

Files appear whole or not at all: written beside under a name of their own, synced, renamed. Whatever goes wrong,
the program runs without the store. It prunes itself, at most once a day and only here, never on a warm start.
"""

import marshal
import os
import time
import warnings
from types import CodeType
from typing import List, Optional, Tuple

from .runtime import source, store
from .runtime.program import Program

UNUSED_DAYS = 30
LARGEST_STORE = 64 * 2**20  # bytes
LARGEST_ENTRY = 4 * 2**20  # bytes
_DAY = 86400
_HOUR = 3600
_TAG = b"Signature: 8a477f597d28d172789f06886806bc55\n# A cache of mainspring; deleting it is safe.\n"


def keep(program: Program, entry: store.Entry) -> None:
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
        _prepare(entry.root)
        _write(entry.path, entry.head(body) + body)
        _prune_daily(entry.root)
    except OSError:
        pass  # a store that cannot be written is no store


def _quietly_compiled(program: Program) -> Optional[CodeType]:
    # Not catch_warnings: it puts another list in the place of warnings.filters, and the interpreter, which
    # remembers the last list it saw, would go on with that one once this module's imports are forgotten.
    said: List[object] = []
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


def _prepare(root: str) -> None:
    """Make the store's directories where they are missing; raise OSError where the store is not to be used."""
    if not os.path.lexists(root):
        os.makedirs(os.path.dirname(root), mode=0o700, exist_ok=True)
        os.mkdir(root, 0o700)
        _write(os.path.join(root, "CACHEDIR.TAG"), _TAG)
    if not store.is_private(root):
        raise PermissionError(f"{root} is not private")
    folder = os.path.join(root, store.SCRIPTS)
    if not os.path.isdir(folder):
        os.mkdir(folder, 0o700)


def _write(path: str, data: bytes) -> None:
    beside = f"{path}.{os.getpid()}-{os.urandom(4).hex()}.new"
    file = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
    try:
        with open(file, "wb") as stream:
            stream.write(data)
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
        _write(stamp, b"")
        prune(root)


def prune(root: str) -> None:
    """Remove entries unused for UNUSED_DAYS, what killed processes left, and the oldest beyond LARGEST_STORE.

    A running program has read its entry and needs it no more. Raises OSError when the store cannot be read.
    """
    now = time.time()
    kept: List[Tuple[float, int, str]] = []
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
