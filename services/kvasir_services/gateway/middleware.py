"""What surrounds every request: its id, its errors, the size of its body. Pure ASGI, around the front and FastAPI."""

import re
import uuid
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kvasir.errors import KvasirError
from kvasir.telemetry import logger
from kvasir_services.gateway.errors import REQUEST_ID, InternalError, TooLargeError
from kvasir_services.gateway.replies import ClientGoneError, error_reply

_LOG = logger("gateway")
_SANE: Final = re.compile(rb"[A-Za-z0-9._:-]{1,128}")


class RequestIds:
    """Gives every request an id, or keeps the client's own, and sends it back."""

    def __init__(self, inner: ASGIApp) -> None:
        self._inner = inner

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._inner(scope, receive, send)
            return
        given = next((value for name, value in scope["headers"] if name == b"x-request-id"), b"")
        identity = given if _SANE.fullmatch(given) else f"req_{uuid.uuid4().hex}".encode()

        async def send_with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), (b"x-request-id", identity)]
            await send(message)

        token = REQUEST_ID.set(identity.decode())
        try:
            await self._inner(scope, receive, send_with_id)
        finally:
            REQUEST_ID.reset(token)


class Errors:
    """Turns what was raised into an answer. Once headers are out there is none to give: the connection breaks off."""

    def __init__(self, inner: ASGIApp) -> None:
        self._inner = inner

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = False

        async def note_start(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self._inner(scope, receive, note_start)
        except ClientGoneError:
            return
        except Exception as error:
            known = error if isinstance(error, KvasirError) else InternalError()
            if not isinstance(error, KvasirError):
                _LOG.exception("request %s: %s %s", REQUEST_ID.get(), scope.get("method"), scope.get("path"))
            if started:
                raise
            await error_reply(known)(scope, receive, send)


def limited(receive: Receive, scope: Scope, most: int) -> Receive:
    """A `receive` that raises TooLargeError when the body is, or claims to be, larger."""
    claimed = next((value for name, value in scope["headers"] if name == b"content-length"), b"0")
    if claimed.isdigit() and int(claimed) > most:
        raise _too_large(most)
    seen = 0

    async def receive_limited() -> Message:
        nonlocal seen
        message = await receive()
        if message["type"] == "http.request":
            seen += len(message.get("body", b""))
            if seen > most:
                raise _too_large(most)
        return message

    return receive_limited


def _too_large(most: int) -> TooLargeError:
    limit = f"{most >> 20} MiB" if most >= 1 << 20 else f"{most} bytes"
    return TooLargeError(f"The request's body is larger than {limit}.")
