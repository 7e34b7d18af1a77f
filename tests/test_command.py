"""The command line: its options, what belongs to the program, and what is refused in which words."""

import errno
import io
import os
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path
from typing import Any, List, Optional

import pytest

import mainspring
from mainspring import __main__ as front_door
from mainspring import wording
from support import (
    MAINSPRING,
    PYTHON,
    Ended,
    Files,
    clean_environment,
    powerless,
    run,
    until_settled,
    write_tree,
    write_zip,
)

ECHO = "import sys\nprint(sys.argv)\n"
USAGE = "usage: mainspring [options] TARGET [args...]"
HERE = "{}.{}".format(*sys.version_info)
WORDS = ["inspect", "build", "diff", "cache"]


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A directory with programs that print their argv, under names that are hard on a command line."""
    named = {name: ECHO for name in ("echo.py", "run", "-m", "--help", "-dash.py", *WORDS)}
    return write_tree(tmp_path, {**named, "echoes/__init__.py": "", "echoes/mod.py": ECHO})


def start(place: Path, *words: str) -> Ended:
    return run([*MAINSPRING, *words], place)


def assert_refused(ended: Ended, status: int, *lines: str) -> None:
    """One line of ours and perhaps a hint on standard error, and nothing else."""
    assert ended == Ended(status, "", "".join(line + "\n" for line in lines))


# What the command says of itself


@pytest.mark.parametrize("words", [["--help"], ["-h"], [], ["run"], ["--help", "echo.py"], ["run", "--help"]])
def test_help_goes_to_standard_output(place: Path, words: List[str]) -> None:
    ended = start(place, *words)
    assert (ended.status, ended.err) == (0, "")
    assert ended.out.splitlines()[0] == USAGE
    assert all(len(line) <= 80 for line in ended.out.splitlines())


@pytest.mark.parametrize("option", ["--version", "-V"])
def test_the_version_goes_to_standard_output(place: Path, option: str) -> None:
    python = "{}.{}.{}".format(*sys.version_info)
    assert start(place, option) == Ended(0, f"mainspring {mainspring.__version__} (Python {python})\n", "")


# What belongs to the program


@pytest.mark.parametrize("before", [[], ["run"], ["--"], ["run", "--"]])
def test_a_target_runs_after_run_and_after_two_dashes(place: Path, before: List[str]) -> None:
    assert start(place, *before, "echo.py", "a") == Ended(0, "['echo.py', 'a']\n", "")


@pytest.mark.parametrize("before", [[], ["run"]])
def test_a_module_runs_by_name(place: Path, before: List[str]) -> None:
    file = str(place / "echoes" / "mod.py")
    assert start(place, *before, "-m", "echoes.mod", "-m", "b") == Ended(0, f"{[file, '-m', 'b']}\n", "")


@pytest.mark.parametrize("target", ["echo.py", "./run", "./inspect"])
def test_everything_after_the_target_belongs_to_the_program(place: Path, target: str) -> None:
    words = ["-m", "--help", "--", "-V", "--version", "run", "build", "", "-", "--unknown=1"]
    assert start(place, target, *words) == Ended(0, f"{[target, *words]}\n", "")


@pytest.mark.parametrize("name", ["-m", "--help", "-dash.py"])
def test_two_dashes_make_a_target_of_what_looks_like_an_option(place: Path, name: str) -> None:
    assert start(place, "--", name, "--", "x") == Ended(0, f"{[name, '--', 'x']}\n", "")


@pytest.mark.parametrize("words", [["run", "build"], ["run", "run"], ["--", "inspect"]])
def test_a_reserved_word_is_a_path_where_no_word_of_ours_can_stand(place: Path, words: List[str]) -> None:
    assert start(place, *words, "x") == Ended(0, f"{[words[-1], 'x']}\n", "")


@pytest.mark.parametrize("word", ["run", "inspect", "build", "diff", "cache"])
def test_a_command_behind_an_option_is_a_target_which_is_said_if_it_is_not_there(tmp_path: Path, word: str) -> None:
    ended = start(tmp_path, "--no-cache", word, "x")
    assert ended.status == 2 and "can't open file" in ended.err
    assert ended.err.endswith(f"\nhint: {word} is a command only where it is the first word\n")
    (tmp_path / word).write_text("print('a script')\n")
    assert start(tmp_path, "--no-cache", word, "x") == Ended(0, "a script\n", "")


def test_a_command_that_is_a_target_and_there_is_not_said_to_be_one(tmp_path: Path) -> None:
    write_tree(tmp_path, {"build/sub/__main__.py": ""})
    assert start(tmp_path, "run", "build").err.endswith("\nhint: there is one in it: mainspring --entry sub build\n")


def test_a_dash_is_standard_input(place: Path) -> None:
    ended = run([*MAINSPRING, "-", "a", "-"], place, stdin=ECHO)
    assert ended == run([*PYTHON, "-", "a", "-"], place, stdin=ECHO) == Ended(0, "['-', 'a', '-']\n", "")


# What is refused: the command line


@pytest.mark.parametrize("option", ["--unknown", "-x", "--versions", "---", "-Mechoes.mod", "--help=yes"])
@pytest.mark.parametrize("before", [[], ["run"]])
def test_an_unknown_option_is_refused(place: Path, before: List[str], option: str) -> None:
    hint = "hint: mainspring --help lists the options"
    assert_refused(start(place, *before, option, "echo.py"), 2, f"mainspring: {option}: unknown option", hint)


@pytest.mark.parametrize("name", ["-x.py", "-dashed", "--unknown"])
def test_a_path_that_looks_like_an_option_is_refused_with_how_it_is_written(place: Path, name: str) -> None:
    write_tree(place, {name: "import sys\nprint(sys.argv)\n"})
    written = os.path.join(".", name)
    hint = f"hint: a path of that name is written {written}"
    assert_refused(start(place, name), 2, f"mainspring: {name}: unknown option", hint)
    for words in ([written], ["--", name]):
        assert start(place, *words) == Ended(0, f"{words[-1:]}\n", "")


@pytest.mark.parametrize("value", ["", "once", "1", "Always"])
def test_unpack_takes_always_and_never(place: Path, value: str) -> None:
    told = f"mainspring: --unpack={value}: not always or never"
    assert_refused(start(place, f"--unpack={value}", "echo.py"), 2, told, "hint: --unpack alone is for this start")


@pytest.mark.parametrize("words", [["-m"], ["run", "-m"], ["--"], ["run", "--"]])
def test_a_missing_value_is_refused(place: Path, words: List[str]) -> None:
    what = "a module is missing" if words[-1] == "-m" else "a target is missing"
    assert_refused(start(place, *words), 2, f"mainspring: {words[-1]}: {what}", f"hint: {USAGE}")


@pytest.mark.parametrize("word", WORDS)
def test_a_reserved_word_is_a_command_and_its_path_runs(place: Path, word: str) -> None:
    ended = start(place, word)
    assert (ended.status, ended.out) == (2, "")
    assert ended.err.startswith(f"mainspring: {word}: ")
    assert start(place, f"./{word}") == Ended(0, f"['./{word}']\n", "")


# What is refused: targets


def archive_bytes() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("__main__.py", ECHO * 20)
        archive.writestr("other.py", "")
    return buffer.getvalue()


def bytecode_of(magic: int) -> bytes:
    return magic.to_bytes(2, "little") + b"\r\n" + bytes(12) + b"\xe3" + bytes(40)


WHOLE = archive_bytes()
DIRECTORY_AT, END_AT = WHOLE.index(b"PK\1\2"), WHOLE.index(b"PK\5\6")
BROKEN = {
    "its second half is missing": WHOLE[: len(WHOLE) // 2],
    "its second half is missing behind a prefix": b"#!/usr/bin/env python\n" + WHOLE[: len(WHOLE) // 2],
    "its end record is missing": WHOLE[:END_AT],
    "its last byte is missing": WHOLE[:-1],
    "the size of its central directory is wrong": WHOLE[: END_AT + 12] + b"\xff" + WHOLE[END_AT + 13 :],
    "the place of its central directory is wrong": WHOLE[: END_AT + 16] + b"\xff\xff" + WHOLE[END_AT + 18 :],
}


@pytest.mark.parametrize("name", ["app.pyz", "app"])
@pytest.mark.parametrize("what", BROKEN)
def test_a_broken_archive_is_refused(tmp_path: Path, what: str, name: str) -> None:
    (tmp_path / name).write_bytes(BROKEN[what])
    ended = start(tmp_path, name, "a")
    reason, hint = ended.err.splitlines()
    assert (ended.status, ended.out) == (2, "")
    assert reason.startswith(f"mainspring: {name}: broken zip archive (")
    assert hint == "hint: make the archive anew, or fetch it again"


def test_an_archive_with_a_damaged_directory_is_refused_as_far_as_this_python_sees_it(tmp_path: Path) -> None:
    (tmp_path / "app").write_bytes(WHOLE[:DIRECTORY_AT] + b"XX" + WHOLE[DIRECTORY_AT + 2 :])
    ended = start(tmp_path, "app")
    assert ended.status != 0
    assert ended.out == ""
    # Old versions read as far as they can, and so find no member at all.
    assert "broken zip archive" in ended.err or "can't find '__main__' module in" in ended.err
    assert "Traceback" not in ended.err


def test_text_that_begins_as_an_archive_does_is_text(tmp_path: Path) -> None:
    write_tree(tmp_path, {"pk.py": "PK = 4\nprint(PK)\n", "text": b"PK\3\4 is how an archive begins\n"})
    assert start(tmp_path, "pk.py") == Ended(0, "4\n", "")
    assert start(tmp_path, "text") == run([*PYTHON, "text"], tmp_path)


def test_an_archive_with_null_bytes_behind_it_runs_as_under_python(tmp_path: Path) -> None:
    (tmp_path / "app").write_bytes(WHOLE + bytes(10))
    assert start(tmp_path, "app", "a") == run([*PYTHON, "app", "a"], tmp_path)


@pytest.mark.parametrize("options", [[], ["--no-cache"]])
@pytest.mark.parametrize("end", [b"\n" * 10, b"what somebody appended\n" * 10])
def test_an_archive_with_something_behind_it_is_refused(tmp_path: Path, end: bytes, options: List[str]) -> None:
    (tmp_path / "app").write_bytes(WHOLE + end)
    for _ in range(2):
        ended = start(tmp_path, *options, "app", "a")
        assert (ended.status, ended.out) == (2, "")
        assert ended.err.startswith("mainspring: app: ") and ("behind" in ended.err or "after" in ended.err)


FOREIGN = {62211: "2", 3379: "3.6", 3394: "3.7", 3413: "3.8", 3495: "3.11", 3571: "3.13"}


@pytest.mark.parametrize("name", ["old.pyc", "old", "dir/__main__.pyc", "zip"])
@pytest.mark.parametrize("magic", [magic for magic in FOREIGN if FOREIGN[magic] != HERE])
def test_bytecode_of_another_python_names_the_python_that_wrote_it(tmp_path: Path, magic: int, name: str) -> None:
    if name == "zip":
        write_zip(tmp_path / name, {"__main__.pyc": bytecode_of(magic)})
    else:
        write_tree(tmp_path, {name: bytecode_of(magic)})
    target, member = name.split("/")[0], "__main__.pyc: " if name in ("zip", "dir/__main__.pyc") else ""
    reason = f"bad magic number in .pyc file: written by Python {FOREIGN[magic]}, and this is Python {HERE}"
    hint = f"hint: run it with Python {FOREIGN[magic]}, or compile its source anew"
    assert_refused(start(tmp_path, target), 1, f"mainspring: {target}: {member}{reason}", hint)


@pytest.mark.parametrize("name", ["new.pyc", "new"])
def test_bytecode_of_a_python_yet_to_come_is_not_guessed_at(tmp_path: Path, name: str) -> None:
    write_tree(tmp_path, {name: bytecode_of(3999)})
    reason = "bad magic number in .pyc file: not bytecode of a known Python"
    assert_refused(start(tmp_path, name), 1, f"mainspring: {name}: {reason}")


MISSING: Files = {"empty/other.py": "", "file.py": ""}


@pytest.mark.parametrize("target", ["missing.py", "./missing", "empty/missing/x", "file.py/x", "empty", "./empty/"])
def test_what_python_refuses_is_refused_in_its_words(tmp_path: Path, target: str) -> None:
    write_tree(tmp_path, MISSING)
    ended = start(tmp_path, target, "a")
    assert ended == run([*PYTHON, target, "a"], tmp_path)
    assert (ended.status, ended.out) == (1 if target.strip("./") == "empty" else 2, "")


def test_an_archive_without_main_is_refused_in_pythons_words(tmp_path: Path) -> None:
    write_zip(tmp_path / "app", {"other.py": ""})
    ended = start(tmp_path, "app")
    assert ended == run([*PYTHON, "app"], tmp_path)
    assert (ended.status, ended.out) == (1, "")


@pytest.mark.skipif(os.name == "nt", reason="who may list a directory is not told by its mode")
def test_a_directory_that_may_be_entered_but_not_listed_has_no_main_as_under_python(tmp_path: Path) -> None:
    write_tree(tmp_path, {"app/__main__.py": "print('ran')\n"})
    (tmp_path / "app").chmod(0o311)
    ended = run([*powerless(), *MAINSPRING, "app"], tmp_path)
    assert ended == run([*powerless(), *PYTHON, "app"], tmp_path)
    assert (ended.status, ended.out) == (1, "")


def test_a_missing_module_is_refused_in_pythons_words(tmp_path: Path) -> None:
    ended = start(tmp_path, "-m", "no_such_module", "a")
    assert ended == run([*PYTHON, "-m", "no_such_module", "a"], tmp_path)
    assert (ended.status, ended.out) == (1, "")


@pytest.mark.parametrize("content", [bytecode_of(3379), WHOLE[:END_AT]])
def test_control_characters_in_names_are_not_printed(tmp_path: Path, content: bytes) -> None:
    name = "a\x1b[31m\r\nmainspring: b\x07\x9b"
    write_tree(tmp_path, {name: content})
    ended = start(tmp_path, name)
    assert ended.status != 0
    assert ended.err.startswith("mainspring: a\ufffd[31m\ufffd\ufffdmainspring: b\ufffd\ufffd: ")
    assert not set("\x1b\r\x07\x9b") & set(ended.err)
    assert len(ended.err.splitlines()) == 2


def test_control_characters_in_options_are_not_printed(tmp_path: Path) -> None:
    hint = "hint: mainspring --help lists the options"
    assert_refused(start(tmp_path, "--\x1b[31m\n"), 2, "mainspring: --\ufffd[31m\ufffd: unknown option", hint)


@pytest.mark.skipif(os.name == "nt" or sys.platform == "darwin", reason="names are not bytes there")
def test_a_name_that_is_no_text_is_printed_as_its_bytes(tmp_path: Path) -> None:
    name = os.fsdecode(b"caf\xe9")
    (tmp_path / name).write_bytes(bytecode_of(3379))
    ended = start(tmp_path, name)
    assert ended.status == 1
    assert ended.err.startswith("mainspring: caf\\xe9: bad magic number")


# Through a shell

REFUSALS = {
    "missing.py": 2,
    "empty": 1,
    "broken": 2,
    "old.pyc": 1,
    "--unknown": 2,
    "-m": 2,
    "-m no_such_module": 1,
    "build": 2,
}


def in_shell(place: Path, words: str) -> Ended:
    write_tree(place, {"old.pyc": bytecode_of(3379), "empty/other.py": "", "broken": WHOLE[:END_AT]})
    return run(["sh", "-c", f"'{sys.executable}' -m mainspring {words}; echo $?"], place)


@pytest.mark.skipif(os.name == "nt", reason="there is no sh")
@pytest.mark.parametrize("words", REFUSALS)
def test_a_refusal_is_a_status_for_the_shell_and_no_traceback(tmp_path: Path, words: str) -> None:
    ended = in_shell(tmp_path, words)
    assert ended.out == f"{REFUSALS[words]}\n"
    assert ended.err.count("\n") == (2 if "\nhint: " in ended.err else 1)
    assert "Traceback" not in ended.err


@pytest.mark.skipif(os.name == "nt", reason="there is no sh")
@pytest.mark.parametrize("closed", ["2>&-", "2>&- <&-"])
@pytest.mark.parametrize("words", REFUSALS)
def test_a_refusal_keeps_its_status_where_nobody_hears_it(tmp_path: Path, words: str, closed: str) -> None:
    assert in_shell(tmp_path, f"{words} {closed}") == Ended(0, f"{REFUSALS[words]}\n", "")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no /dev/full")
@pytest.mark.parametrize("words", REFUSALS)
def test_a_refusal_that_cannot_be_written_keeps_its_status_or_pythons(tmp_path: Path, words: str) -> None:
    ended = in_shell(tmp_path, f"{words} 2>/dev/full")
    words_of_runpy = words in ("empty", "-m no_such_module")  # said through sys.stderr, whose end then fails
    assert ended == Ended(0, "120\n" if words_of_runpy else f"{REFUSALS[words]}\n", "")
    if words_of_runpy:
        assert ended == run(["sh", "-c", f"'{sys.executable}' {words} 2>/dev/full; echo $?"], tmp_path)


@pytest.mark.skipif(os.name == "nt", reason="there is no sh")
@pytest.mark.parametrize("closed", ["2>&-", "<&-", "2>&- <&-", ">&-", ">&- 2>&- <&-"])
def test_a_program_runs_with_closed_streams_as_under_python(place: Path, closed: str) -> None:
    write_tree(place, {"program.py": "import sys\nopen('seen', 'w').write(repr((sys.argv, sys.stderr is None)))\n"})
    seen = []
    for python in (PYTHON, MAINSPRING):
        words = " ".join(python)
        ended = run(["sh", "-c", f"{words} program.py a {closed}; echo $?"], place)
        seen.append((ended, (place / "seen").read_text()))
        (place / "seen").unlink()
    assert seen[0] == seen[1]
    assert seen[0][0] == Ended(0, "0\n", "")


def test_a_member_that_cannot_be_unpacked_is_refused(tmp_path: Path) -> None:
    archive = write_zip(tmp_path / "a.zip", {"__main__.py": "print('something long enough')\n" * 9})
    data = bytearray(archive.read_bytes())
    start = data.index(b"__main__.py") + len("__main__.py")
    data[start : start + 8] = b"\xff" * 8
    archive.write_bytes(bytes(data))
    ended = run([*MAINSPRING, "a.zip"], tmp_path)
    assert (ended.status, ended.out) == (2, "")
    assert ended.err.startswith("mainspring: a.zip: member '__main__.py' cannot be unpacked: Error -3")


UNDER_A_TOOL = """
import sys
import json.tool
sys.argv = ["mainspring", "s.py", "a"]
import runpy
runpy.run_module("mainspring", run_name="__main__", alter_sys=True)
print("json.tool" in sys.modules, "mainspring" in sys.modules)
"""


def test_the_modules_of_a_tool_that_starts_us_are_left_to_it(tmp_path: Path) -> None:
    write_tree(tmp_path, {"tool.py": UNDER_A_TOOL, "s.py": "import sys\nprint(sys.argv, 'json.tool' in sys.modules)\n"})
    assert run([*PYTHON, "tool.py"], tmp_path) == Ended(0, "['s.py', 'a'] True\nTrue False\n", "")


@pytest.mark.parametrize("target", ["m.py", "d"])
def test_a_launcher_that_lies_in_an_archive_leaves_no_modules_to_the_program(tmp_path: Path, target: str) -> None:
    # As the installed command does on Windows, in an .exe.
    launcher = "import sys\nfrom mainspring import main\nsys.exit(main())\n"
    write_zip(tmp_path / "mainspring.exe", {"__main__.py": launcher})
    write_tree(tmp_path, dict.fromkeys(("m.py", "d/__main__.py"), "import sys\nprint(sorted(sys.modules))\n"))
    assert run([*PYTHON, "mainspring.exe", target], tmp_path) == run([*PYTHON, target], tmp_path)


def test_a_profiler_sees_the_program(tmp_path: Path) -> None:
    write_tree(tmp_path, {"s.py": "def inside():\n    return 1\ninside()\nprint(__name__)\n"})
    ended = run([*PYTHON, "-m", "cProfile", "-m", "mainspring", "s.py"], tmp_path)
    assert ended.out.startswith("__main__\n") and "(inside)" in ended.out


@pytest.mark.parametrize("target", ["app", "app.zip"])
def test_a_main_that_lies_elsewhere_on_the_path_is_never_run_instead(tmp_path: Path, target: str) -> None:
    write_tree(tmp_path, {"app/mod.py": "", "elsewhere/__main__.py": "print('the wrong one')\n"})
    write_zip(tmp_path / "app.zip", {"mod.py": ""})
    ended = run([*MAINSPRING, target], tmp_path, env={"PYTHONPATH": str(tmp_path / "elsewhere")})
    assert (ended.status, ended.out) == (1, "")
    assert "can't find '__main__' module in" in ended.err


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no device that is full")
@pytest.mark.parametrize("word", ["--help", "--version"])
def test_what_cannot_be_printed_is_said_in_one_line(place: Path, word: str) -> None:
    ended = run(["/bin/sh", "-c", 'exec "$@" > /dev/full', "sh", *MAINSPRING, word], place)
    assert_refused(ended, 1, "mainspring: standard output: it cannot be written: No space left on device")


@pytest.mark.parametrize("text", ["print(1)\n\0", "print('caf\xe9')\n"])
def test_code_that_calls_main_is_not_given_the_name_of_the_file_to_execute(text: str, tmp_path: Path) -> None:
    (tmp_path / "print(12345)").write_bytes(text.encode("latin-1"))
    ended = run([sys.executable, "-c", "import mainspring; mainspring.main()", "print(12345)"], tmp_path)
    assert ended.status == 1 and "12345\n" not in ended.out
    assert "Error" in ended.err.splitlines()[-1]


@pytest.mark.skipif(os.name == "nt", reason="the current directory cannot be removed there")
@pytest.mark.parametrize("where", ["relative", ""])
def test_a_current_directory_that_is_gone_is_no_error(where: str, tmp_path: Path) -> None:
    script = tmp_path / "s.py"
    script.write_text("print('ran')\n")
    gone = "import os, sys\nos.mkdir('gone')\nos.chdir('gone')\nos.rmdir(os.getcwd())\nos.execv(sys.argv[1], sys.argv[1:])\n"
    env = {"MAINSPRING_CACHE_DIR": where} if where else {}
    ended = run([sys.executable, "-c", gone, *MAINSPRING, str(script)], tmp_path, env=env)
    assert ended == Ended(0, "ran\n", "")


@pytest.mark.once
@pytest.mark.parametrize("value", ["5X", "8KMG", "-5", "nan", "i", "1e999"])
def test_a_limit_that_is_no_size_is_refused(place: Path, value: str) -> None:
    write_zip(place / "a.pyz", {"__main__.py": ""})
    for words in ([f"--max-size={value}", "a.pyz"], ["--max-size", value, "a.pyz"]):
        told = f"mainspring: --max-size={value}: not a size, as 500M or 8GiB"
        assert_refused(start(place, *words), 2, told)
        assert_refused(run([*MAINSPRING, "inspect", *words], place), 2, told)


@pytest.mark.parametrize("value", ["8GiB", "1.9", "0", "-1"])
def test_a_limit_that_is_no_ratio_is_refused_and_the_variable_is_named_that_has_it(place: Path, value: str) -> None:
    write_zip(place / "a.pyz", {"__main__.py": ""})
    ended = run([*MAINSPRING, "a.pyz"], place, env={"MAINSPRING_MAX_RATIO": value})
    assert_refused(ended, 2, f"mainspring: MAINSPRING_MAX_RATIO={value}: not a ratio, as 500")


@pytest.mark.parametrize("target", [["a.pyz"], ["s.py"], ["-"], ["-m", "s"], ["nowhere"]], ids=str)
def test_it_is_refused_whatever_runs_and_known_or_not(place: Path, target: List[str]) -> None:
    write_zip(place / "a.pyz", {"__main__.py": ""})
    write_tree(place, {"s.py": "print('ran')\n"})
    until_settled()
    env = {"MAINSPRING_MAX_RATIO": "x"}
    start(place, *target)
    for words in ([], ["--explain"]):
        told = "mainspring: MAINSPRING_MAX_RATIO=x: not a ratio, as 500"
        assert_refused(run([*MAINSPRING, *words, *target], place, env=env), 2, told)
        if "-m" not in target:
            told = "mainspring: --max-size=5X: not a size, as 500M or 8GiB"
            assert_refused(start(place, "--max-size=5X", *words, *target), 2, told)
    assert run([*MAINSPRING, "--version"], place, env=env).status == 0


@pytest.mark.parametrize(
    "words", [["--entry", "x"], ["--repl"], ["--extra=x"], ["--group", "x"], ["--unpack"], ["--max-size=1G"]], ids=str
)
def test_what_is_for_bundles_and_projects_cannot_go_with_a_module(place: Path, words: List[str]) -> None:
    hint = "hint: it is for bundles and projects, which have a path"
    for module in (["-m", "this"], ["-mthis"]):
        assert_refused(start(place, *words, *module), 2, f"mainspring: {words[0]}: it cannot go with -m", hint)


def cut_header(whole: bytes) -> bytes:
    """Let an archive's directory end with a part of one more header."""
    at = whole.rfind(b"PK\5\6")
    size = int.from_bytes(whole[at + 12 : at + 16], "little") + 10
    end = whole[at : at + 8] + b"\2\0\2\0" + size.to_bytes(4, "little") + whole[at + 16 :]
    return whole[:at] + b"PK\1\2" + bytes(6) + end


