"""`python -m benchmarks.abstention`: XQuAD questions with their paragraph, and with it taken away.

Answerable: the best hit of each question. Unanswerable: the best hit once the gold paragraph is left out; questions whose answer
string stands in another retrieved paragraph are skipped. The threshold that refuses 15 % of the answerable ones is reported, and
the shipped one.
"""

import asyncio
import json
import sys
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.answers.__main__ import PRINCIPAL, indexed, load
from kvasir.ports.deadline import Deadline
from kvasir.rag.calibration import ABSTAIN_BELOW
from kvasir.rag.retrieval import Retriever, Target
from kvasir.settings import Settings

FALSE_REFUSALS = 0.15
RESULT = Path(__file__).parents[1] / "results" / "abstention.json"


async def measure(folder: Path) -> dict[str, Any]:
    paragraphs = list(load(folder))
    texts = [text.lower() for text, _ in paragraphs]
    answerable: list[float] = []
    unanswerable: list[float] = []
    skipped = 0
    async with indexed(paragraphs) as (stores, snapshot):
        retriever = Retriever(stores.passages)
        for number, (_, questions) in enumerate(paragraphs):
            for question, gold in questions:
                hits = await retriever.retrieve(
                    PRINCIPAL, [Target(snapshot, None)], question, Deadline.after(30), limit=20
                )
                answerable.append(max(hit.relevance for hit in hits))
                others = [hit for hit in hits if hit.document.path != f"{number:03}.txt"]
                if any(one.lower() in texts[int(hit.document.path[:3])] for one in gold for hit in others):
                    skipped += 1
                else:
                    unanswerable.append(max(hit.relevance for hit in others))
    right, wrong = np.array(answerable), np.array(unanswerable)
    threshold = float(np.quantile(right, FALSE_REFUSALS))
    return {
        "date": date.today().isoformat(),
        "set": "xquad en, 240 paragraphs, no model",
        "answerable": len(right),
        "unanswerable": len(wrong),
        "skipped": skipped,
        "threshold at 15 % false refusals": round(threshold, 4),
        "caught at 15 % false refusals": round(100 * float((wrong < threshold).mean()), 2),
        "shipped threshold": ABSTAIN_BELOW,
        "false refusals, shipped": round(100 * float((right < ABSTAIN_BELOW).mean()), 2),
        "caught, shipped": round(100 * float((wrong < ABSTAIN_BELOW).mean()), 2),
        "area under curve": round(float((right[:, None] > wrong[None]).mean()), 4),
    }


def main() -> int:
    data = Settings.read().data
    if data is None:
        print("KVASIR_DATA is not set: nothing to measure")
        return 1
    result = asyncio.run(measure(data))
    RESULT.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(result, indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
