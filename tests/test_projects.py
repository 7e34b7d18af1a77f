"""Projects, and scripts that say what they need: what they say, how they start, and what later starts are spared."""

import json
import os
import random
import re
import shutil
import sys
from pathlib import Path
from typing import Any, Dict, List, Optional

import pytest

import mainspring
from mainspring.projects import blocks, choices, dynamic_metadata, locks, reading, regular_files, settings
from mainspring.runtime import Refusal, interpreter
from projects_bench import PROJECTS, Bench, needs_installer
from support import MAINSPRING, PYTHON, Ended, run, until_settled, write_tree

MINIMAL = '[project]\nname = "app"\nversion = "1.0"\n'


@pytest.fixture(scope="module")
def shared_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("shared") / "store"


@pytest.fixture
def bench(tmp_path: Path, shared_store: Path) -> Bench:
    place = tmp_path / "place"
    place.mkdir()
    return Bench(place, shared_store)


def _read(tmp_path: Path, text: str, files: Dict[str, Any]) -> settings.Project:
    write_tree(tmp_path, {"pyproject.toml": text, **files})
    return settings.read(str(tmp_path))


def _mistakes(tmp_path: Path, text: str) -> List[str]:
    with pytest.raises(reading.Mistakes) as caught:
        _read(tmp_path, text, {})
    return caught.value.mistakes


# What a project says of itself


BROKEN = {
    "bad-toml": ["pyproject.toml: it is no TOML; "],
    "unknown-keys": [
        "pyproject.toml: project.requires-python: '3.8' cannot be read; expected a specifier of versions, as >=3.8",
        "pyproject.toml: project.dependencies: 'click ?' cannot be read; expected a requirement, as name>=1.0",
        "pyproject.toml: tool.mainspring.entri: it is not known; expected one of compressed, data, entry, exclude, ",
        "pyproject.toml: tool.mainspring.compressed: it is the string 'yes'; expected true or false",
        "pyproject.toml: tool.mainspring.groups: there is no 'dev'; there are none at all",
    ],
    "no-entry": ["pyproject.toml: tool.mainspring.entry: there is no module 'nowhere.cli'; expected a module in the "],
    "circles": [
        "pyproject.toml: project.optional-dependencies.one: it requires itself, by way of one -> two -> one; expected ",
        "pyproject.toml: dependency-groups.here: it includes itself, by way of here -> there -> here; expected no ",
    ],
}


@pytest.mark.parametrize("name", sorted(BROKEN))
def test_a_broken_project_is_refused_with_all_its_mistakes_and_nothing_of_it_runs(name: str, bench: Bench) -> None:
    bench.copy(f"broken/{name}")
    ended = bench.start(name)
    lines = [line for line in ended.err.splitlines() if not line.startswith("hint: ")]
    assert (ended.status, ended.out, len(lines)) == (2, "", len(BROKEN[name]))
    for line, expected in zip(lines, BROKEN[name]):
        assert line.startswith(f"mainspring: {name}: {expected}")


def test_a_path_is_no_place_of_a_requirement_whatever_it_is_relative_to(tmp_path: Path) -> None:
    table = '[project]\nname = "app"\nversion = "1"\ndependencies = ["near @ ./near", "far @ file:///far"]\n'
    told = "'near @ ./near' names no URL; expected one as name @ file:///path"
    assert _mistakes(tmp_path, table) == [f"pyproject.toml: project.dependencies: {told}"]


@pytest.mark.parametrize("others", ["", ", other = 'app:main'"])
def test_an_entry_that_is_missing_in_its_own_package_is_named_before_anything_is_installed(
    others: str, bench: Bench
) -> None:
    lines = f"dependencies = ['nothing-of-this-name']\nscripts = {{app = 'app.gone:main'{others}}}\n"
    bench.write("app/pyproject.toml", f"{MINIMAL}{lines}")
    bench.write("app/app/__init__.py", "")
    reason = "pyproject.toml: project.scripts.app: there is no module 'app.gone'; expected a module in the project's directory"
    hint = "hint: --entry takes one of other; or a module, or module:function\n" if others else ""
    assert bench.start("app") == Ended(2, "", f"mainspring: app: {reason}\n{hint}")


@needs_installer
def test_a_requirement_that_cannot_be_met_is_refused_in_one_line(bench: Bench) -> None:
    bench.copy("broken/unmet")
    before = bench.layers()
    ended = bench.start("unmet")
    assert (ended.status, ended.out) == (2, "")
    line, hint = ended.err.splitlines()
    assert line == "mainspring: unmet: its dependencies cannot be installed"
    installer = "pip" if shutil.which("uv") is None else "uv"
    assert hint.startswith(f"hint: {installer} says: ") and "iniconfig>=999" in hint
    assert bench.layers() == before


WRONG = {
    'name = "app"': "project: the table is missing",
    '[project]\nversion = "1"': "project.name: it is missing",
    "[project]": "project.name: it is missing",
    '[project]\nname = "-"': "project.name: '-' is no name",
    "[project]\nname = 3": "project.name: it is 3; expected a string",
    f'{MINIMAL}dependencies = "rich"': "project.dependencies: it is the string 'rich'; expected a list of strings",
    f"{MINIMAL}dependencies = [1]": "project.dependencies: it is a list with 1; expected a list of strings",
    f'{MINIMAL}[project.scripts]\na = "b"': "project.scripts.a: 'b' names no function; expected module:function",
    f'{MINIMAL}[project.scripts]\n"a/b" = "b:c"': 'project.scripts."a/b": that is no name of a file',
    f'{MINIMAL}[project.scripts]\na = "b:1c"': "project.scripts.a: 'b:1c' names no function; expected module:function",
    f'{MINIMAL}[project.scripts]\n"a=" = "b:c"': 'project.scripts."a=": that is no name of a file',
    f'{MINIMAL}[project.scripts]\n" a" = "b:c"': 'project.scripts." a": that is no name of a file',
    f'{MINIMAL}[project.scripts]\n".." = "b:c"': 'project.scripts."..": that is no name of a file',
    f"{MINIMAL}entry-points = 1": "project.entry-points: it is 1; expected a table",
    f"{MINIMAL}entry-points.one.two = 1": "project.entry-points.one.two: it is 1; expected a string",
    f'{MINIMAL}entry-points.console_scripts.a = "b:c"': "project.entry-points.console_scripts: it is not for this ",
    f'{MINIMAL}dynamic = ["name"]': "project.dynamic: the name is not to be among them; expected it in project.name",
    f'{MINIMAL}[tool.mainspring]\nentry = ""': "tool.mainspring.entry: it is empty; expected a console script, a mod",
    f"{MINIMAL}[project.optional-dependencies]\na-b = []\na_b = []": "project.optional-dependencies.a_b: it is there twice",
    f'{MINIMAL}[dependency-groups]\nx = [{{include-group = "y"}}]': "dependency-groups.x: it includes 'y', which is ",
    f"{MINIMAL}[dependency-groups]\nx = [{{path = 1}}]": "dependency-groups.x: {'path': 1} is neither; expected a requ",
    f"{MINIMAL}[dependency-groups]\nx = []\nX = []": "dependency-groups.X: it is there twice",
    f"{MINIMAL}dependencies = ['a; os_name == \"\\x\"']": "project.dependencies: 'a; os_name == \"\\\\x\"' cannot be read",
    f"{MINIMAL}dependencies = ['''a @ file:///a\nother==1 ; python_version>'3\\'''']": "project.dependencies: ",
    f"{MINIMAL}[tool]\nmainspring = 1": "tool.mainspring: it is 1; expected a table",
    f'{MINIMAL}[tool.mainspring]\nextras = ["x"]': "tool.mainspring.extras: there is no 'x'",
    f'{MINIMAL}[tool.mainspring]\npreamble = "x.py"': "tool.mainspring.preamble: there is no file 'x.py'",
}


