"""One writer thread per database: writes that wait together share a transaction, and so one fsync."""

import asyncio
import threading
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final, Generic, TypeVar, cast

from sqlalchemy import Connection

from kvasir.adapters.embedded.connections import driver_of
from kvasir.adapters.embedded.sqlite_errors import translated
from kvasir.errors import DeadlineExceededError, UnavailableError
from kvasir.ports.deadline import Deadline

T = TypeVar("T")

_MAX_GROUP: Final = 256
"""Writes per transaction: bounds how long the first one waits for the last."""


class GroupCommit:
    """Queues operations for the writer thread.

    An operation may run twice: when its transaction is lost to another's failure (a full disk), it is repeated alone.
    """

    def __init__(self, connection: Connection, path: Path) -> None:
        self.commits = 0
        self._connection = connection
        self._driver = driver_of(connection)
        self._path = path
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=f"{path.stem}-writer")
        self._waiting: deque[_Write[Any]] = deque()
        self._guard = threading.Lock()
        self._draining = False
        self._closed = False

    async def run(self, operation: Callable[[Connection], T], deadline: Deadline) -> T:
        """The operation's result once it is committed.

        A write that still waits when its deadline passes or its task is cancelled is never executed; one that has
        begun is awaited, because only its outcome tells whether it was applied.
        """
        deadline.check(f"writing to {self._path.name}")
        write = _Write(operation, deadline, asyncio.get_running_loop())
        expiry = write.loop.call_later(deadline.remaining(), write.expire, self._path.name)
        self._queue(write)
        try:
            return await write.future
        except asyncio.CancelledError:
            write.withdraw()
            raise
        finally:
            expiry.cancel()

    def close(self) -> None:
        """Commits what waits, then ends the thread. Blocks."""
        with self._guard:
            self._closed = True
        self._thread.shutdown(wait=True)

    def _queue(self, write: "_Write[Any]") -> None:
        with self._guard:
            if self._closed:
                raise UnavailableError(f"{self._path.name} is closed.")
            self._waiting.append(write)
            if not self._draining:
                self._draining = True
                self._thread.submit(self._drain)

    def _drain(self) -> None:
        while group := self._next_group():
            self._settle(group)
            _deliver(group)

    def _next_group(self) -> "list[_Write[Any]]":
        with self._guard:
            size = min(len(self._waiting), _MAX_GROUP)
            self._draining = size > 0
            return [self._waiting.popleft() for _ in range(size)]

    def _settle(self, group: "list[_Write[Any]]") -> None:
        try:
            self._transact(group)
        except _LostTransactionError as lost:
            claimed = [write for write in group if write.claim()]
            if len(claimed) == 1:
                claimed[0].error = lost.cause
                return
            for write in claimed:
                write.error = None
                self._settle([write])

    def _transact(self, group: "list[_Write[Any]]") -> None:
        try:
            self._driver.execute("BEGIN IMMEDIATE")
        except Exception as error:  # noqa: BLE001 - belongs to the callers; this thread must live on
            _fail(group, translated(error, self._path))
            return
        # Not before the lock is held: until here a write can still be withdrawn.
        claimed = [write for write in group if write.claim()]
        try:
            for write in claimed:
                self._apply(write)
            self._driver.commit()
        except Exception as error:
            self._driver.rollback()
            raise _LostTransactionError(translated(error, self._path)) from error
        self.commits += 1

    def _apply(self, write: "_Write[Any]") -> None:
        self._driver.execute("SAVEPOINT one")
        try:
            write.result = write.operation(self._connection)
        except Exception as error:
            if not self._driver.in_transaction:  # SQLite rolls all back when the disk is full
                raise
            self._driver.execute("ROLLBACK TO one")
            write.error = translated(error, self._path)
        self._driver.execute("RELEASE one")


class _LostTransactionError(Exception):
    """The whole transaction is gone, the innocent writes with it."""

    def __init__(self, cause: Exception) -> None:
        super().__init__(str(cause))
        self.cause = cause


class _Write(Generic[T]):
    """A queued operation. Either the writer claims it or its caller withdraws it, never both."""

    def __init__(
        self, operation: Callable[[Connection], T], deadline: Deadline, loop: asyncio.AbstractEventLoop
    ) -> None:
        self.operation = operation
        self.loop = loop
        self.future: asyncio.Future[T] = loop.create_future()
        self.result: T | None = None
        self.error: Exception | None = None
        self._deadline = deadline
        self._claimed = False
        self._ticket = threading.Lock()

    def claim(self) -> bool:
        """For the writer thread, as often as it likes."""
        if not self._claimed and self._deadline.remaining() > 0:
            self._claimed = self._ticket.acquire(blocking=False)
        return self._claimed

    def withdraw(self) -> bool:
        """For the caller: True when the operation will never run."""
        return self._ticket.acquire(blocking=False)

    def expire(self, database: str) -> None:
        if self.withdraw() and not self.future.done():
            self.future.set_exception(DeadlineExceededError(f"The deadline passed before writing to {database}."))

    def resolve(self) -> None:
        if self.future.done() or (not self._claimed and self.error is None):
            return  # cancelled, or left to `expire`
        if self.error is not None:
            self.future.set_exception(self.error)
        else:
            self.future.set_result(cast("T", self.result))


def _fail(group: "Iterable[_Write[Any]]", error: Exception) -> None:
    for write in group:
        write.error = error


def _deliver(group: "list[_Write[Any]]") -> None:
    by_loop: dict[asyncio.AbstractEventLoop, list[_Write[Any]]] = {}
    for write in group:
        by_loop.setdefault(write.loop, []).append(write)
    for loop, writes in by_loop.items():
        try:
            loop.call_soon_threadsafe(_resolve, writes)
        except RuntimeError:  # that loop is closed, so nobody waits there
            continue


def _resolve(writes: "list[_Write[Any]]") -> None:
    for write in writes:
        write.resolve()
