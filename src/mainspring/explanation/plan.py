"""The plan of a start, step by step: from the words on the command line to what the program will see.

It is the runner's own: the front door hands in what decides (`find`), which gives a program, a bundle as the
store has it or would have it, or another program that is to take over. What that will see, the ground floor is asked;
here it is put into words.
"""

import os
import shlex
import sys
from typing import Callable, Iterator, Optional, Tuple, Union

from ..projects import blocks
from ..runtime import FOR_BUNDLES, classify, command, kinds, load, scripts
from ..runtime.handover import Leaving
from ..runtime.program import Program
from ..runtime.warm import Warm
from . import bundle, program, stores, variables
from .step import Step, written

Found = Union[Program, Warm]
_ARCHIVES = (kinds.SHIV, kinds.PEX, kinds.WHEEL)


def explain(asked: command.Command, find: Callable[[], Found]) -> Tuple[str, Optional[Leaving]]:
    """Give the plan for what asked wants, as text; and what leads to the Python that has the rest of it, if one has.

    find: decides what runs, and changes nothing. Raises Refusal for what would be refused.
    """
    load(*FOR_BUNDLES)
    typed = os.environ.get(command.PYTHON)  # which the program is not to see
    try:
        found: Union[Found, Leaving] = find()
    except Leaving as leaving:
        found = leaving
    onward = found if isinstance(found, Leaving) and found.goes_on else None
    steps = [Step("target", [" ".join(asked.typed)]), _python(asked, onward is not None)]
    if onward is not None:
        steps += [variables.own(asked, onward, typed), Step("goes to", [f"{onward.path}: {onward.reason}"])]
        return written(steps), onward
    steps += [variables.own(asked, found, typed), *_plan(asked, found)]
    return written(steps), None


def _python(asked: command.Command, goes_on: bool) -> Step:
    """Say which interpreter this is; goes_on: whether another one has to run the target."""
    here = "{} ({}.{}.{})".format(sys.executable, *sys.version_info[:3])
    why = "it is the one that mainspring runs on"
    if asked.python and not goes_on:
        is_here = asked.python == command.HERE
        why = "no other is to be looked for" if is_here else f"{asked.python_typed} is met by it"
    return Step("python", [f"{here}: {why}"])


def _plan(asked: command.Command, found: Union[Found, Leaving]) -> Iterator[Step]:
    yield _kind(asked, found)
    if isinstance(found, Leaving):
        yield from _leaving(asked, found)
        return
    if isinstance(found, Program):
        yield _kept(asked, found)
        yield from program.steps(asked, found, None)
        return
    yield from bundle.steps(found)
    if getattr(found, "backend", ""):  # of a project: what starts is known when it has been asked
        return
    yield variables.of_maker(asked, found.layout, found.path_name)
    yield from program.steps(asked, found.serve(lambda _: None), found)


def _kind(asked: command.Command, found: Union[Found, Leaving]) -> Step:
    if asked.is_module:
        return Step("kind", ["module: -m"])
    if asked.target == "-":
        return Step("kind", ["stdin: -"])
    target = classify.classify(asked.target)
    kind, why = target.kind, target.why
    layout = found.layout if isinstance(found, Warm) else {}
    if kind == kinds.DIRECTORY and layout.get("maker") == kinds.PEX:
        kind, why = kinds.PEX, f"{why} with a PEX-INFO"
    if layout.get("is_script"):
        why = f"{why}, and has a block '# /// script'"
    elif kind == kinds.SCRIPT and isinstance(found, Program) and blocks.is_left_open(found.source or b""):
        why = f"{why}; its line '# /// script' begins no block, as no line '# ///' ends one"
    if kind in _ARCHIVES and not isinstance(found, Leaving) and not layout:
        kind, why = kinds.ARCHIVE, f"{why}, but it does not start as those of {kind} do"
    return Step("kind", [f"{kind}: {why}"])


def _leaving(asked: command.Command, leaving: Leaving) -> Iterator[Step]:
    if leaving.bundle is not None:
        yield from bundle.steps(leaving.bundle)
    yield variables.handed_over(asked)
    takes = "python itself" if asked.target == "-" else "its own bootstrap"
    if leaving.path != sys.executable:
        takes = f"{leaving.path}, which takes this process over"
    yield Step("starts", [f"{takes}: {leaving.reason}"])
    told = [f"{name}={value}" for name, value in leaving.variables.items() if value is not None]
    yield Step("by exec of", [" ".join(map(shlex.quote, [*told, *leaving.command_line]))])


def _kept(asked: command.Command, found: Program) -> Step:
    load("source", "scripts")
    place = scripts.entry_for(found) if asked.use_store else None
    if place is None or stores.lack() is not None:
        return Step("store", [stores.not_used()])
    return Step("store", [stores.cold(place, "") if place.read() is None else f"{place.path}: warm"])
