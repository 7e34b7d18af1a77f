"""The cases of the comparison with python: real targets, and how each is started.

A case is data: a tree of files to make, the words after `python`, and what surrounds them. What is neither text
nor bytes in a tree is one of the small classes of `cases.makers`.
"""

from typing import Any, Dict, List, NamedTuple, Optional, Sequence, Tuple, Union

from cases.makers import Zip


class Case(NamedTuple):
    """One start, made under python and again under mainspring."""

    name: str
    tree: Dict[str, Any]
    words: Sequence[str]
    options: Sequence[str] = ()  # the interpreter's, before the target
    stdin: Union[str, bytes] = b""
    env: Optional[Dict[str, str]] = None
    cwd: str = ""
    shell: str = ""  # instead of words: a command for sh, with $RUN for the start of the command line
    since: Tuple[int, int] = (3, 8)
    needs: str = ""  # "posix" or "linux"
    launchers: Sequence[str] = ("module", "script")  # python -m mainspring, and the installed command


def script(name: str, source: Union[str, bytes], *args: str, **more: Any) -> Case:
    """A case of one script, `s.py`."""
    return Case(name, {"s.py": source, **more.pop("tree", {})}, ["s.py", *args], **more)


def everywhere(name: str, source: str, *args: str, **more: Any) -> List[Case]:
    """The same program as a script, a directory, an archive and a module; files are its neighbours."""
    files = more.pop("files", {})
    below = {f"p/{neighbour}": value for neighbour, value in files.items()}
    package = {"pkg/__init__.py": "", "pkg/__main__.py": source, **files}
    return [
        Case(f"{name}, as a script", {"p/s.py": source, **below}, ["p/s.py", *args], **more),
        Case(f"{name}, as a directory", {"p/__main__.py": source, **below}, ["p", *args], **more),
        Case(f"{name}, as an archive", {"p.pyz": Zip({"__main__.py": source, **files})}, ["p.pyz", *args], **more),
        Case(f"{name}, as a module", package, ["-m", "pkg", *args], **more),
    ]
