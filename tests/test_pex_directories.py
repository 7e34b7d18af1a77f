"""Loose and packed PEXes that change between two starts, are damaged, or come from somebody who means no good."""

import json
import os
import shutil
import zipfile
from pathlib import Path
from typing import Any, Dict

import pytest

from hostile import one
from makers_bench import Bench, open_bench
from support import MAINSPRING, PYTHON, ROOT, SOURCES, Ended, run

pytestmark = pytest.mark.skipif(
    os.name == "nt", reason="takes links, pipes, and a time of change that cannot be set back"
)

CLI = ".deps/probe-1.2.3-py3-none-any.whl/probe/cli.py"
PROBE = ".deps/probe-1.2.3-py3-none-any.whl"


@pytest.fixture(scope="module")
def bench() -> Bench:
    return open_bench()


def copied(bench: Bench, form: str, to: Path) -> Path:
    shutil.copytree(str(bench.built(f"pex-{form}")), str(to), symlinks=True)
    return to


def start(place: Path, *args: str, **env: str) -> Ended:
    store = str(place.parent / "store")
    return run([*MAINSPRING, str(place), *args], place.parent, env={"MAINSPRING_CACHE_DIR": store, **env})


def explained(place: Path, **env: str) -> str:
    store = str(place.parent / "store")
    return run([*MAINSPRING, "--explain", str(place)], place.parent, env={"MAINSPRING_CACHE_DIR": store, **env}).out


def rewrite(path: Path, text: str) -> None:
    """Write text into a file whose time is then what it was."""
    before = path.stat()
    path.write_text(text)
    os.utime(str(path), ns=(before.st_atime_ns, before.st_mtime_ns))


def said(place: Path, text: str) -> Dict[str, Any]:
    path = place / "PEX-INFO"
    info: Dict[str, Any] = {**json.loads(path.read_text()), **json.loads(text)}
    path.write_text(json.dumps(info))
    return info


def test_an_edit_in_a_loose_directory_is_seen_even_if_neither_time_nor_size_tell(bench: Bench, tmp_path: Path) -> None:
    place = copied(bench, "loose", tmp_path / "app")
    for word in ("one", "two", "six"):
        rewrite(place / CLI, f"def main():\n    print('{word}')\n")
        for _ in ("cold", "warm"):
            assert start(place) == (0, f"{word}\n", "")
    assert "warm" in explained(place)


@pytest.mark.parametrize("form", ["packed", "loose"])
def test_with_what_windows_has_a_directory_is_warm_too_and_an_edit_is_seen(
    form: str, bench: Bench, tmp_path: Path
) -> None:
    place, env = copied(bench, form, tmp_path / "app"), {"PYTHONPATH": str(ROOT / "tests" / "like_windows")}
    assert [start(place, "exit", "3", **env).status for _ in ("cold", "warm")] == [3, 3]
    assert ": warm" in explained(place, **env)
    info = place / "PEX-INFO"
    rewrite(info, info.read_text().replace("probe.cli:main", "probe.cli:none"))
    for _ in ("cold", "warm"):
        ended = start(place, "exit", "3", **env)
        assert ended.status == 1 and "probe.cli:none" in ended.err


@pytest.mark.parametrize("form", ["packed", "loose"])
def test_one_with_a_link_that_leads_nowhere_runs_as_under_pex(form: str, bench: Bench, tmp_path: Path) -> None:
    place = copied(bench, form, tmp_path / "app")
    (place / "nowhere").symlink_to("none")
    by_pex = run([*PYTHON, str(place), "exit", "7"], tmp_path, env={"PEX_ROOT": str(tmp_path / "root")})
    for _ in range(2):
        assert (start(place, "exit", "7", PEX_ROOT=str(tmp_path / "root")).status, by_pex.status) == (7, 7)
    assert run([*MAINSPRING, "inspect", str(place)], tmp_path).status == 0


