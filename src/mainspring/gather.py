"""Gathering: what a program imported in this run becomes the image for the next ones.

Only code that programs really used gets into an image, from the archive and from the standard library, in the order in
which it was wanted.
"""

import _imp
import marshal
import os
import sys
from _frozen_importlib_external import EXTENSION_SUFFIXES, ExtensionFileLoader, SourceFileLoader

from . import clocks, quiet_natives, runtime
from .runtime import constant_sets, files, image, loaded, store
from .runtime.ending import namespace_of
from .runtime.library import ABSENT, stamp
from .runtime.warning_filters import Raised, speaker
from .storage import manifests, writer
from .storage.image_blobs import ImageBlobs

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType
    from typing import Any, Callable, Dict, Iterable, List, Optional, Set, Tuple, Union

    from .runtime.image import Blob
    from .runtime.library import Made
    from .runtime.warm import Warm

_FRAMES = 10  # more than there are between who calls re and its parser
_OURS = "<what mainspring compiles>"  # while it is compiled, in the place of "<string>": it tells our warnings
_MOST_MISSES = 5000  # names that are remembered as not being there


def save(warm: "Warm") -> None:
    """Write the image of warm with what it lacked in this run, and the ground floor's if need be. Raises nothing.

    A first start takes long enough, and does not write the ground floor's: the second start does.
    """
    if warm.image is not None:
        save_floor()
    joined = _scattered(warm)
    if not joined and not warm.has_news():
        return
    if warm.directory not in (None, warm.entry.files()):
        return  # a temporary one, whose paths are in the code
    path = warm.entry.image_path(warm.is_unpacked)
    if not _was_written_meanwhile(warm):
        blobs = ImageBlobs(warm.latest, warm.news, joined)
        modules, library = _modules(warm, blobs), _library(warm, blobs)
        index = {
            image.OF: image.label_of(path),
            "modules": blobs.placed(modules),
            "library": {directory: (mtime, blobs.placed(found)) for directory, (mtime, found) in library.items()},
            "runpy": warm.runpy,
            "need": warm.need,
            "layout": warm.layout,
            "scripts": warm.scripts,
            "is_only": warm.is_only,
            "is_partial": warm.keeping is None or warm.keeping.is_amid,
            "patterns": _patterns(warm, blobs),
            "texts": _texts(warm, blobs),
            "zipfile": _members(warm, blobs),
            "quiet": _quiet(warm),
            "lists": blobs.lists,
        }
        writer.put_image(warm.entry.root, path, marshal.dumps(index), blobs.in_order)
        warm.latest = store.open_image(warm.entry, warm.is_unpacked)


def _scattered(warm: "Warm") -> "List[Blob]":
    """Give the code that this run took from the image piece by piece, if it is so much that lists of it pay."""
    if not warm.is_scattered or warm.image is None or warm.latest is not warm.image:
        return []
    # To a store that cannot be written, it would be offered at every start.
    return warm.image.alone if os.access(os.path.dirname(warm.image.path), os.W_OK) else []


def save_floor() -> None:
    """Write the code of the ground floor's modules to one image, unless it is there and right. Raises nothing."""
    path = runtime.floor_path()
    if path is None or runtime.is_floor_right():
        return
    if runtime.floor is None and runtime.open_floor() is not None:
        return  # many may start at once, and one is enough
    blobs = ImageBlobs()
    index: "Dict[str, Any]" = {image.OF: image.label_of(path)}
    for names in (runtime.ALWAYS, runtime.FOR_BUNDLES, *((name,) for name in runtime.FOR_SOME)):
        try:
            stamps = _stamps_of(names)
            place = blobs.append(marshal.dumps({name: _own_code(name) for name in names}))
            if stamps != _stamps_of(names):
                return
            index.update((name, (*stamps[name], place)) for name in names)
        except (OSError, ValueError, AttributeError):
            if names[0] not in runtime.FOR_SOME:
                return  # there is neither bytecode nor source of it
    writer.put_image(os.path.dirname(os.path.dirname(path)), path, marshal.dumps(index), blobs.in_order)


