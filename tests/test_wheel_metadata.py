"""What wheels say of themselves: real ones are understood, and hostile ones refused with the member and the reason."""

import email.parser
import importlib.metadata
import io
import marshal
import random
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any, Dict, List, Optional, Union

import pytest

from support import clean_environment, write_tree

packaging_tags = pytest.importorskip("packaging.tags")

from mainspring import archive  # noqa: E402  after what it needs is known to be there
from mainspring.makers import headers, metadata, requirements, wheel  # noqa: E402
from mainspring.runtime import Refusal, classify  # noqa: E402

INFO = "thing-1.0.dist-info"
METADATA = "Metadata-Version: 2.1\nName: thing\nVersion: 1.0\n"
WHEEL = "Wheel-Version: 1.0\nGenerator: by hand\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
SCRIPTS = "[console_scripts]\nthing = thing.cli:main\n"
NAME = "thing-1.0-py3-none-any.whl"

Parts = Dict[str, Optional[Union[str, bytes]]]


def zipped(files: Parts) -> archive.Archive:
    """Give an archive of files, but for those that are None, as the strict reader reads it."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as opened:
        for name, content in files.items():
            if content is not None:
                opened.writestr(name, content)
    return archive.check(NAME, held.getvalue())


def made(parts: Optional[Parts] = None, **info: Optional[Union[str, bytes]]) -> archive.Archive:
    """Give a wheel that is sound but for parts, and for info, the files of its dist-info."""
    said = {"METADATA": METADATA, "WHEEL": WHEEL, "RECORD": "", **info}
    files: Parts = {f"{INFO}/{name.replace('_txt', '.txt')}": content for name, content in said.items()}
    return zipped({"thing/__init__.py": "", "thing/cli.py": "main = int\n", **files, **(parts or {})})


def kind_of(checked: archive.Archive) -> str:
    """Give the kind of an archive."""
    return classify.kind_by_names([member.name for member in checked.members])


def laid_out(parts: Optional[Parts] = None, **info: Optional[Union[str, bytes]]) -> Dict[str, Any]:
    """Give the layout of such a wheel."""
    return wheel.layout(made(parts, **info), NAME)


def refusal(parts: Optional[Parts] = None, **info: Optional[Union[str, bytes]]) -> str:
    """Give the line in which such a wheel is refused."""
    with pytest.raises(Refusal) as raised:
        laid_out(parts, **info)
    assert raised.value.status == 2
    line = str(raised.value).splitlines()[0]
    assert line.startswith(f"mainspring: {NAME}: ")
    assert line.isprintable()
    assert len(line) < 400
    return line


def scripts_of(text: str) -> Dict[str, str]:
    """Give the console scripts of a wheel with this entry_points.txt."""
    found: Dict[str, str] = laid_out(entry_points_txt=text)["scripts"]
    return found


# Sound ones.


def test_a_wheel_is_known_by_its_dist_info_and_by_having_no_main() -> None:
    assert kind_of(made()) == "wheel"
    assert kind_of(made({"__main__.py": ""})) == "archive"
    assert kind_of(made({"__main__.pyc": ""})) == "archive"
    assert kind_of(made({"other-1.0.dist-info/WHEEL": WHEEL})) == "archive"
    assert kind_of(made(WHEEL=None)) == "archive"
    assert kind_of(zipped({"lib/thing-1.0.dist-info/WHEEL": WHEEL})) == "archive"


def test_a_layout_is_plain_data_that_says_all() -> None:
    found = laid_out({"thing/__main__.py": ""}, entry_points_txt=SCRIPTS)
    assert marshal.loads(marshal.dumps(found)) == found
    assert found == {
        "maker": "wheel",
        "name": "thing",
        "version": "1.0",
        "paths": [""],
        "scripts": {"thing": "thing.cli:main"},
        "files": {},
        "programs": {},
        "default": "thing",
        "foreign": None,
        "needs": {"requires_python": "", "requires_dist": [], "tags": ["py3-none-any"]},
    }


def test_a_wheel_of_flit_is_understood(tmp_path: Path) -> None:
    pytest.importorskip("flit_core")
    project = {
        "pyproject.toml": '[project]\nname = "a.thing"\nversion = "1.0"\ndescription = "d"\n'
        'requires-python = ">=3.8"\ndependencies = ["pip; python_version < \'3\'"]\n'
        '[project.scripts]\na-thing = "a_thing:main"\nother = "a_thing:other"\n[tool.flit.module]\nname = "a_thing"\n',
        "a_thing.py": '"""A thing."""\n',
    }
    build = "from flit_core.buildapi import build_wheel; print(build_wheel('.'))"
    write_tree(tmp_path, project)
    words = [sys.executable, "-c", build]
    name = subprocess.check_output(words, cwd=str(tmp_path), env=clean_environment()).decode().split()[-1]
    checked = archive.check(name, (tmp_path / name).read_bytes())
    assert kind_of(checked) == "wheel"
    found = wheel.layout(checked, name)
    assert found["scripts"] == {"a-thing": "a_thing:main", "other": "a_thing:other"}
    assert (found["name"], found["default"]) == ("a.thing", "a-thing")
    assert wheel.verdict(found["needs"]) is None
    assert requirements.missing(found["needs"]["requires_dist"], name, found["name"]) == []


def test_what_starts_is_the_only_script_or_the_one_named_like_the_project_or_the_module() -> None:
    main: Parts = {"thing/__main__.py": ""}
    start = "[console_scripts]\n"
    assert laid_out(main, entry_points_txt=start + "go = thing:go")["default"] == "go"
    assert laid_out(main, entry_points_txt=start + "go = thing:go\nThing=thing:go")["default"] == "Thing"
    assert laid_out(main, entry_points_txt=start + "go = thing:go\nstop = thing:stop")["default"] == "thing"
    assert laid_out(entry_points_txt=start + "go = thing:go\nstop = thing:stop")["default"] == ""
    assert laid_out(main)["default"] == "thing"
    assert laid_out()["default"] == ""


def test_scripts_without_a_console_can_be_chosen_and_start_where_there_are_no_others() -> None:
    window = "[gui_scripts]\nthing = thing:window\ngo-window = thing:window\n"
    alone = laid_out(entry_points_txt=window)
    assert alone["scripts"] == {"thing": "thing:window", "go-window": "thing:window"}
    assert alone["default"] == "thing"
    both = laid_out(entry_points_txt=f"{window}[console_scripts]\ngo = thing:go\n")
    assert both["scripts"] == {**alone["scripts"], "go": "thing:go"}
    assert both["default"] == "go"


def test_two_scripts_named_like_the_project_start_only_if_they_are_the_same() -> None:
    text = "[console_scripts]\na-b = thing:one\na_b = thing:{}\n"
    said: Parts = {f"{INFO}/METADATA": None}
    for attribute, default in (("one", "a-b"), ("two", "")):
        files: Parts = {
            "a_b-1.0.dist-info/METADATA": METADATA.replace("thing", "a.b"),
            "a_b-1.0.dist-info/entry_points.txt": text.format(attribute),
            "a_b-1.0.dist-info/WHEEL": WHEEL,
            "a_b-1.0.dist-info/RECORD": "",
            f"{INFO}/WHEEL": None,
            f"{INFO}/RECORD": None,
        }
        assert laid_out({**said, **files})["default"] == default


def test_of_several_packages_with_a_main_none_is_the_module() -> None:
    mains: Parts = {"thing/__main__.py": "", "other/__main__.py": ""}
    assert laid_out(mains)["default"] == ""
    assert laid_out({"thing/deeper/__main__.py": ""})["default"] == ""


def test_libraries_among_the_data_go_on_the_path_and_python_scripts_can_start() -> None:
    found = laid_out(
        {
            "thing-1.0.data/platlib/native/__init__.py": "",
            "thing-1.0.data/purelib/pure/__init__.py": "",
            "thing-1.0.data/purelib/pure/__main__.py": "",
            "thing-1.0.data/scripts/go": "#!python\nprint('goes')\n",
            "thing-1.0.data/scripts/goes": "#!/bin/sh\n",
            "thing-1.0.data/data/share/man": "",
            "thing-1.0.data/headers/a.h": "",
        }
    )
    assert found["paths"] == ["", "thing-1.0.data/purelib", "thing-1.0.data/platlib"]
    assert found["files"] == {"go": "thing-1.0.data/scripts/go"}
    assert found["programs"] == {"goes": "thing-1.0.data/scripts/goes"}
    assert found["default"] == "go"
    assert laid_out({"thing-1.0.data/purelib/pure/__main__.py": ""})["default"] == "pure"


def test_other_programs_start_where_there_is_no_script_of_python_s() -> None:
    files = {
        "thing-1.0.data/scripts/Thing.exe": "MZ",
        "thing-1.0.data/scripts/more": b"\x7fELF",
        "thing/__main__.py": "",
    }
    found = laid_out(files)
    assert found["programs"] == {name: f"thing-1.0.data/scripts/{file}" for name, file in PROGRAMS.items()}
    assert found["default"] == "Thing"
    assert laid_out({**files, "thing-1.0.data/scripts/go": "#!python\n"})["default"] == "go"
    assert laid_out(files, entry_points_txt=SCRIPTS)["default"] == "thing"


PROGRAMS = {"Thing": "Thing.exe", "more": "more"}


def test_a_console_script_stands_in_for_the_file_that_old_tools_made_for_it() -> None:
    found = laid_out({"thing-1.0.data/scripts/thing": "#!python\n"}, entry_points_txt=SCRIPTS)
    assert found["scripts"] == {"thing": "thing.cli:main"}
    assert found["files"] == {}


def test_a_namespace_may_be_in_several_parts_and_a_package_may_not() -> None:
    parts: Parts = {"space/a.py": "", "thing-1.0.data/platlib/space/b.py": ""}
    assert laid_out(parts)["paths"] == ["", "thing-1.0.data/platlib"]
    assert "'space' is in several parts" in refusal({**parts, "space/__init__.py": ""})
    assert "'thing' is in several parts" in refusal({"thing-1.0.data/purelib/thing/more.py": ""})
    assert "'a.py' is in several parts" in refusal({"a.py": "", "thing-1.0.data/purelib/a.py": ""})


def test_sloppy_metadata_that_mean_but_one_thing_are_taken() -> None:
    said = METADATA.encode() + (
        b"Author: Andr\xe9\nRequires-Python: >=3.6.*, <4.*\nRequires-Dist: pip (>=1.0.*)\n"
        b"Requires-Dist: other ;\n  extra == 'x'\n\nName: not a header\n"
    )
    needs = laid_out(METADATA=said.replace(b"\n", b"\r\n"))["needs"]
    assert needs["requires_python"] == ">=3.6, <4"
    assert needs["requires_dist"] == ["pip (>=1.0)", "other ; extra == 'x'"]


def test_tags_come_from_the_name_if_the_wheel_says_none() -> None:
    untagged = made(WHEEL="Wheel-Version: 1.0\n")
    assert wheel.layout(untagged, NAME)["needs"]["tags"] == ["py3-none-any"]
    assert wheel.layout(untagged, "thing-1.0-3-py2.py3-none-any.whl")["needs"]["tags"] == ["py2.py3-none-any"]
    for name in ("thing.whl", "thing-1.0-py3-none-any.zip", "a-b-thing-1.0-py3-none-any.whl"):
        with pytest.raises(Refusal, match="has no Tag, and the file's name has none either"):
            wheel.layout(untagged, name)


# Hostile ones.

HOSTILE_INFO = [
    ({"RECORD": None}, f"member '{INFO}/RECORD' is missing"),
    ({"METADATA": None}, f"member '{INFO}/METADATA' is missing"),
    ({"WHEEL": None}, f"member '{INFO}/WHEEL' is missing"),
    ({"METADATA": "Version: 1.0\n"}, f"member '{INFO}/METADATA' does not say its Name"),
    ({"METADATA": "Name: thing\n"}, "does not say its Version"),
    ({"METADATA": METADATA + "Name: thing\n"}, "says its Name 2 times"),
    ({"METADATA": METADATA.replace("thing", "other")}, "has another Name than its folder: 'other'"),
    ({"METADATA": METADATA.replace("thing", "../thing")}, "has a Name that is none: '../thing'"),
    ({"METADATA": METADATA.replace("thing", "")}, "has a Name that is none: ''"),
    ({"METADATA": METADATA.replace("1.0", "one")}, "has a Version that is none: 'one'"),
    ({"METADATA": METADATA.replace("thing", "thing\xe9").encode("latin-1")}, "undecodable characters in its Name"),
    ({"METADATA": METADATA.encode("utf-16")}, "has null bytes"),
    ({"METADATA": METADATA + 'Requires-Dist: a; os_name == "\\x"\n'}, "has a Requires-Dist that is none: 'a; os_name"),
    ({"METADATA": METADATA + "\nA\0B\n"}, "has null bytes"),
    ({"METADATA": METADATA.replace("1.0", "1.0\x1b[2J")}, "unprintable"),
    ({"METADATA": "Name: thing\nno header\nVersion: 1.0\n"}, "has a line that is no header before its Version"),
    ({"METADATA": METADATA + "no header\nRequires-Dist: pip\n"}, "no header before its Requires-Dist"),
    ({"METADATA": METADATA + "Requires-Python: three\n"}, "has a Requires-Python that is none: 'three'"),
    ({"METADATA": METADATA + f"Requires-Python: >={'1' * 5000}\n"}, "has a number without end in its Requires-Python"),
    ({"METADATA": METADATA + f"Requires-Dist: x=={'1' * 5000}\n"}, "has a number without end in its Requires-Dist"),
    ({"METADATA": METADATA + "Requires-Python: >3.6.*\n"}, "has a Requires-Python that is none"),
    ({"METADATA": METADATA + "Requires-Dist: pip or so\n"}, "has a Requires-Dist that is none: 'pip or so'"),
    ({"METADATA": METADATA + "Requires-Dist: ../pip\n"}, "has a Requires-Dist that is none: '../pip'"),
    (
        {"METADATA": METADATA + f"Requires-Dist: a; {'(' * 4900}os_name=='x'{')' * 4900}\n"},
        "Requires-Dist that is none",
    ),
    ({"METADATA": METADATA + f"Requires-Dist: {'a' * 20000}\n"}, "more than 10000 characters"),
    ({"METADATA": METADATA + "a:\r\n" * 1_500_000}, "has more than 20,000 lines of headers"),
    ({"METADATA": METADATA + "x" * metadata.LARGEST}, "more than the 8388608 that it may have"),
    ({"WHEEL": ""}, f"member '{INFO}/WHEEL' does not say its Wheel-Version"),
    ({"WHEEL": WHEEL.replace("1.0", "2.0")}, "has the Wheel-Version '2.0', and only 1 is known here"),
    ({"WHEEL": WHEEL.replace("1.0", "1")}, "has the Wheel-Version '1'"),
    ({"WHEEL": WHEEL + "Wheel-Version: 2.0\n"}, "says its Wheel-Version 2 times"),
    ({"WHEEL": WHEEL.replace("true", "perhaps")}, "neither true nor false: 'perhaps'"),
    ({"WHEEL": WHEEL + "Tag: ../x\n"}, "has a Tag that is none: '../x'"),
    ({"WHEEL": WHEEL + "Tag: \u0663-none-any\n"}, "has a Tag that is none"),
    ({"WHEEL": WHEEL + "Tag: 3-none-any\n"}, "has a Tag that is none"),
    ({"WHEEL": WHEEL + "Tag: py3.-none-any\n"}, "has a Tag that is none"),
    ({"WHEEL": WHEEL + "Tag: py3-none-any\n" * 1000}, "has more than 1000 tags"),
    ({"WHEEL": WHEEL + f"Tag: py3{'.a' * 40}-none{'.a' * 40}-any\n"}, "has more than 1000 tags"),
]

HOSTILE_FILES = [
    ({"other-1.0.dist-info/METADATA": ""}, "its .dist-info folders are 2, and a wheel has one"),
    ({"other-1.0.data/purelib/a.py": ""}, "it has .data folders that are not its own"),
    ({"thing-1.0.data/elsewhere/a": ""}, "is for no place that a wheel's files can go to"),
    ({"thing-1.0.data/a.py": ""}, "is for no place that a wheel's files can go to"),
    ({"thing-1.0.data/scripts/-rf": "#!python"}, "has a script with an odd name: '-rf'"),
    ({"thing-1.0.data/scripts/a b": "#!python"}, "has a script with an odd name: 'a b'"),
]

HOSTILE_SCRIPTS = [
    ("a = os:system('x')", "script 'a' that is no module:function: \"os:system('x')\""),
    ("x = a b:c", "script 'x' that is no module:function: 'a b:c'"),
    ("x = a", "no module:function: 'a'"),
    ("x = a:", "no module:function"),
    ("x = :b", "no module:function"),
    ("x = a:b:c", "no module:function"),
    ("x = a.:b", "no module:function"),
    ("x = ../a:b", "no module:function"),
    ("x = a:b; import os", "no module:function"),
    ("x = a:b [x", "no module:function"),
    ("x", "script 'x' that is no module:function: ''"),
    ("= a:b", "odd name: ''"),
    ("../x = a:b", "odd name: '../x'"),
    ("a/b = a:b", "odd name: 'a/b'"),
    ("-c = a:b", "odd name: '-c'"),
    (".x = a:b", "odd name: '.x'"),
    ("x y = a:b", "odd name: 'x y'"),
    ("x\x1b[2J = a:b", "odd name"),
    ("x = a:b\nx = c:d", "has the script 'x' twice"),
    ("x = a:b\n  y = c:d", "can be read in two ways: 'y = c:d'"),
    ("[other]\nx = y\n  [console_scripts]\n  a = b:c", "can be read in two ways: '[console_scripts]'"),
    ("x = a:b\n[console_scripts]\ny = c:d", "has the section console_scripts twice"),
    ("[other] ; [console_scripts]", "a section without a proper name"),
    ("# a\r[console_scripts]\ra = b:c", "the end of a line for some readers"),
    ("# a\u2028x = b:c", "the end of a line for some readers"),
    ("x = a\0:b", "has null bytes"),
    ("x = \udcff:b", "is not UTF-8"),
    (f"x = {'a' * 999}!:b", "no module:function: 'aaa"),
]


@pytest.mark.parametrize(("info", "words"), HOSTILE_INFO, ids=[words for _, words in HOSTILE_INFO])
def test_broken_metadata_are_refused(info: Dict[str, Any], words: str) -> None:
    assert words in refusal(**info)


@pytest.mark.parametrize(("parts", "words"), HOSTILE_FILES, ids=[next(iter(parts)) for parts, _ in HOSTILE_FILES])
def test_files_that_no_wheel_has_are_refused(parts: Parts, words: str) -> None:
    assert words in refusal(parts)


@pytest.mark.parametrize(("text", "words"), HOSTILE_SCRIPTS, ids=[repr(text)[:30] for text, _ in HOSTILE_SCRIPTS])
def test_odd_entry_points_are_refused(text: str, words: str) -> None:
    line = refusal(entry_points_txt=("[console_scripts]\n" + text).encode("utf-8", "surrogateescape"))
    assert f"member '{INFO}/entry_points.txt' " in line
    assert words in line


def test_what_nobody_reads_may_be_continued_but_not_with_a_heading() -> None:
    other = "[other]\nx =\n  y:z\n[console_scripts]\na = thing:main\n"
    assert scripts_of(other) == {"a": "thing:main"}
    assert "can be read in two ways: '[console_scripts]'" in refusal(entry_points_txt=other.replace("  y:z\n", "  "))


def test_entry_points_without_a_section_are_refused() -> None:
    assert "does not begin with a section, but with 'x = a:b'" in refusal(entry_points_txt="x = a:b")


def test_a_wheel_whose_name_leaves_the_archive_is_no_archive() -> None:
    with pytest.raises(Refusal, match="leaves the archive"):
        made({"thing-1.0.data/scripts/../../../x": "#!python"})


# Entry points and JSON, for all makers.


def test_entry_points_are_read_as_the_standard_library_reads_them(tmp_path: Path, monkeypatch: Any) -> None:
    text = (
        "# a comment\n; another\n\n  [console_scripts]\n  a = thing.cli:main\n  B.c-d_e+f=thing : a.b [x, y]\r\n"
        "  \u00e9=\u00e9t\u00e9:main\n[other]\nwhat: ever = [x\n"
    )
    found = scripts_of(text)
    assert found == {"a": "thing.cli:main", "B.c-d_e+f": "thing:a.b", "\u00e9": "\u00e9t\u00e9:main"}
    write_tree(tmp_path, {f"{INFO}/entry_points.txt": text.partition("[other]")[0], f"{INFO}/METADATA": METADATA})
    monkeypatch.syspath_prepend(str(tmp_path))
    points = importlib.metadata.distribution("thing").entry_points
    assert {point.name for point in points} == set(found)


def test_scripts_of_a_folder_are_those_of_all_that_is_in_it() -> None:
    start = "[console_scripts]\n"
    bundle = zipped(
        {
            "site-packages/a-1.dist-info/entry_points.txt": start + "a = a:main\nboth = a:main\nsame = x:y\n",
            "site-packages/b-1.dist-info/entry_points.txt": start + "b = b:main\nboth = b:main\nsame = x:y\n",
            "site-packages/deep/c-1.dist-info/entry_points.txt": start + "c = c:main\n",
            "d-1.dist-info/entry_points.txt": start + "d = d:main\n[gui_scripts]\nd = d:gui\ne = d:gui\n",
        }
    )
    found = metadata.all_scripts(bundle, "site-packages/")
    assert found == {"a": "a:main", "b": "b:main", "same": "x:y"}
    assert metadata.all_scripts(bundle, "") == {"d": "d:main", "e": "d:gui"}


def _json(content: Union[str, bytes]) -> Dict[str, Any]:
    held = zipped({"a.json": content})
    return metadata.read_json(held, held.members[0])


def test_a_json_object_is_read_as_it_stands() -> None:
    assert _json('{"a": [1, null, {"b": 2.5}]}') == {"a": [1, None, {"b": 2.5}]}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("[]", "is no JSON object"),
        ("", "is no JSON: "),
        ('{"a": 1, "a": 2}', "the key 'a' is there twice"),
        ('{"b": {"a": 1, "a": 2}}', "the key 'a' is there twice"),
        ('{"a": NaN}', "'NaN' is no number that it may have"),
        ('{"a": 1e999}', "'1e999' is no number that it may have"),
        ('{"a": ' + "9" * 2**20 + "}", "is no number that it may have"),
        ('{"a": ' + "[" * 2**20, "is nested too deeply"),
        ('{"a": ' + "[" * 60 + "]" * 60 + "}", "is nested too deeply"),
        (b'{"a": "\xff"}', "is not UTF-8 (byte 7)"),
        (b"\xef\xbb\xbf{}", "is no JSON: "),
        (b'{"a": "\0"}', "has null bytes"),
        (" " * (metadata.LARGEST + 1), "more than the 8388608 that it may have"),
    ],
    ids=lambda value: repr(value)[:24],
)
def test_broken_json_is_refused(content: Union[str, bytes], words: str) -> None:
    with pytest.raises(Refusal) as raised:
        _json(content)
    assert f"mainspring: {NAME}: member 'a.json' " in str(raised.value)
    assert words in str(raised.value)


# What it needs.


def needs(requires_python: str = "", tags: str = "py3-none-any") -> Dict[str, Any]:
    """Give what a wheel needs."""
    return {"requires_python": requires_python, "tags": tags.split()}


def test_this_interpreter_fits_its_own_tags() -> None:
    assert wheel.verdict(needs()) is None
    assert wheel.verdict(needs(">=3.8,<4", "py2.py3-none-any")) is None
    assert wheel.verdict(needs(tags=f"cp26-none-any {next(iter(packaging_tags.sys_tags()))}")) is None


def test_a_verdict_says_what_does_not_fit() -> None:
    own = f"and this is Python {'.'.join(map(str, sys.version_info[:3]))}"
    odd = "cp26-cp26-plan9"
    for wanted, words in (
        (needs(">=3.99"), ["it needs Python >=3.99", own]),
        (needs(">=3.99", odd), ["it needs Python >=3.99", odd, own]),
        (needs(">=3.8", f"{odd} aa-b-c"), ["it needs ", odd, "aa-b-c", own]),
    ):
        said = wheel.verdict(wanted) or ""
        assert [word for word in words if word not in said] == []


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Install: one 1.5, which requires two (below 2) and three; two 2.0; with.dots 1, which has an extra."""
    start = "Metadata-Version: 2.1\nName: {}\nVersion: {}\n"
    write_tree(
        tmp_path,
        {
            "one-1.5.dist-info/METADATA": start.format("one", "1.5")
            + "Requires-Dist: two<2\nRequires-Dist: three (>=3.*)\nRequires-Dist: one>=1\nRequires-Dist: no sense at all\n"
            + "Requires-Dist: four; extra == 'x'\n",
            "two-2.0.dist-info/METADATA": start.format("two", "2.0") + "Requires-Dist: one\n",
            "with.dots-1.dist-info/METADATA": start.format("with.dots", "1") + "Requires-Dist: four; extra == 'x'\n",
            "beta-1.0b1.dist-info/METADATA": start.format("beta", "1.0b1"),
            "latin-1.0.dist-info/METADATA": start.format("latin", "1.0").encode() + b"Author: Andr\xe9\n",
            "left-1.0.dist-info/RECORD": "",
            "odd-old.dist-info/METADATA": start.format("odd", "old"),
        },
    )
    monkeypatch.syspath_prepend(str(tmp_path))


