"""The OpenAI SDK for Python against running gateways, with its strict validation."""

from collections.abc import Iterator
from typing import Any

import openai
import pytest
from gateway_processes import Served
from gateway_testbed import QUESTION
from openai import OpenAI
from openai.types.chat import ChatCompletionUserMessageParam

ANSWER = "Every employee of acme has 30 days of paid leave per year."


def asked(content: str) -> list[ChatCompletionUserMessageParam]:
    return [{"role": "user", "content": content}]


def client_of(url: str, key: str, **others: Any) -> OpenAI:
    return OpenAI(base_url=url, api_key=key, max_retries=0, _strict_response_validation=True, **others)


@pytest.fixture
def client(served: Served) -> Iterator[OpenAI]:
    with client_of(served.url, served.key) as client:
        yield client


@pytest.fixture
def scripted(served: Served) -> Iterator[OpenAI]:
    with client_of(served.scripted, served.key) as client:
        yield client


def test_plain(client: OpenAI) -> None:
    completion = client.chat.completions.create(model="assistant", messages=asked(QUESTION))
    message = completion.choices[0].message
    assert (message.content or "").startswith(ANSWER)
    assert message.annotations
    assert message.annotations[0].url_citation.title == "Leave"
    assert message.model_extra
    assert message.model_extra["kvasir"]["citations"][0]["quote"] == ANSWER
    assert completion._request_id
    assert completion._request_id.startswith("req_")


def test_streamed(client: OpenAI) -> None:
    with client.chat.completions.create(
        model="assistant", messages=asked(QUESTION), stream=True, stream_options={"include_usage": True}
    ) as stream:
        chunks = list(stream)
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    assert text.startswith(ANSWER)
    assert chunks[-1].usage is not None
    last = chunks[-2].choices[0]
    assert last.finish_reason == "stop"
    assert last.delta.model_extra
    assert last.delta.model_extra["kvasir"]["grounded"] is True


def test_the_streaming_helper(client: OpenAI) -> None:
    with client.chat.completions.stream(model="assistant", messages=asked(QUESTION)) as stream:
        deltas = [event.delta for event in stream if event.type == "content.delta"]
        final = stream.get_final_completion()
    message = final.choices[0].message
    assert "".join(deltas) == message.content
    assert message.annotations
    assert message.annotations[0].url_citation.url == "kvasir://handbook/pages/leave.md"


def test_models_stores_files_and_search(client: OpenAI) -> None:
    assert [model.id for model in client.models.list()] == ["assistant", "novice"]
    assert client.models.retrieve("assistant").owned_by == "acme"
    assert [store.id for store in client.vector_stores.list(limit=1)] == ["empty", "fixed", "handbook"]
    assert client.vector_stores.retrieve("fixed").file_counts.completed == 1
    hits = client.vector_stores.search(
        "handbook", query="paid leave", filters={"type": "ne", "key": "x", "value": 1}, max_num_results=1
    )
    assert [hit.filename for hit in hits] == ["leave.md"]
    file = client.files.create(file=("park.md", b"# Park\n\nParking is free."), purpose="assistants")
    assert client.files.content(file.id).read() == b"# Park\n\nParking is free."
    attached = client.vector_stores.files.create("handbook", file_id=file.id, attributes={"a": 1})
    assert (attached.status, attached.attributes) == ("in_progress", {"a": 1})
    assert client.vector_stores.files.retrieve(file.id, vector_store_id="handbook").status == "in_progress"
    assert file.id in [one.id for one in client.vector_stores.files.list("handbook", limit=1)]
    assert client.vector_stores.files.delete(file.id, vector_store_id="handbook").deleted
    assert client.files.delete(file.id).deleted


def test_errors_have_their_classes(served: Served, client: OpenAI) -> None:
    with pytest.raises(openai.NotFoundError) as unknown:
        client.chat.completions.create(model="nothing", messages=asked(QUESTION))
    assert unknown.value.code == "not_found"
    assert unknown.value.request_id
    with pytest.raises(openai.BadRequestError) as invalid:
        client.chat.completions.create(model="assistant", messages=asked(QUESTION), n=2)
    assert (invalid.value.param, invalid.value.type) == ("n", "invalid_request_error")
    with client_of(served.url, "kv_no") as stranger, pytest.raises(openai.AuthenticationError):
        stranger.models.list()
    with pytest.raises(openai.InternalServerError) as waiting:
        client.models.retrieve("unready")
    assert waiting.value.status_code == 503


def test_a_stream_that_breaks_raises(scripted: OpenAI) -> None:
    seen: list[str] = []
    with (
        scripted.chat.completions.create(
            model="assistant", messages=asked("say:half sleep:0.1 break"), stream=True
        ) as stream,
        pytest.raises(openai.APIError, match=r"The model went away\."),
    ):
        seen += [chunk.choices[0].delta.content or "" for chunk in stream]
    with scripted.chat.completions.create(
        model="assistant", messages=asked("sleep:0.7 say:late"), stream=True
    ) as stream:
        assert "".join(chunk.choices[0].delta.content or "" for chunk in stream) == "late"


def test_timeouts_and_retries(scripted: OpenAI) -> None:
    with pytest.raises(openai.APITimeoutError):
        scripted.chat.completions.create(model="assistant", messages=asked("stall"), timeout=0.3)
    with pytest.raises(openai.InternalServerError) as late:
        scripted.with_options(default_headers={"x-kvasir-timeout": "0.2"}).chat.completions.create(
            model="assistant", messages=asked("stall")
        )
    assert late.value.status_code == 504
    # The comments keep a stream alive that is silent for longer than the client's patience between two reads.
    with scripted.chat.completions.create(
        model="assistant", messages=asked("sleep:1.5 say:late"), stream=True, timeout=1
    ) as stream:
        assert "".join(chunk.choices[0].delta.content or "" for chunk in stream) == "late"
