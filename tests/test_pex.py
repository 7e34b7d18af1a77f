"""PEX files run as under PEX's own bootstrap, which is the oracle: every case is started both ways."""

import shutil
import sys
from pathlib import Path
from typing import List
from unittest.mock import ANY

import pytest

from makers_sight import Case, Difference, Stand, by_name, parameters, tree_of
from support import MAINSPRING, PYTHON, Files

AGAIN = "PEX starts python again, on what it unpacked"
LEAVES = "PEX leaves a virtual environment for the python below it; here the python runs that was asked for"

NO_ISOLATION = "PEX starts python again with -I because PYTHONPATH is set; here its entries are only not on sys.path"
WORDS = "python's own words"
IS_PYTHON = "PEX_INTERPRETER gives python itself, with its words and statuses; PEX imitates it"

DIFFERENCES = [
    Difference("*", "orig_argv", AGAIN),
    Difference("*", "executable", LEAVES),
    Difference("*", "prefix", LEAVES),
    Difference("*", "path:{app}/.bootstrap", "PEX's bootstrap does not run"),
    Difference("*", "guests:pex", "nor is it loaded"),
    Difference("*", "main.names:__annotations__", "python's own __main__ may have it; PEX has one of runpy's making"),
    Difference("*", "importers:DistutilsMetaFinder", "site-packages put it there, of which the bundle sees nothing"),
    Difference("*", "environ._PEX_CACHE_ACCESS_LOCK", "PEX's cache is not used, so there is no lock on it"),
    *(
        Difference(bundles, "main.names", "the names of PEX's own __main__ are not there; a module's own are")
        for bundles in ("pex", "pex-[!mu]*", "pex-un*")
    ),
    *(
        Difference(case, what, NO_ISOLATION)
        for case in ("PYTHONPATH", "PYTHONPATH and a loose directory", "PEX_EXTRA_SYS_PATH beside PYTHONPATH")
        for what in ("flags.isolated", "flags.ignore_environment", "flags.no_user_site", "flags.safe_path")
    ),
    Difference(
        "a constraint that holds nowhere",
        "",
        "refused in two lines; PEX lists all Pythons",
        {"status": 2, "error": ANY},
    ),
    Difference("PEX_MODULE that is not there", "", WORDS, {"error": ANY}),
    Difference("PEX_MODULE of no function that is there", "", WORDS, {"error": ANY}),
    Difference("PEX_INTERPRETER with no such file", "", IS_PYTHON, {"status": 2, "error": ANY}),
]

ECHO = "import sys\nprint(sys.argv, __name__, sys.path[0])\nimport probe\nprint(probe.__file__)\n"
OWN = "import pex.variables, pex.vendor\nfrom pex.version import __version__\nprint(__version__, pex.__name__)\n"
HTTP = ("--ignore-stdin", "--offline", "--pretty=all", "POST", "http://localhost/", "name=value")
QUIET = {".config/httpie/config.json": '{"disable_update_warnings": true}'}
SOURCE = "x = {  'a':1 }\n"

