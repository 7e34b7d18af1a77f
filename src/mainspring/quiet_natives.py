"""Native modules that have nothing to do when a process ends: by what they take from the system's libraries.

`runtime.ending` lets a process exit at once where nobody could notice. Native code could: by functions that the system
calls at exit, by output that C's own streams hold back, by objects that write or remove something when they are freed.
A module that takes nothing from the libraries that could do so has none of that. Read are ELF files alone.
"""

import re
import struct
from typing import Dict, Iterator, List, NamedTuple

_LARGEST = 2**28  # bytes
_LOADED, _DYNAMIC, _HASHES = 1, 2, 0x6FFFFEF5
_NEEDED, _STRINGS, _SYMBOLS, _HASH, _STRINGS_SIZE, _FINI_ARRAY_SIZE = 1, 5, 6, 4, 10, 28
_SYMBOL = 24  # bytes
_POINTER = 8
_LIBRARIES = re.compile(
    r"(libc|libm|libpthread|libdl|librt|libgcc_s|libpython3[\w.]*|ld-[\w-]+|libc\.musl-\w+)\.so[.\d]*$"
)
# Of Python's own: what calls back at the end, starts threads, or is about C's streams.
_PYTHONS = re.compile(r"_?Py(?!_AtExit|Unstable_AtExit|Thread_start|_Main|_Finalize|_Exit|Run_)\w+$")
_HARMLESS = re.compile(
    r"""
    # what every shared library has
    _ITM_(de)?registerTMCloneTable | __gmon_start__ | __cxa_finalize | __stack_chk_fail | __tls_get_addr | _Unwind_\w+
    # memory and text
    | (__)?(mem|str|wcs|wmem)[a-z]+(_chk)? | __(iso[a-z]\d+_)?strto\w+ | bcmp | bcopy | bzero | swab
    | getpid | getenv
    | malloc | calloc | realloc | reallocarray | free | (posix_|aligned_)?mem_?align | aligned_alloc
    | (__)?v?s[n]?printf(_chk)? | (__isoc\d+_)?v?sscanf | __ctype_\w+ | (is|to)w?(alnum|alpha|digit|lower|space|upper|xdigit|print|punct)
    | ato[fil]+ | strto[a-z]+ | qsort(_r)? | bsearch | l?l?abs | l?l?div | rand(om)?(_r)? | __errno_location
    # numbers: libm
    | (a?(sin|cos|tan)h?|atan2|exp2?|expm1|log(2|10|1p|b)?|pow|sqrt|cbrt|hypot|floor|ceil|trunc|l?l?round|l?l?rint|nearbyint
      |fmod|modf|frexp|ldexp|scalbl?n|ilogb|copysign|fabs|fmax|fmin|fdim|fma|remainder|remquo|nextafter|nexttoward
      |erfc?|[lt]gamma(_r)?|sincos|nan)[fl]?
    | __(signbit|finite|isinf|isnan|fpclassify)[fl]? | fe\w+except\w* | fe[gs]etround
    # time, locks, and an end that is no ordinary one
    | time | clock | clock_gettime | gettimeofday | (gm|local)time_r | mktime | difftime
    | pthread_(mutex|rwlock|cond|spin|once|self|equal|key|getspecific|setspecific)\w* | sched_yield
    | abort | __assert_fail | _?_?(sig)?setjmp | _?longjmp | __longjmp_chk
    # C's streams, of which there is only the one that holds nothing back
    | stderr | (__)?v?fprintf(_chk)? | fput[cs] | putc | fflush | perror | fread | fwrite | ferror | feof
    """,
    re.VERBOSE,
)


class _Segment(NamedTuple):
    kind: int
    offset: int
    address: int
    size: int


def is_quiet(path: str) -> bool:
    """Tell whether the native module at path has nothing to do when its process ends. Raises nothing.

    False if that is not known: for what is no ELF file of 64 bits, or broken.
    """
    try:
        with open(path, "rb") as file:
            data = file.read(_LARGEST + 1)
        return len(data) <= _LARGEST and _takes_harmless_things(data)
    except (OSError, ValueError, KeyError, OverflowError, struct.error):
        return False


def _takes_harmless_things(data: bytes) -> bool:
    if data[:6] != b"\x7fELF\2\1":  # 64 bits, little-endian
        return False
    segments = _segments(data)
    table = _dynamic(data, segments)
    strings = _offset(segments, table[_STRINGS][0])
    end = strings + table[_STRINGS_SIZE][0]
    libraries = [_text(data, strings + at, end) for at in table.get(_NEEDED, [])]
    return (
        table.get(_FINI_ARRAY_SIZE, [0])[0] <= _POINTER  # one, the compiler's own
        and all(map(_LIBRARIES.match, libraries))
        and all(map(_is_harmless, _taken(data, segments, table, strings, end)))
    )


def _is_harmless(symbol: str) -> bool:
    return bool(_PYTHONS.match(symbol) or _HARMLESS.fullmatch(symbol))


def _segments(data: bytes) -> List[_Segment]:
    (start,) = struct.unpack_from("<Q", data, 32)
    step, count = struct.unpack_from("<HH", data, 54)
    found = []
    for at in range(start, start + step * count, step):
        kind, _, offset, address, _, size = struct.unpack_from("<IIQQQQ", data, at)
        found.append(_Segment(kind, offset, address, size))
    return found


def _dynamic(data: bytes, segments: List[_Segment]) -> Dict[int, List[int]]:
    """Give the values of the dynamic section by their tags."""
    [segment] = [segment for segment in segments if segment.kind == _DYNAMIC]
    table: Dict[int, List[int]] = {}
    for at in range(segment.offset, segment.offset + segment.size, 2 * _POINTER):
        tag, value = struct.unpack_from("<QQ", data, at)
        if not tag:
            break
        table.setdefault(tag, []).append(value)
    return table


def _offset(segments: List[_Segment], address: int) -> int:
    """Give where in the file is what is to be at address. Raises ValueError if it is nowhere."""
    for segment in segments:
        if segment.kind == _LOADED and segment.address <= address < segment.address + segment.size:
            return address - segment.address + segment.offset
    raise ValueError(f"nothing is loaded to {address:#x}")


def _taken(data: bytes, segments: List[_Segment], table: Dict[int, List[int]], strings: int, end: int) -> Iterator[str]:
    """Give the names of the symbols that come from elsewhere."""
    start = _offset(segments, table[_SYMBOLS][0])
    for at in range(start, start + _SYMBOL * _count(data, segments, table), _SYMBOL):
        name, _, _, section = struct.unpack_from("<IBBH", data, at)
        if name and not section:
            yield _text(data, strings + name, end)


def _count(data: bytes, segments: List[_Segment], table: Dict[int, List[int]]) -> int:
    """Give the number of symbols, which only their hash tables tell; at least that of those from elsewhere."""
    if _HASH in table:
        return int(struct.unpack_from("<II", data, _offset(segments, table[_HASH][0]))[1])
    buckets, first, words, _ = struct.unpack_from("<IIII", data, _offset(segments, table[_HASHES][0]))
    return int(first)  # GNU's table has those that are defined here, which come last


def _text(data: bytes, start: int, end: int) -> str:
    return data[start : data.index(b"\0", start, end)].decode("ascii")
