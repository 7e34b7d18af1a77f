"""Archives and the store under faults: whatever fails, is lost, altered or taken away, programs run as without a store."""

import json
import marshal
import os
import random
import shutil
import stat
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Callable, Dict, List, Tuple

import pytest

from mainspring.runtime import image, store
from mainspring.storage import contents, keeper, verifier, writer
from support import (
    MAINSPRING,
    PYTHON,
    Ended,
    clean_environment,
    powerless,
    run,
    until,
    until_settled,
    write_tree,
    write_zip,
)

pytestmark = pytest.mark.faults
linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="of Linux")
root_only = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away and mount")

MAIN = """\
import sys
import one, two
import pack.three
print(one.V, two.V, pack.three.V, pack.three.data())
sys.stderr.write("said\\n")
sys.exit(3)
"""
THREE = (
    "import os\nV = 3\ndef data():\n    return __loader__.get_data(os.path.join(os.path.dirname(__file__), 'd.txt'))\n"
)
APP: Dict[str, Any] = {
    "__main__.py": MAIN,
    "one.py": "V = 1\n",
    "two.py": "V = 2\n",
    "pack/__init__.py": "",
    "pack/three.py": THREE,
    "pack/d.txt": "data",
}
FILES = {"app.pyz": APP, "native.pyz": {**APP, "pack/x.so": bytes(1500)}, "other.pyz": {**APP, "one.py": "V = 7\n"}}
STARTS = {"zipped": ["app.pyz"], "native": ["native.pyz"], "unpacked": ["--unpack", "app.pyz"]}
KINDS = sorted(STARTS)
EXPECTED = Ended(3, "1 2 3 b'data'\n", "said\n")
OTHER = EXPECTED._replace(out="7 2 3 b'data'\n")
EVIL = EXPECTED._replace(out="evil 2 3 b'data'\n")
NOBODY = 12345
SHARE = 3 if sys.version_info < (3, 10) else 1  # several hundred random faults on newer ones, a third on the oldest


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A directory with archives that are old enough for the store, an empty directory for what is temporary, and no store."""
    for name, members in FILES.items():
        write_zip(tmp_path / name, members)
    (tmp_path / "tmp").mkdir()
    until_settled()
    return tmp_path


def words(kind: str, *before: str) -> List[str]:
    return [*before, *MAINSPRING, *STARTS.get(kind, [kind])]


def environment(place: Path, **env: str) -> Dict[str, str]:
    return {"MAINSPRING_CACHE_DIR": str(place / "store"), "TMPDIR": str(place / "tmp"), **env}


def start(place: Path, kind: str, *before: str, **env: str) -> Ended:
    return run(words(kind, *before), place, env=environment(place, **env))


def launch(place: Path, kind: str, **env: str) -> "subprocess.Popen[bytes]":
    env = {**clean_environment(), **environment(place, **env)}
    pipes: Any = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.Popen(words(kind), cwd=str(place), env=env, **pipes)


def end(process: "subprocess.Popen[bytes]") -> Ended:
    out, err = process.communicate(timeout=60)
    return Ended(process.returncode, out.decode(), err.decode())


def at_once(act: Callable[[Any], Any], items: Any, number: int = 4) -> List[Any]:
    with ThreadPoolExecutor(number) as pool:
        return list(pool.map(act, items))


def everything(place: Path) -> List[str]:
    return sorted(path.relative_to(place).as_posix() for path in (place / "store").rglob("*"))


def found(place: Path, pattern: str) -> List[Path]:
    return sorted((place / "store").glob(pattern))


def litter(place: Path) -> List[str]:
    return [name for name in everything(place) if ".new" in name or ".gone" in name]


def damaged(place: Path) -> List[Tuple[str, str]]:
    """Give what `mainspring cache verify` would complain of."""
    return verifier.verify(str(place / "store")).damaged


def is_warm(place: Path, kind: str) -> bool:
    """Tell whether the next start of kind would take nothing from the archive itself."""
    before = {path: path.stat().st_ino for path in found(place, "*/*/*")}
    assert start(place, kind) == EXPECTED
    return before == {path: path.stat().st_ino for path in found(place, "*/*/*")} and bool(found(place, "*/*/*.image"))


# A small program that alters its own process and then becomes the command behind the word `--`.
BECOME = """
import os, resource, sys
end = sys.argv.index("--")
for name, value in zip(sys.argv[1:end:2], sys.argv[2:end:2]):
    if name == "umask":
        os.umask(int(value, 8))
    else:
        resource.setrlimit(getattr(resource, name), (int(value), int(value)))
