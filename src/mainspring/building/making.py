"""Making a bundle of a project, from its settings to the file in its place."""

import contextlib
import hashlib
import os
import sys
import zipfile
from typing import Any, Callable, Dict, Iterator, List, NamedTuple, Optional, TextIO, Tuple

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from .. import archive, builder, layouts, progress, trees
from ..archive.names import MAINS
from ..makers import others
from ..projects import backends, choices, completing, layers, locks, settings, targets
from ..projects.reading import Mistakes, Settings
from ..projects.settings import Project
from ..runtime import Refusal
from ..projects import own_wheel
from ..projects.snapshots import Snapshot
from ..store_builds import Kept
from . import assembly, entries, imports, installed, packs
from .packs import PREFIX

_LONGEST_SHEBANG = 127  # the shortest limit of a system that is in use
_RELEASES = 100  # more than a version has
_HEAD = 4  # bytes, in which a native program is known
_ASIDE = ".mainspring-"  # how the directory begins in which a bundle is made
_LIMITS = archive.Limits(size=64 * 2**30, ratio=10_000)  # it is ours; who runs it has limits of his own


class Wanted(NamedTuple):
    """What is to be built, of what: settings and options, put together.

    wheel: the project's own, if it was made already. output: the path of the bundle. extras, groups: normalized. requirements: all of them. lock: what takes their place.
    is_lasting: whether the same sources always give the same.
    """

    project: Project
    wheel: Optional[own_wheel.Wheel]
    output: str
    options: "builder.Options"
    extras: Tuple[str, ...]
    groups: Tuple[str, ...]
    requirements: Tuple[str, ...]
    lock: Optional[locks.Lock]
    target: Optional[targets.Target]
    exclude: Tuple[str, ...]
    data: Tuple[str, ...]
    preamble: Optional[str]
    shebang: str
    compressed: bool
    reproducible: bool
    epoch: int
    is_lasting: bool


class _Trials:
    """Several things tried, so that all that is wrong can be said at once."""

    def __init__(self, typed: str) -> None:
        self._typed = typed
        self._wrong: List[str] = []
        self._hint: Optional[str] = None

    def __call__(self, attempt: Callable[[], Any], instead: Any = None) -> Any:
        try:
            return attempt()
        except Mistakes as mistakes:
            self._wrong += mistakes.mistakes
        except Refusal as refusal:
            self._wrong.append(refusal.reason)
            self._hint = refusal.hint
        return instead

    def finish(self) -> None:
        """Raise what was wrong, if anything was."""
        if self._wrong:
            raise Mistakes(self._typed, self._wrong, self._hint if len(self._wrong) == 1 else None)


def read(
    directory: str, output: Optional[str], options: "builder.Options", typed: str, snapshot: Snapshot, kept: Kept
) -> Wanted:
    """Read the settings of the project in directory, and put options in their place. Raises Mistakes for all at once.

    snapshot: of the project's files; kept: the store, for a project of which only its build backend knows all.
    """
    trial = _Trials(typed)
    project = trial(lambda: settings.read(directory, typed))
    own = Settings() if project is None else project.settings
    target = trial(lambda: targets.parse(options.python, options.platform, typed))
    reproducible = _first(options.reproducible, own.reproducible, True)
    shebang = options.shebang or own.python or builder.DEFAULT_SHEBANG
    trial(lambda: _check_shebang(shebang, typed))
    trial(lambda: _check_preamble(options.preamble, typed))
    place = trial(lambda: _output(output, typed) if output else "", "")
    epoch = trial(lambda: builder.epoch_of(os.environ, reproducible, typed), 0)
    if project is None:
        trial.finish()
    wheel = None
    if project.unknown:
        trial.finish()
        project, wheel = _told(project, typed, snapshot, epoch, kept)
    extras = trial(lambda: choices.extras_of(project, typed, options.extras), [])
    groups = trial(lambda: choices.groups_of(project, typed, options.groups), [])
    trial(lambda: _check_python(project, target, typed))
    trial.finish()
    requirements = choices.requirements(project, typed, options.extras, options.groups)
    lock = _lock(project, options, requirements, extras, groups, target, typed)
    return Wanted(
        project=project,
        wheel=wheel,
        output=place or _output(f"{project.name}.pyz", typed),
        options=options,
        extras=tuple(extras),
        groups=tuple(groups),
        requirements=tuple(requirements),
        lock=lock,
        target=target,
        exclude=(*own.exclude, *options.exclude),
        data=(*own.data, *options.data),
        preamble=os.path.abspath(options.preamble) if options.preamble else _in(directory, own.preamble),
        shebang=shebang,
        compressed=_first(options.compressed, own.compressed, True),
        reproducible=reproducible,
        epoch=epoch,
        is_lasting=reproducible and not any(Requirement(text).url for text in requirements),
    )


