"""Projects of which only their build backend knows all: it is asked once, and again when a file that counts has changed."""

import json
import os
import shutil
import sys
from pathlib import Path
from typing import Dict, List

import pytest

from mainspring.projects import backends, dist_info, overlay, settings
from mainspring.runtime import Refusal
from projects_bench import Bench, needs_installer, uv_directory
from support import Ended, run, until_settled, write_tree

# A backend in the project itself. It notes that it was asked, and makes a module of a text.
OWN = """\
import os, zipfile
def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    with open(os.environ["ASKED"], "a") as file:
        file.write("wheel\\n")
    with open("deps.txt") as file:
        needs = file.read()
    with open("src/app/words.in") as file:
        words = file.read()
    info = "app-4.2.dist-info"
    files = {
        f"{info}/METADATA": "Metadata-Version: 2.1\\nName: app\\nVersion: 4.2\\n" + needs,
        f"{info}/WHEEL": "Wheel-Version: 1.0\\nGenerator: own\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n",
        f"{info}/entry_points.txt": "[console_scripts]\\napp = app:main\\n",
        f"{info}/RECORD": "",
        "app/words.py": f"words = {words.strip()!r}\\n",
        "app_made.py": "made = True\\n",
    }
    for name in ("__init__.py", "more/__init__.py"):
        with open(f"src/app/{name}") as file:
            files[f"app/{name}"] = file.read()
    with open("elsewhere/tool.py") as file:
        files["app/tool.py"] = file.read()
    name = "app-4.2-py3-none-any.whl"
    with zipfile.ZipFile(os.path.join(wheel_directory, name), "w") as wheel:
        for file, text in files.items():
            wheel.writestr(file, text)
    return name
"""
INIT = """\
import app_made
from importlib.metadata import version
from . import more, tool, words
def main():
    print(version("app"), words.words, tool.word, more.word, __file__.endswith("__init__.py"))
"""
FILES = {
    "pyproject.toml": '[build-system]\nrequires = []\nbuild-backend = "own"\nbackend-path = ["back"]\n',
    "back/own.py": OWN,
    "deps.txt": "",
    "src/app/__init__.py": INIT,
    "src/app/more/__init__.py": "word = 'more'\n",
    "src/app/words.in": "first\n",
    "elsewhere/tool.py": "word = 'tool'\n",
}


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    bench = Bench(tmp_path / "place", tmp_path / "store")
    write_tree(bench.place / "app", FILES)
    (tmp_path / "asked").write_text("")
    bench.variables["ASKED"] = str(tmp_path / "asked")
    until_settled()
    return bench


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a store in which real backends are installed once."""
    return tmp_path_factory.mktemp("shared") / "store"


@pytest.fixture
def real(bench: Bench, shared: Path) -> Bench:
    """Give a bench with that store, and with uv, which is fast."""
    path = os.pathsep.join([str(uv_directory()), os.environ.get("PATH", "")])
    bench.variables.update(MAINSPRING_CACHE_DIR=str(shared), PATH=path)
    return bench


def _edit(bench: Bench, name: str, text: str) -> None:
    bench.write(f"app/{name}", text)
    until_settled()


def _asked(bench: Bench) -> int:
    return len(Path(bench.variables["ASKED"]).read_text().split())


# Asked once


def test_what_only_the_backend_knows_is_known_and_it_is_asked_once(bench: Bench) -> None:
    for _ in range(3):
        assert bench.start("app") == Ended(0, "4.2 first tool more True\n", "")
    assert _asked(bench) == 1


def test_a_later_start_loads_nothing_that_asks(bench: Bench) -> None:
    for _ in range(2):
        bench.start("app")
    loaded = bench.start("app", PYTHONVERBOSE="1").err
    assert "app.words" in loaded
    assert not [name for name in ("pyproject_hooks", "mainspring.projects", "subprocess") if f"'{name}" in loaded]


@pytest.mark.parametrize("name", ["src/app/__init__.py", "src/app/more/__init__.py", "elsewhere/tool.py"])
def test_an_edit_of_a_module_that_is_used_as_it_is_is_seen_and_nobody_is_asked(name: str, bench: Bench) -> None:
    bench.start("app")
    text = FILES[name].replace("'more'", "'new'").replace("'tool'", "'new'").replace("words.words", "'new'")
    _edit(bench, name, text)
    for _ in range(2):
        assert "new" in bench.start("app").out
    assert _asked(bench) == 1


def test_a_copy_of_a_module_elsewhere_is_not_taken_for_it(bench: Bench) -> None:
    _edit(bench, "aaa/tool.py", FILES["elsewhere/tool.py"])
    bench.start("app")
    _edit(bench, "aaa/tool.py", "word = 'stray'\n")
    assert bench.start("app").out == "4.2 first tool more True\n"
    _edit(bench, "elsewhere/tool.py", "word = 'new'\n")
    assert bench.start("app").out == "4.2 first new more True\n"


def test_a_file_beside_the_project_that_its_settings_name_is_watched(bench: Bench) -> None:
    _edit(bench, "pyproject.toml", f"{FILES['pyproject.toml']}[tool.own]\nshared = '../shared/words.in'\n")
    _edit(bench, "back/own.py", OWN.replace("src/app/words.in", "../shared/words.in"))
    for word in ("one", "two"):
        bench.write("shared/words.in", f"{word}\n")
        until_settled()
        assert bench.start("app").out == f"4.2 {word} tool more True\n"


def test_a_module_that_is_new_is_found(bench: Bench) -> None:
    bench.start("app")
    _edit(bench, "src/app/added.py", "word = 'added'\n")
    _edit(bench, "src/app/more/__init__.py", "from ..added import word\n")
    assert bench.start("app").out == "4.2 first tool added True\n"
    assert _asked(bench) == 1


@pytest.mark.parametrize("name", ["src/app/words.in", "deps.txt", "back/own.py"])
def test_a_file_that_counts_has_the_backend_asked_again(name: str, bench: Bench) -> None:
    bench.start("app")
    _edit(
        bench, name, FILES[name].replace("first", "second") + ("Requires-Python: >=3\n" if name == "deps.txt" else "")
    )
    for _ in range(2):
        assert bench.start("app").out == f"4.2 {'second' if name.endswith('.in') else 'first'} tool more True\n"
    assert _asked(bench) == 2


def test_nothing_is_written_to_the_project(bench: Bench) -> None:
    before = sorted((bench.place / "app").rglob("*"))
    for words in (["app"], ["app"], ["--no-cache", "app"]):
        assert bench.start(*words).status == 0
    assert sorted((bench.place / "app").rglob("*")) == before


def test_without_a_store_it_is_asked_every_time(bench: Bench) -> None:
    for _ in range(2):
        assert bench.start("--no-cache", "app") == Ended(0, "4.2 first tool more True\n", "")
    assert _asked(bench) == 2 and not bench.store.exists()


@pytest.mark.parametrize("lost", ["layers-1", "builds-1", "app/words.py"])
def test_what_is_lost_in_the_store_is_made_again(lost: str, bench: Bench) -> None:
    bench.start("app")
    if lost.endswith(".py"):
        [path] = bench.store.glob(f"layers-1/*/files/{lost}")
        path.write_text("words = 'wrong'\n")
    else:
        shutil.rmtree(str(bench.store / lost))
    assert bench.start("app").out == "4.2 first tool more True\n"
    assert "damaged: nothing" in bench.start("cache", "verify").out


def test_an_edit_does_not_look_like_damage(bench: Bench) -> None:
    bench.start("app")
    _edit(bench, "src/app/more/__init__.py", "word = 'new'\n")
    (bench.place / "app/elsewhere/tool.py").unlink()
    assert "damaged: nothing" in bench.start("cache", "verify").out


def test_worker_processes_find_what_was_made(bench: Bench) -> None:
    text = "import multiprocessing\nfrom . import words\ndef one(_):\n    from . import words\n    return words.words\n"
    text += "def main():\n    with multiprocessing.get_context('spawn').Pool(1) as pool:\n        print(pool.map(one, [1]))\n"
    _edit(bench, "src/app/__init__.py", text)
    assert bench.start("app") == Ended(0, "['first']\n", "")


def test_a_project_that_says_all_itself_has_no_backend_asked(bench: Bench) -> None:
    text = '[build-system]\nrequires = ["setuptools>=999"]\nbuild-backend = "setuptools.build_meta"\n'
    text += '[project]\nname = "plain"\nversion = "1"\n'
    bench.write("plain/pyproject.toml", text)
    bench.write("plain/setup.py", "import setuptools\nif __name__ == '__main__':\n    setuptools.setup()\n")
    bench.write("plain/plain.py", "print('ran')\n")
    assert bench.start("plain") == Ended(0, "ran\n", "")


# What it cannot tell


def test_a_backend_that_fails_is_named_with_its_last_words(bench: Bench) -> None:
    _edit(bench, "back/own.py", "def build_wheel(*args, **more):\n    raise ValueError('no luck')\n")
    ended = bench.start("app")
    assert ended == Ended(
        2, "", "mainspring: app: its build backend, own, failed\nhint: it says: ValueError: no luck\n"
    )
    assert not list(bench.store.glob("layers-1/*"))


SILENT = {"src/app/__init__.py": "", "src/app/other.py": ""}


@pytest.mark.parametrize(
    "said, files", [('scripts = {a = "app:a", b = "app:b"}\n', {}), ("", SILENT)], ids=["two", "none"]
)
def test_no_backend_is_asked_where_it_is_plain_before_that_nothing_starts(
    said: str, files: Dict[str, str], bench: Bench
) -> None:
    table = f'[project]\nname = "app"\nversion = "1"\ndynamic = ["dependencies"]\n{said}'
    _edit(bench, "pyproject.toml", FILES["pyproject.toml"] + table)
    for name, text in files.items():
        _edit(bench, name, text)
    reason = "it has several scripts, and none was chosen" if said else "it has nothing to run: "
    for words in ([], ["--explain"]):
        ended = bench.start(*words, "app")
        assert (ended.status, ended.out, _asked(bench)) == (2, "", 0)
        assert ended.err.startswith(f"mainspring: app: {reason}")
    assert bench.start("--entry=app:main", "app").status != 2 and _asked(bench) == 1


@pytest.mark.parametrize("more", ['dynamic = ["scripts"]\n', ""], ids=["dynamic", "elsewhere"])
def test_it_is_asked_where_it_may_have_something_that_starts(more: str, bench: Bench) -> None:
    _edit(bench, "pyproject.toml", f'{FILES["pyproject.toml"]}[project]\nname = "app"\nversion = "4.2"\n{more}')
    if not more:
        (bench.place / "app/src/app").rename(bench.place / "app/src/elsewhere")
    bench.start("app")
    assert _asked(bench) == 1


def test_a_backend_that_is_not_there_is_named(bench: Bench) -> None:
    (bench.place / "app/back/own.py").rename(bench.place / "app/back/other.py")
    ended = bench.start("app")
    assert (ended.status, ended.out) == (2, "")
    assert ended.err.startswith("mainspring: app: its build backend, own, cannot be used (")
    assert ended.err.count("\n") == 1 and "Traceback" not in ended.err


def test_what_a_backend_tells_is_judged_as_a_project_is(bench: Bench) -> None:
    lines = "Requires-Dist: app[two]; extra == 'one'\nProvides-Extra: one\n"
    lines += "Requires-Dist: app[one]; extra == 'two'\nProvides-Extra: two\nRequires-Dist: click ?\n"
    _edit(bench, "deps.txt", lines)
    told_in = "mainspring: app: what own tells: project."
    lines = bench.start("app").err.splitlines()
    assert [line[: len(told_in)] for line in lines] == [told_in] * 2
    assert "dependencies: 'click ?' cannot be read" in lines[0]
    assert "optional-dependencies.one: it requires itself, by way of one -> two -> one" in lines[1]


def test_settings_and_options_are_compared_with_what_it_tells(bench: Bench) -> None:
    _edit(bench, "deps.txt", "Provides-Extra: fast\n")
    assert bench.start("--extra=fast", "app").status == 0
    ended = bench.start("--extra=slow", "app")
    assert ended.err == "mainspring: app: it has no extra 'slow'\nhint: it has fast\n"


def test_a_table_of_tools_alone_is_no_project(bench: Bench) -> None:
    bench.write("tools/pyproject.toml", "[tool.black]\nline-length = 100\n")
    assert bench.start("tools").err.startswith("mainspring: tools: pyproject.toml: project: the table is missing; ")


REQUIREMENTS = {
    "b": ([], "b"),
    "b; extra == 'x'": (["x"], "b"),
    "b; 'X_y' == extra": (["x-y"], "b"),
    "b>1; (os_name == 'nt' or python_version < '3') and extra == 'x'": (
        ["x"],
        'b>1; (os_name == "nt" or python_version < "3")',
    ),
    "b; extra == 'x' or extra == 'y'": (["x", "y"], 'b; python_version >= "0" or python_version < "0"'),
    "b @ https://e.example/b.whl ; extra == 'x' and os_name == 'posix'": (
        ["x"],
        'b @ https://e.example/b.whl ; python_version >= "0" and os_name == "posix"',
    ),
}


@pytest.mark.parametrize("text", REQUIREMENTS)
def test_a_requirement_of_an_extra_is_one_without_asking_for_it(text: str) -> None:
    extras, expected = REQUIREMENTS[text]
    heads = [f"Provides-Extra: {extra}" for extra in ("x", "y", "x-y")]
    data = "\n".join(["Metadata-Version: 2.1", "Name: a", "Version: 1", f"Requires-Dist: {text}", *heads, "", ""])
    table = dist_info.table({"a-1.dist-info/METADATA": data.encode()})
    assert table["dependencies"] == ([] if extras else [expected])
    assert [name for name, found in table["optional-dependencies"].items() if found] == extras
    if extras:
        first = table["optional-dependencies"][extras[0]][0]
        assert first.replace("'", '"') == expected


# Which have to be asked


PROJECT = '[project]\nname = "app"\nversion = "1"\n'
MAKERS: Dict[str, List[str]] = {
    "maturin": ['[build-system]\nrequires = ["maturin"]\nbuild-backend = "maturin"\n'],
    "a path": ['[build-system]\nrequires = []\nbuild-backend = "flit_core.x"\nbackend-path = ["."]\n'],
    "cython": ['[build-system]\nrequires = ["setuptools", "Cython>=3"]\nbuild-backend = "setuptools.build_meta"\n'],
    "a hook": ['[build-system]\nbuild-backend = "hatchling.build"\n[tool.hatch.build.hooks.vcs]\nx = "y"\n'],
    "another place": ['[build-system]\nbuild-backend = "hatchling.build"\n[tool.hatch.build.force-include]\na = "b"\n'],
    "a script": ['[build-system]\nbuild-backend = "poetry.core.x"\n[tool.poetry.build]\nscript = "b.py"\n'],
    "setup.py": ["", "from setuptools import setup\nsetup(ext_modules=[])\n"],
    "ext-modules": ["[tool.setuptools]\next-modules = []\n"],
}
COPIERS: Dict[str, List[str]] = {
    "nothing": [""],
    "flit": ['[build-system]\nrequires = ["flit_core"]\nbuild-backend = "flit_core.buildapi"\n'],
    "scm": ['[build-system]\nrequires = ["setuptools", "setuptools_scm[toml]"]\nbuild-backend = "setuptools.x"\n'],
    "a stub": ["", "#!/usr/bin/env python\n'''x'''\nimport setuptools\nsetuptools.setup()\n"],
}


@pytest.mark.parametrize("name", [*MAKERS, *COPIERS])
def test_a_backend_that_may_make_modules_is_told_from_one_that_copies(name: str, tmp_path: Path) -> None:
    text, *setup = {**MAKERS, **COPIERS}[name]
    write_tree(tmp_path, {"pyproject.toml": PROJECT + text, **({"setup.py": setup[0]} if setup else {})})
    assert backends.of(str(tmp_path)).is_maker == (name in MAKERS)


HATCH = '[build-system]\nbuild-backend = "hatchling.build"\n'
PDM = '[build-system]\nbuild-backend = "pdm.backend"\n'
POETRY = '[build-system]\nbuild-backend = "poetry.core.x"\n'


@pytest.mark.parametrize(
    ("text", "files", "is_maker"),
    [
        (HATCH, {"hatch.toml": "[build.targets.wheel]\npackages = ['lib/app']\n"}, True),
        ("", {"hatch.toml": "[build]\n"}, False),
        ("", {"setup.cfg": "[options]\npackage_dir =\n    = lib\n"}, True),
        ("", {"setup.cfg": "[flake8]\n"}, False),
        (f"{POETRY}[tool.poetry]\npackages = [{{include = 'app', to = 'target'}}]\n", {}, True),
        (f"{POETRY}[tool.poetry]\npackages = [{{include = 'app'}}]\n", {}, False),
        (f"{PDM}[tool.pdm.version]\nwrite_to = 'app/_version.py'\n", {}, True),
        ("", {"setup.py": "from _build import run\nrun()\n"}, True),
        ("", {"setup.py": "from setuptools import setup\nsetup()\n"}, False),
    ],
)
def test_what_says_elsewhere_where_modules_are_makes_the_backend_a_maker(
    text: str, files: Dict[str, str], is_maker: bool, tmp_path: Path
) -> None:
    write_tree(tmp_path, {"pyproject.toml": PROJECT + text, **files})
    assert backends.of(str(tmp_path)).is_maker is is_maker


@pytest.mark.parametrize("field", ["version", "dependencies", "optional-dependencies", "scripts", "requires-python"])
def test_a_dynamic_field_is_for_the_backend(field: str, tmp_path: Path) -> None:
    write_tree(tmp_path, {"pyproject.toml": f'{PROJECT}dynamic = ["{field}", "readme"]\n'})
    assert settings.read(str(tmp_path)).unknown == (field.replace("-", "_"),)


# Real ones


@needs_installer
def test_what_poetry_knows_is_asked_for(real: Bench) -> None:
    real.copy("poetry")
    assert real.start("poetry") == Ended(0, "greet 2\niniconfig 2\ncowsay missing\n", "")
    assert real.start("--extra=loud", "poetry").out == "greet 2\niniconfig 2\ncowsay 6\n"


@needs_installer
def test_a_project_of_before_pyproject_toml_runs(real: Bench) -> None:
    real.copy("old")
    until_settled()
    for _ in range(2):
        assert real.start("old") == Ended(0, "chimes 0.3 with iniconfig 2.0.0\n", "")
    real.write(
        "old/chimes/__init__.py", "__version__ = '0.4'\ndef toll():\n    import chimes\n    print(chimes.__version__)\n"
    )
    assert real.start("--entry=toll", "old") == Ended(0, "0.4\n", "")


SCRIPT = """\
#!/usr/bin/env python3
import os, sys, lib
print("tool", lib.word, sys.argv[1:], os.path.relpath(sys.argv[0]), os.path.relpath(__file__), __name__)
"""
SCRIPT_SEEN = (
    f"tool {{}} ['a'] {os.path.join('filed', 'bin', 'tool')} {os.path.join('filed', 'bin', 'tool')} __main__\n"
)


@needs_installer
def test_a_script_that_is_a_file_of_the_project_starts_from_there_as_the_only_one_or_by_entry(real: Bench) -> None:
    def setup(more: str) -> None:
        text = "from setuptools import setup\nsetup(name='filed', version='1', py_modules=['lib'], "
        real.write("filed/setup.py", f"{text}scripts=['bin/tool', 'bin/shell'], {more})\n")
        until_settled()

    real.write("filed/lib.py", "word = 'one'\ndef main():\n    print('main')\n")
    real.write("filed/bin/tool", SCRIPT)
    real.write("filed/bin/shell", "#!/bin/sh\n")
    setup("")
    for _ in range(2):
        assert real.start("filed", "a") == Ended(0, SCRIPT_SEEN.format("one"), "")
    real.write("filed/bin/tool", SCRIPT.replace('"tool"', '"tool", "more"'))
    assert real.start("filed", "a").out.startswith("tool more one")
    real.write("filed/bin/tool", SCRIPT)
    setup("entry_points={'console_scripts': ['other = lib:main']}")
    ended = real.start("filed")
    assert ended.status == 2 and "hint: --entry takes one of other, tool; or" in ended.err
    for _ in range(2):
        assert real.start("--entry=tool", "filed", "a") == Ended(0, SCRIPT_SEEN.format("one"), "")
        assert real.start("--entry=other", "filed") == Ended(0, "main\n", "")


@needs_installer
@pytest.mark.parametrize(
    "table, setup",
    [
        ("[tool.setuptools]\nscript-files = ['bin/tool']\npackages = ['lib']\n", ""),
        ("[tool.setuptools]\npackages = ['lib']\n", "import setuptools\nsetuptools.setup(scripts=['bin/tool'])\n"),
    ],
    ids=["in a table", "in a setup.py"],
)
def test_a_script_that_is_a_file_is_known_where_pyproject_toml_says_all_else(
    table: str, setup: str, real: Bench, tmp_path: Path
) -> None:
    place = real.place / tmp_path.name
    files = {"lib/__init__.py": "word = 'one'\n", "bin/tool": SCRIPT, **({"setup.py": setup} if setup else {})}
    write_tree(place, {**files, "pyproject.toml": f"[project]\nname = 'lib'\nversion = '1'\n{table}"})
    until_settled()
    for _ in range(2):
        assert real.start(place.name, "a").out.startswith("tool one ['a']")


@needs_installer
@pytest.mark.skipif(shutil.which("cc") is None, reason="there is no C compiler")
def test_a_native_module_of_its_own_is_built_and_edits_of_the_others_are_seen(real: Bench) -> None:
    place = real.copy("compiled")
    before = sorted(place.rglob("*"))
    until_settled()
    for _ in range(2):
        assert real.start("compiled", "3", "4") == Ended(0, "It is 7.\n", "")
    real.write("compiled/src/sums/words.py", "def told(number):\n    return number\n")
    assert real.start("compiled", "3", "4", PATH="") == Ended(0, "7\n", "")
    source = place / "src/sums/_sums.c"
    source.write_text(source.read_text().replace("a + b", "a - b"))
    assert real.start("compiled", "3", "4") == Ended(0, "-1\n", "")
    assert sorted(place.rglob("*")) == before
    built = next(Path(real.variables["MAINSPRING_CACHE_DIR"]).rglob("_sums*.so"))
    shutil.copy(str(built), str(source.with_name(built.name)))  # as one that was built in its place before
    source.write_text(source.read_text().replace("a - b", "a * b"))
    assert real.start("compiled", "3", "4") == Ended(0, "12\n", "")


SCM = '[build-system]\nrequires = ["setuptools>=64", "setuptools-scm>=8"]\nbuild-backend = "setuptools.build_meta"\n'


@needs_installer
@pytest.mark.skipif(shutil.which("git") is None, reason="there is no git")
def test_a_tag_is_seen_though_no_file_of_the_project_has_changed(real: Bench) -> None:
    scripts = '[project.scripts]\napp = "app:main"\n[tool.setuptools_scm]\n'
    real.write("tagged/pyproject.toml", f'{SCM}[project]\nname = "app"\ndynamic = ["version"]\n{scripts}')
    real.write(
        "tagged/app.py", "import importlib.metadata\ndef main():\n    print(importlib.metadata.version('app'))\n"
    )

    directory = real.place / "tagged"
    for words in (["init", "-q"], ["add", "."], ["commit", "-qm", "one"]):
        _git(directory, *words)
    for version in ("1.0", "2.0", "2.1"):
        _git(directory, "tag", f"v{version}")
        until_settled()
        for _ in range(2):
            assert real.start("tagged") == Ended(0, f"{version}\n", "")
        _git(directory, "commit", "-q", "--allow-empty", "-m", "more")


def _git(directory: Path, *words: str) -> None:
    named = ["-c", "user.name=x", "-c", "user.email=x@example.org", "-c", "commit.gpgsign=false"]
    assert run(["git", *named, *words], directory).status == 0


@needs_installer
@pytest.mark.skipif(shutil.which("git") is None, reason="there is no git")
def test_commits_are_seen_in_a_repository_above_the_project_in_a_worktree_and_where_there_was_none(real: Bench) -> None:
    table = '[project]\nname = "app"\ndynamic = ["version"]\nscripts.app = "app:main"\n'
    table += '[tool.setuptools_scm]\nroot = ".."\nfallback_version = "0"\n'
    real.write("above/sub/pyproject.toml", f"{SCM}{table}")
    real.write("above/sub/app.py", "from importlib.metadata import version\ndef main():\n    print(version('app'))\n")
    assert real.start("above/sub").out == "0\n"
    for words in (["init", "-q"], ["add", "."], ["commit", "-qm", "one"], ["tag", "1.0"]):
        _git(real.place / "above", *words)
    _git(real.place / "above", "worktree", "add", "-q", "../tree")
    for name, version in (("above", "1.0"), ("tree", "1.0"), ("above", "1.1.dev1"), ("tree", "1.1.dev1")):
        until_settled()
        assert real.start(f"{name}/sub").out.partition("+")[0].strip() == version
        _git(real.place / name, "commit", "-q", "--allow-empty", "-m", "more")


@needs_installer
def test_a_version_that_a_variable_says_is_seen_when_it_changes(
    real: Bench,
) -> None:
    table = '[project]\nname = "my.app"\ndynamic = ["version"]\nscripts.app = "my_app:main"\n'
    table += '[tool.setuptools_scm]\nfallback_version = "0"\n'
    real.write("said/pyproject.toml", f"{SCM}{table}")
    real.write("said/my_app.py", "from importlib.metadata import version\ndef main():\n    print(version('my-app'))\n")
    until_settled()
    pretend = "SETUPTOOLS_SCM_PRETEND_VERSION"
    said: List[Dict[str, str]] = [{pretend: "1"}, {pretend: "2"}, {f"{pretend}_FOR_MY_APP": "3"}, {}]
    for variables, version in zip(said, "1230"):
        for _ in range(2):
            assert real.start("said", **variables) == Ended(0, f"{version}\n", "")


HATCH = '[build-system]\nrequires = ["hatchling>=1.18"]\nbuild-backend = "hatchling.build"\n[tool.hatch.version]\npath = "app.py"\n'
NAMING = """\
__version__ = "1.2"
def main():
    from importlib.metadata import distribution
    print(sorted(point.name for point in distribution("app").entry_points), distribution("app").version)
