"""What the Pythons find that a program starts by its `sys.executable`: what the program finds, as in an environment.

So it is for what python itself does not run: projects, wheels, and what `--entry` and `--repl` start in plain bundles. What
does it is `children/sitecustomize.py`, to which PYTHONPATH leads; it does nothing in Pythons of other versions and
environments, which may be children, too.
"""

import os

from . import interpreter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import List


def let_find(paths: "List[str]", own: int = 0, with_pth: str = "") -> None:
    """Let children find paths where installed packages are; changes os.environ.

    own: how many of them, the first ones, are a project's own sources: for these, no bytecode is read or written. with_pth:
    the one whose .pth files count, or "".
    """
    said = [*interpreter.this(), with_pth, str(own), *paths]
    if not paths or any([os.pathsep in one for one in said]):
        return
    place = os.path.join(interpreter.own_directory(), "children")
    given = os.environ.get("PYTHONPATH")
    entries = [one for one in given.split(os.pathsep) if one != place] if given else []  # "" is the current directory
    os.environ["PYTHONPATH"] = os.pathsep.join([place, *entries])
    os.environ["MAINSPRING_CHILDREN"] = os.pathsep.join(said)
