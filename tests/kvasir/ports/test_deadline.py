import asyncio
import time

import pytest

from kvasir.errors import DeadlineExceededError
from kvasir.ports.deadline import Deadline
from kvasir.testing.builders import passed, soon


def test_it_is_a_moment_in_unix_time() -> None:
    before = time.time()
    assert before + 5 <= Deadline.after(5).at <= time.time() + 5


def test_what_remains_is_never_negative() -> None:
    assert passed().remaining() == 0
    assert 29 < soon().remaining() <= 30


def test_a_check_raises_only_when_nothing_is_left() -> None:
    soon().check("writing")
    with pytest.raises(DeadlineExceededError, match="before writing") as caught:
        passed().check("writing")
    assert caught.value.retryable


async def test_work_in_time_gives_its_result() -> None:
    async def work() -> str:
        return "done"

    assert await soon().bound(work(), "working") == "done"


async def test_late_work_is_cancelled() -> None:
    cancelled = asyncio.Event()

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.set()
            raise

    with pytest.raises(DeadlineExceededError, match="while working"):
        await Deadline.after(0.01).bound(work(), "working")
    assert cancelled.is_set()


async def test_a_passed_deadline_ends_work_at_its_first_wait() -> None:
    with pytest.raises(DeadlineExceededError):
        await passed().bound(asyncio.Event().wait(), "waiting")


async def test_errors_of_the_work_pass_through() -> None:
    async def work() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await soon().bound(work(), "working")


async def test_a_cancelled_caller_is_cancelled_not_late() -> None:
    task = asyncio.create_task(soon().bound(asyncio.Event().wait(), "waiting"))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_timeout_inside_the_work_is_not_the_deadline() -> None:
    async def work() -> None:
        raise TimeoutError

    with pytest.raises(TimeoutError):
        await soon().bound(work(), "working")
