"""Local requirements: directories and files of this machine, as `name @ file:///path` names them, and what is in them now.

What is installed of them goes stale when they are edited, unlike what comes from an index.
"""

import hashlib
import os
from typing import Dict, Iterable, List, Set
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


class Sources:
    """What is where requirements name it on this machine, as it was found when this was made; nothing for those of a lock.

    fingerprints: of its files and the folders they are in, by path. Each was taken before the content was read.
    """

    def __init__(self, lines: Iterable[str], is_locked: bool = False) -> None:
        self._places = {} if is_locked else places(lines)
        files = sorted({path for place in self._places.values() for path in _files(place)})
        self.fingerprints = {
            path: store.fingerprint_at(path) for path in sorted({*files, *map(os.path.dirname, files)})
        }
        self._contents = {path: _content(path) for path in files}

    def digest(self) -> str:
        """Give the hash of it all, "" for nothing. Of contents: a backend may write over its sources what was there."""
        made_of = repr([sorted(self._places.items()), sorted(self._contents.items())])
        return hashlib.sha256(made_of.encode("utf-8", "surrogateescape")).hexdigest() if self._places else ""

    def edited_since(self, before: "Sources") -> Set[str]:
        """Give the paths of the files that came, went, or have another content than before."""
        paths = {*self._contents, *before._contents}
        return {path for path in paths if self._contents.get(path) != before._contents.get(path)}


def _files(place: str) -> List[str]:
    if not os.path.isdir(place):
        return [place]
    names = (name for name in snapshots.take(place).files if not name.startswith(".git/"))
    return [os.path.join(place, *name.split("/")) for name in names]


def _content(path: str) -> str:
    try:
        return hashlib.sha256(regular_files.content(path)).hexdigest()
    except OSError:  # a large archive; or nothing, which the installer says
        return repr(store.fingerprint_at(path))
