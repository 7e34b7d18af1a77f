"""The command `cache`, on stores that real starts have made: what it says, what it finds, and what it takes away."""

import _imp
import json
import marshal
import os
import random
import re
import shlex
import shutil
import subprocess
import sys
import time
import zlib
from pathlib import Path
from typing import Any, Callable, Dict, Iterator, List, Tuple

import pytest

import mainspring
from mainspring.runtime import files, image
from mainspring.storage import keeper, manifests, siphash, verifier
from support import (
    MAINSPRING,
    PYTHON,
    Ended,
    clean_environment,
    powerless,
    run,
    until,
    until_settled,
    write_tree,
    write_zip,
)

DAY = 86400
USAGE = "hint: usage: mainspring cache dir|list|verify|prune|clear [--json]\n"
LIBRARY = bytes(range(256))
APP = {
    "__main__.py": "import pkg.mod\nprint('app', pkg.mod.x)\n",
    "pkg/__init__.py": "",
    "pkg/mod.py": "x = 1\n",
    "pkg/native.so": LIBRARY,
}
TARGETS = ("s.py", "app.pyz", "app.pyz", "copy.pyz")
posix = pytest.mark.skipif(os.name != "posix", reason="owners, modes, links and locks are POSIX's")
unix = pytest.mark.skipif(os.name == "nt", reason="archives are not kept there")


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A directory with a script, an archive and a copy of it, all known to the store in `store`."""
    return furnish(tmp_path)


@pytest.fixture(scope="module")
def shared_place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Such a directory for all tests that leave it as it was."""
    return furnish(tmp_path_factory.mktemp("shared"))


def furnish(place: Path) -> Path:
    write_tree(place, {"s.py": "print('script')\n"})
    write_zip(place / "app.pyz", APP)
    write_zip(place / "copy.pyz", APP).write_bytes((place / "app.pyz").read_bytes())
    until_settled()
    env = {"MAINSPRING_CACHE_DIR": str(place / "store"), "HOME": str(place), "USERPROFILE": str(place)}
    for target in TARGETS:
        assert run([*MAINSPRING, str(place / target)], place, env=env).status == 0
    return place


def start(place: Path, *words: str) -> Ended:
    return run([*MAINSPRING, *words], place, env={"MAINSPRING_CACHE_DIR": str(place / "store")})


def cache(place: Path, *words: str) -> Ended:
    return start(place, "cache", *words)


def on_terminal(place: Path, *words: str) -> str:
    ours, theirs = os.openpty()
    env = {**clean_environment(), "MAINSPRING_CACHE_DIR": str(place / "store")}
    subprocess.run([*MAINSPRING, *words], cwd=str(place), env=env, stdout=theirs, check=True)
    os.close(theirs)
    with open(ours, "rb", buffering=0) as terminal:
        return terminal.read(2**16).decode()


def asked(place: Path, *words: str, status: int = 0) -> Any:
    ended = cache(place, *words, "--json")
    assert (ended.status, ended.err) == (status, "")
    return json.loads(ended.out)


def everything(place: Path) -> List[str]:
    root = place / "store"
    return sorted(path.relative_to(root).as_posix() for path in root.rglob("*") if not path.is_dir())


def entry_of(place: Path) -> Path:
    """Give the entry of app.pyz."""
    listed = [entry for entry in asked(place, "list")["entries"] if str(place / "app.pyz") in entry["sources"]]
    return place / "store" / str(listed[0]["path"])


def unpack(place: Path) -> Path:
    """Give the tree of the archive's native module, which its first start has made."""
    tree = entry_of(place) / "files"
    assert (tree / "pkg" / "native.so").read_bytes() == LIBRARY
    assert len(list(tree.parent.glob("files.native-*"))) == 1
    return tree


def note(tree: Path) -> None:
    """Write the manifest anew, for the tree as it is."""
    [path] = tree.parent.glob("files.native-*")
    note_at(path, tree)


def note_at(path: Path, tree: Path) -> None:
    sums = {os.path.join("pkg", "native.so"): zlib.crc32(LIBRARY)}
    path.write_bytes(manifests.made(files.NATIVE, str(tree), sums, []))


def age(path: Path, days: float) -> None:
    os.utime(str(path), (time.time() - days * DAY, time.time() - days * DAY))


# What it says


@pytest.mark.parametrize("seed", ["random", "0", "71"])
def test_a_script_is_listed_by_its_path_whatever_the_hashes_of_strings_are(seed: str, tmp_path: Path) -> None:
    write_tree(tmp_path, {"hello.py": "print(1)\n"})
    for _ in range(2):
        env = {"MAINSPRING_CACHE_DIR": str(tmp_path / "store"), "PYTHONHASHSEED": seed}
        assert run([*MAINSPRING, "hello.py"], tmp_path, env=env) == Ended(0, "1\n", "")
    [listed] = [entry for entry in asked(tmp_path, "list")["entries"] if entry["kind"] == "script"]
    path = "hello.py" if sys.version_info < (3, 9) else str(tmp_path / "hello.py")
    assert (listed["sources"], asked(tmp_path, "verify")["damaged"]) == ([path], [])


