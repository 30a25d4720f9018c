"""`python -m benchmarks.abstention`: does the calibrated score tell questions that the knowledge base answers from others?

XQuAD: every question with its paragraph, and with it left out; the same cut into knowledge bases of 5 and of 20 paragraphs, with
questions about other articles. Multi-turn: 254 conversations over all their contexts, by kind of question. The threshold that refuses 15 %
of a set's answerable questions is applied to it, to each fold of conversations (or articles) when found on the others, and to the other
sets. Also written: the weights of `kvasir.rag.calibration`, fitted on XQuAD, and what weights fitted without a fold's articles catch.
"""

import asyncio
import sys
from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from benchmarks import charts, minilm
from benchmarks.abstention.sets import ANSWERABLE, FOREIGN, UNANSWERABLE, Case, multi_turn, small, xquad
from benchmarks.report import RESULTS, save, share
from kvasir.adapters.models.torch_embedder import open_torch_embedder
from kvasir.rag.calibration import ABSTAIN_BELOW, Found
from kvasir.settings import Settings

FALSE_REFUSALS = 0.15
FOLDS = 5
NAMES = [field.name for field in fields(Found)]
KINDS = (ANSWERABLE, "PARTIAL", "UNDERSPECIFIED", FOREIGN, UNANSWERABLE)
SMALL = {"xquad by 5": 1, "xquad by 20": 4}
"""Paragraphs to a knowledge base, and how many articles that are."""

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


def fit(cases: Sequence[Case], features: int) -> Floats:
    """A logistic function's intercept and weights of the first features."""
    table = np.array([[1.0, *one.features[:features]] for one in cases])
    answerable = np.array([one.kind == ANSWERABLE for one in cases])

    def loss(weights: Floats) -> float:
        return float(np.logaddexp(0, np.where(answerable, -1, 1) * (table @ weights)).sum())

    return minimize(loss, np.zeros(features + 1), method="BFGS").x


def left_out(sets: Mapping[str, Sequence[Case]], features: int) -> Mapping[str, Sequence[Case]]:
    """The same questions, scored by weights that were fitted without their articles."""
    weights = [
        fit([one for cases in sets.values() for one in cases if one.group % FOLDS != fold], features)
        for fold in range(FOLDS)
    ]

    def scored(one: Case) -> Case:
        score = weights[one.group % FOLDS] @ np.array([1.0, *one.features[:features]])
        return replace(one, score=1 / (1 + float(np.exp(-score))))

    return {name: [scored(one) for one in cases] for name, cases in sets.items()}


def about(cases: Sequence[Case], others: Mapping[str, Sequence[Case]]) -> dict[str, Any]:
    kinds = [kind for kind in KINDS if any(one.kind == kind for one in cases)]
    return {
        "questions": {kind: len(scores(cases, kind)) for kind in kinds},
        "area under curve": {kind: area(cases, kind) for kind in kinds if kind not in (FOREIGN, UNANSWERABLE)},
        "threshold": round(threshold(cases), 4),
        "refused at 15 % false refusals": refused(cases, threshold(cases)),
        f"refused, threshold of the other {FOLDS - 1} folds": across_folds(cases),
        "refused, threshold of another set": {
            name: refused(cases, threshold(of)) for name, of in others.items() if of is not cases
        },
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
        fitted = {"xquad": paragraphs}
        for one, articles in SMALL.items():
            fitted[one] = await small(data, settings, embedder, articles)
        sets = {**fitted, "multi-turn": await multi_turn(data, settings, embedder)}
        features = len(NAMES) - (embedder is None)
        weights = fit([one for cases in fitted.values() for one in cases], features)
        result[name] = {
            **{one: about(cases, sets) for one, cases in sets.items()},
            "xquad skipped": skipped,
            "weights fitted on xquad": dict(zip(("intercept", *NAMES), weights.round(3).tolist(), strict=False)),
            "weights fitted without a fold's articles": {
                one: refused(cases, threshold(cases)) for one, cases in left_out(fitted, features).items()
            },
        }
        curves |= {f"{one}, {name}": curve(cases) for one, cases in sets.items()}
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
