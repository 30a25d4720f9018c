"""Driver errors to the one error tree, at the edge."""

import shutil
import sqlite3
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import orjson
from sqlalchemy.exc import SQLAlchemyError, StatementError

from kvasir.errors import (
    CorruptDataError,
    DeadlineExceededError,
    InvalidInputError,
    KvasirError,
    StorageFullError,
    StorageUnavailableError,
)

_PRIMARY_CODE: Final = 0xFF
"""An extended result code holds its primary code in the low byte."""

_BUSY: Final = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})
_READ_ONLY: Final = frozenset({sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM})
_CORRUPT: Final = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
_ALMOST_NOTHING: Final = 64 * 1024
"""Free bytes below which an I/O error is taken for a full disk: SQLite cannot always tell (its shared memory file)."""


@contextmanager
def translated_sqlite_errors(path: Path) -> Generator[None]:
    """Raises what the driver, SQLAlchemy and column types raise in our words."""
    try:
        yield
    except (SQLAlchemyError, sqlite3.Error, UnicodeEncodeError, orjson.JSONEncodeError) as error:
        raise translated(error, path)  # noqa: B904 - it carries its cause


def translated(error: Exception, path: Path) -> Exception:
    """The same failure in our words, caused by this one; the error itself when it is none of SQLite's."""
    ours = _translated(error, path)
    if ours is not error:
        ours.__cause__ = error
    return ours


def _translated(error: Exception, path: Path) -> Exception:
    cause = error.orig if isinstance(error, StatementError) else error
    if isinstance(cause, KvasirError):
        return cause
    if isinstance(cause, UnicodeEncodeError | orjson.JSONEncodeError):
        return InvalidInputError(f"This text or value cannot be stored: {cause}.", fix="send valid Unicode text")
    code = getattr(cause, "sqlite_errorcode", None)
    return error if not isinstance(code, int) else _by_code(code & _PRIMARY_CODE, cause, path)


def _by_code(code: int, cause: BaseException | None, path: Path) -> Exception:
    if code == sqlite3.SQLITE_INTERRUPT:
        return DeadlineExceededError(f"The deadline passed while reading {path.name}.")
    if code == sqlite3.SQLITE_FULL or (code == sqlite3.SQLITE_IOERR and _is_full(path)):
        return StorageFullError(f"No space is left for {path}. Free some, or move the data directory.")
    if code in _CORRUPT:
        return CorruptDataError(
            f"{path} is damaged ({cause}). Restore it from a backup, or remove it and ingest again."
        )
    return _unavailable(code, cause, path)


def _unavailable(code: int, cause: BaseException | None, path: Path) -> Exception:
    if code in _BUSY:
        return StorageUnavailableError(f"{path} is locked by another process.", retry_after=1.0)
    if code in _READ_ONLY:
        return StorageUnavailableError(f"{path} cannot be written: {cause}. Make its folder writable for this user.")
    if code == sqlite3.SQLITE_IOERR:
        return StorageUnavailableError(f"{path} cannot be read or written: {cause}. Check the disk.")
    return cause if isinstance(cause, Exception) else StorageUnavailableError(str(cause))


def _is_full(path: Path) -> bool:
    try:
        return shutil.disk_usage(path.parent).free < _ALMOST_NOTHING
    except OSError:
        return False