@pytest.mark.parametrize("fault", ["a header that is cut", "a name that is no text"])
def test_an_archive_that_zipimport_begins_to_read_and_cannot_is_refused_in_one_line(place: Path, fault: str) -> None:
    write_zip(place / "a.pyz", {"__main__.py": "print('ran')", **({"\u00e9": ""} if "name" in fault else {})})
    whole = (place / "a.pyz").read_bytes()
    (place / "a.pyz").write_bytes(whole.replace(b"\xc3\xa9", b"\xff\xa9") if "name" in fault else cut_header(whole))
    for words in (["a.pyz"], ["--explain", "a.pyz"], ["--unpack", "a.pyz"], ["a.pyz/sub"], ["inspect", "a.pyz/sub"]):
        ended = start(place, *words)
        assert (ended.status in (1, 2), ended.out, "Traceback" in ended.err) == (True, "", False)
        assert len(ended.err.splitlines()) <= 2


@pytest.mark.skipif(os.name == "nt", reason="descriptors are not limited so there")
def test_an_archive_starts_with_no_more_descriptors_than_python_needs(place: Path) -> None:
    write_zip(place / "a.pyz", {"__main__.py": "print('ran')"})
    limited = ["/bin/sh", "-c", 'ulimit -n 4; exec "$@"', "sh"]
    expected = run([*limited, *PYTHON, "a.pyz"], place)
    assert run([*limited, *MAINSPRING, "--no-cache", "a.pyz"], place) == expected


