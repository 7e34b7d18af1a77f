"""One step of a plan, and how steps are written."""

from typing import Iterable, List, NamedTuple

_WIDTH = 11


class Step(NamedTuple):
    """What a step is about, and what there is to say: several lines for a list, none for nothing."""

    about: str
    lines: List[str]


def written(steps: Iterable[Step]) -> str:
    """Give steps as text; those with nothing to say are left out."""
    return "\n".join(_line(step.about if not at else "", line) for step in steps for at, line in enumerate(step.lines))


def _line(about: str, line: str) -> str:
    shown = "".join(c if c.isprintable() or "\udc80" <= c <= "\udcff" else "\ufffd" for c in line)
    return f"{about:{_WIDTH}} {shown}".rstrip()