@pytest.mark.parametrize("text", WRONG)
def test_a_mistake_is_named_with_its_file_and_its_key(text: str, tmp_path: Path) -> None:
    [mistake] = _mistakes(tmp_path, text)
    assert mistake.startswith(f"pyproject.toml: {WRONG[text]}")


@pytest.mark.parametrize(
    "text",
    [
        f"[project]\nname = 'app'\n'{'x' * 5000}' = 1\nscripts = {{'{'x' * 5000}/' = 'a:b'}}\n",
        f"{MINIMAL}[tool.mainspring]\nextras = ['{'x' * 5000}']\n",
        f"{MINIMAL}[tool.mainspring]\npreamble = '{'x' * 5000}'\n",
        f"{MINIMAL}[dependency-groups]\nx = [{{include-group = '{'x' * 5000}'}}]\n",
    ],
    ids=["a key", "an extra", "a path", "a group"],
)
def test_a_mistake_is_told_in_a_line_of_some_length_whatever_is_written(text: str, tmp_path: Path) -> None:
    [mistake] = _mistakes(tmp_path, text)
    assert "xxx..." in mistake and len(mistake) < 400


def test_groups_have_what_they_include_under_any_form_of_the_name(tmp_path: Path) -> None:
    text = '[dependency-groups]\nBase_Tools = ["a", "b"]\ndev = ["c", {include-group = "base-tools"}, "a"]\n'
    found = _read(tmp_path, MINIMAL + text, {}).dependency_groups
    assert found == {"base-tools": ("a", "b"), "dev": ("c", "a", "b")}


def test_an_extra_that_the_project_requires_of_itself_is_resolved_with_its_marker(tmp_path: Path) -> None:
    text = "[project.optional-dependencies]\nall = [\"App[one]; os_name != 'nt'\", 'c']\none = ['b; os_name > \"a\"']\n"
    project = _read(tmp_path, MINIMAL + text, {})
    found = choices.requirements(project, ["all"], [])
    assert found == ['b; os_name > "a" and os_name != "nt"', "c"]


def _chained(first: str, following: str, number: int) -> str:
    return first + "".join(following.format(n, n - 1) for n in range(1, number))


INCLUDING = "g{0} = [{{include-group = 'g{1}'}}, {{include-group = 'g{1}'}}]\n"
WANTING = "g{0} = ['app[g{1}]', 'app[g{1}] ']\n"
MARKED = "g{0} = ['app[g{1}]; python_version > \"1\"', 'app[g{1}]; python_version > \"2\"']\n"


def test_groups_and_extras_that_take_each_other_in_by_many_ways_are_read_all_the_same(tmp_path: Path) -> None:
    text = MINIMAL + _chained("[project.optional-dependencies]\ng0 = ['b']\n", WANTING, 2000)
    project = _read(tmp_path, text + _chained("[dependency-groups]\ng0 = ['a']\n", INCLUDING, 2000), {})
    assert choices.requirements(project, ["g1999"], ["g1999"]) == ["b", "a"]


def test_what_is_more_than_anybody_would_write_is_refused(tmp_path: Path) -> None:
    [mistake] = _mistakes(
        tmp_path,
        MINIMAL + _chained("[dependency-groups]\ng0 = ['a']\n", "g{0} = ['b{0}', {{include-group = 'g{1}'}}]\n", 2000),
    )
    assert "more than 100,000 requirements" in mistake
    [mistake] = _mistakes(
        tmp_path, MINIMAL + _chained("[dependency-groups]\ng0 = [{include-group = 'g1999'}]\n", INCLUDING, 2000)
    )
    assert "it includes itself, by way of g0 -> g1999 -> " in mistake
    project = _read(tmp_path, MINIMAL + _chained("[project.optional-dependencies]\ng0 = ['b']\n", MARKED, 30), {})
    with pytest.raises(Refusal, match="more than anybody would write"):
        choices.requirements(project, ["g29"], [])


def test_an_extra_that_wants_one_that_is_not_there_is_taken_as_installers_take_it(tmp_path: Path) -> None:
    project = _read(tmp_path, f'{MINIMAL}[project.optional-dependencies]\nx = ["app[y,z]", "one"]\nz = ["two"]\n', {})
    assert choices.requirements(project, ["x"], []) == ["two", "one"]


@pytest.mark.parametrize(
    "table, reader",
    [
        (
            "dependencies = ['a @ file:///${PROJECT_ROOT}/a']\n[build-system]\nbuild-backend = 'pdm.backend'\n",
            "pdm.backend",
        ),
        ("dynamic = ['dependencies']\n[build-system]\nbuild-backend = 'hatchling.build'\n", "hatchling.build"),
        ("dynamic = ['dependencies']\n", ""),
    ],
)
def test_what_only_a_backend_makes_of_dependencies_it_is_asked_for(table: str, reader: str, tmp_path: Path) -> None:
    files = "[tool.setuptools.dynamic]\ndependencies = {file = 'needs.txt'}\n"
    project = _read(tmp_path, f"{MINIMAL}{table}{files}", {"needs.txt": "rich\n"})
    assert (dynamic_metadata.asks(project), project.dependencies == ("rich",)) == (reader, not reader)


