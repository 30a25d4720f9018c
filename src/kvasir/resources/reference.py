"""The field reference made from the models: `python -m kvasir.resources.reference docs/reference.md` writes it."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, cast

from kvasir.resources.crd import custom_resource_definition
from kvasir.resources.meta import GROUP, KvasirResource
from kvasir.resources.registry import KVASIR_KINDS, api_version_of
from kvasir.resources.structural import Schema

_HEAD: Final = f"""# Field reference

Generated from `src/kvasir/resources` by `make docs`. Do not edit.

All kinds of group `{GROUP}`. Fields of `spec`, in the order of the models; `[]` is an item of a list, `*` a key of a map. A field
that is required must be given wherever what it belongs to is.
"""
_LIMITS: Final = (
    ("minimum", "at least {}"),
    ("maximum", "at most {}"),
    ("minLength", "at least {} characters"),
    ("maxLength", "at most {} characters"),
    ("minItems", "at least {} items"),
    ("maxItems", "at most {} items"),
    ("minProperties", "at least {} entries"),
    ("maxProperties", "at most {} entries"),
)


def render_reference() -> str:
    """The whole document as Markdown."""
    return _HEAD + "".join(_section(model) for model in KVASIR_KINDS)


def _section(model: type[KvasirResource]) -> str:
    definition = custom_resource_definition(model)["spec"]
    schema = definition["versions"][0]["schema"]["openAPIV3Schema"]
    names = ", ".join(f"`{name}`" for name in (definition["names"]["plural"], *definition["names"]["shortNames"]))
    rows = "".join(_rows("", schema["properties"]["spec"]))
    return (
        f"\n## {model.__name__}\n\n{schema.get('description', '')}\n\n"
        f"`{api_version_of(model)}`, {definition['scope'].lower()}; in commands {names}.\n\n"
        f"| field | type | default | what it says |\n|---|---|---|---|\n{rows}"
    )


def _rows(path: str, schema: Schema) -> Iterator[str]:
    required = set(schema.get("required", ()))
    for name, field in schema.get("properties", {}).items():
        place = f"{path}.{name}" if path else name
        default = "required" if name in required else _value(field["default"]) if "default" in field else ""
        yield f"| `{place}` | {_type(field)} | {default} | {_cell(_sentence(field))} |\n"
        yield from _inside(place, field)


def _inside(place: str, field: Schema) -> Iterator[str]:
    yield from _rows(place, field)
    for name, mark in (("items", "[]"), ("additionalProperties", ".*")):
        if isinstance(field.get(name), dict):
            yield from _inside(f"{place}{mark}", cast("Schema", field[name]))


def _type(field: Schema) -> str:
    if field.get("x-kubernetes-int-or-string"):
        return "integer or string"
    if "enum" in field:
        return _cell(" or ".join(f"`{value}`" for value in field["enum"]))
    kind = str(field.get("type", "any"))
    if kind == "array":
        return f"list of {_type(field['items'])}"
    if kind == "object" and isinstance(field.get("additionalProperties"), dict):
        return f"map to {_type(field['additionalProperties'])}"
    return kind


def _sentence(field: Schema) -> str:
    limits = [
        "not empty"
        if field[name] == 1 and name.startswith("min") and name != "minimum"
        else words.format(f"{field[name]:,}")
        for name, words in _LIMITS
        if name in field
    ]
    bounds = f" ({', '.join(limits)})" if limits else ""
    return f"{field.get('description', '')}{bounds}".strip()


def _value(value: Any) -> str:
    return _cell(f"`{json.dumps(value, ensure_ascii=False)}`")


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(render_reference(), encoding="utf-8")
