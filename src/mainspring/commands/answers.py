"""What the command answers by itself, without a target: `--help`, `--version`, and the words of tools."""

import sys
from importlib import import_module
from typing import Tuple

from .. import __version__, dispatch
from ..runtime import command

_HELP = """\
usage: mainspring [options] TARGET [args...]
       mainspring [options] -m MODULE [args...]
       mainspring build [options] PROJECT [-o APP.pyz]
       mainspring inspect [options] TARGET
       mainspring diff [options] A B
       mainspring cache dir|list|verify|prune|clear

Run TARGET exactly as python would: a script, a .pyc, a directory or a zip
archive with a __main__, a package directory, a pipe, or - for standard input.
Bundles of shiv and pex run without their bootstraps, wheels without being
installed.
Projects (a pyproject.toml) and scripts with a '# /// script' block run with
what they depend on, which is installed once.

options, before TARGET:
  -m MODULE      run a module by name, as python -m does
  --python X     run it with another Python: a version, a path, or a name;
                 here forbids that (MAINSPRING_PYTHON=X does the same)
  --entry NAME   start something else in a bundle or a project: a console
                 script, a module, or module:function
  --repl         an interpreter that sees what its modules see
  --extra NAME   with an extra of a project; --group NAME: with a dependency
                 group. Both may be repeated
  --unpack       give an archive real files (MAINSPRING_UNPACK=1 does the same);
                 --unpack=always remembers it, --unpack=never forgets it
  --max-size 8GiB, --max-ratio 500
                 what an archive may unpack to (MAINSPRING_MAX_SIZE and
                 MAINSPRING_MAX_RATIO do the same)
  --explain      say what would happen, and why, and do nothing of it
  --verbose      say that on standard error, and do it
  --isolated     as under python -I: without PYTHON* variables, the user's
                 site-packages and the current directory
  --no-cache     leave the store alone (MAINSPRING_NO_CACHE=1 does the same)
  -V, --version  print the versions of mainspring and of this Python
  -h, --help     print this

mainspring build makes a bundle of a project: one file with all that it depends
on. mainspring inspect says what is in a bundle, and mainspring diff what
differs between two, without running anything. mainspring cache looks after the
store, where compiled code is kept (in MAINSPRING_CACHE_DIR, if that is set).
The --help of each says how. A target called as one of them is written ./build,
or after the word run: mainspring run build.

Everything after TARGET belongs to the program. Options of the interpreter go
to the interpreter: python -X dev -m mainspring TARGET."""


def answer(asked: command.Command) -> Tuple[str, int]:
    """Give the text that answers a word other than run, and the exit status.

    Raises Refusal for a request that cannot be met.
    """
    if asked.word == command.HELP:
        return _HELP, 0
    if asked.word == command.VERSION:
        if asked.python:
            dispatch.go_where_asked(asked)
        return "mainspring {} (Python {}.{}.{})".format(__version__, *sys.version_info), 0
    tool = import_module(f".{asked.word}", __package__)  # each needs much that the others do not
    text, status = tool.answer(asked.words[1:])
    return text, status
