"""Worker processes: what `__main__` of a directory, an archive or a package defines can be found in them.

multiprocessing tells a spawned worker the name of the parent's `__main__`, and the worker imports it again,
unless that name is `__main__` or ends in `.__main__` (`_fixup_main_from_name` in multiprocessing/spawn.py,
bpo-10845): such files rarely have an `if __name__ == "__main__"`, and would run the whole program once more. So
functions defined there do not exist in workers, and pools hang.

Here the name itself carries the remedy. It is equal to what python would have put into the spec, but when
multiprocessing pickles it for a worker, it unpickles there as the same plain name and leaves a note in the
worker's `__main__`: the first time that something is looked for in it, and not before, the program's file is
executed as `__mp_main__`. Meanwhile the worker counts as starting up, so that a program that lacks the guard
gets multiprocessing's own error instead of a tree of processes.
"""

import os

import marshal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def travelling_name(name: str, path_name: str) -> str:
    """Give a str equal to name, the name of a spec; path_name is the directory or archive it lies in.

    For a package's `__main__`, path_name is "": the worker finds it by name on the sys.path it is given.
    """
    if path_name and not os.path.isabs(path_name):  # on 3.8; a worker may start in another directory
        path_name = os.path.join(os.getcwd(), path_name)
    here: str = _travelling_name(marshal.dumps(_travelling_name.__code__), name, path_name, False)
    return here


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
