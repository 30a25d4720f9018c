"""The blob store: originals, canonical texts, uploads and artifacts, by key."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Protocol

from kvasir.ports.deadline import Deadline
from kvasir.ports.paging import Page
from kvasir.ports.principal import Principal


@dataclass(frozen=True, slots=True)
class Blob:
    """What is known of a blob without reading it. `size` is bytes, `sha256` is hex."""

    key: str
    size: int
    sha256: str


class Blobs(Protocol):
    """Immutable-by-convention objects in the tenant's own key space.

    Keys are `/`-separated, at most 512 code points, without empty, `.` or `..` segments (InvalidInputError).
    A reader sees a blob whole or not at all.

    Raises:
        UnavailableError, DeadlineExceededError: nothing is visible under the key that was not before.
        ExhaustedError: no space is left.
    """

    async def put(
        self, principal: Principal, key: str, content: bytes | AsyncIterator[bytes], deadline: Deadline
    ) -> Blob:
        """Stores or replaces, durably."""
        ...

    async def get(self, principal: Principal, key: str, deadline: Deadline) -> bytes:
        """Raises NotFoundError, and CorruptDataError when the content does not match its checksum."""
        ...

    def stream(
        self, principal: Principal, key: str, deadline: Deadline, *, each: float | None = None
    ) -> AsyncIterator[bytes]:
        """Pieces of at most 1 MiB. Raises NotFoundError at the first piece.

        `each` gives every later piece so many seconds of its own, however long the reader took between two.
        """
        ...

    async def head(self, principal: Principal, key: str, deadline: Deadline) -> Blob:
        """Raises NotFoundError."""
        ...

    async def list(
        self, principal: Principal, prefix: str, deadline: Deadline, *, after: str | None = None, limit: int = 1000
    ) -> Page[Blob]:
        """Keys that begin with the prefix, in code point order."""
        ...

    async def delete(self, principal: Principal, key: str, deadline: Deadline) -> None:
        """Idempotent."""
        ...
