"""Programs in each packaging: built once, and kept in the cache for later runs.

A product lies in a directory named for its program, for all that it is made of, and for its packaging; the mark
written last says that it is whole. All packagings of a program hold the same wheels.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import Callable, Dict, Iterator, List, NamedTuple, Optional

from _programs import Program
from _pythons import Python, clean_environment
from _venvs import BACKEND, ROOT, Venv, alone_in, borrowed, cache_directory, run, source_digest

TOOLS = ["pip>=25", "shiv==1.0.8", "pex==2.105.2", BACKEND]

MAIN = "import sys\nfrom {module} import {function}\nsys.exit({function}())\n"

RUN = "run-"  # how the directories of a single run begin

_RECIPE = "1"  # another one, and all products are made anew
_WHOLE = "whole"


class Product(NamedTuple):
    """A program in a packaging: the words that start it, and the file or directory that it is."""

    words: List[str]
    path: Path


class Workshop:
    """The place where the products of one Python are made and kept, and the tools to make them."""

    def __init__(self, python: Python, directory: Path, tools: Venv) -> None:
        self.python = python
        self.directory = directory
        self.tools = tools
        self.mainspring: Optional[Venv] = None  # the same for the whole run, whatever becomes of the checkout

    def product(self, program: Program, packaging: str) -> Product:
        """Give the program in that packaging, made if need be; raises SetupFailed."""
        return PACKAGINGS[packaging](self, program)

    def place(self, program: Program) -> Path:
        """Give the directory of a program's products."""
        made_of = [self.python.path, self.python.version, _RECIPE, *TOOLS, program.requirements, program.project()]
        return self.directory / f"{program.name}-{hashlib.sha256(repr(made_of).encode()).hexdigest()[:10]}"

    def use(self, tool: str, *words: str) -> None:
        """Run one of the tools, a module; raises SetupFailed."""
        run([self.tools.python, "-m", tool, *words])

    def versions(self) -> str:
        """Tell which tools made the products."""
        words = [self.tools.python, "-m", "pip", "list", "--format", "freeze"]
        lines = subprocess.check_output(words, env=clean_environment(), universal_newlines=True).split()
        return ", ".join(line for line in lines if line.split("==")[0] in ("pex", "pip", "shiv"))


@contextmanager
def workshop(python: Python) -> Iterator[Workshop]:
    """Lend the workshop of python; whoever comes second waits, as two would disturb each other's measurements."""
    identity = hashlib.sha256(f"{python.path}\n{python.version}".encode()).hexdigest()[:10]
    directory = cache_directory() / "programs" / f"{python.version}-{identity}"
    directory.mkdir(parents=True, exist_ok=True)
    with alone_in(directory), borrowed(python, "tools", TOOLS) as tools:
        for left in directory.glob(f"{RUN}*"):
            shutil.rmtree(str(left), ignore_errors=True)
        yield Workshop(python, directory, tools)


def kept(directory: Path, what: str, make: Callable[[Path], None]) -> Path:
    """Give directory, and have make fill it unless it is whole."""
    mark = directory / _WHOLE
    if not mark.exists():
        print(f"making {what} in {directory}", file=sys.stderr, flush=True)
        shutil.rmtree(str(directory), ignore_errors=True)
        directory.mkdir(parents=True)
        make(directory)
        mark.touch()
    return directory


def wheels(shop: Workshop, program: Program) -> List[str]:
    """Give the paths of the wheels that make the program."""

    def make(directory: Path) -> None:
        for other in set(shop.directory.glob(f"{program.name}-*")) - {shop.place(program)}:
            shutil.rmtree(str(other))  # made of something else
        if program.requirements:
            shop.use(
                "pip",
                "wheel",
                "--quiet",
                "--only-binary",
                ":all:",
                "--wheel-dir",
                str(directory),
                *program.requirements,
            )
        files = program.project()
        if files:
            source = directory / "source"
            write_tree(source, files)
            shop.use("flit_core.wheel", str(source), "--outdir", str(directory))
            shutil.rmtree(str(source))

    directory = kept(shop.place(program) / "wheels", f"the wheels of {program.name}", make)
    return sorted(str(path) for path in directory.glob("*.whl"))


