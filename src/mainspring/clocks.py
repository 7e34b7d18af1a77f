"""How far a file's times tell its changes apart: no further than the clock of its file system goes.

That of ext4, APFS, NTFS, tmpfs and others moves with the system's ticks. That of ext3, of ext4 with small inodes, of HFS+
and of some servers has seconds, and FAT's has every other second: there, all times are whole seconds.
"""

import os
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Optional

FINE = 20_000_000  # ns; Linux ticks every 1 to 10 ms, Windows every 16
COARSE = 2_000_000_000  # ns
_SECOND = 1_000_000_000  # ns


def grain(changed: int) -> int:
    """Give how many ns must lie between two changes of a file that differ in its time, which is changed, in ns."""
    return FINE if changed % _SECOND else COARSE


def is_settled(changed: int, now: "Optional[int]" = None) -> bool:
    """Tell whether a change of a file at now, in ns, or later would show in its time, which is changed, in ns.

    now: None for the present. What is said to have been changed in the future is not settled.
    """
    return (time.time_ns() if now is None else now) - changed > grain(changed)


def settle(directory: str, since: float) -> None:
    """Wait until later changes of the files below directory would show, if none was changed after since.

    since: in seconds, of the monotonic clock. Raises OSError if directory is not there.
    """
    seconds = grain(os.lstat(directory).st_ctime_ns) / _SECOND
    time.sleep(max(0.0, since + seconds - time.monotonic()))
