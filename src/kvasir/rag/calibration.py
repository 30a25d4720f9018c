"""Calibration: raw scores of a hit to a probability that its passage answers the question.

A logistic function of two shares that mean the same in every knowledge base: of the question's idf weight that the passage and
its prefix hold, and of the highest BM25 score that any passage could reach. Fitted and measured by benchmarks/abstention; fused
scores are never used, for they only order.
"""

import math
from collections.abc import Mapping
from typing import Final

from kvasir.ports.passages import Leg

_COVERAGE: Final = 7.665
_WORDS: Final = 5.91
_BASE: Final = -6.725
ABSTAIN_BELOW: Final = 0.05
"""Where no deployment says otherwise: low, for in a knowledge base of a few short pages a right passage scores 0.1.

On XQuAD this refuses 1.3 % of the answerable and 38 % of the unanswerable questions; `abstainBelow: 0.53` refuses 15 % and 88 %
(benchmarks/results/abstention.json).
"""


def relevance(legs: Mapping[Leg, float], self_score: float) -> float:
    """Between 0 and 1, for one passage; half of the fitted questions had an answer."""
    share = legs.get(Leg.WORDS, 0.0) / self_score if self_score > 0 else 0.0
    return 1.0 / (1.0 + math.exp(-(_BASE + _COVERAGE * legs.get(Leg.COVERAGE, 0.0) + _WORDS * share)))
