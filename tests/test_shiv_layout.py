"""What shiv writes into a bundle is read strictly: anything else is refused, or left to the bundle's own bootstrap."""

import json
import os
import sys
import zipfile
from pathlib import Path
from typing import Any, Dict, List, Optional

import pytest

from mainspring.runtime import shiv
from support import MAINSPRING, Ended, Files, run, until_settled, write_zip

MAIN = "# -*- coding: utf-8 -*-\nimport _bootstrap\n_bootstrap.bootstrap()\n"
KEYS: Dict[str, Any] = {
    "built_at": "2026-01-01 00:00:00",
    "shiv_version": "1.0.8",
    "build_id": "abc123",
    "always_write_cache": False,
    "compile_pyc": False,
    "entry_point": "app:main",
    "extend_pythonpath": False,
    "hashes": {},
    "no_modify": False,
    "preamble": None,
    "prepend_pythonpath": None,
    "reproducible": False,
    "root": None,
    "script": None,
}
BOOTSTRAP = "def bootstrap():\n    print('its own bootstrap')\n"


APP = "def main():\n    print('ran')\n    return 3\n"


def _bundle(directory: Path, main: str = MAIN, environment: Any = None, app: str = APP, **keys: Any) -> str:
    text = json.dumps({**KEYS, **keys}) if environment is None else environment
    members: Files = {
        "__main__.py": main,
        "_bootstrap/__init__.py": BOOTSTRAP,
        "environment.json": text,
        "site-packages/app.py": app,
    }
    write_zip(directory / "app.pyz", members)
    return "app.pyz"


def test_a_bundle_as_shiv_makes_it_runs_without_its_bootstrap(tmp_path: Path) -> None:
    assert run([*MAINSPRING, _bundle(tmp_path)], tmp_path) == (3, "ran\n", "")


def test_an_entry_with_extras_starts_as_its_console_script_would(tmp_path: Path) -> None:
    bundle = _bundle(tmp_path, entry_point="app:main [tool,more]")  # as shiv 1.0.8 takes it over from watchdog, for one
    for _ in range(2):
        assert run([*MAINSPRING, bundle], tmp_path) == (3, "ran\n", "")
    plan = run([*MAINSPRING, "--explain", bundle], tmp_path).out
    assert "main of the module app, which is called (environment.json)" in plan


WORKER = """
import multiprocessing, os, sys
def work():
    print("worked", flush=True)
def main():
    os.truncate(sys.argv[0], 100) if "cut" in sys.argv else os.unlink(sys.argv[0])
    process = multiprocessing.get_context("spawn").Process(target=work)
    process.start()
    process.join()
    return process.exitcode
"""


@pytest.mark.parametrize("way", ["cut", "gone"])
def test_workers_start_though_the_bundle_is_gone_or_being_written_anew(way: str, tmp_path: Path) -> None:
    for options in ([], [], ["--no-cache"]):
        (tmp_path / "new").mkdir(exist_ok=True)
        os.replace(str(tmp_path / "new" / _bundle(tmp_path / "new", app=WORKER)), str(tmp_path / "app.pyz"))
        assert run([*MAINSPRING, *options, "app.pyz", way], tmp_path) == (0, "worked\n", "")


BROKEN: Dict[str, Dict[str, Any]] = {
    "no JSON": {"environment": "{"},
    "no object": {"environment": "[]"},
    "not UTF-8": {"environment": b"\xff\xfe{}"},
    "a key twice": {"environment": '{"build_id": "a", "build_id": "b", "shiv_version": "1", "built_at": ""}'},
    "nested without end": {"environment": "[" * 100_000},
    "a build id that leaves the cache": {"build_id": "../../x"},
    "a build id that is a folder": {"build_id": ".."},
    "a build id with a drive": {"build_id": "c:x"},
    "a build id with a control character": {"build_id": "\x1b[2J"},
    "a build id without end": {"build_id": "a" * 1000},
    "half a character": {"prepend_pythonpath": "\ud800"},
    "a preamble that is not there": {"preamble": "nothere.py"},
    "a build id that is a number": {"build_id": 7},
    "an entry that is a list": {"entry_point": ["app:main"]},
    "an entry with a null byte": {"entry_point": "app\0:main"},
    "a script elsewhere": {"script": "../../bin/sh"},
    "a preamble elsewhere": {"preamble": "/etc/profile.py"},
    "hashes that are a text": {"hashes": "none"},
    "a switch that is a text": {"extend_pythonpath": "yes"},
    "an entry that is code": {"entry_point": "os;system('x'):main"},
    "an entry with a space": {"entry_point": "app:main now"},
    "extras without an end": {"entry_point": "app:main [tool"},
    "extras and more": {"entry_point": "app:main [tool] now"},
    "an empty entry": {"entry_point": ""},
}


