"""Where a script says in a comment what it needs: the block `# /// script` (PEP 723, now a specification of its own).

Apart from `inline`, which reads what stands in it: a script that only mentions the words needs no library for that.
"""

import re
from typing import Iterator, List

_FIRST = re.compile(r"# /// ([a-zA-Z0-9-]+)")
_LAST = "# ///"


def blocks(source: bytes) -> Iterator[List[str]]:
    """Give the blocks `# /// script` in source, each as its lines without the hashes.

    As the specification's regular expression finds them: a block ends at the last line that can be its end before
    something else than comments of that form. That expression would take for ever on some texts, and much memory on others.
    """
    if b"# /// script" not in source:
        return
    lines = source.decode("utf-8-sig", "replace").replace("\r\n", "\n").split("\n")
    start = at = 0
    while at < len(lines):
        start, at = at, _end_of_comment(lines, at)
        last = at - 1
        while last > start and lines[last] != _LAST:
            last -= 1
        first = next((line for line in range(start, last - 1) if _FIRST.fullmatch(lines[line])), None)
        if first is None:
            at = max(at, start + 1)
            continue
        if lines[first] == "# /// script":
            yield [line[2:] for line in lines[first + 1 : last]]
        at = last + 1


def is_left_open(source: bytes) -> bool:
    """Tell whether source has a line that begins a block `# /// script`, and no block: as such it does not count."""
    lines = source.splitlines() if b"# /// script" in source else []
    return b"# /// script" in lines and next(blocks(source), None) is None


def _end_of_comment(lines: List[str], at: int) -> int:
    """Give the number of the first line from at on that cannot be within a block."""
    while at < len(lines) and (lines[at] == "#" or lines[at].startswith("# ")):
        at += 1
    return at
