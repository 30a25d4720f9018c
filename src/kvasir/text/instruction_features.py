"""How much speaks for a sentence being an order to a model, in points: `SURE` is one.

The words of a sentence decide which expressions are tried at all, so an ordinary sentence costs microseconds. Weights were
fitted (logistic regression, none below zero) to planted wordings against ordinary documents, then rounded.
"""

import re
from collections.abc import Sequence
from typing import Final, NamedTuple

from kvasir.text import instruction_patterns as how
from kvasir.text.instruction_lexicon import Kind, english, foreign

SURE: Final = 100
_WINDOW: Final = 260
_NEAR: Final = (
    Kind.AI
    | Kind.MACHINE
    | Kind.USER
    | Kind.TALK
    | Kind.YOU
    | Kind.OUTPUT
    | Kind.DISMISS
    | Kind.ROLE
    | Kind.TOOL
    | Kind.SECRET
)


class _Feature(NamedTuple):
    weight: int
    pattern: re.Pattern[str]
    needs: tuple[int, ...]
    """Words that a sentence must have before the pattern is tried."""


_FEATURES: Final = {
    "clause": _Feature(45, how.CLAUSE, (Kind.SAY,)),
    "command": _Feature(25, how.COMMAND, (Kind.SAY,)),
    "duty": _Feature(28, how.DUTY, (Kind.SAY,)),
    "content": _Feature(6, how.CONTENT, (Kind.SAY,)),
    "with": _Feature(12, how.WITH, (Kind.SAY,)),
    "direct": _Feature(12, how.DIRECT, (Kind.SAY,)),
    "quoted_by": _Feature(40, how.QUOTED_BY, (Kind.AI | Kind.MACHINE | Kind.USER,)),
    "your_output": _Feature(30, how.YOUR_OUTPUT, (Kind.OUTPUT | Kind.YOU,)),
    "the_output": _Feature(30, how.THE_OUTPUT, (Kind.OUTPUT,)),
    "tell_them": _Feature(22, how.TELL_THEM, (Kind.USER,)),
    "asked": _Feature(19, how.ASKED, (Kind.TALK | Kind.USER | Kind.OUTPUT | Kind.YOU,)),
    "lasting": _Feature(22, how.LASTING, (Kind.ONLY | Kind.PRIOR,)),
    "this_text": _Feature(16, how.THIS_TEXT, (Kind.SAY | Kind.AI | Kind.MACHINE,)),
    "to_ai": _Feature(42, how.TO_AI, (Kind.AI | Kind.MACHINE,)),
    "you_are": _Feature(46, how.YOU_ARE, (Kind.ROLE,)),
    "dismissed": _Feature(50, how.DISMISSED, (Kind.DISMISS, Kind.RULES)),
    "dismissing": _Feature(15, how.DISMISSING, (Kind.DISMISS, Kind.RULES)),
    "secret": _Feature(24, how.SECRET, (Kind.SECRET,)),
    "give_away": _Feature(18, how.GIVE_AWAY, (Kind.SECRET,)),
    "tool": _Feature(38, how.TOOL, (Kind.TOOL,)),
    "for_user": _Feature(25, how.FOR_USER, (Kind.TOOL,)),
    "secrecy": _Feature(10, how.SECRECY, (Kind.SAY | Kind.ONLY,)),
    "call": _Feature(35, how.CALL, (Kind.SAY | Kind.TOOL,)),
}
_WORDS: Final = {Kind.TALK: 22, Kind.ONLY: 14, Kind.USER: 11, Kind.YOU: 10}
_SPEECH: Final = ("clause", "command", "duty", "direct", "with", "content")
_WITH_IT: Final = ("give_away", "secrecy", "for_user", "this_text")
"""What adds to an order, and starts none."""
_SIDES: Final = tuple(name for name in _FEATURES if name not in (*_SPEECH, *_WITH_IT))
_ALL_SPEECH: Final = sum(_FEATURES[name].weight for name in (*_SPEECH, *_WITH_IT)) + 20
_TOGETHER: Final = (
    (frozenset(("you_are",)), frozenset((*_SPEECH, "the_output")), 15),
    (frozenset(("secret",)), frozenset(("give_away",)), 30),
    (frozenset(("tool",)), frozenset(("for_user",)), 25),
    (frozenset(("tool",)), frozenset(("call",)), 40),
    (frozenset(("dismissed",)), frozenset((*_SPEECH, "your_output", "the_output")), 20),
    (frozenset(("quoted_by",)), frozenset(("to_ai",)), 20),
)
_FOREIGN: Final = {
    Kind.SAY: 35, Kind.DISMISS: 20, Kind.RULES: 20, Kind.PRIOR: 10, Kind.ONLY: 15, Kind.OUTPUT: 25, Kind.USER: 20, Kind.TALK: 15,
    Kind.AI: 35, Kind.YOU: 10, Kind.ROLE: 10, Kind.SECRET: 20, Kind.TOOL: 15,
}  # fmt: skip
_GIVEN: Final = re.compile('[::"“«„「]|\\b(?:que|dass|что|że|dat|att|att|che|که|ότι|hogy|että)\\b|أن|إن')


