"""Entries: what starts in a bundle, where its maker or the user names something else than its `__main__`.

An entry is a module, `module:attribute` to be called as a console script calls it (the specification of entry
points), a console script's name, or an interpreter that sees what the bundle's modules see.
"""

import _frozen_importlib
import os
import sys

from . import Refusal, interpreter, kinds, load, loaded
from .bundle import main_spec, spec_for_workers
from .program import Program

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType
    from typing import Any, Callable, Collection, Dict, List, Optional, Tuple

    from .command import Command


_MOST_SHOWN = 40  # names of scripts


def chosen(name: str, scripts: "Dict[str, str]", typed: str) -> str:
    """Give the entry that name means in the bundle typed so, which has these console scripts.

    Raises Refusal if name is none of them, and no module's name.
    """
    entry = scripts.get(name, name)
    if not is_module_or_attribute(entry):
        raise no_entry(name, scripts, typed)
    return entry


def no_entry(name: str, scripts: "Dict[str, str]", typed: str) -> Refusal:
    """Say that name is no entry of the bundle typed so, which has these console scripts."""
    return Refusal(typed, f"it has no entry {name!r}", listed(scripts))


def is_module_or_attribute(text: str) -> bool:
    """Tell whether text is written as a module's name, or as `module:attribute`."""
    module, colon, attribute = text.partition(":")
    return is_dotted(module) and (not colon or is_dotted(attribute))


def is_left_to_bootstrap(name: str, known: "Collection[str]") -> bool:
    """Tell whether name can only be a script's, of a bundle of which none are known, so that its own bootstrap has to say."""
    return not known and not is_module_or_attribute(name)


def listed(scripts: "Dict[str, str]") -> str:
    """Say what can be chosen with --entry."""
    if not scripts:
        return "it has no console scripts; --entry takes a module, or module:function"
    names = sorted(scripts)
    shown = ", ".join(names[:_MOST_SHOWN])
    if len(names) > _MOST_SHOWN:
        shown += f" and {len(names) - _MOST_SHOWN} more"
    return f"--entry takes one of {shown}; or a module, or module:function"


def is_dotted(name: str) -> bool:
    """Tell whether name is identifiers with dots between."""
    return all(part.isidentifier() for part in name.split("."))


def asked_for(bundle: Program, asked: "Command", scripts: "Dict[str, str]") -> Program:
    """Give what asked names inside bundle, which has these console scripts; bundle itself if it names nothing."""
    if asked.entry:
        return attributed(started(bundle, chosen(asked.entry, scripts, bundle.argv0), asked.target, scripts), "--entry")
    return interpreting(bundle, asked.args) if asked.is_repl else bundle


def asked_for_alone(bundle: Program, asked: "Command", scripts: "Dict[str, str]") -> Program:
    """As `asked_for`, in a bundle of no maker's; children find what is in it, as by a PYTHONPATH for this Python alone."""
    load("children")
    from . import children  # rarely wanted, as all that is chosen

    path = os.path.abspath(bundle.path_name)
    bundle.prepare = lambda: children.let_find([path])
    return asked_for(bundle, asked, scripts)


def attributed(program: Program, where: str) -> Program:
    """Give program, which now says where it was chosen to start."""
    program.description = f"{program.description} ({where})"
    return program


def started(bundle: Program, entry: str, typed: str, scripts: "Optional[Dict[str, str]]" = None) -> Program:
    """Give the program that runs entry, a module or `module:attribute`, with the path and the preparations of bundle.

    typed, scripts: what the user called the bundle, and its console scripts; both for the message if there is no such
    entry. Compiling the program raises it as Refusal, or starting it as SystemExit.
    """
    mod_name, colon, attribute = entry.partition(":")

    def lacking(what: str, missing: str, status: int = 1) -> Refusal:
        return Refusal(typed, f"it starts by {what}", _advice(bundle, missing, scripts), status)

    if colon:
        called = _calling(
            bundle, mod_name, attribute, lambda lack, missing: SystemExit(str(lacking(f"{entry}, {lack}", missing)))
        )
        called.calls = mod_name, lambda missing: lacking(f"{entry}, {_no_module(missing)}", missing)
        return called

    def unfound(error: Refusal) -> Refusal:
        return lacking(f"the module {mod_name}, which cannot be run: {error.reason}", mod_name, error.status)

    def find(program: Program) -> "CodeType":
        modules = loaded("modules")
        try:
            return modules.find(program)  # type: ignore[no-any-return]
        except modules.NothingToRun as error:
            raise unfound(error) from None

    made = module(bundle, mod_name, find)
    made.unfound = unfound
    return made


