"""Evidence: the hits that a question may be answered from, and their sentences."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from kvasir.rag.retrieval import Hit
from kvasir.text.analysis import stems, words
from kvasir.text.sentences import sentences

MAX_SENTENCE: Final = 600
_BODY: Final = re.compile(r"\w")
_HEADING: Final = re.compile(r"\s*#{1,6}\s")
_UNDER_HEADS: Final = re.compile(r"\s*\n[ \t]*\|?(?:[ \t]*:?-+:?[ \t]*\|)+[ \t]*:?-*:?[ \t]*(?:\n|$)")
"""The line below the heads of a Markdown table."""
_BAR: Final = re.compile(r"(?<!\\)\|")
_LEAD: Final = re.compile(r"[.,;:!?\s]*(?:[-*+\u2022]\s+)?")
"""What is left of a sentence before, and the mark of a list's item."""
_REFERENCE: Final = re.compile(r"(?<=[.!?])(?:\s*\[[^\]]{1,40}\]|:[\d:,\u2013-]+|(?<!\.\.)\.(?!\.))+$")
"""A reference mark after the sentence's end, as encyclopaedias have them, or a point too many: not part of what is said."""


@dataclass(frozen=True, slots=True, eq=False)
class Sentence:
    """One sentence of a hit. `start` and `end` are offsets in the document.

    Attributes:
        words, stems: what it says; a row of a table also says what stands above it: heads of columns, and the heading.
        heads: of the columns, where it is a row of a table.
    """

    hit: Hit
    rank: int
    start: int
    end: int
    text: str
    words: Sequence[str]
    stems: Sequence[str]
    heads: Sequence[str] = ()

    @property
    def said(self) -> str:
        """As it can be understood alone: a row with its heads."""
        named = zip(self.heads, cells(self.text), strict=False)
        return f"{', '.join(f'{head}: {cell}' for head, cell in named)}." if self.heads else self.text


class Evidence:
    """Some hits, the best first. Sentences are cut and analysed once for all who read them, when the first does."""

    def __init__(self, hits: Sequence[Hit]) -> None:
        self.hits = hits

    def __bool__(self) -> bool:
        return bool(self.hits)

    @cached_property
    def sentences(self) -> Sequence[Sentence]:
        """In the order of hits, without headings and without what reads like an order to a model.

        Overlapping passages hold the same sentence twice; the better passage keeps it.
        """
        places: dict[tuple[str, str, int], Sentence] = {}
        for rank, hit in enumerate(self.hits):
            for one in _sentences(rank, hit):
                places.setdefault((hit.snapshot.knowledge_base, hit.document.id, one.start), one)
        return list(places.values())


def _sentences(rank: int, hit: Hit) -> Iterator[Sentence]:
    passage = hit.passage
    heading, heads = "", ()
    for start, end in sentences(passage.text):
        if passage.orders(passage.start + start, passage.start + end):
            continue
        lead, text = _said(passage.text[start:end])
        if _HEADING.match(text):
            heading = text
        elif _UNDER_HEADS.match(passage.text, end):
            heads = cells(text)
        elif len(text) <= MAX_SENTENCE and _BODY.search(text):
            heads = heads if text.startswith("|") else ()
            spoken = words(f"{text} {' '.join(heads)} {heading}" if heads else text)
            begin = passage.start + start + lead
            yield Sentence(hit, rank, begin, begin + len(text), text, spoken, stems(spoken, passage.language), heads)


def cells(row: str) -> Sequence[str]:
    """Of a row of a Markdown table."""
    return [cell.strip().replace("\\|", "|") for cell in _BAR.split(row.strip().strip("|"))]


def _said(sentence: str) -> tuple[int, str]:
    """A sentence without what hangs on to it, and how much was taken from its head."""
    lead = _LEAD.match(sentence)
    text = _REFERENCE.sub("", sentence[lead.end() :]) if lead else sentence
    if text.endswith('"') and text.count('"') % 2:
        text = text[:-1]  # closes a quotation that an earlier sentence opened
    return (lead.end() if lead else 0), text
