"""A bundle's start by python, which is its maker's own bootstrap, beside its start by mainspring: what a program sees.

What is seen becomes a flat dict, in which the places of this machine and of this run have names: the unpacked
site-packages of shiv is `{site}` wherever it lies, a distribution of PEX `{wheel}`, the bundle itself, or what it
unpacked to, `{app}`. What else differs on purpose has a row in the table of the test module.
"""

import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Dict, Iterable, List, Mapping, NamedTuple, Sequence
from unittest.mock import ANY

import pytest

import makers_bench
from support import MAINSPRING, PYTHON, Ended, Files, write_tree

Sight = Dict[str, Any]

LONGEST = 40  # seconds; a pool whose workers die waits for ever
_OWN_SOURCE = Path(__file__).read_text(encoding="utf-8")  # that which gives things their names


class Case(NamedTuple):
    """A start of a bundle: the sentence that it shows, what it is started with, and the files where it starts."""

    name: str
    bundle: str
    words: Sequence[str] = ("report", "a", "--b")
    env: Dict[str, str] = {}
    stdin: str = ""
    files: Files = {}
    options: Sequence[str] = ()  # of python
    called: str = ""  # the name of a link to the bundle that is started in its place


class Difference(NamedTuple):
    """What differs on purpose, and why: things that are seen (`thing:item` of a list) in bundles, or in one case.

    Patterns as for files name both. expected has what is seen under mainspring; without, it is not looked at.
    """

    where: str
    what: str
    why: str
    expected: Sight = {}


class Stand:
    """Where the bundles of a test module lie, and are started."""

    def __init__(self, directory: Path, differences: Iterable[Difference]) -> None:
        self.directory = directory.resolve()
        self.differences = list(differences)
        self.bench = makers_bench.open_bench()
        self.home = self.directory / "home"
        self.home.mkdir()

    def bundle(self, name: str) -> Path:
        """Give the path of a bundle, of which nobody else has the file."""
        place = self.directory / name
        built = self.bench.built(name)
        path = place / built.name
        if not path.exists():
            place.mkdir()
            (shutil.copytree if built.is_dir() else shutil.copy2)(str(built), str(path))
        return path

    def by_python(self, case: Case, cwd: Path) -> Sight:
        """Give what is seen when the maker's bootstrap starts the bundle; it is asked once, and its answer is kept."""
        asked = [case, str(self.bench.built(case.bundle)), sys.executable, sys.path, _environment(), _OWN_SOURCE]
        digest = hashlib.sha256(repr(asked).encode()).hexdigest()[:20]
        kept = self.bench.directory / "answers" / f"{case.bundle}-{digest}.json"
        if not kept.exists():
            home = makers_bench.home(self.bench, case.bundle)
            before = tree_of(home), tree_of(cwd)
            seen = self._seen(case, cwd, PYTHON, home)
            # PEX warns when it makes something, and only then; the words of a program that ends well are not compared.
            if seen["status"] and (tree_of(home), tree_of(cwd)) != before:
                seen = self._seen(case, cwd, PYTHON, home)
            kept.parent.mkdir(exist_ok=True)
            beside = kept.with_suffix(f".{os.getpid()}")
            beside.write_text(json.dumps(seen, indent=1))
            beside.replace(kept)
        return self._without_differences(case, json.loads(kept.read_text()))

    def by_mainspring(self, case: Case, cwd: Path) -> Sight:
        """Give what is seen when mainspring starts the bundle, with its store in cwd."""
        return self._without_differences(case, self._seen(case, cwd, MAINSPRING, self.home))

    def start(self, case: Case, cwd: Path, launcher: Sequence[str], home: Path) -> Ended:
        """Start the bundle; give how it ended."""
        write_tree(cwd, case.files)
        path = self.bundle(case.bundle)
        if case.called:
            path = self._link(path, cwd / case.called)
        places = {"HOME": str(home), "MAINSPRING_CACHE_DIR": str(_store(cwd))}
        env = {name: self._with_places(value, cwd) for name, value in case.env.items()}
        return run_alone(
            [*launcher[:1], *case.options, *launcher[1:], str(path), *case.words],
            cwd,
            case.stdin,
            {**_environment(), **places, **env},
        )

    def start_here(self, case: Case, cwd: Path) -> Ended:
        """Start the bundle by mainspring with a home in cwd; give how it ended."""
        home = cwd / "home"
        home.mkdir(exist_ok=True)
        return self.start(case, cwd, MAINSPRING, home)

    def run(self, words: Sequence[str], cwd: Path) -> Ended:
        """Run a command with a home and a store in cwd."""
        home = cwd / "home"
        home.mkdir(exist_ok=True)
        places = {"HOME": str(home), "MAINSPRING_CACHE_DIR": str(_store(cwd))}
        return run_alone(words, cwd, "", {**_environment(), **places})

    def _seen(self, case: Case, cwd: Path, launcher: Sequence[str], home: Path) -> Sight:
        ended = self.start(case, cwd, launcher, home)
        text = self._with_names(case, cwd, home, f"{ended.out}\n{_last_line(ended.err) if ended.status else ''}")
        out, _, last = text.rpartition("\n")
        return {"status": ended.status, "error": last, **_parsed(out)}

    def compare(self, case: Case, cwd: Path) -> None:
        """Start the bundle by python, and by mainspring cold and warm; the test fails where these differ."""
        expected = self._expected(case, self.by_python(case, cwd))
        for which in ("cold", "warm"):
            diff = _diff(expected, self.by_mainspring(case, cwd))
            if diff:
                pytest.fail("\n".join([f"{which}: python's side is -, mainspring's is +", *diff]), pytrace=False)

    def _rows(self, case: Case) -> List[Difference]:
        return [row for row in self.differences if row.where == case.name or fnmatchcase(case.bundle, row.where)]

    def _expected(self, case: Case, by_python: Sight) -> Sight:
        for row in self._rows(case):
            same = [name for name, value in row.expected.items() if by_python.get(name) == value is not ANY]
            assert not same, f"no difference any more in {same}: {row}"
            by_python = {**by_python, **row.expected}
        return by_python

    def _with_places(self, value: str, cwd: Path) -> str:
        """Give the value of a variable, in which `{cwd}` is a place, and `{bundle:NAME}` another bundle."""
        value = re.sub(r"\{bundle:([^}]+)\}", lambda found: str(self.bundle(found[1])), value)
        return value.replace("{cwd}", str(cwd))

    def _link(self, path: Path, link: Path) -> Path:
        if not link.exists():
            os.symlink(str(path), str(link))
        return link

    def _with_names(self, case: Case, cwd: Path, home: Path, text: str) -> str:
        path = str(self.bundle(case.bundle))
        kept = rf"{re.escape(str(_store(cwd)))}/bundles[^/]*/[^/\s\"':]+/[^/\s\"':]+"
        names = [
            (r"0x[0-9a-f]+", "0x"),
            (rf"{kept}/site-packages|[^\s\"':,\[]*/[^/\s\"':]+_[^/\s\"':]+/site-packages", "{site}"),
            (r"[^\s\"':,\[]*/([\w.+-]+\.whl)\b", r"{wheel}/\1"),
            (rf"{kept}|[^\s\"':,\[]*/unzipped_pexes/\d+/[0-9a-f]+", "{app}"),
            (r"[^\s\"':,\[]*/venvs/\d+/(?:[0-9a-f]+/[0-9a-f]+|s/[0-9a-f]+/venv)", "{venv}"),
            (re.escape(path), "{app}"),
            (re.escape(sys.executable), "{python}"),
            (re.escape(str(cwd)), "{cwd}"),
            (re.escape(str(home)), "{home}"),
        ]
        for pattern, name in names:
            text = re.sub(pattern, name, text)
        return text

    def _without_differences(self, case: Case, sight: Sight) -> Sight:
        for row in self._rows(case):
            sight = _without(sight, *row.what.partition(":")[::2])
        return sight


