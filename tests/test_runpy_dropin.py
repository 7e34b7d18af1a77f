"""`mainspring.run_path` and `run_module` are `runpy`'s: the same driver runs with either and writes the same."""

import inspect
import os
import py_compile
import re
import runpy
import sys
import tempfile
from pathlib import Path
from typing import Callable, Dict, List, Sequence, Union

import pytest

import mainspring
from mainspring import runpy_compat
from support import PYTHON, Ended, Files, run, write_tree, write_zip

forking = pytest.mark.skipif(not hasattr(os, "fork"), reason="the driver forks")

# Evaluates expressions in which `library` is runpy or mainspring, each in a process of its own that is forked off, and
# shows all that can be seen of it: what the call gave or raised, and what it left in sys. Programs show what they see
# themselves. How each process ended is in the files `number.status`, `number.out` and `number.err` of a directory.
DRIVER = """\
import importlib, os, pathlib, pkgutil, re, runpy, sys
import mainspring.runpy_compat

answers, library, *expressions = sys.argv[1:]
library = importlib.import_module(library)
for number, expression in enumerate(expressions):
    place = os.path.join(answers, str(number))
    if not os.fork():
        for descriptor, name in ((1, ".out"), (2, ".err")):
            os.dup2(os.open(place + name, os.O_WRONLY | os.O_CREAT), descriptor)
        break
    status = os.wait()[1]
    with open(place + ".status", "w") as file:
        file.write(str(status >> 8 or -status))
else:
    sys.exit()

def show(label, value):
    print(label, re.sub(r" at 0x[0-9a-fA-F]+", "", repr(value)))

def show_globals(found):
    for name in sorted(found):
        show(name, type(found[name]) if name == "__builtins__" else found[name])

def show_error(error):
    while error is not None:
        show(type(error).__qualname__, error.args)
        show("attributes", {name: getattr(error, name, None) for name in ("name", "path", "filename", "lineno")})
        error, hidden = error.__cause__ or error.__context__, error.__suppress_context__
        show("hidden", hidden)

sys.modules["library"] = library
sys.argv[:] = ["driver", "word"]
cached = set(sys.path_importer_cache)
before = list(sys.path), list(sys.argv), sys.argv, sys.modules["__main__"], set(sys.modules)
try:
    result = eval(expression)
except BaseException as error:
    show_error(error)
else:
    show_globals(result)
    if "more" in result:
        show("more()", result["more"]())
show("path", [sys.path == before[0], [entry for entry in sys.path if entry not in before[0]]])
show("argv", [sys.argv, sys.argv is before[2]])
show("__main__", sys.modules.get("__main__") is before[3])
show("modules", sorted(set(sys.modules) - before[4]))
show("cached importers", sorted(map(repr, set(sys.path_importer_cache) - cached)))
"""

WATCH = """\
'''What a program sees.'''
import sys
argv = list(sys.argv)
path = sys.path[0], len(sys.path)
main = sys.modules.get(__name__)
is_in_modules = main is not None and vars(main) is globals()
seen_name, seen_package, seen_spec = __name__, __package__, __spec__
count = 1
def more():
    return None if count is None else count + 1
class Class: pass
where = Class.__module__, more.__code__.co_filename
"""

