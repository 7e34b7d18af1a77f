"""The facts of a target, gathered: what kind it is, what is in it, and what mainspring would do with it."""

import hashlib
import os
import re
import stat
import sys
import zipimport
from typing import Any, BinaryIO, Dict, List, NamedTuple, Optional, Tuple

from .. import archive, fitness, makers, progress
from ..makers import others
from ..makers.metadata import read_json
from ..projects import choices, completing, reading, settings
from ..runtime import Refusal, classify, kinds
from ..runtime import wheel as wheels
from ..runtime.project import undecided
from . import contents as places
from . import distributions, doubts, listing, natives, singles
from .contents import Contents
from .report import (
    BOOTSTRAP,
    BROKEN,
    ELSEWHERE,
    ITSELF,
    REFUSED,
    SYSTEM,
    Doubt,
    Maker,
    Needs,
    Project,
    Report,
    Script,
    needs_of,
    timed,
)

_HEAD = 2**16
_SHEBANG = re.compile(rb"#!([^\r\n]{0,500})")
_MAINS = ("__main__.py", "__main__.pyc")
_DEPS_ZIP = re.compile(r"\.deps/[^/]+\.whl")
_SHIV_FILES = ("environment.json", "_bootstrap/__init__.py")
_CHUNK = 2**20
_MOST_TAGS = 1000
_ZIPAPPS_TIME = re.compile(r"_zip_time_(\d{10})\d*")
_SHELL, _SH_BOOT = "/bin/sh", "sh-boot"
_FORMS = {"shiv": "environment.json", "pex": "PEX-INFO"}


class Wishes(NamedTuple):
    """What is to be gathered: limits for what an archive may unpack to, and whether the hash of each file is wanted."""

    limits: Optional[archive.Limits] = None
    with_digests: bool = False


def gather(path: str, wishes: Optional[Wishes] = None) -> Report:
    """Give the facts of what is at path. Nothing is executed, imported or written.

    Raises Refusal if there is no such thing, if it cannot be read, or if it is a pipe or a device.
    """
    wishes = wishes or Wishes()
    try:
        status = os.stat(path)
        if stat.S_ISDIR(status.st_mode):
            report = _directory(path, wishes)
        elif stat.S_ISREG(status.st_mode):
            report = _file(path, wishes)
        else:
            raise Refusal(path, "it is a pipe, a device or a socket, and could be read only once", status=1)
    except NotADirectoryError as error:
        raise _inside(path, error) from None
    except OSError as error:
        raise classify.cannot_open(path, classify.absolute(path), error) from None
    except ValueError as error:  # a null byte in the path
        raise Refusal(path, str(error)) from None
    return report._replace(doubts=(*doubts.of_file(status.st_mode), *report.doubts))


def _inside(path: str, error: OSError) -> Refusal:
    """Say why what is at path, below a file, cannot be described; it may be a folder in an archive, and run."""
    finder = classify.find_importer(path)
    names = zipimport._zip_directory_cache.get(getattr(finder, "archive", ""), ())  # type: ignore[attr-defined]
    if not any(name.startswith(finder.prefix) for name in names):
        return classify.cannot_open(path, classify.absolute(path), error)
    return Refusal(
        path, "it is a folder inside an archive", f"mainspring inspect {finder.archive} describes that", status=1
    )


# Files.


def _file(path: str, wishes: Wishes) -> Report:
    with open(path, "rb") as file:
        data = places.mapped(file)
        file.seek(0)
        digest = _sha256(file)
    head, tail = bytes(data[:_HEAD]), bytes(data[-_HEAD:])
    start = Report(path, "data", len(data), fitness.this().word, sha256=digest, shebang=_shebang(head))
    start = start._replace(doubts=tuple(doubts.of_shebang(start.shebang)))
    bar = progress.Bar(sys.stderr, "inspecting")
    found = places.from_archive(path, data, wishes.limits, bar.tick, wishes.with_digests)
    bar.erase()
    alone = others.named_file(head, tail)
    if alone is not None and not (found is not None and any(name in found.by_name for name in _MAINS)):
        name, said = alone
        form = others.executable(head) or ""
        return start._replace(kind=classify.EXECUTABLE, form=form, maker=Maker(name), settings=said, runs=SYSTEM)
    if found is not None:
        return _bundle(start, found, _kind_of_archive(found), wishes)
    if _is_broken_archive(head, tail):
        return start._replace(kind="archive", soundness=places.judged(path, data)[0])
    return singles.single(start, data)


