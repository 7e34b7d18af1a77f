"""Requirements and their markers (PEP 508): read by packaging, whose versions have many errors for what is none."""

from packaging.markers import Marker
from packaging.requirements import Requirement

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Mapping, Optional

# Beside ValueErrors: a string with a backslash that escapes nothing, brackets in thousands, an extra that is not said.
_OTHERS = (SyntaxError, RecursionError, MemoryError, KeyError)


def requirement(text: str) -> Requirement:
    """Give the requirement that text is. Raises ValueError for what is none, and for one of several lines."""
    if (
        len(text.strip().splitlines()) > 1
    ):  # packaging takes an address that goes on there; an installer, two requirements
        raise ValueError("it has several lines")
    found: Requirement = _with_one_error(Requirement, text)
    return found


def marker(text: str) -> Marker:
    """Give the marker that text is. Raises ValueError for what is none."""
    found: Marker = _with_one_error(Marker, text)
    return found


def holds(marker: "Optional[Marker]", environment: "Mapping[str, Any]") -> bool:
    """Tell whether marker, if there is one, holds; environment: what is other than here.

    Raises ValueError for one that cannot be evaluated.
    """
    return marker is None or bool(_with_one_error(marker.evaluate, dict(environment)))


def _with_one_error(read: "Callable[[Any], Any]", what: object) -> "Any":
    try:
        return read(what)
    except _OTHERS as error:
        raise ValueError(f"it cannot be read: {str(error) or type(error).__name__}") from None
