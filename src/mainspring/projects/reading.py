"""The tables of a pyproject.toml or of a script's block, and every mistake in them: with the file, the key and what was expected.

The sources are the specifications of pyproject.toml, of dependency specifiers, of entry points, and of dependency groups
(PEP 735).
"""

import os
import re
from typing import Any, Callable, Dict, FrozenSet, Iterable, List, NamedTuple, Optional, Sequence, Tuple

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name as _canonical
from packaging.version import Version

from .. import pep508
from ..makers.metadata import has_long_number
from ..refusals import Several
from ..runtime import Refusal
from . import plain, sources

_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?")
_OBJECT = re.compile(r"\s*[\w.]+(?:\s*:\s*[\w.]+)?\s*(?:\[.*\]\s*)?")
_LONGEST_SHOWN = 100  # characters
_TEXT, _TEXTS, _SWITCH, _TABLE = "a string", "a list of strings", "true or false", "a table"
Requirements = Tuple[str, ...]
# What may be dynamic, of that which is wanted here.
FIELDS = {
    "version": "version",
    "requires-python": "requires_python",
    "dependencies": "dependencies",
    "optional-dependencies": "optional_dependencies",
    "scripts": "scripts",
    "gui-scripts": "scripts",
    "entry-points": "scripts",
}


def normalized(name: str) -> str:
    """Give the name of a project, an extra or a group, in the form in which such names are compared."""
    return _canonical(name)


class Mistakes(Several):
    """Settings that cannot be used: all that is wrong with them, a line for each.

    mistakes: each as `file: key: what is wrong; what was expected`.
    """

    def __init__(self, typed: str, mistakes: Sequence[str], hint: Optional[str] = None) -> None:
        super().__init__(typed, "; ".join(mistakes), [Refusal(typed, mistake) for mistake in mistakes], hint)
        self.mistakes = list(mistakes)


class Settings(NamedTuple):
    """What `[tool.mainspring]` says.

    entry: what starts: a console script, a module, or module:function. python: the shebang of bundles.
    reproducible, compressed: of bundles. exclude, data: patterns of paths; the builder knows of what.
    extras, groups: those that are wanted unless others are asked for. preamble: the path of a file.
    """

    entry: Optional[str] = None
    python: Optional[str] = None
    reproducible: Optional[bool] = None
    compressed: Optional[bool] = None
    exclude: Tuple[str, ...] = ()
    extras: Tuple[str, ...] = ()
    groups: Tuple[str, ...] = ()
    data: Tuple[str, ...] = ()
    preamble: Optional[str] = None


_TWICE = "it is there twice", "expected names that differ by more than form"
_KINDS = {
    **dict.fromkeys(("entry", "python", "preamble"), _TEXT),
    **dict.fromkeys(("reproducible", "compressed"), _SWITCH),
    **dict.fromkeys(("exclude", "extras", "groups", "data"), _TEXTS),
}


