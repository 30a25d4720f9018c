"""Segments as one index sees them: with live counts, length norms, and a place in a common row space.

Rows of the segments follow one another; a *global row* is the segment's offset plus the row. Arrays over global rows are
cheap (100,000 rows: 400 kB), and what is computed per row never depends on the order of segments.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import DTypeLike, NDArray

from kvasir.text.lexical.columns import B
from kvasir.text.lexical.gathering import Scratch
from kvasir.text.lexical.hashing import Hashes
from kvasir.text.lexical.query import LexicalQuery, parse
from kvasir.text.lexical.segment import Segment
from kvasir.text.lexical.statistics import (
    B_PREFIX,
    Bools,
    Counts,
    Floats,
    LiveCounts,
    count_live,
    inverse_document_frequency,
    length_norm,
)
from kvasir.text.lexical.storage import Array


@dataclass(frozen=True, slots=True)
class View:
    """One segment of an index, and its first global row, word, document and prefix term."""

    segment: Segment
    counts: LiveCounts
    offset: int
    first_word: int
    first_document: int
    first_prefix: int


@dataclass(frozen=True, slots=True)
class Corpus:
    """All views of an index. What is scored is gathered from each view and then computed once for all of them.

    Attributes:
        totals: live documents, live rows, their words, grams and prefix words.
        languages: of the live documents, the commonest first, then by code.
        rows: global rows, dead ones included.
        live: (rows) which live.
        keys: (rows) names of passages that do not depend on segments; they break ties.
        documents: (rows) global document of each.
        codes: (rows) language, as its segment numbers it.
        word_norms, gram_norms, prefix_norms, document_norms: length norms of BM25, by row or document.
        seen, number, slots: to borrow, as long as all vocabularies, the same, and all documents.
    """

    views: tuple[View, ...]
    totals: Counts
    languages: tuple[str, ...]
    rows: int
    live: Bools
    keys: Hashes
    documents: NDArray[np.int32]
    codes: NDArray[np.uint8]
    word_norms: Floats
    gram_norms: Floats
    prefix_norms: Floats
    document_norms: Floats
    seen: Scratch
    number: Scratch
    slots: Scratch

    @property
    def multilingual(self) -> bool:
        """Whether it matters in which language a word is matched."""
        return any(len(view.segment.languages) > 1 for view in self.views)


def open_corpus(segments: Sequence[Segment], live: Sequence[Bools | None]) -> Corpus:
    """Counts what lives and computes the norms that follow from it."""
    counts = [count_live(segment, mask) for segment, mask in zip(segments, live, strict=True)]
    totals = np.sum([one.totals for one in counts], axis=0) if counts else np.zeros(5, np.int64)
    views: list[View] = []
    rows = words = prefixes = in_all = 0
    for segment, one in zip(segments, counts, strict=True):
        views.append(View(segment, one, rows, words, in_all, prefixes))
        rows, in_all = rows + segment.rows, in_all + segment.documents
        words, prefixes = words + len(segment.arrays["word_hashes"]), prefixes + len(segment.arrays["prefix_hashes"])
    live_documents, live_rows, length, grams, in_prefixes = totals.tolist()
    return Corpus(
        views=tuple(views),
        totals=totals,
        languages=_by_number([one.languages for one in counts]),
        rows=rows,
        live=_joined([one.rows for one in counts], np.bool_),
        keys=_joined([segment.row_keys for segment in segments], np.uint64),
        documents=_joined([view.segment.row_documents + view.first_document for view in views], np.int32),
        codes=_joined([one.arrays["document_languages"][one.row_documents] for one in segments], np.uint8),
        word_norms=length_norm(_column(segments, "row_lengths"), length, live_rows, B),
        gram_norms=length_norm(_column(segments, "row_gram_lengths"), grams, live_rows, B),
        prefix_norms=length_norm(_column(segments, "row_prefix_lengths"), in_prefixes, live_rows, B_PREFIX),
        document_norms=length_norm(
            _joined([_document_lengths(segment) for segment in segments], np.int64), length, live_documents, B
        ),
        seen=Scratch(words, np.bool_),
        number=Scratch(words, np.int32),
        slots=Scratch(in_all, np.int32),
    )


def _joined(parts: Sequence[Array], kind: DTypeLike) -> Array:
    return np.concatenate(parts, dtype=kind, casting="unsafe") if parts else np.zeros(0, kind)


def _column(segments: Sequence[Segment], name: str) -> Array:
    return _joined([segment.arrays[name] for segment in segments], np.int32)


def _by_number(counts: Sequence[dict[str, int]]) -> tuple[str, ...]:
    total: dict[str, int] = {}
    for one in counts:
        for language, number in one.items():
            total[language] = total.get(language, 0) + number
    return tuple(sorted(total, key=lambda language: (-total[language], language)))


def _document_lengths(segment: Segment) -> Counts:
    starts = segment.arrays["document_starts"]
    reached = np.concatenate([np.zeros(1, np.int64), np.cumsum(segment.arrays["row_lengths"], dtype=np.int64)])
    return reached[starts[1:]] - reached[starts[:-1]]


class Found(NamedTuple):
    """Those of the question's terms (or grams) that a segment has: which word (or gram), and number in the segment."""

    columns: NDArray[np.int64]
    places: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Resolved:
    """A question with its place in every segment and its global weights.

    Attributes:
        terms, prefixes, grams: per view, what it has of the question.
        word_rows, prefix_rows: (W) live rows whose text (prefix) holds each word.
        word_weights, document_weights, prefix_weights: (W) idf times the word's weight in the question.
        gram_weights: (G) idf times weight.
    """

    query: LexicalQuery
    terms: tuple[Found, ...]
    prefixes: tuple[Found, ...]
    grams: tuple[Found, ...]
    word_rows: Counts
    prefix_rows: Counts
    word_weights: Floats
    document_weights: Floats
    prefix_weights: Floats
    gram_weights: Floats


