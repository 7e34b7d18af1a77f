"""The options of a build: what each is, said once; `builder.build` takes them by name, the command has words for them."""

import os
from typing import TYPE_CHECKING, Iterable, Optional, TypedDict

if TYPE_CHECKING:
    from typing import Any, Tuple

DEFAULT_SHEBANG = "/usr/bin/env python3"
PATHS = ("lock", "preamble")  # which are made absolute: elsewhere, the same text is another file
SEVERAL = ("extras", "groups", "exclude", "data")  # of which each is not one text, but any number


class Options(TypedDict, total=False):
    """What is asked for beyond the project's settings; what is None, or not there, is as these or the defaults say.

    entry: what starts: a console script, a module, or module:function.
    python, platform: the target, as `3.11` and `manylinux_2_17_x86_64`, if it is not this interpreter; wheels only, then.
    extras, groups: the optional dependencies and dependency groups that are wanted.
    exclude: patterns of paths in the bundle (`patterns.is_excluded`), besides those of the settings.
    data: patterns of files of the project (`installed.data_files`), besides those of the settings.
    preamble: the path of a script to run before the entry.
    shebang: the interpreter behind `#!`.
    compressed: whether members are deflated.
    reproducible: whether the same sources give the same bytes; SOURCE_DATE_EPOCH says the time then.
    lock: the path of a lock file; by default the one in the project.
    no_network: whether to do without what is not installed yet.
    """

    entry: Optional[str]
    python: Optional[str]
    platform: Optional[str]
    extras: Optional[Iterable[str]]
    groups: Optional[Iterable[str]]
    exclude: Iterable[str]
    data: Iterable[str]
    preamble: Optional[str]
    shebang: Optional[str]
    compressed: Optional[bool]
    reproducible: Optional[bool]
    lock: Optional[str]
    no_network: bool


def checked(options: Options) -> Options:
    """Give options without those that ask for nothing, and several texts as a tuple.

    Raises TypeError for what is no option, and for one text where several are expected.
    """
    found: "Any" = {}
    for name, value in options.items():
        if name not in Options.__annotations__:
            raise TypeError(f"build() got an unexpected keyword argument {name!r}")
        if value is not None:
            found[name] = _several(value) if name in SEVERAL else _whole(value) if name in PATHS else value
    asked: Options = found
    return asked


def _several(texts: "Any") -> "Tuple[str, ...]":
    if isinstance(texts, str):
        raise TypeError(f"expected several words, as [{texts!r}], and not one")
    return tuple(texts)


def _whole(path: "Any") -> "Any":
    """Give path, that of a file, absolute; what is none stays, for who judges it."""
    return os.path.abspath(path) if path and isinstance(path, str) else path