def test_dir_says_where_the_store_is_whether_it_exists_or_not(tmp_path: Path) -> None:
    assert cache(tmp_path, "dir") == Ended(0, f"{tmp_path / 'store'}\n", "")
    assert asked(tmp_path, "dir") == {"root": str(tmp_path / "store")}
    assert not (tmp_path / "store").exists()


@unix
def test_list_says_what_is_there_from_where_and_for_how_many_pythons(shared_place: Path) -> None:
    listed = asked(shared_place, "list")
    bundle, *floors, script = sorted(listed["entries"], key=lambda entry: str(entry["kind"]))
    assert set(listed) == {"root", "size", "entries"}
    assert set(bundle) == set(script) == {
        "kind", "key", "path", "size", "files", "interpreters", "last_used", "in_use", "sources"
    }  # fmt: skip
    assert (script["kind"], script["sources"], script["files"]) == ("script", [str(shared_place / "s.py")], 1)
    inside = [name for name in everything(shared_place) if name.startswith("bundles-1/")]
    assert (bundle["kind"], bundle["interpreters"], bundle["in_use"]) == ("bundle", 1, False)
    assert bundle["files"] == len(inside) + 2
    assert sorted(bundle["sources"]) == [str(shared_place / "app.pyz"), str(shared_place / "copy.pyz")]
    assert bundle["last_used"].endswith("Z") and bundle["last_used"][:4] == time.strftime("%Y", time.gmtime())
    below = [shared_place / "store" / name for name in everything(shared_place) if "-1/" in name]
    assert (
        listed["size"]
        == sum(entry["size"] for entry in listed["entries"])
        == sum(path.stat().st_size for path in below)
    )


@unix
def test_list_is_a_table_for_people_that_fits_a_terminal(place: Path) -> None:
    deep = place / ("x" * 60) / "s\x1b[31m.py"
    write_tree(place, {str(deep.relative_to(place)): "print('deep')\n"})
    start(place, str(deep))
    for path in (place / "store" / "scripts-1").iterdir():
        age(path, 3.1)
    assert str(deep).replace("\x1b", "\ufffd") in cache(place, "list").out  # which is whole, where it is no terminal
    lines = on_terminal(place, "cache", "list").splitlines()
    assert lines[0].split() == ["KIND", "SIZE", "FILES", "PYTHONS", "LAST", "USED", "FROM"]
    assert all(len(line) <= 80 and line.isprintable() for line in lines)
    assert sorted(line.split()[0] for line in lines[1:-2]) == ["bundle", "floor", "script", "script"]
    assert [line for line in lines if "just now" in line and line.endswith(" (+1)")]
    assert "script" in lines[-3] and "3 days ago" in lines[-3]
    assert lines[-1].startswith("4 entries, ") and " kB, in " in lines[-1]


def test_paths_below_the_home_are_short(place: Path) -> None:
    env = {"MAINSPRING_CACHE_DIR": str(place / "store"), "HOME": str(place), "USERPROFILE": str(place)}
    lines = run([*MAINSPRING, "cache", "list"], place, env=env).out.splitlines()
    assert any(line.endswith(os.path.join(" ~", "s.py")) for line in lines)
    assert lines[-1].endswith(os.path.join("in ~", "store"))


@pytest.mark.parametrize("word", ["list", "verify", "prune", "clear"])
def test_a_store_that_does_not_exist_is_empty(tmp_path: Path, word: str) -> None:
    ended = cache(tmp_path, word)
    assert (ended.status, ended.err) == (0, "")
    assert asked(tmp_path, word)["root"] == str(tmp_path / "store")
    assert not (tmp_path / "store").exists()


@posix
@pytest.mark.parametrize("word", ["list", "verify", "prune", "clear"])
def test_a_store_that_others_can_write_to_is_refused(shared_place: Path, word: str) -> None:
    before = everything(shared_place)
    (shared_place / "store").chmod(0o777)
    ended = cache(shared_place, word)
    (shared_place / "store").chmod(0o700)
    assert (ended.status, ended.out) == (2, "")
    assert ended.err.startswith(f"mainspring: {shared_place / 'store'}: the store is not used: ")
    assert everything(shared_place) == before