FILES: Files = {
    "driver.py": DRIVER,
    "script.py": WATCH,
    "sub/script.txt": WATCH,
    "seeded.py": WATCH + "count = seed + 1\n",
    "raising.py": WATCH + "sys.argv[0] = 'mine'\nraise KeyError('mine', count)\n",
    "exiting.py": "import sys\nsys.exit(('status', 3))\n",
    "faulty.py": "fine = 1\nnot fine at all\n",
    "null.py": b"fine = 1\0\n",
    "latin.py": b"# -*- coding: latin-1 -*-\nword = '\xe9'\n",
    "marked.py": b"\xef\xbb\xbfword = '\xc3\xa9'\n",
    "undecodable.py": b"word = '\xe9'\n",
    "empty.py": b"",
    "short.pyc": b"\0",
    "foreign.pyc": (3000).to_bytes(2, "little") + b"\r\n" + bytes(12) + b"N",
    "notcode.py": "",
    "nested.py": "import sys\ninner = sys.modules['library'].run_path('script.py', run_name='inner')['argv']\n",
    "replacing.py": "import sys\nsys.modules[__name__] = sys\nsys.argv = ['mine']\nsys.path.insert(0, 'mine')\n",
    "directory/__main__.py": WATCH + "import neighbour\n",
    "directory/neighbour.py": "",
    "raising_directory/__main__.py": "import sys\nsys.path.insert(0, 'mine')\n1 / 0\n",
    "faulty_directory/__main__.py": "not fine at all\n",
    "importing_directory/__main__.py": "import no_such_module\n",
    "headless/module.py": "",
    "package/__init__.py": "loaded = True\n",
    "package/__main__.py": WATCH + "from . import loaded\n",
    "package/module.py": WATCH,
    "package/raising.py": "raise ImportError('mine')\n",
    "package/inner/__init__.py": "",
    "package/faulty.py": "not fine at all\n",
    "package/eager/__init__.py": "from . import module\n",
    "package/eager/module.py": WATCH,
    "raising_package/__init__.py": "raise ImportError('mine')\n",
    "missing_package/__init__.py": "import no_such_module\n",
    "odd_package/__init__.py": "1 / 0\n",
    "no_main/__init__.py": "",
    "namespace/module.py": WATCH,
    "namespace_main/__main__.py": WATCH,
}

