"""Guards for every test: no home directory, no variables that steer python."""

import os
import signal
import sys
import tempfile
import zlib
from pathlib import Path
from typing import List, Optional

import pytest

NEWEST = (3, 13)
# What would only be repeated on all Pythons, and takes its time, does not run on all. Each test of a group runs on one of
# the versions that stand beside it, and which one its name decides.
ONE_OF = {
    "faults": ((3, 8), (3, 10), (3, 12)),  # of the file system and of processes: all tests with that mark
    "tools": ((3, 9), (3, 9), (3, 11), (3, 11), NEWEST),  # bundles and layers that other tools make
    "data": ((3, 8), (3, 10), (3, 12)),  # what our own code reads, keeps and says, of which python has little part
    "compared": ((3, 8), (3, 8), (3, 9), (3, 10), (3, 11), (3, 12)),  # with python; these run on the newest, too
    # Compared, too, and the longest: all run on the newest, and half of them nowhere else.
    "longest": ((3, 8), (3, 9), (3, 10), (3, 11), (3, 12), NEWEST, NEWEST, NEWEST, NEWEST, NEWEST),
}
ALSO_ON = {"compared": NEWEST, "longest": NEWEST}
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
VERSION = sys.version_info[:2]
RUN_ELSEWHERE = pytest.StashKey[int]()


def pytest_configure() -> None:
    """Have Ctrl-C heard by what the tests start, as from a terminal: a shell lets who runs in the background ignore it."""
    if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> Optional[bool]:
    """Leave files unread of which no test has its turn: to rewrite their assertions takes long.

    With -k they are read, so that a word which no test has can be told from one whose tests run elsewhere.
    """
    is_of_tests = collection_path.name.startswith("test_") and collection_path.suffix == ".py"
    if not is_of_tests or _wants_all(config) or config.option.keyword:
        return None
    return None if _has_turns(collection_path.name) else True


@pytest.hookimpl(trylast=True)  # when those that nobody has asked for are gone
def pytest_collection_modifyitems(config: pytest.Config, items: List[pytest.Item]) -> None:
    """Take out tests where they would only be repeated; MAINSPRING_TEST_ALL=1, or files by name, ask for all."""
    if _wants_all(config):
        return
    elsewhere = [item for item in items if not _is_its_turn(item)]
    config.stash[RUN_ELSEWHERE] = len(elsewhere)
    items[:] = [item for item in items if _is_its_turn(item)]
    config.hook.pytest_deselected(items=elsewhere)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip what the mark `since` says is only for newer Pythons, of which one has its turn."""
    since = item.get_closest_marker("since")
    if since is not None and VERSION < since.args:
        pytest.skip(f"it is for Python {'.'.join(map(str, since.args))} and newer")


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Let a run be good in which all that was asked for runs on another version."""
    if session.exitstatus == pytest.ExitCode.NO_TESTS_COLLECTED and session.config.stash.get(RUN_ELSEWHERE, 0):
        session.exitstatus = pytest.ExitCode.OK


def _wants_all(config: pytest.Config) -> bool:
    return bool(os.environ.get("MAINSPRING_TEST_ALL")) or config.args_source == pytest.Config.ArgsSource.ARGS


def _has_turns(name: str) -> bool:
    """Tell whether any test of a file can have its turn on this Python."""
    if os.environ.get(SECOND_BUILD) and name not in OF_A_BUILD:
        return False
    group = _group_of_file(name)
    return not group or VERSION in (*ONE_OF[group], ALSO_ON.get(group)) or _is_asked_for(group)


def _is_its_turn(item: pytest.Item) -> bool:
    name = item.path.name
    if not _has_turns(name):
        return False
    is_fault, is_once = (item.get_closest_marker(mark) is not None for mark in ("faults", "once"))
    group = _group_of_file(name)
    if group != "tools":
        group = "faults" if is_fault else "data" if is_once else group
    if not group or VERSION == ALSO_ON.get(group) or _is_asked_for(group):
        return True
    since = item.get_closest_marker("since")
    versions = [version for version in ONE_OF[group] if since is None or version >= since.args]
    return VERSION == versions[zlib.crc32(item.nodeid.encode()) % len(versions)]


def _group_of_file(name: str) -> str:
    """Give the group of ONE_OF that the tests of a file belong to; nothing for those that run everywhere."""
    files = {"tools": WITH_TOOLS, "data": OF_DATA, "compared": COMPARED, "longest": LONGEST}
    return next((group for group, names in files.items() if name in names), "")


def _is_asked_for(group: str) -> bool:
    return VERSION in WHERE_ASKED_FOR and group != "tools"


@pytest.fixture(scope="session")
def is_thorough(pytestconfig: pytest.Config) -> bool:
    """Whether each comparison is made in all its ways, and not only in the one whose turn it is on this Python."""
    return _wants_all(pytestconfig) or VERSION in (NEWEST, *WHERE_ASKED_FOR)


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
