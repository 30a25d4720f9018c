"""`python -m benchmarks.citations`: share of damaged claims that the support check flags, and of sound ones that it flags wrongly.

Every claim is judged as the agent judges a sentence of an answer: `Claim [1]` with one paragraph as source 1.
"""

import sys
from collections import Counter
from collections.abc import Sequence
from typing import Any

from benchmarks.citations.claims import CitedClaim, Damage, claims, load
from benchmarks.report import save, share
from kvasir.ports.documents import LiveDocument, Snapshot
from kvasir.ports.passages import Passage, PassageId
from kvasir.rag.claims import judge
from kvasir.rag.retrieval import Hit
from kvasir.settings import Settings

SOUND = (Damage.NONE, Damage.RESTATED)


def hit(number: int, text: str) -> Hit:
    """A paragraph as a passage that was found."""
    document = LiveDocument(str(number), "v", "xquad", f"{number:03}.txt", f"{number:03}", None, {}, 1)
    passage = Passage(PassageId(str(number), "v", 0), text, 0, len(text), language="en")
    return Hit(Snapshot("xquad", 1, 1), passage, document, 1.0, 1.0, {}, 1.0)


def measure(paragraphs: Sequence[str], made: Sequence[CitedClaim]) -> dict[str, Any]:
    total: Counter[Damage] = Counter()
    flagged: Counter[Damage] = Counter()
    for claim in made:
        total[claim.damage] += 1
        judged = judge(f"{claim.text} [1]", 0, [hit(claim.paragraph, paragraphs[claim.paragraph])])
        flagged[claim.damage] += not judged.supported
    damaged = [kind for kind in Damage if kind not in (*SOUND, Damage.NEGATION)]
    return {
        "flagged": {str(kind): share(flagged[kind], total[kind]) for kind in Damage},
        "detected, negation apart": share(sum(flagged[kind] for kind in damaged), sum(total[kind] for kind in damaged)),
        "false flags on gold sentences": share(flagged[Damage.NONE], total[Damage.NONE]),
    }


def main() -> int:
    data = Settings.read().data
    if data is None:
        print("KVASIR_DATA is not set: nothing to measure")
        return 1
    paragraphs, questions = load(data)
    result = measure(paragraphs, list(claims(questions)))
    save("citations", {"set": "xquad en", **result})
    return 0


if __name__ == "__main__":
    sys.exit(main())
