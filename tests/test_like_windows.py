"""What runs does so where there is only what Windows has, and ends alike; a stand-in for it, on POSIX (`like_windows`)."""

import os
import threading
from pathlib import Path
from typing import List

import pytest

from support import (
    MAINSPRING,
    PYTHON,
    ROOT,
    Ended,
    clean_environment,
    on_terminal,
    run,
    until_settled,
    write_tree,
    write_zip,
)

pytestmark = pytest.mark.skipif(os.name == "nt", reason="it is the real thing")
WORKERS = """
import multiprocessing, m
def more(number):
    return number + m.x
if __name__ == "__main__":
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        print(pool.map(more, [1]))
"""
SAYING = "import sys, m\nprint(m.x, sys.argv)\nsys.exit(7)\n"


def start(place: Path, words: List[str], is_like_windows: bool) -> Ended:
    (place / "tmp").mkdir(exist_ok=True)
    path = str(ROOT / "tests" / "like_windows") if is_like_windows else ""
    store = str(place / ("other" if is_like_windows else "store"))
    own = {"MAINSPRING_CACHE_DIR": store, "TMPDIR": str(place / "tmp"), "PYTHONPATH": path}
    return run([*MAINSPRING, *words], place, env={**clean_environment(), **own})


@pytest.mark.parametrize(
    "words",
    [
        ["script.py", "x"],
        ["folder"],
        ["plain.pyz"],
        ["native.pyz"],
        ["--no-cache", "native.pyz"],
        ["--unpack", "plain.pyz"],
        ["workers.pyz"],
        ["-m", "m"],
        ["--isolated", "alone.py"],
        ["executable"],
        ["plain.pyz/none"],
        ["none.py"],
        ["inspect", "native.pyz"],
    ],
)
def test_a_target_runs_with_what_windows_has_as_it_does_elsewhere(words: List[str], tmp_path: Path) -> None:
    files = {"__main__.py": SAYING, "m.py": "x = 1\n"}
    write_tree(tmp_path, {"script.py": SAYING, "m.py": "x = 1\n", "alone.py": "print(1)\n"})
    write_tree(tmp_path / "folder", files)
    write_zip(tmp_path / "plain.pyz", files)
    write_zip(tmp_path / "native.pyz", {**files, "lib.so": "", "X.framework/Versions/A/X": "", "lib.dll": ""})
    write_zip(tmp_path / "workers.pyz", {"__main__.py": WORKERS, "m.py": "x = 1\n", "lib.so": ""})
    (tmp_path / "executable").write_bytes(b"\x7fELF\0" + b"MEI\x0c\x0b\x0a\x0b\x0e")
    (tmp_path / "executable").chmod(0o700)
    expected = [start(tmp_path, words, is_like_windows=False) for _ in range(2)]
    found = [start(tmp_path, words, is_like_windows=True) for _ in range(2)]
    assert found == expected
    assert os.listdir(str(tmp_path / "tmp")) == []


def test_what_is_said_beside_a_run_is_said_with_what_windows_has(tmp_path: Path) -> None:
    write_tree(tmp_path, {"alone.py": "print(1)\n"})
    ended = start(tmp_path, ["--verbose", "alone.py"], is_like_windows=True)
    assert (ended.status, ended.out) == (0, "1\n")
    assert "starts      the script itself" in ended.err


def test_the_store_is_kept_with_what_windows_has(tmp_path: Path) -> None:
    write_zip(tmp_path / "native.pyz", {"__main__.py": "print(1)\n", "lib.so": ""})
    assert start(tmp_path, ["native.pyz"], is_like_windows=True) == Ended(0, "1\n", "")
    for word, expected in (("list", "native.pyz"), ("verify", "damaged: nothing"), ("clear", "perhaps so")):
        ended = start(tmp_path, ["cache", word], is_like_windows=True)
        assert (ended.status, ended.err) == (0, "")
        assert expected in ended.out


def test_nobody_is_warned_of_the_modes_of_files_where_these_have_none(tmp_path: Path) -> None:
    (write_tree(tmp_path / "app", {"__main__.py": ""}) / "__main__.py").chmod(0o666)
    assert "may write to: __main__.py" in start(tmp_path, ["inspect", "app"], is_like_windows=False).out
    assert "may write" not in start(tmp_path, ["inspect", "app"], is_like_windows=True).out