BUNDLES = [
    Case("a console script", "pex"),
    Case("a function as the entry", "pex-function"),
    Case("a module as the entry", "pex-module"),
    Case("a script that is no entry point", "pex-script"),
    Case("a script that is no entry point, and ends by itself", "pex-script", []),
    Case("a module of the user's own", "pex-user-module"),
    Case("a package of the user's own", "pex-user-package"),
    Case("a venv", "pex-venv"),
    Case("a venv before PATH", "pex-venv-prepend"),
    Case("a venv and a module", "pex-venv-module"),
    Case("a venv and a script that is no entry point", "pex-venv-script"),
    Case("a venv that sees PYTHONPATH", "pex-venv-leaky"),
    Case("a shell's prefix", "pex-sh"),
    Case("a shell's prefix and a venv", "pex-venv-sh"),
    Case("a loose directory", "pex-loose"),
    Case("a loose directory by the name of a link", "pex-loose", called="link"),
    Case("a packed directory", "pex-packed"),
    Case("a packed directory by the name of a link", "pex-packed", called="link"),
    Case("an injected variable and arguments", "pex-inject"),
    Case("an injected variable that is set", "pex-inject", env={"PROBE_INJECTED": "by the user"}),
    Case("an injected variable and arguments in a venv", "pex-inject-venv"),
    Case("injected options of python", "pex-inject-python"),
    Case("a constraint that holds", "pex-constrained"),
    Case("a constraint that holds nowhere", "pex-impossible"),
    Case("a path that is preferred", "pex-prefers"),
    Case("a path to fall back on", "pex-falls-back"),
    Case("variables that are kept", "pex-unstripped", env={"PEX_INHERIT_PATH": "false", "PEX_VERBOSE": "0"}),
    Case("wheels that are not installed yet", "pex-wheels"),
    Case("tools that are not asked for", "pex-tools"),
    Case("an uncompressed bundle", "pex-stored"),
    Case("by the name of a link", "pex", called="link"),
]
PROGRAM = [
    Case("an exit status", "pex", ["exit", "7"]),
    Case("an exit status that is a text", "pex", ["exit", "a text"]),
    Case("an entry that returns None", "pex", ["none"]),
    Case("an exception", "pex", ["raise"]),
    Case("a signal", "pex", ["abort"]),
    Case("an exit status of a module", "pex-module", ["exit", "7"]),
    Case("an exception of a module", "pex-module", ["raise"]),
    Case("resources, by file and by importlib", "pex", ["resource"]),
    Case("metadata and plugins", "pex", ["metadata"]),
    Case("metadata in a venv", "pex-venv", ["metadata"]),
    Case("a namespace package of two distributions", "pex", ["spaces"]),
    Case("a namespace package in a venv", "pex-venv", ["spaces"]),
    Case("standard input", "pex", ["-"], stdin="text\n"),
    Case("workers that are forked", "pex", ["mp", "fork"]),
    Case("workers that are spawned", "pex", ["mp", "spawn"]),
    Case("workers of a server", "pex", ["mp", "forkserver"]),
    Case("workers that are spawned in a venv", "pex-venv", ["mp", "spawn"]),
    Case("workers that are spawned by a module", "pex-module", ["mp", "spawn"]),
    Case("a script of the bundle's that is called by name", "pex-venv-prepend", ["call", "probe-second", "x"]),
    Case("a child without the packages", "pex", ["child", "-c", "import probe"]),
]
SECOND = {"PEX_SCRIPT": "probe-second"}
SECOND_RC: Files = {".pexrc": "PEX_SCRIPT=probe-second\n"}
INTERPRETER = {"PEX_INTERPRETER": "1"}
DIRECTORIES = [
    Case("metadata and plugins in a loose directory", "pex-loose", ["metadata"]),
    Case("metadata and plugins in a packed directory", "pex-packed", ["metadata"]),
    Case("a namespace package in a loose directory", "pex-loose", ["spaces"]),
    Case("resources in a packed directory", "pex-packed", ["resource"]),
    Case("workers that are spawned in a loose directory", "pex-loose", ["mp", "spawn"]),
    Case("workers of a server in a packed directory", "pex-packed", ["mp", "forkserver"]),
    Case("an exception in a packed directory", "pex-packed", ["raise"]),
    Case("PYTHONPATH and a loose directory", "pex-loose", env={"PYTHONPATH": "{cwd}/p"}),
    Case("PEX_INHERIT_PATH=prefer and a packed directory", "pex-packed", env={"PEX_INHERIT_PATH": "prefer"}),
    Case("PEX_SCRIPT of a script in a loose directory", "pex-loose", env={"PEX_SCRIPT": "probe-raw"}),
    Case("PEX_MODULE in a packed directory", "pex-packed", env={"PEX_MODULE": "probe.cli:second"}),
    Case("PEX_INTERPRETER in a loose directory", "pex-loose", ["-m", "probe", "metadata"], INTERPRETER),
    Case("PEX_INTERPRETER in a packed directory", "pex-packed", ["-c", ECHO, "a"], INTERPRETER),
    Case("a .pexrc beside a loose directory", "pex-loose", files=SECOND_RC, called="link"),
    Case("a .pexrc beside a packed directory", "pex-packed", files=SECOND_RC, called="link"),
    Case("user code in a loose directory", "pex-loose-user"),
    Case("user code in a packed directory", "pex-packed-user"),
]
VARIABLES = [
    Case("PEX_SCRIPT names another script", "pex", env=SECOND),
    Case("PEX_SCRIPT in a venv", "pex-venv", env=SECOND),
    Case("PEX_SCRIPT of a script that is no entry point", "pex", env={"PEX_SCRIPT": "probe-raw"}),
    Case("PEX_SCRIPT that is not there", "pex", env={"PEX_SCRIPT": "nothing"}),
    Case("PEX_SCRIPT is not seen by the program", "pex-function", env={"PEX_SCRIPT": "probe"}),
    Case("PEX_SCRIPT with injected arguments", "pex-inject", env=SECOND),
    Case("PEX_MODULE names a module", "pex-function", env={"PEX_MODULE": "probe"}),
    Case("PEX_MODULE names a function", "pex", env={"PEX_MODULE": "probe.cli:second"}),
    Case("PEX_MODULE in a venv", "pex-venv", env={"PEX_MODULE": "probe.cli:second"}),
    Case("PEX_MODULE that is not there", "pex", env={"PEX_MODULE": "nowhere"}),
    Case("PEX_MODULE of no function that is there", "pex", env={"PEX_MODULE": "probe.cli:nothing"}),
    Case("PEX_MODULE beside PEX_SCRIPT", "pex", env={"PEX_MODULE": "probe.cli:main", **SECOND}),
    Case("PEX_MODULE with injected arguments", "pex-inject", env={"PEX_MODULE": "probe.cli:main"}),
    Case("empty variables", "pex", env={"PEX_MODULE": "", "PEX_SCRIPT": ""}),
    Case("PEX_EXTRA_SYS_PATH", "pex", env={"PEX_EXTRA_SYS_PATH": "{cwd}/a:{cwd}/b"}),
    Case("PEX_EXTRA_SYS_PATH beside PYTHONPATH", "pex", env={"PEX_EXTRA_SYS_PATH": "{cwd}/a", "PYTHONPATH": "{cwd}/p"}),
    Case("PEX_EXTRA_SYS_PATH in a venv", "pex-venv", env={"PEX_EXTRA_SYS_PATH": "{cwd}/a"}),
    Case("PYTHONPATH", "pex", env={"PYTHONPATH": "{cwd}/p"}),
    Case("PYTHONPATH in a venv", "pex-venv", env={"PYTHONPATH": "{cwd}/p"}),
    Case("PYTHONPATH in a venv that sees it", "pex-venv-leaky", env={"PYTHONPATH": "{cwd}/p"}),
    Case("PEX_INHERIT_PATH=prefer", "pex", env={"PEX_INHERIT_PATH": "prefer"}),
    Case("PEX_INHERIT_PATH=fallback", "pex", env={"PEX_INHERIT_PATH": "fallback"}),
    Case("PEX_INHERIT_PATH=false", "pex-prefers", env={"PEX_INHERIT_PATH": "false"}),
    Case(
        "PEX_INHERIT_PATH=prefer beside PYTHONPATH", "pex", env={"PEX_INHERIT_PATH": "prefer", "PYTHONPATH": "{cwd}/p"}
    ),
    Case(
        "PEX_INHERIT_PATH=fallback beside PYTHONPATH",
        "pex",
        env={"PEX_INHERIT_PATH": "fallback", "PYTHONPATH": "{cwd}/p"},
    ),
    Case("PEX_INHERIT_PATH that is no word of PEX's", "pex", env={"PEX_INHERIT_PATH": "maybe"}),
    Case("PEX_ROOT", "pex", env={"PEX_ROOT": "{cwd}/root"}),
    Case("PEX_PATH", "pex", ["metadata"], env={"PEX_PATH": "{bundle:pex-cowsay}"}),
    Case(
        "PEX_PATH and a script of the other",
        "pex",
        ["-t", "x"],
        env={"PEX_PATH": "{bundle:pex-cowsay}", "PEX_SCRIPT": "cowsay"},
    ),
    Case("PEX_PYTHON", "pex", ["metadata"], env={"PEX_PYTHON": sys.executable}),
    Case("PEX_PYTHON_PATH", "pex", ["metadata"], env={"PEX_PYTHON_PATH": sys.executable}),
    Case("PEX_PYTHON that is not there", "pex", ["metadata"], env={"PEX_PYTHON": "{cwd}/python"}),
    Case("PEX_VENV", "pex", ["metadata"], env={"PEX_VENV": "1"}),
    Case("PEX_VENV=0", "pex-venv", ["metadata"], env={"PEX_VENV": "0"}),
    Case("PEX_TOOLS", "pex-tools", ["info"], env={"PEX_TOOLS": "1"}),
    Case("PEX_TOOLS of a bundle that has none", "pex", ["info"], env={"PEX_TOOLS": "1"}),
    Case("PEX_VERBOSE", "pex", ["metadata"], env={"PEX_VERBOSE": "1"}),
    Case("PEX_DISABLE_VARIABLES", "pex", env={"PEX_DISABLE_VARIABLES": "1", **SECOND}),
    Case("an unknown variable of PEX's", "pex", env={"PEX_NO_SUCH": "1"}),
    Case("a .pexrc beside the bundle", "pex", files=SECOND_RC, called="link.pex"),
    Case(
        "a .pexrc that is ignored",
        "pex",
        env={"PEX_IGNORE_RCFILES": "1"},
        files=SECOND_RC,
        called="link.pex",
    ),
]
INTERPRETERS = [
    Case("PEX_INTERPRETER with -c", "pex", ["-c", ECHO, "a"], INTERPRETER),
    Case("PEX_INTERPRETER with -m", "pex", ["-m", "probe", "metadata"], INTERPRETER),
    Case("PEX_INTERPRETER with -m and all that is seen", "pex", ["-m", "probe"], INTERPRETER),
    Case("PEX_INTERPRETER with standard input", "pex", ["-", "a"], INTERPRETER, stdin=ECHO),
    Case("PEX_INTERPRETER with a file", "pex", ["echo.py", "a"], INTERPRETER, files={"echo.py": ECHO}),
    Case("PEX_INTERPRETER with no such file", "pex", ["no.py"], INTERPRETER),
    Case("PEX_INTERPRETER with an option of python and -c", "pex", ["-u", "-c", ECHO], INTERPRETER),
    Case("PEX_INTERPRETER with an option of python", "pex", ["-W", "error", "-c", ECHO], INTERPRETER),
    Case(
        "PEX_INTERPRETER with nothing is a prompt",
        "pex",
        [],
        INTERPRETER,
        stdin="import probe\nprint(probe.__name__)\n",
    ),
    Case("PEX_INTERPRETER that imports pex's own modules", "pex", ["-c", OWN], INTERPRETER),
    Case("PEX_INTERPRETER that means no", "pex", env={"PEX_INTERPRETER": "0"}),
    Case("PEX_INTERPRETER that is no truth", "pex", env={"PEX_INTERPRETER": "maybe"}),
    Case("PEX_INTERPRETER in a venv", "pex-venv", ["-c", "import probe, sys\nprint(sys.argv)", "a"], INTERPRETER),
    Case("PEX_INTERPRETER beside PEX_SCRIPT", "pex", ["-c", ECHO], {**INTERPRETER, **SECOND}),
    Case("no entry", "pex-nothing", ["-c", ECHO, "a"]),
    Case("no entry, and a module", "pex-nothing", ["-m", "probe", "exit", "5"]),
    Case("no entry, and a file", "pex-nothing", ["echo.py", "a"], files={"echo.py": ECHO}),
]
OPTIONS = [
    Case("-I", "pex", options=["-I"]),
    Case("-E -s -B", "pex", options=["-E", "-s", "-B"]),
    Case("-O -W ignore", "pex", options=["-O", "-W", "ignore"]),
    Case("-X dev -X utf8", "pex", options=["-X", "dev", "-X", "utf8"]),
]
PROGRAMS = [
    Case("cowsay", "pex-cowsay", ["-t", "hello"]),
    Case("httpie", "pex-httpie", HTTP, env={"HTTPIE_CONFIG_DIR": "{cwd}/.config/httpie"}, files=QUIET),
    Case("black", "pex-black", ["-q", "-"], stdin=SOURCE),
]
CASES = [*BUNDLES, *PROGRAM, *DIRECTORIES, *VARIABLES, *INTERPRETERS, *OPTIONS, *PROGRAMS]