@pytest.mark.parametrize(
    ("requires", "lines"),
    [
        ("two", ["two<2 (2.0 is installed), for one", "three>=3 (not installed), for one"]),
        ("one>=1.6", ["one>=1.6 (1.5 is installed)"]),
        ("with-dots", []),
        ("With_Dots[x]", ["four (not installed), for with-dots"]),
        ("absent ; python_version < '3'", []),
        ("absent ; extra == 'x'", []),
        ("absent ; python_version > '3'", ["absent (not installed)"]),
        ("beta", []),
        ("beta<0.9", ["beta<0.9 (1.0b1 is installed)"]),
        ("latin>=1", []),
        ("left", ["left (not installed)"]),
        ("odd", []),
        ("odd>=1", ["odd>=1 (old is installed)"]),
        ("thing>=99", []),
        ("absent>1, absent>1", None),
        ("absent @ https://example.invalid/absent.whl", ["absent (not installed)"]),
        ("beta @ https://example.invalid/beta.whl", []),
    ],
)
@pytest.mark.usefixtures("installed")
def test_what_is_missing_is_said_in_a_line(requires: str, lines: Optional[List[str]]) -> None:
    if lines is not None:
        assert requirements.missing([requires], NAME, "Thing") == lines
        return
    with pytest.raises(Refusal, match="its Requires-Dist 'absent>1, absent>1' cannot be evaluated"):
        requirements.missing([requires], NAME, "Thing")


