"""The lexical index of one snapshot: some segments, and which of their documents live."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kvasir.errors import InvalidInputError
from kvasir.text.lexical.candidates import Budget, Rows, find_candidates
from kvasir.text.lexical.columns import K1, B
from kvasir.text.lexical.scoring import LegScores, score_rows
from kvasir.text.lexical.segment import Segment
from kvasir.text.lexical.statistics import Bools
from kvasir.text.lexical.view import Resolved, open_corpus, resolve


@dataclass(frozen=True, slots=True)
class LexicalCandidates:
    """What a search found: n passages, in the order of segment and row, each scored by every leg.

    Attributes:
        segments, rows: (n) where each passage stands.
        scores: raw scores per leg; comparable within one search only.
        self_score: the words score of a passage that holds just the question.
    """

    segments: NDArray[np.int64]
    rows: NDArray[np.int64]
    scores: LegScores
    self_score: float


class LexicalIndex:
    """Scores are a pure function of the live documents: how they are spread over segments changes nothing.

    A document must stand in one segment. Searching is safe from several threads.
    """

    def __init__(self, segments: Sequence[Segment], live: Sequence[Bools | None] | None = None) -> None:
        """Counts what lives (about 0.1 s for 100,000 passages).

        Args:
            segments: opened, in any order.
            live: per segment, which documents live, shape (documents,); None for all.
        """
        self._segments = tuple(segments)
        self._corpus = open_corpus(self._segments, live if live is not None else [None] * len(segments))
        self._offsets = np.array([view.offset for view in self._corpus.views], np.int64)

    @property
    def live_passages(self) -> int:
        """Passages that can be found."""
        return int(self._corpus.totals[1])

    def search(
        self,
        question: str,
        *,
        budget: Budget | None = None,
        allowed: Sequence[Bools | None] | None = None,
        also: Sequence[Rows | None] | None = None,
    ) -> LexicalCandidates:
        """The union of what words, grams and prefixes find, and of rows that others found.

        Args:
            question: any text; function words count less.
            budget: how much to read; the default keeps 100,000 passages under 4 ms.
            allowed: per segment, which documents the caller may see, shape (documents,); None for all.
            also: per segment, rows from elsewhere (the dense leg) to score too; dead or forbidden ones are dropped.
        """
        resolved = resolve(self._corpus, question)
        mask = self._mask(allowed)
        rows = find_candidates(self._corpus, resolved, mask, budget or Budget())
        if also is not None:
            rows = self._visible(also, mask, rows)
        return self._scored(resolved, rows)

    def score(
        self, question: str, rows: Sequence[Rows | None], *, allowed: Sequence[Bools | None] | None = None
    ) -> LexicalCandidates:
        """Scores given rows (per segment) only; duplicates, dead and forbidden ones are dropped."""
        resolved = resolve(self._corpus, question)
        return self._scored(resolved, self._visible(rows, self._mask(allowed)))

    def _scored(self, resolved: Resolved, rows: Rows) -> LexicalCandidates:
        segments = np.searchsorted(self._offsets, rows, side="right") - 1
        scores = score_rows(self._corpus, resolved, rows)
        offsets = self._offsets[segments] if len(self._offsets) else rows
        return LexicalCandidates(segments, rows - offsets, scores, self._self_score(resolved))

    def _self_score(self, resolved: Resolved) -> float:
        rows, words = self._corpus.totals[1:3].tolist()
        average = words / rows if rows and words else 1.0
        norm = K1 * (1 - B + B * len(resolved.query.words) / average)
        return float(resolved.word_weights.sum()) * (K1 + 1) / (1 + norm)

    def _visible(self, rows: Sequence[Rows | None], mask: Bools | None, *others: Rows) -> Rows:
        """Sorted, distinct global rows that live and are allowed; `others` are global already."""
        if len(rows) != len(self._segments):
            raise InvalidInputError(f"Rows of {len(rows)} segments for an index of {len(self._segments)}.")
        pairs = zip(self._corpus.views, rows, strict=True)
        every = [np.asarray(some, np.int64) + view.offset for view, some in pairs if some is not None]
        joined = np.unique(np.concatenate([*every, *others])) if every or others else np.zeros(0, np.int64)
        usable = self._corpus.live if mask is None else self._corpus.live & mask
        return joined[usable[joined]]

    def _mask(self, allowed: Sequence[Bools | None] | None) -> Bools | None:
        """(global rows) which the caller may see."""
        if allowed is None:
            return None
        if len(allowed) != len(self._segments):
            raise InvalidInputError(f"Masks of {len(allowed)} segments for an index of {len(self._segments)}.")
        parts: list[Bools] = []
        for segment, mask in zip(self._segments, allowed, strict=True):
            if mask is not None and mask.shape != (segment.documents,):
                raise InvalidInputError(f"A mask of shape {mask.shape} for {segment.documents} documents.")
            parts.append(np.ones(segment.rows, np.bool_) if mask is None else mask[segment.row_documents])
        return np.concatenate(parts) if parts else None
