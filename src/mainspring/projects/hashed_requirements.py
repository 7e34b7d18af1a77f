"""requirements.txt as a lock file: pip's own form, in which everything has a hash."""

from typing import Tuple

from ..refusals import refused
from .lock_lines import ANEW, HASHES, text_of, told


def lines(path: str, name: str) -> Tuple[str, ...]:
    """Give the requirements of the file at path, which is called name, each on one line with its hashes.

    Raises Refusal for one without a hash, and for options.
    """
    found = []
    for line in text_of(path).replace("\\\n", " ").splitlines():
        words = line.partition(" #")[0].split()
        if not words or words[0].startswith("#"):
            continue
        if words[0].startswith("-"):
            reason = f"{name} has {told(words[0])}; expected requirements and their hashes only"
            raise refused(reason, "write what it stands for into the file itself")
        if not any(word.startswith(HASHES) for word in words):
            raise refused(f"{name}: {told(words[0])} has no hash, and others have; expected one for each", ANEW)
        found.append(" ".join(words))
    return tuple(found)
