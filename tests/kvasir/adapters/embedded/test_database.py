import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Column, Connection, Integer, LargeBinary, MetaData, Table, insert, select, text

from kvasir.adapters.embedded.database import Database
from kvasir.errors import (
    ConflictError,
    CorruptDataError,
    DeadlineExceededError,
    UnavailableError,
    UnsupportedError,
)
from kvasir.ports.deadline import Deadline
from kvasir.testing.builders import passed, soon

METADATA = MetaData()
NUMBERS = Table("numbers", METADATA, Column("number", Integer, primary_key=True), Column("blob", LargeBinary))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "new" / "folder" / "numbers.db"


@pytest.fixture
async def database(path: Path) -> AsyncIterator[Database]:
    database = Database.open(path, METADATA, version=1, busy_seconds=0.05)
    yield database
    await database.close()


async def add(database: Database, number: int, deadline: Deadline | None = None) -> None:
    await database.write(
        lambda connection: connection.execute(insert(NUMBERS).values(number=number)), deadline or soon()
    )


async def numbers(database: Database) -> list[int]:
    query = select(NUMBERS.c.number).order_by(NUMBERS.c.number)
    return list(await database.read(lambda connection: connection.execute(query).scalars().all(), soon()))


class Gate:
    """Holds the writer thread until it is opened."""

    def __init__(self) -> None:
        self._reached = threading.Event()
        self._opened = threading.Event()

    def __call__(self, _connection: Connection) -> None:
        self._reached.set()
        assert self._opened.wait(30)

    async def reached(self) -> None:
        assert await asyncio.to_thread(self._reached.wait, 30)

    def open(self) -> None:
        self._opened.set()


@contextmanager
def locked(path: Path) -> Iterator[sqlite3.Connection]:
    """As another process that is in the middle of a write."""
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield other
        other.rollback()


async def test_waiting_writes_share_a_transaction(database: Database) -> None:
    gate = Gate()
    first = asyncio.create_task(database.write(gate, soon()))
    await gate.reached()
    before = database.commits
    others = [asyncio.create_task(add(database, number)) for number in range(200)]
    await asyncio.sleep(0)
    gate.open()
    await asyncio.gather(first, *others)
    assert await numbers(database) == list(range(200))
    assert database.commits - before == 2  # the gate's, and one for all others


async def test_a_write_is_visible_once_it_returns(database: Database) -> None:
    for number in range(20):
        await add(database, number)
        assert (await numbers(database))[-1] == number


async def test_a_failing_write_takes_back_its_own_changes_only(database: Database) -> None:
    def half(connection: Connection) -> None:
        connection.execute(insert(NUMBERS).values(number=100))
        raise ConflictError("on purpose")

    def broken(_connection: Connection) -> None:
        raise ZeroDivisionError

    calls = [add(database, 1), database.write(half, soon()), database.write(broken, soon()), add(database, 2)]
    results = await asyncio.gather(*calls, return_exceptions=True)
    assert [type(result) for result in results] == [type(None), ConflictError, ZeroDivisionError, type(None)]
    assert await numbers(database) == [1, 2]


async def test_a_write_that_ends_the_transaction_is_repeated_by_its_neighbours(database: Database) -> None:
    def sabotage(connection: Connection) -> None:
        connection.exec_driver_sql("ROLLBACK")  # as SQLite itself does when the disk is full
        raise ConflictError("on purpose")

    calls = [add(database, 1), database.write(sabotage, soon()), add(database, 2), add(database, 1)]
    results = await asyncio.gather(*calls, return_exceptions=True)
    assert [result is None for result in results] == [True, False, True, False]
    assert isinstance(results[1], ConflictError)
    assert await numbers(database) == [1, 2]


async def test_a_queued_write_past_its_deadline_is_not_executed(database: Database) -> None:
    gate = Gate()
    first = asyncio.create_task(database.write(gate, soon()))
    await gate.reached()
    with pytest.raises(DeadlineExceededError):
        await add(database, 1, Deadline.after(0.02))
    gate.open()
    await first
    await add(database, 2)
    assert await numbers(database) == [2]


async def test_a_cancelled_write_is_not_executed(database: Database) -> None:
    gate = Gate()
    first = asyncio.create_task(database.write(gate, soon()))
    await gate.reached()
    queued = asyncio.create_task(add(database, 1))
    await asyncio.sleep(0)
    queued.cancel()
    with pytest.raises(asyncio.CancelledError):
        await queued
    first.cancel()  # too late: it goes on, and harms nobody
    with pytest.raises(asyncio.CancelledError):
        await first
    gate.open()
    await add(database, 2)
    assert await numbers(database) == [2]


async def test_a_passed_deadline_touches_nothing(database: Database) -> None:
    before = database.commits
    with pytest.raises(DeadlineExceededError):
        await add(database, 1, passed())
    with pytest.raises(DeadlineExceededError):
        await database.read(lambda _connection: pytest.fail("was run"), passed())
    assert database.commits == before


