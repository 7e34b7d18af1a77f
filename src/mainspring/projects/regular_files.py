"""Files of a project that are read though nobody has checked them: only regular ones, and only so much of them.

What a project names may be a pipe, a device, or a file elsewhere that is none of its business.
"""

import errno
import os
import stat
from typing import List

MOST = 2**24  # bytes
_FLAGS = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0)


def content(path: str, most: int = MOST) -> bytes:
    """Give what the regular file at path holds. Raises OSError, also for all else, and for one of more than most bytes."""
    file = os.open(path, _FLAGS)
    try:
        if not stat.S_ISREG(os.fstat(file).st_mode):
            raise OSError(errno.EINVAL, "it is no regular file")
        pieces: List[bytes] = []
        left = most + 1
        while left > 0:
            piece = os.read(file, left)
            if not piece:
                return b"".join(pieces)
            pieces.append(piece)
            left -= len(piece)
        raise OSError(errno.EFBIG, f"it has more than {most:,} bytes")
    finally:
        os.close(file)


def is_within(path: str, directory: str) -> bool:
    """Tell whether what is at path, behind all links, lies in directory."""
    return os.path.realpath(path).startswith(os.path.join(os.path.realpath(directory), ""))
