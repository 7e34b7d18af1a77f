"""Bundles that shiv made, run as their own bootstrap would run them: same path, variables, preamble and entry.

The source is `bootstrap/__init__.py` and `bootstrap/environment.py` of shiv 1.0. What it unpacks to a cache of its own
is a real tree in the store here, so the variables about that cache (SHIV_ROOT and its like) have nothing to say.
"""

import os

from . import Refusal, entry, files, interpreter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, List, Mapping, Optional

    from .command import Command
    from .layouts import Layout
    from .program import Program

SITE_PACKAGES = "site-packages"
INTERPRETER = "SHIV_INTERPRETER"
SCRIPT = "SHIV_CONSOLE_SCRIPT"
ENTRY_POINTS = ("SHIV_ENTRY_POINT", "SHIV_MODULE")  # the one with the last word first
# What names an entry. shiv takes them out of the environment before the entry starts, so that they do not reach other
# bundles.
ENTRIES = (SCRIPT, *ENTRY_POINTS)
_BUILT = "environment.json"
_YES = ("yes", "true", "t", "1")
_ENTRY_POINT_FIRST = ("0.1.", "0.2.", "0.3.", "0.4.", "0.5.0")  # versions of shiv; 0.5.1 has it the other way


class Settings:
    """What `environment.json` says, and the variables that have the last word.

    entry_point, script, preamble, prepend_pythonpath: as there, or None.
    is_interpreter: whether the bundle is to behave as an interpreter.
    extend_pythonpath: whether child processes are to find its packages.
    """

    def __init__(self, kept: "Dict[str, Any]", environ: "Mapping[str, str]") -> None:
        built: "Optional[str]" = kept.get("entry_point")
        prepended: "Optional[str]" = kept.get("prepend_pythonpath")
        self.entry_point = next((environ[name] for name in ENTRY_POINTS if name in environ), built)
        self._entry_from = next((name for name in ENTRY_POINTS if name in environ), _BUILT)
        self._script_from = SCRIPT if SCRIPT in environ else _BUILT
        self.script: "Optional[str]" = environ.get(SCRIPT, kept.get("script"))
        self.is_interpreter = bool(environ.get(INTERPRETER))
        self.preamble: "Optional[str]" = kept.get("preamble")
        self.prepend_pythonpath = environ.get("SHIV_PREPEND_PYTHONPATH", prepended)
        extends = environ.get("SHIV_EXTEND_PYTHONPATH", str(kept.get("extend_pythonpath", False)))
        self.extend_pythonpath = extends.lower() in _YES

    def starts_script(self, version: str) -> bool:
        """Tell whether the script starts, and not the entry point, in a bundle by shiv of that version."""
        if self.script is None or self.entry_point is None:
            return self.script is not None
        return bool(self.script) and not version.startswith(_ENTRY_POINT_FIRST)

    def where(self, version: str) -> str:
        """Say what names that which starts in a bundle by shiv of that version: a variable, or the file of settings."""
        return self._script_from if self.starts_script(version) else self._entry_from


def foreign(layout: "Layout", path_name: str, asked: "Command") -> "Optional[str]":  # noqa: ARG001
    """Say why the bundle at path_name has to be run by its own bootstrap; None if it can be started here."""
    reason: "Optional[str]" = layout["foreign"]
    return reason


def program(bundle: "Program", tree: str, layout: "Layout", asked: "Command") -> "Program":
    """Give the program that starts in bundle, an archive whose members are real files in tree.

    layout: what `makers.shiv` found in it. Raises Refusal for an entry that is not there.
    """
    settings = Settings(layout["environment"], os.environ)
    site_packages = files.path_in(tree, layout["paths"][0])
    start = _Start(settings, site_packages, layout, bundle.argv0)
    bundle.path_of = start.path_of
    bundle.prepare = start.prepare
    if asked.entry in layout["bin"] and asked.entry not in layout["scripts"]:
        return entry.attributed(entry.script(bundle, os.path.join(site_packages, "bin", asked.entry)), "--entry")
    if asked.chooses:
        return entry.asked_for(bundle, asked, layout["scripts"])
    if settings.is_interpreter:
        return entry.interpreting(bundle, asked.args, has_place=False)
    where = settings.where(layout["version"])
    if settings.starts_script(layout["version"]):
        if settings.script not in layout["bin"]:
            raise Refusal(bundle.argv0, f"it has no script {settings.script!r}", entry.listed(layout["scripts"]))
        path = os.path.join(site_packages, "bin", settings.script)
        return _leaving_no_variables(entry.attributed(entry.script(bundle, path), where))
    if settings.entry_point is not None:
        name = _with_colon(_without_extras(settings.entry_point), site_packages, layout)
        if not entry.is_module_or_attribute(name):
            raise entry.no_entry(name, layout["scripts"], bundle.argv0)
        started = entry.started(bundle, name, asked.target, layout["scripts"])
        return _leaving_no_variables(entry.attributed(started, where))
    return entry.interpreting(bundle, asked.args, has_place=False)


