"""Words for what a path names, and what can be said of a path without looking into what is there.

`classify` looks into it. A bundle that the store knows starts without that, so it stands apart.
"""

import os
import sys

from . import Refusal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

SCRIPT = "script"
BYTECODE = "bytecode"
DIRECTORY = "directory"
ARCHIVE = "archive"
SHIV = "shiv"
PEX = "pex"
WHEEL = "wheel"
EXECUTABLE = "executable"
PACKAGE = "package"
PROJECT = "project"
STREAM = "stream"
STDIN = "stdin"
MODULE = "module"
_TOO_LONG = 4096  # bytes of the current directory's path: PATH_MAX, for which the interpreter has room
_LONG = _TOO_LONG // 4  # characters, of which each has four bytes at most
ANEW = "make the archive anew, or fetch it again"  # what to do about one that is damaged
PROJECT_FILES = "pyproject.toml", "setup.py"  # the first that is there makes a directory a project


def is_project(directory: str) -> bool:
    """Tell whether directory has a file of a project, and no `__main__` of its own, which python would run."""
    if not any([os.path.isfile(os.path.join(directory, name)) for name in PROJECT_FILES]):
        return False
    main = os.path.join(directory, "__main__")
    return not any(os.path.exists(path) for path in (f"{main}.py", f"{main}.pyc", main))


def is_pex_directory(directory: str) -> bool:
    """Tell whether directory has what pex puts into those that it makes: they are loose and packed PEXes."""
    return os.path.isfile(os.path.join(directory, "PEX-INFO")) and os.path.isfile(
        os.path.join(directory, "__main__.py")
    )


def absolute(path_name: str) -> str:
    """Write path_name as this python writes the path of a script.

    Joined to the current directory but not normalised, so that `./app` and `sub/../s.py` stay visible
    (bpo-20443); as typed on 3.8, which leaves it relative.
    """
    if sys.version_info < (3, 9):
        return path_name
    if os.name == "nt":
        # Normalised, but since 3.11 only what is not absolute to `_Py_abspath` in Python/fileutils.c: C:/app is not.
        is_rooted = path_name[1:3] == ":\\" or path_name[:2] == "\\\\"
        return path_name if is_rooted and sys.version_info >= (3, 11) else _full_path(path_name)
    try:
        if path_name in ("", os.curdir) and sys.version_info >= (3, 11):
            return os.getcwd()
        current = os.getcwd()
        if len(current) > _LONG and len(os.fsencode(current)) >= _TOO_LONG:
            return path_name
        return os.path.join(current, path_name)
    except OSError:  # the current directory is gone: python keeps the relative path
        return path_name


def _full_path(path_name: str) -> str:
    """Give the absolute path as Windows itself does, which leaves a slash at the end, as `os.path.abspath` does not."""
    if path_name and "\0" not in path_name and hasattr(os.path, "_getfullpathname"):
        return str(os.path._getfullpathname(path_name))
    return os.path.abspath(path_name)


def as_zipimport(path_name: str) -> str:
    """Write path_name, of an archive, as zipimport writes the paths of what it finds there."""
    return path_name.replace(os.altsep, os.sep) if os.altsep else path_name


def find_importer(path_name: str) -> "Any":
    """Give the path entry finder that `sys.path_hooks` has for path_name, or None (PEP 302)."""
    for hook in sys.path_hooks:
        try:
            return hook(path_name)
        except ImportError:
            continue
    return None


def broken_archive(typed: str, fault: object) -> Refusal:
    """Say that the archive typed so cannot be read: because of fault, for all that is known."""
    return Refusal(typed, f"broken zip archive ({fault})", ANEW)


def cannot_open(typed: str, full: str, error: OSError) -> Refusal:
    """Say as python does that a file cannot be opened: exit status 2 and the system's reason."""
    inside = error.filename if isinstance(error.filename, str) else ""
    full = inside if inside.startswith(f"{full}{os.sep}") else full  # something in a directory
    name = repr(full) if sys.version_info >= (3, 10) else f"'{full}'"
    reason = f"can't open file {name}: [Errno {error.errno}] {os.strerror(error.errno or 0)}"
    return Refusal(typed, reason, words=reason)
