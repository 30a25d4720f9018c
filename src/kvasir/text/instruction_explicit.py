"""Orders to a model in the wordings that are common, in en de fr es ru zh ar: the parts of `instruction_words.py`, added up."""

from collections.abc import Iterator
from typing import Final

from kvasir.text import instruction_words as said

_WINDOW: Final = 360
"""Code points within which parts of an order stand."""
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


def weighed(plain: str) -> int:
    """The sum of what a case-folded sentence has: 100 and more is an order."""
    total = max(map(_features, _windows(plain)))
    return total + 100 if said.DECODE.stands(plain) and said.OBEY.stands(plain) else total


def mirrors(plain: str) -> bool:
    """Whether a sentence names a code whose letters look like a text."""
    return said.MIRROR.stands(plain)


def _windows(text: str) -> Iterator[str]:
    """What stands together: in code or a table without full stops, far parts do not add up."""
    for start in range(0, max(1, len(text) - _WINDOW // 2), _WINDOW // 2):
        yield text[start : start + _WINDOW]


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
