"""A secret of random bytes in a file of its own, made once, whoever comes first."""

import contextlib
import os
import secrets
from pathlib import Path
from typing import Final

from kvasir.durable_files import sync_folder, translated_os_errors
from kvasir.errors import CorruptDataError

_BYTES: Final = 32


def secret_of(path: Path) -> bytes:
    """The secret in the file, created with mode 0600 when it is missing; processes that race agree on one.

    Raises UnavailableError when the folder is not writable, CorruptDataError when the file is not 32 bytes.
    """
    with translated_os_errors(path):
        if not path.exists():
            _create(path)
        secret = path.read_bytes()
    if len(secret) != _BYTES:
        raise CorruptDataError(f"{path} is damaged. Restore it from a backup; without it every API key is void.")
    return secret


def _create(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}-{secrets.token_hex(8)}")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(secrets.token_bytes(_BYTES))
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):  # another process was faster, so its secret counts
            path.hardlink_to(draft)
    finally:
        draft.unlink(missing_ok=True)
    sync_folder(path.parent)
