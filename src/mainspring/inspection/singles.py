"""Files that are no bundles: scripts, with what they say that they need, and bytecode."""

import os
from typing import TYPE_CHECKING, Any, Dict

from ..makers import others
from ..projects import blocks, inline
from ..runtime import Refusal, bytecode, classify, kinds
from .projects import see_sources
from .prospects import refused
from .report import ELSEWHERE, ITSELF, REFUSED, Inline, Report, ReportWarning, needs_of

if TYPE_CHECKING:
    from ..archive.records import Data

_HEAD = 2**16
_BLOCK = b"# /// script"
_OPEN = "its block '# /// script' does not count, as no line '# ///' ends it in the same comment"
_LARGEST = 2**25  # bytes of a script that is read whole
_HASH_BASED, _CHECKED = 1, 2


def single(report: Report, data: "Data") -> Report:
    """Add to report what the file that has data says."""
    head = data[:_HEAD]
    name = os.path.basename(report.path)
    if name.endswith(".pyc") or classify.looks_like_bytecode(head):
        return _bytecode(report, head)
    native = others.executable(head)
    if native is not None:
        return report._replace(kind=kinds.EXECUTABLE, form=native)
    if b"\0" in head:
        warning = ReportWarning("no-program", "it is neither text nor anything else that python runs")
        return report._replace(warnings=(*report.warnings, warning))
    return _script(report._replace(kind=kinds.SCRIPT, entry=name, entry_kind="file", runs=ITSELF), data)


def _bytecode(report: Report, head: bytes) -> Report:
    writer = bytecode.written_by(head) or ""
    here = ".".join(report.python.split(".")[:2])
    misfit = None if writer == here else f"it is bytecode of {f'Python {writer}' if writer else 'no known Python'}"
    kind = kinds.BYTECODE
    report = report._replace(kind=kind, written_by=writer, settings=_validation(head), entry_kind="file")
    words = f"{misfit}, and this is Python {report.python}" if misfit else None
    return report._replace(
        entry=os.path.basename(report.path),
        needs=report.needs._replace(python=(f"=={writer}.*",) if writer else (), misfit=words),
        runs=REFUSED if words else ITSELF,
        runs_reason=words or "",
    )


def _validation(head: bytes) -> Dict[str, Any]:
    """Give what the header of bytecode says of its source (PEP 552)."""
    if len(head) < 16 or head[2:4] != b"\r\n":
        return {}
    magic, flags = int.from_bytes(head[:2], "little"), int.from_bytes(head[4:8], "little")
    if flags & _HASH_BASED:
        return {"magic": magic, "source_hash": head[8:16].hex(), "is_checked": bool(flags & _CHECKED)}
    times = [int.from_bytes(head[at : at + 4], "little") for at in (8, 12)]
    return {"magic": magic, "source_time": times[0], "source_size": times[1]}


def _script(report: Report, data: "Data") -> Report:
    if data.find(_BLOCK, 0, _LARGEST) < 0:
        return report
    if len(data) > _LARGEST:
        return _warned(report, "it is too large for its metadata to be looked for")
    try:
        said = inline.read(report.path, data[:])
    except Refusal as refusal:
        words = "; ".join(getattr(refusal, "mistakes", [refusal.reason]))
        return _warned(report._replace(runs=REFUSED, runs_reason=words), words)
    if said is None:
        return _warned(report, _OPEN) if blocks.is_left_open(data[:]) else report
    block = "\n".join(next(blocks.blocks(data[:])))
    needs = needs_of([said.requires_python] if said.requires_python else [], [], [])
    by = ELSEWHERE if needs.misfit else ITSELF
    report = report._replace(inline=Inline(said.requires_python, said.dependencies, block), needs=needs, runs=by)
    try:
        see_sources(said, report.path)
    except Refusal as refusal:
        return refused(report, refusal.reason)
    return report


def _warned(report: Report, words: str) -> Report:
    return report._replace(warnings=(*report.warnings, ReportWarning("inline-metadata", words)))
