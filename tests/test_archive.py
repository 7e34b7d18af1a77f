"""The strict reader: one reading or none. What it refuses is in `hostile`; what it takes is read by zipfile, too."""

import ast
import io
import os
import random
import shutil
import subprocess
import sys
import tracemalloc
import zipapp
import zipfile
import zlib
from pathlib import Path
from typing import Any, Callable, Dict, List, Tuple, cast

import pytest

from hostile import (
    BZIP2,
    DEFLATED,
    LZMA,
    MAIN,
    MAX32,
    SMALL,
    STORED,
    TABLE,
    ZEROS,
    M,
    build,
    deflate,
    one,
    pack_lzma_without_marker,
    zip64,
)
from mainspring import archive
from mainspring.archive import directory, records
from mainspring.runtime import Refusal
from oddities import ODDITIES, with_descriptor
from support import run, write_tree, write_zip

METHODS = {"stored": STORED, "deflated": DEFLATED, "bzip2": BZIP2, "lzma": LZMA}
MEBIBYTE = 2**20


def refusal(data: "records.Data", *arguments: Any) -> str:
    """Give the words in which data is refused."""
    with pytest.raises(Refusal) as raised:
        archive.check("app.pyz", data, *arguments)
    assert raised.value.status == 2
    return str(raised.value)


def read(data: bytes) -> Dict[str, bytes]:
    """Give what the strict reader reads."""
    checked = archive.check("app.pyz", data)
    return {member.name: checked.read(member) for member in checked.members}


def read_by_zipfile(data: bytes) -> Dict[str, bytes]:
    """Give what the standard library's reader reads."""
    with zipfile.ZipFile(io.BytesIO(data)) as opened:
        return {info.filename: opened.read(info) for info in opened.infolist()}


@pytest.mark.parametrize(("data", "words"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE])
def test_a_hostile_archive_is_refused_with_the_reason(data: bytes, words: str) -> None:
    tracemalloc.start()
    try:
        line = refusal(data)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert words in line
    assert line.startswith("mainspring: app.pyz: ")
    assert len(line.splitlines()) <= 2
    assert all(part.isprintable() for part in line.splitlines())
    assert peak < 16 * MEBIBYTE  # LZMA has a window of 8


def test_the_archives_of_the_table_are_sound_but_for_what_is_wrong_with_them() -> None:
    assert read(SMALL) == read_by_zipfile(SMALL) == {"__main__.py": b"print('hello')\n"}
    assert read(one("a.py")) == read_by_zipfile(one("a.py"))


@pytest.mark.parametrize("data", ODDITIES.values(), ids=ODDITIES)
def test_an_oddity_is_read_as_zipfile_reads_it(data: bytes) -> None:
    checked = archive.check("app.pyz", data)
    assert read(data) == read_by_zipfile(data)
    with zipfile.ZipFile(io.BytesIO(data)) as opened:
        infos = opened.infolist()
    assert [(m.name, m.size, m.packed, m.crc, m.method) for m in checked.members] == [
        (info.filename, info.file_size, info.compress_size, info.CRC, info.compress_type) for info in infos
    ]
    assert [m.is_directory for m in checked.members] == [info.is_dir() for info in infos]


def test_lzma_without_an_end_marker_ends_where_its_size_says() -> None:
    content = b"from __future__ import annotations\n" * 9
    packed = pack_lzma_without_marker(content)
    data = one("a.py", content, method=LZMA, packed=packed)
    assert read(data) == read_by_zipfile(data)
    assert "'a.py' has bytes after the end" in refusal(one("a.py", content, method=LZMA, packed=packed + b"?" * 9))
    assert "'a.py' is cut short" in refusal(one("a.py", content, method=LZMA, packed=packed[:-3]))


class OnlyWrites:
    """A stream that cannot seek, as a pipe."""

    def __init__(self) -> None:
        self.data = b""

    def write(self, data: bytes) -> int:
        self.data += data
        return len(data)

    def flush(self) -> None:
        pass


def _fill(opened: zipfile.ZipFile) -> None:
    opened.writestr("__main__.py", "print('hello')\n" * 99)
    opened.writestr("pkg/__init__.py", "")
    opened.writestr("\u00e9/\u65e5.txt", b"\0" * 70000)
    opened.writestr("folder/", "")
    with opened.open("forced.txt", "w", force_zip64=True) as forced:
        forced.write(b"forced " * 99)


