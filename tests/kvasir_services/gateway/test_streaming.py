"""Silence, failures, deadlines and disconnects, with an engine that does what it is told."""

import asyncio
import time
from collections.abc import MutableMapping
from itertools import pairwise
from typing import Any

import orjson
import pytest
from gateway_testbed import Platform, ScriptedEngine, events, question

from kvasir_services.gateway.application import create_application
from kvasir_services.gateway.authentication import bearer_authenticator
from kvasir_services.gateway.runtime import Timing

QUICK = Timing(first_ping=0.05, ping=0.1, coalesce=0.03)

Message = MutableMapping[str, Any]


class Wire:
    """An ASGI server of one request that notes when each message came."""

    def __init__(self, platform: Platform, engine: ScriptedEngine, timing: Timing = QUICK) -> None:
        authenticate = bearer_authenticator(platform.stores.api_keys)
        self._application = create_application(
            platform.runtime(engine=engine, timing=timing), authenticate=authenticate
        )
        self._platform = platform
        self._gone = asyncio.Event()
        self.sent: list[tuple[float, Message]] = []
        self.wrote = asyncio.Event()

    async def post(self, body: object, **headers: str) -> None:
        waiting = [orjson.dumps(body)]

        async def receive() -> Message:
            if waiting:
                return {"type": "http.request", "body": waiting.pop(), "more_body": False}
            await self._gone.wait()
            return {"type": "http.disconnect"}

        async def send(message: Message) -> None:
            self.sent.append((time.monotonic(), message))
            self.wrote.set()

        named = {**self._platform.headers(), **{name.replace("_", "-"): value for name, value in headers.items()}}
        scope = {
            "type": "http",
            "method": "POST",
            "path": "/v1/chat/completions",
            "query_string": b"",
            "headers": [(name.encode(), value.encode()) for name, value in named.items()],
        }
        await self._application(scope, receive, send)

    def leave(self) -> None:
        self._gone.set()

    @property
    def bodies(self) -> list[bytes]:
        return [message["body"] for _, message in self.sent if message["type"] == "http.response.body"]

    @property
    def text(self) -> str:
        return b"".join(self.bodies).decode()


async def test_comments_fill_the_silence_while_the_engine_is_still_retrieving(platform: Platform) -> None:
    wire = Wire(platform, ScriptedEngine(), Timing(first_ping=0.2, ping=0.4))
    began = time.monotonic()
    await wire.post(question("sleep:1.5 say:late", stream=True))
    moments = [moment - began for moment, message in wire.sent if message.get("body") == b": ping\n\n"]
    assert 2 <= len(moments) <= 4  # at 0.2, 0.6, 1.0 and 1.4 s, unless the machine is slow
    assert 0.2 <= moments[0] < 1.2
    assert all(later - sooner >= 0.39 for sooner, later in pairwise(moments))
    assert wire.sent[0][1]["status"] == 200
    assert events(wire.text)[-1] == "[DONE]"


async def test_comments_fill_the_silence_between_two_words(platform: Platform) -> None:
    wire = Wire(platform, ScriptedEngine())
    await wire.post(question("say:one sleep:0.5 say:two", stream=True))
    kinds = ["ping" if body.startswith(b":") else "data" for body in wire.bodies]
    assert kinds[:2] + kinds[-1:] == ["data", "ping", "data"]
    assert set(kinds[1:-1]) == {"ping"}


async def test_the_first_word_leaves_at_once_and_the_next_ones_together(platform: Platform) -> None:
    wire = Wire(platform, ScriptedEngine(), Timing(coalesce=0.2))
    words = " ".join(f"say:{number} sleep:0.001" for number in range(40))
    await wire.post(question(words, stream=True))
    assert len(wire.bodies) <= 10
    said = [one["choices"][0]["delta"].get("content", "") for one in events(wire.text)[:-1]]
    assert said[:2] == ["", "0"]
    assert "".join(said) == "".join(str(number) for number in range(40))


async def test_a_finished_answer_does_not_wait_for_more_text(platform: Platform) -> None:
    wire = Wire(platform, ScriptedEngine(), Timing(coalesce=20))
    await asyncio.wait_for(wire.post(question("say:one sleep:0.02 say:two", stream=True)), 5)
    assert events(wire.text)[-1] == "[DONE]"


@pytest.mark.parametrize(
    ("words", "status", "code"),
    [("break", 503, "unavailable"), ("crash", 500, "internal"), ("fail", 500, "internal")],
)
@pytest.mark.parametrize("stream", [False, True])
async def test_a_failure_before_the_first_word_has_its_own_status(
    platform: Platform, words: str, status: int, code: str, stream: bool
) -> None:
    engine = ScriptedEngine()
    async with platform.client(engine=engine) as client:
        response = await client.post("/v1/chat/completions", json=question(words, stream=stream))
    assert (response.status_code, response.json()["error"]["code"]) == (status, code)
    assert "secret" not in response.text
    assert engine.closed == 1


