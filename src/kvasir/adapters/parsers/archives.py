"""Office files are ZIP archives: their declared sizes are checked before anything is unpacked."""

import io
import zipfile
import zlib
from typing import Final

from lxml import etree

from kvasir.errors import ExhaustedError, InvalidInputError, said

_MAX_UNPACKED: Final = 512 << 20
_MAX_RATIO: Final = 200
_MAX_ENTRIES: Final = 20_000
_OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

BROKEN: Final = (
    zipfile.BadZipFile,
    zlib.error,
    etree.XMLSyntaxError,
    SyntaxError,  # expat's ParseError is one
    EOFError,
    OSError,
    NotImplementedError,
    AttributeError,
    IndexError,
    KeyError,
    TypeError,
    ValueError,
)
"""What the office libraries raise for files that are not what they claim; none has an error class of its own for it."""


def checked_archive(content: bytes) -> io.BytesIO:
    """The archive, to be opened.

    Raises ExhaustedError for a bomb and InvalidInputError for what is no archive. Python's zipfile reads no entry beyond
    its declared size, so the declarations can be trusted as upper bounds.
    """
    if content.startswith(_OLE):
        raise InvalidInputError(
            "The file is encrypted, or of the format before Office 2007.", fix="remove the password, or save it anew"
        )
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError) as error:
        raise InvalidInputError(f"The file is damaged: {said(error)}.", fix="save it again") from error
    unpacked = sum(entry.file_size for entry in entries)
    if any(entry.flag_bits & 1 for entry in entries):
        raise InvalidInputError("The file is encrypted.", fix="remove the password")
    if len(entries) > _MAX_ENTRIES or unpacked > min(_MAX_UNPACKED, _MAX_RATIO * max(len(content), 1 << 16)):
        raise ExhaustedError(f"The file would unpack to {unpacked >> 20} MiB in {len(entries)} entries.")
    return io.BytesIO(content)
