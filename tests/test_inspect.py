"""What is said of bundles is what their makers' own tools say; it is bounded for hostile ones, and nothing is executed."""

import base64
import collections
import email
import hashlib
import importlib.metadata
import json
import os
import re
import struct
import sys
import zipfile
from pathlib import Path
from typing import Any, Dict, List, Optional

import pytest

import makers_bench
from hostile import TABLE
from support import MAINSPRING, PYTHON, Ended, Files, on_terminal, powerless, run, write_tree, write_zip

pytest.importorskip("packaging.metadata")

import mainspring  # noqa: E402  after what it needs is known to be there
from mainspring.commands import inspect as inspect_command  # noqa: E402
from mainspring.inspection import warnings  # noqa: E402
from mainspring.inspection.report import Report  # noqa: E402
from mainspring.makers import others  # noqa: E402
from mainspring.runtime import Refusal  # noqa: E402

posix = pytest.mark.skipif(os.name == "nt", reason="is about what only POSIX has")
INFO = "thing-1.0.dist-info"
METADATA = "Metadata-Version: 2.1\nName: thing\nVersion: 1.0\nLicense-Expression: MIT\nRequires-Python: >=3.8\n"
WHEEL = "Wheel-Version: 1.0\nGenerator: by hand (2.0)\nRoot-Is-Purelib: true\nTag: py3-none-any\n"


@pytest.fixture(scope="module")
def bench() -> makers_bench.Bench:
    return makers_bench.open_bench()


def inspected(cwd: Path, *words: str) -> Ended:
    """Give how `mainspring inspect` with words ends."""
    return run([*MAINSPRING, "inspect", *words], cwd)


def document(cwd: Path, *words: str) -> Dict[str, Any]:
    """Give the document that it prints."""
    found: Dict[str, Any] = json.loads(inspected(cwd, "--json", *words).out)
    return found


def kinds_of_warning(report: Report) -> List[str]:
    return [warning.kind for warning in report.warnings]


def zipped(tmp_path: Path, files: Files, name: str = "app.pyz") -> Report:
    """Give the report of an archive of files."""
    return mainspring.inspect(write_zip(tmp_path / name, files))


def a_wheel(tmp_path: Path, files: Optional[Files] = None, record: str = "", **said: str) -> Path:
    """Give a wheel with one module, and files besides; record: what its RECORD says instead of the truth."""
    own = {"METADATA": METADATA, "WHEEL": WHEEL, **said}
    held: Files = {"thing.py": "def main(): pass\n", **{f"{INFO}/{name}": text for name, text in own.items()}}
    lines = [f"{name},sha256={_hash(content)},{len(content)}\n" for name, content in held.items()]
    held[f"{INFO}/RECORD"] = record or "".join([*lines, f"{INFO}/RECORD,,\n"])
    path = tmp_path / "thing-1.0-py3-none-any.whl"
    if path.exists():
        path.unlink()
    return write_zip(path, {**held, **(files or {})})


def _hash(content: Any) -> str:
    data = content if isinstance(content, bytes) else content.encode()
    return base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()


# As the makers' own tools have it.


SHIVS = ("shiv", "shiv-entry", "shiv-preamble", "shiv-1.0.3", "shiv-httpie")
PEXES = ("pex", "pex-loose", "pex-packed", "pex-wheels", "pex-constrained")


@pytest.fixture(scope="module")
def told_by_shiv(bench: makers_bench.Bench) -> Dict[str, Dict[str, Any]]:
    """What shiv-info says of its bundles."""
    bundles = {name: str(bench.built(name)) for name in SHIVS}
    with bench.tool("shiv") as shiv:
        words = [shiv.script("shiv-info"), "--json"]
        return {name: json.loads(run([*words, path], bench.directory).out) for name, path in bundles.items()}


@pytest.mark.parametrize("name", SHIVS)
def test_it_says_of_a_shiv_bundle_what_shiv_info_says(
    name: str, bench: makers_bench.Bench, told_by_shiv: Dict[str, Dict[str, Any]]
) -> None:
    said, report = told_by_shiv[name], mainspring.inspect(bench.built(name))
    assert (report.kind, report.maker) == ("shiv", ("shiv", said["shiv_version"]))
    assert (report.entry, report.build_id, report.built_at) == (said["entry_point"], said["build_id"], said["built_at"])
    assert {key: said.get(key) for key in report.settings} == report.settings
    assert report.is_right and report.runs == "itself"


def test_it_knows_a_script_as_an_entry(bench: makers_bench.Bench) -> None:
    report = mainspring.inspect(bench.built("shiv-script"))
    assert (report.entry, report.entry_kind) == ("probe-raw", "script")
    assert mainspring.inspect(bench.built("shiv-nothing")).entry == ""


@pytest.fixture(scope="module")
def told_by_pex(bench: makers_bench.Bench) -> Dict[str, Any]:
    """What pex-tools say of pex's bundles, and of the distributions, which are the same in all."""
    bundles = {name: str(bench.built(name)) for name in PEXES}
    env = {"PEX_ROOT": str(bench.directory / "pex-root")}
    with bench.tool("pex") as pex:
        tools = pex.script("pex-tools")
        told = {
            name: json.loads(run([tools, path, "info"], bench.directory, env=env).out) for name, path in bundles.items()
        }
        listed = run([tools, bundles["pex"], "repository", "info", "-v"], bench.directory, env=env).out
    return {**told, "distributions": [json.loads(line) for line in listed.splitlines()]}


@pytest.mark.parametrize("name", PEXES)
def test_it_says_of_a_pex_what_pex_tools_say(name: str, bench: makers_bench.Bench, told_by_pex: Dict[str, Any]) -> None:
    told, report = told_by_pex[name], mainspring.inspect(bench.built(name))
    assert (report.kind, report.maker, report.entry) == ("pex", ("pex", "2.105.2"), told["entry_point"])
    assert report.build_id == told["pex_hash"]
    assert list(report.needs.any_of) == told["interpreter_constraints"]
    assert {(one.name, one.version, one.requires_python or None) for one in report.distributions} == {
        (one["project_name"], one["version"], one["requires_python"]) for one in told_by_pex["distributions"]
    }
    assert report.is_right and report.needs.misfit is None


def test_it_names_the_layout_of_a_pex(bench: makers_bench.Bench) -> None:
    expected = {"pex": "", "pex-loose": "loose", "pex-packed": "packed", "pex-sh": "sh-boot"}
    assert {name: mainspring.inspect(bench.built(name)).form for name in expected} == expected
    assert {mainspring.inspect(bench.built(name)).runs for name in expected} == {"itself"}
    assert mainspring.inspect(bench.built("pex-wheels")).runs == "bootstrap"


@pytest.mark.parametrize("name", ["shiv-httpie", "pex-httpie", "pdm-packer"])
def test_it_finds_the_distributions_that_importlib_finds(name: str, bench: makers_bench.Bench, tmp_path: Path) -> None:
    bundle = bench.built(name)
    with zipfile.ZipFile(str(bundle)) as opened:
        opened.extractall(str(tmp_path))
    places = [tmp_path, tmp_path / "site-packages", *tmp_path.glob(".deps/*")]
    found = [one for place in places for one in importlib.metadata.distributions(path=[str(place)])]
    report = mainspring.inspect(bundle)
    assert {(one.name, one.version, one.requires, one.summary or None) for one in report.distributions} == {
        (one.metadata["Name"], one.version, tuple(one.requires or ()), one.metadata["Summary"]) for one in found
    }
    expected = {(e.name, e.value) for one in found for e in one.entry_points if e.group == "console_scripts"}
    assert {(one.name, one.entry) for one in report.scripts} == expected
    assert all(one.record is not None and one.record.checked for one in report.distributions)
    assert report.unpacked == sum(path.stat().st_size for path in tmp_path.rglob("*") if path.is_file())
    everything = [*report.distributions, *report.others]
    assert sum(one.files for one in everything) == report.files
    assert sum(one.packed for one in everything) == report.packed


