"""What children of a program do first that are started by its `sys.executable`: they find what the program finds.

PYTHONPATH leads here (`runtime.children`), and leads every other Python here as well, of any version and environment: those
only go on to the sitecustomize that they would have had. So there is nothing in here that an old Python cannot read.
"""

import os
import sys

_here = os.path.dirname(__file__)
sys.path[:] = [entry for entry in sys.path if entry != _here]
_said = os.environ.get("MAINSPRING_CHILDREN", "").split(os.pathsep)
_ours = [sys.prefix, getattr(getattr(sys, "implementation", None), "cache_tag", None)]
_is_for_us = len(_said) > 4 and _said[:2] == _ours
if _is_for_us:
    _names = [os.path.basename(entry.rstrip(os.sep)) for entry in sys.path]
    _at = [index for index, name in enumerate(_names) if name in ("site-packages", "dist-packages")] + [len(_names)]
    sys.path[_at[0] : _at[0]] = [entry for entry in _said[4:] if entry not in sys.path]
    if _said[2]:
        import site

        _last = sys.path[-1]
        site.addsitedir(_said[2])  # for what its .pth files say
        if _last in sys.path and _said[2] in sys.path:
            _behind = len(sys.path) - sys.path[::-1].index(_last)
            _added = sys.path[_behind:]
            del sys.path[_behind:]
            _place = sys.path.index(_said[2]) + 1
            sys.path[_place:_place] = _added  # as in the program itself (`interpreter.process_pth_files`)

if _is_for_us and int(_said[3]):  # it has sources: without, the path hooks stay as they are, which some go by
    import _frozen_importlib_external as _system

    _prefix = os.path.join(sys.prefix, "")
    _sources = tuple([entry.rstrip(os.sep) + os.sep for entry in _said[4 : 4 + int(_said[3])]])
    _installed = (_prefix,) if _prefix.startswith(_sources) else ()  # an environment that lies in the project

    def _without_stats(path):  # type: (str) -> None
        raise OSError("no bytecode is read or written for the sources of a project: %s" % path)

    def _loader(fullname, path):  # type: (str, str) -> _system.SourceFileLoader
        made = _system.SourceFileLoader(fullname, path)
        vars(made)["path_stats"] = _without_stats  # which makes it do without bytecode
        return made

    _loaders = [
        (_loader if loader is _system.SourceFileLoader else loader, suffixes)
        for loader, suffixes in _system._get_supported_file_loaders()  # type: ignore[attr-defined]
    ]

    def _finder(path):  # type: (str) -> _system.FileFinder
        place = os.path.join(path, "")
        if not place.startswith(_sources) or place.startswith(_installed) or not os.path.isdir(path):
            raise ImportError("that is left to the other hooks: %s" % path, path=path)
        return _system.FileFinder(path, *_loaders)  # type: ignore[arg-type]

    sys.path_hooks.insert(0, _finder)

_own = sys.modules.pop("sitecustomize")
try:
    import sitecustomize  # type: ignore[import-not-found]  # noqa: F401  the next one on the path
except ImportError as error:
    sys.modules["sitecustomize"] = _own
    if getattr(error, "name", "sitecustomize") != "sitecustomize":
        raise
