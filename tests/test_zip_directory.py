"""A large archive's directory is read as zipimport reads it, or left to it: the oracle is zipimport itself."""

import io
import os
import sys
import zipimport
from pathlib import Path
from typing import Any, Dict, Iterator, List, Tuple

import pytest

from hostile import MAIN, TABLE, M, build, one
from mainspring.runtime import zip_directory
from oddities import ODDITIES
from support import MAINSPRING, run, write_tree

UTF8 = 0x800
PLAIN: Dict[str, bytes] = {
    "members": build(MAIN, M("a.py"), M("pkg/__init__.py"), M("pkg/deep/er/b.py")),
    "directories": build(MAIN, M("a/", b""), M("a/b/", b""), M("a/b/c.py")),
    "a prefix": build(MAIN, M("a.py"), prefix=b"#!/usr/bin/env python3\n"),
    "a comment": build(MAIN, M("a.py"), comment=b"made by hand"),
    "comments and extra fields": build(MAIN, M("a.py", comment=b"see b.py", extra=b"\xfe\xca\0\0")),
    "names in UTF-8": build(MAIN, M("\u65e5\u672c/\u8a9e.py", flags=UTF8), M("\u00e9t\u00e9.py", flags=UTF8)),
}
UNUSUAL: Dict[str, bytes] = {
    "another count": one("a.py").replace(b"\1\0\1\0", b"\2\0\2\0"),
    "an offset beyond the directory": build(MAIN, M("a.py", offset=0x7FFFFFF)),
    "no name": one(""),
    "a name from the root": build(MAIN, M("/a.py")),
    "a name that is no UTF-8": one(b"\xff.py", flags=UTF8),
    "the same name twice": build(MAIN, M("a.py"), M("a.py", b"x = 2\n")),
    "a directory that is cut short": build(MAIN, M("a.py"))[:-40] + build()[-22:],
    "slashes at the end of a name": build(MAIN, M("a//", b"")),
    "an end that claims to be longer": build(MAIN)[:-2] + b"\x20\0",
}


@pytest.fixture(autouse=True)
def _directories() -> "Iterator[Dict[str, Any]]":
    known: Dict[str, Any] = zipimport._zip_directory_cache  # type: ignore[attr-defined]
    before = dict(known)
    yield known
    known.clear()
    known.update(before)


def remembered(path: Path, data: bytes) -> Any:
    """Give what zipimport knows of an archive of data after our reading, as a list; None if it does not."""
    path.write_bytes(data)
    zip_directory.remember(str(path), io.BytesIO(data), len(data), data[-(22 + 0xFFFF) :])
    known = zipimport._zip_directory_cache.pop(str(path), None)  # type: ignore[attr-defined]
    return None if known is None else list(known.items())


def read_by_zipimport(path: Path) -> "List[Tuple[str, Any]]":
    return list(zipimport._read_directory(str(path)).items())  # type: ignore[attr-defined]


@pytest.mark.parametrize("data", PLAIN.values(), ids=PLAIN)
def test_an_archive_of_the_usual_form_is_read_as_zipimport_reads_it(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "app.pyz"
    # The end record has to stand where a ZIP64 one would fit before it.
    padded = data if len(data) > 200 else build(M("padding", b" " * 200), MAIN)
    assert remembered(path, padded) == read_by_zipimport(path)


@pytest.mark.parametrize(
    "data",
    [*ODDITIES.values(), *UNUSUAL.values(), *(row[1] for row in TABLE)],
    ids=[*ODDITIES, *UNUSUAL, *(row[0] for row in TABLE)],
)
def test_any_other_is_read_so_or_left_to_zipimport(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "app.pyz"
    found = remembered(path, data)
    assert found is None or found == read_by_zipimport(path)


@pytest.mark.parametrize("cut", [1, 2, 21, 22, 23, 40, 60, 100])
def test_an_archive_that_is_cut_short_is_left_to_zipimport(cut: int, tmp_path: Path) -> None:
    whole = build(MAIN, *[M(f"a{i}.py") for i in range(9)])
    assert remembered(tmp_path / "whole.pyz", whole) is not None
    assert remembered(tmp_path / "cut.pyz", whole[:-cut]) is None


def test_what_zipimport_knows_already_stays(tmp_path: Path, _directories: Dict[str, Any]) -> None:
    path = tmp_path / "app.pyz"
    _directories[str(path)] = mine = {"__main__.py": None}
    zip_directory.remember(str(path), io.BytesIO(b""), 0, b"")
    assert _directories[str(path)] is mine


SHOWS = """
import sys, zipimport
for archive, members in zipimport._zip_directory_cache.items():
    print(archive, list(members.items()))
import pkg.m
print(pkg.m.__file__, pkg.m.__loader__)
"""


@pytest.mark.parametrize("options", [[], ["--no-cache"]], ids=["with a store", "without"])
def test_a_program_sees_what_zipimport_read_of_its_large_archive(options: List[str], tmp_path: Path) -> None:
    members = [M(f"pkg/m{i}.py", b"x = 1\n" * 20) for i in range(400)]
    data = build(M("__main__.py", SHOWS.encode()), M("pkg/__init__.py", b""), M("pkg/m.py"), *members)
    assert len(data) > 22 + 0xFFFF
    write_tree(tmp_path, {"app.pyz": data})
    expected = run([sys.executable, "app.pyz"], tmp_path)
    assert expected.status == 0 and repr("pkg/m399.py".replace("/", os.sep)) in expected.out
    assert run([*MAINSPRING, *options, "app.pyz"], tmp_path) == expected


def test_verbose_python_says_how_much_it_read(tmp_path: Path) -> None:
    members = [M(f"m{i}.py", b"x = 1\n" * 20) for i in range(400)]
    write_tree(tmp_path, {"app.pyz": build(MAIN, *members)})
    ended = run([sys.executable, "-v", "-m", "mainspring", "app.pyz"], tmp_path)
    assert "zipimport: found 401 names in" in ended.err
