"""A bundle that runs with the help of the store; and one that was run before, found there without being opened."""

import os
import sys

from . import (
    collector,
    command,
    ending,
    importer,
    interpreter,
    is_floor_right,
    kinds,
    lazy,
    library,
    load,
    loaded,
    store,
    workers,
)
from .bundle import main_code
from .keeping import Keeping
from .program import Program

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType
    from typing import Any, Callable, Dict, List, Optional

    from . import Refusal
    from .image import Image
    from .layouts import Layout
    from .lazy import Described
    from .lookup import Lookup
    from .patterns import Patterns
    from .texts import Texts
    from .workers import Help

_MANY = 50  # modules of a bundle and of the standard library
_WORTH_JOINING = 2**18  # bytes of code
_WORTH_HELPING = 5  # modules of an archive
# What is served only once a module is imported: short programs hardly import any of these.
_ZIPFILE = "zipfile"
# By maker, what starts its bundles, after what that needs.
_STARTERS = {
    kinds.SHIV: ("shiv",),
    kinds.PEX: ("pex", "pex_start"),
    kinds.WHEEL: ("children", "wheel"),
    kinds.PROJECT: ("children", "project"),
}
_RE_COMPILERS = ("re._compiler",) if sys.version_info >= (3, 11) else ("sre_compile",)  # the latter's name before 3.11
# The modules that make text and execute it, and what they give it to.
_TEXT_MAKERS = {
    "collections": ("exec", "eval"),  # the former before 3.9
    "dataclasses": ("exec",),
    "multiprocessing.managers": ("exec",),
}


