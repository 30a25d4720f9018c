from collections.abc import Callable
from datetime import timedelta

import pytest
from tests.kvasir.planning.conftest import NOON, made

from kvasir.planning import billing_plan, data_store, unsupported
from kvasir.planning.tenant import TenantObservation, plan
from kvasir.planning.units import Gateway, KeyMaterial, StoreLayout, TenantBoundary, fingerprint
from kvasir.resources import Tenant, load_yaml
from kvasir.resources.meta import KvasirResource, Status

Make = Callable[..., Tenant]


def ready(status: Status) -> tuple[str, str]:
    found = status.condition("Ready")
    assert found is not None
    return found.status, found.reason


def test_a_tenant_gets_boundary_keys_stores_and_gateway(tenant: Make) -> None:
    outcome = plan(tenant(), TenantObservation(url="http://host:1"), NOON)
    assert [type(unit) for unit in outcome.units] == [TenantBoundary, KeyMaterial, StoreLayout, Gateway]
    assert ready(outcome.status) == ("True", "Available")
    assert outcome.status.plan is not None
    assert (outcome.status.plan.name, outcome.status.plan.chosen_by) == ("unlimited", "BuiltIn")
    assert {one.name for one in outcome.status.data_stores} == {"embedded"}


@pytest.mark.parametrize("name", ["default", "kube-system"])
def test_namespaces_of_kubernetes_are_never_taken(tenant: Make, name: str) -> None:
    assert ready(plan(tenant(name=name), TenantObservation(), NOON).status) == ("False", "NamespaceNotAdopted")


def test_a_namespace_without_the_label_is_not_adopted(tenant: Make) -> None:
    (foreign,) = load_yaml("apiVersion: v1\nkind: Namespace\nmetadata: {name: acme}", file="n.yaml")
    (labelled,) = load_yaml(
        "apiVersion: v1\nkind: Namespace\nmetadata: {name: acme, labels: {kvasir.dev/tenant: acme}}", file="n.yaml"
    )
    refused = plan(tenant(), TenantObservation(namespace=foreign), NOON)  # type: ignore[arg-type]
    assert ready(refused.status) == ("False", "NamespaceNotAdopted")
    assert refused.units == ()
    adopted = plan(tenant(), TenantObservation(namespace=labelled), NOON)  # type: ignore[arg-type]
    assert ready(adopted.status) == ("True", "Available")


def test_an_unknown_plan_or_store_is_named(tenant: Make) -> None:
    missing = plan(tenant("{plan: {name: gold}}"), TenantObservation(), NOON).status
    assert ready(missing) == ("False", "PlanNotFound")
    condition = missing.condition("Ready")
    assert condition is not None
    assert "enterprise, free, pro, unlimited" in condition.message
    absent = plan(tenant("{dataStores: {passages: {name: pg}}}"), TenantObservation(), NOON).status
    assert ready(absent) == ("False", "DataStoreNotFound")


def test_objects_override_built_ins(tenant: Make) -> None:
    free = made("Plan", "free", "{displayName: Ours}", namespace=None)
    status = plan(tenant("{plan: {name: free}}"), TenantObservation(plans={"free": free}), NOON).status
    assert status.plan is not None
    assert (status.plan.chosen_by, status.plan.defined_by) == ("Spec", "Object")
    assert billing_plan.plan(free, [tenant("{plan: {name: free}}")], NOON).status.tenants == 1


def test_server_stores_are_not_supported_yet(tenant: Make) -> None:
    server = made("DataStore", "cache", "{redis: {connectionSecretRef: {name: r}}, roles: [Caches]}", namespace=None)
    assert ready(data_store.plan(server, NOON).status) == ("False", "NotYetSupported")
    observed = TenantObservation(stores={"cache": server})
    assert ready(plan(tenant("{dataStores: {caches: {name: cache}}}"), observed, NOON).status) == (
        "False",
        "NotYetSupported",
    )
    wrong = plan(tenant("{dataStores: {passages: {name: cache}}}"), observed, NOON)
    assert ready(wrong.status) == ("False", "DataStoreRoleMismatch")
    own = made("DataStore", "own", "{embedded: {}, roles: [Passages]}", namespace=None)
    assert ready(data_store.plan(own, NOON).status) == ("True", "Available")


def test_kinds_without_an_implementation_say_so() -> None:
    backup: KvasirResource = made("BackupSchedule", "nightly", SCHEDULE, namespace=None)
    outcome = unsupported.plan(backup, NOON)
    assert ready(outcome.status) == ("False", "NotYetSupported")


SCHEDULE = "{schedule: {cron: '0 3 * * *'}, template: {tenant: {name: acme}, destination: {volume: {claimName: b}}}}"


def test_fingerprints_are_of_content_alone(tenant: Make) -> None:
    one, two = StoreLayout("acme", {"a": "x", "b": "y"}), StoreLayout("acme", {"b": "y", "a": "x"})
    assert fingerprint(one) == fingerprint(two)
    assert fingerprint(one) != fingerprint(StoreLayout("acme", {"a": "x", "b": "z"}))
    assert fingerprint(NOON) != fingerprint(NOON + timedelta(seconds=1))
    assert fingerprint(tenant()) == fingerprint(tenant())
