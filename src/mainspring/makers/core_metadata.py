"""What distributions say of themselves in METADATA, read strictly: one reading or none.

What real packages are sloppy about, and what can mean but one thing, is taken: legacy specifiers such as `>=3.6.*`.
"""

import re

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import InvalidVersion, Version

from .. import pep508
from ..wording import quoted
from .headers import headers, single

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import List

    from .metadata import Source

_MOST_REQUIREMENTS = 20_000  # the largest packages have some 2,000, for their extras
_PROJECT_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?")
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


def core(source: "Source") -> Core:
    """Give what the METADATA in source says (packaging.python.org, core metadata specifications).

    Raises Refusal for names and versions that are none, and for requirements that cannot be parsed.
    """
    found = headers(source, ("name", "version", "requires-python", "requires-dist"))
    name = single(source, found, "Name")
    if not _PROJECT_NAME.fullmatch(name):
        raise source.refusal(f"has a Name that is none: {quoted(name)}")
    version = single(source, found, "Version")
    try:
        Version(version)
    except InvalidVersion:
        raise source.refusal(f"has a Version that is none: {quoted(version)}") from None
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
        raise source.refusal(f"has a Requires-Python that is none: {quoted(text)}") from None
    return tidied(text)


def _requirement(source: "Source", text: str) -> str:
    try:
        pep508.requirement(tidied(text))
    except ValueError:
        raise source.refusal(f"has a Requires-Dist that is none: {quoted(text)}") from None
    return tidied(text)
