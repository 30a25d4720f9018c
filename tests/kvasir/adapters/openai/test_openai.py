"""Clients against a scripted server behind httpx's own transport."""

from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import numpy as np
import orjson
import pytest

from kvasir.adapters.openai import connection as module
from kvasir.adapters.openai.chat_model import OpenAIChatModel
from kvasir.adapters.openai.connection import OpenAIConnection
from kvasir.adapters.openai.embedder import OpenAIEmbedder
from kvasir.errors import DeadlineExceededError, InvalidInputError, UnavailableError
from kvasir.ports.chat_model import ChatMessage, ChatRequest, Completion, TextDelta
from kvasir.testing.builders import passed, soon
from kvasir.testing.chat_model import ANSWER, ChatModelSuite
from kvasir.testing.embedder import EmbedderSuite
from kvasir.testing.stub_model import pieces

DIMENSIONS = 16


def vector(text: str) -> list[float]:
    """A vector that follows from the text alone."""
    return np.random.default_rng(abs(hash(text)) % 2**32).standard_normal(DIMENSIONS).tolist()


def embeddings(request: httpx.Request) -> httpx.Response:
    body = orjson.loads(request.content)
    rows = [{"index": n, "embedding": vector(text)} for n, text in enumerate(body["input"])]
    return httpx.Response(200, json={"data": rows[::-1], "model": body["model"]})


def connect(answer: Callable[[httpx.Request], httpx.Response]) -> OpenAIConnection:
    return OpenAIConnection("http://model.test/v1/", "secret-key", transport=httpx.MockTransport(answer))


class TestOpenAI(EmbedderSuite):
    @pytest.fixture
    async def embedder(self) -> AsyncIterator[OpenAIEmbedder]:  # type: ignore[override]
        embedder = OpenAIEmbedder(connect(embeddings), "small", DIMENSIONS, batch_size=3)
        yield embedder
        await embedder.close()


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_FIRST_PAUSE", 0.0)


async def test_busy_servers_are_asked_again_and_the_key_is_sent() -> None:
    asked: list[httpx.Request] = []

    def busy(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(429, headers={"retry-after": "0"}) if len(asked) < 3 else embeddings(request)

    embedder = OpenAIEmbedder(connect(busy), "small", DIMENSIONS)
    assert (await embedder.embed_query("x", soon())).shape == (DIMENSIONS,)
    assert [request.headers["authorization"] for request in asked] == ["Bearer secret-key"] * 3
    assert str(asked[0].url) == "http://model.test/v1/embeddings"
    await embedder.close()


@pytest.mark.parametrize(
    ("status", "error"),
    [(400, InvalidInputError), (401, UnavailableError), (404, InvalidInputError), (503, UnavailableError)],
)
async def test_failures_are_told_apart(status: int, error: type[Exception]) -> None:
    asked = 0

    def refuse(_: httpx.Request) -> httpx.Response:
        nonlocal asked
        asked += 1
        return httpx.Response(status, json={"error": {"message": "the reason"}})

    embedder = OpenAIEmbedder(connect(refuse), "small", DIMENSIONS)
    with pytest.raises(error) as caught:
        await embedder.embed_query("x", soon())
    assert "secret-key" not in str(caught.value)
    assert asked == (4 if status == 503 else 1)
    await embedder.close()


async def test_wrong_dimensions_name_the_field() -> None:
    embedder = OpenAIEmbedder(connect(embeddings), "small", 99)
    with pytest.raises(InvalidInputError, match="dimensions"):
        await embedder.embed_query("x", soon())
    await embedder.close()


def streamed(*chunks: dict[str, Any] | str) -> Callable[[httpx.Request], httpx.Response]:
    lines = b"".join(
        b"data: " + (chunk.encode() if isinstance(chunk, str) else orjson.dumps(chunk)) + b"\n\n" for chunk in chunks
    )
    return lambda _: httpx.Response(200, content=b": ping\n\n" + lines)


def delta(text: str | None = None, reason: str | None = None) -> dict[str, Any]:
    return {"choices": [{"index": 0, "delta": {} if text is None else {"content": text}, "finish_reason": reason}]}


REQUEST = ChatRequest(messages=(ChatMessage("user", "hello"),), max_tokens=5, stop=("\n",))


async def collect(model: OpenAIChatModel) -> list[object]:
    found = [event async for event in model.generate(REQUEST, soon())]
    await model.close()
    return found


async def test_a_stream_becomes_events() -> None:
    usage = {"choices": [], "usage": {"prompt_tokens": 7, "completion_tokens": 2}}
    answer = streamed(
        {"choices": [{"delta": {"role": "assistant"}}]}, delta("Hel"), delta("lo"), delta(None, "stop"), usage, "[DONE]"
    )
    events = await collect(OpenAIChatModel(connect(answer), "m", 4096))
    assert events == [TextDelta("Hel"), TextDelta("lo"), Completion("stop", 7, 2)]


def speak(request: httpx.Request) -> httpx.Response:
    """A server that says the suite's answer in words, as many as it may."""
    said = pieces(ANSWER)
    limit = orjson.loads(request.content).get("max_tokens", len(said))
    reason = "stop" if limit >= len(said) else "length"
    usage = {"choices": [], "usage": {"prompt_tokens": 9, "completion_tokens": min(limit, len(said))}}
    return streamed(*map(delta, said[:limit]), delta(None, reason), usage, "[DONE]")(request)


class TestChatModel(ChatModelSuite):
    @pytest.fixture
    async def model(self) -> AsyncIterator[OpenAIChatModel]:  # type: ignore[override]
        model = OpenAIChatModel(connect(speak), "m", 4096)
        yield model
        await model.close()


async def test_only_what_was_set_is_sent() -> None:
    bodies: list[dict[str, Any]] = []

    def keep(request: httpx.Request) -> httpx.Response:
        bodies.append(orjson.loads(request.content))
        return streamed(delta("x", "length"), "[DONE]")(request)

    await collect(OpenAIChatModel(connect(keep), "m", 4096, temperature=0.3))
    assert bodies[0]["max_tokens"] == 5
    assert bodies[0]["stop"] == ["\n"]
    assert bodies[0]["temperature"] == 0.3
    assert "top_p" not in bodies[0]
    assert "seed" not in bodies[0]


@pytest.mark.parametrize(
    "answer",
    [
        streamed(delta("half")),
        streamed(delta("half"), {"error": {"message": "out of memory"}}),
        lambda _: httpx.Response(500, json={"error": {"message": "broken"}}),
    ],
)
async def test_a_stream_that_breaks_off_is_an_error(answer: Callable[[httpx.Request], httpx.Response]) -> None:
    with pytest.raises(UnavailableError):
        await collect(OpenAIChatModel(connect(answer), "m", 4096))


async def test_a_passed_deadline_asks_nobody() -> None:
    model = OpenAIChatModel(connect(streamed(delta("x", "stop"))), "m", 4096)
    with pytest.raises(DeadlineExceededError):
        _ = [event async for event in model.generate(REQUEST, passed())]
    await model.close()


@pytest.mark.parametrize("text", ["", "one", "数据库的隔离", "word " * 50])
def test_token_counts_are_upper_estimates(text: str) -> None:
    model = OpenAIChatModel(connect(embeddings), "m", 4096)
    assert model.count_tokens(text) >= max(len(text.split()), len(text) // 4)
