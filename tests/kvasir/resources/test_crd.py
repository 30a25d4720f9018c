import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, ClassVar

import pytest
from pydantic import BaseModel, Field

from kvasir.errors import InvalidInputError
from kvasir.resources import KVASIR_KINDS, KvasirResource, Scope, Status
from kvasir.resources.crd import UnfitModelError, custom_resource_definition
from kvasir.resources.meta import KindFacts, Model
from kvasir.resources.structural import schema_at, structural_schema

COMMITTED = Path(__file__).parents[3] / "crds"


class Switch(StrEnum):
    ON = "On"
    snake_case = "snake_case"


class Named(Model):
    name: Annotated[str, Field(max_length=9)] = Field(description="Name.")


class Open(BaseModel):
    """Not strict: takes any field."""


class WrongSpec(Model):
    unbounded_text: str = Field(description="Text.")
    unbounded_list: tuple[Annotated[str, Field(max_length=9)], ...] = Field(description="List.")
    unbounded_map: Mapping[str, Annotated[str, Field(max_length=9)]] = Field(description="Map.")
    unbounded_number: Annotated[int, Field(ge=0)] = Field(description="Number.")
    unbounded_inside: tuple[str, ...] = Field(max_length=3, description="List.")
    open_limit: Annotated[int, Field(gt=0, lt=9)] = Field(description="Number.")
    two_types: Annotated[int, Field(ge=0, le=9)] | Annotated[str, Field(max_length=9)] = Field(description="Either.")
    anything: Any = Field(description="Anything.")
    any_field: Open = Field(description="Open.")
    free_map: Mapping[str, Any] = Field(max_length=3, description="Map.")
    undescribed: bool
    switch: Switch = Field(description="Switch.")
    named: tuple[Named, ...] = Field(max_length=3, description="Named list.")
    Upper: bool = Field(alias="Upper", description="Flag.")
    pair: tuple[bool, bool] = Field(description="Pair.")


class Wrong(KvasirResource):
    facts: ClassVar[KindFacts] = KindFacts(plural="wrongs", scope=Scope.CLUSTER)
    kind: str = "Wrong"
    spec: WrongSpec = Field(description="Spec.")
    status: Status = Field(default=Status(), description="Status.")


class Folder(Model):
    folders: tuple["Folder", ...] = Field(default=(), max_length=3, description="Folders.")


def walk(schema: Any, path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    yield path, schema
    for name, field in schema.get("properties", {}).items():
        yield from walk(field, f"{path}.{name}")
    for keyword in ("items", "additionalProperties"):
        if keyword in schema:
            yield from walk(schema[keyword], f"{path}[]")


def test_the_committed_crds_are_what_the_models_say(tmp_path: Path) -> None:
    # Another process with another hash seed: the bytes depend on nothing but the models.
    environment = {**os.environ, "PYTHONHASHSEED": "7"}
    command = [sys.executable, "-m", "kvasir.resources.crd", str(tmp_path)]
    subprocess.run(command, check=True, env=environment, capture_output=True)
    made = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    committed = {path.name: path.read_bytes() for path in COMMITTED.iterdir()}
    assert made.keys() == committed.keys()
    assert [name for name in made if made[name] != committed[name]] == [], "run: python -m kvasir.resources.crd crds/"


@pytest.mark.parametrize("model", KVASIR_KINDS)
def test_schemas_are_structural(model: type[KvasirResource]) -> None:
    version = custom_resource_definition(model)["spec"]["versions"][0]
    forbidden = {"$ref", "$defs", "title", "const", "allOf", "oneOf", "not", "x-closed", "examples", "propertyNames"}
    for path, schema in walk(version["schema"]["openAPIV3Schema"]):
        assert not forbidden & schema.keys(), path
        assert "type" in schema or schema.get("x-kubernetes-int-or-string"), path
        assert schema.get("additionalProperties") not in (True, False), path
        assert not ("properties" in schema and "additionalProperties" in schema), path


@pytest.mark.parametrize("model", KVASIR_KINDS)
def test_kinds_follow_the_conventions(model: type[KvasirResource]) -> None:
    crd = custom_resource_definition(model)
    version = crd["spec"]["versions"][0]
    status = version["schema"]["openAPIV3Schema"]["properties"]["status"]
    conditions = status["properties"]["conditions"]
    assert crd["metadata"]["name"] == f"{model.facts.plural}.kvasir.dev"
    assert crd["spec"]["names"]["categories"] == ["kvasir"]
    assert version["subresources"] == {"status": {}}
    assert version["additionalPrinterColumns"][-1]["name"] == "Age"
    assert conditions["x-kubernetes-list-map-keys"] == ["type"]
    assert "observedGeneration" in conditions["items"]["properties"]
    assert "observedGeneration" in status["properties"]


@pytest.mark.parametrize("model", KVASIR_KINDS)
def test_printer_columns_point_to_fields(model: type[KvasirResource]) -> None:
    schema = structural_schema(model)
    for column in model.facts.columns:
        path, _, rest = column.path.removeprefix(".").partition("[?")
        field = schema_at(schema, tuple(path.split(".")))
        if rest:
            field = schema_at(field, (0, rest.rpartition("].")[2]))
        kind = "date" if field.get("format") == "date-time" else field.get("type")
        assert kind == column.type, column


def test_a_wrong_model_is_refused_with_every_reason() -> None:
    with pytest.raises(UnfitModelError) as caught:
        custom_resource_definition(Wrong)
    assert sorted(caught.value.faults) == [
        "spec.Upper: the name is not camelCase.",
        "spec.anyField: takes any field. Declare the fields.",
        "spec.anything: has no type. Declare one.",
        "spec.freeMap: takes any field. Declare the fields.",
        "spec.named: its items have names, yet it is no named list. Use NamedList, or declare it atomic.",
        "spec.openLimit: uses exclusiveMinimum, exclusiveMaximum, which CRDs do not know. Say it in another way.",
        "spec.pair: uses prefixItems, which CRDs do not know. Say it in another way.",
        "spec.switch: YAML reads 'On' as a boolean. Choose another word.",
        "spec.switch: the value 'snake_case' is not CamelCase.",
        "spec.twoTypes: is a union of types. Use an object with one optional field per type.",
        "spec.unboundedInside[]: has no maxLength. Bound it.",
        "spec.unboundedList: has no maxItems. Bound it.",
        "spec.unboundedMap: has no maxProperties. Bound it.",
        "spec.unboundedNumber: has no maximum. Bound it.",
        "spec.unboundedText: has no maxLength. Bound it.",
        "spec.undescribed: has no description. Say what it is, with its unit.",
    ]
    assert str(caught.value).startswith("Wrong cannot become a CRD:\nspec.")


def test_a_model_that_contains_itself_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="Folder contains itself"):
        structural_schema(Folder)
