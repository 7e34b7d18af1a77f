"""The project's own files as they are in a bundle: its wheel installed, and what its settings add.

It is what `pip install --target` makes of a wheel, but for what would differ from one machine to another.
"""

import base64
import csv
import glob
import hashlib
import io
import os
from importlib.metadata import distributions
from typing import Dict, Iterable, List, NamedTuple, Optional, Sequence, Tuple

from ..projects.own_wheel import Wheel
from ..projects.reading import Mistakes
from ..projects.settings import Project
from .patterns import is_excluded, without_rows

SHEBANG = "/usr/bin/env python3"
INSTALLER = b"mainspring\n"  # what stands in that file
_SCRIPT = """\
#!{shebang}
import sys
from {module} import {first}
if __name__ == "__main__":
    sys.exit({function}())
"""
# shiv's bootstrap ends with what the script leaves behind, as a status: so that is nothing.
_MODULE = """\
#!{shebang}
import runpy
import sys
runpy.run_module({module!r}, run_name="__main__", alter_sys=True)
sys.exit()
"""


class Tree(NamedTuple):
    """Files that are to be below `site-packages/`.

    files: contents by name, with slashes. executable: the names of those that are so.
    """

    files: Dict[str, bytes]
    executable: Tuple[str, ...]

    def digest(self) -> str:
        """Give the hash of names and contents."""
        digest = hashlib.sha256()
        for name, content in sorted(self.files.items()):
            digest.update(hashlib.sha256(content).digest() + name.encode())
        return digest.hexdigest()

    def write(self, directory: str) -> None:
        """Write the files below directory, which is there and empty; raise OSError."""
        for folder in sorted({os.path.dirname(name) for name in self.files}):
            os.makedirs(os.path.join(directory, folder), exist_ok=True)
        executable = set(self.executable)
        for name, content in self.files.items():
            path = os.path.join(directory, name)
            with open(path, "wb") as file:
                file.write(content)
            os.chmod(path, 0o755 if name in executable else 0o644)


def installed(wheel: Wheel, scripts: Dict[str, str]) -> Tree:
    """Give the files of wheel, where an installer puts them; scripts: console scripts, and what they call."""
    files: Dict[str, bytes] = {}
    executable: List[str] = []
    record = ""
    for member, content in wheel.members.items():
        name = _place(member)
        if name is None:
            continue
        files[name] = _with_shebang(content) if name.startswith("bin/") else content
        record = name if name.endswith(".dist-info/RECORD") and name.count("/") == 1 else record
        executable += [name] if member in wheel.executable or name.startswith("bin/") else []
    for script, called in scripts.items():
        files[f"bin/{script}"] = console_script(called)
        executable.append(f"bin/{script}")
    if record:
        folder = record.rpartition("/")[0]
        files[f"{folder}/INSTALLER"] = INSTALLER
        files[record] = b""
        files[record] = _record(files, record)
    return Tree(files, tuple(executable))


def with_more(tree: Tree, files: Dict[str, bytes], executable: Iterable[str] = ()) -> Tree:
    """Give tree with files, of which some are executable."""
    return Tree({**tree.files, **files}, (*tree.executable, *executable))


def without(tree: Tree, exclude: Sequence[str]) -> Tree:
    """Give tree without what patterns exclude (`patterns.is_excluded`), and without bytecode."""
    kept = {
        name: without_rows(content, exclude) if name.endswith(".dist-info/RECORD") else content
        for name, content in tree.files.items()
        if not name.endswith(".pyc") and not is_excluded(name, exclude)
    }
    return Tree(kept, tuple(name for name in tree.executable if name in kept))


def console_script(called: str) -> bytes:
    """Give the console script that calls called, `module:function`."""
    module, _, function = called.partition(":")
    first = function.partition(".")[0]
    return _SCRIPT.format(shebang=SHEBANG, module=module, first=first, function=function).encode()


