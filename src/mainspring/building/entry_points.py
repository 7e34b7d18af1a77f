"""Entry points, what starts in a bundle: found by what the project says, and looked up in the bundle's files; nothing is imported."""

import ast
import glob
import os
import re
from typing import Callable, Dict, Iterable, List, NamedTuple, Optional

from ..projects import entries, sources, syntax
from ..projects.reading import normalized
from ..projects.settings import Project
from ..refusals import refused
from ..runtime import Refusal
from .installed import scripts_in

_DOTTED = re.compile(r"[^\W\d]\w*(?:\.[^\W\d]\w*)*")
_TAKES = "--entry, and tool.mainspring.entry, take a console script, a module, or module:function"
_SUFFIXES = (".py", ".pyc", ".so", ".pyd")
Names = Dict[str, Callable[[], bytes]]  # the files below site-packages, and how each is read


class EntryPoint(NamedTuple):
    """What starts.

    module: its name. function: a dotted name in it, or "" if the module itself is to run, as with `python -m`.
    """

    module: str
    function: str

    def __str__(self) -> str:
        """Give it as it is written."""
        return f"{self.module}:{self.function}" if self.function else self.module


def choose(wish: Optional[str], project: Project, layer: Optional[str], own: Iterable[str]) -> EntryPoint:
    """Give the entry point that wish means: a console script, a module, or module:function; None for the project's own.

    That is its only script, the one of its own name, or, as in a run (`choices.default_entry`), the module of its name, or
    its package if that has a `__main__`. layer: the directory of
    its dependencies, whose scripts may be meant, too. own: the names of its own files. Raises Refusal.
    """
    if wish is None:
        return _default(project, own)
    if wish in project.scripts:
        return _parsed(project.scripts[wish])
    others = scripts_in(layer) if layer is not None else {}
    if wish in others and ":" not in wish:
        return _parsed(others[wish])
    module, colon, function = wish.partition(":")
    if not _DOTTED.fullmatch(module) or (colon and not _DOTTED.fullmatch(function)):
        raise refused(f"entry: {wish!r} is no script, no module and no module:function", _listed(project))
    return EntryPoint(module, function)


def see_clear(wish: Optional[str], project: Project) -> None:
    """Raise Refusal if it is certain, before anything is made of project, that it is not clear what starts; wish as in `choose`."""
    if wish is not None or entries.surely_undecided(project) is None:
        return
    if project.scripts or not any(_has_main(root) for root in project.roots):
        raise _unclear(project)


def _has_main(root: str) -> bool:
    """Tell whether a package in the directory root has a `__main__`, be it in the making."""
    return bool(glob.glob(os.path.join(glob.escape(root), "*", "__main__.*")))


def check(entry_point: EntryPoint, names: Names) -> str:
    """See that entry_point is among names, as far as one can see without importing it; give its module. Raises Refusal."""
    module = entry_point.module if entry_point.function else _main_of(entry_point.module, names)
    file = _file_of(module, names)
    if file is None:
        at = module.replace(".", "/")
        raise refused(f"entry: there is no module {module!r} in the bundle (no {at}.py)", _TAKES)
    name = entry_point.function.partition(".")[0]
    if name and file.endswith(".py") and not _defines(names[file](), name):
        if _file_of(f"{entry_point.module}.{name}", names) is None:
            raise refused(f"entry: {file} defines no {name!r}", _TAKES)
    return module


def _default(project: Project, own: Iterable[str]) -> EntryPoint:
    scripts = project.scripts
    by_name = {normalized(name): called for name, called in scripts.items()}
    if len(scripts) == 1 or normalized(project.name) in by_name:
        return _parsed(by_name.get(normalized(project.name)) or next(iter(scripts.values())))
    files = list(own)
    mains = sorted(name.partition("/")[0] for name in files if name.count("/") == 1 and name.endswith("/__main__.py"))
    called = [name for name in sources.module_names(project.name) if name in mains or f"{name}.py" in files] or mains
    if len(called) == 1 and not scripts:
        return EntryPoint(called[0], "")
    raise _unclear(project)


def _unclear(project: Project) -> Refusal:
    return refused("entry: it is not clear what starts", _listed(project))


def _listed(project: Project) -> str:
    scripts = f"a script ({', '.join(sorted(project.scripts))}), or " if project.scripts else ""
    return f"name it with --entry, or in tool.mainspring.entry: {scripts}module:function"


def _parsed(called: str) -> EntryPoint:
    module, _, function = called.partition("[")[0].partition(":")
    return EntryPoint(module.strip(), function.strip())


def _main_of(module: str, names: Names) -> str:
    is_package = _file_of(f"{module}.__init__", names) or _file_of(f"{module}.__main__", names)
    return f"{module}.__main__" if is_package else module


def _file_of(module: str, names: Names) -> Optional[str]:
    base = module.replace(".", "/")
    for start in (base, f"{base}/__init__"):
        if f"{start}.py" in names:
            return f"{start}.py"
    native = [name for name in names if name.startswith(f"{base}.") and name.endswith(_SUFFIXES)]
    return native[0] if native else None


def _defines(source: bytes, name: str) -> bool:
    """Tell whether the module with source may have name once it was imported."""
    try:
        tree = syntax.tree(source)
    except SyntaxError:
        return True  # of another Python's syntax, perhaps
    found = list(_bound(tree.body))
    return name in found or "*" in found or "__getattr__" in found


def _bound(statements: List[ast.stmt]) -> List[str]:
    """Give the names that statements of a module bind; `*` if nobody can tell."""
    names: List[str] = []
    left: List[ast.AST] = list(statements)
    while left:
        node = left.pop()
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            names.append(node.name)
            continue
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            names += [alias.asname or alias.name.partition(".")[0] for alias in node.names]
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.append(node.id)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _MAKES_NAMES:
            names.append("*")
        left += ast.iter_child_nodes(node)
    return names


_MAKES_NAMES = ("globals", "exec", "vars", "setattr")
