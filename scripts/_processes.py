"""One process and what it cost; the environment it runs in, and the machine it ran on."""

import os
import platform
import statistics
import time
from contextlib import contextmanager
from pathlib import Path
from typing import Dict, Iterator, List, NamedTuple, Sequence, Tuple

from _pythons import Python
from _venvs import SetupFailed, Venv


class Times(NamedTuple):
    """What one process took, its children included, in seconds."""

    cpu: float
    wall: float


def run(words: List[str], environment: Dict[str, str]) -> Times:
    """Run a command to its end, its output thrown away; raises SetupFailed when it fails."""
    status, times = spawn(words, environment)
    if status != 0:
        raise SetupFailed(f"{' '.join(words)} failed, and cannot be measured")
    return times


def spawn(
    words: List[str], environment: Dict[str, str], stdin: str = os.devnull, silent: bool = False
) -> Tuple[int, Times]:
    """Run a command to its end, its output thrown away; give its status, as wait has it, and what it took.

    silent throws its errors away, too.
    """
    files = [(os.POSIX_SPAWN_OPEN, 0, stdin, os.O_RDONLY, 0)]
    for stream in (1, 2) if silent else (1,):
        files.append((os.POSIX_SPAWN_OPEN, stream, os.devnull, os.O_WRONLY, 0))
    started = time.perf_counter()
    child = os.posix_spawn(words[0], words, environment, file_actions=files)
    _, status, used = os.wait4(child, 0)
    wall = time.perf_counter() - started
    return status, Times(used.ru_utime + used.ru_stime, wall)


def bare_environment(home: str) -> Dict[str, str]:
    """Give an environment in which nothing steers python."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LANG": "C.UTF-8", "HOME": home}


@contextmanager
def inside(directory: str) -> Iterator[None]:
    """Make directory the current one meanwhile; posix_spawn cannot do so for the child alone."""
    before = os.getcwd()
    os.chdir(directory)
    try:
        yield
    finally:
        os.chdir(before)


def figures_of(pairs: Sequence[Tuple[float, float]]) -> Dict[str, float]:
    """Give the quartiles of the ratios of pairs, command / baseline, and the medians of both sides."""
    lower, median, upper = statistics.quantiles([command / baseline for command, baseline in pairs], n=4)
    return {
        "ratio": round(median, 4),
        "lower_quartile": round(lower, 4),
        "upper_quartile": round(upper, 4),
        "command_ms": round(1000 * statistics.median(command for command, _ in pairs), 3),
        "baseline_ms": round(1000 * statistics.median(baseline for _, baseline in pairs), 3),
    }


def setting(python: Python, venv: Venv) -> Dict[str, str]:
    """Tell what was measured on; venv has the mainspring that was measured."""
    script = Path(venv.script("mainspring")).read_text(encoding="utf-8")
    return {
        "python": f"{python.version}, {python.path}",
        "machine": f"{processor()}, {os.cpu_count()} CPUs, {platform.platform()}",
        "load": load(),
        "console_script": "imports re (a pip before 25.1 made it)" if "import re\n" in script else "does not import re",
    }


def load() -> str:
    """Give the load averages of now."""
    return " ".join(f"{each:.2f}" for each in os.getloadavg())


def processor() -> str:
    """Give the name of the processor, as far as the system tells."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()
