"""The gateway as one ASGI application: a thin front for the hot operations, FastAPI for the rest."""

import math
from collections.abc import Mapping
from typing import Any, Final

from starlette.types import ASGIApp, Receive, Scope, Send

from kvasir.errors import InvalidInputError, PermissionDeniedError
from kvasir.ports.deadline import Deadline
from kvasir.ports.principal import Principal
from kvasir_services.gateway import chat_completions, files, health, models, search, vector_store_files, vector_stores
from kvasir_services.gateway.authentication import Authenticator
from kvasir_services.gateway.declarations import declare, openapi_operation
from kvasir_services.gateway.errors import REQUEST_ID
from kvasir_services.gateway.middleware import Errors, RequestIds, limited
from kvasir_services.gateway.operations import Operation, Routes
from kvasir_services.gateway.replies import parse, read_body
from kvasir_services.gateway.runtime import CALL, Call, Runtime

OPERATIONS: Final = (
    *chat_completions.OPERATIONS,
    *models.OPERATIONS,
    *vector_stores.OPERATIONS,
    *search.OPERATIONS,
    *vector_store_files.OPERATIONS,
    *files.OPERATIONS,
    *health.OPERATIONS,
)

TIMEOUT_HEADER: Final = "x-kvasir-timeout"


def create_application(runtime: Runtime, *, authenticate: Authenticator) -> ASGIApp:
    """The application of one process. Nothing is opened or closed by it: the runtime is the caller's."""
    declared = declare(OPERATIONS)
    operations = (*OPERATIONS, openapi_operation(declared))
    return RequestIds(Errors(Front(runtime, authenticate, operations, declared)))


class Front:
    """Finds the operation, the caller and the deadline; runs hot operations itself."""

    def __init__(
        self, runtime: Runtime, authenticate: Authenticator, operations: tuple[Operation, ...], declared: ASGIApp
    ) -> None:
        self._runtime = runtime
        self._authenticate = authenticate
        self._routes = Routes(operations)
        self._declared = declared

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await _live(receive, send)
            return
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008})
            return
        path: str = scope["path"].removeprefix(scope.get("root_path", ""))
        operation, values = self._routes.find(scope["method"], path)
        receive = limited(receive, scope, operation.most)
        call = await self._call(operation, scope, receive)
        if operation.hot:
            body = {} if operation.body is None else {"body": parse(operation.body, await read_body(receive))}
            response = await operation.endpoint(call=call, **values, **body)
            await response(scope, receive, send)
            return
        await self._declared(_for_fastapi(scope, operation, call), receive, send)

    async def _call(self, operation: Operation, scope: Scope, receive: Receive) -> Call:
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        caller: Principal | None = None
        if operation.scope is not None:
            caller = await self._authenticate(headers)
            if operation.scope not in caller.scopes:
                raise PermissionDeniedError(f"This API key lacks the scope {operation.scope.value!r}.")
        deadline = Deadline.after(_seconds(headers, operation.seconds))
        return Call(self._runtime, caller, deadline, REQUEST_ID.get() or "", headers, receive)


def _seconds(headers: Mapping[str, str], most: float) -> float:
    """The caller may ask for less time than the operation has, never for more."""
    given = headers.get(TIMEOUT_HEADER)
    if given is None:
        return most
    try:
        seconds = float(given)
    except ValueError:
        seconds = math.nan
    if not seconds > 0:
        raise InvalidInputError("A timeout is a positive number of seconds.", field=TIMEOUT_HEADER)
    return min(seconds, most)


def _for_fastapi(scope: Scope, operation: Operation, call: Call) -> dict[str, Any]:
    """JSON operations take JSON, whatever the client calls it: curl says it is a form."""
    inner = {**scope, CALL: call}
    if operation.body is not None:
        others = [(name, value) for name, value in scope["headers"] if name != b"content-type"]
        inner["headers"] = [*others, (b"content-type", b"application/json")]
    return inner


async def _live(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