def write_tree(directory: Path, files: Dict[str, str]) -> None:
    """Write files, named by their paths, below directory."""
    for name, content in files.items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")


def site(shop: Workshop, program: Program) -> Path:
    """Give the directory that bundles are made of: the program installed but not compiled, with a `__main__.py`."""

    def make(directory: Path) -> None:
        shop.use("pip", *INSTALL, "--no-compile", "--target", str(directory / "site"), *wheels(shop, program))
        discard_pth(directory)
        module, function = program.entry_point.split(":")
        main = MAIN.format(module=module, function=function)
        (directory / "site" / "__main__.py").write_text(main, encoding="utf-8")

    return kept(shop.place(program) / "site", f"the files of {program.name}", make) / "site"


INSTALL = ("install", "--quiet", "--no-deps", "--no-index")


def discard_pth(directory: Path) -> None:
    """Remove what setuptools has run at each start of each program next to it; it is no part of any program here."""
    for path in directory.rglob("distutils-precedence.pth"):
        path.unlink()


def empty_venv(shop: Workshop, directory: Path) -> Venv:
    """Make a virtual environment with nothing in it."""
    run([shop.python.path, "-m", "venv", "--without-pip", str(directory)])
    return Venv(directory)


def bare(shop: Workshop) -> Venv:
    """Give a virtual environment with nothing in it, whose python runs the bundles."""
    return Venv(
        kept(shop.directory / "bare", "a bare environment", lambda directory: void(empty_venv(shop, directory)))
    )


def void(result: object) -> None:
    """Take what is not needed."""


def mainspring(shop: Workshop) -> Venv:
    """Give a virtual environment with this checkout's mainspring as it is at first, and nothing else."""
    if shop.mainspring is None:
        directory = shop.directory / f"mainspring-{source_digest()[:10]}"
        for other in set(shop.directory.glob("mainspring-*")) - {directory}:
            shutil.rmtree(str(other))

        def make(directory: Path) -> None:
            shop.use("flit_core.wheel", str(ROOT), "--outdir", str(directory))
            python = empty_venv(shop, directory).python
            wheel = next(directory.glob("*.whl"))
            shop.use("pip", "--python", python, "install", "--quiet", str(wheel))  # with what it depends on
            discard_pth(directory)

        shop.mainspring = Venv(kept(directory, "mainspring", make))
    return shop.mainspring


def install(shop: Workshop, venv: Venv, paths: List[str]) -> None:
    """Install wheels, and compile them."""
    shop.use("pip", "--python", venv.python, *INSTALL, *paths)


def as_venv(shop: Workshop, program: Program) -> Product:
    """Install the program in an environment of its own, started by its console script."""

    def make(directory: Path) -> None:
        install(shop, empty_venv(shop, directory), wheels(shop, program))
        discard_pth(directory)

    venv = Venv(kept(shop.place(program) / "venv", f"the environment of {program.name}", make))
    return Product([venv.script(program.script)], venv.directory)


def bundle(shop: Workshop, program: Program, packaging: str, make: Callable[[str], None]) -> str:
    """Give the path of the program's bundle, which make writes."""
    directory = shop.place(program) / packaging
    kept(directory, f"{program.name}, {packaging}", lambda directory: make(str(directory / "app.pyz")))
    return str(directory / "app.pyz")


def as_zipapp(shop: Workshop, program: Program) -> Product:
    """Zip the program as it is."""
    path = bundle(shop, program, "zipapp", lambda path: shop.use("zipapp", str(site(shop, program)), "-o", path))
    return Product([bare(shop).python, path], Path(path))


def as_zipapp_deflated(shop: Workshop, program: Program) -> Product:
    """Zip the program, compressed."""

    def make(path: str) -> None:
        shop.use("zipapp", str(site(shop, program)), "-c", "-o", path)

    path = bundle(shop, program, "zipapp-deflated", make)
    return Product([bare(shop).python, path], Path(path))


