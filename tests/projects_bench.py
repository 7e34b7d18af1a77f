"""What the tests of projects share: copies of the fixtures, one store for a whole module, and the downloads of all runs."""

import os
import shutil
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import Dict, Iterator, List, Optional

import pytest

from mainspring.projects import installers
from support import FIXTURES, MAINSPRING, ROOT, Ended, run

sys.path.append(str(ROOT / "scripts"))
try:
    from _pythons import probe
    from _venvs import SetupFailed, borrowed, cache_directory
finally:
    sys.path.remove(str(ROOT / "scripts"))

PROJECTS = FIXTURES / "projects"
OFFLINE = "MAINSPRING_TEST_OFFLINE"
UV = "uv==0.9.5"
NOWHERE = "http://127.0.0.1:9/simple"  # an index that nobody can reach
# With the home that the downloads are kept in, which tests do not have.
_AT_START = dict(os.environ)

needs_installer = pytest.mark.skipif(
    installers.which() is None or OFFLINE in _AT_START, reason=f"there is neither uv nor pip, or {OFFLINE} is set"
)


@contextmanager
def at_start() -> Iterator[None]:
    """Have the environment that the tests were started in, which has a home."""
    of_test = dict(os.environ)
    os.environ.clear()
    os.environ.update(_AT_START)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(of_test)


def downloads() -> Dict[str, str]:
    """Give the variables by which pip and uv keep what they download for later runs."""
    with at_start():
        directory = cache_directory() / "downloads"
    return {"PIP_CACHE_DIR": str(directory / "pip"), "UV_CACHE_DIR": str(directory / "uv")}


class Bench:
    """A directory with copies of projects, and a store.

    place: where the projects are. store: where the store is.
    """

    def __init__(self, place: Path, store: Path) -> None:
        self.place = place
        self.store = store
        self.variables = {"MAINSPRING_CACHE_DIR": str(store), **downloads()}

    def copy(self, name: str, to: Optional[str] = None) -> Path:
        """Give a copy of the fixture of that name."""
        path = self.place / (to or os.path.basename(name))
        shutil.copytree(str(PROJECTS / name), str(path), ignore=shutil.ignore_patterns("__pycache__"))
        return path

    def write(self, name: str, text: str) -> Path:
        """Write a file, and the directories it is in."""
        path = self.place / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def start(self, *words: str, cwd: Optional[Path] = None, **more: str) -> Ended:
        """Start mainspring with words, in the place, with the variables in more."""
        return run([*MAINSPRING, *words], cwd or self.place, env={**self.variables, **more}, timeout=100)

    def layers(self) -> List[Path]:
        """Give the entries of the layers in the store, but for those with nothing but the metadata of a project."""
        return sorted(entry for entry in self.store.glob("layers-1/*") if not self.has_only_metadata(entry))

    @staticmethod
    def has_only_metadata(layer: Path) -> bool:
        """Tell whether there is nothing in a layer but one `.dist-info`."""
        names = [path.name for path in layer.glob("files/*")]
        return len(names) == 1 and names[0].endswith(".dist-info")


def uv_directory() -> Path:
    """Give a directory with uv in it, installed for the tests and kept for later runs."""
    try:
        with at_start():
            python = probe(sys.executable)
            assert python is not None
            with borrowed(python, "uv", [UV]) as venv:
                return Path(venv.script("uv")).parent
    except SetupFailed as error:
        pytest.fail(str(error), pytrace=False)
