"""The reference: every passage scored by every lexical leg, term by term over an inverted index of surface words.

`Budget(depth=everything)` says the same, ten times slower; `check` shows that they agree.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from kvasir.text.lexical import Budget, LexicalIndex, Segment
from kvasir.text.lexical.columns import K1
from kvasir.text.lexical.view import Corpus, Resolved, open_corpus, resolve

Scores = NDArray[np.float32]
LEGS = ("words", "grams", "prefix", "document")


class Exhaustive:
    """Of one segment in which everything lives."""

    def __init__(self, segment: Segment) -> None:
        self._segment = segment
        self._corpus: Corpus = open_corpus([segment], [None])
        arrays = segment.arrays
        order = np.argsort(arrays["row_words"], kind="stable")
        sizes = np.diff(arrays["row_starts"])
        self._rows = np.repeat(np.arange(segment.rows, dtype=np.int32), sizes)[order]
        self._counts = arrays["row_counts"][order].astype(np.float32)
        self._starts = np.concatenate([[0], np.cumsum(np.bincount(arrays["row_words"], minlength=self._vocabulary))])
        self._languages = arrays["document_languages"][segment.row_documents].astype(np.uint64)

    @property
    def _vocabulary(self) -> int:
        return len(self._segment.arrays["word_hashes"])

    def scores(self, question: str) -> Scores:
        """(legs, rows)."""
        resolved = resolve(self._corpus, question)
        corpus = self._corpus
        arrays = self._segment.arrays
        words = np.zeros(self._segment.rows, np.float32)
        for column in range(len(resolved.query.words)):
            places = known(resolved.term_places[0][resolved.query.term_words == column])
            said, _ = stretches(arrays["term_word_languages"], arrays["term_word_starts"], places)
            holders, _ = stretches(arrays["term_words"], arrays["term_word_starts"], places)
            words += self._part(holders, said, corpus.word_norms, resolved.word_weights[column])
        grams = np.zeros_like(words)
        for column, place in held(resolved.gram_places[0], np.arange(len(resolved.gram_weights))):
            start, end = arrays["gram_starts"][place : place + 2]
            grams += self._part(arrays["gram_words"][start:end], None, corpus.gram_norms, resolved.gram_weights[column])
        return np.stack([words, grams, self._prefixes(resolved), self._documents(resolved)])

    def _part(self, words: NDArray[np.int32], said: NDArray[np.uint64] | None, norms: Scores, weight: float) -> Scores:
        """What one column adds to every row."""
        rows, sizes = stretches(self._rows, self._starts, words)
        counts, _ = stretches(self._counts, self._starts, words)
        if said is not None:
            counts = counts * ((np.repeat(said, sizes) >> self._languages[rows]) & np.uint64(1)).astype(np.float32)
        table = np.bincount(rows, counts, minlength=len(norms)).astype(np.float32)
        return table / (table + norms) * np.float32(weight * (K1 + 1))

    def _prefixes(self, resolved: Resolved) -> Scores:
        corpus = self._corpus
        total = np.zeros(self._segment.rows, np.float32)
        table = np.zeros((len(resolved.query.words), self._segment.rows), np.float32)
        for column, place in held(resolved.prefix_places[0], resolved.query.term_words):
            rows, counts = self._segment.prefix_rows.of(int(place))
            table[column, rows] += counts
        for counts, weight in zip(table, resolved.prefix_weights, strict=True):
            total += counts / (counts + corpus.prefix_norms) * np.float32(weight * (K1 + 1))
        return total

    def _documents(self, resolved: Resolved) -> Scores:
        corpus = self._corpus
        table = np.zeros((len(resolved.query.words), self._segment.documents), np.float32)
        for column, place in held(resolved.term_places[0], resolved.query.term_words):
            if resolved.query.content[column]:
                documents, counts = self._segment.term_documents.of(int(place))
                table[column, documents] += counts
        shares = table / (table + corpus.document_norms)
        scores = (shares * (resolved.document_weights[:, None] * np.float32(K1 + 1))).sum(axis=0, dtype=np.float32)
        return scores[self._segment.row_documents]


def known(places: NDArray[np.int64]) -> NDArray[np.int64]:
    return places[places >= 0]


def held(places: NDArray[np.int64], columns: NDArray[np.int64]) -> list[tuple[int, int]]:
    """Column and place of what the segment has."""
    return [(int(column), int(place)) for column, place in zip(columns, places, strict=True) if place >= 0]


def stretches(
    values: NDArray[Any], starts: NDArray[np.int64], numbers: NDArray[np.int64]
) -> tuple[NDArray[Any], NDArray[np.int64]]:
    """`values[starts[i]:starts[i + 1]]` for each i of `numbers`, one after another, and the length of each."""
    pieces = [values[starts[number] : starts[number + 1]] for number in numbers.tolist()]
    return (np.concatenate(pieces) if pieces else values[:0]), starts[numbers + 1] - starts[numbers]


def check(exhaustive: Exhaustive, index: LexicalIndex, question: str) -> bool:
    """Whether the index, told to score everything, says the same."""
    found = index.search(question, budget=Budget(depth=10**9)).scores
    every = exhaustive.scores(question)
    return all(np.allclose(getattr(found, leg), every[n], rtol=1e-3, atol=1e-3) for n, leg in enumerate(LEGS))
