"""Locating: from what the user typed to a program that can be compiled and run.

Locating and compiling are two steps, so that a tracer can start in between, and neither executes the target.
"""

import _frozen_importlib
import _frozen_importlib_external
import _io
import os

from . import Refusal, classify, kinds, load, source
from .program import MAIN, Program

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType


def locate(path_name: str, needs_main: bool = True) -> Program:
    """Find the code of the thing at path_name; `-` is standard input. That and streams are read when they are compiled.

    Raises Refusal when it cannot be opened, or has no `__main__` and needs_main: if nothing else in it is to start.
    """
    if path_name == "-":
        return _stdin()
    target = classify.classify(path_name)
    if target.kind in (kinds.DIRECTORY, kinds.ARCHIVE, kinds.SHIV, kinds.PEX):
        # Most targets are scripts. Here and below: later, nothing may be imported by name any more.
        load("workers", "bundle", "locate_main")
        from . import locate_main

        return locate_main.program(path_name, target, needs_main)
    if target.kind == kinds.PACKAGE:
        from . import package  # as above

        return package.program(path_name, target.path_name)
    if target.kind in (kinds.WHEEL, kinds.PROJECT, kinds.EXECUTABLE):
        return Program(target.kind, target.path_name, path_name, None, _only_by_command)
    if target.kind == kinds.BYTECODE:
        return _bytecode(path_name, target)
    return _script(path_name, target)


def script_directory(path_name: str) -> str:
    """Give the `sys.path[0]` of a script: its directory after one link is followed, then realpath.

    As `_PyPathConfig_ComputeSysPath0` in CPython's Python/pathconfig.c does, which follows nothing on Windows; where a
    path cannot be resolved (`/dev/fd/N` on a pipe), it stays as typed.
    """
    if os.name == "nt":
        return os.path.dirname(os.path.abspath(path_name))
    try:
        link = os.readlink(path_name)
    except (OSError, ValueError):
        link = ""
    if os.sep in link:
        path_name = os.path.join(os.path.dirname(path_name), link)
    try:
        real = os.path.realpath(path_name)
    except OSError:  # the current directory is gone
        real = ""
    return os.path.dirname(real if os.path.lexists(real) else path_name)


def _only_by_command(located: Program) -> "CodeType":
    hint = "the command runs its scripts: mainspring TARGET"
    raise Refusal(located.argv0, f"a {located.kind} has no __main__ of its own", hint)


def _script(typed: str, target: "classify.Target") -> Program:
    get_code = source.code_of if target.data is not None else _read_and_compile
    program = Program(target.kind, target.path_name, typed, script_directory(typed), get_code)
    program.loader = _frozen_importlib_external.SourceFileLoader(MAIN, target.path_name)
    program.source = target.data
    return program


def _bytecode(typed: str, target: "classify.Target") -> Program:
    from . import bytecode  # as above

    program = Program(target.kind, target.path_name, typed, script_directory(typed), bytecode.code_of)
    program.loader = _frozen_importlib_external.SourcelessFileLoader(MAIN, target.path_name)
    program.source = target.data
    return program


def _stdin() -> Program:
    # Windows makes a path of anything, `-` included, and python does not look what it is.
    directory = script_directory("-") if os.name == "nt" else ""
    program = Program(kinds.STDIN, "<stdin>", "-", directory, source.read_and_compile)
    program.loader = _frozen_importlib.BuiltinImporter
    return program


def _read_and_compile(program: Program) -> "CodeType":
    try:
        with _io.open_code(program.path_name) as file:
            program.source = source.text_of(file)
    except OSError as error:
        raise kinds.cannot_open(program.argv0, program.path_name, error) from None
    return source.code_of(program)
