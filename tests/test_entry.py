"""What starts in a bundle when the user names it: an entry, a script, or an interpreter."""

import json
import os
import shlex
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any, Dict, List

import pytest

from mainspring.runtime import members
from support import (
    MAINSPRING,
    PYTHON,
    Ended,
    Files,
    clean_environment,
    run,
    store_at_home,
    until_settled,
    write_tree,
    write_zip,
)

SHOW = "import sys\nprint(__name__, __package__, sys.argv, __spec__ and __spec__.name)\n"
APP: Files = {
    "__main__.py": "print('its own main')",
    "pkg/__init__.py": "",
    "pkg/__main__.py": SHOW,
    "pkg/mod.py": SHOW
    + "def call():\n    print('called', sys.argv)\n    return 3\nclass Group:\n    run = staticmethod(call)\n",
    "pkg/inner.py": "def call():\n    print('called within')\n    return 4\n",
    "broken.py": "def call():\n    raise ValueError('from within')\n",
    "App-1.dist-info/entry_points.txt": "[console_scripts]\ntell = pkg.mod:call\npkg-tool=pkg.inner:call\n[other]\nx = y\n",
    "other.dist-info/entry_points.txt": "[gui_scripts]\nwindow = pkg.mod:call\n",
}


@pytest.fixture(params=["archive", "directory", "warm", "unpacked", "warm, unpacked"])
def bundle(request: Any, tmp_path: Path) -> str:
    if request.param == "directory":
        write_tree(tmp_path / "app", APP)
        return "app"
    write_zip(tmp_path / "app.pyz", APP)
    until_settled()
    if "unpacked" in request.param:
        run([*MAINSPRING, "--unpack=always", "app.pyz"], tmp_path)
    if "warm" in request.param:
        run([*MAINSPRING, "app.pyz"], tmp_path)
        assert list(store_at_home().glob("bundles-1/*/*.image"))
    return "app.pyz"


def _asked(words: List[str], tmp_path: Path, **more: Any) -> Any:
    return run([*MAINSPRING, *words], tmp_path, **more)


def test_a_module_in_a_bundle_starts_as_with_m(bundle: str, tmp_path: Path) -> None:
    by_python = run([*PYTHON, "-m", "pkg.mod", "a"], tmp_path, env={"PYTHONPATH": bundle})
    ended = _asked(["--entry", "pkg.mod", bundle, "a"], tmp_path)
    assert (ended.status, ended.err) == (0, "")
    assert _without_place(ended.out) == _without_place(by_python.out)


def _without_place(out: str) -> str:
    return "".join(word for word in out.split() if "mod.py" not in word)


def test_a_package_in_a_bundle_starts_with_its_main(bundle: str, tmp_path: Path) -> None:
    ended = _asked(["--entry=pkg", bundle], tmp_path)
    assert ended.out.startswith("__main__ pkg ")


@pytest.mark.parametrize("name", ["pkg.mod:call", "pkg.mod:Group.run"])
def test_a_function_in_a_bundle_is_called_and_what_it_returns_is_the_exit_status(
    name: str, bundle: str, tmp_path: Path
) -> None:
    ended = _asked(["--entry", name, bundle, "a", "--entry", "b"], tmp_path)
    assert (ended.status, ended.err) == (3, "")
    assert ended.out.splitlines()[-1] == f"called {[bundle, 'a', '--entry', 'b']}"


@pytest.mark.parametrize("more", [[], ["--no-cache"]], ids=str)
def test_a_console_script_of_a_distribution_in_a_bundle_is_called(more: List[str], bundle: str, tmp_path: Path) -> None:
    for name, status, out in (("tell", 3, f"called {[bundle, 'a']}"), ("pkg-tool", 4, "called within")):
        for _ in range(2):
            ended = _asked([*more, "--entry", name, bundle, "a"], tmp_path)
            assert (ended.status, ended.out.splitlines()[-1], ended.err) == (status, out, "")
        explained = _asked([*more, "--explain", "--entry", name, bundle], tmp_path)
        assert "call of the module pkg." in explained.out


