"""The layouts of bundles: what a start has to know of one, as the module of its maker finds it out.

`runtime.layouts` says what there is in a layout. The modules of `makers` are imported for bundles that look like their own.
"""

import os
from _blake2 import blake2b
from importlib import import_module

from . import clocks
from .runtime import Refusal, classify, kinds, library, store

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, List, Optional, Tuple

    from .archive import Archive, Limits
    from .fitness import Needs
    from .runtime.layouts import Layout


def of_archive(archive: "Archive", path_name: str) -> "Layout":
    """Give the layout of archive, the file at path_name; {} for a plain archive.

    It can be marshalled. Raises Refusal for what a maker would not have written.
    """
    kind = classify.kind_by_names([member.name for member in archive.members])
    if kind == kinds.SHIV:
        from .makers import shiv  # as said above, here and below

        if shiv.is_shiv(archive):
            return shiv.layout(archive, path_name)
    if kind == kinds.PEX:
        from . import third_party

        if not third_party.has_packaging():
            return _unread()
        from .makers import pex

        if pex.is_pex(archive):
            return pex.layout(archive)
    if kind == kinds.WHEEL:
        from . import third_party

        third_party.require_packaging(archive.typed)
        from .makers import wheel

        return settled(wheel.layout(archive, os.path.basename(path_name)), archive.typed)
    return {}


def of_directory(
    place: str, typed: str, limits: "Limits", tick: "Callable[[int, int], None]"
) -> "Tuple[Archive, str, Layout]":
    """Give the files of the PEX that is the directory place, typed so, the hash of what counts, and its layout.

    Raises as `of_archive` does, OSError, and Refusal for archives in it that are not sound.
    """
    from . import third_party  # directories are rarely made by pex

    if not third_party.has_packaging():
        from .makers import pex_files

        return pex_files.Files(typed), blake2b(os.fsencode(place), digest_size=store.KEY).hexdigest(), _unread()
    from .makers import pex_directory

    return pex_directory.read(place, typed, limits, tick)


def settled(layout: "Layout", typed: str) -> "Layout":
    """Give layout, which `wheel.layout` gave for the wheel that was typed so, with what depends on where it runs: misfit, seen.

    Raises Refusal if it could run here, but for what it requires and this environment does not have.
    """
    from .makers import requirements, wheel  # only for wheels

    misfit = wheel.verdict(layout["needs"])
    required = layout["needs"]["requires_dist"] if misfit is None else []
    seen = _surroundings() if required else []
    missing = requirements.missing(required, typed, layout["name"])
    if missing:
        hint = "install what is missing, or choose a Python that has it with --python"
        raise Refusal(typed, f"it requires what is not installed: {'; '.join(missing)}", hint)
    return {**layout, "misfit": misfit, "seen": seen}


def _unread() -> "Layout":
    """Give the layout of a PEX for as long as this Python lacks the library by which the metadata of one are read."""
    from .makers import pex_handover  # as said above

    layout = pex_handover.layout("this Python has no packaging, by which its metadata would be read")
    return {**layout, "seen": _surroundings()}


def _surroundings() -> "List[Tuple[str, Optional[int]]]":
    """Give `library.surroundings`; if a change right now would not show in its times, something that no start will match."""
    found = library.surroundings()
    is_settled = all(when is None or clocks.is_settled(when) for _, when in found)
    return found if is_settled else [("", 0)]


def laid_out(archive: "Archive", layout: "Layout") -> "Archive":
    """Give what of archive, which has that layout, is to become real files."""
    if layout.get("programs"):
        from .makers import wheel  # loaded already

        return wheel.laid_out(archive, layout["programs"])
    if layout.get("maker") != kinds.PEX or layout["foreign"]:
        return archive
    from .makers import pex_files  # only for those that are run from there

    return pex_files.laid_out(archive)


def needs(layout: "Layout") -> "Needs":
    """Give what the bundle with layout asks of an interpreter."""
    maker: "Any" = import_module(f"{__package__}.makers.{layout['maker']}")
    asked: "Needs" = maker.as_needs(layout["needs"])
    return asked
