"""Scores per question, ties broken against us, and paired bootstrap intervals."""

from collections.abc import Collection, Sequence

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def pessimistic_order(scores: Array, relevant: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Row numbers by falling score; among equal scores the wrong ones come first."""
    return np.lexsort((relevant, -scores))


def ndcg(scores: Array, relevant: NDArray[np.bool_], k: int = 10) -> float:
    """Binary gains; the ideal puts min(k, right ones) first."""
    order = pessimistic_order(scores, relevant)[:k]
    discounts = 1.0 / np.log2(np.arange(2, k + 2))
    ideal = discounts[: min(k, int(relevant.sum()))].sum()
    return float(discounts[: len(order)][relevant[order]].sum() / ideal) if ideal else 0.0


def recall(scores: Array, relevant: NDArray[np.bool_], k: int = 5) -> float:
    order = pessimistic_order(scores, relevant)[:k]
    total = int(relevant.sum())
    return float(relevant[order].sum() / total) if total else 0.0


def rank_metric(name: str, scores: Array, relevant: NDArray[np.bool_]) -> float:
    kind, k = name.split("@")
    return {"ndcg": ndcg, "recall": recall}[kind](scores, relevant, int(k))


def covered_characters(ranges: Collection[tuple[int, int]], retrieved: Sequence[tuple[int, int]]) -> float:
    """Share of the characters of `ranges` that the retrieved ranges hold."""
    wanted: set[int] = set()
    for start, end in ranges:
        wanted.update(range(start, end))
    got: set[int] = set()
    for start, end in retrieved:
        got.update(range(start, end))
    return len(wanted & got) / len(wanted) if wanted else 0.0


def found_figures(figures: Collection[str], text: str) -> float:
    """Share of the figures that stand in `text` as written, not as part of a longer number."""
    import re

    hits = sum(re.search(rf"(?<![\d.,]){re.escape(figure)}(?![\d]|[.,]\d)", text) is not None for figure in figures)
    return hits / len(figures) if figures else 0.0


def paired_bootstrap(ours: Array, theirs: Array, *, samples: int = 10_000, seed: int = 2026) -> tuple[float, float]:
    """95 % interval of the mean difference (ours - theirs) over questions drawn with replacement."""
    generator = np.random.default_rng(seed)
    difference = ours - theirs
    draws = generator.integers(0, len(difference), size=(samples, len(difference)))
    means = difference[draws].mean(axis=1)
    low, high = np.percentile(means, [2.5, 97.5])
    return float(low), float(high)
