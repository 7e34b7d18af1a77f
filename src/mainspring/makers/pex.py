"""What pex writes into its files: `PEX-INFO`, its bootstrap, installed wheels below `.deps`, and the user's code.

The source is `pex_info.py`, `environment.py`, `installed_wheel.py`, `finders.py` and `pex_boot.py` of pex, 2.1.100 to
2.105.2. The wheels are chosen as pex chooses them, for the interpreter that reads this.
"""

import posixpath
import re
import string

from packaging.version import InvalidVersion, Version

from ..fitness import Needs, is_constraint, verdict
from ..runtime import pex_variables
from ..runtime.pex import BOOTSTRAP, DEPS, INHERITED
from ..runtime.pex_variables import parsed_entry
from .core import core
from .metadata import DIST_INFO, ENTRY_POINTS, Source, entry_points, read_json, shown
from .resolution import Distribution, Resolution, Unclear, ranks

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Dict, Iterable, Iterator, List, Optional, Tuple

    from ..archive import Archive, Member

MAKER = "pex"
PEX_INFO = "PEX-INFO"

_MAIN = "__main__.py"
_IMPORT_HOOK = "__pex__/__init__.py"
_BOOTS = f"{BOOTSTRAP}/pex/pex_bootstrapper.py"
_CALLS = b"from pex.pex_bootstrapper import bootstrap_pex"
_LAYOUT = ".layout.json"
_STASH = ".prefix"
_SCRIPT_FOLDERS = ("bin", "Scripts")
_PTH = (".pth", ".start")  # the latter are 3.15's
_LONGEST_SCRIPT = 2**20  # bytes; what is larger is no script in Python
_OLDEST = Version("2.1.100")
_NEWEST_MAJOR = 2
_PYTHON_SHEBANG = re.compile(
    rb"#!(?:|.*\W)(?:python|pypy)(?:\d+(?:\.\d+)*)?(?:\.exe)?(?:\s+[^\s].*)?\s*", re.IGNORECASE
)
# Modules that only runpy can find, as `my-module`, are for its bootstrap.
_ENTRY_POINT = re.compile(r"\s*[\w.-]+\s*(?::\s*[\w.]+\s*)?")
_FIELD = re.compile(r"pex\.env(?:\.[A-Za-z]\w*|\[[^\[\]{}]+\])")


def _is_text(value: "Any") -> bool:
    return isinstance(value, str)


def _is_list(value: "Any") -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _is_map(value: "Any") -> bool:
    return isinstance(value, dict) and all(isinstance(item, str) for item in value.values())


def _is_bool(value: "Any") -> bool:
    return isinstance(value, bool)


# The keys that have a meaning when a PEX runs, and what they may hold; all may be null.
_KEYS: "Dict[str, Callable[[Any], bool]]" = {
    "bind_resource_paths": _is_map,
    "bootstrap_hash": _is_text,
    "build_properties": lambda value: isinstance(value, dict),
    "code_hash": _is_text,
    "deps_are_wheel_files": _is_bool,
    "distributions": _is_map,
    "emit_warnings": _is_bool,
    "entry_point": _is_text,
    "excluded": _is_list,
    "ignore_errors": _is_bool,
    "includes_tools": _is_bool,
    "inherit_path": lambda value: isinstance(value, bool) or value in INHERITED,
    "inject_args": _is_list,
    "inject_env": _is_map,
    "inject_python_args": _is_list,
    "interpreter_constraints": _is_list,
    "interpreter_selection_strategy": _is_text,
    "max_install_jobs": lambda value: isinstance(value, int),
    "overridden": _is_list,
    "pex_hash": _is_text,
    "pex_path": _is_text,
    "pex_paths": _is_list,
    "pex_root": _is_text,
    "requirements": _is_list,
    "script": _is_text,
    "strip_pex_env": _is_bool,
    "venv": _is_bool,
    "venv_bin_path": _is_text,
    "venv_copies": _is_bool,
    "venv_hermetic_scripts": _is_bool,
    "venv_site_packages_copies": _is_bool,
    "venv_system_site_packages": _is_bool,
}
# Those of older pexes that have none any more.
_FORMER_KEYS = ("always_write_cache", "unzip", "verify_entry_point", "zip_safe")