def _advice(bundle: Program, missing: str, scripts: "Optional[Dict[str, str]]") -> "Optional[str]":
    """Say what helps where the module missing, "" for none, cannot be found in bundle, which has these console scripts."""
    if missing and bundle.kind == kinds.ARCHIVE:
        members = interpreter.late_if_readable("members")
        reason = members.why_hidden(bundle.path_name, missing) if members is not None else ""
        if reason:
            return f"{reason}; mainspring --unpack gives it real files"
    return listed(scripts) if scripts else None


def module(bundle: Program, mod_name: str, find: "Optional[Callable[[Program], CodeType]]" = None) -> Program:
    """Give the program that runs a module as `python -m` does, with the path and the preparations of bundle.

    find: what locates and compiles it, if not python's words are wanted where there is none.
    """
    load("modules")
    from . import modules  # as python -m does

    program = modules.unlocated(mod_name, bundle.path_entry, find)
    program.description = f"the module {mod_name}, as python -m does"
    return inside(bundle, program)


def script(bundle: Program, path_name: str) -> Program:
    """Give the program that runs the script at path_name, a real file, with the path and preparations of bundle."""
    found: Program = _session().script(bundle, path_name)
    return found


def interpreting(bundle: Program, args: "List[str]", has_place: bool = True) -> Program:
    """Give the program that does with args what python does with them (`session`). Raises Refusal."""
    found: Program = _session().interpreting(bundle, args, has_place)
    return found


def _session() -> "Any":
    load("source")
    return loaded("session")  # what most start is a function or a module


def _calling(bundle: Program, module: str, attribute: str, lacking: "Callable[[str, str], SystemExit]") -> Program:
    """Give the program that calls an attribute of a module, and ends with what it returns.

    The first part of the attribute may be a module within that one: installers write `from module import part`. lacking:
    makes the exception where there is nothing to call, of words on what is wrong and the module that is missing, or "".
    """

    def call() -> None:
        thing, lack, missing = _imported(module, attribute)
        if lack:
            raise lacking(lack, missing)
        sys.exit(thing())

    program = Program(bundle.kind, bundle.path_name, bundle.argv0, bundle.path_entry, _dressed_as(bundle))
    program.finder = bundle.finder
    program.file = None  # as long as there is no `__main__`: workers would look for it
    program.start = call
    program.description = f"{attribute} of the module {module}, which is called"
    return inside(bundle, program)


def _imported(module: str, attribute: str) -> "Tuple[Any, str, str]":
    """Give the attribute of module, imported; "", or why it cannot be called; and "", or the module that is missing.

    Raises what the module raises.
    """
    system: "Any" = _frozen_importlib
    parts = attribute.split(".")
    try:
        thing: "Any" = system._gcd_import(module)
    except ModuleNotFoundError as error:
        if not f"{module}.".startswith(f"{error.name}."):  # it is there, and imports what is not
            raise
        return None, _no_module(error.name), error.name or ""
    if hasattr(thing, "__path__"):
        system._handle_fromlist(thing, parts[:1], system._gcd_import)
    for name in parts:
        try:
            thing = getattr(thing, name)
        except AttributeError as error:
            return None, f"which is not there: {error}", ""
    return thing, "" if callable(thing) else f"which is no function: {type(thing).__name__}", ""


def _no_module(name: "Optional[str]") -> str:
    return f"which is not there: there is no module {name!r}"


def _dressed_as(bundle: Program) -> "Callable[[Program], CodeType]":
    """Give what fills in the spec of bundle's own `__main__`, for a program in its place."""

    def fill_in(program: Program) -> "CodeType":
        spec = main_spec(bundle) if bundle.is_bundle else None
        if spec is not None:
            program.use_spec(spec)
        elif bundle.has_natives:
            program.for_workers = spec_for_workers()
        return nothing(program)

    return fill_in


def nothing(_: Program) -> "CodeType":
    """Give code that does nothing, for a program that has something to call in its place."""
    return _do_nothing.__code__


def _do_nothing() -> None:
    pass


def inside(bundle: Program, program: Program) -> Program:
    """Give program, which now has the path and the preparations of bundle."""
    program.path_entry = bundle.path_entry
    program.path_of = bundle.path_of
    program.prepare = bundle.prepare
    program.load_runpy = bundle.load_runpy
    program.around = bundle
    return program
