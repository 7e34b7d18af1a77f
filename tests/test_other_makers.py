"""Bundles of zipapps and pdm-packer run as under python, and wheels as if they were installed."""

from pathlib import Path
from typing import Dict, List, Sequence

import pytest

from makers_sight import Case, Difference, Stand, by_name, parameters, tree_of
from support import MAINSPRING, Ended

DIFFERENCES: List[Difference] = []

CASES = [
    Case("zipapps", "zipapps"),
    Case("zipapps, and an exit status", "zipapps", ["exit", "7"]),
    Case("zipapps, and an exception", "zipapps", ["raise"]),
    Case("zipapps, and metadata", "zipapps", ["metadata"]),
    Case("zipapps, and a namespace package", "zipapps", ["spaces"]),
    Case("zipapps, and workers that are forked", "zipapps", ["mp", "fork"]),
    Case("zipapps that unpack everything", "zipapps-unpacked"),
    Case("zipapps that unpack everything, and resources", "zipapps-unpacked", ["resource"]),
    Case("zipapps and cowsay", "zipapps-cowsay", ["-t", "hello"]),
    Case("pdm-packer", "pdm-packer"),
    Case("pdm-packer, and an exit status", "pdm-packer", ["exit", "7"]),
    Case("pdm-packer, and an exception", "pdm-packer", ["raise"]),
    Case("pdm-packer, and workers that are forked", "pdm-packer", ["mp", "fork"]),
]


@pytest.fixture(scope="module")
def stand(tmp_path_factory: pytest.TempPathFactory) -> Stand:
    return Stand(tmp_path_factory.mktemp("others"), DIFFERENCES)


@pytest.mark.parametrize("case", parameters(by_name(CASES)))
def test_bundles_run_as_under_python(case: Case, stand: Stand, tmp_path: Path) -> None:
    stand.compare(case, tmp_path)


SCRIPTS: Dict[str, Sequence[str]] = {
    "what resources it has": ["resource"],
    "what metadata it has": ["metadata"],
    "an exit status": ["exit", "7"],
    "an entry that returns None": ["none"],
    "workers that are spawned": ["mp", "spawn"],
    "workers that are forked": ["mp", "fork"],
}


@pytest.mark.parametrize("words", parameters(SCRIPTS))
def test_wheels_run_as_their_console_script_does(words: Sequence[str], stand: Stand, tmp_path: Path) -> None:
    installed = stand.bench.installed("probe")
    expected = stand.run([installed.script("probe"), *words], tmp_path)
    # A wheel has no `__main__` of its own that a worker would import, as with python -c.
    expected = expected._replace(out=expected.out.replace("__mp_main__", "__main__"))
    wheel = str(stand.bench.wheels("probe")[0])
    for _ in ("cold", "warm"):
        assert stand.run([*MAINSPRING, wheel, *words], tmp_path) == expected


def test_another_script_of_a_wheel_is_asked_for_by_name(stand: Stand, tmp_path: Path) -> None:
    wheel = str(stand.bench.wheels("probe")[0])
    ended = stand.run([*MAINSPRING, "--entry", "probe-second", wheel, "a"], tmp_path)
    assert ended == Ended(0, "second ['a']\n", "")


def test_a_wheel_without_requirements_runs(stand: Stand, tmp_path: Path) -> None:
    expected = stand.run([stand.bench.installed("cowsay").script("cowsay"), "-t", "hello"], tmp_path)
    wheel = str(stand.bench.wheels("cowsay")[0])
    assert stand.run([*MAINSPRING, wheel, "-t", "hello"], tmp_path) == expected


def test_nothing_is_written_beside_a_wheel(stand: Stand, tmp_path: Path) -> None:
    wheel = stand.bench.wheels("probe")[0]
    before = tree_of(wheel.parent)
    assert stand.run([*MAINSPRING, str(wheel), "none"], tmp_path).status == 0
    assert tree_of(wheel.parent) == before
    assert tree_of(tmp_path / "home") == []
