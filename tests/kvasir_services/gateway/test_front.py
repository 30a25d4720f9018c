"""The front and FastAPI answer alike, operation by operation."""

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import httpx
import pytest
from gateway_testbed import QUESTION, Platform, question

from kvasir_services.gateway.application import OPERATIONS, Front
from kvasir_services.gateway.authentication import bearer_authenticator
from kvasir_services.gateway.declarations import declare
from kvasir_services.gateway.middleware import Errors, RequestIds

HOT = {f"{operation.method} {operation.path}" for operation in OPERATIONS if operation.hot}

CHAT = "POST /v1/chat/completions"
SEARCH = "POST /v1/vector_stores/{vector_store_id}/search"
CASES: dict[str, list[tuple[str, Any]]] = {
    "GET /healthz": [("/healthz", None)],
    "GET /readyz": [("/readyz", None)],
    "GET /v1/models": [("/v1/models", None)],
    CHAT: [
        ("/v1/chat/completions", body)
        for body in (
            question(QUESTION),
            question(QUESTION, stream=True),
            question(QUESTION, stream=True, stream_options={"include_usage": True}),
            question(QUESTION) | {"model": "nothing"},
            question(QUESTION) | {"model": "unready"},
            question(QUESTION) | {"model": "novice"},
            question(QUESTION) | {"model": 3},
            question(QUESTION, tools=[{}]),
            question(QUESTION, temprature=1),
            {"model": "assistant"},
            {"messages": [{"role": "user", "content": [{"type": "text"}]}]},
            {},
            [],
            "text",
            None,
            b"",
            b"{",
            b'{"model": NaN}',
            b'{"model": "\xff"}',
            b'{"model": "\\ud800"}',
            b"[" * 100_000,
        )
    ],
    SEARCH: [
        ("/v1/vector_stores/handbook/search", body)
        for body in (
            {"query": "leave"},
            {"query": ["leave", "trains"], "max_num_results": 1},
            {"query": "leave", "filters": {"type": "eq", "key": "a", "value": "b"}},
            {"query": "leave", "filters": {"type": "or", "filters": [{"type": "in", "key": "a", "value": 1}]}},
            {"query": "leave", "filters": {"type": "and", "filters": [{"type": "eq", "key": 1}]}},
            {"query": "leave", "filters": "none"},
            {"query": "leave", "max_num_results": 51},
            {"query": "leave", "ranking_options": {"score_threshold": 0.5}},
            {"query": "leave", "ranking_options": {"score_threshold": "high"}},
            {"query": ""},
            {"query": 3},
            {"queries": "leave"},
            {},
            b"",
            b"nonsense",
        )
    ]
    + [("/v1/vector_stores/nothing/search", {"query": "leave"})],
}

VARYING = re.compile(r'"(chatcmpl-[0-9a-f]+)"|"created":\d+')


@pytest.fixture
async def both(platform: Platform) -> AsyncIterator[tuple[httpx.AsyncClient, httpx.AsyncClient]]:
    declared, authenticate = declare(OPERATIONS), bearer_authenticator(platform.stores.api_keys)
    cold = tuple(replace(operation, hot=False) for operation in OPERATIONS)
    applications = [
        RequestIds(Errors(Front(platform.runtime(), authenticate, operations, declared)))
        for operations in (OPERATIONS, cold)
    ]
    first, second = [
        httpx.AsyncClient(transport=httpx.ASGITransport(application), base_url="http://kvasir")
        for application in applications
    ]
    async with first, second:
        yield first, second


def test_every_hot_operation_has_cases() -> None:
    assert set(CASES) == HOT
    assert {CHAT, SEARCH, "GET /v1/models", "GET /healthz", "GET /readyz"} == HOT


@pytest.mark.parametrize("operation", sorted(CASES))
async def test_both_answer_alike(
    platform: Platform, both: tuple[httpx.AsyncClient, httpx.AsyncClient], operation: str
) -> None:
    method = operation.split(maxsplit=1)[0]
    for path, body in CASES[operation]:
        for headers in (platform.headers(), {"authorization": "Bearer kv_nothing"}, {}):
            given: dict[str, Any] = {"content": body} if isinstance(body, bytes | None) else {"json": body}
            answers = [
                await client.request(method, path, headers={**headers, "x-request-id": "same"}, **given)
                for client in both
            ]
            seen = [
                (answer.status_code, VARYING.sub("", answer.text), dict(answer.headers, date="")) for answer in answers
            ]
            for one in seen:
                one[2].pop("content-length", None)
            assert seen[0] == seen[1], (path, body)


async def test_json_is_json_whatever_curl_calls_it(
    both: tuple[httpx.AsyncClient, httpx.AsyncClient], platform: Platform
) -> None:
    for client in both:
        for kind in ("application/x-www-form-urlencoded", "text/plain", ""):
            response = await client.post(
                "/v1/vector_stores/handbook/search",
                content=b'{"query": "leave"}',
                headers={**platform.headers(), "content-type": kind},
            )
            assert response.status_code == 200, response.text
