"""Requirements and their markers (PEP 508): read by packaging, whose versions have many errors for what is none."""

from packaging.markers import Marker
from packaging.requirements import Requirement

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Mapping, Optional

# Beside ValueErrors: a string with a backslash that escapes nothing, brackets in thousands, an extra that is not said.
_OTHERS = (SyntaxError, RecursionError, MemoryError, KeyError)


def requirement(text: str) -> Requirement:
    """Give the requirement that text is. Raises ValueError for what is none."""
    try:
        return Requirement(text)
    except _OTHERS as error:
        raise ValueError(_words(error)) from None


def marker(text: str) -> Marker:
    """Give the marker that text is. Raises ValueError for what is none."""
    try:
        return Marker(text)
    except _OTHERS as error:
        raise ValueError(_words(error)) from None


def holds(marker: "Optional[Marker]", environment: "Optional[Mapping[str, Any]]" = None) -> bool:
    """Tell whether marker, if there is one, holds here; environment: what is other than here.

    Raises ValueError for one that cannot be evaluated.
    """
    try:
        return marker is None or marker.evaluate(None if environment is None else dict(environment))
    except _OTHERS as error:
        raise ValueError(_words(error)) from None


def _words(error: BaseException) -> str:
    return f"it cannot be read: {str(error) or type(error).__name__}"
