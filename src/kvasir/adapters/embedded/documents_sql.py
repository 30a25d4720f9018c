"""Statements of `SqliteDocuments`."""

from typing import Any, Final, cast

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    Text,
    and_,
    bindparam,
    delete,
    exists,
    func,
    literal,
    or_,
    select,
    true,
    tuple_,
)

from kvasir.adapters.embedded.ledger_rows import among, upsert, within
from kvasir.adapters.embedded.ledger_tables import DOCUMENTS, GENERATIONS, LIVE, OUTCOMES
from kvasir.ports.documents import IndexState

_ORDER: Final = (DOCUMENTS.c.source, DOCUMENTS.c.path, DOCUMENTS.c.id)
_MOST: Final = bindparam("most", type_=Integer)

OUTCOME_OF_CURRENT: Final = and_(
    within(OUTCOMES),
    OUTCOMES.c.document == DOCUMENTS.c.id,
    OUTCOMES.c.generation == bindparam("generation"),
    OUTCOMES.c.version == DOCUMENTS.c.version,
)
"""Joins a document to the outcome of its current version."""


def _shares(access: ColumnElement[Any]) -> ColumnElement[bool]:
    granted = func.json_each(access).table_valued("value", name="granted")
    return exists(select(literal(1)).select_from(granted).where(among(granted.c.value, "groups")))


def _readable() -> ColumnElement[bool]:
    """`Principal.may_read` in SQL.

    Where the source sets no access, what any kept outcome found in the content counts, the one of an earlier version
    too: a document must not show while its changed version waits to be parsed.
    """
    found = OUTCOMES.alias("found")
    hidden = exists().where(
        within(found), found.c.document == DOCUMENTS.c.id, found.c.access.is_not(None), ~_shares(found.c.access)
    )
    return or_(_shares(DOCUMENTS.c.access), and_(DOCUMENTS.c.access.is_(None), ~hidden))


def _listing() -> Select[Any]:
    source: ColumnElement[Any] = bindparam("source", type_=Text)
    after = tuple_(*(bindparam(f"after_{name}", type_=Text) for name in ("source", "path", "id")))
    return (
        # Both tables have a `version`, an `access` and `attributes`.
        select(DOCUMENTS, *(column.label(f"outcome_{column.name}") for column in OUTCOMES.c))
        .select_from(DOCUMENTS.outerjoin(OUTCOMES, OUTCOME_OF_CURRENT))
        .where(within(DOCUMENTS), or_(source.is_(None), DOCUMENTS.c.source == source), tuple_(*_ORDER) > after)
        .order_by(*_ORDER)
        .limit(_MOST)
    )


_LIVE_OF_CURRENT: Final = and_(
    within(LIVE),
    LIVE.c.generation == bindparam("generation"),
    LIVE.c.id == DOCUMENTS.c.id,
    LIVE.c.version == DOCUMENTS.c.version,
)


def _state(state: IndexState) -> ColumnElement[bool]:
    return OUTCOMES.c.state == state.value


def _counting(live: ColumnElement[bool]) -> Select[Any]:
    """`live` is whether a row of `LIVE` counts."""
    found, nothing = and_(LIVE.c.id.is_not(None), live), literal(0)
    written = _state(IndexState.WRITTEN)
    counting = (
        select(
            func.count().label("documents"),
            func.coalesce(func.sum(DOCUMENTS.c.size), nothing).label("size"),
            func.count().filter(found).label("live"),
            func.count().filter(_state(IndexState.QUARANTINED), ~found).label("quarantined"),
            func.count().filter(written).label("written"),
            func.coalesce(func.sum(OUTCOMES.c.passages).filter(written), nothing).label("passages"),
        )
        .select_from(DOCUMENTS.outerjoin(OUTCOMES, OUTCOME_OF_CURRENT).outerjoin(LIVE, _LIVE_OF_CURRENT))
        .where(within(DOCUMENTS))
    )
    return cast("Select[Any]", counting)


RECORD: Final = upsert(DOCUMENTS)
GET_ANY: Final = select(DOCUMENTS).where(within(DOCUMENTS), DOCUMENTS.c.id == bindparam("document"))
GET: Final = GET_ANY.where(_readable())
LIST_ANY: Final = _listing()
LIST: Final = LIST_ANY.where(_readable())
COUNT_ANY: Final = _counting(true())
COUNT: Final = _counting(or_(LIVE.c.access.is_(None), _shares(LIVE.c.access))).where(_readable())
REMOVE: Final = delete(DOCUMENTS).where(within(DOCUMENTS), among(DOCUMENTS.c.id, "gone"))

PENDING: Final = (
    select(DOCUMENTS).where(within(DOCUMENTS), ~exists().where(OUTCOME_OF_CURRENT)).order_by(*_ORDER).limit(_MOST)
)

GENERATION: Final = select(GENERATIONS.c.number).where(
    within(GENERATIONS), GENERATIONS.c.number == bindparam("generation")
)
KNOWN: Final = select(DOCUMENTS.c.id).where(within(DOCUMENTS), among(DOCUMENTS.c.id, "documents"))
SETTLE: Final = upsert(OUTCOMES)

_QUARANTINE: Final = and_(
    within(OUTCOMES),
    OUTCOMES.c.generation == bindparam("generation"),
    OUTCOMES.c.state == IndexState.QUARANTINED.value,
)
COUNT_QUARANTINED: Final = (
    select(func.count()).select_from(DOCUMENTS.join(OUTCOMES, OUTCOME_OF_CURRENT)).where(within(DOCUMENTS), _QUARANTINE)
)
FORGET_QUARANTINE: Final = delete(OUTCOMES).where(_QUARANTINE)
