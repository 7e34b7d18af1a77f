"""What a bundle or a project brings along, and where it is or will be: its entry in the store, its real files, its layer."""

import os
from typing import Any, Iterator, List

from .. import wording
from ..bundles import Expected
from ..runtime import files, kinds
from ..runtime.project import LayerEntry
from ..runtime.warm import Warm
from ..storage import unpack
from . import stores
from .step import Step

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..runtime.layouts import Layout


def steps(known: Warm) -> Iterator[Step]:
    """Say what known, a bundle or a project, brings along."""
    if known.layout.get("maker") == kinds.PROJECT:
        yield from _project(known)
    else:
        yield Step("store", _found(known) if isinstance(known, Expected) else _warm(known))
    yield from _maker(known.layout)


def _warm(known: Warm) -> List[str]:
    lines = [f"{known.entry.path}: warm"]
    if known.image is not None:
        lines.append(f"code from {os.path.basename(known.image.path)}")
    if known.directory is not None:
        lines.append(f"real files, which are as they were written, in {known.directory}")
    return lines


def _found(known: Expected) -> List[str]:
    lines = [stores.cold(known.entry, ", so it is checked and hashed")]
    if known.need:
        members = unpack.members_for(known.found.archive, known.need)
        size = sum(member.size for member in members)
        which = "all members" if known.need == files.WHOLE else "native modules and libraries"
        lines.append(
            f"{which} become real files in {known.directory} ({wording.count(len(members), 'member')}, {size} bytes)"
        )
    return lines


def _maker(layout: "Layout") -> Iterator[Step]:
    if not layout:
        return
    if layout["maker"] != kinds.PROJECT:
        yield Step("maker", [f"{layout['maker']} {layout.get('version', '')}".strip()])
    scripts = {**layout.get("programs", {}), **layout.get("files", {}), **layout["scripts"]}
    yield Step("scripts", [f"{name}: {called}" for name, called in sorted(scripts.items())])


# Projects, and scripts with metadata.


def _project(known: Any) -> Iterator[Step]:
    if hasattr(known, "wanted"):  # the plan of one that is not installed yet (`projects.running.Expected`)
        yield Step("store", [stores.cold(known.entry, ", so it is looked up what is to run")])
        yield from _wanted(known)
        yield Step("depends on", known.lines)
        yield Step("layer", _layer_of(known))
        return
    yield Step("store", _warm(known)[:2])
    yield Step("lock", [path for path, identity in known.layout["locks"] if identity is not None][:1])
    yield Step("layer", _layer(known.directory))


def _wanted(known: Any) -> Iterator[Step]:
    project = known.wanted.project
    if project.requires_python:
        yield Step("needs", [f"Python {project.requires_python}, which this is"])
    yield Step("extras", known.extras)
    yield Step("groups", known.groups)
    if known.wanted.lock is not None:
        yield Step("lock", [known.wanted.lock])
    if known.backend:
        yield Step("backend", [f"{known.backend}: it knows the rest; it is asked, or what it told before still holds"])


def _layer_of(known: Any) -> List[str]:
    if known.place is None:
        return _layer(known.directory)
    by = f"uv ({known.installer})" if known.installer else "pip, as there is no uv on PATH"
    return [f"{known.place}: cold, so it is installed there by {by}"]


def _layer(directory: Any) -> List[str]:
    """Say what is in the layer in directory, which is there; None for no layer."""
    if directory is None:
        return []
    root, key = os.path.split(os.path.dirname(directory))
    about = LayerEntry(os.path.dirname(root), key).about()
    return [f"{directory}: warm", *(about[1] if about is not None else [])]
