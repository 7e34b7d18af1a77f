"""The page that describes a bundle to people: plain text for files and pipes, or what rich shows on a terminal.

Both are made from the same lines, `lines`; names are made printable here, and nowhere is their markup obeyed.
"""

import io
from typing import TYPE_CHECKING, Any, Dict, Iterator, List, NamedTuple, Sequence, Tuple

from packaging.specifiers import InvalidSpecifier, Specifier, SpecifierSet
from packaging.version import InvalidVersion, Version

from ..wording import count, printable, shortened, size
from .report import Doubt, Member, Report

if TYPE_CHECKING:
    from rich.table import Table
    from rich.tree import Tree

GOOD, BAD, PLAIN = "good", "bad", ""
_MOST_NAMES = 5  # of a warning
_MOST_SCRIPTS = 12
_MOST_NATIVES = 8
_MOST_SHARES = 40
_BAR = 20
_FULL, _SLIVER = "\u2588", "\u258f"
_ASCII = {ord(_FULL): "#", ord(_SLIVER): "|"}
_STYLES = {GOOD: "green", BAD: "bold red", PLAIN: ""}
_VERDICTS = {
    "itself": ("mainspring runs it itself", GOOD),
    "bootstrap": ("mainspring hands it to its own bootstrap", PLAIN),
    "system": ("mainspring hands it to the system", PLAIN),
    "refused": ("mainspring refuses it", BAD),
}


class Line(NamedTuple):
    """A fact: what it is called, what it is, and whether that is good, bad or neither."""

    label: str
    text: str
    tone: str = PLAIN


class Bar(NamedTuple):
    """What a part of the bundle takes: its name and more of it, its files, its bytes, and its share of the largest."""

    name: str
    more: str
    files: int
    packed: int
    share: float


# What stands on it.


def lines(report: Report) -> List[Line]:
    """Give the facts of report, in the order in which they stand on the page."""
    made = [Line("kind", _kind(report)), Line("size", _size(report))]
    made += [Line(label, text) for label, text in _origin(report) if text]
    made += _starts(report)
    made += _needs(report)
    made += _told(report)
    made += _integrity(report)
    return [Line(label, printable(text), tone) for label, text, tone in made]


def _kind(report: Report) -> str:
    form = f" ({report.form})" if report.form else ""
    if report.maker is None:
        return f"{report.kind}{form}"
    maker = f"{report.maker.name} {report.maker.version}".strip()
    return f"{report.kind}{form}, made by {maker}"


def _size(report: Report) -> str:
    text = size(report.size)
    if not report.members:
        return text
    text += f", {count(report.files, 'file')}"
    if report.unpacked > report.packed:
        text += f", {size(report.unpacked)} unpacked"
    methods = report.compression
    if methods and report.soundness.is_sound is not None:
        text += f" ({', '.join(methods) if len(methods) < 2 else _methods(methods)})"
    return text


def _methods(methods: Dict[str, int]) -> str:
    return ", ".join(f"{number:,} {name}" for name, number in sorted(methods.items(), key=lambda pair: -pair[1]))


def _origin(report: Report) -> Iterator[Tuple[str, str]]:
    yield "sha256", report.sha256
    yield "built", report.built_at
    yield "build id", report.build_id
    yield "shebang", report.shebang
    has_prefix = report.soundness.is_sound is not None and report.prefix > len(report.shebang) + 4
    yield "prefix", f"{size(report.prefix)} before the archive" if has_prefix else ""
    yield "comment", shortened(report.comment, 200)


def _starts(report: Report) -> List[Line]:
    made = []
    if report.entry:
        made.append(Line("starts", f"{report.entry} ({report.entry_kind})"))
    elif report.kind in ("shiv", "pex"):
        made.append(Line("starts", "an interpreter"))
    scripts = [f"{one.name} = {one.entry}" for one in report.scripts]
    made += [Line("" if at else "scripts", text) for at, text in enumerate(scripts[:_MOST_SCRIPTS])]
    if len(scripts) > _MOST_SCRIPTS:
        made.append(Line("", f"and {len(scripts) - _MOST_SCRIPTS} more"))
    if report.runs:
        text, tone = _VERDICTS[report.runs]
        made.append(Line("runs", f"{text}: {report.runs_reason}" if report.runs_reason else text, tone))
    return made


def _needs(report: Report) -> List[Line]:
    needs = report.needs
    merged = _merged(needs.python)
    asked = [f"Python {merged}" if merged else "", " or ".join(needs.any_of)]
    asked += [tags[0] for tags in needs.tags]
    asked = list(dict.fromkeys(filter(None, asked)))
    if not asked and needs.misfit is None:
        return []
    made = [Line("needs", shortened(", ".join(asked), 400))] if asked else []
    if needs.misfit is None:
        return [*made, Line("", f"fits this Python {report.python}", GOOD)]
    return [*made, Line("" if made else "needs", f"does not fit: {needs.misfit}", BAD)]