def _told(project: Project, typed: str, snapshot: Snapshot, epoch: int, kept: Kept) -> Tuple[Project, own_wheel.Wheel]:
    """Give project with what only its build backend knows, and the wheel that says it."""
    wheel = own_wheel.own(project, typed, snapshot, epoch, kept)
    return completing.by_wheel(project, wheel.members, typed), wheel


def _output(name: str, typed: str) -> str:
    """Give the path to write to, absolute: where the file called name is, or is to be, behind links.

    Raises Refusal for what cannot be written to, or would be lost.
    """
    path = os.path.abspath(name)
    path = os.path.realpath(path) if os.path.islink(path) else path
    _check_output(path, typed)
    return path


def _first(*values: Optional[bool]) -> bool:
    return bool(next(value for value in values if value is not None))


def _in(directory: str, name: Optional[str]) -> Optional[str]:
    return None if name is None else os.path.join(directory, name)


def _check_python(project: Project, target: Optional[targets.Target], typed: str) -> None:
    version = ".".join(map(str, sys.version_info[:3]))
    # A target is any of its releases.
    versions = [version] if target is None else [f"{target.python}.{release}" for release in range(_RELEASES)]
    asked = SpecifierSet(project.requires_python)
    if not any(asked.contains(one, prereleases=True) for one in versions):
        found = f"this is Python {version}" if target is None else f"it is to be built for {target}"
        reason = f"it needs Python {project.requires_python}, and {found}"
        raise Refusal(typed, reason, "start mainspring with another Python, or build for one with --python")


def _check_shebang(shebang: str, typed: str) -> None:
    is_path = shebang.lstrip().startswith("/") or os.path.isabs(shebang)
    if not shebang.isprintable() or not is_path or len(shebang) > _LONGEST_SHEBANG:
        reason = (
            f"shebang: {shebang!r:.60} is none; expected a path, on a line of at most {_LONGEST_SHEBANG} characters"
        )
        raise Refusal(typed, reason, "/usr/bin/env python3 finds Python nearly everywhere")


def _check_output(path: str, typed: str) -> None:
    if os.path.isdir(path):
        raise Refusal(typed, f"output: {path} is a directory; expected a file", "name one with -o")
    if not os.path.isdir(os.path.dirname(path)):
        raise Refusal(typed, f"output: there is no directory {os.path.dirname(path)}", "make it first")
    if os.path.exists(path) and not _is_product(path):
        raise Refusal(
            typed, f"output: {path} is there, and no bundle; it would be lost", "name another with -o, or remove it"
        )


def _is_product(path: str) -> bool:
    """Tell whether what is at path is a file that a build can have made, or nobody misses."""
    if not os.path.isfile(path):
        return False
    if os.path.getsize(path) == 0:
        return True
    try:
        with zipfile.ZipFile(path) as found:
            return any(name in found.namelist() for name in MAINS)
    except (OSError, ValueError, zipfile.BadZipFile, NotImplementedError):
        return False


def _check_preamble(path: Optional[str], typed: str) -> None:
    if path is None:
        return
    if not os.path.isfile(path):
        raise Refusal(typed, f"preamble: there is no file {path!r}")
    with open(path, "rb") as file:
        head = file.read(_HEAD)
    if not path.endswith(".py") and not head.startswith(b"#!") and others.executable(head) is None:
        reason = f"preamble: {path!r} is no program: its name does not end in .py, and it has no #! line"
        raise Refusal(typed, reason, "shiv runs the former itself, and has the system run all else")


def _lock(
    project: Project,
    options: "builder.Options",
    requirements: List[str],
    extras: List[str],
    groups: List[str],
    target: Optional[targets.Target],
    typed: str,
) -> Optional[locks.Lock]:
    path = options.lock or locks.find(project.directory, typed)
    if path is None:
        choices.see_sources(project, typed, requirements)
        return None
    path = os.path.abspath(path)
    return locks.read(path, typed, requirements, project.name, extras, groups, target) if requirements else None


def outputs(wanted: Wanted, typed: str) -> Tuple[str, ...]:
    """Give the names of the sources that the project's build backend writes."""
    return backends.of(wanted.project.directory, typed).outputs


