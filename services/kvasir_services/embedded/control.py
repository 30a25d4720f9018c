"""The control socket: HTTP over a Unix socket that only this user can open.

`/control/...` is the platform's own; every other path is the gateway's application, with the tenant's system principal
(header `x-kvasir-tenant`) in place of an API key. So the command line speaks to both worlds through one client.
"""

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.types import ASGIApp

from kvasir.errors import InvalidInputError, KvasirError, UnauthenticatedError
from kvasir.ports.principal import Principal
from kvasir.wiring import NetworkPolicy
from kvasir_services.embedded import control_operations as operations
from kvasir_services.embedded.data_directory import TENANT_HEADER
from kvasir_services.embedded.supervisor import Supervisor
from kvasir_services.gateway.application import create_application
from kvasir_services.gateway.catalogues import CatalogueFiles
from kvasir_services.gateway.errors import error_response, status_of
from kvasir_services.gateway.runtime import Runtime


class ApplyBody(BaseModel):
    """YAML documents and the name to use for them in messages."""

    text: str
    file: str


class TextsBody(BaseModel):
    """Texts that belong together."""

    texts: list[ApplyBody]


class KeyBody(BaseModel):
    tenant: str
    name: str = "key"
    groups: list[str] = []


def control_application(supervisor: Supervisor) -> ASGIApp:
    """The application that the control socket serves."""
    application = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    application.include_router(_router(supervisor), prefix="/control")
    application.add_exception_handler(KvasirError, _answer_error)
    stores = supervisor.driver.stores
    network = NetworkPolicy.of(supervisor.options.networks)
    runtime = Runtime(stores, CatalogueFiles(supervisor.directory.serving, network), network=network)
    application.mount("/", create_application(runtime, authenticate=_system_principal))
    return application


async def _system_principal(headers: Mapping[str, str]) -> Principal:
    tenant = headers.get(TENANT_HEADER, "")
    if not tenant:
        raise UnauthenticatedError(f"The header {TENANT_HEADER} names no tenant.")
    return Principal.system(tenant, "control")


async def _answer_error(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, KvasirError)  # noqa: S101 - registered for this class alone
    return JSONResponse(error_response(error), status_of(error))


def _router(supervisor: Supervisor) -> APIRouter:  # noqa: C901 - a list of small routes
    router = APIRouter()

    @router.get("/resources")
    async def resources(kind: str = "", namespace: str = "", name: str = "") -> list[dict[str, Any]]:  # pyright: ignore[reportUnusedFunction]
        return operations.show(supervisor, kind, namespace, name)

    @router.get("/events")
    async def events() -> list[dict[str, Any]]:  # pyright: ignore[reportUnusedFunction]
        return operations.show_events(supervisor)

    @router.get("/runs")
    async def runs() -> list[dict[str, Any]]:  # pyright: ignore[reportUnusedFunction]
        return operations.show_runs(supervisor)

    @router.get("/gateway")
    async def gateway() -> dict[str, str | None]:  # pyright: ignore[reportUnusedFunction]
        return {"url": supervisor.driver.url}

    @router.get("/problems")
    async def problems() -> list[dict[str, Any]]:  # pyright: ignore[reportUnusedFunction]
        return operations.show_problems(supervisor)

    @router.post("/apply")
    async def apply(body: ApplyBody) -> list[dict[str, Any]]:  # pyright: ignore[reportUnusedFunction]
        return await operations.apply(supervisor, body.text, body.file)

    @router.post("/diff")
    async def diff(body: ApplyBody) -> list[dict[str, Any]]:  # pyright: ignore[reportUnusedFunction]
        return operations.diff(supervisor, body.text, body.file)

    @router.post("/references")
    async def references(body: TextsBody) -> list[str]:  # pyright: ignore[reportUnusedFunction]
        return operations.references(supervisor, [(one.text, one.file) for one in body.texts])

    @router.delete("/resources")
    async def delete(kind: str, name: str, namespace: str = "") -> dict[str, Any]:  # pyright: ignore[reportUnusedFunction]
        return await operations.delete(supervisor, kind, namespace, name)

    @router.get("/documents")
    async def documents(tenant: str, knowledge_base: str, after: str | None = None) -> dict[str, Any]:  # pyright: ignore[reportUnusedFunction]
        return await operations.documents(supervisor, tenant, knowledge_base, after)

    @router.post("/rollback")
    async def rollback(tenant: str, knowledge_base: str) -> dict[str, Any]:  # pyright: ignore[reportUnusedFunction]
        return await operations.rollback(supervisor, tenant, knowledge_base)

    @router.post("/keys")
    async def create_key(body: KeyBody) -> dict[str, Any]:  # pyright: ignore[reportUnusedFunction]
        if not body.name:
            raise InvalidInputError("A key needs a name.", field="name")
        return await operations.create_key(supervisor, body.tenant, body.name, frozenset(body.groups))

    @router.get("/keys")
    async def keys(tenant: str) -> list[dict[str, Any]]:  # pyright: ignore[reportUnusedFunction]
        return await operations.list_keys(supervisor, tenant)

    @router.delete("/keys")
    async def revoke_key(tenant: str, key: str) -> None:  # pyright: ignore[reportUnusedFunction]
        await operations.revoke_key(supervisor, tenant, key)

    return router
