"""An archive runs the same with the store's help as under python: cold, warm and without, whatever its program looks at.

The oracle is python itself; the differences that are taken away are those of `test_like_python`, and no more.
"""

import os
import py_compile
import shutil
import sys
import sysconfig
import time
import zipfile
import zlib
from pathlib import Path
from typing import Dict, List, Tuple

import pytest

import mainspring
from cases.inside import MANY, MEMBERS, PROGRAMS, Program
from cases.inside_endings import PROGRAMS as ENDINGS
from support import MAINSPRING, PYTHON, Ended, images, run, store_at_home, write_tree, write_zip
from test_like_python import LAUNCHERS, _assert_same, _without_differences

LAUNCHER = LAUNCHERS.get("script", MAINSPRING[1:])
STARTS = {"cold": [], "warm": [], "warm again": [], "without the store": ["--no-cache"]}
LAST = list(STARTS)[2:]  # which take turns where not all are made
SETTLED = 0.1  # seconds: a file that has just changed gets no record


def _fits(program: Program) -> bool:
    needs = {"linux": sys.platform.startswith("linux"), "posix": os.name == "posix"}
    return program.since <= sys.version_info < program.before and needs.get(program.needs, True)


FITTING = [pytest.param(program, id=program.name) for program in [*PROGRAMS, *ENDINGS] if _fits(program)]


@pytest.mark.parametrize("program", FITTING)
def test_programs_of_archives_see_what_they_see_under_python(
    program: Program, tmp_path: Path, is_thorough: bool
) -> None:
    archive = _archive(program, tmp_path)
    expected = _start(program, archive, [])
    _settle(archive)
    assert program.status in (expected[0].status, None), expected[0].err[-1000:]
    spared = LAST[(zlib.crc32(program.name.encode()) + sys.version_info[1]) % len(LAST)]
    for name, words in STARTS.items():
        if name == spared and not is_thorough:
            continue
        seen = _start(program, archive, [*LAUNCHER, *words])
        _assert_same(expected[0], seen[0], name)
        assert seen[1] == expected[1], name


WATCH = """
import os, sys
def watch(event, args):
    if event == "open" and isinstance(args[0], str) and args[0].endswith("p.pyz"):
        os.write(2, b"the archive was opened\\n")
sys.addaudithook(watch)
"""
DEEP = "import top, pkg.sub, pkg.deep.leaf, space.inner, many.all, json, chain_a, replaced, re\nre.compile('x')\nprint(top)\n"


def test_the_third_start_does_not_open_the_archive(tmp_path: Path) -> None:
    program = Program("", DEEP, MANY, tree={"site/sitecustomize.py": WATCH}, env={"PYTHONPATH": "site"})
    archive = _archive(program, tmp_path)
    _settle(archive)
    opened = ["opened" in _start(program, archive, list(LAUNCHER))[0].err for _ in range(3)]
    assert opened == [True, False, False]
    assert "opened" in _start(program, archive, [])[0].err


COMPILES = """
import sys, zipimport
zipimport._zip_searchorder += ((".up", False, False),)
plain = zipimport._compile_source
def mine(pathname, source, *rest):
    return plain(pathname, source.lower() if pathname.endswith(".up") else source, *rest)
zipimport._compile_source = mine
if len(sys.argv) > 1: import lang
else: import other
"""


def test_a_program_that_compiles_its_modules_in_its_own_way_does_so_at_every_start(tmp_path: Path) -> None:
    write_zip(tmp_path / "p.pyz", {"__main__.py": COMPILES, "lang.up": "PRINT('HI')\n", "other.py": "print('other')\n"})
    _settle(tmp_path / "p.pyz")
    for words, out in (([], "other\n"), (["x"], "hi\n"), (["x"], "hi\n"), ([], "other\n"), (["x"], "hi\n")):
        assert run([*LAUNCHER, "p.pyz", *words], tmp_path) == Ended(0, out, "")
        assert run([*PYTHON, "p.pyz", *words], tmp_path) == Ended(0, out, "")


