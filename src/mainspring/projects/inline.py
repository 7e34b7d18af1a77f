"""Scripts that say in a comment what they need: what stands in the block (`blocks`)."""

import os
from typing import Optional

from ..refusals import refused
from . import toml
from .blocks import blocks
from .project_table import sourced
from .reading import Reader
from .settings import Project
from .tool_table import settings

_LARGEST = 2**20  # characters of a block


def read(path: str, source: bytes) -> Optional[Project]:
    """Read the block in source, the text of the script at path; None if it has none.

    Raises Refusal for two blocks, or one that is no TOML, and Mistakes for all that is wrong with it.
    """
    found = list(blocks(source))
    if not found:
        return None
    if len(found) > 1:
        raise refused(f"it has {len(found)} blocks '# /// script'; expected one")
    shown = f"{os.path.basename(path)}, in '# /// script'"
    content = "\n".join(found[0])
    if len(content) > _LARGEST:
        raise refused(f"{shown}: it has more than {_LARGEST:,} characters")
    return _project(Reader(toml.parse(content, shown), shown), path)


def _project(reader: Reader, path: str) -> Project:
    path = os.path.abspath(path)
    directory = os.path.dirname(path)
    requires_python = reader.specifier("", reader.data)
    dependencies = reader.requirements("", reader.data, "dependencies")
    said = settings(reader, directory, (), ())
    if said.entry is not None:
        reader.wrong("tool.mainspring.entry", "it is said of a script, which starts itself", "expected none")
    for key in sorted(set(reader.data) - {"requires-python", "dependencies", "tool"}):
        reader.wrong(key, "it is not known", "expected one of dependencies, requires-python, tool")
    reader.finish()
    return Project(
        directory, path, "", None, requires_python, dependencies, {}, {}, {}, (), (), said, sourced=sourced(reader)
    )
