"""Bundles made by the makers themselves: built once, and kept in the user's cache for all Pythons and later runs.

The newest Python builds those of pure Python, for all; each builds for itself what has something of a version in it.

A product lies in a directory named for all that it is made of, so that another recipe is another product; the
mark written last says that it is whole. Whoever builds one has it for himself meanwhile, and products that are
whole are not touched any more: any number of runs may share them.
"""

import base64
import hashlib
import json
import os
import shutil
import sys
import time
import zipfile
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Callable, Dict, Iterator, List, NamedTuple, Optional, Tuple

import pytest

from support import FIXTURES, ROOT, Files

sys.path.append(str(ROOT / "scripts"))
try:
    from _pythons import Python, find, probe
    from _venvs import BACKEND, SetupFailed, Venv, alone_in, borrowed, cache_directory, run
finally:
    sys.path.remove(str(ROOT / "scripts"))

OFFLINE = "MAINSPRING_TEST_OFFLINE"

HERE = sys.version_info[:2]
_AT_START = dict(os.environ)  # with the home that pip's configuration and the cache are in, which tests do not have
_RECIPE = "5"  # another one, and all products are made anew
_WHOLE = "whole"
_OLD = 14 * 86400  # seconds; what was not used for so long, and would not be made so today, goes

# Which tools make bundles, each in an environment of its own.

PIP = "pip==25.0.1" if HERE < (3, 9) else "pip==25.3"
SETUPTOOLS = "setuptools==75.3.2" if HERE < (3, 9) else "setuptools==80.9.0"
SHIV_NEEDS = ["click==8.1.8", SETUPTOOLS, PIP]

TOOLS: Dict[str, List[str]] = {
    "pip": [PIP, BACKEND],
    "shiv": ["shiv==1.0.8", *SHIV_NEEDS],
    "shiv-1.0.3": ["shiv==1.0.3", *SHIV_NEEDS],
    "shiv-0.5.2": ["shiv==0.5.2", *SHIV_NEEDS],
    "pex": ["pex==2.105.2"],
    "zipapps": ["zipapps==2026.4.17", PIP, SETUPTOOLS],
    "pdm": ["pdm==2.26.0", "pdm-packer==0.8.2", "hishel==0.1.2", "httpx==0.28.1", "unearth==0.17.5", BACKEND],
}


BUILDERS = ("3.10", "3.11", "3.12", "3.13")  # which all of these tools support
NEEDS = {"pdm": (3, 10)}  # pdm-packer 0.8.2 does not load on 3.9


class Program(NamedTuple):
    """A program: the names of its console scripts, and all that pip installs for it, or how its wheels are written."""

    script: str
    entry_point: str
    requirements: Tuple[str, ...] = ()
    oldest: Tuple[int, int] = (3, 8)
    is_pure: bool = True


TYPING = "typing-extensions==4.12.2"

PROGRAMS: Dict[str, Program] = {
    "probe": Program("probe", "probe.cli:main"),
    "cowsay": Program("cowsay", "cowsay.__main__:cli", ("cowsay==6.1",)),
    "httpie": Program(
        "http",
        "httpie.__main__:main",
        (
            *("httpie==3.2.4", "charset-normalizer==3.4.1", "certifi==2025.1.31", "defusedxml==0.7.1", "idna==3.10"),
            *("markdown-it-py==3.0.0", "mdurl==0.1.2", "multidict==6.1.0", "Pygments==2.19.1", "PySocks==1.7.1"),
            *("requests==2.32.3", "requests-toolbelt==1.0.0", "rich==13.9.4", "urllib3==2.2.3", TYPING),
        ),
        is_pure=False,
    ),
    "black": Program(
        "black",
        "black:patched_main",
        (
            *("black==25.1.0", "click==8.1.8", "mypy-extensions==1.0.0", "packaging==24.2", "pathspec==0.12.1"),
            *("platformdirs==4.3.6", "tomli==2.2.1", TYPING),
        ),
        oldest=(3, 9),
        is_pure=False,
    ),
}