def test_it_says_of_wheels_what_importlib_says_of_them(bench: makers_bench.Bench, tmp_path: Path) -> None:
    for wheel in bench.wheels("httpie"):
        place = tmp_path / wheel.name
        with zipfile.ZipFile(str(wheel)) as opened:
            opened.extractall(str(place))
        [told] = importlib.metadata.distributions(path=[str(place)])
        report = mainspring.inspect(wheel)
        [one] = report.distributions
        built = email.message_from_string(told.read_text("WHEEL") or "")
        assert (one.name, one.version, one.requires) == (
            told.metadata["Name"],
            told.version,
            tuple(told.requires or ()),
        )
        assert (one.requires_python, one.summary) == (told.metadata["Requires-Python"] or "", told.metadata["Summary"])
        assert (list(one.tags), one.generator) == (built.get_all("Tag"), built["Generator"])
        said = [told.metadata[key] for key in ("License-Expression", "License") if told.metadata.get(key)]
        assert not said or one.licence == said[0] or (one.licence and "\n" in said[0])
        scripts = {(e.name, e.value) for e in told.entry_points if e.group == "console_scripts"}
        assert {(script.name, script.entry) for script in report.scripts} == scripts
        hashed = [path for path in told.files or () if path.hash is not None]
        assert one.record is not None and one.record.is_right and one.record.checked == len(hashed)


ELF = b"\x7fELF\2\1\1" + bytes(11) + struct.pack("<H", 62) + bytes(99)
PE = b"MZ" + bytes(58) + struct.pack("<L", 64) + b"PE\0\0" + struct.pack("<H", 0x8664) + bytes(99)
NATIVES: Dict[str, Any] = {
    "thing/a.cpython-312-x86_64-linux-gnu.so": (ELF, "cpython-312-x86_64-linux-gnu", "ELF x86_64"),
    "thing/b.abi3.so": (ELF, "abi3", "ELF x86_64"),
    "thing/c.cp312-win_amd64.pyd": (PE, "cp312-win_amd64", "PE x86_64"),
    "libs/libx.so.1.2": (b"\x7fELF", "", ""),
    "libs/y.dylib": (struct.pack("<4sL", b"\xcf\xfa\xed\xfe", 0x0100000C), "", "Mach-O arm64"),
    "libs/Z.framework/Versions/A/Z": (struct.pack("<4sL", b"\xcf\xfa\xed\xfe", 0x01000007), "", "Mach-O x86_64"),
}


def test_it_tells_native_modules_and_their_tags(tmp_path: Path) -> None:
    held = {name: content for name, (content, _, _) in NATIVES.items()}
    record = "".join(f"{name},,\n" for name in NATIVES if name.startswith("thing"))
    files: Files = {**held, f"{INFO}/METADATA": METADATA, f"{INFO}/RECORD": record, "__main__.py": "", "so.py": ""}
    report = zipped(tmp_path, files)
    assert {one.name: (one.tag, one.machine) for one in report.natives} == {
        name: (tag, machine) for name, (_, tag, machine) in NATIVES.items()
    }
    assert {one.distribution for one in report.natives} == {"thing", ""}
    assert all(name in report.as_text() for name in NATIVES)


@pytest.mark.parametrize(("name", "maker"), [("zipapps", "zipapps"), ("pdm-packer", "zipapp")])
def test_it_names_other_makers(name: str, maker: str, bench: makers_bench.Bench) -> None:
    report = mainspring.inspect(bench.built(name))
    assert report.maker is not None and report.maker.name == maker
    assert report.entry == "probe.cli:main"


NAMED: Dict[str, Files] = {
    "moonlit": {
        "env.json": '{"moonlit_version": "0.3", "entry_point": "a:main"}',
        "_bootstrap/extract.py": "",
        "_bootstrap/locking.py": "",
        "_bootstrap/runner.py": "",
        "__main__.py": "",
    },
    "bundleup": {"payload.zip": "", "__main__.py": "", "__main__.pyc": "", "manifest.json": "{}"},
    "zipapps": {"zipapps_config.json": "{}", "activate_zipapps.py": "", "__main__.py": ""},
    "zipapp": {"__main__.py": "# -*- coding: utf-8 -*-\nimport a.b\na.b.main()\n"},
}


@pytest.mark.parametrize("name", sorted(NAMED))
def test_makers_are_named_by_the_members_of_their_bundles(name: str, tmp_path: Path) -> None:
    files = {key: str(text) for key, text in NAMED[name].items()}
    assert others.named(files, lambda member: files[member].encode()) == name
    report = zipped(tmp_path, NAMED[name])
    assert report.maker is not None and report.maker.name == name
    assert zipped(tmp_path, {"__main__.py": "print('mine')\n"}, "mine.pyz").maker is None


def test_a_bundle_of_bundleups_is_known_by_what_is_beside_its_payload(tmp_path: Path) -> None:
    inner = {"app.py": "", "app-1.dist-info/METADATA": "Metadata-Version: 2.1\nName: app\nVersion: 1\n"}
    inner["app-1.dist-info/RECORD"] = (
        "app.py,sha256=47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU,0\nbin/app,sha256=x,9\n"
    )
    payload = write_zip(tmp_path / "payload.zip", dict(inner)).read_bytes()
    settings = '{"bundleup_version": "0.2.1", "entry": ["call", "app", "main"]}'
    report = zipped(tmp_path, {**NAMED["bundleup"], "payload.zip": payload, "manifest.json": settings})
    assert report.maker is not None and report.maker.name == "bundleup"
    assert (report.entry, report.entry_kind) == ("app:main", "function")
    assert [(one.name, one.record.missing) for one in report.distributions if one.record] == [("app", ())]


COOKIE = struct.pack("!8s4L64s", b"MEI\014\013\012\013\016", 1, 2, 3, 312, b"libpython3.12.so")
EXECUTABLES = {
    "XAR": b'#!/usr/bin/env xarexec_fuse\nOFFSET="4096"\nVERSION="1624969851"\n#xar_stop\n' + bytes(50),
    "PyInstaller": ELF + COOKIE,
    "scie": ELF + b'{"scie": {"lift": {"name": "app"}, "jump": {"version": "1.2"}}}',
}


@pytest.mark.parametrize("name", sorted(EXECUTABLES))
def test_programs_of_the_system_are_named_by_their_bytes(name: str, tmp_path: Path) -> None:
    (tmp_path / "app").write_bytes(EXECUTABLES[name])
    report = mainspring.inspect(tmp_path / "app")
    assert report.maker is not None
    assert (report.kind, report.maker.name, report.runs) == ("executable", name, "system")
    expected = {"XAR": ("version", "1624969851"), "PyInstaller": ("python", "3.12"), "scie": ("jump", "1.2")}[name]
    assert expected in report.settings.items()


def test_a_member_that_would_lie_behind_the_end_of_the_file_is_not_waited_for(tmp_path: Path) -> None:
    write_zip(tmp_path / "a.whl", {f"{INFO}/METADATA": METADATA * 9})
    whole = bytearray((tmp_path / "a.whl").read_bytes())
    at = whole.find(b"PK\1\2")
    whole[at + 20 : at + 24] = (2**20 + 1).to_bytes(4, "little")  # what it is packed to
    whole[at + 42 : at + 46] = (2**31 - 1).to_bytes(4, "little")  # where it is
    (tmp_path / "a.whl").write_bytes(bytes(whole))
    assert inspected(tmp_path, "a.whl").status == 1


def test_a_key_of_so_many_parts_that_it_would_take_all_memory_is_no_toml_that_is_read(tmp_path: Path) -> None:
    bomb = "a." * 20_000 + "b = 1\n"
    write_tree(tmp_path, {"p/pyproject.toml": bomb, "s.py": f"# /// script\n# {bomb}# ///\n"})
    for name in ("p", "s.py"):
        for words in (["inspect", name], [name]):
            ended = run([*MAINSPRING, *words], tmp_path)
            assert "line 1 has more dots than there are to be in a key" in ended.out + ended.err


def test_a_distribution_with_no_name_to_speak_of_is_in_the_bill(tmp_path: Path) -> None:
    write_zip(tmp_path / "a.pyz", {"__main__.py": "", "x.dist-info/METADATA": "Name: /\nVersion: 1\n"})
    assert json.loads(inspected(tmp_path, "--sbom", "a.pyz").out)["components"]


