"""Kinds that have a schema and no implementation yet: said plainly, the same in both worlds."""

from datetime import datetime

from kvasir.planning.conditions import conditions, stalled
from kvasir.planning.outcome import Outcome
from kvasir.planning.reasons import Reason
from kvasir.resources.meta import KvasirResource, Status


def plan(resource: KvasirResource, now: datetime) -> Outcome[Status]:
    """Ready=False, NotYetSupported."""
    former: Status = getattr(resource, "status", Status())
    verdict = stalled(Reason.NOT_YET_SUPPORTED, f"{resource.kind} is not supported in this version of Kvasir yet.")
    status = Status(
        observed_generation=resource.metadata.generation,
        conditions=conditions(verdict, (), former, resource.metadata.generation, now),
    )
    return Outcome(units=(), status=status)
