"""Orders to a model within a text that should only inform: where they stand and how sure that is.

A document may say "Click Save" or "Do not ignore warnings"; it has no reason to say what an assistant shall answer. So a sentence is
judged by the parts that meet in it (`instruction_features`, and the common wordings of `instruction_explicit`), by frames of chat
templates (`instruction_blocks`), and by being hidden or encoded (`instruction_codes`): such text is made readable before it is
judged. In documentation of language models, which speaks of prompts and answers all the time, only the common wordings count.
Pure; `VERSION` changes with every change of output.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from itertools import groupby
from typing import Final, NamedTuple

from kvasir.text import instruction_blocks as blocks
from kvasir.text import instruction_codes as codes
from kvasir.text.instruction_codes import visible
from kvasir.text.instruction_explicit import mirrors, weighed
from kvasir.text.instruction_features import SURE, about_models, english_worth, points, worth
from kvasir.text.instruction_lexicon import FREQUENT, Kind, english
from kvasir.text.instruction_patterns import COMMAND, CONTINUES, DECODE, DISMISSING, OBEY
from kvasir.text.sentences import sentences

__all__ = ["THRESHOLD", "VERSION", "Instruction", "instructions", "visible"]

VERSION: Final = "2"
THRESHOLD: Final = 0.5
"""Score from which a stretch is an order."""
_LEAN: Final = 40
"""What a sentence beside an order is given: orders come in several sentences."""
_QUOTED: Final = 12
"""What the common wordings count less where a passage is about models: prompts are quoted there."""
_SHORT: Final = 160
_PARAGRAPH: Final = 420
_TOGETHER: Final = 260
_MANY: Final = 3
"""Sentences about models that one order does not have."""


class Instruction(NamedTuple):
    """A stretch in code points of the text that was given, and how sure it is an order: 0 to 1."""

    start: int
    end: int
    score: float


class _Sentence(NamedTuple):
    start: int
    end: int
    plain: str
    """Case-folded, as a model reads it."""
    total: int
    own: int
    """What it has without its disguise and its neighbours."""
    technical: bool
    """Whether the passage elsewhere is about models."""
    paragraph: int
    topical: bool


def instructions(text: str) -> tuple[Instruction, ...]:
    """Orders to a model, in order and disjoint; those of at least `THRESHOLD`."""
    judged = _judged(text)
    found = [(one.start, one.end, max(one.total, SURE)) for one in _ordering(text, judged)]
    found += _marked(text, [(one.start, one.end) for one in judged if one.topical])
    return tuple(_joined(one for one in found if one[2] >= SURE))


def _judged(text: str) -> Sequence[_Sentence]:
    spans = list(sentences(text))
    plains = [visible(text[start:end]).casefold() for start, end in spans]
    kinds = [english(plain) for plain in plains]
    paragraphs = _paragraphs(text, spans)
    topical = Counter(paragraph for paragraph, one in zip(paragraphs, kinds, strict=True) if about_models(one))
    total_topical = sum(topical.values())
    judged: list[_Sentence] = []
    for at, ((start, end), plain) in enumerate(zip(spans, plains, strict=True)):
        technical = (
            total_topical > topical[paragraphs[at]]
            or total_topical > _MANY
            or (about_models(kinds[at]) and end - start > _PARAGRAPH)
        )
        own = _own(plain, kinds[at], technical=technical)
        total = own + codes.disguised(text[start:end]) if own else own
        for undone in _undone(text[start:end], plain, kinds[at]):
            total = max(total, 50 + (weighed(undone.casefold()) if technical else _order(undone)))
        judged.append(_Sentence(start, end, plain, total, own, technical, paragraphs[at], about_models(kinds[at])))
    return judged


def _paragraphs(text: str, spans: Sequence[tuple[int, int]]) -> Sequence[int]:
    """The number of the paragraph of each sentence; a long paragraph is several."""
    numbers: list[int] = []
    number, began = 0, 0
    for at, (start, end) in enumerate(spans):
        if at and ("\n\n" in text[spans[at - 1][1] : start] or end - began > _PARAGRAPH):
            number, began = number + 1, start
        numbers.append(number)
    return numbers


@lru_cache(maxsize=4096)  # headers, footers and disclaimers stand on every page
def _own(plain: str, kinds: int, *, technical: bool) -> int:
    if not worth(plain, kinds) and not kinds & Kind.DECODE:
        return 0
    if technical:
        return weighed(plain) - _QUOTED
    return max(weighed(plain), points(plain))


def _undone(sentence: str, plain: str, kinds: int) -> Iterator[str]:
    """A sentence with its letters put back, where frequent words appear in it then."""
    named = mirrors(plain)
    if kinds & Kind.MIRRORED or named:
        yield from (one for one in codes.rotated(sentence, every=named) if _reads(one))
    if kinds & Kind.REVERSED or named:
        yield from (one for one in (sentence[::-1].casefold(),) if _reads(one))
    if (plainer := codes.leet(plain)) is not None:
        yield plainer


def _reads(plain: str) -> bool:
    words = set(plain.casefold().split())
    return len(words & FREQUENT) > 1


def _order(plain: str) -> int:
    """How much a text that was hidden or encoded looks like an order: it need not be a clear one."""
    bare = plain.casefold()
    total = max(weighed(bare), points(bare))
    return max(total, 50) if COMMAND.match(bare) or DISMISSING.match(bare) else total


def _ordering(text: str, judged: Sequence[_Sentence]) -> Iterator[_Sentence]:
    """Sentences that are orders, alone, with a neighbour, or as what goes on from one."""
    sure = {at for at, one in enumerate(judged) if one.total >= SURE}
    for _, group in groupby(range(len(judged)), key=lambda at: judged[at].paragraph):
        members = list(group)
        if len(members) > 1 and sure.isdisjoint(members) and _as_one([judged[at] for at in members]):
            sure.update(members)
    near = set(sure)
    for at in sorted(sure):
        for side, step in ((at - 1, -1), (at + 1, 1)):
            while 0 <= side < len(judged) and side not in near and _goes_with(text, judged, side, side - step):
                near.add(side)
                side += step  # noqa: PLW2901
    return (judged[at] for at in sorted(near))


def _as_one(paragraph: Sequence[_Sentence]) -> bool:
    """Whether a short paragraph is an order, though none of its sentences is one alone."""
    if (
        paragraph[0].technical
        or max(one.own for one in paragraph) < _LEAN
        or paragraph[-1].end - paragraph[0].start > _TOGETHER
    ):
        return False
    joined = " ".join(one.plain for one in paragraph)
    return english_worth(joined) and points(joined) >= SURE


def _goes_with(text: str, judged: Sequence[_Sentence], at: int, order: int) -> bool:
    """Whether a sentence belongs to the order beside it."""
    one, two = judged[at], judged[order]
    if one.end - one.start > _SHORT:
        return False
    if at > order and two.plain.rstrip().endswith(":"):
        return True
    if one.own + _LEAN >= SURE or one.technical:
        return one.own + _LEAN >= SURE
    first, second = (one, two) if at < order else (two, one)
    return "\n\n" not in text[first.end : second.start] and (
        one.own >= _LEAN or CONTINUES.search(one.plain) is not None
    )


def _marked(text: str, topical: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int, int]]:
    """Stretches that are hidden, encoded or framed."""
    if not text.isascii():
        yield from ((one.start(), one.end(), 2 * SURE) for one in codes.PAYLOAD.finditer(text))
    for start, end, inner in blocks.hidden(text):
        yield start, end, 60 + _judge(topical, start, end)(visible(inner).casefold())
    for start, end, plain in codes.coded(text):
        yield start, end, 60 + _judge(topical, start, end)(plain.casefold())
        line = text[max(0, text.rfind("\n", 0, start)) : start].casefold()
        if OBEY.search(line) and DECODE.search(line):
            yield start, end, 2 * SURE
    for start, end in (*blocks.framed(text), *blocks.called(text)):
        judge = _judge(topical, start, end)
        yield start, end, judge(visible(text[start:end]).casefold()) + (SURE if judge is _order else -_QUOTED)


def _judge(topical: Sequence[tuple[int, int]], start: int, end: int) -> Callable[[str], int]:
    """What weighs a marked stretch: in a passage that is about models elsewhere, only the common wordings count."""
    elsewhere = sum(1 for first, last in topical if last <= start or first >= end)
    return weighed if elsewhere or any(last - first > _PARAGRAPH for first, last in topical) else _order


def _joined(found: Iterator[tuple[int, int, int]]) -> Iterator[Instruction]:
    """Overlapping stretches made one."""
    last: tuple[int, int, int] | None = None
    for start, end, total in sorted(found):
        if last is not None and start <= last[1]:
            last = (last[0], max(end, last[1]), max(total, last[2]))
            continue
        if last is not None:
            yield _instruction(*last)
        last = (start, end, total)
    if last is not None:
        yield _instruction(*last)


def _instruction(start: int, end: int, total: int) -> Instruction:
    return Instruction(start, end, min(1.0, total / SURE * THRESHOLD))