def test_threads_find_all_in_the_image(tmp_path: Path) -> None:
    program = next(program for program in PROGRAMS if program.name == "imports in threads")
    program = program._replace(tree={"site/sitecustomize.py": WATCH}, env={"PYTHONPATH": "site"})
    archive = _archive(program, tmp_path)
    _settle(archive)
    opened = ["opened" in _start(program, archive, list(LAUNCHER))[0].err for _ in range(8)]
    assert opened == [True] + [False] * 7


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA], ids=["bzip2", "LZMA"])
def test_members_that_zipimport_cannot_unpack_become_files_by_themselves(method: int, tmp_path: Path) -> None:
    with zipfile.ZipFile(str(tmp_path / "p.pyz"), "w", method) as archive:
        archive.writestr("__main__.py", "import mod, os, sys\nprint(os.path.isfile(mod.__file__), sys.argv)\n")
        archive.writestr("mod.py", "# text\n" * 100)
    time.sleep(SETTLED)
    assert run([*PYTHON, "p.pyz"], tmp_path).status == 1
    for options in (["--no-cache"], [], [], ["--unpack"]):
        assert run([*MAINSPRING, *options, "p.pyz", "a"], tmp_path) == Ended(0, "True ['p.pyz', 'a']\n", "")
    images = list(store_at_home().glob("bundles-1/*/*.image"))
    assert len(images) == 1  # that of the second start served the third


def test_a_program_with_functions_at_exit_of_its_own_is_kept_in_an_image(tmp_path: Path) -> None:
    archive = write_zip(tmp_path / "p.pyz", {"__main__.py": "import atexit\natexit.register(print, 'end')\n"})
    _settle(archive)
    assert run([*MAINSPRING, "p.pyz"], tmp_path) == Ended(0, "end\n", "")
    assert list(store_at_home().glob("bundles-1/*/*.image"))


NEVER = """\
import importlib.util, sys, types
spec = importlib.util.find_spec("never")
spec.loader = importlib.util.LazyLoader(spec.loader)
sys.modules["never"] = module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
class Odd:
    def __getattr__(self, name):
        raise RuntimeError(name)
sys.modules["odd"] = Odd()
print("done")
"""


@pytest.mark.parametrize("words", [["--unpack"], []], ids=str)
def test_modules_that_a_program_does_not_look_into_are_not_executed_for_us(words: List[str], tmp_path: Path) -> None:
    members = {"__main__.py": NEVER, "never.py": "print('executed')\n", **{f"m{i}.py": "" for i in range(9)}}
    archive = write_zip(tmp_path / "p.pyz", members if words or sys.version_info >= (3, 10) else {"__main__.py": ""})
    _settle(archive)
    expected = run([*PYTHON, "p.pyz"], tmp_path) if not words else Ended(0, "done\n", "")
    for _ in range(3):
        assert run([*MAINSPRING, *words, "p.pyz"], tmp_path) == expected
    assert list(store_at_home().glob("bundles-1/*/*.image"))


def test_bytecode_in_an_archive_says_of_which_file_it_was_made(tmp_path: Path) -> None:
    for name in ("mod", "__main__"):
        (tmp_path / "x.py").write_text("def f(): return f.__code__.co_filename\nprint(f())\nimport mod\n")
        py_compile.compile(str(tmp_path / "x.py"), str(tmp_path / f"{name}.pyc"), f"src/{name}.py", doraise=True)
    archive = write_zip(
        tmp_path / "p.pyz", {f"{name}.pyc": (tmp_path / f"{name}.pyc").read_bytes() for name in ("mod", "__main__")}
    )
    _settle(archive)
    expected = run([*PYTHON, "p.pyz"], tmp_path)
    assert expected == Ended(0, "src/__main__.py\nsrc/mod.py\n", "")
    for _ in range(3):
        assert run([*MAINSPRING, "p.pyz"], tmp_path) == expected


