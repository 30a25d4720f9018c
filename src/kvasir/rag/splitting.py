"""Splitting: a parsed document into passages.

Every passage is a stretch of the canonical text, so that its offsets are exact. Boundaries are taken where the text has
them: headings first, then blocks (paragraph, list, table, code), then lines or sentences, and only inside a sentence
longer than a passage at white space. Time is linear in the text, and memory does not grow with it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from kvasir.ports.reading import Block, Heading, ParsedDocument, Piece
from kvasir.text.sentences import sentences

Span = tuple[int, int]

_LINE_KINDS: Final = frozenset({"list", "table", "code"})
_WINDOW: Final = 1 << 16
"""Code points of a block that sentences are looked for at once: a log file is one paragraph of many megabytes."""
_LOOK_BACK: Final = 500
"""Code points before a possible start of a passage that tell whether a sentence begins there."""
_SPACES: Final = " \n\t\u00a0\u3000"
_LONGEST_NAME: Final = 200
"""Code points of a heading that stand in a prefix: every passage below it repeats them."""
_WORD: Final = re.compile(r"\S")
_CHUNK: Final = 4096
_HEAD_SIZE: Final = 400
"""Code points of the document's beginning that join the prefix (docs/decisions/0001-retrieval.md)."""


@dataclass(frozen=True, slots=True)
class StructureSplitter:
    """Splits along the document's structure.

    Attributes:
        size: code points of the longest passage.
        overlap: code points that a passage may repeat of the one before, in whole sentences, where no heading parts them.
    """

    size: int
    overlap: int

    def __call__(self, document: ParsedDocument) -> Iterator[Piece]:
        """Pieces in order; together they cover everything but white space."""
        prefix = _PrefixBuilder(document)
        for start, end in self._pack(document):
            yield Piece(start, end, prefix.at(start))

    def _pack(self, document: ParsedDocument) -> Iterator[Span]:
        headings = {heading.start for heading in document.headings}
        text = document.text
        start = end = -1
        for unit_start, unit_end in self._units(document):
            if start < 0:
                start, end = unit_start, unit_end
                continue
            at_heading = unit_start in headings and end - start >= self.size // 3
            if unit_end - start <= self.size and not at_heading:
                end = unit_end
                continue
            yield start, end
            start = unit_start if at_heading else self._overlap_start(text, start, end, unit_start, unit_end)
            end = unit_end
        if start >= 0:
            yield start, end

    def _overlap_start(self, text: str, start: int, end: int, unit_start: int, unit_end: int) -> int:
        earliest = max(start + 1, end - self.overlap, unit_end - self.size)
        if earliest >= end:
            return unit_start
        window = max(start, earliest - _LOOK_BACK)
        starts = (window + sentence for sentence, _ in sentences(text[window:end]))
        return next((position for position in starts if position >= earliest), unit_start)

    def _units(self, document: ParsedDocument) -> Iterator[Span]:
        """The smallest stretches to pack, none longer than a passage."""
        text = document.text
        for block in _gapless(document):
            start, end = _strip(text, block.start, block.end)
            if end - start <= self.size:
                if start < end:
                    yield start, end
                continue
            parts = _lines(text, start, end) if block.kind in _LINE_KINDS else _sentences(text, start, end)
            for part_start, part_end in parts:
                yield from self._cut(text, part_start, part_end)

    def _cut(self, text: str, start: int, end: int) -> Iterator[Span]:
        """Cuts a stretch that no boundary divides, at the last white space that fits."""
        while end - start > self.size:
            half = start + self.size // 2
            space = max(text.rfind(mark, half, start + self.size) for mark in _SPACES)
            cut = space if space > start else start + self.size
            yield _strip(text, start, cut)
            start, end = _strip(text, cut, end)
        if start < end:
            yield start, end


def _gapless(document: ParsedDocument) -> Iterator[Block]:
    """The document's blocks, and what a parser left between them: no text is ever lost."""
    text, covered, length = document.text, 0, len(document.text)
    for block in document.blocks:
        start, end = max(block.start, covered), min(block.end, length)
        if start > covered and not text[covered:start].isspace():
            yield Block(covered, min(start, length), "paragraph")
        if start < end:
            yield block if (start, end) == (block.start, block.end) else Block(start, end, block.kind)
        covered = max(start, end)
    if covered < length:
        yield Block(covered, length, "paragraph")


class _PrefixBuilder:
    """What stands above a passage: title, headings that lead to it, and the head of the document."""

    def __init__(self, document: ParsedDocument) -> None:
        self._document = document
        self._path: list[Heading] = []
        self._next = 0

    def at(self, start: int) -> str:
        """The prefix of a passage; calls come with growing `start`. A heading at `start` itself is not above it."""
        headings = self._document.headings
        while self._next < len(headings) and headings[self._next].start < start:
            self._enter(headings[self._next])
            self._next += 1
        if self._next < len(headings) and headings[self._next].start == start:
            self._leave(headings[self._next].level)
        return "\n".join(line for line in (self._outline(), self._head(start)) if line)

    def _enter(self, heading: Heading) -> None:
        self._leave(heading.level)
        self._path.append(heading)

    def _leave(self, level: int) -> None:
        while self._path and self._path[-1].level >= level:
            self._path.pop()

    def _outline(self) -> str:
        title = self._document.title
        names = [heading.text[:_LONGEST_NAME] for heading in self._path if heading.text != title]
        return " > ".join([title, *names] if title else names)

    def _head(self, start: int) -> str:
        return " ".join(self._document.text[: min(_HEAD_SIZE, start)].split())


def _strip(text: str, start: int, end: int) -> Span:
    """Without the white space around it; megabytes of it cost no more than their scan."""
    if start < end and text[start].isspace():
        word = _WORD.search(text, start, end)
        start = word.start() if word else end
    while end > start and text[end - 1].isspace():
        begin = max(start, end - _CHUNK)
        end = begin + len(text[begin:end].rstrip())
    return start, end


def _lines(text: str, start: int, end: int) -> Iterator[Span]:
    while start < end:
        stop = text.find("\n", start, end)
        stop = end if stop < 0 else stop
        span = _strip(text, start, stop)
        if span[0] < span[1]:
            yield span
        start = stop + 1


def _sentences(text: str, start: int, end: int) -> Iterator[Span]:
    """Sentences of a block, a window at a time; a window ends at the end of a line, or else of a word."""
    while (start := _strip(text, start, end)[0]) < end:
        stop = min(end, start + _WINDOW)
        if stop < end:
            stop = _last(text, "\n", start + _WINDOW // 2, stop) or _last(text, _SPACES, stop - 1000, stop) or stop
        for first, last in sentences(text[start:stop]):
            yield start + first, start + last
        start = stop


def _last(text: str, marks: str, start: int, end: int) -> int:
    """The position after the last of the marks in a stretch; 0 when there is none."""
    return max(text.rfind(mark, start, end) for mark in marks) + 1
