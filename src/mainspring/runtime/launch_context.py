"""The context of a launch: what is loaded before this package, and who has called it. `interpreter` acts on that."""

import _io
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType
    from typing import List

# The modules that python loads before any launcher, on one system or another, if site is told to do nothing more; of
# those in C, which are all in `sys.builtin_module_names`, newer versions load others.
_AT_START = frozenset(
    "sys builtins _frozen_importlib _imp _thread _warnings _weakref _io marshal posix nt winreg time zipimport _codecs"
    " _frozen_importlib_external codecs encodings encodings.aliases encodings.utf_8 encodings.latin_1 encodings.cp1252"
    " encodings.ascii encodings.utf_8_sig _signal __main__ _abc abc io _stat stat _collections_abc genericpath posixpath"
    " ntpath os.path os _sitebuiltins _locale _bootlocale site linecache atexit".split()
)
# What others have site load at every start, and which leaves nothing that has an end: setuptools' (in each environment
# that venv made before Python 3.12), virtualenv's and Ubuntu's.
_AT_START |= {"_distutils_hack", "_virtualenv", "apport_python_hook"}
# Debian's and Ubuntu's own, which is there for each of their Pythons. Any other may have opened a file, or the like.
_SITECUSTOMIZE = b"""# install the apport exception handler if available
try:
    import apport_python_hook
except ImportError:
    pass
else:
    apport_python_hook.install()
"""
# The modules that are the last to be loaded before a launcher, with their dependencies before them.
_ALWAYS_BEFORE = "__main__", "_signal", "site", "readline", "rlcompleter"
_BEFORE_LAUNCHER = _ALWAYS_BEFORE + (() if sys.version_info >= (3, 14) else ("io",))


def leaves_nothing(names: "List[str]") -> bool:
    """Tell whether all modules of these names are known to leave nothing whose end could be seen."""
    if _AT_START.issuperset(names):
        return True
    others = [name for name in names if not (_is_pythons(name) or name in sys.builtin_module_names)]
    return not others or others == ["sitecustomize"] and _is_debians(sys.modules["sitecustomize"])


def _is_pythons(name: str) -> bool:
    return name.partition(".")[0] in _AT_START  # the encoding of another locale, for one


def _is_debians(sitecustomize: "ModuleType") -> bool:
    try:
        with _io.open_code(str(getattr(sitecustomize, "__file__", ""))) as file:
            return file.read(len(_SITECUSTOMIZE) + 1) == _SITECUSTOMIZE
    except (OSError, ValueError):
        return False


def last_of_python(names: "List[str]") -> int:
    """Give where in names, of what is loaded in the order in which that ended, what python itself has loaded ends."""
    return max(names.index(name) for name in _BEFORE_LAUNCHER if name in names)


def is_there_before_programs(name: str) -> bool:
    """Tell whether a module of that name is loaded before any program, and not for the launcher's sake."""
    names = list(sys.modules)
    return name in names[: last_of_python(names) + 1]


def is_only_python_above(own: str) -> bool:
    """Tell whether nobody but python started us, whose files are in own: no coverage tool, profiler or debugger."""
    frame = sys._getframe()
    names = []
    while frame.f_back is not None:
        frame = frame.f_back
        if not frame.f_code.co_filename.startswith(own):
            names.append(frame.f_globals.get("__name__", ""))
    # Two frames of runpy's with -m; the console script's own; both where that lies in an .exe, on Windows; our launcher's.
    return names in (["runpy", "runpy"], ["__main__"], ["__main__", "runpy", "runpy"], [])
