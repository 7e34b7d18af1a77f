"""Who made a bundle, with which settings, and what these say that starts in it."""

import re
from typing import Any, Dict, Tuple

from ..makers import others
from ..makers.metadata import read_json
from ..runtime import Refusal, classify, kinds
from .contents import Contents
from .report import Maker, Report, ReportWarning, timed

_SMALL = 2**16  # bytes
_ZIPAPPS_TIME = re.compile(r"_zip_time_(\d{10})\d*")
_SHELL, _SH_BOOT = "/bin/sh", "sh-boot"
_FORMS = {kinds.SHIV: "environment.json", kinds.PEX: "PEX-INFO"}


def with_maker(report: Report, found: Contents) -> Report:
    """Add who made the bundle that has the members found, and what that wrote into it of how it is to run."""
    name = report.kind if report.kind in _FORMS else None
    file = _FORMS.get(report.kind, "")
    try:
        if name is None and report.kind == kinds.ARCHIVE:
            own = [member.name for member in report.members]  # not those of archives in it
            name = others.named(own, lambda name: _read_if_small(found, name))
            file = others.SETTINGS.get(name or "", "")
        duck: Any = found
        said = read_json(duck, duck.by_name[file]) if file in found.by_name else {}
    except Refusal as refusal:
        maker = Maker(name) if name else None
        warning = ReportWarning("settings", refusal.reason, (file,))
        return report._replace(maker=maker, warnings=(*report.warnings, warning))
    if name is None:
        return _with_wheel_maker(report)
    form = _SH_BOOT if name == kinds.PEX and report.shebang.startswith(_SHELL) else report.form
    return _with_build(report._replace(maker=Maker(name, _version(name, said)), settings=said, form=form), found)


def with_entry(report: Report, found: Contents) -> Report:
    """Add what starts, and of what kind it is, as the settings or the `__main__` say. report has its settings already."""
    entry, kind = _entry(report, found)
    return report._replace(entry=entry, entry_kind=kind)


def _read_if_small(found: Contents, name: str) -> bytes:
    member = found.by_name[name]
    return found.read(member) if member.size < _SMALL else b""  # what says who made it is small


def _with_wheel_maker(report: Report) -> Report:
    if report.kind != kinds.WHEEL or not report.distributions:
        return report
    name, _, version = report.distributions[0].generator.partition(" ")
    return report._replace(maker=Maker(name, version.strip("()")) if name else None)


def _version(name: str, said: Dict[str, Any]) -> str:
    properties = said.get("build_properties")
    version = properties.get("pex_version") if name == kinds.PEX and isinstance(properties, dict) else None
    version = version or said.get(f"{name}_version") or said.get("version")
    return version if isinstance(version, str) else ""


def _with_build(report: Report, found: Contents) -> Report:
    said = report.settings
    build_id = said.get("build_id") or said.get("pex_hash") or ""
    built_at = said.get("built_at") or ""
    if report.maker is not None and report.maker.name == others.ZIPAPPS:
        stamps = [m.group(1) for m in map(_ZIPAPPS_TIME.fullmatch, found.by_name) if m is not None]
        built_at = timed(int(stamps[0])) if stamps else ""
    return report._replace(build_id=_text(build_id), built_at=_text(built_at))


def _called(said: Dict[str, Any]) -> str:
    """Give the function that bundleup's settings name, as `["call", "module", "function"]`; "" if they name none."""
    entry: Any = said.get("entry")
    if not isinstance(entry, list) or len(entry) != 3 or entry[0] != "call":
        return ""
    return ":".join(map(_text, entry[1:]))


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _entry(report: Report, found: Contents) -> Tuple[str, str]:
    said = report.settings
    script, entry = _text(said.get("script")), _text(said.get("entry_point") or said.get("main") or _called(said))
    if script and (report.kind == kinds.SHIV or not entry):
        return script, "script"
    if entry:
        return entry, "function" if ":" in entry else "module"
    if report.kind in _FORMS and said:  # as their bootstraps do; who says nothing of that has none
        return "", ""
    main = next((name for name in classify.MAINS if name in found.by_name), "")
    if main == "__main__.py" and found.by_name[main].size < _SMALL:
        try:
            called = others.zipapp_entry(found.read(found.by_name[main]))
        except Refusal:
            called = None
        if called:
            return called, "function"
    return (main, "file") if main else ("", "")
