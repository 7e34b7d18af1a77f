"""The shared module executor: locating, compiling and executing are apart, and nothing is changed unasked."""

import inspect
import os
import pickle
import sys
import threading
import traceback
from pathlib import Path
from typing import Any, Dict, Iterator, List, Tuple, Union

import pytest

from mainspring import executor
from mainspring.runtime import Refusal
from support import PYTHON, Files, run, write_tree, write_zip

WATCH = """\
import sys
argv = list(sys.argv)
main = sys.modules.get(__name__)
is_in_modules = main is not None and vars(main) is globals()
path_entry = sys.path[0]
"""


@pytest.fixture(autouse=True)
def _nothing_stays() -> Iterator[None]:
    """Every test leaves the interpreter as it was; modules that a program imported are forgotten."""
    argv, words, path, modules = sys.argv, list(sys.argv), list(sys.path), dict(sys.modules)
    yield
    assert sys.argv is argv
    assert sys.argv == words
    assert sys.path == path
    assert sys.modules["__main__"] is modules["__main__"]
    for name in set(sys.modules) - set(modules):
        del sys.modules[name]


def located(directory: Path, text: str, name: str = "program.py") -> executor.Program:
    return executor.locate(str(write_tree(directory, {name: text}) / name))


def executed(directory: Path, text: str, **options: Any) -> executor.Outcome:
    return executor.execute(located(directory, text), **options)


def frame_files(error: BaseException) -> List[str]:
    return [frame.filename for frame in traceback.extract_tb(error.__traceback__)]


# Locating and compiling


def test_locating_and_compiling_do_not_execute(tmp_path: Path) -> None:
    program = located(tmp_path, "open(__file__ + '.ran', 'w').close()")
    program.compile()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["program.py"]
    executor.execute(program)
    assert (tmp_path / "program.py.ran").exists()


def test_a_program_is_compiled_once(tmp_path: Path) -> None:
    program = located(tmp_path, "import sys\ncode = sys._getframe().f_code")
    code = program.compile()
    assert program.compile() is code
    (tmp_path / "program.py").write_text("code = 'another'")
    assert executor.execute(program).namespace["code"] is code


def test_a_tracer_started_after_compiling_sees_the_first_line(tmp_path: Path) -> None:
    program = located(tmp_path, "first = 1\nsecond = 2\n")
    code, seen = program.compile(), []

    def trace(frame: Any, event: str, arg: object) -> Any:
        if frame.f_code is code:
            seen.append((event, frame.f_lineno))
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        executor.execute(program)
    finally:
        sys.settrace(before)
    assert [line for event, line in seen if event == "line"] == [1, 2]


def test_a_profiler_started_after_compiling_sees_the_call_of_the_program(tmp_path: Path) -> None:
    program = located(tmp_path, "def function(): pass\nfunction()\n")
    program.compile()
    called: List[Tuple[str, str]] = []
    sys.setprofile(lambda frame, event, arg: called.append((event, frame.f_code.co_filename)))
    try:
        executor.execute(program)
    finally:
        sys.setprofile(None)
    assert [event for event, file in called if file == program.file] == ["call", "call", "return", "return"]


def test_a_package_runs_with_its_directory_on_the_path(tmp_path: Path) -> None:
    write_tree(
        tmp_path, {"pk/__init__.py": "", "pk/q.py": "v = 1\n", "pk/__main__.py": "from . import q\nprint(q.v)\n"}
    )
    outcome = executor.execute(executor.locate(str(tmp_path / "pk")), in_modules=True, on_path=True)
    assert (outcome.exception, outcome.namespace["q"].v) == (None, 1)
    for name in ("pk", "pk.q"):
        del sys.modules[name]


@pytest.mark.parametrize("give", [str, os.fsencode, Path])
def test_a_path_may_be_given_in_three_ways(tmp_path: Path, give: Any) -> None:
    (tmp_path / "s.py").write_text("x = __file__\n")
    found = executor.execute(executor.locate(give(str(tmp_path / "s.py")))).namespace
    assert found["x"] == str(tmp_path / "s.py")


def test_the_program_finds_the_names_that_python_puts_into_main(tmp_path: Path) -> None:
    text = "import __main__\nnames = type(__builtins__).__name__, __builtins__.len('ab'), '__annotations__' in dir()\nprint(names)\n"
    (tmp_path / "s.py").write_text(text)
    by_python = run([*PYTHON, "s.py"], tmp_path).out
    assert f"{executor.execute(executor.locate(str(tmp_path / 's.py'))).namespace['names']}\n" == by_python