def _merged(specifiers: Sequence[str]) -> str:
    """Give specifiers as one, without the lower bounds that others make needless, and what these rule out."""
    try:
        single = {one for text in specifiers for one in SpecifierSet(text)}
        lowest = max((Version(one.version) for one in single if one.operator == ">="), default=None)
        kept = [one for one in single if lowest is None or not _is_needless(one, lowest)]
    except (InvalidSpecifier, InvalidVersion):
        return ", ".join(specifiers)
    return ",".join(sorted(map(str, kept), key=lambda text: (not text.startswith(">"), text)))


def _is_needless(one: Specifier, lowest: Version) -> bool:
    """Tell whether something at least as new as lowest meets a specifier anyhow, or says the same."""
    if one.operator == ">=":
        return Version(one.version) < lowest
    return one.operator == "!=" and Version(one.version.replace(".*", "")) < lowest and lowest in one


def _told(report: Report) -> List[Line]:
    """Give what scripts, projects, bytecode and executables say of themselves."""
    made = []
    if report.project is not None:
        version = report.project.version or "(dynamic)"
        made += [Line("project", f"{report.project.name} {version}")]
        made += _listed("depends on", report.project.dependencies)
        made += _listed("extras", report.project.extras)
        made += _listed("groups", report.project.groups)
    if report.inline is not None:
        rows = report.inline.text.splitlines()
        made += [Line("" if at else "metadata", row) for at, row in enumerate(rows[:_MOST_SHARES])]
    if report.written_by:
        made.append(Line("written by", f"Python {report.written_by}"))
    if report.kind in ("executable", "bytecode"):
        made += [Line(name.replace("_", " "), str(value)) for name, value in report.settings.items()]
    return made


def _listed(label: str, texts: Sequence[str]) -> List[Line]:
    return [Line("" if at else label, text) for at, text in enumerate(texts[:_MOST_SHARES])]


def _integrity(report: Report) -> List[Line]:
    made = []
    if report.soundness.is_sound:
        made.append(Line("archive", "sound: it can be read in one way only, and every checksum is right", GOOD))
    elif report.soundness.is_sound is False:
        made.append(Line("archive", f"not sound: {report.soundness.reason}", BAD))
    records = [one.record for one in report.distributions if one.record is not None]
    if records:
        checked = count(sum(record.checked for record in records), "file")
        if all(record.is_right for record in records):
            made.append(Line("records", f"{checked} as recorded", GOOD))
        else:
            faults = [("altered", "wrong"), ("missing", "missing"), ("unlisted", "unlisted")]
            sums = [(word, sum(len(getattr(record, field)) for record in records)) for word, field in faults]
            found = ", ".join(f"{number:,} {word}" for word, number in sums if number)
            made.append(Line("records", f"{checked} as recorded; {found}", BAD))
    return made


def warnings(report: Report) -> List[Tuple[str, str]]:
    """Give what is doubtful, in words, and the names of what it is about."""
    return [(printable(shortened(one.text, 400)), _names(one)) for one in report.doubts]


def _names(doubt: Doubt) -> str:
    names = [name for name in doubt.names if name not in doubt.text]
    more = f" and {len(names) - _MOST_NAMES:,} more" if len(names) > _MOST_NAMES else ""
    return printable(", ".join(shortened(name, 80) for name in names[:_MOST_NAMES]) + more)


def bars(report: Report) -> List[Bar]:
    """Give what each distribution takes, and what is no distribution's, the largest first."""
    found: List[Tuple[str, str, int, int]] = [
        (f"{one.name} {one.version}", one.licence, one.files, one.packed) for one in report.distributions
    ]
    if report.distributions or report.kind not in ("directory", "package", "project"):
        found += [(one.name, "", one.files, one.packed) for one in report.others]
    found.sort(key=lambda row: (-row[3], row[0]))
    left = found[_MOST_SHARES:]
    if left:
        files, packed = sum(row[2] for row in left), sum(row[3] for row in left)
        found = [*found[:_MOST_SHARES], (f"{len(left):,} more", "", files, packed)]
    largest = max([row[3] for row in found], default=0) or 1
    return [
        Bar(printable(shortened(name, 40)), printable(shortened(more, 30)), files, packed, packed / largest)
        for name, more, files, packed in found
    ]


def native_rows(report: Report) -> List[Tuple[str, str]]:
    """Give the name of each native file and what there is to say of it, and a row for those that are too many."""
    made = []
    for one in report.natives[:_MOST_NATIVES]:
        more = ", ".join(filter(None, [one.machine or one.tag, size(one.size)]))
        made.append((printable(shortened(one.name, 200)), printable(more)))
    left = len(report.natives) - _MOST_NATIVES
    return [*made, (f"and {left:,} more", "")] if left > 0 else made


