"""What zipfile knows of the running archive: its members come from the image, not from the archive's directory.

`importlib.metadata` and `importlib.resources` open the archive with zipfile at every start, and its directory is read
entry by entry. Here the very same objects are made from what an earlier run saw, each when it is wanted.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType
    from typing import Any, Dict, Iterator, List, Optional, Tuple

    from .image import Image
    from .importer import Contents

    Table = Tuple[Tuple[Any, ...], Dict[str, Tuple[Any, ...]], List[str]]

_STATE = ("start_dir", "_comment")  # what reading the directory sets, apart from the members
# Where FastLookup, which `zipfile.Path` uses, remembers the names with those of implied directories.
_NAMES = ("_FastLookup__names", "_namelist")
_NAME_SETS = ("_FastLookup__lookup", "_name_set_prop")


class Lookup:
    """The members of one archive.

    contents: the archive's. fresh: a ZipFile of this run that read the archive's directory, if the image lacks it.
    """

    def __init__(self, contents: "Contents", image: "Optional[Image]") -> None:
        self.fresh: "Any" = None
        self._contents = contents
        self._image = image
        self._table: "Optional[Table]" = None

    def serve(self, zipfile: "ModuleType") -> None:
        """From now on, let zipfile, which was just loaded, take the archive's members from here."""
        archives = zipfile.ZipFile
        ordinary = archives._RealGetContents
        archives._RealGetContents = lambda opened: self._fill(opened, zipfile.ZipInfo, ordinary)

    def table(self) -> "Optional[Table]":
        """Give what is to be kept for the next runs: state, members, names; None for nothing new."""
        if self.fresh is None:
            return None
        slots = type(self.fresh.filelist[0]).__slots__ if self.fresh.filelist else ()
        infos = {info.filename: tuple(getattr(info, slot, None) for slot in slots) for info in self.fresh.filelist}
        return tuple(getattr(self.fresh, name) for name in _STATE), infos, self.fresh.namelist()

    def _fill(self, opened: "Any", kind: "Any", ordinary: "Any") -> None:
        if opened.filename != self._contents.path_name or opened.mode != "r":
            ordinary(opened)
            return
        place = self._image.index["members"] if self._image is not None else None
        if self._table is None and place is not None and self._image is not None:
            self._table = self._image.load(place)
        if self._table is None:
            ordinary(opened)
            self._contents.check_same()
            if self.fresh is None or hasattr(opened, "_implied_dirs"):
                self.fresh = opened
            return
        self._contents.check_same()
        _fill_from(self._table, opened, kind)


def _fill_from(table: "Table", opened: "Any", kind: "Any") -> None:
    state, infos, names = table
    for name, value in zip(_STATE, state):
        setattr(opened, name, value)
    opened.NameToInfo = _Infos(infos, kind)
    opened.filelist = _InfoList(opened.NameToInfo)
    if hasattr(opened, "_implied_dirs"):
        vars(opened).update(dict.fromkeys(_NAMES, list(names)))
        vars(opened).update(dict.fromkeys(_NAME_SETS, set(names)))


class _Infos(dict):  # type: ignore[type-arg]
    """ZipInfo objects by name, each made when it is wanted; whatever else is asked of the dict makes them all."""

    def __init__(self, table: "Dict[str, Tuple[Any, ...]]", kind: "Any") -> None:
        super().__init__()
        self._table = table
        self._kind = kind

    def __missing__(self, name: str) -> "Any":
        values = self._table[name]
        info = self[name] = self._kind.__new__(self._kind)
        for slot, value in zip(self._kind.__slots__, values):
            setattr(info, slot, value)
        return info

    def get(self, name: str, default: "Any" = None) -> "Any":
        return self[name] if name in self._table else default

    def fill(self) -> None:
        """Make all that are missing, in the archive's order."""
        made = {name: self[name] for name in self._table}
        self.clear()
        self.update(made)

    def __contains__(self, name: object) -> bool:
        return name in self._table

    def __len__(self) -> int:
        return len(self._table)

    def __iter__(self) -> "Iterator[str]":
        return iter(self._table)

    def keys(self) -> "Any":
        self.fill()
        return super().keys()

    def values(self) -> "Any":
        self.fill()
        return super().values()

    def items(self) -> "Any":
        self.fill()
        return super().items()


class _InfoList(list):  # type: ignore[type-arg]
    """The same objects as a list that is filled when it is looked into."""

    def __init__(self, infos: _Infos) -> None:
        super().__init__()
        self._infos = infos

    def _fill(self) -> None:
        if not super().__len__():
            self.extend(self._infos.values())

    def __iter__(self) -> "Iterator[Any]":
        self._fill()
        return super().__iter__()

    def __len__(self) -> int:
        return len(self._infos)

    def __getitem__(self, index: "Any") -> "Any":
        self._fill()
        return super().__getitem__(index)