def test_the_limits_are_those_of_a_run(tmp_path: Path) -> None:
    write_zip(tmp_path / "a.pyz", {"__main__.py": "", "zeros": bytes(70_000_000)})
    variable = {"MAINSPRING_MAX_RATIO": "5000"}
    assert (inspected(tmp_path, "a.pyz").status, inspected(tmp_path, "--max-ratio", "5000", "a.pyz").status) == (1, 0)
    assert run([*MAINSPRING, "inspect", "a.pyz"], tmp_path, env=variable).status == 0
    assert "archive" in run([*MAINSPRING, "diff", "a.pyz", "."], tmp_path, env=variable).out
    assert run([*MAINSPRING, "diff", "--max-ratio=none", "a.pyz", "a.pyz"], tmp_path).status == 2


@pytest.mark.parametrize("options, is_sound", [(["--max-size", "100"], False), (["--max-ratio", "5000"], True)])
def test_the_limits_are_those_of_the_archives_in_it_too(options: List[str], is_sound: bool, tmp_path: Path) -> None:
    inner = write_zip(tmp_path / "in.zip", {"app.py": "x" * 200, "zeros": bytes(70_000_000)})
    write_zip(tmp_path / "a.pyz", {"__main__.py": "", "payload.zip": inner.read_bytes()})
    said = inspected(tmp_path, *options, "a.pyz").out
    assert ("payload.zip, is not sound" in said) is not is_sound


def test_all_limits_that_are_wrong_are_told_at_once(tmp_path: Path) -> None:
    told = inspected(tmp_path, "--max-size", "x", "--max-ratio", "y", "a.pyz").err
    assert told.splitlines() == [
        "mainspring: --max-size=x: not a size, as 500M or 8GiB",
        "mainspring: --max-ratio=y: not a ratio, as 500",
    ]


# Other things that have a path.


def test_it_shows_the_metadata_block_of_a_script(tmp_path: Path) -> None:
    block = '# /// script\n# requires-python = ">=99"\n# dependencies = ["rich>13"]\n# ///\n'
    write_tree(tmp_path, {"s.py": f"#!/usr/bin/env python3\n{block}print(1)\n"})
    report = mainspring.inspect(tmp_path / "s.py")
    assert report.kind == "script" and report.inline is not None
    assert (report.inline.requires_python, report.inline.dependencies) == (">=99", ("rich>13",))
    assert report.needs.misfit is not None and ">=99" in report.needs.misfit
    assert 'dependencies = ["rich>13"]' in report.as_text()


def test_it_names_the_python_that_wrote_bytecode(tmp_path: Path) -> None:
    write_tree(tmp_path, {"s.py": "", "old.pyc": struct.pack("<H", 3379) + b"\r\n" + bytes(99)})
    run([sys.executable, "-c", "import py_compile; py_compile.compile('s.py', 's.pyc')"], tmp_path)
    here = "{}.{}".format(*sys.version_info)
    own, old = mainspring.inspect(tmp_path / "s.pyc"), mainspring.inspect(tmp_path / "old.pyc")
    assert (own.kind, own.written_by, own.needs.misfit) == ("bytecode", here, None)
    assert old.written_by == "3.6" and old.needs.misfit is not None


def test_it_describes_projects_packages_and_directories(tmp_path: Path) -> None:
    project = '[project]\nname = "thing"\nversion = "1.2"\ndependencies = ["click"]\nscripts = {thing = "thing:main"}\n'
    write_tree(tmp_path, {"p/pyproject.toml": project, "d/__main__.py": "", "d/json.py": "", "k/__init__.py": ""})
    write_tree(tmp_path, {"k/__main__.py": "from . import x\n", "empty/x.txt": ""})
    report = mainspring.inspect(tmp_path / "p")
    assert (report.kind, report.entry) == ("project", "thing:main")
    assert report.project is not None and report.project[:3] == ("thing", "1.2", ("click",))
    assert mainspring.inspect(tmp_path / "k").kind == "package"
    directory = mainspring.inspect(tmp_path / "d")
    assert (directory.kind, directory.entry, directory.files) == ("directory", "__main__.py", 2)
    assert "shadows-stdlib" in kinds_of_warning(directory)
    assert "no-main" in kinds_of_warning(mainspring.inspect(tmp_path / "empty"))


def test_a_path_may_be_bytes(tmp_path: Path) -> None:
    write_zip(tmp_path / "a.pyz", {"__main__.py": ""})
    report = mainspring.inspect(os.fsencode(str(tmp_path / "a.pyz")))
    assert report.as_text() and report.as_sbom() and report.path == str(tmp_path / "a.pyz")


def test_what_a_build_backend_knows_is_not_asked_for(tmp_path: Path) -> None:
    open_one = '[project]\nname = "thing"\ndynamic = ["version", "scripts"]\n'
    write_tree(tmp_path, {"p/pyproject.toml": open_one, "old/setup.py": "open('executed', 'w').close()\n"})
    for directory in ("p", "old"):
        report = mainspring.inspect(tmp_path / directory)
        assert (report.kind, report.runs) == ("project", "itself")
        knows = "knows what it starts, if it starts anything"
        assert report.runs_reason == f"its build backend, setuptools.build_meta, {knows}"
    assert [path.name for path in (tmp_path / "old").iterdir()] == ["setup.py"]


def test_what_is_wrong_with_a_project_is_listed(tmp_path: Path) -> None:
    write_tree(tmp_path, {"p/pyproject.toml": '[project]\nname = "thing"\nversion = "one"\n'})
    [warning] = [warning for warning in mainspring.inspect(tmp_path / "p").warnings if warning.kind == "project"]
    assert "project.version" in warning.text


# Warnings.


def test_files_that_are_not_as_recorded_are_named(tmp_path: Path) -> None:
    sound = mainspring.inspect(a_wheel(tmp_path))
    assert sound.is_right and sound.distributions[0].record is not None and sound.distributions[0].record.checked == 3
    record = f"thing.py,sha256={_hash('other')},5\ngone.py,sha256={_hash('')},0\n"
    altered = mainspring.inspect(a_wheel(tmp_path, {"late.py": ""}, record))
    found = altered.distributions[0].record
    assert found is not None
    assert (found.wrong, found.missing) == (("thing.py",), ("gone.py",))
    assert set(found.unlisted) == {"late.py", f"{INFO}/METADATA", f"{INFO}/WHEEL"}
    ended = inspected(tmp_path, "thing-1.0-py3-none-any.whl")
    assert ended.status == 1 and "1 altered, 1 missing, 3 unlisted" in ended.out


def test_large_files_are_compared_with_the_record_too(tmp_path: Path) -> None:
    large, other = os.urandom(3 * 2**20), bytes(3 * 2**20)
    record = "".join(f"{name},sha256={_hash(large)},{len(large)}\n" for name in ("same.bin", "other.bin"))
    report = mainspring.inspect(a_wheel(tmp_path, {"same.bin": large, "other.bin": other}, record))
    found = report.distributions[0].record
    assert found is not None
    assert (found.checked, found.wrong) == (1, ("other.bin",))


UNPACKED = """
import sys, zlib
real, count = zlib.decompressobj, []
def counting(*args):
    count.append(args)
    return real(*args)
zlib.decompressobj = counting
import mainspring
report = mainspring.inspect(sys.argv[1])
print(report.files, len(count), report.distributions[0].record.checked)
"""


def test_what_is_checked_is_unpacked_once_for_that(tmp_path: Path) -> None:
    path = a_wheel(tmp_path)
    text = "".join(f"x{number} = 1\n" * 20 for number in range(50))
    path = a_wheel(
        tmp_path,
        {f"m{number}.py": text for number in range(50)},
        "".join(f"m{number}.py,sha256={_hash(text)},1\n" for number in range(50)),
    )
    files, times, checked = map(int, run([sys.executable, "-c", UNPACKED, path.name], tmp_path).out.split())
    assert (files, checked) == (54, 50)
    assert times < 54 + 15  # some of the metadata are read again


