"""The interpreter's own options and variables, which keep their effect."""

from cases import Case, everywhere, script
from cases.sights import PROBE

CHECKED = '"""doc"""\ndef f():\n    "doc"\ntry:\n    assert False\nexcept AssertionError:\n    print("asserted")\nprint(__debug__, __doc__, f.__doc__)\n'
BUFFERS = "import sys\nprint(sys.stdout.line_buffering, sys.stdout.write_through)\nsys.stdout.write('x')\nimport os\nos._exit(0)\n"
INPUT = "print(__name__, sorted(n for n in globals() if n != '__annotations__'))\nprint(x)\n"
ASKED = "x\n'__file__' in globals()\nimport sys; sys.excepthook is sys.__excepthook__\nsys.path[0] == '' or len(sys.path) > 2\nsys.argv\n"

CASES = [
    *[
        case
        for option in ("-O", "-OO", "-B", "-s", "-E", "-I", "-q", "-b")
        for case in everywhere(f"{option} and what is seen", PROBE, options=[option])
    ],
    *everywhere("-P and what is seen", PROBE, options=["-P"], since=(3, 11)),
    *everywhere("PYTHONSAFEPATH and what is seen", PROBE, env={"PYTHONSAFEPATH": "1"}, since=(3, 11)),
    *everywhere(
        "-P and neighbours",
        "try:\n    import near\n    print('found')\nexcept ImportError:\n    print('hidden')\n",
        files={"near.py": ""},
        options=["-P"],
        since=(3, 11),
    ),
    *everywhere(
        "-I and neighbours",
        "try:\n    import near\n    print('found')\nexcept ImportError:\n    print('hidden')\n",
        files={"near.py": ""},
        options=["-I"],
    ),
    Case("-P with standard input", {}, ["-"], stdin=PROBE, options=["-P"], since=(3, 11)),
    *everywhere("-O and assertions", CHECKED, options=["-O"]),
    *everywhere("-OO and doc strings", CHECKED, options=["-OO"]),
    *everywhere("-u and buffers", BUFFERS, options=["-u"]),
    *everywhere("PYTHONUNBUFFERED and buffers", BUFFERS, env={"PYTHONUNBUFFERED": "1"}),
    script("buffers", BUFFERS),
    script("-X dev", PROBE, options=["-X", "dev"]),
    script("-X utf8", PROBE, options=["-X", "utf8"]),
    script("-X utf8=0 in a plain locale", PROBE, options=["-X", "utf8=0"], env={"LC_ALL": "C"}),
    script("-X faulthandler", PROBE, options=["-X", "faulthandler"]),
    script(
        "-X tracemalloc",
        "import tracemalloc\nprint(tracemalloc.get_traceback_limit())",
        options=["-X", "tracemalloc=3"],
    ),
    script("-X anything", PROBE, options=["-X", "anything=1", "-Xother"]),
    script("-X int_max_str_digits", PROBE, options=["-X", "int_max_str_digits=5000"], since=(3, 11)),
    *everywhere(
        "-X warn_default_encoding and warnings that are errors",
        PROBE,
        options=["-W", "error", "-X", "warn_default_encoding"],
        since=(3, 10),
    ),
    script("-X frozen_modules=off", PROBE, options=["-X", "frozen_modules=off"], since=(3, 11)),
    script("-W", PROBE, options=["-W", "ignore", "-Werror::FutureWarning"]),
    script("-W and a module", "import warnings\nwarnings.warn('x')\n", options=["-W", "ignore:::__main__"]),
    script("several options in one word", PROBE, options=["-uBO"]),
    script("PYTHONPATH", PROBE, env={"PYTHONPATH": "lib"}, tree={"lib/x.py": ""}),
    script(
        "PYTHONDONTWRITEBYTECODE",
        "import near, os\nprint(os.path.exists('__pycache__'))",
        tree={"near.py": ""},
        env={"PYTHONDONTWRITEBYTECODE": "1"},
    ),
    script("PYTHONHASHSEED", "print(hash('x'))", env={"PYTHONHASHSEED": "7"}),
    script("PYTHONWARNINGS", PROBE, env={"PYTHONWARNINGS": "default"}),
    script("PYTHONIOENCODING", PROBE, env={"PYTHONIOENCODING": "latin-1:replace"}),
    script("PYTHONSTARTUP", "print(1)", env={"PYTHONSTARTUP": "s.py"}),
    script("PYTHONNOUSERSITE", PROBE, env={"PYTHONNOUSERSITE": "1"}),
    script("no site", PROBE, options=["-S"], env={"PYTHONPATH": "{mainspring}"}),
    *everywhere("-i", "x = 'left behind'\nprint(x)\n", "a", options=["-i", "-q"], stdin=ASKED),
    *everywhere("-i and an error", "x = 'left behind'\ndef f():\n    1/0\nf()\n", options=["-i", "-q"], stdin=ASKED),
    *everywhere("-i and an exit", "import sys\nx = 'left behind'\nsys.exit(3)\n", options=["-i", "-q"], stdin=ASKED),
    *everywhere(
        "-i and an exit in a function",
        "import sys\nx = 1\ndef f():\n    sys.exit('words')\nf()\n",
        options=["-i", "-q"],
        stdin=ASKED,
    ),
    *everywhere("-i and a syntax error", "x = 1\nif x\n", options=["-i", "-q"], stdin="1 + 1\n__name__\n"),
    *everywhere(
        "-i and its last error",
        "x = 1/0\n",
        options=["-i", "-q"],
        stdin="import sys, traceback\n[f.line for f in traceback.extract_tb(sys.last_traceback)][-1]\n",
    ),
    script("PYTHONINSPECT", "x = 1\n", env={"PYTHONINSPECT": "1"}, stdin=ASKED, launchers=["module"]),
    script("-i and a file name", "x = 1\n", options=["-i", "-q"], stdin="'__file__' in globals()\n"),
    script("PYTHONINSPECT from within", "import os\nos.environ['PYTHONINSPECT'] = '1'\nx = 1\n", stdin=ASKED),
    script("-i and nothing more to say", "x = 1\n", options=["-i", "-q"]),
    script("-i and an exit at the prompt", "x = 1\n", options=["-i", "-q"], stdin="import sys\nsys.exit(4)\n"),
    Case("-i and standard input", {}, ["-"], options=["-i", "-q"], stdin="x = 1\nx\n"),
]
