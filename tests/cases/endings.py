"""How programs end: exit statuses, exceptions and their reports, signals, and what comes after the last line."""

from typing import List

from cases import Case, everywhere, script

EXITS = {
    "nothing": "",
    "zero": "0",
    "three": "3",
    "true": "True",
    "minus one": "-1",
    "256": "256",
    "a big number": "2**70",
    "a word": "'gone wrong'",
    "an empty word": "''",
    "a word in letters": "'schön'",
    "a tuple": "(1, 'two')",
    "two arguments": "*[1]",
    "an object": "type('Odd', (), {'__str__': lambda self: 'odd'})()",
    "an object without words": "type('Odd', (), {'__str__': lambda self: 1 / 0})()",
    "a float": "1.5",
    "another exit": "SystemExit(4)",
    "a number that compares in its own way": "type('Odd', (int,), dict.fromkeys(['__le__', '__ge__', '__and__']))(7)",
}

CHAIN = """
def inner():
    raise KeyError("inner")
def outer():
    try:
        inner()
    except KeyError as error:
        raise ValueError("outer") from error
try:
    outer()
except ValueError:
    raise RuntimeError("last")
"""

GROUP = """
def fail(n):
    raise ValueError(n)
errors = []
for n in range(2):
    try:
        fail(n)
    except ValueError as error:
        errors.append(error)
raise ExceptionGroup("several", errors)
"""

LAST_ERROR = """
import atexit, sys
def show():
    t = sys.last_traceback
    while t and "runpy" in t.tb_frame.f_code.co_filename:
        t = t.tb_next
    print(sys.last_type, sys.last_value, sys.last_value.__traceback__ is sys.last_traceback, sys.excepthook, "__file__" in globals())
    print(t and (t.tb_frame.f_code.co_name, t.tb_frame.f_code.co_filename, t.tb_lineno))
atexit.register(show)
def f():
    raise ValueError("this is the last")
f()
"""

HOOK = """
import sys, traceback
def names(tb):
    return [f.name for f in traceback.extract_tb(tb) if "runpy" not in f.filename]
def hook(kind, value, tb):
    print("hook", kind, value, names(tb), value.__traceback__ is tb, sys.excepthook is hook)
    print(names(sys.last_traceback))
sys.excepthook = hook
def f():
    raise ValueError("for the hook")
f()
"""

HOOKS = {
    "that is missing": "import sys\ndel sys.excepthook\n1/0\n",
    "that is None": "import sys\nsys.excepthook = None\n1/0\n",
    "that fails": "import sys\ndef hook(*a):\n    raise KeyError('in the hook')\nsys.excepthook = hook\n1/0\n",
    "that fails deeper": "import sys\ndef g():\n    {}['x']\ndef hook(*a):\n    g()\nsys.excepthook = hook\ndef f():\n    1/0\nf()\n",
    "that exits": "import sys\nsys.excepthook = lambda *a: sys.exit(7)\n1/0\n",
    "that exits with words": "import sys\nsys.excepthook = lambda *a: sys.exit('bye')\n1/0\n",
    "that takes too little": "import sys\nsys.excepthook = lambda: None\n1/0\n",
    "that was wrapped": "import sys\nold = sys.excepthook\nsys.excepthook = lambda *a: (print('first'), old(*a))\n1/0\n",
    "that formats": "import sys, traceback\nsys.excepthook = lambda *a: print(''.join(traceback.format_exception(*a)))\n1/0\n",
}

RAISES_AGAIN = "import sys\ndef hook(k, v, t):\n    raise v\nsys.excepthook = hook\n1/0\n"

ODD_STREAMS = {
    "standard error closed": "import sys\nsys.stderr.close()\n1/0\n",
    "standard error None": "import sys\nsys.stderr = None\n1/0\n",
    "standard error None and an exit with words": "import sys\nsys.stderr = None\nsys.exit('words')\n",
    "standard error deleted": "import sys\ndel sys.stderr\n1/0\n",
    "standard output None": "import sys\nsys.stdout = None\nprint('nowhere')\n",
    "standard output closed": "import sys\nprint('seen')\nsys.stdout.close()\n",
    "standard output to a full device": "import sys\nsys.stdout = open('/dev/full', 'w')\nprint('lost')\n",
    "standard error of its own": "import io, sys\nsys.stderr = io.StringIO()\nimport atexit\natexit.register(lambda: print(sys.stderr.getvalue()))\n1/0\n",
    "a flush that fails": "import sys\nclass Odd:\n    def write(self, text): pass\n    def flush(self): raise OSError('no')\nsys.stdout = Odd()\n",
}

