"""A process ends at once, without the interpreter being taken apart, where nobody could notice that.

An audit hook notices, and nothing tells that there is one. So it is the sight here, and a difference in the README.
"""

import importlib.util
import os
import sys
import sysconfig
import time
from pathlib import Path
from typing import List

import pytest
from support import PYTHON, Ended, run, write_zip
from test_transparency import LAUNCHER, SETTLED

HAS_OTHERS = list(Path(sysconfig.get_paths()["purelib"]).glob("*.pth")) or importlib.util.find_spec("sitecustomize")
if os.name == "nt" or HAS_OTHERS:
    pytest.skip("code of others runs before each program here", allow_module_level=True)

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
    "a status": "import re\nre.compile('a+b')\nsys.exit(3)\n",
}
NOTICED = {
    "a lost database": "import sqlite3\nc = sqlite3.connect(str(os.getpid()))\nc.execute('pragma journal_mode=wal')\nc.execute('create table t (x)')\n",
    "a file that was written": "f = open('f', 'w')\nf.write('x')\n",
    "a finaliser": "class A:\n    def __del__(self, write=os.write): write(1, b'')\na = A()\n",
    "ctypes": "import ctypes\n",
}


@pytest.mark.parametrize("source", [pytest.param(source, id=name) for name, source in UNNOTICED.items()])
def test_a_process_ends_at_once_where_nobody_could_notice(source: str, tmp_path: Path) -> None:
    assert _ended(source, tmp_path) == [True, False, False, False]


@pytest.mark.parametrize("source", [pytest.param(source, id=name) for name, source in NOTICED.items()])
def test_a_process_ends_as_ever_where_somebody_could_notice(source: str, tmp_path: Path) -> None:
    assert _ended(source, tmp_path) == [True, True, True, True]


@pytest.mark.skipif(sys.version_info < (3, 10), reason="the collector does not know sqlite3's connections")
def test_a_database_that_nobody_opened_is_none(tmp_path: Path) -> None:
    assert _ended("import sqlite3\n", tmp_path) == [True, False, False, False]


def _ended(source: str, place: Path) -> List[bool]:
    """Tell, of python and three starts of mainspring, whether the interpreter was taken apart."""
    write_zip(place / "p.pyz", {"__main__.py": HOOK + source})
    time.sleep(SETTLED)
    seen = [run([*PYTHON, *words, "p.pyz"], place) for words in ([], LAUNCHER, LAUNCHER, LAUNCHER)]
    assert [_without_sight(one) for one in seen] == [_without_sight(seen[0])] * 4
    return ["taken apart" in one.out for one in seen]


def _without_sight(ended: Ended) -> Ended:
    return ended._replace(out=ended.out.replace("taken apart\n", ""))