def test_console_scripts_that_cannot_be_read_are_refused_only_if_one_could_be_meant(tmp_path: Path) -> None:
    metadata = {"bad-1.dist-info/entry_points.txt": "[console_scripts]\ntell = nonsense\n"}
    write_tree(tmp_path / "d", {**APP, **metadata})
    write_zip(tmp_path / "app.pyz", {**APP, **metadata})
    for target in ("d", "app.pyz"):
        for _ in range(2):
            ended = _asked(["--entry", "tell", target], tmp_path)
            assert (ended.status, ended.out) == (2, "")
            assert ended.err.startswith(f"mainspring: {target}: member 'bad-1.dist-info/entry_points.txt' ")
            assert _asked(["--entry", "pkg.inner:call", target], tmp_path).status == 4


def test_the_module_of_a_called_function_may_be_named_as_a_part_of_its_package(bundle: str, tmp_path: Path) -> None:
    ended = _asked(["--entry", "pkg:inner.call", bundle], tmp_path)
    assert (ended.status, ended.out, ended.err) == (4, "called within\n", "")
    lacking = _asked(["--entry", "pkg:nothing.call", bundle], tmp_path)
    assert (lacking.status, lacking.out) == (1, "")
    why = "it starts by pkg:nothing.call, which is not there: module 'pkg' has no attribute 'nothing'"
    assert lacking.err == f"mainspring: {bundle}: {why}\n"
    called = _asked(["--entry", "pkg:inner", bundle], tmp_path)
    assert called.err == f"mainspring: {bundle}: it starts by pkg:inner, which is no function: module\n"


def test_the_traceback_of_a_called_function_begins_with_it(bundle: str, tmp_path: Path) -> None:
    ended = _asked(["--entry", "broken:call", bundle], tmp_path)
    lines = ended.err.splitlines()
    assert (ended.status, lines[0], lines[-1]) == (1, "Traceback (most recent call last):", "ValueError: from within")
    assert [line for line in lines if "File" in line] == [line for line in lines if "broken.py" in line]


@pytest.mark.parametrize("module, absent", [("nope", "nope"), ("nope.inner", "nope"), ("pkg.nope", "pkg.nope")])
def test_a_module_that_is_not_there_is_named(module: str, absent: str, bundle: str, tmp_path: Path) -> None:
    ended = _asked(["--entry", f"{module}:call", bundle], tmp_path)
    assert (ended.status, ended.out) == (1, "")
    why = f"it starts by {module}:call, which is not there: there is no module {absent!r}"
    assert ended.err == f"mainspring: {bundle}: {why}\n"


@pytest.mark.parametrize("words", [[], ["--explain"], ["--no-cache"], ["--unpack"], ["--unpack", "--explain"]], ids=str)
@pytest.mark.parametrize("known", ["", "known", "known, unpacked"])
def test_a_library_without_a_main_is_refused_with_the_scripts_that_it_has(
    words: List[str], known: str, tmp_path: Path
) -> None:
    metadata = {"many-1.dist-info/entry_points.txt": "[console_scripts]\ntell = pkg.mod:call\n"}
    files = {name: text for name, text in APP.items() if name != "__main__.py"}
    write_zip(tmp_path / "libs.zip", {**files, **metadata})
    write_tree(tmp_path / "libs", {**files, **metadata})
    if known:
        until_settled()
        how = ["--unpack=always"] if "unpacked" in known else []
        assert _asked([*how, "--entry", "tell", "libs.zip"], tmp_path).status == 3
    for target in ("libs", "libs.zip"):
        lines = _asked([*words, target], tmp_path).err.splitlines()
        assert lines[0] == run([*PYTHON, target], tmp_path).err.splitlines()[-1]
        assert lines[1].startswith("hint: --entry takes one of ") and "tell" in lines[1]


def test_of_a_file_that_is_too_large_no_more_is_read_than_that_takes(tmp_path: Path) -> None:
    write_tree(tmp_path / "d", {**APP, "x-1.dist-info/entry_points.txt": ""})
    os.truncate(str(tmp_path / "d" / "x-1.dist-info" / "entry_points.txt"), 2**33)  # nothing of it is on the disk
    ended = _asked(["--entry", "thing", "d"], tmp_path)
    assert (ended.status, ended.out) == (2, "") and "bytes, more than the 8388608 that it may have" in ended.err


