"""The page that describes a bundle to people: plain text for files and pipes, or what rich shows on a terminal.

Both are made from the same lines, `lines`; names are made printable here, and nowhere is their markup obeyed.
"""

import io
from typing import TYPE_CHECKING, Any, Dict, Iterator, List, NamedTuple, Sequence, Tuple

from packaging.specifiers import InvalidSpecifier, Specifier, SpecifierSet
from packaging.version import InvalidVersion, Version

from ..wording import count, printable, shortened, size
from .report import Distribution, Doubt, Member, Report

if TYPE_CHECKING:
    from rich.table import Table
    from rich.tree import Tree

GOOD, BAD, PLAIN = "good", "bad", ""
_MOST_NAMES = 5  # of a warning
_MOST_SCRIPTS = 12
_MOST_KINDS = 6  # of native modules
_MOST_NATIVES = 4  # of each kind
_MOST_SHARES = 40
_MOST_PARTS = 3  # of a distribution that takes much
_MUCH = 0.1  # of the whole
_NARROW, _WIDE = 64, 100  # columns
_BAR, _NARROW_BAR = 20, 12
_BETWEEN = 3  # columns of a table
_NUMBERS = 8 + 4 + 6 + 4 * _BETWEEN + 4  # that these take, with what is between, at the edges, and beside these
_LEAST_LICENCE = 8
_LONGEST_NAME, _LONGEST_VERSION = 32, 20
_FULL = "\u2588"
_EIGHTHS = " \u258f\u258e\u258d\u258c\u258b\u258a\u2589"
_ASCII = {ord(_FULL): "#", **{ord(sliver): "|" for sliver in _EIGHTHS[1:]}}
_STYLES = {GOOD: "green", BAD: "bold red", PLAIN: ""}
_VERDICTS = {
    "itself": ("mainspring runs it itself", GOOD),
    "bootstrap": ("mainspring hands it to its own bootstrap", PLAIN),
    "elsewhere": ("mainspring leaves it to another Python, if one fits", PLAIN),
    "system": ("mainspring hands it to the system", PLAIN),
    "refused": ("mainspring refuses it", BAD),
}


class Line(NamedTuple):
    """A fact: what it is called, what it is, and whether that is good, bad or neither."""

    label: str
    text: str
    tone: str = PLAIN


class Bar(NamedTuple):
    """What a part of the bundle takes: its name and more of it, its files, its bytes, its share of the whole.

    branch: where it hangs in the tree: "" for what is no part of another.
    """

    name: str
    more: str
    files: int
    packed: int
    share: float
    branch: str = ""


class Kind(NamedTuple):
    """Native files of one kind: the tag in their names, what their bytes are for, and their names with what they take."""

    tag: str
    machine: str
    files: Tuple[Tuple[str, int], ...]


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
    versions = merged(needs.python)
    asked = [f"Python {versions}" if versions else "", " or ".join(needs.any_of)]
    asked += [tags[0] for tags in needs.tags]
    asked = list(dict.fromkeys(filter(None, asked)))
    if not asked and needs.misfit is None:
        return []
    made = [Line("needs", shortened(", ".join(asked), 400))] if asked else []
    if needs.misfit is None:
        return [*made, Line("", f"fits this Python {report.python}", GOOD)]
    return [*made, Line("" if made else "needs", f"does not fit: {needs.misfit}", BAD)]


def merged(specifiers: Sequence[str]) -> str:
    """Give specifiers of versions as one, without the lower bounds that others make needless, and what these rule out."""
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
        made.append(Line("archive", "sound: to be read in one way only, all checksums right", GOOD))
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
    """Give what each distribution takes, with its largest folders, and what is no distribution's; the largest first."""
    whole = max(report.packed, 1)
    rows = [
        [
            Bar(_called(one), one.licence, one.files, one.packed, one.packed / whole),
            *_parts(one, whole),
        ]
        for one in report.distributions
    ]
    if report.distributions or report.kind not in ("directory", "package", "project"):
        rows += [[Bar(one.name, "", one.files, one.packed, one.packed / whole)] for one in report.others]
    rows.sort(key=lambda several: (-several[0].packed, several[0].name))
    left = [several[0] for several in rows[_MOST_SHARES:]]
    if left:
        packed = sum(row.packed for row in left)
        more = Bar(f"{len(left):,} more", "", sum(row.files for row in left), packed, packed / whole)
        rows = [*rows[:_MOST_SHARES], [more]]
    return [
        row._replace(name=printable(shortened(row.name, _LONGEST_NAME)), more=printable(shortened(row.more, 30)))
        for several in rows
        for row in several
    ]