FROZEN = """
import dataclasses, sys
@dataclasses.dataclass(frozen=True)
class Frozen(Exception):
    number: int
"""
FAILS_FROZEN = "def hook(*a):\n    print(a[1], a[2] is not None)\n    raise Frozen(2)\nsys.excepthook = hook\n"

LAST_LINES = """
import atexit, sys, threading, time
class Late:
    def __del__(self):
        print("del", name, sys is not None, "__file__" in globals())
name = "still here"
late = Late()
atexit.register(lambda: print("atexit 1", sorted(n for n in vars(sys.modules["__main__"]) if n.startswith("__"))))
atexit.register(lambda: print("atexit 2", sys.modules["__main__"].name))
def slowly():
    time.sleep(0.05)
    print("thread", sys.modules["__main__"].name, "__file__" in vars(sys.modules["__main__"]))
threading.Thread(target=slowly).start()
threading.Thread(target=time.sleep, args=(30,), daemon=True).start()
print("last line")
"""

LATE_IMPORT = """
import atexit
def later():
    import near
    print("imported", near.mine)
atexit.register(later)
"""

SIGNALS = {
    "an interrupt": "import os, signal\nos.kill(os.getpid(), signal.SIGINT)\nimport time\ntime.sleep(5)\n",
    "an interrupt that is caught": "import os, signal\ntry:\n    os.kill(os.getpid(), signal.SIGINT)\n    import time\n    time.sleep(5)\nexcept KeyboardInterrupt:\n    print('caught')\n",
    "an interrupt by hand": "import atexit\natexit.register(print, 'bye')\nraise KeyboardInterrupt('by hand')\n",
    "an interrupt as a child class": "class Mine(KeyboardInterrupt): pass\nraise Mine\n",
    "an interrupt in a function": "def f():\n    raise KeyboardInterrupt\nf()\n",
    "a termination": "import os, signal\nprint('before', flush=True)\nos.kill(os.getpid(), signal.SIGTERM)\n",
    "a kill": "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)\n",
    "an abort": "import os\nos.abort()\n",
    "a broken pipe": "import os, sys\nr, w = os.pipe()\nos.close(r)\nos.write(w, b'x')\n",
    "a broken pipe by default": "import signal, os\nsignal.signal(signal.SIGPIPE, signal.SIG_DFL)\nr, w = os.pipe()\nos.close(r)\nos.write(w, b'x')\n",
    "a handler": "import os, signal\nsignal.signal(signal.SIGTERM, lambda n, f: print('handled', n, f.f_code.co_name))\nos.kill(os.getpid(), signal.SIGTERM)\n",
}

LATE = """
import os, sys, weakref
class Late:
    def __init__(self, word):
        self.word = word
    def __del__(self):
        print("last word of", self.word)
kept = Late("a global")
circle = Late("a circle")
circle.itself = circle
lost = Late("a lost circle")
lost.itself = lost
del lost
os.late, sys.late, sys.stdout.late = Late("os"), Late("sys"), Late("a stream")
watched = Late("something watched")
watch = weakref.ref(watched, lambda _: print("it is gone"))
"""

