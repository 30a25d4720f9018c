"""Plans and the DataStore that exist without a file. An object of the same name overrides one."""

from typing import Final

from kvasir.resources.billing_plan import Feature, Plan, PlanSpec, Price, Quotas, RateLimits
from kvasir.resources.data_store import DataStore, DataStoreSpec, EmbeddedStore, StoreRole
from kvasir.resources.meta import ObjectMeta

DEFAULT_PLAN_NAME: Final = "unlimited"
DEFAULT_STORE_NAME: Final = "embedded"

FREE: Final = Plan(
    metadata=ObjectMeta(name="free"),
    spec=PlanSpec(
        display_name="Free",
        quotas=Quotas(messages=1_000, tokens=1_000_000, documents=200, storage="1Gi", ingestion="2Gi"),
        rate_limits=RateLimits(requests_per_minute=20, tokens_per_minute=40_000, concurrent_requests=2),
        features=(Feature.API_KEYS, Feature.UPLOADS),
    ),
)
PRO: Final = Plan(
    metadata=ObjectMeta(name="pro"),
    spec=PlanSpec(
        display_name="Pro",
        price=Price(amount="49.00", currency="EUR"),
        quotas=Quotas(messages=20_000, tokens=30_000_000, documents=10_000, storage="50Gi", ingestion="100Gi"),
        rate_limits=RateLimits(requests_per_minute=120, tokens_per_minute=300_000, concurrent_requests=10),
        features=(Feature.API_KEYS, Feature.UPLOADS, Feature.AGENTS, Feature.MEMORY, Feature.EVALUATIONS),
    ),
)
ENTERPRISE: Final = Plan(
    metadata=ObjectMeta(name="enterprise"),
    spec=PlanSpec(
        display_name="Enterprise",
        price=Price(amount="990.00", currency="EUR"),
        quotas=Quotas(messages=1_000_000, tokens=2_000_000_000, documents=1_000_000, storage="2Ti", ingestion="4Ti"),
        rate_limits=RateLimits(requests_per_minute=1_200, tokens_per_minute=5_000_000, concurrent_requests=100),
        features=tuple(Feature),
    ),
)
UNLIMITED: Final = Plan(
    metadata=ObjectMeta(name=DEFAULT_PLAN_NAME),
    spec=PlanSpec(display_name="Unlimited", features=tuple(Feature)),
)
BUILT_IN_PLANS: Final = {plan.name: plan for plan in (FREE, PRO, ENTERPRISE, UNLIMITED)}

EMBEDDED: Final = DataStore(
    metadata=ObjectMeta(name=DEFAULT_STORE_NAME),
    spec=DataStoreSpec(embedded=EmbeddedStore(), roles=tuple(StoreRole)),
)
BUILT_IN_STORES: Final = {EMBEDDED.name: EMBEDDED}
