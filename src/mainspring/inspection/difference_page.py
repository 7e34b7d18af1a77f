"""The page that says to people what differs between two bundles: plain text, or with colours for a terminal."""

from typing import TYPE_CHECKING, Any, Dict, List, NamedTuple, Tuple

from ..wording import count, printable, shortened, size
from .differences import Differences, Fact
from .metadata import ROOT
from .owners import group

if TYPE_CHECKING:
    from rich.text import Text

_MOST_FILES = 40
_LISTS = {"scripts": ", ", "needs tags": "; "}  # facts that are lists, and what is between their items
_WORDS = {"+": "added", "-": "removed", "~": "changed"}
_STYLES = {"+": "green", "-": "red", "~": "yellow", "": "", "#": "bold"}


class Row(NamedTuple):
    """A line: its sign (`+` for what only the second has, `-` the first, `~` both, `#` for a heading) and its text."""

    sign: str
    text: str


def rows(found: Differences) -> List[Row]:
    """Give what differs, a row for each thing."""
    made = [Row("-", f"{found.a.path} ({size(found.a.size)})"), Row("+", f"{found.b.path} ({size(found.b.size)})")]
    if found.is_same:
        made.append(Row("", _sameness(found)))
        return _sound(made)
    for fact in found.facts:
        made += [Row("#", fact.what)]
        made += [Row(sign, shortened(text, 300)) for sign, text in _signed(fact) if text]
    made += _of_distributions(found)
    made += _of_files(found)
    return _sound(made)


def _signed(fact: Fact) -> List[Tuple[str, str]]:
    """Give what only the first says, and what only the second; of a list only the items that are in one."""
    between = _LISTS.get(fact.what)
    if between is None:
        return [("-", fact.a), ("+", fact.b)]
    a, b = (dict.fromkeys(text.split(between)) for text in (fact.a, fact.b))
    return [*(("-", text) for text in a if text not in b), *(("+", text) for text in b if text not in a)]


def _sound(made: List[Row]) -> List[Row]:
    return [Row(row.sign, printable(row.text)) for row in made]


def _sameness(found: Differences) -> str:
    if found.is_identical:
        return "the same, byte for byte"
    if found.unseen:
        return f"the same in all that could be read; not compared: {shortened(', '.join(found.unseen), 300)}"
    return f"the same {'in all that they hold' if found.by == 'content' else 'by their checksums'}"


def _of_distributions(found: Differences) -> List[Row]:
    if not found.distributions:
        both = len(found.a.distributions)
        return [Row("#", "distributions"), Row("", f"the same {both:,}")] if both else []
    sizes = {name: (a, b) for name, a, b in found.sizes}
    made = [Row("#", "distributions")]
    for name, a, b in found.distributions:
        if a and b:
            grown = f" ({_grown(*sizes[name])})" if name in sizes else ""
            made.append(Row("~", f"{name} {a} -> {b}{grown}"))
        else:
            made.append(Row("-" if a else "+", f"{name} {a or b}"))
    return made


def _grown(a: int, b: int) -> str:
    return f"{'+' if b >= a else '-'}{size(abs(b - a))}"


def _of_files(found: Differences) -> List[Row]:
    numbers = ((len(found.added), "added"), (len(found.removed), "removed"), (len(found.changed), "changed"))
    heading = ", ".join(f"{number:,} {word}" for number, word in numbers if number)
    if not heading:
        return []
    listed = _each(found) if sum(number for number, _ in numbers) <= _MOST_FILES else _by_folder(found)
    left = len(listed) - _MOST_FILES
    more = [Row("", f"and {count(left, 'folder')} more")] if left > 0 else []
    return [Row("#", f"files: {heading}"), *listed[:_MOST_FILES], *more]


def _each(found: Differences) -> List[Row]:
    """Give a row for each file, in the order of their names."""
    by_name: Dict[str, Row] = {}
    for sign, members in (("+", found.added), ("-", found.removed)):
        by_name.update({m.name: Row(sign, f"{shortened(m.name, 200)} ({size(m.size)})") for m in members})
    for change in found.changed:
        words = _grown(change.a, change.b) if change.a != change.b else f"other {change.what}"
        by_name[change.name] = Row("~", f"{shortened(change.name, 200)} ({words})")
    return [row for _, row in sorted(by_name.items())]


def _by_folder(found: Differences) -> List[Row]:
    """Give a row for each folder, with how many of its files were added, removed and changed, and what it grew by."""
    sums: Dict[str, Dict[str, int]] = {}
    grown: Dict[str, int] = {}
    every = [("+", member.name, member.size) for member in found.added]
    every += [("-", member.name, -member.size) for member in found.removed]
    every += [("~", change.name, change.b - change.a) for change in found.changed]
    for sign, name, number in every:
        root = ROOT.match(name)
        folder = group(name[root.end() :] if root is not None else name)
        signs = sums.setdefault(folder, {})
        signs[sign] = signs.get(sign, 0) + 1
        grown[folder] = grown.get(folder, 0) + number
    return [_of_folder(folder, signs, grown[folder]) for folder, signs in sorted(sums.items())]


def _of_folder(folder: str, signs: Dict[str, int], grown: int) -> Row:
    words = [f"{number:,} {_WORDS[sign]}" for sign, number in signs.items()]
    words += [_grown(0, grown)] if grown else []
    return Row(next(iter(signs)) if len(signs) == 1 else "~", f"{shortened(folder, 200)} ({', '.join(words)})")


def plain(found: Differences) -> str:
    """Give the page as plain text."""
    return "\n".join(_line(row) for row in rows(found))


def _line(row: Row) -> str:
    return f"\n{row.text}" if row.sign == "#" else f"{row.sign or ' '} {row.text}"


def rich(found: Differences) -> Any:
    """Give the page for rich to show."""
    from rich.console import Group  # only where there is a terminal

    return Group(*(_styled(row) for row in rows(found)))


def _styled(row: Row) -> "Text":
    from rich.text import Text  # as above

    return Text(_line(row), style=_STYLES[row.sign], overflow="fold")
