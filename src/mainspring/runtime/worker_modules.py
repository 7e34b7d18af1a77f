"""A worker of a program that runs with the help of the store takes its modules from there, too (`workers`).

Python has started it, so nothing of a start is done here but to have its finders ask the store first, and what it lacked
kept, if that is much. What it finds is what its program finds: native modules in an archive, for one.
"""

from . import FOR_BUNDLES, command, interpreter, load, start

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import List, Optional

    from .start import Upstairs


def serve(upstairs: "Upstairs", words: "List[str]", path_name: str, natives: "Optional[str]") -> None:
    """Have this worker's modules come from the store, for a program that words started, if the store knows that.

    path_name: where the bundle is. natives: the directory where the native modules of an archive are real
    files, or None; they are found even if the store knows nothing. `sys.path_importer_cache` is changed, `sys.modules` is
    not.
    """
    try:
        load(*FOR_BUNDLES)
        _serve(upstairs, words, path_name, natives)
    finally:
        interpreter.hide_own_modules()


def _serve(upstairs: "Upstairs", words: "List[str]", path_name: str, natives: "Optional[str]") -> None:
    from . import importer, warm  # loaded already

    asked = command.parse(words)
    asked.target = path_name
    entry = start.entry_for(asked) if asked.use_store else None
    known = warm.open_warm(entry, asked) if entry is not None else None
    if known is not None:
        start.connect(known, upstairs)
        known.serve_worker(start.keeper(asked, upstairs))
    elif natives is not None and interpreter.importer_of(path_name) is not None:  # it may be gone by now
        contents = importer.Contents(path_name, lambda: True, lambda: None, None, [])
        contents.files = natives
        interpreter.remember_importer(path_name, importer.serve(contents))