@pytest.mark.skipif(os.name == "nt", reason="its library lies elsewhere, and not everybody may make links")
def test_the_librarys_code_names_the_files_of_a_python_that_was_copied_with_its_bytecode(tmp_path: Path) -> None:
    library = tmp_path / "home" / "lib" / f"python{sys.version_info[0]}.{sys.version_info[1]}"
    library.mkdir(parents=True)
    for path in Path(os.__file__).parent.iterdir():
        if path.name != "json":
            (library / path.name).symlink_to(path)
    shutil.copytree(str(Path(os.__file__).parent / "json"), str(library / "json"))
    for path in (library / "json").glob("*.py"):
        py_compile.compile(str(path), dfile=f"/elsewhere/{path.name}", doraise=True)
    _settle(write_zip(tmp_path / "p.pyz", {"__main__.py": "import json\nprint(json.loads.__code__.co_filename)\n"}))
    env = {"PYTHONHOME": str(tmp_path / "home"), "PYTHONPATH": sysconfig.get_paths()["purelib"]}
    expected = run([*PYTHON, "p.pyz"], tmp_path, env=env)
    assert expected == Ended(0, f"{library / 'json' / '__init__.py'}\n", "")
    for _ in range(3):
        assert run([*MAINSPRING, "p.pyz"], tmp_path, env=env) == expected


def test_a_program_goes_on_where_our_files_cannot_be_read_any_more(tmp_path: Path) -> None:
    program = (
        "import os, sys\nown = os.path.dirname(sys.argv[1])\n"
        "def forbid(event, args):\n"
        "    if event == 'open' and isinstance(args[0], str) and (own in args[0] or 'mainspring' in args[0]):\n"
        "        raise RuntimeError('forbidden')\n"
        "sys.addaudithook(forbid)\n"
        "import json, re, collections, mine\n"
        "if len(sys.argv) > 2:\n    import colorsys, late.inner\n"
        "print(re.sub('a+', 'b', 'caat'), collections.namedtuple('P', 'x')(1), json.dumps([1]))\n"
    )
    members = {"__main__.py": program, "mine.py": "", "late/__init__.py": "", "late/inner.py": "print('late')\n"}
    archive = write_zip(tmp_path / "p.pyz", members)
    _settle(archive)
    for more in ([], [], ["more"]):  # the last wants what was not looked up before
        ended = run([*MAINSPRING, "p.pyz", mainspring.__file__, *more], tmp_path)
        assert (ended.status, ended.out) == (0, "late\n" * len(more) + "cbt P(x=1) [1]\n")


TEXTS = """
import re, sys
def watch(event, args):
    if event == "compile" and args[1] == "<string>":
        print("compiled", args[0])
sys.addaudithook(watch)
parser = getattr(re, "_parser", None) or sys.modules["sre_parse"]
ordinary = parser.parse
parser.parse = lambda *given, **named: print("parsed", given[0]) or ordinary(*given, **named)
import inspect, textwrap
parser.parse = ordinary
print("end")
"""


def test_what_the_librarys_modules_compile_is_kept_where_no_module_of_the_archive_imports_them(tmp_path: Path) -> None:
    write_tree(tmp_path, {"probe.py": "import sys\nprint(*sys.modules)\n"})
    if {"re", "collections"} & {*run([*PYTHON, "-m", "probe"], tmp_path).out.split()}:
        pytest.skip("runpy brings them, so that they are there before us")
    archive = write_zip(tmp_path / "p.pyz", {"__main__.py": TEXTS})
    _settle(archive)
    first = run([*MAINSPRING, "p.pyz"], tmp_path)
    assert "parsed" in first.out and "compiled" in first.out
    assert run([*MAINSPRING, "p.pyz"], tmp_path) == Ended(0, "end\n", "")


STEPPED = "import pdb\npdb.set_trace()\nx = 1\nprint('end')\n"


