"""Values that a sentence could give as an answer: numbers, dates, names or other words that the question does not hold."""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Final

from kvasir.rag.question_types import AnswerType
from kvasir.text.analysis import stems, words
from kvasir.text.function_words import function_words

_NUMBERS: Final = re.findall(r"\w+", "zero one two three four five six seven eight nine ten eleven twelve")
_MONTHS: Final = re.findall(
    r"\w+", "january february march april may june july august september october november december"
)
_NUMBER: Final = re.compile(rf"\d[\d.,]*\d|\d|\b(?:{'|'.join(_NUMBERS)})\b", re.IGNORECASE)
_YEAR: Final = re.compile(r"\b(?:1\d{3}|20\d\d)\b")
_DAY: Final = re.compile(
    rf"\b({'|'.join(_MONTHS)})\s+(\d{{1,2}})\b|\b(\d{{1,2}})(?:st|nd|rd|th)?\s+(?:of\s+)?({'|'.join(_MONTHS)})\b",
    re.IGNORECASE,
)
_TOKEN: Final = re.compile(r"[^\W_][\w'\u2019-]*")
_ORDINALS: Final[Mapping[str, str]] = {
    word: str(number)
    for number, word in enumerate(
        re.findall(r"\w+", "first second third fourth fifth sixth seventh eighth ninth tenth"), 1
    )
}
_TERM: Final = 0.02
"""Weight from which a word belongs to the question."""


def comparable(spoken: Sequence[str], stemmed: Sequence[str]) -> Sequence[str]:
    """Stems of words, ordinal words as numbers."""
    return [_ORDINALS.get(word, one) for word, one in zip(spoken, stemmed, strict=True)]


@lru_cache(maxsize=50_000)
def _of_token(token: str, language: str) -> Sequence[str]:
    return terms(token, language)


def terms(text: str, language: str) -> Sequence[str]:
    spoken = words(text)
    return comparable(spoken, stems(spoken, language))


def values_of(kind: AnswerType, text: str, weights: Mapping[str, float], language: str) -> tuple[bool, tuple[str, ...]]:
    """What the sentence could give as an answer, the likeliest first, and whether that is sure to be of the asked kind."""
    if kind is AnswerType.NUMBER:
        return _numbers(text, weights, language)
    if kind is AnswerType.DATE:
        found = tuple(one[0] for one in (*_YEAR.finditer(text), *_DAY.finditer(text)))
        return bool(found), found
    return _phrases(text, weights, language, names=kind is AnswerType.NAME)


def _numbers(text: str, weights: Mapping[str, float], language: str) -> tuple[bool, tuple[str, ...]]:
    """Numbers that the question does not name, and no days of a month; those beside one of its words alone, if any are."""
    days = [one.span() for one in _DAY.finditer(text)]
    found = [
        one
        for one in _NUMBER.finditer(text)
        if number(one[0]) not in weights and not any(start <= one.start() < end for start, end in days)
    ]
    near = [one for one in found if weights.keys() & set(terms(text[one.end() : one.end() + 60], language)[:3])]
    if near:
        return True, tuple(one[0] for one in near)
    units = [one for one in found if not _YEAR.fullmatch(one[0])]
    return False, tuple(one[0] for one in units)


def number(text: str) -> str:
    """Digits without separators of thousands; words as digits."""
    lowered = text.casefold()
    return str(_NUMBERS.index(lowered)) if lowered in _NUMBERS else re.sub(r"[.,](?=\d{3}\b)", "", lowered)


def _phrases(text: str, weights: Mapping[str, float], language: str, *, names: bool) -> tuple[bool, tuple[str, ...]]:
    """Names, or runs of other words, that the question does not hold: those closest to its words first."""
    tokens = list(_TOKEN.finditer(text))
    light = function_words([one[0].casefold() for one in tokens], [language])
    held = [max((weights.get(one, 0.0) for one in _of_token(token[0], language)), default=0.0) for token in tokens]
    runs: list[list[int]] = []
    for at, token in enumerate(tokens):
        word = token[0]
        if held[at] >= _TERM or word.casefold() in light or (names and not word[0].isupper()):
            continue
        between = text[tokens[at - 1].end() : token.start()] if at else "."
        if runs and runs[-1][-1] == at - 1 and (between.isspace() or (between == ". " and len(tokens[at - 1][0]) == 1)):
            runs[-1].append(at)
        elif not word.isdigit():
            runs.append([at])
    # The first word of a sentence has a capital letter whatever it is.
    runs = (
        [run for run in runs if run != [0]]
        if names
        else [run for run in runs if not text[tokens[run[-1]].start() : tokens[run[-1]].end()].endswith("ly")]
    )

    asked = [(at, weight) for at, weight in enumerate(held) if weight]

    def closeness(run: list[int]) -> float:
        return sum(weight / (1 + min(abs(at - run[0]), abs(at - run[-1]))) for at, weight in asked)

    ranked = sorted(runs, key=closeness, reverse=True)
    found = tuple(text[tokens[run[0]].start() : tokens[run[-1]].end()] for run in ranked)
    return names and any(len(run) > 1 for run in runs), found


def dates_differ(one: str, two: str) -> bool:
    years = set(_YEAR.findall(one)), set(_YEAR.findall(two))
    days = _days(one), _days(two)
    return any(bool(left and right) and not left & right for left, right in (years, days))


def _days(text: str) -> set[tuple[str, int]]:
    return {((a or d).casefold(), int(b or c)) for a, b, c, d in _DAY.findall(text)}
