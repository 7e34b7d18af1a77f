"""What an interpreter says of itself: run by its path, by any Python 3, it prints that as JSON.

It may import nothing of this package: the interpreter that runs it need not be able to.
"""

import os
import sys
import sysconfig

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict


def facts() -> "Dict[str, Any]":
    """Give what there is to know of this interpreter, as values of JSON.

    version: five items, as `sys.version_info`. implementation: as `sys.implementation.name`. executable: its path.
    platform, machine, bits, libc: for which system it was built, and on which it runs; libc is "" if it does not tell.
    threads: whether it was built without the lock of all threads. debug: whether it is a debug build.
    """
    return {
        "version": list(sys.version_info),
        "implementation": sys.implementation.name,
        "executable": sys.executable,
        "platform": sysconfig.get_platform(),
        "machine": os.uname()[4] if hasattr(os, "uname") else "",
        "bits": 64 if sys.maxsize > 2**32 else 32,
        "libc": _libc(),
        "threads": bool(sysconfig.get_config_var("Py_GIL_DISABLED")),
        "debug": hasattr(sys, "gettotalrefcount"),
    }


def _libc() -> str:
    try:
        return os.confstr("CS_GNU_LIBC_VERSION") or ""
    except (AttributeError, ValueError, OSError):  # another system, or another C library
        return ""


if __name__ == "__main__":
    import json  # not for those who ask by calling

    print(json.dumps(facts()))
