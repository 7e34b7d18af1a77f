"""Archives built byte by byte, and the table of those that must be refused, each with words of the reason."""

import bz2
import lzma
import struct
import unicodedata
import zlib
from typing import Any, Dict, List, Tuple

CENTRAL = b"PK\x01\x02"
LOCAL = b"PK\x03\x04"
END = b"PK\x05\x06"
END64 = b"PK\x06\x06"
LOCATOR = b"PK\x06\x07"
DESCRIPTOR = b"PK\x07\x08"

MAX16 = 0xFFFF
MAX32 = 0xFFFFFFFF
STORED, DEFLATED, BZIP2, LZMA = 0, 8, 12, 14
UTF8 = 0x800
STREAMED = 0x8  # a data descriptor follows


def deflate(content: bytes) -> bytes:
    """Pack content as a deflated member has it."""
    engine = zlib.compressobj(9, zlib.DEFLATED, -15)
    return engine.compress(content) + engine.flush()


def pack_lzma(content: bytes) -> bytes:
    """Pack content as an LZMA member has it, with an end marker."""
    alone = lzma.compress(content, lzma.FORMAT_ALONE)
    return b"\x09\x04\x05\x00" + alone[:5] + alone[13:]


def pack_lzma_without_marker(content: bytes) -> bytes:
    """Pack content as 7-Zip does, without an end marker, which liblzma always writes. All of it is literals."""
    chances: Dict[Any, int] = {}
    low, width, length, last = 0, MAX32, 5, 0
    for position, byte in enumerate(content):
        bits: List[Tuple[Any, int]] = [(("match", position & 3), 0)]
        node = 1
        for shift in range(7, -1, -1):
            bits.append(((last >> 5, node), byte >> shift & 1))
            node = node << 1 | byte >> shift & 1
        last = byte
        for key, bit in bits:
            chance = chances.get(key, 1024)
            bound = (width >> 11) * chance
            low, width = (low + bound, width - bound) if bit else (low, bound)
            chances[key] = chance - (chance >> 5) if bit else chance + (2048 - chance >> 5)
            while width < 1 << 24:
                low, width, length = low << 8, width << 8, length + 1
    return b"\x09\x14\x05\x00\x5d\x00\x00\x80\x00" + low.to_bytes(length, "big")


PACKERS = {DEFLATED: deflate, BZIP2: bz2.compress, LZMA: pack_lzma}


class M:
    """A member. It is sound but for what is said: fields of the local header begin with `local_`."""

    def __init__(self, name: Any, content: bytes = b"x = 1\n", method: int = STORED, **said: Any) -> None:
        self.name = name if isinstance(name, bytes) else name.encode()
        packed = said.get("packed", PACKERS.get(method, bytes)(content))
        fields: Dict[str, Any] = {
            "flags": 0 if isinstance(name, bytes) or name.isascii() else UTF8,
            "method": method,
            "packed": packed,
            "crc": zlib.crc32(content),
            "packed_size": len(packed),
            "size": len(content),
            "system": 3,
            "needed": 20,
            "mode": 0o040755 if self.name.endswith(b"/") else 0o100644,
            "disk": 0,
            "extra": b"",
            "comment": b"",
            "shift": 0,  # added to the offset
            "after": b"",
            "no_local": False,
        }
        fields.update(said)
        streamed = bool(fields["flags"] & STREAMED)
        for field in ("crc", "packed_size", "size"):
            fields.setdefault(f"local_{field}", 0 if streamed else fields[field])
        for field in ("name", "flags", "method"):
            fields.setdefault(f"local_{field}", fields.get(field, self.name))
        sums = struct.pack("<3L", fields["crc"], fields["packed_size"] & MAX32, fields["size"] & MAX32)
        fields.setdefault("descriptor", DESCRIPTOR + sums if streamed else b"")
        fields.setdefault("local_extra", b"")
        self.__dict__.update(fields)
        self.fields = fields

    def local(self) -> bytes:
        """Give the local header and the bytes up to the next one."""
        f = self.fields
        if f["no_local"]:
            return b""
        sums = (f["local_crc"], f["local_packed_size"], f["local_size"])
        lengths = (len(f["local_name"]), len(f["local_extra"]))
        header = struct.pack("<4s5H3L2H", LOCAL, 20, f["local_flags"], f["local_method"], 0, 0x21, *sums, *lengths)
        return b"".join([header, f["local_name"], f["local_extra"], f["packed"], f["descriptor"], f["after"]])

    def central(self, offset: int) -> bytes:
        """Give the header in the central directory."""
        f = self.fields
        start = struct.pack("<4s2B5H", CENTRAL, 20, f["system"], f["needed"], f["flags"], f["method"], 0, 0x21)
        sums = struct.pack("<3L", f["crc"], f["packed_size"], f["size"])
        lengths = struct.pack("<3H", len(self.name), len(f["extra"]), len(f["comment"]))
        rest = struct.pack("<2H2L", f["disk"], 0, f["mode"] << 16, f.get("offset", offset + f["shift"]))
        return b"".join([start, sums, lengths, rest, self.name, f["extra"], f["comment"]])


