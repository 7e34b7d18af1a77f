"""A stand-in for Windows' msvcrt, as far as it locks files: one whose bytes somebody else has locked is denied."""

import errno
import fcntl
import types


def _locking(file: int, mode: int, count: int) -> None:
    assert (mode, count) == (2, 1)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise PermissionError(errno.EACCES, "Permission denied") from None


MSVCRT = types.ModuleType("msvcrt")
vars(MSVCRT).update(locking=_locking, LK_NBLCK=2)
