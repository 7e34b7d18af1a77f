"""Refusals: those for several reasons at once, and those that say only later whose they are."""

from contextlib import contextmanager
from typing import Iterator, Optional, Sequence

from .runtime import Refusal

UNSAID = ""  # the target of a refusal, as long as that is not said


class Several(Refusal):
    """What is refused for several reasons.

    target, hint: of all of them. each: the reasons, as refusals of their own without a hint.
    """

    def __init__(self, target: str, reason: str, each: Sequence[Refusal], hint: Optional[str] = None) -> None:
        super().__init__(target, reason, hint)
        self.each = list(each)

    def __str__(self) -> str:
        """Give a line for each reason, as its refusal has one, and the hint."""
        lines = [str(refusal) for refusal in self.each]
        return "\n".join(lines if self.hint is None else [*lines, f"hint: {self.hint}"])


def refused(reason: str, hint: Optional[str] = None) -> Refusal:
    """Give the exception that refuses a target for that reason; what the user called that, `of` says."""
    return Refusal(UNSAID, reason, hint)


@contextmanager
def of(target: str) -> Iterator[None]:
    """Have what is refused meanwhile be target, which the user typed so, where that is not said yet."""
    try:
        yield
    except Refusal as refusal:
        for one in (refusal, *getattr(refusal, "each", ())):
            one.target = one.target or target
        raise
