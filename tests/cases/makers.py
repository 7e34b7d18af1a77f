"""Things in a tree that are not plain files."""

import importlib.util
import marshal
import os
import socket
from pathlib import Path
from typing import Any, Dict

from support import write_zip


class Link:
    """A symbolic link."""

    def __init__(self, to: str) -> None:
        self._to = to

    def make(self, path: Path) -> None:
        path.symlink_to(self._to)


class Pyc:
    """Bytecode of this interpreter."""

    def __init__(self, source: str) -> None:
        self._source = source

    def content(self, name: str) -> bytes:
        code = compile(self._source, name, "exec")
        return importlib.util.MAGIC_NUMBER + bytes(12) + marshal.dumps(code)

    def make(self, path: Path) -> None:
        path.write_bytes(self.content(path.name))


class Zip:
    """A zip archive; members are text, bytes or Pyc. Options are those of `support.write_zip`."""

    def __init__(self, files: Dict[str, Any], **options: Any) -> None:
        self._files = files
        self._options = options

    def make(self, path: Path) -> None:
        members = {
            name: value.content(name) if isinstance(value, Pyc) else value for name, value in self._files.items()
        }
        write_zip(path, members, **self._options)


class Socket:
    """A socket in the file system."""

    def make(self, path: Path) -> None:
        here = os.getcwd()
        os.chdir(str(path.parent))  # a socket's name must be short
        try:
            with socket.socket(socket.AF_UNIX) as made:
                made.bind(path.name)
        finally:
            os.chdir(here)


class Directory:
    """An empty directory."""

    def make(self, path: Path) -> None:
        path.mkdir()
