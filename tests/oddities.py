"""Archives that are unusual but sound: readers agree about them, and python runs them."""

from typing import Any, Dict

from hostile import (
    BZIP2,
    DEFLATED,
    LZMA,
    MAIN,
    MAX32,
    SMALL,
    STORED,
    STREAMED,
    ZEROS,
    M,
    build,
    deflate,
    extra,
    one,
    streamed,
    unicode_path,
    zip64,
)


def with_descriptor(method: int, *, wide: bool = False, signed: bool = True) -> bytes:
    content = b"streamed " * 99
    packed = deflate(content) if method else content
    sums = streamed(content, wide, signed)
    width = 8 if wide else 4
    sums = sums[: len(sums) - 2 * width] + len(packed).to_bytes(width, "little") + sums[-width:]
    said: Dict[str, Any] = {"flags": STREAMED, "descriptor": sums}
    if wide:
        said.update(local_extra=zip64(0, 0), local_size=MAX32, local_packed_size=MAX32)
    return one("a.py", content, method=method, **said)


def _nested() -> bytes:
    return one("deps.zip", build(M("inner.py"), comment=b"inner"))


ODDITIES: Dict[str, bytes] = {
    "nothing in it": build(),
    "a shebang": b"#!/usr/bin/env python3\n" + SMALL,
    "a shebang and absolute offsets": build(MAIN, prefix=b"#!/usr/bin/env python3\n", absolute=True),
    "a launcher": b"MZ" + bytes(range(256)) * 99 + SMALL,
    "a launcher that looks for archives": b"MZ PK\5\6\xb8\xff\xff PK\3\4\x8b\x45 PK\1\2\x83\xc4\x10" * 20 + SMALL,
    "an empty archive with a shebang": b"#!/bin/sh\n" + build(),
    "a comment": build(MAIN, comment=b"made by hand"),
    "the longest comment": build(MAIN, comment=b"x" * 65535),
    "a comment on a member": one("a.py", comment=b"see b.py"),
    "NULs at the end": SMALL + bytes(512),
    "an archive in the archive": _nested(),
    "an archive in the archive, deflated": one("deps.zip", SMALL, method=DEFLATED),
    "a descriptor, stored": with_descriptor(STORED),
    "a descriptor, deflated": with_descriptor(DEFLATED),
    "a descriptor without its signature": with_descriptor(DEFLATED, signed=False),
    "a wide descriptor": with_descriptor(DEFLATED, wide=True),
    "a wide descriptor without its signature": with_descriptor(STORED, wide=True, signed=False),
    "a descriptor and the sums in the header": one("a.py", flags=STREAMED, local_size=6, local_packed_size=6),
    "the sign of a descriptor in stored data": one("a.py", b"abcdPK\7\x08efghijklmnop", flags=STREAMED),
    "an empty member": one("a.py", b""),
    "an empty member, deflated": one("a.py", b"", method=DEFLATED),
    "bzip2": one("a.py", method=BZIP2),
    "LZMA with an end marker": one("a.py", method=LZMA, flags=2),
    "a large member, deflated": one("a.bin", ZEROS * 3 + b"end", method=DEFLATED),
    "a large member, bzip2": one("a.bin", ZEROS * 3 + b"end", method=BZIP2),
    "a large member, LZMA": one("a.bin", ZEROS * 3 + b"end", method=LZMA, flags=2),
    "a large member, stored": one("a.bin", ZEROS * 3 + b"end"),
    "directories": build(M("a/", b""), M("a/b/", b""), M("a/b/c.py"), MAIN),
    "directories after what is in them": build(M("a/b/c.py"), M("a/b/", b""), M("a/", b"")),
    "a deflated directory": one("a/", b"", method=DEFLATED),
    "a directory with the mode of a file": one("a/", b"", mode=0o100644),
    "DOS attributes": one("a.py", system=0, mode=0),
    "a mode without a kind": one("a.py", mode=0o644),
    "no mode": one("a.py", mode=0),
    "times": one("a.py", extra=extra(0x5455, b"\3" + bytes(8)), local_extra=extra(0x5455, b"\3" + bytes(12))),
    "owners": one("a.py", extra=extra(0x7875, b"\1\4\0\0\0\0\4\0\0\0\0")),
    "a mark of jar": one("a.py", extra=extra(0xCAFE, b"")),
    "filled up with NULs": one("a.py", local_extra=bytes(3)),
    "a Unicode path that agrees": one("a.py", extra=unicode_path(b"a.py", "a.py")),
    "wide sizes": one("a.py", extra=zip64(6, 6), size=MAX32, packed_size=MAX32, local_size=6, local_packed_size=6),
    "a wide offset": build(MAIN, M("a.py", offset=MAX32, extra=zip64(56))),
    "wide local sizes": one("a.py", local_extra=zip64(6, 6), local_size=MAX32, local_packed_size=MAX32),
    "a wide end": build(MAIN, wide=True),
    "a wide end that says it all twice": build(MAIN, wide=True, narrow=[0, 0, 1, 1, 57, 56]),
    "a wide end and a shebang": b"#!/bin/x\n" + build(MAIN, wide=True),
    "a wide end and absolute offsets": build(MAIN, wide=True, prefix=b"#!/bin/x\n", absolute=True),
    "names of code page 437": one(b"\x82t\x82 \xe1.py"),
    "names in UTF-8": build(M("\u65e5\u672c/\u8a9e.py"), M("\u00e9t\u00e9.py"), M("a\u00a0b.py"), M("\U0001f40d.py")),
    "names that only look reserved": build(*map(M, ["con_.py", "aux1", "x.con.py", "com10.py", "console/nula.py"])),
    "names that only look like others": build(*map(M, ["a", "a.py", "a b/c", "a-b", "ab/c", "ab:c", ".hidden", "~"])),
    "packages that differ by case": build(M("Foo/a.py"), M("foo/b.py")),
    "long names": build(M("a" * 255), M("a/" * 99 + "a"), M("/".join(["b" * 165] * 6)), M("\u00e9" * 127)),
}
