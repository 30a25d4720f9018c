"""DataStore: a database or object store that tenants share."""

from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import Field

from kvasir.resources.containers import SetList
from kvasir.resources.meta import (
    Column,
    KindFacts,
    KvasirResource,
    Model,
    Scope,
    SecretKeyReference,
    SecretReference,
    Status,
)
from kvasir.resources.pod import PodSettings
from kvasir.resources.rules import Rule, Transition, exactly_one, same_member, served_roles
from kvasir.resources.scalars import Flag, Integer, Line, ObjectName, Quantity, WebURL

TYPES = ("postgresql", "mongodb", "cassandra", "redis", "s3", "embedded")


class StoreRole(StrEnum):
    """What a DataStore can keep."""

    RELATIONAL = "Relational"
    COUNTERS = "Counters"
    PASSAGES = "Passages"
    CONVERSATIONS = "Conversations"
    CACHES = "Caches"
    BLOBS = "Blobs"


class ConnectionSecretReference(SecretKeyReference):
    """A connection URL in a Secret of the operator's namespace."""

    key: Annotated[str, Field(min_length=1, max_length=253, pattern="^[-._a-zA-Z0-9]+$")] = Field(
        default="uri",
        description="Key within the Secret.",
        examples=["uri"],
    )


class PostgreSQL(Model):
    connection_secret_ref: ConnectionSecretReference = Field(
        description="URL `postgresql://...` of a role that may create schemas and roles.",
    )
    max_connections: Annotated[Integer, Field(ge=1, le=1000)] = Field(
        default=20,
        description="Most connections per process.",
    )


class MongoDB(Model):
    connection_secret_ref: ConnectionSecretReference = Field(
        description="URL `mongodb://...` or `mongodb+srv://...` of a user that may create databases and users.",
    )


class Cassandra(Model):
    """Apache Cassandra or ScyllaDB."""

    contact_points: SetList[Line] = Field(
        min_length=1,
        max_length=32,
        description="Hosts to connect to first, with an optional port.",
        examples=[["cassandra.data.svc:9042"]],
    )
    local_datacenter: Line = Field(description="Data centre to prefer.", examples=["datacenter1"], min_length=1)
    credentials_secret_ref: SecretReference = Field(description="Secret with `username` and `password`.")
    replication_factor: Annotated[Integer, Field(ge=1, le=16)] = Field(
        default=3,
        description="Copies of each row in keyspaces that Kvasir makes.",
    )
    tls: Flag = Field(default=True, description="Whether connections are encrypted.")


class Redis(Model):
    connection_secret_ref: ConnectionSecretReference = Field(
        description="URL `redis://...` or `rediss://...` of a user that may write scripts and keys.",
    )


class S3(Model):
    bucket: Annotated[str, Field(min_length=3, max_length=63)] = Field(description="Bucket.", examples=["kvasir"])
    endpoint: WebURL | None = Field(default=None, description="Endpoint of the service; absent means AWS.")
    region: Line = Field(default="us-east-1", min_length=1, description="Region.")
    path_style: Flag = Field(default=False, description="Whether the bucket stands in the path instead of the host.")
    credentials_secret_ref: SecretReference = Field(
        description="Secret with `access-key-id` and `secret-access-key`.",
    )


class EmbeddedStore(Model):
    """Files of the tenant itself: one claim per tenant on a cluster, the data directory on a laptop."""

    size: Quantity = Field(default="10Gi", description="Size of a tenant's claim, in bytes.", examples=["10Gi"])
    storage_class_name: ObjectName | None = Field(
        default=None,
        description="StorageClass of the claims, not a network file system; absent means the cluster's default.",
    )


class DataStoreSpec(Model):
    """Exactly one of postgresql, mongodb, cassandra, redis, s3 and embedded is set."""

    rules: ClassVar[tuple[Rule, ...]] = (
        exactly_one(*TYPES),
        served_roles("postgresql", "Relational", "Passages", "Conversations"),
        served_roles("mongodb", "Passages"),
        served_roles("cassandra", "Conversations"),
        served_roles("redis", "Counters", "Caches"),
        served_roles("s3", "Blobs"),
    )
    transitions: ClassVar[tuple[Transition, ...]] = (
        same_member(*TYPES, fix="Create another DataStore; tenants move by backup and restore."),
    )
    postgresql: PostgreSQL | None = Field(default=None, description="PostgreSQL, with pgvector for passages.")
    mongodb: MongoDB | None = Field(default=None, description="MongoDB with vector search.")
    cassandra: Cassandra | None = Field(default=None, description="Apache Cassandra or ScyllaDB.")
    redis: Redis | None = Field(default=None, description="Redis, or a server of the same protocol.")
    s3: S3 | None = Field(default=None, description="An S3-compatible object store.")
    embedded: EmbeddedStore | None = Field(default=None, description="Files of the tenant itself.")
    roles: SetList[StoreRole] = Field(
        min_length=1,
        max_length=6,
        description="What tenants may keep in it.",
        examples=[["Relational", "Conversations"]],
    )
    pod: PodSettings | None = Field(default=None, description="Settings of the probe and migration pods.")


class DataStoreStatus(Status):
    reachable: Flag | None = Field(default=None, description="Whether the last probe got an answer.")
    version: Line | None = Field(default=None, description="Version of the server.")
    abilities: SetList[Line] = Field(default=(), max_length=32, description="Optional abilities that the probe found.")
    schema_revision: Line | None = Field(default=None, description="Revision of Kvasir's schema in the store.")


class DataStore(KvasirResource):
    """A database or object store, and which roles it serves."""

    facts: ClassVar[KindFacts] = KindFacts(
        plural="datastores",
        scope=Scope.CLUSTER,
        columns=(
            Column("Ready", ".status.conditions[?(@.type=='Ready')].status"),
            Column("Reason", ".status.conditions[?(@.type=='Ready')].reason"),
            Column("Reachable", ".status.reachable", "boolean"),
            Column("Version", ".status.version"),
        ),
    )
    kind: str = "DataStore"
    spec: DataStoreSpec = Field(description="What is asked for.")
    status: DataStoreStatus = Field(default=DataStoreStatus(), description="What is observed.")
