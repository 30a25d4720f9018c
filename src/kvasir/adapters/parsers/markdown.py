"""Markdown (CommonMark with tables). The canonical text is the source without its front matter, character for character.

Only the structure of blocks is parsed, and the words of headings; and a long file is parsed section by section. So the
memory that a file needs does not grow with it, and no inline markup, however twisted, costs anything.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import accumulate, pairwise
from typing import Final

from markdown_it import MarkdownIt
from markdown_it.token import Token

from kvasir.adapters.parsers.assembly import MAX_TITLE
from kvasir.adapters.parsers.decoding import decode, lines
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
_SECTION: Final = 1 << 18
"""Code points after which the next heading or empty line may begin a section that is parsed alone."""
_LONGEST_SECTION: Final = 1 << 20
_MARKUP: Final = re.compile(r"[\\`*_\[\]<>!&~]")
_LONGEST_HEADING: Final = 1000
_FENCE: Final = re.compile(r" {0,3}(`{3,}|~{3,})")
_HEADING: Final = re.compile(r"#{1,6}[ \t]")


def parse_markdown(content: bytes) -> ParsedDocument:
    """Raises InvalidInputError for binary content and unreadable front matter."""
    source = decode(content)
    front = read_front_matter(source)
    text = source[front.body :]
    parser = MarkdownIt("commonmark", {"maxNesting": 50}).enable("table")
    blocks_only = MarkdownIt("commonmark", {"maxNesting": 50}).enable("table").disable("inline")
    headings: list[Heading] = []
    blocks: list[Block] = []
    for start, end in _sections(text):
        section = text[start:end]
        tokens = blocks_only.parse(section)
        starts = list(accumulate((len(line) + 1 for line in section.split("\n")), initial=start))
        headings.extend(_headings(parser, tokens, starts, text))
        blocks.extend(_blocks(tokens, starts, text, start, end))
    return ParsedDocument(
        text=text,
        title=front.title or next((one.text for one in headings if one.level == 1 and len(one.text) <= MAX_TITLE), ""),
        headings=headings,
        blocks=blocks,
        attributes=front.attributes,
        access=front.access,
        warnings=front.warnings,
    )


def _sections(text: str) -> Iterator[tuple[int, int]]:
    """Stretches that can be parsed alone.

    A heading at the margin ends everything but a fence. Where none comes for long, an empty line must do: at worst a list
    is taken for two.
    """
    start = at = 0
    fence = ""
    after_gap = False
    for line in lines(text):
        size = at - start
        if size > _SECTION and (
            (not fence and _HEADING.match(line))
            or (size > _LONGEST_SECTION // 2 and not fence and after_gap)
            or size > _LONGEST_SECTION
        ):
            yield start, at
            start = at
        fence = _fence_after(fence, line)
        after_gap = not line.strip()
        at += len(line)
    if start < len(text):
        yield start, len(text)


def _fence_after(fence: str, line: str) -> str:
    """The fence that is open after a line: its marks, or nothing."""
    match = _FENCE.match(line)
    if match is None:
        return fence
    if not fence:
        return match[1]
    closes = match[1].startswith(fence) and not line[match.end() :].strip()
    return "" if closes else fence


def _headings(parser: MarkdownIt, tokens: Sequence[Token], starts: Sequence[int], text: str) -> Iterator[Heading]:
    for token, inline in pairwise(tokens):
        if token.type == "heading_open" and token.map:
            words = _plain(parser, inline.content[:_LONGEST_HEADING])
            start = starts[token.map[0]]
            while text[start] == " ":
                start += 1
            yield Heading(start, int(token.tag[1:]), words)


def _plain(parser: MarkdownIt, markup: str) -> str:
    """The words of a heading without its markup."""
    if not _MARKUP.search(markup):
        return " ".join(markup.split())
    (inline,) = parser.parseInline(markup)
    parts = [child.content for child in inline.children or [] if child.type in {"text", "code_inline"}]
    return " ".join("".join(parts).split())


def _blocks(tokens: Sequence[Token], starts: Sequence[int], text: str, begin: int, end: int) -> Iterator[Block]:
    covered = begin
    for token in tokens:
        if token.level == 0 and token.map and token.nesting >= 0:
            first, last = starts[token.map[0]], min(starts[token.map[1]], end)
            # Link reference definitions leave no token; they stay part of the text.
            if text[covered:first].strip():
                yield Block(covered, first, "paragraph")
            yield Block(first, last, _KINDS.get(token.type, "paragraph"))
            covered = last
    if text[covered:end].strip():
        yield Block(covered, end, "paragraph")
