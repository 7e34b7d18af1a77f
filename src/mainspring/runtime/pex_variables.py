"""What PEX-INFO and the variables ask for: who runs a PEX, what starts in it, and with which arguments.

For the usual start, without variables, all but the arguments was asked when the layout was made.

The source is `variables.py` and `pex.py` of pex 2.105.2. Nothing is changed here. layout is what `makers.pex` found, and
given are the variables as `pex.variables` gives them.
"""

import os
import sys

from .entry import is_dotted
from .pex import DISABLED, ENTRY, FILE, INHERITED, INTERPRETER, PREFIX, UNREAD, inheritance, library

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Iterator, List, Mapping, Optional, Tuple

    from .layouts import Layout
    from .pex import Given

_SWITCHES = {"0": False, "false": False, "1": True, "true": True}
# Switches that ask for what is not done here, and those that pex reads as such and that mean nothing here.
_BEYOND = {
    "PEX_TOOLS": "runs pex's tools",
    "PEX_COVERAGE": "measures coverage",
    "PEX_PROFILE": "runs a profiler",
}
_FILES_BEYOND = {"PEX_COVERAGE_FILENAME": "measures coverage", "PEX_PROFILE_FILENAME": "runs a profiler"}
MEANINGLESS = ("PEX_IGNORE_ERRORS", "PEX_EMIT_WARNINGS", "PEX_UNZIP")
_OTHER_SWITCHES = (DISABLED, UNREAD, "PEX_INTERPRETER", *MEANINGLESS)


def _switch(given: "Given", name: str) -> "Optional[bool]":
    value = given.get(name)
    if value is None:
        return None
    if value.lower() not in _SWITCHES:
        raise ValueError(f"{name} is {value!r}, and has to be 0, 1, false or true")
    return _SWITCHES[value.lower()]


def handover(layout: "Layout", given: "Given") -> "Optional[str]":
    """Say why the bundle's own bootstrap has to run it under given; None if that is done here.

    Whether the interpreter fits is another question (`misfit` in layout).
    """
    try:
        return layout["foreign"] or _beyond(layout, given) or _no_entry(layout, given) or _elsewhere(layout, given)
    except ValueError as error:
        return str(error)


def _beyond(layout: "Layout", given: "Given") -> "Optional[str]":
    for name in _OTHER_SWITCHES:
        _switch(given, name)
    for name, words in _BEYOND.items():
        if _switch(given, name):
            return f"{name} {words}"
    for name, words in _FILES_BEYOND.items():
        if name in given:
            return f"{name} {words}"
    if given.get("PEX_PATH"):
        return "PEX_PATH merges other PEXes into it"
    if given.get("PEX_VERBOSE", "0") != "0":
        return "PEX_VERBOSE wants to see what its bootstrap does"
    if given.get("PEX_INHERIT_PATH", "false") not in INHERITED:
        return f"PEX_INHERIT_PATH is none of {', '.join(INHERITED)}"
    if given.get("PEX_INHERIT_PATH") == "false" != layout["inherit_path"]:
        # It then leaves a virtual environment, and inherits the path of the Python behind it.
        return "PEX_INHERIT_PATH says false, and its PEX-INFO does not"
    wants_venv = _switch(given, "PEX_VENV")
    if layout["venv"] if wants_venv is None else wants_venv:
        return "it runs in a virtual environment that it makes"
    return None


def _no_entry(layout: "Layout", given: "Given") -> "Optional[str]":
    if _switch(given, "PEX_INTERPRETER"):
        return None
    script, module = given.get("PEX_SCRIPT"), given.get("PEX_MODULE")
    if script and module:
        return "PEX_SCRIPT and PEX_MODULE are both set"
    if module:
        parsed_entry(module)
        return None
    script = script or layout["script"]
    if script and script not in layout["scripts"] and script not in layout["files"]:
        return f"it has no script {script!r} that is Python"
    return None


def _elsewhere(layout: "Layout", given: "Given") -> "Optional[str]":
    """Say so if the variables that choose an interpreter may mean another one than this."""
    python, places = given.get("PEX_PYTHON"), given.get("PEX_PYTHON_PATH")
    resolves = inheritance(layout, given) == "false"  # then pex leaves virtual environments
    if python and not _is_this(_on_path(python) or python, resolves):
        return f"PEX_PYTHON may mean another Python: {python}"
    if places and not any(_is_this(place, resolves) for place in spread(places)):
        return f"PEX_PYTHON_PATH may mean another Python: {places}"
    return None


def _on_path(name: str) -> "Optional[str]":
    if os.path.isabs(name):
        return None
    found = (os.path.join(place, os.path.basename(name)) for place in os.environ.get("PATH", "").split(os.pathsep))
    return next((path for path in found if os.access(path, os.X_OK)), None)


