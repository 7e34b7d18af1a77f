"""Imports from an archive: zipimport's importer, but code comes from the image, and native modules from real files.

What is asked for is answered as zipimport answers it: by the importer of a sys.path entry, with the same specs. So
whatever a program does to `sys.path`, `sys.meta_path` or a package's `__path__` works as ever. What an archive holds
does not change, so the image also knows what is not in it; the archive is opened only for names that nobody asked for
in any run before.
"""

import _frozen_importlib
import _frozen_importlib_external
import _imp
import _io
import marshal
import os
import zipimport

from . import collector, disguise, interpreter, kinds

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType, ModuleType
    from typing import Any, Callable, Dict, List, Optional, Tuple, Union

    from .image import Image, Place

    Found = Tuple[str, bool, Union[Place, bytes, None]]

NAMESPACE = ""
_system: "Any" = zipimport
PLAIN_COMPILER = _system._compile_source  # the program may put another in its place
_PLAIN: "Any" = zipimport.zipimporter
_UNKNOWN = ("", False, None)


class Contents:
    """What is known of an archive's modules: from the image, and from what was looked up in this run.

    path_name: the archive, as zipimport writes it.
    is_same: tells whether the file there is still the one that was started.
    take_equal: takes another file there, with the same content, for that from then on; called by who is about to read it.
    image: where code comes from, or None.
    files: the directory where its native modules are real files, or None.
    known: by path in the archive without suffix, what is there: its file in the archive, whether it is a package, its
    code as a place in the image or marshalled. The file is NAMESPACE for a directory without code, the code None
    for a native module; None instead of all three says that nothing is there.
    news: the keys of known that were looked up in this run, so that the image lacks them, in order.
    unkept: the keys of known that the image is to lack, because they are to be compiled at every start: that warns, or
    their code would not come back from the image as it was.
    note_news: called with how much is news, as bytes of code.
    """

    def __init__(
        self,
        path_name: str,
        is_same: "Callable[[], bool]",
        take_equal: "Callable[[], None]",
        image: "Optional[Image]",
        news: "List[str]",
    ) -> None:
        self.path_name = kinds.as_zipimport(path_name)
        self.image = image
        self.files: "Optional[str]" = None
        self.known: "Dict[str, Optional[Found]]" = dict(image.index["modules"]) if image is not None else {}
        self.news = news
        self.unkept: "Dict[str, None]" = {}
        self.note_news: "Callable[[int], None]" = lambda _: None
        self.is_same = is_same
        self.take_equal = take_equal
        self._compiled: "Dict[str, CodeType]" = {}  # by find_spec, for the import that follows

    def find(self, importer: "Importer", fullname: str) -> "Optional[Found]":
        """Say where the module fullname is; compiles it if nobody asked for it before, as zipimport does."""
        key = importer._key(fullname)
        found = self.known.get(key, _UNKNOWN)
        if found is _UNKNOWN:
            reader = _archive()
            found = _found(importer, fullname) if reader is None else reader.look_up(self, importer, fullname, key)
            self.known[key] = found
            if key not in self.unkept:
                self.news.append(key)
                code = None if found is None else found[2]
                self.note_news(len(code) if isinstance(code, bytes) else 0)
        return found

    def code(self, importer: "Importer", fullname: str) -> "CodeType":
        """Give the code of the module fullname. Raises ZipImportError, and what compiling raises."""
        key = importer._key(fullname)
        found = self.known.get(key, _UNKNOWN)
        if found is _UNKNOWN:
            found = self.find(importer, fullname)
        code: "Optional[CodeType]" = self._compiled.pop(key, None)
        if code is None and found is not None:
            code = self._kept(found)
        if code is not None:
            return code
        reader = _archive()
        made = _code(importer, fullname) if reader is None else reader.compiled(self, importer, fullname, key)
        return made[0]  # type: ignore[no-any-return]

    def directory(self) -> "Dict[str, Any]":
        """Give what zipimport knows of the archive's members; it is read when first asked for."""
        read: "Any" = zipimport._zip_directory_cache  # type: ignore[attr-defined]
        if dict.__contains__(read, self.path_name):
            return dict.__getitem__(read, self.path_name)
        reader = _archive()
        files: "Dict[str, Any]" = _system._read_directory(self.path_name) if reader is None else reader.directory(self)
        return files

    def note(self, key: str, found: "Found", code: "CodeType") -> None:
        """Take in what was looked up just now at key, with the code that an import will want next."""
        self.known[key], self._compiled[key] = found, code

    def check_same(self) -> None:
        """Raise ZipImportError if another file has taken the archive's place: half of each would be wrong."""
        if not self.is_same():
            raise zipimport.ZipImportError(
                f"{self.path_name!r} was replaced while its program was running", path=self.path_name
            ) from None

    def check_replaced(self) -> None:
        """Raise as `check_same` does, but not for an archive that is gone: about that, python has words of its own."""
        if os.path.exists(self.path_name):
            self.check_same()

    def _kept(self, found: "Found") -> "Optional[CodeType]":
        file, _, place = found
        if isinstance(place, bytes):
            kept: "Any" = marshal.loads(place)
        else:
            kept = self.image.load(place) if self.image is not None and place is not None else None
        if type(kept) is tuple:
            kept = interpreter.whole(kept)
        if kept is not None and file.endswith(".py"):  # zipimport takes bytecode as it is
            _imp._fix_co_filename(kept, f"{self.path_name}{os.sep}{file}")  # type: ignore[attr-defined]  # the bundle may have moved
        return kept  # type: ignore[no-any-return]


