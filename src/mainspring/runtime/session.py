"""What in a bundle runs as python runs it: a prompt, -c, -m, standard input, a file, or a script among its members."""

import _frozen_importlib
import _frozen_importlib_external
import _io
import os
import sys

from . import TO_LOCATE, Refusal, entry, interpreter, kinds, load, loaded, source
from .program import MAIN, Program

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType
    from typing import Callable, List, Optional, Tuple

_BASIC = "PYTHON_BASIC_REPL"
_WITH_VALUE = ("-c", "-m")  # options


def interpreting(bundle: Program, args: "List[str]", has_place: bool) -> Program:
    """Give the program that does with args what python does with them, with the path and preparations of bundle.

    Without args, that is a prompt. has_place: whether sys.path begins with what python puts there for it. Raises Refusal for
    options other than -c and -m, and files that cannot be opened.
    """
    program, place = _chosen(bundle, args)
    if args:
        program.args = args[2 if args[0] in _WITH_VALUE else 1 :]
        program.description = f"an interpreter, for {args[0]}"
    if has_place and place is not None and not interpreter.is_safe_path():
        _put_first(program, place)
    return program


def _chosen(bundle: Program, args: "List[str]") -> "Tuple[Program, Optional[str]]":
    """Give what args choose, inside bundle, and what sys.path would begin with under python; None for nothing."""
    if not args:
        return _prompting(bundle), ""
    word = args[0]
    if word == "-":
        return _text(bundle, "-", "<stdin>", source.read_and_compile), ""
    if word in _WITH_VALUE and len(args) < 2:
        raise Refusal(bundle.argv0, f"argument expected for the {word} option", f"say behind {word} what is to run")
    if word == "-c":  # text, and no bytes: python heeds no encoding in it
        return _text(bundle, "-c", "<string>", lambda _: compile(args[1], "<string>", "exec", 0, True)), ""
    if word == "-m":
        return entry.module(bundle, args[1]), loaded("modules").current_directory()
    if word.startswith("-"):
        raise Refusal(bundle.argv0, f"unknown option of its interpreter: {word}", "it takes -c, -m, - or a file")
    load(*TO_LOCATE)
    from . import locate  # rarely wanted

    located = locate.locate(word)
    place = located.path_entry  # before it is the bundle's
    return entry.inside(bundle, located), place


def _put_first(program: Program, place: str) -> None:
    """Let sys.path begin with place for program, which is inside of a bundle."""
    of_bundle = program.path_of
    program.path_of = lambda before: [place, *(before if of_bundle is None else of_bundle(before))]


def _text(bundle: Program, argv0: str, file_name: str, get_code: "Callable[[Program], CodeType]") -> Program:
    """Give the program whose code get_code gives, which comes from no file."""
    program = Program(kinds.STDIN, file_name, argv0, bundle.path_entry, get_code)
    program.loader = _frozen_importlib.BuiltinImporter
    program.file = None
    return entry.inside(bundle, program)


def _prompting(bundle: Program) -> Program:
    program = Program(kinds.STDIN, "<stdin>", "", bundle.path_entry, entry.nothing)
    program.loader = _frozen_importlib.BuiltinImporter
    program.file = None
    program.start = _prompt
    program.description = "an interpreter, with a prompt"
    program.args = []
    return entry.inside(bundle, program)


def _prompt() -> None:
    """Talk to the user as python's own prompt does, with its history and its completion."""
    import code  # for a prompt alone

    if sys.stdin is None:
        return  # it was closed, and python ends at once then, too
    namespace = vars(interpreter.module(MAIN))
    hook = getattr(sys, "__interactivehook__", None)
    if sys.stdin.isatty() and hook is not None:
        with _BasicPrompt():
            hook()
    code.interact(local=namespace, exitmsg="")


class _BasicPrompt:
    """While entered, site takes it that the prompt is one of readline's, as `code` has it: since 3.13 there is another.

    The history would otherwise be kept by the one and made by the other.
    """

    def __enter__(self) -> None:
        self._before = os.environ.get(_BASIC)
        os.environ[_BASIC] = "1"

    def __exit__(self, *_: object) -> None:
        if self._before is None:
            del os.environ[_BASIC]
        else:
            os.environ[_BASIC] = self._before


def script(bundle: Program, path_name: str) -> Program:
    """Give the program that runs the script at path_name, a real file, with the path and preparations of bundle."""
    program = Program(kinds.SCRIPT, path_name, bundle.argv0, bundle.path_entry, _read_and_compile)
    program.loader = _frozen_importlib_external.SourceFileLoader(MAIN, path_name)
    program.description = f"the script {path_name}"
    return entry.inside(bundle, program)


def _read_and_compile(program: Program) -> "CodeType":
    with _io.open_code(program.path_name) as file:
        program.source = file.read()
    return source.code_of(program)
