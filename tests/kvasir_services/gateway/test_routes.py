"""What holds for every route: credentials, scopes, foreign ids, the shape of errors. Generated from the route table."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from fastapi import FastAPI
from gateway_testbed import QUESTION, Platform, question
from httpx import ASGITransport, AsyncClient

from kvasir.ports.principal import Principal, Scope
from kvasir_services.gateway.application import OPERATIONS, create_application
from kvasir_services.gateway.declarations import declare
from kvasir_services.gateway.operations import Operation


@dataclass(frozen=True, slots=True)
class Ids:
    """Of one tenant: what an id parameter of a route can be."""

    file: str
    document: str
    attached: str


async def ids_of(platform: Platform, tenant: str) -> Ids:
    async with platform.client(key=tenant) as client:
        made: list[str] = []
        for name in ("loose.md", "attached.md"):
            content = {"file": (name, b"# Note\n\nA note of " + tenant.encode())}
            response = await client.post("/v1/files", files=content, data={"purpose": "assistants"})
            made.append(response.json()["id"])
        attached = await client.post("/v1/vector_stores/handbook/files", json={"file_id": made[1]})
        assert attached.status_code == 200, attached.text
        listed = (await client.get("/v1/vector_stores/handbook/files")).json()["data"]
        [document, *_] = [one["id"] for one in listed if one["id"].startswith("doc-")]
    return Ids(made[0], document, made[1])


Case = Callable[[Ids], tuple[Mapping[str, str], Any]]
"""The parameters of the path and the body, with ids of somebody."""

FOREIGN: dict[str, list[Case]] = {
    "POST /v1/vector_stores/{vector_store_id}/files": [
        lambda ids: ({"vector_store_id": "handbook"}, {"file_id": ids.file}),
        lambda ids: ({"vector_store_id": "handbook"}, {"file_id": ids.attached}),
    ],
    "GET /v1/vector_stores/{vector_store_id}/files/{file_id}": [
        lambda ids: ({"vector_store_id": "handbook", "file_id": ids.attached}, None),
        lambda ids: ({"vector_store_id": "handbook", "file_id": ids.file}, None),
        lambda ids: ({"vector_store_id": "handbook", "file_id": ids.document}, None),
    ],
    "DELETE /v1/vector_stores/{vector_store_id}/files/{file_id}": [
        lambda ids: ({"vector_store_id": "handbook", "file_id": ids.attached}, None),
        lambda ids: ({"vector_store_id": "handbook", "file_id": ids.document}, None),
    ],
    "GET /v1/files/{file_id}": [lambda ids: ({"file_id": ids.file}, None)],
    "GET /v1/files/{file_id}/content": [lambda ids: ({"file_id": ids.file}, None)],
    "DELETE /v1/files/{file_id}": [
        lambda ids: ({"file_id": ids.file}, None),
        lambda ids: ({"file_id": ids.attached}, None),
    ],
}
"""Routes whose ids are unique to a tenant."""

NAMED: dict[str, list[Case]] = {
    "POST /v1/chat/completions": [lambda _: ({}, question(QUESTION))],
    "GET /v1/models/{model}": [lambda _: ({"model": "assistant"}, None)],
    "GET /v1/vector_stores/{vector_store_id}": [lambda _: ({"vector_store_id": "handbook"}, None)],
    "POST /v1/vector_stores/{vector_store_id}/search": [
        lambda _: ({"vector_store_id": "handbook"}, {"query": "paid leave"})
    ],
    "GET /v1/vector_stores/{vector_store_id}/files": [lambda _: ({"vector_store_id": "handbook"}, None)],
}
"""Routes whose ids are names, which both tenants use: each must get its own."""

WITHOUT_IDS = {
    "GET /v1/models",
    "GET /v1/vector_stores",
    "GET /v1/files",
    "POST /v1/files",
    "GET /healthz",
    "GET /readyz",
}


def named(operation: Operation) -> str:
    return f"{operation.method} {operation.path}"


def test_every_route_has_a_case() -> None:
    assert set(FOREIGN) | set(NAMED) | WITHOUT_IDS == {named(operation) for operation in OPERATIONS}
    assert not any("{" in name for name in WITHOUT_IDS)


@pytest.mark.parametrize("name", sorted(FOREIGN))
async def test_foreign_and_unknown_ids_are_the_same_404(platform: Platform, name: str) -> None:
    method, path = name.split()
    foreign = await ids_of(platform, "acme")
    unknown = Ids("file-" + "0" * 32, "doc-" + "0" * 32, "file-" + "1" * 32)
    async with platform.client(key="globex") as client:
        for case in FOREIGN[name]:
            said: list[str] = []
            for ids in (foreign, unknown):
                values, body = case(ids)
                response = await client.request(method, path.format(**values), json=body)
                assert response.status_code == 404, response.text
                [wanted] = {*values.values(), *(body or {}).values()} - {"handbook"}
                said.append(re.sub(r"req_\w+", "", response.text).replace(wanted, "ID"))
            assert said[0] == said[1]
    async with platform.client() as client:  # and nothing happened to what they name
        assert (await client.get(f"/v1/files/{foreign.file}/content")).text.endswith("acme")
        assert (await client.get(f"/v1/vector_stores/handbook/files/{foreign.attached}")).status_code == 200
        assert (await client.get(f"/v1/vector_stores/handbook/files/{foreign.document}")).status_code == 200


@pytest.mark.parametrize("name", sorted(NAMED))
async def test_equal_names_of_two_tenants_are_two_things(platform: Platform, name: str) -> None:
    method, path = name.split()
    for tenant, other in (("acme", "globex"), ("globex", "acme")):
        ids = await ids_of(platform, tenant)
        async with platform.client(key=tenant) as client:
            for case in NAMED[name]:
                values, body = case(ids)
                response = await client.request(method, path.format(**values), json=body)
                assert response.status_code == 200, response.text
                assert other not in response.text


@pytest.mark.parametrize("name", sorted(NAMED))
async def test_unknown_names_are_404(platform: Platform, name: str) -> None:
    method, path = name.split()
    async with platform.client() as client:
        for case in NAMED[name]:
            values, body = case(Ids("", "", ""))
            wrong = dict.fromkeys(values, "nothing")
            changed = body if body is None or "model" not in body else {**body, "model": "nothing"}
            response = await client.request(method, path.format(**wrong), json=changed)
            assert response.status_code == 404, response.text


def filled(operation: Operation) -> str:
    return re.sub(r"\{\w+\}", "handbook", operation.path)


@pytest.mark.parametrize("operation", OPERATIONS, ids=named)
async def test_credentials_and_scopes(platform: Platform, operation: Operation) -> None:
    async with platform.client(key=None) as client:
        for authorization in ({}, {"authorization": "Bearer kv_no"}, {"authorization": "Basic eDp5"}):
            response = await client.request(operation.method, filled(operation), headers=authorization)
            if operation.scope is None:
                assert response.status_code == 200
                continue
            assert response.status_code == 401
            assert response.headers["www-authenticate"].startswith("Bearer")
            assert response.json()["error"]["code"] == "unauthenticated"
        if operation.scope is not None:
            others = [scope for scope in Scope if scope is not operation.scope]
            poor = {"authorization": f"Bearer {await platform.key('acme', *others)}"}
            response = await client.request(operation.method, filled(operation), headers=poor)
            assert (response.status_code, response.json()["error"]["code"]) == (403, "permission_denied")
            just = {"authorization": f"Bearer {await platform.key('acme', operation.scope)}"}
            response = await client.request(operation.method, filled(operation), headers=just)
            assert response.status_code not in (401, 403)


async def test_unknown_paths_and_methods(platform: Platform) -> None:
    async with platform.client() as client:
        for path in ("/", "/v1", "/v1/models/", "/v1/nothing", "/v1/files/a/b/c", "/docs", "/V1/models"):
            response = await client.get(path)
            assert (response.status_code, response.json()["error"]["code"]) == (404, "not_found"), path
        response = await client.put("/v1/vector_stores")
        assert (response.status_code, response.headers["allow"]) == (405, "GET")
        response = await client.get("/v1/chat/completions")
        assert (response.status_code, response.headers["allow"]) == (405, "POST")
        assert response.json()["error"]["code"] == "method_not_allowed"


async def test_request_ids(platform: Platform) -> None:
    async with platform.client() as client:
        kept = await client.get("/v1/nothing", headers={"x-request-id": "trace:1-a_B."})
        made = [
            await client.get("/healthz", headers={"x-request-id": bad})
            for bad in (b"", b"a b", b"x" * 129, "é".encode())
        ]
    assert kept.headers["x-request-id"] == kept.json()["error"]["request_id"] == "trace:1-a_B."
    assert all(re.fullmatch("req_[0-9a-f]{32}", response.headers["x-request-id"]) for response in made)


async def test_bodies_over_the_limit_are_refused_early(platform: Platform) -> None:
    async def pieces() -> Any:
        for _ in range(6):
            yield b"x" * (1 << 20)

    async with platform.client() as client:
        for path in ("/v1/chat/completions", "/v1/vector_stores/handbook/files"):
            for content in (b"x" * (5 << 20), pieces()):
                response = await client.post(path, content=content, headers={"content-type": "application/json"})
                assert (response.status_code, response.json()["error"]["code"]) == (413, "too_large"), response.text
        claimed = {"content-length": str(600 << 20), "content-type": "multipart/form-data; boundary=x"}
        response = await client.post("/v1/files", content=b"", headers=claimed)
        assert response.status_code == 413


async def test_the_host_header_does_not_matter(platform: Platform) -> None:
    async with platform.client() as client:
        response = await client.get("/v1/models", headers={"host": "evil.example"})
    assert response.status_code == 200


async def test_the_control_socket_mounts_it_under_another_authentication(platform: Platform) -> None:
    async def of_header(headers: Mapping[str, str]) -> Principal:
        return Principal.system(headers["x-kvasir-tenant"], "control")

    outer = FastAPI(openapi_url=None)
    outer.mount("/", create_application(platform.runtime(), authenticate=of_header))
    async with AsyncClient(transport=ASGITransport(outer), base_url="http://kvasir") as client:
        client.headers["x-kvasir-tenant"] = "globex"
        answer = await client.post("/v1/chat/completions", json=question(QUESTION))
        stores = await client.get("/v1/vector_stores", params={"limit": 1})
        client.headers["x-kvasir-tenant"] = "../acme"
        stranger = await client.get("/v1/models")
    assert "globex" in answer.json()["choices"][0]["message"]["content"]
    assert stores.json()["has_more"] is True
    assert stranger.status_code == 404


def test_the_openapi_document_has_every_operation() -> None:
    document = declare(OPERATIONS).openapi()
    declared = {f"{method.upper()} {path}" for path, methods in document["paths"].items() for method in methods}
    assert declared == {named(operation) for operation in OPERATIONS}
    for methods in document["paths"].values():
        for declared_operation in methods.values():
            assert "422" not in declared_operation["responses"]
            assert "default" in declared_operation["responses"]


async def test_the_openapi_document_is_served_to_everybody(platform: Platform) -> None:
    async with platform.client(key=None) as client:
        document = (await client.get("/openapi.json")).json()
    assert document["components"]["securitySchemes"]["apiKey"]["scheme"] == "bearer"
    body = document["components"]["schemas"]["ChatCompletionBody"]
    assert set(body["required"]) == {"messages", "model"}
