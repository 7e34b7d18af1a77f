"""What shiv writes into its bundles: `environment.json`, its bootstrap, and the packages below `site-packages/`.

The source is `builder.py` and `bootstrap/environment.py` of shiv, from 0.1 to 1.0.8.
"""

import os
import re
import sys

from ..archive.fault import Fault
from ..runtime import files, kinds
from ..runtime.shiv import SITE_PACKAGES
from . import metadata

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Container, Dict, Iterable, List, Optional, Tuple

    from ..archive import Archive
    from ..fitness import Needs
    from ..runtime.layouts import Layout

ENVIRONMENT = "environment.json"
_BOOTSTRAP = "_bootstrap/__init__.py"
_MAIN = "__main__.py"
_STARTS = b"import _bootstrap\n_bootstrap.bootstrap()"  # how its `__main__` goes on after a comment
_NONE = type(None)
# The keys that shiv knows, and what they may hold.
_KEYS: "Dict[str, Tuple[type, ...]]" = {
    "always_write_cache": (bool,),
    "build_id": (str, _NONE),
    "built_at": (str,),
    "compile_pyc": (bool,),
    "compile_workers": (int,),  # of old ones
    "entry_point": (str, _NONE),
    "extend_pythonpath": (bool,),
    "hashes": (dict, _NONE),
    "no_modify": (bool,),
    "preamble": (str, _NONE),
    "prepend_pythonpath": (str, _NONE),
    "reproducible": (bool,),
    "root": (str, _NONE),
    "script": (str, _NONE),
    "shiv_version": (str,),
}
_LONGEST_BUILD_ID = 128
_LARGEST = 2**20  # bytes of metadata
_PYTHON = re.compile(r"^Requires-Python:(.+)$", re.MULTILINE | re.IGNORECASE)
_CLAUSE = re.compile(r"\s*(>=|<|!=)\s*(\d{1,9}(?:\.\d{1,9}){0,2})(?:\.\*)?\s*")


def is_shiv(archive: "Archive") -> bool:
    """Tell whether archive is laid out as shiv's bundles are, and starts shiv's bootstrap and nothing else."""
    members = {member.name: member for member in archive.members}
    if not {ENVIRONMENT, _BOOTSTRAP, _MAIN}.issubset(members):
        return False
    lines = archive.read(members[_MAIN]).replace(b"\r\n", b"\n").split(b"\n")
    return b"\n".join(line for line in lines if line and not line.startswith(b"#")) == _STARTS


def layout(archive: "Archive", path_name: str) -> "Layout":
    """Give what a start has to know of archive, a shiv bundle at path_name.

    What comes out can be marshalled; `runtime.layouts` says what it has.
    Raises Refusal for metadata that is broken or not what shiv writes.
    """
    members = {member.name: member for member in archive.members}
    environment = metadata.read_json(archive, members[ENVIRONMENT])
    unknown = sorted(set(environment) - set(_KEYS))
    if not unknown:
        try:
            _check(environment)
            _check_preamble(environment, members)
            _check_hashes(environment, archive)
        except Fault as fault:
            raise archive.refusal(fault.reason) from None
    prefix = f"{SITE_PACKAGES}/"
    link = _link(environment, path_name)
    made: "Layout" = {
        "maker": kinds.SHIV,
        "version": environment.get("shiv_version", ""),
        "environment": environment,
        "paths": [SITE_PACKAGES if link is None else f"{files.LINKS}/{link}/{SITE_PACKAGES}"],
        "scripts": metadata.all_scripts(archive, prefix),
        "bin": _files_in(f"{prefix}bin/", members),
        "has_pth": any(_is_pth(name, prefix) for name in members),
        "link": link,
        "foreign": f"{ENVIRONMENT} has a key that is not known: {unknown[0]}" if unknown else _not_here(environment),
    }
    made.update(_fit(archive))
    return made


def _check(environment: "Dict[str, Any]") -> None:
    for key, value in environment.items():
        if not isinstance(value, _KEYS[key]) or (isinstance(value, str) and not _can_be_said(value)):
            raise Fault(f"{ENVIRONMENT}: {key} is not what shiv writes: {value!r:.60}")
    for key in ("preamble", "script"):
        if not _is_file_name(environment.get(key) or "name"):
            raise Fault(f"{ENVIRONMENT}: {key} is no name of a file: {environment[key]!r:.60}")
    build_id = environment.get("build_id") or ""
    if len(build_id) > _LONGEST_BUILD_ID or not _is_file_name(build_id or "name") or not build_id.isprintable():
        raise Fault(f"{ENVIRONMENT}: build_id cannot be part of a file's name: {build_id!r:.60}")


def _check_preamble(environment: "Dict[str, Any]", members: "Container[str]") -> None:
    name = environment.get("preamble")
    if name is not None and f"{SITE_PACKAGES}/bin/{name}" not in members:
        raise Fault(f"{ENVIRONMENT}: it has no such preamble: {name!r:.60}")


def _can_be_said(text: str) -> bool:
    """Tell whether text can be a path, or a variable: JSON can write half a character."""
    return "\0" not in text and not any("\ud800" <= character <= "\udfff" for character in text)


def _is_file_name(name: str) -> bool:
    return name not in ("", ".", "..") and not any(separator in name for separator in "/\\:")


