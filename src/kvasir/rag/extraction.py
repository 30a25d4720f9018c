"""Extraction: the sentences of retrieved passages that answer a question, when no generative model is asked.

Weights were chosen on one half of XQuAD's articles and measured on all (benchmarks/answers).
"""

import math
import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from kvasir.rag.question_types import AnswerType, answer_type, fit
from kvasir.rag.retrieval import Hit
from kvasir.text.analysis import stem, words
from kvasir.text.function_words import WEIGHT as FUNCTION_WORD_WEIGHT
from kvasir.text.function_words import function_words
from kvasir.text.sentences import sentences

_PASSAGES: Final = 5
"""Hits whose sentences are considered; the others only tell which terms are rare."""
_MAX_SENTENCE: Final = 600
_COVERAGE: Final = 1.6
_PASSAGE: Final = 1.3
_BEST_PASSAGE: Final = 0.2
_TYPE: Final = 0.45
_LENGTH: Final = 0.38
"""Per 300 code points."""
_LONG: Final = 0.3
"""Per 200 code points over 220."""
_NEW_TERMS: Final = 0.3
_SAME_PASSAGE: Final = 0.1
_BODY: Final = re.compile(r"\w")
_HEADING: Final = re.compile(r"\s*#{1,6}\s")
_INNER_END: Final = re.compile(r"[.!?][\"')\]]*\s+[A-Z]")
_REFERENCE: Final = re.compile(r"(?<=[.!?])(?:\s*\[[^\]]{1,40}\]|:[\d:,\u2013-]+)+$")
"""A reference mark after the sentence's end, as encyclopaedias have them: not part of what is said."""


@dataclass(frozen=True, slots=True)
class Extract:
    """A sentence of a hit. `start` and `end` are offsets in the document; `score` orders extracts of one question."""

    hit: Hit
    start: int
    end: int
    text: str
    score: float


@dataclass(frozen=True, slots=True, eq=False)
class _Candidate:
    """A sentence and the question's terms that it holds."""

    hit: Hit
    rank: int
    start: int
    end: int
    text: str
    terms: frozenset[str]


def extract(question: str, hits: Sequence[Hit], *, limit: int = 2) -> Sequence[Extract]:
    """The best sentences first. After the first, sentences that add terms of the question come forward."""
    if not hits:
        return []
    asked = _asked_terms(question, hits)
    background = _distinct(_candidates(hits, asked))
    weights = _weights(asked, background)
    candidates = [one for one in background if one.rank < _PASSAGES]
    kind = answer_type(question)
    scores = {candidate: _score(candidate, weights, kind, hits) for candidate in candidates}
    chosen: list[Extract] = []
    covered: frozenset[str] = frozenset()
    while scores and len(chosen) < limit:
        best = max(scores, key=lambda one: (scores[one] + _gain(one, covered, weights, chosen), -one.rank, -one.start))
        chosen.append(Extract(best.hit, best.start, best.end, best.text, scores.pop(best)))
        covered |= best.terms
    return chosen


def _asked_terms(question: str, hits: Sequence[Hit]) -> Mapping[str, Mapping[str, float]]:
    """Per language of the hits, the question's stems with their weights."""
    languages = list(dict.fromkeys(hit.passage.language for hit in hits))
    asked = words(question)
    light = function_words(asked, languages)
    return {
        language: {stem(word, language): FUNCTION_WORD_WEIGHT if word in light else 1.0 for word in asked}
        for language in languages
    }


def _candidates(hits: Sequence[Hit], asked: Mapping[str, Mapping[str, float]]) -> Iterator[_Candidate]:
    for rank, hit in enumerate(hits):
        passage = hit.passage
        for start, end in sentences(passage.text):
            text = _REFERENCE.sub("", passage.text[start:end])
            if len(text) <= _MAX_SENTENCE and _BODY.search(text) and not _HEADING.match(text):
                terms = frozenset(stem(word, passage.language) for word in words(text))
                held = terms & asked[passage.language].keys()
                begin = passage.start + start
                yield _Candidate(hit, rank, begin, begin + len(text), text, held)


def _distinct(candidates: Iterator[_Candidate]) -> Sequence[_Candidate]:
    """Overlapping passages hold the same sentence twice; the better passage keeps it."""
    places: dict[tuple[str, int], _Candidate] = {}
    for candidate in candidates:
        places.setdefault((candidate.hit.document.id, candidate.start), candidate)
    return list(places.values())


def _weights(asked: Mapping[str, Mapping[str, float]], candidates: Collection[_Candidate]) -> Mapping[str, float]:
    """The share of the question that each of its terms stands for: rare among the candidates is much."""
    counts = Counter(term for candidate in candidates for term in candidate.terms)
    terms = {term: weight for stems in asked.values() for term, weight in stems.items()}
    raw = {term: weight * math.log(1 + (len(candidates) + 1) / (counts[term] + 0.5)) for term, weight in terms.items()}
    total = sum(raw.values()) or 1.0
    return {term: value / total for term, value in raw.items()}


def _score(candidate: _Candidate, weights: Mapping[str, float], kind: AnswerType, hits: Sequence[Hit]) -> float:
    best = hits[0].score or 1.0
    length = len(candidate.text)
    return (
        _COVERAGE * sum(weights[term] for term in candidate.terms)
        + _PASSAGE * candidate.hit.score / best
        + _BEST_PASSAGE * (candidate.rank == 0)
        + _TYPE * fit(kind, candidate.text)
        - _LENGTH * length / 300
        - _LONG * max(0, length - 220) / 200
        - _LONG * len(_INNER_END.findall(candidate.text))
    )


def _gain(
    candidate: _Candidate, covered: frozenset[str], weights: Mapping[str, float], chosen: Sequence[Extract]
) -> float:
    if not chosen:
        return 0.0
    new = sum(weights[term] for term in candidate.terms - covered)
    same = candidate.hit.passage.id == chosen[0].hit.passage.id
    return _NEW_TERMS * new + _SAME_PASSAGE * same
