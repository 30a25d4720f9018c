"""Plain text: the canonical text is the decoded file, paragraphs are parted by blank lines."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from kvasir.adapters.parsers.decoding import decode
from kvasir.adapters.parsers.front_matter import read_front_matter
from kvasir.ports.reading import Block, ParsedDocument

_WORD: Final = re.compile(r"\S")
_GAP: Final = re.compile(r"\n[ \t]*\n\s*")


def parse_plain_text(content: bytes) -> ParsedDocument:
    """Raises InvalidInputError for binary content and unreadable front matter."""
    source = decode(content)
    front = read_front_matter(source)
    text = source[front.body :]
    return ParsedDocument(
        text=text,
        title=front.title,
        blocks=Paragraphs(text),
        attributes=front.attributes,
        access=front.access,
        warnings=front.warnings,
    )


@dataclass(frozen=True, slots=True)
class Paragraphs:
    """Blocks found while they are iterated: a file of 200 MB has millions."""

    text: str

    def __iter__(self) -> Iterator[Block]:
        start = 0
        for gap in _GAP.finditer(self.text):
            if _WORD.search(self.text, start, gap.start()):
                yield Block(start, gap.start(), "paragraph")
            start = gap.end()
        if _WORD.search(self.text, start):
            yield Block(start, len(self.text), "paragraph")
