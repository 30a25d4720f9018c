"""Which passages are worth scoring in full.

A cheap estimate of the fused lexical score orders the passages; the best are then scored exactly. The estimate adds up
postings of the question's rarest words and prefix words. For words that hardly any passage holds (typos, unusual
inflections and compounds), words of the vocabulary that share much of their gram weight stand in. Budgets are on counts
over all live passages and ties go by passage keys, so that the candidates, too, are a function of the live passages.
"""

from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from kvasir.text.lexical.hashing import Hashes
from kvasir.text.lexical.statistics import Bools, Counts, Floats
from kvasir.text.lexical.storage import Array
from kvasir.text.lexical.view import Corpus, Found, Resolved, View, find

Rows = NDArray[np.int64]

#: What a full match of the prefix is worth beside a full match of the words or of the grams.
PREFIX_SHARE: Final = 0.6
#: Words in at most this many passages are looked for in the vocabulary by their grams.
RARE: Final = 2
#: Vocabulary words below this share of the best word's gram weight do not stand in.
GRAM_SHARE: Final = 0.4
#: The most words that the grams take from the vocabulary.
MAX_EXPANSIONS: Final = 64
#: Every so many-th estimate is looked at to guess where the best ones begin.
SAMPLE_STEP: Final = 16


@dataclass(frozen=True, slots=True)
class Budget:
    """What one search may read to find candidates.

    Attributes:
        words, grams, prefixes: postings of the question's words, of words found by grams, and of prefix words.
        depth: passages to score in full.
    """

    words: int = 40_000
    grams: int = 5_000
    prefixes: int = 5_000
    depth: int = 100


class _Source(NamedTuple):
    """Terms of one field to add up: per view their numbers, and what each is worth."""

    field: str
    terms: list[NDArray[np.int64]]
    worth: list[Floats]


def find_candidates(corpus: Corpus, resolved: Resolved, allowed: Bools | None, budget: Budget) -> Rows:
    """Sorted global rows worth scoring; `allowed` has shape (rows,), None allows all."""
    usable = corpus.live if allowed is None else corpus.live & allowed
    count = int(np.count_nonzero(usable))
    if count <= budget.depth:
        return np.flatnonzero(usable)
    order = np.argsort(resolved.word_rows, kind="stable")
    words = max(1, int(np.searchsorted(np.cumsum(resolved.word_rows[order]), budget.words, side="right")))
    prefixes = _rarest(resolved.prefix_rows, budget.prefixes)
    sources = [
        _source("words", resolved.terms, resolved.word_weights, order[:words], 1.0),
        _source("prefix", resolved.prefixes, resolved.prefix_weights, prefixes, PREFIX_SHARE),
        *_expansions(corpus, resolved, budget),
    ]
    estimate = _estimate(corpus, sources)
    everyone = count == corpus.rows
    while True:
        best = _best(estimate if everyone else estimate * usable, corpus.keys, budget.depth)
        if words >= len(order) or len(best) >= budget.depth:
            return best
        more = _source("words", resolved.terms, resolved.word_weights, order[words : words + 1], 1.0)
        estimate = estimate + _estimate(corpus, [more])
        words += 1


def _rarest(rows: Counts, limit: int) -> Rows:
    order = np.argsort(rows, kind="stable")
    return order[np.cumsum(rows[order]) <= limit]


def _source(field: str, found: tuple[Found, ...], weights: Floats, words: Rows, share: float) -> _Source:
    """The terms of `words` in every view, in the order of `words`; all weights together are worth `share`."""
    worth = weights * np.float32(share / max(float(weights.sum()), 1e-9))
    place = np.full(len(weights), len(weights))
    place[words] = np.arange(len(words))
    terms: list[NDArray[np.int64]] = []
    worths: list[Floats] = []
    for one in found:
        ranks = place[one.columns]
        chosen = np.argsort(ranks, kind="stable")[: np.count_nonzero(ranks < len(weights))]
        terms.append(one.places[chosen])
        worths.append(worth[one.columns[chosen]])
    return _Source(field, terms, worths)


def _estimate(corpus: Corpus, sources: list[_Source]) -> NDArray[np.float64]:
    """(global rows) sums of worth * tf / (tf + norm), for words by their stored impacts."""
    parts: list[NDArray[np.float64]] = []
    for number, view in enumerate(corpus.views):
        rows: list[Array] = []
        gains: list[NDArray[np.floating]] = []
        for source in sources:
            terms, worth = source.terms[number], source.worth[number]
            postings = view.segment.prefix_rows if source.field == "prefix" else view.segment.term_rows
            places, sizes = stretches(postings.places, postings.starts, terms)
            values, _ = stretches(postings.counts, postings.starts, terms)
            if source.field == "prefix":
                values = values / (values + view.prefix_norms[places])
            else:
                worth = worth / np.float32(255)
            rows.append(places)
            gains.append(np.repeat(worth, sizes) * values)
        total = np.bincount(np.concatenate(rows), np.concatenate(gains), minlength=view.segment.rows)
        parts.append(total.astype(np.float64, copy=False))
    return np.concatenate(parts)