def is_pex(archive: "Archive") -> bool:
    """Tell whether archive is laid out as pex's zipapps are, and starts pex's bootstrap and nothing else.

    pex writes the same text twice, into `__main__.py` and for those who import a PEX; only the first has a shebang.
    """
    found = {member.name: member for member in archive.members}
    if not {PEX_INFO, _MAIN, _IMPORT_HOOK, _BOOTS}.issubset(found):
        return False
    main = archive.read(found[_MAIN])
    if main.startswith(b"#!"):
        main = main.partition(b"\n")[2]
    return _CALLS in main and main.strip() == archive.read(found[_IMPORT_HOOK]).strip()


def layout(archive: "Archive", typed: str) -> "Dict[str, Any]":
    """Give what a start has to know of archive, a PEX that was typed so.

    What comes out can be marshalled.
    maker: "pex". version: that of pex, or "".
    paths: the folders of the archive that go on sys.path, in order, with slashes; "" is its root, the user's code.
    added: those of paths that are there because a .pth file names them.
    sites: those of paths with .pth files.
    scripts: the console scripts, and the entry of each. files: the Python scripts of the distributions, and where they
    are. entry_point: a module or `module:attribute`, or "". script: the name of one of those scripts, or "".
    inherit_path: "false", "prefer" or "fallback". strip_pex_env, venv: bools.
    inject_args, inject_env, inject_python_args: as PEX-INFO has them; formats: whether the first are to be formatted.
    resources: variables, and for each the relative name of the file whose path it gets.
    needs: specifiers, any_of and tags, for `fitness.Needs`. misfit: why it cannot run on this interpreter, or None.
    foreign: why its own bootstrap has to run it, whatever the environment says; or None. usual: without variables, why
    its own bootstrap has to run it, or None, and what starts then, as `pex_variables.entry` says.

    Raises Refusal for metadata that is broken, or not what pex writes.
    """
    bundle = _Bundle(archive, typed)
    info = bundle.info
    _check_entry_point(bundle.source, info["entry_point"])
    _check_constraints(bundle.source, info["interpreter_constraints"])
    foreign = _foreign(info)
    contents: "Dict[str, Any]" = {**_NOTHING, "paths": [""]}
    if foreign is None:
        try:
            contents = _contents(bundle)
        except Unclear as unclear:
            foreign = str(unclear)
    inherit: "Any" = info["inherit_path"]
    found = {
        "maker": MAKER,
        "version": bundle.version,
        **contents,
        "entry_point": _entry_point(info["entry_point"]) or "",
        "script": info["script"],
        "inherit_path": ("prefer" if inherit else "false") if isinstance(inherit, bool) else inherit,
        "strip_pex_env": info["strip_pex_env"],
        "venv": info["venv"],
        "inject_args": info["inject_args"],
        "inject_env": info["inject_env"],
        "inject_python_args": info["inject_python_args"],
        "formats": "bind_resource_paths" in bundle.said,  # the two came with the same release
        "resources": info["bind_resource_paths"],
        "foreign": foreign,
    }
    handover = pex_variables.handover(found, {})
    return {**found, "usual": [handover, *(("", "") if handover else pex_variables.entry(found, {}))]}


_NOTHING: "Dict[str, Any]" = {
    "added": [],
    "sites": [],
    "scripts": {},
    "files": {},
    "needs": {"specifiers": [], "any_of": [], "tags": []},
    "misfit": None,
}
_DEFAULTS: "Dict[Callable[[Any], bool], Any]" = {_is_text: "", _is_list: [], _is_map: {}, _is_bool: False}


class _Bundle:
    """An archive that is a PEX.

    members: by their names. folders: by their names, the names of the files directly in each. said: what PEX-INFO says,
    checked. info: the same with the defaults of what it does not say. version: that of pex, or "".
    """

    def __init__(self, archive: "Archive", typed: str) -> None:
        self.archive = archive
        self.typed = typed
        self.members: "Dict[str, Member]" = {member.name: member for member in archive.members}
        self.folders = _by_folder(self.members)
        self.source: Source = self.source_of(PEX_INFO)
        self.said: "Dict[str, Any]" = read_json(archive, self.members[PEX_INFO], typed)
        _check(self.source, self.said)
        defaults = {key: _DEFAULTS.get(kind) for key, kind in _KEYS.items()}
        given = {key: value for key, value in self.said.items() if value is not None}
        self.info: "Dict[str, Any]" = {**defaults, "inherit_path": "false", "strip_pex_env": True, **given}
        version = (self.info["build_properties"] or {}).get("pex_version", "")
        self.version: str = version if isinstance(version, str) else ""

    def source_of(self, name: str) -> Source:
        """Give the member of that name, which is there."""
        return Source(self.archive, self.members[name], self.typed)

    def files(self, folder: str) -> "List[str]":
        """Give the names of the files that are directly in folder."""
        return self.folders.get(folder, [])


