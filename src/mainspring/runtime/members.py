"""What python knows of an archive's members, for words on what it did not find. No start that goes well needs it."""

import os
import zipimport

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import FrozenSet

_SOURCE = ".py"


def names(path_name: str) -> "FrozenSet[str]":
    """Give the names of the members of path_name, an archive or a folder in one, as python writes them.

    Those of directories end in a separator; before 3.14, only those are there that have an entry of their own. Raises
    ZipImportError if it cannot be read.
    """
    place = zipimport.zipimporter(path_name)
    found = zipimport._read_directory(place.archive)  # type: ignore[attr-defined]
    return frozenset(name[len(place.prefix) :] for name in found if name.startswith(place.prefix))


def is_hidden(path_name: str, mod_name: str) -> bool:
    """Tell whether the archive at path_name has the module or namespace package mod_name, but python does not see it.

    That is so if there is no entry for one of the folders that it is in, and no `__init__` in that.
    """
    known = names(path_name)
    parts = mod_name.split(".")
    wanted = os.sep.join(parts)
    if not any(name.startswith((wanted + _SOURCE, wanted + os.sep)) and name.endswith(_SOURCE) for name in known):
        return False
    folders = [os.sep.join(parts[:count]) + os.sep for count in range(1, len(parts) + 1)]
    return any(_is_unseen(folder, known) for folder in folders)


def _is_unseen(folder: str, known: "FrozenSet[str]") -> bool:
    if known.intersection((folder, f"{folder}__init__{_SOURCE}", f"{folder}__init__{_SOURCE}c")):
        return False
    return any(name.startswith(folder) for name in known)