os.execv(sys.argv[end + 1], sys.argv[end + 1:])
"""


def become(*settings: Any) -> List[str]:
    return [*PYTHON, "-c", BECOME, *map(str, settings), "--"]


def customized(place: Path, text: str) -> Dict[str, str]:
    """Give variables with which a process begins with text."""
    write_tree(place, {"custom/sitecustomize.py": text})
    return {"PYTHONPATH": str(place / "custom")}


@pytest.mark.parametrize("name", ["app.pyz", "native.pyz"])
def test_what_is_expected_is_what_python_says(name: str, place: Path) -> None:
    assert run([*PYTHON, name], place) == EXPECTED
    assert start(place, name, MAINSPRING_NO_CACHE="1") == EXPECTED


# A store that cannot be used.


@pytest.mark.parametrize("where", ["/proc/no", "/dev/null/no", "app.pyz", "app.pyz/below", "x" * 5000, "no/such/place"])
def test_a_store_that_cannot_be_made_is_no_error(where: str, place: Path) -> None:
    starts = at_once(lambda kind: start(place, kind, MAINSPRING_CACHE_DIR=where), KINDS * 2)
    assert starts == [EXPECTED] * 6
    assert list((place / "tmp").iterdir()) == []


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("mode", [0o500, 0o000])
def test_a_store_that_cannot_be_written_or_entered_is_no_error(mode: int, kind: str, place: Path) -> None:
    (place / "store").mkdir()
    (place / "store").chmod(mode)
    assert [start(place, kind, *powerless()) for _ in range(2)] == [EXPECTED] * 2
    assert everything(place) == []
    (place / "store").chmod(0o700)
    start(place, kind)
    for path in (place / "store").rglob("*"):
        path.chmod(mode)
    assert start(place, kind, *powerless()) == EXPECTED


def mounted(place: Path, command: str) -> List[str]:
    """Give words before a command that give it a world of its own, with command done in it."""
    (place / "store").mkdir(0o700, exist_ok=True)
    before = ["unshare", "-m", "sh", "-c", f'{command} && exec "$@"', "sh"]
    if not shutil.which("unshare") or subprocess.run([*before, "true"], cwd=str(place)).returncode:
        pytest.skip("nothing can be mounted here")
    return before


@linux
@root_only
@pytest.mark.parametrize("kind", KINDS)
def test_a_read_only_file_system_is_no_error(kind: str, place: Path) -> None:
    before = mounted(place, "mount --bind store store && mount -o remount,ro,bind store")
    assert [start(place, kind, *before) for _ in range(2)] == [EXPECTED] * 2
    assert everything(place) == []
    assert start(place, kind) == start(place, kind, *before) == EXPECTED


TWICE = '"$@" >first 2>&1; echo $? >>first'


@linux
@root_only
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("size", [4, 12, 24])
def test_a_disk_that_is_full_after_a_few_kilobytes_is_no_error(size: int, kind: str, place: Path) -> None:
    before = mounted(place, f"mount -t tmpfs -o size={size}k,mode=700 none store && {{ {TWICE}; }}")
    assert start(place, kind, *before) == EXPECTED
    assert sorted((place / "first").read_text().splitlines()) == ["1 2 3 b'data'", "3", "said"]


# Not ours, not used.


def poison(place: Path, kind: str = "zipped") -> Path:
    """Put another module's code into the image of a store, as somebody might who can write there; give its path."""
    for _ in range(2):
        start(place, kind)
    [path] = found(place, f"bundles-1/*/{kind}-*.image")
    old = image.open_image(str(path))
    assert old is not None
    evil = marshal.dumps(compile("V = 'evil'", "one.py", "exec"))
    modules = {"one": ("one.py", False, (0, len(evil), image.checksum(evil)))}
    index = {
        **old.index,
        "modules": modules,
        "library": {},
        "quiet": [],
        "patterns": None,
        "texts": None,
        "members": None,
    }
    writer.write(str(path), image.head(marshal.dumps(index)), evil)
    return path


def mislead(place: Path) -> Path:
    """Let the record of app.pyz lead to the entry of other.pyz; give its path."""
    for target in ("zipped", "other.pyz", "other.pyz"):
        start(place, target)
    identity = store.identity_of((place / "app.pyz").stat())
    records = {path.name: contents.read_record(str(path)) for path in found(place, "paths-1/*")}
    path = Path(store.record_path(str(place / "store"), identity))
    [key] = [known[1] for name, known in records.items() if known is not None and name != path.name]
    wrong = store.Bundle(str(place / "store"), key, identity, str(place / "app.pyz"))
    writer.write(str(path), wrong.record())
    return path


def _give_away(path: Path) -> None:
    os.chown(str(path), NOBODY, NOBODY)


def _link(path: Path) -> None:
    path.rename(path.parent.parent / "elsewhere")
    path.symlink_to(path.parent.parent / "elsewhere")


def _instead(make: Callable[[str], Any]) -> Callable[[Path], None]:
    def replace(path: Path) -> None:
        shutil.rmtree(str(path)) if path.is_dir() else path.unlink()
        make(str(path))

    return replace


STRANGE: Dict[str, Callable[[Path], Any]] = {
    "somebody else's": _give_away,
    "a link": _link,
    "writable by all": lambda path: path.chmod(0o777),
    "writable by a group": lambda path: path.chmod(0o770),
}
IN_PLACE: Dict[str, Callable[[Path], Any]] = {
    "a directory": _instead(os.mkdir),
    "a pipe": _instead(os.mkfifo),
    "a link to nothing": _instead(lambda path: os.symlink("nowhere", path)),
    "a link to a device": _instead(lambda path: os.symlink("/dev/zero", path)),
}


