"""The classifier looks at what a thing is and not at its name, and changes nothing."""

import errno
import ntpath
import os
import py_compile
import shlex
import socket
import sys
from pathlib import Path
from typing import Any, Callable, Dict, Iterator, List, Tuple

import pytest

import hostile
import mainspring
from mainspring.runtime import Refusal, classify, importer, kinds, locate
from support import MAINSPRING, PYTHON, Ended, Files, powerless, run, write_tree, write_zip

MAIN: Files = {"__main__.py": "print('executed')\n", "folder/__main__.py": "print('executed')\n"}
POSIX = pytest.mark.skipif(os.name == "nt", reason="there are none of these")


@pytest.fixture(autouse=True)
def _nothing_changes(tmp_path: Path, capfd: Any) -> Iterator[None]:
    """No test here may execute a target or change what the interpreter knows."""
    before = _state()
    yield
    assert _state() == before
    assert "executed" not in capfd.readouterr().out
    assert list(tmp_path.rglob("__pycache__")) == []


def _state() -> Any:
    foreign = {
        name for name in sys.modules if name.partition(".")[0] != "mainspring"
    }  # more of ours may be loaded late
    return dict(sys.path_importer_cache), foreign, list(sys.path), list(sys.argv), os.getcwd()


def kind_of(path: Path) -> str:
    """Classify path, and see that its directory stays as it was."""
    before = sorted(os.listdir(str(path.parent)))
    target = classify.classify(str(path))
    assert sorted(os.listdir(str(path.parent))) == before
    return target.kind


def bytecode(directory: Path, name: str) -> Path:
    source = directory / "source"
    source.write_text("print('executed')\n")
    py_compile.compile(str(source), str(directory / name), doraise=True)
    return directory / name


# Files


def test_an_archive_with_a_directory_of_zip64s_runs_where_python_reads_it(tmp_path: Path) -> None:
    (tmp_path / "a.pyz").write_bytes(hostile.build(hostile.MAIN, wide=True))
    ended = run([*MAINSPRING, "a.pyz"], tmp_path)
    if sys.version_info >= (3, 13):
        assert ended == run([*PYTHON, "a.pyz"], tmp_path) == Ended(0, "hello\n", "")
    else:
        assert ended.status == 2 and "is ZIP64's, which Python reads since 3.13\nhint: " in ended.err
    by = "itself" if sys.version_info >= (3, 13) else "refused"
    assert f'"by": "{by}"' in run([*MAINSPRING, "inspect", "--json", "a.pyz"], tmp_path).out


@pytest.mark.once
def test_where_python_finds_nothing_in_an_archive_with_very_many_members_it_is_said_what_does(tmp_path: Path) -> None:
    members = {f"d/{number}": "" for number in range(2**16)}
    write_zip(
        tmp_path / "a.pyz",
        {"__main__.py": "import app\napp.main()", "app.py": "def main():\n    print('ran')\n", **members},
        deflated=False,
    )
    by_python, ended = (run([*start, "a.pyz"], tmp_path) for start in (PYTHON, MAINSPRING))
    if sys.version_info >= (3, 13):
        assert ended == by_python == Ended(0, "ran\n", "")
        return
    zip64 = "its directory is ZIP64's, which Python reads since 3.13: run it with --python '>=3.13', or pack it anew without"
    assert ended == Ended(by_python.status, "", f"{by_python.err}hint: {zip64}\n")
    ended = run([*MAINSPRING, "--entry", "app:main", "a.pyz"], tmp_path)
    assert ended.status == 1 and "since 3.13; mainspring --unpack gives it real files\n" in ended.err
    if os.name != "nt":  # where so many files take minutes
        assert run([*MAINSPRING, "--unpack", "--entry", "app:main", "a.pyz"], tmp_path).out.startswith("ran\n")