# What is written here as a wheel, because no builder makes it: a script that is no entry point, a .pth file, and
# a namespace package of two distributions. The program itself is a project, in fixtures.
RAW_SCRIPT = "#!python\nimport sys\nprint('raw script', sys.argv[1:], __name__)\nif sys.argv[1:]:\n    sys.exit(3)\n"
HOOK = "import sys\nsys.probe_hooked = getattr(sys, 'probe_hooked', 0) + 1\n"
WRITTEN: Dict[str, Files] = {
    "probe_extras": {
        "probe_hook.py": HOOK,
        "probe_hook.pth": "import probe_hook\nprobe_pth_directory\n",
        "probe_pth_directory/found_by_pth.py": "",
        "probe_extras-1.0.data/scripts/probe-raw": RAW_SCRIPT,
    },
    "probe_near": {"probe_space/near.py": "word = 'near'\n"},
    "probe_far": {"probe_space/far.py": "word = 'far'\n"},
}

PREAMBLE = """\
#!/usr/bin/env python3
import sys
names = sorted(name for name in ("archive", "env", "site_packages") if name in globals())
print("preamble", names, __name__, type(archive).__name__, type(env).__name__, type(site_packages).__name__)
print("preamble", archive, env.entry_point, env.script, site_packages.name, str(site_packages) in sys.path)
print("preamble", site_packages.is_dir(), (site_packages / "probe").is_dir(), len(site_packages.parent.name.split("_")))
"""
# As in shiv's manual: whatever else was unpacked of this bundle goes.
CLEANING = """\
#!/usr/bin/env python3
import shutil
from pathlib import Path
current = site_packages.parent
name, build_id = current.name.split("_")
for path in current.parent.iterdir():
    if path.name.startswith(f"{name}_") and not path.name.endswith(build_id):
        shutil.rmtree(path)
"""
PREAMBLES = {
    "preamble": ("preamble.py", PREAMBLE),
    "cleaning": ("cleaning.py", CLEANING),
    "shell": ("preamble.sh", "#!/bin/sh\necho preamble $#\nexit 3\n"),
}
USER_CODE: Files = {
    "user_code.py": "import sys\nif len(sys.argv) < 2:\n    print('user code')\nelif __name__ == '__main__':\n    from probe.cli import main\n    sys.exit(main())\n",
    "user_package/__init__.py": "",
    "user_package/__main__.py": "import sys\nfrom probe.cli import main\nsys.exit(main())\n",
    "user_package/data.txt": "user data\n",
}


class Recipe(NamedTuple):
    """How a bundle is made: of which program, by which tool, with which words, and what it is called."""

    tool: str
    words: Tuple[str, ...] = ()
    program: str = "probe"
    name: str = "app.pyz"
    make: str = ""  # that of the tool
    edit: str = ""  # what is put into the bundle's JSON afterwards


def _shiv(*words: str, tool: str = "shiv", program: str = "probe") -> Recipe:
    return Recipe(tool, words, program, make="shiv")


def _pex(*words: str, program: str = "probe", name: str = "app.pex") -> Recipe:
    return Recipe("pex", words, program, name)


INJECTED = ("--inject-env", "PROBE_INJECTED=from the maker", "--inject-args", "report --injected 'two words'")

