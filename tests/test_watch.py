"""`scripts/build-and-run --watch`: no change is missed, and a signal ends all of it."""

import os
import select
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Callable, Iterator, List, Optional, Sequence

import pytest

from support import ROOT, clean_environment, until, until_settled, write_tree

pytest.importorskip("watchfiles")
pytest.importorskip("shiv")
if os.name == "nt":
    pytest.skip("there are no terminals of this kind", allow_module_level=True)

import fcntl  # noqa: E402
import termios  # noqa: E402

from test_build import project  # noqa: E402

MAIN = "import os, time\ndef main():\n    print({!r}, os.getpid(), flush=True)\n    time.sleep(600)\n"


class Watched:
    """build-and-run --watch, perhaps with a terminal of its own; words: what its program printed."""

    def __init__(self, place: Path, options: Sequence[str], terminal: Optional[int] = None) -> None:
        def take_terminal() -> None:
            if terminal is not None:
                fcntl.ioctl(terminal, termios.TIOCSCTTY, 0)

        words = [sys.executable, str(ROOT / "scripts" / "build-and-run"), "--watch", *options, "p"]
        env = {**clean_environment(), "MAINSPRING_CACHE_DIR": str(place / "store")}
        self.errors = (place / "errors").open("w+b")
        self.process = subprocess.Popen(
            words, cwd=str(place), env=env, stdin=terminal, stdout=subprocess.PIPE, stderr=self.errors,
            start_new_session=True, preexec_fn=take_terminal, bufsize=0,
        )  # fmt: skip

    def line(self) -> List[str]:
        """Give the next line that a program prints."""
        assert self.process.stdout is not None
        assert select.select([self.process.stdout], [], [], 60)[0], self.said()
        return self.process.stdout.readline().decode().split()

    def ended(self) -> int:
        """Wait for the end, and see that nothing is left over; give the status."""
        status = self.process.wait(60)
        with pytest.raises(ProcessLookupError):
            os.killpg(self.process.pid, 0)
        return status

    def said(self) -> str:
        self.errors.seek(0)
        return self.errors.read().decode()


@pytest.fixture
def source(tmp_path: Path) -> Path:
    source = project(tmp_path / "p", {"hello.py": MAIN.format("first")})
    until_settled()
    return source / "hello.py"


@pytest.fixture
def start(tmp_path: Path, source: Path) -> "Iterator[Callable[..., Watched]]":
    started: List[Watched] = []

    def begin(terminal: Optional[int] = None, options: Sequence[str] = ()) -> Watched:
        started.append(Watched(tmp_path, options, terminal))
        return started[-1]

    yield begin
    for watched in started:
        try:
            os.killpg(watched.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        watched.process.communicate()
        watched.errors.close()


@pytest.fixture
def terminal() -> Iterator[Any]:
    master, slave = os.openpty()
    with open(master, "r+b", buffering=0) as ours:
        yield ours, slave
    os.close(slave)


def test_it_begins_again_when_a_source_changes(start: "Callable[..., Watched]", source: Path) -> None:
    watched = start()
    first = watched.line()
    for word in ("second", "third"):
        source.write_text(MAIN.format(word))
        assert watched.line()[0] == word
    with pytest.raises(ProcessLookupError):
        os.kill(int(first[1]), 0)


def test_it_begins_again_when_data_change_that_lie_where_others_write(
    start: "Callable[..., Watched]", source: Path
) -> None:
    data = source.with_name("build") / "words.txt"
    write_tree(data.parent, {data.name: "first"})
    watched = start(options=["--data", "build"])
    before = watched.line()
    data.write_text("second")
    assert watched.line() != before


def test_a_change_while_it_is_built_is_seen_also_before_it_watches(
    start: "Callable[..., Watched]", source: Path
) -> None:
    backend = source.parent / "own_backend.py"
    change = "    with open('hello.py', 'r+') as file:\n        text = file.read()\n        file.seek(0)\n"
    change += "        file.write(text.replace('second', 'third!').replace('first', 'second'))\n    return"
    backend.write_text(backend.read_text().replace("    return", change))
    watched = start()
    assert watched.line()[0] == "first"
    while watched.line()[0] != "third!":
        pass


def test_what_cannot_be_built_is_told_and_waited_for(start: "Callable[..., Watched]", source: Path) -> None:
    source.write_text("def other(): pass\n")
    watched = start()
    until(lambda: "defines no 'main'" in watched.said())
    source.write_text(MAIN.format("mended"))
    assert watched.line()[0] == "mended"


def test_ctrl_c_at_a_terminal_ends_it_and_the_program(start: "Callable[..., Watched]", terminal: Any) -> None:
    keyboard, slave = terminal
    watched = start(slave)
    watched.line()
    keyboard.write(b"\x03")
    assert watched.ended() == 130
    assert "scripts/build-and-run" not in watched.said()  # the traceback is the program's own


def test_a_program_that_takes_its_time_after_ctrl_c_has_it(
    start: "Callable[..., Watched]", source: Path, terminal: Any
) -> None:
    keyboard, slave = terminal
    late = (
        "import os, signal, sys, time\ndef late(*_):\n    time.sleep(1)\n    os.write(1, b'saved\\n')\n    sys.exit()\n"
    )
    source.write_text(late + MAIN.format("first").replace("main():\n", "main():\n    signal.signal(2, late)\n"))
    watched = start(slave)
    watched.line()
    keyboard.write(b"\x03")
    assert watched.line() == ["saved"]
    assert watched.ended() == 130


def test_ctrl_c_while_it_is_built_ends_it(start: "Callable[..., Watched]", source: Path, terminal: Any) -> None:
    keyboard, slave = terminal
    backend = source.parent / "own_backend.py"
    slow = "    open('../begun', 'w').close()\n    import time\n    time.sleep(600)\n    return"
    backend.write_text(backend.read_text().replace("    return", slow))
    watched = start(slave)
    until((source.parent.parent / "begun").exists)
    keyboard.write(b"\x03")
    assert watched.ended() == 130
    assert watched.said() == ""
    assert not list(source.parent.rglob(".mainspring-*"))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_to_it_alone_ends_the_program_too(number: int, start: "Callable[..., Watched]") -> None:
    watched = start()
    watched.line()
    watched.process.send_signal(number)
    assert watched.ended() == 128 + number
    assert "Traceback" not in watched.said()


def test_a_program_that_will_not_end_is_killed_by_a_second_ctrl_c(
    start: "Callable[..., Watched]", source: Path, terminal: Any
) -> None:
    keyboard, slave = terminal
    deaf = "import os, signal\ndef main():\n    for number in (signal.SIGINT, signal.SIGTERM):\n"
    deaf += "        signal.signal(number, lambda *_: os.write(1, b'no\\n'))\n    print('deaf', flush=True)\n"
    source.write_text(f"{deaf}    while True:\n        signal.pause()\n")
    watched = start(slave)
    assert watched.line() == ["deaf"]
    keyboard.write(b"\x03")
    assert watched.line() == ["no"]
    time.sleep(0.2)
    keyboard.write(b"\x03")
    assert watched.ended() == 130
