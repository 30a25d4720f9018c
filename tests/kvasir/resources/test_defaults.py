from itertools import pairwise

from kvasir.resources import BUILT_IN_PLANS, BUILT_IN_STORES, StoreRole, dump_yaml, load_yaml
from kvasir.resources.billing_plan import Feature
from kvasir.resources.defaults import DEFAULT_PLAN_NAME, DEFAULT_STORE_NAME


def test_built_ins_are_resources_like_any_other() -> None:
    resources = [*BUILT_IN_PLANS.values(), *BUILT_IN_STORES.values()]
    assert load_yaml(dump_yaml(*resources), file="built-ins.yaml") == resources


def test_the_default_plan_has_no_limits() -> None:
    assert list(BUILT_IN_PLANS) == ["free", "pro", "enterprise", "unlimited"]
    unlimited = BUILT_IN_PLANS[DEFAULT_PLAN_NAME].spec
    assert unlimited.quotas.model_dump() == unlimited.rate_limits.model_dump() == {}
    assert set(unlimited.features) == set(Feature)


def test_every_step_up_allows_more() -> None:
    plans = [BUILT_IN_PLANS[name].spec for name in ("free", "pro", "enterprise")]
    for lower, higher in pairwise(plans):
        assert (lower.quotas.messages or 0) < (higher.quotas.messages or 0)
        assert (lower.rate_limits.requests_per_minute or 0) < (higher.rate_limits.requests_per_minute or 0)
        assert set(lower.features) < set(higher.features)


def test_the_default_store_serves_every_role() -> None:
    assert set(BUILT_IN_STORES[DEFAULT_STORE_NAME].spec.roles) == set(StoreRole)
