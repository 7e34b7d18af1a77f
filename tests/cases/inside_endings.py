"""Programs in archives that end in all sorts of ways, with few modules loaded and with many.

Nothing is collected in between, for when that happens is left to the collector and differs from start to start. With
many modules, mainspring tries to spare the process its last collections of garbage; who looks must not see it.
"""

from typing import List

from cases.inside import MANY, Program

SPEAKER = """
class Speaker:
    def __init__(self, word, **more):
        self.word = word
        vars(self).update(more)
    def __del__(self):
        print("end of", self.word, "names" if Speaker is not None and print is not None else "nothing", __name__)
"""

FILES = """
import gzip, threading, opener
text = open("text.txt", "w"); text.write("kept text\\n")
binary = open("binary", "wb"); binary.write(b"kept bytes")
zipped = gzip.open("zipped.gz", "wb"); zipped.write(b"kept zipped"); zipped.flush()
both = open("both", "w+"); both.write("both ways")
raw = open("raw", "wb", buffering=0); raw.write(b"raw")
cycle = [open("cycle.txt", "w")]; cycle[0].write("kept in a cycle"); cycle.append(cycle); del cycle
local = threading.local(); local.file = open("local.txt", "w"); local.file.write("kept in a thread")
class Holder: pass
holder = Holder(); holder.file = open("held", "w"); holder.me = holder; holder.file.write("held"); del holder
opener.start()
print("last line", end="")
"""
OPENER = """
import io, tempfile
def start():
    global kept, buffer
    kept = open("module.txt", "w"); kept.write("kept in a module")
    buffer = io.BufferedWriter(io.FileIO("buffer", "w")); buffer.write(b"kept in a buffer")
    loop = {}; loop["file"] = io.TextIOWrapper(io.BufferedRandom(io.FileIO("random", "w+"))); loop["me"] = loop; loop["file"].write("random")
    def inner():
        return inner, file
    file = open("closure.txt", "w"); file.write("kept in a closure")
"""
ONE_FILE = "import many.m1\ndef f():\n    cycle = {'f': open('cycle.txt', MODE)}\n    cycle['me'] = cycle\n    cycle['f'].write(DATA)\nf()\nprint('done')\n"

