"""Why a program failed that took its archive for a directory, as far as its exception tells, and what helps it.

Asked once the program has ended: nothing is imported then but with all that is ours in its place.
"""

import _imp
import os
import sys

from .archive.names import NATIVE
from .runtime import Refusal, kinds, members

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import FrameType
    from typing import Any, FrozenSet, Iterator, List, Optional, Tuple

    from .runtime.program import Program

_ADVICE = "mainspring --unpack gives it real files; --unpack=always does so from now on"
_ADVICE_ON_LACK = (
    "if it looks for a file by path before, it may find that with mainspring --unpack, which gives it real files"
)
_ADVICE_ON_PATH = "if it is a resource of the archive, it is a real path with mainspring --unpack; --unpack=always does so from now on"
_ADVICE_ON_SOURCE = (
    "if that does without what is missing, the program runs with mainspring --unpack, which gives it real files"
)
_ADVICE_ON_DATA = "if it looks for that by path, it finds it with mainspring --unpack, which gives it real files"
_ADVICE_ON_MODULE = (
    "if it failed as it found no module, PYTHONPATH may name the archive, if all that it needs is pure Python"
)
_ADVICE_ON_FOLDER = "unpack the archive, and run the folder in it"
_CODE = (".py", ".pyc")
_FAILED_COMMAND = ("subprocess", "CalledProcessError")
_AFTER_A_PATH = " \t\n'\"`,;:()[]<>"  # marks that a path in a text most likely ends at
# The classes of `zipfile.Path`, by version, and of its backport, which importlib_resources takes.
_ZIP_PATHS = frozenset([("zipfile", "Path"), ("zipfile._path", "Path"), ("zipp", "Path")])


def advice(program: "Program", error: BaseException) -> "Optional[Refusal]":
    """Say what helps program, an archive's, of which something died of error; None if that is not known.

    Raises ZipImportError if the archive can no longer be read.
    """
    if program.lacking is not None and any(isinstance(one, ImportError) for one in _behind(error)):
        return program.lacking
    is_whole = os.path.isfile(program.path_name)
    path_name = kinds.as_zipimport(program.path_name)
    telling = [
        one for one in _behind(error) if isinstance(one, (OSError, ImportError)) or _resource(one) or _command(one)
    ]
    is_read = telling or any(_perhaps_over(one, path_name) for one in _behind(error))
    known = members.names(path_name) if is_read else frozenset()
    for one in telling:
        reason = _reason(one, path_name, known)
        if reason is not None:
            return Refusal(program.argv0, f"the program {reason}", _ADVICE if is_whole else _ADVICE_ON_FOLDER)
    return _perhaps(program, error, path_name, known) if is_whole else None


def _perhaps(program: "Program", error: BaseException, path_name: str, known: "FrozenSet[str]") -> "Optional[Refusal]":
    """Say what may help program, if something died of error for which there may be other reasons."""
    for one in _behind(error):
        reason = _in_place_of(_frames(one), path_name, known) if isinstance(one, ImportError) else None
        if reason is not None:
            return Refusal(program.argv0, f"the program {reason}", _ADVICE_ON_SOURCE)
        child = _module_started(_command(one))
        if _has_module(child, known) and program.prepare is None:  # otherwise children find it (`runtime.children`)
            reason = f"the program started {child!r} with python -m, which does not look into its archive"
            return Refusal(program.argv0, reason, _ADVICE_ON_MODULE)
        lacking = _lacking(one)
        if lacking:
            reason = f"the program asked for {lacking!r}, which is not in its archive"
            return Refusal(program.argv0, reason, _ADVICE_ON_LACK)
        if isinstance(one, TypeError) and _wants_path(str(one)):
            return Refusal(program.argv0, "the program took for a file's name a Path that is none", _ADVICE_ON_PATH)
        over = next((name for name in _perhaps_over(one, path_name) if _is_data(name, known)), "")
        if over:
            return Refusal(
                program.argv0,
                f"the program failed where it had to do with {_as_member(over)!r}, which is in an archive",
                _ADVICE_ON_DATA,
            )
    return None


def _lacking(error: BaseException) -> str:
    """Give the name of the member that is not there, if `zipimporter.get_data` has raised error, which has no errno then."""
    if not isinstance(error, OSError) or error.errno != 0 or error.strerror:
        return ""
    return str(error.filename or "")


def _behind(error: "Optional[BaseException]") -> "Iterator[BaseException]":
    """Give error and those that it came of."""
    seen: "List[BaseException]" = []
    while error is not None and not any(error is one for one in seen):  # it may be equal to others
        yield error
        seen.append(error)
        error = error.__cause__ or error.__context__


