"""Our own table of a pyproject.toml or of a script's block, `[tool.mainspring]`, by a `Reader`."""

import os
from typing import Any, Dict, Iterable, NamedTuple, Optional, Tuple

from ..wording import quoted
from .reading import SWITCH, TABLE, TEXT, TEXTS, Reader, dotted, listed, normalized, worded


class Settings(NamedTuple):
    """What `[tool.mainspring]` says.

    entry: what starts: a console script, a module, or module:function. python: the shebang of bundles.
    reproducible, compressed: of bundles. exclude, data: patterns of paths; the builder knows of what.
    extras, groups: those that are wanted unless others are asked for. preamble: the path of a file.
    """

    entry: Optional[str] = None
    python: Optional[str] = None
    reproducible: Optional[bool] = None
    compressed: Optional[bool] = None
    exclude: Tuple[str, ...] = ()
    extras: Tuple[str, ...] = ()
    groups: Tuple[str, ...] = ()
    data: Tuple[str, ...] = ()
    preamble: Optional[str] = None


_KINDS = {
    **dict.fromkeys(("entry", "python", "preamble"), TEXT),
    **dict.fromkeys(("reproducible", "compressed"), SWITCH),
    **dict.fromkeys(("exclude", "extras", "groups", "data"), TEXTS),
}


def settings(reader: Reader, directory: str, extras: Optional[Iterable[str]], groups: Iterable[str]) -> Settings:
    """Give `[tool.mainspring]`, compared with what there is in directory, and with the names of extras and groups.

    extras: None for those that are not known yet.
    """
    where = "tool.mainspring"
    tool = reader.data.get("tool", {})
    if not isinstance(tool, dict):
        reader.wrong("tool", f"it is {worded(tool)}", f"expected {TABLE}")
        return Settings()
    raw: Dict[str, Any] = reader.typed("tool", tool, "mainspring", TABLE, {})
    for key in raw:
        if key not in _KINDS:
            reader.wrong(dotted(where, key), "it is not known", f"expected one of {listed(_KINDS)}")
    found: Dict[str, Any] = {}
    for key, kind in _KINDS.items():
        value = reader.typed(where, raw, key, kind, None)
        if value is not None:
            found[key] = tuple(value) if kind == TEXTS else value
    if found.get("entry") == "":
        reader.wrong(f"{where}.entry", "it is empty", "expected a console script, a module, or module:function")
    _check_names(reader, where, found, {"groups": groups} if extras is None else {"extras": extras, "groups": groups})
    preamble = found.get("preamble")
    if preamble is not None and not os.path.isfile(os.path.join(directory, preamble)):
        reader.wrong(f"{where}.preamble", f"there is no file {quoted(preamble)}", "expected a path in the project")
    return Settings(**found)


def _check_names(reader: Reader, where: str, found: Dict[str, Any], known: Dict[str, Iterable[str]]) -> None:
    for key, names in known.items():
        for name in found.get(key, ()):
            if normalized(name) not in names:
                reader.wrong(dotted(where, key), f"there is no {quoted(name)}", _expected(names))


def _expected(names: Iterable[str]) -> str:
    return f"expected some of {listed(names)}" if names else "there are none at all"
