"""Tenant: one customer, isolated from all others."""

from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import Field

from kvasir.resources.containers import Identity, SetList
from kvasir.resources.data_store import StoreRole
from kvasir.resources.meta import Column, KindFacts, KvasirResource, Model, NameReference, Scope, Status
from kvasir.resources.pod import Autoscaling, PodSettings, Replicas, Resources
from kvasir.resources.rules import Transition, immutable
from kvasir.resources.scalars import Host, Integer, Line, Name, Quantity

Days = Annotated[Integer, Field(ge=1, le=36_500)]


class PlanPolicy(StrEnum):
    """Who decides on the plan."""

    PINNED = "Pinned"
    """This file does, always."""
    INITIAL = "Initial"
    """This file does at first; then billing changes it."""


class PlanReference(Model):
    name: Name = Field(description="Name of a Plan.", examples=["free"])
    policy: PlanPolicy = Field(
        default=PlanPolicy.PINNED,
        description="Pinned keeps this plan, Initial only starts with it and lets billing change it.",
    )


class StoresByRole(Model):
    """Which DataStore keeps what. An absent role uses the built-in store `embedded`."""

    relational: NameReference | None = Field(default=None, description="Accounts, usage, documents and audit.")
    counters: NameReference | None = Field(default=None, description="Rate limits, quota reservations and sessions.")
    passages: NameReference | None = Field(default=None, description="Passages and their vectors.")
    conversations: NameReference | None = Field(default=None, description="Messages, feedback and memory.")
    caches: NameReference | None = Field(default=None, description="Answers and embeddings that can be made again.")
    blobs: NameReference | None = Field(default=None, description="Uploads, index files and page images.")


class NetworkIsolation(StrEnum):
    ISOLATED = "Isolated"
    UNRESTRICTED = "Unrestricted"


class NamespaceQuota(Model):
    """Upper limits of the tenant's namespace on a cluster; absent means no limit."""

    cpu: Quantity | None = Field(default=None, description="Sum of CPU requests, in cores.", examples=["8"])
    memory: Quantity | None = Field(default=None, description="Sum of memory requests, in bytes.", examples=["32Gi"])
    gpus: Annotated[Integer, Field(ge=0, le=10_000)] | None = Field(default=None, description="GPUs.")
    storage: Quantity | None = Field(default=None, description="Sum of claims, in bytes.", examples=["100Gi"])
    pods: Annotated[Integer, Field(ge=1, le=10_000)] | None = Field(default=None, description="Pods.")


class Isolation(Model):
    network: NetworkIsolation = Field(
        default=NetworkIsolation.ISOLATED,
        description="Isolated lets in only the ingress and Kvasir itself, Unrestricted makes no NetworkPolicy.",
    )
    quota: NamespaceQuota | None = Field(default=None, description="Upper limits of the tenant's namespace.")


class Retention(Model):
    """How long data is kept; absent means until the tenant deletes it."""

    conversation_days: Days | None = Field(default=None, description="Days after a conversation's last message.")
    audit_days: Days | None = Field(default=None, description="Days that audit records are kept.")
    usage_days: Days | None = Field(default=None, description="Days that usage records are kept.")


class Gateway(Model):
    """The tenant's HTTPS front."""

    replicas: Replicas = Field(default=1, description="Pods on a cluster, workers on a laptop.")
    autoscaling: Autoscaling | None = Field(default=None, description="Scales the replicas by CPU use.")
    resources: Resources | None = Field(default=None, description="Requests and limits of a gateway.")


class DeletionPolicy(StrEnum):
    RETAIN = "Retain"
    DELETE = "Delete"


class TenantSpec(Model):
    transitions: ClassVar[tuple[Transition, ...]] = (
        immutable("data_stores", fix="Back the tenant up and restore it into a new Tenant with the other stores."),
    )
    display_name: Line | None = Field(
        default=None,
        description="Name for people; absent means metadata.name.",
        examples=["Acme Corporation"],
    )
    plan: PlanReference | None = Field(
        default=None,
        description="Billing plan; absent means the built-in plan unlimited.",
    )
    admins: SetList[Line] = Field(
        default=(),
        max_length=64,
        description="E-mail addresses or token subjects of the tenant's administrators.",
        examples=[["ada@acme.example"]],
    )
    domains: SetList[Host] = Field(
        default=(),
        max_length=64,
        description="Hosts that the tenant's routes may use; `*.` at the start allows any name one level below.",
        examples=[["acme.localhost"]],
    )
    data_stores: StoresByRole | None = Field(
        default=None,
        description="Which DataStore keeps what; absent means the built-in store embedded. Cannot be changed.",
    )
    isolation: Isolation = Field(default=Isolation(), description="What keeps the tenant apart.")
    retention: Retention | None = Field(default=None, description="How long data is kept.")
    gateway: Gateway = Field(default=Gateway(), description="The tenant's HTTPS front.")
    deletion_policy: DeletionPolicy = Field(
        default=DeletionPolicy.RETAIN,
        description="Whether data and keys survive the deletion of the Tenant (Retain) or not (Delete).",
    )
    pod: PodSettings | None = Field(default=None, description="Settings of the gateway pods.")


class ValueOrigin(StrEnum):
    """Where a resolved value comes from."""

    SPEC = "Spec"
    BILLING = "Billing"
    OBJECT = "Object"
    BUILT_IN = "BuiltIn"


class ResolvedPlan(Model):
    name: Name = Field(description="Plan in force.")
    chosen_by: ValueOrigin = Field(description="Spec, Billing, or BuiltIn when nobody chose.")
    defined_by: ValueOrigin = Field(description="Object for a Plan object, BuiltIn for a built-in plan.")


class ResolvedStore(Model):
    role: StoreRole = Field(description="What the store keeps.")
    name: Name = Field(description="DataStore in force.")
    chosen_by: ValueOrigin = Field(description="Spec, or BuiltIn when nobody chose.")
    defined_by: ValueOrigin = Field(description="Object for a DataStore object, BuiltIn for the built-in store.")


class TenantStatus(Status):
    namespace: Line | None = Field(default=None, description="Namespace of the tenant.")
    plan: ResolvedPlan | None = Field(default=None, description="Plan in force and where it came from.")
    data_stores: Annotated[tuple[ResolvedStore, ...], Identity("role")] = Field(
        default=(),
        max_length=6,
        description="Stores in force and where they came from.",
    )
    url: Line | None = Field(default=None, description="Address of the gateway.")
    bootstrap_secret: Line | None = Field(default=None, description="Secret with the first API key.")


class Tenant(KvasirResource):
    """A customer with its own namespace, keys, quotas and gateway."""

    facts: ClassVar[KindFacts] = KindFacts(
        plural="tenants",
        scope=Scope.CLUSTER,
        columns=(
            Column("Ready", ".status.conditions[?(@.type=='Ready')].status"),
            Column("Reason", ".status.conditions[?(@.type=='Ready')].reason"),
            Column("Plan", ".status.plan.name"),
            Column("URL", ".status.url", priority=1),
        ),
    )
    kind: str = "Tenant"
    spec: TenantSpec = Field(description="What is asked for.")
    status: TenantStatus = Field(default=TenantStatus(), description="What is observed.")
