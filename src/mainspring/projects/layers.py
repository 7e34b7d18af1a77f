"""Layers: what a project depends on, installed once into a directory of the store, for as long as it asks for the same.

A layer's key is what was asked for (requirements, with what is in the directories that these name, or the lines of a lock
file), and the interpreter's build. uv installs it where it is on PATH, pip otherwise: aside, and the finished directory is
renamed. Later starts ask neither of them. Without a store it lies in a temporary directory of this process.
"""

import functools
import marshal
import os
import sys
import sysconfig
import time
from _blake2 import blake2b
from typing import Any, Callable, Iterable, List, NamedTuple, Optional, Set, Tuple, TypeVar

from .. import clocks
from ..refusals import refused
from ..runtime import Refusal, files, private, store
from ..runtime.project import LayerEntry
from ..storage import locking, manifests, trees, unpack, usability, writer
from . import installers, local, own_copies
from .locks import Lock
from .reading import normalized
from .targets import Target

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..runtime.project import About

Say = Callable[[str], None]
Fill = Callable[[str, str, Optional[int]], None]  # what puts files into a tree; with a directory for more, and a lock
Names = List[str]

_HOUR = 3600


class Layer(NamedTuple):
    """Installed distributions.

    key: the hash of what was asked for, and of the interpreter; "" if nothing was. directory: what goes on sys.path,
    or None for nothing. distributions: `name-version` of each. has_pth: whether there are .pth files among them. sources:
    what it was made of on this machine: paths of files and folders, and their fingerprints as long as it is still right.
    """

    key: str
    directory: Optional[str]
    distributions: Tuple[str, ...]
    has_pth: bool
    sources: Tuple[Tuple[str, Any], ...] = ()


NONE = Layer("", None, (), False)
_Found = TypeVar("_Found", Layer, Optional[Layer])


def ensure(
    requirements: Iterable[str],
    *,
    lock: Optional[Lock] = None,
    no_network: bool = False,
    use_store: bool = True,
    tick: Optional[Say] = None,
    target: Optional[Target] = None,
    own: str = "",
) -> Layer:
    """Give the layer with requirements for this interpreter, or for target, installed now if nobody did before.

    lock: takes the place of requirements; its hashes are enforced. no_network: whether to do without what is not there yet.
    tick: called with a word on what is being done. own: the name of the project that wants it, of which no copy is to be
    there. The directory is held from here on (`files.hold`). Raises Refusal, with nothing left half-made, if it cannot be
    installed.
    """
    wish = _Wish(_lines(requirements, lock), lock is not None, target, own)
    if not wish.lines:
        return NONE
    how = _How(no_network, use_store, tick or _silently)
    try:
        return _attempted(wish, how, None)
    except _Edited as edited:
        return _attempted(wish, how, edited.paths)


class _Wish(NamedTuple):
    """What a layer is to be of: lines of requirements, whether a lock file has them, and the rest as `ensure` has it."""

    lines: List[str]
    is_locked: bool
    target: Optional[Target] = None
    own: str = ""


def _silently(_: str) -> None:
    """Say nothing, in the place of a `tick`."""


class _How(NamedTuple):
    """How a layer may be made, as `ensure` has it."""

    no_network: bool = False
    use_store: bool = True
    tick: Say = _silently


class _Edited(Exception):
    """What requirements name on this machine was edited while it was installed; paths: of its files."""

    def __init__(self, paths: Set[str]) -> None:
        super().__init__(paths)
        self.paths = paths


def _attempted(wish: _Wish, how: _How, written: Optional[Set[str]]) -> Layer:
    """Give the layer as `ensure` does; raises _Edited for an edit amid its installation, if written is None.

    written: paths of files that changed at the first attempt. What changes at the second one again, the installation
    writes itself.
    """
    before = after = local.Sources(wish.lines, wish.is_locked)

    def fill(without: str, tree: str, work: str, held: Optional[int]) -> None:
        nonlocal after
        installers.install(wish.lines, wish.is_locked, tree, work, how.tick, held, wish.target)
        own_copies.remove(without, tree)
        after = local.Sources(wish.lines, wish.is_locked)
        edited = after.edited_since(before)
        if edited and written is None:
            raise _Edited(edited)

    def give(key: str, without: str) -> Layer:
        return _ensured(key, functools.partial(fill, without), how)

    _, layer = _without_copies(wish.own, _key_of(wish, before), give)
    unseen = after.edited_since(before).difference(written or ())
    seen = {**after.fingerprints, **{path: before.fingerprints.get(path) for path in unseen}}
    return layer._replace(sources=tuple(seen.items()))