@pytest.mark.parametrize("name", ["s.py", "s", "s.txt", "s.pyw", "s.zip", "s.pyz", "s.pyc.py", ".py", "s.PYC", "s.so"])
def test_text_is_a_script_whatever_its_name(tmp_path: Path, name: str) -> None:
    assert kind_of(write_tree(tmp_path, {name: "print('executed')\n"}) / name) == kinds.SCRIPT


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xef\xbb\xbfprint('executed')\n",
        b"# coding: latin-1\nprint('executed \xe9')\n",
        b"\xff\xfep\0r\0",
        b"\0",
        b"not python at all\n",
        b"#!/usr/bin/env python\nprint('executed')\n",
        b"a\r\nb\r\nc\r\n",
        b"PK\3\4 is how archives begin\n",
        b"word = 'PK\5\6'\n",
        b"x = 1\n" * 40_000,
    ],
)
def test_any_content_that_is_nothing_else_is_a_script_with_its_bytes(tmp_path: Path, content: bytes) -> None:
    target = classify.classify(str(write_tree(tmp_path, {"s": content}) / "s"))
    assert (target.kind, target.data, target.finder) == (kinds.SCRIPT, content, None)


@pytest.mark.parametrize("name", ["b.pyc", "b", "b.py", "b.zip"])
def test_bytecode_is_bytecode_whatever_its_name(tmp_path: Path, name: str) -> None:
    path = bytecode(tmp_path, name)
    assert kind_of(path) == kinds.BYTECODE
    assert classify.classify(str(path)).data == path.read_bytes()


@pytest.mark.parametrize("magic", [62211, 3379, 3413, 3495, 3571, 3999])
def test_bytecode_of_another_python_is_bytecode_without_its_suffix(tmp_path: Path, magic: int) -> None:
    content = magic.to_bytes(2, "little") + b"\r\n" + bytes(12) + b"N"
    assert kind_of(write_tree(tmp_path, {"b": content}) / "b") == kinds.BYTECODE


def test_what_is_named_pyc_is_bytecode_as_python_has_it(tmp_path: Path) -> None:
    assert kind_of(write_tree(tmp_path, {"b.pyc": "print('executed')\n"}) / "b.pyc") == kinds.BYTECODE


def test_bytecode_that_speaks_of_archives_is_bytecode(tmp_path: Path) -> None:
    write_tree(tmp_path, {"s.py": "word = b'PK\\5\\6'\n"})
    py_compile.compile(str(tmp_path / "s.py"), str(tmp_path / "b"), doraise=True)
    assert b"PK\5\6" in (tmp_path / "b").read_bytes()
    assert kind_of(tmp_path / "b") == kinds.BYTECODE


# Archives


@pytest.mark.parametrize("name", ["a.zip", "a.pyz", "a", "a.py", "a.pyc", "a.whl", "a.tar.gz"])
def test_an_archive_is_an_archive_whatever_its_name(tmp_path: Path, name: str) -> None:
    assert kind_of(write_zip(tmp_path / name, MAIN)) == kinds.ARCHIVE


@pytest.mark.parametrize(
    "options",
    [
        {"prefix": b"#!/usr/bin/env python3\n"},
        {"prefix": b"\x7fELF" + bytes(70_000)},
        {"comment": b"a comment"},
        {"comment": b"c" * 0xFFFF},
        {"deflated": False},
        {"prefix": b"#!python\n", "comment": b"both", "deflated": False},
    ],
)
def test_an_archive_may_have_a_prefix_and_a_comment_and_be_stored(tmp_path: Path, options: Any) -> None:
    target = classify.classify(str(write_zip(tmp_path / "a", MAIN, **options)))
    assert (target.kind, target.data) == (kinds.ARCHIVE, None)
    assert type(target.finder).__name__ == "zipimporter"


def test_an_archive_without_main_and_one_without_anything_are_archives(tmp_path: Path) -> None:
    assert kind_of(write_zip(tmp_path / "a", {"other.py": ""})) == kinds.ARCHIVE
    assert kind_of(write_zip(tmp_path / "b", {})) == kinds.ARCHIVE


