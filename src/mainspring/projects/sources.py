"""Where a project's modules are: the directories that hold them, by its layout, or as its build backend says plainly.

The sources are the documents of setuptools, hatchling, flit, poetry, pdm and uv.
"""

import os
import re
from typing import Any, Dict, Iterator, List, NamedTuple, Tuple

_SETUPTOOLS = "setuptools"  # how the name of the backend begins that is used where none is named
_FLAT_FIRST = "hatchling.build"  # the backend that looks beside its settings first, and then in src


class Found(NamedTuple):
    """Where the modules of a project are.

    roots: the directories that hold them, absolute. seen: paths that this was decided by, and whether each was there.
    watched: directories that hold no modules, by which it was decided, too.
    """

    roots: Tuple[str, ...]
    seen: Tuple[Tuple[str, bool], ...]
    watched: Tuple[str, ...] = ()


def find(directory: str, name: str, data: Dict[str, Any]) -> Found:
    """Find the modules of the project with that name in directory; data: its pyproject.toml.

    Where nothing says otherwise: where the module lies that is called as the project is; or src, if that has any; or the
    directory itself.
    """
    told = [os.path.normpath(os.path.join(directory, root)) for root in _told(data)]
    found = [root for root in dict.fromkeys(told) if _is_within(root, directory) and os.path.isdir(root)]
    if found:
        return Found(tuple(found), tuple((root, True) for root in found))
    source = os.path.join(directory, "src")
    is_flat_first = at(data, "build-system", "build-backend") == _FLAT_FIRST
    order = (directory, source) if is_flat_first else (source, directory)
    places = {root: _places(root, name) for root in order}
    seen = {path: os.path.exists(path) for path in (*places[directory], *places[source], source)}
    holders = [root for root in order if any(seen[path] and path.endswith(".py") for path in places[root])]
    is_folder = any(seen[path] for path in places[directory])
    if holders:
        root = holders[0]
    else:
        root = directory if is_folder or not _holds_modules(source) else source
    return Found((root,), tuple(seen.items()), (source,) if seen[source] and root != source else ())


def _places(root: str, name: str) -> List[str]:
    """Give the paths at which the module of the project with that name is in root, if it is: two files, or a folder."""
    modules = [os.path.join(root, module) for module in module_names(name)]
    return [path for module in modules for path in (os.path.join(module, "__init__.py"), f"{module}.py", module)]


def module_name(name: str) -> str:
    """Give the name of the project's module if that is called as the project is."""
    return re.sub(r"[-.]+", "_", name)


def module_names(name: str) -> List[str]:
    """Give the names that the module of a project usually has: as the project is called, or so in small letters."""
    module = module_name(name)
    return list(dict.fromkeys([module, module.lower()])) if module else []


def dependency_files(data: Dict[str, Any]) -> List[str]:
    """Give the files that setuptools is to read the dependencies from; none if it is not told to, or not plainly."""
    backend = at(data, "build-system", "build-backend")
    found = at(data, "tool", "setuptools", "dynamic", "dependencies", "file")
    names = found if isinstance(found, list) else [found]
    is_plain = all(isinstance(name, str) for name in names) and str(backend or _SETUPTOOLS).startswith(_SETUPTOOLS)
    return names if is_plain else []


def _is_within(path: str, directory: str) -> bool:
    return f"{path}{os.sep}".startswith(f"{directory}{os.sep}")


def _holds_modules(directory: str) -> bool:
    try:
        with os.scandir(directory) as items:
            return any(_is_module(item) for item in items)
    except OSError:
        return False


def _is_module(item: "os.DirEntry[str]") -> bool:
    if item.is_dir():
        return item.name.isidentifier()
    return item.name.endswith(".py")


def _told(data: Dict[str, Any]) -> Iterator[str]:
    """Give what the backends' own tables say, relative to the project."""
    yield from _of_setuptools(data)
    hatch = at(data, "tool", "hatch", "build", "targets", "wheel") or at(data, "tool", "hatch", "build")
    if isinstance(hatch, dict):
        yield from (os.path.dirname(path.rstrip("/")) for path in _texts(hatch.get("packages")))
        yield from (path for path in _texts(hatch.get("sources")))
    packages = at(data, "tool", "poetry", "packages")
    for package in packages if isinstance(packages, list) else ():
        if isinstance(package, dict) and isinstance(package.get("include"), str):
            yield package["from"] if isinstance(package.get("from"), str) else ""
    for keys in (("pdm", "build", "package-dir"), ("uv", "build-backend", "module-root")):
        found = at(data, "tool", *keys)
        if isinstance(found, str):
            yield found


def _of_setuptools(data: Dict[str, Any]) -> Iterator[str]:
    tool = at(data, "tool", "setuptools")
    if not isinstance(tool, dict):
        return
    yield from _texts(at(tool, "packages", "find", "where"))
    folders = tool.get("package-dir")
    if isinstance(folders, dict):
        for package, folder in folders.items():
            if isinstance(folder, str) and (not package or os.path.basename(folder) == package):
                yield os.path.dirname(folder) if package else folder


def _texts(value: Any) -> List[str]:
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def at(data: Any, *keys: str) -> Any:
    """Give what stands in data below keys, one table in another; None if nothing does."""
    for key in keys:
        data = data.get(key) if isinstance(data, dict) else None
    return data


def folders_above(name: str) -> Iterator[str]:
    """Give the names of the folders that the file called name, with slashes, is in, the nearest first."""
    folder = name.rpartition("/")[0]
    while folder:
        yield folder
        folder = folder.rpartition("/")[0]
