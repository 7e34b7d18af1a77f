"""Refusals that say only later whose they are."""

import pytest

from mainspring import refusals
from mainspring.projects.reading import Mistakes
from mainspring.runtime import Refusal


def test_what_is_refused_meanwhile_is_of_the_target_where_it_does_not_say_whose_it_is() -> None:
    with pytest.raises(Refusal) as raised, refusals.of("app"):
        raise refusals.refused("it is no project", "make one")
    assert str(raised.value) == "mainspring: app: it is no project\nhint: make one"
    with pytest.raises(Refusal) as raised, refusals.of("app"):
        raise Refusal("lib", "it is no archive")
    assert raised.value.target == "lib"


def test_each_of_several_reasons_is_of_the_target() -> None:
    with pytest.raises(Mistakes) as raised, refusals.of("app"):
        raise Mistakes(["name: it is 3", "version: it is 4"])
    assert str(raised.value).splitlines() == ["mainspring: app: name: it is 3", "mainspring: app: version: it is 4"]
