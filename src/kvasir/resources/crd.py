"""CustomResourceDefinitions made from the models: `python -m kvasir.resources.crd crds/` writes them.

The generator refuses what the API server would refuse, or what would make objects large and rules expensive.
https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, cast

from kvasir.errors import InvalidInputError
from kvasir.resources.dump import to_yaml
from kvasir.resources.meta import GROUP, Column, KvasirResource
from kvasir.resources.registry import CATEGORY, KVASIR_KINDS
from kvasir.resources.structural import Schema, structural_schema
from kvasir.resources.yaml_scalars import read_plain

HEADER: Final = "# Generated from src/kvasir/resources by `python -m kvasir.resources.crd crds/`. Do not edit.\n"
_AGE: Final = Column("Age", ".metadata.creationTimestamp", "date")
_CAMEL_FIELD: Final = re.compile("[a-z][a-zA-Z0-9]*")
_CAMEL_VALUE: Final = re.compile("[A-Z][a-zA-Z0-9]*")
_BOUNDS: Final = {
    "string": ("maxLength",),
    "array": ("maxItems",),
    "integer": ("minimum", "maximum"),
    "number": ("minimum", "maximum"),
}
_FORBIDDEN: Final = ("allOf", "oneOf", "not", "prefixItems", "exclusiveMinimum", "exclusiveMaximum", "multipleOf")


class UnfitModelError(InvalidInputError):
    """A model cannot become a CRD; `faults` lists every reason."""

    code = "unfit_model"

    def __init__(self, kind: str, faults: list[str]) -> None:
        self.faults = tuple(faults)
        super().__init__(f"{kind} cannot become a CRD:\n" + "\n".join(faults), fix="Change the model.")


def custom_resource_definition(model: type[KvasirResource]) -> Schema:
    """Return the CRD of a kind.

    Raises:
        UnfitModelError: a field is unbounded, undescribed, of several types, or badly named.
    """
    kind, facts = model.__name__, model.facts
    schema = _root_schema(model)
    faults = [fault for name in ("spec", "status") for fault in _faults(schema["properties"].get(name, {}), name)]
    if faults:
        raise UnfitModelError(kind, faults)
    version, columns = model.model_fields["api_version"].default.rpartition("/")[2], [*facts.columns, _AGE]
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{facts.plural}.{GROUP}"},
        "spec": {
            "group": GROUP,
            "names": {
                "kind": kind,
                "listKind": f"{kind}List",
                "plural": facts.plural,
                "singular": kind.lower(),
                "shortNames": list(facts.short_names),
                "categories": [CATEGORY],
            },
            "scope": facts.scope.value,
            "versions": [
                {
                    "name": version,
                    "served": True,
                    "storage": True,
                    "subresources": {"status": {}},
                    "additionalPrinterColumns": [_column(column) for column in columns],
                    "schema": {"openAPIV3Schema": _published(schema)},
                },
            ],
        },
    }


def render_crds() -> dict[str, str]:
    """Return the text of each CRD by file name."""
    return {
        f"{GROUP}_{model.facts.plural}.yaml": HEADER + to_yaml(custom_resource_definition(model), sort_keys=True)
        for model in KVASIR_KINDS
    }


def write_crds(folder: Path) -> list[Path]:
    """Write one file per kind and return their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / name for name in render_crds()]
    for path, text in zip(paths, render_crds().values(), strict=True):
        path.write_text(text, encoding="utf-8")
    return paths


def _root_schema(model: type[KvasirResource]) -> Schema:
    schema = dict(structural_schema(model))
    properties = {
        **schema["properties"],
        "apiVersion": {"type": "string", "description": "Version of the schema of this object."},
        "kind": {"type": "string", "description": "Kind of this object."},
        # The API server owns the schema of metadata; the name is repeated so that a rule may point to it.
        "metadata": {"type": "object", "properties": {"name": {"type": "string"}}},
    }
    if "status" in properties:
        properties["status"] = {key: value for key, value in properties["status"].items() if key != "default"}
    return {**schema, "properties": properties, "required": ["spec"]}


def _column(column: Column) -> Schema:
    optional = {"description": column.description, "priority": column.priority}
    filled = {key: value for key, value in optional.items() if value}
    return {"name": column.name, "type": column.type, "jsonPath": column.path, **filled}


def _published(value: Any) -> Any:
    if isinstance(value, dict):
        entries = cast("Schema", value)
        return {key: _published(item) for key, item in entries.items() if key != "x-closed"}
    if isinstance(value, list):
        return [_published(item) for item in cast("list[Any]", value)]
    return value


def _faults(schema: Schema, path: str) -> Iterator[str]:
    if schema.get("x-kubernetes-int-or-string"):
        return
    kind = schema.get("type")
    if "anyOf" in schema:
        yield f"{path}: is a union of types. Use an object with one optional field per type."
        return
    if keywords := [keyword for keyword in _FORBIDDEN if keyword in schema]:
        yield f"{path}: uses {', '.join(keywords)}, which CRDs do not know. Say it in another way."
        return
    if kind is None:
        yield f"{path}: has no type. Declare one."
        return
    yield from _value_faults(schema, path)
    if kind == "object":
        yield from _object_faults(schema, path)
    elif kind == "array":
        yield from _list_faults(schema, path)


def _value_faults(schema: Schema, path: str) -> Iterator[str]:
    if not path.endswith(("[]", "{}")) and not schema.get("description"):
        yield f"{path}: has no description. Say what it is, with its unit."
    choices = schema.get("enum")
    bounded = choices or schema.get("format") == "date-time"
    for bound in () if bounded else _BOUNDS.get(schema["type"], ()):
        if bound not in schema:
            yield f"{path}: has no {bound}. Bound it."
    for choice in choices or ():
        if not _CAMEL_VALUE.fullmatch(choice):
            yield f"{path}: the value {choice!r} is not CamelCase."
        elif path.startswith("spec") and not isinstance(read_plain(choice), str):
            yield f"{path}: YAML reads {choice!r} as a boolean. Choose another word."


def _object_faults(schema: Schema, path: str) -> Iterator[str]:
    more = schema.get("additionalProperties")
    if more is True or (more is None and "x-closed" not in schema):
        yield f"{path}: takes any field. Declare the fields."
    elif isinstance(more, dict):
        if "maxProperties" not in schema:
            yield f"{path}: has no maxProperties. Bound it."
        yield from _faults(cast("Schema", more), f"{path}{{}}")
    for name, field in schema.get("properties", {}).items():
        if not _CAMEL_FIELD.fullmatch(name):
            yield f"{path}.{name}: the name is not camelCase."
        yield from _faults(field, f"{path}.{name}")


def _list_faults(schema: Schema, path: str) -> Iterator[str]:
    items = schema.get("items", {})
    if "name" in items.get("required", ()) and "x-kubernetes-list-type" not in schema:
        yield f"{path}: its items have names, yet it is no named list. Use NamedList, or declare it atomic."
    yield from _faults(items, f"{path}[]")


if __name__ == "__main__":
    for written_path in write_crds(Path(sys.argv[1] if len(sys.argv) > 1 else "crds")):
        sys.stdout.write(f"{written_path}\n")
