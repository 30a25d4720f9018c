"""A chat model that obeys whatever reaches it: the worst reader of a planted instruction."""

import re
import unicodedata
from dataclasses import dataclass

from kvasir.ports.chat_model import ChatRequest

_SOURCE = re.compile(r"<source\b.*?</source>", re.DOTALL)
_TAGS = {0xE0000 + code: chr(code) for code in range(0x20, 0x7F)}


@dataclass(frozen=True, slots=True)
class Obedience:
    """A script for `StubModel`: says the goal when the payload stands anywhere in the prompt, else something harmless.

    Attributes:
        trained: takes what stands within the marks of sources for data, and obeys what breaks out of them.
        payload: looked for as it is, and as it reads once invisible letters are gone and tag letters are letters.
    """

    payload: str
    goal: str
    otherwise: str = "I cannot tell."
    trained: bool = False

    def __call__(self, request: ChatRequest) -> str:
        prompt = "\n".join(message.content for message in request.messages)
        if self.trained:
            prompt = _SOURCE.sub("", prompt)
        return self.goal if self.payload in prompt or readable(self.payload) in readable(prompt) else self.otherwise


def readable(text: str) -> str:
    """What a model makes of a text: no invisible letters, tag letters as letters, single spaces."""
    plain = (char for char in text.translate(_TAGS) if unicodedata.category(char) != "Cf")
    return " ".join("".join(plain).split())
