"""What distributions say of themselves in headers, in METADATA and WHEEL, read strictly: one reading or none.

Bytes of another encoding in headers that nobody asks for are taken.
"""

import re

from ..wording import quoted
from .metadata import has_long_number

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, List, Optional, Tuple

    from .metadata import Source

_LONGEST_VALUE = 10_000
_MOST_LINES = 20_000  # the largest METADATA in use have some hundreds
_BLANK = re.compile(r"\n\r?\n|\r\r")
_HEADER_NAME = re.compile(r"[!-9;-~]+")
_PLAIN_LINE = re.compile(r"[!-9;-~]+:")
_TAG = re.compile(r"[a-z]\w*(\.[a-z]\w*)*-\w+(\.\w+)*-\w+(\.\w+)*", re.ASCII | re.IGNORECASE)
_MOST_TAGS = 1000  # when those in the short form are spelled out


def headers(source: "Source", names: "Tuple[str, ...]") -> "Dict[str, List[str]]":
    """Give the values of the headers called names in the file source, in lower case, in their order.

    The format is that of email headers (packaging.python.org, core metadata specifications). Other headers may be as
    they like; of values on several lines, these are joined by a space. Raises Refusal if one of the wanted values is
    long, not UTF-8 or not printable, and if others could find more headers than the email package does.
    """
    text = source.text("surrogateescape")
    if text.count("\n", 0, _end_of_headers(text)) + text.count("\r", 0, _end_of_headers(text)) > _MOST_LINES:
        raise source.refusal(f"has more than {_MOST_LINES:,} lines of headers")
    found: "Dict[str, List[str]]" = {name: [] for name in names}
    plain = plain_headers(text)
    message = _message(text) if plain is None else None
    for name, raw in message.raw_items() if message is not None else plain or ():
        if name.lower() in found:
            found[name.lower()].append(_header_value(source, name, str(raw)))
    if message is not None:
        _check_rest(source, message, found)
    return found


def plain_headers(text: str) -> "Optional[List[Tuple[str, str]]]":
    """Give the headers of text, names and values, if each is on a line of its own; None for all else.

    Of what is so simple, the email package, which takes long to load, would say the same.
    """
    lines = text.partition("\n\n")[0].rstrip("\n").split("\n")
    if "\r" in text or text.startswith("\n") or not all(map(_PLAIN_LINE.match, lines)):
        return None
    return [(name, value.lstrip(" \t")) for name, _, value in [line.partition(":") for line in lines]]


def _end_of_headers(text: str) -> int:
    """Give where the first blank line of text is, or its end."""
    blank = _BLANK.search(text)
    return len(text) if blank is None else blank.start()


def _message(text: str) -> "Any":
    import email.parser  # rarely needed

    return email.parser.HeaderParser().parsestr(text)


def _header_value(source: "Source", name: str, raw: str) -> str:
    value = " ".join(raw.split())
    if len(value) > _LONGEST_VALUE:
        raise source.refusal(f"has more than {_LONGEST_VALUE} characters in its {name}")
    if has_long_number(value):
        raise source.refusal(f"has a number without end in its {name}")
    if not value.isprintable():
        raise source.refusal(f"has unprintable or undecodable characters in its {name}: {quoted(value)}")
    return value


def _check_rest(source: "Source", message: "Any", wanted: "Dict[str, List[str]]") -> None:
    """See that nothing wanted hides behind a line that is no header, where the headers end for some readers only."""
    if not message.defects:
        return
    rest: str = message._payload  # get_payload fails, before 3.13, for what is neither ASCII nor UTF-8
    for line in rest.replace("\r\n", "\n").partition("\n\n")[0].splitlines():
        name, colon, _ = line.partition(":")
        if colon and _HEADER_NAME.fullmatch(name) and name.lower() in wanted:
            raise source.refusal(f"has a line that is no header before its {name}")


def single(source: "Source", found: "Dict[str, List[str]]", name: str, default: "Optional[str]" = None) -> str:
    """Give the value of the header name, of which there must be no more than one.

    found: what `headers` gave. default: what it is if there is none; None if it must be there. Raises Refusal.
    """
    values = found[name.lower()]
    if len(values) > 1:
        raise source.refusal(f"says its {name} {len(values)} times")
    if not values and default is None:
        raise source.refusal(f"does not say its {name}")
    return values[0] if values else str(default)


def sound_tags(source: "Source", found: "List[str]") -> "List[str]":
    """Give found, what the WHEEL file source has as its tags. Raises Refusal if one is none, or if there are very many."""
    for tag in found:
        if not is_tag(tag):
            raise source.refusal(f"has a Tag that is none: {quoted(tag)}")
    if sum(map(_count, found)) > _MOST_TAGS:
        raise source.refusal(f"has more than {_MOST_TAGS} tags")
    return found


def _count(tag: str) -> int:
    """Give how many tags the short form of several stands for."""
    interpreters, abis, platforms = (part.count(".") + 1 for part in tag.split("-"))
    return interpreters * abis * platforms


def is_tag(text: str) -> bool:
    """Tell whether text is a tag of wheels, maybe a short form of several (packaging.python.org, formerly PEP 425)."""
    return bool(_TAG.fullmatch(text))
