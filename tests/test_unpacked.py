"""Archives that get real files: when the user asks for it, once or for good, and how they learn that they should."""

import os
import py_compile
import shutil
import sys
import zipimport
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path
from typing import List

import pytest

from mainspring import bundles
from mainspring.runtime import command, files
from support import MAINSPRING, PYTHON, Ended, images, run, until_settled, write_zip

READING = (
    "import os\nwith open(os.path.join(os.path.dirname(__file__), 'data', 'x.txt')) as file:\n    print(file.read())\n"
)
HINT = (
    "mainspring: app.pyz: the program looked for 'data/x.txt' as a file, but it is in an archive\n"
    "hint: mainspring --unpack gives it real files; --unpack=always does so from now on\n"
)
READ = Ended(0, "here\n", "")


@pytest.fixture
def place(tmp_path: Path) -> Path:
    write_zip(tmp_path / "app.pyz", {"__main__.py": READING, "data/x.txt": "here"})
    return tmp_path


def start(place: Path, *options: str, target: str = "app.pyz", **variables: str) -> Ended:
    env = {"MAINSPRING_CACHE_DIR": str(place / "store"), **variables}
    return run([*MAINSPRING, *options, target], place, env=env)


def test_a_program_that_dies_as_its_data_are_in_an_archive_is_told_of_the_option(place: Path) -> None:
    by_python = run([*PYTHON, "app.pyz"], place)
    for _ in range(3):
        ended = start(place)
        assert (ended.status, ended.out) == (1, "")
        assert ended.err.endswith(HINT)
        assert ended.err[: -len(HINT)].splitlines()[-1] == by_python.err.splitlines()[-1]


@pytest.mark.parametrize("reading", ["os.listdir(here)", "os.chdir(here)", "os.scandir(os.path.join(here, 'data'))"])
def test_so_is_one_that_takes_its_archive_for_a_directory(reading: str, place: Path) -> None:
    (place / "app.pyz").unlink()
    write_zip(
        place / "app.pyz", {"__main__.py": f"import os\nhere = os.path.dirname(__file__)\n{reading}\n", "data/x": ""}
    )
    for _ in range(2):
        assert start(place).err.splitlines()[-1] == HINT.splitlines()[-1]


def test_one_that_asks_its_archive_for_what_is_not_there_is_told_that_it_may_help(place: Path) -> None:
    # As black does, which looks for its grammar by path, and makes one if that is not there.
    asking = "import pkgutil\npkgutil.get_data('pkg', 'none.txt')\n"
    write_zip(place / "asks.pyz", {"__main__.py": asking, "pkg/__init__.py": ""})
    name = os.path.join("pkg", "none.txt")
    for _ in range(2):
        lines = start(place, target="asks.pyz").err.splitlines()
        assert lines[-3:-1] == [
            f"OSError: [Errno 0] : {name!r}",
            f"mainspring: asks.pyz: the program asked for {name!r}, which is not in its archive",
        ]
        assert lines[-1].startswith("hint: ") and "mainspring --unpack" in lines[-1]


def test_so_is_one_whose_exception_is_equal_to_all_others(place: Path) -> None:
    (place / "app.pyz").unlink()
    equal = "class Equal(Exception):\n    def __eq__(self, other):\n        return True\n"
    indented = "".join(f"    {line}\n" for line in READING.splitlines())
    failing = f"{equal}try:\n{indented}except OSError as error:\n    raise Equal() from error\n"
    write_zip(place / "app.pyz", {"__main__.py": failing, "data/x.txt": "here"})
    assert start(place).err.endswith(HINT)


def test_so_is_one_in_a_folder_of_an_archive(place: Path) -> None:
    write_zip(place / "all.zip", {"sub/__main__.py": READING, "sub/data/x.txt": "here"})
    told = HINT.replace("app.pyz", "all.zip/sub").splitlines()[0]
    hint = "hint: unpack the archive, and run the folder"
    for variables in ({}, {"MAINSPRING_UNPACK": "1"}):
        assert start(place, target="all.zip/sub", **variables).err.endswith(f"\n{told}\n{hint} in it\n")
    for option in ("--unpack", "--unpack=always"):
        told = "mainspring: all.zip/sub: it is a folder in an archive, which gets no real files"
        assert start(place, option, target="all.zip/sub") == Ended(2, "", f"{told}\n{hint}\n")