def test_locating_names_what_was_found(tmp_path: Path) -> None:
    script = located(tmp_path, "")
    archive = executor.locate(str(write_zip(tmp_path / "app", {"__main__.py": ""})))
    assert (script.kind, script.argv0, script.path_entry) == ("script", script.path_name, str(tmp_path.resolve()))
    assert (archive.kind, archive.path_entry) == ("archive", str(tmp_path / "app"))
    archive.compile()
    assert archive.file == os.path.join(str(tmp_path / "app"), "__main__.py")


def test_a_missing_file_is_refused_in_pythons_words(tmp_path: Path) -> None:
    with pytest.raises(Refusal) as caught:
        executor.locate(str(tmp_path / "missing.py"))
    assert (caught.value.status, caught.value.words) == (2, caught.value.reason)
    assert "can't open file" in caught.value.reason
    assert "[Errno 2] No such file or directory" in caught.value.reason


def test_a_syntax_error_is_raised_by_compiling_and_not_an_outcome(tmp_path: Path) -> None:
    program = located(tmp_path, "fine = 1\nnot fine at all\n")
    for step in (program.compile, lambda: executor.execute(program)):
        with pytest.raises(SyntaxError) as caught:
            step()
        assert (caught.value.filename, caught.value.lineno) == (program.file, 2)


# The namespace


def test_the_namespace_is_live_after_the_call(tmp_path: Path) -> None:
    text = "count = 0\ndef more():\n    global count\n    count += 1\n    return count\n"
    outcome = executed(tmp_path, text)
    assert outcome.namespace is vars(outcome.module)
    outcome.namespace["more"]()
    assert outcome.namespace["more"]() == 2
    assert outcome.namespace["count"] == outcome.module.count == 2


def test_functions_work_when_only_they_are_kept(tmp_path: Path) -> None:
    outcome = executed(tmp_path, "import math\nLIMIT = 9\ndef root():\n    return math.sqrt(LIMIT)\n")
    root = outcome.namespace["root"]
    module, outcome = outcome.module, None  # type: ignore[assignment]
    assert root.__globals__ is vars(module)
    assert root() == 3


def test_the_namespace_of_a_script_is_the_one_python_makes(tmp_path: Path) -> None:
    names = "[name for name in globals() if name.startswith('__') and name not in ('__annotations__', '__builtins__')]"
    script = located(tmp_path, f"names = sorted({names})\nvalues = __name__, __file__, __package__, __spec__\n")
    write_tree(tmp_path, {"oracle.py": f"print(sorted({names}))"})
    outcome = executor.execute(script)
    assert str(outcome.namespace["names"]) == run([*PYTHON, "oracle.py"], tmp_path).out.strip()
    assert outcome.namespace["values"] == ("__main__", script.path_name, None, None)


def test_two_executions_of_one_program_have_a_namespace_each(tmp_path: Path) -> None:
    program = located(tmp_path, "words = ['one']")
    first, second = executor.execute(program), executor.execute(program)
    first.namespace["words"].append("two")
    assert first.module is not second.module
    assert second.namespace["words"] == ["one"]


def test_run_name_is_the_name_of_the_module(tmp_path: Path) -> None:
    program = located(tmp_path, "class Class: pass\nis_main = __name__ == '__main__'")
    assert executor.execute(program).namespace["is_main"]
    other = executor.execute(program, run_name="other")
    assert (other.module.__name__, other.namespace["is_main"]) == ("other", False)
    assert other.namespace["Class"].__module__ == "other"


def test_init_globals_are_there_before_and_pythons_own_names_win(tmp_path: Path) -> None:
    given = {"seed": 20, "__file__": "mine", "__name__": "mine"}
    outcome = executed(tmp_path, "result = seed + 1\nnames = __name__, __file__", init_globals=given)
    assert outcome.namespace["result"] == 21
    assert outcome.namespace["names"] == ("__main__", str(tmp_path / "program.py"))
    assert given == {"seed": 20, "__file__": "mine", "__name__": "mine"}


# The switches