def as_zipapp_pyc(shop: Workshop, program: Program) -> Product:
    """Zip the program with the bytecode of each module beside it, valid whatever time zone reads the zip's times."""

    def make(path: str) -> None:
        copy = Path(path).with_name("site")
        shutil.copytree(str(site(shop, program)), str(copy))
        # What is not for this Python (templates, tests of syntax errors) does not compile, and is not needed.
        run([shop.tools.python, *COMPILE_ALL, str(copy)], statuses=(0, 1))
        shop.use("zipapp", str(copy), "-o", path)
        shutil.rmtree(str(copy))

    path = bundle(shop, program, "zipapp-pyc", make)
    return Product([bare(shop).python, path], Path(path))


COMPILE_ALL = ["-m", "compileall", "-q", "-b", "--invalidation-mode", "unchecked-hash"]


def as_shiv(shop: Workshop, program: Program) -> Product:
    """Make a bundle with shiv."""

    def make(path: str) -> None:
        words = ["--site-packages", str(site(shop, program)), "-e", program.entry_point, "-o", path]
        shop.use("shiv", *words)

    path = bundle(shop, program, "shiv", make)
    return Product([bare(shop).python, path], Path(path))


def as_pex(shop: Workshop, program: Program) -> Product:
    """Make a bundle with pex as it does by default; in a virtual environment it would start the Python below again."""
    path = bundle(shop, program, "pex", lambda path: pex(shop, program, path))
    return Product([shop.python.path, path], Path(path))


def as_pex_venv(shop: Workshop, program: Program) -> Product:
    """Make a bundle with pex, with all that makes it start fast."""
    options = ("--venv", "prepend", "--sh-boot")
    path = bundle(shop, program, "pex-venv", lambda path: pex(shop, program, path, *options))
    return Product([path], Path(path))


def pex(shop: Workshop, program: Program, path: str, *options: str) -> None:
    """Have pex make a bundle, with a cache that is thrown away: it would hold all of it once more."""
    root = Path(path).with_name("root")
    dists = [word for wheel in wheels(shop, program) for word in ("--pre-resolved-dist", wheel)]
    entry = ["-e", program.entry_point, "--pex-root", str(root), "--python", shop.python.path]
    named = [*program.requirements, *([program.name] if program.project() else [])]
    shop.use("pex", *named, *dists, *entry, *options, "-o", path)
    shutil.rmtree(str(root), ignore_errors=True)


def as_mainspring(shop: Workshop, program: Program) -> Product:
    """Give the command that runs the plain zipapp with mainspring."""
    path = as_zipapp(shop, program).path
    return Product([mainspring(shop).script("mainspring"), *program.options, str(path)], path)


def as_mainspring_shiv(shop: Workshop, program: Program) -> Product:
    """Give the command that runs shiv's bundle with mainspring."""
    path = as_shiv(shop, program).path
    return Product([mainspring(shop).script("mainspring"), str(path)], path)


def as_mainspring_pex(shop: Workshop, program: Program) -> Product:
    """Give the command that runs pex's bundle with mainspring."""
    path = as_pex(shop, program).path
    return Product([mainspring(shop).script("mainspring"), str(path)], path)


BASELINE = "venv"

PACKAGINGS: Dict[str, Callable[[Workshop, Program], Product]] = {
    BASELINE: as_venv,
    "zipapp": as_zipapp,
    "zipapp-deflated": as_zipapp_deflated,
    "zipapp-pyc": as_zipapp_pyc,
    "shiv": as_shiv,
    "pex": as_pex,
    "pex-venv": as_pex_venv,
    "mainspring": as_mainspring,
    "mainspring-shiv": as_mainspring_shiv,
    "mainspring-pex": as_mainspring_pex,
}


def size(path: Path) -> int:
    """Give the bytes of a file, or of all files below a directory."""
    if path.is_file():
        return path.stat().st_size
    return sum(os.lstat(str(each)).st_size for each in path.rglob("*") if not each.is_dir())