def _by_folder(names: "Iterable[str]") -> "Dict[str, List[str]]":
    found: "Dict[str, List[str]]" = {}
    for name in names:
        folder, _, file = name.rpartition("/")  # that of a folder ends in a slash
        while folder not in found:
            found[folder] = []
            folder = folder.rpartition("/")[0]
        if file:
            found[name.rpartition("/")[0]].append(file)
    return found


def _check(source: Source, said: "Dict[str, Any]") -> None:
    for key, value in said.items():
        if key in _KEYS and value is not None and not _KEYS[key](value):
            raise source.refusal(f"has something as its {key} that pex does not write: {shown(str(value))}")
        for text in _texts(value):
            if "\0" in text or text.encode("utf-8", "ignore").decode() != text:
                raise source.refusal(f"has null bytes or lone surrogates in its {shown(key)}")
    for key in ("inject_env", "bind_resource_paths"):
        for name in said.get(key) or {}:
            if not name or "=" in name:
                raise source.refusal(f"has a name in its {key} that no variable can have: {shown(name)}")
    for name, place in (said.get("bind_resource_paths") or {}).items():
        if not _is_inside(place):
            raise source.refusal(
                f"has a path as the {shown(name)} of its bind_resource_paths that leaves it: {shown(place)}"
            )


def _texts(value: "Any") -> "Iterator[str]":
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)
    elif isinstance(value, dict):
        for item in (*value, *value.values()):
            yield from _texts(item)


def _is_inside(path: str) -> bool:
    """Tell whether a relative path with slashes stays below where it starts."""
    return not path.startswith("/") and not re.search(r"[\\:]", path) and ".." not in path.split("/")


def _check_entry_point(source: Source, said: str) -> None:
    """See that an entry point, if there is one, is one for pex."""
    if said and not _ENTRY_POINT.fullmatch(said.partition("[")[0]):
        raise source.refusal(f"has an entry_point that is none: {shown(said)}")


def _check_constraints(source: Source, said: "List[str]") -> None:
    """See that versions in constraints are such."""
    for text in said:
        try:
            is_constraint(text)
        except ValueError:
            raise source.refusal(f"has an interpreter constraint that is none: {shown(text)}") from None


def _entry_point(said: str) -> "Optional[str]":
    """Give an entry point without extras and spaces, "" if there is none, and None for what python cannot import."""
    try:
        return parsed_entry(said) if said else ""
    except ValueError:
        return None


# What is not done here.


def _foreign(info: "Dict[str, Any]") -> "Optional[str]":
    """Say what in PEX-INFO asks for more than is done here; None if nothing does."""
    unknown = sorted(key for key, value in info.items() if key not in _KEYS and key not in _FORMER_KEYS and value)
    if unknown:
        return f"its PEX-INFO has a key that is not known: {shown(unknown[0])}"
    if info["pex_path"] or info["pex_paths"]:
        return "it runs together with other PEXes (pex_path)"
    if info["deps_are_wheel_files"] and info["distributions"]:
        return "its wheels are to be installed first (deps_are_wheel_files)"
    if info["inject_python_args"]:
        return "it wants options of the interpreter (inject_python_args)"
    if info["script"] and info["entry_point"]:
        return "it has a script and an entry_point"
    unknown = [text for text in info["interpreter_constraints"] if not is_constraint(text)]
    if unknown:
        return f"it has an interpreter constraint of a form that is not known: {shown(unknown[0])}"
    if _entry_point(info["entry_point"]) is None:
        return f"its entry_point has an odd name: {shown(info['entry_point'])}"
    odd = next((text for text in info["inject_args"] if not _is_formattable(text)), None)
    if odd is not None and "bind_resource_paths" in info:
        return f"it has an argument that is to be made of something unknown: {shown(odd)}"
    return _of_another_time((info["build_properties"] or {}).get("pex_version"))


