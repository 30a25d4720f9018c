"""Which words of given passages hold anything of a question, and what.

A word holds the question's words of the same stem, in the languages in which it has that stem, and every gram within it.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from kvasir.text.lexical.gathering import Array, Ints, lengths, runs, spread, stretches
from kvasir.text.lexical.view import Corpus, Resolved, View

#: All languages: a gram matches whatever the row is written in.
_ANY: Final = np.array([2**64 - 1], np.uint64)
#: A match as one number: 31 bits of word, 9 of column (64 words and 256 grams at most), 23 of source.
_WORD, _COLUMN = 32, 23


class Entries(NamedTuple):
    """Every distinct word of every row: number of the row among those scored, word, how often it occurs."""

    owners: Ints
    words: Array
    counts: Array


class Matches(NamedTuple):
    """What the words of some entries hold of the question, sorted by word.

    Attributes:
        hits: entries whose word holds something; `of_hits` says which of the d words that is.
        first, fan: (d) where the matches of each word begin, and how many they are.
        columns, languages: (m) column of each match, and the languages this is said of, one bit each.
    """

    hits: Ints
    of_hits: Array
    first: Ints
    fan: Ints
    columns: Array
    languages: Array


def matches(corpus: Corpus, resolved: Resolved, entries: Entries, views: Sequence[tuple[View, int]]) -> Matches:
    """Matches of the words that occur in `entries`, all of which stand in `views` (with their numbers)."""
    stems, said = _of_stems(resolved, views)
    with corpus.seen.borrowed() as seen:
        seen[entries.words] = True
        grams = _of_grams(resolved, views, seen)
        seen[entries.words] = False
    packed = np.concatenate([stems, grams])
    packed.sort()
    words = packed >> _WORD
    first = runs(words)
    distinct = words.take(first)
    with corpus.number.borrowed() as number:
        number[distinct] = np.arange(1, len(distinct) + 1)
        of_entries = number.take(entries.words)
        number[distinct] = 0
    hits = np.flatnonzero(of_entries)
    return Matches(
        hits=hits,
        of_hits=of_entries.take(hits) - 1,
        first=first,
        fan=lengths(first, len(words)),
        columns=(packed >> _COLUMN) & ((1 << (_WORD - _COLUMN)) - 1),
        languages=said.take(packed & ((1 << _COLUMN) - 1)),
    )


def _of_stems(resolved: Resolved, views: Sequence[tuple[View, int]]) -> tuple[NDArray[np.int64], NDArray[np.uint64]]:
    """Words of the question's stems, and the languages that the source of each match stands for."""
    packed: list[Array] = []
    said: list[Array] = [_ANY]
    sources = 1
    for view, number in views:
        arrays, terms = view.segment.arrays, resolved.terms[number]
        first = arrays["term_word_starts"].take(terms.places)
        sizes = arrays["term_word_starts"].take(terms.places + 1) - first
        places = spread(first, sizes)
        said.append(arrays["term_word_languages"].take(places))
        words = arrays["term_words"].take(places) + np.int64(view.first_word)
        columns = np.repeat(terms.columns, sizes)
        packed.append((words << _WORD) | (columns << _COLUMN) | np.arange(sources, sources + len(places)))
        sources += len(places)
    return np.concatenate(packed), np.concatenate(said)


def _of_grams(resolved: Resolved, views: Sequence[tuple[View, int]], seen: Array) -> NDArray[np.int64]:
    """Words of the question's grams, of those that were seen."""
    size = len(resolved.query.words)
    packed: list[Array] = []
    for view, number in views:
        arrays, grams = view.segment.arrays, resolved.grams[number]
        holders, sizes = stretches(arrays["gram_words"], arrays["gram_starts"], grams.places)
        kept = np.flatnonzero(seen[view.first_word :].take(holders))
        columns = np.repeat(grams.columns + size, sizes).take(kept)
        words = holders.take(kept) + np.int64(view.first_word)
        packed.append((words << _WORD) | (columns << _COLUMN))
    return np.concatenate(packed)
