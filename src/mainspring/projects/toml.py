"""TOML, read by the standard library, or by tomli where that cannot; pip brings one, too."""

import errno
import os
import sys
from typing import Any, Dict

from ..refusals import refused
from . import regular_files

if sys.version_info >= (3, 11):
    import tomllib
else:
    try:
        import tomli as tomllib
    except ImportError:
        from pip._vendor import tomli as tomllib


_MOST_DOTS = 5000  # in a line: the library takes memory by the square of the parts of a key, here 100 MB


def read(path: str, shown: str, most: int = 2**26) -> Dict[str, Any]:
    """Give what the file at path says; shown is its name in a message.

    Raises Refusal if it cannot be read, or has more than most bytes.
    """
    try:
        text = regular_files.content(path, most).decode("utf-8")
    except OSError as error:
        if error.errno == errno.EFBIG:
            raise refused(f"{shown}: {error.strerror}") from None
        raise refused(f"{shown}: it cannot be read ({error.strerror})") from None
    except UnicodeDecodeError as error:
        raise refused(f"{shown}: it is no UTF-8 (byte {error.start}); expected TOML") from None
    return parse(text, shown)


def read_if_there(path: str, shown: str) -> Dict[str, Any]:
    """Give what the file at path says, as `read` does; nothing if there is none."""
    return read(path, shown) if os.path.lexists(path) else {}


def parse(text: str, shown: str) -> Dict[str, Any]:
    """Give what text says. Raises Refusal if it is no TOML, or has a key of so many parts that it takes all memory."""
    for number, line in enumerate(text.split("\n"), 1):
        if line.count(".") > _MOST_DOTS:
            raise refused(f"{shown}: line {number} has more dots than there are to be in a key: {_MOST_DOTS:,}")
    try:
        table: Dict[str, Any] = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise refused(f"{shown}: it is no TOML; {error}") from None
    except ValueError:  # python's own, on the length of numbers
        raise refused(f"{shown}: it has a number of more digits than can be read") from None
    return table
