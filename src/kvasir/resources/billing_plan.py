"""Plan: a billing tier. The module is not called `plan`, since that is the verb of `planning`."""

from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import Field

from kvasir.resources.containers import SetList
from kvasir.resources.meta import Column, KindFacts, KvasirResource, Model, Scope, Status
from kvasir.resources.rules import BILLED_OVERAGE, Rule
from kvasir.resources.scalars import CURRENCY_PATTERN, MONEY_PATTERN, Count, Integer, Line, Quantity

Money = Annotated[str, Field(min_length=1, max_length=16, pattern=MONEY_PATTERN)]
Rate = Annotated[Integer, Field(ge=1, le=1_000_000_000)]


class Period(StrEnum):
    MONTH = "Month"
    YEAR = "Year"


class Price(Model):
    amount: Money = Field(description="Price of one period, a decimal in quotes.", examples=["49.00"])
    currency: Annotated[str, Field(min_length=3, max_length=3, pattern=CURRENCY_PATTERN)] = Field(
        description="ISO 4217 code.",
        examples=["EUR"],
    )
    period: Period = Field(default=Period.MONTH, description="What the amount pays for: Month or Year.")
    per_extra_message: Money | None = Field(default=None, description="Price of a message over quota.")
    per_extra_million_tokens: Money | None = Field(default=None, description="Price of a million tokens over quota.")


class Quotas(Model):
    """Limits of a tenant; absent means unlimited."""

    messages: Count | None = Field(default=None, description="Answers per calendar month (UTC).", examples=[1000])
    tokens: Count | None = Field(default=None, description="Model tokens, in and out, per calendar month (UTC).")
    documents: Count | None = Field(default=None, description="Documents kept at any time.", examples=[500])
    storage: Quantity | None = Field(default=None, description="Bytes kept at any time.", examples=["5Gi"])
    ingestion: Quantity | None = Field(
        default=None, description="Bytes read per calendar month (UTC).", examples=["20Gi"]
    )


class RateLimits(Model):
    """Limits of one principal; absent means unlimited."""

    requests_per_minute: Rate | None = Field(default=None, description="Requests per minute.", examples=[60])
    tokens_per_minute: Rate | None = Field(default=None, description="Model tokens per minute.")
    concurrent_requests: Rate | None = Field(default=None, description="Requests in flight.", examples=[4])


class Feature(StrEnum):
    """What a plan can switch on."""

    API_KEYS = "APIKeys"
    UPLOADS = "Uploads"
    AGENTS = "Agents"
    MEMORY = "Memory"
    EVALUATIONS = "Evaluations"
    BACKUPS = "Backups"
    CUSTOM_DOMAINS = "CustomDomains"
    SINGLE_SIGN_ON = "SingleSignOn"


class Overage(StrEnum):
    BLOCK = "Block"
    BILL = "Bill"


class PlanSpec(Model):
    rules: ClassVar[tuple[Rule, ...]] = (BILLED_OVERAGE,)
    display_name: Line | None = Field(default=None, description="Name for people; absent means metadata.name.")
    price: Price | None = Field(default=None, description="Price; absent means free of charge.")
    quotas: Quotas = Field(default=Quotas(), description="Limits of a tenant.")
    rate_limits: RateLimits = Field(default=RateLimits(), description="Limits of one principal.")
    features: SetList[Feature] = Field(default=(), max_length=16, description="What the plan includes.")
    overage: Overage = Field(
        default=Overage.BLOCK,
        description="What happens over quota: Block refuses, Bill charges the price's extras.",
    )


class PlanStatus(Status):
    tenants: Count | None = Field(default=None, description="Tenants on this plan.")


class Plan(KvasirResource):
    """A billing tier: price, quotas, rate limits and features."""

    facts: ClassVar[KindFacts] = KindFacts(
        plural="plans",
        scope=Scope.CLUSTER,
        columns=(
            Column("Ready", ".status.conditions[?(@.type=='Ready')].status"),
            Column("Price", ".spec.price.amount"),
            Column("Currency", ".spec.price.currency"),
            Column("Messages", ".spec.quotas.messages", "integer"),
            Column("Overage", ".spec.overage", priority=1),
            Column("Tenants", ".status.tenants", "integer"),
        ),
    )
    kind: str = "Plan"
    spec: PlanSpec = Field(description="What is asked for.")
    status: PlanStatus = Field(default=PlanStatus(), description="What is observed.")
