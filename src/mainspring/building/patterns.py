"""Patterns of what a bundle is to do without."""

import csv
import fnmatch
import io
from typing import Iterable, Sequence


def is_excluded(name: str, patterns: Iterable[str]) -> bool:
    """Tell whether name, a path with slashes, or a folder that it is in, matches one of patterns, as `fnmatch` has it."""
    parts = name.split("/")
    folders = ["/".join(parts[: count + 1]) for count in range(len(parts))]
    return any(fnmatch.fnmatchcase(folder, pattern.rstrip("/")) for pattern in patterns for folder in folders)


def without_rows(record: bytes, patterns: Sequence[str]) -> bytes:
    """Give a RECORD without the rows of what patterns exclude, so that nobody takes that for lost."""
    if not patterns:
        return record
    rows = csv.reader(io.StringIO(record.decode("utf-8", "surrogateescape"), newline=""))
    text = io.StringIO()
    lines = csv.writer(text, lineterminator="\n")
    lines.writerows(row for row in rows if row and not is_excluded(row[0], patterns))
    return text.getvalue().encode("utf-8", "surrogateescape")
