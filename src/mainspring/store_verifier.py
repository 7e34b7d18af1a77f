"""The store's verifier: it reads every byte that is there, and says what is not as it was written.

Nothing is changed. A start finds the same damage by itself when it comes across it, takes it for missing, and makes
it anew; this is for those who want to know before.
"""

import marshal
import os
import stat
import sys

from . import manifests, runtime, siphash, store_contents, store_keeper, store_writer, unpack
from . import store_builds
from .runtime import files, image, private, scripts, store
from .store_contents import BUILD, BUNDLE, FLOOR, LAYER, LENGTH, NOTE, OTHER, RECORD, SCRIPT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Dict, Iterator, List, Optional, Tuple

    from .runtime.image import Blob

_MANIFESTS = tuple(f"files.{need}" for need in (files.NATIVE, files.WHOLE))  # how their names begin
_START = len(image.HEAD) + private.CHECKSUM + LENGTH  # of an image's index
_TABLES = ("patterns", "texts")  # in an image's index, what leads to more places


class Findings:
    """What was read, and what is wrong.

    checked: how many scripts, records, images and so on were read. size: bytes that were read.
    unchecked: how many files cannot be checked: what programs wrote into their trees, and what other versions keep.
    damaged: path, relative to the store, and reason.
    """

    __slots__ = ("checked", "damaged", "size", "unchecked")

    def __init__(self) -> None:
        self.checked = {
            "scripts": 0,
            "records": 0,
            "images": 0,
            "manifests": 0,
            "files": 0,
            "floors": 0,
            "notes": 0,
            "layers": 0,
            "builds": 0,
        }
        self.size = 0
        self.unchecked = 0
        self.damaged: "List[Tuple[str, str]]" = []


class _Damage(Exception):
    """Why something is damaged."""


def verify(root: str) -> Findings:
    """Read all that is in the store at root.

    Raises OSError when the root cannot be listed.
    """
    check = _Check(root)
    for item in store_contents.survey(root):
        for part in (item, *item.records):
            if part.kind == SCRIPT:
                check.file("scripts", part.path, _check_script)
            elif part.kind == RECORD:
                check.file("records", part.path, _check_record)
            elif part.kind == NOTE:
                check.file("notes", part.path, _check_note)
            elif part.kind == LAYER:
                check.layer(part)
            elif part.kind == BUILD:
                check.file("builds", part.path, _check_build, sys.maxsize)
            elif part.kind == FLOOR:
                check.file("floors", part.path, _check_own_image, image.LARGEST)
            elif part.kind == BUNDLE:
                check.bundle(part)
            elif part.kind == OTHER:
                check.findings.unchecked += part.files
    for name, content in (("CACHEDIR.TAG", store_writer.TAG), (store_keeper.STAMP, b"")):
        if os.path.lexists(os.path.join(root, name)):
            check.file("", os.path.join(root, name), _is_content(content))
    for name in (
        store.SCRIPTS,
        store.PATHS,
        store.BUNDLES,
        store.NOTES,
        store.LAYERS,
        store_contents.BUILDS,
        runtime.FLOORS,
    ):
        if os.path.lexists(os.path.join(root, name)) and not private.is_private(os.path.join(root, name)):
            check.findings.damaged.append((name, "it is no directory of yours alone"))
    return check.findings


class _Check:
    """One pass over the store."""

    def __init__(self, root: str) -> None:
        self.findings = Findings()
        self._root = root

    def file(
        self, what: str, path: str, check: "Callable[[str, str, bytes], None]", largest: int = private.LARGEST
    ) -> None:
        """Read the file at path and see whether it is what check wants; what: the name under which it is counted.

        largest: how many bytes it may have.
        """
        try:
            data = _content(path, largest)
            self.findings.size += len(data)
            check(self._root, path, data)
        except FileNotFoundError:
            return  # removed or replaced meanwhile, or just as good as never written
        except OSError as error:
            self._note(path, f"it cannot be read ({error.strerror})")
        except _Damage as damage:
            self._note(path, str(damage))
        if what:
            self.findings.checked[what] += 1

    def layer(self, item: store_contents.Item) -> None:
        """Check the entry of a layer: what it says of itself, and its tree."""
        if os.path.lexists(os.path.join(item.path, "files")):
            self.file("layers", os.path.join(item.path, "about"), _is_sealed(store.ABOUT_HEAD))
        self.bundle(item)

    def bundle(self, item: store_contents.Item) -> None:
        """Check an entry: its images, its manifests, and its tree of real files."""
        if not private.is_private(item.path):
            if os.path.lexists(item.path):
                self._note(item.path, "it is no directory of yours alone")
            return
        tree = os.path.join(item.path, "files")
        listed: "Dict[str, List[files.State]]" = {}
        sums: "Dict[str, Optional[int]]" = {}
        for name in sorted(_names_in(item.path)):
            path = os.path.join(item.path, name)
            if name.endswith(store_contents.IMAGE):
                self.file("images", path, _check_own_image, image.LARGEST)
            elif name.startswith(_MANIFESTS) and not name.endswith(".new"):
                self.file("manifests", path, _check_manifest, image.LARGEST)
                recorded = _recorded(path)
                if recorded is None:
                    continue
                folders, said = recorded
                for member, state in said.states.items():
                    listed.setdefault(member, []).append(state)
                sums.update(said.sums)
                self._folders(tree, folders)
        self._tree(tree, listed, sums)

    def _folders(self, directory: str, names: "List[str]") -> None:
        for name in names:
            path = os.path.join(directory, name)
            if not os.path.isdir(path) or os.path.islink(path):
                self._note(path, "it is missing, or no directory")

    def _tree(self, directory: str, listed: "Dict[str, List[files.State]]", sums: "manifests.Sums") -> None:
        if listed and not private.is_private(directory):
            return self._note(directory, "it is no directory of yours alone")
        there = {os.path.relpath(path, directory) for path, _ in store_contents.files_below(directory)}
        self.findings.unchecked += len(there.difference(listed))  # a program may write into its tree
        for name, states in listed.items():
            self._member(os.path.join(directory, name), states, sums[name])
        return None

    def _member(self, path: str, states: "List[files.State]", expected: "Optional[int]") -> None:
        # One manifest that vouches for the file is enough: what another Python has mended is not in this one's.
        self.findings.checked["files"] += 1
        try:
            status = os.lstat(path)
            if files.state(status) not in states:
                return self._note(path, "it was replaced, or altered")
            if stat.S_ISLNK(status.st_mode):  # to a source of a project
                return None
            self.findings.size += status.st_size
            found = unpack.crc32_of(path)
            if found != expected:
                self._note(path, "its content is not what it was")
        except FileNotFoundError:
            self._note(path, "it is missing")
        except OSError as error:
            self._note(path, f"it cannot be read ({error.strerror})")
        return None

    def _note(self, path: str, reason: str) -> None:
        self.findings.damaged.append((os.path.relpath(path, self._root), reason))


