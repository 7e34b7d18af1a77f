"""Handing the process over to another program: python itself, or one of the system's."""

import os
import stat
import sys

from . import Refusal

TYPE_CHECKING = False
if TYPE_CHECKING:
    import subprocess
    from typing import Dict, List, Optional

    from .warm import Warm

_OF_TERMINALS = ("SIGINT", "SIGBREAK")  # the latter is Windows'


class Leaving(Refusal):
    """A target that this process does not run itself: another program is to take it over.

    target, reason: what, and why. path: that program's. command_line: its words.
    goes_on: whether it is mainspring under another Python, which then decides the rest.
    bundle: the bundle that was opened for it, if one was.
    is_waited: whether this process has something to remove when that program has ended.
    variables: of the environment, for that program; None for those that it is not to have.
    """

    def __init__(
        self,
        target: str,
        reason: str,
        path: str,
        command_line: "List[str]",
        goes_on: bool = False,
        bundle: "Optional[Warm]" = None,
        is_waited: bool = False,
    ) -> None:
        super().__init__(target, reason)
        self.path = path
        self.command_line = command_line
        self.goes_on = goes_on
        self.bundle = bundle
        self.is_waited = is_waited
        self.variables: "Dict[str, Optional[str]]" = {}

    def leave(self) -> int:
        """Do it. Returns and raises as `become` does."""
        for name, value in self.variables.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value
        return (_run if self.is_waited else become)(self.path, self.command_line)


def become_python(words: "List[str]") -> int:
    """Hand the process over to python itself, started with words. Returns and raises as `become` does."""
    return become(sys.executable, of_python(words))


def of_python(words: "List[str]") -> "List[str]":
    """Give words, a command line of python's, with this interpreter's path: a bare `python` could lead elsewhere."""
    return [sys.executable, *words[1:]]


def become(path: str, words: "List[str]") -> int:
    """Hand the process over to the program at path, started with words.

    Does not return, but on Windows, where it gives the status with which to end. Raises Refusal if it cannot be started.
    """
    if os.name == "nt":  # exec leaves the caller's shell waiting for the wrong process
        return _run(path, words)
    try:
        os.execv(path, words)
    except OSError as error:
        raise _cannot_start(path, words[0], error) from None


def _run(path: str, words: "List[str]") -> int:
    """Run the program at path, started with words; give the status with which to end. Raises Refusal as `become` does.

    What asks this process to end is passed on to that one. Ctrl-C, of which a terminal tells both, is for that alone.
    """
    # Rarely can the process not become another.
    import signal
    import subprocess

    waiting = _Waiting()
    for name in ("SIGTERM", "SIGHUP", *_OF_TERMINALS):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, waiting.ignore if name in _OF_TERMINALS else waiting.pass_on)
    try:
        # With a bare name, PATH may be searched. What was handed to this process to be inherited is for that one.
        return waiting.end_of(subprocess.Popen(words, executable=os.path.abspath(path), close_fds=False))
    except OSError as error:
        raise _cannot_start(path, words[0], error) from None


class _Waiting:
    """The wait for a program, and what is to be passed on to it."""

    def __init__(self) -> None:
        self._process: "Optional[subprocess.Popen[bytes]]" = None
        self._early: "List[int]" = []

    def ignore(self, number: int, frame: object) -> None:
        """Take a signal for nothing; the other program, unlike with SIG_IGN, is started without this."""

    def pass_on(self, number: int, frame: object) -> None:
        """Send the other program the signal, now or when it has been started."""
        if self._process is None:
            self._early.append(number)
        else:
            self._process.send_signal(number)

    def end_of(self, process: "subprocess.Popen[bytes]") -> int:
        """Wait for process, and give the status with which to end as it did (`as_ended`)."""
        self._process = process
        for number in self._early:
            process.send_signal(number)
        return as_ended(process.wait())


def as_ended(status: int) -> int:
    """Give the status with which to end as a process did that ended with status.

    That is what a shell gives: 128 and more tell which signal it was. What Windows says of a crash has 32 bits, and
    `sys.exit` takes a signed number of as many.
    """
    if status < 0:
        return 128 - status
    return status if status < 2**31 else status - 2**32


def _cannot_start(path: str, typed: str, error: OSError) -> Refusal:
    import shlex  # to say what helps

    hint = f"chmod +x {shlex.quote(path)}" if isinstance(error, PermissionError) else None
    return Refusal(typed, f"it cannot be started: {error.strerror}", hint)


def is_interactive() -> bool:
    """Tell whether python would prompt for what it reads from standard input: on a terminal, and under -i."""
    return bool(sys.flags.interactive) or (sys.stdin is not None and sys.stdin.isatty())


def is_terminal(path_name: str) -> bool:
    """Tell whether python would prompt for what it reads from the device at path_name: a terminal, or Windows' NUL."""
    try:
        if not stat.S_ISCHR(os.stat(path_name).st_mode):
            return False
        file = os.open(path_name, os.O_RDONLY | getattr(os, "O_NOCTTY", 0) | getattr(os, "O_NONBLOCK", 0))
    except (OSError, ValueError):
        return False
    try:
        return os.isatty(file)
    finally:
        os.close(file)


def prompting(target: str, words: "List[str]") -> Leaving:
    """Give how target is left to python itself, started with words."""
    return Leaving(target, "it prompts, as it can best itself", sys.executable, of_python(words))