def build(
    *members: M,
    prefix: bytes = b"",
    absolute: bool = False,
    unlisted: Tuple[M, ...] = (),
    before_directory: bytes = b"",
    comment: bytes = b"",
    tail: bytes = b"",
    wide: bool = False,
    **said: Any,
) -> bytes:
    """Give an archive of members. It is sound but for what is said: the fields of its end records."""
    body = b"".join(m.local() for m in unlisted)
    directory = b""
    for m in members:
        directory += m.central(len(body) + len(prefix) * absolute)
        body += m.local()
    body += before_directory
    here = len(body) + len(prefix) * absolute
    count = said.get("count", len(members))
    size = said.get("size", len(directory))
    offset = said.get("offset", here)
    numbers = [said.get("disk", 0), said.get("first_disk", 0), said.get("on_disk", count), count, size, offset]
    records = b""
    if wide:
        end64 = struct.pack("<4sQ2H2L4Q", END64, said.get("length", 44), 45, 45, *said.get("numbers64", numbers))
        locator = struct.pack("<4sLQL", LOCATOR, 0, said.get("locator", here + len(directory)), said.get("disks", 1))
        records = end64 + said.get("extensible", b"") + (b"" if said.get("no_locator") else locator)
        numbers = said.get("narrow", [0, 0, MAX16, MAX16, MAX32, MAX32])
    end = struct.pack("<4s4H2LH", END, *numbers, said.get("comment_length", len(comment)))
    return prefix + body + directory + records + end + comment + tail


def extra(tag: int, data: bytes) -> bytes:
    """Give an extra field."""
    return struct.pack("<2H", tag, len(data)) + data


def zip64(*numbers: int) -> bytes:
    """Give the extra field that holds what is too large for a header."""
    return extra(1, struct.pack(f"<{len(numbers)}Q", *numbers))


def unicode_path(raw_name: bytes, name: str) -> bytes:
    """Give the extra field by which some readers call a member."""
    return extra(0x7075, struct.pack("<BL", 1, zlib.crc32(raw_name)) + name.encode())


def streamed(content: bytes, wide: bool = False, signed: bool = True, crc: int = 0) -> bytes:
    """Give the data descriptor of content, stored."""
    sums = struct.pack("<L2Q" if wide else "<3L", crc or zlib.crc32(content), len(content), len(content))
    return DESCRIPTOR * signed + sums


MAIN = M("__main__.py", b"print('hello')\n")
OTHER = build(M("__main__.py", b"print('other')\n"))
SMALL = build(MAIN)
X = b"x = 1\n"
INNER = M("b.py").local()
NFC = unicodedata.normalize("NFC", "\u00e9.py")
NFD = unicodedata.normalize("NFD", "\u00e9.py")
ZEROS = bytes(2**20)


