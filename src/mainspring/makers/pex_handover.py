"""PEXes that are handed to their own bootstrap as a whole, since nothing can be known of them here."""

from ..runtime import kinds

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict

    from ..runtime.layouts import Layout


def layout(reason: str) -> "Layout":
    """Give the layout of a PEX of which nothing is known but that its own bootstrap has to run it, for that reason."""
    needs: "Dict[str, Any]" = {"specifiers": [], "any_of": [], "tags": []}
    return {
        "maker": kinds.PEX,
        "version": "",
        "paths": [""],
        "scripts": {},
        "needs": needs,
        "misfit": None,
        "foreign": reason,
    }
