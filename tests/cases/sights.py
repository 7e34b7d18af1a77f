"""What a program sees at its first line, wherever it lies and however it is named."""

from cases import Case, everywhere
from cases.makers import Link, Pyc, Zip

PROBE = r"""
import sys as _s
_m = _s.modules["__main__"]
_hidden = ("__builtins__", "__loader__", "__spec__")
_names = [(n, type(v).__name__ if n in _hidden else v) for n, v in vars(_m).items() if n[:2] == "__"]
_modules = sorted(_s.modules)
_importers = sorted(n for n, v in _s.path_importer_cache.items() if v is None)
_l, _p = vars(_m).get("__loader__"), vars(_m).get("__spec__")
print("names", _names)
print("main", vars(_m) is globals(), repr(_m), type(__builtins__))
print("loader", type(_l), [getattr(_l, n, None) for n in ("name", "path", "archive", "prefix")])
print("spec", repr(_p))
if _p:
    print("spec", _p.name, _p.origin, _p.cached, _p.parent, _p.has_location, _p.submodule_search_locations, _p.loader is _l)
print("argv", _s.argv, getattr(_s, "orig_argv", None))
print("path", _s.path)
print("flags", _s.flags, _s.warnoptions, _s._xoptions, _s.dont_write_bytecode)
print("hooks", _s.meta_path, _s.path_hooks, _s.excepthook, _s.displayhook, _s.getrecursionlimit())
for _f in (_s.stdin, _s.stdout, _s.stderr):
    print("stream", _f.encoding, _f.errors, _f.line_buffering, _f.isatty(), getattr(_f, "write_through", None))
print("modules", _modules)
print("no importers", _importers)
import gc as _c, os as _o, signal as _g, threading as _t
print("process", _o.getcwd(), _g.getsignal(_g.SIGINT), _g.getsignal(_g.SIGTERM), _t.active_count(), _c.isenabled())
print("thread", _t.main_thread() is _t.current_thread(), _t.current_thread())
"""

SIBLINGS = """
import {0}
print({0}.__file__, {0}.mine)
"""

NAMES = "os json zipfile random runpy importlib re argparse stat textwrap inspect collections types io abc".split()
# With -m, python loads these before mainspring is reached, and takes them from the current directory.
LOADED_BY_M = ("collections", "importlib", "io", "re", "runpy", "types")


def _neighbour(name: str, where: str) -> Case:
    """A program next to a module with a name of the standard library, which python may have loaded already."""
    main = f"import sys\nimport {name}\nprint(getattr({name}, 'mine', 'the standard one'))\n"
    files = {f"{name}.py": "mine = 'the neighbour'\n"}
    if where == "script":
        return Case(f"a script next to {name}.py", {"p/s.py": main, f"p/{name}.py": files[f"{name}.py"]}, ["p/s.py"])
    launchers = ["script"] if name in LOADED_BY_M else ["module", "script"]
    return Case(
        f"a script in a current directory with {name}.py", {"p/s.py": main, **files}, ["p/s.py"], launchers=launchers
    )


