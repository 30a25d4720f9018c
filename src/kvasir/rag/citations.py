"""Citations: a quote, where it stands, and whether it really stands there."""

from dataclasses import dataclass, replace

from kvasir.ports.passages import Passage
from kvasir.rag.retrieval import Hit
from kvasir.rag.verification import Support


@dataclass(frozen=True, slots=True)
class Citation:
    """One piece of evidence for a stretch of an answer. All offsets are code points.

    Attributes:
        number: what the marker `[n]` in the answer refers to; citations of one document version share no number.
        start, end: of the quote in the stored canonical text of the document version.
        page: the page that the quote begins on; None for formats without pages.
        answer_start, answer_end: the stretch of the answer that the quote supports, marker excluded.
        score: probability that the passage is relevant, where calibrated; else None.
        verified: the quote stands at its offsets and supports the claim.
    """

    number: int
    knowledge_base: str
    document: str
    version: str
    source: str
    path: str
    title: str
    page: int | None
    start: int
    end: int
    quote: str
    answer_start: int
    answer_end: int
    score: float | None = None
    verified: bool = False


def quote_stands(passage: Passage, start: int, end: int, quote: str) -> bool:
    """Whether the stored text holds exactly the quote at these offsets."""
    inside = passage.start <= start < end <= passage.end
    return inside and passage.text[start - passage.start : end - passage.start] == quote


def cite(hit: Hit, *, number: int, start: int, end: int, answer_start: int, answer_end: int) -> Citation:
    """A citation of a stretch of a hit; `start` and `end` are offsets in the document."""
    passage, document = hit.passage, hit.document
    quote = passage.text[start - passage.start : end - passage.start]
    return Citation(
        number=number,
        knowledge_base=hit.snapshot.knowledge_base,
        document=document.id,
        version=document.version,
        source=document.source,
        path=document.path,
        title=document.title,
        page=passage.page_at(start),
        start=start,
        end=end,
        quote=quote,
        answer_start=answer_start,
        answer_end=answer_end,
        score=hit.relevance,
    )


def verify(citation: Citation, passage: Passage, verdict: Support) -> Citation:
    """The citation, verified when its quote stands where it says, supports the claim, and gives no orders to a reader."""
    same = (passage.id.document, passage.id.version) == (citation.document, citation.version)
    stands = same and quote_stands(passage, citation.start, citation.end, citation.quote)
    return replace(citation, verified=stands and verdict.holds and not passage.orders(citation.start, citation.end))