@pytest.mark.skipif(sys.version_info >= (3, 14), reason="pdb steps by sys.monitoring: a row of README's table")
def test_a_debugger_that_steps_past_the_last_line_sees_the_program_end(tmp_path: Path) -> None:
    write_tree(tmp_path, {"s.py": STEPPED})
    write_zip(tmp_path / "p.pyz", {"__main__.py": STEPPED, **{f"m{i}.py": "" for i in range(9)}})
    script = run([*PYTHON, "s.py"], tmp_path, stdin="n\n" * 4)
    for _ in range(2):
        ended = run([*PYTHON, *LAUNCHER, "s.py"], tmp_path, stdin="n\n" * 4)
        assert (ended.status, ended.out, ended.err[:40]) == (script.status, script.out, script.err[:40])
        ended = run([*PYTHON, *LAUNCHER, "p.pyz"], tmp_path, stdin="n\n" * 4)
        assert (ended.status, ended.out.count("(Pdb)"), "mainspring" in ended.out) == (
            0,
            script.out.count("(Pdb)"),
            False,
        )


def test_a_program_may_have_a_mainspring_of_its_own_while_the_image_is_written(tmp_path: Path) -> None:
    program = (
        "import threading, many\nstop = []\nfaults = []\n"
        "def look():\n"
        "    while not stop:\n"
        "        import mainspring\n"
        "        if not hasattr(mainspring, 'x'): faults.append(1)\n"
        "import mainspring\n"
        "thread = threading.Thread(target=look); thread.start()\n"
        "import large_a, large_b\n"
        "stop.append(1); thread.join()\n"
        "print(len(faults))\n"
    )
    large = "".join(f"def f{i}(x):\n    return [x, {i}, 'text {i}']\n" for i in range(4000))
    members = {
        "__main__.py": program,
        "mainspring.py": "x = 1\n",
        "many.py": "",
        "large_a.py": large,
        "large_b.py": large,
    }
    archive = write_zip(tmp_path / "p.pyz", members)
    _settle(archive)
    assert run([*MAINSPRING, "p.pyz"], tmp_path) == Ended(0, "0\n", "")


MAKES = """\
import os, sys
import pkg
for name in ("made", "pkg.made"):
    try:
        __import__(name)
        print(name, "is there")
    except ImportError:
        with open(os.path.join(os.path.dirname(__file__), *name.split(".")) + ".py", "w"):
            print(name, "is made")
try:
    import missing
except ImportError:
    open(os.path.join(os.path.dirname(__file__), str(len(os.listdir(os.path.dirname(__file__))))), "w").close()
"""


def test_modules_that_a_program_makes_beside_its_own_are_found_by_its_next_run(tmp_path: Path) -> None:
    members = {"__main__.py": MAKES, "pkg/__init__.py": ""}
    write_tree(tmp_path / "d", members)
    _settle(write_zip(tmp_path / "p.pyz", members))
    for number in range(4):
        expected = run([*PYTHON, "d"], tmp_path)
        assert run([*MAINSPRING, "--unpack", "p.pyz"], tmp_path) == expected, number
    [image] = store_at_home().glob("bundles-1/*/*.image")
    before = image.stat().st_ino
    assert run([*MAINSPRING, "--unpack", "p.pyz"], tmp_path) == expected
    assert image.stat().st_ino == before  # though the program writes a file in each run


# It is saved before all is imported, as it is much.
INTERRUPTED = """\
import importlib, signal, sys

class Late(Exception):  # no TimeoutError, which is an OSError: zipimport may take that for one of its own
    pass

class Clock:
    has_rung = False
    def ring(self, number, frame):
        self.has_rung = True
        raise Late

clock, is_seen = Clock(), False
signal.signal(signal.SIGALRM, clock.ring)
signal.setitimer(signal.ITIMER_REAL, float(sys.argv[1]))
try:
    for number in range(12):
        importlib.import_module(f"m{number}")
    signal.setitimer(signal.ITIMER_REAL, 0)
except Late:
    is_seen = True
print(clock.has_rung, is_seen)
"""