@pytest.mark.parametrize("word", ["dir", "list"])
def test_no_place_for_a_store_is_a_refusal(tmp_path: Path, word: str) -> None:
    env = {name: value for name, value in clean_environment().items() if name not in ("HOME", "LOCALAPPDATA")}
    done = subprocess.run(
        [*MAINSPRING, "cache", word], cwd=str(tmp_path), env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr.decode().splitlines() == [
        "mainspring: cache: there is no place for it, as there is no home",
        "hint: set MAINSPRING_CACHE_DIR to a directory",
    ]


@pytest.mark.parametrize(
    "words, reason",
    [
        ([], "cache: what to do is missing"),
        (["--json"], "--json: unknown word after cache"),
        (["lst"], "lst: unknown word after cache"),
        (["a\x1b[31m"], "a\ufffd[31m: unknown word after cache"),
        (["list", "x"], "x: a word too many"),
        (["list", "--", "--json"], "--json: a word too many"),
        (["list", "--max-age=1"], "--max-age: unknown option of cache list"),
        (["prune", "--max-age"], "--max-age: its value is missing"),
    ],
)
def test_words_that_are_not_understood_are_refused(tmp_path: Path, words: List[str], reason: str) -> None:
    assert cache(tmp_path, *words) == Ended(2, "", f"mainspring: {reason}\n{USAGE}")


@pytest.mark.parametrize("words", [["--max-age", "-1"], ["--max-age=x"], ["--max-size", "5X"], ["--max-size=i"]])
def test_limits_that_are_none_are_refused(shared_place: Path, words: List[str]) -> None:
    before = everything(shared_place)
    ended = cache(shared_place, "prune", *words)
    assert (ended.status, ended.out) == (2, "")
    assert ended.err.startswith("mainspring: --max-") and ": not a " in ended.err
    assert everything(shared_place) == before


@pytest.mark.parametrize("words", [["--help"], ["prune", "-h"]])
def test_help_goes_to_standard_output(tmp_path: Path, words: List[str]) -> None:
    ended = cache(tmp_path, *words)
    assert (ended.status, ended.err) == (0, "")
    assert f"hint: {ended.out.splitlines()[0]}\n" == USAGE


@posix
def test_a_reader_that_has_seen_enough_is_no_error(shared_place: Path) -> None:
    env = {"MAINSPRING_CACHE_DIR": str(shared_place / "store")}
    ended = run(["sh", "-c", f"(sleep 1; {' '.join(MAINSPRING)} cache list) | true"], shared_place, env=env)
    assert ended == Ended(0, "", "")


# Verifying


def test_a_store_that_is_whole_is_found_so(shared_place: Path) -> None:
    verified = asked(shared_place, "verify")
    assert set(verified) == {"root", "checked", "size", "unchecked", "damaged", "leftover", "foreign"}
    assert set(verified["checked"]) == {
        "scripts",
        "records",
        "images",
        "manifests",
        "files",
        "floors",
        "notes",
        "layers",
        "builds",
    }
    assert verified["damaged"] == verified["leftover"] == verified["foreign"] == []
    assert cache(shared_place, "verify").out.endswith("damaged: nothing\n")


@unix
@pytest.mark.parametrize(
    "pattern", ["scripts-1/*", "paths-1/*", "bundles-1/*/*.image", "bundles-1/*/files.native-*", "floors-1/*"]
)
def test_every_flipped_bit_is_found(shared_place: Path, pattern: str) -> None:
    unpack(shared_place)
    path = sorted((shared_place / "store").glob(pattern))[0]
    whole = path.read_bytes()
    dice = random.Random(1)
    places = dice.sample(range(len(whole)), min(len(whole), 200))
    for at in places:
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 1 << dice.randrange(8)]) + whole[at + 1 :])
        assert damaged_in(shared_place) == [str(path.relative_to(shared_place / "store"))]
    path.write_bytes(whole)
    assert damaged_in(shared_place) == []


def damaged_in(place: Path) -> List[str]:
    findings = verifier.verify(str(place / "store"))
    return [path for path, _ in findings.damaged]


@unix
@pytest.mark.parametrize("is_archive_there", [True, False])
def test_every_flipped_bit_of_a_real_file_is_found_even_if_its_status_stayed(
    is_archive_there: bool, place: Path
) -> None:
    tree = unpack(place)
    if not is_archive_there:
        (place / "app.pyz").unlink()
        (place / "copy.pyz").unlink()
    path = tree / "pkg" / "native.so"
    expected = [str(path.relative_to(place / "store"))]
    for at in range(0, len(LIBRARY), 2):
        path.write_bytes(LIBRARY[:at] + bytes([LIBRARY[at] ^ 1 << at % 8]) + LIBRARY[at + 1 :])
        if at % 4:
            note(tree)  # as if the disk had done it
        assert damaged_in(place) == expected
    path.write_bytes(LIBRARY)
    assert damaged_in(place) == expected
    note(tree)
    assert damaged_in(place) == []


