"""What a vector store holds and how far each document is: ledger rows beside what waits to be taken in."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from kvasir.errors import NotFoundError
from kvasir.ingestion.uploads import Attachment
from kvasir.ports.documents import (
    Counts,
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
from kvasir.ports.principal import Principal
from kvasir.rag.engine import KnowledgeBaseEntry
from kvasir_services.gateway.file_ids import checked_file_id, file_id
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
class StoreCounts:
    """Files of a vector store by their status; `size` is their bytes."""

    total: int
    completed: int
    failed: int
    size: int
    ready: bool
    """Whether anything was ever published."""

    @property
    def in_progress(self) -> int:
        return self.total - self.completed - self.failed


@dataclass(frozen=True, slots=True)
class _Attached:
    source: str
    attachment: Attachment


class StoreContents:
    """One vector store, as one caller may see it.

    Whoever may attach files may know how far they are, even where only others may read them then.
    """

    def __init__(self, call: Call, entry: KnowledgeBaseEntry) -> None:
        self._call = call
        self._entry = entry
        self._uploads = Principal.system(call.principal.tenant, "uploads")

    async def all(self) -> Sequence[StoreFile]:
        """Oldest first."""
        index = await self._index(self._call.principal)
        waiting = await self._attached()
        files: list[StoreFile] = []
        async for rows in index.rows(None):
            live = await index.live([row.document.id for row in rows])
            for row in rows:
                attached = waiting.pop(file_id(row.document, self._entry.upload_sources), None)
                files.append(self._file(row, live.get(row.document.id), index, attached))
        files += [await self._uploaded(one.attachment.file.id, one) for one in waiting.values()]
        return sorted(files, key=lambda file: (file.created, file.id))

    async def counts(self) -> StoreCounts:
        """As many as `all` has of each, added up by the ledger; what is uploaded alone is looked at one by one."""
        index = await self._index(self._call.principal)
        counted = await index.count()
        failed = counted.documents - counted.live if index.broken else counted.quarantined
        waiting = await self._waiting(index)
        return StoreCounts(
            total=counted.documents + len(waiting),
            completed=counted.live + sum(file.status == "completed" for file in waiting),
            failed=failed + sum(file.status == "failed" for file in waiting),
            size=counted.size + sum(file.size for file in waiting),
            ready=index.head is not None,
        )

    async def _waiting(self, index: "_Index") -> Sequence[StoreFile]:
        """Attached files that the ledger does not show to the caller: too new, or for others to read."""
        waiting = await self._attached()
        for source in self._entry.upload_sources if waiting else ():
            async for rows in index.rows(source):
                for row in rows:
                    waiting.pop(file_id(row.document, self._entry.upload_sources), None)
        return [await self._uploaded(one.attachment.file.id, one) for one in waiting.values()]

    async def one(self, wanted: str) -> StoreFile:
        """NotFoundError for what is not in this store, or not for this caller to see."""
        if wanted.startswith("doc-"):
            index = await self._index(self._call.principal)
            document = await index.document(wanted)
            if document is not None and file_id(document, self._entry.upload_sources) == wanted:
                return self._file(*await index.state(document), index, None)
            raise self._unknown(wanted)
        return await self._uploaded(checked_file_id(wanted), (await self._attached()).get(wanted))

    async def _uploaded(self, wanted: str, attached: _Attached | None) -> StoreFile:
        """A detached file is here until the next run has taken it out."""
        file = await self._call.runtime.uploads.get(self._call.principal, wanted, self._call.deadline)
        index = await self._index(self._uploads)
        for source in self._entry.upload_sources:
            identity = document_id(self._uploads.tenant, self._entry.name, source, file.filename)
            document = await index.document(identity)
            if document is not None and file_id(document, self._entry.upload_sources) == wanted:
                return self._file(*await index.state(document), index, attached)
        if attached is None:
            raise self._unknown(wanted)
        since, attributes = attached.attachment.attached, attached.attachment.attributes
        return StoreFile(wanted, file.filename, attached.source, file.bytes, since, "in_progress", attributes)

    def _file(self, row: IndexedDocument, live: str | None, index: "_Index", attached: _Attached | None) -> StoreFile:
        document = row.document
        status, reason, message = index.status(row, live)
        modified = 0 if document.modified is None else int(document.modified.timestamp())
        return StoreFile(
            id=file_id(document, self._entry.upload_sources),
            filename=document.path,
            source=document.source,
            size=document.size,
            created=modified if attached is None else attached.attachment.attached,
            status=status,
            attributes=document.attributes,
            reason=reason,
            message=message,
        )

    async def _attached(self) -> dict[str, _Attached]:
        call, name = self._call, self._entry.name
        return {
            one.file.id: _Attached(source, one)
            for source in self._entry.upload_sources
            for one in await call.runtime.uploads.attachments(call.principal, name, source, call.deadline)
        }

    async def _index(self, principal: Principal) -> "_Index":
        generations, deadline = self._call.runtime.stores.generations, self._call.deadline
        head = await generations.head(principal, self._entry.name, deadline)
        kept = await generations.list(principal, self._entry.name, deadline)
        number = head.generation if head is not None else max((one.number for one in kept), default=0)
        return _Index(
            self._call, principal, self._entry.name, head, next((g for g in kept if g.number == number), None)
        )

    def _unknown(self, wanted: str) -> NotFoundError:
        return NotFoundError(f"There is no file {wanted[:64]!r} in vector store {self._entry.name!r}.")


@dataclass(frozen=True, slots=True)
class _Index:
    """Where outcomes are looked up: the head's generation, or the newest while the first is being built."""

    call: Call
    principal: Principal
    knowledge_base: str
    head: Snapshot | None
    generation: Generation | None

    @property
    def broken(self) -> bool:
        """Nothing was published, and the newest attempt failed as a whole."""
        return self.head is None and self.generation is not None and self.generation.state is GenerationState.FAILED

    async def count(self) -> Counts:
        number = 0 if self.generation is None else self.generation.number
        documents = self.call.runtime.stores.documents
        return await documents.count(self.principal, self.knowledge_base, number, self.call.deadline)

    async def rows(self, source: str | None) -> AsyncIterator[Sequence[IndexedDocument]]:
        after: str | None = None
        while True:
            page = await self.call.runtime.stores.documents.list(
                self.principal,
                self.knowledge_base,
                self.call.deadline,
                generation=None if self.generation is None else self.generation.number,
                source=source,
                after=after,
                limit=_PAGE,
            )
            yield page.items
            after = page.after
            if after is None:
                return

    async def document(self, identity: str) -> Document | None:
        documents = self.call.runtime.stores.documents
        try:
            return await documents.get(self.principal, self.knowledge_base, identity, self.call.deadline)
        except NotFoundError:
            return None

    async def live(self, documents: Sequence[str]) -> Mapping[str, str]:
        """Versions that a search finds now, by document."""
        if self.head is None or not documents:
            return {}
        passages = self.call.runtime.stores.passages
        try:
            live = await passages.documents(self.principal, self.head, documents, self.call.deadline)
        except NotFoundError:
            return {}  # a newer head has taken over: the next look sees it
        return {name: document.version for name, document in live.items()}

    async def state(self, document: Document) -> tuple[IndexedDocument, str | None]:
        """A document with its outcome, which is looked for only where the document cannot be found yet."""
        version = (await self.live([document.id])).get(document.id)
        outcome: IndexOutcome | None = None
        if version != document.version:
            async for rows in self.rows(document.source):
                outcome = next((row.outcome for row in rows if row.document.id == document.id), outcome)
        return IndexedDocument(document, outcome), version

    def status(self, row: IndexedDocument, live: str | None) -> tuple[Status, str, str]:
        """With reason and message of a failure."""
        if live == row.document.version:
            return "completed", "", ""
        if row.outcome is not None and row.outcome.state is IndexState.QUARANTINED:
            return "failed", row.outcome.reason, row.outcome.message
        if self.generation is not None and self.broken:
            return "failed", self.generation.reason, self.generation.message
        return "in_progress", "", ""
