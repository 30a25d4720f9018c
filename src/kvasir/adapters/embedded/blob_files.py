"""One blob, one file: the content, then a trailer with its size and SHA-256.

The trailer comes last because the checksum of a stream is known at its end, and so that the content can be mapped into
memory from offset 0. All functions block; they run in threads.
"""

import contextlib
import hashlib
import os
import struct
import threading
import uuid
from collections.abc import Generator
from pathlib import Path
from typing import Final

from kvasir.durable_files import sync_folder, translated_os_errors
from kvasir.errors import CorruptDataError, NotFoundError
from kvasir.ports.blobs import Blob

_TRAILER: Final = struct.Struct(">Q32s8s")
_MAGIC: Final = b"KVBLOB1\n"
PIECE: Final = 1 << 20
"""Bytes read or written at once."""

_TRIES: Final = 100


class Incoming:
    """A blob on its way in. Nothing is visible before `commit`; after `discard` nothing ever is.

    Methods exclude each other, because a cancelled caller discards while its last write still runs in a thread.
    """

    def __init__(self, folder: Path, target: Path, key: str) -> None:
        self._path = folder / uuid.uuid4().hex
        self._target = target
        self._key = key
        self._file: int | None = None
        self._digest = hashlib.sha256()
        self._size = 0
        self.blob: Blob | None = None
        """Once committed."""
        self._over = False
        self._lock = threading.Lock()

    def write(self, piece: bytes) -> None:
        with self._lock, translated_os_errors(self._path):
            if self._over:
                return  # discarded while this call waited for its thread
            self._append(piece)
            self._digest.update(piece)
            self._size += len(piece)

    def commit(self) -> None:
        """Makes the blob durable and visible."""
        with self._lock, translated_os_errors(self._path):
            if self._over:
                return
            self._append(_TRAILER.pack(self._size, self._digest.digest(), _MAGIC))
            file, self._file = self._file, None
            if file is not None:
                _sync_and_close(file)
            _move(self._path, self._target)
            self._over = True
            self.blob = Blob(self._key, self._size, self._digest.hexdigest())

    def discard(self) -> None:
        """Ends the attempt, unless it was committed already."""
        with self._lock:
            self._over = True
            if self._file is not None:
                os.close(self._file)
                self._file = None
            if self.blob is None:
                with contextlib.suppress(OSError):  # what cannot be removed now is swept by a later start
                    self._path.unlink()

    def _append(self, data: bytes) -> None:
        if self._file is None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._file = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        left = memoryview(data)
        while left:
            left = left[os.write(self._file, left) :]


class Outgoing:
    """A blob being read. It keeps reading the same content when the blob is replaced or deleted meanwhile."""

    def __init__(self, path: Path, key: str) -> None:
        self._path = path
        self._key = key
        self._file: int | None = None
        self._digest = hashlib.sha256()
        self._known: Blob | None = None
        self._done = 0
        self._over = False
        self._lock = threading.Lock()

    def read(self) -> bytes:
        """The next piece, empty at the end. Raises CorruptDataError there when the checksum differs."""
        with self._lock, _found(self._path, self._key):
            if self._over:
                return b""
            if self._file is None:
                self._file = os.open(self._path, os.O_RDONLY | os.O_CLOEXEC)
                self._known = _trailer(self._file, self._key)
            return self._next(self._file, self._known)

    def close(self) -> None:
        with self._lock:
            self._over = True
            if self._file is not None:
                os.close(self._file)
                self._file = None

    def _next(self, file: int, known: Blob | None) -> bytes:
        size = 0 if known is None else known.size
        piece = os.pread(file, min(PIECE, size - self._done), self._done)
        self._done += len(piece)
        self._digest.update(piece)
        if known is None or (not piece and self._done < size) or (self._done == size and not self._matches(known)):
            raise _damaged(self._key)
        return piece

    def _matches(self, known: Blob) -> bool:
        return self._digest.hexdigest() == known.sha256


def head(path: Path, key: str) -> Blob:
    """What the trailer says. Raises NotFoundError, or CorruptDataError when it and the file's size disagree."""
    with _found(path, key), path.open("rb", buffering=0) as file:
        return _trailer(file.fileno(), key)


def read(path: Path, key: str) -> bytes:
    """The whole content, checked."""
    with contextlib.closing(Outgoing(path, key)) as outgoing:
        return b"".join(iter(outgoing.read, b""))


def delete(path: Path, root: Path) -> None:
    """Removes a blob, durably, and the folders that it leaves empty."""
    with translated_os_errors(path):
        try:
            path.unlink()
        except (FileNotFoundError, NotADirectoryError):
            return
        with contextlib.suppress(FileNotFoundError):  # another delete has just removed the folder as empty
            sync_folder(path.parent)
        for folder in path.parents:
            if folder == root or not _removed_empty(folder):
                return


@contextlib.contextmanager
def _found(path: Path, key: str) -> Generator[None]:
    with translated_os_errors(path):
        try:
            yield
        except (FileNotFoundError, NotADirectoryError) as error:
            raise NotFoundError(f"There is no blob {key!r}.") from error


def _sync_and_close(file: int) -> None:
    try:
        os.fsync(file)
    finally:
        os.close(file)


def _trailer(file: int, key: str) -> Blob:
    size = os.fstat(file).st_size - _TRAILER.size
    data = os.pread(file, _TRAILER.size, size) if size >= 0 else b""
    if len(data) != _TRAILER.size:
        raise _damaged(key)
    told, digest, magic = _TRAILER.unpack(data)
    if told != size or magic != _MAGIC:
        raise _damaged(key)
    return Blob(key, size, digest.hex())


def _damaged(key: str) -> CorruptDataError:
    return CorruptDataError(f"The blob {key!r} is damaged. Restore it from a backup, or ingest its document again.")


def _move(source: Path, target: Path) -> None:
    for attempt in range(_TRIES):
        try:
            _make_folder(target.parent)
            source.replace(target)
        except (FileNotFoundError, FileExistsError):  # a delete elsewhere has just removed the folder as empty
            if attempt == _TRIES - 1:
                raise
        else:
            break
    sync_folder(target.parent)


def _make_folder(folder: Path) -> None:
    if not folder.is_dir():
        _make_folder(folder.parent)
        folder.mkdir(exist_ok=True)
        sync_folder(folder.parent)


def _removed_empty(folder: Path) -> bool:
    try:
        folder.rmdir()
    except OSError:  # not empty, or already gone
        return False
    return True
