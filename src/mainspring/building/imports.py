"""What the modules of an entry point import as soon as they are imported themselves: whether a bundle has it. Nothing is imported."""

import ast
import os
import sys
from typing import Callable, Collection, Iterable, Iterator, Mapping, Set, Tuple

from ..projects import syntax
from ..projects.sources import folders_above
from ..refusals import refused
from ..runtime.program import MAIN

_FINDS_MORE = (b"sys.path", b"sys.meta_path", b"sys.modules", b"addsitedir", b"extend_path")
_LIBRARIES = (os.path.dirname(os.__file__), os.path.join(os.path.dirname(os.__file__), "lib-dynload"))


def check(module: str, names: Mapping[str, Callable[[], bytes]]) -> None:
    """See that what module and the packages it is in import is among names, or in Python's own library.

    names: the files below site-packages, and how each is read. Only imports that are made in any case count, and of
    what is not in the project's own packages only the first word. Raises Refusal, also for what this Python cannot compile.
    """
    if any(name.endswith(".pth") and "/" not in name for name in names):
        return  # there may be more directories with modules
    tops = {name.partition("/")[0].partition(".")[0] for name in names}
    folders = {folder for name in names for folder in folders_above(name)}
    for file, package in _files(module, names):
        try:
            body = syntax.tree(names[file]()).body
        except SyntaxError as error:
            where = f", line {error.lineno}" if error.lineno else ""
            raise refused(f"entry: {file}{where} is no Python that this one reads: {error.msg}") from None
        if any(word in names[file]() for word in _FINDS_MORE):
            return  # it may put more directories, or finders, there before it imports
        for name in _imported(body, package):
            is_own = name.partition(".")[0] == module.partition(".")[0]
            if not (_has(name, names, folders) if is_own else _is_known(name, tops)):
                reason = f"entry: {file} imports {name!r}, which is neither in the bundle nor in Python's own library"
                hint = "name what has it among the project's dependencies, or import it where that may fail (try)"
                raise refused(reason, hint)


def _files(module: str, names: Mapping[str, Callable[[], bytes]]) -> Iterator[Tuple[str, str]]:
    """Give the files of module, and of the packages it is in, each with the package that its relative imports begin at."""
    words = module.split(".")
    for count in range(1, len(words) + 1):
        base = "/".join(words[:count])
        for file, package in ((f"{base}/__init__.py", words[:count]), (f"{base}.py", words[: count - 1])):
            if file in names:
                yield file, ".".join(package)


def _imported(body: Iterable[ast.stmt], package: str) -> Iterator[str]:
    """Give the names of modules that the module with body, in package, imports in any case."""
    for statement in body:
        if isinstance(statement, ast.Import):
            yield from (alias.name for alias in statement.names)
        elif isinstance(statement, ast.ImportFrom):
            start = package.split(".")[: len(package.split(".")) - statement.level + 1] if statement.level else []
            name = ".".join(filter(None, [*start, statement.module]))
            if name and (start or not statement.level):
                yield name


def _has(name: str, names: Mapping[str, Callable[[], bytes]], folders: Set[str]) -> bool:
    """Tell whether name, of one of the project's own packages, may be there."""
    path = name.replace(".", "/")
    parent = path.rpartition("/")[0]
    is_native = any(file.startswith(f"{path}.") for file in names)
    makes_more = _source(f"{parent}/__init__.py", names).find(b"sys.modules") >= 0
    return path in folders or is_native or makes_more


def _source(file: str, names: Mapping[str, Callable[[], bytes]]) -> bytes:
    return names[file]() if file in names else b""


def _is_known(name: str, tops: Set[str]) -> bool:
    top = name.partition(".")[0]
    return top == MAIN or top in tops or top in sys.builtin_module_names or _is_in_library(top)


def _is_in_library(top: str) -> bool:
    known: Collection[str] = getattr(sys, "stdlib_module_names", ())  # since 3.10; without what serves its own tests
    if top in known:
        return True
    paths = [os.path.join(folder, top) for folder in _LIBRARIES]
    is_native = os.path.isdir(_LIBRARIES[1]) and any(name.startswith(f"{top}.") for name in os.listdir(_LIBRARIES[1]))
    return is_native or any(os.path.isdir(path) or os.path.isfile(f"{path}.py") for path in paths)
