"""Another program takes over, and this process waits for its end."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from mainspring.runtime import handover
from support import PYTHON, clean_environment

pytestmark = pytest.mark.skipif(os.name == "nt", reason="there, signals are sent in other ways")

WAITING = """\
import sys
from mainspring.runtime import handover
raise SystemExit(handover._run(sys.executable, [sys.executable, '-c', sys.argv[1]]))
"""
# It ends when it is asked to, with a status of its own, or else when its input does.
CHILD = """\
import os, signal, sys
def asked(number, frame):
    os.write(1, b'asked\\n')  # print may be at work
    sys.exit(7)
signal.signal(signal.SIGTERM, asked)
print(signal.getsignal(signal.SIGINT) is signal.default_int_handler, flush=True)
sys.stdin.read()
print('ended', flush=True)
"""


def started(child: str) -> "subprocess.Popen[str]":
    pipes: Any = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "universal_newlines": True}
    process = subprocess.Popen([*PYTHON, "-c", WAITING, child], env=clean_environment(), **pipes)
    assert process.stdout is not None
    assert process.stdout.readline() == "True\n"
    return process


def test_who_is_asked_to_end_passes_that_on_and_ends_as_the_other_does() -> None:
    process = started(CHILD)
    process.send_signal(signal.SIGTERM)
    assert process.stdout is not None
    assert process.stdout.readline() == "asked\n"
    process.communicate()
    assert process.returncode == 7


def test_ctrl_c_is_for_the_other_program_alone() -> None:
    process = started(CHILD)
    process.send_signal(signal.SIGINT)
    assert process.communicate() == ("ended\n", None)
    assert process.returncode == 0


def test_a_signal_that_ended_the_other_is_told_as_a_shell_does() -> None:
    process = started("import os, signal\nprint(True, flush=True)\nos.kill(os.getpid(), signal.SIGKILL)")
    process.communicate()
    assert process.returncode == 128 + signal.SIGKILL


def test_a_signal_that_is_ignored_stays_so(tmp_path: Path) -> None:
    child = "import signal\nprint(signal.getsignal(signal.SIGHUP) == signal.SIG_IGN)\n"
    ignoring = f"import signal\nsignal.signal(signal.SIGHUP, signal.SIG_IGN)\n{WAITING}"
    said = subprocess.run(
        [sys.executable, "-c", ignoring, child], env=clean_environment(), stdout=subprocess.PIPE, cwd=str(tmp_path)
    )
    assert (said.stdout, said.returncode) == (b"True\n", 0)


def test_what_is_to_be_inherited_reaches_the_other_program(tmp_path: Path) -> None:
    with open(str(tmp_path / "handed"), "w") as file:
        child = f"import os; os.write({file.fileno()}, b'told')"
        words = [*PYTHON, "-c", WAITING, child]
        subprocess.run(words, env=clean_environment(), pass_fds=(file.fileno(),), check=True)
    assert (tmp_path / "handed").read_text() == "told"


@pytest.mark.parametrize(("status", "expected"), [(3, 3), (-15, 143), (0xC0000005, -0x3FFFFFFB)])
def test_a_status_is_one_that_the_interpreter_can_end_with(status: int, expected: int) -> None:
    assert handover.as_ended(status) == expected
