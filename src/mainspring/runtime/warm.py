"""A bundle that runs with the help of the store; and one that was run before, found there without being opened."""

import atexit
import os

from . import bundle, classify, collector, command, importer, interpreter, is_floor_right, lazy, library, load, store
from .program import Program

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType
    from typing import Callable, List, Optional

    from .image import Image
    from .lookup import Lookup
    from .patterns import Patterns

# Modules with which hardly a short program has to do.
_ZIPFILE = "zipfile"
_RE_COMPILERS = ("re._compiler", "sre_compile")  # the latter's name before 3.11


class Warm:
    """A bundle that runs with the help of the store.

    entry: in the store. typed: the bundle, as the user wrote it. path_name: as python writes it.
    image: where code comes from, if there is one yet.
    need: which of its members are real files: "", store.NATIVE or store.WHOLE. directory: where these are.
    written: the status of the image as this process opened it, or wrote it last.
    asked: what was looked up in this run because the image does not know it, in order.
    runpy: the modules that are loaded with runpy, as far as known.
    contents, library: what the image knows of the archive and of directories of modules.
    patterns, lookup: of regular expressions and of the archive's members, once `re` or `zipfile` is imported.
    """

    def __init__(
        self,
        entry: store.Bundle,
        typed: str,
        image: "Optional[Image]",
        need: str,
        directory: "Optional[str]",
    ) -> None:
        self.entry = entry
        self.typed = typed
        self.path_name = classify.absolute(typed)
        self.image = image
        self.need = need
        self.directory = directory
        self.written: "Optional[os.stat_result]" = image.status if image is not None else None
        self.asked: "List[str]" = []
        self.runpy: "List[str]" = image.index["runpy"] if image is not None else []
        self.contents = importer.Contents(self.path_name, self._is_same, image, self.asked)
        self.contents.files = directory
        self.patterns: "Optional[Patterns]" = None
        self.lookup: "Optional[Lookup]" = None
        after = {_ZIPFILE: self._serve_members, **dict.fromkeys(_RE_COMPILERS, self._serve_patterns)}
        self.library = library.Library(image, self.asked, after, directory if self.is_unpacked else None)

    @property
    def is_unpacked(self) -> bool:
        """Whether the program runs from a directory with all its members."""
        return self.need == store.WHOLE

    def serve(self, save: "Callable[[Warm], None]") -> Program:
        """Give the program; its modules come from here. save is called when there is something new to keep."""
        keep = self._keeper(save)
        atexit.register(keep)
        self.contents.save = keep
        for directory in interpreter.library_directories():
            self.library.serve(directory)
        if self.is_unpacked and self.directory is not None:
            self.library.serve(self.directory)
            return self._program(classify.DIRECTORY, self.directory, interpreter.importer_of(self.directory))
        return self._program(classify.ARCHIVE, self.path_name, importer.serve(self.contents))

    def _program(self, kind: str, path_name: str, finder: object) -> Program:
        program = Program(kind, path_name, self.typed, path_name, lambda located: bundle.code(located, None))
        program.finder = finder
        program.load_runpy = self._load_runpy
        return program

    def _keeper(self, save: "Callable[[Warm], None]") -> "Callable[[], None]":
        process = os.getpid()

        def keep() -> None:
            if os.getpid() != process:
                return  # a child that was forked off
            if self.has_news() or not is_floor_right():
                with collector.Stopped():
                    try:
                        save(self)
                    except Exception:  # noqa: BLE001, S110  whatever it is, the program must not see it
                        pass

        return keep

    def has_news(self) -> bool:
        """Tell whether there is something that the image lacks; regular expressions alone are not worth a new one."""
        is_damaged = self.image is not None and self.image.is_damaged
        members = self.lookup is not None and self.lookup.fresh is not None
        return bool(self.asked or members or is_damaged) and store.is_plain()

    def _serve_patterns(self, compiler: "ModuleType") -> None:
        served: "Patterns" = interpreter.late("patterns").Patterns(self.image)
        self.patterns = served
        served.serve(compiler)

    def _serve_members(self, zipfile: "ModuleType") -> None:
        served: "Lookup" = interpreter.late("lookup").Lookup(self.contents, self.image)
        self.lookup = served
        served.serve(zipfile)

    def _is_same(self) -> bool:
        try:
            return store.identity_of(os.stat(self.path_name)) == self.entry.identity
        except OSError:
            return False

    def _load_runpy(self) -> None:
        if self.runpy:
            lazy.enter(self.runpy)
        else:
            self.runpy = interpreter.import_runpy()


def open_warm(entry: store.Bundle, asked: command.Command) -> "Optional[Warm]":
    """Give the bundle of entry, which asked names, if all that its start needs is there and right."""
    if asked.unpack == (command.NEVER if entry.unpack else command.ALWAYS):  # which is to be noted
        return None
    image = store.open_image(entry, entry.unpack or bool(asked.unpack))
    if image is None:
        return None
    need: str = image.index["need"]
    if not need:
        return Warm(entry, asked.target, image, need, None)
    load("files")
    from . import files  # most bundles need none

    files.hold(entry.files())
    directory = files.verified(entry, need)
    if directory is None:
        return None
    return Warm(entry, asked.target, image, need, directory)
