"""Chat models of OpenAI-compatible servers, streamed."""

from collections.abc import AsyncIterator, Mapping
from typing import Any, Final, cast

import httpx
import orjson

from kvasir.adapters.openai.connection import OpenAIConnection
from kvasir.errors import UnavailableError
from kvasir.ports.chat_model import ChatEvent, ChatRequest, Completion, FinishReason, TextDelta
from kvasir.ports.deadline import Deadline

_DATA: Final = "data:"
_REASONS: Final = {"stop": "stop", "length": "length", "content_filter": "content_filter"}


class OpenAIChatModel:
    """Implements `ports.chat_model.ChatModel`."""

    def __init__(
        self, connection: OpenAIConnection, model: str, context_tokens: int, *, temperature: float | None = None
    ) -> None:
        self._connection = connection
        self._model = model
        self._temperature = temperature
        self.context_tokens = context_tokens

    def count_tokens(self, text: str) -> int:
        """An upper estimate: the server's tokenizer is not known. UTF-8 bytes over three, at least one per word."""
        return max(len(text.encode("utf-8", "surrogatepass")) // 3 + 1, len(text.split()))

    async def generate(self, request: ChatRequest, deadline: Deadline) -> AsyncIterator[ChatEvent]:
        """Deltas, then one Completion. UnavailableError when the stream ends without one."""
        reason: FinishReason | None = None
        usage: Mapping[str, int] = {}
        async with self._connection.stream("chat/completions", self._body(request), deadline) as response:
            async for chunk in _chunks(response):
                deadline.check("receiving the answer")
                usage = chunk.get("usage") or usage
                for choice in chunk.get("choices", []):
                    if text := choice.get("delta", {}).get("content"):
                        yield TextDelta(text)
                    if choice.get("finish_reason"):
                        reason = cast("FinishReason", _REASONS.get(choice["finish_reason"], "stop"))
        if reason is None:
            raise UnavailableError("The model's answer broke off.")
        yield Completion(reason, usage.get("prompt_tokens"), usage.get("completion_tokens"))

    async def close(self) -> None:
        await self._connection.close()

    def _body(self, request: ChatRequest) -> Mapping[str, Any]:
        temperature = request.temperature if request.temperature is not None else self._temperature
        optional = {
            "max_tokens": request.max_tokens,
            "temperature": temperature,
            "top_p": request.top_p,
            "stop": list(request.stop) or None,
            "seed": request.seed,
        }
        return {
            "model": self._model,
            "messages": [{"role": one.role, "content": one.content} for one in request.messages],
            "stream": True,
            "stream_options": {"include_usage": True},
            **{name: value for name, value in optional.items() if value is not None},
        }


async def _chunks(response: httpx.Response) -> AsyncIterator[Mapping[str, Any]]:
    async for line in response.aiter_lines():
        if not line.startswith(_DATA):
            continue
        data = line.removeprefix(_DATA).strip()
        if data == "[DONE]":
            return
        chunk = orjson.loads(data)
        if "error" in chunk:
            raise UnavailableError(f"The model failed: {str(chunk['error'].get('message', chunk['error']))[:300]}")
        yield chunk
