"""Entries: what starts in a bundle, where its maker or the user names something else than its `__main__`.

An entry is a module, `module:attribute` to be called as a console script calls it (the specification of entry
points), a console script's name, or an interpreter that sees what the bundle's modules see.
"""

import os
import sys

import _frozen_importlib
import _frozen_importlib_external
import _io

from . import TO_LOCATE, Refusal, interpreter, kinds, load, source
from . import bundle as bundles
from .program import MAIN, Program

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType
    from typing import Any, Callable, Dict, List, Optional

    from .command import Command


def chosen(name: str, scripts: "Dict[str, str]", typed: str) -> str:
    """Give the entry that name means in the bundle typed so, which has these console scripts.

    Raises Refusal if name is none of them, and no module's name.
    """
    entry = scripts.get(name, name)
    module, colon, attribute = entry.partition(":")
    is_named = _is_dotted(module) and (not colon or _is_dotted(attribute))
    if not is_named:
        raise Refusal(typed, f"it has no entry {name!r}", listed(scripts))
    return entry


def listed(scripts: "Dict[str, str]") -> str:
    """Say what can be chosen with --entry."""
    if not scripts:
        return "it has no console scripts; --entry takes a module, or module:function"
    return f"--entry takes one of {', '.join(sorted(scripts))}; or a module, or module:function"


def _is_dotted(name: str) -> bool:
    return all(part.isidentifier() for part in name.split("."))


def asked_for(bundle: Program, asked: "Command", scripts: "Dict[str, str]") -> Program:
    """Give what asked names inside bundle, which has these console scripts; bundle itself if it names nothing."""
    if asked.entry:
        return found(started(bundle, chosen(asked.entry, scripts, bundle.argv0)), "--entry")
    return interpreting(bundle, asked.args) if asked.is_repl else bundle


def found(program: Program, where: str) -> Program:
    """Give program, which says where it was found that it is to start."""
    program.starts = f"{program.starts} ({where})"
    return program


def started(bundle: Program, entry: str) -> Program:
    """Give the program that runs entry, a module or `module:attribute`, with the path and the preparations of bundle."""
    module, colon, attribute = entry.partition(":")
    if colon:
        return _calling(bundle, module, attribute)
    load("modules")
    from . import modules  # as python -m does

    program = modules.unlocated(module, bundle.path_entry)
    program.starts = f"the module {module}, as python -m does"
    return _inside(bundle, program)


def script(bundle: Program, path_name: str) -> Program:
    """Give the program that runs the script at path_name, a real file, with the path and preparations of bundle."""
    program = Program(kinds.SCRIPT, path_name, bundle.argv0, bundle.path_entry, _read_and_compile)
    program.loader = _frozen_importlib_external.SourceFileLoader(MAIN, path_name)
    program.starts = f"the script {path_name}"
    return _inside(bundle, program)


def _read_and_compile(program: Program) -> "CodeType":
    with _io.open_code(program.path_name) as file:
        program.source = file.read()
    return source.code_of(program)


def interpreting(bundle: Program, args: "List[str]") -> Program:
    """Give the program that does with args what python does with them, with the path and preparations of bundle.

    Without args, that is a prompt. Raises Refusal for options other than -c and -m, and files that cannot be opened.
    """
    if not args:
        return _prompting(bundle)
    word = args[0]
    if word == "-":
        program = _script_text(bundle, "-", "<stdin>", None)
    elif word in ("-c", "-m"):
        if len(args) < 2:
            raise Refusal(bundle.argv0, f"argument expected for the {word} option", "as python has it")
        args = args[1:]
        program = (
            started(bundle, args[0]) if word == "-m" else _script_text(bundle, "-c", "<string>", os.fsencode(args[0]))
        )
    elif word.startswith("-"):
        raise Refusal(bundle.argv0, f"unknown option of its interpreter: {word}", "it takes -c, -m, - or a file")
    else:
        load(*TO_LOCATE)
        from . import locate  # rarely wanted

        program = _inside(bundle, locate.locate(word))
    program.args = args[1:]
    program.starts = f"an interpreter, for {word}"
    return program


def _script_text(bundle: Program, argv0: str, file_name: str, text: "Optional[bytes]") -> Program:
    """Give the program that text is, or standard input if that is None."""
    get_code = source.code_of if text is not None else source.read_and_compile
    program = Program(kinds.STDIN, file_name, argv0, bundle.path_entry, get_code)
    program.loader = _frozen_importlib.BuiltinImporter
    program.source = text
    program.file = None
    return _inside(bundle, program)


def _prompting(bundle: Program) -> Program:
    program = Program(kinds.STDIN, "<stdin>", "", bundle.path_entry, nothing)
    program.loader = _frozen_importlib.BuiltinImporter
    program.file = None
    program.start = _prompt
    program.starts = "an interpreter, with a prompt"
    program.args = []
    return _inside(bundle, program)


def _prompt() -> None:
    """Talk to the user as python's own prompt does, with its history and its completion."""
    import code

    namespace = vars(interpreter.module(MAIN))
    hook = getattr(sys, "__interactivehook__", None)
    if sys.stdin.isatty() and hook is not None:
        hook()
    code.interact(local=namespace, exitmsg="")


def _calling(bundle: Program, module: str, attribute: str) -> Program:
    """Give the program that calls an attribute of a module, and ends with what it returns."""

    def call() -> None:
        thing: "Any" = _frozen_importlib._gcd_import(module)  # type: ignore[attr-defined]
        for name in attribute.split("."):
            thing = getattr(thing, name)
        sys.exit(thing())

    program = Program(bundle.kind, bundle.path_name, bundle.argv0, bundle.path_entry, _dressed_as(bundle))
    program.finder = bundle.finder
    program.file = bundle.file  # what has no `__main__` has no file of one, for which workers would look
    program.start = call
    program.starts = f"{attribute} of the module {module}, which is called"
    return _inside(bundle, program)


def _dressed_as(bundle: Program) -> "Callable[[Program], CodeType]":
    """Give what fills in the spec of bundle's own `__main__`, for a program in its place."""

    def fill_in(program: Program) -> "CodeType":
        if bundle.is_bundle:
            program.use_spec(bundles.main_spec(bundle))
        return nothing(program)

    return fill_in


def nothing(_: Program) -> "CodeType":
    """Give code that does nothing, for a program that has something to call in its place."""
    return _do_nothing.__code__


def _do_nothing() -> None:
    pass


def _inside(bundle: Program, program: Program) -> Program:
    program.path_entry = bundle.path_entry
    program.path_of = bundle.path_of
    program.prepare = bundle.prepare
    program.load_runpy = bundle.load_runpy
    program.is_inside = True
    return program
