"""Modules by name, with -m."""

from cases import Case
from cases.makers import Zip
from cases.sights import PROBE

PKG = {
    "pkg/__init__.py": "",
    "pkg/__main__.py": "import sys\nprint(sys.argv, __name__, __package__)",
    "pkg/mod.py": "print(__spec__.name)",
}

CASES = [
    Case("a name in one word with its option", {"mod.py": PROBE}, ["-mmod", "a"]),
    Case("a missing module", {}, ["-m", "no_such_module"]),
    Case("a missing module in a package", PKG, ["-m", "pkg.none"]),
    Case("a missing package", {}, ["-m", "no_such.mod"]),
    Case("a module's file name", {"mod.py": "print(1)"}, ["-m", "mod.py"]),
    Case("a path", PKG, ["-m", "pkg/mod"]),
    Case("a relative name", PKG, ["-m", ".mod"]),
    Case("no name", {}, ["-m", ""]),
    Case("a name in letters", {"mödül.py": "print(__name__, __file__)"}, ["-m", "mödül"]),
    Case("a package without a __main__", {"pkg/__init__.py": "print('loaded')"}, ["-m", "pkg"]),
    Case("a namespace package without a __main__", {"space/x.py": ""}, ["-m", "space"]),
    Case(
        "a package whose __main__ is a package", {"pkg/__init__.py": "", "pkg/__main__/__init__.py": ""}, ["-m", "pkg"]
    ),
    Case("a package that fails", {"pkg/__init__.py": "def f():\n    1/0\nf()\n", "pkg/mod.py": ""}, ["-m", "pkg.mod"]),
    Case("a package that exits", {"pkg/__init__.py": "import sys; sys.exit(5)", "pkg/mod.py": ""}, ["-m", "pkg.mod"]),
    Case(
        "a package that lacks a module",
        {"pkg/__init__.py": "import no_such_module", "pkg/mod.py": ""},
        ["-m", "pkg.mod"],
    ),
    Case("a package with a syntax error", {"pkg/__init__.py": "if x", "pkg/mod.py": ""}, ["-m", "pkg.mod"]),
    Case(
        "a package that imports its module",
        {"pkg/__init__.py": "from . import mod", "pkg/mod.py": "print(__name__)"},
        ["-m", "pkg.mod"],
    ),
    Case(
        "the same, and nobody minds",
        {"pkg/__init__.py": "from . import mod", "pkg/mod.py": "print(__name__)"},
        ["-m", "pkg.mod"],
        options=["-W", "ignore::RuntimeWarning:runpy"],
    ),
    Case(
        "the same, as an error",
        {"pkg/__init__.py": "from . import mod", "pkg/mod.py": "print(__name__)"},
        ["-m", "pkg.mod"],
        options=["-W", "error"],
    ),
    Case("a package that is not one", {"pkg.py": "print('loaded')"}, ["-m", "pkg.mod"]),
    Case("a module of the interpreter's", {}, ["-m", "sys"]),
    Case("the builtins", {}, ["-m", "builtins"]),
    Case("a package of the library", {}, ["-m", "encodings"]),
    Case("a module that is frozen", {}, ["-m", "__hello__"]),
    Case("a module called __main__", {"__main__.py": "print('mine', __spec__)"}, ["-m", "__main__"]),
    Case("a tool that is a module", {}, ["-m", "json.tool"], stdin='{"a": 1}'),
    Case(
        "a tool with options",
        {},
        ["-m", "timeit", "-n1", "-r1", "-s", "import sys", "sys.exit(sys.argv[0][-9:])"],
    ),
    Case("the calendar", {}, ["-m", "calendar", "2026", "11"]),
    Case(
        "the tests of a directory",
        {"test_x.py": "import unittest\nclass T(unittest.TestCase):\n    def test(self): raise SystemExit(3)"},
        ["-m", "unittest", "no.such.test"],
    ),
    Case("the compiler of a directory", {"a.py": "x = 1"}, ["-m", "py_compile", "a.py"]),
    Case("the tracer", {"a.py": "print(__name__, __file__)\n"}, ["-m", "trace", "--trackcalls", "a.py"]),
    Case("the debugger", {"a.py": "x = 1\nprint(x)\n"}, ["-m", "pdb", "a.py"], stdin="n\nn\nw\nq\n"),
    Case("the profiler", {"a.py": "print(__name__)\n"}, ["-m", "cProfile", "-o", "out", "a.py"]),
    Case("the tests of a doc string", {"a.py": "'''\n>>> 1\n2\n'''\n"}, ["-m", "doctest", "a.py"]),
    Case("the program that makes archives", {"p/__main__.py": "print(1)"}, ["-m", "zipapp", "p", "-o", "q.pyz"]),
    Case(
        "a module in an archive by its name",
        {"p.zip": Zip({"pkg/__init__.py": "", "pkg/__main__.py": "print(__file__, __spec__.name)\n1/0"})},
        ["-m", "pkg"],
        env={"PYTHONPATH": "p.zip"},
    ),
    Case("a module that hides another", {"json.py": "print('mine', __file__)"}, ["-m", "json"]),
]
