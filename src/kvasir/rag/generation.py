"""The generative agent: retrieve, prompt, stream, and judge every sentence by its sources."""

from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Final, cast

from kvasir.ports.chat_model import ChatEvent, ChatModel, ChatRequest, Completion, TextDelta
from kvasir.ports.passages import Passages
from kvasir.rag.answers import (
    AnswerDelta,
    AnswerEnd,
    AnswerEvent,
    AnswerRequest,
    Contradiction,
    FinishReason,
    Usage,
)
from kvasir.rag.citations import Citation
from kvasir.rag.claims import Claim, ClaimBuffer, judge
from kvasir.rag.condensation import standalone
from kvasir.rag.contradictions import find
from kvasir.rag.evidence import Evidence
from kvasir.rag.extraction import answers, extract
from kvasir.rag.prompting import Prompt, build_prompt
from kvasir.rag.refusals import no_evidence
from kvasir.rag.retrieval import Hit, Retriever, Target

ANSWER_TOKENS: Final = 1024
_SOURCES: Final = 12


class Mode(StrEnum):
    """Grounding modes of a ChatDeployment."""

    STRICT = "Strict"
    CITE_OR_SAY = "CiteOrSay"
    OPEN = "Open"


@dataclass(slots=True)
class _Draft:
    """The answer so far. `text` is what was sent."""

    text: str = ""
    judged: int = 0
    citations: list[Citation] = field(default_factory=list[Citation])
    unsupported: list[tuple[int, int]] = field(default_factory=list[tuple[int, int]])

    def take(self, claim: Claim) -> None:
        """Notes a sentence that is part of the sent text."""
        self.citations += claim.citations
        if not claim.supported:
            body = claim.text.strip()
            start = self.judged + claim.text.index(body)
            self.unsupported.append((start, start + len(body)))
        self.judged += len(claim.text)


@dataclass(frozen=True, slots=True)
class GenerativeAgent:
    """Answers with a chat model.

    Attributes:
        system: the deployment's own prompt, put before the rules.
        mode: Strict holds each sentence until it is verified and drops it otherwise; CiteOrSay and Open send at once. Only
            Open asks the model when nothing was found.
        answer_tokens: most that an answer may have; a request may ask for fewer.
    """

    passages: Passages
    targets: Sequence[Target]
    model: ChatModel
    system: str = ""
    mode: Mode = Mode.CITE_OR_SAY
    abstain_below: float | None = None
    answer_tokens: int = ANSWER_TOKENS

    async def answer(self, request: AnswerRequest) -> AsyncIterator[AnswerEvent]:
        """Deltas, then exactly one AnswerEnd. The model's failures are raised, also after the first delta."""
        question = standalone(request.messages)
        found = await Retriever(self.passages).retrieve(
            request.principal, self.targets, question, request.deadline, limit=_SOURCES
        )
        evidence = Evidence(found)
        answered = answers(
            extract(question, evidence, latest=request.messages[-1].content), evidence, self.abstain_below
        )
        if not answered and self.mode is not Mode.OPEN:
            text = no_evidence(request.messages[-1].content)
            yield AnswerDelta(text)
            yield self._end(_Draft(text), "stop", Usage(), notice="NoEvidence")
            return
        limit = min(request.max_tokens or self.answer_tokens, self.answer_tokens)
        prompt = build_prompt(
            request.messages,
            question,
            found if answered else (),
            self.model,
            system=self.system,
            answer_tokens=min(limit, self.model.context_tokens // 2),
            may_add=self.mode is Mode.OPEN,
        )
        asked = ChatRequest(prompt.messages, limit, request.temperature, request.top_p, request.stop, request.seed)
        contradictions = _contradictions(question, prompt.sources)
        async for event in self._stream(request, prompt, asked, contradictions):
            yield event

    async def _stream(
        self, request: AnswerRequest, prompt: Prompt, asked: ChatRequest, contradictions: tuple[Contradiction, ...]
    ) -> AsyncIterator[AnswerEvent]:
        draft, buffer = _Draft(), ClaimBuffer()
        completion = Completion("stop")
        events = cast("AsyncGenerator[ChatEvent]", self.model.generate(asked, request.deadline))
        try:
            async for event in events:
                if isinstance(event, Completion):
                    completion = event
                    continue
                for delta in self._progress(draft, buffer.add(event.text), event, prompt):
                    yield delta
        finally:
            await events.aclose()  # a caller that went away stops the model
        for delta in self._progress(draft, [buffer.rest()], None, prompt):
            yield delta
        notice = "SourcesDisagree" if contradictions else ""
        if not draft.text.strip():
            notice = "NoEvidence"
            draft.text = no_evidence(request.messages[-1].content)
            yield AnswerDelta(draft.text)
        usage = Usage(completion.prompt_tokens or prompt.tokens, self._spoken(completion, draft.text))
        yield replace(self._end(draft, completion.finish_reason, usage, notice=notice), contradictions=contradictions)

    def _progress(
        self, draft: _Draft, sentences: Sequence[str], event: TextDelta | None, prompt: Prompt
    ) -> Sequence[AnswerDelta]:
        """What can be sent now; sentences are judged as they become complete."""
        if self.mode is not Mode.STRICT:
            if event is not None:
                draft.text += event.text
            for sentence in sentences:
                draft.take(judge(sentence, draft.judged, prompt.sources))
            return [AnswerDelta(event.text)] if event is not None else []
        sent: list[AnswerDelta] = []
        for sentence in sentences:
            claim = judge(sentence, len(draft.text), prompt.sources)
            if claim.supported and claim.text:
                draft.text += claim.text
                draft.take(claim)
                sent.append(AnswerDelta(claim.text))
        return sent

    def _spoken(self, completion: Completion, text: str) -> int:
        counted = completion.completion_tokens
        return self.model.count_tokens(text) if counted is None else counted

    def _end(self, draft: _Draft, reason: FinishReason, usage: Usage, *, notice: str = "") -> AnswerEnd:
        verified = bool(draft.citations) and all(citation.verified for citation in draft.citations)
        return AnswerEnd(
            text=draft.text,
            finish_reason=reason,
            citations=tuple(draft.citations),
            snapshots=tuple(str(target.snapshot) for target in self.targets),
            usage=usage,
            grounded=verified and not draft.unsupported,
            unsupported=tuple(draft.unsupported),
            notice=notice,
        )


def _contradictions(question: str, sources: Sequence[Hit]) -> tuple[Contradiction, ...]:
    """Between sources of the prompt, by their numbers there."""
    evidence = Evidence(sources)
    best = extract(question, evidence, limit=1).sentences
    dispute = find(question, evidence, best[0].hit) if best else None
    if dispute is None:
        return ()
    numbers = [sources.index(one.sentence.hit) + 1 for one in (dispute.answer, dispute.other)]
    return (Contradiction(numbers[0], numbers[1], (dispute.answer.value, dispute.other.value)),)