@pytest.mark.parametrize("way", sorted(STRANGE))
@pytest.mark.parametrize("what", ["root", "folder", "entry", "image"])
def test_code_in_what_is_not_ours_is_never_used(what: str, way: str, place: Path) -> None:
    path = poison(place)
    assert start(place, "zipped") == EVIL
    if way == "somebody else's" and os.geteuid() != 0:
        pytest.skip("only root can give files away")
    STRANGE[way]({"root": place / "store", "folder": path.parent.parent, "entry": path.parent, "image": path}[what])
    assert [start(place, "zipped") for _ in range(2)] == [EXPECTED] * 2


@pytest.mark.parametrize("way", sorted(set(STRANGE) - {"somebody else's"}))
def test_a_folder_of_records_that_others_can_change_is_made_anew(way: str, place: Path) -> None:
    path = mislead(place)
    assert start(place, "zipped") == OTHER
    STRANGE[way](path.parent)
    assert [start(place, "zipped") for _ in range(2)] == [EXPECTED] * 2
    assert damaged(place) == []


@pytest.mark.parametrize("way", sorted(STRANGE))
def test_a_record_that_is_not_ours_is_never_followed(way: str, place: Path) -> None:
    path = mislead(place)
    assert start(place, "zipped") == OTHER
    if way == "somebody else's" and os.geteuid() != 0:
        pytest.skip("only root can give files away")
    STRANGE[way](path)
    assert [start(place, "zipped") for _ in range(2)] == [EXPECTED] * 2


@pytest.mark.parametrize("way", sorted(IN_PLACE))
@pytest.mark.parametrize("kind", KINDS)
def test_what_is_no_file_is_neither_followed_nor_waited_for(kind: str, way: str, place: Path) -> None:
    for _ in range(2):
        start(place, kind)
    for path in [*found(place, "*"), *found(place, "*/*"), *found(place, "*/*/*")]:
        if path.exists() and (path.is_file() or way != "a directory"):
            shutil.copytree(str(place / "store"), str(place / "kept"), symlinks=True)
            IN_PLACE[way](path)
            assert start(place, kind) == EXPECTED, path
            shutil.rmtree(str(place / "store"))
            (place / "kept").rename(place / "store")


# Faults of the system.


@pytest.mark.parametrize(("kind", "sizes"), [("zipped", [0, 1, 89, 100, 130, 500, 1000]), ("native", [1500, 1600])])
def test_a_write_that_is_cut_short_is_no_error_and_leaves_no_litter(kind: str, sizes: List[int], place: Path) -> None:
    for size in sizes:
        before = become("RLIMIT_FSIZE", size)
        assert [start(place, kind, *before) for _ in range(2)] == [EXPECTED] * 2
        assert litter(place) == []
        assert start(place, kind) == start(place, kind) == EXPECTED
        assert damaged(place) == []
        shutil.rmtree(str(place / "store"))


@pytest.mark.parametrize("kind", KINDS)
def test_whoever_has_too_few_descriptors_for_a_store_runs_without(kind: str, place: Path) -> None:
    for number in range(5 if kind == "zipped" else 7, 10):
        before = become("RLIMIT_NOFILE", number)
        by_python = run([*before, *PYTHON, STARTS[kind][-1]], place)
        if by_python == EXPECTED:
            assert [start(place, kind, *before) for _ in range(2)] == [EXPECTED] * 2
    assert start(place, kind) == EXPECTED


FAILING = """
import atexit, builtins, errno, os
below = os.environ["MAINSPRING_CACHE_DIR"]
number, kind = int(os.environ["FAIL_AT"]), os.environ["FAIL_WITH"]
counted, files = [], set()
def failing(name, call):
    def wrapped(*args, **kwargs):
        if args[:1] and (args[0] in files or (isinstance(args[0], str) and args[0].startswith(below))):
            counted.append(name)
            if len(counted) == number:
                raise OSError(getattr(errno, kind), os.strerror(getattr(errno, kind)), args[0])
            made = call(*args, **kwargs)
            if name == "open" and isinstance(made, int):
                files.add(made)
            return made
        return call(*args, **kwargs)
    return wrapped
def close(file, call=os.close):
    files.discard(file)
    call(file)
builtins.open = failing("stream", open)
os.close = close
for name in ("open mkdir makedirs replace rename unlink rmdir stat lstat fstat read write fsync link symlink utime "
             "chmod fchmod access listdir scandir lseek statvfs").split():
    setattr(os, name, failing(name, getattr(os, name)))
def tell(pid=os.getpid(), write=open):
    with write(os.environ["FAIL_TOLD"], "w") as file:
        file.write(str(len(counted)))
atexit.register(tell)
"""


def failing_start(place: Path, kind: str, number: int, error: str, name: str) -> Tuple[Ended, int]:
    """Start kind with a store of that name, in which a call with that number fails; say how many calls there were."""
    env = {"MAINSPRING_CACHE_DIR": str(place / name), "PYTHONPATH": str(place / "custom")}
    env.update(FAIL_AT=str(number), FAIL_WITH=error, FAIL_TOLD=str(place / f"told-{name}"))
    ended = start(place, kind, **env)
    return ended, int((place / f"told-{name}").read_text())


