"""Calibration: raw scores of a hit to a probability that its passage answers the question.

A logistic function of numbers that mean the same in every knowledge base: the share of the question's idf weight that the passage
and its prefix hold, that of the highest BM25 score that any passage could reach and, with a model, the cosine. Fitted and measured by benchmarks/abstention; fused
scores are never used, for they only order.
"""

import math
from collections.abc import Mapping
from typing import Final

from kvasir.ports.passages import Leg

_LEXICAL: Final = (-6.255, 6.892, 6.207, 0.0)
_HYBRID: Final = (-8.83, 8.674, 1.841, 6.898)
"""Intercept, coverage, share of BM25, cosine (all-MiniLM-L6-v2)."""
ABSTAIN_BELOW: Final = 0.05
"""Where no deployment says otherwise: low, for in a knowledge base of a few short pages a right passage scores 0.1.

On XQuAD this refuses 0.9 % of the answerable and 32 % of the unanswerable questions; `abstainBelow: 0.57` refuses 15 % and 88 %
(benchmarks/results/abstention.json).
"""


def relevance(legs: Mapping[Leg, float], self_score: float) -> float:
    """Between 0 and 1, for one passage; half of the fitted questions had an answer."""
    share = legs.get(Leg.WORDS, 0.0) / self_score if self_score > 0 else 0.0
    base, coverage, words, cosine = _HYBRID if Leg.DENSE in legs else _LEXICAL
    covered, near = legs.get(Leg.COVERAGE, 0.0), legs.get(Leg.DENSE, 0.0)
    return 1.0 / (1.0 + math.exp(-(base + coverage * covered + words * share + cosine * near)))