def _much() -> Dict[str, str]:
    lines = "".join(f"def f{number}(a, b):\n    return a.x + b.y, {number}, 'text'\n" for number in range(400))
    return {f"m{number}.py": lines for number in range(12)}


@pytest.mark.skipif(os.name == "nt", reason="there are no such clocks there")
def test_what_a_handler_of_a_signal_raises_is_the_programs_whenever_it_comes(tmp_path: Path) -> None:
    # Stored: zipimport takes what comes while it loads zlib for a lack of that.
    _settle(write_zip(tmp_path / "p.pyz", {"__main__.py": INTERRUPTED, **_much()}, deflated=False))
    for number in range(1, 31):
        store = {"MAINSPRING_CACHE_DIR": str(tmp_path / str(number))}
        ended = run([*MAINSPRING, "p.pyz", str(number / 100)], tmp_path, env=store)
        assert ended in (Ended(0, "True True\n", ""), Ended(0, "False False\n", ""))


# What the store asks of os amid a run, and what it does there, may be what a handler comes between.
AMID = """\
import importlib, os, signal

class Late(Exception):
    pass

def ring(number, frame):
    raise Late

def ask():
    signal.raise_signal(signal.SIGUSR1)
    return getpid()

getpid, seen = os.getpid, []
signal.signal(signal.SIGUSR1, ring)
os.getpid = ask
for number in range(12):
    try:
        importlib.import_module(f"m{number}")
    except Late:
        seen.append(number)
os.getpid = getpid
print(len(seen), signal.pthread_sigmask(signal.SIG_BLOCK, ()))
"""


@pytest.mark.skipif(os.name == "nt", reason="there are no such signals there")
@pytest.mark.parametrize("words", [[], ["--unpack"]], ids=str)
def test_what_a_handler_raises_while_the_store_asks_is_the_programs(words: List[str], tmp_path: Path) -> None:
    _settle(write_zip(tmp_path / "p.pyz", {"__main__.py": AMID, **_much()}, deflated=False))
    assert run([*MAINSPRING, *words, "p.pyz"], tmp_path) == Ended(0, "1 set()\n", "")


# Each time that something is read from the store, a signal comes.
AMID_READING = """\
import importlib, os, signal, sys

class Late(Exception):
    pass

def ring(number, frame):
    rung.append(number)
    raise Late

def hook(event, arguments):
    if event == "open" and str(arguments[0]).startswith(os.environ["MAINSPRING_CACHE_DIR"]):
        signal.raise_signal(signal.SIGUSR1)

rung, seen = [], []
signal.signal(signal.SIGUSR1, ring)
sys.addaudithook(hook)
for number in range(int(sys.argv[1])):
    try:
        importlib.import_module(f"m{number}")
    except Late:
        seen.append(number)
signal.signal(signal.SIGUSR1, signal.SIG_IGN)
print(len(rung) == len(seen), len(rung) > 0)
"""


@pytest.mark.skipif(os.name == "nt", reason="there are no such signals there")
@pytest.mark.parametrize("counts", ["12 12 12", "1 12 12"])  # with the latter, an image is read whole as it lacks much
def test_what_a_handler_raises_while_the_store_is_read_is_the_programs(counts: str, tmp_path: Path) -> None:
    _settle(write_zip(tmp_path / "p.pyz", {"__main__.py": AMID_READING, **_much()}, deflated=False))
    store = {"MAINSPRING_CACHE_DIR": str(tmp_path / "store")}
    ended = {run([*MAINSPRING, "p.pyz", count], tmp_path, env=store) for count in counts.split()}
    assert ended - {Ended(0, "True False\n", "")} == {
        Ended(0, "True True\n", "")
    }  # the former where all was read before


CACHED = """\
import importlib.util, json, pkg.own, sys
sys.pycache_prefix = sys.argv[1] if sys.argv[1:] else sys.pycache_prefix
import colorsys, pkg
from pkg import late
for module in (pkg, pkg.own, late, colorsys, json, json.decoder):
    print(getattr(module, "__cached__", None), module.__spec__.cached, importlib.util.cache_from_source(module.__file__))
"""


