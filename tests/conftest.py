"""Guards for every test: no home directory, no variables that steer python."""

import os
import sys
import zlib
from pathlib import Path
from typing import List

import pytest


# What would only be repeated on all Pythons, and takes its time: faults of the file system and of processes, and
# bundles and layers that other tools make. Each test with these runs on one of three Pythons.
VERSIONS_WITH_FAULTS = ((3, 8), (3, 13), (3, 15))
VERSIONS_WITH_TOOLS = ((3, 9), (3, 11), (3, 13))
WITH_TOOLS = (
    *("test_backends.py", "test_build.py", "test_diff.py", "test_explain_bundles.py", "test_inspect.py"),
    *("test_known_projects.py", "test_layers.py", "test_other_makers.py", "test_pex.py", "test_pex_directories.py"),
    *("test_pex_layout.py", "test_projects.py"),
    *("test_pythons.py", "test_shiv.py"),
)


def pytest_collection_modifyitems(config: pytest.Config, items: List[pytest.Item]) -> None:
    """Skip tests where they would only be repeated; MAINSPRING_TEST_ALL=1, or files by name, ask for all."""
    if os.environ.get("MAINSPRING_TEST_ALL") or config.args_source == pytest.Config.ArgsSource.ARGS:
        return
    for item in items:
        is_fault = item.get_closest_marker("faults") is not None
        if is_fault and sys.version_info[:2] not in VERSIONS_WITH_FAULTS:
            item.add_marker(pytest.mark.skip(reason="runs on other versions"))
        if item.path.name in WITH_TOOLS and not _is_its_turn(item):
            item.add_marker(pytest.mark.skip(reason="runs on another version"))


def _is_its_turn(item: pytest.Item) -> bool:
    turn = VERSIONS_WITH_TOOLS[zlib.crc32(item.nodeid.encode()) % len(VERSIONS_WITH_TOOLS)]
    return sys.version_info[:2] == turn and sys.base_prefix != "/usr"  # where the system's is one more of a version


@pytest.fixture(autouse=True)
def _no_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path_factory.mktemp("home")
    for name in list(os.environ):
        if name.startswith(("PYTHON", "MAINSPRING")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("USERPROFILE", str(home))
    assert Path.home() == home
