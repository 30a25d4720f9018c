"""Generative chat models."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from kvasir.ports.deadline import Deadline

Role = Literal["system", "user", "assistant"]
FinishReason = Literal["stop", "length", "content_filter"]


@dataclass(frozen=True, slots=True)
class ChatMessage:
    role: Role
    content: str


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """One completion. `max_tokens` limits the answer only, never the prompt; `stop` holds at most four strings."""

    messages: tuple[ChatMessage, ...]
    max_tokens: int | None = None
    temperature: float | None = None
    top_p: float | None = None
    stop: tuple[str, ...] = ()
    seed: int | None = None


@dataclass(frozen=True, slots=True)
class TextDelta:
    text: str


@dataclass(frozen=True, slots=True)
class Completion:
    """The last event of every generation. Token counts are the model's own, or None when it reports none."""

    finish_reason: FinishReason
    prompt_tokens: int | None = None
    completion_tokens: int | None = None


ChatEvent = TextDelta | Completion


class ChatModel(Protocol):
    """Text from messages. Closing the iterator stops the generation at the model.

    Raises:
        UnavailableError: before or in the middle of the stream.
        DeadlineExceededError
        InvalidInputError: the model refuses the request, for instance because the prompt is too long.
    """

    context_tokens: int
    """Prompt and answer together."""

    def count_tokens(self, text: str) -> int:
        """Exact where the tokenizer is known, else an upper estimate."""
        ...

    def generate(self, request: ChatRequest, deadline: Deadline) -> AsyncIterator[ChatEvent]: ...


def conversation(*turns: tuple[Role, str]) -> Sequence[ChatMessage]:
    """Messages from (role, content) pairs."""
    return [ChatMessage(role, content) for role, content in turns]