class Reader:
    """Reads the tables of a document, and notes what is wrong with them.

    data: the document. file: its name, for mistakes. mistakes: what was found so far.
    """

    def __init__(self, data: Dict[str, Any], file: str) -> None:
        self.data = data
        self.file = file
        self.mistakes: List[str] = []

    def wrong(self, key: str, found: str, expected: str) -> None:
        """Note a mistake."""
        self.mistakes.append(f"{self.file}: {key}: {found}; {expected}")

    def finish(self, typed: str) -> None:
        """Raise Mistakes if there are any; typed is what the user called the target."""
        if self.mistakes:
            raise Mistakes(typed, self.mistakes)

    def table(self, name: str) -> Optional[Dict[str, Any]]:
        """Give a table of the document, {} for what is none, and None if there is nothing of that name."""
        if name not in self.data:
            return None
        found: Dict[str, Any] = self._typed("", self.data, name, _TABLE, {})
        return found

    def text(self, where: str, table: Dict[str, Any], key: str) -> Optional[str]:
        """Give a string in a table; None if there is none."""
        found: Optional[str] = self._typed(where, table, key, _TEXT, None)
        return found

    def texts(self, where: str, table: Dict[str, Any], key: str) -> Tuple[str, ...]:
        """Give a list of strings in a table; empty if there is none."""
        return tuple(self._typed(where, table, key, _TEXTS, ()))

    def _typed(self, where: str, table: Dict[str, Any], key: str, kind: str, default: Any) -> Any:
        if key not in table:
            return default
        value = table[key]
        if _is_of(kind, value):
            return value
        self.wrong(_dotted(where, key), f"it is {_worded(value)}", f"expected {kind}")
        return default

    def name(self, table: Dict[str, Any]) -> str:
        """Give the project's name."""
        name = self.text("project", table, "name")
        if name is None:
            if "project" in self.data and "name" not in table:
                self.wrong("project.name", "it is missing", "expected the name of the project")
            return ""
        if not _NAME.fullmatch(name):
            self.wrong(
                "project.name",
                f"{_shown(name)} is no name",
                "expected letters, digits, and between them dots, dashes and underscores",
            )
        return name

    def version(self, table: Dict[str, Any]) -> Optional[str]:
        """Give the version, if it is static."""
        text = self.text("project", table, "version")
        self._try("project.version", text, Version, "a version, as 1.2.3")
        return text

    def specifier(self, where: str, table: Dict[str, Any]) -> str:
        """Give what requires-python says, "" if nothing."""
        text = self.text(where, table, "requires-python")
        key = _dotted(where, "requires-python")
        self._try(key, text, SpecifierSet, "a specifier of versions, as >=3.8")
        return text or ""

    def _try(self, key: str, text: Optional[str], read: Callable[[str], Any], expected: str) -> None:
        try:
            if text is not None:
                if has_long_number(text):
                    raise ValueError(text)
                read(text)
        except ValueError:
            self.wrong(key, f"{_shown(text or '')} cannot be read", f"expected {expected}")

    def sourced(self) -> Tuple[str, ...]:
        """Give the names, normalized, of what uv is told to take from elsewhere than an index."""
        table = sources.at(self.data, "tool", "uv", "sources")
        return tuple(map(normalized, table)) if isinstance(table, dict) else ()

    def unknown(self, dynamic: Sequence[str]) -> Tuple[str, ...]:
        """Give the fields that only the build backend knows, as dynamic names them."""
        has_files = bool(sources.dependency_files(self.data))
        names = [name for name in dynamic if name in FIELDS and not (name == "dependencies" and has_files)]
        return tuple(dict.fromkeys(FIELDS[name] for name in names))

    def dependencies(self, table: Dict[str, Any], dynamic: Sequence[str], directory: str) -> Requirements:
        """Give the project's dependencies; those that setuptools reads from files are read."""
        if "dependencies" in dynamic:
            table = {"dependencies": self._from_files(directory)}
        return self.requirements("project", table, "dependencies")

    def _from_files(self, directory: str) -> List[str]:
        found: List[str] = []
        for name in sources.dependency_files(self.data):
            path = os.path.join(directory, name)
            try:
                text = plain.content(path).decode("utf-8") if plain.is_within(path, directory) else None
            except (OSError, ValueError):
                text = None
            if text is None:
                expected = "expected a file in the project"
                self.wrong("tool.setuptools.dynamic.dependencies", f"{name} cannot be read", expected)
                continue
            lines = [line.partition(" #")[0].strip() for line in text.splitlines()]
            found += [line for line in lines if line and not line.startswith("#")]
        return found

    def requirements(self, where: str, table: Dict[str, Any], key: str) -> Requirements:
        """Give a list of requirements in a table; empty if there is none."""
        texts = self.texts(where, table, key)
        return tuple(text for text in texts if self._is_requirement(_dotted(where, key), text))

    def _is_requirement(self, key: str, text: str) -> bool:
        try:
            pep508.requirement(text)
        except ValueError:
            self.wrong(key, f"{_shown(text)} cannot be read", "expected a requirement, as name>=1.0")
            return False
        return True

    def extras(self, table: Dict[str, Any], own: str) -> Dict[str, Requirements]:
        """Give the optional dependencies, by normalized name; circles among them are mistakes.

        What one of them wants of an extra that is not there is passed over, as by pip and uv: some projects have that.
        """
        where = "project.optional-dependencies"
        raw: Dict[str, Any] = self._typed("project", table, "optional-dependencies", _TABLE, {})
        found: Dict[str, Requirements] = {}
        for name in raw:
            if normalized(name) in found:
                self.wrong(_dotted(where, name), *_TWICE)
            found[normalized(name)] = self.requirements(where, raw, name)
        inner = {
            name: [
                normalized(extra)
                for text in texts
                for one in [Requirement(text)]
                if normalized(one.name) == normalized(own)
                for extra in one.extras
                if normalized(extra) in found
            ]
            for name, texts in found.items()
        }
        self._refuse_circles(where, inner, "requires")
        return found

    def groups(self, raw: Any) -> Dict[str, Requirements]:
        """Give the dependency groups, by normalized name, with what they include; circles are mistakes."""
        where = "dependency-groups"
        if not isinstance(raw, dict):
            self.wrong(where, f"it is {_worded(raw)}", f"expected {_TABLE}")
            return {}
        items: Dict[str, List[Tuple[str, str]]] = {}
        for name, value in raw.items():
            if normalized(name) in items:
                self.wrong(_dotted(where, name), *_TWICE)
            items[normalized(name)] = self._items(_dotted(where, name), value)
        includes = {name: [text for kind, text in found if kind == "group"] for name, found in items.items()}
        for name, asked in includes.items():
            for unknown in sorted(set(asked) - set(items)):
                expected = f"expected one of {_listed(items)}"
                self.wrong(_dotted(where, name), f"it includes {unknown!r}, which is no group", expected)
        if self._refuse_circles(where, includes, "includes"):
            return dict.fromkeys(items, ())
        return {name: tuple(dict.fromkeys(_flat(name, items))) for name in items}

    def _items(self, key: str, value: Any) -> List[Tuple[str, str]]:
        """Give what is in a group: requirements, and names of groups, each with what it is."""
        if not isinstance(value, list):
            self.wrong(key, f"it is {_worded(value)}", "expected a list of requirements and of include-group")
            return []
        found = []
        for item in value:
            if isinstance(item, str):
                if self._is_requirement(key, item):
                    found.append(("requirement", item))
            elif isinstance(item, dict) and list(item) == ["include-group"] and isinstance(item["include-group"], str):
                found.append(("group", normalized(item["include-group"])))
            else:
                self.wrong(key, f"{item!r:.60} is neither", 'expected a requirement, or {include-group = "name"}')
        return found

    def _refuse_circles(self, where: str, graph: Dict[str, List[str]], verb: str) -> bool:
        reported: List[FrozenSet[str]] = []
        for name in graph:
            circle = _circle(name, graph)
            if circle and frozenset(circle) not in reported:
                reported.append(frozenset(circle))
                way = " -> ".join(circle)
                self.wrong(_dotted(where, name), f"it {verb} itself, by way of {way}", "expected no circle")
        return bool(reported)

    def scripts(self, table: Dict[str, Any]) -> Dict[str, str]:
        """Give the console scripts, and what they call; those with windows if there are no others."""
        kind = "scripts" if table.get("scripts") else "gui-scripts" if table.get("gui-scripts") else "scripts"
        raw: Dict[str, Any] = self._typed("project", table, kind, _TABLE, {})
        found = {}
        for name in raw:
            key = _dotted(f"project.{kind}", name)
            text = self.text(f"project.{kind}", raw, name)
            if text is not None and not (_OBJECT.fullmatch(text) and ":" in text):
                self.wrong(key, f"{_shown(text)} names no function", "expected module:function")
            elif not name or os.path.basename(name) != name or not name.isprintable():
                self.wrong(key, "that is no name of a file", "expected the name of a command")
            elif text is not None:
                found[name] = "".join(text.partition("[")[0].split())
        return found

    def settings(self, directory: str, extras: Optional[Iterable[str]], groups: Iterable[str]) -> Settings:
        """Give `[tool.mainspring]`, compared with what there is in directory, and with the names of extras and groups.

        extras: None for those that are not known yet.
        """
        where = "tool.mainspring"
        tool = self.data.get("tool", {})
        if not isinstance(tool, dict):
            self.wrong("tool", f"it is {_worded(tool)}", f"expected {_TABLE}")
            return Settings()
        raw: Dict[str, Any] = self._typed("tool", tool, "mainspring", _TABLE, {})
        for key in raw:
            if key not in _KINDS:
                self.wrong(_dotted(where, key), "it is not known", f"expected one of {_listed(_KINDS)}")
        found: Dict[str, Any] = {}
        for key, kind in _KINDS.items():
            value = self._typed(where, raw, key, kind, None)
            if value is not None:
                found[key] = tuple(value) if kind == _TEXTS else value
        self._check_names(where, found, {"groups": groups} if extras is None else {"extras": extras, "groups": groups})
        preamble = found.get("preamble")
        if preamble is not None and not os.path.isfile(os.path.join(directory, preamble)):
            self.wrong(f"{where}.preamble", f"there is no file {preamble!r}", "expected a path in the project")
        return Settings(**found)

    def _check_names(self, where: str, found: Dict[str, Any], known: Dict[str, Iterable[str]]) -> None:
        for key, names in known.items():
            for name in found.get(key, ()):
                if normalized(name) not in names:
                    self.wrong(_dotted(where, key), f"there is no {name!r}", _expected(names))


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


def _is_of(kind: str, value: Any) -> bool:
    if kind == _TEXTS:
        return isinstance(value, list) and all(isinstance(item, str) for item in value)
    types: Dict[str, type] = {_TEXT: str, _SWITCH: bool, _TABLE: dict}
    return isinstance(value, types[kind])


def _worded(value: Any) -> str:
    if isinstance(value, dict):
        return _TABLE
    if isinstance(value, list):
        odd = [item for item in value if not isinstance(item, str)]
        return f"a list with {odd[0]!r:.40}" if odd else "a list"
    if isinstance(value, bool):
        return str(value).lower()
    return f"the string {value!r:.40}" if isinstance(value, str) else f"{value!r:.40}"


def _shown(text: str) -> str:
    return repr(text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}...")


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))


def _expected(names: Iterable[str]) -> str:
    return f"expected some of {_listed(names)}" if names else "there are none at all"


def _dotted(where: str, key: str) -> str:
    bare = re.fullmatch(r"[A-Za-z0-9_-]+", key)
    word = key if bare else repr(key).replace("'", '"')
    return f"{where}.{word}" if where else word
