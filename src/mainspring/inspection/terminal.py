"""The page that describes a bundle to people, with rich for a terminal. Nowhere is markup in names obeyed."""

import io
from typing import TYPE_CHECKING, Any, Dict, Iterator, List, Tuple

from ..wording import printable, size
from . import facts
from .facts import BAD, GOOD, PLAIN, Bar
from .report import Report

if TYPE_CHECKING:
    from rich.table import Table
    from rich.tree import Tree

_NARROW, _WIDE = 64, 100  # columns
_BAR, _NARROW_BAR = 20, 12
_BETWEEN = 3  # columns of a table
_NUMBERS = 8 + 4 + 6 + 4 * _BETWEEN + 4  # columns of size, percentage and files, with what is between and beside them
_LEAST_LICENCE = 8
_FULL = "\u2588"
_EIGHTHS = " \u258f\u258e\u258d\u258c\u258b\u258a\u2589"
_ASCII = str.maketrans(f"{_FULL}{''.join(_EIGHTHS[1:])}├└─│", f"#{'|' * len(_EIGHTHS[1:])}+`-|")
_STYLES = {GOOD: "green", BAD: "bold red", PLAIN: ""}


class _Sink(io.StringIO):
    """A stream by which rich knows what the terminal can draw."""

    def __init__(self, encoding: str) -> None:
        super().__init__()
        self._named = encoding

    @property
    def encoding(self) -> str:  # type: ignore[override]
        return self._named


def shown(renderable: Any, width: int, encoding: str = "utf-8") -> str:
    """Give what rich makes of renderable for a terminal of that width."""
    from rich.console import Console  # only where there is a terminal

    sink = _Sink(encoding)
    Console(file=sink, width=width, force_terminal=True, highlight=False, legacy_windows=False).print(renderable)
    made = "\n".join(line.rstrip(" ") for line in sink.getvalue().rstrip("\n").split("\n"))
    return made if encoding.lower().startswith("utf") else made.translate(_ASCII)


def is_able_console() -> bool:
    """Tell whether Windows' console understands escape sequences now; it would show them where nothing has told it to."""
    from rich.console import get_windows_console_features  # as above

    return bool(get_windows_console_features().vt)


class Page:
    """The page of a report, for rich to show at the width that there is."""

    def __init__(self, report: Report) -> None:
        self.report = report

    def __rich_console__(self, console: Any, options: Any) -> Iterator[Any]:
        """Give what stands on the page, one thing after the other."""
        report = self.report
        from rich.text import Text  # as above

        yield _panel(report)
        rows = facts.bars(report)
        if rows:
            yield _shares(rows, options.max_width)
        natives = facts.native_rows(report)
        if natives:
            yield Text("native modules", style="bold")
            yield _natives(natives)
        found = facts.warnings(report)
        if found:
            yield Text("\nwarnings", style="bold yellow")
            yield _warnings(found)


def rich(report: Report) -> Page:
    """Give the page for rich to show."""
    return Page(report)


def _panel(report: Report) -> Any:
    from rich.panel import Panel  # as above
    from rich.text import Text

    words, colour = facts.verdict(report)
    return Panel(
        _facts(report),
        title=Text(f" {printable(report.path)} ", style="bold"),
        title_align="left",
        subtitle=Text(f" {words} ", style=f"bold {colour}"),
        subtitle_align="right",
        border_style=colour,
        padding=(1, 2),
    )


def _grid() -> "Table":
    """Give a table without lines, of which the second column takes what is left, and folds."""
    from rich.table import Table  # as above

    table = Table.grid(padding=(0, 2))
    table.add_column(style="cyan", no_wrap=True)
    table.add_column(overflow="fold")
    return table


def _facts(report: Report) -> "Table":
    from rich.text import Text  # as above

    table = _grid()
    for row in facts.lines(report):
        table.add_row(row.label, Text(row.text, style=_STYLES[row.tone]))
    return table