def _called(one: Distribution) -> str:
    """Give name and version, of which the latter stays readable."""
    version = shortened(one.version, _LONGEST_VERSION)
    return f"{shortened(one.name, _LONGEST_NAME - len(version) - 1)} {version}"


def _parts(one: Distribution, whole: int) -> List[Bar]:
    """Give the folders that take much of the whole, of a distribution in which these are not all there is."""
    found = [part for part in one.parts[:_MOST_PARTS] if part.name and part.packed >= whole * _MUCH]
    if len(found) == 1 and found[0].packed == one.packed:
        return []
    branches = ["\u251c "] * (len(found) - 1) + ["\u2514 "]
    return [
        Bar(part.name, "", part.files, part.packed, part.packed / whole, branch)
        for part, branch in zip(found, branches)
    ]


def kinds_of_native(report: Report) -> List[Kind]:
    """Give the native files by their kinds; those that take most first."""
    found: Dict[Tuple[str, str], List[Tuple[str, int]]] = {}
    for one in report.natives:
        found.setdefault((one.tag, one.machine), []).append((printable(shortened(one.name, 200)), one.size))
    made = [
        Kind(printable(tag), printable(machine), tuple(sorted(files, key=lambda file: (-file[1], file[0]))))
        for (tag, machine), files in found.items()
    ]
    return sorted(made, key=lambda kind: (-_sum(kind), kind.tag, kind.machine))


def _sum(kind: Kind) -> int:
    return sum(number for _, number in kind.files)


def native_rows(report: Report) -> List[Tuple[str, str]]:
    """Give a heading, without a size, for each kind of native file, and below it the largest of them with their sizes."""
    made: List[Tuple[str, str]] = []
    kinds = kinds_of_native(report)
    for kind in kinds[:_MOST_KINDS]:
        what = ", ".join(filter(None, [kind.machine, kind.tag])) or "of no known format"
        made.append(("", f"{what}: {count(len(kind.files), 'file')}, {size(_sum(kind))}"))
        made += [(size(number), name) for name, number in kind.files[:_MOST_NATIVES]]
        left = len(kind.files) - _MOST_NATIVES
        made += [("...", f"and {left:,} more")] if left > 0 else []
    left = len(kinds) - _MOST_KINDS
    return [*made, ("", f"and {left:,} more kinds")] if left > 0 else made


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
        made += ["", "native modules", *(f"  {taken:>10}  {name}" if taken else f"  {name}" for taken, name in natives)]
    found = warnings(report)
    if found:
        made += ["", "warnings", *(f"  {text}{': ' if names else ''}{names}" for text, names in found)]
    return "\n".join(made)


def _plain_bars(rows: List[Bar]) -> List[str]:
    if not rows:
        return []
    names = [f"{'  ' if row.branch else ''}{row.name}" for row in rows]
    width = max(map(len, names))
    made = [
        f"  {name:{width}}  {size(row.packed):>8}  {_percent(row):>4}  {row.files:>6,}  {row.more}".rstrip()
        for name, row in zip(names, rows)
    ]
    return ["", f"  {'contents':{width}}  {'size':>8}  {'':4}  {'files':>6}", *made]


def _percent(row: Bar) -> str:
    return f"{row.share:.0%}" if row.share >= 0.005 else ""


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


class Page:
    """The page of a report, for rich to show at the width that there is."""

    def __init__(self, report: Report) -> None:
        self.report = report

    def __rich_console__(self, console: Any, options: Any) -> Iterator[Any]:
        """Give what stands on the page, one thing after the other."""
        report = self.report
        from rich.text import Text  # as above

        yield _panel(report)
        rows = bars(report)
        if rows:
            yield _shares(rows, options.max_width)
        natives = native_rows(report)
        if natives:
            yield Text("native modules", style="bold")
            yield _natives(natives)
        found = warnings(report)
        if found:
            yield Text("\nwarnings", style="bold yellow")
            yield _warnings(found)


def rich(report: Report) -> Page:
    """Give the page for rich to show."""
    return Page(report)


def verdict(report: Report) -> Tuple[str, str]:
    """Give the shortest answer to whether a thing is as it should be, and the colour that goes with it."""
    if not report.is_right:
        return "it is not right", "red"
    if report.needs.misfit is not None:
        return "not for this Python", "red"
    if report.doubts:
        return count(len(report.doubts), "warning"), "yellow"
    return "all is right", "green"


def _panel(report: Report) -> Any:
    from rich.panel import Panel  # as above
    from rich.text import Text

    words, colour = verdict(report)
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
    for row in lines(report):
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
            cells += [Text(bar, f"cyan {dim}"), Text(_percent(row), dim), Text(f"{row.files:,}", dim)]
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
