"""The same operations, declared to FastAPI: it serves the cold ones and writes the OpenAPI document of all."""

from collections.abc import Callable, Coroutine, Sequence
from typing import Any, Final

import orjson
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.responses import Response

from kvasir.errors import InvalidInputError, KvasirError, cause_of
from kvasir_services.gateway.errors import InternalError, invalid_input
from kvasir_services.gateway.operations import Operation
from kvasir_services.gateway.replies import error_reply

_TITLE: Final = "Kvasir"
_DESCRIPTION: Final = "Documents into tenant-isolated, cited chat. OpenAI clients work unchanged."


class ErrorDetail(BaseModel):
    """`code` is stable; `param` is the path of the field that is wrong."""

    message: str
    type: str
    code: str
    param: str | None
    request_id: str | None


class ErrorBody(BaseModel):
    """Every failure."""

    error: ErrorDetail


class _JsonRequest(Request):
    """Reads JSON as the front does."""

    async def json(self) -> Any:
        return orjson.loads(await self.body())


class _Route(APIRoute):
    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handler = super().get_route_handler()

        async def handle(request: Request) -> Response:
            return await handler(_JsonRequest(request.scope, request.receive))

        return handle


def declare(operations: Sequence[Operation]) -> FastAPI:
    """A FastAPI application with every operation; it needs the front before it, which finds the caller."""
    application = FastAPI(
        title=_TITLE, description=_DESCRIPTION, version="v1", openapi_url=None, redirect_slashes=False
    )
    application.router.route_class = _Route
    for operation in operations:
        application.add_api_route(
            operation.path,
            operation.endpoint,
            methods=[operation.method],
            response_model=operation.response,
            operation_id=operation.name,
            summary=operation.name.replace("_", " ").capitalize(),
            include_in_schema=operation.documented,
            openapi_extra={**({} if operation.scope else {"security": []}), **(operation.declared or {})},
            responses={**operation.responses, "default": {"model": ErrorBody, "description": "Any failure"}},
        )
    application.add_exception_handler(KvasirError, _known)
    application.add_exception_handler(RequestValidationError, _invalid)
    application.add_exception_handler(HTTPException, _refused)
    application.add_exception_handler(Exception, _unexpected)
    return application


def openapi_operation(application: FastAPI) -> Operation:
    """`GET /openapi.json`, written once."""
    document = application.openapi()
    schemes = document.setdefault("components", {}).setdefault("securitySchemes", {})
    schemes["apiKey"] = {"type": "http", "scheme": "bearer", "description": "An API key, `kv_...`."}
    document["security"] = [{"apiKey": []}]
    content = orjson.dumps(document)

    async def read_openapi(call: object) -> Response:  # noqa: ARG001 - every operation takes its call
        return Response(content, media_type="application/json")

    return Operation("GET", "/openapi.json", read_openapi, None, hot=True, documented=False)


async def _known(_: Request, error: Exception) -> Response:
    return error_reply(error if isinstance(error, KvasirError) else InternalError())


async def _invalid(_: Request, error: Exception) -> Response:
    """FastAPI puts `body`, `query` or `path` before the place of a problem."""
    if not isinstance(error, RequestValidationError):
        return error_reply(InternalError())
    return error_reply(invalid_input([{**one, "loc": tuple(one["loc"])[1:]} for one in error.errors()]))


async def _refused(_: Request, error: Exception) -> Response:
    """FastAPI's own refusals, all of them about the form of a request; what caused them goes first."""
    cause = None if error.__cause__ is None else cause_of(error.__cause__)
    detail = error.detail if isinstance(error, HTTPException) else ""
    return error_reply(cause or InvalidInputError(f"{detail.rstrip('.')}."))


async def _unexpected(_: Request, __: Exception) -> Response:
    """FastAPI raises the error again after this answer: the front logs it."""
    return error_reply(InternalError())