def _natives(rows: List[Tuple[str, str]]) -> Any:
    from rich.console import Group  # as above
    from rich.text import Text

    made: List[Any] = []
    for taken, name in rows:
        if not taken:
            made += [Text(f"  {name}", style="cyan"), _grid()]
        else:
            made[-1].add_row(Text(f"{taken:>11}", style="dim"), Text(name))
    return Group(*made)


def _warnings(found: List[Tuple[str, str]]) -> "Table":
    from rich.text import Text  # as above

    table = _grid()
    for text, names in found:
        table.add_row(Text("  !", style="bold yellow"), Text.assemble(text, (f"  {names}" if names else "", "dim")))
    return table


def _shares(rows: List[Bar], width: int) -> "Table":
    from rich.text import Text  # as above

    length = 0 if width < _NARROW else _BAR if width >= _WIDE else _NARROW_BAR
    table, has_licences = _empty_shares(rows, width, length)
    largest = max(row.share for row in rows) or 1
    for row in rows:
        dim = "dim" if row.branch else ""
        cells = [Text.assemble((row.branch, "dim"), (row.name, dim)), Text(size(row.packed), dim)]
        if length:
            bar = _drawn(row.share / largest, length) or _EIGHTHS[bool(row.packed)]
            cells += [Text(bar, f"cyan {dim}"), Text(facts.percent(row), dim), Text(f"{row.files:,}", dim)]
        table.add_row(*cells, *([Text(row.more)] if has_licences else []))
    return table


def _empty_shares(rows: List[Bar], width: int, length: int) -> "Tuple[Table, bool]":
    """Give the table for what takes how much, and whether there is room for licences; length: that of the bars."""
    from rich.box import SIMPLE_HEAD  # as above
    from rich.table import Table

    taken = length + _NUMBERS if length else 8 + _BETWEEN + 4
    named = min(max(len(row.branch) + len(row.name) for row in rows), width - taken)
    left = width - named - taken - _BETWEEN
    has_licences = bool(length) and left >= _LEAST_LICENCE
    table = Table(box=SIMPLE_HEAD, header_style="bold", pad_edge=False)
    table.add_column("contents", overflow="ellipsis", no_wrap=True, width=named)
    table.add_column("size", justify="right", no_wrap=True, width=8)
    if length:
        table.add_column("", no_wrap=True, width=length)
        table.add_column("", justify="right", no_wrap=True, width=4)
        table.add_column("files", justify="right", no_wrap=True, width=6)
    if has_licences:
        table.add_column("licence", style="dim", overflow="ellipsis", no_wrap=True, max_width=left)
    return table, has_licences


def _drawn(share: float, length: int) -> str:
    full, rest = divmod(round(share * length * 8), 8)
    return _FULL * full + _EIGHTHS[rest].strip()


def rich_tree(report: Report) -> "Tree":
    """Give the members as a tree for rich to show."""
    from rich.text import Text  # as above
    from rich.tree import Tree

    top = Tree(Text(printable(report.path), style="bold"), guide_style="dim")
    folders = {"": top}
    for member in report.members:
        folder, name = _split(member.name)
        below = _folder(folders, folder)
        if member.is_directory:
            folders.setdefault(member.name, below.add(Text(printable(name), style="blue")))
        else:
            style = "green" if member.is_executable else ""
            below.add(Text.assemble((printable(name), style), (f"  {size(member.size)}", "dim")))
    return top


def _split(name: str) -> Tuple[str, str]:
    folder, slash, last = name[:-1].rpartition("/")
    return folder + slash, last + name[-1:]


def _folder(folders: "Dict[str, Tree]", name: str) -> "Tree":
    """Give the tree of a folder, which may have no member of its own."""
    missing = []
    while name not in folders:
        missing.append(name)
        name = _split(name)[0]
    from rich.text import Text  # as above

    for folder in reversed(missing):
        folders[folder] = folders[name].add(Text(printable(_split(folder)[1]), style="blue"))
        name = folder
    return folders[name]
