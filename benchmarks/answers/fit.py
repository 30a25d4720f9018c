"""`python -m benchmarks.answers.fit`: the weights of extraction, as a conditional logit.

Likelihood: the probability that falls on sentences that contain a gold answer, over questions that have one among their
candidates; a normal prior on standardised weights. Prints the table for `kvasir.rag.extraction`.
"""

import asyncio
import sys
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from benchmarks.answers.questions import Asked, ask_all
from kvasir.rag.evidence import Evidence
from kvasir.rag.sentence_features import FEATURES, describe
from kvasir.settings import Settings

FOLDS = 8
PRIOR = 5.0

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Problem:
    """Candidates of all questions: features (n, F), which contain an answer (n), and the question of each (n), sorted."""

    features: Floats
    right: NDArray[np.bool_]
    question: NDArray[np.int64]


def folds(asked: Sequence[Asked]) -> NDArray[np.int64]:
    """By article, so that no paragraph's neighbours are on both sides."""
    return np.array([one.article % FOLDS for one in asked])


def prepare(asked: Sequence[Asked]) -> Problem:
    rows: list[Floats] = []
    right: list[bool] = []
    question: list[int] = []
    for number, one in enumerate(asked):
        candidates, features = describe(one.text, Evidence(one.hits))
        found = [one.answered_by(candidate.text) for candidate in candidates]
        if any(found):
            rows.append(features)
            right += found
            question += [number] * len(found)
    return Problem(np.concatenate(rows), np.array(right), np.array(question))


def fit(problem: Problem, used: NDArray[np.bool_]) -> Floats:
    """Weights of raw features, shape (F,). `used`: (questions)."""
    mask = used[problem.question]
    features, right = problem.features[mask], problem.right[mask]
    scale = features.std(0) + 1e-9
    scaled = features / scale
    starts = np.flatnonzero(np.diff(problem.question[mask], prepend=-1))
    owner = np.repeat(np.arange(len(starts)), np.diff(np.append(starts, len(right))))

    def loss(weights: Floats) -> tuple[float, Floats]:
        scores = scaled @ weights
        raised = np.exp(scores - np.maximum.reduceat(scores, starts)[owner])
        total = np.add.reduceat(raised, starts)
        answering = raised * right
        part = np.add.reduceat(answering, starts)
        slope = scaled.T @ (answering / part[owner] - raised / total[owner])
        return float(np.log(total / part).sum() + PRIOR * weights @ weights / 2), PRIOR * weights - slope

    return minimize(loss, np.zeros(features.shape[1]), jac=True, method="L-BFGS-B").x / scale


def main() -> int:
    data = Settings.read().data
    if data is None:
        print("KVASIR_DATA is not set: nothing to fit")
        return 1
    asked = asyncio.run(ask_all(data))
    for name, weight in zip(FEATURES, fit(prepare(asked), np.ones(len(asked), np.bool_)), strict=True):
        print(f'    "{name}": {weight:.3f},')
    return 0


if __name__ == "__main__":
    sys.exit(main())
