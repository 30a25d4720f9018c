"""Runs an answer beside whoever writes it out, so that silence, deadlines and disconnects are noticed."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass

from starlette.types import Receive

from kvasir.errors import KvasirError
from kvasir.ports.deadline import Deadline
from kvasir.rag.answers import AnswerDelta, AnswerEnd, AnswerEvent
from kvasir.telemetry import logger
from kvasir_services.gateway.errors import REQUEST_ID, InternalError
from kvasir_services.gateway.replies import ClientGoneError

_LOG = logger("gateway")


@dataclass(frozen=True, slots=True)
class Finished:
    """The end of an answer, with the ids under which clients know its documents."""

    end: AnswerEnd
    file_ids: Mapping[str, str]


Finish = Callable[[AnswerEnd], Awaitable[Finished]]


class AnswerPump:
    """Pulls events as they come. One reader takes what has gathered.

    Attributes:
        finished: set by the last event.
        error: what broke the answer off; text that came before it can still be taken.
        gone: the client went away.
    """

    def __init__(
        self, events: AsyncIterator[AnswerEvent], finish: Finish, deadline: Deadline, receive: Receive
    ) -> None:
        self.finished: Finished | None = None
        self.error: KvasirError | None = None
        self.gone = False
        self._text: list[str] = []
        self._news = asyncio.Event()
        self._over = asyncio.Event()
        self._pulling = asyncio.create_task(deadline.bound(self._consume(events, finish), "answering"))
        self._pulling.add_done_callback(self._pulled)
        self._watching = asyncio.create_task(self._watch(receive))

    async def news(self, seconds: float) -> bool:
        """Waits for an event, an error or a disconnect; False when none came in time."""
        return await _within(self._news, seconds)

    async def gather(self, seconds: float) -> None:
        """Lets text gather, but for no longer than the answer lasts."""
        await _within(self._over, seconds)

    def take(self) -> str:
        """The text since the last call."""
        text = "".join(self._text)
        self._text.clear()
        if not self._over.is_set():
            self._news.clear()
        return text

    async def whole(self) -> Finished:
        """The complete answer. Raises what broke it off, ClientGoneError when nobody waits any more."""
        await self._over.wait()
        if self.gone:
            raise ClientGoneError
        if self.finished is None:
            raise self.error or InternalError()
        return self.finished

    async def close(self) -> None:
        """Stops the engine. Idempotent."""
        tasks = (self._pulling, self._watching)
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)

    def _pulled(self, pulling: "asyncio.Task[None]") -> None:
        error = None if pulling.cancelled() else pulling.exception()
        if error is not None:
            self.error = error if isinstance(error, KvasirError) else InternalError()
            if self.error is not error:
                _LOG.error("request %s: the answer broke off", REQUEST_ID.get(), exc_info=error)
        self._end()

    async def _consume(self, events: AsyncIterator[AnswerEvent], finish: Finish) -> None:
        try:
            async for event in events:
                if isinstance(event, AnswerDelta):
                    self._text.append(event.text)
                    self._news.set()
                else:
                    self.finished = await finish(event)
                    return
        finally:
            # Engines are asynchronous generators, and only closing one tells it at once to stop.
            if isinstance(events, AsyncGenerator):
                await events.aclose()
        _LOG.error("request %s: the answer has no end", REQUEST_ID.get())
        raise InternalError

    async def _watch(self, receive: Receive) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        self.gone = True
        self._end()

    def _end(self) -> None:
        self._over.set()
        self._news.set()


async def _within(event: asyncio.Event, seconds: float) -> bool:
    if event.is_set():
        return True
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()
    return event.is_set()