def _sha256(file: BinaryIO) -> str:
    """Give the hash of a file's content; of what is mapped, too much would stay in memory."""
    engine = hashlib.sha256()
    for piece in iter(lambda: file.read(_CHUNK), b""):
        engine.update(piece)
    return engine.hexdigest()


def _shebang(head: bytes) -> str:
    matched = _SHEBANG.match(head)
    return matched.group(1).decode("utf-8", "replace").strip() if matched else ""


def _is_broken_archive(head: bytes, tail: bytes) -> bool:
    start = head.find(b"\n") + 1 if head.startswith(b"#!") else 0
    return b"\0" in head + tail and (listing.END_SIGNATURE in tail or head.startswith(b"PK\3\4", start))


def _kind_of_archive(found: Contents) -> str:
    names = found.by_name
    if not any(name in names for name in _MAINS):
        infos = [name for name in names if name.endswith(".dist-info/WHEEL") and name.count("/") == 1]
        return classify.WHEEL if len(infos) == 1 else classify.ARCHIVE
    if "PEX-INFO" in names:
        return classify.PEX
    return classify.SHIV if all(name in names for name in _SHIV_FILES) else classify.ARCHIVE


# Directories.


def _directory(path: str, wishes: Wishes) -> Report:
    found = places.from_directory(path, path)
    start = Report(path, classify.DIRECTORY, sum(m.size for m in found.members), fitness.this().word)
    names = found.by_name
    kind, form = classify.DIRECTORY, ""
    if "PEX-INFO" in names and "__main__.py" in names:
        kind = classify.PEX
        form = "venv" if "pyvenv.cfg" in names else "packed" if ".bootstrap" in names else "loose"
    elif _is_project(found):
        kind = classify.PROJECT
    elif "__init__.py" in names and "__main__.py" in names and _is_package(path):
        kind = classify.PACKAGE
    report = _bundle(start._replace(form=form), found, kind, wishes)
    return _with_project(report, path) if settings.FILE in names or kind == classify.PROJECT else report


def _is_project(found: Contents) -> bool:
    has_settings = any(name in found.by_name for name in kinds.PROJECT_FILES)
    return has_settings and not any(name in found.by_name for name in _MAINS)


def _is_package(path: str) -> bool:
    from ..runtime import package  # few directories have both files

    return package.has_relative_imports(os.path.join(path, "__main__.py"))


def _with_project(report: Report, path: str) -> Report:
    """Add what the pyproject.toml in the directory at path says; its build backend is not asked for what it leaves open."""
    try:
        said = settings.read(path, path)
        backend = completing.asks(said, path) if said.unknown else ""
    except Refusal as refusal:
        mistakes = getattr(refusal, "mistakes", [refusal.reason])
        doubt = Doubt(classify.PROJECT, "; ".join(mistakes), (settings.FILE,))
        report = report._replace(doubts=(*report.doubts, doubt))
        is_alone = report.kind == classify.PROJECT
        return _refused(report, f"{settings.FILE} has mistakes") if is_alone else report
    project = Project(
        said.name,
        said.version,
        said.dependencies,
        tuple(sorted(said.optional_dependencies)),
        tuple(sorted(said.dependency_groups)),
    )
    report = report._replace(project=project)
    if report.kind != classify.PROJECT:
        return report
    scripts = tuple(Script(name, entry, said.name) for name, entry in said.scripts.items())
    default = choices.default_entry(said)
    entry = said.scripts.get(default, default)
    needs = needs_of([said.requires_python] if said.requires_python else [], [], [])
    kind = ("function" if ":" in entry else "module") if entry else ""
    report = report._replace(scripts=scripts, entry=entry, entry_kind=kind, needs=needs)
    if not entry and not backend:
        return _refused(report, undecided(path, said.scripts).reason)
    reason = f"its build backend, {backend}, knows the rest" if backend else ""
    return report._replace(runs=ELSEWHERE if needs.misfit else ITSELF, runs_reason=reason)


# Bundles.


