"""The runner's options: what each of them says of what was asked for."""

import os

from . import Refusal
from .command import ALWAYS, HELP, LIMITS, NEVER, ONCE, VERSION

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import List

    from .command import Command


# The letters of its options, but -c and -m, which say what is to run, and -x, which is for files.
_OF_PYTHON = frozenset("bBdEiIOPqsSuvWX")
# The options with a value, behind an equals sign or as the next word; and what is said where it is missing.
_EXAMPLES = {
    "--entry": "as in --entry package.module:function",
    "--python": "as in --python 3.12",
    **dict.fromkeys(("--extra", "--group"), "as in --extra NAME and --group NAME"),
    **dict.fromkeys(LIMITS, "as in --max-size 8GiB and --max-ratio 500"),
}


def read(command: "Command", words: "List[str]", at: int) -> int:
    """Take in the option at a place in words; give how many words it takes."""
    option = words[at]
    name, equals, value = option.partition("=")
    if name in _EXAMPLES:
        _take_value(command, name, _value(words, at))
        return 1 if equals else 2
    if option == "--no-cache":
        command.use_store = False
    elif option == "--repl":
        command.is_repl = True
    elif option == "--explain":
        command.is_explained = True
    elif option == "--verbose":
        command.verbose_at = at
    elif option == "--isolated":
        command.is_isolated = True
    elif option == "--sent":  # by `elsewhere.leaving` only
        command.is_sent = True
    elif option.startswith("--lent="):  # as above
        command.lent = value
    elif name == "--unpack":
        command.unpack = _time(option)
    elif option in ("-h", "--help"):
        command.word = HELP
    elif option in ("-V", "--version"):
        command.word = VERSION
    elif option != "--":
        raise Refusal(option, "unknown option", _advice(option))
    return 1


def _take_value(command: "Command", name: str, value: str) -> None:
    """Take in the value of the option called name, one of those in _EXAMPLES."""
    if name == "--entry":
        command.entry = value
    elif name == "--extra":
        command.extras.append(value)
    elif name == "--group":
        command.groups.append(value)
    elif name == "--python":
        command.python, command.python_typed = value, f"--python {value}"
    else:
        command.limits[name] = name, value


def _time(option: str) -> str:
    """Give when a bundle is to be unpacked, as the option says."""
    _, is_said, time = option.partition("=")
    if not is_said:
        return ONCE
    if time not in (ALWAYS, NEVER):
        raise Refusal(option, f"not {ALWAYS} or {NEVER}", "--unpack alone is for this start")
    return time


def _advice(option: str) -> str:
    if os.path.lexists(option):
        return f"a path of that name is written {os.path.join(os.curdir, option)}"
    is_pythons = option[1:2] in _OF_PYTHON
    return f"that is for python: python {option} -m mainspring" if is_pythons else "mainspring --help lists the options"


def _value(words: "List[str]", at: int) -> str:
    """Give the value of the option at a place in words: behind its equals sign, or the next word. Raises Refusal for none."""
    name, equals, value = words[at].partition("=")
    if not equals and at + 1 < len(words):
        value = words[at + 1]
    if not value:
        raise Refusal(name, "its value is missing", _EXAMPLES[name])
    return value
