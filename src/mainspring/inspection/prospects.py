"""What would come of running a target: what it needs, who would run it, or why nobody would.

An archive is laid out for that as its first start would do it (`layouts.of_archive`); nothing of it is executed.
"""

import os
from typing import Any, Dict, List, Tuple

from .. import archive, layouts
from ..projects import reading
from ..runtime import Refusal, bytecode, classify, kinds, members
from ..runtime import wheel as wheels
from .contents import LARGEST, Contents
from .report import BOOTSTRAP, BROKEN, ELSEWHERE, ITSELF, REFUSED, SYSTEM, Needs, Report, ReportWarning, needs_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..runtime.layouts import Layout

_MOST_TAGS = 1000


def needs(report: Report) -> Needs:
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
    any_of = report.settings.get("interpreter_constraints") if report.kind == kinds.PEX else None
    constraints = [text for text in any_of if isinstance(text, str)] if isinstance(any_of, list) else []
    return needs_of(list(dict.fromkeys(python)), constraints, tags)


def refused(report: Report, reason: str) -> Report:
    """Add that it would not be run, and why."""
    return report._replace(runs=REFUSED, runs_reason=reason)


def with_prospects(report: Report, found: Contents) -> Report:
    """Add who would run the target that has the members found, or why nobody would. report has its needs already."""
    if found.soundness.is_sound is False:
        return refused(report, found.soundness.reason)
    if found.archive is not None and members.is_unread(report.path):
        return refused(report, f"the directory of this zip archive is {members.ZIP64}")
    mains = [found.by_name[name] for name in classify.MAINS if name in found.by_name]
    if not mains and _has_unseen_main(report.path, found):
        return report._replace(runs=ITSELF)
    if report.kind in (kinds.DIRECTORY, kinds.PACKAGE, kinds.ARCHIVE) and not mains:
        instead = "; --entry starts one of its scripts" if report.scripts else ""
        return refused(report, f"it has no __main__{instead}")
    if mains and all(member.name.endswith(".pyc") for member in mains) and mains[0].size <= LARGEST:
        try:
            words = bytecode.misfit(found.read(mains[0]))
        except Refusal as refusal:  # in a directory, it may be closed
            return refused(report, refusal.reason)
        if words is not None:
            return refused(report, f"its {mains[0].name} is {words}")
    if report.kind in (kinds.DIRECTORY, kinds.PACKAGE):
        return report._replace(runs=ITSELF)
    is_pex_directory = report.kind == kinds.PEX and found.archive is None
    if (found.archive is None and not is_pex_directory) or any(member.size > LARGEST for member in mains):
        return report
    if report.kind == kinds.WHEEL and found.archive is not None:
        return _with_wheel(report, found.archive)
    try:
        return _with_runner(report, _layout(report.path, found))
    except Refusal as refusal:
        return refused(_broken(report, refusal), refusal.reason)


def _has_unseen_main(path: str, found: Contents) -> bool:
    """Tell whether the directory at path has a `__main__` that was not looked at, as one that is a link."""
    return any(found.is_unseen(name) and os.path.isfile(os.path.join(path, name)) for name in classify.MAINS)


def _with_wheel(report: Report, checked: archive.Archive) -> Report:
    """Add what starts in a wheel, whether it is one by all rules, and whether it runs in this environment."""
    from ..makers import wheel  # only for wheels

    try:
        layout = wheel.layout(checked, os.path.basename(report.path))
    except Refusal as refusal:
        return refused(_broken(report, refusal), refusal.reason)
    report = _with_start(report, layout)
    try:
        layout = layouts.settled(layout, report.path)
    except Refusal as refusal:  # the wheel is right: something is missing in this environment
        return refused(report, refusal.reason)
    if not layout["default"]:
        return refused(report, wheels.undecided(report.path, layout).reason)
    return _with_runner(report, layout)


def _with_start(report: Report, layout: "Layout") -> Report:
    """Add what starts in the wheel that has this layout."""
    default = layout["default"]
    if default in layout["scripts"]:
        return report._replace(entry=layout["scripts"][default], entry_kind="function")
    kind = "script" if default in layout["files"] else "program" if default in layout["programs"] else "module"
    return report._replace(entry=default, entry_kind=kind) if default else report


def _with_runner(report: Report, layout: "Layout") -> Report:
    """Add who runs what has this layout."""
    misfit = layout.get("misfit")
    if misfit and report.needs.misfit is None:
        report = report._replace(needs=report.needs._replace(misfit=misfit))
    foreign = layout.get("foreign") or layout.get("usual", ("",))[0]
    own = SYSTEM if report.entry_kind == "program" else ITSELF
    by = BOOTSTRAP if foreign else ELSEWHERE if misfit else own
    return report._replace(runs=by, runs_reason=foreign or "")


def _layout(path: str, found: Contents) -> "Layout":
    """Give the layout of an archive, or of the PEX that is the directory at path."""
    if found.archive is not None:
        return layouts.of_archive(found.archive, path)
    limits = found.limits or archive.Limits()
    return layouts.of_directory(os.path.abspath(path), path, limits, lambda done, whole: None)[2]


def _broken(report: Report, refusal: Refusal) -> Report:
    """Add that its maker would not have written it so."""
    return report._replace(
        warnings=(*report.warnings, ReportWarning(BROKEN, f"its maker would not have written this: {refusal.reason}"))
    )
