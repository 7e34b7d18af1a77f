"""Files as they are, and those of a bundle that are not in their place yet: what will be importable from them.

What the import system and `site` find is looked for here without them: they import, and execute.
"""

import os
import sys
import zipimport
from importlib.machinery import BYTECODE_SUFFIXES, EXTENSION_SUFFIXES, SOURCE_SUFFIXES
from typing import Any, Dict, Iterator, List, Optional, Tuple

from ..bundles import Expected
from ..runtime import files, kinds
from ..runtime.warm import Warm

_SUFFIXES = (*EXTENSION_SUFFIXES, *SOURCE_SUFFIXES, *BYTECODE_SUFFIXES)
_MAIN = "__main__"
_ENDS = (".pyc", ".py")


class Places:
    """The disk; and below the directory of a bundle that is not entered yet, its members."""

    def __init__(self, known: Optional[Warm]) -> None:
        self._tree = ""
        self._members: Dict[str, Any] = {}
        self._archive: Any = None
        if isinstance(known, Expected) and known.directory is not None and not os.path.isdir(known.directory):
            self._tree = known.directory
            self._link = f"{files.LINKS}/{known.layout.get('link')}/"
            self._archive = known.found.archive
            self._members = {member.name: member for member in self._archive.members}

    def _name(self, path: str) -> Optional[str]:
        """Give the name of the member that will be at path; None for what is elsewhere."""
        if not self._tree or not f"{path}{os.sep}".startswith(f"{self._tree}{os.sep}"):
            return None
        name = path[len(self._tree) + 1 :].replace(os.sep, "/")
        return name[len(self._link) :] if name.startswith(self._link) else name

    def _is_file(self, path: str) -> bool:
        name = self._name(path)
        return os.path.isfile(path) if name is None else name in self._members

    def _is_folder(self, path: str) -> bool:
        name = self._name(path)
        return os.path.isdir(path) if name is None else self._has_below(name)

    def _has_below(self, name: str) -> bool:
        start = f"{name}/" if name else ""
        return any(member.startswith(start) for member in self._members)

    # Modules.

    def file_of(self, mod_name: str, path: List[str]) -> Optional[str]:
        """Give the file that `python -m mod_name` runs where sys.path is path; None if that cannot be told."""
        if mod_name.partition(".")[0] in sys.builtin_module_names:
            return None
        places = path
        file: Optional[str] = None
        names = mod_name.split(".")
        for name in names:
            file, places = self._module(name, places)
        if file is None and not places:
            return None
        return self._module(_MAIN, places)[0] if places else file

    def has(self, name: str, path: List[str]) -> bool:
        """Tell whether there is a module, or a package, of that name, without a parent, where sys.path is path."""
        file, places = self._module(name, path)
        return file is not None or bool(places)

    def _module(self, name: str, places: List[str]) -> Tuple[Optional[str], List[str]]:
        """Give the file of a module, and of a package where its modules are."""
        portions = []
        for place in places:
            # Some versions write the path of a directory in another way than it stands on sys.path.
            place = getattr(kinds.find_importer(place or os.getcwd()), "path", place)
            base = os.path.join(place, name)
            if not self._is_folder(place):
                found = _in_archive(name, place)
                if found[0] is not None:
                    return found
                continue
            init = next(self._with_suffix(os.path.join(base, "__init__")), None)
            if init is not None:
                return init, [base]
            file = next(self._with_suffix(base), None)
            if file is not None:
                return file, []
            if self._is_folder(base):
                portions.append(base)
        return None, portions

    def _with_suffix(self, base: str) -> Iterator[str]:
        return (base + suffix for suffix in _SUFFIXES if self._is_file(base + suffix))

    # .pth files, as `site.addpackage` reads them.

    def added_by_pth_files(self, directory: str, path: List[str]) -> Tuple[List[str], List[str]]:
        """Give what the .pth files in directory add to a sys.path, and what of them is executed, in words."""
        known = {os.path.normcase(os.path.abspath(each)) for each in path}
        added: List[str] = []
        executed: List[str] = []
        for name, text in self._pth_files(directory):
            for line in text.splitlines():
                if name.endswith(".start") or line.startswith(("import ", "import\t")):
                    executed.append(f"{name}: {line.strip()}")
                elif line.strip() and not line.startswith("#"):
                    place = os.path.abspath(os.path.join(directory, line.rstrip()))
                    if os.path.normcase(place) not in known and (self._is_folder(place) or self._is_file(place)):
                        known.add(os.path.normcase(place))
                        added.append(place)
        return added, executed

    def _pth_files(self, directory: str) -> Iterator[Tuple[str, str]]:
        ends = (".pth", ".start") if sys.version_info >= (3, 15) else (".pth",)
        for name in sorted(self._names_in(directory)):
            if name.endswith(ends) and not name.startswith("."):
                yield name, self._read(os.path.join(directory, name)).decode("utf-8-sig", "replace")

    def _names_in(self, directory: str) -> List[str]:
        start = self._name(directory)
        if start is None:
            return os.listdir(directory) if os.path.isdir(directory) else []
        start = f"{start}/" if start else ""
        below = [name[len(start) :] for name in self._members if name.startswith(start)]
        return [name for name in below if name and "/" not in name]

    def _read(self, path: str) -> bytes:
        name = self._name(path)
        if name is not None:
            content: bytes = self._archive.read(self._members[name])
            return content
        with open(path, "rb") as file:
            return file.read()


def _in_archive(name: str, place: str) -> Tuple[Optional[str], List[str]]:
    """Give the same for a place in a zip archive, in zipimport's order. That itself would compile what it finds."""
    finder = kinds.find_importer(place)
    names = zipimport._zip_directory_cache.get(getattr(finder, "archive", ""), {})  # type: ignore[attr-defined]
    base = os.path.join(place, name)
    for suffix, places in (*((f"{os.sep}__init__{end}", [base]) for end in _ENDS), *((end, []) for end in _ENDS)):
        if names and f"{finder.prefix}{name}{suffix}" in names:
            return base + suffix, places
    return None, []
