"""One ingestion run of one knowledge base, from its sources to a published snapshot."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Final

from kvasir.errors import KvasirError, NotFoundError, cause_of
from kvasir.ingestion.indexing import index_pending
from kvasir.ingestion.probes import check_probes
from kvasir.ingestion.progress import Step
from kvasir.ingestion.publishing import VerificationFailedError, clean, publish
from kvasir.ingestion.removal import remove_vanished
from kvasir.ingestion.sync import SyncReport, known_documents, reason_of, sync
from kvasir.ingestion.workbench import Workbench, settings_fingerprint, with_engine
from kvasir.ports.documents import Generation, GenerationState, Run, RunState, Snapshot
from kvasir.ports.sources import Source
from kvasir.telemetry import logger

_LOG = logger("ingestion")
_HEARTBEAT_SECONDS: Final = 1.0


@dataclass(frozen=True, slots=True)
class RunRequest:
    """What is asked of a run.

    Attributes:
        id: unique within the knowledge base.
        sources: all sources of the resource, in its order; documents of any other source are removed.
        settings: canonical JSON of the generation that the resource asks for.
        confirmed: removals of any size are wanted (`kvasir.dev/confirm-deletion`).
        retry: try quarantined documents and a failed generation again (`kvasir.dev/retry`).
        pinned: serve this kept generation and build no other.
    """

    id: str
    sources: Sequence[Source]
    settings: str
    confirmed: bool = False
    retry: bool = False
    pinned: int | None = None


@dataclass(slots=True)
class RunReport:
    """What a run came to. `snapshot` is what unpinned queries see afterwards."""

    run: Run
    snapshot: Snapshot | None = None
    sources: list[SyncReport] = field(default_factory=list[SyncReport])


async def run(bench: Workbench, request: RunRequest) -> RunReport:
    """Does everything that is left to do. Errors of our tree end in the report; a cancelled run says so and re-raises."""
    started = bench.clock()
    report = RunReport(Run(request.id, 0, RunState.RUNNING, started, started))
    async with _recorded(bench, report):
        for source in request.sources:
            bench.progress.enter(Step.LISTING)
            report.sources.append(await sync(bench, source))
        names = {source.name for source in request.sources}
        await remove_vanished(bench, report.sources, names, confirmed=request.confirmed)
        if await _worth_building(bench, report):
            wanted = await _wanted_generation(bench, request)
            report.run = replace(report.run, generation=wanted.number)
            await _bring_up_to_date(bench, request, wanted)
            await _retire(bench, wanted)
        await clean(bench)
        bench.progress.enter(Step.DONE)
    report.snapshot = await bench.stores.generations.head(bench.principal, bench.knowledge_base, bench.deadline)
    return report


async def _worth_building(bench: Workbench, report: RunReport) -> bool:
    """Not when sources failed and nothing is there: an empty index would say that all is well."""
    if not any(map(_broken, report.sources)) or await known_documents(bench):
        return True
    return await bench.stores.generations.head(bench.principal, bench.knowledge_base, bench.deadline) is not None


def _broken(source: SyncReport) -> bool:
    return source.error is not None or bool(source.unreachable)


async def _wanted_generation(bench: Workbench, request: RunRequest) -> Generation:
    generations, principal, name = bench.stores.generations, bench.principal, bench.knowledge_base
    if request.pinned is not None:
        kept = await generations.list(principal, name, bench.deadline)
        pinned = next((one for one in kept if one.number == request.pinned), None)
        if pinned is None or pinned.state is not GenerationState.READY:
            raise NotFoundError(f"Generation {request.pinned} is not kept; kept are {[one.number for one in kept]}.")
        return pinned
    fingerprint = settings_fingerprint(request.settings)
    wanted = await generations.create(principal, name, fingerprint, request.settings, bench.deadline)
    counts = bench.progress.counts
    sources_changed = bool(counts["fetched"] or counts["removed"])
    if wanted.state is GenerationState.FAILED and (request.retry or sources_changed):
        await generations.drop(principal, name, wanted.number, bench.deadline)
        wanted = await generations.create(principal, name, fingerprint, request.settings, bench.deadline)
    return wanted


async def _bring_up_to_date(bench: Workbench, request: RunRequest, wanted: Generation) -> None:
    """Feeds every kept generation with its own settings; the served one first, the wanted one may still be building.

    Raises VerificationFailedError, after the others were fed, while the wanted generation is a failed one.
    """
    kept = await bench.stores.generations.list(bench.principal, bench.knowledge_base, bench.deadline)
    for generation in sorted(kept, key=lambda one: (not one.active, one.number == wanted.number, one.number)):
        if generation.state is GenerationState.READY or generation.number == wanted.number:
            await _feed(bench, generation, request, activate=generation.number == wanted.number)


async def _feed(bench: Workbench, generation: Generation, request: RunRequest, *, activate: bool) -> None:
    principal, name = bench.principal, bench.knowledge_base
    if generation.state is GenerationState.FAILED:
        raise VerificationFailedError(generation.message)
    if request.retry:
        await bench.stores.documents.retry(principal, name, generation.number, bench.deadline)
    bench.progress.enter(Step.INDEXING)
    settings = with_engine(generation.settings, request.settings)
    tools = bench.tools(settings)
    await check_probes(bench, generation.number, tools.embedder)
    if settings != generation.settings:
        await bench.stores.generations.run_with(principal, name, generation.number, settings, bench.deadline)
    await index_pending(bench, generation.number, tools)
    try:
        await publish(bench, generation, activate=activate)
    except VerificationFailedError as error:
        reason = "VerificationFailed"
        await bench.stores.generations.fail(principal, name, generation.number, reason, str(error), bench.deadline)
        raise


async def _retire(bench: Workbench, wanted: Generation) -> None:
    """Keeps the wanted generation and the newest other Ready one, for rollback."""
    principal, name = bench.principal, bench.knowledge_base
    kept = await bench.stores.generations.list(principal, name, bench.deadline)
    others = [one for one in kept if one.number != wanted.number and not one.active]
    ready = [one for one in others if one.state is GenerationState.READY]
    for generation in others:
        if generation is not (ready[-1] if ready else None):
            await bench.stores.generations.drop(principal, name, generation.number, bench.deadline)


@asynccontextmanager
async def _recorded(bench: Workbench, report: RunReport) -> AsyncGenerator[None]:
    """Keeps the run's row current, and closes it whatever happens."""
    await _record(bench, report)
    heartbeat = asyncio.create_task(_beat(bench, report))
    try:
        yield
        _conclude(report)
    except asyncio.CancelledError:
        report.run = replace(report.run, state=RunState.CANCELLED, reason="Cancelled", message="The run was cancelled.")
        raise
    except (KvasirError, ExceptionGroup) as error:
        cause = cause_of(error)
        if cause is None:
            raise
        report.run = replace(report.run, state=RunState.FAILED, reason=reason_of(cause), message=str(cause))
        _LOG.warning("run %s of %s: %s", report.run.id, bench.knowledge_base, cause)
    finally:
        heartbeat.cancel()
        report.run = replace(report.run, finished=bench.clock())
        await asyncio.shield(_record(bench, report))


def _conclude(report: RunReport) -> None:
    broken = [source for source in report.sources if _broken(source)]
    if not broken:
        report.run = replace(report.run, state=RunState.SUCCEEDED)
        return
    first = broken[0]
    cause = str(first.error) if first.error else f"{len(first.unreachable)} items could not be fetched."
    message = f"Source {first.source}: {cause}"
    report.run = replace(report.run, state=RunState.FAILED, reason="SourceFailed", message=message)


async def _beat(bench: Workbench, report: RunReport) -> None:
    while True:
        await asyncio.sleep(_HEARTBEAT_SECONDS)
        try:
            await _record(bench, report)
        except KvasirError as error:  # the steps of the run meet the same trouble, and say so
            _LOG.info("heartbeat of run %s of %s: %s", report.run.id, bench.knowledge_base, error)


async def _record(bench: Workbench, report: RunReport) -> None:
    report.run = replace(
        report.run, heartbeat=bench.clock(), step=str(bench.progress.step), counts=bench.progress.snapshot()
    )
    await bench.stores.generations.record_run(bench.principal, bench.knowledge_base, report.run, bench.deadline)
