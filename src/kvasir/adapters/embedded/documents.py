"""`ports.documents.Documents` over the ledger database."""

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection

from kvasir.adapters.embedded import documents_sql as sql
from kvasir.adapters.embedded.cursors import checked_limit, cursor, position
from kvasir.adapters.embedded.database import Database
from kvasir.adapters.embedded.ledger_rows import (
    Values,
    document_of,
    document_values,
    listed,
    outcome_of,
    outcome_values,
    scope,
    where,
)
from kvasir.errors import NotFoundError
from kvasir.ports.deadline import Deadline
from kvasir.ports.documents import Counts, Document, IndexedDocument, IndexOutcome
from kvasir.ports.paging import Page
from kvasir.ports.principal import Principal


class SqliteDocuments:
    """Implements `Documents`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def record(
        self, principal: Principal, knowledge_base: str, documents: Sequence[Document], deadline: Deadline
    ) -> None:
        rows = [scope(principal, knowledge_base) | document_values(document) for document in documents]
        if rows:
            await self._database.write(lambda connection: connection.execute(sql.RECORD, rows), deadline)

    async def get(self, principal: Principal, knowledge_base: str, document: str, deadline: Deadline) -> Document:
        statement = sql.GET_ANY if principal.is_system else sql.GET
        key = where(principal, knowledge_base, document=document, groups=listed(principal.groups))
        row = await self._database.read(lambda connection: connection.execute(statement, key).one_or_none(), deadline)
        if row is None:
            raise NotFoundError(f"There is no document {document} in knowledge base {knowledge_base}.")
        return document_of(row)

    async def list(
        self,
        principal: Principal,
        knowledge_base: str,
        deadline: Deadline,
        *,
        generation: int | None = None,
        source: str | None = None,
        after: str | None = None,
        limit: int = 100,
    ) -> Page[IndexedDocument]:
        limit = checked_limit(limit)
        after_source, after_path, after_id = (source or "", "", "") if after is None else position(after, 3)
        # Generations count from 1, so 0 finds no outcome.
        key = where(principal, knowledge_base, generation=generation or 0, groups=listed(principal.groups))
        key |= {"source": source, "after_source": after_source, "after_path": after_path, "after_id": after_id}
        key["most"] = limit + 1
        statement = sql.LIST_ANY if principal.is_system else sql.LIST
        rows = await self._database.read(lambda connection: connection.execute(statement, key).all(), deadline)
        items = [
            IndexedDocument(document_of(row), None if row.outcome_document is None else outcome_of(row))
            for row in rows[:limit]
        ]
        last = items[-1].document if len(rows) > limit else None
        return Page(items, None if last is None else cursor(last.source, last.path, last.id))

    async def count(self, principal: Principal, knowledge_base: str, generation: int, deadline: Deadline) -> Counts:
        statement = sql.COUNT_ANY if principal.is_system else sql.COUNT
        key = where(principal, knowledge_base, generation=generation, groups=listed(principal.groups))
        row = await self._database.read(lambda connection: connection.execute(statement, key).one(), deadline)
        return Counts(row.documents, row.size, row.live, row.quarantined, row.written, row.passages)

    async def remove(
        self, principal: Principal, knowledge_base: str, documents: Iterable[str], deadline: Deadline
    ) -> None:
        key = where(principal, knowledge_base, gone=listed(documents))
        await self._database.write(lambda connection: connection.execute(sql.REMOVE, key), deadline)

    async def pending(
        self, principal: Principal, knowledge_base: str, generation: int, deadline: Deadline, *, limit: int = 100
    ) -> Sequence[Document]:
        key = where(principal, knowledge_base, generation=generation, most=checked_limit(limit))
        rows = await self._database.read(lambda connection: connection.execute(sql.PENDING, key).all(), deadline)
        return [document_of(row) for row in rows]

    async def settle(
        self,
        principal: Principal,
        knowledge_base: str,
        generation: int,
        outcomes: Sequence[IndexOutcome],
        deadline: Deadline,
    ) -> None:
        shared = scope(principal, knowledge_base) | {"generation": generation}
        rows = [shared | outcome_values(outcome) for outcome in outcomes]
        documents = listed(outcome.document for outcome in outcomes)
        key = where(principal, knowledge_base, generation=generation, documents=documents)
        await self._database.write(lambda connection: _settle(connection, key, rows), deadline)

    async def retry(self, principal: Principal, knowledge_base: str, generation: int, deadline: Deadline) -> int:
        key = where(principal, knowledge_base, generation=generation)

        def forget(connection: Connection) -> int:
            waiting = connection.execute(sql.COUNT_QUARANTINED, key).scalar_one()
            connection.execute(sql.FORGET_QUARANTINE, key)
            return waiting

        return await self._database.write(forget, deadline)


def _settle(connection: Connection, key: Values, rows: list[Values]) -> None:
    if connection.execute(sql.GENERATION, key).first() is None:
        raise NotFoundError(f"Knowledge base {key['in_base']} has no generation {key['generation']}.")
    known = set(connection.execute(sql.KNOWN, key).scalars())
    # What was removed while it was being indexed stays forgotten: should it come back, it is indexed anew.
    rows = [row for row in rows if row["document"] in known]
    if rows:
        connection.execute(sql.SETTLE, rows)
