"""A model's JSON schema in the form that the API server wants: structural, without references.

https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#specifying-a-structural-schema
"""

import json
from collections.abc import Mapping
from functools import cache
from typing import Any, Final, cast

from pydantic import BaseModel

from kvasir.errors import InvalidInputError

Schema = dict[str, Any]
_DROPPED: Final = frozenset({"title", "examples", "propertyNames"})


@cache
def structural_schema(model: type[BaseModel]) -> Schema:
    """Return the schema of a model as one tree. Callers share it and must not change it.

    Raises:
        InvalidInputError: a model contains itself.
    """
    raw = model.model_json_schema(by_alias=True)
    return _inline(raw, raw.pop("$defs", {}), ())


def schema_at(schema: Schema, path: tuple[str | int, ...]) -> Schema:
    """Return the schema of the value at a path; empty where there is none."""
    for step in path:
        if isinstance(step, int):
            schema = schema.get("items", {})
        else:
            more: Any = schema.get("additionalProperties")
            others = cast("Schema", more) if isinstance(more, dict) else {}
            schema = schema.get("properties", {}).get(step, others)
    return schema


def _inline(node: Schema, models: Mapping[str, Schema], outer: tuple[str, ...]) -> Schema:
    if (reference := node.get("$ref")) is not None:
        name = reference.rpartition("/")[2]
        if name in outer:
            raise InvalidInputError(
                f"{name} contains itself, which a structural schema cannot express.", fix="Flatten it."
            )
        return _inline({**models[name], **_without(node, "$ref")}, models, (*outer, name))
    if (choices := node.get("anyOf")) and {"type": "null"} in choices:
        others = [choice for choice in choices if choice != {"type": "null"}]
        rest = _without(node, "anyOf")
        merged = {**others[0], **rest} if len(others) == 1 else {"anyOf": others, **rest}
        return _inline(merged, models, outer)
    result = {key: _value(key, value, models, outer) for key, value in node.items() if key not in _DROPPED}
    _tidy(result, node)
    return result


def _value(key: str, value: Any, models: Mapping[str, Schema], outer: tuple[str, ...]) -> Any:
    match key:
        case "properties":
            return {name: _inline(schema, models, outer) for name, schema in value.items()}
        case "items" | "additionalProperties" if isinstance(value, dict):
            return _inline(cast("Schema", value), models, outer)
        case _:
            return value


def _tidy(schema: Schema, source: Schema) -> None:
    if "const" in schema:
        schema["enum"] = [schema.pop("const")]
    if schema.get("additionalProperties") is False:
        # Structural schemas are closed anyway; the keyword itself is forbidden in them.
        del schema["additionalProperties"]
        schema["x-closed"] = True
    if schema.get("default") in (None, [], {}):
        schema.pop("default", None)
    if source.get("examples"):
        example = source["examples"][0]
        text = example if isinstance(example, str) else json.dumps(example, ensure_ascii=False)
        schema["description"] = f"{schema.get('description', '')} Example: `{text}`.".strip()


def _without(schema: Schema, *keys: str) -> Schema:
    return {key: value for key, value in schema.items() if key not in keys}
