"""Tenant: its boundary, keys, stores and gateway."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from kvasir.planning.conditions import Verdict, available, conditions, stalled
from kvasir.planning.outcome import Outcome
from kvasir.planning.reasons import Reason
from kvasir.planning.units import Gateway, KeyMaterial, StoreLayout, TenantBoundary, Unit
from kvasir.resources import DataStore, Namespace, Plan, Tenant
from kvasir.resources.data_store import StoreRole
from kvasir.resources.defaults import BUILT_IN_PLANS, BUILT_IN_STORES, DEFAULT_PLAN_NAME, DEFAULT_STORE_NAME
from kvasir.resources.meta import TENANT_LABEL
from kvasir.resources.tenant import ResolvedPlan, ResolvedStore, TenantStatus, ValueOrigin


@dataclass(frozen=True, slots=True)
class TenantObservation:
    """What a Tenant is planned from.

    Attributes:
        namespace: the object that has the tenant's name, if there is one.
        plans, stores: objects by name; built-in ones are known here.
        url: of the gateway, once it answers.
    """

    namespace: Namespace | None = None
    plans: Mapping[str, Plan] = field(default_factory=dict[str, Plan])
    stores: Mapping[str, DataStore] = field(default_factory=dict[str, DataStore])
    url: str | None = None


def plan(resource: Tenant, observed: TenantObservation, now: datetime) -> Outcome[TenantStatus]:
    """Boundary, keys, stores and gateway, as soon as everything that the tenant names exists."""
    resolved_plan = _resolve_plan(resource, observed)
    resolved_stores = _resolve_stores(resource, observed)
    problem = (
        _namespace_problem(resource, observed)
        or _plan_problem(resolved_plan, observed)
        or _store_problem(resolved_stores, observed)
    )
    verdict = problem or available(f"Gateway at {observed.url}." if observed.url else "All that it needs exists.")
    units = () if problem else _units(resource, resolved_stores)
    generation = resource.metadata.generation
    status = TenantStatus(
        observed_generation=generation,
        conditions=conditions(verdict, (), resource.status, generation, now),
        namespace=resource.name,
        plan=resolved_plan,
        data_stores=resolved_stores,
        url=observed.url,
    )
    return Outcome(units=units, status=status)


def _units(resource: Tenant, stores: tuple[ResolvedStore, ...]) -> tuple[Unit, ...]:
    name = resource.name
    return (
        TenantBoundary(name),
        KeyMaterial(name),
        StoreLayout(name, {store.role.value: store.name for store in stores}),
        Gateway(name, resource.spec.gateway.replicas),
    )


def _namespace_problem(resource: Tenant, observed: TenantObservation) -> Verdict | None:
    name = resource.name
    if name == "default" or name.startswith("kube-"):
        return stalled(
            Reason.NAMESPACE_NOT_ADOPTED, f"A tenant cannot be called {name!r}: the namespace belongs to Kubernetes."
        )
    if observed.namespace is not None and observed.namespace.metadata.labels.get(TENANT_LABEL) != name:
        return stalled(
            Reason.NAMESPACE_NOT_ADOPTED,
            f"Namespace {name!r} exists and does not belong to this tenant. "
            f"Label it `{TENANT_LABEL}: {name}` to hand it over.",
        )
    return None


def _plan_problem(resolved: ResolvedPlan, observed: TenantObservation) -> Verdict | None:
    if resolved.name in observed.plans or resolved.name in BUILT_IN_PLANS:
        return None
    known = ", ".join(sorted({*observed.plans, *BUILT_IN_PLANS}))
    return stalled(Reason.PLAN_NOT_FOUND, f"There is no Plan {resolved.name!r}; there are {known}.")


def _store_problem(resolved: tuple[ResolvedStore, ...], observed: TenantObservation) -> Verdict | None:
    for one in resolved:
        store = observed.stores.get(one.name) or BUILT_IN_STORES.get(one.name)
        if store is None:
            return stalled(Reason.DATA_STORE_NOT_FOUND, f"There is no DataStore {one.name!r} for {one.role}.")
        if one.role not in store.spec.roles:
            return stalled(Reason.DATA_STORE_ROLE_MISMATCH, f"DataStore {one.name!r} does not serve {one.role}.")
        if store.spec.embedded is None:
            return stalled(
                Reason.NOT_YET_SUPPORTED, f"DataStore {one.name!r} is a server; only embedded stores work yet."
            )
    return None


def _resolve_plan(resource: Tenant, observed: TenantObservation) -> ResolvedPlan:
    chosen = resource.spec.plan
    name = DEFAULT_PLAN_NAME if chosen is None else chosen.name
    return ResolvedPlan(
        name=name,
        chosen_by=ValueOrigin.BUILT_IN if chosen is None else ValueOrigin.SPEC,
        defined_by=ValueOrigin.OBJECT if name in observed.plans else ValueOrigin.BUILT_IN,
    )


def _resolve_stores(resource: Tenant, observed: TenantObservation) -> tuple[ResolvedStore, ...]:
    def resolve(role: StoreRole) -> ResolvedStore:
        chosen = getattr(resource.spec.data_stores, role.value.lower(), None)
        name = DEFAULT_STORE_NAME if chosen is None else chosen.name
        return ResolvedStore(
            role=role,
            name=name,
            chosen_by=ValueOrigin.BUILT_IN if chosen is None else ValueOrigin.SPEC,
            defined_by=ValueOrigin.OBJECT if name in observed.stores else ValueOrigin.BUILT_IN,
        )

    return tuple(resolve(role) for role in StoreRole)
