"""What kind of thing a question asks for, by its question words, and whether a sentence holds such a thing."""

import re
from enum import StrEnum
from typing import Final


class AnswerType(StrEnum):
    """OTHER is what no rule knows: questions in other languages, "why", "what"."""

    NUMBER = "number"
    DATE = "date"
    NAME = "name"
    OTHER = "other"


_QUESTIONS: Final = (
    (AnswerType.NUMBER, r"\bhow (?:many|much|long|far|old|often|large|big|tall|high|soon|fast)\b|\bwhat (?:percent|number|amount|price)"),
    (AnswerType.DATE, r"\bwhen\b|\b(?:what|which) (?:year|date|century|day|month|decade)\b"),
    (AnswerType.NAME, r"\bwho(?:se|m)?\b|\bwhere\b|\b(?:what|which) (?:city|country|state|town|person|company)\b"),
)  # fmt: skip
_NUMBER_WORDS: Final = "one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|hundred|thousand|million|billion|half|first|second|third"
_HOLDS: Final = {
    AnswerType.NUMBER: re.compile(rf"\d|\b(?:{_NUMBER_WORDS})\b", re.IGNORECASE),
    AnswerType.DATE: re.compile(
        r"\b(?:1\d{3}|20\d\d)\b|\b(?:January|February|March|April|May|June|July|August|September|October|November|December)\b"
        r"|\b(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day|\b(?:century|years?|months?|weeks?|days?|hours?)\b|\b\d{1,2}:\d\d\b"
    ),
    AnswerType.NAME: re.compile(r"(?<=[a-z0-9,;:(] )[A-Z]\w+"),
}
_ASKED_NOUN: Final = re.compile(r"\b(?:what|which)\s+(?:\w+\s+of\s+)?(\w+)")


def answer_type(question: str) -> AnswerType:
    """By the first rule that fits."""
    lowered = question.lower()
    return next((kind for kind, pattern in _QUESTIONS if re.search(pattern, lowered)), AnswerType.OTHER)


def fit(kind: AnswerType, sentence: str) -> float:
    """1 when the sentence holds such a thing, 0 when not, between them when nobody can tell."""
    if kind is AnswerType.OTHER:
        return 0.5
    return 1.0 if _HOLDS[kind].search(sentence) else 0.0


def names(sentence: str) -> list[str]:
    """Capitalised words within a sentence."""
    return _HOLDS[AnswerType.NAME].findall(sentence)


def asked_noun(question: str) -> str:
    """The word after "which" or "what", past "kind of"; empty where there is none."""
    found = _ASKED_NOUN.search(question.lower())
    return found[1] if found else ""
