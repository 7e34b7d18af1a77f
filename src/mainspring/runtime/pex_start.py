"""PEXes, started: what `pex` says of a start is done to this process, and the entry is found."""

import os

from . import bundle, kinds, entry, files, interpreter, load, pex
from .program import Program

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, List, Optional

    from .command import Command
    from .pex_place import Entry
    from .store import Bundle


_STARTER = "pex"  # what a packed PEX is started by, and then calls itself


def _is_packed(layout: "Dict[str, Any]") -> bool:
    return layout.get("form") == pex.PACKED


def foreign(layout: "Dict[str, Any]", path_name: str, asked: "Command") -> "Optional[str]":
    """Say why the PEX at path_name has to be run by its own bootstrap; None if it can be started here."""
    if _is_packed(layout) and os.path.exists(os.path.join(path_name, os.pardir, ".pexrc")):
        return "there is a .pexrc beside it, which counts for a part of its bootstrap only"
    try:
        return pex.handover(layout, _given(layout, path_name, asked))
    except ValueError as error:  # a switch that is none: its bootstrap has the words for it
        return str(error)


def opened(bundle: "Bundle", layout: "Dict[str, Any]") -> "Optional[Entry]":
    """Give the entry of a loose PEX, if its layout is still right. Raises nothing."""
    load("pex_place")
    from . import pex_place  # the others are known by their entries

    return pex_place.opened(bundle, layout)


def program(archive: Program, tree: str, layout: "Dict[str, Any]", asked: "Command") -> Program:
    """Give the program that starts in archive, a PEX whose members are real files in tree.

    layout: what `makers.pex` found in it. `foreign` has been asked.
    """
    given = _given(layout, archive.path_name, asked)
    base = _base(archive, tree, layout.get("form"))
    kind, what = pex.entry(layout, given)
    start = _Start(layout, given, tree, archive.path_name, [""] if kind == pex.INTERPRETER else [])
    base.path_of = start.path_of
    base.prepare = start.prepare
    if kind == pex.INTERPRETER:
        return entry.interpreting(base, asked.args)
    if kind == pex.FILE:
        base.argv0 = what.rpartition("/")[2]
        started = entry.script(base, files.path_in(tree, what))
    else:
        started = entry.started(base, what)
    entry.found(started, pex.chosen_by(given) or "PEX-INFO")
    started.args = pex.arguments(layout, given, os.environ, asked.args)
    return started


def _given(layout: "Dict[str, Any]", path_name: str, asked: "Command") -> "Dict[str, str]":
    """Give the variables that count, among them those that say what asked does."""
    given = pex.variables(os.environ, os.path.join(path_name, _STARTER) if _is_packed(layout) else path_name)
    if asked.is_repl:
        given["PEX_INTERPRETER"] = "1"
    elif asked.entry:
        given.pop("PEX_INTERPRETER", None)
        given.pop("PEX_SCRIPT", None)
        given["PEX_MODULE"] = entry.chosen(asked.entry, layout["scripts"], asked.target)
    return given


def _base(archive: Program, tree: str, form: "Optional[str]") -> Program:
    """Give the directory that tree is, with a `__main__` that pex put there, as a program."""
    typed = archive.argv0
    if form != pex.LOOSE:  # pex starts python again, and writes it so
        typed = os.path.join(os.getcwd(), typed, *([_STARTER] if form == pex.PACKED else []))
    base = Program(kinds.DIRECTORY, tree, typed, None, lambda located: bundle.code(located, None))
    base.finder = interpreter.importer_of(tree)
    base.load_runpy = archive.load_runpy
    return base


class _Start:
    """What pex makes of the process before something in a PEX starts.

    given: the variables that count. tree: the directory with its members. first: what sys.path is to begin with.
    """

    def __init__(
        self, layout: "Dict[str, Any]", given: "Dict[str, str]", tree: str, path_name: str, first: "List[str]"
    ) -> None:
        self._layout = layout
        self._given = given
        self._tree = tree
        self._path_name = path_name
        self._first = first
        self._before: "List[str]" = []

    def path_of(self, before: "List[str]") -> "List[str]":
        """Give what sys.path is to be, if it was before; what .pth files add is not there yet."""
        self._before = before
        return self._first + pex.path(self._layout, self._given, os.environ, self._tree, before)

    def prepare(self) -> None:
        """Change the environment, and what is loaded, as pex does."""
        after = interpreter.path()[len(self._first) :]
        changes = pex.environment(self._layout, self._given, os.environ, self._path_name, after)
        interpreter.forget(pex.tainted(interpreter.modules(), self._before))
        interpreter.reset_hooks()
        for name, value in changes.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
        for directory in pex.sites(self._layout, self._tree):
            interpreter.process_pth_files(directory, is_last=True)
