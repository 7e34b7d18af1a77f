"""What the files of the store have to be: each kind's form, its checksums, and its place.

A check is called with the path of a file and what is in it, and raises `Damage` unless that is as it was written, by this
Python or another.
"""

import marshal
import os
import stat
import sys

from ..runtime import image, private, scripts, store
from . import builds, manifests, siphash

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Dict, Iterator, List, Optional, Tuple

    from ..runtime.image import Blob

    Check = Callable[[str, bytes], None]

_TABLES = ("patterns", "texts")  # in an image's index, what leads to more places


class Damage(Exception):
    """Why something is damaged."""


def content_of(path: str, largest: int) -> bytes:
    """Give all of the file at path; raise Damage if it is none that a start would read, and OSError."""
    _check_status(path, largest)
    with open(path, "rb") as file:
        return file.read()


def _check_status(path: str, largest: int) -> None:
    status = os.lstat(path)
    if not stat.S_ISREG(status.st_mode):
        raise Damage("it is no file")
    if not private.is_ours(status):
        raise Damage("it is somebody else's, or others can write to it")
    if status.st_size > largest:
        raise Damage("there is more in it than belongs there")


def exactly(expected: bytes) -> "Check":
    """Give what sees that a file has the content expected."""

    def check(path: str, data: bytes) -> None:
        if data != expected:
            raise Damage("it was altered")

    return check


def script(path: str, data: bytes) -> None:
    """See that the file at path, with data, is the entry of a script as it was written."""
    checksum, rest = _checked(scripts.HASH_KEY, scripts.HEAD, data)
    length = int.from_bytes(rest[: scripts.LENGTH], "little")
    _expect_name(path, checksum(scripts.HASH_KEY, rest[scripts.LENGTH : scripts.LENGTH + length]))


def record(path: str, data: bytes) -> None:
    """See that the file at path, with data, is a record of where a bundle's content is kept, at the place for that bundle."""
    checksum, rest = _checked(private.KEY, store.RECORD_HEAD, data)
    _expect_name(path, checksum(private.KEY, repr(marshal.loads(rest)[0]).encode()))


def note(path: str, data: bytes) -> None:
    """See that it is a note on an interpreter (`elsewhere`), at the place for its question."""
    checksum, rest = _checked(private.KEY, store.NOTE_HEAD, data)
    _expect_name(path, checksum(private.KEY, marshal.loads(rest)[0].encode("utf-8", "surrogatepass")))


def sealed(head: bytes) -> "Check":
    """Give what sees that a file begins with head, and has the checksum of what follows."""

    def check(path: str, data: bytes) -> None:
        _checked(private.KEY, head, data)

    return check


def build(path: str) -> int:
    """See that the file at path is what was kept of a build (`builds`), of whatever size; give that. Raises OSError, too."""
    _check_status(path, sys.maxsize)
    with open(path, "rb") as file:
        _expect(builds.is_whole(file))
        return file.tell()


def manifest(path: str, data: bytes) -> None:
    """See that it is a manifest, for the need in its name."""
    _image(data)
    if not os.path.basename(path).startswith(f"files.{_index_of(data)[image.OF]}-"):
        raise Damage("it lies in another's place")


def recorded_in(path: str) -> "Optional[Tuple[List[str], manifests.Said]]":
    """Give the folders of a manifest, of this Python or another, and what it says of files; None if it is damaged."""
    try:
        data = content_of(path, image.LARGEST)
        manifest(path, data)
    except (OSError, Damage):
        return None
    index = _index_of(data)
    start = image.START + _length_of_index(data)
    blobs = [data[start + begin : start + begin + length] for begin, length, _ in index["parts"]]
    return index["folders"], manifests.Said(index, blobs)


def own_image(path: str, data: bytes) -> None:
    """See that it is an image, of the name that it has, with all its blobs as they were written."""
    _image(data)
    if _index_of(data).get(image.OF) != image.label_of(path):
        raise Damage("it lies in another's place")


def _image(data: bytes) -> None:
    """See that data is an image, whole, and nothing else."""
    blobs = image.START + _length_of_index(data)
    checksum, _ = _checked(private.KEY, image.HEAD, data[: image.START - image.LENGTH] + data[image.START : blobs])
    index = _index_of(data)
    tables = [index.get(name) for name in _TABLES]
    end = 0
    left = list(_places(index))
    while left:
        place = left.pop()
        begin, length, expected = place
        blob = data[blobs + begin : blobs + begin + length]
        _expect(len(blob) == length and checksum(private.KEY, blob) == expected)
        end = max(end, begin + length)
        if place in tables:  # all else may be private to the Python that wrote it
            left.extend(_places(marshal.loads(blob)))
    if blobs + end != len(data):
        raise Damage("there is more in it than belongs there")


def _length_of_index(data: bytes) -> int:
    return int.from_bytes(data[image.START - image.LENGTH : image.START], "little")


def _index_of(data: bytes) -> "Dict[str, Any]":
    """Give the index of the image in data, whose checksum is right."""
    index: "Dict[str, Any]" = marshal.loads(data[image.START : image.START + _length_of_index(data)])
    return index


def _checked(key: int, head: bytes, data: bytes) -> "Tuple[siphash.Checksum, bytes]":
    """Give the function whose checksum of all behind it stands in data behind head, and what is behind it."""
    rest = data[len(head) + private.CHECKSUM :]
    _expect(data.startswith(head))
    checksum = siphash.which(key, rest, data[len(head) : len(head) + private.CHECKSUM])
    if checksum is None:
        raise Damage("its checksum is wrong")
    return checksum, rest


def _places(value: "Any") -> "Iterator[Blob]":
    """Give all places of blobs in an index, or in a part of one."""
    if isinstance(value, tuple) and [type(item) for item in value] == [int, int, bytes]:
        yield value
    elif isinstance(value, (tuple, list, dict)):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _places(item)


def _expect(is_right: bool) -> None:
    if not is_right:
        raise Damage("its checksum is wrong")


def _expect_name(path: str, expected: bytes) -> None:
    if os.path.basename(path) != expected.hex():
        raise Damage("it lies in another's place")
