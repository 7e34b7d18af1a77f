"""Zip archives, read strictly: what two readers could read differently is read by nobody.

An archive is validated as a whole before anything of it is executed or unpacked (`reader`): where its `directory` is,
what that and their own headers say of its `members`, what these are called (`names`), that there are no `gaps`, and, by
unpacking each, what they hold. `records` has the forms of what is read. What is wrong with an archive is a `fault`; one that
is too large for memory is read as it is needed (`large`). The format is PKWARE's APPNOTE.TXT; the readers that this has to
agree with are zipimport, zipfile, and those that read an archive from its beginning, as a stream.

It is on the path of a first start. So members of the common form are checked with a few comparisons of slices, and
names all at once; only what is unusual is looked at with care.
"""

from .reader import LARGE, RAISE_LIMITS, Archive, Limits, check, content_of, find_crc32, pieces_of
from .records import BZIP2, DEFLATED, LZMA, STORED, Member

__all__ = [
    "BZIP2",
    "DEFLATED",
    "LARGE",
    "LZMA",
    "RAISE_LIMITS",
    "STORED",
    "Archive",
    "Limits",
    "Member",
    "check",
    "content_of",
    "find_crc32",
    "pieces_of",
]
