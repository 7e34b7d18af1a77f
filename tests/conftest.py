"""Guards for every test: no home directory, no variables that steer python."""

import os
import sys
from pathlib import Path
from typing import List

import pytest


# What would only be repeated on all Pythons, and takes its time: faults of the file system and of processes, and
# bundles and layers that other tools make.
VERSIONS_WITH_FAULTS = ((3, 8), (3, 13), (3, 15))
VERSIONS_WITH_TOOLS = ((3, 9), (3, 11), (3, 13))
WITH_TOOLS = (
    *("test_build.py", "test_diff.py", "test_inspect.py", "test_layers.py", "test_other_makers.py", "test_pex.py"),
    *("test_pex_layout.py", "test_projects.py", "test_pythons.py", "test_shiv.py"),
)


def pytest_collection_modifyitems(items: List[pytest.Item]) -> None:
    """Skip tests where they would only be repeated; MAINSPRING_TEST_ALL=1 asks for all."""
    if os.environ.get("MAINSPRING_TEST_ALL"):
        return
    here = sys.version_info[:2]
    has_tools = (
        here in VERSIONS_WITH_TOOLS and sys.base_prefix != "/usr"
    )  # the system's Python is often one more of them
    for item in items:
        is_fault = item.get_closest_marker("faults") is not None
        if here not in VERSIONS_WITH_FAULTS and is_fault:
            item.add_marker(pytest.mark.skip(reason="runs on other versions"))
        if not has_tools and item.path.name in WITH_TOOLS:
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
