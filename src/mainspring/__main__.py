"""The front door: it answers and refuses in the command's name, and ends it.

Nothing else in the house prints or exits. How a target runs is `runtime.start`, to which this is the floor above.
"""

import os
import sys

from mainspring import main
from mainspring.runtime import Refusal, command, interpreter, kinds, loaded, store

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, List, NoReturn, Optional, Union

    from mainspring.runtime.handover import Leaving
    from mainspring.runtime.program import Program
    from mainspring.runtime.warm import Warm


def answer(asked: "command.Command") -> None:
    """Do what a word other than run asks for. Raises Refusal for what cannot be done."""
    from mainspring.commands import answers  # not on the way to a program

    text, status = answers.answer(asked)
    if text:
        _print(text)
    if status:
        raise SystemExit(status)


def explain(asked: "command.Command", find: "Callable[[], Union[Program, Warm]]") -> None:
    """Say what would happen for what was asked; find decides that, and changes nothing. Raises Refusal for what would not run."""
    from mainspring.explanation import plan  # nothing is run

    store.look_only()
    try:
        text, leaving = plan.explain(asked, find)
    except OSError as error:
        raise kinds.cannot_open(asked.target, kinds.absolute(asked.target), error) from None
    _print(text)
    if leaving is not None:
        end(leaving, asked)  # that Python says the rest


def tell(asked: "command.Command") -> None:
    """Say on standard error what `explain` says; another process does, so that none of that is left in this one."""
    elsewhere = loaded("elsewhere")
    try:
        line = elsewhere.words(asked, ["--explain"])
        options = command.interpreter_options(asked.words)
        _run_aside([sys.executable, *options, elsewhere.launcher(sys.executable), *line])
    except (OSError, Refusal):
        pass  # that is no reason not to run it


def _run_aside(words: "List[str]") -> None:
    """Run a program whose standard output is our standard error, and which has nothing else to say. Raises OSError."""
    if not hasattr(os, "posix_spawn"):
        import subprocess  # where it cannot be done without

        subprocess.call(words, stdout=sys.stderr, stderr=subprocess.DEVNULL)
        return
    aside = [(os.POSIX_SPAWN_DUP2, 2, 1), (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0)]
    os.waitpid(os.posix_spawn(sys.executable, words, os.environ, file_actions=aside), 0)


def end(refusal: "Union[Refusal, Leaving]", asked: "Optional[command.Command]") -> "NoReturn":
    """Let the program that is to take over do so; otherwise say why nothing is run. asked: None if that is not known."""
    leave = getattr(refusal, "leave", None)
    try:
        if leave is not None:
            known: "Optional[Warm]" = refusal.bundle  # type: ignore[union-attr]
            if known is not None and known.image is None and known.asked.use_store:
                from mainspring import gather  # so that it is known, next time, without being opened

                gather.save(known)
            _end_as(leave())
    except Refusal as failed:
        refusal = failed
    _advise(asked, refusal)
    refuse(refusal)


def refuse(refusal: Refusal) -> "NoReturn":
    """Say why nothing is run, in python's words where it has some, and end this process."""
    if refusal.words is not None and refusal.status == 2 and refusal.target in (command.RUN, *command.TOOLS):
        refusal.hint = f"{refusal.target} is a command only where it is the first word"
    if refusal.words is None:
        _print_error(str(refusal))
    elif refusal.status == 1:  # runpy's words, and said as runpy says them
        raise SystemExit(f"{sys.executable}: {refusal}") from None
    else:
        _print_error(f"{command.program_name()}: {refusal}")
    raise SystemExit(refusal.status) from None


def refuse_late(asked: "command.Command", refusal: Refusal) -> "NoReturn":
    """As `refuse`, where this process is the program's already: of what the store knows, and that has no `__main__`."""
    interpreter.with_own_modules(interpreter.from_library, lambda: _advise(asked, refusal))
    refuse(refusal)


def _advise(asked: "Optional[command.Command]", refusal: Refusal) -> None:
    """Let refusal say what helps, where it is of something without a `__main__`, which runpy says with that status."""
    if asked is not None and not asked.is_module and refusal.words is not None and refusal.status == 1:
        from mainspring import dispatch  # rarely needed

        dispatch.advise(asked, refusal)


def leave_to_python(words: "List[str]") -> "NoReturn":
    """Have python itself, with the command line words, say what is wrong with a program, whose this process is already."""
    _end_as(interpreter.late("handover").become_python(words))


def _end_as(status: int) -> "NoReturn":
    """End this process as a program did that was waited for; where -i asks for a prompt, that one has had it."""
    if sys.flags.inspect:
        loaded("ending").exit_without_a_prompt(status)
    raise SystemExit(status) from None


def say(advice: Refusal) -> None:
    """Say on standard error what helps a program that has failed."""
    _print_error(str(advice))


def _print_error(text: str) -> None:
    # Not through sys.stderr: what it could not write would turn the status into 120 at the end.
    try:
        if os.name == "nt":  # a console takes bytes for those of an old code page, unless python's own object has them
            stream: "Any" = getattr(sys.stderr.buffer, "raw", sys.stderr.buffer)
            stream.write(f"{text}\n".replace("\n", os.linesep).encode(sys.stderr.encoding, "backslashreplace"))
        else:
            os.write(sys.stderr.fileno(), f"{text}\n".encode("utf-8", "surrogateescape"))
    except (AttributeError, OSError, ValueError):
        pass  # nowhere to say it


def _print(text: str) -> None:
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    try:
        print(text.encode(encoding, "backslashreplace").decode(encoding), flush=True)
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # what is left goes nowhere
        is_of_pipe = isinstance(error, BrokenPipeError) or (os.name == "nt" and error.errno == 22)  # gh-79935
        if not is_of_pipe:  # otherwise, the reader has seen enough
            refuse(Refusal("standard output", f"it cannot be written: {error.strerror}", status=1))


if __name__ == "__main__":
    main(exit_follows=False)
