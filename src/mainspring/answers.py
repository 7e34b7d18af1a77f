"""What the command says of itself: `--help` and `--version`."""

import sys
from typing import Optional

from . import __version__
from .runtime import command

_HELP = """\
usage: mainspring [options] TARGET [args...]
       mainspring [options] -m MODULE [args...]

Run TARGET exactly as python would: a script, a .pyc, a directory or a zip
archive with a __main__, a package directory, a pipe, or - for standard input.

options, before TARGET:
  -m MODULE      run a module by name, as python -m does
  --no-cache     leave the store alone (MAINSPRING_NO_CACHE=1 does the same)
  -V, --version  print the versions of mainspring and of this Python
  -h, --help     print this

Everything after TARGET belongs to the program. Options of the interpreter go
to the interpreter: python -X dev -m mainspring TARGET."""


def answer(asked: command.Command) -> Optional[str]:
    """Give the text that answers a word other than run; None for a word that this version does not know."""
    if asked.word == command.HELP:
        return _HELP
    if asked.word == command.VERSION:
        return "mainspring {} (Python {}.{}.{})".format(__version__, *sys.version_info)
    return None
