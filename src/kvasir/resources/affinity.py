"""Where pods may run: Kubernetes' affinity, reduced to the fields in common use.

https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/
"""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from kvasir.resources.containers import MapOf
from kvasir.resources.meta import Model
from kvasir.resources.scalars import Integer, LabelValue, Line, NamespaceName

Weight = Annotated[Integer, Field(ge=1, le=100)]


class NodeOperator(StrEnum):
    IN = "In"
    NOT_IN = "NotIn"
    EXISTS = "Exists"
    DOES_NOT_EXIST = "DoesNotExist"
    GT = "Gt"
    LT = "Lt"


class LabelOperator(StrEnum):
    IN = "In"
    NOT_IN = "NotIn"
    EXISTS = "Exists"
    DOES_NOT_EXIST = "DoesNotExist"


class NodeRequirement(Model):
    key: Line = Field(description="Label of the node.", examples=["topology.kubernetes.io/zone"])
    operator: NodeOperator = Field(description="How the label's value relates to the values.")
    values: tuple[LabelValue, ...] = Field(default=(), max_length=32, description="Values to compare with.")


class NodeSelectorTerm(Model):
    match_expressions: tuple[NodeRequirement, ...] = Field(
        min_length=1,
        max_length=16,
        description="Requirements that a node must meet, all of them.",
    )


class NodeSelector(Model):
    node_selector_terms: tuple[NodeSelectorTerm, ...] = Field(
        min_length=1,
        max_length=8,
        description="Terms of which a node must meet one.",
    )


class PreferredNode(Model):
    weight: Weight = Field(description="How much it counts, 1 to 100.")
    preference: NodeSelectorTerm = Field(description="Which nodes are preferred.")


class NodeAffinity(Model):
    required_during_scheduling_ignored_during_execution: NodeSelector | None = Field(
        default=None,
        description="Nodes to which the pods are confined.",
    )
    preferred_during_scheduling_ignored_during_execution: tuple[PreferredNode, ...] = Field(
        default=(),
        max_length=8,
        description="Nodes to prefer.",
    )


class LabelRequirement(Model):
    key: Line = Field(description="Label of the pod.", examples=["app.kubernetes.io/name"])
    operator: LabelOperator = Field(description="How the label's value relates to the values.")
    values: tuple[LabelValue, ...] = Field(default=(), max_length=32, description="Values to compare with.")


class LabelSelector(Model):
    match_labels: MapOf[LabelValue] = Field(default={}, max_length=16, description="Labels to carry, all of them.")
    match_expressions: tuple[LabelRequirement, ...] = Field(
        default=(),
        max_length=16,
        description="Requirements to meet, all of them.",
    )


class PodAffinityTerm(Model):
    label_selector: LabelSelector = Field(description="The other pods.")
    topology_key: Line = Field(description="Node label that makes one place.", examples=["kubernetes.io/hostname"])
    namespaces: tuple[NamespaceName, ...] = Field(
        default=(),
        max_length=8,
        description="Namespaces of the other pods; absent means the same one.",
    )


class PreferredPodAffinityTerm(Model):
    weight: Weight = Field(description="How much it counts, 1 to 100.")
    pod_affinity_term: PodAffinityTerm = Field(description="Which pods to be near to, or far from.")


class PodAffinity(Model):
    required_during_scheduling_ignored_during_execution: tuple[PodAffinityTerm, ...] = Field(
        default=(),
        max_length=8,
        description="Terms that must hold.",
    )
    preferred_during_scheduling_ignored_during_execution: tuple[PreferredPodAffinityTerm, ...] = Field(
        default=(),
        max_length=8,
        description="Terms to prefer.",
    )


class Affinity(Model):
    node_affinity: NodeAffinity | None = Field(default=None, description="Nodes to run on.")
    pod_affinity: PodAffinity | None = Field(default=None, description="Pods to run beside.")
    pod_anti_affinity: PodAffinity | None = Field(default=None, description="Pods to run apart from.")