RECIPES: Dict[str, Recipe] = {
    "shiv": _shiv("-c", "probe"),
    "shiv-entry": _shiv("-e", "probe.cli:second"),
    "shiv-module": _shiv("-e", "user_code"),
    "shiv-script": _shiv("-c", "probe-raw"),
    "shiv-nothing": _shiv(),
    "shiv-stored": _shiv("-c", "probe", "--uncompressed"),
    "shiv-reproducible": _shiv("-c", "probe", "--reproducible", "--compressed"),
    "shiv-compiled": _shiv("-c", "probe", "--compile-pyc"),
    "shiv-preamble": _shiv("-c", "probe", "--preamble", "{preamble}"),
    "shiv-cleans": _shiv("-c", "probe", "--preamble", "{cleaning}"),
    "shiv-shell": _shiv("-c", "probe", "--preamble", "{shell}"),
    "shiv-extends": _shiv("-c", "probe", "--extend-pythonpath"),
    "shiv-unmodified": _shiv("-c", "probe", "--no-modify"),
    "shiv-root": _shiv("-c", "probe", "--root", "$PROBE_ROOT/shiv"),
    "shiv-id": _shiv("-c", "probe", "--build-id", "chosen"),
    "shiv-python": _shiv("-c", "probe", "-p", "/usr/bin/env -S python3 -E"),
    "shiv-unknown": _shiv("-c", "probe")._replace(edit='{"a_key_of_tomorrow": true}'),
    "shiv-1.0.3": _shiv("-c", "probe", tool="shiv-1.0.3"),
    "shiv-0.5.2": _shiv("-c", "probe", tool="shiv-0.5.2"),
    "shiv-cowsay": _shiv("-c", "cowsay", program="cowsay"),
    "shiv-httpie": _shiv("-c", "http", program="httpie"),
    "shiv-black": _shiv("-c", "black", program="black"),
    "pex": _pex("-c", "probe"),
    "pex-function": _pex("-e", "probe.cli:second"),
    "pex-module": _pex("-m", "probe"),
    "pex-script": _pex("-c", "probe-raw"),
    "pex-nothing": _pex(),
    "pex-user-module": _pex("-D", "{user_code}", "-m", "user_code"),
    "pex-user-package": _pex("-D", "{user_code}", "-m", "user_package"),
    "pex-venv": _pex("-c", "probe", "--venv"),
    "pex-venv-prepend": _pex("-c", "probe", "--venv", "prepend"),
    "pex-venv-module": _pex("-m", "probe", "--venv"),
    "pex-venv-script": _pex("-c", "probe-raw", "--venv"),
    "pex-venv-leaky": _pex("-c", "probe", "--venv", "--non-hermetic-venv-scripts"),
    "pex-sh": _pex("-c", "probe", "--sh-boot"),
    "pex-venv-sh": _pex("-c", "probe", "--venv", "prepend", "--sh-boot"),
    "pex-loose": _pex("-c", "probe", "--layout", "loose", name="app"),
    "pex-packed": _pex("-c", "probe", "--layout", "packed", name="app"),
    "pex-loose-user": _pex("-D", "{user_code}", "-m", "user_package", "--layout", "loose", name="app"),
    "pex-packed-user": _pex("-D", "{user_code}", "-m", "user_package", "--layout", "packed", name="app"),
    "pex-inject": _pex("-c", "probe", *INJECTED),
    "pex-inject-venv": _pex("-c", "probe", "--venv", *INJECTED),
    "pex-inject-python": _pex("-c", "probe", "--inject-python-args", "-W ignore -u"),
    "pex-constrained": _pex("-c", "probe", "--interpreter-constraint", "CPython>=3.8,<4"),
    "pex-impossible": _pex("-c", "probe")._replace(edit='{"interpreter_constraints": ["CPython>=4"]}'),
    "pex-unknown": _pex("-c", "probe")._replace(edit='{"a_key_of_tomorrow": true}'),
    "pex-prefers": _pex("-c", "probe", "--inherit-path=prefer"),
    "pex-falls-back": _pex("-c", "probe", "--inherit-path=fallback"),
    "pex-unstripped": _pex("-c", "probe", "--no-strip-pex-env"),
    "pex-wheels": _pex("-c", "probe", "--no-pre-install-wheels"),
    "pex-tools": _pex("-c", "probe", "--include-tools"),
    "pex-stored": _pex("-c", "probe", "--no-compress"),
    "pex-cowsay": _pex("-c", "cowsay", program="cowsay"),
    "pex-httpie": _pex("-c", "http", "--exclude", "pip", "--exclude", "setuptools", program="httpie"),
    "pex-black": _pex("-c", "black", program="black"),
    "zipapps": Recipe("zipapps", ("-m", "probe.cli:main")),
    "zipapps-unpacked": Recipe("zipapps", ("-m", "probe.cli:main", "-u", "*")),
    "zipapps-cowsay": Recipe("zipapps", ("-m", "cowsay.__main__:cli"), "cowsay"),
    "pdm-packer": Recipe("pdm", ("-m", "probe.cli:main")),
}


