"""Contradictions: do the sources give different answers to the question that was asked?

Each document has one voice: its sentence that covers the question best, passages of one document and documents of one source never
outvoting others by their number. Two voices contradict each other when both cover the question about equally well and what they
put in the answer's place differs: another number, date or name, or one denies what the other says. No model is asked
(benchmarks/poison; false alarms are counted on XQuAD).
"""

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from kvasir.ports.passages import Leg, Passage
from kvasir.rag.answer_values import comparable, dates_differ, number, terms, values_of
from kvasir.rag.evidence import Evidence, Sentence
from kvasir.rag.question_types import AnswerType, answer_type
from kvasir.rag.retrieval import Hit
from kvasir.rag.verification import negates
from kvasir.text.analysis import stem, stems, words
from kvasir.text.function_words import WEIGHT as FUNCTION_WORD_WEIGHT
from kvasir.text.function_words import function_words
from kvasir.text.sentences import sentences

_PASSAGE: Final = 0.8
"""What the whole passage's coverage counts against that of the sentence alone."""
_SENTENCE: Final = 0.85
"""What the sentence's own coverage counts where it says more."""
_COVERED: Final = 0.5
"""Share of the question that a voice must cover."""
_EQUALLY: Final = 0.68
"""Share of the best voice's coverage that another one must reach."""
_SHARED: Final = 0.5
"""Share of what either sentence holds of the question that both must hold, where a negation alone makes the difference."""
_NEAR: Final = 0.2
"""Share of the question that the sentence itself must hold."""
_COVERED_UNTYPED: Final = 0.7
"""The same where nothing says what kind of thing is asked for, so that differing words prove less."""
_DENIAL: Final = re.compile(
    r"\b(?:not|never|unlike|rather than|instead of|contrary to|nicht|statt|no|pas|не)\W+(?:\w+\W+){0,3}$", re.IGNORECASE
)
_SURE: Final = 0.2
"""What a value of the asked kind is worth against coverage, when a document's sentence is chosen."""
_TRIED: Final = 2
"""Values of a sentence that are compared."""
_NAMED: Final = re.compile(
    r"\bnames?\b|\b(?:what|which) (?:river|band|team|character|actor|singer|author)\b", re.IGNORECASE
)
_YES_NO: Final = re.compile(
    r"^\s*(?:do|does|did|is|are|was|were|can|could|may|must|has|have|had|will|should)\b|^\s*(?:ist|sind|hat|haben|darf|dürfen|kann|können|muss|müssen)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Statement:
    """What one document says to the question.

    Attributes:
        value: what it gives as the answer, as it stands there; for a yes or no, the whole sentence.
        coverage: share (0 to 1) of the question that the sentence and its surroundings hold.
    """

    sentence: Sentence
    value: str
    coverage: float


@dataclass(frozen=True, slots=True)
class Dispute:
    """Two sides: the one that answers best, and the other. `votes` are the sources that stand behind each."""

    answer: Statement
    other: Statement
    votes: tuple[int, int]

    @property
    def outvoted(self) -> bool:
        """Whether more sources stand behind the other side."""
        return self.votes[1] > self.votes[0]


@dataclass(frozen=True, slots=True, eq=False)
class _Voice:
    """A sentence, and the values that it could give as an answer, the likeliest first.

    Attributes:
        held: terms of the question that the sentence itself holds, with the share that each stands for.
        sure: whether the values are of the asked kind beyond doubt.
    """

    sentence: Sentence
    values: tuple[str, ...]
    coverage: float
    held: Mapping[str, float]
    sure: bool

    @property
    def near(self) -> float:
        """Share of the question that the sentence itself holds."""
        return sum(self.held.values())

    @property
    def rank(self) -> float:
        return self.coverage + _SURE * self.sure


def find(question: str, evidence: Evidence, answer: Hit) -> Dispute | None:
    """The contradiction that matters most for the question; None where the sources agree or say different things.

    Args:
        question: standalone.
        evidence: what the answer is taken from.
        answer: the hit whose sentence answers best: a dispute about something else is none.
    """
    voices = _voices(question, evidence)
    kind = _kind(question)
    yes_no = _YES_NO.match(question) is not None
    lead = next((one for one in voices if _place(one.sentence.hit) == _place(answer)), None)
    if lead is None:
        return None
    least = _COVERED_UNTYPED if kind is AnswerType.OTHER and not yes_no else _COVERED
    best = max(one.coverage for one in voices)
    equal = [one for one in voices if one.near >= _NEAR and one.coverage >= max(least, _EQUALLY * best)]
    if lead not in equal:
        return None
    phrases = _phrases(question, lead.sentence)
    against = [
        one
        for one in equal
        if one is not lead
        and (_same_subject(lead, one) if yes_no else _speaks_of(phrases, one.sentence.hit.passage))
        and _differ(lead, one, kind, yes_no=yes_no)
    ]
    if not against:
        return None
    other = max(against, key=lambda one: (one.coverage, one.sentence.hit.score))
    others = [one for one in against if not _differ(other, one, kind, yes_no=yes_no)]
    own = [one for one in equal if one not in against]
    votes = (_sources(own), _sources(others))
    return Dispute(_statement(lead, other), _statement(other, lead), votes)


def _same_subject(one: _Voice, two: _Voice) -> bool:
    """Whether both hold the same words of the question, not each its own."""
    shared = sum(share for term, share in one.held.items() if term in two.held)
    return shared >= _SHARED * max(one.near, two.near)


def _phrases(question: str, sentence: Sentence) -> Sequence[frozenset[str]]:
    """Pairs of neighbouring content words of the question that are neighbours in a sentence, too."""
    language = sentence.hit.passage.language
    spoken = words(question)
    light = function_words(spoken, [language])
    asked = {(one, two) for one, two in pairwise(spoken) if light.isdisjoint((one, two))}
    said = set(pairwise(sentence.stems))
    pairs = (tuple(stems(pair, language)) for pair in asked)
    return [frozenset(pair) for pair in pairs if pair in said]


def _speaks_of(phrases: Sequence[frozenset[str]], passage: Passage) -> bool:
    """Whether both words of any phrase stand in one sentence of a passage: else it shares single words with the question only.

    "Parental leave" is not spoken of where sick leave is, and parents are in another sentence.
    """
    parts = [passage.prefix, *(passage.text[start:end] for start, end in sentences(passage.text))]
    return not phrases or any(
        phrase <= frozenset(stems(words(part), passage.language)) for part in parts for phrase in phrases
    )


def _place(hit: Hit) -> tuple[str, str]:
    return hit.snapshot.knowledge_base, hit.document.id


def _kind(question: str) -> AnswerType:
    kind = answer_type(question)
    return AnswerType.NAME if kind is AnswerType.OTHER and _NAMED.search(question) else kind


def _sources(voices: Sequence[_Voice]) -> int:
    hits = (one.sentence.hit for one in voices)
    return len({(hit.snapshot.knowledge_base, hit.document.source) for hit in hits})


def _voices(question: str, evidence: Evidence) -> Sequence[_Voice]:
    """The best sentence of each document that gives a value."""
    spoken = [frozenset(comparable(one.words, one.stems)) for one in evidence.sentences]
    weights = _weights(_asked(question, evidence.hits), spoken)
    documents: dict[tuple[str, str], list[tuple[float, Mapping[str, float], Sentence]]] = {}
    for one, said in zip(evidence.sentences, spoken, strict=True):
        held = {term: share for term, share in weights.items() if term in said}
        near = sum(held.values())
        # In a small knowledge base no word is rare, so that the leg stays low whatever matches.
        coverage = max(_SENTENCE * near, (1 - _PASSAGE) * near + _PASSAGE * one.hit.legs.get(Leg.COVERAGE, near))
        documents.setdefault(_place(one.hit), []).append((coverage, held, one))
    kind, yes_no = _kind(question), _YES_NO.match(question) is not None
    found = (_best(said, kind, weights, yes_no=yes_no) for said in documents.values())
    return [voice for voice in found if voice is not None]


def _best(
    said: list[tuple[float, Mapping[str, float], Sentence]],
    kind: AnswerType,
    weights: Mapping[str, float],
    *,
    yes_no: bool,
) -> _Voice | None:
    """The sentence of the highest rank; values are looked for only where they could still matter."""
    best: _Voice | None = None
    more = _SURE if yes_no or kind is not AnswerType.OTHER else 0.0
    for coverage, held, one in sorted(said, key=lambda each: -each[0]):
        if best is not None and coverage + more <= best.rank:
            break
        language = one.hit.passage.language
        sure, values = (True, (one.text,)) if yes_no else values_of(kind, one.text, weights, language)
        voice = _Voice(one, values, coverage, held, sure)
        if values and (best is None or best.rank < voice.rank):
            best = voice
    return best


def _weights(asked: Mapping[str, float], spoken: Sequence[frozenset[str]]) -> Mapping[str, float]:
    """The share of the question that each of its terms stands for; one that no passage holds tells nothing about them."""
    counts = Counter(term for terms in spoken for term in terms if term in asked)
    raw = {
        term: weight * math.log(1 + (len(spoken) + 1) / (counts[term] + 0.5))
        for term, weight in asked.items()
        if counts[term]
    }
    total = sum(raw.values()) or 1.0
    return {term: value / total for term, value in raw.items()}


def _asked(question: str, hits: Sequence[Hit]) -> Mapping[str, float]:
    languages = list(dict.fromkeys(hit.passage.language for hit in hits))
    spoken = words(question)
    light = function_words(spoken, languages)
    return {
        stem(word, language): FUNCTION_WORD_WEIGHT if word in light else 1.0
        for language in languages
        for word in spoken
    }


def _differ(one: _Voice, two: _Voice, kind: AnswerType, *, yes_no: bool) -> bool:
    if yes_no:
        return negates(one.sentence.text) != negates(two.sentence.text)
    if kind is AnswerType.NUMBER:
        left, right = ({number(value) for value in voice.values} for voice in (one, two))
        return one.sure and two.sure and not left & right
    if kind is AnswerType.DATE:
        return dates_differ(one.sentence.text, two.sentence.text)
    return all(
        any(_strange(value, there) for value in here.values[:_TRIED]) for here, there in ((one, two), (two, one))
    )


def _strange(value: str, voice: _Voice) -> bool:
    """Whether the other passage knows nothing of a value, or the other sentence denies it."""
    passage, text = voice.sentence.hit.passage, voice.sentence.text
    if not set(terms(value, passage.language)) & set(terms(passage.text, passage.language)):
        return True
    at = text.find(value)
    return at > 0 and _DENIAL.search(text[:at]) is not None


def _statement(voice: _Voice, other: _Voice) -> Statement:
    value = next((value for value in voice.values if value not in other.sentence.text), voice.values[0])
    return Statement(voice.sentence, value, voice.coverage)
