"""Build backends: which one a project has, whether it has to be asked, and the asking (PEP 517).

A hook runs in a process of its own that sees what the backend requires, a layer, and nothing else, by way of
`pyproject_hooks`, as in pip and build.
"""

import ast
import itertools
import os
import re
import subprocess
import sys
import tempfile
import warnings
from typing import Any, Callable, Dict, Iterator, List, Mapping, NamedTuple, Optional, Sequence, Set, Tuple, TypeVar

from .. import wording
from ..refusals import refused
from ..runtime import Refusal
from . import layers, regular_files, sources, syntax, toml
from .reading import Mistakes, normalized
from .settings import FILE, OLD_FILES

SETUP = OLD_FILES[0]
_PDM = "pdm_build.py"
# Where backends are told more, and a word that it says then.
_MORE = {"hatchling": ("hatch.toml", b"["), "setuptools": (OLD_FILES[1], b"[options")}
# Files for which a backend is asked, where they are there: programs of the project's own, which it runs, and settings.
DECIDING = (SETUP, _PDM, *(file for file, _ in _MORE.values()))
_DEFAULT = "setuptools.build_meta:__legacy__"  # PEP 517
_LONGEST = 800  # characters of what a backend says
_LONGEST_NAME = 120  # characters of its own
# How variables begin that steer python, pip or us, and are not for the backend.
_OF_PYTHON = (
    "SETUPTOOLS_USE_DISTUTILS",
    "SETUPTOOLS_ENABLE_FEATURES",
    "PYTHON",
    "__PYVENV",
    "VIRTUAL_ENV",
    "PIP_",
    "DIST_EXTRA_CONFIG",
    "MAINSPRING_",
)
# setuptools would leave directories in the project, and take into later wheels what it finds in them.
_ASIDE = "[build]\nbuild_base = {0}/build\n[bdist_wheel]\nbdist_dir = {0}/dist\n[egg_info]\negg_base = {0}\n"
# Those that copy modules, and do more only if a table or a file says so.
_COPIERS = ("setuptools", "flit_core", "flit", "hatchling", "poetry", "pdm", "uv_build")
# What a copier may require without making anything of it but a version, or metadata.
_HARMLESS = frozenset(
    [*_COPIERS, "flit-core", "poetry-core", "pdm-backend", "uv-build", "wheel", "pip", "toml", "tomli", "packaging"]
    + ["setuptools-scm", "setuptools-git-versioning", "versioningit", "hatch-vcs", "hatch-fancy-pypi-readme"]
    + ["poetry-dynamic-versioning", "dunamai", "pbr", "versioneer", "versioneer-518", "calver"]
)
_FILES = "script-files"  # setuptools' key for scripts that are files
_SCRIPTS = re.compile(rb"\bscripts\b")  # the same in a setup.py
_OUTPUTS = ("version-file", "version_file", "write_to", "write-to")  # keys for what a backend writes itself
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
# Lines that say why, where the last line says only that something failed: of gcc, clang; MSVC; rustc; meson; cargo.
_REASON = re.compile(
    r":\d+(?::\d+)?: (?:fatal )?error: |\): (?:fatal )?error [A-Z]+\d+: |^error(?:\[E\d+\])?: |:\d+: ERROR: |^Caused by: "
)
_TRACEBACK = re.compile(r"^Traceback \(most recent call last\):\n", re.MULTILINE)
_T = TypeVar("_T")


class Backend(NamedTuple):
    """What the table `build-system` says.

    is_plain: whether a wheel holds the sources as they are, so far as its own settings tell. is_maker: whether a wheel
    may hold modules that are nowhere among the sources, or elsewhere. outputs: the names of sources that it writes.
    """

    requires: Tuple[str, ...]
    name: str
    path: Tuple[str, ...]
    is_plain: bool
    is_maker: bool
    outputs: Tuple[str, ...]

    @property
    def shown(self) -> str:
        """Its name, for messages."""
        return wording.shortened(self.name.partition(":")[0], _LONGEST_NAME)


def of(directory: str) -> Backend:
    """Give the build backend of the project in directory.

    Raises Mistakes for a table that PEP 518 does not allow.
    """
    data = toml.read_if_there(os.path.join(directory, FILE), FILE)
    table = data.get("build-system", {"requires": ["setuptools"]})
    if not isinstance(table, dict):
        raise Mistakes([f"{FILE}: build-system: expected a table"])
    wrong: List[str] = []
    requires, path = _texts(table, "requires", wrong), _texts(table, "backend-path", wrong)
    name = table.get("build-backend", _DEFAULT)
    if not isinstance(name, str):
        wrong.append(f"{FILE}: build-system.build-backend: expected a string")
    if wrong:
        raise Mistakes(wrong)
    outputs = tuple(sorted(_texts_at(data, _OUTPUTS)))
    is_plain = not path and _package(name) in _COPIERS and not _has_programs(directory, data)
    return Backend(requires, name, path, is_plain, bool(path) or _makes(directory, data, name, requires), outputs)


