"""Bundles that the store does not know yet, or no longer as they were: checked, hashed, and given an entry."""

import os
import sys
import time
from _blake2 import blake2b

from . import archive, layouts, progress
from .runtime import Refusal, command, files, kinds, loaded, private, store
from .runtime.warm import Warm, is_left_to_bootstrap
from .storage import keeper, writer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Dict, Optional, Tuple

    from .archive import Archive, Limits
    from .archive.records import Data
    from .runtime.layouts import Layout

_NOWHERE = ""  # stands for the root where there is no store


def enter(asked: command.Command, found: "Checked") -> Warm:
    """Give the bundle that was found for what asked names, which has the store's help from its first start on.

    The store gets a record of where the file's content is kept, the members that must be real files, and, when
    the program ends, the image. Without a store, or with one that cannot be written, such members go into a
    temporary directory. If that cannot be written either, python runs a plain archive as well, without its native modules;
    all else is refused.
    """
    entry, layout, need = found.entry, found.layout, found.need
    if asked.use_store and asked.unpack in (command.ALWAYS, command.NEVER):
        writer.put_wish(entry, asked.unpack == command.ALWAYS)
        keeper.forget_names(entry.root, entry.key)  # which have what was wished before
    has_files = need and not is_left_to_bootstrap(layout, asked)
    directory, lacking = _directory(found, asked) if has_files else (layout.get("place"), None)
    link = layout.get("link")
    if directory is not None and link:
        writer.link(directory, link)
    in_store = directory is None or directory == entry.files()
    image = store.open_image(entry, need == files.WHOLE and not layout) if asked.use_store and in_store else None
    if asked.use_store:
        writer.put_record(entry, found.seen)
    entered = Warm(entry, asked, image, need, directory, layout)
    entered.lacking = lacking
    return entered


def mend(known: Warm, path: str) -> "Optional[str]":
    """Make the real files of known, which runs, right again, as the one at path was altered; say why if that cannot be."""
    from .storage import unpack  # when real files are needed, which most archives do not have

    try:
        found = checked(known.asked, known.path_name)
        if found.entry.key == known.entry.key:
            unpack.ensure(known.entry, found.archive, known.need)
            return None
        reason = f"{known.path_name!r} was replaced"
    except (OSError, Refusal) as error:
        reason = str(error)
    return f"{path!r} was altered, and cannot be made right: {reason}"


class Expected(Warm):
    """A bundle as `enter` would give it, as far as can be told; nothing of it is in its place.

    found: what it is.
    """

    def __init__(self, asked: command.Command, found: "Checked") -> None:
        directory = _expected_directory(found) if found.need else found.layout.get("place")
        layout = found.layout and {
            **found.layout,
            "members": frozenset(member.name for member in found.archive.members),
        }
        super().__init__(found.entry, asked, None, found.need, directory, layout)
        self.found = found


class Checked:
    """An archive that is sound.

    entry: where it is, or would be, in the store. archive: its members, as they are laid out. layout: what its maker
    wrote (`layouts`). need: which of the members have to be real files. has_native: whether the system has to load or
    execute any. seen: when its identity was, in ns.
    """

    __slots__ = ("archive", "entry", "has_native", "layout", "need", "seen")

    def __init__(
        self, entry: store.Bundle, archive: "Archive", layout: "Layout", need: str, has_native: bool, seen: int
    ) -> None:
        self.entry = entry
        self.archive = archive
        self.layout = layout
        self.need = need
        self.has_native = has_native
        self.seen = seen


def checked(asked: command.Command, path_name: str) -> Checked:
    """Check and hash the archive, or the PEX that is a directory, at path_name that asked names; nothing is written.

    Raises Refusal for one that is not sound, and OSError if it cannot be read.
    """
    seen = time.time_ns()
    with progress.Bar(sys.stderr, "checking") as bar:
        if os.path.isdir(path_name):
            return _checked_directory(asked, os.path.abspath(path_name), seen, bar)
        content, identity = _content(asked.target, path_name)
        sound = archive.check(asked.target, content, _limits(asked), bar.tick)
    entry = _store_entry(asked, path_name, content, identity)
    layout = layouts.of_archive(sound, path_name)
    has_native = bool(sound.native_members() or layout.get("programs"))
    is_wished = entry.unpack or asked.unpack == command.ONCE
    need = _need(layout, has_native, is_wished or _is_for_files_only(sound))
    return Checked(entry, layouts.laid_out(sound, layout), layout, need, has_native, seen)


