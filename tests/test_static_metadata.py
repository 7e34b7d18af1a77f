"""The metadata of a project that says all of it itself: as its build backend makes them, whatever becomes of the store."""

import os
import re
import shutil
from pathlib import Path
from typing import Any, Dict, List

import pytest
from packaging.metadata import parse_email

from mainspring.projects import settings, static_metadata, toml
from projects_bench import Bench
from support import Ended

PROJECT = """
[build-system]
requires = ["flit_core"]
build-backend = "flit_core.buildapi"
[project]
name = "Probe.It"
version = "1.2"
description = "Looks at itself."
readme = "README.md"
requires-python = ">=3.8"
license = "MIT"
keywords = ["one", "two words"]
authors = [{name = "An Author", email = "author@example.org"}]
maintainers = [{name = "A Maintainer"}]
classifiers = ["Programming Language :: Python"]
dependencies = []
[project.optional-dependencies]
more = ["iniconfig>=2; python_version >= '3.8'", "cowsay"]
[project.urls]
Home = "https://example.org"
[project.scripts]
probe = "probe_it:main"
[project.gui-scripts]
probe-window = "probe_it:main"
[project.entry-points."probe.plugins"]
loud = "probe_it:loud"
[tool.flit.module]
name = "probe_it"
"""
MODULE = '''"""Looks at itself."""
import sys
from importlib.metadata import distribution
def main():
    found = distribution("probe-it")
    print(found.version, found.metadata["Summary"], found.metadata.get_payload() or found.metadata["Description"])
    print(sorted((point.group, point.name, point.value) for point in found.entry_points))
'''
SEEN = "1.2 Looks at itself. Read me.\n\n[('console_scripts', 'probe', 'probe_it:main'), "
SEEN += "('gui_scripts', 'probe-window', 'probe_it:main'), ('probe.plugins', 'loud', 'probe_it:loud')]\n"


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    bench = Bench(tmp_path / "place", tmp_path / "store")
    bench.write("app/pyproject.toml", PROJECT)
    bench.write("app/README.md", "Read me.\n")
    bench.write("app/probe_it.py", MODULE)
    return bench


def test_the_metadata_say_what_a_build_backend_says(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    flit = pytest.importorskip("flit_core.buildapi")
    monkeypatch.chdir(bench.place / "app")
    folder = bench.place / "app" / flit.prepare_metadata_for_build_wheel(str(bench.place / "app"))
    by_backend = {name: folder.joinpath(name).read_bytes() for name in ("METADATA", "entry_points.txt")}
    table = toml.read("pyproject.toml", "")["project"]
    ours = {name.rpartition("/")[2]: data for name, data in static_metadata.files(settings.read("."), table).items()}
    assert _said(ours["METADATA"]) == _said(by_backend["METADATA"])
    assert _lines(ours["entry_points.txt"]) == _lines(by_backend["entry_points.txt"])


def _lines(entry_points: bytes) -> List[bytes]:
    return sorted(filter(None, entry_points.replace(b" ", b"").splitlines()))


def _said(metadata: bytes) -> Dict[str, Any]:
    raw, rest = parse_email(metadata)
    assert rest == {}
    found: Dict[str, Any] = {**raw}
    del found["metadata_version"]
    found["requires_dist"] = [sorted(re.split(r"[ ()'\";]+|and", text)) for text in found["requires_dist"]]
    found["description"] = found["description"].strip()
    return found


def test_what_is_of_another_type_than_it_should_be_is_left_out(bench: Bench) -> None:
    odd = PROJECT.replace('description = "Looks at itself."', "description = 3").replace('["one', '[7, "one')
    odd = odd.replace('authors = [{name = "An Author"', 'authors = [3, {name = "An\\nAuthor: x"')
    bench.write("app/pyproject.toml", odd.replace('"README.md"', "{file = 3}"))
    read = settings.read(str(bench.place / "app"))
    found = static_metadata.files(read, toml.read(str(bench.place / "app" / "pyproject.toml"), "")["project"])
    raw, rest = parse_email(found["probe_it-1.2.dist-info/METADATA"])
    assert rest == {} and "summary" not in raw and raw["keywords"] == ["one", "two words"]
    assert raw["author_email"] == "An Author: x <author@example.org>"


def test_the_program_finds_itself(bench: Bench) -> None:
    for _ in range(3):
        assert bench.start("app") == Ended(0, SEEN, "")
    bench.write("app/README.md", "Read it.\n")
    assert bench.start("app") == Ended(0, SEEN.replace("Read me", "Read it"), "")


@pytest.mark.parametrize("damage", ["altered", "removed", "a pipe", "all removed"])
@pytest.mark.skipif(os.name == "nt", reason="there are no pipes there")
def test_metadata_that_were_damaged_are_made_anew(damage: str, bench: Bench) -> None:
    for _ in range(3):
        assert bench.start("app") == Ended(0, SEEN, "")
    [path] = bench.store.glob("layers-1/*/files/*.dist-info/METADATA")
    if damage == "altered":
        path.write_bytes(path.read_bytes().replace(b"1.2", b"9.9"))
    elif damage == "all removed":
        shutil.rmtree(str(path.parent))
    else:
        path.unlink()
    if damage == "a pipe":
        os.mkfifo(str(path))
    for _ in range(2):
        assert bench.start("app") == Ended(0, SEEN, "")
    assert "damaged: nothing" in bench.start("cache", "verify").out


@pytest.mark.parametrize("where", ["/dev/null/no", "app/README.md", "x" * 5000])
def test_without_a_store_the_program_finds_itself_all_the_same(where: str, bench: Bench) -> None:
    for _ in range(2):
        assert bench.start("app", MAINSPRING_CACHE_DIR=where) == Ended(0, SEEN, "")
    assert bench.start("--no-cache", "app") == Ended(0, SEEN, "")
