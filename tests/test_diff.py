"""What differs between two bundles, and the exit status of diff."""

import json
import os
import zipfile
from pathlib import Path
from typing import Any, Dict, List

import pytest

import makers_bench
from support import MAINSPRING, Ended, Files, powerless, run, write_tree, write_zip

pytest.importorskip("packaging.metadata")

MAIN: Files = {"__main__.py": "print(1)\n"}


def diff(cwd: Path, *words: str) -> Ended:
    """Give how `mainspring diff` with words ends."""
    return run([*MAINSPRING, "diff", *words], cwd)


def differences(cwd: Path, *words: str) -> Dict[str, Any]:
    """Give the document that it prints."""
    found: Dict[str, Any] = json.loads(diff(cwd, "--json", *words).out)
    return found


def metadata(version: str, name: str = "thing") -> Files:
    return {f"{name}-{version}.dist-info/METADATA": f"Name: {name}\nVersion: {version}\n"}


def test_a_bundle_is_the_same_as_itself(tmp_path: Path) -> None:
    write_zip(tmp_path / "a.pyz", MAIN)
    (tmp_path / "b.pyz").write_bytes((tmp_path / "a.pyz").read_bytes())
    ended = diff(tmp_path, "a.pyz", "b.pyz")
    assert (ended.status, ended.err) == (0, "") and "byte for byte" in ended.out
    found = differences(tmp_path, "a.pyz", "b.pyz")
    assert (found["same"], found["identical"], found["format"], found["version"]) == (True, True, "mainspring.diff", 1)


def test_how_things_are_packed_does_not_count(tmp_path: Path) -> None:
    write_zip(tmp_path / "a.pyz", {**MAIN, "x.py": "x = 1\n"})
    with zipfile.ZipFile(str(tmp_path / "b.pyz"), "w") as archive:
        archive.writestr(zipfile.ZipInfo("x.py", (1999, 1, 1, 0, 0, 0)), "x = 1\n")
        archive.writestr(zipfile.ZipInfo("__main__.py"), "print(1)\n")
    ended = diff(tmp_path, "a.pyz", "b.pyz")
    assert ended.status == 0 and "the same in all that they hold" in ended.out
    assert differences(tmp_path, "a.pyz", "b.pyz")["identical"] is False


def test_distributions_and_files_that_differ_are_named(tmp_path: Path) -> None:
    write_zip(tmp_path / "a.pyz", {**MAIN, **metadata("1.0"), **metadata("3", "old"), "x.py": "1", "gone.py": ""})
    write_zip(tmp_path / "b.pyz", {**MAIN, **metadata("1.1"), **metadata("4", "new"), "x.py": "2", "late.py": ""})
    found = differences(tmp_path, "a.pyz", "b.pyz")
    assert found["distributions"] == {
        "added": [{"name": "new", "version": "4"}],
        "removed": [{"name": "old", "version": "3"}],
        "changed": [{"name": "thing", "a": "1.0", "b": "1.1"}],
    }
    names = {key: [one["name"] for one in found["files"][key] if "/" not in one["name"]] for key in found["files"]}
    assert names == {"added": ["late.py"], "removed": ["gone.py"], "changed": ["x.py"]}
    ended = diff(tmp_path, "a.pyz", "b.pyz")
    assert ended.status == 1 and "~ thing 1.0 -> 1.1" in ended.out
    for line in ("+ late.py (0 B)", "- gone.py (0 B)", "~ x.py (other content)"):
        assert line in ended.out.splitlines()


def test_files_that_would_have_one_name_below_their_folders_keep_their_own(tmp_path: Path) -> None:
    twice: Files = {**MAIN, "site-packages/m.py": "1", "m.py": "2"}
    write_zip(tmp_path / "a.pyz", twice)
    write_zip(tmp_path / "b.pyz", dict(reversed(list(twice.items()))))
    write_tree(tmp_path / "c", {**MAIN, "site-packages/m.py": "3", "m.py": "2"})
    assert differences(tmp_path, "a.pyz", "b.pyz")["same"]
    assert [one["name"] for one in differences(tmp_path, "a.pyz", "c")["files"]["changed"]] == ["site-packages/m.py"]
    assert [one["name"] for one in differences(tmp_path, "c", "b.pyz")["files"]["changed"]] == ["site-packages/m.py"]


