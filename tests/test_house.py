"""The rules that hold for the whole house: who may import whom, who changes sys, who speaks, how long a function is."""

import ast
import os
import runpy
import sys
from pathlib import Path
from typing import Dict, Iterator, List, Set, Tuple

import pytest

from support import MAINSPRING, PYTHON, ROOT, SOURCES, run, until_settled, write_tree, write_zip

if not SOURCES.is_dir():
    pytest.skip("the sources are not here", allow_module_level=True)

TREES: Dict[str, ast.Module] = {
    ".".join(path.relative_to(SOURCES.parent).with_suffix("").parts).replace(".__init__", ""): ast.parse(
        path.read_text()
    )
    for path in sorted(SOURCES.rglob("*.py"))
}
GROUND = "mainspring.runtime"
LONGEST_FUNCTION = 40

# What a start may import that python does not import for the same target by itself.
BUILTIN = {"atexit", "gc", "itertools"}
EVERY_START = {"mainspring", GROUND, *BUILTIN} | {
    f"{GROUND}.{name}"
    for name in (
        *(
            "classify",
            "collector",
            "command",
            "ending",
            "executor",
            "image",
            "interpreter",
            "kinds",
            "launch_context",
            "locate",
            "private",
        ),
        *("program", "scripts", "source", "start", "store"),
    )
}
BUNDLES = EVERY_START | {
    f"{GROUND}.{name}" for name in ("bundle", "bytecode", "locate_main", "modules", "package", "workers")
}
# The first start of an archive, which is checked and gets an entry in the store.
FIRST_START = {
    *BUNDLES,
    *(f"{GROUND}.{name}" for name in ("constant_sets", "files", "importer", "keeping", "lazy", "library", "locks")),
    *(f"{GROUND}.{name}" for name in ("lazy_loading", "warm", "warning_filters", "zip_modules")),
    *(
        f"mainspring.{name}"
        for name in (
            *("archive", "bundles", "clocks", "dispatch", "gather", "layouts", "progress", "quiet_natives", "storage"),
        )
    ),
    *(
        f"mainspring.storage.{name}"
        for name in (
            *("contents", "image_blobs", "keeper", "locking", "manifests", "ownership", "siphash", "trees", "writer"),
        )
    ),
    *(f"mainspring.archive.{name}" for name in ("directory", "fault", "gaps", "members", "names", "reader", "records")),
    *("_blake2", "_struct", "zlib"),
}
BUDGET = {
    "script": EVERY_START,
    "bytecode": EVERY_START | {f"{GROUND}.bytecode"},
    "directory": BUNDLES,
    "archive": FIRST_START,
    "-": EVERY_START | {f"{GROUND}.handover"},
    "module": EVERY_START | {f"{GROUND}.modules", f"{GROUND}.workers"},
}

# The words in which other modules may end a process or write to a stream, each with its reason.
MAY_SPEAK = {
    "mainspring.__main__": "the front door",
    "mainspring.progress": "a line on the terminal, if what keeps a program from starting takes long",
    "mainspring.probe": "it is a program, by which another interpreter says what it is",
    "mainspring.runpy_compat": "_run_module_as_main ends the process as runpy's does",
    "mainspring.runtime.ending": "it exits where nobody could see that the interpreter is not taken apart",
    "mainspring.runtime.entry": "an entry that is called ends the process with what it returns, as a console script does",
    "mainspring.runtime.interpreter": "the interpreter's own words about sys.excepthook, which has been called instead of it",
}


def _functions(tree: ast.AST) -> Iterator[ast.FunctionDef]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


def _imports(name: str, nodes: Iterator[ast.AST]) -> Set[str]:
    """Give the absolute names that import statements among nodes, in module name, ask for."""
    found = set()
    is_package = (SOURCES.parent / Path(*name.split(".")) / "__init__.py").exists()
    package = name.split(".") if is_package else name.split(".")[:-1]
    for node in nodes:
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            origin = ".".join([*base, *([node.module] if node.module else [])])
            found |= {f"{origin}.{alias.name}" if f"{origin}.{alias.name}" in TREES else origin for alias in node.names}
    return found


def _runs_at_import(tree: ast.Module) -> Iterator[ast.AST]:
    return _runs(tree, into_functions=False)


def _runs(tree: ast.Module, into_functions: bool = True) -> Iterator[ast.AST]:
    """Give all in tree but what is for type checkers alone; unless into_functions, what runs as the module is imported."""
    left: List[ast.AST] = list(tree.body)
    while left:
        node = left.pop()
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
            continue
        yield node
        if into_functions or not isinstance(node, (ast.FunctionDef, ast.Lambda)):
            left.extend(ast.iter_child_nodes(node))


