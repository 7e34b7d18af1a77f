"""What a build looks at in a project, so that it is seen when something has changed."""

import os
from pathlib import Path
from typing import List, Set

import pytest

from mainspring.projects import backends, build_inputs, settings, snapshots, targets
from support import Files, write_tree

GIT = {".git/HEAD": "ref: refs/heads/main\n", ".git/logs/HEAD": "one\n", ".git/packed-refs": "", "a.py": ""}
TREE = {"HEAD": "ref: refs/heads/other\n", "logs/HEAD": "one\n", "commondir": "../..\n"}


def names(directory: Path) -> Set[str]:
    return set(snapshots.take(str(directory)).files)


def test_commits_and_tags_are_looked_at_in_a_repository(tmp_path: Path) -> None:
    write_tree(tmp_path, {**GIT, ".git/refs/tags/v1": "", ".git/refs/tags/more/v2": ""})
    expected = {"HEAD", "logs/HEAD", "packed-refs", "refs/tags/v1", "refs/tags/more/v2"}
    assert names(tmp_path) == {"a.py", *(f".git/{name}" for name in expected)}


@pytest.mark.parametrize("place", ["../main/.git/worktrees/here", "absolute"])
def test_they_are_looked_at_in_a_worktree_where_its_repository_is(tmp_path: Path, place: str) -> None:
    write_tree(tmp_path / "main", {**GIT, ".git/refs/tags/v1": ""})
    write_tree(tmp_path / "main/.git/worktrees/here", TREE)
    link = str(tmp_path / "main/.git/worktrees/here") if place == "absolute" else place
    here = write_tree(tmp_path / "here", {".git": f"gitdir: {link}\n", "a.py": ""})
    before = snapshots.take(str(here))
    assert {"a.py", ".git/logs/HEAD", ".git/packed-refs", ".git/refs/tags/v1"} <= set(before.files)
    write_tree(tmp_path / "main/.git/worktrees/here", {"logs/HEAD": "one\ntwo\n"})
    write_tree(tmp_path / "main/.git/refs/tags", {"v2": ""})
    assert snapshots.take(str(here)).changed(before.files) == [".git/logs/HEAD", ".git/refs/tags/v2"]


def test_pdm_asks_git_only_where_it_is_told_to() -> None:
    pdm = backends.Backend(("pdm-backend",), "pdm.backend", (), True, False, ())
    assert build_inputs.asks_git(pdm, {"tool": {"pdm": {"version": {"source": "scm"}}}})
    assert not build_inputs.asks_git(pdm, {"tool": {"pdm": {"version": {"source": "file"}}}})


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes with names")
@pytest.mark.parametrize("name", [".git", ".git/commondir"])
def test_what_names_a_repository_is_not_waited_for(tmp_path: Path, name: str) -> None:
    write_tree(tmp_path, {"a.py": ""} if name == ".git" else GIT)
    os.mkfifo(str(tmp_path / name))
    assert "a.py" in names(tmp_path)


def test_whether_a_source_has_a_version_is_told_of_long_lines_too(tmp_path: Path) -> None:
    text = '[project]\nname = "own"\ndynamic = ["version"]\n[build-system]\nrequires = []\nbuild-backend = "x"\n'
    write_tree(tmp_path, {"pyproject.toml": text, "own/__init__.py": "", "own/a.py": "version" * 100_000})
    write_tree(tmp_path, {"own/b.py": "x = 1\n__version__: str = '1'\n", "own/c.py": "# version = 1\nversions == 1\n"})
    project = settings.read(str(tmp_path))
    assert [name for name in "abc" if build_inputs._has_version(project, f"own/{name}.py")] == ["b"]


FILLED = {
    "a.py": "",
    "build/lib/a.py": "",
    "dist/a.js": "",
    "dist/a.pyz": "",
    "env/x": "",
    "node_modules/b.js": "",
    "p/node_modules/c.js": "",
}


@pytest.mark.parametrize(
    ("files", "counted"),
    [
        ({}, []),
        ({"build/__init__.py": ""}, ["build/__init__.py", "build/lib/a.py"]),
        ({"p/__init__.py": ""}, ["p/__init__.py", "p/node_modules/c.js"]),
        ({"MANIFEST.in": "graft dist\n"}, ["MANIFEST.in", "dist/a.js"]),
        ({"pyproject.toml": '[tool.hatch.build.targets.wheel]\ninclude = ["env"]'}, ["env/x", "pyproject.toml"]),
        (
            {"setup.py": "data = ['build/lib/*', 'node_modules/b.js']"},
            ["build/lib/a.py", "node_modules/b.js", "setup.py"],
        ),
        ({"pyproject.toml": '[build-system]\nbuild-backend = "x.build_meta"'}, ["pyproject.toml"]),
        ({"env/pyvenv.cfg": "", "MANIFEST.in": "graft env"}, ["MANIFEST.in"]),
    ],
)
def test_what_others_fill_counts_if_a_package_is_there_or_the_project_takes_of_it(
    files: Files, counted: List[str], tmp_path: Path
) -> None:
    found = names(write_tree(tmp_path, {**FILLED, **files}))
    assert found - {"a.py"} >= set(counted)
    assert found - {"a.py", "p/node_modules/c.js", "node_modules/b.js"} <= set(counted)
    assert ("p/node_modules/c.js" in found) == ("p/__init__.py" in files or "setup.py" in files)