def test_so_is_one_of_which_something_was_chosen(place: Path) -> None:
    (place / "app.pyz").unlink()
    reading = READING.replace("(__file__)", "(os.path.dirname(__file__))")
    write_zip(place / "app.pyz", {"pkg/__init__.py": "", "pkg/mod.py": reading, "data/x.txt": "here"})
    for entry in ("pkg.mod", "pkg.mod:main"):
        for _ in range(2):
            assert start(place, "--entry", entry).err.endswith(HINT)


def test_so_is_one_that_follows_links_to_its_archive(place: Path) -> None:
    (place / "app.pyz").unlink()
    write_zip(
        place / "real.zip", {"__main__.py": READING.replace("__file__", "os.path.realpath(__file__)"), "data/x.txt": ""}
    )
    (place / "app.pyz").symlink_to("real.zip")
    assert start(place).err.endswith(HINT)


LIBRARY = "pkg/lib-1.so.2"


@pytest.mark.parametrize(
    "failing",
    [
        "import ctypes; ctypes.CDLL(library)",
        "raise OSError(f'cannot load it: not found {os.path.basename(library)!r}')",
        "raise ImportError(f'{library}: no such file')",
        "try:\n    raise OSError(f'{library}: no such file')\nexcept OSError:\n    raise RuntimeError('no library')",
    ],
)
def test_so_is_one_whose_failure_names_a_library_of_its_archive(failing: str, place: Path) -> None:
    (place / "app.pyz").unlink()
    finding = f"import os\nlibrary = os.path.join(os.path.dirname(__file__), {LIBRARY!r})\n"
    write_zip(place / "app.pyz", {"__main__.py": finding + failing, LIBRARY: "no library"})
    for _ in range(2):
        assert start(place).err.endswith(HINT.replace("data/x.txt", LIBRARY))


def test_so_is_one_that_fails_in_a_source_beside_an_extension_module_of_the_same_name(place: Path) -> None:
    (place / "app.pyz").unlink()
    extension = f"pkg/_fast{EXTENSION_SUFFIXES[0]}"
    files = {"__main__.py": "import pkg._fast", "pkg/__init__.py": "", extension: "none", "pkg/_fast.py": ""}
    reason = (
        f"mainspring: app.pyz: the program imported 'pkg/_fast.py'; from a directory, it would have been {extension!r}"
    )
    for failing in (
        "raise ImportError('it is not built')",
        "from os import nothing",
        "import pkg.deep",
        "import nothing",
    ):
        write_zip(place / "app.pyz", {**files, "pkg/_fast.py": failing, "pkg/deep.py": "import pkg.other"})
        last = start(place).err.splitlines()[-2:]
        assert last[0] == reason and last[1].startswith("hint: ") and "mainspring --unpack" in last[1]
        assert last[1].startswith("hint: if that does without") == ("raise" not in failing)
        (place / "app.pyz").unlink()


def test_a_source_beside_an_extension_module_that_only_hands_on_is_no_reason_for_a_hint(place: Path) -> None:
    (place / "app.pyz").unlink()
    calling = {"__main__.py": "import pkg._fast\npkg._fast.call()", "pkg/_fast.py": "def call(): import nothing"}
    write_zip(place / "app.pyz", {**calling, "pkg/__init__.py": "", f"pkg/_fast{EXTENSION_SUFFIXES[0]}": "none"})
    assert start(place).err.splitlines()[-1] == "ModuleNotFoundError: No module named 'nothing'"


