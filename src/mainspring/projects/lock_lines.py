"""The lines that a lock file comes to, of whatever form: requirements with hashes. What it is read for, and how it is told of."""

import codecs
import os
from typing import Any, Dict, Iterable, NamedTuple, Optional, Sequence

from packaging.markers import Marker, default_environment

from .. import pep508
from ..refusals import refused
from ..runtime import Refusal
from ..wording import shortened
from . import regular_files
from .targets import Target

ANEW = "make the lock file anew, and try again"
HASHES = "--hash="
WITH_HASHES = "expected wheels, source distributions and archives"
# What files begin with that Windows has written, and their encodings; one of the marks is the beginning of another.
_MARKS = (
    *((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32")),
    *((codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16")),
)
_LONGEST = 200  # characters of what is told of a lock file


class Asked(NamedTuple):
    """Which lock file is read, and what is wanted of it.

    name: of the file. typed: what the user called the project. own: the project's name, normalized; "" for a script.
    extras, groups: what is wanted of it, normalized. target: for what; None for this interpreter.
    """

    name: str
    typed: str
    own: str
    extras: Sequence[str]
    groups: Sequence[str]
    target: Optional[Target]

    def environment(self) -> Dict[str, Any]:
        """Give what markers are held against."""
        return dict(default_environment()) if self.target is None else self.target.environment()

    def applies(self, marker: Optional[Marker]) -> bool:
        """Tell whether what has marker is wanted; not if that cannot be told."""
        try:
            return marker is None or pep508.holds(marker, self.environment())
        except ValueError:
            return False


def text_of(path: str) -> str:
    """Give what the lock file at path says, in the encoding that a mark at its beginning tells, as pip has it. Raises Refusal."""
    try:
        content = regular_files.content(path)
        encoding = next((name for mark, name in _MARKS if content.startswith(mark)), "utf-8")
        return content.decode(encoding, "replace").replace("\r\n", "\n")
    except OSError as error:
        name = os.path.basename(path)
        raise refused(f"{name} cannot be read ({error.strerror})", "see what is in its place") from None


def line(name: str, version: str, url: Optional[str], hashes: Iterable[Dict[str, str]]) -> str:
    """Give the line for a distribution: by its version, or by url, with the hashes of all its files."""
    start = f"{name} @ {url}" if url else f"{name}=={version}"
    words = sorted({f"{HASHES}{kind}:{digest}" for found in hashes for kind, digest in found.items()})
    return " ".join([start, *words])


def without_hash(name: str, asked: Asked) -> Refusal:
    """Give what refuses a distribution of that name that is in the file, and has no hash."""
    reason = f"{asked.name}: {name} comes from a repository or a directory, which no hash can vouch for"
    return refused(reason, WITH_HASHES)


def told(text: str) -> str:
    """Give text of a lock file as it is told in a line."""
    return shortened(text, _LONGEST)