# Plain.


def plain(report: Report) -> str:
    """Give the page as plain text."""
    rows = lines(report)
    width = max(len(row.label) for row in rows) + 2
    made = [printable(report.path), ""]
    made += [f"{row.label:{width}}{row.text}".rstrip() for row in rows]
    made += _plain_bars(bars(report))
    natives = native_rows(report)
    if natives:
        made += ["", "native modules", *(f"  {name}  {more}".rstrip() for name, more in natives)]
    found = warnings(report)
    if found:
        made += ["", "warnings", *(f"  {text}{': ' if names else ''}{names}" for text, names in found)]
    return "\n".join(made)


def _plain_bars(rows: List[Bar]) -> List[str]:
    if not rows:
        return []
    width = max(len(row.name) for row in rows)
    made = [f"  {row.name:{width}}  {size(row.packed):>8}  {row.files:>6,}  {row.more}".rstrip() for row in rows]
    return ["", f"  {'contents':{width}}  {'size':>8}  {'files':>6}", *made]


def plain_tree(report: Report) -> str:
    """Give a line for each member: its mode, its size, how it is packed, and its name."""
    return "\n".join(_member_line(member) for member in report.members)


def _member_line(member: Member) -> str:
    mode = "      " if member.mode is None else f"{member.mode & 0o7777:06o}"
    packed = f"{member.packed:>10}" if member.method != "stored" else " " * 10
    return f"{mode} {member.size:>10} {packed}  {printable(member.name)}"


# For a terminal.


class _Sink(io.StringIO):
    """A stream by which rich knows what the terminal can draw."""

    def __init__(self, encoding: str) -> None:
        super().__init__()
        self._named = encoding

    @property
    def encoding(self) -> str:  # type: ignore[override]
        return self._named


def terminal(renderable: Any, width: int, encoding: str = "utf-8") -> str:
    """Give what rich makes of renderable for a terminal of that width."""
    from rich.console import Console  # only where there is a terminal

    sink = _Sink(encoding)
    Console(file=sink, width=width, force_terminal=True, highlight=False, legacy_windows=False).print(renderable)
    made = "\n".join(line.rstrip(" ") for line in sink.getvalue().rstrip("\n").split("\n"))
    return made if encoding.lower().startswith("utf") else made.translate(_ASCII)


def rich(report: Report) -> Any:
    """Give the page for rich to show."""
    from rich.console import Group  # as above
    from rich.panel import Panel
    from rich.text import Text

    tone = "green" if report.is_right and report.needs.misfit is None else "red"
    title = Text(f" {printable(report.path)} ", style="bold")
    parts: List[Any] = [Panel(_facts(report), title=title, title_align="left", border_style=tone, padding=(1, 2))]
    rows = bars(report)
    if rows:
        parts.append(_shares(rows))
    natives = [(name, (f"  {more}", "dim")) for name, more in native_rows(report)]
    if natives:
        parts += [Text("\nnative modules", style="bold"), *(Text.assemble("  ", *row) for row in natives)]
    found = warnings(report)
    if found:
        parts.append(Text("\nwarnings", style="bold yellow"))
        parts += [Text.assemble(("  ! ", "yellow"), text, (f"  {names}", "dim")) for text, names in found]
    return Group(*parts)


def _facts(report: Report) -> "Table":
    from rich.table import Table  # as above
    from rich.text import Text

    table = Table.grid(padding=(0, 2))
    table.add_column(style="cyan", no_wrap=True)
    table.add_column(overflow="fold")
    for row in lines(report):
        table.add_row(row.label, Text(row.text, style=_STYLES[row.tone]))
    return table


def _shares(rows: List[Bar]) -> "Table":
    from rich.box import SIMPLE_HEAD  # as above
    from rich.table import Table
    from rich.text import Text

    table = Table(box=SIMPLE_HEAD, header_style="bold", pad_edge=False)
    table.add_column("contents", overflow="ellipsis", no_wrap=True)
    table.add_column("size", justify="right", no_wrap=True, min_width=8)
    table.add_column("", width=_BAR, min_width=_BAR)
    table.add_column("files", justify="right", no_wrap=True, min_width=6)
    table.add_column("licence", style="dim", overflow="ellipsis", no_wrap=True)
    for row in rows:
        bar = Text(_FULL * round(row.share * _BAR) or _SLIVER * bool(row.packed), style="cyan")
        table.add_row(Text(row.name), size(row.packed), bar, f"{row.files:,}", Text(row.more))
    return table


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
