"""Native modules and libraries: for which Python their names say that they are, for which machine their bytes."""

import re
import struct
from typing import Dict, List, Tuple

from ..archive.names import is_native
from ..runtime import Refusal
from .contents import Contents
from .report import Member, Native

# `x.cpython-312-x86_64-linux-gnu.so`, `x.cp312-win_amd64.pyd`, `x.abi3.so`, `x.pypy310-pp73-...so`
_TAG = re.compile(r"\.((?:cpython-|cp|pypy|graalpy|abi)\d[\w-]*)\.(?:so|pyd)$")
_MOST_OPENED = 2000
_LARGEST_OPENED = 2**30
_ELF_MACHINES = {3: "x86", 8: "mips", 20: "ppc", 21: "ppc64", 22: "s390x", 40: "arm", 62: "x86_64", 183: "aarch64"}
_ELF_MACHINES.update({243: "riscv", 258: "loongarch"})
_PE_MACHINES = {0x14C: "x86", 0x8664: "x86_64", 0xAA64: "arm64", 0x1C0: "arm"}
_MACH_MACHINES = {0x01000007: "x86_64", 0x0100000C: "arm64", 7: "x86", 12: "arm"}


def natives(contents: Contents, owners: Dict[str, str]) -> List[Native]:
    """Give the native files in contents; owners: the distribution that each member belongs to."""
    found = [member for member in contents.members if not member.is_directory and is_native(member.name)]
    can_open = contents.soundness.is_sound is not False
    machines = [_machine(contents, member) if can_open and at < _MOST_OPENED else "" for at, member in enumerate(found)]
    return [
        Native(member.name, member.size, _tag(member.name), machine, owners.get(member.name, ""))
        for member, machine in zip(found, machines)
    ]


def _tag(name: str) -> str:
    matched = _TAG.search(name)
    return matched.group(1) if matched else ""


def _machine(contents: Contents, member: Member) -> str:
    if member.size > _LARGEST_OPENED:
        return ""
    try:
        return machine_of(next(iter(contents.pieces(member)), b""))
    except Refusal:
        return ""


def machine_of(head: bytes) -> str:
    """Name the format and the processor of a native file by its first bytes; "" for what is none."""
    for read in (_elf, _pe, _mach):
        try:
            name, machine = read(head)
        except struct.error:
            continue
        if name:
            return f"{name} {machine}"
    return ""


def _elf(head: bytes) -> Tuple[str, str]:
    if head[:4] != b"\x7fELF":
        return "", ""
    (machine,) = struct.unpack_from("<H" if head[5:6] == b"\1" else ">H", head, 18)
    return "ELF", _ELF_MACHINES.get(machine, f"machine {machine}")


def _pe(head: bytes) -> Tuple[str, str]:
    if head[:2] != b"MZ":
        return "", ""
    (at,) = struct.unpack_from("<L", head, 60)
    if head[at : at + 4] != b"PE\0\0":
        return "", ""
    (machine,) = struct.unpack_from("<H", head, at + 4)
    return "PE", _PE_MACHINES.get(machine, f"machine {machine:#x}")


def _mach(head: bytes) -> Tuple[str, str]:
    if head[:4] in (b"\xca\xfe\xba\xbe", b"\xca\xfe\xba\xbf"):
        (count,) = struct.unpack_from(">L", head, 4)
        step = 20 if head[3:4] == b"\xbe" else 32
        kinds = [struct.unpack_from(">L", head, 8 + step * at)[0] for at in range(min(count, 8))]
        return "Mach-O", "+".join(_MACH_MACHINES.get(kind, f"cpu {kind:#x}") for kind in kinds)
    if head[:4] not in (b"\xcf\xfa\xed\xfe", b"\xce\xfa\xed\xfe"):
        return "", ""
    (kind,) = struct.unpack_from("<L", head, 4)
    return "Mach-O", _MACH_MACHINES.get(kind, f"cpu {kind:#x}")
