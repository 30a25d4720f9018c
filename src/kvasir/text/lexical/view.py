"""Segments as one index sees them: with live counts, length norms, and a place in a common row space.

Rows of the segments follow one another; a *global row* is the segment's offset plus the row. Arrays over global rows are
cheap (100,000 rows: 400 kB), and what is computed per row never depends on the order of segments.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import DTypeLike, NDArray

from kvasir.text.lexical import kernel
from kvasir.text.lexical.columns import K1, B
from kvasir.text.lexical.query import LexicalQuery, parse
from kvasir.text.lexical.segment import Segment
from kvasir.text.lexical.statistics import B_PREFIX, Bools, Counts, Floats, LiveCounts, count_live, length_norm
from kvasir.text.lexical.storage import Array

Places = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class View:
    """One segment of an index, and its first global row, word and document."""

    segment: Segment
    counts: LiveCounts
    offset: int
    first_word: int
    first_document: int


@dataclass(frozen=True, slots=True)
class Corpus:
    """All views of an index.

    Attributes:
        totals: live documents, live rows, their words, grams and prefix words.
        languages: of the live documents, the commonest first, then by code.
        rows: global rows, dead ones included.
        live: (rows) which live.
        word_norms, gram_norms, prefix_norms, document_norms: length norms of BM25, by row or document.
        native: all of it for the kernel.
        workspaces: to borrow, one for each search that runs.
    """

    views: tuple[View, ...]
    totals: Counts
    languages: tuple[str, ...]
    rows: int
    live: Bools
    word_norms: Floats
    gram_norms: Floats
    prefix_norms: Floats
    document_norms: Floats
    native: kernel.CorpusView
    workspaces: kernel.Workspaces


def open_corpus(segments: Sequence[Segment], live: Sequence[Bools | None]) -> Corpus:
    """Counts what lives and computes the norms that follow from it."""
    counts = [count_live(segment, mask) for segment, mask in zip(segments, live, strict=True)]
    totals = np.sum([one.totals for one in counts], axis=0) if counts else np.zeros(5, np.int64)
    views: list[View] = []
    rows = words = in_all = 0
    for segment, one in zip(segments, counts, strict=True):
        views.append(View(segment, one, rows, words, in_all))
        rows, in_all = rows + segment.rows, in_all + segment.documents
        words += len(segment.arrays["word_hashes"])
    live_documents, live_rows, length, grams, in_prefixes = totals.tolist()
    lengths = _joined([_document_lengths(segment) for segment in segments], np.int64)
    norms = {
        "word_norms": length_norm(_column(segments, "row_lengths"), length, live_rows, B),
        "gram_norms": length_norm(_column(segments, "row_gram_lengths"), grams, live_rows, B),
        "prefix_norms": length_norm(_column(segments, "row_prefix_lengths"), in_prefixes, live_rows, B_PREFIX),
        "document_norms": length_norm(lengths, length, live_documents, B),
    }
    native = [_native(view) for view in views]
    return Corpus(
        views=tuple(views),
        totals=totals,
        languages=_by_number([one.languages for one in counts]),
        rows=rows,
        live=_joined([one.rows for one in counts], np.bool_),
        **norms,
        native=kernel.CorpusView.of(
            count=len(views),
            segments=(kernel.SegmentView * len(views))(*native),
            rows=rows,
            live_rows=live_rows,
            live_documents=live_documents,
            keys=_joined([segment.row_keys for segment in segments], np.uint64),
            documents=_joined([view.segment.row_documents + view.first_document for view in views], np.int32),
            languages=_joined([one.arrays["document_languages"][one.row_documents] for one in segments], np.uint8),
            **norms,
            saturation=K1 + 1,
        ),
        workspaces=kernel.Workspaces(rows, words),
    )


def _native(view: View) -> kernel.SegmentView:
    arrays, counts = view.segment.arrays, view.counts

    def lists(starts: str, places: str, values: str | None = None) -> kernel.Lists:
        return kernel.Lists.over(arrays[starts], arrays[places], None if values is None else arrays[values])

    return kernel.SegmentView.of(
        rows=view.segment.rows,
        words=len(arrays["word_hashes"]),
        documents=view.segment.documents,
        first_row=view.offset,
        first_word=view.first_word,
        first_document=view.first_document,
        **{name: arrays[name] for name in ("term_hashes", "prefix_hashes", "gram_hashes", "word_hashes")},
        term_rows=lists("term_row_starts", "term_rows", "term_row_impacts"),
        term_documents=lists("term_document_starts", "term_documents", "term_document_counts"),
        term_words=lists("term_word_starts", "term_words", "term_word_languages"),
        prefix_rows=lists("prefix_row_starts", "prefix_rows", "prefix_row_counts"),
        gram_words=lists("gram_starts", "gram_words"),
        row_words=lists("row_starts", "row_words", "row_counts"),
        row_prefixes=lists("row_prefix_starts", "row_prefix_terms", "row_prefix_counts"),
        word_terms=lists("word_term_starts", "word_terms"),
        live_term_rows=counts.term_rows,
        live_term_documents=counts.term_documents,
        live_prefix_rows=counts.prefix_rows,
        live_gram_words=counts.gram_words,
        live_word_rows=counts.word_rows,
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


@dataclass(frozen=True, slots=True)
class Resolved:
    """A question with its place in every segment and its global weights.

    Attributes:
        term_places, prefix_places: (segments, T) number of each of the question's terms there, -1 where absent.
        gram_places: (segments, G) the same of grams.
        word_weights, document_weights, prefix_weights: (W) idf times the word's weight in the question.
        gram_weights: (G) idf times weight.
        native: all of it for the kernel.
    """

    query: LexicalQuery
    term_places: Places
    prefix_places: Places
    gram_places: Places
    word_weights: Floats
    document_weights: Floats
    prefix_weights: Floats
    gram_weights: Floats
    native: kernel.Question


def resolve(corpus: Corpus, text: str) -> Resolved:
    """Analyses a question and looks its parts up.

    How many rows hold a gram is estimated from the sum of its words' rows as if words fell into rows independently. Counting
    exactly would need every row's grams; the estimate scores as well (docs/decisions/0001-retrieval.md).
    """
    query = parse(text, corpus.languages)
    segments, words, grams = len(corpus.views), len(query.words), len(query.gram_hashes)
    term_places = np.empty((segments, len(query.terms)), np.int64)
    prefix_places = np.empty_like(term_places)
    gram_places = np.empty((segments, grams), np.int64)
    weights = np.empty((3, words), np.float32)
    gram_weights = np.empty(grams, np.float32)
    native = kernel.Question.of(
        words=words,
        terms=len(query.terms),
        grams=grams,
        pairs=len(query.gram_pairs),
        term_hashes=query.terms,
        gram_hashes=query.gram_hashes,
        term_words=query.term_words,
        gram_pairs=query.gram_pairs,
        content=query.content,
        counts=query.weights,
        gram_counts=query.gram_weights,
        term_places=term_places,
        prefix_places=prefix_places,
        gram_places=gram_places,
        word_rows=np.zeros(words, np.int64),
        prefix_rows=np.zeros(words, np.int64),
        word_weights=weights[0],
        document_weights=weights[1],
        prefix_weights=weights[2],
        gram_weights=gram_weights,
    )
    kernel.resolve(corpus.native, native)
    return Resolved(
        query=query,
        term_places=term_places,
        prefix_places=prefix_places,
        gram_places=gram_places,
        word_weights=weights[0],
        document_weights=weights[1],
        prefix_weights=weights[2],
        gram_weights=gram_weights,
        native=native,
    )
