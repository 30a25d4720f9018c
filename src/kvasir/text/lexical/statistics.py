"""BM25 and what it needs to know of the live passages, exact over any number of segments.

    score = sum over terms of idf * tf * (k1 + 1) / (tf + k1 * (1 - b + b * length / average length))
    idf = ln(1 + (N - df + 0.5) / (df + 0.5))

(Robertson and Zaragoza 2009, with the idf of Lucene, which is never negative). All counts are sums over segments of whole
numbers, so they do not depend on how documents are spread.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from kvasir.errors import InvalidInputError
from kvasir.text.lexical.columns import K1
from kvasir.text.lexical.segment import Segment
from kvasir.text.lexical.storage import Array

#: Prefixes are short by nature, so their length says less.
B_PREFIX: Final = 0.5

Floats = NDArray[np.float32]
Bools = NDArray[np.bool_]
Counts = NDArray[np.int64]


def inverse_document_frequency(df: NDArray[np.floating] | Counts, total: int | Counts) -> NDArray[np.float64]:
    """Weight of terms that `df` of `total` passages hold."""
    frequencies = np.minimum(df, total)
    return np.log1p((total - frequencies + 0.5) / (frequencies + 0.5))


def length_norm(lengths: Array, total_length: int, count: int, b: float) -> Floats:
    """k1 * (1 - b + b * length / average length) for each of `lengths`."""
    average = total_length / count if count and total_length else 1.0
    return (K1 * (1 - b) + lengths * (K1 * b / average)).astype(np.float32)


@dataclass(frozen=True, slots=True)
class LiveCounts:
    """Of one segment, over live documents only.

    Attributes:
        documents, rows: (D) and (R) which live.
        word_rows, term_rows, term_documents, prefix_rows: in how many live rows (documents) each word (term) occurs.
        gram_words: (G) over the words that contain each gram, the sum of their live rows.
        totals: live documents, rows, and the summed lengths of rows in words, grams and prefix words.
        languages: live documents of each language.
    """

    documents: Bools
    rows: Bools
    word_rows: Counts
    term_rows: Counts
    term_documents: Counts
    prefix_rows: Counts
    gram_words: Counts
    totals: Counts
    languages: dict[str, int]


def count_live(segment: Segment, live: Bools | None) -> LiveCounts:
    """Counts what lives in a segment; `live` has shape (documents,), None means all."""
    documents = np.ones(segment.documents, np.bool_) if live is None else np.asarray(live, np.bool_)
    if documents.shape != (segment.documents,):
        raise InvalidInputError(
            f"A live mask has shape {documents.shape}, the segment has {segment.documents} documents.", field="live"
        )
    arrays = segment.arrays
    rows = documents[segment.row_documents]
    word_rows = _live_words(arrays, rows)
    grams = np.add.reduceat(np.append(word_rows[arrays["gram_words"]], 0), arrays["gram_starts"][:-1])
    lengths = ("row_lengths", "row_gram_lengths", "row_prefix_lengths")
    sums = [int(arrays[name][rows].sum(dtype=np.int64)) for name in lengths]
    return LiveCounts(
        documents=documents,
        rows=rows,
        word_rows=word_rows,
        term_rows=_live_places(arrays["term_row_starts"], arrays["term_rows"], rows),
        term_documents=_live_places(arrays["term_document_starts"], arrays["term_documents"], documents),
        prefix_rows=_live_places(arrays["prefix_row_starts"], arrays["prefix_rows"], rows),
        gram_words=grams.astype(np.int64),
        totals=np.array([documents.sum(), rows.sum(), *sums], np.int64),
        languages=_languages(segment, documents),
    )


def _languages(segment: Segment, documents: Bools) -> dict[str, int]:
    codes, counts = np.unique(segment.arrays["document_languages"][documents], return_counts=True)
    return {segment.languages[code]: count for code, count in zip(codes.tolist(), counts.tolist(), strict=True)}


def _live_words(arrays: dict[str, Array], rows: Bools) -> Counts:
    if rows.all():
        return arrays["word_rows"].astype(np.int64)
    entries = np.repeat(rows, np.diff(arrays["row_starts"]))
    return np.bincount(arrays["row_words"][entries], minlength=len(arrays["word_hashes"]))


def _live_places(starts: Array, places: Array, alive: Bools) -> Counts:
    """For each posting list, how many of its places live."""
    if alive.all():
        return np.diff(starts)
    reached = np.zeros(len(places) + 1, np.int64)
    np.cumsum(alive[places], out=reached[1:])
    return reached[starts[1:]] - reached[starts[:-1]]
