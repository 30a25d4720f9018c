"""The agent: a question in, events out. Plain functions; no framework on this path."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from kvasir.ports.passages import Passages
from kvasir.rag.answers import AnswerDelta, AnswerEnd, AnswerEvent, AnswerRequest, Contradiction
from kvasir.rag.citations import Citation, cite, verify
from kvasir.rag.condensation import standalone
from kvasir.rag.contradictions import Dispute, find
from kvasir.rag.evidence import Evidence, Sentence
from kvasir.rag.extraction import answers, extract
from kvasir.rag.refusals import no_evidence
from kvasir.rag.retrieval import Retriever, Target
from kvasir.rag.verification import support


@dataclass(frozen=True, slots=True)
class ExtractiveAgent:
    """Answers with sentences of the sources themselves, each with its citation."""

    passages: Passages
    targets: Sequence[Target]
    sentences: int = 2
    abstain_below: float | None = None

    async def answer(self, request: AnswerRequest) -> AsyncIterator[AnswerEvent]:
        """Deltas, then exactly one AnswerEnd. Raises only before the first event."""
        question = standalone(request.messages)
        hits = await Retriever(self.passages).retrieve(
            request.principal, self.targets, question, request.deadline, limit=10
        )
        text = ""
        citations: list[Citation] = []
        evidence = Evidence(hits)
        found = extract(question, evidence, latest=request.messages[-1].content, limit=self.sentences)
        said = found.sentences if answers(found, evidence, self.abstain_below) else list[Sentence]()
        dispute = find(question, evidence, said[0].hit) if said else None
        for one in said if dispute is None else _sides(said[0], dispute):
            delta, citation = _sentence(one, len(text), len(citations) + 1)
            text += delta
            citations.append(citation)
            yield AnswerDelta(delta)
        if not citations:
            text = no_evidence(request.messages[-1].content)
            yield AnswerDelta(text)
        yield AnswerEnd(
            text=text,
            finish_reason="stop",
            citations=tuple(citations),
            snapshots=tuple(str(target.snapshot) for target in self.targets),
            grounded=bool(citations) and all(citation.verified for citation in citations),
            notice=("SourcesDisagree" if dispute else "") if citations else "NoEvidence",
            contradictions=() if dispute is None else (_contradiction(dispute),),
        )


def _sides(answer: Sentence, dispute: Dispute) -> Sequence[Sentence]:
    """One sentence of each side, that with more sources first."""
    sides = [answer, dispute.other.sentence]
    return sides[::-1] if dispute.outvoted else sides


def _contradiction(dispute: Dispute) -> Contradiction:
    answer, other = dispute.answer.value, dispute.other.value
    return Contradiction(1, 2, (other, answer) if dispute.outvoted else (answer, other))


def _sentence(found: Sentence, offset: int, number: int) -> tuple[str, Citation]:
    lead = " " if offset else ""
    begin = offset + len(lead)
    citation = cite(
        found.hit,
        number=number,
        start=found.start,
        end=found.end,
        answer_start=begin,
        answer_end=begin + len(found.said),
    )
    passage = found.hit.passage
    verdict = support(found.said, " ".join((*found.heads, citation.quote)), passage.language)
    return f"{lead}{found.said} [{number}]", verify(citation, passage, verdict)