def test_what_is_new_or_gone_in_a_loose_directory_is_seen(bench: Bench, tmp_path: Path) -> None:
    place = copied(bench, "loose", tmp_path / "app")
    (place / CLI).write_text("def main():\n    import fresh\n    print(fresh.word)\n")
    assert start(place).err.endswith("No module named 'fresh'\n")
    (place / PROBE / "fresh.py").write_text("word = 'there'\n")
    assert start(place).out == "there\n"
    (place / "fresh.py").write_text("word = 'before it'\n")
    assert start(place).out == "before it\n"
    (place / "fresh.py").unlink()
    assert start(place).out == "there\n"


def test_a_folder_that_is_to_be_on_the_path_and_is_not_there_is_seen_when_it_comes(
    bench: Bench, tmp_path: Path
) -> None:
    place = copied(bench, "loose", tmp_path / "app")
    said_of = place / PROBE / ".layout.json"
    said_of.write_text(json.dumps({**json.loads(said_of.read_text()), "sys_path_entries": ["none", ""]}))
    for _ in range(2):
        assert start(place, "exit", "7").status == 7
    assert "warm" in explained(place)
    (place / PROBE / "none" / "probe").mkdir(parents=True)
    (place / PROBE / "none" / "probe" / "__init__.py").write_text("")
    (place / PROBE / "none" / "probe" / "cli.py").write_text("def main():\n    print('before it')\n")
    assert start(place).out == "before it\n"


def test_metadata_that_change_in_a_loose_directory_are_read_again(bench: Bench, tmp_path: Path) -> None:
    place = copied(bench, "loose", tmp_path / "app")
    assert start(place, "none", PEX_SCRIPT="added").status != 0
    scripts = place / PROBE / "probe-1.2.3.dist-info" / "entry_points.txt"
    scripts.write_text("[console_scripts]\nadded = probe.cli:main\n")
    assert "added: probe.cli:main" in explained(place)
    assert start(place, "none", PEX_SCRIPT="added").status == 0
    said(place, '{"entry_point": "probe.plugins"}')
    assert "the module probe.plugins" in explained(place)


@pytest.mark.parametrize("form", ["loose", "packed"])
def test_a_directory_that_nobody_touched_is_warm_and_asks_for_no_metadata(
    form: str, bench: Bench, tmp_path: Path
) -> None:
    place = copied(bench, form, tmp_path / "app")
    expected = start(place, "metadata")
    assert (expected.status, expected.err) == (0, "")
    assert "warm" in explained(place)
    told = start(place, "none", PYTHONPROFILEIMPORTTIME="1").err
    assert "json" in told
    assert "mainspring.makers" not in told and "mainspring.layouts" not in told


def test_a_wheel_in_a_packed_directory_that_is_replaced_is_seen(bench: Bench, tmp_path: Path) -> None:
    place = copied(bench, "packed", tmp_path / "app")
    for word in ("one", "two"):
        path = place / PROBE
        before = path.stat()
        with zipfile.ZipFile(str(path)) as old:
            members = {name: old.read(name) for name in old.namelist()}
        members["probe/cli.py"] = f"def main():\n    print('{word}')\n".encode()
        with zipfile.ZipFile(str(path), "w") as new:
            for name, content in members.items():
                new.writestr(zipfile.ZipInfo(name), content)
        os.utime(str(path), ns=(before.st_atime_ns, before.st_mtime_ns))
        for _ in ("cold", "warm"):
            assert start(place) == (0, f"{word}\n", "")


def test_a_copy_of_a_packed_directory_is_not_unpacked_again_and_damage_is_mended(bench: Bench, tmp_path: Path) -> None:
    for name in ("one", "two"):
        assert start(copied(bench, "packed", tmp_path / name), "none").status == 0
    [tree] = (tmp_path / "store").glob("bundles*/*/files")
    (tree / CLI).write_text("raise SystemExit(9)\n")
    (tree / "PEX-INFO").unlink()
    assert [start(tmp_path / name, "exit", "3").status for name in ("one", "two")] == [3, 3]


