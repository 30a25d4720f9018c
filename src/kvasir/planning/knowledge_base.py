"""KnowledgeBase: references, generations and runs into one verdict."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from kvasir.planning import ingestion_runs
from kvasir.planning.conditions import Aspect, Verdict, available, conditions, serving_but, stalled, waiting
from kvasir.planning.outcome import Outcome
from kvasir.planning.reasons import Reason
from kvasir.planning.units import Unit
from kvasir.ports.documents import Generation, Run, RunState
from kvasir.resources import KnowledgeBase
from kvasir.resources.knowledge_base import (
    OCR,
    DocumentFailure,
    IngestionRun,
    KnowledgeBaseStatus,
    RunPhase,
    RunProgress,
)

_PHASES: Final = {
    RunState.RUNNING: RunPhase.RUNNING,
    RunState.SUCCEEDED: RunPhase.SUCCEEDED,
    RunState.FAILED: RunPhase.FAILED,
    RunState.CANCELLED: RunPhase.FAILED,
}
_UNSUPPORTED_SOURCES: Final = ("s3", "sql")


@dataclass(frozen=True, slots=True)
class KnowledgeBaseObservation:
    """What a KnowledgeBase is planned from.

    Attributes:
        tenant_exists, tenant_ready: of the Tenant that owns the namespace.
        config_maps, secrets: digests of what exists in the namespace, by name.
        claims: names of volumes that can be read.
        source_changes: a token per source that changes when a watched source does.
        generations: kept ones, by number; runs: newest first; running: names of live runs.
        documents, passages, quarantined: counts of the served generation; failures: the latest.
        embedding_fingerprint: of the served generation's model.
    """

    tenant_exists: bool = True
    tenant_ready: bool = True
    config_maps: Mapping[str, str] = field(default_factory=dict[str, str])
    secrets: Mapping[str, str] = field(default_factory=dict[str, str])
    claims: frozenset[str] = frozenset()
    source_changes: Mapping[str, str] = field(default_factory=dict[str, str])
    generations: Sequence[Generation] = ()
    runs: Sequence[Run] = ()
    running: frozenset[str] = frozenset()
    documents: int = 0
    passages: int = 0
    quarantined: int = 0
    failures: Sequence[DocumentFailure] = ()
    embedding_fingerprint: str | None = None

    @property
    def active(self) -> Generation | None:
        """The generation that answers."""
        return next((one for one in self.generations if one.active), None)


def plan(resource: KnowledgeBase, observed: KnowledgeBaseObservation, now: datetime) -> Outcome[KnowledgeBaseStatus]:
    """The run that is due, and a verdict: it is Ready when a generation answers and the spec can be acted upon."""
    problem = _problem(resource, observed)
    due = None if problem else _due(resource, observed, now)
    units: tuple[Unit, ...] = () if due is None or due.run is None else (due.run,)
    verdict = problem or _verdict(resource, observed, due)
    next_time = None if due is None else due.next_time
    generation = resource.metadata.generation
    active = observed.active
    status = KnowledgeBaseStatus(
        observed_generation=generation,
        conditions=conditions(verdict, tuple(_aspects(resource, observed)), resource.status, generation, now),
        documents=observed.documents if active else None,
        passages=observed.passages if active else None,
        failed=observed.quarantined or None,
        quarantined=observed.quarantined or None,
        generation=active.number if active else None,
        revision=active.revision if active else None,
        pinned=True if resource.spec.pinned_generation else None,
        kept_generations=tuple(one.number for one in observed.generations if one.revision),
        embedding_fingerprint=observed.embedding_fingerprint,
        next_sync_time=next_time,
        last_run=_last_run(observed),
        failures=tuple(observed.failures),
    )
    return Outcome(units, status, None if next_time is None else max(0.0, (next_time - now).total_seconds()))


def _due(resource: KnowledgeBase, observed: KnowledgeBaseObservation, now: datetime) -> ingestion_runs.Due | None:
    if resource.paused or resource.spec.suspend:
        return None
    tenant = resource.namespace or ""
    references = dict(_references(resource, observed))
    return ingestion_runs.due(resource, tenant, references, observed.runs, observed.running, now)


def _references(resource: KnowledgeBase, observed: KnowledgeBaseObservation) -> Iterator[tuple[str, str]]:
    for source in resource.spec.sources:
        if source.config_map is not None:
            yield f"configMap/{source.config_map.name}", observed.config_maps.get(source.config_map.name, "")
        if source.name in observed.source_changes:
            yield f"source/{source.name}", observed.source_changes[source.name]
    for secret in secret_names(resource):
        yield f"secret/{secret}", observed.secrets.get(secret, "")


def secret_names(resource: KnowledgeBase) -> Sequence[str]:
    """Secrets that the spec refers to, in its order."""
    spec = resource.spec
    references = [
        *(source.http.headers_secret_ref for source in spec.sources if source.http),
        *(source.git.credentials_secret_ref for source in spec.sources if source.git),
        spec.embedding.openai_compatible.api_key_secret_ref if spec.embedding.openai_compatible else None,
    ]
    return [reference.name for reference in references if reference is not None]


def _problem(resource: KnowledgeBase, observed: KnowledgeBaseObservation) -> Verdict | None:
    problem = _tenant_problem(resource, observed) or _unsupported(resource) or _missing(resource, observed)
    if problem is None or observed.active is None:
        return problem
    return serving_but(problem, _serves(observed)) if problem.reason is Reason.TENANT_NOT_READY else problem


def _tenant_problem(resource: KnowledgeBase, observed: KnowledgeBaseObservation) -> Verdict | None:
    if not observed.tenant_exists:
        return stalled(Reason.TENANT_NOT_FOUND, f"Namespace {resource.namespace!r} belongs to no Tenant.")
    if not observed.tenant_ready:
        return waiting(Reason.TENANT_NOT_READY, f"Tenant {resource.namespace!r} is not ready.")
    return None


def _unsupported(resource: KnowledgeBase) -> Verdict | None:
    for source in resource.spec.sources:
        for kind in _UNSUPPORTED_SOURCES:
            if getattr(source, kind) is not None:
                return stalled(
                    Reason.NOT_YET_SUPPORTED, f"Source {source.name}: sources of type {kind} are not supported yet."
                )
    if resource.spec.parsing.ocr is not OCR.NEVER:
        return stalled(Reason.NOT_YET_SUPPORTED, "OCR is not supported yet. Set `parsing.ocr: Never`.")
    return None


def _missing(resource: KnowledgeBase, observed: KnowledgeBaseObservation) -> Verdict | None:
    for source in resource.spec.sources:
        if source.config_map is not None and source.config_map.name not in observed.config_maps:
            return stalled(
                Reason.CONFIG_MAP_NOT_FOUND,
                f"Source {source.name}: there is no ConfigMap {source.config_map.name!r} in this namespace.",
            )
        if source.volume is not None and source.volume.claim_name not in observed.claims:
            return stalled(
                Reason.CLAIM_NOT_FOUND,
                f"Source {source.name}: there is no volume {source.volume.claim_name!r}. "
                f"Start with `--volume {source.volume.claim_name}=DIR`, or put a folder of that name beside the file.",
            )
    for secret in secret_names(resource):
        if secret not in observed.secrets:
            return stalled(Reason.SECRET_NOT_FOUND, f"There is no Secret {secret!r} in this namespace.")
    return None


def _verdict(resource: KnowledgeBase, observed: KnowledgeBaseObservation, due: ingestion_runs.Due | None) -> Verdict:
    if due is None:
        reason = Reason.PAUSED if resource.paused else Reason.SUSPENDED
        problem = stalled(reason, f"{reason}: sources are not looked at.")
    elif due.run is not None or (due.recorded and due.recorded.state is RunState.RUNNING):
        problem = waiting(Reason.INDEXING, _progress_message(due))
    elif due.recorded and due.recorded.state is not RunState.SUCCEEDED:
        problem = _failed(due.recorded, due.next_time)
    else:
        return available(_serves(observed))
    return problem if observed.active is None else serving_but(problem, _serves(observed))


def _serves(observed: KnowledgeBaseObservation) -> str:
    active = observed.active
    if active is None:
        return "Nothing is indexed."
    return (
        f"Generation {active.number}, revision {active.revision}: {observed.documents} documents, "
        f"{observed.passages} passages."
    )


def _progress_message(due: ingestion_runs.Due) -> str:
    if due.run is not None:
        return f"Run {due.run.name} is about to start: {due.run.cause}."
    counts: Mapping[str, int] = due.recorded.counts if due.recorded else {}
    step = due.recorded.step if due.recorded else ""
    return (
        f"{step}: {counts.get('listed', 0)} documents listed, {counts.get('indexed', 0)} indexed, "
        f"{counts.get('quarantined', 0)} quarantined."
    )


def _failed(run: Run, retry: datetime | None) -> Verdict:
    reason = {
        "MassDeletion": Reason.MASS_DELETION,
        "VerificationFailed": Reason.VERIFICATION_FAILED,
        "SourceFailed": Reason.SOURCE_FAILED,
        "ModelMismatch": Reason.MODEL_MISMATCH,
        "Unsupported": Reason.MODEL_UNAVAILABLE,
    }.get(run.reason, Reason.INGESTION_FAILED)
    if run.reason in ingestion_runs.TRANSIENT:
        when = f" Next attempt at {retry:%H:%M:%S} UTC." if retry else ""
        return waiting(reason, f"{run.message}{when}")
    fix = f" Annotate `kvasir.dev/confirm-deletion: {run.id}` to go on." if reason is Reason.MASS_DELETION else ""
    return stalled(reason, f"{run.message}{fix}")


def _aspects(resource: KnowledgeBase, observed: KnowledgeBaseObservation) -> Iterator[Aspect]:
    newest = next((run for run in observed.runs if run.state is not RunState.RUNNING), None)
    if newest is not None:
        blocked = newest.reason == "MassDeletion"
        yield Aspect("MassDeletion", blocked, "MassDeletion" if blocked else "WithinLimits", newest.message * blocked)
        failed = newest.reason == "SourceFailed"
        yield Aspect("SourcesReady", not failed, "SourceFailed" if failed else "Complete", newest.message * failed)
    pinned = resource.spec.pinned_generation
    if pinned is not None:
        serves = observed.active is not None and observed.active.number == pinned
        message = f"Generation {pinned} is pinned" + ("." if serves else " and does not answer.")
        yield Aspect("Pinned", serves, "Pinned" if serves else Reason.PINNED_GENERATION_MISSING, message)


def _last_run(observed: KnowledgeBaseObservation) -> IngestionRun | None:
    if not observed.runs:
        return None
    run = observed.runs[0]
    counts = run.counts
    stopped = run.state is RunState.FAILED and run.reason not in ingestion_runs.TRANSIENT
    return IngestionRun(
        name=run.id,
        phase=RunPhase.STOPPED if stopped else _PHASES[run.state],
        started=run.started,
        finished=run.finished,
        progress=RunProgress(
            listed=counts.get("listed", 0),
            changed=counts.get("fetched", 0),
            removed=counts.get("removed", 0),
            done=counts.get("indexed", 0),
            failed=counts.get("quarantined", 0) + counts.get("rejected", 0) + counts.get("unreachable", 0),
        ),
    )