@pytest.mark.usefixtures("installed")
def test_what_a_wheel_requires_of_itself_with_an_extra_counts() -> None:
    requires = [
        "two",
        "Thing[x, y]",
        "absent ; extra == 'x'",
        "thing[z] ; extra == 'y'",
        "beta<0.9 ; extra == 'z'",
        "four; extra == 'w'",
    ]
    assert requirements.missing(requires, NAME, "Thing") == [
        "absent (not installed)",
        "two<2 (2.0 is installed), for one",
        "three>=3 (not installed), for one",
        "beta<0.9 (1.0b1 is installed)",
    ]


@pytest.mark.usefixtures("installed")
def test_what_several_ask_for_is_said_once() -> None:
    assert requirements.missing(["absent", "absent", "absent<1"], NAME) == [
        "absent (not installed)",
        "absent<1 (not installed)",
    ]


def test_headers_that_are_plain_are_what_the_email_package_finds() -> None:
    dice = random.Random(5322)
    pieces = [
        "Tag",
        "tag",
        ":",
        ": ",
        " ",
        "\t",
        "\n",
        "\n\n",
        "\r",
        "From ",
        "x",
        "py3-none-any",
        "\x0b",
        "\x85",
        "=?q?=",
    ]
    plain = 0
    for _ in range(20_000):
        text = "".join(dice.choices(pieces, k=dice.randrange(12))) if dice.random() < 0.5 else _mostly_headers(dice)
        found = headers.plain_headers(text)
        message = email.parser.HeaderParser().parsestr(text)
        if found is not None:
            plain += 1
            assert [(name, value.split()) for name, value in found] == [
                (name, str(value).split()) for name, value in message.raw_items()
            ]
            assert message.defects == []
    assert plain > 1_000


def _mostly_headers(dice: random.Random) -> str:
    names, blanks = ("Tag", "Name", "x-Y", "A B", ""), (" ", "", "\t ")
    lines = [f"{dice.choice(names)}:{dice.choice(blanks)}v{number}" for number in range(4)]
    ends = dice.choice(["\n", "\n", "\n", "\n\n", "\n ", "\r\n"])
    return ends.join(lines[: dice.randrange(5)]) + dice.choice(["", "\n", "\n\nbody: x", "\n\n"])
