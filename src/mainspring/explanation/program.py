"""What a program will see when it starts: what it begins with and where that was found, sys.argv, sys.path, and what comes before."""

import os
import zipimport
from importlib.machinery import PathFinder
from typing import Any, Callable, Iterator, List, Optional, Tuple

from ..runtime import (
    Refusal,
    bundle,
    bytecode,
    command,
    files,
    interpreter,
    kinds,
    launch_context,
    members,  # noqa: F401  which `entry` loads as the program's own are, if it is not there yet
    modules,
    package,
)
from ..runtime.program import Program
from ..runtime.warm import Warm
from . import places
from .step import Step

_WORDS = {
    kinds.SCRIPT: "the script itself",
    kinds.BYTECODE: "the bytecode itself",
    kinds.STREAM: "what can be read from it",
    kinds.STDIN: "what can be read from standard input",
}


def steps(asked: command.Command, program: Program, known: Optional[Warm]) -> Iterator[Step]:
    """Say what program starts, and what it will see; known: the bundle or the project that it is of, if it is."""
    there = places.Places(known)
    path, first = _path(program, known, there)
    file = there.file_of(program.path_name, path) if program.kind in (kinds.MODULE, kinds.PACKAGE) else None
    if program.kind == kinds.MODULE and file is None:
        _see_module(program, path, there)
    if program.calls is not None:
        _see_called(*program.calls, path, there)
    if program.kind == kinds.PACKAGE:
        package.see_that_it_leads_here(program, asked.target, _spec(program.path_name.partition(".")[0], path))
    if program.kind == kinds.BYTECODE:
        _see_bytecode(program)
    yield Step("starts", [_starts(program, file)])
    argv = program.argv(asked.args)
    if file is not None:
        argv[0] = file
    yield Step("sys.argv", [repr(argv)])
    if program.kind in (kinds.MODULE, kinds.PACKAGE) and file is None:
        yield Step("", ["whose first will be the module's file; it is found only by importing"])
    yield Step("sys.path", [place or "''" for place in path])
    yield Step("before it", first)


def _see_module(program: Program, path: List[str], there: places.Places) -> None:
    """See that there is the module of program on path, as far as that can be told without importing. Raises Refusal if not."""
    mod_name = program.path_name
    top, is_below, _ = mod_name.partition(".")
    if not _is_nowhere(top, path, there):
        return
    words = f"No module named {mod_name}"
    if is_below:  # as runpy says it
        words = (
            f"Error while finding module specification for {mod_name!r} (ModuleNotFoundError: No module named {top!r})"
        )
    lacking = modules.NothingToRun(words)
    raise lacking if program.unfound is None else program.unfound(lacking)


def _see_called(mod_name: str, lacking: Callable[[str], Refusal], path: List[str], there: places.Places) -> None:
    """See that what mod_name begins with is on path, as `_see_module` does; raise what lacking gives if not."""
    top = mod_name.partition(".")[0]
    if _is_nowhere(top, path, there):
        raise lacking(top)


def _is_nowhere(name: str, path: List[str], there: places.Places) -> bool:
    """Tell whether it is certain that no module or package is called name, which has no parent."""
    return not there.has(name, path) and _spec(name, path) is None and _can_ask_all()


def _spec(mod_name: str, path: List[str]) -> Any:
    """Give the spec that the program will find for a module without a parent; None where that is none, or cannot be told."""
    if launch_context.is_there_before_programs(mod_name):
        return getattr(interpreter.module(mod_name), "__spec__", None)
    for finder in interpreter.finders():
        find = getattr(finder, "find_spec", None)
        if find is None:
            return None
        found = find(mod_name, path if finder is PathFinder else None)
        if found is not None:
            return found
    return None


def _can_ask_all() -> bool:
    """Tell whether all finders say what they would find (`find_spec`); those of old, before 3.12, only load it."""
    return all(hasattr(finder, "find_spec") for finder in interpreter.finders())


def _see_bytecode(program: Program) -> None:
    """See that the bytecode that is the target is this Python's. Raises Refusal if not."""
    try:
        bytecode.code_of(program)
    except (EOFError, RuntimeError):
        pass  # the run will say that, in python's words


def _starts(program: Program, file: Optional[str]) -> str:
    if program.kind == kinds.MODULE and file is None:  # of a package without a `__main__`, for one
        named = program.description or f"the module {program.path_name}, as python -m does"
        return f"{named}; only importing can tell whether it is there"
    if program.description:
        return program.description
    if program.kind in (kinds.DIRECTORY, kinds.ARCHIVE):
        return f"its __main__: {_main_file(program)}"
    if program.kind in (kinds.MODULE, kinds.PACKAGE):
        return f"the module {program.path_name}, as python -m does{f': {file}' if file else ''}"
    return _WORDS.get(program.kind, program.kind)


def _main_file(program: Program) -> str:
    """Give the file of a bundle's `__main__`. Raises Refusal if it has none.

    zipimport has read the archive's directory if the store does not know the bundle: then it would compile the file,
    and show what that warns of.
    """
    file = os.path.join(program.path_name, "__main__.py")
    archive = getattr(program.finder, "archive", "")
    names = zipimport._zip_directory_cache.get(archive)  # type: ignore[attr-defined]
    if program.finder is None:  # the directory is not there yet
        return file
    if names is not None:
        found = next((path for path in (f"{file}c", file) if path[len(archive) + 1 :] in names), None)
        is_alone = file[len(archive) + 1 :] not in names
    else:
        spec = bundle.main_spec(program)
        found = None if spec is None else spec.origin or file
        is_alone = True
    if found is None:
        raise bundle.no_main(program.argv0, kinds.absolute(program.argv0))
    if found.endswith("c") and is_alone:
        bytecode.see_main(program.argv0, program.finder.get_data(found) if archive else _content(found))
    return found


def _content(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.read()


def _path(program: Program, known: Optional[Warm], there: places.Places) -> Tuple[List[str], List[str]]:
    """Give sys.path as the program will find it, and what is done before the program, in words."""
    first = program.first_on_path()
    path = [*([first] if first is not None else []), *interpreter.path()]
    path = path if program.path_of is None else program.path_of(path)
    if known is None or program.prepare is None:
        return path, []
    layout = known.layout
    done: List[str] = []
    for site, is_last in _sites(known):
        added, executed = there.added_by_pth_files(site, path)
        place = len(path) if is_last else path.index(site) + 1
        path[place:place] = added
        done += executed
    environment = layout.get("environment", {})
    if environment.get("preamble") is not None:
        done.append(f"the preamble {environment['preamble']} runs")
    return path, done


def _sites(known: Warm) -> Iterator[Tuple[str, bool]]:
    """Give the directories whose .pth files are processed, and whether what these add goes to the end."""
    layout, tree = known.layout, known.directory
    if tree is None:
        return
    if layout.get("maker") == kinds.PEX:
        yield from ((files.path_in(tree, name), True) for name in layout["sites"])
    elif layout.get("has_pth"):
        yield (files.path_in(tree, layout["paths"][0]) if "paths" in layout else tree), False
