"""A SQLite file that several processes share: one writer thread, a few readers, durable commits."""

import asyncio
import fcntl
import threading
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final, TypeVar

from sqlalchemy import Connection, Engine, MetaData

from kvasir.adapters.embedded.connections import driver_of, engine_of
from kvasir.adapters.embedded.group_commit import GroupCommit
from kvasir.adapters.embedded.schema import ensure_schema
from kvasir.adapters.embedded.sqlite_errors import translated_sqlite_errors
from kvasir.durable_files import translated_os_errors
from kvasir.errors import UnavailableError
from kvasir.ports.deadline import Deadline

T = TypeVar("T")

_BUSY_SECONDS: Final = 10.0
"""How long a writer waits for another process. Callers give up sooner, at their own deadlines."""

_READERS: Final = 2
_STEPS_BETWEEN_CHECKS: Final = 50_000
"""SQLite instructions (a few milliseconds) between two looks at a reader's deadline."""


class Database:
    """Runs plain functions over a `Connection` in threads of its own.

    Raises:
        UnavailableError: locked by another process for 10 s, closed, or not writable.
        DeadlineExceededError: nothing of the write was applied.
        ExhaustedError: no space is left.
        CorruptDataError: the file is damaged.
    """

    def __init__(self, path: Path, writing: Connection, reading: Engine) -> None:
        self._path = path
        self._writer = GroupCommit(writing, path)
        self._reading = reading
        self._readers = ThreadPoolExecutor(_READERS, thread_name_prefix=f"{path.stem}-reader")
        self._local = threading.local()
        self._open = [writing]
        self._closed = False

    @classmethod
    def open(cls, path: Path, metadata: MetaData, *, version: int, busy_seconds: float = _BUSY_SECONDS) -> "Database":
        """Opens the file, creating folder and tables where they are missing. Blocks for some milliseconds.

        `version` counts changes of the tables. Raises UnsupportedError for a file of a newer version.
        """
        with translated_os_errors(path), translated_sqlite_errors(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            with _opening_alone(path):
                writing = _prepared(engine_of(path, "rwc", busy_seconds=busy_seconds), metadata, version)
            return cls(path, writing, engine_of(path, "ro", busy_seconds=busy_seconds))

    @property
    def commits(self) -> int:
        """Transactions since the file was opened; less than the number of writes that shared them."""
        return self._writer.commits

    async def write(self, operation: Callable[[Connection], T], deadline: Deadline) -> T:
        """Runs the operation in the writer thread; returns after its commit.

        It is applied whole or not at all, also when it raises. It may run twice, so it must not change anything but
        the database.
        """
        return await self._writer.run(operation, deadline)

    async def read(self, operation: Callable[[Connection], T], deadline: Deadline) -> T:
        """Runs the operation over one consistent state, which includes every write that has returned."""
        deadline.check(f"reading {self._path.name}")
        if self._closed:
            raise UnavailableError(f"{self._path.name} is closed.")
        work = asyncio.get_running_loop().run_in_executor(self._readers, self._read, operation, deadline)
        return await deadline.bound(work, f"reading {self._path.name}")

    async def close(self) -> None:
        """Commits what waits and closes the file. Idempotent."""
        self._closed = True
        await asyncio.to_thread(self._close)

    def _read(self, operation: Callable[[Connection], T], deadline: Deadline) -> T:
        with translated_sqlite_errors(self._path):
            connection = self._reader()
            driver = driver_of(connection)
            driver.set_progress_handler(lambda: deadline.remaining() <= 0, _STEPS_BETWEEN_CHECKS)
            driver.execute("BEGIN")
            try:
                return operation(connection)
            finally:
                driver.rollback()

    def _reader(self) -> Connection:
        if not hasattr(self._local, "connection"):
            self._local.connection = self._reading.connect()
            self._open.append(self._local.connection)
        return self._local.connection

    def _close(self) -> None:
        self._readers.shutdown(wait=True)
        self._writer.close()
        while self._open:
            self._open.pop().close()


def _prepared(engine: Engine, metadata: MetaData, version: int) -> Connection:
    with ExitStack() as undo:
        connection = undo.enter_context(engine.connect())
        driver = driver_of(connection)
        [mode] = driver.execute("PRAGMA journal_mode = WAL").fetchone()
        if mode != "wal":
            raise UnavailableError("The data directory does not support shared memory. Use a local disk, no network.")
        driver.execute("BEGIN IMMEDIATE")
        with driver:  # commits, or rolls back
            ensure_schema(connection, metadata, version)
        undo.pop_all()
    return connection


@contextmanager
def _opening_alone(path: Path) -> Generator[None, Any, None]:
    """Two processes that switch a new file to WAL at once lock each other out, without any waiting."""
    with path.with_suffix(".lock").open("wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
