"""Collections: maps, and lists whose items have an identity, merged item by item by server-side apply.

https://kubernetes.io/docs/reference/using-api/server-side-apply/#merge-strategy
"""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar, cast

from pydantic import BeforeValidator, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from kvasir.resources.casing import camel


@dataclass(frozen=True, slots=True)
class Identity:
    """Marks a list as `listType=map` keyed by a field, or as `listType=set` when there is no key field.

    Like the API server it refuses two items with one identity.
    """

    key: str | None = None

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self._refuse_duplicates, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        result = handler(schema)
        result["x-kubernetes-list-type"] = "map" if self.key else "set"
        if self.key:
            result["x-kubernetes-list-map-keys"] = [camel(self.key)]
        return result

    def _refuse_duplicates(self, items: tuple[Any, ...]) -> tuple[Any, ...]:
        seen: set[Hashable] = set()
        for index, item in enumerate(items):
            identity = getattr(item, self.key) if self.key else item
            if identity in seen:
                path = f"[{index}].{camel(self.key)}" if self.key else f"[{index}]"
                raise PydanticCustomError(
                    "duplicate",
                    "`{value}` stands here twice.",
                    {"value": str(identity), "path": path, "key": camel(self.key or "value")},
                )
            seen.add(identity)
        return items


ItemT = TypeVar("ItemT")


def _without_nulls(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    return {key: item for key, item in cast("dict[Any, Any]", value).items() if item is not None}


MapOf = Annotated[Mapping[str, ItemT], BeforeValidator(_without_nulls)]
"""Values by key. A null is an absent entry, as for the API server."""
NamedList = Annotated[tuple[ItemT, ...], Identity("name")]
SetList = Annotated[tuple[ItemT, ...], Identity()]
