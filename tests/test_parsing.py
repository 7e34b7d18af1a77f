"""The words of a tool: options wherever they stand, names, and every mistake at once."""

from typing import Any, Dict, List

import pytest

from mainspring import builder
from mainspring.building import build_options
from mainspring.commands import build as build_command
from mainspring.commands import parsing
from mainspring.commands.parsing import Misunderstood, Options, read

OPTIONS = Options(
    "make", "mainspring make [options] THING", {"--quick": ("is_quick", True)}, {"--size": "size"}, {"--with": "parts"}
)


@pytest.mark.parametrize(
    "words, asked, names",
    [
        ([], {}, []),
        (["a", "--quick", "b"], {"is_quick": True}, ["a", "b"]),
        (["--size", "3", "a"], {"size": "3"}, ["a"]),
        (["a", "--size=3=4"], {"size": "3=4"}, ["a"]),
        (["--size", "1", "--size", "-2"], {"size": "-2"}, []),
        (["--with", "x", "a", "--with=y"], {"parts": ["x", "y"]}, ["a"]),
        (["--", "--quick", "-h", "--"], {}, ["--quick", "-h", "--"]),
        (["-", "--size", "-"], {"size": "-"}, ["-"]),
    ],
)
def test_options_stand_anywhere_and_what_is_behind_two_dashes_is_a_name(
    words: List[str], asked: Dict[str, Any], names: List[str]
) -> None:
    assert read(words, OPTIONS) == (asked, names, [])


def test_every_mistake_is_told_in_a_line_with_the_usage_behind() -> None:
    words = ["--slow", "a", "--quick=1", "--size", "", "--with=", "--with"]
    told = str(Misunderstood(OPTIONS, read(words, OPTIONS).mistakes))
    assert told.splitlines() == [
        "mainspring: --slow: unknown option of make",
        "mainspring: --quick: it takes no value",
        "mainspring: --size: its value is missing",
        "mainspring: --with: its value is missing",
        "mainspring: --with: its value is missing",
        "hint: usage: mainspring make [options] THING",
    ]


@pytest.mark.parametrize(
    "words, wanted", [(["a", "-h"], True), (["--no", "--help"], True), (["--", "-h"], False), ([], False)]
)
def test_help_is_given_whatever_else_is_asked(words: List[str], wanted: bool) -> None:
    assert parsing.wants_help(words) is wanted


def test_every_option_of_a_build_has_a_word_on_the_command_line() -> None:
    understood = build_command.OPTIONS
    named = {
        *(name for name, _ in understood.switches.values()),
        *understood.values.values(),
        *understood.lists.values(),
    }
    assert named - {"json", "output", "use_store"} == set(build_options.Options.__annotations__)


def test_a_build_takes_nothing_that_is_no_option() -> None:
    with pytest.raises(TypeError, match="'entree'"):
        builder.build("app", entree="app:main")  # type: ignore[call-arg]
