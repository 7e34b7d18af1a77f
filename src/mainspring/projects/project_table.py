"""The table `project` of a pyproject.toml, or what a build backend tells in its place (PEP 621), by a `Reader`.

The sources are the specifications of pyproject.toml and of entry points.
"""

import os
import re
from typing import Any, Dict, List, Optional, Sequence, Tuple

from packaging.version import Version

from ..runtime.entry import is_module_or_attribute
from ..wording import quoted, shortened
from . import regular_files, sources
from .reading import TABLE, Reader, Requirements, dotted, normalized

_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?")
SCRIPT_GROUPS = {"console_scripts": "scripts", "gui_scripts": "gui-scripts"}  # groups of entry points, and their tables
_OBJECT = re.compile(r"\s*[\w.]+(?:\s*:\s*[\w.]+)?\s*(?:\[.*\]\s*)?")
SOURCES = ("workspace", "path", "git")  # of `tool.uv.sources`, those for which there is no hash
# What may be dynamic, of that which is wanted here.
FIELDS = {
    "version": "version",
    "requires-python": "requires_python",
    "dependencies": "dependencies",
    "optional-dependencies": "optional_dependencies",
    "scripts": "scripts",
    "gui-scripts": "scripts",
    "entry-points": "scripts",
}


def name(reader: Reader, table: Dict[str, Any]) -> str:
    """Give the project's name."""
    name = reader.text("project", table, "name")
    if name is None:
        if "project" in reader.data and "name" not in table:
            reader.wrong("project.name", "it is missing", "expected the name of the project")
        return ""
    if not _NAME.fullmatch(name):
        reader.wrong(
            "project.name",
            f"{quoted(name)} is no name",
            "expected letters, digits, and between them dots, dashes and underscores",
        )
    return name


def version(reader: Reader, table: Dict[str, Any]) -> Optional[str]:
    """Give the version, if it is static."""
    text = reader.text("project", table, "version")
    reader.attempt("project.version", text, Version, "a version, as 1.2.3")
    return text


def sourced(reader: Reader) -> Dict[str, str]:
    """Give what uv is told to take from elsewhere than an index: normalized names, and for each one of SOURCES, or ""."""
    table = sources.at(reader.data, "tool", "uv", "sources")
    items = table.items() if isinstance(table, dict) else ()
    return {normalized(name): _source(value) for name, value in items}


def _source(value: Any) -> str:
    """Give what value, or an item of it, says: the first of SOURCES, which no lock file can have; "" for anything else."""
    said = {key for item in (value if isinstance(value, list) else [value]) if isinstance(item, dict) for key in item}
    return next((source for source in SOURCES if source in said), "")


def dynamic(reader: Reader, table: Dict[str, Any]) -> Tuple[str, ...]:
    """Give the fields that are not said here."""
    found = reader.texts("project", table, "dynamic")
    if "name" in found:
        reader.wrong("project.dynamic", "the name is not to be among them", "expected it in project.name")
    return found


def unknown(reader: Reader, dynamic: Sequence[str]) -> Tuple[str, ...]:
    """Give the fields that only the build backend knows, as dynamic names them."""
    has_files = bool(sources.dependency_files(reader.data))
    names = [name for name in dynamic if name in FIELDS and not (name == "dependencies" and has_files)]
    names += filter(lambda name: _is_formatted(reader, name), ("dependencies", "optional-dependencies"))
    return tuple(dict.fromkeys(FIELDS[name] for name in names))


def _is_formatted(reader: Reader, key: str) -> bool:
    """Tell whether the backend puts something else for a part of the requirements at key.

    Hatchling does so for `{root:uri}`, pdm's for `${PROJECT_ROOT}`.
    """
    backend = sources.at(reader.data, "build-system", "build-backend")
    found = sources.at(reader.data, "project", key)
    lists = found.values() if isinstance(found, dict) else [found]
    is_there = any("{" in text for one in lists if isinstance(one, list) for text in map(str, one))
    return is_there and isinstance(backend, str) and backend.startswith(("hatchling", "pdm."))


def dependencies(reader: Reader, table: Dict[str, Any], dynamic: Sequence[str], directory: str) -> Requirements:
    """Give the project's dependencies; those that setuptools reads from files are read."""
    if "dependencies" in dynamic:
        table = {"dependencies": _from_files(reader, directory)}
    return reader.requirements("project", table, "dependencies")


def _from_files(reader: Reader, directory: str) -> List[str]:
    found: List[str] = []
    for name in sources.dependency_files(reader.data):
        path = os.path.join(directory, name)
        try:
            text = regular_files.content(path).decode("utf-8") if regular_files.is_within(path, directory) else None
        except (OSError, ValueError):
            text = None
        if text is None:
            expected = "expected a file in the project"
            reader.wrong("tool.setuptools.dynamic.dependencies", f"{shortened(name, 120)} cannot be read", expected)
            continue
        lines = [line.partition(" #")[0].strip() for line in text.splitlines()]
        found += [line for line in lines if line and not line.startswith("#")]
    return found


def scripts(reader: Reader, table: Dict[str, Any]) -> Dict[str, str]:
    """Give the console scripts, and what they call; those with windows if there are no others."""
    kind = "scripts" if table.get("scripts") else "gui-scripts" if table.get("gui-scripts") else "scripts"
    raw: Dict[str, Any] = reader.typed("project", table, kind, TABLE, {})
    found = {}
    for name in raw:
        key = dotted(f"project.{kind}", name)
        text = reader.text(f"project.{kind}", raw, name)
        called = "".join((text or "").partition("[")[0].split())
        if text is not None and not (_OBJECT.fullmatch(text) and ":" in called and is_module_or_attribute(called)):
            reader.wrong(key, f"{quoted(text)} names no function", "expected module:function")
        elif not _is_file_name(name):
            reader.wrong(key, "that is no name of a file", "expected the name of a command")
        elif text is not None:
            found[name] = called
    return found


def _is_file_name(name: str) -> bool:
    """Tell whether name can be that of a script, which is a file and a line of entry_points.txt."""
    is_one = name.isprintable() and os.path.basename(name) == name and name not in ("", os.curdir, os.pardir)
    return is_one and name == name.strip() and "=" not in name and not name.startswith("[")


def see_entry_points(reader: Reader, table: Dict[str, Any]) -> None:
    """See that the other entry points are as they should be, and that what is for `scripts` is not among them."""
    where = "project.entry-points"
    groups: Dict[str, Any] = reader.typed("project", table, "entry-points", TABLE, {})
    for group in groups:
        if group in SCRIPT_GROUPS:
            reader.wrong(dotted(where, group), "it is not for this table", f"expected project.{SCRIPT_GROUPS[group]}")
            continue
        points: Dict[str, Any] = reader.typed(where, groups, group, TABLE, {})
        for name in points:
            reader.text(dotted(where, group), points, name)
