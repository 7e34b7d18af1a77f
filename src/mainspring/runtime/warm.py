"""A bundle that was run before, found in the store without being opened: by its file's identity."""

import atexit
import os
import stat

from . import bundle, classify, ending, importer, interpreter, lazy, library, store
from .program import Program

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Callable, List, Optional

    from .image import Image


class Warm:
    """An archive that runs with the help of the store.

    entry: in the store. program: what runs. contents: the archive's modules. library: those of the standard library.
    image: where code comes from, if there is one yet.
    """

    def __init__(self, entry: store.Bundle, image: "Optional[Image]", program: Program) -> None:
        self.entry = entry
        self.image = image
        self.program = program
        self.asked: "List[str]" = []
        self.library = library.Library(image, self.asked)
        self.runpy: "List[str]" = image.index["runpy"] if image is not None else []
        self.contents = importer.Contents(
            program.path_name, lambda: is_same(program.path_name, entry.identity), image, self.asked
        )

    def serve(self, save: "Callable[[Warm], None]") -> None:
        """Let the program's modules come from here; save is called when there is something new to keep."""
        atexit.register(ending.hasten)  # what is registered first is called last
        process = os.getpid()

        def keep() -> None:
            if os.getpid() == process and self._has_news():  # and not in a child that was forked off
                save(self)

        self.program.finder = importer.serve(self.contents)
        self.program.load_runpy = self._load_runpy
        self.contents.save = keep
        for directory in interpreter.library_directories():
            self.library.serve(directory)
        atexit.register(keep)

    def _has_news(self) -> bool:
        is_damaged = self.image is not None and self.image.is_damaged
        return (bool(self.asked) or is_damaged) and store.is_plain()

    def _load_runpy(self) -> None:
        if self.runpy:
            lazy.enter(self.runpy)
        else:
            self.runpy = interpreter.import_runpy()


def find(typed: str) -> "Optional[Warm]":
    """Give the bundle at the path typed if the store knows it and has an image of it for this interpreter."""
    path_name = classify.absolute(typed)
    try:
        status = os.stat(path_name)
    except (OSError, ValueError):
        return None
    if not stat.S_ISREG(status.st_mode) or not os.access(path_name, os.R_OK):
        return None
    entry = store.bundle_of(store.identity_of(status))
    image = store.open_image(entry) if entry is not None else None
    if entry is None or image is None:
        return None
    program = Program(classify.ARCHIVE, path_name, typed, path_name, lambda located: bundle.code(located, None))
    return Warm(entry, image, program)


def is_same(path_name: str, identity: "store.Identity") -> bool:
    """Tell whether the file at path_name is the one that has identity, and unchanged."""
    try:
        return store.identity_of(os.stat(path_name)) == identity
    except OSError:
        return False
