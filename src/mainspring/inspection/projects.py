"""A directory that is a project: what its pyproject.toml says of it."""

import os
from typing import Optional

from ..projects import choices, dynamic_metadata, entries, locks, settings
from ..projects.reading import Mistakes
from ..projects.settings import Project as Said
from ..runtime import Refusal, kinds
from .prospects import refused
from .report import ELSEWHERE, ITSELF, Project, Report, ReportWarning, Script, needs_of


def with_project(report: Report, path: str) -> Report:
    """Add what the pyproject.toml in the directory at path says; its build backend is not asked for what it leaves open."""
    try:
        said = settings.read(path)
        backend = dynamic_metadata.asks(said)
    except Refusal as refusal:
        return _mistaken(report, refusal)
    report = report._replace(project=_project(said))
    return _with_start(report, said, backend) if report.kind == kinds.PROJECT else report


def _mistaken(report: Report, refusal: Refusal) -> Report:
    """Add what is wrong with the settings."""
    mistakes = getattr(refusal, "mistakes", [refusal.reason])
    warning = ReportWarning(kinds.PROJECT, "; ".join(mistakes), (settings.FILE,))
    report = report._replace(warnings=(*report.warnings, warning))
    return refused(report, f"{settings.FILE} has mistakes") if report.kind == kinds.PROJECT else report


def see_sources(said: Said, path: str) -> None:
    """See that what the project, or script, at path requires means what it says, or that a lock has it. Raises Refusal."""
    lock = locks.beside(path) if os.path.isfile(path) else locks.find(path)
    if said.sourced and lock is None:
        choices.see_sources(said, choices.requirements(said))


def _wrong(said: Said, backend: str) -> Optional[Refusal]:
    """Say what is wrong with what starts in a project, as far as that is certain. Raises Refusal for what it requires."""
    if backend:
        return entries.surely_undecided(said)
    wrong = entries.undecided(said) or entries.surely_missing(said)
    return wrong if wrong or choices.requirements(said) else entries.missing(said, None)


def _project(said: Said) -> Project:
    extras, groups = sorted(said.optional_dependencies), sorted(said.dependency_groups)
    return Project(said.name, said.version, said.dependencies, tuple(extras), tuple(groups))


def _with_start(report: Report, said: Said, backend: str) -> Report:
    """Add what starts in a project; backend: the one that would be asked for what its settings leave open, or ""."""
    scripts = tuple(Script(name, entry, said.name) for name, entry in said.scripts.items())
    default = choices.default_entry(said)
    entry = said.scripts.get(default, default)
    needs = needs_of([said.requires_python] if said.requires_python else [], [], [])
    kind = ("function" if ":" in entry else "module") if entry else ""
    report = report._replace(scripts=scripts, entry=entry, entry_kind=kind, needs=needs)
    try:
        wrong = _wrong(said, backend)
        see_sources(said, report.path)
    except Refusal as refusal:
        wrong = refusal
    if isinstance(wrong, Mistakes):
        return _mistaken(report, wrong)
    if wrong is not None:
        return refused(report, wrong.reason)
    rest = "the rest" if entry else "what it starts, if it starts anything"
    reason = f"its build backend, {backend}, knows {rest}" if backend else ""
    return report._replace(runs=ELSEWHERE if needs.misfit else ITSELF, runs_reason=reason)