def _is_formattable(text: str) -> bool:
    """Tell whether the fields in text are variables of the environment, `{pex.env.HOME}`."""
    try:
        fields = list(string.Formatter().parse(text))
    except ValueError:
        return False
    return all(name is None or (_FIELD.fullmatch(name) and not spec and not how) for _, name, spec, how in fields)


def _of_another_time(version: "Any") -> "Optional[str]":
    try:
        made_by = Version(version)
    except (InvalidVersion, TypeError):
        return "it does not say which pex it was made by"
    if made_by < _OLDEST or made_by.major > _NEWEST_MAJOR:
        return f"it was made by pex {made_by}, which is not known here"
    return None


# What is in it.


def _contents(bundle: _Bundle) -> "Dict[str, Any]":
    """Give what of the layout comes from the distributions. Raises Unclear, and Refusal."""
    info = bundle.info
    order = ranks()
    distributions = [Distribution(name, core(_metadata(bundle, name)), order) for name in _named(bundle)]
    resolution = Resolution(distributions, info["requirements"], info["excluded"], info["overridden"])
    folders = [f"{DEPS}/{distribution.folder}" for distribution in resolution.chosen]
    for folder in folders:
        _check_namespaces(bundle, folder)
    entries = [entry for folder in folders for entry in _sys_path_entries(bundle, folder)]
    added = {entry: _pth_additions(bundle, entry) for entry in entries}
    _check_resources(bundle, ["", *entries])
    needs = _needs(distributions, resolution, info["interpreter_constraints"])
    return {
        "paths": ["", *dict.fromkeys(path for entry in entries for path in (entry, *added[entry]))],
        "added": list(dict.fromkeys(path for entry in entries for path in added[entry] if path not in entries)),
        "sites": [entry for entry in entries if any(name.endswith(_PTH) for name in bundle.files(entry))],
        "scripts": _scripts(bundle, folders),
        "files": _files(bundle, folders),
        "needs": needs,
        "misfit": _misfit(needs, resolution),
    }


def _named(bundle: _Bundle) -> "List[str]":
    """Give the names of the distributions that PEX-INFO has. Raises Refusal for such as are not there."""
    names = list(bundle.info["distributions"])
    for name in names:
        if "/" in name or f"{DEPS}/{name}" not in bundle.folders or not _is_inside(name):
            raise bundle.source.refusal(f"names a distribution that is not there: {shown(name)}")
    return names


def _metadata(bundle: _Bundle, name: str) -> Source:
    return bundle.source_of(f"{_dist_info(bundle, f'{DEPS}/{name}')}/METADATA")


def _said_of(bundle: _Bundle, folder: str) -> "Dict[str, Any]":
    """Give what the file beside an installed wheel says of it; {} if there is none."""
    name = f"{folder}/{_LAYOUT}"
    return read_json(bundle.archive, bundle.members[name], bundle.typed) if name in bundle.members else {}


def _dist_info(bundle: _Bundle, folder: str) -> str:
    """Give the folder with the METADATA of a distribution. Raises Refusal if there is not exactly one."""
    record = _said_of(bundle, folder).get("record_relpath")
    if isinstance(record, str) and "/" in record:
        found = [f"{folder}/{posixpath.dirname(record)}"]
    else:
        depth = folder.count("/") + 1
        start = f"{folder}/"
        found = [name for name in bundle.folders if name.startswith(start) and name.count("/") == depth]
        found = [name for name in found if name.endswith(DIST_INFO)]
    if len(found) != 1 or f"{found[0]}/METADATA" not in bundle.members:
        raise bundle.source.refusal(f"names a distribution without METADATA: {shown(folder[len(DEPS) + 1 :])}")
    return found[0]


def _sys_path_entries(bundle: _Bundle, folder: str) -> "List[str]":
    """Give the folders of a distribution that go on sys.path. Raises Refusal if one is not inside of it."""
    entries = _said_of(bundle, folder).get("sys_path_entries", [""])
    if not _is_list(entries) or not all(map(_is_inside, entries)):
        source = bundle.source_of(f"{folder}/{_LAYOUT}")
        raise source.refusal(f"has sys_path_entries that leave it: {shown(str(entries))}")
    return [posixpath.normpath(f"{folder}/{entry}") for entry in entries]


