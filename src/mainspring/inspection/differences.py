"""What differs between two bundles: what they are and ask for, their distributions, and their files by content.

How the files are packed, in which order, and when they were written, does not count; nor, for two of different kinds,
the folder that a maker installs to (`site-packages/`, `.deps/NAME.whl/`), which is then no part of their names.

The document that `mainspring diff --json` prints: `format` is "mainspring.diff", `version` 1. `a` and `b` are the two
{path, kind, maker, size, sha256}; `same` tells whether nothing differs, `identical` whether the files have the same
bytes, `unseen` what could not be compared, such as folders that cannot be read; `facts` is [{what, a, b}];
`distributions` and `files` have `added`, `removed` and `changed`: of distributions [{name, version}] and [{name, a, b}],
of files [{name, size}] and [{name, a, b, what}], a and b being sizes, and what `content` or `mode`; `by` says how
contents were compared: `content`, or `checksum` if an archive is not sound. `size` is [{name, a, b}]: the packed bytes
of each distribution that differs in that.
"""

from collections import Counter
from typing import Any, Dict, List, NamedTuple, Tuple

from packaging.utils import canonicalize_name

from ..runtime import kinds
from .facts import merged
from .metadata import ROOT
from .report import Member, Report

FORMAT = "mainspring.diff"
VERSION = 1
_ENVIRONMENT = "environment.json"  # in which shiv has its settings, and when it built


class Fact(NamedTuple):
    """Something that the two say differently, in words."""

    what: str
    a: str
    b: str


class Change(NamedTuple):
    """A file that both have. what: `content` or `mode`."""

    name: str
    a: int
    b: int
    what: str


class Differences(NamedTuple):
    """What differs between the reports a and b.

    distributions: of each that is not in both by the same versions, its name and those in a and in b. added, removed,
    changed: files. sizes: of each distribution, its packed bytes in a and in b, if they differ.
    """

    a: Report
    b: Report
    facts: Tuple[Fact, ...]
    distributions: Tuple[Tuple[str, str, str], ...]
    added: Tuple[Member, ...]
    removed: Tuple[Member, ...]
    changed: Tuple[Change, ...]
    sizes: Tuple[Tuple[str, int, int], ...]

    @property
    def is_same(self) -> bool:
        """Whether nothing differs."""
        return not (self.facts or self.distributions or self.added or self.removed or self.changed)

    @property
    def unseen(self) -> Tuple[str, ...]:
        """What of the two could not be compared, as it was not looked at: folders that cannot be read, and the like."""
        hidden = [one for report in (self.a, self.b) for one in report.warnings if one.kind in ("unreadable", "cut")]
        return tuple(dict.fromkeys(name for one in hidden for name in one.names or (one.text,)))

    @property
    def is_identical(self) -> bool:
        """Whether both are the same bytes."""
        return bool(self.a.sha256) and self.a.sha256 == self.b.sha256

    @property
    def by(self) -> str:
        """How contents were compared."""
        both = (self.a, self.b)
        return "checksum" if any(report.soundness.is_sound is False for report in both) else "content"

    def as_dict(self) -> Dict[str, Any]:
        """Give the document that `mainspring diff --json` prints."""
        return _document(self)


def compare(a: Report, b: Report) -> Differences:
    """Say what differs between a and b, which were gathered with the hashes of their files."""
    if a.sha256 and a.sha256 == b.sha256:
        return Differences(a, b, (), (), (), (), (), ())
    added, removed, changed = _files(a, b)
    facts = [
        Fact(what, left, right)
        for what, left, right in _pairs(a, b)
        if left != right and not _is_beyond_comparison(what, left, right)
    ]
    return Differences(a, b, tuple(facts), tuple(_distributions(a, b)), added, removed, changed, tuple(_sizes(a, b)))


def _is_beyond_comparison(what: str, left: str, right: str) -> bool:
    """Tell whether a difference in that fact means nothing: soundness, of a directory, which is neither sound nor not."""
    return what == "sound" and "" in (left, right)


def _pairs(a: Report, b: Report) -> List[Tuple[str, str, str]]:
    """Give what both say of themselves, in words."""
    return [(what, left, right) for (what, left), (_, right) in zip(_words(a), _words(b))]


def _words(report: Report) -> List[Tuple[str, str]]:
    maker = report.maker
    content = "" if report.members else report.sha256
    return [
        ("kind", f"{report.kind} {report.form}".strip()),
        ("maker", f"{maker.name} {maker.version}".strip() if maker else ""),
        ("entry", report.entry if report.entry_kind != "file" or report.members else ""),
        ("scripts", ", ".join(sorted(f"{one.name} = {one.entry}" for one in report.scripts))),
        ("shebang", report.shebang),
        ("comment", report.comment),
        ("build id", report.build_id),
        ("needs Python", "; ".join(filter(None, [merged(report.needs.python), *sorted(report.needs.any_of)]))),
        ("needs tags", "; ".join(sorted(" or ".join(tags) for tags in report.needs.tags))),
        ("sound", {True: "yes", False: "no", None: ""}[report.soundness.is_sound]),
        ("links", ", ".join(report.links)),
        ("bytes before the archive", str(report.prefix) if report.prefix != _length_of_shebang(report) else ""),
        ("content", content),
    ]


