"""Fusion as pure functions over matrices (`kvasir.rag.fusion` does the same over named legs)."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

LEGS = ("words", "grams", "prefix", "document", "dense")
DENSE = LEGS.index("dense")
Features = NDArray[np.float32]


def normalised(features: Features) -> Features:
    """Each leg scaled to 0..1 over the candidates, shape (n, legs).

    BM25 legs have a natural zero and are divided by their maximum, cosines are min-max scaled. The lowest BM25 among candidates
    depends on how many there are: subtracting it costs 2 to 5 points of nDCG@10 at 100,000 passages (0001-retrieval.md).
    """
    if not len(features):
        return features
    low, high = np.zeros(features.shape[1], np.float32), features.max(axis=0)
    low[DENSE:] = features[:, DENSE:].min(axis=0)
    return (features - low) / np.where(high > low, high - low, 1.0)


def min_max_fuse(features: Features, weights: Sequence[float]) -> NDArray[np.float64]:
    """One score per candidate, shape (n,), from raw leg scores (n, legs)."""
    return normalised(features).astype(np.float64) @ np.asarray(weights, np.float64)
