"""Modules of directories from the image: python's own finders find, python's own loaders load, without looking on the disk.

A directory's finder (an importlib `FileFinder`) is asked as ever; what it would find is known from earlier runs, as
long as the directory has not changed since and the source file has not either, which is what python's own bytecode
caches ask for. The spec, the loader and the module are what they would have been.
"""

import _frozen_importlib
import _frozen_importlib_external
import os
import time
from marshal import dumps
from os import stat  # the program may put another in its place

from . import changed, collector, disguise, interpreter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType, ModuleType
    from typing import Any, Callable, Dict, List, Optional, Sequence, Set, Tuple, Union

    from .image import Image, Place
    from .spot_checks import SpotChecks

    # File, is a package, its stamp, whether the tree's manifest vouches for it, its code.
    Found = Tuple[str, bool, int, int, bool, Optional[Place]]
    Made = Tuple[Union[bytes, CodeType], Optional[Tuple[int, int]], int]

_SourceFileLoader = _frozen_importlib_external.SourceFileLoader
_ExtensionFileLoader = _frozen_importlib_external.ExtensionFileLoader
_FileFinder: "Any" = _frozen_importlib_external.FileFinder
_of_python: "Any" = _frozen_importlib_external._get_supported_file_loaders()  # type: ignore[attr-defined]
_LOADERS = [(suffix, loader) for loader, suffixes in _of_python for suffix in suffixes]  # as its finders have them
_HOUR = 3600
_OF_ONE = 2**12  # bytes of code, for which a module counts that was found, whether or not it had to be compiled
ABSENT = ("", False, 0, 0, False, None)


