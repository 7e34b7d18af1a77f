"""The store of scripts' code: never an error, never wrong, private, bounded, and seen by nobody."""

import os
import random
import stat
import subprocess
import sys
import time
from pathlib import Path
from typing import List

import pytest

from mainspring.runtime import private, scripts
from mainspring.storage import writer
from support import MAINSPRING, PYTHON, Ended, clean_environment, run, store_at_home

PROGRAM = "import sys\nprint('answer', 42, sys.argv[1:])\n"
EXPECTED = Ended(0, "answer 42 []\n", "")
posix = pytest.mark.skipif(os.name != "posix", reason="owners and modes are POSIX's")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "s.py").write_text(PROGRAM)
    return tmp_path / "store"


def start(root: Path, *options: str, **env: str) -> Ended:
    words = [*PYTHON, *options, *MAINSPRING[1:], "s.py"]
    return run(words, root.parent, env={"MAINSPRING_CACHE_DIR": str(root), **env})


def entries(root: Path) -> List[Path]:
    return sorted((root / "scripts-1").glob("*"))


def test_a_script_is_kept_once_and_answers_the_same_from_the_store(root: Path) -> None:
    assert [start(root) for _ in range(3)] == [EXPECTED] * 3
    assert len(entries(root)) == 1


def test_a_warm_start_does_not_compile(root: Path) -> None:
    start(root)
    (root.parent / "watch").mkdir()
    (root.parent / "watch" / "sitecustomize.py").write_text(
        "import sys\nsys.addaudithook(lambda e, a: print('compiled', a[1]) if e == 'compile' and 's.py' in str(a[1]) else None)\n"
    )
    watched = start(root, PYTHONPATH=str(root.parent / "watch"))
    assert watched == EXPECTED
    assert "compiled" in start(root, PYTHONPATH=str(root.parent / "watch"), MAINSPRING_NO_CACHE="1").out


@posix
def test_the_store_is_private_and_says_that_it_is_a_cache(root: Path) -> None:
    start(root)
    modes = [stat.S_IMODE(path.stat().st_mode) for path in (root, root / "scripts-1", *entries(root))]
    assert modes == [0o700, 0o700, 0o600]
    assert (root / "CACHEDIR.TAG").read_text().startswith("Signature: 8a477f597d28d172789f06886806bc55")


def test_other_text_of_the_same_size_and_time_is_seen(root: Path) -> None:
    start(root)
    script = root.parent / "s.py"
    times = script.stat()
    script.write_text(PROGRAM.replace("42", "43"))
    os.utime(str(script), ns=(times.st_atime_ns, times.st_mtime_ns))
    assert start(root).out == "answer 43 []\n"


def test_a_copy_of_a_script_names_its_own_file_in_tracebacks(root: Path) -> None:
    for name in ("one.py", "two.py"):
        (root.parent / name).write_text("1/0\n")
        for _ in range(2):
            ended = run([*MAINSPRING, name], root.parent, env={"MAINSPRING_CACHE_DIR": str(root)})
            assert name in ended.err


@pytest.mark.once
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_three_hundred_damages_change_no_answer(root: Path) -> None:
    start(root)
    [entry] = entries(root)
    whole = entry.read_bytes()
    dice = random.Random(1)
    for _ in range(300):
        entry.write_bytes(_damaged(whole, dice))
        assert _answer_in_process(root) == "answer 42 []\n"
        # Not the same bytes: marshal's depend on who else refers to a constant.
        assert private.unsealed(scripts.HEAD, entry.read_bytes(), scripts.HASH_KEY)


def _damaged(whole: bytes, dice: random.Random) -> bytes:
    at = dice.randrange(len(whole))
    return dice.choice(
        [
            whole[:at],
            whole[:at] + bytes([whole[at] ^ 1 << dice.randrange(8)]) + whole[at + 1 :],
            whole[:at] + bytes(len(whole) - at),
            whole + b"more",
            b"",
            dice.getrandbits(8 * len(whole)).to_bytes(len(whole), "little"),
        ]
    )


