"""Modules in folders of a bundle which python finds by itself: on sys.path by the program's own hand, or of namespace packages."""

import shutil
from pathlib import Path
from typing import List

import pytest

from support import MAINSPRING, PYTHON, Ended, images, run, until_settled, write_zip

# Notes the files that are compiled from here on.
WATCHING = """
import sys
compiled = []
sys.addaudithook(lambda event, args: compiled.append(str(args[1])) if event == "compile" else None)
"""
ON_THE_PATH = f"""{WATCHING}
import os
sys.path.insert(0, os.path.join(os.path.dirname(__file__), "vendor"))
import inner
from inner import deep
print(inner.__file__.replace(os.path.dirname(__file__), ""), type(inner.__loader__).__name__, deep.__spec__.name)
print([name for name in compiled if "inner" in name])
"""
FILES = {"vendor/inner/__init__.py": "", "vendor/inner/deep.py": ""}
OPTIONS: List[List[str]] = [[], ["--unpack"]]


def start(place: Path, *options: str) -> Ended:
    return run([*MAINSPRING, *options, "app.pyz"], place, env={"MAINSPRING_CACHE_DIR": str(place / "store")})


def bytecode(place: Path) -> List[Path]:
    return [path for path in place.rglob("*.pyc")]


@pytest.mark.parametrize("options", OPTIONS)
def test_what_a_program_puts_on_its_path_comes_from_the_store(options: List[str], tmp_path: Path) -> None:
    write_zip(tmp_path / "app.pyz", {"__main__.py": ON_THE_PATH, "vendor/": "", **FILES})
    until_settled()
    first = start(tmp_path, *options)
    start(tmp_path, *options)  # it may join what the first has left in pieces
    before = images(tmp_path / "store")
    assert start(tmp_path, *options).out.splitlines() == [first.out.splitlines()[0], "[]"]
    assert images(tmp_path / "store") == before
    assert bytecode(tmp_path) == []
    if not options:
        assert first.out.splitlines()[0] == run([*PYTHON, "app.pyz"], tmp_path).out.splitlines()[0]


def test_it_does_so_after_the_program_has_emptied_pythons_memory_of_finders(tmp_path: Path) -> None:
    emptied = ON_THE_PATH.replace("import inner\n", "sys.path_importer_cache.clear()\nimport inner\n", 1)
    write_zip(tmp_path / "app.pyz", {"__main__.py": emptied, "vendor/": "", **FILES})
    start(tmp_path)
    assert start(tmp_path).out.splitlines()[1:] == ["[]"]


HOOKING = """
import sys
from importlib.machinery import EXTENSION_SUFFIXES, ExtensionFileLoader, FileFinder, SourceFileLoader
from zipimport import zipimporter

class Loader(SourceFileLoader):
    pass

class Importer(zipimporter):
    pass

native = ExtensionFileLoader, EXTENSION_SUFFIXES
sys.path_hooks[:0] = [FileFinder.path_hook(native, (Loader, [".py"])), Importer]
if "clear" in sys.argv:
    sys.path_importer_cache.clear()
import package.module
print(type(package.__loader__).__name__, type(package.module.__loader__).__name__)
"""


@pytest.mark.parametrize("options", OPTIONS)
@pytest.mark.parametrize("word", ["clear", "keep"])
def test_path_hooks_of_the_program_make_its_finders(word: str, options: List[str], tmp_path: Path) -> None:
    # As beartype's do, for one.
    write_zip(tmp_path / "app.pyz", {"__main__.py": HOOKING, "package/__init__.py": "", "package/module.py": ""})
    tree = tmp_path / "tree"
    shutil.unpack_archive(str(tmp_path / "app.pyz"), str(tree), "zip")
    expected = run([*PYTHON, "tree" if options else "app.pyz", word], tmp_path)
    env = {"MAINSPRING_CACHE_DIR": str(tmp_path / "store")}
    for _ in range(3):
        assert run([*MAINSPRING, *options, "app.pyz", word], tmp_path, env=env) == expected


NAMESPACE = f"""{WATCHING}
import space.inner.deep
print([name for name in compiled if "deep" in name])
"""


@pytest.mark.parametrize("options", OPTIONS)
def test_so_does_what_is_in_a_namespace_package(options: List[str], tmp_path: Path) -> None:
    files = {"__main__.py": NAMESPACE, "space/": "", "space/inner/": "", "space/inner/deep.py": ""}
    write_zip(tmp_path / "app.pyz", files)
    until_settled()
    assert "deep" in start(tmp_path, *options).out
    start(tmp_path, *options)
    before = images(tmp_path / "store")
    assert start(tmp_path, *options) == Ended(0, "[]\n", "")
    assert images(tmp_path / "store") == before
    assert bytecode(tmp_path) == []