def one(name: Any, content: bytes = X, **said: Any) -> bytes:
    """Give an archive with a main program and one member more."""
    return build(MAIN, M(name, content, **said))


Rows = List[Tuple[str, bytes, str]]

ENDS: Rows = [
    ("nothing", b"", "no end record"),
    ("no archive", b"print('hello')\n" * 9, "no end record"),
    ("cut in the end record", SMALL[:-1], "no end record"),
    ("cut in the comment", build(MAIN, comment=b"hello")[:-1], "cut short"),
    ("cut in the directory", SMALL[:-30], "no end record"),
    ("its beginning is missing", SMALL[5:], "not where the end record says"),
    ("bytes after the end", SMALL + b"x", "bytes after its end"),
    ("NULs, then bytes after the end", SMALL + b"\0\0x", "bytes after its end"),
    ("more NULs than zipimport looks past", SMALL + bytes(70000), "no end record"),
    ("a comment that says too little", build(MAIN, comment=b"hello", comment_length=3), "bytes after its end"),
    ("two archives in a row", OTHER + SMALL, "there are two central directories"),
    ("two archives in a row, the second absolute", build(MAIN, prefix=OTHER, absolute=True), "another archive"),
    ("two archives and a shebang", b"#!/bin/x\n" + OTHER + SMALL, "another archive"),
    (
        "a directory without end",
        bytes(2**19) + struct.pack("<4s4HLLH", b"PK\5\6", 0, 0, 1, 1, 2**19, 0, 0),
        "is larger",
    ),
    ("an empty archive before", build() + SMALL, "another archive"),
    ("a directory alone before", M("a.py").central(0) + SMALL, "another archive"),
    ("an archive in the comment", build(MAIN, comment=OTHER), "there are two central directories"),
    ("an end record in the comment", build(MAIN, comment=build()), "another archive"),
    ("the sign of an end record in the comment", build(MAIN, comment=b"a" + END + b"b" * 30), "cut short"),
    ("a local header in the comment", build(MAIN, comment=b"a" + INNER), "comment holds parts"),
    ("a central header in the comment", build(MAIN, comment=M("b").central(0)), "comment holds parts"),
    ("a locator in the comment", build(MAIN, comment=b"a" + LOCATOR), "comment holds parts"),
    ("an end record in a member's comment", one("a.py", comment=build()), "comment of member 'a.py' holds parts"),
    ("too many members counted", build(MAIN, count=2), "says that it has 2 members, but lists 1"),
    ("too few members counted", build(MAIN, M("a.py"), count=1), "says that it has 1 members, but lists 2"),
    ("none counted", build(MAIN, count=0), "says that it has 0 members"),
    ("other members on this disk", build(MAIN, on_disk=2), "several disks"),
    ("this is the second disk", build(MAIN, disk=1), "several disks"),
    ("the directory is on the second disk", build(MAIN, first_disk=1), "several disks"),
    ("a member on the second disk", one("a.py", disk=1), "'a.py' is on another disk"),
    ("the directory is said to be larger", build(MAIN, size=200), "not where the end record says"),
    ("the directory is said to be smaller", build(MAIN, size=50), "there are two central directories"),
    ("the directory is said to be earlier", build(MAIN, offset=3), "no local header"),
    ("the directory is said to be later", build(MAIN, offset=5000), "not where the end record says"),
    ("a byte after the directory", SMALL[:-22] + b"x" + SMALL[-22:], "there are two central directories"),
    ("two directories", build(MAIN, before_directory=M("x").central(0), offset=56), "two central directories"),
]

