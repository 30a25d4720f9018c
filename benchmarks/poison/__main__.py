"""`python -m benchmarks.poison`: what poisoned sources and planted instructions do to answers.

Poisoning: the 100 questions of the set, the five poisoned texts of each in one source and one right passage of each (written by
hand for this benchmark) in another, 600 documents in one knowledge base; extractive answers. Injection: a hundred forms, half of
them held out, in paragraphs of XQuAD. False positives: share of sentences of ordinary documents that are taken for orders.
"""

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

import yaml

from benchmarks.answers.questions import load
from benchmarks.poison import disputed, planted
from benchmarks.report import save
from kvasir.settings import Settings
from kvasir.text.instructions import VERSION, instructions
from kvasir.text.sentences import sentences

HANDBOOK = Path(__file__).parents[2] / "examples" / "quickstart" / "20-configmap.yaml"


def false_positives(data: Path) -> dict[str, Any]:
    """Sentences that reach into a stretch that is taken for an order."""
    docs = json.loads((data / "product-docs" / "docs.json").read_text(encoding="utf-8"))
    sets = {"product-docs": [one["text"] for one in docs], "xquad en": [text for _, text, _ in load(data)]}
    for language in ("de", "ru", "ar", "zh"):
        articles = json.loads((data / "xquad" / f"xquad.{language}.json").read_text(encoding="utf-8"))["data"]
        sets[f"xquad {language}"] = [part["context"] for article in articles for part in article["paragraphs"]]
    for path in sorted((data / "chunking" / "corpora").glob("*.md")):
        sets[path.stem] = [path.read_text(encoding="utf-8")]
    sets["handbook"] = list(yaml.safe_load(HANDBOOK.read_text(encoding="utf-8"))["data"].values())
    return {name: _flagged(texts) for name, texts in sets.items()}


def _flagged(texts: list[str]) -> dict[str, Any]:
    flagged = total = 0
    for text in texts:
        found = instructions(text)
        spans = sentences(text)
        total += len(spans)
        flagged += sum(any(one.start < end and start < one.end for one in found) for start, end in spans)
    return {"sentences": total, "flagged": flagged, "per cent": round(100 * flagged / total, 3)}


def main() -> int:
    data = Settings.read().data
    if data is None:
        print("KVASIR_DATA is not set: nothing to measure")
        return 1
    result = {
        "detector": VERSION,
        "poisoning": asyncio.run(disputed.measure(data)),
        "injection": asyncio.run(planted.measure(data)),
        "sentences taken for orders": false_positives(data),
    }
    save("poison", result)
    return 0


if __name__ == "__main__":
    sys.exit(main())
