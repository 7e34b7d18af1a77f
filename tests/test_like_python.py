"""The oracle is python itself: every case is started both ways, and must look and end the same.

The differences that remain are those of README's table; each has a function here that takes python's side of
it away, and nothing else is taken away.
"""

import difflib
import os
import re
import shutil
import sys
import zlib
from pathlib import Path
from typing import Callable, Dict, List, Set

import pytest

import mainspring
from cases import Case, bundles, endings, errors, modules, options, sights, texts
from support import MAINSPRING, PYTHON, SOURCES, Ended, run, write_tree

ALL = [*sights.CASES, *texts.CASES, *endings.CASES, *bundles.CASES, *modules.CASES, *options.CASES, *errors.CASES]
INSTALLED = Path(mainspring.__file__).parent.parent
SCRIPT = Path(sys.executable).parent / ("mainspring.exe" if os.name == "nt" else "mainspring")
LAUNCHERS = {"module": MAINSPRING[1:], **({"script": [str(SCRIPT)]} if SCRIPT.exists() else {})}
# By which another Python sends somebody here.
LAUNCH = {"launch": [str(Path(mainspring.__file__).parent / "launch.py")]}


def _fits(case: Case) -> bool:
    if sys.version_info < case.since:
        return False
    if case.shell and os.name != "posix":
        return False
    if case.needs == "linux":
        return sys.platform.startswith("linux")
    return case.needs != "posix" or os.name == "posix"


CASES = [pytest.param(case, id=case.name) for case in ALL if _fits(case)]


def _launchers(case: Case) -> Dict[str, List[str]]:
    """Give the ways in which the case is started, by name; those that look at the start are started in one way more."""
    able = {name: words for name, words in LAUNCHERS.items() if name in case.launchers}
    looks = case in sights.CASES or case in options.CASES
    return {**able, **(LAUNCH if looks and "script" in case.launchers else {})}


def _whose_turn_it_is(case: Case, launchers: Dict[str, List[str]]) -> Dict[str, List[str]]:
    """Give one of the launchers: another one for the next version of Python."""
    turn = (zlib.crc32(case.name.encode()) + sys.version_info[1]) % len(launchers)
    return dict([list(launchers.items())[turn]])


@pytest.mark.parametrize("case", CASES)
def test_targets_run_as_python_runs_them(case: Case, tmp_path: Path, is_thorough: bool) -> None:
    expected = _start(case, tmp_path / "t", [])
    launchers = _launchers(case)
    for name, words in (launchers if is_thorough else _whose_turn_it_is(case, launchers)).items():
        _assert_same(expected, _start(case, tmp_path / "t", words), name)


def test_the_installed_command_is_among_the_launchers() -> None:
    if INSTALLED == SOURCES.parent:
        pytest.skip("mainspring runs from its sources")
    assert "script" in LAUNCHERS


def test_there_are_at_least_a_hundred_cases_with_names_of_their_own() -> None:
    names = [case.name for case in ALL]
    assert len(names) >= 100
    assert len(set(names)) == len(names)


def _start(case: Case, directory: Path, launcher: List[str]) -> Ended:
    """Make the case's tree anew at the same place and start it there."""
    shutil.rmtree(str(directory), ignore_errors=True)
    directory.mkdir()
    write_tree(directory, case.tree)
    words = [*PYTHON, *case.options, *launcher]
    env = {name: value.format(mainspring=INSTALLED) for name, value in (case.env or {}).items()}
    if case.shell:
        command = case.shell.replace("$RUN", " ".join(words))
        ended = run(["sh", "-c", command], directory / case.cwd, case.stdin, env)
    else:
        ended = run([*words, *case.words], directory / case.cwd, case.stdin, env)
    return _without_differences(ended)


def _assert_same(python: Ended, mainspring: Ended, launcher: str) -> None:
    def lines(ended: Ended) -> List[str]:
        return [f"status {ended.status}", *ended.out.splitlines(), "errors:", *ended.err.splitlines()]

    if python != mainspring:
        diff = difflib.unified_diff(lines(python), lines(mainspring), "python", launcher, lineterm="", n=0)
        pytest.fail("\n".join(diff), pytrace=False)


def _without_differences(ended: Ended) -> Ended:
    clean: List[Callable[[str], str]] = [_without_addresses, _without_runpy_frames, _without_repetition, _without_zlib]
    out, err = ended.out, ended.err
    for step in clean:
        out, err = step(out), step(err)
    return Ended(ended.status, out, err)


def _without_addresses(text: str) -> str:
    """Take away what differs between two runs of python: addresses, thread numbers, times."""
    text = re.sub(r"0x[0-9A-Fa-f]+", "0x", text)
    text = re.sub(r"(started|refcount *:) \d+", r"\1 N", text)
    return re.sub(r"in \d\.\d+s", "in Ns", text)


_FRAME_OF_RUNPY = re.compile(
    r'^([ |]*)  File "(?:<frozen (?:runpy|importlib[._\w]*|zipimport)>|[^"]*/(?:runpy|importlib/util)\.py)", line \d+.*\n'
    r"(?:\1    .*\n)*",
    re.MULTILINE,
)
_HEAD_OF_NOTHING = re.compile(r'^Traceback \(most recent call last\):\n(?=  File ".*", line \d+\n|\S)', re.MULTILINE)


def _without_runpy_frames(text: str) -> str:
    """Take away the frames of runpy and of the import system, which mainspring does not show; README's table."""
    return _HEAD_OF_NOTHING.sub("", _FRAME_OF_RUNPY.sub("", text))


def _without_repetition(text: str) -> str:
    """Take away what python says twice, because it compiles an archive's modules twice; README's table."""
    said: Set[str] = set()
    kept: List[str] = []
    is_said = False
    for line in text.splitlines(keepends=True):
        is_said = line in said or (is_said and line.startswith("  "))  # the source that follows
        if "Warning: " in line and ".pyz" in line:
            said.add(line)
        if not is_said:
            kept.append(line)
    return "".join(kept)


def _without_zlib(text: str) -> str:
    """Take away a module that python loads for compressed archives, and we when there is something to inflate."""
    return re.sub(r"^(modules \[.*), 'zlib'\]$", r"\1]", text, flags=re.MULTILINE)