def test_metadata_that_no_maker_writes_are_named(tmp_path: Path) -> None:
    environment = '{"shiv_version": "1.0.8", "build_id": "../../x", "entry_point": "a:b"}'
    bootstrap = "import _bootstrap\n_bootstrap.bootstrap()\n"
    files: Files = {"environment.json": environment, "_bootstrap/__init__.py": "", "__main__.py": bootstrap}
    report = zipped(tmp_path, {**files, "site-packages/a.py": ""})
    assert (report.kind, report.runs, report.is_right) == ("shiv", "refused", False)
    assert "build_id" in report.runs_reason
    broken = zipped(tmp_path, {**files, "environment.json": "{"}, "broken.pyz")
    assert not broken.is_right and "settings" in kinds_of_warning(broken)


def test_a_wheel_without_metadata_is_not_right(tmp_path: Path) -> None:
    report = mainspring.inspect(a_wheel(tmp_path, METADATA="Name: thing\n"))
    assert not report.is_right and {"metadata", "metadata-refused"} <= set(kinds_of_warning(report))
    assert (report.distributions[0].name, report.distributions[0].version) == ("thing", "1.0")


def test_what_is_required_and_not_there_is_named(tmp_path: Path) -> None:
    need = f"{METADATA}Requires-Dist: absent>1\nRequires-Dist: never; python_version < '3'\n"
    report = zipped(tmp_path, {f"{INFO}/METADATA": need, "__main__.py": ""})
    [warning] = [warning for warning in report.warnings if warning.kind == "missing-requirement"]
    assert warning.names == ("absent (for thing)",)


@posix
def test_modes_that_are_too_open_are_named(tmp_path: Path) -> None:
    open_one, special = zipfile.ZipInfo("open.txt"), zipfile.ZipInfo("tool")
    open_one.external_attr, special.external_attr = 0o100666 << 16, 0o104755 << 16
    with zipfile.ZipFile(str(tmp_path / "app.pyz"), "w") as archive:
        for info in (zipfile.ZipInfo("__main__.py"), open_one, special):
            archive.writestr(info, "")
    (tmp_path / "app.pyz").chmod(0o666)
    report = mainspring.inspect(tmp_path / "app.pyz")
    assert [warning.names for warning in report.warnings if warning.kind == "world-writable"] == [(), ("open.txt",)]
    assert [warning.names for warning in report.warnings if warning.kind == "set-user-id"] == [("tool",)]


WHEELS: Dict[str, Any] = {
    "a script": ({"entry_points.txt": "[console_scripts]\nthing = thing:main\n"}, "itself"),
    "several scripts": ({"entry_points.txt": "[console_scripts]\na = thing:main\nb = thing:main\n"}, "refused"),
    "nothing to run": ({}, "refused"),
    "another system": ({"WHEEL": WHEEL.replace("py3-none-any", "cp37-cp37m-win_amd64")}, "elsewhere"),
}


@pytest.mark.parametrize("name", sorted(WHEELS))
def test_it_says_how_mainspring_would_run_a_wheel(name: str, tmp_path: Path) -> None:
    said, by = WHEELS[name]
    entry = {"entry_points.txt": "[console_scripts]\nthing = thing:main\n"} if by == "elsewhere" else {}
    path = a_wheel(tmp_path, **{**entry, **said})
    if by == "elsewhere":
        path = path.rename(tmp_path / "thing-1.0-cp37-cp37m-win_amd64.whl")
    report = mainspring.inspect(path)
    assert report.runs == by
    ended = run([*MAINSPRING, "--python", "here", path.name], tmp_path)
    assert (ended.status == 0) is (by == "itself")
    assert report.runs_reason in ended.err


BACKEND = """\
import os, zipfile
def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    with zipfile.ZipFile(os.path.join(wheel_directory, "t-1-py3-none-any.whl"), "w") as wheel:
        wheel.writestr("t/__init__.py", "")
        wheel.writestr("t/made.py", "def main():\\n    pass\\n")
        wheel.writestr("t-1.dist-info/METADATA", "Metadata-Version: 2.1\\nName: t\\nVersion: 1\\n")
        wheel.writestr("t-1.dist-info/WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        wheel.writestr("t-1.dist-info/entry_points.txt", "[console_scripts]\\nt = t.made:main\\n")
        wheel.writestr("t-1.dist-info/RECORD", "")
    return "t-1-py3-none-any.whl"
"""
OTHERS: Dict[str, Any] = {
    "directory": ({"t/__main__.py": ""}, "itself"),
    "directory without main": ({"t/x.py": ""}, "refused"),
    "project": ({"t/pyproject.toml": "[project]\nname = 'app'\nversion = '1'\n", "t/app.py": ""}, "itself"),
    "project without entry": ({"t/pyproject.toml": "[project]\nname = 'app'\nversion = '1'\n"}, "refused"),
    "project with several scripts": (
        {"t/pyproject.toml": "[project]\nname = 'x'\nversion = '1'\nscripts = {a = 'json.tool:main', b = 'c:d'}\n"},
        "refused",
    ),
    "project whose entry is missing": (
        {"t/pyproject.toml": "[project]\nname = 't'\nversion = '1'\n[tool.mainspring]\nentry = 'gone:main'\n"},
        "refused",
    ),
    "project whose entry is missing in its own package": (
        {
            "t/pyproject.toml": "[project]\nname = 't'\nversion = '1'\ndependencies = ['pip']\nscripts = {t = 't.gone:main'}\n",
            "t/t/__init__.py": "",
        },
        "refused",
    ),
    "project whose entry is python's": (
        {"t/pyproject.toml": "[project]\nname = 't'\nversion = '1'\nscripts = {t = 'this:d.clear'}\n"},
        "itself",
    ),
    "project without entry that has to be built": (
        {
            "t/pyproject.toml": "[build-system]\nrequires = []\nbuild-backend = 'setuptools.build_meta'\n[project]\nname = 't'\nversion = '1'\n",
            "t/setup.py": "raise SystemExit('it was asked')",
            "t/src/t/__init__.py": "",
        },
        "refused",
    ),
    "project whose entry has to be built": (
        {
            "t/pyproject.toml": "[build-system]\nrequires = []\nbuild-backend = 'back'\nbackend-path = ['.']\n"
            "[project]\nname = 't'\nversion = '1'\nscripts = {t = 't.made:main'}\n",
            "t/back.py": BACKEND,
            "t/t/__init__.py": "",
        },
        "itself",
    ),
    "project with mistakes": ({"t/pyproject.toml": "[project]\nname = 1\n"}, "refused"),
    "project of another Python": (
        {"t/pyproject.toml": "[project]\nname = 'app'\nversion = '1'\nrequires-python = '<3'\n", "t/app.py": ""},
        "elsewhere",
    ),
    "main of another Python": ({"t/__main__.pyc": "\xc4\x09\r\n"}, "refused"),
    "project with sources of uv's": (
        {
            "t/pyproject.toml": '[project]\nname = "t"\nversion = "1"\ndependencies = ["x"]\nscripts = {t = "t:m"}\n'
            "[tool.uv.sources]\nx = {path = 'x'}\n"
        },
        "refused",
    ),
    "script with sources of uv's": (
        {"t": "# /// script\n# dependencies = ['x']\n# [tool.uv.sources]\n# x = {path = 'x'}\n# ///\n"},
        "refused",
    ),
    "script": ({"t": "# /// script\n# dependencies = []\n# ///\n"}, "itself"),
    "script with mistakes": ({"t": "# /// script\n# dependencies = 1\n# ///\n"}, "refused"),
    "script of another Python": ({"t": "# /// script\n# requires-python = '<3'\n# ///\n"}, "elsewhere"),
}


@pytest.mark.parametrize("name", sorted(OTHERS))
def test_it_says_whether_mainspring_would_run_it(name: str, tmp_path: Path) -> None:
    files, by = OTHERS[name]
    write_tree(tmp_path, files)
    assert mainspring.inspect(tmp_path / "t").runs == by
    assert (run([*MAINSPRING, "--python", "here", "t"], tmp_path).status == 0) is (by == "itself")


