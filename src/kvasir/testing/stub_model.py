"""A scriptable chat model: what it says, how fast, and how it fails. It stands for generative models in tests and benchmarks."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field

from kvasir.errors import UnavailableError
from kvasir.ports.chat_model import ChatEvent, ChatRequest, Completion, FinishReason, TextDelta
from kvasir.ports.deadline import Deadline


@dataclass(slots=True)
class StubModel:
    """Implements `ports.chat_model.ChatModel`.

    Attributes:
        script: the answer, or what makes it from the request. It comes in words.
        first_token_seconds, seconds_per_token: how slow it is.
        fail_after: words after which it breaks off with UnavailableError.
        stall_after: words after which it says nothing more until the deadline.
        requests: everything that it was asked.
    """

    script: str | Callable[[ChatRequest], str] = "ok"
    context_tokens: int = 8192
    first_token_seconds: float = 0.0
    seconds_per_token: float = 0.0
    fail_after: int | None = None
    stall_after: int | None = None
    finish_reason: FinishReason = "stop"
    requests: list[ChatRequest] = field(default_factory=list[ChatRequest])

    def count_tokens(self, text: str) -> int:
        return len(text.split())

    async def generate(self, request: ChatRequest, deadline: Deadline) -> AsyncIterator[ChatEvent]:
        self.requests.append(request)
        answer = self.script if isinstance(self.script, str) else self.script(request)
        await asyncio.sleep(self.first_token_seconds)
        words = pieces(answer)
        limit = request.max_tokens if request.max_tokens is not None else len(words)
        for number, word in enumerate(words[:limit]):
            if number == self.fail_after:
                raise UnavailableError("The stub model broke off.")
            if number == self.stall_after:
                await asyncio.sleep(deadline.remaining())
            deadline.check("receiving the answer")
            await asyncio.sleep(self.seconds_per_token)
            yield TextDelta(word)
        prompt = sum(self.count_tokens(message.content) for message in request.messages)
        reason: FinishReason = "length" if limit < len(words) else self.finish_reason
        yield Completion(reason, prompt, min(limit, len(words)))


def pieces(text: str) -> Sequence[str]:
    """Words with the white space before them."""
    found: list[str] = []
    for word in text.split(" "):
        found.append(word if not found else f" {word}")
    return found
