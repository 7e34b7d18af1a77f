"""What a bundle is made of, so far as it lies in the project: files, and what tells whether they were changed.

A file counts as unchanged if its status does. A file that was changed just now might change once more without its
time telling, so a snapshot that has such a file is not to be kept.
"""

import hashlib
import json
import os
import stat
import time
from typing import Dict, Iterable, Iterator, List, Optional, Tuple

from .. import clocks

# Not part of what is built: others' notes, environments, and what was built before.
_ANYWHERE = frozenset(
    [".git", ".hg", ".svn", ".bzr", "__pycache__", "node_modules", ".venv", ".tox", ".nox", ".eggs", ".idea", ".vscode"]
    + [".mypy_cache", ".pytest_cache", ".ruff_cache", ".hypothesis", ".DS_Store"]
)
_AT_THE_TOP = frozenset(["build", "dist", "venv", "env", "htmlcov", ".coverage"])
_ENDS = (".pyc", ".egg-info", ".swp", "~")
_MARKS = ("pyvenv.cfg", "CACHEDIR.TAG")  # of directories that are no sources

State = Tuple[int, ...]


class Snapshot:
    """The files of a project, and their states.

    files: by their names, relative and with slashes. taken: when, in ns. outputs: those that a build writes itself.
    """

    def __init__(self, files: Dict[str, State], taken: int, outputs: Iterable[str] = ()) -> None:
        self.files = files
        self.taken = taken
        self.outputs = frozenset(outputs)

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
        return hashlib.blake2b(listed, digest_size=20).hexdigest()

    def changed(self, others: "Dict[str, State]") -> "List[str]":
        """Give the names of the files that are not as in others, or missing here or there."""
        names = {*self.files, *others}
        return sorted(name for name in names if self.files.get(name) != others.get(name))


def take(directory: str, more: Iterable[str] = ()) -> Snapshot:
    """Look at all files of the project in directory; more: paths elsewhere that count, too, absolute."""
    taken = time.time_ns()
    files: Dict[str, State] = {}
    for name, path in [*_below(directory), *((path, path) for path in more), *_of_git(directory)]:
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


def _below(directory: str) -> Iterator[Tuple[str, str]]:
    left = [("", directory)]
    while left:
        inside, folder = left.pop()
        try:
            with os.scandir(folder) as items:
                found = list(items)
        except OSError:
            continue
        if inside and any(item.name in _MARKS for item in found):
            continue
        for item in found:
            if item.name in _ANYWHERE or item.name.endswith(_ENDS) or (not inside and item.name in _AT_THE_TOP):
                continue
            if item.is_dir(follow_symlinks=False):
                left.append((f"{inside}{item.name}/", item.path))
            else:
                yield inside + item.name, item.path


def _of_git(directory: str) -> Iterator[Tuple[str, str]]:
    """Give what tells that another commit or tag is there: backends make versions of these."""
    base = _git_directory(os.path.join(directory, ".git"))
    common = os.path.normpath(os.path.join(base, _line_of(os.path.join(base, "commondir"))))
    for name in ("HEAD", "logs/HEAD"):
        yield f".git/{name}", os.path.join(base, name)
    yield ".git/packed-refs", os.path.join(common, "packed-refs")
    tags = os.path.join(common, "refs", "tags")
    for folder, _, names in os.walk(tags):
        for name in names:
            path = os.path.join(folder, name)
            yield f".git/refs/tags/{os.path.relpath(path, tags).replace(os.sep, '/')}", path


def _git_directory(path: str) -> str:
    """Give the directory that `.git`, which is at path, is or, in a worktree or a submodule, names (gitrepository-layout)."""
    start, _, place = _line_of(path).partition(": ")
    return os.path.join(os.path.dirname(path), place) if start == "gitdir" else path


def _line_of(path: str) -> str:
    """Give the first line of a file; "" if there is none."""
    try:
        with open(path, encoding="utf-8", errors="surrogateescape") as file:
            return file.readline().rstrip("\n")
    except OSError:
        return ""
