"""`ports.caches.Cache` in the memory of this process."""

import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from typing import Final, NamedTuple

from kvasir.ports.deadline import Deadline
from kvasir.ports.principal import Principal

_OVERHEAD: Final = 320
"""Bytes that an entry costs beside its key and value, measured on CPython 3.11."""

_LARGEST_SHARE: Final = 8
"""A value over an eighth of the budget is not stored: it would push out too much."""


class _Entry(NamedTuple):
    value: bytes
    expires: float


class MemoryCache:
    """Implements `Cache`: drops the least recently used entries beyond `max_bytes`. For one event loop.

    Nothing here waits, so deadlines do not matter and no error is raised.
    """

    def __init__(self, *, max_bytes: int, max_ttl: float = 3600.0, clock: Callable[[], float] = time.monotonic) -> None:
        """`max_ttl` (seconds) holds for entries without a shorter one of their own; `clock` counts seconds."""
        self._max_bytes = max_bytes
        self._max_ttl = max_ttl
        self._clock = clock
        self._entries: OrderedDict[tuple[str, bytes], _Entry] = OrderedDict()
        self._bytes = 0

    @property
    def bytes_used(self) -> int:
        """Keys, values and what keeping them costs."""
        return self._bytes

    async def get_many(self, principal: Principal, keys: Sequence[bytes], deadline: Deadline) -> Mapping[bytes, bytes]:  # noqa: ARG002 - the port's signature
        now = self._clock()
        found: dict[bytes, bytes] = {}
        for key in keys:
            place = (principal.tenant, key)
            entry = self._entries.get(place)
            if entry is None:
                continue
            if entry.expires <= now:
                self._drop(place)
                continue
            self._entries.move_to_end(place)
            found[key] = entry.value
        return found

    async def put_many(
        self,
        principal: Principal,
        entries: Mapping[bytes, bytes],
        deadline: Deadline,  # noqa: ARG002
        *,
        ttl: float | None = None,
    ) -> None:
        expires = self._clock() + (self._max_ttl if ttl is None else min(ttl, self._max_ttl))
        for key, value in entries.items():
            place = (principal.tenant, key)
            self._drop(place)  # also when the new value is too large: the old one is no longer right
            size = _size(key, value)
            if size * _LARGEST_SHARE <= self._max_bytes:
                self._entries[place] = _Entry(value, expires)
                self._bytes += size
        while self._bytes > self._max_bytes:
            self._drop(next(iter(self._entries)))

    async def clear(self, principal: Principal, deadline: Deadline) -> None:  # noqa: ARG002
        for place in [place for place in self._entries if place[0] == principal.tenant]:
            self._drop(place)

    def _drop(self, place: tuple[str, bytes]) -> None:
        entry = self._entries.pop(place, None)
        if entry is not None:
            self._bytes -= _size(place[1], entry.value)


def _size(key: bytes, value: bytes) -> int:
    return len(key) + len(value) + _OVERHEAD
