"""Members of a bundle that are real files in the store: whether they are all there, and as they were written.

A manifest says of each file what its status was. A status cannot be set back (ctime), so the files themselves need not
be read. Any difference counts as a miss; `unpack`, on the floor above, then makes the tree whole.
"""

import marshal
import os
import stat
import time

from . import image, loaded, private, store

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Callable, Iterable, Iterator, List, Optional, Set, Tuple

    from .image import Image
    from .spot_checks import SpotChecks

    State = Tuple[int, int, int, int, int]

NATIVE = store.NATIVE
WHOLE = store.WHOLE
BOOT = "/proc/sys/kernel/random/boot_id"
LINKS = ".links"  # a folder in a tree, of links to the tree itself, for who looks for it by another name
_HAS_PLACES = os.stat in os.supports_dir_fd and os.stat in os.supports_follow_symlinks
_LOWEST = 100  # the first number for a descriptor of ours
_PAUSES = (0.001, 0.01, *[0.1] * 20)  # seconds
_held: "Set[Tuple[int, int]]" = set()
_locks: "List[Tuple[int, os.stat_result]]" = []  # the descriptors that hold, and of which directory each is


class Tree:
    """A tree of real files that are as they were written.

    directory: where it is. spot_checks: what knows of modules that were not looked at, if there are any.
    """

    __slots__ = ("directory", "spot_checks")

    def __init__(self, directory: str, spot_checks: "Optional[SpotChecks]") -> None:
        self.directory = directory
        self.spot_checks = spot_checks


class Placed(store.Bundle):
    """The entry of what has its real files elsewhere: a loose PEX where it is, a project in its layer.

    tree: the directory of these files, or None.
    """

    __slots__ = ("tree",)

    def __init__(self, bundle: store.Bundle, tree: "Optional[str]") -> None:
        super().__init__(bundle.root, bundle.key, bundle.identity, bundle.path_name)
        self.tree = tree

    def files(self) -> str:
        """Give that directory; the entry's own if there is none."""
        return self.tree or super().files()


def verified(bundle: store.Bundle, need: str) -> "Optional[str]":
    """Give the directory of bundle's real files if all of need, NATIVE or WHOLE, are as they were written.

    None if any is not, or nobody wrote them yet. Raises nothing.
    """
    tree = seen(bundle, need, all_modules=True)
    return None if tree is None else tree.directory


def seen(bundle: store.Bundle, need: str, all_modules: bool = False) -> "Optional[Tree]":
    """Give bundle's real files, as `verified` does; unless all_modules, some of very many are not looked at (`spot_checks`)."""
    kept = recorded(bundle, need)
    directory = bundle.files()
    if kept is None or not is_trusted(kept) or not private.is_private(bundle.path) or not private.is_private(directory):
        return None
    known = kept.index
    try:
        if pack(states(directory, known["names"])) != known["states"]:
            return None
        if not all(stat.S_ISDIR(os.lstat(os.path.join(directory, name)).st_mode) for name in known["folders"]):
            return None
        spot_checks: "Optional[SpotChecks]" = (
            loaded("spot_checks").SpotChecks(kept, directory) if known["parts"] else None
        )
        is_right = spot_checks is None or spot_checks.are_right(all_modules)
    except (OSError, ValueError):
        return None
    return Tree(directory, spot_checks) if is_right else None


def states(directory: str, names: "Iterable[str]") -> "List[State]":
    """Give the states of the files with names in directory; raise OSError for one that is not there."""
    try:
        # Relative to it, the system has an eighth less to do: it need not follow the long path to the store each time.
        place = os.open(directory, os.O_RDONLY) if _HAS_PLACES else None
    except OSError:  # there is no descriptor left
        place = None
    if place is None:
        return [state(os.lstat(os.path.join(directory, name))) for name in names]
    try:
        return [state(os.stat(name, dir_fd=place, follow_symlinks=False)) for name in names]
    finally:
        os.close(place)


def state(status: os.stat_result) -> "State":
    """Give what of a file's status shows whether it was changed."""
    return status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino, status.st_mode