@pytest.mark.parametrize(
    ("words", "code"),
    [("break", "unavailable"), ("crash", "internal"), ("fail", "internal")],
)
async def test_a_failure_after_the_first_word_is_one_event_and_no_done(
    platform: Platform, words: str, code: str
) -> None:
    async with platform.client(engine=ScriptedEngine()) as client:
        response = await client.post("/v1/chat/completions", json=question(f"say:half sleep:0.02 {words}", stream=True))
    assert response.status_code == 200
    *chunks, failure = events(response.text)
    assert set(failure) == {"error"}
    assert failure["error"]["code"] == code
    assert failure["error"]["request_id"] == response.headers["x-request-id"]
    assert "".join(chunk["choices"][0]["delta"].get("content", "") for chunk in chunks) == "half"
    assert "secret" not in response.text
    assert "[DONE]" not in response.text


async def test_a_failure_after_the_headers_alone_is_an_event_too(platform: Platform) -> None:
    wire = Wire(platform, ScriptedEngine())
    await wire.post(question("sleep:0.1 break", stream=True))
    assert [set(event) for event in events(wire.text)] == [{"error"}]


async def test_a_plain_answer_that_breaks_in_the_middle_is_no_answer(platform: Platform) -> None:
    async with platform.client(engine=ScriptedEngine()) as client:
        response = await client.post("/v1/chat/completions", json=question("say:half break"))
    assert response.status_code == 503
    assert response.headers["retry-after"] == "2"
    assert "half" not in response.text


@pytest.mark.parametrize("stream", [False, True])
async def test_a_client_that_leaves_stops_the_engine(platform: Platform, stream: bool) -> None:
    engine = ScriptedEngine()
    wire = Wire(platform, engine)
    serving = asyncio.create_task(wire.post(question("say:half stall", stream=stream)))
    if stream:
        await asyncio.wait_for(wire.wrote.wait(), 5)
    await asyncio.wait_for(engine.asked.wait(), 5)
    wire.leave()
    await asyncio.wait_for(serving, 5)
    assert engine.closed == 1
    assert stream or wire.sent == []


async def test_a_deadline_ends_what_the_engine_does_not(platform: Platform) -> None:
    plain, streamed = ScriptedEngine(), Wire(platform, ScriptedEngine())
    async with platform.client(engine=plain) as client:
        client.headers["x-kvasir-timeout"] = "0.1"
        response = await client.post("/v1/chat/completions", json=question("stall"))
    assert (response.status_code, response.json()["error"]["code"]) == (504, "deadline_exceeded")
    assert plain.closed == 1
    await streamed.post(question("say:half stall", stream=True), x_kvasir_timeout="0.2")
    assert events(streamed.text)[-1]["error"]["code"] == "deadline_exceeded"


@pytest.mark.parametrize("given", ["0", "-1", "soon", "nan", ""])
async def test_a_timeout_is_a_positive_number(platform: Platform, given: str) -> None:
    async with platform.client() as client:
        response = await client.get("/v1/models", headers={"x-kvasir-timeout": given})
    assert (response.status_code, response.json()["error"]["param"]) == (400, "x-kvasir-timeout")


async def test_the_engine_gets_what_was_asked(platform: Platform) -> None:
    engine = ScriptedEngine()
    given = {"temperature": 0.5, "top_p": 0.9, "seed": 7, "stop": "###", "max_tokens": 5, "max_completion_tokens": 9}
    async with platform.client(engine=engine) as client:
        response = await client.post(
            "/v1/chat/completions", json=question("say:x", **given), headers={"x-request-id": "mine-1"}
        )
    assert response.json()["usage"] == {"prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7}
    [request] = engine.requests
    assert (request.temperature, request.top_p, request.seed, request.stop) == (0.5, 0.9, 7, ("###",))
    assert request.max_tokens == 9
    assert request.id == "mine-1"
    assert request.principal.tenant == "acme"
    assert request.deadline.remaining() <= 120


async def test_sixty_streams_at_once_do_not_mix(platform: Platform) -> None:
    async with platform.client(engine=ScriptedEngine()) as client:
        asked = [f"say:{number} sleep:0.02 say:-{number}" for number in range(60)]
        responses = await asyncio.gather(
            *(client.post("/v1/chat/completions", json=question(words, stream=True)) for words in asked)
        )
    for number, response in enumerate(responses):
        said = "".join(
            one["choices"][0]["delta"].get("content", "") for one in events(response.text) if one != "[DONE]"
        )
        assert said == f"{number}-{number}"
