"""The store's verifier: it reads every byte that is there, and says what is not as it was written.

Nothing is changed. A start finds the same damage by itself when it comes across it, takes it for missing, and makes
it anew; this is for those who want to know before.
"""

import os
import stat

from ..runtime import files, image, private, store
from . import checks, contents, keeper, unpack, writer
from .contents import BUILD, BUNDLE, FLOOR, LAYER, LITTER, NOTE, OTHER, RECORD, SCRIPT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Callable, Dict, List, Optional, Tuple

    from ..threads import Tick
    from .checks import Check
    from .manifests import Sums

_MANIFESTS = tuple(f"files.{need}" for need in (files.NATIVE, files.WHOLE))  # how their names begin
# Of what is one file: the name under which it is counted, what it has to be, and how many bytes it may have.
_ONE_FILE: "Dict[str, Tuple[str, Check, int]]" = {
    SCRIPT: ("scripts", checks.script, private.LARGEST),
    RECORD: ("records", checks.record, private.LARGEST),
    NOTE: ("notes", checks.note, private.LARGEST),
    FLOOR: ("floors", checks.own_image, image.LARGEST),
}
# What lies in the store's root beside its folders, and the content of each.
_AT_ROOT = {"CACHEDIR.TAG": writer.TAG, keeper.STAMP: b""}
_NOT_PRIVATE = "it is no directory of yours alone"


class Findings:
    """What was read, and what is wrong.

    checked: how many scripts, records, images and so on were read. size: bytes that were read.
    unchecked: how many files cannot be checked, by where they are, relative to the store: what programs wrote into their
    trees, and what other versions keep.
    damaged: path, relative to the store, and reason.
    leftover: what killed processes left, or living ones are writing. foreign: what is not the store's. Both no start mends;
    as paths, relative to the store.
    """

    __slots__ = ("checked", "damaged", "foreign", "leftover", "size", "unchecked")

    def __init__(self) -> None:
        self.checked = {
            "scripts": 0,
            "records": 0,
            "images": 0,
            "manifests": 0,
            "files": 0,
            "floors": 0,
            "notes": 0,
            "layers": 0,
            "builds": 0,
        }
        self.size = 0
        self.unchecked: "Dict[str, int]" = {}
        self.damaged: "List[Tuple[str, str]]" = []
        self.leftover: "List[str]" = []
        self.foreign: "List[str]" = []


def verify(root: str, tick: "Optional[Tick]" = None) -> Findings:
    """Read all that is in the store at root. Raises OSError when the root cannot be listed.

    tick: called now and then with how many bytes were read, and with that of all.
    """
    reading = _Pass(root)
    for item in contents.one_by_one(contents.survey(root), tick):
        for part in (item, *item.records, *item.litter):
            reading.check_item(part)
    reading.note_foreign(contents.foreign(root, _AT_ROOT))
    for name, content in _AT_ROOT.items():
        if os.path.lexists(os.path.join(root, name)):
            reading.check_file("", os.path.join(root, name), checks.exactly(content))
    for name in contents.KINDS:
        path = os.path.join(root, name)
        if os.path.lexists(path) and not private.is_private(path):
            reading.note(path, _NOT_PRIVATE)
    return reading.findings