@pytest.mark.parametrize("env", [{}, {"PYTHONOPTIMIZE": "2"}, {"PYTHONPYCACHEPREFIX": "/nowhere/at/all"}], ids=str)
@pytest.mark.parametrize("words", [[], ["/elsewhere"]], ids=str)
def test_modules_say_where_their_bytecode_would_be(env: Dict[str, str], words: List[str], tmp_path: Path) -> None:
    members = dict.fromkeys(("pkg/__init__.py", "pkg/own.py", "pkg/late.py"), "")
    _settle(write_zip(tmp_path / "p.pyz", {"__main__.py": CACHED, **members}))
    expected = run([*PYTHON, "p.pyz", *words], tmp_path, env=env)
    assert expected.status == 0 and len(expected.out.splitlines()) == len(members) + 3
    for _ in range(3):
        assert run([*MAINSPRING, "p.pyz", *words], tmp_path, env=env) == expected


def test_programs_have_names_of_their_own() -> None:
    names = [program.name for program in [*PROGRAMS, *ENDINGS]]
    assert len(set(names)) == len(names)


def _archive(program: Program, directory: Path) -> Path:
    members = {**MEMBERS, **program.members, "__main__.py": program.source}
    (directory / "t").mkdir()
    made = write_zip(directory / "t" / "p.pyz", members)
    return made


def _settle(archive: Path) -> None:
    time.sleep(max(0.0, archive.stat().st_mtime + SETTLED - time.time()))


def _start(program: Program, archive: Path, launcher: List[str]) -> Tuple[Ended, Dict[str, bytes]]:
    """Make what is beside the archive anew, start that, and give what it showed and which files it left."""
    for path in archive.parent.iterdir():
        if path != archive:
            shutil.rmtree(str(path)) if path.is_dir() else path.unlink()
    write_tree(archive.parent, program.tree)
    words = [*PYTHON, *program.options, *launcher, archive.name]
    ended = run(words, archive.parent, env=program.env)
    return _without_differences(ended), _files(archive.parent)


def _files(directory: Path) -> Dict[str, bytes]:
    return {
        str(path.relative_to(directory)): path.read_bytes()
        for path in sorted(directory.rglob("*"))
        if path.is_file() and path.suffix not in (".pyz", ".pyc", ".gz", ".zip", ".db")
    }


def test_resources_are_read_where_the_archive_has_no_entries_for_directories(tmp_path: Path) -> None:
    files = {"pkg/__init__.py": "", "pkg/data.txt": "some", "__main__.py": ""}
    main = "import pkgutil, pkg\nprint(pkgutil.get_data('pkg', 'data.txt'), pkg.__loader__.get_source('pkg'))\n1/0\n"
    write_zip(tmp_path / "a.pyz", {**files, "__main__.py": main}, deflated=False)
    expected = _without_differences(run([*PYTHON, "a.pyz"], tmp_path))
    _settle(tmp_path / "a.pyz")
    for _ in range(3):
        _assert_same(expected, _without_differences(run([*MAINSPRING, "a.pyz"], tmp_path)), "each time")


def test_the_store_stays_where_it_was_whatever_the_program_does_to_its_environment(tmp_path: Path) -> None:
    main = "import os, json\nos.environ['HOME'] = os.environ['XDG_CACHE_HOME'] = os.path.abspath('h')\nos.chdir('d')\n"
    write_zip(tmp_path / "a.pyz", {"__main__.py": main})
    (tmp_path / "d").mkdir()
    _settle(tmp_path / "a.pyz")
    for _ in range(3):
        assert run([*MAINSPRING, "a.pyz"], tmp_path, env={"MAINSPRING_CACHE_DIR": "store"}).status == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.pyz", "d", "store"]
    assert list((tmp_path / "d").iterdir()) == []
    assert list((tmp_path / "store").glob("floors-1/*"))


