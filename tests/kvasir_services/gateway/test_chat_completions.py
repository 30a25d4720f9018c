"""Answers of the real engine over real documents."""

from typing import Any

import pytest
from gateway_testbed import QUESTION, Platform, events, question
from openai.types.chat import ChatCompletion, ChatCompletionChunk

ANSWER = "Every employee of acme has 30 days of paid leave per year."


async def test_a_plain_answer_has_the_shape_of_the_sdk_and_citations(platform: Platform) -> None:
    async with platform.client() as client:
        response = await client.post("/v1/chat/completions", json=question(QUESTION))
    assert response.status_code == 200
    completion = ChatCompletion.model_validate(response.json(), strict=True)
    assert completion.id.startswith("chatcmpl-")
    assert completion.model == "assistant"
    assert completion.system_fingerprint
    [choice] = completion.choices
    assert choice.finish_reason == "stop"
    assert choice.message.content is not None
    assert choice.message.content.startswith(ANSWER)
    [first, *_] = choice.message.annotations or ()
    cited = first.url_citation
    assert choice.message.content[cited.start_index : cited.end_index] == ANSWER
    assert (cited.title, cited.url) == ("Leave", "kvasir://handbook/pages/leave.md")


async def test_citations_tell_where_the_quote_stands(platform: Platform) -> None:
    async with platform.client() as client:
        response = await client.post("/v1/chat/completions", json=question(QUESTION))
    message = response.json()["choices"][0]["message"]
    [citation, *_] = message["kvasir"]["citations"]
    assert citation["verified"] is True
    assert citation["quote"] == ANSWER
    assert (citation["knowledge_base"], citation["source"], citation["filename"]) == ("handbook", "pages", "leave.md")
    assert message["content"][citation["answer_start"] : citation["answer_end"]] == ANSWER
    assert citation["document"] == message["annotations"][0]["url_citation"]["file_id"]
    assert message["kvasir"]["generation"] == ["handbook@1.1", "fixed@1.1"]
    assert message["kvasir"]["grounded"] is True
    assert set(message["kvasir"]["cost"]) == {"prompt_tokens", "completion_tokens"}


@pytest.mark.parametrize("include_usage", [False, True])
async def test_a_stream_carries_what_the_plain_answer_carries(platform: Platform, include_usage: bool) -> None:
    options: dict[str, Any] = {"stream_options": {"include_usage": True}} if include_usage else {}
    async with platform.client() as client:
        plain = (await client.post("/v1/chat/completions", json=question(QUESTION))).json()
        response = await client.post("/v1/chat/completions", json=question(QUESTION, stream=True, **options))
    assert response.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert response.headers["cache-control"] == "no-cache"
    assert response.headers["x-accel-buffering"] == "no"
    *chunks, done = events(response.text)
    assert done == "[DONE]"
    for chunk in chunks:
        ChatCompletionChunk.model_validate(chunk, strict=True)
    assert len({(chunk["id"], chunk["created"], chunk["model"], chunk["system_fingerprint"]) for chunk in chunks}) == 1
    if include_usage:
        usage = chunks.pop()
        assert usage["choices"] == []
        assert usage["usage"] == plain["usage"]
        assert all(chunk["usage"] is None for chunk in chunks)
    else:
        assert not any("usage" in chunk for chunk in chunks)
    choices = [chunk["choices"][0] for chunk in chunks]
    assert choices[0]["delta"]["role"] == "assistant"
    assert [choice["finish_reason"] for choice in choices] == [None] * (len(choices) - 1) + ["stop"]
    message = plain["choices"][0]["message"]
    assert "".join(choice["delta"].get("content", "") for choice in choices) == message["content"]
    assert choices[-1]["delta"] == {"annotations": message["annotations"], "kvasir": message["kvasir"]}
    assert not any("kvasir" in choice["delta"] or "annotations" in choice["delta"] for choice in choices[:-1])


@pytest.mark.parametrize("limit", ["max_tokens", "max_completion_tokens"])
async def test_an_extractive_answer_is_whole_and_costs_no_tokens(platform: Platform, limit: str) -> None:
    """As docs/http.md says."""
    async with platform.client() as client:
        free = (await client.post("/v1/chat/completions", json=question(QUESTION))).json()
        bounded = question(QUESTION) | {limit: 1, "stop": ["days"], "temperature": 2, "seed": 7}
        answer = (await client.post("/v1/chat/completions", json=bounded)).json()
    [choice] = answer["choices"]
    assert choice["message"]["content"] == free["choices"][0]["message"]["content"]
    assert "days" in choice["message"]["content"]
    assert choice["finish_reason"] == "stop"
    assert answer["usage"] == {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}
    assert choice["message"]["kvasir"]["cost"] == {"prompt_tokens": 0, "completion_tokens": 0}


async def test_every_completion_has_its_own_id(platform: Platform) -> None:
    async with platform.client() as client:
        ids = [(await client.post("/v1/chat/completions", json=question(QUESTION))).json()["id"] for _ in range(3)]
    assert len(set(ids)) == 3


async def test_text_parts_and_the_answer_of_an_earlier_turn_are_accepted(platform: Platform) -> None:
    async with platform.client() as client:
        first = (await client.post("/v1/chat/completions", json=question(QUESTION))).json()["choices"][0]["message"]
        parts = [{"type": "text", "text": "And when do"}, {"type": "text", "text": "unused days of leave expire?"}]
        messages = [
            {"role": "developer", "content": "Be brief."},
            {"role": "user", "content": QUESTION},
            first,
            {"role": "assistant", "content": None},
            {"role": "user", "content": parts, "name": "ada"},
        ]
        response = await client.post("/v1/chat/completions", json={"model": "assistant", "messages": messages})
    assert response.status_code == 200, response.text
    assert "Unused days expire in March." in response.json()["choices"][0]["message"]["content"]


async def test_only_members_are_answered_from_documents_with_access(platform: Platform) -> None:
    asked = question("What merger does the board plan with Initech?")
    contents: dict[str, str] = {}
    for key in ("acme", "board"):
        async with platform.client(key=key) as client:
            response = await client.post("/v1/chat/completions", json=asked)
            contents[key] = response.text
    assert "October" in contents["board"]
    assert "October" not in contents["acme"]
    assert "secret.md" not in contents["acme"]


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(
    ("model", "status", "code", "words"),
    [
        ("nothing", 404, "not_found", "no model 'nothing'"),
        ("unready", 503, "unavailable", "There is no KnowledgeBase 'missing'"),
        ("novice", 503, "unavailable", "nothing indexed yet"),
    ],
)
async def test_what_cannot_answer_says_so_before_any_header(
    platform: Platform, model: str, status: int, code: str, words: str, stream: bool
) -> None:
    async with platform.client() as client:
        response = await client.post("/v1/chat/completions", json=question(QUESTION, stream=stream) | {"model": model})
    error = response.json()["error"]
    assert (response.status_code, error["code"]) == (status, code)
    assert words in error["message"]
    assert ("retry-after" in response.headers) == (status == 503)
    assert response.headers["x-should-retry"] == ("true" if status == 503 else "false")
