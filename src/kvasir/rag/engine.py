"""The engine: what a gateway, a Ray replica and the command line call. Deployments and knowledge bases, by name.

Snapshots are pinned per request: the head of every knowledge base is read once, and all of an answer comes from there.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Final, cast

from kvasir.errors import CorruptDataError, NotFoundError, UnavailableError
from kvasir.ports.chat_model import ChatModel
from kvasir.ports.deadline import Deadline
from kvasir.ports.documents import Generations, Snapshot
from kvasir.ports.embedder import Embedder
from kvasir.ports.filters import Filter
from kvasir.ports.passages import Passages, SnapshotNotFoundError
from kvasir.ports.principal import Principal
from kvasir.rag.answering import ExtractiveAgent
from kvasir.rag.answers import AnswerEvent, AnswerRequest
from kvasir.rag.generation import ANSWER_TOKENS, GenerativeAgent, Mode
from kvasir.rag.retrieval import Hit, Retriever, Target

_ATTEMPTS: Final = 3
"""A snapshot may be purged between reading the head and searching it: then the next head is read."""


@dataclass(frozen=True, slots=True)
class KnowledgeBaseEntry:
    """A knowledge base of the catalogue. `created` is Unix time in seconds, 0 when unknown."""

    name: str
    created: int = 0
    upload_sources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Deployment:
    """A ChatDeployment that is ready to answer.

    Attributes:
        fingerprint: of everything that shapes an answer; part of cache keys and of the served model's identity.
        model: None answers extractively.
        answer_tokens: most that an answer may have.
        mode: `Strict`, `CiteOrSay` or `Open`.
        abstain_below: probability that what was found answers; None is the calibrated default.
    """

    name: str
    knowledge_bases: tuple[str, ...]
    fingerprint: str
    created: int = 0
    model: ChatModel | None = None
    prompt: str = ""
    answer_tokens: int = ANSWER_TOKENS
    mode: str = "CiteOrSay"
    abstain_below: float | None = None


@dataclass(frozen=True, slots=True)
class Catalogue:
    """What one tenant serves under one revision of its resources. `waiting` maps a deployment to why it is not ready."""

    tenant: str
    deployments: Mapping[str, Deployment] = field(default_factory=dict[str, Deployment])
    knowledge_bases: Mapping[str, KnowledgeBaseEntry] = field(default_factory=dict[str, KnowledgeBaseEntry])
    waiting: Mapping[str, str] = field(default_factory=dict[str, str])

    def deployment(self, name: str) -> Deployment:
        """NotFoundError for an unknown name; UnavailableError for one that is not ready."""
        found = self.deployments.get(name)
        if found is not None:
            return found
        if name in self.waiting:
            raise UnavailableError(f"Model {name!r} is not ready: {self.waiting[name]}", retry_after=5)
        raise NotFoundError(f"There is no model {name!r}.")

    def knowledge_base(self, name: str) -> KnowledgeBaseEntry:
        """NotFoundError for an unknown name."""
        found = self.knowledge_bases.get(name)
        if found is None:
            raise NotFoundError(f"There is no vector store {name!r}.")
        return found


class Engine:
    """Answers and searches for all tenants of one process; the catalogue is the caller's, pinned per request."""

    def __init__(
        self, generations: Generations, passages: Passages, embedder: Callable[[str, str], Embedder | None]
    ) -> None:
        """`embedder` gives the model of a generation from its tenant and settings; it keeps what it loads."""
        self._generations = generations
        self._passages = passages
        self._embedder = embedder
        self._models: dict[tuple[str, str], Embedder | None] = {}

    async def answer(self, catalogue: Catalogue, request: AnswerRequest) -> AsyncIterator[AnswerEvent]:
        """Deltas, then exactly one AnswerEnd; nothing is raised after the first event that could have been before."""
        deployment = catalogue.deployment(request.deployment)
        for attempt in range(_ATTEMPTS):
            targets = await self.targets(request.principal, deployment.knowledge_bases, request.deadline)
            started = False
            try:
                # Closed here, so that a caller that goes away stops the model at once.
                async with aclosing(_closable(self._agent(deployment, targets).answer(request))) as events:
                    async for event in events:
                        started = True
                        yield event
            except SnapshotNotFoundError as error:
                if started or attempt == _ATTEMPTS - 1:
                    raise _lost(targets) from error
            else:
                return

    def _agent(self, deployment: Deployment, targets: Sequence[Target]) -> ExtractiveAgent | GenerativeAgent:
        if deployment.model is None:
            return ExtractiveAgent(self._passages, targets, abstain_below=deployment.abstain_below)
        return GenerativeAgent(
            self._passages,
            targets,
            deployment.model,
            system=deployment.prompt,
            answer_tokens=deployment.answer_tokens,
            mode=Mode(deployment.mode),
            abstain_below=deployment.abstain_below,
        )

    async def search(
        self,
        principal: Principal,
        knowledge_bases: Sequence[str],
        question: str,
        deadline: Deadline,
        *,
        limit: int = 10,
        condition: Filter | None = None,
    ) -> Sequence[Hit]:
        """The best passages over several knowledge bases. Raises as `targets`."""
        for attempt in range(_ATTEMPTS):
            targets = await self.targets(principal, knowledge_bases, deadline)
            try:
                return await Retriever(self._passages).retrieve(
                    principal, targets, question, deadline, limit=limit, condition=condition
                )
            except SnapshotNotFoundError as error:
                if attempt == _ATTEMPTS - 1:
                    raise _lost(targets) from error
        raise AssertionError("unreachable")

    async def targets(
        self, principal: Principal, knowledge_bases: Sequence[str], deadline: Deadline
    ) -> Sequence[Target]:
        """The heads to search. UnavailableError for a knowledge base without a published generation."""
        return [await self._target(principal, name, deadline) for name in knowledge_bases]

    async def _target(self, principal: Principal, name: str, deadline: Deadline) -> Target:
        head: Snapshot | None = await self._generations.head(principal, name, deadline)
        if head is None:
            raise UnavailableError(f"Knowledge base {name!r} has nothing indexed yet.", retry_after=5)
        kept = await self._generations.list(principal, name, deadline)
        settings = next((one.settings for one in kept if one.number == head.generation), None)
        return Target(head, None if settings is None else await self._model(principal.tenant, settings))

    async def _model(self, tenant: str, settings: str) -> Embedder | None:
        """Opening a model reads files, or fetches them: never on the event loop."""
        if (tenant, settings) not in self._models:
            self._models[tenant, settings] = await asyncio.to_thread(self._embedder, tenant, settings)
        return self._models[tenant, settings]


def _lost(targets: Sequence[Target]) -> CorruptDataError:
    heads = ", ".join(str(target.snapshot) for target in targets)
    return CorruptDataError(f"The ledger names {heads}, the passage store lacks one of them. Ingest it again.")


def _closable(events: AsyncIterator[AnswerEvent]) -> AsyncGenerator[AnswerEvent]:
    return cast("AsyncGenerator[AnswerEvent]", events)
