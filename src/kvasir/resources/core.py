"""Kubernetes' own kinds that a folder may hold: Namespace, ConfigMap, Secret. They get no CRD.

https://kubernetes.io/docs/reference/kubernetes-api/config-and-storage-resources/
"""

import base64
import binascii
from collections.abc import Mapping
from typing import Any, ClassVar, Final, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from kvasir.resources.containers import SetList
from kvasir.resources.meta import KindFacts, Model, Resource, Scope
from kvasir.resources.scalars import DataKey, Flag, Line

MAX_DATA_BYTES: Final = 1_048_576
"""Kubernetes' limit on the values of one ConfigMap or Secret together, in bytes."""

_FIXES: Final = {
    "data": "Encode the value, or write it as text under stringData.",
    "binaryData": "Encode the value, or write text under data.",
}


class NamespaceSpec(Model):
    finalizers: SetList[Line] = Field(default=(), max_length=16, description="Set by the API server.")


class Namespace(Resource):
    facts: ClassVar[KindFacts] = KindFacts(plural="namespaces", scope=Scope.CLUSTER, short_names=("ns",))
    api_version: str = "v1"
    kind: str = "Namespace"
    spec: NamespaceSpec | None = Field(default=None, description="Set by the API server.")
    status: Mapping[str, Any] = Field(default={}, max_length=16, description="Set by the API server.")


class ConfigMap(Resource):
    facts: ClassVar[KindFacts] = KindFacts(plural="configmaps", scope=Scope.NAMESPACED, short_names=("cm",))
    api_version: str = "v1"
    kind: str = "ConfigMap"
    data: Mapping[DataKey, str] = Field(default={}, description="Texts by key.", repr=False)
    binary_data: Mapping[DataKey, str] = Field(default={}, description="Bytes by key, in base64.", repr=False)
    immutable: Flag = Field(default=False, description="Whether the values may never change.")

    @model_validator(mode="after")
    def _values_are_sound(self) -> Self:
        both = sorted(self.data.keys() & self.binary_data.keys())
        if both:
            raise _broken(f"binaryData.{both[0]}", "stands in data too.", "Remove one of the two.")
        _refuse_too_much(self.data, _decoded(self.binary_data, "binaryData"))
        return self

    @property
    def contents(self) -> Mapping[str, bytes]:
        """Return all values as bytes, by key."""
        return {**_encoded(self.data), **_decoded(self.binary_data, "binaryData")}


class Secret(Resource):
    facts: ClassVar[KindFacts] = KindFacts(plural="secrets", scope=Scope.NAMESPACED)
    api_version: str = "v1"
    kind: str = "Secret"
    type: Line = Field(default="Opaque", description="What the Secret is for.")
    data: Mapping[DataKey, str] = Field(default={}, description="Bytes by key, in base64.", repr=False)
    string_data: Mapping[DataKey, str] = Field(default={}, description="Texts by key; they win over data.", repr=False)
    immutable: Flag = Field(default=False, description="Whether the values may never change.")

    @model_validator(mode="after")
    def _values_are_sound(self) -> Self:
        _refuse_too_much(self.string_data, _decoded(self.data, "data"))
        return self

    @property
    def contents(self) -> Mapping[str, bytes]:
        """Return all values as bytes, by key."""
        return {**_decoded(self.data, "data"), **_encoded(self.string_data)}


def _encoded(texts: Mapping[str, str]) -> dict[str, bytes]:
    return {key: text.encode() for key, text in texts.items()}


def _decoded(values: Mapping[str, str], field: str) -> dict[str, bytes]:
    decoded: dict[str, bytes] = {}
    for key, value in values.items():
        try:
            # Line breaks are allowed within base64, as Go's decoder allows them.
            decoded[key] = base64.b64decode(value.replace("\n", "").replace("\r", ""), validate=True)
        except (binascii.Error, ValueError):
            raise _broken(f"{field}.{key}", "must be base64.", _FIXES[field]) from None
    return decoded


def _refuse_too_much(texts: Mapping[str, str], values: Mapping[str, bytes]) -> None:
    size = sum(len(text.encode()) for text in texts.values()) + sum(map(len, values.values()))
    if size > MAX_DATA_BYTES:
        raise _broken("", f"holds {size:,} bytes; {MAX_DATA_BYTES:,} are allowed.", "Split it, or use a volume.")


def _broken(path: str, sentence: str, fix: str) -> PydanticCustomError:
    return PydanticCustomError("data", "{sentence}", {"path": path, "sentence": sentence, "fix": fix})
