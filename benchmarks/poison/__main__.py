"""`python -m benchmarks.poison`: what poisoned sources and planted instructions do to answers.

Poisoning: the 100 questions of the set, the five poisoned texts of each in one source and one right passage of each (written by
hand for this benchmark) in another, 600 documents in one knowledge base; extractive answers. Injection: a hundred forms, half of
them held out, in paragraphs of XQuAD. False positives: what of ordinary documents is taken for orders.
"""

import asyncio
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.poison import disputed, planted
from benchmarks.poison.documents import passages
from benchmarks.report import save
from kvasir.settings import Settings
from kvasir.text.instructions.detector import VERSION, instructions
from kvasir.text.instructions.instruction import LIKELY, SURE, SUSPECTED, Instruction
from kvasir.text.sentences import Span, sentences

_LEVELS = {"suspected": SUSPECTED, "likely": LIKELY, "sure": SURE}
DEBIAN = 10_000
"""Passages of the Debian documentation."""


def false_positives(data: Path) -> dict[str, Any]:
    """Per corpus: passages with a stretch that is taken for an order, sentences that reach into one, and the seconds of CPU per megabyte."""
    return {name: _flagged(texts) for name, texts in passages(data, DEBIAN).items()}


def _flagged(texts: Sequence[str]) -> dict[str, Any]:
    began = time.thread_time()
    found = [instructions(text) for text in texts]
    seconds = time.thread_time() - began
    spans = [sentences(text) for text in texts]
    return {
        "passages": len(texts),
        "sentences": sum(map(len, spans)),
        **{name: _share(spans, found, least) for name, least in _LEVELS.items()},
        "seconds per megabyte": round(seconds / sum(len(text.encode()) for text in texts) * 1e6, 2),
    }


def _share(spans: Sequence[Sequence[Span]], found: Sequence[Sequence[Instruction]], least: float) -> dict[str, float]:
    """Per cent of passages with a stretch of a score, and of sentences that reach into one."""
    chosen = [[one for one in orders if one.score >= least] for orders in found]
    flagged = sum(
        any(one.start < end and start < one.end for one in orders)
        for orders, inside in zip(chosen, spans, strict=True)
        for start, end in inside
    )
    return {
        "% of passages": round(100 * sum(map(bool, chosen)) / len(chosen), 3),
        "% of sentences": round(100 * flagged / sum(map(len, spans)), 3),
    }


def main() -> int:
    data = Settings.read().data
    if data is None:
        print("KVASIR_DATA is not set: nothing to measure")
        return 1
    result = {
        "detector": VERSION,
        "poisoning": asyncio.run(disputed.measure(data)),
        "injection": asyncio.run(planted.measure(data)),
        "ordinary documents": false_positives(data),
    }
    save("poison", result)
    return 0


if __name__ == "__main__":
    sys.exit(main())
