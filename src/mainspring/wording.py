"""How sizes, counts, names and texts are written for people, and sizes by them: no name can make a terminal do anything."""

from . import runtime

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Dict, Mapping, Sequence, Tuple

    Said = Tuple[str, str, Callable[[str], Any], str]

_UNITS = "kMGT"
_LONGEST_QUOTED = 120  # characters


def count(number: int, what: str) -> str:
    """Give a number of things, as `1 file`, `2 files` or `2 entries`."""
    if number != 1:
        what = what[:-1] + "ies" if what.endswith("y") else what + "s"
    return f"{number:,} {what}"


def some(names: "Sequence[str]", most: int) -> str:
    """Give names with commas between; of more than most of them the first, and how many more there are."""
    more = f" and {len(names) - most:,} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def size(number: int) -> str:
    """Give a number of bytes in the unit that fits: `12 B`, `3.4 MB`."""
    amount, unit = float(number), "B"
    for larger in _UNITS:
        if amount < 999.95:
            break
        amount, unit = amount / 1000, f"{larger}B"
    return f"{number} B" if unit == "B" else f"{amount:.1f} {unit}"


def size_of(text: str) -> int:
    """Give the number of bytes that text says: 500M and 500MB are 500 million, 500MiB and 500Mi are 500 of 2**20.

    Raises ValueError for what is no size.
    """
    short = text.strip().upper()
    short = short[:-1] if short.endswith("B") else short
    base = 1000
    if short.endswith("I"):
        short, base = short[:-1], 1024
    power = 1 + _UNITS.upper().find(short[-1:]) if short else 0
    found = float(short[:-1] if power else short) * base**power
    if not 0 <= found < float("inf") or (base != 1000 and not power):
        raise ValueError(text)
    return int(found)


def values_of(said: "Mapping[str, Said]") -> "Dict[str, Any]":
    """Give what is made of each text that was said, by its name. Raises Refusal, for all that are wrong at once.

    said: by name, what the user said it with, as the message names it; the text; what reads that, and raises ValueError
    for what it should not be; and what it should be.
    """
    found: "Dict[str, Any]" = {}
    wrong = []
    for name, (where, text, read, example) in said.items():
        try:
            found[name] = read(text)
        except ValueError:
            wrong.append(runtime.Refusal(where, f"not {example}"))
    if len(wrong) > 1:
        from .refusals import Several  # rarely wanted

        raise Several(wrong[0].target, "; ".join(str(one) for one in wrong), wrong)
    if wrong:
        raise wrong[0]
    return found


def printable(text: str) -> str:
    """Give text on one line, without what a terminal would obey, and with the bytes of names that are no text."""
    return runtime.printable(text).encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def quoted(text: str) -> str:
    """Give text as a message has it: in quotes, without control characters, and not too long."""
    return repr(text if len(text) <= _LONGEST_QUOTED else f"{text[:_LONGEST_QUOTED]}...")


def shortened(text: str, most: int) -> str:
    """Give text with so much of its end left out that it has at most that many characters."""
    return text if len(text) <= most else text[: most - 3] + "..."