@pytest.mark.parametrize("name", sorted(BROKEN))
def test_broken_metadata_are_refused_in_one_line_and_nothing_runs(name: str, tmp_path: Path) -> None:
    bundle = _bundle(tmp_path, **BROKEN[name])
    for _ in range(2):
        ended = run([*MAINSPRING, bundle], tmp_path)
        assert (ended.status, ended.out) == (2, "")
        lines = ended.err.splitlines()
        assert lines[0].startswith("mainspring: app.pyz: ")
        assert [line.split(":")[0] for line in lines[1:]] in ([], ["hint"])
        assert "\x1b" not in ended.err


@pytest.mark.parametrize("tag", ["../../", "cp313", "a-b-c-d"])
def test_a_tag_that_is_none_is_refused_where_native_modules_have_to_fit(tag: str, tmp_path: Path) -> None:
    bundle = _bundle(tmp_path)
    info = "site-packages/app-1.dist-info/WHEEL"
    with zipfile.ZipFile(str(tmp_path / bundle), "a") as archive:
        archive.writestr(info, f"Wheel-Version: 1.0\nTag: {tag}\n")
        archive.writestr("site-packages/native.so", b"")
    ended = run([*MAINSPRING, bundle], tmp_path)
    assert ended == (2, "", f"mainspring: app.pyz: member '{info}' has a Tag that is none: '{tag}'\n")


def test_sources_that_were_modified_after_the_build_are_refused_where_that_is_forbidden(tmp_path: Path) -> None:
    ended = run([*MAINSPRING, _bundle(tmp_path, no_modify=True, hashes={"app.py": "0" * 64})], tmp_path)
    assert (ended.status, ended.out) == (2, "")
    assert "site-packages/app.py was modified after the bundle was built" in ended.err


def test_an_unknown_key_leaves_a_bundle_to_its_own_bootstrap(tmp_path: Path) -> None:
    bundle = _bundle(tmp_path, new_key=1)
    until_settled()
    for _ in range(2):
        assert run([*MAINSPRING, bundle], tmp_path).out == "its own bootstrap\n"


def test_a_bundle_that_starts_something_else_runs_as_it_says(tmp_path: Path) -> None:
    assert run([*MAINSPRING, _bundle(tmp_path, main="print('its main')\n")], tmp_path).out == "its main\n"


# What is asked for of a bundle whose own bootstrap has to run it.

ASKED = """
import os, sys
def bootstrap():
    names = [name for name in sorted(os.environ) if name.startswith(("SHIV_INT", "SHIV_CON", "SHIV_ENT", "SHIV_MOD"))]
    print([f"{name}={os.environ[name]}" for name in names], sys.argv[1:])
"""


@pytest.mark.parametrize(
    "words, expected",
    [
        (["--repl"], "SHIV_INTERPRETER=1"),
        (["--entry", "app"], "SHIV_ENTRY_POINT=app"),
        (["--entry", "app:main"], "SHIV_ENTRY_POINT=app:main"),
        (["--entry", "tool"], "SHIV_CONSOLE_SCRIPT=tool"),
    ],
)
def test_a_bootstrap_is_asked_for_what_the_user_asked_for(words: List[str], expected: str, tmp_path: Path) -> None:
    text = json.dumps({**KEYS, "of_tomorrow": 1})
    files: Files = {"__main__.py": MAIN, "_bootstrap/__init__.py": ASKED, "environment.json": text}
    write_zip(tmp_path / "app.pyz", {**files, "site-packages/bin/tool": "", "site-packages/app.py": ""})
    env = {"SHIV_MODULE": "other", "SHIV_INTERPRETER": "1"}
    for _ in range(2):
        assert run([*MAINSPRING, *words, "app.pyz", "a"], tmp_path, env=env).out == f"[{expected!r}] ['a']\n"
    refused = run([*MAINSPRING, "--entry", "a b", "app.pyz"], tmp_path)
    assert (refused.status, refused.out) == (2, "") and "it has no entry 'a b'" in refused.err


@pytest.mark.parametrize(
    "version, first", [("0.4.0", "entry"), ("0.5.0", "entry"), ("0.5.1", "script"), ("1.0.8", "script")]
)
def test_of_an_entry_point_and_a_script_the_one_starts_that_its_shiv_starts(
    version: str, first: str, tmp_path: Path
) -> None:
    text = json.dumps({**KEYS, "shiv_version": version, "entry_point": "app:main", "script": "tool"})
    files: Files = {"__main__.py": MAIN, "_bootstrap/__init__.py": BOOTSTRAP, "environment.json": text}
    app = {"site-packages/app.py": "def main(): print('entry')\n", "site-packages/bin/tool": "print('script')\n"}
    write_zip(tmp_path / "app.pyz", {**files, **app})
    assert run([*MAINSPRING, "app.pyz"], tmp_path) == Ended(0, f"{first}\n", "")