def test_an_archive_in_a_packed_directory_that_is_not_sound_is_refused(bench: Bench, tmp_path: Path) -> None:
    place = copied(bench, "packed", tmp_path / "app")
    (place / PROBE).write_bytes(one("../x"))
    for _ in ("cold", "again"):
        ended = start(place)
        assert (ended.status, ended.out, ended.err.count("\n")) == (2, "", 1)
        assert f"app/{PROBE}: " in ended.err
    assert not list((tmp_path / "store").glob("bundles*/*/files"))


def test_the_odd_folder_that_older_pexes_put_into_their_archives_is_no_matter(bench: Bench, tmp_path: Path) -> None:
    place = copied(bench, "packed", tmp_path / "app")
    with zipfile.ZipFile(str(place / PROBE), "a") as archive:
        archive.writestr("../", "")
    assert start(place, "exit", "3").status == 3


@pytest.mark.parametrize("form", ["loose", "packed"])
@pytest.mark.parametrize(
    "change",
    [
        '{"distributions": {"../../x-1-py3-none-any.whl": "0"}}',
        '{"entry_point": ["a list"]}',
        '{"inject_env": {"A=B": "x"}}',
        '{"entry_point": "a\\u0000b"}',
    ],
)
def test_hostile_metadata_of_a_directory_are_refused_in_one_line(
    change: str, form: str, bench: Bench, tmp_path: Path
) -> None:
    place = copied(bench, form, tmp_path / "app")
    said(place, change)
    ended = start(place)
    assert (ended.status, ended.out, ended.err.count("\n")) == (2, "", 1)
    assert ended.err.startswith(f"mainspring: {place}: member 'PEX-INFO' ")


@pytest.mark.parametrize("form", ["loose", "packed"])
def test_a_pipe_in_a_directory_does_not_block(form: str, bench: Bench, tmp_path: Path) -> None:
    place = copied(bench, form, tmp_path / "app")
    name = {"loose": f"{PROBE}/probe-1.2.3.dist-info/METADATA", "packed": "user.py"}[form]
    (place / name).unlink() if form == "loose" else None
    os.mkfifo(str(place / name))
    ended = start(place)
    assert (ended.status, ended.err) == (2, f"mainspring: {place}: {name} in it is no file\n")


def test_a_directory_that_pex_did_not_make_so_is_left_to_its_own_main(bench: Bench, tmp_path: Path) -> None:
    place = copied(bench, "loose", tmp_path / "app")
    (place / "__main__.py").write_text("print('its own')\n")
    for _ in ("cold", "warm"):
        assert start(place).out == "its own\n"
    assert "its own bootstrap" in explained(place)


def test_variables_count_where_mainspring_is_not_on_the_path(bench: Bench, tmp_path: Path) -> None:
    own = shutil.copytree(str(SOURCES), str(tmp_path / "mainspring"), ignore=shutil.ignore_patterns("__pycache__"))
    words = [str(bench.built("pex")), "exit", "3"]
    env = {"MAINSPRING_CACHE_DIR": str(tmp_path / "store"), "PEX_EXTRA_SYS_PATH": "/first"}
    assert run([*MAINSPRING, *words], tmp_path, env=env).status == 3  # from now on, it takes no library to read it
    assert run([*PYTHON, "-S", os.path.join(own, "launch.py"), *words], tmp_path, env=env).status == 3


def test_where_no_packaging_can_be_had_a_pex_is_left_to_its_own_bootstrap(bench: Bench, tmp_path: Path) -> None:
    own = shutil.copytree(str(SOURCES), str(tmp_path / "mainspring"), ignore=shutil.ignore_patterns("__pycache__"))
    words = [*PYTHON, "-S", os.path.join(own, "launch.py")]
    env = {"MAINSPRING_CACHE_DIR": str(tmp_path / "store")}
    for path in (bench.built("pex"), copied(bench, "packed", tmp_path / "app")):
        assert run([*words, str(path), "exit", "3"], tmp_path, env=env).status == 3
        assert "no packaging" in run([*words, "--explain", str(path)], tmp_path, env=env).out
        assert run([*MAINSPRING, str(path), "exit", "4"], tmp_path, env=env).status == 4
        assert "no packaging" not in run([*MAINSPRING, "--explain", str(path)], tmp_path, env=env).out
