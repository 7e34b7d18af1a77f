"""What there is to say of a bundle to people: facts, what takes how much, native files, warnings; names are made printable here.

How that is written down is `page`, for files and pipes, and `terminal`.
"""

from typing import Dict, Iterator, List, NamedTuple, Sequence, Tuple

from packaging.specifiers import InvalidSpecifier, Specifier, SpecifierSet
from packaging.version import InvalidVersion, Version

from ..runtime import kinds
from ..wording import count, printable, shortened, size, some
from .report import Distribution, Report, ReportWarning

GOOD, BAD, PLAIN = "good", "bad", ""
_MOST_NAMES = 5  # of a warning
_MOST_SCRIPTS = 12
_MOST_KINDS = 6  # of native modules
_MOST_NATIVES = 4  # of each kind
_MOST_SHARES = 40
_MOST_PARTS = 3  # of a distribution that takes much
_MUCH = 0.1  # of the whole
_LONGEST_NAME, _LONGEST_VERSION = 32, 20
_LONGEST_FACT = 1000  # characters; who wants more, has --json
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


def lines(report: Report) -> List[Line]:
    """Give the facts of report, in the order in which they stand on the page."""
    made = [Line("kind", _kind(report)), Line("size", _size(report))]
    made += [Line(label, text) for label, text in _origin(report) if text]
    made += _starts(report)
    made += _needs(report)
    made += _told(report)
    made += _integrity(report)
    return [Line(label, printable(shortened(text, _LONGEST_FACT)), tone) for label, text, tone in made]


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
    elif report.kind in (kinds.SHIV, kinds.PEX):
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
    """Give the warnings, in words, and the names of what it is about."""
    return [(printable(shortened(one.text, 400)), _names(one)) for one in report.warnings]


def _names(warning: ReportWarning) -> str:
    names = [name for name in warning.names if name not in warning.text]
    return printable(some([shortened(name, 80) for name in names], _MOST_NAMES))


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
    if report.distributions or report.kind not in (kinds.DIRECTORY, kinds.PACKAGE, kinds.PROJECT):
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


def percent(row: Bar) -> str:
    """Give the share of a bar as it is written; "" for what is next to nothing."""
    return f"{row.share:.0%}" if row.share >= 0.005 else ""


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
    several = kinds_of_native(report)
    for kind in several[:_MOST_KINDS]:
        what = ", ".join(filter(None, [kind.machine, kind.tag])) or "of no known format"
        made.append(("", f"{what}: {count(len(kind.files), 'file')}, {size(_sum(kind))}"))
        made += [(size(number), name) for name, number in kind.files[:_MOST_NATIVES]]
        left = len(kind.files) - _MOST_NATIVES
        made += [("...", f"and {left:,} more")] if left > 0 else []
    left = len(several) - _MOST_KINDS
    return [*made, ("", f"and {left:,} more kinds")] if left > 0 else made


def verdict(report: Report) -> Tuple[str, str]:
    """Give the shortest answer to whether a thing is as it should be, and the colour that goes with it."""
    if not report.is_right:
        return "it is not right", "red"
    if report.needs.misfit is not None:
        return "not for this Python", "red"
    if report.warnings:
        return count(len(report.warnings), "warning"), "yellow"
    return "all is right", "green"
