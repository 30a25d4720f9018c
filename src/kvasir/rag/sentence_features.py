"""What is known of a retrieved sentence as an answer to a question: numbers that a linear model weighs.

All of it comes from the words: which of the question's words, word pairs and grams a sentence holds, what kind of thing the
question asks for, and how well the passage was found.
"""

import math
import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from kvasir.rag.question_types import AnswerType, answer_type, asked_noun, fit, names
from kvasir.rag.retrieval import Hit
from kvasir.text.analysis import grams, stem, words
from kvasir.text.function_words import WEIGHT as FUNCTION_WORD_WEIGHT
from kvasir.text.function_words import function_words
from kvasir.text.sentences import sentences

FEATURES: Final = (
    "passage",  # fused score over that of the best passage
    "rank",  # of the passage, from 0
    "relevance",  # of the passage
    "terms",  # idf weight of the question's terms in the sentence, over that of the best sentence
    "grams",  # share of the question's grams
    "pairs",  # share of the question's pairs of neighbouring words
    "noun",  # "which city": holds the noun that was asked for; 0.5 when there is none
    "number",  # asked for, and there is one
    "date",  # asked for, and there is one
    "names",  # asked for: how many that the question does not hold, at most 3
    "before",  # idf weight of the question's terms in the sentence before
    "new",  # words that the question does not hold, per 30
    "length",  # per 300 code points
    "pronoun",  # begins with one, and so goes on about what was spoken of
)
_PASSAGES: Final = 5
"""Hits whose sentences are considered; the others only tell which terms are rare."""
_MAX_SENTENCE: Final = 600
_MAX_NAMES: Final = 3
_BODY: Final = re.compile(r"\w")
_HEADING: Final = re.compile(r"\s*#{1,6}\s")
_PRONOUN: Final = re.compile(
    r"(?:He|She|It|They|This|These|Those|That|His|Her|Its|Their|Er|Sie|Es|Dies\w*|Ihre?|Il|Elle|Ils|Elles|Cela|Ce(?:s|t|tte)?"
    r"|Él|Ella|Ellos|Ellas|Est[eao]s?|Es[eao]s?)\b"
)
_LEAD: Final = re.compile(r"[.,;:!?\s]*")
_REFERENCE: Final = re.compile(r"(?<=[.!?])(?:\s*\[[^\]]{1,40}\]|:[\d:,\u2013-]+|(?<!\.\.)\.(?!\.))+$")
"""A reference mark after the sentence's end, as encyclopaedias have them, or a point too many: not part of what is said."""


@dataclass(frozen=True, slots=True, eq=False)
class Candidate:
    """A sentence of a hit, its words as stems, and the question's terms among them. Offsets are in the document."""

    hit: Hit
    rank: int
    start: int
    end: int
    text: str
    words: Sequence[str]
    stems: Sequence[str]
    terms: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Question:
    """A question as terms per language of the hits, weighted; and as grams and pairs of stems."""

    kind: AnswerType
    weights: Mapping[str, float]
    stems: frozenset[str]
    pairs: frozenset[tuple[str, str]]
    grams: frozenset[str]
    noun: str


def describe(question: str, hits: Sequence[Hit]) -> tuple[Sequence[Candidate], NDArray[np.float64]]:
    """The sentences that may answer, and their features: shape (sentences, len(FEATURES))."""
    asked = _asked_terms(question, hits)
    background = _distinct(_candidates(hits, asked))
    about = _question(question, hits[0].passage.language, _weights(asked, background))
    candidates = [one for one in background if one.rank < _PASSAGES]
    weight = [sum(about.weights[term] for term in one.terms) for one in candidates]
    most = max(weight, default=0.0) or 1.0
    best = hits[0].score or 1.0
    rows = [
        (
            one.hit.score / best,
            one.rank,
            one.hit.relevance,
            weight[at] / most,
            *_overlap(one, about),
            *_kind(one, about),
            weight[at - 1] if at and candidates[at - 1].hit is one.hit else 0.0,
            sum(stemmed not in about.stems for stemmed in one.stems) / 30,
            len(one.text) / 300,
            float(_PRONOUN.match(one.text) is not None),
        )
        for at, one in enumerate(candidates)
    ]
    return candidates, np.array(rows, np.float64).reshape(-1, len(FEATURES))