def test_an_archive_that_the_store_knows_is_hashed_at_every_start_and_not_checked_again(tmp_path: Path) -> None:
    archive, files = tmp_path / "a.pyz", {"__main__.py": "print(1)\n"}
    before = write_zip(archive, files, deflated=False).stat()
    assert start(tmp_path, ["a.pyz"], is_like_windows=True) == Ended(0, "1\n", "")
    assert start(tmp_path, ["--max-size", "2", "a.pyz"], is_like_windows=True) == Ended(0, "1\n", "")
    other = write_zip(tmp_path / "b.pyz", {"__main__.py": "print(2)\n"}, deflated=False).read_bytes()
    archive.write_bytes(other)
    os.utime(str(archive), ns=(before.st_atime_ns, before.st_mtime_ns))
    assert (archive.stat().st_size, archive.stat().st_ino) == (before.st_size, before.st_ino)
    assert start(tmp_path, ["a.pyz"], is_like_windows=True) == Ended(0, "2\n", "")


PROJECT = """[project]
name = "app"
version = "{}"
[project.scripts]
app = "app:main"
"""
TOLD = "import importlib.metadata as m\ndef main():\n    print(m.version('app'))\n"
BLOCK = "# /// script\n# dependencies = []\n# ///\nprint({})\n"


def rewrite(path: Path, text: str) -> None:
    """Write text into a file whose status is then what it was, as far as Windows has it."""
    before = path.stat()
    path.write_text(text)
    os.utime(str(path), ns=(before.st_atime_ns, before.st_mtime_ns))
    assert (path.stat().st_size, path.stat().st_ino) == (before.st_size, before.st_ino)


@pytest.mark.parametrize(("target", "file", "text"), [("app", "pyproject.toml", PROJECT), ("s.py", "", BLOCK)])
def test_what_says_itself_what_it_needs_is_warm_with_what_windows_has_and_any_edit_is_seen(
    target: str, file: str, text: str, tmp_path: Path
) -> None:
    write_tree(tmp_path, {"app/app.py": TOLD, "app/pyproject.toml": text.format(1), "s.py": text.format(1)})
    until_settled()
    assert [start(tmp_path, [target], is_like_windows=True) for _ in range(2)] == [Ended(0, "1\n", "")] * 2
    assert ": warm" in start(tmp_path, ["--explain", target], is_like_windows=True).out
    rewrite(tmp_path / target / file, text.format(2))
    assert ": warm" not in start(tmp_path, ["--explain", target], is_like_windows=True).out
    assert [start(tmp_path, [target], is_like_windows=True) for _ in range(2)] == [Ended(0, "2\n", "")] * 2


def test_who_waits_for_python_and_its_prompt_has_none_of_its_own(tmp_path: Path) -> None:
    words, env = [*PYTHON, "-i", "-q"], {"PYTHONPATH": str(ROOT / "tests" / "like_windows")}
    for text in ("x = 1\nx\n", "raise SystemExit(7)\n"):
        expected = run([*words, "-"], tmp_path, text)
        assert run([*words, *MAINSPRING[1:], "-"], tmp_path, text, env) == expected


def test_a_pipe_is_read_once_with_what_windows_has(tmp_path: Path) -> None:
    write_zip(tmp_path / "a.pyz", {"__main__.py": ""})
    start(tmp_path, ["a.pyz"], is_like_windows=True)  # so that there is a store
    os.mkfifo(str(tmp_path / "pipe"))
    writer = threading.Thread(target=(tmp_path / "pipe").write_text, args=("print(1)\n",), daemon=True)
    writer.start()
    assert start(tmp_path, ["pipe"], is_like_windows=True) == Ended(0, "1\n", "")
    writer.join()


def test_a_console_that_would_show_escape_sequences_gets_none(tmp_path: Path) -> None:
    pytest.importorskip("rich")
    write_zip(tmp_path / "a.pyz", {"__main__.py": ""})
    words, env = [*MAINSPRING, "inspect", "a.pyz"], {"PYTHONPATH": str(ROOT / "tests" / "like_windows")}
    assert "\x1b[" in on_terminal(words, tmp_path)
    shown = on_terminal(words, tmp_path, env=env)
    assert "kind" in shown and "\x1b[" not in shown
