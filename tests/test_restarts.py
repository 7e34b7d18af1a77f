"""Programs that start themselves again by `sys.orig_argv`, as reloaders do: the same starts, also where python could not."""

import sys
from pathlib import Path
from typing import List

import pytest

from support import MAINSPRING, Files, run, write_tree, write_zip

pytestmark = pytest.mark.skipif(sys.version_info < (3, 10), reason="there is no sys.orig_argv")

AGAIN = """
import os, subprocess, sys
def main():
    print(__name__, sys.argv[1:], {what}, flush=True)
    if "AGAIN" not in os.environ:
        return subprocess.call([sys.executable, *sys.orig_argv[1:]], env={{**os.environ, "AGAIN": "1"}})
"""
IN_MAIN = AGAIN.format(what="len(os.listdir(os.path.dirname(__file__)))") + "sys.exit(main())\n"
IN_MODULE = AGAIN.format(what="'entry'")
PROJECT = '[project]\nname = "tool"\nversion = "1"\n[project.scripts]\ntool = "tool:main"\n'


def _both(place: Path, words: List[str], **variables: str) -> List[str]:
    """Give what a program prints in its two starts, the second of which it starts itself; cold, then warm."""
    env = {"MAINSPRING_CACHE_DIR": str(place / "store"), **variables}
    for _ in range(2):
        ended = run([*words, "a"], place, env=env)
        assert (ended.status, ended.err) == (0, "")
    return ended.out.splitlines()


@pytest.mark.parametrize("option", ["--unpack", "--unpack=always"])
def test_an_unpacked_archive_is_unpacked_again(option: str, tmp_path: Path) -> None:
    write_zip(tmp_path / "app.pyz", {"__main__.py": IN_MAIN, "data/x.txt": "here"})
    assert _both(tmp_path, [*MAINSPRING, option, "app.pyz"]) == ["__main__ ['a'] 2"] * 2


def test_so_is_one_that_is_unpacked_by_a_variable(tmp_path: Path) -> None:
    write_zip(tmp_path / "app.pyz", {"__main__.py": IN_MAIN, "data/x.txt": "here"})
    assert _both(tmp_path, [*MAINSPRING, "app.pyz"], MAINSPRING_UNPACK="1") == ["__main__ ['a'] 2"] * 2


@pytest.mark.parametrize("target", ["tool", "tool.zip"])
def test_what_was_chosen_in_a_bundle_is_chosen_again(target: str, tmp_path: Path) -> None:
    members: Files = {"tool.py": IN_MODULE, "__main__.py": "print('another')\n"}
    write_tree(tmp_path / "tool", members)
    write_zip(tmp_path / "tool.zip", members)
    assert _both(tmp_path, [*MAINSPRING, "--entry", "tool:main", target]) == ["tool ['a'] entry"] * 2


def test_a_project_runs_as_one_again(tmp_path: Path) -> None:
    write_tree(tmp_path, {"here/pyproject.toml": PROJECT, "here/tool.py": IN_MODULE})
    assert _both(tmp_path, [*MAINSPRING, "here"]) == ["tool ['a'] entry"] * 2


def test_so_does_what_is_left_to_an_interpreter_with_options(tmp_path: Path) -> None:
    in_module = AGAIN.format(what="sys.flags.isolated")
    write_tree(tmp_path, {"here/pyproject.toml": PROJECT, "here/tool.py": in_module})
    assert _both(tmp_path, [*MAINSPRING, "--isolated", "here"]) == ["tool ['a'] 1"] * 2
