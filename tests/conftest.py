"""Guards for every test: no home directory, no variables that steer python."""

import os
import sys
from pathlib import Path
from typing import List

import pytest


# Faults of the file system and of processes are the same for every Python, and take their time.
VERSIONS_WITH_FAULTS = ((3, 8), (3, 13), (3, 15))


def pytest_collection_modifyitems(items: List[pytest.Item]) -> None:
    """Skip the tests of faults where they would only be repeated; MAINSPRING_TEST_FAULTS=all asks for all."""
    if sys.version_info[:2] in VERSIONS_WITH_FAULTS or os.environ.get("MAINSPRING_TEST_FAULTS") == "all":
        return
    for item in items:
        if item.get_closest_marker("faults"):
            item.add_marker(pytest.mark.skip(reason="runs on other versions"))


@pytest.fixture(autouse=True)
def _no_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path_factory.mktemp("home")
    for name in list(os.environ):
        if name.startswith(("PYTHON", "MAINSPRING")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("USERPROFILE", str(home))
    assert Path.home() == home
