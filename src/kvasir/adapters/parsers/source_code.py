"""Source code and configuration: the file as it is, cut where definitions begin."""

import re
from itertools import pairwise
from typing import Final

from kvasir.adapters.parsers.decoding import decode
from kvasir.ports.reading import Block, Heading, ParsedDocument

_DEFINITION: Final = re.compile(
    r"^(?:export\s+|public\s+|private\s+|static\s+|async\s+|pub\s+|default\s+|abstract\s+)*"
    r"(?:def|class|func|function|fn|struct|enum|interface|trait|impl|type|module|package)\s+([\w.:<>]+)",
    re.MULTILINE,
)


def parse_source_code(content: bytes) -> ParsedDocument:
    """Definitions at the left margin begin a block and name it. Raises InvalidInputError for binary content."""
    text = decode(content)
    starts = [match.start() for match in _DEFINITION.finditer(text)]
    headings = tuple(Heading(match.start(), 1, match[1].rstrip(":.")) for match in _DEFINITION.finditer(text))
    bounds = sorted({0, *starts, len(text)})
    blocks = tuple(Block(start, end, "code") for start, end in pairwise(bounds) if not text[start:end].isspace())
    return ParsedDocument(text=text, headings=headings, blocks=blocks)
