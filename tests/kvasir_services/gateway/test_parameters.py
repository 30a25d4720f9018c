"""Every parameter of the SDK has its place in the table."""

import re
from pathlib import Path
from typing import Any, get_args, get_type_hints

import pytest
from gateway_testbed import Platform, ScriptedEngine, question
from openai.types.chat import completion_create_params

from kvasir_services.gateway.chat_schemas import ChatCompletionBody
from kvasir_services.gateway.parameters import PARAMETERS, Treatment

SDK = set(get_type_hints(completion_create_params.CompletionCreateParamsBase)) | {"stream"}


def test_the_table_holds_what_the_sdk_can_send_and_nothing_else() -> None:
    assert get_args(completion_create_params.CompletionCreateParams)
    assert set(PARAMETERS) == SDK


def test_the_schema_declares_what_is_accepted() -> None:
    accepted = {name for name, parameter in PARAMETERS.items() if parameter.treatment is not Treatment.REFUSED}
    assert set(ChatCompletionBody.model_fields) == accepted


def test_the_documentation_names_the_treatment_of_each() -> None:
    page = (Path(__file__).parents[3] / "docs" / "http.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| ([a-z][a-z ,]+) \| (`.*) \|$", page.partition("## Tokens")[0], re.MULTILINE))
    written = {treatment.partition(",")[0]: set(re.findall("`([a-z_]+)`", names)) for treatment, names in rows.items()}
    assert written == {
        str(treatment): {name for name, one in PARAMETERS.items() if one.treatment is treatment}
        for treatment in Treatment
    }


ACCEPTED: list[tuple[str, Any]] = [
    ("frequency_penalty", 0.5),
    ("functions", []),
    ("function_call", "none"),
    ("logit_bias", {}),
    ("logprobs", False),
    ("max_completion_tokens", 10),
    ("max_tokens", 10),
    ("metadata", {"topic": "leave"}),
    ("modalities", ["text"]),
    ("n", 1),
    ("parallel_tool_calls", True),
    ("prediction", {"type": "content", "content": "x"}),
    ("presence_penalty", -1),
    ("prompt_cache_key", "x"),
    ("prompt_cache_options", {}),
    ("prompt_cache_retention", "24h"),
    ("reasoning_effort", "low"),
    ("response_format", {"type": "text"}),
    ("safety_identifier", "x"),
    ("seed", 1),
    ("service_tier", "auto"),
    ("stop", ["a", "b"]),
    ("store", False),
    ("temperature", 1),
    ("tool_choice", "auto"),
    ("tools", []),
    ("top_logprobs", 0),
    ("top_p", 1.0),
    ("user", "ada"),
    ("verbosity", "low"),
]

REFUSED: list[tuple[str, Any, str]] = [
    ("audio", {"format": "mp3", "voice": "x"}, "audio"),
    ("frequency_penalty", 3, "frequency_penalty"),
    ("function_call", {"name": "f"}, "function_call"),
    ("functions", [{"name": "f"}], "functions"),
    ("logit_bias", {"1": 2}, "logit_bias"),
    ("logprobs", True, "logprobs"),
    ("max_tokens", 0, "max_tokens"),
    ("metadata", {"conversation_id": "x"}, "metadata.conversation_id"),
    ("modalities", ["text", "audio"], "modalities"),
    ("moderation", {"model": "x"}, "moderation"),
    ("n", 2, "n"),
    ("n", True, "n"),
    ("response_format", {"type": "json_object"}, "response_format"),
    ("seed", "x", "seed"),
    ("stop", ["a", "b", "c", "d", "e"], "stop"),
    ("stop", [1], "stop[0]"),
    ("store", True, "store"),
    ("stream_options", {"include_usage": True}, "stream_options"),
    ("temperature", 2.1, "temperature"),
    ("tool_choice", "required", "tool_choice"),
    ("tools", [{"type": "function"}], "tools"),
    ("top_logprobs", 3, "top_logprobs"),
    ("top_p", -0.1, "top_p"),
    ("web_search_options", {}, "web_search_options"),
    ("temprature", 1, "temprature"),
    ("stream", "yes", "stream"),
    ("model", "", "model"),
    ("messages", [], "messages"),
    ("messages", "hello", "messages"),
    ("messages", [{"role": "user"}], "messages[0].content"),
    ("messages", [{"role": "user", "content": None}], "messages[0].content"),
    ("messages", [{"role": "tool", "content": "x"}], "messages[0].role"),
    ("messages", [{"role": "assistant", "content": "x"}], "messages[0].role"),
    ("messages", [{"role": "user", "content": [{"type": "image_url"}]}], "messages[0].content"),
    ("messages", [{"role": "user", "content": "x" * 32_001}], "messages[0].content"),
    ("messages", [{"role": "user", "content": ""}], "messages[0].content"),
    ("messages", [{"role": "user", "content": "x"}, {"role": "user", "content": " \n\t"}], "messages[1].content"),
    ("messages", [{"role": "user", "content": [{"type": "text", "text": " "}]}], "messages[0].content"),
    ("messages", [{"role": "assistant", "tool_calls": [{}]}, {"role": "user", "content": "x"}], "messages[0]"),
]


def test_the_cases_leave_no_parameter_out() -> None:
    assert {name for name, _ in ACCEPTED} | {name for name, *_ in REFUSED} >= SDK - {"stream"}


@pytest.fixture
async def ask(platform: Platform) -> Any:
    async with platform.client(engine=ScriptedEngine()) as client:

        async def post(**values: Any) -> Any:
            return await client.post("/v1/chat/completions", json=question("say:x") | values)

        yield post


async def test_accepted_parameters(ask: Any) -> None:
    for name, value in ACCEPTED:
        response = await ask(**{name: value})
        assert response.status_code == 200, response.text


async def test_null_stands_for_a_parameter_that_is_left_out(ask: Any) -> None:
    response = await ask(**dict.fromkeys(SDK - {"model", "messages"}))
    assert response.status_code == 200, response.text


async def test_refused_parameters_name_their_place(ask: Any) -> None:
    for name, value, place in REFUSED:
        response = await ask(**{name: value})
        error = response.json()["error"]
        assert (response.status_code, error["type"], error["param"]) == (400, "invalid_request_error", place), name


async def test_an_unknown_parameter_gets_the_nearest_name(ask: Any) -> None:
    response = await ask(temprature=1)
    assert "did you mean 'temperature'?" in response.json()["error"]["message"]
    response = await ask(**{"x" * 5000: 1})
    assert len(response.json()["error"]["param"]) == 64
