"""What is wanted of a project: what starts unless something else is asked for, its extras and groups, all that they require."""

import os
from typing import Dict, Iterable, List, Set, Tuple

from packaging.markers import Marker
from packaging.requirements import Requirement

from ..refusals import refused
from ..wording import quoted
from . import sources
from .reading import Requirements, normalized
from .settings import Project

_MOST = 20_000  # requirements and their markers
_DEEPEST = 50  # extras within each other, under markers
_Wanted = Tuple[str, Tuple[str, ...]]  # a requirement or an extra, and the markers under which it is wanted


def default_entry(project: Project) -> str:
    """Give what starts unless something else is asked for: a script, a module, or `module:function`.

    "" if nothing does, or it is not plain which of several scripts is meant.
    """
    if project.settings.entry is not None:
        return project.settings.entry
    scripts = list(project.every_script)
    if len(scripts) == 1:
        return scripts[0]
    own = normalized(project.name)
    named = [name for name in scripts if normalized(name) == own]
    if named or scripts:
        return named[0] if named else ""
    modules = [(root, module) for root in project.roots for module in sources.module_names(project.name)]
    return next((module for root, module in modules if _is_runnable(os.path.join(root, module))), "")


def _is_runnable(path: str) -> bool:
    return os.path.isfile(f"{path}.py") or os.path.isfile(os.path.join(path, "__main__.py"))


def requirements(project: Project, extras: Iterable[str] = (), groups: Iterable[str] = ()) -> List[str]:
    """Give all that project requires with extras and groups, besides those in its settings.

    An extra that the project requires of itself is resolved. Raises Refusal for one that it does not have.
    """
    wanted = extras_of(project, extras)
    found = [*project.dependencies]
    for name in wanted:
        found += project.optional_dependencies[name]
    for name in groups_of(project, groups):
        found += project.dependency_groups[name]
    own = normalized(project.name) if project.name else ""
    return list(dict.fromkeys(_without_self(found, own, project.optional_dependencies)))


def see_sources(project: Project, texts: Iterable[str]) -> None:
    """See that the requirements texts, of project, mean what they say. Raises Refusal for one that uv takes from elsewhere.

    One that says itself where it is to come from is taken at its word.
    """
    for requirement in map(Requirement, texts):
        name = requirement.name
        source = None if requirement.url else project.sourced.get(normalized(name))
        if source is not None:
            reason = f"tool.uv.sources says where {name} is to come from, which only uv follows"
            place = {"git": "git+URL", "path": "file:///path", "workspace": "file:///path"}.get(source)
            raise refused(reason, f"write it as a requirement: {name} @ {place or 'URL, or use a lock file'}")


def extras_of(project: Project, asked: Iterable[str]) -> List[str]:
    """Give the normalized names of the extras that its settings and asked want. Raises Refusal for one that is not there."""
    return _chosen("extra", [*project.settings.extras, *asked], project.optional_dependencies)


def groups_of(project: Project, asked: Iterable[str]) -> List[str]:
    """Give the normalized names of the groups that its settings and asked want. Raises Refusal for one that is not there."""
    return _chosen("dependency group", [*project.settings.groups, *asked], project.dependency_groups)


def _chosen(what: str, wanted: Iterable[str], known: Iterable[str]) -> List[str]:
    names = list(map(normalized, wanted))
    for name in names:
        if name not in known:
            listed = ", ".join(sorted(known))
            raise refused(f"it has no {what} {quoted(name)}", f"it has {listed}" if listed else f"it has no {what}s")
    return list(dict.fromkeys(names))


def _without_self(texts: Iterable[str], own: str, extras: Dict[str, Requirements]) -> List[str]:
    """Give texts with what own's extras require in the place of own; the extras have no circles.

    Without recursion, and once for each extra under the same markers: a file may have thousands that want each other.
    Raises Refusal if it is more than anybody would write.
    """
    found: List[str] = []
    unmarked: Tuple[str, ...] = ()
    left = [(text, unmarked) for text in texts][::-1]
    seen: Set[_Wanted] = set()
    size = 0
    while left:
        text, markers = left.pop()
        requirement = Requirement(text)
        if normalized(requirement.name) != own:
            found.append(_marked(text, markers))
            continue
        if requirement.marker is not None:
            markers = (str(requirement.marker), *markers)
        wanted = sorted({(normalized(extra), markers) for extra in requirement.extras} - seen, reverse=True)
        seen.update(wanted)
        left += [(one, markers) for extra, _ in wanted for one in reversed(extras.get(extra, ()))]
        size += (1 + len(markers)) * (1 + len(wanted))
        if size > _MOST or len(markers) > _DEEPEST:
            raise refused("what its extras want of each other is more than anybody would write")
    return found


def _marked(text: str, markers: Tuple[str, ...]) -> str:
    """Give the requirement text with markers, too, the innermost first."""
    if not markers:
        return text
    requirement = Requirement(text)
    both = markers[0] if requirement.marker is None else f"({requirement.marker}) and ({markers[0]})"
    for marker in markers[1:]:
        both = f"({both}) and ({marker})"
    requirement.marker = Marker(both)
    return str(requirement)
