"""Layers: installed once, whole or not at all, of exactly what a lock file has, and looked after with the store."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from importlib.machinery import PathFinder
from pathlib import Path
from typing import Any, Iterator, List

import pytest

import mainspring
from mainspring.projects import installers, layers, locks
from mainspring.projects.targets import Target
from mainspring.runtime import Refusal
from mainspring.storage import unpack
from projects_bench import NOWHERE, Bench, needs_installer, uv_directory
from support import MAINSPRING, Ended, clean_environment, run

pytestmark = needs_installer

SHOW = "def main():\n    import iniconfig\n    print(iniconfig.__name__)\n"
PROJECT = '[project]\nname = "app"\nversion = "1.0"\ndependencies = ["iniconfig==2.0.0"]\n'
PROJECT += '[project.scripts]\napp = "app:main"\n'
DIGEST = "b6a85871a79d2e3b22d2d1b94ac2824226a63c6b741c88f7ae975f18b6778374"
FILE = "iniconfig-2.0.0-py3-none-any.whl"
WHEEL = "https://files.example/packages/" + FILE

LOCKS = {
    "requirements.txt": f"# made by a tool\niniconfig==2.0.0 \\\n    --hash=sha256:{DIGEST}\n",
    "pylock.toml": f"""
lock-version = "1.0"
created-by = "a test"
[[packages]]
name = "iniconfig"
version = "2.0.0"
wheels = [{{name = "{FILE}", url = "{WHEEL}", hashes = {{sha256 = "{DIGEST}"}}}}]
""",
    "uv.lock": f"""
