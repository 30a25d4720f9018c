"""Condensation: a follow-up question made to stand alone, by rule.

"And for part-time employees?" means nothing to a search; the user's earlier question is put before it. A question that stands alone
is left as it is, so that a change of subject is not dragged back.
"""

import re
from collections.abc import Sequence
from typing import Final

from kvasir.ports.chat_model import ChatMessage
from kvasir.text.analysis import words
from kvasir.text.function_words import function_words

_FOLLOWS: Final = re.compile(
    r"^\s*(?:and|but|or|also|what about|how about|und|aber|oder|auch|et|mais|y|pero|e)\b"
    r"|\b(?:it|its|they|them|their|he|she|him|her|his|that|those|these|this one|there|then|es|sie|ihn|ihm|dort|dies\w*)\b",
    re.IGNORECASE,
)
_FEW: Final = 3
"""A question of fewer content words seldom stands alone."""


def standalone(messages: Sequence[ChatMessage], language: str = "en") -> str:
    """The last question, with the user's former ones before it as far back as it leans on them (at most two)."""
    asked = [message.content for message in messages if message.role == "user"]
    chosen = asked[-1:]
    for former in reversed(asked[:-1][-2:]):
        if not _leans(chosen[0], language):
            break
        chosen.insert(0, former)
    return " ".join(chosen)


def _leans(question: str, language: str) -> bool:
    spoken = words(question)
    content = set(spoken) - function_words(spoken, [language])
    return len(content) < _FEW or bool(_FOLLOWS.search(question))