"""
HOOK = """\
from hatchling.metadata.plugin.interface import MetadataHookInterface
class Hook(MetadataHookInterface):
    def update(self, metadata):
        metadata["scripts"] = {"app": "app:main"}
"""


@needs_installer
@pytest.mark.parametrize(
    "table, names",
    [
        ('dynamic = ["version"]\nscripts.app = "app:main"\nentry-points.words.one = "app"\n', ["app", "one"]),
        ('dynamic = ["version", "scripts"]\n[tool.hatch.metadata.hooks.custom]\n', ["app"]),
    ],
    ids=["stated", "by a hook"],
)
def test_entry_points_are_known_though_hatchling_has_none_in_the_metadata_it_prepares(
    table: str, names: List[str], real: Bench
) -> None:
    real.write("hatched/pyproject.toml", f'{HATCH}[project]\nname = "app"\n{table}')
    real.write("hatched/hatch_build.py", HOOK)
    real.write("hatched/app.py", NAMING)
    for _ in range(2):
        assert real.start("hatched") == Ended(0, f"{names} 1.2\n", "")


@needs_installer
def test_a_requirement_that_names_a_place_by_the_projects_own_as_hatchling_has_it_is_followed(real: Bench) -> None:
    table = '[project]\nname = "app"\nversion = "1"\nscripts.app = "app:main"\n'
    table += 'dependencies = ["near @ {root:uri}/near"]\n[tool.hatch.metadata]\nallow-direct-references = true\n'
    real.write("placed/pyproject.toml", f"{table}{HATCH}")
    real.write("placed/app.py", "def main():\n    import near\n    print(near.word)\n")
    real.write(
        "placed/near/pyproject.toml",
        f'{HATCH.replace("app.py", "near.py")}[project]\nname = "near"\ndynamic = ["version"]\n',
    )
    for word in ("old", "new"):
        real.write("placed/near/near.py", f"__version__ = '1'\nword = {word!r}\n")
        assert real.start("placed") == Ended(0, f"{word}\n", "")


REASONS = [
    "x.c:3:5: error: unknown type",
    "x.c(3): error C2065: 'a': undeclared identifier",
    "error[E0425]: cannot find value `x` in this scope",
    'meson.build:7:0: ERROR: Dependency "no" not found',
    "Caused by: Could not resolve host: index.crates.io",
]


@pytest.mark.parametrize("reason", REASONS)
def test_why_a_build_failed_is_told_and_not_only_that_it_did(reason: str) -> None:
    said = f"running build\nx.c: In function f:\n  {reason}\nerror: command 'gcc' failed\nError: it returned 1\n"
    assert backends._last_words(said) == f"it says: {reason}"


def test_what_a_build_said_last_is_told_if_nothing_says_why() -> None:
    assert backends._last_words("one\ntwo\n\n") == "it says: two"
    assert backends._last_words("") == "it does not say why"


def test_an_exception_is_told_with_all_its_lines() -> None:
    said = "Traceback (most recent call last):\n  File 'x', line 1, in f\n    raise E\n\n"
    exception = "E: there is no version.\n\nThere may be none in git.\n  Or set V.\n"
    told = "it says: E: there is no version. There may be none in git. Or set V."
    assert backends._last_words(f"{said}{exception}") == told
    assert backends._last_words(f"{said}F\n\nThe above exception was the cause:\n\n{said}{exception}") == told


def test_a_project_elsewhere_has_its_modules_linked_to_its_own_sources(bench: Bench) -> None:
    bench.start("app")
    shutil.copytree(str(bench.place / "app"), str(bench.place / "copy"))
    _edit(bench, "src/app/more/__init__.py", "word = 'mine'\n")
    assert bench.start("copy").out == "4.2 first tool more True\n"
    assert bench.start("app").out == "4.2 first tool mine True\n"


def test_a_library_that_is_missing_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyproject_hooks", None)
    with pytest.raises(Refusal, match="no pyproject_hooks"):
        backends.metadata(str(tmp_path), backends.of(str(tmp_path)), 0, False)
    assert json.dumps(os.listdir(str(tmp_path))) == "[]"


# Where no links can be made


def test_without_the_right_to_make_links_on_windows_sources_are_copied_and_an_edit_makes_another_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_tree(
        tmp_path, {"src/a.py": "old", "src/b/c.py": "c", "src/b/__pycache__/c.pyc": "", "tree/x": "", "work/x": ""}
    )
    tree, work, source = (str(tmp_path / name) for name in ("tree", "work", "src"))
    links = {"p/a.py": os.path.join(source, "a.py"), "p/b": os.path.join(source, "b")}
    plan = overlay.Plan({"p/made.py": b"made"}, links, ())

    def denied(*_: object, **__: object) -> None:
        raise OSError("A required privilege is not held by the client")

    with monkeypatch.context() as windows:
        windows.setattr(os, "name", "nt")
        windows.setattr(os, "symlink", denied)
        plan.fill(tree, work, None)
        words = plan.words()
        (tmp_path / "src" / "b" / "c.py").write_text("edited")
        assert plan.words() != words
    found = {path.relative_to(tree).as_posix(): path.read_text() for path in Path(tree, "p").rglob("*.*")}
    assert found == {"p/a.py": "old", "p/b/c.py": "c", "p/made.py": "made"}
    assert os.listdir(work) == ["x"] and not list(Path(tree).rglob("*.pyc"))


def test_what_may_have_been_copied_on_windows_is_watched_and_where_more_may_come(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_tree(tmp_path, {"a.py": "", "b/c/d.py": ""})
    plan = overlay.Plan({}, {f"p/{name}": str(tmp_path / name) for name in ("a.py", "b")}, ())
    with monkeypatch.context() as windows:
        windows.setattr(os, "name", "nt")
        assert set(plan.watched()) == {
            str(tmp_path.joinpath(*path.split("/"))) for path in ("a.py", "b", "b/c", "b/c/d.py")
        }


def test_where_links_can_be_made_an_edit_needs_no_other_directory(tmp_path: Path) -> None:
    write_tree(tmp_path, {"a.py": "old", "tree/x": "", "work/x": ""})
    plan = overlay.Plan({}, {"p/a.py": str(tmp_path / "a.py")}, ())
    plan.fill(str(tmp_path / "tree"), str(tmp_path / "work"), None)
    words = plan.words()
    (tmp_path / "a.py").write_text("edited")
    assert (tmp_path / "tree" / "p" / "a.py").read_text() == "edited"
    assert os.name == "nt" or plan.words() == words
