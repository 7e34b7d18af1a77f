"""--explain says what would happen, by what then does happen, and does nothing of it."""

import sys
import time
from pathlib import Path
from typing import Dict, List

import pytest
from support import MAINSPRING, Files, run, write_tree, write_zip
from test_shiv_layout import BOOTSTRAP, KEYS
from test_shiv_layout import MAIN as SHIV_MAIN

SEEN = "import json, sys\nprint(json.dumps([sys.argv, sys.path]))\n"
DAMAGE = "import os\nopen('ran', 'w').close()\n"
SHIV: Files = {
    "__main__.py": SHIV_MAIN,
    "_bootstrap/__init__.py": BOOTSTRAP,
    "site-packages/app.py": f"def main():\n    {SEEN.replace(chr(10), '; ').rstrip('; ')}\n",
}
TARGETS: Dict[str, List[str]] = {
    "script": ["s.py", "a"],
    "directory": ["d"],
    "archive": ["a.pyz", "a", "b"],
    "shiv": ["shiv.pyz", "a"],
    "wheel": ["t-1-py3-none-any.whl"],
    "module": ["-m", "s"],
}


@pytest.fixture
def place(tmp_path: Path) -> Path:
    import json

    write_tree(tmp_path, {"s.py": SEEN, "d/__main__.py": SEEN})
    write_zip(tmp_path / "a.pyz", {"__main__.py": SEEN})
    write_zip(tmp_path / "shiv.pyz", {**SHIV, "environment.json": json.dumps(KEYS)})
    info = {"METADATA": "Metadata-Version: 2.1\nName: t\nVersion: 1\n", "RECORD": "", "WHEEL": "Wheel-Version: 1.0\n"}
    info["WHEEL"] += "Root-Is-Purelib: true\nTag: py3-none-any\n"
    info["entry_points.txt"] = "[console_scripts]\nt = app:main\n"
    members = {f"t-1.dist-info/{name}": text for name, text in info.items()}
    write_zip(tmp_path / TARGETS["wheel"][0], {"app.py": SHIV["site-packages/app.py"], **members})
    time.sleep(0.1)  # files that were changed just now are not remembered
    return tmp_path


def _explained(words: List[str], place: Path) -> Dict[str, List[str]]:
    ended = run([*MAINSPRING, "--explain", *words], place)
    assert (ended.status, ended.err) == (0, "")
    found: Dict[str, List[str]] = {}
    about = ""
    for line in ended.out.splitlines():
        about = line[:11].strip() or about
        found.setdefault(about, []).append(line[12:])
    return found


@pytest.mark.parametrize("kind", sorted(TARGETS))
def test_what_is_explained_is_what_the_program_sees(kind: str, place: Path) -> None:
    words = TARGETS[kind]
    cold = _explained(words, place)
    argv, path = eval(run([*MAINSPRING, *words], place).out)
    run([*MAINSPRING, *words], place)
    warm = _explained(words, place)
    for plan in (cold, warm):
        assert plan["kind"][0].startswith(f"{kind}: ")
        assert plan["sys.path"] == path
        if kind != "module":  # whose file is found when it starts
            assert eval(plan["sys.argv"][0]) == argv
    if kind != "module":
        assert (cold["store"][0].endswith("cold"), warm["store"][0].endswith("warm")) == (kind != "directory",) * 2


def test_nothing_is_run_and_nothing_is_written(tmp_path: Path) -> None:
    write_zip(tmp_path / "a.pyz", {"__main__.py": DAMAGE, "x.so": b"native"})
    plan = _explained(["--unpack", "a.pyz"], tmp_path)
    assert "real files" in plan["store"][1]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.pyz"]
    assert not list((Path.home()).rglob("bundles-1"))


def test_where_an_entry_was_found_is_said(place: Path) -> None:
    assert _explained(["shiv.pyz"], place)["starts"] == ["main of the module app, which is called (environment.json)"]
    asked = _explained(["--entry", "app:other", "shiv.pyz"], place)
    assert asked["starts"] == ["other of the module app, which is called (--entry)"]


def test_what_would_be_refused_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.pyz").write_bytes(write_zip(tmp_path / "b.pyz", {"__main__.py": SEEN * 50}).read_bytes()[:-30])
    ended = run([*MAINSPRING, "--explain", "a.pyz"], tmp_path)
    assert (ended.status, ended.out) == (2, "")
    assert ended.err.startswith("mainspring: a.pyz: broken zip archive")


def test_a_missing_target_is_said_in_pythons_words(tmp_path: Path) -> None:
    ended = run([*MAINSPRING, "--explain", "nope.py"], tmp_path)
    assert (ended.status, "No such file or directory" in ended.err) == (2, True)


def test_names_with_control_characters_do_not_reach_the_terminal(tmp_path: Path) -> None:
    if sys.platform == "win32":
        pytest.skip("there are no such names")
    write_tree(tmp_path, {"s\x1b[2J.py": ""})
    assert "\x1b" not in run([*MAINSPRING, "--explain", "s\x1b[2J.py"], tmp_path).out