def test_dependencies_that_setuptools_reads_from_a_file_are_read(tmp_path: Path) -> None:
    text = 'dynamic = ["dependencies"]\n[tool.setuptools.dynamic]\ndependencies = {file = ["needs.txt"]}\n'
    project = _read(tmp_path, MINIMAL + text, {"needs.txt": "# all\nrich>=13  # for show\n\nclick\n"})
    assert project.dependencies == ("rich>=13", "click")


ROOTS = {
    "src": ("", {"src/app/__init__.py": ""}, ["src"]),
    "src-of-another-name": ("", {"src/thing.py": ""}, ["src"]),
    "flat": ("", {"app/__init__.py": "", "src/other/__init__.py": ""}, ["."]),
    "module": ("", {"app.py": ""}, ["."]),
    "data of that name": ("", {"app/x.txt": "", "src/app/__init__.py": ""}, ["src"]),
    "a folder of that name": ("", {"app/cli.py": "", "src/lib.rs": ""}, ["."]),
    "both": ("", {"app/__init__.py": "", "src/app/__init__.py": ""}, ["src"]),
    "both for hatch": (
        '[build-system]\nbuild-backend = "hatchling.build"',
        {"app/__init__.py": "", "src/app/__init__.py": ""},
        ["."],
    ),
    "nothing": ("", {}, ["."]),
    "setuptools": ('[tool.setuptools]\npackage-dir = {"" = "lib"}', {"lib/app.py": "", "app.py": ""}, ["lib"]),
    "setuptools-find": ('[tool.setuptools.packages.find]\nwhere = ["a", "b"]', {"a/x": "", "b/x": ""}, ["a", "b"]),
    "hatch": ('[tool.hatch.build.targets.wheel]\npackages = ["lib/app"]', {"lib/app/__init__.py": ""}, ["lib"]),
    "poetry": ('[[tool.poetry.packages]]\ninclude = "app"\nfrom = "lib"', {"lib/app/__init__.py": ""}, ["lib"]),
    "outside": ('[tool.setuptools]\npackage-dir = {"" = "../lib"}', {"app.py": ""}, ["."]),
}


@pytest.mark.parametrize("layout", ROOTS)
def test_modules_are_found_where_the_layout_or_the_backend_says(layout: str, tmp_path: Path) -> None:
    text, files, expected = ROOTS[layout]
    project = _read(tmp_path, f"{MINIMAL}{text}\n", files)
    assert [os.path.relpath(root, str(tmp_path)) for root in project.roots] == expected


@pytest.mark.parametrize("made", [None, "pipe", "elsewhere", "large"])
def test_dependencies_are_read_from_nothing_but_a_file_of_the_project(made: Optional[str], tmp_path: Path) -> None:
    place = tmp_path / "p"
    place.mkdir()
    name = str(tmp_path / "elsewhere.txt") if made == "elsewhere" else "needs.txt"
    if made == "pipe":
        pytest.importorskip("fcntl")
        os.mkfifo(str(place / name))
    elif made == "elsewhere":
        Path(name).write_text("secret==1\n")
    elif made == "large":
        (place / name).write_text("#" * (regular_files.MOST + 9))
    text = f'{MINIMAL}dynamic = ["dependencies"]\n[tool.setuptools.dynamic]\ndependencies = {{file = [{name!r}]}}\n'
    [mistake] = _mistakes(place, text)
    assert mistake.endswith(f"{name} cannot be read; expected a file in the project")


ODD = """iniconfig; os_name == "\\x\""""


@pytest.mark.parametrize(
    "name, text, told",
    [
        ("requirements.txt", f"{ODD} --hash=sha256:{'0' * 64}\n", f"requirements.txt: {ODD} is no requirement"),
        (
            "uv.lock",
            "version = 1\n"
            "[[package]]\nname = 'app'\nversion = '1'\ndependencies = [{name = 'iniconfig'}]\n"
            "[[package]]\nname = 'iniconfig'\nversion = '1 2'\nsource = {registry = 'x'}\n",
            "uv.lock: iniconfig==1 2 is no requirement",
        ),
        (
            "pylock.toml",
            "lock-version = '1.0'\ncreated-by = 'me'\n[[packages]]\nname = 'iniconfig'\n"
            f"archive = {{path = 'x.zip', hashes = {{sha256 = '{'0' * 64}'}}}}\n",
            "pylock.toml: iniconfig has no version, and lies at no address",
        ),
    ],
)
def test_a_lock_file_with_what_is_no_requirement_is_refused(name: str, text: str, told: str, bench: Bench) -> None:
    bench.write("app/pyproject.toml", f'{MINIMAL}dependencies = ["iniconfig"]\n')
    bench.write("app/app.py", "")
    bench.write(f"app/{name}", text)
    ended = bench.start("app")
    assert (ended.status, ended.out) == (2, "")
    assert ended.err.startswith(f"mainspring: app: {told}")


@pytest.mark.parametrize(
    "more, told",
    [
        ('[build-system]\nrequires = []\nbuild-backend = "own"\nbackend-path = ["../.."]\n', "cannot be used"),
        ('[build-system]\nrequires = []\nbuild-backend = "o\\u0000n"\n', ""),
        ("[tool.poetry]\npackages = 5\n", ""),
        ('[tool.mainspring]\nentry = "a\\u0000b.c"\n', ""),
    ],
)
def test_odd_settings_are_no_failure_of_ours(more: str, told: str, bench: Bench) -> None:
    start = MINIMAL + ('dynamic = ["dependencies"]\n' if "build-backend" in more else "")
    bench.write("app/pyproject.toml", start + more)
    bench.write("app/app.py", "print('ran')\n")
    ended = bench.start("app")
    assert ended.err.startswith("mainspring: app: ") if ended.status else ended.out == "ran\n", ended
    assert told in ended.err and "Traceback" not in ended.err


