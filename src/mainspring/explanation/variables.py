"""Which variables of the environment had a say in a plan: mainspring's own, and those of a bundle's maker."""

import os
from typing import Any, Dict, Iterator, Optional, Set

from ..bundles import Expected
from ..runtime import command, kinds, private
from ..runtime.handover import Leaving
from ..runtime.warm import Warm
from .step import Step

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..runtime.layouts import Layout

_PREFIXES = {kinds.SHIV: "SHIV_", kinds.PEX: "PEX_"}
_ABOUT = "variables"


def own(asked: command.Command, found: object, python: Optional[str]) -> Step:
    """Say which of mainspring's variables counted for what was found.

    python: the value of MAINSPRING_PYTHON, which is no longer in the environment.
    """
    names = list(_own(asked, found))
    given = {command.PYTHON: python, **os.environ}
    return Step(_ABOUT, [f"{name}={given[name]}" for name in names if given.get(name)])


def _own(asked: command.Command, found: object) -> Iterator[str]:
    if asked.python_typed.startswith(command.PYTHON):
        yield command.PYTHON
    yield "MAINSPRING_CACHE_DIR" if asked.use_store else "MAINSPRING_NO_CACHE"
    known = found.bundle if isinstance(found, Leaving) else found
    if not isinstance(known, Warm) or known.layout.get("maker") == kinds.PROJECT:
        return
    if private.is_set("MAINSPRING_UNPACK") and asked.unpack == command.ONCE:
        yield "MAINSPRING_UNPACK"
    if isinstance(known, Expected):  # what the store knows is not held to limits again
        yield from (name for option, name in command.LIMITS.items() if asked.limits.get(option, ("",))[0] == name)


def of_maker(asked: command.Command, layout: "Layout", path_name: str) -> Step:
    """Say which variables of its maker count for a bundle that is started here, and which do not."""
    prefix = _PREFIXES.get(layout.get("maker", ""))
    if prefix is None:
        return Step(_ABOUT, [])
    given = {name: value for name, value in os.environ.items() if name.startswith(prefix)}
    counted = _of_shiv(asked, layout) if prefix == "SHIV_" else _of_pex(asked, layout, path_name, given)
    lines = [f"{name}={value}" for name, value in given.items() if name in counted]
    lines += [f"{name}={value}: has no say here" for name, value in given.items() if name not in counted]
    return Step(_ABOUT, sorted(lines))


def _of_shiv(asked: command.Command, layout: "Layout") -> Set[str]:
    from ..runtime import shiv  # only for its own

    watched = _Watched(os.environ)
    settings = shiv.Settings(layout["environment"], watched)
    if asked.chooses:
        return watched.read - {shiv.INTERPRETER, *shiv.ENTRIES}
    deciding = set() if settings.is_interpreter else {settings.where(layout["version"])}
    return watched.read - (set(shiv.ENTRIES) - deciding)


def _of_pex(asked: command.Command, layout: "Layout", path_name: str, shown: Dict[str, str]) -> Set[str]:
    """Give the names of those that count. Those of rc files are put into shown, too."""
    from ..runtime import pex, pex_start, pex_variables  # only for its own

    said = pex.variables(os.environ, path_name)
    shown.update(said)
    watched = _Watched(pex_start.variables_for(layout, path_name, asked))
    pex_variables.handover(layout, watched)
    pex_variables.entry(layout, watched)
    pex.path(layout, watched, os.environ, "", [])
    pex_variables.arguments(layout, watched, os.environ, [])
    of_start = {name for name in watched.read if said.get(name) == watched.get(name)}
    return of_start & set(said) - set(pex_variables.MEANINGLESS)


def handed_over(asked: command.Command) -> Step:
    """Say which variables a bundle's own bootstrap is given."""
    if asked.is_module or asked.target == "-":
        return Step(_ABOUT, [])
    prefixes = tuple(_PREFIXES.values())
    return Step(_ABOUT, [f"{name}={os.environ[name]}" for name in sorted(os.environ) if name.startswith(prefixes)])


class _Watched(Dict[str, str]):
    """Variables that note which of them are asked for."""

    def __init__(self, given: Any) -> None:
        super().__init__(given)
        self.read: Set[str] = set()

    def get(self, name: str, default: Any = None) -> Any:
        self.read.add(name)
        return super().get(name, default)

    def __getitem__(self, name: str) -> str:
        self.read.add(name)
        return super().__getitem__(name)

    def __contains__(self, name: object) -> bool:
        self.read.add(str(name))
        return super().__contains__(name)