@pytest.mark.parametrize("version", ["0.0.30", None])
def test_what_the_first_shivs_made_is_left_to_their_bootstrap(version: Optional[str], tmp_path: Path) -> None:
    keys = {name: value for name, value in KEYS.items() if name != "shiv_version"}
    keys.update({} if version is None else {"shiv_version": version})
    assert run([*MAINSPRING, _bundle(tmp_path, environment=json.dumps(keys))], tmp_path).out == "its own bootstrap\n"


def test_an_interpreter_and_an_entry_cannot_both_be_asked_for(tmp_path: Path) -> None:
    ended = run([*MAINSPRING, "--repl", "--entry", "app", _bundle(tmp_path)], tmp_path)
    assert (ended.status, ended.err.splitlines()[0]) == (2, "mainspring: --repl: it cannot go with --entry")


def test_a_script_that_is_a_file_can_be_chosen_by_its_name(tmp_path: Path) -> None:
    files: Files = {"__main__.py": MAIN, "_bootstrap/__init__.py": BOOTSTRAP, "environment.json": json.dumps(KEYS)}
    tool = "import sys\nprint('tool', sys.argv[1:])\nsys.exit(4)\n"
    write_zip(tmp_path / "app.pyz", {**files, "site-packages/bin/tool": tool})
    assert run([*MAINSPRING, "--entry", "tool", "app.pyz", "a"], tmp_path) == Ended(4, "tool ['a']\n", "")


# Versions of Python that its distributions are for.

HERE = "{}.{}".format(*sys.version_info)
NEXT = f"{sys.version_info[0]}.{sys.version_info[1] + 1}"


def _for(directory: Path, specifier: str) -> str:
    files: Files = {"__main__.py": MAIN, "_bootstrap/__init__.py": BOOTSTRAP, "environment.json": json.dumps(KEYS)}
    metadata = f"Metadata-Version: 2.1\nName: app\nVersion: 1\nRequires-Python: {specifier}\n\nRequires-Python: >=9\n"
    app = {"site-packages/app.py": "import sys\ndef main():\n    print('{}.{}'.format(*sys.version_info))\n"}
    write_zip(directory / "app.pyz", {**files, **app, "site-packages/app-1.dist-info/METADATA": metadata})
    return "app.pyz"


@pytest.mark.parametrize(
    "specifier", [">=3.6", f">= {HERE}", f">=3.6,<4,!={NEXT}.*", f"<{NEXT}", "~=3.6", "nonsense", f">={'1' * 5000}"]
)
def test_a_bundle_whose_distributions_are_for_this_python_runs_here(specifier: str, tmp_path: Path) -> None:
    path = _for(tmp_path, specifier)
    for _ in range(2):
        assert run([*MAINSPRING, path], tmp_path) == Ended(0, f"{HERE}\n", "")


@pytest.mark.parametrize("specifier", [">=3.99", f"!={HERE}.*,<3.9999,>=3.98", "<3.6"])
def test_one_whose_distributions_are_for_no_python_that_is_here_is_tried(specifier: str, tmp_path: Path) -> None:
    path = _for(tmp_path, specifier)
    for _ in range(2):
        assert run([*MAINSPRING, path], tmp_path) == Ended(0, f"{HERE}\n", "")
    assert "does not fit" in run([*MAINSPRING, "inspect", path], tmp_path).out


@pytest.mark.parametrize(
    "kept, given, where",
    [
        ({"script": "tool", "entry_point": None}, {"SHIV_ENTRY_POINT": "app:main"}, "environment.json"),
        ({"script": None, "entry_point": "app:main"}, {"SHIV_CONSOLE_SCRIPT": ""}, "environment.json"),
        ({"script": None, "entry_point": "app:main"}, {"SHIV_CONSOLE_SCRIPT": "tool"}, "SHIV_CONSOLE_SCRIPT"),
        ({"script": None, "entry_point": "app:main"}, {"SHIV_MODULE": "app"}, "SHIV_MODULE"),
    ],
)
def test_what_says_what_starts_is_named_and_not_what_is_set_in_vain(
    kept: Dict[str, Any], given: Dict[str, str], where: str
) -> None:
    assert shiv.Settings(kept, given).where("1.0.8") == where
