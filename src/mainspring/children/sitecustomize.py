"""What children of a project's program do first that are started by its `sys.executable`: they find the project, too.

PYTHONPATH leads here (`runtime.project`), and leads every other Python here as well, of any version and environment: those
only go on to the sitecustomize that they would have had. So there is nothing in here that an old Python cannot read.
"""

import os
import sys

_here = os.path.dirname(__file__)
sys.path[:] = [entry for entry in sys.path if entry != _here]
_said = os.environ.get("MAINSPRING_PROJECT", "").split(os.pathsep)
if len(_said) > 3 and _said[:2] == [sys.prefix, getattr(getattr(sys, "implementation", None), "cache_tag", None)]:
    _names = [os.path.basename(entry.rstrip(os.sep)) for entry in sys.path]
    _at = [index for index, name in enumerate(_names) if name in ("site-packages", "dist-packages")] + [len(_names)]
    sys.path[_at[0] : _at[0]] = [entry for entry in _said[3:] if entry not in sys.path]
    if _said[2]:
        import site

        site.addsitedir(_said[2])  # for what its .pth files say

_own = sys.modules.pop("sitecustomize")
try:
    import sitecustomize  # type: ignore[import-not-found]  # noqa: F401  the next one on the path
except ImportError as error:
    sys.modules["sitecustomize"] = _own
    if getattr(error, "name", "sitecustomize") != "sitecustomize":
        raise
