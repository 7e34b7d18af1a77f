"""The standard library from the image: python's own finders find, python's own loaders load, without looking on the disk.

A directory's finder (an importlib `FileFinder`) is asked as ever; what it would find is known from earlier runs, as
long as the directory has not changed since and the source file has not either, which is what python's own bytecode
caches ask for. The spec, the loader and the module are what they would have been.
"""

import os

import _frozen_importlib
import _frozen_importlib_external

from . import interpreter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType
    from typing import Any, Dict, List, Optional, Tuple

    from .image import Image, Place

    Found = Tuple[str, bool, int, int, Optional[Place]]  # file, is a package, its mtime in ns and size, its code

ELSEWHERE = ("", False, 0, 0, None)


class Library:
    """Directories of modules that do not change, and what the image knows of them.

    known: by directory, its mtime in ns and by module name what is in it: ELSEWHERE for what is not there.
    fresh: by directory and module name, what was looked up there in this run: a spec, or None. Each name goes to
    asked, too.
    """

    def __init__(self, image: "Optional[Image]", asked: "List[str]") -> None:
        self._asked = asked
        self.image = image
        self.known: "Dict[str, Tuple[int, Dict[str, Found]]]" = image.index["library"] if image is not None else {}
        self.fresh: "Dict[str, Dict[str, Any]]" = {}

    def serve(self, directory: str) -> None:
        """From now on, let the finder of directory ask the image first."""
        finder = interpreter.importer_of(directory)
        if type(finder) is not _frozen_importlib_external.FileFinder or "find_spec" in vars(finder):
            return
        mtime, known = self.known.get(directory, (0, {}))
        try:
            if os.stat(directory).st_mtime_ns != mtime:
                known = {}
        except OSError:
            return
        vars(finder)["find_spec"] = self._find_spec(finder, directory, known)

    def _find_spec(self, finder: "Any", directory: str, known: "Dict[str, Found]") -> "Any":
        ordinary = finder.find_spec

        def find_spec(fullname: str, target: "Any" = None) -> "Any":
            found = known.get(fullname)
            if found == ELSEWHERE:
                return None
            if found is not None and _is_unchanged(found):
                return self._spec(fullname, found)
            spec = ordinary(fullname, target)
            self.fresh.setdefault(directory, {})[fullname] = spec
            self._asked.append(fullname)
            if spec is not None and spec.origin is not None and spec.submodule_search_locations is not None:
                self.serve(os.path.dirname(spec.origin))
            return spec

        return _disguised(find_spec)

    def _spec(self, fullname: str, found: "Found") -> "Any":
        origin, is_package, _, _, place = found
        loader: "Any"
        if place is None:
            loader = _frozen_importlib_external.ExtensionFileLoader(fullname, origin)
        else:
            loader = _frozen_importlib_external.SourceFileLoader(fullname, origin)
            vars(loader)["get_code"] = self._get_code(loader, place)
        spec: "Any" = _frozen_importlib.ModuleSpec(fullname, loader, origin=origin, is_package=is_package)
        spec._set_fileattr = True
        if is_package:
            folder = os.path.dirname(origin)
            spec.submodule_search_locations.append(folder)
            self.serve(folder)
        return spec

    def _get_code(self, loader: "Any", place: "Place") -> "Any":
        def get_code(fullname: str) -> "CodeType":
            vars(loader).pop("get_code", None)  # the loader is python's own again
            code: "Optional[CodeType]" = self.image.load(place) if self.image is not None else None
            return loader.get_code(fullname) if code is None else code  # type: ignore[no-any-return]

        return _disguised(get_code)


def _is_unchanged(found: "Found") -> bool:
    try:
        status = os.stat(found[0])
    except OSError:
        return False
    return status.st_mtime_ns == found[2] and status.st_size == found[3]


def _disguised(function: "Any") -> "Any":
    # In tracebacks, what is called by the import system counts as part of it.
    function.__code__ = function.__code__.replace(co_filename="<frozen importlib._bootstrap_external>")
    return function
