"""--explain says what would happen, by what then does happen, and does nothing of it."""

import json
import os
import py_compile
import shlex
import shutil
import sys
import time
from pathlib import Path
from typing import Any, Dict, List, NamedTuple, Sequence

import pytest

from mainspring import wording
from projects_bench import PROJECTS, downloads, needs_installer
from support import MAINSPRING, PYTHON, Ended, Files, clean_environment, run, until_settled, write_tree, write_zip
from test_shiv_layout import BOOTSTRAP, KEYS
from test_shiv_layout import MAIN as SHIV_MAIN

posix = pytest.mark.skipif(os.name == "nt", reason="it is made of pipes, modes and programs of the system's")

SEEN = """\
import json, sys
main = vars(sys.modules["__main__"])
own = main["__spec__"].origin if main.get("__spec__") else main.get("__file__")
print(json.dumps({"argv": sys.argv, "path": sys.path, "python": sys.executable, "file": own}))
"""
CALLED = "def main():\n" + "".join(f"    {line}\n" for line in SEEN.splitlines())
DAMAGE = "import os\nopen(os.path.join(os.environ['MARKS'], 'executed'), 'w').close()\n"
SHIV: Files = {
    "__main__.py": SHIV_MAIN,
    "_bootstrap/__init__.py": BOOTSTRAP,
    "environment.json": json.dumps(KEYS),
    "site-packages/app.py": CALLED,
    "site-packages/package/__init__.py": "",
    "site-packages/package/__main__.py": SEEN,
    "site-packages/package/part.py": SEEN,
    "site-packages/more.pth": "# a comment\nadded\nnowhere\nimport sys\n../outside\n",
    "site-packages/added/found.py": "",
    "outside/found.py": "",
}
INFO = {
    "METADATA": "Metadata-Version: 2.1\nName: t\nVersion: 1\n",
    "RECORD": "",
    "WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    "entry_points.txt": "[console_scripts]\nt = app:main\n",
}
PROJECT = '[project]\nname = "app"\nversion = "1"\n[project.scripts]\ntool = "app:main"\nother = "app:main"\n'


class Start(NamedTuple):
    """A start: the kind that it is of, its words, and what its environment has besides."""

    kind: str
    words: List[str]
    env: Dict[str, str] = {}
    cold: bool = True  # whether the store has something to say of it


