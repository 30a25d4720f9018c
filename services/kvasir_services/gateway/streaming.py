"""Answers as server-sent events."""

import asyncio
from collections.abc import Mapping
from typing import Final

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from kvasir_services.gateway.answer_pump import AnswerPump
from kvasir_services.gateway.chat_format import PING, Envelope, sse
from kvasir_services.gateway.errors import error_response
from kvasir_services.gateway.runtime import Timing

_HEADERS: Final[Mapping[str, str]] = {
    "content-type": "text/event-stream; charset=utf-8",
    "cache-control": "no-cache",
    "x-accel-buffering": "no",
}
"""The last one keeps nginx from holding events back."""


class AnswerStream(Response):
    """Headers, the role, text as it gathers, then one closing chunk; comments while there is nothing to say.

    An answer that breaks off after the headers ends with one error event and without `[DONE]`.
    """

    def __init__(self, pump: AnswerPump, envelope: Envelope, timing: Timing) -> None:
        self.status_code = 200
        self.background = None
        self.init_headers(_HEADERS)
        self._pump = pump
        self._envelope = envelope
        self._timing = timing

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - the pump listens
        try:
            await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
            await self._relay(send)
        finally:
            await self._pump.close()

    async def _relay(self, send: Send) -> None:
        opening, patience = self._envelope.opening(), 0.0
        while not self._pump.gone:
            if not await self._pump.news(patience):
                await _write(send, PING)
                patience = self._timing.ping
                continue
            text = self._pump.take()
            content = opening + (self._envelope.text(text) if text else b"")
            if (last := self._last()) is not None:
                await _write(send, (content if text or self._pump.finished else b"") + last, more=False)
                return
            await _write(send, content)
            opening, patience = b"", self._timing.first_ping
            await self._pump.gather(self._timing.coalesce)

    def _last(self) -> bytes | None:
        if self._pump.finished is not None:
            return self._envelope.closing(self._pump.finished)
        if self._pump.error is not None:
            return sse(error_response(self._pump.error))
        return None


async def _write(send: Send, content: bytes, *, more: bool = True) -> None:
    await send({"type": "http.response.body", "body": content, "more_body": more})
    # A server that takes every write at once would keep other requests of this process waiting.
    await asyncio.sleep(0)
