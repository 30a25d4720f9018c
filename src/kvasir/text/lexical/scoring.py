"""Every leg for given passages, exactly.

BM25 over words, over character grams within words, over the context prefix, and over the whole parent document. Words and
grams read no postings here: the words of the passages are looked up once, and what they hold of the question follows. What
each segment has is gathered under numbers that all segments share, then everything is computed once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from kvasir.text.lexical.columns import K1
from kvasir.text.lexical.gathering import Array, Ints, lengths, runs, spread, stretches
from kvasir.text.lexical.matching import Entries, Matches, matches
from kvasir.text.lexical.statistics import Floats
from kvasir.text.lexical.view import Corpus, Resolved, View

_SATURATION: Final = np.float32(K1 + 1)


@dataclass(frozen=True, slots=True)
class LegScores:
    """Raw scores of n passages, each of shape (n,).

    Attributes:
        words, grams, prefix, document: BM25 over each field.
        coverage: share (0 to 1) of the question's idf weight whose words the passage or its prefix holds.
    """

    words: Floats
    grams: Floats
    prefix: Floats
    document: Floats
    coverage: Floats


class _Chosen(NamedTuple):
    """The rows to score that stand in one segment, by their numbers there."""

    view: View
    number: int
    rows: Ints


def score_rows(corpus: Corpus, resolved: Resolved, rows: Ints) -> LegScores:
    """Scores of sorted global rows."""
    chosen = _chosen(corpus, rows)
    if not chosen:
        return LegScores(*(np.zeros(0, np.float32) for _ in LegScores.__slots__))
    size = len(resolved.query.words)
    table = _table(corpus, resolved, chosen, rows)
    in_text, in_grams = table[:, :size], table[:, size:]
    in_prefix = _prefixes(resolved, chosen, len(rows))
    total = resolved.word_weights.sum()
    held = (in_text > 0) | (in_prefix > 0)
    covered = (held * resolved.word_weights).sum(axis=1, dtype=np.float32)
    return LegScores(
        words=_bm25(in_text, corpus.word_norms.take(rows), resolved.word_weights),
        grams=_bm25(in_grams, corpus.gram_norms.take(rows), resolved.gram_weights),
        prefix=_bm25(in_prefix, corpus.prefix_norms.take(rows), resolved.prefix_weights),
        document=_documents(corpus, resolved, chosen, rows),
        coverage=covered / total if total > 0 else covered,
    )


def _chosen(corpus: Corpus, rows: Ints) -> list[_Chosen]:
    """The segments that hold any of the rows."""
    bounds = rows.searchsorted([*(view.offset for view in corpus.views), corpus.rows]).tolist()
    return [
        _Chosen(view, number, rows[start:end] - view.offset)
        for number, (view, (start, end)) in enumerate(zip(corpus.views, pairwise(bounds), strict=True))
        if end > start
    ]


def _bm25(counts: Floats, norms: Floats, weights: Floats) -> Floats:
    """Scores (n,) from counts (n, terms). Summed row by row, so that a row's score never depends on its neighbours."""
    shares = counts + norms[:, None]
    np.divide(counts, shares, out=shares)
    shares *= weights * _SATURATION
    return shares.sum(axis=1, dtype=np.float32)


def _entries(chosen: list[_Chosen]) -> Entries:
    """The distinct words of every row."""
    of_rows, words, counts = _held(
        chosen, "row_starts", "row_words", "row_counts", [view.first_word for view, _, _ in chosen]
    )
    return Entries(np.repeat(np.arange(len(of_rows)), of_rows), words, counts)


def _held(
    chosen: list[_Chosen], starts: str, values: str, counts: str, offsets: Sequence[int]
) -> tuple[Array, Array, Array]:
    """Of every row how many entries it has; then of all entries their values, numbered across segments, and their counts."""
    sizes: list[Array] = []
    found: list[Array] = []
    counted: list[Array] = []
    for (view, _, rows), offset in zip(chosen, offsets, strict=True):
        arrays = view.segment.arrays
        first = arrays[starts].take(rows)
        sizes.append(arrays[starts].take(rows + 1) - first)
        places = spread(first, sizes[-1])
        found.append(arrays[values].take(places) + offset)
        counted.append(arrays[counts].take(places))
    return _one(sizes), _one(found), _one(counted)


