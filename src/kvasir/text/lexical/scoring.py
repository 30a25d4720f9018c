"""Every leg for given passages, exactly.

BM25 over words, over character grams within words, over the context prefix, and over the whole parent document. Neither words
nor grams read postings here: the words of the passages are looked up once, and what they hold of the question follows.
"""

from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np

from kvasir.text.lexical.candidates import Rows, spread
from kvasir.text.lexical.segment import Postings
from kvasir.text.lexical.statistics import K1, Floats
from kvasir.text.lexical.storage import Array
from kvasir.text.lexical.view import Corpus, Found, Resolved, View

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


class _Entries(NamedTuple):
    """Every distinct word of every row: number of the row among those scored, word, how often it occurs."""

    owners: Rows
    words: Array
    counts: Array

    def where(self, kept: Array) -> "_Entries":
        at = np.flatnonzero(kept)
        return _Entries(self.owners[at], self.words[at], self.counts[at])


def score_rows(corpus: Corpus, resolved: Resolved, rows: Rows) -> LegScores:
    """Scores of sorted global rows."""
    bounds = np.searchsorted(rows, [*(view.offset for view in corpus.views), corpus.rows]).tolist()
    parts = [
        _score_view(view, resolved, number, rows[bounds[number] : bounds[number + 1]] - view.offset)
        for number, view in enumerate(corpus.views)
    ]
    if not parts:
        return LegScores(*(np.zeros(0, np.float32) for _ in LegScores.__slots__))
    return LegScores(*(np.concatenate([getattr(part, name) for part in parts]) for name in LegScores.__slots__))


def _score_view(view: View, resolved: Resolved, number: int, rows: Rows) -> LegScores:
    """Legs of rows of one segment."""
    entries = _entries(view.segment.arrays, rows)
    size = len(resolved.query.words)
    in_text = _word_table(view, resolved.terms[number], size, rows, entries)
    in_prefix = _table(view.segment.prefix_rows, resolved.prefixes[number], size, rows)
    total = resolved.word_weights.sum()
    held = (in_text > 0) | (in_prefix > 0)
    covered = (held * resolved.word_weights).sum(axis=1, dtype=np.float32)
    return LegScores(
        words=_bm25(in_text, view.word_norms[rows], resolved.word_weights),
        grams=_grams(view, resolved.grams[number], resolved.gram_weights, rows, entries),
        prefix=_bm25(in_prefix, view.prefix_norms[rows], resolved.prefix_weights),
        document=_documents(view, resolved, number, rows),
        coverage=covered / total if total > 0 else covered,
    )


def _bm25(counts: Floats, norms: Floats, weights: Floats) -> Floats:
    """Scores (n,) from counts (n, terms). Summed row by row, so that a row's score never depends on its neighbours."""
    return (counts / (counts + norms[:, None]) * (weights * _SATURATION)).sum(axis=1, dtype=np.float32)


def _entries(arrays: dict[str, Array], rows: Rows) -> _Entries:
    starts = arrays["row_starts"]
    sizes = starts[rows + 1] - starts[rows]
    places = spread(starts[rows], sizes)
    owners = np.repeat(np.arange(len(rows)), sizes)
    return _Entries(owners, arrays["row_words"][places], arrays["row_counts"][places])


def _word_table(view: View, terms: Found, size: int, rows: Rows, entries: _Entries) -> Floats:
    """(n, W) how often each row holds each of the question's words, in the language of the row."""
    arrays = view.segment.arrays
    starts = arrays["term_word_starts"]
    fan = starts[terms.places + 1] - starts[terms.places]
    at = spread(starts[terms.places], fan)
    wanted = np.zeros(len(arrays["word_hashes"]), np.bool_)
    wanted[arrays["term_words"][at]] = True
    kept = entries.where(wanted[entries.words])
    order = np.argsort(arrays["term_words"][at], kind="stable")
    matched = _Matches(arrays["term_words"][at][order], np.repeat(terms.columns, fan)[order])
    places, repeats = matched.of(kept.words)
    languages = arrays["document_languages"][view.segment.row_documents[rows]]
    owners = np.repeat(kept.owners, repeats)
    same = arrays["term_word_languages"][at][order][places] == languages[owners]
    cells = owners[same] * size + matched.columns[places][same]
    counts = np.repeat(kept.counts, repeats)[same]
    return np.bincount(cells, counts, minlength=len(rows) * size).reshape(len(rows), size).astype(np.float32)


class _Matches(NamedTuple):
    """Words of the vocabulary, sorted, each with a column of the question; a word may have several."""

    words: Array
    columns: Array

    def of(self, words: Array) -> tuple[Rows, Rows]:
        """Places of all matches of each of `words`, one after another, and how many each has."""
        first = np.searchsorted(self.words, words, side="left")
        sizes = np.searchsorted(self.words, words, side="right") - first
        return spread(first, sizes), sizes


def _table(postings: Postings, terms: Found, size: int, places: Rows) -> Floats:
    """(n, W) how often each of the question's terms stands at each of the sorted `places`."""
    table = np.zeros((size, len(places)), np.float32)
    for column, term in zip(terms.columns.tolist(), terms.places.tolist(), strict=True):
        known, counts = postings.of(term)
        at = known.searchsorted(places)
        at[at == len(known)] = 0
        table[column] += (known[at] == places) * counts[at]
    return np.ascontiguousarray(table.T)


def _documents(view: View, resolved: Resolved, number: int, rows: Rows) -> Floats:
    """BM25 of each row's whole document, for the words of content."""
    terms = resolved.terms[number]
    content = resolved.query.weights[terms.columns] >= 1
    terms = Found(terms.columns[content], terms.places[content])
    documents, of_row = np.unique(view.segment.row_documents[rows], return_inverse=True)
    counts = _table(view.segment.term_documents, terms, len(resolved.query.words), documents)
    return _bm25(counts, view.document_norms[documents], resolved.document_weights)[of_row]


def _grams(view: View, grams: Found, weights: Floats, rows: Rows, entries: _Entries) -> Floats:
    """BM25 over grams, from the words of each row: shape (n,)."""
    arrays = view.segment.arrays
    starts = arrays["gram_starts"]
    fan = starts[grams.places + 1] - starts[grams.places]
    words = arrays["gram_words"][spread(starts[grams.places], fan)]
    occurs = np.zeros(len(arrays["word_hashes"]), np.bool_)
    occurs[entries.words] = True
    kept = occurs[words]
    words, columns_of = words[kept], np.repeat(grams.columns, fan)[kept]
    order = np.argsort(words, kind="stable")
    matched, first, sizes = np.unique(words[order], return_index=True, return_counts=True)
    occurs[:] = False
    occurs[matched] = True
    hits = entries.where(occurs[entries.words])
    number = np.empty(len(occurs), np.int32)
    number[matched] = np.arange(len(matched))
    found = number[hits.words]
    repeats = sizes[found]
    at = spread(first[found], repeats)
    cells = np.repeat(hits.owners, repeats) * len(weights) + columns_of[order][at]
    table = np.bincount(cells, np.repeat(hits.counts, repeats), minlength=len(rows) * len(weights))
    return _bm25(table.reshape(len(rows), len(weights)).astype(np.float32), view.gram_norms[rows], weights)