@pytest.mark.parametrize("kind", KINDS)
def test_every_call_that_fails_in_a_first_start_leaves_this_and_the_next_right(kind: str, place: Path) -> None:
    customized(place, FAILING)
    ended, calls = failing_start(place, kind, 0, "EIO", "count")
    assert (ended, calls > 30) == (EXPECTED, True)

    def check(number: int) -> List[Ended]:
        error = ("ENOSPC", "EIO", "EACCES")[number % 3]
        first = failing_start(place, kind, number, error, f"s{number}")[0]
        return [first, start(place, kind, MAINSPRING_CACHE_DIR=str(place / f"s{number}"))]

    numbers = range(1, calls + 1, 1 if calls < 60 else 2)
    wrong = {number: ended for number, ended in zip(numbers, at_once(check, numbers)) if ended != [EXPECTED] * 2}
    assert wrong == {}


@pytest.mark.parametrize("kind", KINDS)
def test_every_call_that_fails_in_a_later_start_leaves_it_right(kind: str, place: Path) -> None:
    customized(place, FAILING)
    for _ in range(3):
        ended, calls = failing_start(place, kind, 0, "EIO", "store")
    assert (ended, calls > 2) == (EXPECTED, True)

    def check(number: int) -> Ended:
        error = ("ENOSPC", "EIO", "EACCES")[number % 3]
        shutil.copytree(str(place / "store"), str(place / f"s{number}"))
        return failing_start(place, kind, number, error, f"s{number}")[0]

    assert set(at_once(check, range(1, calls + 1))) == {EXPECTED}


NO_LOCKS = """
import errno, fcntl
def no(*_):
    raise OSError(errno.ENOLCK, "no locks available")
fcntl.flock = fcntl.lockf = no
"""


@pytest.mark.parametrize("kind", KINDS)
def test_where_locks_do_not_work_all_is_as_ever(kind: str, place: Path) -> None:
    env = customized(place, NO_LOCKS)
    assert at_once(lambda _: start(place, kind, **env), range(8), 8) == [EXPECTED] * 8
    assert litter(place) == []
    assert is_warm(place, kind)
    assert damaged(place) == []


@pytest.mark.parametrize("kind", KINDS)
def test_without_a_home_there_is_no_store_and_no_error(kind: str, place: Path) -> None:
    before = ["env", "-u", "HOME", "-u", "MAINSPRING_CACHE_DIR"]
    assert [start(place, kind, *before) for _ in range(2)] == [EXPECTED] * 2
    assert everything(place) == list((place / "tmp").iterdir()) == []


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("umask", ["777", "277", "000"])
def test_an_odd_umask_is_no_error_now_or_later(umask: str, kind: str, place: Path) -> None:
    before = [*powerless(), *become("umask", umask)]
    assert [start(place, kind, *before) for _ in range(2)] == [EXPECTED] * 2
    assert [start(place, kind, *powerless()) for _ in range(2)] == [EXPECTED] * 2
    others = [path for path in (place / "store").rglob("*") if "files" not in path.parent.parts or path.is_dir()]
    assert all(not stat.S_IMODE(path.stat().st_mode) & 0o077 for path in others)


CLOCK = """
import os, time
off = int(os.environ["CLOCK_OFF"]) * 365 * 86400
def shifted(call, by):
    return lambda: call() + by
time.time, time.time_ns = shifted(time.time, off), shifted(time.time_ns, off * 10**9)
"""


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("years", [10, -10])
def test_a_clock_that_is_ten_years_off_is_no_error(years: int, kind: str, place: Path) -> None:
    env = {**customized(place, CLOCK), "CLOCK_OFF": str(years)}
    starts = [env, env, {}, {}, env]
    assert [start(place, kind, **each) for each in starts] == [EXPECTED] * 5
    assert litter(place) == []
    assert damaged(place) == []


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seconds", [-(10**9), 0, 8588000000])
def test_files_of_1938_1970_and_2242_are_no_error(seconds: int, kind: str, place: Path) -> None:
    os.utime(str(place / STARTS[kind][-1]), (seconds, seconds))
    until_settled()
    for _ in range(2):
        assert [start(place, kind) for _ in range(2)] == [EXPECTED] * 2
        for path in [place / "store", *(place / "store").rglob("*")]:
            os.utime(str(path), (seconds, seconds))
    assert [start(place, kind) for _ in range(2)] == [EXPECTED] * 2
    assert damaged(place) == []


# Killed ones, and many at once.


