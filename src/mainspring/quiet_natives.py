"""Native modules that have nothing to do when a process ends: by what they take from the system's libraries.

`runtime.ending` lets a process exit at once where nobody could notice. Native code could: by functions that the system
calls at exit, by output that C's own streams hold back, by objects that write or remove something when they are freed.
A module that takes nothing from the libraries that could do so has none of that. Read are ELF files alone.

It is called when a program has ended, when nothing more can be imported.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Dict, Iterator, List, Tuple

    Segment = Tuple[int, int, int, int]  # kind, offset in the file, address, size
    Table = Dict[int, List[int]]

_LARGEST = 2**28  # bytes
_HEAD = b"\x7fELF\2\1"  # 64 bits, little-endian
_LOADED, _DYNAMIC = 1, 2
_NEEDED, _HASH, _STRINGS, _SYMBOLS, _STRINGS_SIZE, _FINI_ARRAY_SIZE, _GNU_HASH = 1, 4, 5, 6, 10, 28, 0x6FFFFEF5
_SYMBOL = 24  # bytes
_POINTER = 8
_LIBRARIES = ("libc.", "libm.", "libpthread.", "libdl.", "librt.", "libgcc_s.", "libpython3", "ld-linux")
_PYTHONS = ("Py", "_Py")
# Functions of Python's that are not harmless: they have something called at the end, start threads, execute text, write or
# exit. What calls any function of Python's, as a module in Cython does, could do all of that: so README says of it.
_NOT_OF_PYTHONS = (
    *("AtExit", "Exit", "Finalize", "Main", "Run_", "Thread_start", "Unstable_AtExit"),
    *("File_Write", "Object_Print", "Sys_FormatStd", "Sys_WriteStd"),
)
_FAMILIES = ("_ITM_", "_Unwind_", "__ctype_", "pthread_mutex_", "pthread_rwlock_", "pthread_cond_", "pthread_once")
_MATHS = """
    sin cos tan asin acos atan atan2 sinh cosh tanh asinh acosh atanh exp exp2 expm1 log log2 log10 log1p logb pow sqrt
    cbrt hypot floor ceil trunc round lround llround rint lrint llrint nearbyint fmod modf frexp ldexp scalbn scalbln
    ilogb copysign fabs fmax fmin fdim fma remainder remquo nextafter erf erfc lgamma lgamma_r tgamma sincos
