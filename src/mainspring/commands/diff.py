"""The command `mainspring diff`: what differs between two bundles, without running any of them.

It gives its answer as text and an exit status; the front door prints it.
"""

import json
import sys
from typing import List, NamedTuple, Tuple

from .. import limiting
from ..inspection import difference_page, differences, gathering, terminal
from ..runtime import Refusal
from . import parsing
from .inspect import is_terminal, terminal_form

USAGE = "mainspring diff [--json] [--max-size SIZE] [--max-ratio RATIO] A B"
HELP = f"""\
usage: {USAGE}

Say what differs between two bundles, or anything else that mainspring inspect
knows: what they are, what starts, what they need, their distributions, and
their files by content. How these are packed, in which order, and when they
were written, does not count. Nothing is imported, executed or written.

  --json  print one JSON document; python -m pydoc
          mainspring.inspection.differences says what it has
  --max-size 8GiB, --max-ratio 500
          what an archive may unpack to, as for a run

exit status, as of diff: 0 if nothing differs, 1 if something does, 2 if one of
them cannot be read, or not all of it, or the words are wrong."""

OPTIONS = parsing.Options("diff", USAGE, switches={"--json": ("as_json", True)}, values=limiting.OPTIONS)
_DIFFERENT, _TROUBLE = 1, 2

Answer = Tuple[str, int]  # what is to be printed, and the exit status


class Asked(NamedTuple):
    """What the words after `diff` ask for."""

    a: str
    b: str
    as_json: bool = False
    max_size: str = ""
    max_ratio: str = ""


def answer(words: List[str]) -> Answer:
    """Compare what words, those after `diff`, name. Raises Refusal for words and targets that cannot be understood."""
    if parsing.wants_help(words):
        return HELP, 0
    asked = parse(words)
    limits = limiting.limits_said(asked.max_size, asked.max_ratio)
    options = gathering.Options(limits, with_digests=True, progress=sys.stderr)
    try:
        found = differences.compare(gathering.gather(asked.a, options), gathering.gather(asked.b, options))
    except Refusal as refusal:
        refusal.status = _TROUBLE
        raise
    if found.is_same:
        return said(asked, found), _TROUBLE if found.unseen else 0
    return said(asked, found), _DIFFERENT


def parse(words: List[str]) -> Asked:
    """Read the words after `diff`. Raises Misunderstood for what is not understood."""
    asked, paths, mistakes = parsing.read(words, OPTIONS)
    if len(paths) != 2:
        mistakes.append(("diff", "it takes two paths"))
    if mistakes:
        raise parsing.Misunderstood(OPTIONS, mistakes)
    return Asked(paths[0], paths[1], **asked)


def said(asked: Asked, found: differences.Differences) -> str:
    """Give what is to be printed of found."""
    if asked.as_json:
        return json.dumps(found.as_dict(), indent=2)
    if is_terminal():
        return terminal.shown(difference_page.rich(found), *terminal_form())
    return difference_page.plain(found)