OF_MAKERS: List[Any] = [
    ({**MAIN, "environment.json": "{}", "_bootstrap/__init__.py": ""}, kinds.SHIV),
    ({**MAIN, "environment.json": "{}"}, kinds.ARCHIVE),
    ({**MAIN, "PEX-INFO": "{}"}, kinds.PEX),
    ({"PEX-INFO": "{}"}, kinds.ARCHIVE),
    ({"a-1.dist-info/WHEEL": ""}, kinds.WHEEL),
    ({**MAIN, "a-1.dist-info/WHEEL": ""}, kinds.ARCHIVE),
    ({"a-1.dist-info/WHEEL": "", "b-1.dist-info/WHEEL": ""}, kinds.ARCHIVE),
    ({"in/a-1.dist-info/WHEEL": ""}, kinds.ARCHIVE),
]


@pytest.mark.parametrize(("members", "kind"), OF_MAKERS)
def test_what_makers_leave_in_an_archive_tells_its_kind(members: Files, kind: str, tmp_path: Path) -> None:
    assert kind_of(write_zip(tmp_path / "a.zip", members)) == classify.kind_by_names(list(members)) == kind


NATIVE: Dict[str, Tuple[bytes, str]] = {
    "PyInstaller's": (b"\x7fELF" + bytes(100) + b"MEI\x0c\x0b\x0a\x0b\x0e" + bytes(80), kinds.EXECUTABLE),
    "PyInstaller's, large": (b"MZ" + bytes(300_000) + b"MEI\x0c\x0b\x0a\x0b\x0e" + bytes(80), kinds.EXECUTABLE),
    "a scie": (b"\x7fELF" + bytes(100) + b'{"scie":{"lift":{}}}', kinds.EXECUTABLE),
    "a scie that says much": (
        b"\x7fELF" + bytes(99_000) + b'{"scie": {"lift": {"files": ["' + b"x" * 30_000 + b'"]}}}\n',
        kinds.EXECUTABLE,
    ),
    "a scie of a 32-bit Mac": (b"\xce\xfa\xed\xfe" + bytes(100) + b'{ "scie" : {"lift":{}}}', kinds.EXECUTABLE),
    "what has a word of scies": (b"\x7fELF" + bytes(100) + b'say "scie" {}', kinds.SCRIPT),
    "what has their word as a value": (b"\x7fELF" + bytes(100) + b'{"a": "scie"}', kinds.SCRIPT),
    "a XAR": (b"#!/usr/bin/env xarexec_fuse\nOFFSET=4096\n" + bytes(100), kinds.EXECUTABLE),
    "any other": (b"\x7fELF" + bytes(100), kinds.SCRIPT),
    "text that speaks of them": (b"MZ = 'MEI\x0c\x0b\x0a\x0b\x0e'\n", kinds.SCRIPT),
}


@pytest.mark.parametrize("name", sorted(NATIVE))
def test_what_the_system_runs_is_told_from_scripts(name: str, tmp_path: Path) -> None:
    content, kind = NATIVE[name]
    assert kind_of(write_tree(tmp_path, {"app": content}) / "app") == kind


def test_what_cannot_be_classified_is_refused_by_the_librarys_own_exception(tmp_path: Path) -> None:
    with pytest.raises(mainspring.Refusal, match="can't open file"):
        mainspring.classify(tmp_path / "missing")
    assert not hasattr(mainspring, "nothing")


def test_a_package_whose_main_needs_it_is_no_plain_directory(tmp_path: Path) -> None:
    write_tree(tmp_path, {"pkg/__init__.py": "", "pkg/__main__.py": "from . import x\n"})
    write_tree(tmp_path, {"plain/__init__.py": "", "plain/__main__.py": "import json\n"})
    assert mainspring.classify(tmp_path / "pkg").kind == kinds.PACKAGE
    assert mainspring.classify(tmp_path / "plain").kind == kinds.DIRECTORY


def test_a_native_program_with_a_zip_that_has_a_main_is_an_archive(tmp_path: Path) -> None:
    prefix = b"\x7fELF" + bytes(100) + b'"scie"'
    assert kind_of(write_zip(tmp_path / "app", MAIN, prefix=prefix)) == kinds.ARCHIVE


