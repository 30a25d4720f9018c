"""What becomes of each parameter that the OpenAI SDKs can send to chat completions."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum
from typing import Any, Final, cast

from kvasir.errors import InvalidInputError


class Treatment(StrEnum):
    """HONOURED acts here; TO_MODEL goes to the deployment's model, and extractive answers have no use for it."""

    HONOURED = "honoured"
    TO_MODEL = "handed to the model"
    NO_EFFECT = "accepted without effect"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Parameter:
    """`neutral` tells values of a refused parameter that ask for nothing; `fix` says what to do instead."""

    treatment: Treatment
    neutral: Callable[[Any], bool] = lambda _: False
    fix: str = "leave it out"


def _empty(value: Any) -> bool:
    return value in ({}, [], "")


def _is(*values: Any) -> Callable[[Any], bool]:
    return lambda value: any(type(value) is type(one) and value == one for one in values)


_HONOURED: Final = Parameter(Treatment.HONOURED)
_TO_MODEL: Final = Parameter(Treatment.TO_MODEL)
_NO_EFFECT: Final = Parameter(Treatment.NO_EFFECT)
_NO_TOOLS: Final = "tools are not supported: the documents of the deployment are the only source"


def _refused(neutral: Callable[[Any], bool] = _empty, fix: str = "leave it out") -> Parameter:
    return Parameter(Treatment.REFUSED, neutral, fix)


PARAMETERS: Final[Mapping[str, Parameter]] = {
    "messages": _HONOURED,
    "model": _HONOURED,
    "stream": _HONOURED,
    "stream_options": _HONOURED,
    "max_completion_tokens": _TO_MODEL,
    "max_tokens": _TO_MODEL,
    "seed": _TO_MODEL,
    "stop": _TO_MODEL,
    "temperature": _TO_MODEL,
    "top_p": _TO_MODEL,
    "frequency_penalty": _NO_EFFECT,
    "metadata": _NO_EFFECT,
    "parallel_tool_calls": _NO_EFFECT,
    "prediction": _NO_EFFECT,
    "presence_penalty": _NO_EFFECT,
    "prompt_cache_key": _NO_EFFECT,
    "prompt_cache_options": _NO_EFFECT,
    "prompt_cache_retention": _NO_EFFECT,
    "reasoning_effort": _NO_EFFECT,
    "safety_identifier": _NO_EFFECT,
    "service_tier": _NO_EFFECT,
    "user": _NO_EFFECT,
    "verbosity": _NO_EFFECT,
    "audio": _refused(fix="answers are text"),
    "function_call": _refused(_is("none", "auto"), _NO_TOOLS),
    "functions": _refused(fix=_NO_TOOLS),
    "logit_bias": _refused(),
    "logprobs": _refused(_is(False)),
    "modalities": _refused(_is(["text"]), 'answers are text: ["text"]'),
    "moderation": _refused(),
    "n": _refused(_is(1), "ask once per answer"),
    "response_format": _refused(_is({"type": "text"}), 'answers are text: {"type": "text"}'),
    "store": _refused(_is(False), "conversations are not stored yet; send the whole conversation each time"),
    "tool_choice": _refused(_is("none", "auto"), _NO_TOOLS),
    "tools": _refused(fix=_NO_TOOLS),
    "top_logprobs": _refused(_is(0)),
    "web_search_options": _refused(lambda _: False, "only the deployment's documents are searched"),
}

CONVERSATION: Final = "conversation_id"


def admitted(values: object) -> object:
    """The parameters that have a meaning here. InvalidInputError for one that is refused or unknown.

    A null stands for a parameter that is left out, as it does in the OpenAI API.
    """
    if not isinstance(values, dict):
        return values
    kept: dict[str, Any] = {}
    for name, value in cast("dict[str, Any]", values).items():
        parameter = PARAMETERS.get(name)
        if parameter is None:
            raise _unknown(name)
        if value is None:
            continue
        if parameter.treatment is not Treatment.REFUSED:
            kept[name] = value
        elif not parameter.neutral(value):
            raise InvalidInputError("This is not supported.", field=name, fix=parameter.fix)
    return kept


def _unknown(name: str) -> InvalidInputError:
    shown = name[:64]
    near = get_close_matches(shown.lower(), PARAMETERS, n=1)
    fix = f"did you mean {near[0]!r}?" if near else "leave it out"
    return InvalidInputError("There is no such parameter.", field=shown, fix=fix)
