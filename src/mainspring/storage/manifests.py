"""Manifests: what is said of a tree of real files, so that a start can see whether it is as it was written.

What a start makes of them is `runtime.files` and `runtime.spot_checks`.
"""

import marshal
import os

from .. import clocks
from ..runtime import files, image
from . import trees
from .image_blobs import ImageBlobs

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, Iterable, Iterator, List, Mapping, Optional, Tuple

    from ..runtime.image import Image
    from ..runtime.store import Bundle

    Sums = Mapping[str, Optional[int]]  # the CRC-32 of each file; None for a link, which has none of its own
    Part = Tuple[List[str], bytes, bytes]  # names of files, and their states and sums, packed

MOST_AT_ONCE = 1000  # modules that each start looks at, whether or not it imports them
AT_A_TURN = 200  # of more than these
_FORMAT = 4  # of marshal; every Python that mainspring supports can read it
_INIT = "__init__.py"


class Said:
    """What a manifest says of each file, by name: its state, and its CRC-32, or None for a link."""

    def __init__(self, index: "Dict[str, Any]", blobs: "Iterable[Optional[bytes]]") -> None:
        """Read a manifest's index and its blobs; one that was damaged, None, says nothing."""
        self.states: "Dict[str, files.State]" = {}
        self.sums: "Dict[str, Optional[int]]" = {}
        for names, states, sums in _parts_of(index, blobs):
            self.states.update(zip(names, marshal.loads(states)))
            self.sums.update(zip(names, marshal.loads(sums)))


def made(need: str, directory: str, sums: "Sums", folders: "List[str]", boot: bytes = b"") -> bytes:
    """Give the content of the manifest for need, NATIVE or WHOLE, of the tree in directory as it is now.

    sums: those of its files. folders: those without files. All are relative. boot: `files.boot`, unless all is on the
    disk. The modules of packages are to be looked at by turns if they are more than MOST_AT_ONCE. Raises OSError for
    what is not there.
    """
    modules = _modules(sums)
    turned = modules if len(modules) > MOST_AT_ONCE else []
    folders_around = _folders_of(turned)
    around = folders_around, files.pack(files.states(directory, folders_around))  # before what is in them
    names, states, own_sums = _packed(directory, sums, sorted(set(sums).difference(turned)))
    blobs = ImageBlobs()
    index = {
        image.OF: need,
        "boot": boot,
        "names": names,
        "states": states,
        "sums": own_sums,
        "folders": folders,
        "parts": [blobs.append(marshal.dumps(_packed(directory, sums, part), _FORMAT)) for part in _parts(turned)],
        "around": around,
    }
    return image.head(marshal.dumps(index, _FORMAT)) + b"".join(blobs.in_order)


def said_in(kept: "Image") -> Said:
    """Give what the manifest kept says of each file."""
    return Said(kept.index, [kept.blob(place) for place in kept.index["parts"]])


def _parts_of(index: "Dict[str, Any]", blobs: "Iterable[Optional[bytes]]") -> "Iterator[Part]":
    yield index["names"], index["states"], index["sums"]
    for blob in blobs:
        if blob is not None:
            yield marshal.loads(blob)


def put(bundle: "Bundle", need: str, content: bytes, is_synced: bool) -> None:
    """Write content, the manifest for need, into bundle's entry; if is_synced, to the disk. Raises OSError."""
    path = files.manifest_path(bundle, need)
    trees.place(path, trees.beside(bundle.path), [content], 0o600, is_synced)


def renew(bundle: "Bundle", need: str) -> None:
    """Write the manifest for need anew, as folders of bundle's tree were changed, if its files are as they were.

    Raises nothing. Folders that were changed just now might change once more without their times telling: they are left
    for another time.
    """
    directory = bundle.files()
    kept = files.recorded(bundle, need)
    if kept is None:
        return
    known, boot = said_in(kept), kept.index["boot"]
    try:
        content = made(need, directory, known.sums, kept.index["folders"], boot)
        last = max(state[2] for state in files.states(directory, kept.index["around"][0]))
        if clocks.is_settled(last) and files.states(directory, known.states) == list(known.states.values()):
            put(bundle, need, content, is_synced=not boot)
    except OSError:
        pass  # the next start sees to it


def _modules(names: "Iterable[str]") -> "List[str]":
    """Give the modules of packages among the files with names."""
    packages = {os.path.dirname(name) for name in names if os.path.basename(name) == _INIT}
    return sorted(name for name in names if name.endswith(".py") and os.path.dirname(name) in packages)


def _parts(names: "List[str]") -> "List[List[str]]":
    """Give names in parts of about the same size, at most AT_A_TURN."""
    count = -(-len(names) // AT_A_TURN)
    return [names[number::count] for number in range(count)]


def _folders_of(names: "Iterable[str]") -> "List[str]":
    return sorted({os.path.dirname(name) for name in names})


def _packed(directory: str, sums: "Sums", names: "List[str]") -> "Part":
    packed_sums = marshal.dumps([sums[name] for name in names], _FORMAT)
    return names, files.pack(files.states(directory, names)), packed_sums
