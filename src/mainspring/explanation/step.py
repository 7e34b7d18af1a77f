"""One step of a plan, and how steps are written."""

from typing import Iterable, List, NamedTuple

from ..runtime import printable

_WIDTH = 11


class Step(NamedTuple):
    """What a step is about, and what there is to say: several lines for a list, none for nothing."""

    about: str
    lines: List[str]


def written(steps: Iterable[Step]) -> str:
    """Give steps as text; those with nothing to say are left out."""
    return "\n".join(_line(step.about if not at else "", line) for step in steps for at, line in enumerate(step.lines))


def _line(about: str, line: str) -> str:
    return f"{about:{_WIDTH}} {printable(line)}".rstrip()
