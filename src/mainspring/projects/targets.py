"""Targets: Pythons and platforms other than this one, for which only wheels can be installed.

What pip is told are tags (PEP 425), what uv is told are triples. pip evaluates markers for the Python that it runs on,
whatever it is told; `missing` finds what it left out for that reason.
"""

import re
import sys
from importlib.metadata import distributions
from typing import Any, Dict, Iterable, Iterator, List, NamedTuple, Optional, Set

from packaging import tags
from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from .. import pep508
from .reading import Mistakes

_PYTHON = re.compile(r"3\.(\d{1,2})")
_PLATFORM = re.compile(
    r"(manylinux|musllinux)_(\d+)_(\d+)_(\w+)|(manylinux\d+)_(\w+)|macosx_(\d+)_(\d+)_(\w+)|win32|win_(amd64|arm64)"
)
_OLD_MANYLINUX = {"manylinux1": (2, 5), "manylinux2010": (2, 12), "manylinux2014": (2, 17)}
_GLIBC_START = 5
_OF_UV = ("x86_64", "aarch64")
_MACHINES_OF_WINDOWS = {"win32": "x86", "win_amd64": "AMD64", "win_arm64": "ARM64"}  # as platform.machine() says
_GLIBC_OF_UV = (17, 28, *range(31, 41))
_ARCHITECTURES = {"arm64": "aarch64", "amd64": "x86_64", "32": "i686"}


class Target(NamedTuple):
    """A Python and a platform.

    python: `3.11`. platform: a tag as of wheels, `manylinux_2_17_x86_64`; None for this machine's.
    """

    python: str
    platform: Optional[str]

    def __str__(self) -> str:
        """Give it in words."""
        return f"Python {self.python}" + (f" on {self.platform}" if self.platform else "")

    def pip_words(self) -> List[str]:
        """Give the options of pip that mean it."""
        words = ["--only-binary", ":all:", "--python-version", self.python, "--implementation", "cp"]
        for tag in _fitting(self.platform) if self.platform else ():
            words += ["--platform", tag]
        return words

    def uv_words(self) -> Optional[List[str]]:
        """Give the options of uv that mean it; None if it has none."""
        words = ["--only-binary", ":all:", "--python-version", self.python]
        if self.platform is None:
            return words
        triple = _triple(self.platform)
        return None if triple is None else [*words, "--python-platform", triple]

    def uv_variables(self) -> Dict[str, str]:
        """Give what tells uv the version of macOS, which its triples have not: it would take wheels for a newer one."""
        mac = re.fullmatch(r"macosx_(\d+)_(\d+)_\w+", self.platform or "")
        return {} if mac is None else {"MACOSX_DEPLOYMENT_TARGET": f"{mac.group(1)}.{mac.group(2)}"}

    def tags(self) -> List[tags.Tag]:
        """Give the tags of the wheels that fit, the best first."""
        version = tuple(map(int, self.python.split(".")))
        platforms = None if self.platform is None else list(_fitting(self.platform))
        mac = re.fullmatch(r"macosx_(\d+)_(\d+)_(\w+)", self.platform or "")
        if mac is not None:
            platforms = list(tags.mac_platforms((int(mac.group(1)), int(mac.group(2))), mac.group(3)))
        interpreter = f"cp{version[0]}{version[1]}"
        found = [*tags.cpython_tags(version, platforms=platforms)]
        return [*found, *tags.compatible_tags(version, interpreter, platforms)]

    def environment(self) -> Dict[str, Any]:
        """Give the values of markers there."""
        found: Dict[str, Any] = dict(default_environment())
        found.update(python_version=self.python, python_full_version=f"{self.python}.0", implementation_version="")
        if self.platform is not None:
            system = self.platform.partition("_")[0].rstrip("0123456789")
            names = {"win": ("win32", "Windows", "nt"), "macosx": ("darwin", "Darwin", "posix")}
            sys_platform, platform_system, os_name = names.get(system, ("linux", "Linux", "posix"))
            machine = re.sub(r".*?_(?:\d+_\d+_)?", "", self.platform, count=1)
            found.update(sys_platform=sys_platform, platform_system=platform_system, os_name=os_name)
            found.update(platform_machine=_MACHINES_OF_WINDOWS.get(self.platform, machine))
        return found


