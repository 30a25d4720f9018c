"""A segment as merging sees it: what of it lives, and how everything in it is numbered afterwards."""

from collections.abc import Mapping, Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from kvasir.text.lexical.pieces import Bools, Numbers, any_entry, stretches
from kvasir.text.lexical.segment import Segment
from kvasir.text.lexical.storage import Array


class Source:
    """One of the segments that are merged. `number_places` comes first."""

    row_numbers: Numbers
    document_numbers: Numbers
    codes: NDArray[np.int64]
    """(its languages) number of each language afterwards, -1 for one that is gone."""

    def __init__(self, segment: Segment, live: Bools | None) -> None:
        self.arrays: Mapping[str, Array] = segment.arrays
        self.documents = np.ones(segment.documents, np.bool_) if live is None else live
        self.rows = self.documents[segment.row_documents]
        self.whole = bool(self.documents.all())
        self._known = segment.languages
        self._row_codes = segment.arrays["document_languages"][segment.row_documents]

    @property
    def languages(self) -> Sequence[str]:
        """Of the live documents."""
        codes: list[int] = np.unique(self.arrays["document_languages"][self.documents]).tolist()
        return [self._known[code] for code in codes]

    def number_places(self, first_document: int, first_row: int, languages: Sequence[str]) -> None:
        """Says where its documents and rows begin among all."""
        self.document_numbers = (first_document - 1 + np.cumsum(self.documents)).astype(np.int32)
        self.row_numbers = (first_row - 1 + np.cumsum(self.rows)).astype(np.int32)
        known = [languages.index(language) if language in languages else -1 for language in self._known]
        self.codes = np.array(known, np.int64)

    @cached_property
    def spoken(self) -> NDArray[np.uint64]:
        """(V) in which languages live rows hold each word, a bit for each as the segment numbers them."""
        found = np.zeros(len(self.arrays["word_hashes"]), np.uint64)
        starts = self.arrays["row_starts"]
        for first, last in stretches(starts):
            words = self.arrays["row_words"][starts[first] : starts[last]]
            sizes = np.diff(starts[first : last + 1])
            for code in range(len(self._known)):
                rows = self.rows[first:last] & (self._row_codes[first:last] == code)
                held = words[np.repeat(rows, sizes)]
                found[held] |= np.uint64(1 << code)
        return found

    @cached_property
    def words(self) -> Bools:
        """(V) which words live rows hold."""
        return np.ones(len(self.arrays["word_hashes"]), np.bool_) if self.whole else self.spoken != 0

    def holding(self, starts: str, places: str, alive: Bools) -> Bools:
        """Which of its lists have a place that lives."""
        if self.whole:
            return np.ones(len(self.arrays[starts]) - 1, np.bool_)
        return any_entry(self.arrays[starts], lambda some: alive[self.arrays[places][some]])

    def terms(self) -> Bools:
        """(T) which terms live rows hold."""
        if self.whole:
            return np.ones(len(self.arrays["term_hashes"]), np.bool_)
        bits, words = self.arrays["term_word_languages"], self.arrays["term_words"]
        return any_entry(self.arrays["term_word_starts"], lambda some: (bits[some] & self.spoken[words[some]]) != 0)

    def renumbered(self, bits: Array, words: Array) -> NDArray[np.uint64]:
        """Languages in which words have a term: those that live, as they are numbered afterwards."""
        if not self.whole:
            bits = bits & self.spoken[words]
        found = np.zeros(len(bits), np.uint64)
        for old, new in enumerate(self.codes.tolist()):
            if new >= 0:
                found |= ((bits >> np.uint64(old)) & np.uint64(1)) << np.uint64(new)
        return found

    def kept_rows(self) -> tuple[Bools | None, Numbers]:
        """Which rows live (None for all), and their numbers afterwards."""
        return None if self.whole else self.rows, self.row_numbers

    def kept_documents(self) -> tuple[Bools | None, Numbers]:
        """Which documents live (None for all), and their numbers afterwards."""
        return None if self.whole else self.documents, self.document_numbers
