"""The bootstraps of bundles: by which variables they start something else than what their bundle says."""

from ..runtime import entry, kinds, shiv

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Collection, Dict, Optional

    from ..runtime.command import Command
    from ..runtime.layouts import Layout

# By maker: what asks for an interpreter, for a script, for an entry point; and what has another word in it.
_VARIABLES = {
    kinds.SHIV: (shiv.INTERPRETER, *shiv.ENTRIES),
    kinds.PEX: ("PEX_INTERPRETER", "PEX_SCRIPT", "PEX_MODULE"),
}


def variables_for(layout: "Layout", asked: "Command") -> "Dict[str, Optional[str]]":
    """Give the variables by which the bootstrap of the bundle with layout starts what asked names; None for no value.

    Raises Refusal if asked names nothing in it that could be meant.
    """
    names = _VARIABLES[layout["maker"]]
    variables: "Dict[str, Optional[str]]" = dict.fromkeys(names)
    interpreter, script, entry_point = names[:3]
    scripts: "Collection[str]" = {*layout["scripts"], *(layout.get("bin") or layout.get("files", ()))}
    if asked.is_repl:
        variables[interpreter] = "1"
    elif asked.entry in scripts or entry.is_left_to_bootstrap(asked.entry, scripts):
        variables[script] = asked.entry
    else:
        variables[entry_point] = entry.chosen(asked.entry, {}, asked.target)
    return variables
