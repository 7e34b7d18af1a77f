"""The command `mainspring build`: a bundle of a project, from the command line.

It gives its answer as text and an exit status; the front door prints it.
"""

import json
import os
import sys
from typing import Any, Dict, List, Tuple

from . import builder, tool_words
from .runtime import Refusal, private
from .wording import size

USAGE = "mainspring build [options] PROJECT [-o APP.pyz]"
HELP = f"""\
usage: {USAGE}

Build a bundle of the project in the directory PROJECT: one file with all that
it depends on. It is one of shiv's: python runs it, and so does mainspring.

  -o, --output FILE  where it is to be (default: NAME.pyz, here)
  --entry NAME       what starts: a console script, a module, or module:function
  --extra NAME       also what this extra of the project depends on
  --group NAME       also the dependencies of this group
  --exclude PATTERN  leave out files of the bundle, as *.md, numpy/tests or
                     */tests; a folder stands for all in it
  --data PATTERN     put in files of the project that its wheel does not have
  --preamble FILE    a script to run before the program starts
  --shebang PYTHON   the interpreter that the first line names
                     (default: {builder.DEFAULT_SHEBANG})
  --uncompressed     do not deflate its members; --compressed does (default)
  --no-reproducible  let it have the time of now; by default the same sources
                     give the same bytes, dated by SOURCE_DATE_EPOCH if it is set
  --lock FILE        the lock file whose hashes are enforced (default: the
                     project's pylock.toml, uv.lock or requirements.txt)
  --offline          do not ask the package index for anything
  --python 3.11      build for this version of Python, of wheels only
  --platform TAG     for this platform, as manylinux_2_17_x86_64; wheels only
  --no-cache         leave the store alone: all is made anew
  --json             print one JSON document

--extra, --group, --exclude and --data may be there several times. What is not
asked for is as tool.mainspring in the project's pyproject.toml says. An
unchanged project is not built again."""

OPTIONS = tool_words.Options(
    "build",
    USAGE,
    switches={
        "--compressed": ("compressed", True),
        "--uncompressed": ("compressed", False),
        "--reproducible": ("reproducible", True),
        "--no-reproducible": ("reproducible", False),
        "--offline": ("no_network", True),
        "--no-cache": ("use_store", False),
        "--json": ("json", True),
    },
    values={
        "--output": "output",
        "-o": "output",
        **{f"--{name}": name for name in ("entry", "preamble", "shebang", "lock", "python", "platform")},
    },
    lists={"--extra": "extras", "--group": "groups", "--exclude": "exclude", "--data": "data"},
)

Answer = Tuple[str, int]  # what is to be printed, and the exit status


def answer(words: List[str]) -> Answer:
    """Build what words, those after `build`, ask for.

    Raises Refusal for words that are not understood, all of them at once, and for what cannot be built.
    """
    if tool_words.wants_help(words):
        return HELP, 0
    asked = parse(words)
    as_json = asked.pop("json", False)
    asked.setdefault("use_store", not private.is_set("MAINSPRING_NO_CACHE"))
    try:
        result = builder.build(**asked, progress=sys.stderr)
    except OSError as error:
        where = error.filename or asked["project"]
        raise Refusal(os.fspath(where), f"it cannot be built ({error.strerror or error})") from None
    if as_json:
        return json.dumps(result._asdict(), indent=2), 0
    return _told(result), 0


def parse(words: List[str]) -> Dict[str, Any]:
    """Give the arguments for `builder.build` that words ask for, and `json`. Raises Misunderstood for all that is wrong."""
    asked, projects, mistakes = tool_words.read(words, OPTIONS)
    if not projects:
        mistakes.append(("build", "PROJECT is missing"))
    mistakes += [(other, "only one PROJECT can be built") for other in projects[1:]]
    if mistakes:
        raise tool_words.Misunderstood(OPTIONS, mistakes)
    return {"project": projects[0], **asked}


def _told(result: builder.BuildResult) -> str:
    """Say what was built, in two lines."""
    path = _shown(result.path)
    state = "unchanged" if result.was_unchanged else "built"
    first = f"{path}: {state}, {result.name} {result.version}, starts {result.entry}"
    return f"{first}, {result.members} files, {size(result.size)}\nsha256:{result.sha256}"


def _shown(path: str) -> str:
    """Write path as somebody would who is in the current directory, if it is below that."""
    try:
        shown = os.path.relpath(path)
    except ValueError:  # on Windows, it is on another drive
        return path
    return path if shown.startswith(os.pardir) else shown