@pytest.fixture(scope="module")
def stand(tmp_path_factory: pytest.TempPathFactory) -> Stand:
    return Stand(tmp_path_factory.mktemp("pex"), DIFFERENCES)


@pytest.mark.parametrize("case", parameters(by_name(CASES)))
def test_bundles_run_as_under_pexs_bootstrap(case: Case, stand: Stand, tmp_path: Path) -> None:
    stand.compare(case, tmp_path)


def test_nothing_is_written_where_pex_would_unpack(stand: Stand, tmp_path: Path) -> None:
    for env in ({}, {"PEX_ROOT": "{cwd}/root"}, {"PEX_MODULE": "probe.cli:main"}):
        assert stand.start_here(Case("", "pex", ["none"], env), tmp_path).status == 0
    assert tree_of(tmp_path / "home") == []
    assert not (tmp_path / "root").exists()


def test_what_pex_has_unpacked_is_left_alone(stand: Stand, tmp_path: Path) -> None:
    assert stand.start(Case("", "pex", ["none"]), tmp_path, PYTHON, tmp_path / "home").status == 0
    before = tree_of(tmp_path / "home")
    for bundle in ("pex", "pex-module", "pex-user-package"):
        assert stand.start_here(Case("", bundle, ["none"]), tmp_path).status == 0
    assert tree_of(tmp_path / "home") == before