def _own_code(name: str) -> "CodeType":
    """Give the code of a module of the ground floor; python may have been told to write no bytecode."""
    try:
        return runtime.code_of(name)
    except (OSError, ValueError, AttributeError, TypeError, EOFError):
        path = _own_path(name)
        with open(path, "rb") as file:
            return compile(file.read(), path, "exec", dont_inherit=True)


def _stamps_of(names: "Iterable[str]") -> "Dict[str, Tuple[int, int]]":
    return {name: runtime.stamp_of(os.stat(_own_path(name))) for name in names}


def _own_path(name: str) -> str:
    return os.path.join(os.path.dirname(runtime.__file__), f"{name}.py")


def _was_written_meanwhile(warm: "Warm") -> bool:
    """Tell whether somebody else wrote the image in this run's time: many may start at once, and one is enough.

    Its time is no sign of that: it is that of its last use (`store.touch`).
    """
    now = store.open_image(warm.entry, warm.is_unpacked)
    if now is None:  # nobody, or what is there is no use
        return False
    return warm.latest is None or store.identity_of(now.status)[:3] != store.identity_of(warm.latest.status)[:3]


def _patterns(warm: "Warm", blobs: ImageBlobs) -> "Optional[Blob]":
    """Put the programs of regular expressions behind all blobs, and a table of them; give the table's place."""
    compiled = warm.patterns.fresh if warm.patterns is not None else {}
    fresh = {key: marshal.dumps(_plain(program)) for key, program in compiled.items() if _is_silent(*key[1:])}
    return _table(warm, blobs, "patterns", fresh)


def _texts(warm: "Warm", blobs: ImageBlobs) -> "Optional[Blob]":
    """Put the code of texts behind all blobs, and a table of them; give the table's place."""
    executed = warm.texts.fresh if warm.texts is not None else {}
    fresh = {key: code for key, code in ((key, _compiled(*key)) for key in executed) if code is not None}
    return _table(warm, blobs, "texts", fresh)


def _table(warm: "Warm", blobs: ImageBlobs, name: str, fresh: "Dict[Any, bytes]") -> "Optional[Blob]":
    """Put fresh behind all blobs, and what the older image has under name, and a table of them; give the table's place."""
    known: "Dict[Any, Blob]" = warm.latest.table(name) or {} if warm.latest is not None else {}
    kept = {key: blobs.kept(place) for key, place in known.items()}
    table = {key: blobs.append(blob) for key, blob in {**kept, **fresh}.items() if blob is not None}
    return blobs.append(marshal.dumps(table)) if table else None


def _members(warm: "Warm", blobs: ImageBlobs) -> "Optional[Blob]":
    kept = warm.latest.index.get("zipfile") if warm.latest is not None else None
    table = warm.lookup.fresh if warm.lookup is not None else None
    blob = marshal.dumps(table) if table is not None else kept and blobs.kept(kept)
    return blobs.append(blob) if blob else None


def _quiet(warm: "Warm") -> "List[str]":
    """Give the native modules of the bundle that have nothing to do at the end, by their names in its directory."""
    if warm.directory is None:
        return []
    known = set(warm.latest.index["quiet"]) if warm.latest is not None else set()
    inside, ends = os.path.join(warm.directory, ""), tuple(EXTENSION_SUFFIXES)
    files = [namespace_of(module).get("__file__") for module in list(sys.modules.values())]
    native = [file for file in files if type(file) is str and file.startswith(inside) and file.endswith(ends)]
    fresh = {file[len(inside) :] for file in native} - known
    return sorted(known.union(name for name in fresh if quiet_natives.is_quiet(f"{inside}{name}")))


def _plain(value: "Any") -> "Any":
    """Give value, of which marshal knows all, with mere int for re's subclasses of it."""
    if isinstance(value, (list, tuple)):
        return type(value)(_plain(item) for item in value)
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    return int(value) if isinstance(value, int) else value


