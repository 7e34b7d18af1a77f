"""Well-known projects, as source distributions from the package index: they run from their sources, and as bundles."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Dict, List, NamedTuple

import pytest

from projects_bench import Bench, at_start, cache_directory, needs_installer, uv_directory
from support import MAINSPRING, Ended, run, until_settled

pytest.importorskip("shiv")
pytestmark = needs_installer


class Known(NamedTuple):
    """A project, what of it starts, with which arguments and input, and what its output has."""

    requirement: str
    entry: str
    args: List[str]
    stdin: str
    status: int
    has: str


PROJECTS: Dict[str, Known] = {
    # hatchling, with a version and a module that a hook makes
    "black": Known("black==25.1.0", "black", ["-q", "-"], "x = {  'a':1 }\n", 0, 'x = {"a": 1}'),
    # setup.py and setup.cfg only; multidict, which it needs, has native code
    "httpie": Known(
        "httpie==3.2.4",
        "http",
        ["--offline", "--ignore-stdin", "--print=HB", "e.example", "a=1"],
        "",
        0,
        "User-Agent: HTTPie/3.2.4",
    ),
    # a version that setuptools reads from a module; pyyaml, which it needs, has native code
    "yamllint": Known(
        "yamllint==1.35.1", "yamllint", ["-f", "parsable", "-"], "a:  1\n", 1, "too many spaces after colon"
    ),
}


@pytest.mark.parametrize("name", sorted(PROJECTS))
def test_a_known_project_gives_the_same_from_its_sources_as_a_bundle_and_under_python(
    name: str, tmp_path: Path
) -> None:
    known = PROJECTS[name]
    bench = Bench(tmp_path / "place", tmp_path / "store")
    bench.variables["PATH"] = os.pathsep.join([str(uv_directory()), os.environ.get("PATH", "")])  # it is fast
    source = str(sources_of(known.requirement, bench.place))
    until_settled()
    built = bench.start("build", "--entry", known.entry, source, "-o", "app.pyz")
    assert (built.status, built.err) == (0, "")
    expected = _run(known, [sys.executable, "-I", "-S", "app.pyz"], bench)
    assert expected.status == known.status and known.has in expected.out, expected
    for _ in range(2):
        assert _run(known, [*MAINSPRING, "app.pyz"], bench) == expected
        assert _run(known, [*MAINSPRING, "--entry", known.entry, source], bench) == expected
    assert "unchanged" in bench.start("build", "--entry", known.entry, source, "-o", "app.pyz").out


def _run(known: Known, words: List[str], bench: Bench) -> Ended:
    return run([*words, *known.args], bench.place, stdin=known.stdin, env=bench.variables)


def sources_of(requirement: str, directory: Path) -> Path:
    """Give the unpacked source distribution; what was downloaded is kept for later runs."""
    with at_start():
        kept = cache_directory() / "sdists"
    name = requirement.replace("==", "-")
    if not list(kept.glob(f"{name}.tar.gz")):
        words = ["download", "-q", "--no-deps", "--no-binary", requirement.partition("==")[0], "-d", str(kept)]
        subprocess.run([sys.executable, "-m", "pip", *words, requirement], check=True)
    directory.mkdir(parents=True, exist_ok=True)
    shutil.unpack_archive(str(kept / f"{name}.tar.gz"), str(directory))
    assert os.path.isdir(str(directory / name))
    return directory / name
