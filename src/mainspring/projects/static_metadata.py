"""Static metadata, of a project that says all of it itself: the `.dist-info` that its build backend would make of that.

So `importlib.metadata` finds it, entry points included, though it is not installed; its backend is not asked. The rules
are those of the core metadata specification, and of the table `project` (PEP 621, PEP 639).
"""

import os
from typing import Any, Dict, Iterator, List, Tuple

from packaging.requirements import Requirement

from ..makers.metadata import ENTRY_POINTS
from . import regular_files, sources
from .project_table import SCRIPT_GROUPS
from .reading import normalized
from .settings import Project

_CONTENT_TYPES = {".md": "text/markdown", ".rst": "text/x-rst", ".txt": "text/plain"}
_PEOPLE = {"authors": "Author", "maintainers": "Maintainer"}


def files(project: Project, table: Dict[str, Any]) -> Dict[str, bytes]:
    """Give the files of the `.dist-info` of project, by their paths below `sys.path`.

    table: its `project`, from which what is beyond project is taken as far as it is as it should be.
    """
    folder = f"{sources.module_name(normalized(project.name))}-{project.version}.dist-info"
    body = _readme(project, table)
    headers = [f"{name}: {_line(value)}" for name, value in _headers(project, table) if value]
    found = {f"{folder}/METADATA": "\n".join([*headers, "", body]).encode("utf-8", "surrogateescape")}
    groups = entry_points(project, table)
    if groups:
        found[f"{folder}/{ENTRY_POINTS}"] = groups
    return found


def _headers(project: Project, table: Dict[str, Any]) -> Iterator[Tuple[str, str]]:
    yield "Metadata-Version", "2.4"
    yield "Name", project.name
    yield "Version", project.version or ""
    yield "Summary", _text(table, "description")
    yield "Keywords", ",".join(_texts(table, "keywords"))
    for key, header in _PEOPLE.items():
        people = [person for person in _list(table, key) if isinstance(person, dict)]
        yield header, ", ".join(_text(person, "name") for person in people if "email" not in person)
        yield f"{header}-email", ", ".join(_addressed(person) for person in people if "email" in person)
    licence = table.get("license")
    yield "License-Expression", licence if isinstance(licence, str) else ""
    yield "License", _text(licence, "text") if isinstance(licence, dict) else ""
    for classifier in _texts(table, "classifiers"):
        yield "Classifier", classifier
    for label, url in _table(table, "urls").items():
        yield "Project-URL", f"{label}, {url}"
    yield "Requires-Python", project.requires_python
    for text in project.dependencies:
        yield "Requires-Dist", text
    for extra, texts in project.optional_dependencies.items():
        yield "Provides-Extra", extra
        for text in texts:
            yield "Requires-Dist", _of_extra(text, extra)
    yield "Description-Content-Type", _content_type(table)


def _of_extra(text: str, extra: str) -> str:
    requirement = Requirement(text)
    before = "" if requirement.marker is None else f"({requirement.marker}) and "
    requirement.marker = None
    return f"{requirement}{' ' if requirement.url else ''}; {before}extra == '{extra}'"


def _addressed(person: Dict[str, Any]) -> str:
    name, address = _text(person, "name"), _text(person, "email")
    return f"{name} <{address}>" if name else address


def readme_of(project: Project, table: Dict[str, Any]) -> str:
    """Give the path of the file with the project's description, "" for none."""
    found = table.get("readme")
    name = found if isinstance(found, str) else _text(found, "file") if isinstance(found, dict) else ""
    return os.path.join(project.directory, name) if name else ""


def _readme(project: Project, table: Dict[str, Any]) -> str:
    """Give the text of the project's description, "" if there is none that can be read."""
    path = readme_of(project, table)
    if not path:
        return _text(_table(table, "readme"), "text")
    try:
        return regular_files.content(path).decode("utf-8").replace("\r\n", "\n")
    except (OSError, ValueError):
        return ""


def _content_type(table: Dict[str, Any]) -> str:
    found = table.get("readme")
    if isinstance(found, dict):
        return _text(found, "content-type")
    return _CONTENT_TYPES.get(os.path.splitext(found)[1].lower(), "") if isinstance(found, str) else ""


def entry_points(project: Project, table: Dict[str, Any]) -> bytes:
    """Give what stands in entry_points.txt; nothing if there is no such file. table: as for `files`."""
    groups: Dict[str, Dict[str, Any]] = {group: _table(table, key) for group, key in SCRIPT_GROUPS.items()}
    if groups["console_scripts"]:
        groups["console_scripts"] = dict(project.scripts)
    groups.update((name, group) for name, group in _table(table, "entry-points").items() if isinstance(group, dict))
    lines: List[str] = []
    for group, points in groups.items():
        if points:
            lines += [
                f"[{_line(group)}]",
                *(f"{_line(name)} = {_line(str(point))}" for name, point in points.items()),
                "",
            ]
    return "\n".join(lines).encode("utf-8", "surrogateescape")


# What is of another type than it should be, the project's build backend minds; for us, it is not there.


def _text(table: Dict[str, Any], key: str) -> str:
    found = table.get(key, "")
    return found if isinstance(found, str) else ""


def _list(table: Dict[str, Any], key: str) -> List[Any]:
    found = table.get(key, [])
    return found if isinstance(found, list) else []


def _texts(table: Dict[str, Any], key: str) -> List[str]:
    return [text for text in _list(table, key) if isinstance(text, str)]


def _table(table: Dict[str, Any], key: str) -> Dict[str, Any]:
    found = table.get(key, {})
    return found if isinstance(found, dict) else {}


def _line(text: str) -> str:
    """Give text without line ends, which would begin another header."""
    return " ".join(text.split())
