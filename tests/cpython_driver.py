"""Runs one suite of CPython's own tests, in a process of its own, against mainspring or against plain python.

    python cpython_driver.py mainspring|python SUITE [TEST ID...]

For mainspring, `mainspring.runpy_compat` takes the place of `runpy` before the suite is imported, and whatever
child the suite starts as `python [options] TARGET` starts as `python [options] -m mainspring TARGET`. With test
ids, only those tests run. Standard output has one JSON object, see `Report`; the tests' own goes to standard
error. The suite is the running interpreter's: nothing of it is copied.
"""

import functools
import json
import os
import re
import subprocess
import sys
import unittest
from typing import Any, Dict, Iterator, List, Sequence, Set

RESOURCES = ["cpu", "subprocess", "walltime"]
MAINSPRING = ["-m", "mainspring"]
OPTION = re.compile("([cmWX])")  # after which a word of options has that option's value
NO_TARGET = "hV?-S"  # -S: what is installed cannot be imported; the rest ask python for something else


class Report(unittest.TestResult):
    """What became of each test, by its id: all that ran, those that were skipped, and why others failed.

    commands: the command lines of the children that were started as python, as they were started.
    """

    def __init__(self, commands: List[List[str]]) -> None:
        super().__init__()
        self.commands = commands
        self.ran: Set[str] = set()
        self.skips: Dict[str, str] = {}
        self.failed: Dict[str, str] = {}

    def startTest(self, test: Any) -> None:
        super().startTest(test)
        self.ran.add(test.id())

    def addSkip(self, test: Any, reason: str) -> None:
        self.skips[_id(test)] = reason

    def addError(self, test: Any, err: Any) -> None:
        self.failed[_id(test)] = self._exc_info_to_string(err, test)  # type: ignore[attr-defined]

    def addFailure(self, test: Any, err: Any) -> None:
        self.addError(test, err)

    def addSubTest(self, test: Any, subtest: Any, err: Any) -> None:
        if err is not None:
            self.addError(test, err)

    def addUnexpectedSuccess(self, test: Any) -> None:
        self.failed[_id(test)] = "succeeded, which the suite does not expect"

    def as_dict(self) -> Dict[str, Any]:
        """Give what the driver prints."""
        return {"ran": sorted(self.ran), "skipped": self.skips, "failed": self.failed, "commands": self.commands}


def _id(test: Any) -> str:
    """Give the id of a test; for a sub-test, which has its parameters in its own, the id of its test."""
    name: str = getattr(test, "test_case", test).id()
    return name


def through_mainspring(words: Sequence[Any]) -> List[Any]:
    """Give the command line with which mainspring runs what words, a command line of python, run.

    Unchanged when they name no target, as for `-c` and the interactive interpreter.
    """
    at = 1
    while at < len(words):
        word = os.fsdecode(words[at])
        if word == "-" or not word.startswith("-"):
            return [*words[:at], *MAINSPRING, *words[at:]]
        flags, last, value = OPTION.split(word[1:], maxsplit=1) if OPTION.search(word) else (word[1:], "", "")
        if word == "--check-hash-based-pycs":
            at += 1
        elif last == "c" or set(flags) & set(NO_TARGET):
            break
        elif last == "m":
            before, name = ["-" + flags] if flags else [], [value] if value else []
            return [*words[:at], *before, *MAINSPRING, "-m", *name, *words[at + 1 :]]
        elif last and not value:
            at += 1
        at += 1
    return list(words)


def replace_python() -> List[List[str]]:
    """Put mainspring in the place of runpy here, and of python in the children; give the list of their commands."""
    import mainspring.runpy_compat

    sys.modules["runpy"] = mainspring.runpy_compat
    start = subprocess.Popen.__init__
    commands: List[List[str]] = []

    @functools.wraps(start)
    def start_through_mainspring(self: Any, args: Any, *more: Any, **options: Any) -> None:
        if isinstance(args, (list, tuple)) and args and args[0] == sys.executable:
            args = through_mainspring(args)
            commands.append([ascii(os.fsdecode(word))[1:-1] for word in args])
        start(self, args, *more, **options)

    subprocess.Popen.__init__ = start_through_mainspring  # type: ignore[method-assign]
    return commands


def load(suite: str, wanted: Sequence[str]) -> unittest.TestSuite:
    """Import a suite; give those of its tests that are wanted, or all of them if wanted is empty or too new."""
    from test import support

    support.use_resources = RESOURCES
    tests = list(_flat(unittest.defaultTestLoader.loadTestsFromName(suite)))
    if wanted and {test.id() for test in tests}.issuperset(wanted):
        tests = [test for test in tests if test.id() in wanted]
    return unittest.TestSuite(tests)


def _flat(tests: Any) -> Iterator[Any]:
    if not isinstance(tests, unittest.TestSuite):
        yield tests
        return
    for test in tests:
        yield from _flat(test)


def main(runner: str, suite: str, *wanted: str) -> None:
    """Run suite, or the wanted tests of it, and print the report."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    sys.path.append(sys.path.pop(0))  # behind all else; test_trace counts files that lie nowhere on it
    report = Report(replace_python() if runner == "mainspring" else [])
    load(suite, wanted).run(report)
    with answers:
        json.dump(report.as_dict(), answers)


if __name__ == "__main__":
    main(*sys.argv[1:])
