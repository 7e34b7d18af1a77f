"""The shared module executor, for tool authors: coverage tools, debuggers, profilers, reloaders.

    program = executor.locate("app.pyz")          # or executor.locate_module("pkg.mod")
    program.compile()                             # a tracer can start after this
    outcome = executor.execute(program, argv=["app.pyz", "--help"], in_modules=True, on_path=True)
    outcome.namespace                             # the live globals, for as long as you keep the outcome
    outcome.exit_status, outcome.exception        # how it ended; the runner's frames are not in the traceback

Rules about threads. Locating a path and compiling change nothing, but that a package directory which needs its name is
imported when it is compiled, from sys.path: leave that to `execute` with on_path. `execute` without argv, in_modules and
on_path changes nothing global, and may run in any number of threads at once and within itself. With any of
them it changes `sys` for the whole process while the program runs: such executions hold one lock, so that one
in another thread waits until it is over; within the same thread they nest. `locate_module` imports the
module's parents, under the import system's locks.
"""

import builtins
import os
import sys
from contextlib import ExitStack
from types import ModuleType, TracebackType
from typing import Any, Callable, Dict, Mapping, Optional, Sequence, Union

from . import alterations
from .runtime.executor import dress, program_frames
from .runtime.kinds import MODULE
from .runtime.locate import locate as _locate
from .runtime.modules import module_details, use_spec
from .runtime.program import MAIN, Program

__all__ = ["Outcome", "Program", "execute", "locate", "locate_module"]


class Outcome:
    """How an execution ended.

    module: the module in which the code ran. Its namespace is live and stays as the program left it.
    exception: what the program raised, SystemExit included, or None. Its traceback begins with the program's
        first frame.
    """

    def __init__(self, module: ModuleType, exception: Optional[BaseException]) -> None:
        self.module = module
        self.exception = exception
        self._traceback = None if exception is None else _traceback_of(exception)

    @property
    def namespace(self) -> Dict[str, Any]:
        """The module's own globals, not a copy."""
        return vars(self.module)

    @property
    def exit_status(self) -> int:
        """The status with which python would have ended: 0 to 255 as a shell sees it, 130 for Ctrl-C."""
        if self.exception is None:
            return 0
        if isinstance(self.exception, SystemExit):
            return _status_of(self.exception)
        return 130 if isinstance(self.exception, KeyboardInterrupt) else 1

    def reraise(self) -> None:
        """Raise the program's exception as it was, if there is one."""
        if self.exception is not None:
            raise BaseException.with_traceback(self.exception, self._traceback)


def locate(path_name: "Union[str, bytes, os.PathLike[str]]") -> Program:
    """Find the code of what is at path_name: a script, a directory, an archive, a package, as the command does.

    Nothing is executed. An archive is taken as python takes it: none of the command's checks are made, and the store is not
    used. Raises Refusal, with python's words, if there is nothing that can run.
    """
    return _locate(os.fsdecode(path_name))


def locate_module(mod_name: str) -> Program:
    """Find the code of a module by name, as `python -m` does; its parents are imported, itself it is not.

    A package stands for its `__main__`, whose definitions worker processes find. Raises ImportError, in runpy's words, when
    there is nothing to run.
    """
    mod_name, spec, code = module_details(mod_name)
    program = Program(MODULE, mod_name, spec.origin, None, lambda _: code)
    use_spec(program, mod_name, spec)
    return program


def execute(
    program: Program,
    *,
    run_name: str = "__main__",
    init_globals: Optional[Mapping[str, Any]] = None,
    argv: Optional[Sequence[str]] = None,
    in_modules: bool = False,
    on_path: bool = False,
) -> Outcome:
    """Execute a located program in a module of its own, and tell how it ended.

    run_name: the module's `__name__`; `if __name__ == "__main__"` is true by default.
    init_globals: names that are there before the code runs; python's own (`__file__` ...) win.
    argv: what `sys.argv` is meanwhile; None leaves it alone.
    in_modules: whether `sys.modules[run_name]` is the module meanwhile; pickle and inspect want that.
    on_path: whether the program's path_entry is `sys.path[0]` meanwhile; its own imports want that.

    All that this changes is put back; what the program itself changes stays: the modules that it imports, for one. Raises
    only what compiling raises (`Program.compile`); what the program raises is in the outcome. Threads: see the module.
    """
    module = ModuleType(run_name)
    namespace = vars(module)
    namespace["__builtins__"] = builtins  # as in python's own `__main__`
    if run_name == MAIN and sys.version_info < (3, 14):
        namespace["__annotations__"] = {}
    namespace.update(init_globals or {})
    with ExitStack() as changes:
        if argv is not None or in_modules or on_path:
            changes.enter_context(alterations.alteration_lock)
        if argv is not None:
            changes.enter_context(alterations.Altered(lambda: vars(sys), "argv", list(argv)))
        if in_modules:
            changes.enter_context(alterations.Altered(lambda: sys.modules, run_name, module))
        if on_path and program.path_entry is not None:
            changes.enter_context(alterations.PathEntry(program.path_entry))
        code = program.compile()  # a package is found on sys.path
        dress(namespace, program, run_name)
        return Outcome(module, _run(code, namespace))


def _run(code: Any, namespace: Dict[str, Any]) -> Optional[BaseException]:
    try:
        exec(code, namespace)
    except BaseException as error:  # noqa: BLE001  every way of ending is a result
        return BaseException.with_traceback(error, program_frames(_traceback_of(error)))
    return None


# As here and above, the class of an exception is not asked: it may forbid that, as one of a frozen dataclass does.
_traceback_of: Callable[[BaseException], Optional[TracebackType]] = vars(BaseException)["__traceback__"].__get__


def _status_of(error: SystemExit) -> int:
    try:
        code = error.code
    except Exception:  # noqa: BLE001  a class of the program's may raise anything; python takes the exception for its code
        return 1
    if code is None:
        return 0
    if not isinstance(code, int):
        return 1
    # exit() takes a C long; for what does not fit into one, the interpreter exits with -1.
    number = int.__index__(code)
    return number & 0xFF if -sys.maxsize - 1 <= number <= sys.maxsize else 0xFF