def _texts(table: Mapping[str, Any], key: str, wrong: List[str]) -> Tuple[str, ...]:
    value = table.get(key, [])
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return tuple(value)
    wrong.append(f"{FILE}: build-system.{key}: expected a list of strings")
    return ()


def _package(name: str) -> str:
    return name.partition(":")[0].partition(".")[0]


def _table(data: Any, *keys: str) -> Dict[str, Any]:
    found = sources.at(data, *keys)
    return found if isinstance(found, dict) else {}


def _makes(directory: str, data: Mapping[str, Any], name: str, requires: Sequence[str]) -> bool:
    """Tell whether the backend may make modules, or take them from places that nobody else knows."""
    if _package(name) not in _COPIERS or _has_programs(directory, data) or _renames(data):
        return True
    if _has_more_settings(directory, name) or "write_to" in _table(data, "tool", "pdm", "version"):
        return True
    if _package(name) != "setuptools":
        return False
    names = [match.group() for match in map(_NAME.match, requires) if match is not None]
    has_table = any(key in _table(data, "tool", "setuptools") for key in ("ext-modules", _FILES))
    return "project" not in data or has_table or any(normalized(one) not in _HARMLESS for one in names)


def _has_more_settings(directory: str, name: str) -> bool:
    """Tell whether there is a file beside pyproject.toml in which the backend may be told where modules are."""
    file, word = _MORE.get(_package(name), ("", b""))
    try:
        return bool(file) and word in regular_files.content(os.path.join(directory, file))
    except OSError:
        return False


def _has_programs(directory: str, data: Mapping[str, Any]) -> bool:
    """Tell whether programs take part in making a wheel: the project's own, or plugins."""
    pdm = _table(data, "tool", "pdm", "build")
    has_hatch = any("hooks" in table for table in _tables_of_hatch(data))
    has_pdm = "custom-hook" in pdm or "run-setuptools" in pdm or os.path.exists(os.path.join(directory, _PDM))
    has_setup = not is_stub(os.path.join(directory, SETUP))
    return has_setup or has_hatch or has_pdm or "build" in _table(data, "tool", "poetry")


def _tables_of_hatch(data: Mapping[str, Any]) -> List[Dict[str, Any]]:
    build = _table(data, "tool", "hatch", "build")
    return [build, *(table for table in _table(build, "targets").values() if isinstance(table, dict))]


def _renames(data: Mapping[str, Any]) -> bool:
    """Tell whether modules have another place in a wheel than in any one directory of the project."""
    folders = _table(data, "tool", "setuptools", "package-dir").items()
    has_names = any(package and os.path.basename(str(folder)) != package for package, folder in folders)
    tables = _tables_of_hatch(data)
    packages = _table(data, "tool", "poetry").get("packages")
    if isinstance(packages, list) and any("to" in one for one in packages if isinstance(one, dict)):
        return True
    return has_names or any("force-include" in table or isinstance(table.get("sources"), dict) for table in tables)


def _texts_at(value: Any, keys: Sequence[str]) -> Set[str]:
    """Give the texts that stand at keys, in whatever table."""
    if not isinstance(value, dict):
        return set()
    own = {item for key, item in value.items() if key in keys and isinstance(item, str)}
    return own.union(*(_texts_at(item, keys) for item in value.values()))


def may_tell_files(directory: str) -> bool:
    """Tell whether setuptools may know of scripts of the project in directory that are files: a table or a setup.py says so."""
    if _FILES in _table(toml.read_if_there(os.path.join(directory, FILE), FILE), "tool", "setuptools"):
        return True
    try:
        return _SCRIPTS.search(regular_files.content(os.path.join(directory, SETUP))) is not None
    except OSError:
        return False


def is_stub(path: str) -> bool:
    """Tell whether the setup.py at path says nothing, or is not there: it calls `setup()`, and does no more."""
    try:
        tree = syntax.tree(regular_files.content(path))
    except FileNotFoundError:
        return True
    except (OSError, SyntaxError):
        return False
    return all(map(_is_idle, tree.body))


def _is_idle(statement: ast.stmt) -> bool:
    if isinstance(statement, ast.If):  # __name__ == "__main__", for one
        return all(map(_is_idle, [*statement.body, *statement.orelse]))
    if isinstance(statement, (ast.Import, ast.ImportFrom)):
        return True
    if not isinstance(statement, ast.Expr):
        return False
    value = statement.value
    return isinstance(value, ast.Constant) or (
        isinstance(value, ast.Call) and _is_setup(value.func) and not (value.args or value.keywords)
    )


def _is_setup(called: ast.expr) -> bool:
    return getattr(called, "id", getattr(called, "attr", "")) == "setup"


# Asking


def metadata(directory: str, backend: Backend, epoch: int, use_store: bool) -> Dict[str, bytes]:
    """Give what the backend of the project in directory says of it: the files of a `.dist-info`, by name.

    epoch: SOURCE_DATE_EPOCH. use_store: whether what the backend requires is installed there. Raises Refusal.
    """

    def ask(hooks: Any, work: str) -> Dict[str, bytes]:
        info = hooks.prepare_metadata_for_build_wheel(work)
        return dict(_files_in(os.path.join(work, info), info))

    return _asked(directory, backend, epoch, use_store, ask)


