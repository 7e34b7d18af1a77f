"""Scripts that say in a comment what they need: the block `# /// script` (PEP 723, now a specification of its own)."""

import os
import re
from typing import Iterator, List, Optional

from ..runtime import Refusal
from . import toml
from .reading import Reader, Settings
from .settings import Project

_FIRST = re.compile(r"# /// ([a-zA-Z0-9-]+)")
_LAST = "# ///"
_LARGEST = 2**20  # characters of a block


def read(path: str, source: bytes, typed: str) -> Optional[Project]:
    """Read the block in source, the text of the script at path; None if it has none. typed: the script, for messages.

    Raises Refusal for two blocks, or one that is no TOML, and Mistakes for all that is wrong with it.
    """
    found = list(blocks(source))
    if not found:
        return None
    if len(found) > 1:
        raise Refusal(typed, f"it has {len(found)} blocks '# /// script'; expected one")
    shown = f"{os.path.basename(path)}, in '# /// script'"
    content = "\n".join(found[0])
    if len(content) > _LARGEST:
        raise Refusal(typed, f"{shown}: it has more than {_LARGEST:,} characters")
    return _project(Reader(toml.parse(content, shown, typed), shown), path, typed)


def blocks(source: bytes) -> Iterator[List[str]]:
    """Give the blocks `# /// script` in source, each as its lines without the hashes.

    As the specification's regular expression finds them: a block ends at the last line that can be its end before
    something else than comments of that form. That expression would take for ever on some texts, and much memory on others.
    """
    if b"# /// script" not in source:
        return
    lines = source.decode("utf-8", "replace").replace("\r\n", "\n").split("\n")
    start = at = 0
    while at < len(lines):
        start, at = at, _end_of_comment(lines, at)
        last = at - 1
        while last > start and lines[last] != _LAST:
            last -= 1
        first = next((line for line in range(start, last - 1) if _FIRST.fullmatch(lines[line])), None)
        if first is None:
            at = max(at, start + 1)
            continue
        if lines[first] == "# /// script":
            yield [line[2:] for line in lines[first + 1 : last]]
        at = last + 1


def _end_of_comment(lines: List[str], at: int) -> int:
    """Give the number of the first line from at on that cannot be within a block."""
    while at < len(lines) and (lines[at] == "#" or lines[at].startswith("# ")):
        at += 1
    return at


def _project(reader: Reader, path: str, typed: str) -> Project:
    path = os.path.abspath(path)
    directory = os.path.dirname(path)
    requires_python = reader.specifier("", reader.data)
    dependencies = reader.requirements("", reader.data, "dependencies")
    settings: Settings = reader.settings(directory, (), ())
    for key in sorted(set(reader.data) - {"requires-python", "dependencies", "tool"}):
        reader.wrong(key, "it is not known", "expected one of dependencies, requires-python, tool")
    reader.finish(typed)
    return Project(directory, path, "", None, requires_python, dependencies, {}, {}, {}, (), (), settings)
