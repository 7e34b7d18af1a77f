"""The blobs of an image that is being made: code by itself, or in lists of what was wanted together."""

import marshal

from ..runtime import private

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Collection, Dict, Iterable, Iterator, List, Optional, Tuple, Union

    from ..runtime.image import Blob, Image, Place

    Part = Tuple[Blob, int]  # of the older image: a blob, and which code of the list in it
    Code = Union[bytes, Part]  # marshalled, or where the older image has it
    Order = Tuple[bool, int, int]

# Bytes of a list: in a longer one, what comes first has left the processor's cache before it is executed.
_LONGEST = 700_000
_ALONE = -1  # of a Part: the blob is no list


class ImageBlobs:
    """The blobs of an image to be, which come from an older image, from this run, or from bytecode files.

    names: those of modules, in the order in which they were looked up.
    joined: the older image's blobs whose code is to lie in lists.
    in_order: as they were wanted, once `placed` was called. lists: how long each list is, by its place.
    """

    def __init__(
        self, old: "Optional[Image]" = None, names: "Iterable[str]" = (), joined: "Iterable[Blob]" = ()
    ) -> None:
        self.in_order: "List[bytes]" = []
        self.lists: "Dict[Blob, int]" = {}
        self._old = old
        self._old_lists: "Dict[Blob, int]" = old.index["lists"] if old is not None else {}
        self._order = {name: number for number, name in enumerate(names)}
        self._joined = set(joined)
        self._named: "List[Tuple[Order, int, Code]]" = []
        self._kept: "Dict[Blob, Optional[bytes]]" = {}
        self._opened: "Dict[Blob, Any]" = {}
        self._moved: "Dict[Blob, Blob]" = {}
        self._places: "List[Place]" = []
        self._end = 0

    def add(self, name: str, code: "Union[bytes, Place]") -> "Optional[int]":
        """Take the code of the module name, marshalled or where the older image has it; give its number in here.

        None if the older image lost it.
        """
        number = len(self._named)
        if isinstance(code, bytes):
            self._named.append(((True, self._order.get(name, len(self._order)), _ALONE), number, code))
            return number
        blob, part = code if len(code) == 2 else (code, _ALONE)
        if self.kept(blob) is None:
            return None
        self._named.append(((False, blob[0], part), number, (blob, part)))
        return number

    def kept(self, blob: "Blob") -> "Optional[bytes]":
        """Give a blob of the older image, None if that lost it."""
        if blob not in self._kept:
            self._kept[blob] = self._old.blob(blob) if self._old is not None else None
        return self._kept[blob]

    def append(self, blob: bytes) -> "Blob":
        """Put blob behind all others, once they are placed; give its place."""
        place = self._end, len(blob), private.checksum(blob)
        self.in_order.append(blob)
        self._end += len(blob)
        return place

    def placed(self, found: "Dict[str, Any]") -> "Dict[str, Any]":
        """Give found with a place instead of the number that ends each value."""
        if not self._places:
            self._place()
        return {
            name: (*value[:-1], self._places[value[-1]]) if value is not None and value[-1] is not None else value
            for name, value in found.items()
        }

    def _place(self) -> None:
        places: "Dict[int, Place]" = {}
        scattered: "List[Tuple[int, Part]]" = []
        whole = self._whole_lists()
        for _, number, code in sorted(self._named, key=lambda named: named[:2]):
            if isinstance(code, bytes):
                places[number] = self.append(code)
                continue
            blob, part = code
            if blob in whole:
                places[number] = self._again(blob), part
            elif part != _ALONE or blob in self._joined:
                scattered.append((number, code))
            else:
                places[number] = self._again(blob)
        self.lists = {self._again(blob): length for blob, length in whole.items()}
        for numbers, codes in self._lists_of(scattered):
            place = self.append(marshal.dumps(codes))
            self.lists[place] = len(codes)
            places.update((number, (place, part)) for part, number in enumerate(numbers))
        self._places = [places[number] for number in range(len(places))]

    def _again(self, blob: "Blob") -> "Blob":
        """Put a blob that was kept behind all others, unless it is here already; give its place."""
        if blob not in self._moved:
            self._moved[blob] = self.append(self._kept[blob] or b"")
        return self._moved[blob]

    def _whole_lists(self) -> "Dict[Blob, int]":
        """Give the older image's lists that are still wanted, all that is in them, and how long they are."""
        wanted: "Dict[Blob, int]" = {}
        for _, _, code in self._named:
            if not isinstance(code, bytes):
                wanted[code[0]] = wanted.get(code[0], 0) + 1
        return {blob: length for blob, length in self._old_lists.items() if wanted.get(blob) == length}

    def _lists_of(self, scattered: "Collection[Tuple[int, Part]]") -> "Iterator[Tuple[List[int], List[Any]]]":
        """Give the code of scattered in lists, each with the numbers that go with it."""
        numbers: "List[int]" = []
        codes: "List[Any]" = []
        size = 0
        for number, (blob, part) in scattered:
            numbers.append(number)
            codes.append(self._code(blob, part))
            size += blob[1] // self._old_lists.get(blob, 1)
            if size >= _LONGEST:
                yield numbers, codes
                numbers, codes, size = [], [], 0
        if numbers:
            yield numbers, codes

    def _code(self, blob: "Blob", part: int) -> "Any":
        if blob not in self._opened:
            # The last is enough: what is asked for next is mostly of the same.
            self._opened = {blob: marshal.loads(self._kept[blob] or b"")}
        opened = self._opened[blob]
        return opened if part == _ALONE else opened[part]
