"""What a generation shows: worked out from documents and outcomes, kept per generation, written as a difference."""

from collections.abc import Sequence
from hashlib import blake2b
from typing import Any, Final

import orjson
from sqlalchemy import Connection, Row, and_, bindparam, delete, exists, insert, select

from kvasir.adapters.embedded.documents_sql import OUTCOME_OF_CURRENT
from kvasir.adapters.embedded.ledger_rows import Values, within
from kvasir.adapters.embedded.ledger_tables import DOCUMENTS, LIVE, OUTCOMES
from kvasir.ports.documents import IndexState, LiveDocument

_CANDIDATES: Final = (
    select(*DOCUMENTS.c["id", "version", "source", "path", "access", "attributes"])
    .add_columns(OUTCOMES.c.title, OUTCOMES.c.passages)
    .add_columns(OUTCOMES.c.access.label("found_access"), OUTCOMES.c.attributes.label("found_attributes"))
    .join_from(DOCUMENTS, OUTCOMES, OUTCOME_OF_CURRENT)
    .where(within(DOCUMENTS), OUTCOMES.c.state == IndexState.WRITTEN.value)
    .order_by(DOCUMENTS.c.id)
)

_OF_GENERATION: Final = and_(within(LIVE), LIVE.c.generation == bindparam("generation"))
_LIVE: Final = (
    select(*LIVE.c["id", "version", "source", "path", "title", "access", "attributes", "passages"])
    .where(_OF_GENERATION)
    .order_by(LIVE.c.id)
)
_DIGESTS: Final = select(LIVE.c.id, LIVE.c.digest).where(_OF_GENERATION)
_HIDE: Final = delete(LIVE).where(_OF_GENERATION, LIVE.c.id == bindparam("gone"))
_SHOW: Final = insert(LIVE)

_CURRENT: Final = exists().where(
    within(DOCUMENTS), DOCUMENTS.c.id == OUTCOMES.c.document, DOCUMENTS.c.version == OUTCOMES.c.version
)
_FORGET_SUPERSEDED: Final = delete(OUTCOMES).where(
    within(OUTCOMES), OUTCOMES.c.generation == bindparam("generation"), ~_CURRENT
)


def candidates(connection: Connection, key: Values) -> list[LiveDocument]:
    """Documents whose current version is Written, by id, with what the source says above what the content says."""
    return [_merged(row) for row in connection.execute(_CANDIDATES, key)]


def live_of(connection: Connection, key: Values) -> list[LiveDocument]:
    """What the newest revision shows, by id."""
    return [LiveDocument(*row) for row in connection.execute(_LIVE, key)]


def live_values(document: LiveDocument) -> Values:
    """The row of a live document, with a digest of all that it shows."""
    shown: Values = {
        "id": document.id,
        "version": document.version,
        "source": document.source,
        "path": document.path,
        "title": document.title,
        "access": None if document.access is None else sorted(document.access),
        "attributes": document.attributes,
        "passages": document.passages,
    }
    digest = blake2b(orjson.dumps(shown, option=orjson.OPT_SORT_KEYS), digest_size=16).digest()
    return shown | {"access": document.access, "digest": digest}


def replace_live(connection: Connection, key: Values, rows: Sequence[Values]) -> None:
    """Makes the rows the live set, touching only what differs: a run usually changes few documents of many.

    Outcomes of versions that are no longer current go: once this revision is out, their passages may be purged, so
    should such a version come back, it has to be indexed anew.
    """
    before: dict[str, bytes] = {row.id: row.digest for row in connection.execute(_DIGESTS, key)}
    after = {row["id"]: row for row in rows}
    changed = [row for row in after.values() if before.get(row["id"]) != row["digest"]]
    stale = [key | {"gone": row["id"]} for row in changed if row["id"] in before]
    stale += [key | {"gone": document} for document in before.keys() - after.keys()]
    if stale:
        connection.execute(_HIDE, stale)
    if changed:
        connection.execute(_SHOW, changed)
    connection.execute(_FORGET_SUPERSEDED, key)


def _merged(row: Row[Any]) -> LiveDocument:
    return LiveDocument(
        id=row.id,
        version=row.version,
        source=row.source,
        path=row.path,
        title=row.title,
        access=row.found_access if row.access is None else row.access,
        attributes={**row.found_attributes, **row.attributes},
        passages=row.passages,
    )
