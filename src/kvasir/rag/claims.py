"""Claims: the sentences of an answer as it streams in, and the citations that their markers become."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from kvasir.rag.citations import Citation, cite, verify
from kvasir.rag.retrieval import Hit
from kvasir.rag.verification import best_support

_MARKER: Final = re.compile(r"\s*\[(\d{1,3}(?:\s*,\s*\d{1,3})*)\]")
_END: Final = re.compile(r"[.!?\u3002\uff01\uff1f][\"'\u201d\u2019)\]]*(?:\s*\[[\d,\s]+\])*\s+|\n+")
_MAX_CLAIM: Final = 2_000


class ClaimBuffer:
    """Cuts a stream into sentences, each with the markers that follow it."""

    def __init__(self) -> None:
        self._text = ""

    def add(self, text: str) -> list[str]:
        """Sentences that are complete now, with their white space; together with `rest` they are the stream."""
        self._text += text
        complete: list[str] = []
        while match := _END.search(self._text):
            if match.end() == len(self._text) and "\n" not in match[0]:
                break  # a marker may still follow
            complete.append(self._text[: match.end()])
            self._text = self._text[match.end() :]
        if len(self._text) > _MAX_CLAIM:
            complete.append(self._text)
            self._text = ""
        return complete

    def rest(self) -> str:
        """What is left at the end of the stream."""
        left, self._text = self._text, ""
        return left


@dataclass(frozen=True, slots=True)
class Claim:
    """A sentence of the answer with its evidence. `supported` means: a citation of it is verified, or it claims nothing."""

    text: str
    citations: tuple[Citation, ...]
    supported: bool


def judge(text: str, offset: int, sources: Sequence[Hit]) -> Claim:
    """A sentence at an offset of the answer. Markers of sources that do not exist become no citation."""
    body = _MARKER.sub("", text)
    spoken = body.strip()
    if not re.search(r"\w", spoken):
        return Claim(text, (), supported=True)
    start = offset + text.index(spoken[0])
    end = start + len(_MARKER.sub("", text[text.index(spoken[0]) :]).rstrip())
    numbers = [int(one) for found in _MARKER.findall(text) for one in found.split(",")]
    citations = tuple(
        _citation(spoken, number, sources[number - 1], start, end)
        for number in dict.fromkeys(numbers)
        if 1 <= number <= len(sources)
    )
    return Claim(text, citations, supported=any(citation.verified for citation in citations))


def _citation(claim: str, number: int, hit: Hit, start: int, end: int) -> Citation:
    passage = hit.passage
    first, last, verdict = best_support(claim, passage.text, passage.language)
    first, last = passage.start + first, passage.start + last
    citation = cite(hit, number=number, start=first, end=last, answer_start=start, answer_end=end)
    return verify(citation, passage, verdict)
