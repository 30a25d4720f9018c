"""The splitter as it is measured here: whole sentences packed up to `size` code points, the last ones repeated as overlap.

The context prefix is the document's title and the headings above the passage. Kvasir's own splitter lives in
`kvasir.rag`; this one fixes the sizes it should use.
"""

import re

from benchmarks.retrieval.datasets import Document, Passage
from kvasir.text.sentences import sentences

_HEADING = re.compile(r"^\s*(#{1,6})\s+(.+?)\s*$|^\s*((?:= ){1,4})(.+?)\s*(?:= ?){1,4}\s*$")


def split(document: Document, *, size: int, overlap: int) -> list[Passage]:
    """Passages in order; a sentence longer than `size` is cut at whitespace."""
    spans = [piece for span in sentences(document.text) for piece in _cut(document.text, *span, size)]
    passages: list[Passage] = []
    headings: list[tuple[int, str]] = []
    first = 0
    while first < len(spans):
        last = first
        prefix = _prefix(document.title, headings)
        while last + 1 < len(spans) and spans[last + 1][1] - spans[first][0] <= size:
            last += 1
        start, end = spans[first][0], spans[last][1]
        passages.append(
            Passage(
                f"{document.key}:{len(passages)}",
                document.key,
                document.text[start:end],
                prefix,
                start,
                end,
                document.tenant,
            )
        )
        if last + 1 >= len(spans):
            break
        following = last + 1
        while following - 1 > first and end - spans[following - 1][0] <= overlap:
            following -= 1
        for span in spans[first:following]:
            _note_heading(document.text[span[0] : span[1]], headings)
        first = following
    return passages


def _cut(text: str, start: int, end: int, size: int) -> list[tuple[int, int]]:
    pieces: list[tuple[int, int]] = []
    while end - start > size:
        cut = text.rfind(" ", start + size // 2, start + size)
        cut = cut if cut > start else start + size
        pieces.append((start, cut))
        start = cut
        while start < end and text[start].isspace():
            start += 1
    return [*pieces, (start, end)] if start < end else pieces


def _note_heading(sentence: str, headings: list[tuple[int, str]]) -> None:
    match = _HEADING.match(sentence.split("\n", maxsplit=1)[0])
    if match is None or len(sentence) > 200:
        return
    level = len(match[1]) if match[1] else match[3].count("=")
    while headings and headings[-1][0] >= level:
        headings.pop()
    headings.append((level, match[2] or match[4]))


def _prefix(title: str, headings: list[tuple[int, str]]) -> str:
    return "\n".join(dict.fromkeys(line for line in (title, *(text for _, text in headings)) if line))
