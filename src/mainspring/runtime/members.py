"""What python knows of an archive's members, for words on what it did not find. No start that goes well needs it."""

import _io
import os
import sys
import zipimport

from .classify import END_RECORD, LONGEST_TAIL, MAINS
from .program import MAIN

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import FrozenSet, List

NO_ENTRY = "this Python finds no package in a folder of an archive that has no entry for it"
ZIP64 = "ZIP64's, which Python reads since 3.13"
NEWER = "run it with --python '>=3.13', or pack it anew without"
_LOCATOR64 = b"PK\x06\x07"  # of a ZIP64 end record, right before the other one
_LOCATOR64_SIZE = 20
_SOURCE = ".py"


def names(path_name: str) -> "FrozenSet[str]":
    """Give the names of the members of path_name, an archive or a folder in one, as python writes them.

    Those of directories end in a separator; older Pythons know only those that have an entry of their own. Raises
    ZipImportError if it cannot be read.
    """
    place = zipimport.zipimporter(path_name)
    found = zipimport._read_directory(place.archive)  # type: ignore[attr-defined]
    return frozenset(name[len(place.prefix) :] for name in found if name.startswith(place.prefix))


def folders_with_main(path_name: str) -> "List[str]":
    """Give the names of the folders right in path_name, a directory or an archive or a folder in one, that have a `__main__`.

    Raises OSError or ZipImportError if it cannot be read.
    """
    if os.path.isdir(path_name):
        names_in = os.listdir(path_name)
        found = {one for one in names_in if any(os.path.isfile(os.path.join(path_name, one, main)) for main in MAINS)}
    else:
        parts = [name.split(os.sep) for name in names(path_name)]
        found = {folders[0] for folders in parts if len(folders) == 2 and folders[1] in MAINS}
    return sorted(found - {MAIN})  # a package of that name is none to start


def why_hidden(path_name: str, mod_name: str) -> str:
    """Say why python does not see mod_name in the archive at path_name, though it has, or may have, such a module; "" if not.

    Nothing is said of an archive that is gone, or was replaced by something else.
    """
    try:
        known = names(path_name)
    except zipimport.ZipImportError:
        return ""
    if not known and is_unread(path_name):
        return f"the directory of this archive is {ZIP64}"
    return NO_ENTRY if is_hidden(known, mod_name) else ""


def is_hidden(known: "FrozenSet[str]", mod_name: str) -> bool:
    """Tell whether an archive with the members known has the module or namespace package mod_name, but python does not see it.

    That is so if there is no entry for one of the folders that it is in, and no `__init__` in that.
    """
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


def is_unread(path_name: str) -> bool:
    """Tell whether what is at path_name is an archive with a directory that this Python does not read."""
    try:
        with _io.open_code(path_name) as file:
            size = os.fstat(file.fileno()).st_size
            file.seek(max(0, size - LONGEST_TAIL))
            return has_unread_end(file.read())
    except OSError:
        return False


def has_unread_end(tail: bytes) -> bool:
    """Tell the same of an archive that ends in tail."""
    end = tail.rfind(END_RECORD)
    return sys.version_info < (3, 13) and tail[max(0, end - _LOCATOR64_SIZE) :].startswith(_LOCATOR64)