VERSIONED = ("shiv-compiled", "pex-sh", "pex-venv-sh")  # with bytecode, or with the names of Pythons


class Bench:
    """The place of the products of a Python: of the one that runs the tests, or of the one that builds for all."""

    def __init__(self, python: Python, directory: Path, builder: "Optional[Bench]" = None) -> None:
        self.python = python
        self.directory = directory
        self._builder = builder
        self._failed: Dict[str, str] = {}

    def built(self, name: str) -> Path:
        """Give the path of that bundle, built if need be; the test fails, or is skipped, where it cannot be."""
        recipe = RECIPES[name]
        if self._builder and PROGRAMS[recipe.program].is_pure and name not in VERSIONED:
            return self._builder.built(name)
        self._require(recipe.program)
        if HERE < NEEDS.get(recipe.tool, HERE):
            pytest.skip(f"{recipe.tool} needs a newer Python")
        made_of = [name, recipe, TOOLS[recipe.tool], self._sources(recipe.program), PREAMBLES, USER_CODE]

        def make(place: Path) -> None:
            _MAKERS[recipe.make or recipe.tool](self, recipe, place)
            if recipe.edit:
                edit(place / recipe.name, json.loads(recipe.edit))

        return self._product(name, made_of, make) / recipe.name

    def wheels(self, program: str) -> List[Path]:
        """Give the wheels of that program, its own one first."""
        if self._builder and PROGRAMS[program].is_pure:
            return self._builder.wheels(program)
        self._require(program)
        made_of = self._sources(program)
        directory = self._product(f"wheels-{program}", made_of, lambda place: _wheels(self, program, place))
        return sorted(directory.glob("*.whl"), key=lambda path: (not path.name.startswith(f"{program}-"), path.name))

    def installed(self, program: str) -> Venv:
        """Give a virtual environment with that program installed by pip: what a wheel is compared with."""

        def make(place: Path) -> None:
            run([self.python.path, "-m", "venv", "--without-pip", str(place)])
            with self.tool("pip") as pip:
                words = ["--python", str(place / "bin" / "python"), *_INSTALL]
                run([pip.python, "-m", "pip", *words, *map(str, self.wheels(program))])

        return Venv(self._product(f"installed-{program}", self._sources(program), make))

    @contextmanager
    def tool(self, name: str) -> Iterator[Venv]:
        """Lend the virtual environment of a tool."""
        with borrowed(self.python, f"makers-{name}", TOOLS[name]) as venv:
            yield venv

    def _require(self, program: str) -> None:
        if HERE < PROGRAMS[program].oldest:
            pytest.skip(f"the pins of {program} are for newer versions")

    def _sources(self, program: str) -> List[object]:
        own = [(str(path), path.read_bytes()) for path in _files_of_probe()] + [WRITTEN]
        return [PROGRAMS[program], TOOLS["pip"], own if program == "probe" else []]

    def _product(self, name: str, made_of: object, make: Callable[[Path], None]) -> Path:
        digest = hashlib.sha256(repr([_RECIPE, self.python, made_of]).encode()).hexdigest()[:10]
        place = self.directory / f"{name}-{digest}"
        if name in self._failed:
            _give_up(self._failed[name])
        try:
            with _as_pytest_was_started():
                self._ensure(name, place, make)
        except SetupFailed as error:
            self._failed[name] = str(error)
            _give_up(self._failed[name])
        return place

    def _ensure(self, name: str, place: Path, make: Callable[[Path], None]) -> None:
        mark = place / _WHOLE
        if not mark.exists():
            with alone_in(place):
                if not mark.exists():  # another run may have made it meanwhile
                    self._discard_old(name)
                    shutil.rmtree(str(place), ignore_errors=True)
                    place.mkdir()
                    make(place)
                    mark.touch()
        os.utime(str(mark))

    def _discard_old(self, name: str) -> None:
        for mark in self.directory.glob(f"{name}-??????????/{_WHOLE}"):
            if mark.stat().st_mtime < time.time() - _OLD:
                shutil.rmtree(str(mark.parent), ignore_errors=True)