def _checked_directory(asked: command.Command, place: str, seen: int, bar: progress.Bar) -> Checked:
    from .runtime import pex_place  # most bundles are files

    identity = pex_place.identity(place)
    files_in, key, layout = layouts.of_directory(place, asked.target, _limits(asked), bar.tick)
    root = private.root() if asked.use_store else None
    entry = store.Bundle(root or _NOWHERE, key, identity, place)
    has_native = bool(files_in.native_members())
    if "place" in layout:
        return Checked(files.Placed(entry, place), files_in, layout, "", has_native, seen)
    laid_out = layouts.laid_out(files_in, layout)
    return Checked(entry, laid_out, layout, _need(layout, has_native, False), has_native, seen)


def scripts(asked: command.Command, path_name: str) -> "Dict[str, str]":
    """Give the console scripts of the distributions in a plain archive, a folder in one, or a directory: what each calls.

    Raises as `checked` does, and Refusal for broken metadata.
    """
    if os.path.isdir(path_name):
        return scripts_in(_metadata_in(asked, path_name))
    file, folder = _file_and_folder(path_name)
    return scripts_in(checked(asked, file).archive, folder)


def scripts_in(found: "Archive", folder: str = "") -> "Dict[str, str]":
    """Give the console scripts in found, an archive that was checked, or in a folder of it, which ends in a slash.

    Raises Refusal for broken metadata.
    """
    from .makers import metadata  # few ask for a script

    return metadata.all_scripts(found, folder)


def _file_and_folder(path_name: str) -> "Tuple[str, str]":
    """Give the file on the way to path_name, and the folder in it that is meant, as `scripts_in` takes it."""
    folder = ""
    while not os.path.lexists(path_name) and os.path.dirname(path_name) != path_name:
        path_name, name = os.path.split(path_name)
        folder = f"{name}/{folder}" if name else folder
    return path_name, folder


def _metadata_in(asked: command.Command, directory: str) -> "Archive":
    """Give what tells of the entry points of the distributions in directory, as members. Raises OSError."""
    from .makers import metadata, pex_files  # as above

    found = pex_files.Files(asked.target)
    for name in sorted(os.listdir(directory)):
        path = os.path.join(directory, name, metadata.ENTRY_POINTS)
        if name.endswith(metadata.DIST_INFO) and os.path.isfile(path):
            with open(path, "rb") as file:  # more than is allowed is as good as all of it
                found.add_content(f"{name}/{metadata.ENTRY_POINTS}", file.read(metadata.LARGEST + 1))
    return found


def elsewhere(asked: command.Command, found: Checked) -> "Optional[str]":
    """Give the path of the interpreter that has to run what was found; None if that can be this one.

    What a bundle of shiv's needs is known only by the wheels that it was made of, and it may do here all the same: their
    native modules may be there for speed alone. So with --python it runs here, where others are refused. Raises Refusal
    for these, and if there is no such interpreter.
    """
    layout = found.layout
    misfit = layout.get("misfit")
    if not misfit:
        return None
    if layout.get("chooses") and (not asked.python or asked.is_sent):
        return None  # its bootstrap looks for one
    if not asked.python and _names_python(layout, found.entry.path_name, asked):
        return None  # its bootstrap goes to that
    is_sure = layout["maker"] != kinds.SHIV
    if asked.python and is_sure:
        raise Refusal(asked.target, misfit, "without --python it goes to one that fits, if there is one")
    if asked.python:
        return None
    from . import pythons  # which most bundles do not need

    try:
        return pythons.instead(layouts.needs(layout), found.entry.key, asked.target, asked.use_store)
    except Refusal as refusal:
        if layout.get("tries"):
            return None  # as its own bootstrap would
        if not is_sure:
            refusal.hint = f"{refusal.hint}; --python here tries it on this one"
        raise


