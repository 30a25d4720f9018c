"""An open snapshot: the segments of one revision, which of their parts live, and who may read them."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Final, overload

import numpy as np
from numpy.typing import NDArray

from kvasir.adapters.embedded.segments import Mask, Segment
from kvasir.adapters.embedded.segments_manifest import Manifest
from kvasir.ports.documents import LiveDocument
from kvasir.ports.filters import Filter, matches
from kvasir.ports.passages import Candidates, Leg, PassageId, PassageQuery, Scores, Vector
from kvasir.ports.principal import Access, Principal
from kvasir.text.lexical.index import LexicalCandidates, LexicalIndex

Rows = NDArray[np.int64]

_LEXICAL: Final = (Leg.WORDS, Leg.GRAMS, Leg.PREFIX, Leg.DOCUMENT, Leg.COVERAGE)

_MASKS: Final = 64
"""Combinations of access and filter that are remembered per snapshot."""


class _Ids(Sequence[PassageId]):
    """Names of candidates, made when they are asked for: of some hundred, a handful are shown."""

    def __init__(self, segments: Sequence[Segment], found: LexicalCandidates) -> None:
        self._segments = segments
        self._found = found

    def __len__(self) -> int:
        return len(self._found.rows)

    @overload
    def __getitem__(self, index: int) -> PassageId: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[PassageId]: ...

    def __getitem__(self, index: int | slice) -> PassageId | Sequence[PassageId]:
        if isinstance(index, slice):
            return [self[place] for place in range(*index.indices(len(self)))]
        segment = self._segments[int(self._found.segments[index])]
        row = int(self._found.rows[index])
        number = int(segment.row_parts[row])
        part = segment.parts[number]
        return PassageId(part.document, part.version, part.first + row - int(segment.part_starts[number]))


class OpenSnapshot:
    """Reads one revision. Safe for use by several threads; deletes nothing and never changes."""

    def __init__(self, manifest: Manifest, segments: Sequence[Segment]) -> None:
        self.manifest = manifest
        self.segments = segments
        self._live = [self._mask_of(segment, manifest.documents) for segment in segments]
        self._lexical = LexicalIndex([segment.lexical for segment in segments], self._live)
        self._accesses = frozenset(document.access for document in manifest.documents.values())
        self._allowed = lru_cache(maxsize=_MASKS)(self._compute_allowed)

    def search(self, principal: Principal, query: PassageQuery) -> Candidates:
        """Candidates of all legs, each scored by all of them."""
        allowed = self._masks(principal, query.filter)
        dense = None if query.vector is None else self._nearest(query.vector, query.limit, allowed)
        found = self._lexical.search(query.text, allowed=allowed, also=dense)
        return self._candidates(found, query.vector)

    def rows(self, principal: Principal, ids: Sequence[PassageId]) -> Sequence[tuple[Segment, int] | None]:
        """Where live and readable passages stand; None for the others."""
        return [self._find(one) if self.readable(principal, one.document) else None for one in ids]

    def readable(self, principal: Principal, document: str) -> LiveDocument | None:
        """The live document, when the principal may read it."""
        found = self.manifest.documents.get(document)
        return found if found is not None and principal.may_read(found.access) else None

    def part_of(self, document: str, version: str) -> tuple[Segment, range] | None:
        """The segment and rows of a document version."""
        for segment in self.segments:
            place = segment.places.get((document, version))
            if place is not None:
                return segment, place
        return None

    def _find(self, identity: PassageId) -> tuple[Segment, int] | None:
        document = self.manifest.documents[identity.document]
        place = self.part_of(identity.document, identity.version) if document.version == identity.version else None
        if place is None or not 0 <= identity.ordinal < len(place[1]):
            return None
        return place[0], place[1][identity.ordinal]

    @staticmethod
    def _mask_of(segment: Segment, documents: Mapping[str, LiveDocument]) -> Mask:
        live = (
            (document := documents.get(part.document)) is not None and document.version == part.version
            for part in segment.parts
        )
        return np.fromiter(live, np.bool_, len(segment.parts))

    def _masks(self, principal: Principal, condition: Filter | None) -> Sequence[Mask | None] | None:
        """Per segment, the parts that may be seen; None when all may."""
        readable = frozenset(access for access in self._accesses if principal.may_read(access))
        if condition is None and readable == self._accesses:
            return None
        return self._allowed(readable, condition)

    def _compute_allowed(self, readable: frozenset[Access], condition: Filter | None) -> Sequence[Mask]:
        permitted = {
            name: document
            for name, document in self.manifest.documents.items()
            if document.access in readable and (condition is None or matches(condition, document.attributes))
        }
        return [self._mask_of(segment, permitted) for segment in self.segments]

    def _nearest(self, vector: Vector, limit: int, allowed: Sequence[Mask | None] | None) -> list[Rows]:
        """Per segment, those of its rows that are among the nearest of all segments."""
        found = [self._nearest_in(number, vector, limit, allowed) for number in range(len(self.segments))]
        if len(found) > 1 and sum(len(rows) for rows, _ in found) > limit:
            keys = [segment.lexical.row_keys[rows] for segment, (rows, _) in zip(self.segments, found, strict=True)]
            # Equal cosines go by the passages' keys: how they are spread over segments changes nothing.
            order = np.lexsort((np.concatenate(keys), -np.concatenate([scores for _, scores in found])))
            kept = np.zeros(len(order), np.bool_)
            kept[order[:limit]] = True
            ends = np.cumsum([len(rows) for rows, _ in found])
            pairs = zip(found, np.split(kept, ends[:-1]), strict=True)
            return [rows[chosen] for (rows, _), chosen in pairs]
        return [rows for rows, _ in found]

    def _nearest_in(
        self, number: int, vector: Vector, limit: int, allowed: Sequence[Mask | None] | None
    ) -> tuple[Rows, Scores]:
        segment = self.segments[number]
        if segment.dense is None:
            return np.zeros(0, np.int64), np.zeros(0, np.float32)
        mask = self._live[number] if allowed is None else self._live[number] & _or_all(allowed[number])
        return segment.dense.search(vector, None if bool(mask.all()) else mask[segment.row_parts], limit)

    def _candidates(self, found: LexicalCandidates, vector: Vector | None) -> Candidates:
        legs: dict[Leg, NDArray[np.float32]] = {leg: getattr(found.scores, leg) for leg in _LEXICAL}
        if vector is not None:
            legs[Leg.DENSE] = self._dense_scores(found, vector)
        return Candidates(ids=_Ids(self.segments, found), legs=legs, self_score=found.self_score)

    def _dense_scores(self, found: LexicalCandidates, vector: Vector) -> NDArray[np.float32]:
        scores = np.full(len(found.rows), -1.0, dtype=np.float32)
        for number, segment in enumerate(self.segments):
            here = found.segments == number
            if segment.dense is not None and here.any():
                scores[here] = segment.dense.score(vector, found.rows[here])
        return scores


def _or_all(mask: Mask | None) -> Mask | np.bool_:
    return np.True_ if mask is None else mask
