"""The gaps in an archive, which some readers would look into: none between its members, and no archive before the first."""

from .fault import Fault, quoted
from .records import CENTRAL, CENTRAL_SIGNATURE, END, END_SIGNATURE, LOCAL, LOCAL_SIGNATURE, METHODS, unpacked

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import List

    from .records import Data, Member

_OTHER_METHODS = (*range(1, 7), 9, 10, 16, 18, 19, 20, *range(93, 100))  # that some reader knows


def check(data: "Data", members: "List[Member]", starts: "List[int]", ends: "List[int]", directory: int) -> None:
    """See that members, whose parts of data have these starts and ends, leave no gaps before the directory at that offset.

    What stands before the first one may be anything but an archive. Raises Fault.
    """
    _check_prefix(data, _first(data, members, starts, ends, directory))


def _first(data: "Data", members: "List[Member]", starts: "List[int]", ends: "List[int]", directory: int) -> int:
    """See that each member begins where another ends, up to the directory; give where the first begins."""
    if starts and starts[1:] + [directory] == ends:
        return starts[0]
    order = sorted(range(len(starts)), key=starts.__getitem__)
    reached = first = starts[order[0]] if order else directory
    for index in order:
        name = quoted(members[index].name)
        if starts[index] < reached:
            raise Fault(f"member {name} overlaps another one")
        if starts[index] > reached:
            raise _hidden(data, reached, f"before member {name}")
        reached = ends[index]
    if reached > directory:
        raise Fault(f"member {name} overlaps the central directory")
    if reached < directory:
        raise _hidden(data, reached, "before the central directory")
    return first


def _hidden(data: "Data", at: int, where: str) -> Fault:
    is_member = data[at : at + 4] == LOCAL_SIGNATURE
    return Fault(f"there is a hidden member {where}" if is_member else f"there are hidden bytes {where}")


def _check_prefix(data: "Data", first: int) -> None:
    """See that what stands before the first member, which may be anything, is no archive or part of one.

    A launcher may well hold the signatures, for it looks for them; but not the rest of a header.
    """
    records = (
        (LOCAL_SIGNATURE, _looks_like_local),
        (CENTRAL_SIGNATURE, _looks_like_central),
        (END_SIGNATURE, _looks_like_end),
    )
    for signature, looks_like_it in records:
        at = data.find(signature, 0, first)
        while at >= 0:
            if looks_like_it(data, at, first):
                raise Fault("there is another archive, or a part of one, before its first member")
            at = data.find(signature, at + 1, first)


def _looks_like_local(data: "Data", at: int, first: int) -> bool:
    if at + LOCAL.size > first:
        return False
    _, _, method, _, _, _, length, extra = unpacked(LOCAL, data, at)
    return _can_be_member(method, length, at + LOCAL.size + length + extra, first)


def _looks_like_central(data: "Data", at: int, first: int) -> bool:
    if at + CENTRAL.size > first:
        return False
    _, _, _, method, _, _, _, length, extra, comment, *_ = unpacked(CENTRAL, data, at)
    return _can_be_member(method, length, at + CENTRAL.size + length + extra + comment, first)


def _can_be_member(method: int, length: int, end: int, first: int) -> bool:
    return (method in METHODS or method in _OTHER_METHODS) and length > 0 and end <= first


def _looks_like_end(data: "Data", at: int, first: int) -> bool:
    if at + END.size > first:
        return False
    _, _, _, _, count, size, offset, _ = unpacked(END, data, at)
    if not count:
        return not size and bool(offset <= at)
    places = (offset, max(0, at - size))
    return any(data[place : place + 4] == CENTRAL_SIGNATURE for place in places)
