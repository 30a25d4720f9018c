"""The double keeps the promises of the real thing."""

import asyncio

import pytest

from kvasir.errors import DeadlineExceededError, UnavailableError
from kvasir.ports.deadline import Deadline
from kvasir.testing.builders import soon
from kvasir.testing.chat_model import ANSWER, ChatModelSuite, events_of, request
from kvasir.testing.stub_model import StubModel


class TestStubModel(ChatModelSuite):
    @pytest.fixture
    def model(self) -> StubModel:
        return StubModel(ANSWER)


async def test_it_breaks_off_where_the_script_says() -> None:
    events = StubModel(ANSWER, fail_after=2).generate(request(), soon())
    assert await anext(events)
    assert await anext(events)
    with pytest.raises(UnavailableError):
        await anext(events)


async def test_it_stalls_until_the_deadline() -> None:
    with pytest.raises(DeadlineExceededError):
        async for _ in StubModel(ANSWER, stall_after=1).generate(request(), Deadline.after(0.2)):
            pass


async def test_the_first_token_takes_its_time() -> None:
    task = asyncio.create_task(events_of(StubModel(ANSWER, first_token_seconds=3600), request()))
    await asyncio.sleep(0.05)
    assert not task.done()
    task.cancel()
