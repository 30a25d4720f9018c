"""API keys: 256 random bits, shown once, stored as HMAC-SHA-256."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from kvasir.ports.deadline import Deadline
from kvasir.ports.principal import Principal, Scope


@dataclass(frozen=True, slots=True)
class ApiKey:
    """What may be shown of a key. `prefix` is the part of the secret that identifies it to a human."""

    id: str
    tenant: str
    name: str
    prefix: str
    groups: frozenset[str]
    scopes: frozenset[Scope]
    created: datetime
    expires: datetime | None = None


class ApiKeys(Protocol):
    """Keys of one tenant.

    Raises:
        UnavailableError, DeadlineExceededError
    """

    async def create(
        self,
        principal: Principal,
        name: str,
        deadline: Deadline,
        *,
        groups: frozenset[str] = frozenset(),
        scopes: frozenset[Scope] = frozenset(Scope),
        expires: datetime | None = None,
    ) -> tuple[ApiKey, str]:
        """The key and its secret, which cannot be read again."""
        ...

    async def authenticate(self, secret: str, deadline: Deadline) -> Principal:
        """Raises UnauthenticatedError when unknown, expired or revoked, always with the same message."""
        ...

    async def list(self, principal: Principal, deadline: Deadline) -> Sequence[ApiKey]:
        """By creation."""
        ...

    async def revoke(self, principal: Principal, key: str, deadline: Deadline) -> None:
        """NotFoundError for an unknown or foreign id."""
        ...

    async def revoke_all(self, principal: Principal, deadline: Deadline) -> None:
        """Revokes every key of the tenant; done when a tenant goes. Idempotent."""
        ...
