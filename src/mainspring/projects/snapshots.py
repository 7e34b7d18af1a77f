"""What a bundle is made of, so far as it lies in the project: files, and what tells whether they were changed.

A file counts as unchanged if its status does. A file that was changed just now might change once more without its
time telling, so a snapshot that has such a file is not to be kept.
"""

import hashlib
import json
import os
import re
import stat
import time
from pathlib import Path
from typing import Dict, Iterable, Iterator, List, NamedTuple, Optional, Set, Tuple

from .. import clocks
from ..runtime import store
from . import regular_files

# Not part of what is built: others' notes, environments, and what was built before.
_ANYWHERE = frozenset(
    [".git", ".hg", ".svn", ".bzr", "__pycache__", ".venv", ".tox", ".nox", ".eggs", ".idea", ".vscode"]
    + [".mypy_cache", ".pytest_cache", ".ruff_cache", ".hypothesis", ".DS_Store"]
)
_ENDS = (".egg-info", ".swp", "~")
_MARKS = ("pyvenv.cfg", "CACHEDIR.TAG")  # of directories that are no sources
# Directories at the top that tools fill; but a package may be called so, or have its data there.
_BUILT = frozenset(["build", "dist", "venv", "env", "htmlcov", ".coverage"])
_PRODUCTS = (".pyz", ".pex", ".whl", ".egg", ".tar.gz", ".zip")  # which others put there, and we
_ROOTS = ("src", "lib")  # which may be links
_FETCHED = "node_modules"
_LONGEST_LINE = 2**16  # bytes of a file that names a directory
_INIT = "__init__.py"
_GIT = ".git"
_ELSEWHERE = re.compile(r"""["']((?:\.\./)+[^"'\n]+)["']""")  # what such a file says of places beside the project
_SAYING = (
    "pyproject.toml",
    "hatch.toml",
    "setup.cfg",
    "setup.py",
    "MANIFEST.in",
)  # files that may name directories with sources

State = Tuple[int, ...]


class Snapshot:
    """The files of a project, and their states.

    files: by their names, relative and with slashes. taken: when, in ns. outputs: those that a build writes itself.
    """

    def __init__(self, files: Dict[str, State], taken: int, outputs: Iterable[str] = ()) -> None:
        self.files = files
        self.taken = taken
        self.outputs = frozenset(outputs)

    def seeing(self, paths: Iterable[str]) -> "Snapshot":
        """Give it with the files at paths, which are absolute and may be anywhere, as they are now."""
        states = {path: _state(path) for path in paths}
        files = {**self.files, **{path: state for path, state in states.items() if state is not None}}
        return Snapshot(files, self.taken, self.outputs)

    @property
    def is_settled(self) -> bool:
        """Whether a later change would be seen."""
        times = (max(state[1:3]) for name, state in self.files.items() if name not in self.outputs)
        return all(clocks.is_settled(time, self.taken) for time in times)

    def without(self, directory: str, path: str) -> "Snapshot":
        """Give it without the file at path, which may be in directory, the project's: what is built is no source."""
        start = os.path.join(os.path.realpath(directory), "")
        real = os.path.realpath(path)
        name = real[len(start) :].replace(os.sep, "/") if real.startswith(start) else ""
        files = {other: state for other, state in self.files.items() if other != name}
        return Snapshot(files, self.taken, self.outputs)

    def after(self, directory: str, outputs: Iterable[str]) -> "Snapshot":
        """Give it as it is when a build has written outputs, by name, in the project's directory."""
        written = {name: _state(os.path.join(directory, name)) for name in outputs}
        files = {**self.files, **{name: state for name, state in written.items() if state is not None}}
        return Snapshot(files, self.taken, (*self.outputs, *written))

    def digest(self) -> str:
        """Give the hash of it all."""
        listed = json.dumps(sorted(self.files.items())).encode("utf-8", "surrogatepass")
        return hashlib.blake2b(listed, digest_size=store.KEY).hexdigest()

    def changed(self, others: "Dict[str, State]") -> "List[str]":
        """Give the names of the files that are not as in others, or missing here or there."""
        names = {*self.files, *others}
        return sorted(name for name in names if self.files.get(name) != others.get(name))


def take(directory: str, words: Iterable[str] = ()) -> Snapshot:
    """Look at all files of the project in directory.

    words: texts that, as the project's own files, may name directories which count, though they are of those that tools
    fill (`build`, `dist`).
    """
    taken = time.time_ns()
    files: Dict[str, State] = {}
    said = "\n".join([*words, *(_text(os.path.join(directory, name)) for name in _SAYING)])
    for name, path in [*_Walk(directory, said).files(), *_elsewhere(directory, said), *_of_git(directory)]:
        state = _state(path)
        if state is not None:
            files[name] = state
    return Snapshot(files, taken)


def _state(path: str) -> Optional[State]:
    try:
        status = os.stat(path)
    except OSError:
        return None
    state = status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino, status.st_mode
    return state if stat.S_ISREG(status.st_mode) else None


class _Folder(NamedTuple):
    """A folder of the project: its name, which ends in a slash, its path, and whether a package holds it."""

    name: str
    path: str
    is_packaged: bool


