"""What pex writes into its files: `PEX-INFO`, its bootstrap, installed wheels below `.deps`, and the user's code.

The source is `environment.py`, `installed_wheel.py`, `finders.py` and `pex_boot.py` of pex, 2.1.100 to
2.105.2. The wheels are chosen as pex chooses them, for the interpreter that reads this.
"""

import posixpath
import re

from ..fitness import Needs, verdict
from ..runtime import kinds, pex_variables
from ..runtime.pex import BOOTSTRAP, DEPS
from ..wording import quoted
from . import pex_info
from .core_metadata import core
from .metadata import DIST_INFO, ENTRY_POINTS, Source, read_json, scripts_of
from .pex_info import PEX_INFO, is_inside, is_list_of_text
from .resolution import Distribution, Resolution, Unclear, ranks

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, Iterable, List, Optional, Tuple

    from ..archive import Archive, Member
    from ..runtime.layouts import Layout


_MAIN = "__main__.py"
_IMPORT_HOOK = "__pex__/__init__.py"
_BOOTS = f"{BOOTSTRAP}/pex/pex_bootstrapper.py"
_CALLS = b"from pex.pex_bootstrapper import bootstrap_pex"
_LAYOUT = ".layout.json"
_STASH = ".prefix"
_SCRIPT_FOLDERS = ("bin", "Scripts")
_PTH = (".pth", ".start")  # the latter are 3.15's
_LONGEST_SCRIPT = 2**20  # bytes; what is larger is no script in Python
_PYTHON_SHEBANG = re.compile(
    rb"#!(?:|.*\W)(?:python|pypy)(?:\d+(?:\.\d+)*)?(?:\.exe)?(?:\s+[^\s].*)?\s*", re.IGNORECASE
)


def is_pex(archive: "Archive") -> bool:
    """Tell whether archive is laid out as pex's zipapps are, and starts pex's bootstrap and nothing else.

    pex writes the same text twice, into `__main__.py` and for those who import a PEX; only the first has a shebang.
    """
    members = {member.name: member for member in archive.members}
    if not {PEX_INFO, _MAIN, _IMPORT_HOOK, _BOOTS}.issubset(members):
        return False
    main = archive.read(members[_MAIN])
    if main.startswith(b"#!"):
        main = main.partition(b"\n")[2]
    return _CALLS in main and main.strip() == archive.read(members[_IMPORT_HOOK]).strip()


def layout(archive: "Archive") -> "Layout":
    """Give what a start has to know of archive, a PEX.

    What comes out can be marshalled; `runtime.layouts` says what it has. usual is what a start without any PEX_*
    variable need not work out: why its bootstrap has to run it, or None, and what starts, as `pex_variables.entry`
    gives it. needs has specifiers, any_of and tags, for `fitness.Needs`.

    Raises Refusal for metadata that is broken, or not what pex writes.
    """
    bundle = _Bundle(archive)
    info = bundle.info
    foreign = pex_info.foreign(bundle.said)
    contents = _NOTHING
    if foreign is None:
        try:
            contents = _contents(bundle)
        except Unclear as unclear:
            foreign = str(unclear)
    inherit: "Any" = info["inherit_path"]
    made: "Layout" = {
        "maker": kinds.PEX,
        "version": bundle.version,
        "entry_point": pex_info.entry_point(info["entry_point"]) or "",
        "script": info["script"],
        "inherit_path": ("prefer" if inherit else "false") if isinstance(inherit, bool) else inherit,
        "strip_pex_env": info["strip_pex_env"],
        "venv": info["venv"],
        "inject_args": info["inject_args"],
        "inject_env": info["inject_env"],
        "formats": pex_info.is_formatting(bundle.said),
        "resources": info["bind_resource_paths"],
        "foreign": foreign or (contents["misfit"] if contents["chooses"] else None),
    }
    made.update(contents)
    handover = pex_variables.handover(made, {})
    made["usual"] = [handover, *(("", "") if handover else pex_variables.entry(made, {}))]
    return made