DAMAGES: Dict[str, Callable[[Path], Any]] = {
    "cut": lambda path: path.write_bytes(path.read_bytes()[:-1]),
    "appended to": lambda path: path.write_bytes(path.read_bytes() + b"x"),
    "grown": lambda path: os.truncate(str(path), 2**28),
    "emptied": lambda path: path.write_bytes(b""),
    "another's": lambda path: path.write_bytes(b"something else"),
    "a directory": lambda path: (path.unlink(), path.mkdir()),
    "a link": lambda path: (path.rename(path.with_name("aside")), path.symlink_to("aside")),
    "open to others": lambda path: path.chmod(0o666),
}


@unix
@pytest.mark.parametrize("how", DAMAGES)
@pytest.mark.parametrize(
    "pattern", ["scripts-1/*", "paths-1/*", "bundles-1/*/*.image", "bundles-1/*/files.native-*", "floors-1/*"]
)
def test_other_damage_is_found(shared_place: Path, pattern: str, how: str) -> None:
    path = sorted((shared_place / "store").glob(pattern))[0]
    kept = path.rename(shared_place / "kept")
    shutil.copy(str(kept), str(path))
    assert damaged_in(shared_place) == []
    DAMAGES[how](path)
    found = damaged_in(shared_place)
    for made in (path, path.with_name("aside")):
        shutil.rmtree(str(made)) if made.is_dir() and not made.is_symlink() else _unlink(made)
    kept.rename(path)
    assert found == [str(path.relative_to(shared_place / "store"))]


@unix
def test_what_was_kept_of_a_build_and_has_grown_without_end_is_not_taken_into_memory(tmp_path: Path) -> None:
    grown = write_tree(tmp_path / "store", {"builds-1/" + "a" * 40: b"mainspb1"}) / "builds-1" / ("a" * 40)
    for private in (tmp_path / "store", grown.parent, grown):
        private.chmod(0o700)
    os.truncate(str(grown), 2**30)
    limited = f"ulimit -v 700000; exec {' '.join(map(shlex.quote, MAINSPRING))} cache verify"
    ended = run(["sh", "-c", limited], tmp_path, env={"MAINSPRING_CACHE_DIR": str(tmp_path / "store")})
    assert (ended.status, ended.err) == (1, "")
    assert f"{grown.relative_to(tmp_path / 'store')}: its checksum is wrong\n" in ended.out


def _unlink(path: Path) -> None:
    if os.path.lexists(str(path)):
        path.unlink()


@unix
def test_what_a_program_wrote_into_its_tree_is_named_as_not_compared(place: Path) -> None:
    unpack(place)
    [tree] = (place / "store").glob("bundles-1/*/files")
    (tree / "more.txt").write_text("more")
    where = str(tree.relative_to(place / "store"))
    assert asked(place, "verify")["unchecked"] == [{"path": where, "files": 1}]
    assert f"{where}: 1 file that could not be compared with anything\n" in cache(place, "verify").out


@unix
def test_what_is_damaged_is_named_and_the_next_start_makes_it_anew(place: Path) -> None:
    for path in [*(place / "store").glob("scripts-1/*"), *(place / "store").glob("paths-1/*")]:
        path.write_bytes(path.read_bytes()[:-1])
    found = asked(place, "verify", status=1)
    assert {tuple(damage) for damage in found["damaged"]} == {("path", "reason")}
    ended = cache(place, "verify")
    assert ended.status == 1 and "scripts-1/" in ended.out and "makes it anew" in ended.out
    for target in TARGETS:
        assert start(place, str(place / target)).status == 0
    assert damaged_in(place) == []


@unix
def test_a_program_that_sets_its_clock_elsewhere_has_nothing_pruned(place: Path) -> None:
    (place / "frozen.py").write_text("import time\ntime.time = lambda: 1326499200.0\ntime.time_ns = lambda: 0\n")
    write_zip(
        place / "frozen.pyz", {"__main__.py": (place / "frozen.py").read_text() + "import other\n", "other.py": ""}
    )
    before = set(everything(place))
    for target in ("frozen.py", "frozen.pyz"):
        for age in (1, 40):
            os.utime(str(place / "store" / keeper.STAMP), (time.time() - age * DAY / 2,) * 2)
            assert start(place, str(place / target)).status == 0
            assert before <= set(everything(place))


@unix
def test_a_damaged_floor_is_made_anew(place: Path) -> None:
    [path] = (place / "store").glob("floors-1/*")
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 4])  # within what every start needs
    for target in (place / "store").glob("paths-1/*"):
        target.unlink()
    for name in TARGETS:
        assert start(place, str(place / name)).status == 0
    assert damaged_in(place) == []


