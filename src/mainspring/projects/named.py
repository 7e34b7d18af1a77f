"""Names for lists of requirements, extras and dependency groups, and what these take in of each other, by a `Reader`.

The sources are the specifications of pyproject.toml and of dependency groups (PEP 735).
"""

from typing import Any, Dict, FrozenSet, List, Tuple

from packaging.requirements import Requirement

from .reading import TABLE, Reader, Requirements, dotted, listed, normalized, worded

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
    _refuse_circles(reader, where, inner, "requires")
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
            reader.wrong(dotted(where, name), f"it includes {unknown!r}, which is no group", expected)
    if _refuse_circles(reader, where, includes, "includes"):
        return dict.fromkeys(items, ())
    return {name: tuple(dict.fromkeys(_flat(name, items))) for name in items}


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


def _refuse_circles(reader: Reader, where: str, graph: Dict[str, List[str]], verb: str) -> bool:
    reported: List[FrozenSet[str]] = []
    for name in graph:
        circle = _circle(name, graph)
        if circle and frozenset(circle) not in reported:
            reported.append(frozenset(circle))
            way = " -> ".join(circle)
            reader.wrong(dotted(where, name), f"it {verb} itself, by way of {way}", "expected no circle")
    return bool(reported)


def _flat(name: str, items: Dict[str, List[Tuple[str, str]]]) -> List[str]:
    found: List[str] = []
    for kind, text in items.get(name, []):
        found += [text] if kind == "requirement" else _flat(text, items)
    return found


def _circle(start: str, graph: Dict[str, List[str]]) -> List[str]:
    """Give a way through graph from start back to start; empty if there is none."""
    ways = [[start]]
    seen = set()
    while ways:
        way = ways.pop()
        for name in graph.get(way[-1], []):
            if name == start:
                return [*way, start]
            if name not in seen:
                seen.add(name)
                ways.append([*way, name])
    return []
