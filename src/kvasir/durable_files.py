"""Files and folders that appear whole and survive a power cut: write aside, fsync, rename, fsync the folder."""

import errno
import os
import tempfile
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final

from kvasir.errors import StorageFullError, StorageUnavailableError

_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


def replace_file(path: Path, content: bytes) -> None:
    """Readers see the old content or the new, never a part."""
    write_file(path, lambda file: file.write(content))


def write_file(path: Path, write: Callable[[BinaryIO], object]) -> None:
    """As `replace_file`, for content that is produced piecemeal.

    Raises StorageFullError when no space is left and StorageUnavailableError when the folder cannot be written.
    """
    with translated_os_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=".new-")
        temporary = Path(name)
        try:
            with os.fdopen(descriptor, "wb") as file:
                write(file)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)  # it is gone when all went well
        sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Makes renames inside the folder durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_tree(folder: Path) -> None:
    """Makes every file below the folder durable."""
    for path in sorted(folder.rglob("*")):
        if path.is_dir():
            sync_folder(path)
        else:
            with path.open("rb") as file:
                os.fsync(file.fileno())
    sync_folder(folder)


@contextmanager
def translated_os_errors(path: Path) -> Generator[None]:
    """OSErrors of a local disk in our words."""
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise StorageFullError(f"No space is left for {path}. Free some, or move the data directory.") from error
        if error.errno in {errno.EACCES, errno.EPERM, errno.EROFS}:
            raise StorageUnavailableError(
                f"{path} cannot be written: {error.strerror}. Fix its permissions."
            ) from error
        raise StorageUnavailableError(f"{path}: {error.strerror or error}. Check the disk.") from error