def make(
    wanted: Wanted, snapshot: Snapshot, kept: Kept, typed: str, shown: Optional[TextIO] = None
) -> "builder.BuildResult":
    """Make what is wanted, check it, and put it in its place; snapshot: of the project's files, taken before.

    shown: the terminal on which is shown what takes long, or None.

    Raises Refusal and OSError, and leaves nothing half-made.
    """
    use_store = kept.root is not None
    project = wanted.project
    bar = progress.Bar(shown, "installing")
    layer = layers.ensure(
        wanted.requirements,
        typed=typed,
        lock=wanted.lock,
        no_network=wanted.options.no_network,
        use_store=use_store,
        tick=bar.say,
        target=wanted.target,
    )
    bar.erase()
    wheel = wanted.wheel or own_wheel.own(project, typed, snapshot, wanted.epoch, kept)
    if wanted.target is not None and not wheel.is_pure:
        reason = (
            f"its own wheel, {wheel.name}, is for this interpreter; expected a pure one, to build for {wanted.target}"
        )
        raise Refusal(typed, reason, "build it on such a machine")
    tree = installed.installed(wheel, project.scripts)
    entry = entries.choose(wanted.options.entry or project.settings.entry, project, layer.directory, tree.files, typed)
    recipe, tree = _completed(wanted, entry, tree, typed)
    place = os.path.dirname(wanted.output)
    trees.sweep_temporary(place, _ASIDE)  # what killed builds left
    with _aside(place) as work:
        target = os.path.join(work, os.path.basename(wanted.output))
        members = _made(target, layer, wanted, tree, recipe, kept, work, typed, shown)
        with open(target, "rb") as file:
            sha256 = hashlib.sha256(file.read()).hexdigest()
        size = os.path.getsize(target)
        os.replace(target, wanted.output)
    version = wheel.name.split("-")[1]
    return builder.BuildResult(
        wanted.output, sha256, size, members, str(entry), project.name, version, False, layer.key
    )


@contextlib.contextmanager
def _aside(place: str) -> Iterator[str]:
    """Give a directory in place, which is removed in the end."""
    path = trees.temporary(place, _ASIDE)
    os.mkdir(path, 0o700)
    try:
        yield path
    finally:
        trees.remove(path)


def _completed(
    wanted: Wanted, entry: entries.Entry, tree: installed.Tree, typed: str
) -> Tuple[assembly.Recipe, installed.Tree]:
    """Give how the bundle is to be, and the own files with all that the settings add, and without what they exclude."""
    more = installed.data_files(wanted.project, wanted.data, typed)
    executable = []
    preamble = None
    if wanted.preamble is not None:
        preamble = os.path.basename(wanted.preamble)
        executable.append(f"bin/{preamble}")
        if executable[-1] in tree.files:
            raise Refusal(typed, f"preamble: the project has a script named {preamble!r}, too", "name one otherwise")
        with open(wanted.preamble, "rb") as file:
            more[executable[-1]] = file.read()
    tree = installed.without(installed.with_more(tree, more), wanted.exclude)
    if not entry.function:
        executable.append(f"bin/{assembly.starter_name(entry)}")
        tree = installed.with_more(tree, {executable[-1]: installed.starter(entry.module)})
    recipe = assembly.Recipe(entry, wanted.shebang, wanted.epoch, wanted.compressed, wanted.reproducible, preamble)
    return recipe, installed.with_more(tree, {}, executable)


def _made(
    target: str,
    layer: layers.Layer,
    wanted: Wanted,
    tree: installed.Tree,
    recipe: assembly.Recipe,
    kept: Kept,
    work: str,
    typed: str,
    shown: Optional[TextIO],
) -> int:
    """Write the bundle to target, and check it; give the number of its members."""
    pack = None
    if layer.directory is not None:
        bar = progress.Bar(shown, "packing")
        pack = packs.of_layer(layer.directory, layer.key, wanted.exclude, wanted.compressed, kept, bar.tick)
        bar.erase()
    if layer.directory is not None and pack is None:
        assembly.assemble_large(target, layer.directory, wanted.exclude, tree, recipe, work)
        return check(target, recipe.entry, (0, 0), typed, shown, wanted.target is None)
    sound = assembly.assemble(target, pack, tree, recipe, work, typed)
    try:
        return check(target, recipe.entry, sound, typed, shown, wanted.target is None)
    except Refusal:
        packs.forget(layer.key, wanted.exclude, wanted.compressed, kept)
        raise


def check(
    path: str,
    entry: entries.Entry,
    sound: Tuple[int, int],
    typed: str,
    shown: Optional[TextIO] = None,
    is_for_here: bool = True,
) -> int:
    """See that the bundle at path is a sound archive, one of shiv's, and has entry in it; give how many members it has.

    sound: the part of it that was checked before. is_for_here: whether what the entry imports can be looked up in this
    Python's own library, too. Raises Refusal.
    """
    with open(path, "rb") as file:
        data = file.read()
    bar = progress.Bar(shown, "checking")
    checked = archive.check(typed, data, _LIMITS, bar.tick, sound)
    bar.erase()
    found = layouts.of_archive(checked, typed, path)
    if found.get("maker") != "shiv" or found.get("foreign"):
        raise Refusal(typed, f"what was built is no bundle of shiv's that can be run ({found.get('foreign')})")
    names: Dict[str, Callable[[], bytes]] = {
        member.name[len(PREFIX) :]: _reader(checked, member)
        for member in checked.members
        if member.name.startswith(PREFIX)
    }
    module = entries.check(entry, names, typed)
    if is_for_here:
        imports.check(module, names, typed)
    return len(checked.members)


def _reader(checked: archive.Archive, member: archive.Member) -> Callable[[], bytes]:
    return lambda: checked.read(member)