# A target that tells which modules of the ground floor are there, however they were loaded.
TELLING = """
import sys
frame = sys._getframe()
while frame is not None and frame.f_globals["__name__"] != "mainspring.runtime.start":
    frame = frame.f_back
floor = frame.f_globals["load"].__globals__ if frame is not None else {}
for module in list(floor.values()):
    if type(module) is type(sys) and module.__name__.startswith("mainspring."):
        print(f"loaded by hand|{module.__name__}", file=sys.stderr)
"""


def _started(words: List[str], cwd: Path) -> Set[str]:
    """Give the names of all modules that a start with words brings before the target says a word."""
    told = run([sys.executable, "-X", "importtime", *words], cwd, stdin=TELLING).err.splitlines()
    return {line.rpartition("|")[2].strip() for line in told if line.startswith(("import time:", "loaded by hand"))}


@pytest.mark.parametrize("kind", sorted(BUDGET))
def test_a_start_imports_nothing_beyond_the_budget(kind: str, tmp_path: Path) -> None:
    target = {
        "script": ["s.py"],
        "bytecode": ["s.pyc"],
        "directory": ["d"],
        "archive": ["a.zip"],
        "-": ["-"],
        "module": ["-m", "s"],
    }
    write_tree(tmp_path, {"s.py": TELLING, "d/__main__.py": TELLING})
    write_zip(tmp_path / "a.zip", {"__main__.py": TELLING})
    run([sys.executable, "-c", "import py_compile; py_compile.compile('s.py', 's.pyc')"], tmp_path)
    by_python = _started(target[kind], tmp_path)
    # Through -m, python itself loads runpy and what that needs, for any module.
    by_python |= _started(["-m", "s"], tmp_path)
    own = _started([*MAINSPRING[1:], *target[kind]], tmp_path) - by_python
    assert {"mainspring", f"{GROUND}.start"} <= own
    assert own <= BUDGET[kind]


def test_the_ground_floor_knows_nothing_of_the_floor_above() -> None:
    upward = {
        (name, asked)
        for name, tree in TREES.items()
        if name.startswith(GROUND)
        for asked in _imports(name, ast.walk(tree))
        if asked.startswith("mainspring") and not asked.startswith(GROUND)
    }
    assert upward == set()


def test_what_the_ground_floor_is_handed_from_above_is_there() -> None:
    """It names modules and functions of the floor above without importing them: `upstairs("dispatch").received`."""
    asked = {pair for name, tree in TREES.items() if name.startswith(GROUND) for pair in _handed(tree)}
    assert {module for module, _ in asked} >= {"mainspring.__main__", "mainspring.dispatch", "mainspring.gather"}
    for module, name in asked:
        assert name in {getattr(node, "name", "") for node in TREES[module].body}, f"{module} has no {name}"


def _handed(tree: ast.Module) -> Iterator[Tuple[str, str]]:
    """Give what of modules above is used in tree: of each, the module's name and the attribute."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Call):
            called, arguments = node.value.func, node.value.args
            if isinstance(called, ast.Name) and called.id in ("upstairs", "_late"):
                word = arguments[-1]
                last = "__main__" if isinstance(word, ast.Name) else getattr(word, "value", "")
                yield f"mainspring.{last}", node.attr


def test_projects_know_nothing_of_what_is_built_of_them() -> None:
    asked = {
        asked
        for name in TREES
        if name.startswith("mainspring.projects")
        for asked in _imports(name, ast.walk(TREES[name]))
    }
    assert not {one for one in asked if one.startswith(("mainspring.build", "mainspring.inspection"))}


def test_the_ground_floor_imports_a_short_list_of_the_standard_library() -> None:
    asked = {
        asked
        for name, tree in TREES.items()
        if name.startswith(GROUND)
        for asked in _imports(name, _runs_at_import(tree))
        if not asked.startswith("mainspring")
    }
    free = {
        "builtins",
        "gc",
        "marshal",
        "os",
        "stat",
        "sys",
        "time",
        "zipimport",
        *BUILTIN,
    }  # built in, or loaded by site
    private = {"_frozen_importlib", "_frozen_importlib_external", "_imp", "_io", "_thread", "_warnings", "_weakref"}
    private |= {"_signal"}  # built in
    assert asked <= free | private


def test_what_is_called_when_the_program_has_ended_imports_nothing_then() -> None:
    """By then, `mainspring` is the name of nothing, or of something of the program's."""
    left, reached = ["mainspring.gather"], set()
    while left:
        name = left.pop()
        reached.add(name)
        left += [asked for asked in _imports(name, _runs_at_import(TREES[name])) if asked in TREES.keys() - reached]
    late = {
        f"{name}.{function.name}"
        for name in reached
        if not name.startswith(GROUND)
        for function in _functions(TREES[name])
        if any(isinstance(node, (ast.Import, ast.ImportFrom)) for node in ast.walk(function))
    }
    # For these, only what is unpacked before the program starts, or mended with all that is ours in its place.
    assert late == {f"mainspring.storage.{name}" for name in ("locking._taker", "trees.sync", "trees._empty_cache")}


