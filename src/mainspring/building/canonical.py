"""The files of a layer as they are in a bundle: whoever installed them, and wherever, they are the same.

pip and uv write the path of their interpreter into scripts, the hashes of these into RECORD, and their own name into
INSTALLER. A bundle runs elsewhere, where none of that is true.
"""

import csv
import io
import os
from typing import Dict, List, Optional, Sequence, Tuple

from .installed import INSTALLER, SHEBANG, console_script, scripts_in
from .patterns import without_rows

_LITTER = (".lock",)  # uv's, at the top
# pip and uv do not mark the same as requested; only uv says how it built what.
_LITTER_OF_DISTRIBUTIONS = ("uv_cache.json", "uv_build.json", "REQUESTED")


class Canonical:
    """What becomes of the files in the directory of a layer. exclude: patterns of those that are left out."""

    def __init__(self, directory: str, exclude: Sequence[str] = ()) -> None:
        self._scripts: Dict[str, str] = scripts_in(directory)
        self._exclude = exclude

    def content(self, name: str, data: bytes) -> bytes:
        """Give what the file name, with slashes, is to hold in a bundle; data: what it holds in the layer."""
        folder, _, file = name.rpartition("/")
        if folder == "bin":
            if data.startswith(b"#!") and file in self._scripts:
                return console_script(self._scripts[file])
            return _with_shebang(data)
        if not folder.endswith(".dist-info") or "/" in folder:
            return data
        if file == "INSTALLER":
            return INSTALLER
        return without_rows(_record(data), self._exclude) if file == "RECORD" else data


def is_litter(name: str) -> bool:
    """Tell whether the file name, with slashes, is one that installers leave behind for themselves."""
    return name in _LITTER or (name.count("/") == 1 and os.path.basename(name) in _LITTER_OF_DISTRIBUTIONS)


def _with_shebang(data: bytes) -> bytes:
    first, end, rest = data.partition(b"\n")
    is_python = first.startswith(b"#!") and b"python" in first.rpartition(b"/")[2]
    return b"#!" + SHEBANG.encode() + end + rest if is_python else data


def _record(data: bytes) -> bytes:
    """Give a RECORD sorted, with the paths that hold in a bundle, and without the hashes of files that are changed for it."""
    try:
        rows = list(csv.reader(io.StringIO(data.decode("utf-8"), newline="")))
    except (UnicodeDecodeError, csv.Error):
        return data
    text = io.StringIO()
    lines = csv.writer(text, lineterminator="\n")
    for name, found, size in sorted(filter(None, map(_row, rows))):
        lines.writerow((name, found, size))
    return text.getvalue().encode()


def _row(row: List[str]) -> Optional[Tuple[str, str, str]]:
    if len(row) != 3:
        return None
    name = row[0][len("../../") :] if row[0].startswith("../../") else row[0]  # where pip puts them with --target
    if is_litter(name):
        return None
    is_other = name.startswith("bin/") or name.endswith((".dist-info/INSTALLER", ".dist-info/RECORD"))
    return (name, "", "") if is_other else (name, row[1], row[2])
