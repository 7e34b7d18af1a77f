"""What the members of an archive are called: paths that mean the same everywhere, and no two of them the same path."""

import os

from .fault import Fault, quoted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import List, Optional

UTF8 = 1 << 11  # the flag of a member whose name is UTF-8
_LONGEST_COMPONENT = 255  # bytes
_LONGEST_NAME = 1000  # bytes
_DEEPEST = 100
NATIVE = (".so", ".pyd", ".dll", ".dylib")  # how the names of libraries end, extension modules among them
_FRAMEWORK = ".framework/"  # how the name of a folder ends that is a library of macOS, with what it needs
_NOT_ON_WINDOWS = frozenset('<>:"|?*')
_RESERVED = frozenset(
    ["con", "prn", "aux", "nul", "conin$", "conout$"]
    + [device + digit for device in ("com", "lpt") for digit in "123456789\u00b9\u00b2\u00b3"]
)


def is_native(name: str) -> bool:
    """Tell whether the system's loader might have to read a member called name.

    That is *.so, *.so.*, *.pyd, *.dll, *.dylib, and of a framework the file of its name (X.framework/Versions/A/X).
    """
    name = name.lower()
    if name.endswith(NATIVE) or (".so." in name and ".so." in name.rpartition("/")[2]):
        return True
    folder, is_inside, rest = name.rpartition(_FRAMEWORK)
    return bool(is_inside) and rest.rpartition("/")[2] == folder.rpartition("/")[2]


def goes_with_native(name: str) -> bool:
    """Tell whether a member called name has to be a real file, if others are native: all that a framework has.

    Its library finds programs and data of its own beside itself.
    """
    return _FRAMEWORK in name.lower() and name[-1] != "/"


def for_message(raw_name: bytes, flags: int) -> str:
    """Give a name as a message has it, whether it can be decoded or not."""
    return quoted(raw_name.decode("utf-8" if flags & UTF8 else "cp437", "replace"))


def decoded(raw_names: "List[bytes]", flags: "List[int]") -> "List[str]":
    """Decode names as zipimport does: by what their flags say."""
    together = b"\0".join(raw_names)
    if together.isascii() and together.count(b"\0") == len(raw_names) - 1:
        return together.decode("ascii").split("\0")
    return [_decode_name(raw_name, flag) for raw_name, flag in zip(raw_names, flags)]


def _decode_name(raw_name: bytes, flags: int) -> str:
    try:
        return raw_name.decode("utf-8" if flags & UTF8 else "cp437")
    except UnicodeDecodeError:
        raise Fault(f"the name of member {for_message(raw_name, flags)} is not UTF-8") from None


def check(names: "List[str]") -> None:
    """See that every name is a path that means the same everywhere, and that no two mean the same path."""
    if not names:
        return
    together = "\0".join(names) + "\0"
    # Each name becomes "/name/": a directory's own slash goes, so that two in a row are always too many.
    framed = "/" + together.replace("/\0", "\0").replace("\0", "/\0/")[:-2]
    is_ascii = framed.isascii()
    folded = framed.lower() if is_ascii else _fold(framed)
    suspects = names
    if together.count("\0") == len(names) and not _is_suspicious(framed, folded):
        longest = 2 * _DEEPEST if is_ascii else _LONGEST_COMPONENT // 4
        suspects = [name for name in names if len(name) > longest]
    for name in suspects:
        fault = _find_fault(name)
        if fault:
            raise Fault(f"member {quoted(name)} {fault}")
    _check_collisions(names, folded.split("\0"))


def _fold(text: str) -> str:
    # For names beyond ASCII only.
    from unicodedata import normalize

    return normalize("NFD", normalize("NFD", text).casefold())


def _is_suspicious(framed: str, folded: str) -> bool:
    """Tell whether one of the names may be at fault; True for some sound ones, too, which are then looked at one by one."""
    if not framed.replace("\0", "/").isprintable():
        return True
    if any(part in framed for part in ("//", "./", " /", "\\", ":")):
        return True
    if os.name == "nt" and not _NOT_ON_WINDOWS.isdisjoint(framed):
        return True
    words = folded.replace(".", "/").replace(" ", "/").split("/")
    return not _RESERVED.isdisjoint(words)


def _find_fault(name: str) -> "Optional[str]":
    """Say why name is not the same path everywhere, or None."""
    if not name:
        return "has no name"
    if not name.isprintable() and any(map(_is_unprintable, name)):
        return "has control or unprintable characters in its name"
    if "\\" in name:
        return "has a backslash in its name"
    if name[0] == "/":
        return "has an absolute path"
    components = name[: -1 if name[-1] == "/" else None].split("/")
    if ".." in components:
        return "leaves the archive"
    if len(components) > _DEEPEST or len(name.encode()) > _LONGEST_NAME:
        return "has a name that is too long or too deep"
    faults = map(_find_fault_of_component, components)
    return next(filter(None, faults), None)


def _is_unprintable(character: str) -> bool:
    if character.isprintable():
        return False
    # For names with characters that isprintable refuses only; it does refuse spaces other than that of ASCII.
    from unicodedata import category

    return category(character) != "Zs"


def _find_fault_of_component(component: str) -> "Optional[str]":
    if component in ("", "."):
        return "has an empty part, or a dot alone, in its path"
    if component[-1] in ". ":
        return "has a dot or a space at the end of a part of its path"
    if component[1:2] == ":" and component[0].isalpha():
        return "has a drive in its path"
    if component.partition(".")[0].partition(":")[0].rstrip(" ").lower() in _RESERVED:
        return "has a name that is reserved on Windows"
    if os.name == "nt" and not _NOT_ON_WINDOWS.isdisjoint(component):
        return "has a character in its name that names cannot have on Windows"
    if len(component.encode()) > _LONGEST_COMPONENT:
        return "has a name that is too long or too deep"
    return None


def _check_collisions(names: "List[str]", folded: "List[str]") -> None:
    """See that no member is another one, or a file where another needs a directory, once case does not count."""
    # In order, with a slash at the end, a path comes right before the first of those below it.
    order = sorted(folded)
    if not any(map(str.startswith, order[1:], order)):
        return
    pairs = sorted(zip(folded, names))
    for (path, name), (next_path, next_name) in zip(pairs, pairs[1:]):
        if name == next_name:
            raise Fault(f"member {quoted(name)} is there twice")
        if path == next_path:
            raise Fault(
                f"members {quoted(name)} and {quoted(next_name)} are the same file, or differ only by case or Unicode form"
            )
        if name[-1] != "/" and next_path.startswith(path):
            raise Fault(f"member {quoted(name)} is a file, but {quoted(next_name)} needs a directory there")
