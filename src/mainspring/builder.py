"""The builder: it makes a bundle of a project, checks it, and puts it in its place; nothing in it prints or exits.

The bundle is one of shiv's, with shiv's own bootstrap: it runs with plain python, where mainspring is not, and is started
by mainspring directly. What can be used again is kept in the store: the layer of the dependencies, its packed members,
the project's wheel, and what told that the last build is still right.
"""

import hashlib
import json
import os
import sys
from typing import TYPE_CHECKING, Any, Dict, List, Optional, TextIO, Tuple, Union

from . import __version__, epoch, refusals
from .building import build_options
from .building.build_result import BuildResult
from .projects import snapshots, variables
from .runtime import kinds, store
from .storage.builds import Kept

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from .building.build_options import Options
    from .building.request import Wanted

__all__ = ["BuildResult", "build"]

_STAMP = "stamp-2"
_MAKER = "shiv==1.0.8"  # as the extra has it


def build(
    project: "Union[str, os.PathLike[str]]",
    output: "Union[str, os.PathLike[str], None]" = None,
    *,
    typed: Optional[str] = None,
    use_store: bool = True,
    progress: Optional[TextIO] = None,
    **options: "Unpack[Options]",
) -> BuildResult:
    """Build a bundle of the project in the directory project, and give what came of it.

    What the options do not ask for (`build_options.Options` has them all) is as the project's `[tool.mainspring]` has it.

    output: where it is to be; by default `NAME.pyz` in the current directory. typed: what the user called the project.
    use_store: whether to use, and keep, what makes the next build short. progress: the terminal on which is shown what
    takes long; by default, none is.

    The file appears at output whole, checked, and executable, or not at all. Raises Refusal
    (`projects.reading.Mistakes` for several reasons at once) for what cannot be built, TypeError for one string where
    several are expected, and OSError where output cannot be written.
    """
    where = None if output is None else os.fsdecode(output)
    place = os.fsdecode(project)
    with refusals.of(typed or place):
        return _build(place, where, build_options.checked(options), typed or place, Kept(use_store), progress)


def _building() -> Tuple[Any, Any]:
    """Give the modules that put together what is wanted, and that make it.

    Raises Refusal if the libraries that they need are not installed.
    """
    try:
        from .building import making, request  # not for what is unchanged
    except ImportError as error:
        if error.name is None or error.name.partition(".")[0] == __package__:
            raise
        hint = f"{sys.executable} -m pip install {_MAKER}"
        raise refusals.refused(f"building needs {error.name}, which is not installed", hint) from None
    return request, making


def _build(
    project: str, output: Optional[str], options: "Options", typed: str, kept: Kept, progress: Optional[TextIO]
) -> BuildResult:
    directory = os.path.abspath(project)
    if not os.path.isdir(directory):
        raise refusals.refused("it is no directory; expected a project, with a pyproject.toml")
    if not any(os.path.lexists(os.path.join(directory, name)) for name in kinds.PROJECT_FILES):
        raise refusals.refused("it is no project: it has neither a pyproject.toml nor a setup.py")
    depends_on = _depends_on(directory, output, options)
    snapshot = snapshots.take(directory, tuple(options.get("data", ())))
    known = _unchanged(kept, depends_on, directory, snapshot)
    if known is not None:
        return known
    request, making = _building()
    wanted = request.read(directory, output, options, typed, snapshot, kept)
    snapshot = snapshot.without(directory, wanted.output)
    made: BuildResult = making.make(wanted, snapshot, kept, progress)
    snapshot = snapshot.after(directory, making.outputs(wanted))
    _keep(kept, depends_on, snapshot, made, wanted)
    return made


# Whether the last build is still right


def _depends_on(directory: str, output: Optional[str], options: "Options") -> str:
    """Give all that decides what is built, and where, but for files."""
    where = os.path.abspath(output) if output is not None else os.getcwd()
    said = variables.found(os.environ)
    return json.dumps(
        [__version__, sys.version, directory, where, options, os.environ.get(epoch.VARIABLE), said], sort_keys=True
    )


def _unchanged(kept: Kept, depends_on: str, directory: str, snapshot: snapshots.Snapshot) -> Optional[BuildResult]:
    """Give what the last build gave, if it would be the same again and its product is as it was."""
    found = kept.get(_STAMP, depends_on)
    if found is None:
        return None
    stamp: Dict[str, Any] = json.loads(bytes(found))
    result = BuildResult(*stamp["result"])
    if snapshot.without(directory, result.path).seeing(stamp["elsewhere"]).digest() != stamp["inputs"]:
        return None
    if os.name != "nt" and not os.access(result.path, os.X_OK):
        return None
    if _identity(result.path) != stamp["identity"] and _sha256(result.path, result.size) != result.sha256:
        return None
    return result._replace(was_unchanged=True)


def _keep(kept: Kept, depends_on: str, snapshot: snapshots.Snapshot, made: BuildResult, wanted: "Wanted") -> None:
    elsewhere = [path for path in (wanted.options.get("lock"), wanted.preamble) if path is not None]
    snapshot = snapshot.seeing(elsewhere)
    if snapshot.is_settled and wanted.is_lasting:
        inputs = snapshot.digest()
        stamp = {"result": made, "inputs": inputs, "elsewhere": elsewhere, "identity": _identity(made.path)}
        kept.put(_STAMP, depends_on, json.dumps(stamp).encode())


def _identity(path: str) -> Optional[List[int]]:
    found = store.identity_at(path)
    return None if found is None else list(found)


def _sha256(path: str, size: int) -> Optional[str]:
    try:
        with open(path, "rb") as file:
            return hashlib.sha256(file.read()).hexdigest() if os.fstat(file.fileno()).st_size == size else None
    except OSError:
        return None
