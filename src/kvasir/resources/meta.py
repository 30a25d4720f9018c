"""What all resources share: the strict base model, metadata, conditions, references.

https://github.com/kubernetes/community/blob/master/contributors/devel/sig-architecture/api-conventions.md
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any, ClassVar, Final, Literal, NamedTuple, Self, cast

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    SerializerFunctionWrapHandler,
    model_serializer,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError

from kvasir.errors import InvalidInputError
from kvasir.resources.casing import camel
from kvasir.resources.containers import Identity, SetList
from kvasir.resources.rules import RESOURCE_NAME, Rule, Transition
from kvasir.resources.scalars import (
    REASON_PATTERN,
    Count,
    DataKey,
    LabelValue,
    Line,
    Message,
    Name,
    NamespaceName,
    ObjectName,
    Path,
    Timestamp,
)

GROUP: Final = "kvasir.dev"
API_VERSION: Final = "kvasir.dev/v1alpha1"

TENANT_LABEL: Final = "kvasir.dev/tenant"
PAUSED_ANNOTATION: Final = "kvasir.dev/paused"
RETRY_ANNOTATION: Final = "kvasir.dev/retry"
CONFIRM_DELETION_ANNOTATION: Final = "kvasir.dev/confirm-deletion"

READY: Final = "Ready"
RECONCILING: Final = "Reconciling"
STALLED: Final = "Stalled"
NOT_YET_SUPPORTED: Final = "NotYetSupported"


class Model(BaseModel):
    """Base of every object in a resource: immutable, strict about unknown fields, camelCase in YAML.

    A null is an absent field, as for the API server. Absent fields and empty lists and maps are never written out.
    """

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        alias_generator=camel,
        validate_by_alias=True,
        validate_by_name=True,
        serialize_by_alias=True,
    )
    rules: ClassVar[tuple[Rule, ...]] = ()
    transitions: ClassVar[tuple[Transition, ...]] = ()

    @model_validator(mode="before")
    @classmethod
    def _null_is_absent(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        fields = cast("dict[str, Any]", data)
        return {key: value for key, value in fields.items() if value is not None or not cls.has_field(key)}

    @model_validator(mode="after")
    def _rules_hold(self) -> Self:
        broken = tuple(rule for rule in self.rules if not rule.holds(self))
        if broken:
            sentences = "; ".join(rule.describe(self) for rule in broken)
            raise PydanticCustomError("rule", "{sentences}", {"sentences": sentences, "broken": broken, "model": self})
        return self

    @model_serializer(mode="wrap")
    def _leave_out_absent(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        data: dict[str, Any] = handler(self)
        for name, info in type(self).model_fields.items():
            value = getattr(self, name)
            if value in (None, (), {}) or (isinstance(value, Status) and value == type(value)()):
                data.pop(info.alias or name, None)
                data.pop(name, None)
        return data

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        result = handler(schema)
        validations = [rule.validation for rule in (*cls.rules, *cls.transitions)]
        if validations:
            handler.resolve_ref_schema(result)["x-kubernetes-validations"] = validations
        return result

    @classmethod
    def has_field(cls, key: str) -> bool:
        """Whether a field has this name, in YAML's spelling."""
        return any(key == info.alias for info in cls.model_fields.values())


class Empty(Model):
    """An object without settings: `{}` chooses it."""


class Key(NamedTuple):
    """What names a resource. `namespace` is None for cluster-scoped kinds."""

    kind: str
    namespace: str | None
    name: str

    def __str__(self) -> str:
        return f"{self.kind} {self.namespace}/{self.name}" if self.namespace else f"{self.kind} {self.name}"


class Scope(StrEnum):
    CLUSTER = "Cluster"
    NAMESPACED = "Namespaced"


@dataclass(frozen=True, slots=True)
class Column:
    """A column of `kubectl get`. `priority` 1 shows only in wide output."""

    name: str
    path: str
    type: str = "string"
    priority: int = 0
    description: str = ""


@dataclass(frozen=True, slots=True)
class KindFacts:
    """What the API server must know of a kind beside its schema; `conditions` are the kind's own."""

    plural: str
    scope: Scope
    short_names: tuple[str, ...] = ()
    columns: tuple[Column, ...] = ()
    conditions: tuple[str, ...] = ()


class ObjectMeta(Model):
    """Metadata of an object. Fields that the API server fills in are accepted, so that exported objects load."""

    name: ObjectName = Field(description="Name, unique per kind and namespace.", examples=["handbook"])
    namespace: NamespaceName | None = Field(
        default=None,
        description="Namespace of a namespaced object: the tenant's.",
        examples=["acme"],
    )
    labels: Mapping[str, LabelValue] = Field(default={}, max_length=64, description="Labels to select by.")
    annotations: Mapping[str, Annotated[str, Field(max_length=262144)]] = Field(
        default={},
        max_length=64,
        description="Annotations, such as kvasir.dev/paused.",
    )
    generate_name: Line | None = Field(default=None, description="Start of a name that the API server has chosen.")
    self_link: Path | None = Field(default=None, description="Set by old API servers.")
    uid: Line | None = Field(default=None, description="Set by the API server.")
    resource_version: Line | None = Field(default=None, description="Set by the API server.")
    generation: Count | None = Field(default=None, description="Set by the API server: counts changes of the spec.")
    creation_timestamp: Timestamp | None = Field(default=None, description="Set by the API server.")
    deletion_timestamp: Timestamp | None = Field(default=None, description="Set by the API server.")
    deletion_grace_period_seconds: Count | None = Field(default=None, description="Set by the API server.")
    finalizers: SetList[Line] = Field(default=(), max_length=16, description="What must clean up before deletion.")
    owner_references: tuple[Mapping[str, Any], ...] = Field(
        default=(),
        max_length=16,
        description="Objects that own this one.",
        repr=False,
    )
    managed_fields: tuple[Mapping[str, Any], ...] = Field(
        default=(),
        max_length=64,
        description="Set by the API server.",
        repr=False,
    )