@pytest.mark.parametrize("ending", ["", "raise SystemExit(3)", "1 / 0"])
@pytest.mark.parametrize("switch", [None, "argv", "in_modules", "on_path"])
def test_a_switch_alters_its_own_thing_and_puts_it_back(tmp_path: Path, switch: Any, ending: str) -> None:
    main, path, argv = sys.modules["__main__"], list(sys.path), list(sys.argv)
    options = {"argv": ["my", "words"], "in_modules": True, "on_path": True}
    seen = executed(tmp_path, WATCH + ending, **({switch: options[switch]} if switch else {})).namespace
    assert seen["argv"] == (["my", "words"] if switch == "argv" else argv)
    assert seen["is_in_modules"] is (switch == "in_modules")
    assert seen["path_entry"] == (str(tmp_path.resolve()) if switch == "on_path" else path[0])
    assert (sys.modules["__main__"], sys.path, sys.argv) == (main, path, argv)


def test_the_switches_work_together_with_a_name_that_is_new(tmp_path: Path) -> None:
    everything: Dict[str, Any] = {"run_name": "brand.new", "argv": ["a"], "in_modules": True, "on_path": True}
    seen = executed(tmp_path, WATCH, **everything).namespace
    assert (seen["argv"], seen["is_in_modules"], seen["path_entry"]) == (["a"], True, str(tmp_path.resolve()))
    assert "brand.new" not in sys.modules


def test_an_empty_argv_is_an_argv(tmp_path: Path) -> None:
    assert executed(tmp_path, WATCH, argv=[]).namespace["argv"] == []


def test_a_program_that_replaces_what_was_altered_does_not_keep_it_from_being_put_back(tmp_path: Path) -> None:
    text = "import sys\nsys.argv = ['mine']\nsys.path.remove(sys.path[0])\nsys.modules['__main__'] = sys\n"
    outcome = executed(tmp_path, text, argv=["yours"], in_modules=True, on_path=True)
    assert outcome.exception is None  # the rest is what every test here looks at


def test_a_program_may_take_its_own_new_module_away(tmp_path: Path) -> None:
    outcome = executed(tmp_path, "import sys\ndel sys.modules[__name__]\n", run_name="brand.new", in_modules=True)
    assert outcome.exception is None
    assert "brand.new" not in sys.modules


def test_classes_of_a_program_in_modules_can_be_pickled(tmp_path: Path) -> None:
    text = "import pickle\nclass Class: pass\ncopy = pickle.loads(pickle.dumps(Class()))\nsame = type(copy) is Class"
    assert executed(tmp_path, text, in_modules=True).namespace["same"]
    with pytest.raises(pickle.PicklingError):
        executed(tmp_path, text).reraise()


def test_the_source_of_a_program_can_be_inspected_afterwards(tmp_path: Path) -> None:
    outcome = executed(tmp_path, "before = 1\ndef function():\n    return before\n")
    assert inspect.getsource(outcome.namespace["function"]) == "def function():\n    return before\n"


# How it ended


@pytest.mark.parametrize(
    ("statement", "status"),
    [
        ("pass", 0),
        ("raise SystemExit", 0),
        ("raise SystemExit(None)", 0),
        ("raise SystemExit(0)", 0),
        ("raise SystemExit(3)", 3),
        ("raise SystemExit(True)", 1),
        ("raise SystemExit(False)", 0),
        ("raise SystemExit(-1)", 255),
        ("raise SystemExit(256 + 7)", 7),
        ("raise SystemExit(2 ** 63 - 1)", 255),
        ("raise SystemExit(2 ** 40)", 0),
        ("raise SystemExit(2 ** 70)", 255),
        ("raise SystemExit(-2 ** 70)", 255),
        ("raise SystemExit('words')", 1),
        ("raise SystemExit('')", 1),
        ("raise SystemExit(1, 2)", 1),
        ("raise SystemExit((0,))", 1),
        ("raise SystemExit(0.0)", 1),
        ("import sys; sys.exit(4)", 4),
        ("raise KeyboardInterrupt", 130),
        ("raise GeneratorExit", 1),
        ("1 / 0", 1),
    ],
)
def test_the_exit_status_is_the_one_python_ends_with(tmp_path: Path, statement: str, status: int) -> None:
    outcome = executed(tmp_path, statement)
    ended = run([*PYTHON, "program.py"], tmp_path)
    assert outcome.exit_status == status
    assert (ended.status if ended.status >= 0 else 128 - ended.status) == status


