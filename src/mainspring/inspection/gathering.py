"""The facts of a target, gathered: what kind it is, what is in it, and, by the modules beside, all that follows."""

import hashlib
import os
import re
import stat
import zipimport
from typing import BinaryIO, NamedTuple, Optional, TextIO

from .. import archive, fitness, progress, refusals
from ..archive import records
from ..makers import others
from ..projects import settings
from ..runtime import Refusal, classify, kinds
from . import contents as places
from . import distributions, natives, origins, projects, prospects, singles, warnings
from .contents import Contents
from .report import SYSTEM, Maker, Report, ReportWarning

_HEAD = 2**16
_SHEBANG = re.compile(rb"#!([^\r\n]{0,500})")
_DEPS_ZIP = re.compile(r"\.deps/[^/]+\.whl")
_CHUNK = 2**20


class Options(NamedTuple):
    """What is to be gathered, and how.

    limits: for what an archive may unpack to. with_digests: whether the hash of each file is wanted. progress: where it
    is shown if that takes long, and is a terminal; None for nowhere.
    """

    limits: Optional[archive.Limits] = None
    with_digests: bool = False
    progress: Optional[TextIO] = None


def gather(path: str, options: Optional[Options] = None) -> Report:
    """Give the facts of what is at path. Nothing is executed, imported or written.

    Raises Refusal if there is no such thing, if it cannot be read, or if it is a pipe or a device.
    """
    options = options or Options()
    with refusals.of(path):
        return _gathered(path, options)


def _gathered(path: str, options: Options) -> Report:
    """Give the facts; raise refusals, some of which do not say whose they are."""
    try:
        status = _status(path)
        if stat.S_ISDIR(status.st_mode):
            report = _directory(path, options)
        elif stat.S_ISREG(status.st_mode):
            report = _file(path, options)
        else:
            raise Refusal(path, "it is a pipe, a device or a socket, and could be read only once", status=1)
    except NotADirectoryError as error:
        raise _inside(path, error) from None
    except OSError as error:
        raise kinds.cannot_open(path, kinds.absolute(path), error) from None
    return report._replace(warnings=(*warnings.of_file(status.st_mode), *report.warnings))


def _status(path: str) -> os.stat_result:
    try:
        return os.stat(path)
    except ValueError as error:  # a null byte in the path
        raise Refusal(path, str(error)) from None


def _inside(path: str, error: OSError) -> Refusal:
    """Say why what is at path, below a file, cannot be described; it may be a folder in an archive, and run."""
    finder = classify.archive_importer(path, path)
    names = zipimport._zip_directory_cache.get(getattr(finder, "archive", ""), ())  # type: ignore[attr-defined]
    if not any(name.startswith(finder.prefix) for name in names):
        return kinds.cannot_open(path, kinds.absolute(path), error)
    return Refusal(
        path, "it is a folder inside an archive", f"mainspring inspect {finder.archive} describes that", status=1
    )


# Files.


def _file(path: str, options: Options) -> Report:
    with open(path, "rb") as file:
        data = places.content_of(file)
        file.seek(0)
        digest = _sha256(file)
    head, tail = data[:_HEAD], data[-_HEAD:]
    start = Report(path, "data", len(data), fitness.this().word, sha256=digest, shebang=_shebang(head))
    start = start._replace(warnings=tuple(warnings.of_shebang(start.shebang)))
    with progress.Bar(options.progress, "inspecting") as bar:
        found = places.from_archive(data, options.limits, bar.tick, options.with_digests)
    alone = others.named_file(head, tail)
    if alone is not None and not (found is not None and any(name in found.by_name for name in classify.MAINS)):
        name, said = alone
        form = others.executable(head) or ""
        return start._replace(kind=kinds.EXECUTABLE, form=form, maker=Maker(name), settings=said, runs=SYSTEM)
    if found is not None:
        return _bundle(start, found, classify.kind_by_names(found.by_name), options)
    if _is_broken_archive(head, tail):
        return start._replace(kind=kinds.ARCHIVE, soundness=places.judged(data)[0])
    return singles.single(start, data)


def _sha256(file: BinaryIO) -> str:
    """Give the hash of a file's content."""
    engine = hashlib.sha256()
    for piece in iter(lambda: file.read(_CHUNK), b""):
        engine.update(piece)
    return engine.hexdigest()


def _shebang(head: bytes) -> str:
    matched = _SHEBANG.match(head)
    return matched.group(1).decode("utf-8", "replace").strip() if matched else ""


def _is_broken_archive(head: bytes, tail: bytes) -> bool:
    start = head.find(b"\n") + 1 if head.startswith(b"#!") else 0
    return b"\0" in head + tail and (records.END_SIGNATURE in tail or head.startswith(records.LOCAL_SIGNATURE, start))


# Directories.


def _directory(path: str, options: Options) -> Report:
    found = places.from_directory(path, options.limits)
    start = Report(path, kinds.DIRECTORY, sum(m.size for m in found.members), fitness.this().word)
    names = found.by_name
    kind, form = classify.classify(path).kind, ""
    if "PEX-INFO" in names and "__main__.py" in names:
        kind = kinds.PEX
        form = "venv" if "pyvenv.cfg" in names else "packed" if ".bootstrap" in names else "loose"
    report = _bundle(start._replace(form=form), found, kind, options)
    return projects.with_project(report, path) if settings.FILE in names or kind == kinds.PROJECT else report


# Bundles.


def _bundle(report: Report, found: Contents, kind: str, options: Options) -> Report:
    """Add all that the members say. found may get the members of archives that it holds."""
    if options.with_digests and found.soundness.is_sound is not False:
        _take_digests(found)
    whole = found.members
    if kind == kinds.PEX or "payload.zip" in found.by_name:
        whole = list(found.members)
        _mount(found)
    report = report._replace(
        kind=kind,
        members=tuple(whole),
        soundness=found.soundness,
        comment=found.comment.decode("utf-8", "replace"),
        prefix=found.prefix,
    )
    gathered = distributions.gather(found, kind == kinds.WHEEL)
    report = report._replace(
        distributions=tuple(gathered.distributions),
        scripts=tuple(gathered.scripts),
        others=tuple(gathered.others),
        natives=tuple(natives.natives(found, gathered.owners)),
    )
    report = origins.with_entry(origins.with_maker(report, found), found)
    report = prospects.with_prospects(report._replace(needs=prospects.needs(report)), found)
    report = report._replace(links=tuple(f"{name} -> {end}" for name, end in sorted(found.links.items())))
    all_warnings = [*report.warnings, *found.warnings, *gathered.warnings]
    all_warnings += warnings.of_members(found, kind) + warnings.of_distributions(report.distributions, kind)
    return report._replace(warnings=tuple(all_warnings))


def _take_digests(found: Contents) -> None:
    for member in found.members:
        if not member.is_directory:
            try:
                found.digest(member)
            except Refusal as refusal:
                found.warnings.append(ReportWarning("unreadable", refusal.reason, (member.name,)))


def _mount(found: Contents) -> None:
    """Look into the archives that are in a bundle: the wheels of a packed PEX, the payload of bundleup."""
    inner = [m for name, m in found.by_name.items() if _DEPS_ZIP.fullmatch(name) or name == "payload.zip"]
    for member in inner:
        try:
            found.mount(member)
        except (Refusal, OSError) as error:
            words = error.reason if isinstance(error, Refusal) else str(error.strerror)
            found.warnings.append(ReportWarning("unreadable", words, (member.name,)))