class Condition(Model):
    """One aspect of an object's state, as kstatus and `kubectl wait` read it."""

    type: Annotated[str, Field(max_length=63, pattern=REASON_PATTERN)] = Field(
        description="CamelCase aspect: Ready, Reconciling, Stalled, or one of the kind's own.",
    )
    status: Literal["True", "False", "Unknown"] = Field(description="Whether it holds.")
    observed_generation: Count | None = Field(
        default=None,
        description="Generation of the spec that this condition speaks of.",
    )
    last_transition_time: Timestamp | None = Field(default=None, description="When status last changed.")
    reason: Annotated[str, Field(max_length=128, pattern=REASON_PATTERN)] = Field(
        description="CamelCase reason for programs.",
    )
    message: Message = Field(default="", description="Sentence for people: what is wrong and what to do.")


class Status(Model):
    """What every kind reports."""

    observed_generation: Count | None = Field(default=None, description="Generation of the spec last acted upon.")
    conditions: Annotated[tuple[Condition, ...], Identity("type")] = Field(
        default=(),
        max_length=16,
        description="Aspects of the object's state.",
    )

    def condition(self, kind: str) -> Condition | None:
        """Return the condition of this type, or None while nobody has reported it."""
        return next((condition for condition in self.conditions if condition.type == kind), None)


class NameReference(Model):
    """Another Kvasir resource by name: in the same namespace, or cluster-scoped."""

    name: Name = Field(description="Name of the resource.", examples=["handbook"])


class ObjectReference(Model):
    """An object of Kubernetes' own kinds in the same namespace."""

    name: ObjectName = Field(description="Name of the object.", examples=["handbook"])


class SecretReference(Model):
    """A whole Secret; each use says which keys it reads."""

    name: ObjectName = Field(description="Name of the Secret.", examples=["git-credentials"])


class SecretKeyReference(Model):
    """One value of a Secret."""

    name: ObjectName = Field(description="Name of the Secret.", examples=["openai"])
    key: DataKey = Field(default="api-key", description="Key within the Secret.", examples=["api-key"])


class ConfigMapKeyReference(Model):
    """One value of a ConfigMap."""

    name: ObjectName = Field(description="Name of the ConfigMap.", examples=["questions"])
    key: DataKey = Field(description="Key within the ConfigMap.", examples=["questions.yaml"])


class Resource(Model):
    """Base of every kind that a file may hold."""

    facts: ClassVar[KindFacts]
    api_version: str
    kind: str
    metadata: ObjectMeta = Field(description="Name, namespace, labels and annotations.")

    @model_validator(mode="after")
    def _is_of_this_kind(self) -> Self:
        fields = type(self).model_fields
        for name, wanted in (("kind", fields["kind"].default), ("api_version", fields["api_version"].default)):
            if getattr(self, name) != wanted:
                raise PydanticCustomError("kind", "{name} must be {wanted}", {"name": camel(name), "wanted": wanted})
        return self

    @classmethod
    def condition_types(cls) -> tuple[str, ...]:
        """Return the conditions that objects of this kind can have."""
        return ()

    @property
    def key(self) -> Key:
        """Kind, namespace and name."""
        return Key(self.kind, self.metadata.namespace, self.metadata.name)

    @property
    def name(self) -> str:
        return self.metadata.name

    @property
    def namespace(self) -> str | None:
        return self.metadata.namespace


class KvasirResource(Resource):
    """Base of the kinds of `kvasir.dev`: each has a CRD made from it."""

    rules: ClassVar[tuple[Rule, ...]] = (RESOURCE_NAME,)
    api_version: str = API_VERSION
    spec: Any
    status: Any

    @classmethod
    def condition_types(cls) -> tuple[str, ...]:
        """Return what every kind reports, and the kind's own."""
        return (READY, RECONCILING, STALLED, *cls.facts.conditions)

    @property
    def paused(self) -> bool:
        """Whether the annotation asks to leave this object alone."""
        return self.metadata.annotations.get(PAUSED_ANNOTATION, "false") == "true"

    def refused_changes(self, stored: Self) -> tuple[InvalidInputError, ...]:
        """Return why this object may not replace the stored one of the same key; empty when it may."""
        return tuple(
            InvalidInputError(f"{rule.message}.", field=f"spec.{rule.path}".rstrip("."), fix=rule.fix)
            for rule in self.spec.transitions
            if not rule.allowed(stored.spec, self.spec)
        )