async def test_a_read_is_interrupted_at_its_deadline(database: Database) -> None:
    endless = text("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n")
    for _ in range(3):  # one more than there are reader threads
        with pytest.raises(DeadlineExceededError):
            await database.read(lambda connection: connection.execute(endless).scalar(), Deadline.after(0.03))
    assert await numbers(database) == []


async def test_a_lock_held_elsewhere_is_unavailable(database: Database, path: Path) -> None:
    with locked(path):
        results = await asyncio.gather(add(database, 1), add(database, 2), return_exceptions=True)
        assert all(isinstance(result, UnavailableError) and result.retryable for result in results)
        assert f"{path} is locked by another process" in str(results[0])
        assert await numbers(database) == []  # readers do not wait
    await add(database, 3)
    assert await numbers(database) == [3]


async def test_waiting_for_a_lock_ends_at_the_deadline(path: Path) -> None:
    database = Database.open(path, METADATA, version=1, busy_seconds=30)
    with locked(path) as other:
        with pytest.raises(DeadlineExceededError):
            await add(database, 1, Deadline.after(0.05))
        other.rollback()
        other.execute("BEGIN")
    await add(database, 2)
    assert await numbers(database) == [2]
    await database.close()


async def test_several_event_loops_share_it(database: Database) -> None:
    def elsewhere(start: int) -> None:
        async def work() -> None:
            await asyncio.gather(*(add(database, start + number) for number in range(50)))
            assert len(await numbers(database)) >= 50

        asyncio.run(work())

    await asyncio.gather(*(asyncio.to_thread(elsewhere, start) for start in (0, 100, 200)))
    assert len(await numbers(database)) == 150


async def test_closing_commits_what_waits(path: Path) -> None:
    database = Database.open(path, METADATA, version=1)
    gate = Gate()
    first = asyncio.create_task(database.write(gate, soon()))
    await gate.reached()
    queued = asyncio.create_task(add(database, 1))
    await asyncio.sleep(0)
    closing_ = asyncio.create_task(database.close())
    await asyncio.sleep(0)
    gate.open()
    await asyncio.gather(first, queued, closing_)
    await database.close()
    with pytest.raises(UnavailableError, match="closed"):
        await add(database, 2)
    with pytest.raises(UnavailableError, match="closed"):
        await numbers(database)
    again = Database.open(path, METADATA, version=1)
    assert await numbers(again) == [1]
    await again.close()


async def test_commits_are_durable_and_keys_are_checked(database: Database) -> None:
    def pragmas(connection: Connection) -> list[object]:
        names = ("journal_mode", "synchronous", "foreign_keys")
        return [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in names]

    assert await database.write(pragmas, soon()) == ["wal", 2, 1]
    with pytest.raises(UnavailableError, match="readonly"):
        await database.read(lambda connection: connection.execute(insert(NUMBERS).values(number=1)), soon())


async def test_a_newer_schema_is_refused(path: Path) -> None:
    await Database.open(path, METADATA, version=8).close()
    with pytest.raises(UnsupportedError, match=r"schema 8, this one knows 7.*Install"):
        Database.open(path, METADATA, version=7)


async def test_an_older_schema_gains_its_new_tables(path: Path) -> None:
    old = Database.open(path, METADATA, version=1)
    await add(old, 1)
    await old.close()
    metadata = MetaData()
    added = Table("added", metadata, Column("id", Integer, primary_key=True))
    new = Database.open(path, metadata, version=2)
    await new.write(lambda connection: connection.execute(insert(added).values(id=1)), soon())
    assert await numbers(new) == [1]
    await new.close()
    with pytest.raises(UnsupportedError):
        Database.open(path, METADATA, version=1)


def test_a_file_that_is_no_database_is_corrupt(path: Path) -> None:
    path.parent.mkdir(parents=True)
    path.write_bytes(b"this is no database, but it is long enough to be read as one" * 100)
    with pytest.raises(CorruptDataError, match=r"numbers\.db.*backup"):
        Database.open(path, METADATA, version=1)


async def test_damaged_pages_are_corrupt(path: Path) -> None:
    database = Database.open(path, METADATA, version=1)
    rows = [{"number": number, "blob": b"x" * 2000} for number in range(200)]
    await database.write(lambda connection: connection.execute(insert(NUMBERS), rows), soon())
    await database.close()
    scribble(path)
    database = Database.open(path, METADATA, version=1)
    with pytest.raises(CorruptDataError):
        await numbers(database)
    await database.close()


def scribble(path: Path) -> None:
    content = bytearray(path.read_bytes())
    for start in range(3 * 4096, len(content), 4096):
        content[start : start + 100] = b"\xff" * 100
    path.write_bytes(content)