def test_entry_points_are_read_up_to_a_limit_for_all_of_them(tmp_path: Path) -> None:
    large = "[other]\n" + ("x" * 9000 + " = a:b\n") * 900
    write_zip(tmp_path / "a.pyz", {**APP, **{f"x-{number}.dist-info/entry_points.txt": large for number in range(9)}})
    ended = _asked(["--entry", "thing", "a.pyz"], tmp_path)
    assert (ended.status, ended.out) == (2, "") and "have more than 8388608 bytes together" in ended.err


def test_of_very_many_scripts_some_are_named(tmp_path: Path) -> None:
    lines = "".join(f"s{number} = pkg.mod:call\n" for number in range(1000))
    write_zip(tmp_path / "app.pyz", {**APP, "many-1.dist-info/entry_points.txt": f"[console_scripts]\n{lines}"})
    hint = _asked(["--entry", "not a name", "app.pyz"], tmp_path).err.splitlines()[1]
    assert hint.startswith("hint: --entry takes one of pkg-tool, s0, ") and " and 963 more; or" in hint


@pytest.mark.parametrize("module, why", [("nope", "No module named nope"), ("pkg.nope", "No module named pkg.nope")])
def test_a_module_that_cannot_start_is_named_with_the_bundle(
    module: str, why: str, bundle: str, tmp_path: Path
) -> None:
    ended = _asked(["--entry", module, bundle], tmp_path)
    assert (ended.status, ended.out) == (1, "")
    line = f"mainspring: {bundle}: it starts by the module {module}, which cannot be run: {why}"
    assert ended.err.splitlines() == [
        line,
        "hint: --entry takes one of pkg-tool, tell, window; or a module, or module:function",
    ]


@pytest.mark.parametrize("name", ["tool", "space.cli", "space.cli:main"])
def test_a_module_in_a_folder_without_an_entry_starts_or_is_named_with_what_helps(name: str, tmp_path: Path) -> None:
    metadata = {"tool-1.dist-info/entry_points.txt": "[console_scripts]\ntool = space.cli:main\n"}
    write_zip(tmp_path / "a.zip", {"space/cli.py": "def main():\n    pass\n", **metadata})
    by_python = run([*PYTHON, "-c", "import space.cli"], tmp_path, env={"PYTHONPATH": "a.zip"})
    for _ in range(2):
        ended = _asked(["--entry", name, "a.zip"], tmp_path)
        assert (ended.status, "hint: this Python finds no package in a folder " in ended.err) == (
            by_python.status,
            by_python.status == 1,
        )
        assert _asked(["--unpack", "--entry", name, "a.zip"], tmp_path) == Ended(0, "", "")


@pytest.mark.once
@pytest.mark.parametrize("name", ["a b", "a:b:c", ":call", "pkg.mod:", "os;x", "../x", "1st", "a\x1b[2J"])
def test_what_cannot_be_an_entry_is_refused_in_one_line_and_a_hint(name: str, bundle: str, tmp_path: Path) -> None:
    ended = _asked(["--entry", name, bundle], tmp_path)
    assert (ended.status, ended.out) == (2, "")
    assert ended.err.startswith(f"mainspring: {bundle}: it has no entry ")
    assert [line.split(":")[0] for line in ended.err.splitlines()] == ["mainspring", "hint"]


@pytest.mark.parametrize(
    ("words", "reason"), [(["--entry"], "its value is missing"), (["--entry="], "its value is missing")]
)
def test_an_entry_needs_a_name(words: List[str], reason: str, tmp_path: Path) -> None:
    ended = _asked(words, tmp_path)
    assert (ended.status, ended.err.splitlines()[0]) == (2, f"mainspring: --entry: {reason}")


@pytest.mark.parametrize("option", [["--entry", "a"], ["--repl"]])
def test_in_a_script_nothing_can_be_chosen(option: List[str], tmp_path: Path) -> None:
    write_tree(tmp_path, {"s.py": "print('ran')"})
    ended = _asked([*option, "s.py"], tmp_path)
    assert (ended.status, ended.out) == (2, "")
    assert ended.err.startswith("mainspring: s.py: it is no bundle")