@pytest.mark.parametrize("words", [["report"], ["mp", "spawn"], ["mp", "forkserver"]], ids=" ".join)
def test_nothing_is_written_into_a_loose_directory(words: List[str], stand: Stand, tmp_path: Path) -> None:
    copy = tmp_path / "app"
    shutil.copytree(str(stand.bundle("pex-loose")), str(copy), ignore=shutil.ignore_patterns("__pycache__"))
    before = tree_of(copy)
    for _ in range(2):
        assert stand.run([*MAINSPRING, str(copy), *words], tmp_path).status == 0
    assert tree_of(copy) == before


def test_a_bundle_by_another_name_is_not_unpacked_again(stand: Stand, tmp_path: Path) -> None:
    for name in ("one.pex", "two", "three.zip"):
        assert stand.start_here(Case("", "pex", ["none"], called=name), tmp_path).status == 0
    assert len(list((tmp_path / "store").glob("bundles*/*/files"))) == 1


def test_of_pexs_own_modules_no_more_than_two_files_are_laid_out_which_verify_checks(
    stand: Stand, tmp_path: Path
) -> None:
    assert stand.start_here(Case("", "pex", ["none"]), tmp_path).status == 0
    assert len([path for path in (tmp_path / "store").rglob("*") if "/.bootstrap/" in str(path)]) == 3
    assert "damaged: nothing" in stand.run([*MAINSPRING, "cache", "verify"], tmp_path).out
    next((tmp_path / "store").rglob("pex.zip")).write_bytes(b"altered")
    assert "pex.zip" in stand.run([*MAINSPRING, "cache", "verify"], tmp_path).out
    assert stand.start_here(Case("", "pex", ["-c", OWN], INTERPRETER), tmp_path).status == 0


def test_a_bundle_runs_where_nothing_can_be_kept(stand: Stand, tmp_path: Path) -> None:
    env = {"MAINSPRING_CACHE_DIR": "{cwd}/file/store", "HOME": "{cwd}/file"}
    for words in (["resource"], ["metadata"], ["spaces"]):
        case = Case("", "pex", words, env, files={"file": ""})
        assert stand.start_here(case, tmp_path) == stand.start_here(case._replace(env={}), tmp_path)


@pytest.mark.parametrize("env", [{}, {"MAINSPRING_NO_CACHE": "1"}], ids=str)
def test_nothing_is_unpacked_for_a_bundle_that_is_handed_to_its_bootstrap(
    env: Files, stand: Stand, tmp_path: Path
) -> None:
    (tmp_path / "t").mkdir()
    for _ in range(2):
        assert stand.start_here(Case("", "pex-venv", ["none"], {"TMPDIR": "{cwd}/t", **env}), tmp_path).status == 0
    assert not [*tmp_path.glob("store/bundles*/*/files"), *(tmp_path / "t").iterdir()]
    is_known = [path.name for path in tmp_path.glob("store/bundles*/*/*.image")]
    assert len(is_known) == (0 if env else 1)
