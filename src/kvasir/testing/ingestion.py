"""A bench to run ingestion on: one knowledge base over real stores, with sources that tests write and break."""

import base64
import pickle
import tempfile
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from kvasir.adapters.parsers.reader import read_document
from kvasir.adapters.parsers.worker import read
from kvasir.errors import KvasirError
from kvasir.ingestion.progress import Progress
from kvasir.ingestion.run import RunReport, RunRequest, run
from kvasir.ingestion.workbench import IndexTools, IngestionLimits, Stores, Workbench
from kvasir.ports.deadline import Deadline
from kvasir.ports.documents import IndexedDocument, Snapshot
from kvasir.ports.passages import EmbeddedPassage
from kvasir.ports.principal import Access, Principal
from kvasir.ports.reading import DocumentReader, ReadDocument, Splitter
from kvasir.ports.sources import Fetched, Source, SourceItem
from kvasir.rag.splitting import StructureSplitter
from kvasir.testing.builders import KNOWLEDGE_BASE, soon, system

SETTINGS: Final = '{"size":200}'
OTHER_SETTINGS: Final = '{"size":90}'


class DirectReader:
    """Reads documents in this process: fast, and without limits."""

    fingerprint = "direct"

    @asynccontextmanager
    async def read(
        self, original: Path, media_type: str, path: str, splitter: Splitter, deadline: Deadline
    ) -> AsyncGenerator[ReadDocument]:
        deadline.check(f"reading {path}")
        with tempfile.TemporaryDirectory() as folder:
            job = {
                "original": str(original),
                "media_type": media_type,
                "path": path,
                "splitter": base64.b64encode(pickle.dumps(splitter)).decode(),
                "folder": folder,
            }
            yield read_document(read(job), Path(folder))

    async def close(self) -> None:
        """Nothing to release."""


@dataclass(slots=True)
class ScriptedSource:
    """A source whose content and failures stand in its attributes.

    Attributes:
        content: bytes by path, or the error that fetching raises.
        access: by path; others are for the whole tenant.
        fails: raised at the end of the listing, which is then incomplete.
        without_validators: the source cannot tell what changed.
        fetched: paths, in the order in which they were asked for.
    """

    name: str = "files"
    content: dict[str, bytes | KvasirError] = field(default_factory=dict[str, bytes | KvasirError])
    access: dict[str, Access] = field(default_factory=dict[str, Access])
    fails: KvasirError | None = None
    without_validators: bool = False
    fetched: list[str] = field(default_factory=list[str])

    async def list(self, known: Mapping[str, Mapping[str, str]], deadline: Deadline) -> AsyncIterator[SourceItem]:
        deadline.check(f"listing {len(known)} known items")
        for path, content in sorted(self.content.items()):
            validators = {} if self.without_validators else {"tag": str(hash(content))}
            yield SourceItem(path, validators, access=self.access.get(path))
        if self.fails is not None:
            raise self.fails

    async def fetch(self, item: SourceItem, deadline: Deadline) -> Fetched:
        deadline.check(f"reading {item.path}")
        self.fetched.append(item.path)
        content = self.content[item.path]
        if isinstance(content, KvasirError):
            raise content
        return Fetched(item, content)

    async def close(self) -> None:
        """Nothing to release."""


def tools(settings: str) -> IndexTools:
    """Of `{"size": N}`: passages of that length, without vectors."""
    size = int(settings.removeprefix('{"size":').removesuffix("}"))
    return IndexTools(StructureSplitter(size, size // 10), None)


@dataclass(slots=True)
class Bench:
    """One knowledge base.

    Attributes:
        tools: of a generation's settings.
        failures: what the verification of the next snapshot says.
        verified: snapshots that were verified.
    """

    stores: Stores
    scratch: Path
    source: ScriptedSource = field(default_factory=ScriptedSource)
    principal: Principal = field(default_factory=system)
    reader: DocumentReader = field(default_factory=DirectReader)
    limits: IngestionLimits = field(default_factory=IngestionLimits)
    tools: Callable[[str], IndexTools] = tools
    progress: Progress = field(default_factory=Progress)
    failures: Sequence[str] = ()
    verified: list[Snapshot] = field(default_factory=list[Snapshot])
    runs: int = 0

    async def run(
        self, sources: Sequence[Source] | None = None, settings: str = SETTINGS, **options: object
    ) -> RunReport:
        """One run, with fresh progress numbers."""
        self.runs += 1
        self.progress.counts.clear()
        chosen: Sequence[Source] = [self.source] if sources is None else sources
        request = RunRequest(f"run-{self.runs}", chosen, settings, **options)  # type: ignore[arg-type]
        return await run(self.workbench(), request)

    def workbench(self) -> Workbench:
        async def verify(snapshot: Snapshot) -> Sequence[str]:
            self.verified.append(snapshot)
            return self.failures

        return Workbench(
            self.principal,
            KNOWLEDGE_BASE,
            self.stores,
            self.reader,
            self.tools,
            verify,
            self.scratch,
            self.progress,
            self.limits,
        )

    async def head(self) -> Snapshot:
        found = await self.stores.generations.head(self.principal, KNOWLEDGE_BASE, soon())
        assert found is not None, "nothing was published"
        return found

    async def passages(
        self, snapshot: Snapshot | None = None, principal: Principal | None = None
    ) -> list[EmbeddedPassage]:
        """Everything that a snapshot shows, by id."""
        chosen = snapshot or await self.head()
        found: list[EmbeddedPassage] = []
        after: str | None = None
        while True:
            page = await self.stores.passages.scan(principal or self.principal, chosen, soon(), after=after)
            found += page.items
            after = page.after
            if after is None:
                return found

    async def texts(self, snapshot: Snapshot | None = None, principal: Principal | None = None) -> dict[str, str]:
        """Passages by the path of their document, joined by a bar."""
        chosen = snapshot or await self.head()
        reader = principal or self.principal
        found: dict[str, list[str]] = {}
        for one in await self.passages(chosen, reader):
            found.setdefault(one.passage.id.document, []).append(one.passage.text)
        documents = await self.stores.passages.documents(reader, chosen, list(found), soon())
        return {documents[identity].path: "|".join(parts) for identity, parts in found.items()}

    async def documents(self, generation: int | None = None) -> dict[str, IndexedDocument]:
        """Rows of the ledger by path."""
        rows: dict[str, IndexedDocument] = {}
        after: str | None = None
        while True:
            page = await self.stores.documents.list(
                self.principal, KNOWLEDGE_BASE, soon(), generation=generation, after=after, limit=500
            )
            rows |= {row.document.path: row for row in page.items}
            after = page.after
            if after is None:
                return rows

    async def blobs(self) -> list[str]:
        """Keys of all blobs."""
        page = await self.stores.blobs.list(self.principal, "", soon())
        return [blob.key for blob in page.items]
