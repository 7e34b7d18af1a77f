"""A bundle put together: shiv's builder makes it of the project's own files, and the layer's members stand before them.

The product is what `shiv.builder.create_archive` makes of the layer and the own files, byte for byte, but for the modes
of shiv's bootstrap, which depend on how shiv was installed. The source is shiv 1.0.8.
"""

import hashlib
import os
import struct
import time
from pathlib import Path
from typing import BinaryIO, List, NamedTuple, Optional, Tuple
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from shiv import __version__ as shiv_version  # type: ignore[import-untyped]
from shiv import builder as shiv_builder
from shiv.bootstrap.environment import Environment  # type: ignore[import-untyped]
from shiv.constants import BUILD_AT_TIMESTAMP_FORMAT  # type: ignore[import-untyped]

from ..refusals import refused
from .canonical import Canonical
from .entry_points import EntryPoint
from .installed import Tree
from .packs import DATE, PREFIX, Pack, files_of, usual_mode

_MAIN = "_bootstrap:bootstrap"
_DATE_AT = 10  # in a member's header
_DIRECTORY_AT = -6  # in the end record
_RUN = "run-"  # how scripts begin that run a module

Date = Tuple[int, int, int, int, int, int]


class Recipe(NamedTuple):
    """How a bundle is to be.

    entry_point: what starts. shebang: what stands behind `#!`. epoch: the time of all members, in seconds.
    compressed, reproducible: whether. preamble: the name of a script in `bin/`.
    """

    entry_point: EntryPoint
    shebang: str
    epoch: int
    compressed: bool
    reproducible: bool
    preamble: Optional[str]


def starter_name(entry_point: EntryPoint) -> str:
    """Give the name of the script that runs the module which is entry_point."""
    return f"{_RUN}{entry_point.module}"


def assemble(target: str, pack: Optional[Pack], tree: Tree, recipe: Recipe, work: str) -> Tuple[int, int]:
    """Write the bundle to target, a new file; give where the part of it begins and ends that was checked before.

    pack: of the layer, or None for no dependencies. tree: the own files. work: an empty directory for what is needed
    meanwhile. Raises Refusal for files that are in both, and OSError.
    """
    own = os.path.join(work, "own.pyz")
    source = os.path.join(work, "own")
    os.mkdir(source)
    tree.write(source)
    _by_shiv([source], own, recipe._replace(compressed=False), _build_id(pack, tree))
    with open(target, "w+b") as out:
        shiv_builder.write_file_prefix(out, recipe.shebang)
        start = end = out.tell()
        if pack is not None:
            out.write(pack.content)
            end += struct.unpack_from("<L", pack.content[_DIRECTORY_AT:])[0]
        _append(out, own, recipe)
    _let_run(target)
    return (start, end) if pack is not None and not pack.is_new else (0, 0)


def assemble_large(target: str, layer: str, exclude: Tuple[str, ...], tree: Tree, recipe: Recipe, work: str) -> None:
    """Write a bundle that needs ZIP64 to target: shiv's builder does all of it. layer: the layer's directory."""
    sources = [os.path.join(work, name) for name in ("layer", "own")]
    for source in sources:
        os.mkdir(source)
    tree.write(sources[1])
    canonical = Canonical(layer, exclude)
    for file in files_of(layer, exclude):
        path = os.path.join(sources[0], file.name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(file.path, "rb") as stream, open(path, "wb") as copy:
            copy.write(canonical.content(file.name, stream.read()))
            os.chmod(path, usual_mode(os.fstat(stream.fileno()).st_mode) & 0o777)
    _by_shiv(sources, target, recipe, None)
    _let_run(target)


def _by_shiv(sources: List[str], target: str, recipe: Recipe, build_id: Optional[str]) -> None:
    entry_point = recipe.entry_point
    environment = Environment(
        built_at=time.strftime(BUILD_AT_TIMESTAMP_FORMAT, time.gmtime(recipe.epoch)),
        build_id=build_id,
        entry_point=str(entry_point) if entry_point.function else None,
        script=None if entry_point.function else starter_name(entry_point),
        compile_pyc=False,
        shiv_version=shiv_version,
        reproducible=recipe.reproducible,
        preamble=recipe.preamble,
    )
    paths = [Path(source) for source in sources]
    shiv_builder.create_archive(paths, Path(target), recipe.shebang, _MAIN, environment, recipe.compressed)


def _build_id(pack: Optional[Pack], tree: Tree) -> str:
    """Give what tells the content of this bundle's `site-packages/` from others'."""
    return hashlib.sha256(f"{pack.digest if pack else ''} {tree.digest()}".encode()).hexdigest()


def _append(out: BinaryIO, own: str, recipe: Recipe) -> None:
    """Append the members of the bundle own to out, which may end with an archive already."""
    date: Date = time.gmtime(recipe.epoch)[:6]
    method = ZIP_DEFLATED if recipe.compressed else ZIP_STORED
    with ZipFile(out, "a", method) as archive, ZipFile(own) as made:
        known = {info.filename: info for info in archive.infolist()}
        if date != DATE:
            _redate(out, list(known.values()), date)
        for info in made.infolist():
            other = known.get(info.filename)
            if other is None:
                archive.writestr(_like(info, method), made.read(info))
            elif (other.CRC, other.file_size) != (info.CRC, info.file_size):
                name = info.filename[len(PREFIX) :]
                reason = f"the project and what it depends on both have a file {name}, and not the same"
                raise refused(reason, f"rename it, or leave out both with --exclude {name}")


def _redate(out: BinaryIO, members: List[ZipInfo], date: Date) -> None:
    year, month, day, hour, minute, second = date
    words = struct.pack("<HH", hour << 11 | minute << 5 | second // 2, (year - 1980) << 9 | month << 5 | day)
    for info in members:
        info.date_time = date
        out.seek(info.header_offset + _DATE_AT)
        out.write(words)


def _like(info: ZipInfo, method: int) -> ZipInfo:
    """Give a ZipInfo like info, packed by method, and with a usual mode: those of shiv's files depend on who installed it."""
    made = ZipInfo(info.filename, info.date_time)
    made.compress_type = method
    mode = info.external_attr >> 16
    is_written_by_shiv = mode == 0o600  # `environment.json` and `__main__.py`, which never were files
    made.external_attr = info.external_attr if is_written_by_shiv else usual_mode(mode) << 16
    return made


def _let_run(path: str) -> None:
    """Let those run the new file at path who may read it, and nobody write to it but its owner.

    The umask has told who may read it; to ask for that itself is to change it, also for other threads.
    """
    readable = os.stat(path).st_mode & 0o444
    os.chmod(path, 0o200 | readable | readable >> 2)