# What a module imports, when it is called for that, of what imports it: each with its reason.
BACKWARDS = {
    "mainspring.inspection.report": "a report can be shown: as text, as JSON, on a terminal, and as an SBOM",
    "mainspring": "the library's functions load what they need when they are called",
    f"{GROUND}.classify": "few archives are so large that their directory is read by other means",
    f"{GROUND}.command": "few command lines have options",
}


def test_no_module_imports_itself_in_a_circle() -> None:
    at_import = {name: _imports(name, _runs_at_import(tree)) for name, tree in TREES.items()}
    late = {name: _imports(name, _runs(tree)) for name, tree in TREES.items() if name not in BACKWARDS}
    for asks in (at_import, {**at_import, **late}):
        left = {name: asked & set(TREES) - {name} for name, asked in asks.items()}
        while left:
            leaves = [name for name, asked in left.items() if not asked & set(left)]
            assert leaves, f"a circle among {sorted(left)}"
            for name in leaves:
                del left[name]


def test_one_module_changes_sys() -> None:
    assert {name for name, tree in TREES.items() if any(_changes_sys(node) for node in ast.walk(tree))} == {
        f"{GROUND}.interpreter",
        "mainspring.alterations",  # for the time of a run of the library's
        GROUND,  # which enters its own modules, as the import system would
        "mainspring.children.sitecustomize",  # in children of a program, which have nothing else of ours
        "mainspring.runpy_compat",  # where it runs as runpy's own `__main__` does
        f"{GROUND}.worker_main",  # in a worker process, where the interpreter module is not loaded
    }


def _changes_sys(node: ast.AST) -> bool:
    if isinstance(node, (ast.Assign, ast.Delete)):
        return any(_is_of_sys(target) for target in node.targets)
    if isinstance(node, (ast.AugAssign, ast.AnnAssign)):
        return _is_of_sys(node.target)
    changing = (
        "append",
        "clear",
        "extend",
        "insert",
        "pop",
        "remove",
        "setdefault",
        "update",
        "setrecursionlimit",
        "settrace",
        "setprofile",
    )
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in changing
        and _is_of_sys(node.func)
    )


def _is_of_sys(node: ast.AST) -> bool:
    inner = node
    while isinstance(inner, (ast.Attribute, ast.Subscript)):
        inner = inner.value
    return inner is not node and isinstance(inner, ast.Name) and inner.id == "sys"


def test_no_module_beside_the_launcher_has_a_name_of_the_standard_library() -> None:
    # Until the program begins, the directory of launch.py is the first on sys.path.
    names = {path.stem for path in SOURCES.iterdir()}
    assert not names & {"findpython", "packaging", *getattr(sys, "stdlib_module_names", ())}


def test_only_the_front_door_prints_and_exits() -> None:
    speaking = {name for name, tree in TREES.items() if any(_speaks(node) for node in ast.walk(tree))}
    assert speaking == set(MAY_SPEAK)


def _speaks(node: ast.AST) -> bool:
    if isinstance(node, ast.Raise):
        return node.exc is not None and "SystemExit" in ast.dump(node.exc)
    if not isinstance(node, ast.Call):
        return False
    called = ast.dump(node.func)
    return any(word in called for word in ("id='print'", "attr='exit'", "attr='_exit'", "id='_exit'", "id='exit'")) or (
        "attr='write'" in called and ("std" in called or "stream" in called) and "bytes" not in called
    )


def test_no_function_has_more_than_forty_lines_of_code() -> None:
    long = {
        f"{name}.{function.name}": lines
        for name, tree in TREES.items()
        for function in _functions(tree)
        for lines in [_lines_of_code(function)]
        if lines > LONGEST_FUNCTION
    }
    assert long == {}


def _lines_of_code(function: ast.FunctionDef) -> int:
    body = function.body[1:] if ast.get_docstring(function) else function.body
    return len(
        {node.lineno for statement in body for node in ast.walk(statement) if isinstance(node, (ast.stmt, ast.expr))}
    )


def test_an_import_inside_a_function_has_a_comment() -> None:
    silent = {f"{name}.{function.name}" for name, tree in TREES.items() for function in _without_reason(name, tree)}
    assert silent == BY_VALUE  # what is told of those before the first of them