def test_the_exception_is_handed_back_as_it_was_raised(tmp_path: Path) -> None:
    outcome = executed(tmp_path, "error = KeyError('mine')\nraise error")
    assert outcome.exception is outcome.namespace["error"]
    for _ in range(2):
        with pytest.raises(KeyError) as caught:
            outcome.reraise()
        assert caught.value is outcome.exception
        assert frame_files(caught.value)[-2:] == [executor.__file__, str(tmp_path / "program.py")]
        assert frame_files(caught.value).count(executor.__file__) == 1


FROZEN = "import dataclasses\n@dataclasses.dataclass(frozen=True)\nclass Frozen(Exception):\n    number: int\nraise Frozen(3)\n"
ODD_CODES = {
    "a number that compares in its own way": ("raise SystemExit(type('Odd', (int,), {'__le__': None})(7))", 7),
    "a code that cannot be had": ("raise type('Odd', (SystemExit,), {'code': property(lambda _: 1 / 0)})", 1),
}


def test_an_exception_whose_attributes_are_fixed_is_an_outcome_as_any_other(tmp_path: Path) -> None:
    outcome = executed(tmp_path, FROZEN)
    assert (type(outcome.exception).__name__, outcome.exit_status) == ("Frozen", 1)
    assert frame_files(outcome.exception) == [str(tmp_path / "program.py")]
    with pytest.raises(outcome.namespace["Frozen"]) as caught:
        outcome.reraise()
    assert frame_files(caught.value)[-2:] == [executor.__file__, str(tmp_path / "program.py")]


@pytest.mark.parametrize("name", ODD_CODES)
def test_an_exit_status_is_the_number_whatever_class_it_is_of(tmp_path: Path, name: str) -> None:
    statement, status = ODD_CODES[name]
    assert executed(tmp_path, statement).exit_status == status
    assert run([*PYTHON, "program.py"], tmp_path).status == status


def test_the_doors_of_the_library_are_there_without_being_imported(tmp_path: Path) -> None:
    code = "import mainspring; print(mainspring.executor.execute, mainspring.runpy_compat.run_path, mainspring.Refusal)"
    assert run([sys.executable, "-c", code], tmp_path).status == 0


def test_without_an_exception_there_is_nothing_to_raise(tmp_path: Path) -> None:
    outcome = executed(tmp_path, "")
    assert outcome.exception is None
    outcome.reraise()


def test_the_traceback_begins_with_the_programs_first_frame(tmp_path: Path) -> None:
    text = "def function():\n    raise ValueError('mine')\nfunction()\n"
    error = executed(tmp_path, text, argv=["a"], in_modules=True, on_path=True).exception
    assert error is not None
    assert error.__traceback__ is not None
    assert frame_files(error) == [str(tmp_path / "program.py")] * 2
    assert error.__traceback__.tb_lineno == 3


@pytest.mark.parametrize("how", ["raise KeyError", "raise KeyError from error"])
def test_chained_exceptions_show_the_programs_frames_only(tmp_path: Path, how: str) -> None:
    error = executed(tmp_path, f"try:\n    1 / 0\nexcept ZeroDivisionError as error:\n    {how}\n").exception
    assert error is not None
    assert isinstance(error.__context__, ZeroDivisionError)
    assert frame_files(error) == frame_files(error.__context__) == [str(tmp_path / "program.py")]


def test_an_error_in_an_imported_module_is_shown_from_the_program_on(tmp_path: Path) -> None:
    write_tree(tmp_path, {"faulty_sibling.py": "raise ValueError('mine')"})
    error = executed(tmp_path, "import faulty_sibling", on_path=True).exception
    assert error is not None
    assert frame_files(error)[0] == str(tmp_path / "program.py")
    shown = "".join(traceback.format_exception(type(error), error, error.__traceback__))
    assert str(Path(executor.__file__).parent) not in shown


def test_the_python_that_embeds_it_prints_the_programs_traceback_as_python_does(tmp_path: Path) -> None:
    files = {"program.py": "def function():\n    {}['key']\nfunction()\n"}
    files["tool.py"] = (
        "import sys\nfrom mainspring import executor\n"
        "error = executor.execute(executor.locate(sys.argv[1])).exception\n"
        "sys.excepthook(type(error), error, error.__traceback__)\nsys.exit(1)\n"
    )
    write_tree(tmp_path, files)
    assert run([*PYTHON, "tool.py", "program.py"], tmp_path) == run([*PYTHON, "program.py"], tmp_path)