""".split()
_HARMLESS = {
    *_MATHS,
    *(f"{name}{kind}" for name in _MATHS for kind in "fl"),
    # What every shared library has.
    *"__gmon_start__ __cxa_finalize __stack_chk_fail __tls_get_addr __errno_location".split(),
    # Memory.
    *"malloc calloc realloc reallocarray free posix_memalign aligned_alloc memalign bcmp bzero".split(),
    *"memcpy memmove memset memcmp memchr memrchr mempcpy __memcpy_chk __memmove_chk __memset_chk".split(),
    # Text and numbers.
    *"strlen strnlen strcmp strncmp strcasecmp strncasecmp strcpy strncpy stpcpy strcat strncat strchr strrchr".split(),
    *"strstr strspn strcspn strpbrk strdup __strdup strndup strtok_r strerror strerror_r strcoll strtod strtof".split(),
    *"strtol strtoll strtoul strtoull strtold __isoc23_strtol __isoc23_strtoll __isoc23_strtoul".split(),
    *"__isoc23_strtoull __strcpy_chk __strncpy_chk __strcat_chk __strncat_chk __stpcpy_chk atoi atol atof".split(),
    *"sprintf snprintf vsnprintf vsprintf __sprintf_chk __snprintf_chk __vsnprintf_chk sscanf __isoc99_sscanf".split(),
    *"isalnum isalpha isdigit islower isspace isupper isxdigit tolower toupper towlower towupper".split(),
    *"wcslen wcscmp wmemcpy wmemcmp qsort bsearch abs labs llabs div ldiv rand srand rand_r".split(),
    *"__signbit __signbitf __finite __isinf __isnan fesetround fegetround feclearexcept fetestexcept".split(),
    # Time, what belongs to the process, and an end that is no ordinary one.
    *"time clock clock_gettime gettimeofday gmtime_r localtime_r mktime difftime getpid getenv sched_yield".split(),
    *"pthread_self pthread_equal pthread_getspecific pthread_setspecific pthread_key_create".split(),
    *"abort __assert_fail setjmp _setjmp __sigsetjmp longjmp __longjmp_chk".split(),
    # C's streams, of which there is only the one that holds nothing back.
    *"stderr fprintf vfprintf __fprintf_chk __vfprintf_chk fputs fputc putc fflush perror".split(),
    *"fread fwrite ferror feof".split(),
}


def is_quiet(path: str) -> bool:
    """Tell whether the native module at path has nothing to do when its process ends. Raises nothing.

    False if that is not known: for what is no ELF file of 64 bits, or broken.
    """
    try:
        with open(path, "rb") as file:
            data = file.read(_LARGEST + 1)
        return data.startswith(_HEAD) and len(data) <= _LARGEST and _takes_harmless_things(data)
    except (OSError, ValueError, KeyError):
        return False


def _takes_harmless_things(data: bytes) -> bool:
    segments = list(_segments(data))
    table = _dynamic(data, segments)
    strings = _offset(segments, table[_STRINGS][0])
    end = strings + table[_STRINGS_SIZE][0]
    libraries = [_text(data, strings + at, end) for at in table.get(_NEEDED, [])]
    return (
        table.get(_FINI_ARRAY_SIZE, [0])[0] <= _POINTER  # one, the compiler's own
        and all(library.startswith(_LIBRARIES) for library in libraries)
        and all(_is_harmless(_text(data, strings + at, end)) for at in _taken(data, segments, table))
    )


def _is_harmless(symbol: str) -> bool:
    for start in _PYTHONS:
        if symbol.startswith(start):
            return not symbol[len(start) :].lstrip("_").startswith(_NOT_OF_PYTHONS)
    return symbol in _HARMLESS or symbol.startswith(_FAMILIES)


def _number(data: bytes, start: int, size: int) -> int:
    """Give the number in size bytes from start on. Raises ValueError if they are not there."""
    found = data[start : start + size]
    if len(found) < size:
        raise ValueError(f"it ends before {start:#x}")
    return int.from_bytes(found, "little")


def _segments(data: bytes) -> "Iterator[Segment]":
    start, step, count = _number(data, 32, 8), _number(data, 54, 2), _number(data, 56, 2)
    for number in range(count):
        at = start + number * step
        yield _number(data, at, 4), _number(data, at + 8, 8), _number(data, at + 16, 8), _number(data, at + 32, 8)


def _dynamic(data: bytes, segments: "List[Segment]") -> "Table":
    """Give the values of the dynamic section by their tags."""
    [(_, start, _, size)] = [segment for segment in segments if segment[0] == _DYNAMIC]
    table: "Table" = {}
    for at in range(start, start + size, 2 * _POINTER):
        tag = _number(data, at, _POINTER)
        if not tag:
            break
        table.setdefault(tag, []).append(_number(data, at + _POINTER, _POINTER))
    return table


def _offset(segments: "List[Segment]", place: int) -> int:
    """Give where in the file is what is to be at the address place. Raises ValueError if it is nowhere."""
    for kind, offset, address, size in segments:
        if kind == _LOADED and address <= place < address + size:
            return place - address + offset
    raise ValueError(f"nothing is loaded to {place:#x}")


def _taken(data: bytes, segments: "List[Segment]", table: "Table") -> "Iterator[int]":
    """Give where among the strings are the names of the symbols that come from elsewhere."""
    start = _offset(segments, table[_SYMBOLS][0])
    for at in range(start, start + _SYMBOL * _count(data, segments, table), _SYMBOL):
        name, section = _number(data, at, 4), _number(data, at + 6, 2)
        if name and not section:
            yield name


def _count(data: bytes, segments: "List[Segment]", table: "Table") -> int:
    """Give the number of symbols, which only their hash tables tell; at least that of those from elsewhere."""
    if _HASH in table:
        return _number(data, _offset(segments, table[_HASH][0]) + 4, 4)
    # GNU's table says where those begin that are defined here, which come last.
    return _number(data, _offset(segments, table[_GNU_HASH][0]) + 4, 4)


def _text(data: bytes, start: int, end: int) -> str:
    return data[start : data.index(b"\0", start, end)].decode("ascii")
