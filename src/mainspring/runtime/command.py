"""The command line: what was asked, and the words python would have been given for it.

Options of the runner stand before the target; whatever stands after it belongs to the program.
"""

import os
import sys

from . import Refusal, load, private

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Dict, List, Optional, Tuple

RUN = "run"
HELP = "help"
VERSION = "version"
TOOLS = ("inspect", "build", "diff", "cache")
ONCE, ALWAYS, NEVER = "once", "always", "never"
HERE = "here"  # this interpreter, and no other
PYTHON = "MAINSPRING_PYTHON"
LIMITS = {"--max-size": "MAINSPRING_MAX_SIZE", "--max-ratio": "MAINSPRING_MAX_RATIO"}
_FOR_PATHS = ("--entry", "--repl", "--extra", "--group", "--unpack", *LIMITS)


class Command:
    """What the command line asks for.

    word: RUN, HELP, VERSION or one of TOOLS.
    target: a path, `-`, or a module's name with is_module.
    typed: the words that stand for it: a path, `-m` and a name, or `-mNAME`.
    args: what follows the target, untouched.
    words: all words after the launcher's own, as given.
    use_store: whether code may be taken from the store, and kept there.
    entry: what is to start in a bundle instead of its own entry, or "".
    is_explained: whether only to say what would happen.
    is_repl: whether a bundle is to be an interpreter, for which args are.
    is_isolated: whether it is to run as under python's -I. verbose_at: where among words `--verbose` is, or None.
    extras, groups: of a project's dependencies, those that are wanted besides; by name.
    is_sent: whether another interpreter has handed it to this one. lent: where that has its libraries (`third_party`), or "".
    python: the interpreter that is to run it: a version, a path, a name, HERE, or "" for whichever fits.
    python_typed: the same as it stands in messages, with the option or the variable that said it.
    unpack: whether a bundle is to be unpacked: ONCE, ALWAYS (from now on), NEVER (again), or "" for as it was.
    limits: of `--max-size` and `--max-ratio`, if set: by what, the option or its variable, and the value as typed.
    """

    __slots__ = (
        "args",
        "entry",
        "extras",
        "groups",
        "is_explained",
        "is_isolated",
        "is_module",
        "is_repl",
        "is_sent",
        "lent",
        "limits",
        "python",
        "python_typed",
        "target",
        "typed",
        "unpack",
        "use_store",
        "verbose_at",
        "word",
        "words",
    )

    def __init__(self, word: str, words: "List[str]") -> None:
        self.word = word
        self.words = words
        self.target = ""
        self.typed: "List[str]" = []
        self.args: "List[str]" = []
        self.is_module = False
        self.entry = ""
        self.lent = ""
        self.extras: "List[str]" = []
        self.groups: "List[str]" = []
        self.is_explained = False
        self.is_isolated = False
        self.verbose_at: "Optional[int]" = None
        self.is_repl = False
        self.is_sent = False
        self.python = os.environ.get(PYTHON, "")
        self.python_typed = f"{PYTHON}={self.python}"
        self.use_store = not private.is_set("MAINSPRING_NO_CACHE")
        self.unpack = ONCE if private.is_set("MAINSPRING_UNPACK") else ""
        self.limits = limits_in_environment()

    @property
    def chooses(self) -> bool:
        """Whether something in a bundle is to start in the place of its own `__main__`."""
        return bool(self.entry) or self.is_repl

    @property
    def wants_files(self) -> bool:
        """Whether a bundle is to be unpacked for this start."""
        return self.unpack in (ONCE, ALWAYS)

    @property
    def may_name_script(self) -> bool:
        """Whether entry can be a console script of a bundle's."""
        return bool(self.entry) and ":" not in self.entry


def limits_in_environment() -> "Dict[str, Tuple[str, str]]":
    """Give, of those of LIMITS whose variable is set, that variable and its value."""
    found = {}
    for option, variable in LIMITS.items():
        value = os.environ.get(variable)
        if value:
            found[option] = variable, value
    return found


def parse(words: "List[str]") -> Command:
    """Read the words after the launcher's name.

    Raises Refusal for an unknown option or a missing target.
    """
    if words in ([], [RUN]):
        return Command(HELP, words)
    if words[0] in TOOLS:
        return Command(words[0], words)
    command = Command(RUN, words)
    at = 1 if words[0] == RUN else 0
    while at < len(words) and words[at].startswith("-") and words[at] != "-":
        if words[at].startswith("-m"):
            return _module(command, at)
        load("options")
        from . import options  # many starts have none

        at += options.read(command, words, at)
        if command.word != RUN:
            return command
        if words[at - 1] == "--":
            break
    return _target(command, at, "a target")


def _module(command: Command, at: int) -> Command:
    for word in command.words[:at]:
        if word.partition("=")[0] in _FOR_PATHS:
            raise Refusal(word, "it cannot go with -m", "it is for bundles and projects, which have a path")
    command.is_module = True
    if command.words[at] == "-m":
        return _target(command, at + 1, "a module")
    command.target, command.args = command.words[at][len("-m") :], command.words[at + 1 :]
    command.typed = [command.words[at]]
    return command


def _target(command: Command, at: int, what: str) -> Command:
    if command.entry and command.is_repl:
        raise Refusal("--repl", "it cannot go with --entry", "usage: mainspring [options] TARGET [args...]")
    if at >= len(command.words):
        raise Refusal(command.words[-1], f"{what} is missing", "usage: mainspring [options] TARGET [args...]")
    command.target, command.args = command.words[at], command.words[at + 1 :]
    command.typed = ["-m", command.target] if command.is_module else [command.target]
    return command


def python_words(command: Command) -> "Optional[List[str]]":
    """Give the command line of python itself that runs what command asks for; None if it cannot be told.

    The interpreter and its options are the ones this process was started with.
    """
    interpreter = _interpreter_words(command.words)
    if interpreter is None:
        return None
    return interpreter + command.typed + command.args


def program_name() -> str:
    """Give the name under which python speaks of itself: the first word of its command line."""
    return _given_words()[0]


def interpreter_options(own: "List[str]") -> "List[str]":
    """Give the options of the interpreter that this process was started with; own are the words after the launcher."""
    return (_interpreter_words(own) or [""])[1:]


def _interpreter_words(own: "List[str]") -> "Optional[List[str]]":
    """Give the interpreter and its options: all that stands before the launcher and its own words."""
    given = _given_words()
    before = given[: len(given) - len(own)]
    if len(before) < 2 or given[len(before) :] != own:
        return None  # another program runs us, with a command line of its own
    launcher = before.pop()
    option = before[-1]
    if option[:1] == "-" and option[1:].isalpha() and option[-1] == "c":
        return None  # `python -c …`, where what looks like the launcher is code
    if not _started_as_module():
        return before
    flag = "m" + __name__.partition(".")[0]
    if launcher.startswith("-") and flag in launcher:  # `-mmainspring`, `-ummainspring`
        cluster = launcher[: launcher.index(flag)]
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
    if not (sys.warnoptions or sys._xoptions or any(sys.flags[:11])):  # the twelfth is hash_randomization
        return []  # as mostly
    # Cold, and only where the system does not show a process its command line.
    from subprocess import _args_from_interpreter_flags  # type: ignore[attr-defined]

    options: "List[str]" = _args_from_interpreter_flags()
    return options