def _check_namespaces(bundle: _Bundle, folder: str) -> None:
    """See that pkg_resources need not be loaded to declare namespaces. Raises Unclear."""
    name = f"{_dist_info(bundle, folder)}/namespace_packages.txt"
    if name in bundle.members and bundle.source_of(name).text("replace").strip():
        raise Unclear(f"{shown(name)} has namespaces for pkg_resources to declare")


def _pth_additions(bundle: _Bundle, entry: str) -> "List[str]":
    """Give the folders of the archive that the .pth files in entry name, in the order in which `site` takes them."""
    found = []
    for name in sorted(bundle.files(entry)):
        if name.endswith(".pth"):
            for line in bundle.source_of(f"{entry}/{name}").text("replace").splitlines():
                path = posixpath.normpath(f"{entry}/{line.rstrip()}")
                if _is_pth_path(line) and path in bundle.folders:
                    found.append(path)
    return found


def _is_pth_path(line: str) -> bool:
    return bool(line.strip()) and not line.startswith(("#", "import ", "import\t")) and _is_inside(line)


def _check_resources(bundle: _Bundle, entries: "List[str]") -> None:
    """See that the files are there whose paths variables are to get. Raises Unclear."""
    for place in bundle.info["bind_resource_paths"].values():
        if not any(posixpath.normpath(f"{entry}/{place}").lstrip("/") in bundle.members for entry in entries):
            raise Unclear(f"it wants the path of a file that it does not have: {shown(place)}")


def _scripts(bundle: _Bundle, folders: "List[str]") -> "Dict[str, str]":
    """Give the console scripts, but for those that two distributions have: pex runs none of those."""
    found: "Dict[str, str]" = {}
    doubtful = set()
    for folder in folders:
        name = f"{_dist_info(bundle, folder)}/{ENTRY_POINTS}"
        if name in bundle.members:
            for script, value in entry_points(bundle.source_of(name)).items():
                if script in found:
                    doubtful.add(script)
                found[script] = value
    return {script: value for script, value in found.items() if script not in doubtful}


def _files(bundle: _Bundle, folders: "List[str]") -> "Dict[str, str]":
    """Give the scripts that are files, and Python by their first line: their names, and where they are."""
    found: "Dict[str, str]" = {}
    for folder in folders:
        for place in (f"{folder}/{_STASH}/{scripts}" for scripts in _SCRIPT_FOLDERS):
            for name in bundle.files(place):
                if _is_python(bundle, f"{place}/{name}"):
                    found.setdefault(name, f"{place}/{name}")
    return found


def _is_python(bundle: _Bundle, name: str) -> bool:
    member = bundle.members[name]
    if member.is_directory or member.size > _LONGEST_SCRIPT:
        return False
    return _PYTHON_SHEBANG.fullmatch(bundle.archive.read(member).partition(b"\n")[0].strip()) is not None


# What it needs.


def _needs(
    distributions: "List[Distribution]", resolution: Resolution, constraints: "List[str]"
) -> "Dict[str, List[Any]]":
    """Give what the distributions that are wanted here, and those in their places elsewhere, ask of an interpreter."""
    specifiers: "List[str]" = []
    tags: "List[List[str]]" = []
    for project in resolution.asked:
        several = [one for one in distributions if one.project == project]
        if len(several) == 1 and several[0].core.requires_python:
            specifiers.append(several[0].core.requires_python)
        if several and not any(one.tags.endswith("-none-any") for one in several):
            tags.append(sorted({one.tags for one in several}))
    return {"specifiers": list(dict.fromkeys(specifiers)), "any_of": constraints, "tags": tags}


def _misfit(needs: "Dict[str, List[Any]]", resolution: Resolution) -> "Optional[str]":
    words = verdict(as_needs(needs))
    if words is None and resolution.missing:
        words = f"it has nothing that would be {', '.join(resolution.missing)} for this Python"
    return words


def as_needs(needs: "Dict[str, List[Any]]") -> Needs:
    """Give needs, as they are in a layout, as `fitness.Needs` has them."""
    tags: "Tuple[Any, ...]" = tuple(frozenset(choice) for choice in needs["tags"])
    return Needs(tuple(needs["specifiers"]), tuple(needs["any_of"]), tags)
