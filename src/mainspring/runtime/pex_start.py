"""PEXes, started: what `pex` says of a start is done to this process, and the entry is found."""

import os

from . import bundle, entry, files, interpreter, kinds, loaded, pex
from .program import Program

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Dict, List, Mapping, Optional, Tuple

    from .command import Command
    from .files import Placed
    from .layouts import Layout
    from .store import Bundle


_STARTER = "pex"  # what a packed PEX is started by, and then calls itself


def _is_packed(layout: "Layout") -> bool:
    return layout.get("form") == pex.PACKED


def foreign(layout: "Layout", path_name: str, asked: "Command") -> "Optional[str]":
    """Say why the PEX at path_name has to be run by its own bootstrap; None if it can be started here."""
    if _is_packed(layout) and os.path.exists(os.path.join(os.path.dirname(path_name), ".pexrc")):
        return "there is a .pexrc beside it, which counts for a part of its bootstrap only"
    try:
        given = variables_for(layout, path_name, asked)
        is_usual = _is_usual(layout, given)
        reason: "Optional[str]" = layout["usual"][0] if is_usual else loaded("pex_variables").handover(layout, given)
        if reason is None and _has_options(asked.args) and _entry(layout, given)[0] == pex.INTERPRETER:
            return f"{asked.args[0]} is for a python that is started with it"
    except ValueError as error:  # a switch that is none: its bootstrap has the words for it
        return str(error)
    return reason


def _has_options(args: "List[str]") -> bool:
    """Tell whether args begin with options of python that `session` does not know."""
    return bool(args) and args[0].startswith("-") and args[0] not in ("-", "-c", "-m")


def _entry(layout: "Layout", given: "Dict[str, str]") -> "Tuple[str, str]":
    """Give what starts (`pex_variables.entry`)."""
    if _is_usual(layout, given):
        kind, what = layout["usual"][1:]
        return kind, what
    found: "Tuple[str, str]" = loaded("pex_variables").entry(layout, given)
    return found


def opened(bundle: "Bundle", layout: "Layout") -> "Optional[Placed]":
    """Give the entry of a loose PEX, if its layout is still right. Raises nothing."""
    found: "Optional[Placed]" = loaded("pex_place").opened(bundle, layout)
    return found


def program(archive: Program, tree: str, layout: "Layout", asked: "Command") -> Program:
    """Give the program that starts in archive, a PEX whose members are real files in tree.

    layout: what `makers.pex` found in it. `foreign` has been asked.
    """
    given = variables_for(layout, archive.path_name, asked)
    base = _base(archive, tree, layout.get("form"))
    is_usual = _is_usual(layout, given)
    if layout["resources"]:
        loaded("pex_variables")  # later, it is too late
    kind, what = _entry(layout, given)
    _make_ready(base, layout, given, archive.path_name, [""] if kind == pex.INTERPRETER else [])
    if kind == pex.INTERPRETER:
        return entry.interpreting(base, asked.args, has_place=False)
    if kind == pex.FILE:
        base.argv0 = what.rpartition("/")[2]
        started = entry.script(base, files.path_in(tree, what))
    else:
        started = entry.started(base, what, asked.target)
    if is_usual and not layout["inject_args"]:
        return entry.attributed(started, "PEX-INFO")
    environ = _environment(layout, given, archive.path_name, tree) if layout["formats"] else os.environ
    started.args = loaded("pex_variables").arguments(layout, given, environ, asked.args)
    return entry.attributed(started, loaded("pex_variables").chosen_by(given) or "PEX-INFO")


def _environment(layout: "Layout", given: "Dict[str, str]", path_name: str, tree: str) -> "Mapping[str, str]":
    """Give the environment as the program will find it, which the arguments that the PEX brings may speak of."""
    sys_path = pex.path(layout, given, os.environ, tree, interpreter.path())
    changed = {**os.environ, **pex.environment(layout, given, os.environ, path_name, sys_path)}
    return {name: value for name, value in changed.items() if value is not None}


def _is_usual(layout: "Layout", given: "Dict[str, str]") -> bool:
    """Tell whether no variable says anything, so that all was said when the layout was made."""
    return not given and "usual" in layout


_given_to: "List[Tuple[Command, Dict[str, str]]]" = []  # the command that was asked last, and what was found


def variables_for(layout: "Layout", path_name: str, asked: "Command") -> "Dict[str, str]":
    """Give the variables that count, among them those that say what asked does."""
    if not _given_to or _given_to[0][0] is not asked:
        _given_to[:] = [(asked, _read(layout, path_name, asked))]
    return _given_to[0][1]


def _read(layout: "Layout", path_name: str, asked: "Command") -> "Dict[str, str]":
    given = pex.variables(os.environ, os.path.join(path_name, _STARTER) if _is_packed(layout) else path_name)
    if asked.is_repl:
        given["PEX_INTERPRETER"] = "1"
    elif asked.entry:
        for name in ("PEX_INTERPRETER", "PEX_SCRIPT", "PEX_MODULE"):
            given.pop(name, None)
        known = {**layout.get("files", {}), **layout["scripts"]}
        is_file = asked.entry in known and asked.entry not in layout["scripts"]
        if is_file or entry.is_left_to_bootstrap(asked.entry, known):
            given["PEX_SCRIPT"] = asked.entry
        else:
            given["PEX_MODULE"] = entry.chosen(asked.entry, layout["scripts"], asked.target)
    return given


def _base(archive: Program, tree: str, form: "Optional[str]") -> Program:
    """Give the directory that tree is, with a `__main__` that pex put there, as a program."""
    typed = archive.argv0
    if form != pex.LOOSE:  # pex starts python again, and writes it so
        directory = [] if os.path.isabs(typed) else [os.getcwd()]  # which may be gone
        typed = os.path.join(*directory, typed, *([_STARTER] if form == pex.PACKED else []))
    base = Program(kinds.DIRECTORY, tree, typed, None, lambda located: bundle.main_code(located, None))
    base.finder = interpreter.importer_of(tree)
    base.load_runpy = archive.load_runpy
    return base


def _make_ready(base: Program, layout: "Layout", given: "Dict[str, str]", path_name: str, first: "List[str]") -> None:
    """Let base, in the tree of the PEX at path_name, begin as pex lets it. first: what sys.path is to begin with."""
    tree = base.path_name
    library: "List[str]" = []

    def path_of(before: "List[str]") -> "List[str]":
        library[:] = pex.library(before)
        return first + pex.path(layout, given, os.environ, tree, before)

    def prepare() -> None:
        after = interpreter.path()[len(first) :]
        changes = pex.environment(layout, given, os.environ, path_name, after)
        interpreter.forget(pex.tainted(interpreter.modules(), library))
        interpreter.reset_hooks()
        for name, value in changes.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
        for directory in pex.sites(layout, tree):
            interpreter.process_pth_files(directory, is_last=True)

    base.path_of, base.prepare = path_of, prepare
