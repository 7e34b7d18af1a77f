"""A refusal for several reasons at once."""

from typing import Optional, Sequence

from .runtime import Refusal


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
