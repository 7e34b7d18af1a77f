"""What a project says of itself: pyproject.toml, read once and judged as a whole."""

import os
from types import MappingProxyType
from typing import Any, Dict, Mapping, NamedTuple, Optional, Tuple

from . import extras_and_groups, project_table, sources, toml
from .project_table import FIELDS
from .reading import Reader, Requirements
from .tool_table import Settings, settings

FILE = "pyproject.toml"
OLD_FILES = ("setup.py", "setup.cfg")  # of projects without one; the first alone makes a directory a project
_FOUND = ("roots", "seen", "also_read")  # fields that come of where the modules are
_LARGEST = 2**20  # bytes of a pyproject.toml


class Project(NamedTuple):
    """A project, or a script with inline metadata.

    directory: where it is, absolute. file: the file that says all this, absolute. name: as written; "" for a script.
    version: if it is static. requires_python: a specifier, "" for none. dependencies: requirements, as written.
    optional_dependencies, dependency_groups: requirements by normalized name; what groups include is resolved.
    scripts: console scripts, and what they call. roots: the directories that its modules are found in, absolute.
    seen: paths that roots were decided by, and whether each was there. settings: what `[tool.mainspring]` says.
    unknown: the fields that only its build backend knows (`dynamic_metadata`). also_read: files that this was
    read from, too, and directories by which roots were decided. sourced: the normalized names of what uv alone
    knows where to get, and from what kind of place (`tool.uv.sources`). files: scripts that are files of it, as its
    build backend told: their paths, by the names that they have when they are installed.
    """

    directory: str
    file: str
    name: str
    version: Optional[str]
    requires_python: str
    dependencies: Requirements
    optional_dependencies: Dict[str, Requirements]
    dependency_groups: Dict[str, Requirements]
    scripts: Dict[str, str]
    roots: Tuple[str, ...]
    seen: Tuple[Tuple[str, bool], ...]
    settings: Settings
    unknown: Tuple[str, ...] = ()
    also_read: Tuple[str, ...] = ()
    sourced: Mapping[str, str] = MappingProxyType({})
    files: Mapping[str, str] = MappingProxyType({})

    @property
    def every_script(self) -> Dict[str, str]:
        """All that starts by the name of a script: functions, and files."""
        return {**self.files, **self.scripts}


def file_of(directory: str) -> str:
    """Give the path of the file that makes directory a project: its pyproject.toml, or what was there before those."""
    paths = [os.path.join(directory, name) for name in (FILE, OLD_FILES[0])]
    return next(filter(os.path.isfile, paths), paths[0])


def read(directory: str) -> Project:
    """Read the pyproject.toml in directory, if it has one.

    Raises Mistakes for all that is wrong with it, and Refusal if it cannot be read.
    """
    directory = os.path.abspath(directory)
    path = file_of(directory)
    reader = Reader(toml.read(path, FILE, _LARGEST) if path.endswith(FILE) else {}, FILE)
    table = reader.table("project")
    is_told = table is not None or not ("build-system" in reader.data or _is_old(directory))
    if table is None and is_told:
        reader.wrong("project", "the table is missing", "expected the project's name and its dependencies there")
    project = _project(reader, table or {}, path, is_told)
    reader.finish()
    return project


def _is_old(directory: str) -> bool:
    return any(os.path.isfile(os.path.join(directory, name)) for name in OLD_FILES)


def completed(project: Project, told: Dict[str, Any], shown: str) -> Project:
    """Give project with what its build backend told of it, as a table `project`: the fields that were unknown.

    shown: what told is called in a message. Raises Mistakes for all that is wrong with it.
    """
    reader = Reader({"project": told}, shown)
    name = project_table.name(reader, told) if "name" in project.unknown else project.name
    fields: Dict[str, Any] = {
        "name": name,
        "version": project_table.version(reader, told),
        "requires_python": reader.specifier("project", told),
        "dependencies": reader.requirements("project", told, "dependencies"),
        "optional_dependencies": extras_and_groups.extras(reader, told, name),
        "scripts": project_table.scripts(reader, told),
    }
    reader.finish()
    if "name" in project.unknown:
        data = toml.read_if_there(os.path.join(project.directory, FILE), FILE)
        found = sources.find(project.directory, name, data)
        fields.update(roots=found.roots, seen=found.seen, also_read=(*project.also_read, *found.watched))
    wanted = {field: value for field, value in fields.items() if field in (*project.unknown, *_FOUND)}
    return project._replace(**wanted)


def _project(reader: Reader, table: Dict[str, Any], path: str, is_told: bool) -> Project:
    directory = os.path.dirname(path)
    name = project_table.name(reader, table)
    dynamic = project_table.dynamic(reader, table)
    unknown = project_table.unknown(reader, dynamic) if is_told else ("name", *dict.fromkeys(FIELDS.values()))
    extras = extras_and_groups.extras(reader, table, name)
    groups = extras_and_groups.groups(reader, reader.data.get("dependency-groups", {}))
    project_table.see_entry_points(reader, table)
    found = sources.find(directory, name, reader.data)
    return Project(
        directory,
        path,
        name,
        project_table.version(reader, table),
        reader.specifier("project", table),
        project_table.dependencies(reader, table, dynamic, directory),
        extras,
        groups,
        project_table.scripts(reader, table),
        found.roots,
        found.seen,
        settings(reader, directory, None if "optional_dependencies" in unknown else extras, groups),
        unknown,
        (*(os.path.join(directory, file) for file in sources.dependency_files(reader.data)), *found.watched),
        project_table.sourced(reader),
    )