def test_without_a_place_for_what_a_backend_writes_a_project_is_refused(bench: Bench) -> None:
    backend = '[build-system]\nrequires = []\nbuild-backend = "own"\nbackend-path = ["."]\n'
    bench.write("app/pyproject.toml", f'{MINIMAL}dynamic = ["dependencies"]\n{backend}')
    bench.write("app/own.py", "")
    code = "import sys, tempfile, mainspring; tempfile.tempdir = 'gone'; sys.argv[1:] = ['app']; mainspring.main()"
    ended = run([sys.executable, "-c", code], bench.place, env=bench.variables)
    assert (ended.status, ended.out) == (2, "")
    assert ended.err.startswith("mainspring: app: its build backend, own, cannot be used ([Errno 2] No such file")


SOURCES = '[tool.uv.sources]\nIniconfig = {path = "../mine"}\n'


def test_a_requirement_that_uv_alone_knows_where_to_get_is_refused(bench: Bench) -> None:
    bench.write("app/pyproject.toml", f'{MINIMAL}dependencies = ["iniconfig>=2"]\n{SOURCES}')
    bench.write("app/app.py", "print('ran')\n")
    block = "".join(f"# {line}\n" for line in f'dependencies = ["iniconfig>=2"]\n{SOURCES}'.splitlines())
    bench.write("s.py", f"# /// script\n{block}# ///\n")
    for target in ("app", "s.py"):
        ended = bench.start(target)
        line = f"mainspring: {target}: tool.uv.sources says where iniconfig is to come from, which only uv follows"
        assert (ended.status, ended.err.splitlines()[0]) == (2, line)


@pytest.mark.parametrize(
    "source, hint",
    [
        ('{index = "mine"}', "iniconfig @ URL, or use a lock file"),
        ('{git = "https://example.org/x"}', "iniconfig @ git+URL"),
        ('{path = "../mine"}', "iniconfig @ file:///path"),
        ("{workspace = true}", "iniconfig @ file:///path"),
        (
            "[{url = 'https://example.org/x.whl', marker = \"os_name == 'nt'\"}, {path = '../mine'}]",
            "iniconfig @ file:///path",
        ),
    ],
)
def test_what_is_offered_for_what_uv_alone_knows_where_to_get_is_not_refused_in_turn(
    source: str, hint: str, tmp_path: Path
) -> None:
    def project(requirement: str) -> settings.Project:
        text = f'{MINIMAL}dependencies = ["{requirement}"]\n[tool.uv.sources]\niniconfig = {source}\n'
        return _read(tmp_path, text, {})

    with pytest.raises(Refusal) as caught:
        choices.see_sources(project("iniconfig>=2"), ["iniconfig>=2"])
    assert caught.value.hint == f"write it as a requirement: {hint}"
    followed = "iniconfig @ file:///mine"
    choices.see_sources(project(followed), [followed])


def test_what_uv_is_told_of_others_is_no_matter(bench: Bench) -> None:
    bench.write("app/pyproject.toml", f"{MINIMAL}{SOURCES}")
    bench.write("app/app.py", "print('ran')\n")
    assert bench.start("app") == Ended(0, "ran\n", "")


def test_what_a_lock_file_lacks_is_told_in_a_line_of_some_length(tmp_path: Path) -> None:
    path = tmp_path / "uv.lock"
    path.write_text("version = 1\n[[package]]\nname = 'app'\nversion = '1'\nsource = {editable = '.'}\n")
    for wanted, extras in (("x" * 5000, []), ("y", ["x"])):
        path.write_text(
            f"{path.read_text()}optional-dependencies.x = [{{name = '{'x' * 5000}'}}]\n" if extras else path.read_text()
        )
        with pytest.raises(Refusal) as caught:
            locks.read(str(path), "app", [wanted], "app", extras)
        assert "xxx..." in caught.value.reason and len(caught.value.reason) < 400


def test_a_lock_file_of_which_only_the_beginning_would_be_read_is_refused(bench: Bench) -> None:
    bench.write("app/pyproject.toml", f'{MINIMAL}dependencies = ["iniconfig"]\n')
    bench.write("app/requirements.txt", f"iniconfig==2.0.0 --hash=sha256:{'0' * 64}\n#{'x' * regular_files.MOST}\n")
    ended = bench.start("app")
    assert (ended.status, ended.out) == (2, "")
    assert ended.err.startswith("mainspring: app: requirements.txt cannot be read (it has more than 16,777,216 bytes)")


DIGITS = "1" * 5000


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (f"x = {DIGITS}", "it has a number of more digits than can be read"),
        (MINIMAL.replace("1.0", DIGITS), "project.version: '1111"),
        (f'{MINIMAL}requires-python = ">={DIGITS}"', "project.requires-python: '>=1111"),
    ],
)
def test_numbers_without_end_are_refused(text: str, words: str, bench: Bench) -> None:
    bench.write("app/pyproject.toml", text)
    ended = bench.start("app")
    assert (ended.status, ended.err.count("\n")) == (2, 1)
    assert ended.err.startswith(f"mainspring: app: pyproject.toml: {words}")


# Running


def test_a_project_runs_from_its_sources_as_its_console_script_does(bench: Bench) -> None:
    bench.copy("plain")
    assert bench.start("plain", "a", "--b") == Ended(2, "plain a --b\n", "")
    assert bench.start("plain", "c") == Ended(1, "plain c\n", "")


def test_a_mistake_in_a_module_is_shown_as_python_shows_it(bench: Bench) -> None:
    bench.write("app/pyproject.toml", MINIMAL)
    bench.write("app/app.py", "import bad\n")
    bench.write("app/bad.py", "print('x'\n")
    by_python = run([*PYTHON, "-m", "app"], bench.place / "app")
    for _ in range(2):
        ended = bench.start("app")
        assert (ended.status, ended.out) == (1, "")
        shown = ended.err[ended.err.index("  File") :]
        assert shown == by_python.err[by_python.err.index(f'  File "{bench.place}') :]


def test_an_edit_is_seen_at_the_next_start(bench: Bench) -> None:
    source = bench.copy("plain") / "src" / "plain" / "cli.py"
    for word in ("first", "other", "again"):
        source.write_text(f"def main():\n    print({word!r})\n")
        assert bench.start("plain") == Ended(0, f"{word}\n", "")


@pytest.mark.parametrize("option", ["--entry=plain.cli:main", "--entry=plain.cli", "--no-cache"])
def test_nothing_is_written_to_a_project(option: str, bench: Bench) -> None:
    place = bench.copy("plain")
    before = sorted(place.rglob("*"))
    for _ in range(2):
        assert bench.start(option, "plain").status == 0
    assert sorted(place.rglob("*")) == before