def wheel(directory: str, backend: Backend, epoch: int, use_store: bool, read: Callable[[str], _T]) -> _T:
    """Have the backend of the project in directory make a wheel, and give what read makes of its path; else as metadata."""

    def ask(hooks: Any, work: str) -> _T:
        return read(os.path.join(work, hooks.build_wheel(work)))

    return _asked(directory, backend, epoch, use_store, ask)


def _files_in(directory: str, name: str) -> Iterator[Tuple[str, bytes]]:
    for file in sorted(os.listdir(directory)):
        path = os.path.join(directory, file)
        if os.path.isfile(path):
            with open(path, "rb") as stream:
                yield f"{name}/{file}", stream.read()


def _asked(directory: str, backend: Backend, epoch: int, use_store: bool, ask: Callable[[Any, str], _T]) -> _T:
    """Call ask with the backend's hooks, once what they require is there, and a directory for what they write."""
    pyproject_hooks = _hooks()
    unusable = pyproject_hooks.BackendUnavailable, pyproject_hooks.HookMissing
    try:
        with tempfile.TemporaryDirectory(prefix="mainspring-wheel-") as work, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the backend's, which are for its user
            run = _Runner(work, epoch)
            hooks = pyproject_hooks.BuildBackendHookCaller(
                directory, backend.name, backend_path=backend.path or None, runner=run, python_executable=sys.executable
            )
            run.see(_required(backend, [], use_store))
            more = hooks.get_requires_for_build_wheel()
            if more:
                run.see(_required(backend, more, use_store))
            return ask(hooks, work)
    except subprocess.CalledProcessError as error:
        said = error.output.decode("utf-8", "replace")
        raise refused(f"its build backend, {backend.shown}, failed", _last_words(said)) from None
    except (*unusable, OSError, ValueError) as error:  # the last two: a full disk, a backend-path that leads out
        why = str(error).strip().split("\n")[0]  # behind that is a traceback
        raise refused(f"its build backend, {backend.shown}, cannot be used ({why})") from None


def _required(backend: Backend, more: Sequence[str], use_store: bool) -> Optional[str]:
    """Give the directory with what backend requires, and more; None if that is nothing."""
    try:
        return layers.ensure([*backend.requires, *more], use_store=use_store).directory
    except Refusal as refusal:
        raise refused(f"{refusal.reason}, for its build backend, {backend.shown}", refusal.hint) from None


def _hooks() -> Any:
    """Give the library that asks. Raises Refusal where it is missing: another Python may have sent us here."""
    try:
        import pyproject_hooks  # not where the last answer will do
    except ImportError:
        hint = f"{sys.executable} -m pip install pyproject_hooks"
        raise refused("this Python has no pyproject_hooks, by which build backends are asked", hint) from None
    return pyproject_hooks


class _Runner:
    """What starts a hook of the backend: in silence, with what it requires and without what steers python."""

    def __init__(self, work: str, epoch: int) -> None:
        self._environment = {name: value for name, value in os.environ.items() if not name.startswith(_OF_PYTHON)}
        config = os.path.join(work, "aside.cfg")
        with open(config, "w", encoding="utf-8") as file:
            file.write(_ASIDE.format(work))
        own = {"SOURCE_DATE_EPOCH": str(epoch), "PYTHONDONTWRITEBYTECODE": "1", "PYTHONHASHSEED": "0"}
        self._environment.update(own, PYTHONNOUSERSITE="1", DIST_EXTRA_CONFIG=config)

    def see(self, directory: Optional[str]) -> None:
        """Let the hooks find what is installed in directory."""
        if directory is not None:
            path = os.path.join(directory, "bin") + os.pathsep + os.environ.get("PATH", os.defpath)
            self._environment.update(PYTHONPATH=directory, PATH=path)

    def __call__(
        self, cmd: Sequence[str], cwd: Optional[str] = None, extra_environ: Optional[Mapping[str, str]] = None
    ) -> None:
        """Run a hook; raises CalledProcessError with all that it said."""
        environment = {**self._environment, **(extra_environ or {})}
        # Without site: what is installed beside this interpreter is none of the backend's business.
        subprocess.run(
            [cmd[0], "-S", *cmd[1:]],
            cwd=cwd,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=True,
        )


def _last_words(said: str) -> str:
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    reasons = [line for line in lines if _REASON.search(line)]
    words = [*reasons[:1], *_exception(said), *lines[-1:], ""][0]
    return f"it says: {words[:_LONGEST]}" if words else "it does not say why"


def _exception(said: str) -> List[str]:
    """Give what the last traceback in said ends with, as one line, if there is a traceback: it may have been several."""
    *before, rest = _TRACEBACK.split(said)
    lines = list(itertools.dropwhile(lambda line: line[:1].isspace(), rest.splitlines()))
    return [" ".join(" ".join(lines).split())] if before and lines else []
