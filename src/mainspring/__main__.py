"""The front door: it runs what the command line names, or answers a word of its own.

Nothing else in the house prints or exits.
"""

import atexit
import gc
import os
import sys

_COLLECTS = gc.isenabled()
gc.disable()  # until the program begins: nothing of what a start makes is garbage

from mainspring.runtime import (  # noqa: E402
    FOR_BUNDLES,
    TO_LOCATE,
    Refusal,
    command,
    executor,
    floor,
    interpreter,
    is_floor_right,
    kinds,
    load,
    store,
)

_MANY_MODULES = 100  # with fewer, looking around in the end would cost as much as it spares

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType, ModuleType
    from typing import List, NoReturn, Optional

    from mainspring.runtime.program import Program
    from mainspring.runtime.warm import Warm


def main(exit_follows: bool = True) -> None:
    """Run the target that `sys.argv` names; this process ends as the program ends.

    exit_follows tells that the caller, a console script, ends in `sys.exit()`.
    """
    try:
        asked = command.parse(sys.argv[1:])
        if asked.word != command.RUN:
            return _answer(asked)
        if asked.is_explained:
            return _explain(asked)
        if asked.python:
            _go_where_asked(asked)
        words = command.python_words(asked)
        if words and asked.target == "-" and _handover().is_interactive():
            raise SystemExit(_handover().become_python(words))  # python's own prompt
        if asked.use_store:
            atexit.register(_hasten_end)  # what is registered first is called last
        located = _located(asked)
        if located.kind == kinds.PACKAGE:
            words = None  # nothing that python could run
    except Refusal as refusal:
        _refuse(refusal)
    with executor.Main(located, asked.args, words, exit_follows, lambda error: _hint(located, error)) as running:
        code = _compiled(running, words)
        if _COLLECTS:
            gc.enable()
        exec(code, running.namespace)  # noqa: S102  this is what it is for


def _go_where_asked(asked: "command.Command") -> None:
    """Have the interpreter that asked names run what it wants, unless that is this one. The program sees no wish."""
    os.environ.pop(command.PYTHON, None)
    if asked.python == command.HERE:
        return
    load("handover", "elsewhere")
    from mainspring.runtime import elsewhere  # rarely is another one asked for

    if elsewhere.is_this(asked.python):
        return
    path = elsewhere.remembered(elsewhere.question(asked.python)) if asked.use_store else None
    if path is None:
        from mainspring import pythons  # once a day

        path = pythons.find(asked.python, asked.python_typed, asked.use_store).path
    if path != sys.executable:
        _go(asked, path)


def _located(asked: "command.Command") -> "Program":
    if asked.is_module:
        from mainspring.runtime import modules  # most targets are paths

        return modules.unlocated(asked.target, modules.current_directory())
    if (asked.extras or asked.groups) and not kinds.is_project(asked.target):
        raise Refusal(asked.target, "it is no project, so it has no extras and groups")
    known = _known_bundle(asked) if asked.use_store else None
    if known is not None:
        return _with_code(asked, known)
    load(*TO_LOCATE)
    from mainspring.runtime import locate  # not for what is in the store

    located = locate.locate(asked.target)
    if located.kind == kinds.PROJECT or _has_metadata(located):
        return _with_code(asked, _with_dependencies(asked, located))
    if located.kind == kinds.EXECUTABLE:
        raise SystemExit(_handover().become(located.path_name, [asked.target, *asked.args]))
    if located.kind in (kinds.ARCHIVE, kinds.WHEEL) and os.path.isfile(located.path_name):
        return _entered(asked, located)
    if located.kind == kinds.DIRECTORY and kinds.is_pex_directory(located.path_name):
        return _entered(asked, located)
    if asked.entry or asked.is_repl:
        return _inside(asked, located)
    return _with_code(asked, located)


def _with_code(asked: "command.Command", located: "Program") -> "Program":
    if asked.use_store and located.kind == kinds.SCRIPT:
        _take_from_store(located)
    return located


def _known_bundle(asked: "command.Command") -> "Optional[Program]":
    entry = store.bundle_at(kinds.absolute(asked.target)) or _known_directory(asked)
    if entry is None:
        return None
    if floor is not None:
        store.touch(floor.path, floor.status)
    load(*FOR_BUNDLES)
    from mainspring.runtime import warm  # not for scripts

    known = warm.open_warm(entry, asked)
    if known is None:
        _go_where_it_went(asked, entry.key)
        return None
    foreign = known.foreign()
    return known.serve(_save) if foreign is None else _foreign(asked, foreign)


def _known_directory(asked: "command.Command") -> "Optional[store.Bundle]":
    if kinds.is_pex_directory(asked.target):
        load("pex_place")
        from mainspring.runtime import pex_place  # as its name says

        return pex_place.bundle_at(asked.target)
    if not kinds.is_project(asked.target):
        return None
    load(*FOR_BUNDLES, "files", "entry", "project")
    from mainspring.runtime import project  # as its name says

    return project.bundle_at(asked)


def _has_metadata(located: "Program") -> bool:
    return located.kind == kinds.SCRIPT and b"# /// script" in (located.source or b"")


def _with_dependencies(asked: "command.Command", located: "Program") -> "Program":
    """Give a project, or a script that says what it needs, which the store does not know yet."""
    from mainspring import gather, lending  # only for what is not in the store yet

    lending.borrow(asked.lent)
    try:
        from mainspring.projects import running
    except (ImportError, SyntaxError, TypeError):  # the last two from libraries that are too new for this Python
        hint = f"{sys.executable} -m pip install packaging tomli"
        raise Refusal(
            asked.target, "this Python has not the libraries by which mainspring reads projects", hint
        ) from None

    started = running.start(asked, located, lambda path: _go(asked, path))
    if started is None:
        return _inside(asked, located)
    return started.serve(gather.save if asked.use_store else lambda _: None)


