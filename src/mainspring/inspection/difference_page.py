"""The page that says to people what differs between two bundles: plain text, or with colours for a terminal."""

from typing import TYPE_CHECKING, Any, Dict, List, NamedTuple

from ..wording import count, printable, shortened, size
from .differences import Differences

if TYPE_CHECKING:
    from rich.text import Text

_MOST_FILES = 40
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
        made += [Row(sign, shortened(text, 300)) for sign, text in (("-", fact.a), ("+", fact.b)) if text]
    made += _of_distributions(found)
    made += _of_files(found)
    return _sound(made)


def _sound(made: List[Row]) -> List[Row]:
    return [Row(row.sign, printable(row.text)) for row in made]


def _sameness(found: Differences) -> str:
    if found.is_identical:
        return "the same, byte for byte"
    return f"the same {'in all that they hold' if found.by == 'content' else 'by their checksums'}"


def _of_distributions(found: Differences) -> List[Row]:
    if not found.distributions:
        return []
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
    total = len(found.added) + len(found.removed) + len(found.changed)
    if not total:
        return []
    by_name: Dict[str, Row] = {}
    for sign, members in (("+", found.added), ("-", found.removed)):
        by_name.update({m.name: Row(sign, f"{shortened(m.name, 200)} ({size(m.size)})") for m in members})
    for change in found.changed:
        words = _grown(change.a, change.b) if change.a != change.b else f"other {change.what}"
        by_name[change.name] = Row("~", f"{shortened(change.name, 200)} ({words})")
    numbers = ((len(found.added), "added"), (len(found.removed), "removed"), (len(found.changed), "changed"))
    heading = ", ".join(f"{number:,} {word}" for number, word in numbers if number)
    listed = [row for _, row in sorted(by_name.items())]
    made = [Row("#", f"files: {heading}"), *listed[:_MOST_FILES]]
    return [*made, Row("", f"and {count(total - _MOST_FILES, 'file')} more")] if total > _MOST_FILES else made


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