def _reason(error: BaseException, path_name: str, known: "FrozenSet[str]") -> "Optional[str]":
    """Say in what way error is about a member of the archive at path_name, whose names are known; None if it is not."""
    if isinstance(error, OSError):
        name = _within(error.filename, path_name)
        if name is not None and _is_there(name, known):
            return _looked_for(name) if name else "took it for a directory"
        if "No translation file" in str(error):  # gettext's words, and Django's, which asks gettext not to fail
            name = next((member for member in sorted(known) if _is_translation(member)), "")
            found = f"found no translations; {_as_member(name)!r} is in an archive, where gettext finds none"
            return found if name else None
    for word in _command(error):
        name = _within(word, path_name)
        if name and _is_there(name, known):
            return f"gave another program {_as_member(name)!r} as a file, but it is in an archive"
    if isinstance(error, AttributeError):
        name = _within(_resource(error), path_name)
        return _looked_for(name) if name and _is_there(name, known) else None
    if isinstance(error, ModuleNotFoundError):
        return _unseen(error.name, known)
    if isinstance(error, (OSError, ImportError)):
        native = _native_in(str(error), path_name, known)
        if native:
            return _looked_for(native)
        named = _named_in(str(error), path_name) if isinstance(error, OSError) else ""
        if named and not named.endswith(_CODE) and _is_data(named, known):
            return _looked_for(named)
    if isinstance(error, ImportError) and error.name is None:  # so it is not the interpreter's
        return _in_place_of(_frames(error)[-1:], path_name, known)
    return None


def _command(error: BaseException) -> "List[str]":
    """Give the words of the command that failed, if error is of the class by which subprocess says so; none if not."""
    if not any((kind.__module__, kind.__name__) == _FAILED_COMMAND for kind in type(error).__mro__):
        return []
    command: "Any" = getattr(error, "cmd", None)
    words = command if isinstance(command, (list, tuple)) else [command]
    return [os.fsdecode(one) for one in words if isinstance(one, (str, bytes, os.PathLike))]


def _module_started(words: "List[str]") -> str:
    """Give the name of the module that a command of words has this python run, by its option -m; "" if there is none."""
    if words[:1] != [sys.executable] or "-m" not in words[:-1]:
        return ""
    at = words.index("-m")
    return words[at + 1] if all(word.startswith("-") for word in words[1:at]) else ""


def _has_module(mod_name: str, known: "FrozenSet[str]") -> bool:
    """Tell whether there is a module or a package that mod_name begins with; none is called ""."""
    top = mod_name.partition(".")[0]
    return bool(top) and any(name.startswith((f"{top}.py", top + os.sep)) for name in known)


def _wants_path(text: str) -> bool:
    """Tell whether text is what is said of a `zipfile.Path` where a path is wanted: there is no telling which it was."""
    return "os.PathLike" in text and text.endswith((", not Path", ", not 'Path'"))


def _is_translation(name: str) -> bool:
    """Tell whether the member called name is a catalogue of gettext's."""
    return name.endswith(".mo") and os.path.basename(os.path.dirname(name)) == "LC_MESSAGES"


def _looked_for(name: str) -> str:
    return f"looked for {_as_member(name)!r} as a file, but it is in an archive"


def _as_member(name: str) -> str:
    """Write name as archives have it: with slashes everywhere."""
    return name.replace(os.sep, "/")


def _resource(error: BaseException) -> "Optional[str]":
    """Give the path of the resource in an archive, a `zipfile.Path`, that lacks what error says; None if it is none.

    None, too, for what a path of real files does not have either, and before Python 3.10, where errors do not tell.
    """
    asked: "Any" = getattr(error, "obj", None) if isinstance(error, AttributeError) else None
    if not any((kind.__module__, kind.__name__) in _ZIP_PATHS for kind in type(asked).__mro__):
        return None  # it may be anything, and is left alone
    import pathlib  # which such a program has most likely imported

    if not hasattr(pathlib.Path, str(getattr(error, "name", ""))):
        return None
    return os.path.join(str(asked.root.filename), str(asked.at))


def _within(name: "Optional[object]", path_name: str) -> "Optional[str]":
    """Give the path within the archive path_name that name is of, "" for its root; None if it is of none."""
    if not isinstance(name, (str, bytes)):
        return None
    name = kinds.as_zipimport(os.fsdecode(name))
    for place in _places(path_name):
        if f"{name}{os.sep}".startswith(place + os.sep):
            inner = name[len(place) + 1 :]
            return inner and os.path.normpath(inner)
    return None


