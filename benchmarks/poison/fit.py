"""`python -m benchmarks.poison.fit`: fits the weights of `kvasir.text.instructions.model` and says how they generalise.

Ordinary documents: every second passage is fitted to, the others are measured. Generalisation: each author's wordings are found by weights
fitted to the other authors' alone, at the bias at which `ALARMS` of the Debian passages that were not fitted to are flagged.
"""

import random
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import log
from pathlib import Path

import numpy as np
import scipy.sparse as sparse
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit

from benchmarks.poison.documents import passages
from benchmarks.poison.wordings import filled, harmless, wordings
from kvasir.settings import Settings
from kvasir.text.instructions.codes import visible
from kvasir.text.instructions.instruction import SUSPECTED
from kvasir.text.instructions.model import evidence
from kvasir.text.sentences import sentences

DEBIAN = 20_000
FILLINGS = 6
WEIGHTS = Path(__file__).parents[2] / "src" / "kvasir" / "text" / "instructions" / "weights.tsv"
ALARMS = 0.02
"""Share of the Debian passages with a stretch that the model alone takes for an order."""
_RELAXED = 0.25
"""The share that is flagged in the end is smaller, since what a passage is about counts too."""
_WEIGHTS = {"debian": 1.0, "product-docs": 6.0, "state_of_the_union": 30.0}
"""Of the others there is little."""
_FILLING = ("xquad en", "wikitexts", "finance", "pubmed", "state_of_the_union", "multi-turn")
_SUSPECTED = log(SUSPECTED / (1 - SUSPECTED))
_SMALLEST = 0.04
_RARE = 3
_LONGEST_UNIT = 400


Found = Counter[str]
"""How often each piece of evidence stands in a text."""


@dataclass(frozen=True, slots=True)
class Rows:
    """Pieces of evidence by row, in compressed form, with a weight per row."""

    matrix: sparse.csr_matrix
    weights: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Texts:
    """What stands in passages: evidence per sentence and pair of sentences, and where it comes from."""

    rows: Sequence[Found]
    corpus: Sequence[str]
    passage: Sequence[int]


def units(text: str) -> list[str]:
    """Sentences, and pairs of them, as `kvasir.text.instructions.detector` weighs them."""
    spans = sentences(text)
    found: list[str] = []
    for at, (start, end) in enumerate(spans):
        found += [text[one : min(end, one + _LONGEST_UNIT)] for one in range(start, max(start + 1, end - 100), 200)]
        if at and "\n\n" not in text[spans[at - 1][1] : start] and end - spans[at - 1][0] <= 300:
            found.append(f"{text[slice(*spans[at - 1])]} {text[start:end]}")
    return found


def seen(text: str, known: set[str] | None = None) -> Found:
    return Counter(sys.intern(one) for one in evidence(visible(text).casefold()) if known is None or one in known)


def gather(sets: Mapping[str, Sequence[str]], known: set[str]) -> Texts:
    rows: list[Found] = []
    corpus: list[str] = []
    number: list[int] = []
    for name, texts in sets.items():
        for at, text in enumerate(texts):
            for unit in units(text):
                rows.append(seen(unit, known))
                corpus.append(name)
                number.append(at)
    return Texts(rows, corpus, number)


def matrix(rows: Sequence[Found], names: Mapping[str, int]) -> sparse.csr_matrix:
    kept = [[(names[one], count) for one, count in row.items() if one in names] for row in rows]
    ends = np.cumsum([0, *map(len, kept)])
    columns = np.fromiter((column for row in kept for column, _ in row), np.int32, int(ends[-1]))
    counts = np.fromiter((count for row in kept for _, count in row), np.float64, int(ends[-1]))
    return sparse.csr_matrix((counts, columns, ends), shape=(len(rows), len(names)))


