"""The store's writer: code, images and notes are written to the store by this module alone, when a start found none there.

Files appear whole or not at all: written beside under a name of their own, renamed. Whatever goes wrong, the program
runs without the store. When something was written, the keeper may prune, at most once a day. Trees of real files, which
have no checksums of their own, are the matter of `trees`.
"""

import os

from .. import clocks
from ..runtime import constant_sets, files, image, private, scripts, source, store, warning_filters
from . import keeper, ownership, trees

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType
    from typing import List, Optional

    from ..runtime.program import Program

LARGEST_ENTRY = 4 * 2**20  # bytes
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
    body = constant_sets.dumped(code)
    if body is None or len(body) + len(entry.identity) > LARGEST_ENTRY:
        return
    try:
        prepare(entry.root, store.SCRIPTS)
        write(entry.path, entry.content(body))
        keeper.prune_daily(entry.root)
    except OSError:
        pass  # a store that cannot be written is no store


def put_image(root: str, path: str, index: bytes, blobs: "List[bytes]") -> None:
    """Write an image to path, which lies in the store at root: index, marshalled, and its blobs. Raises nothing."""
    size = len(index) + sum(map(len, blobs))
    if size <= image.LARGEST:
        put_file(root, path, image.head(index), *blobs)


def put_file(root: str, path: str, *parts: bytes) -> None:
    """Write parts to a file at path, which lies in a folder of the store at root. Raises nothing."""
    try:
        prepare(root, *os.path.relpath(os.path.dirname(path), root).split(os.sep))
        write(path, *parts)
        keeper.prune_daily(root)
    except OSError:
        pass  # as in keep


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


def put_record(bundle: store.Bundle, seen: int) -> None:
    """Note that the file with bundle's identity has its content, as it was seen at a time, in ns. Raises nothing.

    A file that had been changed just then may have changed once more without its time telling: it is not noted yet.
    """
    if not clocks.is_settled(bundle.identity[-1], seen):
        return
    try:
        prepare(bundle.root, store.PATHS)
        write(store.record_path(bundle.root, bundle.identity), bundle.record())
        keeper.prune_daily(bundle.root)
    except OSError:
        pass  # as in keep


def link(directory: str, name: str) -> None:
    """Let the tree in directory be reached by name, too (`files.link_to`). Raises nothing."""
    path = files.link_to(directory, name)
    try:
        trees.folder(os.path.dirname(path), directory)
        if not os.path.islink(path):
            os.symlink(os.pardir, path, target_is_directory=True)
    except OSError:
        pass  # as in keep


def _quietly_compiled(program: "Program") -> "Optional[CodeType]":
    try:
        with warning_filters.Raised(warning_filters.speaker(program.path_name, "__main__"), vars(source)):
            return source.code_of(program)
    except Exception:  # noqa: BLE001  the compiler's word on it comes later, in its place
        return None


def prepare(root: str, *folders: str) -> None:
    """Make the store's directories where they are missing: root, and folders, the first in it, each next in the last.

    Raises OSError where the store is not to be used.
    """
    if not os.path.lexists(root):
        _make(root)
    if not private.is_private(root):
        raise PermissionError(f"{root} is not private")
    _tag(os.path.join(root, "CACHEDIR.TAG"))
    for count in range(len(folders)):
        trees.folder(os.path.join(root, *folders[: count + 1]), root)


def _make(root: str) -> None:
    """Make the directory root, and those above it that are missing, for this user alone, whatever the umask is."""
    if ownership.is_for_others(root):
        raise PermissionError(f"{root} would be in a place of somebody else's")
    there, path = ownership.nearest(root), root
    missing = []
    while path != there:
        missing.append(path)
        path = os.path.dirname(path)
    for path in reversed(missing):
        trees.new_folder(path)


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
            trees.see_mode(file, 0o600)
            stream.writelines(parts)
        trees.replace(beside, path)
    except BaseException:
        os.unlink(beside)
        raise