BY_VALUE = {f"{GROUND}.worker_main._travelling_name"}


def _without_reason(name: str, tree: ast.Module) -> Iterator[ast.FunctionDef]:
    """Give the functions that import something, and say no reason up to that."""
    package = SOURCES.parent / Path(*name.split("."))
    lines = (package / "__init__.py" if package.is_dir() else package.with_suffix(".py")).read_text().splitlines()
    for function in _functions(tree):
        imports = [node for node in ast.walk(function) if isinstance(node, (ast.Import, ast.ImportFrom))]
        body = function.body[1:] if ast.get_docstring(function) else function.body
        if imports and "#" not in "".join(lines[body[0].lineno - 2 : max(node.lineno for node in imports)]):
            yield function


@pytest.mark.once
def test_a_run_of_tests_that_ends_before_its_report_is_no_good_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", sys.dont_write_bytecode)  # which it sets, as it does sys.path
    monkeypatch.setattr(sys, "path", [*sys.path])
    verdict_of = runpy.run_path(str(ROOT / "scripts" / "test"))["verdict_of"]
    write_tree(
        tmp_path, {"test_x.py": "import os\ndef test_x():\n    os._exit(0)\n", "test_y.py": "def test_y(): pass\n"}
    )
    verdicts = []
    for name in "xy":
        report = tmp_path / f"{name}.xml"
        ended = run([*PYTHON, "-m", "pytest", f"--junitxml={report}", f"test_{name}.py"], tmp_path)
        verdicts.append((ended.status, verdict_of(ended.status, report.exists())))
    assert verdicts == [(0, "ended before its report"), (0, "ok")]


def test_every_module_says_what_it_owns_and_every_public_function_what_it_gives() -> None:
    silent = [name for name, tree in TREES.items() if not ast.get_docstring(tree)]
    for name, tree in TREES.items():
        silent += [
            f"{name}.{node.name}"
            for node in tree.body
            if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and node.name[0] != "_" and not ast.get_docstring(node)
        ]
    assert silent == []


WATCH = """
import atexit, os, sys
seen = []
def note(event, args):
    if event in ("open", "os.listdir", "os.scandir"):
        seen.append((event, os.fsdecode(args[0]) if not isinstance(args[0], int) else "/"))
sys.addaudithook(note)
sys.seen_by_test = seen
"""
REPORT = """
import os, sys
where = os.environ["WATCHED"]
for event, name in list(sys.seen_by_test):
    if where in os.path.join(os.getcwd(), name) and "__pycache__" not in name:
        print(event, os.path.relpath(name))
"""


def _watched(words: List[str], tmp_path: Path, launcher: List[str]) -> List[str]:
    env = {"PYTHONPATH": str(tmp_path / "watch"), "WATCHED": str(tmp_path / "t")}
    return run([*launcher, *words], tmp_path / "t", env=env).out.splitlines()


@pytest.fixture
def watched(tmp_path: Path) -> Path:
    write_tree(tmp_path, {"watch/sitecustomize.py": WATCH, "t/s.py": REPORT, "t/d/__main__.py": REPORT, "t/x": ""})
    write_zip(tmp_path / "t" / "a.zip", {"__main__.py": REPORT})
    return tmp_path


def test_a_script_is_opened_once_and_no_directory_is_listed(watched: Path) -> None:
    # -P keeps python from looking for mainspring, and so listing, in the current directory.
    assert _watched(["s.py"], watched, _launcher()) == ["open s.py"]


def test_a_directory_is_not_listed_and_its_main_is_opened_once(watched: Path) -> None:
    assert _watched(["d"], watched, _launcher()) == [f"open {os.path.join('d', '__main__.py')}"]


def test_the_first_start_of_an_archive_opens_it_twice_more_than_python_does(watched: Path) -> None:
    by_python = _watched(["a.zip"], watched, PYTHON)
    assert len(_watched(["a.zip"], watched, _launcher())) <= len(by_python) + 2


def test_later_starts_open_no_archive_and_list_no_directory(watched: Path) -> None:
    until_settled()
    for _ in range(2):
        _watched(["a.zip"], watched, _launcher())
    assert _watched(["a.zip"], watched, _launcher()) == []


def _launcher() -> List[str]:
    return [sys.executable, "-P", "-m", "mainspring"] if sys.version_info >= (3, 11) else _script_launcher()


def _script_launcher() -> List[str]:
    script = Path(sys.executable).parent / "mainspring"
    if not script.exists():
        pytest.skip("mainspring is not installed beside this python")
    return [sys.executable, str(script)]
