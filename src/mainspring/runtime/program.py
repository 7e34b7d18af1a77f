"""A program: where a target's code was found, and how to get it."""

from . import interpreter, kinds

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType
    from typing import Any, Callable, Dict, List, Optional, Tuple

    from . import Refusal

MAIN = "__main__"


class Program:
    """Something that can run as `__main__`, located but not executed.

    kind: the classifier's word for the target; ARCHIVE for bundles of every maker.
    path_name: the target as python writes it; a module's name for `-m`.
    path_entry: what python puts at `sys.path[0]` for it, or None for nothing.
    argv0: what python puts into `sys.argv[0]`: as typed for a path, the module's file for `-m`.
    finder: what `sys.path_hooks` have for a path (PEP 302); None for anything but directories and archives.
    spec: the module's spec; None for scripts, bytecode and streams, as in python (PEP 451).
    loader, file, cached, package: what becomes `__loader__` and so on.
    source: the bytes of a script, of bytecode or of a stream.
    load_runpy: what loads runpy for it.
    path_of: gives what sys.path is to be, of what it is once `sys` is the program's; None to leave it so.
    prepare: does what is to be done after that, before it is compiled; None for nothing.
    description: what of a bundle starts, in words; "" for its `__main__`.
    args: its arguments, where they are not those that the user gave; otherwise None.
    start: what runs in the place of its code, for an entry that is to be called; otherwise None.
    python_runs_it: whether python runs the same when it is given the same words.
    around: the bundle that it runs inside of, where that is not the program itself; otherwise None.
    has_natives: whether it is an archive whose native modules alone are real files.
    lacking: why they are not, and cannot be imported, where nothing takes them; otherwise None.
    for_workers: what its `__spec__` is where python has None, so that its workers are told of the store; otherwise None.
    unfound: says that there is no such module, of what the search for it raised; None for python's words.
    calls: of an entry that is called, its module, and what says of a module's name that there is none; otherwise None.
    get_code: what compiles it; may fill in what is known only then (the spec of a module, for one).
    """

    has_natives = False
    lacking: "Optional[Refusal]" = None
    for_workers: "Any" = None
    unfound: "Optional[Callable[[Refusal], Refusal]]" = None
    calls: "Optional[Tuple[str, Callable[[str], Refusal]]]" = None

    def __init__(
        self,
        kind: str,
        path_name: str,
        argv0: str,
        path_entry: "Optional[str]",
        get_code: "Callable[[Program], CodeType]",
    ) -> None:
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
        self.load_runpy: "Callable[[], object]" = interpreter.import_runpy
        self.path_of: "Optional[Callable[[List[str]], List[str]]]" = None
        self.prepare: "Optional[Callable[[], None]]" = None
        self.description = ""
        self.args: "Optional[List[str]]" = None
        self.start: "Optional[Callable[[], None]]" = None
        self.python_runs_it = True
        self.around: "Optional[Program]" = None
        self._get_code = get_code

    @property
    def is_module(self) -> bool:
        """Whether python runs it through runpy, as a module with a spec; otherwise it is code from a file."""
        return self.kind in (kinds.MODULE, kinds.PACKAGE, kinds.DIRECTORY, kinds.ARCHIVE)

    @property
    def has_path(self) -> bool:
        """Whether python asks the path hooks about it before it runs."""
        return self.kind not in (kinds.MODULE, kinds.PACKAGE, kinds.STDIN)

    @property
    def is_bundle(self) -> bool:
        """Whether path_entry holds the target's modules, so that it is added even under -P and -I."""
        return self.around is not None or self.kind in (kinds.DIRECTORY, kinds.ARCHIVE, kinds.PACKAGE)

    def argv(self, args: "List[str]") -> "List[str]":
        """Give what `sys.argv` is for it, where the user gave args."""
        return [self.argv0, *(args if self.args is None else self.args)]

    def first_on_path(self) -> "Optional[str]":
        """Give what goes to `sys.path[0]`, or None for nothing."""
        return self.path_entry if self.is_bundle or not interpreter.is_safe_path() else None

    def compile(self) -> "CodeType":
        """Give the program's code object; compiled once, the same object ever after.

        Raises what the interpreter raises for the text (SyntaxError, ValueError, MemoryError), and Refusal for bytecode of
        another Python, for a package that is not found by its name, and for what only the command can run.
        """
        kept: "Dict[str, CodeType]" = vars(self)
        # setdefault, because threads may share a program: the first code is the one that all get.
        return kept.get("_code") or kept.setdefault("_code", self._get_code(self))

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
