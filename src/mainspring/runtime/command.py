"""The command line: what was asked, and the words python would have been given for it.

Options of the runner stand before the target; whatever stands after it belongs to the program.
"""

import os
import sys

from . import Refusal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import List, Optional

RUN = "run"
HELP = "help"
VERSION = "version"
TOOLS = ("inspect", "build", "diff", "cache")


class Command:
    """What the command line asks for.

    word: RUN, HELP, VERSION or one of TOOLS.
    target: a path, `-`, or a module's name with is_module.
    args: what follows the target, untouched.
    words: all words after the launcher's own, as given.
    """

    __slots__ = ("args", "is_module", "target", "word", "words")

    def __init__(self, word: str, words: "List[str]", at: int = 0, is_module: bool = False) -> None:
        self.word = word
        self.words = words
        self.is_module = is_module
        self.target = words[at] if word == RUN else ""
        self.args = words[at + 1 :] if word == RUN else words[at:]


def parse(words: "List[str]") -> Command:
    """Read the words after the launcher's name.

    Raises Refusal for an unknown option or a missing target.
    """
    at = 1 if words[:1] == [RUN] else 0
    if not words[at:]:
        return Command(HELP, words)
    first = words[at]
    if first in TOOLS and at == 0:
        return Command(first, words, 1)
    if first == "--":
        return _target(words, at + 1)
    if first == "-" or not first.startswith("-"):
        return Command(RUN, words, at)
    return _option(words, at)


def _option(words: "List[str]", at: int) -> Command:
    option = words[at]
    if option == "-m":
        return _target(words, at + 1, is_module=True)
    if option in ("-h", "--help"):
        return Command(HELP, words)
    if option in ("-V", "--version"):
        return Command(VERSION, words)
    raise Refusal(option, "unknown option", "mainspring --help lists the options")


def _target(words: "List[str]", at: int, is_module: bool = False) -> Command:
    if at < len(words):
        return Command(RUN, words, at, is_module)
    what = "a module" if is_module else "a target"
    raise Refusal(words[-1], f"{what} is missing", "usage: mainspring [options] TARGET [args...]")


def python_words(command: Command) -> "List[str]":
    """Give the command line of python itself that runs what command asks for.

    The interpreter and its options are the ones this process was started with.
    """
    wanted = ["-m", command.target] if command.is_module else [command.target]
    return _interpreter_words(len(command.words)) + wanted + command.args


def program_name() -> str:
    """Give the name under which python speaks of itself: the first word of its command line."""
    return _given_words()[0]


def is_interactive() -> bool:
    """Tell whether python would prompt for what it reads from standard input: on a terminal, and under -i."""
    return bool(sys.flags.interactive) or (sys.stdin is not None and sys.stdin.isatty())


def become_python(words: "List[str]") -> int:
    """Hand the process over to python itself, started with words.

    Does not return, but on Windows, where it gives the status with which to end.

    The first word is replaced by the interpreter's path: a bare `python` could lead it to another prefix.
    """
    words = [sys.executable, *words[1:]]
    if os.name == "nt":  # there, exec leaves the caller's shell waiting for the wrong process
        import subprocess  # cold: the process ends here

        return subprocess.call(words)
    os.execv(sys.executable, words)


def _interpreter_words(own: int) -> "List[str]":
    """Give the interpreter and its options: all that stands before the launcher and its own words."""
    given = _given_words()
    before = given[: len(given) - own]
    launcher = before.pop()
    if not _started_as_module():
        return before
    if launcher.startswith("-"):  # `-mmainspring`, `-ummainspring`
        cluster = launcher[: launcher.index("m" + __name__.partition(".")[0])]
    else:  # `-m mainspring`, `-um mainspring`
        cluster = before.pop()[:-1]
    return before if cluster == "-" else [*before, cluster]


def _started_as_module() -> bool:
    spec = sys.modules["__main__"].__spec__
    return spec is not None and spec.name != "__main__"


def _given_words() -> "List[str]":
    given: "Optional[List[str]]" = getattr(sys, "orig_argv", None)
    return given or _words_before_3_10()


def _words_before_3_10() -> "List[str]":
    try:
        with open("/proc/self/cmdline", "rb") as file:
            return [os.fsdecode(word) for word in file.read().split(b"\0")[:-1]]
    except OSError:
        launcher = ["-m", sys.argv[0]] if _started_as_module() else [sys.argv[0]]
        return [sys.executable, *_options_from_flags(), *launcher, *sys.argv[1:]]


def _options_from_flags() -> "List[str]":
    # Cold, and only where the system does not show a process its command line.
    from subprocess import _args_from_interpreter_flags  # type: ignore[attr-defined]

    options: "List[str]" = _args_from_interpreter_flags()
    return options