@pytest.mark.parametrize("method", METHODS.values(), ids=METHODS)
def test_what_zipfile_writes_is_read(method: int) -> None:
    seekable, pipe = io.BytesIO(), OnlyWrites()
    for stream in (seekable, pipe):
        with zipfile.ZipFile(cast(Any, stream), "w", method) as opened:
            _fill(opened)
    assert read(seekable.getvalue()) == read_by_zipfile(seekable.getvalue()) == read(pipe.data)


def test_what_zipfile_appends_to_a_launcher_is_read(tmp_path: Path) -> None:
    path = tmp_path / "app"
    path.write_bytes(b"#!/usr/bin/env python3\n")
    for name in ("__main__.py", "second.py"):
        with zipfile.ZipFile(str(path), "a", zipfile.ZIP_DEFLATED) as opened:
            opened.writestr(name, "print('hello')")
    assert sorted(read(path.read_bytes())) == ["__main__.py", "second.py"]


def _with_zipapp(source: Path, target: Path) -> None:
    zipapp.create_archive(source, target, interpreter="/usr/bin/env python3", compressed=True)


def _with_shutil(source: Path, target: Path) -> None:
    shutil.move(shutil.make_archive(str(target), "zip", str(source)), str(target))


def _with_info_zip(source: Path, target: Path) -> None:
    if not shutil.which("zip"):
        pytest.skip("there is no zip here")
    subprocess.run(["zip", "-qr", str(target) + ".zip", "."], cwd=str(source), check=True)
    shutil.move(str(target) + ".zip", str(target))


def _with_info_zip_to_a_pipe(source: Path, target: Path) -> None:
    if not shutil.which("zip"):
        pytest.skip("there is no zip here")
    target.write_bytes(subprocess.run(["zip", "-qr", "-", "."], cwd=str(source), check=True, stdout=-1).stdout)


@pytest.mark.parametrize("tool", [_with_zipapp, _with_shutil, _with_info_zip, _with_info_zip_to_a_pipe])
def test_what_other_tools_write_is_read(tool: Callable[[Path, Path], None], tmp_path: Path) -> None:
    files = {"__main__.py": "print(1)\n", "pkg/__init__.py": "", "pkg/data.bin": "x" * 70000}
    write_tree(tmp_path / "source", files)
    tool(tmp_path / "source", tmp_path / "made")
    data = (tmp_path / "made").read_bytes()
    assert read(data) == read_by_zipfile(data)
    assert {name: text.encode() for name, text in files.items()}.items() <= read(data).items()


def test_a_hundred_thousand_members_are_read() -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as opened:
        for number in range(100000):
            opened.writestr(f"package/module_{number}.py", b"x = 1\n")
    for prefix in (b"", b"#!/usr/bin/env python3\n"):
        checked = archive.check("app.pyz", prefix + stream.getvalue())
        assert len(checked.members) == 100000
        assert checked.read(checked.members[-1]) == b"x = 1\n"


def test_a_member_says_where_and_what_it_is() -> None:
    data = build(M("tool", b"#!/bin/sh\n", mode=0o100755), M("a/", b""), MAIN)
    tool, folder, main = archive.check("app.pyz", data).members
    assert data[tool.start : tool.start + tool.packed] == b"#!/bin/sh\n"
    assert [tool.is_executable, folder.is_executable, main.is_executable] == [True, False, False]
    assert [tool.is_directory, folder.is_directory, main.is_directory] == [False, True, False]


def on_disk(path: Path, data: bytes) -> "records.Data":
    """Put data into a file, and give its content as that of a large one is given."""
    path.write_bytes(data)
    with open(path, "rb") as file:
        return archive.content_of("app.pyz", file, len(data), most=0)


def test_a_large_file_is_read_as_its_bytes_are(tmp_path: Path) -> None:
    data = b"#!/bin/x\n" + ODDITIES["a large member, deflated"]
    checked = archive.check("app.pyz", on_disk(tmp_path / "app", data))
    assert {m.name: checked.read(m) for m in checked.members} == read(data)
    assert "checksum is wrong" in _refusal_of_reading(checked, 0)


