"""Plan: resolved and shown; the gateway enforces it from the gateway release on."""

from collections.abc import Sequence
from datetime import datetime

from kvasir.planning.conditions import available, conditions
from kvasir.planning.outcome import Outcome
from kvasir.resources import Plan, Tenant
from kvasir.resources.billing_plan import PlanStatus


def plan(resource: Plan, tenants: Sequence[Tenant], now: datetime) -> Outcome[PlanStatus]:
    """A plan is always in force; its status counts the tenants on it."""
    count = sum(1 for tenant in tenants if tenant.spec.plan is not None and tenant.spec.plan.name == resource.name)
    verdict = available(f"In force for {count} tenant{'' if count == 1 else 's'}.")
    generation = resource.metadata.generation
    status = PlanStatus(
        observed_generation=generation,
        conditions=conditions(verdict, (), resource.status, generation, now),
        tenants=count,
    )
    return Outcome(units=(), status=status)