def _best(scores: NDArray[np.float64], keys: Hashes, depth: int) -> Rows:
    """Sorted rows of the `depth` highest scores over 0; among equal ones at the cut, those with the smallest keys.

    The guess only saves time: where it leaves too few rows, all are looked at.
    """
    sample = scores[::SAMPLE_STEP]
    wanted = 2 * depth // SAMPLE_STEP + 2
    guess = float(np.partition(sample, -wanted)[-wanted]) if len(sample) > wanted else 0.0
    rows = np.flatnonzero(scores >= guess) if guess > 0 else np.zeros(0, np.int64)
    if len(rows) < depth:
        rows = np.flatnonzero(scores > 0)
    if len(rows) <= depth:
        return rows
    values = scores[rows]
    cut = np.partition(values, len(values) - depth)[len(values) - depth]
    above = rows[values > cut]
    ties = rows[values == cut]
    ties = ties[np.argsort(keys[ties])[: depth - len(above)]]
    return np.sort(np.concatenate([above, ties]))


def _expansions(corpus: Corpus, resolved: Resolved, budget: Budget) -> list[_Source]:
    """Terms of the vocabulary words that share most gram weight with rare words, while their rows fit the budget."""
    owners, grams_of = resolved.query.gram_pairs.T
    weights_of_rare = np.zeros_like(resolved.gram_weights)
    of_rare = grams_of[resolved.word_rows[owners] <= RARE]
    weights_of_rare[of_rare] = resolved.gram_weights[of_rare]
    if not len(of_rare):
        return []
    shared = [_sharing(view, grams, weights_of_rare) for view, grams in zip(corpus.views, resolved.grams, strict=True)]
    floor = GRAM_SHARE * max((float(weights.max(initial=0)) for _, weights in shared), default=0.0)
    near = [(words[weights > floor], weights[weights > floor]) for words, weights in shared]
    pairs = list(zip(corpus.views, near, strict=True))
    hashes = np.concatenate([view.segment.arrays["word_hashes"][words] for view, (words, _) in pairs])
    weights = np.concatenate([some for _, some in near])
    rows = np.concatenate([view.counts.word_rows[words] for view, (words, _) in pairs])
    distinct, first, inverse = np.unique(hashes, return_index=True, return_inverse=True)
    total = np.bincount(inverse, rows, minlength=len(distinct))
    order = np.lexsort((distinct, -weights[first]))
    order = order[(total[order] > 0) & (total[order] <= budget.grams)][:MAX_EXPANSIONS]
    chosen = np.zeros(len(distinct), np.bool_)
    chosen[order[np.cumsum(total[order]) <= budget.grams]] = True
    ends = np.cumsum([len(words) for words, _ in near])
    taken = np.split(chosen[inverse], ends[:-1])
    names, best = _terms_of(corpus, [(words[some], one[some]) for (words, one), some in zip(near, taken, strict=True)])
    worth = best / np.float32(max(float(resolved.gram_weights.sum()), 1e-9))
    places = [find(view.segment.arrays["term_hashes"], names) for view in corpus.views]
    return [_Source("words", [one[one >= 0] for one in places], [worth[one >= 0] for one in places])]


def _terms_of(corpus: Corpus, chosen: list[tuple[Rows, Floats]]) -> tuple[Hashes, Floats]:
    """The terms of the chosen words in all views, sorted, each with the highest weight among its words."""
    hashes: list[Hashes] = []
    weights: list[Floats] = []
    for view, (words, shared) in zip(corpus.views, chosen, strict=True):
        arrays = view.segment.arrays
        terms, sizes = stretches(arrays["word_terms"], arrays["word_term_starts"], words)
        hashes.append(arrays["term_hashes"][terms])
        weights.append(np.repeat(shared, sizes))
    every, inverse = np.unique(np.concatenate(hashes), return_inverse=True)
    best = np.zeros(len(every), np.float32)
    np.maximum.at(best, inverse, np.concatenate(weights))
    return every, best


def _sharing(view: View, grams: Found, weights: Floats) -> tuple[Rows, Floats]:
    """Words of live rows that contain grams of weight, and the weight that each contains in sum."""
    arrays = view.segment.arrays
    counted = weights[grams.columns] > 0
    columns = grams.columns[counted]
    words, sizes = stretches(arrays["gram_words"], arrays["gram_starts"], grams.places[counted])
    packed = np.sort((words.astype(np.int64) << 16) | np.repeat(columns, sizes))
    distinct = np.flatnonzero(np.diff(packed >> 16, prepend=-1))
    if not len(distinct):
        return np.zeros(0, np.int64), np.zeros(0, np.float32)
    found = packed[distinct] >> 16
    alive = view.counts.word_rows[found] > 0
    return found[alive], np.add.reduceat(weights[packed & 0xFFFF], distinct)[alive]


def stretches(values: Array, starts: Array, numbers: NDArray[np.int64]) -> tuple[Array, Counts]:
    """`values[starts[i]:starts[i + 1]]` for each i of `numbers`, one after another, and the length of each.

    Few long stretches: slices are read in order, which is faster than gathering by index.
    """
    first, last = starts[numbers], starts[numbers + 1]
    pieces = [values[start:end] for start, end in zip(first.tolist(), last.tolist(), strict=True)]
    return (np.concatenate(pieces) if pieces else values[:0]), last - first


def spread(starts: Array, sizes: Array) -> Rows:
    """Places start, start + 1, ... of each of n stretches, one after another."""
    ends = np.cumsum(sizes)
    total = int(ends[-1]) if len(ends) else 0
    return np.repeat(starts - (ends - sizes), sizes) + np.arange(total)