def test_an_entry_that_is_missing_is_a_mistake_in_the_settings(tmp_path: Path) -> None:
    write_tree(tmp_path, OTHERS["project whose entry is missing"][0])
    ended = inspected(tmp_path, "t")
    assert ended.status == 1 and "pyproject.toml has mistakes" in ended.out
    assert "tool.mainspring.entry: there is no module 'gone'; expected a module in " in ended.out


def test_a_bundle_for_another_python_says_so(tmp_path: Path) -> None:
    wheel = "Wheel-Version: 1.0\nRoot-Is-Purelib: false\nTag: cp27-cp27m-win32\n"
    report = zipped(tmp_path, {f"{INFO}/METADATA": METADATA, f"{INFO}/WHEEL": wheel, "__main__.py": ""})
    assert report.needs.tags == (("cp27-cp27m-win32",),)
    assert report.needs.misfit is not None and "cp27-cp27m-win32" in report.needs.misfit
    assert "does not fit: " in report.as_text()


# Hostile ones.


@pytest.mark.parametrize(("data", "words"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE])
def test_what_the_store_would_refuse_is_described_with_the_reason(data: bytes, words: str, tmp_path: Path) -> None:
    path = tmp_path / "app.pyz"
    path.write_bytes(data)
    report = mainspring.inspect(path)
    if report.kind == "archive":
        assert report.soundness.is_sound is False and words in report.soundness.reason
        assert not report.is_right
    else:
        assert report.kind == "script" and b"\0" not in data
    assert all(line.isprintable() for line in report.as_text().split("\n"))
    assert json.dumps(report.as_dict(True)).isascii()
    assert report.sha256 == hashlib.sha256(data).hexdigest()


def test_a_refused_archive_is_still_described(tmp_path: Path) -> None:
    write_zip(tmp_path / "app.pyz", {"__main__.py": "print(1)\n", f"{INFO}/METADATA": METADATA})
    with (tmp_path / "app.pyz").open("ab") as file:
        file.write(b"more")
    ended = inspected(tmp_path, "app.pyz")
    assert (ended.status, ended.err) == (1, "")
    assert "not sound: there are bytes after its end" in ended.out and "thing 1.0" in ended.out


HOSTILE_METADATA: Dict[str, Any] = {
    "entry points": {"entry_points.txt": "[console_scripts]\nx\x1b[31m = a:b\n"},
    "a record": {"RECORD": b"\xff\xfe,\n"},
    "a record with a huge field": {"RECORD": "x" * 200_000 + ",,\n"},
    "no headers": {"METADATA": b"\x00\xff" * 50},
    "a wheel file": {"WHEEL": b"\xff" * 99},
    "control characters": {"METADATA": "Name: \x1b[31mred\nVersion: 1\x07\nLicense: \x9b2J\nSummary: \u202e\n"},
    "brackets": {"METADATA": f"{METADATA}Requires-Dist: a; {'(' * 5000}\n"},
    "many tags": {"WHEEL": "Tag: " + ".".join(f"a{n}" for n in range(5000)) + "-b-c\n" * 2},
}


@pytest.mark.parametrize("name", sorted(HOSTILE_METADATA))
def test_hostile_metadata_are_no_trouble(name: str, tmp_path: Path) -> None:
    files = {f"{INFO}/{file}": content for file, content in HOSTILE_METADATA[name].items()}
    write_zip(tmp_path / "app.pyz", {"__main__.py": "", f"{INFO}/METADATA": METADATA, **files})
    for words in (["app.pyz"], ["--json", "app.pyz"], ["--sbom", "app.pyz"], ["--tree", "app.pyz"]):
        ended = inspected(tmp_path, *words)
        assert (ended.status, ended.err) == (0, ""), words
        assert all(line.isprintable() for line in ended.out.splitlines())


def test_a_fact_without_end_is_cut_on_the_page_alone(tmp_path: Path) -> None:
    said = {"shiv_version": "1" * 100_000, "build_id": "x" * 100_000}
    files: Files = {"environment.json": json.dumps(said), "_bootstrap/__init__.py": "", "__main__.py": ""}
    report = mainspring.inspect(write_zip(tmp_path / "app.pyz", files))
    assert max(map(len, report.as_text().split("\n"))) < 1100
    assert report.as_dict()["build_id"] == said["build_id"]


def test_what_has_no_members_has_an_empty_tree(tmp_path: Path) -> None:
    write_tree(tmp_path, {"s.py": ""})
    assert inspected(tmp_path, "--tree", "s.py") == Ended(0, "", "")


def test_what_a_broken_pex_info_does_not_say_starts_by_its_main(tmp_path: Path) -> None:
    write_zip(tmp_path / "app.pex", {"__main__.py": "print('ran')\n", "PEX-INFO": ""})
    assert run([*MAINSPRING, "app.pex"], tmp_path) == Ended(0, "ran\n", "")
    assert "starts   __main__.py (file)" in inspected(tmp_path, "app.pex").out


@posix
def test_links_and_special_files_are_not_opened(tmp_path: Path) -> None:
    write_tree(tmp_path, {"d/__main__.py": "", "secret": "Name: secret\n"})
    os.mkfifo(str(tmp_path / "d" / "fifo"))
    (tmp_path / "d" / INFO).mkdir()
    (tmp_path / "d" / INFO / "METADATA").symlink_to(tmp_path / "secret")
    (tmp_path / "d" / "loop").symlink_to(tmp_path / "d")
    report = mainspring.inspect(tmp_path / "d")
    [warning] = [warning for warning in report.warnings if warning.kind == "links"]
    assert set(warning.names) == {"fifo", "loop", f"{INFO}/METADATA"}
    assert [one.name for one in report.distributions] == ["thing"]
    with pytest.raises(Refusal, match="pipe"):
        mainspring.inspect(tmp_path / "d" / "fifo")
    assert inspected(tmp_path, "d/fifo").status == 1


def test_a_folder_in_an_archive_is_named(tmp_path: Path) -> None:
    write_zip(tmp_path / "a.zip", {"sub/__main__.py": ""})
    ended = inspected(tmp_path, os.path.join("a.zip", "sub"))
    assert (ended.status, ended.out) == (1, "")
    assert ended.err.endswith("it is a folder inside an archive\nhint: mainspring inspect a.zip describes that\n")
    assert inspected(tmp_path, os.path.join("a.zip", "no")).status == 2


def test_only_what_comes_before_the_library_shadows_it(tmp_path: Path) -> None:
    files: Files = {"calendar.py": "", "pyproject.toml": "[project]\nname = 'calendar'\nversion = '1'\n"}
    write_tree(tmp_path, {f"p/{name}": text for name, text in files.items()})
    assert "shadows-stdlib" not in kinds_of_warning(mainspring.inspect(tmp_path / "p"))
    assert "shadows-stdlib" in kinds_of_warning(zipped(tmp_path, {**files, "__main__.py": ""}))
    assert run([*MAINSPRING, "p"], tmp_path).out == run([*MAINSPRING, "-m", "calendar"], tmp_path).out


def test_what_is_not_there_is_said_as_python_says_it(tmp_path: Path) -> None:
    ended = inspected(tmp_path, "nothing.pyz")
    assert (ended.status, ended.out) == (2, "")
    assert "can't open file" in ended.err and len(ended.err.splitlines()) == 1


MEASURE = """
import json, resource, sys
import mainspring
report = mainspring.inspect(sys.argv[1])
text, dump = report.as_text(), json.dumps(report.as_dict(True))
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
print(json.dumps([report.files, report.distributions[0].files, report.is_right, len(text.splitlines()), peak]))
"""


@posix
def test_a_hundred_thousand_members_take_little_memory(tmp_path: Path) -> None:
    names = [f"pkg{number // 1000}/module{number}.py" for number in range(100_000)]
    record = "".join(f"{name},sha256={_hash(b'')},0\n" for name in names)
    with zipfile.ZipFile(str(tmp_path / "app.pyz"), "w") as archive:
        for name in names:
            archive.writestr(zipfile.ZipInfo(name), b"")
        archive.writestr(f"{INFO}/METADATA", METADATA)
        archive.writestr(f"{INFO}/RECORD", record)
        archive.writestr("__main__.py", "")
    files, own, is_right, lines, peak = json.loads(run([sys.executable, "-c", MEASURE, "app.pyz"], tmp_path).out)
    assert (files, own, is_right) == (100_003, 100_002, True)
    assert lines < 30
    assert peak < 400 * 2**20


