"""A bill of materials of a bundle: CycloneDX 1.6 as JSON, made and ordered by the library for it."""

import json
import uuid
from typing import Dict, List, Set

from packaging.licenses import InvalidLicenseExpression, canonicalize_license_expression
from packaging.utils import canonicalize_name

from .. import __version__, pep508
from ..runtime import Refusal, kinds, warning_filters
from .report import Distribution, Report

# These open files without an encoding, which `-X warn_default_encoding` says of whoever reads a bill of materials.
with warning_filters.Ignored("cyclonedx.spdx"), warning_filters.Ignored("license_expression"):
    try:
        from cyclonedx.model import HashAlgorithm, HashType, Property
        from cyclonedx.model.bom import Bom
        from cyclonedx.model.component import Component, ComponentType
        from cyclonedx.model.license import DisjunctiveLicense, License, LicenseExpression
        from cyclonedx.output.json import JsonV1Dot6
        from cyclonedx.spdx import fixup_id
        from packageurl import PackageURL
    except ImportError:  # an interpreter that was sent here need not have it
        Bom = None  # type: ignore[assignment,misc]

_NAMELESS = "unknown"
_LONGEST_VERSION = 1024  # characters, for CycloneDX
_SPACE = uuid.UUID("6f8f3ad1-6c0b-5bb0-9a77-33f1ef1fd5a3")  # for numbers that are made of what a bundle holds


def sbom(report: Report) -> str:
    """Give the bill of materials of report. Raises Refusal if the library for it is not installed."""
    if Bom is None:
        raise Refusal("--sbom", "it needs cyclonedx-python-lib, which this Python does not have", "pip install it")
    bom = Bom(serial_number=uuid.uuid5(_SPACE, report.sha256 or _state(report)))
    bundle = _bundle(report)
    bom.metadata.component = bundle
    bom.metadata.tools.components.add(
        Component(name="mainspring", version=__version__, type=ComponentType.APPLICATION, bom_ref="mainspring")
    )
    parts = {one.folder: _component(report, one) for one in report.distributions}
    for part in parts.values():
        bom.components.add(part)
    bom.register_dependency(bundle, parts.values())
    by_name: Dict[str, List[Component]] = {}
    for one in report.distributions:
        by_name.setdefault(canonicalize_name(one.name), []).append(parts[one.folder])
    for one in report.distributions:
        wanted = [
            part for name in sorted(_wanted(one)) for part in by_name.get(name, ()) if part is not parts[one.folder]
        ]
        bom.register_dependency(parts[one.folder], wanted)
    made: str = JsonV1Dot6(bom).output_as_string(indent=2)
    return json.dumps(json.loads(made), indent=2)  # all of it in ASCII, so that no terminal obeys a name


def _state(report: Report) -> str:
    """Give what tells a directory from others, and from itself with other distributions."""
    return ascii([report.path, *sorted((one.name, one.version, one.folder) for one in report.distributions)])


def _bundle(report: Report) -> Component:
    own = report.path.replace("\\", "/").rstrip("/").rpartition("/")[2] or report.path
    name, version = own, None
    if report.project is not None:
        name, version = report.project.name or own, report.project.version
    elif report.kind == kinds.WHEEL and report.distributions:
        name, version = report.distributions[0].name, report.distributions[0].version[:_LONGEST_VERSION]
    hashes = [HashType(alg=HashAlgorithm.SHA_256, content=report.sha256)] if report.sha256 else []
    properties = [Property(name="mainspring:kind", value=report.kind)]
    if report.maker is not None:
        properties.append(
            Property(name="mainspring:maker", value=f"{report.maker.name} {report.maker.version}".strip())
        )
    return Component(
        name=_sound(name),
        version=_sound(version) if version else None,
        type=ComponentType.APPLICATION,
        bom_ref="bundle",
        hashes=hashes,
        properties=properties,
    )


def _component(report: Report, one: Distribution) -> Component:
    name, version = _sound(one.name) or _NAMELESS, _sound(one.version)[:_LONGEST_VERSION]
    licences = [_licence(_sound(one.licence))] if one.licence else []
    natives = sum(native.distribution == one.name for native in report.natives)
    properties = [Property(name="mainspring:folder", value=_sound(one.folder))]
    properties += [Property(name="mainspring:tag", value=_sound(tag)) for tag in one.tags]
    properties += [Property(name="mainspring:native-modules", value=str(natives))] if natives else []
    return Component(
        name=name,
        version=version,
        type=ComponentType.LIBRARY,
        bom_ref=_sound(one.folder),
        purl=PackageURL("pypi", None, canonicalize_name(name).strip("/ ") or _NAMELESS, version),
        licenses=licences,
        description=_sound(one.summary) or None,
        properties=properties,
    )


def _licence(text: str) -> "License":
    """Give a licence by its SPDX identifier, as an expression of such, or by whatever name it has."""
    known = fixup_id(text)
    if known is not None:
        return DisjunctiveLicense(id=known)
    try:
        return LicenseExpression(canonicalize_license_expression(text))
    except (InvalidLicenseExpression, RecursionError):
        return DisjunctiveLicense(name=text)


def _sound(text: str) -> str:
    """Give text as JSON in UTF-8 can have it."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _wanted(one: Distribution) -> Set[str]:
    """Give the names of what a distribution requires, on whatever interpreter, without its extras."""
    found = set()
    for text in one.requires:
        try:
            requirement = pep508.requirement(text)
        except ValueError:
            continue
        if requirement.marker is None or "extra" not in str(requirement.marker):
            found.add(str(canonicalize_name(requirement.name)))
    return found
