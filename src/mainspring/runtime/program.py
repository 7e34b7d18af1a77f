"""A program: where a target's code was found, and how to get it.

Locating and compiling are two steps, so that a tracer can start in between, and neither executes the target.
"""

import io
import os

import _frozen_importlib
import _frozen_importlib_external

from . import classify, source

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType
    from typing import Any, Callable, Dict, Optional

MAIN = "__main__"


class Program:
    """Something that can run as `__main__`, located but not executed.

    kind: the classifier's word for the target.
    path_name: the target as python writes it; a module's name for `-m`.
    path_entry: what python puts at `sys.path[0]` for it, or None for nothing.
    argv0: what python puts into `sys.argv[0]`: as typed for a path, the module's file for `-m`.
    finder: what `sys.path_hooks` have for a path (PEP 302); None for anything but directories and archives.
    spec: the module's spec; None for scripts, bytecode and streams, as in python (PEP 451).
    loader, file, cached, package: what becomes `__loader__` and so on.
    source: the bytes of a script, of bytecode or of a stream.
    """

    def __init__(self, kind: str, path_name: str, argv0: str, path_entry: "Optional[str]") -> None:
        self.kind = kind
        self.path_name = path_name
        self.argv0 = argv0
        self.path_entry = path_entry
        self.finder: "Any" = None
        self.spec: "Any" = None
        self.loader: "Any" = None
        self.file: "Optional[str]" = path_name
        self.cached: "Optional[str]" = None
        self.package: "Optional[str]" = None
        self.source: "Optional[bytes]" = None
        self.get_code: "Callable[[Program], CodeType]" = source.code_of

    @property
    def is_module(self) -> bool:
        """Whether python runs it through runpy, as a module with a spec; otherwise it is code from a file."""
        return self.kind in (classify.MODULE, classify.PACKAGE, classify.DIRECTORY, classify.ARCHIVE)

    @property
    def has_path(self) -> bool:
        """Whether python asks the path hooks about it before it runs."""
        return self.kind not in (classify.MODULE, classify.PACKAGE, classify.STDIN)

    @property
    def is_bundle(self) -> bool:
        """Whether path_entry is the target itself, which python adds even under -P and -I."""
        return self.kind in (classify.DIRECTORY, classify.ARCHIVE)

    def compile(self) -> "CodeType":
        """Give the program's code object; compiled once, the same object ever after.

        Raises what the interpreter raises for the text (SyntaxError, ValueError, MemoryError), and Refusal
        for bytecode of another Python.
        """
        kept: "Dict[str, CodeType]" = vars(self)
        # setdefault, because threads may share a program: the first code is the one that all get.
        return kept.get("_code") or kept.setdefault("_code", self.get_code(self))

    def use_code(self, code: "CodeType") -> None:
        """Take code, compiled before from the very same text, for what `compile` would give."""
        self._code = code

    def use_spec(self, spec: "Any") -> None:
        """Take over what spec says of the module: loader, origin, cache and parent."""
        self.spec = spec
        self.loader = spec.loader
        self.file = spec.origin
        self.cached = spec.cached
        self.package = spec.parent


def locate(path_name: str) -> Program:
    """Find the code of the thing at path_name; `-` is standard input, which is read to its end.

    Raises Refusal when it cannot be opened or has no `__main__`.
    """
    if path_name == "-":
        return _stdin()
    target = classify.classify(path_name)
    if target.kind in (classify.DIRECTORY, classify.ARCHIVE):
        # Most targets are scripts. Here and below: later, nothing may be imported by name any more.
        from . import bundle

        return bundle.program(path_name, target)
    program = Program(target.kind, target.path_name, path_name, script_directory(path_name))
    program.source = _read(path_name, target) if target.data is None else target.data
    if target.kind == classify.BYTECODE:
        return _bytecode(program)
    program.loader = _frozen_importlib_external.SourceFileLoader(MAIN, target.path_name)
    return program


def script_directory(path_name: str) -> str:
    """Give the `sys.path[0]` of a script: its directory after one link is followed, then realpath.

    As `_PyPathConfig_ComputeSysPath0` in CPython's Python/pathconfig.c does; where a path cannot be resolved
    (`/dev/fd/N` on a pipe), it stays as typed.
    """
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


def _bytecode(program: Program) -> Program:
    from . import bytecode  # as above

    program.loader = _frozen_importlib_external.SourcelessFileLoader(MAIN, program.path_name)
    program.get_code = bytecode.code_of
    return program


def _stdin() -> Program:
    program = Program(classify.STDIN, "<stdin>", "-", "")
    program.loader = _frozen_importlib.BuiltinImporter
    with io.FileIO(0, closefd=False) as file:
        program.source = file.readall()
    return program


def _read(typed: str, target: "classify.Target") -> bytes:
    try:
        with io.open_code(target.path_name) as file:
            return file.read()
    except OSError as error:
        raise classify.cannot_open(typed, target.path_name, error) from None
