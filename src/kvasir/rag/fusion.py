"""Fusion: raw scores of several legs into one order.

Scores are min-max normalised per leg over the union of all candidates, then added by weight. Reciprocal rank fusion is
worse on 27 of 29 public sets (castorini/pyserini, docs/experiments-beir-fusion.md; docs/decisions/0001-retrieval.md).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray

from kvasir.ports.passages import Leg

Weights = Mapping[Leg, float]
LegScores = Mapping[Leg, NDArray[np.float32]]


@dataclass(frozen=True, slots=True)
class FusionWeights:
    """One configuration for all knowledge bases; chosen in benchmarks/retrieval."""

    lexical: Weights
    hybrid: Weights

    def of(self, legs: LegScores) -> Weights:
        """The weights that fit what was scored."""
        return self.hybrid if Leg.DENSE in legs else self.lexical


_LEXICAL: Final = MappingProxyType({Leg.WORDS: 1.0, Leg.GRAMS: 1.0, Leg.PREFIX: 0.6, Leg.DOCUMENT: 0.4})
SHIPPED_WEIGHTS: Final = FusionWeights(lexical=_LEXICAL, hybrid=MappingProxyType({**_LEXICAL, Leg.DENSE: 2.0}))


def fuse(legs: LegScores, weights: Weights) -> NDArray[np.float32]:
    """One score per candidate, shape (n,): it orders and means nothing else.

    A leg that scores all candidates alike contributes nothing. Legs without a weight are ignored.
    """
    size = next((len(scores) for scores in legs.values()), 0)
    total = np.zeros(size, dtype=np.float32)
    for leg, weight in weights.items():
        if leg in legs and size:
            scores = legs[leg]
            low, high = scores.min(), scores.max()
            if high > low:
                total += np.float32(weight) * (scores - low) / (high - low)
    return total


def join(parts: Sequence[LegScores]) -> LegScores:
    """The legs of several searches over the union of their candidates; a leg that one lacks scores lowest there."""
    if len(parts) == 1:
        return parts[0]
    names = {leg for part in parts for leg in part}
    sizes = [next((len(scores) for scores in part.values()), 0) for part in parts]
    floors = {
        leg: min((float(part[leg].min()) for part in parts if leg in part and len(part[leg])), default=0.0)
        for leg in names
    }
    return {
        leg: np.concatenate(
            [
                part.get(leg, np.full(size, floors[leg], dtype=np.float32))
                for part, size in zip(parts, sizes, strict=True)
            ]
        )
        for leg in sorted(names)
    }