def open_bench() -> Bench:
    """Give the bench of the Python that runs the tests."""
    try:
        with _as_pytest_was_started():
            python = probe(sys.executable)
            assert python is not None
            builder = _builder() if python.minor != "3.8" else None  # which has other versions of the tools
            return _bench(python, _bench(builder) if builder and builder != python else None)
    except SetupFailed as error:
        _give_up(str(error))
        raise


@lru_cache(maxsize=None)
def _builder() -> Optional[Python]:
    able = [python for python in find() if python.minor in BUILDERS]
    return able[-1] if able else None


def _bench(python: Python, builder: Optional[Bench] = None) -> Bench:
    identity = hashlib.sha256(repr(python).encode()).hexdigest()[:10]
    directory = cache_directory() / "bundles" / f"{python.version}-{identity}"
    directory.mkdir(parents=True, exist_ok=True)
    return Bench(python, directory, builder)


def home(bench: Bench, name: str) -> Path:
    """Give the home directory in which a bundle's own bootstrap runs: what it unpacks stays there for later runs.

    All of PEX's have one: what they unpack lies there by its hash, and most of it is the same.
    """
    is_of_pex = name not in RECIPES or RECIPES[name].tool == "pex"
    place = bench.directory / "homes" / ("pex" if is_of_pex else name)
    place.mkdir(parents=True, exist_ok=True)
    return place


def _give_up(reason: str) -> None:
    if _AT_START.get(OFFLINE):
        pytest.skip(f"{OFFLINE} is set, and something is not built yet")
    pytest.fail(
        f"a bundle could not be built ({OFFLINE}=1 skips what needs the package index):\n{reason}", pytrace=False
    )


@contextmanager
def _as_pytest_was_started() -> Iterator[None]:
    during_test = dict(os.environ)
    os.environ.clear()
    os.environ.update(_AT_START)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(during_test)


# The wheels that bundles are made of

_INSTALL = ("install", "--quiet", "--no-deps", "--no-index")


def _files_of_probe() -> List[Path]:
    files = (FIXTURES / "probe").rglob("*")
    return sorted(path for path in files if path.is_file() and "__pycache__" not in path.parts)


def _wheels(bench: Bench, program: str, place: Path) -> None:
    with bench.tool("pip") as tool:
        if PROGRAMS[program].requirements:
            words = ["wheel", "--quiet", "--no-deps", "--only-binary", ":all:", "--wheel-dir", str(place)]
            run([tool.python, "-m", "pip", *words, *PROGRAMS[program].requirements])
        if program == "probe":
            run([tool.python, "-m", "flit_core.wheel", str(FIXTURES / "probe"), "--outdir", str(place)])
            for name, files in WRITTEN.items():
                write_wheel(place, name, "1.0", files)


def write_wheel(directory: Path, name: str, version: str, files: Files) -> Path:
    """Write a pure wheel with files in it, and the records that a wheel has."""
    info = f"{name}-{version}.dist-info"
    records: Files = {
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name.replace('_', '-')}\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    path = directory / f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(str(path), "w") as wheel:
        lines = []
        for member, content in {**files, **records}.items():
            data = content if isinstance(content, bytes) else content.encode()
            wheel.writestr(zipfile.ZipInfo(member), data)
            digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
            lines.append(f"{member},sha256={digest},{len(data)}\n")
        wheel.writestr(zipfile.ZipInfo(f"{info}/RECORD"), "".join([*lines, f"{info}/RECORD,,\n"]))
    return path


# The makers