@pytest.mark.parametrize("named", ["data/x.txt", "data"])
def test_so_is_one_whose_error_names_its_data_in_its_text_alone(named: str, place: Path) -> None:
    # As libxml2's errors do by way of lxml.
    (place / "app.pyz").unlink()
    finding = f"import os\ndata = os.path.join(os.path.dirname(__file__), {named!r})\n"
    failing = "raise OSError(f'Error reading file {data!r}: failed to load it')"
    write_zip(place / "app.pyz", {"__main__.py": finding + failing, "data/x.txt": "here"})
    for _ in range(2):
        assert start(place).err.endswith(HINT.replace("data/x.txt", named))


WORDED = {  # how a program says in its own words that data of its are not there
    "of a path": "def find(data):\n    if not os.path.exists(data):\n        raise DataError('no data')\nfind(DATA)",  # pyproj
    "of a Path": "def find(data):\n    if not data.is_file():\n        raise DataError('no data')\nfind(Path(DATA))",
    "of a module": "def find(name):\n    path = os.path.join(DATA, name)\n    raise ImportError(name)\nfind('config.py')",  # OpenCV
    "by name": "raise RuntimeError(f'not found: {DATA}.')",
    "by name, elsewhere": "def fail(text):\n    raise RuntimeError(text)\nfail(f'{DATA} is not there')",
}
DATA = "import os\nfrom pathlib import Path\nDATA = os.path.join(os.path.dirname(__file__), 'data')\nclass DataError(Exception): pass\n"


@pytest.mark.once
@pytest.mark.parametrize("failing", WORDED.values(), ids=WORDED)
def test_one_that_raises_an_error_of_its_own_over_its_data_is_told_that_it_may_help(failing: str, place: Path) -> None:
    failing = (DATA + failing).replace("'data')", "'data', 'x.txt')") if "is_file" in failing else DATA + failing
    inner = "config.py" if "config.py" in failing else "x.txt"
    name = "data" if "is_file" not in failing and inner == "x.txt" else f"data/{inner}"
    write_zip(place / "own.pyz", {"__main__.py": failing, f"data/{inner}": "here"})
    for _ in range(2):
        lines = start(place, target="own.pyz").err.splitlines()
        assert (
            lines[-2]
            == f"mainspring: own.pyz: the program failed where it had to do with {name!r}, which is in an archive"
        )
        assert lines[-1].startswith("hint: if it looks for that by path") and "mainspring --unpack" in lines[-1]


@pytest.mark.once
@pytest.mark.parametrize(
    "failing",
    [
        "def find():\n    return DATA[None]\nfind()",
        "def find():\n    raise RuntimeError\nfind()",
        "def find(data):\n    raise RuntimeError\nfind(DATA)",
        "def find(data):\n    return data[None]\nfind(DATA)",
        "def find():\n    if DATA:\n        raise DataError\nfind()",
        "def find(code):\n    raise DataError\nfind(os.path.dirname(__file__))",
        "raise RuntimeError(f'{DATA}/y.txt is not there')",
        "raise RuntimeError(f'{__file__}: no')",
        "raise RuntimeError from DataError()",
    ],
)
def test_an_error_that_has_nothing_to_do_with_its_data_is_no_reason_for_a_hint(failing: str, place: Path) -> None:
    write_zip(place / "own.pyz", {"__main__.py": DATA + failing, "data/x.txt": "here"})
    assert "Error" in start(place, target="own.pyz").err.splitlines()[-1]


RESOURCE = "from importlib import resources\nresource = resources.files('pkg') / 'x.txt'\n"


@pytest.mark.skipif(
    sys.version_info < (3, 10), reason="importlib.resources has no files, or errors do not tell of what they are"
)
@pytest.mark.parametrize("failing", ["resource.resolve()", "resource.absolute", "resource.__fspath__()"])
def test_so_is_one_that_takes_a_resource_of_its_archive_for_a_path(failing: str, place: Path) -> None:
    (place / "app.pyz").unlink()
    write_zip(place / "app.pyz", {"__main__.py": RESOURCE + failing, "pkg/__init__.py": "", "pkg/x.txt": "here"})
    for _ in range(2):
        assert start(place).err.endswith(HINT.replace("data/x.txt", "pkg/x.txt"))
    assert start(place, "--unpack") == Ended(0, "", "")


