"""What a build looks at in a project, so that it is seen when something has changed."""

from pathlib import Path
from typing import Set

import pytest
from mainspring.projects import snapshots, targets
from support import write_tree

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
    target = targets.parse("3.11", platform, "app")
    assert target is not None
    assert target.environment()["platform_machine"] == machine


@pytest.mark.parametrize("platform", ["winfoo", "win", "win_32", "win_ia64", "linux"])
def test_what_is_no_platform_of_wheels_is_refused(platform: str) -> None:
    with pytest.raises(targets.Mistakes, match="is none; expected the tag of wheels"):
        targets.parse("3.11", platform, "app")
