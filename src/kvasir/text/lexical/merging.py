"""Merging segments into one: no text is analysed again, and memory does not grow with the entries.

Everything in a segment is sorted by hash or by row, so a stretch of the result comes from one stretch of each segment.
"""

from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from kvasir.text.lexical.columns import Ints, sorted_languages, starts_of
from kvasir.text.lexical.pieces import (
    Bools,
    Joined,
    Lists,
    Numbers,
    any_entry,
    common_stretches,
    distinct,
    join_postings,
    spans,
    stretches,
    unite,
)
from kvasir.text.lexical.segment import Segment, write_segment
from kvasir.text.lexical.storage import Array, Spool, Spools, release

Stored = dict[str, Array | Spool]


def merge(directory: Path, segments: Sequence[Segment], live: Sequence[Bools | None] | None = None) -> None:
    """Writes one segment with the live documents of several, in order, durably into `directory`.

    The bytes are those of building it from the same documents.

    Args:
        directory: must exist; files without a name wait there too.
        segments: at least one.
        live: per segment, which of its documents to keep, shape (documents,); None keeps all.
    """
    masks = live if live is not None else [None] * len(segments)
    sources = [_Source(segment, mask) for segment, mask in zip(segments, masks, strict=True)]
    languages = sorted_languages({language for source in sources for language in source.languages})
    first_document = first_row = 0
    for source in sources:
        source.number_places(first_document, first_row, languages)
        first_document += int(source.documents.sum())
        first_row += int(source.rows.sum())
    with Spools(directory) as spools:
        arrays = _documents(sources) | _rows(sources) | _texts(sources, spools) | _prefixes(sources, spools)
        write_segment(directory, arrays, languages)


class _Source:
    """A segment that is merged: what of it lives, and how it is numbered afterwards."""

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
        return None if self.whole else self.rows, self.row_numbers

    def kept_documents(self) -> tuple[Bools | None, Numbers]:
        return None if self.whole else self.documents, self.document_numbers


def _documents(sources: Sequence[_Source]) -> Stored:
    """Names, languages and rows of the live documents."""
    sizes: list[Array] = []
    codes: list[Array] = []
    lengths: list[Array] = []
    names: list[Array] = []
    for source in sources:
        arrays, live = source.arrays, source.documents
        of_names = np.diff(arrays["document_name_starts"])
        sizes.append(np.diff(arrays["document_starts"])[live])
        codes.append(source.codes[arrays["document_languages"][live]].astype(np.uint8))
        lengths.append(of_names[live])
        names.append(arrays["document_names"][np.repeat(live, of_names)])
    return {
        "document_starts": starts_of(np.concatenate(sizes)),
        "document_languages": np.concatenate(codes),
        "document_name_starts": starts_of(np.concatenate(lengths)),
        "document_names": np.concatenate(names),
    }


def _rows(sources: Sequence[_Source]) -> Stored:
    """What stands once per row and stays as it is."""
    found: Stored = {
        name: np.concatenate([source.arrays[name][source.rows] for source in sources])
        for name in ("row_lengths", "row_gram_lengths", "row_prefix_lengths")
    }
    for name in ("row_starts", "row_prefix_starts"):
        found[name] = starts_of(np.concatenate([np.diff(source.arrays[name])[source.rows] for source in sources]))
    return found


def _texts(sources: Sequence[_Source], spools: Spools) -> Stored:
    parts = [(source.arrays["word_hashes"], source.words) for source in sources]
    hashes, numbers = unite(parts, spools)
    word_rows = np.zeros(hashes.size, np.int32)
    found = _by_row(sources, "row", "words", numbers, spools, word_rows)
    found |= {"word_hashes": hashes, "word_rows": word_rows}
    found |= _grams(sources, numbers, hashes.size, spools)
    terms, term_numbers = unite([(source.arrays["term_hashes"], source.terms()) for source in sources], spools)
    found |= {"term_hashes": terms}
    found |= _term_words(sources, term_numbers, numbers, (terms.size, hashes.size), spools)
    rows, documents = Joined.empty(spools, np.uint8), Joined.empty(spools, np.uint16)
    lists = _lists(sources, term_numbers, "term_row_starts", "term_rows", "term_row_impacts")
    join_postings(lists, [source.kept_rows() for source in sources], rows, terms.size)
    lists = _lists(sources, term_numbers, "term_document_starts", "term_documents", "term_document_counts")
    join_postings(lists, [source.kept_documents() for source in sources], documents, terms.size)
    return found | rows.named("term_row", "impacts") | documents.named("term_document", "counts")


def _prefixes(sources: Sequence[_Source], spools: Spools) -> Stored:
    parts = [
        (source.arrays["prefix_hashes"], source.holding("prefix_row_starts", "prefix_rows", source.rows))
        for source in sources
    ]
    hashes, numbers = unite(parts, spools)
    rows = Joined.empty(spools, np.uint8)
    lists = _lists(sources, numbers, "prefix_row_starts", "prefix_rows", "prefix_row_counts")
    join_postings(lists, [source.kept_rows() for source in sources], rows, hashes.size)
    found = rows.named("prefix_row", "counts") | _by_row(sources, "row_prefix", "terms", numbers, spools)
    return found | {"prefix_hashes": hashes}