def test_a_directory_with_a_main_of_its_own_runs_as_under_python(bench: Bench) -> None:
    bench.copy("plain")
    bench.write("plain/__main__.py", "import sys\nprint(sys.argv, sys.path[0], __name__)\n")
    by_python = run([*PYTHON, "plain", "x"], bench.place)
    assert bench.start("plain", "x") == by_python


def test_a_single_module_without_scripts_runs_as_with_m(bench: Bench) -> None:
    bench.write("app/pyproject.toml", MINIMAL)
    bench.write("app/app.py", "import sys\nprint(__name__, sys.argv[1:], __spec__.name)\n")
    assert bench.start("app", "x") == Ended(0, "__main__ ['x'] app\n", "")


@pytest.mark.parametrize("entry", ["json.tool:main", "sys:exit"])
def test_a_script_may_be_a_function_of_the_standard_library(entry: str, bench: Bench) -> None:
    bench.write("app/pyproject.toml", f'{MINIMAL}[project.scripts]\napp = "{entry}"\n')
    ended = run([*MAINSPRING, "app"], bench.place, stdin="[1]", env=bench.variables)
    assert (ended.status, ended.err) == (0, "")


@pytest.mark.parametrize("more", ["", '[project.scripts]\nother = "app:other"\n'])
def test_a_script_with_windows_starts_if_there_are_no_others(more: str, bench: Bench) -> None:
    bench.write("app/pyproject.toml", f'{MINIMAL}{more}[project.gui-scripts]\nwindow = "app:window"\n')
    text = "from importlib.metadata import distribution\ndef window():\n    print(*(one.group for one in distribution('app').entry_points))\n"
    bench.write("app/app.py", f"{text}def other():\n    print('other')\n")
    expected = "other\n" if more else "gui_scripts\n"
    for _ in range(2):
        assert bench.start("app") == Ended(0, expected, "")


def test_of_several_scripts_none_is_guessed(bench: Bench) -> None:
    bench.copy("several")
    ended = bench.start("several", "x")
    assert (ended.status, ended.out) == (2, "")
    assert ended.err == (
        "mainspring: several: it has several scripts, and none was chosen\n"
        "hint: --entry takes one of carry, fetch; or a module, or module:function\n"
    )
    assert bench.start("--entry", "carry", "several", "x") == Ended(4, "carried x\n", "")
    assert bench.start("--entry=errands.run:fetch", "several") == Ended(0, "fetched\n", "")


@pytest.mark.parametrize("how", ["its name", "the settings"])
def test_of_several_scripts_the_one_runs_that_has_the_projects_name_or_is_in_its_settings(
    how: str, bench: Bench
) -> None:
    path = bench.copy("several") / "pyproject.toml"
    text = path.read_text()
    entry = '[tool.mainspring]\nentry = "fetch"\n'
    path.write_text(text + entry if how == "the settings" else text.replace('"errands"', '"fetch"'))
    assert bench.start("several", "x") == Ended(0, "fetched x\n", "")


def test_a_script_calls_itself_by_its_own_name(bench: Bench) -> None:
    bench.copy("several")
    bench.write("several/errands/run.py", "import sys\ndef fetch():\n    print(sys.argv)\n")
    expected = [os.path.join("several", "fetch"), "x"]
    assert bench.start("--entry=fetch", "several", "x") == Ended(0, f"{expected}\n", "")


def test_data_beside_the_sources_is_found_by_path(bench: Bench) -> None:
    bench.copy("data")
    assert bench.start("data") == Ended(0, "Flour, water, salt, time.\n", "")


def test_the_version_of_a_project_can_be_asked_for_as_if_it_was_installed(bench: Bench) -> None:
    bench.copy("plain")
    asking = "from importlib.metadata import version, entry_points; print(version('plain'))"
    if sys.version_info >= (3, 10):
        asking += "; print([e.value for e in entry_points(group='console_scripts') if e.name == 'plain'])"
    for words in ([], ["--no-cache"]):
        ended = bench.start(*words, "--repl", "plain", "-c", asking)
        assert ended.out.splitlines()[:2] in (["1.0.0"], ["1.0.0", "['plain.cli:main']"])


def test_metadata_that_a_tool_left_among_the_sources_long_ago_are_not_the_projects(bench: Bench) -> None:
    bench.copy("plain")
    bench.write("plain/src/plain.egg-info/PKG-INFO", "Metadata-Version: 2.1\nName: plain\nVersion: 0.1\n")
    asking = "from importlib.metadata import version; print(version('plain'), flush=True)"
    child = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {asking!r}])"
    for words in ([], [], ["--no-cache"]):
        assert bench.start(*words, "--repl", "plain", "-c", f"{asking}; {child}") == Ended(0, "1.0.0\n" * 2, "")


CHILD = """
import json, os, subprocess, sys
def main():
    code = "import json, sys, plain; print(json.dumps([plain.__file__, sys.path[1:]]))"
    seen = json.loads(subprocess.check_output([sys.executable, *sys.argv[1:], "-c", code]))
    import plain
    print(seen[0] == plain.__file__, [entry for entry in sys.path if entry not in seen[1]], set(seen[1]) - set(sys.path))
"""


def test_children_by_sys_executable_find_what_the_program_finds(bench: Bench) -> None:
    bench.copy("plain")
    bench.write("plain/src/plain/cli.py", CHILD)
    for _ in range(2):
        assert bench.start("plain") == Ended(0, "True [] set()\n", "")
    assert "No module named 'plain'" in bench.start("plain", "-I").err


@pytest.mark.parametrize(
    "text", ["# /// script\n# dependencies = 3\n# ///\n", "\ufeff# /// script\n# dependencies = 3\n# ///\n"]
)
def test_a_block_counts_in_a_file_and_not_in_what_comes_by_standard_input(text: str, bench: Bench) -> None:
    bench.write("s.py", f"{text}print(1)\n")
    assert "dependencies: it is 3; expected a list of strings" in bench.start("s.py").err
    ended = run([*MAINSPRING, "-"], bench.place, stdin=f"{text}print(1)\n".lstrip("\ufeff"), env=bench.variables)
    assert ended == Ended(0, "1\n", "")


