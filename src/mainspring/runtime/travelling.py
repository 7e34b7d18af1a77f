"""What the name of a `__main__` becomes when it is pickled for a worker process (`workers`): a note in the worker.

The first time that something is looked for in the worker's `__main__`, and not before, the program's file is executed
as `__mp_main__`. Meanwhile the worker counts as starting up, so that a program that lacks the guard gets
multiprocessing's own error instead of a tree of processes.
"""

import marshal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def reduced(name: str, path_name: str) -> "Any":
    """Give what pickle is to make of the name of a spec, whose module lies in path_name, for a worker."""
    return _travelling_name(marshal.dumps(_travelling_name.__code__), name, path_name, False).__reduce__()


def _travelling_name(by_value: bytes, name: str, path_name: str, in_worker: bool) -> "Any":
    # This function travels by value: a worker need not have mainspring on its sys.path. It may use nothing of
    # this module. by_value is its own code, marshalled; the worker runs the same interpreter.
    import sys

    class MainName(str):
        __slots__ = ()

        def __reduce__(self) -> "Any":
            context = sys.modules.get("multiprocessing.context")
            if context is None or context.get_spawning_popen() is None:
                return str, (str(self),)
            revive = (
                "__import__('types').FunctionType(__import__('marshal').loads(by_value), {'__builtins__': builtins})"
                "(by_value, name, path_name, True)"
            )
            values = {"by_value": by_value, "name": str(self), "path_name": path_name}
            return eval, (f"(lambda builtins: {revive})(__import__('builtins'))", values)

    def load(missing: str) -> "Any":
        if missing.startswith("__"):
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

    travelling = MainName(name)
    if not in_worker:
        return travelling
    main: "Any" = sys.modules["__main__"]
    main.__getattr__ = load
    main.__spec__ = type(sys.__spec__)(travelling, None)  # for the workers of this worker
    return name
