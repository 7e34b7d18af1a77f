"""shiv's bundles run as under shiv's own bootstrap, which is the oracle: every case is started both ways."""

from pathlib import Path
from unittest.mock import ANY

import pytest

from makers_sight import Case, Difference, Stand, by_name, parameters, tree_of
from support import PYTHON

IS_PYTHON = "SHIV_INTERPRETER gives python itself, with its words and statuses; shiv imitates it"
AS_MODULE = {
    "argv": ["{site}/probe/__main__.py"],
    "main.__file__": "{site}/probe/__main__.py",
    "main.__loader__": "SourceFileLoader",
    "main.__package__": "probe",
    "main.__spec__": "probe.__main__",
    "main.names": ANY,
}
REFUSED = {"status": 2, "error": ANY}
DIFFERENCES = [
    Difference("*", "main.names:_bootstrap", "shiv's bootstrap does not run, so its name is not in __main__"),
    Difference("*", "guests:_bootstrap", "nor is it loaded"),
    Difference(
        "a module as the entry",
        "",
        "a module runs as under python -m; shiv calls it, and fails",
        {"status": 0, "error": ""},
    ),
    Difference(
        "a script that is no entry point and ends by itself",
        "",
        "the status is the script's; shiv prints its namespace and gives 1",
        {"status": 0, "error": ""},
    ),
    Difference(
        "SHIV_ENTRY_POINT that is not there",
        "",
        "told in a line, and no traceback",
        {"error": ANY},
    ),
    Difference("SHIV_ENTRY_POINT of no module", "", "told in a line, and no traceback", {"error": ANY}),
    Difference("an empty SHIV_ENTRY_POINT", "", "refused with what there is, and no traceback", REFUSED),
    Difference("SHIV_CONSOLE_SCRIPT that is not there", "", "refused with what there is, and no traceback", REFUSED),
    Difference("SHIV_INTERPRETER with -m and all that is seen", "", IS_PYTHON, AS_MODULE),
    Difference(
        "SHIV_INTERPRETER with -m and no such module", "", IS_PYTHON, {"error": "{python}: No module named nowhere"}
    ),
    Difference("SHIV_INTERPRETER with no such file", "", IS_PYTHON, {"status": 2, "error": ANY}),
    Difference(
        "SHIV_INTERPRETER with nothing is a prompt",
        "",
        IS_PYTHON,
        {"out": ">>> >>> probe ['']\n>>> ", "error": ANY},
    ),
    Difference(
        "what is in __main__ can be pickled",
        "",
        IS_PYTHON,
        {"status": 0, "out": "['a'] <class '__main__.Thing'>\n", "error": ""},
    ),
    Difference("black, by name of a module", "", IS_PYTHON, {"out": ANY}),
]

ECHO = "import sys\nprint(sys.argv, __name__, sys.path[0], sys.flags.isolated)\nimport probe\nprint(probe.__file__)\n"
MAIN = "import pickle, sys\nclass Thing: pass\nprint(sys.argv[1:], pickle.loads(pickle.dumps(Thing())).__class__)\n"
HTTP = ("--ignore-stdin", "--offline", "--pretty=all", "POST", "http://localhost/", "name=value")
SOURCE = "x = {  'a':1 }\n"
QUIET = {".config/httpie/config.json": '{"disable_update_warnings": true}'}

