"""What native modules have to do at the end is done, and that some have nothing to do is known."""

import importlib.util
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from mainspring import quiet_natives
from support import MAINSPRING, PYTHON, run, until_settled, write_tree, write_zip
from test_transparency import LAUNCHER

HEADERS = Path(sysconfig.get_paths()["include"])
needs_compiler = pytest.mark.skipif(
    shutil.which("cc") is None or not (HEADERS / "Python.h").exists() or not sys.platform.startswith("linux"),
    reason="no C compiler, no headers of Python's, or no ELF files",
)
MODULE = """
#include <Python.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
static void last(void) { %(last)s }
static PyObject *go(PyObject *self, PyObject *args) { %(go)s; Py_RETURN_NONE; }
static PyMethodDef methods[] = {{"go", go, METH_NOARGS, 0}, {0}};
static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, "told", 0, -1, methods};
%(more)s
PyMODINIT_FUNC PyInit_told(void) { return PyModule_Create(&definition); }
"""
QUIET = {"go": "", "last": "", "more": ""}
LOUD = {
    "output that C holds back": {**QUIET, "go": 'printf("told\\n")'},
    "output that C holds back, without a format": {**QUIET, "go": 'puts("told")'},
    "a file": {**QUIET, "go": 'fputs("told\\n", fopen("written", "w"))'},
    "a function at exit": {**QUIET, "go": "atexit(last)", "last": 'if (write(1, "last\\n", 5)) {}'},
    "a destructor": {
        "go": "",
        "last": 'PySys_WriteStdout("");',
        "more": '__attribute__((destructor)) static void ended(void) { fputs("ended\\n", stderr); last(); }',
    },
    "an object that writes as it is freed": {
        **QUIET,
        "go": "void make(void); make()",
        "more": """
            static void ended(PyObject *self) { PySys_WriteStdout("freed\\n"); }
            static PyType_Slot slots[] = {{Py_tp_dealloc, ended}, {0}};
            static PyType_Spec spec = {"told.Kept", sizeof(PyObject), 0, Py_TPFLAGS_DEFAULT, slots};
            void make(void) {
                PyObject *main = PyImport_AddModule("__main__"), *type = PyType_FromSpec(&spec);
                PyObject *made = PyObject_CallObject(type, 0);
                PyObject_SetAttrString(main, "kept", made);
                Py_DECREF(made);
            }
        """,
    },
    "a function at python's exit": {**QUIET, "go": "Py_AtExit(last)", "last": 'if (write(1, "last\\n", 5)) {}'},
}
PROGRAM = "import os, told\ntold.go()\nprint('done')\n"
MANY = "import argparse, ast, csv, decimal, email.message, json, logging, tokenize\n"


def _built(place: Path, parts: "dict[str, str]", text: str = MODULE) -> Path:
    source = place / "told.c"
    source.write_text(text % parts)
    made = place / f"told{sysconfig.get_config_var('EXT_SUFFIX')}"
    subprocess.run(["cc", "-shared", "-fPIC", "-w", f"-I{HEADERS}", "-o", str(made), str(source)], check=True)
    return made


@needs_compiler
@pytest.mark.parametrize("parts", [pytest.param(parts, id=name) for name, parts in LOUD.items()])
@pytest.mark.parametrize("more", [pytest.param("", id="few modules"), pytest.param(MANY, id="many modules")])
def test_what_native_code_does_at_the_end_is_done(parts: "dict[str, str]", more: str, tmp_path: Path) -> None:
    module = _built(tmp_path, parts)
    assert not quiet_natives.is_quiet(str(module))
    members = {"__main__.py": more + PROGRAM, module.name: module.read_bytes()}
    write_tree(tmp_path / "plain", members)
    write_zip(tmp_path / "app.pyz", members)
    until_settled()
    expected = run([*PYTHON, "plain"], tmp_path), _written(tmp_path)
    for _ in range(3):
        assert (run([*PYTHON, *LAUNCHER, "app.pyz"], tmp_path), _written(tmp_path)) == expected


def _written(place: Path) -> str:
    file = place / "written"
    text = file.read_text() if file.exists() else ""
    file.unlink() if file.exists() else None
    return text