def _has_read(process: int) -> int:
    """Give how many bytes a process has read so far; as proc_pid_io(5) has it."""
    return int(Path(f"/proc/{process}/io").read_text().split()[1])


_MUCH = 2**29  # bytes, which take no room, but more than a moment to be hashed


@pytest.mark.skipif(not os.path.exists("/proc/self/io"), reason="it cannot be seen what another process does")
@pytest.mark.parametrize("words", [[], ["inspect"]], ids=["run", "inspect"])
def test_ctrl_c_before_there_is_a_program_ends_it_by_the_signal_without_a_word(place: Path, words: List[str]) -> None:
    with (place / "a.pyz").open("wb") as file:
        file.truncate(_MUCH)  # which makes a prefix
    write_zip(place / "a.pyz", {"__main__.py": "print('ran')"})
    pipes: Any = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen([*MAINSPRING, *words, "a.pyz"], cwd=str(place), env=clean_environment(), **pipes) as process:
        # Not while it imports: python itself makes nothing of an interrupt in a callback of its import system.
        while process.poll() is None and _has_read(process.pid) < _MUCH // 16:
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        assert process.communicate() == (b"", b"")
    assert process.returncode == -signal.SIGINT


@pytest.mark.parametrize(
    "text, size",
    [("5", 5), ("1.5k", 1500), ("5MB", 5 * 10**6), ("2GiB", 2 * 2**30), ("3Mi", 3 * 2**20), (" 1 T", 10**12)],
)
def test_sizes_are_read_as_they_are_written(text: str, size: int) -> None:
    assert wording.size_of(text) == size