def _overlap(one: Candidate, about: _Question) -> tuple[float, float, float]:
    held: set[str] = set()
    for word in one.words:
        held |= _grams(word)
    pairs = about.pairs & set(pairwise(one.stems))
    noun = 0.5 if not about.noun else float(about.noun in one.stems)
    return _share(about.grams & held, about.grams), _share(pairs, about.pairs), noun


def _kind(one: Candidate, about: _Question) -> tuple[float, float, float]:
    match about.kind:
        case AnswerType.NUMBER:
            return fit(about.kind, one.text), 0.0, 0.0
        case AnswerType.DATE:
            return 0.0, fit(about.kind, one.text), 0.0
        case AnswerType.NAME:
            language = one.hit.passage.language
            new = {name for name in names(one.text) if stem(name.casefold(), language) not in about.stems}
            return 0.0, 0.0, min(len(new), _MAX_NAMES)
        case AnswerType.OTHER:
            return 0.0, 0.0, 0.0


def _share(part: Collection[object], whole: Collection[object]) -> float:
    return len(part) / len(whole) if whole else 0.0


@lru_cache(maxsize=100_000)
def _grams(word: str) -> frozenset[str]:
    return frozenset(grams(word))


def _question(question: str, language: str, weights: Mapping[str, float]) -> _Question:
    spoken = words(question)
    light = function_words(spoken, [language])
    stems = [stem(word, language) for word in spoken]
    noun = asked_noun(question)
    return _Question(
        kind=answer_type(question),
        weights=weights,
        stems=frozenset(stems),
        pairs=frozenset(pairwise(stems)),
        grams=frozenset(gram for word in spoken if word not in light for gram in _grams(word)),
        noun=stem(noun, language) if noun else "",
    )


def _asked_terms(question: str, hits: Sequence[Hit]) -> Mapping[str, Mapping[str, float]]:
    """Per language of the hits, the question's stems with their weights."""
    languages = list(dict.fromkeys(hit.passage.language for hit in hits))
    asked = words(question)
    light = function_words(asked, languages)
    return {
        language: {stem(word, language): FUNCTION_WORD_WEIGHT if word in light else 1.0 for word in asked}
        for language in languages
    }


def _candidates(hits: Sequence[Hit], asked: Mapping[str, Mapping[str, float]]) -> Iterator[Candidate]:
    for rank, hit in enumerate(hits):
        passage = hit.passage
        for start, end in sentences(passage.text):
            if passage.orders(passage.start + start, passage.start + end):
                continue
            lead, text = _said(passage.text[start:end])
            if len(text) <= _MAX_SENTENCE and _BODY.search(text) and not _HEADING.match(text):
                spoken = words(text)
                stems = [stem(word, passage.language) for word in spoken]
                held = frozenset(stems) & asked[passage.language].keys()
                begin = passage.start + start + lead
                yield Candidate(hit, rank, begin, begin + len(text), text, spoken, stems, held)


def _said(sentence: str) -> tuple[int, str]:
    """A sentence without what hangs on to it, and how much was taken from its head."""
    lead = _LEAD.match(sentence)
    text = _REFERENCE.sub("", sentence[lead.end() :]) if lead else sentence
    if text.endswith('"') and text.count('"') % 2:
        text = text[:-1]  # closes a quotation that an earlier sentence opened
    return (lead.end() if lead else 0), text


def _distinct(candidates: Iterator[Candidate]) -> Sequence[Candidate]:
    """Overlapping passages hold the same sentence twice; the better passage keeps it."""
    places: dict[tuple[str, int], Candidate] = {}
    for candidate in candidates:
        places.setdefault((candidate.hit.document.id, candidate.start), candidate)
    return list(places.values())


def _weights(asked: Mapping[str, Mapping[str, float]], candidates: Collection[Candidate]) -> Mapping[str, float]:
    """The share of the question that each of its terms stands for: rare among the candidates is much."""
    counts = Counter(term for candidate in candidates for term in candidate.terms)
    terms = {term: weight for stems in asked.values() for term, weight in stems.items()}
    raw = {term: weight * math.log(1 + (len(candidates) + 1) / (counts[term] + 0.5)) for term, weight in terms.items()}
    total = sum(raw.values()) or 1.0
    return {term: value / total for term, value in raw.items()}