@pytest.mark.skipif(sys.version_info < (3, 10), reason="as above")
@pytest.mark.parametrize("failing", ["resource.encode()", "resource.joinpath('none.txt').resolve()", "None.resolve()"])
def test_what_no_path_has_either_and_what_is_none_is_no_reason_for_a_hint(failing: str, place: Path) -> None:
    (place / "app.pyz").unlink()
    write_zip(place / "app.pyz", {"__main__.py": RESOURCE + failing, "pkg/__init__.py": "", "pkg/x.txt": "here"})
    assert "AttributeError" in start(place).err.splitlines()[-1]


@pytest.mark.skipif(sys.version_info < (3, 9), reason="importlib.resources has no files")
@pytest.mark.parametrize(
    "failing", ["open(resource)", "os.stat(resource)", "os.listdir(resource)", "pathlib.Path(resource)"]
)
def test_one_that_gives_such_a_resource_for_the_name_of_a_file_is_told_that_it_may_help(
    failing: str, place: Path
) -> None:
    failing = f"import os, pathlib\n{failing}"
    write_zip(place / "asks.pyz", {"__main__.py": RESOURCE + failing, "pkg/__init__.py": "", "pkg/x.txt": "here"})
    for _ in range(2):
        lines = start(place, target="asks.pyz").err.splitlines()
        assert lines[-2] == "mainspring: asks.pyz: the program took for a file's name a Path that is none"
        assert lines[-1].startswith("hint: if it is a resource of the archive") and "mainspring --unpack" in lines[-1]


CHILD = "import os, subprocess, sys\nclass Died(Exception): pass\nCHILD = os.path.join(os.path.dirname(__file__), 'pkg', 'child.py')\n"
GIVEN = {  # how a program's child fails that was given what is in an archive
    "an error of subprocess'": "subprocess.check_call([sys.executable, CHILD])",
    "what came of it": "try:\n    subprocess.check_call([sys.executable, CHILD])\nexcept Exception:\n    raise Died from None",
    "by a path": "import pathlib\nsubprocess.run([sys.executable, pathlib.Path(CHILD)], check=True)",
}


@pytest.mark.parametrize("failing", GIVEN.values(), ids=GIVEN)
def test_so_is_one_that_gives_its_child_a_file_which_is_in_its_archive(failing: str, place: Path) -> None:
    (place / "app.pyz").unlink()
    write_zip(place / "app.pyz", {"__main__.py": CHILD + failing, "pkg/child.py": "print('done')"})
    reason = "gave another program 'pkg/child.py' as a file, but it is in an archive"
    for _ in range(2):
        assert start(place).err.endswith(f"mainspring: app.pyz: the program {reason}\n{HINT.splitlines()[1]}\n")
    assert start(place, "--unpack") == Ended(0, "done\n", "")


@pytest.mark.once
def test_one_whose_child_is_a_module_of_its_archive_is_told_what_may_let_it_be_found(place: Path) -> None:
    starting = "subprocess.check_call([sys.executable, '-m', 'pkg.child'])"
    write_zip(
        place / "starts.pyz", {"__main__.py": CHILD + starting, "pkg/__init__.py": "", "pkg/child.py": "print(1)"}
    )
    for _ in range(2):
        lines = start(place, target="starts.pyz").err.splitlines()
        reason = "the program started 'pkg.child' with python -m, which does not look into its archive"
        assert lines[-2] == f"mainspring: starts.pyz: {reason}"
        assert lines[-1].startswith("hint: if it failed as it found no module, PYTHONPATH may name the archive")
    assert start(place, target="starts.pyz", PYTHONPATH="starts.pyz") == Ended(0, "1\n", "")


