"""Markdown (CommonMark with tables). The canonical text is the source without its front matter, character for character."""

from collections.abc import Iterator, Sequence
from itertools import accumulate, pairwise
from typing import Final

from markdown_it import MarkdownIt
from markdown_it.token import Token

from kvasir.adapters.parsers.assembly import MAX_TITLE
from kvasir.adapters.parsers.decoding import decode
from kvasir.adapters.parsers.front_matter import read_front_matter
from kvasir.ports.reading import Block, BlockKind, Heading, ParsedDocument

_KINDS: Final[dict[str, BlockKind]] = {
    "heading_open": "heading",
    "bullet_list_open": "list",
    "ordered_list_open": "list",
    "table_open": "table",
    "fence": "code",
    "code_block": "code",
}


def parse_markdown(content: bytes) -> ParsedDocument:
    """Raises InvalidInputError for binary content and unreadable front matter."""
    source = decode(content)
    front = read_front_matter(source)
    text = source[front.body :]
    tokens = _parser().parse(text)
    lines = [0, *accumulate(len(line) + 1 for line in text.split("\n"))]
    headings = tuple(_headings(tokens, lines))
    return ParsedDocument(
        text=text,
        title=front.title or next((one.text for one in headings if one.level == 1 and len(one.text) <= MAX_TITLE), ""),
        headings=headings,
        blocks=tuple(_blocks(tokens, lines, text)),
        attributes=front.attributes,
        access=front.access,
        warnings=front.warnings,
    )


def _parser() -> MarkdownIt:
    return MarkdownIt("commonmark", {"maxNesting": 50}).enable("table")


def _headings(tokens: Sequence[Token], lines: Sequence[int]) -> Iterator[Heading]:
    for token, inline in pairwise(tokens):
        if token.type == "heading_open" and token.map:
            words = "".join(child.content for child in inline.children or [] if child.type in {"text", "code_inline"})
            yield Heading(lines[token.map[0]], int(token.tag[1:]), " ".join(words.split()))


def _blocks(tokens: Sequence[Token], lines: Sequence[int], text: str) -> Iterator[Block]:
    covered = 0
    for token in tokens:
        if token.level == 0 and token.map and token.nesting >= 0:
            start, end = lines[token.map[0]], min(lines[token.map[1]], len(text))
            # Link reference definitions leave no token; they stay part of the text.
            if text[covered:start].strip():
                yield Block(covered, start, "paragraph")
            yield Block(start, end, _KINDS.get(token.type, "paragraph"))
            covered = end
    if text[covered:].strip():
        yield Block(covered, len(text), "paragraph")
