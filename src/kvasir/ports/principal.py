"""Who asks: the only place where a tenant's name enters a call."""

import json
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

Access = frozenset[str] | None
"""Groups that may read a document; None means everybody in its tenant, an empty set means nobody but the system."""

SYSTEM_ROLE: Final = "system"


class Scope(StrEnum):
    """What a credential may do; a request needs exactly one of them."""

    CHAT = "chat"
    SEARCH = "search"
    FILES = "files"


@dataclass(frozen=True, slots=True)
class Principal:
    """The caller, established from a credential and never from a request body.

    Attributes:
        tenant: the tenant that every read and write is confined to.
        subject: stable id of the user, API key or component, for audit and rate limits.
        roles: permissions as data; `system` reads documents whatever their access.
        groups: matched against a document's `access`.
        scopes: what the credential is for.
    """

    tenant: str
    subject: str
    roles: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()
    scopes: frozenset[Scope] = frozenset(Scope)

    @classmethod
    def system(cls, tenant: str, component: str) -> "Principal":
        """The platform itself, bound to one tenant: ingestion, the command line over the control socket."""
        return cls(tenant=tenant, subject=f"system:{component}", roles=frozenset({SYSTEM_ROLE}))

    @property
    def is_system(self) -> bool:
        return SYSTEM_ROLE in self.roles

    def may_read(self, access: Access) -> bool:
        """Whether a document with this access is visible: no access list, or one that shares a group."""
        return access is None or self.is_system or not self.groups.isdisjoint(access)

    @property
    def access_fingerprint(self) -> str:
        """Equal for principals that see the same documents; part of every answer-cache key."""
        return "system" if self.is_system else json.dumps(sorted(self.groups))
