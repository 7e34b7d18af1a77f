"""PEXes, run as their own bootstrap would run them: which variables there are, and what sys.path and the environment
are then. What variables mean besides, and what starts, is known to `pex_variables`.

The source is `variables.py` and `pex.py` of pex 2.105.2. Nothing is changed here: all of it is asked, with what
`makers.pex` found in the archive (layout), and the variables as `variables` gives them (given).
"""

import os
import sys

from . import files, loaded

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, Iterable, List, Mapping, Optional, Tuple

    from .layouts import Layout

    Given = Mapping[str, str]

DEPS = ".deps"
BOOTSTRAP = ".bootstrap"
INHERITED = ("false", "prefer", "fallback")
PACKED, LOOSE = "packed", "loose"  # the forms of those that are directories
INTERPRETER, FILE, ENTRY = "interpreter", "file", "entry"  # what can start
DISABLED = "PEX_DISABLE_VARIABLES"
UNREAD = "PEX_IGNORE_RCFILES"
PREFIX = "PEX_"
_EXTRA = "PEX_EXTRA_SYS_PATH"
_ON = ("1", "true")
_Module: "Any" = type(sys)
_namespace: "Any" = _Module.__dict__["__dict__"].__get__
_SITE_DIRECTORIES = ("site-packages", "dist-packages")
_PACKAGES = "-packages"


# The variables.


def variables(environ: "Mapping[str, str]", path_name: str) -> "Dict[str, str]":
    """Give the PEX_* variables as a PEX at path_name reads them: those of environ, and behind them those of rc files.

    Files that are not there, or cannot be read, say nothing. Raises nothing.
    """
    own = {name: environ[name] for name in environ if name.startswith(PREFIX)}
    if own.get(DISABLED, "").lower() in _ON:
        return {DISABLED: own[DISABLED]}
    if own.get(UNREAD, "").lower() in _ON:
        return own
    found: "Dict[str, str]" = {}
    for file in (os.path.join(os.sep, "etc", "pexrc"), "~/.pexrc", os.path.join(os.path.dirname(path_name), ".pexrc")):
        file = os.path.expanduser(file)
        if os.path.exists(file):
            found.update(loaded("pex_variables").read_rc_file(file))
    found.update(own)
    return found


# What it sees.


def path(
    layout: "Layout", given: "Given", environ: "Mapping[str, str]", tree: str, sys_path: "List[str]"
) -> "List[str]":
    """Give what sys.path is for a bundle in tree, where it was sys_path, and environ the environment, before.

    The standard library, or with inherited paths all that was there; the bundle's root before it and its distributions
    behind it, or with "fallback" before it. The bootstrap is last, as `import pex` finds it there. What the .pth files
    in `sites` would add besides is not there yet, but for the bundle's own folders.
    """
    inherits = inheritance(layout, given)
    if inherits == "false":
        base = [tree, *library(sys_path)]
    else:
        base = loaded("pex_variables").inherited(inherits, tree, sys_path, environ.get("PYTHONPATH"))
    if _EXTRA in given:
        base += loaded("pex_variables").spread(given[_EXTRA])
    first = [files.path_in(tree, name) for name in layout["paths"] if name and name not in layout["added"]]
    if inherits == "fallback":
        found = first[::-1] + base + [files.path_in(tree, name) for name in layout["added"]]
    else:
        found = base + [files.path_in(tree, name) for name in layout["paths"] if name]
    return [*found, os.path.join(tree, BOOTSTRAP)]


def sites(layout: "Layout", tree: str) -> "List[str]":
    """Give the directories whose .pth files `site.addsitedir` has to process once sys.path is set, in order."""
    return [files.path_in(tree, name) for name in layout["sites"]]


def library(sys_path: "Iterable[str]") -> "List[str]":
    """Give the entries of sys_path that are the standard library's: where getpath puts them, and nothing of site's."""
    home = os.path.dirname(os.__file__)
    zipped = "python{}{}.zip".format(*sys.version_info)
    platform = os.path.join(sys.base_exec_prefix, getattr(sys, "platlibdir", "lib"), os.path.basename(home))
    known = {home, os.path.join(os.path.dirname(home), zipped)}
    known |= {os.path.join(place, "lib-dynload") for place in (home, platform)}
    if os.name == "nt":
        known |= {sys.base_prefix, os.path.join(sys.base_prefix, "DLLs"), os.path.join(sys.base_prefix, zipped)}
    return [entry for entry in sys_path if entry in known]


def inheritance(layout: "Layout", given: "Given") -> str:
    """Give which of what was on sys.path before the program is to see: one of INHERITED."""
    inherits: str = given.get("PEX_INHERIT_PATH", layout["inherit_path"])
    return inherits


def environment(
    layout: "Layout", given: "Given", environ: "Mapping[str, str]", path_name: str, sys_path: "List[str]"
) -> "Dict[str, Optional[str]]":
    """Give what changes in environ for the program in the bundle at path_name: new values, None for what goes.

    sys_path: as `path` gives it.
    """
    changes: "Dict[str, Optional[str]]" = {"PEX": os.path.realpath(path_name)}
    if _EXTRA in given:
        before = environ.get("PYTHONPATH", "") if inheritance(layout, given) != "false" else ""
        extra = loaded("pex_variables").spread(given[_EXTRA])
        changes["PYTHONPATH"] = os.pathsep.join([*(before.split(os.pathsep) if before else []), *extra])
    if layout["strip_pex_env"] and given:
        changes.update(dict.fromkeys((name for name in environ if name.startswith(PREFIX)), None))
    for name, value in layout["inject_env"].items():
        if changes.get(name, environ.get(name) if name not in changes else None) is None:
            changes[name] = value
    for name, place in layout["resources"].items():
        changes[name] = loaded("pex_variables").resource(place, sys_path)
    return changes


def tainted(modules: "Mapping[str, Any]", library_path: "List[str]") -> "List[str]":
    """Give the names of those modules that pex takes out of sys.modules before the program: not the library's.

    library_path: as `library` gives it for what sys.path was before. They were loaded by site, for .pth files,
    sitecustomize and the like. No module is asked: some are executed, or make attributes, only then.
    """
    places = tuple([f"{entry}{os.sep}" for entry in library_path])
    found = []
    for name, module in modules.items():
        known = _namespace(module) if isinstance(module, _Module) else getattr(module, "__dict__", {})
        file = known.get("__file__")
        is_plain = file and _PACKAGES not in file and file.startswith(places)
        if not is_plain and (file or "__path__" in known) and _is_tainted(name, known, places):
            found.append(name)
    return found


def _is_tainted(name: str, known: "Dict[str, Any]", places: "Tuple[str, ...]") -> bool:
    if name == "__main__" or (
        name == "_virtualenv" and sys.prefix != sys.base_prefix
    ):  # it mends what virtualenv needs
        return False
    file = known.get("__file__")
    if file:
        return not _is_in(file, places)
    parts = known.get("__path__")
    if parts is None:
        return False
    return not isinstance(parts, list) or not any(_is_in(part, places) for part in parts)


def _is_in(file: str, places: "Tuple[str, ...]") -> bool:
    below = [file[len(place) :] for place in places if file.startswith(place)]
    return bool(below) and not any(rest.split(os.sep)[0] in _SITE_DIRECTORIES for rest in below)
