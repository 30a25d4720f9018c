"""A stand-in for the API server: what it does with the committed CRDs, step by step, CEL evaluated by cel-python."""

import copy
import json
import re
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import celpy
import pytest
import yaml
from pydantic import BaseModel

from kvasir.resources import Resource, load_yaml
from kvasir.resources.structural import structural_schema

HERE = Path(__file__).parent
CRDS = HERE.parents[2] / "crds"
TYPES: dict[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
}


class ApiServer:
    """Admits an object as kube-apiserver does: unknown fields, nulls, defaults, schema, list types, then CEL."""

    def __init__(self, folder: Path) -> None:
        self.schemas: dict[str, dict[str, Any]] = {}
        for path in sorted(folder.glob("*.yaml")):
            crd = yaml.load(path.read_text(), Loader=yaml.CSafeLoader)
            version = crd["spec"]["versions"][0]
            self.schemas[crd["spec"]["names"]["kind"]] = version["schema"]["openAPIV3Schema"]

    def refusals(self, new: dict[str, Any], stored: dict[str, Any] | None = None) -> list[str]:
        """Return why the object is refused; empty when it is admitted."""
        schema = self.schemas[new["kind"]]
        new, stored = self.stored(new), self.stored(stored) if stored else None
        faults = list(check(schema, new, ""))
        return faults or [message for message, _ in self._cel(schema, new, stored, "")]

    def stored(self, value: dict[str, Any]) -> dict[str, Any]:
        """Return the object with nulls pruned and defaults filled in."""
        value = copy.deepcopy(value)
        fill(self.schemas[value["kind"]], value)
        return value

    def _cel(self, schema: dict[str, Any], new: Any, old: Any, path: str) -> Iterator[tuple[str, str]]:
        for rule in schema.get("x-kubernetes-validations", ()):
            transition = "oldSelf" in rule["rule"]
            if transition and old is None:
                continue
            if not holds(rule["rule"], new, old if transition else None):
                yield f"{path}{rule.get('fieldPath', '')}: {rule['message']}", rule["rule"]
        if isinstance(new, dict):
            for name, field in children(schema, new):
                before = old.get(name) if isinstance(old, dict) else None
                yield from self._cel(field, new[name], before, f"{path}.{name}")
        elif isinstance(new, list):
            for index, item in enumerate(new):
                yield from self._cel(schema["items"], item, None, f"{path}[{index}]")


def children(schema: dict[str, Any], value: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    more = schema.get("additionalProperties")
    for name in value:
        field = schema.get("properties", {}).get(name, more)
        if field is not None:
            yield name, field


def fill(schema: dict[str, Any], value: Any) -> None:
    if isinstance(value, list):
        for item in value:
            fill(schema.get("items", {}), item)
    if not isinstance(value, dict):
        return
    known = schema.get("properties", {})
    for name in [name for name, _ in children(schema, value) if value[name] is None]:
        del value[name]
    for name, field in known.items():
        if name not in value and "default" in field:
            value[name] = copy.deepcopy(field["default"])
    for name, field in children(schema, value):
        fill(field, value[name])


def check(schema: dict[str, Any], value: Any, path: str) -> Iterator[str]:
    if path == ".metadata":
        return
    if schema.get("x-kubernetes-int-or-string"):
        if isinstance(value, bool) or not isinstance(value, int | str):
            yield f"{path}: neither integer nor string"
        elif isinstance(value, str) and not fits(schema, value):
            yield f"{path}: pattern or length"
        return
    kind = schema["type"]
    if not isinstance(value, TYPES[kind]) or (isinstance(value, bool) and kind != "boolean"):
        yield f"{path}: not {kind}"
        return
    yield from check_value(schema, value, path)
    if isinstance(value, dict):
        names = dict(children(schema, value))
        yield from (f"{path}.{name}: unknown" for name in value if name not in names)
        yield from (f"{path}.{name}: required" for name in schema.get("required", ()) if name not in value)
        for name, field in names.items():
            yield from check(field, value[name], f"{path}.{name}")
    elif isinstance(value, list):
        yield from check_identity(schema, value, path)
        for index, item in enumerate(value):
            yield from check(schema["items"], item, f"{path}[{index}]")


def check_value(schema: dict[str, Any], value: Any, path: str) -> Iterator[str]:
    if "enum" in schema and value not in schema["enum"]:
        yield f"{path}: enum"
    if isinstance(value, str) and not fits(schema, value):
        yield f"{path}: pattern or length"
    if isinstance(value, list) and not schema.get("minItems", 0) <= len(value) <= schema.get("maxItems", len(value)):
        yield f"{path}: items"
    if isinstance(value, dict) and len(value) > schema.get("maxProperties", len(value)):
        yield f"{path}: properties"
    if isinstance(value, int | float) and not schema.get("minimum", value) <= value <= schema.get("maximum", value):
        yield f"{path}: bounds"


def fits(schema: dict[str, Any], value: str) -> bool:
    pattern = schema.get("pattern", "").removesuffix("$")
    matches = re.match(f"{pattern}\\Z" if pattern else "", value, re.ASCII)
    return bool(matches) and schema.get("minLength", 0) <= len(value) <= schema.get("maxLength", len(value))


def check_identity(schema: dict[str, Any], items: list[Any], path: str) -> Iterator[str]:
    kind = schema.get("x-kubernetes-list-type")
    if kind == "map":
        keys = schema["x-kubernetes-list-map-keys"]
        identities = [json.dumps([item.get(key) for key in keys]) for item in items if isinstance(item, dict)]
    else:
        identities = [json.dumps(item) for item in items] if kind == "set" else []
    if len(set(identities)) < len(identities):
        yield f"{path}: duplicate"


@cache
def program(rule: str) -> celpy.Runner:
    environment = celpy.Environment()
    return environment.program(environment.compile(rule))


def holds(rule: str, new: Any, old: Any = None) -> bool:
    """Evaluate one CEL rule."""
    names = {"self": celpy.json_to_cel(new)} | ({} if old is None else {"oldSelf": celpy.json_to_cel(old)})
    return bool(program(rule).evaluate(names))


@pytest.fixture(scope="session")
def api_server() -> ApiServer:
    return ApiServer(CRDS)


@pytest.fixture(scope="session")
def cel() -> Callable[..., bool]:
    """CEL over an object of a model, after the API server has filled in the defaults."""

    def evaluate(rule: str, model: type[BaseModel], new: dict[str, Any], old: dict[str, Any] | None = None) -> bool:
        values = [copy.deepcopy(value) for value in (new, old) if value is not None]
        for value in values:
            fill(structural_schema(model), value)
        return holds(rule, *values)

    return evaluate


@pytest.fixture(scope="session")
def valid_objects() -> list[dict[str, Any]]:
    """Every field of every kind, as plain data."""
    return [
        document
        for path in sorted((HERE / "valid").glob("*.yaml"))
        for document in yaml.load_all(path.read_text(), Loader=yaml.CSafeLoader)
    ]


@pytest.fixture(scope="session")
def valid_resources() -> list[Resource]:
    return [
        resource
        for path in sorted((HERE / "valid").glob("*.yaml"))
        for resource in load_yaml(path.read_text(), file=path.name)
    ]
