"""What of a passage a chat model is shown: not the stretches that may be orders to it.

An answer shares words with its question; an order from a document that does not know the question rarely does. So a stretch that is perhaps an
order is withheld when it has little to do with the question, and what surely is one, always (figures: docs/decisions/0004-answers.md).
"""

from collections.abc import Mapping, Sequence
from typing import Final

from kvasir.ports.passages import Passage
from kvasir.text.analysis import stems, words
from kvasir.text.function_words import function_words
from kvasir.text.instructions.instruction import LIKELY, SURE, Instruction

WITHHELD: Final = "[withheld]"
"""Stands where a source gives orders."""
_NEEDED: Final = 0.5
"""Share of the question's content words that a sure order would have to hold; a less sure one, less."""


def asked_words(question: str, passages: Sequence[Passage]) -> Mapping[str, frozenset[str]]:
    """Stems of a question's content words by language of the passages; none where no passage in that language has any of them."""
    if not any(one.instructions for one in passages):
        return {}
    asked: dict[str, frozenset[str]] = {}
    for language in {one.language for one in passages}:
        content = _content(question, language)
        related = any(content & _stems(one.text, language) for one in passages if one.language == language)
        asked[language] = content if related else frozenset()
    return asked


def shown(passage: Passage, asked: Mapping[str, frozenset[str]]) -> str:
    """The passage's text with `WITHHELD` in place of its orders."""
    text, at = "", 0
    for one in passage.instructions:
        if _withheld(one, passage, asked.get(passage.language, frozenset())):
            text += passage.text[at : one.start - passage.start] + WITHHELD
            at = one.end - passage.start
    return text + passage.text[at:]


def _withheld(one: Instruction, passage: Passage, asked: frozenset[str]) -> bool:
    """Where nothing found has a word of the question, which is in another language then, only the score counts."""
    if one.score >= SURE or not asked:
        return one.score >= LIKELY
    said = _stems(passage.text[one.start - passage.start : one.end - passage.start], passage.language)
    return len(asked & said) <= _NEEDED * one.score * len(asked)


def _stems(text: str, language: str) -> frozenset[str]:
    return frozenset(stems(words(text), language))


def _content(question: str, language: str) -> frozenset[str]:
    spoken = words(question)
    light = function_words(spoken, [language])
    return frozenset(stems([word for word in spoken if word not in light], language))
