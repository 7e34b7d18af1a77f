"""The command `mainspring cache`: what is in the store, whether it is sound, and taking things out of it.

It gives its answer as text and an exit status; the front door prints it.
"""

import datetime
import json
import os
import shutil
import sys
import time
from typing import Any, Callable, Dict, List, NamedTuple, Tuple

from .. import progress, wording
from ..runtime import Refusal, private
from ..runtime.store import DAY
from ..storage import contents, keeper, usability, verifier
from ..storage.contents import BUILD, BUNDLE, FLOOR, LAYER, LITTER, NOTE, OTHER, RECORD, SCRIPT, Item
from ..storage.keeper import Report
from ..storage.locking import Hold
from . import parsing

USAGE = "mainspring cache dir|list|verify|prune|clear [--json]"
HELP = f"""\
usage: {USAGE}

Look after the store, where mainspring keeps code that was compiled before: a
directory of the user's, or the one that MAINSPRING_CACHE_DIR names.

  dir      print where the store is
  list     say what is in it: how large, when used last, from which paths
  verify   read every byte, and say what is damaged (exit status 1 if any is),
           and what lies there that no start needs
  prune    remove what was not used for a while, and the oldest of too much
  clear    remove all that no running program holds

  --json           print one JSON document; sizes in bytes, times in UTC
  --max-age DAYS   of prune: how long a thing may be unused, which is noted once
                   a day (default: {keeper.UNUSED_DAYS})
  --max-size SIZE  of prune: how much may stay, as 500M or 2GiB (default: 2GiB)

All of it may be removed at any time; prune and clear leave what a running
program still needs."""

_ANY_WIDTH = 2**16  # more than a path has
_TROUBLE = 1  # exit status
_LEFT_OVER = "left by a process that was killed, or being written; prune removes it when it is an hour old"
_FOREIGN = "not of the store, which leaves it alone"
_NAMELESS = {FLOOR: "(mainspring itself)"}
_ENTRIES = (SCRIPT, BUNDLE, LAYER, BUILD, FLOOR, OTHER)
_ROW = "{:6}  {:>8}  {:>6}  {:>7}  {:13}  "  # of the table of `list`, before what may be shortened
_HEADING = _ROW.format("KIND", "SIZE", "FILES", "PYTHONS", "LAST USED") + "FROM"

Answer = Tuple[str, int]  # what is to be printed, and the exit status


class Asked(NamedTuple):
    """What the words after `cache` ask for; ages in seconds, sizes in bytes."""

    word: str
    as_json: bool = False
    max_age: float = keeper.UNUSED_DAYS * DAY
    max_size: int = keeper.LARGEST_STORE


def answer(words: List[str]) -> Answer:
    """Do what words, those after `cache`, ask for.

    Raises Refusal for words that are not understood, and where there is no store that may be used.
    """
    if parsing.wants_help(words):
        return HELP, 0
    asked = parse(words)
    root = private.root()
    if root is None:
        raise Refusal(
            "cache", "there is no place for it, as there is no home", "set MAINSPRING_CACHE_DIR to a directory"
        )
    if asked.word == "dir":
        return _said(asked, {"root": root}, wording.printable(root))
    lack = usability.lack(root)
    if lack is not None:
        place, why, hint = lack
        raise Refusal(place, f"the store is not used: it {why}", hint)
    try:
        return _COMMANDS[asked.word](asked, root)
    except OSError as error:
        raise Refusal(root, f"the store cannot be read ({error.strerror})") from None


def parse(words: List[str]) -> Asked:
    """Read the words after `cache`. Raises Refusal for what is not understood."""
    if not words:
        raise Refusal("cache", "what to do is missing", f"usage: {USAGE}")
    if words[0] not in ("dir", *_COMMANDS):
        raise Refusal(words[0], "unknown word after cache", f"usage: {USAGE}")
    options = parsing.Options(f"cache {words[0]}", USAGE, {"--json": ("as_json", True)}, _VALUES.get(words[0], {}))
    asked, names, mistakes = parsing.read(words[1:], options)
    mistakes += [(name, "a word too many") for name in names]
    if mistakes:
        raise parsing.Misunderstood(options, mistakes)
    said = {name: asked.pop(name) for name in _LIMITS if name in asked}
    limits = wording.values_of(
        {name: (f"--{name.replace('_', '-')} {value}", value, *_LIMITS[name]) for name, value in said.items()}
    )
    return Asked(words[0], **asked, **limits)