def _exec_module(loader: "Importer", module: "ModuleType") -> None:
    """As load_module, which zipimporters have instead before 3.10, leaves module."""
    vars(module)["__cached__"] = module.__spec__._cached = None  # type: ignore[union-attr]
    collector.exec_module(loader, module)


class Importer(zipimport.zipimporter):
    """The importer of one folder of an archive, in the place of zipimport's own, and called so in its repr."""

    def __new__(cls, contents: "Any", prefix: str = "") -> "Any":
        """Give one of ours for Contents; for a path an ordinary zipimporter, whose name this class bears."""
        return super().__new__(cls) if type(contents) is Contents else zipimport.zipimporter(contents)

    def __init__(self, contents: Contents, prefix: str = "") -> None:
        # Not zipimport's own __init__, which would read the archive's directory.
        self.archive = contents.path_name
        self.prefix = prefix
        self._contents = contents

    def find_spec(self, fullname: str, target: "Any" = None) -> "Any":  # noqa: ARG002
        """As zipimporter's."""
        found = self._contents.find(self, fullname)
        if found is None:
            return None
        file, is_package, code = found
        if code is None:
            return self._spec_without_code(fullname, file, is_package)
        origin = f"{self.archive}{os.sep}{file}"
        spec: "Any" = _frozen_importlib.ModuleSpec(fullname, self, origin=origin, is_package=is_package)  # type: ignore[arg-type]
        spec._set_fileattr = True  # as spec_from_file_location does
        interpreter.note_bytecode(spec)
        if is_package:
            spec.submodule_search_locations.append(self._folder(fullname))
        return spec

    def get_code(self, fullname: str) -> "CodeType":
        """As zipimporter's."""
        return self._contents.code(self, fullname)

    def create_module(self, spec: "Any") -> None:  # noqa: ARG002  zipimporters of 3.8 and 3.9 have none
        """Leave it to the import system."""

    exec_module: "Any" = collector.exec_module if hasattr(zipimport.zipimporter, "exec_module") else _exec_module

    def get_filename(self, fullname: str) -> str:
        """As zipimporter's."""
        found = self._contents.find(self, fullname)
        if found is None or found[2] is None:
            raise zipimport.ZipImportError(f"can't find module {fullname!r}", name=fullname)
        return f"{self.archive}{os.sep}{found[0]}"

    def is_package(self, fullname: str) -> bool:
        """As zipimporter's."""
        found = self._contents.find(self, fullname)
        if found is None or found[2] is None:
            raise zipimport.ZipImportError(f"can't find module {fullname!r}", name=fullname)
        return found[1]

    def get_data(self, pathname: str) -> bytes:
        """As zipimporter's."""
        self._contents.take_equal()
        os.stat(self.archive)  # python, which knows what is in it, finds only now that it is gone
        try:
            data: bytes = super().get_data(pathname)
        except Exception:
            self._contents.check_replaced()
            raise
        self._contents.check_same()
        return data

    def __reduce__(self) -> "Any":
        """As an ordinary zipimporter, which is made anew of its path."""
        return zipimport.zipimporter, (os.path.join(self.archive, self.prefix).rstrip(os.sep),)

    def invalidate_caches(self) -> None:
        """Do nothing: the program goes on with the archive that it was started from."""

    def _get_files(self) -> "Dict[str, Any]":
        return self._contents.directory()

    _files = property(_get_files)  # its name before 3.13

    def _spec_without_code(self, fullname: str, file: str, is_package: bool) -> "Any":
        if file == NAMESPACE:
            spec: "Any" = _frozen_importlib.ModuleSpec(fullname, None, is_package=True)
        elif self._contents.files is None:
            return None
        else:
            origin = os.path.join(self._contents.files, file)
            loader = _frozen_importlib_external.ExtensionFileLoader(fullname, origin)
            collector.hold_back_for(loader)
            spec = _frozen_importlib.ModuleSpec(fullname, loader, origin=origin, is_package=is_package)
            spec._set_fileattr = True
        if is_package:
            spec.submodule_search_locations.append(self._folder(fullname))
        return spec

    def _key(self, fullname: str) -> str:
        """Give the path in the archive, without suffix, at which the module fullname would be."""
        return self.prefix + fullname.rpartition(".")[2]

    def _folder(self, fullname: str) -> str:
        key = self._key(fullname)
        folder = f"{self.archive}{os.sep}{key}"
        # A hook of the program's that comes before zipimport is asked first.
        if interpreter.is_first_hook(_PLAIN) and not isinstance(interpreter.remembered_importer(folder), Importer):
            interpreter.remember_importer(folder, Importer(self._contents, key + os.sep))
        return folder