IN_CHILDREN = """
import multiprocessing, subprocess, sys
def main():
    from work import word
    print(word(0), flush=True)
    with multiprocessing.get_context(sys.argv[1]).Pool(1) as pool:
        print(pool.map(word, [1])[0], flush=True)
    subprocess.run([sys.executable, "-c", "import sub.inner, work; print(work.word(2))"])
"""


@pytest.mark.parametrize("more", [[], ["--no-cache"]], ids=str)
@pytest.mark.parametrize("how", ["spawn", "forkserver"])
def test_children_see_every_edit_and_write_nothing_to_the_project(how: str, more: List[str], bench: Bench) -> None:
    bench.write("app/pyproject.toml", f'{MINIMAL}[project.scripts]\napp = "app:main"\n')
    bench.write("app/app.py", IN_CHILDREN)
    bench.write("app/sub/inner.py", "")
    for text in ("old", "new", "one"):
        path = bench.write("app/work.py", f"def word(_):\n    return {text!r}\n")
        os.utime(str(path), (10**9, 10**9))
        ended = bench.start(*more, "app", how)
        assert (ended.status, ended.out, ended.err) == (0, f"{text}\n" * 3, "")
    assert not list((bench.place / "app").rglob("*.pyc"))


@needs_installer
def test_children_find_the_dependencies_of_a_script_and_every_sitecustomize(bench: Bench) -> None:
    bench.write("site/sitecustomize.py", "import sys\nprint('customized', file=sys.stderr)\n")
    code = "import cowsay, sys\nprint(cowsay.__name__, any(entry.endswith('children') for entry in sys.path))"
    text = '# /// script\n# dependencies = ["cowsay==6.1"]\n# ///\nimport os, subprocess, sys\n'
    bench.write("s.py", f"{text}subprocess.call([sys.executable, '-c', {code!r}])\n")
    ended = bench.start("s.py", PYTHONPATH=str(bench.place / "site"))
    assert ended == Ended(0, "cowsay False\n", "customized\ncustomized\n")


def test_children_have_the_current_directory_where_pythonpath_has_it(bench: Bench) -> None:
    bench.copy("plain")
    bench.write("here.py", "print('here')\n")
    bench.write("other/s.py", "import here\n")
    text = (
        "import subprocess, sys\ndef main():\n    raise SystemExit(subprocess.call([sys.executable, 'other/s.py']))\n"
    )
    bench.write("plain/src/plain/cli.py", text)
    assert bench.start("plain", PYTHONPATH=f"{os.pathsep}/nowhere") == Ended(0, "here\n", "")
    assert bench.start("plain", PYTHONPATH="").status == 1


PTH = "import sys; sys.path.insert(0, '/inserted')\nnamed\n"
SITES = ("/first", "/x/site-packages", "/last")


def test_what_pth_files_name_comes_right_behind_their_directory_and_all_else_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_tree(tmp_path, {"layer/some.pth": PTH, "layer/named/x.py": ""})
    layer = str(tmp_path / "layer")
    monkeypatch.setattr(sys, "path", [SITES[0], layer, *SITES[1:]])
    interpreter.process_pth_files(layer)
    assert sys.path == ["/inserted", SITES[0], layer, os.path.join(layer, "named"), *SITES[1:]]


def test_children_have_it_in_the_same_place(tmp_path: Path) -> None:
    write_tree(tmp_path, {"layer/some.pth": PTH, "layer/named/x.py": "", "near/x.py": "", "far/x.py": ""})
    layer = str(tmp_path / "layer")
    children = os.path.join(os.path.dirname(mainspring.__file__), "children")
    said = os.pathsep.join([*interpreter.this(), layer, "0", layer])
    environ = {"PYTHONPATH": os.pathsep.join([children, str(tmp_path / "near")]), "MAINSPRING_CHILDREN": said}
    out = run([sys.executable, "-c", "import json, sys; print(json.dumps(sys.path))"], tmp_path, env=environ).out
    path = json.loads(out)
    assert path[path.index(layer) + 1] == os.path.join(layer, "named")
    assert path.index(layer) > path.index(str(tmp_path / "near")) and "/inserted" in path


def test_a_python_of_another_environment_is_not_given_the_projects_modules(bench: Bench, tmp_path: Path) -> None:
    assert run([sys.executable, "-m", "venv", "--without-pip", str(tmp_path / "env")], tmp_path).status == 0
    [other] = [path for path in (tmp_path / "env").glob("*/python*") if path.stem == "python"]
    bench.copy("plain")
    line = f"    import subprocess\n    raise SystemExit(subprocess.call([{str(other)!r}, '-c', 'import plain.cli']))\n"
    bench.write("plain/src/plain/cli.py", f"def main():\n{line}")
    ended = bench.start("plain")
    assert ended.status == 1 and "No module named 'plain.cli'" in ended.err


def test_worker_processes_find_the_projects_functions(bench: Bench) -> None:
    bench.copy("plain")
    text = "import multiprocessing\ndef twice(x):\n    return 2 * x\ndef main():\n"
    text += "    with multiprocessing.get_context('spawn').Pool(1) as pool:\n        print(pool.map(twice, [1, 2]))\n"
    bench.write("plain/src/plain/cli.py", text)
    assert bench.start("plain") == Ended(0, "[2, 4]\n", "")


@needs_installer
def test_a_project_with_pure_dependencies_runs_twice_alike(bench: Bench) -> None:
    bench.copy("rich-click")
    first = bench.start("rich-click", "red")
    assert (first.status, first.err) == (0, "")
    assert "red" in first.out and "│ 3" in first.out
    assert bench.start("rich-click", "red") == first


@needs_installer
def test_a_project_with_native_dependencies_runs(bench: Bench) -> None:
    bench.copy("native")
    for _ in range(2):
        assert bench.start("native", "<b>") == Ended(0, "&lt;b&gt;\nmarkupsafe._speedups\n", "")


@needs_installer
def test_metadata_and_sources_stand_before_the_layer_and_all_where_installed_packages_are(bench: Bench) -> None:
    place = bench.copy("native")
    ended = bench.start("--repl", "native", "-c", "import sys, os; print([os.path.dirname(os.__file__), *sys.path])")
    library, *path = json.loads(ended.out.replace("'", '"'))
    metadata, layer = [entry for entry in path if "layers-1" in entry]
    site = next(entry for entry in path if entry.endswith("site-packages"))
    places = list(map(path.index, (library, metadata, str(place), layer, site)))
    assert places == sorted(places)