@pytest.mark.skipif(not hasattr(os, "O_NOFOLLOW"), reason="needs links")
def test_folders_behind_links_are_looked_at_once_and_none_that_holds_the_project(tmp_path: Path) -> None:
    write_tree(tmp_path, {"shared/common/a.py": "", "project/p/__init__.py": "", "project/p/b.py": ""})
    places = {
        "p/common": "../../shared/common",
        "p/q": "../../shared/common",
        "p/up": "../..",
        "me": ".",
        "result": "../shared",
    }
    for name, place in places.items():
        (tmp_path / "project" / name).symlink_to(place)
    (tmp_path / "shared/common/again").symlink_to("../common")
    found = names(tmp_path / "project")
    assert len(found & {"p/common/a.py", "p/q/a.py"}) == 1
    assert found - {"p/common/a.py", "p/q/a.py"} == {"p/__init__.py", "p/b.py"}


@pytest.mark.skipif(not hasattr(os, "O_NOFOLLOW"), reason="needs links")
@pytest.mark.parametrize("name, text", [("src", ""), ("pp", ""), ("assets", '[tool.mainspring]\ndata = ["assets/*"]')])
def test_a_link_at_the_top_counts_if_sources_are_behind_it(name: str, text: str, tmp_path: Path) -> None:
    write_tree(tmp_path, {f"shared/{'__init__' if name == 'pp' else 'a'}.py": "", "project/pyproject.toml": text})
    (tmp_path / "project" / name).symlink_to("../shared")
    assert len(names(tmp_path / "project")) == 2


def test_what_the_settings_name_beside_the_project_is_looked_at_but_nothing_that_holds_it(tmp_path: Path) -> None:
    text = "[tool.x]\na = '../shared/common.py'\nb = \"../lib\"\nc = '../'\nd = '../none'\n"
    others = {"shared/common.py": "", "shared/other.py": "", "lib/deep/x.c": "", "q.py": ""}
    write_tree(tmp_path, {"project/pyproject.toml": text, **others})
    beside = {str(tmp_path / "shared" / "common.py"), str(tmp_path / "lib" / "deep" / "x.c")}
    assert names(tmp_path / "project") == {"pyproject.toml", *beside}


def test_an_installer_takes_nothing_for_a_newer_platform_than_was_asked_for() -> None:
    for platform, variables, is_of_uv in (
        ("macosx_11_0_arm64", {"MACOSX_DEPLOYMENT_TARGET": "11.0"}, True),
        ("musllinux_1_1_x86_64", {}, False),
        ("musllinux_1_2_x86_64", {}, True),
        ("manylinux_2_17_x86_64", {}, True),
    ):
        target = targets.Target("3.12", platform)
        assert (target.uv_variables(), target.uv_words() is not None) == (variables, is_of_uv)


def test_without_a_repository_only_the_files_are_looked_at(tmp_path: Path) -> None:
    assert names(write_tree(tmp_path, {"a.py": "", "b/c.py": ""})) == {"a.py", "b/c.py"}


@pytest.mark.parametrize(
    "platform, machine",
    [
        ("win_amd64", "AMD64"),
        ("win_arm64", "ARM64"),
        ("win32", "x86"),
        ("macosx_11_0_arm64", "arm64"),
        ("manylinux_2_17_x86_64", "x86_64"),
        ("manylinux2014_aarch64", "aarch64"),
        ("musllinux_1_2_i686", "i686"),
    ],
)
def test_a_platform_has_the_machine_that_python_says_there(platform: str, machine: str) -> None:
    target = targets.parse("3.11", platform)
    assert target is not None
    assert target.environment()["platform_machine"] == machine


@pytest.mark.parametrize("platform", ["winfoo", "win", "win_32", "win_ia64", "linux"])
def test_what_is_no_platform_of_wheels_is_refused(platform: str) -> None:
    with pytest.raises(targets.Mistakes, match="is none; expected the tag of wheels"):
        targets.parse("3.11", platform)
