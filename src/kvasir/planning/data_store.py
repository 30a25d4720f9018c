"""DataStore: `embedded` needs nothing; servers come with a later release."""

from datetime import datetime

from kvasir.planning.conditions import available, conditions, stalled
from kvasir.planning.outcome import Outcome
from kvasir.planning.reasons import Reason
from kvasir.resources import DataStore
from kvasir.resources.data_store import TYPES, DataStoreStatus


def plan(resource: DataStore, now: datetime) -> Outcome[DataStoreStatus]:
    """Ready for an embedded store, NotYetSupported for every server."""
    embedded = resource.spec.embedded is not None
    if embedded:
        verdict = available("Tenants keep their data in files of their own.")
    else:
        kind = next(name for name in TYPES if getattr(resource.spec, name) is not None)
        verdict = stalled(
            Reason.NOT_YET_SUPPORTED, f"Stores of type {kind} are not supported yet. Use `embedded: {{}}`."
        )
    generation = resource.metadata.generation
    status = DataStoreStatus(
        observed_generation=generation,
        conditions=conditions(verdict, (), resource.status, generation, now),
        reachable=embedded or None,
    )
    return Outcome(units=(), status=status)
