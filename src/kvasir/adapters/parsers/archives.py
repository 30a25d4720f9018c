"""Office files are ZIP archives: their declared sizes are checked before anything is unpacked."""

import io
import zipfile
from typing import Final

from kvasir.errors import ExhaustedError, InvalidInputError

_MAX_UNPACKED: Final = 512 << 20
_MAX_RATIO: Final = 200
_MAX_ENTRIES: Final = 20_000


def checked_archive(content: bytes) -> io.BytesIO:
    """The archive, to be opened.

    Raises ExhaustedError for a bomb and InvalidInputError for what is no archive. Python's zipfile reads no entry beyond
    its declared size, so the declarations can be trusted as upper bounds.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError) as error:
        raise InvalidInputError(f"The file is damaged: {error}.", fix="save it again") from error
    unpacked = sum(entry.file_size for entry in entries)
    if any(entry.flag_bits & 1 for entry in entries):
        raise InvalidInputError("The file is encrypted.", fix="remove the password")
    if len(entries) > _MAX_ENTRIES or unpacked > min(_MAX_UNPACKED, _MAX_RATIO * max(len(content), 1 << 16)):
        raise ExhaustedError(f"The file would unpack to {unpacked >> 20} MiB in {len(entries)} entries.")
    return io.BytesIO(content)
