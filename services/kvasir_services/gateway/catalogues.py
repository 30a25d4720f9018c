"""What each tenant serves, read from its file of resources and read again when the file changes."""

import asyncio
import os
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Protocol

from kvasir.durable_files import translated_os_errors
from kvasir.errors import NotFoundError, StorageUnavailableError, UnavailableError
from kvasir.ports.principal import Access
from kvasir.rag.engine import Catalogue
from kvasir.resources import KnowledgeBase, Secret
from kvasir.resources.loader import load_paths
from kvasir.telemetry import logger
from kvasir.wiring import ChatModels, NetworkPolicy, catalogue_of, readers

_LOG = logger("gateway")
_CHECK_SECONDS: Final = 0.25
_NAME: Final = re.compile(r"[a-z]([-a-z0-9]{0,61}[a-z0-9])?", re.ASCII)
"""A tenant's name becomes a file name here, so nothing else may pass."""

_Stamp = tuple[int, int, int]


class Catalogues(Protocol):
    """Catalogues of all tenants. A request takes one and keeps it to its end."""

    async def of(self, tenant: str) -> Catalogue:
        """NotFoundError for an unknown tenant, UnavailableError when nothing readable was ever there."""
        ...

    def secrets(self, tenant: str) -> Mapping[str, Secret]:
        """The tenant's Secrets by name, as they were when its catalogue was read last."""
        ...

    def access(self, tenant: str) -> Mapping[tuple[str, str], Access]:
        """Who may read by knowledge base and source, unless a document says otherwise; as read last."""
        ...

    async def check(self) -> None:
        """UnavailableError when the catalogues cannot be read."""
        ...


@dataclass(frozen=True, slots=True)
class _Entry:
    """`stamp` is of the file that was looked at last, `catalogue` of the last one without faults."""

    stamp: _Stamp
    catalogue: Catalogue | None
    secrets: Mapping[str, Secret]
    checked: float
    access: Mapping[tuple[str, str], Access] = field(default_factory=dict[tuple[str, str], Access])


class CatalogueFiles:
    """`TENANT.yaml` files in a folder, replaced whole by whoever writes them."""

    def __init__(
        self, folder: Path, network: NetworkPolicy | None = None, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """`network` is what chat models may be asked at."""
        self._folder = folder
        self._clock = clock
        self._entries: dict[str, _Entry] = {}
        self._reading: dict[str, asyncio.Lock] = {}
        self._models = ChatModels(network)

    async def of(self, tenant: str) -> Catalogue:
        entry = self._entries.get(tenant)
        if entry is None or self._clock() - entry.checked >= _CHECK_SECONDS:
            entry = await self._refreshed(tenant, entry)
        if entry.catalogue is None:
            raise UnavailableError(f"The resources of tenant {tenant!r} have faults; the log names them.")
        return entry.catalogue

    def access(self, tenant: str) -> Mapping[tuple[str, str], Access]:
        entry = self._entries.get(tenant)
        return {} if entry is None else entry.access

    def secrets(self, tenant: str) -> Mapping[str, Secret]:
        entry = self._entries.get(tenant)
        return {} if entry is None else entry.secrets

    async def check(self) -> None:
        def look() -> None:
            with translated_os_errors(self._folder), os.scandir(self._folder):
                pass

        await asyncio.to_thread(look)

    async def _refreshed(self, tenant: str, before: _Entry | None) -> _Entry:
        """One task per tenant looks at the file; the others go on with what they have."""
        if not _NAME.fullmatch(tenant):
            raise _unknown(tenant)
        lock = self._reading.get(tenant)
        if lock is not None and before is not None:
            return before
        lock = self._reading.setdefault(tenant, asyncio.Lock())
        try:
            async with lock:
                now = self._entries.get(tenant)
                if now is before:
                    now = await asyncio.to_thread(self._look, tenant, before)
                return self._take(tenant, now)
        finally:
            self._reading.pop(tenant, None)

    def _take(self, tenant: str, entry: _Entry | None) -> _Entry:
        if entry is None:
            self._entries.pop(tenant, None)
            raise _unknown(tenant)
        self._entries[tenant] = entry
        return entry

    def _look(self, tenant: str, before: _Entry | None) -> _Entry | None:
        path, now = self._folder / f"{tenant}.yaml", self._clock()
        try:
            found = path.stat()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise StorageUnavailableError(f"{path} cannot be read: {error.strerror}.") from error
        stamp = (found.st_mtime_ns, found.st_size, found.st_ino)
        last = before or _Entry(stamp, None, {}, now)
        if before is not None and before.stamp == stamp:
            return replace(before, checked=now)
        result = load_paths([path])
        for problem in result.problems:
            _LOG.error("%s", problem)
        if result.problems:
            return replace(last, stamp=stamp, checked=now)
        mine = {one.name: one for one in result.resources if isinstance(one, Secret) and one.namespace == tenant}
        bases = [one for one in result.resources if isinstance(one, KnowledgeBase) and one.namespace == tenant]
        access = {
            (base.name, source.name): readers(source.access or base.spec.access)
            for base in bases
            for source in base.spec.sources
        }
        found_catalogue = catalogue_of(tenant, result.resources, datetime.now(UTC), self._models)
        return _Entry(stamp, found_catalogue, mine, now, access)


def _unknown(tenant: str) -> NotFoundError:
    return NotFoundError(f"There is no tenant {tenant[:64]!r}.")
