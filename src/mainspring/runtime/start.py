"""A start: from the words of the command line to the program's end.

What only some starts need is on the floor above: what the store does not know yet, what is written to it, and whatever
is to be said. That is reached by a function which is handed in, `upstairs`: it gives a module of this package by name.
"""

import gc
import os
import sys

from . import (
    FOR_BUNDLES,
    TO_LOCATE,
    Refusal,
    at_once,
    command,
    ending,
    executor,
    floor,
    interpreter,
    is_floor_right,
    kinds,
    load,
    loaded,
    private,
    store,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType
    from typing import Any, Callable, List, Optional, Tuple, Union

    from .program import Program
    from .warm import Warm

    Upstairs = Callable[[str], Any]
    Words = Optional[List[str]]  # what python itself would be started with

_FRONT_DOOR = "__main__"


def run(upstairs: "Upstairs", exit_follows: bool, collects: bool) -> None:
    """Run the target that `sys.argv` names; this process ends as the program ends.

    exit_follows tells that the caller, a console script, ends in `sys.exit()`. collects: whether the garbage collector
    is to run once the program does.
    """
    begun = _begun(upstairs, exit_follows, collects)
    if begun is None:
        return
    # Short, from here to the end: without any memory, the interpreter tries for ever to handle an exception that comes from
    # further down in a function than it has small numbers for (256; since 3.11).
    running, ready = begun
    with running:
        code = ready()
        gettrace, settrace = interpreter.gettrace, interpreter.settrace
        before, left = gettrace(), []  # type: ignore[var-annotated]
        execute: "Any" = exec
        note: "Any" = left.append
        # On one line, and without a function of ours: a debugger that the program has started would stop, and show it.
        _ = execute(code, running.namespace), note(gettrace()), left[0] is before or settrace(None)
    if left[0] is not before:
        ending.forestall()
        interpreter.trace_again(left[0])


def _begun(
    upstairs: "Upstairs", exit_follows: bool, collects: bool
) -> "Optional[Tuple[executor.Main, Callable[[], CodeType]]]":
    """Give what is to be the `__main__`, and what gives its code, as the last thing before that; None if nothing is to run."""
    as_before = at_once()
    decided = _decided(upstairs, collects)
    if decided is None:
        return None
    located, asked, words = decided
    if floor is not None:
        floor.let_go()
    running = executor.Main(located, asked.args, words, exit_follows, lambda error: _hint(located, error, upstairs))

    def ready() -> "CodeType":
        code = _compiled(running, asked, words, upstairs)
        if collects:
            gc.enable()
        as_before()
        return code

    return running, ready


def _decided(upstairs: "Upstairs", collects: bool) -> "Optional[Tuple[Program, command.Command, Words]]":
    """Give what runs, what was asked, and what python itself would be started with; None if there was only to answer.

    Ends this process where nothing is run.
    """
    asked: "Optional[command.Command]" = None
    try:
        interpreter.drop_launcher_path()
        private.settle()
        asked = command.parse(sys.argv[1:])
        if collects and (asked.word != command.RUN or asked.is_explained):
            gc.enable()  # no program follows
        if asked.word != command.RUN:
            return upstairs(_FRONT_DOOR).answer(asked)  # type: ignore[no-any-return]
        if asked.limits:
            upstairs("limiting").read(asked.limits)  # what is no limit is refused, whether it is needed or not
        words = command.python_words(asked)
        if asked.is_explained:
            return upstairs(_FRONT_DOOR).explain(asked, lambda: _found(asked, words, upstairs))  # type: ignore[no-any-return]
        if asked.verbose_at is not None:
            upstairs(_FRONT_DOOR).tell(asked)
        if asked.use_store:
            ending.begin()
        located = _served(asked, _found(asked, words, upstairs), upstairs)
        return located, asked, words if located.python_runs_it and not asked.chooses else None
    except Refusal as refusal:
        upstairs(_FRONT_DOOR).end(refusal, asked)
    except KeyboardInterrupt:
        interpreter.end_without_a_word()
        raise
    except (OSError, ValueError, RecursionError, MemoryError) as error:  # a full disk, and whatever else comes between
        upstairs(_FRONT_DOOR).refuse(_trouble(asked, error))
    raise AssertionError  # the front door has ended this process


def _trouble(asked: "Optional[command.Command]", error: BaseException) -> Refusal:
    """Say why what was asked for cannot be done; nothing of the program's has been executed."""
    name = "mainspring" if asked is None else asked.target or asked.word
    return Refusal(name, f"it cannot be done here ({type(error).__name__}: {error})")


def _found(asked: "command.Command", words: "Words", upstairs: "Upstairs") -> "Union[Program, Warm]":
    """Decide what runs: a program, or a bundle, of which `_served` makes one. With asked.is_explained, nothing is changed.

    Raises Leaving where another program is to take over; and Refusal.
    """
    if asked.is_isolated and not sys.flags.isolated:
        upstairs("dispatch").isolate(asked)
    if asked.python:
        upstairs("dispatch").go_where_asked(asked)
    if words and asked.target == "-" and loaded("handover").is_interactive():
        raise loaded("handover").prompting(asked.target, words)
    if asked.is_module:
        modules = loaded("modules")
        return modules.unlocated(asked.target, modules.current_directory())  # type: ignore[no-any-return]
    if (asked.extras or asked.groups) and not kinds.is_project(asked.target):
        raise Refusal(asked.target, "it is no project, so it has no extras and groups")
    known = _known_bundle(asked, upstairs) if asked.use_store else None
    if known is not None:
        return known
    load(*TO_LOCATE)
    from . import locate  # not for what is in the store

    located = locate.locate(asked.target, needs_main=not asked.chooses)
    if asked.chooses or _takes_more(located):
        return upstairs("dispatch").received(asked, located)  # type: ignore[no-any-return]
    if words and located.kind == kinds.STREAM and loaded("handover").is_terminal(located.path_name):
        raise loaded("handover").prompting(asked.target, words)
    return located


def _takes_more(located: "Program") -> bool:
    """Tell whether more than to run located is to be done: to look into a bundle, or to have what it depends on."""
    if located.kind == kinds.DIRECTORY:
        return kinds.is_pex_directory(located.path_name)
    if located.kind == kinds.SCRIPT:
        from . import source  # loaded already

        return source.has_metadata(located)
    return located.kind not in (kinds.BYTECODE, kinds.PACKAGE, kinds.STREAM, kinds.STDIN)


def _served(asked: "command.Command", found: "Union[Program, Warm]", upstairs: "Upstairs") -> "Program":
    """Give the program that was found, which now takes from the store what that has of it."""
    program: "Any" = found
    if hasattr(found, "serve"):  # a Warm, whose module is not loaded for what is none
        known: "Any" = found
        connect(known, upstairs)
        program = known.serve(keeper(asked, upstairs))
    if asked.use_store and program.kind == kinds.SCRIPT:
        _take_from_store(program, upstairs)
    return program  # type: ignore[no-any-return]


def _known_bundle(asked: "command.Command", upstairs: "Upstairs") -> "Optional[Warm]":
    entry = entry_for(asked)
    if entry is None:
        return None
    if floor is not None:
        store.touch(floor.path, floor.status)
    load(*FOR_BUNDLES)
    from . import warm  # not for scripts

    known = warm.open_warm(entry, asked)
    if known is None:
        upstairs("dispatch").go_where_it_went(asked, entry.key)
        return None
    if known.scripts is None and asked.may_name_script and not known.layout:
        known.scripts = upstairs("dispatch").scripts(asked, known.path_name)
    foreign = known.foreign()
    if foreign is not None:
        upstairs("dispatch").leave_to_others(asked, foreign, known)
    return known


def entry_for(asked: "command.Command") -> "Optional[store.Bundle]":
    """Give where what asked names is in the store; None if that does not know it."""
    full = kinds.absolute(asked.target)
    found = loaded("hashing").bundle_at(full) if os.name == "nt" else store.bundle_at(full)
    return found or _known_directory(asked)


def _known_directory(asked: "command.Command") -> "Optional[store.Bundle]":
    if kinds.is_pex_directory(asked.target):
        load("files")
        return loaded("pex_place").bundle_at(asked.target)  # type: ignore[no-any-return]
    if not kinds.is_project(asked.target):
        return None
    load(*FOR_BUNDLES, "files", "entry", "children", "project")
    return loaded("project").bundle_at(asked)  # type: ignore[no-any-return]


def keeper(asked: "command.Command", upstairs: "Upstairs") -> "Callable[[Warm], None]":
    """Give what is to be called with a bundle of which there is something new to keep."""

    def save(known: "Warm") -> None:
        if not asked.use_store:
            return
        # When the program has ended, or nearly so.
        _late(upstairs, "gather").save(known)
        if known.has_stale_tree:
            _late(upstairs, "storage.manifests").renew(known.entry, known.need)

    return save


def connect(known: "Warm", upstairs: "Upstairs") -> None:
    """Give known what it may need of the floor above while the program runs: to compare its archive, and to mend its files."""
    known.identity_if_same = lambda: _amid(lambda: upstairs("bundles").identity_if_same(known))
    known.library.mend = lambda path: _amid(lambda: upstairs("bundles").mend(known, path))


def _amid(act: "Callable[[], Any]") -> "Any":
    """Call act, which imports from the floor above and the library, while the program runs; give what it gives."""
    return interpreter.with_own_modules(interpreter.from_library, act)


def _take_from_store(located: "Program", upstairs: "Upstairs") -> None:
    load("source", "scripts")
    entry = loaded("scripts").entry_for(located)
    if entry is None:
        return
    code = entry.read()
    if code is None:
        return upstairs("storage.writer").keep(located, entry)  # type: ignore[no-any-return]
    located.use_code(code)
    if not is_floor_right():
        upstairs("gather").save_floor()


def _compiled(running: "executor.Main", asked: "command.Command", words: "Words", upstairs: "Upstairs") -> "CodeType":
    try:
        return running.code()
    except Refusal as refusal:
        _late(upstairs, _FRONT_DOOR).refuse_late(asked, refusal)
    except (SyntaxError, ValueError) as error:
        if words is not None and interpreter.late("source").is_for_python_to_word(running.program, error):
            _late(upstairs, _FRONT_DOOR).leave_to_python(words)
        raise
    raise AssertionError  # the front door has ended this process


def _hint(located: "Program", error: BaseException, upstairs: "Upstairs") -> None:
    """Say what helps a program that failed, if that is known."""
    bundle = located.around or located
    # Not after an interrupt: before 3.11, what imports may execute has the interpreter forget how this process is to end.
    if bundle.kind != kinds.ARCHIVE or not isinstance(error, Exception):
        return
    try:
        advice = _late(upstairs, "failures").advice(bundle, error)
        if advice is not None:
            _late(upstairs, _FRONT_DOOR).say(advice)
    except Exception:  # noqa: BLE001, S110  the program's own words have been said
        pass


def _late(upstairs: "Upstairs", name: str) -> "Any":
    """Give a module of the floor above, now that the process is the program's."""
    return interpreter.from_above(upstairs, name)
