"""Making a bundle: of what is wanted, from the layer and the project's own wheel to the checked file in its place."""

import contextlib
import hashlib
import os
from typing import Callable, Dict, Iterator, Optional, TextIO, Tuple

from .. import archive, layouts, progress
from ..projects import backends, layers, own_wheel, targets
from ..projects.snapshots import Snapshot
from ..refusals import UNSAID, refused
from ..runtime import Refusal, kinds
from ..storage import temporaries, trees
from ..storage.builds import Kept
from . import assembly, entry_points, imports, installed, packs
from .build_result import BuildResult
from .packs import PREFIX
from .request import Wanted

_ASIDE = ".mainspring-"  # how the name of the directory begins in which a bundle is made
_LIMITS = archive.Limits(size=64 * 2**30, ratio=10_000)  # it is ours; who runs it has limits of his own


def outputs(wanted: Wanted) -> Tuple[str, ...]:
    """Give the names of the sources that the project's build backend writes."""
    return backends.of(wanted.project.directory).outputs


def make(wanted: Wanted, snapshot: Snapshot, kept: Kept, shown: Optional[TextIO] = None) -> BuildResult:
    """Make what is wanted, check it, and put it in its place; snapshot: of the project's files, taken before.

    shown: the terminal for the progress of what takes long, or None.

    Raises Refusal and OSError, and leaves nothing half-made.
    """
    project = wanted.project
    wish = wanted.options.get("entry") or project.settings.entry
    entry_points.see_clear(wish, project)
    layer = _layer(wanted, kept.root is not None, shown)
    wheel = wanted.wheel or own_wheel.own(project, snapshot, wanted.epoch, kept)
    _check_wheel(wheel, wanted.target)
    tree = installed.installed(wheel, project.scripts)
    entry_point = entry_points.choose(wish, project, layer.directory, tree.files)
    recipe, tree = _completed(wanted, entry_point, tree)
    place = os.path.dirname(wanted.output)
    temporaries.sweep(place, _ASIDE)  # what killed builds left
    with _aside(place) as work:
        target = os.path.join(work, os.path.basename(wanted.output))
        members = _made(target, layer, wanted, tree, recipe, kept, work, shown)
        with open(target, "rb") as file:
            sha256 = hashlib.sha256(file.read()).hexdigest()
        size = os.path.getsize(target)
        os.replace(target, wanted.output)
    version = wheel.name.split("-")[1]
    return BuildResult(wanted.output, sha256, size, members, str(entry_point), project.name, version, False, layer.key)


def _layer(wanted: Wanted, use_store: bool, shown: Optional[TextIO]) -> layers.Layer:
    """Give the layer with what the project depends on, installed now if need be."""
    with progress.Bar(shown, "installing") as bar:
        return layers.ensure(
            wanted.requirements,
            lock=wanted.lock,
            no_network=wanted.options.get("no_network", False),
            use_store=use_store,
            tick=bar.say,
            target=wanted.target,
            own=wanted.project.name,
        )


def _check_wheel(wheel: own_wheel.Wheel, target: Optional[targets.Target]) -> None:
    """See that the project's own wheel can be in a bundle for target; None: for this interpreter."""
    if target is not None and not wheel.is_pure:
        reason = f"its own wheel, {wheel.name}, is for this interpreter; expected a pure one, to build for {target}"
        raise refused(reason, "build it on such a machine")


@contextlib.contextmanager
def _aside(place: str) -> Iterator[str]:
    """Give a directory in place, which is removed in the end."""
    path = temporaries.path_in(place, _ASIDE)
    os.mkdir(path, 0o700)
    try:
        yield path
    finally:
        trees.remove(path)


def _completed(
    wanted: Wanted, entry_point: entry_points.EntryPoint, tree: installed.Tree
) -> Tuple[assembly.Recipe, installed.Tree]:
    """Give the recipe, and the own files with all that the settings add, and without what they exclude."""
    more = installed.data_files(wanted.project, wanted.data)
    executable = []
    preamble = None
    if wanted.preamble is not None:
        preamble = os.path.basename(wanted.preamble)
        executable.append(f"bin/{preamble}")
        if executable[-1] in tree.files:
            raise refused(f"preamble: the project has a script named {preamble!r}, too", "name one otherwise")
        with open(wanted.preamble, "rb") as file:
            more[executable[-1]] = file.read()
    tree = installed.without(installed.with_more(tree, more), wanted.exclude)
    if not entry_point.function:
        executable.append(f"bin/{assembly.starter_name(entry_point)}")
        tree = installed.with_more(tree, {executable[-1]: installed.starter(entry_point.module)})
    recipe = assembly.Recipe(
        entry_point, wanted.shebang, wanted.epoch, wanted.compressed, wanted.reproducible, preamble
    )
    return recipe, installed.with_more(tree, {}, executable)


def _made(
    target: str,
    layer: layers.Layer,
    wanted: Wanted,
    tree: installed.Tree,
    recipe: assembly.Recipe,
    kept: Kept,
    work: str,
    shown: Optional[TextIO],
) -> int:
    """Write the bundle to target, and check it; give the number of its members."""
    pack = None
    if layer.directory is not None:
        with progress.Bar(shown, "packing") as bar:
            pack = packs.of_layer(layer.directory, layer.key, wanted.exclude, wanted.compressed, kept, bar.tick)
    if layer.directory is not None and pack is None:
        assembly.assemble_large(target, layer.directory, wanted.exclude, tree, recipe, work)
        return check(target, recipe.entry_point, (0, 0), shown, wanted.target is None)
    sound = assembly.assemble(target, pack, tree, recipe, work)
    try:
        return check(target, recipe.entry_point, sound, shown, wanted.target is None)
    except Refusal:
        packs.forget(layer.key, wanted.exclude, wanted.compressed, kept)
        raise


def check(
    path: str,
    entry_point: entry_points.EntryPoint,
    sound: Tuple[int, int],
    shown: Optional[TextIO] = None,
    is_for_here: bool = True,
) -> int:
    """See that the bundle at path is a sound archive, one of shiv's, and has entry_point in it; give how many members it has.

    sound: the part of it that was checked before. is_for_here: whether what that imports can be looked up in this
    Python's own library, too. Raises Refusal.
    """
    with open(path, "rb") as file:
        data = file.read()
    with progress.Bar(shown, "checking") as bar:
        checked = archive.check(UNSAID, data, _LIMITS, bar.tick, sound)
    found = layouts.of_archive(checked, path)
    if found.get("maker") != kinds.SHIV or found.get("foreign"):
        raise refused(f"what was built is no bundle of shiv's that can be run ({found.get('foreign')})")
    names: Dict[str, Callable[[], bytes]] = {
        member.name[len(PREFIX) :]: _reader(checked, member)
        for member in checked.members
        if member.name.startswith(PREFIX)
    }
    module = entry_points.check(entry_point, names)
    if is_for_here:
        imports.check(module, names)
    return len(checked.members)


def _reader(checked: archive.Archive, member: archive.Member) -> Callable[[], bytes]:
    return lambda: checked.read(member)