@pytest.mark.parametrize(("kind", "batches"), [("zipped", 18 // SHARE), ("unpacked", 12 // SHARE)])
def test_starts_that_are_killed_at_any_moment_leave_the_next_right_and_nothing_that_grows(
    kind: str, batches: int, place: Path
) -> None:
    dice = random.Random(20240229)
    began = time.monotonic()
    assert {end(process) for process in [launch(place, kind) for _ in range(8)]} == {EXPECTED}
    usual = time.monotonic() - began
    for _ in range(batches):
        shutil.rmtree(str(place / "store"))
        _kill([launch(place, kind) for _ in range(8)], sorted(dice.uniform(0.1, 1.1) * usual for _ in range(8)))
        assert start(place, kind) == EXPECTED
        assert len(litter(place)) <= 8
    assert is_warm(place, kind) or is_warm(place, kind)
    for path in (place / "store").rglob("*"):
        os.utime(str(path), (time.time() - 7200, time.time() - 7200)) if ".new" in path.name else None
    keeper.prune(str(place / "store"))
    assert litter(place) == damaged(place) == []


def _kill(processes: "List[subprocess.Popen[bytes]]", moments: List[float]) -> None:
    began = time.monotonic()
    for process, moment in zip(processes, moments):
        time.sleep(max(0.0, began + moment - time.monotonic()))
        process.kill()
    for process in processes:
        process.communicate()


@pytest.mark.parametrize("kind", ["zipped", "unpacked"])
def test_two_hundred_starts_at_once_are_right_and_leave_one_entry(kind: str, place: Path) -> None:
    processes = [launch(place, kind) for _ in range(200)]
    ended = [end(process) for process in processes]
    assert [each for each in ended if each != EXPECTED] == []
    assert (len(found(place, "paths-1/*")), len(found(place, "bundles-1/*"))) == (1, 1)
    assert len(found(place, "bundles-1/*/*.image")) == 1
    assert litter(place) == damaged(place) == []
    assert is_warm(place, kind)


# Damage.

# Forks off a process for each start that it is told of, and says how that ended: what python needs to begin is spared.
SERVER = """
import json, os, runpy, sys, zipimport, zlib
for line in sys.stdin:
    asked = json.loads(line)
    if not os.fork():
        os.environ.update(asked["env"])
        os.chdir(asked["cwd"])
        for number, name in enumerate(("stdin", "out", "err")):
            os.dup2(os.open(os.path.join(asked["cwd"], "tmp", name), os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600), number)
        sys.argv = sys.orig_argv = ["-m", *asked["words"]]
        runpy._run_module_as_main("mainspring")
        sys.exit()
    print(os.wait()[1] >> 8, flush=True)
"""


class Server:
    """A process that starts mainspring often and fast, in the directory place."""

    def __init__(self, place: Path) -> None:
        self.place = place
        pipes: Any = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "universal_newlines": True}
        self.process = subprocess.Popen([*PYTHON, "-W", "ignore", "-c", SERVER], env=clean_environment(), **pipes)

    def start(self, kind: str) -> Ended:
        assert self.process.stdin is not None and self.process.stdout is not None
        env = environment(self.place)
        self.process.stdin.write(
            json.dumps({"env": env, "cwd": str(self.place), "words": STARTS.get(kind, [kind])}) + "\n"
        )
        self.process.stdin.flush()
        status = int(self.process.stdout.readline())
        return Ended(status, *[(self.place / "tmp" / name).read_text() for name in ("out", "err")])

    def __enter__(self) -> "Server":
        return self

    def __exit__(self, *_: object) -> None:
        self.process.communicate()


def _flip(path: Path, dice: random.Random) -> None:
    content = bytearray(path.read_bytes() or b"x")
    content[dice.randrange(len(content))] ^= 1 << dice.randrange(8)
    path.write_bytes(bytes(content))


def _take_place(path: Path, dice: random.Random) -> None:
    root = next(parent for parent in path.parents if parent.name == "store")
    others = sorted(other for other in root.rglob("*") if other.is_file() and not other.is_symlink())
    path.write_bytes(dice.choice(others).read_bytes())


def _random_bytes(path: Path, dice: random.Random) -> None:
    path.write_bytes(bytes(dice.randrange(256) for _ in range(path.stat().st_size)))


DAMAGES: List[Callable[[Path, random.Random], Any]] = [
    lambda path, dice: path.unlink(),
    lambda path, dice: path.write_bytes(path.read_bytes()[: dice.randrange(path.stat().st_size + 1)]),
    lambda path, dice: path.write_bytes(path.read_bytes() + b"more"),
    lambda path, dice: path.write_bytes(bytes(path.stat().st_size)),
    lambda path, dice: path.write_bytes(b""),
    lambda path, dice: _instead(os.mkdir)(path),
    _random_bytes,
    _flip,
    _flip,
    _take_place,
    _take_place,
]


def damage(place: Path, dice: random.Random) -> str:
    """Do something bad to the store; say what."""
    files = [path for path in found(place, "**/*") if path.is_file()]
    kind = dice.randrange(12)
    if kind == 0:
        doomed = dice.choice([place / "store", *found(place, "*"), *found(place, "*/*"), *found(place, "*/*/*")])
        shutil.rmtree(str(doomed)) if doomed.is_dir() else doomed.unlink()
        return f"removed {doomed}"
    if kind == 1:
        doomed = dice.choice([path for path in [place / "store", *found(place, "**/*")] if path.is_dir()])
        for path in doomed.iterdir():
            shutil.rmtree(str(path)) if path.is_dir() else path.unlink()
        return f"emptied {doomed}"
    if kind == 2:
        for path in dice.sample(files, len(files) // 2):
            path.unlink()
        return "half of all files are gone"
    if kind == 3:
        doomed = dice.choice([path for path in found(place, "**/*") if path.is_dir()])
        shutil.rmtree(str(doomed))
        doomed.write_bytes(b"in the way")
        return f"a file instead of {doomed}"
    path, number = dice.choice(files), dice.randrange(len(DAMAGES))
    DAMAGES[number](path, dice)
    return f"damage {number} to {path}"


def harmful(place: Path) -> List[Tuple[str, str]]:
    """Give what is damaged, without that which later starts do not read, and which first starts make anew."""
    unread = (keeper.STAMP, "CACHEDIR.TAG", "floors-1")
    return [each for each in damaged(place) if not each[0].startswith(unread) and "there is more" not in each[1]]


@pytest.mark.parametrize(("kind", "number"), [("zipped", 90), ("native", 51), ("unpacked", 69)])
def test_every_random_damage_leaves_the_next_start_right_and_is_mended(kind: str, number: int, place: Path) -> None:
    number //= SHARE
    dice = random.Random(number)
    with Server(place) as server:
        for target in ("other.pyz", kind, kind):
            server.start(target)
        for _ in range(number):
            done = damage(place, dice)
            assert (done, server.start(kind), server.start(kind)) == (done, EXPECTED, EXPECTED)
            if harmful(place):
                assert (done, server.start("other.pyz"), server.start("other.pyz")) == (done, OTHER, OTHER)
            assert (done, harmful(place)) == (done, [])
        for folder in ("floors-1", "bundles-1"):
            shutil.rmtree(str(place / "store" / folder), ignore_errors=True)
        assert [server.start(target) for target in (kind, kind, "other.pyz")] == [EXPECTED, EXPECTED, OTHER]
        assert damaged(place) == []
        assert is_warm(place, kind) or is_warm(place, kind)  # another process has other modules loaded already


# Other content.


def pair(path: Path, number: int) -> Path:
    """Write an archive that prints a number twice, from two modules; the size is always the same."""
    main = "import one\nimport time\ntime.sleep(0.01)\nimport two\nprint(one.V, two.V)\n"
    return write_zip(
        path, {"__main__.py": main, "one.py": f"V = {number}\n", "two.py": f"V = {number}\n"}, deflated=False
    )


@pytest.mark.parametrize("is_renamed", [False, True])
@pytest.mark.parametrize("options", [[], ["--unpack"]])
def test_other_content_of_the_same_size_and_time_is_another_program(
    options: List[str], is_renamed: bool, place: Path
) -> None:
    path, other = pair(place / "pair.pyz", 1), pair(place / "new", 2)
    until_settled()
    for content, expected in ((None, "1 1\n"), (other.read_bytes(), "2 2\n"), (path.read_bytes(), "1 1\n")):
        times = path.stat()
        if content is not None:
            (other if is_renamed else path).write_bytes(content)
            other.replace(path) if is_renamed else None
            os.utime(str(path), ns=(times.st_atime_ns, times.st_mtime_ns))
        assert (times.st_size, times.st_mtime_ns) == (path.stat().st_size, path.stat().st_mtime_ns)
        for _ in range(3):
            assert run([*MAINSPRING, *options, "pair.pyz"], place, env=environment(place)) == Ended(0, expected, "")


def test_while_a_bundle_is_swapped_every_run_is_wholly_one_or_the_other(place: Path) -> None:
    pair(place / "pair.pyz", 0)
    both = [pair(place / f"pair{number}", number).read_bytes() for number in range(2)]
    running = [launch(place, "pair.pyz") for _ in range(8)]
    ended = []
    for number in range(200):
        (place / "new").write_bytes(both[number % 2])
        (place / "new").replace(place / "pair.pyz")
        time.sleep(0.012)
        if number % 2:
            ended.append(end(running.pop(0)))
            running.append(launch(place, "pair.pyz"))
    ended += [end(process) for process in running]
    whole = {Ended(0, "0 0\n", ""), Ended(0, "1 1\n", "")}
    # A run that is caught between two modules ends with an error that names the archive, before it says anything.
    caught = [each for each in ended if each not in whole]
    assert [each for each in caught if each.status != 1 or each.out or "pair.pyz" not in each.err] == []
    assert len(caught) < len(ended) // 2


REPLACED = "import os, sys\nos.replace('new', sys.argv[0])\nimport late\nprint(late.V)\n"


@pytest.mark.parametrize("is_warm_start", [False, True])
def test_a_bundle_that_was_replaced_under_its_program_is_no_source_of_modules(is_warm_start: bool, place: Path) -> None:
    write_zip(place / "r.pyz", {"__main__.py": REPLACED, "late.py": "V = 'first'\n"})
    for _ in range(3 if is_warm_start else 1):
        write_zip(place / "new", {"__main__.py": "", "late.py": "V = 'other'\n"})
        shutil.copy(str(place / "r.pyz"), str(place / "kept"))
        until_settled()
        ended = start(place, "r.pyz")
        (place / "kept").replace(place / "r.pyz")
        assert (ended.status, ended.out) == (1, "")
        last = ended.err.splitlines()[-1]
        assert last.startswith("zipimport.ZipImportError: ") and "r.pyz' was replaced while" in last


CHANGING = """\
import os, sys
acts = {
    "touch": lambda path: os.utime(path),
    "chmod": lambda path: os.chmod(path, 0o700),
    "link": lambda path: os.link(path, sys.argv[2]),
    "copy": lambda path: os.replace("copy", path),
    "remove": os.unlink,
    "nothing": lambda path: None,
}
acts[sys.argv[1]](sys.argv[0])
try:
    import nowhere
except ImportError as error:
    print(error)
import pkgutil, pack.three
print(pkgutil.get_data("pack", "d.txt"))
import late
print(late.V)
"""


@pytest.mark.parametrize("act", ["touch", "chmod", "link", "copy", "remove"])
def test_a_warm_program_sees_what_python_sees_when_its_archive_gets_other_times_or_goes(act: str, place: Path) -> None:
    archive = write_zip(place / "c.pyz", {**APP, "__main__.py": CHANGING, "late.py": "V = 'late'\n"})
    shutil.copy(str(archive), str(place / "kept"))
    until_settled()
    for _ in range(3):
        assert run([*MAINSPRING, "c.pyz", "nothing"], place, env=environment(place)).status == 0
    ends = []
    for number, launcher in enumerate((MAINSPRING, PYTHON)):
        shutil.copy(str(place / "kept"), str(place / "copy"))
        ends.append(run([*launcher, "c.pyz", act, f"{number}.link"], place, env=environment(place)))
        shutil.copy(str(place / "kept"), str(archive))
    ours, by_python = ends
    assert (ours.status, ours.out) == (by_python.status, by_python.out)
    assert ours.err.splitlines()[-1:] == by_python.err.splitlines()[-1:]


TELLING = "import one, pack.three, sys\nprint(__file__, one.__file__, pack.three.__file__, sys.argv)\none.fail()\n"


@pytest.mark.parametrize("is_copy", [False, True])
def test_a_bundle_at_another_place_says_so_and_needs_no_second_image(is_copy: bool, place: Path) -> None:
    write_zip(place / "t.pyz", {**APP, "__main__.py": TELLING, "one.py": "def fail():\n    1/0\n"})
    until_settled()
    first = [start(place, "t.pyz") for _ in range(2)]
    images = found(place, "*/*/*.image")
    before = [path.stat().st_mtime_ns for path in images]
    (shutil.copy if is_copy else os.rename)(str(place / "t.pyz"), str(place / "moved.pyz"))  # type: ignore[operator]
    until_settled()
    moved = [start(place, "moved.pyz") for _ in range(2)]
    by_python = run([*PYTHON, "moved.pyz"], place)
    assert moved == [Ended(1, by_python.out, text.replace("t.pyz", "moved.pyz")) for _, _, text in first]
    assert by_python.out == first[0].out.replace("t.pyz", "moved.pyz")
    assert found(place, "*/*/*.image") == images
    assert [path.stat().st_mtime_ns for path in images] == before


DAEMON = """\
import importlib.util, os, sys, time
parent = os.getpid()
if os.fork():
    sys.exit()
while os.getppid() == parent:
    time.sleep(0.01)
time.sleep(0.3)  # in which it removes what it wants to
spec = importlib.util.find_spec("pack.x")
with open("new", "w") as file:
    file.write(f"{os.path.exists(spec.origin)} {os.getcwd() in spec.origin}")
os.replace("new", "said")
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there are no such processes here")
def test_without_a_store_a_forked_process_has_its_files_when_its_parent_has_ended(place: Path) -> None:
    write_zip(place / "daemon.pyz", {**FILES["native.pyz"], "__main__.py": DAEMON})
    assert start(place, "daemon.pyz", MAINSPRING_NO_CACHE="1") == Ended(0, "", "")
    patience = time.monotonic() + 60
    while not (place / "said").exists():
        assert time.monotonic() < patience
        time.sleep(0.05)
    assert (place / "said").read_text() == "True True"


CLOSING = """\
import importlib.util, os
origin = importlib.util.find_spec("pack.x").origin
os.closerange(3, 4096)
opened = [open(f"f{number}", "w") for number in range(120)]
for file in opened:
    file.write("data")
os.stat(origin)
"""


@pytest.mark.skipif(os.name == "nt", reason="files that are not closed cannot be removed there")
@pytest.mark.parametrize("use_store", [True, False])
def test_a_program_that_closes_all_descriptors_has_those_that_it_opens(use_store: bool, place: Path) -> None:
    write_zip(place / "closing.pyz", {**FILES["native.pyz"], "__main__.py": CLOSING})
    (place / "temporary").mkdir()
    variables = {"TMPDIR": str(place / "temporary"), **({} if use_store else {"MAINSPRING_NO_CACHE": "1"})}
    for _ in range(2):
        assert start(place, "closing.pyz", **variables) == Ended(0, "", "")
        assert {(place / f"f{number}").read_text() for number in range(120)} == {"data"}
    assert list((place / "temporary").iterdir()) == []


# What the program itself writes beside its modules.

WRITING = """\
import importlib, os, sys, time
path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "pack", "gen.py")
act, value = sys.argv[1:]
def show():
    try:
        print(act, importlib.import_module("pack.gen").V)
    except ImportError as error:
        print(act, error)
def write():
    time.sleep(0.03)  # so that its folder has another time
    with open(path, "w") as file:
        file.write(f"V = {value!r}\\n")
if act == "delete":
    os.unlink(path)
if act in ("fail and write", "fail, write and say so"):
    show()
if act not in ("read", "delete"):
    write()
if act in ("write and say so", "fail, write and say so"):
    importlib.invalidate_caches()
show()
"""
WRITES = [
    *(("write and say so", "aaa"), ("read", ""), ("read", ""), ("write", "bbb"), ("read", ""), ("write", "ccc")),
    *(("delete", ""), ("read", ""), ("read", ""), ("fail, write and say so", "ddd"), ("read", ""), ("delete", "")),
    *(("read", ""), ("read", ""), ("fail and write", "eee"), ("write", "fff"), ("read", "")),
]


def test_modules_that_an_unpacked_program_writes_are_as_under_python(place: Path) -> None:
    files = {**APP, "__main__.py": WRITING}
    write_zip(place / "w.pyz", files)
    write_tree(place / "w", files)
    until_settled()
    for words in [("read", ""), ("read", ""), *WRITES]:
        ours = run([*MAINSPRING, "--unpack", "w.pyz", *words], place, env=environment(place))
        assert ours == run([*PYTHON, "-B", "w", *words], place), words  # without bytecode, which could be of the last


# Taken away.

WAITING = """\
import os, sys, time
open(f"started-{sys.argv[1]}", "w").close()
while not os.path.exists("go"):
    time.sleep(0.02)
import pack.three
print(pack.three.V, pack.three.data(), open(os.path.join(os.path.dirname(__file__), "pack", "d.txt")).read()
      if os.path.isdir(os.path.dirname(__file__)) else "")
"""


@pytest.mark.parametrize("command", [["clear"], ["prune", "--max-age=0"]])
def test_fifty_unpacked_programs_notice_nothing_when_the_store_is_cleared(command: List[str], place: Path) -> None:
    write_zip(place / "wait.pyz", {**APP, "__main__.py": WAITING})
    until_settled()
    (place / "go").touch()
    wait = [*MAINSPRING, "--unpack", "wait.pyz"]
    expected = Ended(0, "3 b'data' data\n", "")
    assert [run([*wait, "warm"], place, env=environment(place)) for _ in range(2)] == [expected] * 2
    (place / "go").unlink()
    env = {**clean_environment(), **environment(place)}
    pipes: Any = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "cwd": str(place), "env": env}
    running = [subprocess.Popen([*wait, str(number)], **pipes) for number in range(50)]
    until(lambda: len(list(place.glob("started-*"))) >= 51)
    assert run([*MAINSPRING, "cache", *command], place, env=environment(place)).status == 0
    (place / "go").touch()
    assert {end(process) for process in running} == {expected}
    assert run([*wait, "again"], place, env=environment(place)) == expected


@pytest.mark.parametrize("kind", KINDS)
def test_an_archive_that_is_gone_or_unreadable_is_refused_as_by_python(kind: str, place: Path) -> None:
    path = place / STARTS[kind][-1]
    if os.geteuid() == 0:
        path.chmod(0)  # so that its status stays as the store knows it, but not the power to read it
        until_settled()
    for _ in range(2):
        start(place, kind)
    path.chmod(0) if os.geteuid() else None
    refused = run([*powerless(), *PYTHON, path.name], place)
    assert (refused.status, "Permission denied" in refused.err) == (2, True)
    assert start(place, kind, *powerless()) == refused
    path.unlink()
    assert start(place, kind) == run([*PYTHON, path.name], place)
    assert start(place, kind).status == 2


# Options of the interpreter.

OPTIONS = {
    "-X importtime": {},
    "-X no_debug_ranges": {},
    "-X dev": {},
    "": {"PYTHONNODEBUGRANGES": "1"},
}


@pytest.mark.parametrize("option", sorted(OPTIONS))
def test_options_that_change_code_have_nothing_to_do_with_the_store(option: str, place: Path) -> None:
    poison(place)
    assert start(place, "zipped") == EVIL
    before = everything(place)
    command = [*PYTHON, *option.split(), *MAINSPRING[1:], "app.pyz"]
    for _ in range(2):
        ended = run(command, place, env=environment(place, **OPTIONS[option]))
        assert (ended.status, ended.out) == EXPECTED[:2]
        assert ended.err == EXPECTED.err or option == "-X importtime"
    assert everything(place) == before


@pytest.mark.once
@pytest.mark.parametrize("kind", ["zipped", "unpacked"])
def test_code_under_optimization_is_kept_by_itself(kind: str, place: Path) -> None:
    said = "'words'\nSAID = __debug__, __doc__\n"
    write_zip(
        place / "said.pyz",
        {"__main__.py": "'text'\nimport said\nprint(__debug__, __doc__, said.SAID)\n", "said.py": said},
    )
    until_settled()
    options = ("", "-O", "-OO")
    expected = [run([*PYTHON, *option.split(), "said.pyz"], place) for option in options]
    assert len(set(expected)) == len(options)
    there = []
    for _ in range(3):
        for option, one in zip(options, expected):
            command = [*PYTHON, *option.split(), *MAINSPRING[1:], *STARTS[kind][:-1], "said.pyz"]
            assert run(command, place, env=environment(place)) == one
        images = found(place, f"bundles-1/*/{kind}-*.image")
        there.append([(path, path.stat().st_ino) for path in images])
    assert len(there[0]) == len(options)
    assert there[0] == there[1] == there[2]
