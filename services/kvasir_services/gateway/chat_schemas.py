"""The body of a chat completion request."""

from typing import Annotated, Any, Final, Literal, Self, cast

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StrictBool, WithJsonSchema, model_validator
from pydantic_core import PydanticCustomError

from kvasir.errors import InvalidInputError
from kvasir.ports.chat_model import ChatMessage, Role
from kvasir_services.gateway.parameters import CONVERSATION, admitted

_MOST_MESSAGES: Final = 1_000
_LONGEST_QUESTION: Final = 32_000
"""Code points. Every word of a question is looked up."""

_TEXT_SCHEMA: Final = {
    "anyOf": [
        {"type": "string"},
        {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"type": {"const": "text"}, "text": {"type": "string"}},
                "required": ["type", "text"],
            },
        },
    ]
}
_STOP_SCHEMA: Final = {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}, "maxItems": 4}]}


def _text(value: object) -> object:
    """Text parts joined by line ends; whatever else is left to the validation that follows."""
    if not isinstance(value, list):
        return value
    texts: list[str] = []
    for part in cast("list[Any]", value):
        values = cast("dict[str, Any]", part) if isinstance(part, dict) else {}
        if values.get("type") != "text" or not isinstance(values.get("text"), str):
            kind = str(values.get("type", "unknown"))[:64]
            raise PydanticCustomError("part", "Only text parts can be read, not {kind}.", {"kind": kind})
        texts.append(values["text"])
    return "\n".join(texts)


def _listed(value: object) -> object:
    return [value] if isinstance(value, str) else value


class Message(BaseModel):
    """One turn. What an answer carries besides its text may be sent back with it and is not read."""

    model_config = ConfigDict(extra="ignore")

    role: Literal["system", "developer", "user", "assistant"]
    content: Annotated[str, BeforeValidator(_text), WithJsonSchema(_TEXT_SCHEMA)]

    @model_validator(mode="before")
    @classmethod
    def _of_answers(cls, values: object) -> object:
        if not isinstance(values, dict):
            return values
        known = cast("dict[str, Any]", values)
        if known.get("tool_calls") or known.get("function_call"):
            raise PydanticCustomError("tools", "Tool calls are not supported.")
        return {**known, "content": ""} if known.get("role") == "assistant" and known.get("content") is None else known

    def chat_message(self) -> ChatMessage:
        role: Role = "system" if self.role == "developer" else self.role
        return ChatMessage(role, self.content)


class StreamOptions(BaseModel):
    """`include_obfuscation` has no effect."""

    model_config = ConfigDict(extra="forbid")

    include_usage: StrictBool = False
    include_obfuscation: StrictBool = False


class ChatCompletionBody(BaseModel):
    """A request for an answer. `parameters.PARAMETERS` tells what becomes of each field."""

    model_config = ConfigDict(extra="forbid")

    messages: list[Message] = Field(min_length=1, max_length=_MOST_MESSAGES)
    model: str = Field(min_length=1, max_length=256)
    stream: StrictBool = False
    stream_options: StreamOptions | None = None
    max_completion_tokens: int | None = Field(default=None, ge=1, le=1_000_000)
    max_tokens: int | None = Field(default=None, ge=1, le=1_000_000)
    seed: int | None = Field(default=None, ge=-(2**63), lt=2**63)
    stop: Annotated[list[str] | None, BeforeValidator(_listed), WithJsonSchema(_STOP_SCHEMA)] = Field(
        default=None, max_length=4
    )
    temperature: float | None = Field(default=None, ge=0, le=2, allow_inf_nan=False)
    top_p: float | None = Field(default=None, ge=0, le=1, allow_inf_nan=False)
    frequency_penalty: float | None = Field(default=None, ge=-2, le=2, allow_inf_nan=False)
    metadata: dict[str, Any] | None = Field(default=None, max_length=16)
    parallel_tool_calls: StrictBool | None = None
    prediction: dict[str, Any] | None = None
    presence_penalty: float | None = Field(default=None, ge=-2, le=2, allow_inf_nan=False)
    prompt_cache_key: str | None = None
    prompt_cache_options: dict[str, Any] | None = None
    prompt_cache_retention: str | None = None
    reasoning_effort: str | None = None
    safety_identifier: str | None = None
    service_tier: str | None = None
    user: str | None = None
    verbosity: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _known_parameters(cls, values: object) -> object:
        return admitted(values)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        last = f"messages[{len(self.messages) - 1}]"
        if self.messages[-1].role != "user":
            raise InvalidInputError("The last message is the question.", field=f"{last}.role", fix="role `user`")
        if not self.messages[-1].content.strip():
            raise InvalidInputError("The question is empty.", field=f"{last}.content", fix="write what to answer")
        if len(self.messages[-1].content) > _LONGEST_QUESTION:
            raise InvalidInputError(
                f"A question has at most {_LONGEST_QUESTION} characters.", field=f"{last}.content", fix="shorten it"
            )
        if self.stream_options is not None and not self.stream:
            raise InvalidInputError("This needs `stream: true`.", field="stream_options")
        if CONVERSATION in (self.metadata or {}):
            raise InvalidInputError(
                "Conversations are not stored yet.",
                field=f"metadata.{CONVERSATION}",
                fix="send the whole conversation each time",
            )
        return self

    @property
    def most_tokens(self) -> int | None:
        """Of the answer; the newer name wins."""
        return self.max_tokens if self.max_completion_tokens is None else self.max_completion_tokens

    @property
    def include_usage(self) -> bool:
        return self.stream_options is not None and self.stream_options.include_usage
