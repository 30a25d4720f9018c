"""Reading documents: bytes to canonical text, and the text to drafts of passages."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol

from kvasir.ports.deadline import Deadline
from kvasir.ports.filters import Attributes
from kvasir.ports.principal import Access
from kvasir.text.instructions.instruction import Instruction

BlockKind = Literal["heading", "paragraph", "list", "table", "code"]


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of the canonical text. `level` counts from 1."""

    start: int
    level: int
    text: str


@dataclass(frozen=True, slots=True)
class Block:
    """A stretch of the canonical text that reads as one: splitting keeps it whole where it can."""

    start: int
    end: int
    kind: BlockKind


@dataclass(frozen=True, slots=True)
class ParsedDocument:
    """The canonical text and its structure; all offsets are code points of `text`.

    Attributes:
        text: what offsets and quotes refer to. Stored as it is; never re-derived.
        blocks: in order, without overlap; what lies between them is white space. Iterated once, so it may be lazy.
        pages: (start, page number) in order; empty for formats without pages.
        attributes, access: from front matter or document properties.
        warnings: losses, e.g. "page 3 has no text".
    """

    text: str
    title: str = ""
    headings: Sequence[Heading] = ()
    blocks: Iterable[Block] = ()
    pages: Sequence[tuple[int, int]] = ()
    attributes: Attributes = field(default_factory=dict[str, str | float | bool])
    access: Access = None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of the canonical text, with what stands above it."""

    start: int
    end: int
    prefix: str


class Splitter(Protocol):
    """Cuts a parsed document into pieces, in order, that together cover all but white space. Picklable."""

    def __call__(self, document: ParsedDocument) -> Iterator[Piece]: ...


@dataclass(frozen=True, slots=True)
class PassageDraft:
    """A passage before it has an id: fields as in `passages.Passage`."""

    text: str
    start: int
    end: int
    prefix: str
    pages: tuple[tuple[int, int], ...]
    language: str
    instructions: tuple[Instruction, ...] = ()


@dataclass(frozen=True, slots=True)
class ReadDocument:
    """What a reader found, valid inside its context.

    Attributes:
        text: file with the canonical text in UTF-8.
        drafts: passages in order, read from disk as they are consumed; can be iterated again.
    """

    title: str
    language: str
    attributes: Mapping[str, str | float | bool]
    access: Access
    warnings: tuple[str, ...]
    passages: int
    text: Path
    drafts: Iterable[PassageDraft]


class DocumentReader(Protocol):
    """Parses and splits one document at a time under limits of time and memory, and looks for orders to a model in it.

    Pure and deterministic: the same bytes give the same document, on any machine.

    Raises:
        InvalidInputError: broken, encrypted or without text; the message says which and what to do.
        ExhaustedError: over the limits of time, memory or expansion.
        UnsupportedError: no parser for this media type and path.
    """

    fingerprint: str
    """Of the parsers' versions and settings: part of a generation's fingerprint."""

    def read(
        self, original: Path, media_type: str, path: str, splitter: Splitter, deadline: Deadline
    ) -> AbstractAsyncContextManager[ReadDocument]: ...

    async def close(self) -> None: ...