ARGUMENTS: Dict[str, List[str]] = {
    "-c": ["-c", "import sys, pkg; print(sys.argv, __name__, '__file__' in globals())", "a"],
    "-m": ["-m", "pkg.mod", "a"],
    "-": ["-", "a"],
    "a file": ["outside.py", "a"],
}


@pytest.mark.parametrize("kind", sorted(ARGUMENTS))
def test_inside_a_bundle_an_interpreter_does_what_python_does(kind: str, bundle: str, tmp_path: Path) -> None:
    text = "import sys, pkg; print(sys.argv, __name__)"
    write_tree(tmp_path, {"outside.py": text})
    by_python = run([*PYTHON, *ARGUMENTS[kind]], tmp_path, stdin=text, env={"PYTHONPATH": bundle})
    ended = _asked(["--repl", bundle, *ARGUMENTS[kind]], tmp_path, stdin=text)
    assert (ended.status, ended.err) == (by_python.status, by_python.err) == (0, "")
    assert _without_place(ended.out) == _without_place(by_python.out)


PLACES: Dict[str, List[str]] = {
    "-c": ["-c", "import sys, pkg; print(sys.path[0])"],
    "-m": ["-m", "told"],
    "-": ["-"],
    "a file": ["tools/told.py"],
    "a prompt": [],
}


@pytest.mark.parametrize("options", [[], ["-I"], *([["-P"]] if sys.version_info >= (3, 11) else [])], ids=str)
@pytest.mark.parametrize("kind", sorted(PLACES))
def test_what_python_puts_first_on_the_path_is_there_too(
    kind: str, options: List[str], bundle: str, tmp_path: Path
) -> None:
    text = "import sys, pkg; print(sys.path[0], [path for path in sys.path if path.endswith('tools')])\n"
    write_tree(tmp_path, {"told.py": text, "tools/told.py": text})
    words = [*PYTHON, *options, *MAINSPRING[1:], "--repl", bundle, *PLACES[kind]]
    said = run(words, tmp_path, stdin=text).out.replace(">>> ", "")
    if not options:
        expected = run([*PYTHON, *PLACES[kind]], tmp_path, stdin=text, env={"PYTHONPATH": bundle})
        assert (said, expected.status) == (expected.out, 0)
    elif kind == "-m":
        assert said == ""  # there is no such module
    else:
        assert os.path.basename(said.split()[0]) in ("app", "app.pyz", "files")


def test_text_that_is_given_as_an_argument_has_no_encoding(bundle: str, tmp_path: Path) -> None:
    words = ["-c", "# coding: latin-1\nimport pkg\nprint(ascii('\u00e9'))\n"]
    assert _asked(["--repl", bundle, *words], tmp_path).out.splitlines()[-1] == "'\\xe9'"


def test_without_arguments_there_is_a_prompt_that_knows_the_bundles_modules(bundle: str, tmp_path: Path) -> None:
    ended = _asked(["--repl", bundle], tmp_path, stdin="import pkg.mod\npkg.mod.call()\nraise SystemExit(5)\n")
    assert ended.status == 5
    assert "called ['']" in ended.out
    assert "Python {}.{}.{}".format(*sys.version_info) in ended.err


@pytest.mark.skipif(os.name == "nt", reason="there is no such shell")
def test_a_prompt_without_standard_input_ends_at_once_as_under_python(bundle: str, tmp_path: Path) -> None:
    words = ["/bin/sh", "-c", 'exec "$@" <&-', "-", *MAINSPRING, "--repl", bundle]
    assert run(words, tmp_path) == Ended(0, "", "")


TYPED = b"import pkg.mod\nprint(len('from the terminal'))\nexit()\n"