@unix
def test_a_module_of_mainsprings_that_was_replaced_by_one_of_the_same_size_and_time_is_seen(place: Path) -> None:
    package = place / "lib" / "mainspring"
    shutil.copytree(os.path.dirname(mainspring.__file__), str(package), ignore=shutil.ignore_patterns("__pycache__"))
    file, seen = package / "runtime" / "kinds.py", []
    env = {"PYTHONPATH": str(package.parent), "MAINSPRING_CACHE_DIR": str(place / "other")}
    for word in ("can't open", "cannot pen", "can't open"):
        file.write_text(file.read_text().replace("can't open", word).replace("cannot pen", word))
        os.utime(str(file), (10**9, 10**9))
        shutil.rmtree(str(file.parent / "__pycache__"), ignore_errors=True)
        for target in ("none.py", "s.py") * 2:
            ended = run([sys.executable, "-m", "mainspring", target], place, env=env)
            seen += [word in ended.err] if target == "none.py" else []
    assert seen == [True] * 6


@unix
def test_the_floor_of_another_python_is_not_taken_for_this_ones(place: Path) -> None:
    [path] = (place / "store").glob("floors-1/*")
    whole = path.read_bytes()
    other = image.open_image(str(path))
    assert other is not None
    blobs = whole[len(image.head(marshal.dumps(other.index))) :]
    path.write_bytes(image.head(marshal.dumps({**other.index, image.OF: "f" * 16})) + blobs)
    assert damaged_in(place) == [str(path.relative_to(place / "store"))]
    assert start(place, str(place / "s.py")).out == "script\n"
    assert damaged_in(place) == []
    made = image.open_image(str(path))
    assert made is not None and made.index[image.OF] == f"floors-1/{path.name}"


@unix
def test_a_file_that_another_python_has_mended_is_not_damaged(place: Path) -> None:
    tree = unpack(place)
    [path] = tree.parent.glob("files.native-*")
    (tree / "pkg" / "native.so").write_bytes(LIBRARY)
    path.with_name("files.native-0000").write_bytes(path.read_bytes())
    path.with_name("files.native-0000").chmod(0o600)
    note_at(path, tree)
    assert damaged_in(place) == []


def test_a_lost_or_replaced_real_file_is_found(place: Path) -> None:
    if os.name == "nt":
        pytest.skip("archives are not kept there")
    path = unpack(place) / "pkg" / "native.so"
    path.unlink()
    assert damaged_in(place) == [str(path.relative_to(place / "store"))]
    path.write_bytes(LIBRARY)
    assert damaged_in(place) == [str(path.relative_to(place / "store"))]


def test_the_checksums_of_other_pythons_are_known() -> None:
    # From CPython 3.8 and 3.13: _imp.source_hash(7, b"mainspring" * 3).
    both = {bytes.fromhex("607ea2b311a2972b"), bytes.fromhex("4963bea394eacac7")}
    data = b"mainspring" * 3
    assert {siphash.of_others(7, data), _imp.source_hash(7, data)} == both


# Pruning


def survivors(place: Path) -> List[str]:
    return sorted(path.name for path in (place / "store" / "scripts-1").iterdir())


def scripts(place: Path, ages: Dict[str, float]) -> Path:
    """Leave nothing in the store but entries of 1000 bytes each, which were used that many days ago."""
    folder = place / "store" / "scripts-1"
    keeper.clear(str(place / "store"))
    for name, days in ages.items():
        (folder / name).write_bytes(b"x" * 1000)
        age(folder / name, days)
    return folder


def test_clearing_tells_how_many_bytes_of_all_were_looked_at(place: Path) -> None:
    scripts(place, {name * 16: 0 for name in "abc"})
    told: List[Tuple[int, int]] = []
    keeper.clear(str(place / "store"), lambda done, total: told.append((done, total)))
    assert told == [(1000, 3000), (2000, 3000), (3000, 3000)]


OLD, RECENT, NEWEST = "a" * 16, "b" * 16, "c" * 16


@pytest.mark.parametrize(
    "words, expected",
    [
        ([], [RECENT, NEWEST]),
        (["--max-age", "1.5"], [NEWEST]),
        (["--max-age=40"], [OLD, RECENT, NEWEST]),
        (["--max-age=0"], []),
    ],
)
def test_what_was_not_used_for_long_is_pruned(place: Path, words: List[str], expected: List[str]) -> None:
    scripts(place, {OLD: 31, RECENT: 2, NEWEST: 0.1})
    pruned = asked(place, "prune", *words)
    assert set(pruned) == {"root", "removed", "freed", "size", "in_use", "failed"}
    assert survivors(place) == expected
    assert pruned["removed"]["script"] == 3 - len(expected)
    assert pruned["failed"] == 0 and pruned["in_use"] == []


