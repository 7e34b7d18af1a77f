"""--explain of bundles that other tools made, beside what their programs then see; and of what another Python runs."""

import json
import os
import shlex
import shutil
import sys
from pathlib import Path
from typing import Any, Dict, List, Tuple

import pytest

import makers_bench
from support import MAINSPRING, run, until_settled, write_tree
from test_explain import compare, explained, parsed

if os.name == "nt":
    pytest.skip("other tools' bundles are made for the test's own system", allow_module_level=True)

WORDS = ["report", "a", "--b"]
HERE: Dict[str, Tuple[str, Dict[str, str]]] = {
    "shiv": ("shiv", {}),
    "shiv, and a script by a variable": ("shiv", {"SHIV_CONSOLE_SCRIPT": "probe-raw"}),
    "shiv, and a path by a variable": ("shiv", {"SHIV_PREPEND_PYTHONPATH": "/first"}),
    "shiv, and children that see it": ("shiv-extends", {}),
    "shiv with a module": ("shiv-module", {}),
    "shiv with a script": ("shiv-script", {}),
    "shiv 0.5.2": ("shiv-0.5.2", {}),
    "shiv, reproducible": ("shiv-reproducible", {}),
    "pex": ("pex", {}),
    "pex, and a module by a variable": ("pex", {"PEX_MODULE": "probe"}),
    "pex, and a path by a variable": ("pex", {"PEX_EXTRA_SYS_PATH": "/first:/second", "PEX_ROOT": "/x"}),
    "pex, and what is inherited": ("pex", {"PEX_INHERIT_PATH": "fallback", "PYTHONPATH": "/given"}),
    "pex with a module": ("pex-module", {}),
    "pex with a script": ("pex-script", {}),
    "pex with arguments": ("pex-inject", {}),
    "pex that prefers a path": ("pex-prefers", {}),
    "pex of the user's own package": ("pex-user-package", {}),
    "pex, loose": ("pex-loose", {}),
    "pex, packed": ("pex-packed", {"PEX_MODULE": "probe"}),
    "zipapps": ("zipapps", {}),
    "pdm-packer": ("pdm-packer", {}),
}
FOREIGN: Dict[str, Tuple[str, Dict[str, str], str]] = {
    "a venv": ("pex-venv", {}, "it runs in a virtual environment that it makes"),
    "an unknown key of pex": ("pex-unknown", {}, "its PEX-INFO has a key that is not known: 'a_key_of_tomorrow'"),
    "an unknown key of shiv": ("shiv-unknown", {}, "environment.json has a key that is not known: a_key_of_tomorrow"),
}


@pytest.fixture(scope="module")
def bench() -> makers_bench.Bench:
    return makers_bench.open_bench()


def _put(bench: makers_bench.Bench, name: str, place: Path) -> str:
    built = bench.built(name)
    (shutil.copytree if built.is_dir() else shutil.copy2)(str(built), str(place / built.name))
    until_settled()
    return built.name


def _sight(words: List[str], place: Path, env: Dict[str, str]) -> Dict[str, Any]:
    ended = run(words, place, env=env, timeout=120)
    assert (ended.status, ended.err) == (0, "")
    text = ended.out[ended.out.index("{") :] if "{" in ended.out else ended.out
    if text.startswith("raw script"):  # it shows its arguments only
        return {"argv": eval(text.partition("script ")[2].rpartition(" ")[0])}
    seen: Dict[str, Any] = json.loads(text)
    return {**seen, "python": seen["executable"]}


@pytest.mark.parametrize("name", sorted(HERE))
def test_what_is_explained_of_a_bundle_is_what_its_program_sees(
    name: str, bench: makers_bench.Bench, tmp_path: Path
) -> None:
    if name == "zipapps" and sys.version_info < (3, 9):
        pytest.skip("its bootstrap makes the path absolute, which python has as typed")
    bundle, more = HERE[name]
    words = [_put(bench, bundle, tmp_path), *([] if "script" in name else WORDS)]
    env = {"MAINSPRING_CACHE_DIR": str(tmp_path / "store"), **more}
    cold = explained(words, tmp_path, env)
    real = _sight([*MAINSPRING, *words], tmp_path, env)
    _sight([*MAINSPRING, *words], tmp_path, env)
    warm = explained(words, tmp_path, env)
    for plan in (cold, warm):
        if "path" in real:
            compare(plan, real)
        else:
            assert eval(plan["sys.argv"][0])[1:] == real["argv"]
        assert plan["kind"][0].partition(":")[0] in (name.partition(" ")[0].rstrip(","), "archive")
        counted = [line for line in plan["variables"] if line.startswith(("SHIV_", "PEX_"))]
        assert sorted(line.replace(": has no say here", "") for line in counted) == sorted(
            f"{variable}={value}" for variable, value in more.items() if variable[:4] in ("SHIV", "PEX_")
        )
    assert ("cold" in cold["store"][0], warm["store"][0].endswith(": warm")) == (True, True)


@pytest.mark.parametrize("name", sorted(FOREIGN))
def test_what_is_handed_over_is_what_is_explained(name: str, bench: makers_bench.Bench, tmp_path: Path) -> None:
    bundle, more, reason = FOREIGN[name]
    words = [_put(bench, bundle, tmp_path), *WORDS]
    env = {**more, "MAINSPRING_CACHE_DIR": str(tmp_path / "store"), "HOME": str(tmp_path / "home")}
    cold = explained(words, tmp_path, env)
    assert [path.name for path in tmp_path.iterdir()] == words[:1]
    real, by_words = (
        _seen_first(words, tmp_path, env) for words in ([*MAINSPRING, *words], shlex.split(cold["by exec of"][0]))
    )
    assert real == by_words
    warm = explained(words, tmp_path, env)
    for plan in (cold, warm):
        assert plan["starts"] == [f"its own bootstrap: {reason}"]
        assert plan["by exec of"] == cold["by exec of"]
        assert [line for line in plan.get("variables", []) if line.startswith("PEX_")] == [
            f"{variable}={value}" for variable, value in more.items()
        ]


