"""From ordered passages to a number per question."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from benchmarks.retrieval.datasets import Passage, Question
from benchmarks.retrieval.metrics import found_figures, rank_metric
from benchmarks.retrieval.pools import Collection, Pool

BUDGET = 4000


def by_unit(rows: Sequence[int], scores: Sequence[float], units: Sequence[str]) -> dict[str, float]:
    """The best score of each judged unit."""
    best: dict[str, float] = {}
    for row, score in zip(rows, scores, strict=True):
        unit = units[row]
        best[unit] = max(best.get(unit, -np.inf), score)
    return best


def ranked(question: Question, best: dict[str, float], metric: str) -> float:
    """A rank metric over units; right ones that were not found stand behind everything."""
    names = [*best, *(name for name in question.relevant if name not in best)]
    scores = np.array([best.get(name, -np.inf) for name in names])
    return rank_metric(metric, scores, np.array([name in question.relevant for name in names]))


def gathered(order: Sequence[int], passages: Sequence[Passage]) -> list[tuple[int, int, int]]:
    """(passage, start, end) of the first 4,000 new characters, in the order of retrieval; repeated ones are free."""
    left = BUDGET
    taken: list[tuple[int, int, int]] = []
    held: dict[str, list[tuple[int, int]]] = {}
    for row in order:
        passage = passages[row]
        fresh = [(passage.start, passage.end)]
        for start, end in held.get(passage.document, []):
            fresh = [
                part
                for first, last in fresh
                for part in ((first, min(last, start)), (max(first, end), last))
                if part[0] < part[1]
            ]
        for first, end in fresh:
            last = min(end, first + left)
            taken.append((row, first, last))
            held.setdefault(passage.document, []).append((first, last))
            left -= last - first
            if not left:
                return taken
    return taken


def covered(question: Question, order: Sequence[int], passages: Sequence[Passage]) -> float:
    """Share of the right characters among the first 4,000 retrieved."""
    pieces = [(first, last) for _, first, last in gathered(order, passages)]
    total = sum(end - start for start, end in _joined(question.ranges))
    hit = sum(
        max(0, min(end, last) - max(start, first)) for start, end in _joined(question.ranges) for first, last in pieces
    )
    return hit / total if total else 0.0


def _joined(ranges: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    joined: list[tuple[int, int]] = []
    for start, end in sorted(ranges):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def figures(question: Question, order: Sequence[int], passages: Sequence[Passage]) -> float:
    """Share of the question's figures that stand in the first 4,000 characters."""
    pieces = [
        passages[row].text[first - passages[row].start : last - passages[row].start]
        for row, first, last in gathered(order, passages)
    ]
    return found_figures(question.figures, "\n".join(pieces))


def judge(collection: Collection, pool: list[Pool], weights: Sequence[float], metric: str) -> NDArray[np.float64]:
    """Metric of every question under fusion weights."""
    results: list[float] = []
    for question, candidates in zip(collection.questions, pool, strict=True):
        scores = candidates.scaled @ np.asarray(weights, np.float64)
        if "@" in metric:
            results.append(_ranked_fast(collection, question, candidates, scores, metric))
        else:
            results.append(judge_one(collection, question, candidates.rows, scores, metric))
    return np.array(results)


def _ranked_fast(
    collection: Collection, question: Question, pool: Pool, scores: NDArray[np.float64], metric: str
) -> float:
    """`ranked` with what does not depend on the weights kept in the pool."""
    if pool.unit_numbers is None:
        names = [collection.units[row] for row in pool.rows]
        units = list(dict.fromkeys([*names, *question.relevant]))
        number = {name: at for at, name in enumerate(units)}
        pool.unit_numbers = np.array([number[name] for name in names], np.int64)
        pool.relevant = np.array([name in question.relevant for name in units])
    best = np.full(len(pool.relevant), -np.inf)
    np.maximum.at(best, pool.unit_numbers, scores)
    return rank_metric(metric, best, pool.relevant)


def judge_one(
    collection: Collection, question: Question, rows: NDArray[np.int64], scores: NDArray[np.float64], metric: str
) -> float:
    """Metric of one question; equal scores are ordered against us where rank alone is judged."""
    if "@" in metric:
        return ranked(question, by_unit(rows.tolist(), scores.tolist(), collection.units), metric)
    order = rows[np.argsort(-scores, kind="stable")[:80]].tolist()
    return (covered if metric == "characters" else figures)(question, order, collection.passages)
