"""Merging segments into one: no text is analysed again, and memory does not grow with the entries.

Everything in a segment is sorted by hash or by row, so a stretch of the result comes from one stretch of each segment.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from kvasir.text.lexical.columns import Ints, sorted_languages, starts_of
from kvasir.text.lexical.pieces import (
    Bools,
    Joined,
    Lists,
    Numbers,
    common_stretches,
    distinct,
    join_postings,
    spans,
    stretches,
    unite,
)
from kvasir.text.lexical.segment import Segment, write_segment
from kvasir.text.lexical.source import Source
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
    sources = [Source(segment, mask) for segment, mask in zip(segments, masks, strict=True)]
    languages = sorted_languages({language for source in sources for language in source.languages})
    first_document = first_row = 0
    for source in sources:
        source.number_places(first_document, first_row, languages)
        first_document += int(source.documents.sum())
        first_row += int(source.rows.sum())
    with Spools(directory) as spools:
        arrays = _documents(sources) | _rows(sources) | _texts(sources, spools) | _prefixes(sources, spools)
        write_segment(directory, arrays, languages)


def _documents(sources: Sequence[Source]) -> Stored:
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


def _rows(sources: Sequence[Source]) -> Stored:
    """What stands once per row and stays as it is."""
    found: Stored = {
        name: np.concatenate([source.arrays[name][source.rows] for source in sources])
        for name in ("row_lengths", "row_gram_lengths", "row_prefix_lengths")
    }
    for name in ("row_starts", "row_prefix_starts"):
        found[name] = starts_of(np.concatenate([np.diff(source.arrays[name])[source.rows] for source in sources]))
    return found


def _texts(sources: Sequence[Source], spools: Spools) -> Stored:
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


def _prefixes(sources: Sequence[Source], spools: Spools) -> Stored:
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
    sources: Sequence[Source], numbers: Sequence[Numbers], starts: str, places: str, values: str | None = None
) -> list[Lists]:
    return [
        Lists(to, source.arrays[starts], source.arrays[places], None if values is None else source.arrays[values])
        for source, to in zip(sources, numbers, strict=True)
    ]


def _by_row(
    sources: Sequence[Source],
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


def _grams(sources: Sequence[Source], numbers: Sequence[Numbers], size: int, spools: Spools) -> Stored:
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
    sources: Sequence[Source],
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
