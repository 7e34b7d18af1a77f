"""The document that `mainspring inspect --json` prints: the facts of a report as JSON, by a schema of its own.

Keys may be added; what there is keeps its name, type and meaning as long as `version` is 1. Sizes are in bytes, paths
of members have slashes. Nothing is left out because it is empty: it is null, "", [] or {} then.

    format          "mainspring.inspect"
    version         1, that of this schema
    mainspring      the version of mainspring that wrote it
    python          the version of the interpreter that wrote it, to which the verdicts refer
    path            as it was given
    kind            script, bytecode, directory, package, project, archive, shiv, pex, wheel, executable, data
    form            of a PEX directory loose, packed or venv, of a PEX that begins as a shell script sh-boot; of an
                    executable ELF, PE or Mach-O; else ""
    maker           {name, version} of the tool that made it; null if that is not known
    size, sha256    of the file; of a directory the sum of its files, and ""
    is_right        whether it is sound, all its files are as recorded, and its metadata are such as its maker writes; the
                    exit status is 0 if so, else 1
    entry           {kind, value}: kind is module, function, script, program (of the system's) or file; null if nothing
                    starts
    scripts         [{name, entry, distribution}]: console scripts
    runs            {by, reason}: by is itself (mainspring runs it), bootstrap (hands it to the bundle's own), elsewhere
                    (to another Python that fits, if one is installed), system (to the system), refused, or "" where
                    that is not known
    shebang         without `#!`
    prefix          the bytes before an archive in its file
    comment         of the archive
    build_id, built_at   as the maker wrote them
    needs           {python: [specifier], any_of: [constraint], tags: [[tag]], fits, misfit}: of each list in tags one
                    must fit; misfit says why this interpreter does not do, or is null
    distributions   [{name, version, licence, summary, requires_python, requires, tags, generator, folder, files, size,
                    packed, record, parts}]; record is {checked, altered, missing, unlisted}, or null if it was not
                    compared; parts, [{name, files, size, packed}], its ten largest folders, two deep at most
    others          [{name, files, size, packed}]: what belongs to no distribution, by folder
    natives         [{name, size, tag, machine, distribution}]: native modules and libraries
    members         {files, directories, size, packed, compression: {method: files}}
    soundness       {sound, reason, hint}: what the store says of an archive; sound is null for what is no archive
    warnings        [{kind, text, names}]: kind is a word for programs, names are those of members and the like
    settings        what the maker wrote of how it is to run, as it stands there
    inline          {requires_python, dependencies, text}: the metadata of a script (PEP 723), or null
    project         {name, version, dependencies, extras, groups}: of a pyproject.toml, or null
    written_by      the Python that wrote bytecode
    links           of a directory, which are not followed: "name -> where it leads"
    tree            with --tree: [{name, size, packed, method, mode, modified, directory}]; mode is a number or null
"""

from typing import Any, Dict, List

from .. import __version__
from .report import Distribution, Member, Report

FORMAT = "mainspring.inspect"
VERSION = 1


def document(report: Report, with_members: bool = False) -> Dict[str, Any]:
    """Give the document of report; with_members: with the tree."""
    made: Dict[str, Any] = {
        "format": FORMAT,
        "version": VERSION,
        "mainspring": __version__,
        "python": report.python,
        "path": report.path,
        "kind": report.kind,
        "form": report.form,
        "maker": report.maker._asdict() if report.maker else None,
        "size": report.size,
        "sha256": report.sha256,
        "is_right": report.is_right,
        "entry": {"kind": report.entry_kind, "value": report.entry} if report.entry else None,
        "scripts": _dicts(report.scripts),
        "runs": {"by": report.runs, "reason": report.runs_reason},
        "shebang": report.shebang,
        "prefix": report.prefix,
        "comment": report.comment,
        "build_id": report.build_id,
        "built_at": report.built_at,
        "needs": {**report.needs._asdict(), "fits": report.needs.misfit is None},
        "distributions": [_distribution(one) for one in report.distributions],
        "others": _dicts(report.others),
        "natives": _dicts(report.natives),
        "members": _members(report),
        "soundness": _soundness(report),
        "warnings": _dicts(report.warnings),
        "settings": report.settings,
        "inline": report.inline._asdict() if report.inline else None,
        "project": report.project._asdict() if report.project else None,
        "written_by": report.written_by,
        "links": list(report.links),
    }
    if with_members:
        made["tree"] = [_member(member) for member in report.members]
    return made


def _dicts(items: Any) -> List[Dict[str, Any]]:
    return [item._asdict() for item in items]


def _distribution(one: Distribution) -> Dict[str, Any]:
    made = one._asdict()
    made["parts"] = _dicts(one.parts)
    if one.record is not None:
        record = one.record._asdict()
        record["altered"] = record.pop("wrong")
        made["record"] = record
    return made


def _soundness(report: Report) -> Dict[str, Any]:
    sound, reason, hint = report.soundness
    return {"sound": sound, "reason": reason, "hint": hint}


def _members(report: Report) -> Dict[str, Any]:
    files = report.files
    return {
        "files": files,
        "directories": len(report.members) - files,
        "size": report.unpacked,
        "packed": report.packed,
        "compression": report.compression,
    }


def _member(member: Member) -> Dict[str, Any]:
    return {
        "name": member.name,
        "size": member.size,
        "packed": member.packed,
        "method": member.method,
        "mode": member.mode,
        "modified": member.modified,
        "directory": member.is_directory,
    }
