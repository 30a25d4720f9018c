"""Retrieval: a standalone question against pinned snapshots of one or more knowledge bases."""

import asyncio
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from kvasir.ports.deadline import Deadline
from kvasir.ports.documents import LiveDocument, Snapshot
from kvasir.ports.embedder import Embedder
from kvasir.ports.filters import Filter
from kvasir.ports.passages import Candidates, Leg, Passage, PassageId, PassageQuery, Passages
from kvasir.ports.principal import Principal
from kvasir.rag.calibration import relevance
from kvasir.rag.fusion import SHIPPED_WEIGHTS, FusionWeights, fuse, join


@dataclass(frozen=True, slots=True)
class Target:
    """One snapshot to search, and the model that embedded it (None without a dense leg)."""

    snapshot: Snapshot
    embedder: Embedder | None


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage that was found.

    Attributes:
        score: fused; orders hits of one search and means nothing else.
        relevance: calibrated probability (0 to 1) that the passage answers; what is published and what thresholds use.
        legs: raw scores, for calibration and for people who ask why.
        self_score: scale of the WORDS leg, see `ports.passages.Candidates`.
    """

    snapshot: Snapshot
    passage: Passage
    document: LiveDocument
    score: float
    relevance: float
    legs: Mapping[Leg, float]
    self_score: float


class _Chosen(NamedTuple):
    """One of the best: its target, its place among that one's candidates, its id and its fused score."""

    target: int
    place: int
    id: PassageId
    score: float


class Retriever:
    """Searches all targets at once and fuses over the union of their candidates."""

    def __init__(self, passages: Passages, *, weights: FusionWeights = SHIPPED_WEIGHTS) -> None:
        self._passages = passages
        self._weights = weights

    async def retrieve(
        self,
        principal: Principal,
        targets: Sequence[Target],
        question: str,
        deadline: Deadline,
        *,
        limit: int = 10,
        condition: Filter | None = None,
    ) -> Sequence[Hit]:
        """The best passages first, each readable by the principal and live in its snapshot."""
        searches = [self._search(principal, target, question, condition, deadline) for target in targets]
        found = [await searches[0]] if len(searches) == 1 else await asyncio.gather(*searches)
        legs = join([candidates.legs for candidates in found])
        scores = fuse(legs, self._weights.of(legs))
        chosen = _best(found, scores, limit)
        return await self._fetch(principal, targets, found, chosen, deadline)

    async def _search(
        self, principal: Principal, target: Target, question: str, condition: Filter | None, deadline: Deadline
    ) -> Candidates:
        vector = None if target.embedder is None else await target.embedder.embed_query(question, deadline)
        query = PassageQuery(text=question, vector=vector, filter=condition)
        return await self._passages.search(principal, target.snapshot, query, deadline)

    async def _fetch(
        self,
        principal: Principal,
        targets: Sequence[Target],
        found: Sequence[Candidates],
        chosen: Sequence[_Chosen],
        deadline: Deadline,
    ) -> Sequence[Hit]:
        passages: dict[tuple[int, PassageId], Passage] = {}
        documents: dict[tuple[int, str], LiveDocument] = {}
        for t, target in enumerate(targets):
            ids = [one.id for one in chosen if one.target == t]
            if not ids:
                continue
            for passage in await self._passages.fetch(principal, target.snapshot, ids, deadline):
                passages[t, passage.id] = passage
            wanted = list({one.document for one in ids})
            live = await self._passages.documents(principal, target.snapshot, wanted, deadline)
            documents.update({(t, name): document for name, document in live.items()})
        hits: list[Hit] = []
        for t, i, identity, score in chosen:
            if (t, identity) not in passages:
                continue
            legs = {leg: float(values[i]) for leg, values in found[t].legs.items()}
            hits.append(
                Hit(
                    snapshot=targets[t].snapshot,
                    passage=passages[t, identity],
                    document=documents[t, identity.document],
                    score=score,
                    relevance=relevance(legs, found[t].self_score),
                    legs=legs,
                    self_score=found[t].self_score,
                )
            )
        return hits


def _best(found: Sequence[Candidates], scores: NDArray[np.float32], limit: int) -> list[_Chosen]:
    """Equal scores go by id: the same question, the same order."""
    starts = list(accumulate((len(candidates.ids) for candidates in found), initial=0))
    last = np.partition(scores, -limit)[-limit] if 0 < limit < len(scores) else -np.inf
    able: list[tuple[float, int, PassageId, int]] = []
    places = np.flatnonzero(scores >= last)
    for n, score in zip(places.tolist(), scores.take(places).tolist(), strict=True):
        t = bisect_right(starts, n) - 1
        i = n - starts[t]
        able.append((-score, t, found[t].ids[i], i))
    return [_Chosen(t, i, identity, -score) for score, t, identity, i in sorted(able)[:limit]]