def _is_this(path: str, resolves: bool) -> bool:
    """Tell whether path is this interpreter, or where it is; with resolves, one that a link leads to is the same."""
    full = os.path.realpath if resolves else os.path.abspath
    return full(path) in (full(sys.executable), os.path.dirname(full(sys.executable)))


# What starts.


def entry(layout: "Layout", given: "Given") -> "Tuple[str, str]":
    """Give what starts: (ENTRY, a module or `module:attribute`), (FILE, a script's place in the tree) or (INTERPRETER, "").

    `handover` has been asked. A module runs as with `python -m`, but for `sys.argv[0]`; an attribute is called, and the
    process ends with what it returns; a script of layout's files runs with its name as `sys.argv[0]`.
    """
    if _switch(given, "PEX_INTERPRETER"):
        return INTERPRETER, ""
    script, module = _overriding(given)
    if not script and not module:
        script, module = layout["script"], layout["entry_point"]
    if script:
        return (ENTRY, layout["scripts"][script]) if script in layout["scripts"] else (FILE, layout["files"][script])
    return (ENTRY, parsed_entry(module)) if module else (INTERPRETER, "")


def chosen_by(given: "Given") -> "Optional[str]":
    """Give the variable that says what starts, if one does."""
    return next((name for name in ("PEX_SCRIPT", "PEX_MODULE") if given.get(name)), None)


def _overriding(given: "Given") -> "Tuple[str, str]":
    return given.get("PEX_SCRIPT", ""), given.get("PEX_MODULE", "")


def parsed_entry(text: str) -> str:
    """Give an entry point as `module` or `module:attribute`, without spaces and extras. Raises ValueError for others."""
    module, colon, attribute = (part.strip() for part in text.partition("[")[0].partition(":"))
    if not is_dotted(module) or (colon and not is_dotted(attribute)):
        raise ValueError(f"{text!r} is no entry point")
    return f"{module}{colon}{attribute}"


def arguments(layout: "Layout", given: "Given", environ: "Mapping[str, str]", args: "List[str]") -> "List[str]":
    """Give the arguments for what starts, where the user gave args; environ is as `environment` makes it.

    Those that the bundle has are for its own entry only, not for one that a variable chose.
    """
    if _switch(given, "PEX_INTERPRETER") or any(_overriding(given)) or not (layout["script"] or layout["entry_point"]):
        return args
    own: "List[str]" = layout["inject_args"]
    if layout["formats"]:
        own = [text.format(pex=_Pex(environ)) for text in own]
    return own + args


class _Pex:
    """What the fields of an argument see: `{pex.env.HOME}`."""

    def __init__(self, environ: "Mapping[str, str]") -> None:
        self.env = _Environment(environ)


class _Environment:
    """Variables as attributes and items; those that are not set are empty."""

    def __init__(self, environ: "Mapping[str, str]") -> None:
        self._environ = environ

    def __getattr__(self, name: str) -> str:
        return self._environ.get(name, "")

    __getitem__ = __getattr__


# What is rarely wanted of what a program sees.


def read_rc_file(path: str) -> "Iterator[Tuple[str, str]]":
    """Give the variables that the file at path sets, and their values; none if it cannot be read."""
    try:
        with open(path, encoding="utf-8", errors="surrogateescape") as file:
            lines = file.read().splitlines()
    except OSError:
        return
    for line in lines:
        words = line.strip().split("=")
        if len(words) == 2 and all(words) and words[0].startswith(PREFIX):
            yield words[0], words[1]


def spread(value: str) -> "List[str]":
    """Give the paths in the value of a variable, each once."""
    return list(dict.fromkeys(os.path.normpath(os.path.expanduser(path)) for path in value.split(os.pathsep)))


def inherited(inherits: str, tree: str, sys_path: "List[str]", pythonpath: "Optional[str]") -> "List[str]":
    """Give what sys.path begins with if a bundle in tree inherits it, and it was sys_path; see `pex.path`."""
    own = library(sys_path)
    # pex hides PYTHONPATH from the interpreter, and puts what is in it, as it is there, before or behind the rest.
    given = [] if pythonpath is None else list(dict.fromkeys(pythonpath.split(os.pathsep)))
    hidden = {os.path.abspath(entry) for entry in given}
    rest = [entry for entry in sys_path if entry != tree and (entry in own or os.path.abspath(entry) not in hidden)]
    given = [entry for entry in given if entry not in rest]
    return [*given, tree, *rest] if inherits == "prefer" else [tree, *rest, *given]


def resource(place: str, sys_path: "List[str]") -> "Optional[str]":
    """Give the path of the file place, relative and with slashes, in the first of sys_path that has it."""
    paths = (os.path.join(entry, os.path.normpath(os.path.join(*place.split("/")))) for entry in sys_path)
    return next((path for path in paths if os.path.isfile(path)), None)