def _table(corpus: Corpus, resolved: Resolved, chosen: list[_Chosen], rows: Ints) -> Floats:
    """(n, W + G) how often each row holds each word (in the row's language) and each gram of the question."""
    width = len(resolved.query.words) + len(resolved.gram_weights)
    entries = _entries(chosen)
    found: Matches = matches(corpus, resolved, entries, [(view, number) for view, number, _ in chosen])
    repeats = found.fan.take(found.of_hits)
    at = spread(found.first.take(found.of_hits), repeats)
    owners = np.repeat(entries.owners.take(found.hits), repeats)
    counts = np.repeat(entries.counts.take(found.hits), repeats)
    if corpus.multilingual:
        spoken = corpus.codes.take(rows).astype(np.uint64).take(owners)
        counts = counts * ((found.languages.take(at) >> spoken) & np.uint64(1))
    owners *= width
    owners += found.columns.take(at)
    cells = np.bincount(owners, counts, minlength=len(rows) * width)
    return cells.astype(np.float32).reshape(len(rows), width)


def _prefixes(resolved: Resolved, chosen: list[_Chosen], size: int) -> Floats:
    """(n, W) how often each row's prefix holds each of the question's words."""
    wanted = _one([resolved.prefixes[number].places + view.first_prefix for view, number, _ in chosen])
    columns = _one([resolved.prefixes[number].columns for _, number, _ in chosen])
    width = len(resolved.query.words)
    if not len(wanted):
        return np.zeros((size, width), np.float32)
    # Words of one stem want the same term, so terms are counted first and given to the words that want them then.
    order = wanted.argsort()
    distinct = wanted.take(order)
    first = runs(distinct)
    distinct = distinct.take(first)
    offsets = [view.first_prefix for view, _, _ in chosen]
    of_rows, held, counts = _held(chosen, "row_prefix_starts", "row_prefix_terms", "row_prefix_counts", offsets)
    at = distinct.searchsorted(held)
    hits = np.flatnonzero(distinct.take(at, mode="clip") == held)
    owners = np.repeat(np.arange(len(of_rows)), of_rows).take(hits)
    cells = owners * len(distinct) + at.take(hits)
    table = np.bincount(cells, counts.take(hits), minlength=size * len(distinct)).reshape(size, len(distinct))
    wants = np.zeros((len(distinct), width))
    inverse = np.repeat(np.arange(len(distinct)), lengths(first, len(order)))
    wants[inverse, columns.take(order)] = 1
    return (table @ wants).astype(np.float32)


def _documents(corpus: Corpus, resolved: Resolved, chosen: list[_Chosen], rows: Ints) -> Floats:
    """BM25 of each row's whole document, for the words of content."""
    every = corpus.documents.take(rows)
    begins = runs(every)
    documents = every.take(begins)
    size, width = len(documents), len(resolved.query.words)
    table = np.zeros((width, size))
    with corpus.slots.borrowed() as slots:
        slots[documents] = np.arange(1, size + 1)
        for view, number, _ in chosen:
            terms, postings = resolved.terms[number], view.segment.term_documents
            content = np.flatnonzero(resolved.query.content.take(terms.columns))
            places, sizes = stretches(postings.places, postings.starts, terms.places.take(content))
            counts, _ = stretches(postings.counts, postings.starts, terms.places.take(content))
            slot = slots[view.first_document :].take(places)
            hits = np.flatnonzero(slot)
            cells = np.repeat(terms.columns.take(content) * size - 1, sizes).take(hits) + slot.take(hits)
            table += np.bincount(cells, counts.take(hits), minlength=width * size).reshape(width, size)
        slots[documents] = 0
    counts = np.ascontiguousarray(table.T, np.float32)
    scores = _bm25(counts, corpus.document_norms.take(documents), resolved.document_weights)
    return np.repeat(scores, lengths(begins, len(rows)))


def _one(parts: list[Array]) -> NDArray[np.int64]:
    return parts[0] if len(parts) == 1 else np.concatenate(parts)