CALLS = {
    # by path: what can be run
    "a script": "run_path('script.py')",
    "a script elsewhere": "run_path('sub/../sub/script.txt')",
    "a script by its absolute path": "run_path(os.path.abspath('script.py'))",
    "a script's path in bytes": "run_path(b'script.py')",
    "a script's path in an object": "run_path(pathlib.Path('script.py'))",
    "a script as __main__": "run_path('script.py', run_name='__main__')",
    "a script with a dotted name": "run_path('script.py', run_name='some.dotted.name')",
    "a script with an empty name": "run_path('script.py', run_name='')",
    "a script with words by position": "run_path('seeded.py', {'seed': 40}, 'named')",
    "a script with init_globals": "run_path('seeded.py', init_globals={'seed': 40, '__name__': 'mine', '__file__': 1})",
    "a script without its init_globals": "run_path('seeded.py')",
    "a script twice": "run_path('script.py') and library.run_path('script.py')",
    "a script that raises": "run_path('raising.py')",
    "a script that exits": "run_path('exiting.py')",
    "a script that runs another": "run_path('nested.py')",
    "a script that replaces everything": "run_path('replacing.py', run_name='replaced')",
    "a script where there are no words": "run_path((sys.argv.clear(), 'script.py')[1])",
    "a directory where there are no words": "run_path((sys.argv.clear(), 'directory')[1])",
    "a directory where there is no __main__": "run_path((sys.modules.pop('__main__'), 'directory')[1])",
    "a script where there is no __main__": "run_path((sys.modules.pop('__main__'), 'script.py')[1], run_name='__main__')",
    "an empty script": "run_path('empty.py')",
    "a script in Latin-1": "run_path('latin.py')",
    "a script with a byte order mark": "run_path('marked.py')",
    "bytecode": "run_path('code.pyc')",
    "bytecode without its suffix": "run_path('code')",
    "an archive": "run_path('archive.zip')",
    "an archive with a prefix and no suffix": "run_path('prefixed')",
    "an archive's path in bytes": "run_path(b'archive.zip')",
    "an archive's path in an object": "run_path(pathlib.Path('archive.zip'))",
    "an archive as __main__": "run_path('archive.zip', run_name='__main__')",
    "an archive with a dotted name": "run_path('archive.zip', run_name='some.name')",
    "an archive with init_globals": "run_path('archive.zip', {'seed': 1, '__spec__': 2})",
    "an archive's folder": "run_path('nested.zip/folder')",
    "a directory": "run_path('directory')",
    "a directory by its absolute path": "run_path(os.path.abspath('directory'))",
    "a directory's path in bytes": "run_path(b'directory')",
    "a directory's path in an object": "run_path(pathlib.Path('directory'))",
    "a directory as __main__": "run_path('directory', run_name='__main__')",
    "a directory with a dotted name": "run_path('directory', run_name='some.name')",
    "a directory with init_globals": "run_path('directory', {'seed': 1})",
    "a directory of bytecode": "run_path('compiled')",
    "a package as a directory": "run_path('package')",
    # by path: what cannot
    "a missing file": "run_path('missing.py')",
    "an empty path": "run_path('')",
    "no path at all": "run_path(None)",
    "a number": "run_path(3.5)",
    "no words": "run_path()",
    "an unknown word": "run_path('script.py', name='x')",
    "a path with a null byte": "run_path('a\\0b')",
    "a path below a file": "run_path('script.py/below')",
    "a syntax error": "run_path('faulty.py')",
    "a null byte": "run_path('null.py')",
    "an undecodable file": "run_path('undecodable.py')",
    "bytecode cut short": "run_path('short.pyc')",
    "bytecode of another Python": "run_path('foreign.pyc')",
    "a directory without __main__": "run_path('headless')",
    "an archive without __main__": "run_path('headless.zip')",
    "a directory that raises": "run_path('raising_directory')",
    "a directory with a syntax error": "run_path('faulty_directory')",
    "a directory that imports in vain": "run_path('importing_directory')",
    "an archive cut short": "run_path('cut.zip')",
    # by name: what can be run
    "a module": "run_module('script')",
    "a module altering sys": "run_module('script', alter_sys=True)",
    "a module with a name": "run_module('script', run_name='named', alter_sys=True)",
    "a module with an empty name": "run_module('script', run_name='', alter_sys=True)",
    "a module with words by position": "run_module('seeded', {'seed': 40}, 'some.name', True)",
    "a module with init_globals": "run_module('seeded', {'seed': 40, '__package__': 'mine'})",
    "a module as __main__": "run_module('script', run_name='__main__', alter_sys=True)",
    "a module of a package": "run_module('package.module')",
    "a module of a package altering sys": "run_module('package.module', alter_sys=True)",
    "a package": "run_module('package')",
    "a package altering sys": "run_module('package', run_name='__main__', alter_sys=True)",
    "a package's __main__": "run_module('package.__main__')",
    "a module of a namespace package": "run_module('namespace.module')",
    "a namespace package with __main__": "run_module('namespace_main')",
    "a module that is already imported": "run_module('script', __import__('script') and None)",
    "a module that its package imports": "run_module('package.eager.module')",
    "a module that its package imports, twice": "run_module('package.eager.module') and library.run_module('package.eager.module')",
    "a module of the standard library": "run_module('this')['d'] and {}",
    # by name: what cannot
    "a missing module": "run_module('missing')",
    "a missing module of a package": "run_module('package.missing')",
    "a missing package": "run_module('missing.module')",
    "a module below a module": "run_module('script.below')",
    "a module's file": "run_module('script.py')",
    "a relative name": "run_module('.script')",
    "only a dot": "run_module('.')",
    "an empty name": "run_module('')",
    "a name with an empty part": "run_module('package..module')",
    "a built-in module": "run_module('sys')",
    "no name at all": "run_module(None)",
    "a namespace package": "run_module('namespace')",
    "a package without __main__": "run_module('no_main')",
    "a package within a package without __main__": "run_module('package.inner')",
    "a __main__ that is a package": "run_module('main_package')",
    "a module with a syntax error": "run_module('package.faulty')",
    "a module that raises": "run_module('raising', alter_sys=True)",
    "a module that raises without altering": "run_module('raising')",
    "a module that raises ImportError": "run_module('package.raising', alter_sys=True)",
    "a module that exits": "run_module('exiting', alter_sys=True)",
    "a parent that raises ImportError": "run_module('raising_package.module')",
    "a parent that raises": "run_module('odd_package.module')",
    "a parent that imports in vain": "run_module('missing_package.module')",
    "a parent that imports in vain by its own name": "run_module('missing_package')",
}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with a driver and one of everything."""
    here = write_tree(tmp_path_factory.mktemp("place"), FILES)
    py_compile.compile(str(here / "script.py"), str(here / "code.pyc"), dfile="script.py", doraise=True)
    (here / "code").write_bytes((here / "code.pyc").read_bytes())
    (here / "compiled").mkdir()
    (here / "compiled" / "__main__.pyc").write_bytes((here / "code.pyc").read_bytes())
    write_tree(here, {"main_package/__init__.py": "", "main_package/__main__/__init__.py": ""})
    content: Files = {"__main__.py": FILES["directory/__main__.py"], "neighbour.py": ""}
    archive = write_zip(here / "archive.zip", content)
    (here / "cut.zip").write_bytes(archive.read_bytes()[:-30])
    write_zip(here / "prefixed", content, prefix=b"#!/usr/bin/env python\n")
    write_zip(here / "nested.zip", {"folder/" + name: content[name] for name in content})
    write_zip(here / "headless.zip", {"module.py": ""})
    return here


Answers = Dict[str, Dict[str, Ended]]


def with_either(place: Path, calls: Sequence[str], *options: str) -> Answers:
    """Give, for each of calls, how it ends with runpy and how with mainspring; one process of each library is started."""
    answers: Answers = {call: {} for call in calls}
    for library in ("runpy", "mainspring"):
        with tempfile.TemporaryDirectory() as directory:
            words = [f"library.{call}" for call in calls]
            ended = run([*PYTHON, "-B", *options, "driver.py", directory, library, *words], place)
            assert ended == Ended(0, "", "")
            for number, call in enumerate(calls):
                status, out, err = (
                    Path(directory, f"{number}.{name}").read_bytes().decode("utf-8", "backslashreplace")
                    for name in ("status", "out", "err")
                )
                answers[call][library] = without_warners(Ended(int(status), out, err))
    return answers


@pytest.fixture(scope="module")
def all_answers(place: Path) -> Answers:
    """What is given, for each of CALLS."""
    return with_either(place, list(CALLS.values()))


def without_warners(ended: Ended) -> Ended:
    """Take away whose line it is that warns: each library's own."""
    return ended._replace(err=re.sub(r"(?m)^.*:[0-9]+: (?=[A-Za-z]+Warning: )|^  .*\n", "", ended.err))


