"""Each command does its work on each Python: what is looked at closely elsewhere runs on some of them only."""

import json
import os
import sys
from pathlib import Path

import pytest

import mainspring
from support import MAINSPRING, PYTHON, Ended, run, until_settled, write_tree, write_zip

HERE = "{}.{}".format(*sys.version_info)
PROJECT = '[project]\nname = "app"\nversion = "1.0"\n[project.scripts]\napp = "app:main"\n'
PROJECT += '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
APP = "import sys\ndef main():\n    print('runs', sys.argv[1:])\n    return 3\n"
# Of the one thing that is asked of it: a wheel.
BACKEND = """
import zipfile
def build_wheel(directory, config_settings=None, metadata_directory=None):
    name = "app-1.0-py3-none-any.whl"
    with zipfile.ZipFile(f"{directory}/{name}", "w") as wheel:
        wheel.write("app.py")
        wheel.writestr("app-1.0.dist-info/METADATA", "Metadata-Version: 2.1\\nName: app\\nVersion: 1.0\\n")
        wheel.writestr("app-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\\nGenerator: x\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        wheel.writestr("app-1.0.dist-info/entry_points.txt", "[console_scripts]\\napp = app:main\\n")
        wheel.writestr("app-1.0.dist-info/RECORD", "")
    return name
"""


@pytest.fixture
def place(tmp_path: Path) -> Path:
    write_tree(tmp_path, {"app/pyproject.toml": PROJECT, "app/app.py": APP, "app/backend.py": BACKEND})
    write_zip(tmp_path / "a.pyz", {"__main__.py": "import m\n", "m.py": "print('a')\n"})
    write_zip(tmp_path / "b.pyz", {"__main__.py": "import m\n", "m.py": "print('b')\n"})
    until_settled()
    return tmp_path


def start(place: Path, *words: str) -> Ended:
    return run([*MAINSPRING, *words], place, timeout=100)


def test_a_project_runs_twice(place: Path) -> None:
    for _ in range(2):
        assert start(place, "app", "x") == Ended(3, "runs ['x']\n", "")


def test_a_script_that_says_it_needs_nothing_runs_twice(place: Path) -> None:
    write_tree(
        place, {"s.py": f"# /// script\n# requires-python = '>={HERE}'\n# dependencies = []\n# ///\nprint('runs')\n"}
    )
    for _ in range(2):
        assert start(place, "s.py") == Ended(0, "runs\n", "")


def test_a_bundle_is_built_and_runs_by_itself_and_by_us(place: Path) -> None:
    assert start(place, "build", "app", "-o", "app.pyz").status == 0
    by_python = run([*PYTHON, "app.pyz", "x"], place, env={"SHIV_ROOT": str(place / "shiv")})
    assert by_python == start(place, "app.pyz", "x") == start(place, "app.pyz", "x") == Ended(3, "runs ['x']\n", "")
    report = mainspring.inspect(place / "app.pyz")
    assert (report.kind, report.is_right, [one.name for one in report.scripts]) == ("shiv", True, ["app"])


def test_what_is_in_a_bundle_and_what_differs_between_two_is_said(place: Path) -> None:
    assert json.loads(start(place, "inspect", "--json", "a.pyz").out)["kind"] == "archive"
    assert start(place, "inspect", "--sbom", "a.pyz").status == 0
    assert start(place, "diff", "a.pyz", "a.pyz").status == 0
    differing = start(place, "diff", "a.pyz", "b.pyz")
    assert (differing.status, differing.err) == (1, "") and "m.py" in differing.out


def test_what_would_happen_is_said(place: Path) -> None:
    for target in ("a.pyz", "app", "app/app.py"):
        explained = start(place, "--explain", target)
        assert (explained.status, explained.err) == (0, "")


def test_the_store_is_listed_checked_and_cleared(place: Path) -> None:
    assert [start(place, "a.pyz").out for _ in range(3)] == ["a\n"] * 3
    listed = json.loads(start(place, "cache", "list", "--json").out)
    bundles = [entry for entry in listed["entries"] if entry["kind"] == "bundle"]
    assert [os.path.basename(path) for entry in bundles for path in entry["sources"]] == ["a.pyz"]
    assert start(place, "cache", "verify").status == 0
    assert start(place, "cache", "clear").status == 0
    assert json.loads(start(place, "cache", "list", "--json").out)["entries"] == []
