"""What distributions say of themselves in headers, in METADATA and WHEEL, read strictly: one reading or none.

What real packages are sloppy about, and what can mean but one thing, is taken: legacy specifiers such as `>=3.6.*`, and
bytes of another encoding in headers that nobody asks for.
"""

import email.parser
import re

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import InvalidVersion, Version

from .metadata import shown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, List, Optional, Tuple

    from .metadata import Source

_LONGEST_VALUE = 10_000
_MOST_REQUIREMENTS = 20_000  # the largest packages have some 2,000, for their extras
_PROJECT_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?")
_HEADER_NAME = re.compile(r"[!-9;-~]+")
# Before PEP 440 was enforced, both operators were written with a wildcard, and were taken as if there was none.
_NEEDLESS_WILDCARD = re.compile(r"(>=|<(?!=))(\s*[0-9]+(?:\.[0-9]+)*)\.\*(?![\w.])")


class Core:
    """What the core metadata of a distribution say.

    name, version: as written. requires_python: a specifier, or "". requires_dist: requirements, as written, but for
    the wildcards of legacy specifiers; all can be parsed.
    """

    __slots__ = ("name", "requires_dist", "requires_python", "version")

    def __init__(self, name: str, version: str, requires_python: str, requires_dist: "List[str]") -> None:
        self.name = name
        self.version = version
        self.requires_python = requires_python
        self.requires_dist = requires_dist


def headers(source: "Source", names: "Tuple[str, ...]") -> "Dict[str, List[str]]":
    """Give the values of the headers called names in the file source, in lower case, in their order.

    The format is that of email headers (packaging.python.org, core metadata specifications). Other headers may be as
    they like; of values on several lines, these are joined by a space. Raises Refusal if one of the wanted values is
    long, not UTF-8 or not printable, and if others could find more headers than the email package does.
    """
    message = email.parser.HeaderParser().parsestr(source.text("surrogateescape"))
    found: "Dict[str, List[str]]" = {name: [] for name in names}
    for name, raw in message.raw_items():
        if name.lower() in found:
            found[name.lower()].append(_header_value(source, name, str(raw)))
    _check_rest(source, message, found)
    return found


def _header_value(source: "Source", name: str, raw: str) -> str:
    value = " ".join(raw.split())
    if len(value) > _LONGEST_VALUE:
        raise source.refusal(f"has more than {_LONGEST_VALUE} characters in its {name}")
    if not value.isprintable():
        raise source.refusal(f"has unprintable or undecodable characters in its {name}: {shown(value)}")
    return value


def _check_rest(source: "Source", message: "Any", wanted: "Dict[str, List[str]]") -> None:
    """See that nothing wanted hides behind a line that is no header, where the headers end for some readers only."""
    if not message.defects:
        return
    rest: str = message.get_payload()
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


def core(source: "Source") -> Core:
    """Give what the METADATA in source says (packaging.python.org, core metadata specifications).

    Raises Refusal for names and versions that are none, and for requirements that cannot be parsed.
    """
    found = headers(source, ("name", "version", "requires-python", "requires-dist"))
    name = single(source, found, "Name")
    if not _PROJECT_NAME.fullmatch(name):
        raise source.refusal(f"has a Name that is none: {shown(name)}")
    version = single(source, found, "Version")
    try:
        Version(version)
    except InvalidVersion:
        raise source.refusal(f"has a Version that is none: {shown(version)}") from None
    if len(found["requires-dist"]) > _MOST_REQUIREMENTS:
        raise source.refusal(f"has more than {_MOST_REQUIREMENTS} requirements")
    requires_dist = [_requirement(source, text) for text in found["requires-dist"]]
    return Core(name, version, _requires_python(source, single(source, found, "Requires-Python", "")), requires_dist)


def tidied(text: str) -> str:
    """Give the specifiers in text without the wildcards that say nothing, which PEP 440 does not allow."""
    return _NEEDLESS_WILDCARD.sub(r"\1\2", text)


def _requires_python(source: "Source", text: str) -> str:
    try:
        SpecifierSet(tidied(text))
    except InvalidSpecifier:
        raise source.refusal(f"has a Requires-Python that is none: {shown(text)}") from None
    return tidied(text)


def _requirement(source: "Source", text: str) -> str:
    try:
        Requirement(tidied(text))
    except (InvalidRequirement, RecursionError):  # the latter for markers of a thousand brackets
        raise source.refusal(f"has a Requires-Dist that is none: {shown(text)}") from None
    return tidied(text)