def resolve(corpus: Corpus, text: str) -> Resolved:
    """Analyses a question and looks its parts up."""
    query = parse(text, corpus.languages)
    arrays = [view.segment.arrays for view in corpus.views]
    columns = np.arange(len(query.gram_hashes))
    terms = tuple(_found(one["term_hashes"], query.terms, query.term_words) for one in arrays)
    prefixes = tuple(_found(one["prefix_hashes"], query.terms, query.term_words) for one in arrays)
    grams = tuple(_found(one["gram_hashes"], query.gram_hashes, columns) for one in arrays)
    counts = [view.counts for view in corpus.views]
    size = len(query.words)
    word_rows = _sums(terms, [one.term_rows for one in counts], size)
    prefix_rows = _sums(prefixes, [one.prefix_rows for one in counts], size)
    documents, rows = corpus.totals[:2].tolist()
    in_documents = _sums(terms, [one.term_documents for one in counts], size)
    held = _sums(grams, [one.gram_words for one in counts], len(query.gram_hashes))
    # One pass over all weights: each call on a tiny array costs more than its arithmetic.
    frequencies = np.concatenate([word_rows, in_documents, prefix_rows, _rows_with(held, rows)], dtype=np.float64)
    totals = np.full(len(frequencies), rows)
    totals[size : 2 * size] = documents
    weights = np.concatenate([query.weights, query.weights, query.weights, query.gram_weights])
    weighted = (inverse_document_frequency(frequencies, totals) * weights).astype(np.float32)
    return Resolved(
        query=query,
        terms=terms,
        prefixes=prefixes,
        grams=grams,
        word_rows=word_rows,
        prefix_rows=prefix_rows,
        word_weights=weighted[:size],
        document_weights=weighted[size : 2 * size],
        prefix_weights=weighted[2 * size : 3 * size],
        gram_weights=weighted[3 * size :],
    )


def _rows_with(words_and_rows: Counts, total: int) -> NDArray[np.float64]:
    """Rows that hold a gram, estimated from the sum of its words' rows as if words fell into rows independently.

    Counting exactly would need every row's grams; the estimate scores as well (docs/decisions/0001-retrieval.md).
    """
    return total * -np.expm1(-words_and_rows / total) if total else words_and_rows.astype(np.float64)


def find(hashes: Hashes, wanted: Hashes) -> NDArray[np.int64]:
    """Places of `wanted` in the sorted `hashes`, -1 where absent; any shape."""
    if not len(hashes):
        return np.full(wanted.shape, -1, np.int64)
    places = hashes.searchsorted(wanted)
    return np.where(hashes.take(places, mode="clip") == wanted, places, -1)


def _found(hashes: Hashes, wanted: Hashes, columns: NDArray[np.int64]) -> Found:
    if not len(hashes):
        return Found(columns[:0], columns[:0])
    places = hashes.searchsorted(wanted)
    present = np.flatnonzero(hashes.take(places, mode="clip") == wanted)
    return Found(columns.take(present), places.take(present))


def _sums(found: Sequence[Found], counts: Sequence[Counts], size: int) -> Counts:
    """Counts of what was found, summed over views and over the stems of each word: shape (size,)."""
    total = np.zeros(size)
    for one, known in zip(found, counts, strict=True):
        total += np.bincount(one.columns, known[one.places], minlength=size)
    return total.astype(np.int64)
