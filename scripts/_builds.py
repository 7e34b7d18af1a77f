"""Bundles built, side by side: by mainspring, shiv, pex, and what uv does in place of building.

Each program is a project of its own, in a copy for each command, so that a change of a source is a change for it
alone. What can be cached is cached: pip, pex and uv have what they downloaded, mainspring has its store.
"""

import os
import sys
import tempfile
from pathlib import Path
from typing import Any, Callable, Dict, List, NamedTuple, Optional, Sequence, Tuple

from _packagings import write_tree
from _processes import Times, bare_environment, figures_of, inside, spawn
from _programs import PROGRAMS, Program
from _venvs import ROOT, SetupFailed, Venv

TOOLS = ["pip>=25", "setuptools", "shiv==1.0.8", "pex==2.105.2", "uv"]
NAMES = ("hello", "npd")
UNCHANGED, CHANGED = "unchanged", "one source changed"
WARM_UP = 1


class Contest(NamedTuple):
    """Two commands, after the same has happened to the project of each."""

    name: str
    command: str
    baseline: str


CONTESTS = [
    Contest(UNCHANGED, "mainspring build", "shiv"),
    Contest(CHANGED, "mainspring build", "shiv"),
    Contest(CHANGED, "mainspring build", "pex"),
    Contest(f"{CHANGED}, and run", "build-and-run", "uv run"),
    Contest(f"{UNCHANGED}, and run", "build-and-run", "uv run"),
    Contest(f"equals: {CHANGED}", "mainspring build", "mainspring build"),
]


class Stand:
    """Where one program is built: a copy of the project for each command, by name."""

    def __init__(self, directory: Path, program: Program, venv: Venv) -> None:
        self.directory = directory
        self.program = program
        self.venv = venv
        self._number = 0

    def project(self, command: str, side: str) -> Path:
        """Give the project that command builds, on that side of a contest."""
        path = self.directory / self.program.name / f"{command.replace(' ', '-')}-{side}"
        if not path.exists():
            write_tree(path, self.program.project())
        return path

    def words(self, command: str, project: Path) -> List[str]:
        """Give the command line."""
        name, venv = self.program.name, self.venv
        output = str(project.with_suffix(".pyz"))
        return {
            "mainspring build": [venv.script("mainspring"), "build", str(project), "-o", output],
            "shiv": [venv.script("shiv"), "-c", name, "-o", output, "--reproducible", str(project)],
            "pex": [venv.script("pex"), str(project), "-c", name, "-o", output],
            "build-and-run": [venv.python, str(ROOT / "scripts" / "build-and-run"), str(project)],
            "uv run": [venv.script("uv"), "run", "--quiet", "--python", venv.python, "--project", str(project), name],
        }[command]

    def change(self, project: Path) -> None:
        """Change a source of the project."""
        self._number += 1
        source = next(path for path in sorted(project.rglob("*.py")) if ".venv" not in path.parts)
        source.write_text(source.read_text(encoding="utf-8") + f"# {self._number}\n", encoding="utf-8")


def measure(venv: Venv, only: Sequence[str], rounds: int) -> List[Dict[str, Any]]:
    """Run every contest of every program in turns; give its figures, or why it has none."""
    rows: List[Dict[str, Any]] = []
    with tempfile.TemporaryDirectory(prefix="mainspring-bench-") as place, inside(place):
        kept = {name: value for name, value in os.environ.items() if name.startswith(("SSL_", "UV_", "PIP_"))}
        environment = {**bare_environment(place), **kept, "UV_LINK_MODE": "copy"}
        for program in PROGRAMS:
            if program.name in NAMES and program.name in only:
                stand = Stand(Path(place), program, venv)
                rows += [_measured(stand, contest, environment, rounds) for contest in CONTESTS]
    return rows


def _measured(stand: Stand, contest: Contest, environment: Dict[str, str], rounds: int) -> Dict[str, Any]:
    row: Dict[str, Any] = {"program": stand.program.name, **contest._asdict()}
    print(f"{stand.program.name}: {contest.name}, {contest.command} / {contest.baseline}", file=sys.stderr, flush=True)
    sides = [
        (contest.command, stand.project(contest.command, "a")),
        (contest.baseline, stand.project(contest.baseline, "b")),
    ]
    pairs: List[Tuple[Times, Times]] = []
    try:
        for turn in range(-WARM_UP, rounds):
            took = {}
            for number, (command, project) in list(enumerate(sides))[:: -1 if turn % 2 else 1]:
                if CHANGED in contest.name:
                    stand.change(project)
                took[number] = _timed(stand.words(command, project), environment)
            if turn >= 0:
                pairs.append((took[0], took[1]))
    except SetupFailed as error:
        return {**row, "reason": str(error)}
    units: Dict[str, Callable[[Times], float]] = {"cpu": lambda times: times.cpu, "wall": lambda times: times.wall}
    return {**row, **{unit: figures_of([(of(one), of(other)) for one, other in pairs]) for unit, of in units.items()}}


def _timed(words: List[str], environment: Dict[str, str]) -> Times:
    if not Path(words[0]).exists():
        raise SetupFailed(f"there is no {words[0]}")
    status, times = spawn(words, environment, silent=True)
    if status != 0:
        raise SetupFailed(f"{' '.join(words)} failed")
    return times


def table(figures: Dict[str, Any]) -> str:
    """Give the figures as text."""
    lines = [f"{name + ':':16}{figures[name]}" for name in ("python", "tools", "machine", "load")]
    heading = f"{'':42}   wall                          user+sys\n"
    lines += ["", heading + f"{'':42}   ratio (quartiles)      s / s" + " " * 9 + "ratio (quartiles)      s / s"]
    before: Optional[str] = None
    for row in figures["rows"]:
        if row["program"] != before:
            before = row["program"]
            lines.append(f"{before}:")
        name = f"  {row['name']}: {row['command']} / {row['baseline']}"
        cells = row.get("reason") or "".join(_cell(row[unit]) for unit in ("wall", "cpu"))
        lines.append(f"{name:62}{cells}" if "reason" not in row else f"{name:62}   {cells}")
    return "\n".join([*lines, "", f"medians of {figures['rounds']} paired rounds"])


def _cell(unit: Dict[str, float]) -> str:
    quartiles = f"({unit['lower_quartile']:.3f} to {unit['upper_quartile']:.3f})"
    return f"   {unit['ratio']:.3f} {quartiles} {unit['command_ms'] / 1000:6.2f} / {unit['baseline_ms'] / 1000:<6.2f}"
