"""Every leg for given passages, exactly.

BM25 over words, over character grams within words, over the context prefix, and over the whole parent document. Neither words
nor grams read postings here: the words of the passages are looked up once, and what they hold of the question follows.
"""

from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from kvasir.text.lexical.candidates import Rows, spread, stretches
from kvasir.text.lexical.columns import K1
from kvasir.text.lexical.segment import Postings
from kvasir.text.lexical.statistics import Bools, Floats
from kvasir.text.lexical.storage import Array
from kvasir.text.lexical.view import Corpus, Found, Resolved, View

_SATURATION: Final = np.float32(K1 + 1)
#: All languages: a gram matches whatever the row is written in.
_ANY: Final = np.array([2**64 - 1], np.uint64)
#: A match as one number: 31 bits of word, 9 of column (64 words and 256 grams at most), 23 of source.
_WORD, _COLUMN = 32, 23


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
    size = len(resolved.query.words)
    table = _table(view, resolved.terms[number], resolved.grams[number], resolved, rows)
    in_text, in_grams = table[:, :size], table[:, size:]
    in_prefix = _occurrences(view.segment.prefix_rows, resolved.prefixes[number], size, rows)
    total = resolved.word_weights.sum()
    held = (in_text > 0) | (in_prefix > 0)
    covered = (held * resolved.word_weights).sum(axis=1, dtype=np.float32)
    return LegScores(
        words=_bm25(in_text, view.word_norms[rows], resolved.word_weights),
        grams=_bm25(in_grams, view.gram_norms[rows], resolved.gram_weights),
        prefix=_bm25(in_prefix, view.prefix_norms[rows], resolved.prefix_weights),
        document=_documents(view, resolved, number, rows),
        coverage=covered / total if total > 0 else covered,
    )


def _bm25(counts: Floats, norms: Floats, weights: Floats) -> Floats:
    """Scores (n,) from counts (n, terms). Summed row by row, so that a row's score never depends on its neighbours."""
    return (counts / (counts + norms[:, None]) * (weights * _SATURATION)).sum(axis=1, dtype=np.float32)


def _entries(arrays: dict[str, Array], rows: Rows) -> _Entries:
    words, sizes = stretches(arrays["row_words"], arrays["row_starts"], rows)
    counts, _ = stretches(arrays["row_counts"], arrays["row_starts"], rows)
    return _Entries(np.repeat(np.arange(len(rows)), sizes), words, counts)


class _Matches(NamedTuple):
    """What the vocabulary's words hold of the question, sorted by word.

    Attributes:
        columns, languages: (M) column of the table, and the languages this is said of, one bit each.
        words: distinct words; their matches begin at `first`, and there are `fan` of each.
        among: (V) which words those are.
    """

    columns: Array
    languages: Array
    words: Array
    first: Rows
    fan: Rows
    among: Bools


def _matches(view: View, terms: Found, grams: Found, size: int, entries: _Entries) -> _Matches:
    """Matches of the words that occur in `entries` (a word of the question matches even if it does not)."""
    arrays = view.segment.arrays
    stems, stem_sizes = stretches(arrays["term_words"], arrays["term_word_starts"], terms.places)
    languages, _ = stretches(arrays["term_word_languages"], arrays["term_word_starts"], terms.places)
    holders, gram_sizes = stretches(arrays["gram_words"], arrays["gram_starts"], grams.places)
    occurs = np.zeros(len(arrays["word_hashes"]), np.bool_)
    occurs[entries.words] = True
    kept = np.flatnonzero(occurs[holders])
    of_stems = _packed(stems, np.repeat(terms.columns, stem_sizes), np.arange(1, len(stems) + 1))
    of_grams = _packed(holders[kept], np.repeat(grams.columns + size, gram_sizes)[kept], 0)
    packed = np.sort(np.concatenate([of_stems, of_grams]))
    words = packed >> _WORD
    first = np.flatnonzero(np.diff(words, prepend=-1))
    distinct = words[first]
    occurs[:] = False
    occurs[distinct] = True
    fan = np.diff(first, append=len(words))
    said = np.concatenate([_ANY, languages])[packed & ((1 << _COLUMN) - 1)]
    columns = (packed >> _COLUMN) & ((1 << (_WORD - _COLUMN)) - 1)
    return _Matches(columns, said, distinct, first, fan, occurs)


def _packed(words: Array, columns: Array, sources: Array | int) -> NDArray[np.int64]:
    """Word, column and source in one number: sorting numbers is many times faster than sorting their order."""
    return (words.astype(np.int64) << _WORD) | (columns << _COLUMN) | sources


def _table(view: View, terms: Found, grams: Found, resolved: Resolved, rows: Rows) -> Floats:
    """(n, W + G) how often each row holds each word (in the row's language) and each gram of the question."""
    arrays = view.segment.arrays
    size, width = len(resolved.query.words), len(resolved.query.words) + len(resolved.gram_weights)
    entries = _entries(arrays, rows)
    matches = _matches(view, terms, grams, size, entries)
    hits = np.flatnonzero(matches.among[entries.words])
    number = np.empty(len(matches.among), np.int32)
    number[matches.words] = np.arange(len(matches.words))
    found = number[entries.words[hits]]
    repeats = matches.fan[found]
    at = spread(matches.first[found], repeats)
    owners = np.repeat(entries.owners[hits], repeats)
    counts = np.repeat(entries.counts[hits], repeats)
    if len(view.segment.languages) > 1:
        spoken = arrays["document_languages"][view.segment.row_documents[rows]].astype(np.uint64)[owners]
        counts = counts * ((matches.languages[at] >> spoken) & np.uint64(1))
    cells = owners * width + matches.columns[at]
    return np.bincount(cells, counts, minlength=len(rows) * width).reshape(len(rows), width).astype(np.float32)


def _occurrences(postings: Postings, terms: Found, size: int, places: Array) -> Floats:
    """(n, W) how often each of the question's words stands at each of the sorted `places`."""
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
    content = resolved.query.content[terms.columns]
    terms = Found(terms.columns[content], terms.places[content])
    every = view.segment.row_documents[rows]
    begins = np.diff(every, prepend=-1) > 0
    documents, of_row = every[begins], np.cumsum(begins) - 1
    counts = _occurrences(view.segment.term_documents, terms, len(resolved.query.words), documents)
    return _bm25(counts, view.document_norms[documents], resolved.document_weights)[of_row]
