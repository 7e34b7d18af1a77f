"""Wheels, run as if they were installed: what they hold can be imported, and a script of theirs starts.

Nothing is installed: `makers.wheel` says which folders of the wheel go on sys.path, and they go where site-packages is.
A program that is none of Python's is handed to the system.
"""

from . import Refusal, children, entry, files, interpreter, kinds
from .program import Program

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import List, Optional

    from .command import Command
    from .layouts import Layout


def foreign(layout: "Layout", path_name: str, asked: "Command") -> "Optional[str]":  # noqa: ARG001
    """Say why what asked wants of the wheel is not for this interpreter: because it is a program of the system's."""
    name = system_program(layout, asked)
    return None if name is None else f"{name}, which it has among its scripts, is a program of the system's"


def system_program(layout: "Layout", asked: "Command") -> "Optional[str]":
    """Give the name of the program of the system's that asked wants of the wheel with layout; None if it is none."""
    name = asked.entry or layout["default"]
    return name if name in layout["programs"] and not asked.is_repl else None


def program(archive: Program, tree: str, layout: "Layout", asked: "Command") -> Program:
    """Give the program that starts in archive, a wheel whose members are real files in tree.

    layout: what `makers.wheel` found in it. Raises Refusal if it is not plain what is to start.
    """
    wheel = Program(kinds.WHEEL, archive.path_name, archive.argv0, None, entry.nothing)
    wheel.load_runpy = archive.load_runpy
    wheel.path_of = lambda before: _path(layout, tree, before)
    wheel.prepare = lambda: children.let_find(_folders(layout, tree))
    if asked.is_repl:
        return entry.interpreting(wheel, asked.args)
    name = asked.entry or layout["default"]
    if not name:
        raise undecided(asked.target, layout)
    where = "--entry" if asked.entry else "the wheel's metadata"
    if name in layout["files"] and name not in layout["scripts"]:
        return entry.attributed(entry.script(wheel, files.path_in(tree, layout["files"][name])), where)
    scripts = layout["scripts"]
    return entry.attributed(
        entry.started(wheel, entry.chosen(name, scripts, asked.target), asked.target, scripts), where
    )


def undecided(typed: str, layout: "Layout") -> Refusal:
    """Say that it is not plain what is to start in the wheel typed so."""
    scripts = {**layout["programs"], **layout["files"], **layout["scripts"]}
    if scripts:
        return Refusal(typed, "it has several scripts, and none was chosen", entry.listed(scripts))
    return Refusal(typed, "it has nothing to run: no script, and no module with a __main__", entry.listed(scripts))


def _path(layout: "Layout", tree: str, before: "List[str]") -> "List[str]":
    index = interpreter.place_of_site(before)
    return before[:index] + _folders(layout, tree) + before[index:]


def _folders(layout: "Layout", tree: str) -> "List[str]":
    return [files.path_in(tree, folder) for folder in layout["paths"]]