LAYOUTS: Rows = [
    ("an offset too far", one("a.py", offset=5000), "'a.py' has no local header"),
    ("an offset into data", one("a.py", shift=7), "'a.py' has no local header"),
    ("a member listed twice", build(M("a.py"), M("a.py", no_local=True, offset=0)), "'a.py' overlaps another"),
    ("two names for one member", build(M("a.py"), M("b.py", no_local=True, offset=0)), "'b.py' has another name"),
    ("a hidden member first", build(MAIN, unlisted=(M("hidden.py"),)), "another archive, or a part of one"),
    ("a hidden member between", build(M("a.py", after=INNER), MAIN), "hidden member before member '__main__.py'"),
    ("a hidden member last", build(MAIN, before_directory=INNER), "hidden member before the central directory"),
    ("hidden bytes between", build(M("a.py", after=b"?"), MAIN), "hidden bytes before member '__main__.py'"),
    ("hidden bytes last", build(MAIN, before_directory=b"?"), "hidden bytes before the central directory"),
    ("a member in another", build(M("a.py", INNER), M("b.py", no_local=True, offset=34)), "'b.py' overlaps another"),
    ("a member over the directory", one("a.py", packed_size=9, size=9), "'a.py' overlaps the central directory"),
]

FORMS: Rows = [
    ("encrypted", one("a.py", flags=1), "'a.py' is encrypted"),
    ("strongly encrypted", one("a.py", flags=0x41), "'a.py' is encrypted"),
    ("masked", one("a.py", flags=0x2000), "'a.py' is encrypted"),
    ("a patch", one("a.py", flags=0x20), "'a.py' is a patch"),
    ("of a newer format", one("a.py", needed=64), "'a.py' needs a reader of version 6.4 of the format"),
    ("shrunk", one("a.py", method=1), "'a.py' is packed by an unknown method (1)"),
    ("deflate64", one("a.py", method=9), "unknown method (9)"),
    ("zstandard", one("a.py", method=93), "unknown method (93)"),
    ("AES", one("a.py", method=99), "unknown method (99)"),
    ("a link", one("a", b"/etc/passwd", mode=0o120777), "'a' is a symbolic link"),
    ("a link of OS X", one("a", mode=0o120777, system=19), "'a' is a symbolic link"),
    ("a link of no Unix", one("a", mode=0o120777, system=0), "'a' is a symbolic link"),
    ("a FIFO", one("a", b"", mode=0o010644), "'a' is a special file"),
    ("a character device", one("a", b"", mode=0o020644), "'a' is a special file"),
    ("a block device", one("a", b"", mode=0o060644), "'a' is a special file"),
    ("a socket", one("a", b"", mode=0o140644), "'a' is a special file"),
    ("a directory by its mode alone", one("a", b"", mode=0o040755), "'a' is a directory by its mode"),
    ("a directory that is a link", one("a/", b"", mode=0o120777), "'a/' is a symbolic link"),
    ("a directory with data", one("a/", b"data"), "'a/' is a directory, but holds data"),
    ("another local name", one("a.py", local_name=b"b.py"), "'a.py' has another name in its local header"),
    ("a longer local name", one("a.py", local_name=b"a.pyc"), "'a.py' has another name in its local header"),
    ("another local method", one("a.py", local_method=8), "'a.py' has other flags or another method"),
    ("UTF-8 in one header alone", one("a.py", flags=UTF8, local_flags=0), "'a.py' has other flags"),
    ("encrypted in one header alone", one("a.py", local_flags=1), "'a.py' has other flags"),
    (
        "streamed in one header alone",
        one("a.py", local_flags=STREAMED, descriptor=streamed(X)),
        "'a.py' has other flags",
    ),
    ("another local checksum", one("a.py", local_crc=1), "'a.py' has other sizes or another checksum"),
    ("another local size", one("a.py", local_size=7), "'a.py' has other sizes"),
    ("another local packed size", one("a.py", local_packed_size=7), "'a.py' has other sizes"),
    ("no local sizes", one("a.py", local_packed_size=0, local_size=0), "'a.py' has other sizes"),
    (
        "another Unicode path",
        one("a.py", extra=unicode_path(b"a.py", "b.py")),
        "another name in its Unicode path field",
    ),
    ("another local path", one("a.py", local_extra=unicode_path(b"a.py", "b.py")), "another name in its Unicode path"),
    ("two Unicode paths", one("a.py", extra=unicode_path(b"a.py", "a.py") * 2), "same extra field twice"),
    ("an extra field that is too long", one("a.py", extra=b"\x55\x54\x09\0xx"), "extra fields that do not fit"),
    ("half an extra field", one("a.py", extra=b"xx"), "extra fields that do not fit"),
    ("a local extra field too long", one("a.py", local_extra=b"UT\x09\0xx"), "extra fields that do not fit"),
]

