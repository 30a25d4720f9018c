"""Which passages are worth scoring in full.

A cheap estimate of the fused lexical score orders the passages; the best are then scored exactly. The estimate adds up
postings of the question's content words and of its rarest prefix words; function words, which have most of the postings and
hardly any weight, are read only where the others find too little. For words that hardly any passage holds (typos, unusual
inflections and compounds), words of the vocabulary that share much of their gram weight stand in. Budgets are on counts
over all live passages and ties go by passage keys, so that the candidates, too, are a function of the live passages.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from kvasir.text.lexical import kernel
from kvasir.text.lexical.statistics import Bools
from kvasir.text.lexical.view import Corpus, Resolved

Rows = NDArray[np.int64]

#: What a full match of the prefix is worth beside a full match of the words or of the grams.
PREFIX_SHARE: Final = 0.6
#: Words in at most this many passages are looked for in the vocabulary by their grams.
RARE: Final = 2
#: Vocabulary words below this share of the best word's gram weight do not stand in.
GRAM_SHARE: Final = 0.4
#: The most words that the grams take from the vocabulary.
MAX_EXPANSIONS: Final = 64


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


def find_candidates(corpus: Corpus, resolved: Resolved, allowed: Bools | None, budget: Budget) -> Rows:
    """Sorted global rows worth scoring; `allowed` has shape (rows,), None allows all."""
    everyone = allowed is None and int(corpus.totals[1]) == corpus.rows
    usable = None if everyone else corpus.live if allowed is None else corpus.live & allowed
    count = corpus.rows if usable is None else int(np.count_nonzero(usable))
    if count <= budget.depth:
        return np.arange(corpus.rows) if usable is None else np.flatnonzero(usable)
    allowance = kernel.Allowance.of(
        words=budget.words,
        grams=budget.grams,
        prefixes=budget.prefixes,
        depth=budget.depth,
        expansions=MAX_EXPANSIONS,
        rare=RARE,
        prefix_share=PREFIX_SHARE,
        gram_share=GRAM_SHARE,
    )
    with corpus.workspaces.borrowed() as space:
        return kernel.candidates(corpus.native, resolved.native, allowance, usable, space)