def _without_extras(entry_point: str) -> str:
    """Give entry_point without its extras, as in `module:function [extra]`: shiv takes them for a part of the name."""
    called, bracket, extras = entry_point.partition("[")
    return called.rstrip() if bracket and extras.endswith("]") and ":" in called else entry_point


def _with_colon(name: str, site_packages: str, layout: "Layout") -> str:
    """Write an entry point with a colon, unless it is a module: shiv takes `package.module.Class.method` as well."""
    if ":" in name or "." not in name or _is_module(name, site_packages, layout):
        return name
    parts = name.split(".")
    modules = [".".join(parts[:count]) for count in range(len(parts) - 1, 0, -1)]
    module = next((one for one in modules if _is_module(one, site_packages, layout)), modules[0])
    return f"{module}:{name[len(module) + 1 :]}"


def _is_module(name: str, directory: str, layout: "Layout") -> bool:
    members = layout.get("members")  # where the tree is not there yet
    if members is not None:
        start = "/".join([SITE_PACKAGES, *name.split(".")])
        return f"{start}.py" in members or any(member.startswith(f"{start}/") for member in members)
    path = os.path.join(directory, *name.split("."))
    return os.path.exists(path) or os.path.exists(f"{path}.py")


def _leaving_no_variables(started: "Program") -> "Program":
    prepare = started.prepare

    def prepared() -> None:
        if prepare is not None:
            prepare()
        for name in ENTRIES:
            os.environ.pop(name, None)

    started.prepare = prepared
    return started


class _Start:
    """What happens before something in a bundle starts.

    site_packages: the directory of its packages. archive: the bundle, as the user wrote it.
    """

    def __init__(self, settings: Settings, site_packages: str, layout: "Layout", archive: str) -> None:
        self._settings = settings
        self._site_packages = site_packages
        self._layout = layout
        self._archive = archive
        self._before: "List[str]" = []

    def path_of(self, before: "List[str]") -> "List[str]":
        """Give what sys.path is to be, if it was before; what .pth files add is not there yet."""
        self._before = before
        index = interpreter.place_of_site(before) or len(before)  # shiv takes a place at 0 for none
        first = [self._settings.prepend_pythonpath] if self._settings.prepend_pythonpath else []
        return [*first, *before[:index], self._site_packages, *before[index:]]

    def prepare(self) -> None:
        """Do what the bundle wants done first."""
        settings = self._settings
        if self._layout["has_pth"]:
            interpreter.process_pth_files(self._site_packages)
        if settings.extend_pythonpath:
            _extend_pythonpath([path for path in interpreter.path() if path not in self._before])
        if settings.preamble is not None:
            _run_preamble(settings.preamble, self._site_packages, self._layout["environment"], self._archive)


def _extend_pythonpath(added: "List[str]") -> None:
    given = os.environ["PYTHONPATH"].split(os.pathsep) if "PYTHONPATH" in os.environ else []
    os.environ["PYTHONPATH"] = os.pathsep.join(dict.fromkeys(given + added))


def _run_preamble(name: str, site_packages: str, kept: "Dict[str, Any]", archive: str) -> None:
    """Run what the bundle has to run before its entry; site_packages is where shiv would have put it."""
    path = os.path.join(site_packages, "bin", name)
    if not name.endswith(".py"):
        import subprocess  # as shiv does, which ignores the status

        subprocess.run([path], check=False)
        return
    import pathlib
    import runpy

    from _bootstrap.environment import Environment  # type: ignore[import-not-found]  # the bundle's own

    known = {"archive": archive, "env": Environment(**kept), "site_packages": pathlib.Path(site_packages)}
    runpy.run_path(path, init_globals=known, run_name="__main__")