@pytest.mark.skipif(os.name == "nt", reason="there are no pseudo-terminals")
def test_a_prompt_on_a_terminal_keeps_its_history(tmp_path: Path) -> None:
    write_tree(tmp_path / "app", APP)
    ours, theirs = os.openpty()
    env = {**clean_environment(), "TERM": "xterm"}
    words = [*MAINSPRING, "--repl", "app"]
    with subprocess.Popen(words, cwd=str(tmp_path), env=env, stdin=theirs, stdout=theirs, stderr=theirs) as process:
        os.close(theirs)
        os.write(ours, TYPED)
        said = b"".join(iter(lambda: _from_terminal(ours), b""))
    os.close(ours)
    assert process.returncode == 0
    assert b"17" in said
    assert "from the terminal" in (Path.home() / ".python_history").read_text()


def _from_terminal(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, 4096)
    except OSError:  # on Linux, when nobody has the other end any more
        return b""


# Without a `__main__`, as `pip install --target` leaves what it installs.

LIBRARY: Files = {name: content for name, content in APP.items() if name != "__main__.py"}
POOL = """
import multiprocessing
def double(number):
    return 2 * number
def run():
    for method in multiprocessing.get_all_start_methods():
        with multiprocessing.get_context(method).Pool(1) as pool:
            print(pool.map(double, [1, 2]))
"""


@pytest.fixture(params=["library", "library.zip", "in.zip/folder"])
def library(request: Any, tmp_path: Path) -> str:
    files = {**LIBRARY, "pool.py": POOL}
    write_tree(tmp_path / "library", files)
    write_zip(tmp_path / "library.zip", files)
    write_zip(tmp_path / "in.zip", {f"folder/{name}": content for name, content in files.items()})
    until_settled()
    return str(request.param)


CHILD = "import sys, pkg.inner; pkg.inner.call(); print([path for path in sys.path if path.endswith('children')])"
PARENT = f"import subprocess, sys\ndef go():\n    return subprocess.call([sys.executable, '-c', {CHILD!r}], cwd='elsewhere')\n"
FOUND = Ended(0, "called within\n[]\n", "")


@pytest.mark.parametrize("more", [[], ["--unpack"], ["--no-cache"]], ids=str)
@pytest.mark.parametrize("kind", ["archive", "directory", "wheel"])
def test_children_of_what_is_chosen_find_what_the_program_finds(kind: str, more: List[str], tmp_path: Path) -> None:
    members: Files = {"pkg/__init__.py": "", "pkg/inner.py": APP["pkg/inner.py"], "pkg/cli.py": PARENT}
    write_tree(tmp_path, {"elsewhere/x": "", **{f"directory/{name}": content for name, content in members.items()}})
    write_zip(tmp_path / "archive", members)
    target = _wheel(tmp_path, "tool", members) if kind == "wheel" else kind
    until_settled()
    for _ in range(2):
        assert _asked([*more, "--entry", "pkg.cli:go", target], tmp_path) == FOUND


def test_children_of_another_environment_do_not(tmp_path: Path) -> None:
    run([*PYTHON, "-m", "venv", "--without-pip", "env"], tmp_path)
    [other] = [path for path in (tmp_path / "env").glob("*/python*") if path.stem == "python"]
    program = PARENT.replace("sys.executable", repr(str(other)))
    write_tree(tmp_path, {"elsewhere/x": "", "app/pkg/inner.py": "", "app/pkg/cli.py": program})
    assert "No module named 'pkg'" in _asked(["--entry", "pkg.cli:go", "app"], tmp_path).err


@pytest.mark.parametrize("more", [[], ["--unpack"], ["--no-cache"]], ids=str)
def test_a_bundle_without_a_main_starts_what_is_named(
    more: List[str], library: str, tmp_path: Path, is_thorough: bool
) -> None:
    more = [] if library == "in.zip/folder" and more == ["--unpack"] else more  # a folder gets no real files
    for _ in range(1 + is_thorough):
        for name, last in (("tell", f"called {[library, 'a']}"), ("pkg.inner:call", "called within")):
            ended = _asked([*more, "--entry", name, library, "a"], tmp_path)
            assert (ended.err, ended.out.splitlines()[-1]) == ("", last)
        module = _asked([*more, "--entry", "pkg", library], tmp_path)
        assert (module.status, module.err, module.out.split()[:2]) == (0, "", ["__main__", "pkg"])
        prompt = _asked([*more, "--repl", library, "-c", "import pkg.inner; pkg.inner.call()"], tmp_path)
        assert (prompt.status, prompt.err, prompt.out) == (0, "", "called within\n")