OWN_SETTRACE = """
import sys, late
real = sys.settrace
def settrace(tracer):
    print("settrace was called")
    real(tracer)
sys.settrace = settrace
real(lambda frame, event, arg: None)
"""


def test_a_debugger_with_a_settrace_of_its_own_sees_none_of_our_calls(tmp_path: Path) -> None:
    write_tree(tmp_path, {"s.py": OWN_SETTRACE, "late.py": ""})
    write_zip(tmp_path / "a.pyz", {"__main__.py": OWN_SETTRACE, "late.py": ""})
    for target in ("s.py", "a.pyz"):
        for _ in range(3):
            assert run([*MAINSPRING, target], tmp_path) == Ended(0, "", "")


def test_a_package_that_comes_to_stand_before_a_known_module_is_found(tmp_path: Path) -> None:
    program = (
        "import importlib, os, sys\nhere = os.path.dirname(os.path.abspath(__file__))\n"
        "if 'package' in sys.argv:\n"
        "    os.makedirs(os.path.join(here, 'foo'), exist_ok=True)\n"
        "    open(os.path.join(here, 'foo', '__init__.py'), 'w').close()\n"
        "    importlib.invalidate_caches()\n"
        "def main():\n"
        "    import foo\n"
        "    print(os.path.relpath(foo.__file__, here))\n"
        "main()\n"
    )
    write_zip(tmp_path / "p.pyz", {"__main__.py": "import app", "app.py": program, "foo.py": ""})
    _settle(tmp_path / "p.pyz")
    for words, expected in ([[], "foo.py"],) * 3 + ([["package"], os.path.join("foo", "__init__.py")],) * 2:
        assert run([*MAINSPRING, "--unpack", "p.pyz", *words], tmp_path) == Ended(0, f"{expected}\n", "")


def test_what_a_program_imports_is_kept_though_it_is_started_once_a_week(tmp_path: Path) -> None:
    _settle(write_zip(tmp_path / "p.pyz", {"__main__.py": "import sys\nif sys.argv[1:]: import a", "a.py": "x = 1\n"}))
    store = tmp_path / "store"
    variables = {"MAINSPRING_CACHE_DIR": str(store)}
    run([*MAINSPRING, "p.pyz"], tmp_path, env=variables)
    [before] = images(store)
    for image in store.glob("bundles-*/*/*.image"):
        os.utime(str(image), (time.time() - 7 * 86400,) * 2)
    run([*MAINSPRING, "p.pyz", "more"], tmp_path, env=variables)
    assert images(store) != [before]


IMPORTERS = """
import sys
frame, names = sys._getframe(1), []
while not names or names[-1] != "__main__":
    names.append(frame.f_globals["__name__"])
    frame = frame.f_back
print([name for name in names if not name.startswith("importlib.") and name != "zipimport"])
"""


@pytest.mark.parametrize("words", [[], ["--unpack"], ["--no-cache"]], ids=str)
def test_who_looks_for_the_module_that_imports_it_meets_none_of_ours(words: List[str], tmp_path: Path) -> None:
    members = {"__main__.py": "import near\nimport json.tool, pkg.mod", "near.py": "import who\ndel who"}
    more = {"who.py": IMPORTERS, "pkg/__init__.py": "", "pkg/mod.py": "import sys\nsys.modules.pop('who')\nimport who"}
    write_zip(tmp_path / "a.pyz", {**members, **more})
    expected = run([*PYTHON, "a.pyz"], tmp_path)
    assert expected.out == "['near', '__main__']\n['pkg.mod', '__main__']\n"
    for _ in range(3):
        assert run([*MAINSPRING, *words, "a.pyz"], tmp_path) == expected


OLD_SCRIPT = "import re\nimport sys\nfrom mainspring import main\nif __name__ == '__main__':\n    sys.exit(main())\n"
CLASSES = """
import abc, collections.abc, collections, enum, functools, gc, re
gc.collect()
print(sorted(found().__name__ for found in abc._get_dump(collections.abc.MutableSequence)[0]))
made = [cls for base in (object, dict, int, tuple, type) for cls in type.__subclasses__(base)]
names = [(cls.__module__, cls.__qualname__) for cls in made if cls.__module__ in ("collections", "enum", "re", "functools")]
# Two are replaced by C's as their modules are imported, and may be kept with what runpy has loaded.
print(sorted({n for n in names if names.count(n) > 1} - {('collections', 'OrderedDict'), ('functools', 'partial')}))
"""


