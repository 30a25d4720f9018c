"""The documents ledger: what the sources hold, what each index generation made of it, and what is live.

The ledger is the truth about a knowledge base. Its one-row commit (`Generations.publish`) is the moment at which new,
changed and removed documents become visible, all at once.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from kvasir.ports.deadline import Deadline
from kvasir.ports.filters import Attributes
from kvasir.ports.paging import Page
from kvasir.ports.principal import Access, Principal


@dataclass(frozen=True, slots=True)
class Document:
    """One document of a source in the version last seen there.

    Attributes:
        id: deterministic, see `document_id`.
        source: name of the source within its knowledge base.
        path: where the document stands in its source: a file path, a URL, a ConfigMap key.
        version: SHA-256 of the content in hex; equal content is never indexed twice.
        size: bytes.
        media_type: as the source declared or the path implies; parsers decide by it.
        blob: key of the original bytes in the blob store.
        access: who may read it; from the source, front matter or attributes.
        attributes: filterable, at most `filters.MAX_ATTRIBUTES` pairs.
        validators: what the source needs to recognise "unchanged" without fetching (ETag, commit, mtime).
        modified: when the source says that the content changed last.
    """

    id: str
    source: str
    path: str
    version: str
    size: int
    media_type: str
    blob: str
    access: Access = None
    attributes: Attributes = field(default_factory=dict[str, str | float | bool])
    validators: Mapping[str, str] = field(default_factory=dict[str, str])
    modified: datetime | None = None


def document_id(tenant: str, knowledge_base: str, source: str, path: str) -> str:
    """Stable for a place in a source: `doc-` and 128 bits in hex. The content's identity is the version."""
    place = f"{tenant}\x1f{knowledge_base}\x1f{source}\x1f{path}".encode("utf-8", "surrogatepass")
    return "doc-" + hashlib.blake2b(place, digest_size=16).hexdigest()


class IndexState(StrEnum):
    """How far a document version got in one generation."""

    WRITTEN = "Written"
    QUARANTINED = "Quarantined"


@dataclass(frozen=True, slots=True)
class IndexOutcome:
    """What became of one document version in one generation.

    Attributes:
        passages: how many were written.
        reason: CamelCase word for a quarantined document (`ParserTimeout`, `Encrypted`), else empty.
        message: the sentence for a human, naming the fix.
        title: the document's own title, for citations.
        attributes: found in the content (front matter); the ledger merges them under the source's own.
        access: found in the content (front matter); used only where the source sets none.
        warnings: what was indexed with a loss, e.g. pages without text.
    """

    document: str
    version: str
    state: IndexState
    passages: int = 0
    reason: str = ""
    message: str = ""
    title: str = ""
    attributes: Attributes = field(default_factory=dict[str, str | float | bool])
    access: Access = None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LiveDocument:
    """A document as one snapshot shows it: exactly this version, to exactly these readers."""

    id: str
    version: str
    source: str
    path: str
    title: str
    access: Access
    attributes: Attributes
    passages: int


@dataclass(frozen=True, slots=True)
class IndexedDocument:
    """A document beside its outcome in one generation; no outcome means that it waits."""

    document: Document
    outcome: IndexOutcome | None


@dataclass(frozen=True, slots=True)
class Counts:
    """How many documents of a knowledge base a principal may read, and how far they are in one generation.

    Attributes:
        documents: all of them, whatever became of them; `size` is their bytes.
        live: found by a search of the newest revision, in their current version.
        quarantined: could not be indexed, in their current version.
        written: indexed in their current version, live or about to be; `passages` is how many they have.
    """

    documents: int = 0
    size: int = 0
    live: int = 0
    quarantined: int = 0
    written: int = 0
    passages: int = 0


class GenerationState(StrEnum):
    """Life of an index generation. Only a Ready one is ever served."""

    BUILDING = "Building"
    READY = "Ready"
    FAILED = "Failed"