CASES = [
    *everywhere("what a program sees", PROBE),
    *everywhere("arguments", PROBE, "a", "-m", "--", "", "é", "--help", "-x"),
    Case("a script without a suffix", {"prog": PROBE}, ["prog"]),
    Case("a script with another suffix", {"prog.txt": PROBE}, ["prog.txt"]),
    Case("a script with an archive's suffix", {"prog.pyz": PROBE}, ["prog.pyz"]),
    Case("a script in a directory with a trailing dot", {"s.py": PROBE}, ["./s.py"]),
    Case("a script by way of the parent", {"sub/x": "", "s.py": PROBE}, ["sub/../s.py"]),
    Case("a script with doubled slashes", {"d/s.py": PROBE}, ["d//s.py"]),
    Case("a script from below", {"s.py": PROBE, "sub/x": ""}, ["../s.py"], cwd="sub"),
    Case("a script with blanks and letters", {"ä b/ü é.py": PROBE}, ["ä b/ü é.py"]),
    Case("a script beside a link", {"s.py": PROBE, "l.py": Link("s.py")}, ["l.py"], needs="posix"),
    Case("a script behind a link", {"d/s.py": PROBE, "l.py": Link("d/s.py")}, ["l.py"], needs="posix"),
    Case(
        "a script behind two links",
        {"e/s.py": PROBE, "d/m.py": Link("../e/s.py"), "l.py": Link("d/m.py")},
        ["l.py"],
        needs="posix",
    ),
    Case("a script in a linked directory", {"d/s.py": PROBE, "l": Link("d")}, ["l/s.py"], needs="posix"),
    Case("a script with a shebang", {"s.py": "#!/usr/bin/env nothing\n" + PROBE}, ["s.py"]),
    Case("bytecode", {"s.pyc": Pyc(PROBE)}, ["s.pyc", "a"]),
    Case("bytecode without its suffix", {"prog": Pyc(PROBE)}, ["prog"]),
    Case("bytecode in a directory", {"d/s.pyc": Pyc(PROBE)}, ["d/s.pyc"]),
    Case("standard input", {}, ["-", "a", "b"], stdin=PROBE),
    Case(
        "standard input next to modules", {"json.py": "print('mine')"}, ["-"], stdin="import json\nprint(json.__file__)"
    ),
    Case("standard input that is read again", {}, ["-"], stdin="import sys\nprint(repr(sys.stdin.read()))\n"),
    Case("a pipe", {"s.py": PROBE}, [], shell="cat s.py | $RUN /dev/fd/0 a", needs="linux"),
    Case("a pipe by number", {"s.py": PROBE}, [], shell="cat s.py | $RUN /dev/fd/7 a 7<&0", needs="linux"),
    Case("a file by number", {"d/s.py": PROBE}, [], shell="$RUN /dev/fd/7 a 7<d/s.py", needs="linux"),
    Case("the device of standard input", {"s.py": PROBE}, [], shell="$RUN /dev/stdin <s.py", needs="linux"),
    Case(
        "an archive by number",
        {"a.zip": Zip({"__main__.py": PROBE})},
        [],
        shell="$RUN /dev/fd/7 7<a.zip",
        needs="linux",
    ),
    Case("a named pipe", {"s.py": PROBE}, [], shell="mkfifo f; cat s.py >f & $RUN f a; wait", needs="posix"),
    Case("nothing at all", {}, ["/dev/null"], needs="posix"),
    Case("a directory with a trailing slash", {"p/__main__.py": PROBE}, ["p/"]),
    Case("a directory with two slashes", {"p/__main__.py": PROBE}, ["p//"]),
    Case("a directory with a dot", {"p/__main__.py": PROBE}, ["./p"]),
    Case("a directory from within", {"__main__.py": PROBE}, ["."]),
    Case("a directory from within, by its dots", {"p/__main__.py": PROBE}, ["../p"], cwd="p"),
    Case("a directory without a name", {"__main__.py": PROBE}, [""]),
    Case("a directory behind a link", {"p/__main__.py": PROBE, "l": Link("p")}, ["l"], needs="posix"),
    Case("a directory with bytecode", {"p/__main__.pyc": Pyc(PROBE)}, ["p"]),
    Case("a directory with a package's file", {"p/__init__.py": "print('not me')", "p/__main__.py": PROBE}, ["p"]),
    Case("an archive without a suffix", {"prog": Zip({"__main__.py": PROBE})}, ["prog", "a"]),
    Case("an archive that is stored", {"p.zip": Zip({"__main__.py": PROBE}, deflated=False)}, ["p.zip"]),
    Case("an archive with a shebang", {"p.zip": Zip({"__main__.py": PROBE}, prefix=b"#!/usr/bin/python\n")}, ["p.zip"]),
    Case(
        "an archive behind a shell script", {"p": Zip({"__main__.py": PROBE}, prefix=b"#!/bin/sh\necho\n" * 9)}, ["p"]
    ),
    Case("an archive with a comment", {"p.zip": Zip({"__main__.py": PROBE}, comment=b"hello")}, ["p.zip"]),
    Case("an archive with bytecode", {"p.zip": Zip({"__main__.pyc": Pyc(PROBE)})}, ["p.zip"]),
    Case(
        "an archive with source and bytecode",
        {"p.zip": Zip({"__main__.py": PROBE, "__main__.pyc": Pyc("1/0")})},
        ["p.zip"],
    ),
    Case("an archive by way of a dot", {"p.zip": Zip({"__main__.py": PROBE})}, ["./p.zip"]),
    Case(
        "an archive behind a link", {"d/p.zip": Zip({"__main__.py": PROBE}), "l": Link("d/p.zip")}, ["l"], needs="posix"
    ),
    Case("a folder in an archive", {"p.zip": Zip({"sub/__main__.py": PROBE, "__main__.py": "1/0"})}, ["p.zip/sub"]),
    Case(
        "a big archive",
        {"p.zip": Zip({"__main__.py": PROBE, "data": bytes(range(256)) * 900}, deflated=False)},
        ["p.zip"],
    ),
    Case("a big script", {"s.py": PROBE + "# filler\n" * 20000}, ["s.py"]),
    Case("a module", {"mod.py": PROBE}, ["-m", "mod", "a"]),
    Case("a module in a package", {"pkg/__init__.py": "", "pkg/mod.py": PROBE}, ["-m", "pkg.mod"]),
    Case(
        "a package in a package", {"a/__init__.py": "", "a/b/__init__.py": "", "a/b/__main__.py": PROBE}, ["-m", "a.b"]
    ),
    Case("a package's __main__ by name", {"pkg/__init__.py": "", "pkg/__main__.py": PROBE}, ["-m", "pkg.__main__"]),
    Case("a namespace package", {"space/__main__.py": PROBE}, ["-m", "space"]),
    Case("a module in a namespace package", {"space/deep/mod.py": PROBE}, ["-m", "space.deep.mod"]),
    Case("a module with bytecode only", {"mod.pyc": Pyc(PROBE)}, ["-m", "mod"]),
    Case("a module in an archive", {"p.zip": Zip({"mod.py": PROBE})}, ["-m", "mod"], env={"PYTHONPATH": "p.zip"}),
    Case(
        "what a package sees while it is loaded for -m",
        {
            "pkg/__init__.py": "import sys; print(sys.argv, sorted(vars(sys.modules['__main__'])))",
            "pkg/__main__.py": PROBE,
        },
        ["-m", "pkg", "a"],
    ),
    Case(
        "a program that has a module called mainspring",
        {"p/s.py": SIBLINGS.format("mainspring"), "p/mainspring.py": "mine = 1"},
        ["p/s.py"],
    ),
    *[_neighbour(name, where) for name in NAMES for where in ("script", "cwd")],
    *everywhere("neighbours are found", SIBLINGS.format("near"), files={"near.py": "mine = 'near'\n"}),
    Case("the current directory is not searched", {"far.py": "", "p/s.py": "import far"}, ["p/s.py"]),
]