# As under python -I, and told beforehand

SIGHT = "import os, sys\nprint(sys.flags.isolated, sys.path, sys.argv, os.environ.get('PYTHONPATH'), __name__)\n"


@pytest.fixture
def sights(tmp_path: Path) -> Path:
    write_zip(tmp_path / "a.pyz", {"__main__.py": SIGHT})
    return write_tree(tmp_path, {"s.py": SIGHT, "d/__main__.py": SIGHT, "elsewhere/json.py": ""})


@pytest.mark.parametrize("words", [["s.py"], ["d", "a"], ["a.pyz", "--isolated"], ["-"]])
def test_a_target_can_be_run_isolated(sights: Path, words: List[str]) -> None:
    env = {"PYTHONPATH": "elsewhere", "PYTHONDONTWRITEBYTECODE": "1"}
    expected = run([*PYTHON, "-I", *words], sights, stdin=SIGHT, env=env)
    assert expected.out.startswith("1 ")
    assert run([*MAINSPRING, "--isolated", *words], sights, stdin=SIGHT, env=env) == expected
    assert run([*PYTHON, "-I", *MAINSPRING[1:], "--isolated", *words], sights, stdin=SIGHT, env=env) == expected


def test_a_module_in_the_current_directory_is_not_found_when_isolated(sights: Path) -> None:
    assert start(sights, "-m", "s").status == 0
    expected = run([*PYTHON, "-I", "-m", "s"], sights)
    assert start(sights, "--isolated", "-m", "s") == expected
    assert expected.status == 1