version = 1
requires-python = ">=3.8"
[[package]]
name = "app"
version = "1.0"
source = {{editable = "."}}
dependencies = [{{name = "iniconfig"}}, {{name = "absent", marker = "python_version < '3'"}}]
[[package]]
name = "absent"
version = "1"
source = {{registry = "https://index.example/simple"}}
[[package]]
name = "iniconfig"
version = "2.0.0"
source = {{registry = "https://index.example/simple"}}
wheels = [{{url = "{WHEEL}", hash = "sha256:{DIGEST}", size = 5892}}]
""",
}


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    bench = Bench(tmp_path / "place", tmp_path / "store")
    bench.write("app/pyproject.toml", PROJECT)
    bench.write("app/app.py", SHOW)
    return bench


@pytest.fixture
def sleeping(bench: Bench) -> "Iterator[subprocess.Popen[bytes]]":
    """A program that has its layer, and runs until its input ends."""
    bench.write("app/app.py", "import iniconfig, sys\ndef main():\n    print('up', flush=True)\n    sys.stdin.read()\n")
    process = _spawn(bench, "app")
    assert process.stdout is not None and process.stdout.readline() == b"up\n"
    yield process
    process.communicate(timeout=60)


def _spawn(bench: Bench, *words: str, **more: str) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        [*MAINSPRING, *words],
        cwd=str(bench.place),
        env={**clean_environment(), **bench.variables, **more},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )


def _without_network(**more: str) -> Any:
    nowhere = {"PIP_INDEX_URL": NOWHERE, "PIP_RETRIES": "1", "PIP_TIMEOUT": "2", "PIP_CONFIG_FILE": os.devnull}
    return {**nowhere, "PIP_NO_CACHE_DIR": "1", "UV_INDEX_URL": NOWHERE, "UV_NO_CACHE": "1", **more}


def _litter(bench: Bench) -> List[str]:
    return [path.name for path in bench.store.glob("layers-1/**/*") if path.name.endswith((".new", ".gone"))]


def _is_installing(bench: Bench) -> bool:
    """Tell whether what the project depends on is being installed; its metadata are there then."""
    try:
        entries = list(bench.store.glob("layers-1/*"))
        return _litter(bench) != [] and any(bench.has_only_metadata(entry) for entry in entries) and len(entries) == 2
    except FileNotFoundError:  # what was seen there has its place by now
        return False


# Once


def test_what_is_asked_for_by_two_projects_is_installed_once(bench: Bench) -> None:
    bench.write("other/pyproject.toml", PROJECT.replace('"app"', '"other"').replace("app = ", "other = "))
    bench.write("other/app.py", SHOW)
    assert bench.start("app").out == "iniconfig\n"
    assert bench.start("other", PATH="", **_without_network()).out == "iniconfig\n"
    assert len(bench.layers()) == 1


def test_other_requirements_have_another_layer(bench: Bench) -> None:
    bench.start("app")
    bench.write("app/pyproject.toml", PROJECT.replace("==2.0.0", "==1.1.1"))
    bench.write(
        "app/app.py", "def main():\n    from importlib.metadata import version\n    print(version('iniconfig'))\n"
    )
    assert bench.start("app").out == "1.1.1\n"
    assert len(bench.layers()) == 2


def test_two_at_once_are_right_and_leave_one_layer(bench: Bench) -> None:
    both = [_spawn(bench, "app") for _ in range(2)]
    assert [process.communicate(timeout=100) for process in both] == [(b"iniconfig\n", b"")] * 2
    assert len(bench.layers()) == 1 and _litter(bench) == []


@pytest.mark.skipif(os.name == "nt", reason="there are no such locks there")
def test_who_is_slow_takes_nothing_away_from_who_waited_in_vain(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAINSPRING_CACHE_DIR", str(tmp_path / "store"))
    monkeypatch.setattr(unpack, "PATIENCE", 0.05)
    trees: List[str] = []

    def fill(tree: str, work: str, lock: Any) -> None:
        Path(tree, "a.py").write_bytes(b"")
        trees.append(tree)
        if len(trees) == 1:  # meanwhile, another process
            faster = layers.made("ab" * 20, fill).directory
            assert faster is not None
            trees.append(str(os.stat(faster).st_ino))

    used = layers.made("ab" * 20, fill).directory
    assert used is not None
    assert [str(os.stat(used).st_ino)] == trees[2:]
    assert not list(tmp_path.glob("store/layers-1/*/*.new"))


@pytest.mark.skipif(os.name == "nt", reason="descriptors have no such numbers there")
@pytest.mark.parametrize(("name", "status"), [("posix", 0), ("nt", 1)])
def test_an_installer_keeps_the_lock_of_who_was_killed_but_on_windows_where_none_can(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, status: int
) -> None:
    with open(str(tmp_path / "lock"), "wb") as lock, monkeypatch.context() as windows:
        windows.setattr(os, "name", name)
        words = [sys.executable, "-c", f"import os; os.fstat({lock.fileno()})"]
        assert installers._run(words, str(tmp_path), lambda _: None, lock.fileno())[0] == status


def test_what_variables_of_installers_name_by_a_relative_path_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "wheels").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PIP_FIND_LINKS", "wheels https://example.invalid/wheels none")
    monkeypatch.setenv("PIP_PYTHON", "/another/python")
    code = "import os; print(os.environ['PIP_FIND_LINKS'], os.environ.get('PIP_PYTHON'))"
    status, said = installers._run([sys.executable, "-c", code], str(tmp_path / "wheels"), lambda _: None, None)
    assert (status, said) == (0, [f"{tmp_path / 'wheels'} https://example.invalid/wheels none None"])


def test_uv_installs_where_it_is_on_path(bench: Bench) -> None:
    path = os.pathsep.join([str(uv_directory()), os.environ.get("PATH", "")])
    assert bench.start("app", PATH=path).out == "iniconfig\n"
    [installer] = bench.store.glob("layers-1/*/files/iniconfig-*.dist-info/INSTALLER")
    assert installer.read_text().strip() == "uv"
    bench.write("app/pyproject.toml", PROJECT.replace("==2.0.0", ">=999"))
    ended = bench.start("app", PATH=path)
    assert ended.status == 2 and "hint: uv says: " in ended.err and "iniconfig>=999" in ended.err


BACKEND = """
import os, zipfile
def build_wheel(directory, config_settings=None, metadata_directory=None):
    info = "{0}-{1}.dist-info"
    files = {{info + "/METADATA": "Metadata-Version: 2.1\\nName: {0}\\nVersion: {1}\\n{2}"}}
    files[info + "/WHEEL"] = "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n"
    files["{0}.py"] = open("{0}.py").read()
    files[info + "/RECORD"] = "".join(name + ",,\\n" for name in [*files, info + "/RECORD"])
    with zipfile.ZipFile(os.path.join(directory, "{0}-{1}-py3-none-any.whl"), "w") as wheel:
        for name, text in files.items():
            wheel.writestr(name, text)
    return "{0}-{1}-py3-none-any.whl"
