"""pylock.toml (https://packaging.python.org/en/latest/specifications/pylock-toml/), as packaging reads it."""

from typing import Any, Dict, Iterator, Tuple, Type

from ..refusals import refused
from .lock_lines import ANEW, WITH_HASHES, Asked, line, told, without_hash
from .reading import normalized


def lines(data: Dict[str, Any], asked: Asked) -> Iterator[str]:
    """Give what is to be installed, of the file that says data. Raises Refusal for one that is not as specified, or does not fit."""
    from packaging import pylock  # rarely wanted

    errors: Tuple[Type[Exception], ...] = (
        pylock.PylockValidationError,
        getattr(pylock, "PylockSelectError", ValueError),
        ValueError,
    )
    try:
        lock = pylock.Pylock.from_dict(data)
        target = asked.target
        where: Dict[str, Any] = {} if target is None else {"environment": target.environment(), "tags": target.tags()}
        # What it does not declare it may have all the same.
        extras = [extra for extra in asked.extras if extra in (lock.extras or ())]
        groups = [group for group in asked.groups if group in (lock.dependency_groups or ())]
        chosen = list(lock.select(extras=extras, dependency_groups=[*(lock.default_groups or ()), *groups], **where))
    except errors as error:
        why = told(str(error).partition("\n")[0])
        raise refused(f"{asked.name}: {why}", ANEW) from None
    for package, file in chosen:
        if package.directory is None or normalized(package.name) != asked.own:  # which is the project itself
            yield _line(package, file, asked)


def _line(package: Any, file: Any, asked: Asked) -> str:
    """Give the line for a package of a pylock.toml, of which file was chosen. Raises Refusal for one without a hash."""
    if package.vcs is not None or package.directory is not None:
        raise without_hash(package.name, asked)
    if package.archive is not None and package.archive.url is not None:
        return line(package.name, "", package.archive.url, [dict(getattr(file, "hashes", {}))])
    if package.archive is not None or package.version is None:
        raise refused(f"{asked.name}: {package.name} has no version, and lies at no address", WITH_HASHES)
    files = [*(package.wheels or ()), *([package.sdist] if package.sdist is not None else [])]
    return line(package.name, str(package.version), None, [dict(one.hashes) for one in files])
