"""`python -m benchmarks.abstention`: does the calibrated score tell questions that the knowledge base answers from others?

XQuAD: every question with its paragraph, and with it left out. Multi-turn: 254 conversations over all their contexts, by kind of
question. The threshold that refuses 15 % of a set's answerable questions is applied to it, to each fold of conversations when
found on the others, and to the other set. Also written: the weights of `kvasir.rag.calibration`, fitted on XQuAD.
"""

import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from benchmarks import charts, minilm
from benchmarks.abstention.sets import ANSWERABLE, UNANSWERABLE, Case, multi_turn, xquad
from benchmarks.report import RESULTS, save, share
from kvasir.adapters.models.torch_embedder import open_torch_embedder
from kvasir.rag.calibration import ABSTAIN_BELOW
from kvasir.settings import Settings

FALSE_REFUSALS = 0.15
FOLDS = 5
KINDS = (ANSWERABLE, "PARTIAL", "UNDERSPECIFIED", UNANSWERABLE)

Floats = NDArray[np.float64]


def scores(cases: Sequence[Case], *kinds: str) -> Floats:
    return np.array([one.score for one in cases if one.kind in kinds])


def threshold(cases: Sequence[Case]) -> float:
    """Refuses 15 % of what can be answered."""
    return float(np.quantile(scores(cases, ANSWERABLE), FALSE_REFUSALS))


def refused(cases: Sequence[Case], below: float) -> dict[str, Any]:
    """Share of each kind that scores less."""
    found = {kind: scores(cases, kind) for kind in KINDS}
    return {kind: share(int((of < below).sum()), len(of)) for kind, of in found.items() if len(of)}


def area(cases: Sequence[Case], *positive: str) -> float:
    """Area under the curve of `positive` against UNANSWERABLE."""
    right, wrong = scores(cases, *positive), scores(cases, UNANSWERABLE)
    return round(float(((right[:, None] > wrong) + 0.5 * (right[:, None] == wrong)).mean()), 4)


def across_folds(cases: Sequence[Case]) -> dict[str, Any]:
    """Each fold of conversations (or articles) refused by the threshold of the others."""
    below = [threshold([one for one in cases if one.group % FOLDS != fold]) for fold in range(FOLDS)]
    kept = {kind: [one for one in cases if one.kind == kind] for kind in KINDS}
    return {
        kind: share(sum(one.score < below[one.group % FOLDS] for one in of), len(of)) for kind, of in kept.items() if of
    }


def curve(cases: Sequence[Case]) -> list[tuple[float, float]]:
    """Points (false refusals, caught) in per cent."""
    right, wrong = scores(cases, ANSWERABLE), scores(cases, UNANSWERABLE)
    cuts = [float(np.quantile(right, step / 100)) for step in range(101)]
    return [(100 * float((right < cut).mean()), 100 * float((wrong < cut).mean())) for cut in cuts] + [(100.0, 100.0)]


def fit(cases: Sequence[Case], features: int) -> list[float]:
    """A logistic function's intercept and weights of the first features."""
    table = np.array([[1.0, *one.features[:features]] for one in cases])
    answerable = np.array([one.kind == ANSWERABLE for one in cases])

    def loss(weights: Floats) -> float:
        return float(np.logaddexp(0, np.where(answerable, -1, 1) * (table @ weights)).sum())

    return [round(float(one), 3) for one in minimize(loss, np.zeros(features + 1), method="BFGS").x]


def about(cases: Sequence[Case], other: Sequence[Case]) -> dict[str, Any]:
    answered = [kind for kind in KINDS[:-1] if any(one.kind == kind for one in cases)]
    return {
        "questions": {kind: len(scores(cases, kind)) for kind in KINDS if len(scores(cases, kind))},
        "area under curve": {kind: area(cases, kind) for kind in answered},
        "threshold": round(threshold(cases), 4),
        "refused at 15 % false refusals": refused(cases, threshold(cases)),
        f"refused, threshold of the other {FOLDS - 1} folds": across_folds(cases),
        "refused, threshold of the other set": refused(cases, threshold(other)),
        f"refused, shipped threshold {ABSTAIN_BELOW}": refused(cases, ABSTAIN_BELOW),
    }


async def measure(data: Path) -> dict[str, Any]:
    result: dict[str, Any] = {}
    curves: dict[str, list[tuple[float, float]]] = {}
    model = minilm.folder()
    embedding = {"sentenceTransformers": {"model": model}}
    for name, settings, embedder in (
        ("none", {"none": {}}, None),
        ("MiniLM", embedding, open_torch_embedder(model, None)),
    ):
        paragraphs, skipped = await xquad(data, settings, embedder)
        conversations = await multi_turn(data, settings, embedder)
        sets = {"xquad": (paragraphs, conversations), "multi-turn": (conversations, paragraphs)}
        result[name] = {one: about(*cases) for one, cases in sets.items()} | {
            "xquad skipped": skipped,
            "fitted on xquad (intercept, coverage, words share, cosine)": fit(paragraphs, 2 if embedder is None else 3),
        }
        curves |= {f"{one}, {name}": curve(cases) for one, (cases, _) in sets.items()}
    charts.shares(
        RESULTS / "abstention.svg",
        "Unanswerable questions caught, by false refusals",
        ("answerable questions refused, %", "unanswerable questions refused, %"),
        curves,
    )
    return result


def main() -> int:
    data = Settings.read().data
    if data is None:
        print("KVASIR_DATA is not set: nothing to measure")
        return 1
    save("abstention", asyncio.run(measure(data)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
