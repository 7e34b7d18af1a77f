"""Going to another Python: `--python`, MAINSPRING_PYTHON, what is installed, and what a bundle needs."""

import os
import sys
from pathlib import Path
from typing import Any, Dict, List, Tuple

import pytest

import mainspring
from mainspring import fitness, pythons
from mainspring.runtime import Refusal, command, elsewhere
from support import MAINSPRING, ROOT, Ended, run, until_settled, write_tree, write_zip

sys.path.insert(0, str(ROOT / "scripts"))
try:
    from _pythons import Python, find
finally:
    del sys.path[0]

if os.name == "nt":
    pytest.skip("it is made of links and shell scripts", allow_module_level=True)

OWN = "{}.{}".format(*sys.version_info)
OTHERS: Dict[str, Python] = {python.minor: python for python in find() if python.minor != OWN}
if not OTHERS:
    pytest.skip("there is no other Python on this machine", allow_module_level=True)
OTHER = OTHERS[max(OTHERS, key=lambda minor: int(minor[2:]))]  # one of them, where one is enough

SIGHT = r"""
import os, sys
print(sys.version, sys.executable, sys.prefix)
print(sys.argv, getattr(sys, "orig_argv", None), sys.path)
print(sys.flags, sys._xoptions, sys.warnoptions)
print([(n, v) for n, v in globals().items() if n in ("__name__", "__file__", "__package__", "__doc__")])
print(__spec__ and (__spec__.name, __spec__.origin), __import__("__main__").__dict__ is globals())
print(sorted(name for name in sys.modules if "mainspring" in name), sorted(sys.modules))
print(sorted(name for name in os.environ if name.startswith("MAINSPRING")))
"""
WHICH = "import sys; print('{}.{}.{}'.format(*sys.version_info), sys.executable)"


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A directory with programs, and one that is all of PATH, with the other Pythons."""
    write_tree(tmp_path, {"s.py": SIGHT, "which.py": WHICH, "d/__main__.py": SIGHT, "m.py": SIGHT, "bin/no": ""})
    write_zip(tmp_path / "a.zip", {"__main__.py": SIGHT})
    for minor, python in OTHERS.items():
        (tmp_path / "bin" / f"python{minor}").symlink_to(python.path)
    return tmp_path


def environment(place: Path, **more: str) -> Dict[str, str]:
    """Variables under which nothing is installed but what the place has, and this Python."""
    nowhere = {name: str(place / "nowhere") for name in ("PYENV_ROOT", "ASDF_DATA_DIR", "RYE_PY_ROOT")}
    known = {"PATH": str(place / "bin"), "UV_PYTHON_INSTALL_DIR": str(place / "nowhere"), **nowhere}
    return {**known, "MAINSPRING_CACHE_DIR": str(place / "store"), **more}


def start(place: Path, *words: str, options: Tuple[str, ...] = (), **more: str) -> Ended:
    launcher = [MAINSPRING[0], *options, *MAINSPRING[1:]]
    return run([*launcher, *words], place, env=environment(place, **more))


def directly(place: Path, path: str, *words: str) -> Ended:
    return run([path, *words], place, env=environment(place))


def imported(place: Path, *words: str) -> List[str]:
    """Give the names of what a start imports, here and there."""
    said = start(place, *words, options=("-X", "importtime")).err.splitlines()
    return [line.rpartition("|")[2].strip() for line in said if line.startswith("import time:")]


def wrapper(path: Path, python: str) -> None:
    """Put a program at path that is python, and no link to it."""
    path.write_text(f'#!/bin/sh\nexec {python} "$@"\n')
    path.chmod(0o755)
    os.utime(path, (1e9, 1e9))


def notes(place: Path) -> List[Path]:
    return sorted((place / "store" / "pythons-1").glob("*"))


# There it is as under that python itself


@pytest.mark.parametrize("minor", sorted(OTHERS))
@pytest.mark.parametrize("options", [(), ("-X", "dev", "-Wignore::ImportWarning"), ("-OO", "-u"), ("-I",), ("-bsE",)])
def test_a_program_runs_there_as_under_that_python(place: Path, minor: str, options: Tuple[str, ...]) -> None:
    expected = directly(place, OTHERS[minor].path, *options, "s.py", "a", "--python", "")
    assert expected.status == 0
    for _ in range(2):
        assert start(place, "--python", minor, "s.py", "a", "--python", "", options=options) == expected


@pytest.mark.parametrize("words", [["d"], ["a.zip", "-"], ["-m", "m"], ["-mm", "-m"], ["--", "s.py"], ["-", "--"]])
def test_every_kind_of_target_does(place: Path, words: List[str]) -> None:
    expected = directly(place, OTHER.path, *(words[1:] if words[0] == "--" else words))
    assert start(place, "--python", OTHER.path, "--no-cache", *words) == expected
    assert start(place, "run", f"--python={OTHER.path}", *words) == expected


@pytest.mark.parametrize("text", [b"x = '\xff'\n", b"print(1", b"# coding: none\n", b"x = 1\0\n"])
def test_what_is_no_program_there_is_told_in_the_words_of_that_python(place: Path, text: bytes) -> None:
    (place / "broken.py").write_bytes(text)
    expected = directly(place, OTHER.path, "broken.py")
    assert expected.status == 1 and "Error" in expected.err
    assert start(place, "--python", OTHER.path, "broken.py") == expected


def test_what_helps_a_program_that_fails_there_is_said(place: Path) -> None:
    main = "import os\nopen(os.path.join(os.path.dirname(__file__), 'data.txt'))\n"
    write_zip(place / "reads.zip", {"__main__.py": main, "data.txt": "x"})
    for _ in range(2):
        assert "hint: " in start(place, "--python", OTHER.path, "reads.zip").err


def test_workers_there_find_what_main_defines(place: Path) -> None:
    main = "def f(x):\n    return x + 1\nif __name__ == '__main__':\n    import multiprocessing as m\n"
    main += "    with m.get_context('spawn').Pool(1) as pool:\n        print(pool.map(f, [1, 2]))\n"
    write_tree(place, {"w/__main__.py": main})
    assert start(place, "--python", OTHER.path, "w") == Ended(0, "[2, 3]\n", "")


LAUNCHER = str(Path(mainspring.__file__).with_name("launch.py"))


def test_a_store_that_all_of_them_have_filled_is_found_whole_by_each(place: Path) -> None:
    until_settled()
    for python in OTHERS.values():
        for target in ("a.zip", "s.py") * 3:
            assert start(place, "--python", python.path, target).status == 0
    assert start(place, "cache", "verify").out.endswith("damaged: nothing\n")
    for python in OTHERS.values():
        assert directly(place, python.path, LAUNCHER, "cache", "verify").out.endswith("damaged: nothing\n")


def test_the_code_of_ours_is_not_taken_from_another_pythons_place(place: Path) -> None:
    for python in (sys.executable, OTHER.path):
        for _ in range(2):
            assert start(place, "--python", python, "which.py").status == 0
    first, second = sorted((place / "store" / "floors-1").glob("*"))
    first.rename(place / "kept")
    second.rename(first)
    (place / "kept").rename(second)
    for python in (sys.executable, OTHER.path):
        assert start(place, "--python", python, "which.py").out.endswith(f"{python}\n")


# Which one is meant


@pytest.mark.parametrize(
    "form", ["{minor}", "{version}", "python{minor}", "=={minor}.*", "CPython>={minor},<={version}"]
)
def test_a_python_is_found_by_its_version_and_by_its_name(place: Path, form: str) -> None:
    wish = form.format(minor=OTHER.minor, version=OTHER.version)
    path = str(place / "bin" / f"python{OTHER.minor}") if form.startswith("python") else OTHER.path
    for _ in range(2):
        assert start(place, "--python", wish, "which.py") == Ended(0, f"{OTHER.version} {path}\n", "")


@pytest.mark.parametrize("form", ["{path}", "bin/python{minor}", "./bin/../bin/python{minor}"])
def test_a_python_is_found_by_its_path(place: Path, form: str) -> None:
    wish = form.format(path=OTHER.path, minor=OTHER.minor)
    expected = directly(place, os.path.abspath(str(place / wish)), "which.py")
    assert expected.out.startswith(OTHER.version)
    assert start(place, f"--python={wish}", "which.py") == expected


def test_the_python_of_an_environment_has_its_packages(place: Path) -> None:
    made = run([OTHER.path, "-m", "venv", "--without-pip", "v"], place)
    assert made.status == 0, made.err
    expected = directly(place, str(place / "v" / "bin" / "python"), "s.py")
    assert str(place / "v") in expected.out
    assert start(place, "--python", "v/bin/python", "s.py") == expected
    assert start(place, "--python", "./v", "s.py") == expected


WISHES = [OWN, "3", "{}.{}.{}".format(*sys.version_info), ">=3.8", pytest.param(sys.executable, id="its path"), "here"]


@pytest.mark.parametrize("wish", WISHES)
def test_this_python_stays_if_it_is_one_of_those(place: Path, wish: str) -> None:
    expected = directly(place, sys.executable, "s.py")
    for _ in range(2):
        assert start(place, "--python", wish, "s.py") == expected


def test_the_last_option_counts(place: Path) -> None:
    assert start(place, "--python", "3.99", "--python", "here", "which.py").out.startswith(OWN)


def test_the_variable_does_the_same_and_the_program_does_not_get_it(place: Path) -> None:
    assert start(place, "s.py", MAINSPRING_PYTHON=OTHER.minor) == directly(place, OTHER.path, "s.py")
    assert start(place, "s.py", MAINSPRING_PYTHON="here") == directly(place, sys.executable, "s.py")


def test_the_version_is_that_of_the_python_asked_for(place: Path) -> None:
    expected = start(place, "--version").out.replace("{}.{}.{}".format(*sys.version_info), OTHER.version)
    assert start(place, "--python", OTHER.minor, "--version").out == expected
    assert start(place, "--version", MAINSPRING_PYTHON=OTHER.minor).out == expected


def test_the_option_wins_over_the_variable(place: Path) -> None:
    assert start(place, "--python", "here", "which.py", MAINSPRING_PYTHON="3.99").out.startswith(OWN)
    assert "MAINSPRING_PYTHON" not in start(place, "--python", "here", "s.py", MAINSPRING_PYTHON="3.99").out


MANAGERS = {
    "PYENV_ROOT": "versions/x/bin",
    "ASDF_DATA_DIR": "installs/python/x/bin",
    "RYE_PY_ROOT": "x/install/bin",
    "UV_PYTHON_INSTALL_DIR": "x/bin",
}


@pytest.mark.parametrize("variable", sorted(MANAGERS))
def test_what_a_version_manager_has_installed_is_found(place: Path, variable: str) -> None:
    folder = place / "manager" / MANAGERS[variable]
    folder.mkdir(parents=True)
    (folder / "python3").symlink_to(OTHER.path)
    environ = {"PATH": str(place / "nowhere"), variable: str(place / "manager")}
    expected = f"{OTHER.version} {os.path.realpath(OTHER.path)}\n"
    assert start(place, "--python", OTHER.minor, "which.py", **environ) == Ended(0, expected, "")


def test_a_version_does_not_mean_an_environment(place: Path) -> None:
    run([OTHER.path, "-m", "venv", "--without-pip", "v"], place)
    path = os.pathsep.join([str(place / "v" / "bin"), str(place / "bin")])
    assert start(place, "--python", OTHER.minor, "which.py", PATH=path).out == f"{OTHER.version} {OTHER.path}\n"


def test_a_python_in_the_current_directory_is_not_installed(place: Path) -> None:
    (place / "bin" / f"python{OTHER.minor}").rename(place / f"python{OTHER.minor}")
    ended = start(place, "--python", OTHER.minor, "which.py", PATH=os.pathsep.join([".", str(place / "bin")]))
    assert (ended.status, ended.out) == (2, "")


def test_no_other_python_is_asked_where_this_one_will_do(place: Path) -> None:
    (place / "bin" / "python3").write_text(f'#!/bin/sh\n: > {place}/asked\nexec {OTHER.path} "$@"\n')
    (place / "bin" / "python3").chmod(0o755)
    assert start(place, "--python", ">=3.8", "which.py").out.startswith(OWN)
    assert not (place / "asked").exists()
    assert start(place, "--python", OTHER.minor, "which.py").out.startswith(OTHER.version)
    assert (place / "asked").exists()


def test_a_place_in_a_home_that_nobody_has_is_none(place: Path) -> None:
    nowhere = {"UV_PYTHON_INSTALL_DIR": "~nobody.has.this.name/python"}
    assert start(place, "--python", OTHER.minor, "which.py", **nowhere).out.startswith(OTHER.version)


def test_a_shim_is_asked_at_every_start(place: Path) -> None:
    (place / "shims").mkdir()
    wrapper(place / "shims" / "py", OTHER.path)
    path = os.pathsep.join([str(place / "shims"), str(place / "bin")])
    assert start(place, "--python", "py", "which.py", PATH=path).out == f"{OTHER.version} {OTHER.path}\n"
    wrapper(place / "shims" / "py", sys.executable)
    assert start(place, "--python", "py", "which.py", PATH=path).out.startswith(OWN)


# What is refused


def assert_refused(ended: Ended, line: str) -> None:
    reason, hint = ended.err.splitlines()
    assert (ended.status, ended.out, reason) == (2, "", f"mainspring: {line}")
    assert hint.startswith("hint: installed here: Python ") and OTHER.version in hint


@pytest.mark.parametrize(
    "wish", ["3.99", "2.7", "3.99.1", "3.13t", "python3.99", "nobody", "no", ">=3.99", "PyPy>=3.8", "!"]
)
def test_a_wish_that_nothing_fulfils_is_refused(place: Path, wish: str) -> None:
    assert_refused(start(place, "--python", wish, "s.py"), f"--python {wish}: no such Python is installed")
    assert_refused(
        start(place, "s.py", MAINSPRING_PYTHON=wish), f"MAINSPRING_PYTHON={wish}: no such Python is installed"
    )


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("./nothing", "there is no such file"),
        ("bin/no", "that does not run as a Python 3"),
        ("/bin/sh", "that does not run as a Python 3"),
        ("./old", "that is Python 3.7.16, and mainspring needs CPython 3.8 or newer"),
        ("./pypy", "that is Python PyPy 3.10.14, and mainspring needs CPython 3.8 or newer"),
    ],
)
def test_a_path_that_is_no_fitting_python_is_refused(place: Path, path: str, reason: str) -> None:
    for name, implementation, version in (("old", "cpython", "3, 7, 16"), ("pypy", "pypy", "3, 10, 14")):
        facts = f'"version": [{version}, "final", 0], "implementation": "{implementation}", "executable": ""'
        rest = '"platform": "", "machine": "", "bits": 64, "libc": "", "threads": false, "debug": false'
        (place / name).write_text(f"#!/bin/sh\necho '{{{facts}, {rest}}}'\n")
        (place / name).chmod(0o755)
    assert_refused(start(place, "--python", path, "s.py"), f"--python {path}: {reason}")


@pytest.mark.parametrize("words", [["--python"], ["--python="], ["--python", ""]])
def test_a_missing_value_is_refused(place: Path, words: List[str]) -> None:
    ended = start(place, *words)
    assert ended == Ended(2, "", "mainspring: --python: its value is missing\nhint: as in --python 3.12\n")


# What the store remembers


def test_a_later_start_looks_for_nothing(place: Path) -> None:
    loaded = {"mainspring.pythons", "packaging", "findpython", "subprocess", "json"}
    assert loaded <= set(imported(place, "--python", OTHER.minor, "which.py"))
    assert not loaded & set(imported(place, "--python", OTHER.minor, "which.py"))


def test_the_store_is_left_alone_if_that_is_wanted(place: Path) -> None:
    assert start(place, "--no-cache", "--python", OTHER.minor, "which.py").out.startswith(OTHER.version)
    assert start(place, "--python", OTHER.minor, "which.py", MAINSPRING_NO_CACHE="1").out.startswith(OTHER.version)
    assert not (place / "store").exists()


@pytest.mark.parametrize("wish", ["{minor}", "python{minor}", "bin/python{minor}"])
def test_a_python_that_vanished_is_not_gone_to(place: Path, wish: str) -> None:
    path = place / "bin" / f"python{OTHER.minor}"
    path.unlink()
    wrapper(path, OTHER.path)
    for _ in range(2):
        assert start(place, "--python", wish.format(minor=OTHER.minor), "which.py").out.startswith(OTHER.version)
    assert notes(place)
    path.unlink()
    ended = start(place, "--python", wish.format(minor=OTHER.minor), "which.py")
    assert (ended.status, ended.out) == (2, "") and ended.err.startswith("mainspring: --python")


def test_a_python_that_was_replaced_is_asked_again(place: Path) -> None:
    path = place / "bin" / f"python{OTHER.minor}"
    path.unlink()
    wrapper(path, OTHER.path)
    assert start(place, "--python", OTHER.minor, "which.py").out.startswith(OTHER.version)
    wrapper(path, sys.executable)
    assert start(place, "--python", OTHER.minor, "which.py").status == 2


def test_a_choice_is_made_anew_after_a_day(place: Path) -> None:
    start(place, "--python", OTHER.minor, "which.py")
    for note in notes(place):
        os.utime(note, (1e9, 1e9))
    assert "mainspring.pythons" in imported(place, "--python", OTHER.minor, "which.py")


def test_damage_is_a_miss(place: Path) -> None:
    start(place, "--python", OTHER.minor, "which.py")
    for note in notes(place):
        data = note.read_bytes()
        note.write_bytes(data[:-3] + bytes([data[-3] ^ 1]) + data[-2:])
    assert run([*MAINSPRING, "cache", "verify"], place, env=environment(place)).status == 1
    assert start(place, "--python", OTHER.minor, "which.py").out.startswith(OTHER.version)
    assert run([*MAINSPRING, "cache", "verify"], place, env=environment(place)).status == 0


# The words for the one who is gone to


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("s.py a", "--python=here s.py a"),
        ("run --no-cache s.py", "run --no-cache --python=here s.py"),
        ("--python 3.9 -- -x --", "--python 3.9 --python=here -- -x --"),
        ("-m m -m", "--python=here -m m -m"),
        ("--no-cache -mm --", "--no-cache --python=here -mm --"),
        ("-", "--python=here -"),
    ],
)
def test_the_words_say_that_this_is_the_place(words: str, expected: str) -> None:
    assert elsewhere.words(command.parse(words.split()), ["--python=here"]) == expected.split()


# What a bundle needs


@pytest.fixture
def only_those(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in environment(place).items():
        monkeypatch.setenv(name, value)


LACKS: List[Tuple[str, Dict[str, Any], str]] = [
    (OTHER.minor, {"specifiers": (f"=={OTHER.minor}.*",)}, f"Python =={OTHER.minor}.*"),
    (OTHER.minor, {"specifiers": (">=3.8", f"CPython=={OTHER.version}")}, f"CPython=={OTHER.version}"),
    (OTHER.minor, {"any_of": ("PyPy", f"CPython~={OTHER.minor}.0")}, f"PyPy or CPython~={OTHER.minor}.0"),
    ("", {"specifiers": (">=3.99", ">=3.8")}, "Python >=3.99"),
    ("", {"specifiers": ("CPython[free-threaded]>=3.99",)}, "CPython[free-threaded]>=3.99"),
    ("", {"any_of": ("PyPy>=3.8",)}, "PyPy>=3.8"),
    ("", {"tags": (frozenset({"cp39-cp39-plan9_68k"}), frozenset({"py3-none-any"}))}, "cp39-cp39-plan9_68k"),
]


@pytest.mark.usefixtures("only_those")
@pytest.mark.parametrize(("minor", "needs", "words"), LACKS)
def test_what_is_needed_is_said_and_found(minor: str, needs: Dict[str, Any], words: str) -> None:
    said = fitness.verdict(fitness.Needs(**needs))
    assert said is not None and said.startswith(f"it needs {words}, and this is Python {OWN}")
    found = pythons.fitting(fitness.Needs(**needs))
    assert (found.path if found else "") == (OTHER.path if minor else "")


@pytest.mark.parametrize(
    "needs",
    [
        {},
        {"specifiers": ("", ">=3.8, !=3.9.0", ">=3.x", "CPython")},
        {"any_of": ("PyPy", "CPython>=3.8")},
        {"tags": (frozenset({"py2.py3-none-any"}), frozenset({"cp39-cp39-plan9_68k", "py3-none-any"}))},
    ],
)
def test_what_can_run_here_stays(needs: Dict[str, Any]) -> None:
    assert fitness.verdict(fitness.Needs(**needs)) is None
    assert pythons.instead(fitness.Needs(**needs), "0" * 40, "a.pyz", use_store=False) is None


@pytest.mark.usefixtures("only_those")
def test_native_modules_choose_their_python() -> None:
    digits = OTHER.minor.replace(".", "")
    own = [str(tag) for tag in fitness.tags(fitness.this())]
    platform = own[0].rpartition("-")[2]
    needs = fitness.Needs(
        (">=3.8",), (), (frozenset({f"cp{digits}-cp{digits}-{platform}"}), frozenset({own[0], f"cp{digits}-none-any"}))
    )
    said = fitness.verdict(needs)
    assert said is not None and said.startswith(f"it needs cp{digits}-cp{digits}-{platform}, and this is Python {OWN}")
    assert pythons.instead(needs, "0" * 40, "a.pyz") == OTHER.path
    assert elsewhere.remembered(elsewhere.question_of_bundle("0" * 40)) == OTHER.path
    assert elsewhere.remembered(elsewhere.question_of_bundle("1" * 40)) is None


@pytest.mark.usefixtures("only_those")
def test_what_nothing_can_run_is_refused() -> None:
    with pytest.raises(Refusal) as caught:
        pythons.instead(fitness.Needs((">=3.99",)), "0" * 40, "a.pyz")
    line, hint = str(caught.value).splitlines()
    assert line.startswith(f"mainspring: a.pyz: it needs Python >=3.99, and this is Python {OWN}")
    assert OTHER.version in hint


@pytest.mark.usefixtures("only_those")
def test_the_newest_release_comes_first() -> None:
    found = pythons.installed(use_store=False)
    assert [python.is_final for python in found] == sorted((python.is_final for python in found), reverse=True)
    releases = [python.version for python in found if python.is_final]
    assert releases == sorted(releases, reverse=True)
    assert {python.path for python in found} >= {python.path for python in OTHERS.values()}


def test_the_tags_are_those_that_packaging_gives() -> None:
    from packaging.tags import sys_tags

    assert list(fitness.tags(fitness.this())) == list(sys_tags())


@pytest.mark.usefixtures("only_those")
@pytest.mark.parametrize("minor", sorted(OTHERS))
def test_the_tags_of_another_python_are_its_own(minor: str) -> None:
    own = {str(tag).partition("-")[2].partition("-")[2] for tag in fitness.tags(fitness.this())}
    found = [str(tag) for tag in fitness.tags(pythons.find(minor, minor))]
    digits = minor.replace(".", "")
    assert found[0].startswith(f"cp{digits}-cp{digits}-")
    assert {tag.rpartition("-")[2] for tag in found} == own