@pytest.mark.parametrize("folder", ["folder", "folder/", "other"])
def test_a_path_inside_an_archive_is_an_archive(tmp_path: Path, folder: str) -> None:
    archive = write_zip(tmp_path / "a.zip", {**MAIN, "other/module.py": ""})
    target = classify.classify(f"{archive}/{folder}")
    assert (target.kind, target.data) == (kinds.ARCHIVE, None)
    assert target.finder.prefix == folder.strip("/") + os.sep


def test_a_folder_in_an_archive_is_found_where_the_system_says_only_that_it_is_not_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = str(write_zip(tmp_path / "a.zip", {"sub/__main__.py": ""}))

    def absent(path: str) -> None:
        raise FileNotFoundError(errno.ENOENT, "No such file or directory", path)

    with monkeypatch.context() as windows:
        windows.setattr(os, "name", "nt")
        windows.setattr(os, "stat", absent)
        target = classify.classify(os.path.join(path, "sub"))
        with pytest.raises(Refusal, match="No such file"):
            classify.classify(os.path.join(os.path.dirname(path), "sub"))
    assert (target.kind, target.finder.prefix) == (kinds.ARCHIVE, f"sub{os.sep}")


@POSIX
def test_the_directory_of_a_script_is_that_of_the_link_on_windows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_tree(tmp_path, {"there/s.py": ""})
    link = tmp_path / "link.py"
    link.symlink_to(tmp_path / "there" / "s.py")
    found = [locate.script_directory(str(link))]
    with monkeypatch.context() as windows:
        windows.setattr(os, "name", "nt")
        found.append(locate.script_directory(str(link)))
    assert found == [str((tmp_path / "there").resolve()), str(tmp_path)]