@pytest.mark.once
@pytest.mark.parametrize(
    "failing",
    [
        "subprocess.check_call([sys.executable, '-c', 'raise SystemExit(3)'])",
        "subprocess.check_call([sys.executable, '-m', 'nowhere'])",
        "subprocess.check_call([sys.executable, os.path.join(os.path.dirname(__file__), 'nowhere.py')])",
        "subprocess.check_call('exit 3', shell=True)",
        "raise subprocess.CalledProcessError(3, None)",
        "subprocess.check_call([sys.executable, '-c', 'raise SystemExit(3)', '-m', 'pkg.child'])",
    ],
)
def test_a_child_that_fails_of_something_else_is_no_reason_for_a_hint(failing: str, place: Path) -> None:
    write_zip(place / "starts.pyz", {"__main__.py": CHILD + failing, "pkg/child.py": ""})
    ended = start(place, target="starts.pyz")
    assert ended.status == 1
    assert "hint:" not in ended.err


MO = "pkg/locale/de/LC_MESSAGES/app.mo"
NO_TRANSLATION = (
    "gettext.translation('app', os.path.join(os.path.dirname(__file__), 'pkg', 'locale'), ['de'])",
    "raise OSError('No translation files found for default language de.')",  # Django
)


@pytest.mark.parametrize("failing", NO_TRANSLATION)
def test_so_is_one_that_looks_for_translations(failing: str, place: Path) -> None:
    (place / "app.pyz").unlink()
    failing = f"import gettext, os\n{failing}"
    write_zip(place / "app.pyz", {"__main__.py": failing, MO: "none"})
    reason = f"found no translations; {MO!r} is in an archive, where gettext finds none"
    for _ in range(2):
        assert start(place).err.endswith(f"mainspring: app.pyz: the program {reason}\n{HINT.splitlines()[1]}\n")
    write_zip(place / "none.pyz", {"__main__.py": failing, "pkg/app.mo": ""})
    assert "Error" in start(place, target="none.pyz").err.splitlines()[-1]


HAS_FOLDERS = "implicit directories" in str(zipimport._read_directory.__code__.co_consts)  # type: ignore[attr-defined]


@pytest.mark.skipif(HAS_FOLDERS, reason="this Python finds them")
@pytest.mark.parametrize("name", ["space", "space.sub", "space.sub.mod"])
def test_so_is_one_that_imports_from_a_folder_without_an_entry(name: str, place: Path) -> None:
    (place / "app.pyz").unlink()
    write_zip(place / "app.pyz", {"__main__.py": f"import {name}", "space/sub/mod.py": ""})
    reason = "needs 'space', which this Python does not find in an archive that has no entry for its folder"
    for _ in range(2):
        assert start(place).err.endswith(f"mainspring: app.pyz: the program {reason}\n{HINT.splitlines()[1]}\n")
    assert start(place, "--unpack") == Ended(0, "", "")


@pytest.mark.parametrize("name", ["nowhere", "data", "pkg.nowhere", "space.nowhere"])
def test_a_module_that_is_nowhere_is_no_reason_for_a_hint(name: str, place: Path) -> None:
    (place / "app.pyz").unlink()
    files = {"__main__.py": f"import {name}", "data/x.txt": "", "pkg/__init__.py": "", "space/": "", "space/mod.py": ""}
    write_zip(place / "app.pyz", files)
    assert start(place).err.splitlines()[-1:] == run([*PYTHON, "app.pyz"], place).err.splitlines()[-1:]


@pytest.mark.parametrize("name, mode", [("nowhere.txt", "r"), ("data/y.txt", "r"), ("new.txt", "w")])
def test_what_is_not_in_its_archive_is_no_reason_for_a_hint(name: str, mode: str, place: Path) -> None:
    (place / "app.pyz").unlink()
    opening = f"import os\nopen(os.path.join(os.path.dirname(__file__), {name!r}), {mode!r})\n"
    write_zip(place / "app.pyz", {"__main__.py": opening, "data/x.txt": "here"})
    for _ in range(2):
        assert start(place).err.splitlines()[-1] == run([*PYTHON, "app.pyz"], place).err.splitlines()[-1]


