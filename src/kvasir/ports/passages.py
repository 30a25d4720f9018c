"""The passage store: text, vectors and positions of one index generation, searchable per snapshot."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from kvasir.errors import NotFoundError
from kvasir.ports.deadline import Deadline
from kvasir.ports.documents import LiveDocument, Snapshot
from kvasir.ports.filters import Filter
from kvasir.ports.paging import Page
from kvasir.ports.principal import Principal
from kvasir.text.instructions.instruction import SURE, Instruction

Vector = NDArray[np.float32]
Scores = NDArray[np.float32]


class SnapshotNotFoundError(NotFoundError):
    """The snapshot was never sealed, or is purged: whoever read it as the head looks again."""


class PassageId(NamedTuple):
    """Immutable: the same id always names the same text."""

    document: str
    version: str
    ordinal: int

    def __str__(self) -> str:
        return f"{self.document}:{self.version[:12]}:{self.ordinal}"


@dataclass(frozen=True, slots=True)
class Passage:
    """A stretch of one document version.

    Attributes:
        start, end: code points of the stored canonical text; `text` is exactly that stretch.
        prefix: title and headings above the passage; helps search, is never quotable.
        pages: (code point, page number) of every page that begins in or before the passage and reaches into it.
        language: ISO 639-1 code, or `und`.
        instructions: stretches of the canonical text that may be orders to a model: found, but those that surely are, are
            neither shown to one nor quoted as an answer; of others, it depends on the question.
    """

    id: PassageId
    text: str
    start: int
    end: int
    prefix: str = ""
    pages: tuple[tuple[int, int], ...] = ()
    language: str = "und"
    instructions: tuple[Instruction, ...] = ()

    def orders(self, start: int, end: int) -> bool:
        """Whether what surely is an order to a model reaches into a stretch of the canonical text."""
        return any(one.start < end and start < one.end and one.score >= SURE for one in self.instructions)

    def page_at(self, offset: int) -> int | None:
        """The page that holds a code point of the canonical text; None for formats without pages."""
        page = None
        for start, number in self.pages:
            if start <= offset:
                page = number
        return page


@dataclass(frozen=True, slots=True)
class EmbeddedPassage:
    """A passage with its vectors, one per window of the model: shape (windows, dimensions), rows of unit length."""

    passage: Passage
    vectors: Vector | None = None


class Leg(StrEnum):
    """A way of scoring a passage against a query. Raw scores of one leg are comparable within one search only."""

    WORDS = "words"
    GRAMS = "grams"
    PREFIX = "prefix"
    DOCUMENT = "document"
    DENSE = "dense"
    COVERAGE = "coverage"


class Ability(StrEnum):
    """Legs that a store scores itself. What it lacks is served from Kvasir's own artifact."""

    LEXICAL = "lexical"
    DENSE = "dense"


@dataclass(frozen=True, slots=True)
class PassageQuery:
    """A search within one snapshot.

    Attributes:
        text: what the words and grams are taken from; may be empty when there is a vector.
        vector: unit length, or None where the generation has no embedding.
        filter: on document attributes, applied before the candidates are cut.
        limit: candidates wanted from each leg.
    """

    text: str
    vector: Vector | None = None
    filter: Filter | None = None
    limit: int = 60


@dataclass(frozen=True, slots=True)
class Candidates:
    """The union of what the legs found. Every leg scores every candidate, so that they can be fused.

    Attributes:
        ids: distinct, n of them, in no meaningful order.
        legs: raw scores of shape (n,) per leg that the store owns; dense scores are cosines in [-1, 1].
        self_score: the WORDS score of a passage made of nothing but the query: the scale of "everything matched".
    """

    ids: Sequence[PassageId]
    legs: Mapping[Leg, Scores] = field(default_factory=dict[Leg, Scores])
    self_score: float = 0.0


class Passages(Protocol):
    """Passages of one tenant's knowledge bases, by generation.

    A run writes, then seals: `seal` returns once the store finds what was written and from then on `search` answers
    for the sealed revision. Visibility is the ledger's decision alone: nobody searches a revision before
    `Generations.publish` has returned it. Sealing a revision again replaces it (a run that was killed in between).

    Raises:
        UnavailableError: the store does not answer.
        DeadlineExceededError: passed while working; writes and seals can be repeated.
        ExhaustedError: no space is left; nothing that was sealed is harmed.
    """

    abilities: frozenset[Ability]

    async def write(
        self,
        principal: Principal,
        knowledge_base: str,
        generation: int,
        passages: Sequence[EmbeddedPassage],
        deadline: Deadline,
    ) -> None:
        """Stages passages durably. Idempotent by id: the last write of a document version stands, whole."""
        ...

    async def seal(
        self, principal: Principal, snapshot: Snapshot, live: Sequence[LiveDocument], deadline: Deadline
    ) -> None:
        """Makes the snapshot searchable: exactly the passages of the live documents, with their access and attributes.

        Raises CorruptDataError when a live document's passages were never written, or not as many as it says.
        """
        ...

    async def search(
        self, principal: Principal, snapshot: Snapshot, query: PassageQuery, deadline: Deadline
    ) -> Candidates:
        """Candidates that the principal may read. SnapshotNotFoundError."""
        ...

    async def fetch(
        self, principal: Principal, snapshot: Snapshot, ids: Sequence[PassageId], deadline: Deadline
    ) -> Sequence[Passage]:
        """In the order of `ids`, leaving out what is not live in the snapshot or not readable."""
        ...

    async def documents(
        self, principal: Principal, snapshot: Snapshot, ids: Sequence[str], deadline: Deadline
    ) -> Mapping[str, LiveDocument]:
        """Live documents by id; what is not live or not readable is absent."""
        ...

    async def scan(
        self,
        principal: Principal,
        snapshot: Snapshot,
        deadline: Deadline,
        *,
        after: str | None = None,
        limit: int = 1000,
    ) -> Page[EmbeddedPassage]:
        """Everything of the snapshot in the order of ids: what artifacts, exports and comparisons are made from."""
        ...

    async def purge(
        self, principal: Principal, knowledge_base: str, keep: Mapping[int, int], deadline: Deadline
    ) -> None:
        """Deletes what no kept snapshot needs: `keep` maps generation to revision; others vanish. Idempotent.

        Afterwards nothing of a document that is live in no kept snapshot is stored, staged writes included.
        """
        ...
