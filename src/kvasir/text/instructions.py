"""Orders to a model within a text that should only inform: where they stand and how sure that is.

A document may say "Click Save" or "Do not ignore warnings"; it has no reason to say what an assistant shall answer. So a sentence is
judged by the parts that play together in it (whom it addresses, whether it sets a prompt aside, dictates an answer, asks for
secrets or tools), by marks of chat templates, and by being hidden or encoded: hidden text is made visible and decoded text
decoded before it is judged. Pure, linear in the text; `VERSION` changes with every change of output.
"""

import base64
import binascii
import codecs
import html
import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from typing import Final, NamedTuple
from urllib.parse import unquote

from kvasir.text import instruction_words as said
from kvasir.text.sentences import sentences

VERSION: Final = "1"
THRESHOLD: Final = 0.5
"""Score from which a stretch is an order."""
_SURE: Final = 100
"""Sum of weights from which a sentence is an order; at twice as much it is certain."""
_LEAN: Final = 40
"""What a sentence beside an order is given: orders come in several sentences."""
_HIDDEN: Final = 80
_WINDOW: Final = 360
"""Code points within which parts of an order stand."""
_MAX_PAYLOAD: Final = 4_000
_TAGS: Final = {0xE0000 + code: chr(code) for code in range(0x20, 0x7F)}
_TAG_RUN: Final = re.compile("[\U000e0020-\U000e007e]{4,}")
_INVISIBLE: Final = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff\U000e0001\U000e007f]")
_INSIDE: Final = re.compile("(?<=[A-Za-z])[\u00ad\u200b-\u200f\u2060-\u2064\ufeff](?=[A-Za-z])|[\u202d\u202e]")
_MARKUP: Final = re.compile(
    r"<!--.{0,4000}?-->|^\[(?://|comment)\]: ?# ?[(\"].{0,2000}?[)\"]$"
    r"|<(\w+)[^<>]{0,200}(?:display: ?none|visibility: ?hidden|font-size: ?0|\bhidden\b)[^<>]{0,200}>.{0,2000}?</\1>",
    re.DOTALL | re.MULTILINE | re.IGNORECASE,
)
_TEMPLATE: Final = re.compile(
    r"<\|im_start\|>.{0,4000}?<\|im_end\|>|\[INST\].{0,4000}?\[/INST\]|<<SYS>>.{0,4000}?<</SYS>>"
    r"|<(system(?:[_ -]\w+)?)>.{0,4000}?</\1>|<\|start_header_id\|>.{0,4000}?<\|eot_id\|>"
    r"|^#{2,} ?Instructions?:.{0,2000}?(?:^#{2,} ?Response:?|\Z)",
    re.DOTALL | re.MULTILINE | re.IGNORECASE,
)
_TRIGGERS: Final = (
    said.ORDER,
    said.OVERRIDE,
    said.ROLE,
    said.READER,
    said.SECRET,
    said.TOOL,
    said.OUTPUT,
    said.IDENTITY,
    said.DECODE,
)
_WEIGHTS: Final = (
    (said.READER, 45), (said.MACHINE, 30), (said.ORDER, 40), (said.WORDING, 20), (said.OUTPUT, 35), (said.USER, 30), (said.ASKED, 40),
    (said.MUST, 20), (said.PLEAD, 20), (said.IDENTITY, 50), (said.SECRECY, 40), (said.ROLE, 90),
)  # fmt: skip


class Instruction(NamedTuple):
    """A stretch in code points of the text that was given, and how sure it is an order: 0 to 1."""

    start: int
    end: int
    score: float


def instructions(text: str) -> tuple[Instruction, ...]:
    """Orders to a model, in order and disjoint; those of at least `THRESHOLD`."""
    judged = [(start, end, _weigh(text[start:end])) for start, end in sentences(text)]
    sums = [total for _, _, total in judged]
    found = [
        (start, end, max(total, _SURE))
        for at, (start, end, total) in enumerate(judged)
        if total >= _SURE or (total + _LEAN >= _SURE and max(sums[max(0, at - 1) : at + 2]) >= _SURE)
    ]
    if "<" in text or "[" in text or "##" in text:
        found += [(one.start(), one.end(), _weigh(one[0]) + _HIDDEN) for one in _MARKUP.finditer(text)]
        found += [(one.start(), one.end(), _weigh(one[0]) + _LEAN) for one in _TEMPLATE.finditer(text)]
    return tuple(_joined(one for one in found if one[2] >= _SURE))


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
    return Instruction(start, end, min(1.0, total / _SURE * THRESHOLD))


