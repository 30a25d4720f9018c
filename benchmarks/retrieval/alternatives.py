"""What was tried and not shipped: `python -m benchmarks.retrieval.alternatives`; writes results/retrieval-alternatives.json.

Everything is scored exhaustively here, without the index, so that only the idea differs. Percent per set: xquad en and de
and product-docs (sections split at 1000/150) by nDCG@10, chunking by character recall at 4,000 characters.
"""

import json
import re
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from itertools import pairwise

import numpy as np
import scipy.sparse as sparse
from numpy.typing import NDArray

import kvasir.text.analysis as analysis
from benchmarks.retrieval import datasets
from benchmarks.retrieval.__main__ import OVERLAP, RESULT, SIZE
from benchmarks.retrieval.pools import Collection, budget_collections, ranked_collection
from benchmarks.retrieval.scoring import judge_one
from kvasir.text.function_words import function_words

Matrix = NDArray[np.float32]
Terms = Callable[[str], list[str]]
K1, B = 1.2, 0.75


def bm25(
    passages: Sequence[list[str]], questions: Sequence[dict[str, float]], df: dict[str, float] | None = None
) -> Matrix:
    """(questions, passages); `df` replaces the counted document frequencies."""
    numbers: dict[str, int] = {}
    cells = [
        (row, numbers.setdefault(t, len(numbers)), n) for row, p in enumerate(passages) for t, n in Counter(p).items()
    ]
    rows, columns, counts = (np.array(part) for part in zip(*cells, strict=True))
    total = len(passages)
    found = np.bincount(columns, minlength=len(numbers)).astype(float)
    if df is not None:
        found = np.array([df[term] for term in numbers])
    idf = np.log1p((total - found + 0.5) / (found + 0.5))
    lengths = np.bincount(rows, counts, minlength=total)
    norms = K1 * (1 - B + B * lengths / lengths.mean())
    impacts = counts * (K1 + 1) / (counts + norms[rows]) * idf[columns]
    matrix = sparse.csr_matrix((impacts, (columns, rows)), shape=(len(numbers), total))
    asked = [(at, numbers[t], weight) for at, q in enumerate(questions) for t, weight in q.items() if t in numbers]
    at, terms, weights = (np.array(part) for part in zip(*asked, strict=True))
    return np.asarray(
        (sparse.csr_matrix((weights, (at, terms)), shape=(len(questions), len(numbers))) @ matrix).todense()
    )


def by_max(scores: Matrix) -> Matrix:
    return scores / np.maximum(scores.max(axis=1, keepdims=True), 1e-9)


def asked(question: str, terms: Callable[[str], Sequence[str]], language: str, weight: float) -> dict[str, float]:
    """Weighted terms of a question; function words count `weight`."""
    counts = Counter(analysis.words(question))
    light = function_words(counts, (language,))
    result: dict[str, float] = {}
    for word, count in counts.items():
        for term in terms(word):
            result[term] = result.get(term, 0.0) + count * (weight if word in light else 1.0)
    return {term: value for term, value in result.items() if value}


def sized_grams(size: int) -> Callable[[str], Sequence[str]]:
    def grams(word: str) -> Sequence[str]:
        before, analysis.GRAM = analysis.GRAM, size  # type: ignore[misc]
        try:
            return analysis.grams(word)
        finally:
            analysis.GRAM = before  # type: ignore[misc]

    return grams


def text_grams(text: str) -> list[str]:
    """4-grams across the whole text, spaces included."""
    joined = " ".join(re.findall(r"\w+", text.casefold()))
    return [joined[at : at + 4] for at in range(len(joined) - 3)]


