"""Extraction: the sentences of retrieved passages that answer a question, when no generative model is asked.

A conditional logit (McFadden 1974) over the sentences of one search gives each the probability that it holds the answer. Its weights
were fitted on XQuAD by `benchmarks.answers.fit`, and measured leaving articles out.
"""

import re
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from kvasir.rag.evidence import Evidence, Sentence
from kvasir.rag.sentence_features import FEATURES, describe

WEIGHTS: Final = {
    "passage": 3.424,
    "rank": -0.320,
    "relevance": 2.118,
    "terms": 2.669,
    "grams": 3.021,
    "pairs": 1.752,
    "noun": 0.528,
    "number": 2.448,
    "date": 1.849,
    "names": 0.524,
    "before": 0.801,
    "new": -0.969,
    "length": 1.108,
    "pronoun": 0.278,
}
PRICE: Final = 0.02
"""Probability that 300 more code points must bring: a second sentence that adds little is left out."""
_MAYBE_TWO: Final = re.compile(r"(?<!\b[A-Z])(?<!\bSt)(?<!\b[DM]r)(?<!\bMrs)[.!?][\"')]*\s|\n")
"""An abbreviation or a line's end within a sentence may end it: it counts as two."""


def extract(question: str, evidence: Evidence, *, limit: int = 2) -> Sequence[Sentence]:
    """At most `limit` sentences, the best first; fewer when the next would not be worth its length."""
    if not evidence:
        return []
    candidates, features = describe(question, evidence)
    chances = probabilities(features @ np.array([WEIGHTS[name] for name in FEATURES]))
    return [one for _, one in choose(candidates, chances, limit)]


def probabilities(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Softmax, shape (n,)."""
    raised = np.exp(scores - scores.max()) if len(scores) else scores
    return raised / raised.sum()


def choose(candidates: Sequence[Sentence], chances: NDArray[np.float64], limit: int) -> Sequence[tuple[int, Sentence]]:
    """The sentences to answer with and their numbers. Ties go to the better passage, then to what stands first."""
    worth = {at: float(chances[at]) - PRICE * len(one.text) / 300 for at, one in enumerate(candidates)}
    chosen: list[tuple[int, Sentence]] = []
    left = limit
    for at in sorted(worth, key=lambda one: (-worth[one], candidates[one].rank, candidates[one].start)):
        size = 2 if _MAYBE_TWO.search(candidates[at].text) else 1
        if not chosen or (size <= left and worth[at] > 0):
            chosen.append((at, candidates[at]))
            left -= size
        if left <= 0:
            break
    return chosen
