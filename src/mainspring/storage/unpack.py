"""Unpacking: the members of a bundle that must be real files become so, and what is lost or altered of them is mended.

The tree lies in the bundle's entry of the store, or, where that cannot be, in a temporary directory of this process.
Only regular files and directories are made; of a member's mode, only the executable bit counts. Files have the modes that
they would have in an environment, as programs copy them with these; it is the directories that are private to the user.
"""

import os
import stat
import time

from .. import clocks
from ..archive import LARGE, find_crc32
from ..runtime import Refusal, files, private, store
from . import locking, trees, writer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Callable, Dict, Iterable, List, Optional

    from ..archive import Archive, Member

    Tick = Callable[[int, int], None]

PATIENCE = 60.0  # seconds, for another process that unpacks the same
_HOUR = 3600
_CHUNK = 2**20
NOT_MADE_YET = os.path.join(os.sep, "a temporary directory")  # stands for the path of one, in what --explain tells


def members_for(archive: "Archive", need: str) -> "List[Member]":
    """Give the members of archive that are to be real files, or directories, for need: files.NATIVE or files.WHOLE."""
    return archive.native_members() if need == files.NATIVE else archive.members


def place_in_store(bundle: store.Bundle, has_native: bool) -> "Optional[str]":
    """Give the directory in the store for the real files of bundle; None if they cannot lie there, or there is no store.

    has_native: whether the system has to load or execute any of them.
    """
    root = bundle.root
    if not root or (has_native and (_is_below_noexec(root) or not _is_plain(root))):
        return None
    if os.path.lexists(root) and not private.is_private(root):
        return None
    return bundle.files()


def _is_below_noexec(root: str) -> bool:
    """Tell whether nothing can be loaded from root, which need not be there yet."""
    while not os.path.exists(root) and root != os.path.dirname(root):
        root = os.path.dirname(root)
    return trees.is_noexec(root)


def _is_plain(path: str) -> bool:
    """Tell whether the interpreter can load native modules from path: not where that is no text."""
    try:
        path.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def ensure(bundle: store.Bundle, archive: "Archive", need: str, tick: "Optional[Tick]" = None) -> str:
    """Make the real files of bundle right for need, write its manifest, and give their directory.

    archive: the bundle, checked. tick: called now and then with the number of bytes that are right, and of all.
    The directory is held from here on (`files.hold`). Raises OSError if the store cannot take it, and Refusal if the
    archive is no longer what it was when it was checked.
    """
    try:
        return _ensure(bundle, archive, need, tick)
    except FileNotFoundError:  # somebody cleared the store meanwhile
        return _ensure(bundle, archive, need, tick)


def _ensure(bundle: store.Bundle, archive: "Archive", need: str, tick: "Optional[Tick]") -> str:
    bundles = os.path.join(bundle.root, store.BUNDLES)
    writer.prepare(bundle.root, store.BUNDLES)
    trees.folder(bundle.path, bundles)
    trees.folder(bundle.files(), bundle.path)
    files.hold(bundle.files())
    lock = locking.lock(os.path.join(bundle.path, "files.lock"), PATIENCE, _is_written_anew(bundle, need))
    try:
        if files.verified(bundle, need) is None:
            trees.sweep(bundle.path, _HOUR if lock is None else 0)
            _Tree(bundle.path, bundle.files(), archive, tick).mend(bundle, need)
    finally:
        if lock is not None:
            os.close(lock)
    return bundle.files()


def _is_written_anew(bundle: store.Bundle, need: str) -> "Callable[[], bool]":
    """Give a function that tells whether somebody has written the manifest since now."""
    path = files.manifest_path(bundle, need)
    before = store.identity_at(path)
    return lambda: store.identity_at(path) not in (None, before)


class NoPlace(Refusal):
    """That neither the store nor a temporary directory takes what must be real files."""


def aside(archive: "Archive", need: str, typed: str, tick: "Optional[Tick]" = None) -> str:
    """Unpack what need asks for into a temporary directory of this process, which removes it in the end; give it.

    Where nothing can be loaded from any, it is one all the same: then only those imports fail that want what is native.
    typed: what the user called the archive. Raises NoPlace where there is no room for it, and Refusal if the archive is no
    longer what it was when it was checked.
    """
    from . import temporaries  # mostly the store takes it

    reason = "there is none"
    places = temporaries.places()
    if archive.native_members():
        places.sort(key=trees.is_noexec)
    for base in places:
        try:
            return _filled(temporaries.made_in(base), archive, need, tick)
        except OSError as error:
            reason = f"{base}: {trees.reason(error)}"
    raise NoPlace(
        typed,
        f"it has members that must be real files, and neither the store nor a temporary directory takes them ({reason})",
        "set TMPDIR or MAINSPRING_CACHE_DIR to a directory with room, "
        + ("and a short path" if os.name == "nt" else "in which you can write"),
    )


def _filled(path: str, archive: "Archive", need: str, tick: "Optional[Tick]") -> str:
    """Unpack what need asks for into the new directory at path, and give that. Raises OSError, and removes it then."""
    try:
        _Tree(path, path, archive, tick).fill(members_for(archive, need), {})
    except OSError:
        trees.remove(path)
        raise
    return path