def _days(text: str) -> float:
    days = float(text)
    if not 0 <= days < float("inf"):
        raise ValueError(text)
    return days * DAY


_VALUES = {"prune": {"--max-age": "max_age", "--max-size": "max_size"}}
# Of each option with a limit: what reads its value, and what that is to be, in words.
_LIMITS: Dict[str, Tuple[Callable[[str], Any], str]] = {
    "max_age": (_days, "a number of days, as 30"),
    "max_size": (wording.size_of, "a size, as 500M or 2GiB"),
}


def _list(asked: Asked, root: str) -> Answer:
    items = [item for item in _items(root) if item.kind in _ENTRIES]
    items.sort(key=lambda item: (-_last_use(item), item.path))
    entries = [_described(item, root) for item in items]
    size = sum(entry["size"] for entry in entries)
    if entries:
        width = _width()
        lines = [_line(entry, _last_use(item), width) for entry, item in zip(entries, items)]
        total = f"{wording.count(len(entries), 'entry')}, {wording.size(size)}, in "
        text = "\n".join([_HEADING, *lines, "", total + _shortened(_at_home(root), width - len(total))])
    else:
        text = f"nothing is in {_at_home(root)}"
    return _said(asked, {"root": root, "size": size, "entries": entries}, text)


def _items(root: str) -> List[Item]:
    return contents.survey(root) if os.path.lexists(root) else []


def _last_use(item: Item) -> float:
    return max([item.used, *(record.used for record in item.records)])


def _described(item: Item, root: str) -> Dict[str, Any]:
    """Give what `list --json` says of an entry."""
    sources: List[str] = []
    pythons = len({os.path.basename(path).partition("-")[2] for path in item.images})
    if item.kind == FLOOR:
        pythons = 1
    elif item.kind == SCRIPT:
        script = contents.read_script(item.path)
        sources, pythons = ([script[0]] if script else []), 1
    elif item.kind == LAYER:
        about = contents.read_about(item.path)
        sources, pythons = ([", ".join(about[1])] if about else []), 1
    for record in sorted(item.records, key=lambda record: -record.used):
        known = contents.read_record(record.path)
        sources += [known[2]] if known is not None and known[2] not in sources else []
    hold = Hold.on(item.path)
    hold.release()
    return {
        "kind": item.kind,
        "key": item.key,
        "path": os.path.relpath(item.path, root),
        "size": item.total(),
        "files": item.files + len(item.records),
        "interpreters": pythons,
        "last_used": _iso(_last_use(item)),
        "in_use": None if hold.is_unknown else hold.is_by_others,
        "sources": sources,
    }


def _line(entry: Dict[str, Any], last_use: float, width: int) -> str:
    """Give the line of the table for an entry, of width characters at most."""
    used = "in use" if entry["in_use"] else _age(last_use)
    start = _ROW.format(entry["kind"], wording.size(entry["size"]), entry["files"], entry["interpreters"], used)
    names = [_at_home(name) for name in entry["sources"]] or [_NAMELESS.get(entry["kind"], f"({entry['key'][:12]})")]
    more = f" (+{len(names) - 1})" if len(names) > 1 else ""
    return start + _shortened(names[0], width - len(start) - len(more)) + more


def _width() -> int:
    """Give how many characters a line may have: on a terminal, as many as fit in."""
    is_terminal = sys.stdout is not None and sys.stdout.isatty()
    return shutil.get_terminal_size().columns if is_terminal else _ANY_WIDTH


def _shortened(text: str, most: int) -> str:
    """Give text with so much of its beginning left out that it has at most that many characters."""
    return text if len(text) <= most else "..." + text[len(text) + 3 - most :]


