"""What comes of a build."""

from typing import NamedTuple


class BuildResult(NamedTuple):
    """What was built.

    path: of the bundle, absolute. sha256: of its bytes. size: in bytes. members: how many files it has. entry: what
    starts, `module:function` or a module. name, version: the project's. was_unchanged: whether it was there already,
    made of the same. layer: the key of the dependencies in it, "" for none.
    """

    path: str
    sha256: str
    size: int
    members: int
    entry: str
    name: str
    version: str
    was_unchanged: bool
    layer: str
