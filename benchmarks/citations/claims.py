"""Claims from XQuAD: gold sentences, and the same damaged in one way each. Seeded; no claim is chosen by what the check says."""

import json
import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from kvasir.text.sentences import sentences

_NUMBER = re.compile(r"\d[\d,.]*\d|\d")
_AUXILIARY = re.compile(r"\b(is|are|was|were|has|had|can|could|will|would|may|might|must|should|does|did)\b(?! not)")
_QUESTION_WORD = re.compile(
    r"\b(?:what|which|who|whom|whose|when|where|how (?:many|much|long|old|far|often))\b", re.IGNORECASE
)


class Damage(StrEnum):
    """NONE is a gold sentence with its own paragraph; RESTATED the question with its answer in place of the question word."""

    NONE = "gold sentence"
    RESTATED = "question and answer"
    ANSWER_NEAR = "answer of the same paragraph"
    ANSWER_FAR = "answer of another article"
    NUMBER = "number"
    NEGATION = "negation"
    MOVED_NEAR = "another paragraph of the article"
    MOVED_FAR = "paragraph of another article"


@dataclass(frozen=True, slots=True)
class Question:
    text: str
    answer: str
    sentence: str
    offset: int
    article: int
    paragraph: int


@dataclass(frozen=True, slots=True)
class CitedClaim:
    """A sentence that cites a paragraph (by number)."""

    damage: Damage
    text: str
    paragraph: int


def load(folder: Path) -> tuple[list[str], list[Question]]:
    """All paragraphs, and every question whose answer stands within one sentence."""
    paragraphs: list[str] = []
    questions: list[Question] = []
    for number, article in enumerate(json.loads((folder / "xquad" / "xquad.en.json").read_text("utf-8"))["data"]):
        for paragraph in article["paragraphs"]:
            context = paragraph["context"]
            spans = list(sentences(context))
            for one in paragraph["qas"]:
                answer, start = one["answers"][0]["text"], one["answers"][0]["answer_start"]
                for first, last in spans:
                    if first <= start and start + len(answer) <= last:
                        sentence = context[first:last].strip()
                        offset = start - first - (len(context[first:last]) - len(context[first:last].lstrip()))
                        questions.append(Question(one["question"], answer, sentence, offset, number, len(paragraphs)))
            paragraphs.append(context)
    return paragraphs, questions


def claims(questions: Sequence[Question], seed: int = 7) -> Iterator[CitedClaim]:
    """Of every question, each damage that applies to it."""
    pick = random.Random(seed)
    for one in questions:
        yield CitedClaim(Damage.NONE, one.sentence, one.paragraph)
        if restated := _restated(one):
            yield CitedClaim(Damage.RESTATED, restated, one.paragraph)
        near = [other for other in questions if other.paragraph == one.paragraph]
        far = [other for other in questions if other.article != one.article]
        for damage, others in ((Damage.ANSWER_NEAR, near), (Damage.ANSWER_FAR, far)):
            if swapped := _swapped(one, others, pick):
                yield CitedClaim(damage, swapped, one.paragraph)
        if changed := _other_number(one.sentence, pick):
            yield CitedClaim(Damage.NUMBER, changed, one.paragraph)
        if negated := _negated(one.sentence):
            yield CitedClaim(Damage.NEGATION, negated, one.paragraph)
        siblings = sorted({other.paragraph for other in questions if other.article == one.article} - {one.paragraph})
        yield CitedClaim(Damage.MOVED_NEAR, one.sentence, pick.choice(siblings))
        yield CitedClaim(Damage.MOVED_FAR, one.sentence, pick.choice(far).paragraph)


def _restated(one: Question) -> str:
    restated, count = _QUESTION_WORD.subn(lambda _: one.answer, one.text, count=1)
    return restated.rstrip("? ") + "." if count else ""


def _swapped(one: Question, others: Sequence[Question], pick: random.Random) -> str:
    """The sentence with another answer in place of its own; one of a like kind (numbers for numbers)."""
    number = bool(re.search(r"\d", one.answer))
    held = one.sentence.lower()
    fitting = [
        other.answer
        for other in others
        if bool(re.search(r"\d", other.answer)) == number
        and other.answer.lower() not in one.answer.lower()
        and one.answer.lower() not in other.answer.lower()
        and len(other.answer) <= 60
        and other.answer.lower() not in held
    ]
    if not fitting:
        return ""
    end = one.offset + len(one.answer)
    return one.sentence[: one.offset] + pick.choice(fitting) + one.sentence[end:]


def _other_number(sentence: str, pick: random.Random) -> str:
    """One number of the sentence made another one of as many digits."""
    found = list(_NUMBER.finditer(sentence))
    if not found:
        return ""
    match = pick.choice(found)
    places = [at for at, char in enumerate(match[0]) if char.isdigit()]
    at = pick.choice(places)
    digit = pick.choice([char for char in "123456789" if char != match[0][at]])
    changed = match[0][:at] + digit + match[0][at + 1 :]
    return sentence[: match.start()] + changed + sentence[match.end() :]


def _negated(sentence: str) -> str:
    """`not` after the first auxiliary verb."""
    return _AUXILIARY.sub(r"\1 not", sentence, count=1) if _AUXILIARY.search(sentence) else ""