DELS = (
    SPEAKER
    + """
import singleton, sys, builtins, os
kept = Speaker("a global")
cycle = Speaker("a cycle"); cycle.me = cycle
lost = Speaker("a lost cycle"); lost.me = lost; del lost
builtins.spoken = Speaker("a builtin")
sys.spoken, os.spoken = Speaker("of sys"), Speaker("of os")
sys.stderr.spoken = Speaker("of a stream")
class Closing:
    singleton = Speaker("of a class")
def default(x=Speaker("a default")): pass
print("last line")
"""
)
SINGLETON = (
    SPEAKER
    + "ONLY = Speaker('a singleton')\nCYCLE = Speaker('a cycle in a module'); CYCLE.me = CYCLE\nTABLE = {1: [CYCLE]}\n"
)
LOST_CYCLE = SPEAKER + "def f():\n    s = Speaker('a lost cycle'); s.me = s\nf()\nprint('done')\n"
SLOTS = """
class Slim:
    __slots__ = ()
    def __del__(self):
        print("slim end")
class Child(Slim):
    __slots__ = ()
class Number(int):
    def __del__(self):
        print("number end")
circle = [Slim(), Child(), Number(3)]; circle.append(circle); del circle
print("done")
"""
REFS = """
import weakref
class Thing: pass
kept = Thing(); watched = weakref.ref(kept, lambda r: print("callback of a global"))
cycle = Thing(); cycle.me = cycle
in_cycle = weakref.ref(cycle, lambda r: print("callback of a cycle")); del cycle
ended = Thing(); ended.me = ended
weakref.finalize(ended, print, "finalizer at exit")
quiet = weakref.finalize(ended, print, "never at exit"); quiet.atexit = False
table = weakref.WeakValueDictionary(a=ended); keys = weakref.WeakKeyDictionary({ended: 1}); sets = weakref.WeakSet([ended])
del ended
print("last line")
"""
PARTIAL_REF = """
import functools, weakref
class Thing: pass
def say(word, _):
    print(word)
kept = Thing()
watched = weakref.ref(kept, functools.partial(say, "gone, says a partial function"))
"""
LOGGED_REF = """
import logging, weakref
class Thing: pass
def say(message):
    print("gone, says a method of the library's")
say.__module__ = "logging"
kept = Thing()
watched = weakref.ref(kept, say)
"""
FROZEN = """
import gc, opener
def main():
    gc.freeze()
    opener.KEPT.write("data")
main()
print("done")
"""
KEEPER = "KEPT = open('frozen.txt', 'w')\n"
PROFILED = """
import atexit, cProfile
profile = cProfile.Profile()
atexit.register(lambda: print("ended", profile.disable()))
profile.enable()
print("done")
"""
QUIET_REF = """
import weakref
class Thing: pass
def f():
    thing = Thing(); thing.me = thing
    f.ref = weakref.ref(thing, lambda r: print("gone"))
f()
print("done")
"""
SUSPENDED = """
def generator(word):
    try:
        yield 1
    finally:
        print("finally of", word)
async def coroutine():
    try:
        await Awaitable()
    finally:
        print("coroutine ends")
class Awaitable:
    def __await__(self):
        yield 1
async def agen():
    try:
        yield 1
    finally:
        print("async generator ends")
kept = generator("a global"); next(kept)
fresh = generator("a fresh one")
cycle = [generator("a cycle")]; next(cycle[0]); cycle.append(cycle); del cycle
running = coroutine(); running.send(None)
never = coroutine()
asynchronous = agen()
try:
    asynchronous.__anext__().send(None)
except StopIteration:
    pass
print("last line")
"""
ONE_CONTEXT = "import contextlib\n@contextlib.contextmanager\ndef c():\n    try:\n        yield\n    finally:\n        print('context ends')\nentered = c()\nentered.__enter__()\nprint('done')\n"
ONE_GENERATOR = "def g():\n    try:\n        yield\n    finally:\n        print('finally')\ndef f():\n    c = [g()]; next(c[0]); c.append(c)\nf()\nprint('done')\n"
ONE_COROUTINE = "class A:\n    def __await__(self):\n        yield\nasync def g():\n    try:\n        await A()\n    finally:\n        print('finally')\ndef f():\n    c = [g()]; c[0].send(None); c.append(c)\nf()\nprint('done')\n"
ONE_ASYNC = "async def g():\n    try:\n        yield\n    finally:\n        print('finally')\ndef f():\n    c = [g()]; c.append(c)\n    try:\n        c[0].__anext__().send(None)\n    except StopIteration:\n        pass\nf()\nprint('done')\n"
NEVER_AWAITED = "async def g():\n    pass\ndef f():\n    c = [g()]; c.append(c)\nf()\nprint('done')\n"