class Warm:
    """A bundle that runs with the help of the store.

    entry: in the store. asked: what the user asked for. path_name: the bundle, as python writes it.
    image: where code comes from, if there is one yet. latest: the same, or what this process wrote since.
    keeping: what keeps what this run has that the image lacks, once the program is served.
    need: which of its members are real files: "", store.NATIVE or store.WHOLE. directory: where these are.
    news: what was looked up in this run because the image does not know it, in order.
    layout: what its maker wrote into it that a start has to know (`makers`), {} for a plain archive.
    runpy: the modules that are loaded with runpy, as far as known, and how each is made.
    contents, library: what the image knows of the archive and of directories of modules.
    scripts: the console scripts of a plain archive, None as long as nobody has asked.
    identity_if_same: gives the archive's identity if it has the content that it was started with, which takes its time.
    patterns, texts, lookup: of regular expressions, of text that is executed, and of the archive's members, once what
    has to do with them is imported.
    lacking: why no files are real though some need be, where nothing takes them; otherwise None.
    """

    lacking: "Optional[Refusal]" = None

    def __init__(
        self,
        entry: store.Bundle,
        asked: command.Command,
        image: "Optional[Image]",
        need: str,
        directory: "Optional[str]",
        layout: "Layout",
    ) -> None:
        self.entry = entry
        self.asked = asked
        self.layout = layout
        self.path_name = kinds.absolute(asked.target)
        self.image = image
        self.need = need
        self.directory = directory
        self.latest = image
        self.keeping: "Optional[Keeping]" = None
        self.news: "List[str]" = []
        self.runpy: "List[Described]" = image.index["runpy"] if image is not None else []
        self.contents = importer.Contents(self.path_name, self._is_same, self._take_equal, image, self.news)
        self.contents.files = directory
        self._identity = entry.identity  # of the archive as it was looked at last
        self._other: "Optional[store.Identity]" = None  # of what stood in its place, and was looked at
        self._has_workers = False
        self.identity_if_same: "Callable[[], Optional[store.Identity]]" = lambda: None
        self.scripts: "Optional[Dict[str, str]]" = image.index.get("scripts") if image is not None else None
        self.patterns: "Optional[Patterns]" = None
        self.texts: "Optional[Texts]" = None
        self.lookup: "Optional[Lookup]" = None
        after = {_ZIPFILE: self._serve_members, **dict.fromkeys(_RE_COMPILERS, self._serve_patterns)}
        after.update(dict.fromkeys(_TEXT_MAKERS, self._serve_texts))
        tree = directory if need == store.WHOLE else None
        self.library = library.Library(image, self.news, after, tree, layout.get("roots", ()))

    @property
    def is_unpacked(self) -> bool:
        """Whether the program runs from a directory with all its members, as a directory."""
        return self.need == store.WHOLE and not self.layout

    @property
    def is_only(self) -> bool:
        """Whether it has only this form, unpacked or not, whatever the user wishes: its image serves both wishes."""
        return bool(self.layout) or (self.is_unpacked and not self.entry.unpack and not self.asked.wants_files)

    def foreign(self) -> "Optional[str]":
        """Say why the bundle's own bootstrap has to run it; None for all that runs here."""
        if not self.layout or self._is_project:
            return None
        reason: "Optional[str]" = _maker(self.layout).foreign(self.layout, self.path_name, self.asked)
        return reason

    def serve(self, save: "Callable[[Warm], None]") -> Program:
        """Give the program; its modules come from here. save is called when there is something new to keep.

        In processes that are forked off from this one, too, but not at their end: most are short, and there are many.
        Raises Refusal if what is to start is not there.
        """
        self.keeping = self._keeping(save)
        ending.at_exit(self.keeping.keep_at_last)
        workers.have_helped(self._help_for_workers)
        self.contents.note_news = self.library.note_news = self.keeping.note_news
        if self._imports_much:
            collector.expect_imports()
            load("locks")
            loaded("locks").note()
        if self.image is not None and self.directory is not None:
            ending.expect_nothing_of([os.path.join(self.directory, name) for name in self.image.index["quiet"]])
        self._serve_directories()
        program = self._starting()
        program.python_runs_it = self._python_runs_it
        return program

    def _starting(self) -> Program:
        """Give the program that starts. Raises Refusal as `serve` does."""
        if self._is_project:
            return self._project()
        bundle = self._bundle()
        if self.layout and self.directory is not None:
            made: Program = _maker(self.layout).program(bundle, self.directory, self.layout, self.asked)
            return made
        if self.asked.chooses:
            load("entry")
            from . import entry  # rarely asked for

            return entry.asked_for_alone(bundle, self.asked, self.scripts or {})
        return bundle

    def serve_worker(self, save: "Callable[[Warm], None]") -> None:
        """Have the modules of this process, a worker of the program, come from here.

        save is called when there is much that is new to keep: a server's workers import what it serves.
        """
        self.keeping = self._keeping(save)
        self.contents.note_news = self.library.note_news = self.keeping.note_news
        self._serve_directories()
        if self._runs_zipped:
            interpreter.remember_importer(self.path_name, importer.serve(self.contents))

    @property
    def _runs_zipped(self) -> bool:
        return not (self.layout or self.is_unpacked)

    def _finder(self, path: str, finder: "Any") -> "Any":
        """Give what is to find modules at path, where the import system would have finder."""
        if self._runs_zipped:
            return importer.in_place_of(finder, self.contents)
        self.library.serve_if_ours(path, finder)
        return finder

    def _serve_directories(self) -> None:
        for directory in (*interpreter.library_directories(), *self._directories()):
            self.library.serve(directory)
        interpreter.have_finders_shown(self._finder)  # of all that the program adds

    def _directories(self) -> "List[str]":
        """Give the directories of its modules that are real files."""
        if self._is_project:
            return [*self.layout["roots"], *([self.directory] if self.directory is not None else [])]
        if self.directory is None or self._runs_zipped:
            return []
        from . import files  # loaded already

        return [files.path_in(self.directory, path) for path in self.layout.get("paths", [""])]

    def _help_for_workers(self) -> "Help":
        """Give what a worker has to know (`worker_modules`), or nothing: python takes no longer for few modules of an archive.

        What a first run has imported is kept before, if it can be.
        """
        if not (self.need or self._is_in_place) and len(self.contents.known) < _WORTH_HELPING:
            return ()
        if self.latest is None and not self._has_workers and self.keeping is not None:
            self.keeping.keep()
        self._has_workers = True
        return interpreter.own_directory(), self.asked.words, self.path_name, self.contents.files

    @property
    def _python_runs_it(self) -> bool:
        """Whether python runs the same: shiv's and pex's bundles do themselves, and a script's children have what it has."""
        if self._is_project:
            return bool(self.layout["is_script"])
        return self.layout["maker"] != kinds.WHEEL if self.layout else not self.need

    @property
    def _is_in_place(self) -> bool:
        """Whether its modules lie where the user has them: no bytecode is written there."""
        return self._is_project or "place" in self.layout

    @property
    def _imports_much(self) -> bool:
        known = len(self.contents.known) + sum([len(found) for _, found in self.library.known.values()])
        return self.image is None or known >= _MANY

    def _bundle(self) -> Program:
        """Give the program that starts its `__main__`: of the directory that it was unpacked to, or the archive."""
        if self.is_unpacked and self.directory is not None:
            return self._program(kinds.DIRECTORY, self.directory, interpreter.importer_of(self.directory))
        program = self._program(kinds.ARCHIVE, self.path_name, importer.serve(self.contents))
        program.has_natives = self.need == store.NATIVE
        program.lacking = self.lacking
        return program

    def _program(self, kind: str, path_name: str, finder: object) -> Program:
        typed = self.asked.target
        program = Program(kind, path_name, typed, path_name, lambda located: main_code(located, None))
        program.finder = finder
        program.load_runpy = self._load_runpy
        return program

    @property
    def _is_project(self) -> bool:
        return self.layout.get("maker") == kinds.PROJECT

    def _project(self) -> Program:
        made: Program = _maker(self.layout).program(self.layout, self.directory, self.asked)
        made.load_runpy = self._load_runpy
        return made

    def _keeping(self, save: "Callable[[Warm], None]") -> Keeping:
        """Give what calls save when there is something new to keep."""
        is_partial = self.image is not None and bool(self.image.index.get("is_partial"))
        return Keeping(lambda: save(self), self._is_due, self._hold_image, self.image is None, is_partial)

    def _is_due(self) -> bool:
        """Tell whether there is anything to be written, or written better."""
        return self.is_scattered or self.has_stale_tree or not is_floor_right() or self.has_news()

    def _hold_image(self) -> None:
        """Read all of the image before it is written anew, unless it was: the program goes on, and wants more of it."""
        if self.image is not None and self.latest is self.image and self.has_news():
            self.image.hold(*(kept.image for kept in (self.patterns, self.texts) if kept is not None))

    def has_news(self) -> bool:
        """Tell whether there is something that the image lacks; what was compiled besides is not worth a new one."""
        images = self.image, *(kept.image for kept in (self.patterns, self.texts) if kept is not None)
        is_damaged = any([image is not None and image.is_damaged for image in images])
        members = self.lookup is not None and self.lookup.fresh is not None
        kept: "Dict[str, Any]" = self.image.index if self.image is not None else {"layout": {}}
        is_other = self.layout != kept["layout"] or self.scripts != kept.get("scripts")
        return bool(self.news or members or is_damaged or is_other) and store.is_plain()

    @property
    def is_scattered(self) -> bool:
        """Tell whether much of the code that this run took from the image lies there piece by piece."""
        alone = self.image.alone if self.image is not None else ()
        return sum([length for _, length, _ in alone]) > _WORTH_JOINING and store.is_plain()

    @property
    def has_stale_tree(self) -> bool:
        """Tell whether folders of its tree were changed, so that a start has to look at all that is in them."""
        return self.library.spot_checks is not None and self.library.spot_checks.is_stale

    def _serve_patterns(self, compiler: "ModuleType") -> None:
        patterns = interpreter.late_if_readable("patterns")
        if patterns is not None:
            served: "Patterns" = patterns.Patterns(self.image)
            self.patterns = served
            served.serve(compiler)

    def _serve_texts(self, maker: "ModuleType") -> None:
        texts = interpreter.late_if_readable("texts")
        if self.texts is None and texts is not None:
            self.texts = texts.Texts(self.image)
        if self.texts is not None:
            self.texts.serve(maker, _TEXT_MAKERS[maker.__name__])

    def _serve_members(self, zipfile: "ModuleType") -> None:
        lookup = interpreter.late_if_readable("lookup")
        if lookup is not None:
            served: "Lookup" = lookup.Lookup(self.contents, self.image)
            self.lookup = served
            served.serve(zipfile)

    def _is_same(self) -> bool:
        """Tell whether the archive is the one that it was, as far as its identity tells."""
        return store.identity_at(self.path_name) == self._identity

    def _take_equal(self) -> None:
        """Let what lies at the archive's path be it, if it has the same content, though another mode, name or time.

        Only for who is about to read it: what was read already could be of another one that stood there in between.
        """
        now = store.identity_at(self.path_name)
        if now not in (None, self._identity, self._other):
            self._other = now  # from here on: to look may need a module, and so ask again
            self._identity = self.identity_if_same() or self._identity

    def _load_runpy(self) -> None:
        if self.runpy:
            lazy.enter(self.runpy)
        else:
            self.runpy = lazy.loading().described(interpreter.import_runpy())


