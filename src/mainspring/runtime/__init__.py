"""The ground floor: everything between the command line and the target's first line.

The order of a start: `command` reads the words, `classify` says what the target is, `program` finds
its code, `executor` makes it the running `__main__`; `interpreter` is the only place that changes
`sys`, and `workers` lets child processes find what `__main__` defines. Nothing here imports upward, and
nothing is imported by name once the target is on `sys.path`.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Optional


class Refusal(Exception):
    """A target that will not be run, in the words the user gets to see.

    target: what the user named, as typed.
    reason: what is wrong with it; lower case, no full stop.
    hint: what to do about it, or None.
    status: the exit status of the command, the one python has where it has one.
    words: what python itself says, after its own name, where it has words for the case; otherwise None.
    """

    def __init__(
        self,
        target: str,
        reason: str,
        hint: "Optional[str]" = None,
        status: int = 2,
        words: "Optional[str]" = None,
    ) -> None:
        super().__init__(target, reason, hint, status, words)
        self.target = target
        self.reason = reason
        self.hint = hint
        self.status = status
        self.words = words

    def __str__(self) -> str:
        """Give the lines that the command prints, without python's name and without a line end."""
        line = self.words or f"mainspring: {_printable(self.target)}: {_printable(self.reason)}"
        return line if self.hint is None else f"{line}\nhint: {_printable(self.hint)}"


def _printable(text: str) -> str:
    """Replace control characters: what a hostile name holds must not reach the terminal as such."""
    return "".join(c if c.isprintable() or "\udc80" <= c <= "\udcff" else "\ufffd" for c in text)
