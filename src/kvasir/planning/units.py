"""Desired units: what a plan asks a driver to make true. They speak Kvasir's language, not Kubernetes'."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from typing import Any, cast

from pydantic import BaseModel

from kvasir.resources import KnowledgeBase


@dataclass(frozen=True, slots=True)
class TenantBoundary:
    """The tenant's own namespace and everything that keeps it apart."""

    tenant: str


@dataclass(frozen=True, slots=True)
class KeyMaterial:
    """Keys that are made once and never rendered: the bootstrap API key, signing and hashing keys."""

    tenant: str


@dataclass(frozen=True, slots=True)
class StoreLayout:
    """Which store keeps which role of the tenant's data."""

    tenant: str
    stores: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Gateway:
    """The tenant's HTTP front."""

    tenant: str
    replicas: int


@dataclass(frozen=True, slots=True)
class IngestRun:
    """One ingestion run. Its name is made from its causes: a recorded name never runs again.

    Attributes:
        cause: a sentence for people: why it runs.
        confirmed, retry, pinned: as in `ingestion.run.RunRequest`.
    """

    tenant: str
    name: str
    cause: str
    knowledge_base: KnowledgeBase
    confirmed: bool
    retry: bool
    pinned: int | None


@dataclass(frozen=True, slots=True)
class ServedModel:
    """A model id on the tenant's gateway, answered in process."""

    tenant: str
    deployment: str
    knowledge_bases: tuple[str, ...]
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Route:
    """A host that leads to the tenant's gateway."""

    tenant: str
    name: str
    host: str
    path: str


Unit = TenantBoundary | KeyMaterial | StoreLayout | Gateway | IngestRun | ServedModel | Route


def fingerprint(value: object) -> str:
    """16 hex digits over the value's content; equal content gives equal digits in every process and version."""
    return hashlib.blake2b(_canonical(value).encode(), digest_size=8).hexdigest()


def _canonical(value: Any) -> str:
    if isinstance(value, BaseModel):
        return f"{type(value).__name__}{value.model_dump_json(exclude={'status'})}"
    if is_dataclass(value) and not isinstance(value, type):
        named = ", ".join(f"{one.name}={_canonical(getattr(value, one.name))}" for one in fields(value))
        return f"{type(value).__name__}({named})"
    if isinstance(value, Mapping):
        items = cast("Mapping[Any, Any]", value)
        return "{" + ", ".join(f"{key}: {_canonical(items[key])}" for key in sorted(items, key=str)) + "}"
    if isinstance(value, tuple | list):
        return "[" + ", ".join(map(_canonical, cast("Sequence[Any]", value))) + "]"
    return repr(value)