class _Tree:
    """A tree of real files.

    scratch: a directory for what is not ready yet, as `trees` has it. directory: where the tree is.
    """

    def __init__(self, scratch: str, directory: str, archive: "Archive", tick: "Optional[Tick]") -> None:
        self.scratch = scratch
        self.directory = directory
        self._archive = archive
        self._tick = tick

    def mend(self, bundle: store.Bundle, need: str) -> None:
        """Make all files of need right, and say so in the manifest; once they are on the disk, if it is to last."""
        from . import manifests  # most archives have no such files

        kept = files.recorded(bundle, need)
        now = files.boot()
        lasts = not now or (kept is not None and kept.index["boot"] != now)
        known = manifests.said_in(kept).states if kept is not None and files.is_trusted(kept) else {}
        members = members_for(self._archive, need)
        doubtful = self.fill(members, known)
        filled = time.monotonic()
        if lasts:
            trees.sync(doubtful)
        clocks.settle(self.directory, filled)
        sums = {
            _relative(member): member.crc
            for member in members
            if not (member.is_directory or _is_pythons_own(member.name))
        }
        folders = _folders_without_files(members)
        content = manifests.made(need, self.directory, sums, folders, b"" if lasts else now)
        manifests.put(bundle, need, content, is_synced=lasts)

    def fill(self, members: "List[Member]", known: "Dict[str, files.State]") -> "List[str]":
        """Make members right; give the paths of those that known did not vouch for."""
        from .. import threads  # most archives have no such files

        for name in _folders(members):
            trees.folder(os.path.join(self.directory, name), self.scratch)
        wanted = [member for member in members if not member.is_directory]
        doubtful: "List[str]" = []
        tell = threads.counted(self._tick, sum([member.size for member in wanted]))

        def see_to(member: "Member") -> None:
            name = _relative(member)
            path = os.path.join(self.directory, name)
            status = _status(path)
            if status is None or known.get(name) != files.state(status):
                if status is None or not self._is_right(path, status, member):
                    self._make(path, status, member)
                doubtful.append(path)
            tell(member.size)

        threads.divided(see_to, wanted, lambda member: member.size > LARGE)
        tell(0)
        return doubtful

    def _is_right(self, path: str, status: os.stat_result, member: "Member") -> bool:
        """Tell whether the file at path is member already; it then counts as used now."""
        if not stat.S_ISREG(status.st_mode) or not private.is_ours(status) or status.st_size != member.size:
            return False
        if os.name != "nt" and stat.S_IMODE(status.st_mode) != _mode(member):
            return False
        try:
            if crc32_of(path) != member.crc:
                return False
        except OSError:
            return False
        store.touch(path, status)
        return True

    def _make(self, path: str, status: "Optional[os.stat_result]", member: "Member") -> None:
        try:
            if status is None:
                # In its place at once: if we are killed meanwhile, what is there is not in the manifest.
                return trees.make(path, self._archive.pieces(member), _mode(member))
            trees.place(path, trees.beside(self.scratch), self._archive.pieces(member), _mode(member))
        except (FileExistsError, FileNotFoundError, PermissionError):
            # Without locks, another process may have been first, or swept our file away; on Windows, loaded its own.
            status = _status(path)
            if status is None or not self._is_right(path, status, member):
                trees.place(path, trees.beside(self.scratch), self._archive.pieces(member), _mode(member))


def _status(path: str) -> "Optional[os.stat_result]":
    try:
        return os.lstat(path)
    except FileNotFoundError:
        return None


def _is_pythons_own(name: str) -> bool:
    """Tell whether the member of that name is bytecode beside a source, of which no manifest is to say what it is.

    A child of the program's, which is plain python, writes such bytecode anew, as the source has another time here than
    where it was compiled. If that counted as damage, the archive would be checked and hashed at each start after it.
    """
    folder, _, file = name.rpartition("/")
    return file.endswith(".pyc") and folder.rpartition("/")[2] == "__pycache__"


def _mode(member: "Member") -> int:
    return 0o755 if member.is_executable else 0o644


def _relative(member: "Member") -> str:
    return member.name.replace("/", os.sep)


def _folders(members: "Iterable[Member]") -> "List[str]":
    """Give the directories of the tree with members, each after the one that it is in."""
    found = set()
    for member in members:
        name = member.name.rpartition("/")[0]  # that of a directory ends in a slash
        while name and name not in found:
            found.add(name)
            name = name.rpartition("/")[0]
    return [name.replace("/", os.sep) for name in sorted(found)]


def _folders_without_files(members: "List[Member]") -> "List[str]":
    with_files = _folders([member for member in members if not member.is_directory])
    return sorted(set(_folders(members)).difference(with_files))


def crc32_of(path: str) -> int:
    """Give the CRC-32 of the file at path, which is no link; raise OSError if it cannot be read."""
    crc32 = find_crc32()
    file = os.open(path, private.READING)
    crc = 0
    try:
        while True:
            data = os.read(file, _CHUNK)
            if not data:
                return crc
            crc = crc32(data, crc)
    finally:
        os.close(file)