_STREAM = {"flags": STREAMED}
FALSE_END = b"abcd" + streamed(b"abcd") + INNER
FALSE_WIDE_END = b"abcd" + streamed(b"abcd", wide=True) + INNER
DESCRIPTORS: Rows = [
    ("no descriptor", one("a.py", descriptor=b"", **_STREAM), "'a.py' has no data descriptor"),
    ("half a descriptor", one("a.py", descriptor=streamed(X)[:-2], **_STREAM), "'a.py' has no data descriptor"),
    ("another checksum", one("a.py", descriptor=streamed(X, crc=1), **_STREAM), "one that says something else"),
    ("other sizes", one("a.py", descriptor=streamed(X + b"x", crc=zlib.crc32(X)), **_STREAM), "something else"),
    ("too wide a descriptor", one("a.py", descriptor=streamed(X, wide=True), **_STREAM), "something else"),
    ("more than a descriptor", one("a.py", descriptor=streamed(X) + b"x", **_STREAM), "hidden bytes"),
    ("another local checksum", one("a.py", local_crc=5, **_STREAM), "another checksum in its local header"),
    ("an early end", one("a.py", FALSE_END, **_STREAM), "'a.py' can be read in two ways"),
    (
        "an early wide end",
        one(
            "a.py",
            FALSE_WIDE_END,
            local_extra=zip64(0, 0),
            local_size=MAX32,
            local_packed_size=MAX32,
            descriptor=streamed(FALSE_WIDE_END, wide=True),
            **_STREAM,
        ),
        "'a.py' can be read in two ways",
    ),
]

_ELSEWHERE = build(MAIN, wide=True)
WIDE: Rows = [
    ("no wide size", one("a.py", size=MAX32), "'a.py' lacks its ZIP64 sizes"),
    ("no wide offset", one("a.py", offset=MAX32), "'a.py' lacks its ZIP64 sizes"),
    ("no wide local size", one("a.py", local_size=MAX32), "'a.py' lacks its ZIP64 sizes"),
    ("two wide sizes", one("a.py", extra=zip64(6) * 2, size=MAX32), "same extra field twice"),
    ("too many wide sizes", one("a.py", extra=zip64(6, 6), size=MAX32), "ZIP64 field that disagrees"),
    ("half a wide size", one("a.py", extra=extra(1, b"\6\0\0\0"), size=MAX32), "ZIP64 field that disagrees"),
    ("another wide size", one("a.py", extra=zip64(7)), "ZIP64 field that disagrees"),
    ("another wide size in place", one("a.py", extra=zip64(7), size=MAX32, local_size=6), "other sizes"),
    ("another wide local size", one("a.py", local_extra=zip64(7, 6)), "ZIP64 field that disagrees"),
    ("wide sizes beyond all files", one("a.py", extra=zip64(2**63), offset=MAX32), "no local header"),
    ("other numbers", build(MAIN, wide=True, narrow=[0, 0, 2, 2, MAX32, MAX32]), "other things than its end record"),
    ("another offset", build(MAIN, wide=True, narrow=[0, 0, 1, 1, MAX32, 9]), "other things than its end record"),
    ("a wide count that lies", build(MAIN, wide=True, count=2), "has 2 members, but lists 1"),
    ("a wide disk", build(MAIN, wide=True, disk=1, narrow=[1, 0, 1, 1, MAX32, MAX32]), "several disks"),
    ("two wide disks", build(MAIN, wide=True, disks=2), "several disks"),
    ("extensible data", build(MAIN, wide=True, length=49, extensible=b"12345"), "not right before the locator"),
    ("extensible data that is denied", build(MAIN, wide=True, extensible=b"12345"), "not right before the locator"),
    ("another length", build(MAIN, wide=True, length=45), "extensible data, or another length"),
    ("no locator", build(MAIN, wide=True, no_locator=True, extensible=bytes(20)), "has no locator"),
    (
        "a locator alone",
        SMALL[:-22] + struct.pack("<4sLQL", LOCATOR, 0, 0, 1) + SMALL[-22:],
        "right before the locator",
    ),
    ("a locator to elsewhere", build(MAIN, wide=True, locator=0), "locator points elsewhere"),
    ("a locator past the end", build(MAIN, wide=True, locator=2**40), "locator points elsewhere"),
    (
        "two wide end records",
        build(M("a", bytes(13) + _ELSEWHERE), wide=True, prefix=bytes(192), locator=44 + 192),
        "locator points elsewhere",
    ),
]