def _check_hashes(environment: "Dict[str, Any]", archive: "Archive") -> None:
    """Compare what `no_modify` asks for: that the sources are those that the bundle was made of."""
    if not environment.get("no_modify"):
        return
    import hashlib  # which loads OpenSSL, for the few that ask

    hashes = environment.get("hashes") or {}
    for member in archive.members:
        name = member.name[len(SITE_PACKAGES) + 1 :]
        if not member.name.startswith(f"{SITE_PACKAGES}/") or not name.endswith(".py"):
            continue
        if hashlib.sha256(archive.read(member)).hexdigest() != hashes.get(name):
            raise Fault(f"{member.name} was modified after the bundle was built, which does not allow that")


def as_needs(needs: "Dict[str, Any]") -> "Needs":
    """Give needs, as they are in a layout, as `fitness` wants them."""
    from .. import fitness  # few bundles do not fit

    return fitness.Needs(tuple(needs["specifiers"]), tags=tuple(frozenset(tags) for tags in needs["tags"]))


def _fit(archive: "Archive") -> "Layout":
    """Say what its distributions ask of an interpreter, and whether this is one.

    What the wheels that it was made of were built for counts if any has native modules. tries: whether it is only said
    to be for other versions, so that it may do on this one.
    """
    specifiers = _specifiers(archive)
    is_plain = all(map(_is_plainly_met, specifiers))
    has_native = bool(archive.native_members())
    needs_nothing: "Dict[str, List[Any]]" = {"specifiers": [], "tags": []}
    needs: "Dict[str, List[Any]]" = {"specifiers": specifiers, "tags": []}
    if is_plain and not has_native:
        return {"needs": needs_nothing, "misfit": None, "tries": False}
    from .. import third_party  # not for the many that run anywhere

    if not third_party.has_packaging():
        return {"needs": needs_nothing if is_plain else needs, "misfit": None, "tries": False}
    from .. import fitness  # which needs packaging

    needs["tags"] = _tags(archive) if has_native else []
    misfit = fitness.verdict(as_needs(needs))
    tries = misfit is not None and fitness.verdict(as_needs({**needs, "specifiers": []})) is None
    return {"needs": needs, "misfit": misfit, "tries": tries}


def _specifiers(archive: "Archive") -> "List[str]":
    """Give what the distributions say of the versions of Python that they run on, each once.

    shiv does not read that, so what cannot be read asks for nothing.
    """
    sources = [source for source in _of_distributions(archive, "METADATA") if source.member.size <= _LARGEST]
    heads = [archive.read(source.member).replace(b"\r\n", b"\n").partition(b"\n\n")[0] for source in sources]
    found = [_PYTHON.search(head.decode("ascii", "replace")) for head in heads]
    said = [matched.group(1).strip() for matched in found if matched is not None]
    return list(dict.fromkeys(text for text in said if not metadata.has_long_number(text)))


def _is_plainly_met(specifier: str) -> bool:
    """Tell whether this Python plainly meets a specifier of the usual form, as `>=3.8, !=3.9.0, <4`: without packaging."""
    this = sys.version_info[:3]
    for clause in specifier.split(","):
        matched = _CLAUSE.fullmatch(clause)
        if matched is None:
            return False
        operator, version = matched.group(1), tuple(map(int, matched.group(2).split(".")))
        is_met = {">=": this >= version, "<": this[: len(version)] < version, "!=": this[: len(version)] != version}
        if not is_met[operator]:
            return False
    return True


def _tags(archive: "Archive") -> "List[List[str]]":
    """Give the tags of the wheels that run on some interpreters only."""
    from .headers import headers, sound_tags  # not for the many without native modules

    found = [sound_tags(source, headers(source, ("tag",))["tag"]) for source in _of_distributions(archive, "WHEEL")]
    return [tags for tags in found if tags and not any(tag.endswith("-any") for tag in tags)]


def _of_distributions(archive: "Archive", file: str) -> "List[metadata.Source]":
    """Give the metadata of that name of each distribution."""
    start, end = f"{SITE_PACKAGES}/", f".dist-info/{file}"
    members = [member for member in archive.members if member.name.startswith(start) and member.name.endswith(end)]
    return [metadata.Source(archive, member) for member in members if member.name.count("/") == 2]


def _files_in(folder: str, names: "Iterable[str]") -> "List[str]":
    below = [name[len(folder) :] for name in names if name.startswith(folder)]
    return [name for name in below if name and "/" not in name]


def _is_pth(name: str, prefix: str) -> bool:
    # .start files are 3.15's.
    return name.startswith(prefix) and "/" not in name[len(prefix) :] and name.endswith((".pth", ".start"))


def _link(environment: "Dict[str, Any]", path_name: str) -> "Optional[str]":
    """Give the name of the folder in which a preamble expects the tree: those that clean up take it apart."""
    if environment.get("preamble") is None:
        return None
    return f"{os.path.basename(os.path.realpath(path_name))}_{environment.get('build_id')}"


def _not_here(environment: "Dict[str, Any]") -> "Optional[str]":
    if environment.get("preamble") is not None and os.name == "nt":
        return "its preamble may look for the folder that shiv makes, and links need privileges on Windows"
    version: str = environment.get("shiv_version", "")
    if version.startswith("0.0.") or not version:
        return "it was made by a shiv older than 0.1, which is not known here"
    return None
