"""Extraction: the sentences of retrieved passages that answer a question, when no generative model is asked."""

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from kvasir.rag.retrieval import Hit
from kvasir.text.analysis import stem, words
from kvasir.text.sentences import sentences

_MAX_SENTENCE: Final = 600
_LENGTH_NORM: Final = 0.3


@dataclass(frozen=True, slots=True)
class Extract:
    """A sentence of a hit. `start` and `end` are offsets in the document; `score` orders extracts of one question."""

    hit: Hit
    start: int
    end: int
    text: str
    score: float


def extract(question: str, hits: Sequence[Hit], *, limit: int = 2) -> Sequence[Extract]:
    """The best sentences first; ties go to the better passage, then to the earlier sentence."""
    candidates = list(_candidates(hits))
    weights = _idf([terms for _, terms in candidates])
    asked = {language: _terms(question, language) for language in {hit.passage.language for hit in hits}}
    best_hit = max((hit.score for hit in hits), default=0.0) or 1.0
    scored: list[tuple[float, Extract]] = []
    for found, terms in candidates:
        overlap = sum(weights[term] for term in set(asked[found.hit.passage.language]) & set(terms))
        total = sum(weights.get(term, 0.0) for term in set(asked[found.hit.passage.language])) or 1.0
        score = overlap / total + found.hit.score / best_hit - _LENGTH_NORM * max(0, len(found.text) - 250) / 250
        scored.append((score, found))
    scored.sort(key=lambda pair: -pair[0])
    return [Extract(found.hit, found.start, found.end, found.text, score) for score, found in _distinct(scored)[:limit]]


def _candidates(hits: Sequence[Hit]) -> Iterator[tuple[Extract, Sequence[str]]]:
    for hit in hits:
        passage = hit.passage
        for start, end in sentences(passage.text):
            text = passage.text[start:end]
            if len(text) <= _MAX_SENTENCE:
                terms = _terms(text, passage.language)
                yield Extract(hit, passage.start + start, passage.start + end, text, 0.0), terms


def _terms(text: str, language: str) -> Sequence[str]:
    return [stem(word, language) for word in words(text)]


def _idf(sentences_terms: Sequence[Sequence[str]]) -> dict[str, float]:
    counts = Counter(term for terms in sentences_terms for term in set(terms))
    return {term: math.log(1 + len(sentences_terms) / count) for term, count in counts.items()}


def _distinct(scored: Sequence[tuple[float, Extract]]) -> Sequence[tuple[float, Extract]]:
    """Overlapping passages hold the same sentence twice."""
    seen: set[tuple[str, int]] = set()
    kept: list[tuple[float, Extract]] = []
    for score, found in scored:
        place = (found.hit.document.id, found.start)
        if place not in seen:
            seen.add(place)
            kept.append((score, found))
    return kept