def _lists(
    sources: Sequence[_Source], numbers: Sequence[Numbers], starts: str, places: str, values: str | None = None
) -> list[Lists]:
    return [
        Lists(to, source.arrays[starts], source.arrays[places], None if values is None else source.arrays[values])
        for source, to in zip(sources, numbers, strict=True)
    ]


def _by_row(
    sources: Sequence[_Source],
    name: str,
    noun: str,
    numbers: Sequence[Numbers],
    spools: Spools,
    rows: Numbers | None = None,
) -> Stored:
    """Words (or prefix terms) of each live row under their new numbers; counts in `rows` how many rows hold each."""
    entries, counts = spools.new(np.int32), spools.new(np.uint8)
    for source, to in zip(sources, numbers, strict=True):
        starts = source.arrays[f"{name}_starts"]
        for first, last in stretches(starts):
            here = slice(starts[first], starts[last])
            old, beside = source.arrays[f"{name}_{noun}"][here], source.arrays[f"{name}_counts"][here]
            if not source.whole:
                alive = np.repeat(source.rows[first:last], np.diff(starts[first : last + 1]))
                old, beside = old[alive], beside[alive]
            new = to[old]
            entries.append(new)
            counts.append(beside)
            if rows is not None:
                held, times = distinct(new)
                rows[held] += times
            release(starts)
    return {f"{name}_{noun}": entries, f"{name}_counts": counts}


def _grams(sources: Sequence[_Source], numbers: Sequence[Numbers], size: int, spools: Spools) -> Stored:
    """Gram -> words. All segments that have a word have the same grams of it: the first one's are taken."""
    owner = np.zeros(size, np.int32)
    for number, (source, to) in reversed(list(enumerate(zip(sources, numbers, strict=True)))):
        owner[to[source.words]] = number
    parts = [
        (source.arrays["gram_hashes"], source.holding("gram_starts", "gram_words", source.words)) for source in sources
    ]
    hashes, gram_numbers = unite(parts, spools)
    words, starts = spools.new(np.int32), spools.starts()
    lists = _lists(sources, gram_numbers, "gram_starts", "gram_words")
    for first, last in common_stretches(lists, hashes.size):
        keys: list[Ints] = []
        for number, (source, part, to) in enumerate(zip(sources, lists, numbers, strict=True)):
            grams, old, _ = part.between(first, last)
            alive = source.words[old]
            new, grams = to[old[alive]], grams[alive]
            keys.append((grams * size + new)[owner[new] == number])
        joined = np.sort(np.concatenate(keys))
        words.append(joined % size)
        starts.extend(np.bincount(joined // size, minlength=last - first))
    return {"gram_hashes": hashes, "gram_starts": starts, "gram_words": words}


def _term_words(
    sources: Sequence[_Source],
    terms: Sequence[Numbers],
    words: Sequence[Numbers],
    sizes: tuple[int, int],
    spools: Spools,
) -> Stored:
    """Term -> its words with their languages, and word -> its terms."""
    found, languages, starts = spools.new(np.int32), spools.new(np.uint64), spools.starts()
    lists = _lists(sources, terms, "term_word_starts", "term_words", "term_word_languages")
    pairs = np.empty(sum(len(part.places) for part in lists), np.int64)
    filled = 0
    for first, last in common_stretches(lists, sizes[0]):
        keys: list[Ints] = []
        bits: list[NDArray[np.uint64]] = []
        for source, part, to in zip(sources, lists, words, strict=True):
            numbers, old, beside = part.between(first, last)
            spoken = source.renumbered(beside, old)
            alive = spoken != 0
            keys.append(numbers[alive] * sizes[1] + to[old[alive]])
            bits.append(spoken[alive])
        joined = np.concatenate(keys)
        order = np.argsort(joined, kind="stable")
        joined = joined[order]
        begins = np.flatnonzero(np.diff(joined, prepend=-1))
        joined, here = joined[begins], slice(filled, filled + len(begins))
        found.append(joined % sizes[1])
        languages.append(np.bitwise_or.reduceat(np.concatenate(bits)[order], begins) if len(begins) else bits[0])
        starts.extend(np.bincount(joined // sizes[1], minlength=last - first))
        pairs[here] = ((joined % sizes[1]) << 32) | (joined // sizes[1] + first)
        filled = here.stop
    pairs = pairs[:filled]
    pairs.sort()
    return {
        "term_words": found,
        "term_word_languages": languages,
        "term_word_starts": starts,
        **_words_terms(pairs, sizes[1], spools),
    }


def _words_terms(pairs: Ints, size: int, spools: Spools) -> Stored:
    """Word -> its terms, of sorted pairs of word (upper 32 bits) and term."""
    terms, starts = spools.new(np.int32), spools.starts()
    for first, last in spans(size):
        ends = np.searchsorted(pairs, np.arange(first, last + 1) << 32)
        terms.append(pairs[ends[0] : ends[-1]] & 0xFFFFFFFF)
        starts.extend(np.diff(ends))
    return {"word_term_starts": starts, "word_terms": terms}
