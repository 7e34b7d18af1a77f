"""What a build backend tells of a project: the files of a `.dist-info`, as the table `project` that might have said it."""

import re
from configparser import ConfigParser
from configparser import Error as ConfigError
from typing import Any, Dict, List, Mapping, Optional

from packaging.metadata import parse_email
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from .. import pep508

METADATA = "METADATA"
_EXTRA = r"""(?:extra\s*==\s*(['"])(?P<name>{0})\1|(['"])(?P<other>{0})\3\s*==\s*extra)"""
_ANY = re.compile(_EXTRA.format(r"[^'\"]*"))
_BRACKETS = re.compile(r"\([^()]*\)")
_ALWAYS, _NEVER = "python_version >= '0'", "python_version < '0'"


def files_in(members: Mapping[str, bytes]) -> Dict[str, bytes]:
    """Give, of the members of a wheel, the files right in its `.dist-info`, by name."""
    return {name: data for name, data in members.items() if name.count("/") == 1 and ".dist-info/" in name}


def table(files: Mapping[str, bytes]) -> Dict[str, Any]:
    """Give what files, those of a `.dist-info`, say, as a table `project` of a pyproject.toml."""
    by_name = {name.rpartition("/")[2]: data for name, data in files.items()}
    raw, _ = parse_email(by_name.get(METADATA, b""))
    needed = list(raw.get("requires_dist", ()))
    found: Dict[str, Any] = {
        "dependencies": [text for text in needed if not _of_extras(text)],
        "optional-dependencies": {
            extra: [one for text in needed for one in [_with(text, extra)] if one is not None]
            for extra in raw.get("provides_extra", ())
        },
        "scripts": _scripts(by_name.get("entry_points.txt", b"").decode("utf-8", "replace")),
    }
    for key, value in (
        ("name", raw.get("name")),
        ("version", raw.get("version")),
        ("requires-python", raw.get("requires_python")),
    ):
        if value is not None:
            found[key] = value
    return found


def _marker(text: str) -> str:
    try:
        return str(pep508.requirement(text).marker or "")
    except ValueError:  # whoever reads the table says so
        return ""


def _of_extras(text: str) -> List[str]:
    """Give the extras that the marker of a requirement names, as they are compared."""
    return [_name(match) for match in _ANY.finditer(_marker(text))]


def _with(text: str, extra: str) -> Optional[str]:
    """Give the requirement text as it is with extra, without asking for that; None if it does not belong to it."""
    own = canonicalize_name(extra)
    if own not in _of_extras(text):
        return None
    requirement = Requirement(text)
    marker = str(requirement.marker)
    requirement.marker = None
    kept = _without(marker, own)
    return f"{requirement}{' ; ' if requirement.url else '; '}{kept}" if kept else str(requirement)


def _without(marker: str, own: str) -> str:
    """Give marker as it is if the extra own is asked for, and no other; "" if it holds then."""
    *_, last = _ANY.finditer(marker)
    if marker == last.group():
        return ""
    before = marker[: last.start()]
    if marker.endswith(last.group()) and before.endswith(" and ") and not _names_extra(before) and not _is_open(before):
        return before[: -len(" and ")]
    return _ANY.sub(lambda match: _ALWAYS if _name(match) == own else _NEVER, marker)


def _names_extra(marker: str) -> bool:
    return _ANY.search(marker) is not None


def _is_open(marker: str) -> bool:
    """Tell whether marker has an `or` outside of brackets."""
    bare, count = marker, 1
    while count:
        bare, count = _BRACKETS.subn("", bare)
    return " or " in bare


def _name(match: "re.Match[str]") -> str:
    return canonicalize_name(match.group("name") or match.group("other"))


def _scripts(text: str) -> Dict[str, str]:
    """Give the console scripts in an entry_points.txt; those with windows if there are no others."""
    parser = ConfigParser(delimiters=("=",), interpolation=None, strict=False)
    parser.optionxform = str  # type: ignore[method-assign,assignment]
    try:
        parser.read_string(text)
    except ConfigError:
        return {}
    sections = [name for name in ("console_scripts", "gui_scripts") if parser.has_section(name) and parser.items(name)]
    return dict(parser.items(sections[0])) if sections else {}