def _is_silent(pattern: object, flags: int) -> bool:
    """Tell whether compiling the expression, which can be compiled, warns of nothing."""
    parser: "Any" = sys.modules.get("re._parser") or sys.modules.get("sre_parse")
    if parser is None:
        return False
    try:
        with Raised(__name__):
            _from_within(_FRAMES, lambda: parser.parse(pattern, flags))
    except Warning:
        return False
    return True


def _from_within(frames: int, function: "Callable[[], object]") -> object:
    """Call function below so many frames of this module, so that a warning in a caller's name is in that of this one."""
    return _from_within(frames - 1, function) if frames else function()


def _compiled(text: str, name: str) -> "Optional[bytes]":
    """Give the marshalled code of text as exec or eval, whose name is given, has it; None if that is not silent."""
    text = text.lstrip(" \t") if name == "eval" else text
    named: "Dict[str, Any]" = {"module": _OURS} if sys.version_info >= (3, 15) else {}
    try:
        with Raised(speaker(_OURS, _OURS), globals()):
            code = compile(text, _OURS, name, dont_inherit=True, **named)
    except (SyntaxError, Warning, ValueError, MemoryError, RecursionError):
        return None
    _imp._fix_co_filename(code, "<string>")  # type: ignore[attr-defined]
    return marshal.dumps(code)


def _modules(warm: "Warm", blobs: ImageBlobs) -> "Dict[str, Any]":
    found: "Dict[str, Any]" = {}
    misses = 0
    written: "Dict[str, Any]" = warm.latest.index["modules"] if warm.latest is not None else {}
    for key, value in warm.contents.known.items():
        if value is not None and isinstance(value[-1], tuple):
            if key not in written:
                continue
            value = written[key]  # noqa: PLW2901  where the image has it now
        misses += value is None
        if key in warm.contents.unkept or (value is None and misses > _MOST_MISSES):
            continue
        kept = _with_code(key, value, blobs) if value is not None else None
        if kept is not None or value is None:
            found[key] = kept
    return found


def _library(warm: "Warm", blobs: ImageBlobs) -> "Dict[str, Any]":
    library: "Dict[str, Any]" = {}
    written: "Dict[str, Any]" = warm.latest.index["library"] if warm.latest is not None else {}
    vouched = _vouched(warm) if any(map(warm.library.is_ours, warm.library.fresh)) else set()
    for directory in {**written, **warm.library.fresh}:
        before, known = written.get(directory, (0, {}))
        when = warm.library.when.get(directory, before)
        # What was missing may have come since, and the directory's time does not tell.
        fresh = warm.library.fresh.get(directory, {}) if clocks.is_settled(when, warm.library.since) else {}
        is_ours = warm.library.is_ours(directory)
        specs = _settled(warm, fresh) if is_ours or warm.library.is_source(directory) else fresh
        found = {
            name: _with_code(name, value, blobs)
            for name, value in known.items()
            if name not in specs and (before == when or (is_ours and value != ABSENT))
        }
        found.update(
            (name, _described(name, spec, blobs, warm.library.made, spec and spec.origin in vouched))
            for name, spec in specs.items()
        )
        library[directory] = when, {name: value for name, value in found.items() if value is not None}
    return library


def _settled(warm: "Warm", specs: "Dict[str, Any]") -> "Dict[str, Any]":
    """Give those of specs that still hold; they are of files that may change at any time."""
    made = warm.library.made
    return {name: spec for name, spec in specs.items() if spec is None or _is_same_source(spec, made)}


def _with_code(name: str, value: "Any", blobs: ImageBlobs) -> "Any":
    if value[-1] is None:
        return value
    number = blobs.add(name, value[-1])
    return None if number is None else (*value[:-1], number)


def _is_same_source(spec: "Any", made: "Dict[str, Made]") -> bool:
    """Tell whether the source of a module is as this run has compiled it."""
    if type(spec.loader) is not SourceFileLoader:
        return True  # there is no code to keep
    try:
        status = os.stat(spec.origin)
    except OSError:
        return False
    return _code_of(spec, status, made) is not None


