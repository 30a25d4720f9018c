"""Bounded, lossy caches: an entry may vanish at any time, and is never wrong."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from kvasir.ports.deadline import Deadline
from kvasir.ports.principal import Principal


class Cache(Protocol):
    """Values by key within the tenant. A cache that is down behaves as an empty one and counts it in metrics."""

    async def get_many(self, principal: Principal, keys: Sequence[bytes], deadline: Deadline) -> Mapping[bytes, bytes]:
        """What is there; absent keys are left out."""
        ...

    async def put_many(
        self, principal: Principal, entries: Mapping[bytes, bytes], deadline: Deadline, *, ttl: float | None = None
    ) -> None:
        """Stores for at most `ttl` seconds. Values over the adapter's limit are not stored."""
        ...

    async def clear(self, principal: Principal, deadline: Deadline) -> None:
        """Drops every entry of the tenant."""
        ...