@pytest.mark.parametrize("size, left", [("3k", 3), ("2999", 2), ("2KiB", 2), ("0.001M", 1), ("0", 0)])
def test_the_oldest_goes_first_when_there_is_too_much(tmp_path: Path, size: str, left: int) -> None:
    write_tree(tmp_path, {"s.py": "print(1)\n"})
    start(tmp_path, "s.py")
    scripts(tmp_path, {OLD: 3, RECENT: 2, NEWEST: 0.1})
    pruned = asked(tmp_path, "prune", "--max-size", size)
    assert survivors(tmp_path) == [OLD, RECENT, NEWEST][3 - left :]
    assert pruned["size"] == 1000 * left


@unix
def test_by_itself_it_keeps_two_gibibytes_of_what_was_used_last(place: Path) -> None:
    folder = scripts(place, {OLD: 3, RECENT: 2, NEWEST: 0.1})
    for name, size in ((OLD, 1), (RECENT, 2**30), (NEWEST, 2**30)):
        os.truncate(str(folder / name), size)  # nothing of it is on the disk
        age(folder / name, {OLD: 3, RECENT: 2, NEWEST: 0.1}[name])
    os.unlink(str(place / "store" / keeper.STAMP))
    keeper.prune_daily(str(place / "store"))
    assert survivors(place) == [RECENT, NEWEST]


@unix
def test_an_archive_that_was_not_used_goes_with_all_that_leads_to_it(place: Path) -> None:
    unpack(place)
    for path in (place / "store").glob("*-1/**/*"):
        age(path, 31)
    pruned = asked(place, "prune")
    assert pruned["removed"] == {
        "script": 1,
        "bundle": 1,
        "build": 0,
        "floor": 1,
        "record": 2,
        "layer": 0,
        "note": 0,
        "other": 0,
        "litter": 0,
    }
    assert everything(place) == ["CACHEDIR.TAG", "pruned"]
    assert start(place, "app.pyz") == Ended(0, "app 1\n", "")


@unix
@pytest.mark.parametrize("used", ["paths-1/*", "bundles-1/*/*.image"])
def test_an_archive_that_was_used_by_anybody_stays(place: Path, used: str) -> None:
    tree = unpack(place)
    for path in (place / "store").glob("*-1/**/*"):
        age(path, 31)
    age(sorted((place / "store").glob(used))[0], 1)
    cache(place, "prune")
    assert (tree / "pkg" / "native.so").exists()
    assert len(list((place / "store").glob(used))) == 1


@unix
def test_images_of_pythons_that_are_gone_are_pruned(place: Path) -> None:
    image = entry_of(place) / f"zipped-{'0' * 16}.image"
    image.write_bytes(b"x" * 100)
    age(image, 31)
    assert asked(place, "prune")["freed"] == 100
    assert not image.exists() and asked(place, "list")["entries"]


@unix
def test_litter_is_pruned_and_what_is_being_written_is_not(place: Path) -> None:
    root = place / "store"
    hour = 1 / 24
    litter = {
        f"scripts-1/{OLD}.1-aa.new": 2 * hour,
        f"bundles-1/{'d' * 40}.1-aa.gone/files/x": 0,
        f"bundles-1/{entry_of(place).name}/files-1-aa.new/x": 2 * hour,
        f"bundles-1/{entry_of(place).name}/zipped.image.1-aa.new": 2 * hour,
        f"paths-1/{OLD}": 2 * hour,
    }
    fresh = [f"scripts-1/{RECENT}.1-aa.new", f"bundles-1/{entry_of(place).name}/files-1-bb.new", f"paths-1/{RECENT}"]
    before = everything(place)
    write_tree(root, {**dict.fromkeys(litter, "x"), **dict.fromkeys(fresh, "x")})
    (root / "bundles-1" / ("e" * 40)).mkdir()
    age(root / "bundles-1" / ("e" * 40), 2 * hour)
    for name, days in litter.items():
        age(root / name, days)
        age((root / name).parent, days)
    named = [re.sub(r"(\.new|\.gone)/.*", r"\1", name) for name in [*litter, *fresh] if "paths-1/" not in name]
    assert sorted(asked(place, "verify", status=1)["leftover"]) == sorted(name.replace("/", os.sep) for name in named)
    assert f"\n{named[0]}: left by a process that was killed, or being written; prune " in cache(place, "verify").out
    cache(place, "prune")
    assert everything(place) == sorted([*before, *fresh])
    assert not (root / "bundles-1" / ("e" * 40)).exists()
    cache(place, "clear")
    assert everything(place) == ["CACHEDIR.TAG", "pruned"]


