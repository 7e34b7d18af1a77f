"""The page that describes a bundle to people, as plain text for files and pipes."""

from typing import List

from ..wording import printable, size
from . import facts
from .facts import Bar
from .report import Member, Report


def plain(report: Report) -> str:
    """Give the page as plain text."""
    rows = facts.lines(report)
    width = max(len(row.label) for row in rows) + 2
    made = [printable(report.path), ""]
    made += [f"{row.label:{width}}{row.text}".rstrip() for row in rows]
    made += _plain_bars(facts.bars(report))
    natives = facts.native_rows(report)
    if natives:
        made += ["", "native modules", *(f"  {taken:>10}  {name}" if taken else f"  {name}" for taken, name in natives)]
    found = facts.warnings(report)
    if found:
        made += ["", "warnings", *(f"  {text}{': ' if names else ''}{names}" for text, names in found)]
    return "\n".join(made)


def _plain_bars(rows: List[Bar]) -> List[str]:
    if not rows:
        return []
    names = [f"{'  ' if row.branch else ''}{row.name}" for row in rows]
    width = max(map(len, names))
    made = [
        f"  {name:{width}}  {size(row.packed):>8}  {facts.percent(row):>4}  {row.files:>6,}  {row.more}".rstrip()
        for name, row in zip(names, rows)
    ]
    return ["", f"  {'contents':{width}}  {'size':>8}  {'':4}  {'files':>6}", *made]


def plain_tree(report: Report) -> str:
    """Give a line for each member: its mode, its size, how it is packed, and its name."""
    return "\n".join(_member_line(member) for member in report.members)


def _member_line(member: Member) -> str:
    mode = "      " if member.mode is None else f"{member.mode & 0o7777:06o}"
    packed = f"{member.packed:>10}" if member.method != "stored" else " " * 10
    return f"{mode} {member.size:>10} {packed}  {printable(member.name)}"
