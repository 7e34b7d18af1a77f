"""Package directories: run by path as python runs them, or as the package that they are where python cannot."""

import os
import sys
from pathlib import Path
from typing import List

import pytest

import mainspring
from support import MAINSPRING, PYTHON, Ended, run, write_tree

MAIN = "import sys\nfrom . import near\nfrom .sub import deep\nprint(near.word, deep.word, __package__, __spec__.name, sys.argv[1:])\n"
FILES = {
    "src/pkg/__init__.py": "print('loaded')\n",
    "src/pkg/__main__.py": MAIN,
    "src/pkg/near.py": "word = 'near'\n",
    "src/pkg/sub/__init__.py": "",
    "src/pkg/sub/deep.py": "from .. import near\nword = near.word * 2\n",
    "src/pkg/sub/__main__.py": "from .deep import word\nprint(word, __package__, __name__)\n",
    "src/plain/__init__.py": "1/0\n",
    "src/plain/__main__.py": "import sys\nprint(__package__ == '', sys.path[0].endswith('plain'))\n",
}


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return write_tree(tmp_path, FILES)


@pytest.mark.parametrize("target", ["src/pkg", "src/pkg/", "./src/../src/pkg"])
def test_a_package_with_relative_imports_runs_as_a_package(place: Path, target: str) -> None:
    ended = run([*MAINSPRING, target, "a"], place)
    assert ended == Ended(0, "loaded\nnear nearnear pkg pkg.__main__ ['a']\n", "")


def test_a_package_in_a_package_runs_under_its_whole_name(place: Path) -> None:
    assert run([*MAINSPRING, "src/pkg/sub"], place) == Ended(0, "loaded\nnearnear pkg.sub __main__\n", "")


@pytest.mark.parametrize("words", [["pkg.old"], ["--entry", "near", "pkg.old"]], ids=" ".join)
@pytest.mark.parametrize("other", ["pkg/old/__main__.py", "pkg/near.py", ""])
def test_a_package_whose_name_has_a_dot_is_refused_and_no_other_executed(
    words: List[str], other: str, tmp_path: Path
) -> None:
    write_tree(tmp_path, {f"pkg.old/{name[8:]}": text for name, text in FILES.items() if name.startswith("src/pkg/")})
    if other:
        write_tree(
            tmp_path, {"pkg/__init__.py": "print('wrong')\n", "pkg/old/__init__.py": "", other: "print('wrong')\n"}
        )
    ended = run([*MAINSPRING, *words], tmp_path)
    assert (ended.out, "Traceback" in ended.err) == ("", False)
    if words == ["pkg.old"]:
        reason = "its __main__ has relative imports, and no package can be imported whose name has a dot: 'pkg.old'"
        assert ended == Ended(2, "", f"mainspring: pkg.old: {reason}\nhint: rename that directory\n")


@pytest.mark.parametrize("options", [["-I"], ["-O"], *([["-P"]] if sys.version_info >= (3, 11) else [])])
def test_a_package_runs_under_every_option(place: Path, options: List[str]) -> None:
    ended = run([*PYTHON, *options, *MAINSPRING[1:], "src/pkg"], place)
    assert (ended.status, ended.err) == (0, "")


def test_a_package_that_python_can_run_by_path_runs_as_python_runs_it(place: Path) -> None:
    expected = run([*PYTHON, "src/plain"], place)
    assert expected.status == 0
    assert run([*MAINSPRING, "src/plain"], place) == expected


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes with names")
def test_a_package_whose_main_is_a_pipe_is_refused_as_by_python_and_not_waited_for(place: Path) -> None:
    (place / "src" / "plain" / "__main__.py").unlink()
    os.mkfifo(str(place / "src" / "plain" / "__main__.py"))
    expected = run([*PYTHON, "src/plain"], place)
    assert run([*MAINSPRING, "src/plain"], place) == expected
    assert mainspring.inspect(place / "src" / "plain").kind in ("package", "directory")


def test_the_current_directory_is_not_on_the_path_of_a_package(place: Path) -> None:
    write_tree(place, {"far.py": "", "src/pkg/near.py": "word = 'near'\nimport far\n"})
    ended = run([*MAINSPRING, "src/pkg"], place)
    assert "No module named 'far'" in ended.err


def test_a_traceback_of_a_package_begins_in_the_package(place: Path) -> None:
    write_tree(place, {"src/pkg/near.py": "1/0\n"})
    lines = run([*MAINSPRING, "src/pkg"], place).err.splitlines()
    assert lines[0] == "Traceback (most recent call last):"
    assert "__main__.py" in lines[1] and "mainspring" not in "".join(lines).replace(str(place), "")


def test_a_package_can_start_itself_again(place: Path) -> None:
    again = "import os, subprocess, sys\nif 'AGAIN' not in os.environ and hasattr(sys, 'orig_argv'):\n"
    again += "    sys.exit(subprocess.call([sys.executable, *sys.orig_argv[1:]], env={**os.environ, 'AGAIN': '1'}))\n"
    write_tree(place, {"src/pkg/__main__.py": again + MAIN})
    assert "near nearnear pkg pkg.__main__ ['a']\n" in run([*MAINSPRING, "src/pkg", "a"], place).out


@pytest.mark.parametrize("name", ["site", "sys"])
@pytest.mark.parametrize("words", [[], ["--explain"]], ids=str)
def test_a_module_of_pythons_own_does_not_run_in_the_place_of_a_package(
    place: Path, name: str, words: List[str]
) -> None:
    write_tree(place, {f"{name}/__init__.py": "", f"{name}/__main__.py": "from . import near\n", f"{name}/near.py": ""})
    ended = run([*MAINSPRING, *words, name], place)
    start = f"mainspring: {name}: its name as a package, {name!r}, is that of another module here: "
    assert (ended.status, ended.out, ended.err.startswith(start)) == (2, "", True), ended.err
    (place / name).rename(place / "another")
    assert run([*MAINSPRING, *words, "another"], place).status == 0


@pytest.mark.parametrize("target", ["src/pkg", "src/plain"])
def test_what_the_compiler_warns_of_is_said_once(place: Path, target: str) -> None:
    text = (place / target / "__main__.py").read_text()
    write_tree(place, {f"{target}/__main__.py": f"word = '\\d'\n{text}"})
    assert run([*PYTHON, "-W", "default", "-m", "mainspring", target], place).err.count("Warning: ") == 1
