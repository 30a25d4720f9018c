"""Ingestion runs of the embedded world: tasks of the supervisor, one at a time per knowledge base."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from kvasir.errors import KvasirError
from kvasir.ingestion.progress import Progress
from kvasir.ingestion.run import RunReport, RunRequest, run
from kvasir.ingestion.sync import reason_of
from kvasir.ingestion.workbench import Workbench
from kvasir.planning.units import IngestRun
from kvasir.ports.deadline import Deadline
from kvasir.ports.documents import Run, RunState, Snapshot
from kvasir.rag.golden import golden_failures
from kvasir.resources import ConfigMap, KnowledgeBase, Secret
from kvasir.telemetry import logger
from kvasir.wiring import (
    EmbeddedStores,
    IndexToolbox,
    NetworkPolicy,
    SourceContext,
    generation_settings,
    open_reader,
    open_sources,
)
from kvasir_services.embedded.observe import system

_LOG = logger("embedded")
_PARALLEL_RUNS: Final = 2
_VERIFY_SECONDS: Final = 300.0


@dataclass(frozen=True, slots=True)
class RunMaterial:
    """What a run reads besides its knowledge base: objects of the namespace by name, and volumes."""

    config_maps: Mapping[str, ConfigMap]
    secrets: Mapping[str, Secret]
    volumes: Mapping[str, Path]


@dataclass(slots=True)
class LiveRun:
    """A run that is going on."""

    unit: IngestRun
    progress: Progress
    task: "asyncio.Task[None] | None" = None


@dataclass(slots=True)
class Ingestion:
    """Starts runs and knows which are alive.

    Attributes:
        finished: called when a run ends, however it ends.
        advanced: called on progress, often.
        network: what sources may speak to.
        unrecorded: the last run, where not even its end could be written down: the ledger's disk is full, or gone.
    """

    stores: EmbeddedStores
    toolbox: IndexToolbox
    scratch: Path
    finished: Callable[[], None]
    advanced: Callable[[], None] = lambda: None
    network: NetworkPolicy = field(default_factory=NetworkPolicy)
    live: dict[tuple[str, str], LiveRun] = field(default_factory=dict[tuple[str, str], LiveRun])
    unrecorded: dict[tuple[str, str], Run] = field(default_factory=dict[tuple[str, str], Run])
    _slots: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_PARALLEL_RUNS))

    def running(self, tenant: str, knowledge_base: str) -> frozenset[str]:
        """Names of live runs of a knowledge base."""
        found = self.live.get((tenant, knowledge_base))
        return frozenset() if found is None else frozenset({found.unit.name})

    def unrecorded_runs(self, tenant: str, knowledge_base: str) -> Sequence[Run]:
        """What the ledger does not know of the knowledge base's runs."""
        found = self.unrecorded.get((tenant, knowledge_base))
        return [] if found is None else [found]

    def start(self, unit: IngestRun, material: RunMaterial) -> None:
        """Starts a run, unless one of the same knowledge base is alive: it goes first, and its end asks again."""
        key = (unit.tenant, unit.knowledge_base.name)
        if key in self.live:
            return
        live = LiveRun(unit, Progress(listen=lambda _: self.advanced()))
        self.live[key] = live
        live.task = asyncio.create_task(self._run(live, material), name=f"ingest {unit.tenant}/{unit.name}")
        live.task.add_done_callback(lambda task: self._done(key, task))

    async def stop(self, tenant: str, knowledge_base: str) -> None:
        """Cancels a live run and waits for its end. Idempotent."""
        live = self.live.get((tenant, knowledge_base))
        if live is not None and live.task is not None:
            live.task.cancel()
            await asyncio.wait([live.task])

    async def close(self) -> None:
        """Cancels everything; each run records that it was cancelled and goes on after the next start."""
        for tenant, knowledge_base in list(self.live):
            await self.stop(tenant, knowledge_base)

    def _done(self, key: tuple[str, str], task: "asyncio.Task[None]") -> None:
        live = self.live.pop(key)
        self.unrecorded.pop(key, None)
        if not task.cancelled() and (error := task.exception()) is not None:
            known = isinstance(error, KvasirError)
            _LOG.error("run of %s ended unexpectedly: %s", "/".join(key), error, exc_info=None if known else error)
            now, reason = datetime.now(UTC), reason_of(error) if isinstance(error, KvasirError) else "Internal"
            self.unrecorded[key] = Run(
                live.unit.name, 0, RunState.FAILED, now, now, now, reason=reason, message=str(error)
            )
        self.finished()

    async def _run(self, live: LiveRun, material: RunMaterial) -> None:
        async with self._slots:
            report = await self._work(live, material)
        _LOG.info("run %s of %s: %s %s", live.unit.name, live.unit.tenant, report.run.state, report.run.message)

    async def _work(self, live: LiveRun, material: RunMaterial) -> RunReport:
        unit, resource = live.unit, live.unit.knowledge_base
        principal = system(unit.tenant)
        scratch = self.scratch / unit.tenant / resource.name
        context = SourceContext(
            principal,
            self.stores.uploads,
            material.config_maps,
            material.secrets,
            material.volumes,
            self.network,
            scratch,
        )
        sources = open_sources(resource, context)
        reader = open_reader(scratch, processes=1)

        async def verify(snapshot: Snapshot) -> list[str]:
            return await self._golden(resource, unit.tenant, snapshot)

        bench = Workbench(
            principal=principal,
            knowledge_base=resource.name,
            stores=self.stores.stores,
            reader=reader,
            tools=lambda settings: self.toolbox.tools(unit.tenant, settings),
            verify=verify,
            scratch=scratch,
            progress=live.progress,
        )
        request = RunRequest(
            id=unit.name,
            sources=sources,
            settings=generation_settings(resource),
            confirmed=unit.confirmed,
            retry=unit.retry,
            pinned=unit.pinned,
        )
        try:
            return await run(bench, request)
        finally:
            await reader.close()
            for source in sources:
                await source.close()

    async def _golden(self, resource: KnowledgeBase, tenant: str, snapshot: Snapshot) -> list[str]:
        spec = resource.spec
        questions = [(one.question, one.expect, one.minimum_rank) for one in spec.golden_questions]
        if not questions:
            return []
        kept = await self.stores.stores.generations.list(system(tenant), resource.name, Deadline.after(_VERIFY_SECONDS))
        settings = next(one.settings for one in kept if one.number == snapshot.generation)
        return await golden_failures(
            self.stores.stores.passages,
            system(tenant),
            snapshot,
            self.toolbox.embedder(tenant, settings),
            questions,
            threshold=1.0 if spec.golden_threshold is None else spec.golden_threshold,
            deadline=Deadline.after(_VERIFY_SECONDS),
        )