def _without_copies(own: str, key: str, give: Callable[[str, str], _Found]) -> Tuple[str, _Found]:
    """Give the layer that give has for key, with that; where a copy of own is in it, the one in which there is none.

    own: the name of a project, "" for none. give: called with a key, and the name of the project that is left out, "" for
    none.
    """
    found = give(key, "")
    if found is None or not own_copies.is_among(own, found.distributions):
        return key, found
    key = blake2b(f"{key}\0{normalized(own)}".encode(), digest_size=store.KEY).hexdigest()
    return key, give(key, own)


def made(key: str, fill: Fill, *, use_store: bool = True) -> Layer:
    """Give the layer with that key, which is a hash; fill puts the files into it if it is not there. Else as `ensure`."""
    return _ensured(key, fill, _How(use_store=use_store))


def _ensured(key: str, fill: Fill, how: _How) -> Layer:
    root = private.root() if how.use_store else None
    trouble = ""
    if root is not None:
        try:
            return _in_store(LayerEntry(root, key), fill, how)
        except OSError as error:
            trouble = f"{root}: {trees.reason(error)}"
    if how.no_network:
        raise _not_there()
    return _aside(key, fill, trouble)


def expected(
    requirements: Iterable[str], lock: Optional[Lock] = None, use_store: bool = True, own: str = ""
) -> Tuple[Layer, Optional[str]]:
    """Give the layer as `ensure` would for this interpreter, and nothing is installed; and where it is to be then.

    The latter is None for what is there already, or if nothing is wanted.
    """
    wish = _Wish(_lines(requirements, lock), lock is not None, own=own)
    if not wish.lines:
        return NONE, None
    root = private.root() if use_store else None

    def give(key: str, _: str) -> Optional[Layer]:
        return None if root is None else _known(LayerEntry(root, key))

    key, found = _without_copies(own, _key_of(wish, local.Sources(wish.lines, wish.is_locked)), give)
    layer = found or unmade(key, use_store)
    return layer, None if found is not None else layer.directory


def unmade(key: str, use_store: bool = True) -> Layer:
    """Give the layer with that key as `made` would, as far as can be told; nothing is made."""
    root = private.root() if use_store else None
    is_kept = root is not None and usability.takes_more(root)
    return Layer(key, LayerEntry(root, key).files() if root and is_kept else unpack.NOT_MADE_YET, (), False)


def _lines(requirements: Iterable[str], lock: Optional[Lock]) -> List[str]:
    return sorted(set(requirements if lock is None else lock.lines))


def _key_of(wish: _Wish, sources: local.Sources) -> str:
    """Give the key of the layer that wish is for; sources: what its requirements name on this machine."""
    where = [] if wish.target is None else [str(wish.target)]
    there = list(filter(None, [sources.digest()]))
    made_of = "\0".join([private.build(), sysconfig.get_platform(), str(wish.is_locked), *where, *wish.lines, *there])
    return blake2b(made_of.encode("utf-8", "surrogateescape"), digest_size=store.KEY).hexdigest()


def _in_store(entry: LayerEntry, fill: Fill, how: _How) -> Layer:
    found = _known(entry)
    if found is not None:
        return found
    if how.no_network:
        raise _not_there()
    try:
        return _installed(entry, fill, how.tick)
    except FileNotFoundError:  # somebody cleared the store meanwhile
        return _installed(entry, fill, how.tick)


def _not_there() -> Refusal:
    return refused("its dependencies are not installed yet, and the network is not to be used")


def _known(entry: LayerEntry) -> Optional[Layer]:
    """Give the layer of entry if it is there, whole, and nothing of it was altered; it is held then."""
    files.hold(entry.files())
    directory = files.verified(entry, files.WHOLE)
    about = entry.about() if directory is not None else None
    if directory is None or about is None:
        return None
    return Layer(entry.key, directory, tuple(about[1]), bool(about[2]))


