"""What is known of a retrieved sentence as an answer to a question: numbers that a linear model weighs.

All of it comes from the words: which of the question's words, word pairs and grams a sentence holds, what kind of thing the
question asks for, and how well the passage was found.
"""

import math
import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from kvasir.rag.evidence import Evidence, Sentence
from kvasir.rag.question_types import AnswerType, answer_type, asked_noun, fit, names
from kvasir.rag.retrieval import Hit
from kvasir.rag.table_rows import implied
from kvasir.text.analysis import grams, stem, words
from kvasir.text.function_words import WEIGHT as FUNCTION_WORD_WEIGHT
from kvasir.text.function_words import function_words

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
_MAX_NAMES: Final = 3
_FORMER: Final = 0.5
"""What a word counts that stands in a former question alone."""
_PRONOUN: Final = re.compile(
    r"(?:He|She|It|They|This|These|Those|That|His|Her|Its|Their|Er|Sie|Es|Dies\w*|Ihre?|Il|Elle|Ils|Elles|Cela|Ce(?:s|t|tte)?"
    r"|Él|Ella|Ellos|Ellas|Est[eao]s?|Es[eao]s?)\b"
)


@dataclass(frozen=True, slots=True)
class _Question:
    """A question as terms per language of the hits, weighted; and as grams and pairs of stems."""

    kind: AnswerType
    weights: Mapping[str, float]
    stems: frozenset[str]
    pairs: frozenset[tuple[str, str]]
    grams: frozenset[str]
    noun: str


def describe(question: str, evidence: Evidence, latest: str = "") -> tuple[Sequence[Sentence], NDArray[np.float64]]:
    """The sentences that may answer, and their features: shape (sentences, len(FEATURES)).

    `latest` is the part of a standalone question that was asked last: what it asks for is looked for, and what came before counts half.
    """
    hits = evidence.hits
    asked = _asked_terms(question, latest or question, hits)
    meant = implied(evidence.sentences, asked)
    held = [
        asked[one.hit.passage.language].keys() & set(one.stems) | rest
        for one, rest in zip(evidence.sentences, meant, strict=True)
    ]
    about = _question(question, latest, hits[0].passage.language, _weights(asked, held))
    candidates = [one for one in evidence.sentences if one.rank < _PASSAGES]
    weight = [sum(about.weights[term] for term in terms) for terms in held[: len(candidates)]]
    most = max(weight, default=0.0) or 1.0
    best = hits[0].score or 1.0
    shared = _shared_grams(candidates, about.grams)
    rows = [
        (
            one.hit.score / best,
            one.rank,
            one.hit.relevance,
            weight[at] / most,
            *_overlap(one, about, shared),
            *_kind(one, about),
            weight[at - 1] if at and candidates[at - 1].hit is one.hit else 0.0,
            sum(stemmed not in about.stems for stemmed in one.stems) / 30,
            len(one.text) / 300,
            float(_PRONOUN.match(one.text) is not None),
        )
        for at, one in enumerate(candidates)
    ]
    return candidates, np.array(rows, np.float64).reshape(-1, len(FEATURES))


def _shared_grams(candidates: Sequence[Sentence], asked: frozenset[str]) -> Mapping[str, frozenset[str]]:
    """Of each word that holds any of the question's grams, which."""
    spoken = {word for one in candidates for word in one.words}
    found = {word: asked.intersection(_grams(word)) for word in spoken}
    return {word: held for word, held in found.items() if held}


@lru_cache(maxsize=20_000)
def _grams(word: str) -> tuple[str, ...]:
    return grams(word)


def _overlap(one: Sentence, about: _Question, shared: Mapping[str, frozenset[str]]) -> tuple[float, float, float]:
    held = frozenset[str]().union(*(shared[word] for word in shared.keys() & set(one.words)))
    pairs = about.pairs & set(pairwise(one.stems))
    noun = 0.5 if not about.noun else float(about.noun in one.stems)
    return _share(held, about.grams), _share(pairs, about.pairs), noun


def _kind(one: Sentence, about: _Question) -> tuple[float, float, float]:
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


def _question(question: str, latest: str, language: str, weights: Mapping[str, float]) -> _Question:
    whole, last = words(question), words(latest)
    light = function_words(whole, [language])
    spoken = whole if light.issuperset(last) else last  # "and then?" asks for nothing new
    stems = [stem(word, language) for word in spoken]
    asking = latest if answer_type(latest) is not AnswerType.OTHER or asked_noun(latest) else question
    noun = asked_noun(asking)
    return _Question(
        kind=answer_type(asking),
        weights=weights,
        stems=frozenset(stem(word, language) for word in whole),
        pairs=frozenset(pairwise(stems)),
        grams=frozenset(gram for word in spoken if word not in light for gram in grams(word)),
        noun=stem(noun, language) if noun else "",
    )


def _asked_terms(question: str, latest: str, hits: Sequence[Hit]) -> Mapping[str, Mapping[str, float]]:
    """Per language of the hits, the question's stems with their weights."""
    languages = list(dict.fromkeys(hit.passage.language for hit in hits))
    asked, last = words(question), frozenset(words(latest))
    light = function_words(asked, languages)
    weight = {word: FUNCTION_WORD_WEIGHT if word in light else 1.0 if word in last else _FORMER for word in asked}
    return {language: {stem(word, language): one for word, one in weight.items()} for language in languages}


def _weights(asked: Mapping[str, Mapping[str, float]], held: Sequence[Collection[str]]) -> Mapping[str, float]:
    """The share of the question that each of its terms stands for: rare among the sentences is much."""
    counts = Counter(term for terms in held for term in terms)
    terms = {term: weight for stems in asked.values() for term, weight in stems.items()}
    raw = {term: weight * math.log(1 + (len(held) + 1) / (counts[term] + 0.5)) for term, weight in terms.items()}
    total = sum(raw.values()) or 1.0
    return {term: value / total for term, value in raw.items()}
