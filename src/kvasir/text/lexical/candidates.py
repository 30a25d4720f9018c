"""Which passages are worth scoring in full.

A cheap estimate of the fused lexical score orders the passages; the best are then scored exactly. The estimate adds up
postings of the question's content words and of its rarest prefix words; function words, which have most of the postings and
hardly any weight, are read only where the others find too little. For words that hardly any passage holds (typos, unusual
inflections and compounds), words of the vocabulary that share much of their gram weight stand in. Budgets are on counts
over all live passages and ties go by passage keys, so that the candidates, too, are a function of the live passages.
"""

from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from kvasir.text.lexical.gathering import Array, runs, stretches
from kvasir.text.lexical.hashing import Hashes
from kvasir.text.lexical.statistics import Bools, Floats
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
SAMPLE_STEP: Final = 8
#: A row is met once for each of the question's words that it holds; the best rows hold some.
MET: Final = 6


@dataclass(frozen=True, slots=True)
class Budget:
    """What one search may read to find candidates.

    Attributes:
        words, grams, prefixes: postings of the question's words, of words found by grams, and of prefix words.
        depth: passages to score in full.
    """

    words: int = 40_000
    grams: int = 5_000
    prefixes: int = 3_000
    depth: int = 60


class _Source(NamedTuple):
    """Terms of one field to add up: per view their numbers, and what each is worth."""

    field: str
    terms: list[NDArray[np.int64]]
    worth: list[Floats]


class _Estimates(NamedTuple):
    """Global rows that were met, repeated ones included, and the estimate of each."""

    rows: Rows
    values: NDArray[np.float64]


def find_candidates(corpus: Corpus, resolved: Resolved, allowed: Bools | None, budget: Budget) -> Rows:
    """Sorted global rows worth scoring; `allowed` has shape (rows,), None allows all."""
    everyone = allowed is None and int(corpus.totals[1]) == corpus.rows
    usable = None if everyone else corpus.live if allowed is None else corpus.live & allowed
    count = corpus.rows if usable is None else int(np.count_nonzero(usable))
    if count <= budget.depth:
        return np.arange(corpus.rows) if usable is None else np.flatnonzero(usable)
    order = np.lexsort((resolved.word_rows, ~resolved.query.content))
    words = _affordable(resolved, order, budget.words)
    sources = [
        _source("prefix", resolved.prefixes, resolved.prefix_weights, _rarest(resolved, budget.prefixes), PREFIX_SHARE),
        *_expansions(corpus, resolved, budget),
    ]
    while True:
        read = _source("words", resolved.terms, resolved.word_weights, order[:words], 1.0)
        estimates = _estimate(corpus, [read, *sources])
        if usable is not None:
            kept = np.flatnonzero(usable.take(estimates.rows))
            estimates = _Estimates(estimates.rows.take(kept), estimates.values.take(kept))
        best = _best(estimates, corpus.keys, budget.depth)
        if words >= len(order) or len(best) >= budget.depth:
            return best
        words += 1


def _affordable(resolved: Resolved, order: Rows, limit: int) -> int:
    """How many words to read at first: those of content while they fit the budget, one at least."""
    reached = resolved.word_rows.take(order).cumsum()
    fitting = min(int(reached.searchsorted(limit, side="right")), int(np.count_nonzero(resolved.query.content)))
    return max(1, fitting)


def _rarest(resolved: Resolved, limit: int) -> Rows:
    order = np.argsort(resolved.prefix_rows, kind="stable")
    return order[resolved.prefix_rows.take(order).cumsum() <= limit]


def _source(field: str, found: tuple[Found, ...], weights: Floats, words: Rows, share: float) -> _Source:
    """The terms of `words` in every view, in the order of `words`; all weights together are worth `share`."""
    worth = weights * np.float32(share / max(float(weights.sum()), 1e-9))
    place = np.full(len(weights), len(weights))
    place[words] = np.arange(len(words))
    terms: list[NDArray[np.int64]] = []
    worths: list[Floats] = []
    for one in found:
        ranks = place.take(one.columns)
        chosen = ranks.argsort(kind="stable")[: np.count_nonzero(ranks < len(weights))]
        terms.append(one.places.take(chosen))
        worths.append(worth.take(one.columns.take(chosen)))
    return _Source(field, terms, worths)


def _estimate(corpus: Corpus, sources: list[_Source]) -> _Estimates:
    """Sums of worth * tf / (tf + norm), for words by their stored impacts."""
    met: list[Rows] = []
    values: list[NDArray[np.float64]] = []
    for number, view in enumerate(corpus.views):
        rows: list[Array] = []
        gains: list[NDArray[np.floating]] = []
        for source in sources:
            terms, worth = source.terms[number], source.worth[number]
            if not len(terms):
                continue
            postings = view.segment.prefix_rows if source.field == "prefix" else view.segment.term_rows
            places, sizes = stretches(postings.places, postings.starts, terms)
            held, _ = stretches(postings.counts, postings.starts, terms)
            if source.field == "prefix":
                held = held / (held + corpus.prefix_norms[view.offset :].take(places))
            else:
                worth = worth / np.float32(255)
            rows.append(places)
            gains.append(np.repeat(worth, sizes) * held)
        if rows:
            places = np.concatenate(rows, dtype=np.int64)
            total: Array = np.bincount(places, np.concatenate(gains), minlength=view.segment.rows)
            values.append(total.take(places))
            met.append(places + view.offset)
    if not met:
        return _Estimates(np.zeros(0, np.int64), np.zeros(0))
    return _Estimates(met[0], values[0]) if len(met) == 1 else _Estimates(np.concatenate(met), np.concatenate(values))


def _best(estimates: _Estimates, keys: Hashes, depth: int) -> Rows:
    """Sorted rows of the `depth` highest estimates; among equal ones at the cut, those with the smallest keys.

    The guess only saves time: where it leaves too few rows, all are looked at.
    """
    rows, values = _distinct(estimates, _guess(estimates.values, depth))
    if len(rows) < depth:
        rows, values = _distinct(estimates, 0.0)
    if len(rows) <= depth:
        return rows
    cut = np.partition(values, len(values) - depth)[len(values) - depth]
    above = rows[values > cut]
    ties = rows[values == cut]
    ties = ties[keys.take(ties).argsort()[: depth - len(above)]]
    best = np.concatenate([above, ties])
    best.sort()
    return best


def _guess(values: NDArray[np.float64], depth: int) -> float:
    sample = values[::SAMPLE_STEP]
    wanted = MET * depth // SAMPLE_STEP + 2
    return float(np.partition(sample, len(sample) - wanted)[-wanted]) if len(sample) > wanted else 0.0


def _distinct(estimates: _Estimates, floor: float) -> tuple[Rows, NDArray[np.float64]]:
    """Sorted rows of at least `floor`, each once."""
    kept = np.flatnonzero(estimates.values >= floor)
    rows = estimates.rows.take(kept)
    order = rows.argsort()
    rows = rows.take(order)
    first = runs(rows)
    return rows.take(first), estimates.values.take(kept).take(order).take(first)


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
    distinct = runs(packed >> 16)
    if not len(distinct):
        return np.zeros(0, np.int64), np.zeros(0, np.float32)
    found = packed[distinct] >> 16
    alive = view.counts.word_rows[found] > 0
    return found[alive], np.add.reduceat(weights[packed & 0xFFFF], distinct)[alive]
