"""Tables of the documents ledger. The tenant leads every key, so no query can cross tenants by accident."""

from typing import Final

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
)

from kvasir.adapters.embedded.column_types import Groups, Json, UtcTime

LEDGER_VERSION: Final = 1
LEDGER: Final = MetaData()


def _text(name: str) -> Column[str]:
    return Column(name, Text, nullable=False)


def _number(name: str) -> Column[int]:
    return Column(name, Integer, nullable=False)


_SCOPE: Final = ("tenant", "knowledge_base")

DOCUMENTS: Final = Table(
    "documents",
    LEDGER,
    _text("tenant"),
    _text("knowledge_base"),
    _text("id"),
    _text("source"),
    _text("path"),
    _text("version"),
    _number("size"),
    _text("media_type"),
    _text("blob"),
    Column("access", Groups),
    Column("attributes", Json, nullable=False),
    Column("validators", Json, nullable=False),
    Column("modified", UtcTime),
    PrimaryKeyConstraint(*_SCOPE, "id"),
    # Holds all that `pending` looks at, so that it never touches the rows it skips.
    Index("documents_in_order", *_SCOPE, "source", "path", "id", "version"),
)

COUNTERS: Final = Table(
    "generation_counters",
    LEDGER,
    _text("tenant"),
    _text("knowledge_base"),
    _number("last"),
    PrimaryKeyConstraint(*_SCOPE),
    sqlite_with_rowid=False,
)
"""Outlives the generations, so that a dropped one's number never comes back."""

GENERATIONS: Final = Table(
    "generations",
    LEDGER,
    _text("tenant"),
    _text("knowledge_base"),
    _number("number"),
    _text("fingerprint"),
    _text("settings"),
    _text("state"),
    _number("revision"),
    Column("active", Boolean, nullable=False),
    Column("created", UtcTime, nullable=False),
    _text("reason"),
    _text("message"),
    PrimaryKeyConstraint(*_SCOPE, "number"),
)

OUTCOMES: Final = Table(
    "outcomes",
    LEDGER,
    _text("tenant"),
    _text("knowledge_base"),
    _text("document"),
    _number("generation"),
    _text("version"),
    _text("state"),
    _number("passages"),
    _text("reason"),
    _text("message"),
    _text("title"),
    Column("attributes", Json, nullable=False),
    Column("access", Groups),
    Column("warnings", Json, nullable=False),
    PrimaryKeyConstraint(*_SCOPE, "document", "generation", "version"),
    ForeignKeyConstraint(
        [*_SCOPE, "document"],
        ["documents.tenant", "documents.knowledge_base", "documents.id"],
        ondelete="CASCADE",
    ),
    ForeignKeyConstraint(
        [*_SCOPE, "generation"],
        ["generations.tenant", "generations.knowledge_base", "generations.number"],
        ondelete="CASCADE",
    ),
    Index("outcomes_by_generation", *_SCOPE, "generation", "state"),
)

LIVE: Final = Table(
    "live",
    LEDGER,
    _text("tenant"),
    _text("knowledge_base"),
    _number("generation"),
    _text("id"),
    _text("version"),
    _text("source"),
    _text("path"),
    _text("title"),
    Column("access", Groups),
    Column("attributes", Json, nullable=False),
    _number("passages"),
    Column("digest", LargeBinary, nullable=False),
    PrimaryKeyConstraint(*_SCOPE, "generation", "id"),
    ForeignKeyConstraint(
        [*_SCOPE, "generation"],
        ["generations.tenant", "generations.knowledge_base", "generations.number"],
        ondelete="CASCADE",
    ),
)
"""What the newest revision of each generation shows. `digest` is of all other columns: publishing compares it."""

RUNS: Final = Table(
    "runs",
    LEDGER,
    _text("tenant"),
    _text("knowledge_base"),
    _text("id"),
    _number("generation"),
    _text("state"),
    Column("started", UtcTime, nullable=False),
    Column("heartbeat", UtcTime, nullable=False),
    Column("finished", UtcTime),
    _text("step"),
    Column("counts", Json, nullable=False),
    _text("reason"),
    _text("message"),
    PrimaryKeyConstraint(*_SCOPE, "id"),
)
