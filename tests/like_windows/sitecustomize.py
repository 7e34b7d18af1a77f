"""Something of Windows on POSIX, for what is mainspring's alone: what is not there, what is denied, and how it is called.

Python looks for a module of this name when it starts. The standard library goes on as it is.
"""

import _imp
import builtins
import errno
import os
import signal
import sys
import types
from typing import Any

from windows_locks import MSVCRT

MISSING = (
    *(
        "O_CLOEXEC",
        "O_DIRECTORY",
        "O_NOFOLLOW",
        "O_NONBLOCK",
        "ST_NOEXEC",
        "chown",
        "fchmod",
        "fork",
        "getegid",
        "geteuid",
    ),
    *("getgid", "getpgrp", "getuid", "killpg", "mkfifo", "posix_spawn", "POSIX_SPAWN_DUP2", "POSIX_SPAWN_OPEN"),
    *("register_at_fork", "setsid", "statvfs", "sysconf", "tcgetpgrp", "uname"),
)
MISSING_SIGNALS = "SIGALRM", "SIGHUP", "SIGKILL", "pthread_kill", "pthread_sigmask", "valid_signals"


def _open(path: Any, flags: int, mode: int = 0o777, *, dir_fd: Any = None) -> int:
    if isinstance(path, str) and os.path.isdir(path):
        raise PermissionError(errno.EACCES, "Permission denied", path)
    return ORDINARY["open"](path, flags, mode)  # type: ignore[no-any-return]


def _symlink(*_: Any, **__: Any) -> None:
    raise OSError(errno.EINVAL, "A required privilege is not held by the client")


def _execv(*_: Any) -> None:
    raise AssertionError("the caller's shell would wait for the wrong process")


def _status(found: os.stat_result, **other: int) -> Any:
    fields = {name: getattr(found, name) for name in dir(found) if name.startswith("st_")}
    return types.SimpleNamespace(**{**fields, "st_birthtime_ns": 1, "st_ctime_ns": 1, **other})


def _stat(*words: Any, **named: Any) -> Any:
    return _status(ORDINARY["stat"](*words, **named))


def _lstat(*words: Any, **named: Any) -> Any:
    return _status(ORDINARY["lstat"](*words, **named))


def _fstat(file: int) -> Any:  # it has, since 3.12, the time of the last change
    found = ORDINARY["fstat"](file)
    return _status(found, st_ctime_ns=found.st_ctime_ns)


def _source_hash(key: int, source: Any) -> Any:
    if key >= 2**31:  # a long of C
        raise OverflowError("Python int too large to convert to C long")
    return _ordinary_source_hash(key, source)


OTHER = {
    **{"name": "nt", "O_BINARY": 0, "supports_dir_fd": set()},
    **{"execv": _execv, "fstat": _fstat, "lstat": _lstat, "open": _open, "stat": _stat, "symlink": _symlink},
}
ORDINARY = {name: vars(os)[name] for name in (*MISSING, *OTHER) if name in vars(os)}


def _is_ours(namespace: Any) -> bool:
    return str((namespace or {}).get("__name__", "")).partition(".")[0] == "mainspring"


def _of_os(name: str) -> Any:
    is_ours = _is_ours(sys._getframe(1).f_globals)
    found = OTHER if is_ours and name in OTHER else ORDINARY
    if name not in found or (is_ours and name in MISSING):
        raise AttributeError(f"module 'os' has no attribute {name!r}")
    return found[name]


def _hide_signals(module: Any) -> None:
    hidden = {name: vars(module).pop(name) for name in MISSING_SIGNALS if name in vars(module)}

    def of_signal(name: str) -> Any:
        if name not in hidden or _is_ours(sys._getframe(1).f_globals):
            raise AttributeError(f"module {module.__name__!r} has no attribute {name!r}")
        return hidden[name]

    module.__getattr__ = of_signal


def _import(name: str, namespace: Any = None, *more: Any, **named: Any) -> Any:
    if _is_ours(namespace) and name in ("fcntl", "resource", "termios"):
        raise ModuleNotFoundError(f"No module named {name!r}", name=name)
    if _is_ours(namespace) and name == "msvcrt":
        return MSVCRT
    return _ordinary_import(name, namespace, *more, **named)


for _name in ORDINARY:
    delattr(os, _name)
os.__getattr__ = _of_os  # type: ignore[attr-defined]
_hide_signals(signal)
_hide_signals(sys.modules["_signal"])
_ordinary_source_hash = _imp.source_hash
_imp.source_hash = _source_hash
_ordinary_import = builtins.__import__
builtins.__import__ = _import
os.environ.setdefault("LOCALAPPDATA", os.environ["HOME"])
