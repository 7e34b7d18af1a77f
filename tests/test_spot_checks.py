"""Trees with very many modules: a start looks at some of them, and yet nothing that was altered is ever executed."""

import os
import random
import shutil
import sys
import time
from pathlib import Path
from typing import List, Tuple

import pytest

from mainspring import clocks
from mainspring.runtime import files, image, spot_checks, store
from mainspring.storage import manifests, verifier
from support import MAINSPRING, Ended, run, until_settled, write_zip

pytestmark = pytest.mark.faults

NUMBER = 1200
MAIN = """\
import importlib, os, sys
for word in sys.argv[1:]:
    if word.startswith("m"):
        print(importlib.import_module("many.deep." + word).V)
    elif word == "gone":
        os.unlink(os.environ["ARCHIVE"])
    else:
        with open(os.path.join(os.path.dirname(__file__), "many", "deep", word[1:]), word[0]) as file:
            file.write("V = 'altered'\\n")
"""
ALTERED = "V = 'altered'\n"


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A directory with an archive of more modules than a start looks at, which has imported two of them."""
    modules = {f"many/deep/{name(number)}.py": f"V = {number}\n" for number in range(NUMBER)}
    packages = dict.fromkeys(("many/__init__.py", "many/deep/__init__.py"), "")
    write_zip(tmp_path / "app.pyz", {"__main__.py": MAIN, "many/deep/data.txt": "data", **packages, **modules})
    until_settled()
    assert NUMBER > manifests.MOST_AT_ONCE
    for _ in range(2):
        assert start(tmp_path, 0, 1) == numbers(0, 1)
    return tmp_path


def name(number: int) -> str:
    return f"m{number:04}"


def start(place: Path, *wanted: object) -> Ended:
    """Start the program, which imports the modules with these numbers, or does what else it is told."""
    words = [name(word) if isinstance(word, int) else str(word) for word in wanted]
    env = {"MAINSPRING_CACHE_DIR": str(place / "store"), "ARCHIVE": str(place / "app.pyz")}
    return run([*MAINSPRING, "--unpack", "app.pyz", *words], place, env=env)


def numbers(*imported: int) -> Ended:
    return Ended(0, "".join(f"{number}\n" for number in imported), "")


def tree(place: Path) -> Path:
    [found] = place.glob("store/bundles-1/*/files")
    return found


def module(place: Path, number: int) -> Path:
    return tree(place) / "many" / "deep" / f"{name(number)}.py"


def manifest(place: Path) -> Path:
    [found] = tree(place).parent.glob("files.whole-*")
    return found


def entry(place: Path) -> store.Bundle:
    return store.Bundle(str(place / "store"), tree(place).parent.name, (0, 0, 0, 0, 0), "")


def damaged(place: Path) -> List[Tuple[str, str]]:
    return verifier.verify(str(place / "store")).damaged


def test_a_module_that_was_altered_is_right_again_when_it_is_imported(place: Path) -> None:
    for number in (1, 700):  # one that is in the image, and one that nobody imported before
        module(place, number).write_text(ALTERED)
        assert start(place, number) == numbers(number)
        assert module(place, number).read_text() == f"V = {number}\n"
    assert damaged(place) == []


def test_what_was_made_right_comes_from_the_image_again(place: Path) -> None:
    module(place, 1).write_text(ALTERED)
    for _ in range(2):
        assert start(place, 1) == numbers(1)
    [image] = tree(place).parent.glob("*.image")
    before = image.stat()
    assert start(place, 1) == numbers(1)
    assert store.identity_of(image.stat()) == store.identity_of(before)


@pytest.mark.parametrize("way", ["deleted", "replaced", "its folder emptied", "its folder gone"])
def test_a_module_that_is_gone_or_replaced_is_seen_before_the_program_starts(way: str, place: Path) -> None:
    path = module(place, 700)
    if way == "deleted":
        path.unlink()
    elif way == "replaced":
        path.with_name("new").write_text(ALTERED)
        os.replace(str(path.with_name("new")), str(path))
    else:
        shutil.rmtree(str(path.parent))
        if way == "its folder emptied":
            path.parent.mkdir(mode=0o700)
    assert start(place) == numbers()
    assert path.read_text() == "V = 700\n"
    assert damaged(place) == []


def test_data_and_lone_modules_are_looked_at_by_every_start(place: Path) -> None:
    for name in ("__main__.py", "many/deep/data.txt"):
        path = tree(place) / name
        before = path.read_text()
        path.write_text(ALTERED)
        assert start(place) == numbers()
        assert path.read_text() == before


def test_a_hundred_altered_modules_are_mended_and_never_run(place: Path) -> None:
    dice = random.Random(41)
    for number in dice.sample(range(NUMBER), 100):
        path = module(place, number)
        path.write_bytes(dice.choice([b"", b"V = 'altered'\n", b"\0" * 9, b"V = 'x"]))
        if dice.random() < 0.1:
            assert start(place, number, 0) == numbers(number, 0)
    mend_by_turns(place)


@pytest.mark.parametrize("number", [3, 600, 1199])
def test_an_altered_module_that_nobody_imports_is_found_at_its_turn(number: int, place: Path) -> None:
    start(place, 0, 1)
    module(place, number).write_text(ALTERED)
    mend_by_turns(place)


def mend_by_turns(place: Path) -> None:
    for _ in range(60):
        assert start(place, 0, 1) == numbers(0, 1)
        if not damaged(place):  # one that is found has all made right
            return
    pytest.fail("in sixty starts, all should have had their turn")


def test_once_a_day_all_are_looked_at(place: Path) -> None:
    module(place, 700).write_text(ALTERED)
    yesterday = time.time() - 90_000
    os.utime(str(manifest(place)), (yesterday, yesterday))
    assert start(place) == numbers()
    assert damaged(place) == []
    os.utime(str(manifest(place)), (yesterday, yesterday))
    assert start(place) == numbers()
    assert time.time() - manifest(place).stat().st_mtime < 600


def test_a_folder_with_something_new_in_it_is_no_damage_and_is_got_used_to(place: Path) -> None:
    (tree(place) / "many" / "deep" / "__pycache__").mkdir()
    before = manifest(place).read_bytes()
    until_settled()
    assert start(place, 0) == numbers(0)
    renewed = manifest(place).read_bytes()
    assert renewed != before
    assert start(place, 0) == numbers(0)
    assert manifest(place).read_bytes() == renewed
    assert damaged(place) == []


def test_altered_and_a_new_file_beside_it_is_damage_that_no_renewal_covers(place: Path) -> None:
    for number in (3, 700):
        (tree(place) / "many" / "deep" / f"new{number}").write_text("")
        module(place, number).write_text(ALTERED)
        until_settled()
        assert start(place) == numbers()
        assert module(place, number).read_text() == f"V = {number}\n"
        assert start(place, number) == numbers(number)


def test_a_manifest_is_not_renewed_over_damage_nor_while_folders_change(place: Path) -> None:
    before = manifest(place).read_bytes()
    (tree(place) / "many" / "deep" / "new").write_text("")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clocks, "FINE", 600 * 10**9)  # ns, in which this machine has got to it
        manifests.renew(entry(place), files.WHOLE)
    assert manifest(place).read_bytes() == before
    until_settled()
    module(place, 700).write_text(ALTERED)
    manifests.renew(entry(place), files.WHOLE)
    assert manifest(place).read_bytes() == before


def test_what_the_program_alters_itself_is_made_right_if_it_imports_it_later(place: Path) -> None:
    assert start(place, 0, f"w{name(900)}.py", 900) == numbers(0, 900)
    assert start(place, 0, f"w{name(901)}.py", 0, 902) == numbers(0, 0, 902)
    assert start(place, 901) == numbers(901)


def test_where_the_archive_is_gone_what_was_altered_is_not_imported(place: Path) -> None:
    path = module(place, 900)
    ended = start(place, 0, f"w{name(900)}.py", "gone", 0, 900)
    assert (ended.status, ended.out) == (1, "0\n0\n")
    assert f"ImportError: {str(path)!r} was altered, and cannot be made right" in ended.err
    assert "mainspring/" not in ended.err.replace(str(place), "")


@pytest.mark.parametrize("is_altered", [False, True])
def test_a_manifest_that_was_cut_short_or_altered_is_made_anew(is_altered: bool, place: Path) -> None:
    whole = manifest(place).read_bytes()
    for at in (len(whole) // 4, len(whole) - 1):
        manifest(place).write_bytes(whole[:at] + (bytes([whole[at] ^ 1]) + whole[at + 1 :] if is_altered else b""))
        assert start(place, 0, 800) == numbers(0, 800)
        yesterday = time.time() - 90_000
        os.utime(str(manifest(place)), (yesterday, yesterday))
        assert start(place, 0, 800) == numbers(0, 800)
        assert damaged(place) == []


def test_each_part_has_its_turn_as_the_clock_runs(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = files.recorded(entry(place), files.WHOLE)
    assert kept is not None
    number = len(kept.index["parts"])
    assert number == -(-(NUMBER + 2) // manifests.AT_A_TURN) == 7
    module(place, 700).write_text(ALTERED)
    seen = []
    for microseconds in range(number):
        monkeypatch.setattr(spot_checks.time, "time_ns", lambda now=microseconds: now * 1000)
        seen.append(spot_checks.SpotChecks(kept, str(tree(place))).are_right(all_of_them=False))
    assert sorted(seen) == [False] + [True] * (number - 1)
    assert not spot_checks.SpotChecks(kept, str(tree(place))).are_right(all_of_them=True)


@pytest.mark.skipif(sys.platform != "linux", reason="of Linux")
def test_of_fewer_modules_all_are_looked_at(tmp_path: Path) -> None:
    names = ["p/__init__.py", *(f"p/m{number}.py" for number in range(manifests.MOST_AT_ONCE - 1))]
    (tmp_path / "p").mkdir()
    for each in names:
        (tmp_path / each).write_text("")
    (tmp_path / "p" / "more.py").write_text("")
    assert in_turn(tmp_path, names) == 0
    assert in_turn(tmp_path, [*names, "p/more.py"]) == -(-(len(names) + 1) // manifests.AT_A_TURN)


def in_turn(directory: Path, names: List[str]) -> int:
    """Give in how many parts the manifest has those of the files with names in directory that have their turns."""
    path = directory / "manifest"
    path.write_bytes(manifests.made(files.WHOLE, str(directory), dict.fromkeys(names), []))
    path.chmod(0o600)
    opened = image.open_image(str(path))
    assert opened is not None
    return len(opened.index["parts"])
