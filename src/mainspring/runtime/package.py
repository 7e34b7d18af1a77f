"""Package directories whose `__main__` needs its package, which python cannot run by path.

`python pkg/` runs `pkg/__main__.py` as a top-level module: its relative imports fail. Where it has some, the
directory runs as `python -m pkg` would with the package's parent directory at `sys.path[0]`; where it has none,
python can run it, and so it runs as python does.
"""

import os
import sys

from . import Refusal, kinds, modules, warning_filters

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType
    from typing import Any, Iterator, List, Tuple

    from .program import Program

_ONLY_AST = 0x400  # ast.PyCF_ONLY_AST
_INIT = "__init__.py"


def has_relative_imports(file: str) -> bool:
    """Tell whether a source file has a `from .` import anywhere; False when it does not compile."""
    named = {"module": "__main__"} if sys.version_info >= (3, 15) else {}
    if not os.path.isfile(file):  # a pipe, or a device
        return False
    try:
        # It is compiled once more, and warns then.
        with open(file, "rb") as source, warning_filters.Ignored(warning_filters.speaker(file, "__main__")):
            tree = compile(source.read(), file, "exec", _ONLY_AST, True, **named)  # type: ignore[call-overload]
    except (OSError, SyntaxError, ValueError):
        return False
    except (RecursionError, MemoryError):  # it is nested too deeply
        return False
    return any(getattr(node, "level", None) for node in _nodes(tree))


def program(typed: str, path_name: str) -> "Program":
    """Give the program that runs the package at path_name, typed so, as `python -m` does, not yet located.

    Compiling it raises Refusal where its name leads elsewhere (`see_that_it_leads_here`), or can lead nowhere.
    """
    entry, names = _root_and_names(os.path.abspath(path_name))
    name = ".".join(names)

    def find(run: "Program") -> "CodeType":
        _see_that_they_are_names(typed, names)
        top = name.partition(".")[0]
        see_that_it_leads_here(run, typed, modules.find_spec(top, modules.NothingToRun, {}))
        return modules.find(run)

    run = modules.unlocated(name, entry, find)
    run.kind = kinds.PACKAGE
    run.python_runs_it = False
    return run


def _see_that_they_are_names(typed: str, names: "List[str]") -> None:
    """See that the packages with names can be imported: for the import system, a dot is between two of them."""
    dotted = next((name for name in names if "." in name), None)
    if dotted is not None:
        reason = f"its __main__ has relative imports, and no package can be imported whose name has a dot: {dotted!r}"
        raise Refusal(typed, reason, "rename that directory")


def see_that_it_leads_here(run: "Program", typed: str, spec: "Any") -> None:
    """See that spec, which the name of the outermost package of run leads to, is that package's. Raises Refusal if not.

    Another module of that name may be imported already, or come before all that is on sys.path: it must not run instead.
    """
    top = run.path_name.partition(".")[0]
    if spec is None or run.path_entry is None:
        return
    here = os.path.join(run.path_entry, top)
    if not any(_is_same(place, here) for place in spec.submodule_search_locations or ()):
        where = spec.origin if spec.has_location else next(iter(spec.submodule_search_locations or ()), "python's own")
        raise Refusal(typed, f"its name as a package, {top!r}, is that of another module here: {where}")


def _is_same(place: str, here: str) -> bool:
    try:
        return os.path.samefile(place, here)
    except (OSError, ValueError):
        return False


def _root_and_names(directory: str) -> "Tuple[str, List[str]]":
    """Give the directory that holds the outermost package, and the names of the packages from there to directory."""
    parent, name = os.path.split(directory)
    names = [name]
    while os.path.isfile(os.path.join(parent, _INIT)) and parent != os.path.dirname(parent):
        parent, outer = os.path.split(parent)
        names.insert(0, outer)
    return parent, names


def _nodes(tree: "Any") -> "Iterator[Any]":
    left = [tree]
    while left:
        node = left.pop()
        yield node
        for field in getattr(node, "_fields", ()):
            value = getattr(node, field, None)
            left.extend(value if isinstance(value, list) else [value])
