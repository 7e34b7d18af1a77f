"""Directories and archives: their data, their neighbours, their tracebacks."""

from cases import Case
from cases.makers import Directory, Link, Pyc, Zip

READER = """
import pkgutil, sys
print(pkgutil.get_data("pkg", "data.txt"))
import importlib.util
print(importlib.util.find_spec("pkg").origin)
from pkg import deep
print(deep.where())
try:
    deep.fail()
except ZeroDivisionError:
    import traceback
    traceback.print_exc(file=sys.stdout)
deep.fail()
"""

FILES = {
    "__main__.py": READER,
    "pkg/__init__.py": "",
    "pkg/data.txt": "some data",
    "pkg/deep.py": "from . import other\ndef where():\n    return __file__, __name__, other.__package__\ndef fail():\n    1/0\n",
    "pkg/other.py": "",
}

CASES = [
    Case("a directory with packages and data", {f"p/{name}": text for name, text in FILES.items()}, ["p"]),
    Case("an archive with packages and data", {"p.pyz": Zip(FILES)}, ["p.pyz"]),
    Case("an archive with packages and data, stored", {"p.pyz": Zip(FILES, deflated=False)}, ["p.pyz"]),
    Case(
        "an archive of bytecode",
        {"p.pyz": Zip({"__main__.pyc": Pyc("import mod"), "mod.pyc": Pyc("print(__file__)")})},
        ["p.pyz"],
    ),
    Case("a directory of bytecode", {"p/__main__.pyc": Pyc("import mod"), "p/mod.pyc": Pyc("print(__file__)")}, ["p"]),
    Case("a directory without a __main__", {"p/mod.py": ""}, ["p"]),
    Case("an empty directory", {"p": Directory()}, ["p"]),
    Case("an archive without a __main__", {"p.pyz": Zip({"mod.py": ""})}, ["p.pyz"]),
    Case("an empty archive", {"p.pyz": Zip({})}, ["p.pyz"]),
    Case(
        "a directory whose __main__ is a package", {"p/__main__/__init__.py": "", "p/__main__/__main__.py": ""}, ["p"]
    ),
    Case("an archive whose __main__ is a package", {"p.pyz": Zip({"__main__/__init__.py": ""})}, ["p.pyz"]),
    Case("a directory whose __main__ is a directory", {"p/__main__/x.txt": ""}, ["p"]),
    Case(
        "a directory whose __main__ is a link",
        {"p/__main__.py": Link("../s.py"), "s.py": "print(__file__)"},
        ["p"],
        needs="posix",
    ),
    Case("a directory whose __main__ leads nowhere", {"p/__main__.py": Link("none")}, ["p"], needs="posix"),
    Case("a directory with a null byte in __main__", {"p/__main__.py": b"print(1)\n\0"}, ["p"]),
    Case(
        "an archive with a null byte in __main__",
        {"p.pyz": Zip({"__main__.py": b"print(1)\n\0"})},
        ["p.pyz"],
        since=(3, 12),
    ),
    Case(
        "a directory with __main__ in Latin-1",
        {"p/__main__.py": "# coding: latin-1\nprint(ascii('é'))".encode("latin-1")},
        ["p"],
    ),
    Case("a directory with __main__ in no encoding", {"p/__main__.py": b"print('\xe9')"}, ["p"]),
    Case("an archive with __main__ in no encoding", {"p.pyz": Zip({"__main__.py": b"print('\xe9')"})}, ["p.pyz"]),
    Case("a relative import in a directory", {"p/__main__.py": "from . import x", "p/x.py": ""}, ["p"]),
    Case("a relative import in an archive", {"p.pyz": Zip({"__main__.py": "from . import x", "x.py": ""})}, ["p.pyz"]),
    Case(
        "another archive on the path",
        {"p.pyz": Zip({"__main__.py": "import far; print(far.__file__)"}), "q.zip": Zip({"far.py": ""})},
        ["p.pyz"],
        env={"PYTHONPATH": "q.zip"},
    ),
    Case(
        "bytecode that a directory leaves behind",
        {"p/__main__.py": "import os\nprint(sorted(os.listdir('p/__pycache__')))"},
        ["p"],
    ),
    Case(
        "a package with a __main__ that imports itself",
        {"pkg/__init__.py": "", "pkg/__main__.py": "import pkg\nprint(pkg)"},
        ["pkg"],
        env={"PYTHONPATH": "."},
    ),
]
