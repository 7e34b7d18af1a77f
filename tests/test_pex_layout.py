"""What is known of a PEX without running it, and what its program sees: compared with what pex's own bootstrap shows.

Each PEX is a real one, made by pex; for what pex would not make, a real one with other members.
"""

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any, Callable, Dict, List, Optional

import pytest

from mainspring import archive as archives
from mainspring.makers import pex as maker
from mainspring.runtime import Refusal, pex, pex_variables
from makers_bench import Bench, home, open_bench
from support import MAINSPRING, clean_environment, run, write_zip

TREE = os.path.join(os.sep, "tree")
TYPED = "tool.pex"
Info = Dict[str, Any]
Files = Dict[str, bytes]

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the paths below are those of POSIX")


@pytest.fixture(scope="module")
def bench() -> Bench:
    return open_bench()


def layout_of(path: Path) -> Dict[str, Any]:
    checked = archives.check(TYPED, path.read_bytes())
    assert maker.is_pex(checked)
    return maker.layout(checked)


def by_pex(path: Path, at_home: Path, env: Dict[str, str], *args: str) -> "subprocess.CompletedProcess[str]":
    """Run a PEX by python, with pex's own bootstrap."""
    environ = {**clean_environment(), "HOME": str(at_home), **env}
    words = [sys.executable, str(path), *args]
    return subprocess.run(
        words,
        env=environ,
        cwd=str(path.parent),
        universal_newlines=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def seen(path: Path, at_home: Path, env: Dict[str, str], *args: str) -> Dict[str, Any]:
    """Give what the probe reports when pex's own bootstrap starts it, with its own paths as those of our tree."""
    done = by_pex(path, at_home, env, *args)
    assert done.returncode == 0, done.stderr
    report: Dict[str, Any] = json.loads(done.stdout)
    report["path"] = [as_ours(entry) for entry in report["path"]]
    report["argv"] = [as_ours(word) for word in report["argv"]]
    return report


def as_ours(path: str) -> str:
    parts = path.split(os.sep)
    for name, depth in (("unzipped_pexes", 3), ("installed_wheels", 3)):
        if name in parts:
            rest = parts[parts.index(name) + depth :]
            return os.path.join(TREE, *([".deps"] if name == "installed_wheels" else []), *rest)
    return path


def path_before(env: Dict[str, str], directory: Path) -> List[str]:
    """Give the sys.path with which this python starts the bundle, whose root is its first entry."""
    script = directory / "path.py"
    script.write_text("import json, sys\nprint(json.dumps(sys.path[1:]))\n")
    done = subprocess.run([sys.executable, str(script)], env={**clean_environment(), **env}, stdout=subprocess.PIPE)
    return [TREE, *json.loads(done.stdout.decode())]


def changed(environ: Dict[str, str], changes: Dict[str, Optional[str]]) -> Dict[str, str]:
    after: Dict[str, Any] = {**environ, **changes}
    return {name: value for name, value in after.items() if value is not None}


def without_noise(environ: Dict[str, str]) -> Dict[str, str]:
    """Leave out what pex leaves behind for itself, and what belongs to the shell."""
    return {name: value for name, value in environ.items() if name not in ("_PEX_CACHE_ACCESS_LOCK", "LC_CTYPE", "_")}


ENVIRONMENTS: Dict[str, Dict[str, str]] = {
    "plain": {},
    "pythonpath": {"PYTHONPATH": "{0}/some:more"},
    "prefer": {"PEX_INHERIT_PATH": "prefer", "PYTHONPATH": "{0}/some:more"},
    "fallback": {"PEX_INHERIT_PATH": "fallback", "PYTHONPATH": "more"},
    "empty": {"PEX_INHERIT_PATH": "prefer", "PYTHONPATH": ""},
    "extra": {"PEX_EXTRA_SYS_PATH": "~/some:/a/../b:more:more", "PYTHONPATH": "{0}/some"},
    "extra-prefer": {"PEX_EXTRA_SYS_PATH": "{0}/x", "PEX_INHERIT_PATH": "prefer", "PYTHONPATH": "{0}/some"},
    "off": {"PEX_DISABLE_VARIABLES": "1", "PEX_MODULE": "nothing", "PEX_EXTRA_SYS_PATH": "/nowhere"},
}
CASES = [("pex", variables) for variables in sorted(ENVIRONMENTS)]
CASES += [("pex-falls-back", variables) for variables in ("plain", "prefer", "pythonpath", "extra")]
CASES += [("pex-prefers", "pythonpath"), ("pex-prefers", "extra"), ("pex-unstripped", "extra"), ("pex-inject", "plain")]
CASES += [("pex-module", "plain"), ("pex-user-package", "plain")]


@pytest.mark.parametrize(("name", "variables"), CASES)
def test_a_program_sees_what_it_sees_under_pex(name: str, variables: str, bench: Bench, tmp_path: Path) -> None:
    path = bench.built(name)
    env = {key: value.format(tmp_path) for key, value in ENVIRONMENTS[variables].items()}
    check_like_pex(path, home(bench, "layout"), env, ["report", "two words"], tmp_path)


def check_like_pex(path: Path, at_home: Path, env: Dict[str, str], args: List[str], tmp_path: Path) -> Dict[str, Any]:
    layout = layout_of(path)
    environ = {**clean_environment(), "HOME": str(at_home), **env}
    expected = seen(path, at_home, env, *args)
    given = pex.variables(environ, str(path))
    assert pex_variables.handover(layout, given) is None
    assert layout["misfit"] is None
    with environment_of(environ):
        entries = pex.path(layout, given, environ, TREE, path_before({**env, "HOME": str(at_home)}, tmp_path))
        changes = pex.environment(layout, given, environ, str(path), entries)
    assert entries == expected["path"]
    after = changed(environ, changes)
    assert without_noise(after) == without_noise(expected["environ"])
    assert pex_variables.arguments(layout, given, after, args) == expected["argv"][1:]
    return expected


class environment_of:
    """While entered, os.environ is another."""

    def __init__(self, environ: Dict[str, str]) -> None:
        self._environ = environ

    def __enter__(self) -> None:
        self._saved = dict(os.environ)
        os.environ.clear()
        os.environ.update(self._environ)

    def __exit__(self, *_: object) -> None:
        os.environ.clear()
        os.environ.update(self._saved)


# Entries.

ENTRIES = {
    "pex": (pex.ENTRY, "probe.cli:main"),
    "pex-function": (pex.ENTRY, "probe.cli:second"),
    "pex-module": (pex.ENTRY, "probe"),
    "pex-user-package": (pex.ENTRY, "user_package"),
    "pex-nothing": (pex.INTERPRETER, ""),
}


@pytest.mark.parametrize("name", sorted(ENTRIES))
def test_the_entry_is_the_one_that_pex_was_told(name: str, bench: Bench) -> None:
    layout = layout_of(bench.built(name))
    assert pex_variables.entry(layout, {}) == ENTRIES[name]
    assert layout["scripts"] == {"probe": "probe.cli:main", "probe-second": "probe.cli:second"}


def test_a_script_that_is_a_file_is_found_among_the_distributions(bench: Bench) -> None:
    layout = layout_of(bench.built("pex-script"))
    kind, place = pex_variables.entry(layout, {})
    assert (kind, layout["script"]) == (pex.FILE, "probe-raw")
    names = [name for name in zipfile.ZipFile(str(bench.built("pex-script"))).namelist() if name.endswith("/probe-raw")]
    assert [place] == names


@pytest.mark.parametrize(
    ("env", "expected"),
    [
        ({"PEX_MODULE": "probe.cli:second"}, (pex.ENTRY, "probe.cli:second")),
        ({"PEX_MODULE": " probe.cli : second [extra]"}, (pex.ENTRY, "probe.cli:second")),
        ({"PEX_MODULE": "probe"}, (pex.ENTRY, "probe")),
        ({"PEX_MODULE": ""}, (pex.ENTRY, "probe.cli:main")),
        ({"PEX_SCRIPT": "probe-second"}, (pex.ENTRY, "probe.cli:second")),
        ({"PEX_INTERPRETER": "0"}, (pex.ENTRY, "probe.cli:main")),
        ({"PEX_INTERPRETER": "True", "PEX_SCRIPT": "nothing"}, (pex.INTERPRETER, "")),
    ],
)
def test_variables_choose_another_entry(env: Dict[str, str], expected: object, bench: Bench) -> None:
    layout = layout_of(bench.built("pex"))
    given = pex.variables(env, "/x/tool.pex")
    assert pex_variables.handover(layout, given) is None
    assert pex_variables.entry(layout, given) == expected


def test_arguments_of_the_bundle_are_not_for_an_entry_that_a_variable_chose(bench: Bench, tmp_path: Path) -> None:
    path = bench.built("pex-inject")
    assert check_like_pex(path, home(bench, "layout"), {}, [], tmp_path)["argv"][1:] == [
        "report",
        "--injected",
        "two words",
    ]
    check_like_pex(path, home(bench, "layout"), {"PEX_MODULE": "probe.cli:main"}, ["report", "own"], tmp_path)
    check_like_pex(path, home(bench, "layout"), {"PEX_SCRIPT": "probe"}, ["report", "own"], tmp_path)


# Variables and files that set them.


def test_rc_files_stand_behind_the_environment(bench: Bench, tmp_path: Path) -> None:
    path = copied(bench.built("pex"), tmp_path / "tool.pex")
    (tmp_path / ".pexrc").write_text(
        "PEX_SCRIPT=probe\n# PEX_MODULE=no\nPEX_EXTRA_SYS_PATH=/from/rc\nHOME=/lost\nx=y=z\n"
    )
    expected = check_like_pex(path, home(bench, "layout"), {"PEX_MODULE": ""}, ["report"], tmp_path)
    assert "/from/rc" in expected["path"]
    check_like_pex(path, home(bench, "layout"), {"PEX_EXTRA_SYS_PATH": "/other"}, ["report"], tmp_path)
    check_like_pex(path, home(bench, "layout"), {"PEX_IGNORE_RCFILES": "1"}, ["report"], tmp_path)


OTHERS = {
    "tools": {"PEX_TOOLS": "1"},
    "coverage": {"PEX_COVERAGE": "1"},
    "coverage file": {"PEX_COVERAGE_FILENAME": "x"},
    "profile": {"PEX_PROFILE": "true"},
    "profile file": {"PEX_PROFILE_FILENAME": "x"},
    "path": {"PEX_PATH": "other.pex"},
    "venv": {"PEX_VENV": "1"},
    "verbose": {"PEX_VERBOSE": "1"},
    "python": {"PEX_PYTHON": "/opt/python9"},
    "name of a python": {"PEX_PYTHON": "python9.9"},
    "python path": {"PEX_PYTHON_PATH": "/opt:/opt/python9"},
    "two entries": {"PEX_MODULE": "probe", "PEX_SCRIPT": "probe"},
    "no such script": {"PEX_SCRIPT": "nothing"},
    "no entry": {"PEX_MODULE": "probe:"},
    "no switch": {"PEX_INTERPRETER": "yes"},
    "no switch to disable": {"PEX_DISABLE_VARIABLES": "yes"},
    "no way to inherit": {"PEX_INHERIT_PATH": "perhaps"},
}


@pytest.mark.parametrize("name", sorted(OTHERS))
def test_what_goes_beyond_is_handed_over_with_a_reason(name: str, bench: Bench) -> None:
    layout = layout_of(bench.built("pex"))
    reason = pex_variables.handover(layout, pex.variables(OTHERS[name], "/x/tool.pex"))
    assert reason is not None
    assert any(variable in reason for variable in OTHERS[name]) or name in ("no such script", "no entry", "venv"), (
        reason
    )


def test_variables_that_mean_this_python_change_nothing(bench: Bench) -> None:
    layout = layout_of(bench.built("pex"))
    folder = os.path.dirname(os.path.realpath(sys.executable))
    for env in (
        {"PEX_PYTHON": sys.executable},
        {"PEX_PYTHON": os.path.realpath(sys.executable)},
        {"PEX_PYTHON_PATH": f"/nowhere:{folder}"},
        {"PEX_ROOT": "/x", "PEX_MAX_INSTALL_JOBS": "2", "PEX_EMIT_WARNINGS": "0", "PEX_VENV": "0"},
    ):
        assert pex_variables.handover(layout, env) is None
    with environment_of({"PATH": os.path.dirname(sys.executable)}):
        assert pex_variables.handover(layout, {"PEX_PYTHON": os.path.basename(sys.executable)}) is None


@pytest.mark.parametrize(
    ("name", "word"),
    [
        ("pex-venv", "virtual environment"),
        ("pex-inject-python", "inject_python_args"),
        ("pex-wheels", "installed first"),
    ],
)
def test_bundles_that_go_beyond_are_handed_over_with_a_reason(name: str, word: str, bench: Bench) -> None:
    reason = pex_variables.handover(layout_of(bench.built(name)), {})
    assert reason is not None
    assert word in reason


def test_what_a_variable_and_the_bundle_see_differently_is_handed_over(bench: Bench) -> None:
    given = {"PEX_INHERIT_PATH": "false"}
    assert pex_variables.handover(layout_of(bench.built("pex")), given) is None
    assert "PEX_INHERIT_PATH" in (pex_variables.handover(layout_of(bench.built("pex-prefers")), given) or "")


def test_a_bundle_for_a_virtual_environment_runs_here_if_it_shall_not_make_one(bench: Bench, tmp_path: Path) -> None:
    check_like_pex(bench.built("pex-venv"), home(bench, "layout"), {"PEX_VENV": "0"}, ["report"], tmp_path)


# What real ones do not have: a real one with other members, and pex's own bootstrap as the oracle.


def copied(
    path: Path, to: Path, files: Optional[Files] = None, change: Optional[Callable[[Info], None]] = None
) -> Path:
    """Write path again to another place, with files in the place of members or behind them, and another PEX-INFO."""
    # Without a shebang, pex takes it for a directory.
    to.write_bytes(path.read_bytes().partition(b"\n")[0] + b"\n")
    with zipfile.ZipFile(str(path)) as old, zipfile.ZipFile(str(to), "a") as new:
        members = {name: old.read(name) for name in old.namelist()}
        info = json.loads(members["PEX-INFO"].decode())
        if change is not None:
            change(info)
        # pex's caches are by its hashes.
        digest = f"{abs(hash((json.dumps(info), str(files)))):040x}"
        main = members["__main__.py"].replace(info["pex_hash"].encode(), digest.encode())
        hook = members["__pex__/__init__.py"].replace(info["pex_hash"].encode(), digest.encode())
        info["pex_hash"] = info["code_hash"] = digest
        members.update({"__main__.py": main, "__pex__/__init__.py": hook})
        members["PEX-INFO"] = json.dumps(info).encode()
        for name, data in {**members, **(files or {})}.items():
            new.writestr(name, data)
    return to


def chroot(name: str, version: str = "1.0", tag: str = "py3-none-any", headers: str = "", **more: str) -> Files:
    """Give the members of an installed wheel, as pex writes them."""
    folder = f".deps/{name}-{version}-{tag}.whl"
    info = f"{folder}/{name}-{version}.dist-info"
    said = {"stash_dir": ".prefix", "record_relpath": f"{name}-{version}.dist-info/RECORD", "root_is_purelib": True}
    entries = more.pop("entries", "")
    if entries:
        said["sys_path_entries"] = entries.split(",")
    files = {
        f"{folder}/.layout.json": json.dumps(said),
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{headers}\n",
        f"{info}/WHEEL": f"Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: {tag}\n",
        f"{info}/RECORD": "",
        **{f"{folder}/{place.format(info=info[len(folder) + 1 :])}": text for place, text in more.items()},
    }
    return {name: text.encode() for name, text in files.items()}


def with_chroots(bench: Bench, tmp_path: Path, requirements: List[str], *chroots: Files, **info: Any) -> Path:
    def change(said: Info) -> None:
        names = {name.split("/")[1] for files in chroots for name in files}
        said["distributions"].update(
            {name: f"{abs(hash(str(chroots))):060x}{at:04}" for at, name in enumerate(sorted(names))}
        )
        said["requirements"] = sorted([*requirements, *said["requirements"]])  # as pex writes them
        said.update(info)

    files = {name: data for one in chroots for name, data in one.items()}
    return copied(bench.built("pex"), tmp_path / "tool.pex", files, change)


def own_tag() -> str:
    from packaging.tags import sys_tags

    return str(next(sys_tags()))


def test_distributions_come_in_the_order_of_their_requirements_depth_first(bench: Bench, tmp_path: Path) -> None:
    path = with_chroots(
        bench,
        tmp_path,
        ["omega>=1", "gamma[b,a]"],
        chroot("gamma", headers="Requires-Dist: yota; extra == 'a'\nRequires-Dist: beta<2; python_version > '3'\n"),
        chroot("omega", headers="Requires-Dist: gamma\nRequires-Dist: nothing; sys_platform == 'plan9'\n"),
        chroot("yota", headers="Requires-Dist: Omega\nRequires-Dist: beta\n"),
        chroot("beta"),
        chroot("unused"),
    )
    check_like_pex(path, tmp_path, {}, ["report"], tmp_path)
    check_like_pex(path, tmp_path, {"PEX_INHERIT_PATH": "fallback"}, ["report"], tmp_path)
    names = [name.split("/")[-1].split("-")[0] for name in layout_of(path)["paths"]]
    assert names[1:5] == ["gamma", "yota", "omega", "beta"]


def test_of_several_wheels_the_best_for_this_python_is_chosen(bench: Bench, tmp_path: Path) -> None:
    path = with_chroots(
        bench,
        tmp_path,
        ["multi", "newer", "older<2"],
        chroot("multi"),
        chroot("multi", tag=own_tag()),
        chroot("multi", version="2.0", tag="cp27-cp27m-win32"),
        chroot("newer"),
        chroot("newer", version="1.10"),
        chroot("newer", version="3.0", headers="Requires-Python: <3\n"),
        chroot("older", version="1.5"),
        chroot("older", version="2.5"),
    )
    check_like_pex(path, tmp_path, {}, ["report"], tmp_path)
    names = [name[len(".deps/") :] for name in layout_of(path)["paths"][1:4]]
    assert names == [f"multi-1.0-{own_tag()}.whl", "newer-1.10-py3-none-any.whl", "older-1.5-py3-none-any.whl"]


def test_excluded_and_overridden_requirements_count_as_under_pex(bench: Bench, tmp_path: Path) -> None:
    path = with_chroots(
        bench,
        tmp_path,
        ["top"],
        chroot("top", headers="Requires-Dist: gone>1\nRequires-Dist: swapped>=5\nRequires-Dist: named\n"),
        chroot("swapped", version="1.0"),
        chroot("other"),
        excluded=["gone"],
        overridden=["swapped==1.0", "named=other"],
    )
    check_like_pex(path, tmp_path, {}, ["report"], tmp_path)


def test_folders_of_a_distribution_and_those_in_its_pth_files_go_on_the_path(bench: Bench, tmp_path: Path) -> None:
    path = with_chroots(
        bench,
        tmp_path,
        ["several", "plain"],
        chroot(
            "several",
            entries="one,two",
            **{"one/a.py": "", "two/b.py": "", "two/x.pth": "# c\ninner\nmissing\nimport os\n"},
        ),
        chroot("plain"),
    )
    with zipfile.ZipFile(str(path), "a") as zipped:
        zipped.writestr(".deps/several-1.0-py3-none-any.whl/two/inner/c.py", "")
    layout = layout_of(path)
    folder = ".deps/several-1.0-py3-none-any.whl"
    assert layout["paths"][-3:] == [f"{folder}/one", f"{folder}/two", f"{folder}/two/inner"]
    assert layout["sites"][-1:] == [f"{folder}/two"]
    check_like_pex(path, tmp_path, {}, ["report"], tmp_path)
    check_like_pex(path, tmp_path, {"PEX_INHERIT_PATH": "fallback"}, ["report"], tmp_path)


def test_a_script_that_two_distributions_have_is_none(bench: Bench, tmp_path: Path) -> None:
    scripts = {"{info}/entry_points.txt": "[console_scripts]\ntwice = probe.cli:main\n"}
    path = with_chroots(bench, tmp_path, ["one", "two"], chroot("one", **scripts), chroot("two", **scripts))
    layout = layout_of(path)
    assert "twice" not in layout["scripts"]
    assert pex_variables.handover(layout, {"PEX_SCRIPT": "twice"}) == "it has no script 'twice' that is Python"
    assert "Ambiguous" in by_pex(path, tmp_path, {"PEX_SCRIPT": "twice"}).stderr


def test_arguments_may_name_variables_and_variables_files(bench: Bench, tmp_path: Path) -> None:
    def change(info: Info) -> None:
        info["inject_args"] = ["report", "{pex.env.BOUND}", "{pex.env.UNSET}x", "{pex.env[LC_ALL]}", "{{}}"]
        info["inject_env"] = {"LC_ALL": "kept out", "PEX_LIKE": "x", "NEW": "y"}
        info["bind_resource_paths"] = {"BOUND": "probe/words/word.txt", "OWN": "own/data.txt"}

    path = copied(bench.built("pex"), tmp_path / "tool.pex", {"own/data.txt": b"text"}, change)
    expected = seen(path, tmp_path, {"PEX_LIKE": "z"})
    layout = layout_of(path)
    tree = tmp_path / "tree"
    with zipfile.ZipFile(str(path)) as zipped:
        zipped.extractall(str(tree))
    environ = {**clean_environment(), "HOME": str(tmp_path), "PEX_LIKE": "z"}
    given = pex.variables(environ, str(path))
    entries = pex.path(layout, given, environ, str(tree), path_before({}, tmp_path))
    after = changed(environ, pex.environment(layout, given, environ, str(path), entries))
    ours = [as_tree(word, tree) for word in pex_variables.arguments(layout, given, after, [])]
    assert ours == expected["argv"][1:]
    theirs = {name: as_ours(value) for name, value in without_noise(expected["environ"]).items()}
    assert {name: as_tree(value, tree) for name, value in without_noise(after).items()} == theirs


def as_tree(path: str, tree: Path) -> str:
    return path.replace(str(tree), TREE)


MISFITS = {
    "tags": (["bad"], [chroot("bad", tag="cp27-cp27m-win32")], {}, "it needs cp27-cp27m-win32, and this is Python "),
    "version": (
        ["bad"],
        [chroot("bad", headers="Requires-Python: <3\n")],
        {},
        "it needs Python <3, and this is Python ",
    ),
    "constraints": (
        [],
        [],
        {"interpreter_constraints": ["CPython==2.7.*", "PyPy>=3"]},
        "it needs CPython==2.7.* or PyPy>=3",
    ),
    "nothing": (["bad>1"], [], {}, "it has nothing that would be bad>1 for this Python"),
}


@pytest.mark.parametrize("name", sorted(MISFITS))
def test_what_does_not_fit_this_python_says_what_it_needs(name: str, bench: Bench, tmp_path: Path) -> None:
    requirements, chroots, info, words = MISFITS[name]
    path = with_chroots(bench, tmp_path, requirements, *chroots, **info)
    assert (layout_of(path)["misfit"] or "").startswith(words)
    assert by_pex(path, tmp_path, {"PATH": "/nowhere"}).returncode != 0


def test_constraints_of_which_one_is_met_are_met(bench: Bench) -> None:
    layout = layout_of(bench.built("pex-constrained"))
    assert layout["misfit"] is None
    assert layout["needs"]["any_of"] == ["CPython<4,>=3.8"]


# What is handed over, and what is refused, for what PEX-INFO says.

FOREIGN: Dict[str, Info] = {
    "a key that is not known": {"future": {"x": 1}},
    "runs together with other PEXes": {"pex_paths": ["other.pex"]},
    "runs together with other PEXes (pex_path)": {"pex_path": "a.pex:b.pex"},
    "a script and an entry_point": {"script": "probe"},
    "something unknown": {"inject_args": ["{pex.__class__}"]},
    "has an argument": {"inject_args": ["{"]},
    "an odd name": {"entry_point": "not-a-module"},
    "a form that is not known": {"interpreter_constraints": ["CPython[of tomorrow]>=3.8"]},
    "constraint of a form that": {"interpreter_constraints": ["CPython" + " " * 100_000 + "1"]},
    "does not say which pex": {"build_properties": {}},
    "made by pex 1.6.0": {"build_properties": {"pex_version": "1.6.0"}},
    "made by pex 3.1": {"build_properties": {"pex_version": "3.1"}},
    "cannot be read": {"requirements": ["probe ??"]},
    "cannot be evaluated": {"requirements": ["probe; python_version ~= 'x'"]},
    "are excluded": {"excluded": ["probe<1"]},
    "does not have": {"bind_resource_paths": {"X": "no/such"}},
}


@pytest.mark.parametrize("words", sorted(FOREIGN))
def test_what_is_not_known_here_is_handed_over(words: str, bench: Bench, tmp_path: Path) -> None:
    layout = layout_of(copied(bench.built("pex"), tmp_path / "x", change=lambda info: info.update(FOREIGN[words])))
    assert words in (pex_variables.handover(layout, {}) or "")


def test_a_key_that_is_not_known_and_says_nothing_is_no_matter(bench: Bench, tmp_path: Path) -> None:
    path = copied(bench.built("pex"), tmp_path / "x", change=lambda info: info.update(future=False, zip_safe=True))
    assert pex_variables.handover(layout_of(path), {}) is None


def test_namespaces_of_pkg_resources_are_handed_over(bench: Bench, tmp_path: Path) -> None:
    path = with_chroots(bench, tmp_path, ["old"], chroot("old", **{"{info}/namespace_packages.txt": "space\n"}))
    assert "namespaces for pkg_resources" in (pex_variables.handover(layout_of(path), {}) or "")


HOSTILE: Dict[str, Info] = {
    "entry_point": {"entry_point": ["os"]},
    "an entry_point that is none": {"entry_point": "os:"},
    "an entry_point that is none: 'a b:c'": {"entry_point": "a b:c"},
    "an interpreter constraint that is none": {"interpreter_constraints": ["CPython>=3.8", "CPython>=bogus"]},
    "distributions": {"distributions": ["x"]},
    "that is not there: 'x.whl'": {"distributions": {"x.whl": ""}},
    "that is not there: '..'": {"distributions": {"..": ""}},
    "that is not there: '../../etc'": {"distributions": {"../../etc": ""}},
    "inherit_path": {"inherit_path": "sometimes"},
    "inject_args": {"inject_args": "words"},
    "in its 'inject_args'": {"inject_args": ["a\0b"]},
    "in its 'inject_env'": {"inject_env": {"A": "\ud800"}},
    "no variable can have: ''": {"inject_env": {"": "x"}},
    "no variable can have: 'A=B'": {"bind_resource_paths": {"A=B": "x"}},
    "leaves it: '../x'": {"bind_resource_paths": {"A": "../x"}},
    "leaves it: '/etc/passwd'": {"bind_resource_paths": {"A": "/etc/passwd"}},
    "strip_pex_env": {"strip_pex_env": 1},
    "venv": {"venv": "no"},
    "build_properties": {"build_properties": "2.105.2"},
    "number without end in its 'requirements'": {"requirements": ["a>=" + "1" * 5000]},
    "number without end in its 'build_properties'": {"build_properties": {"pex_version": "2." + "1" * 5000}},
    "requirements": {"requirements": [["a", 1, 2]]},
}


@pytest.mark.parametrize("words", sorted(HOSTILE))
def test_a_hostile_pex_info_is_refused_in_one_line(words: str, bench: Bench, tmp_path: Path) -> None:
    path = copied(bench.built("pex"), tmp_path / "x", change=lambda info: info.update(HOSTILE[words]))
    check_refused(path, "PEX-INFO", words)


BROKEN = {
    "empty": b"",
    "a list": b"[]",
    "cut short": b"{",
    "a key twice": b'{"venv": false, "venv": true}',
    "no number": b'{"a": NaN}',
    "too deep": b"[" * 100000,
    "no UTF-8": b'{"a": "\xff"}',
}


@pytest.mark.parametrize("name", sorted(BROKEN))
def test_a_pex_info_that_is_no_json_object_is_refused(name: str, bench: Bench, tmp_path: Path) -> None:
    check_refused(copied(bench.built("pex"), tmp_path / "x", {"PEX-INFO": BROKEN[name]}), "PEX-INFO", "")


def check_refused(path: Path, member: str, words: str) -> None:
    with pytest.raises(Refusal) as caught:
        layout_of(path)
    assert f"member {member!r} " in str(caught.value)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


CHROOTS: Dict[str, Files] = {
    ".layout.json": {".layout.json": b'{"sys_path_entries": [".."]}'},
    "one/.layout.json": {".layout.json": b'{"sys_path_entries": ["a/../../../x"]}'},
    "/.layout.json": {".layout.json": b'{"sys_path_entries": ["/etc"]}'},
    "t/.layout.json": {".layout.json": b'{"sys_path_entries": "x"}'},
    "x/.layout.json": {".layout.json": b"[]"},
    "PEX-INFO": {".layout.json": b'{"record_relpath": "../../x/RECORD"}'},
    "METADATA": {"bad-1.0.dist-info/METADATA": b"Name: bad\nVersion: one\n"},
    "x/METADATA": {"bad-1.0.dist-info/METADATA": b"Name: bad\nVersion: 1.0\nRequires-Dist: (\n"},
    "entry_points.txt": {"bad-1.0.dist-info/entry_points.txt": b"[console_scripts]\nx = ../y\n"},
}


@pytest.mark.parametrize("name", sorted(CHROOTS))
def test_a_hostile_distribution_is_refused_in_one_line(name: str, bench: Bench, tmp_path: Path) -> None:
    files = chroot("bad")
    files.update({f".deps/bad-1.0-py3-none-any.whl/{file}": data for file, data in CHROOTS[name].items()})
    with pytest.raises(Refusal) as caught:
        layout_of(with_chroots(bench, tmp_path, ["bad"], files))
    assert name.rpartition("/")[2] in str(caught.value)
    assert "\n" not in str(caught.value)


def test_only_what_starts_pexs_bootstrap_and_nothing_else_is_a_pex(bench: Bench, tmp_path: Path) -> None:
    def is_pex(path: Path) -> bool:
        return maker.is_pex(archives.check(TYPED, path.read_bytes()))

    path = bench.built("pex")
    main = zipfile.ZipFile(str(path)).read("__main__.py")
    assert is_pex(path)
    assert is_pex(bench.built("pex-sh"))
    assert not is_pex(copied(path, tmp_path / "x", {"__main__.py": b"print('mine')\n"}))
    assert not is_pex(copied(path, tmp_path / "x", {"__main__.py": main + b"\nprint('mine')\n"}))
    assert not is_pex(write_zip(tmp_path / "y", {"__main__.py": main, "PEX-INFO": b"{}"}))


# sys.modules.


def test_modules_that_site_loaded_from_elsewhere_are_the_ones_to_forget() -> None:
    made = type(sys)
    library = os.path.dirname(os.__file__)
    modules: Dict[str, Any] = {name: made(name) for name in ("plain", "own", "site", "custom", "space", "_virtualenv")}
    modules["own"].__file__ = os.path.join(library, "own.py")
    modules["site"].__file__ = os.path.join(library, "site-packages", "x.py")
    modules["custom"].__file__ = "/elsewhere/custom.py"
    modules["_virtualenv"].__file__ = "/elsewhere/_virtualenv.py"
    modules["space"].__path__ = ["/elsewhere/space"]
    found = pex.tainted(modules, pex.library(sys.path))
    assert set(found) - {"_virtualenv"} == {"site", "custom", "space"}
    assert ("_virtualenv" in found) == (sys.prefix == sys.base_prefix)


def test_the_library_is_what_an_isolated_python_has_on_its_path(tmp_path: Path) -> None:
    words = [sys.executable, "-I", "-S", "-c", "import json, sys; print(json.dumps(sys.path))"]
    bare = json.loads(subprocess.check_output(words, env=clean_environment()).decode())
    assert pex.library(bare) == bare
    assert pex.library(["/a", *bare, "/b"]) == bare


def test_real_programs_have_all_their_distributions(bench: Bench, tmp_path: Path) -> None:
    layout = layout_of(bench.built("pex-httpie"))
    assert (layout["misfit"], pex_variables.handover(layout, {})) == (None, None)
    given: Dict[str, str] = {}
    ours = pex.path(layout, given, {}, TREE, path_before({}, tmp_path))
    env = {"PEX_INTERPRETER": "1"}
    done = by_pex(
        bench.built("pex-httpie"), home(bench, "layout"), env, "-c", "import json, sys; print(json.dumps(sys.path[1:]))"
    )
    assert ours == [as_ours(entry) for entry in json.loads(done.stdout)]


def test_braces_in_the_arguments_of_an_older_pex_are_braces(bench: Bench, tmp_path: Path) -> None:
    def older(info: Info) -> None:
        info.pop("bind_resource_paths", None)
        info["inject_args"] = ["{"]

    layout = layout_of(copied(bench.built("pex"), tmp_path / "x", change=older))
    assert pex_variables.handover(layout, {}) is None
    assert pex_variables.arguments(layout, {}, {}, ["a"]) == ["{", "a"]


def test_what_lacks_a_distribution_for_this_python_is_left_to_its_bootstrap(bench: Bench, tmp_path: Path) -> None:
    def lacking(info: Info) -> None:
        info["requirements"] = [*info["requirements"], "nothing-of-that-name; python_version >= '3'"]

    path = copied(bench.built("pex"), tmp_path / "x.pex", change=lacking)
    layout = layout_of(path)
    assert layout["chooses"]
    assert layout["misfit"] == "it has nothing that would be nothing-of-that-name for this Python"
    assert pex_variables.handover(layout, {}) == layout["misfit"]
    for _ in range(2):  # where no other Python would do, pex says so
        assert "nothing-of-that-name" in run([*MAINSPRING, str(path)], tmp_path).err
    refused = run([*MAINSPRING, "--python", "here", str(path)], tmp_path)
    assert refused.err.startswith(f"mainspring: {path}: it has nothing that would be nothing-of-that-name")


def test_a_script_of_a_pex_that_is_a_file_can_be_chosen_by_its_name(bench: Bench, tmp_path: Path) -> None:
    path = str(bench.built("pex"))
    by_variable = run([*MAINSPRING, path, "metadata"], tmp_path, env={"PEX_SCRIPT": "probe-raw"})
    assert by_variable.status != 2
    assert run([*MAINSPRING, "--entry", "probe-raw", path, "metadata"], tmp_path) == by_variable


def test_arguments_that_the_bundle_brings_see_the_variables_that_it_brings(bench: Bench, tmp_path: Path) -> None:
    def change(info: Info) -> None:
        info["inject_args"] = ["report", "{pex.env.BOUND}", "{pex.env.NEW}"]
        info["inject_env"] = {"NEW": "y"}
        info["bind_resource_paths"] = {"BOUND": "probe/words/word.txt"}

    path = copied(bench.built("pex"), tmp_path / "tool.pex", change=change)
    for _ in range(2):
        ended = run([*MAINSPRING, str(path)], tmp_path)
        argv = json.loads(ended.out)["argv"]
        assert (argv[1], argv[3], os.path.isfile(argv[2])) == ("report", "y", True)


def test_a_script_of_a_pex_that_is_handed_over_can_be_chosen_by_its_name(bench: Bench, tmp_path: Path) -> None:
    def change(info: Info) -> None:
        info["inject_python_args"] = ["-q"]

    path = copied(bench.built("pex"), tmp_path / "tool.pex", change=change)
    assert layout_of(path)["foreign"]
    ended = run([*MAINSPRING, "--entry", "probe-second", str(path), "a"], tmp_path)
    assert (ended.status, ended.out) == (0, "second ['a']\n")
