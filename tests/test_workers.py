"""Worker processes find what `__main__` defines, whatever kind of target it is in.

Only scripts and modules are compared with python itself: what a directory's or an archive's `__main__` defines,
python's own workers do not find, and its pools wait for them without end.
"""

import importlib.util
import multiprocessing
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path
from typing import Any, Callable, List, NamedTuple

import pytest

import mainspring
from support import MAINSPRING, PYTHON, Ended, Files, clean_environment, run, write_tree, write_zip

SETTLED = 0.1  # seconds: a file that has just changed gets no record
METHODS = [name for name in ("fork", "spawn", "forkserver") if name in multiprocessing.get_all_start_methods()]
FRESH = [name for name in METHODS if name != "fork"]  # their workers load __main__ anew


def run_group(words: List[str], cwd: Path) -> Ended:
    """Run a command with all its workers, which do not outlive it; a hang is an error after a minute."""
    process = subprocess.Popen(
        words,
        cwd=str(cwd),
        env=clean_environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    try:
        out, err = process.communicate(timeout=60)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
    return Ended(process.returncode, *(text.decode().replace(os.linesep, "\n") for text in (out, err)))


# Of some thousand workers that a process with threads forks, one dies in the end, by the system's pthread_exit, with
# which 3.8 ends its threads: under python as well.
STATUSES = "STATUSES = (0, -6, -11) if sys.version_info < (3, 9) else (0,)"
# What every kind of target has in its __main__.
BODY = f"""\
import concurrent.futures, multiprocessing, sys
{STATUSES}
{{imports}}

class Counter:
    start = 10
    def __init__(self, step):
        self.step = step
    def advance(self, times):
        return Counter(self.start + self.step * times)

def square(number):
    return OFFSET + number * number

def work(queue, counter):
    queue.put(counter.advance(3))

def main(method):
    context = multiprocessing.get_context(method)
    with context.Pool(2) as pool:
        print(pool.map(square, range(4)), pool.apply(pow, (2, 5)))
        print([counter.step for counter in pool.map(Counter(2).advance, [1, 2])])
    queue = context.Queue()
    process = context.Process(target=work, args=(queue, Counter(4)))
    process.start()
    result = queue.get(timeout=60)
    process.join()
    print(type(result) is Counter, result.step, process.exitcode in STATUSES)
    with concurrent.futures.ProcessPoolExecutor(2, mp_context=context) as executor:
        print([executor.submit(square, number).result() for number in (5, 6)], type(executor.submit(Counter, 1).result()))
    print(__name__, repr(__spec__ and str(__spec__.name)))

if __name__ == "__main__":
    main(sys.argv[1])
"""
PLAIN = BODY.format(imports="OFFSET = 100")
WITH_SIBLING = BODY.format(imports="from offsets import OFFSET")
RELATIVE = BODY.format(imports="from .offsets import OFFSET")


def expected(spec_name: str) -> str:
    return f"[100, 101, 104, 109] 32\n[12, 14]\nTrue 22 True\n[125, 136] <class '__main__.Counter'>\n__main__ {spec_name!r}\n"


class Target(NamedTuple):
    """A kind of target: how to write it, the words that run it, and its spec's name."""

    write: Callable[[Path], object]
    words: List[str]
    spec_name: str


SIBLING: Files = {"__main__.py": WITH_SIBLING, "offsets.py": "OFFSET = 100"}
PACKAGE: Files = {"__init__.py": "", "__main__.py": RELATIVE, "offsets.py": "OFFSET = 100"}

BUNDLES = {
    "directory": Target(lambda at: write_tree(at / "app", SIBLING), ["app"], "__main__"),
    "archive": Target(lambda at: write_zip(at / "app", SIBLING, prefix=b"#!python\n"), ["app"], "__main__"),
    "package by path": Target(lambda at: write_tree(at / "app", PACKAGE), ["app"], "app.__main__"),
    "package within a package": Target(
        lambda at: write_tree(at / "outer", {"__init__.py": "", **{f"app/{name}": PACKAGE[name] for name in PACKAGE}}),
        ["outer/app"],
        "outer.app.__main__",
    ),
    "package by name": Target(lambda at: write_tree(at / "app", PACKAGE), ["-m", "app"], "app.__main__"),
}


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("kind", BUNDLES)
def test_workers_find_what_the_main_of_a_bundle_defines(tmp_path: Path, kind: str, method: str) -> None:
    target = BUNDLES[kind]
    target.write(tmp_path)
    assert run_group([*MAINSPRING, *target.words, method], tmp_path) == Ended(0, expected(target.spec_name), "")


@pytest.mark.parametrize("kind", ["directory", "archive"])
def test_workers_find_a_function_whose_name_begins_with_underscores(tmp_path: Path, kind: str) -> None:
    program = (
        "import multiprocessing\n"
        "def __twice(x):\n    return 2 * x\n"
        "if __name__ == '__main__':\n"
        "    with multiprocessing.get_context('spawn').Pool(1) as pool:\n"
        "        print(pool.apply_async(__twice, (21,)).get(timeout=60))\n"
    )
    write: Any = {"directory": write_tree, "archive": write_zip}[kind]
    write(tmp_path / "app", {"__main__.py": program})
    assert run_group([*MAINSPRING, "app"], tmp_path) == Ended(0, "42\n", "")


IN_LIBRARY = """\
import sys
from mainspring import executor
if __name__ == "__main__":
    method, how, target = sys.argv[1:]
    program = getattr(executor, how)(target)
    executor.execute(program, argv=["x", method], in_modules=True, on_path=True).reraise()
"""


@pytest.mark.parametrize("method", FRESH)
@pytest.mark.parametrize("kind", BUNDLES)
def test_workers_find_what_is_defined_by_a_main_that_the_library_executes(
    tmp_path: Path, kind: str, method: str
) -> None:
    target = BUNDLES[kind]
    target.write(tmp_path)
    write_tree(tmp_path, {"tool.py": IN_LIBRARY})
    how = "locate_module" if target.words[0] == "-m" else "locate"
    ended = run_group([*PYTHON, "tool.py", method, how, target.words[-1]], tmp_path)
    assert ended == Ended(0, expected(target.spec_name), "")


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("words", [["program.py"], ["-m", "program"], ["sub/../program.py"], ["./program.py"]])
def test_workers_of_scripts_and_modules_are_as_under_python(tmp_path: Path, words: List[str], method: str) -> None:
    write_tree(tmp_path, {"program.py": PLAIN, "sub/empty": ""})
    under_python = run_group([*PYTHON, *words, method], tmp_path)
    assert under_python.status == 0, under_python.err
    assert run_group([*MAINSPRING, *words, method], tmp_path) == under_python


WATCHING = """\
import multiprocessing, os, sys

def watch(queue):
    queue.put((sys.argv, sys.path, os.getcwd(), watch.__module__))

if __name__ == "__main__":
    context = multiprocessing.get_context(sys.argv[1])
    queue = context.Queue()
    process = context.Process(target=watch, args=(queue,))
    process.start()
    argv, path, directory, module = queue.get(timeout=60)
    process.join()
    print(argv, argv == sys.argv, path[0] == sys.path[0], os.path.samefile(directory, "."), module)
    print([entry for entry in path if entry not in sys.path], [entry for entry in sys.path if entry not in path])
"""


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("write", [write_tree, write_zip])
def test_workers_of_a_bundle_see_its_argv_and_its_path(
    tmp_path: Path, write: "Callable[[Path, Files], Path]", method: str
) -> None:
    write(tmp_path / "app", {"__main__.py": WATCHING})
    ended = run_group([*MAINSPRING, "app", method, "word"], tmp_path)
    module = "__main__" if method == "fork" else "__mp_main__"
    assert ended == Ended(0, f"{['app', method, 'word']} True True True {module}\n[] []\n", "")


@pytest.mark.parametrize("method", METHODS)
def test_workers_of_a_script_see_its_argv_and_its_path_as_under_python(tmp_path: Path, method: str) -> None:
    write_tree(tmp_path, {"program.py": WATCHING})
    under_python = run_group([*PYTHON, "program.py", method, "word"], tmp_path)
    assert under_python.status == 0, under_python.err
    assert run_group([*MAINSPRING, "program.py", method, "word"], tmp_path) == under_python


UNGUARDED = """\
import multiprocessing, sys
{function}
print("started", flush=True)
process = multiprocessing.get_context(sys.argv[1]).Process(target=work)
process.start()
process.join()
print("ended", process.exitcode, flush=True)
"""
WORK = "def work():\n    print('worked', flush=True)\n"


@pytest.mark.parametrize("method", FRESH)
@pytest.mark.parametrize("write", [write_tree, write_zip])
def test_an_unguarded_bundle_with_its_work_in_another_module_runs_as_under_python(
    tmp_path: Path, write: "Callable[[Path, Files], Path]", method: str
) -> None:
    write(tmp_path / "app", {"__main__.py": UNGUARDED.format(function="from works import work"), "works.py": WORK})
    ended = run_group([*MAINSPRING, "app", method], tmp_path)
    assert ended == Ended(0, "started\nworked\nended 0\n", "")
    assert ended == run_group([*PYTHON, "app", method], tmp_path)


@pytest.mark.parametrize("method", FRESH)
@pytest.mark.parametrize("write", [write_tree, write_zip])
def test_an_unguarded_bundle_with_its_work_in_main_gets_the_error_of_multiprocessing(
    tmp_path: Path, write: "Callable[[Path, Files], Path]", method: str
) -> None:
    write(tmp_path / "app", {"__main__.py": UNGUARDED.format(function=WORK)})
    ended = run_group([*MAINSPRING, "app", method], tmp_path)
    assert (ended.status, ended.out) == (0, "started\nstarted\nended 1\n"), ended.err
    assert "has finished its bootstrapping phase" in ended.err
    assert ended.err.count("RuntimeError: ") == 1


@pytest.mark.parametrize("method", FRESH)
def test_an_unguarded_script_gets_that_error_as_under_python(tmp_path: Path, method: str) -> None:
    write_tree(tmp_path, {"program.py": UNGUARDED.format(function=WORK)})
    ended, under_python = (run_group([*start, "program.py", method], tmp_path) for start in (MAINSPRING, PYTHON))
    assert "has finished its bootstrapping phase" in under_python.err
    assert (ended.status, ended.out) == (under_python.status, under_python.out)
    assert "worked" not in ended.out


NESTED = f"""\
import multiprocessing, sys
{STATUSES}

class Result:
    def __init__(self, depth):
        self.depth = depth

def work(context, queue, depth):
    if depth:
        process = context.Process(target=work, args=(context, queue, depth - 1))
        process.start()
        process.join()
    queue.put(Result(depth))

if __name__ == "__main__":
    context = multiprocessing.get_context(sys.argv[1])
    queue = context.Queue()
    process = context.Process(target=work, args=(context, queue, 2))
    process.start()
    results = [queue.get(timeout=60) for _ in range(3)]
    process.join()
    print([result.depth for result in results], {{type(result) is Result for result in results}}, process.exitcode in STATUSES)
"""


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("kind", ["directory", "archive", "package by path", "package by name"])
def test_workers_of_workers_find_what_main_defines(tmp_path: Path, kind: str, method: str) -> None:
    files: Files = {"__main__.py": NESTED}
    if kind.startswith("package"):  # the relative import makes it one that python cannot run by path
        files = {"__init__.py": "", "__main__.py": "from . import __doc__\n" + NESTED}
    (write_zip if kind == "archive" else write_tree)(tmp_path / "app", files)
    words = ["-m", "app"] if kind == "package by name" else ["app"]
    ended = run_group([*MAINSPRING, *words, method], tmp_path)
    assert ended == Ended(0, "[0, 1, 2] {True} True\n", "")


MOVING = """\
import multiprocessing, os, sys

def work(queue):
    queue.put(os.path.basename(os.getcwd()))

if __name__ == "__main__":
    os.chdir("elsewhere")
    context = multiprocessing.get_context(sys.argv[1])
    queue = context.Queue()
    process = context.Process(target=work, args=(queue,))
    process.start()
    print(queue.get(timeout=60))
    process.join()
"""


@pytest.mark.parametrize("method", FRESH)
@pytest.mark.parametrize("write", [write_tree, write_zip])
def test_a_bundle_may_change_the_directory_before_it_starts_workers(
    tmp_path: Path, write: "Callable[[Path, Files], Path]", method: str
) -> None:
    write(tmp_path / "app", {"__main__.py": MOVING})
    write_tree(tmp_path, {"program.py": MOVING, "elsewhere/empty": ""})
    under_python = run_group([*PYTHON, "program.py", method], tmp_path)
    assert under_python.status == 0, under_python.err
    assert run_group([*MAINSPRING, "app", method], tmp_path) == under_python


SPEC = """\
import copy, pickle, sys
name = __spec__.name
kept = [pickle.loads(pickle.dumps(name, protocol)) for protocol in range(pickle.HIGHEST_PROTOCOL + 1)]
kept += [copy.copy(name), copy.deepcopy(name)]
print(name == "__main__", isinstance(name, str), {"__main__": 1}[name], repr(name), f"{name}")
print({type(value) for value in kept}, set(kept) == {name})
print(sorted(globals()), type(__spec__.loader).__name__, "multiprocessing" in sys.modules, "mainspring" in sys.modules)
"""


@pytest.mark.parametrize("write", [write_tree, write_zip])
def test_the_name_of_the_spec_is_a_plain_one_outside_of_spawning(
    tmp_path: Path, write: "Callable[[Path, Files], Path]"
) -> None:
    write(tmp_path / "app", {"__main__.py": SPEC})
    ended = run_group([*MAINSPRING, "app"], tmp_path)
    assert ended == run_group([*PYTHON, "app"], tmp_path)
    assert ended.status == 0


COUNTING = """\
import multiprocessing, os, sys
with open(os.path.join("runs", str(os.getpid())), "a") as file:
    file.write(__name__ + " ")

def work(number):
    return number + 1

if __name__ == "__main__":
    with multiprocessing.get_context(sys.argv[1]).Pool(1) as pool:
        print(pool.map(work, range(5)), pool.map(work, range(5)))
"""


@pytest.mark.parametrize("method", FRESH)
@pytest.mark.parametrize("write", [write_tree, write_zip])
def test_a_worker_executes_the_main_of_a_bundle_once(
    tmp_path: Path, write: "Callable[[Path, Files], Path]", method: str
) -> None:
    write(tmp_path / "app", {"__main__.py": COUNTING})
    (tmp_path / "runs").mkdir()
    ended = run_group([*MAINSPRING, "app", method], tmp_path)
    assert ended == Ended(0, "[1, 2, 3, 4, 5] [1, 2, 3, 4, 5]\n", "")
    assert sorted(path.read_text() for path in (tmp_path / "runs").iterdir()) == ["__main__ ", "__mp_main__ "]


@pytest.mark.parametrize("method", FRESH)
@pytest.mark.parametrize("write", [write_tree, write_zip])
def test_workers_do_not_need_mainspring_on_their_path(
    tmp_path: Path, write: "Callable[[Path, Files], Path]", method: str
) -> None:
    lonely = "import sys\nsys.modules['mainspring'] = None\n" + WATCHING
    write(tmp_path / "app", {"__main__.py": lonely})
    ended = run_group([*MAINSPRING, "app", method], tmp_path)
    assert (ended.status, ended.err) == (0, "")


def _native_module() -> "tuple[str, bytes]":
    """Give the file name, and the content, of a native module of python's own that has a file."""
    for name in ("_queue", "_json", "_bisect"):
        spec = importlib.util.find_spec(name)
        if spec is not None and spec.has_location:
            path = Path(str(spec.origin))
            return path.name, path.read_bytes()
    return pytest.skip("all native modules are built in here")


@pytest.mark.parametrize(
    "words",
    [
        ["--entry", "app"],
        ["--entry", "app:main"],
        ["--repl", "-m", "app"],
        ["--repl", "-c", "import app; app.main()"],
        [],
    ],
    ids=" ".join,
)
def test_whatever_starts_in_an_archive_imports_its_native_modules(tmp_path: Path, words: List[str]) -> None:
    file, content = _native_module()
    name = file.partition(".")[0]
    text = f"import inner.{name} as native\ndef main():\n    print(native.__name__)\nif __name__ == '__main__':\n    main()\n"
    files: Files = {"app.py": text, "__main__.py": "import app\napp.main()\n", "inner/__init__.py": ""}
    write_zip(tmp_path / "app.pyz", {**files, f"inner/{file}": content})
    before = words[: 2 if words[:1] == ["--entry"] else 1]
    for _ in range(2):
        ended = run([*MAINSPRING, *before, "app.pyz", *words[len(before) :]], tmp_path)
        assert ended == Ended(0, f"inner.{name}\n", "")


# The second worker is a worker's.
NATIVE_WORK = """\
import multiprocessing, sys
import job

def deeper(method):
    process = multiprocessing.current_process()
    process._config["daemon"] = False
    with multiprocessing.get_context(method).Pool(1) as pool:
        return pool.map(job.work, [3])

if __name__ == "__main__":
    with multiprocessing.get_context(sys.argv[1]).Pool(1) as pool:
        print(pool.map(job.work, range(2)), pool.apply(deeper, (sys.argv[1],)))
"""
JOB = """\
from inside import {0}

def work(number):
    return number, {0}.__name__
"""


@pytest.mark.parametrize("method", FRESH)
@pytest.mark.parametrize("words", [[], ["--no-cache"], ["--unpack"]], ids=str)
def test_workers_import_the_native_modules_of_an_archive(tmp_path: Path, words: List[str], method: str) -> None:
    file, content = _native_module()
    name = file.partition(".")[0]
    members = {"job.py": JOB.format(name), "inside/__init__.py": "", f"inside/{file}": content}
    write_zip(tmp_path / "app.pyz", {"__main__.py": NATIVE_WORK, **members})
    for _ in range(2):
        found = [(number, f"inside.{name}") for number in (0, 1, 3)]
        wanted = Ended(0, f"{found[:2]} {found[2:]}\n", "")
        assert run_group([*MAINSPRING, *words, "app.pyz", method], tmp_path) == wanted


@pytest.mark.parametrize("method", FRESH)
@pytest.mark.parametrize("words", [[], ["--no-cache"], ["--unpack"]], ids=str)
def test_so_do_those_of_a_function_that_is_started_in_an_archive_without_a_main(
    tmp_path: Path, words: List[str], method: str
) -> None:
    # sqlfluff, whose workers died of it, each in the place of the one before, for ever
    file, content = _native_module()
    name = file.partition(".")[0]
    lines = NATIVE_WORK.replace('if __name__ == "__main__":', "def main():")
    lines += "    main = sys.modules['__main__']\n    print(hasattr(main, '__file__'), main.__package__, hasattr(main, 'work'))\n"
    members = {"job.py": JOB.format(name), "inside/__init__.py": "", f"inside/{file}": content, "tool.py": lines}
    write_zip(tmp_path / "libs.zip", members)
    for _ in range(2):
        found = [(number, f"inside.{name}") for number in (0, 1, 3)]
        wanted = Ended(0, f"{found[:2]} {found[2:]}\nFalse None False\n", "")
        assert run_group([*MAINSPRING, *words, "--entry", "tool:main", "libs.zip", method], tmp_path) == wanted


# What is compiled in a worker, while it imports a module that its program has imported, too.
COMPILING = """\
import multiprocessing, sys
import late, one, two, three, four, five
noted = []

def note(event, arguments):
    if event == "compile" and "late" in str(arguments[1]):
        noted.append(arguments[1])

def watch(number):
    sys.addaudithook(note)

def work(number):
    sys.modules.pop("late")
    import late
    return bool(noted)

if __name__ == "__main__":
    with multiprocessing.get_context(sys.argv[1]).Pool(1) as pool:
        pool.map(watch, [1])
        print(pool.map(work, [2]))
"""
LATE: Files = {
    "__main__.py": COMPILING,
    **dict.fromkeys(("late.py", "one.py", "two.py", "three.py", "four.py", "five.py"), ""),
}


# What is compiled in a worker that is the only one to import a module, as those of servers are; it is a large one.
SERVING = """\
import multiprocessing, sys
import one, two, three, four, five

def work(number):
    noted = []
    sys.addaudithook(lambda event, arguments: event == "compile" and noted.append(str(arguments[1])))
    import large
    return any("large" in name for name in noted)

if __name__ == "__main__":
    with multiprocessing.get_context(sys.argv[1]).Pool(1) as pool:
        print(pool.map(work, [1]))
"""


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("words", [[], ["--unpack"]], ids=str)
def test_what_workers_alone_import_is_kept_while_they_run(tmp_path: Path, words: List[str], method: str) -> None:
    large = f"X = {'x' * 2**19!r}\n"
    write_zip(tmp_path / "app.pyz", {**LATE, "__main__.py": SERVING, "large.py": large})
    time.sleep(SETTLED)
    ends = [run_group([*MAINSPRING, *words, "app.pyz", method], tmp_path) for _ in range(3)]
    assert [ended.out for ended in ends[::2]] == ["[True]\n", "[False]\n"]


# Forks in the moment in which mainspring imports what it needs to keep what was imported, in another thread.
FORKING = """\
import gc, os, signal, sys, threading, warnings
import one
if len(sys.argv) == 1:
    sys.exit()
keeping, forked = threading.Event(), threading.Event()
warnings.simplefilter("ignore")
first = os.getpid()

def amid(event, arguments):
    if event == "import" and arguments[0] == "mainspring.storage.image_blobs" and os.getpid() == first:
        keeping.set()
        forked.wait()

def fork():
    keeping.wait()
    child = os.fork()
    if child == 0:
        collects = gc.isenabled()
        import other
        os._exit(3 if collects else 4)
    forked.set()
    print(os.waitpid(child, 0)[1] >> 8)

thread = threading.Thread(target=fork)
thread.start()
sys.addaudithook(amid)
import large
keeping.set()
thread.join()
"""


@pytest.mark.skipif("fork" not in METHODS, reason="there is no fork")
def test_what_is_forked_off_while_another_thread_keeps_something_goes_on_and_collects(tmp_path: Path) -> None:
    large = f"X = {'x' * 2**19!r}\n"
    write_zip(tmp_path / "app.pyz", {**LATE, "__main__.py": FORKING, "large.py": large, "other.py": large * 2})
    time.sleep(SETTLED)
    run_group([*MAINSPRING, "--unpack", "app.pyz"], tmp_path)
    assert run_group([*MAINSPRING, "--unpack", "app.pyz", "fork"], tmp_path) == Ended(0, "3\n", "")


LISTING = """\
import multiprocessing, sys
import one, two, three, four, five

def work(number):
    return sorted(set(sys.modules) - {"__mp_main__"})

if __name__ == "__main__":
    with multiprocessing.get_context(sys.argv[1]).Pool(1) as pool:
        print(pool.map(work, [1]))
"""


@pytest.mark.parametrize("method", FRESH)
def test_workers_that_are_helped_have_no_other_modules_than_without(tmp_path: Path, method: str) -> None:
    write_zip(tmp_path / "app.pyz", {**LATE, "__main__.py": LISTING})
    time.sleep(SETTLED)
    without = run_group([*MAINSPRING, "--no-cache", "app.pyz", method], tmp_path)
    assert (without.status, without.err) == (0, "") and "multiprocessing.spawn" in without.out
    for _ in range(2):
        assert run_group([*MAINSPRING, "app.pyz", method], tmp_path) == without


@pytest.mark.parametrize("method", FRESH)
@pytest.mark.parametrize("words", [[], ["--unpack"]], ids=str)
def test_workers_take_their_modules_from_the_store(tmp_path: Path, words: List[str], method: str) -> None:
    write_zip(tmp_path / "app.pyz", LATE)
    time.sleep(SETTLED)
    for _ in range(2):
        assert run_group([*MAINSPRING, *words, "app.pyz", method], tmp_path) == Ended(0, "[False]\n", "")


@pytest.mark.parametrize("method", FRESH)
def test_workers_of_a_program_that_does_without_the_store_do_so_too(tmp_path: Path, method: str) -> None:
    write_zip(tmp_path / "app.pyz", LATE)
    time.sleep(SETTLED)
    run_group([*MAINSPRING, "app.pyz", method], tmp_path)
    assert run_group([*MAINSPRING, "--no-cache", "app.pyz", method], tmp_path) == Ended(0, "[True]\n", "")


GONE = """\
import multiprocessing, shutil, sys

def work(number):
    return number + 1

if __name__ == "__main__":
    for number in range(2):
        with multiprocessing.get_context(sys.argv[1]).Pool(1) as pool:
            print(pool.map(work, [number]))
        shutil.rmtree("gone", ignore_errors=True)
"""


@pytest.mark.parametrize("method", FRESH)
def test_workers_are_as_those_of_python_where_mainspring_is_gone(tmp_path: Path, method: str) -> None:
    write_zip(tmp_path / "app.pyz", {"__main__.py": GONE})
    for _ in range(2):
        shutil.copytree(str(Path(mainspring.__file__).parent), str(tmp_path / "gone" / "mainspring"))
        start = f"import sys; sys.path[0:0] = ['gone']; sys.argv[:] = ['', 'app.pyz', {method!r}]; import mainspring; mainspring.main()"
        assert run_group([*PYTHON, "-c", start], tmp_path) == Ended(0, "[1]\n[2]\n", "")
