"""Manifests: what is said of a tree of real files, so that a start can see whether it is as it was written.

What a start makes of them is `runtime.files` and `runtime.turns`.
"""

import marshal
import os

from . import clocks, trees
from .pile import Pile
from .runtime import files, image

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, Iterable, List, Optional, Tuple

    from .runtime.image import Image
    from .runtime.store import Bundle

MOST_AT_ONCE = 1000  # modules that each start looks at, whether or not it imports them
AT_A_TURN = 200  # of more than these
_FORMAT = 4  # of marshal, which every version of ours can read
_INIT = "__init__.py"
_NOTHING = files.pack([])


def made(need: str, directory: str, names: "List[str]", folders: "List[str]", boot: bytes = b"") -> bytes:
    """Give the content of the manifest for need, NATIVE or WHOLE, of the tree in directory as it is now.

    names: its files. folders: those without files. All are relative. boot: `files.boot`, unless all is on the disk. The
    modules of packages are to be looked at by turns if they are more than MOST_AT_ONCE. Raises OSError for what is not
    there.
    """
    modules = _modules(names)
    turned = modules if len(modules) > MOST_AT_ONCE else []
    around = _packed(directory, _folders_of(turned))  # before what is in them
    always = _packed(directory, sorted(set(names).difference(turned)) if turned else names)
    pile = Pile()
    index = {
        "of": need,
        "boot": boot,
        "names": always[0],
        "states": always[1],
        "folders": folders,
        "parts": [pile.append(marshal.dumps(_packed(directory, part), _FORMAT)) for part in _parts(turned)],
        "around": around,
    }
    return image.head(marshal.dumps(index, _FORMAT)) + b"".join(pile.blobs)


def states_in(kept: "Image") -> "Dict[str, files.State]":
    """Give what the manifest kept says of each file, by name; of a part of it that was damaged, nothing."""
    return states_of(kept.index, [kept.blob(place) for place in kept.index["parts"]])


def states_of(index: "Dict[str, Any]", blobs: "Iterable[Optional[bytes]]") -> "Dict[str, files.State]":
    """Give what a manifest with this index and these blobs, None for what was damaged, says of each file, by name."""
    found = dict(zip(index["names"], marshal.loads(index["states"])))
    for blob in blobs:
        names, packed = marshal.loads(blob) if blob is not None else ([], _NOTHING)
        found.update(zip(names, marshal.loads(packed)))
    return found


def put(bundle: "Bundle", need: str, content: bytes, is_synced: bool) -> None:
    """Write content, the manifest for need, into bundle's entry; if is_synced, to the disk. Raises OSError."""
    path = files.manifest_path(bundle, need)
    if os.path.isdir(path) and not os.path.islink(path):
        trees.discard(path, bundle.path)
    trees.place(path, trees.beside(bundle.path), content, 0o600, is_synced)


def renew(bundle: "Bundle", need: str) -> None:
    """Write the manifest for need anew, as folders of bundle's tree were changed, if its files are as they were.

    Raises nothing. Folders that were changed just now might change once more without their times telling: they are left
    for another time.
    """
    directory = bundle.files()
    kept = files.recorded(bundle, need)
    if kept is None:
        return
    known, boot = states_in(kept), kept.index["boot"]
    try:
        content = made(need, directory, list(known), kept.index["folders"], boot)
        last = max(state[2] for state in files.states(directory, kept.index["around"][0]))
        if clocks.is_settled(last) and files.states(directory, known) == list(known.values()):
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


def _packed(directory: str, names: "List[str]") -> "Tuple[List[str], bytes]":
    return names, files.pack(files.states(directory, names))
