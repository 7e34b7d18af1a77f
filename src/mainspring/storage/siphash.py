"""The checksums of other Pythons: `_imp.source_hash` is SipHash-1-3 since CPython 3.11, and was SipHash-2-4 before.

One store serves them all, so who looks after it has to know both. In pure Python, this takes a second for a megabyte.
"""

import _imp
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Callable, Optional, Tuple

    Checksum = Callable[[int, bytes], bytes]
    State = Tuple[int, int, int, int]

_MASK = 0xFFFFFFFFFFFFFFFF
_WORD = 8
_OTHERS = (2, 4) if sys.hash_info.algorithm == "siphash13" else (1, 3)


def of_others(key: int, data: bytes) -> bytes:
    """Give what `_imp.source_hash(key, data)` is in those Pythons where it is not what it is in this one."""
    return _siphash(key, data, *_OTHERS)


def which(key: int, data: bytes, expected: bytes) -> "Optional[Checksum]":
    """Give the function, this Python's or the others', whose checksum of data is expected; None if neither's is."""
    own: "Checksum" = _imp.source_hash
    for function in (own, of_others):
        if function(key, data) == expected:
            return function
    return None


def _siphash(key: int, data: bytes, often: int, in_the_end: int) -> bytes:
    state = key ^ 0x736F6D6570736575, 0x646F72616E646F6D, key ^ 0x6C7967656E657261, 0x7465646279746573
    words = len(data) // _WORD
    last = int.from_bytes(data[words * _WORD :], "little") | (len(data) & 0xFF) << 56
    for at in range(0, words * _WORD, _WORD):
        state = _mixed(state, int.from_bytes(data[at : at + _WORD], "little"), often)
    a, b, c, d = _mixed(state, last, often)
    a, b, c, d = _mixed((a, b, c ^ 0xFF, d), 0, in_the_end)
    return (a ^ b ^ c ^ d).to_bytes(_WORD, "little")


def _mixed(state: "State", word: int, rounds: int) -> "State":
    a, b, c, d = state
    d ^= word
    for _ in range(rounds):
        a = (a + b) & _MASK
        b = ((b << 13 | b >> 51) & _MASK) ^ a
        a = (a << 32 | a >> 32) & _MASK
        c = (c + d) & _MASK
        d = ((d << 16 | d >> 48) & _MASK) ^ c
        a = (a + d) & _MASK
        d = ((d << 21 | d >> 43) & _MASK) ^ a
        c = (c + b) & _MASK
        b = ((b << 17 | b >> 47) & _MASK) ^ c
        c = (c << 32 | c >> 32) & _MASK
    return a ^ word, b, c, d