@forking
@pytest.mark.parametrize("what", CALLS)
def test_results_effects_and_exceptions_are_those_of_runpy(all_answers: Answers, what: str) -> None:
    ended = all_answers[CALLS[what]]
    assert ended["runpy"].status == 0, ended["runpy"].err
    assert ended["mainspring"].out.splitlines() == ended["runpy"].out.splitlines()
    assert ended["mainspring"] == ended["runpy"]


@forking
@pytest.mark.parametrize("option", ["-I", "-O", "-Werror"])
def test_options_of_the_interpreter_change_nothing_about_that(place: Path, option: str) -> None:
    calls = ["run_path('script.py')", "run_path('directory')", "run_module('this') and {}"]
    for call, ended in with_either(place, calls, option).items():
        assert ended["runpy"].status == 0, (call, ended["runpy"].err)
        assert ended["mainspring"] == ended["runpy"], call


@pytest.mark.parametrize("library", [mainspring, runpy_compat])
@pytest.mark.parametrize("name", ["run_path", "run_module"])
def test_parameters_are_those_of_runpy(library: object, name: str) -> None:
    ours, theirs = (inspect.signature(getattr(module, name)).parameters.values() for module in (library, runpy))
    assert [(p.name, p.kind, p.default) for p in ours] == [(p.name, p.kind, p.default) for p in theirs]


