"""A process ends at once, without the interpreter being taken apart, where nobody could notice that.

An audit hook notices, and nothing tells that there is one. So it is the sight here, and a difference in the README.
"""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Dict, List

import pytest

from mainspring.runtime import interpreter
from support import PYTHON, Ended, run, write_tree, write_zip
from test_transparency import LAUNCHER, SETTLED

with_signals = pytest.mark.skipif(os.name == "nt", reason="to send a signal is to end a process there")
HOOK = """
import os, sys
def hook(event, _, write=os.write):
    if event == "cpython.PyInterpreterState_Clear":
        write(1, b"taken apart\\n")
sys.addaudithook(hook)
"""
UNNOTICED = {
    "nothing": "",
    "typing": "import typing\nA = typing.NamedTuple('A', [('x', int)])\n",
    "values of threads": "import threading\nlocal = threading.local()\nlocal.x = 1\nt = threading.Thread(target=print)\nt.start()\nt.join()\n",
    "loggers": "import logging\nlogging.getLogger('a.b').addHandler(logging.StreamHandler())\n",
    "classes": "import abc, dataclasses, enum, weakref\nclass A(abc.ABC): pass\nkept = weakref.WeakSet([A()])\n",
    "files that were read": "file = open(__file__ if os.path.isfile(__file__) else sys.argv[0], 'rb')\nfile.read(3)\n",
    "archives that were read": "import importlib.resources, zipfile\nz = zipfile.ZipFile(sys.argv[0])\n",
    "a generator that was not begun": "g = (x for x in [1])\ndef f():\n    yield 1\nf2 = f()\n",
    "a finaliser that only lets go": "class A:\n    def __init__(self): self.x = self\n    def __del__(self): self.x = None\na = A()\n",
    "one of a slot": "class A:\n    __slots__ = ('x',)\n    def __del__(self): self.x = None\nclass B(A): pass\nb = B()\n",
    "a status": "import re\nre.compile('a+b')\nsys.exit(3)\n",
}
NOTICED = {
    "a lost database": "import sqlite3\nc = sqlite3.connect(str(os.getpid()))\nc.execute('pragma journal_mode=wal')\nc.execute('create table t (x)')\n",
    "a file that was written": "f = open('f', 'w')\nf.write('x')\n",
    "a finaliser": "class A:\n    def __del__(self, write=os.write): write(1, b'')\na = A()\n",
    "a finaliser that calls what sets": "class A:\n    def __setattr__(self, *_): os.write(1, b'')\n    def __del__(self): self.x = None\na = A()\n",
    "one that calls a property": "class A:\n    x = property(None, lambda *_: os.write(1, b''))\n    def __del__(self): self.x = None\na = A()\n",
    "one that sets something": "class A:\n    def __del__(self): self.x = 1\na = A()\n",
    "one that changes another": "class B: pass\nclass A:\n    def __del__(self, it=B): it.x = None\na = A()\n",
    "one that lets go of a finaliser": "class B:\n    def __del__(self, write=os.write): write(1, b'')\nclass A:\n    def __del__(self): self.x = None\na = A()\na.x = B()\n",
    "ctypes": "import ctypes\n",
}
if sys.version_info >= (3, 12) and sys.platform == "linux":
    NOTICED["what perf is told"] = (
        "import atexit\nsys.activate_stack_trampoline('perf')\natexit.register(os.unlink, f'/tmp/perf-{os.getpid()}.map')\n"
    )


@pytest.mark.parametrize("source", [pytest.param(source, id=name) for name, source in UNNOTICED.items()])
def test_a_process_ends_at_once_where_nobody_could_notice(source: str, tmp_path: Path) -> None:
    assert _ended(source, tmp_path) == [True, False, False, False]


@pytest.mark.parametrize("source", [pytest.param(source, id=name) for name, source in NOTICED.items()])
def test_a_process_ends_as_ever_where_somebody_could_notice(source: str, tmp_path: Path) -> None:
    assert _ended(source, tmp_path) == [True, True, True, True]


@pytest.mark.skipif(sys.platform != "linux", reason="has that library")
def test_a_process_with_a_library_that_was_slipped_in_ends_as_ever(tmp_path: Path) -> None:
    assert _ended("", tmp_path, LD_PRELOAD="libm.so.6") == [True, True, True, True]


def test_the_library_is_where_python_has_it_without_site(tmp_path: Path) -> None:
    out = run([*PYTHON, "-I", "-S", "-c", "import sys; print(*sys.path, sep='\\n')"], tmp_path).out
    expected = [entry for entry in out.splitlines() if os.path.isdir(entry) and entry != sys.base_prefix]
    assert interpreter.library_directories() == expected


@pytest.mark.skipif(sys.version_info < (3, 10), reason="the collector does not know sqlite3's connections")
def test_a_database_that_nobody_opened_is_none(tmp_path: Path) -> None:
    assert _ended("import sqlite3\n", tmp_path) == [True, False, False, False]


