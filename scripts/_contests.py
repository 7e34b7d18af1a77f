"""Programs started in each of their packagings, side by side, on the same machine at the same time.

In each round every packaging runs once, in shuffled order; a packaging's ratio is the median of the rounds' ratios
to the program in a virtual environment. Before and after that its output is compared with what that one says.
"""

import os
import random
import shutil
import statistics
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Dict, List, NamedTuple, Optional, Sequence, Tuple

from _packagings import BASELINE, RUN, Workshop, bare, size, wheels, write_tree
from _processes import Times, bare_environment, figures_of, inside, spawn
from _programs import Program
from _venvs import SetupFailed, Venv

AGAIN = f"{BASELINE} again"
WARM_UP = 3
SECONDS = 120  # for one start, or it hangs

OK, DIFFERS, FAILS = "ok", "differs", "fails"


class Asked(NamedTuple):
    """How much is measured: the rounds, the first starts, and whether memory and system calls are."""

    packagings: Sequence[str]
    rounds: int
    firsts: int
    traces: bool


class Entry:
    """A packaging of the program, and what came of it."""

    def __init__(self, packaging: str, words: List[str], path: Optional[Path], reason: str = "") -> None:
        self.packaging = packaging
        self.words = words
        self.path = path
        self.verdict = FAILS if reason else OK
        self.reason = reason
        self.stderr = ""
        self.times: List[Times] = []

    @property
    def runs(self) -> bool:
        """Whether it can be measured."""
        return self.verdict != FAILS

    def fail(self, reason: str, stderr: str = "") -> None:
        """Note that it does not run."""
        self.verdict, self.reason, self.stderr = FAILS, reason, stderr


class Home:
    """A home directory in which nothing has run yet: the program's files, and the caches of all packagings."""

    def __init__(self, directory: Path, program: Program, path: str) -> None:
        write_tree(directory, {**dict(program.home), "stdin": program.stdin})
        self.stdin = str(directory / "stdin") if program.stdin else os.devnull
        self.environment = {**bare_environment(str(directory)), "PATH": path}
        for name in ("SHIV_ROOT", "PEX_ROOT", "MAINSPRING_CACHE_DIR"):
            self.environment[name] = str(directory / name.lower())

    def spawn(self, words: List[str]) -> Tuple[int, Times]:
        """Run words; what they print is thrown away."""
        return spawn(words, self.environment, self.stdin, silent=True)

    def ask(self, words: List[str]) -> "Answer":
        """Run words, and give all that they said."""
        with open(self.stdin, "rb") as stdin:
            try:
                done = subprocess.run(
                    words, env=self.environment, stdin=stdin, capture_output=True, timeout=SECONDS, check=False
                )
            except (OSError, subprocess.TimeoutExpired) as error:
                return Answer(-1, b"", str(error))
        return Answer(done.returncode, done.stdout, done.stderr.decode("utf-8", "replace"))


class Answer(NamedTuple):
    """How a program ended, and what it said."""

    status: int
    stdout: bytes
    stderr: str

    @property
    def last_words(self) -> str:
        """The last line of stderr, which tells why it failed."""
        return (self.stderr.strip().splitlines() or [f"status {self.status}"])[-1]


def contest(shop: Workshop, program: Program, asked: Asked) -> Dict[str, Any]:
    """Measure the program in each packaging; give the figures. Raises SetupFailed when the baseline does not run."""
    entries = entries_of(shop, program, asked.packagings)
    path = search_path(shop)
    with TemporaryDirectory(prefix=RUN, dir=str(shop.directory)) as directory:
        home = Home(Path(directory, "warm"), program, path)
        with inside(str(Path(directory, "warm"))):
            examine(entries, home)
            compete([(entry, home) for entry in entries], asked.rounds, program.name)
            examine(entries, home)
        rows = [row(entry, entries[0]) for entry in entries]
        firsts = first_starts(entries, program, Path(directory, "cold"), path, asked.firsts)
        for entry, figures in zip(entries, rows):
            if entry.runs and entry.packaging != AGAIN:
                figures.update(firsts[entry.packaging])
                figures.update(traced(entry, home, bare(shop)) if asked.traces else {})
                figures["bytes"] = size(entry.path) if entry.path else None
            if "memory_mib" in figures:
                figures["memory_ratio"] = round(figures["memory_mib"] / rows[0]["memory_mib"], 4)
    names = [os.path.basename(wheel) for wheel in wheels(shop, program)]
    return {"name": program.name, "wheels": names, "rounds": asked.rounds, "rows": rows}


