"""Names for lists of requirements, extras and dependency groups, and what these take in of each other, by a `Reader`.

The sources are the specifications of pyproject.toml and of dependency groups (PEP 735).
"""

from typing import Any, Dict, Iterable, List, Set, Tuple

from packaging.requirements import Requirement

from ..wording import quoted
from .reading import TABLE, Reader, Requirements, dotted, listed, normalized, worded

_MOST = 100_000  # requirements, when groups are written out
_MOST_SHOWN = 10  # names of a circle
_TWICE = "it is there twice", "expected names that differ by more than form"


def extras(reader: Reader, table: Dict[str, Any], own: str) -> Dict[str, Requirements]:
    """Give the optional dependencies, by normalized name; circles among them are mistakes.

    What one of them wants of an extra that is not there is passed over, as by pip and uv: some projects have that.
    """
    where = "project.optional-dependencies"
    raw: Dict[str, Any] = reader.typed("project", table, "optional-dependencies", TABLE, {})
    found: Dict[str, Requirements] = {}
    for name in raw:
        if normalized(name) in found:
            reader.wrong(dotted(where, name), *_TWICE)
        found[normalized(name)] = reader.requirements(where, raw, name)
    inner = {name: [extra for extra in _extras_of(own, texts) if extra in found] for name, texts in found.items()}
    _refuse_circles(reader, where, _walked(inner)[1], "requires")
    return found


def _extras_of(own: str, texts: Requirements) -> List[str]:
    """Give the extras of the project called own that requirements want, normalized."""
    found = [one for one in map(Requirement, texts) if normalized(one.name) == normalized(own)]
    return [normalized(extra) for one in found for extra in one.extras]


def groups(reader: Reader, raw: Any) -> Dict[str, Requirements]:
    """Give the dependency groups, by normalized name, with what they include; circles are mistakes."""
    where = "dependency-groups"
    if not isinstance(raw, dict):
        reader.wrong(where, f"it is {worded(raw)}", f"expected {TABLE}")
        return {}
    items: Dict[str, List[Tuple[str, str]]] = {}
    for name, value in raw.items():
        if normalized(name) in items:
            reader.wrong(dotted(where, name), *_TWICE)
        items[normalized(name)] = _items(reader, dotted(where, name), value)
    includes = {name: [text for kind, text in found if kind == "group"] for name, found in items.items()}
    for name, asked in includes.items():
        for unknown in sorted(set(asked) - set(items)):
            expected = f"expected one of {listed(items)}"
            reader.wrong(dotted(where, name), f"it includes {quoted(unknown)}, which is no group", expected)
    order, circles = _walked(includes)
    if _refuse_circles(reader, where, circles, "includes"):
        return dict.fromkeys(items, ())
    return _resolved(reader, where, items, order)


def _items(reader: Reader, key: str, value: Any) -> List[Tuple[str, str]]:
    """Give what is in a group: requirements, and names of groups, each with what it is."""
    if not isinstance(value, list):
        reader.wrong(key, f"it is {worded(value)}", "expected a list of requirements and of include-group")
        return []
    found = []
    for item in value:
        if isinstance(item, str):
            if reader.is_requirement(key, item):
                found.append(("requirement", item))
        elif isinstance(item, dict) and list(item) == ["include-group"] and isinstance(item["include-group"], str):
            found.append(("group", normalized(item["include-group"])))
        else:
            reader.wrong(key, f"{item!r:.60} is neither", 'expected a requirement, or {include-group = "name"}')
    return found


def _resolved(
    reader: Reader, where: str, items: Dict[str, List[Tuple[str, str]]], order: List[str]
) -> Dict[str, Requirements]:
    """Give all requirements of each group; order: their names, each behind those that it includes."""
    found: Dict[str, Requirements] = {}
    size = 0
    for name in order:
        texts: Dict[str, None] = {}
        for kind, text in dict.fromkeys(items[name]):
            texts.update(dict.fromkeys([text] if kind == "requirement" else found.get(text, ())))
        found[name] = tuple(texts)
        size += len(texts)
        if size > _MOST:
            reader.wrong(where, f"with what they include, they have more than {_MOST:,} requirements", "expected fewer")
            return dict.fromkeys(items, ())
    return {name: found[name] for name in items}


def _refuse_circles(reader: Reader, where: str, circles: Iterable[List[str]], verb: str) -> bool:
    """Note circles as mistakes, those that have no name in common; tell whether there are any."""
    reported: Set[str] = set()
    for circle in circles:
        if reported.isdisjoint(circle):
            reported.update(circle)
            names = circle if len(circle) <= _MOST_SHOWN else [*circle[:_MOST_SHOWN], "..."]
            way = " -> ".join([*names, circle[0]])
            reader.wrong(dotted(where, circle[0]), f"it {verb} itself, by way of {way}", "expected no circle")
    return bool(reported)


def _walked(graph: Dict[str, List[str]]) -> Tuple[List[str], List[List[str]]]:
    """Give the names in graph, each behind those that it leads to, and some of the circles, as the names on them.

    There are none if that gives none. Without recursion, as a file may have thousands that lead to each other.
    """
    order: Dict[str, None] = {}
    circles: List[List[str]] = []
    on_circles: Set[str] = set()
    for start in graph:
        way, left, place = [start], [iter(graph[start])], {start: 0}
        while way and start not in order:
            name = next(left[-1], None)
            if name is None:
                del left[-1], place[way[-1]]
                order[way.pop()] = None
            elif name in place:
                if on_circles.isdisjoint((name, way[-1])):
                    circles.append(way[place[name] :])
                    on_circles.update(circles[-1])
            elif name in graph and name not in order:
                place[name] = len(way)
                way.append(name)
                left.append(iter(graph[name]))
    return list(order), circles
