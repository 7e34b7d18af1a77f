"""Code whose constant sets are to come back from marshal in the order in which they were compiled.

A set that is only looked into or gone through is a constant of its code. In which order it is gone through is decided by
the hashes of what is in it, and where two of these want the same place, by which was put in first. marshal sorts what is
in a set before that, so that `{None, False}` may come back the other way round; python, which compiles an archive's modules
and a script at each start, never shows that. Such code is kept with what to put into these sets, in an order that
makes them what they were.
"""

import marshal

from . import private

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType
    from typing import Any, FrozenSet, Iterator, List, Optional, Tuple

    Path = Tuple[int, ...]  # of a set: the numbers of the constants, from the module's code on, that lead to it
    Kept = Tuple[CodeType, Tuple[Tuple[Path, Tuple[Any, ...]], ...]]

_FEW = 6  # of which all orders are tried
_TRIES = 100


def dumped(code: "CodeType") -> "Optional[bytes]":
    """Marshal code so that it comes back as it was compiled: itself, or what `restored` takes. None if there is no way.

    What depends on the hashes of strings differs from start to start anyhow, unless those are told (`private.SEED`).
    """
    wrong = [(path, one) for path, one in _sets(code) if _is_told(one) and list(_loaded(one)) != list(one)]
    if not wrong:
        return marshal.dumps(code)
    kept = marshal.dumps((code, tuple([(path, _order_for(one)) for path, one in wrong])))
    back = dict(_sets(restored(marshal.loads(kept))))
    return kept if all(list(back[path]) == list(one) for path, one in wrong) else None


def restored(kept: "Kept") -> "CodeType":
    """Give the code of kept, which `dumped` has marshalled so, with its sets as they were."""
    code, orders = kept
    for path, order in orders:
        code = _with_set(code, path, frozenset(order))
    return code


def _with_set(code: "CodeType", path: "Path", one: "FrozenSet[Any]") -> "CodeType":
    constants = list(code.co_consts)
    number, rest = path[0], path[1:]
    constants[number] = _with_set(constants[number], rest, one) if rest else one
    return code.replace(co_consts=tuple(constants))


def _order_for(one: "FrozenSet[Any]") -> "Tuple[Any, ...]":
    """Give in which order to put into a new set what is in one, for it to be gone through in the same order as one.

    Mostly, that is this order itself: but not where something found its place taken, and the next one at the start.
    """
    wanted = list(one)
    turned = [wanted[first:] + wanted[:first] for first in range(min(len(wanted), _TRIES))]
    for order in (*turned, *(_permuted(wanted) if len(wanted) <= _FEW else ())):
        if list(frozenset(order)) == wanted:
            return tuple(order)
    return tuple(wanted)


def _permuted(some: "List[Any]") -> "Iterator[List[Any]]":
    if not some:
        yield some
    for number, one in enumerate(some):
        yield from ([one, *rest] for rest in _permuted(some[:number] + some[number + 1 :]))


def _sets(code: "CodeType", path: "Path" = ()) -> "Iterator[Tuple[Path, FrozenSet[Any]]]":
    for number, constant in enumerate(code.co_consts):
        if isinstance(constant, type(code)):
            yield from _sets(constant, (*path, number))
        elif isinstance(constant, frozenset):
            yield (*path, number), constant


def _loaded(one: "FrozenSet[Any]") -> "FrozenSet[Any]":
    back: "FrozenSet[Any]" = marshal.loads(marshal.dumps(one))
    return back


def _is_told(one: "FrozenSet[Any]") -> bool:
    return private.SEED != "" or not any(map(_is_text, one))


def _is_text(constant: object) -> bool:
    return any(map(_is_text, constant)) if isinstance(constant, tuple) else isinstance(constant, (str, bytes))
