"""A set as Kvasir sees it: passages in a lexical index with their vectors, and the candidates of every question."""

from dataclasses import dataclass, field
from functools import cached_property
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from benchmarks.retrieval.datasets import BudgetSet, Document, Passage, Question, RankedSet
from benchmarks.retrieval.embeddings import embed, embed_windows
from benchmarks.retrieval.fusion import min_max
from benchmarks.retrieval.splitting import split
from kvasir.text.language import detect
from kvasir.text.lexical import Budget, LexicalIndex, SegmentBuilder

#: Candidates that the dense leg brings, as many as the lexical legs.
DENSE_DEPTH = Budget().depth


@dataclass(frozen=True)
class Collection:
    """One tenant's passages. `units[i]` is what passage i counts for (itself, or the section that it is a part of)."""

    passages: list[Passage]
    units: list[str]
    questions: list[Question]


@dataclass
class Pool:
    """Candidates of one question: passage numbers (n,), raw legs (n, 5); the dense column is 0 without vectors.

    `unit_numbers` and `relevant` are filled when ranks are judged for the first time.
    """

    rows: NDArray[np.int64]
    features: NDArray[np.float32]
    unit_numbers: NDArray[np.int64] | None = None
    relevant: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, np.bool_))

    @cached_property
    def scaled(self) -> NDArray[np.float64]:
        """The legs as fusion sees them."""
        return min_max(self.features).astype(np.float64)


def ranked_collection(ranked: RankedSet, *, size: int | None, overlap: int) -> Collection:
    """Passages of a ranked set, those over `size` split; None leaves them whole."""
    passages: list[Passage] = []
    units: list[str] = []
    for given in ranked.passages:
        parts = [given]
        if size is not None:
            pieces = split(Document(given.id, given.text), size=size, overlap=overlap)
            parts = [Passage(p.id, given.document, p.text, given.prefix, p.start, p.end) for p in pieces]
        passages.extend(parts)
        units.extend([given.id] * len(parts))
    return Collection(passages, units, ranked.questions)


def budget_collections(given: BudgetSet, *, size: int, overlap: int) -> list[Collection]:
    """One collection per tenant."""
    found: list[Collection] = []
    for tenant in dict.fromkeys(document.tenant for document in given.documents):
        documents = [document for document in given.documents if document.tenant == tenant]
        passages = [p for document in documents for p in split(document, size=size, overlap=overlap)]
        questions = [question for question in given.questions if question.tenant == tenant]
        found.append(Collection(passages, [p.id for p in passages], questions))
    return found


def pools(collection: Collection, *, dense: bool, budget: Budget | None = None) -> list[Pool]:
    """Candidates of every question, each scored by every leg, from the index as shipped."""
    builder = SegmentBuilder()
    for key, group in groupby(collection.passages, key=lambda passage: passage.document):
        parts = list(group)
        builder.add(key, detect("\n".join(part.text for part in parts)), [(p.text, p.prefix) for p in parts])
    index = LexicalIndex([builder.build()])
    cosines = _cosines(collection) if dense else None
    found: list[Pool] = []
    for number, question in enumerate(collection.questions):
        also = None
        if cosines is not None:
            also = [np.argsort(-cosines[number], kind="stable")[:DENSE_DEPTH]]
        candidates = index.search(question.text, budget=budget, also=also)
        scores, rows = candidates.scores, candidates.rows
        by_dense = cosines[number][rows] if cosines is not None else np.zeros(len(rows), np.float32)
        legs = [scores.words, scores.grams, scores.prefix, scores.document, by_dense]
        found.append(Pool(rows, np.stack(legs, axis=1).astype(np.float32)))
    return found


def _cosines(collection: Collection) -> NDArray[np.float32]:
    """(questions, passages) cosine of the best window; prefix and text are embedded together."""
    vectors, owners = embed_windows([f"{p.prefix}\n{p.text}" if p.prefix else p.text for p in collection.passages])
    similarity = embed([question.text for question in collection.questions]) @ vectors.T
    best = np.full((len(collection.passages), len(collection.questions)), -1.0, np.float32)
    np.maximum.at(best, owners, similarity.T)
    return best.T
