"""The command `mainspring inspect`: what a path is, and what is in it, without running any of it.

It gives its answer as text and an exit status; the front door prints it.
"""

import json
import os
import shutil
import sys
from typing import List, NamedTuple, Tuple

from .. import limiting
from ..inspection import gathering, page, terminal
from ..inspection.report import Report
from . import parsing

USAGE = "mainspring inspect [--json|--sbom] [--tree] [--max-size SIZE] [--max-ratio RATIO] TARGET"
HELP = f"""\
usage: {USAGE}

Say what TARGET is and what is in it: a bundle of shiv, pex or another maker,
a wheel, a zip archive, a directory, a project, a script, bytecode. Nothing of
it is imported, executed or written.

  --tree  list the members
  --json  print one JSON document; python -m pydoc mainspring.inspection.document
          says what it has
  --sbom  print a bill of materials (CycloneDX 1.6, JSON)
  --max-size 8GiB, --max-ratio 500
          what an archive may unpack to, as for a run

exit status: 0 if it is right, whether or not it can be run here; 1 if it is
not: an archive that is not sound, metadata that no maker writes, a file that is
not as it was recorded, or something that cannot be described; 2 if there is no
such thing, or the words are wrong."""

OPTIONS = parsing.Options(
    "inspect",
    USAGE,
    switches={"--json": ("as_json", True), "--sbom": ("as_sbom", True), "--tree": ("as_tree", True)},
    values=limiting.OPTIONS,
)
_TROUBLE = 1
_NARROWEST, _WIDEST = 40, 120
_LARGEST_TREE = 10_000  # members; beyond, nobody looks at its branches, and drawing them takes long
_DEEPEST_TREE = 30  # folders; each takes four columns

Answer = Tuple[str, int]  # what is to be printed, and the exit status


class Asked(NamedTuple):
    """What the words after `inspect` ask for."""

    target: str
    as_json: bool = False
    as_sbom: bool = False
    as_tree: bool = False
    max_size: str = ""
    max_ratio: str = ""


def answer(words: List[str]) -> Answer:
    """Describe what words, those after `inspect`, name. Raises Refusal for words and targets that cannot be understood."""
    if parsing.wants_help(words):
        return HELP, 0
    asked = parse(words)
    limits = limiting.limits_said(asked.max_size, asked.max_ratio)
    report = gathering.gather(asked.target, gathering.Options(limits, progress=sys.stderr))
    return said(asked, report), 0 if report.is_right else _TROUBLE


def parse(words: List[str]) -> Asked:
    """Read the words after `inspect`. Raises Misunderstood for what is not understood."""
    asked, targets, mistakes = parsing.read(words, OPTIONS)
    if len(targets) != 1:
        mistakes.append(("inspect", "it takes one target"))
    if "as_sbom" in asked and ("as_json" in asked or "as_tree" in asked):
        mistakes.append(("--sbom", "it cannot go with --json or --tree"))
    if mistakes:
        raise parsing.Misunderstood(OPTIONS, mistakes)
    return Asked(targets[0], **asked)


def said(asked: Asked, report: Report) -> str:
    """Give what is to be printed of report."""
    if asked.as_json:
        return json.dumps(report.as_dict(asked.as_tree), indent=2)
    if asked.as_sbom:
        return report.as_sbom()
    if is_terminal() and not (asked.as_tree and _is_beyond_drawing(report)):
        return terminal.shown(terminal.rich_tree(report) if asked.as_tree else report, *terminal_form())
    return page.plain_tree(report) if asked.as_tree else page.plain(report)


def _is_beyond_drawing(report: Report) -> bool:
    """Tell whether nobody would see the branches of the tree of report, or wait for them."""
    return len(report.members) > _LARGEST_TREE or any(one.name.count("/") > _DEEPEST_TREE for one in report.members)


def is_terminal() -> bool:
    """Tell whether what is printed is seen by somebody at once, on a terminal that takes colours."""
    try:
        return sys.stdout.isatty() and (os.name != "nt" or terminal.is_able_console())
    except (AttributeError, ValueError):
        return False


def terminal_form() -> Tuple[int, str]:
    """Give the width and the encoding of the terminal."""
    width = min(_WIDEST, max(_NARROWEST, shutil.get_terminal_size().columns))
    return width, sys.stdout.encoding or "utf-8"