def _seen_first(words: List[str], place: Path, env: Dict[str, str]) -> Tuple[int, object]:
    """Give how a bundle ends that its bootstrap sees for the first time, and what its program sees, if it runs at all."""
    shutil.rmtree(env["HOME"], ignore_errors=True)
    os.mkdir(env["HOME"])
    ended = run(words, place, env=env, timeout=120)
    if ended.status:
        return ended.status, ended.err.splitlines()[-1]
    seen = json.loads(ended.out)
    return ended.status, [seen["argv"], seen["path"], seen["executable"]]


def _other() -> str:
    sys.path.append(str(makers_bench.ROOT / "scripts"))
    try:
        from _pythons import find
    finally:
        sys.path.remove(str(makers_bench.ROOT / "scripts"))
    others = [python.path for python in find() if python.minor != "{}.{}".format(*sys.version_info)]
    if not others:
        pytest.skip("there is no other Python on this machine")
    return others[-1]


SEEN = "import json, sys; print(json.dumps({'argv': sys.argv, 'path': sys.path, 'python': sys.executable}))\n"


@pytest.mark.parametrize("by_variable", [False, True])
def test_what_another_python_runs_is_explained_by_that(by_variable: bool, tmp_path: Path) -> None:
    other = _other()
    write_tree(tmp_path, {"s.py": SEEN})
    env = {"MAINSPRING_CACHE_DIR": str(tmp_path / "store"), **({"MAINSPRING_PYTHON": other} if by_variable else {})}
    option = [] if by_variable else ["--python", other]
    said = run([*MAINSPRING, "--explain", *option, "s.py", "a"], tmp_path, env=env)
    assert (said.status, said.err, (tmp_path / "store").exists()) == (0, "", False)
    here, _, there = said.out.partition("\ntarget")
    wish = f"MAINSPRING_PYTHON={other}" if by_variable else f"--python {other}"
    assert parsed(here)["goes to"] == [f"{other}: {wish}"]
    assert (parsed(here)["variables"][0] == wish) is by_variable
    real = json.loads(run([*MAINSPRING, *option, "s.py", "a"], tmp_path, env=env).out)
    compare(parsed(f"target{there}"), real)


def test_a_project_that_another_python_has_run_is_explained_by_that(tmp_path: Path) -> None:
    other = _other()
    write_tree(tmp_path, {"s.py": f"# /// script\n# dependencies = []\n# ///\n{SEEN}"})
    env = {"MAINSPRING_CACHE_DIR": str(tmp_path / "store")}
    for _ in range(2):
        real = json.loads(run([*MAINSPRING, "--python", other, "s.py", "a"], tmp_path, env=env).out)
    said = run([*MAINSPRING, "--explain", "--python", other, "s.py", "a"], tmp_path, env=env)
    here, _, there = said.out.partition("\ntarget")
    assert (said.status, said.err) == (0, "")
    assert parsed(here)["python"][0].endswith(": it is the one that mainspring runs on")
    compare(parsed(f"target{there}"), real)


def test_a_project_for_another_python_goes_there(tmp_path: Path) -> None:
    other = _other()
    version = json.loads(run([other, "-c", "import sys; print(list(sys.version_info[:2]))"], tmp_path).out)
    wanted = "{}.{}".format(*version)
    text = f"# /// script\n# requires-python = '=={wanted}.*'\n# ///\n{SEEN}"
    write_tree(tmp_path, {"s.py": text, "bin/x": ""})
    (tmp_path / "bin" / f"python{wanted}").symlink_to(other)
    env = {"MAINSPRING_CACHE_DIR": str(tmp_path / "store"), "PATH": str(tmp_path / "bin")}
    said = run([*MAINSPRING, "--explain", "s.py", "a"], tmp_path, env=env)
    here, _, there = said.out.partition("\ntarget")
    real = json.loads(run([*MAINSPRING, "s.py", "a"], tmp_path, env=env).out)
    assert parsed(here)["goes to"] == [f"{real['python']}: it needs Python =={wanted}.*"]
    compare(parsed(f"target{there}"), real)


@pytest.mark.parametrize("variable", ["PEX_PYTHON", "PEX_PYTHON_PATH"])
def test_a_pex_that_does_not_run_here_goes_where_its_variable_says(
    variable: str, bench: makers_bench.Bench, tmp_path: Path
) -> None:
    other = _other()
    bundle = _put(bench, "pex", tmp_path)
    makers_bench.edit(tmp_path / bundle, {"interpreter_constraints": ["CPython!={}.{}.*".format(*sys.version_info)]})
    until_settled()
    chosen = {variable: other if variable == "PEX_PYTHON" else os.path.dirname(other)}
    env = {
        **chosen,
        "MAINSPRING_CACHE_DIR": str(tmp_path / "store"),
        "HOME": str(tmp_path / "home"),
        "PATH": "/nowhere",
    }
    expected = _seen_first([sys.executable, bundle, *WORDS], tmp_path, env)
    assert expected[0] == 0
    for _ in range(2):
        assert _seen_first([*MAINSPRING, bundle, *WORDS], tmp_path, env) == expected
