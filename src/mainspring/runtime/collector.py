"""The garbage collector: held back while modules are imported.

Imports make hardly any garbage, but the collector goes through all that they made, again and again: a tenth of the
time of a middling program. Held back means: until the import is over, and then all of it counts as old. What is done
about the end is in `ending`.
"""

import _frozen_importlib
import gc

from . import disguise

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType
    from typing import Any, Callable, Optional, Tuple

HELD_BACK = 200_000  # container objects that may pile up while modules are imported; pandas makes 92,000

_expects_imports = [False]
_is_put_off = [False]  # whether `without` has turned the collector off


def expect_imports() -> None:
    """Have `freeze` put what exists into the oldest generation instead, as `release` does with what large imports make."""
    _expects_imports[0] = True


def collect() -> None:
    """Free all that nobody can reach any more."""
    gc.collect()


def freeze() -> None:
    """Take what exists out of the collector's rounds, until the program says otherwise."""
    if _expects_imports[0]:
        _make_old()
    else:
        gc.freeze()


def _make_old() -> None:
    """Put what exists, frozen or not, to where the oldest is, which the collector rarely goes through."""
    gc.freeze()
    gc.unfreeze()


def hold_back() -> "Optional[Tuple[int, int, int]]":
    """Put collection off; give what `release` needs, or None if that was done already, or the program has seen to it."""
    before = gc.get_threshold()
    if not 0 < before[0] < HELD_BACK:
        return None
    gc.set_threshold(HELD_BACK, *before[1:])
    return before


def release(before: "Tuple[int, int, int]") -> None:
    """End what `hold_back` began."""
    if gc.get_threshold()[0] != HELD_BACK:
        return  # the program has set it meanwhile
    gc.set_threshold(*before)
    if gc.get_count()[0] > before[0] and not gc.get_freeze_count():
        _make_old()  # what is frozen is to stay so, be it by the program


def without(function: "Callable[[], object]") -> None:
    """Call function while nothing is collected: what we allocate must not have the program's garbage finalised sooner."""
    if not gc.isenabled():
        function()
        return
    _is_put_off[0] = True
    gc.disable()
    try:
        function()
    finally:
        gc.enable()
        _is_put_off[0] = False


def collect_in_child() -> None:
    """Collect in a process that another thread forked off during `without`: no thread is left to turn that on again."""
    if _is_put_off[0]:
        gc.enable()


def exec_module(loader: "Any", module: "ModuleType") -> None:
    """Be that method of loader, as importlib's have it; garbage is held back meanwhile.

    No other function of ours stands between the import system and module: chains of imports may be as long as ever.
    """
    before = hold_back()  # first: get_code may load the code of many modules, which would make collection due
    try:
        code = loader.get_code(module.__name__)
        _frozen_importlib._call_with_frames_removed(exec, code, vars(module))  # type: ignore[attr-defined]
    finally:
        if before is not None:
            release(before)


def hold_back_for(loader: "Any") -> None:
    """Let loader, an extension module's, make and execute its module while garbage is held back.

    Such a module may import others, or be a whole program that was compiled.
    """
    vars(loader).update(create_module=_create.__get__(loader), exec_module=execute.__get__(loader))


def _create(loader: "Any", spec: "Any") -> "ModuleType":
    del vars(loader)["create_module"]
    return held_back(loader.create_module, spec)  # type: ignore[no-any-return]


def execute(loader: "Any", module: "ModuleType") -> None:
    """Be the method exec_module of loader, once, in the place of its own, while garbage is held back."""
    vars(loader).pop("exec_module", None)
    held_back(loader.exec_module, module)


def held_back(function: "Any", argument: "Any") -> "Any":
    """Give what function gives for argument; garbage is held back meanwhile."""
    before = hold_back()
    try:
        return function(argument)
    finally:
        if before is not None:
            release(before)


def is_held_back() -> bool:
    """Tell whether a module of the program is being imported."""
    return gc.get_threshold()[0] == HELD_BACK


disguise("importlib._bootstrap_external", exec_module, _create, execute, held_back)
