"""The passage store in files: staged writes, immutable segments, one manifest per revision.

One process writes (the holder of the data directory's lock); any number of processes read.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from itertools import islice
from pathlib import Path
from threading import Lock
from typing import Final, TypeVar

from kvasir.adapters.embedded.segments import Segment
from kvasir.adapters.embedded.segments_folder import GenerationFolder
from kvasir.adapters.embedded.segments_manifest import read_manifest
from kvasir.adapters.embedded.segments_snapshot import OpenSnapshot
from kvasir.errors import CorruptDataError, InvalidInputError, NotFoundError
from kvasir.ports.deadline import Deadline
from kvasir.ports.documents import LiveDocument, Snapshot
from kvasir.ports.paging import Page
from kvasir.ports.passages import (
    Ability,
    Candidates,
    EmbeddedPassage,
    Passage,
    PassageId,
    PassageQuery,
)
from kvasir.ports.principal import Principal

T = TypeVar("T")

_OPEN_SNAPSHOTS: Final = 16
_FOLDERS: Final = 1024


class FilePassages:
    """Implements `ports.passages.Passages`; owns both legs.

    Searching runs in a thread of its own, so that it never holds up an event loop.
    """

    abilities = frozenset({Ability.LEXICAL, Ability.DENSE})

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._reading = ThreadPoolExecutor(2, thread_name_prefix="passages-reader")
        self._writing = ThreadPoolExecutor(1, thread_name_prefix="passages-writer")
        self._open: OrderedDict[tuple[Path, int], OpenSnapshot] = OrderedDict()
        self._folders: dict[Path, GenerationFolder] = {}
        self._lock = Lock()
        # Made three times a search otherwise, and paths are slow to make.
        self._folder_of = lru_cache(maxsize=_FOLDERS)(self._make_folder)

    async def write(
        self,
        principal: Principal,
        knowledge_base: str,
        generation: int,
        passages: Sequence[EmbeddedPassage],
        deadline: Deadline,
    ) -> None:
        folder = self._folder(principal, knowledge_base, generation)
        await self._run(self._writing, lambda: self._generation(folder).stage(passages), deadline, "writing passages")

    async def seal(
        self, principal: Principal, snapshot: Snapshot, live: Sequence[LiveDocument], deadline: Deadline
    ) -> None:
        folder = self._folder(principal, snapshot.knowledge_base, snapshot.generation)

        def seal() -> None:
            self._generation(folder).seal(snapshot.revision, live)
            self._forget(folder)

        await self._run(self._writing, seal, deadline, "sealing")

    async def search(
        self, principal: Principal, snapshot: Snapshot, query: PassageQuery, deadline: Deadline
    ) -> Candidates:
        return await self._read(principal, snapshot, lambda opened: opened.search(principal, query), deadline)

    async def fetch(
        self, principal: Principal, snapshot: Snapshot, ids: Sequence[PassageId], deadline: Deadline
    ) -> Sequence[Passage]:
        def read(opened: OpenSnapshot) -> Sequence[Passage]:
            return [place[0].passage(place[1]) for place in opened.rows(principal, ids) if place is not None]

        return await self._read(principal, snapshot, read, deadline)

    async def documents(
        self, principal: Principal, snapshot: Snapshot, ids: Sequence[str], deadline: Deadline
    ) -> Mapping[str, LiveDocument]:
        def read(opened: OpenSnapshot) -> Mapping[str, LiveDocument]:
            return {name: found for name in ids if (found := opened.readable(principal, name)) is not None}

        # The documents of an open snapshot are in memory: a thread would cost more than the look.
        with self._lock:
            opened = self._open.get(
                (self._folder(principal, snapshot.knowledge_base, snapshot.generation), snapshot.revision)
            )
        if opened is not None:
            deadline.check(f"reading {snapshot}")
            return read(opened)
        return await self._read(principal, snapshot, read, deadline)

    async def scan(
        self,
        principal: Principal,
        snapshot: Snapshot,
        deadline: Deadline,
        *,
        after: str | None = None,
        limit: int = 1000,
    ) -> Page[EmbeddedPassage]:
        def read(opened: OpenSnapshot) -> Page[EmbeddedPassage]:
            items = list(islice(_from(opened, principal, after), limit + 1))
            more = len(items) > limit
            return Page(items[:limit], _cursor(items[limit - 1].passage.id) if more else None)

        return await self._read(principal, snapshot, read, deadline)

    async def purge(
        self, principal: Principal, knowledge_base: str, keep: Mapping[int, int], deadline: Deadline
    ) -> None:
        base = self._base(principal.tenant, knowledge_base)

        def purge() -> None:
            for folder in sorted(base.glob("*")):
                generation = int(folder.name)
                if generation in keep:
                    self._generation(folder).purge(keep[generation])
                else:
                    self._generation(folder).remove()
                self._forget(folder)
            if not keep and base.exists():
                base.rmdir()

        await self._run(self._writing, purge, deadline, "purging")

    async def close(self) -> None:
        """Waits for what runs. Idempotent."""
        for pool in (self._writing, self._reading):
            await asyncio.to_thread(pool.shutdown)
        self._open.clear()

    def _folder(self, principal: Principal, knowledge_base: str, generation: int) -> Path:
        return self._folder_of(principal.tenant, knowledge_base, generation)

    def _make_folder(self, tenant: str, knowledge_base: str, generation: int) -> Path:
        return self._base(tenant, knowledge_base) / str(generation)

    def _base(self, tenant: str, knowledge_base: str) -> Path:
        for name in (tenant, knowledge_base):
            if not name or name.startswith(".") or "/" in name:
                raise InvalidInputError(f"{name!r} is not the name of a tenant or knowledge base.")
        return self._directory / tenant / knowledge_base

    def _generation(self, folder: Path) -> GenerationFolder:
        return self._folders.setdefault(folder, GenerationFolder(folder))

    async def _read(
        self, principal: Principal, snapshot: Snapshot, work: Callable[[OpenSnapshot], T], deadline: Deadline
    ) -> T:
        folder = self._folder(principal, snapshot.knowledge_base, snapshot.generation)
        return await self._run(
            self._reading, lambda: work(self._snapshot(folder, snapshot.revision)), deadline, f"reading {snapshot}"
        )

    @staticmethod
    async def _run(pool: ThreadPoolExecutor, work: Callable[[], T], deadline: Deadline, doing: str) -> T:
        deadline.check(doing)

        def checked() -> T:
            deadline.check(doing)
            return work()

        return await deadline.bound(asyncio.get_running_loop().run_in_executor(pool, checked), doing)

    def _snapshot(self, folder: Path, revision: int) -> OpenSnapshot:
        with self._lock:
            opened = self._open.get((folder, revision))
        if opened is None:
            opened = _opened(folder, revision)
            with self._lock:
                self._open[folder, revision] = opened
                while len(self._open) > _OPEN_SNAPSHOTS:
                    self._open.popitem(last=False)
        return opened

    def _forget(self, folder: Path) -> None:
        """Drops open snapshots whose files were replaced; queries that hold one go on with it."""
        with self._lock:
            for key in [key for key in self._open if key[0] == folder]:
                del self._open[key]


def _opened(folder: Path, revision: int) -> OpenSnapshot:
    """Opens a revision. A purge in another process may replace its segments between reading the manifest and opening them."""
    while True:
        manifest = read_manifest(folder, revision)
        try:
            return OpenSnapshot(manifest, [Segment.open(folder / name) for name in manifest.segments])
        except (CorruptDataError, NotFoundError) as error:
            if read_manifest(folder, revision).segments == manifest.segments:
                raise CorruptDataError(f"{error} Ingest the knowledge base again.") from error


def _from(opened: OpenSnapshot, principal: Principal, after: str | None) -> Iterator[EmbeddedPassage]:
    document, _, ordinal = (after or "").rpartition("/")
    for name in sorted(opened.manifest.documents):
        live = opened.readable(principal, name)
        place = None if live is None or name < document else opened.part_of(name, live.version)
        if place is not None:
            segment, rows = place
            first = int(ordinal) + 1 if name == document else 0
            yield from (segment.embedded(row) for row in rows[first:])


def _cursor(identity: PassageId) -> str:
    return f"{identity.document}/{identity.ordinal}"