FROZEN = """
import gc, os, sys
def hook(event, _, write=os.write, count=gc.get_freeze_count, before=gc.get_freeze_count()):
    if event == "cpython.PyInterpreterState_Clear":
        write(1, b"frozen" if count() > before + 5000 else b"not frozen")
sys.addaudithook(hook)
import ctypes, weakref, many
class Callback:
    def __call__(self, _): pass
class Record(list): pass
"""
SPARED = {
    "types of arrays": "types = [ctypes.c_char * 3, ctypes.c_int * 5]\n",
    "a class of pybind11": "Record.__module__ = 'pybind11_builtins'\nclass A: pass\nkept = weakref.ref(A, Record().append)\n",
}
NOT_SPARED = {
    "a callback in python": "Callback.__module__, Callback.__name__ = '_ctypes', 'DictRemover'\nclass A: pass\nkept = weakref.ref(A, Callback())\n",
    "an object of pybind11": "Record.__module__ = 'pybind11_builtins'\nclass A: pass\na = A()\nkept = weakref.ref(a, Record().append)\n",
    "a method in C": "class A: pass\nkept = weakref.ref(A, Record().append)\n",
}


@pytest.mark.parametrize("source", [pytest.param(source, id=name) for name, source in SPARED.items()])
def test_garbage_is_not_collected_at_the_end_for_what_only_keeps_books(source: str, tmp_path: Path) -> None:
    assert _frozen(source, tmp_path) == "frozen"


@pytest.mark.parametrize("source", [pytest.param(source, id=name) for name, source in NOT_SPARED.items()])
def test_garbage_is_collected_at_the_end_for_what_looks_like_it(source: str, tmp_path: Path) -> None:
    assert _frozen(source, tmp_path) == "not frozen"


def _frozen(source: str, place: Path) -> str:
    """Tell what a warm start of an archive with many modules and source says of the garbage collector at its end."""
    many = {f"m{number}.py": "" for number in range(100)}
    imports = "".join(f"import {name[:-3]}\n" for name in many)
    write_zip(place / "p.pyz", {"__main__.py": FROZEN + source, "many.py": imports, **many})
    time.sleep(SETTLED)
    return [run([*PYTHON, *LAUNCHER, "p.pyz"], place).out for _ in range(2)][-1]


SITE_UNNOTICED = {
    "nothing": "",
    "not even where it is": "del __file__\n",
    "modules": "import errno, re, types, warnings\n",
    "an importer": "import sys\nclass Finder:\n    def find_spec(self, *_): return None\nsys.meta_path.append(Finder())\n",
}
SITE_NOTICED = {
    "a finaliser": "import os\nclass A:\n    def __del__(self, write=os.write): write(1, b'of site\\n')\nkept = A()\n",
    "a frozen finaliser": "import gc, os\nclass A:\n    def __del__(self, write=os.write): write(1, b'')\nkept = A()\ngc.freeze()\n",
    "a function at exit": "import atexit\natexit.register(print, 'of site')\n",
    "a tracer": "import sys\nsys.settrace(lambda *_: None)\n",
    "a profiler": "import sys\nsys.setprofile(lambda *_: None)\n",
    "a stream": "import io, sys\nclass Stream(io.StringIO): pass\nsys.stdout = Stream()\n",
}
if sys.version_info >= (3, 12):
    SITE_NOTICED["a monitor"] = "import sys\nsys.monitoring.use_tool_id(3, 'of site')\n"


@pytest.mark.parametrize("code", [pytest.param(code, id=name) for name, code in SITE_UNNOTICED.items()])
def test_code_of_site_that_leaves_nothing_to_see_does_not_count(code: str, tmp_path: Path) -> None:
    assert _ended("", tmp_path, code) == [True, False, False, False]


@pytest.mark.parametrize("code", [pytest.param(code, id=name) for name, code in SITE_NOTICED.items()])
def test_what_site_had_done_is_seen_to_its_end(code: str, tmp_path: Path) -> None:
    assert _ended("", tmp_path, code) == [True, True, True, True]


DEBIANS = """# install the apport exception handler if available
try:
    import apport_python_hook
except ImportError:
    pass
else:
    apport_python_hook.install()
"""
KNOWN_OF_SITE = {
    "nothing": {},
    "what Debian has": {"site/sitecustomize.py": DEBIANS},
    "what Ubuntu, setuptools and virtualenv have": {
        "site/sitecustomize.py": DEBIANS,
        "site/apport_python_hook.py": "import _distutils_hack, _virtualenv, sys\n"
        "def install():\n    sys.excepthook = lambda *_: None\n",
        "site/_distutils_hack/__init__.py": "import sys\nclass Finder:\n    def find_spec(self, *_): return None\n"
        "add_shim = lambda: sys.meta_path.insert(0, Finder())\nadd_shim()\n",
        "site/_virtualenv.py": "",
    },
}
COUNT = "import gc\nprint(gc.get_freeze_count() > 2000)\n"


