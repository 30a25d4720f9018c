"""When a knowledge base is due for a run: a run is named by its causes, and a recorded name never runs again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import takewhile
from typing import Final

from kvasir.planning.units import IngestRun, fingerprint
from kvasir.ports.documents import Run, RunState
from kvasir.resources import KnowledgeBase
from kvasir.resources.meta import CONFIRM_DELETION_ANNOTATION, RETRY_ANNOTATION
from kvasir.resources.schedule import Schedule

_NO_CAUSES: Final = {"grounding", "pod", "schedule", "suspend"}
"""Fields of the spec that change nothing in the index."""
_FIRST_RETRY: Final = timedelta(seconds=5)
_LAST_RETRY: Final = timedelta(minutes=10)
TRANSIENT: Final = frozenset(
    {
        "SourceFailed",
        "Unavailable",
        "DeadlineExceeded",
        "Conflict",
        "Exhausted",
        "Cancelled",
        "StorageFull",
        "StorageUnavailable",
    }
)
"""Reasons of failed runs that trying again can cure; all others wait for a change of their causes."""


@dataclass(frozen=True, slots=True)
class Due:
    """The run that stands for the present causes.

    Attributes:
        run: to be started now; None while it waits, runs, or is done.
        recorded: the newest run of these causes.
        next_time: when to look again, for a retry or the schedule.
    """

    run: IngestRun | None
    recorded: Run | None
    next_time: datetime | None


def due(
    resource: KnowledgeBase,
    tenant: str,
    references: Mapping[str, str],
    runs: Sequence[Run],
    running: frozenset[str],
    now: datetime,
) -> Due:
    """Judges the causes against the recorded runs (newest first).

    Args:
        resource: the knowledge base.
        tenant: its tenant.
        references: what the sources hold besides the spec: digests of ConfigMaps and Secrets, tokens of watched sources.
        runs: the history in the ledger.
        running: names of the runs that are alive; a Running row without one was interrupted.
        now: the time.
    """
    causes = _causes(resource, references, now)
    # Only an unbroken series counts: after A, B and A again, A has to run again.
    series = list(takewhile(lambda run: run.id.startswith(f"run-{causes}-"), runs))
    tick = _next_tick(resource.spec.schedule, now)
    name = f"run-{causes}-{_attempt(causes, runs)}"
    if not series:
        return Due(_run(resource, tenant, name, runs, _cause(runs)), None, tick)
    newest = series[0]
    if newest.state is RunState.SUCCEEDED or newest.id in running:
        return Due(None, newest, tick)
    if newest.state is RunState.FAILED and newest.reason not in TRANSIENT:
        return Due(None, newest, tick)
    again = now if newest.state is RunState.RUNNING else _retry_time(newest, len(series))
    if again > now:
        return Due(None, newest, min(again, tick) if tick else again)
    return Due(_run(resource, tenant, name, runs, f"retry after {newest.reason or 'an interruption'}"), newest, tick)


def _attempt(causes: str, runs: Sequence[Run]) -> int:
    """One more than the highest recorded for these causes, so that no name is used twice."""
    prefix = f"run-{causes}-"
    return 1 + max((int(run.id.removeprefix(prefix)) for run in runs if run.id.startswith(prefix)), default=-1)


def _causes(resource: KnowledgeBase, references: Mapping[str, str], now: datetime) -> str:
    spec = resource.spec.model_dump(mode="json", exclude=_NO_CAUSES)
    annotations = {
        name: resource.metadata.annotations.get(name, "") for name in (RETRY_ANNOTATION, CONFIRM_DELETION_ANNOTATION)
    }
    schedule = resource.spec.schedule
    tick = "" if schedule is None else schedule.latest(now).isoformat()
    return fingerprint((spec, references, annotations, tick))[:12]


def _cause(runs: Sequence[Run]) -> str:
    return "first run" if not runs else "the spec, a source or the schedule asks for it"


def _run(resource: KnowledgeBase, tenant: str, name: str, runs: Sequence[Run], cause: str) -> IngestRun:
    annotations = resource.metadata.annotations
    return IngestRun(
        tenant=tenant,
        name=name,
        cause=cause,
        knowledge_base=resource,
        confirmed=_is_confirmed(annotations.get(CONFIRM_DELETION_ANNOTATION, ""), runs),
        retry=bool(annotations.get(RETRY_ANNOTATION)),
        pinned=resource.spec.pinned_generation,
    )


def _is_confirmed(name: str, runs: Sequence[Run]) -> bool:
    """A confirmation holds for the run that it names, until one has succeeded."""
    for run in runs:
        if run.state is RunState.SUCCEEDED:
            return False
        if run.id == name and run.reason == "MassDeletion":
            return True
    return False


def _retry_time(run: Run, attempts: int) -> datetime:
    delay = min(_LAST_RETRY, _FIRST_RETRY * 2 ** min(attempts - 1, 20))
    return (run.finished or run.heartbeat) + delay


def _next_tick(schedule: Schedule | None, now: datetime) -> datetime | None:
    return None if schedule is None else next(schedule.upcoming(now))
