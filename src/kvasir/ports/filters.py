"""Attribute filters in the grammar of OpenAI's vector stores.

Source: https://platform.openai.com/docs/api-reference/vector-stores/search (ComparisonFilter, CompoundFilter).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

AttributeValue = str | float | bool
Attributes = Mapping[str, AttributeValue]
MAX_ATTRIBUTES: Final = 16
"""Pairs per document; keys are at most 64 code points, string values at most 512 (the limits of the OpenAI API)."""

Comparator = Literal["eq", "ne", "gt", "gte", "lt", "lte", "in", "nin"]


@dataclass(frozen=True, slots=True)
class Comparison:
    """One attribute against a value. `in` and `nin` take a tuple of values."""

    type: Comparator
    key: str
    value: AttributeValue | tuple[AttributeValue, ...]


@dataclass(frozen=True, slots=True)
class Compound:
    """All (`and`) or any (`or`) of the parts. An empty `and` is true, an empty `or` false."""

    type: Literal["and", "or"]
    filters: tuple["Filter", ...]


Filter = Comparison | Compound


def matches(condition: Filter, attributes: Attributes) -> bool:
    """Whether a document's attributes satisfy the filter.

    A missing attribute satisfies only `ne` and `nin`. Values of different types are never equal and never ordered;
    booleans are not numbers.
    """
    if isinstance(condition, Compound):
        combine = all if condition.type == "and" else any
        return combine(matches(part, attributes) for part in condition.filters)
    actual = attributes.get(condition.key)
    wanted = condition.value
    match condition.type:
        case "in" | "nin":
            found = isinstance(wanted, tuple) and any(_equal(actual, value) for value in wanted)
            return found if condition.type == "in" else not found
        case "eq":
            return _equal(actual, wanted)
        case "ne":
            return not _equal(actual, wanted)
        case "gt" | "gte" | "lt" | "lte":
            return _ordered(_ORDER[condition.type], actual, wanted)


_ORDER: Final[Mapping[str, Callable[[int], bool]]] = {
    "gt": lambda sign: sign > 0,
    "gte": lambda sign: sign >= 0,
    "lt": lambda sign: sign < 0,
    "lte": lambda sign: sign <= 0,
}


def _equal(left: object, right: object) -> bool:
    return isinstance(left, bool) == isinstance(right, bool) and left is not None and left == right


def _ordered(accept: Callable[[int], bool], left: object, right: object) -> bool:
    if isinstance(left, bool) or isinstance(right, bool):
        return False
    if isinstance(left, str) and isinstance(right, str):
        return accept((left > right) - (left < right))
    if isinstance(left, int | float) and isinstance(right, int | float):
        return accept((left > right) - (left < right))
    return False
