"""Bundles that `mainspring build` makes: they run by python and by mainspring, and are the same whenever they are made."""

import hashlib
import json
import os
import pickle
import re
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path
from typing import Any, Callable, Dict, List

import pytest

import mainspring
from mainspring.building import entry_points, installed
from mainspring.commands import build as build_command
from mainspring.projects import settings, snapshots
from mainspring.projects.reading import Mistakes
from mainspring.runtime import Refusal
from mainspring.storage import temporaries
from projects_bench import downloads, uv_directory
from support import MAINSPRING, ROOT, Ended, Files, clean_environment, run, until_settled, write_tree, write_zip

try:
    import shiv.builder
    from shiv.bootstrap.environment import Environment
except ImportError:
    pytest.skip("shiv is not installed", allow_module_level=True)

SLOW = sys.version_info[:2] in ((3, 9), (3, 13)) or os.environ.get("MAINSPRING_TEST_ALL")
WHY = "runs on other versions"
BACKENDS = {
    "flit": ("flit_core>=3.4", "flit_core.buildapi"),
    "setuptools": ("setuptools>=61", "setuptools.build_meta"),
    "hatchling": ("hatchling", "hatchling.build"),
}
# One that is in the project itself, and starts fast.
OWN = """\
import os, zipfile
def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    info = "hello-1.2.dist-info"
    files = {{
        f"{{info}}/METADATA": "Metadata-Version: 2.1\\nName: hello\\nVersion: 1.2\\n",
        f"{{info}}/WHEEL": "Wheel-Version: 1.0\\nGenerator: own\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n",
        f"{{info}}/entry_points.txt": {points!r},
        f"{{info}}/RECORD": "",
    }}
    with zipfile.ZipFile(os.path.join(wheel_directory, "hello-1.2-py3-none-any.whl"), "w") as wheel:
        for name, text in files.items():
            wheel.writestr(name, text)
        for folder, _, names in os.walk("."):
            for name in names:
                path = os.path.join(folder, name)[2:]
                if path.startswith(("hello.", "hello/")) and not path.endswith(".pyc"):
                    wheel.write(path)
    return "hello-1.2-py3-none-any.whl"
"""
HELLO = """\
import sys


def main():
    import {module}

    try:
        import mainspring
    except ImportError:
        mainspring = None
    print("hello", sys.argv[1:], bool({module}), mainspring)
    return len(sys.argv) - 1
"""