def _bundle(report: Report, found: Contents, kind: str, wishes: Wishes) -> Report:
    """Add all that the members say. found may get the members of archives that it holds."""
    if wishes.with_digests and found.soundness.is_sound is not False:
        _take_digests(found)
    whole = found.members
    if kind == classify.PEX or "payload.zip" in found.by_name:
        whole = list(found.members)
        _mount(found)
    report = report._replace(
        kind=kind,
        members=tuple(whole),
        soundness=found.soundness,
        comment=found.comment.decode("utf-8", "replace"),
        prefix=found.prefix,
    )
    gathered = distributions.gather(found, kind == classify.WHEEL)
    report = report._replace(
        distributions=tuple(gathered.distributions),
        scripts=tuple(gathered.scripts),
        others=tuple(gathered.others),
        natives=tuple(natives.natives(found, gathered.owners)),
    )
    report = _with_maker(report, found)
    report = _with_entry(report, found)
    report = _with_layout(report._replace(needs=_needs(report)), found)
    doubtful = [*report.doubts, *found.doubts, *gathered.doubts]
    doubtful += doubts.of_members(found, kind) + doubts.of_distributions(report.distributions, kind)
    return report._replace(doubts=tuple(doubtful))


def _take_digests(found: Contents) -> None:
    for member in found.members:
        if not member.is_directory:
            try:
                found.digest(member)
            except Refusal as refusal:
                found.doubts.append(Doubt("unreadable", refusal.reason, (member.name,)))


def _mount(found: Contents) -> None:
    """Look into the archives that are in a bundle: the wheels of a packed PEX, the payload of bundleup."""
    inner = [m for name, m in found.by_name.items() if _DEPS_ZIP.fullmatch(name) or name == "payload.zip"]
    for member in inner:
        try:
            found.mount(member)
        except (Refusal, OSError) as error:
            words = error.reason if isinstance(error, Refusal) else str(error.strerror)
            found.doubts.append(Doubt("unreadable", words, (member.name,)))


def _with_maker(report: Report, found: Contents) -> Report:
    """Add who made it, and what that wrote of how it is to run."""
    name = report.kind if report.kind in _FORMS else None
    file = _FORMS.get(report.kind, "")
    try:
        if name is None and report.kind == classify.ARCHIVE:
            name = others.named(found.by_name, lambda name: _read_if_small(found, name))
            file = others.SETTINGS.get(name or "", "")
        duck: Any = found
        said = read_json(duck, duck.by_name[file], report.path) if file in found.by_name else {}
    except Refusal as refusal:
        maker = Maker(name) if name else None
        doubt = Doubt("settings", refusal.reason, (file,))
        return report._replace(maker=maker, doubts=(*report.doubts, doubt))
    if name is None:
        return _with_wheel_maker(report)
    form = _SH_BOOT if name == classify.PEX and report.shebang.startswith(_SHELL) else report.form
    return _with_build(report._replace(maker=Maker(name, _version(name, said)), settings=said, form=form), found)


def _read_if_small(found: Contents, name: str) -> bytes:
    member = found.by_name[name]
    return found.read(member) if member.size < _HEAD else b""  # what says who made it is small


def _with_wheel_maker(report: Report) -> Report:
    if report.kind != classify.WHEEL or not report.distributions:
        return report
    name, _, version = report.distributions[0].generator.partition(" ")
    return report._replace(maker=Maker(name, version.strip("()")) if name else None)


def _version(name: str, said: Dict[str, Any]) -> str:
    properties = said.get("build_properties")
    version = properties.get("pex_version") if name == "pex" and isinstance(properties, dict) else None
    version = version or said.get(f"{name}_version") or said.get("version")
    return version if isinstance(version, str) else ""


def _with_build(report: Report, found: Contents) -> Report:
    said = report.settings
    build_id = said.get("build_id") or said.get("pex_hash") or ""
    built_at = said.get("built_at") or ""
    if report.maker is not None and report.maker.name == others.ZIPAPPS:
        stamps = [m.group(1) for m in map(_ZIPAPPS_TIME.fullmatch, found.by_name) if m is not None]
        built_at = timed(int(stamps[0])) if stamps else ""
    return report._replace(build_id=_text(build_id), built_at=_text(built_at))


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _with_entry(report: Report, found: Contents) -> Report:
    entry, kind = _entry(report, found)
    return report._replace(entry=entry, entry_kind=kind)


def _entry(report: Report, found: Contents) -> Tuple[str, str]:
    """Give what starts, and of what kind it is."""
    said = report.settings
    script, entry = _text(said.get("script")), _text(said.get("entry_point") or said.get("main"))
    if script and (report.kind == classify.SHIV or not entry):
        return script, "script"
    if entry:
        return entry, "function" if ":" in entry else "module"
    if report.kind in _FORMS:
        return "", ""
    main = next((name for name in _MAINS if name in found.by_name), "")
    if main == "__main__.py" and found.by_name[main].size < _HEAD:
        try:
            called = others.zipapp_entry(found.read(found.by_name[main]))
        except Refusal:
            called = None
        if called:
            return called, "function"
    return (main, "file") if main else ("", "")


