"""The shared module executor: it turns a located program into a running `__main__`, or any other module.

`Main` is the command's: the interpreter's own `__main__` becomes the program's and stays so. `execute` is the
library's: a module of its own, and of `sys` only what the caller asks for.
"""

import os
import sys

from . import ending, interpreter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType, TracebackType
    from typing import Any, Callable, Dict, List, Optional, Type

    from .program import Program

_OWN_FILES = os.path.dirname(os.path.dirname(__file__)) + os.sep
STARTER = "__mainspring_start__"
_IMPORT_MACHINERY = ("<frozen importlib", "<frozen zipimport", "<frozen runpy")


def _start() -> None:
    # Executed in the place of a program's code, in its `__main__`; STARTER is not seen there by what it starts.
    globals().pop("__mainspring_start__")()


def dress(namespace: "Dict[str, Any]", program: "Program", run_name: str) -> None:
    """Set the names that python sets in a module before its code runs; PEP 366 and PEP 451 for their values."""
    namespace["__name__"] = run_name
    if program.spec is None:
        _dress_script(namespace, program)
    else:
        _dress_module(namespace, program)


def _dress_script(namespace: "Dict[str, Any]", program: "Program") -> None:
    # As _PyRun_SimpleFile in Python/pythonrun.c.
    namespace["__loader__"] = program.loader
    if program.for_workers is not None:
        namespace["__spec__"] = program.for_workers
    if program.file is None:
        return  # as with -c
    namespace["__file__"] = program.file
    if sys.version_info < (3, 15):
        namespace["__cached__"] = None


def _dress_module(namespace: "Dict[str, Any]", program: "Program") -> None:
    # As _run_code in Lib/runpy.py, which 3.15 rid of __cached__.
    namespace["__file__"] = program.file
    if sys.version_info < (3, 15):
        namespace["__cached__"] = program.cached
    namespace["__doc__"] = None
    namespace["__loader__"] = program.loader
    namespace["__package__"] = program.package
    namespace["__spec__"] = program.spec


def program_frames(traceback: "Optional[TracebackType]") -> "Optional[TracebackType]":
    """Give the part of traceback that begins with the program's first frame; None when it has none."""
    while traceback is not None and _is_runners(traceback.tb_frame.f_code.co_filename):
        traceback = traceback.tb_next
    return traceback


def _is_runners(filename: str) -> bool:
    return filename.startswith(_OWN_FILES) or filename.startswith(_IMPORT_MACHINERY)


class Main:
    """The program as the `__main__` of this process, from its first line to its end.

    exit_follows tells that the caller ends in `sys.exit()`, as console scripts do.
    on_failure is called with an exception that ends the program, after it was reported.
    `ending` gets to know the exit status, if that is certain.
    Entering makes the process the program's (`interpreter.become`). Leaving does what python does after the
    last line; an exception goes on to the interpreter, with the runner's frames kept out of the report.
    """

    def __init__(
        self,
        program: "Program",
        args: "List[str]",
        orig_argv: "Optional[List[str]]",
        exit_follows: bool,
        on_failure: "Callable[[BaseException], None]",
    ) -> None:
        self._on_failure = on_failure
        self.program = program
        self._exit_follows = exit_follows
        self.namespace: "Dict[str, Any]" = {}
        self._args = args
        self._orig_argv = orig_argv

    def __enter__(self) -> "Main":
        program = self.program
        self.namespace = interpreter.become(
            program.argv(self._args),
            self._orig_argv,
            program.first_on_path(),
            program.load_runpy if program.is_module else None,
        )
        ending.look_from_here()
        for place in (program.around, program):
            if place is not None and place.has_path:
                interpreter.remember_importer(place.path_name, place.finder)
        if not program.is_module:
            dress(self.namespace, program, "__main__")
        return self

    def code(self) -> "CodeType":
        """Prepare and compile the program, and finish its `__main__`. Raises what that raises (`Program.compile`)."""
        program = self.program
        if program.path_of is not None:
            interpreter.set_path(program.path_of(interpreter.path()))
        if program.prepare is not None:
            program.prepare()
        code = program.compile()
        if program.is_module:
            interpreter.set_argv0(program.argv0)
            dress(self.namespace, program, "__main__")
        if program.start is not None:
            self.namespace[STARTER] = program.start
            return _start.__code__
        return code

    def __exit__(
        self,
        kind: "Optional[Type[BaseException]]",
        error: "Optional[BaseException]",
        traceback: "Optional[TracebackType]",
    ) -> None:
        interpreter.untraced(self._end, kind, error, traceback)

    def _end(
        self,
        kind: "Optional[Type[BaseException]]",
        error: "Optional[BaseException]",
        traceback: "Optional[TracebackType]",
    ) -> None:
        if not self.program.is_module:
            _flush()
        ending.note_end()
        if kind is None:
            self._drop_file_names()
        if not self._will_be_reported(kind):
            ending.set_status(_status_of(error))
            self._let_go()
            return
        frames = program_frames(traceback)
        interpreter.have_last_word(frames, kind is None, lambda: self._after(error))

    def _after(self, error: "Optional[BaseException]") -> None:
        self._drop_file_names()
        self._let_go()
        if error is not None:
            self._on_failure(error)

    def _will_be_reported(self, kind: "Optional[Type[BaseException]]") -> bool:
        # Under -i the interpreter reports even a SystemExit, the one that ends a console script included.
        if kind is None:
            return self._exit_follows and bool(sys.flags.inspect)
        return not issubclass(kind, SystemExit) or bool(sys.flags.inspect)

    def _let_go(self) -> None:
        # Tracebacks that the program kept lead by our frames to this object, which the garbage collector does not go
        # through (`collector.freeze`): from here, the program must not be reached, or it never comes apart.
        self.namespace = {}

    def _drop_file_names(self) -> None:
        # As _PyRun_SimpleFile does when the code is done: -i and atexit handlers see none.
        if not self.program.is_module:
            self.namespace.pop("__file__", None)
            self.namespace.pop("__cached__", None)


def _status_of(error: "Optional[BaseException]") -> "Optional[int]":
    """Give the exit status of a program that error, or its last line, ended; None if it takes python to know it."""
    if error is None:
        return 0
    code = error.code if type(error) is SystemExit else ""
    if code is None:
        return 0
    if not isinstance(code, int):
        return None
    number = int.__index__(code)  # a class of the program's may compare in its own way
    return number if -0x80000000 <= number <= 0x7FFFFFFF else None


def _flush() -> None:
    # As flush_io in Python/pythonrun.c: standard error first, and no failure counts yet.
    for name in ("stderr", "stdout"):
        try:
            getattr(sys, name).flush()
        except BaseException:  # noqa: BLE001, S110  C clears whatever it was
            pass
