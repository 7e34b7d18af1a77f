"""The files in which the makers of bundles say what is in them, read strictly: one reading or none.

Here are those of all makers: JSON, and entry points. What cannot be read as its specification has it is refused, with
the member and the reason; nothing is guessed.
"""

import json
import re

from ..runtime.entry import is_dotted
from ..wording import quoted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, List, Set, Tuple

    from ..archive import Archive, Member
    from ..runtime import Refusal

LARGEST = 8 * 2**20  # bytes; the largest METADATA in use have some 300 KiB
DIST_INFO = ".dist-info"
ENTRY_POINTS = "entry_points.txt"
_CONSOLE_SCRIPTS = "console_scripts"
_GUI_SCRIPTS = "gui_scripts"  # on Windows, those that open no console

_MOST_LINES = 20_000  # of entry points; large packages have hundreds
_DEEPEST = 50  # levels of JSON
_MOST_DIGITS = 100  # of a number; before 3.11, python takes minutes for a million
_LONG_NUMBER = re.compile(rf"\d{{{_MOST_DIGITS + 1}}}")
_HEADING = re.compile(r"\[([^\[\]]+)\]")
_OTHER_LINE_ENDS = re.compile("[\r\v\f\x1c-\x1e\x85\u2028\u2029]")  # for str.splitlines, but not for configparser
# What the specification recommends, and the plus of some names of compilers. With a letter, a digit or an underscore
# first, a name is no option and no hidden file.
_SCRIPT_NAME = re.compile(r"\w[\w.+-]*")
_OBJECT = re.compile(r"([^\s\[\]:]+)[ \t]*:[ \t]*([^\s\[\]:]+)[ \t]*(?:\[[\w \t,.-]*\])?")


def has_long_number(text: str) -> bool:
    """Tell whether text has a number that is too long to be read as one (CVE-2020-10735), as of a version."""
    return _LONG_NUMBER.search(text) is not None


class Source:
    """A member that says something: archive is where it is, member which."""

    __slots__ = ("archive", "member")

    def __init__(self, archive: "Archive", member: "Member") -> None:
        self.archive = archive
        self.member = member

    def refusal(self, reason: str) -> "Refusal":
        """Give the exception that refuses the archive because this member is as reason says."""
        return self.archive.refusal(f"member {quoted(self.member.name)} {reason}")

    def text(self, errors: str = "strict") -> str:
        """Give the member's text. Raises Refusal if it is large, no UTF-8 (unless errors is another), or has NULs."""
        if self.member.size > LARGEST:
            raise self.refusal(f"has {self.member.size} bytes, more than the {LARGEST} that it may have")
        data = self.archive.read(self.member)
        if b"\0" in data:
            raise self.refusal("has null bytes")
        try:
            return data.decode("utf-8", errors)
        except UnicodeDecodeError as error:
            raise self.refusal(f"is not UTF-8 (byte {error.start})") from None


# Entry points.


def scripts_of(source: Source) -> "Dict[str, str]":
    """Give the scripts of the entry_points.txt in source, console scripts or not: their names and `module:attribute`.

    Raises Refusal as `console_scripts` does.
    """
    return {**_scripts_in(source, _GUI_SCRIPTS), **console_scripts(source)}


def console_scripts(source: Source) -> "Dict[str, str]":
    """Give the console scripts of the entry_points.txt in source: a dict of their names and `module:attribute`.

    The format: packaging.python.org, entry points specification. Extras in brackets are dropped. Raises Refusal for
    what configparser and importlib.metadata read differently, names that are twice there or have odd characters, and
    for objects that are not a dotted module, a colon and a dotted attribute.
    """
    return _scripts_in(source, _CONSOLE_SCRIPTS)


def _scripts_in(source: Source, section: str) -> "Dict[str, str]":
    found: "Dict[str, str]" = {}
    for line in _section(source, section):
        left, _, value = line.partition("=")
        name = script_name(source, left.strip())
        if name in found:
            raise source.refusal(f"has the script {quoted(name)} twice")
        found[name] = _object(source, name, value.strip())
    return found


def _section(source: Source, wanted: str) -> "List[str]":
    """Give the lines of the section wanted; other sections may hold what they like."""
    found: "List[str]" = []
    headings: "List[str]" = []
    depth = None  # how far the line before is indented; what is indented further continues it, for configparser
    for line in _lines(source):
        content = line.lstrip()
        indent = len(line) - len(content)
        if depth is not None and indent > depth:
            if headings[-1] != wanted and content[0] != "[":
                continue  # nobody reads it here, and no reader takes it for a heading
            raise source.refusal(f"has a line that can be read in two ways: {quoted(content)}")
        depth = None if content[0] == "[" else indent
        if depth is None:
            headings.append(_heading(source, content))
        elif not headings:
            raise source.refusal(f"does not begin with a section, but with {quoted(content)}")
        elif headings[-1] == wanted:
            found.append(content)
    if headings.count(wanted) > 1:
        raise source.refusal(f"has the section {wanted} twice")
    return found