def test_a_large_file_is_refused_for_what_its_bytes_are(tmp_path: Path) -> None:
    for number, (_, data, words) in enumerate(TABLE):
        assert words in refusal(on_disk(tmp_path / str(number), data))
    for data in ODDITIES.values():
        assert archive.check("app.pyz", on_disk(tmp_path / "odd", data))


def test_any_part_of_a_large_file_is_what_it_is_of_its_bytes(tmp_path: Path) -> None:
    seed = random.Random(5)
    data = seed.getrandbits(8 * 3 * MEBIBYTE).to_bytes(3 * MEBIBYTE, "little")
    large = on_disk(tmp_path / "app", data)
    assert len(large) == len(data)
    assert b"".join(archive.pieces_of(large)) == data
    for _ in range(2000):
        start, length = seed.randrange(len(data)), seed.choice([0, 4, 46, 2**17, 2**20])
        assert large[start : start + length] == data[start : start + length]
        what, stop = data[start : start + 5], seed.choice([start, start + 4, start + 5, len(data)])
        assert large.find(what, max(0, start - 2**20), stop) == data.find(what, max(0, start - 2**20), stop)
    assert (large[-22:], large[5:2], large[:]) == (data[-22:], b"", data)
    assert large.rfind(data[-9:-5], len(data) - 400) == len(data) - 9
    assert large.rfind(b"not there", 9) == large.find(b"not there") == -1


def test_a_large_file_that_is_cut_while_it_is_read_is_refused(tmp_path: Path) -> None:
    large = on_disk(tmp_path / "app", one("a.bin", random.Random(5).getrandbits(8 * 2**22).to_bytes(2**22, "little")))
    with pytest.raises(Refusal, match="^mainspring: app.pyz: it became shorter while it was read\nhint: "):
        archive.check("app.pyz", large, None, lambda done, total: os.truncate(tmp_path / "app", 2**20))


@pytest.mark.parametrize("content", [b"x = 1\n", ZEROS * 2], ids=["small", "large"])
def test_a_member_is_checked_again_when_it_is_read(content: bytes) -> None:
    checked = archive.check("app.pyz", one("a.py", content))
    assert "member 'a.py' is damaged" in _refusal_of_reading(checked, 1)


def _refusal_of_reading(checked: archive.Archive, index: int) -> str:
    checked.members[index].crc ^= 1
    with pytest.raises(Refusal) as raised:
        checked.read(checked.members[index])
    return str(raised.value)


def test_more_than_the_limit_is_refused_before_anything_is_unpacked() -> None:
    data = one("a.bin", size=2**32 - 2, method=DEFLATED, packed=b"this is not deflated")
    line = refusal(data)
    assert "it unpacks to 4294967309 bytes, more than the limit of 4294967296" in line
    assert "hint: if you trust it, raise the limit with --max-size or --max-ratio" in line
    assert "more than the limit of 100" in refusal(one("a.bin", bytes(99)), archive.Limits(size=100))
    assert archive.check("app.pyz", one("a.bin", bytes(99)), archive.Limits(size=99 + 15))


def test_a_bomb_is_refused_before_it_is_unpacked() -> None:
    packed = deflate(ZEROS * 65)
    bomb = one("bomb", size=65 * MEBIBYTE, method=DEFLATED, packed=packed, crc=zlib.crc32(ZEROS * 65))
    assert "member 'bomb' unpacks to more than 200 times its packed size" in refusal(bomb)
    assert "--max-ratio" in refusal(bomb, archive.Limits(ratio=900))
    assert archive.check("app.pyz", bomb, archive.Limits(ratio=1100))


def test_what_unpacks_to_less_than_64_mebibytes_is_no_bomb() -> None:
    assert archive.check("app.pyz", one("zeros", ZEROS * 64, method=DEFLATED))


def test_a_size_that_lies_does_not_take_memory() -> None:
    lies = [one("a", ZEROS * 64, method=DEFLATED, size=size) for size in (1, 2 * MEBIBYTE)]
    tracemalloc.start()
    try:
        for data in lies:
            assert "'a' unpacks to more than" in refusal(data)
        assert tracemalloc.get_traced_memory()[1] < 8 * MEBIBYTE
    finally:
        tracemalloc.stop()