def test_a_bundle_without_a_main_says_what_can_be_named(library: str, tmp_path: Path) -> None:
    ended = _asked(["--entry", "odd name", library], tmp_path)
    hint = "hint: --entry takes one of pkg-tool, tell, window; or a module, or module:function"
    assert (ended.status, ended.err.splitlines()) == (2, [f"mainspring: {library}: it has no entry 'odd name'", hint])


def test_workers_of_what_starts_without_a_main_find_its_modules(
    library: str, tmp_path: Path, is_thorough: bool
) -> None:
    for _ in range(1 + is_thorough):
        ended = _asked(["--entry", "pool:run", library], tmp_path)
        assert (ended.status, ended.err, set(ended.out.splitlines())) == (0, "", {"[2, 4]"})


@pytest.mark.parametrize("more", [[], ["--unpack"]], ids=str)
def test_a_bundle_without_a_main_is_refused_as_by_python_also_after_something_in_it_was_started(
    more: List[str], library: str, tmp_path: Path
) -> None:
    by_python = run([*PYTHON, library], tmp_path)
    for _ in range(2):
        for words in ([], ["--explain"]):
            ended = _asked([*more, *words, library], tmp_path)
            assert (ended.status, ended.out) == (by_python.status, by_python.out)
            assert ended.err.partition("hint: --entry takes one of ")[0] == by_python.err
        _asked([*more, "--entry", "tell", library], tmp_path)


@pytest.mark.parametrize(
    ("folder", "hint"),
    [
        ("tool", "mainspring --entry tool {}"),
        ("my-tool", f"mainspring {{}}{os.sep}my-tool"),
        ("my tool", f"mainspring '{{}}{os.sep}my tool'"),
        ("deep/tool", ""),
    ],
)
def test_what_has_a_main_only_in_a_folder_says_how_that_is_started(folder: str, hint: str, tmp_path: Path) -> None:
    member = f"{folder}/__main__.py"
    write_tree(tmp_path, {f"d/{member}": "print('ran')\n"})
    write_zip(tmp_path / "a.zip", {f"{folder}/": "", member: "print('ran')\n"})
    for target in ("d", "a.zip"):
        words = hint.format(target)
        expected = run([*PYTHON, target], tmp_path).err + (f"hint: there is one in it: {words}\n" if words else "")
        assert _asked([target], tmp_path).err == expected
        if words:
            assert _asked(shlex.split(words.replace(os.sep, "/"))[1:], tmp_path) == Ended(0, "ran\n", "")


@pytest.mark.parametrize(
    ("words", "reason"),
    [(["-X", "dev"], "unknown option of its interpreter: -X"), (["-c"], "argument expected for the -c option")],
)
def test_other_options_are_refused(words: List[str], reason: str, bundle: str, tmp_path: Path) -> None:
    ended = _asked(["--repl", bundle, *words], tmp_path)
    assert (ended.status, ended.err.splitlines()[0]) == (2, f"mainspring: {bundle}: {reason}")


# Wheels.


def _wheel(directory: Path, name: str, files: Files, entry_points: str = "", metadata: str = "") -> str:
    """Make a wheel by hand, as small as one can be; give its file's name."""
    info = f"{name}-1.0.dist-info"
    full: Files = {
        **files,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n{metadata}",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/RECORD": "",
    }
    if entry_points:
        full[f"{info}/entry_points.txt"] = entry_points
    write_zip(directory / f"{name}-1.0-py3-none-any.whl", full)
    until_settled()
    return f"{name}-1.0-py3-none-any.whl"


TOOL: Files = {
    "tool/__init__.py": "",
    "tool/__main__.py": "print('by module')\n",
    "tool/cli.py": """
import importlib.metadata, os, sys
def main():
    here = os.path.dirname(os.path.abspath(__file__))
    print(open(os.path.join(here, 'data.txt')).read(), sys.argv[1:], importlib.metadata.version('tool'))
    return 4
def other():
    print('the other')
""",
    "tool/data.txt": "data",
}
SCRIPTS = "[console_scripts]\ntool = tool.cli:main\nother = tool.cli:other\n"