@needs_installer
def test_extras_and_groups_are_installed_when_asked_for(bench: Bench) -> None:
    bench.copy("extras")
    loud = bench.start("--extra", "loud", "extras").out.splitlines()
    assert loud[0] == "cowsay 6.1"
    both = bench.start("--extra=all", "--group", "dev", "extras").out.splitlines()
    assert both == ["cowsay 6.1", "iniconfig 2.0.0", "pluggy 1.5.0"]
    assert bench.start("extras").out.splitlines()[0] == "cowsay missing"


@pytest.mark.parametrize("option", ["extra", "group"])
def test_an_extra_or_a_group_that_is_not_there_is_refused(option: str, bench: Bench) -> None:
    bench.copy("extras")
    ended = bench.start(f"--{option}", "none", "extras")
    assert ended.status == 2 and ended.out == ""
    assert "it has no" in ended.err and "'none'" in ended.err and "hint: it has " in ended.err


def test_what_is_no_project_has_no_extras(bench: Bench) -> None:
    bench.write("s.py", "print('ran')")
    ended = bench.start("--extra=x", "s.py")
    assert ended == Ended(2, "", "mainspring: s.py: it is no project, so it has no extras and groups\n")


def test_a_python_that_does_not_fit_is_named(bench: Bench) -> None:
    bench.write("app/pyproject.toml", f'{MINIMAL}requires-python = "<3.5"\n')
    bench.write("app/app.py", "print('ran')")
    ended = bench.start("--python=here", "app")
    assert (ended.status, ended.out) == (2, "")
    assert ended.err.startswith("mainspring: app: it needs Python <3.5, and this is Python 3.")


# Later starts


def test_a_later_start_reads_no_settings_and_needs_no_library(bench: Bench) -> None:
    bench.copy("plain")
    until_settled()
    for _ in range(2):
        bench.start("plain")
    loaded = bench.start("plain", PYTHONVERBOSE="1").err
    assert "plain.cli" in loaded
    assert not [name for name in ("packaging", "toml", "mainspring.projects", "subprocess") if f"'{name}" in loaded]


@needs_installer
def test_a_later_start_needs_no_installer_and_no_network(bench: Bench) -> None:
    bench.copy("rich-click")
    until_settled()
    first = bench.start("rich-click", "x")
    without = {"PATH": "", "PIP_INDEX_URL": "http://127.0.0.1:9/", "PIP_CONFIG_FILE": os.devnull}
    assert bench.start("rich-click", "x", **without) == first
    bench.write("rich-click/src/hues/cli.py", "def main():\n    import rich\n    print('edited')\n")
    assert bench.start("rich-click", "x", **without).out == "edited\n"


@needs_installer
def test_another_dependency_is_seen_at_the_next_start(bench: Bench) -> None:
    path = bench.copy("native") / "pyproject.toml"
    bench.write("native/abacus/__init__.py", "def main():\n    import cowsay\n    print(cowsay.__name__)\n")
    until_settled()
    assert "No module named 'cowsay'" in bench.start("native").err
    path.write_text(path.read_text().replace("markupsafe>=2.1,<4", "cowsay==6.1"))
    assert bench.start("native") == Ended(0, "cowsay\n", "")


def test_modules_that_move_are_found_though_the_settings_stay(bench: Bench) -> None:
    place = bench.copy("plain")
    until_settled()
    for _ in range(2):
        bench.start("plain")
    shutil.move(str(place / "src" / "plain"), str(place / "plain"))
    assert bench.start("plain", "x") == Ended(1, "plain x\n", "")


def test_the_first_module_in_src_is_found_though_the_settings_stay(bench: Bench) -> None:
    bench.write("app/pyproject.toml", f'{MINIMAL}[project.scripts]\napp = "thing:main"\n')
    bench.write("app/src/lib.rs", "")
    module = bench.write("app/thing.py", "def main():\n    print(__file__)\n")
    until_settled()
    for _ in range(2):
        assert bench.start("app").out == f"{module}\n"
    shutil.move(str(module), str(module.parent / "src"))
    assert bench.start("app").out == f"{module.parent / 'src' / 'thing.py'}\n"


def test_a_project_with_capitals_in_its_name_runs_the_module_in_small_letters(bench: Bench) -> None:
    bench.write("app/pyproject.toml", MINIMAL.replace('"app"', '"My-App"'))
    bench.write("app/src/helper.py", "")
    bench.write("app/my_app/__main__.py", "print('ran')\n")
    for _ in range(2):
        assert bench.start("app") == Ended(0, "ran\n", "")


def test_a_program_of_the_projects_own_build_is_seen_when_it_comes(bench: Bench) -> None:
    place = bench.copy("plain")
    until_settled()
    for _ in range(2):
        assert "backend" not in bench.start("--explain", "plain").out
        bench.start("plain")
    bench.write("plain/setup.py", "from setuptools import setup\nprint('\\d')\nsetup(py_modules=['more'])\n")
    told = bench.start("--explain", "plain")
    assert (told.status, told.err) == (0, "")
    assert "backend" in told.out
    assert place.exists()


@pytest.mark.skipif(os.name == "nt", reason="needs pipes")
def test_a_project_of_pipes_is_not_waited_for(bench: Bench) -> None:
    bench.copy("plain")
    path = bench.write(
        "plain/pyproject.toml", f'{MINIMAL}readme = "README.md"\n[project.scripts]\na = "plain.cli:main"\n'
    )
    os.mkfifo(str(path.parent / "README.md"))
    assert bench.start("plain") == Ended(0, "plain\n", "")
    os.mkfifo(str(path.parent / "setup.py"))
    assert bench.start("--explain", "plain").err == ""


def test_a_project_that_was_moved_runs_from_where_it_is(bench: Bench) -> None:
    place = bench.copy("plain")
    until_settled()
    for _ in range(2):
        bench.start("plain")
    place.rename(bench.place / "other")
    bench.copy("plain")
    bench.write("other/src/plain/cli.py", "def main():\n    print('the other')\n")
    assert bench.start("other") == Ended(0, "the other\n", "")


def test_a_project_runs_without_a_store(bench: Bench) -> None:
    bench.copy("plain")
    blocked = bench.write("blocked", "")
    assert bench.start("plain", MAINSPRING_CACHE_DIR=str(blocked)) == Ended(0, "plain\n", "")
    assert bench.start("--no-cache", "plain") == Ended(0, "plain\n", "")


