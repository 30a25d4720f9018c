"""Extraction: the sentences of retrieved passages that answer a question, when no generative model is asked.

A conditional logit (McFadden 1974) over the sentences of one search gives each the probability that it holds the answer. Its weights
were fitted on XQuAD by `benchmarks.answers.fit`, and measured leaving articles out.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from kvasir.ports.passages import Leg
from kvasir.rag.calibration import ABSTAIN_BELOW, Found, answerability, words_share
from kvasir.rag.evidence import Evidence, Sentence
from kvasir.rag.retrieval import Hit
from kvasir.rag.sentence_features import FEATURES, describe
from kvasir.text.analysis import words
from kvasir.text.function_words import function_words

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
PRICE: Final = 0.1
"""Probability that 300 more code points must bring: a second sentence that adds little is left out.

From 0.02 to 0.1 as many answers hold the gold one, and become a sixth shorter; from 0.15 on some miss it (benchmarks/answers).
"""
_ROWS_ALIKE: Final = 0.6
"""Share of a row's chance that another row of its table needs: below that, the question tells them apart."""
_GRAMS: Final = FEATURES.index("grams")
_MAYBE_TWO: Final = re.compile(r"(?<!\b[A-Z])(?<!\bSt)(?<!\b[DM]r)(?<!\bMrs)[.!?][\"')]*\s|\n")
"""An abbreviation or a line's end within a sentence may end it: it counts as two."""


@dataclass(frozen=True, slots=True)
class Extracts:
    """What answers a question, and the calibrated probability that it does.

    Attributes:
        sentences: the best first.
        probability: 0 where nothing was found.
        found: what it was calculated from; None where no sentence could answer.
    """

    sentences: Sequence[Sentence]
    probability: float
    found: Found | None = None


def extract(question: str, evidence: Evidence, *, latest: str = "", limit: int = 2) -> Extracts:
    """At most `limit` sentences; fewer when the next would not be worth its length.

    `question` stands alone; `latest` is the part of it that was asked last, where it took former questions for that.
    """
    if not evidence:
        return Extracts((), 0.0)
    candidates, features = describe(question, evidence, latest)
    if not candidates:  # long blocks of code: no sentences, and yet relevant
        return Extracts((), max(hit.relevance for hit in evidence.hits))
    chances = probabilities(features @ np.array([WEIGHTS[name] for name in FEATURES]))
    chosen = [one for _, one in choose(candidates, chances, limit)]
    found = _found(question, evidence.hits, features, chances)
    return Extracts(chosen, answerability(found), found)


def answers(found: Extracts, evidence: Evidence, abstain_below: float | None) -> bool:
    """Whether an answer may be given.

    Without a threshold of the deployment's own, the default holds for lexical search; the cosines of models differ too much for one
    that suits them all, so with a dense leg only a declared threshold counts.
    """
    dense = any(Leg.DENSE in hit.legs for hit in evidence.hits)
    threshold = abstain_below if abstain_below is not None else (0.0 if dense else ABSTAIN_BELOW)
    return bool(evidence) and found.probability >= threshold


def _found(question: str, hits: Sequence[Hit], features: NDArray[np.float64], chances: NDArray[np.float64]) -> Found:
    best = max(hits, key=lambda hit: hit.relevance)
    first = int(np.argmax(chances))
    spoken = frozenset(words(question))
    cosines = [hit.legs[Leg.DENSE] for hit in hits if Leg.DENSE in hit.legs]
    return Found(
        words=len(spoken - function_words(spoken, [best.passage.language])),
        share=words_share(best.legs, best.self_score),
        chance=float(chances[first]),
        grams=float(features[first, _GRAMS]),
        cosine=max(cosines) if cosines else None,
    )


def probabilities(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Softmax, shape (n,)."""
    raised = np.exp(scores - scores.max()) if len(scores) else scores
    return raised / raised.sum()


def choose(candidates: Sequence[Sentence], chances: NDArray[np.float64], limit: int) -> Sequence[tuple[int, Sentence]]:
    """The likeliest sentence, then those worth their length, with their numbers. Ties go to what was found first."""
    worth = [float(chance) - PRICE * len(one.text) / 300 for one, chance in zip(candidates, chances, strict=True)]
    first = int(np.argmax(chances))
    chosen = [(first, candidates[first])]
    left = limit - _size(candidates[first])
    for at in sorted(range(len(candidates)), key=lambda one: -worth[one]):
        if left <= 0 or worth[at] <= 0:
            break
        if at != first and _size(candidates[at]) <= left and not _outdone(at, chosen, candidates, chances):
            chosen.append((at, candidates[at]))
            left -= _size(candidates[at])
    return chosen


def _size(one: Sentence) -> int:
    return 2 if _MAYBE_TWO.search(one.text) else 1


def _outdone(
    at: int, chosen: Sequence[tuple[int, Sentence]], candidates: Sequence[Sentence], chances: NDArray[np.float64]
) -> bool:
    """Whether a better row of the same table is there already: what is told of other keys only confuses."""
    row = candidates[at]
    return any(
        row.heads and row.hit is one.hit and row.heads == one.heads and chances[at] < _ROWS_ALIKE * chances[first]
        for first, one in chosen
    )
