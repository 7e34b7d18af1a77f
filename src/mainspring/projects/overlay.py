"""What a wheel of a project holds, and its sources do not: native modules, modules that were written, or taken from elsewhere.

It lies in a directory before the sources on `sys.path`. A package of which only a part was made is there as a whole,
its other files as links to the sources, so that an edit is seen as ever.
"""

import os
from importlib.machinery import EXTENSION_SUFFIXES
from typing import Any, Dict, List, Mapping, NamedTuple, Optional, Tuple, Union

from .. import trees
from .build_inputs import Held
from .own_wheel import Last
from .settings import Project
from .sources import folders_above

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
        return [sorted(files.items()), sorted(self.links.items())]

    def fill(self, tree: str, work: str, lock: Optional[int]) -> None:
        """Put all of it into the directory tree. Raises OSError. Links need a right on Windows that not all have."""
        for name, data in {**self.files, **self.links}.items():
            path = os.path.join(tree, *name.split("/"))
            _folders(path, tree)
            if isinstance(data, str):
                trees.point(path, data)
            else:
                trees.place(path, trees.beside(work), [data], 0o600)


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
        if name is None or any(os.path.lexists(os.path.join(root, name)) for root in project.roots):
            continue
        origin = found.origins.get(member)
        made[name] = content if origin is None else os.path.join(project.directory, *origin.split("/"))
    return made


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
    return sorted(name for name in os.listdir(folder) if name != "__pycache__" and not name.endswith(".pyc"))