@pytest.mark.parametrize("words", [[], ["--no-cache"]], ids=str)
def test_what_the_script_of_an_old_pip_has_imported_leaves_no_classes_behind(words: List[str], tmp_path: Path) -> None:
    write_tree(tmp_path, {"bin/mainspring": OLD_SCRIPT, "s.py": CLASSES})
    write_zip(tmp_path / "a.pyz", {"__main__.py": CLASSES})
    for target in ("s.py", "a.pyz"):
        expected = run([*PYTHON, target], tmp_path)
        assert expected.status == 0
        for _ in range(2):
            assert run([*PYTHON, "bin/mainspring", *words, target], tmp_path) == expected


@pytest.mark.parametrize("words", [[], ["--no-cache"], ["--unpack"]], ids=str)
def test_what_has_read_the_metadata_of_an_archive_leaves_no_classes_behind(words: List[str], tmp_path: Path) -> None:
    points = "[console_scripts]\ntool = tool:main\n"
    write_zip(
        tmp_path / "libs.zip",
        {
            "tool.py": f"def main():\n    exec({CLASSES!r}, {{}})\n",
            "tool-1.dist-info/METADATA": "Metadata-Version: 2.1\nName: tool\nVersion: 1\nRequires-Python: >=3.8\n",
            "tool-1.dist-info/entry_points.txt": points,
        },
    )
    expected = run([*PYTHON, "-c", "import tool; tool.main()"], tmp_path, env={"PYTHONPATH": "libs.zip"})
    assert expected.status == 0
    for _ in range(2):
        assert run([*MAINSPRING, *words, "--entry", "tool", "libs.zip"], tmp_path) == expected


SUBINTERPRETER = """
import _interpreters as interpreters
within = "import json, sys; print(json.loads('[1]'), sys.path[1:], [n for n in sys.modules if 'mainspring' in n], flush=True)"
for _ in range(2):
    interpreters.run_string(interpreters.create(), within)
print("end")
"""


@pytest.mark.skipif(sys.version_info < (3, 13), reason="it has no interpreters that are meant for use")
@pytest.mark.parametrize("words", [[], ["--no-cache"]], ids=str)
def test_subinterpreters_have_all_of_pythons_but_argv_and_the_first_path(words: List[str], tmp_path: Path) -> None:
    write_tree(tmp_path, {"s.py": SUBINTERPRETER})
    write_zip(tmp_path / "a.pyz", {"__main__.py": SUBINTERPRETER})
    for target in ("s.py", "a.pyz"):
        expected = run([*PYTHON, target], tmp_path)
        assert expected.out.startswith("[1] ") and expected.out.endswith("end\n")
        for _ in range(2):
            assert run([*MAINSPRING, *words, target], tmp_path) == expected


def test_modules_of_the_users_with_names_of_the_librarys_are_not_ours(tmp_path: Path) -> None:
    names = ("warnings", "_blake2", "_struct", "ast", "tokenize", "hashlib", "zipfile", "shutil")
    write_tree(tmp_path, {"s.py": "print('runs')\n", **{f"lib/{name}.py": f"word = {name!r}\n" for name in names}})
    write_zip(tmp_path / "a.pyz", {"__main__.py": "import _blake2\nprint('runs', _blake2)\n"})
    _settle(tmp_path / "a.pyz")
    for target in ("s.py", "a.pyz"):
        expected = run([*PYTHON, target], tmp_path, env={"PYTHONPATH": "lib"})
        for _ in range(3):
            _assert_same(expected, run([*MAINSPRING, target], tmp_path, env={"PYTHONPATH": "lib"}), target)
