from typing import Annotated, Any

import pytest
from pydantic import Field, TypeAdapter, ValidationError

from kvasir.resources.containers import Identity, MapOf, NamedList, SetList
from kvasir.resources.meta import Model


class Item(Model):
    name: str
    rank: int = 0


class Holder(Model):
    values: SetList[str] = Field(min_length=1, max_length=2)


def adapter(annotation: Any) -> TypeAdapter[Any]:
    return TypeAdapter(annotation)


@pytest.mark.parametrize(
    ("annotation", "value", "message"),
    [
        (NamedList[Item], [{"name": "a"}, {"name": "b"}, {"name": "a"}], "`a` stands here twice"),
        (SetList[str], ["x", "y", "y"], "`y` stands here twice"),
        (Annotated[tuple[Item, ...], Identity("rank")], [{"name": "a"}, {"name": "b"}], "`0` stands here twice"),
    ],
)
def test_identities_are_unique(annotation: Any, value: list[Any], message: str) -> None:
    assert len(adapter(annotation).validate_python(value[:1])) == 1
    with pytest.raises(ValidationError, match=message):
        adapter(annotation).validate_python(value)


def test_the_schema_names_the_identity() -> None:
    assert adapter(NamedList[Item]).json_schema()["x-kubernetes-list-map-keys"] == ["name"]
    assert adapter(SetList[str]).json_schema()["x-kubernetes-list-type"] == "set"
    field = Holder.model_json_schema()["properties"]["values"]
    assert (field["x-kubernetes-list-type"], field["minItems"], field["maxItems"]) == ("set", 1, 2)


def test_a_null_in_a_map_is_an_absent_entry() -> None:
    bounded = adapter(Annotated[MapOf[str], Field(max_length=1)])
    assert bounded.validate_python({"a": "x", "b": None}) == {"a": "x"}
    for wrong in ({"a": "x", "b": "y"}, ["a"], {"a": 1}):
        with pytest.raises(ValidationError):
            bounded.validate_python(wrong)