class _Pass:
    """One pass over the store."""

    def __init__(self, root: str) -> None:
        self.findings = Findings()
        self._root = root

    def check_item(self, item: contents.Item) -> None:
        """Check what is in the store, of whatever kind; what other versions keep is only counted."""
        if item.kind in _ONE_FILE:
            what, check, largest = _ONE_FILE[item.kind]
            self.check_file(what, item.path, check, largest)
        elif item.kind == BUILD:
            self._attempt("builds", item.path, lambda: self._count(checks.build(item.path)))
        elif item.kind == LAYER:
            self.check_layer(item)
        elif item.kind == BUNDLE:
            self.check_bundle(item)
        elif item.kind == OTHER:
            self._pass_over(item.path, item.files)
        elif item.kind == LITTER:
            self.findings.leftover.append(os.path.relpath(item.path, self._root))

    def note_foreign(self, paths: "List[str]") -> None:
        """Note that what is at paths is not the store's."""
        self.findings.foreign += [os.path.relpath(path, self._root) for path in paths]

    def _pass_over(self, path: str, files: int) -> None:
        if files:
            self.findings.unchecked[os.path.relpath(path, self._root)] = files

    def check_file(self, what: str, path: str, check: "Check", largest: int = private.LARGEST) -> None:
        """Read the file at path and see whether it is what check wants; what: the name under which it is counted.

        largest: how many bytes it may have.
        """

        def read_and_check() -> None:
            data = checks.content_of(path, largest)
            self._count(len(data))
            check(path, data)

        self._attempt(what, path, read_and_check)

    def _count(self, size: int) -> None:
        self.findings.size += size

    def _attempt(self, what: str, path: str, check: "Callable[[], None]") -> None:
        """Call check, which reads the file at path, and note what it says is wrong."""
        try:
            check()
        except FileNotFoundError:
            return  # removed or replaced meanwhile, or just as good as never written
        except OSError as error:
            self.note(path, f"it cannot be read ({error.strerror})")
        except checks.Damage as damage:
            self.note(path, str(damage))
        if what:
            self.findings.checked[what] += 1

    def check_layer(self, item: contents.Item) -> None:
        """Check the entry of a layer: what it says of itself, and its tree."""
        if os.path.lexists(os.path.join(item.path, "files")):
            self.check_file("layers", os.path.join(item.path, "about"), checks.sealed(store.ABOUT_HEAD))
        self.check_bundle(item)

    def check_bundle(self, item: contents.Item) -> None:
        """Check an entry: its images, its manifests, and its tree of real files."""
        if not private.is_private(item.path):
            if os.path.lexists(item.path):
                self.note(item.path, _NOT_PRIVATE)
            return
        tree = os.path.join(item.path, "files")
        listed: "Dict[str, List[files.State]]" = {}
        sums: "Dict[str, Optional[int]]" = {}
        for name in sorted(_names_in(item.path)):
            path = os.path.join(item.path, name)
            if name.endswith(contents.IMAGE):
                self.check_file("images", path, checks.own_image, image.LARGEST)
            elif name.startswith(_MANIFESTS) and not name.endswith(".new"):
                self.check_file("manifests", path, checks.manifest, image.LARGEST)
                recorded = checks.recorded_in(path)
                if recorded is None:
                    continue
                folders, said = recorded
                for member, state in said.states.items():
                    listed.setdefault(member, []).append(state)
                sums.update(said.sums)
                self._folders(tree, folders)
        self._tree(tree, listed, sums)

    def _folders(self, directory: str, names: "List[str]") -> None:
        for name in names:
            path = os.path.join(directory, name)
            if not os.path.isdir(path) or os.path.islink(path):
                self.note(path, "it is missing, or no directory")

    def _tree(self, directory: str, listed: "Dict[str, List[files.State]]", sums: "Sums") -> None:
        if listed and not private.is_private(directory):
            return self.note(directory, _NOT_PRIVATE)
        there = {os.path.relpath(path, directory) for path, _ in contents.files_below(directory)}
        self._pass_over(directory, len(there.difference(listed)))  # a program may write into its tree
        for name, states in listed.items():
            self._member(os.path.join(directory, name), states, sums[name])
        return None

    def _member(self, path: str, states: "List[files.State]", expected: "Optional[int]") -> None:
        # One manifest that vouches for the file is enough: what another Python has mended is not in this one's.
        self.findings.checked["files"] += 1
        try:
            status = os.lstat(path)
            if files.state(status) not in states:
                return self.note(path, "it was replaced, or altered")
            if stat.S_ISLNK(status.st_mode):  # to a source of a project
                return None
            self.findings.size += status.st_size
            found = unpack.crc32_of(path)
            if found != expected:
                self.note(path, "its content is not what it was")
        except FileNotFoundError:
            self.note(path, "it is missing")
        except OSError as error:
            self.note(path, f"it cannot be read ({error.strerror})")
        return None

    def note(self, path: str, reason: str) -> None:
        """Note that what is at path is damaged, and why."""
        self.findings.damaged.append((os.path.relpath(path, self._root), reason))


def _names_in(directory: str) -> "List[str]":
    """Give what is in directory; nothing if somebody took it away meanwhile."""
    try:
        return os.listdir(directory)
    except FileNotFoundError:
        return []