def _answer_in_process(root: Path) -> str:
    """Start the script from one process that is forked off: hundreds of starts in a few seconds."""
    if not hasattr(os, "fork"):
        return start(root).out
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        _become_start(root, writing)
    os.close(writing)
    with open(reading) as stream:
        said = stream.read()
    os.waitpid(child, 0)
    return said


def _become_start(root: Path, writing: int) -> None:
    try:
        os.chdir(str(root.parent))
        os.environ["MAINSPRING_CACHE_DIR"] = str(root)
        os.dup2(writing, 1)
        sys.stdout = open(1, "w")
        from mainspring.runtime import locate, scripts

        located = locate.locate("s.py")
        entry = scripts.entry_for(located)
        assert entry is not None
        code = entry.read()
        if code is None:
            writer.keep(located, entry)
            code = located.compile()
        sys.argv = ["s.py"]
        exec(code, {})
        sys.stdout.flush()
    finally:
        os._exit(0)


@posix
@pytest.mark.parametrize("mode", [0o777, 0o770, 0o707])
def test_a_store_that_others_can_write_to_is_not_used(root: Path, mode: int) -> None:
    start(root)
    root.chmod(mode)
    (root.parent / "s.py").write_text("print('new')\n")
    assert start(root) == Ended(0, "new\n", "")
    assert len(entries(root)) == 1


@posix
def test_a_store_behind_a_link_is_not_used(root: Path) -> None:
    (root.parent / "real").mkdir(mode=0o700)
    root.symlink_to("real")
    assert start(root) == EXPECTED
    assert list((root.parent / "real").iterdir()) == []


