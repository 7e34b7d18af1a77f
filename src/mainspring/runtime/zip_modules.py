"""Modules of an archive that the image does not know: looked up and compiled by zipimport, from the archive itself.

Loaded when the first such module is asked for. A bundle that was run before hardly ever has one.
"""

import _frozen_importlib
import _imp
import _thread
import marshal
import os
import zipimport

from . import disguise, load
from .importer import NAMESPACE, PLAIN_COMPILER

load("constant_sets", "warning_filters")
from . import constant_sets  # noqa: E402  loaded by hand
from .warning_filters import Raised, speaker  # noqa: E402  as above

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType
    from typing import Any, Dict, Optional, Set, Tuple

    from .importer import Contents, Found, Importer

_warned: "Set[str]" = set()  # files of which the compiler did
# The thread that reads the archive's directory, and what it has of that.
_reading: "Tuple[int, Dict[str, Any]]" = (0, {})


def directory(contents: "Contents") -> "Dict[str, Any]":
    """Read what zipimport knows of an archive's members, and let it know. Raises ZipImportError."""
    global _reading
    reader, found = _reading
    if reader == _thread.get_ident():  # it looks for zlib, in the archive, too
        return found
    contents.take_equal()
    found = zipimport._read_directory(contents.path_name)  # type: ignore[attr-defined]
    _reading = _thread.get_ident(), found
    _load_inflater(found)
    zipimport._zip_directory_cache[contents.path_name] = found  # type: ignore[attr-defined]
    _reading = 0, {}
    contents.check_same()
    return found


def look_up(contents: "Contents", importer: "Importer", fullname: str, key: str) -> "Optional[Found]":
    """Say where in the archive the module fullname is, at the path key; it is compiled, as zipimport does to find it."""
    if zipimport._get_module_info(importer, fullname) is not None:  # type: ignore[attr-defined]
        return compiled(contents, importer, fullname, key)[1]
    for suffix in _imp.extension_suffixes():
        for middle in ("", f"{os.sep}__init__"):
            if contents.files is not None and f"{key}{middle}{suffix}" in contents.directory():
                return f"{key}{middle}{suffix}", bool(middle), None
    return (NAMESPACE, True, None) if f"{key}{os.sep}" in contents.directory() else None


def compiled(contents: "Contents", importer: "Importer", fullname: str, key: str) -> "Tuple[CodeType, Found]":
    """Give the code of the module fullname, and what is to be known of it, which contents knows from now on."""
    contents.take_equal()
    try:
        code, is_package, origin = zipimport._get_module_code(importer, fullname)  # type: ignore[attr-defined]
    except Exception:
        contents.check_replaced()
        raise
    is_ours = zipimport._compile_source is _compile_source  # type: ignore[attr-defined]
    kept = constant_sets.dumped(code)
    if not is_ours or origin in _warned or kept is None:
        contents.unkept[key] = None
    contents.check_same()
    found = origin[len(contents.path_name) + 1 :], is_package, kept or marshal.dumps(code)
    contents.note(key, found, code)
    return code, found


def _compile_source(pathname: str, source: bytes, *module: str) -> "CodeType":
    """As zipimport's, which 3.15 tells the module's name; notes in _warned if it warns."""
    text = zipimport._normalize_line_endings(source)  # type: ignore[attr-defined]
    named = {"module": name for name in module}
    try:
        with Raised(speaker(pathname, "".join(module)), globals()):
            return compile(text, pathname, "exec", dont_inherit=True, **named)  # type: ignore[call-overload, no-any-return]
    except (SyntaxError, Warning):
        _warned.add(pathname)  # unless what follows raises, too
    return compile(text, pathname, "exec", dont_inherit=True, **named)  # type: ignore[call-overload, no-any-return]


def _load_inflater(files: "Dict[str, Any]") -> None:
    """Load zlib if one of files is compressed: zipimport fails if two threads see to that at once."""
    # Since 3.14, there may be None, for a directory without an entry of its own.
    if any(entry is not None and entry[1] for entry in files.values()):
        try:
            _frozen_importlib._gcd_import("zlib")  # type: ignore[attr-defined]
        except ImportError:
            pass  # zipimport will say so


# In tracebacks, all this is zipimport's.
disguise("zipimport", directory, look_up, compiled, _compile_source)
if zipimport._compile_source is PLAIN_COMPILER:  # type: ignore[attr-defined]  # and no other, of the program's
    zipimport._compile_source = _compile_source  # type: ignore[attr-defined]