# Kinds


BUNDLE: Files = {
    "__main__.py": WATCH + "import bundled_sibling\nvalue = bundled_sibling.VALUE\nspec_name = __spec__.name\n",
    "bundled_sibling.py": "VALUE = 42\n",
}


@pytest.mark.parametrize("write", [write_tree, write_zip])
def test_directories_and_archives_run_with_their_modules_on_the_path(tmp_path: Path, write: Any) -> None:
    target = str(write(tmp_path / "app", BUNDLE))
    outcome = executor.execute(executor.locate(target), argv=[target, "word"], in_modules=True, on_path=True)
    outcome.reraise()
    assert (outcome.namespace["value"], outcome.namespace["path_entry"]) == (42, target)
    assert (outcome.namespace["spec_name"], outcome.namespace["__package__"]) == ("__main__", "")
    assert outcome.namespace["argv"] == [target, "word"]


@pytest.mark.parametrize("write", [write_tree, write_zip])
def test_a_bundle_that_is_not_on_the_path_does_not_find_its_modules(tmp_path: Path, write: Any) -> None:
    outcome = executor.execute(executor.locate(str(write(tmp_path / "app", BUNDLE))))
    assert isinstance(outcome.exception, ModuleNotFoundError)
    assert outcome.exception.name == "bundled_sibling"


@pytest.mark.parametrize("write", [write_tree, write_zip])
def test_a_bundle_without_main_is_refused(tmp_path: Path, write: Any) -> None:
    with pytest.raises(Refusal, match="can't find '__main__' module in") as caught:
        executor.locate(str(write(tmp_path / "app", {"module.py": ""})))
    assert caught.value.status == 1


def test_a_module_is_located_by_name_with_its_parents_imported_and_not_executed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files: Files = {"located_pkg/__init__.py": "", "located_pkg/mod.py": "name = __name__, __package__, __spec__.name"}
    with monkeypatch.context() as patch:
        patch.syspath_prepend(str(write_tree(tmp_path, files)))
        program = executor.locate_module("located_pkg.mod")
    assert "located_pkg" in sys.modules
    assert "located_pkg.mod" not in sys.modules
    outcome = executor.execute(program, in_modules=True)
    assert outcome.namespace["name"] == ("__main__", "located_pkg", "located_pkg.mod")


