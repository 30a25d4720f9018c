"""Attributes and filters over them, as the OpenAI API writes them."""

import math
from collections.abc import Sequence
from typing import Annotated, Any, Final, Literal, cast

from pydantic import BaseModel, BeforeValidator, ConfigDict, Discriminator, Field, Tag, WithJsonSchema
from pydantic_core import PydanticCustomError

from kvasir.errors import InvalidInputError
from kvasir.ports.filters import MAX_ATTRIBUTES, AttributeValue, Comparison, Compound, Filter

_LONGEST_KEY: Final = 64
_LONGEST_VALUE: Final = 512
_MOST_VALUES: Final = 256
_MOST_PARTS: Final = 256
_DEEPEST: Final = 16

_SCALAR_SCHEMA: Final = {"anyOf": [{"type": "string"}, {"type": "number"}, {"type": "boolean"}]}


def _scalar(value: object) -> object:
    if isinstance(value, str) and len(value) > _LONGEST_VALUE:
        raise PydanticCustomError("too_long", "A value has at most {most} characters.", {"most": _LONGEST_VALUE})
    if not isinstance(value, str | int | float) or (isinstance(value, float) and not math.isfinite(value)):
        raise PydanticCustomError("scalar", "A value is a string, a finite number or a boolean.")
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _values(value: object) -> object:
    if not isinstance(value, list):
        return _scalar(value)
    values = cast("list[Any]", value)
    if len(values) > _MOST_VALUES:
        raise PydanticCustomError("too_long", "At most {most} values are allowed.", {"most": _MOST_VALUES})
    return tuple(_scalar(one) for one in values)


AttributeKey = Annotated[str, Field(min_length=1, max_length=_LONGEST_KEY)]
Scalar = Annotated[Any, BeforeValidator(_scalar), WithJsonSchema(_SCALAR_SCHEMA)]
AttributeMap = Annotated[dict[AttributeKey, Scalar], Field(max_length=MAX_ATTRIBUTES)]


class ComparisonFilter(BaseModel):
    """One attribute against a value; `in` and `nin` against several."""

    model_config = ConfigDict(extra="forbid")

    type: Literal["eq", "ne", "gt", "gte", "lt", "lte", "in", "nin"]
    key: AttributeKey
    value: Annotated[
        Any,
        BeforeValidator(_values),
        WithJsonSchema({"anyOf": [*_SCALAR_SCHEMA["anyOf"], {"type": "array", "items": _SCALAR_SCHEMA}]}),
    ]


class CompoundFilter(BaseModel):
    """All or any of several filters."""

    model_config = ConfigDict(extra="forbid")

    type: Literal["and", "or"]
    filters: list["FilterBody"] = Field(max_length=_MOST_PARTS)


def _kind(value: object) -> str:
    kind = cast("dict[str, Any]", value).get("type") if isinstance(value, dict) else getattr(value, "type", None)
    return "<compound>" if kind in ("and", "or") else "<comparison>"


FilterBody = Annotated[
    Annotated[ComparisonFilter, Tag("<comparison>")] | Annotated[CompoundFilter, Tag("<compound>")],
    Discriminator(_kind),
]
CompoundFilter.model_rebuild()


def filter_of(body: ComparisonFilter | CompoundFilter | None) -> Filter | None:
    """The port's filter. InvalidInputError for one that is too large, or a list where one value belongs."""
    return None if body is None else _converted(body, "filters", 1, [0])


def _converted(body: ComparisonFilter | CompoundFilter, place: str, depth: int, parts: list[int]) -> Filter:
    parts[0] += 1
    if depth > _DEEPEST or parts[0] > _MOST_PARTS:
        raise InvalidInputError(
            f"A filter has at most {_MOST_PARTS} parts and {_DEEPEST} levels.", field=place, fix="simplify it"
        )
    if isinstance(body, CompoundFilter):
        inner = tuple(
            _converted(part, f"{place}.filters[{number}]", depth + 1, parts) for number, part in enumerate(body.filters)
        )
        return Compound(body.type, inner)
    several = isinstance(body.value, tuple)
    if several != (body.type in ("in", "nin")):
        wanted = "a list of values" if body.type in ("in", "nin") else "one value"
        raise InvalidInputError(f"{body.type!r} compares with {wanted}.", field=f"{place}.value")
    return Comparison(body.type, body.key, cast("AttributeValue | Sequence[AttributeValue]", body.value))  # pyright: ignore[reportArgumentType]