def scripts_in(directory: str) -> Dict[str, str]:
    """Give the console scripts of the distributions that are installed in directory, and what they call."""
    found: Dict[str, str] = {}
    for distribution in sorted(distributions(path=[directory]), key=lambda one: str(one.metadata["Name"])):
        for point in distribution.entry_points:
            if point.group == "console_scripts":
                found.setdefault(point.name, "".join(point.value.partition("[")[0].split()))
    return found


def starter(module: str) -> bytes:
    """Give a script that runs module, as `python -m` does."""
    return _MODULE.format(shebang=SHEBANG, module=module).encode()


def data_files(project: Project, patterns: Sequence[str]) -> Dict[str, bytes]:
    """Give the files of the project that match patterns, by the names that they are to have.

    A pattern is a path relative to the project, as `glob` has it, with `**` for any folders; a folder stands for all in
    it. A file below a source root is named relative to that, any other relative to the project. Raises Mistakes for
    patterns that match nothing, or what is elsewhere.
    """
    found: Dict[str, bytes] = {}
    for path in data_paths(project, patterns):
        with open(path, "rb") as file:
            found[_relative(path, project)] = file.read()
    return found


def data_paths(project: Project, patterns: Sequence[str]) -> List[str]:
    """Give the paths of these files. Raises Mistakes as `data_files` does."""
    matched = {
        pattern: [] if _leads_out(pattern) else list(_matched(project.directory, pattern)) for pattern in patterns
    }
    wrong = [f"data: {pattern!r} matches no file of the project" for pattern, paths in matched.items() if not paths]
    found = [path for paths in matched.values() for path in paths]
    wrong += [
        f"data: {os.path.relpath(path, project.directory)!a} has a name that is no text, which no archive can hold"
        for path in found
        if not _is_text(path)
    ]
    if wrong:
        raise Mistakes(wrong)
    return found


def _is_text(path: str) -> bool:
    return path.encode("utf-8", "surrogateescape") == path.encode("utf-8", "replace")


def _leads_out(pattern: str) -> bool:
    """Tell whether pattern is of files elsewhere: to look for them could take for ever."""
    return os.path.isabs(pattern) or os.pardir in pattern.replace(os.sep, "/").split("/")


def _matched(directory: str, pattern: str) -> List[str]:
    start = os.path.join(os.path.realpath(directory), "")
    found = glob.glob(os.path.join(glob.escape(directory), pattern), recursive=True)
    paths = [os.path.normpath(path) for path in found]  # without dots, and on Windows without the pattern's slashes
    below = [os.path.join(folder, name) for path in paths for folder, _, names in os.walk(path) for name in names]
    files = {path for path in [*paths, *below] if os.path.isfile(path) and not path.endswith(".pyc")}
    return sorted(path for path in files if os.path.realpath(path).startswith(start))


def _relative(path: str, project: Project) -> str:
    roots = sorted(project.roots, key=len, reverse=True)
    base = next((root for root in roots if path.startswith(os.path.join(root, ""))), project.directory)
    return os.path.relpath(path, base).replace(os.sep, "/")


def _place(member: str) -> Optional[str]:
    """Say where an installer puts the member of a wheel, relative to site-packages; None for nowhere."""
    folder, _, rest = member.partition("/")
    if not folder.endswith(".data"):
        return None if member.endswith(".dist-info/RECORD.jws") else member
    scheme, _, name = rest.partition("/")
    if scheme == "scripts":
        return f"bin/{name}"
    return name if scheme in ("purelib", "platlib", "data") else None


def _with_shebang(content: bytes) -> bytes:
    first, end, rest = content.partition(b"\n")
    return b"#!" + SHEBANG.encode() + end + rest if first.startswith(b"#!python") else content


def _record(files: Dict[str, bytes], record: str) -> bytes:
    text = io.StringIO()
    lines = csv.writer(text, lineterminator="\n")
    for name, content in sorted(files.items()):
        digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).decode().rstrip("=")
        lines.writerow((name, "", "") if name == record else (name, f"sha256={digest}", len(content)))
    return text.getvalue().encode()