def test_a_start_that_writes_prunes_once_a_day_and_a_warm_one_never(place: Path) -> None:
    stamp = place / "store" / "pruned"
    write_tree(place, {"t.py": "print(2)\n", "u.py": "print(3)\n"})
    (place / "store" / "scripts-1" / OLD).write_bytes(b"x")
    age(place / "store" / "scripts-1" / OLD, 31)
    start(place, "t.py")
    assert OLD in survivors(place)  # pruned when the store was made
    age(stamp, 1.1)
    start(place, "t.py")
    assert OLD in survivors(place)
    start(place, "u.py")
    assert OLD not in survivors(place) and len(survivors(place)) == 3
    assert time.time() - stamp.stat().st_mtime < DAY


@unix
@pytest.mark.parametrize("how", ["record", "image"])
def test_what_an_archive_writes_prunes_too(place: Path, how: str) -> None:
    # The image is written when the program has ended, and it has modules of its own.
    news = {"__main__.py": "import sys\nif sys.argv[1:]: import late\n", "late.py": "", "fcntl.py": "print('wrong')\n"}
    write_zip(place / "news.pyz", news)
    until_settled()
    start(place, "news.pyz")
    unpack(place)
    age(place / "store" / "pruned", 1.1)
    for path in ("scripts-1/" + OLD, f"bundles-1/{'a' * 40}/files/x"):
        write_tree(place / "store", {path: ""})
        age(place / "store" / path, 31)
        age((place / "store" / path).parent, 31)
    age(place / "store" / "bundles-1" / ("a" * 40), 31)
    if how == "record":
        (place / "copy.pyz").rename(place / "third.pyz")
        until_settled()
        ended = start(place, "third.pyz")
    else:
        ended = start(place, "news.pyz", "a")
    assert (ended.err, "wrong" in ended.out) == ("", False)
    assert OLD not in survivors(place)
    assert not (place / "store" / "bundles-1" / ("a" * 40)).exists()


# What others hold, and what is not ours

