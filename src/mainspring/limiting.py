"""How much an archive may unpack to, as the user has it: by options, or by the variables that go with them."""

from . import wording
from .runtime import command

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Callable, Dict, Mapping, Tuple

    from .archive import Limits

# As `commands.parsing` takes them.
OPTIONS = {"--max-size": "max_size", "--max-ratio": "max_ratio"}


def read(said: "Mapping[str, Tuple[str, str]]") -> "Dict[str, int]":
    """Give the limits of which said has, for options of `command.LIMITS`, where its value was said, and the value.

    Raises Refusal for what is no size, or no ratio.
    """
    return wording.values_of(
        {option: (f"{where}={value}", value, *_READERS[option]) for option, (where, value) in said.items()}
    )


def limits_of(said: "Mapping[str, Tuple[str, str]]") -> "Limits":
    """Give the limits of which said has some, as in `read`, and otherwise the usual ones. Raises Refusal as that does."""
    from .archive import Limits  # not where values are only read

    given = read(said)
    limits = Limits()
    limits.size = given.get("--max-size", limits.size)
    limits.ratio = given.get("--max-ratio", limits.ratio)
    return limits


def limits_said(max_size: str = "", max_ratio: str = "") -> "Limits":
    """Give the limits that options with these values set, and variables where they are "". Raises Refusal as `limits_of`."""
    said = command.limits_in_environment()
    said.update((name, (name, value)) for name, value in zip(command.LIMITS, (max_size, max_ratio)) if value)
    return limits_of(said)


def _ratio(text: str) -> int:
    ratio = int(text)
    if ratio < 1:
        raise ValueError(text)
    return ratio


_READERS: "Dict[str, Tuple[Callable[[str], int], str]]" = {
    "--max-size": (wording.size_of, "a size, as 500M or 8GiB"),
    "--max-ratio": (_ratio, "a ratio, as 500"),
}