@pytest.mark.parametrize(
    "more", ["except OSError:\n    print('none')\n", "except OSError:\n    raise SystemExit('mine')\n"]
)
def test_a_program_that_words_it_itself_has_the_last_word(more: str, place: Path) -> None:
    (place / "app.pyz").unlink()
    lines = "".join(f"    {line}\n" for line in READING.splitlines())
    write_zip(place / "app.pyz", {"__main__.py": f"try:\n{lines}{more}", "data/x.txt": "here"})
    assert start(place) == run([*PYTHON, "app.pyz"], place)


def test_an_archive_has_real_files_for_whoever_asks_for_them(place: Path) -> None:
    for _ in range(2):
        assert start(place, "--unpack") == READ
        assert start(place, MAINSPRING_UNPACK="1") == READ
        assert start(place).status == 1


def test_an_archive_is_as_it_was_when_a_child_has_written_bytecode_anew_that_it_brought(place: Path) -> None:
    (place / "m.py").write_text("print('child')\n")
    os.utime(str(place / "m.py"), (1_000_000_000, 1_000_000_000))
    compiled = Path(py_compile.compile(str(place / "m.py"), doraise=True))
    program = "import os, subprocess, sys\nhere = os.path.dirname(__file__)\n"
    starting = "subprocess.run([sys.executable, '-c', 'import m'], cwd=here, check=True)\n"
    members = {
        "__main__.py": program + starting,
        "m.py": "print('child')\n",
        f"__pycache__/{compiled.name}": compiled.read_bytes(),
    }
    write_zip(place / "a.pyz", members)
    until_settled()
    for _ in range(2):
        assert start(place, "--unpack", target="a.pyz") == Ended(0, "child\n", "")
        assert ": warm\n" in start(place, "--unpack", "--explain", target="a.pyz").out
    [written] = (place / "store").rglob(compiled.name)
    assert written.read_bytes() != compiled.read_bytes()


def test_that_an_archive_is_always_to_have_real_files_is_remembered_until_it_is_not(place: Path) -> None:
    assert start(place, "--unpack=always") == READ
    for _ in range(2):
        assert start(place) == READ
    assert start(place, "--unpack=never").status == 1
    for _ in range(2):
        assert start(place).status == 1


def test_what_is_remembered_of_an_archive_holds_under_every_name(place: Path) -> None:
    shutil.copy(str(place / "app.pyz"), str(place / "copy.pyz"))
    until_settled()
    for _ in range(2):
        assert [start(place, target=name).status for name in ("app.pyz", "copy.pyz")] == [1, 1]
        assert start(place, "--unpack=always") == READ
        assert start(place, target="copy.pyz") == start(place) == READ
        assert start(place, "--unpack=never", target="copy.pyz").status == 1


@pytest.mark.parametrize("options", [[], ["--unpack"]])
def test_what_the_store_knows_is_not_held_against_limits_again(options: List[str], place: Path) -> None:
    refused = start(place, "--max-size", "10", *options)
    assert (refused.status, refused.out) == (2, "")
    assert (
        refused.err.startswith("mainspring: app.pyz: it unpacks to ") and "more than the limit of 10\n" in refused.err
    )
    first = start(place, *options)
    assert start(place, "--max-size", "10", *options) == first


@pytest.mark.parametrize(("name", "need"), [("p.libs/a.DLL", files.WHOLE), ("p/a.pyd", files.NATIVE), ("p/a.py", "")])
def test_an_archive_with_libraries_gets_real_files_on_windows_where_they_are_found_by_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, need: str
) -> None:
    path = str(write_zip(tmp_path / "a.pyz", {"__main__.py": "", name: ""}))
    asked = command.parse(["--no-cache", path])
    with monkeypatch.context() as windows:
        windows.setattr(os, "name", "nt")
        found = bundles.checked(asked, path)
    assert found.need == need