def _maker(layout: "Layout") -> "Any":
    """Give the module of the ground floor that starts what layout is of."""
    modules = _STARTERS[layout["maker"]]
    load("files", "entry", *modules)
    return loaded(modules[-1])


def open_warm(entry: store.Bundle, asked: command.Command) -> "Optional[Warm]":
    """Give the bundle of entry, which asked names, if all that its start needs is there and right."""
    if asked.unpack == (command.NEVER if entry.unpack else command.ALWAYS):  # which is to be noted
        return None
    image = _image(entry, entry.unpack or asked.wants_files)
    if image is None:
        return None
    need: str = image.index["need"]
    layout: "Layout" = image.index["layout"]
    if layout.get("seen") and layout["seen"] != library.surroundings():
        return None
    if layout.get("is_script") and os.path.abspath(asked.target) != layout["file"]:
        return None  # by another name, it may have another lock file beside it
    if layout.get("misfit") and not _runs_all_the_same(layout, asked):
        return None
    if layout.get("maker") == kinds.PROJECT or "place" in layout:
        opened = _maker(layout).opened(entry, layout)
        return None if opened is None else Warm(opened, asked, image, need, opened.tree, layout)
    if not need or is_left_to_bootstrap(layout, asked):
        return Warm(entry, asked, image, need, None, layout)
    load("files")
    from . import files  # most bundles need none

    files.hold(entry.files())
    tree = files.seen(entry, need)
    if tree is None or not files.is_linked(tree.directory, layout.get("link")):
        return None
    known = Warm(entry, asked, image, need, tree.directory, layout)
    known.library.spot_checks = tree.spot_checks
    return known


def is_left_to_bootstrap(layout: "Layout", asked: "command.Command") -> bool:
    """Tell whether a PEX with layout is handed to its own bootstrap, as asked wants it, so that it needs no files here."""
    if layout.get("maker") != kinds.PEX:
        return False
    return _maker(layout).foreign(layout, kinds.absolute(asked.target), asked) is not None


def _runs_all_the_same(layout: "Layout", asked: "command.Command") -> bool:
    """Tell whether a bundle that does not fit this interpreter is to be run here again: as it was before.

    That was because it was asked for, or because there was no other and it may do; or its bootstrap looks for another.
    """
    if layout.get("chooses"):
        return not asked.python or asked.is_sent
    return bool(asked.python or layout.get("tries"))


def _image(entry: store.Bundle, is_unpacked: bool) -> "Optional[Image]":
    found = store.open_image(entry, is_unpacked)
    if found is not None:
        return found
    found = store.open_image(entry, not is_unpacked)
    return found if found is not None and found.index["is_only"] else None
