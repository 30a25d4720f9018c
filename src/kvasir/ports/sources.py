"""Sources of documents."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from kvasir.ports.deadline import Deadline
from kvasir.ports.filters import Attributes
from kvasir.ports.principal import Access


@dataclass(frozen=True, slots=True)
class SourceItem:
    """An entry of a source's listing.

    Attributes:
        path: unique within the source.
        validators: equal validators mean unchanged content (commit and blob id, ETag, mtime and size); empty when the
            source cannot tell without fetching.
        media_type: empty when only the path tells.
    """

    path: str
    validators: Mapping[str, str] = field(default_factory=dict[str, str])
    media_type: str = ""
    access: Access = None
    attributes: Attributes = field(default_factory=dict[str, str | float | bool])
    modified: datetime | None = None


@dataclass(frozen=True, slots=True)
class Fetched:
    """An item with its bytes; None means that the source confirmed it as unchanged.

    Large content comes in pieces of at most a mebibyte or so, to be read once and to the end. While they are read, errors
    are as for `Source.fetch`.
    """

    item: SourceItem
    content: bytes | AsyncIterator[bytes] | None


class Source(Protocol):
    """One source of a knowledge base.

    The listing is complete when the iterator ends normally; an error in the middle means that nothing may be concluded
    about what is missing.

    Raises:
        UnavailableError: unreachable or timed out.
        NotFoundError: the ConfigMap, claim, repository or ref does not exist.
        PermissionDeniedError: credentials refused, robots.txt, or an address that the platform does not allow.
    """

    @property
    def name(self) -> str: ...

    def list(self, known: Mapping[str, Mapping[str, str]], deadline: Deadline) -> AsyncIterator[SourceItem]:
        """Every item. `known` holds the validators of each path seen before."""
        ...

    async def fetch(self, item: SourceItem, deadline: Deadline) -> Fetched:
        """The bytes, bounded by the source's size limit (ExhaustedError). NotFoundError when it just vanished."""
        ...

    async def close(self) -> None:
        """Releases connections and temporary files."""
        ...
