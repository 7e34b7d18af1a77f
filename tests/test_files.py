"""Members that are real files: as they were written or made so again, whatever happens to them meanwhile."""

import contextlib
import errno
import os
import random
import shutil
import signal
import stat
import struct
import subprocess
import sys
import time
import zipfile
from pathlib import Path
from typing import Any, Callable, Dict, Iterator, List, Optional

import pytest

from mainspring import archive, progress
from mainspring.runtime import Refusal, files, store
from mainspring.storage import locking, manifests, temporaries, trees, unpack, verifier, writer
from support import PYTHON, Ended, clean_environment, powerless, run, write_tree

pytestmark = pytest.mark.faults
posix = pytest.mark.skipif(os.name != "posix", reason="links, modes and locks are POSIX's")
linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks at /proc, or mounts")

NAMES = {
    "__main__.py": b"print('runs')\n",
    "pkg/__init__.py": b"",
    "pkg/deep/er/data.txt": b"some data\n" * 300,
    "pkg/_native.cpython-313-x86_64-linux-gnu.so": bytes(range(256)) * 40,
    "pkg.libs/libz-1.so.1.2": b"\x7fELF" * 99,
    "pkg/Old.DLL": b"MZ",
    "pkg/mac.dylib": b"\xcf\xfa",
    "pkg/win.pyd": b"MZ\x90",
    "pkg/Mac.framework/Versions/A/Mac": b"\xca\xfe",
    "pkg/Mac.framework/Versions/A/Resources/some.dat": b"data",
    "bin/tool": b"#!/bin/sh\n",
    "empty/": b"",
}
NATIVE = {name for name in NAMES if name.startswith(("pkg/_n", "pkg.l", "pkg/O", "pkg/mac", "pkg/M", "pkg/win"))}
Found = Dict[str, bytes]


@pytest.fixture
def bundle(tmp_path: Path) -> store.Bundle:
    return store.Bundle(str(tmp_path / "store"), "ab" * 20, (1, 2, 3, 4, 5), str(tmp_path / "app.pyz"))


@pytest.fixture
def packed(tmp_path: Path) -> archive.Archive:
    return opened(make(tmp_path / "app.pyz", NAMES))


