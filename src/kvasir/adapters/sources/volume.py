"""Files below a folder: a mounted claim on a cluster, a local folder in the embedded world."""

import asyncio
import os
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from stat import S_ISREG
from typing import BinaryIO, Final

from kvasir.adapters.sources.selection import Selection
from kvasir.errors import ExhaustedError, InvalidInputError, NotFoundError, UnavailableError
from kvasir.ports.deadline import Deadline
from kvasir.ports.principal import Access
from kvasir.ports.sources import Fetched, SourceItem

_PIECE: Final = 1 << 20
_OPEN_FILES: Final = Path("/proc/self/fd")


@dataclass(frozen=True, slots=True)
class VolumeSource:
    """Regular files, selected by globs over their path relative to the folder.

    Symbolic links to files are followed only to targets inside `boundary`, the root of the volume; links to folders are
    not followed. Hidden files and folders are left out unless an include names them.

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
        file = await asyncio.to_thread(self._open, item.path)
        if os.fstat(file.fileno()).st_size > _PIECE:
            return Fetched(item, self._pieces(file, item.path))
        with file:
            return Fetched(item, await asyncio.to_thread(file.read))

    async def close(self) -> None:
        """Nothing to release."""

    def _walk(self) -> Iterator[SourceItem]:
        boundary = self.boundary.resolve()
        if not self._inside(self.folder, boundary) or not self.folder.is_dir():
            raise NotFoundError(f"The folder of source {self.name} does not exist in its volume: {self.folder.name}.")
        selection = Selection(self.include, self.exclude)
        for directory, folders, files in os.walk(self.folder, onerror=_raise):
            folders.sort()
            for file in files:
                path = Path(directory, file)
                relative = _readable(path.relative_to(self.folder).as_posix())
                if selection.takes(relative) and self._inside(path, boundary):
                    item = self._item(path, relative)
                    if item is not None:
                        yield item

    @staticmethod
    def _inside(path: Path, boundary: Path) -> bool:
        # Unlike Path.resolve, realpath takes a loop of links for a plain name.
        return Path(os.path.realpath(path)).is_relative_to(boundary)

    def _item(self, path: Path, relative: str) -> SourceItem | None:
        try:
            status = path.stat()
        except OSError:
            return None  # gone again, or a link to nowhere
        if not S_ISREG(status.st_mode):
            return None
        # The change time is set by the kernel: an edit that keeps size and modification time is still seen.
        validators = {"size": str(status.st_size), "mtime": str(status.st_mtime_ns), "ctime": str(status.st_ctime_ns)}
        modified = datetime.fromtimestamp(status.st_mtime, UTC)
        return SourceItem(path=relative, validators=validators, access=self.access, modified=modified)

    def _open(self, path: str) -> BinaryIO:
        """The file, checked after it was opened: what a link pointed to a moment ago proves nothing."""
        if "\ufffd" in path and not (self.folder / path).exists():
            raise InvalidInputError(f"The name of {path} is not UTF-8.", fix="rename the file")
        try:
            # Without O_NONBLOCK, a pipe that took the file's place would be waited for.
            file = os.fdopen(os.open(self.folder / path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb")
        except FileNotFoundError:
            raise NotFoundError(f"{path} is gone.") from None
        except OSError as error:
            raise UnavailableError(f"{path} cannot be read: {error.strerror}.") from error
        with ExitStack() as undo:
            undo.callback(file.close)
            self._check(file, path)
            undo.pop_all()
        return file

    def _check(self, file: BinaryIO, path: str) -> None:
        status = os.fstat(file.fileno())
        opened = _OPEN_FILES / str(file.fileno())
        real = opened if opened.exists() else self.folder / path
        if not S_ISREG(status.st_mode) or not self._inside(real, self.boundary.resolve()):
            raise NotFoundError(f"{path} is no file of its volume.")
        if status.st_size > self.max_bytes:
            raise ExhaustedError(f"{path} is larger than {self.max_bytes:,} bytes.")

    async def _pieces(self, file: BinaryIO, path: str) -> AsyncIterator[bytes]:
        with file:
            left = self.max_bytes
            while piece := await asyncio.to_thread(_read, file, path):
                left -= len(piece)
                if left < 0:
                    raise ExhaustedError(f"{path} grew beyond {self.max_bytes:,} bytes while it was read.")
                yield piece


def _read(file: BinaryIO, path: str) -> bytes:
    try:
        return file.read(_PIECE)
    except OSError as error:
        raise UnavailableError(f"{path} cannot be read: {error.strerror}.") from error


def _readable(name: str) -> str:
    """A name that is not UTF-8 with marks in the place of its stray bytes: it is listed, and refused when fetched."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _raise(error: OSError) -> None:
    raise UnavailableError(f"{error.filename} cannot be listed: {error.strerror}.") from error