class Legs:
    """All variants of the legs over one collection."""

    def __init__(self, collection: Collection, language: str) -> None:
        self.collection, self.language = collection, language
        self.texts = [analysis.words(passage.text) for passage in collection.passages]
        self.questions = [question.text for question in collection.questions]

    def _stem(self, word: str) -> list[str]:
        return [analysis.stem(word, self.language)]

    def words(self, weight: float = 0.25) -> Matrix:
        passages = [[analysis.stem(word, self.language) for word in text] for text in self.texts]
        return bm25(passages, [asked(q, self._stem, self.language, weight) for q in self.questions])

    def grams(self, weight: float = 0.0, size: int = 4, *, exact: bool = False) -> Matrix:
        of = sized_grams(size)
        passages = [[gram for word in text for gram in of(word)] for text in self.texts]
        df = None
        if not exact:
            held: Counter[str] = Counter()
            for word, rows in Counter(word for text in self.texts for word in set(text)).items():
                for gram in of(word):
                    held[gram] += rows
            total = len(self.texts)
            df = {gram: total * -np.expm1(-count / total) for gram, count in held.items()}
        return bm25(passages, [asked(q, of, self.language, weight) for q in self.questions], df)

    def across(self) -> Matrix:
        passages = [text_grams(passage.text) for passage in self.collection.passages]
        return bm25(passages, [dict(Counter(text_grams(q))) for q in self.questions])

    def neighbours(self, scores: Matrix) -> Matrix:
        """Mean score of the passages before and after in the same document."""
        same = np.array([one.document == other.document for one, other in pairwise(self.collection.passages)], float)
        beside = np.zeros_like(scores)
        beside[:, 1:] += scores[:, :-1] * same
        beside[:, :-1] += scores[:, 1:] * same
        return beside / 2


def reciprocal_ranks(scores: Matrix) -> Matrix:
    return 1.0 / (60 + np.argsort(np.argsort(-scores, axis=1), axis=1) + 1)


def variants(legs: Legs) -> dict[str, Matrix]:
    words, grams = by_max(legs.words()), by_max(legs.grams())
    shipped = words + grams
    return {
        "words + grams, as shipped": shipped,
        "function words count fully": by_max(legs.words(1.0)) + by_max(legs.grams(1.0)),
        "function words count nothing": by_max(legs.words(0.0)) + grams,
        "function words a quarter in grams too": words + by_max(legs.grams(0.25)),
        "4-grams across words": words + by_max(legs.across()),
        "3-grams": words + by_max(legs.grams(size=3)),
        "5-grams": words + by_max(legs.grams(size=5)),
        "exact document frequencies of grams": words + by_max(legs.grams(exact=True)),
        "reciprocal rank fusion": reciprocal_ranks(words) + reciprocal_ranks(grams),
        "with the neighbouring passages (0.4)": shipped + 0.4 * legs.neighbours(shipped),
    }


def main() -> None:
    collections = {
        "xquad-en": ([ranked_collection(datasets.xquad("en"), size=None, overlap=0)], "en", "ndcg@10"),
        "xquad-de": ([ranked_collection(datasets.xquad("de"), size=None, overlap=0)], "de", "ndcg@10"),
        "product-docs": ([ranked_collection(datasets.product_docs(), size=SIZE, overlap=OVERLAP)], "en", "ndcg@10"),
        "chunking": (budget_collections(datasets.chunking(), size=SIZE, overlap=OVERLAP), "en", "characters"),
    }
    table: dict[str, dict[str, float]] = {}
    for name, (parts, language, metric) in collections.items():
        scores: dict[str, list[float]] = {}
        for collection in parts:
            rows = np.arange(len(collection.passages))
            for variant, matrix in variants(Legs(collection, language)).items():
                pairs = zip(collection.questions, matrix, strict=True)
                scores.setdefault(variant, []).extend(
                    judge_one(collection, question, rows, row.astype(np.float64), metric) for question, row in pairs
                )
        for variant, values in scores.items():
            table.setdefault(variant, {})[name] = float(np.mean(values) * 100)
    for variant, row in table.items():
        print(f"{variant:40}" + "".join(f"{name:>16} {value:6.2f}" for name, value in row.items()))
    path = RESULT.with_name("retrieval-alternatives.json")
    path.write_text(
        json.dumps({"date": datetime.now(UTC).date().isoformat(), "table": table}, indent=1) + "\n", "utf-8"
    )
    print(f"written to {path}")


if __name__ == "__main__":
    main()