def pack(found: "List[State]") -> bytes:
    """Give states as bytes, equal for equal states: packing the present ones is faster than unpacking those on record."""
    return marshal.dumps(found, 2)


def manifest_path(bundle: store.Bundle, need: str) -> str:
    """Give the path of the manifest for need: one for each kind of checksum that interpreters have."""
    return os.path.join(bundle.path, f"files.{need}-{private.checksum(b'').hex()[:4]}")


def recorded(bundle: store.Bundle, need: str) -> "Optional[Image]":
    """Give the manifest for need; None if there is none that is whole. Raises nothing.

    It is an image. Its index has the `names` and the packed `states` of files, and the `folders` without files; `parts`,
    the places of the same for files that are looked at by turns; `around`, names and states of the folders that these are
    in; and `boot` (`is_trusted`).
    """
    kept = image.open_image(manifest_path(bundle, need))
    return kept if kept is not None and kept.index.get(image.OF) == need else None


def is_trusted(manifest: "Image") -> bool:
    """Tell whether states in manifest say something of contents.

    To wait until thousands of files are on the disk takes longer than to write them. So their first manifest holds until
    the system stops, perhaps by a power cut; after that, contents are compared once.
    """
    return manifest.index["boot"] in (b"", boot())


def boot() -> bytes:
    """Give what tells the system's present run from all others; b"" where it does not say."""
    try:
        file = os.open(BOOT, os.O_RDONLY)
    except OSError:  # of Linux alone
        return b""
    try:
        return os.read(file, 64)
    except OSError:
        return b""
    finally:
        os.close(file)


def is_linked(directory: str, name: "Optional[str]") -> bool:
    """Tell whether the tree in directory has the link called name (`link_to`), if one is wanted."""
    return name is None or os.path.isdir(os.path.join(link_to(directory, name), os.curdir))


def path_in(directory: str, name: str) -> str:
    """Give the path in a tree of the member called name, with slashes; "" is the tree itself."""
    return os.path.join(directory, *name.split("/")) if name else directory


def link_to(directory: str, name: str) -> str:
    """Give the path of a link to the tree in directory, in a folder of links alone: some preambles delete what lies beside."""
    return os.path.join(directory, LINKS, name)


def hold(directory: str) -> None:
    """Show, as long as this process lives, that directory is in use: by a shared lock, if it can be had.

    Its descriptor gets a high number, so that the program's have those that python would give them. Raises nothing.
    """
    try:
        # Only where real files are needed; there is none on Windows.
        from fcntl import F_DUPFD_CLOEXEC, LOCK_NB, LOCK_SH, fcntl, flock

        low = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except (OSError, ImportError):
        return
    status = _taken(low, lambda: flock(low, LOCK_SH | LOCK_NB))
    if status is not None:
        try:
            _locks.append((fcntl(low, F_DUPFD_CLOEXEC, _LOWEST), status))
        except OSError:  # there are no numbers as high
            _locks.append((low, status))
            return
    os.close(low)


def let_go() -> None:
    """Release all that is held, as this process ends; children that were forked off hold it still."""
    for lock in _locks_left():
        os.close(lock)
    _locks.clear()


def pass_on() -> None:
    """Let what is held stay so when another program takes this process over, by exec."""
    for lock in _locks_left():
        os.set_inheritable(lock, True)


def _locks_left() -> "Iterator[int]":
    """Give the descriptors that hold: the program may have closed some, and have other files by their numbers."""
    for lock, status in _locks:
        try:
            is_ours = os.path.samestat(os.fstat(lock), status)
        except OSError:
            continue
        if is_ours:
            yield lock


def _taken(file: int, lock: "Callable[[], None]") -> "Optional[os.stat_result]":
    """Call lock, which locks file, until it does not block; give its status if it is locked now, and was not before.

    Whoever has it exclusively is removing the directory, and will be done in a moment.
    """
    try:
        status = os.fstat(file)
        if (status.st_dev, status.st_ino) in _held:
            return None
        for pause in _PAUSES:
            try:
                lock()
                _held.add((status.st_dev, status.st_ino))
                return status
            except BlockingIOError:
                time.sleep(pause)
    except OSError:  # there are no locks here
        pass
    return None
