"""`python -m benchmarks.answers`: share of questions whose extractive answer contains a gold answer.

XQuAD English, 1,190 questions, all 240 paragraphs indexed without a model. Answers of at most two sentences by pysbd
(a fixed public splitter); longer ones count as wrong. Strings are normalised as SQuAD does. The shipped weights were fitted on
these questions (`benchmarks.answers.fit`), so the same with every article's weights fitted on the others is reported beside it.
"""

import asyncio
import sys
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import pysbd

from benchmarks.answers.fit import FOLDS, fit, folds, prepare
from benchmarks.answers.questions import Asked, ask_all
from benchmarks.report import save, share
from kvasir.rag.evidence import Evidence
from kvasir.rag.extraction import answers, choose, extract, probabilities
from kvasir.rag.sentence_features import describe
from kvasir.settings import Settings

SENTENCES = 2


@cache
def sentences_in(text: str) -> int:
    return len(_SEGMENTER.segment(text))


_SEGMENTER = pysbd.Segmenter(language="en", clean=False)


def measure(asked: Sequence[Asked], answer: Callable[[Asked], Sequence[str]]) -> dict[str, Any]:
    """`answer` gives the sentences of an answer."""
    right = first = too_long = length = sentences = 0
    for one in asked:
        texts = answer(one)
        text = " ".join(texts)
        length += len(text)
        count = sum(sentences_in(text) for text in texts)
        sentences += count
        if count > SENTENCES:
            too_long += 1
            continue
        right += one.answered_by(text)
        first += one.answered_by(texts[0]) if texts else False
    return {
        "contained": share(right, len(asked)),
        "contained in the first sentence": share(first, len(asked)),
        "answers over two sentences": too_long,
        "mean length": round(length / len(asked), 1),
        "mean sentences": round(sentences / len(asked), 2),
    }


def shipped(one: Asked) -> Sequence[str]:
    return [found.text for found in extract(one.text, Evidence(one.hits), limit=SENTENCES).sentences]


def shipped_refusing(one: Asked) -> Sequence[str]:
    """As a deployment without a threshold of its own answers: nothing where an answer is unlikely."""
    evidence = Evidence(one.hits)
    found = extract(one.text, evidence, limit=SENTENCES)
    return [sentence.text for sentence in found.sentences] if answers(found, evidence, None) else []


def left_out(asked: Sequence[Asked]) -> Callable[[Asked], Sequence[str]]:
    """Answers with weights that were fitted without the article in question."""
    problem = prepare(asked)
    weights = {fold: fit(problem, folds(asked) != fold) for fold in range(FOLDS)}

    def answer(one: Asked) -> Sequence[str]:
        candidates, features = describe(one.text, Evidence(one.hits))
        chances = probabilities(features @ weights[one.article % FOLDS])
        return [candidate.text for _, candidate in choose(candidates, chances, SENTENCES)]

    return answer


def main() -> int:
    data = Settings.read().data
    if data is None:
        print("KVASIR_DATA is not set: nothing to measure")
        return 1
    asked = asyncio.run(ask_all(data))
    result = {
        "set": "xquad en, 240 paragraphs, no model",
        "shipped weights": measure(asked, shipped),
        "the same, refusals counted as wrong": measure(asked, shipped_refusing),
        f"weights fitted without the article ({FOLDS} folds)": measure(asked, left_out(asked)),
    }
    save("answers", result, packages=("numpy", "pysbd"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