def parse(python: Optional[str], platform: Optional[str]) -> Optional[Target]:
    """Give the target that is meant; None if it is this interpreter. Raises Mistakes for what is none."""
    here = f"{sys.version_info[0]}.{sys.version_info[1]}"
    wrong: List[str] = []
    if python is not None and not _PYTHON.fullmatch(python):
        wrong.append(f"python: {python!r} is no version of Python; expected one as 3.11")
    if platform is not None and not _PLATFORM.fullmatch(platform):
        expected = "expected the tag of wheels, as manylinux_2_17_x86_64, macosx_11_0_arm64 or win_amd64"
        wrong.append(f"platform: {platform!r} is none; {expected}")
    if wrong:
        raise Mistakes(wrong)
    if platform is None and python in (None, here):
        return None
    return Target(python or here, platform)


def missing(directory: str, requirements: Iterable[str], target: Target) -> List[str]:
    """Give what requirements, and what is installed in directory for them, need on target, and is not there."""
    there = {canonicalize_name(one.metadata["Name"]): one for one in distributions(path=[directory])}
    environment = target.environment()
    left = [Requirement(text) for text in requirements]
    seen: Set[str] = set()
    absent: List[str] = []
    while left:
        requirement = left.pop()
        if str(requirement) in seen:
            continue
        seen.add(str(requirement))
        name = canonicalize_name(requirement.name)
        if not _applies(requirement, environment, ""):
            continue
        if name not in there:
            absent.append(requirement.name)
            continue
        extras = ["", *requirement.extras]
        needed = list(_readable(there[name].requires or ()))
        left += [_bare(one) for one in needed if any(_applies(one, environment, extra) for extra in extras)]
    return sorted(set(absent))


def _applies(requirement: Requirement, environment: Dict[str, Any], extra: str) -> bool:
    try:
        return pep508.holds(requirement.marker, {**environment, "extra": extra})
    except ValueError:  # the installer has passed it over, too, or it would have failed
        return False


def _readable(texts: Iterable[str]) -> Iterator[Requirement]:
    """Give the requirements in texts, an installed distribution's, but for those that are none."""
    for text in texts:
        try:
            yield pep508.requirement(text)
        except ValueError:
            continue


def _bare(requirement: Requirement) -> Requirement:
    """Give requirement without its marker, which was found to apply."""
    bare = Requirement(str(requirement))
    bare.marker = None
    return bare


def _fitting(platform: str) -> Iterator[str]:
    """Give the tags of all wheels that run on platform, but for macOS, where pip knows them."""
    found = re.fullmatch(r"(manylinux|musllinux)_(\d+)_(\d+)_(\w+)", platform)
    old = re.fullmatch(r"(manylinux\d+)_(\w+)", platform)
    if old is not None and old.group(1) in _OLD_MANYLINUX:
        kind, (major, minor), machine = "manylinux", _OLD_MANYLINUX[old.group(1)], old.group(2)
    elif found is not None:
        kind, major, minor, machine = found.group(1), int(found.group(2)), int(found.group(3)), found.group(4)
    else:
        yield platform
        return
    for number in range(minor, -1 if kind == "musllinux" else _GLIBC_START - 1, -1):
        yield f"{kind}_{major}_{number}_{machine}"
    for name, version in _OLD_MANYLINUX.items():
        if kind == "manylinux" and version <= (major, minor):
            yield f"{name}_{machine}"


def _triple(platform: str) -> Optional[str]:
    match = _PLATFORM.fullmatch(platform)
    assert match is not None
    kind, major, minor, machine, old, old_machine, _, _, mac, windows = match.groups()
    if kind == "manylinux":
        is_known = machine in _OF_UV and int(major) == 2 and int(minor) in _GLIBC_OF_UV
        return f"{machine}-manylinux_{major}_{minor}" if is_known else None
    if old is not None:
        return f"{old_machine}-{old}" if old == "manylinux2014" and old_machine in _OF_UV else None
    if mac is not None:
        return f"{_ARCHITECTURES.get(mac, mac)}-apple-darwin"
    if windows is not None:
        return f"{_ARCHITECTURES.get(windows, windows)}-pc-windows-msvc"
    # uv's is musl 1.2
    return f"{machine}-unknown-linux-musl" if machine in _OF_UV and (int(major), int(minor)) == (1, 2) else None