@dataclass(frozen=True, slots=True)
class Generation:
    """An index built with one set of parser, splitter, analyser and embedding settings.

    Attributes:
        number: counts from 1 within its knowledge base and is never reused.
        fingerprint: of the settings; a second generation with a kept one's fingerprint is never built.
        settings: canonical JSON of what the generation is built with; a kept one is fed with its own settings. How its model
            is run is there too, but not in the fingerprint.
        revision: counts committed changes; 0 until the first publish.
        active: whether unpinned queries go here; at most one Ready generation is.
        reason: CamelCase, why a Failed one failed.
        message: the same for a human.
    """

    number: int
    fingerprint: str
    settings: str
    state: GenerationState
    revision: int
    active: bool
    created: datetime
    reason: str = ""
    message: str = ""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What a query pins: it sees this generation at this revision and nothing else."""

    knowledge_base: str
    generation: int
    revision: int

    def __str__(self) -> str:
        return f"{self.knowledge_base}@{self.generation}.{self.revision}"


@dataclass(frozen=True, slots=True)
class Run:
    """One ingestion run, as progress and as history. `counts` has one entry per step and outcome."""

    id: str
    generation: int
    state: "RunState"
    started: datetime
    heartbeat: datetime
    finished: datetime | None = None
    step: str = ""
    counts: Mapping[str, int] = field(default_factory=dict[str, int])
    reason: str = ""
    message: str = ""


class RunState(StrEnum):
    RUNNING = "Running"
    SUCCEEDED = "Succeeded"
    FAILED = "Failed"
    CANCELLED = "Cancelled"


class Documents(Protocol):
    """Rows about documents. All writes are idempotent; a batch is applied whole or not at all.

    Raises:
        UnavailableError: the database is locked or gone.
        DeadlineExceededError: nothing of the call was applied.
    """

    async def record(
        self, principal: Principal, knowledge_base: str, documents: Sequence[Document], deadline: Deadline
    ) -> None:
        """Inserts or replaces by id. A change of access or attributes alone needs no new outcome."""
        ...

    async def get(self, principal: Principal, knowledge_base: str, document: str, deadline: Deadline) -> Document:
        """Raises NotFoundError, also for another tenant's id."""
        ...

    async def list(
        self,
        principal: Principal,
        knowledge_base: str,
        deadline: Deadline,
        *,
        generation: int | None = None,
        source: str | None = None,
        after: str | None = None,
        limit: int = 100,
    ) -> Page[IndexedDocument]:
        """By (source, path), each beside its outcome in `generation`; only what the principal may read."""
        ...

    async def count(self, principal: Principal, knowledge_base: str, generation: int, deadline: Deadline) -> Counts:
        """What `list` would show, added up by the store. Of a generation that is not kept, documents alone."""
        ...

    async def remove(
        self, principal: Principal, knowledge_base: str, documents: Iterable[str], deadline: Deadline
    ) -> None:
        """Forgets documents: the next publish of every kept generation drops them. Unknown ids are fine."""
        ...

    async def pending(
        self, principal: Principal, knowledge_base: str, generation: int, deadline: Deadline, *, limit: int = 100
    ) -> Sequence[Document]:
        """Documents whose current version has no outcome in the generation, by (source, path)."""
        ...

    async def settle(
        self,
        principal: Principal,
        knowledge_base: str,
        generation: int,
        outcomes: Sequence[IndexOutcome],
        deadline: Deadline,
    ) -> None:
        """Records outcomes. One for a version that is no longer current is kept but never becomes live.

        Raises NotFoundError for a generation that is not kept; outcomes of removed documents are ignored.
        """
        ...

    async def retry(self, principal: Principal, knowledge_base: str, generation: int, deadline: Deadline) -> int:
        """Forgets the quarantine of a generation, so that its documents wait again; returns how many."""
        ...


class Generations(Protocol):
    """Generations of a knowledge base, the commit, and the history of runs.

    Raises:
        UnavailableError, DeadlineExceededError: as `Documents`.
    """

    async def create(
        self, principal: Principal, knowledge_base: str, fingerprint: str, settings: str, deadline: Deadline
    ) -> Generation:
        """The kept generation of this fingerprint, a Failed one too, made when there is none. Idempotent."""
        ...

    async def run_with(
        self, principal: Principal, knowledge_base: str, generation: int, settings: str, deadline: Deadline
    ) -> None:
        """Replaces the settings of a kept generation by others of the same fingerprint. NotFoundError when it is not kept."""
        ...

    async def list(self, principal: Principal, knowledge_base: str, deadline: Deadline) -> Sequence[Generation]:
        """Kept generations by number."""
        ...

    async def candidates(
        self, principal: Principal, knowledge_base: str, generation: int, deadline: Deadline
    ) -> Sequence[LiveDocument]:
        """What the next revision has to show: every document whose current version is Written, by id."""
        ...

    async def publish(
        self,
        principal: Principal,
        knowledge_base: str,
        generation: int,
        *,
        expected_revision: int,
        live: Sequence[LiveDocument],
        activate: bool,
        deadline: Deadline,
    ) -> Snapshot:
        """The commit point: one transaction advances the revision, fixes what is live and, if asked, activates.

        Raises ConflictError when the revision is not the expected one: somebody else published; NotFoundError for a
        generation that is not kept.
        """
        ...

    async def live(self, principal: Principal, snapshot: Snapshot, deadline: Deadline) -> Sequence[LiveDocument]:
        """What the newest revision of the snapshot's generation shows, by id. NotFoundError when it is not kept."""
        ...

    async def fail(
        self, principal: Principal, knowledge_base: str, generation: int, reason: str, message: str, deadline: Deadline
    ) -> None:
        """Marks a Building generation as Failed. A Ready one cannot fail (ConflictError)."""
        ...

    async def activate(
        self, principal: Principal, knowledge_base: str, generation: int, deadline: Deadline
    ) -> Snapshot:
        """Sends unpinned queries to a Ready generation. NotFoundError, or ConflictError when it is not Ready."""
        ...

    async def head(self, principal: Principal, knowledge_base: str, deadline: Deadline) -> Snapshot | None:
        """The active generation at its newest revision; None before the first publish."""
        ...

    async def drop(self, principal: Principal, knowledge_base: str, generation: int, deadline: Deadline) -> None:
        """Forgets a generation with its outcomes. Idempotent. ConflictError for the active one."""
        ...

    async def drop_knowledge_base(self, principal: Principal, knowledge_base: str, deadline: Deadline) -> None:
        """Forgets everything about a knowledge base. Idempotent."""
        ...

    async def record_run(self, principal: Principal, knowledge_base: str, run: Run, deadline: Deadline) -> None:
        """Inserts or replaces a run by id; the 20 newest are kept."""
        ...

    async def runs(self, principal: Principal, knowledge_base: str, deadline: Deadline) -> Sequence[Run]:
        """Newest first."""
        ...