# Scripts


@needs_installer
def test_a_script_gets_what_it_says_it_needs(bench: Bench) -> None:
    shutil.copy(str(PROJECTS / "scripts" / "shout.py"), str(bench.place))
    until_settled()
    first = bench.start("shout.py", "hey", "you")
    assert "| hey you |" in first.out and (first.status, first.err) == (0, "")
    assert bench.start("shout.py", "hey", "you", PATH="") == first


SCRIPT = "# /// script\n{}# ///\nimport sys\nprint(__name__, __file__, sys.argv, sys.path[0])\n"


def test_a_script_with_metadata_sees_what_it_sees_under_python(bench: Bench) -> None:
    bench.write("s.py", SCRIPT.format("# dependencies = []\n"))
    by_python = run([*PYTHON, "s.py", "x"], bench.place)
    until_settled()
    for _ in range(3):
        assert bench.start("s.py", "x") == by_python


EDITOR = """
import sys, time

def edit(event, told):
    if event == "import" and told[0] == "mainspring.projects.running":
        with open("s.py", "w") as file:
            file.write("# /// script\\n# requires-python = '>=3.99'\\n# ///\\nprint('edited')\\n")
        time.sleep(2.5)  # whatever the clock of the file system, it was long before

sys.addaudithook(edit)
"""


def test_a_script_that_is_edited_while_it_is_looked_at_has_what_it_says_now(bench: Bench) -> None:
    bench.write("editor/sitecustomize.py", EDITOR)
    bench.write("s.py", "# /// script\n# dependencies = []\n# ///\nprint('as it was')\n")
    for more in ({"PYTHONPATH": "editor"}, {}, {}):
        assert "it needs Python >=3.99" in bench.start("s.py", **more).err


def test_a_script_by_another_name_has_the_lock_file_beside_that(bench: Bench) -> None:
    script = bench.write("a/s.py", SCRIPT.format("# dependencies = []\n"))
    until_settled()
    for _ in range(2):
        assert bench.start("a/s.py").status == 0
    bench.write("b/s.py.lock", "this is no lock")
    (bench.place / "b/s.py").symlink_to(script)
    for _ in range(2):
        assert "s.py.lock: it is no TOML" in bench.start("b/s.py").err
        assert bench.start("a/s.py").status == 0


def test_a_script_that_mentions_a_block_needs_no_library(bench: Bench) -> None:
    bench.write(
        "s.py", "import sys\ns = '# /// script'\nprint([name for name in sys.modules if 'packaging' in name])\n"
    )
    said = run([sys.executable, "-v", *MAINSPRING[1:], "s.py"], bench.place, env=bench.variables)
    assert said.out == "[]\n" and "packaging" not in said.err


@pytest.mark.parametrize(
    "text", ["s = '# /// script'\n", "# /// script\n", "# /// other\n# x = \n# ///\n# /// script\n"]
)
def test_a_script_without_a_whole_block_is_plain(text: str, bench: Bench) -> None:
    bench.write("s.py", f"{text}\nprint('ran')\n")
    assert bench.start("s.py") == Ended(0, "ran\n", "")


@pytest.mark.parametrize(
    "block, words",
    [
        ("# x = \n", "s.py, in '# /// script': it is no TOML; "),
        ("# dependencies = 3\n", "s.py, in '# /// script': dependencies: it is 3; expected a list of strings"),
        (
            "# [tool.mainspring]\n# entry = 'six'\n",
            "s.py, in '# /// script': tool.mainspring.entry: it is said of a script",
        ),
        ("# name = 'x'\n", "s.py, in '# /// script': name: it is not known; expected one of dependencies, requires-"),
        ("#\n# ///\n\n# /// script\n#\n", "it has 2 blocks '# /// script'; expected one"),
        ("# requires-python = '<3.5'\n", "it needs Python <3.5, and this is Python "),
    ],
)
def test_a_broken_block_is_refused(block: str, words: str, bench: Bench) -> None:
    bench.write("s.py", SCRIPT.format(block))
    ended = bench.start("--python=here", "s.py")
    assert (ended.status, ended.out) == (2, "")
    assert ended.err.startswith(f"mainspring: s.py: {words}")


def test_a_script_without_a_block_loads_nothing_more(bench: Bench) -> None:
    bench.write("s.py", "import sys\nprint([name for name in sys.modules if 'projects' in name])\n")
    loaded = run([sys.executable, "-v", *MAINSPRING[1:], "s.py"], bench.place, env=bench.variables).err
    assert "mainspring" in loaded
    assert "runtime.project" not in loaded and "mainspring.projects" not in loaded


def test_the_library_says_that_only_the_command_runs_projects(bench: Bench) -> None:
    from mainspring import classify, run_path

    path = str(bench.copy("plain"))
    assert classify(path).kind == "project"
    with pytest.raises((Refusal, ImportError)):
        run_path(path)


# As in the specification of inline script metadata.
BLOCK = re.compile(r"(?m)^# /// (?P<type>[a-zA-Z0-9-]+)$\s(?P<content>(^#(| .*)$\s)+)^# ///$")
LINES = ("# /// script", "# ///", "# x", "#", "# /// other", "x", "", "#x", "# /// script ", "# y\r", "  # ///", " ")


def test_blocks_are_those_of_the_specification() -> None:
    for seed in range(20_000):
        chance = random.Random(seed)
        text = "\n".join(chance.choice(LINES) for _ in range(chance.randint(0, 10)))
        found = [
            match for match in BLOCK.finditer(f"{text}\n".replace("\r\n", "\n")) if match.group("type") == "script"
        ]
        expected = [[line[2:] for line in match.group("content").split("\n")[:-1]] for match in found]
        assert list(blocks.blocks(text.encode())) == expected, text


def test_what_is_too_large_to_be_a_projects_is_refused(bench: Bench) -> None:
    bench.write("app/pyproject.toml", MINIMAL + "# x\n" * 300_000)
    bench.write("s.py", "# /// script\n" + "# x = 1\n" * 300_000 + "# ///\n")
    assert "pyproject.toml: it has more than 1,048,576 bytes" in bench.start("app").err
    assert "in '# /// script': it has more than 1,048,576 characters" in bench.start("s.py").err