HOLDER = """
import fcntl, os, sys
file = os.open(sys.argv[1], os.O_RDONLY)
fcntl.flock(file, fcntl.LOCK_SH)
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def held(place: Path) -> "Iterator[Path]":
    """The place, while another process holds the archive's tree."""
    tree = unpack(place)
    holder = subprocess.Popen([*PYTHON, "-c", HOLDER, str(tree)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert holder.stdout is not None and holder.stdout.readline() == b"held\n"
    yield place
    holder.communicate()


@posix
@pytest.mark.parametrize("words", [["prune", "--max-age=0"], ["prune", "--max-size=0"], ["clear"]])
def test_a_tree_that_a_program_holds_is_spared(held: Path, words: List[str]) -> None:
    entry = entry_of(held)
    ended = cache(held, *words)
    assert ended.status == 0 and f"  bundles-1/{entry.name}\n" in ended.out
    assert asked(held, *words)["in_use"] == [f"bundles-1/{entry.name}"]
    assert (entry / "files" / "pkg" / "native.so").read_bytes() == LIBRARY
    assert len(list((held / "store" / "paths-1").iterdir())) == 2
    [listed] = asked(held, "list")["entries"]
    assert listed["in_use"] is True
    assert " in use " in cache(held, "list").out
    assert damaged_in(held) == []


@posix
def test_a_tree_that_nobody_holds_any_more_is_not_spared(place: Path) -> None:
    tree = unpack(place)
    process = subprocess.Popen([*PYTHON, "-c", HOLDER, str(tree)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdout is not None and process.stdout.readline() == b"held\n"
    process.kill()
    process.communicate()
    cache(place, "clear")
    assert everything(place) == ["CACHEDIR.TAG", "pruned"]


@posix
@pytest.mark.skipif("fcntl" in sys.builtin_module_names, reason="it cannot be taken away")
def test_where_locks_do_not_work_trees_that_were_used_are_spared(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tree = unpack(place)
    root = str(place / "store")
    monkeypatch.setattr(os, "__file__", "/nowhere/os.py")
    assert keeper.clear(root).in_use == [str(tree.parent)]
    for path in [*tree.parent.glob("*"), *(place / "store" / "paths-1").iterdir()]:
        age(path, 31)
    assert keeper.clear(root).in_use == []
    assert everything(place) == ["CACHEDIR.TAG", "pruned"]


def test_what_is_not_ours_is_left_alone(place: Path) -> None:
    foreign = {
        "mine.txt": "",
        "scripts/notes": "",
        "scripts-1/README": "",
        "scripts-1/notes.new": "",
        "bundles-1/my folder/x": "",
        "paths-x/" + OLD: "",
        "bundles-0/photographs/x": "",
    }
    write_tree(place / "store", {**foreign, f"scripts-0/{OLD}": "", f"bundles-0/{'a' * 40}/deep/x": ""})
    named = (
        "bundles-0/photographs, bundles-1/my folder, mine.txt, paths-x, scripts, scripts-1/README, scripts-1/notes.new"
    )
    assert asked(place, "verify")["foreign"] == named.replace("/", os.sep).split(", ")
    assert "\nmine.txt: not of the store, which leaves it alone\n" in cache(place, "verify").out
    assert asked(place, "clear")["removed"]["other"] == 2
    assert everything(place) == sorted(["CACHEDIR.TAG", "pruned", *foreign])
    assert not (place / "store" / "scripts-0").exists()


@unix
@pytest.mark.parametrize("words", [["prune", "--max-age=0"], ["clear"]])
def test_links_are_not_followed(place: Path, words: List[str]) -> None:
    write_tree(place, {"outside/a": "", f"outside/{OLD}": "", "outside/files/x": ""})
    tree = unpack(place)
    outside = place / "outside"
    (tree / "link").symlink_to(outside)
    (tree / "pkg" / "file").symlink_to(outside / "a")
    (place / "store" / "bundles-1" / ("f" * 40)).symlink_to(outside)
    (place / "store" / "bundles-1" / ("e" * 40)).mkdir()
    (place / "store" / "bundles-1" / ("e" * 40) / "files").symlink_to(outside)
    (place / "store" / "scripts-0").symlink_to(outside)
    time.sleep(0.01)
    ended = cache(place, *words)
    assert (ended.status, ended.err) == (0, "")
    assert sorted(path.name for path in outside.iterdir()) == sorted(["a", OLD, "files"])
    assert (outside / "files" / "x").exists()
    assert list((place / "store" / "bundles-1").iterdir()) == []


@posix
def test_what_cannot_be_removed_is_counted_and_the_rest_goes(place: Path) -> None:
    words, env = [*powerless(), *MAINSPRING, "cache", "clear", "--json"], {"MAINSPRING_CACHE_DIR": str(place / "store")}
    (place / "store" / "paths-1").chmod(0o500)
    ended = run(words, place, env=env)
    (place / "store" / "paths-1").chmod(0o700)
    cleared = json.loads(ended.out)
    assert (ended.status, cleared["failed"], cleared["removed"]["bundle"]) == (1, 2, 1)


WAITING = """
import os, sys, time
open(sys.argv[1], "w").close()
while not os.path.exists("go"):
    time.sleep(0.02)
"""


@pytest.mark.parametrize("words", [["clear"], ["prune", "--max-age=0"]])
def test_fifty_programs_run_to_their_end_while_the_store_is_taken_away(tmp_path: Path, words: List[str]) -> None:
    late = "import pkg.late\nprint(pkg.late.x)\n"
    write_tree(tmp_path, {"s.py": WAITING + "print(1)\n"})
    write_zip(tmp_path / "app.pyz", {"__main__.py": WAITING + late, "pkg/__init__.py": "", "pkg/late.py": "x = 1\n"})
    until_settled()
    env = {**clean_environment(), "MAINSPRING_CACHE_DIR": str(tmp_path / "store")}
    write_tree(tmp_path, {"go": ""})
    for target in ("s.py", "app.pyz", "app.pyz"):
        assert start(tmp_path, target, "warm").out == "1\n"
    (tmp_path / "go").unlink()
    started = [
        subprocess.Popen(
            [*MAINSPRING, ("s.py", "app.pyz")[number % 2], f"started-{number}"],
            cwd=str(tmp_path),
            env=env,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        for number in range(50)
    ]
    until(lambda: len(list(tmp_path.glob("started-*"))) >= 50)
    ended = cache(tmp_path, *words)
    assert (ended.status, ended.err) == (0, "")
    write_tree(tmp_path, {"go": ""})
    assert {process.communicate()[0] for process in started} == {b"1" + os.linesep.encode()}
    assert {process.returncode for process in started} == {0}
    assert start(tmp_path, "app.pyz", "again").out == "1\n"


def test_programs_start_while_the_store_is_cleared_again_and_again(place: Path) -> None:
    env = {**clean_environment(), "MAINSPRING_CACHE_DIR": str(place / "store")}
    words = [[*MAINSPRING, target] for target in ("s.py", "app.pyz") * 10]
    started = [
        subprocess.Popen(each, cwd=str(place), env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        for each in words
    ]
    while any(process.poll() is None for process in started):
        keeper.clear(str(place / "store"))
    assert {process.communicate()[0].decode().strip() for process in started} == {"script", "app 1"}
    keeper.clear(str(place / "store"))
    assert everything(place) == ["CACHEDIR.TAG", "pruned"]
