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
    ending,
    executor,
    floor,
    interpreter,
    is_floor_right,
    kinds,
    load,
    loaded,
    store,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType
    from typing import Any, List, NoReturn, Optional, Union

    from mainspring.runtime.handover import Leaving
    from mainspring.runtime.program import Program
    from mainspring.runtime.warm import Warm


def main(exit_follows: bool = True) -> None:
    """Run the target that `sys.argv` names; this process ends as the program ends.

    exit_follows tells that the caller, a console script, ends in `sys.exit()`.
    """
    try:
        interpreter.drop_launcher_path()
        asked = command.parse(sys.argv[1:])
        if asked.word != command.RUN:
            return _answer(asked)
        if asked.is_explained:
            return _explain(asked)
        words = command.python_words(asked)
        end = ending.End()
        if asked.use_store:
            atexit.register(end.hasten)  # what is registered first is called last
        located = _served(asked, _found(asked, words))
        if located.kind == kinds.PACKAGE:
            words = None  # nothing that python could run
    except Refusal as refusal:
        _end(refusal)
    with executor.Main(located, asked.args, words, exit_follows, lambda error: _hint(located, error), end) as running:
        code = _compiled(running, words)
        if _COLLECTS:
            gc.enable()
        exec(code, running.namespace)  # noqa: S102  this is what it is for


def _found(asked: "command.Command", words: "Optional[List[str]]") -> "Union[Program, Warm]":
    """Decide what runs: a program, or a bundle, which `serve` makes one of. With asked.is_explained, nothing is changed.

    words: what python itself would be started with. Raises Leaving where another program is to take over; and Refusal.
    """
    if asked.python:
        _newcomers().go_where_asked(asked)
    if words and asked.target == "-" and loaded("handover").is_interactive():
        handover = loaded("handover")
        raise handover.Leaving("-", "it prompts, as it can best itself", sys.executable, handover.of_python(words))
    if asked.is_module:
        from mainspring.runtime import modules  # most targets are paths

        return modules.unlocated(asked.target, modules.current_directory())
    if (asked.extras or asked.groups) and not kinds.is_project(asked.target):
        raise Refusal(asked.target, "it is no project, so it has no extras and groups")
    known = _known_bundle(asked) if asked.use_store else None
    if known is not None:
        return known
    load(*TO_LOCATE)
    from mainspring.runtime import locate  # not for what is in the store

    located = locate.locate(asked.target)
    if asked.entry or asked.is_repl or _takes_more(located):
        return _newcomers().received(asked, located)  # type: ignore[no-any-return]
    return located


def _takes_more(located: "Program") -> bool:
    """Tell whether more than to run located is to be done: to look into a bundle, or to have what it depends on."""
    if located.kind == kinds.DIRECTORY:
        return kinds.is_pex_directory(located.path_name)
    if located.kind == kinds.SCRIPT:
        from mainspring.runtime import source  # loaded already

        return source.has_metadata(located)
    return located.kind not in (kinds.BYTECODE, kinds.PACKAGE, kinds.STREAM, kinds.STDIN)


def _served(asked: "command.Command", found: "Union[Program, Warm]") -> "Program":
    """Give the program that was found, with what makes its start fast."""
    serve = getattr(found, "serve", None)
    program: "Program" = found if serve is None else serve(_save if asked.use_store else _drop)  # type: ignore[assignment]
    if asked.use_store and program.kind == kinds.SCRIPT:
        _take_from_store(program)
    return program


def _known_bundle(asked: "command.Command") -> "Optional[Warm]":
    entry = store.bundle_at(kinds.absolute(asked.target)) or _known_directory(asked)
    if entry is None:
        return None
    if floor is not None:
        store.touch(floor.path, floor.status)
    load(*FOR_BUNDLES)
    from mainspring.runtime import warm  # not for scripts

    known = warm.open_warm(entry, asked)
    if known is None:
        _newcomers().go_where_it_went(asked, entry.key)
        return None
    foreign = known.foreign()
    return known if foreign is None else _newcomers().leave_to_others(asked, foreign, known)


def _known_directory(asked: "command.Command") -> "Optional[store.Bundle]":
    if kinds.is_pex_directory(asked.target):
        return loaded("pex_place").bundle_at(asked.target)  # type: ignore[no-any-return]
    if not kinds.is_project(asked.target):
        return None
    load(*FOR_BUNDLES, "files", "entry", "project")
    from mainspring.runtime import project  # as its name says

    return project.bundle_at(asked)


def _newcomers() -> "Any":
    from mainspring import newcomers  # not for what is in the store

    return newcomers


def _save(known: "Warm") -> None:
    with interpreter.OwnModules():
        from mainspring import gather  # when the program has ended, or nearly so
    gather.save(known)


def _drop(_: "Warm") -> None:
    pass


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


def _end(refusal: "Union[Refusal, Leaving]") -> "NoReturn":
    """Let the program that is to take over do so; otherwise say why nothing is run."""
    leave = getattr(refusal, "leave", None)
    try:
        if leave is not None:
            known: "Optional[Warm]" = refusal.bundle  # type: ignore[union-attr]
            if known is not None and known.image is None and known.asked_for.use_store:
                from mainspring import gather  # so that it is known, next time, without being opened

                gather.save(known)
            raise SystemExit(leave())
    except Refusal as failed:
        refusal = failed
    _refuse(refusal)


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

    store.look_only()
    try:
        text, leaving = explanation.explain(asked, lambda: _found(asked, command.python_words(asked)))
    except OSError as error:
        raise kinds.cannot_open(asked.target, kinds.absolute(asked.target), error) from None
    _print(text)
    if leaving is not None:
        _end(leaving)  # that Python says the rest


def _print(text: str) -> None:
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    try:
        print(text.encode(encoding, "backslashreplace").decode(encoding), flush=True)
    except BrokenPipeError:  # the reader has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    main(exit_follows=False)
