"""Installers: uv where it is on PATH, and otherwise pip, put distributions into a directory.

What they say is shown only when they fail, and then in one line: theirs that says why.
"""

import os
import re
import shutil
import subprocess
import sys
from importlib.util import find_spec
from types import MappingProxyType
from typing import Callable, Dict, Iterable, List, Mapping, Optional, Sequence, Tuple

from ..refusals import refused
from ..runtime import Refusal
from ..storage import trees
from . import local
from .targets import Target, missing

UV, PIP = "uv", "pip"
_NO_ROOM = ("No space left on device", "os error 28", "Disk quota exceeded")
_TOO_LONG = "Windows Long Path support"  # pip's guess, which it makes where it is that
_NO_NETWORK = (
    *("NewConnectionError", "Failed to establish a new connection", "name resolution", "ConnectTimeoutError"),
    *("ProxyError", "dns error", "Network is unreachable", "Connection refused", "error sending request"),
)
_BAD_HASH = ("DO NOT MATCH THE HASHES", "Hash mismatch")
_SHOWN = re.compile(r"\s*(Collecting|Downloading|Building|Installing|Resolved|Prepared|Installed)\b.*")
# What would have pip install elsewhere, or not at all, and what its Python would read.
_UNWANTED = ("PIP_TARGET", "PIP_PREFIX", "PIP_ROOT", "PIP_USER", "PIP_DRY_RUN", "PIP_REQUIRE_VIRTUALENV", "PIP_PYTHON")
# What may say paths, in words with blanks or commas between.
_WITH_PATHS = (
    *("PIP_FIND_LINKS", "PIP_CONSTRAINT", "PIP_BUILD_CONSTRAINT", "PIP_CONFIG_FILE", "PIP_CERT", "PIP_CLIENT_CERT"),
    *("UV_FIND_LINKS", "UV_CONSTRAINT", "UV_BUILD_CONSTRAINT", "UV_OVERRIDE", "UV_CONFIG_FILE"),
)
_WORD = re.compile(r"[^\s,]+")
_OF_PYTHON = ("PYTHONPATH", "PYTHONHOME", "PYTHONSTARTUP", "PYTHONWARNINGS", "PYTHONINSPECT", "__PYVENV_LAUNCHER__")
_WITHOUT_WHEEL = re.compile(
    r"satisfies the requirement (\S+)|No matching distribution found for (\S+)|"
    r"Because (?:only )?(\S+?)(?:[<=>!~]\S+)? (?:has no|is available|was not found|there)|no versions? of (\S+)"
)
_LONGEST = 300  # characters of what they say


def which() -> Optional[str]:
    """Give the path of uv, or "" for this interpreter's pip; None if there is neither."""
    uv = shutil.which(UV)
    if uv is not None:
        return os.path.abspath(uv)
    return "" if find_spec(PIP) is not None else None


def wanted() -> str:
    """Give the path of uv, or "" for this interpreter's pip. Raises Refusal if there is neither."""
    uv = which()
    if uv is None:
        raise refused(
            "it has dependencies, and there is neither uv on PATH nor pip in this Python to install them",
            f"install uv, or run {sys.executable} -m ensurepip",
        )
    return uv


def install(
    lines: Sequence[str],
    is_locked: bool,
    tree: str,
    work: str,
    tick: Callable[[str], None],
    lock: Optional[int] = None,
    target: Optional[Target] = None,
) -> None:
    """Install lines, requirements, into the directory tree, for this interpreter, or, of wheels only, for target.

    is_locked: whether these are all that is wanted, each with hashes. work: a directory for what is needed meanwhile.
    tick: called with what is being done. lock: a descriptor that has to stay
    open for as long as something is written, even if this process is killed. Raises Refusal, and OSError.
    """
    uv = wanted()
    listed = os.path.join(work, "requirements.txt")
    text = "".join(f"{line}\n" for line in lines)
    trees.place(listed, trees.beside(work), [text.encode("utf-8", "surrogateescape")], 0o600)
    for_target = target.uv_words() if uv and target is not None else None
    if uv and target is not None and for_target is None:
        uv = ""  # it does not know that platform
    words = _uv_words(uv, tree, [] if is_locked else local.places(lines)) if uv else _pip_words(tree)
    if target is not None:
        words += for_target or target.pip_words()
    if is_locked:
        words += ["--no-deps", "--require-hashes"]
    tick(f"{UV if uv else PIP} starts")
    more = {} if target is None else target.uv_variables()
    status, said = _run([*words, "-r", listed], work, tick, lock, more)
    if status:
        raise (target and _no_wheel(said, target)) or _failure(said, UV if uv else PIP)
    if target is not None and not is_locked and not uv:
        _check_markers(lines, tree, target)