class _Directories(dict):  # type: ignore[type-arg]
    """zipimport's memory of archives' members, in which that of the running one appears when it is looked for."""

    def __init__(self, before: "Dict[str, Any]", contents: Contents) -> None:
        super().__init__(before)
        self._contents = contents

    def __missing__(self, archive: str) -> "Dict[str, Any]":
        if archive != self._contents.path_name:
            raise KeyError(archive)
        return self._contents.directory()

    def __contains__(self, archive: object) -> bool:
        return archive == self._contents.path_name or super().__contains__(archive)

    def get(self, archive: str, default: "Any" = None) -> "Any":
        return self[archive] if archive in self else default

    def __iter__(self) -> "Any":
        return iter(self.copy())

    def __len__(self) -> int:
        return len(self.copy())

    def keys(self) -> "Any":
        return self.copy().keys()

    def values(self) -> "Any":
        return self.copy().values()

    def items(self) -> "Any":
        return self.copy().items()

    def copy(self) -> "Dict[str, Any]":
        self._contents.directory()  # from here on, all of it is there
        return dict(super().items())


def _archive() -> "Any":
    """Give the module that reads the archive itself; None if it can no longer be loaded: zipimport has to do then."""
    return interpreter.late_if_readable("zip_modules")


def _found(importer: Importer, fullname: str) -> "Optional[Found]":
    """Look the module fullname up by zipimport alone."""
    _io.open_code(importer.archive).close()  # python, which knows what is in it, fails to open it
    plain = zipimport.zipimporter(os.path.join(importer.archive, importer.prefix))
    if _system._get_module_info(plain, fullname) is None:
        return None
    code, is_package, origin = _code(plain, fullname)
    return origin[len(importer.archive) + 1 :], is_package, marshal.dumps(code)


def _code(importer: "Any", fullname: str) -> "Any":
    return _system._get_module_code(importer, fullname)


def in_place_of(finder: "Any", contents: Contents) -> "Any":
    """Give the importer of ours for a folder of the archive for which zipimport's own is finder; any other, as it is."""
    if type(finder) is not _PLAIN or finder.archive != contents.path_name:
        return finder
    return Importer(contents, finder.prefix)


def serve(contents: Contents) -> Importer:
    """Give the importer of an archive with contents; from now on, zipimport knows of it as if it had read it."""
    zipimport._zip_directory_cache = _Directories(zipimport._zip_directory_cache, contents)  # type: ignore[attr-defined]
    return Importer(contents)


# What the program imports is shown in tracebacks as imported by zipimport, and its execution not at all: the
# interpreter takes importlib's frames away.
disguise(
    "zipimport",
    Contents.find,
    Contents.code,
    Contents.check_same,
    Contents.directory,
    Importer.find_spec,
    Importer.get_code,
    Importer.get_data,
    Importer.get_filename,
    Importer.is_package,
)
disguise("importlib._bootstrap_external", _exec_module)
Importer.__name__ = Importer.__qualname__ = "zipimporter"
Importer.__module__ = "zipimport"
