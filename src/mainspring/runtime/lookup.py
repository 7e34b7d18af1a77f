"""What zipfile knows of the running archive: its members come from the image, not from the archive's directory.

`importlib.metadata` and `importlib.resources` open the archive with zipfile at every start, and its directory is read
entry by entry. Here the very same objects are made from what an earlier run saw, each when it is wanted.
"""

import marshal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType
    from typing import Any, Dict, Iterator, List, Optional, Tuple

    from .image import Image
    from .importer import Contents

    Table = Tuple[Tuple[Any, ...], Dict[str, bytes], Optional[List[str]]]

_STATE = ("start_dir", "_comment")  # what reading the directory sets, apart from the members
# Where FastLookup, which `zipfile.Path` uses, remembers the names with those of implied directories.
_NAMES = ("_FastLookup__names", "_namelist")
_NAME_SETS = ("_FastLookup__lookup", "_name_set_prop")


class Lookup:
    """The members of one archive.

    contents: the archive's. fresh: what is to be kept for the next runs, as the image lacks it, or some of it.
    """

    def __init__(self, contents: "Contents", image: "Optional[Image]") -> None:
        self.fresh: "Optional[Table]" = None
        self._contents = contents
        self._image = image
        self._table: "Optional[Table]" = None

    def serve(self, zipfile: "ModuleType") -> None:
        """From now on, let zipfile, which was just loaded, take the archive's members from here."""
        archives = zipfile.ZipFile
        ordinary = archives._RealGetContents
        archives._RealGetContents = lambda opened: self._fill(opened, zipfile.ZipInfo, ordinary)

    def _fill(self, opened: "Any", kind: "Any", ordinary: "Any") -> None:
        if not self._reads_archive(opened):
            ordinary(opened)
            return
        self._contents.take_equal()
        if not self._contents.is_same():
            ordinary(opened)
            return
        if self._table is None and self._image is not None:
            self._table = self._image.table("zipfile")
        if self._table is not None and (self._table[2] is not None or not _wants_folders(opened)):
            _fill_from(self._table, opened, kind)
            return
        ordinary(opened)
        if self._contents.is_same():
            self._table = self.fresh = _table_of(opened)  # before the program can change what it is given

    def _reads_archive(self, opened: "Any") -> bool:
        """Tell whether opened is to read what lies at the archive's path, in the usual way."""
        if opened.filename != self._contents.path_name or opened.mode != "r" or opened._filePassed:
            return False
        return getattr(opened, "metadata_encoding", None) is None  # since 3.11; with one, the names are others


def _wants_folders(opened: "Any") -> bool:
    """Tell whether opened, a ZipFile, also knows the directories that only the names of members imply."""
    return hasattr(opened, "_implied_dirs")


def _table_of(opened: "Any") -> "Table":
    """Give what opened has read: its state; of each member, what it says, marshalled; the names, with those of folders.

    The members are marshalled one by one, as hardly any is ever looked at. The names are None if it wants no folders.
    """
    slots = type(opened.filelist[0]).__slots__ if opened.filelist else ()
    infos = {
        info.filename: marshal.dumps(tuple(getattr(info, slot, None) for slot in slots)) for info in opened.filelist
    }
    names = opened.namelist() if _wants_folders(opened) else None
    return tuple(getattr(opened, name) for name in _STATE), infos, names


def _fill_from(table: "Table", opened: "Any", kind: "Any") -> None:
    state, infos, names = table
    for name, value in zip(_STATE, state):
        setattr(opened, name, value)
    opened.NameToInfo = _Infos(infos, kind)
    opened.filelist = _InfoList(opened.NameToInfo)
    if names is not None and _wants_folders(opened):
        vars(opened).update(dict.fromkeys(_NAMES, list(names)))
        vars(opened).update(dict.fromkeys(_NAME_SETS, set(names)))


class _Infos(dict):  # type: ignore[type-arg]
    """ZipInfo objects by name, each made when it is wanted; whatever else is asked of the dict makes them all."""

    def __init__(self, table: "Dict[str, bytes]", kind: "Any") -> None:
        super().__init__()
        self._table: "Optional[Dict[str, bytes]]" = table  # None: all are made
        self._kind = kind
        self.made: "List[Any]" = []  # all, once they are, whatever becomes of the dict

    def __missing__(self, name: str) -> "Any":
        if self._table is None:
            raise KeyError(name)
        values = marshal.loads(self._table[name])
        info = self._kind.__new__(self._kind)
        for slot, value in zip(self._kind.__slots__, values):
            setattr(info, slot, value)
        return super().setdefault(name, info)

    __getitem__ = dict.__getitem__  # which leads to __missing__

    def get(self, name: str, default: "Any" = None) -> "Any":
        return self[name] if name in self else default

    def fill(self) -> None:
        """Make all that are missing, in the archive's order."""
        if self._table is not None:
            made = {name: self[name] for name in self._table}
            self._table, self.made = None, list(made.values())
            super().clear()
            super().update(made)

    def __contains__(self, name: object) -> bool:
        return super().__contains__(name) if self._table is None else name in self._table

    def __len__(self) -> int:
        return super().__len__() if self._table is None else len(self._table)

    def __iter__(self) -> "Iterator[str]":
        return super().__iter__() if self._table is None else iter(self._table)

    def __reduce_ex__(self, _: "Any") -> "Any":
        return dict, (list(self.items()),)

    def __ror__(self, other: "Any") -> "Any":
        return {**other, **self} if isinstance(other, dict) else NotImplemented


class _InfoList(list):  # type: ignore[type-arg]
    """The same objects as a list that is filled when it is looked into."""

    def __init__(self, infos: _Infos) -> None:
        super().__init__()
        self._infos: "Optional[_Infos]" = infos  # None: the list is filled

    def fill(self) -> None:
        infos, self._infos = self._infos, None
        if infos is not None:
            infos.fill()
            super().extend(infos.made)

    def __len__(self) -> int:
        return super().__len__() if self._infos is None else len(self._infos.made or self._infos)

    def __reduce_ex__(self, _: "Any") -> "Any":
        return list, (tuple(self),)

    def __radd__(self, other: "Any") -> "Any":
        return [*other, *self] if isinstance(other, list) else NotImplemented


def _fill_first(kind: "Any") -> None:
    """Let all other methods of kind, a lazy dict or list, fill it before they do their work."""
    base = kind.__mro__[1]

    def filling(ordinary: "Any") -> "Any":
        def method(self: "Any", *args: "Any", **more: "Any") -> "Any":
            self.fill()
            return ordinary(self, *args, **more)

        return method

    for name, method in vars(base).items():
        if name not in vars(kind) and name not in _NEVER_FILL and type(method) in _METHODS:
            setattr(kind, name, filling(method))


_METHODS = (type(list.append), type(list.__add__), type(list.__getitem__))
_NEVER_FILL = ("__getattribute__", "__init__", "__new__", "__hash__", "__class_getitem__")
_fill_first(_Infos)
_fill_first(_InfoList)