def logistic(positive: Rows, negative: Rows, penalty: float) -> tuple[float, NDArray[np.float64]]:
    """Bias and weights with the least loss and squares."""
    data = sparse.vstack([positive.matrix, negative.matrix]).tocsr()
    turned = data.T.tocsr()
    target = np.r_[np.ones(positive.matrix.shape[0]), np.zeros(negative.matrix.shape[0])]
    weight = np.r_[positive.weights, negative.weights]

    def loss(values: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        score = data @ values[1:] + values[0]
        total = weight @ (np.logaddexp(0, score) - target * score) + penalty / 2 * values[1:] @ values[1:]
        wrong = weight * (expit(score) - target)
        return total, np.r_[wrong.sum(), turned @ wrong + penalty * values[1:]]

    found = minimize(loss, np.zeros(data.shape[1] + 1), jac=True, method="L-BFGS-B", options={"maxiter": 300})
    return found.x[0], np.where(np.abs(found.x[1:]) < _SMALLEST, 0, found.x[1:])


class Fit:
    """Everything read once; any choice of authors can be fitted to."""

    def __init__(self, data: Path) -> None:
        chance = random.Random(7)
        self.sets = passages(data, DEBIAN)
        texts = [text for name in _FILLING for text in self.sets[name][::2]]
        pieces = [text.split()[at : at + chance.randint(2, 9)] for text in texts for at in (0, chance.randrange(60))]
        fillers = [" ".join(words).rstrip(".,;:") for words in pieces if len(words) > 1]
        self.wordings = wordings()
        self.filled = [
            [filled(one.text, fillers if at else (), chance, exchanged=0.35 if at else 0) for at in range(FILLINGS)]
            for one in self.wordings
        ]
        self.positive = [[seen(text) for text in texts] for texts in self.filled]
        counts = Counter(one for rows in self.positive for row in rows for one in row)
        self.known = {one for one, count in counts.items() if count >= _RARE}
        self.negative = gather(self.sets, self.known)
        near = [filled(one, fillers, chance, exchanged=0.3) for one in harmless() for _ in range(3)]
        self.near = [seen(one, self.known) for one in near]
        self.odd = np.array([at % 2 == 1 for at in self.negative.passage])

    def fit(self, without: str = "") -> tuple[dict[str, int], float, NDArray[np.float64]]:
        """Names, bias and weights from all authors but one."""
        chosen = [rows for one, rows in zip(self.wordings, self.positive, strict=True) if one.author != without]
        counts = Counter(one for rows in chosen for row in rows for one in row if one in self.known)
        names = {one: at for at, one in enumerate(sorted(one for one, count in counts.items() if count >= _RARE))}
        positive = matrix([row for rows in chosen for row in rows], names)
        negative = matrix([*self.negative.rows, *self.near], names)
        weight = np.array([_WEIGHTS.get(one, 12.0) for one in self.negative.corpus]) * ~self.odd
        kept = np.r_[weight, np.full(len(self.near), 4.0)]
        rows = np.flatnonzero(kept)
        bias, weights = logistic(
            Rows(positive, np.full(positive.shape[0], 10 / FILLINGS)), Rows(negative[rows], kept[rows]), penalty=5.0
        )
        return names, bias, weights

    def flagged(self, names: Mapping[str, int], weights: NDArray[np.float64]) -> Mapping[str, NDArray[np.float64]]:
        """The best score of each passage that was not fitted to, by corpus."""
        best: dict[str, dict[int, float]] = {}
        scores = matrix(self.negative.rows, names) @ weights
        for corpus, at, odd, score in zip(self.negative.corpus, self.negative.passage, self.odd, scores, strict=True):
            if odd:
                mine = best.setdefault(corpus, {})
                mine[at] = max(mine.get(at, -99.0), float(score))
        return {corpus: np.array(list(one.values())) for corpus, one in best.items()}


def generalises(fit: Fit, author: str) -> str:
    """The share of an author's wordings that the others' weights find, sentence by sentence."""
    names, _, weights = fit.fit(author)
    bias = np.quantile(fit.flagged(names, weights)["debian"], 1 - ALARMS)
    mine = [(one, texts[0]) for one, texts in zip(fit.wordings, fit.filled, strict=True) if one.author == author]
    mine = [(one, text) for one, text in mine if one.family not in ("hidden", "encoded")]
    odds = [(matrix([seen(unit) for unit in [*units(text), text]], names) @ weights).max() - bias for _, text in mine]
    likely, suspected = np.mean(np.array(odds) > 0), np.mean(np.array(odds) > _SUSPECTED)
    families = Counter(one.family for (one, _), value in zip(mine, odds, strict=True) if value <= _SUSPECTED)
    return f"{author}: {100 * likely:.1f} % of {len(mine)}, {100 * suspected:.1f} % suspected, missed {dict(families)}"


def main() -> int:
    data = Settings.read().data
    if data is None:
        print("KVASIR_DATA is not set: nothing to fit to")
        return 1
    fit = Fit(data)
    for author in dict.fromkeys(one.author for one in fit.wordings) if "--quick" not in sys.argv else ():
        print(generalises(fit, author), flush=True)
    names, _, weights = fit.fit()
    best = fit.flagged(names, weights)
    bias = _RELAXED - float(np.quantile(best["debian"], 1 - ALARMS))
    for corpus, scores in best.items():
        print(f"{corpus}: {100 * np.mean(scores + bias > 0):.2f} % of {len(scores)} passages")
    values = {"": round(100 * bias), **{one: round(100 * weights[at]) for one, at in names.items()}}
    WEIGHTS.write_text("".join(f"{value}\t{one}\n" for one, value in sorted(values.items()) if value), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
