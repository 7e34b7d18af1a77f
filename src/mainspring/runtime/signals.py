"""The program's handlers of signals, held off from what is done for the program amid its run.

What a handler raises would end that, or be taken for an error of it: a TimeoutError is an OSError.
"""

import _signal  # type: ignore[import-not-found]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable


def held_off(function: "Callable[..., Any]", *arguments: object) -> "Any":
    """Call function while this thread gets no signals; give what it gives. Those that come are there afterwards."""
    if not hasattr(_signal, "pthread_sigmask"):  # on Windows
        return function(*arguments)
    before = _signal.pthread_sigmask(_signal.SIG_BLOCK, _signal.valid_signals())
    try:
        return function(*arguments)
    finally:
        _signal.pthread_sigmask(_signal.SIG_SETMASK, before)
