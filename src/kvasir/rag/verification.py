"""Support: does a stretch of a source say what a sentence of an answer claims?

Cheap and strict where it is cheap to be sure: every number and every name of the claim stands in the evidence, both negate or
neither does, and the claim's content words are covered. No model is asked.
"""

import re
from dataclasses import dataclass
from typing import Final

from kvasir.text.analysis import stem, words
from kvasir.text.function_words import function_words

MIN_COVERAGE: Final = 0.6
"""Share of the claim's content words that the evidence must hold."""
_NUMBER: Final = re.compile(r"\d[\d.,:]*\d|\d")
_NAME: Final = re.compile(r"(?<=[a-z0-9,;:\u2019'] )[A-Z]\w+")
_NEGATION: Final = re.compile(
    r"\b(?:not|no|never|none|neither|nor|without|cannot|nobody|nothing|\w+n['\u2019]t|nicht|kein\w*|nie|ohne|ne|pas|jamais|sin|nunca)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Support:
    """The verdict and its reasons. `coverage` is the share (0 to 1) of content words found."""

    numbers: bool
    names: bool
    negation: bool
    coverage: float

    @property
    def holds(self) -> bool:
        return self.numbers and self.names and self.negation and self.coverage >= MIN_COVERAGE


def support(claim: str, evidence: str, language: str) -> Support:
    """Judges one claim against one stretch of text in the evidence's language."""
    held = {stem(word, language) for word in words(evidence)}
    spoken = words(claim)
    light = function_words(spoken, [language])
    content = {stem(word, language) for word in spoken if word not in light}
    return Support(
        numbers=_numbers(claim) <= _numbers(evidence),
        names={stem(name, language) for found in _NAME.findall(claim) for name in words(found)} <= held,
        negation=bool(_NEGATION.search(claim)) == bool(_NEGATION.search(evidence)),
        coverage=len(content & held) / len(content) if content else 1.0,
    )


def _numbers(text: str) -> set[str]:
    """Numbers without the separators of thousands: `18,000` and `18000` are one."""
    return {re.sub(r"(?<=\d)[,.](?=\d{3}\b)", "", found) for found in _NUMBER.findall(text)}