BUNDLES = [
    Case("a bundle with a console script", "shiv"),
    Case("a bundle with another function as its entry", "shiv-entry"),
    Case("a module as the entry", "shiv-module", []),
    Case("a script that is no entry point", "shiv-script"),
    Case("a script that is no entry point and ends by itself", "shiv-script", []),
    Case("an uncompressed bundle", "shiv-stored"),
    Case("a reproducible bundle", "shiv-reproducible"),
    Case("a bundle that compiles what it unpacks", "shiv-compiled"),
    Case("a bundle with a preamble", "shiv-preamble"),
    Case("a bundle with a preamble that cleans up", "shiv-cleans"),
    Case("a bundle with a preamble of the shell", "shiv-shell", ["metadata"]),
    Case("a bundle with a key that nobody knows", "shiv-unknown"),
    Case("a bundle that extends PYTHONPATH", "shiv-extends"),
    Case("a bundle that must not be modified", "shiv-unmodified"),
    Case("a bundle with a root that a variable names", "shiv-root", env={"PROBE_ROOT": "{cwd}/own"}),
    Case("a bundle with an id that its builder chose", "shiv-id"),
    Case("a bundle with options in its shebang", "shiv-python"),
    Case("a bundle of shiv 1.0.3", "shiv-1.0.3"),
    Case("a bundle of shiv 0.5.2", "shiv-0.5.2"),
    Case("a bundle by the name of a link", "shiv", called="link"),
    Case("a bundle by the name of a link with an underscore", "shiv", called="a_link.pyz"),
    Case("a bundle with a preamble by the name of a link", "shiv-preamble", called="link.zip"),
]
PROGRAM = [
    Case("an exit status", "shiv", ["exit", "7"]),
    Case("an exit status that is a text", "shiv", ["exit", "a text"]),
    Case("an entry that returns None", "shiv", ["none"]),
    Case("an exception", "shiv", ["raise"]),
    Case("a signal", "shiv", ["abort"]),
    Case("resources, by file and by importlib", "shiv", ["resource"]),
    Case("metadata and plugins", "shiv", ["metadata"]),
    Case("a namespace package of two distributions", "shiv", ["spaces"]),
    Case("standard input", "shiv", ["-"], stdin="text\n"),
    Case("workers that are forked", "shiv", ["mp", "fork"]),
    Case("workers that are spawned", "shiv", ["mp", "spawn"]),
    Case("workers of a server", "shiv", ["mp", "forkserver"]),
    Case("a child without the variables of the parent's entry", "shiv", ["child", "-c", "import probe"]),
    Case("a child that finds the packages", "shiv-extends", ["child", "-c", "import probe"]),
]
VARIABLES = [
    Case("SHIV_ENTRY_POINT names another function", "shiv", env={"SHIV_ENTRY_POINT": "probe.cli:second"}),
    Case("SHIV_ENTRY_POINT is not seen by the program", "shiv", env={"SHIV_ENTRY_POINT": "probe.cli:main"}),
    Case("SHIV_ENTRY_POINT with dots to what a module has", "shiv", env={"SHIV_ENTRY_POINT": "probe.cli.sys.exit"}),
    Case("SHIV_ENTRY_POINT with a dot", "shiv", env={"SHIV_ENTRY_POINT": "probe.cli.second"}),
    Case("SHIV_ENTRY_POINT that is not there", "shiv", env={"SHIV_ENTRY_POINT": "probe.cli:nothing"}),
    Case("SHIV_ENTRY_POINT of no module", "shiv", env={"SHIV_ENTRY_POINT": "nowhere:main"}),
    Case("an empty SHIV_ENTRY_POINT", "shiv", env={"SHIV_ENTRY_POINT": ""}),
    Case("SHIV_MODULE names another function", "shiv", env={"SHIV_MODULE": "probe.cli:second"}),
    Case(
        "SHIV_ENTRY_POINT comes before SHIV_MODULE",
        "shiv",
        env={"SHIV_MODULE": "x:y", "SHIV_ENTRY_POINT": "probe.cli:second"},
    ),
    Case("SHIV_CONSOLE_SCRIPT names another script", "shiv", env={"SHIV_CONSOLE_SCRIPT": "probe-second"}),
    Case(
        "SHIV_CONSOLE_SCRIPT comes before SHIV_ENTRY_POINT",
        "shiv",
        env={"SHIV_CONSOLE_SCRIPT": "probe-second", "SHIV_ENTRY_POINT": "x:y"},
    ),
    Case("SHIV_CONSOLE_SCRIPT of a script that is no entry point", "shiv", env={"SHIV_CONSOLE_SCRIPT": "probe-raw"}),
    Case("an empty SHIV_CONSOLE_SCRIPT", "shiv", env={"SHIV_CONSOLE_SCRIPT": ""}),
    Case("SHIV_CONSOLE_SCRIPT that is not there", "shiv", env={"SHIV_CONSOLE_SCRIPT": "nothing"}),
    Case("SHIV_EXTEND_PYTHONPATH", "shiv", env={"SHIV_EXTEND_PYTHONPATH": "1"}),
    Case("SHIV_EXTEND_PYTHONPATH in another word", "shiv", env={"SHIV_EXTEND_PYTHONPATH": "Yes"}),
    Case("SHIV_EXTEND_PYTHONPATH that means no", "shiv-extends", env={"SHIV_EXTEND_PYTHONPATH": "on"}),
    Case(
        "SHIV_EXTEND_PYTHONPATH beside PYTHONPATH",
        "shiv",
        env={"SHIV_EXTEND_PYTHONPATH": "true", "PYTHONPATH": "{cwd}"},
    ),
    Case(
        "PYTHONPATH comes before the bundle", "shiv", env={"PYTHONPATH": "{cwd}/here"}, files={"here/probe_hook.py": ""}
    ),
    Case("SHIV_PREPEND_PYTHONPATH", "shiv", env={"SHIV_PREPEND_PYTHONPATH": "{cwd}/first"}),
    Case(
        "SHIV_PREPEND_PYTHONPATH hides modules of the bundle",
        "shiv",
        ["x"],
        {"SHIV_PREPEND_PYTHONPATH": "{cwd}"},
        files={"probe/__init__.py": "", "probe/cli.py": "def main(): print('mine')\n"},
    ),
    Case(
        "SHIV_PREPEND_PYTHONPATH with SHIV_EXTEND_PYTHONPATH",
        "shiv",
        env={"SHIV_PREPEND_PYTHONPATH": "{cwd}", "SHIV_EXTEND_PYTHONPATH": "1"},
    ),
    Case("SHIV_ROOT", "shiv", env={"SHIV_ROOT": "{cwd}/root"}),
    Case("SHIV_ROOT that names a variable", "shiv", env={"SHIV_ROOT": "$PROBE_ROOT/x", "PROBE_ROOT": "{cwd}"}),
    Case("SHIV_FORCE_EXTRACT", "shiv", env={"SHIV_FORCE_EXTRACT": "1"}),
    Case("SHIV_COMPILE_PYC", "shiv", env={"SHIV_COMPILE_PYC": "1", "SHIV_COMPILE_WORKERS": "x"}),
]
INTERPRETER = [
    Case("SHIV_INTERPRETER with -c", "shiv", ["-c", ECHO, "a"], {"SHIV_INTERPRETER": "1"}),
    Case("SHIV_INTERPRETER that looks like no", "shiv", ["-c", ECHO], {"SHIV_INTERPRETER": "0"}),
    Case("an empty SHIV_INTERPRETER", "shiv", env={"SHIV_INTERPRETER": ""}),
    Case("SHIV_INTERPRETER with -m", "shiv", ["-m", "probe", "metadata"], {"SHIV_INTERPRETER": "1"}),
    Case("SHIV_INTERPRETER with -m and all that is seen", "shiv", ["-m", "probe"], {"SHIV_INTERPRETER": "1"}),
    Case("SHIV_INTERPRETER with -m and no such module", "shiv", ["-m", "nowhere"], {"SHIV_INTERPRETER": "1"}),
    Case("SHIV_INTERPRETER with standard input", "shiv", ["-", "a"], {"SHIV_INTERPRETER": "1"}, stdin=ECHO),
    Case("SHIV_INTERPRETER with a file", "shiv", ["echo.py", "a"], {"SHIV_INTERPRETER": "1"}, files={"echo.py": ECHO}),
    Case("SHIV_INTERPRETER with no such file", "shiv", ["no.py"], {"SHIV_INTERPRETER": "1"}),
    Case(
        "SHIV_INTERPRETER with nothing is a prompt",
        "shiv",
        [],
        {"SHIV_INTERPRETER": "1"},
        stdin="import probe, sys\nprint(probe.__name__, sys.argv)\n",
    ),
    Case(
        "SHIV_INTERPRETER stays for a child",
        "shiv",
        ["-c", "import os\nprint(os.environ['SHIV_INTERPRETER'])"],
        {"SHIV_INTERPRETER": "1"},
    ),
    Case(
        "SHIV_INTERPRETER comes before an entry point",
        "shiv",
        ["-c", ECHO],
        {"SHIV_INTERPRETER": "1", "SHIV_ENTRY_POINT": "probe.cli:second"},
    ),
    Case("a bundle without an entry is an interpreter", "shiv-nothing", ["-c", ECHO, "a"]),
    Case("a bundle without an entry runs a module", "shiv-nothing", ["-m", "probe", "exit", "5"]),
    Case("what is in __main__ can be pickled", "shiv-nothing", ["main.py", "a"], files={"main.py": MAIN}),
]
OPTIONS = [
    Case("-I", "shiv", options=["-I"]),
    Case("-E -s -B", "shiv", options=["-E", "-s", "-B"]),
    Case("-O -W error", "shiv", options=["-O", "-W", "error"]),
    Case("-X dev -X utf8", "shiv", options=["-X", "dev", "-X", "utf8"]),
]
PROGRAMS = [
    Case("cowsay", "shiv-cowsay", ["-t", "hello"]),
    Case("httpie", "shiv-httpie", HTTP, env={"HTTPIE_CONFIG_DIR": "{cwd}/.config/httpie"}, files=QUIET),
    Case("black", "shiv-black", ["-q", "-"], stdin=SOURCE),
    Case("black, by name of a module", "shiv-black", ["-m", "black", "--version"], {"SHIV_INTERPRETER": "1"}),
]
CASES = [*BUNDLES, *PROGRAM, *VARIABLES, *INTERPRETER, *OPTIONS, *PROGRAMS]