def test_a_large_member_is_checked_bit_by_bit() -> None:
    data = one("zeros", ZEROS * 64, method=DEFLATED)
    tracemalloc.start()
    try:
        archive.check("app.pyz", data)
        assert tracemalloc.get_traced_memory()[1] < 8 * MEBIBYTE
    finally:
        tracemalloc.stop()


def test_progress_is_told_now_and_then() -> None:
    told: List[Tuple[int, int]] = []
    members = [M(f"m{number}", bytes(MEBIBYTE // 2)) for number in range(8)]
    archive.check("app.pyz", build(*members, M("large", ZEROS * 4)), None, lambda *sizes: told.append(sizes))
    assert {total for _, total in told} == {8 * MEBIBYTE}
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    assert told[-1][0] == 8 * MEBIBYTE
    assert 4 < len(told) < 20


def test_a_name_is_shown_without_its_control_characters_and_not_at_any_length() -> None:
    line = refusal(one("\x1b]0;title\x07" + "x" * 5000))
    assert line.isprintable()
    assert len(line) < 300


def _small_archives() -> List[bytes]:
    members = [MAIN, M("pkg/", b""), M("pkg/a.py", b"import b\n" * 9, method=DEFLATED), M("\u00e9", b"data")]
    wide = build(*members, _wide_member(), wide=True)
    return [
        build(*members, comment=b"a comment"),
        b"#!/bin/x\n" + wide,
        with_descriptor(DEFLATED),
        with_descriptor(STORED, wide=True),
    ]


def _wide_member() -> M:
    return M("wide", b"wide\n", local_extra=zip64(5, 5), local_size=MAX32, local_packed_size=MAX32)


@pytest.mark.parametrize("data", _small_archives(), ids=["plain", "zip64", "streamed", "streamed and wide"])
def test_no_single_byte_changes_what_is_read_unseen(data: bytes) -> None:
    dice = random.Random(8)
    sound = read(data)
    refused = 0
    for _ in range(600):
        altered = bytearray(data)
        altered[dice.randrange(len(data))] ^= dice.randrange(1, 256)
        try:
            assert read(bytes(altered)) == sound
        except Refusal:
            refused += 1
    assert refused > 300


def test_every_cut_is_refused() -> None:
    data = _small_archives()[1]
    for length in range(len(data)):
        refusal(data[:length])


def test_the_reader_is_light_to_import() -> None:
    code = (
        "import sys, mainspring.runtime; before = set(sys.modules); import mainspring.archive as a;"
        "print(sorted(set(sys.modules) - before)); before = set(sys.modules);"
        f"a.check('x', {SMALL!r}); print(sorted(set(sys.modules) - before))"
    )
    first, second = run([sys.executable, "-c", code], Path.cwd()).out.splitlines()
    assert set(ast.literal_eval(first)) <= {
        "_struct",
        "mainspring.archive",
        *(
            f"mainspring.archive.{name}"
            for name in ("directory", "fault", "gaps", "members", "names", "reader", "records")
        ),
    }
    assert set(ast.literal_eval(second)) <= {"zlib", "binascii"}


def test_far_more_folders_than_members_are_refused_and_a_deep_tree_is_not(tmp_path: Path) -> None:
    deep = ["/".join([f"d{number}", *("d" * 90)]) + "/x" for number in range(40)]
    write_zip(tmp_path / "a.pyz", {name: "" for name in deep})
    assert "it unpacks to 3640 folders, with 40 members in them" in refusal((tmp_path / "a.pyz").read_bytes())
    write_zip(tmp_path / "b.pyz", {f"{deep[0]}{number}": "" for number in range(400)})
    assert len(archive.check("app.pyz", (tmp_path / "b.pyz").read_bytes()).members) == 400


def test_more_members_than_can_be_read_in_good_time_are_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    write_zip(tmp_path / "a.pyz", {f"m{number}": "" for number in range(4)})
    monkeypatch.setattr(directory, "_MOST", 3)
    assert "it has 4 members, more than the 3 that are read" in refusal((tmp_path / "a.pyz").read_bytes())
