"""Files below a folder: a mounted claim on a cluster, a local folder in the embedded world."""

import asyncio
import os
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from stat import S_ISREG
from typing import Final

from wcmatch import glob

from kvasir.errors import ExhaustedError, NotFoundError, UnavailableError
from kvasir.ports.deadline import Deadline
from kvasir.ports.principal import Access
from kvasir.ports.sources import Fetched, SourceItem

_FLAGS: Final = glob.GLOBSTAR | glob.DOTGLOB


@dataclass(frozen=True, slots=True)
class VolumeSource:
    """Regular files, selected by globs over their path relative to the folder.

    Symbolic links are followed only to targets inside `boundary`, the root of the volume. Hidden files and folders
    are left out unless an include names them.

    Attributes:
        folder: where to look; `boundary` itself or below it.
        include, exclude: globs with `**`; no include means everything.
        max_bytes: of one file.
    """

    name: str
    folder: Path
    boundary: Path
    include: Sequence[str] = ()
    exclude: Sequence[str] = ()
    access: Access = None
    max_bytes: int = 512 << 20

    async def list(self, known: Mapping[str, Mapping[str, str]], deadline: Deadline) -> AsyncIterator[SourceItem]:  # noqa: ARG002 - the port's signature
        for item in await asyncio.to_thread(lambda: sorted(self._walk(), key=lambda one: one.path)):
            deadline.check(f"listing {self.name}")
            yield item

    async def fetch(self, item: SourceItem, deadline: Deadline) -> Fetched:
        deadline.check(f"reading {item.path}")
        return Fetched(item, await asyncio.to_thread(self._read, item))

    async def close(self) -> None:
        """Nothing to release."""

    def _walk(self) -> Iterator[SourceItem]:
        boundary = self.boundary.resolve()
        if not self._inside(self.folder, boundary) or not self.folder.is_dir():
            raise NotFoundError(f"The folder of source {self.name} does not exist in its volume: {self.folder.name}.")
        for directory, folders, files in os.walk(self.folder, onerror=_raise):
            folders.sort()
            for file in files:
                path = Path(directory, file)
                relative = path.relative_to(self.folder).as_posix()
                if self._selected(relative) and self._inside(path, boundary):
                    item = self._item(path, relative)
                    if item is not None:
                        yield item

    def _selected(self, relative: str) -> bool:
        if self.include:
            chosen = glob.globmatch(relative, list(self.include), flags=_FLAGS)
        else:
            chosen = not any(part.startswith(".") for part in relative.split("/"))
        return chosen and not glob.globmatch(relative, list(self.exclude), flags=_FLAGS)

    @staticmethod
    def _inside(path: Path, boundary: Path) -> bool:
        return path.resolve().is_relative_to(boundary)

    def _item(self, path: Path, relative: str) -> SourceItem | None:
        try:
            status = path.stat()
        except FileNotFoundError:
            return None
        if not S_ISREG(status.st_mode):
            return None
        # The change time is set by the kernel: an edit that keeps size and modification time is still seen.
        validators = {"size": str(status.st_size), "mtime": str(status.st_mtime_ns), "ctime": str(status.st_ctime_ns)}
        modified = datetime.fromtimestamp(status.st_mtime, UTC)
        return SourceItem(path=relative, validators=validators, access=self.access, modified=modified)

    def _read(self, item: SourceItem) -> bytes:
        path = self.folder / item.path
        try:
            if not self._inside(path, self.boundary.resolve()):
                raise NotFoundError(f"{item.path} leads out of its volume.")
            if path.stat().st_size > self.max_bytes:
                raise ExhaustedError(f"{item.path} is larger than {self.max_bytes >> 20} MiB.")
            return path.read_bytes()
        except FileNotFoundError:
            raise NotFoundError(f"{item.path} is gone.") from None
        except OSError as error:
            raise UnavailableError(f"{item.path} cannot be read: {error.strerror}.") from error


def _raise(error: OSError) -> None:
    raise UnavailableError(f"{error.filename} cannot be listed: {error.strerror}.") from error
