"""The documents ledger in one SQLite file."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from kvasir.adapters.embedded.database import Database
from kvasir.adapters.embedded.documents import SqliteDocuments
from kvasir.adapters.embedded.generations import SqliteGenerations
from kvasir.adapters.embedded.ledger_tables import LEDGER, LEDGER_VERSION


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Ledger:
    """`documents` and `generations` over one database, so that a publish is one transaction over both."""

    def __init__(self, database: Database, *, now: Callable[[], datetime] = _utc_now) -> None:
        self._database = database
        self.documents = SqliteDocuments(database)
        self.generations = SqliteGenerations(database, now)

    @classmethod
    def open(cls, directory: Path) -> "Ledger":
        """Opens or creates `ledger.db`. Blocks for some milliseconds. Raises as `Database.open`."""
        return cls(Database.open(directory / "ledger.db", LEDGER, version=LEDGER_VERSION))

    async def close(self) -> None:
        """Commits what waits. Idempotent."""
        await self._database.close()
