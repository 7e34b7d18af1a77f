"""How far a file's times tell its changes apart."""

import os
import time
from pathlib import Path

import pytest

from mainspring import clocks

SECOND = 1_000_000_000  # ns
NOW = 1_700_000_000 * SECOND


def test_a_change_shows_where_times_have_fractions_once_the_clock_has_moved_on() -> None:
    changed = NOW + 123_456_789
    assert not clocks.is_settled(changed, changed + 10_000_000)
    assert clocks.is_settled(changed, changed + 30_000_000)


def test_where_times_are_whole_seconds_it_takes_the_two_that_fat_has() -> None:
    assert not clocks.is_settled(NOW, NOW + 1_900_000_000)
    assert clocks.is_settled(NOW, NOW + 2_100_000_000)


@pytest.mark.parametrize("ahead", [1, SECOND, 3600 * SECOND])
def test_what_was_changed_in_the_future_is_never_settled(ahead: int) -> None:
    assert not clocks.is_settled(NOW + ahead, NOW)


def test_the_present_is_what_counts_if_nothing_else_is_said() -> None:
    assert clocks.is_settled(time.time_ns() - 3 * SECOND)
    assert not clocks.is_settled(time.time_ns() + SECOND)


def test_after_settling_a_change_of_the_same_file_shows(tmp_path: Path) -> None:
    file = tmp_path / "x"
    for text in "ab" * 20:
        file.write_text(text)
        before = os.stat(str(file)).st_mtime_ns
        clocks.settle(str(tmp_path), time.monotonic())
        file.write_text(text.upper())
        assert os.stat(str(file)).st_mtime_ns != before


def test_nothing_is_settled_in_a_directory_that_is_gone(tmp_path: Path) -> None:
    with pytest.raises(OSError):
        clocks.settle(str(tmp_path / "gone"), time.monotonic())