def run_alone(words: Sequence[str], cwd: Path, stdin: str, env: Dict[str, str]) -> Ended:
    """Run a command in cwd with these variables and no others; what takes too long ends with all that it started."""
    pipe = subprocess.PIPE
    with subprocess.Popen(
        list(words), cwd=str(cwd), env=env, stdin=pipe, stdout=pipe, stderr=pipe, start_new_session=True
    ) as process:
        try:
            said = process.communicate(stdin.encode(), LONGEST)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            pytest.fail(f"took more than {LONGEST} seconds: {words}\n{process.communicate()}", pytrace=False)
    return Ended(process.returncode, *(text.decode("utf-8", "backslashreplace") for text in said))


def parameters(cases: Mapping[str, Any]) -> List[Any]:
    """Give the cases, by their names, as pytest wants them."""
    return [pytest.param(case, id=name, marks=_since(case)) for name, case in cases.items()]


def _since(case: Any) -> List[pytest.MarkDecorator]:
    """Give the mark of the oldest Python on which the tool runs that makes the bundle of case."""
    recipe = makers_bench.RECIPES.get(getattr(case, "bundle", ""))
    oldest = makers_bench.NEEDS.get(recipe.tool) if recipe is not None else None
    return [] if oldest is None else [pytest.mark.since(*oldest)]


def by_name(cases: Sequence[Case]) -> Dict[str, Case]:
    """Give the cases by their names, of which no two are the same."""
    named = {case.name: case for case in cases}
    assert len(named) == len(cases)
    return named


def tree_of(directory: Path) -> List[str]:
    """Give the names of all that is below directory."""
    return sorted(str(path.relative_to(directory)) for path in directory.rglob("*"))


def _environment() -> Dict[str, str]:
    """Give the few variables that a program needs, without any of whoever runs the tests: they are compared."""
    kept = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT", "LD_LIBRARY_PATH") if name in os.environ}
    return {**kept, "LC_ALL": "C.UTF-8", "NO_COLOR": "1", "TERM": "dumb", "COLUMNS": "80"}


def _store(cwd: Path) -> Path:
    return cwd / "store"


def _last_line(text: str) -> str:
    return (text.strip().splitlines() or [""])[-1]


def _parsed(out: str) -> Sight:
    """Give what was printed; the object in it that tells of the environment is taken apart."""
    start = out.find("{\n")
    if start < 0:
        return {"out": out}
    told, end = json.JSONDecoder().raw_decode(out[start:])
    sight: Sight = {"out": out[:start] + out[start + end :]}
    for name, value in told.items():
        parts = value.items() if isinstance(value, dict) else ()
        sight.update({f"{name}.{key}": each for key, each in parts} if parts else {name: value})
    return sight


def _without(sight: Sight, what: str, item: str) -> Sight:
    if not item:
        return {name: value for name, value in sight.items() if not fnmatchcase(name, what)}

    def kept(value: Any) -> Any:
        return [each for each in value if not fnmatchcase(str(each), item)] if isinstance(value, list) else value

    return {name: kept(value) if fnmatchcase(name, what) else value for name, value in sight.items()}


def _diff(python: Sight, mainspring: Sight) -> List[str]:
    lines: List[str] = []
    for name in sorted({*python, *mainspring}):
        one, other = (sight.get(name, "(missing)") for sight in (python, mainspring))
        if one != other:
            lines += [f"{name}:", f"  - {_shown(one)}", f"  + {_shown(other)}"]
    return lines


def _shown(value: object) -> str:
    return "\n    ".join(map(str, value)) if isinstance(value, list) else str(value)
