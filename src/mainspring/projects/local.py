"""Local requirements: directories and files of this machine, as `name @ file:///path` names them, and what is in them now.

What is installed of them goes stale when they are edited, unlike what comes from an index.
"""

import hashlib
import os
from typing import Dict, Iterable, List
from urllib.parse import urlsplit
from urllib.request import url2pathname

from .. import pep508
from ..runtime import store
from . import regular_files, snapshots
from .reading import normalized

_SCHEME = "file"


def places(lines: Iterable[str]) -> Dict[str, str]:
    """Give the paths that requirements name, in lines, by the normalized name of what they are to be."""
    found = {}
    for line in lines:
        if f"{_SCHEME}:" not in line:
            continue
        try:
            requirement = pep508.requirement(line)
            parts = urlsplit(requirement.url or "")
        except ValueError:  # the installer says so
            continue
        if parts.scheme == _SCHEME:
            found[normalized(requirement.name)] = url2pathname(parts.path)
    return found


def digest(lines: Iterable[str]) -> str:
    """Give the hash of what is where the requirements in lines name it; "" if they name nothing local.

    Of contents: a backend may write over its own sources with what was there.
    """
    found = places(lines)
    made_of = hashlib.sha256(repr(sorted(found.items())).encode("utf-8", "surrogateescape"))
    for _, place in sorted(found.items()):
        for path in sorted(_files(place)):
            made_of.update(repr((path, _content(path))).encode("utf-8", "surrogateescape"))
    return made_of.hexdigest() if found else ""


def watched(lines: Iterable[str]) -> List[str]:
    """Give the paths of the files, and of the folders they are in, that are to stay as they are."""
    files = [path for place in places(lines).values() for path in _files(place)]
    return sorted({*files, *map(os.path.dirname, files)})


def _files(place: str) -> List[str]:
    if not os.path.isdir(place):
        return [place]
    names = (name for name in snapshots.take(place).files if not name.startswith(".git/"))
    return [os.path.join(place, *name.split("/")) for name in names]


def _content(path: str) -> str:
    try:
        return hashlib.sha256(regular_files.content(path)).hexdigest()
    except OSError:  # a large archive; or nothing, which the installer says
        return repr(store.identity_at(path))