CONTENTS: Rows = [
    ("a stored byte altered", one("a.py", packed=b"x = 2\n"), "'a.py' is damaged: its checksum is wrong"),
    ("a deflated byte altered", one("a.py", method=8, packed=deflate(b"x = 2\n")), "'a.py' is damaged: its checksum"),
    ("no checksum", one("a.py", crc=0), "'a.py' is damaged: its checksum is wrong"),
    ("stored, but shorter", one("a.py", size=7), "'a.py' unpacks to less than the 7 bytes"),
    ("stored, but longer", one("a.py", size=5), "'a.py' unpacks to more than the 5 bytes"),
    ("shorter", one("a.py", method=8, size=7), "'a.py' unpacks to less than the 7 bytes"),
    ("longer", one("a.py", method=8, size=5), "'a.py' unpacks to more than the 5 bytes"),
    ("longer than nothing", one("a.py", method=8, size=0, crc=0), "'a.py' unpacks to more than the 0 bytes"),
    ("not deflated", one("a.py", method=8, packed=b"x = 1\n"), "'a.py' cannot be unpacked"),
    ("deflated and cut", one("a.py", method=8, packed=deflate(X)[:-1]), "'a.py' is cut short"),
    ("deflated and more", one("a.py", method=8, packed=deflate(X) + b"x"), "'a.py' has bytes after the end"),
    ("deflated twice", one("a.py", method=8, packed=deflate(X) * 2), "'a.py' has bytes after the end"),
    ("not bzip2", one("a.py", method=12, packed=X), "'a.py' cannot be unpacked"),
    ("bzip2 and cut", one("a.py", method=12, packed=bz2.compress(X)[:-1]), "'a.py' is cut short"),
    ("bzip2 twice", one("a.py", method=12, packed=bz2.compress(X) * 2), "'a.py' has bytes after the end"),
    ("not LZMA", one("a.py", method=14, packed=X), "'a.py' does not begin as LZMA data does"),
    ("LZMA and cut", one("a.py", method=14, flags=2, packed=pack_lzma(X)[:-3]), "'a.py' is cut short"),
    ("LZMA and more", one("a.py", method=14, flags=2, packed=pack_lzma(X) + b"x"), "'a.py' has bytes after the end"),
    (
        "LZMA that asks for 4 GiB",
        one("a.py", method=14, flags=2, packed=b"\x09\x04\5\0\x5d" + b"\xff" * 4 + pack_lzma(X)[9:]),
        "'a.py' cannot be unpacked",
    ),
    ("a large one, altered", one("a.py", ZEROS * 3, method=8, crc=1), "'a.py' is damaged: its checksum is wrong"),
    ("a large one, stored, altered", one("a.py", ZEROS * 3, crc=1), "'a.py' is damaged: its checksum is wrong"),
    (
        "a large one, longer",
        one("a.py", ZEROS * 5, method=8, size=3 * 2**20),
        "'a.py' unpacks to more than the 3145728",
    ),
    ("a large one, shorter", one("a.py", ZEROS, method=8, size=3 * 2**20), "'a.py' unpacks to less than the 3145728"),
    ("a large one, cut", one("a.py", method=8, size=2**26, packed=deflate(ZEROS * 3)[:-9]), "'a.py' is cut short"),
    (
        "a large one and more",
        one("a.py", ZEROS * 3, method=8, packed=deflate(ZEROS * 3) + bytes(99999)),
        "'a.py' has bytes after the end",
    ),
]