@pytest.mark.parametrize("options", [[], ["--no-cache"], ["--isolated"]])
def test_what_explain_says_can_be_said_beforehand(sights: Path, options: List[str]) -> None:
    told = start(sights, *options, "--explain", "a.pyz", "a")
    ended = start(sights, "--verbose", *options, "a.pyz", "a")
    assert told.status == 0
    assert ended == Ended(0, start(sights, *options, "a.pyz", "a").out, told.out)


def test_a_program_sees_nothing_of_what_was_said_beforehand(sights: Path) -> None:
    write_tree(sights, {"m.py": "import sys\nprint(sorted(sys.modules))\n"})
    assert start(sights, "--verbose", "m.py").out == start(sights, "m.py").out


def test_what_is_refused_is_refused_once_when_it_was_to_be_told_beforehand(place: Path) -> None:
    assert start(place, "--verbose", "no.py") == start(place, "no.py")


@pytest.mark.skipif(os.name == "nt", reason="there are no pseudo-terminals")
@pytest.mark.parametrize("own", [[], ["--isolated"]], ids=str)
def test_a_terminal_that_is_the_target_gets_pythons_own_prompt(own: List[str], tmp_path: Path) -> None:
    seen = []
    for words in ([*PYTHON, *(["-I"] if own else [])], [*MAINSPRING, *own]):
        ours, theirs = os.openpty()
        os.write(ours, b"import sys\nprint(6 * 7, sys.argv[1:], sys.flags.isolated)\n\x04")
        seen.append(run([*words, os.ttyname(theirs), "a"], tmp_path))
        os.close(ours)
        os.close(theirs)
    assert seen[1] == seen[0]
    if sys.version_info >= (3, 10):  # before, python prompts, and reads standard input
        assert seen[0] == Ended(0, f"42 ['a'] {len(own)}\n", ">>> >>> >>> \n")