def test_another_entry_and_another_shebang_are_differences(tmp_path: Path) -> None:
    for name, function in (("a", "main"), ("b", "other")):
        text = f"# -*- coding: utf-8 -*-\nimport thing\nthing.{function}()\n"
        write_zip(tmp_path / f"{name}.pyz", {"__main__.py": text}, prefix=f"#!/usr/bin/{name}\n".encode())
    facts = {fact["what"]: (fact["a"], fact["b"]) for fact in differences(tmp_path, "a.pyz", "b.pyz")["facts"]}
    assert facts == {"entry": ("thing:main", "thing:other"), "shebang": ("/usr/bin/a", "/usr/bin/b")}


def test_the_executable_bit_counts(tmp_path: Path) -> None:
    for name, mode in (("a", 0o644), ("b", 0o755)):
        with zipfile.ZipFile(str(tmp_path / f"{name}.pyz"), "w") as archive:
            info = zipfile.ZipInfo("tool")
            info.create_system, info.external_attr = 3, (0o100000 | mode) << 16
            archive.writestr(info, "x")
    [change] = differences(tmp_path, "a.pyz", "b.pyz")["files"]["changed"]
    assert (change["name"], change["what"]) == ("tool", "mode")


def test_contents_are_compared_and_not_their_checksums(tmp_path: Path) -> None:
    # Two texts with the same length and CRC-32.
    write_zip(tmp_path / "a.pyz", {**MAIN, "x": b"plumless"}, deflated=False)
    write_zip(tmp_path / "b.pyz", {**MAIN, "x": b"buckeroo"}, deflated=False)
    found = differences(tmp_path, "a.pyz", "b.pyz")
    assert [change["name"] for change in found["files"]["changed"]] == ["x"] and found["by"] == "content"


def test_real_bundles_of_two_makers_differ(tmp_path: Path) -> None:
    bench = makers_bench.open_bench()
    shiv, pex = str(bench.built("shiv")), str(bench.built("pex"))
    found = differences(tmp_path, shiv, pex)
    assert {"what": "kind", "a": "shiv", "b": "pex"} in found["facts"]
    assert found["distributions"] == {"added": [], "removed": [], "changed": []}
    names = {one["name"] for key in ("added", "removed", "changed") for one in found["files"][key]}
    assert "probe-1.2.3.dist-info/RECORD" in names and not any(name.endswith("probe/cli.py") for name in names)
    said = diff(tmp_path, shiv, pex).out.splitlines()
    assert "  the same 4" in said and any(line.startswith("+ .bootstrap/ (2") for line in said)
    assert diff(tmp_path, shiv, shiv).status == 0


@pytest.mark.parametrize("key, is_same", [("built_at", True), ("entry_point", False)])
def test_when_shiv_built_a_bundle_does_not_count(key: str, is_same: bool, tmp_path: Path) -> None:
    built = str(makers_bench.open_bench().built("shiv"))
    with zipfile.ZipFile(built) as old, zipfile.ZipFile(str(tmp_path / "other.pyz"), "w") as new:
        for member in old.infolist():
            data = old.read(member)
            if member.filename == "environment.json":
                data = json.dumps({**json.loads(data), key: "2001-02-03 04:05:06"}).encode()
            new.writestr(member, data)
    found = differences(tmp_path, built, "other.pyz")
    assert bool(found["files"]["changed"]) is not is_same


def test_a_directory_and_an_archive_of_it_can_be_compared(tmp_path: Path) -> None:
    write_tree(tmp_path, {"d/__main__.py": "print(1)\n", "d/x.py": "x = 1\n"})
    write_zip(tmp_path / "d.pyz", {"__main__.py": "print(1)\n", "x.py": "x = 2\n"})
    found = differences(tmp_path, "d", "d.pyz")
    assert [change["name"] for change in found["files"]["changed"]] == ["x.py"]


def test_scripts_are_compared_by_their_content(tmp_path: Path) -> None:
    write_tree(tmp_path, {"a.py": "print(1)\n", "b.py": "print(2)\n", "c.py": "print(1)\n"})
    assert diff(tmp_path, "a.py", "b.py").status == 1
    assert diff(tmp_path, "a.py", "c.py").status == 0