def _verify(asked: Asked, root: str) -> Answer:
    findings = verifier.Findings()
    if os.path.lexists(root):
        with progress.Bar(sys.stderr, "reading") as bar:
            findings = verifier.verify(root, bar.tick)
    checked, damaged = findings.checked, findings.damaged
    counts = ", ".join(wording.count(number, what[:-1]) for what, number in checked.items())
    lines = [f"{wording.printable(path)}: {reason}" for path, reason in damaged]
    lines.append(f"checked {counts} ({wording.size(findings.size)})")
    for place, number in sorted(findings.unchecked.items()):
        lines.append(
            f"{wording.printable(place)}: {wording.count(number, 'file')} that could not be compared with anything"
        )
    lines += [f"{wording.printable(path)}: {_LEFT_OVER}" for path in findings.leftover]
    lines += [f"{wording.printable(path)}: {_FOREIGN}" for path in findings.foreign]
    lines.append(f"damaged: {len(damaged) or 'nothing'}")
    if damaged:
        lines.append(
            "what is damaged counts as missing; the next start that wants it makes it anew, and clear removes it"
        )
    document = {
        "root": root,
        "checked": checked,
        "size": findings.size,
        "unchecked": [{"path": path, "files": files} for path, files in sorted(findings.unchecked.items())],
        "damaged": [{"path": path, "reason": reason} for path, reason in damaged],
        "leftover": findings.leftover,
        "foreign": findings.foreign,
    }
    return _said(asked, document, "\n".join(lines), _TROUBLE if damaged else 0)


def _prune(asked: Asked, root: str) -> Answer:
    return _removed(asked, root, lambda: keeper.prune(root, asked.max_age, asked.max_size))


def _clear(asked: Asked, root: str) -> Answer:
    with progress.Bar(sys.stderr, "removing") as bar:
        return _removed(asked, root, lambda: keeper.clear(root, bar.tick))


_COMMANDS: Dict[str, Callable[[Asked, str], Answer]] = {
    "list": _list,
    "verify": _verify,
    "prune": _prune,
    "clear": _clear,
}


def _removed(asked: Asked, root: str, act: Callable[[], Report]) -> Answer:
    report = act() if os.path.lexists(root) else Report()
    left = [item for item in _items(root) if item.kind != LITTER]
    kept = sum(item.total() for item in left)
    number = sum(report.removed.get(kind, 0) for kind in _ENTRIES)
    lines = [f"removed {wording.count(number, 'entry')}, {wording.size(report.freed)}; {wording.size(kept)} left"]
    if report.in_use:
        lines.append(f"spared {wording.count(len(report.in_use), 'entry')} in use by running programs, or perhaps so:")
        lines += [f"  {os.path.relpath(path, root)}" for path in report.in_use]
    if report.failed:
        lines.append(f"passed over {wording.count(report.failed, 'file')} that could not be looked at or removed")
    document = {
        "root": root,
        "removed": {kind: report.removed.get(kind, 0) for kind in (*_ENTRIES, RECORD, NOTE, LITTER)},
        "freed": report.freed,
        "size": kept,
        "in_use": [os.path.relpath(path, root) for path in report.in_use],
        "failed": report.failed,
    }
    return _said(asked, document, "\n".join(lines), _TROUBLE if report.failed else 0)


def _said(asked: Asked, document: Dict[str, Any], text: str, status: int = 0) -> Answer:
    return (json.dumps(document, indent=2) if asked.as_json else text), status


# For people


def _iso(seconds: float) -> str:
    """Give a time as ISO 8601, in UTC; any that a file system can have."""
    try:
        then = datetime.datetime(1970, 1, 1) + datetime.timedelta(seconds=int(seconds))
    except OverflowError:
        then = datetime.datetime.max if seconds > 0 else datetime.datetime.min
    return then.isoformat(timespec="seconds") + "Z"


def _age(seconds: float) -> str:
    """Say how long ago a time was, in thirteen characters at most."""
    age = time.time() - seconds
    if age < -DAY:
        return "in the future"
    for length, word in ((365.25, "year"), (30.44, "month"), (1, "day"), (1 / 24, "hour"), (1 / 1440, "min")):
        number = int(age / (length * DAY))
        if number >= 1:
            return f"{number} {word}{'s' if number > 1 and word != 'min' else ''} ago"
    return "just now"


def _at_home(path: str) -> str:
    """Give path to be shown, with `~` for the user's home."""
    home = os.path.expanduser("~").rstrip(os.sep)
    is_below = home and (path == home or path.startswith(home + os.sep))
    return wording.printable("~" + path[len(home) :] if is_below else path)