def _installed(entry: LayerEntry, fill: Fill, tick: Say) -> Layer:
    layers = os.path.join(entry.root, store.LAYERS)
    writer.prepare(entry.root, store.LAYERS)
    trees.folder(entry.path, layers)
    tick("waiting for another start, which installs the same")
    lock = locking.lock(os.path.join(entry.path, "files.lock"), unpack.PATIENCE, lambda: _is_there(entry))
    try:
        found = _known(entry)
        if found is not None:
            return found
        trees.sweep(entry.path, _HOUR if lock is None else 0)
        work = trees.beside(entry.path)
        try:
            tree = _filled(work, fill, lock)
            # Who waited in vain for the lock may have been faster: that others run from by now is not taken away.
            return _known(entry) or _moved(entry, tree)
        finally:
            trees.remove(work)
            if not os.path.lexists(entry.files()):
                trees.remove(entry.path)  # with the lock: who waits for it begins anew
    finally:
        if lock is not None:
            os.close(lock)


def _is_there(entry: LayerEntry) -> bool:
    return files.verified(entry, files.WHOLE) is not None


def _filled(work: str, fill: Fill, lock: Optional[int]) -> str:
    """Have fill put its files into a new directory in work, which is made; give it. Raises Refusal, and OSError."""
    trees.folder(work, work)
    tree = os.path.join(work, "tree")
    trees.folder(tree, work)
    try:
        fill(tree, work, lock)
    except Refusal:
        if os.path.isdir(tree):
            raise
        raise FileNotFoundError(tree) from None  # somebody cleared the store meanwhile, and the installer stumbled
    return tree


def _moved(entry: LayerEntry, tree: str) -> Layer:
    """Put tree in its place in entry, and say what is in it, once it is on the disk. Raises OSError."""
    names, folders = _listed(tree)
    about = _about(tree)
    paths = {name: os.path.join(tree, name) for name in names}
    own = {name: path for name, path in paths.items() if not os.path.islink(path)}
    trees.sync(list(own.values()))
    sums = {name: unpack.crc32_of(own[name]) if name in own else None for name in names}
    trees.settle(tree, entry.files(), entry.path)
    files.hold(entry.files())
    clocks.settle(entry.files(), time.monotonic())
    content = manifests.made(files.WHOLE, entry.files(), sums, folders)
    sealed = private.sealed(store.ABOUT_HEAD, marshal.dumps(about, 4))
    trees.place(entry.about_path(), trees.beside(entry.path), [sealed], 0o600, is_synced=True)
    manifests.put(entry, files.WHOLE, content, is_synced=True)
    return Layer(entry.key, entry.files(), tuple(about[1]), about[2])


def _listed(tree: str) -> Tuple[Names, Names]:
    """Give the names of the files and links in tree, and of the directories without any, relative to it."""
    names: Names = []
    folders: Names = []
    for directory, below, found in os.walk(tree):
        relative = os.path.relpath(directory, tree)
        if not below and not found:
            folders.append(relative)
        links = [name for name in below if os.path.islink(os.path.join(directory, name))]
        names += [os.path.normpath(os.path.join(relative, name)) for name in [*found, *links]]
    return sorted(names), sorted(folders)


def _about(tree: str) -> "About":
    names = sorted(os.listdir(tree))
    ends = len(".dist-info")
    distributions = [name[:-ends] for name in names if name.endswith(".dist-info")]
    python = ".".join(map(str, sys.version_info[:3]))
    return python, distributions, any(name.endswith((".pth", ".start")) for name in names)


def _aside(key: str, fill: Fill, trouble: str) -> Layer:
    """Have fill put its files into a temporary directory, which goes with this process.

    trouble: why the store cannot take them, if that was tried.
    """
    from ..storage import temporaries  # mostly the store takes it

    work = "a temporary directory"
    try:
        work = temporaries.of_process()
        tree = _filled(work, fill, None)
    except OSError as error:
        both = "; ".join(filter(None, [trouble, f"{work}: {trees.reason(error)}"]))
        raise refused(
            f"its dependencies cannot be installed: neither the store nor a temporary directory takes them ({both})",
            "set TMPDIR or MAINSPRING_CACHE_DIR to a directory with room",
        ) from None
    about = _about(tree)
    return Layer(key, tree, tuple(about[1]), about[2])
