"""JSON in and out."""

from collections.abc import Mapping
from typing import Any, Final, TypeVar

import orjson
from pydantic import BaseModel, ValidationError
from starlette.responses import Response
from starlette.types import Receive

from kvasir.errors import KvasirError
from kvasir_services.gateway.errors import error_response, headers_of, invalid_input, status_of

Body = TypeVar("Body", bound=BaseModel)

_JSON: Final = "application/json"


class ClientGoneError(Exception):
    """The client went away before it had sent its request."""


def json_reply(value: object, *, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Any value that orjson can write: dataclasses, dictionaries, lists."""
    return Response(orjson.dumps(value), status, headers, _JSON)


def error_reply(error: KvasirError) -> Response:
    """A failure, before any header was sent."""
    return json_reply(error_response(error), status=status_of(error), headers=headers_of(error))


def parse(model: type[Body], content: bytes) -> Body:
    """A request's body. InvalidInputError names the first thing that is wrong with it."""
    if not content:
        raise invalid_input([{"type": "missing", "loc": ()}])
    try:
        values: Any = orjson.loads(content)
    except orjson.JSONDecodeError as error:
        raise invalid_input([{"type": "json_invalid", "loc": ()}]) from error
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise invalid_input([dict(one) for one in error.errors(include_url=False, include_input=False)]) from error


async def read_body(receive: Receive) -> bytes:
    """The whole body. ClientGoneError when the client leaves first."""
    pieces: list[bytes] = []
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientGoneError
        pieces.append(message.get("body", b""))
        if not message.get("more_body", False):
            return b"".join(pieces)
