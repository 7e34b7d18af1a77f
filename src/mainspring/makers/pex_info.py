"""What is in a PEX-INFO: its keys, what they may hold, and what of it asks for more than is done here.

The source is `pex_info.py` of pex, 2.1.100 to 2.105.2.
"""

import re
import string

from packaging.version import InvalidVersion, Version

from ..fitness import is_constraint
from ..runtime.pex import INHERITED
from ..runtime.pex_variables import parsed_entry
from ..wording import quoted
from .metadata import Source, has_long_number, read_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Dict, Iterator, List, Optional

PEX_INFO = "PEX-INFO"
_OLDEST = Version("2.1.100")
_NEWEST_MAJOR = 2
# Modules that only runpy can find, as `my-module`, are for its bootstrap.
_ENTRY_POINT = re.compile(r"\s*[\w.-]+\s*(?::\s*[\w.]+\s*)?")
_FIELD = re.compile(r"pex\.env(?:\.[A-Za-z]\w*|\[[^\[\]{}]+\])")


def _is_text(value: "Any") -> bool:
    return isinstance(value, str)


def is_list_of_text(value: "Any") -> bool:
    """Tell whether value is a list of strings."""
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _is_map(value: "Any") -> bool:
    return isinstance(value, dict) and all(isinstance(item, str) for item in value.values())


def _is_bool(value: "Any") -> bool:
    return isinstance(value, bool)


# The keys that have a meaning when a PEX runs, and what they may hold; all may be null.
_KEYS: "Dict[str, Callable[[Any], bool]]" = {
    "bind_resource_paths": _is_map,
    "bootstrap_hash": _is_text,
    "build_properties": lambda value: isinstance(value, dict),
    "code_hash": _is_text,
    "deps_are_wheel_files": _is_bool,
    "distributions": _is_map,
    "emit_warnings": _is_bool,
    "entry_point": _is_text,
    "excluded": is_list_of_text,
    "ignore_errors": _is_bool,
    "includes_tools": _is_bool,
    "inherit_path": lambda value: isinstance(value, bool) or value in INHERITED,
    "inject_args": is_list_of_text,
    "inject_env": _is_map,
    "inject_python_args": is_list_of_text,
    "interpreter_constraints": is_list_of_text,
    "interpreter_selection_strategy": _is_text,
    "max_install_jobs": lambda value: isinstance(value, int),
    "overridden": is_list_of_text,
    "pex_hash": _is_text,
    "pex_path": _is_text,
    "pex_paths": is_list_of_text,
    "pex_root": _is_text,
    "requirements": is_list_of_text,
    "script": _is_text,
    "strip_pex_env": _is_bool,
    "venv": _is_bool,
    "venv_bin_path": _is_text,
    "venv_copies": _is_bool,
    "venv_hermetic_scripts": _is_bool,
    "venv_site_packages_copies": _is_bool,
    "venv_system_site_packages": _is_bool,
}
_WITH_VERSIONS = (
    "build_properties",
    "distributions",
    "excluded",
    "interpreter_constraints",
    "overridden",
    "requirements",
)
# Those of older pexes that have none any more.
_FORMER_KEYS = ("always_write_cache", "unzip", "verify_entry_point", "zip_safe")
_DEFAULTS: "Dict[Callable[[Any], bool], Any]" = {_is_text: "", is_list_of_text: [], _is_map: {}, _is_bool: False}


def read(source: Source) -> "Dict[str, Any]":
    """Give what the PEX-INFO that is source says. Raises Refusal if that is broken, or not what pex writes."""
    said: "Dict[str, Any]" = read_json(source.archive, source.member)
    _check(source, said)
    _check_entry_point(source, said.get("entry_point") or "")
    _check_constraints(source, said.get("interpreter_constraints") or [])
    return said


def completed(said: "Dict[str, Any]") -> "Dict[str, Any]":
    """Give said, which a PEX-INFO says, with the defaults of what it leaves out or has as null."""
    defaults = {key: _DEFAULTS.get(kind) for key, kind in _KEYS.items()}
    given = {key: value for key, value in said.items() if value is not None}
    return {**defaults, "inherit_path": "false", "strip_pex_env": True, **given}


def entry_point(said: str) -> "Optional[str]":
    """Give an entry point without extras and spaces, "" if there is none, and None for what python cannot import."""
    try:
        return parsed_entry(said) if said else ""
    except ValueError:
        return None