def _lines(source: Source) -> "List[str]":
    """Give the lines of an ini file, without its comments and what is blank."""
    text = source.text().replace("\r\n", "\n")
    if text.count("\n") > _MOST_LINES:
        raise source.refusal(f"has more than {_MOST_LINES:,} lines")
    if _OTHER_LINE_ENDS.search(text):
        raise source.refusal("has control characters that are the end of a line for some readers")
    lines = map(str.rstrip, text.split("\n"))
    return [line for line in lines if line and line.lstrip()[0] not in "#;"]


def _heading(source: Source, content: str) -> str:
    matched = _HEADING.fullmatch(content)
    if matched is None:
        raise source.refusal(f"has a section without a proper name: {quoted(content)}")
    return matched.group(1)


def script_name(source: Source, name: str) -> str:
    """Give name. Raises Refusal if no script should be called so: it has odd characters, or begins with one."""
    if not _SCRIPT_NAME.fullmatch(name):
        raise source.refusal(f"has a script with an odd name: {quoted(name)}")
    return name


def _object(source: Source, name: str, value: str) -> str:
    matched = _OBJECT.fullmatch(value)
    if matched is None or not all(map(is_dotted, matched.groups())):
        raise source.refusal(f"has a script {quoted(name)} that is no module:function: {quoted(value)}")
    return ":".join(matched.groups())


def all_scripts(archive: "Archive", prefix: str) -> "Dict[str, str]":
    """Give the scripts of all distributions whose `*.dist-info` is directly below the folder prefix.

    prefix: "" or a folder with a slash at the end. A name that two distributions have for different things is left out:
    which of them was meant depends on the order in which they were installed, which nobody recorded. Raises Refusal as
    `console_scripts` does.
    """
    found: "Dict[str, str]" = {}
    doubtful: "Set[str]" = set()
    size = 0
    for member in archive.members:
        if _is_entry_points(member.name, prefix):
            if size > LARGEST:
                raise Source(archive, member).refusal(f"is one of those that have more than {LARGEST} bytes together")
            size += member.size
            for name, entry in scripts_of(Source(archive, member)).items():
                if found.setdefault(name, entry) != entry:
                    doubtful.add(name)
    return {name: entry for name, entry in found.items() if name not in doubtful}


def _is_entry_points(name: str, prefix: str) -> bool:
    if not name.startswith(prefix):
        return False
    folder, _, file = name[len(prefix) :].partition("/")
    return file == ENTRY_POINTS and folder.endswith(DIST_INFO)


# JSON.


def read_json(archive: "Archive", member: "Member") -> "Dict[str, Any]":
    """Give the object that the JSON file member is (RFC 8259).

    Raises Refusal if it is large, not UTF-8, no JSON, has a key twice or a number that is none, is nested too deeply,
    or is something else than an object.
    """
    source = Source(archive, member)
    try:
        value = json.loads(
            source.text(),
            object_pairs_hook=_object_of,
            parse_constant=_refuse_number,
            parse_int=_short_int,
            parse_float=_finite,
        )
    except RecursionError:
        raise source.refusal("is nested too deeply") from None
    except ValueError as error:
        raise source.refusal(f"is no JSON: {error}") from None
    if not isinstance(value, dict):
        raise source.refusal("is no JSON object")
    if _is_deep(value):
        raise source.refusal("is nested too deeply")
    return value


def _is_deep(value: "Any") -> bool:
    """Tell whether value is nested deeper than any maker nests: json reads more than can be walked, or kept by marshal."""
    level = [value]
    for _ in range(_DEEPEST):
        level = [inner for one in level for inner in (one.values() if isinstance(one, dict) else one)]
        level = [inner for inner in level if isinstance(inner, (dict, list))]
    return bool(level)


def _object_of(pairs: "List[Tuple[str, Any]]") -> "Dict[str, Any]":
    values: "Dict[str, Any]" = {}
    for name, value in pairs:
        if name in values:
            raise ValueError(f"the key {quoted(name)} is there twice")
        values[name] = value
    return values


def _refuse_number(word: str) -> int:
    raise ValueError(f"{quoted(word)} is no number that it may have")


def _finite(text: str) -> float:
    value = float(text)
    return value if abs(value) != float("inf") else _refuse_number(text)


def _short_int(digits: str) -> int:
    return int(digits) if len(digits) <= _MOST_DIGITS else _refuse_number(digits)