CLAIMING = """
import sys

class Lib:
    __class__ = property(lambda self: type(sys))

sys.modules["lib"] = Lib()
import other
"""


def test_what_only_claims_to_be_a_module_does_not_keep_the_program_from_being_kept(place: Path) -> None:
    # As cffi's libraries and some lazy modules do.
    write_zip(place / "claims.pyz", {"__main__.py": CLAIMING, "other.py": "print('ran')\n"})
    assert start(place, "--unpack", target="claims.pyz") == Ended(0, "ran\n", "")
    assert len(images(place / "store")) == 1


@pytest.mark.parametrize("name", ["space/inner.py", "inner.pyc"])
def test_what_an_image_cannot_keep_is_no_reason_to_write_it_anew(name: str, place: Path) -> None:
    content = b"print('ran')\n"
    if name.endswith(".pyc"):
        source = place / "inner.py"
        source.write_bytes(content)
        content = Path(py_compile.compile(str(source), str(place / "made.pyc"))).read_bytes()  # type: ignore[arg-type]
    module = name.partition(".")[0].replace("/", ".")
    write_zip(place / "asks.pyz", {"__main__.py": f"import {module}\n", name: content})
    until_settled()
    assert start(place, "--unpack", target="asks.pyz") == Ended(0, "ran\n", "")
    before = images(place / "store")
    assert start(place, "--unpack", target="asks.pyz") == Ended(0, "ran\n", "")
    assert len(before) == 1 and images(place / "store") == before


OPTIONAL = "try:\n    import fast\nexcept ImportError:\n    print('slow')\n"
# Binds what temporary directories there are to themselves, with the options that are the first word, and runs the others.
CONFINED = """
options=$1; shift
for place in /tmp /var/tmp /dev/shm; do mount --bind $place $place && mount -o remount,bind,$options $place || exit 99; done
exec "$@"
"""


@pytest.fixture(params=["noexec", "ro"])
def confined(request: pytest.FixtureRequest, tmp_path: Path) -> List[str]:
    """Give the words that run others where nothing can be loaded from any temporary directory, or nothing written."""
    words = ["unshare", "--mount", "sh", "-c", CONFINED, "sh", request.param]
    if not sys.platform.startswith("linux") or run([*words, *PYTHON, "-c", "pass"], tmp_path).status:
        pytest.skip("nothing may be mounted here")
    return words


@pytest.mark.faults
def test_an_archive_that_can_do_without_native_modules_runs_where_none_can_be_loaded(
    confined: List[str], tmp_path: Path
) -> None:
    write_zip(tmp_path / "app.pyz", {"__main__.py": OPTIONAL, f"fast{EXTENSION_SUFFIXES[0]}": b"\x7fELF"})
    env = {"HOME": str(tmp_path / "home")}
    expected = Ended(0, "slow\n", "")
    assert run([*confined, *PYTHON, "app.pyz"], tmp_path, env=env) == expected
    for words in ([], ["--no-cache"], []):
        assert run([*confined, *MAINSPRING, *words, "app.pyz"], tmp_path, env=env) == expected


@pytest.mark.faults
def test_one_that_cannot_do_without_them_says_why_there_are_none(confined: List[str], tmp_path: Path) -> None:
    write_zip(tmp_path / "app.pyz", {"__main__.py": "import fast\n", f"fast{EXTENSION_SUFFIXES[0]}": b"\x7fELF"})
    ended = run([*confined, *MAINSPRING, "app.pyz"], tmp_path, env={"HOME": str(tmp_path / "home")})
    assert (ended.status, ended.out) == (1, "")
    if "ro" in confined:
        lines = ended.err.splitlines()[-2:]
        assert lines[0].startswith(
            "mainspring: app.pyz: it has members that must be real files, and neither the store nor "
        )
        assert lines[1].startswith("hint: set TMPDIR or MAINSPRING_CACHE_DIR ")
    else:
        assert ended.err.splitlines()[-1].startswith("ImportError: ")
