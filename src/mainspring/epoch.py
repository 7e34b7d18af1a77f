"""The time that files of bundles and wheels get: SOURCE_DATE_EPOCH, if that is set (https://reproducible-builds.org/specs)."""

import time
from typing import Mapping

from .refusals import refused

VARIABLE = "SOURCE_DATE_EPOCH"
DEFAULT = 315554400  # as shiv has it: the first day that a zip archive can name
_LONGEST = 100  # digits
_EARLIEST, _LATEST = 315532800, 4354819198  # the times that a zip archive can have: 1980-01-01 to 2107-12-31 23:59:58


def wanted_epoch(environ: Mapping[str, str], reproducible: bool) -> int:
    """Give the time that all members of a bundle are to have, as SOURCE_DATE_EPOCH in environ says, if it is there.

    Otherwise the same always, if reproducible, or now. Raises Refusal for what is no time. A time that a zip archive
    cannot have becomes the next one that it can.
    """
    text = environ.get(VARIABLE, "")
    if not text:
        return DEFAULT if reproducible else int(time.time())
    if not (text.isascii() and text.isdigit()) or len(text) > _LONGEST:
        raise refused(f"{VARIABLE}={text:.40}: that is no time; expected seconds since 1970")
    return min(max(int(text), _EARLIEST), _LATEST)
