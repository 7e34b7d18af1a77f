"""Guards for every test: no home directory, no variables that steer python."""

import os
import signal
import sys
import tempfile
import zlib
from pathlib import Path
from typing import List

import pytest


# What would only be repeated on all Pythons, and takes its time, does not run on all. Each test of a group runs on one of
# the versions that stand beside it, and which one its name decides.
ONE_OF = {
    "faults": ((3, 8), (3, 10), (3, 12)),  # of the file system and of processes: all tests with that mark
    "tools": ((3, 9), (3, 9), (3, 11), (3, 11), (3, 13)),  # bundles and layers that other tools make
    "data": ((3, 8), (3, 10), (3, 12)),  # what our own code reads, keeps and says, of which python has little part
    "compared": ((3, 9), (3, 10), (3, 11), (3, 12)),  # with python; these run on the oldest and the newest, too
    "longest": ((3, 8), (3, 9), (3, 10), (3, 11), (3, 12)),  # compared, too, and the longest; these on the newest, too
}
OLDEST, NEWEST = (3, 8), (3, 13)
ALSO_ON = {"compared": (OLDEST, NEWEST), "longest": (NEWEST,)}
WHERE_ASKED_FOR = ((3, 14), (3, 15))  # all but tools
WITH_TOOLS = (
    *("test_backends.py", "test_build.py", "test_diff.py", "test_explain_bundles.py", "test_inspect.py"),
    *("test_known_projects.py", "test_layers.py", "test_other_makers.py", "test_pex.py", "test_pex_directories.py"),
    *("test_pex_layout.py", "test_projects.py"),
    *("test_pythons.py", "test_shiv.py", "test_static_metadata.py"),
)
OF_DATA = (
    *("test_archive.py", "test_cache_command.py", "test_explain.py", "test_lists.py", "test_shiv_layout.py"),
    "test_wheel_metadata.py",
)
COMPARED = (
    *("test_command.py", "test_ending.py", "test_like_python.py", "test_like_windows.py", "test_quiet_natives.py"),
    *("test_store.py", "test_unpacked.py"),
)
LONGEST = ("test_entry.py", "test_transparency.py", "test_workers.py")
# Of two builds of one version, the second runs what the build has a part in: what is built in and installed, and where.
SECOND_BUILD = "MAINSPRING_TEST_SECOND_BUILD"  # set by scripts/test
OF_A_BUILD = ("test_command.py", "test_like_python.py", "test_store.py")


def pytest_configure() -> None:
    """Have Ctrl-C heard by what the tests start, as from a terminal: a shell lets who runs in the background ignore it."""
    if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(config: pytest.Config, items: List[pytest.Item]) -> None:
    """Skip tests where they would only be repeated; MAINSPRING_TEST_ALL=1, or files by name, ask for all."""
    if _wants_all(config):
        return
    for item in items:
        group = _group(item)
        if group and not _is_its_turn(item, group):
            item.add_marker(pytest.mark.skip(reason="runs on another version"))
        if os.environ.get(SECOND_BUILD) and item.path.name not in OF_A_BUILD:
            item.add_marker(pytest.mark.skip(reason="runs on another build of this version"))


def _wants_all(config: pytest.Config) -> bool:
    return bool(os.environ.get("MAINSPRING_TEST_ALL")) or config.args_source == pytest.Config.ArgsSource.ARGS


def _group(item: pytest.Item) -> str:
    """Give the group of ONE_OF that a test belongs to; nothing for one that runs everywhere."""
    name = item.path.name
    groups = [("tools", name in WITH_TOOLS), ("faults", item.get_closest_marker("faults") is not None)]
    groups += [("data", name in OF_DATA or item.get_closest_marker("once") is not None)]
    groups += [("compared", name in COMPARED), ("longest", name in LONGEST)]
    return next((group for group, is_of_it in groups if is_of_it), "")


def _is_its_turn(item: pytest.Item, group: str) -> bool:
    version = sys.version_info[:2]
    if version in WHERE_ASKED_FOR:
        return group != "tools"
    if version in ALSO_ON.get(group, ()):
        return True
    versions = ONE_OF[group]
    return version == versions[zlib.crc32(item.nodeid.encode()) % len(versions)]


@pytest.fixture(scope="session")
def is_thorough(pytestconfig: pytest.Config) -> bool:
    """Whether each comparison is made in all its ways, and not only in the one whose turn it is on this Python."""
    return _wants_all(pytestconfig) or sys.version_info[:2] in (NEWEST, *WHERE_ASKED_FOR)


@pytest.fixture(scope="session")
def _homes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("homes")  # pytest would read a directory of thousands for the next number


@pytest.fixture(autouse=True)
def _no_home(_homes: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = Path(tempfile.mkdtemp(dir=str(_homes)))
    for name in list(os.environ):
        if name.startswith(("PYTHON", "MAINSPRING")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("USERPROFILE", str(home))
    assert Path.home() == home
