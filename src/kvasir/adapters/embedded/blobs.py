"""`ports.blobs.Blobs` over a folder that several processes share."""

import asyncio
import contextlib
import os
import time
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from pathlib import Path
from typing import Final

from kvasir.adapters.embedded import blob_files
from kvasir.adapters.embedded.blob_files import PIECE, Incoming, Outgoing
from kvasir.adapters.embedded.blob_names import checked, file_of, folder_of, is_blob, is_continued, segment_of
from kvasir.adapters.embedded.cursors import checked_limit, cursor, position
from kvasir.durable_files import translated_os_errors
from kvasir.errors import DeadlineExceededError, NotFoundError
from kvasir.ports.blobs import Blob
from kvasir.ports.deadline import Deadline
from kvasir.ports.paging import Page
from kvasir.ports.principal import Principal

_INCOMING: Final = ".incoming"
"""No tenant's folder begins with a dot: see `blob_names`."""

_ABANDONED_SECONDS: Final = 3600.0
"""A temporary file that nobody wrote to for so long was left by a killed process."""


class FolderBlobs:
    """Implements `Blobs`. Durable when `put` returns: file and folder are synced."""

    def __init__(self, directory: Path) -> None:
        """Opens or creates the folder, and removes what killed processes left half written."""
        self._root = directory
        self._incoming = directory / _INCOMING
        with translated_os_errors(directory):
            self._incoming.mkdir(parents=True, exist_ok=True)
            for left in self._incoming.iterdir():
                with contextlib.suppress(FileNotFoundError):  # another process is cleaning up, too
                    if time.time() - left.stat().st_mtime > _ABANDONED_SECONDS:
                        left.unlink()

    async def put(
        self, principal: Principal, key: str, content: bytes | AsyncIterator[bytes], deadline: Deadline
    ) -> Blob:
        target = file_of(self._tenant(principal), checked(key))
        deadline.check(f"storing {key!r}")
        incoming = Incoming(self._incoming, target, key)
        timeout = asyncio.timeout(deadline.remaining())
        try:
            async with timeout, contextlib.aclosing(_pieces(content)) as pieces:
                async for piece in pieces:
                    await asyncio.to_thread(incoming.write, piece)
                await asyncio.to_thread(incoming.commit)
        except TimeoutError:
            if not timeout.expired():
                raise
        finally:
            if incoming.blob is None:
                await asyncio.to_thread(incoming.discard)
        if incoming.blob is None:
            raise DeadlineExceededError(f"The deadline passed while storing {key!r}.")
        return incoming.blob

    async def get(self, principal: Principal, key: str, deadline: Deadline) -> bytes:
        path = file_of(self._tenant(principal), checked(key))
        deadline.check(f"reading {key!r}")
        return await deadline.bound(asyncio.to_thread(blob_files.read, path, key), f"reading {key!r}")

    async def stream(
        self, principal: Principal, key: str, deadline: Deadline, *, each: float | None = None
    ) -> AsyncIterator[bytes]:
        outgoing = Outgoing(file_of(self._tenant(principal), checked(key)), key)
        deadline.check(f"reading {key!r}")
        try:
            while piece := await deadline.bound(asyncio.to_thread(outgoing.read), f"reading {key!r}"):
                yield piece
                deadline = deadline if each is None else Deadline.after(each)
        finally:
            await asyncio.to_thread(outgoing.close)

    async def head(self, principal: Principal, key: str, deadline: Deadline) -> Blob:
        path = file_of(self._tenant(principal), checked(key))
        deadline.check(f"looking for {key!r}")
        return await deadline.bound(asyncio.to_thread(blob_files.head, path, key), f"looking for {key!r}")

    async def list(
        self, principal: Principal, prefix: str, deadline: Deadline, *, after: str | None = None, limit: int = 1000
    ) -> Page[Blob]:
        last = "" if after is None else position(after, 1)[0]
        tenant = self._tenant(principal)
        deadline.check(f"listing {prefix!r}")
        work = asyncio.to_thread(_page, tenant, prefix, last, checked_limit(limit), deadline)
        return await deadline.bound(work, f"listing {prefix!r}")

    async def delete(self, principal: Principal, key: str, deadline: Deadline) -> None:
        path = file_of(self._tenant(principal), checked(key))
        deadline.check(f"deleting {key!r}")
        await asyncio.to_thread(blob_files.delete, path, self._root)

    def _tenant(self, principal: Principal) -> Path:
        return folder_of(self._root, [principal.tenant])


async def _pieces(content: bytes | AsyncIterator[bytes]) -> AsyncGenerator[bytes]:
    """Pieces of at least a mebibyte, but for the last: a thread is not worth its switch for less."""
    if isinstance(content, bytes):
        yield content
        return
    waiting = bytearray()
    async for piece in content:
        waiting += piece
        if len(waiting) >= PIECE:
            yield bytes(waiting)
            waiting.clear()
    yield bytes(waiting)


def _page(tenant: Path, prefix: str, last: str, limit: int, deadline: Deadline) -> Page[Blob]:
    items: list[Blob] = []
    segments = prefix.split("/")[:-1]
    above = "".join(f"{segment}/" for segment in segments)
    for key, path in _walk(str(folder_of(tenant, segments)), above, prefix, last):
        deadline.check(f"listing {prefix!r}")
        if len(items) == limit:
            return Page(items, cursor(items[-1].key))
        with contextlib.suppress(NotFoundError):  # deleted since the folder was read
            items.append(blob_files.head(Path(path), key))
    return Page(items)


def _walk(folder: str, above: str, prefix: str, last: str) -> Iterator[tuple[str, str]]:
    """Blobs below a folder in the code point order of their keys, beginning after `last`."""
    for name, path in sorted(_entries(folder)):
        key = above + name
        if not key.endswith("/"):
            if key > last and key.startswith(prefix):
                yield key, path
        elif (key > last or last.startswith(key)) and (key.startswith(prefix) or prefix.startswith(key)):
            yield from _walk(path, key, prefix, last)


def _entries(folder: str, pieces: str = "") -> Iterator[tuple[str, str]]:
    """Segments with where they are; a folder's end in `/`, which puts them where their keys belong in the order."""
    try:
        with os.scandir(folder) as found:
            names = [entry.name for entry in found]
    except (FileNotFoundError, NotADirectoryError):
        return
    for name in names:
        path = f"{folder}/{name}"
        if is_continued(name):
            yield from _entries(path, pieces + name)
        else:
            yield segment_of(pieces + name) + ("" if is_blob(name) else "/"), path
