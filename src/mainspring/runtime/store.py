"""The store, as a start reads it: where things are, and what is known of a bundle's file.

A cache may be slow; it is never an error, and never wrong. Whatever was lost, cut or altered does not fit its checksum,
and is a miss. A root that somebody else owns or can write to is not used. Nothing is locked, and nothing is written
but, once a day, the time at which something was used (`touch`): writing is for `storage.writer` and `storage.trees`, above.
"""

import marshal
import os
import stat
import sys
import time
from os import stat as stat_of  # the program may put another in its place

from . import image, loaded, private

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Optional, Tuple

    from .image import Image

    Identity = Tuple[int, int, int, int, int]
    Fingerprint = Tuple[Any, ...]

# The names of the folders; another number for another format.
SCRIPTS = "scripts-1"
PATHS = "paths-1"
BUNDLES = "bundles-1"
LAYERS = "layers-1"  # what projects depend on, installed (`project`)
NOTES = "pythons-1"  # what is known of other interpreters (`elsewhere`)
# Which members of a bundle are real files.
NATIVE = "native"  # the extension modules, and the libraries that they load
WHOLE = "whole"  # every member
RECORD_HEAD = b"mainspp1"
LARGEST_RECORD = 4096  # bytes
KEY = 20  # bytes of the hashes by which contents are known
DAY = 86400  # seconds
ABOUT_HEAD = b"mainspl1"  # of what says what is in a layer
NOTE_HEAD = b"mainspn1"
# Whether the limit for the digits of numbers in source text is the usual one as the process begins: it decides what can
# be compiled. What the program itself sets, it sets again at its next start. Not all releases before 3.11 have a limit.
_HAS_USUAL_DIGITS = not hasattr(sys, "get_int_max_str_digits") or (
    sys.get_int_max_str_digits() == sys.int_info.default_max_str_digits
)
is_only_looked_at = False  # whether this process leaves it as it is, and does not even note what is in use


class Bundle:
    """The entry of a bundle's content.

    root: the store. key: the hash of the content. path: the entry's directory.
    identity: that of the bundle's file, which is at path_name. unpack: whether it is to be unpacked at every start.
    """

    __slots__ = ("identity", "key", "path", "path_name", "root", "unpack")

    def __init__(self, root: str, key: str, identity: "Identity", path_name: str, unpack: bool = False) -> None:
        self.root = root
        self.key = key
        self.identity = identity
        self.path_name = path_name
        self.unpack = unpack
        self.path = os.path.join(root, BUNDLES, key)

    def image_path(self, is_unpacked: bool) -> str:
        """Give the path of the image for this interpreter."""
        form = "unpacked" if is_unpacked else "zipped"
        name = private.name_of(private.compiling(), os.__file__)
        return os.path.join(self.path, f"{form}-{name}.image")

    def files(self) -> str:
        """Give the directory of the members that must be real files."""
        return os.path.join(self.path, "files")

    def wish_path(self) -> str:
        """Give the path of the file that is there if the user wants the bundle unpacked at every start."""
        return os.path.join(self.path, "unpack")

    def record(self) -> bytes:
        """Give what stands in the record that leads from the bundle's file to this entry."""
        return private.sealed(RECORD_HEAD, marshal.dumps((self.identity, self.key, self.path_name, self.unpack)))


def identity_at(path: str) -> "Optional[Identity]":
    """Give the identity of what is at path; None if nothing is, or it cannot be told."""
    try:
        return identity_of(stat_of(path))
    except (OSError, ValueError):
        return None


def identity_of(status: os.stat_result) -> "Identity":
    """Give what tells a file from all others and from what it was before, as far as its status can."""
    when = status.st_ctime_ns
    if os.name == "nt":  # there, it is that of the file's birth, but since 3.12 not in the status of a descriptor
        when = getattr(status, "st_birthtime_ns", when)
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, when


def fingerprint_at(path: str) -> "Optional[Fingerprint]":
    """Give what tells what is at path from all others, and from what it was; None as `identity_at`. Its last part is a time."""
    try:
        return fingerprint_of(path, stat_of(path))
    except (OSError, ValueError):
        return None


def fingerprint_of(path: str, status: os.stat_result) -> "Fingerprint":
    """Give the same of what is at path, which has status: its identity; on Windows that does not tell enough (`hashing`)."""
    return loaded("hashing").fingerprint_of(path, status) if os.name == "nt" else identity_of(status)


def record_path(root: str, identity: "Identity") -> str:
    """Give the path of the record for the file with identity."""
    return os.path.join(root, PATHS, private.checksum(repr(identity).encode()).hex())


def bundle_at(path_name: str) -> "Optional[Bundle]":
    """Give the entry of the bundle at path_name, if that file, unchanged, is known; it is not opened. Raises nothing.

    On Windows, where a status can stay as it was, this is for `hashing`.
    """
    try:
        status = stat_of(path_name)
    except (OSError, ValueError):
        return None
    where = private.root()
    if where is None or not private.is_private(where):
        return None
    found = recorded(where, identity_of(status))
    return found if stat.S_ISREG(status.st_mode) and os.access(path_name, os.R_OK) else None


def recorded(root: str, identity: "Identity") -> "Optional[Bundle]":
    """Give the entry to which the record for identity leads, in the store at root, which is private. Raises nothing."""
    path = record_path(root, identity)
    found = private.read_private(path, LARGEST_RECORD) if private.is_private(os.path.dirname(path)) else None
    body = None if found is None else private.unsealed(RECORD_HEAD, found[0])
    if found is None or body is None:
        return None
    touch(path, found[1])
    known, *rest = marshal.loads(body)
    return Bundle(root, rest[0], identity, *rest[1:]) if known == identity else None


def open_image(bundle: Bundle, is_unpacked: bool = False) -> "Optional[Image]":
    """Open the image of bundle that this interpreter may use under its present options, if there is one."""
    if not is_plain() or not all(map(private.is_private, (bundle.root, os.path.dirname(bundle.path), bundle.path))):
        return None
    path = bundle.image_path(is_unpacked)
    found = image.open_own(path)
    if found is not None:
        touch(found.path, found.status)
    return found


def look_only() -> None:
    """From now on, note nothing of what this process takes from the store."""
    global is_only_looked_at
    is_only_looked_at = True


def touch(path: str, status: os.stat_result) -> None:
    """Note at path, once a day, that it is in use; for pruning. Raises nothing."""
    if is_of_another_day(status) and not is_only_looked_at:
        try:
            os.utime(path)
        except OSError:
            pass


def is_of_another_day(status: os.stat_result) -> bool:
    """Tell whether the file with status was last noted as in use (`touch`) more than a day ago."""
    return abs(time.time() - status.st_mtime) > DAY


def is_plain() -> bool:
    """Tell whether nothing changes how text is compiled but what code is kept by (`private.compiling`)."""
    is_told = sys._xoptions or "PYTHONNODEBUGRANGES" in os.environ
    return _HAS_USUAL_DIGITS and not is_told