def _make_with_shiv(bench: Bench, recipe: Recipe, place: Path) -> None:
    wheels = list(map(str, bench.wheels(recipe.program)))
    preambles = {name: _written(place / file, text) for name, (file, text) in PREAMBLES.items()}
    for path in preambles.values():
        path.chmod(0o755)
    words = [word.format(**preambles) for word in recipe.words]
    if "user_code" in words:
        wheels.append(str(write_wheel(place, "user_code", "1.0", USER_CODE)))
    with bench.tool(recipe.tool) as shiv:
        out = str(place / recipe.name)
        run([shiv.python, "-m", "shiv", *words, "-o", out, "--quiet", "--no-deps", "--no-index", *wheels])


def _make_with_pex(bench: Bench, recipe: Recipe, place: Path) -> None:
    wheels = bench.wheels(recipe.program)
    for name, content in USER_CODE.items():
        _written(place / "user_code" / name, content)
    words = [word.format(user_code=place / "user_code") for word in recipe.words]
    dists = [word for wheel in wheels for word in ("--pre-resolved-dist", str(wheel))]
    names = [wheel.name.split("-")[0].replace("_", "-") for wheel in wheels]
    made_by = ["--python", bench.python.path, "--pex-root", str(bench.directory / "pex-root")]
    with bench.tool("pex") as pex:
        run([pex.python, "-m", "pex", *names, *dists, *made_by, *words, "-o", str(place / recipe.name)])


def _make_with_zipapps(bench: Bench, recipe: Recipe, place: Path) -> None:
    wheels = list(map(str, bench.wheels(recipe.program)))
    with bench.tool("zipapps") as zipapps:
        out = str(place / recipe.name)
        run([zipapps.python, "-m", "zipapps", *recipe.words, "-o", out, *_INSTALL[2:], *wheels])


def _make_with_pdm(bench: Bench, recipe: Recipe, place: Path) -> None:
    project = place / "project"
    shutil.copytree(str(FIXTURES / "probe"), str(project), ignore=shutil.ignore_patterns("__pycache__"))
    with bench.tool("pdm") as pdm:
        _written(project / ".pdm-python", pdm.python)
        in_project = [pdm.python, "-m", "pdm", "pack", "-p", str(project)]
        # pdm keeps caches and logs where these variables, or else the home, say.
        own = {f"XDG_{kind}_HOME": str(place / "pdm" / kind) for kind in ("CACHE", "CONFIG", "DATA", "STATE")}
        run([*in_project, *recipe.words, "-o", str(place / recipe.name)], **own)


def edit(path: Path, changes: Dict[str, object]) -> None:
    """Write the bundle anew, with changes in the JSON that its maker reads.

    It keeps its first line: without one, pex does not know what it has made. The hash that pex has given it becomes another
    wherever it stands: what pex has unpacked of the bundle as it was would be taken for it.
    """
    before = path.with_name("before")
    path.rename(before)
    with zipfile.ZipFile(str(before)) as old:
        members = old.infolist()
        kept = next(json.loads(old.read(name)) for name in ("PEX-INFO", "environment.json") if name in old.namelist())
        known = str(kept.get("pex_hash", "no hash of pex's")).encode()
        other = hashlib.sha1(known + repr(changes).encode()).hexdigest().encode()
        path.write_bytes(before.read_bytes()[: min(member.header_offset for member in members)])
        with zipfile.ZipFile(str(path), "a", zipfile.ZIP_DEFLATED) as new:
            for member in members:
                data = old.read(member)
                if member.filename in ("environment.json", "PEX-INFO"):
                    data = json.dumps({**kept, **changes}, sort_keys=True).encode()
                new.writestr(member, data.replace(known, other))


def _written(path: Path, content: object) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(str(content), encoding="utf-8")
    return path


_MAKERS: Dict[str, Callable[[Bench, Recipe, Path], None]] = {
    "shiv": _make_with_shiv,
    "pex": _make_with_pex,
    "zipapps": _make_with_zipapps,
    "pdm": _make_with_pdm,
}
