"""Statements of `SqliteGenerations`."""

from typing import Final

from sqlalchemy import and_, bindparam, delete, insert, select, update
from sqlalchemy.dialects import sqlite

from kvasir.adapters.embedded.ledger_rows import upsert, within
from kvasir.adapters.embedded.ledger_tables import COUNTERS, DOCUMENTS, GENERATIONS, RUNS
from kvasir.ports.documents import GenerationState

_KEPT_RUNS: Final = 20

_THIS: Final = and_(within(GENERATIONS), GENERATIONS.c.number == bindparam("generation"))

ONE: Final = select(GENERATIONS).where(_THIS)
LIST: Final = select(GENERATIONS).where(within(GENERATIONS)).order_by(GENERATIONS.c.number)
BY_FINGERPRINT: Final = (
    select(GENERATIONS)
    .where(within(GENERATIONS), GENERATIONS.c.fingerprint == bindparam("fingerprint"))
    .order_by(GENERATIONS.c.number.desc())
    .limit(1)
)
HEAD: Final = select(GENERATIONS.c.number, GENERATIONS.c.revision).where(within(GENERATIONS), GENERATIONS.c.active)

NEXT_NUMBER: Final = (
    sqlite.insert(COUNTERS)
    .values(last=1)
    .on_conflict_do_update(index_elements=list(COUNTERS.primary_key), set_={"last": COUNTERS.c.last + 1})
    .returning(COUNTERS.c.last)
)
CREATE: Final = insert(GENERATIONS)
RUN_WITH: Final = update(GENERATIONS).where(_THIS).values(settings=bindparam("new_settings"))
PUBLISH: Final = (
    update(GENERATIONS).where(_THIS).values(state=GenerationState.READY.value, revision=bindparam("new_revision"))
)
ACTIVATE: Final = (
    update(GENERATIONS).where(within(GENERATIONS)).values(active=GENERATIONS.c.number == bindparam("generation"))
)
FAIL: Final = (
    update(GENERATIONS)
    .where(_THIS)
    .values(state=GenerationState.FAILED.value, reason=bindparam("new_reason"), message=bindparam("new_message"))
)
DROP: Final = delete(GENERATIONS).where(_THIS)
# Outcomes and live sets go with the documents and generations that they belong to.
DROP_KNOWLEDGE_BASE: Final = tuple(
    delete(table).where(within(table)) for table in (DOCUMENTS, GENERATIONS, COUNTERS, RUNS)
)

_NEWEST: Final = (RUNS.c.started.desc(), RUNS.c.id.desc())
RECORD_RUN: Final = upsert(RUNS)
RUNS_NEWEST: Final = select(RUNS).where(within(RUNS)).order_by(*_NEWEST)
FORGET_OLD_RUNS: Final = delete(RUNS).where(
    within(RUNS),
    RUNS.c.id.in_(select(RUNS.c.id).where(within(RUNS)).order_by(*_NEWEST).limit(-1).offset(_KEPT_RUNS)),
)
