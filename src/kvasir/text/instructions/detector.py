"""Orders to a model within a text that should only inform: where they stand and how sure that is.

A document may say "Click Save" or "Do not ignore warnings"; it has no reason to say what an assistant shall answer. Each sentence, and
each two that follow each other, is weighed by `model`, which most text passes by at the cost of a look at its words. Frames of
chat templates (`blocks`), hidden and encoded stretches (`codes`) are made readable first, and need to look less like
an order. In documentation of language models, which speaks of prompts and answers all the time, an order must look more like one.
Pure; `VERSION` changes with every change of output.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby, pairwise
from math import exp, log
from typing import Final, NamedTuple

from kvasir.text.instructions import blocks, codes
from kvasir.text.instructions.codes import visible
from kvasir.text.instructions.instruction import SUSPECTED, Instruction
from kvasir.text.instructions.lexicon import DECODING, FREQUENT, TOPICS, UNDOING, Kind, kinds
from kvasir.text.instructions.model import Weighed, logit
from kvasir.text.sentences import Span, sentences

VERSION: Final = "4"
_SUSPECTED: Final = log(SUSPECTED / (1 - SUSPECTED))
_HIDDEN: Final = 2.0
"""Log odds that text gains by being hidden, encoded or disguised: nobody does that to a text that only informs."""
_TECHNICAL: Final = 6.0
"""Log odds that a sentence needs besides in a passage that is about models elsewhere: prompts are quoted there."""
_SURE: Final = 5.0
_LEAN: Final = -1.5
"""Log odds of a sentence that goes with an order after it."""
_FOLLOWS: Final = -3.5
"""Of one that goes with an order before it: orders go on."""
_SLICE: Final = 100_000
"""Code points that are looked at together: no passage has more, but for one of white space."""
_PAIR: Final = 300
_PARAGRAPH: Final = 420
_WORD: Final = re.compile(r"\w+")
_MANY: Final = 3
"""Sentences about models that one order does not have."""


class _Sentence(NamedTuple):
    start: int
    end: int
    odds: float
    paragraph: int


def instructions(text: str) -> tuple[Instruction, ...]:
    """What may be an order to a model, in order and disjoint: stretches of at least `SUSPECTED`."""
    found: list[tuple[int, int, float]] = []
    for at in range(0, len(text), _SLICE):
        part = text[at : at + _SLICE] if len(text) > _SLICE else text
        orders = (*_ordering(part, _judged(part)), *_marked(part))
        found += [(at + start, at + end, odds) for start, end, odds in orders if odds >= _SUSPECTED]
    return tuple(_joined(found))


def _judged(text: str) -> Sequence[_Sentence]:
    """Every sentence, or none where none is suspected: most text is done with then."""
    spans = sentences(text)
    plains = [visible(text[start:end]).casefold() for start, end in spans]
    paragraphs = list(_paragraphs(text, spans))
    neighbours = [(at - 1, at + 1) for _, members in paragraphs for at in members[1:]]
    close = [(first, last) for first, last in neighbours if spans[last - 1][1] - spans[first][0] <= _PAIR]
    weighed = Weighed(plains)
    found = weighed.odds([*((at, at + 1) for at in range(len(spans))), *close])
    if not weighed.strange and max(found, default=_SUSPECTED) < _SUSPECTED and not codes.altered(text):
        return ()
    odds = _with_neighbours(found[: len(spans)], dict(zip(close, found[len(spans) :], strict=True)))
    odds = [_undone(text[slice(*span)], plain, one) for span, plain, one in zip(spans, plains, odds, strict=True)]
    return list(_placed(spans, paragraphs, plains, odds))


def _with_neighbours(odds: list[float], pairs: Mapping[tuple[int, int], float]) -> list[float]:
    """What a sentence says together with the one beside it counts, but for one that has nothing of an order."""
    for (first, last), both in pairs.items():
        order = max(odds[first:last])
        odds[first:last] = [max(one, both) if one > _LEAN or one == order else one for one in odds[first:last]]
    return odds


def _placed(
    spans: Sequence[Span], paragraphs: Sequence[tuple[int, Sequence[int]]], plains: Sequence[str], odds: Sequence[float]
) -> Iterator[_Sentence]:
    """Sentences, less sure where the passage is about models elsewhere."""
    topical = [_topical(plain) for plain in plains]
    total = sum(topical)
    for number, members in paragraphs:
        own = sum(topical[at] for at in members)
        for at in members:
            technical = total > own or total > _MANY or (topical[at] and spans[at][1] - spans[at][0] > _PARAGRAPH)
            yield _Sentence(*spans[at], odds[at] - _TECHNICAL if technical else odds[at], number)


def _paragraphs(text: str, spans: Sequence[Span]) -> Iterator[tuple[int, Sequence[int]]]:
    """The sentences of each paragraph, after its number; a long paragraph is several."""
    number, members = 0, list[int]()
    for at, (start, end) in enumerate(spans):
        if members and ("\n\n" in text[spans[at - 1][1] : start] or end - spans[members[0]][0] > _PARAGRAPH):
            yield number, members
            number, members = number + 1, []
        members.append(at)
    if members:
        yield number, members


def _topical(plain: str) -> bool:
    """Whether a sentence names what documentation of language models is about."""
    return not TOPICS.isdisjoint(_WORD.findall(plain))


def _undone(sentence: str, plain: str, odds: float) -> float:
    """The best of what a sentence says, and of what it says once it is undone."""
    hidden = odds + _HIDDEN if not sentence.isascii() and codes.disguised(sentence) else odds
    return max([hidden, *(logit(undone) + _HIDDEN for undone in _readings(sentence, plain))])


def _readings(sentence: str, plain: str) -> Iterator[str]:
    """A sentence with its letters put back, where frequent words appear in it then."""
    words = plain.split()
    if not UNDOING.isdisjoint(words):
        every = not DECODING.isdisjoint(words)
        yield from (one for one in (*codes.rotated(sentence, every=every), *codes.backwards(plain)) if _reads(one))
    if (plainer := codes.leet(plain)) is not None:
        yield plainer


def _reads(plain: str) -> bool:
    return len(FREQUENT.intersection(plain.split())) > 1


def _ordering(text: str, judged: Sequence[_Sentence]) -> Iterator[tuple[int, int, float]]:
    """Sentences that are orders, with what goes with them in a short paragraph, and what a colon announces."""
    for _, group in groupby(judged, key=lambda one: one.paragraph):
        members = list(group)
        orders = [at for at, one in enumerate(members) if one.odds >= 0]
        short = members[-1].end - members[0].start <= _PARAGRAPH
        for at, one in enumerate(members):
            lean = (_FOLLOWS if at > orders[0] else _LEAN) if short and orders else 0.0
            if one.odds >= lean:
                yield one.start, one.end, max(one.odds, members[orders[0]].odds)
            elif one.odds >= _SUSPECTED:
                yield one.start, one.end, one.odds
    for one, following in pairwise(judged):
        if one.odds >= 0 and text[one.end - 1] == ":":
            yield following.start, following.end, one.odds


def _marked(text: str) -> Iterator[tuple[int, int, float]]:
    """Stretches that are hidden, encoded or framed."""
    if not text.isascii():
        yield from ((one.start(), one.end(), _SURE) for one in codes.PAYLOAD.finditer(text))
    for start, end, inner in (*blocks.hidden(text), *codes.coded(text)):
        plain = visible(inner).casefold()
        odds = logit(plain) + _HIDDEN
        if odds < 0 and _commands(plain):
            odds = 0.0
        yield start, end, odds - _TECHNICAL if odds >= 0 and _elsewhere(text, start, end) else odds
    for start, end in (*blocks.framed(text), *blocks.called(text)):
        plain = visible(text[start:end]).casefold()
        yield start, end, logit(plain) - _TECHNICAL if _elsewhere(text, start, end) else _SURE


def _commands(plain: str) -> bool:
    """Whether what was hidden begins with a command of saying or ignoring, which is enough."""
    first, _, rest = plain.lstrip(" .,:;!?\"'*_-").partition(" ")
    return bool(rest) and bool(kinds(first) & (Kind.SAY | Kind.DISMISS))


def _elsewhere(text: str, start: int, end: int) -> bool:
    """Whether the text around a stretch is about models."""
    return _topical(f"{text[:start]}\n{text[end:]}".casefold())


def _joined(found: Sequence[tuple[int, int, float]]) -> Iterator[Instruction]:
    """Overlapping stretches made one."""
    last: tuple[int, int, float] | None = None
    for start, end, odds in sorted(found):
        if last is not None and start <= last[1]:
            last = (last[0], max(end, last[1]), max(odds, last[2]))
            continue
        if last is not None:
            yield _instruction(*last)
        last = (start, end, odds)
    if last is not None:
        yield _instruction(*last)


def _instruction(start: int, end: int, odds: float) -> Instruction:
    return Instruction(start, end, round(1 / (1 + exp(-odds)), 3))
