"""Scripts that say in a comment what they need: the block `# /// script` (PEP 723, now a specification of its own)."""

import os
import re
from typing import Optional

from ..runtime import Refusal
from . import toml
from .settings import Project, Reader, Settings

# As in the specification.
_BLOCK = re.compile(r"(?m)^# /// (?P<type>[a-zA-Z0-9-]+)$\s(?P<content>(^#(| .*)$\s)+)^# ///$")


def read(path: str, source: bytes, typed: str) -> Optional[Project]:
    """Read the block in source, the text of the script at path; None if it has none. typed: the script, for messages.

    Raises Refusal for two blocks, or one that is no TOML, and Mistakes for all that is wrong with it.
    """
    text = source.decode("utf-8", "replace").replace("\r\n", "\n")
    found = [match for match in _BLOCK.finditer(text + "\n") if match.group("type") == "script"]
    if not found:
        return None
    if len(found) > 1:
        raise Refusal(typed, f"it has {len(found)} blocks '# /// script'; expected one")
    lines = found[0].group("content").splitlines()
    shown = f"{os.path.basename(path)}, in '# /// script'"
    content = "\n".join(line[2:] if line.startswith("# ") else line[1:] for line in lines)
    return _project(Reader(toml.parse(content, shown, typed), shown), path, typed)


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
