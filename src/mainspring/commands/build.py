"""The command `mainspring build`: a bundle of a project, from the command line.

It gives its answer as text and an exit status; the front door prints it.
"""

import json
import os
import sys
from typing import Any, Dict, Iterable, List, NamedTuple, Tuple

from .. import builder
from ..building.build_options import DEFAULT_SHEBANG, SEVERAL
from ..building.build_result import BuildResult
from ..runtime import Refusal, private
from ..wording import size
from . import parsing

USAGE = "mainspring build [options] PROJECT [-o APP.pyz]"


class _Option(NamedTuple):
    """An option on the command line.

    words: as the help shows them, with a name for its value if it has one. name: what it sets, of `builder.build` or
    `json`. told: what the help says of it; "" where another option's words do. setting: what it sets, without a value.
    """

    words: str
    name: str
    told: str = ""
    setting: bool = True


_TABLE = (
    _Option("-o, --output FILE", "output", "where it is to be (default: NAME.pyz, here)"),
    _Option("--entry NAME", "entry", "what starts: a console script, a module, or module:function"),
    _Option("--extra NAME", "extras", "also what this extra of the project depends on"),
    _Option("--group NAME", "groups", "also the dependencies of this group"),
    _Option(
        "--exclude PATTERN",
        "exclude",
        "leave out files of the bundle, as *.md, numpy/tests or\n*/tests; a folder stands for all in it",
    ),
    _Option("--data PATTERN", "data", "put in files of the project that its wheel does not have"),
    _Option("--preamble FILE", "preamble", "a script to run before the program starts"),
    _Option(
        "--shebang PYTHON",
        "shebang",
        f"the interpreter that the first line names\n(default: {DEFAULT_SHEBANG})",
    ),
    _Option("--compressed", "compressed"),
    _Option("--uncompressed", "compressed", "do not deflate its members; --compressed does (default)", False),
    _Option("--reproducible", "reproducible"),
    _Option(
        "--no-reproducible",
        "reproducible",
        "let it have the time of now; by default the same sources\n"
        "give the same bytes, dated by SOURCE_DATE_EPOCH if it is set",
        False,
    ),
    _Option(
        "--lock FILE",
        "lock",
        "the lock file whose hashes are enforced (default: the\nproject's pylock.toml, uv.lock or requirements.txt)",
    ),
    _Option("--offline", "no_network", "do not ask the package index for anything"),
    _Option("--python 3.11", "python", "build for this version of Python, of wheels only"),
    _Option("--platform TAG", "platform", "for this platform, as manylinux_2_17_x86_64; wheels only"),
    _Option("--no-cache", "use_store", "leave the store alone: all is made anew", False),
    _Option("--json", "json", "print one JSON document"),
)
_HELP = """\
usage: {usage}

Build a bundle of the project in the directory PROJECT: one file with all that
it depends on. It is one of shiv's: python runs it, and so does mainspring.

{options}

--extra, --group, --exclude and --data may be there several times. What is not
asked for is as tool.mainspring in the project's pyproject.toml says. An
unchanged project is not built again."""
_COLUMN = 21  # where the help says what an option does


def _told_of(option: _Option) -> str:
    return f"  {option.words}".ljust(_COLUMN) + option.told.replace("\n", "\n" + " " * _COLUMN)


def _understood(table: Iterable[_Option]) -> parsing.Options:
    """Give the options of table as they are looked for among the words."""
    switches: Dict[str, Tuple[str, bool]] = {}
    values: Dict[str, str] = {}
    lists: Dict[str, str] = {}
    for option in table:
        words = option.words.replace(",", "").split()
        for word in [word for word in words if word.startswith("-")]:
            if words[-1].startswith("-"):
                switches[word] = option.name, option.setting
            elif option.name in SEVERAL:
                lists[word] = option.name
            else:
                values[word] = option.name
    return parsing.Options("build", USAGE, switches, values, lists)


HELP = _HELP.format(usage=USAGE, options="\n".join(_told_of(option) for option in _TABLE if option.told))
OPTIONS = _understood(_TABLE)

Answer = Tuple[str, int]  # what is to be printed, and the exit status


def answer(words: List[str]) -> Answer:
    """Build what words, those after `build`, ask for.

    Raises Refusal for words that are not understood, all of them at once, and for what cannot be built.
    """
    if parsing.wants_help(words):
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
    asked, projects, mistakes = parsing.read(words, OPTIONS)
    if not projects:
        mistakes.append(("build", "PROJECT is missing"))
    mistakes += [(other, "only one PROJECT can be built") for other in projects[1:]]
    if mistakes:
        raise parsing.Misunderstood(OPTIONS, mistakes)
    return {"project": projects[0], **asked}


def _told(result: BuildResult) -> str:
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
