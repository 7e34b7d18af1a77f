"""Going to another interpreter: to which one, if the store remembers that, and by which command line.

What was found out once is kept in notes: small files that hold a question, the file that the answer is about, with its
identity, and the answer. A note whose file was changed counts as missing. Finding an interpreter is for
`pythons`, on the floor above.
"""

import _imp
import marshal
import os
import sys
import time

from . import Refusal, command, handover, private, store

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, List, Optional

LAUNCHER = "launch.py"


def asked_for(asked: "command.Command", find: "Callable[[], str]") -> "Optional[str]":
    """Give the path of the interpreter that asked names; None if that is this one, or it names none.

    find: looks for it; it is called if the store does not remember it, for a day.
    """
    if asked.python in ("", command.HERE) or is_this(asked.python):
        return None
    path = remembered(question(asked.python)) if asked.use_store else None
    path = path or find()
    return path if path != sys.executable else None


def is_this(wish: str) -> bool:
    """Tell whether wish is plainly met by this interpreter: a version that this is one of."""
    own = [str(number) for number in sys.version_info[:3]]
    asked = wish.split(".")
    is_usual = not _is_free_threaded() and sys.implementation.name == "cpython"
    return is_usual and asked == own[: len(asked)]


def _is_free_threaded() -> bool:
    """Tell whether this interpreter has no GIL (PEP 703); Windows has no abiflags, and says it in the suffixes."""
    return "t" in getattr(sys, "abiflags", "") or any(
        [f"cp3{sys.version_info[1]}t" in one for one in _imp.extension_suffixes()]
    )


def is_path(wish: str) -> bool:
    """Tell whether wish is the path of an interpreter, and no name or version."""
    return os.sep in wish or bool(os.altsep and os.altsep in wish)


def question(wish: str) -> str:
    """Give the question that `--python wish` asks, with all that its answer depends on: the wish, this Python, and PATH."""
    if is_path(wish):
        return f"path\0{os.path.abspath(wish)}"
    return f"wish\0{wish}\0{sys.executable}\0{os.environ.get('PATH', '')}"


def question_of_bundle(key: str) -> str:
    """Give the question where the bundle whose content has the hash key is to run, if it is started by this Python."""
    return f"bundle\0{key}\0{sys.executable}\0{private.build()}"


def remembered(asked: str) -> "Optional[str]":
    """Give the path of the interpreter that was found for asked, a question, less than a day ago.

    None if that is not known, or if that interpreter is not there as it was. Raises nothing.
    """
    note = read_note(asked, store.DAY)
    return None if note is None else note[0]


def read_note(asked: str, max_age: "Optional[int]" = None) -> "Optional[List[Any]]":
    """Give the file that the note for asked is about, and the answer, if that file is as it was then; else None.

    max_age: how many seconds old it may be. Raises nothing.
    """
    root = private.root()
    if root is None or not private.is_private(root):
        return None
    found = private.read_private(note_path(root, asked))
    body = None if found is None else private.unsealed(store.NOTE_HEAD, found[0])
    if found is None or body is None or (max_age is not None and abs(time.time() - found[1].st_mtime) > max_age):
        return None
    known, path, identity, answer = marshal.loads(body)
    try:
        is_same = known == asked and store.identity_of(os.stat(path)) == identity
    except (OSError, ValueError):
        return None
    return [path, answer] if is_same else None


def note_path(root: str, asked: str) -> str:
    """Give the path of the note for asked in the store at root."""
    return os.path.join(root, store.NOTES, private.checksum(asked.encode("utf-8", "surrogatepass")).hex())


def note(asked: str, path: str, identity: "store.Identity", answer: "Any") -> bytes:
    """Give what stands in the note for asked: its answer, and that it is about the file at path with identity."""
    return private.sealed(store.NOTE_HEAD, marshal.dumps((asked, path, identity, answer)))


def leaving(path: str, asked: "command.Command", reason: str) -> "handover.Leaving":
    """Give what hands asked to the interpreter at path; options of this interpreter go along.

    Raises Refusal if mainspring is nowhere where another interpreter could read it.
    """
    # Another interpreter may lack libraries, and is told where they are.
    own = [f"--python={command.HERE}", "--sent", *([f"--lent={asked.lent}"] if asked.lent else [])]
    return _going_on(path, command.interpreter_options(asked.words), asked, own, reason)


def isolating(asked: "command.Command") -> "handover.Leaving":
    """Give what hands asked to this interpreter with `-I`. Raises Refusal as `leaving` does."""
    options = ["-I", *command.interpreter_options(asked.words)]
    return _going_on(sys.executable, options, asked, [], "--isolated asks for python -I")


def _going_on(
    path: str, options: "List[str]", asked: "command.Command", own: "List[str]", reason: str
) -> "handover.Leaving":
    line = [path, *options, launcher(path), *words(asked, own)]
    return handover.Leaving(asked.target, reason, path, line, goes_on=True)


def launcher(path: str) -> str:
    """Give the file by which any interpreter starts mainspring. Raises Refusal if that at path could not read it."""
    found = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), LAUNCHER)
    if not os.path.isfile(found):
        raise Refusal(
            path, "mainspring lies in an archive, and cannot be run by another Python", "unpack or install it"
        )
    return found


def words(asked: "command.Command", own: "List[str]") -> "List[str]":
    """Give the words of asked, with own before the target. `--verbose` is left out: all has been told."""
    at = len(asked.words) - len(asked.typed) - len(asked.args)
    if at and asked.words[at - 1] == "--":
        at -= 1
    before = [word for number, word in enumerate(asked.words[:at]) if number != asked.verbose_at]
    return [*before, *own, *asked.words[at:]]
