"""Bytes on their way from a source: in memory while they are few, in a file that has no name when they are many."""

import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

MEMORY_BYTES: Final = 1 << 20
_PIECE: Final = 1 << 20


class Spool:
    """Write, then take once. A killed process leaves nothing behind."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._file = tempfile.SpooledTemporaryFile(max_size=MEMORY_BYTES, dir=str(folder))  # noqa: SIM115 - closed by whoever takes or discards
        self.size = 0

    def write(self, piece: bytes) -> None:
        self._file.write(piece)
        self.size += len(piece)

    def head(self, limit: int) -> bytes:
        """The first bytes."""
        self._file.seek(0)
        return self._file.read(limit)

    def take(self) -> bytes | AsyncIterator[bytes]:
        """Everything; in pieces when it is in a file. The spool is closed afterwards."""
        if self.size > MEMORY_BYTES:
            return self._pieces()
        content = self.head(self.size)
        self.discard()
        return content

    def discard(self) -> None:
        """Idempotent."""
        self._file.close()

    async def _pieces(self) -> AsyncIterator[bytes]:
        try:
            self._file.seek(0)
            while piece := self._file.read(_PIECE):
                yield piece
        finally:
            self.discard()
