"""What the name of a `__main__` becomes when it is pickled for a worker process (`workers`): a note in the worker.

The first time that something is looked for in the worker's `__main__`, and not before, the program's file is executed
as `__mp_main__`. Meanwhile the worker counts as starting up, so that a program that lacks the guard gets
multiprocessing's own error instead of a tree of processes. What the worker imports comes from the store at once.
"""

import marshal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Optional

    from .workers import Help


def reduced(name: str, path_name: "Optional[str]", helps: "Help") -> "Any":
    """Give what pickle is to make of the name of a spec, whose module lies in path_name, for a worker; None: there is none.

    helps: the directory of this package, and what `worker_modules` has to know; or nothing, if that has nothing to do.
    """
    by_value = marshal.dumps([function.__code__ for function in (_travelling_name, _load_main, _help_out)])
    return _travelling_name(by_value, name, path_name, helps, False).__reduce__()


# These functions travel by value: a worker need not have mainspring on its sys.path. They may use nothing of this module.
# by_value is their code, marshalled; the worker runs the same interpreter.


def _travelling_name(by_value: bytes, name: str, path_name: "Optional[str]", helps: "Help", in_worker: bool) -> "Any":
    import functools
    import marshal
    import sys
    from types import FunctionType

    class MainName(str):
        __slots__ = ()

        def __reduce__(self) -> "Any":
            context = sys.modules.get("multiprocessing.context")
            if context is None or context.get_spawning_popen() is None:
                return str, (str(self),)
            revive = (
                "__import__('types').FunctionType(__import__('marshal').loads(by_value)[0], {'__builtins__': builtins})"
                "(by_value, name, path_name, helps, True)"
            )
            values = {"by_value": by_value, "name": str(self), "path_name": path_name, "helps": helps}
            return eval, (f"(lambda builtins: {revive})(__import__('builtins'))", values)

    travelling = MainName(name)
    if not in_worker:
        return travelling
    codes = marshal.loads(by_value)[1:]
    load_main, help_out = [FunctionType(code, {"__builtins__": __builtins__}) for code in codes]
    main: "Any" = sys.modules["__main__"]
    if path_name is not None:
        main.__getattr__ = functools.partial(load_main, main, name, path_name)
    main.__spec__ = type(sys.__spec__)(travelling, None)  # for the workers of this worker
    if helps:
        help_out(*helps)
    return name


def _load_main(main: "Any", name: str, path_name: str, missing: str) -> "Any":
    import sys

    if missing.startswith("__") and missing.endswith("__"):  # such as pickle, inspect and importlib look for
        raise AttributeError(f"module '__main__' has no attribute {missing!r}")
    vars(main).pop("__getattr__", None)
    import multiprocessing.process
    import runpy

    process: "Any" = multiprocessing.process.current_process()
    was_starting = getattr(process, "_inheriting", False)
    process._inheriting = True
    try:
        if path_name:
            content = runpy.run_path(path_name, run_name="__mp_main__")
        else:
            content = runpy.run_module(name, run_name="__mp_main__", alter_sys=True)
    finally:
        if not was_starting:
            del process._inheriting
    module: "Any" = type(sys)("__mp_main__")
    vars(module).update(content)
    module.__spec__ = main.__spec__
    sys.modules["__main__"] = sys.modules["__mp_main__"] = module
    return getattr(module, missing)


def _help_out(package: str, *known: "Any") -> None:
    # A worker that cannot be helped, because mainspring is gone or another, is as one of python's.
    import sys
    from importlib.util import module_from_spec, spec_from_file_location

    if "mainspring" in sys.modules:
        return
    before = set(sys.modules)
    spec: "Any" = spec_from_file_location("mainspring", f"{package}/__init__.py", submodule_search_locations=[package])
    ours: "Any" = module_from_spec(spec)
    sys.modules["mainspring"] = ours
    try:
        spec.loader.exec_module(ours)
        ours._ground_floor().loaded("worker_modules").serve(ours._module, *known)
    except Exception:  # noqa: BLE001, S110  as said above
        pass
    finally:
        for name in set(sys.modules) - before:
            del sys.modules[name]
