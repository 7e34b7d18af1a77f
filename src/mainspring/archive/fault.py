"""What is wrong with an archive, in words."""

from ..runtime import kinds

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Optional

DAMAGED = kinds.ANEW  # what to do about most of it


class Fault(Exception):
    """What is wrong with an archive: a Refusal that does not know yet what the user typed."""

    def __init__(self, reason: str, hint: "Optional[str]" = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.hint = hint


def quoted(name: str) -> str:
    """Give a member's name as a message has it."""
    from .. import wording  # for what is wrong only

    return wording.quoted(name)