def _uv_words(uv: str, tree: str, fresh: Iterable[str]) -> List[str]:
    """Give the words for uv; fresh: the names of what it is to build anew, though it thinks that nothing has changed."""
    # Not links into uv's cache: what a file's status says would change with each further one.
    words = [uv, "pip", "install", "--python", sys.executable, "--target", tree, "--link-mode", "copy", "--no-progress"]
    return [*words, *(word for name in fresh for word in ("--refresh-package", name))]


def _pip_words(tree: str) -> List[str]:
    quiet = ["--no-input", "--disable-pip-version-check", "--no-warn-script-location", "--progress-bar", "off"]
    return [sys.executable, "-m", "pip", "install", "--target", tree, "--no-compile", "--no-color", *quiet]


def _run(
    words: List[str],
    work: str,
    tick: Callable[[str], None],
    lock: Optional[int],
    more: Mapping[str, str] = MappingProxyType({}),
) -> Tuple[int, List[str]]:
    """Run an installer in work, with more variables; give its status and the lines that it said."""
    temporary = os.path.join(work, "tmp")  # so that nothing is left elsewhere when somebody is killed
    trees.folder(temporary, work)
    said: List[str] = []
    process = subprocess.Popen(
        words,
        cwd=work,
        env={**_environment(temporary), **more},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        pass_fds=() if lock is None or os.name == "nt" else (lock,),  # there, a lock is its process's alone
        preexec_fn=_be_private if os.name != "nt" else None,
    )
    try:
        assert process.stdout is not None
        for raw in process.stdout:
            said.append(raw.decode("utf-8", "replace").rstrip())
            if _SHOWN.match(said[-1]):
                tick(said[-1].partition(" (")[0].strip())
        return process.wait(), said
    except BaseException:
        process.kill()
        process.wait()
        raise


def _be_private() -> None:
    os.umask(0o077)


def _environment(temporary: str) -> Dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in (*_UNWANTED, *_OF_PYTHON)}
    for name in _WITH_PATHS:
        if name in kept:  # the installer runs elsewhere
            kept[name] = _WORD.sub(lambda word: _whole(word.group()), kept[name])
    return {**kept, **dict.fromkeys(("TMPDIR", "TEMP", "TMP"), temporary), "PIP_USER": "0", "NO_COLOR": "1"}


def _whole(word: str) -> str:
    """Give word as an absolute path, if there is something at it; as it is, if not."""
    return os.path.abspath(word) if os.path.exists(word) else word


def _failure(said: List[str], tool: str) -> Refusal:
    """Say in one line why an installer failed."""
    text = "\n".join(said)
    if any(words in text for words in _NO_ROOM):
        return refused("there is no room for its dependencies", "make some, or set MAINSPRING_CACHE_DIR")
    if _TOO_LONG in text:
        reason = "paths of its dependencies would be too long for Windows if LongPathsEnabled is not set"
        return refused(reason, "set that, or MAINSPRING_CACHE_DIR to a directory with a short path")
    if any(words in text for words in _NO_NETWORK):
        reason = "its dependencies are not installed yet, and the package index cannot be reached"
        return refused(reason, _last_words(said, tool))
    if any(words in text for words in _BAD_HASH):
        reason = "its dependencies are not those that the lock file has: a hash differs"
        return refused(reason, _last_words(said, tool))
    return refused("its dependencies cannot be installed", _last_words(said, tool))


def _no_wheel(said: List[str], target: Target) -> Optional[Refusal]:
    """Give the refusal that names the distribution of which there is no wheel; None if it failed for another reason."""
    found = _WITHOUT_WHEEL.search(" ".join(" ".join(said).split()))
    if found is None:
        return None
    name = next(filter(None, found.groups())).rstrip(",.")
    return refused(f"there is no wheel of {name} for {target}", "another version may have one, or another platform")


def _check_markers(lines: Sequence[str], tree: str, target: Target) -> None:
    absent = missing(tree, lines, target)
    if absent:
        reason = f"on {target} it also needs {', '.join(absent)}, which pip left out: it looked at this Python only"
        raise refused(reason, "install uv, which knows better, or name them among the project's dependencies")


def _last_words(said: List[str], tool: str) -> str:
    """Give what an installer said last of why it failed."""
    if tool == PIP:
        # Its first words are about versions that it did not even look at.
        errors = [line[len("ERROR: ") :] for line in said if line.startswith("ERROR: ") and "Ignored the" not in line]
        if errors[:1] == ["Exception:"]:
            errors = []  # it is pip that failed: the last line of its traceback says why
        words = (errors or [line for line in said if line.strip()][-1:] or ["nothing"])[0]
        words = words.partition(" (from versions")[0]
    else:
        start = next((at for at, line in enumerate(said) if line.lstrip().startswith(("×", "error"))), 0)
        words = " ".join(line.strip(" ×│├╰─▶") for line in said[start:] if line.strip())
    return f"{tool} says: {words[:_LONGEST]}{'...' if len(words) > _LONGEST else ''}"
