"""Min-max fusion as pure functions over matrices (`kvasir.rag.fusion` does the same over named legs)."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

LEGS = ("words", "grams", "prefix", "document", "dense")
Features = NDArray[np.float32]


def min_max(features: Features) -> Features:
    """Each leg scaled to 0..1 over the candidates, shape (n, legs); a leg of equal values becomes 0."""
    if not len(features):
        return features
    low, high = features.min(axis=0), features.max(axis=0)
    return (features - low) / np.where(high > low, high - low, 1.0)


def min_max_fuse(features: Features, weights: Sequence[float]) -> NDArray[np.float64]:
    """One score per candidate, shape (n,), from raw leg scores (n, legs)."""
    return min_max(features).astype(np.float64) @ np.asarray(weights, np.float64)
