"""Modules of trees that have very many: a start looks at some of them, by turns, and at what it is about to import.

So what it costs does not grow with them. What was added, removed or replaced shows in the folder that it is in, and all
of these are looked at. What was altered in its place shows in the file alone: when it is imported, or at its turn; once
a day all have theirs.
"""

import marshal
import os
import time

from . import files, store

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Dict, List, Optional, Tuple

    from .image import Image

    Part = Tuple[List[str], bytes]  # files, and their states, packed


class SpotChecks:
    """The modules of one tree that are looked at by turns.

    is_stale: whether a folder was changed, though the modules are right: there is more in it now, perhaps bytecode.
    """

    def __init__(self, manifest: "Image", directory: str) -> None:
        self._manifest = manifest
        self._directory = directory
        self._states: "Optional[Dict[str, files.State]]" = None
        self.is_stale = False

    def are_right(self, all_of_them: bool) -> bool:
        """Tell whether the modules whose turn it is, or all, are as they were written. Raises OSError if one is not there."""
        folders, expected = self._manifest.index["around"]
        self.is_stale = files.pack(files.states(self._directory, folders)) != expected
        parts = self._manifest.index["parts"]
        if not (all_of_them or self.is_stale or store.is_of_another_day(self._manifest.status)):
            parts = [parts[time.time_ns() // 1000 % len(parts)]]
        found = all([self._is_right(self._manifest.load(place)) for place in parts])
        if found:
            store.touch(self._manifest.path, self._manifest.status)
        return found

    def vouch_for(self, path: str) -> bool:
        """Tell whether the file at path is as it was written, or is none of these modules. Raises nothing."""
        if self._states is None:
            self._states = self._all()
        expected = self._states.get(os.path.relpath(path, self._directory)) if self._states is not None else None
        try:
            return self._states is not None and expected in (None, files.state(os.lstat(path)))
        except OSError:
            return False

    def _is_right(self, part: "Optional[Part]") -> bool:
        return part is not None and files.pack(files.states(self._directory, part[0])) == part[1]

    def _all(self) -> "Optional[Dict[str, files.State]]":
        parts: "List[Optional[Part]]" = [self._manifest.load(place) for place in self._manifest.index["parts"]]
        found: "Dict[str, files.State]" = {}
        for part in parts:
            if part is None:  # the manifest was damaged
                return None
            found.update(zip(part[0], marshal.loads(part[1])))
        return found