def test_of_very_many_distributions_the_last_are_known_by_their_names_alone(tmp_path: Path) -> None:
    with zipfile.ZipFile(str(tmp_path / "app.pyz"), "w") as archive:
        for number in range(5_002):
            archive.writestr(f"x{number}-1.dist-info/METADATA", "Name: X\nVersion: 2\n")
        archive.writestr("__main__.py", "")
    report = mainspring.inspect(tmp_path / "app.pyz")
    found = collections.Counter(f"{one.name} {one.version}" for one in report.distributions)
    assert found == {"X 2": 5_000, "x5000 1": 1, "x5001 1": 1}
    assert [warning.text for warning in report.warnings if warning.kind == "metadata"] == [
        "5,002 distributions: the metadata of the first 5,000 were read, and of the others the names"
    ]


def test_metadata_by_the_thousand_are_read_up_to_a_limit(tmp_path: Path) -> None:
    large = b"Name: x\nVersion: 1\n\n" + bytes(8_000_000)
    with zipfile.ZipFile(str(tmp_path / "app.pyz"), "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(50):
            archive.writestr(f"x-{number}.dist-info/METADATA", large)
        archive.writestr("__main__.py", "")
    report = mainspring.inspect(tmp_path / "app.pyz")
    [warning] = [warning for warning in report.warnings if warning.kind == "metadata"]
    assert len(report.distributions) == 50 and 10 < len(warning.names) < 50


HARD_SCRIPTS = {
    "many beginnings of a block": (b"# /// script\n" * 30_000 + b"# x\n" * 900_000, ["inline-metadata"]),
    "a long block without an end": (b"# /// script\n" + b"# x\n" * 2_000_000, ["inline-metadata"]),
    "a block that other lines interrupt": (b"# /// script\n# x = 1\n\n# ///\n", ["inline-metadata"]),
    "a line that only mentions a block": (b"#  # /// script\n", []),
    "a block that is too large": (b"# /// script\n" + b"# x = 1\n" * 300_000 + b"# ///\n", ["inline-metadata"]),
    "a script that is too large": (b"# /// script\n" + b"# x\n" * 9_000_000, ["inline-metadata"]),
}


@pytest.mark.parametrize(
    ("target", "files"),
    [
        ("s.py", {"s.py": "# /// script\n# x =\n# ///\n"}),
        ("p", {"p/pyproject.toml": "[project]\nname = 3\n"}),
    ],
    ids=["script", "project"],
)
def test_what_would_be_refused_for_its_settings_is_not_right(target: str, files: Files, tmp_path: Path) -> None:
    write_tree(tmp_path, files)
    assert run([*MAINSPRING, "inspect", target], tmp_path).status == 1


@pytest.mark.parametrize("name", sorted(HARD_SCRIPTS))
def test_metadata_of_scripts_are_looked_for_up_to_a_limit(name: str, tmp_path: Path) -> None:
    text, warnings = HARD_SCRIPTS[name]
    (tmp_path / "s.py").write_bytes(text)
    report = mainspring.inspect(tmp_path / "s.py")
    assert (report.kind, kinds_of_warning(report)) == ("script", warnings)


WATCH = """
import os, sys
import mainspring
seen = []
def note(event, args):
    writes = event == "open" and isinstance(args[2], int) and args[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
    if writes or event in ("exec", "os.mkdir", "os.rename", "os.remove", "os.chmod", "os.utime", "subprocess.Popen"):
        seen.append((event, str(args[0])))
def look():
    for path in sys.argv[1:]:
        report = mainspring.inspect(path)
        report.as_text(), report.as_dict(True)
look()
sys.addaudithook(note)
look()
print(seen)
"""


def test_nothing_is_executed_imported_or_written(tmp_path: Path, bench: makers_bench.Bench) -> None:
    bomb = "open('executed', 'w')\n"
    write_tree(tmp_path, {"d/__main__.py": bomb, "d/site.py": bomb, "k/__init__.py": bomb, "s.py": bomb})
    write_tree(tmp_path, {"k/__main__.py": f"from . import x\n{bomb}"})
    write_zip(tmp_path / "a.pyz", {"__main__.py": bomb, "zlib.py": bomb, f"{INFO}/METADATA": METADATA})
    targets = ["d", "k", "s.py", "a.pyz", *(str(bench.built(name)) for name in ("shiv", "pex", "pex-packed"))]
    before = sorted(tmp_path.rglob("*"))
    ended = run([sys.executable, "-B", "-c", WATCH, *targets], tmp_path)
    assert (ended.out, ended.err) == ("[]\n", "")
    assert sorted(tmp_path.rglob("*")) == before


def test_nothing_is_imported_from_the_current_directory(tmp_path: Path) -> None:
    names = ("packaging", "rich", "json", "tomllib", "cyclonedx", "zlib", "csv", "email", "hashlib")
    bomb = "open('executed', 'w')\n"
    write_tree(tmp_path, {f"{name}.py": bomb for name in names})
    write_zip(tmp_path / "a.pyz", {"__main__.py": bomb, f"{INFO}/METADATA": METADATA})
    for words in (["inspect"], ["inspect", "--json"], ["inspect", "--sbom"], ["diff", "a.pyz"]):
        ended = run([*MAINSPRING, *words, "a.pyz"], tmp_path)
        assert (ended.status, ended.err) == (0, "")
    assert not (tmp_path / "executed").exists()


STRICT = ["-W", "error", "-X", "warn_default_encoding", "-X", "dev"]
TOOLS = [
    "inspect a.pyz",
    "inspect --json a.pyz",
    "inspect --sbom a.pyz",
    "diff a.pyz b.pyz",
    "cache verify",
    "cache list --json",
]


@pytest.mark.since(3, 10)  # which has the option
@pytest.mark.parametrize("words", TOOLS)
def test_no_command_is_warned_of_where_warnings_are_errors(words: str, tmp_path: Path) -> None:
    for name in ("a.pyz", "b.pyz"):
        write_zip(tmp_path / name, {"__main__.py": "", f"{INFO}/METADATA": METADATA})
    ended = run([*PYTHON, *STRICT, *MAINSPRING[1:], *words.split()], tmp_path)
    assert (ended.status, ended.err) == (0, "")
    assert ended.out


# How it is said.

SHARE = {"name": str, "files": int, "size": int, "packed": int}
RECORD = {"checked": int, "altered": [str], "missing": [str], "unlisted": [str]}
SCHEMA: Dict[str, Any] = {
    "format": str,
    "version": int,
    "mainspring": str,
    "python": str,
    "path": str,
    "kind": str,
    "form": str,
    "maker": ({"name": str, "version": str}, None),
    "size": int,
    "sha256": str,
    "is_right": bool,
    "entry": ({"kind": {"module", "function", "script", "program", "file"}, "value": str}, None),
    "scripts": [{"name": str, "entry": str, "distribution": str}],
    "runs": {"by": {"itself", "bootstrap", "elsewhere", "system", "refused", ""}, "reason": str},
    "shebang": str,
    "prefix": int,
    "comment": str,
    "build_id": str,
    "built_at": str,
    "needs": {"python": [str], "any_of": [str], "tags": [[str]], "fits": bool, "misfit": (str, None)},
    "distributions": [
        {
            **SHARE,
            **dict.fromkeys(("version", "licence", "summary", "requires_python", "generator", "folder"), str),
            "requires": [str],
            "tags": [str],
            "record": (RECORD, None),
            "parts": [SHARE],
        }
    ],
    "others": [SHARE],
    "natives": [{"name": str, "size": int, "tag": str, "machine": str, "distribution": str}],
    "members": {"files": int, "directories": int, "size": int, "packed": int, "compression": dict},
    "soundness": {"sound": (bool, None), "reason": str, "hint": str},
    "warnings": [{"kind": str, "text": str, "names": [str]}],
    "settings": dict,
    "inline": ({"requires_python": str, "dependencies": [str], "text": str}, None),
    "project": (
        {"name": str, "version": (str, None), "dependencies": [str], "extras": [str], "groups": [str]},
        None,
    ),
    "written_by": str,
    "links": [str],
}
MEMBER = {
    **{"name": str, "size": int, "packed": int, "method": str, "mode": (int, None)},
    **{"modified": str, "directory": bool},
}


def check(value: Any, schema: Any, where: str = "") -> None:
    """See that value is as schema has it: types, sets of words, lists of one item's schema, dicts, and None for one choice."""
    if isinstance(schema, tuple):
        if value is None:
            assert None in schema, where
        else:
            check(value, schema[0], where)
    elif isinstance(schema, set):
        assert value in schema, where
    elif isinstance(schema, list):
        assert isinstance(value, list), where
        for item in value:
            check(item, schema[0], f"{where}[]")
    elif isinstance(schema, dict):
        assert isinstance(value, dict) and list(sorted(value)) == sorted(schema), where
        for key, inner in schema.items():
            check(value[key], inner, f"{where}.{key}")
    else:
        assert type(value) is schema, where


DOCUMENTED = ["shiv-httpie", "pex-packed", "a wheel", "a wheel with a program", "a script", "a project", "a broken one"]


@pytest.mark.parametrize("name", DOCUMENTED)
def test_the_document_has_the_schema_that_is_documented(name: str, bench: makers_bench.Bench, tmp_path: Path) -> None:
    write_tree(
        tmp_path, {"s.py": "# /// script\n# dependencies = []\n# ///\n", "p/pyproject.toml": "[project]\nname='x'\n"}
    )
    (tmp_path / "b.pyz").write_bytes(TABLE[20][1])
    program: Files = {"thing-1.0.data/scripts/tool": ELF} if name == "a wheel with a program" else {}
    wheel = a_wheel(tmp_path, program).name
    made = {
        "a script": "s.py",
        "a project": "p",
        "a broken one": "b.pyz",
        "a wheel": wheel,
        "a wheel with a program": wheel,
    }
    target = made.get(name) or str(bench.built(name))
    check(document(tmp_path, target), SCHEMA)
    with_tree = document(tmp_path, "--tree", target)
    check(with_tree, {**SCHEMA, "tree": [MEMBER]})
    assert (with_tree["format"], with_tree["version"]) == ("mainspring.inspect", 1)
    assert name != "a wheel with a program" or with_tree["entry"]["kind"] == "program"


def test_the_documentation_of_the_schema_names_every_key() -> None:
    from mainspring.inspection import document as documented

    assert documented.__doc__ is not None
    words = [*SCHEMA, *SCHEMA["entry"][0]["kind"], *SCHEMA["runs"]["by"]]
    assert [word for word in words if word not in documented.__doc__] == []


@pytest.mark.parametrize("name", ["shiv-httpie", "pex", "a wheel", "nothing in it"])
def test_the_bill_of_materials_is_valid(name: str, bench: makers_bench.Bench, tmp_path: Path) -> None:
    pytest.importorskip("jsonschema")
    from cyclonedx.schema import SchemaVersion
    from cyclonedx.validation.json import JsonStrictValidator

    write_zip(tmp_path / "a.pyz", {"__main__.py": ""})
    made = {"a wheel": a_wheel(tmp_path), "nothing in it": tmp_path / "a.pyz"}
    ended = inspected(tmp_path, "--sbom", str(made.get(name) or bench.built(name)))
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(ended.out) is None
    assert ended.status == 0


def test_the_bill_of_materials_has_all_distributions(bench: makers_bench.Bench) -> None:
    pytest.importorskip("cyclonedx")
    report = mainspring.inspect(bench.built("shiv-httpie"))
    bill = json.loads(report.as_sbom())
    purls = {part["purl"] for part in bill["components"]}
    assert len(purls) == len(report.distributions) and "pkg:pypi/httpie@3.2.4" in purls
    assert bill["metadata"]["component"]["hashes"] == [{"alg": "SHA-256", "content": report.sha256}]
    depends = {one["ref"]: one.get("dependsOn", []) for one in bill["dependencies"]}
    assert any("requests-2.32.3" in ref for ref in depends["site-packages/httpie-3.2.4.dist-info/"])
    assert json.loads(report.as_sbom())["serialNumber"] == bill["serialNumber"]


@posix
def test_on_a_terminal_it_is_a_page_with_bars(bench: makers_bench.Bench, tmp_path: Path) -> None:
    pytest.importorskip("rich")
    bundle = str(bench.built("shiv-httpie"))
    page = on_terminal([*MAINSPRING, "inspect", bundle], tmp_path)
    assert "\x1b[" in page and "\u2588\u2588" in page and "\u256d" in page
    assert "httpie.__main__:main" in page and "Pygments 2.19.1" in page and "MPL-2.0" in page
    assert "\x1b[" not in on_terminal([*MAINSPRING, "inspect", bundle], tmp_path, "dumb")
    tree = on_terminal([*MAINSPRING, "inspect", "--tree", bundle], tmp_path)
    assert "\u251c\u2500\u2500" in tree and "__main__.py" in tree


@posix
def test_no_name_can_make_a_terminal_do_anything(tmp_path: Path) -> None:
    pytest.importorskip("rich")
    evil = "\x1b]0;owned\x07[bold]x[/bold]\x9b2J"
    files: Files = {f"{INFO}/METADATA": f"Name: {evil}\nVersion: 1\nLicense: {evil}\n", "__main__.py": "", evil: ""}
    write_zip(tmp_path / "app.pyz", files, comment=evil.encode())
    write_tree(tmp_path, {f"{evil}.py": ""})
    for words in (["app.pyz"], ["--tree", "app.pyz"], [f"{evil}.py"]):
        page = on_terminal([*MAINSPRING, "inspect", *words], tmp_path)
        assert "[bold]" in page
        assert not {"\x1b]", "\x07", "\x9b"} & {page[at : at + length] for at in range(len(page)) for length in (1, 2)}


LONG = "a-distribution-with-a-name-that-is-longer-than-any-column"


def test_a_tree_has_branches_where_there_is_ascii_alone(tmp_path: Path) -> None:
    pytest.importorskip("rich")
    from mainspring.inspection import terminal

    tree = terminal.rich_tree(zipped(tmp_path, {"__main__.py": "", "p/a.py": "", "p/b.py": ""}))
    lines = re.sub("\x1b\\[[0-9;]*m", "", terminal.shown(tree, 80, "ascii")).splitlines()
    assert [line.split("  ")[0] for line in lines[1:]] == ["+-- __main__.py", "`-- p/", "", ""]
    assert lines[3:] == ["    +-- a.py  0 B", "    `-- b.py  0 B"]


@pytest.mark.parametrize("width", [40, 63, 80, 100, 120])
def test_the_page_fits_the_terminal_and_versions_stay_readable(width: int, tmp_path: Path) -> None:
    pytest.importorskip("rich")
    from mainspring.inspection import terminal

    text = METADATA.replace("Name: thing", f"Name: {LONG}").replace("1.0", "2026.11.27.post3")
    files: Files = {f"{LONG}.dist-info/METADATA": text, "__main__.py": "", "json.py": "", "p/x.abi3.so": ELF}
    shown = re.sub("\x1b\\[[0-9;]*m", "", terminal.shown(zipped(tmp_path, files), width, "utf-8"))
    assert max(map(len, shown.splitlines())) <= width
    assert width < 80 or "2026.11.27.post3 " in shown
    assert ("\u2588" in shown, "licence" in shown) == (width >= 64, width >= 100)
    for words in ("1 warning", "p/x.abi3.so", "standard"):
        assert words in shown


def test_the_colour_of_the_page_is_the_verdict(tmp_path: Path) -> None:
    from mainspring.inspection import facts

    good = zipped(tmp_path, {"__main__.py": ""})
    shadowing = zipped(tmp_path, {"__main__.py": "", "json.py": ""}, "doubtful.pyz")
    unfit = zipped(tmp_path, {"__main__.py": "", f"{INFO}/METADATA": METADATA.replace(">=3.8", ">=99")}, "unfit.pyz")
    (tmp_path / "bad.pyz").write_bytes((tmp_path / "app.pyz").read_bytes() + b"tail")
    bad = mainspring.inspect(tmp_path / "bad.pyz")
    assert [facts.verdict(one)[1] for one in (good, shadowing, unfit, bad)] == ["green", "yellow", "red", "red"]


def test_what_takes_most_of_a_distribution_is_shown_below_it(bench: makers_bench.Bench) -> None:
    report = mainspring.inspect(bench.built("shiv-httpie"))
    [pygments] = [one for one in report.distributions if one.name == "Pygments"]
    assert pygments.parts[0].name == "pygments/lexers/"
    assert sum(part.packed for part in pygments.parts) <= pygments.packed
    lines = [line.split() for line in report.as_text().splitlines()]
    at = next(number for number, words in enumerate(lines) if words[:1] == ["Pygments"])
    assert lines[at + 1][0] == "pygments/lexers/" and lines[at][4].endswith("%")


@posix
def test_a_tree_of_very_many_members_is_a_plain_list(tmp_path: Path) -> None:
    write_zip(tmp_path / "app.pyz", {f"m{number}.py": "" for number in range(10_001)})
    listed = on_terminal([*MAINSPRING, "inspect", "--tree", "app.pyz"], tmp_path)
    assert "\x1b[1m" not in listed and len(listed.splitlines()) == 10_001


def test_reports_can_be_shown_by_rich(tmp_path: Path) -> None:
    console = pytest.importorskip("rich.console").Console(width=80, record=True, file=open(os.devnull, "w"))
    console.print(zipped(tmp_path, {"__main__.py": ""}))
    assert "__main__.py (file)" in console.export_text()


WORDS = {
    "no target": [],
    "two targets": ["a", "b"],
    "an unknown option": ["--what", "a"],
    "two forms": ["--sbom", "--json", "a"],
}


@pytest.mark.parametrize("name", sorted(WORDS))
def test_words_that_are_not_understood_are_refused_with_the_usage(name: str, tmp_path: Path) -> None:
    ended = inspected(tmp_path, *WORDS[name])
    assert (ended.status, ended.out) == (2, "")
    assert "usage: mainspring inspect" in ended.err


def test_help_says_where_the_schema_is(tmp_path: Path) -> None:
    ended = inspected(tmp_path, "--help")
    assert (ended.status, ended.err) == (0, "") and "mainspring.inspection.document" in ended.out
    write_tree(tmp_path, {"--json": "print(1)\n"})
    assert inspected(tmp_path, "--", "--json").out.startswith("--json\n")


@posix
def test_of_what_is_behind_links_nothing_is_said(tmp_path: Path) -> None:
    code = "x = 1\n"
    record = f"p/a.py,sha256={_hash(code)},\np/deep/b.py,sha256={_hash(code)},\ngone.py,sha256={_hash(code)},\n"
    info = "p-1.dist-info"
    write_tree(
        tmp_path, {f"app/{info}/METADATA": "Name: p\nVersion: 1\n", f"app/{info}/RECORD": record, "p/a.py": code}
    )
    write_tree(tmp_path, {"main.py": "print('hi')\n", "p/deep/b.py": code, "app/p/__init__.py": ""})
    for name in ("p/a.py", "p/deep"):
        (tmp_path / "app" / name).symlink_to(tmp_path / name)
    (tmp_path / "app" / "__main__.py").symlink_to("../main.py")
    found = mainspring.inspect(tmp_path / "app")
    assert (found.runs, "no-main" in kinds_of_warning(found)) == ("itself", False)
    assert found.distributions[0].record is not None and found.distributions[0].record.missing == ("gone.py",)


@posix
def test_a_main_that_leads_nowhere_is_none(tmp_path: Path) -> None:
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "__main__.py").symlink_to("nowhere.py")
    found = mainspring.inspect(tmp_path / "app")
    assert (found.runs, found.runs_reason) == ("refused", "it has no __main__")
    assert run([*MAINSPRING, "app"], tmp_path).status == 1


