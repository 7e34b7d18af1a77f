"""What a wheel of a project holds, and its sources do not: native modules, modules that were written, or taken from elsewhere.

It lies in a directory before the sources on `sys.path`. A package of which only a part was made is there as a whole,
its other files as links to the sources, so that an edit is seen as ever. On Windows, links need a right that not all
have: there they may be copies, and the directory is made anew after an edit.
"""

import os
from importlib.machinery import EXTENSION_SUFFIXES
from typing import Any, Dict, Iterator, List, Mapping, NamedTuple, Optional, Tuple, Union

from ..runtime import store
from ..storage import trees
from . import regular_files
from .build_inputs import Held
from .own_wheel import Last
from .settings import Project
from .sources import folders_above

_CACHE = "__pycache__"
_FOR_PYTHON = b"#!python"  # how a script in a wheel begins for which an installer names the interpreter
Made = Dict[str, Union[bytes, str]]  # by name below `sys.path`: the content, or the path of the source that has it


class Plan(NamedTuple):
    """What is to be in the directory.

    files: by name, their content, or the path of the source that has it. links: by name, the sources that are linked to
    because they lie beside these. folders: the directories that were listed for that: after a change there, the plan is made anew.
    """

    files: Made
    links: Dict[str, str]
    folders: Tuple[str, ...]

    def words(self) -> List[Any]:
        """Give what tells it from others, for JSON."""
        files = {name: data if isinstance(data, str) else data.hex() for name, data in self.files.items()}
        copied = [
            [file, store.fingerprint_at(file)]
            for target in self._copied()
            for file in sorted(_files_at(target).values())
        ]
        return [sorted(files.items()), sorted(self.links.items()), *([copied] if copied else [])]

    def watched(self) -> Tuple[str, ...]:
        """Give the paths after whose change the plan is made anew."""
        targets = self._copied()
        within = [path for target in targets for folder, files in _walk(target) for path in (folder, *files)]
        return (*self.folders, *targets, *within)

    def _copied(self) -> List[str]:
        """Give the sources that are linked to where they may have to be copied."""
        if os.name != "nt":
            return []
        return [data for data in (*self.files.values(), *self.links.values()) if isinstance(data, str)]

    def fill(self, tree: str, work: str, lock: Optional[int]) -> None:
        """Put all of it into the directory tree. Raises OSError."""
        for name, data in {**self.files, **self.links}.items():
            path = os.path.join(tree, *name.split("/"))
            _folders(path, tree)
            if isinstance(data, str):
                _point(path, data, tree, work)
            else:
                trees.place(path, trees.beside(work), [data], 0o600)


def _point(path: str, target: str, tree: str, work: str) -> None:
    """Have target, a source, at path, which is in tree, too: by a link, or by copies where this user may make none."""
    try:
        trees.point(path, target)
    except OSError:
        if os.name != "nt":
            raise
        for name, file in _files_at(target).items():
            copy = os.path.join(path, name) if name else path
            _folders(copy, tree)
            with open(file, "rb") as source:
                trees.place(copy, trees.beside(work), [source.read()], 0o600)


def _files_at(target: str) -> Dict[str, str]:
    """Give the files of a source that is one, or a directory: by name in that, their paths. Bytecode does not count."""
    if not os.path.isdir(target):
        return {"": target}
    return {os.path.relpath(path, target): path for _, files in _walk(target) for path in files}


def _walk(target: str) -> Iterator[Tuple[str, List[str]]]:
    """Give the folders of a source that is a directory, that itself among them, each with the paths of its files."""
    for folder, below, names in os.walk(target):
        below[:] = filter(_counts, below)
        yield folder, [os.path.join(folder, name) for name in names if _counts(name)]


def _folders(path: str, tree: str) -> None:
    folder = os.path.dirname(path)
    if folder != tree and not os.path.isdir(folder):
        _folders(folder, tree)
        trees.folder(folder, tree)


def held_by(found: Last) -> Held:
    """Give what the last wheel of a project holds."""
    names = [name for name in map(_place, found.wheel.members) if name is not None]
    tops = {name.partition("/")[0].partition(".")[0] for name in names}
    natives = {name[: -len(end)] for name in names for end in EXTENSION_SUFFIXES if name.endswith(end)}
    return Held(tops, natives, set(found.origins.values()))


def made_of(project: Project, found: Last) -> Made:
    """Give what is in the last wheel of project, and nowhere below its roots."""
    made: Made = {}
    for member, content in found.wheel.members.items():
        name = _place(member)
        if name is None:
            continue
        # A native module that lies among the sources is of another build, perhaps of other sources.
        is_native = name.endswith(tuple(EXTENSION_SUFFIXES))
        if not is_native and any(os.path.lexists(os.path.join(root, name)) for root in project.roots):
            continue
        origin = found.origins.get(member)
        made[name] = content if origin is None else os.path.normpath(os.path.join(project.directory, origin))
    return made


def scripts_of(project: Project, found: Last) -> Dict[str, str]:
    """Give the Python scripts of project's own that are files in its last wheel: the paths of these files, by name.

    A backend writes the first line of one anew. One that it has made of something else is left out.
    """
    scripts: Dict[str, str] = {}
    for member, content in found.wheel.members.items():
        folder, _, name = member.rpartition("/")
        if folder.endswith(".data/scripts") and content.startswith(_FOR_PYTHON):
            files = [file for file in found.states if file.rpartition("/")[2] == name]
            paths = [os.path.join(project.directory, *file.split("/")) for file in files]
            scripts.update((name, path) for path in paths if _is_script(path, content))
    return scripts


def _is_script(path: str, content: bytes) -> bool:
    """Tell whether the file at path has content, but for the first line."""
    try:
        return regular_files.content(path).partition(b"\n")[2] == content.partition(b"\n")[2]
    except OSError:
        return False


def _place(member: str) -> Optional[str]:
    """Say where a member of a wheel is below site-packages; None for metadata, and what is installed elsewhere."""
    folder, _, rest = member.partition("/")
    if folder.endswith(".dist-info"):
        return None
    if not folder.endswith(".data"):
        return member
    scheme, _, name = rest.partition("/")
    return name if scheme in ("purelib", "platlib") else None


def plan(made: Made, files: Mapping[str, bytes], project: Project) -> Plan:
    """Give what is to be in the directory, with what was made for project, and files, which say what it is."""
    parts = {name for path in made for name in folders_above(path)}
    links: Dict[str, str] = {}
    folders = []
    for part in sorted(parts):
        for root in project.roots:
            folder = os.path.join(root, *part.split("/"))
            if os.path.isdir(folder):
                folders.append(folder)
                for name in _listed(folder):
                    inner = f"{part}/{name}"
                    if inner not in parts and inner not in made:
                        links.setdefault(inner, os.path.join(folder, name))
    return Plan({**files, **made}, links, tuple(folders))


def _listed(folder: str) -> List[str]:
    return sorted(filter(_counts, os.listdir(folder)))


def _counts(name: str) -> bool:
    return name != _CACHE and not name.endswith(".pyc")
