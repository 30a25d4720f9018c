"""Support: does a stretch of a source say what a sentence of an answer claims?

Cheap, and strict where it can be sure: every number and every name of the claim stands in the evidence, and the claim's content
words are covered. A claim that follows the evidence's wording is aligned with it, word by word: whatever stands in the place of
something else, is added, or is negated on one side only, is not supported. No model is asked (benchmarks/citations).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import pairwise
from typing import Final

from kvasir.text.analysis import stem, words
from kvasir.text.function_words import function_words
from kvasir.text.sentences import sentences

MIN_COVERAGE: Final = 0.6
"""Share of the claim's content words that the evidence must hold."""
CLOSE: Final = 0.6
"""Share of the claim's words that stand in the evidence in the claim's order, from which on the claim is a quotation."""
_TRIED: Final = 2
"""Stretches of each length that are aligned, those that cover most first."""
_NEAR: Final = 2
"""Words that may stand around a negation which a quotation left out."""
_NUMBER: Final = re.compile(r"\d[\d.,:]*\d|\d")
_NAME: Final = re.compile(r"(?<=[a-z0-9,;:\u2019'] )[A-Z]\w+")
_NEGATING: Final = (
    "not no never none neither nor without cannot nobody nothing nicht kein keine keinen keiner keines keinem nie ohne "
    "ne pas jamais sans sin ningún ninguna nessuno mai senza nunca não geen niet нет не ни никогда без"
)
_NEGATIONS: Final = frozenset(_NEGATING.split())
_CONTRACTED: Final = re.compile(r"\b(?:ca|wo|sha)?n['\u2019]t\b|n['\u2019]t\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Support:
    """The verdict and its reasons.

    Attributes:
        coverage: share (0 to 1) of the claim's content words that the evidence holds.
        quoted: the claim follows the evidence's wording.
        altered: it does, and says something else in one place.
    """

    numbers: bool
    names: bool
    negation: bool
    coverage: float
    quoted: bool
    altered: bool

    @property
    def holds(self) -> bool:
        return self.numbers and self.names and self.negation and not self.altered and self.coverage >= MIN_COVERAGE


@dataclass(frozen=True, slots=True)
class _Spoken:
    """A stretch of text as stems in order, and which of them carry content or negate."""

    text: str
    stems: Sequence[str]
    content: frozenset[str]
    negations: frozenset[str]

    @classmethod
    def of(cls, text: str, language: str) -> "_Spoken":
        spoken = words(_CONTRACTED.sub(" not", text))
        negating = {word for word in spoken if word in _NEGATIONS}
        light = function_words(spoken, [language]) | negating
        stems = [stem(word, language) for word in spoken]
        content = frozenset(one for word, one in zip(spoken, stems, strict=True) if word not in light)
        return cls(text, stems, content, frozenset(stem(word, language) for word in negating))


def negates(text: str) -> bool:
    """Whether any word of a sentence denies."""
    return not _NEGATIONS.isdisjoint(words(_CONTRACTED.sub(" not", text)))


def support(claim: str, evidence: str, language: str) -> Support:
    """Judges one claim against one stretch of text in the evidence's language."""
    return _judge(_Spoken.of(claim, language), _Spoken.of(evidence, language), language)


def best_support(claim: str, text: str, language: str) -> tuple[int, int, Support]:
    """The sentence of a text, or pair of neighbours, that supports a claim best: its start and end, and the verdict.

    A claim that quotes one sentence is judged by sentences alone: with two to choose from, words of the second could stand in for
    what was altered in the first.
    """
    spoken = _Spoken.of(claim, language)
    spans = list(sentences(text)) or [(0, len(text))]
    judged = _closest(spoken, text, spans, language)
    if quoted := [one for one in judged if one[2].quoted]:
        return max(quoted, key=_order)
    pairs = [(one[0], two[1]) for one, two in pairwise(spans)]
    return max([*judged, *_closest(spoken, text, pairs, language)], key=_order)


def _order(judged: tuple[int, int, Support]) -> tuple[bool, float, int]:
    start, end, verdict = judged
    return verdict.holds, verdict.coverage, start - end


def _closest(
    claim: _Spoken, text: str, spans: Sequence[tuple[int, int]], language: str
) -> list[tuple[int, int, Support]]:
    spoken = {span: _Spoken.of(text[slice(*span)], language) for span in spans}
    best = sorted(spans, key=lambda span: (-len(claim.content & set(spoken[span].stems)), span[1] - span[0]))[:_TRIED]
    return [(*span, _judge(claim, spoken[span], language)) for span in best]


def _judge(claim: _Spoken, evidence: _Spoken, language: str) -> Support:
    held = frozenset(evidence.stems)
    numbers = _numbers(claim.text) <= _numbers(evidence.text)
    names = {stem(name, language) for found in _NAME.findall(claim.text) for name in words(found)} <= held
    coverage = len(claim.content & held) / len(claim.content) if claim.content else 1.0
    changes = SequenceMatcher(None, claim.stems, evidence.stems, autojunk=False).get_opcodes()
    same = sum(end - start for kind, start, end, _, _ in changes if kind == "equal")
    if not claim.stems or same / len(claim.stems) < CLOSE:
        negation = bool(claim.negations) == bool(evidence.negations)
        return Support(numbers, names, negation, coverage, quoted=False, altered=False)
    negation, altered = True, bool(claim.content - held)
    for kind, start, end, first, last in changes:
        said, stood = set(claim.stems[start:end]), set(evidence.stems[first:last])
        if kind == "replace" and said & claim.content:
            altered = True
        if kind == "insert" and last - first > _NEAR:
            continue  # a clause was left out, with whatever it denied
        if kind != "equal" and bool(said & claim.negations) != bool(stood & evidence.negations):
            negation = False
    return Support(numbers, names, negation, coverage, quoted=True, altered=altered)


def _numbers(text: str) -> set[str]:
    """Numbers without the separators of thousands: `18,000` and `18000` are one."""
    return {re.sub(r"(?<=\d)[,.](?=\d{3}\b)", "", found) for found in _NUMBER.findall(text)}