def _go_where_it_went(asked: "command.Command", key: str) -> None:
    """Go to the interpreter that a bundle with the hash key needed before, if there is one."""
    if asked.python:
        return
    load("handover", "elsewhere")
    from mainspring.runtime import elsewhere  # not for a warm start

    path = elsewhere.remembered(elsewhere.question_of_bundle(key))
    if path is not None:
        _go(asked, path)


def _go(asked: "command.Command", path: str) -> "NoReturn":
    load("handover", "elsewhere")
    from mainspring import lending
    from mainspring.runtime import elsewhere  # rarely is another interpreter needed

    if not asked.is_module:
        asked.lent = lending.lent()
    raise SystemExit(elsewhere.go(path, asked))


def _entered(asked: "command.Command", located: "Program") -> "Program":
    """Give an archive that the store does not know yet, once it is checked."""
    from mainspring import bundles, gather  # only for what is not in the store yet

    try:
        entered = bundles.enter(asked, located.path_name, lambda path: _go(asked, path))
    except OSError as error:
        raise kinds.cannot_open(asked.target, located.path_name, error) from None
    foreign = entered.foreign()
    if foreign is not None:
        gather.save(entered)
        return _foreign(asked, foreign)
    if asked.use_store or entered.layout:
        return entered.serve(gather.save if asked.use_store else lambda _: None)
    return _inside(asked, located)


def _inside(asked: "command.Command", located: "Program") -> "Program":
    """Give the program that asked names inside a plain bundle, or else the bundle's own."""
    if not asked.entry and not asked.is_repl:
        return located
    if not located.is_bundle:
        raise Refusal(
            asked.target, "it is no bundle, so nothing in it can be chosen", "--entry and --repl are for bundles"
        )
    load("entry")
    from mainspring.runtime import entry  # rarely asked for

    return entry.asked_for(located, asked, {})


def _foreign(asked: "command.Command", reason: str) -> "NoReturn":
    """Hand a bundle over to its own bootstrap."""
    words = command.python_words(asked)
    if words is None:
        raise Refusal(asked.target, f"its own bootstrap has to run it ({reason}), which needs a process of its own")
    raise SystemExit(_handover().become_python(words))


def _hasten_end() -> None:
    if len(sys.modules) < _MANY_MODULES:
        return
    try:
        ending = interpreter.late("ending")
    except Exception:  # noqa: BLE001  there may be no descriptor left to read it
        return
    ending.hasten()


def _handover() -> "ModuleType":
    load("handover")
    from mainspring.runtime import handover  # most programs run here

    return handover


def _save(known: "Warm") -> None:
    with interpreter.OwnModules():
        from mainspring import gather  # when the program has ended, or nearly so
    gather.save(known)


def _take_from_store(located: "Program") -> None:
    load("source", "scripts")
    from mainspring.runtime import scripts  # only for scripts

    entry = scripts.entry_for(located)
    if entry is None:
        return
    code = entry.read()
    if code is not None:
        located.use_code(code)
    else:
        from mainspring import store_writer  # only for what is not in the store yet

        store_writer.keep(located, entry)
        if not is_floor_right():
            from mainspring import gather  # hardly ever

            gather.save_floor()


def _compiled(running: "executor.Main", words: "Optional[List[str]]") -> "CodeType":
    try:
        return running.code()
    except Refusal as refusal:
        _refuse(refusal)
    except (SyntaxError, ValueError) as error:
        if words is not None and interpreter.late("source").is_for_python_to_word(running.program, error):
            raise SystemExit(interpreter.late("handover").become_python(words)) from None
        raise


def _refuse(refusal: Refusal) -> "NoReturn":
    if refusal.words is None:
        _print_error(str(refusal))
    elif refusal.status == 1:  # runpy's words, and said as runpy says them
        raise SystemExit(f"{sys.executable}: {refusal}") from None
    else:
        _print_error(f"{command.program_name()}: {refusal}")
    raise SystemExit(refusal.status) from None


def _hint(located: "Program", error: BaseException) -> None:
    """Say what helps a program that failed because it took its archive for a directory."""
    name = executor.opened_inside(error, located.path_name) if located.kind == kinds.ARCHIVE else None
    if name is not None:
        reason = f"the program looked for {name[len(located.path_name) + 1 :]!r} as a file, but it is in an archive"
        hint = "mainspring --unpack gives it real files; --unpack=always does so from now on"
        _print_error(str(Refusal(located.argv0, reason, hint)))


def _print_error(text: str) -> None:
    # Not through sys.stderr: what it could not write would turn the status into 120 at the end.
    try:
        os.write(sys.stderr.fileno(), f"{text}\n".encode("utf-8", "surrogateescape"))
    except (AttributeError, OSError, ValueError):
        pass  # nowhere to say it


def _answer(asked: "command.Command") -> None:
    from mainspring import answers  # not on the way to a program

    text, status = answers.answer(asked)
    _print(text)
    if status:
        raise SystemExit(status)


def _explain(asked: "command.Command") -> None:
    from mainspring import explanation  # nothing is run

    try:
        _print(explanation.explain(asked))
    except OSError as error:
        raise kinds.cannot_open(asked.target, kinds.absolute(asked.target), error) from None


def _print(text: str) -> None:
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    try:
        print(text.encode(encoding, "backslashreplace").decode(encoding), flush=True)
    except BrokenPipeError:  # the reader has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    main(exit_follows=False)
