"""What goes into the agent and what comes out: frozen, versioned and serialisable, so that it crosses Ray unchanged."""

from dataclasses import dataclass, field
from typing import Final, Literal

from kvasir.ports.chat_model import ChatMessage
from kvasir.ports.deadline import Deadline
from kvasir.ports.principal import Principal
from kvasir.rag.citations import Citation

VERSION: Final = 1

FinishReason = Literal["stop", "length", "content_filter"]


@dataclass(frozen=True, slots=True)
class AnswerRequest:
    """One question to one ChatDeployment.

    Attributes:
        id: of the request, for traces and the ledger.
        deployment: name of the ChatDeployment in the principal's tenant.
        messages: the conversation, oldest first; the last is the user's question.
        revision: of the deployment's settings that the caller pinned.
    """

    id: str
    principal: Principal
    deployment: str
    messages: tuple[ChatMessage, ...]
    deadline: Deadline
    max_tokens: int | None = None
    temperature: float | None = None
    top_p: float | None = None
    stop: tuple[str, ...] = ()
    seed: int | None = None
    version: int = VERSION


@dataclass(frozen=True, slots=True)
class AnswerDelta:
    """A stretch of the answer. Text once sent is never retracted."""

    text: str


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens: of the prompt with its evidence, and of the answer."""

    prompt_tokens: int = 0
    completion_tokens: int = 0


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Two sources that give different answers: the numbers of their citations, and what each of them gives."""

    first: int
    second: int
    values: tuple[str, str]


@dataclass(frozen=True, slots=True)
class AnswerEnd:
    """The last event of every answer.

    Attributes:
        text: the whole answer, equal to the concatenation of all deltas.
        snapshots: `name@generation.revision` of every knowledge base that was read.
        grounded: whether every claim carries a verified citation.
        unsupported: (start, end) of sentences that were sent and that no citation supports.
        notice: CamelCase word for an answer that is not one: `NoEvidence`, `SourcesDisagree`; else empty.
        contradictions: between sources of this answer; a generative one need not have cited both.
    """

    text: str
    finish_reason: FinishReason
    citations: tuple[Citation, ...] = ()
    snapshots: tuple[str, ...] = ()
    usage: Usage = field(default_factory=Usage)
    grounded: bool = False
    unsupported: tuple[tuple[int, int], ...] = ()
    notice: str = ""
    contradictions: tuple[Contradiction, ...] = ()


AnswerEvent = AnswerDelta | AnswerEnd