EXITS = """
import atexit, sys
atexit.register(print, "first registered")
def imports():
    import late, colorsys
    print("imported", late.X, colorsys.__name__)
atexit.register(imports)
def cyclic():
    class End:
        def __del__(self):
            print("cycle made at exit ends")
    e = End(); e.me = e
atexit.register(cyclic)
def fails():
    raise ValueError("at exit")
atexit.register(fails)
def opens():
    global late_file
    late_file = open("late.txt", "w"); late_file.write("late")
atexit.register(opens)
@atexit.register
def nested():
    atexit.register(print, "registered at exit")
print("last line", atexit._ncallbacks() - base if "base" in globals() else "")
"""
THREADS = """
import sys, threading, time
def slowly(word):
    time.sleep(0.05)
    import late
    print("thread", word, late.X, threading.current_thread().name, flush=True)
threading.Thread(target=slowly, args=("one",), name="T1").start()
threading.Thread(target=time.sleep, args=(30,), daemon=True).start()
timer = threading.Timer(0.08, print, ["timer"]); timer.start()
class Local:
    def __del__(self):
        print("local ends")
local = threading.local(); local.x = Local()
print("last line")
"""
FORK = """
import os, sys, atexit
atexit.register(print, "at exit of", "parent" if True else "", flush=True)
f = open("both.txt", "a")
class Ends:
    def __del__(self):
        os.write(1, b"ends\\n")
e = Ends(); e.me = e
sys.stdout.flush()
pid = os.fork()
if pid == 0:
    f.write("child\\n")
    import late
    sys.exit(late.X)
print(os.waitpid(pid, 0)[1])
f.write("parent\\n")
"""
PROCESSES = """
import subprocess, sys, tempfile, os
left = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(0.01)"])
directory = tempfile.TemporaryDirectory(prefix="left", dir=".")
named = tempfile.NamedTemporaryFile("w", dir=".")
other = tempfile.TemporaryDirectory(prefix="cyc", dir="."); holder = [other]; holder.append(holder)
spooled = tempfile.SpooledTemporaryFile(); spooled.write(b"x")
del holder, other
import atexit
print("last line")
"""
LEFT_DIRECTORY = "import atexit, os, sys, tempfile\ndef f():\n    d = tempfile.TemporaryDirectory(dir='.', prefix='left'); c = [d]; c.append(c)\nf()\nprint(len([n for n in os.listdir('.') if 'left' in n]))\n"
NAMED = "import os, tempfile\ndef f():\n    n = tempfile.NamedTemporaryFile('w', dir='.', prefix='left'); n.write('x'); c = [n]; c.append(c)\nf()\nprint(len([n for n in os.listdir('.') if 'left' in n]))\n"
SQLITE = """
import sqlite3
def f():
    connection = sqlite3.connect("base.db")
    connection.execute("pragma journal_mode=wal")
    connection.execute("create table t (x)")
    connection.execute("insert into t values (1)")
    connection.commit()
    connection.execute("insert into t values (2)")
    cycle = [connection]; cycle.append(cycle)
f()
import os
print(sorted(n for n in os.listdir(".") if "base" in n))
"""
SHELVED = "import shelve\ns = shelve.open('shelf', writeback=True)\ns['a'] = [1]\ns['a'].append(2)\nprint('done')\n"
ZIP_LEFT = "import zipfile\ndef f():\n    z = zipfile.ZipFile('left.zip', 'w'); z.writestr('a', 'text'); c = [z]; c.append(c)\nf()\nprint('done')\n"
ZIPS_READ = """
import importlib.metadata, sys, warnings, zipfile
with zipfile.ZipFile("read.zip", "w") as made:
    made.writestr("a", "text" * 9999)
Z = zipfile.ZipFile("read.zip")
print(Z.read("a")[:4], list(importlib.metadata.distributions())[:0])
MORE
"""
ZIP_IN_A_CYCLE = "def f():\n    c = [zipfile.ZipFile('read.zip')]; c.append(c)\nf()"
MMAPPED = "import mmap\ndef f():\n    open('mapped', 'wb').write(b'x' * 5000)\n    h = open('mapped', 'r+b'); m = mmap.mmap(h.fileno(), 0); m[0:3] = b'abc'; c = [m]; c.append(c); h.close()\nf()\n"
LOGGED = "import logging, logging.handlers\nlogging.basicConfig(filename='log.txt', level=0)\nlogging.info('hello')\nh = logging.handlers.MemoryHandler(100, target=logging.FileHandler('memory.txt')); l = logging.getLogger('x'); l.addHandler(h); l.error('kept')\nl.propagate = False\n"
QUEUES = "import concurrent.futures, threading, time\npool = concurrent.futures.ThreadPoolExecutor(3)\nfor n in range(3):\n    pool.submit(lambda n=n: (time.sleep(0.1 * n + 0.05), print('task', n, flush=True)))\nprint('last', flush=True)\n"
ASYNC = """
import asyncio
async def agen():
    try:
        while True:
            yield 1
    finally:
        print("agen closed")
async def forever():
    try:
        await asyncio.sleep(60)
    finally:
        print("task cancelled")
async def main():
    global left, kept
    kept = agen()
    await kept.__anext__()
    left = asyncio.ensure_future(forever())
    await asyncio.sleep(0)
asyncio.run(main())
loop = asyncio.new_event_loop()
task = loop.create_task(forever())
loop.call_soon(loop.stop)
loop.run_forever()
print("last line")
"""
STATUSES = {
    "a status": "import sys\nprint('x')\nsys.exit(3)\n",
    "a word": "import sys\nsys.exit('gone wrong')\n",
    "an exception": "import top\ntop.f()\n",
    "an exception in a module": "import failing\n",
    "a fast exit": "import os, sys, atexit\natexit.register(print, 'never')\nf = open('lost.txt', 'w'); f.write('lost')\nos._exit(4)\n",
    "an interrupt": "import os, signal\nos.kill(os.getpid(), signal.SIGINT)\nimport time; time.sleep(5)\n",
    "a termination": "import os, signal\nf = open('lost.txt', 'w'); f.write('lost')\nos.kill(os.getpid(), signal.SIGTERM)\nimport time; time.sleep(5)\n",
    "a handled termination": "import os, signal, sys, atexit\natexit.register(print, 'at exit')\nf = open('kept.txt', 'w'); f.write('kept')\nsignal.signal(signal.SIGTERM, lambda n, f: sys.exit(f.f_lineno))\nos.kill(os.getpid(), signal.SIGTERM)\nimport time; time.sleep(5)\n",
    "an exec": "import os, sys\nprint('x', flush=True)\nos.execv(sys.executable, [sys.executable, '-c', 'print(2)'])\n",
    "a stream that cannot be flushed": "import sys\nsys.stdout = open('/dev/full', 'w')\nprint('lost')\n",
    "a stream of its own": "import sys, io\nclass Loud(io.TextIOWrapper):\n    def close(self):\n        sys.__stderr__.write('closed\\n'); super().close()\nsys.stdout = Loud(open('own.txt', 'wb'))\nprint('kept')\n",
    "a hidden stream": "import sys, io\nsys.stdout = io.TextIOWrapper(sys.stdout.detach(), write_through=False)\nprint('kept')\nkeep = [sys.stdout]; keep.append(keep)\n",
    "another stream for the same descriptor": "import sys, os\ndef f():\n    o = os.fdopen(os.dup(1), 'w'); o.write('kept\\n'); c = [o]; c.append(c)\nf()\nprint('first', flush=True)\n",
}
# The process may exit at once after these, without taking the interpreter apart: but not if that could be seen.
AT_ONCE = {
    "no word": "print('x')\n",
    "a status that is true": "import sys\nsys.exit(True)\n",
    "a negative status": "import sys\nsys.exit(-1)\n",
    "a large status": "import sys\nsys.exit(259)\n",
    "a status that is too large": "import sys\nsys.exit(2**40 + 3)\n",
    "an exit of its own kind": "class Odd(SystemExit):\n    code = property(lambda self: print('asked') or 5)\nraise Odd(4)\n",
    "a stream over one of its own": "import io, os, sys\nclass Raw(io.RawIOBase):\n    def writable(self): return True\n    def write(self, data): return os.write(2, bytes(data))\nsys.stdout = io.TextIOWrapper(io.BufferedWriter(Raw()))\nprint('kept')\n",
    "a closed stream": "import sys\nsys.stdout.close()\nsys.stderr.write('x')\n",
    "a module that is none": "import sys\nclass Odd:\n    def __getattr__(self, name): print('asked for', name); raise AttributeError(name)\nsys.modules['odd'] = Odd()\n",
    "an import that is forbidden": "import sys\nsys.modules['odd'] = None\n",
    "a class that is asked": "class Meta(type):\n    def __getattr__(cls, name): print('asked for', name); raise AttributeError(name)\nclass Odd(metaclass=Meta): pass\n",
}
AT_ONCE_ON_POSIX = {
    "text that C keeps": "import ctypes\nctypes.CDLL(None).printf(b'from C\\n')\n",
    "a file that is left to be warned of": "import warnings\nwarnings.simplefilter('always')\nleft = open('/dev/null')\n",
    "a child that ends as its parent": "import os\nchild = os.fork()\nif child: print(os.waitpid(child, 0)[1], flush=True)\nprint('last')\nif not child: raise SystemExit(6)\n",
}
OF_SITE = {"site/sitecustomize.py": "import atexit\natexit.register(print, 'said by site')\n"}
KEPT_BY_SITE = {
    "site/sitecustomize.py": "class Last:\n    def __del__(self): print('end')\nkept = Last(); import builtins; builtins.kept = kept\n"
}
COLLECTED = {
    "debugging the collector": "import gc\ngc.set_debug(gc.DEBUG_SAVEALL)\ndef f():\n    c = []; c.append(c)\nf()\ngc.collect()\nprint(len(gc.garbage) > 0)\n",
    "debugging leaks": "import gc\nclass E:\n    def __del__(self): print('end')\ndef f():\n    c = E(); c.me = c\ngc.set_debug(gc.DEBUG_UNCOLLECTABLE)\nf()\n",
    "callbacks of the collector": "import gc, sys\nstarted = []\ndef told(phase, info):\n    if phase == 'start' and info['generation'] == 2: started.append(1); len(started) < 3 and sys.stdout.write('collects\\n')\ngc.callbacks.append(told)\ngc.collect()\n",
    "garbage": "import gc\ngc.garbage.append(print)\nprint(gc.garbage)\n",
    "a freeze of its own": LOST_CYCLE.replace(
        "print('done')", "import gc\ngc.collect()\ngc.freeze()\nf()\nprint(gc.get_freeze_count() > 100)"
    ),
    "a collector that is off": LOST_CYCLE.replace(
        "f()\nprint", "import gc\ngc.disable()\nf()\nprint(gc.isenabled(), gc.get_threshold())\nprint"
    ),
    "a thawed collector": LOST_CYCLE.replace("f()\nprint", "import gc\ngc.unfreeze()\nf()\nprint"),
}


