"""What a vector store holds and how far each document is: ledger rows beside what waits to be taken in."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from kvasir.errors import NotFoundError
from kvasir.ingestion.uploads import Attachment
from kvasir.ports.documents import (
    Document,
    Generation,
    GenerationState,
    IndexedDocument,
    IndexOutcome,
    IndexState,
    Snapshot,
    document_id,
)
from kvasir.ports.filters import Attributes
from kvasir.rag.engine import KnowledgeBaseEntry
from kvasir_services.gateway.file_ids import file_id
from kvasir_services.gateway.runtime import Call

_PAGE: Final = 1000

Status = Literal["in_progress", "completed", "failed"]


@dataclass(frozen=True, slots=True)
class StoreFile:
    """A document as clients see it. `reason` and `message` tell why one failed."""

    id: str
    filename: str
    source: str
    size: int
    created: int
    status: Status
    attributes: Attributes
    reason: str = ""
    message: str = ""


@dataclass(frozen=True, slots=True)
class _Index:
    """Where outcomes are looked up: the head's generation, or the first one while it is being built."""

    head: Snapshot | None
    generation: Generation | None


class StoreContents:
    """One vector store, as one caller may see it."""

    def __init__(self, call: Call, entry: KnowledgeBaseEntry) -> None:
        self._call = call
        self._entry = entry
        self._stores = call.runtime.stores

    async def all(self) -> Sequence[StoreFile]:
        """Oldest first."""
        index = await self._index()
        waiting = {one.file.id: one for source in self._entry.upload_sources for one in await self._attached(source)}
        files: list[StoreFile] = []
        async for rows in self._rows(index, None):
            live = await self._live(index, [row.document.id for row in rows])
            for row in rows:
                identity = file_id(row.document, self._entry.upload_sources)
                attachment = waiting.pop(identity, None)
                version = live.get(row.document.id)
                files.append(self._file(row.document, row.outcome, version, index, attachment))
        files += [_waiting(one, source) for source, one in self._unseen(waiting)]
        return sorted(files, key=lambda file: (file.created, file.id))

    async def one(self, wanted: str) -> StoreFile:
        """NotFoundError for what is not in this store, or not for this caller to see."""
        for identity in await self._candidates(wanted):
            document = await self._document(identity)
            if document is not None and file_id(document, self._entry.upload_sources) == wanted:
                return await self._described(document)
        for source in self._entry.upload_sources:
            for attachment in await self._attached(source):
                if attachment.file.id == wanted:
                    return _waiting(attachment, source)
        raise NotFoundError(f"There is no file {wanted[:64]!r} in vector store {self._entry.name!r}.")

    async def _candidates(self, wanted: str) -> Sequence[str]:
        if wanted.startswith("doc-"):
            return [wanted]
        file = await self._call.runtime.uploads.get(self._call.principal, wanted, self._call.deadline)
        tenant, name = self._call.principal.tenant, self._entry.name
        return [document_id(tenant, name, source, file.filename) for source in self._entry.upload_sources]

    async def _document(self, identity: str) -> Document | None:
        try:
            return await self._stores.documents.get(
                self._call.principal, self._entry.name, identity, self._call.deadline
            )
        except NotFoundError:
            return None

    async def _described(self, document: Document) -> StoreFile:
        index = await self._index()
        version = (await self._live(index, [document.id])).get(document.id)
        outcome: IndexOutcome | None = None
        if version != document.version:  # the ledger has no lookup of one outcome
            async for rows in self._rows(index, document.source):
                outcome = next((row.outcome for row in rows if row.document.id == document.id), outcome)
        return self._file(document, outcome, version, index, None)

    def _file(
        self,
        document: Document,
        outcome: IndexOutcome | None,
        live: str | None,
        index: _Index,
        attachment: Attachment | None,
    ) -> StoreFile:
        status, reason, message = _status(document, outcome, live, index)
        modified = 0 if document.modified is None else int(document.modified.timestamp())
        return StoreFile(
            id=file_id(document, self._entry.upload_sources),
            filename=document.path,
            source=document.source,
            size=document.size,
            created=modified if attachment is None else attachment.attached,
            status=status,
            attributes=document.attributes,
            reason=reason,
            message=message,
        )

    async def _index(self) -> _Index:
        principal, name, deadline = self._call.principal, self._entry.name, self._call.deadline
        head = await self._stores.generations.head(principal, name, deadline)
        kept = await self._stores.generations.list(principal, name, deadline)
        number = head.generation if head is not None else max((one.number for one in kept), default=0)
        return _Index(head, next((one for one in kept if one.number == number), None))

    async def _rows(self, index: _Index, source: str | None) -> AsyncIterator[Sequence[IndexedDocument]]:
        after: str | None = None
        while True:
            page = await self._stores.documents.list(
                self._call.principal,
                self._entry.name,
                self._call.deadline,
                generation=None if index.generation is None else index.generation.number,
                source=source,
                after=after,
                limit=_PAGE,
            )
            yield page.items
            after = page.after
            if after is None:
                return

    async def _live(self, index: _Index, documents: Sequence[str]) -> Mapping[str, str]:
        """Versions that a search finds now, by document."""
        if index.head is None or not documents:
            return {}
        try:
            live = await self._stores.passages.documents(
                self._call.principal, index.head, documents, self._call.deadline
            )
        except NotFoundError:
            return {}  # a newer head has taken over: the next look sees it
        return {name: document.version for name, document in live.items()}

    async def _attached(self, source: str) -> Sequence[Attachment]:
        return await self._call.runtime.uploads.attachments(
            self._call.principal, self._entry.name, source, self._call.deadline
        )

    def _unseen(self, waiting: Mapping[str, Attachment]) -> Sequence[tuple[str, Attachment]]:
        return [(self._entry.upload_sources[0], one) for one in waiting.values()]


def _status(
    document: Document, outcome: IndexOutcome | None, live: str | None, index: _Index
) -> tuple[Status, str, str]:
    if live == document.version:
        return "completed", "", ""
    if outcome is not None and outcome.state is IndexState.QUARANTINED:
        return "failed", outcome.reason, outcome.message
    generation = index.generation
    if index.head is None and generation is not None and generation.state is GenerationState.FAILED:
        return "failed", generation.reason, generation.message
    return "in_progress", "", ""


def _waiting(attachment: Attachment, source: str) -> StoreFile:
    file = attachment.file
    return StoreFile(
        file.id, file.filename, source, file.bytes, attachment.attached, "in_progress", attachment.attributes
    )