@posix
def test_a_store_that_somebody_else_owns_is_not_used(root: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can give a directory away")
    start(root)
    os.chown(str(root), 12345, 12345)
    (root.parent / "s.py").write_text("print('new')\n")
    assert start(root) == Ended(0, "new\n", "")
    assert len(entries(root)) == 1


def test_the_superuser_makes_no_store_in_the_home_of_somebody_else(root: Path) -> None:
    if os.name != "posix" or os.geteuid() != 0:
        pytest.skip("only root can give a directory away")
    home = root.parent / "home"
    home.mkdir()
    os.chown(str(home), 12345, 12345)
    assert start(root, HOME=str(home), MAINSPRING_CACHE_DIR="") == EXPECTED
    assert list(home.iterdir()) == []
    asked = run([*MAINSPRING, "cache", "list"], root.parent, env={"HOME": str(home)})
    why = f"mainspring: {home}: the store is not used: it belongs to user 12345, and the store would be root's\n"
    assert (asked.status, asked.err[: len(why)]) == (2, why)


def test_where_there_is_no_place_for_a_store_none_is_made() -> None:
    with pytest.raises(OSError):
        writer.prepare("")


@posix
@pytest.mark.parametrize("umask", [0o000, 0o177, 0o777], ids=oct)
def test_what_is_made_for_the_store_is_the_users_alone_whatever_the_umask_is(root: Path, umask: int) -> None:
    first = f"import os, sys; os.umask({umask}); os.execv(sys.executable, [sys.executable, *sys.argv[1:]])"
    words = [*PYTHON, "-c", first, *MAINSPRING[1:], "s.py"]
    store = root / "store"
    assert run(words, root.parent, env={"MAINSPRING_CACHE_DIR": str(store)}) == EXPECTED
    modes = [stat.S_IMODE(path.stat().st_mode) for path in (root, store, store / "scripts-1", *entries(store))]
    assert modes == [0o700, 0o700, 0o700, 0o600]


@pytest.mark.parametrize("where", ["/proc/no", "/dev/null/no", "s.py", "s.py/below", "x" * 5000, "no/such/place"])
def test_a_store_that_cannot_be_made_is_no_error(root: Path, where: str) -> None:
    assert start(root, MAINSPRING_CACHE_DIR=where) == EXPECTED


def test_no_home_is_no_error(root: Path) -> None:
    env = {name: value for name, value in clean_environment().items() if name not in ("HOME", "LOCALAPPDATA")}
    done = subprocess.run(
        [*MAINSPRING, "s.py"], cwd=str(root.parent), env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    assert (done.returncode, done.stdout) == (0, EXPECTED.out.replace("\n", os.linesep).encode())


def test_the_store_lies_in_the_users_cache(root: Path) -> None:
    run([*MAINSPRING, "s.py"], root.parent)
    assert len(entries(store_at_home())) == 1


@pytest.mark.skipif(sys.platform in ("darwin", "win32"), reason="XDG is for the rest")
def test_a_relative_xdg_directory_is_ignored(root: Path) -> None:
    run([*MAINSPRING, "s.py"], root.parent, env={"XDG_CACHE_HOME": "relative"})
    run([*MAINSPRING, "s.py"], root.parent, env={"XDG_CACHE_HOME": str(root.parent / "xdg")})
    assert not (root.parent / "relative").exists()
    assert len(entries(root.parent / "xdg" / "mainspring")) == 1


def test_nothing_is_written_where_it_is_not_wanted(root: Path) -> None:
    assert start(root, MAINSPRING_NO_CACHE="1") == EXPECTED
    assert not root.exists()


def test_the_switch_for_bytecode_files_is_not_the_stores(root: Path) -> None:
    assert start(root, PYTHONDONTWRITEBYTECODE="1") == EXPECTED
    assert len(entries(root)) == 1


def test_the_option_leaves_the_store_alone(root: Path) -> None:
    env = {"MAINSPRING_CACHE_DIR": str(root)}
    assert run([*MAINSPRING, "--no-cache", "s.py"], root.parent, env=env) == EXPECTED
    assert not root.exists()


def test_code_under_other_options_is_not_taken(root: Path) -> None:
    (root.parent / "s.py").write_text("print(__debug__)\n")
    for _ in range(2):
        assert [start(root).out, start(root, "-O").out, start(root).out] == ["True\n", "False\n", "True\n"]
    assert len(entries(root)) == 2


def test_what_warns_or_fails_to_compile_says_so_at_every_start(root: Path) -> None:
    (root.parent / "s.py").write_text("print(1 is 1)\n")
    first = start(root)
    assert "SyntaxWarning" in first.err and start(root) == first
    (root.parent / "s.py").write_text("if x\n")
    assert "SyntaxError" in start(root).err and entries(root) == []


def test_characters_named_in_a_script_can_be_named_in_what_it_compiles_when_all_garbage_is_collected(
    root: Path,
) -> None:
    (root.parent / "site").mkdir()
    (root.parent / "site" / "sitecustomize.py").write_text("kept = open(__file__)\n")  # so that nothing is frozen
    text = "import gc\ngc.collect()\nprint(ascii('\\N{BULLET}'), eval(r\"ascii('\\N{BULLET}')\"))\n"
    (root.parent / "s.py").write_text(text)
    for _ in range(2):
        ended = start(root, PYTHONPATH=str(root.parent / "site"), PYTHONMALLOC="debug")
        assert (ended.status, ended.out) == (0, "'\\u2022' '\\u2022'\n")


def test_fifty_starts_at_once_are_right_and_leave_one_entry(root: Path) -> None:
    env = {**clean_environment(), "MAINSPRING_CACHE_DIR": str(root)}
    started = [
        subprocess.Popen(
            [*MAINSPRING, "s.py"], cwd=str(root.parent), env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        for _ in range(50)
    ]
    said = [process.communicate()[0] for process in started]
    assert set(said) == {EXPECTED.out.replace("\n", os.linesep).encode()}
    assert len(entries(root)) == 1


@posix
def test_a_killed_start_leaves_nothing_that_matters(root: Path) -> None:
    env = {**clean_environment(), "MAINSPRING_CACHE_DIR": str(root)}
    for number in range(40):
        process = subprocess.Popen([*MAINSPRING, "s.py"], cwd=str(root.parent), env=env, stdout=subprocess.DEVNULL)
        time.sleep(0.001 * number)
        process.kill()
        process.wait()
    assert start(root) == EXPECTED
    assert len([path for path in entries(root) if path.suffix != ".new"]) == 1


def test_clearing_the_store_under_a_running_program_is_safe(root: Path) -> None:
    (root.parent / "s.py").write_text("import shutil\nshutil.rmtree('store')\ndef f():\n    return 1\nprint(f())\n")
    assert start(root) == Ended(0, "1\n", "")
    assert start(root) == Ended(0, "1\n", "")