@pytest.fixture(scope="module")
def stand(tmp_path_factory: pytest.TempPathFactory) -> Stand:
    return Stand(tmp_path_factory.mktemp("shiv"), DIFFERENCES)


@pytest.mark.parametrize("case", parameters(by_name(CASES)))
def test_bundles_run_as_under_shivs_bootstrap(case: Case, stand: Stand, tmp_path: Path) -> None:
    stand.compare(case, tmp_path)


def test_nothing_is_written_where_shiv_would_unpack(stand: Stand, tmp_path: Path) -> None:
    for env in ({}, {"SHIV_ROOT": "{cwd}/root"}, {"SHIV_FORCE_EXTRACT": "1"}):
        assert stand.start_here(Case("", "shiv", ["none"], env), tmp_path).status == 0
    assert tree_of(tmp_path / "home") == []
    assert not (tmp_path / "root").exists()


def test_what_shiv_has_unpacked_is_left_alone(stand: Stand, tmp_path: Path) -> None:
    assert stand.start(Case("", "shiv", ["none"]), tmp_path, PYTHON, tmp_path / "home").status == 0
    before = tree_of(tmp_path / "home")
    for bundle in ("shiv", "shiv-preamble", "shiv-cleans", "shiv-compiled"):
        assert stand.start_here(Case("", bundle, ["none"]), tmp_path).status == 0
    assert tree_of(tmp_path / "home") == before


def test_a_bundle_by_another_name_is_not_unpacked_again(stand: Stand, tmp_path: Path) -> None:
    for name in ("one.pyz", "two", "three.zip"):
        assert stand.start_here(Case("", "shiv", ["none"], called=name), tmp_path).status == 0
    assert len(list((tmp_path / "store").glob("bundles*/*/files/site-packages"))) == 1


def test_a_bundle_runs_where_nothing_can_be_kept(stand: Stand, tmp_path: Path) -> None:
    env = {"MAINSPRING_CACHE_DIR": "{cwd}/file/store", "HOME": "{cwd}/file"}
    for words in (["resource"], ["metadata"], ["mp", "spawn"]):
        case = Case("", "shiv", words, env, files={"file": ""})
        assert stand.start_here(case, tmp_path) == stand.start_here(case._replace(env={}), tmp_path)


def test_a_bundle_runs_without_a_home(stand: Stand, tmp_path: Path) -> None:
    case = Case("", "shiv", ["metadata"], {"HOME": ""})
    assert stand.start_here(case, tmp_path).status == 0