def test_a_wheel_runs_its_script_with_its_files_and_its_metadata(tmp_path: Path) -> None:
    wheel = _wheel(tmp_path, "tool", TOOL, SCRIPTS)
    for _ in range(2):
        ended = run([*MAINSPRING, wheel, "a"], tmp_path)
        assert (ended.status, ended.out, ended.err) == (4, "data ['a'] 1.0\n", "")


def test_a_wheels_other_script_is_chosen_by_name(tmp_path: Path) -> None:
    wheel = _wheel(tmp_path, "tool", TOOL, SCRIPTS)
    assert run([*MAINSPRING, "--entry", "other", wheel], tmp_path).out == "the other\n"


def test_a_wheel_without_scripts_runs_its_module(tmp_path: Path) -> None:
    wheel = _wheel(tmp_path, "tool", TOOL)
    assert run([*MAINSPRING, wheel], tmp_path).out == "by module\n"


PROGRAM = '#!/bin/sh\necho "$0 $# $1"; ls "$0"\nexit 5\n'


@pytest.mark.skipif(os.name != "posix", reason="the program is a script of the system's shell")
@pytest.mark.parametrize("words", [[], ["--entry", "run"], ["--no-cache"]], ids=["default", "chosen", "no store"])
def test_a_wheel_s_program_of_the_system_s_takes_the_process_over(words: List[str], tmp_path: Path) -> None:
    files: Files = {"tool-1.0.data/scripts/run": PROGRAM, "tool/__main__.py": "print('by module')\n"}
    wheel = _wheel(tmp_path, "tool", files)
    (tmp_path / "tmp").mkdir()
    env = {"MAINSPRING_CACHE_DIR": str(tmp_path / "store"), "TMPDIR": str(tmp_path / "tmp")}
    for _ in range(3):
        ended = run([*MAINSPRING, *words, wheel, "a b", "c"], tmp_path, env=env)
        assert (ended.status, ended.err) == (5, "")
        assert ended.out.splitlines()[0].endswith("/tool-1.0.data/scripts/run 2 a b")
        assert os.listdir(str(tmp_path / "tmp")) == []
    assert run([*MAINSPRING, "--entry", "tool", wheel], tmp_path, env=env).out == "by module\n"


@pytest.mark.skipif(os.name != "posix", reason="as above")
def test_the_files_of_a_wheel_s_program_stay_while_it_runs(tmp_path: Path) -> None:
    body = '#!/bin/sh\necho started\nread line\ncat "${0%/*}/../../tool/data.txt"\n'
    wheel = _wheel(tmp_path, "tool", {"tool-1.0.data/scripts/run": body, "tool/data.txt": "data"})
    env = {**clean_environment(), "MAINSPRING_CACHE_DIR": str(tmp_path / "store")}
    words = [*MAINSPRING, wheel]
    for _ in range(2):
        running = subprocess.Popen(
            words, cwd=str(tmp_path), env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, universal_newlines=True
        )
        assert running.stdout is not None
        assert running.stdout.readline() == "started\n"
        subprocess.run([*MAINSPRING, "cache", "clear"], cwd=str(tmp_path), env=env, check=True)
        assert running.communicate("go on\n", timeout=60)[0] == "data"


@pytest.mark.skipif(os.name != "posix", reason="as above")
def test_of_a_wheel_s_program_it_is_said_that_the_system_runs_it(tmp_path: Path) -> None:
    wheel = _wheel(tmp_path, "tool", {"tool-1.0.data/scripts/run": PROGRAM})
    for _ in range(2):
        told = run([*MAINSPRING, "--explain", wheel, "a"], tmp_path).out
        assert "run, which it has among its scripts, is a program of the system's" in told
        assert "/tool-1.0.data/scripts/run a" in told
        run([*MAINSPRING, wheel], tmp_path)
    seen = json.loads(run([*MAINSPRING, "inspect", "--json", wheel], tmp_path).out)
    assert seen["entry"] == {"kind": "program", "value": "run"}
    assert seen["runs"]["by"] == "system"