def project(
    directory: Path,
    files: Files,
    dependencies: "List[str]" = [],  # noqa: B006  it is not changed
    more: str = "",
    backend: str = "own",
    scripts: str = 'hello = "hello:main"',
) -> Path:
    """Write a project called hello."""
    if backend == "own":
        points = f"[console_scripts]\n{scripts}\n".replace('"', "") if scripts else ""
        files = {**files, "own_backend.py": OWN.format(points=points)}
        build = '[build-system]\nrequires = []\nbuild-backend = "own_backend"\nbackend-path = ["."]\n'
    else:
        build = '[build-system]\nrequires = ["{}"]\nbuild-backend = "{}"\n'.format(*BACKENDS[backend])
    head = f'[project]\nname = "hello"\nversion = "1.2"\ndescription = "x"\ndependencies = {json.dumps(dependencies)}\n'
    table = f"[project.scripts]\n{scripts}\n" if scripts else ""
    return write_tree(directory, {**files, "pyproject.toml": f"{head}{table}{more}{build}"})


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a store for all tests, so that what backends and programs depend on is installed once."""
    return tmp_path_factory.mktemp("store") / "store"


@pytest.fixture(autouse=True)
def _with_store(store: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("MAINSPRING_CACHE_DIR", str(store))
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    monkeypatch.chdir(tmp_path)


def by_python(path: str, *words: str, env: "Dict[str, str]" = {}) -> Ended:  # noqa: B006
    """Run a bundle where nothing is installed."""
    return run([sys.executable, "-I", "-S", path, *words], Path.cwd(), env=env)


def by_mainspring(path: str, *words: str) -> Ended:
    return run([*MAINSPRING, path, *words], Path.cwd())


def command(*words: str, env: "Dict[str, str]" = {}) -> Ended:  # noqa: B006
    """Run `mainspring build`."""
    return run([*MAINSPRING, "build", *words], Path.cwd(), env={**_store_of_test(), **env})


def _store_of_test() -> Dict[str, str]:
    return {"MAINSPRING_CACHE_DIR": os.environ["MAINSPRING_CACHE_DIR"]}


def contents(path: str) -> Dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def hello(directory: Path, **more: Any) -> Path:
    return project(directory, {"hello.py": HELLO.format(module="json")}, **more)


# They run


@pytest.mark.parametrize("compressed", [True, False])
def test_a_bundle_runs_by_python_and_by_mainspring(tmp_path: Path, compressed: bool) -> None:
    source = project(tmp_path / "p", {"hello.py": HELLO.format(module="idna")}, ["idna"])
    made = mainspring.build(str(source), compressed=compressed)
    ended = by_python(made.path, "a", "b c")
    assert ended == (2, "hello ['a', 'b c'] True None\n", "")
    told = by_mainspring(made.path, "a", "b c")
    assert (told.status, told.err) == (2, "") and told.out.startswith("hello ['a', 'b c'] True <module")


def test_without_shiv_building_is_refused_with_what_to_install(tmp_path: Path) -> None:
    missing = "raise ModuleNotFoundError('No module named shiv', name='shiv')\n"
    write_tree(tmp_path / "first", {"shiv/__init__.py": missing})
    ended = command(str(hello(tmp_path / "p")), env={"PYTHONPATH": str(tmp_path / "first")})
    assert (ended.status, ended.out) == (2, "")
    assert "building needs shiv, which is not installed" in ended.err
    [maker] = re.findall(r'^build = \["(.*)"\]$', (ROOT / "pyproject.toml").read_text(), re.MULTILINE)
    assert f"-m pip install {maker}\n" in ended.err


def test_a_bundle_can_be_executed_by_its_name(tmp_path: Path) -> None:
    made = mainspring.build(str(hello(tmp_path / "p")), shebang=sys.executable)
    assert os.access(made.path, os.X_OK)
    assert run([made.path], tmp_path).out.startswith("hello []")


def test_what_a_build_gives_is_true_of_its_file(tmp_path: Path) -> None:
    made = mainspring.build(str(hello(tmp_path / "p")), str(tmp_path / "other name.zip"))
    data = (tmp_path / "other name.zip").read_bytes()
    assert (made.path, made.size, made.sha256) == (
        str(tmp_path / "other name.zip"),
        len(data),
        hashlib.sha256(data).hexdigest(),
    )
    assert (made.name, made.version, made.entry, made.layer) == ("hello", "1.2", "hello:main", "")
    assert made.members == len(contents(made.path)) and not made.was_unchanged


def test_it_has_the_projects_metadata_and_console_scripts(tmp_path: Path) -> None:
    source = project(
        tmp_path / "p", {"hello.py": "def main(): pass\ndef other():\n    print('other')\n    return 4\n"},
        scripts='hello = "hello:main"\nother = "hello:other"',
    )  # fmt: skip
    made = mainspring.build(str(source))
    assert b"\nVersion: 1.2\n" in contents(made.path)["site-packages/hello-1.2.dist-info/METADATA"]
    assert by_python(made.path, env={"SHIV_CONSOLE_SCRIPT": "other"}) == (4, "other\n", "")
    ended = run([*MAINSPRING, "--entry", "other", made.path], tmp_path)
    assert ended == (4, "other\n", "")


@pytest.mark.parametrize("entry", ["hello", "hello.__main__", None])
def test_a_module_starts_as_with_python_m(tmp_path: Path, entry: Any) -> None:
    main = "import sys\nfrom . import word\nprint(word, __name__, sys.argv[1:])\nif sys.argv[1:]: sys.exit(3)\n"
    files = {"hello/__init__.py": "word = 'hello'\n", "hello/__main__.py": main}
    made = mainspring.build(str(project(tmp_path / "p", files, scripts="")), entry=entry)
    assert by_python(made.path, "a") == (3, "hello __main__ ['a']\n", "")
    assert by_python(made.path) == (0, "hello __main__ []\n", "")
    assert by_mainspring(made.path, "a") == (3, "hello __main__ ['a']\n", "")
    assert by_mainspring(made.path) == (0, "hello __main__ []\n", "")


@pytest.mark.skipif(sys.version_info < (3, 9), reason="the last idna for it has no __main__")
def test_a_script_of_a_dependency_may_be_the_entry(tmp_path: Path) -> None:
    made = mainspring.build(str(hello(tmp_path / "p", dependencies=["idna"])), entry="idna")
    assert made.entry.startswith("idna.") and by_python(made.path, "--help").status == 0


# They are the same


def test_pip_and_uv_give_the_same_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = hello(tmp_path / "p", dependencies=["iniconfig==2.0.0"])
    for name, value in downloads().items():
        monkeypatch.setenv(name, value)
    without = [place for place in os.environ["PATH"].split(os.pathsep) if not os.path.exists(os.path.join(place, "uv"))]
    monkeypatch.setenv("PATH", os.pathsep.join(without))
    by_pip = mainspring.build(source, "pip.pyz", use_store=False)
    noting = f"#!/bin/sh\necho \"$1 $2\" >> '{tmp_path}/asked'\nexec '{uv_directory()}/uv' \"$@\"\n"
    write_tree(tmp_path, {"bin/uv": noting})
    (tmp_path / "bin" / "uv").chmod(0o700)
    monkeypatch.setenv("PATH", os.pathsep.join([str(tmp_path / "bin"), *without]))
    by_uv = mainspring.build(source, "uv.pyz", use_store=False)
    assert "pip install" in (tmp_path / "asked").read_text().splitlines()
    assert by_pip.sha256 == by_uv.sha256


def test_two_builds_give_the_same_bytes(tmp_path: Path, store: Path) -> None:
    first = mainspring.build(str(hello(tmp_path / "p", dependencies=["idna"])))
    before = os.umask(0o077)
    try:
        copy = shutil.copytree(str(tmp_path / "p"), str(tmp_path / "elsewhere"))
        second = mainspring.build(copy, "again.pyz", use_store=False)
    finally:
        os.umask(before)
    assert Path(first.path).read_bytes() == Path(second.path).read_bytes()


@pytest.mark.skipif(os.name == "nt", reason="there are no such modes there")
@pytest.mark.parametrize(("mask", "mode"), [(0o022, 0o755), (0o027, 0o750), (0o077, 0o700), (0o002, 0o755)])
def test_who_may_read_a_bundle_may_run_it(mask: int, mode: int, tmp_path: Path) -> None:
    source = hello(tmp_path / "p")
    before = os.umask(mask)
    try:
        made = mainspring.build(str(source), "app.pyz")
    finally:
        os.umask(before)
    assert Path(made.path).stat().st_mode & 0o777 == mode


def test_source_date_epoch_is_the_time_of_all_members(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = hello(tmp_path / "p", dependencies=["idna"])
    plain = mainspring.build(str(source))
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    made = mainspring.build(str(source), "dated.pyz")
    with zipfile.ZipFile(made.path) as archive:
        assert {info.date_time for info in archive.infolist()} == {(2023, 11, 14, 22, 13, 20)}
    assert json.loads(contents(made.path)["environment.json"])["built_at"] == "2023-11-14 22:13:20"
    assert made.sha256 != plain.sha256


@pytest.mark.parametrize("compressed", [True, False])
def test_it_is_what_shivs_own_builder_makes_of_the_same_files(tmp_path: Path, compressed: bool) -> None:
    source = project(
        tmp_path / "p", {"hello/__init__.py": HELLO.format(module="idna"), "hello/ü.txt": "x" * 3000}, ["idna"]
    )
    made = mainspring.build(str(source), compressed=compressed, entry="hello:main")
    found = contents(made.path)
    trees = [tmp_path / "layer", tmp_path / "own"]
    for name, data in found.items():
        if name.startswith("site-packages/"):
            is_own = "hello" in name
            path = write_tree(trees[is_own], {name[len("site-packages/") :]: data}) / name[len("site-packages/") :]
            path.chmod(0o755 if "/bin/" in name else 0o644)
    environment = Environment.from_json(found["environment.json"])
    target = tmp_path / "by-shiv.pyz"
    shiv.builder.create_archive(trees, target, "/usr/bin/env python3", "_bootstrap:bootstrap", environment, compressed)
    by_shiv = [(info.filename, info.external_attr) for info in zipfile.ZipFile(str(target)).infolist()]
    if all(mode in (0o100644 << 16, 0o600 << 16) for name, mode in by_shiv if "/bin/" not in name):
        assert Path(made.path).read_bytes() == target.read_bytes()
    else:  # shiv was installed with another umask
        assert contents(str(target)) == found


def test_its_environment_has_the_keys_that_shiv_knows(tmp_path: Path) -> None:
    made = mainspring.build(str(hello(tmp_path / "p")))
    environment = json.loads(contents(made.path)["environment.json"])
    assert set(environment) == set(json.loads(Environment("", "").to_json()))
    assert (environment["entry_point"], environment["reproducible"]) == ("hello:main", True)


# They are made again only if something changed


def test_an_unchanged_project_is_not_built_again(tmp_path: Path) -> None:
    source = str(hello(tmp_path / "p", dependencies=["idna"]))
    until_settled()
    first = mainspring.build(source)
    before = os.stat(first.path)
    second = mainspring.build(source)
    assert second == first._replace(was_unchanged=True)
    assert os.stat(first.path).st_mtime_ns == before.st_mtime_ns


def test_an_unchanged_build_needs_few_modules(tmp_path: Path) -> None:
    source = str(hello(tmp_path / "p"))
    until_settled()
    mainspring.build(source)
    code = f"import mainspring, sys\nprint(mainspring.build({source!r}).was_unchanged)\nprint(*sys.modules)"
    ended = run([sys.executable, "-c", code], tmp_path, env=_store_of_test())
    assert ended.out.startswith("True\n")
    assert not {"packaging", "shiv", "subprocess", "zipfile", "tempfile"} & set(ended.out.split())


def test_a_product_that_was_touched_removed_or_altered_is_noticed(tmp_path: Path) -> None:
    source = str(hello(tmp_path / "p"))
    until_settled()
    first = mainspring.build(source)
    os.utime(first.path, (1, 1))
    assert mainspring.build(source).was_unchanged
    os.unlink(first.path)
    assert not mainspring.build(source).was_unchanged
    product = Path(first.path)
    data = bytearray(product.read_bytes())
    data[len(data) // 2] ^= 1
    product.write_bytes(data)
    assert mainspring.build(source) == first
    assert hashlib.sha256(product.read_bytes()).hexdigest() == first.sha256
    if os.name != "nt":
        product.chmod(0o644)
        assert not mainspring.build(source).was_unchanged
        assert os.access(first.path, os.X_OK)


@pytest.mark.parametrize(
    "name",
    [
        "flit",
        # These take long to start, and do the same under every Python.
        *(pytest.param(name, marks=pytest.mark.skipif(not SLOW, reason=WHY)) for name in ("hatchling", "setuptools")),
    ],
)
def test_after_any_change_it_is_as_if_it_was_built_anew(tmp_path: Path, name: str) -> None:
    files = {"src/hello/__init__.py": HELLO.format(module="json"), "src/hello/more.py": "word = 1\n"}
    source = project(tmp_path / "p", files, backend=name)
    edits: Dict[str, Callable[[], Any]] = {
        "a source": lambda: (source / "src/hello/more.py").write_text("word = 2\n"),
        "a new file": lambda: (source / "src/hello/other.py").write_text("word = 3\n"),
        "a removed file": lambda: (source / "src/hello/more.py").unlink(),
    }
    until_settled()
    seen = [mainspring.build(str(source)).sha256]
    for edit in edits.values():
        edit()
        until_settled()
        made = mainspring.build(str(source))
        anew = mainspring.build(shutil.copytree(str(source), str(tmp_path / f"copy {len(seen)}")), "anew.pyz")
        assert (made.sha256, made.was_unchanged) == (anew.sha256, False)
        seen.append(made.sha256)
    assert len(set(seen)) == len(seen)
    assert not [path.name for path in source.rglob("*") if path.name in ("build", "dist") or "egg-info" in path.name]


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("dist/app.js", '[tool.mainspring]\ndata = ["dist/*.js"]\n'),
        ("../first.py", '[tool.mainspring]\npreamble = "../first.py"\n'),
        ("build/__init__.py", ""),
        ("pp/node_modules/a.js", ""),
    ],
)
def test_a_change_is_seen_wherever_the_file_lies(name: str, settings: str, tmp_path: Path) -> None:
    source = hello(tmp_path / "p", more=settings)
    own = source / "own_backend.py"
    own.write_text(own.read_text().replace('("hello.", ', '("hello.", "build/", "pp/", '))
    write_tree(source, {name: "", "pp/__init__.py": ""})
    for text in ("'first'", "'other'"):
        (source / name).write_text(text)
        until_settled()
        made = mainspring.build(str(source))
        with zipfile.ZipFile(made.path) as opened:
            found = [opened.read(one).decode() for one in opened.namelist() if one.endswith(name.lstrip("./"))]
        assert (found, made.was_unchanged) == ([text], False)
    until_settled()
    assert mainspring.build(str(source)).was_unchanged


def test_a_version_that_the_environment_says_reaches_the_backend_and_is_seen_when_it_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = hello(tmp_path / "p")
    own = source / "own_backend.py"
    own.replace(source / "inner.txt")
    own.write_text(
        "import os\nversion = os.environ['SETUPTOOLS_SCM_PRETEND_VERSION']\n"
        "exec(open('inner.txt').read().replace('1.2', version))\n"
    )
    settings = source / "pyproject.toml"
    settings.write_text(settings.read_text().replace('version = "1.2"\n', 'dynamic = ["version"]\n'))
    until_settled()
    for version in ("2.1", "3.1"):
        monkeypatch.setenv("SETUPTOOLS_SCM_PRETEND_VERSION", version)
        made = mainspring.build(str(source))
        assert (made.version, made.was_unchanged) == (version, False)
    assert mainspring.build(str(source)).was_unchanged


@pytest.mark.skipif(os.name == "nt", reason="there are no such modes")
def test_a_source_that_becomes_executable_is_so_in_the_bundle(tmp_path: Path) -> None:
    source = hello(tmp_path / "p", backend="flit")
    until_settled()
    mainspring.build(str(source))
    (source / "hello.py").chmod(0o755)
    until_settled()
    made = mainspring.build(str(source))
    anew = mainspring.build(shutil.copytree(str(source), str(tmp_path / "copy")), "anew.pyz")
    assert made.sha256 == anew.sha256


def test_an_entry_that_cannot_be_compiled_is_refused_with_its_line(tmp_path: Path) -> None:
    source = project(tmp_path / "p", {"hello.py": "import sys\ndef main(: pass\n"})
    assert "p: entry: hello.py, line 2 is no Python that this one reads: " in refused(source)


def test_nothing_is_said_of_what_the_projects_files_would_be_warned_of(tmp_path: Path) -> None:
    source = project(tmp_path / "p", {"hello.py": "x = '\\d'\n" + HELLO.format(module="json")})
    assert command(str(source)).err.count("Warning") == 0


def test_a_changed_source_is_put_into_the_last_wheel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = hello(tmp_path / "p", backend="flit")
    until_settled()
    mainspring.build(str(source))
    (source / "hello.py").write_text("def main():\n    print('changed')\n")
    until_settled()
    with monkeypatch.context() as meanwhile:
        meanwhile.setattr("subprocess.run", None)  # no backend can be asked
        made = mainspring.build(str(source))
    assert by_python(made.path) == (0, "changed\n", "")


def test_a_version_that_a_source_says_is_read_again(tmp_path: Path) -> None:
    source = hello(tmp_path / "p", backend="flit")
    text = (source / "pyproject.toml").read_text()
    (source / "pyproject.toml").write_text(text.replace('version = "1.2"\n', 'dynamic = ["version"]\n'))
    (source / "hello.py").write_text("__version__ = '5'\ndef main(): pass\n")
    until_settled()
    assert mainspring.build(str(source)).version == "5"
    (source / "hello.py").write_text("__version__ = '6'\ndef main(): pass\n")
    until_settled()
    assert mainspring.build(str(source)).version == "6"


@pytest.mark.parametrize(
    "damage", [lambda data: data[:-1], lambda data: data[:-400] + b"\1" + data[-399:], lambda _: b""]
)
def test_what_is_damaged_in_the_store_is_made_anew(tmp_path: Path, store: Path, damage: Any) -> None:
    source = hello(tmp_path / "p", dependencies=["idna"])
    first = mainspring.build(str(source))
    for path in (store / "builds-1").iterdir():
        path.write_bytes(damage(path.read_bytes()))
    again = mainspring.build(str(source), "again.pyz")
    assert (again.sha256, again.was_unchanged) == (first.sha256, False)


# Settings and options


def test_settings_say_what_options_can_say_otherwise(tmp_path: Path) -> None:
    files = {"hello.py": HELLO.format(module="json"), "assets/a.txt": "a", "assets/b.md": "b", "hello_data/x.txt": "x"}
    tool = '[tool.mainspring]\nexclude = ["*.md"]\ndata = ["assets", "hello_data/*.txt"]\npython = "/opt/python -E"\n'
    source = project(tmp_path / "p", files, more=tool)
    made = mainspring.build(str(source))
    own = {name for name in contents(made.path) if name.startswith("site-packages/") and "hello" not in name[14:19]}
    assert own == {"site-packages/assets/a.txt", "site-packages/bin/hello"}
    assert "site-packages/hello_data/x.txt" in contents(made.path)
    assert Path(made.path).read_bytes().startswith(b"#!/opt/python -E\n")
    other = mainspring.build(str(source), shebang="/usr/bin/python3", exclude=["assets"])
    assert Path(other.path).read_bytes().startswith(b"#!/usr/bin/python3\n")
    assert "site-packages/assets/a.txt" not in contents(other.path)


def test_dependencies_can_be_excluded_in_part(tmp_path: Path) -> None:
    source = hello(tmp_path / "p", dependencies=["idna"])
    made = mainspring.build(str(source), exclude=["idna/codec.py", "idna-*"])
    found = contents(made.path)
    assert "site-packages/idna/core.py" in found and "site-packages/idna/codec.py" not in found
    assert not [name for name in found if "idna-" in name]


def test_what_is_excluded_is_not_recorded_as_if_it_were_there(tmp_path: Path) -> None:
    source = hello(tmp_path / "p", dependencies=["idna"])
    made = mainspring.build(str(source), exclude=["idna/codec.py", "hello-*/WHEEL"])
    assert not [warning for warning in mainspring.inspect(made.path).warnings if warning.kind in ("missing", "altered")]
    record = next(text for name, text in contents(made.path).items() if "idna-" in name and name.endswith("/RECORD"))
    assert b"idna/core.py" in record and b"idna/codec.py" not in record


def test_extras_and_groups_are_built_in_when_wanted(tmp_path: Path) -> None:
    more = '[project.optional-dependencies]\nnames = ["idna"]\n[dependency-groups]\ndev = ["iniconfig"]\n'
    source = str(hello(tmp_path / "p", more=more))
    found = {
        name.split("/")[1]
        for name in contents(mainspring.build(source, extras=["names"], groups=["dev"]).path)
        if name.count("/") > 1
    }
    assert {"idna", "iniconfig"} <= found
    assert mainspring.build(source).layer == ""
    with pytest.raises(Mistakes, match="(?s)no extra 'other'.*no dependency group 'tests'"):
        mainspring.build(source, extras=["other"], groups=["tests"])


def test_a_preamble_runs_before_the_program(tmp_path: Path) -> None:
    source = hello(tmp_path / "p")
    (source / "first.py").write_text("import sys\nprint('first', env.preamble, site_packages.is_dir())\n")
    made = mainspring.build(str(source), preamble=str(source / "first.py"))
    assert by_python(made.path).out.startswith("first first.py True\nhello []")
    assert by_mainspring(made.path).out.startswith("first first.py True\nhello []")


def test_a_preamble_of_the_same_name_elsewhere_is_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = hello(tmp_path / "p")
    write_tree(tmp_path, {f"{name}/first.py": f"print('first of {name}')\n" for name in ("a", "b")})
    for name in ("a", "b"):
        monkeypatch.chdir(tmp_path / name)
        made = mainspring.build(str(source), str(tmp_path / "app.pyz"), preamble="first.py")
        assert by_python(made.path).out.startswith(f"first of {name}\n")


def test_extras_are_added_to_those_of_the_settings_as_in_a_run(tmp_path: Path) -> None:
    more = '[project.optional-dependencies]\nnames = ["idna"]\nmore = ["iniconfig"]\n[tool.mainspring]\nextras = ["names"]\n'
    made = mainspring.build(str(hello(tmp_path / "p", more=more)), extras=["more"])
    assert {"idna", "iniconfig"} <= {name.split("/")[1] for name in contents(made.path) if name.count("/") > 1}


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="other systems have no such names")
def test_data_whose_name_is_no_text_is_refused(tmp_path: Path) -> None:
    source = hello(tmp_path / "p")
    (source / "assets").mkdir()
    (source / "assets" / os.fsdecode(b"\xe9.txt")).write_text("")
    assert "data: 'assets/\\udce9.txt' has a name that is no text" in refused(source, data=["assets"])


def test_a_preamble_that_could_not_run_is_refused(tmp_path: Path) -> None:
    source = hello(tmp_path / "p")
    (source / "first").write_text("print(1)\n")
    assert "is no program: its name does not end in .py" in refused(source, preamble=str(source / "first"))
    (source / "hello").write_text("#!/bin/sh\n")
    assert "the project has a script named 'hello', too" in refused(source, preamble=str(source / "hello"))


# What cannot be built is refused, and leaves everything as it was


def refused(source: Path, *words: str, **options: Any) -> str:
    """Give the words in which a build is refused."""
    with pytest.raises(Refusal) as caught:
        mainspring.build(str(source), typed="p", **options)
    return str(caught.value)


def test_every_mistake_of_a_command_line_is_told_at_once(tmp_path: Path) -> None:
    ended = command("--foo", "a", "b", "--extra")
    lines = ended.err.splitlines()
    assert (ended.status, ended.out) == (2, "")
    assert [line.partition("mainspring: ")[2] for line in lines[:-1]] == [
        "--foo: unknown option of build",
        "--extra: its value is missing",
        "b: only one PROJECT can be built",
    ]
    assert lines[-1].startswith("hint: usage: mainspring build")


def test_every_mistake_of_a_project_is_told_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = hello(tmp_path / "p")
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "yesterday")
    told = refused(source, output="nowhere/x.pyz", shebang="a\nb", extras=["x"])
    assert len(told.splitlines()) == 4
    for words in ("no extra 'x'", "shebang:", "there is no directory", "SOURCE_DATE_EPOCH=yesterday"):
        assert words in told


@pytest.mark.parametrize(
    "entry, words",
    [
        ("nothing", "there is no module 'nothing'"),
        ("hello:nothing", "hello.py defines no 'nothing'"),
        ("hello.sub:main", "there is no module 'hello.sub'"),
        ("not a name", "is no script, no module"),
        ("hello:", "is no script, no module"),
    ],
)
def test_an_entry_that_is_not_there_is_refused(tmp_path: Path, entry: str, words: str) -> None:
    assert words in refused(hello(tmp_path / "p"), entry=entry)
    assert os.listdir(str(tmp_path)) == ["p"]


def test_one_string_is_not_taken_for_several_words(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match="expected several words, as .'fast'."):
        mainspring.build(hello(tmp_path / "p"), extras="fast")


@pytest.mark.parametrize("shebang", ["3.12", "python3", " ", "/a\nb", "/" + 127 * "x"])
def test_a_shebang_is_a_path_on_one_line(tmp_path: Path, shebang: str) -> None:
    assert "shebang:" in refused(hello(tmp_path / "p"), shebang=shebang)


def test_it_has_to_be_clear_what_starts(tmp_path: Path) -> None:
    source = hello(tmp_path / "p", scripts='a = "hello:main"\nb = "hello:main"')
    assert "it is not clear what starts" in refused(source) and "a, b" in refused(source)


@pytest.mark.parametrize(
    "scripts, package, is_clear",
    [
        ('a = "a:b"\nb = "a:b"', "other/__main__.py", False),
        ("", "other/__init__.py", False),
        ("", "other/__main__.py", True),
        ("", "hello.py", True),
        ('hello = "a:b"', "other/__init__.py", True),
    ],
)
def test_that_it_is_not_clear_is_said_before_anything_is_made(
    scripts: str, package: str, is_clear: bool, tmp_path: Path
) -> None:
    source = project(tmp_path / "p", {"hello/__init__.py": "", package: ""}, scripts=scripts)
    (source / "own_backend.py").write_text("def build_wheel(*_, **more):\n    raise ValueError('it was asked')\n")
    assert ("it is not clear what starts" in refused(source)) is not is_clear
    assert ("it was asked" in refused(source)) is is_clear


@pytest.mark.parametrize(
    "source, is_there",
    [
        ("def main(): pass", True),
        ("async def main(): pass", True),
        ("try:\n    from x import main\nexcept ImportError:\n    main = None", True),
        ("from x import *", True),
        ("def __getattr__(name): pass", True),
        ("globals()['ma' + 'in'] = 1", True),
        ("import a.main", False),
        ("def other():\n    main = 1", False),
        ("main", False),
    ],
)
def test_an_entry_is_looked_up_without_an_import(source: str, is_there: bool) -> None:
    assert entry_points._defines(source.encode(), "main") == is_there


IMPORTS = {
    "import nowhere": "hello/cli.py imports 'nowhere'",
    "from nowhere.x import y": "hello/cli.py imports 'nowhere.x'",
    "from .other import y": "hello/cli.py imports 'hello.other'",
    "import hello.other": "hello/cli.py imports 'hello.other'",
    "from . import inner\nfrom .inner import x\nimport json, hello.inner, zlib, os.path": None,
    "import __main__, test.support": None,
    "import sys\nsys.path.insert(0, __file__.replace('cli.py', 'inner'))\nimport beside": None,
    "try:\n    import nowhere\nexcept ImportError:\n    pass": None,
    "def late():\n    import nowhere": None,
}


@pytest.mark.parametrize("text", IMPORTS)
def test_what_an_entry_imports_in_any_case_has_to_be_there(tmp_path: Path, text: str) -> None:
    files = {
        "hello/__init__.py": "from . import inner",
        "hello/inner/__init__.py": "x = 1",
        "hello/inner/beside.py": "",
        "hello/cli.py": f"{text}\ndef main(): pass\n",
    }
    source = project(tmp_path / "p", files, scripts='hello = "hello.cli:main"')
    if IMPORTS[text] is None:
        assert by_python(mainspring.build(str(source)).path) == (0, "", "")
    else:
        assert f"entry: {IMPORTS[text]}, which is neither in the bundle nor in" in refused(source)
        assert os.listdir(str(tmp_path)) == ["p"]


def test_mistakes_of_the_settings_and_of_the_options_are_told_together(tmp_path: Path) -> None:
    source = hello(tmp_path / "p", more="[tool.mainspring]\nentri = 1\ncompressed = 'x'\n")
    told = refused(source, output="nowhere/x.pyz", shebang="a\nb", platform="linux").splitlines()
    assert [line.split(": ")[2] for line in told] == [
        *("pyproject.toml", "pyproject.toml", "platform", "shebang", "output")
    ]


def test_mistakes_of_the_options_are_told_together(tmp_path: Path) -> None:
    told = refused(hello(tmp_path / "p"), groups=["q"], preamble="no.py", data=["no"], lock="no.lock").splitlines()
    assert [line.split(": ", 2)[2].partition(" '")[0] for line in told] == [
        *("preamble: there is no file", "lock: there is no file", "it has no dependency group", "data:")
    ]


def test_data_may_be_what_the_build_backend_makes(tmp_path: Path) -> None:
    source = hello(tmp_path / "p", more='[tool.mainspring]\ndata = ["made.txt"]\n')
    backend = source / "own_backend.py"
    making = "config_settings=None, metadata_directory=None):\n"
    backend.write_text(backend.read_text().replace(making, f'{making}    open("made.txt", "w").write("made")\n'))
    assert "site-packages/made.txt" in contents(mainspring.build(str(source)).path)


def test_a_preamble_of_the_settings_has_to_be_a_program(tmp_path: Path) -> None:
    source = hello(tmp_path / "p", more='[tool.mainspring]\npreamble = "notes.txt"\n')
    write_tree(source, {"notes.txt": "no program\n"})
    assert "is no program" in refused(source)


def test_nothing_is_printed_by_the_library(tmp_path: Path, capfd: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    monkeypatch.setattr("mainspring.progress._PATIENCE", 0.0)
    mainspring.build(str(hello(tmp_path / "p", dependencies=["idna"])))
    assert capfd.readouterr() == ("", "")


def test_a_project_that_only_its_backend_knows_is_built_with_what_it_depends_on(tmp_path: Path) -> None:
    files = {"hello.py": HELLO.format(module="idna"), "setup.cfg": ""}
    source = project(tmp_path / "p", files)
    (source / "pyproject.toml").write_text(
        '[build-system]\nrequires = []\nbuild-backend = "own_backend"\nbackend-path = ["."]\n'
    )
    backend = source / "own_backend.py"
    backend.write_text(backend.read_text().replace("Version: 1.2\\n", "Version: 1.2\\nRequires-Dist: idna\\n"))
    until_settled()
    made = mainspring.build(str(source))
    assert (made.name, made.version, made.entry) == ("hello", "1.2", "hello:main")
    assert by_python(made.path) == (0, "hello [] True None\n", "")
    assert mainspring.build(str(source)) == made._replace(was_unchanged=True)


def test_a_directory_that_is_no_project_is_refused(tmp_path: Path) -> None:
    assert "it is no directory" in refused(tmp_path / "nowhere")
    assert "pyproject.toml" in refused(write_tree(tmp_path / "p", {"x.py": ""}))


def test_a_backend_that_fails_is_named_with_its_last_words(tmp_path: Path) -> None:
    source = hello(tmp_path / "p", backend="flit")
    (source / "hello.py").unlink()
    told = refused(source)
    assert "its build backend, flit_core.buildapi, failed" in told and "hint: it says: " in told


@pytest.mark.skipif(os.name == "nt", reason="needs pipes and links")
def test_nothing_is_written_over_but_a_bundle(tmp_path: Path) -> None:
    source = hello(tmp_path / "p")
    os.mkfifo(str(tmp_path / "pipe"))
    (tmp_path / "notes").write_text("precious")
    write_zip(tmp_path / "thesis.docx", {"word/document.xml": "<w/>"})
    for place in ("pipe", "notes", "p/pyproject.toml", "thesis.docx"):
        with pytest.raises(Refusal, match="is there, and no bundle; it would be lost"):
            mainspring.build(str(source), str(tmp_path / place))
    assert (tmp_path / "pipe").is_fifo() and (tmp_path / "notes").read_text() == "precious"
    assert zipfile.ZipFile(str(tmp_path / "thesis.docx")).namelist() == ["word/document.xml"]
    (tmp_path / "empty").write_text("")
    (tmp_path / "link").symlink_to("empty")
    assert mainspring.build(str(source), str(tmp_path / "link")).path == str(tmp_path / "empty")
    assert (tmp_path / "link").is_symlink() and zipfile.is_zipfile(str(tmp_path / "empty"))


@pytest.mark.parametrize("pattern", ["/", "/etc/host*", "../*.txt", "a/../../x"])
def test_data_that_lie_elsewhere_are_not_even_looked_for(tmp_path: Path, pattern: str) -> None:
    source = hello(tmp_path / "p")
    write_tree(tmp_path, {"x.txt": "", "x": ""})
    assert f"data: {pattern!r} matches no file of the project" in refused(source, data=[pattern])


def test_a_refusal_goes_from_one_process_to_another_as_it_is(tmp_path: Path) -> None:
    write_tree(tmp_path, {"p/pyproject.toml": "[project]\nname = 3\n[tool.mainspring]\nextras = 4\n"})
    with pytest.raises(Mistakes) as caught:
        mainspring.build(str(tmp_path / "p"))
    again = pickle.loads(pickle.dumps(caught.value))
    assert (type(again), str(again), again.mistakes) == (Mistakes, str(caught.value), caught.value.mistakes)


def test_a_build_that_fails_leaves_the_last_product_and_nothing_else(tmp_path: Path) -> None:
    source = hello(tmp_path / "p")
    made = mainspring.build(str(source))
    (source / "hello.py").write_text("def other(): pass\n")
    assert "hello.py defines no 'main'" in refused(source)
    assert hashlib.sha256(Path(made.path).read_bytes()).hexdigest() == made.sha256
    assert sorted(os.listdir(str(tmp_path))) == ["hello.pyz", "p"]


def test_what_a_killed_build_left_is_removed_by_a_later_one(tmp_path: Path) -> None:
    old, young, users = (
        temporaries.path_in("", ".mainspring-"),
        temporaries.path_in("", ".mainspring-"),
        ".mainspring-notes",
    )
    for name in (old, young, users):
        write_tree(tmp_path, {f"{name}/hello.pyz": "half"})
        (tmp_path / name).chmod(0o700)
        os.utime(str(tmp_path / name), None if name == young else (1, 1))
    mainspring.build(str(hello(tmp_path / "p")))
    assert sorted(os.listdir(str(tmp_path))) == sorted([young, users, "hello.pyz", "p"])


def test_a_file_that_the_project_and_a_dependency_have_is_refused(tmp_path: Path) -> None:
    source = project(
        tmp_path / "p",
        {"hello.py": HELLO.format(module="json"), "idna/core.py": "mine"},
        ["idna"],
        '[tool.mainspring]\ndata = ["idna"]\n',
    )
    assert "both have a file idna/core.py" in refused(source)
    assert mainspring.build(str(source), exclude=["idna/core.py"]).members > 1


def test_a_python_that_the_project_does_not_want_is_refused(tmp_path: Path) -> None:
    source = hello(tmp_path / "p")
    text = (source / "pyproject.toml").read_text()
    (source / "pyproject.toml").write_text(text.replace("[project]\n", '[project]\nrequires-python = ">=4"\n'))
    assert "it needs Python >=4, and this is Python 3." in refused(source)


@pytest.mark.parametrize("asked, is_right", [("<{}.9", True), (">={}.4", True), ("!={}.*", False)])
def test_a_target_fits_if_any_of_its_releases_does(tmp_path: Path, asked: str, is_right: bool) -> None:
    other = "3.12" if sys.version_info[:2] == (3, 11) else "3.11"
    asked = asked.format(other)
    source = hello(tmp_path / "p")
    text = (source / "pyproject.toml").read_text()
    (source / "pyproject.toml").write_text(text.replace("[project]\n", f'[project]\nrequires-python = "{asked}"\n'))
    if is_right:
        assert mainspring.build(str(source), python=other).members > 1
    else:
        assert f"it needs Python {asked}, and it is to be built for Python {other}" in refused(source, python=other)


def test_data_below_a_source_root_lie_beside_its_modules_however_they_are_written(tmp_path: Path) -> None:
    write_tree(tmp_path, {"pyproject.toml": "[project]\nname='hello'\nversion='1'\n", "src/hello/__init__.py": ""})
    write_tree(tmp_path, {"src/hello/a.sql": "", "src/hello/more/b.txt": "", "c.sql": ""})
    project = settings.read(str(tmp_path))
    found = installed.data_files(project, ["./src//hello/*.sql", "src/./hello/more", "./c.sql"])
    assert sorted(found) == ["c.sql", "hello/a.sql", "hello/more/b.txt"]


def test_a_bundle_on_another_drive_of_windows_is_told_by_its_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def on_other_drives(path: str) -> str:
        raise ValueError(f"path is on mount 'D:', start on mount 'C:': {path}")

    with monkeypatch.context() as patch:
        patch.chdir(tmp_path)
        assert build_command._shown(str(tmp_path / "app.pyz")) == "app.pyz"
        patch.setattr(os.path, "relpath", on_other_drives)
        assert build_command._shown(str(tmp_path / "app.pyz")) == str(tmp_path / "app.pyz")


def test_data_that_is_not_there_or_elsewhere_is_refused(tmp_path: Path) -> None:
    write_tree(tmp_path, {"secret": "x"})
    told = refused(hello(tmp_path / "p"), data=["*.none", "../secret"])
    assert "'*.none' matches no file" in told and "'../secret' matches no file" in told


def test_the_hashes_of_a_lock_file_are_enforced(tmp_path: Path) -> None:
    source = hello(tmp_path / "p", dependencies=["idna"])
    good = "0f1d6c9a" * 8
    (source / "requirements.txt").write_text(f"idna==3.10 --hash=sha256:{good}\n")
    assert "a hash differs" in refused(source)
    right = "946d195a0d259cbba61165e88e65941f16e9b36ea6ddb97f00452bae8b1287d3"
    (source / "requirements.txt").write_text(f"idna==3.10 --hash=sha256:{right}\n")
    found = contents(mainspring.build(str(source)).path)
    assert "site-packages/idna-3.10.dist-info/METADATA" in found


def test_a_lock_file_may_have_any_name(tmp_path: Path) -> None:
    source = hello(tmp_path / "p", dependencies=["idna"])
    (source / "locked.txt").write_text(f"idna==3.10 --hash=sha256:{'0f1d6c9a' * 8}\n")
    assert "a hash differs" in refused(source, lock=str(source / "locked.txt"))
    assert mainspring.build(str(source)).members > 1


def test_offline_it_makes_do_with_what_was_installed_before(tmp_path: Path) -> None:
    env = {"MAINSPRING_CACHE_DIR": str(tmp_path / "store")}
    source = hello(tmp_path / "p", dependencies=["idna"])
    without = command("--offline", str(source), env=env)
    assert (without.status, without.out) == (2, "")
    assert without.err.startswith(f"mainspring: {source}: ")
    assert command(str(source), env=env).status == 0
    (source / "hello.py").write_text((source / "hello.py").read_text() + "# changed\n")
    assert command("--offline", str(source), env=env).status == 0


# Other targets


@pytest.mark.skipif(sys.version_info < (3, 9), reason="its pip does not take wheels that are not for it, either")
def test_a_bundle_can_be_for_another_python_and_platform(tmp_path: Path) -> None:
    source = str(hello(tmp_path / "p", dependencies=["markupsafe==3.0.2"]))
    for python, platform, suffix in [
        ("3.11", "manylinux_2_17_x86_64", "cpython-311-x86_64-linux-gnu.so"),
        ("3.12", "win_amd64", "cp312-win_amd64.pyd"),
    ]:
        made = mainspring.build(source, python=python, platform=platform)
        assert f"site-packages/markupsafe/_speedups.{suffix}" in contents(made.path)


def test_a_wheel_that_is_missing_for_a_target_is_named(tmp_path: Path) -> None:
    source = hello(tmp_path / "p", dependencies=["markupsafe==3.0.2"])
    told = refused(source, python="3.12", platform="manylinux_2_17_s390")
    assert "there is no wheel of markupsafe==3.0.2 for Python 3.12 on manylinux_2_17_s390" in told
    told = refused(source, python="2", platform="linux")
    assert "python: '2' is no version" in told and "platform: 'linux' is none" in told


def test_what_a_target_needs_and_pip_leaves_out_is_named(tmp_path: Path) -> None:
    source = hello(tmp_path / "p", dependencies=["click==8.1.8"])  # which needs colorama on Windows
    if shutil.which("uv") is None:
        assert "on Python 3.12 on win_amd64 it also needs colorama" in refused(
            source, python="3.12", platform="win_amd64"
        )


# The command


def test_the_command_tells_the_hash(tmp_path: Path) -> None:
    hello(tmp_path / "p")
    until_settled()
    ended = command("p", "-o", "x.pyz")
    digest = hashlib.sha256((tmp_path / "x.pyz").read_bytes()).hexdigest()
    assert (ended.status, ended.err) == (0, "")
    assert ended.out.splitlines()[1] == f"sha256:{digest}"
    assert ended.out.startswith("x.pyz: built, hello 1.2, starts hello:main, ")
    assert command("p", "-o", "x.pyz").out.startswith("x.pyz: unchanged, ")
    told = json.loads(command("p", "--output=x.pyz", "--json").out)
    assert (told["sha256"], told["was_unchanged"]) == (digest, True)


def test_the_command_has_help_and_refuses_in_one_line(tmp_path: Path) -> None:
    assert command("--help").out.startswith("usage: mainspring build")
    ended = command("nowhere")
    assert ended == (2, "", "mainspring: nowhere: it is no directory; expected a project, with a pyproject.toml\n")


# Snapshots


def test_a_snapshot_has_all_files_but_those_that_are_made(tmp_path: Path) -> None:
    names = ["a.py", "src/x/build/b.py", ".gitignore", "LICENSE"]
    others = [
        "build/x.py",
        "x.egg-info/a",
        ".git/config",
        "venv/pyvenv.cfg",
        "e/pyvenv.cfg",
        "e/x.py",
        "__pycache__/a.pyc",
    ]
    write_tree(tmp_path, {name: "" for name in [*names, *others]})
    assert sorted(snapshots.take(str(tmp_path)).files) == sorted(names)


# scripts/build-and-run


def and_run(*words: str, stdin: str = "") -> Ended:
    script = [sys.executable, str(ROOT / "scripts" / "build-and-run")]
    return run([*script, *words], Path.cwd(), stdin=stdin, env=_store_of_test())


def test_build_and_run_passes_everything_through(tmp_path: Path) -> None:
    text = "import sys\ndef main():\n    print(sys.argv[1:], sys.stdin.read())\n    print('e', file=sys.stderr)\n    return 7\n"
    project(tmp_path / "p", {"hello.py": text})
    until_settled()
    ended = and_run("p", "--help", "-o", "x y", stdin="input")
    assert (ended.status, ended.out) == (7, "['--help', '-o', 'x y'] input\n")
    assert ended.err.splitlines()[0].endswith(hashlib.sha256((tmp_path / "p/dist/hello.pyz").read_bytes()).hexdigest())
    assert and_run("p", stdin="i") == (7, "[] i\n", "e\n")


def test_build_and_run_refuses_in_one_line(tmp_path: Path) -> None:
    ended = and_run("-o", "x.pyz", "nowhere")
    assert ended == (2, "", "mainspring: nowhere: it is no directory; expected a project, with a pyproject.toml\n")


def test_build_and_run_takes_what_follows_two_dashes_for_a_project_and_its_arguments(tmp_path: Path) -> None:
    project(tmp_path / "-p", {"hello.py": "import sys\ndef main():\n    print(sys.argv[1:])\n"})
    ended = and_run("--", "-p", "--weird", "--watch")
    assert (ended.status, ended.out) == (0, "['--weird', '--watch']\n")


def test_build_and_run_says_how_it_is_called_behind_other_options(tmp_path: Path) -> None:
    ended = and_run("--watch", "--help")
    assert (ended.status, ended.err) == (0, "") and "scripts/build-and-run [--watch]" in ended.out


@pytest.mark.skipif(os.name == "nt", reason="needs signals")
def test_an_interrupted_build_says_nothing_more(tmp_path: Path) -> None:
    source = project(tmp_path / "p", {"hello.py": ""})
    begun = tmp_path / "begun"
    (source / "own_backend.py").write_text(
        f"import time\ndef build_wheel(*_, **more):\n    open({str(begun)!r}, 'w').close()\n    time.sleep(60)\n"
    )
    script = [sys.executable, str(ROOT / "scripts" / "build-and-run"), "p"]
    environ = {**clean_environment(), **_store_of_test()}
    with subprocess.Popen(
        script, cwd=str(tmp_path), env=environ, stderr=subprocess.PIPE, start_new_session=True
    ) as process:
        while not begun.exists():
            time.sleep(0.01)
        os.killpg(process.pid, signal.SIGINT)
        _, said = process.communicate(timeout=60)
    assert (process.returncode, b"Traceback" in said) == (-signal.SIGINT, False)