_NOTHING: "Layout" = {
    "paths": [""],
    "added": [],
    "sites": [],
    "scripts": {},
    "files": {},
    "needs": {"specifiers": [], "any_of": [], "tags": []},
    "misfit": None,
    "chooses": False,
}


class _Bundle:
    """An archive that is a PEX.

    members: by their names. folders: by their names, the names of the files directly in each. said: what PEX-INFO says,
    checked. info: the same with the defaults of what it does not say. version: that of pex, or "".
    """

    def __init__(self, archive: "Archive") -> None:
        self.archive = archive
        self.members: "Dict[str, Member]" = {member.name: member for member in archive.members}
        self.folders = _by_folder(self.members)
        self.source: Source = self.source_of(PEX_INFO)
        self.said = pex_info.read(self.source)
        self.info = pex_info.completed(self.said)
        version = (self.info["build_properties"] or {}).get("pex_version", "")
        self.version: str = version if isinstance(version, str) else ""

    def source_of(self, name: str) -> Source:
        """Give the member of that name, which is there."""
        return Source(self.archive, self.members[name])

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


# What is in it.


def _contents(bundle: _Bundle) -> "Layout":
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
        "chooses": verdict(as_needs(needs)) is None and bool(resolution.missing),
    }


def _named(bundle: _Bundle) -> "List[str]":
    """Give the names of the distributions that PEX-INFO has. Raises Refusal for such as are not there."""
    names = list(bundle.info["distributions"])
    for name in names:
        if "/" in name or f"{DEPS}/{name}" not in bundle.folders or not is_inside(name):
            raise bundle.source.refusal(f"names a distribution that is not there: {quoted(name)}")
    return names


def _metadata(bundle: _Bundle, name: str) -> Source:
    return bundle.source_of(f"{_dist_info(bundle, f'{DEPS}/{name}')}/METADATA")


def _said_of(bundle: _Bundle, folder: str) -> "Dict[str, Any]":
    """Give what the file beside an installed wheel says of it; {} if there is none."""
    name = f"{folder}/{_LAYOUT}"
    return read_json(bundle.archive, bundle.members[name]) if name in bundle.members else {}


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
        raise bundle.source.refusal(f"names a distribution without METADATA: {quoted(folder[len(DEPS) + 1 :])}")
    return found[0]


def _sys_path_entries(bundle: _Bundle, folder: str) -> "List[str]":
    """Give the folders of a distribution that go on sys.path. Raises Refusal if one is not inside of it."""
    entries = _said_of(bundle, folder).get("sys_path_entries", [""])
    if not is_list_of_text(entries) or not all(map(is_inside, entries)):
        source = bundle.source_of(f"{folder}/{_LAYOUT}")
        raise source.refusal(f"has sys_path_entries that leave it: {quoted(str(entries))}")
    return [posixpath.normpath(f"{folder}/{entry}") for entry in entries]


def _check_namespaces(bundle: _Bundle, folder: str) -> None:
    """See that pkg_resources need not be loaded to declare namespaces. Raises Unclear."""
    name = f"{_dist_info(bundle, folder)}/namespace_packages.txt"
    if name in bundle.members and bundle.source_of(name).text("replace").strip():
        raise Unclear(f"{quoted(name)} has namespaces for pkg_resources to declare")


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
    return bool(line.strip()) and not line.startswith(("#", "import ", "import\t")) and is_inside(line)


def _check_resources(bundle: _Bundle, entries: "List[str]") -> None:
    """See that the files are there whose paths variables are to get. Raises Unclear."""
    for place in bundle.info["bind_resource_paths"].values():
        if not any(posixpath.normpath(f"{entry}/{place}").lstrip("/") in bundle.members for entry in entries):
            raise Unclear(f"it wants the path of a file that it does not have: {quoted(place)}")


def _scripts(bundle: _Bundle, folders: "List[str]") -> "Dict[str, str]":
    """Give the scripts that are entry points, but for those that two distributions have: pex runs none of those."""
    found: "Dict[str, str]" = {}
    doubtful = set()
    for folder in folders:
        name = f"{_dist_info(bundle, folder)}/{ENTRY_POINTS}"
        if name in bundle.members:
            for script, value in scripts_of(bundle.source_of(name)).items():
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