def _needs(report: Report) -> Needs:
    """Give what the distributions ask of an interpreter, and what a PEX asks besides."""
    projects: Dict[str, List[Any]] = {}
    for one in report.distributions:
        projects.setdefault(reading.normalized(one.name), []).append(one)
    python: List[str] = []
    tags: List[Tuple[str, ...]] = []
    for several in projects.values():
        if len(several) == 1 and several[0].requires_python:
            python.append(several[0].requires_python)
        asked = sorted({tag for one in several for tag in one.tags})
        if asked and not any(tag.endswith("-none-any") for tag in asked) and len(asked) <= _MOST_TAGS:
            tags.append(tuple(asked))
    any_of = report.settings.get("interpreter_constraints") if report.kind == classify.PEX else None
    constraints = [text for text in any_of if isinstance(text, str)] if isinstance(any_of, list) else []
    return needs_of(list(dict.fromkeys(python)), constraints, tags)


def _with_layout(report: Report, found: Contents) -> Report:
    """Add how mainspring would run it: what the store would get to know of a sound archive."""
    if found.soundness.is_sound is False:
        return _refused(report, found.soundness.reason)
    mains = [found.by_name[name] for name in _MAINS if name in found.by_name]
    is_pex_directory = report.kind == classify.PEX and found.archive is None
    if report.kind in (classify.DIRECTORY, classify.PACKAGE, classify.ARCHIVE) and not mains:
        return _refused(report, "it has no __main__")
    if report.kind in (classify.DIRECTORY, classify.PACKAGE):
        return report._replace(runs=ITSELF)
    if (found.archive is None and not is_pex_directory) or any(member.size > places.LARGEST for member in mains):
        return report
    if report.kind == classify.WHEEL and found.archive is not None:
        return _with_wheel(report, found.archive)
    try:
        layout = _layout(report.path, found.archive)
    except Refusal as refusal:
        return _refused(_broken(report, refusal), refusal.reason)
    return _with_runner(report, layout)


def _with_wheel(report: Report, checked: archive.Archive) -> Report:
    """Add what starts in a wheel, whether it is one by all rules, and whether it runs in this environment."""
    from ..makers import wheel  # only for wheels

    try:
        layout = wheel.layout(checked, report.path, os.path.basename(report.path))
    except Refusal as refusal:
        return _refused(_broken(report, refusal), refusal.reason)
    report = _with_start(report, layout)
    try:
        layout = makers.settled(layout, report.path)
    except Refusal as refusal:  # the wheel is right: something is missing in this environment
        return _refused(report, refusal.reason)
    if not layout["default"]:
        return _refused(report, wheels.undecided(report.path, layout).reason)
    return _with_runner(report, layout)


def _with_start(report: Report, layout: Dict[str, Any]) -> Report:
    """Add what starts in the wheel that has this layout."""
    default = layout["default"]
    if default in layout["scripts"]:
        return report._replace(entry=layout["scripts"][default], entry_kind="function")
    kind = "script" if default in layout["files"] else "program" if default in layout["programs"] else "module"
    return report._replace(entry=default, entry_kind=kind) if default else report


def _with_runner(report: Report, layout: Dict[str, Any]) -> Report:
    """Add who runs what has this layout."""
    misfit = layout.get("misfit")
    if misfit and report.needs.misfit is None:
        report = report._replace(needs=report.needs._replace(misfit=misfit))
    foreign = layout.get("foreign")
    own = SYSTEM if report.entry_kind == "program" else ITSELF
    by = BOOTSTRAP if foreign else ELSEWHERE if misfit else own
    return report._replace(runs=by, runs_reason=foreign or "")


def _refused(report: Report, reason: str) -> Report:
    return report._replace(runs=REFUSED, runs_reason=reason)


def _layout(path: str, found: Optional[archive.Archive]) -> Dict[str, Any]:
    """Give the layout of an archive, or of the PEX that is the directory at path."""
    if found is not None:
        return makers.layout(found, path, path)
    return makers.layout_of_directory(os.path.abspath(path), path, archive.Limits(), lambda done, whole: None)[2]


def _broken(report: Report, refusal: Refusal) -> Report:
    return report._replace(
        doubts=(*report.doubts, Doubt(BROKEN, f"its maker would not have written this: {refusal.reason}"))
    )