def _places(path_name: str) -> "Tuple[str, ...]":
    """Give how a program may write path_name: as python does, or without links."""
    return path_name, os.path.realpath(path_name)


def _is_there(name: str, known: "FrozenSet[str]") -> bool:
    """Tell whether there is a member of that name, or members below it."""
    return not name or any(f"{member.rstrip(os.sep)}{os.sep}".startswith(name + os.sep) for member in known)


def _unseen(mod_name: "Optional[str]", known: "FrozenSet[str]") -> "Optional[str]":
    if not mod_name or not members.is_hidden(known, mod_name):
        return None
    return f"needs {mod_name!r}, which this Python does not find in an archive that has no entry for its folder"


def _native_in(text: str, path_name: str, known: "FrozenSet[str]") -> str:
    """Give the library or extension module that is a member, and that text names, by its path or alone; "" for none."""
    text = kinds.as_zipimport(text)
    for name in sorted(known):
        alone = name[name.rfind(os.sep) + 1 :]
        if alone.endswith(NATIVE) or ".so." in alone:
            if any(f"{place}{os.sep}{name}" in text for place in _places(path_name)) or f"'{alone}'" in text:
                return name
    return ""


def _frames(error: BaseException) -> "List[FrameType]":
    """Give the frames that error has gone through, the one that raised it last."""
    found: "List[FrameType]" = []
    at = error.__traceback__
    while at is not None:
        found.append(at.tb_frame)
        at = at.tb_next
    return found


def _in_place_of(frames: "List[FrameType]", path_name: str, known: "FrozenSet[str]") -> "Optional[str]":
    """Say so if one of frames is that of a module which an archive has twice, and of which zipimport takes the source."""
    inside = path_name + os.sep
    codes = [frame.f_code for frame in frames if frame.f_code.co_name == "<module>"]
    for source in [code.co_filename[len(inside) :] for code in codes if code.co_filename.startswith(inside)]:
        stem = source[: -len(".py")]
        for suffix in _imp.extension_suffixes():
            if f"{stem}{suffix}" in known:
                ours, other = map(_as_member, (source, stem + suffix))
                return f"imported {ours!r}; from a directory, it would have been {other!r}"
    return None


def _perhaps_over(error: BaseException, path_name: str) -> "List[str]":
    """Give the paths within the archive path_name that error may be about.

    If its text tells one, that alone; but not of a module, as many texts name these, as does any `__file__`.
    """
    named = _named_in(str(error), path_name)
    if named is not None:
        return [named] if named and not named.endswith(_CODE) else []
    return [name for name in (_within(path, path_name) for path in _at_hand(error, path_name)) if name]


def _named_in(text: str, path_name: str) -> "Optional[str]":
    """Give the first path within the archive path_name that text names, "" for its root; None if it names none."""
    text = text.replace(os.sep * 2, os.sep)  # as repr has it on Windows
    for place in _places(path_name):
        start = text.find(place + os.sep)
        if start >= 0:
            rest = text[start + len(place) :]
            end = min([rest.find(mark) for mark in _AFTER_A_PATH if mark in rest], default=len(rest))
            return _within(place + rest[:end].rstrip("."), path_name)
    return None


def _at_hand(error: BaseException, path_name: str) -> "List[str]":
    """Give the paths that a function of the archive's which has raised error, in its own words, has in variables of its own.

    They are its own words where error is of no class of python's; or an ImportError without a module's name; or an
    OSError, as native functions raise, which have no frames.
    """
    is_own = type(error).__module__ != "builtins" or isinstance(error, OSError)
    if not (is_own or isinstance(error, ImportError) and error.name is None):
        return []
    frames = _frames(error)  # none of a cause that was not raised itself
    if not (frames and _within(frames[-1].f_code.co_filename, path_name)):
        return []
    frame, code = frames[-1], frames[-1].f_code
    own = [frame.f_locals.get(name) for name in (*code.co_varnames, *code.co_cellvars, *code.co_freevars)]
    return [str(one) for one in own if type(one) is str or type(one).__module__.partition(".")[0] == "pathlib"]


def _is_data(name: str, known: "FrozenSet[str]") -> bool:
    """Tell whether name is that of a member, or of a folder with some, but none in it that is code."""
    has_code = any(member.startswith(name + os.sep) and member.endswith(_CODE) for member in known)
    return _is_there(name, known) and not has_code
