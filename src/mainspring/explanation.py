"""What --explain says: what would happen for a target, and why. Nothing of the target is run, and nothing is written.

The plan comes from what runs it, too: the classifier, the store's reader, and what the maker of a bundle wrote down.
"""

import os
import sys
from typing import Dict, Iterator, List, NamedTuple, Optional, Tuple

from . import bundles, lending
from .runtime import FOR_BUNDLES, Refusal, classify, command, interpreter, kinds, load, locate, modules
from .runtime import pex_place, scripts, store
from .runtime.program import Program
from .runtime.warm import Warm, open_warm

_ARCHIVES = (classify.ARCHIVE, classify.SHIV, classify.PEX, classify.WHEEL)
_PREFIXES = {"shiv": "SHIV_", "pex": "PEX_"}
_WIDTH = 11


class Step(NamedTuple):
    """One step of a plan: what it is about, and what there is to say; several lines for a list."""

    about: str
    lines: List[str]


def explain(asked: command.Command) -> str:
    """Give the plan for what asked wants, as text. Raises Refusal for what would be refused."""
    load(*FOR_BUNDLES)
    steps = [Step("target", [asked.target]), _python(asked), *_plan(asked)]
    return "\n".join(line for step in steps for line in _written(step))


def _written(step: Step) -> Iterator[str]:
    for number, line in enumerate(step.lines or ["-"]):
        shown = "".join(c if c.isprintable() or "\udc80" <= c <= "\udcff" else "\ufffd" for c in line)
        yield f"{step.about if not number else '':{_WIDTH}} {shown}".rstrip()


def _python(asked: command.Command) -> Step:
    here = "{} ({}.{}.{})".format(sys.executable, *sys.version_info[:3])
    if asked.python in ("", command.HERE):
        return Step("python", [f"{here}: it is the one that mainspring runs on"])
    from . import pythons

    found = pythons.find(asked.python, asked.python_typed, use_store=False)
    return Step("python", [f"{found.path} ({found.number}): {asked.python_typed}"])


def _plan(asked: command.Command) -> Iterator[Step]:
    if asked.is_module:
        yield Step("kind", ["module: -m"])
        yield from _start(asked, modules.unlocated(asked.target, modules.current_directory()))
        return
    target = classify.classify(asked.target) if asked.target != "-" else None
    yield Step("kind", ["stdin: -" if target is None else f"{target.kind}: {target.why}"])
    if target is None:
        return
    if target.kind == classify.EXECUTABLE:
        yield Step("starts", [f"{target.path_name}, which takes this process over"])
    elif target.kind == classify.PROJECT:
        yield from _project(asked)
    elif kinds.is_pex_directory(target.path_name) or (target.kind in _ARCHIVES and os.path.isfile(target.path_name)):
        yield from _bundle(asked, target.path_name)
    else:
        program = locate.locate(asked.target)
        yield _kept(asked, program)
        yield from _start(asked, program)


def _project(asked: command.Command) -> Iterator[Step]:
    from .projects import settings
    from .runtime import project

    entry = project.bundle_at(asked) if asked.use_store else None
    known = open_warm(entry, asked) if entry is not None else None
    if known is not None:
        yield Step("store", [f"{known.entry.path}: warm, so nothing is resolved and nothing is installed"])
        yield from _start(asked, known.serve(lambda _: None))
        return
    found = settings.read(asked.target, asked.target)
    yield Step("store", ["cold: what it depends on is resolved, and installed into a layer"])
    yield Step("depends on", list(found.dependencies))
    yield Step("scripts", [f"{name}: {entry}" for name, entry in sorted(found.scripts.items())])


def _bundle(asked: command.Command, path_name: str) -> Iterator[Step]:
    known_at = pex_place.bundle_at if os.path.isdir(path_name) else store.bundle_at
    entry = known_at(path_name) if asked.use_store else None
    known = open_warm(entry, asked) if entry is not None else None
    if known is not None:
        image = known.image.path if known.image is not None else ""
        yield Step("store", [f"{known.entry.path}: warm", f"code from {os.path.basename(image)}"])
    else:
        known, step = _cold(asked, path_name)
        yield step
    yield from _maker(known)
    elsewhere = _elsewhere(asked, known)
    if elsewhere is not None:
        yield elsewhere
        return
    reason = known.foreign()
    if reason is not None:
        words = command.python_words(asked) or [sys.executable, asked.target, *asked.args]
        yield Step("starts", [f"its own bootstrap: {reason}", "by exec of " + " ".join(words)])
        return
    yield from _start(asked, known.serve(lambda _: None))


def _cold(asked: command.Command, path_name: str) -> "Tuple[Warm, Step]":
    """Give the bundle as it would be entered into the store, and say how."""
    lending.borrow(asked.lent)
    found = bundles.checked(asked, path_name)
    place = found.entry.files() if asked.use_store else os.path.join(os.sep, "a temporary directory")
    directory = place if found.need else found.layout.get("place")
    lines = [f"{found.entry.path}: cold" if asked.use_store else "not used"]
    if found.need:
        size = sum(member.size for member in found.archive.members)
        lines.append(f"its members become real files ({len(found.archive.members)} members, {size} bytes)")
    return Warm(found.entry, asked, None, found.need, directory, found.layout), Step("store", lines)


def _maker(known: Warm) -> Iterator[Step]:
    layout = known.layout
    if not layout:
        return
    yield Step("maker", [f"{layout['maker']} {layout.get('version', '')}".strip()])
    prefix = _PREFIXES.get(layout["maker"])
    honoured = [f"{name}={os.environ[name]}" for name in sorted(os.environ) if prefix and name.startswith(prefix)]
    if honoured:
        yield Step("variables", honoured)
    if layout["scripts"]:
        yield Step("scripts", [f"{name}: {entry}" for name, entry in sorted(layout["scripts"].items())])


def _elsewhere(asked: command.Command, known: Warm) -> Optional[Step]:
    misfit = known.layout.get("misfit")
    if not misfit or asked.python:
        return None
    from . import makers, pythons

    found = pythons.fitting(makers.needs(known.layout), use_store=False)
    if found is None:
        raise Refusal(asked.target, misfit)
    return Step("goes to", [f"{found.path} ({found.number}): {misfit}"])


def _kept(asked: command.Command, program: Program) -> Step:
    entry = scripts.entry_for(program) if asked.use_store else None
    if entry is None:
        return Step("store", ["not used"])
    return Step("store", [f"{entry.path}: {'cold' if entry.read() is None else 'warm'}"])


def _start(asked: command.Command, program: Program) -> Iterator[Step]:
    """Say what program starts, and what it will see."""
    yield Step("starts", [program.starts or _by_kind(program)])
    args = asked.args if program.args is None else program.args
    yield Step("sys.argv", [repr([program.argv0, *args])])
    on_path = program.is_bundle or not interpreter.is_safe_path()
    first = [program.path_entry] if on_path and program.path_entry is not None else []
    before = [*first, *interpreter.path_of_program()]
    path = before if program.path_of is None else program.path_of(before)
    yield Step("sys.path", path)
    if program.prepare is not None:
        yield Step("before it", ["what the bundle wants done first, if anything: .pth files, a preamble, variables"])


def _by_kind(program: Program) -> str:
    words: Dict[str, str] = {
        classify.SCRIPT: "the script itself",
        classify.BYTECODE: "the bytecode itself",
        classify.MODULE: f"the module {program.path_name}",
        classify.PACKAGE: f"the package {program.path_name}, as python -m does",
        classify.STREAM: "what can be read from it",
    }
    return words.get(program.kind, "its __main__")
