"""Sources of documents, and the parsers that read what they hold."""

from collections.abc import AsyncIterator, Mapping, Sequence
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
    """An item with its bytes; None means that the source confirmed it as unchanged."""

    item: SourceItem
    content: bytes | None


class Source(Protocol):
    """One source of a knowledge base.

    The listing is complete when the iterator ends normally; an error in the middle means that nothing may be concluded
    about what is missing.

    Raises:
        UnavailableError: unreachable or timed out.
        NotFoundError: the ConfigMap, claim, repository or ref does not exist.
        PermissionDeniedError: credentials refused, robots.txt, or an address that the platform does not allow.
    """

    name: str

    def list(self, known: Mapping[str, Mapping[str, str]], deadline: Deadline) -> AsyncIterator[SourceItem]:
        """Every item. `known` holds the validators of each path seen before."""
        ...

    async def fetch(self, item: SourceItem, deadline: Deadline) -> Fetched:
        """The bytes, bounded by the source's size limit (ExhaustedError). NotFoundError when it just vanished."""
        ...

    async def close(self) -> None:
        """Releases connections and temporary files."""
        ...


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of the canonical text. `level` counts from 1."""

    start: int
    level: int
    text: str


@dataclass(frozen=True, slots=True)
class Block:
    """A stretch of the canonical text that reads as one: splitting keeps it whole where it can.

    `kind` is one of paragraph, list, table, code, heading.
    """

    start: int
    end: int
    kind: str


@dataclass(frozen=True, slots=True)
class ParsedDocument:
    """The canonical text and its structure; all offsets are code points of `text`.

    Attributes:
        text: what offsets and quotes refer to. Stored as it is; never re-derived.
        blocks: in order, without overlap; what lies between them is white space.
        pages: (start, page number) in order; empty for formats without pages.
        attributes, access: from front matter or document properties.
        warnings: losses, e.g. "page 3 has no text".
    """

    text: str
    title: str = ""
    headings: tuple[Heading, ...] = ()
    blocks: tuple[Block, ...] = ()
    pages: tuple[tuple[int, int], ...] = ()
    language: str = "und"
    attributes: Attributes = field(default_factory=dict[str, str | float | bool])
    access: Access = None
    warnings: tuple[str, ...] = ()


class Parser(Protocol):
    """Bytes to canonical text. Pure and deterministic: the same bytes give the same document, on any machine.

    Raises:
        InvalidInputError: broken, encrypted or empty; the message says which and what to do.
        ExhaustedError: over the limits of time, memory or expansion.
        UnsupportedError: no parser for this media type.
    """

    async def parse(self, content: bytes, media_type: str, path: str, deadline: Deadline) -> ParsedDocument: ...


@dataclass(frozen=True, slots=True)
class Piece:
    """A passage to be: a stretch of the canonical text with the headings above it."""

    start: int
    end: int
    prefix: str


class Splitter(Protocol):
    """Cuts a parsed document. Pieces are in order, each is a stretch of the text, together they cover all of it that
    is not white space.
    """

    def __call__(self, document: ParsedDocument) -> Sequence[Piece]: ...