@posix
@pytest.mark.parametrize("mode", [0, 0o400], ids=["nothing is told", "names are told"])
def test_files_in_folders_that_cannot_be_read_are_not_called_missing(mode: int, tmp_path: Path) -> None:
    info, code = "app/p-1.dist-info", "x = 1\n"
    record = f"p/a.py,sha256={_hash(code)},\ngone.py,sha256={_hash(code)},\n"
    write_tree(tmp_path, {f"{info}/METADATA": "Name: p\nVersion: 1\n", f"{info}/RECORD": record, "app/p/a.py": code})
    (tmp_path / "app" / "p").chmod(mode)
    ended = run([*powerless(), *MAINSPRING, "inspect", "--json", "app"], tmp_path)
    (tmp_path / "app" / "p").chmod(0o700)
    named = {one["kind"]: one["names"] for one in json.loads(ended.out)["warnings"]}
    assert (named["unreadable"], named["missing"]) == (["p/"], ["gone.py"])


@posix
def test_a_main_that_cannot_be_read_does_not_end_the_rest(tmp_path: Path) -> None:
    write_tree(tmp_path, {"app/__main__.pyc": "x", "app/lib.py": ""})
    (tmp_path / "app" / "__main__.pyc").chmod(0)
    ended = run([*powerless(), *MAINSPRING, "inspect", "--json", "app"], tmp_path)
    said = json.loads(ended.out)
    assert said["runs"] == {"by": "refused", "reason": "'__main__.pyc' cannot be read (Permission denied)"}
    assert said["members"]["files"] == 2