def search_path(shop: Workshop) -> str:
    """Give the PATH on which programs are started: the interpreter's directory, and the system's."""
    return os.pathsep.join([os.path.dirname(shop.python.path), os.defpath])


def entries_of(shop: Workshop, program: Program, packagings: Sequence[str]) -> List[Entry]:
    """Give the program in its packagings, the baseline first, and the baseline once more; has them made."""
    baseline = shop.product(program, BASELINE)
    words = [*baseline.words, *program.arguments]
    entries = [Entry(BASELINE, words, baseline.path), Entry(AGAIN, words, None)]
    for packaging in packagings:
        if packaging != BASELINE:
            try:
                product = shop.product(program, packaging)
                entries.append(Entry(packaging, [*product.words, *program.arguments], product.path))
            except SetupFailed as error:
                entries.append(Entry(packaging, [], None, str(error).strip().splitlines()[-1]))
    return entries


def examine(entries: Sequence[Entry], home: Home) -> None:
    """Compare what the entries do with what the baseline does."""
    expected = home.ask(entries[0].words)
    if expected.status != 0:
        raise SetupFailed(f"{' '.join(entries[0].words)} failed: {expected.last_words}")
    for entry in entries[1:]:
        if entry.runs:
            answer = home.ask(entry.words)
            if answer.status != expected.status:
                entry.fail(answer.last_words, answer.stderr)
            elif answer.stdout != expected.stdout:
                entry.verdict, entry.reason = DIFFERS, difference(expected.stdout, answer.stdout)


def difference(expected: bytes, said: bytes) -> str:
    """Give the first line that differs."""
    lines, others = expected.splitlines(), said.splitlines()
    at = next((n for n, (line, other) in enumerate(zip(lines, others)) if line != other), min(len(lines), len(others)))
    return f"line {at + 1}: {others[at : at + 1]!r} instead of {lines[at : at + 1]!r}"


def compete(entries: Sequence[Tuple[Entry, Home]], rounds: int, name: str) -> None:
    """Run each entry once in each round, in its home and in shuffled order, and note what it took.

    Raises SetupFailed if a baseline does not run.
    """
    order = random.Random(name)  # noqa: S311  the same in each run of the benchmark
    for turn in range(-WARM_UP, rounds):
        if sys.stderr.isatty():
            print(f"\r{name}: round {max(turn + 1, 0)} of {rounds} ", end="", file=sys.stderr, flush=True)
        running = [(entry, home) for entry, home in entries if entry.runs]
        for entry, home in order.sample(running, len(running)):
            status, times = home.spawn(entry.words)
            if status != 0:
                again = home.ask(entry.words)
                entry.fail(f"when started again: {again.last_words}", again.stderr)
            elif turn >= 0:
                entry.times.append(times)
    print(f"\r{name}: {rounds} rounds done", file=sys.stderr, flush=True)
    for entry, _ in entries:
        if entry.packaging == BASELINE and not entry.runs:
            raise SetupFailed(f"{' '.join(entry.words)} {entry.reason}")


def row(entry: Entry, baseline: Entry) -> Dict[str, Any]:
    """Give the warm figures of an entry."""
    told = {"packaging": entry.packaging, "command": entry.words, "verdict": entry.verdict, "reason": entry.reason}
    if not entry.runs:
        return {**told, "stderr": entry.stderr.splitlines()[-20:]}
    pairs = list(zip(entry.times, baseline.times))
    cpu = figures_of([(each.cpu, other.cpu) for each, other in pairs])
    wall = figures_of([(each.wall, other.wall) for each, other in pairs])
    return {**told, "cpu": cpu, "wall": wall}


def first_starts(
    entries: Sequence[Entry], program: Program, directory: Path, path: str, rounds: int
) -> Dict[str, Dict[str, Any]]:
    """Give, by packaging, what the first start costs, with all caches empty; each starts once in each round.

    What was written before is on the disk by then, as the system would charge it to whoever writes next. Nothing is
    removed in between: for minutes after that, ext4 takes ten times as long for each new file, since it passes over the
    inodes that were freed just now.
    """
    order = random.Random(program.name)  # noqa: S311  as in compete
    running = [entry for entry in entries if entry.runs and entry.packaging != AGAIN]
    taken: Dict[str, List[Times]] = {entry.packaging: [] for entry in running}
    for number in range(rounds):
        for entry in order.sample(running, len(running)):
            place = directory / f"{number}-{entry.packaging}"
            home = Home(place, program, path)
            getattr(os, "sync", int)()  # not on Windows
            with inside(str(place)):
                status, times = home.spawn(entry.words)
            if status == 0:
                taken[entry.packaging].append(times)
    return {packaging: first_figures(times) for packaging, times in taken.items()}


