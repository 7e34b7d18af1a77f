"""CPython's own tests, as the running interpreter brings them along, hold for mainspring too.

Their `runpy` is `mainspring.runpy_compat`, and the programs they start are started by mainspring (see
`cpython_driver`). What fails so, but passes under plain python on the same machine, is a difference; the ones
that stay are in `DIFFERENCES`. Three suites always run. MAINSPRING_TEST_SUITES names more, separated by
blanks, such as `test_pdb test_trace`; `all` stands for those in `MORE_SUITES`.

Others run in an archive that the store serves: they test the library, of which the store then has the code, the
regular expressions, the dataclasses and the named tuples.
"""

import json
import os
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Dict, List, NamedTuple, Tuple

import pytest

from support import MAINSPRING, PYTHON, run, until_settled, write_zip

DRIVER = str(Path(__file__).with_name("cpython_driver.py"))
SUITES = ("test_runpy", "test_cmd_line_script", "test_multiprocessing_main_handling")
MORE_SUITES = (  # that start programs, or use runpy, in the newer versions at least
    "test_atexit",
    "test_audit",
    "test_cmd_line",
    "test_doctest",
    "test_import",
    "test_pdb",
    "test_profile",
    "test_signal",
    "test_source_encoding",
    "test_trace",
    "test_traceback",
    "test_unittest",
    "test_warnings",
    "test_zipimport_support",
)
SERVED = ("test_collections", "test_dataclasses", "test_enum", "test_importlib.test_util", "test_re", "test_typing")
ASKED_FOR = os.environ.get("MAINSPRING_TEST_SUITES", "").split()  # the guards of conftest hide it from tests
LONGEST = 1800  # seconds; a suite that hangs has to end some time

Version = Tuple[int, int]
OLDEST: Version = (3, 8)
NEWEST: Version = (3, 15)
NO_HINT = "the hint that a script shadows another module comes of the interpreter's private record of sys.path[0]"


class Difference(NamedTuple):
    """A test of CPython's that fails under mainspring, on the versions from first to last, and why it may."""

    first: Version
    last: Version
    reason: str

    @property
    def is_here(self) -> bool:
        """Whether the running interpreter is one of those."""
        return self.first <= sys.version_info[:2] <= self.last


# By test id.
DIFFERENCES: Dict[str, Difference] = {
    "test.test_atexit.SubinterpreterTest.test_atexit_with_low_memory": Difference(
        (3, 14), NEWEST, "at the end python fails for want of memory and says so, where mainspring needs none"
    ),
    "test.test_audit.AuditTest.test_excepthook": Difference(
        OLDEST, NEWEST, "the audit event names the hook that is called, which is mainspring's; it calls the program's"
    ),
    "test.test_import.ImportTests.test_script_shadowing_stdlib": Difference((3, 13), NEWEST, NO_HINT),
    "test.test_import.ImportTests.test_script_shadowing_third_party": Difference((3, 13), NEWEST, NO_HINT),
}


def _suites() -> List[str]:
    more = [name for word in ASKED_FOR for name in (MORE_SUITES if word == "all" else (word,))]
    return list(dict.fromkeys([*SUITES, *more]))


def _is_installed(suite: str) -> bool:
    # Some distributions leave the tests out, or all of them but test.support.
    return find_spec("test") is not None and find_spec(suite) is not None


def _report(runner: str, suite: str, directory: Path, *tests: str) -> Dict[str, Any]:
    directory.mkdir()
    ended = run([sys.executable, DRIVER, runner, suite, *tests], directory, timeout=LONGEST)
    assert ended.status == 0, f"the driver of {suite} died under {runner}:\n{ended.err}"
    report: Dict[str, Any] = json.loads(ended.out)
    return report


def _complaints(suite: str, report: Dict[str, Any], control: Dict[str, Any]) -> List[str]:
    """Say what is not as `DIFFERENCES` has it: in report, mainspring's, that is otherwise in control, python's."""
    known = {test for test, difference in DIFFERENCES.items() if difference.is_here and test.startswith(suite + ".")}
    failed = {test: text for test, text in report["failed"].items() if test not in control["failed"]}
    passed = set(report["ran"]) - set(report["failed"]) - set(report["skipped"])
    unexpected = [f"{test} fails, but not under python:\n{text}" for test, text in failed.items() if test not in known]
    return unexpected + [f"{test} no longer differs, take it off the list" for test in sorted(known & passed)]


@pytest.mark.parametrize("name", _suites())
def test_a_suite_of_cpython_passes_as_under_python(name: str, tmp_path: Path) -> None:
    suite = f"test.{name}"
    if not _is_installed(suite):
        pytest.skip(f"this Python was installed without {suite}")
    report = _report("mainspring", suite, tmp_path / "mainspring")
    control: Dict[str, Any] = {"failed": {}}
    if report["failed"]:
        control = _report("python", suite, tmp_path / "python", *report["failed"])
    complaints = _complaints(suite, report, control)
    assert not complaints, "\n".join(complaints)


def test_the_suites_do_start_their_programs_with_mainspring(tmp_path: Path) -> None:
    test = "test.test_cmd_line_script.CmdLineTest.test_basic_script"
    if not _is_installed("test.test_cmd_line_script"):
        pytest.skip("this Python was installed without test.test_cmd_line_script")
    report = _report("mainspring", "test.test_cmd_line_script", tmp_path / "mainspring", test)
    assert report["ran"] == [test]
    assert [words for words in report["commands"] if words[-5:-4] == ["mainspring"]]


IN_AN_ARCHIVE = """\
import json, sys, unittest

told = {}

class Told(unittest.TextTestResult):
    def note(self, test, outcome):
        told.setdefault(test.id(), []).append(outcome)

    def addSuccess(self, test):
        self.note(test, "passed")

    def addSkip(self, test, reason):
        self.note(test, "skipped")

    def addFailure(self, test, error):
        self.note(test, "failed")

    def addError(self, test, error):
        self.note(test, "failed")

    def addSubTest(self, test, part, error):
        if error is not None:
            self.note(part, "failed")

runner = unittest.TextTestRunner(resultclass=Told)
unittest.main(module=sys.argv[1], argv=["tests"], testRunner=runner, exit=False)
print(json.dumps(told))
"""


@pytest.mark.parametrize("name", SERVED)
def test_the_library_passes_its_tests_from_the_store_as_under_python(name: str, tmp_path: Path) -> None:
    suite = f"test.{name}"
    if not _is_installed("test") or not _is_installed(suite):
        pytest.skip(f"this Python was installed without {suite}")
    archive = write_zip(tmp_path / "app.pyz", {"__main__.py": IN_AN_ARCHIVE})
    until_settled()
    (tmp_path / "place").mkdir()
    expected = _outcomes([*PYTHON, str(archive), suite], tmp_path / "place")
    assert "passed" in str(expected)
    for _ in range(3):
        assert _outcomes([*MAINSPRING, str(archive), suite], tmp_path / "place") == expected


def _outcomes(words: List[str], place: Path) -> Dict[str, List[str]]:
    out = run(words, place, timeout=LONGEST).out
    found: Dict[str, List[str]] = json.loads(out.splitlines()[-1])
    return found