PROJECT = """
[build-system]
requires = ["flit_core >=3.2,<4"]
build-backend = "flit_core.buildapi"

[project]
name = "space.tool"
version = "1"
description = "A tool in a namespace package."

[project.scripts]
tool = "space.tool:main"
"""


def test_no_bytecode_is_written_into_a_namespace_package_of_a_project(tmp_path: Path) -> None:
    project = tmp_path / "project"
    (project / "src" / "space").mkdir(parents=True)
    (project / "src" / "space" / "tool.py").write_text("def main():\n    print('ran')\n")
    (project / "pyproject.toml").write_text(PROJECT)
    env = {"MAINSPRING_CACHE_DIR": str(tmp_path / "store")}
    assert run([*MAINSPRING, "project"], tmp_path, env=env) == Ended(0, "ran\n", "")
    assert bytecode(project) == []


def test_what_is_found_but_not_imported_does_not_have_the_image_written_anew(tmp_path: Path) -> None:
    finding = "import importlib.util, sys\nprint(importlib.util.find_spec(''.join(['in', 'ner'])) is not None)\n"
    write_zip(tmp_path / "app.pyz", {"__main__.py": finding, "inner.py": ""})
    until_settled()
    assert start(tmp_path, "--unpack") == start(tmp_path, "--unpack") == Ended(0, "True\n", "")
    before = images(tmp_path / "store")
    assert start(tmp_path, "--unpack") == Ended(0, "True\n", "")
    assert images(tmp_path / "store") == before


OF_ONE_NAME = """
import os, sys
from importlib.machinery import PathFinder
if "library" in sys.argv:
    del sys.path[0]
else:
    PathFinder.find_spec("wave", [os.path.dirname(os.__file__)])
import wave
print(vars(wave).get("OWN", "the library's"))
"""


def test_a_module_of_the_library_is_not_taken_for_the_programs_own_of_that_name(tmp_path: Path) -> None:
    write_zip(tmp_path / "app.pyz", {"__main__.py": OF_ONE_NAME, "wave.py": "OWN = 'the program\\'s'"})
    until_settled()
    env = {"MAINSPRING_CACHE_DIR": str(tmp_path / "store")}
    for word, whose in (("own", "the program's"), ("own", "the program's"), ("library", "the library's")):
        assert run([*MAINSPRING, "--unpack", "app.pyz", word], tmp_path, env=env) == Ended(0, f"{whose}\n", "")


WRITING = """
import os, sys
try:
    import made
except ImportError:
    print("not there")
if "write" in sys.argv:
    path = os.path.join(os.path.dirname(__file__), "made.py")
    with open(path, "w") as file:
        file.write("")
    sys.path_importer_cache.clear()
    import made
    os.remove(path)
    print("there")
"""


def test_a_module_that_another_writes_is_found_once_python_has_forgotten_its_finders(tmp_path: Path) -> None:
    write_zip(tmp_path / "app.pyz", {"__main__.py": "import writer", "writer.py": WRITING})
    until_settled()
    for _ in range(2):
        assert start(tmp_path, "--unpack") == Ended(0, "not there\n", "")
    env = {"MAINSPRING_CACHE_DIR": str(tmp_path / "store")}
    ended = run([*MAINSPRING, "--unpack", "app.pyz", "write"], tmp_path, env=env)
    assert ended == Ended(0, "not there\nthere\n", "")


OF_THE_LIBRARY = f"""{WATCHING}
import calendar, textwrap
print([name for name in compiled if name.endswith(("calendar.py", "textwrap.py"))])
"""


def test_what_python_keeps_no_bytecode_of_is_in_the_store(tmp_path: Path) -> None:
    # As in many images of containers, in which bytecode is neither there nor written.
    write_zip(tmp_path / "app.pyz", {"__main__.py": OF_THE_LIBRARY})
    env = {
        "MAINSPRING_CACHE_DIR": str(tmp_path / "store"),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONPYCACHEPREFIX": str(tmp_path / "none"),
    }
    assert "textwrap" in run([*MAINSPRING, "app.pyz"], tmp_path, env=env).out
    assert run([*MAINSPRING, "app.pyz"], tmp_path, env=env) == Ended(0, "[]\n", "")
    before = images(tmp_path / "store")
    assert run([*MAINSPRING, "app.pyz"], tmp_path, env=env) == Ended(0, "[]\n", "")
    assert images(tmp_path / "store") == before
    assert len(list((tmp_path / "store").glob("floors-*/*"))) == 1
    assert bytecode(tmp_path) == []