class Library:
    """Directories of modules that hardly change, and what the image knows of them.

    tree: the directory of an unpacked bundle, whose files are known to be right, but for what the program has put there
    itself; no bytecode is read or written in it.
    sources: directories whose files may change at any time; no bytecode is read or written in them either, because it
    does not tell changes within a second and of the same size.
    made: the code that this run did not have from the image, by the path of the file, the stamp of that, None if it is not
    known, and when it was taken, in ns: marshalled of the modules in tree and sources, which were compiled here; of others,
    as python gave it.
    spot_checks: what knows of modules in tree that were not looked at, if there are any. mend: makes the tree right, as the
    file at a path was altered, or says why it cannot. note_news: called with how much is news, as bytes of code.
    known: by directory, when it changed, and by module name what is in it: ABSENT for what is not there.
    since: when this run began to look, in ns. when: by directory, when it had changed last as that began.
    fresh: by directory and module name, what was looked up there in this run: a spec, or None. news: the names of these
    that the image is to have (`is_news`), in order. after: by module name, what is to be called with the module when it was
    executed.
    """

    def __init__(
        self,
        image: "Optional[Image]",
        news: "List[str]",
        after: "Dict[str, Callable[[ModuleType], None]]",
        tree: "Optional[str]" = None,
        sources: "Sequence[str]" = (),
    ) -> None:
        self._tree = tree
        self._sources = tuple([f"{directory}{os.sep}" for directory in sources])
        self.made: "Dict[str, Made]" = {}
        self.spot_checks: "Optional[SpotChecks]" = None
        self.note_news: "Callable[[int], None]" = lambda _: None
        self.mend: "Optional[Callable[[str], Optional[str]]]" = None
        self.news = news
        self._after = after
        self.image = image
        self.known: "Dict[str, Tuple[int, Dict[str, Found]]]" = image.index["library"] if image is not None else {}
        self.since = time.time_ns()
        self.when: "Dict[str, int]" = {}
        self.fresh: "Dict[str, Dict[str, Any]]" = {}
        self._found: "Set[str]" = set()  # modules that are news once they are loaded

    def serve(self, directory: str) -> None:
        """From now on, let the finder of directory ask the image first."""
        self._serve(directory, interpreter.importer_of(directory))

    def serve_if_ours(self, directory: str, finder: "Any") -> None:
        """From now on, let finder, made for directory, ask the image first, if that lies in the tree or the sources.

        So it is with what a program puts on sys.path itself, and with the folders of namespace packages.
        """
        if (self.is_ours(directory) or self.is_source(directory)) and os.path.normpath(directory) == directory:
            self._serve(directory, finder)

    def _serve(self, directory: str, finder: "Any") -> None:
        if type(finder) is not _FileFinder or finder._loaders != _LOADERS or "find_spec" in vars(finder):
            return  # the program may have path hooks that make finders with loaders of its own
        is_anew = directory in self.when
        now = self.when.setdefault(directory, change_of(directory) or 0)
        when, known = self.known.get(directory, (0, {}))
        if now != when:
            # In the tree, what is there is right, but something may have been added.
            known = _found_in(known) if self.is_ours(directory) else {}
        folder = _Folder(self, finder, directory, known, is_anew, now != when)
        vars(finder).update(find_spec=folder.find_spec, invalidate_caches=folder.invalidate_caches)

    def is_news(self, directory: str, fullname: str, spec: "Any") -> bool:
        """Tell whether the image lacks what was found out of fullname in directory.

        A program that writes modules, or beside its modules, in each run would have an image made in each. Once an hour
        is enough.
        """
        if self.image is None:
            return True
        if spec is not None and type(spec.loader) not in (_SourceFileLoader, _ExtensionFileLoader):
            return False  # as a namespace package: there is nothing of it that an image could keep
        if not self.is_ours(directory) or abs(time.time() - self.image.status.st_mtime) > _HOUR:
            return True
        before = self.known.get(directory, (0, {}))[1].get(fullname)
        return before is None or before[4] or bool(before[0]) != (spec is not None)

    def note(self, fullname: str, spec: "Any") -> None:
        """Take in that the image lacks fullname, for which spec, or None, was found: it is news, or will be once loaded."""
        if spec is not None and type(spec.loader) is _SourceFileLoader:
            self._found.add(fullname)  # as long as nobody loads it, there may be no code to keep
            return
        self.news.append(fullname)
        self.note_news(0 if spec is None else _OF_ONE)

    def look_at(self, path: str) -> None:
        """See that the file at path, in the tree, is right. Raises ImportError if it is not, and cannot be made so."""
        if self.spot_checks is None or self.mend is None or self.spot_checks.vouch_for(path):
            return
        reason = self.mend(path)
        if reason is not None:
            raise ImportError(reason, path=path)
        self.spot_checks = None  # all were made right

    def spec(self, fullname: str, found: "Found", is_compiled_here: bool) -> "Any":
        """Give the spec of fullname as its finder would, for what was found; its directory is served, if it is a package."""
        origin, is_package, _, _, _, place = found
        loader: "Any"
        if place is None:
            loader = _ExtensionFileLoader(fullname, origin)
        else:
            loader = _SourceFileLoader(fullname, origin)
        self.take_over(loader, place, is_compiled_here)
        spec: "Any" = _frozen_importlib.ModuleSpec(fullname, loader, origin=origin, is_package=is_package)
        spec._set_fileattr = True
        interpreter.note_bytecode(spec)
        if is_package:
            folder = os.path.dirname(origin)
            spec.submodule_search_locations.append(folder)
            self.serve(folder)
        return spec

    def followed(self, spec: "Any") -> "Any":
        """Give spec, whose loader now calls what is in `after` for its module, once that was executed.

        While a module is executed that no other one imports, but the program as it runs, garbage is held back as well.
        """
        after = self._after.get(spec.name) if spec is not None else None
        if after is not None:
            vars(spec.loader)["exec_module"] = _exec_and_call.__get__((spec.loader, after))
        elif spec is not None and type(spec.loader) is _SourceFileLoader and not collector.is_held_back():
            vars(spec.loader).setdefault("exec_module", collector.execute.__get__(spec.loader))
        return spec

    def is_ours(self, path: str) -> bool:
        """Tell whether path lies in the tree of the unpacked bundle."""
        return self._tree is not None and f"{path}{os.sep}".startswith(f"{self._tree}{os.sep}")

    def is_source(self, path: str) -> bool:
        """Tell whether path lies in the sources of a project that is worked on."""
        return f"{path}{os.sep}".startswith(self._sources)

    def take_over(self, loader: "Any", place: "Optional[Place]", is_compiled_here: bool) -> None:
        """Let a source file's loader take its code from the image; for the tree's, never from a bytecode file."""
        if type(loader) is _ExtensionFileLoader and is_compiled_here:
            collector.hold_back_for(loader)
        if type(loader) is not _SourceFileLoader:
            return
        if is_compiled_here:
            vars(loader)["get_code"] = _get_own_code.__get__((self, loader, place))
            vars(loader)["exec_module"] = collector.exec_module.__get__(loader)
        else:
            vars(loader)["get_code"] = _get_code.__get__((self, loader, place))

    def _compile(self, loader: "Any", fullname: str) -> "CodeType":
        # As SourceLoader.get_code, without bytecode files.
        before = _stamp_at(loader.path), time.time_ns()
        code: "CodeType" = loader.source_to_code(loader.get_data(loader.path), loader.path)
        marshalled = dumps(code)
        self.made[loader.path] = (marshalled, *before)
        self._note_loaded(fullname, len(marshalled))
        return code

    def _load(self, loader: "Any", fullname: str) -> "CodeType":
        # Python may keep no bytecode of it: it may be told not to, or the directory cannot be written.
        before = _stamp_at(loader.path), time.time_ns()
        code: "CodeType" = loader.get_code(fullname)
        self.made[loader.path] = (code, *before)
        self._note_loaded(fullname, 0)
        return code

    def _note_loaded(self, fullname: str, size: int) -> None:
        if fullname in self._found:
            self._found.remove(fullname)
            self.news.append(fullname)
            size += _OF_ONE
        self.note_news(size)


