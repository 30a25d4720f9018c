"""How much of the quality of exhaustive scoring the candidates keep: nDCG@10 of the needles on the same passages."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from benchmarks.retrieval.metrics import ndcg
from benchmarks.scale.exhaustive import LEGS, Exhaustive
from benchmarks.scale.store import Asking, Store
from benchmarks.scale.vectors import Vectors
from kvasir.adapters.embedded.segments import Segment
from kvasir.ports.passages import Leg
from kvasir.rag.fusion import SHIPPED_WEIGHTS, fuse

FIRST = 10
Asked = Sequence[tuple[str, str]]


async def shipped(asking: Asking, asked: Asked) -> list[float]:
    """Of each question, with the id of its needle's document."""
    found: list[float] = []
    for text, target in asked:
        order = [hit.passage.id.document for hit in await asking.ask(text)]
        found.append(1 / float(np.log2(order.index(target) + 2)) if target in order[:FIRST] else 0.0)
    return found


def reference(store: Store, asked: Asked, vectors: Mapping[str, Vectors]) -> dict[str, list[float]]:
    """The same with every passage scored by every leg: lexical and hybrid. For a store of one segment."""
    (path,) = store.segments()
    segment = Segment.open(path)
    exhaustive = Exhaustive(segment.lexical)
    rows = {document: places.start for (document, _), places in segment.places.items()}
    every = np.ascontiguousarray(segment.vectors)
    found: dict[str, list[float]] = {"lexical": [], "hybrid": []}
    for text, target in asked:
        legs: dict[Leg, NDArray[np.float32]] = dict(zip(map(Leg, LEGS), exhaustive.scores(text), strict=True))
        right = np.arange(segment.size) == rows[target]
        found["lexical"].append(ndcg(fuse(legs, SHIPPED_WEIGHTS.of(legs)), right))
        legs[Leg.DENSE] = every @ vectors[text]
        found["hybrid"].append(ndcg(fuse(legs, SHIPPED_WEIGHTS.of(legs)), right))
    return found