def _names_python(layout: "Layout", path_name: str, asked: command.Command) -> bool:
    """Tell whether a variable says which interpreter is to run the bundle at path_name, if it is a PEX.

    If that is this one, nothing is left to its bootstrap.
    """
    if not is_left_to_bootstrap(layout, asked):
        return False
    given = loaded("pex_start").variables_for(layout, path_name, asked)
    return bool(given.get("PEX_PYTHON") or given.get("PEX_PYTHON_PATH"))


def _is_for_files_only(checked: "Archive") -> bool:
    """Tell whether checked can only run from real files: zipimport cannot unpack it, or Windows would not find its libraries.

    There, an extension module finds those in other folders once its package has called `os.add_dll_directory`, which it
    does with what is beside its `__file__`, if there is a directory.
    """
    if os.name == "nt" and any(member.name.lower().endswith(".dll") for member in checked.members):
        return True
    return any(member.method not in (archive.STORED, archive.DEFLATED) for member in checked.members)


def _need(layout: "Layout", has_native: bool, is_asked: bool) -> str:
    """Say which members have to be real files."""
    if layout:
        return "" if layout.get("foreign") else files.WHOLE
    if is_asked:
        return files.WHOLE
    return files.NATIVE if has_native else ""


def _limits(asked: command.Command) -> "Limits":
    if not asked.limits:
        return archive.Limits()
    from . import limiting  # few ask for that

    return limiting.limits_of(asked.limits)


def identity_if_same(known: Warm) -> "Optional[store.Identity]":
    """Give the identity of the archive that known is of, if it has the content by which its entry is called.

    None for all else; raises nothing.
    """
    try:
        content, identity = _content(known.path_name, known.path_name)
        return identity if _key_of(content) == known.entry.key else None
    except (OSError, ValueError, Refusal):
        return None


def _key_of(content: "Data") -> str:
    digest = blake2b(digest_size=store.KEY)
    for piece in archive.pieces_of(content):
        digest.update(piece)
    return digest.hexdigest()


def _content(typed: str, path_name: str) -> "Tuple[Data, store.Identity]":
    with open(path_name, "rb") as file:
        status = os.fstat(file.fileno())
        return archive.content_of(typed, file, status.st_size), store.identity_of(status)


def _store_entry(asked: command.Command, path_name: str, content: "Data", identity: "store.Identity") -> store.Bundle:
    root = private.root() if asked.use_store else None
    key = _key_of(content)
    entry = store.Bundle(root or _NOWHERE, key, identity, os.path.abspath(path_name))
    if asked.unpack in (command.ALWAYS, command.NEVER):
        entry.unpack = asked.unpack == command.ALWAYS
    elif root is not None:
        entry.unpack = private.is_private(root) and os.path.exists(entry.wish_path())
    return entry


def _directory(found: Checked, asked: command.Command) -> "Tuple[Optional[str], Optional[Refusal]]":
    """Make the members of found that must be real files so, and give their directory: in the store, or a temporary one.

    Or, for a plain archive, what says why there is none. Raises Refusal for others, and for an archive that has changed.
    """
    from .storage import unpack  # as in mend

    with progress.Bar(sys.stderr, "unpacking") as bar:
        try:
            if unpack.place_in_store(found.entry, found.has_native) is not None:
                return unpack.ensure(found.entry, found.archive, found.need, bar.tick), None
        except OSError:
            pass  # the store cannot take it
        try:
            return unpack.aside(found.archive, found.need, asked.target, bar.tick), None
        except unpack.NoPlace as refusal:
            if found.need != files.NATIVE:
                raise
            return None, refusal


def _expected_directory(found: Checked) -> str:
    """Give the directory that `_directory` would give."""
    from .storage import unpack, usability  # as in mend

    place = unpack.place_in_store(found.entry, found.has_native)
    return place if place is not None and usability.takes_more(found.entry.root) else unpack.NOT_MADE_YET