"""


def _source(bench: Bench, folder: str, name: str, version: str, needs: str, text: str) -> str:
    """Write a project with a backend of its own, and give a requirement of it. needs: what it requires."""
    table = f'[project]\nname = "{name}"\nversion = "{version}"\nscripts.{name} = "{name}:main"\n'
    table += f"dependencies = {[needs] if needs else []}\n"
    table += '[build-system]\nrequires = []\nbuild-backend = "own"\nbackend-path = ["."]\n'
    bench.write(f"{folder}/pyproject.toml", table)
    bench.write(f"{folder}/own.py", BACKEND.format(name, version, f"Requires-Dist: {needs}\\n" if needs else ""))
    path = bench.write(f"{folder}/{name}.py", text)
    return f"{name} @ {path.parent.as_uri()}"


@pytest.mark.parametrize("has_uv", [True, False])
def test_an_edit_of_what_a_local_requirement_names_is_seen_by_runs_and_builds(has_uv: bool, bench: Bench) -> None:
    path = os.pathsep.join([*([str(uv_directory())] if has_uv else []), os.defpath])
    for word in ("old", "new"):
        needs = _source(bench, "near", "near", "1", "", f"word = {word!r}\n")
        if word == "old":
            _source(bench, "far", "far", "1", needs, "def main():\n    import near\n    print(near.word)\n")
        for _ in range(2):
            assert bench.start("far", PATH=path) == Ended(0, f"{word}\n", "")
        assert bench.start("build", "far", "-o", "far.pyz", PATH=path).status == 0
        assert bench.start("far.pyz").out == f"{word}\n"
    assert b".dist-info/uv_" not in (bench.place / "far.pyz").read_bytes()


FAR = "def main():\n    import near\n    print(near.word)\n"
# What somebody, or the backend itself, does at the end of a build.
AMID = """
import pathlib
made = build_wheel
def build_wheel(*args, **named):
    name = made(*args, **named)
    with open("builds.log", "a") as file:
        file.write("built\\n")
    {0}
    return name