STILL = "import gc\ngc.set_threshold(0)\ndel gc\n"


def _both(name: str, source: str, **more: object) -> List[Program]:
    members = {"late.py": "X = 7\n", **more.pop("members", {})}  # type: ignore[dict-item]
    return [
        Program(
            f"{name}, with few modules", STILL + source, {**members, "many/__init__.py": "", "many/m1.py": ""}, **more
        ),  # type: ignore[arg-type]
        Program(f"{name}, with many modules", "import many.all\n" + STILL + source, {**MANY, **members}, **more),  # type: ignore[arg-type]
    ]


def _many(name: str, source: str, **more: object) -> Program:
    return _both(name, source, **more)[1]


# Of the program's own, and of a class that can be called.
PROXIES = """
import sys, weakref, builtins, kept
class Thing:
    def __call__(self): return 1
thing, other = Thing(), Thing
kept.those.append(weakref.proxy(thing, kept.called))
kept.those.append(weakref.proxy(other, kept.called))
quiet = weakref.proxy(kept)
builtins.kept = kept.those
"""
KEPT = "import os\nthose = []\ndef called(proxy, write=os.write): write(1, b'gone\\n')\n"

PROGRAMS = [
    *_both("proxies that call somebody", PROXIES, members={"kept.py": KEPT}),
    *[program for name, source in AT_ONCE.items() for program in _both(name, source, status=None)],
    *[program for name, source in AT_ONCE_ON_POSIX.items() for program in _both(name, source, needs="posix")],
    *_both("words of site", "print('last')\n", tree=OF_SITE, env={"PYTHONPATH": "site"}),
    *_both("objects of site", "print('last')\n", tree=KEPT_BY_SITE, env={"PYTHONPATH": "site"}),
    *_both("open files", FILES, members={"opener.py": OPENER}),
    _many("one text file in a cycle", ONE_FILE.replace("MODE", "'w'").replace("DATA", "'text'")),
    _many("one binary file in a cycle", ONE_FILE.replace("MODE", "'wb'").replace("DATA", "b'data'")),
    _many("one file for both ways in a cycle", ONE_FILE.replace("MODE", "'w+b'").replace("DATA", "b'data'")),
    *_both("last words", DELS, members={"singleton.py": SINGLETON}),
    _many("one lost cycle", LOST_CYCLE),
    _many("one lost cycle in a module", "import one\n", members={"one.py": LOST_CYCLE}),
    _many("objects that are unknown to the collector", SLOTS),
    *_both("weak references", REFS),
    _many("one weak reference", QUIET_REF),
    *_both("a weak reference that calls a partial function", PARTIAL_REF),
    *_both("a weak reference that calls what says that it is of logging", LOGGED_REF),
    *_both("what was there is frozen", FROZEN, members={"opener.py": KEEPER}),
    *_both("a profiler that is no function", PROFILED),
    *_both("suspended generators", SUSPENDED),
    *_both("a context that is never left", ONE_CONTEXT),
    _many("one generator in a cycle", ONE_GENERATOR),
    _many("one coroutine in a cycle", ONE_COROUTINE),
    _many("one async generator in a cycle", ONE_ASYNC),
    _many("one coroutine that was never awaited", NEVER_AWAITED),
    *_both("functions at exit", EXITS),
    *_both("threads", THREADS),
    *_both("a fork", FORK, needs="posix"),
    *_both("processes and directories that are left", PROCESSES, options=["-W", "ignore"]),
    _many("a directory that is left", LEFT_DIRECTORY, options=["-W", "ignore"]),
    _many("a temporary file that is left", NAMED),
    _many("a database in a cycle", SQLITE),
    _many("a shelf", SHELVED),
    _many("a zip file that is left", ZIP_LEFT),
    *_both("zip files that are left for reading", ZIPS_READ.replace("MORE", ZIP_IN_A_CYCLE)),
    *_both(
        "zip files that are left for reading, one of them in use, and warnings of that",
        ZIPS_READ.replace("MORE", "warnings.simplefilter('always')\nM = Z.open('a'); print(M.read(3))"),
    ),
    *_both(
        "a filter of warnings that is none",
        "import warnings\nwarnings.filters.insert(0, ('ignore', None, None, None, 0))\nprint('done')\n",
    ),
    _many("a map of a file", MMAPPED),
    _many("logs", LOGGED),
    *_both("a pool of threads", QUEUES),
    *_both("an event loop", ASYNC),
    *[program for name, source in STATUSES.items() for program in _both(name, source, needs="posix", status=None)],
    *[_many(name, source) for name, source in COLLECTED.items()],
    _many(
        "warnings of open files",
        "f = open('x', 'w')\nc = [open('y', 'w')]; c.append(c); del c\n",
        options=["-W", "error::ResourceWarning"],
    ),
    _many(
        "warnings of open files, in developer mode", "c = [open('y', 'w')]; c.append(c); del c\n", options=["-X", "dev"]
    ),
    _many(
        "warnings of open files that are switched on late",
        "import warnings\nwarnings.simplefilter('always')\ndef f():\n    c = [open('y')]; c.append(c)\nopen('y', 'w').close()\nf()\n",
    ),
    _many(
        "warnings of sockets that are switched on late",
        "import socket, warnings\nwarnings.simplefilter('always', ResourceWarning)\ndef f():\n    c = [socket.socket()]; c.append(c)\nf()\n",
    ),
]