def _weigh(sentence: str) -> int:
    """The sum of what speaks for an order: `_SURE` and more is one."""
    hidden = _HIDDEN if len(_INSIDE.findall(sentence)) > 2 or _TAG_RUN.search(sentence) else 0
    plain = visible(sentence)
    total = max(_features(one.casefold()) for one in _windows(plain)) + hidden
    if said.DECODE.stands(plain.casefold()) and said.OBEY.stands(plain.casefold()):
        total += 100
    return total + max((50 + _features(one.casefold()) for one in _decoded(plain)), default=0)


def _windows(text: str) -> Iterator[str]:
    """What stands together: in code or a table without full stops, far parts do not add up."""
    for start in range(0, max(1, len(text) - _WINDOW // 2), _WINDOW // 2):
        yield text[start : start + _WINDOW]


def visible(text: str) -> str:
    """As a model reads it: tag letters as letters, without invisible ones, in compatibility form."""
    if text.isascii():
        return text
    return unicodedata.normalize("NFKC", _INVISIBLE.sub("", text.translate(_TAGS)))


def _features(plain: str) -> int:
    if not any(one.stands(plain) for one in _TRIGGERS):
        return 0
    total = sum(weight for pattern, weight in _WEIGHTS if pattern.stands(plain))
    if said.OVERRIDE.stands(plain):
        total += _prompt(plain)
    elif said.REPLACE.stands(plain):
        total += _prompt(plain) // 2
    if said.SECRET.stands(plain) and said.GIVE_AWAY.stands(plain):
        total += 80
    if said.TOOL.stands(plain):
        total += 80 if said.OWN_TOOL.stands(plain) else 50
    return total


def _prompt(plain: str) -> int:
    """How surely it is the reader's own prompt that is set aside."""
    given = said.GIVEN.stands(plain)
    if said.PROMPT.stands(plain):
        return 100 if given else 50
    return 60 if given and said.RULE.stands(plain) else 0


def _base64(text: str) -> str:
    return base64.b64decode(text + "=" * (-len(text) % 4), validate=True).decode()


_RUN: Final = re.compile(r"[A-Za-z0-9+/]{20}")
_ESCAPE: Final = re.compile(r"%[0-9a-fA-F]{2}%|&#|\\u[0-9a-fA-F]{4}")
_BITS: Final = re.compile(r"[01]{8}")
_SPACED: Final = re.compile(r" \w[ ._-]\w[ ._-]\w[ ._-]\w ")
_CODES: Final[Sequence[tuple[re.Pattern[str], re.Pattern[str], Callable[[str], str]]]] = (
    (_RUN, re.compile(r"[A-Za-z0-9+/]{24,}={0,2}"), _base64),
    (_RUN, re.compile(r"\b(?:[0-9a-fA-F]{2}){10,}\b"), lambda one: bytes.fromhex(one).decode()),
    (_BITS, re.compile(r"\b(?:[01]{8}\s?){6,}"), lambda one: bytes(int(part, 2) for part in one.split()).decode()),
    (_ESCAPE, re.compile(r"(?:%[0-9a-fA-F]{2}){6,}"), lambda one: unquote(one, errors="strict")),
    (_ESCAPE, re.compile(r"(?:&#x?[0-9a-fA-F]{1,6};){6,}"), html.unescape),
    (_ESCAPE, re.compile(r"(?:\\u[0-9a-fA-F]{4}){6,}"), lambda one: one.encode().decode("unicode_escape")),
    (_SPACED, re.compile(r"(?:\b\w[ ._-]){9,}\w\b"), lambda one: one[::2].replace("_", " ")),
)


def _decoded(text: str) -> Iterator[str]:
    """What encoded stretches say, where they say something."""
    for mark, pattern, decode in _CODES:
        for one in pattern.findall(text)[:4] if mark.search(text) else ():
            try:
                plain = decode(one[:_MAX_PAYLOAD])
            except (ValueError, binascii.Error):
                continue
            if plain.isprintable() and _features(plain.casefold()):
                yield plain
    if said.MIRROR.stands(text.casefold()):
        yield from (one for one in (codecs.encode(text, "rot13"), text[::-1]) if _features(one.casefold()) >= _LEAN)