def test_a_deep_tree_is_not_drawn(tmp_path: Path) -> None:
    write_zip(tmp_path / "deep.pyz", {"__main__.py": "", "a/" * 90 + "x.py": ""})
    write_zip(tmp_path / "flat.pyz", {"__main__.py": "", "a/x.py": ""})
    reports = [mainspring.inspect(tmp_path / f"{name}.pyz") for name in ("deep", "flat")]
    assert list(map(inspect_command._is_beyond_drawing, reports)) == [True, False]


def test_two_states_of_a_directory_have_two_bills(tmp_path: Path) -> None:
    write_tree(tmp_path, {"d/__main__.py": "", "d/p-1.dist-info/METADATA": "Name: p\nVersion: 1\n"})
    first, again = (json.loads(mainspring.inspect(tmp_path / "d").as_sbom())["serialNumber"] for _ in range(2))
    write_tree(tmp_path, {"d/q-2.dist-info/METADATA": "Name: q\nVersion: 2\n"})
    second = json.loads(mainspring.inspect(tmp_path / "d").as_sbom())["serialNumber"]
    assert first == again != second


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="other systems have no such names")
def test_a_directory_whose_name_is_no_text_has_a_bill(tmp_path: Path) -> None:
    place = os.path.join(os.fsencode(tmp_path), b"\xfe")
    os.mkdir(place)
    assert json.loads(mainspring.inspect(place).as_sbom())["metadata"]["component"]["type"] == "application"


def test_what_nothing_can_stand_before_is_not_said_to_be_shadowed(tmp_path: Path) -> None:
    found = zipped(tmp_path, {"__main__.py": "", "sys.py": "", "time.py": "", "os.py": "", "json.py": ""})
    assert [one.names for one in found.warnings if one.kind == "shadows-stdlib"] == [("json",)]


@posix
@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("/usr/bin/env -S VARIABLE=1 python3.99 -E", "python3.99"),
        ("/usr/bin/env -i python3.99", "python3.99"),
        ("/usr/bin/env -S python3.99", "python3.99"),
        ("/usr/bin/env python3.99", "python3.99"),
        ("/usr/bin/env --what-is-this python3.99", None),
        ('/usr/bin/env -S A="some words" python3.99', None),
        ("/usr/bin/env -S ${HOME}/bin/python3.99", None),
        ("/usr/bin/env A=1", None),
        ("/nowhere/python3", "/nowhere/python3"),
    ],
)
def test_the_interpreter_of_a_first_line_is_known_behind_options_of_env(line: str, name: Optional[str]) -> None:
    assert [one.names for one in warnings.of_shebang(line)] == ([] if name is None else [(name,)])
