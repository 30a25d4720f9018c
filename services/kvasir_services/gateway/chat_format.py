"""Answers in the shapes of the OpenAI API, with Kvasir's citations inside the message."""

import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import quote

import orjson

from kvasir.rag.answers import AnswerEnd
from kvasir.rag.citations import Citation
from kvasir.rag.engine import Deployment
from kvasir_services.gateway.answer_pump import Finished

DONE: Final = b"data: [DONE]\n\n"
PING: Final = b": ping\n\n"
_ANSWERING_SCHEMES: Final = ("http://", "https://")


@dataclass(frozen=True, slots=True)
class Usage:
    prompt_tokens: int
    completion_tokens: int
    total_tokens: int


@dataclass(frozen=True, slots=True)
class UrlCitation:
    """`start_index` and `end_index` are code points of the answer."""

    start_index: int
    end_index: int
    title: str
    url: str
    file_id: str


@dataclass(frozen=True, slots=True)
class Annotation:
    url_citation: UrlCitation
    type: str = "url_citation"


@dataclass(frozen=True, slots=True)
class CitationBody:
    """`start` and `end` are code points of the document's text, `answer_start` and `answer_end` of the answer."""

    number: int
    verified: bool
    knowledge_base: str
    document: str
    version: str
    source: str
    filename: str
    title: str
    page: int | None
    start: int
    end: int
    quote: str
    answer_start: int
    answer_end: int
    score: float | None


@dataclass(frozen=True, slots=True)
class Cost:
    prompt_tokens: int
    completion_tokens: int


@dataclass(frozen=True, slots=True)
class ContradictionBody:
    """Two sources that give different answers: numbers of citations, and what each gives."""

    first: int
    second: int
    values: Sequence[str]


@dataclass(frozen=True, slots=True)
class Extension:
    """What the OpenAI shapes have no place for.

    Attributes:
        generation: names every snapshot that was read.
        unsupported: (start, end) in code points of the answer: sentences that no citation supports.
    """

    citations: Sequence[CitationBody]
    generation: Sequence[str]
    cost: Cost
    grounded: bool
    notice: str
    unsupported: Sequence[Sequence[int]] = ()
    contradictions: Sequence[ContradictionBody] = ()


@dataclass(frozen=True, slots=True)
class AnswerMessage:
    content: str
    annotations: Sequence[Annotation]
    kvasir: Extension
    role: str = "assistant"
    refusal: str | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    message: AnswerMessage
    finish_reason: str
    index: int = 0
    logprobs: None = None


@dataclass(frozen=True, slots=True)
class ChatCompletion:
    id: str
    created: int
    model: str
    choices: Sequence[Choice]
    usage: Usage
    system_fingerprint: str
    object: str = "chat.completion"


@dataclass(frozen=True, slots=True)
class Envelope:
    """What all chunks of one completion share."""

    model: str
    system_fingerprint: str
    include_usage: bool = False
    id: str = field(default_factory=lambda: f"chatcmpl-{uuid.uuid4().hex}")
    created: int = field(default_factory=lambda: int(time.time()))

    @classmethod
    def of(cls, deployment: Deployment, *, include_usage: bool) -> "Envelope":
        return cls(deployment.name, f"fp_{deployment.fingerprint[:16]}", include_usage)

    def completion(self, finished: Finished) -> ChatCompletion:
        """The plain answer."""
        end = finished.end
        message = AnswerMessage(end.text, annotations_of(finished), extension_of(end))
        choices = [Choice(message, end.finish_reason)]
        return ChatCompletion(self.id, self.created, self.model, choices, usage_of(end), self.system_fingerprint)

    def opening(self) -> bytes:
        return self._chunk({"role": "assistant", "content": ""})

    def text(self, text: str) -> bytes:
        return self._chunk({"content": text})

    def closing(self, finished: Finished) -> bytes:
        """The chunk with the finish reason and all that is known about the answer; then usage if asked for; the end."""
        end = finished.end
        last = self._chunk(
            {"annotations": annotations_of(finished), "kvasir": extension_of(end)}, finish_reason=end.finish_reason
        )
        usage = self._event([], usage_of(end)) if self.include_usage else b""
        return last + usage + DONE

    def _chunk(self, delta: Mapping[str, Any], *, finish_reason: str | None = None) -> bytes:
        return self._event([{"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish_reason}], None)

    def _event(self, choices: Sequence[Mapping[str, Any]], usage: Usage | None) -> bytes:
        values: dict[str, Any] = {
            "id": self.id,
            "object": "chat.completion.chunk",
            "created": self.created,
            "model": self.model,
            "system_fingerprint": self.system_fingerprint,
            "choices": choices,
        }
        if self.include_usage:
            values["usage"] = usage
        return sse(values)


def sse(values: Mapping[str, Any]) -> bytes:
    """One event."""
    return b"data: " + orjson.dumps(values) + b"\n\n"


def usage_of(end: AnswerEnd) -> Usage:
    used = end.usage
    return Usage(used.prompt_tokens, used.completion_tokens, used.prompt_tokens + used.completion_tokens)


def annotations_of(finished: Finished) -> Sequence[Annotation]:
    return [
        Annotation(
            UrlCitation(
                one.answer_start,
                one.answer_end,
                one.title or one.path,
                url_of(one),
                finished.file_ids.get(one.document, one.document),
            )
        )
        for one in finished.end.citations
    ]


def url_of(citation: Citation) -> str:
    """A document's own address where it has one, else its place in the platform."""
    page = "" if citation.page is None else f"#page={citation.page}"
    if citation.path.startswith(_ANSWERING_SCHEMES):
        return citation.path + page
    return f"kvasir://{citation.knowledge_base}/{citation.source}/{quote(citation.path, errors='replace')}{page}"


def extension_of(end: AnswerEnd) -> Extension:
    return Extension(
        citations=[_citation(one) for one in end.citations],
        generation=end.snapshots,
        cost=Cost(end.usage.prompt_tokens, end.usage.completion_tokens),
        grounded=end.grounded,
        notice=end.notice,
        unsupported=end.unsupported,
        contradictions=[ContradictionBody(one.first, one.second, one.values) for one in end.contradictions],
    )


def _citation(one: Citation) -> CitationBody:
    return CitationBody(
        number=one.number,
        verified=one.verified,
        knowledge_base=one.knowledge_base,
        document=one.document,
        version=one.version,
        source=one.source,
        filename=one.path,
        title=one.title,
        page=one.page,
        start=one.start,
        end=one.end,
        quote=one.quote,
        answer_start=one.answer_start,
        answer_end=one.answer_end,
        score=one.score,
    )
