"""Projects and scripts with inline metadata, as a later start finds them: the plan of the first one, and their layer.

The plan lies in the image as what the maker of a bundle wrote (`layout`); `projects.running` makes it. A project is known
by its pyproject.toml's fingerprint, and what else the plan depends on is compared: lock files, where its modules are, and
what counts for its build backend's answers, variables included.
"""

import marshal
import os

from . import TO_LOCATE, Refusal, children, entry, files, interpreter, kinds, load, private, store
from .program import Program

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, List, Optional, Tuple

    from .command import Command
    from .layouts import Layout

    About = Tuple[str, List[str], bool]  # the Python's version; what is installed; whether there are .pth files


class LayerEntry(store.Bundle):
    """The entry of a layer: what was installed together for one build of the interpreter (`projects.layers`)."""

    __slots__ = ()

    def __init__(self, root: str, key: str) -> None:
        super().__init__(root, key, (0, 0, 0, 0, 0), "")
        self.path = os.path.join(root, store.LAYERS, key)

    def about_path(self) -> str:
        """Give the path of the file that says what is in the layer; its time is that of the layer's last use."""
        return os.path.join(self.path, "about")

    def about(self) -> "Optional[About]":
        """Give what is in the layer; None if that cannot be told. It counts as used now. Raises nothing."""
        found = private.read_private(self.about_path())
        body = private.unsealed(store.ABOUT_HEAD, found[0]) if found is not None else None
        if found is None or body is None:
            return None
        store.touch(self.about_path(), found[1])
        about: "About" = marshal.loads(body)
        return about


def bundle_at(asked: "Command") -> "Optional[store.Bundle]":
    """Give the entry of the project that asked names; None unless its settings file is as it was. Raises nothing."""
    root = private.root()
    found = identity(asked)
    if root is None or found is None or not private.is_private(root):
        return None
    return store.recorded(root, found)


def identity(asked: "Command") -> "Any":
    """Give what tells the project that asked names, with what is wanted of it, from others; None if it is none."""
    for name in kinds.PROJECT_FILES:
        path = os.path.join(asked.target, name)
        found = store.fingerprint_at(path)
        if found is not None:
            return (os.path.abspath(path), *asked.extras, "", *asked.groups, *found)
    return None


def opened(bundle: store.Bundle, layout: "Layout") -> "Optional[files.Placed]":
    """Give the entry of bundle with its layer, if all that layout depends on is as it was. Raises nothing."""
    if [[path, os.path.exists(path)] for path, _ in layout["seen_paths"]] != layout["seen_paths"]:
        return None
    watched = [*layout["locks"], *layout["counted"]]
    if [[path, store.fingerprint_at(path)] for path, _ in watched] != watched:
        return None
    variables = layout.get("variables")  # None of an older mainspring
    if [[name, os.environ.get(name)] for name, _ in variables or ()] != variables:
        return None
    if layout["own"] and _held(LayerEntry(bundle.root, layout["own"])) is None:
        return None
    if not layout["layer"]:
        return files.Placed(bundle, None)
    tree = _held(LayerEntry(bundle.root, layout["layer"]))
    return files.Placed(bundle, tree) if tree is not None else None


def _held(layer: LayerEntry) -> "Optional[str]":
    """Give the directory of layer, which is held from here on, if all in it is as it was. Raises nothing."""
    files.hold(layer.files())
    tree = files.verified(layer, files.WHOLE)
    return tree if layer.about() is not None else None


def program(layout: "Layout", tree: "Optional[str]", asked: "Command") -> Program:
    """Give the program that starts as layout says, with the layer in tree. Raises Refusal if it is not plain which."""
    if layout["is_script"] and not asked.is_repl:
        return _script(layout, tree, asked)
    path_name = kinds.absolute(asked.target)
    whole = Program(kinds.PROJECT, path_name, asked.target, None, entry.nothing)
    whole.finder = interpreter.importer_of(path_name)
    _put_on_path(whole, layout, tree)
    if asked.is_repl:
        return entry.interpreting(whole, asked.args)
    name = asked.entry or layout["default"]
    scripts = layout["scripts"]
    known = {**layout["files"], **scripts}
    where = "--entry" if asked.entry else os.path.basename(layout["file"])
    if not name:
        raise undecided(asked.target, known)
    if name in layout["files"] and name not in scripts:
        whole.argv0 = layout["files"][name]
        return entry.attributed(entry.script(whole, layout["files"][name]), where)
    if name in scripts:
        whole.argv0 = os.path.join(asked.target, name)  # so that the program calls itself by its own name
    started = entry.started(whole, entry.chosen(name, known, asked.target), asked.target, known)
    return entry.attributed(started, where)


def _script(layout: "Layout", tree: "Optional[str]", asked: "Command") -> Program:
    load(*TO_LOCATE)
    from . import locate  # projects need it not

    if asked.entry:
        raise Refusal(asked.target, "it is a script, so nothing in it can be chosen", "--entry is for bundles")
    script = locate.locate(asked.target)
    _put_on_path(script, layout, tree)
    return script


def undecided(typed: str, scripts: "Dict[str, str]") -> Refusal:
    """Say that it is not plain what is to start in the project typed so, which has these console scripts."""
    if scripts:
        return Refusal(typed, "it has several scripts, and none was chosen", entry.listed(scripts))
    return Refusal(typed, "it has nothing to run: no script, and no module with a __main__", entry.listed(scripts))


def _put_on_path(program: Program, layout: "Layout", tree: "Optional[str]") -> None:
    """Let program find the project's metadata, the sources and the layer where the directory of installed packages is.

    The metadata come first: among the sources, and in the layer, there may be older ones of the same project.
    """
    of_project = [*layout["metadata"], *layout["roots"]]
    found = [*of_project, *([] if tree is None else [tree])]
    with_pth = tree if layout["has_pth"] else None

    def path_of(before: "List[str]") -> "List[str]":
        index = interpreter.place_of_site(before)
        return [*before[:index], *found, *before[index:]]

    def prepare() -> None:
        if with_pth is not None:
            interpreter.process_pth_files(with_pth)
        for directory in layout["metadata"]:
            interpreter.find_nothing_in(directory)
        children.let_find(found, len(of_project), with_pth or "")

    program.path_of = path_of
    program.prepare = prepare