_PATHS: Dict[str, List[Any]] = {
    "has no name": [""],
    "leaves the archive": ["../x", "a/../../x", "a/..", "..", "../", "a/../b"],
    "has an absolute path": ["/etc/x", "//server/share/x", "/"],
    "has a drive in its path": ["C:/x", "c:x", "a/C:/x", "C:"],
    "has a backslash in its name": ["a\\b", "..\\x", "\\\\server\\x", "C:\\x"],
    "has control or unprintable characters": [
        *("a\0.py", "a\x1b[31m.py", "a\n.py", "a\x7f.py", "a\u202e.py", "a\u200b.py", "a\ue000.py", "a\u2028b.py"),
        *("\u00a0a\u00ad", b"a\x01.py"),
    ],
    "has an empty part, or a dot alone": ["./a", "a/./b", ".", "a//b", "a//", "a/."],
    "has a dot or a space at the end": ["a./b", "a.", "a ", "a /b", "...", "a/ "],
    "is reserved on Windows": [
        *("CON", "nul.py", "a/aux.py", "com1.txt", "LPT9", "a/con/b", "COM\u00b9", "conin$", "aux .py", "prn.a.b"),
        *("nul:a", "NUL/"),
    ],
    "is too long or too deep": ["a" * 256, "\u00e9" * 128, "a/" * 100 + "a", "/".join(["a" * 99] * 11), b"\x82" * 128],
    "is not UTF-8": [b"\xff.py", b"\xed\xa0\x80.py", b"\xc0\xaf"],
}


def _named(name: Any, words: str) -> bytes:
    content = b"" if name and name[-1:] in (b"/", "/") else X
    if words == "is not UTF-8":
        return one(name, content, flags=UTF8)
    return one(name, content)


NAMES: Rows = [(f"{name!r:.40}", _named(name, words), words) for words, names in _PATHS.items() for name in names]


def _pair(first: str, second: str) -> bytes:
    return build(*(M(name, b"" if name[-1] == "/" else X) for name in (first, second)))


COLLISIONS: Rows = [
    ("the same", _pair("a.py", "a.py"), "member 'a.py' is there twice"),
    ("the same with other content", build(M("a.py"), MAIN, M("a.py", b"y")), "member 'a.py' is there twice"),
    ("the same directory", _pair("a/", "a/"), "member 'a/' is there twice"),
    ("by case", _pair("Main.py", "main.py"), "members 'Main.py' and 'main.py' are the same file"),
    ("by case beyond ASCII", _pair("stra\u00dfe", "STRASSE"), "are the same file"),
    ("by Unicode form", _pair(NFC, NFD), "differ only by case or Unicode form"),
    ("a file and a directory", _pair("a", "a/"), "members 'a' and 'a/' are the same file"),
    ("a file with a member in it", _pair("a", "a/b"), "member 'a' is a file, but 'a/b' needs a directory there"),
    ("a member in a file", _pair("a/b/c", "a"), "member 'a' is a file, but 'a/b/c' needs a directory there"),
    ("a file with a member in it, by case", _pair("A", "a/b"), "member 'A' is a file"),
]

TABLE: Rows = [
    (f"{title}: {case}", data, words)
    for title, rows in (
        ("end", ENDS),
        ("layout", LAYOUTS),
        ("form", FORMS),
        ("descriptor", DESCRIPTORS),
        ("zip64", WIDE),
        ("content", CONTENTS),
        ("name", NAMES),
        ("collision", COLLISIONS),
    )
    for case, data, words in rows
]
