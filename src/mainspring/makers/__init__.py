"""The makers of bundles, and what each writes into them: one module for each."""

import os
from importlib import import_module

from _blake2 import blake2b

from .. import clocks
from ..archive.names import MAINS
from ..runtime import Refusal, library, store

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Collection, Dict, List, Optional, Tuple

    from ..archive import Archive, Limits
    from ..fitness import Needs
    from ..runtime.command import Command
    from ..runtime.layouts import Layout

# By maker: what asks its bootstrap for an interpreter, for a script, for an entry point; and what has another word in it.
_VARIABLES = {
    "shiv": ("SHIV_INTERPRETER", "SHIV_CONSOLE_SCRIPT", "SHIV_ENTRY_POINT", "SHIV_MODULE"),
    "pex": ("PEX_INTERPRETER", "PEX_SCRIPT", "PEX_MODULE"),
}


def layout(archive: "Archive", typed: str, path_name: str) -> "Layout":
    """Give what a start has to know of archive, the file at path_name that was typed so; {} for a plain archive.

    What comes out can be marshalled; `runtime.layouts` says what it has. Raises Refusal for what a maker would not have
    written.
    """
    # Each is imported only for bundles that look like its own.
    names = {member.name for member in archive.members}
    if "environment.json" in names:
        from . import shiv

        if shiv.is_shiv(archive):
            return shiv.layout(archive, typed, path_name)
    if "PEX-INFO" in names:
        from .. import borrowed

        if not borrowed.has_packaging():
            return _unread()
        from . import pex

        if pex.is_pex(archive):
            return pex.layout(archive, typed)
    if any(name.endswith(".dist-info/WHEEL") for name in names) and not names.intersection(MAINS):
        from .. import borrowed

        borrowed.packaging(typed)
        from . import wheel

        if wheel.is_wheel(archive):
            return _wheel(archive, typed, path_name)
    return {}


def _wheel(archive: "Archive", typed: str, path_name: str) -> "Layout":
    from . import wheel

    return settled(wheel.layout(archive, typed, os.path.basename(path_name)), typed)


def settled(found: "Layout", typed: str) -> "Layout":
    """Give found, what `wheel.layout` gave of the wheel that was typed so, with this environment's say: misfit and seen.

    Raises Refusal if it could run here, but for what it requires and this environment does not have.
    """
    from . import requirements, wheel

    misfit = wheel.verdict(found["needs"])
    required = found["needs"]["requires_dist"] if misfit is None else []
    seen = _surroundings() if required else []
    missing = requirements.missing(required, typed, found["name"])
    if missing:
        hint = "install what is missing, or choose a Python that has it with --python"
        raise Refusal(typed, f"it requires what is not installed: {'; '.join(missing)}", hint)
    return {**found, "misfit": misfit, "seen": seen}


def layout_of_directory(
    place: str, typed: str, limits: "Limits", tick: "Callable[[int, int], None]"
) -> "Tuple[Archive, str, Layout]":
    """Give the files of the PEX that is the directory place, typed so, the hash of what counts, and its layout.

    Raises as `layout` does, OSError, and Refusal for archives in it that are not sound.
    """
    # Directories are rarely made by pex.
    from .. import borrowed

    if not borrowed.has_packaging():
        from . import pex_files

        return pex_files.Files(typed), blake2b(os.fsencode(place), digest_size=store.KEY).hexdigest(), _unread()
    from . import pex_directory

    return pex_directory.read(place, typed, limits, tick)


def handed_over(reason: str) -> "Layout":
    """Give the layout of a PEX of which nothing is known but that its own bootstrap has to run it, for that reason."""
    needs: "Dict[str, Any]" = {"specifiers": [], "any_of": [], "tags": []}
    return {
        "maker": "pex",
        "version": "",
        "paths": [""],
        "scripts": {},
        "needs": needs,
        "misfit": None,
        "foreign": reason,
    }


def _unread() -> "Layout":
    """Give the layout of a PEX for as long as this Python lacks the library by which the metadata of one are read."""
    found = handed_over("this Python has no packaging, by which its metadata would be read")
    return {**found, "seen": _surroundings()}


def _surroundings() -> "List[Tuple[str, Optional[int]]]":
    """Give `library.surroundings`, or what no start will find if a change that followed now would not show there."""
    found = library.surroundings()
    is_settled = all(when is None or clocks.is_settled(when) for _, when in found)
    return found if is_settled else [("", 0)]


def variables_for(layout: "Layout", asked: "Command") -> "Dict[str, Optional[str]]":
    """Give the variables by which the bootstrap of a bundle starts what asked names, instead of its own entry.

    Raises Refusal if asked names nothing in it that could be meant.
    """
    from ..runtime import entry  # rarely is something else asked for

    names = _VARIABLES[layout["maker"]]
    found: "Dict[str, Optional[str]]" = dict.fromkeys(names)
    interpreter, script, entry_point = names[:3]
    known: "Collection[str]" = {*layout["scripts"], *(layout.get("bin") or layout.get("files", ()))}
    if asked.is_repl:
        found[interpreter] = "1"
    elif asked.entry in known or entry.is_left_to_bootstrap(asked.entry, known):
        found[script] = asked.entry
    else:
        found[entry_point] = entry.chosen(asked.entry, {}, asked.target)
    return found


def laid_out(archive: "Archive", typed: str, layout: "Layout") -> "Archive":
    """Give what of archive, which was typed so and has that layout, is to become real files."""
    if layout.get("programs"):
        from . import wheel  # loaded already

        return wheel.laid_out(archive, layout["programs"])
    if layout.get("maker") != "pex" or layout["foreign"]:
        return archive
    from . import pex_files  # only for those that are run from there

    return pex_files.laid_out(archive, typed)


def needs(layout: "Layout") -> "Needs":
    """Give what a bundle, by its layout, asks of an interpreter."""
    module: "Any" = import_module(f"{__name__}.{layout['maker']}")
    asked: "Needs" = module.as_needs(layout["needs"])
    return asked