def _length_of_shebang(report: Report) -> int:
    return len(report.shebang.encode()) + 3 if report.shebang else 0


def _distributions(a: Report, b: Report) -> List[Tuple[str, str, str]]:
    left, right = _versions(a), _versions(b)
    names = sorted(set(left) | set(right))
    return [(name, left.get(name, ""), right.get(name, "")) for name in names if left.get(name) != right.get(name)]


def _versions(report: Report) -> Dict[str, str]:
    found: Dict[str, List[str]] = {}
    for one in report.distributions:
        found.setdefault(canonicalize_name(one.name), []).append(one.version)
    return {name: ", ".join(sorted(versions)) for name, versions in found.items()}


def _sizes(a: Report, b: Report) -> List[Tuple[str, int, int]]:
    left, right = _packed(a), _packed(b)
    names = sorted(set(left) & set(right))
    return [(name, left[name], right[name]) for name in names if left[name] != right[name]]


def _packed(report: Report) -> Dict[str, int]:
    found: Dict[str, int] = {}
    for one in report.distributions:
        name = canonicalize_name(one.name)
        found[name] = found.get(name, 0) + one.packed
    return found


def _files(a: Report, b: Report) -> Tuple[Tuple[Member, ...], Tuple[Member, ...], Tuple[Change, ...]]:
    is_placed = (a.kind, a.form) == (b.kind, b.form)
    left, right = (_by_place(report, is_placed) for report in (a, b))
    added = tuple(member for name, member in sorted(right.items()) if name not in left)
    removed = tuple(member for name, member in sorted(left.items()) if name not in right)
    changed = []
    for name in sorted(set(left) & set(right)):
        if name == _ENVIRONMENT and _is_of_other_time(a, b):
            continue
        what = _change(left[name], right[name])
        if what:
            changed.append(Change(name, left[name].size, right[name].size, what))
    return added, removed, tuple(changed)


def _is_of_other_time(a: Report, b: Report) -> bool:
    """Tell whether two bundles of shiv's say the same of themselves, but for when they were built."""
    left, right = ({**report.settings, "built_at": ""} for report in (a, b))
    return a.kind == b.kind == kinds.SHIV and left == right


def _by_place(report: Report, is_placed: bool) -> Dict[str, Member]:
    """Give the files by their names; below the folder that their makers install to, unless is_placed.

    Those that would have one name then keep their own.
    """
    files = [member for member in report.members if not member.is_directory]
    own = {member.name: member for member in files}
    if is_placed:
        return own
    places = {name: _without_root(name) for name in own}
    times = Counter(places.values())
    found = {place if times[place] == 1 else name: own[name] for name, place in places.items()}
    return found if len(found) == len(own) else own


def _without_root(name: str) -> str:
    root = ROOT.match(name)
    return name[root.end() :] if root is not None else name


def _change(left: Member, right: Member) -> str:
    if left.size != right.size:
        return "content"
    if left.digest and right.digest:
        is_other = left.digest != right.digest
    else:
        is_other = left.crc != right.crc or left.crc is None
    if is_other:
        return "content"
    known = left.mode is not None and right.mode is not None
    return "mode" if known and left.is_executable != right.is_executable else ""


def _document(found: Differences) -> Dict[str, Any]:
    return {
        "format": FORMAT,
        "version": VERSION,
        "a": _side(found.a),
        "b": _side(found.b),
        "same": found.is_same,
        "identical": found.is_identical,
        "unseen": list(found.unseen),
        "by": found.by,
        "facts": [fact._asdict() for fact in found.facts],
        "distributions": {
            "added": [{"name": name, "version": b} for name, a, b in found.distributions if not a],
            "removed": [{"name": name, "version": a} for name, a, b in found.distributions if not b],
            "changed": [{"name": name, "a": a, "b": b} for name, a, b in found.distributions if a and b],
        },
        "files": {
            "added": [{"name": member.name, "size": member.size} for member in found.added],
            "removed": [{"name": member.name, "size": member.size} for member in found.removed],
            "changed": [change._asdict() for change in found.changed],
        },
        "size": [{"name": name, "a": a, "b": b} for name, a, b in found.sizes],
    }


def _side(report: Report) -> Dict[str, Any]:
    maker = report.maker._asdict() if report.maker else None
    return {
        "path": report.path,
        "kind": report.kind,
        "maker": maker,
        "size": report.size,
        "sha256": report.sha256,
    }
