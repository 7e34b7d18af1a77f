"""The variables of the environment that build backends read."""

from typing import List, Mapping, Tuple

# Those by which compilers make modules.
OF_COMPILERS = ("CC", "CXX", "CFLAGS", "CPPFLAGS", "CXXFLAGS", "LDFLAGS", "ARCHFLAGS")
# Those that only one backend reads, by how they begin.
_OF_BACKENDS = (
    *("SETUPTOOLS_SCM_", "VCS_VERSIONING_", "PDM_BUILD_", "HATCH_BUILD_", "VERSIONEER_"),
    *("POETRY_DYNAMIC_VERSIONING_", "UV_DYNAMIC_VERSIONING_"),
)
_PRETENDED = ("SETUPTOOLS_SCM_PRETEND_VERSION", "SETUPTOOLS_SCM_PRETEND_VERSION_FOR_{0}")
# Those that say the version in the place of git, by words in the names of what reads them; {0} is the project's name.
_PRETENDING = {
    **dict.fromkeys(("scm", "vcs"), _PRETENDED),
    "pdm": ("PDM_BUILD_SCM_VERSION",),
    "poetry-dynamic-versioning": ("POETRY_DYNAMIC_VERSIONING_BYPASS",),
    "uv-dynamic-versioning": ("UV_DYNAMIC_VERSIONING_BYPASS",),
    "pbr": ("PBR_VERSION",),
}
_KNOWN = frozenset([*OF_COMPILERS, *(name for names in _PRETENDING.values() for name in names)])


def found(environ: Mapping[str, str]) -> List[Tuple[str, str]]:
    """Give what environ has for any build backend, in order."""
    return sorted(one for one in environ.items() if one[0] in _KNOWN or one[0].startswith(_OF_BACKENDS))


def saying_versions(name: str, readers: str, reads_any: bool) -> List[str]:
    """Give the names of those that say the version of the project called name, in place of git.

    readers: the names of what its backend requires. reads_any: whether it may read others' as well.
    """
    own = name.replace("-", "_").upper()
    told = [names for word, names in _PRETENDING.items() if reads_any or word in readers]
    return [one.format(own) for names in told for one in names]