@pytest.mark.parametrize("tree", [pytest.param(tree, id=name) for name, tree in KNOWN_OF_SITE.items()])
def test_what_is_known_to_leave_nothing_is_never_looked_through_again(tree: Dict[str, str], tmp_path: Path) -> None:
    write_tree(tmp_path, {"p.py": COUNT, **tree})
    for encoding in ("utf-8", "cp1251"):
        env = {"PYTHONPATH": "site", "PYTHONIOENCODING": encoding}
        assert run([*PYTHON, *LAUNCHER, "p.py"], tmp_path, env=env) == Ended(0, "True\n", "")


def test_a_sitecustomize_that_does_more_than_debians_is_looked_through(tmp_path: Path) -> None:
    write_tree(
        tmp_path, {"p.py": COUNT, "site/sitecustomize.py": f"{DEBIANS}\nkept = open('kept', 'w')\nkept.write('x')\n"}
    )
    for _ in range(3):
        assert run([*PYTHON, *LAUNCHER, "p.py"], tmp_path, env={"PYTHONPATH": "site"}) == Ended(0, "False\n", "")
        assert (tmp_path / "kept").read_text() == "x"


CTRL_C = """
import os, signal, sys
signal.signal(signal.SIGTERM, lambda *_: print("handled"))
def hook(event, _, kill=os.kill, me=os.getpid(), number=getattr(signal, sys.argv[1])):
    if event == sys.argv[2]:
        kill(me, number)
sys.addaudithook(hook)
kept = [[] for _ in range(1000)]
"""


@with_signals
@pytest.mark.parametrize("number", ["SIGINT", "SIGTERM"])
@pytest.mark.parametrize(
    "name, event", [("p.py", "gc.get_objects"), ("p.pyz", "os.rename"), ("p.pyz", "gc.get_objects")]
)
def test_a_signal_that_comes_at_the_very_end_ends_the_process_as_it_does_while_python_takes_itself_apart(
    name: str, event: str, number: str, tmp_path: Path
) -> None:
    write_tree(tmp_path, {"p.py": CTRL_C, "q.py": ""})
    write_zip(tmp_path / "p.pyz", {"__main__.py": CTRL_C})
    if event == "gc.get_objects":  # where nothing is written any more
        for _ in range(3):
            assert run([*PYTHON, *LAUNCHER, name, number, "none"], tmp_path) == Ended(0, "", "")
    ended = run([*PYTHON, *LAUNCHER, name, number, event], tmp_path)
    assert ended == Ended(-getattr(signal, number), "", "")


@with_signals
def test_a_program_that_has_all_called_that_is_to_be_at_exit_goes_on_as_under_python(tmp_path: Path) -> None:
    source = "import atexit, os, signal\nsignal.signal(signal.SIGTERM, lambda *_: print('handled'))\n"
    source += "atexit._run_exitfuncs()\nos.kill(os.getpid(), signal.SIGTERM)\nprint('end')\n"
    write_tree(tmp_path, {"p.py": source})
    write_zip(tmp_path / "p.pyz", {"__main__.py": source})
    for name in ("p.py", "p.pyz", "p.pyz"):
        assert run([*PYTHON, *LAUNCHER, name], tmp_path) == Ended(0, "handled\nend\n", "")


def test_an_audit_hook_that_forbids_what_we_do_at_the_end_is_not_heard(tmp_path: Path) -> None:
    hook = "import sys\ndef hook(event, _):\n    if event.startswith('gc.'): raise KeyboardInterrupt\nsys.addaudithook(hook)\n"
    write_tree(tmp_path, {"p.py": hook})
    for _ in range(2):
        assert run([*PYTHON, *LAUNCHER, "p.py"], tmp_path) == Ended(0, "", "")


def test_a_process_without_memory_ends(tmp_path: Path) -> None:
    pytest.importorskip("_testcapi")
    write_tree(tmp_path, {"p.py": "import _testcapi\n_testcapi.set_nomemory(0)\n"})
    for launcher in (LAUNCHER, [*LAUNCHER, "--no-cache"]):
        subprocess.run([*PYTHON, *launcher, "p.py"], cwd=str(tmp_path), capture_output=True, timeout=30, check=False)


def _ended(source: str, place: Path, of_site: str = "", **variables: str) -> List[bool]:
    """Tell, of python and three starts of mainspring, whether the interpreter was taken apart."""
    write_tree(place, {"site/sitecustomize.py": of_site} if of_site else {})
    write_zip(place / "p.pyz", {"__main__.py": HOOK + source})
    time.sleep(SETTLED)
    env = {"PYTHONPATH": "site", **variables}
    seen = [run([*PYTHON, *words, "p.pyz"], place, env=env) for words in ([], LAUNCHER, LAUNCHER, LAUNCHER)]
    assert [_without_sight(one) for one in seen] == [_without_sight(seen[0])] * 4
    return ["taken apart" in one.out for one in seen]


def _without_sight(ended: Ended) -> Ended:
    return ended._replace(out=ended.out.replace("taken apart\n", ""))
