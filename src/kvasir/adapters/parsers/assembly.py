"""Assembling canonical text from parts of formats that are not text themselves."""

import re
from collections.abc import Mapping, Sequence
from itertools import zip_longest
from typing import Final

from kvasir.ports.reading import Block, BlockKind, Heading, ParsedDocument

_GAP: Final = "\n\n"
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
MAX_TITLE: Final = 200
"""Code points. A longer heading is a paragraph in disguise."""


class TextAssembly:
    """Collects blocks, headings and pages; blocks are parted by an empty line."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._length = 0
        self._headings: list[Heading] = []
        self._blocks: list[Block] = []
        self._pages: list[tuple[int, int]] = []
        self.warnings: list[str] = []

    def page(self, number: int) -> None:
        """What follows stands on this page (or slide)."""
        self._pages.append((self._length + (len(_GAP) if self._parts else 0), number))

    def heading(self, level: int, text: str) -> None:
        """A heading; an empty one is left out."""
        words = " ".join(storable(text).split())
        if words:
            start = self.block(words, "heading")
            self._headings.append(Heading(start, max(1, level), words))

    def block(self, text: str, kind: BlockKind) -> int:
        """A block without the white space around it; returns its offset. An empty one is left out."""
        body = storable(text.strip("\n") if kind == "code" else text.strip())
        if not body.strip():
            return self._length
        if self._parts:
            self._parts.append(_GAP)
            self._length += len(_GAP)
        start = self._length
        self._parts.append(body)
        self._length += len(body)
        self._blocks.append(Block(start, self._length, kind))
        return start

    def document(self, *, title: str = "", attributes: Mapping[str, str] | None = None) -> ParsedDocument:
        """Everything so far. The first short heading stands in for a missing title."""
        first = next((one.text for one in self._headings if len(one.text) <= MAX_TITLE), "")
        return ParsedDocument(
            text="".join(self._parts),
            title=storable(title).strip()[:MAX_TITLE] or first,
            headings=tuple(self._headings),
            blocks=tuple(self._blocks),
            pages=tuple(self._pages),
            attributes=dict(attributes or {}),
            warnings=tuple(self.warnings),
        )


def table_rows(rows: Sequence[Sequence[str]]) -> str:
    """A small table as lines of cells."""
    return "\n".join(" | ".join(" ".join(cell.split()) for cell in row).strip(" |") for row in rows)


def record_line(headers: Sequence[str], cells: Sequence[str]) -> str:
    """A row of a data table that can be understood alone: `Name: Ada | City: Oslo`; empty cells are left out."""
    named = zip_longest(headers, cells, fillvalue="")
    return " | ".join(f"{header}: {cell}" if header else cell for header, cell in named if cell)


def storable(text: str) -> str:
    """The text with marks in the place of lone surrogates: escapes can write them, no store can keep them."""
    return text if text.isascii() or not _SURROGATE.search(text) else _SURROGATE.sub("\ufffd", text)


def looks_like_headers(row: Sequence[str]) -> bool:
    """Whether a first row names columns: more than one, all filled, distinct, none a number."""
    return len(row) > 1 and all(row) and len(set(row)) == len(row) and not any(_is_number(cell) for cell in row)


def _is_number(text: str) -> bool:
    return text.replace(".", "", 1).replace(",", "").lstrip("-").isdigit()