def _vouched(warm: "Warm") -> "Set[str]":
    """Give the paths of the modules that this run has found in warm's tree and for which its manifest vouches."""
    layer = warm.layout.get("layer")
    entry = loaded("project").LayerEntry(warm.entry.root, layer) if layer else warm.entry
    kept = files.recorded(entry, files.WHOLE)
    states = manifests.said_in(kept).states if kept is not None else {}
    specs = [spec for found in warm.library.fresh.values() for spec in found.values()]
    return {spec.origin for spec in specs if spec is not None and _is_vouched(spec.origin, warm.directory, states)}


def _is_vouched(path: "Optional[str]", tree: "Optional[str]", states: "Dict[str, files.State]") -> bool:
    """Tell whether path is that of a file in tree which is in the state that states, by name, has of it."""
    if path is None or tree is None or not path.startswith(os.path.join(tree, "")):
        return False
    name = path[len(tree) + 1 :]
    if name.startswith(f"{files.LINKS}{os.sep}"):  # it is reached by another name of the tree
        name = name.split(os.sep, 2)[-1]
    try:
        return states.get(name) == files.state(os.lstat(path))
    except OSError:  # it is gone
        return False


def _code_of(spec: "Any", source: os.stat_result, made: "Dict[str, Made]") -> "Union[bytes, CodeType, None]":
    """Give what made (`Library`) has of the module of spec, whose file has the status source.

    None if that was another file, or may have been changed since without its time telling.
    """
    code, made_of, when = made.get(spec.origin, (None, None, 0))
    return code if made_of == stamp(source) and clocks.is_settled(runtime.changed(source), when) else None


def _described(name: str, spec: "Any", blobs: ImageBlobs, made: "Dict[str, Made]", is_vouched: bool) -> "Any":
    """Say of a module, by its spec, what `Library` has to know; None if nothing is to be said of it.

    made: the code that this run has, as `Library` has it. is_vouched: whether the manifest of a tree vouches for it.
    """
    if spec is None:
        return ABSENT
    kind = type(spec.loader)
    if kind not in (SourceFileLoader, ExtensionFileLoader):
        return None
    is_package = spec.submodule_search_locations is not None
    try:
        status = os.stat(spec.origin)
        value = spec.origin, is_package, *stamp(status), is_vouched
        if kind is ExtensionFileLoader:
            return (*value, None)
        return (*value, blobs.add(name, _marshalled(spec, status, _code_of(spec, status, made))))
    except (OSError, ValueError):
        return None


def _marshalled(spec: "Any", source: os.stat_result, code: "Union[bytes, CodeType, None]") -> bytes:
    """Give the code of a module whose source has that status: compiled here, or python's bytecode, or what it has loaded.

    code: what this run has of it. Raises ValueError or OSError if there is none for certain.
    """
    if isinstance(code, bytes):
        return code
    try:
        return _bytecode(_cached(spec), source, spec.origin)
    except (OSError, ValueError, TypeError):
        if code is None:
            raise
    kept = constant_sets.dumped(code)
    if kept is None:
        raise ValueError("python compiles it at every start, and it would not come back as it is")
    return kept


def _cached(spec: "Any") -> str:
    """Give where python keeps the bytecode of a source file, and leave spec to say so when it is asked, as it does since 3.15."""
    before = spec._cached
    cached: str = spec.cached
    spec._cached = before
    return cached


def _bytecode(cached: str, source: os.stat_result, path: str) -> bytes:
    """Give the marshalled code that python keeps of the source file at path; raise ValueError and others if there is none.

    It names that file, as python has it do: both may have been made elsewhere, and copied.
    """
    data = runtime.bytecode_of(cached, source)
    code = marshal.loads(data)
    if code.co_filename == path:
        return data
    _imp._fix_co_filename(code, path)  # type: ignore[attr-defined]
    return marshal.dumps(code)
