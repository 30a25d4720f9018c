"""Segments as one index sees them: with live counts, length norms, and a place in a common row space.

Rows of the segments follow one another; a *global row* is the segment's offset plus the row. Arrays over global rows are
cheap (100,000 rows: 400 kB), and what is computed per row never depends on the order of segments.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from kvasir.text.lexical.columns import B
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


@dataclass(frozen=True, slots=True)
class View:
    """One segment of an index. `offset` is its first global row; norms are those of BM25, per row or document."""

    segment: Segment
    counts: LiveCounts
    offset: int
    word_norms: Floats
    gram_norms: Floats
    prefix_norms: Floats
    document_norms: Floats


@dataclass(frozen=True, slots=True)
class Corpus:
    """All views of an index.

    Attributes:
        totals: live documents, live rows, their words, grams and prefix words.
        languages: of the live documents, the commonest first, then by code.
        rows: global rows, dead ones included.
        live: (rows) which live.
        keys: (rows) names of passages that do not depend on segments; they break ties.
    """

    views: tuple[View, ...]
    totals: Counts
    languages: tuple[str, ...]
    rows: int
    live: Bools
    keys: Hashes


def open_corpus(segments: Sequence[Segment], live: Sequence[Bools | None]) -> Corpus:
    """Counts what lives and computes the norms that follow from it."""
    counts = [count_live(segment, mask) for segment, mask in zip(segments, live, strict=True)]
    totals = np.sum([one.totals for one in counts], axis=0) if counts else np.zeros(5, np.int64)
    offsets = np.cumsum([0, *(segment.rows for segment in segments)])
    pairs = zip(segments, counts, offsets.tolist(), strict=False)
    return Corpus(
        views=tuple(_view(segment, one, offset, totals) for segment, one, offset in pairs),
        totals=totals,
        languages=_by_number([one.languages for one in counts]),
        rows=int(offsets[-1]),
        live=np.concatenate([one.rows for one in counts]) if counts else np.zeros(0, np.bool_),
        keys=np.concatenate([segment.row_keys for segment in segments]) if counts else np.zeros(0, np.uint64),
    )


def _by_number(counts: Sequence[dict[str, int]]) -> tuple[str, ...]:
    total: dict[str, int] = {}
    for one in counts:
        for language, number in one.items():
            total[language] = total.get(language, 0) + number
    return tuple(sorted(total, key=lambda language: (-total[language], language)))


def _view(segment: Segment, counts: LiveCounts, offset: int, totals: Counts) -> View:
    documents, rows, words, grams, prefixes = totals.tolist()
    arrays = segment.arrays
    starts = arrays["document_starts"]
    reached = np.concatenate([np.zeros(1, np.int64), np.cumsum(arrays["row_lengths"], dtype=np.int64)])
    document_lengths = reached[starts[1:]] - reached[starts[:-1]]
    return View(
        segment=segment,
        counts=counts,
        offset=offset,
        word_norms=length_norm(arrays["row_lengths"], words, rows, B),
        gram_norms=length_norm(arrays["row_gram_lengths"], grams, rows, B),
        prefix_norms=length_norm(arrays["row_prefix_lengths"], prefixes, rows, B_PREFIX),
        document_norms=length_norm(document_lengths, words, documents, B),
    )


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

    def weighted(df: Counts | NDArray[np.float64], total: int, weights: Floats) -> Floats:
        return (inverse_document_frequency(df, total) * weights).astype(np.float32)

    return Resolved(
        query=query,
        terms=terms,
        prefixes=prefixes,
        grams=grams,
        word_rows=word_rows,
        prefix_rows=prefix_rows,
        word_weights=weighted(word_rows, rows, query.weights),
        document_weights=weighted(in_documents, documents, query.weights),
        prefix_weights=weighted(prefix_rows, rows, query.weights),
        gram_weights=weighted(_rows_with(held, rows), rows, query.gram_weights),
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
    places = np.searchsorted(hashes, wanted)
    places[places == len(hashes)] = 0
    return np.where(hashes[places] == wanted, places, -1)


def _found(hashes: Hashes, wanted: Hashes, columns: NDArray[np.int64]) -> Found:
    places = find(hashes, wanted)
    present = places >= 0
    return Found(columns[present], places[present])


def _sums(found: Sequence[Found], counts: Sequence[Counts], size: int) -> Counts:
    """Counts of what was found, summed over views and over the stems of each word: shape (size,)."""
    total = np.zeros(size)
    for one, known in zip(found, counts, strict=True):
        total += np.bincount(one.columns, known[one.places], minlength=size)
    return total.astype(np.int64)