def first_figures(taken: Sequence[Times]) -> Dict[str, Any]:
    """Give what stands in the row of a packaging about its first starts, which took taken."""
    if not taken:
        return {}
    return {"first": {"cpu_ms": median_ms([each.cpu for each in taken]), "wall_ms": median_ms([t.wall for t in taken])}}


def median_ms(seconds: Sequence[float]) -> float:
    """Give the median in milliseconds."""
    return round(1000 * statistics.median(seconds), 3)


# A process that is started counts the memory of the one that starts it, until it becomes another program. This
# one is smaller than all that is measured, as the benchmark itself is not.
LAUNCHER = """\
import posix, sys
child = posix.fork()
if not child:
    posix.execve(sys.argv[2], sys.argv[2:], posix.environ)
used = posix.wait4(child, 0)[2]
with open(sys.argv[1], "w") as file:
    file.write(str(used.ru_maxrss))
"""


def traced(entry: Entry, home: Home, venv: Venv) -> Dict[str, Any]:
    """Give an entry's peak memory in MiB and the number of its system calls, where they can be told."""
    note = os.path.join(home.environment["HOME"], "note")
    unit = 2**20 if sys.platform == "darwin" else 2**10
    for files in (home.environment["HOME"], entry.path):
        if files is not None:
            have_read_again(str(files))
    peaks = []
    for _ in range(3):
        home.spawn([venv.python, "-I", "-S", "-c", LAUNCHER, note, *entry.words])
        peaks.append(int(Path(note).read_text(encoding="ascii")) / unit)
    return {"memory_mib": round(statistics.median(peaks), 2), "calls": calls(entry, home, note)}


def have_read_again(top: str) -> None:
    """Have the system read a file, or those below a directory, from the disk again, where it can be told to.

    It maps larger pieces of what was just written than of what it has read, and all that is mapped counts as memory.
    """
    getattr(os, "sync", int)()
    if not hasattr(os, "posix_fadvise"):
        return
    below = [os.path.join(directory, name) for directory, _, names in os.walk(top) for name in names]
    for path in below or [top]:
        if os.path.isfile(path):
            with open(path, "rb") as file:
                os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def calls(entry: Entry, home: Home, note: str) -> Optional[int]:
    """Count an entry's system calls, those of its children included; None where there is no strace."""
    strace = shutil.which("strace")
    if strace is None:
        return None
    status, _ = home.spawn([strace, "-f", "-qq", "-c", "-o", note, *entry.words])
    totals = [line.split() for line in Path(note).read_text(encoding="utf-8").splitlines() if line.endswith(" total")]
    return int(totals[0][3]) if status == 0 and totals else None


def growth(shop: Workshop, programs: Sequence[Tuple[int, Program]], asked: Asked) -> Dict[str, Any]:
    """Measure the same program with more and more members, all sizes in the same rounds; give what each packaging takes.

    cpu_ms, wall_ms: medians. cpu_more_ms: the median of the rounds' differences to the smallest size.
    """
    path = search_path(shop)
    with TemporaryDirectory(prefix=RUN, dir=str(shop.directory)) as directory, inside(directory):
        sizes = []
        for _, program in programs:
            home = Home(Path(directory, program.name), program, path)
            entries = entries_of(shop, program, asked.packagings)
            examine(entries, home)
            sizes.append([(entry, home) for entry in entries])
        compete([pair for pairs in sizes for pair in pairs], asked.rounds, "growth")
    rows = []
    for packaging in asked.packagings:
        grown = [next(entry for entry, _ in pairs if entry.packaging == packaging) for pairs in sizes]
        cpu, wall = ([[getattr(t, unit) for t in entry.times] for entry in grown] for unit in ("cpu", "wall"))
        rows.append(
            {
                "packaging": packaging,
                "cpu_ms": [median_ms(times) if times else None for times in cpu],
                "wall_ms": [median_ms(times) if times else None for times in wall],
                "cpu_more_ms": [more_ms(times, cpu[0]) for times in cpu],
            }
        )
    return {"members": [members for members, _ in programs], "rounds": asked.rounds, "rows": rows}


def more_ms(times: Sequence[float], smallest: Sequence[float]) -> Optional[float]:
    """Give by how much times exceed those of the smallest size, in the median of the rounds; None if one did not run."""
    pairs = list(zip(times, smallest))
    return median_ms([time - other for time, other in pairs]) if pairs else None