STARTS: Dict[str, Start] = {
    "a script": Start("script", ["s.py", "a", "--b"]),
    "a script that the store does not keep": Start("script", ["cookie.py"], cold=False),
    "a script without the store": Start("script", ["--no-cache", "s.py"], cold=False),
    "a script in a directory": Start("script", [os.path.join("d", "..", "k", "s.py")]),
    "bytecode": Start("bytecode", ["s.pyc", "a"], cold=False),
    "a directory": Start("directory", ["d", "a"], cold=False),
    "a directory with bytecode": Start("directory", ["compiled"], cold=False),
    "a directory, and a module in it": Start("directory", ["--entry", "inside", "d"], cold=False),
    "a package": Start("package", ["k", "a"], cold=False),
    "a project without a store": Start("project", ["--no-cache", "--entry", "tool", "p"], cold=False),
    "a script of a project": Start("project", ["--entry", "tool", "p", "a"]),
    "a script that says what it needs": Start("script", ["inline.py", "a"]),
    "an archive": Start("archive", ["a.pyz", "a", "b"]),
    "an archive without the store": Start("archive", ["a.pyz", "a"], {"MAINSPRING_NO_CACHE": "1"}, cold=False),
    "an archive with bytecode": Start("archive", ["compiled.pyz"]),
    "an archive with real files": Start("archive", ["--unpack", "a.pyz"]),
    "an archive with real files, by a variable": Start("archive", ["a.pyz"], {"MAINSPRING_UNPACK": "1"}),
    "an archive with native modules": Start("archive", ["native.pyz", "a"]),
    "an archive, and a function in it": Start("archive", ["--entry", "inside:main", "a.pyz", "a"]),
    "an archive, and a module in it": Start("archive", ["--entry", "inside", "a.pyz", "a"]),
    "a folder in an archive": Start("archive", [os.path.join("folder.zip", "sub"), "a"], cold=False),
    "a shiv bundle": Start("shiv", ["shiv.pyz", "a"]),
    "a shiv bundle and a module": Start("shiv", ["shiv.pyz", "a"], {"SHIV_ENTRY_POINT": "package.part"}),
    "a shiv bundle and a package": Start("shiv", ["--entry", "package", "shiv.pyz", "a"]),
    "a shiv bundle and a function": Start("shiv", ["shiv.pyz"], {"SHIV_ENTRY_POINT": "app.main"}),
    "a shiv bundle with a path": Start("shiv", ["shiv.pyz"], {"SHIV_PREPEND_PYTHONPATH": "/first"}),
    "an interpreter in a bundle": Start("shiv", ["--repl", "shiv.pyz", "s.py", "a"]),
    "a wheel": Start("wheel", ["t-1-py3-none-any.whl", "a"]),
    "a wheel and a module": Start("wheel", ["--entry", "inside", "t-1-py3-none-any.whl", "a"]),
    "standard input": Start("stdin", ["-", "a"], cold=False),
    "a module": Start("module", ["-m", "s", "a"], cold=False),
    "a module of a package": Start("module", ["-m", "k.part"], cold=False),
    "a package by name": Start("module", ["-mk", "a"], cold=False),
}


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A directory with a target of every kind."""
    part = {"s.py": SEEN, "inside.py": f"{CALLED}\nif __name__ == '__main__':\n    main()\n"}
    write_tree(
        tmp_path, {**part, "cookie.py": f"# coding: latin-1\n{SEEN}", "d/__main__.py": SEEN, "d/inside.py": SEEN}
    )
    write_tree(tmp_path, {"k/__init__.py": "", "k/__main__.py": f"from . import beside\n{SEEN}", "k/part.py": SEEN})
    write_tree(tmp_path, {"k/s.py": SEEN, "k/beside.py": "", "p/pyproject.toml": PROJECT, "p/app.py": CALLED})
    write_tree(tmp_path, {"inline.py": f"# /// script\n# dependencies = []\n# ///\n{SEEN}"})
    (tmp_path / "compiled").mkdir()
    for name in ("s.pyc", "compiled/__main__.pyc"):
        py_compile.compile(str(tmp_path / "s.py"), str(tmp_path / name), doraise=True)
    write_zip(tmp_path / "a.pyz", {"__main__.py": SEEN, **part})
    write_zip(tmp_path / "compiled.pyz", {"__main__.pyc": (tmp_path / "s.pyc").read_bytes()})
    write_zip(tmp_path / "native.pyz", {"__main__.py": SEEN, "x.so": b"\x7fELF"})
    write_zip(tmp_path / "folder.zip", {"sub/__main__.py": SEEN})
    write_zip(tmp_path / "shiv.pyz", SHIV)
    members = {f"t-1.dist-info/{name}": text for name, text in INFO.items()}
    write_zip(tmp_path / "t-1-py3-none-any.whl", {"app.py": CALLED, **part, **members})
    until_settled()
    return tmp_path


def explained(words: Sequence[str], cwd: Path, env: Dict[str, str], stdin: str = "") -> Dict[str, List[str]]:
    """Give what --explain says, as the lines of each step."""
    ended = run([*MAINSPRING, "--explain", *words], cwd, env=env, stdin=stdin)
    assert (ended.status, ended.err) == (0, "")
    return parsed(ended.out)


def parsed(text: str) -> Dict[str, List[str]]:
    """Give the lines of each step of a plan."""
    found: Dict[str, List[str]] = {}
    about = ""
    for line in text.splitlines():
        about = line[:11].strip() or about
        found.setdefault(about, []).append(line[12:])
    return found


def seen(words: Sequence[str], cwd: Path, env: Dict[str, str], stdin: str = "") -> Dict[str, Any]:
    """Give what a program sees that is started with words."""
    ended = run([*MAINSPRING, *words], cwd, env=env, stdin=stdin)
    # Since 3.15, site says of a path in a .pth file that it is not there.
    said = [
        line for line in ended.err.splitlines() if not line.endswith("nowhere does not exist; skipping sys.path append")
    ]
    assert (ended.status, said) == (0, [])
    found: Dict[str, Any] = json.loads(ended.out)
    return found


def compare(plan: Dict[str, List[str]], real: Dict[str, Any]) -> None:
    """See that a plan says what a program sees; the directory of a run without a store has no name before."""
    temporary = os.path.commonprefix([p for p in real["path"] if "mainspring-" in p and p not in plan["sys.path"]])
    known = os.path.join(os.sep, "a temporary directory")
    path = [os.path.join(known, "") if temporary and p.startswith(temporary) else p for p in real["path"]]
    assert [entry.replace("''", "") for entry in plan["sys.path"]] == [p.rstrip(os.sep) or p for p in path]
    assert eval(plan["sys.argv"][0]) == real["argv"]
    assert plan["python"][0].startswith(f"{real['python']} (")


@pytest.mark.parametrize("name", sorted(STARTS))
def test_what_is_explained_is_what_the_program_sees(name: str, place: Path) -> None:
    kind, words, more, has_store = STARTS[name]
    env = {"MAINSPRING_CACHE_DIR": str(place / "store"), **more}
    stdin = SEEN if "-" in words else ""
    cold = explained(words, place, env, stdin)
    assert not (place / "store").exists()
    real = seen(words, place, env, stdin)
    seen(words, place, env, stdin)
    warm = explained(words, place, env, stdin)
    for plan in (cold, warm):
        assert plan["kind"][0].startswith(f"{kind}: ")
        compare(plan, real)
    assert ("cold" in cold["store"][0], warm["store"][0].endswith(": warm")) == (has_store, has_store)


FILES = [name for name, start in STARTS.items() if start.kind in ("directory", "archive", "module", "package")]


@pytest.mark.parametrize("name", sorted(set(FILES) - {"an archive, and a function in it"}))
def test_the_file_that_starts_is_named(name: str, place: Path) -> None:
    _, words, env, _ = STARTS[name]
    env = {"MAINSPRING_CACHE_DIR": str(place / "store"), **env}
    file = seen(words, place, env)["file"]
    plan = explained(words, place, env)
    assert file in f"{plan['starts'][0]} {plan['sys.argv'][0]}"


def test_the_temporary_directory_of_a_run_without_a_store_is_said(place: Path) -> None:
    plan = explained(["--no-cache", "shiv.pyz"], place, {})
    assert (plan["store"][0], "a temporary directory" in plan["store"][1]) == ("not used", True)
    assert "a temporary directory" in " ".join(plan["sys.path"])


@posix
def test_pipes_and_standard_input_are_not_read(place: Path) -> None:
    read, write = os.pipe()
    os.write(write, SEEN.encode())
    os.close(write)
    words = f"{shlex.join([*MAINSPRING, '--explain'])} /dev/fd/{read} && {shlex.join(MAINSPRING)} /dev/fd/{read}"
    env = {**clean_environment(), "MAINSPRING_CACHE_DIR": str(place / "store")}
    import subprocess

    done = subprocess.run(["sh", "-c", words], cwd=str(place), env=env, pass_fds=[read], stdout=-1, timeout=60)
    os.close(read)
    plan, _, real = done.stdout.decode().rpartition("\n{")
    compare(parsed(plan), json.loads("{" + real))
    assert parsed(plan)["kind"][0].startswith("stream: ")


# What others run.


@posix
def test_a_program_of_the_systems_is_named_with_its_words(tmp_path: Path) -> None:
    echo = shutil.which("echo") or "/bin/echo"
    (tmp_path / "app").write_bytes(Path(echo).read_bytes() + b"MEI\014\013\012\013\016" + bytes(80))
    (tmp_path / "app").chmod(0o700)
    plan = explained(["app", "a", "two words"], tmp_path, {})
    assert plan["kind"][0].startswith("executable: ")
    words = shlex.split(plan["by exec of"][0])
    assert run([*MAINSPRING, "app", "a", "two words"], tmp_path).out == f"{' '.join(words[1:])}\n"


@posix
def test_a_prompt_is_pythons_own(tmp_path: Path) -> None:
    options = ["-i", "-X", "dev"]
    plan = parsed(run([PYTHON[0], *options, *MAINSPRING[1:], "--explain", "-"], tmp_path).out)
    assert shlex.split(plan["by exec of"][0]) == [sys.executable, *options, "-"]
    assert plan["starts"] == ["python itself: it prompts, as it can best itself"]


# What a project brings.


@needs_installer
@pytest.mark.parametrize("words", [["native.pyz"], ["--unpack", "native.pyz"], ["shiv.pyz"]], ids=str)
def test_how_much_becomes_real_files_is_what_the_run_makes_of_it(words: List[str], place: Path) -> None:
    env = {"MAINSPRING_CACHE_DIR": str(place / "store")}
    said = explained(words, place, env)["store"][1]
    run([*MAINSPRING, *words], place, env=env)
    made = [path for path in (place / "store" / "bundles-1").glob("*/files/**/*") if path.is_file()]
    size = sum(path.stat().st_size for path in made)
    assert said.endswith(f"files ({wording.count(len(made), 'member')}, {size} bytes)")


def test_a_layer_is_said_to_be_installed_and_then_to_be_there(tmp_path: Path) -> None:
    env = {"MAINSPRING_CACHE_DIR": str(tmp_path / "store"), **downloads()}
    text = f"# /// script\n# requires-python = '>=3.8'\n# dependencies = ['iniconfig==2.0.0']\n# ///\n{SEEN}"
    write_tree(tmp_path, {"inline.py": text})
    until_settled()
    cold = explained(["inline.py"], tmp_path, env)
    assert not (tmp_path / "store").exists()
    real = seen(["inline.py"], tmp_path, env)
    warm = explained(["inline.py"], tmp_path, env)
    compare(cold, real)
    compare(warm, real)
    assert (cold["depends on"], cold["needs"]) == (["iniconfig==2.0.0"], ["Python >=3.8, which this is"])
    assert "cold, so it is installed there by " in cold["layer"][0]
    directory = next(path for path in real["path"] if "layers-1" in path)
    assert warm["layer"] == [f"{directory}: warm", "iniconfig-2.0.0"]


@needs_installer
def test_a_layer_that_another_project_has_is_warm(tmp_path: Path) -> None:
    env = {"MAINSPRING_CACHE_DIR": str(tmp_path / "store"), **downloads()}
    for name in ("one.py", "two.py"):
        write_tree(tmp_path, {name: f"# /// script\n# dependencies = ['iniconfig==2.0.0']\n# ///\n# {name}\n{SEEN}"})
    seen(["one.py"], tmp_path, env)
    plan = explained(["two.py"], tmp_path, env)
    assert ("cold" in plan["store"][0], plan["layer"][0].endswith(": warm")) == (True, True)
    compare(plan, seen(["two.py"], tmp_path, env))


def test_real_files_go_to_a_temporary_directory_where_no_store_can_be_made(place: Path) -> None:
    env = {"MAINSPRING_CACHE_DIR": os.path.join(os.devnull, "store")}
    write_tree(place, {"s.py": "# /// script\n# dependencies = ['one']\n# ///\n"})
    for target, step in (("shiv.pyz", "store"), ("s.py", "layer")):
        assert "a temporary directory" in " ".join(explained([target], place, env)[step])


def test_extras_groups_and_lock_files_are_said(tmp_path: Path) -> None:
    more = "[project.optional-dependencies]\nfast = ['one']\n[dependency-groups]\ndev = ['two']\n"
    lock = f"one==1 --hash=sha256:{'0' * 64}\ntwo==2 --hash=sha256:{'1' * 64}\n"
    write_tree(tmp_path, {"p/pyproject.toml": PROJECT + more, "p/app.py": "", "p/requirements.txt": lock})
    words = ["--entry", "tool", "--extra", "fast", "--group", "dev", "p"]
    plan = explained(words, tmp_path, {"PATH": str(tmp_path)})
    assert (plan["extras"], plan["groups"]) == (["fast"], ["dev"])
    assert plan["lock"] == [str(tmp_path / "p" / "requirements.txt")]
    assert plan["depends on"] == lock.splitlines()
    assert "pip" in plan["layer"][0]


@posix
def test_uv_is_named_and_not_started(tmp_path: Path) -> None:
    write_tree(
        tmp_path,
        {"bin/uv": f"#!/bin/sh\ntouch {tmp_path}/started\n", "s.py": "# /// script\n# dependencies = ['one']\n# ///\n"},
    )
    (tmp_path / "bin" / "uv").chmod(0o700)
    plan = explained(["s.py"], tmp_path, {"PATH": str(tmp_path / "bin")})
    assert plan["layer"][0].endswith(f"by uv ({tmp_path / 'bin' / 'uv'})")
    assert not (tmp_path / "started").exists()


@pytest.mark.parametrize("name", sorted(path.name for path in PROJECTS.iterdir() if path.is_dir()))
def test_what_a_project_would_be_refused_for_is_said_likewise(name: str, tmp_path: Path) -> None:
    env = {"PATH": "", "PIP_INDEX_URL": "http://127.0.0.1:9/simple", "PIP_RETRIES": "0"}
    words = [str(PROJECTS / name)]
    plan = run([*MAINSPRING, "--explain", *words], tmp_path, env=env)
    if plan.status:
        real = run([*MAINSPRING, *words], tmp_path, env=env)
        assert (plan.status, plan.err, plan.out) == (real.status, real.err, "")


# Variables, and entries.


def test_variables_that_have_a_say_are_named(place: Path) -> None:
    env = {"SHIV_ENTRY_POINT": "app:main", "SHIV_ROOT": "/x", "SHIV_INTERPRETER": "", "MAINSPRING_MAX_SIZE": "1G"}
    plan = explained(["shiv.pyz"], place, {**env, "MAINSPRING_UNPACK": "0", "HOME": str(place)})
    assert plan["variables"] == [
        "MAINSPRING_MAX_SIZE=1G",
        "SHIV_ENTRY_POINT=app:main",
        "SHIV_INTERPRETER=",
        "SHIV_ROOT=/x: has no say here",
    ]
    assert plan["starts"] == ["main of the module app, which is called (SHIV_ENTRY_POINT)"]
    other = explained(["--entry", "app:main", "shiv.pyz"], place, env)
    assert "SHIV_ENTRY_POINT=app:main: has no say here" in other["variables"]


def test_what_a_bundle_does_first_is_said(place: Path) -> None:
    kept = {**KEYS, "preamble": "first.py"}
    write_zip(place / "first.pyz", {**SHIV, "environment.json": json.dumps(kept), "site-packages/bin/first.py": ""})
    assert explained(["first.pyz"], place, {})["before it"] == ["more.pth: import sys", "the preamble first.py runs"]


def test_where_an_entry_was_found_is_said(place: Path) -> None:
    entries = {
        ("shiv.pyz",): "main of the module app, which is called (environment.json)",
        ("--entry", "app:other", "shiv.pyz"): "other of the module app, which is called (--entry)",
        ("t-1-py3-none-any.whl",): "main of the module app, which is called (the wheel's metadata)",
        ("--entry", "tool", "p"): "main of the module app, which is called (--entry)",
    }
    for words, starts in entries.items():
        assert explained(words, place, {})["starts"] == [starts]


@pytest.mark.parametrize("main", ["x = '\\d'\n", "x = (\n", "\0", "# coding: nothing\n"])
def test_programs_that_do_not_compile_are_not_compiled(main: str, tmp_path: Path) -> None:
    write_tree(tmp_path, {"d/__main__.py": main, "s.py": main})
    write_zip(tmp_path / "a.pyz", {"__main__.py": main})
    for name in ("d", "s.py", "a.pyz"):
        for words in ([name], ["--no-cache", name]):
            assert explained(words, tmp_path, {})["starts"]
    write_zip(tmp_path / "b.pyz", {"__main__.py": "", "k/__init__.py": main, "k/__main__.py": main})
    assert "k/__main__.py" in explained(["--entry", "k", "b.pyz"], tmp_path, {})["sys.argv"][0]


# Nothing happens.


def _state(*places: Path) -> Dict[str, Any]:
    found = {}
    for place in places:
        for path in [place, *place.rglob("*")]:
            status = path.lstat()
            found[str(path)] = status.st_mode, status.st_size, status.st_mtime_ns, status.st_ctime_ns
    return found


@posix
@pytest.mark.parametrize("name", sorted(STARTS))
def test_nothing_is_written_not_even_that_something_was_used(name: str, place: Path, tmp_path: Path) -> None:
    _, words, more, _ = STARTS[name]
    home = tmp_path / "home"
    home.mkdir()
    env = {"MAINSPRING_CACHE_DIR": str(home / "store"), "HOME": str(home), "TMPDIR": str(home), **more}
    for at in range(2):  # cold, and warm
        if at:
            seen(words, place, env, SEEN)
        for path in (home, *home.rglob("*")):
            if not path.is_symlink():
                os.utime(str(path), (time.time() - 300_000,) * 2)
        before = _state(place)
        explained(words, place, env, SEEN)
        assert _state(place) == before


BOMBS: Dict[str, List[str]] = {
    "a package by name": ["-m", "k.part"],
    "a package": ["k"],
    "a directory": ["d"],
    "an archive": ["a.pyz"],
    "an archive with real files": ["--unpack", "a.pyz"],
    "a shiv bundle": ["shiv.pyz"],
    "a preamble": ["first.pyz"],
    "a wheel": ["--entry", "k", "t-1-py3-none-any.whl"],
    "a project": ["--entry", "app:main", "p"],
    "an interpreter": ["--repl", "shiv.pyz", "-m", "package"],
    "a script with dependencies": ["inline.py"],
}


@pytest.mark.parametrize("name", sorted(BOMBS))
def test_nothing_is_executed(name: str, place: Path) -> None:
    pth = f"import os; exec({DAMAGE!r})\n"
    for path in place.rglob("*.py"):
        path.write_text(path.read_text().replace(SEEN, DAMAGE) + DAMAGE)
    for path in (*place.glob("*.pyz"), *place.glob("*.whl")):
        path.unlink()
    write_tree(place, {"p/setup.py": DAMAGE, "p/sitecustomize.py": DAMAGE, "k/json.py": DAMAGE, "packaging.py": DAMAGE})
    bombs = {
        f"site-packages/{member}": DAMAGE for member in ("app.py", "package/__init__.py", "zipfile.py", "bin/first.py")
    }
    first = {"environment.json": json.dumps({**KEYS, "preamble": "first.py"})}
    for file, more in (("shiv.pyz", {}), ("first.pyz", first)):
        write_zip(place / file, {**SHIV, **bombs, "__main__.py": SHIV_MAIN, "site-packages/x.pth": pth, **more})
    write_zip(place / "a.pyz", {"__main__.py": DAMAGE, "zlib.py": DAMAGE, "x.so": b"native"})
    members = {f"t-1.dist-info/{member}": text for member, text in INFO.items()}
    write_zip(
        place / "t-1-py3-none-any.whl", {"k/__init__.py": DAMAGE, "k/__main__.py": DAMAGE, "x.pth": pth, **members}
    )
    marks = place / "marks"
    marks.mkdir()
    explained(BOMBS[name], place, {"MARKS": str(marks)})
    assert list(marks.iterdir()) == []


# What is refused.


def test_what_would_be_refused_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.pyz").write_bytes(write_zip(tmp_path / "b.pyz", {"__main__.py": SEEN * 50}).read_bytes()[:-30])
    assert _refused(["a.pyz"], tmp_path).err.startswith("mainspring: a.pyz: broken zip archive")


REFUSED = {
    "nothing there": ["nope.py"],
    "no bundle": ["--entry", "x", "s.py"],
    "no project": ["--extra", "x", "s.py"],
    "no entry": ["--entry", "not a name", "shiv.pyz"],
    "undecided": ["p"],
    "no extra": ["--entry", "tool", "--extra", "x", "p"],
    "no Python": ["--python", "3.99", "s.py"],
    "no main": ["empty"],
    "another Python's bytecode": ["old.pyc"],
    "another Python's main in a directory": ["old"],
    "another Python's main in an archive": ["old.pyz"],
    "no module": ["-m", "nowhere"],
    "no module in what is no package": ["-m", "nowhere.inner"],
    "no module of a function": ["--entry", "nowhere:f", "a.pyz"],
    "no module of a function in a directory": ["--entry", "nowhere.inner:f", "d"],
    "no module of a function in a project": ["--entry", "nowhere:f", "p"],
    "no module in what is no package of an archive": ["--entry", "nowhere.inner", "a.pyz"],
    "no module in an archive": ["--entry", "nowhere", "a.pyz"],
    "no module in a directory": ["--entry", "nowhere", "d"],
    "no module in a bundle": ["--entry", "nowhere", "shiv.pyz"],
    "no module in a wheel": ["--entry", "nowhere", "t-1-py3-none-any.whl"],
    "no module in a project": ["--entry", "nowhere", "p"],
    "no number": ["--max-size", "x", "a.pyz"],
    "an unknown option of the interpreter": ["--repl", "shiv.pyz", "-x"],
}


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_refusals_are_those_of_the_run(name: str, place: Path) -> None:
    (place / "empty").mkdir()
    old = (2500).to_bytes(2, "little") + b"\r\n" + bytes(12)  # of no Python that is known
    (place / "old.pyc").write_bytes(old)
    (place / "old").mkdir(exist_ok=True)
    (place / "old" / "__main__.pyc").write_bytes(old)
    write_zip(place / "old.pyz", {"__main__.pyc": old})
    _refused(REFUSED[name], place)


def test_of_a_package_without_a_main_no_start_is_promised(tmp_path: Path) -> None:
    more = f"import os\n__path__.append(os.path.join({str(tmp_path)!r}, 'more'))\n"
    write_tree(tmp_path, {"k/__init__.py": more, "more/__main__.py": "print('started')\n", "n/__init__.py": ""})
    write_tree(tmp_path, {"m/__init__.py": "", "m/__main__.py": ""})
    promised = {}
    for name, status in (("k", 0), ("n", 1), ("m", 0)):
        [starts] = explained(["-m", name], tmp_path, {})["starts"]
        promised[name] = "only importing can tell whether it is there" not in starts
        assert run([*MAINSPRING, "-m", name], tmp_path).status == status
    assert promised == {"k": False, "n": False, "m": True}


def test_a_block_that_nothing_ends_is_said_to_be_none(tmp_path: Path) -> None:
    write_tree(tmp_path, {"s.py": "# /// script\n# dependencies = ['x']\n\nprint(1)\n", "t.py": "'''# /// script'''\n"})
    assert "begins no block, as no line '# ///' ends one" in explained(["s.py"], tmp_path, {})["kind"][0]
    assert "block" not in explained(["t.py"], tmp_path, {})["kind"][0]


@pytest.mark.skipif(os.name == "nt", reason="who may write to a directory is not told by its mode")
@pytest.mark.parametrize("words", [["s.py"], ["a.pyz"], ["--entry", "tool", "p"]], ids=" ".join)
def test_a_store_that_no_start_would_use_is_not_named(words: List[str], place: Path) -> None:
    (place / "open").mkdir()
    (place / "open").chmod(0o777)
    ended = run([*MAINSPRING, "--explain", *words], place, env={"MAINSPRING_CACHE_DIR": str(place / "open")})
    [line] = [line for line in ended.out.splitlines() if line.startswith("store ")]
    assert line.split(None, 1)[1] == f"not used: {place / 'open'} can be written to by others"


@pytest.mark.parametrize("words", [["s.py"], ["a.pyz"], ["--entry", "tool", "p"]], ids=" ".join)
def test_that_nothing_can_be_kept_in_the_store_is_said(words: List[str], place: Path) -> None:
    (place / "file").write_text("")
    ended = run([*MAINSPRING, "--explain", *words], place, env={"MAINSPRING_CACHE_DIR": str(place / "file" / "store")})
    [line] = [line for line in ended.out.splitlines() if line.startswith("store ")]
    assert "cold" in line
    assert line.endswith(f"; at every start, as {place / 'file'} is no directory that can be written to")


def _refused(words: List[str], cwd: Path) -> Ended:
    plan, real = (run([*MAINSPRING, *more, *words], cwd) for more in (["--explain"], []))
    said = [line for line in real.err.splitlines(True) if not line.startswith("In ")]  # site, of .pth files, since 3.15
    assert plan == real._replace(err="".join(said))
    assert (plan.status in (1, 2), plan.out, "Traceback" in plan.err) == (True, "", False)
    return plan


def test_names_with_control_characters_do_not_reach_the_terminal(tmp_path: Path) -> None:
    if sys.platform == "win32":
        pytest.skip("there are no such names")
    write_tree(tmp_path, {"s\x1b[2J.py": ""})
    assert "\x1b" not in run([*MAINSPRING, "--explain", "s\x1b[2J.py"], tmp_path).out


def test_what_only_a_build_backend_knows_is_said_to_be_asked_for(tmp_path: Path) -> None:
    backend = '[build-system]\nrequires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"\n'
    text = (
        PROJECT.replace('version = "1"', 'version = "1"\ndynamic = ["dependencies"]').replace("other", "app") + backend
    )
    write_tree(tmp_path, {"p/pyproject.toml": text, "p/setup.py": "open('executed', 'w').close()\n"})
    ended = run([*MAINSPRING, "--explain", "p"], tmp_path)
    assert (ended.status, ended.err) == (0, "")
    assert "backend     setuptools.build_meta: it knows the rest" in ended.out
    assert not (tmp_path / "p" / "executed").exists() and not list(Path.home().iterdir())
