"""How the pods of a resource run. Nothing here can weaken the restricted Pod Security level."""

from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import Field

from kvasir.resources.affinity import Affinity
from kvasir.resources.containers import MapOf, NamedList
from kvasir.resources.meta import Model, ObjectReference
from kvasir.resources.rules import (
    REPLICA_RANGE,
    RESERVED_ANNOTATIONS,
    RESERVED_LABELS,
    TOLERATION_KEY,
    TOLERATION_VALUE,
    Rule,
)
from kvasir.resources.scalars import AnnotationValue, Integer, LabelValue, Line, ObjectName, Quantity

Replicas = Annotated[Integer, Field(ge=1, le=1000)]


class Resources(Model):
    """What a container asks for and may use."""

    requests: MapOf[Quantity] = Field(
        default={},
        max_length=16,
        description="What the scheduler sets aside, by resource name.",
        examples=[{"cpu": "500m", "memory": "1Gi"}],
    )
    limits: MapOf[Quantity] = Field(
        default={},
        max_length=16,
        description="What a container may not exceed, by resource name.",
        examples=[{"memory": "2Gi", "nvidia.com/gpu": "1"}],
    )


class TolerationOperator(StrEnum):
    EQUAL = "Equal"
    EXISTS = "Exists"


class TaintEffect(StrEnum):
    NO_SCHEDULE = "NoSchedule"
    PREFER_NO_SCHEDULE = "PreferNoSchedule"
    NO_EXECUTE = "NoExecute"


class Toleration(Model):
    """A node taint that the pods put up with."""

    rules: ClassVar[tuple[Rule, ...]] = (TOLERATION_VALUE, TOLERATION_KEY)
    key: Line | None = Field(default=None, description="Key of the taint; absent with Exists tolerates every taint.")
    operator: TolerationOperator = Field(
        default=TolerationOperator.EQUAL, description="How key and value are compared."
    )
    value: LabelValue | None = Field(default=None, description="Value of the taint, with operator Equal.")
    effect: TaintEffect | None = Field(default=None, description="Effect of the taint; absent means any.")
    toleration_seconds: Annotated[Integer, Field(ge=0, le=31536000)] | None = Field(
        default=None,
        description="Seconds to stay on a node after a NoExecute taint; absent means for ever.",
    )


class PodSettings(Model):
    """Settings of every pod that this resource makes."""

    rules: ClassVar[tuple[Rule, ...]] = (RESERVED_LABELS, RESERVED_ANNOTATIONS)
    resources: Resources | None = Field(default=None, description="Requests and limits of the main container.")
    node_selector: MapOf[LabelValue] = Field(
        default={},
        max_length=32,
        description="Labels of the nodes to run on.",
        examples=[{"kubernetes.io/arch": "amd64"}],
    )
    tolerations: tuple[Toleration, ...] = Field(default=(), max_length=32, description="Taints to put up with.")
    affinity: Affinity | None = Field(default=None, description="Nodes and pods to be near to, or far from.")
    priority_class_name: ObjectName | None = Field(default=None, description="PriorityClass of the pods.")
    image_pull_secrets: NamedList[ObjectReference] = Field(
        default=(),
        max_length=8,
        description="Secrets in the pods' namespace with credentials of image registries.",
    )
    labels: MapOf[LabelValue] = Field(default={}, max_length=32, description="More labels for the pods.")
    annotations: MapOf[AnnotationValue] = Field(
        default={},
        max_length=32,
        description="More annotations for the pods.",
    )
    storage_class_name: ObjectName | None = Field(
        default=None,
        description="StorageClass of the claims; absent means the cluster's default.",
    )


class Autoscaling(Model):
    """Bounds of a horizontal autoscaler."""

    rules: ClassVar[tuple[Rule, ...]] = (REPLICA_RANGE,)
    min_replicas: Replicas = Field(default=1, description="Fewest replicas.")
    max_replicas: Replicas = Field(default=4, description="Most replicas.")
    target_cpu_utilization_percentage: Annotated[Integer, Field(ge=1, le=100)] = Field(
        default=70,
        description="CPU use to keep, in percent of the request.",
    )