@needs_compiler
def test_a_module_that_only_works_on_python_s_objects_is_quiet(tmp_path: Path) -> None:
    go = 'char *m = malloc(9); snprintf(m, 9, "%g", 1.5); PyModule_AddStringConstant(self, "text", m); free(m)'
    module = _built(tmp_path, {**QUIET, "go": go})
    assert quiet_natives.is_quiet(str(module))
    program = PROGRAM.replace("print(", "print(told.text); print(")
    write_zip(tmp_path / "app.pyz", {"__main__.py": program, module.name: module.read_bytes()})
    until_settled()
    for _ in range(3):
        assert run([*PYTHON, *LAUNCHER, "app.pyz"], tmp_path).out == "1.5\ndone\n"


KEEPER = """
static void ended(PyObject *self) { PyObject_CallMethod(PySys_GetObject("stdout"), "write", "s", "an object ended\\n"); }
static PyType_Slot slots[] = {{Py_tp_finalize, ended}, {0}};
static PyType_Spec spec = {"told.Keeper", sizeof(PyObject), 0, Py_TPFLAGS_DEFAULT, slots};
"""


@needs_compiler
@pytest.mark.parametrize("more", [pytest.param("", id="few modules"), pytest.param(MANY, id="many modules")])
def test_objects_that_the_collector_does_not_know_are_finalised(more: str, tmp_path: Path) -> None:
    go = 'PyObject *main = PyImport_AddModule("__main__"), *type = PyType_FromSpec(&spec)'
    go += ';PyObject *made = PyObject_CallObject(type, 0); PyObject_SetAttrString(main, "kept", made); Py_DECREF(made)'
    source = MODULE.replace("static PyObject *go", f"{KEEPER}static PyObject *go")
    module = _built(tmp_path, {**QUIET, "go": go}, source)
    assert quiet_natives.is_quiet(str(module))
    members = {"__main__.py": more + PROGRAM, module.name: module.read_bytes()}
    write_tree(tmp_path / "plain", members)
    write_zip(tmp_path / "app.pyz", members)
    until_settled()
    expected = run([*PYTHON, "plain"], tmp_path)
    assert expected.out == "done\nan object ended\n"
    for _ in range(3):
        assert run([*PYTHON, *LAUNCHER, "app.pyz"], tmp_path) == expected


@needs_compiler
def test_a_program_that_can_import_nothing_any_more_is_kept_in_an_image(tmp_path: Path) -> None:
    module = _built(tmp_path, QUIET)
    source = f"{PROGRAM}import sys\nsys.path.clear()\nsys.path_importer_cache.clear()\n"
    write_zip(tmp_path / "app.pyz", {"__main__.py": source, module.name: module.read_bytes()})
    until_settled()
    env = {"MAINSPRING_CACHE_DIR": str(tmp_path / "store")}
    for launcher in (LAUNCHER, MAINSPRING[1:]):
        shutil.rmtree(str(tmp_path / "store"), ignore_errors=True)
        assert run([*PYTHON, *launcher, "app.pyz"], tmp_path, env=env).out == "done\n"
        assert len(list(tmp_path.glob("store/bundles-1/*/*.image"))) == 1


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="ELF files are Linux's")
@pytest.mark.parametrize("name, is_quiet", [("_heapq", True), ("_bisect", True), ("_socket", False), ("mmap", False)])
def test_modules_of_the_standard_library_are_told_apart(name: str, is_quiet: bool) -> None:
    spec = importlib.util.find_spec(name)
    if spec is None or not str(spec.origin).endswith(".so"):
        pytest.skip("it is part of the interpreter")
    assert quiet_natives.is_quiet(str(spec.origin)) is is_quiet


@pytest.mark.parametrize(
    "content", [b"", b"\x7fELF", b"\x7fELF\2\1" + b"\xff" * 100, b"MZ" + bytes(200)], ids=["none", "cut", "wrong", "PE"]
)
def test_what_cannot_be_read_is_not_quiet(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "x.so"
    path.write_bytes(content)
    assert not quiet_natives.is_quiet(str(path))
    assert not quiet_natives.is_quiet(str(tmp_path / "none.so"))
    assert not quiet_natives.is_quiet(str(tmp_path))


@needs_compiler
def test_a_module_that_is_cut_anywhere_is_read_without_an_error(tmp_path: Path) -> None:
    whole = _built(tmp_path, QUIET).read_bytes()
    assert quiet_natives.is_quiet(str(tmp_path / f"told{sysconfig.get_config_var('EXT_SUFFIX')}"))
    path = tmp_path / "cut.so"
    for length in range(0, len(whole), 97):
        path.write_bytes(whole[:length])
        quiet_natives.is_quiet(str(path))
    for at in range(0, min(len(whole), 6000), 7):
        path.write_bytes(whole[:at] + b"\xff" + whole[at + 1 :])
        quiet_natives.is_quiet(str(path))
