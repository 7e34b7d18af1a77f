"""PEX zipapps, started: what `pex` says of a start is done to this process, and the entry is found."""

import os

from . import bundle, kinds, entry, files, interpreter, pex
from .program import Program

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, List, Optional

    from .command import Command


def foreign(layout: "Dict[str, Any]", path_name: str, asked: "Command") -> "Optional[str]":
    """Say why the PEX at path_name has to be run by its own bootstrap; None if it can be started here."""
    try:
        return pex.handover(layout, variables_for(path_name, asked, layout["scripts"]))
    except ValueError as error:  # a switch that is none: its bootstrap has the words for it
        return str(error)


def program(archive: Program, tree: str, layout: "Dict[str, Any]", asked: "Command") -> Program:
    """Give the program that starts in archive, a PEX whose members are real files in tree.

    layout: what `makers.pex` found in it. `foreign` has been asked.
    """
    given = variables_for(archive.path_name, asked, layout["scripts"])
    base = _base(archive, tree)
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


def variables_for(path_name: str, asked: "Command", scripts: "Dict[str, str]") -> "Dict[str, str]":
    """Give the variables that count, among them those that say what asked does."""
    given = pex.variables(os.environ, path_name)
    if asked.is_repl:
        given["PEX_INTERPRETER"] = "1"
    elif asked.entry:
        given.pop("PEX_INTERPRETER", None)
        given.pop("PEX_SCRIPT", None)
        given["PEX_MODULE"] = entry.chosen(asked.entry, scripts, asked.target)
    return given


def _base(archive: Program, tree: str) -> Program:
    """Give the directory that tree is, with a `__main__` that pex put there, as a program."""
    typed = os.path.join(os.getcwd(), archive.argv0)  # as pex writes it
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
