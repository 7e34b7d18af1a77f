"""The files of an installed layer, packed once: bundles copy their members as they are.

Deflating takes two thirds of the time that shiv needs for a bundle with large dependencies, and reading, hashing and
walking most of the rest. A pack has the very bytes that `zipfile` would write for `shiv.builder.create_archive`, so
what is made of it is what shiv would have made.
"""

import hashlib
import io
import os
import stat
import struct
import zlib
from concurrent.futures import ThreadPoolExecutor
from typing import Callable, Iterator, List, NamedTuple, Optional, Sequence, Tuple, Union
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipInfo

from ..storage.builds import Kept
from .canonical import Canonical, is_litter
from .patterns import is_excluded

PREFIX = "site-packages/"
DATE = (1980, 1, 1, 6, 0, 0)  # of all members, as in most bundles
_KIND = "pack"
_DIGEST = 32
_CENTRAL = struct.Struct("<4s4B4HL2L5H2L")
_END = struct.Struct("<4s4H2LH")
_MOST_MEMBERS = 0xFFFF - 1
_MOST_BYTES = 2**31 - 1  # beyond, zipfile writes ZIP64 fields
_THREADS = 8

Tick = Callable[[int, int], None]


class Pack(NamedTuple):
    """A layer's members.

    content: a zip archive of them. digest: of names and contents, as hexadecimal. is_new: whether it was made just now,
    so that nobody has checked it yet.
    """

    content: Union[bytes, memoryview]
    digest: str
    is_new: bool


class File(NamedTuple):
    """A file that is to be a member: its name there, and its path."""

    name: str
    path: str


def of_layer(
    directory: str,
    key: str,
    exclude: Sequence[str],
    compressed: bool,
    kept: Kept,
    tick: Optional[Tick] = None,
) -> Optional[Pack]:
    """Give the files in directory as a pack, from the store if it is there, or else made and put there.

    key: of the directory's content. exclude: see `patterns.is_excluded`. kept: the store. tick: called with the number
    of files that are done, and of all. None for what needs ZIP64: shiv's builder has to do all of it then.
    """
    depends_on = _depends_on(key, exclude, compressed)
    known = kept.get(_KIND, depends_on)
    if known is not None:
        return Pack(known[_DIGEST:], bytes(known[:_DIGEST]).hex(), False)
    made = _made(directory, exclude, compressed, tick)
    if made is not None:
        kept.put(_KIND, depends_on, bytes.fromhex(made.digest), made.content)
    return made


def forget(key: str, exclude: Sequence[str], compressed: bool, kept: Kept) -> None:
    """Remove the pack that `of_layer` gave, as it turned out to be damaged. Raises nothing."""
    kept.forget(_KIND, _depends_on(key, exclude, compressed))


def _depends_on(key: str, exclude: Sequence[str], compressed: bool) -> str:
    return repr((key, tuple(exclude), compressed, zlib.ZLIB_RUNTIME_VERSION))


def files_of(directory: str, exclude: Sequence[str] = ()) -> Iterator[File]:
    """Give the files below directory in the order in which shiv packs them, and as it does without bytecode.

    Links are followed.
    """
    found = []
    for folder, _, names in os.walk(directory, followlinks=True):
        inside = os.path.relpath(folder, directory).replace(os.sep, "/") + "/"
        inside = "" if inside == "./" else inside
        found += [(f"{inside}{name}", os.path.join(folder, name)) for name in names if not name.endswith(".pyc")]
    for name, path in sorted(found):
        if os.path.isfile(path) and not is_litter(name) and not is_excluded(name, exclude):
            yield File(name, path)


def _made(directory: str, exclude: Sequence[str], compressed: bool, tick: Optional[Tick]) -> Optional[Pack]:
    files = list(files_of(directory, exclude))
    canonical = Canonical(directory, exclude)
    out = io.BytesIO()
    central: List[bytes] = []
    digest = hashlib.sha256()
    if len(files) > _MOST_MEMBERS:
        return None
    with ThreadPoolExecutor(min(_THREADS, 2 * (os.cpu_count() or 1))) as pool:
        packed = pool.map(lambda file: _packed(file, canonical, compressed), files)
        for count, (file, (info, body, own)) in enumerate(zip(files, packed)):
            if info.file_size > _MOST_BYTES or out.tell() + len(body) > _MOST_BYTES:
                return None
            digest.update(own + file.name.encode())
            central.append(_record(info, out.tell()))
            out.write(info.FileHeader(False))
            out.write(body)
            if tick is not None:
                tick(count, len(files))
    start, size = out.tell(), sum(map(len, central))
    out.writelines(central)
    out.write(_END.pack(b"PK\5\6", 0, 0, len(central), len(central), size, start, 0))
    return Pack(out.getbuffer(), digest.hexdigest(), True)


def _packed(file: File, canonical: Canonical, compressed: bool) -> Tuple[ZipInfo, bytes, bytes]:
    """Give a member's header, what stands in the archive for its content, and the hash of that."""
    with open(file.path, "rb") as stream:
        data = canonical.content(file.name, stream.read())
        mode = os.fstat(stream.fileno()).st_mode
    body = _deflated(data) if compressed else data
    info = ZipInfo(PREFIX + file.name, DATE)
    info.compress_type = ZIP_DEFLATED if compressed else ZIP_STORED
    info.external_attr = usual_mode(mode) << 16
    info.CRC = zlib.crc32(data)
    info.file_size, info.compress_size = len(data), len(body)
    return info, body, hashlib.sha256(data).digest()


def usual_mode(mode: int) -> int:
    """Give the mode of a file as a bundle has it, whatever the umask was when it was installed."""
    return stat.S_IFREG | (0o755 if mode & 0o111 else 0o644)


def _deflated(data: bytes) -> bytes:
    engine = zlib.compressobj(zlib.Z_DEFAULT_COMPRESSION, zlib.DEFLATED, -15)
    return engine.compress(data) + engine.flush()


def _record(info: ZipInfo, offset: int) -> bytes:
    """Give a member's record in the directory at the end; as `zipfile` writes it without ZIP64."""
    header = info.FileHeader(False)
    flags, method, time, date = struct.unpack_from("<4H", header, 6)
    name = header[30:]
    fields = (info.CRC, info.compress_size, info.file_size, len(name), 0, 0, 0, 0, info.external_attr, offset)
    versions = (info.create_version, info.create_system, info.extract_version, 0)
    return _CENTRAL.pack(b"PK\1\2", *versions, flags, method, time, date, *fields) + name