def is_formatting(said: "Dict[str, Any]") -> bool:
    """Tell whether the pex that wrote this formats its inject_args: it does since it has bind_resource_paths."""
    return "bind_resource_paths" in said


def foreign(said: "Dict[str, Any]") -> "Optional[str]":
    """Say what in a PEX-INFO, which says this, asks for more than is done here; None if nothing does."""
    info = completed(said)
    unknown = sorted(key for key, value in info.items() if key not in _KEYS and key not in _FORMER_KEYS and value)
    if unknown:
        return f"its PEX-INFO has a key that is not known: {quoted(unknown[0])}"
    if info["pex_path"] or info["pex_paths"]:
        return "it runs together with other PEXes (pex_path)"
    if info["deps_are_wheel_files"] and info["distributions"]:
        return "its wheels are to be installed first (deps_are_wheel_files)"
    if info["inject_python_args"]:
        return "it wants options of the interpreter (inject_python_args)"
    if info["script"] and info["entry_point"]:
        return "it has a script and an entry_point"
    unknown = [text for text in info["interpreter_constraints"] if not is_constraint(text)]
    if unknown:
        return f"it has an interpreter constraint of a form that is not known: {quoted(unknown[0])}"
    if entry_point(info["entry_point"]) is None:
        return f"its entry_point has an odd name: {quoted(info['entry_point'])}"
    odd = next((text for text in info["inject_args"] if not _is_formattable(text)), None)
    if odd is not None and is_formatting(said):
        return f"it has an argument that is to be made of something unknown: {quoted(odd)}"
    return _of_another_time((info["build_properties"] or {}).get("pex_version"))


def _is_formattable(text: str) -> bool:
    """Tell whether the fields in text are variables of the environment, `{pex.env.HOME}`."""
    try:
        fields = list(string.Formatter().parse(text))
    except ValueError:
        return False
    return all(name is None or (_FIELD.fullmatch(name) and not spec and not how) for _, name, spec, how in fields)


def _of_another_time(version: "Any") -> "Optional[str]":
    try:
        made_by = Version(version)
    except (InvalidVersion, TypeError):
        return "it does not say which pex it was made by"
    if made_by < _OLDEST or made_by.major > _NEWEST_MAJOR:
        return f"it was made by pex {made_by}, which is not known here"
    return None


def is_inside(path: str) -> bool:
    """Tell whether a relative path with slashes stays below where it starts."""
    return not path.startswith("/") and not re.search(r"[\\:]", path) and ".." not in path.split("/")


def _check(source: Source, said: "Dict[str, Any]") -> None:
    for key, value in said.items():
        if key in _KEYS and value is not None and not _KEYS[key](value):
            raise source.refusal(f"has something as its {key} that pex does not write: {quoted(str(value))}")
        for text in _texts(value):
            if "\0" in text or text.encode("utf-8", "ignore").decode() != text:
                raise source.refusal(f"has null bytes or lone surrogates in its {quoted(key)}")
            if key in _WITH_VERSIONS and has_long_number(text):
                raise source.refusal(f"has a number without end in its {quoted(key)}")
    for key in ("inject_env", "bind_resource_paths"):
        for name in said.get(key) or {}:
            if not name or "=" in name:
                raise source.refusal(f"has a name in its {key} that no variable can have: {quoted(name)}")
    for name, place in (said.get("bind_resource_paths") or {}).items():
        if not is_inside(place):
            raise source.refusal(
                f"has a path as the {quoted(name)} of its bind_resource_paths that leaves it: {quoted(place)}"
            )


def _texts(value: "Any") -> "Iterator[str]":
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)
    elif isinstance(value, dict):
        for item in (*value, *value.values()):
            yield from _texts(item)


def _check_entry_point(source: Source, said: str) -> None:
    """See that an entry point, if there is one, is one for pex."""
    if said and not _ENTRY_POINT.fullmatch(said.partition("[")[0]):
        raise source.refusal(f"has an entry_point that is none: {quoted(said)}")


def _check_constraints(source: Source, said: "List[str]") -> None:
    """See that versions in constraints are such."""
    for text in said:
        try:
            is_constraint(text)
        except ValueError:
            raise source.refusal(f"has an interpreter constraint that is none: {quoted(text)}") from None