def test_a_package_located_by_name_stands_for_its_main(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files: Files = {
        "runnable_pkg/__init__.py": "WORD = 'found'",
        "runnable_pkg/__main__.py": "from . import WORD\nfile = __file__",
    }
    with monkeypatch.context() as patch:
        patch.syspath_prepend(str(write_tree(tmp_path, files)))
        program = executor.locate_module("runnable_pkg")
    assert (program.kind, program.path_name) == ("module", "runnable_pkg.__main__")
    outcome = executor.execute(program)
    assert outcome.namespace["WORD"] == "found"
    assert outcome.namespace["file"] == program.file == str(tmp_path / "runnable_pkg" / "__main__.py")


def test_a_package_is_not_taken_for_another_of_its_name(tmp_path: Path) -> None:
    for place in ("one", "two"):
        text = "from . import near\nplace = __file__\n"
        write_tree(tmp_path / place, {"twin/__init__.py": "", "twin/__main__.py": text, "twin/near.py": ""})
    first, second = (executor.locate(str(tmp_path / place / "twin")) for place in ("one", "two"))
    for _ in range(2):
        outcome = executor.execute(first, in_modules=True, on_path=True)
        assert outcome.namespace["place"] == str(tmp_path / "one" / "twin" / "__main__.py")
    with pytest.raises(Refusal, match="its name as a package, 'twin', is that of another module here: .*one.twin"):
        executor.execute(second, in_modules=True, on_path=True)
    del sys.modules["twin"]
    outcome = executor.execute(second, in_modules=True, on_path=True)
    assert outcome.namespace["place"] == str(tmp_path / "two" / "twin" / "__main__.py")


@pytest.mark.parametrize("name", ["no_such_module", "no_such_package.mod", ".relative", "email"])
def test_a_module_that_cannot_run_is_an_import_error_in_runpys_words(name: str) -> None:
    import runpy

    with pytest.raises(ImportError) as expected:
        runpy.run_module(name)
    with pytest.raises(ImportError) as caught:
        executor.locate_module(name)
    assert str(caught.value) == str(expected.value)


# Nesting and threads

NESTING = """\
import sys
from mainspring import executor
before = list(sys.argv)
inner = executor.execute(executor.locate(INNER), **OPTIONS)
after = list(sys.argv)
is_in_modules = vars(sys.modules[__name__]) is globals()
"""
ALTERED: Dict[str, Any] = {"argv": ["inner"], "in_modules": True, "on_path": True}


@pytest.mark.parametrize("inner_options", [{}, ALTERED])
@pytest.mark.parametrize("outer_options", [{}, {"argv": ["outer"], "in_modules": True, "on_path": True}])
def test_a_program_may_itself_execute_programs(
    tmp_path: Path, outer_options: Dict[str, Any], inner_options: Dict[str, Any]
) -> None:
    inner = str(write_tree(tmp_path / "in", {"inner.py": WATCH + "1 / 0"}) / "inner.py")
    outer = executed(tmp_path, NESTING, init_globals={"INNER": inner, "OPTIONS": inner_options}, **outer_options)
    outer.reraise()
    assert isinstance(outer.namespace["inner"].exception, ZeroDivisionError)
    assert outer.namespace["before"] == outer.namespace["after"] == outer_options.get("argv", sys.argv)
    assert outer.namespace["is_in_modules"] is bool(outer_options)
    seen = outer.namespace["inner"].namespace
    assert seen["argv"] == inner_options.get("argv", outer.namespace["before"])
    assert seen["is_in_modules"] is bool(inner_options)


def test_a_program_may_execute_itself(tmp_path: Path) -> None:
    text = (
        "from mainspring import executor\ndepths = [DEPTH]\nif DEPTH:\n"
        "    again = executor.execute(PROGRAM, init_globals={'DEPTH': DEPTH - 1, 'PROGRAM': PROGRAM})\n"
        "    depths += again.namespace['depths']\n"
    )
    program = located(tmp_path, text)
    outcome = executor.execute(program, init_globals={"DEPTH": 3, "PROGRAM": program})
    assert outcome.namespace["depths"] == [3, 2, 1, 0]


COMPUTE = """\
me = {me}
calls = 0
def add(number):
    global calls
    calls += 1
    return number * me
total = 0
for number in range(20):
    total += add(number)
name = __file__
"""


def in_threads(works: "List[Any]") -> List[Union[Any, BaseException]]:
    """Call each of works in a thread of its own, all at once; give what they gave or raised."""
    results: List[Any] = [None] * len(works)
    barrier = threading.Barrier(len(works))

    def call(at: int) -> None:
        barrier.wait(60)
        try:
            results[at] = works[at]()
        except BaseException as error:  # noqa: BLE001  it is shown by the assertion
            results[at] = error

    threads = [threading.Thread(target=call, args=(at,)) for at in range(len(works))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


@pytest.fixture
def _hurry() -> Iterator[None]:
    """Let the threads interleave far more often than they do by themselves."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    yield
    sys.setswitchinterval(interval)


@pytest.mark.once
@pytest.mark.usefixtures("_hurry")
def test_eight_threads_run_different_scripts_in_a_thousand_rounds_out_of_a_thousand(tmp_path: Path) -> None:
    scripts = {str(tmp_path / f"script{me}.py"): me for me in range(8)}
    write_tree(tmp_path, {Path(name).name: COMPUTE.format(me=me) for name, me in scripts.items()})
    state = list(sys.argv), set(sys.modules), list(sys.path)
    expected = [(me, 20, 190 * me, name, None) for name, me in scripts.items()]

    def work(name: str) -> Any:
        outcome = executor.execute(executor.locate(name))
        return (*(outcome.namespace[key] for key in ("me", "calls", "total", "name")), outcome.exception)

    works = [lambda name=name: work(name) for name in scripts]
    wrong = [results for results in (in_threads(works) for _ in range(1000)) if results != expected]
    assert wrong == []
    assert (list(sys.argv), set(sys.modules), list(sys.path)) == state


@pytest.mark.usefixtures("_hurry")
def test_eight_threads_execute_one_program_in_a_namespace_each(tmp_path: Path) -> None:
    program = located(tmp_path, "total = 0\nfor number in range(500):\n    total += start\n")
    works = [lambda me=me: executor.execute(program, init_globals={"start": me}) for me in range(8)]
    for _ in range(50):
        results = in_threads(works)
        assert [result.namespace["total"] for result in results] == [500 * me for me in range(8)]


@pytest.mark.usefixtures("_hurry")
def test_threads_that_alter_sys_do_not_see_each_others_argv(tmp_path: Path) -> None:
    watch_twice = WATCH + "for _ in range(2000): pass\nstill = list(sys.argv), vars(sys.modules[__name__]) is globals()"
    program = located(tmp_path, watch_twice)
    words = [["one"], ["two", "words"], ["three"]]
    works = [lambda argv=argv: executor.execute(program, argv=argv, in_modules=True, on_path=True) for argv in words]
    for _ in range(50):
        seen = [result.namespace for result in in_threads(works)]
        assert [namespace["argv"] for namespace in seen] == words
        assert [namespace["still"] for namespace in seen] == [(argv, True) for argv in words]


AMID = """\
import os, signal, threading
from mainspring import executor
executor.begun, executor.enough = threading.Event(), threading.Event()
waiting, short = executor.locate("waiting.py"), executor.locate("short.py")
thread = threading.Thread(target=executor.execute, args=(waiting,), kwargs={"argv": ["waiting"]})
thread.start()
executor.begun.wait()
child = os.fork()
if not child:
    signal.alarm(20)
    executor.execute(short, argv=["short"]).reraise()
    os._exit(7)
executor.enough.set()
print(os.waitpid(child, 0)[1] >> 8)
thread.join()
"""
WITHIN = """\
import os, sys
from mainspring import executor
executor.short = executor.locate("short.py")
outcome = executor.execute(executor.locate("forking.py"), argv=["forking"])
executor.execute(executor.short, argv=["short"]).reraise()
print(outcome.namespace["is_waiting"], sys.argv, flush=True)
"""
FORKING = """\
import os, threading
from mainspring import executor
child = is_waiting = os.fork()
if child:
    os.waitpid(child, 0)
else:
    thread = threading.Thread(target=executor.execute, args=(executor.short,), kwargs={"argv": ["short"]})
    thread.start()
    thread.join(0.2)
    is_waiting = thread.is_alive()
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")
def test_a_process_that_was_forked_off_does_not_wait_for_a_thread_of_its_parent(tmp_path: Path) -> None:
    wait = "from mainspring import executor\nexecutor.begun.set()\nexecutor.enough.wait()\n"
    write_tree(tmp_path, {"tool.py": AMID, "waiting.py": wait, "short.py": ""})
    ended = run([*PYTHON, "-W", "ignore", "tool.py"], tmp_path)
    assert (ended.status, ended.out) == (0, "7\n"), ended.err


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")
def test_a_program_may_fork_and_goes_on_in_both_processes_before_others_do(tmp_path: Path) -> None:
    write_tree(tmp_path, {"tool.py": WITHIN, "forking.py": FORKING, "short.py": ""})
    ended = run([*PYTHON, "tool.py"], tmp_path)
    assert ended.status == 0, ended.err
    of_child, of_parent = ended.out.splitlines()
    assert of_child == "True ['tool.py']"
    assert of_parent.endswith(" ['tool.py']")


def test_an_execution_that_alters_nothing_does_not_wait_for_one_that_does(tmp_path: Path) -> None:
    waiting = located(tmp_path, "started.set()\nreached = may_end.wait(60)", "waiting.py")
    events = {"started": threading.Event(), "may_end": threading.Event()}
    outcomes: List[executor.Outcome] = []
    thread = threading.Thread(
        target=lambda: outcomes.append(executor.execute(waiting, argv=["waiting"], init_globals=events))
    )
    thread.start()
    assert events["started"].wait(60)
    assert executed(tmp_path, "done = True").namespace["done"]
    events["may_end"].set()
    thread.join()
    assert outcomes[0].namespace["reached"]


def test_threads_that_share_a_program_get_one_code_object(tmp_path: Path) -> None:
    (tmp_path / "s.py").write_text("x = 1\n" * 2000)
    for _ in range(20):
        shared = executor.locate(str(tmp_path / "s.py"))
        codes: List[object] = []
        threads = [threading.Thread(target=lambda: codes.append(shared.compile())) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(codes) == 4 and len(set(map(id, codes))) == 1