class _Folder:
    """What the finder of a directory of modules asks before it looks there.

    known: what the image says of the directory, as far as it still holds. is_anew: whether the program has had python
    forget the finder before, as one does to have it look again. is_other: whether the directory has changed since the image
    was made.
    """

    __slots__ = (
        "_asked_to_look",
        "_directory",
        "_finder",
        "_is_compiled_here",
        "_is_other",
        "_is_ours",
        "_known",
        "_library",
    )

    def __init__(
        self, library: Library, finder: "Any", directory: str, known: "Dict[str, Found]", is_anew: bool, is_other: bool
    ) -> None:
        self._library = library
        self._finder = finder
        self._directory = directory
        self._known = known
        self._is_ours = library.is_ours(directory)
        self._is_compiled_here = self._is_ours or library.is_source(directory)
        self._asked_to_look = is_anew
        self._is_other = is_other

    def find_spec(self, fullname: str, target: "Any" = None) -> "Any":
        """As the finder's."""
        library = self._library
        found = self._known.get(fullname)
        if found is not None and not found[0]:  # ABSENT
            if self._is_as_it_was():
                return None
            self._known = _found_in(self._known)
        elif found is not None and self._holds(fullname, found):
            return library.followed(library.spec(fullname, found, self._is_compiled_here))
        spec = _FileFinder.find_spec(self._finder, fullname, target)
        if self._is_ours and spec is not None and spec.origin is not None:
            library.look_at(spec.origin)
        library.fresh.setdefault(self._directory, {})[fullname] = spec
        if library.is_news(self._directory, fullname, spec):
            library.note(fullname, spec)
        if spec is not None and spec.origin is not None and spec.submodule_search_locations is not None:
            library.serve(os.path.dirname(spec.origin))
        if spec is not None:
            library.take_over(spec.loader, None, self._is_compiled_here)
        return library.followed(spec)

    def invalidate_caches(self) -> None:
        """As the finder's: from now on, it is looked each time whether the directory has changed."""
        self._asked_to_look = True
        _FileFinder.invalidate_caches(self._finder)

    def _holds(self, fullname: str, found: "Found") -> bool:
        """Tell whether the module fullname is still what was found, and nothing has come that stands before it."""
        if not ((found[4] and self._library.spot_checks is None) or _is_unchanged(found)):
            return False
        if not self._is_compiled_here or (not self._is_other and self._is_as_it_was()):
            return True
        spec = _FileFinder.find_spec(self._finder, fullname)
        return spec is not None and spec.origin == found[0]

    def _is_as_it_was(self) -> bool:
        """Tell whether nothing can have come to the directory in this run.

        The imports that modules do while they are imported themselves are too many to look each time, unless the program
        asks for it.
        """
        if collector.is_held_back() and not self._asked_to_look:
            return True
        return (change_of(self._directory) or 0) == self._library.when[self._directory]


# What is put into loaders, as methods of what each needs: functions made anew for each module would cost more than
# all else that is done for it here.


def _get_code(known: "Tuple[Library, Any, Optional[Place]]", fullname: str) -> "CodeType":
    library, loader, place = known
    image = library.image
    vars(loader).pop("get_code", None)  # the loader is python's own again
    code: "Any" = None
    if image is not None and place is not None:  # garbage is held back, as for what `collector.exec_module` executes
        code = collector.held_back(image.load, place)
    if type(code) is tuple:
        code = interpreter.whole(code)
    return library._load(loader, fullname) if code is None else code


def _get_own_code(known: "Tuple[Library, Any, Optional[Place]]", fullname: str) -> "CodeType":
    library, loader, place = known
    image = library.image
    code: "Optional[CodeType]" = image.load(place) if image is not None and place is not None else None
    return library._compile(loader, fullname) if code is None else code


def _exec_and_call(known: "Tuple[Any, Callable[[ModuleType], None]]", module: "ModuleType") -> None:
    loader, after = known
    vars(loader).pop("exec_module", None)
    collector.held_back(loader.exec_module, module)
    after(module)


def surroundings() -> "List[Tuple[str, Optional[int]]]":
    """Give what modules can be found in besides a bundle, and when each was last changed, in ns; None if it is not there.

    That is sys.path without the launcher's own entry.
    """
    return [(entry, change_of(entry)) for entry in interpreter.path()]


def change_of(directory: str) -> "Optional[int]":
    """Give when directory was last changed, in ns; None where there is none."""
    try:
        return changed(stat(directory))
    except OSError:
        return None


def stamp(status: os.stat_result) -> "Tuple[int, int]":
    """Give what tells the file with status from others and from what it was: when it changed, in ns, and the rest."""
    return changed(status), hash((status.st_size, status.st_ino, status.st_dev))


def _stamp_at(path: str) -> "Optional[Tuple[int, int]]":
    try:
        return stamp(stat(path))
    except OSError:  # then what is compiled of it is not kept
        return None


def _is_unchanged(found: "Found") -> bool:
    return _stamp_at(found[0]) == found[2:4]


def _found_in(known: "Dict[str, Found]") -> "Dict[str, Found]":
    return {name: found for name, found in known.items() if found[0]}


disguise(
    "importlib._bootstrap_external",
    _get_code,
    _get_own_code,
    _exec_and_call,
    Library._compile,
    Library._load,
    Library.look_at,
    _Folder.find_spec,
)