def about_models(parts: int) -> bool:
    """Whether a sentence names what documentation of language models is about."""
    return bool(parts & Kind.TOPIC)


def english_worth(plain: str) -> bool:
    """Whether a case-folded English text may be an order at all."""
    return _worth(english(plain))


def worth(plain: str, parts: int) -> bool:
    """Whether a sentence may be an order at all, in any language."""
    return _worth(parts) or _foreign(plain) > 0


def points(plain: str) -> int:
    """The sum of what a case-folded sentence has, in its best window: far parts of a table or of code do not add up."""
    if len(plain) <= _WINDOW:
        return _points(plain)
    if not _worth(english(plain)) and not _foreign(plain):
        return 0
    return max(_points(plain[start : start + _WINDOW]) for start in range(0, len(plain) - _WINDOW // 2, _WINDOW // 2))


def _points(plain: str) -> int:
    parts = english(plain)
    total = _english(plain, parts) if _worth(parts) else 0
    return max(total, _foreign(plain)) if total < SURE else total


def _found(names: Sequence[str], plain: str, parts: int) -> set[str]:
    return {
        name
        for name in names
        if all(parts & need for need in _FEATURES[name].needs) and _FEATURES[name].pattern.search(plain) is not None
    }


def _english(plain: str, parts: int) -> int:
    found = _found(_SIDES, plain, parts)
    if not found:
        return 0
    total = sum(weight for part, weight in _WORDS.items() if parts & part) + sum(
        _FEATURES[name].weight for name in found
    )
    if total + _ALL_SPEECH < SURE:
        return 0
    speech = _found((*_SPEECH, *_WITH_IT), plain, parts)
    found |= speech
    total += sum(_FEATURES[name].weight for name in speech)
    return total + sum(weight for one, other, weight in _TOGETHER if found & one and found & other)


def _worth(parts: int) -> bool:
    """Whether an English sentence may be an order at all."""
    if parts & (Kind.SAY | Kind.OUTPUT | Kind.TALK) and parts & _NEAR:
        return True
    return bool((parts & Kind.DISMISS and parts & Kind.RULES) or (parts & Kind.TOOL and parts & Kind.SECRET))


def _foreign(plain: str) -> int:
    parts = foreign(plain)
    dismissed = parts & Kind.DISMISS and parts & Kind.RULES
    if not (dismissed or (parts & Kind.SAY and parts & (Kind.OUTPUT | Kind.USER | Kind.TALK | Kind.AI | Kind.ROLE))):
        return 0
    total = sum(weight for part, weight in _FOREIGN.items() if parts & part) + (20 if dismissed else 0)
    return total + 15 if _GIVEN.search(plain) else total