OTHERS = {
    "an exception in atexit": "import atexit\natexit.register(lambda: 1/0)\nprint('end')\n",
    "an exit in atexit": "import atexit, sys\natexit.register(lambda: sys.exit(9))\nprint('end')\n",
    "an exception in a thread": "import threading\nt = threading.Thread(target=lambda: 1/0, name='worker')\nt.start()\nt.join()\nprint('end')\n",
    "an exit in a thread": "import sys, threading\nt = threading.Thread(target=lambda: sys.exit(3))\nt.start()\nt.join()\nprint('end')\n",
    "an exception in __del__": "class Odd:\n    def __del__(self): 1/0\nOdd()\nprint('end')\n",
    "a generator with finally": "def g():\n    try:\n        yield 1\n    finally:\n        print('finally')\nx = g()\nnext(x)\n",
    "an open file": "f = open('out.txt', 'w')\nf.write('kept')\nimport atexit, os\n",
    "a fast exit": "import os, sys\nsys.stdout.write('lost')\nos._exit(5)\n",
    "a fork": "import os, sys\npid = os.fork()\nif not pid:\n    raise SystemExit(4)\nprint(os.WEXITSTATUS(os.waitpid(pid, 0)[1]))\n",
    "a fork that fails": "import os, sys\npid = os.fork()\nif not pid:\n    1/0\nprint(os.WEXITSTATUS(os.waitpid(pid, 0)[1]))\n",
    "an exec": "import os, sys\nos.execv(sys.executable, [sys.executable, '-c', 'print(1)'])\n",
    "a change of directory": "import os, sys\nos.chdir('/')\nprint(__file__, sys.path[0])\ndef f():\n    1/0\nf()\n",
    "a trace": "import sys\nnames = []\nsys.settrace(lambda f, e, a: names.append((f.f_code.co_name, e)))\ndef f(): pass\nf()\nsys.settrace(None)\nprint(names)\n",
    "main under another name": "import __main__, sys\nprint(__main__.__file__, vars(__main__) is globals())\n",
    "main removed": "import sys\ndel sys.modules['__main__']\nprint('end')\n",
    "main replaced": "import sys, types\nsys.modules['__main__'] = types.ModuleType('__main__')\nprint('end')\n",
    "names that were deleted": "del __file__, __cached__\nprint('end')\n",
    "globals that were cleared": "import sys\nprint('end')\nglobals().clear()\n",
    "globals that were cleared, and an error": "import sys\ndef f(g):\n    g.clear()\n    1/0\nf(globals())\n",
}

PICKLED = """
import dataclasses, enum, inspect, linecache, pickle, typing
@dataclasses.dataclass
class Point:
    x: int
    y: "typing.List[int]"
class Colour(enum.Enum):
    RED = 1
def function():
    return "the source of this function"
print(pickle.loads(pickle.dumps([Point(1, [2]), Colour.RED, function])))
print(typing.get_type_hints(Point), Point.__module__)
print(inspect.getsource(function), inspect.getsourcefile(function), inspect.getmodule(function))
print(linecache.getline(__file__, 3))
"""

TESTED = """
import doctest, sys, unittest
def twice(n):
    '''
    >>> twice(2)
    4
    '''
    return n * 2
class Case(unittest.TestCase):
    def test(self):
        self.assertEqual(twice(1), 2)
print(doctest.testmod())
unittest.main(argv=["prog"], verbosity=0, exit=False, testRunner=unittest.TextTestRunner(stream=open("log", "w")))
"""

WARNED = """
import sys, warnings
def old():
    warnings.warn("old", DeprecationWarning, stacklevel=2)
old()
warnings.warn("plain")
for _ in range(2):
    warnings.warn("twice", FutureWarning)
print(__warningregistry__.keys())
"""

RESTART = """
import os, subprocess, sys
print("started", sys.argv[1:], flush=True)
if "AGAIN" not in os.environ:
    spec = sys.modules["__main__"].__spec__
    if hasattr(sys, "orig_argv"):
        words = sys.orig_argv[1:]
    elif spec is None or spec.name == "__main__":
        words = sys.argv
    else:
        words = ["-m", __package__ if spec.name == __package__ + ".__main__" else spec.name, *sys.argv[1:]]
    sys.exit(subprocess.call([sys.executable, *words], env={**os.environ, "AGAIN": "1"}))
"""


def _table(prefix: str, sources: "dict[str, str]", **more: str) -> List[Case]:
    return [script(f"{prefix}{name}", source, **more) for name, source in sources.items()]