# What Windows has in other ways


@pytest.mark.skipif(os.name != "nt", reason="it is a file there that python takes for a terminal")
def test_nul_gets_pythons_own_prompt_on_windows(tmp_path: Path) -> None:
    assert run([*MAINSPRING, "NUL"], tmp_path) == run([*PYTHON, "NUL"], tmp_path) == Ended(0, "", ">>> \n")


def test_on_windows_errors_are_said_in_the_encoding_of_the_stream_and_with_its_line_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open(str(tmp_path / "err"), "w", encoding="cp1252") as stream, monkeypatch.context() as windows:
        windows.setattr(os, "name", "nt")
        windows.setattr(os, "linesep", "\r\n")
        windows.setattr(sys, "stderr", stream)
        front_door._print_error("gr\u00fc\u00df\u0142")
        assert (tmp_path / "err").read_bytes() == b"gr\xfc\xdf\\u0142\r\n"  # nothing is left to be flushed


@pytest.mark.parametrize(("name", "status"), [("nt", None), ("posix", 1)])
def test_a_reader_that_has_seen_enough_is_no_error_though_windows_has_another_word_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, status: Optional[int]
) -> None:
    class Unread(io.StringIO):
        def write(self, text: str) -> int:
            raise OSError(errno.EINVAL, "Invalid argument", text)

        def fileno(self) -> int:
            return file.fileno()

    ended = None
    with open(str(tmp_path / "out"), "w") as file, monkeypatch.context() as windows:
        windows.setattr(os, "name", name)
        windows.setattr(sys, "stdout", Unread())
        try:
            front_door._print("words")
        except SystemExit as error:
            ended = error.code
    assert ended == status


# As on 3.8 and 3.9 on a system without /proc
TELLS_WORDS = """
import builtins, sys
vars(sys).pop("orig_argv", None)
ordinary = builtins.open
def without_proc(path, *rest):
    if str(path).startswith("/proc/"):
        raise FileNotFoundError(path)
    return ordinary(path, *rest)
builtins.open = without_proc
from mainspring.runtime import command
print(command.python_words(command.parse(sys.argv[1:])), "subprocess" in sys.modules)
"""


@pytest.mark.parametrize("options", [[], ["-B"], ["-Wignore"], ["-X", "utf8"], ["-O", "-I"]])
def test_the_command_line_is_made_of_flags_where_it_is_not_told_and_of_a_module_only_if_any_is_set(
    tmp_path: Path, options: List[str]
) -> None:
    write_tree(tmp_path, {"tells.py": TELLS_WORDS})
    ended = run([sys.executable, *options, "tells.py", "app.py", "x"], tmp_path)
    assert (ended.status, ended.err) == (0, "")
    assert ended.out == f"{[sys.executable, *options, 'app.py', 'x']} {bool(options)}\n"
