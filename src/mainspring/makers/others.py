"""Bundles of makers whose rules mainspring does not follow: it can name them, and they run by their own bootstrap.

The signs are those that moonlit, bundleup, zipapps and the standard library's zipapp leave in archives, and XAR,
PyInstaller and scie in files.
"""

import json
import re
import struct

from ..runtime import classify

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Collection, Dict, Optional, Tuple

    Read = Callable[[str], bytes]

MOONLIT = "moonlit"
BUNDLEUP = "bundleup"
ZIPAPPS = "zipapps"
ZIPAPP = "zipapp"
XAR = "XAR"
PYINSTALLER = "PyInstaller"
SCIE = "scie"

# The member in which each says how it is to run; all are JSON.
SETTINGS = {MOONLIT: "env.json", ZIPAPPS: "zipapps_config.json", BUNDLEUP: "manifest.json"}

_MOONLIT = {"env.json", "_bootstrap/extract.py", "_bootstrap/locking.py", "_bootstrap/runner.py"}
_BUNDLEUP = {"payload.zip", "__main__.py", "__main__.pyc", "manifest.json"}
_ZIPAPPS = {"zipapps_config.json", "activate_zipapps.py"}
# What the standard library's zipapp and pdm-packer write as `__main__.py`.
_ZIPAPP = re.compile(
    r"# -\*- coding: utf-8 -\*-\n(?:import re\nimport sys\n)?import ([\w.]+)\n(?:\n?)\1\.([\w.]+)\(\)\n\s*"
)
_LONGEST_MAIN = 300  # bytes
_COOKIE_FIELDS = struct.Struct("!8s4L64s")
_OLDER_COOKIE_FIELDS = struct.Struct("!8s4L")
_LIFT = re.compile(rb'\{\s*"scie"\s*:\s*\{')
_XAR_HEADER = re.compile(rb'^([A-Z_]+)="([^"\n]{0,200})"$', re.MULTILINE)


def named(names: "Collection[str]", read: "Read") -> "Optional[str]":
    """Name the maker of an archive that has members with names; None if none of those here made it.

    read gives what a member holds; it may raise Refusal, which passes through.
    """
    found = set(names)
    if found >= _MOONLIT and b'"moonlit_version"' in read("env.json"):
        return MOONLIT
    if found == _BUNDLEUP:
        return BUNDLEUP
    if found >= _ZIPAPPS:
        return ZIPAPPS
    if "__main__.py" in found and zipapp_entry(read("__main__.py")):
        return ZIPAPP
    return None


def zipapp_entry(main: bytes) -> "Optional[str]":
    """Give the function that a `__main__.py` written by the standard library's zipapp calls; None if it is another."""
    if len(main) > _LONGEST_MAIN:
        return None
    matched = _ZIPAPP.fullmatch(main.decode("utf-8", "replace").replace("\r\n", "\n"))
    return ":".join(matched.groups()) if matched else None


def named_file(head: bytes, tail: bytes) -> "Optional[Tuple[str, Dict[str, str]]]":
    """Name the maker of a file that is no archive to python, by its first and last bytes; with what else these say."""
    if head.startswith(classify.XAR_SHEBANG):
        pairs = [(name.decode().lower(), value) for name, value in _XAR_HEADER.findall(head)]
        return XAR, {name: value.decode("utf-8", "replace") for name, value in pairs}
    if executable(head) is None:
        return None
    at = tail.rfind(classify.PYINSTALLER_COOKIE)
    if at >= 0:
        return PYINSTALLER, _pyinstaller(tail[at:])
    found = [match.start() for match in _LIFT.finditer(tail)]
    lift = _lift(tail[found[-1] :]) if found else None
    return None if lift is None else (SCIE, lift)


def executable(head: bytes) -> "Optional[str]":
    """Name the format of a native executable by its first bytes."""
    return next((name for magic, name in classify.NATIVE.items() if head.startswith(magic)), None)


def _pyinstaller(cookie: bytes) -> "Dict[str, str]":
    fields = _COOKIE_FIELDS if len(cookie) >= _COOKIE_FIELDS.size else _OLDER_COOKIE_FIELDS
    if len(cookie) < fields.size:
        return {}
    version = fields.unpack_from(cookie)[4]
    major, minor = divmod(version, 100 if version >= 100 else 10)
    said = {"python": f"{major}.{minor}"}
    if fields is _COOKIE_FIELDS:
        said["library"] = fields.unpack_from(cookie)[5].partition(b"\0")[0].decode("utf-8", "replace")
    return said


def _lift(text: bytes) -> "Optional[Dict[str, str]]":
    """Give what the manifest at the end of a scie says; None if it is none."""
    try:
        said: "Any" = json.loads(text.decode("utf-8").rstrip("\0\r\n "))["scie"]
        lift, jump = said.get("lift", {}), said.get("jump", {})
        found = {"name": lift.get("name"), "description": lift.get("description"), "jump": jump.get("version")}
    except (ValueError, KeyError, AttributeError, TypeError, RecursionError):
        return None
    return {key: value for key, value in found.items() if isinstance(value, str)}
