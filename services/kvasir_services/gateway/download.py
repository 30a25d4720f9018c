"""A file on its way to a client, piece by piece."""

from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from typing import Final, cast

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from kvasir.ports.deadline import Deadline

PIECE_SECONDS: Final = 60.0
"""For reading one piece, and for the client to take it."""


class Download(Response):
    """At most one piece stands in memory. What fails after the first one breaks the connection off."""

    def __init__(self, first: bytes, rest: AsyncIterator[bytes], size: int, headers: Mapping[str, str]) -> None:
        """`first` was read by the caller, so that what is missing or damaged is told with a status."""
        self.status_code = 200
        self.background = None
        self.init_headers({**headers, "content-length": str(size)})
        self._first = first
        self._rest = rest

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - Starlette's signature
        rest = cast("AsyncGenerator[bytes]", self._rest)
        try:
            await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
            piece = self._first
            while piece:
                message = {"type": "http.response.body", "body": piece, "more_body": True}
                await Deadline.after(PIECE_SECONDS).bound(send(message), "sending a file")
                piece = await anext(rest, b"")
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            await rest.aclose()