def _names_in(directory: str) -> "List[str]":
    """Give what is in directory; nothing if somebody took it away meanwhile."""
    try:
        return os.listdir(directory)
    except FileNotFoundError:
        return []


def _content(path: str, largest: int) -> bytes:
    """Give all of the file at path; raise _Damage if it is none that a start would read, and OSError."""
    status = os.lstat(path)
    if not stat.S_ISREG(status.st_mode):
        raise _Damage("it is no file")
    if not private.is_ours(status):
        raise _Damage("it is somebody else's, or others can write to it")
    if status.st_size > largest:
        raise _Damage("there is more in it than belongs there")
    with open(path, "rb") as file:
        return file.read()


def _is_content(expected: bytes) -> "Callable[[str, str, bytes], None]":
    def check(root: str, path: str, data: bytes) -> None:
        if data != expected:
            raise _Damage("it was altered")

    return check


def _check_script(root: str, path: str, data: bytes) -> None:
    checksum, rest = _checked(scripts.HASH_KEY, scripts.HEAD, data)
    length = int.from_bytes(rest[:LENGTH], "little")
    _expect_name(path, checksum(scripts.HASH_KEY, rest[LENGTH : LENGTH + length]))


def _check_record(root: str, path: str, data: bytes) -> None:
    checksum, rest = _checked(private.KEY, store.RECORD_HEAD, data)
    _expect_name(path, checksum(private.KEY, repr(marshal.loads(rest)[0]).encode()))


def _check_note(root: str, path: str, data: bytes) -> None:
    checksum, rest = _checked(private.KEY, store.NOTE_HEAD, data)
    _expect_name(path, checksum(private.KEY, marshal.loads(rest)[0].encode("utf-8", "surrogatepass")))


def _is_sealed(head: bytes) -> "Callable[[str, str, bytes], None]":
    def check(root: str, path: str, data: bytes) -> None:
        _checked(private.KEY, head, data)

    return check


def _check_build(root: str, path: str, data: bytes) -> None:
    _expect(store_builds.unsealed(data) is not None)


def _check_manifest(root: str, path: str, data: bytes) -> None:
    _check_image(root, path, data)
    if not os.path.basename(path).startswith(f"files.{_index_of(data)['of']}-"):
        raise _Damage("it lies in another's place")


def _recorded(path: str) -> "Optional[Tuple[List[str], manifests.Said]]":
    """Give the folders of a manifest, of this Python or another, and what it says of files; None if it is damaged."""
    try:
        data = _content(path, image.LARGEST)
        _check_manifest("", path, data)
    except (OSError, _Damage):
        return None
    index = _index_of(data)
    start = _START + _length_of_index(data)
    blobs = [data[start + begin : start + begin + length] for begin, length, _ in index["parts"]]
    return index["folders"], manifests.Said(index, blobs)


def _check_own_image(root: str, path: str, data: bytes) -> None:
    _check_image(root, path, data)
    if _index_of(data).get(image.OF) != image.name_of(path):
        raise _Damage("it lies in another's place")


def _check_image(root: str, path: str, data: bytes) -> None:
    blobs = _START + _length_of_index(data)
    checksum, _ = _checked(private.KEY, image.HEAD, data[: _START - LENGTH] + data[_START:blobs])
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
        raise _Damage("there is more in it than belongs there")


def _length_of_index(data: bytes) -> int:
    return int.from_bytes(data[_START - LENGTH : _START], "little")


def _index_of(data: bytes) -> "Dict[str, Any]":
    """Give the index of the image in data, whose checksum is right."""
    index: "Dict[str, Any]" = marshal.loads(data[_START : _START + _length_of_index(data)])
    return index


def _checked(key: int, head: bytes, data: bytes) -> "Tuple[siphash.Checksum, bytes]":
    """Give the function whose checksum of all behind it stands in data behind head, and what is behind it."""
    rest = data[len(head) + private.CHECKSUM :]
    _expect(data.startswith(head))
    checksum = siphash.which(key, rest, data[len(head) : len(head) + private.CHECKSUM])
    if checksum is None:
        raise _Damage("its checksum is wrong")
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
        raise _Damage("its checksum is wrong")


def _expect_name(path: str, expected: bytes) -> None:
    if os.path.basename(path) != expected.hex():
        raise _Damage("it lies in another's place")