"""


def _near_and_far(bench: Bench, amid: str) -> Path:
    """Write a project that requires another, and as the latter is built, amid is done in its directory; give that."""
    needs = _source(bench, "near", "near", "1", "", "word = 'old'\n")
    _source(bench, "far", "far", "1", needs, FAR)
    backend = bench.place / "near/own.py"
    backend.write_text(backend.read_text() + AMID.format(amid))
    return bench.place / "near"


@pytest.mark.parametrize("has_uv", [True, False])
def test_an_edit_amid_the_installation_of_what_a_local_requirement_names_has_it_installed_again(
    has_uv: bool, bench: Bench
) -> None:
    path = os.pathsep.join([*([str(uv_directory())] if has_uv else []), os.defpath])
    near = _near_and_far(bench, "'EDIT' in os.environ and pathlib.Path('near.py').write_text(\"word = 'new'\\n\")")
    for _ in range(2):
        assert bench.start("far", PATH=path, EDIT="1") == Ended(0, "new\n", "")
    (near / "near.py").write_text("word = 'old'\n")
    (near / "builds.log").unlink()
    assert bench.start("far", PATH=path) == Ended(0, "old\n", "")


def test_what_an_installation_writes_among_its_sources_each_time_has_it_installed_twice_and_no_more(
    bench: Bench,
) -> None:
    near = _near_and_far(bench, "")
    for _ in range(3):
        assert bench.start("far", PATH=os.defpath) == Ended(0, "old\n", "")
    assert (near / "builds.log").read_text() == "built\n" * 2


@pytest.mark.parametrize("has_uv", [True, False])
def test_a_copy_of_the_project_that_its_dependencies_bring_is_left_out(has_uv: bool, bench: Bench) -> None:
    path = os.pathsep.join([*([str(uv_directory())] if has_uv else []), os.defpath])
    old = _source(bench, "old", "app", "1", "", "def main():\n    print('old')\n")
    friend = _source(bench, "friend", "friend", "1", old, "")
    text = "def main():\n    from importlib.metadata import distributions\n"
    text += "    print(*sorted(one.version for one in distributions(name='app')))\n"
    _source(bench, "app", "app", "2", friend, text)
    for _ in range(2):
        assert bench.start("app", PATH=path) == Ended(0, "2\n", "")
    assert bench.start("build", "app", "-o", "app.pyz", PATH=path).err == ""
    assert bench.start("app.pyz") == Ended(0, "2\n", "")


def test_without_an_installer_both_are_named(bench: Bench, tmp_path: Path) -> None:
    run([sys.executable, "-m", "venv", "--without-pip", str(tmp_path / "bare")], tmp_path)
    launcher = Path(mainspring.__file__).with_name("launch.py")
    specs = [PathFinder.find_spec(name) for name in ("packaging", "tomli")]
    lent = os.pathsep.join(os.path.dirname(str(spec.origin)) for spec in specs if spec is not None)
    words = [
        str(tmp_path / "bare" / "bin" / "python"),
        str(launcher),
        "--python=here",
        "--sent",
        f"--lent={lent}",
        "app",
    ]
    ended = run(words, bench.place, env={**bench.variables, "PATH": ""})
    assert (ended.status, ended.out) == (2, "")
    assert "neither uv on PATH nor pip in this Python" in ended.err and "-m ensurepip" in ended.err
    assert bench.layers() == []


# Whole or not at all


def test_paths_that_are_too_long_for_windows_are_told_as_such() -> None:
    """pip says it in a line of its own, behind one that says only that something is not there."""
    said = ["ERROR: Could not install packages due to an OSError: [Errno 2] No such file or directory: 'C:'"]
    said += ["HINT: ... this system does not have Windows Long Path support enabled. ..."]
    refusal = installers._failure(said, "pip")
    assert "too long for Windows" in refusal.reason and "MAINSPRING_CACHE_DIR" in str(refusal.hint)


def test_without_a_network_there_is_one_line_and_nothing_half_made(bench: Bench) -> None:
    ended = bench.start("app", **_without_network())
    assert (ended.status, ended.out) == (2, "")
    reason = "its dependencies are not installed yet, and the package index cannot be reached"
    assert ended.err.splitlines()[0] == f"mainspring: app: {reason}"
    assert len(ended.err.splitlines()) == 2 and bench.layers() == []
    assert bench.start("app").out == "iniconfig\n"


@pytest.mark.faults
def test_a_killed_install_leaves_nothing_that_grows(bench: Bench) -> None:
    for _ in range(3):
        process = _spawn(bench, "app")
        _wait_for(lambda: _is_installing(bench))
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate(timeout=60)
        [entry] = bench.layers()
        assert len(list(entry.glob("files-*"))) == 1
    assert bench.start("app").out == "iniconfig\n"
    assert _litter(bench) == []


@pytest.mark.faults
def test_an_installer_that_outlives_a_killed_start_is_waited_for(bench: Bench) -> None:
    process = _spawn(bench, "app")
    _wait_for(lambda: _is_installing(bench))
    time.sleep(0.3)
    os.kill(process.pid, signal.SIGKILL)
    assert bench.start("app").out == "iniconfig\n"
    process.communicate(timeout=60)
    assert bench.start("app", **_without_network()).out == "iniconfig\n"


def _wait_for(is_so: Any) -> None:
    patience = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < patience
        time.sleep(0.01)


@pytest.mark.faults
@pytest.mark.skipif(not sys.platform.startswith("linux") or os.geteuid() != 0, reason="only root can mount")
def test_a_full_disk_gives_one_line_and_nothing_half_made(bench: Bench, tmp_path: Path) -> None:
    bench.store.mkdir(mode=0o700)
    if subprocess.call(["mount", "-t", "tmpfs", "-o", "size=1m,mode=0700", "none", str(bench.store)]):
        pytest.skip("nothing can be mounted here")
    try:
        bench.write("app/pyproject.toml", PROJECT.replace("iniconfig==2.0.0", "rich==13.9.4"))
        ended = bench.start("app", TMPDIR=str(bench.store))
        assert (ended.status, ended.out, len(ended.err.splitlines())) == (2, "", 2)
        assert "there is no room for its dependencies" in ended.err
        assert bench.layers() == []
    finally:
        subprocess.call(["umount", str(bench.store)])


def test_without_a_store_the_layer_is_temporary(bench: Bench, tmp_path: Path) -> None:
    (tmp_path / "tmp").mkdir()
    ended = bench.start("--no-cache", "app", TMPDIR=str(tmp_path / "tmp"))
    assert (ended.status, ended.out) == (0, "iniconfig\n")
    assert list((tmp_path / "tmp").iterdir()) == [] and bench.layers() == []


# What a lock file has


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_file_is_followed_and_its_hashes_are_enforced(name: str, bench: Bench) -> None:
    bench.write("app/pyproject.toml", PROJECT.replace("==2.0.0", ">=1"))
    bench.write(f"app/{name}", LOCKS[name])
    bench.write(
        "app/app.py", "def main():\n    from importlib.metadata import version\n    print(version('iniconfig'))\n"
    )
    assert bench.start("app").out == "2.0.0\n"
    bench.write(f"app/{name}", LOCKS[name].replace(DIGEST, "0" * 64))
    ended = bench.start("app")
    assert (ended.status, ended.out) == (2, "")
    line = "mainspring: app: its dependencies are not those that the lock file has: a hash differs"
    assert ended.err.splitlines()[0] == line


def test_the_lock_file_of_a_script_is_followed(bench: Bench) -> None:
    block = '# /// script\n# dependencies = ["iniconfig>=1"]\n# ///\n'
    bench.write("s.py", block + "from importlib.metadata import version\nprint(version('iniconfig'))\n")
    lock = 'version = 1\nrequires-python = ">=3.8"\n[manifest]\nrequirements = [{name = "iniconfig"}]\n'
    lock += LOCKS["uv.lock"][LOCKS["uv.lock"].rindex("[[package]]") :]
    bench.write("s.py.lock", lock)
    assert bench.start("s.py") == Ended(0, "2.0.0\n", "")
    bench.write("s.py.lock", lock.replace(DIGEST, "0" * 64))
    line = "mainspring: s.py: its dependencies are not those that the lock file has: a hash differs"
    assert bench.start("s.py").err.splitlines()[0] == line


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_file_that_lacks_a_requirement_is_refused(name: str, bench: Bench) -> None:
    bench.write("app/pyproject.toml", PROJECT.replace('"iniconfig', '"pluggy", "iniconfig'))
    bench.write(f"app/{name}", LOCKS[name])
    ended = bench.start("app")
    assert ended.err.startswith(f"mainspring: app: {name} has no pluggy, which app asks for\nhint: ")


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_file_with_a_version_that_is_not_asked_for_is_refused(name: str, bench: Bench) -> None:
    path = str(bench.write(f"app/{name}", LOCKS[name]))
    asked = "iniconfig>=2.1" if name != "uv.lock" else "iniconfig<2"
    with pytest.raises(Refusal, match=re.escape(f"{name} has iniconfig 2.0.0, and app asks for {asked[9:]}")):
        locks.read(path, "app", [asked], "app")
    locks.read(path, "app", ["iniconfig>=2", "iniconfig<1; python_version < '3'"], "app")


def test_of_several_lock_files_the_first_known_one_counts(bench: Bench) -> None:
    order = ["pylock.toml", "uv.lock", "requirements.txt"]
    for name in order:
        bench.write(f"app/{name}", LOCKS[name])
    directory = bench.place / "app"
    for name in order:
        assert locks.find(str(directory)) == str(directory / name)
        (directory / name).unlink()
    assert locks.find(str(directory)) is None


def test_a_lock_file_may_begin_with_a_mark_of_its_encoding(bench: Bench) -> None:
    path = bench.write("app/requirements.txt", "\ufeff" + LOCKS["requirements.txt"][len("# made by a tool\n") :])
    assert [line.partition(" ")[0] for line in locks.read(str(path), "app", ["iniconfig"]).lines] == [
        "iniconfig==2.0.0"
    ]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32", "utf-8-sig"])
def test_a_requirements_file_that_windows_has_written_is_a_lock_as_any(encoding: str, tmp_path: Path) -> None:
    path = tmp_path / "requirements.txt"
    path.write_bytes(LOCKS["requirements.txt"].replace("\n", "\r\n").encode(encoding))
    assert locks.find(str(tmp_path)) == str(path)
    [line] = locks.read(str(path), "app", ["iniconfig"]).lines
    assert line == f"iniconfig==2.0.0 --hash=sha256:{DIGEST}"


def test_a_uv_lock_for_other_pythons_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "uv.lock"
    path.write_text(LOCKS["uv.lock"].replace(">=3.8", ">=3.99"))
    with pytest.raises(Refusal) as caught:
        locks.read(str(path), "app", ["iniconfig"], "app")
    assert caught.value.reason.startswith("uv.lock: it is for Python >=3.99, and this is Python 3.")
    assert locks.read(str(path), "app", ["iniconfig"], "app", target=Target("3.99", None)).lines


def test_a_requirements_file_without_hashes_is_no_lock(bench: Bench) -> None:
    bench.write("app/requirements.txt", "iniconfig==1.1.1\n")
    bench.write(
        "app/app.py", "def main():\n    from importlib.metadata import version\n    print(version('iniconfig'))\n"
    )
    assert bench.start("app").out == "2.0.0\n"


@pytest.mark.parametrize(
    "text, words",
    [
        ("-r other.txt\niniconfig==2.0.0 --hash=sha256:00\n", "requirements.txt has -r; expected requirements"),
        ("iniconfig==2.0.0 --hash=sha256:00\npluggy\n", "requirements.txt: pluggy has no hash, and others have"),
        ("./a.whl --hash=sha256:00\n", "requirements.txt: ./a.whl is no requirement"),
        ("iniconfig=2 --hash=sha256:00\n", "requirements.txt: iniconfig=2 is no requirement"),
        ("iniconfig==2 --hash=sha256:00 --find-links=/x\n", "has more behind it than hashes"),
        ("iniconfig==2 --hash=sha256:00 # x\n --hash=a:b -r y\n", "requirements.txt has --hash=a:b"),
    ],
)
def test_a_lock_that_hashes_do_not_cover_is_refused(text: str, words: str, bench: Bench) -> None:
    path = bench.write("app/requirements.txt", text)
    with pytest.raises(Refusal, match=re.escape(words)):
        locks.read(str(path), "app", ["iniconfig"])


@pytest.mark.parametrize(
    "name, old, new",
    [
        ("uv.lock", f'"sha256:{DIGEST}"', f'"sha256:{DIGEST}\\n-r /etc/hostname"'),
        ("uv.lock", f'"sha256:{DIGEST}"', f'"sha256:{DIGEST} --index-url=http://example"'),
        ("uv.lock", '"2.0.0"', '"2.0.0\\n--pre"'),
        ("pylock.toml", f'"{DIGEST}"', f'"{DIGEST}\\n--pre"'),
    ],
)
def test_a_lock_says_nothing_else_to_the_installer(name: str, old: str, new: str, bench: Bench) -> None:
    path = bench.write(f"app/{name}", LOCKS[name].replace(old, new))
    with pytest.raises(Refusal):
        locks.read(str(path), "app", ["iniconfig"], "app")
    bench.write(f"app/{name}", LOCKS[name])
    assert locks.read(str(path), "app", ["iniconfig"], "app").lines


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_file_is_read_for_the_target_that_is_built_for(name: str, bench: Bench) -> None:
    more = {
        "requirements.txt": f"\nonly==1 ; sys_platform == 'win32' --hash=sha256:{DIGEST}\n",
        "pylock.toml": '\n[[packages]]\nname = "only"\nversion = "1"\nmarker = "sys_platform == \'win32\'"\n'
        f'sdist = {{name = "only-1.tar.gz", url = "{WHEEL}", hashes = {{sha256 = "{DIGEST}"}}}}\n',
        "uv.lock": f'\n[[package]]\nname = "only"\nversion = "1"\nsource = {{registry = "https://index.example/simple"}}\n'
        f'sdist = {{url = "{WHEEL}", hash = "sha256:{DIGEST}"}}\n',
    }
    text = LOCKS[name].replace("[{name =", '[{name = "only", marker = "sys_platform == \'win32\'"}, {name =')
    if name == "pylock.toml":
        text = LOCKS[name]
    path = str(bench.write(f"app/{name}", text + more[name]))
    here = ["iniconfig", "only"] if name == "requirements.txt" else ["iniconfig"]  # whose markers are for the installer
    for target, expected in (Target("3.12", "win_amd64"), ["iniconfig", "only"]), (None, here):
        lines = locks.read(path, "app", [], "app", target=target).lines
        assert sorted(line.partition("==")[0] for line in lines) == expected
        assert not any("sys_platform" in line for line in lines) or target is None


UV_CONFLICTS = """
version = 1
conflicts = [[{package = "app", extra = "new"}, {package = "app", extra = "old"}]]
[[package]]
name = "app"
version = "1"
source = {editable = "."}
dependencies = [{name = "other", marker = "extra != 'extra-3-app-old'"}]
[package.optional-dependencies]
new = [{name = "thing", version = "2"}]
old = [{name = "thing", version = "1", marker = "extra == 'extra-3-app-old' or (sys_platform == 'x' and extra == 'extra-3-app-new')"}]
[package.dev-dependencies]
dev = [{name = "of-dev", marker = "extra == 'group-3-app-dev'"}]
""" + "".join(
    f"[[package]]\nname = '{name}'\nversion = '{version}'\nsource = {{registry = 'https://x'}}\n"
    f"wheels = [{{url = '{WHEEL}', hash = 'sha256:{DIGEST}'}}]\n"
    for name, version in (("thing", "1"), ("thing", "2"), ("other", "1"), ("of-dev", "1"))
)


@pytest.mark.parametrize(
    "extra, groups, expected",
    [("new", [], ["other==1", "thing==2"]), ("old", ["dev"], ["of-dev==1", "thing==1"])],
)
def test_extras_that_exclude_each_other_have_what_a_uv_lock_has_for_each(
    extra: str, groups: List[str], expected: List[str], tmp_path: Path
) -> None:
    (tmp_path / "uv.lock").write_text(UV_CONFLICTS)
    found = locks.read(str(tmp_path / "uv.lock"), "app", ["thing"], "app", [extra], groups)
    assert sorted(line.partition(" ")[0] for line in found.lines) == expected


def test_a_package_from_a_repository_is_refused_in_a_uv_lock(bench: Bench) -> None:
    text = LOCKS["uv.lock"].replace('registry = "https://index.example/simple"}', 'git = "https://git.example/x#1"}')
    path = bench.write("app/uv.lock", text)
    with pytest.raises(Refusal, match="iniconfig comes from a repository or a directory"):
        locks.read(str(path), "app", [], "app")


# Damage, and looking after the store


@pytest.mark.parametrize("damage", ["deleted", "altered", "manifest"])
def test_a_damaged_layer_is_made_anew_before_it_is_used(damage: str, bench: Bench) -> None:
    for _ in range(2):
        assert bench.start("app").out == "iniconfig\n"
    [entry] = bench.layers()
    path = entry / "files" / "iniconfig" / "__init__.py"
    if damage == "manifest":
        [path] = entry.glob("files.whole-*")
    path.unlink() if damage == "deleted" else path.write_bytes(path.read_bytes()[:-1] + b"!")
    assert bench.start("app").out == "iniconfig\n"
    assert "damaged: nothing" in bench.start("cache", "verify").out


@pytest.mark.parametrize("name", ["about", "files.lock", "files.whole-*", "files"])
def test_whatever_stands_in_the_place_of_a_part_of_a_layer_gives_way(name: str, bench: Bench, tmp_path: Path) -> None:
    assert bench.start("app").out == "iniconfig\n"
    for stands_there in ("a directory", "a full directory", "a file", "a link"):
        [entry] = bench.layers()
        [path] = entry.glob(name)
        shutil.rmtree(str(path)) if path.is_dir() else path.unlink()
        _put(path, stands_there, tmp_path / stands_there)
        assert bench.start("app") == bench.start("app") == Ended(0, "iniconfig\n", "")
        assert "damaged: nothing" in bench.start("cache", "verify").out
        assert not list(tmp_path.joinpath(stands_there, "elsewhere").iterdir())


def test_a_link_in_the_place_of_all_layers_gives_way_and_nothing_of_ours_lies_behind_it(
    bench: Bench, tmp_path: Path
) -> None:
    assert bench.start("app").out == "iniconfig\n"
    folder = bench.store / "layers-1"
    shutil.rmtree(str(folder))
    _put(folder, "a link", tmp_path)
    assert bench.start("app") == bench.start("app") == Ended(0, "iniconfig\n", "")
    assert folder.is_dir() and not folder.is_symlink() and len(bench.layers()) == 1
    assert not list(tmp_path.joinpath("elsewhere").iterdir())


def _put(path: Path, what: str, place: Path) -> None:
    elsewhere = place / "elsewhere"
    elsewhere.mkdir(parents=True)
    if what == "a link":
        path.symlink_to(elsewhere, target_is_directory=True)
    elif what == "a file":
        path.write_bytes(b"in the way")
    else:
        path.mkdir()
    if what == "a full directory":
        path.joinpath("something").write_bytes(b"in the way")


def test_the_list_says_what_is_in_a_layer(bench: Bench) -> None:
    bench.start("app")
    entries = json.loads(bench.start("cache", "list", "--json").out)["entries"]
    [layer] = [entry for entry in entries if entry["kind"] == "layer" and entry["sources"] != ["app-1.0"]]
    assert layer["sources"] == ["iniconfig-2.0.0"] and layer["files"] > 5 and layer["in_use"] is False


def test_a_byte_that_differs_is_found_by_verify(bench: Bench) -> None:
    bench.start("app")
    [path] = bench.store.glob("layers-1/*/files/iniconfig/__init__.py")
    path.write_bytes(path.read_bytes().replace(b"import", b"inport", 1))
    ended = bench.start("cache", "verify")
    assert ended.status == 1 and "iniconfig/__init__.py: it was replaced, or altered" in ended.out


def test_a_layer_goes_when_it_was_not_used_for_long_and_comes_again(bench: Bench) -> None:
    bench.start("app")
    for path in bench.store.glob("*-1/**/*"):
        os.utime(str(path), (time.time() - 31 * 86400,) * 2, follow_symlinks=False)
    assert json.loads(bench.start("cache", "prune", "--json").out)["removed"]["layer"] == 2
    assert bench.layers() == []
    assert bench.start("app").out == "iniconfig\n"


def test_no_layer_goes_under_a_running_program(sleeping: "subprocess.Popen[bytes]", bench: Bench) -> None:
    cleared = json.loads(bench.start("cache", "clear", "--json").out)
    assert [os.path.dirname(path) for path in cleared["in_use"]] == ["layers-1", "layers-1"]  # and its metadata's
    assert len(bench.layers()) == 1


def test_a_cleared_store_comes_again(bench: Bench) -> None:
    for _ in range(2):
        assert bench.start("app").out == "iniconfig\n"
        assert bench.start("cache", "clear").status == 0
        assert bench.layers() == []
    shutil.rmtree(str(bench.store))
    assert bench.start("app").out == "iniconfig\n"