class _Walk:
    """A walk through what may be sources of the project in directory; said: text that may name folders which tools fill."""

    def __init__(self, directory: str, said: str) -> None:
        self._directory = directory
        self._said = said
        self._seen: Set[str] = set()  # the places of folders behind links

    def files(self) -> Iterator[Tuple[str, str]]:
        """Give the files, each with its path."""
        left = [_Folder("", self._directory, False)]
        while left:
            folder = left.pop()
            try:
                with os.scandir(folder.path) as items:
                    found = {item.name: item for item in items}
            except OSError:
                continue
            if folder.name and any(name in found for name in _MARKS):
                continue
            is_packaged = folder.is_packaged or (bool(folder.name) and _INIT in found)
            for name, item in found.items():
                is_product = folder.name[:-1] in _BUILT and name.endswith(_PRODUCTS)
                if is_product or name in _ANYWHERE or name.endswith(_ENDS):
                    continue
                below = _Folder(f"{folder.name}{name}/", item.path, is_packaged)
                if not item.is_dir():
                    yield folder.name + name, item.path
                elif self._counts(below, name, item.is_symlink()):
                    left.append(below)

    def _counts(self, folder: _Folder, name: str, is_link: bool) -> bool:
        """Tell whether what is in folder may be sources that nobody has looked at yet."""
        return self._may_be_sources(folder, name, is_link) and not (is_link and self._was_seen(folder.path))

    def _may_be_sources(self, folder: _Folder, name: str, is_link: bool) -> bool:
        """Tell whether what is in folder may be sources, as far as its name tells.

        Tools leave links to all that they have built at the top, as others leave directories.
        """
        if name == _FETCHED:
            return folder.is_packaged or self._is_said(name)
        if folder.name != f"{name}/" or not (name in _BUILT or (is_link and name not in _ROOTS)):
            return True
        return os.path.exists(os.path.join(folder.path, _INIT)) or self._is_said(name)

    def _is_said(self, name: str) -> bool:
        return re.search(rf"(?<![\w.-]){re.escape(name)}(?![\w.-])", self._said) is not None

    def _was_seen(self, link: str) -> bool:
        """Tell whether the folder behind link was looked at behind another, or holds the project."""
        place = os.path.realpath(link)
        holds = f"{os.path.realpath(self._directory)}{os.sep}".startswith(os.path.join(place, ""))
        if holds or place in self._seen:
            return True
        self._seen.add(place)
        return False


def _elsewhere(directory: str, said: str) -> Iterator[Tuple[str, str]]:
    """Give the files beside the project that said names, or that are in folders which it names: by their paths."""
    for place in dict.fromkeys(_ELSEWHERE.findall(said)):
        path = os.path.normpath(os.path.join(directory, place))
        if os.path.isfile(path):
            yield path, path
        elif not f"{directory}{os.sep}".startswith(os.path.join(path, "")):  # as the root of a repository is told
            yield from ((inner, inner) for _, inner in _Walk(path, said).files())


def _text(path: str) -> str:
    """Give what the file at path says; nothing if there is none that can be read."""
    try:
        return regular_files.content(path).decode("utf-8", "replace")
    except OSError:
        return ""


def _of_git(directory: str) -> Iterator[Tuple[str, str]]:
    """Give what tells that another commit or tag is there: backends make versions of these."""
    base, common = _places_of_git(directory)
    for name in ("HEAD", "logs/HEAD"):
        yield f".git/{name}", os.path.join(base, name)
    yield ".git/packed-refs", os.path.join(common, "packed-refs")
    tags = os.path.join(common, "refs", "tags")
    for folder, _, names in os.walk(tags):
        for name in names:
            path = os.path.join(folder, name)
            yield f".git/refs/tags/{os.path.relpath(path, tags).replace(os.sep, '/')}", path


def paths_of_git(directory: str) -> List[str]:
    """Give the paths of that, whether or not it is there, and of the folders to which a tag may come."""
    tags = os.path.join(_places_of_git(directory)[1], "refs", "tags")
    folders = [folder for folder, *_ in os.walk(tags) if folder != tags]
    nearer = [os.path.join(path, "HEAD") for path in _gits(directory)]  # of repositories that may yet be made
    return [*nearer, *(path for _, path in _of_git(directory)), tags, *folders]


def _places_of_git(directory: str) -> Tuple[str, str]:
    """Give the directories with what is the worktree's own, and with what it shares with others.

    The worktree is that which directory is in: a backend may be told to look there.
    """
    base = _git_directory(_gits(directory)[-1])
    return base, os.path.normpath(os.path.join(base, _line_of(os.path.join(base, "commondir"))))


def _gits(directory: str) -> List[str]:
    """Give the paths where `.git` may be for directory, up to the first that is there."""
    place = Path(os.path.realpath(directory))
    paths = [str(above / _GIT) for above in (place, *place.parents)]
    count = next((number for number, path in enumerate(paths, 1) if os.path.lexists(path)), len(paths))
    return paths[:count]


def _git_directory(path: str) -> str:
    """Give the directory that `.git`, which is at path, is or, in a worktree or a submodule, names (gitrepository-layout)."""
    start, _, place = _line_of(path).partition(": ")
    return os.path.join(os.path.dirname(path), place) if start == "gitdir" else path


def _line_of(path: str) -> str:
    """Give the first line of a file; "" if there is none."""
    try:
        return os.fsdecode(regular_files.content(path, _LONGEST_LINE).partition(b"\n")[0])
    except OSError:
        return ""
