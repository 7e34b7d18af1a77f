"""Targets that cannot be run, and how python says so."""

from cases import Case
from cases.makers import Link, Pyc, Socket, Zip

LONG = "x" * 300

CASES = [
    Case("a missing file", {}, ["missing.py"]),
    Case("a missing file with arguments", {}, ["missing.py", "a", "b"]),
    Case("a missing file by way of a dot", {}, ["./missing.py"]),
    Case("a missing file with a quote", {}, ["it's"]),
    Case("a missing file with braces", {}, ["{program}"]),
    Case("a missing file with letters", {}, ["fehlt-ü.py"]),
    Case("a missing file with a line end", {}, ["a\nb"]),
    Case("a missing file in a missing directory", {}, ["none/missing.py"]),
    Case("a missing file with an undecodable name", {}, [], shell="$RUN \"$(printf 'bad\\377')\"", needs="linux"),
    Case("a file below a file", {"s.py": ""}, ["s.py/x"]),
    Case("a file below an archive", {"p.zip": Zip({"__main__.py": ""})}, ["p.zip/none"]),
    Case("a file with a trailing slash", {"s.py": "print(1)"}, ["s.py/"]),
    Case("a name that is too long", {}, [LONG]),
    Case("a link that leads nowhere", {"l": Link("nowhere")}, ["l"], needs="posix"),
    Case("a link that leads to itself", {"l": Link("l")}, ["l"], needs="posix"),
    Case("a socket", {"s": Socket()}, ["s"], needs="posix"),
    Case("an option after the target", {"s.py": "import sys; print(sys.argv)"}, ["s.py", "--version"]),
    Case("bytecode that is cut short", {"s.pyc": b"\0\0"}, ["s.pyc"]),
    Case("bytecode that is empty", {"s.pyc": b""}, ["s.pyc"]),
    Case(
        "an undecodable script",
        {},
        [],
        shell="printf 'print(ascii(__file__))' >\"$(printf 'b\\377.py')\"; $RUN \"$(printf 'b\\377.py')\"",
        needs="linux",
    ),
    Case(
        "a script in a directory that is gone",
        {"d/x": "", "s.py": "import sys\nprint(sys.path[0], __file__)"},
        [],
        shell="cd d; rmdir ../d 2>/dev/null; rm -r ../d; $RUN ../s.py",
        needs="linux",
    ),
    Case(
        "a module in a directory that is gone",
        {"d/x": ""},
        [],
        shell="cd d; rm -r ../d; $RUN -m calendar 2026 1",
        needs="linux",
    ),
    Case("bytecode without code", {"s.pyc": Pyc("").content("s")[:16] + b"i\1\0\0\0"}, ["s.pyc"]),
    Case("bytecode with half its code", {"s.pyc": Pyc("print(1)").content("s")[:40]}, ["s.pyc"]),
    Case(
        "bytecode with more in it than memory holds",
        {"s.pyc": Pyc("").content("s")[:16] + b"(\xff\xff\xff\x7f"},
        [],
        shell="ulimit -v 2000000; $RUN s.pyc",
        needs="linux",
    ),
    Case("bytecode with half its head", {"s.pyc": Pyc("").content("s")[:9]}, ["s.pyc"]),
]
