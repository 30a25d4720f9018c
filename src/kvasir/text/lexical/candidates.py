"""Which passages are worth scoring in full.

Rare words are scored exhaustively, within a budget of postings; what common words add is left to the full scoring. For grams,
the vocabulary is searched first: words that share much gram weight with the question (typos, inflections, parts of
compounds) bring their passages in. Budgets are on counts over all live passages and ties go by passage keys, so that the
candidates, too, are a function of the live passages alone.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from kvasir.text.lexical.hashing import Hashes
from kvasir.text.lexical.statistics import Bools, Floats
from kvasir.text.lexical.storage import Array
from kvasir.text.lexical.view import Corpus, Resolved, View, find

Rows = NDArray[np.int64]

#: Vocabulary words below this share of the best word's gram weight are no candidates' source.
GRAM_SHARE: Final = 0.3
#: The most words that the gram leg takes from the vocabulary.
MAX_EXPANSIONS: Final = 256


@dataclass(frozen=True, slots=True)
class Budget:
    """Postings that one search may read to find candidates; scoring them costs little more.

    Attributes:
        words, grams, prefixes: postings of each leg.
        depth: candidates from the words and from the grams, each; prefixes give a quarter.
    """

    words: int = 60_000
    grams: int = 30_000
    prefixes: int = 20_000
    depth: int = 150


def find_candidates(corpus: Corpus, resolved: Resolved, allowed: Bools | None, budget: Budget) -> Rows:
    """Sorted global rows of the union of what the legs find; `allowed` has shape (rows,)."""
    usable = corpus.live if allowed is None else corpus.live & allowed
    if np.count_nonzero(usable) <= budget.depth:
        return np.flatnonzero(usable)
    word_scores = _by_words(corpus, resolved, usable, budget)
    gram_scores = _by_grams(corpus, resolved, usable, budget)
    prefix_scores = _by_prefixes(corpus, resolved, usable, budget)
    best = [
        _best(word_scores, corpus.keys, budget.depth),
        _best(gram_scores, corpus.keys, budget.depth),
        _best(prefix_scores, corpus.keys, budget.depth // 4),
    ]
    return np.unique(np.concatenate(best))


def _best(scores: Floats, keys: Hashes, depth: int) -> Rows:
    """Rows of the `depth` highest scores over 0; among equal ones at the cut, those with the smallest keys."""
    rows = np.flatnonzero(scores)
    if len(rows) <= depth:
        return rows
    values = scores[rows]
    cut = np.partition(values, len(values) - depth)[len(values) - depth]
    above = rows[values > cut]
    ties = rows[values == cut]
    return np.concatenate([above, ties[np.argsort(keys[ties])[: depth - len(above)]]])


def _by_words(corpus: Corpus, resolved: Resolved, usable: Bools, budget: Budget) -> Floats:
    """Scores from the rarest words that fit the budget, and from more of them while too few passages are found."""
    scores = np.zeros(corpus.rows, np.float32)
    spent = 0
    for word in np.argsort(resolved.word_rows, kind="stable").tolist():
        cost = int(resolved.word_rows[word])
        if spent and spent + cost > budget.words and np.count_nonzero(scores * usable) >= budget.depth:
            break
        spent += cost
        for view, terms in zip(corpus.views, resolved.terms, strict=True):
            for term in terms[word].tolist():
                if term >= 0:
                    _add(scores, view, view.segment.term_rows.of(term), resolved.word_weights[word], view.word_norms)
    return scores * usable


def _by_prefixes(corpus: Corpus, resolved: Resolved, usable: Bools, budget: Budget) -> Floats:
    """Scores from the rarest prefix words that fit the budget."""
    scores = np.zeros(corpus.rows, np.float32)
    order = np.argsort(resolved.prefix_rows, kind="stable")
    affordable = order[np.cumsum(resolved.prefix_rows[order]) <= budget.prefixes]
    for word in affordable.tolist():
        for view, terms in zip(corpus.views, resolved.prefixes, strict=True):
            for term in terms[word].tolist():
                if term >= 0:
                    weight = resolved.prefix_weights[word]
                    _add(scores, view, view.segment.prefix_rows.of(term), weight, view.prefix_norms)
    return scores * usable


def _add(scores: Floats, view: View, postings: tuple[Array, Array], weight: np.float32, norms: Floats) -> None:
    """Adds what one term gives to each row that holds it."""
    rows, times = postings
    counts = times.astype(np.float32)
    scores[view.offset : view.offset + view.segment.rows][rows] += weight * counts / (counts + norms[rows])


def _by_grams(corpus: Corpus, resolved: Resolved, usable: Bools, budget: Budget) -> Floats:
    """Scores from the terms of vocabulary words that share gram weight with the question."""
    names, weights = _expansions(corpus, resolved, budget)
    parts: list[NDArray[np.float64]] = []
    for view in corpus.views:
        places = find(view.segment.arrays["term_hashes"], names)
        terms = places[places >= 0]
        postings = view.segment.term_rows
        sizes = postings.starts[terms + 1] - postings.starts[terms]
        at = spread(postings.starts[terms], sizes)
        rows = postings.places[at]
        counts = postings.counts[at].astype(np.float32)
        gains = np.repeat(weights[places >= 0], sizes) * counts / (counts + view.word_norms[rows])
        parts.append(np.bincount(rows, gains, minlength=view.segment.rows))
    return (np.concatenate(parts) * usable).astype(np.float32)


def _expansions(corpus: Corpus, resolved: Resolved, budget: Budget) -> tuple[Hashes, Floats]:
    """Term hashes, sorted, and the gram weight of the best word of each."""
    shared = [_shared_weights(view, grams, resolved.gram_weights) for view, grams in zip(corpus.views, resolved.grams, strict=True)]
    floor = GRAM_SHARE * max((float(one.max()) for one in shared if len(one)), default=0.0)
    near = [np.flatnonzero(one > floor) for one in shared]
    hashes = np.concatenate([view.segment.arrays["word_hashes"][words] for view, words in zip(corpus.views, near, strict=True)])
    weights = np.concatenate([one[words] for one, words in zip(shared, near, strict=True)])
    rows = np.concatenate([view.counts.word_rows[words] for view, words in zip(corpus.views, near, strict=True)])
    distinct, first, inverse = np.unique(hashes, return_index=True, return_inverse=True)
    if not len(distinct):
        return distinct, np.zeros(0, np.float32)
    total = np.bincount(inverse, rows)
    order = np.lexsort((distinct, -weights[first]))
    order = order[total[order] > 0]
    chosen = np.zeros(len(distinct), np.bool_)
    chosen[_affordable(order, total, budget.grams)] = True
    return _terms_of(corpus, near, np.split(chosen[inverse], np.cumsum([len(words) for words in near])[:-1]), shared)


def _affordable(order: Rows, cost: NDArray[np.float64], limit: int) -> Rows:
    """Words in order while their postings fit; one that does not fit is passed over."""
    fitting = order[cost[order] <= limit][: MAX_EXPANSIONS]
    return fitting[np.cumsum(cost[fitting]) <= limit]


def _terms_of(corpus: Corpus, near: list[Rows], chosen: list[Bools], shared: list[Floats]) -> tuple[Hashes, Floats]:
    """The terms of the chosen words in all views, each with the highest weight among its words."""
    hashes: list[Hashes] = []
    weights: list[Floats] = []
    for view, words, taken, one in zip(corpus.views, near, chosen, shared, strict=True):
        arrays = view.segment.arrays
        kept = words[taken]
        starts = arrays["word_term_starts"]
        sizes = starts[kept + 1] - starts[kept]
        hashes.append(arrays["term_hashes"][arrays["word_terms"][spread(starts[kept], sizes)]])
        weights.append(np.repeat(one[kept], sizes))
    every, inverse = np.unique(np.concatenate(hashes), return_inverse=True)
    best = np.zeros(len(every), np.float32)
    np.maximum.at(best, inverse, np.concatenate(weights))
    return every, best


def _shared_weights(view: View, grams: NDArray[np.int64], weights: Floats) -> Floats:
    """(V) for each word of the vocabulary, the summed weight of the question's grams that it contains."""
    arrays = view.segment.arrays
    shared = np.zeros(len(arrays["word_hashes"]), np.float32)
    starts = arrays["gram_starts"]
    words = arrays["gram_words"]
    for gram, weight in zip(grams.tolist(), weights, strict=True):
        if gram >= 0:
            shared[words[starts[gram] : starts[gram + 1]]] += weight
    return shared


def spread(starts: Array, sizes: Array) -> Rows:
    """Places start, start + 1, ... of each of n stretches, one after another."""
    total = int(sizes.sum())
    if not total:
        return np.zeros(0, np.int64)
    ends = np.cumsum(sizes)
    return np.repeat(starts - (ends - sizes), sizes) + np.arange(total)


