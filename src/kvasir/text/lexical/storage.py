"""One file of named arrays, written once, opened by mmap and shared by processes through the page cache.

Layout: magic (8 bytes), header length and header CRC-32 (two little-endian uint32), header (JSON), then each array at a
multiple of 64 bytes. The header holds the metadata and, for each array, type, shape, offset and CRC-32. Equal content
gives equal bytes.
"""

import json
import mmap
import os
import struct
import tempfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Any, Final, Self

import numpy as np
from numpy.typing import DTypeLike, NDArray

from kvasir.errors import CorruptDataError, NotFoundError

MAGIC: Final = b"KVSLEX02"
ALIGNMENT: Final = 64
_PREAMBLE: Final = struct.Struct("<8sII")
_BLOCK: Final = 1 << 20

Array = NDArray[Any]


def _aligned(size: int) -> int:
    return -(-size // ALIGNMENT) * ALIGNMENT


def _little(array: Array, kind: DTypeLike) -> Array:
    return np.ascontiguousarray(array, np.dtype(kind).newbyteorder("<"))


def _checksum(array: Array, before: int = 0) -> int:
    return zlib.crc32(array.reshape(-1).view(np.uint8).data, before)


class Spool:
    """An array that comes in pieces and waits in a file."""

    def __init__(self, file: IO[bytes], kind: DTypeLike) -> None:
        self._file = file
        self.dtype = np.dtype(kind)
        self.size = 0
        self.crc = 0

    @property
    def shape(self) -> tuple[int]:
        return (self.size,)

    @property
    def nbytes(self) -> int:
        return self.size * self.dtype.itemsize

    def append(self, piece: Array) -> None:
        little = _little(piece, self.dtype)
        self._file.write(little.data)
        self.crc = _checksum(little, self.crc)
        self.size += len(little)

    def blocks(self) -> Iterator[bytes]:
        """The content; nothing is appended afterwards."""
        self._file.seek(0)
        while block := self._file.read(_BLOCK):
            yield block


class Starts(Spool):
    """Where lists begin, from how many entries each has."""

    def __init__(self, file: IO[bytes]) -> None:
        super().__init__(file, np.int64)
        self._end = 0
        self.append(np.zeros(1, np.int64))

    def extend(self, sizes: Array) -> None:
        """The sizes of the next lists."""
        ends = self._end + np.cumsum(sizes, dtype=np.int64)
        self.append(ends)
        self._end = int(ends[-1]) if len(ends) else self._end


class Spools:
    """Makes spools in files without a name, which are gone when the block ends, or the process."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._files.close()

    def new(self, kind: DTypeLike) -> Spool:
        """An empty spool of numbers of this type."""
        return Spool(self._file(), kind)

    def starts(self) -> Starts:
        """A spool for where lists begin."""
        return Starts(self._file())

    def _file(self) -> IO[bytes]:
        return self._files.enter_context(tempfile.TemporaryFile(dir=self._folder))


def _header(arrays: Mapping[str, Array | Spool], meta: Mapping[str, Any]) -> bytes:
    entries: dict[str, dict[str, Any]] = {}
    at = 0
    for name, array in sorted(arrays.items()):
        entries[name] = {
            "type": array.dtype.newbyteorder("<").str,
            "shape": list(array.shape),
            "offset": at,
            "crc": array.crc if isinstance(array, Spool) else _checksum(array),
        }
        at += _aligned(array.nbytes)
    return json.dumps({"meta": dict(meta), "arrays": entries}, sort_keys=True, separators=(",", ":")).encode()


def write_arrays(path: Path, arrays: Mapping[str, Array | Spool], meta: Mapping[str, Any]) -> None:
    """Writes the file durably (fsync) and renames it into place, so that a reader sees all of it or none."""
    little = {
        name: array if isinstance(array, Spool) else _little(array, array.dtype) for name, array in arrays.items()
    }
    header = _header(little, meta)
    temporary = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("wb") as file:
            file.write(_PREAMBLE.pack(MAGIC, len(header), zlib.crc32(header)))
            file.write(header)
            file.write(bytes(_aligned(file.tell()) - file.tell()))
            for _, array in sorted(little.items()):
                for block in array.blocks() if isinstance(array, Spool) else (array.data,):
                    file.write(block)
                file.write(bytes(_aligned(array.nbytes) - array.nbytes))
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def open_arrays(path: Path, *, verify: bool) -> tuple[dict[str, Array], dict[str, Any]]:
    """Read-only arrays over the mapped file, and the metadata.

    Args:
        path: a file that `write_arrays` made.
        verify: also check the CRC-32 of every array, which reads the whole file (about 1 s per GB).

    Raises:
        NotFoundError: there is no such file.
        CorruptDataError: it is not such a file, is cut short, or a checksum differs.
    """
    try:
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            if size < _PREAMBLE.size:
                raise CorruptDataError(f"{path.name} is cut short: {size} bytes.")
            mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except FileNotFoundError as error:
        raise NotFoundError(f"There is no lexical segment at {path}.") from error
    header = _read_header(path, mapped)
    start = _aligned(_PREAMBLE.size + _PREAMBLE.unpack_from(mapped)[1])
    arrays: dict[str, Array] = {}
    for name, entry in header["arrays"].items():
        kind = np.dtype(entry["type"])
        count = int(np.prod(entry["shape"], dtype=np.int64))
        if start + entry["offset"] + count * kind.itemsize > size:
            raise CorruptDataError(f"{path.name} is cut short: array {name} ends beyond the file.")
        array = np.frombuffer(mapped, kind, count, start + entry["offset"]).reshape(entry["shape"])
        if verify and _checksum(array) != entry["crc"]:
            raise CorruptDataError(f"{path.name}: the checksum of array {name} differs; build the segment again.")
        arrays[name] = array
    return arrays, header["meta"]


def release(array: Array) -> None:
    """Gives back the memory of a mapped array's whole file; what is read again comes from the file again."""
    holder: Any = array
    while holder is not None and not isinstance(holder, mmap.mmap):
        holder = holder.obj if isinstance(holder, memoryview) else getattr(holder, "base", None)
    if holder is not None:
        holder.madvise(mmap.MADV_DONTNEED)


def _read_header(path: Path, mapped: mmap.mmap) -> dict[str, Any]:
    magic, length, checksum = _PREAMBLE.unpack_from(mapped)
    raw = mapped[_PREAMBLE.size : _PREAMBLE.size + length]
    if magic != MAGIC:
        raise CorruptDataError(f"{path.name} is no lexical segment of this version (it begins with {magic!r}).")
    if zlib.crc32(raw) != checksum:
        raise CorruptDataError(f"{path.name}: the checksum of its header differs; build the segment again.")
    return json.loads(raw)
