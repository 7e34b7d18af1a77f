"""Worker processes: what `__main__` of a directory, an archive or a package defines can be found in them.

multiprocessing tells a spawned worker the name of the parent's `__main__`, and the worker imports it again,
unless that name is `__main__` or ends in `.__main__` (`_fixup_main_from_name` in multiprocessing/spawn.py,
bpo-10845): such files rarely have an `if __name__ == "__main__"`, and would run the whole program once more. So
functions defined there do not exist in workers, and pools hang.

Here the name itself carries the remedy. It is equal to what python would have put into the spec, but when
multiprocessing pickles it for a worker, it unpickles there as the same plain name and leaves a note in the
worker's `__main__` (`worker_main`). A program that runs with the help of the store has it help its workers (`worker_modules`).
"""

import os

from . import interpreter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Optional, Tuple

    Help = Tuple[Any, ...]  # as `worker_main.reduced` takes it


_help: "Callable[[], Help]" = tuple  # which gives an empty one: nothing


class MainName(str):
    """A str equal to the name of a spec; see above."""

    __slots__ = ("_path_name",)
    _path_name: "Optional[str]"

    def __new__(cls, name: str, path_name: "Optional[str]") -> "MainName":  # noqa: PYI034
        """Give the name; path_name is the directory or archive that its module lies in, or None."""
        made = super().__new__(cls, name)
        made._path_name = path_name
        return made

    def __reduce__(self) -> "Any":
        context = interpreter.module("multiprocessing.context")
        if context is None or context.get_spawning_popen() is None:
            return str, (str(self),)
        return interpreter.late("worker_main").reduced(str(self), self._path_name, _help())


def travelling_name(name: str, path_name: "Optional[str]") -> str:
    """Give a str equal to name, the name of a spec; path_name is the directory or archive it lies in.

    For a package's `__main__`, path_name is "": the worker finds it by name on the sys.path it is given. Where there is
    no such module, so that it has nothing to find, path_name is None.
    """
    if path_name and not os.path.isabs(path_name):  # on 3.8; a worker may start in another directory
        path_name = os.path.join(os.getcwd(), path_name)
    return MainName(name, path_name)


def have_helped(help_of: "Callable[[], Help]") -> None:
    """From now on, have each worker told what help_of gives just before that is started."""
    global _help
    _help = help_of
