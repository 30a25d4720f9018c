"""`ports.documents.Generations` over the ledger database."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row

from kvasir.adapters.embedded import generations_sql as sql
from kvasir.adapters.embedded.database import Database
from kvasir.adapters.embedded.ledger_rows import Values, generation_of, run_of, run_values, scope, where
from kvasir.adapters.embedded.publishing import candidates, live_of, live_values, replace_live
from kvasir.errors import ConflictError, NotFoundError
from kvasir.ports.deadline import Deadline
from kvasir.ports.documents import Generation, GenerationState, LiveDocument, Run, Snapshot
from kvasir.ports.principal import Principal


class SqliteGenerations:
    """Implements `Generations`."""

    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        self._database = database
        self._now = now

    async def create(
        self, principal: Principal, knowledge_base: str, fingerprint: str, settings: str, deadline: Deadline
    ) -> Generation:
        values = scope(principal, knowledge_base) | {"fingerprint": fingerprint, "settings": settings}
        values |= {"state": GenerationState.BUILDING.value, "revision": 0, "active": False, "created": self._now()}
        key = where(principal, knowledge_base, fingerprint=fingerprint)

        def ensure(connection: Connection) -> Generation:
            row = connection.execute(sql.BY_FINGERPRINT, key).first()
            if row is None:
                number = connection.execute(sql.NEXT_NUMBER, scope(principal, knowledge_base)).scalar_one()
                connection.execute(sql.CREATE, values | {"number": number, "reason": "", "message": ""})
                row = connection.execute(sql.BY_FINGERPRINT, key).one()
            return generation_of(row)

        return await self._database.write(ensure, deadline)

    async def run_with(
        self, principal: Principal, knowledge_base: str, generation: int, settings: str, deadline: Deadline
    ) -> None:
        key = where(principal, knowledge_base, generation=generation)

        def replace(connection: Connection) -> None:
            _kept(connection, key)
            connection.execute(sql.RUN_WITH, key | {"new_settings": settings})

        await self._database.write(replace, deadline)

    async def list(self, principal: Principal, knowledge_base: str, deadline: Deadline) -> Sequence[Generation]:
        key = where(principal, knowledge_base)
        rows = await self._database.read(lambda connection: connection.execute(sql.LIST, key).all(), deadline)
        return [generation_of(row) for row in rows]

    async def candidates(
        self, principal: Principal, knowledge_base: str, generation: int, deadline: Deadline
    ) -> Sequence[LiveDocument]:
        key = where(principal, knowledge_base, generation=generation)
        return await self._database.read(lambda connection: candidates(connection, key), deadline)

    async def publish(
        self,
        principal: Principal,
        knowledge_base: str,
        generation: int,
        *,
        expected_revision: int,
        live: Sequence[LiveDocument],
        activate: bool,
        deadline: Deadline,
    ) -> Snapshot:
        key = where(principal, knowledge_base, generation=generation)
        shared = scope(principal, knowledge_base) | {"generation": generation}
        revision = expected_revision + 1

        def commit(connection: Connection) -> Snapshot:
            row = _kept(connection, key)
            if row.revision != expected_revision or row.state == GenerationState.FAILED.value:
                raise ConflictError(
                    f"Generation {generation} of {knowledge_base} is {row.state} at revision {row.revision}, not at "
                    f"{expected_revision}: another run was faster. Compare with the ledger again."
                )
            replace_live(connection, key, [live_values(document) | shared for document in live])
            connection.execute(sql.PUBLISH, key | {"new_revision": revision})
            if activate:
                connection.execute(sql.ACTIVATE, key)
            return Snapshot(knowledge_base, generation, revision)

        return await self._database.write(commit, deadline)

    async def live(self, principal: Principal, snapshot: Snapshot, deadline: Deadline) -> Sequence[LiveDocument]:
        key = where(principal, snapshot.knowledge_base, generation=snapshot.generation)

        def shown(connection: Connection) -> Sequence[LiveDocument]:
            _kept(connection, key)
            return live_of(connection, key)

        return await self._database.read(shown, deadline)

    async def fail(
        self, principal: Principal, knowledge_base: str, generation: int, reason: str, message: str, deadline: Deadline
    ) -> None:
        key = where(principal, knowledge_base, generation=generation)

        def mark(connection: Connection) -> None:
            if _kept(connection, key).state == GenerationState.READY.value:
                raise ConflictError(f"Generation {generation} of {knowledge_base} is Ready, so it cannot fail.")
            connection.execute(sql.FAIL, key | {"new_reason": reason, "new_message": message})

        await self._database.write(mark, deadline)

    async def activate(
        self, principal: Principal, knowledge_base: str, generation: int, deadline: Deadline
    ) -> Snapshot:
        key = where(principal, knowledge_base, generation=generation)

        def switch(connection: Connection) -> Snapshot:
            row = _kept(connection, key)
            if row.state != GenerationState.READY.value:
                raise ConflictError(f"Generation {generation} of {knowledge_base} is {row.state}, not Ready.")
            connection.execute(sql.ACTIVATE, key)
            return Snapshot(knowledge_base, generation, row.revision)

        return await self._database.write(switch, deadline)

    async def head(self, principal: Principal, knowledge_base: str, deadline: Deadline) -> Snapshot | None:
        key = where(principal, knowledge_base)
        row = await self._database.read(lambda connection: connection.execute(sql.HEAD, key).one_or_none(), deadline)
        return None if row is None else Snapshot(knowledge_base, row.number, row.revision)

    async def drop(self, principal: Principal, knowledge_base: str, generation: int, deadline: Deadline) -> None:
        key = where(principal, knowledge_base, generation=generation)

        def forget(connection: Connection) -> None:
            row = connection.execute(sql.ONE, key).one_or_none()
            if row is not None and row.active:
                raise ConflictError(
                    f"Generation {generation} of {knowledge_base} is active. Activate another one, then drop it."
                )
            connection.execute(sql.DROP, key)

        await self._database.write(forget, deadline)

    async def drop_knowledge_base(self, principal: Principal, knowledge_base: str, deadline: Deadline) -> None:
        key = where(principal, knowledge_base)

        def forget(connection: Connection) -> None:
            for statement in sql.DROP_KNOWLEDGE_BASE:
                connection.execute(statement, key)

        await self._database.write(forget, deadline)

    async def record_run(self, principal: Principal, knowledge_base: str, run: Run, deadline: Deadline) -> None:
        values = scope(principal, knowledge_base) | run_values(run)
        key = where(principal, knowledge_base)

        def replace(connection: Connection) -> None:
            connection.execute(sql.RECORD_RUN, values)
            connection.execute(sql.FORGET_OLD_RUNS, key)

        await self._database.write(replace, deadline)

    async def runs(self, principal: Principal, knowledge_base: str, deadline: Deadline) -> Sequence[Run]:
        key = where(principal, knowledge_base)
        rows = await self._database.read(lambda connection: connection.execute(sql.RUNS_NEWEST, key).all(), deadline)
        return [run_of(row) for row in rows]


def _kept(connection: Connection, key: Values) -> Row[Any]:
    row = connection.execute(sql.ONE, key).one_or_none()
    if row is None:
        raise NotFoundError(f"Knowledge base {key['in_base']} has no generation {key['generation']}.")
    return row
