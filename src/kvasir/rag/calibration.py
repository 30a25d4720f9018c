"""Calibration: raw scores to probabilities that mean the same in every knowledge base.

`relevance` is that of one passage, `answerability` that of an answer made of all that was found. Both are logistic functions of numbers that do
not depend on the size of the knowledge base; fused scores are never used, for they only order. Fitted and measured by
benchmarks/abstention.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from kvasir.ports.passages import Leg

_LEXICAL: Final = (-6.255, 6.892, 6.207, 0.0)
_HYBRID: Final = (-8.83, 8.674, 1.841, 6.898)
"""Intercept, coverage, share of BM25, cosine (all-MiniLM-L6-v2)."""
_ANSWERED: Final = (-7.267, 0.166, 8.317, 1.492, 5.242, 0.0)
_ANSWERED_HYBRID: Final = (-8.962, 0.050, 6.595, 2.432, 3.898, 6.107)
"""Intercept, then in the order of `Found`."""
ABSTAIN_BELOW: Final = 0.2
"""Where no deployment says otherwise (benchmarks/results/abstention.json)."""


@dataclass(frozen=True, slots=True)
class Found:
    """What a search found for a question, in numbers.

    Attributes:
        words: content words of the question, without repetition.
        share: of the highest BM25 score that any passage could reach, that of the most relevant passage.
        chance: probability that the best sentence answers, given that any does.
        grams: share of the question's grams that this sentence holds.
        cosine: of the nearest passage; None without a dense leg.
    """

    words: int
    share: float
    chance: float
    grams: float
    cosine: float | None = None


def relevance(legs: Mapping[Leg, float], self_score: float) -> float:
    """Between 0 and 1, for one passage; half of the fitted questions had an answer."""
    base, coverage, words, cosine = _HYBRID if Leg.DENSE in legs else _LEXICAL
    covered, near = legs.get(Leg.COVERAGE, 0.0), legs.get(Leg.DENSE, 0.0)
    return _logistic(base + coverage * covered + words * words_share(legs, self_score) + cosine * near)


def words_share(legs: Mapping[Leg, float], self_score: float) -> float:
    """BM25 of a passage over the highest that any could reach, 0 to 1."""
    return legs.get(Leg.WORDS, 0.0) / self_score if self_score > 0 else 0.0


def answerability(found: Found) -> float:
    """Between 0 and 1: whether what was found answers the question; half of the fitted questions had an answer."""
    base, words, share, chance, grams, cosine = _ANSWERED if found.cosine is None else _ANSWERED_HYBRID
    score = base + words * found.words + share * found.share + chance * found.chance + grams * found.grams
    return _logistic(score + cosine * (found.cosine or 0.0))


def _logistic(score: float) -> float:
    return 1.0 / (1.0 + math.exp(-score))