def test_the_stand_in_has_the_public_names_of_runpy() -> None:
    assert sorted(runpy_compat.__all__) == sorted(runpy.__all__)


@pytest.mark.parametrize(
    "name",
    ["_run_code", "_run_module_code", "_run_module_as_main", "_get_module_details", "_get_main_module_details"],
)
def test_the_helpers_that_tools_use_take_what_those_of_runpy_take(name: str) -> None:
    ours, theirs = (inspect.signature(getattr(module, name)).parameters for module in (runpy_compat, runpy))
    assert list(ours) == list(theirs)


@pytest.mark.parametrize("target", ["raising.py", "raising_directory", "exiting.py", "faulty.py", "missing.py"])
def test_a_program_that_raises_leaves_everything_put_back(place: Path, target: str) -> None:
    mainspring.run_path(str(place / "empty.py"))  # loads what runpy itself needs
    argv, words, path, modules = sys.argv, list(sys.argv), list(sys.path), dict(sys.modules)
    with pytest.raises((KeyError, ZeroDivisionError, SystemExit, SyntaxError, FileNotFoundError)):
        mainspring.run_path(str(place / target), run_name="__main__")
    # What the program itself put on the path stays, as under runpy.
    sys.path[:] = [entry for entry in sys.path if entry != "mine"]
    assert (sys.argv is argv, sys.argv, sys.path) == (True, words, path)
    assert sys.modules == modules


REPLACED = """
import sys
if sys.argv.pop(1) == "stand-in":
    import mainspring.runpy_compat
    sys.modules["runpy"] = mainspring.runpy_compat
import runpy
plain = runpy._get_code_from_file
def upper(*args):
    found = plain(*args)
    code = compile("x = 'replaced'", "x", "exec")
    return (code, *found[1:]) if isinstance(found, tuple) else code
runpy._get_code_from_file = upper
print(runpy.run_path("s.py")["x"])
"""


def test_a_helper_that_somebody_replaces_is_the_one_that_is_called(tmp_path: Path) -> None:
    write_tree(tmp_path, {"s.py": "x = 'plain'\n", "t.py": REPLACED})
    for which in ("own", "stand-in"):
        assert run([sys.executable, "t.py", which], tmp_path) == Ended(0, "replaced\n", "")


AS_MAIN = """
import sys
if sys.argv.pop(1) == "stand-in":
    import mainspring.runpy_compat
    sys.modules["runpy"] = mainspring.runpy_compat
import runpy
runpy._run_module_as_main("runpy")
"""


@pytest.mark.parametrize("words", [["pkg", "a"], ["nowhere"], []], ids=str)
def test_runpy_itself_runs_as_main(words: List[str], tmp_path: Path) -> None:
    write_tree(
        tmp_path, {"pkg/__init__.py": "", "pkg/__main__.py": "import sys\nprint(sys.argv[1:])\n", "t.py": AS_MAIN}
    )
    expected = run([sys.executable, "t.py", "own", *words], tmp_path)
    assert run([sys.executable, "t.py", "stand-in", *words], tmp_path) == expected


def test_the_result_is_a_copy_unless_a_module_ran_without_altering_sys(place: Path) -> None:
    for target in ("script.py", "directory", "archive.zip"):
        of_path = mainspring.run_path(str(place / target))
        assert of_path["more"].__globals__ is not of_path
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(place))
        plain, altering = mainspring.run_module("script"), mainspring.run_module("script", alter_sys=True)
    assert plain["more"].__globals__ is plain
    assert altering["more"].__globals__ is not altering


@pytest.mark.parametrize("give", [str, Path, lambda path: str(path).encode()])
def test_a_path_may_be_written_in_three_ways(place: Path, give: "Callable[[Path], Union[str, bytes, Path]]") -> None:
    assert mainspring.run_path(give(place / "script.py"))["count"] == 1
