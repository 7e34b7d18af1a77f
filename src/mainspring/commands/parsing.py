"""The command line behind the name of a tool (`build`, `inspect`, `diff`, `cache`): its options and its operands.

Options may stand before and after names, with their values behind them or behind `=`; behind `--` there are names alone.
"""

from typing import Any, Dict, List, Mapping, NamedTuple, Sequence, Tuple

from ..refusals import Several
from ..runtime import Refusal

_HELP = ("-h", "--help")


class Options(NamedTuple):
    """What a tool understands.

    tool: its name. usage: the line that shows how it is called. switches: of each, the name of what it sets, and to what.
    values: of each option with a value, that name. lists: of those that may be there several times.
    """

    tool: str
    usage: str
    switches: Mapping[str, Tuple[str, Any]]
    values: Mapping[str, str] = {}
    lists: Mapping[str, str] = {}

    def takes_value(self, option: str) -> bool:
        """Tell whether the word behind option is its value."""
        return option in self.values or option in self.lists


class Words(NamedTuple):
    """What words say: what is set, by name; what else is named; and what is wrong: of each, the word and why."""

    asked: Dict[str, Any]
    names: List[str]
    mistakes: List[Tuple[str, str]]


class Misunderstood(Several):
    """Words that a tool does not understand: of each, why not, a line for each; and how it is called."""

    def __init__(self, options: Options, mistakes: Sequence[Tuple[str, str]]) -> None:
        told = "; ".join(f"{word}: {why}" for word, why in mistakes)
        super().__init__(options.tool, told, [Refusal(word, why) for word, why in mistakes], f"usage: {options.usage}")


def wants_help(words: Sequence[str]) -> bool:
    """Tell whether words ask how the tool is called, whatever else they say."""
    own = words[: words.index("--")] if "--" in words else words
    return any(word in _HELP for word in own)


def read(words: Sequence[str], options: Options) -> Words:
    """Give what words say to a tool with these options."""
    found = Words({}, [], [])
    left = list(words)
    while left:
        word = left.pop(0)
        if word == "--":
            found.names.extend(left)
            break
        if _is_option(word):
            _note(found, options, word, left)
        else:
            found.names.append(word)
    return found


def _note(found: Words, options: Options, word: str, left: List[str]) -> None:
    """Add to found what the option in word says, with the value in left if it has one there, which is then taken."""
    option, has_value, value = word.partition("=")
    if option in options.switches:
        if has_value:
            return found.mistakes.append((option, "it takes no value"))
        name, setting = options.switches[option]
        found.asked[name] = setting
        return None
    if not options.takes_value(option):
        return found.mistakes.append((option, f"unknown option of {options.tool}"))
    if not has_value and left and not _is_option(left[0]):
        value = left.pop(0)
    if not value:
        return found.mistakes.append((option, "its value is missing"))
    if option in options.lists:
        found.asked.setdefault(options.lists[option], []).append(value)
    else:
        found.asked[options.values[option]] = value
    return None


def _is_option(word: str) -> bool:
    return word.startswith("-") and word != "-" and not word[1].isdigit()