def make(path: Path, contents: Dict[str, bytes]) -> Path:
    with zipfile.ZipFile(str(path), "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in contents.items():
            info = zipfile.ZipInfo(name)
            info.create_system = 3
            info.external_attr = (
                0o40755 << 16 if name.endswith("/") else (0o104777 if "bin" in name else 0o100666) << 16
            )
            made.writestr(info, content)
    return path


def opened(path: Path) -> archive.Archive:
    return archive.check("app.pyz", path.read_bytes())


def tree(directory: str) -> Found:
    """Give all below directory: files with their contents, and folders, which end in a slash."""
    found = {}
    for path in Path(directory).rglob("*"):
        name = path.relative_to(directory).as_posix()
        found[name if not path.is_dir() else f"{name}/"] = path.read_bytes() if path.is_file() else b""
    return {name: content for name, content in found.items() if not name.endswith("/") or name == "empty/"}


def litter(bundle: store.Bundle) -> List[str]:
    return [str(path) for path in Path(bundle.root).rglob("*") if ".new" in path.name]


@contextlib.contextmanager
def limited(resource_name: str, soft: int) -> Iterator[None]:
    resource = pytest.importorskip("resource")
    before = resource.getrlimit(getattr(resource, resource_name))
    resource.setrlimit(getattr(resource, resource_name), (soft, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(getattr(resource, resource_name), before)


def test_every_member_becomes_a_file_of_a_verified_tree(bundle: store.Bundle, packed: archive.Archive) -> None:
    assert files.verified(bundle, files.WHOLE) is None
    directory = unpack.ensure(bundle, packed, files.WHOLE)
    assert tree(directory) == NAMES
    assert files.verified(bundle, files.WHOLE) == directory == bundle.files()
    assert litter(bundle) == []


def test_native_members_alone_become_files_at_their_places(bundle: store.Bundle, packed: archive.Archive) -> None:
    directory = unpack.ensure(bundle, packed, files.NATIVE)
    assert set(tree(directory)) == NATIVE
    assert files.verified(bundle, files.NATIVE) == directory
    assert files.verified(bundle, files.WHOLE) is None


def test_both_needs_share_a_tree(bundle: store.Bundle, packed: archive.Archive) -> None:
    for need in (files.NATIVE, files.WHOLE):
        unpack.ensure(bundle, packed, need)
    assert files.verified(bundle, files.NATIVE) == files.verified(bundle, files.WHOLE) == bundle.files()


def test_an_archive_without_native_members_needs_no_file(bundle: store.Bundle, tmp_path: Path) -> None:
    unpack.ensure(bundle, opened(make(tmp_path / "plain.pyz", {"__main__.py": b""})), files.NATIVE)
    assert files.verified(bundle, files.NATIVE) == bundle.files()
    assert tree(bundle.files()) == {}


@pytest.mark.parametrize("name", ["a.framework/", "a.framework/a.txt", "a.frameworks/a", "b.framework/Versions/A/a"])
def test_a_folder_that_is_called_as_a_framework_and_has_no_library_needs_no_file(tmp_path: Path, name: str) -> None:
    assert opened(make(tmp_path / "plain.pyz", {"__main__.py": b"", name: b""})).native_members() == []


@posix
def test_only_the_executable_bit_of_a_mode_counts_and_times_are_fresh(
    bundle: store.Bundle, packed: archive.Archive
) -> None:
    writer.prepare(bundle.root, store.BUNDLES)
    before = os.umask(0o277)
    try:
        directory = unpack.ensure(bundle, packed, files.WHOLE)
    finally:
        os.umask(before)
    for path in [Path(directory), *Path(directory).rglob("*")]:
        status = path.lstat()
        assert stat.S_IMODE(status.st_mode) == (0o700 if path.is_dir() else 0o755 if path.name == "tool" else 0o644)
        assert abs(status.st_mtime - time.time()) < 600


def test_what_programs_write_beside_the_members_is_left_alone(bundle: store.Bundle, packed: archive.Archive) -> None:
    directory = unpack.ensure(bundle, packed, files.WHOLE)
    Path(directory, "pkg", "__pycache__").mkdir()
    Path(directory, "empty", "new.txt").write_bytes(b"")
    assert files.verified(bundle, files.WHOLE) == directory
    Path(directory, "__main__.py").unlink()
    unpack.ensure(bundle, packed, files.WHOLE)
    assert Path(directory, "pkg", "__pycache__").is_dir()


def test_what_is_right_is_not_written_again(bundle: store.Bundle, packed: archive.Archive) -> None:
    directory = unpack.ensure(bundle, packed, files.WHOLE)
    before = {path: path.stat().st_ino for path in Path(directory).rglob("*.*")}
    os.unlink(files.manifest_path(bundle, files.WHOLE))
    unpack.ensure(bundle, packed, files.WHOLE)
    assert {path: path.stat().st_ino for path in Path(directory).rglob("*.*")} == before


def test_progress_is_told_in_bytes(bundle: store.Bundle, packed: archive.Archive) -> None:
    told: List[Any] = []
    unpack.ensure(bundle, packed, files.WHOLE, lambda done, total: told.append((done, total)))
    total = sum(map(len, NAMES.values()))
    assert told[-1] == (total, total)
    assert told == sorted(told)


# Damage.


def _erase(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        os.chmod(str(path), 0o700)
        for inner in path.iterdir():
            _erase(inner)
        path.rmdir()
    else:
        path.unlink()


def _overwrite(path: Path) -> None:
    times = path.stat()
    path.write_bytes(bytes(byte ^ 1 for byte in path.read_bytes()))
    os.utime(str(path), ns=(times.st_atime_ns, times.st_mtime_ns))


def _replace(path: Path, make_other: Callable[[Path], Any]) -> None:
    _erase(path)
    make_other(path)


def _full_directory(path: Path) -> None:
    path.mkdir()
    (path / "x").write_bytes(b"x")
    os.chmod(str(path), 0)


FAULTS: Dict[str, Callable[[Path], Any]] = {
    "deleted": _erase,
    "cut": lambda path: path.write_bytes(path.read_bytes()[:-1] if path.stat().st_size else b"more"),
    "appended to": lambda path: path.write_bytes(path.read_bytes() + b"\0"),
    "overwritten, and its time set back": lambda path: _overwrite(path) if path.stat().st_size else _erase(path),
    "other time": lambda path: os.utime(str(path), (1, 1)),
    "directory": lambda path: _replace(path, _full_directory),
    "link": lambda path: _replace(path, lambda at: at.symlink_to("/etc/passwd")),
    "link to nothing": lambda path: _replace(path, lambda at: at.symlink_to("nowhere")),
    "pipe": lambda path: _replace(path, lambda at: os.mkfifo(str(at))),
    "unreadable": lambda path: os.chmod(str(path), 0),
    "executable": lambda path: os.chmod(str(path), 0o4755),
}


def _below(bundle: store.Bundle) -> List[Path]:
    return sorted(path for path in Path(bundle.path).rglob("*") if path.is_file())


@posix
@pytest.mark.parametrize("fault", sorted(FAULTS))
def test_every_damage_to_every_file_is_seen_and_mended(
    fault: str, bundle: store.Bundle, packed: archive.Archive
) -> None:
    directory = unpack.ensure(bundle, packed, files.WHOLE)
    for path in _below(bundle):
        if fault == "pipe" and path.parent == Path(bundle.path):
            continue
        FAULTS[fault](path)
        is_lock = path.name == "files.lock"
        is_manifest = path.parent == Path(bundle.path)
        # What became of the manifest's status does not matter while its content is right.
        assert is_manifest or files.verified(bundle, files.WHOLE) is None
        assert unpack.ensure(bundle, packed, files.WHOLE) == directory
        assert files.verified(bundle, files.WHOLE) == directory or is_lock
        assert tree(directory) == NAMES
        if is_lock:
            _erase(path)
    assert litter(bundle) == []


@posix
def test_three_hundred_random_damages_at_once_and_one_by_one(bundle: store.Bundle, packed: archive.Archive) -> None:
    chance = random.Random(20240229)
    directory = unpack.ensure(bundle, packed, files.WHOLE)
    done = 0
    while done < 300:
        for path in chance.sample(_below(bundle), chance.choice([1, 1, 2, 5])):
            if path.is_file() and path.parent != Path(bundle.path):
                FAULTS[chance.choice(sorted(FAULTS))](path)
                done += 1
        for _ in range(chance.choice([0, 0, 1])):
            _damage_folder(chance, chance.choice([Path(directory, *parts) for parts in _folders()]))
        unpack.ensure(bundle, packed, files.WHOLE)
        assert tree(directory) == NAMES
        assert litter(bundle) == []


def _folders() -> List[List[str]]:
    return [[], ["pkg"], ["pkg", "deep"], ["pkg", "deep", "er"], ["empty"], ["bin"]]


def _damage_folder(chance: random.Random, path: Path) -> None:
    kind = chance.randrange(5) if path.is_dir() and not path.is_symlink() else -1
    if kind == 0:
        _erase(path)
    elif kind == 1:
        os.chmod(str(path), 0o777)
    elif kind == 2:
        os.chmod(str(path), 0)
    elif kind == 3:
        _erase(path)
        path.symlink_to("/")
    elif kind == 4:
        _erase(path)
        path.write_bytes(b"in the way")


@posix
@pytest.mark.parametrize("kind", range(5))
def test_a_damaged_folder_is_made_right(kind: int, bundle: store.Bundle, packed: archive.Archive) -> None:
    class Chosen(random.Random):
        def randrange(self, *_: Any) -> int:  # type: ignore[override]
            return kind

    directory = unpack.ensure(bundle, packed, files.WHOLE)
    for parts in [*_folders(), [".."]]:
        _damage_folder(Chosen(), Path(os.path.normpath(os.path.join(directory, *parts))))
        unpack.ensure(bundle, packed, files.WHOLE)
        assert files.verified(bundle, files.WHOLE) == directory
        assert tree(directory) == NAMES
    assert litter(bundle) == []


def test_every_flipped_bit_of_a_manifest_counts(bundle: store.Bundle, packed: archive.Archive) -> None:
    unpack.ensure(bundle, packed, files.NATIVE)
    path = Path(files.manifest_path(bundle, files.NATIVE))
    content = path.read_bytes()
    for at in range(len(content)):
        path.write_bytes(content[:at] + bytes([content[at] ^ 1 << at % 8]) + content[at + 1 :])
        assert files.verified(bundle, files.NATIVE) is None
    path.write_bytes(content)
    assert files.verified(bundle, files.NATIVE) == bundle.files()


@pytest.mark.parametrize(("need", "other"), [(files.NATIVE, files.WHOLE), (files.WHOLE, files.NATIVE)])
def test_the_manifest_of_the_other_need_counts_for_nothing(
    need: str, other: str, bundle: store.Bundle, packed: archive.Archive
) -> None:
    for each in (need, other):
        unpack.ensure(bundle, packed, each)
    path = Path(files.manifest_path(bundle, need))
    path.write_bytes(Path(files.manifest_path(bundle, other)).read_bytes())
    assert files.recorded(bundle, need) is None
    assert files.verified(bundle, need) is None
    assert {str(path.relative_to(bundle.root)): "it lies in another's place"} == dict(
        verifier.verify(bundle.root).damaged
    )
    assert unpack.ensure(bundle, packed, need) == files.verified(bundle, need) == bundle.files()


@posix
def test_nothing_is_written_through_a_link(bundle: store.Bundle, packed: archive.Archive, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "tool").write_bytes(b"mine")
    for name in ("bin/tool", "bin", "pkg/deep", ""):
        directory = unpack.ensure(bundle, packed, files.WHOLE)
        path = Path(directory, name)
        _replace(path, lambda at: at.symlink_to(outside / "tool" if at.name == "tool" else outside))
        assert files.verified(bundle, files.WHOLE) is None
        assert tree(unpack.ensure(bundle, packed, files.WHOLE)) == NAMES
        assert tree(str(outside)) == {"tool": b"mine"}


@posix
@pytest.mark.skipif(os.name == "posix" and os.geteuid() != 0, reason="only root can give files away")
def test_what_belongs_to_somebody_else_is_neither_used_nor_removed(
    bundle: store.Bundle, packed: archive.Archive
) -> None:
    directory = unpack.ensure(bundle, packed, files.WHOLE)
    os.chown(directory, 12345, 12345)
    assert files.verified(bundle, files.WHOLE) is None
    with pytest.raises(PermissionError):
        unpack.ensure(bundle, packed, files.WHOLE)
    assert os.lstat(directory).st_uid == 12345


# The system that stops before all is on the disk.


@linux
def test_a_first_manifest_holds_until_the_system_stops(bundle: store.Bundle, packed: archive.Archive) -> None:
    directory = unpack.ensure(bundle, packed, files.WHOLE)
    assert _booted(bundle) == Path(files.BOOT).read_bytes()
    assert files.verified(bundle, files.WHOLE) == directory


@linux
def test_after_the_system_stopped_contents_are_compared_once(
    bundle: store.Bundle, packed: archive.Archive, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    directory = unpack.ensure(bundle, packed, files.WHOLE)
    lost = Path(directory, "pkg", "deep", "er", "data.txt")
    lost.write_bytes(bytes(lost.stat().st_size))  # what a file system may make of what was not on the disk
    _note(bundle, _booted(bundle))
    assert files.verified(bundle, files.WHOLE) == directory
    _stop_system(tmp_path, monkeypatch)
    assert files.verified(bundle, files.WHOLE) is None
    unpack.ensure(bundle, packed, files.WHOLE)
    assert tree(directory) == NAMES
    assert _booted(bundle) == b""
    _stop_system(tmp_path, monkeypatch)
    assert files.verified(bundle, files.WHOLE) == directory


@linux
def test_what_is_mended_under_a_manifest_that_lasts_is_on_the_disk(
    bundle: store.Bundle, packed: archive.Archive, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    directory = unpack.ensure(bundle, packed, files.WHOLE)
    _stop_system(tmp_path, monkeypatch)
    unpack.ensure(bundle, packed, files.WHOLE)
    synced = _recorded_syncs(monkeypatch, lambda file: os.readlink(f"/proc/self/fd/{file}"))
    _erase(Path(directory, "bin", "tool"))
    unpack.ensure(bundle, packed, files.WHOLE)
    assert synced[0] == os.path.join(directory, "bin", "tool")
    assert len(synced) == 2  # and the manifest
    assert _booted(bundle) == b""


def test_where_the_system_does_not_tell_its_runs_apart_all_is_on_the_disk(
    bundle: store.Bundle, packed: archive.Archive, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(files, "BOOT", str(tmp_path / "missing"))
    synced = _recorded_syncs(monkeypatch, lambda file: file)
    unpack.ensure(bundle, packed, files.WHOLE)
    assert len(synced) == len([name for name in NAMES if not name.endswith("/")]) + 1
    assert _booted(bundle) == b""


@posix
def test_macos_has_the_drive_write_all_that_it_was_given_before_the_manifest(
    bundle: store.Bundle, packed: archive.Archive, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    import fcntl  # not on Windows

    monkeypatch.setattr(files, "BOOT", str(tmp_path / "missing"))
    synced = _recorded_syncs(monkeypatch, lambda file: "file")
    monkeypatch.setattr(fcntl, "F_FULLFSYNC", "all", raising=False)
    ordinary = fcntl.fcntl
    monkeypatch.setattr(fcntl, "fcntl", lambda *words: synced.append("all") if "all" in words else ordinary(*words))
    unpack.ensure(bundle, packed, files.WHOLE)
    assert synced[-2:] == ["all", "file"]
    assert synced.count("all") == 1


def _recorded_syncs(monkeypatch: pytest.MonkeyPatch, name_of: Callable[[int], Any]) -> List[Any]:
    """Give a list to which what name_of gives of each file that is synced will be added."""
    synced: List[Any] = []
    ordinary = os.fsync
    monkeypatch.setattr(os, "fsync", lambda file: (synced.append(name_of(file)), ordinary(file)))
    return synced


def _booted(bundle: store.Bundle) -> bytes:
    kept = files.recorded(bundle, files.WHOLE)
    assert kept is not None
    boot: bytes = kept.index["boot"]
    return boot


def _note(bundle: store.Bundle, boot: bytes) -> None:
    """Write the manifest anew for the files as they are."""
    kept = files.recorded(bundle, files.WHOLE)
    assert kept is not None
    content = manifests.made(files.WHOLE, bundle.files(), manifests.said_in(kept).sums, kept.index["folders"], boot)
    Path(files.manifest_path(bundle, files.WHOLE)).write_bytes(content)


def _stop_system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on, let it seem to have been started again."""
    (tmp_path / "boot").write_bytes(os.urandom(8).hex().encode())
    monkeypatch.setattr(files, "BOOT", str(tmp_path / "boot"))


# Several at once, and killed ones.

WORKER = """
import sys
from mainspring import archive
from mainspring.storage import unpack
from mainspring.runtime import files, store
root, zip_path, word = sys.argv[1:]
bundle = store.Bundle(root, "ab" * 20, (1, 2, 3, 4, 5), zip_path)
with open(zip_path, "rb") as file:
    packed = archive.check("app.pyz", file.read())
if word == "without locks":
    unpack.locking.lock = lambda *_: None
print("ready", flush=True)
sys.stdin.readline()
directory = unpack.ensure(bundle, packed, files.WHOLE)
import os
for member in packed.members:
    path = os.path.join(directory, member.name)
    assert member.is_directory or open(path, "rb").read() == packed.read(member), path
print("right")
"""


def _workers(bundle: store.Bundle, zip_path: Path, number: int, word: str = "") -> "List[subprocess.Popen[str]]":
    words = [*PYTHON, "-c", WORKER, bundle.root, str(zip_path), word]
    pipes: Any = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "universal_newlines": True}
    workers = [subprocess.Popen(words, env=clean_environment(), **pipes) for _ in range(number)]
    for worker in workers:
        assert worker.stdout is not None
        assert worker.stdout.readline() == "ready\n"
    return workers


@pytest.fixture
def many(tmp_path: Path) -> Path:
    return make(tmp_path / "many.pyz", {f"p{i % 9}/m{i}.txt": os.urandom(200) * 9 for i in range(60)})


@pytest.mark.parametrize("word", ["", "without locks"])
def test_eight_at_once_are_all_right_and_leave_one_tree(word: str, bundle: store.Bundle, many: Path) -> None:
    for number in (2, 8):
        workers = _workers(bundle, many, number, word)
        said = [worker.communicate()[0] for worker in _told(workers)]
        assert said == ["right\n"] * number
        unpack.ensure(bundle, opened(many), files.WHOLE)
        assert files.verified(bundle, files.WHOLE)
        assert litter(bundle) == []
        shutil.rmtree(bundle.root)


def _told(workers: "List[subprocess.Popen[str]]") -> "List[subprocess.Popen[str]]":
    for worker in workers:
        assert worker.stdin is not None
        worker.stdin.write("go\n")
        worker.stdin.flush()
    return workers


@posix
def test_whoever_waits_for_the_lock_does_not_unpack_again(
    bundle: store.Bundle, packed: archive.Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer.prepare(bundle.root, store.BUNDLES)
    os.mkdir(bundle.path, 0o700)
    lock = locking.lock(os.path.join(bundle.path, "files.lock"), 1, lambda: False)
    assert lock is not None
    waiting = os.fork()
    if waiting == 0:
        os.close(lock)
        os._exit(0 if unpack.ensure(bundle, packed, files.WHOLE) else 1)
    monkeypatch.setattr(locking, "lock", lambda *_: None)
    time.sleep(0.05)
    directory = unpack.ensure(bundle, packed, files.WHOLE)
    numbers = _numbers(directory)
    os.close(lock)
    assert os.waitpid(waiting, 0)[1] == 0
    assert _numbers(directory) == numbers


def _numbers(directory: str) -> "Dict[str, int]":
    """Give the inode of each file below directory: another one stands there if it was written again."""
    paths = [os.path.join(folder, name) for folder, _, names in os.walk(directory) for name in names]
    return {path: os.stat(path).st_ino for path in paths}


@posix
def test_a_lock_that_is_never_given_back_is_waited_for_and_passed(
    bundle: store.Bundle, packed: archive.Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    unpack.ensure(bundle, packed, files.NATIVE)
    lock = locking.lock(os.path.join(bundle.path, "files.lock"), 1, lambda: False)
    monkeypatch.setattr(unpack, "PATIENCE", 0.1)
    assert tree(unpack.ensure(bundle, packed, files.WHOLE)) == NAMES
    assert lock is not None
    os.close(lock)


@posix
def test_where_there_are_only_the_locks_of_windows_one_has_it_and_others_wait(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from like_windows.windows_locks import MSVCRT  # not on Windows

    monkeypatch.setitem(sys.modules, "msvcrt", MSVCRT)
    monkeypatch.setitem(sys.modules, "fcntl", None)
    path = str(tmp_path / "files.lock")
    first = locking.lock(path, 0, lambda: False)
    assert first is not None
    assert locking.lock(path, 0.02, lambda: False) is None
    assert locking.lock(path, 60, lambda: True) is None
    assert locking.lock(path, 60, lambda: bool(os.close(first))) is not None  # type: ignore[func-returns-value]


def test_many_large_files_are_right_and_progress_is_told_in_order(bundle: store.Bundle, tmp_path: Path) -> None:
    contents = {f"p{i % 9}/m{i}.txt": os.urandom(9000) for i in range(400)}
    told: List[Any] = []
    directory = unpack.ensure(
        bundle, opened(make(tmp_path / "l.pyz", contents)), files.WHOLE, lambda *each: told.append(each)
    )
    assert tree(directory) == contents
    assert told == sorted(told)
    assert told[-1] == (400 * 9000, 400 * 9000)


def test_a_file_that_cannot_be_made_in_any_thread_is_an_error(bundle: store.Bundle, tmp_path: Path) -> None:
    packed = opened(make(tmp_path / "l.pyz", {f"m{i}.txt": os.urandom(9000) for i in range(400)}))
    damaged = packed.members[317]
    damaged.crc ^= 1
    with pytest.raises(Refusal, match="m317"):
        unpack.ensure(bundle, packed, files.WHOLE)
    assert files.verified(bundle, files.WHOLE) is None
    damaged.crc ^= 1
    assert len(tree(unpack.ensure(bundle, packed, files.WHOLE))) == 400


@posix
def test_a_hundred_killed_in_the_middle_leave_nothing_that_grows(bundle: store.Bundle, many: Path) -> None:
    chance = random.Random(9)
    checked = opened(many)
    began = time.monotonic()
    unpack.ensure(bundle, checked, files.WHOLE)
    usual = time.monotonic() - began
    for _ in range(100):
        doomed = bundle.path if chance.random() < 0.5 else os.path.join(bundle.files(), "p2")
        shutil.rmtree(doomed, ignore_errors=True)
        _kill_one(bundle, checked, chance.random() * usual)
        assert len(litter(bundle)) <= 2
        if chance.random() < 0.5:
            continue
        directory = unpack.ensure(bundle, checked, files.WHOLE)
        assert files.verified(bundle, files.WHOLE)
        assert litter(bundle) == []
        assert all(Path(directory, member.name).read_bytes() == checked.read(member) for member in checked.members)


def _kill_one(bundle: store.Bundle, checked: archive.Archive, moment: float) -> None:
    process = os.fork()
    if process == 0:
        try:
            unpack.ensure(bundle, checked, files.WHOLE)
        finally:
            os._exit(0)
    time.sleep(moment)
    os.kill(process, signal.SIGKILL)
    os.waitpid(process, 0)


def test_somebody_who_clears_the_store_meanwhile_is_put_up_with(bundle: store.Bundle, packed: archive.Archive) -> None:
    cleared: List[int] = []

    def clear_once(done: int, total: int) -> None:
        if done and not cleared:
            cleared.append(done)
            shutil.rmtree(bundle.path)

    assert tree(unpack.ensure(bundle, packed, files.WHOLE, clear_once)) == NAMES
    assert files.verified(bundle, files.WHOLE) == bundle.files()


# A store that cannot take it, and the directory aside.


@posix
def test_a_full_disk_is_an_error_without_litter(bundle: store.Bundle, packed: archive.Archive) -> None:
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        with limited("RLIMIT_FSIZE", 4000), pytest.raises(OSError, match="large"):
            unpack.ensure(bundle, packed, files.WHOLE)
        assert litter(bundle) == []
    finally:
        signal.signal(signal.SIGXFSZ, before)
    assert tree(unpack.ensure(bundle, packed, files.WHOLE)) == NAMES


@linux
def test_too_many_open_files_are_an_error_without_litter(bundle: store.Bundle, packed: archive.Archive) -> None:
    for more in range(4):
        low = os.dup(0)
        os.close(low)
        with contextlib.suppress(OSError), limited("RLIMIT_NOFILE", low + more):
            unpack.ensure(bundle, packed, files.WHOLE)
        assert litter(bundle) == []
    assert tree(unpack.ensure(bundle, packed, files.WHOLE)) == NAMES


UNPACKING = """
import sys
from mainspring import archive
from mainspring.storage import unpack
from mainspring.runtime import files, store
root, app = sys.argv[1:]
with open(app, "rb") as file:
    packed = archive.check("app.pyz", file.read())
try:
    unpack.ensure(store.Bundle(root, "ab" * 20, (1, 2, 3, 4, 5), app), packed, files.WHOLE)
except OSError as error:
    print(type(error).__name__)
"""


@posix
def test_a_store_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "store").mkdir(0o500)
    make(tmp_path / "app.pyz", NAMES)
    words = [*powerless(), *PYTHON, "-c", UNPACKING, str(tmp_path / "store"), str(tmp_path / "app.pyz")]
    assert run(words, tmp_path) == Ended(0, "PermissionError\n", "")
    assert list((tmp_path / "store").iterdir()) == []


def test_a_store_that_is_a_file_is_an_error(bundle: store.Bundle, packed: archive.Archive) -> None:
    Path(bundle.root).write_bytes(b"")
    with pytest.raises(OSError, match="."):
        unpack.ensure(bundle, packed, files.WHOLE)


ASIDE = """
import os, sys
from mainspring import archive
from mainspring.storage import unpack
with open(sys.argv[1], "rb") as file:
    packed = archive.check("app.pyz", file.read())
directory = unpack.aside(packed, sys.argv[2], "app.pyz")
if hasattr(os, "fork") and os.fork() == 0:
    sys.exit()
if hasattr(os, "fork"):
    os.wait()
print(directory, os.path.isfile(os.path.join(directory, "pkg", "win.pyd")), "tempfile" in sys.modules)
"""


def aside(tmp_path: Path, need: str, **env: str) -> List[str]:
    make(tmp_path / "app.pyz", NAMES)
    words = [*PYTHON, "-c", ASIDE, str(tmp_path / "app.pyz"), need]
    done = subprocess.run(words, env={**clean_environment(), **env}, stdout=subprocess.PIPE, universal_newlines=True)
    assert done.returncode == 0
    return done.stdout.split()


@pytest.mark.parametrize("need", [files.NATIVE, files.WHOLE])
def test_a_directory_aside_lives_as_long_as_its_process(need: str, tmp_path: Path) -> None:
    (tmp_path / "tmp").mkdir()
    directory, is_there, has_tempfile = aside(tmp_path, need, TMPDIR=str(tmp_path / "tmp"))
    assert Path(directory).parent == tmp_path / "tmp"
    assert (is_there, has_tempfile) == ("True", "False")
    assert list((tmp_path / "tmp").iterdir()) == []


@posix
def test_what_a_killed_process_left_aside_goes_after_a_day_unless_held(tmp_path: Path) -> None:
    base = tmp_path / "tmp"
    old, held, young = (temporaries.path_in(str(base), "mainspring-") for _ in range(3))
    users = [str(base / name) for name in ("other", "mainspring-0.1.0", "mainspring-of-my-own-0123")]
    for path in (old, held, young, *users):
        os.makedirs(path)
        os.chmod(path, 0o700)
        os.utime(path, None if path == young else (1, 1))
    files.hold(held)
    aside(tmp_path, files.NATIVE, TMPDIR=str(base))
    assert sorted(map(str, base.iterdir())) == sorted([held, young, *users])


def test_what_was_left_aside_where_nothing_can_be_locked_goes_after_a_month(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    day = 86400
    old, young = (temporaries.path_in(str(tmp_path), "mainspring-") for _ in range(2))
    for path, age in ((old, 31 * day), (young, 29 * day)):
        os.mkdir(path, 0o700)
        os.utime(path, (time.time() - age,) * 2)

    def denied(path: str, *_: object) -> None:
        raise PermissionError(errno.EACCES, "Access is denied", path)

    with monkeypatch.context() as windows:
        windows.setattr(os, "open", denied)  # of a directory, as there
        temporaries.sweep(str(tmp_path), "mainspring-")
    assert os.listdir(str(tmp_path)) == [os.path.basename(young)]


def test_no_place_at_all_is_a_refusal_with_the_reason(
    packed: archive.Archive, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for places in ([], [str(tmp_path / "missing")]):
        monkeypatch.setattr(temporaries, "places", lambda places=places: places)
        with pytest.raises(Refusal, match="real files") as raised:
            unpack.aside(packed, files.NATIVE, "app.pyz")
        assert raised.value.hint


@pytest.mark.parametrize(("name", "length", "is_told"), [("nt", 248, True), ("nt", 247, False), ("posix", 248, False)])
def test_a_path_that_is_too_long_for_windows_is_told_from_one_that_is_not_there(
    monkeypatch: pytest.MonkeyPatch, name: str, length: int, is_told: bool
) -> None:
    error = FileNotFoundError(errno.ENOENT, "No such file or directory", "new", None, "x" * length)
    with monkeypatch.context() as windows:
        windows.setattr(os, "name", name)
        words = trees.reason(error)
    assert words.startswith(f"a path would have {length} characters" if is_told else "No such file")


@pytest.mark.parametrize(("name", "is_moved"), [("nt", True), ("posix", False)])
@pytest.mark.parametrize("act", ["rename", "replace"])
def test_on_windows_what_others_have_open_is_moved_or_replaced_when_they_have_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, act: str, name: str, is_moved: bool
) -> None:
    write_tree(tmp_path, {"tree.new/a.txt": "", "file.new": "new", "file": "old"})
    denials = [PermissionError(errno.EACCES, "Access is denied")] * 2
    ordinary = getattr(os, act)

    def denied_at_first(before: str, after: str) -> None:
        if denials:
            raise denials.pop()
        ordinary(before, after)

    with monkeypatch.context() as windows, contextlib.suppress(PermissionError):
        windows.setattr(os, "name", name)
        windows.setattr(os, act, denied_at_first)
        if act == "rename":
            trees.settle(str(tmp_path / "tree.new"), str(tmp_path / "tree"), str(tmp_path))
        else:
            trees.replace(str(tmp_path / "file.new"), str(tmp_path / "file"))
    moved = (tmp_path / "tree" / "a.txt").exists() or (tmp_path / "file").read_text() == "new"
    assert moved is is_moved


@linux
def test_a_file_system_without_execution_is_known(tmp_path: Path) -> None:
    for line in Path("/proc/mounts").read_text().splitlines():
        place, _, options = line.split()[1:4]
        if os.path.ismount(place):
            assert trees.is_noexec(place) == ("noexec" in options.split(",")) or os.access(place, os.X_OK) is False
    assert not trees.is_noexec(str(tmp_path))
    assert not trees.is_noexec(str(tmp_path / "missing"))


# Holding.

HOLD = """
import os, sys
from mainspring.runtime import files
if sys.argv[2:]:
    import resource
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
for _ in range(3):
    files.hold(sys.argv[1])
files.hold(sys.argv[1] + "/missing")
print(os.dup(0), flush=True)
sys.stdin.readline()
files.let_go()
print("let go", flush=True)
sys.stdin.readline()
"""


def is_held(directory: Path) -> bool:
    hold = locking.Hold(str(directory))
    hold.release()
    return hold.is_by_others


@posix
@pytest.mark.parametrize("is_short_of_numbers", [False, True])
def test_a_held_directory_is_seen_until_it_is_let_go(is_short_of_numbers: bool, tmp_path: Path) -> None:
    words = [*PYTHON, "-c", HOLD, str(tmp_path), *["x"] * is_short_of_numbers]
    pipes: Any = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(words, env=clean_environment(), **pipes) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == (b"4\n" if is_short_of_numbers else b"3\n")
        assert is_held(tmp_path)
        assert process.stdin is not None
        process.stdin.write(b"\n")
        process.stdin.flush()
        assert process.stdout.readline() == b"let go\n"
        assert not is_held(tmp_path)
        process.communicate(b"\n")


# The bar.


class Terminal:
    """A terminal that remembers what was written."""

    def __init__(self, is_terminal: bool = True) -> None:
        self.is_terminal = is_terminal
        self.text = ""

    def isatty(self) -> bool:
        return self.is_terminal

    def write(self, text: str) -> None:
        self.text += text

    def flush(self) -> None:
        pass


def _bar(stream: Optional[Terminal], monkeypatch: pytest.MonkeyPatch, seconds: float) -> progress.Bar:
    bar = progress.Bar(stream, "unpacking")  # type: ignore[arg-type]
    now = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: now + seconds)
    for done in range(0, 101, 50):
        bar.tick(done, 100)
    bar.erase()
    return bar


def test_a_bar_appears_after_a_second_and_goes_without_a_trace(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    _bar(terminal, monkeypatch, 1.1)
    shown, blank, rest = terminal.text.split("\r")[1:]
    assert shown.startswith("unpacking [")
    assert shown.isascii()
    assert (len(shown), blank.strip(), rest) == (len(blank), "", "")


@posix
@pytest.mark.parametrize("columns", [60, 30, 17, 8])
def test_a_bar_stays_within_one_line_of_a_narrow_terminal(columns: int, monkeypatch: pytest.MonkeyPatch) -> None:
    import fcntl
    import pty
    import termios

    reading, writing = pty.openpty()
    fcntl.ioctl(writing, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    with open(writing, "w") as stream, progress.Bar(stream, "unpacking") as bar:
        monkeypatch.setattr("mainspring.progress._PAUSE", 0.0)
        bar._due = 0.0
        for done in range(11):
            bar.tick(done, 10)
        bar.say("what it may be, said at some length")
        bar.erase()
        stream.write("\n")
    said = b""
    with contextlib.suppress(OSError):  # which some systems have for the end
        while not said.endswith(b"\n"):
            said += os.read(reading, 4096)
    os.close(reading)
    lines = said.decode().split("\r")
    assert len(lines) > 10
    assert max(map(len, lines)) < columns


def test_a_bar_is_gone_before_it_is_said_why_something_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr("mainspring.progress._PATIENCE", 0.0)
    with pytest.raises(OSError, match="full"):
        with progress.Bar(terminal, "unpacking") as bar:  # type: ignore[arg-type]
            bar.tick(1, 2)
            raise OSError("the disk is full")
    _, shown, blank, rest = terminal.text.split("\r")
    assert (len(blank), blank.strip(), rest) == (len(shown), "", "")


@pytest.mark.parametrize(("is_terminal", "seconds"), [(True, 0.5), (False, 2)])
def test_a_bar_is_not_shown_early_nor_elsewhere(
    is_terminal: bool, seconds: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    terminal = Terminal(is_terminal)
    _bar(terminal, monkeypatch, seconds)
    _bar(None, monkeypatch, 2)
    assert terminal.text == ""
