"""Source text as a syntax tree: read without a word, whatever the compiler would warn of or choke on."""

import ast
import sys
from typing import Any, Union

from ..runtime import warning_filters

_NAMELESS = "<unknown>"  # what the compiler calls a text without a file


def tree(source: Union[str, bytes]) -> ast.Module:
    """Give the syntax tree of source, and say nothing. Raises SyntaxError for all that cannot be read."""
    named: Any = {"module": _NAMELESS} if sys.version_info >= (3, 15) else {}
    with warning_filters.Ignored(warning_filters.speaker(_NAMELESS, _NAMELESS)):
        try:
            found: ast.Module = ast.parse(source, **named)
        except (ValueError, RecursionError, MemoryError) as error:  # the last two where it is nested too deeply
            raise SyntaxError(str(error)) from None
    return found