CASES = [
    *[
        case
        for name, value in EXITS.items()
        for case in everywhere(f"exit with {name}", f"import sys\nprint('x')\nsys.exit({value})\n")
    ],
    script(
        "an exit from a function", "def f():\n    raise SystemExit(3)\ntry:\n    f()\nfinally:\n    print('finally')\n"
    ),
    script("an exit without words", "raise SystemExit\n"),
    script("an exit with a strange code", "e = SystemExit(3)\ne.code = 'strange'\nraise e\n"),
    *everywhere("an error", "def f():\n    raise ValueError('oh')\nf()\n"),
    *everywhere("an error at the top", "x = 1\n1/0\n"),
    *everywhere("an error in a neighbour", "import near\nnear.f()\n", files={"near.py": "def f():\n    1/0\n"}),
    *everywhere("an error while a neighbour is loaded", "import near\n", files={"near.py": "1/0\n"}),
    *everywhere("a syntax error in a neighbour", "import near\n", files={"near.py": "if x\n"}),
    *everywhere("a missing module", "import no_such_module\n"),
    *everywhere("errors in a chain", CHAIN),
    *everywhere("errors in a group", GROUP, since=(3, 11)),
    *everywhere("the last error", LAST_ERROR),
    script(
        "a file name after an error", 'import atexit\natexit.register(lambda: print("__file__" in globals()))\n1/0\n'
    ),
    script("a file name after the end", 'import atexit\natexit.register(lambda: print("__file__" in globals()))\n'),
    script("a hook that raises what it got", RAISES_AGAIN, since=(3, 12)),
    *everywhere("a syntax error at run time", "exec('if x')\n"),
    script("an error that cannot be printed", "class Odd(Exception):\n    def __str__(self): 1/0\nraise Odd\n"),
    script("an error with notes", "e = ValueError('x')\ne.add_note('a note')\nraise e\n", since=(3, 11)),
    script("an error without a traceback", "e = ValueError('x')\nraise e.with_traceback(None)\n"),
    *everywhere("an error of a class whose attributes are fixed", f"{FROZEN}def f():\n    raise Frozen(1)\nf()\n"),
    script("a hook that fails with attributes that are fixed", f"{FROZEN}{FAILS_FROZEN}raise Frozen(1)\n"),
    script("an error of an odd class", "class Odd(BaseException): pass\nraise Odd('x')\n"),
    script("memory is gone", "raise MemoryError\n"),
    *everywhere("a hook for errors", HOOK),
    *_table("a hook ", HOOKS),
    *_table("", ODD_STREAMS, needs="linux"),
    *everywhere("the last lines", LAST_LINES),
    *everywhere("an import after the end", LATE_IMPORT, files={"near.py": "mine = 1\n"}),
    *_table("", SIGNALS, needs="posix"),
    *everywhere("an interrupt of anything", SIGNALS["an interrupt"], needs="posix"),
    *_table("", OTHERS, needs="posix"),
    *everywhere("last words", LATE),
    *everywhere("last words of a neighbour", "import near\n", files={"near.py": LATE}),
    Case(
        "output to a closed pipe",
        {"s.py": "print('x' * 100000)\n"},
        [],
        shell="$RUN s.py | true; echo done",
        needs="posix",
    ),
    Case("output to a closed descriptor", {"s.py": "print('x')\n"}, [], shell="$RUN s.py >&-; echo $?", needs="posix"),
    Case("errors to a closed descriptor", {"s.py": "1/0\n"}, [], shell="$RUN s.py 2>&-; echo $?", needs="posix"),
    Case(
        "input from a closed descriptor",
        {"s.py": "import sys\nprint(sys.stdin)\n"},
        [],
        shell="$RUN s.py <&-",
        needs="posix",
    ),
    Case("output to a full device", {"s.py": "print('x')\n"}, [], shell="$RUN s.py >/dev/full; echo $?", needs="linux"),
    *everywhere("pickles, sources and hints", PICKLED),
    *everywhere("tests in main", TESTED),
    *everywhere("warnings", WARNED),
    *everywhere("warnings that are errors", WARNED, options=["-W", "error"]),
    *everywhere("a program that starts itself again", RESTART, "a", "b"),
    script("input that is read", "print(input('? '), input())\n", stdin="one\ntwo\n"),
    script(
        "output and errors in order", "import sys\nprint('1')\nprint('2', file=sys.stderr)\nsys.stdout.write('3')\n"
    ),
]