def test_a_wheel_with_several_scripts_and_none_of_its_name_lists_them(tmp_path: Path) -> None:
    wheel = _wheel(tmp_path, "tool", {"cli.py": ""}, "[console_scripts]\nb = cli:b\na = cli:a\n")
    for _ in range(2):
        ended = run([*MAINSPRING, wheel], tmp_path)
        assert (ended.status, ended.out) == (2, "")
        assert ended.err.splitlines()[0] == f"mainspring: {wheel}: it has several scripts, and none was chosen"
        assert "a, b" in ended.err.splitlines()[1]


def test_a_wheel_with_nothing_to_run_is_refused(tmp_path: Path) -> None:
    wheel = _wheel(tmp_path, "tool", {"lib.py": ""})
    ended = run([*MAINSPRING, wheel], tmp_path)
    assert (ended.status, ended.err.splitlines()[0]) == (
        2,
        f"mainspring: {wheel}: it has nothing to run: no script, and no module with a __main__",
    )


def test_what_a_wheel_requires_has_to_be_installed_at_every_start(tmp_path: Path) -> None:
    wheel = _wheel(tmp_path, "tool", TOOL, SCRIPTS, "Requires-Dist: other-thing>=2\n")
    env = {"PYTHONPATH": str(tmp_path / "site")}
    site = tmp_path / "site"
    site.mkdir()
    lacking = run([*MAINSPRING, wheel], tmp_path, env=env)
    assert (lacking.status, lacking.out) == (2, "")
    assert "other-thing>=2 (not installed)" in lacking.err
    write_tree(site, {"other_thing-2.1.dist-info/METADATA": "Metadata-Version: 2.1\nName: other-thing\nVersion: 2.1\n"})
    for _ in range(2):
        assert run([*MAINSPRING, wheel], tmp_path, env=env).status == 4
    (site / "other_thing-2.1.dist-info" / "METADATA").unlink()
    (site / "other_thing-2.1.dist-info").rmdir()
    assert run([*MAINSPRING, wheel], tmp_path, env=env).status == 2


def test_a_wheel_comes_before_what_is_installed(tmp_path: Path) -> None:
    wheel = _wheel(tmp_path, "tool", TOOL, SCRIPTS)
    out = run([*MAINSPRING, "--repl", wheel, "-c", "import sys, tool; print(sys.path, tool.__file__)"], tmp_path).out
    path = eval(out[: out.rindex("]") + 1])
    tree = next(index for index, entry in enumerate(path) if entry.endswith("files"))
    assert all("site-packages" not in entry for entry in path[:tree])
    assert path[tree] in out[out.rindex("]") :]


def test_a_zip_with_metadata_and_a_main_is_no_wheel(tmp_path: Path) -> None:
    name = _wheel(tmp_path, "tool", {"__main__.py": "print('its main')", **TOOL}, SCRIPTS)
    with zipfile.ZipFile(str(tmp_path / name)) as archive:
        assert "__main__.py" in archive.namelist()
    assert run([*MAINSPRING, name], tmp_path).out == "its main\n"


# Programs of the system.


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="takes a shell script for a XAR's launcher")
def test_a_bundle_that_the_system_runs_takes_the_process_over(tmp_path: Path) -> None:
    write_tree(tmp_path, {"bin/xarexec_fuse": '#!/bin/sh\nshift\necho "$@"\nexit 5\n'})
    (tmp_path / "bin" / "xarexec_fuse").chmod(0o755)
    app = write_tree(tmp_path, {"app.xar": b"#!/usr/bin/env xarexec_fuse\n" + bytes(10)}) / "app.xar"
    refused = run([*MAINSPRING, "app.xar", "a"], tmp_path)
    assert (refused.status, refused.err.splitlines()[0]) == (
        2,
        "mainspring: app.xar: it cannot be started: Permission denied",
    )
    app.chmod(0o755)
    path = f"{tmp_path / 'bin'}:/usr/bin:/bin"
    assert run([*MAINSPRING, "app.xar", "a", "b"], tmp_path, env={"PATH": path}) == (5, "a b\n", "")


def test_nothing_is_said_of_what_an_archive_hides_that_is_gone(tmp_path: Path) -> None:
    assert members.why_hidden(str(tmp_path / "gone.zip"), "tool") == ""