def test_archives_that_are_not_sound_are_compared_by_checksums(tmp_path: Path) -> None:
    for name, text in (("a", "1"), ("b", "2")):
        write_zip(tmp_path / f"{name}.pyz", {"x.py": text})
        with (tmp_path / f"{name}.pyz").open("ab") as file:
            file.write(b"tail")
    found = differences(tmp_path, "a.pyz", "b.pyz")
    assert found["by"] == "checksum" and [one["name"] for one in found["files"]["changed"]] == ["x.py"]
    write_tree(tmp_path, {"d/x.py": "1"})
    assert not differences(tmp_path, "a.pyz", "d")["files"]["changed"]
    assert [one["name"] for one in differences(tmp_path, "b.pyz", "d")["files"]["changed"]] == ["x.py"]


@pytest.mark.skipif(os.name == "nt", reason="not everybody may make links there")
def test_links_are_compared_by_where_they_lead(tmp_path: Path) -> None:
    write_tree(tmp_path, {f"{name}/__main__.py": "import m" for name in "abcd"})
    for name, end in (("a", "../one.py"), ("b", "../one.py"), ("c", "../two.py")):
        (tmp_path / name / "m.py").symlink_to(end)
    assert diff(tmp_path, "a", "b").status == 0
    for other in ("c", "d"):
        [fact] = differences(tmp_path, "a", other)["facts"]
        assert (fact["what"], fact["a"]) == ("links", "m.py -> ../one.py")


@pytest.mark.skipif(os.name == "nt", reason="not everybody may make links there")
def test_the_link_that_pex_makes_is_no_difference(tmp_path: Path) -> None:
    write_tree(tmp_path, {f"{name}/{file}": "{}" for name in "ab" for file in ("__main__.py", "PEX-INFO")})
    (tmp_path / "a" / "pex").symlink_to("__main__.py")
    assert diff(tmp_path, "a", "b").status == 0
    (tmp_path / "b" / "pex").symlink_to("/bin/sh")
    assert [fact["b"] for fact in differences(tmp_path, "a", "b")["facts"]] == ["pex -> /bin/sh"]


@pytest.mark.skipif(os.name == "nt", reason="folders are closed by other means there")
@pytest.mark.parametrize("mode", [0, 0o400], ids=["nothing is told", "names are told"])
def test_what_cannot_be_read_is_not_said_to_be_the_same(mode: int, tmp_path: Path) -> None:
    for name in "ab":
        write_tree(tmp_path, {f"{name}/__main__.py": "", f"{name}/sub/x.py": name})
        (tmp_path / name / "sub").chmod(mode)
    ended = run([*powerless(), *MAINSPRING, "diff", "a", "b"], tmp_path)
    for name in "ab":
        (tmp_path / name / "sub").chmod(0o700)
    assert (ended.status, ended.out.splitlines()[-1]) == (2, "  the same in all that could be read; not compared: sub/")


TROUBLE: Dict[str, List[str]] = {
    "one path": ["a.pyz"],
    "three paths": ["a.pyz", "a.pyz", "a.pyz"],
    "a path that is not there": ["a.pyz", "nothing.pyz"],
    "an unknown option": ["--what", "a.pyz", "a.pyz"],
    "a device": ["a.pyz", "/dev/null"],
}


@pytest.mark.parametrize("name", sorted(TROUBLE))
def test_what_cannot_be_compared_ends_with_status_two(name: str, tmp_path: Path) -> None:
    write_zip(tmp_path / "a.pyz", MAIN)
    ended = diff(tmp_path, *TROUBLE[name])
    assert (ended.status, ended.out) == (2, "") and ended.err


def test_names_are_made_printable(tmp_path: Path) -> None:
    write_zip(tmp_path / "a.pyz", MAIN)
    write_zip(tmp_path / "b.pyz", {**MAIN, "\x1b[31mred": ""})
    ended = diff(tmp_path, "a.pyz", "b.pyz")
    assert ended.status == 1 and "\x1b" not in ended.out and "\ufffd[31mred" in ended.out


def test_help_says_what_the_statuses_are(tmp_path: Path) -> None:
    ended = diff(tmp_path, "--help")
    assert (ended.status, ended.err) == (0, "") and "0 if nothing differs" in ended.out