def test_what_python_puts_on_the_path_for_standard_input_is_the_directory_itself_on_windows(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = [locate.locate("-").path_entry]
    with monkeypatch.context() as windows:
        windows.setattr(os, "name", "nt")
        found.append(locate.locate("-").path_entry)
    assert found == ["" if os.name != "nt" else os.getcwd(), os.getcwd()]


def test_a_path_below_a_script_is_refused(tmp_path: Path) -> None:
    write_tree(tmp_path, {"s.py": ""})
    with pytest.raises(Refusal, match="Not a directory" if os.name != "nt" else "No such file"):
        classify.classify(str(tmp_path / "s.py" / "folder"))


@pytest.mark.parametrize("prefix", [b"", b"#!/usr/bin/env python\n"])
def test_an_archive_that_was_cut_short_is_refused_and_not_taken_for_a_script(tmp_path: Path, prefix: bytes) -> None:
    whole = write_zip(tmp_path / "a.zip", {"__main__.py": "print('executed')\n" * 50}, prefix=prefix).read_bytes()
    for length in range(len(prefix) + 30, len(whole)):
        (tmp_path / "cut").write_bytes(whole[:length])
        with pytest.raises(Refusal, match="broken zip archive"):
            classify.classify(str(tmp_path / "cut"))


# Directories


@pytest.mark.parametrize("files", [MAIN, {"__init__.py": "", **MAIN}, {"other.py": ""}, {"pyproject.toml": "", **MAIN}])
def test_a_directory_is_a_directory_whatever_it_holds(tmp_path: Path, files: Files) -> None:
    path = write_tree(tmp_path / "d.zip", files)
    assert kind_of(path) == kinds.DIRECTORY
    assert classify.classify(str(path)).finder.path == str(path)


def test_a_directory_with_a_pyproject_and_nothing_that_python_would_run_is_a_project(tmp_path: Path) -> None:
    assert kind_of(write_tree(tmp_path / "d", {"pyproject.toml": ""})) == kinds.PROJECT


@pytest.mark.parametrize("name", ["", ".", "./", ".."])
def test_the_current_directory_is_a_directory(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as within:
        within.chdir(tmp_path)
        assert classify.classify(name).kind == kinds.DIRECTORY


# Streams


def kind_in_a_child(name: str, directory: Path) -> str:
    """Classify name in another process: to open a stream may take without end."""
    words = ["-c", "import mainspring, sys; print(mainspring.classify(sys.argv[1]).kind)", name]
    ended = run([*PYTHON, *words], directory, timeout=20)
    return ended.out.strip() + ended.err


@POSIX
def test_a_pipe_with_a_name_is_a_stream_and_is_not_opened(tmp_path: Path) -> None:
    os.mkfifo(str(tmp_path / "fifo.zip"))  # to open it would wait for a writer
    assert kind_in_a_child("fifo.zip", tmp_path) == kinds.STREAM


@POSIX
def test_a_pipe_keeps_what_is_in_it(tmp_path: Path) -> None:
    reader, writer = os.pipe()
    os.write(writer, b"print('executed')\n")
    os.close(writer)
    try:
        assert classify.classify(f"/dev/fd/{reader}").kind == kinds.STREAM
        assert os.read(reader, 100) == b"print('executed')\n"
    finally:
        os.close(reader)


@POSIX
@pytest.mark.parametrize("name", ["/dev/null", "/dev/tty"])
def test_a_device_is_a_stream(tmp_path: Path, name: str) -> None:
    if not os.path.exists(name):
        pytest.skip(f"there is no {name}")
    assert kind_in_a_child(name, tmp_path) == kinds.STREAM


@POSIX
@pytest.mark.parametrize("words", ["/dev/zero", "- </dev/zero"])
def test_a_device_without_end_is_read_to_what_no_source_has(tmp_path: Path, words: str) -> None:
    if not os.path.exists("/dev/zero"):
        pytest.skip("there is no /dev/zero")
    limited = f"ulimit -v 1000000; {' '.join(map(shlex.quote, MAINSPRING))} {words}"
    ended = run(["sh", "-c", limited], tmp_path)
    assert (ended.status, ended.err.count("\n") < 4, "null bytes" in ended.err) == (1, True, True)


@POSIX
def test_a_socket_is_a_stream(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as meanwhile, socket.socket(socket.AF_UNIX) as listening:
        meanwhile.chdir(tmp_path)  # the path of a socket may not be long
        listening.bind("s")
        assert kind_of(Path("s")) == kinds.STREAM


# Links

MAKERS: "List[Callable[[Path], object]]" = [
    lambda path: path.write_text("print('executed')\n"),
    lambda path: bytecode(path.parent, path.name),
    lambda path: write_zip(path, MAIN),
    lambda path: write_tree(path, MAIN),
]


@POSIX
@pytest.mark.parametrize(
    ("make", "kind"), list(zip(MAKERS, [kinds.SCRIPT, kinds.BYTECODE, kinds.ARCHIVE, kinds.DIRECTORY]))
)
def test_a_link_is_what_it_leads_to_under_its_own_name(
    tmp_path: Path, make: "Callable[[Path], object]", kind: str
) -> None:
    make(tmp_path / "thing")
    (tmp_path / "one").symlink_to("thing")
    (tmp_path / "link").symlink_to(tmp_path / "one")
    assert kind_of(tmp_path / "link") == kind
    assert classify.classify(str(tmp_path / "link")).path_name == str(tmp_path / "link")


# What cannot be opened


@POSIX
def test_links_that_lead_nowhere_or_in_a_circle_are_refused(tmp_path: Path) -> None:
    (tmp_path / "dangling").symlink_to("nothing")
    (tmp_path / "circle").symlink_to("circle")
    for name, number in {"dangling": errno.ENOENT, "circle": errno.ELOOP}.items():
        with pytest.raises(Refusal) as caught:
            classify.classify(str(tmp_path / name))
        assert f"[Errno {number}] {os.strerror(number)}" in caught.value.reason


def test_what_is_missing_is_refused_in_pythons_words(tmp_path: Path) -> None:
    typed = str(tmp_path / "missing.py")
    with pytest.raises(Refusal) as caught:
        classify.classify(typed)
    name = repr(typed) if sys.version_info >= (3, 10) else f"'{typed}'"
    reason = f"can't open file {name}: [Errno 2] No such file or directory"
    assert (caught.value.target, caught.value.reason, caught.value.words) == (typed, reason, reason)
    assert (caught.value.status, caught.value.hint) == (2, None)


@POSIX
def test_what_may_not_be_read_is_refused_as_by_python(tmp_path: Path) -> None:
    write_tree(tmp_path, {"s.py": "print('executed')\n"})
    (tmp_path / "s.py").chmod(0)
    ended = run([*powerless(), *MAINSPRING, "s.py"], tmp_path)
    assert ended == run([*powerless(), *PYTHON, "s.py"], tmp_path)
    assert ended.status == 2 and "[Errno 13]" in ended.err


def test_a_name_with_a_null_byte_is_refused() -> None:
    with pytest.raises(Refusal, match="null"):
        classify.classify("a\0b")


# Names


@pytest.mark.skipif(sys.version_info < (3, 9) or os.name == "nt", reason="paths stay as typed there")
@pytest.mark.parametrize("typed", ["s.py", "./s.py", "d/../s.py", "d//../s.py"])
def test_a_path_is_joined_to_the_current_directory_and_not_normalised(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, typed: str
) -> None:
    write_tree(tmp_path, {"s.py": "", "d/other": ""})
    with monkeypatch.context() as patch:
        patch.chdir(tmp_path)
        assert classify.classify(typed).path_name == f"{os.getcwd()}/{typed}"


@pytest.mark.skipif(sys.version_info >= (3, 9), reason="paths are made absolute from 3.9 on")
def test_a_path_stays_as_typed_before_3_9(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_tree(tmp_path, {"s.py": ""})
    with monkeypatch.context() as patch:
        patch.chdir(tmp_path)
        assert classify.classify("./s.py").path_name == "./s.py"


@pytest.mark.parametrize(
    ("typed", "normalised", "is_absolute"),
    [
        ("C:/x/../app.pyz", "C:\\app.pyz", False),
        ("c:\\x\\..\\app.pyz", "c:\\app.pyz", True),
        ("C:\\x/app.pyz", "C:\\x\\app.pyz", True),
        ("\\\\host\\share/app.pyz", "\\\\host\\share\\app.pyz", True),
        ("//host/share/app.pyz", "\\\\host\\share\\app.pyz", False),
    ],
)
def test_on_windows_a_path_is_normalised_unless_this_python_takes_it_for_absolute(
    monkeypatch: pytest.MonkeyPatch, typed: str, normalised: str, is_absolute: bool
) -> None:
    stays = sys.version_info < (3, 9) or (is_absolute and sys.version_info >= (3, 11))
    with monkeypatch.context() as windows:
        windows.setattr(os, "name", "nt")
        windows.setattr(os, "path", ntpath)
        found = kinds.absolute(typed)
    assert found == (typed if stays else normalised)


def test_on_windows_what_is_found_in_an_archive_has_backslashes_however_that_was_typed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with monkeypatch.context() as windows:
        windows.setattr(os, "sep", "\\")
        windows.setattr(os, "altsep", "/")
        found = importer.Contents("C:\\x/app.pyz", lambda: True, lambda: None, None, [])
    assert importer.Importer(found).archive == "C:\\x\\app.pyz"


@pytest.mark.parametrize("give", [str, Path])
def test_the_library_classifies_strings_and_path_objects_and_says_why(
    tmp_path: Path, give: "Callable[[Path], Any]"
) -> None:
    target = mainspring.classify(give(write_zip(tmp_path / "a", MAIN)))
    assert (target.kind, target.why) == (kinds.ARCHIVE, "it ends as a zip archive does")
    assert repr(target) == f"Target(kind='archive', path_name={str(tmp_path / 'a')!r}, why={target.why!r})"


@pytest.mark.parametrize(("name", "kind"), [("image", kinds.SCRIPT), ("image.pyc", kinds.BYTECODE)])
def test_of_a_large_file_that_is_no_text_only_the_beginning_is_read(name: str, kind: str, tmp_path: Path) -> None:
    with open(str(tmp_path / name), "wb") as file:
        file.truncate(2**32)
    found = mainspring.classify(str(tmp_path / name))
    assert found.kind == kind
    assert found.data is not None and len(found.data) < 2**20
