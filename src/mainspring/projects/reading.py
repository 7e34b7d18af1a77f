"""The tables of a pyproject.toml or of a script's block, and every mistake in them: with the file, the key and what was expected.

What the single tables mean: `project_table` and `extras_and_groups` for those of the project, `tool_table` for our own.
"""

import re
from typing import Any, Callable, Dict, Iterable, List, Optional, Sequence, Tuple

from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name as _canonical

from .. import pep508, wording
from ..makers.metadata import has_long_number
from ..refusals import UNSAID, Several, refused

TEXT, TEXTS, SWITCH, TABLE = "a string", "a list of strings", "true or false", "a table"
_TYPES: Dict[str, type] = {TEXT: str, SWITCH: bool, TABLE: dict}
_MOST_LISTED = 40  # names
_LONGEST_KEY = 120  # characters
_ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:|.*\{.*\}")  # a URL with a scheme, or with what a backend puts there
Requirements = Tuple[str, ...]


def normalized(name: str) -> str:
    """Give the name of a project, an extra or a group, in the form in which such names are compared."""
    return _canonical(name)


class Mistakes(Several):
    """Settings that cannot be used: all that is wrong with them, a line for each.

    mistakes: each as `file: key: what is wrong; what was expected`.
    """

    def __init__(self, mistakes: Sequence[str], hint: Optional[str] = None) -> None:
        super().__init__(UNSAID, "; ".join(mistakes), [refused(mistake) for mistake in mistakes], hint)
        self.mistakes = list(mistakes)


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

    def finish(self) -> None:
        """Raise Mistakes if there are any."""
        if self.mistakes:
            raise Mistakes(self.mistakes)

    def table(self, name: str) -> Optional[Dict[str, Any]]:
        """Give a table of the document, {} for what is none, and None if there is nothing of that name."""
        if name not in self.data:
            return None
        found: Dict[str, Any] = self.typed("", self.data, name, TABLE, {})
        return found

    def text(self, where: str, table: Dict[str, Any], key: str) -> Optional[str]:
        """Give a string in a table; None if there is none."""
        found: Optional[str] = self.typed(where, table, key, TEXT, None)
        return found

    def texts(self, where: str, table: Dict[str, Any], key: str) -> Tuple[str, ...]:
        """Give a list of strings in a table; empty if there is none."""
        return tuple(self.typed(where, table, key, TEXTS, ()))

    def typed(self, where: str, table: Dict[str, Any], key: str, kind: str, default: Any) -> Any:
        """Give a value in a table that is of kind, as TEXT or TABLE; default for what is not, a mistake, and for nothing."""
        if key not in table:
            return default
        value = table[key]
        if _is_of(kind, value):
            return value
        self.wrong(dotted(where, key), f"it is {worded(value)}", f"expected {kind}")
        return default

    def specifier(self, where: str, table: Dict[str, Any]) -> str:
        """Give what requires-python says, "" if nothing."""
        text = self.text(where, table, "requires-python")
        key = dotted(where, "requires-python")
        self.attempt(key, text, SpecifierSet, "a specifier of versions, as >=3.8")
        return text or ""

    def attempt(self, key: str, text: Optional[str], read: Callable[[str], Any], expected: str) -> None:
        """Note a mistake if read raises ValueError for text, which is at key; nothing is done for None."""
        try:
            if text is not None:
                if has_long_number(text):
                    raise ValueError(text)
                read(text)
        except ValueError:
            self.wrong(key, f"{wording.quoted(text or '')} cannot be read", f"expected {expected}")

    def requirements(self, where: str, table: Dict[str, Any], key: str) -> Requirements:
        """Give a list of requirements in a table; empty if there is none."""
        texts = self.texts(where, table, key)
        return tuple(text for text in texts if self.is_requirement(dotted(where, key), text))

    def is_requirement(self, key: str, text: str) -> bool:
        """Tell whether text, which is at key, is a requirement; that it is none is noted as a mistake."""
        try:
            url = pep508.requirement(text).url
        except ValueError:
            self.wrong(key, f"{wording.quoted(text)} cannot be read", "expected a requirement, as name>=1.0")
            return False
        if url is not None and not _ABSOLUTE.match(url):
            self.wrong(key, f"{wording.quoted(text)} names no URL", "expected one as name @ file:///path")
            return False
        return True


def _is_of(kind: str, value: Any) -> bool:
    if kind == TEXTS:
        return isinstance(value, list) and all(isinstance(item, str) for item in value)
    return isinstance(value, _TYPES[kind])


def worded(value: Any) -> str:
    """Say what value is, where something else was expected."""
    if isinstance(value, dict):
        return TABLE
    if isinstance(value, list):
        odd = [item for item in value if not isinstance(item, str)]
        return f"a list with {odd[0]!r:.40}" if odd else "a list"
    if isinstance(value, bool):
        return str(value).lower()
    return f"the string {value!r:.40}" if isinstance(value, str) else f"{value!r:.40}"


def listed(names: Iterable[str]) -> str:
    """Give names in their order, with commas between; of very many, the first."""
    return wording.some(sorted(names), _MOST_LISTED)


def dotted(where: str, key: str) -> str:
    """Give the key of the table that is at where, as TOML has it."""
    bare = re.fullmatch(r"[A-Za-z0-9_-]+", key)
    word = wording.shortened(key if bare else repr(key).replace("'", '"'), _LONGEST_KEY)
    return f"{where}.{word}" if where else word
