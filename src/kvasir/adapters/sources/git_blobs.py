"""Contents of a bare repository, through one `git cat-file --batch` for as long as the source is open."""

import asyncio
from asyncio.subprocess import Process
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Final

from kvasir.adapters.sources.git_command import Git
from kvasir.adapters.sources.spool import Spool
from kvasir.errors import CorruptDataError

_PIECE: Final = 1 << 18


class BlobReader:
    """Reads one blob at a time; git answers in the order of the questions."""

    def __init__(self, folder: Path) -> None:
        """`folder` is where large blobs wait."""
        self._folder = folder
        self._stack = AsyncExitStack()
        self._process: Process | None = None
        self._lock = asyncio.Lock()

    async def read(self, git: Git, blob: str) -> Spool:
        """The content. CorruptDataError when the repository does not hold what its trees name."""
        async with self._lock:
            spool = Spool(self._folder)
            try:
                await self._read(git, blob, spool)
            except BaseException:
                spool.discard()
                await self.close()  # whatever git still says would be taken for the next answer
                raise
            return spool

    async def close(self) -> None:
        """Idempotent; the next read starts afresh."""
        self._process = None
        await self._stack.aclose()

    async def _read(self, git: Git, blob: str, spool: Spool) -> None:
        process = self._process
        if process is None:
            process = self._process = await self._stack.enter_async_context(git.start("cat-file", "--batch"))
        assert process.stdin is not None  # noqa: S101 - all three are pipes, see Git.start
        assert process.stdout is not None  # noqa: S101
        process.stdin.write(blob.encode() + b"\n")
        await process.stdin.drain()
        header = (await process.stdout.readline()).split()
        if len(header) != 3 or header[1] != b"blob":
            raise CorruptDataError(f"The repository does not hold the blob {blob}.")
        left = int(header[2])
        while left:
            piece = await process.stdout.read(min(left, _PIECE))
            if not piece:
                raise CorruptDataError(f"The blob {blob} cannot be read to its end.")
            spool.write(piece)
            left -= len(piece)
        await process.stdout.readexactly(1)
